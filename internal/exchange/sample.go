package exchange

import (
	"bufio"
	"bytes"
	"cmp"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// sample is what the first rows of a file look like.
type sample struct {
	name, id string
	comma    rune
	enc      Encoding
	rows     int
	faults   int
	columns  []*column
}

// column is what the values of one look like.
type column struct {
	name     string
	filled   int
	distinct map[string]int // nil: too many
	many     bool
	longest  int
	formats  map[string]int // values that a format reads
	hours    int            // values that are a time of day alone
	personal bool
}

func takeSample(in Input) (*sample, error) {
	def := &fileDef{id: idOf(in.Name)}
	head, err := peek(in)
	if err != nil {
		return nil, unreadableFile(in.Name, err)
	}
	def.comma, def.enc = commaOf(head), encodingOf(head)
	s := &sample{name: path.Base(strings.ReplaceAll(in.Name, `\`, "/")), id: def.id, comma: def.comma, enc: def.enc}
	r, err := in.Open()
	if err != nil {
		return nil, unreadableFile(in.Name, err)
	}
	defer r.Close()
	o, err := openRows(in, def, r, func(Left) { s.faults++ })
	if err != nil {
		return nil, err
	}
	def.slots = o.names
	o.at = make([]int, len(o.names))
	for i, name := range o.names {
		o.at[i] = i
		s.columns = append(s.columns, &column{name: name, distinct: map[string]int{}, formats: map[string]int{}, personal: looksPersonal.MatchString(name)})
	}
	return s, s.read(o)
}

var notID = regexp.MustCompile(`[^a-z0-9_-]+`)

func idOf(name string) string {
	base, _, _ := strings.Cut(strings.ToLower(path.Base(strings.ReplaceAll(name, `\`, "/"))), ".")
	return cmp.Or(strings.Trim(notID.ReplaceAllString(base, "-"), "-"), "file")
}

// peek is the beginning of a file.
func peek(in Input) ([]byte, error) {
	r, err := in.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	l, err := newLines(r, UTF8, nil)
	if err != nil {
		return nil, err
	}
	head := make([]byte, 1<<20)
	n, err := io.ReadFull(l.buf, head)
	if err == io.ErrUnexpectedEOF || err == io.EOF {
		err = nil
	}
	return head[:n], err
}

func commaOf(head []byte) rune {
	line, _, _ := bytes.Cut(head, []byte{'\n'})
	best, most := ',', 0
	for _, c := range ",;\t|" {
		if n := bytes.Count(line, []byte(string(c))); n > most {
			best, most = c, n
		}
	}
	return best
}

// encodingOf looks at whole lines: a file may be cut within a letter.
func encodingOf(head []byte) Encoding {
	good, bad := 0, 0
	lines := bufio.NewScanner(bytes.NewReader(head))
	lines.Buffer(nil, longestRow+1)
	for lines.Scan() {
		switch line := lines.Bytes(); {
		case !utf8.Valid(line):
			bad++
		case slices.ContainsFunc(line, func(b byte) bool { return b >= 0x80 }):
			good++
		}
	}
	switch {
	case bad == 0 || bad == 1 && len(head) == 1<<20:
		return UTF8
	case good == 0:
		return Windows1252
	}
	return Auto
}

var looksPersonal = regexp.MustCompile(`(?i)(name|surname|forename|birth|dob|address|postcode|phone|mobile|email|note|descr|narrative|summary|comment|text|remark)`)

func (s *sample) read(o *rows) error {
	for s.rows < sampled {
		r, err := o.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		s.rows++
		for i, c := range s.columns {
			c.see(r.vals[i])
		}
	}
	return nil
}

// proposed are the forms of times that are tried, the likelier first.
var proposed = []string{
	"iso", "dd/mm/yyyy hh:mm", "dd/mm/yyyy hh:mm:ss", "dd/mm/yyyy", "d/m/yyyy h:mm", "d/m/yyyy", "dd-mmm-yyyy hh:mm", "dd-mmm-yyyy", "dd mmm yyyy hh:mm",
	"dd mmm yyyy", "dd.mm.yyyy hh:mm", "dd.mm.yyyy", "dd-mm-yyyy hh:mm", "dd-mm-yyyy", "yyyy/mm/dd hh:mm", "yyyy/mm/dd",
	"dd/mm/yy hh:mm", "dd/mm/yy", "dd-mmm-yy hh:mm", "dd-mmm-yy", "mm/dd/yyyy hh:mm", "mm/dd/yyyy",
}

var ofDay = regexp.MustCompile(`^\d\d:\d\d(:\d\d)?$`)

var proposedClocks = clocksOf(proposed)

func clocksOf(words []string) map[string]*clock {
	out := map[string]*clock{}
	for _, w := range words {
		f, err := parseDateFormat(w)
		if err == nil {
			out[w] = &clock{formats: []*dateFormat{f}, zone: time.UTC, pivot: 30}
		}
	}
	return out
}

func (c *column) see(v string) {
	if v == "" {
		return
	}
	c.filled++
	c.longest = max(c.longest, utf8.RuneCountInString(v))
	if !c.many {
		if c.distinct[strings.Clone(v)]++; len(c.distinct) > mostDistinct {
			c.many, c.distinct = true, nil
		}
	}
	if v[0] < '0' || v[0] > '9' {
		return
	}
	if ofDay.MatchString(v) {
		c.hours++
		return
	}
	for _, w := range proposed {
		if w == "iso" && len(v) < len("2012-06-18") {
			continue // a number of four figures is no year here
		}
		if _, err := proposedClocks[w].read(v); err == nil {
			c.formats[w]++
		}
	}
}

// times are the formats that together read most values, if the column is one of times.
func (c *column) times() []string {
	var out []string
	read := 0
	likely := slices.Clone(proposed)
	slices.SortStableFunc(likely, func(a, b string) int { return c.formats[b] - c.formats[a] })
	for _, w := range likely {
		if n := c.formats[w]; n > 0 && !c.covered(out, w) {
			out = append(out, w)
			read += n
		}
	}
	if c.filled == 0 || read*4 < c.filled*3 {
		return nil
	}
	return out
}

// covered tells that a format says nothing that those chosen do not: it cannot be
// told apart from one of them, or it is the looser way to write it.
func (c *column) covered(chosen []string, w string) bool {
	f, _ := parseDateFormat(w)
	for _, have := range chosen {
		g, _ := parseDateFormat(have)
		if f != nil && g != nil && !g.iso && (f.against(g) || c.formats[have] >= c.formats[w] && f.timed == g.timed) {
			return true
		}
	}
	return false
}

// swapped tells that days and months cannot be told apart by the values.
func (c *column) swapped(format string) bool {
	other := strings.NewReplacer("dd/mm", "mm/dd", "mm/dd", "dd/mm").Replace(format)
	return other != format && c.formats[other] == c.formats[format] && c.formats[format] > 0
}

// key tells that no two rows have the same value.
func (c *column) key(s *sample) bool {
	return s.rows > 0 && c.filled == s.rows && (c.many || len(c.distinct) == s.rows)
}

// codes tells that the column looks like one of codes.
func (c *column) codes(s *sample) bool {
	return !c.personal && !c.many && c.filled > 0 && len(c.distinct) <= mostCodes && c.longest <= 30 && !c.key(s) && len(c.times()) == 0
}

func (s *sample) find(ok func(*column) bool) *column {
	if i := slices.IndexFunc(s.columns, ok); i >= 0 {
		return s.columns[i]
	}
	return nil
}

func (s *sample) column(name string) *column {
	return s.find(func(c *column) bool { return c.name == name })
}
