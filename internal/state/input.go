package state

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"candour/internal/day"
	"candour/internal/expr"
	"candour/internal/fact"
	"candour/internal/pack"
)

// Input is a case made ready: its facts typed by the pack, not yet cut to a moment.
type Input struct {
	Case    *fact.Case
	World   *fact.World
	Pack    *pack.Pack
	Cal     *day.Calendar
	Events  []Event // in the order of facts
	given   []given
	holders []fact.Field // role holders that are no registers
	byID    map[string]int
	owners  []owner       // the case, then its parties
	roles   map[int][]int // parties by number of role, in the order they were stated
	width   int           // registers of all owners together
	// What is the same whenever everything is known, worked out once.
	all               order
	plain             bool // nothing but the moments decides which events are effective
	lastAt, lastKnown day.Instant
	last              day.Instant // after it nothing more happens or becomes known
	of                string      // case; or person, unit or body, whose corrections are settled already
}

// owner is the case or a party: what is so of it from before the first fact, and
// where its registers stand among those of all owners.
type owner struct {
	regs   []*pack.Register
	slots  []int16
	offset int
	built  [6]fact.Value // id, kind, group, regime, body of a case; id, role, person of a party
}

type given struct {
	owner int // party index, -1 the case
	reg   *pack.Register
	val   fact.Value
}

// extra is what every fact has, by number of name: made once, and kept apart, so
// that what is read most lies close together.
type extra struct {
	values             [expr.NameCase + 1]fact.Value
	happened, recorded day.Moment
}

// Event is a fact in its place.
type Event struct {
	*fact.Fact
	At       day.Moment // as the fact says
	Kind     *pack.Kind
	Vals     []fact.Value
	Parties  []int // indexes of the parties it is about
	Recorded day.Instant
	in       *Input
	extra    *extra
}

// Prepare types and orders a case's facts. zone reads local times in fields.
// Errors name the fact and its line.
func Prepare(c *fact.Case, w *fact.World, p *pack.Pack, zone *time.Location) (*Input, error) {
	in := &Input{Case: c, World: w, Pack: p, Cal: p.Calendar.In(zone), byID: make(map[string]int, len(c.Facts)), of: "case"}
	parties := make(map[string]int, len(c.Parties))
	for i, q := range c.Parties {
		if parties[q.ID] = i; p.Roles[q.Role] == "" {
			return nil, fmt.Errorf("line %d: party %s: unknown role %q; the pack knows %s", q.Line, q.ID, q.Role, roleNames(p))
		}
	}
	for _, v := range w.Policies {
		if err := p.ConformPolicy(v); err != nil {
			return nil, fmt.Errorf("line %d: %w", v.Line, err)
		}
	}
	in.own()
	in.Events = make([]Event, 0, len(c.Facts))
	width := 0
	for _, f := range c.Facts {
		if k := p.Kind(f.Kind); k != nil {
			width += len(k.Fields)
		}
	}
	space := make([]fact.Value, 0, width) // one for all, so that a case lies close together
	for _, f := range c.Facts {
		vals, err := p.ConformIn(space, f, zone)
		if err != nil {
			return nil, fmt.Errorf("line %d: fact %s: %w", f.Line, f.ID, err)
		}
		space = space[:len(space)+len(vals)]
		ev := Event{Fact: f, At: f.At, Kind: p.Kind(f.Kind), Vals: vals, Recorded: f.Recorded, in: in}
		for _, a := range f.About {
			i, ok := parties[a]
			if !ok {
				if a == c.ID {
					continue
				}
				return nil, fmt.Errorf("line %d: fact %s is about %q, which is no party of the case; add a party line before it", f.Line, f.ID, a)
			}
			ev.Parties = append(ev.Parties, i)
		}
		in.Events = append(in.Events, ev)
	}
	slices.SortStableFunc(in.Events, func(a, b Event) int {
		return cmp.Or(cmp.Compare(a.At.Lo, b.At.Lo), cmp.Compare(a.Recorded, b.Recorded), cmp.Compare(a.Seq, b.Seq))
	})
	extras := make([]extra, len(in.Events))
	for i := range in.Events {
		in.byID[in.Events[i].ID] = i
		in.Events[i].fill(&extras[i])
	}
	if err := in.givens(zone); err != nil {
		return nil, err
	}
	in.ready()
	return in, in.supersedings()
}

// own makes ready what the case and its parties are from the start.
func (in *Input) own() {
	c := in.Case
	add := func(of string, built [6]fact.Value) {
		regs := in.Pack.Registers[of]
		in.owners = append(in.owners, owner{regs, in.Pack.RegisterSlots(of), in.width, built})
		in.width += len(regs)
	}
	in.owners = make([]owner, 0, len(c.Parties)+1)
	add("case", [6]fact.Value{text(c.ID), text(c.Kind), text(c.Group), text(c.Regime), text(in.World.Body)})
	in.roles = make(map[int][]int)
	for i, q := range c.Parties {
		add(q.Role, [6]fact.Value{text(q.ID), text(q.Role), text(q.Person)})
		n := in.Pack.Names.Number(q.Role)
		in.roles[n] = append(in.roles[n], i)
	}
}

func text(s string) fact.Value {
	if s == "" {
		return fact.Value{}
	}
	return fact.Value{Kind: fact.Text, Text: s}
}

