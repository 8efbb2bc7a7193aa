package obligation

import (
	"cmp"
	"math"
	"slices"

	"candour/internal/day"
	"candour/internal/expr"
	"candour/internal/fact"
	"candour/internal/pack"
)

// open lists in r.openings what a standard's triggers pick, in the order of
// events: facts, then commencements and ticks, then findings of the same instant.
func (r *run) open(s *pack.Standard) {
	out := r.openings[:0]
	for i := range s.When {
		sel := &s.When[i]
		switch {
		case sel.Kinds != nil:
			out = r.factOpenings(out, sel)
		case sel.Finding != "":
			out = r.findingOpenings(out, s, sel)
		case sel.Becomes != nil:
			out = r.edges(out, s, sel)
		case sel.Opened:
			if len(r.c.Ev) > 0 {
				out = append(out, opening{at: r.c.Ev[0].At.Lo, pos: 0, event: r.c.Ev[0], sel: sel})
			}
		case sel.Every != nil:
			out = r.ticks(out, s, sel)
		}
	}
	if len(out) > 1 {
		slices.SortStableFunc(out, func(a, b opening) int {
			if a.at != b.at {
				return cmp.Compare(a.at, b.at)
			}
			return a.pos - b.pos
		})
	}
	r.openings = out
}

func (r *run) factOpenings(out []opening, sel *pack.Selector) []opening {
	for _, k := range sel.Kinds {
		for _, i := range r.c.ByKind(k) {
			if !sel.Substantive || r.substantive(int(i)) {
				out = append(out, opening{at: r.c.Begins(int(i)), pos: int(i), event: r.c.Ev[i], sel: sel})
			}
		}
	}
	return out
}

// substantive tells whether the fact carries the tag: some kinds do so only under a condition (ruling 21).
func (r *run) substantive(i int) bool {
	ev := r.c.Ev[i]
	if ev.Kind.Substantive == nil {
		return true
	}
	env := r.at(i, -1)
	env.This = ev
	return ev.Kind.Substantive.Eval(env) == day.Yes
}

func (r *run) findingOpenings(out []opening, s *pack.Standard, sel *pack.Selector) []opening {
	var hits []*Row
	for _, row := range r.findings {
		if (row.Standard.ID == sel.Finding || row.Finding.Kind == sel.Finding && row.Standard.For == "") && row.Finding.Raised <= r.c.AsAt && row.Standard != s {
			hits = append(hits, row)
		}
	}
	sortHeard(hits)
	for _, row := range hits {
		out = append(out, opening{at: row.Finding.Raised, pos: r.c.Position(row.Finding.Raised), finding: row, sel: sel})
	}
	return out
}

// sortHeard puts findings in the order in which standards hear them.
func sortHeard(rows []*Row) {
	slices.SortStableFunc(rows, func(a, b *Row) int {
		return cmp.Or(cmp.Compare(a.Finding.Raised, b.Finding.Raised), cmp.Compare(a.Standard.ID, b.Standard.ID), cmp.Compare(a.Key, b.Key), cmp.Compare(a.Case, b.Case))
	})
}

// edges finds where (becomes and while and in force) rises, key by key.
func (r *run) edges(out []opening, s *pack.Standard, sel *pack.Selector) []opening {
	if len(r.c.Ev) == 0 {
		return out
	}
	r.commences(s, sel)
	if s.Per == "case" {
		return r.rises(out, s, sel, -1)
	}
	for q, p := range r.c.Case.Parties {
		if s.Keyed(p.Role) {
			out = r.rises(out, s, sel, q)
		}
	}
	return out
}

// rises finds the rising edges of one key. What stood before the first fact does
// not rise with it.
func (r *run) rises(out []opening, s *pack.Standard, sel *pack.Selector, key int) []opening {
	o := opening{at: r.c.Begins(0) - 1, pos: -1, sel: sel, key: key, edge: true}
	held := r.holdsAt(s, sel, &o, key)
	for _, o := range r.points {
		o.key = key
		now := r.holdsAt(s, sel, &o, key)
		if now && !held {
			out = append(out, o)
		}
		held = now
	}
	return out
}

