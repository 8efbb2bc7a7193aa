package obligation_test

import (
	"cmp"
	"slices"
	"time"

	"candour/internal/day"
	"candour/internal/fact"
	"candour/internal/pack"
	"candour/internal/state"
)

// later: by the order of facts; a fact with only a date, on the very day the duty
// opens, counts as later (decision record 5).
func (n *naive) later(r *answer, i int) bool {
	ev := n.c.Ev[i]
	if ev == r.t.ev {
		return false
	}
	return i > r.pos || ev.At.Whole && !r.chained && n.days.civil(ev.At.Lo).Equal(n.days.civil(r.opened))
}

// about: a candidate is about the key, or names it in a field (ruling 24).
func (n *naive) about(ev *state.Event, key int) bool {
	if key < 0 || slices.Contains(ev.Parties, key) {
		return true
	}
	for i, f := range ev.Kind.Fields {
		if f.Words == "party" || f.Words == "reference" {
			for _, v := range append([]fact.Value{ev.Vals[i]}, ev.Vals[i].List...) {
				if v.Kind == fact.Text && v.Text == n.name(key) {
					return true
				}
			}
		}
	}
	return false
}

// touches: what lifts, moves and pauses for the key: a fact about it, or about no
// party of its role.
func (n *naive) touches(ev *state.Event, key int) bool {
	if n.about(ev, key) {
		return true
	}
	role := n.c.Case.Parties[key].Role
	return !slices.ContainsFunc(ev.Parties, func(q int) bool { return n.c.Case.Parties[q].Role == role }) && !slices.Contains(ev.Kind.About, role)
}

// matches: kind, key or match, and where.
func (n *naive) matches(lf *pack.Leaf, r *answer, i int) day.Truth {
	ev := n.c.Ev[i]
	if !n.kinded(i, lf.Kinds, lf.Substantive) || lf.Match == nil && !n.about(ev, r.key) || !n.tied(lf, r, ev) || n.another(r, ev) {
		return day.No
	}
	return n.ask(lf.Where, r.pos, r.key, r.t, ev)
}

// another: it is about others of the key's role and not about the key, so that what
// ties it by reference does not make it the key's (ruling 24, decision record 11).
func (n *naive) another(r *answer, ev *state.Event) bool {
	if r.key < 0 || n.about(ev, r.key) {
		return false
	}
	return slices.ContainsFunc(ev.Parties, func(q int) bool { return n.c.Case.Parties[q].Role == n.c.Case.Parties[r.key].Role })
}

// tied: equal references; a list matches if it contains.
func (n *naive) tied(lf *pack.Leaf, r *answer, ev *state.Event) bool {
	e := n.env(r.pos, r.key, r.t)
	for _, m := range lf.Match {
		a, b := e.This.Get(m.This), ev.Get(m.That)
		if a == nil || b == nil {
			return false
		}
		equal := false
		for _, x := range append([]fact.Value{*a}, a.List...) {
			for _, y := range append([]fact.Value{*b}, b.List...) {
				equal = equal || x.Kind == y.Kind && x.Kind != fact.List && x.Text == y.Text && x.Num == y.Num && x.Bool == y.Bool && x.Day == y.Day
			}
		}
		if !equal {
			return false
		}
	}
	return true
}

func (n *naive) proved(i int, e *pack.Proof, r *answer) *met {
	got, ok := n.c.ProvedAt(i, e, state.Judge{Key: r.key, This: r.t.ev})
	if !ok {
		return nil
	}
	return &met{n.c.Ev[i], i, got.By, got.At}
}

func earlier(a, b *met) *met {
	if a == nil || b != nil && b.by < a.by {
		return b
	}
	return a
}

// tree is what a tree of leaves is met by: any by its earliest, all by its last.
func tree(t *pack.Tree, leaf func(*pack.Leaf) *met) *met {
	if t.Leaf != nil {
		return leaf(t.Leaf)
	}
	var out *met
	for _, sub := range t.Any {
		out = earlier(out, tree(sub, leaf))
	}
	for _, sub := range t.All {
		m := tree(sub, leaf)
		switch {
		case m == nil:
			return nil
		case out == nil || m.by > out.by || m.by == out.by && m.pos > out.pos:
			out = m
		}
	}
	return out
}

// discharge is the earliest proved among the matching facts later than the opening;
// with `already` also among earlier ones, which discharge at the opening.
func (n *naive) discharge(r *answer) *met {
	out := tree(r.s.Must, func(lf *pack.Leaf) (m *met) {
		old := 0
		for i := range n.c.Ev {
			if (n.later(r, i) || n.already(r, i)) && n.matches(lf, r, i) == day.Yes {
				got := n.proved(i, lf.Proof, r)
				if got != nil && got.by <= r.opened {
					old++
				}
				m = earlier(m, got)
			}
		}
		return n.since(r, m)
	})
	for i := range n.c.Ev {
		if n.later(r, i) && n.decides(r, i) {
			out = earlier(out, n.since(r, n.proved(i, &pack.Proof{Op: pack.ProofSecond}, r)))
		}
	}
	return out
}

