package exchange

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"candour/internal/day"
)

// Input is a file to be read, perhaps more than once.
type Input struct {
	Name string
	Open func() (io.ReadCloser, error)
	// Found: it lay in a folder and was not asked for by its name, so that it need
	// not be one that the mapping knows.
	Found bool
}

// row is one row of a file: the values of the columns that are used.
type row struct {
	def  *fileDef
	file string
	line int
	n    int64    // its number among all rows of all files
	sum  [16]byte // of all its values: rows of one sum are the same
	vals []string // by slot
	bad  bool     // a fault was told
}

// doubtful tells a row that looks shifted: where a time should be stands something
// that is none at all.
func (r *row) doubtful() bool {
	return slices.ContainsFunc(r.def.timed, func(c *cell) bool {
		s := c.from.fill(r)
		return s != "" && !likeTime(s)
	})
}

// rows reads the rows of one file.
type rows struct {
	def   *fileDef
	name  string
	src   *lines
	csv   *csv.Reader
	base  int   // lines before those that the CSV reader counted
	width int   // columns of the header
	at    []int // by slot: the column, -1: joined
	names []string
	tell  func(Left)
	buf   []byte // for the sum
	read  int64
}

// openRows reads the header. tell is told the rows that are none.
func openRows(in Input, def *fileDef, r io.Reader, tell func(Left)) (*rows, error) {
	o := &rows{def: def, name: in.Name, tell: tell}
	src, err := newLines(r, def.enc, o.fault)
	if errors.Is(err, errUTF16) {
		return nil, &Error{File: in.Name, Line: 1, What: "the file is UTF-16", Remedy: "save it as UTF-8", Err: err}
	}
	if err != nil {
		return nil, unreadableFile(in.Name, err)
	}
	o.src = src
	o.restart(0)
	names := def.header
	if len(names) == 0 {
		if names, err = o.csv.Read(); err != nil {
			return nil, headerFault(in.Name, err)
		}
	}
	return o, o.header(names)
}

// fault tells a line that is no row.
func (o *rows) fault(line int, reason, remedy string) {
	o.tell(Left{File: o.name, Line: line, Reason: reason, Remedy: remedy})
}

func unreadableFile(name string, err error) error {
	return &Error{File: name, What: "the file cannot be read: " + err.Error(), Remedy: "fetch or export it again", Err: err}
}

func headerFault(name string, err error) error {
	if err == io.EOF {
		return &Error{File: name, Line: 1, What: "the file is empty", Remedy: "export it again, with its line of column names"}
	}
	return &Error{File: name, Line: 1, What: "the line of column names cannot be read", Remedy: "mend its quotation marks", Err: err}
}

// restart makes a new CSV reader for what follows line base.
func (o *rows) restart(base int) {
	o.base = base
	o.csv = csv.NewReader(o.src)
	o.csv.Comma, o.csv.FieldsPerRecord, o.csv.ReuseRecord = o.def.comma, -1, true
}

// header finds the columns that are used.
func (o *rows) header(names []string) error {
	o.width = len(names)
	for _, s := range names {
		o.names = append(o.names, trim(strings.Clone(s)))
	}
	for i, s := range o.names {
		if s != "" && slices.Contains(o.names[:i], s) {
			return &Error{File: o.name, Line: 1, What: fmt.Sprintf("two columns are called %q", cut(s)), Remedy: "give each its own name"}
		}
	}
	o.at = make([]int, len(o.def.slots))
	for slot, column := range o.def.slots {
		if o.at[slot] = slices.Index(o.names, column); o.at[slot] >= 0 {
			continue
		}
		if slices.Contains(o.def.loose, slot) {
			o.at[slot] = slices.IndexFunc(o.names, func(s string) bool { return strings.EqualFold(s, column) })
			continue
		}
		if !o.def.joined(column) {
			return o.missing(column)
		}
	}
	return nil
}

