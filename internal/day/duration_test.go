package day

import (
	"strings"
	"testing"
)

func TestParseDuration(t *testing.T) {
	for _, c := range []struct {
		in   string
		want Duration
	}{
		{"10 minutes", Duration{10, Minute, AfterDay}},
		{"1 hour", Duration{1, Hour, AfterDay}},
		{"3 days beginning with the day", Duration{3, Day, BeginningWithDay}},
		{"6 months beginning with the day after", Duration{6, Month, BeginningWithDayAfter}},
		{"4 weeks beginning with the next working day", Duration{4, Week, BeginningWithNextWorkingDay}},
		{"2 working days", Duration{2, WorkingDay, AfterDay}},
		{"2 working days beginning with the day", Duration{2, WorkingDay, BeginningWithDay}},
		{"1 year", Duration{1, Year, AfterDay}},
		{"0 days", Duration{0, Day, AfterDay}},
		{"100000 hours", Duration{100000, Hour, AfterDay}},
		{"end of day", Duration{0, EndOfDay, AfterDay}},
		{"end of next day", Duration{1, EndOfDay, AfterDay}},
	} {
		got, err := ParseDuration(c.in)
		if err != nil || got != c.want || got.String() != c.in {
			t.Errorf("ParseDuration(%q) = %v, %v; want %v", c.in, got, err, c.want)
		}
		if got.Elapsed() != (c.want.Unit == Minute || c.want.Unit == Hour) {
			t.Errorf("%q: elapsed = %v", c.in, got.Elapsed())
		}
	}
	for in, want := range map[string]string{"1 days": "1 day", "2 day": "2 days", " 2  working   days ": "2 working days", "007 days": "7 days"} {
		if got, err := ParseDuration(in); err != nil || got.String() != want {
			t.Errorf("ParseDuration(%q) = %v, %v; want %q", in, got, err, want)
		}
	}
}

func TestParseDurationRefuses(t *testing.T) {
	for _, c := range []struct{ in, says string }{
		{"", "whole number and a unit"}, {"3", "whole number and a unit"}, {"three days", "whole number"}, {"-1 days", "whole number"}, {"+1 days", "whole number"},
		{"1.5 days", "whole number"}, {"100001 days", "from 0 to 100000"}, {"99999999999999999999 days", "from 0 to 100000"},
		{"3 fortnights", `unknown unit "fortnights"`}, {"24 hours beginning with the day", "run on the clock"},
		{"2 working days beginning with the day after", "working days begin"}, {"0 days beginning with the day", "at least one"},
		{"beginning with the day", "whole number"}, {"end of week", "whole number"},
	} {
		_, err := ParseDuration(c.in)
		if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "`end of next day`") {
			t.Errorf("ParseDuration(%q): %v, want it to say %q and list the forms", c.in, err, c.says)
		}
	}
}

func FuzzParseDuration(f *testing.F) {
	for _, s := range []string{"10 minutes", "3 days beginning with the day", "2 working days", "end of day", "end of next day", "4 weeks beginning with the next working day", "-1 days"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDuration(s)
		if err != nil {
			return
		}
		if back, err := ParseDuration(d.String()); err != nil || back != d {
			t.Fatalf("%q = %v, written %q, read as %v, %v", s, d, d.String(), back, err)
		}
	})
}
