package timeline

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"candour/internal/day"
	"candour/internal/fact"
)

// draft is one object being written, its members in order. The first fault stays.
type draft struct {
	members []Member
	buf     []byte // what the values stand in
	zone    *time.Location
	err     error
}

func (l *draft) fail(key string, err error) {
	if l.err == nil {
		l.err = fmt.Errorf("%q: %w", key, err)
	}
}

// member ends the value that was appended to buf since from.
func (l *draft) member(key string, from int, err error) *draft {
	if err != nil {
		l.fail(key, err)
	}
	if l.members == nil {
		l.members = make([]Member, 0, 10) // the usual line fits
	}
	l.members = append(l.members, Member{key, l.buf[from:len(l.buf):len(l.buf)]})
	return l
}

// object is what was written, in braces.
func (l *draft) object() []byte {
	size := 2
	for _, m := range l.members {
		size += len(m.Key) + len(m.Value) + 4
	}
	out := append(make([]byte, 0, size), '{')
	for i, m := range l.members {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(appendWord(out, m.Key), ':')
		out = append(out, m.Value...)
	}
	return append(out, '}')
}

// raw writes a key and a word or a value that encoding/json can write.
func (l *draft) raw(key string, v any) *draft {
	from := len(l.buf)
	var err error
	l.buf, err = encode(l.buf, v)
	return l.member(key, from, err)
}

// encode appends JSON without making <, > and & unreadable.
func encode(out []byte, v any) ([]byte, error) {
	if s, ok := v.(string); ok {
		if !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 {
			return out, errors.New("a text is not UTF-8, or holds the character nought")
		}
		return appendWord(out, s), nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return out, errors.New("a value that JSON cannot hold")
	}
	return append(out, b...), nil
}

// appendWord appends a text as encoding/json writes it, but <, > and & as they are.
func appendWord(out []byte, s string) []byte {
	out = append(out, '"')
	done := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		separator := c == 0xe2 && (strings.HasPrefix(s[i:], "\u2028") || strings.HasPrefix(s[i:], "\u2029"))
		if c >= ' ' && c != '"' && c != '\\' && !separator {
			continue
		}
		out = append(out, s[done:i]...)
		if separator {
			out = append(out, "\\u202"...)
			out = append(out, '8'+s[i+2]-0xa8)
			i += 2
		} else {
			out = appendEscape(out, c)
		}
		done = i + 1
	}
	return append(append(out, s[done:]...), '"')
}

func appendEscape(out []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(out, '\\', c)
	case '\b':
		return append(out, `\b`...)
	case '\f':
		return append(out, `\f`...)
	case '\n':
		return append(out, `\n`...)
	case '\r':
		return append(out, `\r`...)
	case '\t':
		return append(out, `\t`...)
	}
	return fmt.Appendf(out, `\u%04x`, c)
}

// text leaves out what was not stated.
func (l *draft) text(key, v string) *draft {
	if v != "" {
		l.raw(key, v)
	}
	return l
}

// texts writes one text alone and several as a list.
func (l *draft) texts(key string, v []string) *draft {
	if len(v) == 1 {
		return l.text(key, v[0])
	}
	return l.list(key, v)
}

func (l *draft) list(key string, v []string) *draft {
	if len(v) == 0 {
		return l
	}
	return l.items(key, len(v), func(i int) (err error) {
		l.buf, err = encode(l.buf, v[i])
		return err
	})
}

// items writes a list of n values, each of which item appends to buf.
func (l *draft) items(key string, n int, item func(i int) error) *draft {
	from := len(l.buf)
	var fault error
	l.buf = append(l.buf, '[')
	for i := range n {
		if i > 0 {
			l.buf = append(l.buf, ',')
		}
		if err := item(i); err != nil && fault == nil {
			fault = err
		}
	}
	l.buf = append(l.buf, ']')
	return l.member(key, from, fault)
}

// inner writes an object under a key.
func (l *draft) inner(key string, sub *draft) *draft {
	from := len(l.buf)
	l.buf = append(l.buf, sub.object()...)
	return l.member(key, from, sub.err)
}

// inners writes a list of objects, and nothing where there are none.
func (l *draft) inners(key string, subs []*draft) *draft {
	if len(subs) == 0 {
		return l
	}
	return l.items(key, len(subs), func(i int) error {
		l.buf = append(l.buf, subs[i].object()...)
		return subs[i].err
	})
}

