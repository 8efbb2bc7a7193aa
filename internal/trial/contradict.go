package trial

import (
	"fmt"
	"slices"

	"candour/internal/pack"
)

// Contradictions advises on standards of a pack that ask for opposite things, or
// for the same thing by different times. It looks only at standards that hold
// for the same cases at the same time: same regimes, overlapping dates, the
// same trigger under the same conditions. So it says little, and rarely what is not so.
// Each piece of advice names both places.
func Contradictions(p *pack.Pack) pack.Problems {
	var out pack.Problems
	list := InFiles(p)
	for i, a := range list {
		for _, b := range list[i+1:] {
			if a.ID == b.ID || a.For != b.For || !atOnce(a, b) {
				continue
			}
			for _, x := range []func(*pack.Pack, *pack.Standard, *pack.Standard) string{opposed, closedGate, deadlock, twoTimes} {
				what, first, second := x(p, a, b), a, b
				if what == "" {
					what, first, second = x(p, b, a), b, a
				}
				if what == "" {
					continue
				}
				out = append(out, pack.Problem{File: first.File, Line: first.Line, What: fmt.Sprintf("%s and %s (%s:%d): %s", first.ID, second.ID, second.File, second.Line, what),
					Remedy: "see which one is meant, or tell them apart by condition, proof or dates"})
			}
		}
	}
	return out
}

// atOnce tells whether both can hold at once: dates that overlap, a regime in common.
func atOnce(a, b *pack.Standard) bool {
	x, y := a.InForce, b.InForce
	switch {
	case x.HasTo && y.HasFrom && x.To < y.From, y.HasTo && x.HasFrom && y.To < x.From:
		return false
	case len(a.Regimes) > 0 && len(b.Regimes) > 0:
		return slices.ContainsFunc(a.Regimes, func(r string) bool { return slices.Contains(b.Regimes, r) })
	}
	return true
}

// opposed: what one says must be recorded, the other says must not, after the same
// trigger and while both times run.
func opposed(p *pack.Pack, must, not *pack.Standard) string {
	if must.Modal != pack.Must || must.Gate || must.Within == nil || not.Modal != pack.MustNot || not.Raises != "prohibited" {
		return ""
	}
	if !sameOpening(p, must, not) || source(must.Clock) != source(not.Clock) || must.Must.Leaf == nil {
		return ""
	}
	if not.Within != nil && !spans(p, not.Within, must.Within) {
		return "" // it may be done once the prohibition has ended
	}
	need := must.Must.Leaf
	for _, no := range not.Leaves {
		if len(missing(need.Kinds, no.Kinds)) == 0 && condSource(no.Where) == "" && len(no.Match) == 0 {
			return fmt.Sprintf("after the same trigger one says that %s must be recorded within %s, the other that it must not be", need.Words, must.Within.Words)
		}
	}
	return ""
}

// closedGate: a gate needs on record what another standard forbids for ever once the
// case is open.
func closedGate(p *pack.Pack, gate, not *pack.Standard) string {
	if gate.Modal != pack.Must || !gate.Gate || gate.Must.Leaf == nil || gate.Must.Leaf.Holds != nil || not.Modal != pack.MustNot || not.Raises != "prohibited" || not.Within != nil {
		return ""
	}
	if not.While != nil || not.PerIf != nil || len(not.When) != 1 || !not.When[0].Opened || condSource(not.When[0].Where) != "" {
		return "" // it does not forbid it always
	}
	for _, no := range not.Leaves {
		if len(missing(gate.Must.Leaf.Kinds, no.Kinds)) == 0 && condSource(no.Where) == "" && len(no.Match) == 0 {
			return fmt.Sprintf("one needs %s on record beforehand, the other says that it must never be recorded", gate.Must.Leaf.Words)
		}
	}
	return ""
}

