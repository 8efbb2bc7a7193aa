package state

import (
	"slices"

	"candour/internal/day"
	"candour/internal/expr"
	"candour/internal/fact"
	"candour/internal/pack"
)

// party is a party of the case; first is the position of the first fact about it.
type party struct {
	c  *Case
	no int
	*fact.Party
	regs  []*pack.Register
	first int
}

// On tells whether party q is on the case at the position: from its first fact,
// with none from the start (ruling 24).
func (c *Case) On(q, pos int) bool { return c.parties[q].first <= pos }

// viewAt is the case, or one of its parties, at a position.
type viewAt struct {
	c     *Case
	owner int
	pos   int
}

// Get returns a register or what is built in; nil when absent.
func (v *viewAt) Get(name int) *fact.Value {
	c := v.c
	of := "case"
	if v.owner >= 0 {
		of = c.Case.Parties[v.owner].Role
	}
	for _, r := range c.Pack.Registers[of] {
		if r.Name == name {
			return c.value(v.owner, r, v.pos)
		}
	}
	s := ""
	switch c.Pack.Names.Name(name) {
	case "id":
		if s = c.Case.ID; v.owner >= 0 {
			s = c.Case.Parties[v.owner].ID
		}
	case "kind":
		s = c.Case.Kind
	case "group":
		s = c.Case.Group
	case "regime":
		s = c.Case.Regime
	case "body":
		s = c.World.Body
	case "role":
		if v.owner >= 0 {
			s = of
		}
	case "person":
		if v.owner >= 0 {
			s = c.Case.Parties[v.owner].Person
		}
	}
	if s == "" {
		return nil
	}
	return &fact.Value{Kind: fact.Text, Text: s}
}

// wasAt gives the registers of the key, else of the case, just before.
type wasAt struct{ key, kase viewAt }

func (w *wasAt) Get(name int) *fact.Value {
	if w.key.owner >= 0 {
		if v := w.key.Get(name); v != nil {
			return v
		}
	}
	return w.kase.Get(name)
}

// castAt lists parties on the case at a position.
type castAt struct {
	c   *Case
	pos int
}

func (k castAt) Role(name int) []expr.Object {
	role := k.c.Pack.Names.Name(name)
	var out []expr.Object
	for q := range k.c.parties {
		if k.c.parties[q].Role == role && k.c.On(q, k.pos) {
			out = append(out, &viewAt{k.c, q, k.pos})
		}
	}
	return out
}

// policyObject gives the policy values in force for the case's body.
type policyObject struct {
	c  *Case
	at day.Instant
}

func (o *policyObject) Get(name int) *fact.Value {
	pol := o.c.Policy(o.c.Pack.Names.Name(name), o.at)
	switch {
	case pol == nil:
		return nil
	case pol.Duration != nil:
		return &fact.Value{Kind: fact.Text, Text: pol.Duration.String()}
	}
	return &fact.Value{Kind: fact.Number, Num: pol.Number}
}

// Policy is the value in force at t for the case's body, or nil if unknown:
// the last dated override by t, else the pack's default.
func (c *Case) Policy(name string, t day.Instant) *fact.Policy {
	def, ok := c.Pack.Policies[name]
	if !ok {
		return nil
	}
	best := &fact.Policy{Name: name, Duration: def.Default, Number: def.Number}
	found := false
	for _, o := range c.World.Policies {
		if o.Name == name && o.From <= t && (o.Body == "" || o.Body == c.World.Body) && (!found || o.From >= best.From) {
			best, found = o, true
		}
	}
	return best
}

// seenAt tells of facts before a position that are about the key.
type seenAt struct {
	c   *Case
	pos int
	key int
}

func (s seenAt) Seen(kinds []int) bool {
	for _, k := range kinds {
		for _, i := range s.c.byKind[k] {
			if int(i) < s.pos && s.c.Concerns(int(i), s.key) {
				return true
			}
		}
	}
	return false
}

// Concerns tells whether event i is about the key, names it in a field, or is
// about no party at all while its kind is of the case; every event concerns the case.
func (c *Case) Concerns(i, key int) bool {
	if key < 0 {
		return true
	}
	ev := c.Ev[i]
	if slices.Contains(ev.Parties, key) {
		return true
	}
	id := c.Case.Parties[key].ID
	for f := range ev.Kind.Fields {
		if w := ev.Kind.Fields[f].Words; (w == "party" || w == "reference") && Names(&ev.Vals[f], id) {
			return true
		}
	}
	return false
}

// Touches is looser: an event about no party of the key's role touches every key.
// It is what lifts, pauses and moves.
func (c *Case) Touches(i, key int) bool {
	if c.Concerns(i, key) {
		return true
	}
	role := c.Case.Parties[key].Role
	for _, q := range c.Ev[i].Parties {
		if c.Case.Parties[q].Role == role {
			return false
		}
	}
	return !slices.Contains(c.Ev[i].Kind.About, role)
}

// Names tells whether a text, or a list, holds the words.
func Names(v *fact.Value, words string) bool {
	if v.Kind == fact.Text {
		return v.Text == words
	}
	for i := range v.List {
		if v.List[i].Text == words {
			return true
		}
	}
	return false
}

// Env is what a condition sees at a position for an owner (-1: the case).
func (c *Case) Env(pos, owner int) expr.Env {
	kase := &viewAt{c, -1, pos}
	key := kase
	if owner >= 0 {
		key = &viewAt{c, owner, pos}
	}
	at := c.AsAt
	if pos >= 0 && pos < len(c.Ev) {
		at = c.Ev[pos].At.Lo
	}
	return expr.Env{
		Case: kase, Key: key, Was: &wasAt{viewAt{c, owner, pos - 1}, viewAt{c, -1, pos - 1}},
		Policy: &policyObject{c, at}, Parties: castAt{c, pos}, Facts: seenAt{c, pos, owner}, Calendar: c.Cal,
	}
}

// ByKind lists the positions of a kind's events.
func (c *Case) ByKind(kind int) []int32 { return c.byKind[kind] }

// Position is the last position whose fact happened at or before t; -1 if none.
func (c *Case) Position(t day.Instant) int {
	n, _ := slices.BinarySearchFunc(c.Ev, t, func(ev *Event, t day.Instant) int {
		if ev.At.Lo <= t {
			return -1
		}
		return 1
	})
	return n - 1
}
