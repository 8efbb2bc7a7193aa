package obligation

import (
	"slices"

	"candour/internal/day"
	"candour/internal/fact"
	"candour/internal/pack"
	"candour/internal/state"
)

// gate judges when the trigger happens; what was owed must stand before it, and
// must have been recorded no later than the trigger itself was (ruling 2).
func (r *run) gate(s *pack.Standard, row *Row) {
	g := gateRun{run: r, s: s, row: row, at: row.Opened, recorded: row.Opened}
	if ev := row.Trigger.Event; ev != nil {
		g.recorded = max(ev.Recorded, ev.At.Lo)
	}
	row.Clock, row.endAt, row.endPos = row.Opened, row.Opened, row.pos
	met, ok, unknown := g.tree(s.Must)
	if !ok {
		if d, decided, doubt := g.decided(); decided {
			met, ok, unknown = d, true, false
		} else {
			unknown = unknown || doubt
		}
	}
	switch {
	case ok:
		row.done(met)
		return
	case unknown:
		row.CannotTell, row.Why = true, "the record does not say whether "+wordsOf(s.Leaves)+" stood before it"
		return
	}
	if src, wait := r.waits(s, row, row.Opened); wait {
		row.Waiting = src
		return
	}
	row.endAt = day.Never
	row.Claims = g.weak
	row.find(Finding{Kind: "gate", Raised: row.Opened, Advisory: s.Checked == nil})
	if !s.Curable {
		return
	}
	cure, cured := g.cure(s.Must)
	if d, decided := r.decided(s, row, row.pos+1); decided && (!cured || d.by < cure.by) {
		cure, cured = d, true
	}
	if cured && cure.Proved <= r.c.KnownAt {
		row.done(cure)
		row.Finding.Closed = max(cure.Proved, row.Opened)
		row.Finding.WrittenUpLate = cure.pos <= row.pos
		row.Finding.Late = !row.Finding.WrittenUpLate
		row.endAt, row.endPos = row.Finding.Closed, cure.pos
	}
}

// decided: a recorded reason that stood before the step (decision record 0006).
func (g *gateRun) decided() (best Done, ok, unknown bool) {
	if !g.s.Discretion {
		return best, false, false
	}
	for _, i := range g.c.ByKind(g.c.Pack.Decision) {
		p := int(i)
		before := g.before(p)
		if before == day.No || !g.run.decides(g.s, g.row, p) {
			continue
		}
		got, proven := g.c.ProvedAt(p, second, g.judging(g.row, second))
		switch {
		case !proven || got.By > g.recorded:
		case before == day.Unknown:
			unknown = true
		case !ok || p > best.pos:
			best, ok = g.stood(decidedLeaf, p, got), true
			best.Decided = true
		}
	}
	return best, ok, unknown
}

// stood is what met the gate; it keeps the moment at which it was proved.
func (g *gateRun) stood(lf *pack.Leaf, p int, got state.Proved) Done {
	return Done{Event: g.c.Ev[p], Happened: g.c.Ev[p].At, Proved: got.At, by: got.By, Leaf: lf, pos: p}
}

func wordsOf(leaves []*pack.Leaf) string {
	out := ""
	for i, lf := range leaves {
		if i > 0 {
			out += ", "
		}
		out += lf.Words
	}
	return out
}

type gateRun struct {
	*run
	s        *pack.Standard
	row      *Row
	at       day.Instant
	recorded day.Instant
	weak     []*state.Event
}

func (g *gateRun) tree(t *pack.Tree) (met Done, ok, unknown bool) {
	if t.Leaf != nil {
		return g.leaf(t.Leaf)
	}
	for _, sub := range t.Any {
		d, hit, u := g.tree(sub)
		if hit {
			return d, true, false
		}
		unknown = unknown || u
	}
	for _, sub := range t.All {
		d, hit, u := g.tree(sub)
		switch {
		case hit && (!ok || d.pos >= met.pos):
			met, ok = d, true
		case !hit && !u:
			return Done{}, false, false
		case u:
			unknown = true
		}
	}
	if unknown {
		return Done{}, false, true
	}
	return met, ok, false
}

