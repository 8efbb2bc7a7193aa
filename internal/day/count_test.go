package day

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestExplain(t *testing.T) {
	for _, c := range []struct {
		clock, length string
		want          []string
	}{
		{"2012-06-18 10:20", "24 hours", []string{"24 hours on the clock from 18 June 2012 10:20.", "Due at 19 June 2012 10:20."}},
		{"2012-03-24 12:00", "24 hours", []string{"24 hours on the clock from 24 March 2012 12:00.", "The clocks changed in between; every hour that passed is counted.", "Due at 25 March 2012 13:00."}},
		{"2012-07-16 11:00", "2 working days", []string{"Counted 2 working days from Monday 16 July 2012: Tuesday 17 (1), Wednesday 18 (2).", "Due at the end of Wednesday 18 July 2012."}},
		{"2024-05-03 11:00", "1 working day", []string{
			"Counted 1 working day from Friday 3 May 2024: Tuesday 7 May 2024 (1).",
			"Not counted: Saturday 4 May 2024 (weekend), Sunday 5 May 2024 (weekend), Monday 6 May 2024 (Early May bank holiday).",
			"Due at the end of Tuesday 7 May 2024.",
		}},
		{"2024-05-04 11:00", "1 working day beginning with the day", []string{
			"Counted 1 working day beginning with Saturday 4 May 2024: Tuesday 7 May 2024 (1).",
			"Not counted: Saturday 4 May 2024 (weekend), Sunday 5 May 2024 (weekend), Monday 6 May 2024 (Early May bank holiday).",
			"Due at the end of Tuesday 7 May 2024.",
		}},
		{"2012-12-10 11:00", "30 working days", []string{
			"Counted 30 working days from Monday 10 December 2012: the first day is Tuesday 11 December 2012, the last is Wednesday 23 January 2013.",
			"Not counted: 12 weekend days, Tuesday 25 December 2012 (Christmas Day), Wednesday 26 December 2012 (Boxing Day).",
			"Due at the end of Wednesday 23 January 2013.",
		}},
		{"2012-07-30 11:00", "3 days", []string{"Counted 3 days from Monday 30 July 2012: Tuesday 31 (1), Wednesday 1 August 2012 (2), Thursday 2 (3).", "Due at the end of Thursday 2 August 2012."}},
		{"2023-02-28 10:00", "3 months beginning with the day after", []string{
			"Counted 3 months beginning with the day after Tuesday 28 February 2023: the first day is Wednesday 1 March 2023, the last, the day before the same number, is Wednesday 31 May 2023.",
			"Due at the end of Wednesday 31 May 2023.",
		}},
		{"2012-01-31 10:00", "1 month", []string{
			"Counted 1 month from Tuesday 31 January 2012: the last day, as the month has no day 31, Wednesday 29 February 2012.",
			"Due at the end of Wednesday 29 February 2012.",
		}},
		{"2012-06-22 09:00", "1 week beginning with the next working day", []string{
			"Counted 1 week beginning with the next working day after Friday 22 June 2012: the first day is Monday 25 June 2012, the last is Sunday 1 July 2012.",
			"Not counted: Saturday 23 June 2012 (weekend), Sunday 24 June 2012 (weekend).",
			"Due at the end of Sunday 1 July 2012.",
			"That day is not worked (weekend), but the due moment is not moved for it.",
		}},
		{"2012-06-18 09:00", "end of next day", []string{"Owed by the end of the day after Monday 18 June 2012.", "Due at the end of Tuesday 19 June 2012."}},
		{"2012-06-18 09:00", "0 working days", []string{"No day is counted after Monday 18 June 2012.", "Due at the end of Monday 18 June 2012."}},
		{"2025-06-18 09:00", "1 working day", []string{
			"Counted 1 working day from Wednesday 18 June 2025: Thursday 19 June 2025 (1).",
			"The calendar england knows its holidays only from 2012-01-01 to 2024-12-31; outside that only weekends are left out.",
			"Due at the end of Thursday 19 June 2025.",
		}},
	} {
		got := england.Count(instant(t, c.clock), duration(t, c.length)).Explain(england)
		if g, w := strings.Join(got, "\n"), strings.Join(c.want, "\n"); g != w {
			t.Errorf("%s from %s:\ngot\n%s\nwant\n%s", c.length, c.clock, g, w)
		}
	}
}

