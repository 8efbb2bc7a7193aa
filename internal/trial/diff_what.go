package trial

import (
	"slices"
	"strings"

	"candour/internal/pack"
)

// asked compares what must, must not or may be recorded: alternatives first, then the
// leaves that both have.
func (c *comparing) asked(a, b *pack.Standard) {
	weakerIfMore := b.Modal != pack.MustNot // another alternative makes a duty easier, a prohibition wider
	before, after := looked(a), looked(b)
	if len(before) > mostWays || len(after) > mostWays {
		if strings.Join(leafKinds(c.a, a), " ") != strings.Join(leafKinds(c.b, b), " ") {
			c.rewritten("what is asked for changed; it can be met in too many ways to compare")
		}
		c.leaves(a, b)
		return
	}
	gone, came := less(before, after), less(after, before)
	for _, alt := range came {
		if i := slices.IndexFunc(gone, func(g string) bool { return contained(alt, g) }); i >= 0 {
			c.turn(weakerIfMore, "%s is no longer needed besides %s", c.names(c.wa.Kind, dropped(gone[i], alt)), c.names(c.wb.Kind, alt))
			gone = slices.Delete(gone, i, i+1)
			continue
		}
		if i := slices.IndexFunc(gone, func(g string) bool { return contained(g, alt) }); i >= 0 {
			c.turn(!weakerIfMore, "%s is now needed besides %s", c.names(c.wb.Kind, dropped(alt, gone[i])), c.names(c.wa.Kind, gone[i]))
			gone = slices.Delete(gone, i, i+1)
			continue
		}
		if weakerIfMore {
			c.say(Weaker, "%s now does as well", c.names(c.wb.Kind, alt))
		} else {
			c.say(Stricter, "%s is now looked for as well", c.names(c.wb.Kind, alt))
		}
	}
	for _, alt := range gone {
		if weakerIfMore {
			c.say(Stricter, "%s no longer does", c.names(c.wa.Kind, alt))
		} else {
			c.say(Weaker, "%s is no longer looked for", c.names(c.wa.Kind, alt))
		}
	}
	c.leaves(a, b)
	if a.ClaimThis != b.ClaimThis || claimWords(a) != claimWords(b) {
		c.say(Different, "what counts as a claim changed: overdue or unproven may be told apart otherwise")
	}
}

func claimWords(s *pack.Standard) string {
	var out []string
	for _, lf := range s.Claims {
		out = append(out, lf.Words+condSource(lf.Where))
	}
	return strings.Join(out, ",")
}

const together = " + "

// mostWays is how many ways of meeting a standard are told apart.
const mostWays = 256

// looked lists what a standard looks for. In a prohibition each leaf offends by itself,
// whether they are written as any or as all.
func looked(s *pack.Standard) []string {
	if s.Modal != pack.MustNot {
		return alternatives(s.Must)
	}
	var out []string
	for _, lf := range s.Leaves {
		out = append(out, strings.Split(lf.Words, " or ")...)
	}
	return out
}

// alternatives lists the ways of meeting a tree, each as its leaves' words.
func alternatives(t *pack.Tree) []string {
	switch {
	case t.Leaf != nil && t.Leaf.Holds != nil:
		return []string{"a state"}
	case t.Leaf != nil:
		return strings.Split(t.Leaf.Words, " or ")
	case len(t.Any) > 0:
		var out []string
		for _, sub := range t.Any {
			out = append(out, alternatives(sub)...)
		}
		return out
	}
	out := []string{""}
	for _, sub := range t.All {
		var next []string
		for _, x := range out {
			for _, y := range alternatives(sub) {
				if len(next) > mostWays {
					break
				}
				parts := strings.Split(strings.TrimPrefix(x+together+y, together), together)
				slices.Sort(parts)
				next = append(next, strings.Join(parts, together))
			}
		}
		out = next
	}
	return out
}

