package pack

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"candour/internal/day"
	"candour/internal/expr"
	"candour/internal/fact"
)

// FieldError is what is wrong with one field of a fact.
type FieldError struct {
	Field string
	Err   error // names the field itself
}

// Error says which field, what is wrong and what to do.
func (e *FieldError) Error() string { return e.Err.Error() }

// Unwrap gives what was underneath.
func (e *FieldError) Unwrap() error { return e.Err }

// Conform types a fact's fields as its kind declares them and returns them in
// the kind's order. zone reads local times. The error names the field, what was
// wrong and what to do, never the value of a personal field.
func (p *Pack) Conform(f *fact.Fact, zone *time.Location) ([]fact.Value, error) {
	return p.ConformIn(nil, f, zone)
}

// ConformIn is Conform in the free space after what a slice holds, where there is enough.
func (p *Pack) ConformIn(space []fact.Value, f *fact.Fact, zone *time.Location) ([]fact.Value, error) {
	k := p.Kind(f.Kind)
	if k == nil {
		return nil, fmt.Errorf("unknown kind %q; the pack %s does not declare it: mend the spelling or add the kind", f.Kind, p.ID)
	}
	n := len(space)
	vals := slices.Grow(space, len(k.Fields))[n : n+len(k.Fields) : n+len(k.Fields)]
	for _, given := range f.Fields {
		i := slices.IndexFunc(k.Fields, func(fd *Field) bool { return fd.Name == given.Name })
		if i < 0 {
			return nil, &FieldError{given.Name, fmt.Errorf("field %q: the kind %s has no such field; it has %s", given.Name, k.ID, fieldNames(k))}
		}
		v, err := typed(given.Value, k.Fields[i].Type, k.Fields[i].Words, k.Fields[i].Values, zone)
		if err != nil {
			return nil, &FieldError{given.Name, fmt.Errorf("field %q of %s: %w", given.Name, k.ID, err)}
		}
		vals[i] = v
	}
	for i, fd := range k.Fields {
		if fd.Required && vals[i].Kind == fact.Absent {
			return nil, &FieldError{fd.Name, fmt.Errorf("field %q of %s is required and missing; add it", fd.Name, k.ID)}
		}
	}
	return vals, nil
}

// ConformPolicy sees that a value which a body sets for itself is one of the pack's,
// of its type, and within its limits.
func (p *Pack) ConformPolicy(v *fact.Policy) error {
	def, ok := p.Policies[v.Name]
	if !ok {
		return fmt.Errorf("policy %q: the pack %s has no such value; it has %s", v.Name, p.ID, strings.Join(sortedKeys(p.Policies), ", "))
	}
	if (def.Default != nil) != (v.Duration != nil) {
		return fmt.Errorf("policy %q: %s is needed here", v.Name, map[bool]string{true: "a length of time, as 14 days,", false: "a number"}[def.Default != nil])
	}
	if v.Duration == nil {
		if def.MinN != nil && v.Number < *def.MinN || def.MaxN != nil && v.Number > *def.MaxN {
			return fmt.Errorf("policy %q: %v is outside what the pack allows", v.Name, v.Number)
		}
		return nil
	}
	longer := func(a, b day.Duration) bool { return p.Calendar.Due(aMonday, a) > p.Calendar.Due(aMonday, b) }
	switch {
	case def.Max != nil && longer(*v.Duration, *def.Max):
		return fmt.Errorf("policy %q: %s is longer than the pack allows, which is %s", v.Name, v.Duration, def.Max)
	case def.Min != nil && longer(*def.Min, *v.Duration):
		return fmt.Errorf("policy %q: %s is shorter than the pack allows, which is %s", v.Name, v.Duration, def.Min)
	}
	return nil
}

// aMonday, at nine, is where lengths of different units are compared from.
var aMonday = day.FromTime(time.Date(2024, 1, 8, 9, 0, 0, 0, time.UTC))

func fieldNames(k *Kind) string {
	if len(k.Fields) == 0 {
		return "none"
	}
	var names []string
	for _, f := range k.Fields {
		names = append(names, f.Name)
	}
	return strings.Join(names, ", ")
}

