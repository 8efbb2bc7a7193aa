package obligation_test

import (
	"cmp"

	"candour/internal/day"
	"candour/internal/pack"
	"candour/internal/state"
)

// gate looks back from the step: what stood before it, and was recorded no later
// than it was (ruling 2).
func (n *naive) gate(r *answer) {
	m, unsure := n.gateTree(r.s.Must, r)
	done := m != nil
	for i := range n.c.Ev { // else a reason given before; of several the last
		if got := n.proved(i, &pack.Proof{Op: pack.ProofSecond}, r); !done && n.decides(r, i) && got != nil && got.by <= n.written(r) {
			t := n.before(r, i)
			if unsure = unsure || t == day.Unknown; t == day.Yes {
				m = got
			}
		}
	}
	if r.met = m; m != nil {
		return
	}
	if r.cannotTell = unsure; unsure {
		return
	}
	r.kind, r.raised = "gate", r.opened
	n.cure(r)
}

// gateTree: any is met by one, all by its last; unknown where an unknown leaf decides.
func (n *naive) gateTree(t *pack.Tree, r *answer) (out *met, unsure bool) {
	if t.Leaf != nil {
		out, unsure = n.stood(r, t.Leaf)
		return out, unsure && out == nil
	}
	for _, sub := range t.Any {
		m, maybe := n.gateTree(sub, r)
		if m != nil {
			return m, false
		}
		unsure = unsure || maybe
	}
	missing := false
	for _, sub := range t.All {
		m, maybe := n.gateTree(sub, r)
		unsure, missing = unsure || maybe, missing || m == nil && !maybe
		if m != nil && (out == nil || m.pos >= out.pos) {
			out = m
		}
	}
	if missing || unsure {
		return nil, unsure && !missing
	}
	return out, false
}

// written is when the step was recorded.
func (n *naive) written(r *answer) day.Instant {
	if r.t.ev == nil {
		return r.opened
	}
	return max(r.t.ev.Recorded, r.t.ev.At.Lo)
}

// stood is what met a leaf of a gate: of several the last.
func (n *naive) stood(r *answer, lf *pack.Leaf) (m *met, unsure bool) {
	if lf.Holds != nil {
		return n.held(r, lf)
	}
	for i, ev := range n.c.Ev {
		if lf.Latest && n.before(r, i) == day.Yes && ev.Recorded <= n.written(r) && n.kinded(i, lf.Kinds, lf.Substantive) && (lf.Match != nil || n.about(ev, r.key)) && n.tied(lf, r, ev) {
			m, unsure = nil, false // it is the last so far
		}
		t := n.matches(lf, r, i).And(n.before(r, i)).And(n.window(r, ev))
		if got := n.proved(i, lf.Proof, r); t != day.No && got != nil && got.by <= n.written(r) {
			unsure = unsure || t == day.Unknown
			if t == day.Yes {
				m = got
			}
		}
	}
	return m, unsure
}

// held: a state just after the step, of what was known when the step was recorded.
func (n *naive) held(r *answer, lf *pack.Leaf) (*met, bool) {
	then, pos := n.c.Then(r.pos, n.written(r)) // a fact that is known to have been corrected is out (ruling 27)
	e := then.Env(pos, r.key)
	e.This = n.env(r.pos, r.key, r.t).This
	switch lf.Holds.Eval(&e) {
	case day.Yes:
		return &met{nil, r.pos, r.opened, r.opened}, false
	case day.Unknown:
		return nil, true
	}
	return nil, false
}

// before: by the order of facts; where the two are not instants and overlap, such as
// a day and an hour of it, nobody can tell.
func (n *naive) before(r *answer, i int) day.Truth {
	ev, step := n.c.Ev[i], day.At(r.opened)
	if r.t.ev != nil {
		step = r.t.ev.At
	}
	switch {
	case ev == r.t.ev:
		return day.No
	case ev.At.Lo == ev.At.Hi && step.Lo == step.Hi:
		return truth(i < r.pos || i == r.pos && r.t.ev == nil)
	case ev.At.Hi < step.Lo:
		return day.Yes
	case ev.At.Lo > step.Hi || ev.At.Lo == step.Hi && ev.At.Lo != ev.At.Hi:
		return day.No
	}
	return day.Unknown
}

