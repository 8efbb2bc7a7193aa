package obligation_test

import (
	"time"

	"candour/internal/day"
)

// almanac counts one day after another, in civil dates of package time. It knows
// from the product only which days are not worked, which is data of the pack.
type almanac struct{ cal *day.Calendar }

// civil is the day on which an instant falls, as midnight of no zone.
func (a almanac) civil(t day.Instant) time.Time {
	y, m, d := time.Unix(0, int64(t)).In(a.cal.Zone()).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

func (a almanac) start(d time.Time) day.Instant {
	return day.Instant(time.Date(d.Year(), d.Month(), d.Day(), 0, 0, 0, 0, a.cal.Zone()).UnixNano())
}

func (a almanac) end(d time.Time) day.Instant { return a.start(next(d)) - 1 }

func next(d time.Time) time.Time { return d.AddDate(0, 0, 1) }
func prev(d time.Time) time.Time { return d.AddDate(0, 0, -1) }

// closed says why a day is not worked, "" if it is.
func (a almanac) closed(d time.Time) string {
	if ok, why := a.cal.Working(day.DateOf(d.Year(), int(d.Month()), d.Day())); !ok {
		return why
	}
	return ""
}

// counted lists the days that are counted of a duration, in order, and those that
// are passed over because nobody works on them ("D" in section 1).
func (a almanac) counted(clock day.Instant, d day.Duration) (days, skipped []time.Time) {
	first := a.civil(clock)
	if d.From != day.BeginningWithDay {
		first = next(first)
	}
	for d.From == day.BeginningWithNextWorkingDay && a.closed(first) != "" {
		skipped, first = append(skipped, first), next(first)
	}
	last := a.lastOf(clock, first, d)
	for x := first; ; x = next(x) {
		switch {
		case d.Unit == day.WorkingDay && len(days) == d.N, d.Unit != day.WorkingDay && x.After(last):
			return days, skipped
		case d.Unit == day.WorkingDay && a.closed(x) != "":
			skipped = append(skipped, x)
		default:
			days = append(days, x)
		}
	}
}

// lastOf is the last day of a period in calendar days, weeks, months or years.
func (a almanac) lastOf(clock day.Instant, first time.Time, d day.Duration) time.Time {
	switch d.Unit {
	case day.Day, day.EndOfDay:
		return first.AddDate(0, 0, d.N-1)
	case day.Week:
		return first.AddDate(0, 0, 7*d.N-1)
	case day.Month, day.Year:
		from := first
		if d.From == day.AfterDay {
			from = a.civil(clock)
		}
		last, same := monthsOn(from, months(d))
		if same && d.From != day.AfterDay {
			last = prev(last)
		}
		return last
	}
	return first
}

func months(d day.Duration) int {
	if d.Unit == day.Year {
		return 12 * d.N
	}
	return d.N
}

// monthsOn is the same day number n months on, or the last day of a month without it.
func monthsOn(from time.Time, n int) (to time.Time, same bool) {
	month := time.Date(from.Year(), from.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	for x := month; x.Month() == month.Month(); x = next(x) {
		if to = x; x.Day() == from.Day() {
			return x, true
		}
	}
	return to, false
}

func elapsed(d day.Duration) (day.Instant, bool) {
	switch d.Unit {
	case day.Minute:
		return day.Instant(time.Duration(d.N) * time.Minute), true
	case day.Hour:
		return day.Instant(time.Duration(d.N) * time.Hour), true
	}
	return 0, false
}

// due is the last instant of the last day counted, or so much elapsed time on.
func (a almanac) due(clock day.Instant, d day.Duration) day.Instant {
	if n, ok := elapsed(d); ok {
		return clock + n
	}
	days, _ := a.counted(clock, d)
	if len(days) == 0 {
		return a.end(a.civil(clock))
	}
	return a.end(days[len(days)-1])
}

// back counts the other way, the day of from itself not counted.
func (a almanac) back(from day.Instant, d day.Duration) day.Instant {
	if n, ok := elapsed(d); ok {
		return from - n
	}
	x := a.civil(from)
	switch d.Unit {
	case day.Month, day.Year:
		x, _ = monthsOn(x, -months(d))
	case day.Week:
		x = x.AddDate(0, 0, -7*d.N)
	case day.WorkingDay:
		for n := 0; n < d.N; {
			if x = prev(x); a.closed(x) == "" {
				n++
			}
		}
	default:
		x = x.AddDate(0, 0, -d.N)
	}
	return a.end(x)
}

// resumed moves due by the length of a pause in the unit of d ("Pause").
func (a almanac) resumed(due, from, until day.Instant, d day.Duration) day.Instant {
	if _, ok := elapsed(d); ok {
		return due + until - from
	}
	to := a.civil(due)
	for x := a.civil(from); x.Before(a.civil(until)); {
		if x = next(x); d.Unit == day.WorkingDay && a.closed(x) != "" {
			continue
		}
		to = next(to)
		for d.Unit == day.WorkingDay && a.closed(to) != "" {
			to = next(to)
		}
	}
	if to.Equal(a.civil(due)) {
		return due
	}
	return a.end(to)
}

// tick is the start of the day after period k, counted from the clock every time;
// periods tile, the first beginning with the clock's day (decision record 7).
func (a almanac) tick(clock day.Instant, first, every day.Duration, k int) (day.Instant, bool) {
	one, step := first, every
	if one.From == day.AfterDay {
		one.From = day.BeginningWithDay
	}
	if _, ok := elapsed(step); ok || (one.Unit == day.Year || one.Unit == day.Month) != (step.Unit == day.Year || step.Unit == day.Month) ||
		one.Unit == day.WorkingDay || step.Unit == day.WorkingDay || one.Unit == day.EndOfDay || step.Unit == day.EndOfDay {
		return 0, false // left out
	}
	switch one.Unit {
	case day.Month, day.Year:
		one.N, one.Unit = months(one)+k*months(step), day.Month
	default:
		days := func(d day.Duration) int {
			if d.Unit == day.Week {
				return 7 * d.N
			}
			return d.N
		}
		one.N, one.Unit = days(one)+k*days(step), day.Day
	}
	return a.due(clock, one) + 1, true
}
