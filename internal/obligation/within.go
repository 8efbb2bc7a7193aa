package obligation

import (
	"slices"
	"strconv"

	"candour/internal/day"
	"candour/internal/expr"
	"candour/internal/fact"
	"candour/internal/pack"
	"candour/internal/state"
)

// within settles a row that has a due moment: duties and rights. cut, if set,
// is the trigger that restarts it.
func (r *run) within(s *pack.Standard, row *Row, cut *opening) {
	if !r.due(s, row) {
		return
	}
	r.reckon(s, row)
	met, ok, maybe := r.discharge(s, row)
	limit := row.limit()
	lift := r.lift(s, row, cut)
	if lift != nil && lift.At <= limit && (!ok || lift.At < met.by || lift.At == met.by && lift.pos < met.pos) {
		row.Lifted, row.endAt, row.endPos = lift, lift.At, lift.pos
		return
	}
	if ok && met.Proved <= r.c.KnownAt {
		row.done(met)
		row.endAt, row.endPos = max(met.Proved, row.Opened), max(met.pos, row.pos)
		row.Zero = row.chained && met.Happened.Lo == row.Opened && met.by <= row.Due
	}
	inTime := ok && met.by <= row.Due
	if s.Modal == pack.May {
		row.Used = inTime
		row.Lapsed = !row.Used && r.c.AsAt > row.Due
		if !row.Used {
			row.endAt, row.endPos = row.Due, -1
		}
		r.wake(raised(row.Due))
		return
	}
	if row.Paused || r.c.AsAt <= row.Due {
		if !row.Paused && row.Done == nil {
			r.wake(raised(row.Due))
		}
		return
	}
	if !inTime {
		r.raise(s, row, maybe)
	}
}

// limit is up to when the row can be lifted: its due moment, or never while its
// clock is stopped, since nothing falls due then.
func (row *Row) limit() day.Instant {
	if row.Paused {
		return day.Never
	}
	return row.Due
}

// done notes what discharged the row.
func (row *Row) done(d Done) {
	row.room.done = d
	row.Done = &row.room.done
}

// find puts a finding on the row.
func (row *Row) find(f Finding) {
	row.room.finding = f
	row.Finding = &row.room.finding
}

// raised is the instant of a finding: due, cut to the second, plus one second.
func raised(due day.Instant) day.Instant {
	if due == day.Never {
		return day.Never
	}
	return due.Second() + 1e9
}

// raise puts a finding on a row whose due moment has passed unmet, unless the
// record cannot tell or a source has not yet reported.
func (r *run) raise(s *pack.Standard, row *Row, maybe *state.Event) {
	if src, wait := r.waits(s, row, row.Due); wait {
		row.Waiting = src
		return
	}
	if maybe != nil {
		row.CannotTell, row.Why = true, "the time stated for "+maybe.ID+" does not say whether it was in time"
		return
	}
	row.Claims = r.claims(s, row)
	row.find(Finding{Kind: "overdue", Raised: raised(row.Due), Lost: s.Lost, Advisory: s.Checked == nil})
	f := row.Finding
	if len(row.Claims) > 0 {
		f.Kind = "unproven"
	}
	if d := row.Done; d != nil {
		f.Closed = max(d.Proved, f.Raised)
		inTime := d.Happened.Lo <= row.Due
		f.Late = f.Kind == "overdue" && !inTime
		f.WrittenUpLate = inTime
		f.Another = another(row, d.Event)
	}
}

// another: the closing act refers to another than the trigger did (ruling 11).
func another(row *Row, ev *state.Event) bool {
	trigger := row.Trigger.Event
	if trigger == nil || ev == nil {
		return false
	}
	if refs := append(append([]string{}, ev.Confirms...), ev.Answers...); len(refs) > 0 && ev.Kind.Confirms == trigger.Fact.Kind {
		return !slices.Contains(refs, trigger.ID)
	}
	for i, f := range ev.Kind.Fields {
		mine := trigger.Fact.Get(f.Name)
		if ev.Kind.Confirms == trigger.Fact.Kind && mine.Kind == fact.Text && ev.Vals[i].Kind == fact.Text && isReference(f) && mine.Text != ev.Vals[i].Text {
			return true
		}
	}
	return false
}

func isReference(f *pack.Field) bool {
	return f.Words == "reference" || f.Name == "urn" || f.Name == "reference" || f.Name == "ref"
}

// discharge finds what met the row: the earliest proved among what matches
// (section 1, semantics). maybe is a fact whose stated time cannot settle it.
func (r *run) discharge(s *pack.Standard, row *Row) (met Done, ok bool, maybe *state.Event) {
	met, ok, maybe = r.tree(s, s.Must, row)
	if d, decided := r.decided(s, row, 0); decided && (!ok || d.by < met.by) {
		met, ok = d, true
	}
	return met, ok, maybe
}

