package day

import (
	"fmt"
	"strings"
	"time"
)

// Calendar is a time zone and the days that are worked. It never changes.
type Calendar struct {
	name     string
	zone     *time.Location
	weekend  [7]bool
	holidays map[Date]string
	from, to Date
}

// NewCalendar makes a calendar whose holidays are known from and to those days.
func NewCalendar(name string, zone *time.Location, weekend []time.Weekday, holidays map[Date]string, from, to Date) *Calendar {
	c := &Calendar{name: name, zone: zone, holidays: holidays, from: from, to: to}
	for _, w := range weekend {
		c.weekend[w] = true
	}
	return c
}

// Name is what the calendar is called.
func (c *Calendar) Name() string { return c.name }

// Zone is the zone in which days begin and end.
func (c *Calendar) Zone() *time.Location { return c.zone }

// In is the same calendar in another zone.
func (c *Calendar) In(zone *time.Location) *Calendar {
	if zone == nil || zone == c.zone {
		return c
	}
	other := *c
	other.zone = zone
	return &other
}

// DateOf is the day on which t falls.
func (c *Calendar) DateOf(t Instant) Date {
	if c.zone == time.UTC {
		d := t / (86400 * second)
		if t%(86400*second) < 0 {
			d--
		}
		return Date(d)
	}
	y, m, d := t.Time(c.zone).Date()
	return DateOf(y, int(m), d)
}

// Start is the first instant of the day.
func (c *Calendar) Start(d Date) Instant {
	if c.zone == time.UTC {
		return Instant(d) * 86400 * second
	}
	y, m, n := d.utc().Date()
	return FromTime(time.Date(y, m, n, 0, 0, 0, 0, c.zone))
}

// End is the last instant of the day: a nanosecond before the next begins.
func (c *Calendar) End(d Date) Instant { return c.Start(d+1) - 1 }

// Day is the whole day as a moment.
func (c *Calendar) Day(d Date) Moment { return Moment{c.Start(d), c.End(d), true} }

// Working tells whether the day is worked, and if not, why.
func (c *Calendar) Working(d Date) (bool, string) {
	if name, ok := c.holidays[d]; ok {
		return false, name
	}
	if c.weekend[d.Weekday()] {
		return false, "weekend"
	}
	return true, ""
}

func (c *Calendar) works(d Date) bool { ok, _ := c.Working(d); return ok }

// nth is the nth working day after d (n > 0) or before it (n < 0); d itself for 0.
func (c *Calendar) nth(d Date, n int) Date {
	step := Date(1)
	if n < 0 {
		step, n = -1, -n
	}
	for n > 0 {
		d += step
		if c.works(d) {
			n--
		}
	}
	return d
}

// Due is the last instant at which something owed within d of the clock is met.
func (c *Calendar) Due(clock Instant, d Duration) Instant {
	if d.Elapsed() {
		return clock + d.nanos()
	}
	_, last := c.span(c.DateOf(clock), d)
	return c.End(last)
}

// span is the first and last day counted.
func (c *Calendar) span(start Date, d Duration) (first, last Date) {
	first = start + 1
	switch d.From {
	case BeginningWithDay:
		first = start
	case BeginningWithNextWorkingDay:
		first = c.nth(start, 1)
	}
	switch d.Unit {
	case EndOfDay:
		return start, start.Add(d.N)
	case WorkingDay:
		if d.From == BeginningWithDay {
			if !c.works(start) {
				first = c.nth(start, 1)
			}
			return first, c.nth(first, d.N-1)
		}
		return first, c.nth(start, d.N)
	case Day, Week:
		n := d.N
		if d.Unit == Week {
			n *= 7
		}
		return first, first.Add(n - 1)
	}
	months := d.N
	if d.Unit == Year {
		months *= 12
	}
	if d.From == AfterDay {
		last, _ = start.AddMonths(months)
		return first, last
	}
	last, same := first.AddMonths(months)
	if same {
		last--
	}
	return first, last
}

// Back is the due moment so long before from: at the end of the day counted back to.
func (c *Calendar) Back(from Instant, d Duration) Instant {
	if d.Elapsed() {
		return from - d.nanos()
	}
	at := c.DateOf(from)
	switch d.Unit {
	case WorkingDay:
		at = c.nth(at, -d.N)
	case Month:
		at, _ = at.AddMonths(-d.N)
	case Year:
		at, _ = at.AddMonths(-12 * d.N)
	case Week:
		at = at.Add(-7 * d.N)
	default:
		at = at.Add(-d.N)
	}
	return c.End(at)
}

// Resume moves due by the length of a pause, in the unit in which it was counted.
func (c *Calendar) Resume(due, from, until Instant, d Duration) Instant {
	if d.Elapsed() {
		return due + (until - from)
	}
	a, b := c.DateOf(from), c.DateOf(until)
	if d.Unit == WorkingDay {
		n := 0
		for w := a + 1; w <= b; w++ {
			if c.works(w) {
				n++
			}
		}
		if n == 0 {
			return due
		}
		return c.End(c.nth(c.DateOf(due), n))
	}
	if a == b {
		return due
	}
	return c.End(c.DateOf(due).Add(int(b - a)))
}

