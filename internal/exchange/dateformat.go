package exchange

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"candour/internal/day"
)

// dateFormat is how a column writes a day or a time, as a person would say it:
// `dd/mm/yyyy hh:mm`. After hh, mm is minutes.
type dateFormat struct {
	words    string
	iso      bool // what a timeline itself can write
	parts    []datePart
	timed    bool
	twoDigit bool // the year has two digits
}

// datePart is one number or name of a format, or a text that stands as it is.
type datePart struct {
	what byte // y Y(two digits) m M(name) d h i(minute) s a(am or pm) z(offset), or 0: the text
	wide bool // two digits are required
	text string
}

// dateTokens are the words of a format, the longer before the shorter.
var dateTokens = []struct {
	word string
	datePart
}{
	{"yyyy", datePart{what: 'y'}}, {"yy", datePart{what: 'Y'}}, {"mmm", datePart{what: 'M'}}, {"mm", datePart{what: 'm', wide: true}},
	{"m", datePart{what: 'm'}}, {"dd", datePart{what: 'd', wide: true}}, {"d", datePart{what: 'd'}}, {"hh", datePart{what: 'h', wide: true}},
	{"h", datePart{what: 'h'}}, {"ss", datePart{what: 's', wide: true}}, {"am/pm", datePart{what: 'a'}}, {"offset", datePart{what: 'z'}},
}

// parseDateFormat reads a format; the error says what is wrong with it.
func parseDateFormat(s string) (*dateFormat, error) {
	f := &dateFormat{words: s}
	if s == "iso" {
		f.iso = true
		return f, nil
	}
	seen := map[byte]bool{}
	for rest := strings.ToLower(s); rest != ""; {
		p, n := datePartOf(rest)
		if p.what == 'm' && seen['h'] {
			p.what = 'i'
		}
		if p.what != 0 && seen[p.what] {
			return nil, fmt.Errorf("the format %q has %q twice", s, rest[:n])
		}
		if p.what == 0 && (rest[0] >= 'a' && rest[0] <= 'z' && rest[0] != 't' || rest[0] >= '0' && rest[0] <= '9') {
			return nil, fmt.Errorf("the format %q holds %q, which is no part of a date", s, rest[:n])
		}
		if p.what == 0 {
			p.text = strings.ToUpper(rest[:n])
		}
		seen[p.what] = true
		f.parts = append(f.parts, p)
		rest = rest[n:]
	}
	f.timed, f.twoDigit = seen['h'], seen['Y']
	switch {
	case seen['y'] && seen['Y'], !seen['y'] && !seen['Y'], seen['m'] == seen['M'], !seen['d']:
		return nil, fmt.Errorf("the format %q does not name a year, a month and a day once each", s)
	case seen['h'] && !seen['i'], !seen['h'] && (seen['s'] || seen['a'] || seen['z']):
		return nil, fmt.Errorf("the format %q names half a time of day", s)
	}
	return f, nil
}

func datePartOf(s string) (datePart, int) {
	for _, t := range dateTokens {
		if strings.HasPrefix(s, t.word) {
			return t.datePart, len(t.word)
		}
	}
	return datePart{}, 1
}

// date is the format of the day alone, and the same with days and months alike.
func (f *dateFormat) date() (order, shape string) {
	for _, p := range f.parts {
		switch p.what {
		case 'h':
			return order, shape
		case 0:
			order, shape = order+p.text, shape+p.text
		case 'm', 'd':
			order, shape = order+string(p.what), shape+"#"
		default:
			order, shape = order+string(p.what), shape+string(p.what)
		}
	}
	return order + " ", shape + " " // as if a time followed
}

// against tells two formats of which a value could be either: day first and month first.
func (f *dateFormat) against(g *dateFormat) bool {
	if f.iso || g.iso {
		return false
	}
	order, shape := f.date()
	order2, shape2 := g.date()
	return shape == shape2 && order != order2
}

// readDate is what was found by a format. A zero month was not found.
type readDate struct {
	year, month, day, hour, minute, second int
	nanos                                  int
	pm, am, hasOffset                      bool
	offset                                 int // seconds east
}

// read takes s apart; false: it is not written so.
func (f *dateFormat) read(s string) (readDate, bool) {
	var d readDate
	for _, p := range f.parts {
		var ok bool
		if s, ok = p.read(s, &d); !ok {
			return d, false
		}
	}
	return d, s == ""
}