// leaf looks back from the gate.
func (g *gateRun) leaf(lf *pack.Leaf) (met Done, ok, unknown bool) {
	if lf.Holds != nil {
		return g.holds(lf)
	}
	var ps []int
	for _, k := range lf.Kinds {
		for _, i := range g.c.ByKind(k) {
			ps = append(ps, int(i))
		}
	}
	slices.Sort(ps)
	slices.Reverse(ps)
	bare := *lf
	bare.Where = nil
	for _, p := range ps {
		before := g.before(p)
		if before == day.No || g.c.Ev[p] == g.row.Trigger.Event {
			continue
		}
		if lf.Latest && (g.matches(&bare, g.row, p) != day.Yes || !recordedBy(g.c.Ev[p], g.recorded)) {
			continue // not one of these, or not yet on the record
		}
		t := before.And(g.matches(lf, g.row, p)).And(g.window(p))
		if t != day.No {
			got, proven := g.c.ProvedAt(p, lf.Proof, g.judging(g.row, lf.Proof))
			switch {
			case proven && got.By <= g.recorded && t == day.Yes:
				return g.stood(lf, p, got), true, false
			case proven && got.By <= g.recorded:
				unknown = true
			case t == day.Yes:
				g.weak = append(g.weak, g.c.Ev[p])
			}
		}
		if lf.Latest && before == day.Yes {
			return Done{}, false, unknown // only the last counts
		}
	}
	return Done{}, false, unknown
}

// before tells whether event p stands before the gate; an equal instant is
// settled by the order of facts, an overlap cannot be told.
func (g *gateRun) before(p int) day.Truth {
	ev := g.c.Ev[p]
	trigger := day.At(g.at)
	if g.row.Trigger.Event != nil {
		trigger = g.row.Trigger.Event.At
	}
	if t := day.Before(ev.At, trigger); t != day.No {
		return t
	}
	if ev.At == trigger && !ev.At.Exact() {
		return day.Unknown
	}
	if ev.At.Exact() && trigger.Exact() && ev.At == trigger && p < g.row.pos {
		return day.Yes
	}
	if !trigger.Exact() && ev.At.Lo >= trigger.Lo && ev.At.Lo <= trigger.Hi {
		return day.Unknown
	}
	return day.No
}

// window tells whether the earlier fact is neither too old nor too recent.
func (g *gateRun) window(p int) day.Truth {
	ev := g.c.Ev[p]
	t := day.Yes
	if d := g.s.AtMost; d != nil {
		switch {
		case g.c.Cal.Due(ev.At.Lo, *d) >= g.at:
		case g.c.Cal.Due(ev.At.Hi, *d) >= g.at:
			t = day.Unknown
		default:
			return day.No
		}
	}
	if d := g.s.AtLeast; d != nil {
		latest := g.c.Cal.Back(g.at, *d)
		switch {
		case ev.At.Hi <= latest:
		case ev.At.Lo <= latest:
			t = day.Unknown
		default:
			return day.No
		}
	}
	return t
}

// holds judges a state just after the trigger, leaving out what was recorded
// after the trigger was.
func (g *gateRun) holds(lf *pack.Leaf) (met Done, ok, unknown bool) {
	c, pos := g.c, g.row.pos
	if slices.ContainsFunc(c.Ev[:pos+1], func(ev *state.Event) bool { return ev.Recorded > g.recorded && ev != g.row.Trigger.Event }) {
		c, pos = c.Then(pos, g.recorded)
	}
	env := &g.scratch
	*env = c.Env(pos, g.row.key)
	env.This = g.this(&g.row.this)
	switch lf.Holds.Eval(env) {
	case day.Yes:
		return Done{Happened: day.At(g.at), Proved: g.at, by: g.at, Leaf: lf, pos: g.row.pos}, true, false
	case day.Unknown:
		return Done{}, false, true
	}
	return Done{}, false, false
}

// cure finds the later match that closes the finding.
func (g *gateRun) cure(t *pack.Tree) (best Done, ok bool) {
	if t.Leaf != nil {
		return g.cureLeaf(t.Leaf)
	}
	for _, sub := range t.Any {
		if d, hit := g.cure(sub); hit && (!ok || d.by < best.by) {
			best, ok = d, true
		}
	}
	for _, sub := range t.All {
		d, hit, _ := g.tree(sub)
		if !hit {
			d, hit = g.cure(sub)
		}
		if !hit {
			return Done{}, false
		}
		if !ok || d.by > best.by || d.by == best.by && d.pos > best.pos {
			best, ok = d, true
		}
	}
	return best, ok
}

