package day

import (
	"testing"
	"time"
)

var london = mustZone("Europe/London")

func mustZone(name string) *time.Location {
	z, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return z
}

// england is a calendar with the bank holidays that the tests need.
var england = NewCalendar("england", london, []time.Weekday{time.Saturday, time.Sunday}, map[Date]string{
	DateOf(2012, 6, 4):   "Spring bank holiday",
	DateOf(2012, 6, 5):   "Diamond Jubilee",
	DateOf(2012, 8, 27):  "Summer bank holiday",
	DateOf(2012, 12, 25): "Christmas Day",
	DateOf(2012, 12, 26): "Boxing Day",
	DateOf(2024, 5, 6):   "Early May bank holiday",
}, DateOf(2012, 1, 1), DateOf(2024, 12, 31))

func date(t testing.TB, s string) Date {
	t.Helper()
	d, err := ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func instant(t testing.TB, s string) Instant {
	t.Helper()
	at, err := ParseInstant(s, london)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func duration(t testing.TB, s string) Duration {
	t.Helper()
	d, err := ParseDuration(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// shows writes a due moment: a date for the end of that day, else the instant.
func shows(c *Calendar, at Instant) string {
	if d := c.DateOf(at); c.End(d) == at {
		return d.String()
	}
	return formatExact(at, c.zone)
}

func TestDaysInSummerTime(t *testing.T) {
	for _, c := range []struct {
		day   string
		start string
		hours int
	}{
		{"2012-03-24", "2012-03-24T00:00:00Z", 24},
		{"2012-03-25", "2012-03-25T00:00:00Z", 23},
		{"2012-03-26", "2012-03-25T23:00:00Z", 24},
		{"2012-10-28", "2012-10-27T23:00:00Z", 25},
		{"2012-10-29", "2012-10-29T00:00:00Z", 24},
		{"1970-06-01", "1970-05-31T23:00:00Z", 24}, // British Standard Time, all year
		{"1970-01-01", "1969-12-31T23:00:00Z", 24},
	} {
		d := date(t, c.day)
		if got, want := england.Start(d), instant(t, c.start); got != want {
			t.Errorf("%s starts at %s, want %s", c.day, got.Time(time.UTC), c.start)
		}
		if got := (england.End(d) + 1 - england.Start(d)) / (3600 * second); got != Instant(c.hours) {
			t.Errorf("%s has %d hours, want %d", c.day, got, c.hours)
		}
		if m := england.Day(d); m != (Moment{england.Start(d), england.End(d), true}) {
			t.Errorf("Day(%s) = %v", c.day, m)
		}
	}
}

// Days tile in every zone: also where the clocks change at midnight (Cairo, Sao
// Paulo, Havana) and where a day was left out (Apia).
func TestDaysTile(t *testing.T) {
	for _, name := range []string{"UTC", "Europe/London", "Africa/Cairo", "America/Sao_Paulo", "America/Havana", "Pacific/Apia", "Asia/Kathmandu", "Australia/Lord_Howe"} {
		c := england.In(mustZone(name))
		for d := DateOf(1925, 1, 1); d < DateOf(2060, 1, 1); d++ {
			start, end := c.Start(d), c.End(d)
			if name == "Pacific/Apia" && (d == DateOf(2011, 12, 29) || d == DateOf(2011, 12, 30) || d.utc().Year() < 1930) {
				continue
			}
			if c.DateOf(start) != d || c.DateOf(end) != d || c.DateOf(end+1) != d+1 {
				t.Fatalf("%s: %s runs from %s to %s", name, d, start.Time(c.zone), end.Time(c.zone))
			}
			if d.utc().Year() > 1975 && c.DateOf(start-1) >= d {
				t.Fatalf("%s: %s began before %s", name, d, start.Time(c.zone))
			}
		}
	}
}

// Package time once sent Start round for ever here: see stretch.
func TestLastDayOfALeapYearBeyondTheTables(t *testing.T) {
	for _, year := range []int{2040, 2096, 2196} {
		d := DateOf(year, 12, 31)
		if got, want := england.End(d), FromTime(time.Date(year+1, 1, 1, 0, 0, 0, 0, time.UTC))-1; got != want {
			t.Errorf("%s ends at %s", d, got.Time(time.UTC))
		}
		if _, err := ParseInstant(d.String()+" 12:00", london); err != nil {
			t.Error(err)
		}
	}
}

func TestStartAfterMidnightThatDidNotExist(t *testing.T) {
	c := england.In(mustZone("America/Sao_Paulo"))
	d := DateOf(2017, 10, 15)
	if got := c.Start(d).Time(c.zone).Format("2006-01-02 15:04"); got != "2017-10-15 01:00" {
		t.Errorf("the day starts at %s, want 01:00", got)
	}
	apia := england.In(mustZone("Pacific/Apia"))
	if m, err := ParseMoment("2011-12-30", apia.zone); err == nil {
		t.Errorf("the day Samoa left out = %v, want an error", m)
	}
}

func TestWorkingSaysWhyNot(t *testing.T) {
	for _, c := range []struct{ day, why string }{
		{"2024-05-03", ""}, {"2024-05-04", "weekend"}, {"2024-05-05", "weekend"}, {"2024-05-06", "Early May bank holiday"}, {"2024-05-07", ""},
	} {
		works, why := england.Working(date(t, c.day))
		if works != (c.why == "") || why != c.why {
			t.Errorf("Working(%s) = %v, %q; want why %q", c.day, works, why, c.why)
		}
	}
}

func TestCalendarDoesNotChangeWithItsMap(t *testing.T) {
	holidays := map[Date]string{}
	c := NewCalendar("c", london, nil, holidays, 0, 100)
	holidays[5] = "added"
	if works, _ := c.Working(5); !works {
		t.Error("a holiday added to the map afterwards is in the calendar")
	}
	if c.Name() != "c" || c.Zone() != london || c.In(nil) != c || c.In(time.UTC).Zone() != time.UTC || c.Zone() != london {
		t.Error("name or zone is wrong")
	}
}
