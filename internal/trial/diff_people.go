package trial

import (
	"slices"
	"strings"

	"candour/internal/pack"
	"candour/internal/phrase"
)

// people is who owes it, who is told, and how gravely it is taken.
func (c *comparing) people(a, b *pack.Standard) {
	if a.Severity != b.Severity {
		c.turn(b.Severity > a.Severity, "the severity was %s, and now is %s", a.Severity, b.Severity)
	}
	if owes(a) != owes(b) {
		c.say(Different, "it was owed by the %s, and now is owed by the %s", orNone(c.wa.Role(owes(a))), orNone(c.wb.Role(owes(b))))
	}
	for _, t := range a.Tell {
		i := slices.IndexFunc(b.Tell, func(u pack.Tell) bool { return u.Role == t.Role })
		switch {
		case i < 0:
			c.say(Weaker, "the %s is no longer told", c.wa.Role(t.Role))
		case t.After == nil && b.Tell[i].After != nil:
			c.say(Weaker, "the %s was told at once, and now after %s", c.wa.Role(t.Role), b.Tell[i].After)
		case t.After != nil && b.Tell[i].After == nil:
			c.say(Stricter, "the %s was told after %s, and now at once", c.wa.Role(t.Role), t.After)
		case t.After != nil && *t.After != *b.Tell[i].After:
			c.lengths(*t.After, *b.Tell[i].After, true, "the time until the "+c.wa.Role(t.Role)+" is told")
		}
	}
	for _, t := range b.Tell {
		if !slices.ContainsFunc(a.Tell, func(u pack.Tell) bool { return u.Role == t.Role }) {
			c.say(Stricter, "the %s is now told", c.wb.Role(t.Role))
		}
	}
}

var levels = []string{"advisory", "reference", "text", "counsel"}

// standing is where it holds, when, on what it rests and who checked it.
func (c *comparing) standing(a, b *pack.Standard) {
	c.force(a, b)
	if x, y := slices.Index(levels, level(a)), slices.Index(levels, level(b)); x != y {
		c.turn(y < x, "it was %s, and now is %s", levelName[level(a)], levelName[level(b)])
	}
	if a.Basis.Duty != b.Basis.Duty {
		c.turn(b.Basis.Duty == "policy", "the duty rested on %s, and now rests on %s", a.Basis.Duty, b.Basis.Duty)
	}
	if a.Basis.Time != b.Basis.Time {
		c.turn(b.Basis.Time == "policy", "the time rested on %s, and now rests on %s", a.Basis.Time, b.Basis.Time)
	}
	if !slices.Equal(a.Regimes, b.Regimes) {
		switch gone, came := less(a.Regimes, b.Regimes), less(b.Regimes, a.Regimes); {
		case len(a.Regimes) == 0, len(gone) > 0 && len(came) == 0 && len(b.Regimes) > 0:
			c.say(Weaker, "it holds in fewer regimes: %s", strings.Join(b.Regimes, ", "))
		case len(b.Regimes) == 0, len(came) > 0 && len(gone) == 0:
			c.say(Stricter, "it holds in more regimes")
		default:
			c.say(Different, "it holds in other regimes: %s", strings.Join(b.Regimes, ", "))
		}
	}
	for _, ex := range less(a.Examples, b.Examples) {
		c.say(Weaker, "the example %s no longer guards it", ex)
	}
}

func (c *comparing) force(a, b *pack.Standard) {
	x, y := a.InForce, b.InForce
	if c.split {
		return
	}
	if x.HasFrom != y.HasFrom || x.From != y.From {
		later := y.HasFrom && (!x.HasFrom || y.From > x.From)
		c.turn(later, "it was %s, and now is %s", forceWords(a), forceWords(b))
	}
	followed := slices.ContainsFunc(c.b.Standards, func(n *pack.Standard) bool { return continues(b, n) })
	switch ended := x.HasTo != y.HasTo || x.To != y.To; {
	case ended && followed:
		c.say(Different, "from %s on another version holds", phrase.Date(y.To.Add(1)))
	case ended:
		sooner := y.HasTo && (!x.HasTo || y.To < x.To)
		c.turn(sooner, "its end was %s, and now is %s", endWords(a), endWords(b))
	}
	if source(x.At) != source(y.At) {
		c.say(Different, "the date by which it is in force or not is another one")
	}
	if x.Lift != y.Lift {
		c.turn(y.Lift, "what is not yet due at its end did%s fall away, and now does%s", not(!x.Lift), not(!y.Lift))
	}
}

func endWords(s *pack.Standard) string {
	if !s.InForce.HasTo {
		return "open"
	}
	return s.InForce.To.Long()
}

// worded is what changes no duty.
func (c *comparing) worded(a, b *pack.Standard) {
	for _, g := range less(a.Guards, b.Guards) {
		c.say(Different, "it is no longer said to guard against %s", g)
	}
	for _, g := range less(b.Guards, a.Guards) {
		c.say(Different, "it is now said to guard against %s", g)
	}
	if a.Title != b.Title {
		c.say(Different, "the title was “%s”", a.Title)
	}
	if a.Source != b.Source {
		c.say(Different, "the source was “%s”, and now is “%s”", a.Source, b.Source)
	}
	if a.Text != b.Text && a.Text != "" {
		c.say(Different, "its plain words were changed")
	}
}
