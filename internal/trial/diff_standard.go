package trial

import (
	"slices"
	"strings"

	"candour/internal/expr"
	"candour/internal/pack"
	"candour/internal/phrase"
)

// standard compares two versions of a standard, part by part.
func (c *comparing) standard(a, b *pack.Standard) {
	told := len(c.out)
	defer func() {
		if len(c.out) == told && c.wa.Sentence(a).String() != c.wb.Sentence(b).String() {
			c.rewritten("it reads otherwise: [%s], and now [%s]", c.wa.Sentence(a), c.wb.Sentence(b))
		}
	}()
	if a.Asks != nil || b.Asks != nil {
		c.time(a, b)
		return
	}
	c.modal(a, b)
	c.trigger(a, b)
	c.asked(a, b)
	c.deadline(a, b)
	c.relief(a, b)
	c.after(a, b)
	c.people(a, b)
	c.standing(a, b)
	c.worded(a, b)
}

func (c *comparing) modal(a, b *pack.Standard) {
	names := [...]string{"must", "must not", "may"}
	if a.Modal != b.Modal {
		d := Different
		if b.Modal == pack.May {
			d = Weaker
		} else if a.Modal == pack.May {
			d = Stricter
		}
		c.say(d, "it said “%s”, and now says “%s”", names[a.Modal], names[b.Modal])
	}
	if a.Gate && !b.Gate && b.Modal == pack.Must {
		c.say(Weaker, "a gate became a deadline: what had to be on record beforehand may now come %s", c.dueWords(b))
	}
	if !a.Gate && b.Gate && a.Modal == pack.Must {
		c.say(Stricter, "a deadline became a gate: it must be on record beforehand")
	}
}

func (c *comparing) dueWords(s *pack.Standard) string {
	if s.Within != nil {
		return "within " + c.wb.Term(s.Within)
	}
	return "later"
}

// triggers lists the heads of a standard's selectors, kinds one by one.
func triggers(p *pack.Pack, s *pack.Standard) []string {
	var out []string
	for _, sel := range s.When {
		out = append(out, heads(p, sel)...)
	}
	return out
}

func heads(p *pack.Pack, sel pack.Selector) []string {
	switch {
	case sel.Opened:
		return []string{"case: opened"}
	case sel.Becomes != nil:
		return []string{"becomes"}
	case sel.Every != nil:
		return []string{"every"}
	case sel.Finding != "":
		return []string{"finding " + sel.Finding}
	}
	return kindIDs(p, sel.Kinds)
}

// whereOf is the condition under which a head opens; several selectors with it: "".
func whereOf(p *pack.Pack, list []pack.Selector, head string) (cond *expr.Condition, n int) {
	for _, sel := range list {
		if slices.Contains(heads(p, sel), head) {
			n++
			cond = sel.Where
			if sel.Becomes != nil {
				cond = sel.Becomes
			}
		}
	}
	return cond, n
}

func (c *comparing) trigger(a, b *pack.Standard) {
	if a.For != b.For {
		c.say(Different, "it was for %s, and now is for %s", orNone(a.For), orNone(b.For))
	}
	c.selectors(a, b, a.When, b.When, selectorWords{"no longer opened by %s", "now also opened by %s", "what opens it", true})
	if a.Per != b.Per || !slices.Equal(a.PerAlso, b.PerAlso) || a.PerCase != b.PerCase {
		c.say(Different, "it was counted for each %s, and now for each %s", c.wa.Role(a.Per), c.wb.Role(b.Per))
	}
	c.condition(a, b, a.PerIf, b.PerIf, "for whom it holds", true)
	c.condition(a, b, a.While, b.While, "while it holds", true)
	if a.Repeat != b.Repeat {
		names := [...]string{"another duty", "nothing", "a new start of the clock"}
		// the first two keep the old clock; a restart gives whoever triggers it again more time
		c.turn(b.Repeat > a.Repeat, "a second trigger while one is open meant %s, and now means %s", names[a.Repeat], names[b.Repeat])
	}
}

// selectorWords say what it means that a selector is gone or new; narrow: fewer is weaker.
type selectorWords struct {
	gone, fresh, what string
	narrow            bool
}

func (c *comparing) selectors(a, b *pack.Standard, la, lb []pack.Selector, w selectorWords) {
	var ha, hb []string
	for _, sel := range la {
		ha = append(ha, heads(c.a, sel)...)
	}
	for _, sel := range lb {
		hb = append(hb, heads(c.b, sel)...)
	}
	for _, h := range less(ha, hb) {
		c.turn(w.narrow, w.gone, c.head(c.wa, h))
	}
	for _, h := range less(hb, ha) {
		c.turn(!w.narrow, w.fresh, c.head(c.wb, h))
	}
	for _, h := range both(ha, hb) {
		ca, na := whereOf(c.a, la, h)
		cb, nb := whereOf(c.b, lb, h)
		if na != 1 || nb != 1 {
			if !sameSelectors(la, lb) {
				c.rewritten("%s: the conditions on %s changed", w.what, c.head(c.wb, h))
			}
			continue
		}
		c.condition(a, b, ca, cb, w.what+" ("+c.head(c.wb, h)+")", w.narrow)
		c.periods(la, lb, h)
	}
}

func (c *comparing) periods(la, lb []pack.Selector, head string) {
	if head != "every" {
		return
	}
	pick := func(l []pack.Selector) pack.Selector {
		return l[slices.IndexFunc(l, func(s pack.Selector) bool { return s.Every != nil })]
	}
	x, y := pick(la), pick(lb)
	if *x.Every != *y.Every {
		c.lengths(*x.Every, *y.Every, true, "the period")
	}
	if source(x.Clock) != source(y.Clock) || (x.After == nil) != (y.After == nil) || x.After != nil && *x.After != *y.After {
		c.say(Different, "the periods are counted otherwise")
	}
}

