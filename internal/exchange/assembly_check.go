package exchange

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"candour/internal/fact"
	"candour/internal/pack"
)

// refer makes the keys of other facts their names. What is no fact of the case
// stays as it stands, with a warning.
func (a *assembly) refer(m *made) {
	for _, g := range m.rule.fields {
		if g.of(m.Kind).kind != asFact {
			continue
		}
		i := slices.IndexFunc(m.Fields, func(x fact.Field) bool { return x.Name == g.name })
		if i < 0 {
			continue
		}
		v := &m.Fields[i].Value
		a.referTo(m, g.name, v)
		for n := range v.List {
			a.referTo(m, g.name, &v.List[n])
		}
	}
}

func (a *assembly) referTo(m *made, field string, v *fact.Value) {
	if v.Kind != fact.Text {
		return
	}
	if id := factID(a.kase.ID, v.Text); a.byID[id] != nil {
		v.Text = id
	} else if !a.quiet {
		a.im.warn(&m.row.row, "%s refers to no fact of the case; kept as it stands", field)
	}
}

// check holds the facts against each other, the parties, the world and the pack.
func (a *assembly) check() {
	for i := range a.facts {
		m := &a.facts[i]
		if first := a.byID[m.ID]; first != nil {
			m.gone = true
			a.fault(m.row, a.twice(m, first))
			continue
		}
		a.byID[m.ID] = m
	}
	for i := range a.facts {
		if !a.facts[i].gone {
			a.refer(&a.facts[i])
		}
	}
	for again := true; again; {
		again = false
		for i := range a.facts {
			m := &a.facts[i]
			if m.gone {
				continue
			}
			if f := a.wrong(m); f != nil {
				m.gone, again = true, true
				delete(a.byID, m.ID)
				a.fault(m.row, f)
			}
		}
	}
}

func (a *assembly) twice(m, first *made) *flaw {
	c := cmp.Or(m.rule.id, m.rule.kind)
	r := &m.row.row
	if first.row == m.row {
		return c.flaw(r, c.from.fill(r), "two rules make facts of one key of this row", "give their id: different endings in the mapping")
	}
	return c.flaw(r, c.from.fill(r), fmt.Sprintf("%s:%d has the same key and says something else", first.row.file, first.row.line), "see which is right; the first is used")
}

// wrong says what a fact refers to in vain, or what the pack has against it.
func (a *assembly) wrong(m *made) *flaw {
	r, u, w := &m.row.row, m.rule, a.im.World
	if f := a.aboutWhom(m); f != nil {
		return f
	}
	for _, n := range []struct {
		cell *cell
		ok   bool
		what string
	}{
		{u.by, m.By == "" || w.Persons[m.By] != nil, "person"},
		{u.forBody, isBody(w, m.For), "body"},
		{u.source, m.Source == "" || slices.ContainsFunc(w.Sources, func(s *fact.Source) bool { return s.ID == m.Source }), "source"},
		{u.supersedes, m.Supersedes == "" || a.byID[m.Supersedes] != nil, "fact of the case"},
		{u.answers, a.allKnown(m.Answers), "fact of the case"}, {u.confirms, a.allKnown(m.Confirms), "fact of the case"},
		{u.viaBody, m.Via == nil || isBody(w, m.Via.Body) || w.Units[m.Via.Body] != nil, "body or unit"},
		{u.viaPerson, m.Via == nil || m.Via.Person == "" || w.Persons[m.Via.Person] != nil || a.parties[m.Via.Person] != nil, "person or party of the case"},
	} {
		if !n.ok {
			return n.cell.flaw(r, n.cell.from.fill(r), "no row without fault gives this "+n.what, "add its row, or mend the name")
		}
	}
	for i, s := range m.Signed {
		if w.Persons[s.By] == nil {
			c := u.signed[min(i, len(u.signed)-1)].by
			return c.flaw(r, s.By, "no row without fault gives this person", "add its row, or mend the name")
		}
	}
	if f := a.corrects(m); f != nil {
		return f
	}
	return a.conform(m)
}

func (a *assembly) allKnown(ids []string) bool {
	for _, id := range ids {
		if a.byID[id] == nil {
			return false
		}
	}
	return true
}

// aboutWhom finds the parties of roles, and those named.
func (a *assembly) aboutWhom(m *made) *flaw {
	var out []string
	for _, id := range m.About {
		role, ofRole := strings.CutPrefix(id, roleMark)
		if !ofRole {
			out = append(out, id)
			continue
		}
		before := len(out)
		for _, q := range a.inOrder() {
			if q.Role == role {
				out = append(out, q.ID)
			}
		}
		if len(out) == before {
			return &flaw{reason: "the case has no " + role + " without fault, whom the fact is about", remedy: "add the party's row"}
		}
	}
	m.About = out
	for _, id := range out {
		if a.parties[id] == nil && id != a.kase.ID {
			c := m.rule.about[slices.IndexFunc(m.rule.about, func(b about) bool { return b.cell != nil })].cell
			return c.flaw(&m.row.row, id, "no row without fault gives this party of the case", "add its row, or mend the name")
		}
	}
	return nil
}

// corrects sees that a correction is of the same kind and not of itself.
func (a *assembly) corrects(m *made) *flaw {
	if m.Supersedes == "" {
		return nil
	}
	c, r := m.rule.supersedes, &m.row.row
	if old := a.byID[m.Supersedes]; old.Kind != m.Kind {
		return c.flaw(r, c.from.fill(r), "the fact corrects one of another kind", "a correction keeps the kind")
	}
	for n, next := 0, a.byID[m.Supersedes]; next != nil; n, next = n+1, a.byID[next.Supersedes] {
		if next.Fact == m.Fact || n > len(a.facts) {
			return c.flaw(r, c.from.fill(r), "facts correct each other in a circle", "a correction is a later fact: name the one it corrects")
		}
	}
	return nil
}

// conform holds the fact against its kind.
func (a *assembly) conform(m *made) *flaw {
	pk := a.im.Layout.pack
	if pk == nil {
		return nil
	}
	_, err := pk.Conform(m.Fact, a.im.Layout.Zone)
	if err == nil {
		return nil
	}
	what, remedy, _ := strings.Cut(err.Error(), "; ")
	f := &flaw{reason: what, remedy: cmp.Or(remedy, "mend the row, or give the codes of this column in the mapping")}
	var field *pack.FieldError
	if !errors.As(err, &field) {
		return f
	}
	for _, g := range m.rule.fields {
		if g.name != field.Field {
			continue
		}
		value := g.cell.from.fill(&m.row.row)
		if value != "" && strings.Contains(err.Error(), value) { // it may be personal
			f.reason, f.remedy = fmt.Sprintf("field %q of %s cannot hold it", g.name, m.Kind), "leave type: out of the mapping, or mend the row"
		}
		return g.cell.flaw(&m.row.row, value, f.reason, f.remedy)
	}
	return f
}