func (o *rows) missing(column string) error {
	remedy := "the columns are " + cut3(o.names)
	for _, d := range []string{";", "\t", "|", ","} {
		if o.width == 1 && strings.Contains(o.names[0], d) {
			remedy = fmt.Sprintf("the line has one column: see whether the delimiter is %q", d)
		}
	}
	return &Error{File: o.name, Line: 1, What: fmt.Sprintf("there is no column %q, which the mapping uses", cut(column)), Remedy: remedy}
}

// cut3 lists names, but not for ever.
func cut3(names []string) string {
	const most = 60
	if len(names) > most {
		return strings.Join(names[:most], ", ") + " and more"
	}
	return strings.Join(names, ", ")
}

// next gives the next row that can be read; io.EOF after the last. Other errors
// end the file.
func (o *rows) next() (*row, error) {
	for {
		rec, err := o.csv.Read()
		if err == io.EOF {
			return nil, io.EOF
		}
		var syntax *csv.ParseError
		switch {
		case errors.As(err, &syntax):
			o.syntax(syntax)
		case err != nil:
			return nil, unreadableFile(o.name, err)
		default:
			if r := o.row(rec); r != nil {
				return r, nil
			}
		}
	}
}

// syntax tells a row whose quotation marks are wrong, and goes on with its next line.
func (o *rows) syntax(e *csv.ParseError) {
	o.read++
	line := o.base + e.StartLine
	if !o.src.bad[line] {
		reason, remedy := "a quotation mark within a value that does not begin with one", "double it, and put the value in quotation marks"
		if errors.Is(e.Err, csv.ErrQuote) {
			reason, remedy = "a quotation mark is not closed, or something follows the closing one", "double the quotation marks within the value"
		}
		o.tell(Left{File: o.name, Line: line, Column: fmt.Sprintf("character %d", e.Column), Reason: reason, Remedy: remedy})
	}
	o.resume(line)
}

// resume reads on after the first line of what was taken for a row.
func (o *rows) resume(line int) {
	if len(o.src.last) > 1 {
		o.src.again()
		o.restart(line)
	}
}

// row checks the width and picks the columns that are used; nil where it was told.
func (o *rows) row(rec []string) *row {
	first, _ := o.csv.FieldPos(0)
	last, _ := o.csv.FieldPos(len(rec) - 1)
	line := o.base + first
	o.read++
	for at := line; at <= o.base+last; at++ {
		if o.src.bad[at] {
			return nil
		}
	}
	if len(rec) != o.width {
		o.shifted(line, len(rec))
		if last > first {
			o.resume(line)
		}
		return nil
	}
	r := &row{def: o.def, file: o.name, line: line, vals: make([]string, len(o.at))}
	o.buf = o.buf[:0]
	for i, s := range rec {
		rec[i] = o.clean(s)
		o.buf = append(binary.AppendUvarint(o.buf, uint64(len(rec[i]))), rec[i]...)
	}
	sum := sha256.Sum256(o.buf)
	copy(r.sum[:], sum[:])
	for slot, i := range o.at {
		if i >= 0 {
			r.vals[slot] = rec[i]
		}
	}
	return r
}

func (o *rows) shifted(line, got int) {
	what := fmt.Sprintf("the row has %s where the header has %d: it is shifted", plural(got, "column"), o.width)
	remedy := "put a value that holds the delimiter in quotation marks"
	if got < o.width {
		remedy = "see whether a delimiter is missing, or a line break stands within a value that has no quotation marks"
	}
	o.fault(line, what, remedy)
}

// clean trims a value; the words that mean nothing are nothing.
func (o *rows) clean(s string) string {
	s = trim(s)
	if len(o.def.empties) > 0 && o.def.empties[s] {
		return ""
	}
	return s
}

