package day

import (
	"testing"
	"time"
)

func TestDue(t *testing.T) {
	for _, c := range []struct{ clock, length, want string }{
		// The instants of the worked cases.
		{"2012-06-18 10:20", "24 hours", "2012-06-19 10:20"},
		{"2012-07-16 11:00", "2 working days", "2012-07-18"},
		// Elapsed, also when the clocks change.
		{"2012-06-18 10:20", "10 minutes", "2012-06-18 10:30"},
		{"2012-03-24 12:00", "24 hours", "2012-03-25 13:00"},
		{"2012-10-27 12:00", "24 hours", "2012-10-28 11:00"},
		{"2012-10-28T00:30:00+01:00", "1 hour", "2012-10-28T01:30:00+01:00"},
		{"2012-10-28T00:30:00+01:00", "2 hours", "2012-10-28T01:30:00Z"},
		{"2012-06-18 10:20", "0 hours", "2012-06-18 10:20"},
		// Days and weeks.
		{"2012-03-24 12:00", "1 day", "2012-03-25"},
		{"2012-06-18 10:20", "0 days", "2012-06-18"},
		{"2012-06-18 10:20", "14 days", "2012-07-02"},
		{"2012-06-18 23:59:59", "1 week", "2012-06-25"},
		{"2012-06-18 00:00", "3 days beginning with the day", "2012-06-20"},
		{"2012-06-18 00:00", "3 days beginning with the day after", "2012-06-21"},
		{"2012-06-18 00:00", "1 day beginning with the day", "2012-06-18"},
		{"2015-06-18 00:00", "56 days beginning with the day", "2015-08-12"},
		{"2012-06-01 09:00", "4 weeks beginning with the next working day", "2012-07-03"}, // s = Wed 6 June
		{"2012-06-18 09:00", "4 weeks beginning with the next working day", "2012-07-16"},
		{"2012-06-22 09:00", "1 month beginning with the next working day", "2012-07-24"},
		// Months and years.
		{"2012-01-31 10:00", "1 month", "2012-02-29"},
		{"2012-01-15 10:00", "1 month", "2012-02-15"},
		{"2012-02-29 10:00", "1 year", "2013-02-28"},
		{"2012-03-05 10:00", "3 months beginning with the day", "2012-06-04"},
		{"2013-11-30 10:00", "3 months beginning with the day", "2014-02-28"},
		{"2023-02-28 10:00", "3 months beginning with the day after", "2023-05-31"},
		{"2023-03-05 10:00", "3 months beginning with the day after", "2023-06-05"},
		{"2023-08-30 10:00", "6 months beginning with the day after", "2024-02-29"},
		{"2012-06-18 10:00", "12 months beginning with the day", "2013-06-17"},
		{"2012-06-18 10:00", "1 year beginning with the day", "2013-06-17"},
		{"2012-01-31 10:00", "0 months", "2012-01-31"},
		// Working days.
		{"2024-05-03 10:00", "1 working day", "2024-05-07"},
		{"2024-05-04 10:00", "1 working day", "2024-05-07"},
		{"2024-05-03 10:00", "0 working days", "2024-05-03"},
		{"2024-05-04 10:00", "0 working days", "2024-05-04"},
		{"2012-07-16 11:00", "2 working days beginning with the day", "2012-07-17"},
		{"2012-07-16 11:00", "1 working day beginning with the day", "2012-07-16"},
		{"2024-05-04 11:00", "1 working day beginning with the day", "2024-05-07"},
		{"2024-05-04 11:00", "2 working days beginning with the day", "2024-05-08"},
		// Ends of days.
		{"2012-10-28T01:30:00Z", "end of day", "2012-10-28"},
		{"2012-03-24 23:30", "end of next day", "2012-03-25"},
	} {
		got := shows(england, england.Due(instant(t, c.clock), duration(t, c.length)))
		if got != c.want {
			t.Errorf("%s from %s is due %s, want %s", c.length, c.clock, got, c.want)
		}
	}
}

func TestDueEndsWithTheCalendarsDay(t *testing.T) {
	at := instant(t, "2012-06-18T23:30:00Z") // 19 June in London
	if got := shows(england, england.Due(at, duration(t, "end of day"))); got != "2012-06-19" {
		t.Errorf("in London due %s, want 2012-06-19", got)
	}
	utc := england.In(time.UTC)
	if got := shows(utc, utc.Due(at, duration(t, "end of day"))); got != "2012-06-18" {
		t.Errorf("in UTC due %s, want 2012-06-18", got)
	}
	if got := FormatInstant(england.Due(at, duration(t, "end of day")), london); got != "2012-06-19 23:59:59" {
		t.Errorf("shown as %s, want 23:59:59", got)
	}
}

