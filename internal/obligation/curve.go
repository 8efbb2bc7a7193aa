package obligation

import (
	"slices"

	"candour/internal/day"
	"candour/internal/pack"
	"candour/internal/state"
)

// Point is what stood at one moment: findings raised by then, and those of them
// still open.
type Point struct{ Raised, Open int }

// Curve counts a case's findings as at, and known at, each of the moments, which
// are in order: as if the case were evaluated anew for each, in one sweep.
//
// A standard is evaluated once for all moments between which nothing that matters
// to it became known about the past. What became known late (a fact entered after a
// later moment than it happened at, a correction, a new mark of a feed) begins a new
// stretch for the standards that facts of its kind can matter to; within a stretch an
// evaluation at its end holds for each of its moments, since what is found at a moment
// depends on nothing after it.
func Curve(in *state.Input, moments []day.Instant, on func(*pack.Standard) bool) ([]Point, error) {
	var s Sweeper
	out := make([]Point, len(moments))
	return out, s.Add(out, in, moments, on, nil)
}

// Sweeper adds up curves of many cases in the same space. The zero Sweeper is ready.
type Sweeper struct {
	runner  Runner
	at      state.Case
	late    []late
	diff    []Point
	met     []day.Instant // by party: when its first fact was known
	begun   []day.Instant // by party: its first fact of those entered in time
	since   []int         // by standard: where its stretch began
	ending  []uint64      // the standards whose stretch ends
	running []uint64      // and those that must run for them
}

// late is a moment, by number, since the one before which something became known
// that changes the past: a fact of a kind (-1: one that can matter to every
// standard), or a party of a role.
type late struct {
	moment, kind int
	role         string
}

// Add adds a case's curve to out, which has a point for each moment. count chooses
// the findings that are counted; nil counts all.
func (s *Sweeper) Add(out []Point, in *state.Input, moments []day.Instant, on func(*pack.Standard) bool, count func(*Row) bool) error {
	if len(moments) == 0 {
		return nil
	}
	s.stretches(in, moments)
	s.diff = slices.Grow(s.diff[:0], len(moments)+1)[:len(moments)+1]
	clear(s.diff)
	s.since = slices.Grow(s.since[:0], len(in.Pack.Standards))[:len(in.Pack.Standards)]
	clear(s.since)
	touch := in.Pack.Touches()
	for next := 0; ; {
		to := len(moments)
		s.ending = touch.None(s.ending)
		switch {
		case next < len(s.late):
			to = s.late[next].moment
			for ; next < len(s.late) && s.late[next].moment == to; next++ {
				if l := s.late[next]; l.role != "" {
					touch.AddRole(s.ending, l.role)
				} else {
					touch.Add(s.ending, l.kind)
				}
			}
		default:
			touch.Add(s.ending, -1)
		}
		if to > 0 {
			if err := s.stretch(in, moments, to, touch, on, count); err != nil {
				return err
			}
		}
		if to == len(moments) {
			break
		}
	}
	var p Point
	for i := range moments {
		p.Raised += s.diff[i].Raised
		p.Open += s.diff[i].Open
		out[i].Raised += p.Raised
		out[i].Open += p.Open
	}
	return nil
}

// stretch evaluates the standards whose stretch ends before a moment.
func (s *Sweeper) stretch(in *state.Input, moments []day.Instant, to int, touch *pack.Touch, on func(*pack.Standard) bool, count func(*Row) bool) error {
	m := moments[to-1]
	if err := s.at.Cut(in, state.Moments{AsAt: m, KnownAt: m}); err != nil {
		return err
	}
	s.running = touch.None(s.running)
	touch.Need(s.running, s.ending)
	needed := func(st *pack.Standard) bool { return pack.Has(s.running, st.No) && (on == nil || on(st)) }
	for _, row := range s.runner.Run(&s.at, needed).Rows {
		if no := row.Standard.No; row.Finding != nil && pack.Has(s.ending, no) && (count == nil || count(row)) {
			s.span(row.Finding, moments, s.since[no], to)
		}
	}
	for no := range s.since {
		if pack.Has(s.ending, no) {
			s.since[no] = to
		}
	}
	return nil
}

