package trial

import (
	"fmt"
	"slices"
	"strings"

	"candour/internal/expr"
	"candour/internal/pack"
)

func source(v *expr.Value) string {
	if v == nil {
		return ""
	}
	return v.Source
}

func condSource(c *expr.Condition) string {
	if c == nil {
		return ""
	}
	return c.Source
}

// rewritten says that something changed whose words do not tell a direction.
func (c *comparing) rewritten(format string, args ...any) {
	c.say(Different, format, args...)
	c.out[len(c.out)-1].Condition = true
}

// condition compares two conditions; narrowIsWeaker: fewer cases meet it, so the
// standard asks less.
func (c *comparing) condition(a, b *pack.Standard, old, now *expr.Condition, what string, narrowIsWeaker bool) {
	if condSource(old) == condSource(now) {
		return
	}
	was, is := "none", "none"
	if old != nil {
		was = c.wa.Condition(old.Source, a)
	}
	if now != nil {
		is = c.wb.Condition(now.Source, b)
	}
	words := fmt.Sprintf("%s: the condition was [%s], and now is [%s]", what, was, is)
	switch relate(old, now) {
	case narrower:
		c.turn(narrowIsWeaker, "%s: fewer meet it", words)
	case wider:
		c.turn(!narrowIsWeaker, "%s: more meet it", words)
	case equal:
		if was != is {
			c.say(Different, "%s: it comes to the same", words)
		}
	default:
		c.rewritten("%s", words)
	}
}

// relation says what a condition became.
type relation uint8

const (
	unclear relation = iota
	equal
	narrower
	wider
)

// relate compares conditions by their form: what is joined by and or or, lists,
// limits. Where the form does not tell, it is unclear.
func relate(old, now *expr.Condition) relation {
	switch {
	case old == nil && now == nil:
		return equal
	case old == nil:
		return narrower
	case now == nil:
		return wider
	}
	x, err := expr.Parse(old.Source)
	if err != nil {
		return unclear
	}
	y, err := expr.Parse(now.Source)
	if err != nil {
		return unclear
	}
	return relateTrees(x, y)
}

func relateTrees(x, y *expr.Tree) relation {
	if canon(x) == canon(y) {
		return equal
	}
	if x.Op == "!" && y.Op == "!" {
		return turned(relateTrees(x.Args[0], y.Args[0]))
	}
	if r := joined(x, y, "&&", narrower); r != unclear {
		return r
	}
	if r := joined(x, y, "||", wider); r != unclear {
		return r
	}
	if r := listed(x, y); r != unclear {
		return r
	}
	return limited(x, y)
}

func turned(r relation) relation {
	switch r {
	case narrower:
		return wider
	case wider:
		return narrower
	}
	return r
}

// joined compares what op joins: one more part makes it more.
func joined(x, y *expr.Tree, op string, more relation) relation {
	if x.Op != op && y.Op != op {
		return unclear
	}
	px, py := parts(x, op), parts(y, op)
	lx, ly := without(px, py), without(py, px)
	switch {
	case len(lx) == 0 && len(ly) == 0:
		return equal
	case len(lx) == 0:
		return more
	case len(ly) == 0:
		return turned(more)
	case len(lx) == 1 && len(ly) == 1:
		return relateTrees(lx[0], ly[0])
	}
	return unclear
}

func parts(t *expr.Tree, op string) []*expr.Tree {
	if t.Op != op {
		return []*expr.Tree{t}
	}
	return append(parts(t.Args[0], op), parts(t.Args[1], op)...)
}

func without(list, other []*expr.Tree) []*expr.Tree {
	var out []*expr.Tree
	for _, t := range list {
		if !slices.ContainsFunc(other, func(o *expr.Tree) bool { return canon(o) == canon(t) }) {
			out = append(out, t)
		}
	}
	return out
}

// listed compares x in [a, b] and x == a.
func listed(x, y *expr.Tree) relation {
	wx, lx := choices(x)
	wy, ly := choices(y)
	if wx == "" || wx != wy {
		return unclear
	}
	gone, came := less(lx, ly), less(ly, lx)
	switch {
	case len(gone) == 0 && len(came) == 0:
		return equal
	case len(gone) == 0:
		return wider
	case len(came) == 0:
		return narrower
	}
	return unclear
}

func choices(t *expr.Tree) (what string, list []string) {
	switch {
	case t.Op == "==" && t.Args[1].Op == "text":
		return canon(t.Args[0]), []string{canon(t.Args[1])}
	case t.Op == "in" && t.Args[1].Op == "list":
		for _, a := range t.Args[1].Args {
			list = append(list, canon(a))
		}
		return canon(t.Args[0]), list
	}
	return "", nil
}