func TestWhatNeverComesIsNever(t *testing.T) {
	idle := NewCalendar("idle", london, []time.Weekday{0, 1, 2, 3, 4, 5, 6}, nil, 0, 0)
	now := instant(t, "2012-06-18 10:20")
	for _, c := range []struct {
		cal    *Calendar
		clock  Instant
		length string
	}{
		{england, now, "100000 years"}, {england, now, "100000 months"}, {england, now, "100000 weeks"}, {england, now, "100000 working days"},
		{idle, now, "1 working day"}, {idle, now, "1 week beginning with the next working day"},
		{england, Never, "1 hour"}, {england, Never, "1 day"}, {england, Never, "0 days"}, {england, Never - 5, "1 minute"},
	} {
		d := duration(t, c.length)
		if got := c.cal.Due(c.clock, d); got != Never {
			t.Errorf("%s from %d = %d, want Never", c.length, c.clock, got)
		}
		if got := c.cal.Count(c.clock, d).Explain(c.cal); len(got) == 0 {
			t.Errorf("%s from %d: no explanation", c.length, c.clock)
		}
		if c.clock == now {
			if got := c.cal.Back(c.clock, d); got >= now {
				t.Errorf("%s back = %d, want earlier", c.length, got)
			}
		}
	}
	if got := england.Resume(Never, now, now+5, duration(t, "1 day")); got != Never {
		t.Errorf("resumed at %d, want Never", got)
	}
}

func TestBack(t *testing.T) {
	for _, c := range []struct{ from, length, want string }{
		{"2012-06-18 10:20", "24 hours", "2012-06-17 10:20"},
		{"2012-03-25 13:00", "24 hours", "2012-03-24 12:00"},
		{"2015-06-18 10:00", "3 days", "2015-06-15"},
		{"2015-06-18 10:00", "0 days", "2015-06-18"},
		{"2015-06-18 10:00", "2 weeks", "2015-06-04"},
		{"2024-05-07 10:00", "1 working day", "2024-05-03"},
		{"2024-05-07 10:00", "5 working days", "2024-04-29"},
		{"2024-05-06 10:00", "0 working days", "2024-05-06"},
		{"2012-03-31 10:00", "1 month", "2012-02-29"},
		{"2012-03-15 10:00", "1 month", "2012-02-15"},
		{"2012-02-29 10:00", "1 year", "2011-02-28"},
		{"2012-02-29 10:00", "end of next day", "2012-02-28"},
	} {
		from, d := instant(t, c.from), duration(t, c.length)
		if got := shows(england, england.Back(from, d)); got != c.want {
			t.Errorf("%s before %s is %s, want %s", c.length, c.from, got, c.want)
		}
		if got := england.CountBack(from, d).Due; got != england.Back(from, d) {
			t.Errorf("%s before %s: counted to %d, not %d", c.length, c.from, got, england.Back(from, d))
		}
	}
}

func TestResume(t *testing.T) {
	for _, c := range []struct{ due, from, until, length, want string }{
		{"2012-06-19 10:20", "2012-06-18 12:00", "2012-06-18 14:30", "24 hours", "2012-06-19 12:50"},
		{"2012-06-20", "2012-06-18 23:00", "2012-06-19 01:00", "3 days", "2012-06-21"},
		{"2012-06-20", "2012-06-18 09:00", "2012-06-18 17:00", "3 days", "2012-06-20"},
		{"2012-03-24", "2012-03-20 09:00", "2012-03-22 09:00", "1 week", "2012-03-26"},
		{"2012-06-20", "2012-06-01 09:00", "2012-06-11 09:00", "1 month", "2012-06-30"},
		{"2012-06-20", "2012-06-01 09:00", "2012-06-11 09:00", "end of day", "2012-06-30"},
		{"2024-05-02", "2024-05-01 09:00", "2024-05-07 09:00", "5 working days", "2024-05-08"}, // Thu 2, Fri 3, Tue 7 lost
		{"2024-05-07", "2024-05-03 19:00", "2024-05-06 09:00", "1 working day", "2024-05-07"},  // only days off
		{"2024-05-07", "2024-05-07 09:00", "2024-05-01 09:00", "1 day", "2024-05-07"},          // ends before it begins
	} {
		due := instantOrEnd(t, c.due)
		got := shows(england, england.Resume(due, instant(t, c.from), instant(t, c.until), duration(t, c.length)))
		if got != c.want {
			t.Errorf("%s due %s, paused %s to %s: %s, want %s", c.length, c.due, c.from, c.until, got, c.want)
		}
	}
}

