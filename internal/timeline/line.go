package timeline

import (
	"bytes"
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

// line is one object being written, its keys in order. The first fault stays.
type line struct {
	buf  bytes.Buffer // members, without the braces
	zone *time.Location
	err  error
}

func (l *line) fail(key string, err error) {
	if l.err == nil {
		l.err = fmt.Errorf("%q: %w", key, err)
	}
}

// object is what was written, in braces.
func (l *line) object() []byte {
	return append(append([]byte{'{'}, l.buf.Bytes()...), '}')
}

// raw writes a key and a value that encoding/json can write.
func (l *line) raw(key string, v any) *line {
	if l.buf.Len() > 0 {
		l.buf.WriteByte(',')
	}
	err := encode(&l.buf, key)
	l.buf.WriteByte(':')
	if err = errors.Join(err, encode(&l.buf, v)); err != nil {
		l.fail(key, err)
	}
	return l
}

// encode writes JSON without making <, > and & unreadable.
func encode(buf *bytes.Buffer, v any) error {
	if s, ok := v.(string); ok && (!utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0) {
		return errors.New("a text is not UTF-8, or holds the character nought")
	}
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return errors.New("a value that JSON cannot hold")
	}
	buf.Truncate(buf.Len() - 1) // the encoder ends with a new line
	return nil
}

// text leaves out what was not stated.
func (l *line) text(key, v string) *line {
	if v != "" {
		l.raw(key, v)
	}
	return l
}

// texts writes one text alone and several as a list.
func (l *line) texts(key string, v []string) *line {
	if len(v) == 1 {
		return l.text(key, v[0])
	}
	return l.list(key, v)
}

func (l *line) list(key string, v []string) *line {
	if len(v) == 0 {
		return l
	}
	items := make([][]byte, len(v))
	for i, s := range v {
		var buf bytes.Buffer
		if err := encode(&buf, s); err != nil {
			l.fail(key, err)
		}
		items[i] = buf.Bytes()
	}
	return l.bytes(key, fmt.Appendf(nil, "[%s]", bytes.Join(items, []byte{','})))
}

// bytes writes a key and a value that is JSON already.
func (l *line) bytes(key string, v []byte) *line {
	if l.buf.Len() > 0 {
		l.buf.WriteByte(',')
	}
	if err := encode(&l.buf, key); err != nil {
		l.fail(key, err)
	}
	l.buf.WriteByte(':')
	l.buf.Write(v)
	return l
}

// inner writes an object under a key.
func (l *line) inner(key string, sub *line) *line {
	if sub.err != nil {
		l.fail(key, sub.err)
	}
	return l.bytes(key, sub.object())
}

// inners writes a list of objects, and nothing where there are none.
func (l *line) inners(key string, subs []*line) *line {
	if len(subs) == 0 {
		return l
	}
	items := make([][]byte, len(subs))
	for i, sub := range subs {
		if sub.err != nil {
			l.fail(key, sub.err)
		}
		items[i] = sub.object()
	}
	return l.bytes(key, fmt.Appendf(nil, "[%s]", bytes.Join(items, []byte{','})))
}

func (l *line) moment(key string, m *day.Moment) *line {
	if m == nil {
		return l
	}
	s, ok := format(*m, l.zone)
	if !ok {
		l.fail(key, errors.New("the moment cannot be written; it must lie in the years 1850 to 2199, and not end before it begins"))
	}
	return l.raw(key, s)
}

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
func (l *line) instant(key string, t day.Instant) *line {
	m := day.At(t)
	return l.moment(key, &m)
}

// from writes an instant that a day alone would be read as the start of.
func (l *line) from(key string, t day.Instant) *line {
	if d, ok := l.whole(t); ok && d.Lo == t {
		return l.moment(key, &d)
	}
	return l.instant(key, t)
}

// until writes an instant that a day alone would be read as the end of.
func (l *line) until(key string, t day.Instant) *line {
	if d, ok := l.whole(t); ok && d.Hi == t {
		return l.moment(key, &d)
	}
	return l.instant(key, t)
}

// span leaves out a beginning that is always and an end that is never.
func (l *line) span(from, to day.Instant) *line {
	if from != always {
		l.from("from", from)
	}
	if to != day.Never {
		l.until("to", to)
	}
	return l
}

// whole is the day on which t falls.
func (l *line) whole(t day.Instant) (day.Moment, bool) {
	d, err := day.ParseMoment(t.Time(l.zone).Format(time.DateOnly), l.zone)
	return d, err == nil
}

// fields writes `f` or `given`, and nothing where there are none.
func (l *line) fields(key string, fields []fact.Field) *line {
	if len(fields) == 0 {
		return l
	}
	sub := &line{zone: l.zone}
	for _, f := range fields {
		sub.field(f.Name, f.Value)
	}
	return l.inner(key, sub)
}

func (l *line) field(name string, v fact.Value) {
	if v.Kind != fact.List {
		l.scalar(name, v)
		return
	}
	items := make([][]byte, len(v.List))
	for i, it := range v.List {
		one := &line{zone: l.zone}
		one.scalar("", it)
		if one.err != nil {
			l.fail(name, one.err)
		}
		items[i] = bytes.TrimPrefix(one.buf.Bytes(), []byte(`"":`))
	}
	l.bytes(name, fmt.Appendf(nil, "[%s]", bytes.Join(items, []byte{','})))
}

func (l *line) scalar(name string, v fact.Value) {
	switch v.Kind {
	case fact.Bool:
		l.raw(name, v.Bool)
	case fact.Number:
		l.bytes(name, l.number(name, v.Num))
	case fact.Text:
		l.raw(name, v.Text)
	case fact.Date:
		l.raw(name, v.Day.String())
	case fact.Moment:
		l.moment(name, v.When)
	default:
		l.fail(name, errors.New("a value that is absent, or a list within a list"))
	}
}

// number writes a number so that it is read as the same: a whole number too
// large for its figures to be kept goes with an exponent.
func (l *line) number(key string, n float64) []byte {
	var buf bytes.Buffer
	if err := encode(&buf, n); err != nil {
		l.fail(key, err)
		return nil
	}
	if _, err := number(json.Number(buf.String())); err != nil {
		return strconv.AppendFloat(nil, n, 'e', -1, 64)
	}
	return buf.Bytes()
}
