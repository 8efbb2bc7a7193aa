package state

import (
	"slices"

	"candour/internal/day"
	"candour/internal/expr"
	"candour/internal/fact"
)

// On tells whether party q is on the case at the position: from its first fact,
// with none from the start (ruling 24).
func (c *Case) On(q, pos int) bool { return q < 0 || c.first[q] <= pos }

// Cast lists the parties of a role by its number.
func (c *Case) Cast(role int) []int { return c.roles[role] }

// Register is a register of the owner as at the position, or what is built in
// to it; nil when absent.
func (c *Case) Register(owner, pos, name int) *fact.Value {
	o := &c.owners[owner+1]
	if name < len(o.slots) {
		if i := o.slots[name]; i >= 0 {
			return c.value(owner, o.regs[i], pos)
		}
	}
	var v *fact.Value
	switch {
	case name == expr.NameID:
		v = &o.built[0]
	case owner < 0 && name == expr.NameKind:
		v = &o.built[1]
	case owner < 0 && name == expr.NameGroup:
		v = &o.built[2]
	case owner < 0 && name == expr.NameRegime:
		v = &o.built[3]
	case owner < 0 && name == expr.NameBody:
		v = &o.built[4]
	case owner >= 0 && name == expr.NameRole:
		v = &o.built[1]
	case owner >= 0 && name == expr.NamePerson:
		v = &o.built[2]
	}
	if v == nil || v.Kind == fact.Absent {
		return nil
	}
	return v
}

// Policy gives a policy value in force for the case's body at a position, as
// conditions see it: a length in words, or a number.
func (c *Case) Policy(pos, name int) *fact.Value {
	at := c.AsAt
	if pos >= 0 && pos < len(c.Ev) {
		at = c.Ev[pos].At.Lo
	}
	pol := c.PolicyAt(c.Pack.Names.Name(name), at)
	switch {
	case pol == nil:
		return nil
	case pol.Duration != nil:
		return &fact.Value{Kind: fact.Text, Text: pol.Duration.String()}
	}
	return &fact.Value{Kind: fact.Number, Num: pol.Number}
}

// PolicyAt is the value in force at t for the case's body, or nil if unknown:
// the last dated override by t, else the pack's default.
func (c *Case) PolicyAt(name string, t day.Instant) *fact.Policy {
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

// Seen tells whether a fact of one of the kinds that concerns the key stands
// before the position.
func (c *Case) Seen(key, pos int, kinds []int) bool {
	for _, k := range kinds {
		for _, i := range c.ByKind(k) {
			if int(i) < pos && c.Concerns(int(i), key) {
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
	return expr.Env{State: c, Pos: pos, Was: pos - 1, Owner: owner, Calendar: c.Cal}
}

// ByKind lists the positions of a kind's events, in order.
func (c *Case) ByKind(kind int) []int32 { return c.byKind[c.kinds[kind]:c.kinds[kind+1]] }

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

// Holder is who was given as holding a role on the case, where no register of the
// case is called so; empty if nobody was.
func (in *Input) Holder(role string) string {
	for _, h := range in.holders {
		if h.Name == role {
			return h.Value.Text
		}
	}
	return ""
}
