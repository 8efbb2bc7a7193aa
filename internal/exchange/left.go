package exchange

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Left is one fault of a row, for which the row was left out. It has the value
// that stood there, or, where that may be personal, only its shape.
type Left struct {
	File         string
	Line         int
	Column       string
	Value, Shape string
	Reason       string
	Remedy       string
}

// String says it in one line.
func (l Left) String() string {
	s := fmt.Sprintf("%s:%d: ", l.File, l.Line)
	if l.Column != "" {
		s += l.Column + ": "
	}
	switch {
	case l.Value != "":
		s += strconv.Quote(l.Value) + ": "
	case l.Shape != "":
		s += l.Shape + ": "
	}
	return s + l.Reason + "; " + l.Remedy
}

// mostLeft is how many faults are kept in words.
const mostLeft = 5000

// Leavings are what was left out: all counted, the first kept in words.
type Leavings struct {
	Kept   []Left // by file and line
	Faults int
	Rows   int // with at least one fault
}

// add notes a fault; first tells that the row had none so far.
func (l *Leavings) add(f Left, first bool) {
	l.Faults++
	if first {
		l.Rows++
	}
	if len(l.Kept) < mostLeft {
		l.Kept = append(l.Kept, f)
	}
}

func (l *Leavings) sort() {
	slices.SortStableFunc(l.Kept, func(a, b Left) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
}

// WriteCSV writes the faults kept, a row each, and a last row that says how many
// more there were.
func (l *Leavings) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"file", "line", "column", "value", "reason", "remedy"}}
	for _, f := range l.Kept {
		rows = append(rows, []string{f.File, strconv.Itoa(f.Line), f.Column, cmp.Or(f.Value, f.Shape), f.Reason, f.Remedy})
	}
	if more := l.Faults - len(l.Kept); more > 0 {
		rows = append(rows, []string{"", "", "", "", fmt.Sprintf("and %d more faults", more), "mend these and read the files again"})
	}
	return out.WriteAll(rows)
}

// shown is what a message may show of a value: itself, if it is short and no
// secret, or only its shape.
func shown(v string, personal bool) (value, form string) {
	switch {
	case v == "":
		return "", "empty"
	case personal || utf8.RuneCountInString(v) > 40 || strings.ContainsFunc(v, unicode.IsControl):
		return "", shape(v)
	}
	return v, ""
}

// quoted is the same as one text.
func quoted(v string, personal bool) string {
	value, form := shown(v, personal)
	if form != "" {
		return form
	}
	return strconv.Quote(value)
}

// shape says how a value looks without saying what it is.
func shape(value string) string {
	letters, digits, other := 0, 0, 0
	for _, r := range value {
		switch {
		case unicode.IsLetter(r):
			letters++
		case unicode.IsDigit(r):
			digits++
		default:
			other++
		}
	}
	s := plural(letters+digits+other, "character")
	switch {
	case letters > 0 && digits == 0 && other == 0:
		s += ", all letters"
	case digits > 0 && letters == 0 && other == 0:
		s += ", all digits"
	case digits == 0:
		s += ", without digits"
	}
	return s
}

// likeTime tells whether a value could be a number or a time and so is no name:
// digits, marks, and names of months.
func likeTime(value string) bool {
	if !strings.ContainsFunc(value, unicode.IsDigit) {
		return false
	}
	for _, w := range strings.FieldsFunc(strings.ToLower(value), func(r rune) bool { return !unicode.IsLetter(r) }) {
		known := len(w) <= 2 || w == "utc" || w == "gmt" || w == "bst"
		for _, m := range monthNames {
			known = known || w == m || w == m[:3]
		}
		if !known {
			return false
		}
	}
	return true
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
