package exchange

import (
	"compress/flate"
	"compress/gzip"
	"crypto/sha256"
	"encoding/xml"
	"errors"
	"hash"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"candour/internal/day"
	"candour/internal/fact"
)

// attribute is one typed attribute as it stands in the file.
type attribute struct {
	kind, key, value string
	nested           []byte // digest of the attributes within it, if any
}

// isAttribute tells the elements that XES has for values.
func isAttribute(name string) bool {
	switch name {
	case "string", "date", "int", "float", "boolean", "id", "list", "container":
		return true
	}
	return false
}

// attribute reads one, passing over what is nested in it.
func (x *xesReader) attribute(start xml.StartElement) (attribute, error) {
	a := attribute{kind: start.Name.Local}
	keys, values := 0, 0
	for _, at := range start.Attr {
		if len(at.Value) > largestValue {
			return a, x.tooLong()
		}
		switch at.Name {
		case xml.Name{Local: "key"}:
			a.key = at.Value
			keys++
		case xml.Name{Local: "value"}:
			a.value = at.Value
			values++
		}
	}
	plural := a.kind == "list" || a.kind == "container"
	switch {
	case keys == 0 || a.key == "":
		return a, x.fail("add key=\"…\"", "a <%s> without key", a.kind)
	case values == 0 && !plural:
		return a, x.fail("add value=\"…\"", "the attribute %q has no value", cut(a.key))
	case keys > 1 || values > 1:
		return a, x.fail("keep one", "the attribute %q states its key or value twice", cut(a.key))
	}
	var h hash.Hash
	err := x.skip(func() hash.Hash {
		if h == nil {
			h = sha256.New()
		}
		return h
	})
	if h != nil {
		a.nested = h.Sum(nil)
	}
	return a, err
}

// value is what an attribute says, by its type. A number that is none is absent, with a warning.
func (x *xesReader) value(a attribute) (fact.Value, error) {
	switch a.kind {
	case "string", "id":
		return fact.Value{Kind: fact.Text, Text: a.value}, nil
	case "boolean":
		switch strings.TrimSpace(a.value) {
		case "true", "1":
			return fact.Value{Kind: fact.Bool, Bool: true}, nil
		case "false", "0":
			return fact.Value{Kind: fact.Bool}, nil
		}
		return fact.Value{}, x.fail("write true or false", "the attribute %q is neither true nor false", cut(a.key))
	case "int":
		n, err := strconv.ParseInt(strings.TrimSpace(a.value), 10, 64)
		if err != nil || n > 1<<53 || n < -1<<53 {
			return fact.Value{}, x.fail("write it in digits, or map it as a string", "the attribute %q is not a whole number that can be held exactly", cut(a.key))
		}
		return fact.Value{Kind: fact.Number, Num: float64(n)}, nil
	case "float":
		return x.float(a)
	case "date":
		if _, err := time.Parse(time.DateOnly, a.value); err == nil {
			return fact.Value{Kind: fact.Text, Text: a.value}, nil // a whole day; the pack types it
		}
		t, err := x.instant(a.value)
		return fact.MomentOf(day.At(t)), err
	}
	return fact.Value{}, x.fail("map an attribute with one value", "the attribute %q is a %s, which no field can hold", cut(a.key), a.kind)
}

func (x *xesReader) float(a attribute) (fact.Value, error) {
	text := strings.TrimSpace(a.value)
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || strings.ContainsAny(text, "xXpP_") {
		return fact.Value{}, x.fail("write it in digits with a point", "the attribute %q is not a number", cut(a.key))
	}
	if math.IsNaN(n) || math.IsInf(n, 0) {
		x.warn("the attribute %q is no finite number, so it counts as not stated", cut(a.key))
		return fact.Value{}, nil
	}
	return fact.Value{Kind: fact.Number, Num: n}, nil
}

// The years a time may lie in: what the engine's calendars cover.
const (
	firstYear = 1850
	lastYear  = 2199
)

// instant reads a time of the log: with an offset, or as the mapping's zone reads it.
func (x *xesReader) instant(s string) (day.Instant, error) {
	s = strings.TrimSpace(s)
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		local := ""
		if t, local = localTime(s, x.m.Zone); local != "" {
			return 0, x.fail("write it as 2016-10-05T09:30:00+02:00", "%q %s", cut(s), local)
		}
	}
	if y := t.UTC().Year(); y < firstYear || y > lastYear {
		return 0, x.fail("mend the year, or leave the event out", "%q is not in the years %d to %d", cut(s), firstYear, lastYear)
	}
	return day.FromTime(t), nil
}

// localTime reads a time without an offset; the second result says what is
// wrong. A time that the clocks skipped, or that occurred twice, is not guessed.
func localTime(s string, zone *time.Location) (time.Time, string) {
	const layout = "2006-01-02T15:04:05.999999999"
	t, err := time.ParseInLocation(layout, s, zone)
	if err != nil {
		if _, err := time.Parse(time.DateOnly, s); err == nil {
			return t, "is a day without a time"
		}
		return t, "is not a date and time"
	}
	const wall = "2006-01-02T15:04:05"
	if !strings.HasPrefix(s, t.Format(wall)) {
		return t, "never was: the clocks skipped it"
	}
	for _, shift := range []time.Duration{30 * time.Minute, time.Hour, 2 * time.Hour} {
		if t.Add(shift).Format(wall) == t.Format(wall) || t.Add(-shift).Format(wall) == t.Format(wall) {
			return t, "occurred twice: the clocks went back"
		}
	}
	return t, ""
}

func isGzip(err error) bool {
	var corrupt flate.CorruptInputError
	return errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || errors.As(err, &corrupt) ||
		err == io.ErrUnexpectedEOF
}
