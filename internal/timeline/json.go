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
	keys []string
	vals map[string]any // string, json.Number, bool, []any, *object or nil
}

// deepest is how far a line may nest; the format needs four.
const deepest = 16

// parse reads one object and nothing after it. Its errors are whole: what is
// wrong and what to do; they never repeat what the line says but for a key.
func parse(line []byte) (*object, error) {
	if err := characters(line); err != nil {
		return nil, err
	}
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
	for i := 0; i < len(line); i++ {
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
	o := &object{vals: map[string]any{}}
	for dec.More() {
		tok, err := dec.Token()
		if err != nil {
			return nil, malformed(err, dec)
		}
		key := tok.(string) // the decoder gives nothing else here
		if _, twice := o.vals[key]; twice {
			return nil, fmt.Errorf("the key %q is given twice in one object; keep one", key)
		}
		v, err := value(dec, depth+1)
		if err != nil {
			return nil, err
		}
		o.keys = append(o.keys, key)
		o.vals[key] = v
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
