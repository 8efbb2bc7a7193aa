package exchange

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"candour/internal/fact"
	"candour/internal/pack"
)

// Format tells which format a mapping is for, and which pack it names, without
// judging it.
func Format(data []byte) (format, pack string) {
	var head struct {
		Format string `yaml:"format"`
		Pack   string `yaml:"pack"`
	}
	if len(data) > largestMapping || yaml.Unmarshal(data, &head) != nil {
		return "", ""
	}
	return head.Format, head.Pack
}

// ParseLayout reads the mapping of CSV files. Its kinds, fields, roles and
// registers are held against the pack, if one is given. name is what errors call
// it; there may be several, one a line.
func ParseLayout(data []byte, name string, pk *pack.Pack) (*Layout, error) {
	p := &layoutParser{mappingParser: mappingParser{name: name}}
	if len(data) > largestMapping {
		return nil, p.fail(0, "split it by file", "the mapping is larger than %d MB", largestMapping>>20)
	}
	root := p.document(data)
	if root == nil {
		return nil, errors.Join(p.errs...)
	}
	p.l = &Layout{Name: name, Zone: time.UTC, pack: pk}
	if p.undecided(root); len(p.errs) == 0 {
		p.layout(root)
	}
	if len(p.errs) > 0 {
		return nil, errors.Join(p.errs...)
	}
	return p.l, nil
}

// layoutParser reads a layout top down: what rules refer to is read before them.
type layoutParser struct {
	mappingParser
	l       *Layout
	tables  map[string]map[string]string
	yes, no []string
	empties []string
	formats []*dateFormat
	pivot   int
	either  bool
	caseID  *yaml.Node
}

func (p *layoutParser) layout(root *yaml.Node) {
	nodes := map[string]*yaml.Node{}
	p.entries(root, "the mapping", func(k, v *yaml.Node) { nodes[k.Value] = v },
		"format!", "zone!", "body!", "files!", "pack", "profile", "source", "words", "times", "empty", "codes",
		"bodies", "units", "persons", "sources", "case!", "parties", "facts!", "note")
	if len(p.errs) > 0 {
		return
	}
	if p.text(nodes["format"], "format") != "csv" {
		p.fail(nodes["format"].Line, "write format: csv", "%q is not the format of such a mapping", cut(nodes["format"].Value))
	}
	p.l.Zone, p.l.Body = p.zone(nodes["zone"]), p.text(nodes["body"], "body")
	p.l.Pack, p.l.Profile, p.l.source = p.optional(nodes["pack"], "pack"), p.optional(nodes["profile"], "profile"), p.optional(nodes["source"], "source")
	p.words(nodes["words"])
	p.times(nodes["times"])
	p.empties = p.list(nodes["empty"], "empty")
	p.codeTables(nodes["codes"])
	p.files(nodes["files"])
	if len(p.l.files) == 0 {
		return
	}
	for _, what := range []string{"bodies", "units", "persons", "sources"} {
		p.each(nodes[what], what, func(n *yaml.Node) { p.worldRule(what, n) })
	}
	p.each(nodes["case"], "case", p.caseRule)
	p.each(nodes["parties"], "parties", p.partyRule)
	p.each(nodes["facts"], "facts", p.factRule)
	p.useless()
}

// useless refuses files that nothing reads.
func (p *layoutParser) useless() {
	for _, f := range p.l.files {
		used := f.ruled()
		for _, g := range p.l.files {
			used = used || slices.ContainsFunc(g.joins, func(j *join) bool { return j.file == f })
		}
		if !used {
			p.fail(f.line, "add a rule with file: "+f.id+", or leave the file out", "no rule reads the file %q", f.id)
		}
	}
}

// undecided refuses what a proposal left to a person.
func (p *layoutParser) undecided(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode && n.Value == decide {
		p.fail(n.Line, "write what it is", "%s: nobody has decided this yet", decide)
	}
	for _, c := range n.Content {
		p.undecided(c)
	}
}