// since: nothing is discharged before it opened.
func (n *naive) since(r *answer, m *met) *met {
	if m != nil {
		m.by, m.at = max(m.by, r.opened), max(m.at, r.opened)
	}
	return m
}

func (n *naive) already(r *answer, i int) bool {
	a, ev := r.s.Already, n.c.Ev[i]
	return a.Yes && !r.chained && i < r.pos && (a.AtMost == nil || n.days.due(ev.At.Lo, *a.AtMost) >= r.opened)
}

// decides: a recorded reason about the key, or about no party (decision record 6).
func (n *naive) decides(r *answer, i int) bool {
	ev := n.c.Ev[i]
	if r.s.Modal != pack.Must || !r.s.Discretion || ev.Fact.Kind != fact.KindDecision || ev.Fact.Get("standard").Text != r.s.ID {
		return false
	}
	return len(ev.Parties) == 0 || n.about(ev, r.key)
}

// judge settles an instance; of a prohibition there is a row for each breach.
func (n *naive) judge(r *answer, cut *trigger) []*answer {
	switch {
	case r.cannotTell:
	case r.s.Gate:
		n.gate(r)
	case r.s.Modal == pack.MustNot:
		return n.forbid(r, cut)
	default:
		n.within(r, cut)
	}
	return []*answer{r}
}

func (n *naive) within(r *answer, cut *trigger) {
	m := n.discharge(r)
	n.reckon(r, m)
	if n.lift(r, m, cut) {
		return
	}
	r.met = m
	if r.s.Modal == pack.May || m != nil && m.by <= r.due || r.stopped || n.c.AsAt <= r.due {
		return
	}
	r.kind, r.raised = "overdue", second(r.due)
	if r.claims = n.claims(r); r.claims != nil {
		r.kind = "unproven"
	}
	if m != nil {
		r.closed, r.late = max(m.at, r.raised), r.kind == "overdue" && m.ev.At.Lo > r.due
	}
}

// second: cut to the second, plus one.
func second(t day.Instant) day.Instant {
	return day.FromTime(time.Unix(0, int64(t)).Truncate(time.Second).Add(time.Second))
}

// recordedBy: in time to count; a day without a time of recording counts as
// recorded by any due of that day (ruling 29).
func (n *naive) recordedBy(ev *state.Event, due day.Instant) bool {
	if ev.At.Whole && !ev.RecordedStated {
		return ev.At.Lo <= due
	}
	return ev.Recorded <= due
}

// reckon moves due by what was moved, paused and chosen anew, in the order of
// facts: each by a fact that happened and was recorded by the due of then.
func (n *naive) reckon(r *answer, m *met) {
	paused := day.Instant(0)
	if p := r.s.Paused; p != nil { // one that runs at the opening
		for i := 0; i <= r.pos; i++ {
			switch {
			case n.picks(&p.Until, r, i):
				paused = 0
			case n.picks(&p.From, r, i):
				paused = max(r.opened, r.clock)
			}
		}
	}
	for i, ev := range n.c.Ev {
		if i <= r.pos || !n.changes(r, i) {
			continue
		}
		inTime := paused != 0 || ev.At.Lo <= r.due && n.recordedBy(ev, r.due)
		if !inTime || n.over(r, m, i) {
			continue
		}
		if t := r.s.Within; t != nil && t.Choose != nil {
			was, _ := n.length(t, r, i-1)
			if d, ok := n.length(t, r, i); ok && d != was {
				r.due, r.length = max(n.days.due(r.clock, d), n.days.end(n.days.civil(ev.At.Lo))), d
			}
		}
		if mv := r.s.Moved; mv != nil && n.picks(&mv.Selector, r, i) {
			e := n.env(r.pos, r.key, r.t)
			e.That = ev
			if v, ok := mv.To.Eval(&e); ok {
				r.due = n.when(v).Hi
			}
		}
		if p := r.s.Paused; p != nil {
			switch {
			case paused == 0 && n.picks(&p.From, r, i):
				paused = ev.At.Lo
			case paused != 0 && n.picks(&p.Until, r, i):
				r.due, paused = n.days.resumed(r.due, paused, ev.At.Lo, r.length), 0
			}
		}
	}
	if r.stopped = paused != 0; r.stopped {
		r.due = day.Never // nothing falls due
	}
}

// changes: the fact moves, stops or chooses anew.
func (n *naive) changes(r *answer, i int) bool {
	if t := r.s.Within; t != nil && t.Choose != nil {
		was, _ := n.length(t, r, i-1)
		now, _ := n.length(t, r, i)
		return now != was
	}
	mv, p := r.s.Moved, r.s.Paused
	return mv != nil && n.picks(&mv.Selector, r, i) || p != nil && (n.picks(&p.From, r, i) || n.picks(&p.Until, r, i))
}

