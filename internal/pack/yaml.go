package pack

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"sort"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"candour/internal/day"
)

// Problem is one complaint about a pack.
type Problem struct {
	File   string
	Line   int
	What   string
	Remedy string
}

func (p Problem) Error() string {
	s := p.File
	if p.Line > 0 {
		s += ":" + strconv.Itoa(p.Line)
	}
	s += ": " + p.What
	if p.Remedy != "" {
		s += "; " + p.Remedy
	}
	return s
}

// Problems are all complaints about a pack, in the order of files and lines.
type Problems []Problem

func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// largest is the biggest file a pack may hold.
const largest = 4 << 20

// node is a YAML value that knows its file.
type node struct {
	*yaml.Node
	file string
	l    *loader
}

func (n node) problem(remedy, format string, args ...any) {
	n.l.problems = append(n.l.problems, Problem{n.file, n.Line, fmt.Sprintf(format, args...), remedy})
}

// advise notes what `pack check` refuses, but the engine can run with.
func (n node) advise(remedy, format string, args ...any) {
	n.l.advice = append(n.l.advice, Problem{n.file, n.Line, fmt.Sprintf(format, args...), remedy})
}

func (n node) sub(y *yaml.Node) node { return node{y, n.file, n.l} }

// field is one key of a mapping.
type field struct {
	name string
	key  node
	node
}

// fields lists a mapping's entries, refusing repeats, aliases and, when allowed
// is given, keys not in it.
func (n node) fields(allowed ...string) []field {
	if n.Kind != yaml.MappingNode {
		n.problem("write `name: value` lines", "a mapping is needed here, not %q", n.short())
		return nil
	}
	ok := map[string]bool{}
	for _, a := range allowed {
		ok[a] = true
	}
	seen := map[string]bool{}
	var out []field
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.sub(n.Content[i]), n.sub(n.Content[i+1])
		switch {
		case seen[k.Value]:
			k.problem("keep one", "the key %q is given twice", k.Value)
			continue
		case len(allowed) > 0 && !ok[k.Value]:
			k.problem("known keys: "+strings.Join(allowed, ", "), "unknown key %q", k.Value)
			continue
		}
		seen[k.Value] = true
		out = append(out, field{k.Value, k, v})
	}
	return out
}

func (n node) short() string {
	s := n.Value
	if s == "" {
		s = map[yaml.Kind]string{yaml.SequenceNode: "a list", yaml.MappingNode: "a mapping"}[n.Kind]
	}
	if len(s) > 60 {
		s = s[:60] + "…"
	}
	return s
}

// items lists a sequence, or the one value standing alone.
func (n node) items() []node {
	if n.Kind != yaml.SequenceNode {
		return []node{n}
	}
	out := make([]node, len(n.Content))
	for i, c := range n.Content {
		out[i] = n.sub(c)
	}
	return out
}

func (n node) text() string {
	if n.Kind != yaml.ScalarNode {
		n.problem("write one word or sentence", "text is needed here, not %q", n.short())
		return ""
	}
	return n.Value
}

func (n node) texts() []string {
	var out []string
	for _, it := range n.items() {
		out = append(out, it.text())
	}
	return out
}

func (n node) yes() bool {
	switch strings.ToLower(n.text()) {
	case "yes", "true":
		return true
	case "no", "false":
		return false
	}
	n.problem("write yes or no", "%q is neither yes nor no", n.Value)
	return false
}

func (n node) english() string {
	if n.Kind == yaml.ScalarNode {
		return n.Value
	}
	for _, f := range n.fields() {
		if f.name == "en" {
			return f.text()
		}
	}
	n.problem("add `en: ...`", "no English text")
	return ""
}

func (n node) duration() day.Duration {
	d, err := day.ParseDuration(n.text())
	if err != nil {
		n.problem("", "%v", err)
	}
	return d
}

func (n node) date() day.Date {
	d, err := day.ParseDate(n.text())
	if err != nil {
		n.problem("write a date as 2013-12-10", "%v", err)
	}
	return d
}

func (n node) number() float64 {
	f, err := strconv.ParseFloat(n.text(), 64)
	if err != nil {
		n.problem("write a number", "%q is not a number", n.Value)
	}
	return f
}

type loader struct {
	fsys     fs.FS
	problems Problems
	advice   Problems
}

// roots reads every document of a file; aliases are refused, so that a small
// file cannot become a large one.
func (l *loader) roots(name string) []node {
	f, err := l.fsys.Open(name)
	if err != nil {
		l.problems = append(l.problems, Problem{File: name, What: err.Error()})
		return nil
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, largest+1))
	if err == nil && len(data) > largest {
		err = fmt.Errorf("the file is larger than %d MB", largest>>20)
	}
	if err != nil {
		l.problems = append(l.problems, Problem{File: name, What: err.Error(), Remedy: "split it"})
		return nil
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var out []node
	for {
		var doc yaml.Node
		err := dec.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			l.problems = append(l.problems, Problem{name, yamlLine(err), "not YAML: " + err.Error(), "mend the syntax"})
			return out
		}
		if bad := alias(&doc); bad != nil {
			l.problems = append(l.problems, Problem{name, bad.Line, "anchors and aliases are not allowed", "write the value out"})
			return out
		}
		if len(doc.Content) > 0 {
			out = append(out, node{doc.Content[0], name, l})
		}
	}
}

func yamlLine(err error) int {
	_, rest, ok := strings.Cut(err.Error(), "line ")
	if !ok {
		return 0
	}
	digits, _, _ := strings.Cut(rest, ":")
	n, _ := strconv.Atoi(digits)
	return n
}

func alias(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n
	}
	for _, c := range n.Content {
		if bad := alias(c); bad != nil {
			return bad
		}
	}
	return nil
}

// lists reads every item of the files of a folder (NAME/*.yaml) and of NAME.yaml.
func (l *loader) lists(name string) []node {
	files, _ := fs.Glob(l.fsys, name+"/*.yaml")
	more, _ := fs.Glob(l.fsys, name+"/*.yml")
	files = append(files, more...)
	sort.Strings(files)
	if _, err := fs.Stat(l.fsys, name+".yaml"); err == nil {
		files = append(files, name+".yaml")
	}
	var out []node
	for _, f := range files {
		for _, root := range l.roots(path.Clean(f)) {
			out = append(out, root.items()...)
		}
	}
	return out
}