func TestExplainBack(t *testing.T) {
	n := england.CountBack(instant(t, "2024-05-08 10:00"), duration(t, "2 working days"))
	want := []string{
		"Counted 2 working days back from Wednesday 8 May 2024: Tuesday 7 (1), Friday 3 (2).",
		"Not counted: Saturday 4 May 2024 (weekend), Sunday 5 May 2024 (weekend), Monday 6 May 2024 (Early May bank holiday).",
		"Due at the end of Friday 3 May 2024.",
	}
	if g, w := strings.Join(n.Explain(england), "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
}

// naive counts one day after another, in civil dates of package time.
func naive(clock time.Time, d Duration) time.Time {
	day := time.Date(clock.Year(), clock.Month(), clock.Day(), 0, 0, 0, 0, time.UTC)
	works := func(t time.Time) bool {
		return t.Weekday() != time.Saturday && t.Weekday() != time.Sunday && england.holidays[DateOf(t.Year(), int(t.Month()), t.Day())] == ""
	}
	next := func(t time.Time) time.Time { return t.AddDate(0, 0, 1) }
	first := day
	if d.From != BeginningWithDay {
		first = next(first)
	}
	if d.From == BeginningWithNextWorkingDay {
		for !works(first) {
			first = next(first)
		}
	}
	switch d.Unit {
	case EndOfDay:
		for range d.N {
			day = next(day)
		}
		return day
	case WorkingDay:
		if d.N == 0 {
			return day
		}
		for n := 0; ; first = next(first) {
			if works(first) {
				if n++; n == d.N {
					return first
				}
			}
		}
	case Day, Week:
		n := d.N
		if d.Unit == Week {
			n *= 7
		}
		last := first.AddDate(0, 0, -1)
		for range n {
			last = next(last)
		}
		return last
	}
	months := d.N
	if d.Unit == Year {
		months *= 12
	}
	if d.From == AfterDay {
		first = day
	}
	month := time.Date(first.Year(), first.Month(), 1, 0, 0, 0, 0, time.UTC)
	for range months {
		month = month.AddDate(0, 1, 0)
	}
	for x := month; x.Month() == month.Month(); x = next(x) {
		if x.Day() == first.Day() {
			if d.From == AfterDay {
				return x
			}
			return x.AddDate(0, 0, -1)
		}
	}
	return month.AddDate(0, 1, -1)
}

func TestCountingAgreesWithCountingDayByDay(t *testing.T) {
	from, to := int64(instant(t, "2011-01-01 00:00")), int64(instant(t, "2026-01-01 00:00"))
	rapid.Check(t, func(t *rapid.T) {
		clock := Instant(rapid.Int64Range(from, to).Draw(t, "clock"))
		d := Duration{rapid.IntRange(0, 60).Draw(t, "n"), Unit(rapid.IntRange(int(Day), int(EndOfDay)).Draw(t, "unit")), Counting(rapid.IntRange(0, 3).Draw(t, "from"))}
		switch {
		case d.Unit == EndOfDay:
			d.N, d.From = d.N%2, AfterDay
		case d.N == 0, d.Unit == WorkingDay && d.From > BeginningWithDay:
			d.From = AfterDay
		}
		if back, err := ParseDuration(d.String()); err != nil || back != d {
			t.Fatalf("%v is read back as %v, %v", d, back, err)
		}
		n := england.Count(clock, d)
		if got, want := n.Last.String(), naive(clock.Time(london), d).Format(time.DateOnly); got != want {
			t.Fatalf("%s from %s ends %s, day by day %s", d, clock.Time(london), got, want)
		}
		if n.Due != england.Due(clock, d) || n.Due != england.End(n.Last) {
			t.Fatalf("%s from %s: count and due differ", d, clock.Time(london))
		}
		if d.Unit == WorkingDay && d.N > 0 {
			start := england.DateOf(clock)
			if d.From == BeginningWithDay {
				start--
			}
			if got := int(n.Last-start) - len(n.Skipped); got != d.N {
				t.Fatalf("%s from %s: %d days counted and not skipped", d, clock.Time(london), got)
			}
		}
		if len(n.Explain(england)) == 0 || len(england.CountBack(clock, d).Explain(england)) == 0 {
			t.Fatal("no explanation")
		}
	})
}