func roleNames(p *pack.Pack) string {
	var names []string
	for r := range p.Roles {
		names = append(names, r)
	}
	slices.Sort(names)
	return fmt.Sprint(names)
}

func (in *Input) givens(zone *time.Location) error {
	add := func(owner int, of string, line int, fields []fact.Field) error {
		for _, g := range fields {
			if owner < 0 && in.Pack.Register(of, g.Name) == nil && g.Value.Kind == fact.Text && in.World.Persons[g.Value.Text] != nil {
				in.holders = append(in.holders, g) // who holds a role, from before the first fact
				continue
			}
			r, v, err := in.Pack.ConformGiven(of, g, zone)
			if err != nil {
				return fmt.Errorf("line %d: %w", line, err)
			}
			in.given = append(in.given, given{owner, r, v})
		}
		return nil
	}
	if err := add(-1, "case", in.Case.Line, in.Case.Given); err != nil {
		return err
	}
	for i, q := range in.Case.Parties {
		if err := add(i, q.Role, q.Line, q.Given); err != nil {
			return err
		}
	}
	return nil
}

// supersedings sees that a correction is of the same kind and of a fact of this case (ruling 27).
func (in *Input) supersedings() error {
	for _, ev := range in.Events {
		if ev.Supersedes == "" {
			continue
		}
		i, ok := in.byID[ev.Supersedes]
		if !ok {
			return fmt.Errorf("line %d: fact %s supersedes %q, which is no fact of this case; name the fact it corrects", ev.Line, ev.ID, ev.Supersedes)
		}
		if old := in.Events[i]; old.Fact.Kind != ev.Fact.Kind {
			return fmt.Errorf("line %d: fact %s is %s and supersedes a %s; a correction keeps the kind", ev.Line, ev.ID, ev.Fact.Kind, old.Fact.Kind)
		}
		for n, next := 0, i; ; n++ {
			if in.Events[next].ID == ev.ID || n > len(in.Events) {
				return fmt.Errorf("line %d: fact %s supersedes itself, or facts supersede each other in a circle; a correction is a later fact: name the one it corrects", ev.Line, ev.ID)
			}
			after, ok := in.byID[in.Events[next].Supersedes]
			if !ok {
				break
			}
			next = after
		}
	}
	return nil
}

// Before lists what a correction stands in place of, the first version first;
// nothing where the event corrects none.
func (in *Input) Before(ev *Event) []*Event {
	var out []*Event
	for ev.Supersedes != "" {
		ev = &in.Events[in.byID[ev.Supersedes]]
		out = append(out, ev)
	}
	slices.Reverse(out)
	return out
}

func (ev *Event) fill(space *extra) {
	about := fact.Value{Kind: fact.List}
	for _, a := range ev.About {
		about.List = append(about.List, text(a))
	}
	space.happened, space.recorded = ev.At, day.At(ev.Recorded)
	space.values = [...]fact.Value{expr.NameID: text(ev.ID), expr.NameKind: text(ev.Fact.Kind), expr.NameHappened: {Kind: fact.Moment, When: &space.happened},
		expr.NameRecorded: {Kind: fact.Moment, When: &space.recorded}, expr.NameBy: text(ev.By), expr.NameFor: text(ev.For),
		expr.NameAbout: about, expr.NameSource: text(ev.Source), expr.NameCase: text(ev.Fact.Case)}
	ev.extra = space
}

// Get returns a field of the kind, or what every fact has; nil when absent.
func (ev *Event) Get(name int) *fact.Value {
	if i := ev.Kind.Slot(name); i >= 0 {
		v := &ev.Vals[i]
		if v.Kind == fact.Absent {
			return ev.Kind.Fields[i].Absent.Value
		}
		return v
	}
	if name >= len(ev.extra.values) || ev.extra.values[name].Kind == fact.Absent {
		return nil
	}
	return &ev.extra.values[name]
}

// ready arranges the whole input once, for all who ask when everything is known.
func (in *Input) ready() {
	in.plain, in.lastAt, in.lastKnown, in.last = true, earliestInstant, earliestInstant, earliestInstant
	in.Pack.Setters()
	for i := range in.Events {
		ev := &in.Events[i]
		in.all.Ev = append(in.all.Ev, ev)
		in.lastAt, in.lastKnown = max(in.lastAt, ev.At.Lo), max(in.lastKnown, ev.Recorded)
		for _, s := range ev.Signed {
			in.last = max(in.last, s.At)
		}
		if ev.Supersedes != "" && in.of == "case" || in.Pack.Waits(ev.Kind.No) && len(ev.Signed) > 0 {
			in.plain = false
		}
	}
	in.last = max(in.last, in.lastAt, in.lastKnown)
	in.all.arrange(in)
}

// Change is the first moment after t at which something that is among the facts already comes
// to count: it happens, is recorded or is signed only then. day.Never if nothing does.
func (in *Input) Change(t day.Instant) day.Instant {
	next := day.Never
	if t >= in.last {
		return next
	}
	later := func(at day.Instant) {
		if at > t {
			next = min(next, at)
		}
	}
	for i := range in.Events {
		ev := &in.Events[i]
		later(ev.At.Lo)
		later(ev.Recorded)
		for _, s := range ev.Signed {
			later(s.At)
		}
	}
	return next
}

const earliestInstant = day.Instant(math.MinInt64)