func (r *run) tree(s *pack.Standard, t *pack.Tree, row *Row) (met Done, ok bool, maybe *state.Event) {
	if t.Leaf != nil {
		return r.leaf(s, t.Leaf, row)
	}
	for _, sub := range t.Any {
		d, hit, m := r.tree(s, sub, row)
		if hit && (!ok || d.by < met.by) {
			met, ok = d, true
		}
		if maybe == nil {
			maybe = m
		}
	}
	for i, sub := range t.All {
		d, hit, m := r.tree(s, sub, row)
		if !hit {
			return Done{}, false, m
		}
		if i == 0 || d.by > met.by || d.by == met.by && d.pos > met.pos {
			met, ok = d, true
		}
	}
	return met, ok, maybe
}

// leaf finds the earliest proved fact that matches the leaf.
func (r *run) leaf(s *pack.Standard, lf *pack.Leaf, row *Row) (met Done, ok bool, maybe *state.Event) {
	if lf.Latest {
		met, ok = r.latest(s, lf, row)
		return met, ok, nil
	}
	for _, k := range lf.Kinds {
		for _, i := range r.later(s, row, k) {
			p := int(i)
			if ok && r.c.AllExact && r.c.Begins(p) > met.held {
				break // nothing is proved before it happens
			}
			fits, unsure := r.candidate(s, row, p)
			if !fits || r.matches(lf, row, p) != day.Yes {
				continue
			}
			got, proven := r.c.ProvedAt(p, lf.Proof, r.judging(row, lf.Proof))
			if !proven {
				continue
			}
			if unsure {
				maybe = r.c.Ev[p]
				continue
			}
			if !ok || got.By < met.held || got.By == met.held && p < met.pos {
				met, ok = r.done(lf, row, p, got), true
			}
		}
	}
	return met, ok, maybe
}

func (r *run) done(lf *pack.Leaf, row *Row, p int, got state.Proved) Done {
	return Done{Event: r.c.Ev[p], Happened: r.c.Ev[p].At, Proved: max(got.At, row.Opened), by: max(got.By, row.Opened), held: got.By, Leaf: lf, pos: p}
}

// judging says for which duty a proof is worked out; who owes it matters only
// where the proof asks for their own word.
func (r *run) judging(row *Row, p *pack.Proof) state.Judge {
	j := state.Judge{Key: row.key, This: row.Trigger.Event}
	if p.Names(pack.ProofSelf) {
		j.Owes = row.Owes()
	}
	return j
}

// later lists the positions of a kind that can be candidates: those after the
// opening, unless an earlier one may count. A fact before the opening can count
// by `already`, or by an interval that holds the opening.
func (r *run) later(s *pack.Standard, row *Row, kind int) []int32 {
	all := r.c.ByKind(kind)
	if s.Already.Yes || !r.c.AllExact {
		return all
	}
	i, _ := slices.BinarySearch(all, int32(row.pos+1))
	return all[i:]
}

// candidate tells whether event p can discharge the row: later than the opening,
// or, where `already` says so, earlier. A day without a time that holds the
// opening counts as later (decision record 0005). unsure: the stated interval
// neither begins after the opening nor ends by the due day.
func (r *run) candidate(s *pack.Standard, row *Row, p int) (ok, unsure bool) {
	if r.c.AllExact && p > row.pos {
		return true, false
	}
	ev := r.c.Ev[p]
	oneDay := ev.At.Whole && r.c.Cal.DateOf(ev.At.Lo) == r.c.Cal.DateOf(ev.At.Hi)
	straddles := !ev.At.Exact() && !oneDay && ev.At.Lo <= row.Due && row.Due != day.Never && ev.At.Hi > r.c.Cal.End(r.c.Cal.DateOf(row.Due))
	switch {
	case p > row.pos:
		return true, straddles
	case ev == row.Trigger.Event || row.chained:
		return false, false
	case s.Already.Yes:
		if a := s.Already.AtMost; a != nil && r.c.Cal.Due(ev.At.Lo, *a) < row.Opened {
			return false, false
		}
		return true, straddles
	case oneDay && ev.At.Hi >= row.Opened:
		return true, false
	case !ev.At.Exact() && ev.At.Hi >= row.Opened:
		return true, true
	}
	return false, false
}

