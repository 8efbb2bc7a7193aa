package obligation_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"candour/internal/day"
	"candour/internal/fact"
	"candour/internal/obligation"
	"candour/internal/pack"
	"candour/internal/state"
	"candour/internal/timeline"
	"candour/packs"
)

// said is a row as one line; the engine's and the naive rows are written alike.
type said struct {
	key, done, kind, offending                         string
	opened, clock, due, proved, raised, closed, lifted day.Instant
	gate, stopped, late, cannotTell, isLifted          bool
}

func (n *naive) said(r *answer) said {
	s := said{key: n.name(r.key), kind: r.kind, opened: r.opened, clock: r.clock, due: r.due, raised: r.raised, closed: r.closed,
		lifted: r.lifted, gate: r.s.Gate, stopped: r.stopped, late: r.late, cannotTell: r.cannotTell,
		isLifted: r.isLifted && r.kind == "" && !r.cannotTell}
	if r.met != nil && r.met.ev != nil {
		s.done, s.proved = r.met.ev.ID, r.met.at
	}
	if r.offending != nil {
		s.offending = r.offending.ID
	}
	return s
}

func (s said) String() string {
	out := s.key + " opened " + moments(s.opened)
	switch {
	case s.cannotTell:
		return out + " cannot tell"
	case s.isLifted:
		return out + " clock " + moments(s.clock) + " lifted " + moments(s.lifted)
	case s.stopped:
		return out + " clock " + moments(s.clock) + " stopped"
	case !s.gate:
		out += " clock " + moments(s.clock) + " due " + moments(s.due)
	}
	if s.done != "" {
		out += " done " + s.done
	}
	if s.done != "" {
		out += " proved " + moments(s.proved)
	}
	if s.kind != "" {
		out += " " + s.kind + " raised " + moments(s.raised)
	}
	if s.closed != 0 {
		out += fmt.Sprint(" closed ", moments(s.closed), " late ", s.late)
	}
	if s.offending != "" {
		out += " offending " + s.offending
	}
	return out
}

func moments(t day.Instant) string {
	if t == day.Never {
		return "never"
	}
	return time.Unix(0, int64(t)).UTC().Format("2006-01-02T15:04:05.999999999")
}

// engine writes an engine's row as a naive one is written.
func engine(r *obligation.Row) said {
	s := said{key: r.Key, opened: r.Opened, clock: r.Clock, due: r.Due, gate: r.Standard.Gate, stopped: r.Paused, cannotTell: r.CannotTell, isLifted: r.Lifted != nil}
	if r.Done != nil && r.Done.Event != nil && r.Standard.Modal != pack.MustNot {
		s.done, s.proved = r.Done.Event.ID, r.Done.Proved
	}
	if f := r.Finding; f != nil {
		s.kind, s.raised, s.closed, s.late = f.Kind, f.Raised, f.Closed, f.Late
		if f.Offending != nil {
			s.offending = f.Offending.ID
		}
	}
	if r.Lifted != nil {
		s.lifted = r.Lifted.At
	}
	return s
}

// differences holds the engine's rows of a case, and their explanations, against the
// naive ones, standard by standard, and counts the rows that were compared.
func differences(c *state.Case, on func(*pack.Standard) bool) (compared int, out []string) {
	if slices.ContainsFunc(c.Ev, func(ev *state.Event) bool { return ev.Fact.Kind == fact.KindCountersignature }) {
		return 0, nil // registers that wait for a proof have positions of their own
	}
	if wrong := misread(c); wrong != "" {
		return 0, []string{wrong}
	}
	n := evaluate(c, on)
	want := map[*pack.Standard][]*answer{}
	for _, a := range n.rows {
		want[a.s] = append(want[a.s], a)
	}
	for _, r := range obligation.Run(c, on).Rows {
		s := r.Standard
		if n.skip[s] != "" {
			continue
		}
		compared++
		got := engine(r).String()
		i := slices.IndexFunc(want[s], func(a *answer) bool { return n.said(a).String() == got })
		if i < 0 {
			out = append(out, fmt.Sprintf("%s: the engine says  %s", s.ID, got))
			continue
		}
		for _, wrong := range n.unexplained(r, want[s][i]) {
			out = append(out, fmt.Sprintf("%s: of %s it is explained that %s", s.ID, got, wrong))
		}
		want[s] = slices.Delete(want[s], i, i+1)
	}
	for _, s := range c.Pack.Standards {
		for _, a := range want[s] {
			if n.skip[s] == "" {
				out = append(out, fmt.Sprintf("%s: the naive one says %s", s.ID, n.said(a)))
			}
		}
	}
	return compared, out
}

// folders are the packs with worked cases.
func folders(t testing.TB) map[string]fs.FS {
	t.Helper()
	out := map[string]fs.FS{}
	for _, root := range []fs.FS{packs.FS, os.DirFS("../trial/testdata/language")} {
		entries, err := fs.ReadDir(root, ".")
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if out[e.Name()], err = fs.Sub(root, e.Name()); err != nil {
				t.Fatal(err)
			}
		}
	}
	return out
}

// TestWorkedCasesAgreeWithANaiveEvaluator: every standard of a pack, not only those
// under test, on every worked case, as the engine and as the naive one say.
func TestWorkedCasesAgreeWithANaiveEvaluator(t *testing.T) {
	for name, fsys := range folders(t) {
		p, err := pack.Load(fsys, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, ex := range p.Examples {
			t.Run(name+"/"+filepath.Base(ex), func(t *testing.T) {
				f, err := fsys.Open(ex)
				if err != nil {
					t.Fatal(err)
				}
				defer f.Close()
				file, err := timeline.Read(f, ex)
				if err != nil {
					t.Fatal(err)
				}
				m := state.Moments{AsAt: file.Test.AsAt, KnownAt: file.Test.AsAt}
				if file.Test.KnownAt != nil {
					m.KnownAt = *file.Test.KnownAt
				}
				total := 0
				for _, c := range file.Cases {
					in, err := state.Prepare(c, file.World, p, file.Zone)
					if err != nil {
						t.Fatal(err)
					}
					k, err := in.At(m)
					if err != nil {
						t.Fatal(err)
					}
					compared, diff := differences(k, func(*pack.Standard) bool { return true })
					total += compared
					for _, d := range diff {
						t.Errorf("%s: %s", c.ID, d)
					}
				}
				t.Logf("%d rows compared", total)
			})
		}
	}
}
