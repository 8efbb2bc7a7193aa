package day

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

// ParseMoment reads a moment: `2012-06-18 10:20`, with seconds and up to nine
// decimals if wanted and T for the space if preferred, local in the zone; RFC 3339
// with its offset; a day, month (`2012-06`) or year, which are whole days; or
// A/B, from the beginning of A to the end of B.
//
// It refuses a local time in the hour that occurs twice (it needs an offset) and
// in the hour that does not exist, years outside 1850 to 2199 in the zone, and a B
// before A.
func ParseMoment(s string, zone *time.Location) (Moment, error) {
	a, b, interval := strings.Cut(s, "/")
	from, err := parseOne(a, zone)
	if err != nil || !interval {
		return from, err
	}
	to, err := parseOne(b, zone)
	if err != nil {
		return Moment{}, err
	}
	if to.Hi < from.Lo {
		return Moment{}, fmt.Errorf("interval %q ends before it begins; write the earlier moment first", s)
	}
	return Moment{from.Lo, to.Hi, from.Whole && to.Whole}, nil
}

// parseOne reads a moment that is not A/B.
func parseOne(s string, zone *time.Location) (Moment, error) {
	first, last, ok, err := wholeDays(s)
	if err != nil {
		return Moment{}, err
	}
	if !ok {
		t, err := ParseInstant(s, zone)
		if err != nil {
			return Moment{}, err
		}
		return At(t), nil
	}
	c := Calendar{zone: zone}
	m := Moment{c.Start(first), c.End(last), true}
	if m.Hi < m.Lo {
		return Moment{}, fmt.Errorf("the day %q does not exist in %s: the clocks went forward over it", s, zone)
	}
	return m, nil
}

// wholeDays reads a day, a month or a year by its length; not ok is anything else.
func wholeDays(s string) (first, last Date, ok bool, err error) {
	months := 0
	rest := ""
	switch len(s) {
	case len("2012-06-18"):
	case len("2012-06"):
		months, rest = 1, "-01"
	case len("2012"):
		months, rest = 12, "-01-01"
	default:
		return 0, 0, false, nil
	}
	first, err = ParseDate(s + rest)
	if err != nil {
		return 0, 0, false, fmt.Errorf("moment %q: %w", s, err)
	}
	last = first
	if months > 0 {
		last, _ = first.AddMonths(months)
		last--
	}
	return first, last, true, nil
}

// ParseInstant reads an exact moment, local in the zone or RFC 3339. It refuses
// a day alone and whatever ParseMoment refuses.
func ParseInstant(s string, zone *time.Location) (Instant, error) {
	if _, _, ok, _ := wholeDays(s); ok {
		return 0, fmt.Errorf("%q states no time of day; write it as 2012-06-18 10:20", s)
	}
	sc := scanner{rest: s}
	d, err := sc.date()
	if err != nil {
		if errors.Is(err, errAbsurd) {
			return 0, err
		}
		return 0, fmt.Errorf("%q is not a time; write it as 2012-06-18 10:20 or 2012-06-18T10:20:00+01:00", s)
	}
	strict := strings.HasPrefix(sc.rest, "T")
	clock, ok := sc.clock()
	if !ok {
		return 0, fmt.Errorf("%q is not a time; write it as 2012-06-18 10:20 or 2012-06-18T10:20:00+01:00", s)
	}
	local := int64(d)*dayLong + clock.seconds
	var at int64
	if sc.rest == "" {
		at, err = inZone(local, s, zone)
		if err != nil {
			return 0, err
		}
	} else {
		offset, ok := sc.offset()
		if !ok || !strict || !clock.full {
			return 0, fmt.Errorf("%q has an offset, so it must be written out as 2012-06-18T10:20:00+01:00", s)
		}
		at = local - offset
	}
	if y := time.Unix(at, 0).In(zone).Year(); y < firstYear || y > lastYear {
		return 0, absurd(s)
	}
	return Instant(at)*second + clock.nanos, nil
}

// inZone finds the one Unix second at which clocks in the zone show the local
// second; s is what was written, for the error.
func inZone(local int64, s string, zone *time.Location) (int64, error) {
	at, n := shown(local, zone)
	switch n {
	case 0:
		return 0, fmt.Errorf("%q does not exist in %s: the clocks went forward over it; mend it, or write it with its offset", s, zone)
	case 1:
		return at, nil
	}
	return 0, fmt.Errorf("%q occurs twice in %s, as the clocks went back; write it with its offset, such as %s", s, zone, time.Unix(at, 0).In(zone).Format(time.RFC3339))
}

