package exchange

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"candour/internal/day"
	"candour/internal/fact"
)

// flaw is why a value of a row cannot be used.
type flaw struct {
	column         string
	value, shape   string
	reason, remedy string
}

// template is a text in which columns stand in angle brackets: `<Crime>/<Event>`.
type template struct {
	parts []part
	slots []int // of the columns, in order
}

// part is a text as it stands, or a column.
type part struct {
	text string
	slot int // -1: the text
}

// errTemplate is why a text with columns cannot be read.
var errTemplate = errors.New("a < without its >")

// parseTemplate takes a text apart; slot gives the place of a column.
func parseTemplate(s string, slot func(column string) int) (template, error) {
	var t template
	literal := ""
	for s != "" {
		before, rest, found := strings.Cut(s, "<")
		literal += before
		if !found {
			break
		}
		if strings.HasPrefix(rest, "<") {
			literal, s = literal+"<", rest[1:]
			continue
		}
		column, after, closed := strings.Cut(rest, ">")
		if !closed || strings.TrimSpace(column) == "" {
			return t, errTemplate
		}
		if literal != "" {
			t.parts = append(t.parts, part{literal, -1})
			literal = ""
		}
		n := slot(strings.TrimSpace(column))
		t.parts = append(t.parts, part{"", n})
		t.slots = append(t.slots, n)
		s = after
	}
	if literal != "" {
		t.parts = append(t.parts, part{literal, -1})
	}
	return t, nil
}

// constant is the text where no column stands in it.
func (t *template) constant() (string, bool) {
	if len(t.slots) > 0 {
		return "", false
	}
	if len(t.parts) == 0 {
		return "", true
	}
	return t.parts[0].text, true
}

// fill puts the row's values in; "" where all its columns are empty.
func (t *template) fill(r *row) string {
	if len(t.parts) == 1 {
		if p := t.parts[0]; p.slot < 0 {
			return p.text
		}
		return r.vals[t.slots[0]]
	}
	if t.empty(r) == len(t.slots) && len(t.slots) > 0 {
		return ""
	}
	var b strings.Builder
	for _, p := range t.parts {
		if p.slot < 0 {
			b.WriteString(p.text)
		} else {
			b.WriteString(r.vals[p.slot])
		}
	}
	return strings.TrimSpace(b.String())
}

// empty counts the columns without a value.
func (t *template) empty(r *row) int {
	n := 0
	for _, s := range t.slots {
		if r.vals[s] == "" {
			n++
		}
	}
	return n
}

// kinds of value a cell makes.
type cellType uint8

const (
	asText cellType = iota
	asNumber
	asYesNo
	asDate
	asTime
	asFact // the key of another fact of the case
)

// cell says how a value is made of a row.
type cell struct {
	line   int // of the mapping
	from   template
	codes  map[string]string
	others Others // of codes; Slug: as it stands
	empty  string // stands where the columns are empty
	split  string // between the values of a list; "": one value
	kind   cellType
	clock  *clock
	yes    []string
	no     []string
	values []string // the only ones allowed, if any
	// shy: the value is personal, whatever its columns are.
	shy bool
}

// text is the value as a text; dropped tells that the mapping leaves its code out.
func (c *cell) text(r *row) (s string, dropped bool, f *flaw) {
	if c == nil {
		return "", false, nil
	}
	s = c.from.fill(r)
	if s == "" {
		return c.empty, false, nil
	}
	return c.code(r, s)
}

// void tells that the cell has no value, without saying why.
func (c *cell) void(r *row) bool {
	return c.empty == "" && len(c.from.slots) > 0 && c.from.empty(r) == len(c.from.slots)
}

func (c *cell) code(r *row, s string) (string, bool, *flaw) {
	if c.codes == nil {
		return s, false, nil
	}
	if word, ok := c.codes[s]; ok {
		return word, word == "", nil
	}
	switch c.others {
	case Drop:
		return "", true, nil
	case Slug:
		return s, false, nil
	}
	return "", false, c.flaw(r, s, "the mapping has no such code", "add it to the codes, or write others: drop there")
}

// name is the text where it names something: with a column missing it names nothing.
func (c *cell) name(r *row) (string, bool, *flaw) {
	if c == nil {
		return "", false, nil
	}
	if n := c.from.empty(r); n > 0 && n < len(c.from.slots) {
		f := c.flaw(r, "", "a part of the name is missing", "fill in the column, or name another in the mapping")
		for _, s := range c.from.slots {
			if r.vals[s] == "" {
				f.column = r.def.slots[s]
				break
			}
		}
		return "", false, f
	}
	s, dropped, f := c.text(r)
	if f == nil && len(s) > longestID {
		f = c.flaw(r, s, fmt.Sprintf("a name longer than %d bytes", longestID), "see whether the columns are shifted")
	}
	return s, dropped, f
}

// names are several, where the cell splits, each by its code. Nothing empty is among them.
func (c *cell) names(r *row) ([]string, *flaw) {
	if c == nil {
		return nil, nil
	}
	if c.split == "" {
		s, _, f := c.name(r)
		if s == "" || f != nil {
			return nil, f
		}
		return []string{s}, nil
	}
	var out []string
	for _, s := range strings.Split(c.from.fill(r), c.split) {
		if s = strings.TrimSpace(s); s == "" {
			continue
		}
		word, _, f := c.code(r, s)
		if f != nil {
			return nil, f
		}
		if word != "" {
			out = append(out, word)
		}
	}
	return out, nil
}