func (p *layoutParser) optional(n *yaml.Node, what string) string {
	if n == nil {
		return ""
	}
	return p.text(n, what)
}

// each calls f for every item of a list; one alone may stand without dash.
func (p *layoutParser) each(n *yaml.Node, what string, f func(*yaml.Node)) {
	switch {
	case n == nil:
	case n.Kind == yaml.SequenceNode:
		for _, c := range n.Content {
			f(c)
		}
	default:
		f(n)
	}
}

// list is a list of words; one alone may stand without brackets.
func (p *layoutParser) list(n *yaml.Node, what string) []string {
	var out []string
	p.each(n, what, func(c *yaml.Node) {
		if c.Kind != yaml.ScalarNode {
			p.fail(c.Line, "write a list of words", "%s must be a list of words", what)
			return
		}
		out = append(out, c.Value)
	})
	return out
}

func (p *layoutParser) words(n *yaml.Node) {
	p.yes, p.no = []string{"yes", "y", "true", "1"}, []string{"no", "n", "false", "0"}
	if n == nil {
		return
	}
	p.entries(n, "words", func(k, v *yaml.Node) {
		if k.Value == "yes" {
			p.yes = p.list(v, "yes")
		} else {
			p.no = p.list(v, "no")
		}
	}, "yes!", "no!")
	for _, w := range p.yes {
		if slices.Contains(p.no, w) {
			p.fail(n.Line, "keep it in one list", "%q means both yes and no", w)
		}
	}
}

func (p *layoutParser) times(n *yaml.Node) {
	p.pivot = -1
	p.formats = []*dateFormat{{words: "iso", iso: true}}
	if n == nil {
		return
	}
	p.entries(n, "times", func(k, v *yaml.Node) {
		switch k.Value {
		case "formats":
			p.formats = p.dateFormats(v)
		case "pivot":
			p.pivot = p.year(v)
		case "repeated_hour":
			if p.either = v.Value == "either"; !p.either && v.Value != "refuse" {
				p.fail(v.Line, "write refuse or either", "repeated_hour cannot be %q", cut(v.Value))
			}
		}
	}, "formats", "pivot", "repeated_hour")
	p.pivoted(n.Line, p.formats, p.pivot)
}

func (p *layoutParser) year(n *yaml.Node) int {
	y, err := strconv.Atoi(n.Value)
	if err != nil || y < 0 || y > 99 {
		p.fail(n.Line, "write two digits: years below it are of this century, the others of the last", "%q is no pivot", cut(n.Value))
		return 0
	}
	return y
}

func (p *layoutParser) dateFormats(n *yaml.Node) []*dateFormat {
	var out []*dateFormat
	for _, s := range p.list(n, "formats") {
		f, err := parseDateFormat(s)
		if err != nil {
			p.fail(n.Line, "write it as dd/mm/yyyy hh:mm", "%v", err)
			continue
		}
		for _, g := range out {
			if f.against(g) || f.words == g.words {
				p.fail(n.Line, "keep the one the file is written in", "%q and %q cannot be told apart", g.words, f.words)
			}
		}
		out = append(out, f)
	}
	if len(out) == 0 {
		p.fail(n.Line, "write formats: [dd/mm/yyyy hh:mm]", "there is no format")
	}
	return out
}

func (p *layoutParser) pivoted(line int, formats []*dateFormat, pivot int) {
	for _, f := range formats {
		if f.twoDigit && pivot < 0 {
			p.fail(line, "write pivot: 30 if 29 is 2029 and 30 is 1930", "the format %q has a year of two digits", f.words)
		}
	}
}

func (p *layoutParser) codeTables(n *yaml.Node) {
	p.tables = map[string]map[string]string{}
	if n == nil {
		return
	}
	p.entries(n, "codes", func(k, v *yaml.Node) { p.tables[k.Value] = p.table(v) })
}

