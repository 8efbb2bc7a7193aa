package day

import (
	"maps"
	"math"
	"slices"
	"time"
)

// Calendar is a time zone and the days that are worked in it. It never changes
// and may be used by many goroutines.
type Calendar struct {
	name     string
	zone     *time.Location
	weekend  [7]bool
	holidays map[Date]string
	from, to Date
}

// NewCalendar makes a calendar. Holidays are named ("Early May bank holiday") and
// known from one day to another, both included; outside, only the weekend is
// left out and a Count says so. The zone must not be nil.
func NewCalendar(name string, zone *time.Location, weekend []time.Weekday, holidays map[Date]string, from, to Date) *Calendar {
	c := &Calendar{name: name, zone: zone, holidays: maps.Clone(holidays), from: from, to: to}
	for _, w := range weekend {
		c.weekend[w] = true
	}
	return c
}

// Name is what the calendar is called.
func (c *Calendar) Name() string { return c.name }

// Zone is the zone in which days begin and end.
func (c *Calendar) Zone() *time.Location { return c.zone }

// In is the same calendar in another zone; nil leaves it as it is.
func (c *Calendar) In(zone *time.Location) *Calendar {
	if zone == nil || zone == c.zone {
		return c
	}
	other := *c
	other.zone = zone
	return &other
}

// Known is the span of days whose holidays are known, both included.
func (c *Calendar) Known() (from, to Date) { return c.from, c.to }

// Weekend lists the days of the week that are not worked, Sunday first.
func (c *Calendar) Weekend() []time.Weekday {
	var out []time.Weekday
	for w, off := range c.weekend {
		if off {
			out = append(out, time.Weekday(w))
		}
	}
	return out
}

// Holidays lists the days on which there is a holiday, in order.
func (c *Calendar) Holidays() []Date { return slices.Sorted(maps.Keys(c.holidays)) }

// Holiday is the name of the day's holiday, or "".
func (c *Calendar) Holiday(d Date) string { return c.holidays[d] }

// DateOf is the day on which t falls in the calendar's zone.
func (c *Calendar) DateOf(t Instant) Date {
	at := time.Unix(0, int64(t))
	_, offset := at.In(c.zone).Zone()
	local := at.Unix() + int64(offset)
	d := local / dayLong
	if local%dayLong < 0 {
		d--
	}
	return Date(d)
}

// Start is the first instant of the day: midnight, or the moment the clocks went
// forward over it. Where they went back over midnight it is the earlier one.
// Days beyond what an Instant can hold start at Never.
func (c *Calendar) Start(d Date) Instant {
	switch {
	case d > lastDate:
		return Never
	case d < firstDate:
		return earliest
	}
	midnight := int64(d) * dayLong
	for at := midnight - aroundAnyOffset; ; {
		offset, end := stretch(at, c.zone)
		start := max(at, midnight-offset)
		if start < end {
			return Instant(start) * second
		}
		at = end
	}
}

// aroundAnyOffset is more seconds than any zone is from UTC.
const aroundAnyOffset = 26 * 60 * 60

// stretch is the zone's offset at a Unix second and a later second up to which it
// holds, MaxInt64 if for ever. The next stretch may have the same offset.
func stretch(at int64, zone *time.Location) (offset, end int64) {
	t := time.Unix(at, 0).In(zone)
	_, seconds := t.Zone()
	_, next := t.ZoneBounds()
	if next.IsZero() {
		return int64(seconds), math.MaxInt64
	}
	if next.Unix() <= at {
		// Beyond its table of changes package time takes every year to have 365
		// days, and on 31 December 2040 says that the stretch is already over.
		return int64(seconds), at + 60*60
	}
	return int64(seconds), next.Unix()
}

// End is the last instant of the day: a nanosecond before the next begins.
func (c *Calendar) End(d Date) Instant {
	next := c.Start(d.Add(1))
	if next == Never || next == earliest {
		return next
	}
	return next - 1
}

// Day is the whole day as a moment.
func (c *Calendar) Day(d Date) Moment { return Moment{c.Start(d), c.End(d), true} }

// At is the moment of a day at which clocks show so many minutes after midnight;
// where they skip that time, the moment they skip to.
func (c *Calendar) At(d Date, minutes int) Instant {
	x := d.utc()
	return FromTime(time.Date(x.Year(), x.Month(), x.Day(), 0, minutes, 0, 0, c.zone))
}

// Next is the first moment at or after t at which clocks show so many minutes
// after midnight.
func (c *Calendar) Next(t Instant, minutes int) Instant {
	d := c.DateOf(t)
	if at := c.At(d, minutes); at >= t {
		return at
	}
	return c.At(d+1, minutes)
}

// Working tells whether the day is worked, and if not, why: the holiday's name,
// or "weekend".
func (c *Calendar) Working(d Date) (bool, string) {
	if name, ok := c.holidays[d]; ok {
		return false, name
	}
	if c.weekend[d.Weekday()] {
		return false, weekendDay
	}
	return true, ""
}

const weekendDay = "weekend"

func (c *Calendar) works(d Date) bool {
	ok, _ := c.Working(d)
	return ok
}

// nth is the nth working day after d (n > 0) or before it (n < 0); d itself for
// 0. It gives up where Instants end, so a calendar without working days is Never.
func (c *Calendar) nth(d Date, n int) Date {
	step := Date(1)
	if n < 0 {
		step, n = -1, -n
	}
	for n > 0 && d >= firstDate && d <= lastDate {
		d += step
		if c.works(d) {
			n--
		}
	}
	return d
}
