package timeline

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Member is one key of a line with its value as JSON. What stands in `f` and in
// `given` comes as one member each, f.NAME and given.NAME: the name is all that
// follows the first dot, dots and nothing at all included. No other key has a dot.
type Member struct {
	Key   string
	Value []byte
}

// Line is one line of a timeline in settled form: the same bytes for the same
// content, however the file wrote it. Keys stand in one order, what is in `f` and `given` by
// name; moments are in one zone, numbers in their shortest form; what was not
// stated, or is empty, is left out. The order of lists is kept, since it may mean something.
type Line struct {
	// What is the line's first key: candour, body, unit, person, source, case, party,
	// fact or policy.
	What string
	// ID is what stands under that key: of a policy its name, which many may bear.
	// A header has none.
	ID string
	// Case is the case that the line is, or is of; else "".
	Case    string
	Members []Member // the first key among them
	Number  int      // where it was read, from 1; 0: nowhere
}

// Text is the line as one JSON object, without a line end: what Read and Feed read.
func (l Line) Text() []byte {
	out := append(make([]byte, 0, l.size()), '{')
	within := ""
	for i, m := range l.Members {
		prefix, name := split(m.Key)
		if prefix != within && within != "" {
			out = append(out, '}')
		}
		if i > 0 {
			out = append(out, ',')
		}
		if prefix != within && prefix != "" {
			out = append(appendWord(out, prefix), ':', '{')
		}
		within = prefix
		out = append(appendWord(out, name), ':')
		out = append(out, m.Value...)
	}
	if within != "" {
		out = append(out, '}')
	}
	return append(out, '}')
}

// size is about how long the text is.
func (l Line) size() int {
	n := 16
	for _, m := range l.Members {
		n += len(m.Key) + len(m.Value) + 4
	}
	return n
}

// split parts f.NAME and given.NAME; other keys have no prefix.
func split(key string) (prefix, name string) {
	if prefix, name, ok := strings.Cut(key, "."); ok {
		return prefix, name
	}
	return "", key
}

// NewLine makes a line from members that were kept, given in any order. It refuses
// what is not the form of a line: an unknown key or one given twice, a value that is
// not JSON on one line, a line without its first key. What the values say it
// does not judge, nor does it settle them: reading the line does the one, and members that Lines
// gave are settled.
func NewLine(what string, members []Member) (Line, error) {
	keys, ok := lineKeys[what]
	if !ok {
		return Line{}, fmt.Errorf("a line of %q: no line begins so", what)
	}
	l := Line{What: what, Members: slices.Clone(members)}
	for _, m := range l.Members {
		if err := formed(m, keys); err != nil {
			return Line{}, fmt.Errorf("a line of %s: %q: %w", what, m.Key, err)
		}
	}
	l.sort()
	if err := l.whole(); err != nil {
		return Line{}, fmt.Errorf("a line of %s: %w", what, err)
	}
	return l, nil
}

// formed judges a member by itself.
func formed(m Member, keys []string) error {
	prefix, _ := split(m.Key)
	switch {
	case m.Key == "f" || m.Key == "given":
		return errors.New("give what it holds one by one, as f.NAME or given.NAME")
	case prefix != "" && prefix != "f" && prefix != "given", !contains(keys, cmp.Or(prefix, m.Key)):
		return errors.New("unknown key; known keys: " + strings.Join(keys, ", "))
	case !json.Valid(m.Value) || bytes.ContainsAny(m.Value, "\r\n"):
		return errors.New("the value is not JSON on one line")
	}
	return nil
}

// whole judges members that stand in order, and finds what the line is called.
func (l *Line) whole() error {
	for i := 1; i < len(l.Members); i++ {
		if k := l.Members[i].Key; k == l.Members[i-1].Key {
			return fmt.Errorf("the key %q is given twice; keep one", k)
		}
	}
	if len(l.Members) == 0 || l.Members[0].Key != l.What {
		return fmt.Errorf("%q is missing; add it", l.What)
	}
	return l.name()
}

// name finds the line's id and case among its members.
func (l *Line) name() error {
	for _, m := range l.Members {
		var into *string
		switch m.Key {
		case l.What:
			into = &l.ID
		case "case":
			into = &l.Case
		default:
			continue
		}
		if json.Unmarshal(m.Value, into) != nil || m.Value[0] != '"' {
			return fmt.Errorf("%q is not text; write it in quotes", m.Key)
		}
	}
	switch l.What {
	case "candour":
		l.ID = ""
	case "case":
		l.Case = l.ID
	}
	return nil
}

// sort puts the members in settled order: keys as the format lists them, what is in
// `f` and `given` by name.
func (l *Line) sort() {
	keys := lineKeys[l.What]
	place := func(m Member) int {
		prefix, name := split(m.Key)
		return slices.Index(keys, cmp.Or(prefix, name))
	}
	slices.SortStableFunc(l.Members, func(a, b Member) int {
		return cmp.Or(cmp.Compare(place(a), place(b)), strings.Compare(a.Key, b.Key))
	})
}
