package obligation

import (
	"maps"
	"slices"

	"candour/internal/day"
	"candour/internal/fact"
	"candour/internal/pack"
	"candour/internal/state"
)

// Gather collects, case by case, what the timelines of persons, units and bodies
// are fed, and then runs the standards that are for them: the second pass
// (ruling 17). Each case was evaluated alone before, and nothing found here is
// read by a case. The zero Gather is ready.
type Gather struct {
	last *state.Case // any case of the world
	fed  map[scoped]*timeline
}

type scoped struct{ scope, id string }

type timeline struct {
	events []*state.Event
	rows   []*Row // findings of cases, for standards that open on them
}

// Add takes what one case feeds. Nothing of the result is kept but copies.
func (g *Gather) Add(res *Result) {
	c := res.Case
	if !c.Pack.Scoped {
		return
	}
	if g.fed == nil {
		g.fed = map[scoped]*timeline{}
	}
	if g.last == nil {
		kept := *c
		g.last = &kept
	}
	for _, f := range c.Feeds() {
		t := g.of(f.Scope, f.ID)
		t.events = append(t.events, f.Event)
	}
	for _, row := range res.Rows {
		if row.Finding != nil && row.Seen() <= min(c.AsAt, c.KnownAt) {
			g.finding(c, row)
		}
	}
}

func (g *Gather) of(scope, id string) *timeline {
	k := scoped{scope, id}
	if g.fed[k] == nil {
		g.fed[k] = &timeline{}
	}
	return g.fed[k]
}

// finding feeds a finding to the person who answers for it, that person's unit,
// and the body: when it would first have been seen, for nobody can act on a
// pattern in entries that are not made yet.
func (g *Gather) finding(c *state.Case, row *Row) {
	kept := row.kept()
	seen := row.Seen()
	events := []*state.Event{c.FindingEvent(c.Pack.FindingRaised, row.Standard.ID, row.Finding.Kind, row.Key, seen)}
	if f := row.Finding; f.Closed != 0 && f.Closed <= c.AsAt {
		events = append(events, c.FindingEvent(c.Pack.FindingClosed, row.Standard.ID, f.Kind, row.Key, max(seen, f.Closed)))
	}
	give := func(scope, id string) {
		if id != "" {
			t := g.of(scope, id)
			t.events = append(t.events, events...)
			t.rows = append(t.rows, kept)
		}
	}
	who := row.Answers()
	give("person", who)
	give("unit", c.Belongs("unit", who, row.Finding.Raised))
	give("body", c.World.Body)
}

// Answers is the person whose act or omission the finding is about: of a duty the
// one who owes it; of what is prohibited, and of what no case may have in it (an
// entry written late), the one who recorded it; of what shows something to be false
// or lost, the one who recorded what it shows so (the statement that is denied, the
// claim that is contradicted).
func (row *Row) Answers() string {
	if row.Standard.Modal == pack.MustNot {
		anything := slices.ContainsFunc(row.Standard.When, func(s pack.Selector) bool { return s.Opened })
		if row.Trigger.Event != nil && !anything && row.Standard.Raises != "prohibited" {
			return row.Trigger.Event.By
		}
		if row.Finding != nil && row.Finding.Offending != nil {
			return row.Finding.Offending.By
		}
	}
	if who := row.Owes(); row.r.c.World.Persons[who] != nil {
		return who
	}
	return ""
}

// Unit is the team, at the time, of the person who answers for the finding.
func (row *Row) Unit() string {
	return row.r.c.Belongs("unit", row.Answers(), row.Finding.Raised)
}

// Seen is when the finding would first have been raised by someone who reads the
// record as it grows: not before what opened the duty, or offended, was recorded.
func (row *Row) Seen() day.Instant {
	t := row.Finding.Raised
	if ev := row.Finding.Offending; ev != nil {
		t = max(t, ev.Recorded)
	}
	switch {
	case row.Trigger.Event != nil:
		t = max(t, row.Trigger.Event.Recorded)
	case row.Trigger.Finding != nil:
		t = max(t, row.Trigger.Finding.Seen())
	}
	return t
}

// kept is the row for use after its case is gone: it can be listened to, not explained.
func (row *Row) kept() *Row {
	out := *row
	out.room.finding = *row.Finding
	out.Finding = &out.room.finding
	out.key, out.Done = -1, nil
	return &out
}

// Each runs the standards of persons, then of units, then of bodies, each in the
// order of their names, and hands on what each gives. The moments are those of
// the cases.
func (g *Gather) Each(on func(*pack.Standard) bool, visit func(*Result) error) error {
	for _, scope := range fact.Scopes {
		for _, k := range slices.SortedFunc(maps.Keys(g.fed), func(a, b scoped) int { return compare(a.id, b.id) }) {
			if k.scope != scope {
				continue
			}
			t := g.fed[k]
			at, err := g.last.Gathered(k.scope, k.id, t.events).At(g.last.Moments)
			if err != nil {
				return err
			}
			if err := visit(runScope(at, scope, t.rows, on)); err != nil {
				return err
			}
		}
	}
	return nil
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func runScope(c *state.Case, scope string, heard []*Row, on func(*pack.Standard) bool) *Result {
	r := &run{c: c, on: on, next: day.Never, scope: scope, findings: slices.Clone(heard)}
	r.all()
	return &Result{Case: c, Scope: scope, Rows: r.rows, Next: r.next}
}