// shown is the first Unix second at which clocks in the zone show the local
// second, and how often they show it.
func shown(local int64, zone *time.Location) (first int64, n int) {
	for at := local - aroundAnyOffset; at <= local+aroundAnyOffset; {
		offset, end := stretch(at, zone)
		if t := local - offset; t >= at && t < end {
			if n == 0 {
				first = t
			}
			n++
		}
		if end == math.MaxInt64 {
			break
		}
		at = end
	}
	return first, n
}

// errAbsurd marks a year outside 1850 to 2199.
var errAbsurd = errors.New("absurd date")

func absurd(s string) error {
	return fmt.Errorf("%w: %q: the year must be from %d to %d", errAbsurd, s, firstYear, lastYear)
}

// scanner reads numbers off the front of a text.
type scanner struct{ rest string }

// number takes exactly n digits.
func (sc *scanner) number(n int) (int, bool) {
	if len(sc.rest) < n {
		return 0, false
	}
	v := 0
	for i := range n {
		b := sc.rest[i]
		if b < '0' || b > '9' {
			return 0, false
		}
		v = 10*v + int(b-'0')
	}
	sc.rest = sc.rest[n:]
	return v, true
}

// after takes one of the marks and then n digits.
func (sc *scanner) after(marks string, n int) (int, bool) {
	if sc.rest == "" || strings.IndexByte(marks, sc.rest[0]) < 0 {
		return 0, false
	}
	sc.rest = sc.rest[1:]
	return sc.number(n)
}

// date takes 2012-06-18, and refuses days that do not exist and absurd years.
func (sc *scanner) date() (Date, error) {
	s := sc.rest
	y, ok1 := sc.number(4)
	m, ok2 := sc.after("-", 2)
	d, ok3 := sc.after("-", 2)
	if !ok1 || !ok2 || !ok3 {
		return 0, fmt.Errorf("%q is not a date; write it as 2013-12-10", s)
	}
	if y < firstYear || y > lastYear {
		return 0, absurd(s)
	}
	first := DateOf(y, m, 1)
	if m < 1 || m > 12 || d < 1 || Date(d) > DateOf(y, m+1, 1)-first {
		return 0, fmt.Errorf("%q is not a day that exists; mend the month or the day", s)
	}
	return first + Date(d-1), nil
}

// clockTime is a time of day. Full says that its seconds were written.
type clockTime struct {
	seconds int64
	nanos   Instant
	full    bool
}

// clock takes ` 10:20`, `T10:20`, and seconds and decimals if they follow.
func (sc *scanner) clock() (clockTime, bool) {
	h, ok1 := sc.after(" T", 2)
	m, ok2 := sc.after(":", 2)
	if !ok1 || !ok2 || h > 23 || m > 59 {
		return clockTime{}, false
	}
	t := clockTime{seconds: int64(h)*3600 + int64(m)*60}
	if !strings.HasPrefix(sc.rest, ":") {
		return t, true
	}
	s, ok := sc.after(":", 2)
	if !ok || s > 59 {
		return clockTime{}, false
	}
	t.seconds, t.full = t.seconds+int64(s), true
	if !strings.HasPrefix(sc.rest, ".") {
		return t, true
	}
	digits := 0
	for digits < len(sc.rest)-1 && sc.rest[1+digits] >= '0' && sc.rest[1+digits] <= '9' {
		digits++
	}
	n, ok := sc.after(".", digits)
	if digits == 0 || digits > 9 || !ok {
		return clockTime{}, false
	}
	t.nanos = Instant(n)
	for range 9 - digits {
		t.nanos *= 10
	}
	return t, true
}

// offset takes Z or +01:00 to the end, in seconds east of UTC.
func (sc *scanner) offset() (int64, bool) {
	if sc.rest == "Z" {
		sc.rest = ""
		return 0, true
	}
	west := strings.HasPrefix(sc.rest, "-")
	h, ok1 := sc.after("+-", 2)
	m, ok2 := sc.after(":", 2)
	if !ok1 || !ok2 || h > 23 || m > 59 || sc.rest != "" {
		return 0, false
	}
	seconds := int64(h)*3600 + int64(m)*60
	if west {
		seconds = -seconds
	}
	return seconds, true
}
