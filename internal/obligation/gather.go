package obligation

import (
	"encoding/json"
	"fmt"
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
// read by a case. Of a case nothing is kept but what it feeds, in its own form, so that
// it can be kept outside the memory. The zero Gather keeps it in memory.
type Gather struct {
	Shelf Shelf
	// Around is any case of the world at the moments asked for. The first that is added
	// serves where none is given.
	Around *state.Case
}

// Shelf keeps what cases feed until the second pass takes it down.
type Shelf interface {
	// Put keeps one thing more on the timeline of a person, unit or body.
	Put(scope, id string, thing []byte) error
	// Each visits the timelines of a scope in the order of their names.
	Each(scope string, visit func(id string, things [][]byte) error) error
}

// thing is what a timeline is fed: a fact or a finding of a case.
type thing struct {
	Fact    *fact.Fact `json:",omitempty"`
	Finding *found     `json:",omitempty"`
}

// found is a finding of a case for use after its case is gone: it can be listened to,
// not explained.
type found struct {
	Case, Standard, Key, Kind string
	Opened, Due, Raised, Seen day.Instant
	Closed                    day.Instant `json:",omitzero"` // 0 while open, as at the moment asked for
}

// Add takes what one case feeds.
func (g *Gather) Add(res *Result) error {
	c := res.Case
	if len(c.Pack.Scopes) == 0 {
		return nil
	}
	if g.Shelf == nil {
		g.Shelf = memory{}
	}
	if g.Around == nil {
		g.Around = &state.Case{Input: &state.Input{World: c.World, Pack: c.Pack, Cal: c.Cal}, Moments: c.Moments}
	}
	var ev *state.Event
	var text []byte
	fed := int64(0)
	for _, f := range c.Feeds() {
		if !c.Pack.Scopes[f.Scope] {
			continue
		}
		if f.Event != ev {
			kept := *f.Event.Fact
			// Its place among what the case feeds, not among all lines, which is another in each reading.
			kept.Seq, kept.Line = fed, 0
			fed++
			var err error
			if text, err = json.Marshal(thing{Fact: &kept}); err != nil {
				return fmt.Errorf("fact %s: %w", f.Event.ID, err)
			}
			ev = f.Event
		}
		if err := g.Shelf.Put(f.Scope, f.ID, text); err != nil {
			return err
		}
	}
	for _, row := range res.Rows {
		if row.Finding != nil && row.Seen() <= min(c.AsAt, c.KnownAt) {
			if err := g.finding(c, row); err != nil {
				return err
			}
		}
	}
	return nil
}

// finding feeds a finding to the person who answers for it, that person's unit,
// and the body: when it would first have been seen, for nobody can act on a
// pattern in entries that are not made yet.
func (g *Gather) finding(c *state.Case, row *Row) error {
	who := row.Answers()
	to := map[string]string{"person": who, "unit": c.Belongs("unit", who, row.Finding.Raised), "body": c.World.Body}
	kept := found{row.Case, row.Standard.ID, row.Key, row.Finding.Kind, row.Opened, row.Due, row.Finding.Raised, row.Seen(), 0}
	if f := row.Finding; f.Closed <= c.AsAt {
		kept.Closed = f.Closed
	}
	text, err := json.Marshal(thing{Finding: &kept})
	if err != nil {
		return err
	}
	for _, scope := range fact.Scopes {
		if id := to[scope]; id != "" && c.Pack.Scopes[scope] {
			if err := g.Shelf.Put(scope, id, text); err != nil {
				return err
			}
		}
	}
	return nil
}

// Each runs the standards of persons, then of units, then of bodies, each in the
// order of their names, and hands on what each gives. The moments are those of
// the cases.
func (g *Gather) Each(on func(*pack.Standard) bool, visit func(*Result) error) error {
	if g.Around == nil {
		return nil
	}
	standards := map[string]*pack.Standard{}
	for _, s := range g.Around.Pack.Standards {
		standards[s.ID] = s
	}
	for _, scope := range fact.Scopes {
		err := g.Shelf.Each(scope, func(id string, things [][]byte) error {
			res, err := g.run(scope, id, things, standards, on)
			if err != nil {
				return fmt.Errorf("%s %s: %w", scope, id, err)
			}
			return visit(res)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// run evaluates one timeline.
func (g *Gather) run(scope, id string, things [][]byte, standards map[string]*pack.Standard, on func(*pack.Standard) bool) (*Result, error) {
	var (
		facts    []*fact.Fact
		findings []state.Found
		heard    []*Row
	)
	for _, text := range things {
		var t thing
		if err := json.Unmarshal(text, &t); err != nil {
			return nil, err
		}
		f := t.Finding
		if f == nil {
			facts = append(facts, t.Fact)
			continue
		}
		findings = append(findings, state.Found{Case: f.Case, Standard: f.Standard, Finding: f.Kind, Key: f.Key, At: f.Seen})
		if f.Closed != 0 {
			findings = append(findings, state.Found{Case: f.Case, Standard: f.Standard, Finding: f.Kind, Key: f.Key, At: max(f.Seen, f.Closed), Closed: true})
		}
		if s := standards[f.Standard]; s != nil {
			heard = append(heard, f.row(s))
		}
	}
	sortHeard(heard)
	in, err := g.Around.Gathered(scope, id, facts, findings)
	if err != nil {
		return nil, err
	}
	at, err := in.At(g.Around.Moments)
	if err != nil {
		return nil, err
	}
	r := &run{c: at, on: on, next: day.Never, scope: scope, findings: heard}
	r.all()
	return &Result{Case: at, Scope: scope, Rows: r.rows, Next: r.next}, nil
}

// row is the finding as a row that others can listen to.
func (f *found) row(s *pack.Standard) *Row {
	row := &Row{Standard: s, Case: f.Case, Key: f.Key, Opened: f.Opened, Due: f.Due, key: -1, seen: f.Seen}
	row.room.finding = Finding{Kind: f.Kind, Raised: f.Raised, Closed: f.Closed}
	row.Finding = &row.room.finding
	return row
}

// memory is a shelf in memory: scope, name, things.
type memory map[string]map[string][][]byte

func (m memory) Put(scope, id string, thing []byte) error {
	if m[scope] == nil {
		m[scope] = map[string][][]byte{}
	}
	m[scope][id] = append(m[scope][id], thing)
	return nil
}

func (m memory) Each(scope string, visit func(string, [][]byte) error) error {
	for _, id := range slices.Sorted(maps.Keys(m[scope])) {
		if err := visit(id, m[scope][id]); err != nil {
			return err
		}
	}
	return nil
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
	if row.seen != 0 {
		return row.seen
	}
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

// kept is the row for use after its case is gone: it can be told of, not explained.
func (row *Row) kept() *Row {
	out := *row
	out.room.finding = *row.Finding
	out.Finding = &out.room.finding
	out.Finding.Offending, out.Trigger.Event, out.unsure = out.Finding.Offending.Alone(), out.Trigger.Event.Alone(), out.unsure.Alone()
	if out.Trigger.Finding != nil {
		out.Trigger.Finding = out.Trigger.Finding.kept()
	}
	out.key, out.Done, out.Claims, out.r, out.this = -1, nil, nil, nil, opening{}
	return &out
}
