package trial

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"candour/internal/day"
	"candour/internal/pack"
)

// pack compares what standards stand on: values, registers, kinds, calendars, profiles.
func (c *comparing) pack() {
	c.id, c.title, c.note = "", "", ""
	c.second()
	c.policies()
	c.registers()
	c.kinds()
	c.calendars()
	for _, name := range slices.Sorted(maps.Keys(c.a.Profiles)) {
		after, ok := c.b.Profiles[name]
		if !ok {
			c.say(Different, "the profile %s is gone", name)
			continue
		}
		for _, id := range less(c.a.Profiles[name], after) {
			c.say(Weaker, "the profile %s no longer has %s", name, id)
		}
		for _, id := range less(after, c.a.Profiles[name]) {
			c.say(Stricter, "the profile %s now has %s", name, id)
		}
	}
	for _, ex := range less(c.a.Examples, c.b.Examples) {
		c.say(Weaker, "the file of examples %s is gone", ex)
	}
	for _, code := range slices.Sorted(maps.Keys(c.a.Failings)) {
		if c.b.Failings[code] == "" {
			c.say(Different, "the failing %s is gone", code)
		}
	}
}

// second is what decides who may be a second person, speak for a child, or stand for a body.
func (c *comparing) second() {
	if !maps.Equal(c.a.Ranks, c.b.Ranks) {
		c.say(Different, "the order of ranks changed: who is junior, and so cannot be a second person, may change")
	}
	for _, w := range less(slices.Sorted(maps.Keys(c.b.SpeaksFor)), slices.Sorted(maps.Keys(c.a.SpeaksFor))) {
		c.say(Weaker, "a %s may now speak for a child", w)
	}
	for _, w := range less(slices.Sorted(maps.Keys(c.a.SpeaksFor)), slices.Sorted(maps.Keys(c.b.SpeaksFor))) {
		c.say(Stricter, "a %s may no longer speak for a child", w)
	}
	for _, s := range InFiles(c.b) {
		for _, lf := range s.Leaves {
			lf.Proof.Atoms(func(p *pack.Proof) {
				if p.Op == pack.ProofExternal && c.a.BodyKind(p.Arg) == p.Arg && !slices.Equal(c.a.BodyNames(p.Arg), c.b.BodyNames(p.Arg)) {
					words := fmt.Sprintf("the kind of body %s was also called %s, and now %s: who can prove may change", p.Arg, names(c.a, p.Arg), names(c.b, p.Arg))
					if !slices.ContainsFunc(c.out, func(ch Change) bool { return ch.What == words }) {
						c.say(Different, "%s", words)
					}
				}
			})
		}
	}
}

func names(p *pack.Pack, body string) string {
	return orNone(strings.Join(p.BodyNames(body)[1:], ", "))
}

func (c *comparing) policies() {
	for _, name := range slices.Sorted(maps.Keys(c.a.Policies)) {
		x, y := c.a.Policies[name], c.b.Policies[name]
		what := "the policy value " + name
		switch {
		case y == nil:
			c.say(Different, "%s is gone", what)
			continue
		case x.Default != nil && y.Default != nil:
			if *x.Default != *y.Default {
				c.lengths(*x.Default, *y.Default, true, what)
			}
			c.most(x.Max, y.Max, what)
			if size(x.Min, nil) != size(y.Min, nil) {
				c.say(Different, "the least that %s may be was %s, and now is %s", what, size(x.Min, nil), size(y.Min, nil))
			}
		case size(x.Default, &x.Number) != size(y.Default, &y.Number):
			c.say(Different, "%s was %s, and now is %s", what, size(x.Default, &x.Number), size(y.Default, &y.Number))
		}
		if x.Default == nil && y.Default == nil {
			c.mostNumber(x.MaxN, y.MaxN, what)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.b.Policies)) {
		if c.a.Policies[name] == nil {
			c.say(Different, "the policy value %s is new", name)
		}
	}
}