// over: the duty was discharged before fact i; nothing moves it any more.
func (n *naive) over(r *answer, m *met, i int) bool {
	return m != nil && cmp.Or(cmp.Compare(m.by, n.c.Ev[i].At.Lo), cmp.Compare(m.pos, i)) < 0
}

func (n *naive) picks(sel *pack.Selector, r *answer, i int) bool {
	return n.kinded(i, sel.Kinds, sel.Substantive) && n.touches(n.c.Ev[i], r.key) && n.ask(sel.Where, r.pos, r.key, r.t, n.c.Ev[i]) == day.Yes
}

// lift is the earliest end of a duty without its being met: after opening, at or
// before due, before discharge, by a fact recorded by due (ruling 25).
func (n *naive) lift(r *answer, m *met, cut *trigger) bool {
	offer := func(at day.Instant, pos int) {
		before := func(a, b day.Instant, p, q int) bool { return cmp.Or(cmp.Compare(a, b), cmp.Compare(p, q)) < 0 }
		if (at <= r.due) && (m == nil || before(at, m.by, pos, m.pos)) && (!r.isLifted || before(at, r.lifted, pos, r.liftedPos)) {
			r.isLifted, r.lifted, r.liftedPos = true, at, pos
		}
	}
	for i, ev := range n.c.Ev {
		if i <= r.pos || !n.recordedBy(ev, r.due) {
			continue
		}
		if n.stops(r, i) {
			offer(ev.At.Lo, i)
		}
		for k := range r.s.Unless {
			if sel := &r.s.Unless[k]; sel.Kinds != nil && n.picks(sel, r, i) {
				offer(ev.At.Lo, i)
			}
		}
	}
	for _, sel := range r.s.Unless {
		for _, f := range n.rows {
			if sel.Finding != "" && f.kind != "" && (f.s.ID == sel.Finding || f.kind == sel.Finding) && f.raised > r.opened && (f.key < 0 || r.key < 0 || f.key == r.key) {
				offer(f.raised, n.last(f.raised))
			}
		}
	}
	if f := r.s.InForce; f.HasTo && f.Lift {
		if over := n.days.cal.Start(f.To.Add(1)); over > r.opened && over <= n.c.AsAt {
			offer(over, n.last(over))
		}
	}
	if cut != nil {
		offer(cut.at, cut.pos)
	}
	return r.isLifted
}

// stops: fact i is the one that turns `while` false.
func (n *naive) stops(r *answer, i int) bool {
	return n.ask(r.s.While, i, r.key, r.t, nil) == day.No && n.ask(r.s.While, i-1, r.key, r.t, nil) != day.No
}

// claims are those that stood at due: the trigger, a claim leaf, or a fact of a leaf
// of must with too weak a proof.
func (n *naive) claims(r *answer) (out []*state.Event) {
	if ev := r.t.ev; r.s.ClaimThis && ev != nil && n.recordedBy(ev, r.due) {
		out = append(out, ev)
	}
	for i, ev := range n.c.Ev {
		claim := slices.ContainsFunc(r.s.Claims, func(lf *pack.Leaf) bool { return n.matches(lf, r, i) == day.Yes })
		for _, lf := range r.s.Leaves {
			m := n.proved(i, lf.Proof, r)
			claim = claim || n.matches(lf, r, i) == day.Yes && (m == nil || m.by > r.due)
		}
		if !claim || !n.later(r, i) && !n.already(r, i) || ev.At.Lo > r.due {
			continue
		}
		if n.recordedBy(ev, r.due) && !slices.Contains(out, ev) {
			out = append(out, ev)
		}
	}
	return out
}

// again is the next instance: from the fact that discharged, if in force and while
// holds then (ruling 26).
func (n *naive) again(r *answer) *answer {
	a, m := r.s.Again, r.met
	if !a.Yes || m == nil || m.ev == nil || r.isLifted || a.After != nil && !slices.Contains(a.After, m.ev.Kind.No) {
		return nil
	}
	then := r.t
	then.at, then.pos = max(m.ev.At.Lo, r.opened), max(m.pos, r.pos)
	if n.ask(r.s.While, then.pos, r.key, then, nil) != day.Yes || n.inForce(r.s, then, r.key) != day.Yes {
		return nil
	}
	next := &answer{s: r.s, key: r.key, t: r.t, pos: then.pos, chained: true, opened: then.at, clock: m.ev.At.Lo}
	if a.Due {
		next.clock = r.due
	}
	t := r.s.Within
	if a.Then != nil {
		t = a.Then
	}
	d, ok := n.length(t, next, next.pos)
	next.due, next.length, next.cannotTell = n.days.due(next.clock, d), d, !ok
	return next
}
