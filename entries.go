package candour

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Chain is the entries of one case in a bundle, without a gap, up to the one that tells of
// the making of the bundle (section 12).
type Chain struct {
	Name     string
	First    int64 // seq of the first entry
	Previous Hash  // leaf hash of the entry before the first; zero where First is 0
	Entries  []*Entry
}

// Entry is one entry of a bundle.
type Entry struct {
	Index    int64
	Envelope []byte
	Proof    []Hash
	Lines    []Line // the slots in their order, then the others by commitment; none where erased
	Erased   bool
	ErasedBy int64 // index of the entry that tells of the erasure
}

// Line is a field of an entry, disclosed or withheld.
type Line struct {
	Withheld bool
	// Of a disclosed field.
	Name  string
	Salt  Hash
	Value []byte
	// Of a withheld one.
	Commitment Hash
	Class      string // of what is withheld, one word
	Authority  string // on whose word and by which rule
}

// commitment is the field's, worked out or given.
func (l *Line) commitment() Hash {
	if l.Withheld {
		return l.Commitment
	}
	return Commit(l.Salt, l.Name, l.Value)
}

// Get gives the value of a disclosed field.
func (e *Entry) Get(name string) (value string, ok bool) {
	for i := range e.Lines {
		if l := &e.Lines[i]; !l.Withheld && l.Name == name {
			return string(l.Value), true
		}
	}
	return "", false
}

// slot gives the value of a slot, empty where it is withheld.
func (e *Entry) slot(i int) string {
	if i >= len(e.Lines) || e.Lines[i].Withheld {
		return ""
	}
	return string(e.Lines[i].Value)
}

// Sealed is when the entry was sealed, in nanoseconds since 1970 UTC; -1 of an envelope that is none.
func (e *Entry) Sealed() int64 {
	env, err := ParseEnvelope(e.Envelope)
	if err != nil {
		return -1
	}
	return env.Sealed
}

// entries is the part entries.txt.
type entries struct {
	chains  []*Chain
	excerpt []*Entry
}

const entriesFirst = "candour-entries/1"

func parseEntries(b []byte) (*entries, error) {
	l := newLines(b)
	l.exact(entriesFirst)
	es := &entries{}
	for l.more() && l.peek() == "chain" {
		es.chains = append(es.chains, chainLines(l))
	}
	if l.more() && l.peek() == "excerpt" {
		l.exact("excerpt")
		es.excerpt = entryLines(l)
	}
	if l.more() {
		l.fail("a line that is none of the format")
	}
	if err := es.check(); l.err == nil && err != nil {
		l.err = err
	}
	return es, l.err
}

// check holds the rules that go over several lines.
func (es *entries) check() error {
	chains, indexes := map[string]bool{}, map[int64]bool{}
	all := [][]*Entry{es.excerpt}
	for _, c := range es.chains {
		if chains[c.Name] {
			return errors.New("a chain occurs twice")
		}
		chains[c.Name] = true
		all = append(all, c.Entries)
	}
	if len(es.chains) == 0 {
		return errors.New("there is no chain")
	}
	for _, list := range all {
		for _, e := range list {
			if indexes[e.Index] {
				return fmt.Errorf("entry %d occurs twice", e.Index)
			}
			indexes[e.Index] = true
		}
	}
	for i, e := range es.excerpt {
		if e.Erased || i > 0 && es.excerpt[i-1].Index >= e.Index {
			return errors.New("an excerpt goes by ascending index and has no erased entries")
		}
	}
	return nil
}

func chainLines(l *lines) *Chain {
	words := l.words("chain", 3)
	c := &Chain{Name: words[0]}
	if !IsToken(c.Name) {
		l.fail("a chain's name is one word of visible ASCII")
	}
	n, err := decodeDecimal(words[1])
	c.First = must(l, n, err)
	if words[2] != "-" {
		h, err := decodeHash(words[2])
		c.Previous = must(l, h, err)
	}
	if (c.First == 0) != (words[2] == "-") {
		l.fail("a chain that begins above 0 names the leaf before")
	}
	c.Entries = entryLines(l)
	return c
}

func entryLines(l *lines) (out []*Entry) {
	for l.more() && l.peek() == "entry" {
		out = append(out, entryLine(l))
	}
	if len(out) == 0 {
		l.fail("no entry")
	}
	return out
}