// table is {code: word}; a word of nothing drops the code.
func (p *layoutParser) table(n *yaml.Node) map[string]string {
	t := map[string]string{}
	p.entries(n, "the table of codes", func(k, v *yaml.Node) {
		switch {
		case v.Tag == "!!null":
			t[k.Value] = ""
		case v.Kind != yaml.ScalarNode:
			p.fail(v.Line, "write code: word", "the code %q must become a word", cut(k.Value))
		default:
			t[k.Value] = v.Value
		}
	})
	return t
}

func (p *layoutParser) files(n *yaml.Node) {
	if n.Kind != yaml.SequenceNode {
		p.fail(n.Line, "write a list: - {id: crimes, name: \"crimes*.csv\"}", "files must be a list")
		return
	}
	for _, c := range n.Content {
		p.file(c)
	}
	i := 0
	for _, c := range n.Content {
		p.entries(c, "a file", func(k, v *yaml.Node) {
			if k.Value == "join" && i < len(p.l.files) {
				p.each(v, "join", func(j *yaml.Node) { p.join(p.l.files[i], j) })
			}
		})
		i++
	}
}

func (p *layoutParser) file(n *yaml.Node) {
	f := &fileDef{comma: ',', line: n.Line, empties: map[string]bool{}}
	empties := p.empties
	p.entries(n, "a file", func(k, v *yaml.Node) {
		switch k.Value {
		case "id":
			f.id = p.text(v, "id")
		case "name":
			f.patterns = p.patterns(v)
		case "encoding":
			f.enc = p.encoding(v)
		case "delimiter":
			f.comma = p.comma(v)
		case "columns":
			f.header = p.list(v, "columns")
		case "personal":
			f.shy = p.list(v, "personal")
		case "optional":
			f.optional = p.flag(v, "optional")
		case "others":
			f.drop = p.dropped(v)
		case "empty":
			empties = slices.Concat(empties, p.list(v, "empty"))
		}
	}, "id!", "name!", "encoding", "delimiter", "columns", "personal", "optional", "others", "empty", "join", "note")
	for _, w := range empties {
		f.empties[w] = true
	}
	if strings.ContainsAny(f.id, ".<> ") || f.id == "" || p.fileOf(f.id) != nil {
		p.fail(n.Line, "give each file a short id of its own, without dots and blanks", "the id %q cannot be used", cut(f.id))
	}
	p.l.files = append(p.l.files, f)
}

func (p *layoutParser) fileOf(id string) *fileDef {
	for _, f := range p.l.files {
		if f.id == id {
			return f
		}
	}
	return nil
}

