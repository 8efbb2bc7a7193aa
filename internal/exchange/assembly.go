package exchange

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"candour/internal/fact"
)

// assembly makes a case of the rows that are of it.
type assembly struct {
	im     *Import
	quiet  bool // faults and counts were told already
	pieces []*piece

	kase    *fact.Case
	parties map[string]*fact.Party
	facts   []made
	byID    map[string]*made
}

// made is a fact and where it came from.
type made struct {
	*fact.Fact
	row  *piece
	rule *factRule
	gone bool
}

func (a *assembly) fault(p *piece, f *flaw) {
	if !a.quiet {
		a.im.fault(&p.row, f)
	}
	p.bad = true
}

// finish gives the case; nil where no row without fault gives one.
func (a *assembly) finish(id string) *fact.Case {
	a.kase = &fact.Case{ID: id}
	a.parties, a.facts, a.byID = map[string]*fact.Party{}, a.facts[:0], map[string]*made{}
	a.repeated()
	stated := false
	for _, p := range a.pieces {
		if f := a.row(p, &stated); f != nil {
			a.fault(p, f)
		}
	}
	if !stated {
		a.unstated()
		a.pieces = a.pieces[:0]
		return nil
	}
	a.check()
	c := a.collect()
	a.pieces = a.pieces[:0]
	return c
}

// repeated takes out rows that are the same as an earlier one in every column.
func (a *assembly) repeated() {
	seen := make(map[[16]byte]*fileDef, len(a.pieces))
	kept := a.pieces[:0]
	for _, p := range a.pieces {
		key := p.sum
		key[0] ^= byte(p.way)
		if seen[key] == p.def {
			if !a.quiet {
				a.im.Summary.Repeated++
			}
			continue
		}
		seen[key] = p.def
		kept = append(kept, p)
	}
	a.pieces = kept
}

// unstated tells rows of a case that no row gives.
func (a *assembly) unstated() {
	for _, p := range a.pieces {
		if !p.bad {
			id := p.def.ids[p.way]
			a.fault(p, id.flaw(&p.row, id.from.fill(&p.row), "no row without fault gives this case", "add its row to the file that the mapping reads cases from"))
		}
	}
}

// row takes all that a row says, or, with a fault, nothing.
func (a *assembly) row(p *piece, stated *bool) *flaw {
	kase := *a.kase
	kase.Given = slices.Clone(kase.Given)
	gives := false
	for i := range p.def.cases {
		if u := &p.def.cases[i]; u.no == p.way && u.takes(&p.row) {
			if f := a.caseOf(&kase, u, p); f != nil {
				return f
			}
			gives = true
		}
	}
	var parties []*fact.Party
	for i := range p.def.parties {
		u := &p.def.parties[i]
		if u.no != p.way || !u.takes(&p.row) {
			continue
		}
		q, f := a.party(u, p)
		if f != nil {
			return f
		}
		if q != nil {
			parties = append(parties, q)
		}
	}
	before := len(a.facts)
	for i := range p.def.facts {
		u := &p.def.facts[i]
		if u.no != p.way || !u.takes(&p.row) {
			continue
		}
		if f := a.fact(u, p, before); f != nil {
			a.facts = a.facts[:before]
			return f
		}
	}
	if gives {
		*a.kase, *stated = kase, true
	}
	for _, q := range parties {
		a.parties[q.ID] = q
	}
	return nil
}

func (a *assembly) caseOf(c *fact.Case, u *caseRule, p *piece) *flaw {
	r := &p.row
	if f := either(agree(&c.Kind, u.kind, r), agree(&c.Group, u.group, r), agree(&c.Regime, u.regime, r), agree(&c.RegimeWhy, u.whyThat, r)); f != nil {
		return f
	}
	if c.Kind == "" {
		return u.kind.flaw(r, "", "the case has no kind", "fill in the column, or give the kind in the mapping")
	}
	if c.Line == 0 {
		c.Line = p.line
	}
	var f *flaw
	c.Given, f = a.given(c.Given, u.given, p, "case")
	return f
}

