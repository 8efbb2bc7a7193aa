// Package day is time as the law counts it: moments that are intervals,
// comparisons that may be unable to tell, and deadlines in hours, days, working
// days and months, each with an account of how it was counted.
//
// An Instant is a point in time. A Moment is an interval, since "the summer of
// 1974" and "on 6 May" are how people remember; comparing two moments says yes,
// no or unknown, and unknown accuses nobody. A Calendar knows a time zone and
// which days are worked; it is data, built from a pack. A Duration is a length
// of time as a standard states it; a Calendar counts it (standards.md, section
// 1, "D:" and "by:").
//
// Always true here: a due moment in days is the last nanosecond of its day, so
// that what was done is in time if and only if done <= due; hours are elapsed
// time, summer time or not; nothing reads a clock or the machine's own zone; and
// what lies beyond the last Instant is Never, not an earlier moment.
package day

import (
	"math"
	"time"
	_ "time/tzdata" // deadlines must not depend on the machine's own zones
)

// Instant is a point in time: nanoseconds since the Unix epoch, UTC. It reaches
// from 1677 to 2262; what is read is held to the years 1850 to 2199.
type Instant int64

// Never is later than every instant.
const Never Instant = math.MaxInt64

const (
	earliest Instant = math.MinInt64
	second   Instant = 1e9
	dayLong          = 24 * 60 * 60 // seconds
)

// FromTime converts a time of the years 1678 to 2261; others have no meaning.
func FromTime(t time.Time) Instant { return Instant(t.UnixNano()) }

// Time converts to a time in the zone.
func (t Instant) Time(zone *time.Location) time.Time { return time.Unix(0, int64(t)).In(zone) }

// Second cuts to the second, downwards also before 1970.
func (t Instant) Second() Instant {
	s := t % second
	if s < 0 {
		s += second
	}
	return t - s
}

// plus adds, stopping at the ends of what an Instant can hold. Never stays Never.
func (t Instant) plus(n Instant) Instant {
	switch {
	case t == Never || n > 0 && t > Never-n:
		return Never
	case n < 0 && t < earliest-n:
		return earliest
	}
	return t + n
}

// Truth is the answer to a comparison.
type Truth int8

// The three answers. The zero value is No.
const (
	No Truth = iota
	Yes
	Unknown
)

// Not is Kleene's negation.
func (a Truth) Not() Truth {
	switch a {
	case Yes:
		return No
	case No:
		return Yes
	}
	return Unknown
}

// And is Kleene's conjunction: no if either is no, else unknown if either is.
func (a Truth) And(b Truth) Truth {
	if a == No || b == No {
		return No
	}
	if a == Unknown || b == Unknown {
		return Unknown
	}
	return Yes
}

// Or is Kleene's disjunction: yes if either is yes, else unknown if either is.
func (a Truth) Or(b Truth) Truth { return a.Not().And(b.Not()).Not() }

// String is no, yes or unknown.
func (a Truth) String() string {
	switch a {
	case Yes:
		return "yes"
	case No:
		return "no"
	}
	return "unknown"
}

// Moment is an interval, both ends included. Whole says that it was stated as
// whole days; Hi is then the last nanosecond of the last.
type Moment struct {
	Lo, Hi Instant
	Whole  bool
}

// At is the moment of an instant.
func At(t Instant) Moment { return Moment{Lo: t, Hi: t} }

// Exact tells whether the moment is one instant.
func (m Moment) Exact() bool { return m.Lo == m.Hi }

// IsZero tells whether no moment was stated. The instant of the epoch itself
// cannot be told from that.
func (m Moment) IsZero() bool { return m == Moment{} }

// Before tells whether a was over before b began; an overlap is unknown.
func Before(a, b Moment) Truth {
	switch {
	case a.Hi < b.Lo:
		return Yes
	case a.Lo >= b.Hi:
		return No
	}
	return Unknown
}

// After is Before with the two exchanged.
func After(a, b Moment) Truth { return Before(b, a) }

// Sure tells whether the moment is one instant.
func Sure(m Moment) Truth {
	if m.Exact() {
		return Yes
	}
	return No
}
