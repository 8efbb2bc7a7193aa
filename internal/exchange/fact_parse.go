package exchange

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

func (p *layoutParser) factRule(n *yaml.Node) {
	var u factRule
	var kase, fields, byName *yaml.Node
	f, r := p.ruleKeys(n, "a fact", false, []string{"kind!", "at!", "case", "recorded", "about", "by", "for", "fields", "fields_by_name", "signed", "docs", "via",
		"source", "supersedes", "answers", "confirms", "id", "seq"}, func(f *fileDef, k, v *yaml.Node) {
		switch k.Value {
		case "case":
			kase = v
		case "fields":
			fields = v
		case "fields_by_name":
			byName = v
		case "at":
			u.at, u.until = p.cell(v, f, asTime, "at"), p.until(v, f)
		default:
			p.factKey(&u, f, k.Value, v)
		}
	})
	if f == nil || u.kind == nil || u.at == nil {
		return
	}
	kinds := p.kindsOf(&u)
	if fields != nil {
		u.fields = p.fields(fields, f, kinds)
	}
	if byName != nil {
		u.fields = append(u.fields, p.byName(byName, f, kinds, named(n, u.fields))...)
	}
	if u.source == nil && p.l.source != "" {
		u.source = &cell{from: template{parts: []part{{p.l.source, -1}}}}
	}
	u.rule, u.no = r, p.way(f, kase, n.Line)
	f.facts = append(f.facts, u)
	for _, c := range []*cell{u.at, u.until, u.recorded} {
		if c != nil {
			f.timed = append(f.timed, c)
		}
	}
}

func (p *layoutParser) factKey(u *factRule, f *fileDef, key string, v *yaml.Node) {
	text := map[string]**cell{"kind": &u.kind, "by": &u.by, "for": &u.forBody, "source": &u.source, "supersedes": &u.supersedes,
		"answers": &u.answers, "confirms": &u.confirms, "id": &u.id}
	switch key {
	case "recorded":
		u.recorded = p.cell(v, f, asTime, key)
	case "seq":
		u.seq = p.cell(v, f, asNumber, key)
	case "about":
		p.each(v, key, func(n *yaml.Node) { u.about = append(u.about, p.about(n, f)) })
	case "signed":
		p.each(v, key, func(n *yaml.Node) {
			by, at := p.pair(n, f, key, "by", "at")
			if by != nil && at != nil {
				at.kind = asTime
				u.signed = append(u.signed, signRule{by, at})
			}
		})
	case "docs":
		p.each(v, key, func(n *yaml.Node) { u.docs = append(u.docs, p.doc(n, f)) })
	case "via":
		p.via(u, f, v)
	default:
		*text[key] = p.cell(v, f, asText, key)
	}
}

// until is the end of an interval, under `to` of a time.
func (p *layoutParser) until(n *yaml.Node, f *fileDef) *cell {
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value != "to" {
			continue
		}
		c := p.cell(n, f, asTime, "at") // with the same formats
		c.from = p.template(n.Content[i+1], f, "to")
		return c
	}
	return nil
}

func (p *layoutParser) about(n *yaml.Node, f *fileDef) about {
	if n.Kind == yaml.MappingNode && len(n.Content) == 2 && n.Content[0].Value == "role" {
		role := p.text(n.Content[1], "role")
		p.known(n.Line, p.l.pack != nil && p.l.pack.Roles[role] == "", "role", role)
		return about{role: role}
	}
	return about{cell: p.cell(n, f, asText, "about")}
}

func (p *layoutParser) pair(n *yaml.Node, f *fileDef, what, one, other string) (a, b *cell) {
	p.entries(n, what, func(k, v *yaml.Node) {
		kind := asText
		if k.Value == "at" {
			kind = asTime
		}
		if c := p.cell(v, f, kind, k.Value); k.Value == one {
			a = c
		} else {
			b = c
		}
	}, one+"!", other+"!")
	return a, b
}

func (p *layoutParser) doc(n *yaml.Node, f *fileDef) docRule {
	var d docRule
	p.entries(n, "docs", func(k, v *yaml.Node) {
		c := p.cell(v, f, asText, k.Value)
		switch k.Value {
		case "type":
			d.kind = c
		case "name":
			d.name = c
		case "sha256":
			d.digest = c
		}
	}, "type!", "name", "sha256")
	return d
}

func (p *layoutParser) via(u *factRule, f *fileDef, n *yaml.Node) {
	p.entries(n, "via", func(k, v *yaml.Node) {
		switch k.Value {
		case "body":
			u.viaBody = p.cell(v, f, asText, "body")
		case "person":
			u.viaPerson = p.cell(v, f, asText, "person")
		case "how":
			u.viaHow = p.cell(v, f, asText, "how")
			u.viaHow.values = hows
		case "ref":
			u.viaRef = p.cell(v, f, asText, "ref")
		case "channel_recorded":
			u.viaSince = p.cell(v, f, asTime, "channel_recorded")
		}
	}, "body", "person", "how!", "ref", "channel_recorded")
	if u.viaBody == nil && u.viaPerson == nil {
		p.fail(n.Line, "name body or person", "via names neither a body nor a person")
	}
	if u.viaHow != nil {
		for _, how := range u.viaHow.outcomes() {
			if !slices.Contains(hows, how) {
				p.fail(u.viaHow.line, "write "+strings.Join(hows, ", "), "via came by %q", cut(how))
			}
		}
	}
}