// given adds registers that a row gives, and refuses another value than an earlier row gave.
func (a *assembly) given(have []fact.Field, rules []given, p *piece, of string) ([]fact.Field, *flaw) {
	for i := range rules {
		g := &rules[i]
		if g.cell.void(&p.row) || g.byKind != nil && g.byKind[of] == nil {
			continue // nothing there, or another role's
		}
		v, f := g.of(of).value(&p.row)
		if f != nil {
			return have, f
		}
		if v.Kind == fact.Absent {
			continue
		}
		i := slices.IndexFunc(have, func(x fact.Field) bool { return x.Name == g.name })
		if i < 0 {
			have = append(have, fact.Field{Name: g.name, Value: v})
		} else if !sameValue(have[i].Value, v) {
			return have, g.cell.flaw(&p.row, g.cell.from.fill(&p.row), "an earlier row says something else", "see which is right; the first is used")
		}
	}
	return have, nil
}

func sameValue(a, b fact.Value) bool {
	return a.Kind == b.Kind && a.Bool == b.Bool && a.Num == b.Num && a.Text == b.Text && slices.EqualFunc(a.List, b.List, sameValue)
}

// party is what a row says of one, together with what earlier rows said; nil where
// the mapping drops its role.
func (a *assembly) party(u *partyRule, p *piece) (*fact.Party, *flaw) {
	r := &p.row
	id, _, f := u.id.name(r)
	role, dropped, f2 := u.role.text(r)
	if f = either(f, f2); f != nil {
		return nil, f
	}
	if dropped {
		a.dropped()
		return nil, nil
	}
	if f := a.partyFlaw(u, p, id, role); f != nil {
		return nil, f
	}
	q := &fact.Party{ID: id, Case: a.kase.ID, Role: role, Line: p.line}
	if old := a.parties[id]; old != nil {
		*q = *old
		q.Given = slices.Clone(old.Given)
	}
	if q.Role != role {
		return nil, u.role.flaw(r, u.role.from.fill(r), "an earlier row gives this party another role", "give the party an id for each role, as <Role>-<Person> in the mapping; or mend the row")
	}
	if f := agree(&q.Person, u.person, r); f != nil {
		return nil, f
	}
	q.Given, f = a.given(q.Given, u.given, p, role)
	return q, f
}

func (a *assembly) partyFlaw(u *partyRule, p *piece, id, role string) *flaw {
	r := &p.row
	switch {
	case id == "":
		return u.id.flaw(r, "", "the party has no id", "fill in the column")
	case role == "":
		return u.role.flaw(r, "", "the party has no role", "fill in the column")
	case a.im.Layout.pack != nil && a.im.Layout.pack.Roles[role] == "":
		return u.role.flaw(r, role, "the pack has no such role", "give the codes of this column in the mapping")
	}
	return nameFlaw(u.id, r, id)
}

func (a *assembly) dropped() {
	if !a.quiet {
		a.im.Summary.Dropped++
	}
}

func (a *assembly) inOrder() []*fact.Party {
	out := slices.Collect(maps.Values(a.parties))
	slices.SortFunc(out, func(p, q *fact.Party) int { return cmp.Or(cmp.Compare(p.Line, q.Line), strings.Compare(p.ID, q.ID)) })
	return out
}

// collect puts the case together and counts it.
func (a *assembly) collect() *fact.Case {
	c := a.kase
	c.Parties = a.inOrder()
	for i := range a.facts {
		if !a.facts[i].gone {
			c.Facts = append(c.Facts, a.facts[i].Fact)
		}
	}
	if a.quiet {
		return c
	}
	s := &a.im.Summary
	s.Cases++
	s.Parties += len(c.Parties)
	s.Facts += len(c.Facts)
	for _, q := range c.Parties {
		s.Roles[q.Role]++
	}
	for _, f := range c.Facts {
		s.Kinds[f.Kind]++
	}
	return c
}
