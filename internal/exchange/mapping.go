package exchange

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"candour/internal/day"
)

// Others says what becomes of an event whose activity the mapping does not name.
type Others uint8

// The three ways; Refuse is the default, because silence loses facts.
const (
	Refuse Others = iota
	Drop
	Slug
)

// Mapping says how a log's cases, events and attributes become ours. It is data
// of a pack (mappings/NAME.yaml) and holds no code.
type Mapping struct {
	Zone   *time.Location // of times that state no offset
	Body   string         // the body whose record the log is
	Source string         // the feed the facts come from

	CaseID   string // attribute of a trace that identifies the case
	CaseKind string
	Given    map[string]string // attribute of a trace: the register it gives

	Activity, Lifecycle, Time, By string            // attributes of an event; Lifecycle and By may be empty
	Fields                        map[string]string // attribute of an event: the field it gives
	Kinds                         map[string]string // "Activity" or "Activity+transition": kind
	Others                        Others

	// Now, when set, is the moment after which a timestamp is warned of.
	Now day.Instant
}

// largestMapping is the biggest mapping that is read.
const largestMapping = 1 << 20

// ParseMapping reads a mapping, refusing unknown keys, aliases and anything
// missing. name is what the errors call it; there may be several, one a line.
func ParseMapping(data []byte, name string) (*Mapping, error) {
	p := &mappingParser{name: name}
	if len(data) > largestMapping {
		return nil, p.fail(0, "keep to the activities of one log", "the mapping is larger than %d MB", largestMapping>>20)
	}
	root := p.document(data)
	if root == nil {
		return nil, errors.Join(p.errs...)
	}
	m := &Mapping{Zone: time.UTC, Given: map[string]string{}, Fields: map[string]string{}, Kinds: map[string]string{}}
	p.mapping(root, m)
	if len(p.errs) > 0 {
		return nil, errors.Join(p.errs...)
	}
	return m, nil
}

type mappingParser struct {
	name string
	errs []error
}

func (p *mappingParser) fail(line int, remedy, format string, args ...any) error {
	err := &Error{File: p.name, Line: line, What: fmt.Sprintf(format, args...), Remedy: remedy}
	p.errs = append(p.errs, err)
	return err
}

func (p *mappingParser) document(data []byte) *yaml.Node {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, more yaml.Node
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			p.fail(1, "write format:, case:, event: and kinds:", "the mapping is empty")
		} else {
			p.fail(yamlLine(err), "mend the syntax", "not YAML: %s", strings.TrimPrefix(err.Error(), "yaml: "))
		}
		return nil
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		p.fail(more.Line, "keep one mapping a file", "the file holds more than one document")
		return nil
	}
	if bad := alias(&doc); bad != nil {
		p.fail(bad.Line, "write the value out", "anchors and aliases are not allowed")
		return nil
	}
	if len(doc.Content) == 0 {
		p.fail(1, "write format:, case:, event: and kinds:", "the mapping is empty")
		return nil
	}
	return doc.Content[0]
}

func yamlLine(err error) int {
	_, rest, _ := strings.Cut(err.Error(), "line ")
	digits, _, _ := strings.Cut(rest, ":")
	n, _ := strconv.Atoi(digits)
	return n
}

func alias(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		return n
	}
	for _, c := range n.Content {
		if bad := alias(c); bad != nil {
			return bad
		}
	}
	return nil
}

// entries calls f for each key of a mapping in order; where allowed is given,
// other keys are refused, and those marked "!" are required.
func (p *mappingParser) entries(n *yaml.Node, what string, f func(key, value *yaml.Node), allowed ...string) {
	if n.Kind != yaml.MappingNode {
		p.fail(n.Line, "write `key: value` lines", "%s must be a mapping", what)
		return
	}
	known, seen := map[string]bool{}, map[string]bool{}
	var names []string
	for _, a := range allowed {
		known[strings.TrimSuffix(a, "!")] = true
		names = append(names, strings.TrimSuffix(a, "!"))
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		switch {
		case k.Kind != yaml.ScalarNode || k.Value == "":
			p.fail(k.Line, "write a word before the colon", "a key of %s is empty or not text", what)
		case seen[k.Value]:
			p.fail(k.Line, "keep one", "%s has the key %q twice", what, cut(k.Value))
		case len(allowed) > 0 && !known[k.Value]:
			p.fail(k.Line, "known keys: "+strings.Join(names, ", "), "%s has the unknown key %q", what, cut(k.Value))
		default:
			f(k, v)
		}
		seen[k.Value] = true
	}
	for _, a := range allowed {
		if key, required := strings.CutSuffix(a, "!"); required && !seen[key] {
			p.fail(n.Line, "add "+key+":", "%s has no %s", what, key)
		}
	}
}

func (p *mappingParser) text(n *yaml.Node, what string) string {
	if n.Kind != yaml.ScalarNode || strings.TrimSpace(n.Value) == "" || n.Tag == "!!null" {
		p.fail(n.Line, "write one word or name", "%s must be text", what)
		return ""
	}
	return n.Value
}

