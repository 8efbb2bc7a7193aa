package peer

import (
	"candour/internal/day"
	"candour/internal/fact"
	"candour/internal/state"
)

// overValues are the conditions of rule.Conditions, in that order, written in Go
// over the engine's own values with the places of the fields known beforehand.
// Against them one sees what the closures cost and what the layout of values costs.
func overValues(c *Conditions) []func(j int) bool {
	ev := func(j int) *state.Event { return c.envs[j].This.(*state.Event) }
	names := c.pack.Names
	place := func(name string) int { n, _ := names.Lookup(name); return ev(0).Kind.Slot(n) }
	urgent, grade, on, amount := place("urgent"), place("grade"), place("on"), place("amount")
	total, _ := names.Lookup("amount")
	is := func(v *fact.Value, words ...string) bool {
		for _, w := range words {
			if v.Kind == fact.Text && v.Text == w {
				return true
			}
		}
		return false
	}
	number := func(v *fact.Value) bool { return v.Kind == fact.Number }
	summer, spring := day.DateOf(2021, 6, 1), day.DateOf(2020, 3, 1)
	return []func(int) bool{
		func(j int) bool { v := &ev(j).Vals[urgent]; return v.Kind == fact.Bool && v.Bool },
		func(j int) bool { v := &ev(j).Vals[amount]; return number(v) && v.Num >= 500 },
		func(j int) bool { return is(&ev(j).Vals[grade], "medium", "high", "urgent") },
		func(j int) bool { v := &ev(j).Vals[on]; return v.Kind == fact.Date && v.Day < summer },
		func(j int) bool { v := &ev(j).Vals[amount]; return number(v) && v.Num < 300 },
		func(j int) bool {
			vals := ev(j).Vals
			return number(&vals[amount]) && vals[amount].Num >= 200 && is(&vals[grade], "high", "urgent") && vals[urgent].Kind == fact.Bool && !vals[urgent].Bool
		},
		func(j int) bool {
			vals := ev(j).Vals
			return number(&vals[amount]) && (vals[amount].Num < 300 || is(&vals[grade], "low")) && vals[on].Kind == fact.Date && vals[on].Day >= spring
		},
		func(j int) bool {
			v := c.envs[j].State.Register(-1, c.envs[j].Pos, total)
			return v != nil && number(v) && v.Num >= 1000 && !is(&ev(j).Vals[grade], "low")
		},
	}
}

// Values counts the events on which condition i holds by Go over the engine's values.
func (c *Conditions) Values(i int) (int, error) {
	n, holds := 0, c.values[i]
	for j := range c.envs {
		if holds(j) {
			n++
		}
	}
	return n, nil
}

// CELMaps counts them by cel-go as its documentation shows it: an activation and
// objects that are Go maps of Go values, turned into the interpreter's own as they are read.
func (c *Conditions) CELMaps(i int) (int, error) {
	n, p := 0, c.cel[i]
	for j := range c.maps {
		if v, _, err := p.Eval(c.maps[j]); err == nil && v.Value() == true {
			n++
		}
	}
	return n, nil
}
