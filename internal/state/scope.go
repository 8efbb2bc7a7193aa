package state

import (
	"cmp"
	"fmt"
	"slices"

	"candour/internal/day"
	"candour/internal/fact"
	"candour/internal/pack"
)

// Fed is what one case gives to the timelines of the persons, units and bodies it
// touches: facts as they stand at the moments asked for, and findings.
type Fed struct {
	Scope, ID string
	Event     *Event
}

// Feeds lists whose timelines the case's facts enter, as their kinds say (ruling
// 17). A unit is that of the person's post when the fact happened.
func (c *Case) Feeds() []Fed {
	var out []Fed
	for i, ev := range c.Ev {
		from := len(out)
		for _, f := range ev.Kind.Feeds {
			for _, id := range c.fed(f, i, ev) {
				if fed := (Fed{f.Scope, id, ev}); !slices.Contains(out[from:], fed) {
					out = append(out, fed)
				}
			}
		}
	}
	return out
}

func (c *Case) fed(f pack.Feed, pos int, ev *Event) []string {
	if f.Who == nil {
		return []string{c.World.Body}
	}
	env := c.Env(pos, -1)
	env.This = ev
	v, ok := f.Who.Eval(&env)
	if !ok {
		return nil
	}
	names := []string{v.Text}
	if v.Kind == fact.List {
		names = names[:0]
		for _, it := range v.List {
			names = append(names, it.Text)
		}
	}
	var out []string
	for _, name := range names {
		if f.Of {
			name = c.Belongs(f.Scope, name, ev.At.Lo)
		}
		if name != "" && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// Belongs is the unit of a person's post at t, or the person's body; empty if unknown.
func (c *Case) Belongs(scope, person string, t day.Instant) string {
	p := c.World.Persons[person]
	if p == nil {
		return ""
	}
	if scope == "body" {
		return p.Body
	}
	if post := p.PostAt(t); post != nil {
		return post.Unit
	}
	return ""
}

// Found is a finding of a case as it enters the timelines of the person who answers for
// it, that person's unit, and the body.
type Found struct {
	Case, Standard, Finding, Key string
	At                           day.Instant
	Closed                       bool // it is closed at that moment; else it is raised
}

func (in *Input) found(f Found) Event {
	k := in.Pack.Kinds[in.Pack.FindingRaised]
	if f.Closed {
		k = in.Pack.Kinds[in.Pack.FindingClosed]
	}
	as := &fact.Fact{ID: f.Standard + " on " + f.Key, Case: f.Case, Kind: k.ID, At: day.At(f.At), Recorded: f.At, RecordedStated: true, Sealed: f.At}
	return Event{Fact: as, At: as.At, Kind: k, Recorded: f.At, Vals: []fact.Value{text(f.Standard), text(f.Finding), text(f.Key)}}
}

// Gathered makes the timeline of a person, unit or body from the facts and findings
// that cases fed to it. They are put in order: instant, case, then as in the case;
// findings after the facts of the same instant, by standard and key (rulings 6 and 17).
// The error names a fact that is not of the pack.
func (c *Case) Gathered(scope, id string, facts []*fact.Fact, found []Found) (*Input, error) {
	in := &Input{Case: &fact.Case{ID: id, Kind: scope}, World: c.World, Pack: c.Pack, Cal: c.Cal, of: scope, byID: map[string]int{}}
	in.owners = []owner{{c.Pack.Registers[scope], c.Pack.RegisterSlots(scope), 0, [6]fact.Value{text(id), text(scope)}}}
	in.width = len(c.Pack.Registers[scope])
	in.Events = make([]Event, 0, len(facts)+len(found))
	for _, f := range facts {
		vals, err := c.Pack.Conform(f, c.Cal.Zone())
		if err != nil {
			return nil, fmt.Errorf("fact %s: %w", f.ID, err)
		}
		in.Events = append(in.Events, Event{Fact: f, At: f.At, Kind: c.Pack.Kind(f.Kind), Vals: vals, Recorded: f.Recorded, in: in})
	}
	for _, f := range found {
		ev := in.found(f)
		ev.in = in
		in.Events = append(in.Events, ev)
	}
	extras := make([]extra, len(in.Events))
	for i := range in.Events {
		in.Events[i].fill(&extras[i])
	}
	finding := func(ev *Event) int {
		if ev.Kind.No == c.Pack.FindingRaised || ev.Kind.No == c.Pack.FindingClosed {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(in.Events, func(a, b Event) int {
		return cmp.Or(cmp.Compare(a.At.Lo, b.At.Lo), finding(&a)-finding(&b), cmp.Compare(a.Fact.Case, b.Fact.Case),
			cmp.Compare(a.Recorded, b.Recorded), cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.ID, b.ID))
	})
	for i := range in.Events {
		in.byID[in.Events[i].ID] = i
	}
	in.ready()
	return in, nil
}

// Alone is the event without its case, so that it can be kept when the case is gone.
func (ev *Event) Alone() *Event {
	if ev == nil {
		return nil
	}
	return &Event{Fact: ev.Fact, At: ev.At, Kind: ev.Kind, Recorded: ev.Recorded}
}

// Then is the case just after the event at a position as it could be read by those
// who knew only what was recorded by a moment (and that event): without what was
// recorded later, and without what is known by now to have been corrected. The
// second result is the event's position there.
func (c *Case) Then(pos int, known day.Instant) (*Case, int) {
	then := &Case{Input: c.Input, Moments: c.Moments}
	then.order = &then.own
	for p, ev := range c.Ev[:pos+1] {
		if p == pos || c.knownSince(ev) <= known {
			then.Ev = append(then.Ev, ev)
		}
	}
	then.arrange(c.Input)
	then.fold()
	return then, len(then.Ev) - 1
}