func (p *mappingParser) mapping(root *yaml.Node, m *Mapping) {
	var kinds *yaml.Node
	p.entries(root, "the mapping", func(k, v *yaml.Node) {
		switch k.Value {
		case "format":
			if p.text(v, "format") != "xes" {
				p.fail(v.Line, "write format: xes", "%q is not a format this reads", cut(v.Value))
			}
		case "zone":
			m.Zone = p.zone(v)
		case "body":
			m.Body = p.text(v, "body")
		case "source":
			m.Source = p.text(v, "source")
		case "case":
			p.caseOf(v, m)
		case "event":
			p.eventOf(v, m)
		case "kinds":
			kinds = v
			p.kinds(v, m)
		case "others":
			m.Others = p.others(v)
		}
	}, "format!", "zone!", "body!", "source", "case!", "event!", "kinds", "others")
	if kinds == nil && m.Others != Slug && root.Kind == yaml.MappingNode {
		p.fail(root.Line, "add kinds:, or others: slug", "no activity becomes a fact")
	}
}

func (p *mappingParser) zone(n *yaml.Node) *time.Location {
	name := p.text(n, "zone")
	loc, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		p.fail(n.Line, "write a name such as UTC or Europe/London", "unknown time zone %q", cut(name))
		return time.UTC
	}
	return loc
}

func (p *mappingParser) others(n *yaml.Node) Others {
	switch p.text(n, "others") {
	case "refuse":
		return Refuse
	case "drop":
		return Drop
	case "slug":
		return Slug
	}
	p.fail(n.Line, "write refuse, drop or slug", "%q is no way to treat other activities", cut(n.Value))
	return Refuse
}

func (p *mappingParser) caseOf(n *yaml.Node, m *Mapping) {
	p.entries(n, "case", func(k, v *yaml.Node) {
		switch k.Value {
		case "id":
			m.CaseID = p.text(v, "case id")
		case "kind":
			m.CaseKind = p.text(v, "case kind")
		case "given":
			p.attributes(v, "register", m.Given)
		}
	}, "id!", "kind!", "given")
}

func (p *mappingParser) eventOf(n *yaml.Node, m *Mapping) {
	p.entries(n, "event", func(k, v *yaml.Node) {
		switch k.Value {
		case "activity":
			m.Activity = p.text(v, "activity")
		case "lifecycle":
			m.Lifecycle = p.text(v, "lifecycle")
		case "time":
			m.Time = p.text(v, "time")
		case "by":
			m.By = p.text(v, "by")
		case "fields":
			p.attributes(v, "field", m.Fields)
		}
	}, "activity!", "lifecycle", "time!", "by", "fields")
}

var (
	fieldName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	kindName  = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*$`)
)

// attributes reads {name: {attribute: KEY}} the other way round, as the reader asks.
func (p *mappingParser) attributes(n *yaml.Node, what string, into map[string]string) {
	p.entries(n, what+"s", func(k, v *yaml.Node) {
		if !fieldName.MatchString(k.Value) {
			p.fail(k.Line, "write small letters, digits and _", "%q is not the name of a %s", cut(k.Value), what)
			return
		}
		p.entries(v, what+" "+k.Value, func(_, a *yaml.Node) {
			key := p.text(a, "attribute")
			if other, twice := into[key]; twice {
				p.fail(a.Line, "map each attribute once", "the attribute %q gives both %s and %s", cut(key), other, k.Value)
			}
			into[key] = k.Value
		}, "attribute!")
	})
}

func (p *mappingParser) kinds(n *yaml.Node, m *Mapping) {
	p.entries(n, "kinds", func(k, v *yaml.Node) {
		kind := p.text(v, "the kind of "+cut(k.Value))
		if kind != "" && !kindName.MatchString(kind) {
			p.fail(v.Line, "write small letters, digits, - . and _", "%q is not the id of a kind", cut(kind))
		}
		m.Kinds[k.Value] = kind
	})
}

// kind is the kind of fact an activity becomes: by its name and transition, then
// by its name alone, then as the mapping says of others. ok is false when the
// mapping has no answer; an empty kind means the event is dropped.
func (m *Mapping) kind(activity, transition string) (kind string, ok bool) {
	if transition != "" {
		if k, found := m.Kinds[activity+"+"+transition]; found {
			return k, true
		}
	}
	if k, found := m.Kinds[activity]; found {
		return k, true
	}
	switch m.Others {
	case Drop:
		return "", true
	case Slug:
		if transition != "" && transition != "complete" {
			activity += " " + transition
		}
		kind = slug(activity)
		return kind, kind != ""
	}
	return "", false
}

// slug writes a name as the id of a kind: small ASCII letters and digits, with
// one hyphen for everything between.
func slug(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			b.WriteRune(r)
		} else if b.Len() > 0 && !strings.HasSuffix(b.String(), "-") {
			b.WriteByte('-')
		}
	}
	return strings.TrimSuffix(b.String(), "-")
}

// cut shortens what an error quotes.
func cut(s string) string {
	r := []rune(s)
	if len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
