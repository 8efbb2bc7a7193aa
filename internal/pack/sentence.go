package pack

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

var sentenceKeys = []string{
	"id", "title", "guards", "source", "basis", "regime", "in_force", "examples", "owes", "tell", "severity", "when", "per",
	"repeat", "while", "must", "must_not", "may", "already", "claim", "unless", "clock", "within", "by", "gate", "window",
	"lost", "curable", "moved", "paused", "again", "raises", "closed", "checked", "discretion", "for", "forever", "versions", "text",
}

func (l *loader) standards(p *Pack) {
	seen := map[string]int{}
	for _, n := range l.lists("standards") {
		for i, v := range versions(n) {
			s := l.standard(p, v)
			if s == nil {
				continue
			}
			s.Version = i + 1
			if at, twice := seen[s.ID]; twice && i == 0 {
				n.problem("a changed rule is a new entry under `versions:`", "the standard %s is given twice (first at line %d)", s.ID, at)
			}
			seen[s.ID] = n.Line
			s.No = len(p.Standards)
			p.Standards = append(p.Standards, s)
		}
	}
	l.asks(p)
	l.cycles(p)
}

// versions spreads `versions:` into full sentences: each overrides the shared keys.
func versions(n node) []node {
	if n.Kind != yaml.MappingNode {
		return []node{n}
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value != "versions" || n.Content[i+1].Kind != yaml.SequenceNode {
			continue
		}
		shared := append(append([]*yaml.Node{}, n.Content[:i]...), n.Content[i+2:]...)
		var out []node
		for _, v := range n.Content[i+1].Content {
			whole := *n.Node
			whole.Line = v.Line
			whole.Content = append([]*yaml.Node{}, v.Content...)
			for j := 0; j+1 < len(shared); j += 2 {
				if !hasKey(v, shared[j].Value) {
					whole.Content = append(whole.Content, shared[j], shared[j+1])
				}
			}
			out = append(out, n.sub(&whole))
		}
		return out
	}
	return []node{n}
}

func hasKey(m *yaml.Node, key string) bool {
	for i := 0; i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value == key {
			return true
		}
	}
	return false
}

// sentence is a standard being read: its keys by name.
type sentence struct {
	*loader
	p    *Pack
	n    node
	s    *Standard
	keys map[string]node
	this []int // kinds of the triggers
}

func (l *loader) standard(p *Pack, n node) *Standard {
	q := &sentence{loader: l, p: p, n: n, keys: map[string]node{}, s: &Standard{File: n.file, Line: n.Line, Curable: true, Discretion: true}}
	for _, f := range n.fields(sentenceKeys...) {
		q.keys[f.name] = f.node
	}
	if k, ok := q.keys["id"]; ok {
		q.s.ID = k.text()
	} else {
		n.problem("add id: in-kebab-case", "a standard without id")
		return nil
	}
	q.about()
	q.when()
	q.what()
	q.due()
	q.changes()
	q.whole()
	return q.s
}

func (q *sentence) about() {
	s := q.s
	s.Basis = Basis{"law", "law"}
	for name, k := range q.keys {
		switch name {
		case "title":
			s.Title = k.english()
		case "text":
			s.Text = k.english()
		case "guards":
			s.Guards = k.texts()
		case "source":
			s.Source = k.text()
		case "basis":
			for _, f := range k.fields("duty", "time") {
				if v := f.text(); v != "law" && v != "policy" {
					f.problem("write law or policy", "%q is no basis", v)
				} else if f.name == "duty" {
					s.Basis.Duty = v
				} else {
					s.Basis.Time = v
				}
			}
		case "regime":
			s.Regimes = k.texts()
		case "examples":
			s.Examples = k.texts()
		case "tell":
			q.tell(k)
		case "checked":
			s.Checked = &Checked{Level: "reference"}
			for _, f := range k.fields("by", "on", "against", "level") {
				switch f.name {
				case "by":
					s.Checked.By = f.text()
				case "on":
					s.Checked.On = f.text()
				case "against":
					s.Checked.Against = f.text()
				case "level":
					s.Checked.Level = f.text()
					if !slices.Contains([]string{"reference", "text", "counsel"}, s.Checked.Level) {
						f.problem("write reference, text or counsel", "%q is no level of checking", f.Value)
					}
				}
			}
		case "discretion":
			s.Discretion = k.yes()
		case "for":
			if v := k.text(); isScope(v) {
				s.For = v
			} else if v != "case" {
				k.problem("write case, person, unit or body", "%q is nothing a standard can be for", v)
			}
		}
	}
}

func (q *sentence) tell(k node) {
	for _, it := range k.items() {
		if it.Kind == yaml.ScalarNode {
			q.s.Tell = append(q.s.Tell, Tell{Role: it.text()})
			continue
		}
		var t Tell
		for _, f := range it.fields("after", "who") {
			if f.name == "who" {
				t.Role = f.text()
			} else {
				d := f.duration()
				t.After = &d
			}
		}
		q.s.Tell = append(q.s.Tell, t)
	}
}
