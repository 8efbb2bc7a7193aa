package exchange

import (
	"errors"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

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