func (l *draft) moment(key string, m *day.Moment) *draft {
	if m == nil {
		return l
	}
	s, ok := format(*m, l.zone)
	if !ok {
		l.fail(key, errUnwritten)
	}
	return l.raw(key, s)
}

var errUnwritten = errors.New("the moment cannot be written; it must lie in the years 1850 to 2199 and not end before it begins, and a whole day must be one in this zone too")

// format writes a moment and reads it back, since not every local time can be
// written: an hour that occurs twice needs an offset, and one of whole minutes.
// Near the ends of the years allowed the offset is chosen to stay within them.
func format(m day.Moment, zone *time.Location) (string, bool) {
	for _, z := range []*time.Location{zone, time.UTC, dayAhead, dayBehind} {
		s := day.FormatMoment(m, z)
		if z != zone && !m.Whole {
			s = offset(m, z)
		}
		if back, err := day.ParseMoment(s, zone); err == nil && back == m {
			return s, true
		}
	}
	return "", false
}

var dayAhead, dayBehind = time.FixedZone("", 24*60*60), time.FixedZone("", -24*60*60)

// offset writes a moment with its offset from UTC.
func offset(m day.Moment, zone *time.Location) string {
	lo, hi := m.Lo.Time(zone).Format(time.RFC3339Nano), m.Hi.Time(zone).Format(time.RFC3339Nano)
	if lo == hi {
		return lo
	}
	return lo + "/" + hi
}

// instant writes an instant as such.
func (l *draft) instant(key string, t day.Instant) *draft {
	m := day.At(t)
	return l.moment(key, &m)
}

// from writes an instant that a day alone would be read as the start of.
func (l *draft) from(key string, t day.Instant) *draft {
	if d, ok := l.whole(t); ok && d.Lo == t {
		return l.moment(key, &d)
	}
	return l.instant(key, t)
}

// until writes an instant that a day alone would be read as the end of.
func (l *draft) until(key string, t day.Instant) *draft {
	if d, ok := l.whole(t); ok && d.Hi == t {
		return l.moment(key, &d)
	}
	return l.instant(key, t)
}

// span leaves out a beginning that is always and an end that is never.
func (l *draft) span(from, to day.Instant) *draft {
	if from != always {
		l.from("from", from)
	}
	if to != day.Never {
		l.until("to", to)
	}
	return l
}

// whole is the day on which t falls.
func (l *draft) whole(t day.Instant) (day.Moment, bool) {
	d, err := day.ParseMoment(t.Time(l.zone).Format(time.DateOnly), l.zone)
	return d, err == nil
}

// fields writes the members of `f` or `given`, and nothing where there are none.
func (l *draft) fields(key string, fields []fact.Field) *draft {
	for _, f := range fields {
		if !utf8.ValidString(f.Name) || strings.IndexByte(f.Name, 0) >= 0 {
			l.fail(key, errors.New("a name is not UTF-8, or holds the character nought"))
		}
		l.field(key+"."+f.Name, f.Value)
	}
	return l
}

func (l *draft) field(key string, v fact.Value) {
	if v.Kind == fact.List {
		l.items(key, len(v.List), func(i int) error { return l.value(v.List[i]) })
		return
	}
	from := len(l.buf)
	l.member(key, from, l.value(v))
}

func (l *draft) number(key string, n float64) *draft {
	from := len(l.buf)
	var err error
	l.buf, err = appendNumber(l.buf, n)
	return l.member(key, from, err)
}

// value appends what is not a list.
func (l *draft) value(v fact.Value) (err error) {
	switch v.Kind {
	case fact.Bool:
		l.buf = strconv.AppendBool(l.buf, v.Bool)
	case fact.Number:
		l.buf, err = appendNumber(l.buf, v.Num)
	case fact.Text:
		l.buf, err = encode(l.buf, v.Text)
	case fact.Date:
		l.buf, err = encode(l.buf, v.Day.String())
	case fact.Moment:
		s, ok := format(*v.When, l.zone)
		if !ok {
			return errUnwritten
		}
		l.buf = appendWord(l.buf, s)
	default:
		err = errors.New("a value that is absent, or a list within a list")
	}
	return err
}

// appendNumber writes a number so that it is read as the same: a whole number too
// large for its figures to be kept goes with an exponent.
func appendNumber(out []byte, n float64) ([]byte, error) {
	b, err := encode(nil, n)
	if err != nil {
		return out, err
	}
	if _, err := number(json.Number(b)); err != nil {
		return strconv.AppendFloat(out, n, 'e', -1, 64), nil
	}
	return append(out, b...), nil
}
