// Package day is time as the law counts it: moments that are intervals,
// comparisons that may be unable to tell, and deadlines in hours, days, working
// days and months, each with an account of how it was counted.
//
// An Instant is a point in time. A Moment is an interval, since "the summer of
// 1974" and "on 6 May" are how people remember; comparing two moments says yes,
// no or unknown, and unknown accuses nobody. A Calendar knows a time zone and
// which days are worked; it is data, built from a pack.
package day

import (
	"fmt"
	"math"
	"time"
	_ "time/tzdata" // deadlines must not depend on the machine's own zones
)

// Instant is a point in time: nanoseconds since the Unix epoch, UTC.
type Instant int64

// Never is later than every instant.
const Never Instant = math.MaxInt64

const second Instant = 1e9

// FromTime converts a time.
func FromTime(t time.Time) Instant { return Instant(t.UnixNano()) }

// Time converts to a time in the zone.
func (t Instant) Time(zone *time.Location) time.Time { return time.Unix(0, int64(t)).In(zone) }

// Second cuts to the second.
func (t Instant) Second() Instant {
	s := t % second
	if s < 0 {
		s += second
	}
	return t - s
}

// Truth is the answer to a comparison.
type Truth int8

// The three answers. The zero value is No.
const (
	No Truth = iota
	Yes
	Unknown
)

// Not is Kleene's negation.
func (a Truth) Not() Truth {
	switch a {
	case Yes:
		return No
	case No:
		return Yes
	}
	return Unknown
}

// And is Kleene's conjunction: no if either is no, else unknown if either is.
func (a Truth) And(b Truth) Truth {
	if a == No || b == No {
		return No
	}
	if a == Unknown || b == Unknown {
		return Unknown
	}
	return Yes
}

// Or is Kleene's disjunction: yes if either is yes, else unknown if either is.
func (a Truth) Or(b Truth) Truth { return a.Not().And(b.Not()).Not() }

func (a Truth) String() string { return [...]string{"no", "yes", "unknown"}[a] }

// Moment is an interval, both ends included. Whole says that it was stated as
// whole days; Hi is then the last nanosecond of the last.
type Moment struct {
	Lo, Hi Instant
	Whole  bool
}

// At is the moment of an instant.
func At(t Instant) Moment { return Moment{Lo: t, Hi: t} }

// Exact tells whether the moment is one instant.
func (m Moment) Exact() bool { return m.Lo == m.Hi }

// IsZero tells whether no moment was stated.
func (m Moment) IsZero() bool { return m == Moment{} }

// Before tells whether a was over before b began; an overlap is unknown.
func Before(a, b Moment) Truth {
	switch {
	case a.Hi < b.Lo:
		return Yes
	case a.Lo >= b.Hi:
		return No
	}
	return Unknown
}

// After is Before with the two exchanged.
func After(a, b Moment) Truth { return Before(b, a) }

// Sure tells whether the moment is one instant.
func Sure(m Moment) Truth {
	if m.Exact() {
		return Yes
	}
	return No
}

// Date is a civil day, counted from 1970-01-01.
type Date int32

// DateOf makes a date; months and days out of range run on as in package time.
func DateOf(year, month, day int) Date {
	return Date(time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// ParseDate reads 2013-12-10; years 1850 to 2199.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, fmt.Errorf("%q is not a date; write it as 2013-12-10", s)
	}
	if err := sane(t.Year()); err != nil {
		return 0, err
	}
	return DateOf(t.Year(), int(t.Month()), t.Day()), nil
}

func sane(year int) error {
	if year < 1850 || year > 2199 {
		return fmt.Errorf("absurd date: the year %d is outside 1850 to 2199", year)
	}
	return nil
}

func (d Date) utc() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

func (d Date) String() string { return d.utc().Format(time.DateOnly) }

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday { return d.utc().Weekday() }

// Add counts days on.
func (d Date) Add(n int) Date { return d + Date(n) }

// AddMonths gives the same day number n months on, else the last day of that
// month and false.
func (d Date) AddMonths(n int) (Date, bool) {
	y, m, num := d.utc().Date()
	first := DateOf(y, int(m)+n, 1)
	fy, fm, _ := first.utc().Date()
	last := DateOf(fy, int(fm)+1, 1) - 1
	if to := first + Date(num-1); to <= last {
		return to, true
	}
	return last, false
}

// Long is the date as written in a letter: Tuesday 19 June 2012.
func (d Date) Long() string { return d.utc().Format("Monday 2 January 2006") }