// instantOrEnd reads an exact moment, or a date as the end of its day.
func instantOrEnd(t *testing.T, s string) Instant {
	t.Helper()
	m, err := ParseMoment(s, london)
	if err != nil {
		t.Fatal(err)
	}
	return m.Hi
}

func TestPeriodsTile(t *testing.T) {
	for _, c := range []struct {
		clock, after, every string
		want                []string
	}{
		{"2020-01-01 00:00", "", "1 month", []string{"2020-02-01", "2020-03-01", "2020-04-01"}},
		{"2020-01-31 09:00", "", "1 month", []string{"2020-03-01", "2020-03-31", "2020-05-01", "2020-05-31"}},
		{"2019-03-05 09:00", "12 months beginning with the day", "6 months", []string{"2020-03-05", "2020-09-05", "2021-03-05"}},
		{"2019-03-05 09:00", "1 year beginning with the day after", "6 months", []string{"2020-03-06", "2020-09-06"}},
		{"2019-03-05 09:00", "1 year", "6 months", []string{"2020-03-05", "2020-09-05"}},
		{"2012-03-19 09:00", "", "1 week", []string{"2012-03-26", "2012-04-02"}},
		{"2012-03-19 09:00", "3 days", "1 week", []string{"2012-03-22", "2012-03-29"}},
		{"2012-03-19 09:00", "3 days", "1 month", []string{"2012-03-22", "2012-04-22", "2012-05-22"}},
		{"2024-04-29 09:00", "", "5 working days", []string{"2024-05-04", "2024-05-14"}}, // Mon-Fri; Tue 7 - Mon 13
		{"2024-04-29 09:00", "", "end of day", []string{"2024-04-30", "2024-05-01"}},
		{"2012-03-24 12:00", "", "24 hours", []string{"2012-03-25 13:00", "2012-03-26 13:00"}},
		{"2012-03-24 12:00", "1 hour", "24 hours", []string{"2012-03-24 13:00", "2012-03-25 14:00"}},
		{"2012-03-24 12:00", "24 hours", "1 month", []string{"2012-03-25 13:00", "2012-04-25"}},
		{"2012-03-24 12:00", "1 month", "1 hour", []string{"2012-04-24", "2012-04-24 01:00"}},
	} {
		after := Duration{}
		if c.after != "" {
			after = duration(t, c.after)
		}
		for k, want := range c.want {
			got := england.Period(instant(t, c.clock), after, duration(t, c.every), k)
			if len(want) == len("2020-02-01") {
				want += " 00:00"
			}
			if formatExact(got, london) != want {
				t.Errorf("after %q every %s from %s: tick %d at %s, want %s", c.after, c.every, c.clock, k, formatExact(got, london), want)
			}
		}
	}
}

func TestPeriodsNeverWrapRound(t *testing.T) {
	now := instant(t, "2012-06-18 10:20")
	for _, every := range []string{"1 hour", "1 day", "1 month", "1 working day", "100000 years"} {
		before := now
		for k := 1; k < 1<<40; k *= 32 {
			got := england.Period(now, Duration{}, duration(t, every), k)
			if got < before {
				t.Fatalf("every %s: tick %d comes before an earlier one", every, k)
			}
			before = got
		}
	}
	if got := england.Period(Never, Duration{}, duration(t, "1 day"), 0); got != Never {
		t.Errorf("from never, tick 0 = %d", got)
	}
}

func TestDueDoesNotAllocate(t *testing.T) {
	now := instant(t, "2012-06-18 10:20")
	for _, s := range []string{"24 hours", "14 days", "4 weeks", "6 months beginning with the day after", "end of next day", "10 working days"} {
		d := duration(t, s)
		if n := testing.AllocsPerRun(100, func() { england.Due(now, d) }); n != 0 {
			t.Errorf("%s: %v allocations, want none", s, n)
		}
	}
}

func BenchmarkDue(b *testing.B) {
	now := instant(b, "2012-06-18 10:20")
	for _, s := range []string{"24 hours", "14 days", "6 months", "10 working days"} {
		d := duration(b, s)
		b.Run(s, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				england.Due(now, d)
			}
		})
	}
}