// Period is the start of the kth period's report, from 0: the day after the
// first period (after, else every) and k times every have run. Periods tile.
func (c *Calendar) Period(clock Instant, after, every Duration, k int) Instant {
	if after == (Duration{}) {
		after, k = every, k
	}
	if every.Elapsed() {
		first := clock + every.nanos()
		if after.Elapsed() {
			first = clock + after.nanos()
		}
		return first + Instant(k)*every.nanos()
	}
	if after.From == AfterDay && after.Unit != WorkingDay && after.Unit != EndOfDay {
		after.From = BeginningWithDay
	}
	if unit, n, ok := common(after, every, k); ok {
		_, last := c.span(c.DateOf(clock), Duration{n, unit, after.From})
		return c.Start(last + 1)
	}
	_, last := c.span(c.DateOf(clock), after)
	every.N *= k
	if k > 0 {
		if every.Unit != WorkingDay {
			every.From = BeginningWithDay
		}
		_, last = c.span(last+1, every)
	}
	return c.Start(last + 1)
}

// common writes after + k*every in one unit where both agree.
func common(after, every Duration, k int) (Unit, int, bool) {
	months := func(d Duration) (int, bool) {
		if d.Unit == Year {
			return d.N * 12, true
		}
		return d.N, d.Unit == Month
	}
	days := func(d Duration) (int, bool) {
		if d.Unit == Week {
			return d.N * 7, true
		}
		return d.N, d.Unit == Day
	}
	if a, ok := months(after); ok {
		if e, ok := months(every); ok {
			return Month, a + k*e, true
		}
	}
	if a, ok := days(after); ok {
		if e, ok := days(every); ok {
			return Day, a + k*e, true
		}
	}
	return 0, 0, false
}

// Skip is a day that was not counted, and why.
type Skip struct {
	Date Date
	Why  string
}

// Count is a due moment with the account of how it was counted.
type Count struct {
	Clock, Due  Instant
	Duration    Duration
	First, Last Date
	Skipped     []Skip
	// Outside: some working days fell where the calendar's holidays are not known.
	Outside bool
}

// Count is Due with its account.
func (c *Calendar) Count(clock Instant, d Duration) Count {
	out := Count{Clock: clock, Duration: d, Due: c.Due(clock, d)}
	if d.Elapsed() {
		return out
	}
	out.First, out.Last = c.span(c.DateOf(clock), d)
	if d.Unit != WorkingDay {
		return out
	}
	for x := min(out.First, c.DateOf(clock)+1); x <= out.Last; x++ {
		if ok, why := c.Working(x); !ok {
			out.Skipped = append(out.Skipped, Skip{x, why})
		}
		out.Outside = out.Outside || x < c.from || x > c.to
	}
	return out
}

// Explain tells in sentences how the due moment was counted.
func (n Count) Explain(c *Calendar) []string {
	if n.Duration.Elapsed() {
		return []string{fmt.Sprintf("%s on the clock from %s end at %s.", n.Duration, FormatInstant(n.Clock, c.zone), FormatInstant(n.Due, c.zone))}
	}
	start := c.DateOf(n.Clock)
	var out []string
	switch {
	case n.Duration.Unit == EndOfDay:
		out = append(out, fmt.Sprintf("It is owed by the %s of %s.", map[bool]string{true: "end", false: "end of the day after that"}[n.Duration.N == 0], start.Long()))
	case n.Last < n.First:
		out = append(out, "No day is counted.")
	case n.Duration.From == AfterDay:
		out = append(out, fmt.Sprintf("%s counted after %s: the first is %s, the last %s.", n.Duration, start.Long(), n.First.Long(), n.Last.Long()))
	default:
		out = append(out, fmt.Sprintf("%s, counted from %s: the period begins on %s and ends on %s.", n.Duration, start.Long(), n.First.Long(), n.Last.Long()))
	}
	if s := skippedWords(n.Skipped); s != "" {
		out = append(out, s)
	}
	if n.Outside {
		out = append(out, fmt.Sprintf("The calendar %s knows holidays only from %s to %s; outside it only weekends were left out.", c.name, c.from, c.to))
	}
	return append(out, fmt.Sprintf("Due at the end of %s.", c.DateOf(n.Due).Long()))
}

func skippedWords(skipped []Skip) string {
	var named []string
	weekends := 0
	for _, s := range skipped {
		if s.Why == "weekend" {
			weekends++
		} else {
			named = append(named, s.Date.Long()+" ("+s.Why+")")
		}
	}
	if weekends > 0 {
		word := "days"
		if weekends == 1 {
			word = "day"
		}
		named = append(named, fmt.Sprintf("%d weekend %s", weekends, word))
	}
	if named == nil {
		return ""
	}
	return "Not counted: " + strings.Join(named, ", ") + "."
}
