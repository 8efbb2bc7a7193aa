package exchange

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"candour/internal/day"
)

func clockFor(t testing.TB, zone string, formats ...string) *clock {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	c := &clock{zone: loc, pivot: 30}
	for _, s := range formats {
		f, err := parseDateFormat(s)
		if err != nil {
			t.Fatal(err)
		}
		c.formats = append(c.formats, f)
	}
	return c
}

func TestClockReads(t *testing.T) {
	for _, c := range []struct{ format, in, want string }{
		{"dd/mm/yyyy hh:mm", "18/06/2012 10:20", "2012-06-18 10:20"},
		{"dd/mm/yyyy hh:mm", "18/06/2012   10:20", "2012-06-18 10:20"},
		{"dd/mm/yyyy hh:mm:ss", "18/06/2012 10:20:05", "2012-06-18 10:20:05"},
		{"dd/mm/yyyy hh:mm:ss", "18/06/2012 10:20:05.25", "2012-06-18 10:20:05.25"},
		{"dd/mm/yyyy", "18/06/2012", "2012-06-18"},
		{"d/m/yyyy h:mm", "8/6/2012 9:05", "2012-06-08 09:05"},
		{"mm/dd/yyyy", "06/18/2012", "2012-06-18"},
		{"dd-mmm-yyyy", "18-JUN-2012", "2012-06-18"},
		{"d mmm yyyy", "8 September 2012", "2012-09-08"},
		{"yyyymmdd", "20120618", "2012-06-18"},
		{"yyyy-mm-ddthh:mm:ss", "2012-06-18T10:20:00", "2012-06-18 10:20"},
		{"yyyy-mm-dd hh:mm:ss offset", "2012-06-18 10:20:00 +0200", "2012-06-18 09:20"},
		{"yyyy-mm-dd hh:mm offset", "2012-10-28 01:30 Z", "2012-10-28T01:30:00Z"},
		{"dd/mm/yyyy hh:mm am/pm", "18/06/2012 12:20 am", "2012-06-18 00:20"},
		{"dd/mm/yyyy hh:mm am/pm", "18/06/2012 01:20 PM", "2012-06-18 13:20"},
		{"dd/mm/yy", "18/06/29", "2029-06-18"},
		{"dd/mm/yy", "18/06/30", "1930-06-18"},
		{"iso", "1974-06/1974-08", "1974-06/1974-08"},
		{"iso", "2012-06-18T10:20:00+01:00", "2012-06-18 10:20"},
	} {
		k := clockFor(t, "Europe/London", c.format)
		m, err := k.read(c.in)
		if err != nil {
			t.Errorf("%s as %s: %v", c.in, c.format, err)
			continue
		}
		if got := day.FormatMoment(m, k.zone); got != c.want {
			t.Errorf("%s as %s: got %s, want %s", c.in, c.format, got, c.want)
		}
	}
}

func TestClockRefuses(t *testing.T) {
	for _, c := range []struct {
		format, in string
		want       error
	}{
		{"dd/mm/yyyy", "31/02/2012", errNoDay}, {"dd/mm/yyyy", "00/02/2012", errNoDay}, {"dd/mm/yyyy", "12/31/2012", errSwapped},
		{"dd/mm/yyyy", "18/06/2012 10:20", errForm}, {"dd/mm/yyyy hh:mm", "18/06/2012", errForm}, {"dd/mm/yyyy", "1/6/2012", errForm},
		{"dd/mm/yyyy", "18/06/12", errShort}, {"iso", "12-06-18", errShort}, {"dd/mm/yyyy", "18/06/1749", errYears}, {"dd/mm/yyyy", "", errForm},
		{"dd/mm/yyyy hh:mm", "18/06/2012 24:00", errNoHour}, {"dd/mm/yyyy hh:mm am/pm", "18/06/2012 13:00 pm", errNoHour},
		{"dd/mm/yyyy hh:mm", "25/03/2012 01:30", errSkipped}, {"dd/mm/yyyy hh:mm", "28/10/2012 01:30", errTwice},
		{"iso", "2012-10-28 01:30", errTwice}, {"iso", "2012-03-25 01:30", errSkipped}, {"iso", "2012-02-30", errNoDay}, {"iso", "soon", errForm},
	} {
		if m, err := clockFor(t, "Europe/London", c.format).read(c.in); err != c.want || m != (day.Moment{}) {
			t.Errorf("%q as %s: got %v, %v; want %v", c.in, c.format, m, err, c.want)
		}
	}
}

// What our own reader of local times makes of a time is what the calendar's makes.
func TestClockAgreesWithTheCalendar(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom([]string{"Europe/London", "UTC", "America/St_Johns", "Australia/Lord_Howe"}).Draw(t, "zone")
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		at := time.Unix(rapid.Int64Range(-3_700_000_000, 7_000_000_000).Draw(t, "at"), 0).In(loc)
		s := at.Format("2006-01-02 15:04:05")
		f, _ := parseDateFormat("yyyy-mm-dd hh:mm:ss")
		got, err := (&clock{formats: []*dateFormat{f}, zone: loc}).read(s)
		want, wrong := day.ParseMoment(s, loc)
		if (err == nil) != (wrong == nil) || err == nil && got != want {
			t.Fatalf("%s in %s: got %v, %v; want %v, %v", s, zone, got, err, want, wrong)
		}
	})
}
