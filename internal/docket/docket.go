// Package docket is what a record holds, as a timeline: the lines of a timeline become
// facts of the record, and facts become lines again, so that what is checked over the record
// is what is checked over a file.
//
// A line is one fact. Lines of a case (the case, its parties, its facts) are the chain of
// that case; a body, a unit, a person, a source and a policy have a chain each, on which a
// later line stands in the place of the earlier ones. A key of the line is a field, so that each
// can be shown or withheld apart. What the record says of itself (a bundle, an erasure, an
// alarm) stands on the same chains under kinds that begin with "record.", and is no line.
package docket

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"candour"
	"candour/internal/record"
	"candour/internal/timeline"
)

// The kinds of lines that are not facts.
const (
	own        = "record." // what kinds of the record itself begin with
	kindBody   = own + "body"
	kindUnit   = own + "unit"
	kindPerson = own + "person"
	kindSource = own + "source"
	kindPolicy = own + "policy"
	kindCase   = own + "case"
	kindParty  = own + "party"
)

// lineKinds are the kinds of lines by what they are.
var lineKinds = map[string]string{"body": kindBody, "unit": kindUnit, "person": kindPerson, "source": kindSource, "policy": kindPolicy, "case": kindCase, "party": kindParty}

// CaseChain is the chain of a case.
func CaseChain(id string) string { return Chain("case", id) }

// BodyChain is the chain of what a body says of its record: packs adopted, keys, restores.
func BodyChain(id string) string { return Chain("body", id) }

// ReadsChain is the chain on which the record of a body holds its log of reads. It has no lines.
func ReadsChain(body string) string { return Chain("reads", body) }

// hasLines tells whether lines of what stands around the cases are on a chain.
func hasLines(chain string) bool {
	what, _, _ := strings.Cut(chain, "/")
	return isWorld(what)
}

// Chain is the chain of a case, person, unit, body, source or policy.
func Chain(what, id string) string { return what + "/" + escape(id) }

// CaseOf is the reference of the case whose chain it is; ok is false of other chains.
func CaseOf(chain string) (id string, ok bool) {
	rest, ok := strings.CutPrefix(chain, "case/")
	if !ok {
		return "", false
	}
	id, err := unescape(rest)
	return id, err == nil
}

const plain = "-._~$&+=:@"

// escape writes bytes other than letters, digits and a few signs as %XX.
func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte(plain, c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func unescape(s string) (string, error) {
	var b []byte
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b = append(b, s[i])
			continue
		}
		var c byte
		if i+2 >= len(s) {
			return "", errors.New("a name ends within an escape")
		}
		if _, err := fmt.Sscanf(s[i+1:i+3], "%02X", &c); err != nil {
			return "", errors.New("a name has an escape that is none")
		}
		b = append(b, c)
		i += 2
	}
	return string(b), nil
}

// renamed are the keys of lines that would bear the name of a slot.
var renamed = map[string]string{"kind": "kind_of", "seq": "position"}

// Draft makes a line a fact to be sealed. The version counts the lines of a body, unit, person or
// source; it is 0 where a line stands once.
func Draft(l timeline.Line, version int) (record.Draft, error) {
	d := record.Draft{Key: l.What + ":" + l.ID}
	switch l.What {
	case "fact":
		d.Chain = CaseChain(l.Case)
	case "case":
		d.Chain, d.Kind = CaseChain(l.ID), kindCase
	case "party":
		d.Chain, d.Kind, d.Key = CaseChain(l.Case), kindParty, "party:"+escape(l.Case)+"/"+l.ID
	default:
		d.Chain, d.Kind = Chain(l.What, l.ID), lineKinds[l.What]
		if d.Kind == "" {
			return d, fmt.Errorf("line %d: a line of %s is not kept in a record", l.Number, l.What)
		}
		d.Key = fmt.Sprintf("%s#%d", d.Key, version)
	}
	for _, m := range l.Members {
		if err := put(&d, l.What, m); err != nil {
			return d, fmt.Errorf("line %d: %w", l.Number, err)
		}
	}
	if len(d.Chain) > candour.MaxName {
		return d, fmt.Errorf("line %d: the reference is longer than a record can keep; shorten it to 80 characters", l.Number)
	}
	return d, nil
}