// limited compares x >= 3 with x >= 5.
func limited(x, y *expr.Tree) relation {
	if x.Op != y.Op || len(x.Args) != 2 || x.Args[1].Op != "number" || y.Args[1].Op != "number" || canon(x.Args[0]) != canon(y.Args[0]) {
		return unclear
	}
	rises := y.Args[1].Number > x.Args[1].Number
	switch x.Op {
	case ">", ">=":
		if rises {
			return narrower
		}
		return wider
	case "<", "<=":
		if rises {
			return wider
		}
		return narrower
	}
	return unclear
}

// canon writes a tree so that two of the same meaning in form are equal.
func canon(t *expr.Tree) string {
	var args []string
	for _, a := range t.Args {
		args = append(args, canon(a))
	}
	if t.Op == "&&" || t.Op == "||" {
		args = nil
		for _, p := range parts(t, t.Op) {
			args = append(args, canon(p))
		}
		slices.Sort(args)
		args = slices.Compact(args)
	}
	return fmt.Sprintf("%s:%s:%q:%v:%v(%s)", t.Op, t.Name, t.Text, t.Number, t.Bool, strings.Join(args, ","))
}

// proof compares two proof expressions by what they let through.
func (c *comparing) proof(a, b *pack.Proof, of string) {
	x, y := ways(a), ways(b)
	was, is := c.wa.Proof(a), c.wb.Proof(b)
	if len(x) > mostWays || len(y) > mostWays {
		if proofSource(a) != proofSource(b) {
			c.say(Different, "the proof %s was %s, and now is %s", of, was, is)
		}
		return
	}
	through, kept := lets(x, y), lets(y, x)
	words := fmt.Sprintf("the proof %s was %s, and now is %s", of, was, is)
	switch {
	case through && kept:
	case through: // all that was proof is proof still, and more is
		c.say(Weaker, "%s: weaker", words)
	case kept:
		c.say(Stricter, "%s: stronger", words)
	default:
		switch sx, sy := strength(x), strength(y); {
		case sy < sx:
			c.say(Weaker, "%s: weaker, as proofs are ranked", words)
		case sy > sx:
			c.say(Stricter, "%s: stronger, as proofs are ranked", words)
		default:
			c.say(Different, "%s: another proof", words)
		}
	}
}

// ways lists the sets of atoms any of which is enough.
func ways(p *pack.Proof) [][]*pack.Proof {
	switch {
	case p == nil:
		return [][]*pack.Proof{nil}
	case p.Op == pack.ProofAny:
		return [][]*pack.Proof{nil}
	case p.Op == pack.ProofOr:
		return append(ways(p.Left), ways(p.Right)...)
	case p.Op == pack.ProofAnd:
		var out [][]*pack.Proof
		for _, l := range ways(p.Left) {
			for _, r := range ways(p.Right) {
				if len(out) > mostWays {
					return out
				}
				out = append(out, append(slices.Clone(l), r...))
			}
		}
		return out
	}
	return [][]*pack.Proof{{p}}
}

// lets tells whether whatever is enough by x is enough by y.
func lets(x, y [][]*pack.Proof) bool {
	for _, w := range x {
		if !slices.ContainsFunc(y, func(v []*pack.Proof) bool {
			for _, need := range v {
				if !slices.ContainsFunc(w, func(have *pack.Proof) bool { return implies(have, need) }) {
					return false
				}
			}
			return true
		}) {
			return false
		}
	}
	return true
}

// implies holds for the same atom, and where one is the other with more said: a
// document of a type is a document.
func implies(have, need *pack.Proof) bool {
	switch {
	case have.Op == pack.ProofSecondUnit && need.Op == pack.ProofSecond:
		return true
	case have.Op != need.Op:
		return false
	}
	return have.Arg == need.Arg || need.Op == pack.ProofDocument && need.Arg == ""
}

// strength ranks by the weakest way: self, then a second person or a document,
// then somebody outside or the person concerned; two things are more than one.
// It is for saying so only (standards.md, section 5).
func strength(x [][]*pack.Proof) int {
	weakest := -1
	for _, w := range x {
		s := 0
		for _, p := range w {
			switch p.Op {
			case pack.ProofSelf:
				s += 1
			case pack.ProofSecond, pack.ProofSecondUnit, pack.ProofDocument:
				s += 10
			default:
				s += 100
			}
		}
		if weakest < 0 || s < weakest {
			weakest = s
		}
	}
	return weakest
}