func (p *layoutParser) patterns(n *yaml.Node) []string {
	names := p.list(n, "name")
	for _, s := range names {
		if _, err := path.Match(s, "x"); err != nil || s == "" || strings.ContainsAny(s, `/\`) {
			p.fail(n.Line, "write a file name, in which * stands for anything", "%q is no name of a file", cut(s))
		}
	}
	return names
}

func (p *layoutParser) encoding(n *yaml.Node) Encoding {
	switch p.text(n, "encoding") {
	case "utf-8":
		return UTF8
	case "windows-1252":
		return Windows1252
	case "auto":
		return Auto
	}
	p.fail(n.Line, "write utf-8, windows-1252 or auto", "%q is not an encoding this reads", cut(n.Value))
	return UTF8
}

func (p *layoutParser) comma(n *yaml.Node) rune {
	s := n.Value
	if s == "tab" {
		return '\t'
	}
	if r := []rune(s); len(r) == 1 && r[0] != '"' && r[0] != '\n' && r[0] != '\r' && r[0] != 0xfffd {
		return r[0]
	}
	p.fail(n.Line, `write "," or ";" or "|" or tab`, "%q is no delimiter", cut(s))
	return ','
}

func (p *layoutParser) flag(n *yaml.Node, what string) bool {
	switch strings.ToLower(n.Value) {
	case "yes", "true":
		return true
	case "no", "false":
		return false
	}
	p.fail(n.Line, "write yes or no", "%s must be yes or no", what)
	return false
}

func (p *layoutParser) dropped(n *yaml.Node) bool {
	if o := n.Value; o != "drop" && o != "refuse" {
		p.fail(n.Line, "write refuse or drop", "others cannot be %q", cut(o))
	}
	return n.Value == "drop"
}

func (p *layoutParser) join(f *fileDef, n *yaml.Node) {
	j := &join{line: n.Line}
	var on *yaml.Node
	p.entries(n, "join", func(k, v *yaml.Node) {
		switch k.Value {
		case "file":
			if j.id, j.file = v.Value, p.fileOf(v.Value); j.file == nil || j.file == f {
				p.fail(v.Line, "name another of the files", "%q is not the id of another file", cut(v.Value))
				j.file = f
			}
		case "as":
			j.id = p.text(v, "as")
		case "on":
			on = v
		case "key":
			j.key = p.text(v, "key")
		case "missing":
			if j.lenient = v.Value == "empty"; !j.lenient && v.Value != "refuse" {
				p.fail(v.Line, "write refuse or empty", "missing cannot be %q", cut(v.Value))
			}
		}
	}, "file!", "on!", "key!", "as", "missing")
	if on == nil || j.file == nil {
		return
	}
	j.on = *p.cell(on, f, asText, "on")
	j.file.slot(j.key) // so that its header is held against it
	f.joins = append(f.joins, j)
}

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

func (p *layoutParser) worldRule(what string, n *yaml.Node) {
	u := worldRule{what: what}
	keys := map[string][]string{
		"bodies": {"id!", "kind!", "channel"}, "units": {"id!", "body", "parent"}, "persons": {"id!", "body", "post"},
		"sources": {"id!", "of", "at", "complete_to", "silent_after", "grace"},
	}[what]
	f, r := p.ruleKeys(n, what, true, keys, func(f *fileDef, k, v *yaml.Node) { p.worldKey(&u, f, k, v) })
	if u.rule = r; u.id == nil {
		return
	}
	if f == nil {
		p.l.fixed = append(p.l.fixed, u)
		return
	}
	f.world = append(f.world, u)
}

func (p *layoutParser) worldKey(u *worldRule, f *fileDef, k, v *yaml.Node) {
	switch k.Value {
	case "post":
		u.hasPost = true
		p.entries(v, "post", func(k, v *yaml.Node) { p.worldCell(u, f, "post "+k.Value, v) }, "role", "rank", "unit", "reports_to", "from", "to")
	case "channel":
		p.entries(v, "channel", func(k, v *yaml.Node) { p.worldCell(u, f, "channel "+k.Value, v) }, "from!", "to", "how")
	default:
		p.worldCell(u, f, k.Value, v)
	}
}

func (p *layoutParser) worldCell(u *worldRule, f *fileDef, key string, v *yaml.Node) {
	at := map[string]**cell{"id": &u.id, "body": &u.body, "of": &u.body, "kind": &u.kind, "parent": &u.parent,
		"post role": &u.role, "post rank": &u.rank, "post unit": &u.unit, "post reports_to": &u.chief, "silent_after": &u.silent, "grace": &u.grace,
		"channel how": &u.channel}
	times := map[string]**cell{"post from": &u.from, "post to": &u.to, "channel from": &u.channelFrom, "channel to": &u.channelTo,
		"at": &u.at, "complete_to": &u.completeTo}
	if c, ok := times[key]; ok {
		*c = p.cell(v, f, asTime, key)
		return
	}
	c := at[key]
	*c = p.cell(v, f, asText, key)
	if key == "post rank" && p.l.pack != nil && len(p.l.pack.Ranks) > 0 {
		for _, rank := range (*c).outcomes() {
			_, ok := p.l.pack.Ranks[rank]
			p.known((*c).line, !ok, "rank", rank)
		}
	}
}