// span notes at which of a stretch's moments a finding was raised, and open.
func (s *Sweeper) span(f *Finding, moments []day.Instant, from, to int) {
	raised := max(from, reached(moments, f.Raised))
	if raised >= to {
		return
	}
	s.diff[raised].Raised++
	s.diff[to].Raised--
	closed := to
	if f.Closed != 0 {
		closed = min(to, reached(moments, f.Closed))
	}
	if closed > raised {
		s.diff[raised].Open++
		s.diff[closed].Open--
	}
}

// reached is the first of the moments at or after t.
func reached(moments []day.Instant, t day.Instant) int {
	i, _ := slices.BinarySearch(moments, t)
	return i
}

// stretches lists the moments at which something about the past has become known
// since the moment before, in order, with what kind of fact it was.
func (s *Sweeper) stretches(in *state.Input, moments []day.Instant) {
	s.late = s.late[:0]
	mark := func(moment, kind int) {
		if moment < len(moments) {
			s.late = append(s.late, late{moment: moment, kind: kind})
		}
	}
	s.met = slices.Grow(s.met[:0], len(in.Case.Parties))[:len(in.Case.Parties)]
	s.begun = slices.Grow(s.begun[:0], len(in.Case.Parties))[:len(in.Case.Parties)]
	for q := range s.met {
		s.met[q], s.begun[q] = day.Never, day.Never
	}
	come := func(moment int, ev *state.Event, always bool) {
		for _, q := range ev.Parties {
			if role := in.Case.Parties[q].Role; moment < len(moments) && in.Pack.Loose[role] && (always || ev.At.Lo <= s.begun[q]) {
				s.late = append(s.late, late{moment: moment, role: role})
			}
		}
	}
	var named map[string]bool // facts that others answer or confirm
	first := day.Never        // when the case began, by what was entered in time
	for i := range in.Events {
		ev := &in.Events[i]
		for _, refs := range [][]string{ev.Answers, ev.Confirms} {
			for _, id := range refs {
				if named == nil {
					named = map[string]bool{}
				}
				named[id] = true
			}
		}
		if ev.Supersedes == "" && reached(moments, ev.Recorded) <= reached(moments, ev.At.Lo) {
			first = min(first, ev.At.Lo)
			for _, q := range ev.Parties {
				s.begun[q] = min(s.begun[q], ev.At.Lo)
			}
		}
	}
	for i := range in.Events {
		ev := &in.Events[i]
		for _, q := range ev.Parties {
			if !in.Pack.Loose[in.Case.Parties[q].Role] {
				continue // nobody asks since when it is on the case
			}
			s.met[q] = min(s.met[q], max(ev.At.Lo, ev.Recorded))
		}
		kind := ev.Kind.No
		if ev.At.Lo <= first || ev.Supersedes != "" && in.Before(ev)[0].At.Lo <= first || named[ev.ID] || named[ev.Supersedes] ||
			len(ev.Answers)+len(ev.Confirms) > 0 || ev.Kind.No == in.Pack.IntegrityDecision || ev.Kind.No == in.Pack.Countersignature {
			kind = -1
		}
		known := reached(moments, ev.Recorded)
		if ev.Supersedes != "" || known > reached(moments, ev.At.Lo) {
			mark(known, kind)
			come(known, ev, ev.Supersedes != "")
			for _, old := range in.Before(ev) {
				come(known, old, true)
			}
		}
		if !ev.At.Exact() { // what a day or a longer time can tell grows until it is over
			mark(reached(moments, ev.At.Lo), kind)
			mark(reached(moments, ev.At.Hi), kind)
			come(reached(moments, ev.At.Lo), ev, false)
			come(reached(moments, ev.At.Hi), ev, false)
		}
	}
	for q, t := range s.met { // until its first fact a party is on the case from the start (ruling 24)
		if t := reached(moments, t); t < len(moments) {
			s.late = append(s.late, late{moment: t, role: in.Case.Parties[q].Role})
		}
	}
	for _, src := range in.World.Sources {
		for _, m := range src.Marks {
			mark(reached(moments, m.At), -1)
		}
		if src.Grace != nil { // what waits for it is raised at moments of its own
			for i := range moments {
				mark(i, -1)
			}
		}
	}
	slices.SortFunc(s.late, func(a, b late) int { return a.moment - b.moment })
}