// trim takes blanks off both ends.
func trim(s string) string {
	if s == "" || s[0] > ' ' && s[0] < 0x80 && s[len(s)-1] > ' ' && s[len(s)-1] < 0x80 {
		return s
	}
	return strings.Trim(s, " \t\r\n\u00a0\u200b\ufeff")
}

// lookup holds the columns of a file that others join, by key.
type lookup map[string][]string

// mostJoined is how many bytes of joined columns are held.
const mostJoined = 512 << 20

// readLookup reads the rows of a joined file. A key that is given twice with
// different values is a fault of the later row.
func readLookup(j *join, o *rows, into lookup, held *int) error {
	at := make([]int, len(j.columns))
	for i, c := range j.columns {
		if at[i] = slices.Index(o.def.slots, c); at[i] < 0 {
			return o.missing(c)
		}
	}
	key := slices.Index(o.def.slots, j.key)
	for {
		r, err := o.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		k := r.vals[key]
		if k == "" {
			continue
		}
		vals := make([]string, len(at))
		for i, slot := range at {
			vals[i] = strings.Clone(r.vals[slot])
			*held += len(vals[i])
		}
		if old, twice := into[k]; twice {
			if !slices.Equal(old, vals) {
				l := Left{File: o.name, Line: r.line, Column: j.key, Reason: "another row of the file has this key and says something else", Remedy: "keep one; the first is used"}
				l.Value, l.Shape = shown(k, r.def.personal[key])
				o.tell(l)
			}
			continue
		}
		if *held += len(k) + 64; *held > mostJoined {
			return &Error{File: o.name, Line: r.line, What: fmt.Sprintf("the joined file is too large to hold (%d MB)", mostJoined>>20), Remedy: "name the case in the file itself, or split the files"}
		}
		into[strings.Clone(k)] = vals
	}
}

// join fills the columns of the row that come from other files.
func (r *row) join(tables []lookup) *flaw {
	for i, j := range r.def.joins {
		key, _, f := j.on.text(r)
		if f != nil {
			return f
		}
		vals, ok := tables[i][key]
		if !ok {
			if key == "" || j.lenient {
				continue
			}
			return j.on.flaw(r, key, "no row of "+j.file.id+" has this key", "add the row there, or write missing: empty in the join")
		}
		for n, slot := range j.into {
			r.vals[slot] = vals[n]
		}
	}
	return nil
}

// encode writes a row so that decode gives it again.
func (r *row) encode(b []byte, file, way int) []byte {
	b = binary.AppendUvarint(b, uint64(file))
	b = binary.AppendUvarint(b, uint64(way))
	b = binary.AppendUvarint(b, uint64(r.line))
	b = binary.AppendUvarint(b, uint64(r.n))
	b = append(b, r.sum[:]...)
	for _, v := range r.vals {
		b = append(binary.AppendUvarint(b, uint64(len(v))), v...)
	}
	return b
}

// piece is a row under one of the ways in which its file names cases.
type piece struct {
	row
	way int
}

// decodePiece is the other half of encode; files gives each input its name and kind.
func decodePiece(b []byte, files []opened) *piece {
	number := func() int {
		n, size := binary.Uvarint(b)
		b = b[size:]
		return int(n)
	}
	file := files[number()]
	p := &piece{row: row{def: file.def, file: file.in.Name}, way: number()}
	p.line, p.n = number(), int64(number())
	copy(p.sum[:], b)
	text := string(b[len(p.sum):]) // once for all values
	b = b[len(p.sum):]
	p.vals = make([]string, len(file.def.slots))
	for i, done := 0, len(b); i < len(p.vals); i++ {
		n := number()
		at := done - len(b)
		p.vals[i] = text[at : at+n]
		b = b[n:]
	}
	return p
}

// opened is a file and its kind.
type opened struct {
	in  Input
	def *fileDef
}

// later tells whether a moment lies after now, if now is known.
func later(m day.Moment, now day.Instant) bool { return now != 0 && m.Lo > now }
