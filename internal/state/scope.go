package state

import (
	"cmp"
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

// FindingEvent makes the event by which a finding enters the timelines of the
// person who answers for it, that person's unit, and the body.
func (c *Case) FindingEvent(kind int, standard, finding, key string, at day.Instant) *Event {
	k := c.Pack.Kinds[kind]
	f := &fact.Fact{ID: standard + " on " + key, Case: c.Case.ID, Kind: k.ID, At: day.At(at), Recorded: at, RecordedStated: true, Sealed: at}
	return &Event{Fact: f, At: f.At, Kind: k, Recorded: at, Vals: []fact.Value{text(standard), text(finding), text(key)}}
}

// Gathered makes the timeline of a person, unit or body from what cases fed to
// it. They are put in order: instant, case, then as in the case; findings after
// the facts of the same instant, by standard and key (rulings 6 and 17). The
// events are copied.
func (c *Case) Gathered(scope, id string, events []*Event) *Input {
	in := &Input{Case: &fact.Case{ID: id, Kind: scope}, World: c.World, Pack: c.Pack, Cal: c.Cal, of: scope, byID: map[string]int{}}
	in.owners = []owner{{c.Pack.Registers[scope], c.Pack.RegisterSlots(scope), 0, [6]fact.Value{text(id), text(scope)}}}
	in.width = len(c.Pack.Registers[scope])
	in.Events = make([]Event, len(events))
	for i, ev := range events {
		in.Events[i] = Event{Fact: ev.Fact, At: ev.Fact.At, Kind: ev.Kind, Vals: ev.Vals, Recorded: ev.Recorded, in: in}
		in.Events[i].fill(new(extra))
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
	return in
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