// ConformGiven types a register's value from before the first fact.
func (p *Pack) ConformGiven(of string, g fact.Field, zone *time.Location) (*Register, fact.Value, error) {
	r := p.Register(of, g.Name)
	if r == nil {
		return nil, fact.Value{}, fmt.Errorf("given %q: the pack has no such register of %s; it has %s", g.Name, of, strings.Join(sortedKeys(p.registerTypes(of)), ", "))
	}
	v, err := typed(g.Value, r.Type, "register", r.Values, zone)
	if err != nil {
		return nil, v, fmt.Errorf("given %q: %w", g.Name, err)
	}
	return r, v, nil
}

func typed(v fact.Value, t expr.Type, words string, values []string, zone *time.Location) (fact.Value, error) {
	if v.Kind == fact.Absent {
		return v, nil
	}
	if v.Kind == fact.List && !t.List && t.Kind == fact.Number { // how many were listed
		return fact.Value{Kind: fact.Number, Num: float64(len(v.List))}, nil
	}
	if v.Kind == fact.List && len(v.List) == 1 && !t.List && t.Kind != fact.Bool { // one of what could be several
		return typed(v.List[0], t, words, values, zone)
	}
	if v.Kind == fact.List && t.Kind != fact.Bool || t.List {
		return typedList(v, t, words, values, zone)
	}
	switch t.Kind {
	case fact.Bool:
		if b, ok := said(v); ok {
			return fact.Value{Kind: fact.Bool, Bool: b}, nil
		}
	case v.Kind:
		if len(values) > 0 && !slices.Contains(values, v.Text) {
			return v, fmt.Errorf("not one of %s", strings.Join(values, ", "))
		}
		return v, nil
	case fact.Date:
		if v.Kind == fact.Text {
			d, err := day.ParseDate(v.Text)
			if err != nil {
				return v, fmt.Errorf("a date is needed, as 2013-12-10: %w", err)
			}
			return fact.Value{Kind: fact.Date, Day: d}, nil
		}
		if v.Kind == fact.Moment {
			return fact.Value{Kind: fact.Date, Day: dateIn(v.When.Lo, zone)}, nil
		}
	case fact.Text:
		if v.Kind == fact.Number && len(values) == 0 { // an episode number or a code may come as a number
			return fact.Value{Kind: fact.Text, Text: strconv.FormatFloat(v.Num, 'f', -1, 64)}, nil
		}
	case fact.Moment:
		if v.Kind == fact.Text {
			m, err := day.ParseMoment(v.Text, zone)
			return fact.MomentOf(m), err
		}
	}
	return v, fmt.Errorf("%s is needed here", map[fact.ValueKind]string{fact.Bool: "true or false", fact.Number: "a number",
		fact.Text: "text", fact.Date: "a date", fact.Moment: "a date or time"}[t.Kind])
}

// said reads what stands in a yes/no field. Records say such things in words
// ("conditions: no contact with the child"): a word for no, or nothing, is no, and
// anything else that was said is yes.
func said(v fact.Value) (yes, ok bool) {
	switch v.Kind {
	case fact.Bool:
		return v.Bool, true
	case fact.List:
		return len(v.List) > 0, true
	case fact.Text:
		return !slices.Contains([]string{"", "no", "n", "false", "none", "not", "nil"}, strings.ToLower(strings.TrimSpace(v.Text))), true
	}
	return false, false
}

func dateIn(t day.Instant, zone *time.Location) day.Date {
	x := t.Time(zone)
	return day.DateOf(x.Year(), int(x.Month()), x.Day())
}

func typedList(v fact.Value, t expr.Type, words string, values []string, zone *time.Location) (fact.Value, error) {
	if v.Kind == fact.List && !t.List && words != "reference" && words != "party" && words != "person" {
		return v, fmt.Errorf("one value is needed, not a list")
	}
	items := v.List
	if v.Kind != fact.List {
		items = []fact.Value{v}
	}
	t.List = false
	out := fact.Value{Kind: fact.List}
	for _, it := range items {
		if it.Kind == fact.List {
			return v, fmt.Errorf("a list within a list")
		}
		x, err := typed(it, t, words, values, zone)
		if err != nil {
			return v, err
		}
		out.List = append(out.List, x)
	}
	return out, nil
}
