package trial

import (
	"candour/internal/day"
	"candour/internal/pack"
)

// deadline compares by when.
func (c *comparing) deadline(a, b *pack.Standard) {
	c.time(a, b)
	if source(a.Clock) != source(b.Clock) || a.ClockOf != b.ClockOf {
		c.rewritten("time runs from another moment")
	}
	c.limit(a.AtMost, b.AtMost, true, "how old what is on record may be")
	c.limit(a.AtLeast, b.AtLeast, false, "how old what is on record must be")
}

// time compares the lengths of time; for a prohibition a shorter one is weaker.
func (c *comparing) time(a, b *pack.Standard) {
	longerIsWeaker := b.Modal == pack.Must
	switch {
	case a.Within != nil && b.Within != nil:
		c.terms(a.Within, b.Within, longerIsWeaker, "the time")
	case a.Modal == pack.MustNot && b.Modal == pack.MustNot && (a.Within == nil) != (b.Within == nil):
		c.turn(b.Within != nil, "it forbade it %s, and now %s", span(a), span(b))
	case a.By != nil && b.By != nil:
		c.by(a, b)
	case a.Gate != b.Gate:
	case a.Within != nil && b.By != nil || a.By != nil && b.Within != nil:
		c.say(Different, "the time was %s, and now is %s", timeWords(c, a, true), timeWords(c, b, false))
	}
}

func span(s *pack.Standard) string {
	if s.Within == nil {
		return "for ever"
	}
	return "for " + s.Within.Words
}

func timeWords(c *comparing, s *pack.Standard, old bool) string {
	w := c.wb
	if old {
		w = c.wa
	}
	if s.By != nil {
		return "by " + w.By(s)
	}
	return "within " + w.Term(s.Within)
}

func (c *comparing) by(a, b *pack.Standard) {
	if a.By.Words == b.By.Words {
		return
	}
	if source(a.By.At) == source(b.By.At) && a.By.Ends == b.By.Ends && a.By.Before != nil && b.By.Before != nil {
		c.terms(a.By.Before, b.By.Before, false, "the time before that moment") // more time before is an earlier due date
		return
	}
	c.rewritten("it was due by %s, and now by %s", c.wa.By(a), c.wb.By(b))
}

// terms compares two lengths of time as standards state them.
func (c *comparing) terms(a, b *pack.Term, longerIsWeaker bool, what string) {
	if a == nil || b == nil {
		c.say(Different, "%s was %s, and now is %s", what, orNone(termWords(a)), orNone(termWords(b)))
		return
	}
	x, xok := c.fixed(c.a, a)
	y, yok := c.fixed(c.b, b)
	switch {
	case xok && yok:
		if x != y {
			c.lengths(x, y, longerIsWeaker, what)
		}
		if a.Policy != "" && b.Policy == "" || a.Policy == "" && b.Policy != "" {
			c.say(Different, "%s was %s, and now is %s", what, c.wa.Term(a), c.wb.Term(b))
		}
		if a.Asap != b.Asap {
			c.say(Different, "%s was %s, and now is %s", what, c.wa.Term(a), c.wb.Term(b))
		}
	case a.Choose != nil && b.Choose != nil && a.Choose.Source == b.Choose.Source:
		for _, grade := range less(keys(a.Of), nil) {
			if b.Of[grade] != nil {
				c.terms(a.Of[grade], b.Of[grade], longerIsWeaker, what+" for "+grade)
			}
		}
		if len(a.Of) != len(b.Of) {
			c.say(Different, "%s is told apart for other values", what)
		}
	case a.Field != nil && b.Field != nil && a.Field.Source == b.Field.Source && a.Unit == b.Unit && a.Else != nil && b.Else != nil:
		c.terms(a.Else, b.Else, longerIsWeaker, what+" where nothing says how long")
	case termWords(a) != termWords(b):
		c.say(Different, "%s was %s, and now is %s", what, c.wa.Term(a), c.wb.Term(b))
	}
}

func keys(m map[string]*pack.Term) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	return natural(out)
}

// fixed is the length if it is one: stated, or the usual value of a policy.
func (c *comparing) fixed(p *pack.Pack, t *pack.Term) (day.Duration, bool) {
	switch {
	case t.Field != nil || t.Choose != nil:
		return day.Duration{}, false
	case t.Policy != "":
		if pol := p.Policies[t.Policy]; pol != nil && pol.Default != nil {
			return *pol.Default, true
		}
		return day.Duration{}, false
	}
	return t.Duration, true
}

func termWords(t *pack.Term) string {
	if t == nil {
		return ""
	}
	return t.Words
}

// lengths says which of two lengths is longer, by the due moments that they give.
func (c *comparing) lengths(x, y day.Duration, longerIsWeaker bool, what string) {
	switch longer(c.b.Calendar, x, y) {
	case 1:
		c.turn(longerIsWeaker, "%s was %s, and now is %s: longer", what, x, y)
	case -1:
		c.turn(!longerIsWeaker, "%s was %s, and now is %s: shorter", what, x, y)
	case 0:
		c.say(Different, "%s was %s, and now is %s: it comes to the same", what, x, y)
	default:
		c.say(Different, "%s was %s, and now is %s: sometimes longer, sometimes shorter", what, x, y)
	}
}

// longer tries both lengths from every day of three years at nine in the morning:
// 1 if y is never shorter and sometimes longer, -1 the reverse, 0 if always the same,
// 2 if neither.
func longer(cal *day.Calendar, x, y day.Duration) int {
	more, fewer := false, false
	first := day.DateOf(2022, 1, 1)
	for i := range 3 * 365 {
		at := cal.At(first.Add(i), 9*60)
		dx, dy := cal.Due(at, x), cal.Due(at, y)
		more = more || dy > dx
		fewer = fewer || dy < dx
	}
	switch {
	case more && fewer:
		return 2
	case more:
		return 1
	case fewer:
		return -1
	}
	return 0
}

// limit compares a limit that may be missing: how old at most, or at least.
func (c *comparing) limit(x, y *day.Duration, most bool, what string) {
	switch {
	case x == nil && y == nil:
	case x == nil:
		c.say(Stricter, "%s is now limited: %s", what, y)
	case y == nil:
		c.say(Weaker, "%s is no longer limited (it was %s)", what, x)
	case *x != *y:
		c.lengths(*x, *y, most, what)
	}
}
