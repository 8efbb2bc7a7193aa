package northmere

import (
	"time"

	"candour/internal/day"
)

// holidays are the bank holidays of England and Wales from 2011 to 2015.
var holidays = []string{
	"2011-01-03", "2011-04-22", "2011-04-25", "2011-04-29", "2011-05-02", "2011-05-30", "2011-08-29", "2011-12-26", "2011-12-27",
	"2012-01-02", "2012-04-06", "2012-04-09", "2012-05-07", "2012-06-04", "2012-06-05", "2012-08-27", "2012-12-25", "2012-12-26",
	"2013-01-01", "2013-03-29", "2013-04-01", "2013-05-06", "2013-05-27", "2013-08-26", "2013-12-25", "2013-12-26",
	"2014-01-01", "2014-04-18", "2014-04-21", "2014-05-05", "2014-05-26", "2014-08-25", "2014-12-25", "2014-12-26",
	"2015-01-01", "2015-04-03", "2015-04-06", "2015-05-04", "2015-05-25", "2015-08-31", "2015-12-25", "2015-12-28",
}

const (
	minute day.Instant = 60e9
	hour               = 60 * minute
	oneDay             = 24 * hour // elapsed; never used where the law counts days
)

// The span in which cases are reported, and the day on which the record ends.
var (
	firstReport = date("2011-04-01")
	lastReport  = date("2015-06-30")
	recordEnds  = date("2015-12-31")
)

// Days on which the law changed.
var (
	youthCautions = date("2013-04-08") // final warnings and reprimands end
	outcomeCodes  = date("2013-04-01")
	adultFor17s   = date("2013-10-27") // appropriate adult up to 17
	reviewRight   = date("2015-04-01") // victim's right to review a police decision
	recordIn24h   = date("2015-04-01")
)

func date(s string) day.Date {
	d, err := day.ParseDate(s)
	if err != nil {
		panic(err) // a constant of this package is misspelt
	}
	return d
}

func newCalendar() *day.Calendar {
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		panic(err) // package day embeds the zones
	}
	off := map[day.Date]string{}
	for _, h := range holidays {
		off[date(h)] = "bank holiday"
	}
	return day.NewCalendar("northmere", zone, []time.Weekday{time.Saturday, time.Sunday}, off, date("2011-01-01"), recordEnds)
}

// calendar is Northmere's: working days, and times of day in the zone.
type calendar struct{ *day.Calendar }

// at is the time of day on a date.
func (c calendar) at(d day.Date, h, m int) day.Instant {
	return c.plain(c.Start(d) + day.Instant(h)*hour + day.Instant(m)*minute)
}

// plain cuts to the minute and keeps out of the hour that occurs twice, which no
// records system can write down without an offset.
func (c calendar) plain(t day.Instant) day.Instant {
	t -= t % minute
	local := t.Time(c.Zone())
	if local.Hour() != 1 {
		return t
	}
	if _, a := local.Zone(); a != offset(t+hour, c) || a != offset(t-hour, c) {
		return t + 2*hour
	}
	return t
}

func offset(t day.Instant, c calendar) int {
	_, o := t.Time(c.Zone()).Zone()
	return o
}

func (c calendar) works(d day.Date) bool {
	ok, _ := c.Working(d)
	return ok
}

// next is the nth working day after d, or before it.
func (c calendar) next(d day.Date, n int) day.Date {
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	for n > 0 {
		if d = d.Add(step); c.works(d) {
			n--
		}
	}
	return d
}

// due is when a duty of that length, opened at t, must be done.
func (c calendar) due(t day.Instant, length string) day.Instant {
	d, err := day.ParseDuration(length)
	if err != nil {
		panic(err) // a constant of this package is misspelt
	}
	return c.Due(t, d)
}

// hourOf is the local hour of the day.
func (c calendar) hourOf(t day.Instant) int { return t.Time(c.Zone()).Hour() }