// contained tells whether all leaves of x, and not only they, are in y.
func contained(x, y string) bool {
	rest := strings.Split(y, together)
	for _, p := range strings.Split(x, together) {
		i := slices.Index(rest, p)
		if i < 0 {
			return false
		}
		rest = slices.Delete(rest, i, i+1)
	}
	return len(rest) > 0
}

// dropped lists the leaves of x that y lacks.
func dropped(x, y string) string {
	rest := strings.Split(x, together)
	for _, p := range strings.Split(y, together) {
		if i := slices.Index(rest, p); i >= 0 {
			rest = slices.Delete(rest, i, i+1)
		}
	}
	return strings.Join(rest, together)
}

func (c *comparing) names(kind func(string) string, alt string) string {
	var out []string
	for _, w := range strings.Split(alt, together) {
		if w == "a state" {
			out = append(out, w)
			continue
		}
		out = append(out, kind(w))
	}
	return strings.Join(out, " and ")
}

// leaves compares what is asked of the leaves that both versions have.
func (c *comparing) leaves(a, b *pack.Standard) {
	left := slices.Clone(b.Leaves)
	take := func(fits func(*pack.Leaf) bool) *pack.Leaf {
		if i := slices.IndexFunc(left, fits); i >= 0 {
			lf := left[i]
			left = slices.Delete(left, i, i+1)
			return lf
		}
		return nil
	}
	pairs := make([]*pack.Leaf, len(a.Leaves))
	for i, x := range a.Leaves {
		pairs[i] = take(func(y *pack.Leaf) bool { return x.Words == y.Words && condSource(x.Where) == condSource(y.Where) })
	}
	for i, x := range a.Leaves {
		if pairs[i] == nil {
			pairs[i] = take(func(y *pack.Leaf) bool {
				return (x.Holds != nil) == (y.Holds != nil) && (x.Holds != nil || len(both(strings.Split(x.Words, " or "), strings.Split(y.Words, " or "))) > 0)
			})
		}
		if pairs[i] != nil {
			c.leaf(a, b, x, pairs[i])
		}
	}
}

func (c *comparing) leaf(a, b *pack.Standard, x, y *pack.Leaf) {
	forbids := b.Modal == pack.MustNot
	if x.Holds != nil {
		c.condition(a, b, x.Holds, y.Holds, "what must be so", false)
		return
	}
	name := c.wb.Kind(strings.Split(y.Words, " or ")[0])
	c.condition(a, b, x.Where, y.Where, "what is asked of "+name, forbids)
	if forbids {
		c.proof(y.Proof, x.Proof, "of "+name) // a prohibition that needs less proof catches more
	} else {
		c.proof(x.Proof, y.Proof, "of "+name)
	}
	if x.Words == y.Words { // a tag whose kinds changed
		ka, kb := kindIDs(c.a, x.Kinds), kindIDs(c.b, y.Kinds)
		for _, k := range less(kb, ka) {
			c.turn(!forbids, "%s now counts as “%s”", c.wb.Kind(k), x.Words)
		}
		for _, k := range less(ka, kb) {
			c.turn(forbids, "%s no longer counts as “%s”", c.wa.Kind(k), x.Words)
		}
	}
	c.matches(x, y, name, forbids)
	if x.Latest != y.Latest {
		c.turn(!y.Latest, "of %s %s counted, and now %s", name, last(x.Latest), last(y.Latest))
	}
}

func last(latest bool) string {
	if latest {
		return "only the latest"
	}
	return "any one"
}

func (c *comparing) matches(x, y *pack.Leaf, name string, forbids bool) {
	words := func(p *pack.Pack, lf *pack.Leaf) []string {
		var out []string
		for _, m := range lf.Match {
			out = append(out, p.Names.Name(m.This)+" = "+p.Names.Name(m.That))
		}
		return out
	}
	ma, mb := words(c.a, x), words(c.b, y)
	for range less(ma, mb) {
		c.turn(!forbids, "%s no longer has to match the opening fact in a field", name)
	}
	for range less(mb, ma) {
		c.turn(forbids, "%s now has to match the opening fact in a field", name)
	}
}
