package northmere

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"candour/internal/day"
	"candour/internal/fact"
)

// layout is how a records system writes its entries down.
type layout struct {
	cal     calendar
	lead    []string // columns before the fields
	crlf    bool
	yes, no string
	code    func(kind string) string
	upper   bool                                     // columns in capitals
	date    func(d day.Date) string                  // of a field
	stamp   func(c calendar, t day.Instant) []string // a moment, in one column or two
	before  func(c *fact.Case) []string              // what stands of the case on every entry, after its reference
}

// sheet is one file: a header and rows.
type sheet struct {
	file   string
	header []string
	rows   []row
}

// row is one line of a file, and which case and fact it is of.
type row struct {
	cells      []string
	caseID, of string
}

// header names the columns.
func (l *layout) header(fields []string) []string {
	out := append([]string{}, l.lead...)
	for _, f := range fields {
		if l.upper {
			f = strings.ToUpper(f)
		}
		out = append(out, f)
	}
	return out
}

// entry is a fact as a row.
func (l *layout) entry(c *fact.Case, f *fact.Fact, fields []string) row {
	cells := append([]string{f.ID, c.ID}, l.before(c)...)
	cells = append(cells, l.code(f.Kind))
	cells = append(cells, l.stamp(l.cal, f.At.Lo)...)
	cells = append(cells, l.stamp(l.cal, f.Recorded)...)
	cells = append(cells, strings.Join(f.About, ";"), f.By)
	cells = append(cells, l.signature(f)...)
	cells = append(cells, l.document(f)...)
	cells = append(cells, l.channel(f)...)
	for _, name := range fields {
		cells = append(cells, l.value(f.Get(name)))
	}
	return row{cells, c.ID, f.ID}
}

func (l *layout) none() []string { return make([]string, len(l.stamp(l.cal, 0))) }

func (l *layout) signature(f *fact.Fact) []string {
	if len(f.Signed) == 0 {
		return append([]string{""}, l.none()...)
	}
	return append([]string{f.Signed[0].By}, l.stamp(l.cal, f.Signed[0].At)...)
}

func (l *layout) document(f *fact.Fact) []string {
	if len(f.Docs) == 0 {
		return []string{"", ""}
	}
	return []string{f.Docs[0].Type, f.Docs[0].Name}
}

// channel is the outside body, or the person who answered, how, the reference,
// and since when a person's channel was known.
func (l *layout) channel(f *fact.Fact) []string {
	v := f.Via
	if v == nil {
		return append([]string{"", "", "", ""}, l.none()...)
	}
	known := l.none()
	if !v.ChannelRecorded.IsZero() {
		known = l.stamp(l.cal, v.ChannelRecorded.Lo)
	}
	return append([]string{v.Body, v.Person, v.How, v.Ref}, known...)
}

func (l *layout) value(v fact.Value) string {
	switch v.Kind {
	case fact.Bool:
		if v.Bool {
			return l.yes
		}
		return l.no
	case fact.Number:
		return strconv.FormatFloat(v.Num, 'f', -1, 64)
	case fact.List:
		var items []string
		for _, it := range v.List {
			items = append(items, it.Text)
		}
		return strings.Join(items, ";")
	}
	return l.moment(v.Text)
}

// moment writes a text that is a whole date, or a date and time, as the system
// writes such; a month or a span of days stays as it is.
func (l *layout) moment(s string) string {
	if len(s) == len("2012-06-18") {
		if d, err := day.ParseDate(s); err == nil {
			return l.date(d)
		}
	}
	if len(s) == len("2012-06-18 10:20") {
		if t, err := day.ParseInstant(s, l.cal.Zone()); err == nil {
			return strings.Join(l.stamp(l.cal, t), " ")
		}
	}
	return s
}

// write puts the sheets in a folder.
func (l *layout) write(dir string, sheets []*sheet) error {
	for _, s := range sheets {
		if err := l.file(filepath.Join(dir, s.file), s); err != nil {
			return fmt.Errorf("write %s: %w", s.file, err)
		}
	}
	return nil
}

func (l *layout) file(path string, s *sheet) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := csv.NewWriter(f)
	w.UseCRLF = l.crlf
	w.Write(s.header)
	for _, r := range s.rows {
		w.Write(r.cells)
	}
	w.Flush()
	if err := w.Error(); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// given is what stood before the first fact, by name.
func given(c *fact.Case, name string) string {
	for _, g := range c.Given {
		if g.Name == name {
			return g.Value.Text
		}
	}
	return ""
}

// partyRows are the people and things of the cases.
func (l *layout) partyRows(cases []*fact.Case) []row {
	var rows []row
	for _, c := range cases {
		for _, p := range c.Parties {
			r := row{[]string{c.ID, p.ID, p.Role, "", ""}, c.ID, p.ID}
			for _, g := range p.Given {
				switch g.Name {
				case "age":
					r.cells[3] = l.value(g.Value)
				case "vulnerable":
					r.cells[4] = l.value(g.Value)
				}
			}
			rows = append(rows, r)
		}
	}
	return rows
}

// postRows are the posts of the staff, one a row.
func (l *layout) postRows(w *fact.World) []row {
	day := func(t day.Instant) string {
		if t == forever {
			return ""
		}
		return l.date(l.cal.DateOf(t))
	}
	var rows []row
	for _, id := range sortedKeys(w.Persons) {
		for _, p := range w.Persons[id].Posts {
			rows = append(rows, row{cells: []string{id, p.Role, p.Rank, p.Unit, p.ReportsTo, day(p.From), day(p.To)}})
		}
	}
	return rows
}

// bodyRows are the outside bodies and Northmere's own units, which a channel or a
// post may name.
func (l *layout) bodyRows(w *fact.World) []row {
	var rows []row
	for _, id := range sortedKeys(w.Bodies) {
		b, since := w.Bodies[id], ""
		if len(b.Channels) > 0 {
			since = l.date(l.cal.DateOf(b.Channels[0].From))
		}
		rows = append(rows, row{cells: []string{id, "body", b.Kind, "", since}})
	}
	for _, id := range sortedKeys(w.Units) {
		rows = append(rows, row{cells: []string{id, "unit", "", w.Units[id].Parent, ""}})
	}
	return rows
}
