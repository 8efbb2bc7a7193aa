package timeline

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"candour/internal/day"
	"candour/internal/fact"
)

// object is a JSON object with its keys in the order they stand.
type object struct {
	keys []string
	vals map[string]any // string, json.Number, bool, []any, *object, nil
}

// parse reads one object and nothing after it.
func parse(line []byte) (*object, error) {
	if !utf8.Valid(line) {
		return nil, errors.New("the line is not UTF-8; save the file as UTF-8")
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

func value(dec *json.Decoder, depth int) (any, error) {
	if depth > 16 {
		return nil, errors.New("the object is nested more than 16 deep; write it flat")
	}
	tok, err := dec.Token()
	if err != nil {
		return nil, fmt.Errorf("not JSON: %w; mend or complete the line", err)
	}
	switch tok {
	case json.Delim('{'):
		o := &object{vals: map[string]any{}}
		for dec.More() {
			k, err := dec.Token()
			if err != nil {
				return nil, fmt.Errorf("not JSON: %w; mend or complete the line", err)
			}
			key := k.(string)
			if _, twice := o.vals[key]; twice {
				return nil, fmt.Errorf("the key %q is given twice; keep one", key)
			}
			v, err := value(dec, depth+1)
			if err != nil {
				return nil, err
			}
			o.keys = append(o.keys, key)
			o.vals[key] = v
		}
		_, err := dec.Token()
		if err != nil {
			return nil, fmt.Errorf("not JSON: %w; mend or complete the line", err)
		}
		return o, nil
	case json.Delim('['):
		list := []any{}
		for dec.More() {
			v, err := value(dec, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := dec.Token()
		if err != nil {
			return nil, fmt.Errorf("not JSON: %w; mend or complete the line", err)
		}
		return list, nil
	}
	return tok, nil
}

// known refuses keys that are not in the list.
func (r *reader) known(o *object, what string, keys ...string) {
	for _, k := range o.keys {
		if !slices.Contains(keys, k) {
			r.fail("known keys: "+strings.Join(keys, ", "), "unknown key %q in %s", k, what)
		}
	}
}

func (r *reader) text(o *object, key string, required bool) string {
	v, ok := o.vals[key]
	s, isText := v.(string)
	switch {
	case ok && !isText:
		r.fail("write it in quotes", "%q is not text", key)
	case required && s == "":
		r.fail("add it", "%q is missing", key)
	}
	return s
}

func (r *reader) texts(o *object, key string) []string {
	switch v := o.vals[key].(type) {
	case nil:
		return nil
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, it := range v {
			s, ok := it.(string)
			if !ok {
				r.fail("write each in quotes", "%q holds something that is not text", key)
			}
			out = append(out, s)
		}
		return out
	}
	r.fail("write a text or a list of texts", "%q is neither text nor a list", key)
	return nil
}

func (r *reader) moment(o *object, key string, required bool) *day.Moment {
	s := r.text(o, key, required)
	if s == "" {
		return nil
	}
	m, err := day.ParseMoment(s, r.file.Zone)
	if err != nil {
		r.fail("", "%q: %v", key, err)
		return nil
	}
	return &m
}

func (r *reader) duration(o *object, key string) *day.Duration {
	s := r.text(o, key, false)
	if s == "" {
		return nil
	}
	d, err := day.ParseDuration(s)
	if err != nil {
		r.fail("", "%q: %v", key, err)
	}
	return &d
}

func (r *reader) flag(o *object, key string) bool {
	v, ok := o.vals[key]
	b, isBool := v.(bool)
	if ok && !isBool {
		r.fail("write true or false", "%q is neither true nor false", key)
	}
	return b
}

func (r *reader) objects(o *object, key string) []*object {
	v, ok := o.vals[key]
	if !ok {
		return nil
	}
	list, isList := v.([]any)
	if !isList {
		r.fail("write [{...}]", "%q is not a list", key)
	}
	var out []*object
	for _, it := range list {
		sub, ok := it.(*object)
		if !ok {
			r.fail("write [{...}]", "%q holds something that is not an object", key)
			continue
		}
		out = append(out, sub)
	}
	return out
}

func (r *reader) fields(o *object, key string) []fact.Field {
	v, ok := o.vals[key]
	if !ok {
		return nil
	}
	sub, isObject := v.(*object)
	if !isObject {
		r.fail("write {\"name\": value}", "%q is not an object", key)
		return nil
	}
	var out []fact.Field
	for _, name := range sub.keys {
		val, err := fieldValue(sub.vals[name], true)
		if err != nil {
			r.fail("write text, a number, true, false or a list of these", "%q of %q: %v", name, key, err)
			continue
		}
		out = append(out, fact.Field{Name: name, Value: val})
	}
	return out
}

func fieldValue(v any, lists bool) (fact.Value, error) {
	switch v := v.(type) {
	case string:
		return fact.Value{Kind: fact.Text, Text: v}, nil
	case bool:
		return fact.Value{Kind: fact.Bool, Bool: v}, nil
	case json.Number:
		n, err := v.Float64()
		if err != nil {
			return fact.Value{}, errors.New("a number that is too large")
		}
		return fact.Value{Kind: fact.Number, Num: n}, nil
	case []any:
		if !lists {
			return fact.Value{}, errors.New("a list within a list")
		}
		out := fact.Value{Kind: fact.List, List: []fact.Value{}}
		for _, it := range v {
			x, err := fieldValue(it, false)
			if err != nil {
				return fact.Value{}, err
			}
			out.List = append(out.List, x)
		}
		return out, nil
	}
	return fact.Value{}, errors.New("neither text, number, true, false nor a list")
}