// most compares how far a body may go: a higher limit is weaker.
func (c *comparing) most(x, y *day.Duration, what string) {
	switch {
	case x == nil && y == nil:
	case y == nil:
		c.say(Weaker, "a body may now set %s as long as it likes (it was at most %s)", what, x)
	case x == nil:
		c.say(Stricter, "a body may now set %s to at most %s", what, y)
	case *x != *y:
		c.lengths(*x, *y, true, "the most that "+what+" may be")
	}
}

func (c *comparing) mostNumber(x, y *float64, what string) {
	switch {
	case x == nil && y == nil || x != nil && y != nil && *x == *y:
	case y == nil:
		c.say(Weaker, "a body may now set %s as high as it likes (it was at most %v)", what, *x)
	case x == nil:
		c.say(Stricter, "a body may now set %s to at most %v", what, *y)
	default:
		c.turn(*y > *x, "the most that %s may be was %v, and now is %v", what, *x, *y)
	}
}

// registers that are set or worked out otherwise change what conditions say.
func (c *comparing) registers() {
	for _, of := range slices.Sorted(maps.Keys(c.a.Registers)) {
		for _, x := range c.a.Registers[of] {
			y := c.b.Register(of, x.ID)
			what := fmt.Sprintf("the register %s of the %s", x.ID, of)
			switch {
			case y == nil:
				c.say(Different, "%s is gone", what)
			case setWords(c.a, x) != setWords(c.b, y):
				c.rewritten("%s is set or worked out otherwise; what reads it may change: %s", what, orNone(strings.Join(readers(c.b, of, x.ID), ", ")))
			}
			if y == nil {
				continue
			}
			c.proof(x.Proof, y.Proof, "that sets "+what)
			c.proof(x.LowerNeeds, y.LowerNeeds, "that lowers "+what)
			if ax, ay := absenceWords(x.Absent), absenceWords(y.Absent); ax != ay {
				c.absence(x.Absent, y.Absent, what, ax, ay)
			}
		}
	}
}

// absence compares what silence means: no longer to be owed is weaker.
func (c *comparing) absence(x, y pack.Absence, what, was, is string) {
	d := Different
	if x.Ask != nil && y.Ask == nil {
		d = Weaker
	} else if x.Ask == nil && y.Ask != nil {
		d = Stricter
	}
	if d != Different { // a duty of its own, told there
		return
	}
	c.say(d, "where nothing was recorded of %s, it was “%s”, and now is “%s”", what, orNone(strings.TrimPrefix(was, "if missing, ")), orNone(strings.TrimPrefix(is, "if missing, ")))
}

func setWords(p *pack.Pack, r *pack.Register) string {
	out := source(r.Derive)
	for _, s := range r.Sets {
		out += "|" + strings.Join(kindIDs(p, s.Kinds), ",") + ";" + condSource(s.Where) + ";" + source(s.To)
	}
	return out
}

// readers lists the standards with a condition that names the register.
func readers(p *pack.Pack, of, id string) []string {
	var out []string
	for _, s := range InFiles(p) {
		for _, src := range sources(s) {
			if strings.Contains(src, "."+id) && (of == "case" && strings.Contains(src, "case."+id) || of != "case") && !slices.Contains(out, s.ID) {
				out = append(out, s.ID)
			}
		}
	}
	return out
}

// sources lists the conditions of a standard.
func sources(s *pack.Standard) []string {
	out := []string{condSource(s.While), condSource(s.PerIf), source(s.Clock)}
	for _, sel := range append(slices.Clone(s.When), s.Unless...) {
		out = append(out, condSource(sel.Where), condSource(sel.Becomes))
	}
	for _, lf := range s.Leaves {
		out = append(out, condSource(lf.Where), condSource(lf.Holds))
	}
	return out
}

