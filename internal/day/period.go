package day

// Period is the start of tick k, the first being 0: the day after the first
// period (after; if that is zero, every) and k further ones have run. Periods tile
// and begin with the clock's day, or with the day after if `after` says so. Ticks
// are counted from the clock, not from each other, wherever the units agree, so
// monthly ticks do not drift after a short month. In minutes and hours tick k is
// the instant at which the periods have run, not the start of a day.
func (c *Calendar) Period(clock Instant, after, every Duration, k int) Instant {
	if clock == Never {
		return Never
	}
	if after == (Duration{}) {
		after = every
	}
	if every.Elapsed() {
		return c.afterFirst(clock, after).plus(times(every.nanos(), k))
	}
	after, every = tiled(after), tiled(every)
	if whole, ok := joined(after, every, k); ok {
		_, last := c.span(c.DateOf(clock), whole)
		return c.Start(last + 1)
	}
	first := c.afterFirst(clock, after)
	if k == 0 || first == Never {
		return first
	}
	every.N, every.From = int(times(Instant(every.N), k)), BeginningWithDay
	_, last := c.span(c.DateOf(first), every)
	return c.Start(last + 1)
}

// afterFirst is the start of what follows the first period: the instant itself for
// minutes and hours, else the start of the day after.
func (c *Calendar) afterFirst(clock Instant, after Duration) Instant {
	if after.Elapsed() {
		return clock.plus(after.nanos())
	}
	_, last := c.span(c.DateOf(clock), tiled(after))
	return c.Start(last + 1)
}

// tiled is a duration as a period among others: it begins with a day, and `end of
// day` is that one day.
func tiled(d Duration) Duration {
	switch {
	case d.Elapsed():
		return d
	case d.Unit == EndOfDay:
		return Duration{d.N + 1, Day, BeginningWithDay}
	case d.From == AfterDay:
		d.From = BeginningWithDay
	}
	return d
}

// joined writes after + k*every as one duration where both are months and years,
// days and weeks, or working days.
func joined(after, every Duration, k int) (Duration, bool) {
	sum := func(a, e int, unit Unit) (Duration, bool) {
		n := times(Instant(e), k).plus(Instant(a))
		return Duration{int(n), unit, after.From}, true
	}
	if a, ok := after.months(); ok {
		if e, ok := every.months(); ok {
			return sum(a, e, Month)
		}
	}
	if a, ok := after.days(); ok {
		if e, ok := every.days(); ok {
			return sum(a, e, Day)
		}
	}
	if after.Unit == WorkingDay && every.Unit == WorkingDay {
		return sum(after.N, every.N, WorkingDay)
	}
	return Duration{}, false
}

// times multiplies numbers that are not negative, stopping at Never.
func times(n Instant, k int) Instant {
	if n > 0 && Instant(k) > Never/n {
		return Never
	}
	return n * Instant(k)
}
