package day

// Due is the last instant at which something owed within d of the clock is met:
// clock + d for minutes and hours, else the end of the last day counted.
func (c *Calendar) Due(clock Instant, d Duration) Instant {
	if d.Elapsed() {
		return clock.plus(d.nanos())
	}
	if clock == Never {
		return Never
	}
	_, last := c.span(c.DateOf(clock), d)
	return c.End(last)
}

// span is the first and last day counted from the clock's day; last is before
// first where nothing is counted.
func (c *Calendar) span(start Date, d Duration) (first, last Date) {
	switch d.Unit {
	case EndOfDay:
		return start, start.Add(d.N)
	case WorkingDay:
		if d.From == BeginningWithDay && c.works(start) {
			return start, c.nth(start, d.N-1)
		}
		return c.nth(start, 1), c.nth(start, d.N)
	}
	first = c.begins(start, d.From)
	if n, ok := d.days(); ok {
		return first, first.Add(n - 1)
	}
	months, _ := d.months()
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

// begins is the first day of a period in calendar units.
func (c *Calendar) begins(start Date, from Counting) Date {
	switch from {
	case BeginningWithDay:
		return start
	case BeginningWithNextWorkingDay:
		return c.nth(start, 1)
	}
	return start + 1
}

// Back is the moment d before from: from - d for minutes and hours, else the end
// of the day counted back to. The day of from is not counted; which day a
// duration begins with has no meaning backwards and is not looked at.
func (c *Calendar) Back(from Instant, d Duration) Instant {
	if from == Never {
		return Never
	}
	if d.Elapsed() {
		return from.plus(-d.nanos())
	}
	return c.End(c.before(c.DateOf(from), d))
}

// before is the day d before at.
func (c *Calendar) before(at Date, d Duration) Date {
	if months, ok := d.months(); ok {
		to, _ := at.AddMonths(-months)
		return to
	}
	if n, ok := d.days(); ok {
		return at.Add(-n)
	}
	if d.Unit == WorkingDay {
		return c.nth(at, -d.N)
	}
	return at.Add(-d.N)
}

// Resume moves due by the length of a pause, in the unit of d: elapsed time, days
// from the day of from to the day of until, or the working days after the one up
// to and including the other. A pause of no length moves nothing.
func (c *Calendar) Resume(due, from, until Instant, d Duration) Instant {
	if due == Never || until <= from {
		return due
	}
	if d.Elapsed() {
		return due.plus(until - from)
	}
	a, b := c.DateOf(from), c.DateOf(until)
	if a == b {
		return due
	}
	if d.Unit != WorkingDay {
		return c.End(c.DateOf(due).Add(int(b - a)))
	}
	n := c.worked(a, b)
	if n == 0 {
		return due
	}
	return c.End(c.nth(c.DateOf(due), n))
}

// worked counts the working days after a, up to and including b.
func (c *Calendar) worked(a, b Date) int {
	n := 0
	for d := a + 1; d <= b; d++ {
		if c.works(d) {
			n++
		}
	}
	return n
}
