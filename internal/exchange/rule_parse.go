package exchange

import (
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"candour/internal/fact"
)

// columns tells whether any column stands in a rule.
func columns(n *yaml.Node) bool {
	if n.Kind == yaml.ScalarNode {
		return strings.Contains(strings.ReplaceAll(n.Value, "<<", ""), "<")
	}
	return slices.ContainsFunc(n.Content, columns)
}

// ruleKeys reads a rule: its file, its conditions, and the rest by f.
func (p *layoutParser) ruleKeys(n *yaml.Node, what string, alone bool, keys []string, f func(*fileDef, *yaml.Node, *yaml.Node)) (*fileDef, rule) {
	u := rule{line: n.Line}
	var def *fileDef
	var when *yaml.Node
	var rest [][2]*yaml.Node
	p.entries(n, what, func(k, v *yaml.Node) {
		switch k.Value {
		case "note":
		case "file":
			if def = p.fileOf(v.Value); def == nil {
				p.fail(v.Line, "name one of the files by its id", "there is no file %q", cut(v.Value))
			}
		case "when":
			when = v
		default:
			rest = append(rest, [2]*yaml.Node{k, v})
		}
	}, append(keys, "file", "when", "note")...)
	if n.Kind != yaml.MappingNode {
		return nil, u
	}
	if def == nil && (!alone || columns(n) || when != nil) {
		if def = p.l.files[0]; len(p.l.files) > 1 {
			p.fail(n.Line, "add file:", "%s does not say which file it reads", what)
		}
	}
	if when != nil {
		u.when = p.tests(when, def)
	}
	for _, kv := range rest {
		f(def, kv[0], kv[1])
	}
	return def, u
}

// tests reads {Column: value}, {Column: [values]}, {Column: {not: [values]}} and
// {Column: {empty: yes}}.
func (p *layoutParser) tests(n *yaml.Node, f *fileDef) []test {
	var out []test
	p.entries(n, "when", func(k, v *yaml.Node) {
		t := test{slot: f.slot(strings.Trim(k.Value, "<>"))}
		if v.Kind != yaml.MappingNode {
			t.any = p.list(v, "when")
			out = append(out, t)
			return
		}
		p.entries(v, "when "+k.Value, func(how, w *yaml.Node) {
			if how.Value == "empty" {
				t.any, t.not = []string{""}, !p.flag(w, "empty")
			} else {
				t.any, t.not = p.list(w, "not"), true
			}
			out = append(out, t)
		}, "empty", "not")
	})
	return out
}

// way is the number of the way in which a rule names its case.
func (p *layoutParser) way(f *fileDef, n *yaml.Node, line int) int {
	if n == nil {
		n = p.caseID
	}
	if n == nil || f == nil {
		p.fail(line, "add case: <Column>", "the rule does not say which case it is about")
		return 0
	}
	c := p.cell(n, f, asText, "case")
	for i, known := range f.ids {
		if slices.Equal(known.from.parts, c.from.parts) {
			return i
		}
	}
	f.ids = append(f.ids, c)
	return len(f.ids) - 1
}

func (p *layoutParser) caseRule(n *yaml.Node) {
	var u caseRule
	var id *yaml.Node
	f, r := p.ruleKeys(n, "case", false, []string{"id!", "kind!", "group", "regime", "given"}, func(f *fileDef, k, v *yaml.Node) {
		switch k.Value {
		case "id":
			id = v
		case "kind":
			u.kind = p.cell(v, f, asText, "kind")
		case "group":
			u.group = p.cell(v, f, asText, "group")
		case "regime":
			p.entries(v, "regime", func(k, v *yaml.Node) {
				if k.Value == "value" {
					u.regime = p.cell(v, f, asText, "regime")
				} else {
					u.whyThat = p.cell(v, f, asText, "why")
				}
			}, "value!", "why")
		case "given":
			u.given = p.given(v, f, []string{"case"})
		}
	})
	if f == nil || id == nil {
		return
	}
	if p.caseID == nil {
		p.caseID = id
	}
	u.rule, u.no = r, p.way(f, id, n.Line)
	f.cases = append(f.cases, u)
}

func (p *layoutParser) partyRule(n *yaml.Node) {
	var u partyRule
	var kase, gave *yaml.Node
	f, r := p.ruleKeys(n, "a party", false, []string{"id!", "role!", "case", "person", "given"}, func(f *fileDef, k, v *yaml.Node) {
		switch k.Value {
		case "case":
			kase = v
		case "id":
			u.id = p.cell(v, f, asText, "id")
		case "role":
			u.role = p.cell(v, f, asText, "role")
		case "person":
			u.person = p.cell(v, f, asText, "person")
		case "given":
			gave = v
		}
	})
	if f == nil || u.role == nil {
		return
	}
	roles := u.role.outcomes()
	for _, role := range roles {
		p.known(u.role.line, p.l.pack != nil && p.l.pack.Roles[role] == "", "role", role)
	}
	if p.l.pack != nil && len(roles) == 0 {
		roles = slices.Sorted(maps.Keys(p.l.pack.Roles))
	}
	if gave != nil {
		u.given = p.given(gave, f, roles)
	}
	u.rule, u.no = r, p.way(f, kase, n.Line)
	f.parties = append(f.parties, u)
}

func (p *layoutParser) known(line int, unknown bool, what, name string) {
	if unknown {
		p.fail(line, "write it as the pack "+p.l.pack.ID+" does", "the pack has no %s %q", what, cut(name))
	}
}

// outcomes are the words that a cell can give, where they are known beforehand.
func (c *cell) outcomes() []string {
	if s, constant := c.from.constant(); constant && c.codes == nil {
		return []string{s}
	}
	var out []string
	for _, w := range c.codes {
		if w != "" && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	slices.Sort(out)
	return out
}

// given reads {register: cell}, typed as the pack has the register.
func (p *layoutParser) given(n *yaml.Node, f *fileDef, owners []string) []given {
	var out []given
	p.entries(n, "given", func(k, v *yaml.Node) {
		g := given{name: k.Value, cell: p.cell(v, f, asText, "given "+k.Value)}
		p.typedByOwner(&g, owners, k, typeGiven(v))
		out = append(out, g)
	})
	return out
}

// typedByOwner gives the register the type that each owner declares, unless the
// mapping gives one.
func (p *layoutParser) typedByOwner(g *given, owners []string, k *yaml.Node, given bool) {
	if p.l.pack == nil {
		return
	}
	g.byKind = map[string]*cell{}
	for _, of := range owners {
		r := p.l.pack.Register(of, g.name)
		if r == nil {
			continue
		}
		c := *g.cell
		if !given {
			c.kind, c.values = typeOf(r.Type.Kind, ""), r.Values
		}
		g.byKind[of] = &c
	}
	p.known(k.Line, len(g.byKind) == 0, "register of "+oneOf(owners)+" called", g.name)
}

func typeGiven(n *yaml.Node) bool {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == "type" {
			return true
		}
	}
	return false
}

func typeOf(k fact.ValueKind, words string) cellType {
	switch {
	case words == "reference":
		return asFact
	case k == fact.Bool:
		return asYesNo
	case k == fact.Number:
		return asNumber
	case k == fact.Date:
		return asDate
	case k == fact.Moment:
		return asTime
	}
	return asText
}
