package day

import (
	"fmt"
	"strings"
)

// Skip is a day that was not counted, and why.
type Skip struct {
	Date Date
	Why  string
}

// Count is a due moment with the account of how it was counted.
type Count struct {
	// Clock is where counting began, Due where it ended.
	Clock, Due Instant
	Duration   Duration
	// First and Last are the first and last day counted, in the order they were
	// counted; none was if N is 0. They are not set for minutes and hours.
	First, Last Date
	// Skipped lists the days passed over in a count of working days, or before a
	// period that begins with the next one, the earliest first.
	Skipped []Skip
	// Backwards: counted back from the clock.
	Backwards bool
	// ClosedAnyway: the day on which it falls due is not worked, and the due moment
	// is not moved for that.
	ClosedAnyway bool
	// Outside: working days were looked for where the calendar's holidays are not
	// known.
	Outside bool
}

// Count is Due with its account.
func (c *Calendar) Count(clock Instant, d Duration) Count {
	out := Count{Clock: clock, Duration: d, Due: c.Due(clock, d)}
	if d.Elapsed() || clock == Never {
		return out
	}
	start := c.DateOf(clock)
	out.First, out.Last = c.span(start, d)
	looked := out.Last
	if d.Unit != WorkingDay {
		looked = out.First - 1
	}
	switch {
	case d.Unit == WorkingDay && d.From == BeginningWithDay:
		out.look(c, start, looked)
	case d.Unit == WorkingDay || d.From == BeginningWithNextWorkingDay && d.Unit != EndOfDay:
		out.look(c, start+1, looked)
	}
	out.ClosedAnyway = !c.works(out.Last)
	return out
}

// CountBack is Back with its account.
func (c *Calendar) CountBack(from Instant, d Duration) Count {
	out := Count{Clock: from, Duration: d, Due: c.Back(from, d), Backwards: true}
	if d.Elapsed() || from == Never {
		return out
	}
	at := c.DateOf(from)
	out.First, out.Last = at-1, c.before(at, d)
	if d.Unit == WorkingDay {
		out.First = c.nth(at, -1)
		out.look(c, out.Last, at-1)
	}
	out.ClosedAnyway = !c.works(out.Last)
	return out
}

// look notes the days from one to another that are not worked, and whether the
// calendar knows them.
func (n *Count) look(c *Calendar, from, to Date) {
	if from > to {
		return
	}
	n.Outside = from < c.from || to > c.to
	for d := max(from, firstDate); d <= min(to, lastDate); d++ {
		if ok, why := c.Working(d); !ok {
			n.Skipped = append(n.Skipped, Skip{d, why})
		}
	}
}

// listed is the most days that an explanation lists one by one.
const listed = 10

// Explain tells in sentences how the due moment was counted. The calendar must be
// the one that counted.
func (n Count) Explain(c *Calendar) []string {
	if n.Due == Never || n.Clock == Never {
		return []string{fmt.Sprintf("%s never ends.", n.Duration)}
	}
	if n.Duration.Elapsed() {
		return n.explainElapsed(c)
	}
	out := []string{n.counted(c)}
	if s := skippedWords(n.Skipped); s != "" {
		out = append(out, s)
	}
	if n.Outside {
		out = append(out, fmt.Sprintf("The calendar %s knows its holidays only from %s to %s; outside that only weekends are left out.", c.name, c.from, c.to))
	}
	out = append(out, fmt.Sprintf("Due at the end of %s.", n.Last.Long()))
	if n.ClosedAnyway {
		_, why := c.Working(n.Last)
		out = append(out, fmt.Sprintf("That day is not worked (%s), but the due moment is not moved for it.", why))
	}
	return out
}

func (n Count) explainElapsed(c *Calendar) []string {
	words := "on the clock from"
	if n.Backwards {
		words = "on the clock back from"
	}
	out := []string{fmt.Sprintf("%s %s %s.", n.Duration, words, c.clockWords(n.Clock))}
	_, before := n.Clock.Time(c.zone).Zone()
	_, after := n.Due.Time(c.zone).Zone()
	if before != after {
		out = append(out, "The clocks changed in between; every hour that passed is counted.")
	}
	return append(out, fmt.Sprintf("Due at %s.", c.clockWords(n.Due)))
}

// clockWords is an instant as written in a letter: 18 June 2012 10:20, with its
// seconds if it has any, and its offset where the clocks show that time twice.
func (c *Calendar) clockWords(t Instant) string {
	local := t.Time(c.zone)
	layout := "2 January 2006 15:04"
	if local.Second() != 0 {
		layout += ":05"
	}
	_, offset := local.Zone()
	if _, times := shown(local.Unix()+int64(offset), c.zone); times > 1 {
		layout += " -07:00"
	}
	return local.Format(layout)
}

