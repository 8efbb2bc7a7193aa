// Command force times the whole pack over a generated force, case by case, on one
// core: facts a second, memory, and each step beside a pass that only reads the
// same facts. The making of the cases is not timed.
package main

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"runtime/pprof"
	"time"

	"candour/internal/day"
	"candour/internal/fact"
	"candour/internal/northmere"
	"candour/internal/obligation"
	"candour/internal/pack"
	"candour/internal/state"
	"candour/packs"
)

func main() {
	cases := flag.Int("cases", 10_000, "how many investigations")
	seed := flag.Uint64("seed", 1, "the same seed gives the same force")
	profile := flag.String("cpuprofile", "", "write a profile here")
	flag.Parse()
	if *profile != "" {
		f, err := os.Create(*profile)
		if err == nil {
			err = pprof.StartCPUProfile(f)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "force:", err)
			os.Exit(1)
		}
		defer pprof.StopCPUProfile()
	}
	runtime.GOMAXPROCS(1)
	if err := run(*seed, *cases); err != nil {
		fmt.Fprintln(os.Stderr, "force:", err)
		os.Exit(1)
	}
}

// spent is the time of each step, added up over the cases.
type spent struct{ read, prepare, evaluate, curve time.Duration }

func run(seed uint64, cases int) error {
	sub, err := fs.Sub(packs.FS, "ew-investigation")
	if err != nil {
		return err
	}
	p, err := pack.Load(sub, "ew-investigation")
	if err != nil {
		return err
	}
	f := force{pack: p, end: p.Calendar.End(day.DateOf(2015, 12, 31))}
	for d := day.DateOf(2010, 1, 1); d < day.DateOf(2020, 1, 1); d++ {
		f.days = append(f.days, p.Calendar.End(d))
	}
	f.points = make([]obligation.Point, len(f.days))
	if err := northmere.Each(seed, cases, f.take); err != nil {
		return err
	}
	f.print(cases)
	return nil
}

type force struct {
	pack    *pack.Pack
	end     day.Instant
	days    []day.Instant
	points  []obligation.Point
	at      state.Case
	runner  obligation.Runner
	sweeper obligation.Sweeper
	spent
	facts, findings int
	sum             int64 // so that the reading is not optimised away
	heap            uint64
	n               int
}

func (f *force) take(w *fact.World, c *fact.Case, _ *northmere.Plant) error {
	t := time.Now()
	for _, x := range c.Facts {
		f.sum += int64(x.At.Lo) + int64(x.Recorded) + int64(len(x.Kind))
	}
	f.read += since(&t)
	in, err := state.Prepare(c, w, f.pack, f.pack.Calendar.Zone())
	if err != nil {
		return err
	}
	f.prepare += since(&t)
	if err := f.at.Cut(in, state.Moments{AsAt: f.end, KnownAt: f.end}); err != nil {
		return err
	}
	for _, row := range f.runner.Run(&f.at, nil).Rows {
		if row.Finding != nil {
			f.findings++
		}
	}
	f.evaluate += since(&t)
	if err := f.sweeper.Add(f.points, in, f.days, nil, nil); err != nil {
		return err
	}
	f.curve += since(&t)
	f.facts += len(c.Facts)
	if f.n++; f.n%1000 == 0 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		f.heap = max(f.heap, m.HeapInuse)
	}
	return nil
}

func since(t *time.Time) time.Duration {
	now := time.Now()
	d := now.Sub(*t)
	*t = now
	return d
}

func (f *force) print(cases int) {
	rate := func(d time.Duration) string { return fmt.Sprintf("%.0f facts/s", float64(f.facts)/d.Seconds()) }
	fmt.Printf("%d investigations, %d facts, %d findings, one core, heap in use at most %d MB\n\n", cases, f.facts, f.findings, f.heap>>20)
	fmt.Printf("%-52s %14s\n", "a pass that only reads the facts", rate(f.read))
	fmt.Printf("%-52s %14s\n", "typing and ordering them (Prepare)", rate(f.prepare))
	fmt.Printf("%-52s %14s  %.0fx a pass that only reads\n", fmt.Sprintf("every standard of the pack (%d), once", len(f.pack.StandardIDs())), rate(f.evaluate), ratio(f.evaluate, f.read))
	fmt.Printf("%-52s %14s  %.2fx one evaluation (bar: 3)\n", "a daily curve over ten years, in one sweep", rate(f.curve), ratio(f.curve, f.evaluate))
}

func ratio(a, b time.Duration) float64 { return a.Seconds() / b.Seconds() }
