package day

import (
	"fmt"
	"time"
)

// Date is a civil day of no particular zone, counted from 1970-01-01.
type Date int32

// The first and last days that begin within what an Instant can hold.
const (
	firstDate Date = -106751
	lastDate  Date = 106751
)

// The years that are read; anything else is taken for a slip of the pen.
const (
	firstYear = 1850
	lastYear  = 2199
)

// DateOf makes a date; months and days out of range run on as in package time.
func DateOf(year, month, day int) Date {
	return Date(time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Unix() / dayLong)
}

// ParseDate reads 2013-12-10. It refuses days that do not exist and years
// outside 1850 to 2199.
func ParseDate(s string) (Date, error) {
	sc := scanner{rest: s}
	d, err := sc.date()
	if err != nil {
		return 0, err
	}
	if sc.rest != "" {
		return 0, fmt.Errorf("%q is not a date; write it as 2013-12-10", s)
	}
	return d, nil
}

func (d Date) utc() time.Time { return time.Unix(int64(d)*dayLong, 0).UTC() }

// String is the date as 2013-12-10.
func (d Date) String() string { return d.utc().Format(time.DateOnly) }

// Long is the date as written in a letter: Tuesday 19 June 2012.
func (d Date) Long() string { return d.utc().Format("Monday 2 January 2006") }

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday {
	w := (int(d) + 4) % 7 // 1970-01-01 was a Thursday
	if w < 0 {
		w += 7
	}
	return time.Weekday(w)
}

// Add counts days on, or back if n is negative. It stops far outside what an
// Instant can hold instead of wrapping round.
func (d Date) Add(n int) Date {
	const far = 1 << 30
	return Date(max(-far, min(far, int64(d)+max(-far, min(far, int64(n))))))
}

// AddMonths gives the same day number n months on (back if n is negative) and
// true; where that month has no such day, its last day and false.
func (d Date) AddMonths(n int) (Date, bool) {
	const far = 4_000_000
	n = max(-far, min(far, n))
	y, m, number := d.utc().Date()
	first := DateOf(y, int(m)+n, 1)
	last := DateOf(y, int(m)+n+1, 1) - 1
	if to := first + Date(number-1); to <= last {
		return to, true
	}
	return last, false
}