// counted is the sentence that counts the days.
func (n Count) counted(c *Calendar) string {
	start := c.DateOf(n.Clock)
	d := n.Duration
	head := fmt.Sprintf("Counted %s from %s", d.length(), start.Long())
	switch {
	case n.Backwards:
		return n.countedBack(c, start)
	case d.Unit == EndOfDay:
		return endOfDayWords(start, d.N)
	case d.N == 0:
		return fmt.Sprintf("No day is counted after %s.", start.Long())
	case d.From == BeginningWithDay:
		head = fmt.Sprintf("Counted %s beginning with %s", d.length(), start.Long())
	case d.From == BeginningWithDayAfter:
		head = fmt.Sprintf("Counted %s beginning with the day after %s", d.length(), start.Long())
	case d.From == BeginningWithNextWorkingDay:
		head = fmt.Sprintf("Counted %s beginning with the next working day after %s", d.length(), start.Long())
	}
	if _, ok := d.months(); ok {
		return head + ": " + n.monthWords(start) + "."
	}
	return head + ": " + n.dayWords(c) + "."
}

func (n Count) countedBack(c *Calendar, start Date) string {
	head := fmt.Sprintf("Counted %s back from %s", n.Duration.length(), start.Long())
	switch {
	case n.Duration.N == 0:
		return fmt.Sprintf("No day is counted back from %s.", start.Long())
	case n.Duration.Unit == EndOfDay:
		return fmt.Sprintf("Counted back to the end of the day before %s.", start.Long())
	}
	if months, ok := n.Duration.months(); ok {
		_, same := start.AddMonths(-months)
		return head + ": " + sameNumberWords(same, start) + ", " + n.Last.Long() + "."
	}
	return head + ": " + n.dayWords(c) + "."
}

func endOfDayWords(start Date, n int) string {
	switch n {
	case 0:
		return fmt.Sprintf("Owed by the end of the same day, %s.", start.Long())
	case 1:
		return fmt.Sprintf("Owed by the end of the day after %s.", start.Long())
	}
	return fmt.Sprintf("Owed by the end of the day, %d days after %s.", n, start.Long())
}

// monthWords tells where months or years end.
func (n Count) monthWords(start Date) string {
	months, _ := n.Duration.months()
	if n.Duration.From == AfterDay {
		_, same := start.AddMonths(months)
		return sameNumberWords(same, start) + ", " + n.Last.Long()
	}
	words := "the day before the same number"
	if _, same := n.First.AddMonths(months); !same {
		words = "the last day of a month without the same number"
	}
	return fmt.Sprintf("the first day is %s, the last, %s, is %s", n.First.Long(), words, n.Last.Long())
}

func sameNumberWords(same bool, start Date) string {
	if same {
		return "the same day of the month"
	}
	return fmt.Sprintf("the last day, as the month has no day %d", start.utc().Day())
}

// dayWords lists the days counted: Tuesday 17 (1), Wednesday 18 (2). Of many it
// tells the first and the last.
func (n Count) dayWords(c *Calendar) string {
	total, ok := n.Duration.days()
	if !ok {
		total = n.Duration.N
	}
	if total == 1 {
		return n.Last.Long() + " (1)"
	}
	if total > listed || n.Duration.Unit == Week {
		return fmt.Sprintf("the first day is %s, the last is %s", n.First.Long(), n.Last.Long())
	}
	step := 1
	if n.Backwards {
		step = -1
	}
	var words []string
	before := c.DateOf(n.Clock)
	for d := n.First; len(words) < total && d >= firstDate && d <= lastDate; d = d.Add(step) {
		if n.Duration.Unit == WorkingDay && !c.works(d) {
			continue
		}
		words = append(words, fmt.Sprintf("%s (%d)", shortAfter(d, before), len(words)+1))
		before = d
	}
	return strings.Join(words, ", ")
}

// shortAfter writes a date without the month and year it shares with the one
// written before it.
func shortAfter(d, before Date) string {
	a, b := d.utc(), before.utc()
	if a.Year() == b.Year() && a.Month() == b.Month() {
		return a.Format("Monday 2")
	}
	return d.Long()
}

// skippedWords lists the days not counted. Of more than ten, weekends are told by
// their number and holidays still by name.
func skippedWords(skipped []Skip) string {
	var words []string
	weekends := 0
	for _, s := range skipped {
		if len(skipped) > listed && s.Why == weekendDay {
			weekends++
			continue
		}
		words = append(words, fmt.Sprintf("%s (%s)", s.Date.Long(), s.Why))
	}
	switch {
	case weekends == 1:
		words = append([]string{"1 weekend day"}, words...)
	case weekends > 1:
		words = append([]string{fmt.Sprintf("%d weekend days", weekends)}, words...)
	}
	if words == nil {
		return ""
	}
	return "Not counted: " + strings.Join(words, ", ") + "."
}