// cureState finds when the state that a gate asked for is on the record: at the
// step itself, once what made it so has been written up, or after a later fact.
func (g *gateRun) cureState(lf *pack.Leaf) (Done, bool) {
	shown := day.Instant(0)
	for p := range g.row.pos + 1 {
		shown = max(shown, g.c.KnownSince(p))
	}
	for p := g.row.pos; p < len(g.c.Ev); p++ {
		env := g.run.at(p, g.row.key)
		env.This = g.this(&g.row.this)
		if p > g.row.pos {
			shown = max(shown, g.c.Ev[p].At.Lo, g.c.KnownSince(p))
		}
		if lf.Holds.Eval(env) == day.Yes {
			return Done{Happened: g.c.Ev[p].At, Proved: shown, by: shown, Leaf: lf, pos: p}, true
		}
	}
	return Done{}, false
}

func (g *gateRun) cureLeaf(lf *pack.Leaf) (best Done, ok bool) {
	if lf.Holds != nil {
		return g.cureState(lf)
	}
	for _, k := range lf.Kinds {
		for _, i := range g.c.ByKind(k) {
			p := int(i)
			if g.c.Ev[p] == g.row.Trigger.Event || p < g.row.pos && g.window(p) != day.Yes || g.matches(lf, g.row, p) != day.Yes {
				continue
			}
			got, proven := g.c.ProvedAt(p, lf.Proof, g.judging(g.row, lf.Proof))
			if p < g.row.pos && got.By <= g.recorded {
				continue // it stood there in time, and the gate did not take it
			}
			if proven && (!ok || got.By < best.by) {
				best, ok = g.done(lf, g.row, p, got), true
			}
		}
	}
	return best, ok
}

// forbid settles a must_not: one finding for each offending fact; the row itself
// keeps the first match, in the window or after it.
func (r *run) forbid(s *pack.Standard, row *Row, cut *opening) {
	if !r.due(s, row) {
		return
	}
	row.endAt = row.Due
	lift := r.lift(s, row, cut)
	if lift != nil {
		row.endAt, row.endPos = lift.At, lift.pos
	}
	var ps []int
	for _, leaf := range s.Leaves {
		for _, k := range leaf.Kinds {
			for _, i := range r.c.ByKind(k) {
				if int(i) > row.pos {
					ps = append(ps, int(i))
				}
			}
		}
	}
	slices.Sort(ps)
	ps = slices.Compact(ps)
	if r.c.AsAt <= row.Due {
		r.wake(row.Due + 1)
	}
	first, used := true, false
	own := func() *Row { // the row itself, then others like it
		if used {
			return r.twin(row)
		}
		used = true
		return row
	}
	for _, p := range ps {
		ev := r.c.Ev[p]
		t, leaf := r.offends(s, row, p)
		if o := row.Trigger.Event; t == day.Yes && o != nil && !(o.At.Exact() && ev.At.Exact()) && day.Before(o.At, ev.At) != day.Yes {
			t = day.Unknown // the stated times do not say which came first
		}
		if t == day.Yes && ev.At.Lo <= row.Due && ev.At.Hi > row.Due {
			t = day.Unknown // nor whether it was within the time
		}
		if t == day.No {
			continue
		}
		if t == day.Unknown {
			if !row.over(p) {
				doubt := own()
				doubt.CannotTell, doubt.Why, doubt.unsure = true, "the record does not say whether "+ev.ID+" is what must not happen", ev
			}
			continue
		}
		if first {
			row.done(Done{Event: ev, Happened: ev.At, Proved: ev.Recorded, by: ev.At.Lo, Leaf: leaf, pos: p})
		}
		if row.over(p) {
			break
		}
		first, lift = false, nil
		hit := own()
		hit.find(Finding{Kind: s.Raises, Raised: ev.At.Lo, Offending: ev, Advisory: s.Checked == nil})
		r.closing(s, hit, p)
	}
	row.Lifted = lift // where nothing was raised before it ended
}

// over tells whether the prohibition had ended by event p.
func (row *Row) over(p int) bool {
	at := row.r.c.Ev[p].At.Lo
	return at > row.endAt || at == row.endAt && row.endPos > 0 && p > row.endPos
}

// twin is another row of the same duty, for another fact that must not happen.
func (r *run) twin(row *Row) *Row {
	other := r.space()
	*other = *row
	other.Finding, other.CannotTell, other.unsure = nil, false, nil
	r.rows = append(r.rows, other)
	return other
}

