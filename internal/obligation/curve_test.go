package obligation_test

import (
	"testing"

	"pgregory.net/rapid"

	"candour/internal/day"
	"candour/internal/obligation"
	"candour/internal/state"
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
			one, err := in.At(state.Moments{AsAt: m, KnownAt: m})
			if err != nil {
				t.Fatal(err)
			}
			var want obligation.Point
			for _, row := range obligation.Run(one, nil).Rows {
				if row.Finding != nil && row.Finding.Raised <= m {
					want.Raised++
					if row.Finding.Closed == 0 || row.Finding.Closed > m {
						want.Open++
					}
				}
			}
			if got[i] != want {
				t.Fatalf("at moment %d: the sweep gives %+v, an evaluation %+v", i, got[i], want)
			}
		}
	})
}