// put puts a key of a line in its place: a slot or a field.
func put(d *record.Draft, what string, m timeline.Member) error {
	text := func() (s string, err error) { err = json.Unmarshal(m.Value, &s); return s, err }
	var err error
	switch {
	case m.Key == "case": // the chain says so
	case what == "fact" && m.Key == "kind":
		if d.Kind, err = text(); strings.HasPrefix(d.Kind, own) {
			return fmt.Errorf("kinds that begin with %q are the record's own; name it otherwise", own)
		}
		d.Kind = escape(d.Kind)
	case what == "fact" && m.Key == "at":
		d.Happened, err = text()
	case what == "fact" && m.Key == "recorded":
		d.Recorded, err = text()
	case m.Key == "by" && (what == "fact" || what == "policy"):
		d.By, err = text()
	default:
		name := m.Key
		if to, ok := renamed[name]; ok {
			name = to
		}
		d.Fields = append(d.Fields, record.Field{Name: fieldName(name), Value: m.Value})
	}
	return err
}

// fieldName keeps a name that is one word, and escapes another.
func fieldName(key string) string {
	prefix, rest, ok := strings.Cut(key, ".")
	if !ok {
		return key
	}
	return prefix + "." + escape(rest)
}

// IsLine tells whether a fact of the record is a line of a timeline.
func IsLine(f *record.Fact) bool {
	if f.Erased {
		return false
	}
	if !strings.HasPrefix(f.Kind, own) {
		return true
	}
	for _, k := range lineKinds {
		if f.Kind == k {
			return true
		}
	}
	return false
}

// What is what the line of a fact begins with: case, party, fact and so on.
func What(f *record.Fact) string {
	for w, k := range lineKinds {
		if f.Kind == k {
			return w
		}
	}
	return "fact"
}

// Line makes a fact of the record a line again. Not every fact is one: see IsLine.
func Line(f *record.Fact) (timeline.Line, error) {
	what := What(f)
	var members []timeline.Member
	word := func(key, value string) {
		if value != "" {
			b, _ := json.Marshal(value) // a string: it cannot fail
			members = append(members, timeline.Member{Key: key, Value: b})
		}
	}
	if id, ok := CaseOf(f.Chain); ok {
		word("case", id)
	}
	if what == "fact" {
		kind, err := unescape(f.Kind)
		if err != nil {
			return timeline.Line{}, fmt.Errorf("entry %d: %w", f.Index, err)
		}
		word("kind", kind)
		word("at", f.Happened)
		word("recorded", f.Recorded)
	}
	word("by", f.By)
	for _, field := range f.Fields {
		key, err := memberKey(field.Name)
		if err != nil {
			return timeline.Line{}, fmt.Errorf("entry %d: %w", f.Index, err)
		}
		members = append(members, timeline.Member{Key: key, Value: field.Value})
	}
	l, err := timeline.NewLine(what, members)
	if err != nil {
		return l, fmt.Errorf("entry %d: %w", f.Index, err)
	}
	return l, nil
}

func memberKey(name string) (string, error) {
	for key, to := range renamed {
		if name == to {
			return key, nil
		}
	}
	prefix, rest, ok := strings.Cut(name, ".")
	if !ok {
		return name, nil
	}
	rest, err := unescape(rest)
	return prefix + "." + rest, err
}

// needs are the names of lines of the same kind that must stand before it.
func needs(l timeline.Line) (ids []string) {
	for _, m := range l.Members {
		switch {
		case l.What == "unit" && m.Key == "parent":
			var s string
			_ = json.Unmarshal(m.Value, &s)
			ids = append(ids, s)
		case l.What == "person" && m.Key == "posts":
			var posts []struct {
				ReportsTo string `json:"reports_to"`
			}
			_ = json.Unmarshal(m.Value, &posts)
			for _, p := range posts {
				ids = append(ids, p.ReportsTo)
			}
		}
	}
	return ids
}

// order puts lines of one kind after those that they need, else as they came.
func order(lines []timeline.Line) []timeline.Line {
	byID := make(map[string]int, len(lines))
	for i, l := range lines {
		byID[l.ID] = i
	}
	var out []timeline.Line
	done := make([]bool, len(lines))
	var visit func(i int)
	visit = func(i int) {
		if done[i] {
			return
		}
		done[i] = true
		for _, id := range needs(lines[i]) {
			if j, ok := byID[id]; ok {
				visit(j)
			}
		}
		out = append(out, lines[i])
	}
	for i := range lines {
		visit(i)
	}
	return out
}

// worldOrder is the order of lines of the world in a timeline.
var worldOrder = []string{"body", "unit", "person", "source", "policy"}

func isWorld(what string) bool { return slices.Contains(worldOrder, what) }