func (p datePart) read(s string, d *readDate) (rest string, ok bool) {
	switch p.what {
	case 0:
		return p.literal(s)
	case 'y':
		d.year, s, ok = digits(s, 4, 4)
	case 'Y':
		d.year, s, ok = digits(s, 2, 2)
	case 'm':
		d.month, s, ok = digits(s, p.least(), 2)
	case 'M':
		d.month, s, ok = monthName(s)
	case 'd':
		d.day, s, ok = digits(s, p.least(), 2)
	case 'h':
		d.hour, s, ok = digits(s, p.least(), 2)
	case 'i':
		d.minute, s, ok = digits(s, 2, 2)
	case 's':
		if d.second, s, ok = digits(s, 2, 2); ok {
			d.nanos, s = decimals(s)
		}
	case 'a':
		s, ok = half(s, d)
	case 'z':
		s, ok = offset(s, d)
	}
	return s, ok
}

func (p datePart) least() int {
	if p.wide {
		return 2
	}
	return 1
}

// literal takes the text; one blank stands for one or several.
func (p datePart) literal(s string) (string, bool) {
	if p.text == " " {
		rest := strings.TrimLeft(s, " ")
		return rest, len(rest) < len(s)
	}
	if len(s) < len(p.text) || !strings.EqualFold(s[:len(p.text)], p.text) {
		return s, false
	}
	return s[len(p.text):], true
}

func digits(s string, least, most int) (n int, rest string, ok bool) {
	i := 0
	for i < len(s) && i < most && s[i] >= '0' && s[i] <= '9' {
		n = 10*n + int(s[i]-'0')
		i++
	}
	return n, s[i:], i >= least
}

// decimals takes `.123`, if it is there, as nanoseconds.
func decimals(s string) (int, string) {
	if len(s) < 2 || s[0] != '.' || s[1] < '0' || s[1] > '9' {
		return 0, s
	}
	n, i := 0, 1
	for scale := 100_000_000; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		n += int(s[i]-'0') * scale
		scale /= 10
	}
	return n, s[i:]
}

var monthNames = []string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}

// monthName takes Jan or January.
func monthName(s string) (int, string, bool) {
	for i, name := range monthNames {
		for _, word := range []string{name, name[:3]} {
			if len(s) >= len(word) && strings.EqualFold(s[:len(word)], word) {
				return i + 1, s[len(word):], true
			}
		}
	}
	return 0, s, false
}

func half(s string, d *readDate) (string, bool) {
	if len(s) < 2 {
		return s, false
	}
	d.am, d.pm = strings.EqualFold(s[:2], "am"), strings.EqualFold(s[:2], "pm")
	return s[2:], d.am || d.pm
}

func offset(s string, d *readDate) (string, bool) {
	d.hasOffset = true
	if strings.HasPrefix(s, "Z") {
		return s[1:], true
	}
	if s == "" || s[0] != '+' && s[0] != '-' {
		return s, false
	}
	sign := 1
	if s[0] == '-' {
		sign = -1
	}
	h, rest, ok1 := digits(s[1:], 2, 2)
	m, rest, ok2 := digits(strings.TrimPrefix(rest, ":"), 2, 2)
	d.offset = sign * (h*3600 + m*60)
	return rest, ok1 && ok2 && h < 24 && m < 60
}

// clock is how a column's times are read.
type clock struct {
	formats []*dateFormat
	zone    *time.Location
	pivot   int // two-digit years below it are of this century; -1: not given
	either  bool
}

// Why a time is not read.
var (
	errNoDay   = errors.New("no day that exists")
	errNoHour  = errors.New("no time of day that exists")
	errSkipped = errors.New("a time that never was: the clocks went forward over it")
	errTwice   = errors.New("a time that occurred twice: the clocks went back")
	errYears   = fmt.Errorf("not in the years %d to %d", firstYear, lastYear)
	errShort   = errors.New("a year of two digits")
	errForm    = errors.New("not written in a form that the mapping knows")
	errSwapped = errors.New("no day that exists; with day and month changed round it would be one")
)

