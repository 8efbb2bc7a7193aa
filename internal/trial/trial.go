// Package trial holds what the engine finds against what a timeline expects,
// row by row, and runs the examples of a pack.
//
// Expectations are exhaustive for the standards under test: a row that nobody
// expected is a difference, as is an expectation without a row. Left out of the
// comparison are zero-length instances of a repetition (ruling 19), rows of a
// must_not that raised nothing, and rows that only say that the record cannot
// tell, unless they are expected.
package trial

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"candour/internal/day"
	"candour/internal/obligation"
	"candour/internal/pack"
	"candour/internal/state"
	"candour/internal/timeline"
)

// Difference is one way in which the rows differ from the expectations.
type Difference struct {
	Line     int // of the expectation, 0 for a row that nobody expected
	Standard string
	Case     string
	Key      string
	What     string
}

func (d Difference) String() string {
	where := "not expected"
	if d.Line > 0 {
		where = fmt.Sprintf("line %d", d.Line)
	}
	return fmt.Sprintf("%s: %s on %s of %s: %s", where, d.Standard, d.Key, d.Case, d.What)
}

// Outcome is what a trial of one file gave.
type Outcome struct {
	Expected    int
	Differences []Difference
	Rows        []*obligation.Row // of the standards under test
}

// Run evaluates a file's cases at its test moment and compares.
func Run(f *timeline.File, p *pack.Pack) (*Outcome, error) {
	if f.Test == nil {
		return nil, fmt.Errorf("the file has no test line; add {\"as_at\":...,\"under\":[...]}")
	}
	for _, id := range f.Test.Under {
		if !slices.ContainsFunc(p.Standards, func(s *pack.Standard) bool { return s.ID == id }) {
			return nil, fmt.Errorf("line %d: under names %q, which the pack %s does not have", f.Test.Line, id, p.ID)
		}
	}
	var rows []*obligation.Row
	err := each(f, p, obligation.Under(p, obligation.Named(f.Test.Under)), func(res *obligation.Result) {
		for _, row := range res.Rows {
			if slices.Contains(f.Test.Under, row.Standard.ID) {
				rows = append(rows, row)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return compare(f, rows), nil
}

// each evaluates the cases of a file at its test moment, and then the persons, units
// and bodies that they touch.
func each(f *timeline.File, p *pack.Pack, on func(*pack.Standard) bool, visit func(*obligation.Result)) error {
	m := state.Moments{AsAt: f.Test.AsAt, KnownAt: f.Test.AsAt}
	if f.Test.KnownAt != nil {
		m.KnownAt = *f.Test.KnownAt
	}
	var gather obligation.Gather
	for _, c := range f.Cases {
		in, err := state.Prepare(c, f.World, p, f.Zone)
		if err != nil {
			return err
		}
		at, err := in.At(m)
		if err != nil {
			return err
		}
		res := obligation.Run(at, on)
		if err := gather.Add(res); err != nil {
			return err
		}
		visit(res)
	}
	return gather.Each(on, func(res *obligation.Result) error {
		visit(res)
		return nil
	})
}

func compare(f *timeline.File, rows []*obligation.Row) *Outcome {
	out := &Outcome{Expected: len(f.Expects), Rows: rows}
	taken := map[*obligation.Row]bool{}
	for i := range f.Expects {
		e := &f.Expects[i]
		var best *obligation.Row
		var wrong []string
		for _, row := range rows {
			if taken[row] || !same(e, row) {
				continue
			}
			w := differ(e, row, f.Zone)
			if best == nil || len(w) < len(wrong) {
				best, wrong = row, w
			}
		}
		if best == nil {
			out.Differences = append(out.Differences, Difference{e.Line, e.Standard, e.Case, e.Key, "no such row; " + nearest(e, rows, f.Zone)})
			continue
		}
		taken[best] = true
		for _, w := range wrong {
			out.Differences = append(out.Differences, Difference{e.Line, e.Standard, best.Case, e.Key, w})
		}
	}
	for _, row := range rows {
		if taken[row] || row.Zero || row.CannotTell || row.Standard.Modal == pack.MustNot && row.Finding == nil {
			continue
		}
		out.Differences = append(out.Differences, Difference{0, row.Standard.ID, row.Case, row.Key, "the engine gives " + Describe(row, f.Zone)})
	}
	return out
}

func same(e *timeline.Expect, row *obligation.Row) bool {
	return e.Standard == row.Standard.ID && e.Key == row.Key && (e.Case == "" || e.Case == row.Case) && agrees(e.Opened, row.Instant())
}

// agrees compares to the second; an expectation that is a day, with the day.
func agrees(want day.Moment, got day.Instant) bool {
	if want.Exact() {
		return want.Lo.Second() == got.Second()
	}
	return want.Lo <= got && got <= want.Hi
}

func nearest(e *timeline.Expect, rows []*obligation.Row, zone *time.Location) string {
	var there []string
	for _, row := range rows {
		if row.Standard.ID == e.Standard {
			there = append(there, Describe(row, zone))
		}
	}
	if there == nil {
		return "the engine gives none of this standard"
	}
	return "the engine gives " + strings.Join(there, " | ")
}

// Describe tells a row in one line.
func Describe(row *obligation.Row, zone *time.Location) string {
	s := row.Key + " opened " + day.FormatInstant(row.Instant(), zone)
	if row.Due != day.Never && !row.Standard.Gate {
		s += " due " + day.FormatInstant(row.Due, zone)
	}
	if row.Done != nil && row.Done.Event != nil {
		s += " done " + row.Done.Event.ID
	}
	if f := row.Finding; f != nil {
		s += " finding " + f.Kind + " raised " + day.FormatInstant(f.Raised, zone)
		if f.Closed != 0 {
			s += " closed " + day.FormatInstant(f.Closed, zone)
		}
		if f.Late {
			s += " late"
		}
	}
	switch {
	case row.Lifted != nil:
		s += " lifted " + day.FormatInstant(row.Lifted.At, zone) + ": " + row.Lifted.Why
	case row.CannotTell:
		s += " cannot tell: " + row.Why
	case row.Waiting != "":
		s += " waiting for " + row.Waiting
	}
	return s
}

func differ(e *timeline.Expect, row *obligation.Row, zone *time.Location) []string {
	var out []string
	say := func(what, want, got string) {
		if want != got {
			out = append(out, fmt.Sprintf("%s: want %s, got %s", what, orNone(want), orNone(got)))
		}
	}
	moment := func(what string, want *day.Moment, got day.Instant) {
		if want != nil && (got == 0 || got == day.Never || !agrees(*want, got)) {
			say(what, day.FormatMoment(*want, zone), show(got, zone))
		}
	}
	kind, raised, closed, late := "", day.Instant(0), day.Instant(0), false
	if f := row.Finding; f != nil {
		kind, raised, closed, late = f.Kind, f.Raised, f.Closed, f.Late
	}
	want := e.Finding
	if want == "gate-breach" {
		want = "gate"
	}
	say("finding", want, kind)
	moment("clock", e.Clock, row.Clock)
	if !row.Standard.Gate {
		moment("due", e.Due, row.Due)
	}
	moment("raised", e.Raised, raised)
	moment("closed", e.Closed, closed)
	if e.Closed == nil && closed != 0 && want != "" {
		say("closed", "", show(closed, zone))
	}
	if e.Late != nil && *e.Late != late {
		say("late", fmt.Sprint(*e.Late), fmt.Sprint(late))
	}
	if e.Done != "" {
		got := ""
		if row.Done != nil && row.Done.Event != nil {
			got = row.Done.Event.ID
		}
		say("done", e.Done, got)
	}
	say("lifted", yes(e.Lifted), yes(row.Lifted != nil))
	say("cannot tell", yes(e.CannotTell), yes(row.CannotTell))
	say("waiting", yes(e.Waiting), yes(row.Waiting != ""))
	if e.Proof != "" {
		out = append(out, proof(e, row)...)
	}
	return out
}

func proof(e *timeline.Expect, row *obligation.Row) []string {
	p, err := pack.ParseProof(e.Proof)
	if err != nil {
		return []string{err.Error()}
	}
	if row.Done == nil || row.Done.Event == nil {
		return []string{"proof: want " + e.Proof + ", but nothing discharged it"}
	}
	if !row.Proves(p) {
		return []string{"proof: the discharging fact does not have " + e.Proof}
	}
	return nil
}

func show(t day.Instant, zone *time.Location) string {
	if t == 0 || t == day.Never {
		return ""
	}
	return day.FormatInstant(t, zone)
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}