// matches tests kind's own condition, party, references and where of a candidate.
func (r *run) matches(lf *pack.Leaf, row *Row, p int) day.Truth {
	ev := r.c.Ev[p]
	if len(lf.Match) == 0 {
		if !r.c.Concerns(p, row.key) {
			return day.No
		}
	} else if r.ofAnother(p, row.key) {
		return day.No
	} else {
		this := r.this(&row.this)
		for _, m := range lf.Match {
			if row.this.tick && m.This == expr.NamePeriod {
				if !r.ofPeriod(row, ev.Get(m.That)) {
					return day.No
				}
			} else if !meet(this.Get(m.This), ev.Get(m.That)) {
				return day.No
			}
		}
	}
	if lf.Substantive && !r.substantive(p) {
		return day.No
	}
	if lf.Where == nil {
		return day.Yes
	}
	env := r.env(&row.this, row.key)
	env.That = ev
	return lf.Where.Eval(env)
}

// ofAnother tells whether event p is about other parties of the key's role and not
// about the key: what is tied by `match` need not be about the key (ruling 24), but
// what one victim was told is not told to another.
func (r *run) ofAnother(p, key int) bool {
	if key < 0 || r.c.Concerns(p, key) {
		return false
	}
	role := r.c.Case.Parties[key].Role
	return slices.ContainsFunc(r.c.Ev[p].Parties, func(q int) bool { return r.c.Case.Parties[q].Role == role })
}

// ofPeriod tells whether a value names the period whose end opened the row: by its
// number, its first day, or, where it is a calendar month or year, as 2020-01 or 2020.
func (r *run) ofPeriod(row *Row, v *fact.Value) bool {
	if v == nil {
		return false
	}
	first := r.c.Cal.DateOf(row.this.from)
	name := first.String()
	switch v.Kind {
	case fact.Number:
		return v.Num == float64(row.this.period)
	case fact.Date:
		return v.Day == first
	case fact.Moment:
		return r.c.Cal.DateOf(v.When.Lo) == first
	case fact.Text:
		unit := row.this.sel.Every.Unit
		return v.Text == strconv.Itoa(row.this.period) || v.Text == name || unit == day.Month && v.Text == name[:7] || unit == day.Year && v.Text == name[:4]
	}
	return false
}

// meet: equal references; a list matches if it contains.
func meet(a, b *fact.Value) bool {
	if a == nil || b == nil {
		return false
	}
	if a.Kind == fact.List {
		for i := range a.List {
			if meet(&a.List[i], b) {
				return true
			}
		}
		return false
	}
	if b.Kind == fact.List {
		return meet(b, a)
	}
	return a.Kind == b.Kind && a.Text == b.Text && a.Num == b.Num && a.Bool == b.Bool && a.Day == b.Day && (a.When == b.When || a.When != nil && b.When != nil && *a.When == *b.When)
}

// latest takes the last of the kind (and match) by due, then tests where and proof;
// if that fails, the first later one that passes.
func (r *run) latest(s *pack.Standard, lf *pack.Leaf, row *Row) (Done, bool) {
	bare := *lf
	bare.Where = nil
	var ps []int
	for _, k := range lf.Kinds {
		for _, i := range r.c.ByKind(k) {
			if ok, unsure := r.candidate(s, row, int(i)); ok && !unsure && r.matches(&bare, row, int(i)) == day.Yes {
				ps = append(ps, int(i))
			}
		}
	}
	slices.Sort(ps)
	last := -1
	for _, p := range ps {
		if r.c.Ev[p].At.Lo <= row.Due {
			last = p
		}
	}
	for _, p := range ps {
		if p < last || r.matches(lf, row, p) != day.Yes {
			continue
		}
		if got, ok := r.c.ProvedAt(p, lf.Proof, r.judging(row, lf.Proof)); ok {
			return r.done(lf, row, p, got), true
		}
	}
	return Done{}, false
}

var (
	second      = &pack.Proof{Op: pack.ProofSecond, Words: "second"}
	decidedLeaf = &pack.Leaf{Words: "a recorded reason with a second person", Proof: second}
)

// decided: a recorded reason that names the standard, with a second eligible
// person, discharges any must unless discretion: no (decision record 0006).
func (r *run) decided(s *pack.Standard, row *Row, from int) (best Done, ok bool) {
	if !s.Discretion || s.Modal != pack.Must {
		return best, false
	}
	for _, i := range r.c.ByKind(r.c.Pack.Decision) {
		p := int(i)
		if p < from || !r.decides(s, row, p) {
			continue
		}
		if fits, unsure := r.candidate(s, row, p); !fits || unsure {
			continue
		}
		got, proven := r.c.ProvedAt(p, second, r.judging(row, second))
		if !proven {
			continue
		}
		if !ok || got.By < best.held || got.By == best.held && p < best.pos {
			best, ok = r.done(decidedLeaf, row, p, got), true
			best.Decided = true
		}
	}
	return best, ok
}

