// Package contest times programs side by side.
//
// An absolute time proves nothing on a shared machine; the ratio of two times
// taken in turns proves something. So contenders run in rounds, each once a
// round in changing order, after a collection of garbage; short ones are
// repeated until a turn is long enough to measure. Medians are compared, and the
// fastest and slowest turn are kept to show how far to trust them.
package contest

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"time"
)

// turn is how long a turn should last at least.
const turn = 10 * time.Millisecond

// Contender is a program that does a known piece of work.
type Contender struct {
	Name string
	// Part is the share of the work that it is given, 1 for all; its time is scaled up.
	Part float64
	Run  func() error
}

// Time is what a contender took for the whole work.
type Time struct {
	Name             string
	Median, Min, Max time.Duration
	Part             float64
}

// Run lets the contenders take turns.
func Run(rounds int, cs []Contender) ([]Time, error) {
	took := make([][]time.Duration, len(cs))
	repeat := make([]int, len(cs))
	for i, c := range cs { // the first turn warms up and tells how often to repeat
		d, err := once(c, 1)
		if err != nil {
			return nil, err
		}
		repeat[i] = int(turn/max(d, 1)) + 1
	}
	for r := range rounds {
		for n := range cs {
			i := (n + r) % len(cs)
			d, err := once(cs[i], repeat[i])
			if err != nil {
				return nil, err
			}
			took[i] = append(took[i], d)
		}
	}
	out := make([]Time, len(cs))
	for i, c := range cs {
		slices.Sort(took[i])
		scale := func(d time.Duration) time.Duration { return time.Duration(float64(d) / c.Part) }
		out[i] = Time{c.Name, scale(took[i][rounds/2]), scale(took[i][0]), scale(took[i][rounds-1]), c.Part}
	}
	return out, nil
}

func once(c Contender, repeat int) (time.Duration, error) {
	runtime.GC()
	start := time.Now()
	for range repeat {
		if err := c.Run(); err != nil {
			return 0, fmt.Errorf("%s: %w", c.Name, err)
		}
	}
	return time.Since(start) / time.Duration(repeat), nil
}

// Sum adds times of the same contenders over several pieces of work.
func Sum(pieces [][]Time) []Time {
	out := slices.Clone(pieces[0])
	for _, p := range pieces[1:] {
		for i := range out {
			out[i].Median += p[i].Median
			out[i].Min += p[i].Min
			out[i].Max += p[i].Max
		}
	}
	return out
}

// Range is the lowest and highest of ours/peer over several pieces of work.
func Range(pieces [][]Time, ours, peer int) (lo, hi float64) {
	ratio := func(p []Time) float64 { return float64(p[ours].Median) / float64(p[peer].Median) }
	less := func(a, b []Time) int { return cmp.Compare(ratio(a), ratio(b)) }
	return ratio(slices.MinFunc(pieces, less)), ratio(slices.MaxFunc(pieces, less))
}
