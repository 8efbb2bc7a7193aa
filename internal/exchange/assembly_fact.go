package exchange

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"candour/internal/day"
	"candour/internal/fact"
	"candour/internal/pack"
)

// fact makes what a rule makes of a row. Those from `before` on are of the same row.
func (a *assembly) fact(u *factRule, p *piece, before int) *flaw {
	r := &p.row
	kind, dropped, f := u.kind.text(r)
	if f != nil {
		return f
	}
	if dropped {
		a.dropped()
		return nil
	}
	if kind != "" && a.im.Layout.pack != nil && a.kind(kind) == nil {
		return u.kind.flaw(r, kind, "the pack has no such kind of fact", "give the codes of this column in the mapping")
	}
	if kind == "" {
		return u.kind.flaw(r, "", "the row has no kind of fact", "fill in the column, or see whether the row is shifted")
	}
	x := &fact.Fact{Case: a.kase.ID, Kind: kind, Line: p.line, Seq: p.n}
	for _, step := range []func(*factRule, *row, *fact.Fact) *flaw{a.times, a.names, a.links, a.signed, a.docs, a.via, a.fields} {
		if f := step(u, r, x); f != nil {
			return f
		}
	}
	if f := a.identify(u, p, x, before); f != nil {
		return f
	}
	a.facts = append(a.facts, made{Fact: x, row: p, rule: u})
	return nil
}

func (a *assembly) times(u *factRule, r *row, x *fact.Fact) *flaw {
	at, ok, f := u.at.at(r)
	if f != nil {
		return f
	}
	if !ok {
		return u.at.flaw(r, "", "the row does not say when it happened", "fill in the column; or give the rule a when: that leaves such rows out, as {Column: {empty: no}}")
	}
	if until, ok, f := u.until.moment0(r); f != nil {
		return f
	} else if ok {
		if until.Hi < at.Lo {
			return u.until.flaw(r, u.until.from.fill(r), "the end is before the beginning", "mend the times")
		}
		at = day.Moment{Lo: at.Lo, Hi: until.Hi, Whole: at.Whole && until.Whole}
	}
	x.At, x.Recorded = at, at.Hi
	recorded, ok, f := u.recorded.moment0(r)
	if f != nil {
		return f
	}
	if ok {
		x.Recorded, x.RecordedStated = recorded.Hi, true
	}
	if !a.quiet && later(at, a.im.setting.Now) {
		a.im.warn(r, "%s lies in the future; kept as it stands", cmp.Or(columnsOf(u.at, r), "the time"))
	}
	if !a.quiet && ok && recorded.Hi < at.Lo {
		a.im.warn(r, "recorded before it happened; kept as it stands")
	}
	if u.seq == nil {
		return nil
	}
	v, f := u.seq.value(r)
	if f == nil && v.Kind == fact.Number {
		x.Seq = int64(v.Num)
	}
	return f
}

func columnsOf(c *cell, r *row) string { return c.flaw(r, "", "", "").column }

// names sets whom the fact is about, by whom and for whom it was recorded.
func (a *assembly) names(u *factRule, r *row, x *fact.Fact) *flaw {
	for _, b := range u.about {
		ids, f := b.cell.names(r)
		if f != nil {
			return f
		}
		if b.role != "" {
			ids = []string{roleMark + b.role} // found when all parties are known
		}
		for _, id := range ids {
			if !slices.Contains(x.About, id) {
				x.About = append(x.About, id)
			}
		}
	}
	var flaws [3]*flaw
	x.By, _, flaws[0] = u.by.name(r)
	x.For, _, flaws[1] = u.forBody.name(r)
	x.Source, _, flaws[2] = u.source.name(r)
	return either(flaws[:]...)
}

// roleMark stands before a role among the parties that a fact is about; no id begins so.
const roleMark = "\x00"

// links sets the facts that this one corrects, answers or confirms.
func (a *assembly) links(u *factRule, r *row, x *fact.Fact) *flaw {
	old, _, f := u.supersedes.name(r)
	if f != nil {
		return f
	}
	if old != "" {
		x.Supersedes = factID(a.kase.ID, old)
	}
	for _, l := range []struct {
		cell *cell
		into *[]string
	}{{u.answers, &x.Answers}, {u.confirms, &x.Confirms}} {
		ids, f := l.cell.names(r)
		if f != nil {
			return f
		}
		for _, id := range ids {
			*l.into = append(*l.into, factID(a.kase.ID, id))
		}
	}
	return nil
}

// factID makes a name of a fact that is the same whenever the same row is read,
// and no other fact's: the case, and the key within it.
func factID(kase, key string) string {
	if strings.ContainsAny(key, "#%") {
		key = strings.NewReplacer("%", "%25", "#", "%23").Replace(key)
	}
	return kase + "#" + key
}

