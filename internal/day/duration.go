package day

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Unit is what a duration is counted in.
type Unit uint8

// The units. EndOfDay counts 0 for the same day, 1 for the next.
const (
	Minute Unit = iota
	Hour
	Day
	Week
	Month
	Year
	WorkingDay
	EndOfDay
)

var unitNames = [...]string{"minute", "hour", "day", "week", "month", "year", "working day", "end of day"}

// String is the unit's name in the singular.
func (u Unit) String() string {
	if int(u) >= len(unitNames) {
		return "unknown unit"
	}
	return unitNames[u]
}

// Counting says which day of a period is the first.
type Counting uint8

// The countings (standards.md, section 1, D). AfterDay, the default, ends days on
// the Nth day after the clock's and months on its same day number; the others
// end months on the day before the same number.
const (
	AfterDay Counting = iota
	BeginningWithDay
	BeginningWithDayAfter
	BeginningWithNextWorkingDay
)

var countings = [...]string{"", " beginning with the day", " beginning with the day after", " beginning with the next working day"}

// Duration is a length of time as a standard states it. N is not negative, and
// for EndOfDay is 0 or 1. Durations can be compared with ==; 7 days is not 1 week.
type Duration struct {
	N    int
	Unit Unit
	From Counting
}

// Elapsed tells whether it runs on the clock, nights and changes of clock included.
func (d Duration) Elapsed() bool { return d.Unit == Minute || d.Unit == Hour }

// nanos is the length of an elapsed duration.
func (d Duration) nanos() Instant {
	if d.Unit == Minute {
		return times(60*second, d.N)
	}
	return times(3600*second, d.N)
}

// days is the length in calendar days, if it is counted in days or weeks.
func (d Duration) days() (int, bool) {
	if d.Unit == Week {
		return 7 * d.N, true
	}
	return d.N, d.Unit == Day
}

// months is the length in months, if it is counted in months or years.
func (d Duration) months() (int, bool) {
	if d.Unit == Year {
		return 12 * d.N, true
	}
	return d.N, d.Unit == Month
}

// String writes the duration in the words ParseDuration reads.
func (d Duration) String() string {
	if d.Unit == EndOfDay {
		switch d.N {
		case 0:
			return "end of day"
		case 1:
			return "end of next day"
		}
		return fmt.Sprintf("end of day, %d days on", d.N)
	}
	s := d.length()
	if int(d.From) < len(countings) {
		s += countings[d.From]
	}
	return s
}

// length is the number and the unit alone: 2 working days.
func (d Duration) length() string {
	if d.N == 1 {
		return "1 " + d.Unit.String()
	}
	return strconv.Itoa(d.N) + " " + d.Unit.String() + "s"
}

// maxLength is the largest number a duration is read with.
const maxLength = 100000

const durationForms = "write for example `10 minutes`, `24 hours`, `3 days`, `4 weeks`, `6 months`, `1 year`, `2 working days`, `3 days beginning with the day`, " +
	"`6 months beginning with the day after`, `4 weeks beginning with the next working day`, `2 working days beginning with the day`, `end of day` or `end of next day`"

// ParseDuration reads a duration of 0 to 100000 units. The error says what was
// wrong and which forms there are. It refuses what has no meaning: hours that
// begin with a day, working days that begin with the day after, and a period of
// nothing that begins with a day.
func ParseDuration(s string) (Duration, error) {
	d, err := parseDuration(strings.Join(strings.Fields(s), " "))
	if err != nil {
		return Duration{}, fmt.Errorf("length of time %q: %w; %s", s, err, durationForms)
	}
	return d, nil
}

func parseDuration(words string) (Duration, error) {
	switch words {
	case "end of day":
		return Duration{0, EndOfDay, AfterDay}, nil
	case "end of next day":
		return Duration{1, EndOfDay, AfterDay}, nil
	}
	words, from := cutCounting(words)
	number, name, _ := strings.Cut(words, " ")
	n, err := strconv.ParseUint(number, 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange) || n > maxLength:
		return Duration{}, errors.New("the number must be from 0 to 100000")
	case err != nil || name == "":
		return Duration{}, errors.New("it must begin with a whole number and a unit")
	}
	unit, ok := unitOf(name)
	if !ok {
		return Duration{}, fmt.Errorf("unknown unit %q", name)
	}
	d := Duration{int(n), unit, from}
	switch {
	case d.Elapsed() && from != AfterDay:
		return d, errors.New("minutes and hours run on the clock and begin at the moment itself")
	case unit == WorkingDay && from > BeginningWithDay:
		return d, errors.New("working days begin after the day, or with it")
	case n == 0 && from != AfterDay:
		return d, errors.New("a period that begins with a day has at least one")
	}
	return d, nil
}

// cutCounting takes the words for the first day off the end.
func cutCounting(words string) (string, Counting) {
	for i := len(countings) - 1; i > 0; i-- {
		if rest, ok := strings.CutSuffix(words, countings[i]); ok {
			return rest, Counting(i)
		}
	}
	return words, AfterDay
}

// unitOf finds a unit by its name, singular or plural.
func unitOf(name string) (Unit, bool) {
	for u, known := range unitNames[:EndOfDay] {
		if name == known || name == known+"s" {
			return Unit(u), true
		}
	}
	return 0, false
}