// offends tells whether event p is what must not happen.
func (r *run) offends(s *pack.Standard, row *Row, p int) (day.Truth, *pack.Leaf) {
	result := day.No
	for _, lf := range s.Leaves {
		if !slices.Contains(lf.Kinds, r.c.Ev[p].Kind.No) {
			continue
		}
		t := r.matches(lf, row, p)
		if lf.Proof != nil && t != day.No {
			if _, ok := r.c.ProvedAt(p, lf.Proof, r.judging(row, lf.Proof)); !ok {
				continue
			}
		}
		if t == day.Yes {
			return t, lf
		}
		if t == day.Unknown {
			result = t
		}
	}
	return result, nil
}

// closing finds what closes a prohibition's finding.
func (r *run) closing(s *pack.Standard, row *Row, p int) {
	if s.Closed == nil {
		return
	}
	for q := p + 1; q < len(r.c.Ev); q++ {
		if r.picks(s.Closed, row, q) {
			if got, ok := r.c.ProvedAt(q, s.ClosedProof, r.judging(row, s.ClosedProof)); ok {
				row.Finding.Closed = got.At
				return
			}
		}
	}
}

// supplied finds the version of a fact that lacked the value asked for, and how a
// correction then supplied it. What a correction answers, it does not undo: who
// supplies a value late was late (ruling 27: an alarm stays an alarm).
func (r *run) supplied(ev *state.Event, pos int, s *pack.Standard) (*state.Event, *Done) {
	versions := append(r.c.Before(ev), ev)
	if versions[0].Vals[s.Asks.Slot].Kind != fact.Absent {
		return ev, nil
	}
	for _, v := range versions[1:] {
		if v.Vals[s.Asks.Slot].Kind != fact.Absent {
			t := max(v.Recorded, v.At.Lo)
			return versions[0], &Done{Event: v, Happened: v.At, Proved: t, by: t, Leaf: s.Must.Leaf, pos: pos}
		}
	}
	return ev, nil
}

// asks runs a duty to supply a missing value (ruling 31).
func (r *run) asks(s *pack.Standard) {
	add := func(key int, o opening, met *Done) {
		row := r.newRow(s, key, &o)
		row.Clock = row.Opened
		d, _, _ := r.length(s.Within, row, row.pos)
		r.count(row, row.Clock, d, "")
		row.Done = met
		if met == nil || met.by > row.Due {
			if r.c.AsAt > row.Due {
				row.find(Finding{Kind: "not-recorded", Raised: raised(row.Due)})
				if met != nil {
					row.Finding.Closed = met.Proved
				}
			} else if met == nil {
				r.wake(raised(row.Due))
			}
		}
		r.rows = append(r.rows, row)
	}
	if s.Asks.Register == nil {
		for _, i := range r.c.ByKind(s.Asks.Kind) {
			ev, met := r.supplied(r.c.Ev[i], int(i), s)
			if met == nil && ev.Vals[s.Asks.Slot].Kind != fact.Absent {
				continue
			}
			o := opening{at: ev.At.Lo, pos: int(i), event: ev, sel: &s.When[0]}
			for _, key := range slices.Clone(r.keysOf(s, &o)) {
				add(key, o, met)
			}
		}
		return
	}
	reg := s.Asks.Register
	owners := []int{-1}
	if reg.Of != "case" {
		owners = nil
		for q, p := range r.c.Case.Parties {
			if p.Role == reg.Of {
				owners = append(owners, q)
			}
		}
	}
	for _, owner := range owners {
		start := 0
		for start < len(r.c.Ev) && owner >= 0 && !r.c.On(owner, start) {
			start++
		}
		if start >= len(r.c.Ev) || r.c.Recorded(owner, reg, start) {
			continue
		}
		var met *Done
		for p := start + 1; p < len(r.c.Ev) && met == nil; p++ {
			if r.c.Recorded(owner, reg, p) {
				ev := r.c.Ev[p]
				met = &Done{Event: ev, Happened: ev.At, Proved: max(ev.Recorded, ev.At.Lo), by: max(ev.Recorded, ev.At.Lo), Leaf: s.Must.Leaf, pos: p}
			}
		}
		add(owner, opening{at: r.c.Ev[start].At.Lo, pos: start, event: r.c.Ev[start], sel: &s.When[0]}, met)
	}
}
