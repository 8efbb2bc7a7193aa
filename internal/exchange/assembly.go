package exchange

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"candour/internal/day"
	"candour/internal/fact"
	"candour/internal/pack"
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