func sameSelectors(la, lb []pack.Selector) bool {
	return slices.EqualFunc(la, lb, func(x, y pack.Selector) bool {
		return x.Words == y.Words && condSource(x.Where) == condSource(y.Where)
	})
}

// head names what a selector looks for.
func (c *comparing) head(w *phrase.Book, h string) string {
	switch h {
	case "case: opened":
		return "the opening of the case"
	case "becomes":
		return "a change of state"
	case "every":
		return "the end of a period"
	}
	if id, ok := strings.CutPrefix(h, "finding "); ok {
		return "the finding " + id
	}
	return w.Kind(h)
}

func less(a, b []string) []string {
	var out []string
	for _, x := range a {
		if !slices.Contains(b, x) && !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}

func both(a, b []string) []string {
	var out []string
	for _, x := range a {
		if slices.Contains(b, x) && !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}

// relief is what lifts, puts off or stands instead of the duty.
func (c *comparing) relief(a, b *pack.Standard) {
	c.selectors(a, b, a.Unless, b.Unless, selectorWords{"%s no longer lifts it", "%s now lifts it", "what lifts it", false})
	switch {
	case !a.Already.Yes && b.Already.Yes:
		c.say(Weaker, "an earlier one will now do")
	case a.Already.Yes && !b.Already.Yes:
		c.say(Stricter, "an earlier one will no longer do")
	case a.Already.AtMost != nil && b.Already.AtMost != nil && *a.Already.AtMost != *b.Already.AtMost:
		c.lengths(*a.Already.AtMost, *b.Already.AtMost, true, "how old an earlier one may be")
	case a.Already.Yes && (a.Already.AtMost == nil) != (b.Already.AtMost == nil):
		c.turn(b.Already.AtMost == nil, "whether an earlier one may be of any age changed")
	}
	if a.Discretion != b.Discretion {
		c.turn(b.Discretion, "a recorded reason with a second signature did%s stand instead, and now does%s", not(!a.Discretion), not(!b.Discretion))
	}
	c.there("moving the due date", a.Moved != nil, b.Moved != nil)
	if a.Moved != nil && b.Moved != nil {
		if a.Moved.Words != b.Moved.Words || condSource(a.Moved.Where) != condSource(b.Moved.Where) || source(a.Moved.To) != source(b.Moved.To) {
			c.rewritten("what moves the due date changed")
		}
		if a.Moved.BeforeDue != b.Moved.BeforeDue {
			c.turn(!b.Moved.BeforeDue, "the due date could%s be moved after it had passed, and now can%s", not(a.Moved.BeforeDue), not(b.Moved.BeforeDue))
		}
	}
	c.there("stopping the clock", a.Paused != nil, b.Paused != nil)
	if a.Paused != nil && b.Paused != nil && !sameSelectors([]pack.Selector{a.Paused.From, a.Paused.Until}, []pack.Selector{b.Paused.From, b.Paused.Until}) {
		c.rewritten("what stops the clock changed")
	}
	if a.Curable != b.Curable {
		c.turn(b.Curable, "what is done afterwards did%s close the finding, and now does%s", not(!a.Curable), not(!b.Curable))
	}
	if a.Lost != b.Lost {
		c.say(Different, "whether what was missed is lost for good changed")
	}
}

func not(no bool) string {
	if no {
		return " not"
	}
	return ""
}

// there says that a way out came or went.
func (c *comparing) there(what string, before, after bool) {
	if before != after {
		c.turn(after, "%s was %s, and now is %s", what, possible(before), possible(after))
	}
}

func possible(yes bool) string {
	if yes {
		return "possible"
	}
	return "impossible"
}

// after is what comes once it is done, or found.
func (c *comparing) after(a, b *pack.Standard) {
	switch {
	case a.Again.Yes && !b.Again.Yes:
		c.say(Weaker, "it no longer comes again once done")
	case !a.Again.Yes && b.Again.Yes:
		c.say(Stricter, "it now comes again once done")
	case a.Again.Yes:
		if a.Again.Due != b.Again.Due {
			c.say(Different, "the next one was counted from %s, and now from %s", from(a.Again.Due), from(b.Again.Due))
		}
		if termWords(a.Again.Then) != termWords(b.Again.Then) {
			c.terms(a.Again.Then, b.Again.Then, true, "the time for the next one")
		}
		if !slices.Equal(kindIDs(c.a, a.Again.After), kindIDs(c.b, b.Again.After)) {
			c.say(Different, "after which kinds it comes again changed")
		}
	}
	if a.Modal == pack.MustNot && b.Modal == pack.MustNot && a.Raises != b.Raises {
		c.say(Different, "it raised a finding of the kind %s, and now of the kind %s", a.Raises, b.Raises)
	}
	if a.Modal != pack.MustNot || b.Modal != pack.MustNot {
		return
	}
	switch {
	case a.Closed == nil && b.Closed != nil:
		c.say(Weaker, "the finding can now be closed, by %s", b.Closed.Words)
	case a.Closed != nil && b.Closed == nil:
		c.say(Stricter, "nothing closes the finding any more")
	case a.Closed != nil && !sameSelectors([]pack.Selector{*a.Closed}, []pack.Selector{*b.Closed}):
		c.rewritten("what closes the finding changed")
	}
	if a.Closed != nil && b.Closed != nil {
		c.proof(a.ClosedProof, b.ClosedProof, "to close the finding")
	}
}

func from(due bool) string {
	if due {
		return "when it was due"
	}
	return "when it was done"
}