// decides tells whether event p is a decision on the standard for the key: about
// it, or about no party and so for the case as a whole.
func (r *run) decides(s *pack.Standard, row *Row, p int) bool {
	ev := r.c.Ev[p]
	return ev.Fact.Get("standard").Text == s.ID && (row.key < 0 || len(ev.Parties) == 0 || slices.Contains(ev.Parties, row.key))
}

// claims lists facts of the right kind with too weak a proof, and other claims,
// that stood at due (ruling 3).
func (r *run) claims(s *pack.Standard, row *Row) []*state.Event {
	var out []*state.Event
	if s.ClaimThis && row.Trigger.Event != nil && recordedBy(row.Trigger.Event, row.Due) {
		out = append(out, row.Trigger.Event)
	}
	for n := range len(s.Claims) + len(s.Leaves) {
		lf := leafOf(s, n)
		for _, k := range lf.Kinds {
			for _, i := range r.c.ByKind(k) {
				p := int(i)
				ev := r.c.Ev[p]
				if ok, _ := r.candidate(s, row, p); !ok || ev.At.Lo > row.Due || !recordedBy(ev, row.Due) || r.matches(lf, row, p) != day.Yes {
					continue
				}
				got, proven := r.c.ProvedAt(p, lf.Proof, r.judging(row, lf.Proof))
				if (n < len(s.Claims) || !proven || got.By > row.Due) && !slices.Contains(out, ev) {
					out = append(out, ev)
				}
			}
		}
	}
	return out
}

// leafOf counts through the claims, then the leaves.
func leafOf(s *pack.Standard, n int) *pack.Leaf {
	if n < len(s.Claims) {
		return s.Claims[n]
	}
	return s.Leaves[n-len(s.Claims)]
}

// lift finds the first thing that ends the duty without meeting it (rulings 7, 25).
func (r *run) lift(s *pack.Standard, row *Row, cut *opening) *Lift {
	var best *Lift
	limit := row.limit()
	offer := func(l Lift) {
		if l.At <= limit && (best == nil || l.At < best.At || l.At == best.At && l.pos < best.pos) {
			best = &l
		}
	}
	if s.While != nil {
		held := true
		for p := r.turn(s.While, row.pos); p < len(r.c.Ev); p = r.turn(s.While, p) {
			ev := r.c.Ev[p]
			if ev.At.Lo > limit {
				break
			}
			env := r.at(p, row.key)
			env.This = r.this(&row.this)
			holds := s.While.Eval(env) != day.No
			if held && !holds && recordedBy(ev, limit) { // by the fact that turns it, not by a later one
				offer(Lift{ev.At.Lo, "no longer so that " + s.While.Source + " (" + ev.ID + ")", p})
				break
			}
			held = holds
		}
	}
	for i := range s.Unless {
		r.unless(&s.Unless[i], row, limit, offer)
	}
	if s.InForce.Lift && s.InForce.HasTo {
		end := r.c.Cal.End(s.InForce.To) + 1
		if end <= r.c.AsAt {
			offer(Lift{end, "the rule ended and another took its place", r.c.Position(end)})
		}
	}
	if cut != nil {
		offer(Lift{cut.at, "a new clock was started", cut.pos})
	}
	return best
}

// turn is the next position after p at which a condition can change: len(Ev) if none.
func (r *run) turn(c *expr.Condition, p int) int {
	if !c.OfState() {
		return p + 1
	}
	turns := r.c.Turns()
	i, _ := slices.BinarySearch(turns, int32(p+1))
	if i == len(turns) {
		return len(r.c.Ev)
	}
	return int(turns[i])
}

func recordedBy(ev *state.Event, due day.Instant) bool {
	return ev.Recorded <= due || ev.At.Whole && !ev.RecordedStated && ev.At.Lo <= due
}

func (r *run) unless(sel *pack.Selector, row *Row, limit day.Instant, offer func(Lift)) {
	if sel.Finding != "" {
		for _, f := range r.findings {
			if (f.Standard.ID == sel.Finding || f.Finding.Kind == sel.Finding) && f.Finding.Raised > row.Opened && f.Finding.Raised <= limit &&
				(f.key == row.key || f.key < 0 || row.key < 0) {
				offer(Lift{f.Finding.Raised, "finding " + f.Standard.ID, r.c.Position(f.Finding.Raised)})
				return
			}
		}
		return
	}
	var ps []int
	for _, k := range sel.Kinds {
		for _, i := range r.c.ByKind(k) {
			if int(i) > row.pos {
				ps = append(ps, int(i))
			}
		}
	}
	slices.Sort(ps)
	for _, p := range ps {
		if ev := r.c.Ev[p]; ev.At.Lo <= limit && recordedBy(ev, limit) && r.picks(sel, row, p) {
			offer(Lift{ev.At.Lo, ev.Fact.Kind + " (" + ev.ID + ")", p})
			return
		}
	}
}
