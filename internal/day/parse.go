package day

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

var (
	localTime = regexp.MustCompile(`^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2})(:\d{2}(\.\d{1,9})?)?$`)
	dayForm   = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`)
	monthForm = regexp.MustCompile(`^\d{4}-\d{2}$`)
	yearForm  = regexp.MustCompile(`^\d{4}$`)
)

// ParseMoment reads a moment: a local time in the zone, RFC 3339, a day, a
// month, a year, or A/B. Years 1850 to 2199. A local time in the hour that
// occurs twice is refused and needs an offset.
func ParseMoment(s string, zone *time.Location) (Moment, error) {
	if a, b, ok := strings.Cut(s, "/"); ok {
		from, err := ParseMoment(a, zone)
		if err != nil {
			return Moment{}, err
		}
		to, err := ParseMoment(b, zone)
		if err != nil {
			return Moment{}, err
		}
		if to.Hi < from.Lo {
			return Moment{}, fmt.Errorf("interval %q ends before it begins; write the earlier moment first", s)
		}
		return Moment{from.Lo, to.Hi, from.Whole && to.Whole}, nil
	}
	switch {
	case dayForm.MatchString(s):
		d, err := ParseDate(s)
		return whole(d, d, zone), err
	case monthForm.MatchString(s):
		d, err := ParseDate(s + "-01")
		if err != nil {
			return Moment{}, err
		}
		next, _ := d.AddMonths(1)
		return whole(d, next-1, zone), nil
	case yearForm.MatchString(s):
		d, err := ParseDate(s + "-01-01")
		if err != nil {
			return Moment{}, err
		}
		next, _ := d.AddMonths(12)
		return whole(d, next-1, zone), nil
	}
	t, err := ParseInstant(s, zone)
	return At(t), err
}

func whole(from, to Date, zone *time.Location) Moment {
	c := Calendar{zone: zone}
	return Moment{c.Start(from), c.End(to), true}
}

// ParseInstant reads an exact moment; a day alone is refused.
func ParseInstant(s string, zone *time.Location) (Instant, error) {
	m := localTime.FindStringSubmatch(s)
	if m == nil {
		t, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			return 0, fmt.Errorf("%q is not a time; write 2012-06-18 10:20 or 2012-06-18T10:20:00+01:00", s)
		}
		return FromTime(t), sane(t.Year())
	}
	clock := m[2] + m[3]
	if m[3] == "" {
		clock += ":00"
	}
	t, err := time.Parse("2006-01-02 15:04:05", m[1]+" "+clock)
	if err != nil {
		return 0, fmt.Errorf("%q is not a time that exists; mend the day or the hour", s)
	}
	if err := sane(t.Year()); err != nil {
		return 0, err
	}
	local := func(offset time.Duration) (time.Time, bool) {
		x := t.Add(-offset)
		y := x.In(zone)
		return x, y.Format("2006-01-02 15:04:05.999999999") == t.Format("2006-01-02 15:04:05.999999999")
	}
	var found []time.Time
	for _, near := range []time.Time{t.Add(-26 * time.Hour), t.Add(26 * time.Hour)} {
		_, off := near.In(zone).Zone()
		if x, ok := local(time.Duration(off) * time.Second); ok && (len(found) == 0 || !found[0].Equal(x)) {
			found = append(found, x)
		}
	}
	switch len(found) {
	case 0:
		return 0, fmt.Errorf("%q does not exist in %s: the clocks went forward over it; write it with its offset", s, zone)
	case 2:
		return 0, fmt.Errorf("%q occurs twice in %s, as the clocks went back; write it with its offset, such as %s", s, zone, found[0].In(zone).Format(time.RFC3339))
	}
	return FromTime(found[0]), nil
}

// FormatInstant writes 2012-06-19 10:20:01 in the zone.
func FormatInstant(t Instant, zone *time.Location) string {
	return t.Time(zone).Format("2006-01-02 15:04:05")
}

// FormatMoment writes a moment so that ParseMoment reads the same one back.
func FormatMoment(m Moment, zone *time.Location) string {
	if m.Exact() && !m.Whole {
		return exact(m.Lo, zone)
	}
	if m.Whole {
		c := Calendar{zone: zone}
		from, to := c.DateOf(m.Lo), c.DateOf(m.Hi)
		if from == to {
			return from.String()
		}
		return from.String() + "/" + to.String()
	}
	return exact(m.Lo, zone) + "/" + exact(m.Hi, zone)
}

func exact(t Instant, zone *time.Location) string {
	s := t.Time(zone).Format("2006-01-02 15:04:05.999999999")
	if back, err := ParseInstant(s, zone); err != nil || back != t {
		return t.Time(zone).Format(time.RFC3339Nano)
	}
	return strings.TrimSuffix(s, ":00")
}