// hows are the channels by which a confirmation comes.
var hows = []string{"system", "account", "answer", "callback"}

// kindsOf are the kinds that a rule can make. A column without codes may hold any.
func (p *layoutParser) kindsOf(u *factRule) []string {
	kinds := u.kind.outcomes()
	for _, k := range kinds {
		p.known(u.kind.line, p.l.pack != nil && p.l.pack.Kind(k) == nil, "kind", k)
		if !kindName.MatchString(k) {
			p.fail(u.kind.line, "write small letters, digits, - . and _", "%q is not the id of a kind", cut(k))
		}
	}
	if p.l.pack != nil && (len(kinds) == 0 || u.kind.others == Slug) {
		for _, k := range p.l.pack.Kinds {
			kinds = append(kinds, k.ID)
		}
	}
	return kinds
}

// fields reads {field: cell}, typed as the pack has the field.
func (p *layoutParser) fields(n *yaml.Node, f *fileDef, kinds []string) []given {
	var out []given
	p.entries(n, "fields", func(k, v *yaml.Node) {
		if !fieldName.MatchString(k.Value) {
			p.fail(k.Line, "write small letters, digits and _", "%q is not the name of a field", cut(k.Value))
			return
		}
		g := given{name: k.Value, cell: p.cell(v, f, asText, k.Value)}
		if have := p.typedByKind(&g, kinds, typeGiven(v)); g.byKind == nil && have != nil {
			p.fail(k.Line, "the fields are "+cmp.Or(strings.Join(have, ", "), "none"), "no field of %s is called %q", oneOf(kinds), cut(k.Value))
		}
		p.hide(f, g.cell)
		out = append(out, g)
	})
	return out
}

func oneOf(kinds []string) string {
	const few = 3
	if len(kinds) > few {
		return fmt.Sprintf("any of %d", len(kinds))
	}
	return strings.Join(kinds, " or ")
}

// hide marks the columns of a personal value.
func (p *layoutParser) hide(f *fileDef, c *cell) {
	if c.shy && f != nil {
		for _, s := range c.from.slots {
			f.personal[s] = true
		}
	}
}

// typedByKind gives the field the type that each kind declares, unless the mapping
// gives one, and returns the names of all the kinds' fields.
func (p *layoutParser) typedByKind(g *given, kinds []string, given bool) []string {
	if p.l.pack == nil || len(kinds) == 0 {
		return nil
	}
	have := []string{}
	for _, id := range kinds {
		kind := p.l.pack.Kind(id)
		if kind == nil {
			return nil // told already
		}
		for _, fd := range kind.Fields {
			if have = append(have, fd.Name); fd.Name != g.name {
				continue
			}
			g.cell.shy = g.cell.shy || fd.Personal
			c := *g.cell
			if !given {
				c.kind, c.values = typeOf(fd.Type.Kind, fd.Words), fd.Values
			}
			if !fd.Type.List && g.cell.split != "" && fd.Words != "reference" && fd.Words != "party" && fd.Words != "person" {
				c.split = ""
			}
			if g.byKind == nil {
				g.byKind = map[string]*cell{}
			}
			g.byKind[id] = &c
		}
	}
	for _, c := range g.byKind {
		c.shy = g.cell.shy
	}
	slices.Sort(have)
	return slices.Compact(have)
}

var inBrackets = regexp.MustCompile(`<([^<>]+)>`)

// named are the fields that a rule gives itself, and the columns it uses, in small letters.
func named(n *yaml.Node, fields []given) map[string]bool {
	out := map[string]bool{}
	for _, g := range fields {
		out[g.name] = true
	}
	var look func(*yaml.Node)
	look = func(n *yaml.Node) {
		for _, m := range inBrackets.FindAllStringSubmatch(n.Value, -1) {
			out[strings.ToLower(strings.TrimSpace(m[1]))] = true
		}
		for _, c := range n.Content {
			look(c)
		}
	}
	look(n)
	return out
}

// byName takes every column that is called as a field is, whatever its capitals,
// but for those that the rule names itself.
func (p *layoutParser) byName(n *yaml.Node, f *fileDef, kinds []string, named map[string]bool) []given {
	split := ""
	if n.Kind == yaml.MappingNode {
		p.entries(n, "fields_by_name", func(_, v *yaml.Node) { split = v.Value }, "split!")
	} else if !p.flag(n, "fields_by_name") {
		return nil
	}
	if p.l.pack == nil {
		p.fail(n.Line, "name the pack with pack:", "only a pack says which fields there are")
		return nil
	}
	var out []given
	all := p.typedByKind(&given{cell: &cell{}}, kinds, false)
	for _, name := range all {
		if named[name] {
			continue
		}
		slot := f.slot(name)
		f.loose = append(f.loose, slot)
		c := p.cell(&yaml.Node{Kind: yaml.ScalarNode, Value: "<" + name + ">", Line: n.Line}, f, asText, name)
		c.split = split
		g := given{name: name, cell: c}
		p.typedByKind(&g, kinds, false)
		p.hide(f, c)
		out = append(out, g)
	}
	return out
}
