package exchange

import (
	"go.yaml.in/yaml/v3"
)

// cell reads a text with columns in angle brackets, or {value: ..., codes: ...}.
func (p *layoutParser) cell(n *yaml.Node, f *fileDef, kind cellType, what string) *cell {
	c := &cell{line: n.Line, kind: kind, yes: p.yes, no: p.no}
	c.clock = &clock{formats: p.formats, zone: p.l.Zone, pivot: p.pivot, either: p.either}
	if n.Kind == yaml.MappingNode {
		p.cellKeys(n, f, c, what)
	} else {
		c.from = p.template(n, f, what)
	}
	if s, constant := c.from.constant(); constant && (c.kind == asTime || c.kind == asDate) && s != "" {
		c.clock = &clock{formats: append([]*dateFormat{{words: "iso", iso: true}}, c.clock.formats...), zone: c.clock.zone, pivot: c.clock.pivot}
	}
	return c
}

func (p *layoutParser) cellKeys(n *yaml.Node, f *fileDef, c *cell, what string) {
	clock := *c.clock
	p.entries(n, what, func(k, v *yaml.Node) {
		switch k.Value {
		case "value":
			c.from = p.template(v, f, what)
		case "codes":
			c.codes = p.codesOf(v)
		case "others":
			c.others = p.othersOf(v)
		case "empty":
			c.empty = p.text(v, "empty")
		case "split":
			c.split = v.Value
		case "type":
			c.kind = p.cellType(v)
		case "personal":
			c.shy = p.flag(v, "personal")
		case "formats":
			clock.formats = p.dateFormats(v)
		case "pivot":
			clock.pivot = p.year(v)
		case "zone":
			clock.zone = p.zone(v)
		case "to": // the end of an interval, read by whoever asks for a time
		}
	}, "value!", "codes", "others", "empty", "split", "type", "personal", "formats", "pivot", "zone", "to")
	p.pivoted(n.Line, clock.formats, clock.pivot)
	c.clock = &clock
}

func (p *layoutParser) template(n *yaml.Node, f *fileDef, what string) template {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		p.fail(n.Line, "write a word, or a column as <Column>", "%s must be text", what)
		return template{}
	}
	t, err := parseTemplate(n.Value, func(column string) int {
		if f == nil {
			p.fail(n.Line, "name the file with file:", "%s takes a column, and the rule has no file", what)
			return 0
		}
		return f.slot(column)
	})
	if err != nil {
		p.fail(n.Line, "write a column as <Column>, and << for the sign itself", "%s: %v", what, err)
	}
	return t
}

func (p *layoutParser) codesOf(n *yaml.Node) map[string]string {
	if n.Kind == yaml.ScalarNode {
		t, ok := p.tables[n.Value]
		if !ok {
			p.fail(n.Line, "add it under codes:", "there is no table of codes %q", cut(n.Value))
		}
		return t
	}
	return p.table(n)
}

func (p *layoutParser) othersOf(n *yaml.Node) Others {
	switch n.Value {
	case "refuse":
		return Refuse
	case "drop":
		return Drop
	case "keep":
		return Slug
	}
	p.fail(n.Line, "write refuse, drop or keep", "%q is no way to treat other codes", cut(n.Value))
	return Refuse
}

var cellTypes = map[string]cellType{"text": asText, "number": asNumber, "yes-no": asYesNo, "date": asDate, "time": asTime, "fact": asFact}

func (p *layoutParser) cellType(n *yaml.Node) cellType {
	t, ok := cellTypes[n.Value]
	if !ok {
		p.fail(n.Line, "write text, number, yes-no, date, time or fact", "%q is no type", cut(n.Value))
	}
	return t
}
