package northmere

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
)

// Dirt is one blemish put into an export. Extra rows were never in the record: an
// importer that refuses them loses nothing. The others are rows of sound cases
// whose meaning is unchanged once the blemish is seen through.
type Dirt struct {
	File  string
	Row   int // counted in records, the header being 1
	What  string
	Case  string
	Entry string // its number in the export
	Extra bool
}

// What can be wrong with a row.
const (
	DuplicateRow   = "duplicate row"         // extra: the row before it, once more
	WindowsBytes   = "windows-1252 bytes"    // in the name of a paper, or a description
	QuotedNewline  = "newline within quotes" // likewise
	TrailingBlanks = "trailing blanks"       // after the collar number
	ShortYear      = "two-digit year"        // extra: a contact with the victim that is else in order
	BadDate        = "unreadable date"       // extra: 31/02/2012, or tbc
	UnknownCode    = "unknown code"          // extra
	ShiftedColumn  = "shifted column"        // extra: everything after the case reference one to the right
)

var dirtKinds = []string{DuplicateRow, WindowsBytes, QuotedNewline, TrailingBlanks, ShortYear, BadDate, UnknownCode, ShiftedColumn}

// soil puts dirt into the sheets and says where: of each kind six in 600 cases, and
// one at least. Rows of failing cases are left alone.
func (f *Force) soil(l *layout, sheets []*sheet) []Dirt {
	if len(f.File.Cases) == 0 {
		return nil
	}
	s := soiling{f: f, l: l, r: rand.New(rand.NewPCG(f.seed, uint64(len(l.lead)))), sound: f.sound()}
	for _, what := range dirtKinds {
		for range max(1, len(f.File.Cases)/100) {
			s.one(what, sheets)
		}
	}
	return s.number(sheets)
}

// sound are the cases in which nothing is planted.
func (f *Force) sound() map[string]bool {
	sound := map[string]bool{}
	for _, c := range f.File.Cases {
		sound[c.ID] = true
	}
	for _, p := range f.Planted {
		delete(sound, p.Case)
	}
	return sound
}

type soiling struct {
	f     *Force
	l     *layout
	r     *rand.Rand
	sound map[string]bool
	made  map[string]Dirt // by the entry number, which for an extra row is new
	next  int
}

// column is where a column of the layout stands, by its place in `lead`.
func (s *soiling) column(names ...string) int {
	return slices.IndexFunc(s.l.lead, func(c string) bool { return slices.Contains(names, c) })
}

// one puts one blemish on a row of a sound case that has none yet.
func (s *soiling) one(what string, sheets []*sheet) {
	contact := s.l.code("victim.told")
	code := s.column("CODE", "code")
	for range 1000 {
		sh := sheets[s.r.IntN(len(sheets))]
		if len(sh.rows) == 0 {
			continue
		}
		i := s.r.IntN(len(sh.rows))
		r := sh.rows[i]
		if _, taken := s.made[r.of]; taken || !s.sound[r.caseID] || r.of == "" {
			continue
		}
		if extra(what) && what != DuplicateRow && r.cells[code] != contact {
			continue
		}
		if s.soil(what, sh, i) {
			return
		}
	}
}

func extra(what string) bool {
	return what == DuplicateRow || what == ShortYear || what == BadDate || what == UnknownCode || what == ShiftedColumn
}

// soil changes the ith row, or puts another after it; it tells whether it could.
func (s *soiling) soil(what string, sh *sheet, i int) bool {
	r := row{slices.Clone(sh.rows[i].cells), sh.rows[i].caseID, sh.rows[i].of}
	if !extra(what) {
		if !s.blemish(what, r.cells) {
			return false
		}
		sh.rows[i] = r
		s.note(what, sh.file, r)
		return true
	}
	s.next++
	r.of = fmt.Sprintf("extra-%d", s.next)
	if what != DuplicateRow {
		r.cells[0] = fmt.Sprintf("%s-x%d", r.caseID, s.next)
		s.spoil(what, r.cells)
	}
	sh.rows = slices.Insert(sh.rows, i+1, r)
	s.note(what, sh.file, r)
	return true
}

func (s *soiling) note(what, file string, r row) {
	if s.made == nil {
		s.made = map[string]Dirt{}
	}
	s.made[r.of] = Dirt{File: file, What: what, Case: r.caseID, Entry: r.cells[0], Extra: extra(what)}
}

// blemish changes how a row of the record is written, not what it says.
func (s *soiling) blemish(what string, cells []string) bool {
	paper, staff := s.column("DOC_NAME", "paper_name"), s.column("COLLAR_NO", "staff_no")
	switch {
	case what == TrailingBlanks && cells[staff] != "":
		cells[staff] += "  "
	case what == WindowsBytes && cells[paper] != "":
		cells[paper] += " \x96 r\xe9sum\xe9"
	case what == QuotedNewline && cells[paper] != "":
		cells[paper] += "\ncontinued overleaf, \"as said\""
	default:
		return false
	}
	return true
}

// spoil makes a row that was never in the record.
func (s *soiling) spoil(what string, cells []string) {
	happened, code := s.column("HAPPENED", "event_date"), s.column("CODE", "code")
	switch what {
	case ShortYear:
		cells[happened] = shortYear(cells[happened])
	case BadDate:
		cells[happened] = []string{s.unreal(), "tbc"}[s.next%2]
	case UnknownCode:
		cells[code] = "ZZ-17"
	case ShiftedColumn:
		copy(cells[3:], slices.Clone(cells[2:]))
		cells[2] = ""
	}
}

func (s *soiling) unreal() string {
	if s.l.upper {
		return "31/02/2012 10:00"
	}
	return "2012-02-31"
}

// shortYear leaves out the century: 18/06/12 10:20, 12-06-18.
func shortYear(t string) string {
	if strings.Contains(t, "/") {
		return t[:6] + t[8:]
	}
	return t[2:]
}

// number says on which row each blemish is, now that every row has its place.
func (s *soiling) number(sheets []*sheet) []Dirt {
	var out []Dirt
	for _, sh := range sheets {
		for i, r := range sh.rows {
			if d, ok := s.made[r.of]; ok && d.File == sh.file {
				d.Row = i + 2
				out = append(out, d)
			}
		}
	}
	slices.SortFunc(out, func(a, b Dirt) int { return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Row, b.Row)) })
	return out
}

// WriteDirt writes the list as a table of text.
func WriteDirt(out io.Writer, dirt []Dirt) error {
	w := bufio.NewWriter(out)
	fmt.Fprintf(w, "# file\trow\twhat\tcase\tentry\textra\n")
	for _, d := range dirt {
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%t\n", d.File, d.Row, d.What, d.Case, d.Entry, d.Extra)
	}
	return w.Flush()
}