// deadlock: each of two gates needs on record first what the other one guards, so
// that neither can ever be passed.
func deadlock(p *pack.Pack, a, b *pack.Standard) string {
	ka, la := gateOn(a)
	kb, lb := gateOn(b)
	if ka == nil || kb == nil || a.Per != b.Per || len(missing(la, kb)) > 0 || len(missing(lb, ka)) > 0 {
		return ""
	}
	return fmt.Sprintf("each needs on record first what the other guards: %s and %s", a.Must.Leaf.Words, b.Must.Leaf.Words)
}

// gateOn gives the kinds that an unconditional gate guards, and those it needs.
func gateOn(s *pack.Standard) (guarded, needed []int) {
	if s.Modal != pack.Must || !s.Gate || s.PerIf != nil || s.While != nil || len(s.When) != 1 || len(s.When[0].Kinds) == 0 || condSource(s.When[0].Where) != "" || s.Must.Leaf == nil || s.Must.Leaf.Holds != nil {
		return nil, nil
	}
	return s.When[0].Kinds, s.Must.Leaf.Kinds
}

// twoTimes: the same trigger and the same thing asked for, with the same conditions
// and proof, and different times.
func twoTimes(p *pack.Pack, a, b *pack.Standard) string {
	if a.Modal != pack.Must || b.Modal != pack.Must || a.Within == nil || b.Within == nil || termWords(a.Within) == termWords(b.Within) {
		return ""
	}
	if a.Again.Yes != b.Again.Yes || source(a.Clock) != source(b.Clock) || !sameOpening(p, a, b) || !sameTree(a.Must, b.Must) || a.Basis != b.Basis {
		return ""
	}
	return fmt.Sprintf("the same trigger asks for the same thing within %s and within %s at the same time", a.Within.Words, b.Within.Words)
}

// sameOpening tells whether everything that opens a also opens b, for the same key.
func sameOpening(p *pack.Pack, a, b *pack.Standard) bool {
	if a.Per != b.Per || a.PerCase != b.PerCase || !slices.Equal(a.PerAlso, b.PerAlso) || condSource(a.PerIf) != condSource(b.PerIf) || condSource(a.While) != condSource(b.While) ||
		source(a.InForce.At) != source(b.InForce.At) || len(a.When) != len(b.When) || len(a.Unless) > 0 || len(b.Unless) > 0 {
		return false
	}
	return slices.EqualFunc(a.When, b.When, func(x, y pack.Selector) bool {
		return slices.Equal(heads(p, x), heads(p, y)) && condSource(x.Where) == condSource(y.Where) && condSource(x.Becomes) == condSource(y.Becomes) && source(x.Clock) == source(y.Clock)
	})
}

func sameTree(a, b *pack.Tree) bool {
	if (a.Leaf == nil) != (b.Leaf == nil) || len(a.Any) != len(b.Any) || len(a.All) != len(b.All) {
		return false
	}
	if a.Leaf != nil {
		x, y := a.Leaf, b.Leaf
		return slices.Equal(x.Kinds, y.Kinds) && condSource(x.Where) == condSource(y.Where) && slices.Equal(x.Match, y.Match) && proofSource(x.Proof) == proofSource(y.Proof) && x.Latest == y.Latest
	}
	return slices.EqualFunc(a.Any, b.Any, sameTree) && slices.EqualFunc(a.All, b.All, sameTree)
}

func proofSource(p *pack.Proof) string {
	if p == nil {
		return ""
	}
	return p.Words
}

// spans tells whether the first length is never shorter than the second.
func spans(p *pack.Pack, long, short *pack.Term) bool {
	c := &comparing{a: p, b: p}
	x, xok := c.fixed(p, long)
	y, yok := c.fixed(p, short)
	if !xok || !yok {
		return false
	}
	r := longer(p.Calendar, y, x)
	return x == y || r == 1 || r == 0
}

// missing lists the numbers of a that b lacks.
func missing(a, b []int) []int {
	var out []int
	for _, x := range a {
		if !slices.Contains(b, x) {
			out = append(out, x)
		}
	}
	return out
}