func entryLine(l *lines) *Entry {
	n, err := decodeDecimal(l.words("entry", 1)[0])
	e := &Entry{Index: must(l, n, err)}
	b, err := decodeHex(l.words("envelope", 1)[0])
	e.Envelope = must(l, b, err)
	hs, err := decodeHashes(l.words("proof", 1)[0])
	e.Proof = must(l, hs, err)
	if l.more() && l.peek() == "erased" {
		n, err := decodeDecimal(l.words("erased", 1)[0])
		e.Erased, e.ErasedBy = true, must(l, n, err)
		return e
	}
	for l.more() && len(e.Lines) < MaxFields {
		switch l.peek() {
		case "field":
			e.Lines = append(e.Lines, fieldLine(l))
			continue
		case "withheld":
			e.Lines = append(e.Lines, withheldLine(l))
			continue
		}
		break
	}
	if len(e.Lines) < Slots {
		l.fail("an entry has at least %d fields, or is erased", Slots)
	}
	return e
}

func fieldLine(l *lines) Line {
	words := l.words("field", 3)
	salt, err := decodeHash(words[1])
	must(l, 0, err)
	var value []byte
	if words[2] != "-" {
		value, err = decode64(words[2])
		if must(l, 0, err); len(value) == 0 || len(value) > MaxValue {
			l.fail("a value of no bytes is written -, and none is longer than %d", MaxValue)
		}
	}
	if !IsToken(words[0]) {
		l.fail("a field's name is one word of visible ASCII")
	}
	return Line{Name: words[0], Salt: salt, Value: value}
}

func withheldLine(l *lines) Line {
	words := l.words("withheld", 3)
	c, err := decodeHash(words[0])
	must(l, 0, err)
	authority, err := decode64(words[2])
	must(l, 0, err)
	if !IsToken(words[1]) || !IsAuthority(string(authority)) {
		l.fail("what is withheld has a class of one word and an authority of one line")
	}
	return Line{Withheld: true, Commitment: c, Class: words[1], Authority: string(authority)}
}

// IsAuthority tells whether s can say by what right something is withheld: UTF-8 in one line, not empty, without
// control characters below 0x20, no byte order mark at its beginning (section 12).
func IsAuthority(s string) bool {
	_, err := utf8Text([]byte(s + "\n"))
	return err == nil && s != "" && !hasControl(s) && !strings.Contains(s, "\n")
}

// write writes the part as [parseEntries] reads it.
func (es *entries) write(w io.Writer) error {
	var b strings.Builder
	flush := func() error {
		_, err := io.WriteString(w, b.String())
		b.Reset()
		return err
	}
	b.WriteString(entriesFirst + "\n")
	for _, c := range es.chains {
		previous := "-"
		if c.First > 0 {
			previous = hex.EncodeToString(c.Previous[:])
		}
		fmt.Fprintf(&b, "chain %s %d %s\n", c.Name, c.First, previous)
		for _, e := range c.Entries {
			e.write(&b)
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if len(es.excerpt) > 0 {
		b.WriteString("excerpt\n")
	}
	for _, e := range es.excerpt {
		e.write(&b)
		if err := flush(); err != nil {
			return err
		}
	}
	return flush()
}

func (e *Entry) write(b *strings.Builder) {
	fmt.Fprintf(b, "entry %d\nenvelope %s\nproof %s\n", e.Index, hex.EncodeToString(e.Envelope), encodeHashes(e.Proof))
	if e.Erased {
		b.WriteString("erased " + strconv.FormatInt(e.ErasedBy, 10) + "\n")
	}
	for i := range e.Lines {
		l := &e.Lines[i]
		if l.Withheld {
			fmt.Fprintf(b, "withheld %s %s %s\n", hex.EncodeToString(l.Commitment[:]), l.Class, base64.StdEncoding.EncodeToString([]byte(l.Authority)))
			continue
		}
		value := "-"
		if len(l.Value) > 0 {
			value = base64.StdEncoding.EncodeToString(l.Value)
		}
		fmt.Fprintf(b, "field %s %s %s\n", l.Name, hex.EncodeToString(l.Salt[:]), value)
	}
}

// SortLines puts the lines after the slots in the order of their commitments.
func SortLines(lines []Line) {
	slices.SortFunc(lines[Slots:], func(a, b Line) int {
		x, y := a.commitment(), b.commitment()
		return bytes.Compare(x[:], y[:])
	})
}

// Withhold makes the line of a disclosed field one of a withheld field.
func (l *Line) Withhold(class, authority string) {
	*l = Line{Withheld: true, Commitment: l.commitment(), Class: class, Authority: authority}
}