// read reads a moment: a day alone is the whole day. The error is one of the above.
func (c *clock) read(s string) (day.Moment, error) {
	why := errForm
	for _, f := range c.formats {
		if f.iso {
			if m, err := day.ParseMoment(s, c.zone); err == nil {
				return m, nil
			}
			if len(c.formats) == 1 {
				why = isoFault(s, c.zone)
			}
			continue
		}
		d, ok := f.read(s)
		if !ok {
			continue
		}
		m, err := c.moment(d, f)
		if err == nil {
			return m, nil
		}
		why = err
	}
	if why == errForm && shortYear(s) {
		return day.Moment{}, errShort
	}
	return day.Moment{}, why
}

// isoFault tells why ParseMoment refused, in our words, which repeat nothing.
func isoFault(s string, zone *time.Location) error {
	t := strings.Replace(s, " ", "T", 1)
	if len(t) == len("2006-01-02T15:04") {
		t += ":00"
	}
	if _, local := localTime(t, zone); strings.HasPrefix(local, "never") {
		return errSkipped
	} else if strings.HasPrefix(local, "occurred") {
		return errTwice
	}
	if len(s) >= 10 && strings.Count(s[:10], "-") == 2 && s[4] == '-' {
		return errNoDay
	}
	return errForm
}

// moment makes a moment of what was read.
func (c *clock) moment(d readDate, f *dateFormat) (day.Moment, error) {
	if f.twoDigit {
		d.year += 1900
		if d.year-1900 < c.pivot {
			d.year += 100
		}
	}
	if err := d.wrong(); err != nil {
		return day.Moment{}, err
	}
	if !f.timed {
		return day.ParseMoment(fmt.Sprintf("%04d-%02d-%02d", d.year, d.month, d.day), c.zone)
	}
	if d.am || d.pm {
		d.hour %= 12
		if d.pm {
			d.hour += 12
		}
	}
	if d.hasOffset {
		at := day.FromTime(d.utc()) - day.Instant(d.offset)*day.Instant(time.Second)
		return day.At(at), nil
	}
	return c.local(d)
}

func (d readDate) utc() time.Time {
	return time.Date(d.year, time.Month(d.month), d.day, d.hour, d.minute, d.second, d.nanos, time.UTC)
}

func (d readDate) wrong() error {
	switch {
	case d.year < firstYear || d.year > lastYear:
		return errYears
	case d.month > 12 && d.month <= 31 && d.day >= 1 && d.day <= 12:
		return errSwapped
	case d.month < 1 || d.month > 12 || d.day < 1 || d.utc().Day() != d.day && d.hour < 24:
		return errNoDay
	case d.hour > 23 || d.minute > 59 || d.second > 59, (d.am || d.pm) && (d.hour < 1 || d.hour > 12):
		return errNoHour
	}
	return nil
}

// local finds the instant at which clocks of the zone show the time. In the hour
// that occurs twice it is refused, or, where the mapping says so, either of the two.
func (c *clock) local(d readDate) (day.Moment, error) {
	t := d.utc()
	const around = 26 * time.Hour
	_, before := t.Add(-around).In(c.zone).Zone()
	_, after := t.Add(around).In(c.zone).Zone()
	a, b := t.Add(-time.Duration(before)*time.Second), t.Add(-time.Duration(after)*time.Second)
	okA, okB := c.shows(a, t), c.shows(b, t)
	switch {
	case okA && okB && before != after && !c.either:
		return day.Moment{}, errTwice
	case okA && okB && before != after:
		return day.Moment{Lo: min(day.FromTime(a), day.FromTime(b)), Hi: max(day.FromTime(a), day.FromTime(b))}, nil
	case okA:
		return day.At(day.FromTime(a)), nil
	case okB:
		return day.At(day.FromTime(b)), nil
	}
	return day.Moment{}, errSkipped
}

// shows tells whether clocks of the zone show wall (as UTC) at t.
func (c *clock) shows(t, wall time.Time) bool {
	_, offset := t.In(c.zone).Zone()
	return t.Add(time.Duration(offset) * time.Second).Equal(wall)
}

// shortYear tells a date that is written with a year of two digits.
func shortYear(s string) bool {
	date, _, _ := strings.Cut(strings.TrimSpace(s), " ")
	parts := strings.FieldsFunc(date, func(r rune) bool { return r == '/' || r == '-' || r == '.' })
	if len(parts) != 3 {
		return false
	}
	for _, p := range parts {
		if len(p) > 3 {
			return false
		}
	}
	return true
}
