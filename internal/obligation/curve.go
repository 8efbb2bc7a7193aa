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
// A case is evaluated once for all moments between which nothing became known
// about the past. What became known late (a fact entered after a later moment
// than it happened at, a correction, a new mark of a feed) begins a new stretch;
// within a stretch an evaluation at its end holds for each of its moments, since
// what is found at a moment depends on nothing after it.
func Curve(in *state.Input, moments []day.Instant, on func(*pack.Standard) bool) ([]Point, error) {
	var s Sweeper
	out := make([]Point, len(moments))
	return out, s.Add(out, in, moments, on, nil)
}

// Sweeper adds up curves of many cases in the same space. The zero Sweeper is ready.
type Sweeper struct {
	runner Runner
	at     state.Case
	starts []bool
	diff   []Point
	met    []day.Instant // by party: when its first fact was known
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
	for from := 0; from < len(moments); {
		to := from + 1
		for to < len(moments) && !s.starts[to] {
			to++
		}
		m := moments[to-1]
		if err := s.at.Cut(in, state.Moments{AsAt: m, KnownAt: m}); err != nil {
			return err
		}
		for _, row := range s.runner.Run(&s.at, on).Rows {
			if row.Finding != nil && (count == nil || count(row)) {
				s.span(row.Finding, moments, from, to)
			}
		}
		from = to
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

// stretches marks the moments at which something about the past has become known
// since the moment before.
func (s *Sweeper) stretches(in *state.Input, moments []day.Instant) {
	s.starts = slices.Grow(s.starts[:0], len(moments)+1)[:len(moments)+1]
	clear(s.starts)
	s.met = slices.Grow(s.met[:0], len(in.Case.Parties))[:len(in.Case.Parties)]
	for q := range s.met {
		s.met[q] = day.Never
	}
	for i := range in.Events {
		ev := &in.Events[i]
		for _, q := range ev.Parties {
			if !in.Pack.Loose[in.Case.Parties[q].Role] {
				continue // nobody asks since when it is on the case
			}
			s.met[q] = min(s.met[q], max(ev.At.Lo, ev.Recorded))
		}
		known := reached(moments, ev.Recorded)
		if ev.Supersedes != "" || known > reached(moments, ev.At.Lo) {
			s.starts[known] = true
		}
		if !ev.At.Exact() { // what a day or a longer time can tell grows until it is over
			s.starts[reached(moments, ev.At.Lo)] = true
			s.starts[reached(moments, ev.At.Hi)] = true
		}
	}
	for _, t := range s.met { // until its first fact a party is on the case from the start (ruling 24)
		s.starts[reached(moments, t)] = true
	}
	for _, src := range in.World.Sources {
		for _, m := range src.Marks {
			s.starts[reached(moments, m.At)] = true
		}
		if src.Grace != nil { // what waits for it is raised at moments of its own
			for i := range s.starts {
				s.starts[i] = true
			}
		}
	}
}
