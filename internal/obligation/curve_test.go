package obligation_test

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"candour/internal/day"
	"candour/internal/obligation"
	"candour/internal/pack"
	"candour/internal/state"
	"candour/internal/timeline"
)

// TestCurveIsEachMomentForItself: one sweep gives what an evaluation as at and
// known at each moment gives.
func TestCurveIsEachMomentForItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, w := drawn(t)
		in, err := state.Prepare(c, w, law, law.Calendar.Zone())
		if err != nil {
			t.Skip(err)
		}
		step := hour * day.Instant(rapid.IntRange(1, 24*20).Draw(t, "step"))
		var moments []day.Instant
		at := c.Facts[0].At.Lo - hour*48
		for range 30 {
			moments = append(moments, at)
			at += step
		}
		got, err := obligation.Curve(in, moments, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i, m := range moments {
			want := counted(t, in, m)
			if got[i] != want {
				t.Fatalf("at moment %d: the sweep gives %+v, an evaluation %+v; they differ in %s", i, got[i], want, differing(in, moments, i))
			}
		}
	})
}

// differing names the standards of which a sweep counts other findings at a moment
// than an evaluation does.
func differing(in *state.Input, moments []day.Instant, i int) (out []string) {
	one, err := in.At(state.Moments{AsAt: moments[i], KnownAt: moments[i]})
	if err != nil {
		return nil
	}
	for _, id := range in.Pack.StandardIDs() {
		var s obligation.Sweeper
		points := make([]obligation.Point, len(moments))
		if err := s.Add(points, in, moments, nil, func(r *obligation.Row) bool { return r.Standard.ID == id }); err != nil {
			return nil
		}
		var want obligation.Point
		for _, row := range obligation.Run(one, nil).Rows {
			if row.Standard.ID == id && row.Finding != nil && row.Finding.Raised <= moments[i] {
				want.Raised++
				if row.Finding.Closed == 0 || row.Finding.Closed > moments[i] {
					want.Open++
				}
			}
		}
		if points[i] != want {
			out = append(out, id)
		}
	}
	return out
}

// TestCurveOfWorkedCasesWithLateEntries: the same on every worked case of every pack,
// some of its facts entered days late.
func TestCurveOfWorkedCasesWithLateEntries(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	cases := 0
	for name, folder := range folders(t) {
		p, err := pack.Load(folder, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range p.Examples {
			f, err := folder.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			file, err := timeline.Read(f, path)
			f.Close()
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range file.Cases {
				if len(c.Facts) == 0 {
					continue
				}
				cases++
				for _, f := range c.Facts {
					if r.IntN(4) == 0 {
						f.Recorded, f.RecordedStated = max(f.Recorded, f.At.Hi)+day.Instant(r.IntN(20*24))*hour, true
					}
				}
				in, err := state.Prepare(c, file.World, p, file.Zone)
				if err != nil {
					t.Fatal(err)
				}
				first, last := c.Facts[0].At.Lo, c.Facts[0].At.Hi
				for _, f := range c.Facts {
					first, last = min(first, f.At.Lo), max(last, f.Recorded)
				}
				step := (last - first + 60*24*hour) / 24
				var at []day.Instant
				for m := first - 24*hour; len(at) < 24; m += step {
					at = append(at, m)
				}
				got, err := obligation.Curve(in, at, nil)
				if err != nil {
					t.Fatal(err)
				}
				for i, m := range at {
					if want := counted(t, in, m); got[i] != want {
						t.Errorf("%s/%s, case %s at moment %d: the sweep gives %+v, an evaluation %+v; they differ in %s", name, path, c.ID, i, got[i], want, differing(in, at, i))
						break
					}
				}
			}
		}
	}
	if cases < 300 {
		t.Errorf("only %d cases were tried", cases)
	}
}

// counted evaluates a case as at a moment and counts what a curve counts.
func counted(t interface{ Fatal(...any) }, in *state.Input, m day.Instant) (p obligation.Point) {
	one, err := in.At(state.Moments{AsAt: m, KnownAt: m})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range obligation.Run(one, nil).Rows {
		if row.Finding != nil && row.Finding.Raised <= m {
			p.Raised++
			if row.Finding.Closed == 0 || row.Finding.Closed > m {
				p.Open++
			}
		}
	}
	return p
}
