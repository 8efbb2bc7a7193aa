package timeline

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// object is a JSON object with its keys in the order they stand.
type object struct {
	keys  []string
	vals  []any          // of each key: string, json.Number, bool, []any, *object or nil
	index map[string]int // of a key, once there are many
}

// many is from how many keys on an index is quicker than a look at each.
const many = 24

// find is the value under a key.
func (o *object) find(key string) (v any, ok bool) {
	if o.index != nil {
		i, ok := o.index[key]
		if !ok {
			return nil, false
		}
		return o.vals[i], true
	}
	for i, k := range o.keys {
		if k == key {
			return o.vals[i], true
		}
	}
	return nil, false
}

// get is the value under a key, nil where there is none.
func (o *object) get(key string) any {
	v, _ := o.find(key)
	return v
}

// add puts a value under a key that is not there yet.
func (o *object) add(key string, v any) {
	if o.keys == nil {
		o.keys, o.vals = make([]string, 0, 8), make([]any, 0, 8) // the usual line fits
	}
	o.keys, o.vals = append(o.keys, key), append(o.vals, v)
	switch n := len(o.keys); {
	case n > many:
		o.index[key] = n - 1
	case n == many:
		o.index = make(map[string]int, 2*many)
		for i, k := range o.keys {
			o.index[k] = i
		}
	}
}

// deepest is how far a line may nest; the format needs four.
const deepest = 16

// parse reads one object and nothing after it, from a line that is UTF-8. Its errors are
// whole: what is wrong and what to do; they never repeat what the line says but for a key.
func parse(line []byte) (*object, error) {
	if err := characters(line); err != nil {
		return nil, err
	}
	if o, ok := scan(line); ok {
		return o, nil
	}
	return decode(line)
}

// decode is the slow way, whose word is the last: it says what is wrong.
func decode(line []byte) (*object, error) {
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.UseNumber()
	v, err := value(dec, 0)
	if err != nil {
		return nil, err
	}
	o, ok := v.(*object)
	if !ok {
		return nil, errors.New("the line is not a JSON object; write {...}")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the object; write one object a line")
	}
	return o, nil
}

// characters refuses escapes that the decoder would mend in silence, and the
// character nought, which some stores cannot keep.
func characters(line []byte) error {
	for i := bytes.IndexByte(line, '\\'); i >= 0 && i < len(line); i++ {
		if line[i] != '\\' {
			continue
		}
		r := escaped(line[i:])
		switch {
		case r == 0:
			return errors.New("the line holds the character nought (\\u0000); take it out")
		case r > 0 && utf16.IsSurrogate(r):
			if utf16.DecodeRune(r, escaped(line[i+6:])) == utf8.RuneError {
				return errors.New("the line holds half a character (a lone \\ud800 to \\udfff); write the character itself")
			}
			i += 11
		default:
			i++ // the escaped character, so that \\\\u is not taken for \\u
		}
	}
	return nil
}

// escaped is the code that \uXXXX at the start of b stands for, or -1.
func escaped(b []byte) rune {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return -1
	}
	n, err := strconv.ParseUint(string(b[2:6]), 16, 32)
	if err != nil {
		return -1
	}
	return rune(n)
}

func value(dec *json.Decoder, depth int) (any, error) {
	if depth > deepest {
		return nil, fmt.Errorf("the object is nested more than %d deep; write it flat", deepest)
	}
	tok, err := dec.Token()
	if err != nil {
		return nil, malformed(err, dec)
	}
	switch tok {
	case json.Delim('{'):
		return members(dec, depth)
	case json.Delim('['):
		return elements(dec, depth)
	}
	return tok, nil
}

func members(dec *json.Decoder, depth int) (any, error) {
	o := &object{}
	for dec.More() {
		tok, err := dec.Token()
		if err != nil {
			return nil, malformed(err, dec)
		}
		key := tok.(string) // the decoder gives nothing else here
		if _, twice := o.find(key); twice {
			return nil, fmt.Errorf("the key %q is given twice in one object; keep one", key)
		}
		v, err := value(dec, depth+1)
		if err != nil {
			return nil, err
		}
		o.add(key, v)
	}
	if _, err := dec.Token(); err != nil {
		return nil, malformed(err, dec)
	}
	return o, nil
}

func elements(dec *json.Decoder, depth int) (any, error) {
	list := []any{}
	for dec.More() {
		v, err := value(dec, depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	if _, err := dec.Token(); err != nil {
		return nil, malformed(err, dec)
	}
	return list, nil
}

// malformed words a decoder's error without the character it met, which may be
// part of a field's value.
func malformed(err error, dec *json.Decoder) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("not JSON: the object is cut off; complete it, on one line")
	}
	why := strings.TrimPrefix(err.Error(), "invalid character ")
	if i := strings.LastIndex(why, "' "); i >= 0 {
		why = "an unexpected character " + why[i+2:]
	} else {
		why = "an unexpected character"
	}
	return fmt.Errorf("not JSON: after byte %d, %s; mend the line", dec.InputOffset(), why)
}