// window: how old, and how far ahead, the earlier fact is; of a day without a time
// it must be so of all of it.
func (n *naive) window(r *answer, ev *state.Event) day.Truth {
	in := func(t day.Instant) bool {
		return (r.s.AtMost == nil || r.opened <= n.days.due(t, *r.s.AtMost)) && (r.s.AtLeast == nil || t <= n.days.back(r.opened, *r.s.AtLeast))
	}
	if in(ev.At.Lo) != in(ev.At.Hi) {
		return day.Unknown
	}
	return truth(in(ev.At.Lo))
}

// cure: a later match closes the finding, late; what happened before the step and
// was entered or proven afterwards closes it too, not late (decision record 8).
func (n *naive) cure(r *answer) {
	if !r.s.Curable {
		return
	}
	m := tree(r.s.Must, func(lf *pack.Leaf) (m *met) {
		if stood, _ := n.stood(r, lf); stood != nil {
			return n.since(r, stood)
		}
		if lf.Holds != nil {
			shown := r.opened // when all that the state rests on was on the record
			for i, ev := range n.c.Ev {
				if shown = max(shown, ev.Recorded); i > r.pos {
					shown = max(shown, ev.At.Lo)
				}
				if i >= r.pos && n.ask(lf.Holds, i, r.key, r.t, nil) == day.Yes {
					return &met{nil, i, shown, shown}
				}
			}
			return nil
		}
		for i, ev := range n.c.Ev {
			got := n.proved(i, lf.Proof, r)
			if got == nil || ev == r.t.ev || n.matches(lf, r, i) != day.Yes || i < r.pos && (got.by <= n.written(r) || n.window(r, ev) != day.Yes) {
				continue
			}
			m = earlier(m, n.since(r, got))
		}
		return m
	})
	for i := range n.c.Ev { // a reason given afterwards is as good as an act done afterwards
		if got := n.proved(i, &pack.Proof{Op: pack.ProofSecond}, r); i > r.pos && n.decides(r, i) && got != nil {
			m = earlier(m, n.since(r, got))
		}
	}
	if m != nil {
		r.met, r.closed, r.late = m, m.at, m.pos > r.pos
	}
}

// forbid: a finding for every offending fact after the opening, within the time and
// before the prohibition ended.
func (n *naive) forbid(r *answer, cut *trigger) (out []*answer) {
	n.lift(r, nil, cut)
	for i, ev := range n.c.Ev {
		if i <= r.pos {
			continue
		}
		t := day.No
		for _, lf := range r.s.Leaves {
			if n.proved(i, lf.Proof, r) != nil {
				t = t.Or(n.matches(lf, r, i))
			}
		}
		if o := r.t.ev; o != nil && (o.At.Whole || ev.At.Whole) && n.days.civil(o.At.Lo).Equal(n.days.civil(ev.At.Lo)) {
			t = t.And(day.Unknown) // nobody can say which came first
		}
		if ev.At.Lo > r.due || r.isLifted && cmp.Or(cmp.Compare(ev.At.Lo, r.lifted), cmp.Compare(i, r.liftedPos)) > 0 {
			continue
		}
		switch t {
		case day.Unknown:
			b := *r
			b.cannotTell = true
			out = append(out, &b)
		case day.Yes:
			b := *r
			b.cannotTell, b.isLifted, b.kind, b.raised, b.offending = false, false, r.s.Raises, ev.At.Lo, ev
			b.closed = n.answered(&b, i)
			out = append(out, &b)
		}
	}
	if out == nil {
		out = []*answer{r}
	}
	return out
}

// answered is when something that closes the finding on fact i was recorded.
func (n *naive) answered(r *answer, i int) day.Instant {
	for j := i + 1; j < len(n.c.Ev); j++ {
		if r.s.Closed != nil && n.picks(r.s.Closed, r, j) {
			if got := n.proved(j, r.s.ClosedProof, r); got != nil {
				return got.at
			}
		}
	}
	return 0
}
