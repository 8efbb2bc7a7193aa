// Package trace holds event logs as plainly as a program written for one
// purpose would: per case a slice of events with a time and an activity's
// number, and the few values that the rules of the benchmark read.
//
// Every peer is given its log from here, so that all of them judge the same
// events in the same order: by time, then by position in the file. Nothing of
// this package is timed.
package trace

import (
	"cmp"
	"slices"

	"candour/internal/fact"
)

// Event is one event; its place in the slice is its place in the case.
type Event struct {
	T      int64 // nanoseconds since the epoch
	Amount float64
	Due    int64
	Grade  string
	By     int32 // the person's number; 0: nobody is named
	On     int32 // a day, counted from the epoch
	Act    uint8 // the activity's number
	// Flag is the one yes-or-no value of an event: `sirs_2_or_more` in the
	// hospital log, `urgent` in the generated one.
	Flag      bool
	HasAmount bool
}

// Case is one case's events and what is said of the case as a whole.
type Case struct {
	Events      []Event
	Amount      float64
	Deadline    int64
	HasAmount   bool
	HasDeadline bool
}

// Log is a set of cases. Acts and People give the names of the numbers.
type Log struct {
	Name   string
	Acts   []string
	People []string
	Cases  []Case
}

// Events counts the events of all cases.
func (l *Log) Events() int {
	n := 0
	for i := range l.Cases {
		n += len(l.Cases[i].Events)
	}
	return n
}

// Every keeps each nth case, for a peer that would take too long over all.
func (l *Log) Every(n int) *Log {
	if n == 1 {
		return l
	}
	out := *l
	out.Cases = nil
	for i := 0; i < len(l.Cases); i += n {
		out.Cases = append(out.Cases, l.Cases[i])
	}
	return &out
}

// numbers gives each name a number in the order of arrival.
type numbers struct {
	byName map[string]int
	list   []string
}

func (n *numbers) of(name string) int {
	i, ok := n.byName[name]
	if !ok {
		i = len(n.list)
		n.byName[name] = i
		n.list = append(n.list, name)
	}
	return i
}

// FromFacts makes a log of what was read for the engine.
func FromFacts(name string, cases []*fact.Case) *Log {
	acts, people := &numbers{byName: map[string]int{}}, &numbers{byName: map[string]int{}}
	people.of("")
	out := &Log{Name: name}
	for _, c := range cases {
		out.Cases = append(out.Cases, fromCase(c, acts, people))
	}
	out.Acts, out.People = acts.list, people.list
	return out
}

func fromCase(c *fact.Case, acts, people *numbers) Case {
	var out Case
	for _, g := range c.Given {
		switch g.Name {
		case "amount":
			out.Amount, out.HasAmount = g.Value.Num, g.Value.Kind == fact.Number
		case "deadline":
			out.Deadline, out.HasDeadline = 0, g.Value.Kind == fact.Moment
			if out.HasDeadline {
				out.Deadline = int64(g.Value.When.Lo)
			}
		}
	}
	facts := slices.Clone(c.Facts)
	slices.SortStableFunc(facts, func(a, b *fact.Fact) int {
		return cmp.Or(cmp.Compare(a.At.Lo, b.At.Lo), cmp.Compare(a.Seq, b.Seq))
	})
	for _, f := range facts {
		out.Events = append(out.Events, Event{
			T: int64(f.At.Lo), Act: uint8(acts.of(f.Kind)), By: int32(people.of(f.By)), Flag: f.Get("sirs_2_or_more").Bool,
		})
	}
	return out
}