// flaw says what is wrong with the value s of the cell.
func (c *cell) flaw(r *row, s, reason, remedy string) *flaw {
	f := &flaw{reason: reason, remedy: remedy}
	shy := c.shy
	for i, n := range c.from.slots {
		if i > 0 {
			f.column += " "
		}
		f.column += r.def.slots[n]
		shy = shy || r.def.personal[n]
	}
	switch {
	case c.kind == asNumber || c.kind == asDate || c.kind == asTime:
		shy = shy || !likeTime(s)
	case len(r.def.shy) > 0:
		// The row may be shifted by as many columns as it lost, and this be a name.
		shy = shy || r.doubtful() || c.codes == nil && !strings.ContainsFunc(s, unicode.IsDigit)
	}
	f.value, f.shape = shown(s, shy)
	return f
}

// value is the cell's value with its type; Absent where there is none.
func (c *cell) value(r *row) (fact.Value, *flaw) {
	if c.split != "" {
		return c.list(r)
	}
	s, _, f := c.text(r)
	if s == "" || f != nil {
		return fact.Value{}, f
	}
	return c.typed(r, s)
}

func (c *cell) list(r *row) (fact.Value, *flaw) {
	items, f := c.names(r)
	if len(items) == 0 || f != nil {
		return fact.Value{}, f
	}
	out := fact.Value{Kind: fact.List}
	for _, s := range items {
		v, f := c.typed(r, s)
		if f != nil {
			return fact.Value{}, f
		}
		out.List = append(out.List, v)
	}
	return out, nil
}

func (c *cell) typed(r *row, s string) (fact.Value, *flaw) {
	switch c.kind {
	case asNumber:
		return c.number(r, s)
	case asYesNo:
		return c.yesNo(r, s)
	case asDate, asTime:
		m, f := c.moment(r, s)
		if f != nil {
			return fact.Value{}, f
		}
		if c.kind == asDate {
			return fact.Value{Kind: fact.Text, Text: m.Lo.Time(c.clock.zone).Format(time.DateOnly)}, nil
		}
		return fact.Value{Kind: fact.Text, Text: day.FormatMoment(m, c.clock.zone)}, nil
	}
	if len(c.values) > 0 && !slices.Contains(c.values, s) {
		return fact.Value{}, c.flaw(r, s, "the pack knows no such value: it has "+strings.Join(c.values, ", "), "give the codes of this column in the mapping")
	}
	return fact.Value{Kind: fact.Text, Text: s}, nil
}

// number reads digits with a point. A whole number that would not be kept to its
// last figure is refused, since it is a reference and no quantity.
func (c *cell) number(r *row, s string) (fact.Value, *flaw) {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || strings.ContainsAny(s, "xXpP_nN") || math.IsInf(n, 0) {
		return fact.Value{}, c.flaw(r, s, "not a number", "write it in digits with a point and nothing else")
	}
	if !strings.ContainsAny(s, ".eE") && math.Abs(n) > 1<<53 {
		return fact.Value{}, c.flaw(r, s, "a whole number too long to be kept exactly", "map it as text")
	}
	return fact.Value{Kind: fact.Number, Num: n}, nil
}

func (c *cell) yesNo(r *row, s string) (fact.Value, *flaw) {
	for i, words := range [][]string{c.yes, c.no} {
		for _, w := range words {
			if strings.EqualFold(w, s) {
				return fact.Value{Kind: fact.Bool, Bool: i == 0}, nil
			}
		}
	}
	return fact.Value{}, c.flaw(r, s, "neither yes nor no", "the mapping knows "+strings.Join(slices.Concat(c.yes, c.no), ", ")+"; add the word to words: in the mapping, or mend the row")
}

// moment reads s as a time, or says why not.
func (c *cell) moment(r *row, s string) (day.Moment, *flaw) {
	m, err := c.clock.read(s)
	if err == nil {
		return m, nil
	}
	remedy := "mend it"
	switch err {
	case errShort:
		remedy = "write all four digits; or add a format with yy to the mapping, and pivot:"
	case errForm:
		remedy = "the mapping knows " + c.clock.words() + "; mend the row, or add its format"
	case errSwapped:
		remedy = "see whether the format in the mapping has day and month in their order"
	case errTwice:
		remedy = "give the time with its offset; or write repeated_hour: either in the mapping, which leaves open which of the two it was"
	}
	return m, c.flaw(r, s, err.Error(), remedy)
}

func (c *clock) words() string {
	var words []string
	for _, f := range c.formats {
		words = append(words, f.words)
	}
	return strings.Join(words, ", ")
}

// at is the cell's value as a time; ok is false where there is none.
func (c *cell) at(r *row) (m day.Moment, ok bool, f *flaw) {
	s, _, f := c.text(r)
	if s == "" || f != nil {
		return m, false, f
	}
	m, f = c.moment(r, s)
	return m, f == nil, f
}
