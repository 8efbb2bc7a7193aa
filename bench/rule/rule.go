// Package rule holds deadline rules in a form that belongs to no peer, and what
// a rule gives over a log.
//
// A Rule says which acts open it, which discharge or break it, which cancel it,
// and by when. A condition stands beside it in the words of each peer, so that
// no peer pays for a translation made while it runs.
package rule

import (
	"fmt"
	"strings"
	"time"

	"candour/bench/trace"
)

// Shape is what a rule asks.
type Shape uint8

// The shapes. In Gate and FourEyes the trigger is the act that is judged.
const (
	Within   Shape = iota // Disc must follow by due
	Forbid                // Disc must not follow by due
	Gate                  // some Disc must stand before
	FourEyes              // the last Disc before must be another person's
)

// From says what due is counted from.
type From uint8

// The ways to reach a due moment.
const (
	FromTrigger  From = iota // D after the trigger
	FromDeadline             // the case's deadline
	FromField                // the trigger's own due, but not before the trigger
)

// Rule is one rule; acts are ids of kinds.
type Rule struct {
	ID, Log            string
	Shape              Shape
	Trig, Disc, Cancel []string
	D                  time.Duration
	Due                From
	Where              *Cond // on the trigger; nil: none
	That               *Cond // on the discharging act and the trigger; nil: none
}

// Cond is one condition in the words of each peer. A value that was not
// recorded makes it not hold.
type Cond struct {
	Candour string // as a standard states it
	CEL     string // for cel-go's own interpreter over maps
	SQL     string
	Rego    []string // bodies, any of which will do
	Go      func(c *trace.Case, this, that *trace.Event) bool
}

// Tally is what a rule gives over a log, in the columns of the oracle.
type Tally struct{ Opened, OK, Late, Never, Cancelled, Flagged int }

// Add sums two tallies.
func (t Tally) Add(u Tally) Tally {
	return Tally{t.Opened + u.Opened, t.OK + u.OK, t.Late + u.Late, t.Never + u.Never, t.Cancelled + u.Cancelled, t.Flagged + u.Flagged}
}

// String is the tally as the oracle writes it: nothing is pending at the end.
func (t Tally) String() string {
	return fmt.Sprintf("%d|%d|%d|%d|%d|0|%d", t.Opened, t.OK, t.Late, t.Never, t.Cancelled, t.Flagged)
}

// Quote lists words between quotes, for the languages that write texts alike.
func Quote(words []string, quote string) string {
	var b strings.Builder
	for i, w := range words {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(quote + w + quote)
	}
	return b.String()
}