// identify gives the fact its id: of the mapping's key, or else of what the row says.
func (a *assembly) identify(u *factRule, p *piece, x *fact.Fact, before int) *flaw {
	if u.id == nil {
		key := hex.EncodeToString(p.sum[:6]) + "-" + x.Kind
		x.ID = factID(a.kase.ID, key)
		for n := 2; slices.ContainsFunc(a.facts[before:], func(m made) bool { return m.ID == x.ID }); n++ {
			x.ID = factID(a.kase.ID, fmt.Sprintf("%s-%d", key, n))
		}
		return nil
	}
	key, _, f := u.id.name(&p.row)
	if f != nil {
		return f
	}
	if key == "" {
		return u.id.flaw(&p.row, "", "the fact has no key", "fill in the column, or leave id: out of the rule")
	}
	x.ID = factID(a.kase.ID, key)
	return nameFlaw(u.id, &p.row, key)
}

func (a *assembly) signed(u *factRule, r *row, x *fact.Fact) *flaw {
	for _, s := range u.signed {
		by, _, f := s.by.name(r)
		if f != nil {
			return f
		}
		if by == "" {
			continue
		}
		at, ok, f := s.at.at(r)
		if f != nil {
			return f
		}
		if !ok {
			return s.at.flaw(r, "", "signed, but the row does not say when", "fill in the column")
		}
		x.Signed = append(x.Signed, fact.Signature{By: by, At: max(at.Lo, min(x.Recorded, at.Hi))})
	}
	return nil
}

var digestForm = regexp.MustCompile(`^[0-9a-fA-F]{64}$`)

func (a *assembly) docs(u *factRule, r *row, x *fact.Fact) *flaw {
	for _, d := range u.docs {
		var doc fact.Document
		var flaws [3]*flaw
		doc.Type, _, flaws[0] = d.kind.text(r)
		doc.Name, _, flaws[1] = d.name.text(r)
		doc.SHA256, _, flaws[2] = d.digest.text(r)
		if f := either(flaws[:]...); f != nil {
			return f
		}
		if doc.Type == "" || d.name != nil && doc.Name == "" {
			continue
		}
		if doc.SHA256 != "" && !digestForm.MatchString(doc.SHA256) {
			return d.digest.flaw(r, doc.SHA256, "not a SHA-256 digest", "write its 64 hexadecimal digits, or leave it out")
		}
		x.Docs = append(x.Docs, doc)
	}
	return nil
}

func (a *assembly) via(u *factRule, r *row, x *fact.Fact) *flaw {
	if u.viaHow == nil {
		return nil
	}
	var v fact.Via
	var flaws [5]*flaw
	v.Body, _, flaws[0] = u.viaBody.name(r)
	v.Person, _, flaws[1] = u.viaPerson.name(r)
	v.How, _, flaws[2] = u.viaHow.text(r)
	v.Ref, _, flaws[3] = u.viaRef.text(r)
	v.ChannelRecorded, _, flaws[4] = u.viaSince.moment0(r)
	if f := either(flaws[:]...); f != nil {
		return f
	}
	switch {
	case v.Body == "" && v.Person == "":
		return nil
	case v.Body != "" && v.Person != "":
		return u.viaBody.flaw(r, u.viaBody.from.fill(r), "the channel is both a body's and a person's", "keep one of the two columns")
	case !slices.Contains(hows, v.How):
		return u.viaHow.flaw(r, v.How, "no way in which a confirmation comes", "give the codes of this column: "+strings.Join(hows, ", "))
	}
	x.Via = &v
	return nil
}

func (a *assembly) fields(u *factRule, r *row, x *fact.Fact) *flaw {
	for i := range u.fields {
		g := &u.fields[i]
		if g.cell.void(r) {
			continue
		}
		if g.byKind != nil && g.byKind[x.Kind] == nil { // a field of another kind that the rule makes
			if !a.quiet && len(g.cell.from.slots) > 0 {
				a.im.warn(r, "%s has a value, and %s has no field %s: not read", columnsOf(g.cell, r), x.Kind, g.name)
			}
			continue
		}
		v, f := g.of(x.Kind).value(r)
		if f != nil {
			return f
		}
		if v.Kind != fact.Absent {
			x.Fields = append(x.Fields, fact.Field{Name: g.name, Value: v})
		}
	}
	return nil
}

func (a *assembly) kind(id string) *pack.Kind {
	if a.im.Layout.pack == nil {
		return nil
	}
	return a.im.Layout.pack.Kind(id)
}