func (c *comparing) kinds() {
	for _, x := range c.a.Kinds {
		y := c.b.Kind(x.ID)
		if y == nil {
			c.say(Different, "the kind %s is gone: it can no longer be recorded", x.ID)
			continue
		}
		if !slices.Equal(x.About, y.About) {
			c.say(Different, "%s was about %s, and now is about %s: for whom a standard opens may change", x.ID, orNone(strings.Join(x.About, ", ")), orNone(strings.Join(y.About, ", ")))
		}
		if x.From != y.From {
			c.say(Different, "%s came from %s, and now comes from %s: what waits for a feed may change", x.ID, x.From, y.From)
		}
		if !slices.Equal(x.May, y.May) {
			c.say(Different, "who may record %s changed", x.ID)
		}
		for _, f := range x.Fields {
			i := slices.IndexFunc(y.Fields, func(g *pack.Field) bool { return g.Name == f.Name })
			if i < 0 {
				c.say(Different, "the field %s of %s is gone", f.Name, x.ID)
				continue
			}
			g := y.Fields[i]
			if f.Type != g.Type || !slices.Equal(f.Values, g.Values) {
				c.say(Different, "the field %s of %s can hold other values: %s, and now %s", f.Name, x.ID, valueWords(f), valueWords(g))
			}
			if f.Required != g.Required {
				c.turn(!g.Required, "the field %s of %s %s needs to be given", f.Name, x.ID, map[bool]string{true: "now", false: "no longer"}[g.Required])
			}
			if ax, ay := absenceWords(f.Absent), absenceWords(g.Absent); ax != ay {
				c.absence(f.Absent, g.Absent, "the field "+f.Name+" of "+x.ID, ax, ay)
			}
		}
		c.feeds(x, y)
		if condSource(x.Substantive) != condSource(y.Substantive) {
			c.rewritten("when %s counts as progress changed", x.ID)
		}
	}
	n := 0
	for _, y := range c.b.Kinds {
		if c.a.Kind(y.ID) == nil {
			n++
		}
	}
	if n > 0 {
		c.say(Different, "%s can now be recorded", count(n, "new kind"))
	}
}

func valueWords(f *pack.Field) string {
	if len(f.Values) > 0 {
		return strings.Join(f.Values, ", ")
	}
	return typeWord(f.Words)
}

// feeds are what standards for persons, units and bodies live on.
func (c *comparing) feeds(x, y *pack.Kind) {
	words := func(k *pack.Kind) []string {
		var out []string
		for _, f := range k.Feeds {
			w := f.Scope
			if f.Of {
				w += " of"
			}
			out = append(out, w+" "+source(f.Who))
		}
		return out
	}
	for _, f := range less(words(x), words(y)) {
		c.say(Weaker, "%s no longer enters the timeline of: %s", x.ID, f)
	}
	for _, f := range less(words(y), words(x)) {
		c.say(Stricter, "%s now enters the timeline of: %s", x.ID, f)
	}
}

func (c *comparing) calendars() {
	for _, id := range slices.Sorted(maps.Keys(c.a.Calendars)) {
		y := c.b.Calendars[id]
		if y == nil {
			c.say(Different, "the calendar %s is gone", id)
			continue
		}
		x := c.a.Calendars[id]
		if !slices.Equal(x.Weekend(), y.Weekend()) {
			c.say(Different, "the weekend of the calendar %s changed", id)
		}
		if x.Zone().String() != y.Zone().String() {
			c.say(Different, "the calendar %s was for %s, and now is for %s", id, x.Zone(), y.Zone())
		}
		for _, h := range x.Holidays() {
			if y.Holiday(h) == "" {
				c.say(Stricter, "%s is no longer a holiday of the calendar %s: working days come sooner", h, id)
			}
		}
		for _, h := range y.Holidays() {
			if x.Holiday(h) == "" {
				c.say(Weaker, "%s is now a holiday of the calendar %s: working days come later", h, id)
			}
		}
	}
}