// commences lists in r.points where the condition can change: after each fact that
// changes a register or brings a party, or after every fact if it asks for more; and
// at commencement.
func (r *run) commences(s *pack.Standard, sel *pack.Selector) {
	out := r.points[:0]
	start, there := r.commencement(s)
	start.sel = sel
	add := func(i int) {
		if there && i > start.pos || there && i == start.pos && start.event != nil {
			out, there = append(out, start), false
			if i == start.pos {
				return
			}
		}
		out = append(out, opening{at: r.c.Begins(i), pos: i, event: r.c.Ev[i], sel: sel, edge: true})
	}
	if ofState(sel.Becomes) && ofState(s.While) && s.InForce.At == nil {
		for _, i := range r.c.Turns() {
			add(int(i))
		}
	} else {
		for i := range r.c.Ev {
			add(i)
		}
	}
	if there {
		out = append(out, start)
	}
	r.points = out
}

// commencement is the point at which a standard comes into force on a case that is
// there: a fact of that very instant, or else the instant by itself; false if none.
func (r *run) commencement(s *pack.Standard) (o opening, ok bool) {
	if !s.InForce.HasFrom || s.InForce.At != nil {
		return o, false
	}
	from := r.c.Cal.Start(s.InForce.From)
	next := r.c.Position(from-1) + 1 // the first fact at or after it
	if next == len(r.c.Ev) {
		r.wake(from)
	}
	switch {
	case next == 0 || from > r.c.AsAt:
		return o, false
	case next < len(r.c.Ev) && r.c.Begins(next) == from:
		return opening{at: from, pos: next, event: r.c.Ev[next], edge: true}, true
	}
	return opening{at: from, pos: next - 1, edge: true}, true
}

// ofState tells whether a condition changes only where registers do.
func ofState(c *expr.Condition) bool { return c == nil || c.OfState() && !c.OfTrigger() }

func (r *run) holdsAt(s *pack.Standard, sel *pack.Selector, o *opening, key int) bool {
	if key >= 0 && !r.c.On(key, o.pos) {
		return false
	}
	env := r.env(o, key)
	if sel.Becomes.Eval(env) != day.Yes || s.While != nil && s.While.Eval(env) != day.Yes {
		return false
	}
	return r.inForce(s, o, key) == day.Yes
}

// ticks lists the starts of periods seen up to the moment asked for.
func (r *run) ticks(out []opening, s *pack.Standard, sel *pack.Selector) []opening {
	after := day.Duration{}
	if sel.After != nil {
		after = *sel.After
	}
	for i := -1; i < len(r.c.Ev); i++ {
		to, from := r.c.AsAt, day.Instant(math.MinInt64) // before the first fact, by what was given
		if i+1 < len(r.c.Ev) {
			to = min(to, r.c.Begins(i+1)-1)
		}
		if i >= 0 {
			from = r.c.Begins(i)
		}
		if to < from {
			continue // another fact of the same instant follows
		}
		o := opening{at: from, pos: i, sel: sel, tick: true}
		env := r.env(&o, -1)
		v, ok := sel.Clock.Eval(env)
		if !ok {
			continue
		}
		clock := r.moment(v).Lo
		began := clock
		for k := 0; k < 100000; k++ {
			t := r.c.Cal.Period(clock, after, *sel.Every, k)
			if t > to {
				if i == len(r.c.Ev)-1 {
					r.wake(t)
				}
				break
			}
			if t >= from {
				out = append(out, opening{at: t, pos: i, sel: sel, tick: true, period: k + 1, from: began})
			}
			began = t
		}
	}
	return out
}

// moment reads a value as a moment; a date is its whole day.
func (r *run) moment(v fact.Value) day.Moment {
	if v.Kind == fact.Date {
		return r.c.Cal.Day(v.Day)
	}
	return *v.When
}
