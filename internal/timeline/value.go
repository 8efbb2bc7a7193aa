package timeline

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"candour/internal/fact"
)

func contains(keys []string, k string) bool { return slices.Contains(keys, k) }

// text is the text under a key; "" where it is left out or empty. Nothing here
// says what the value was, since that may be a field's.
func (r *reader) text(o *object, key string, required bool) string {
	v, ok := o.find(key)
	s, isText := v.(string)
	switch {
	case ok && !isText:
		r.fail("write it in quotes, or leave the key out", "%q is not text", key)
	case required && s == "":
		r.fail("add it", "%q is missing", key)
	}
	return s
}

// texts is a list of texts; one alone may stand without brackets.
func (r *reader) texts(o *object, key string) []string {
	v, ok := o.find(key)
	switch v := v.(type) {
	case string:
		if v != "" {
			return []string{v}
		}
		return nil
	case []any:
		return r.each(key, v)
	}
	if ok {
		r.fail("write a text or a list of texts, or leave the key out", "%q is neither text nor a list", key)
	}
	return nil
}

func (r *reader) each(key string, list []any) []string {
	var out []string
	for _, it := range list {
		s, ok := it.(string)
		if !ok || s == "" {
			r.fail("write each in quotes", "%q holds something that is not text, or empty", key)
			continue
		}
		out = append(out, s)
	}
	return out
}

func (r *reader) flag(o *object, key string) bool {
	v, ok := o.find(key)
	b, isBool := v.(bool)
	if ok && !isBool {
		r.fail("write true or false, or leave the key out", "%q is neither true nor false", key)
	}
	return b
}

// inner is the object under a key; nil where it is left out.
func (r *reader) inner(o *object, key, shape string, keys []string) *object {
	v, ok := o.find(key)
	if !ok {
		return nil
	}
	sub, isObject := v.(*object)
	if !isObject {
		r.fail("write "+shape, "%q is not an object", key)
		return nil
	}
	r.known(sub, key, keys)
	return sub
}

// inners are the objects in the list under a key.
func (r *reader) inners(o *object, key, shape string, keys []string) []*object {
	v, ok := o.find(key)
	if !ok {
		return nil
	}
	list, isList := v.([]any)
	if !isList {
		r.fail("write ["+shape+"]", "%q is not a list", key)
		return nil
	}
	var out []*object
	for _, it := range list {
		sub, isObject := it.(*object)
		if !isObject {
			r.fail("write ["+shape+"]", "%q holds something that is not an object", key)
			continue
		}
		r.known(sub, key, keys)
		out = append(out, sub)
	}
	return out
}

// fields reads `f` or `given` in the order stated.
func (r *reader) fields(o *object, key string) []fact.Field {
	v, ok := o.find(key)
	if !ok {
		return nil
	}
	sub, isObject := v.(*object)
	if !isObject {
		r.fail(`write {"name": value}`, "%q is not an object", key)
		return nil
	}
	var out []fact.Field
	for i, name := range sub.keys {
		val, err := fieldValue(sub.vals[i], true)
		if err != nil {
			r.fail("write text, a number, true, false or a list of these", "%q of %q is %v", name, key, err)
			continue
		}
		out = append(out, fact.Field{Name: name, Value: val})
	}
	return out
}

func fieldValue(v any, lists bool) (fact.Value, error) {
	switch v := v.(type) {
	case nil:
		return fact.Value{}, errors.New("null, which says nothing")
	case string:
		return fact.Value{Kind: fact.Text, Text: v}, nil
	case bool:
		return fact.Value{Kind: fact.Bool, Bool: v}, nil
	case json.Number:
		n, err := number(v)
		return fact.Value{Kind: fact.Number, Num: n}, err
	case []any:
		if lists {
			return listValue(v)
		}
		return fact.Value{}, errors.New("a list within a list")
	}
	return fact.Value{}, errors.New("an object")
}

func listValue(list []any) (fact.Value, error) {
	out := fact.Value{Kind: fact.List, List: []fact.Value{}}
	for _, it := range list {
		x, err := fieldValue(it, false)
		if err != nil {
			return fact.Value{}, err
		}
		out.List = append(out.List, x)
	}
	return out, nil
}

// number refuses whole numbers that would not be kept to the last figure: a
// reference of twenty figures must not change on its way in.
func number(v json.Number) (float64, error) {
	n, err := v.Float64()
	if err != nil {
		return 0, errors.New("a number out of range")
	}
	if whole := v.String(); !strings.ContainsAny(whole, ".eE") && strconv.FormatFloat(n, 'f', 0, 64) != whole {
		return 0, errors.New("a whole number too long to be kept exactly; write it in quotes")
	}
	return n, nil
}
