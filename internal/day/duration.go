package day

import (
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

func (u Unit) String() string { return unitNames[u] }

// Counting says which day is the first.
type Counting uint8

// The countings (standards.md, section 1, D).
const (
	AfterDay Counting = iota
	BeginningWithDay
	BeginningWithDayAfter
	BeginningWithNextWorkingDay
)

var countings = [...]string{"", " beginning with the day", " beginning with the day after", " beginning with the next working day"}

// Duration is a length of time as a standard states it.
type Duration struct {
	N    int
	Unit Unit
	From Counting
}

// Elapsed tells whether it runs on the clock, nights and changes of clock included.
func (d Duration) Elapsed() bool { return d.Unit == Minute || d.Unit == Hour }

func (d Duration) nanos() Instant {
	if d.Unit == Minute {
		return Instant(d.N) * 60 * second
	}
	return Instant(d.N) * 3600 * second
}

func (d Duration) String() string {
	if d.Unit == EndOfDay {
		if d.N == 0 {
			return "end of day"
		}
		return "end of next day"
	}
	s := strconv.Itoa(d.N) + " " + d.Unit.String()
	if d.N != 1 {
		s += "s"
	}
	return s + countings[d.From]
}

const durationForms = "write for example `24 hours`, `3 days beginning with the day`, `2 working days`, `6 months beginning with the day after`, `4 weeks beginning with the next working day`, `end of day` or `end of next day`"

// ParseDuration reads a duration; the error says what was wrong and which forms there are.
func ParseDuration(s string) (Duration, error) {
	words := strings.Join(strings.Fields(s), " ")
	switch words {
	case "end of day":
		return Duration{0, EndOfDay, 0}, nil
	case "end of next day":
		return Duration{1, EndOfDay, 0}, nil
	}
	bad := func(what string) (Duration, error) {
		return Duration{}, fmt.Errorf("length of time %q: %s; %s", s, what, durationForms)
	}
	d := Duration{}
	for i := len(countings) - 1; i > 0; i-- {
		if rest, ok := strings.CutSuffix(words, countings[i]); ok {
			words, d.From = rest, Counting(i)
			break
		}
	}
	number, unit, ok := strings.Cut(words, " ")
	n, err := strconv.Atoi(number)
	if err != nil || !ok {
		return bad("it must begin with a whole number and a unit")
	}
	if n < 0 || n > 100000 {
		return bad("the number must be from 0 to 100000")
	}
	d.N = n
	for u, name := range unitNames[:EndOfDay] {
		if unit == name || unit == name+"s" {
			d.Unit = Unit(u)
			if d.Elapsed() && d.From != AfterDay {
				return bad("minutes and hours run on the clock and begin at the moment itself")
			}
			if d.Unit == WorkingDay && d.From > BeginningWithDay {
				return bad("working days begin after the day, or with it")
			}
			if d.N == 0 && d.From != AfterDay {
				return bad("a period that begins with a day has at least one")
			}
			return d, nil
		}
	}
	return bad("unknown unit " + strconv.Quote(unit))
}
