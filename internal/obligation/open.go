package obligation

import (
	"cmp"
	"slices"

	"candour/internal/day"
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
	slices.SortStableFunc(hits, func(a, b *Row) int {
		return cmp.Or(cmp.Compare(a.Finding.Raised, b.Finding.Raised), cmp.Compare(a.Standard.ID, b.Standard.ID), cmp.Compare(a.Key, b.Key))
	})
	for _, row := range hits {
		out = append(out, opening{at: row.Finding.Raised, pos: r.c.Position(row.Finding.Raised), finding: row, sel: sel})
	}
	return out
}

// edges finds where (becomes and while and in force) rises, key by key.
func (r *run) edges(out []opening, s *pack.Standard, sel *pack.Selector) []opening {
	keys := []int{-1}
	if s.Per != "case" {
		keys = nil
		for q, p := range r.c.Case.Parties {
			if s.Keyed(p.Role) {
				keys = append(keys, q)
			}
		}
	}
	points := r.points(s, sel)
	before := day.Instant(-1 << 62) // what stood before the first fact does not rise with it
	if len(r.c.Ev) > 0 {
		before = r.c.Ev[0].At.Lo - 1
	}
	for _, key := range keys {
		held := r.holdsAt(s, sel, &opening{at: before, pos: -1, sel: sel, key: key, edge: true}, key)
		for i := range points {
			o := &points[i]
			o.key = key
			now := r.holdsAt(s, sel, o, key)
			if now && !held {
				out = append(out, *o)
			}
			held = now
		}
	}
	return out
}

// points are where a condition can change: after each fact, and at commencement.
func (r *run) points(s *pack.Standard, sel *pack.Selector) []opening {
	var out []opening
	from := day.Never
	if s.InForce.HasFrom && s.InForce.At == nil {
		from = r.c.Cal.Start(s.InForce.From)
	}
	for i, ev := range r.c.Ev {
		if from <= ev.At.Lo && i > 0 && from > r.c.Ev[i-1].At.Lo && from < ev.At.Lo {
			out = append(out, opening{at: from, pos: i - 1, sel: sel, edge: true})
		}
		out = append(out, opening{at: ev.At.Lo, pos: i, event: ev, sel: sel, edge: true})
	}
	if n := len(r.c.Ev); n > 0 && from > r.c.Ev[n-1].At.Lo && from != day.Never {
		if from <= r.c.AsAt {
			out = append(out, opening{at: from, pos: n - 1, sel: sel, edge: true})
		}
		r.wake(from)
	}
	return out
}

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
	for i, ev := range r.c.Ev {
		to := r.c.AsAt
		if i+1 < len(r.c.Ev) {
			to = r.c.Ev[i+1].At.Lo - 1
		}
		if to < ev.At.Lo {
			continue // another fact of the same instant follows
		}
		from := ev.At.Lo
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
	return v.When
}
