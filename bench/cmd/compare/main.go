// Command compare times Candour's engine beside its peers in one run and prints the
// ratios beside the bars of doc/design.md, section 14.
//
//	go run ./cmd/compare            everything
//	go run ./cmd/compare -part conditions
//
// The real logs are found by CANDOUR_DATA; unset, that part is left out and said
// so; set and missing, the run fails.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
)

type settings struct {
	rounds, events, seed int
	parts                []string
}

func (s *settings) runs(part string) bool { return slices.Contains(s.parts, part) }

func main() {
	s := settings{}
	parts := flag.String("part", "conditions,real,generated", "which parts to run")
	flag.IntVar(&s.rounds, "rounds", 5, "turns of each contender")
	flag.IntVar(&s.events, "events", 1_000_000, "events of the generated log")
	flag.IntVar(&s.seed, "seed", 1, "seed of the generated log")
	flag.Parse()
	s.parts = strings.Split(*parts, ",")
	if err := compare(s); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

func compare(s settings) error {
	fmt.Printf("%s, %s/%s, %d processors, GOMAXPROCS %d, %d turns each; medians, [fastest to slowest]\n",
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.GOMAXPROCS(0), s.rounds)
	if s.runs("conditions") {
		if err := conditions(s); err != nil {
			return fmt.Errorf("conditions: %w", err)
		}
	}
	if s.runs("real") {
		if err := realLogs(s); err != nil {
			return fmt.Errorf("real logs: %w", err)
		}
	}
	if s.runs("generated") {
		if err := generated(s); err != nil {
			return fmt.Errorf("generated log: %w", err)
		}
	}
	return nil
}
