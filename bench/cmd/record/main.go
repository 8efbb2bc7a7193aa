// Command record times the record beside its peers in one run and prints the ratios beside
// the bars of doc/design.md, section 14.
//
//	go run ./cmd/record                          everything but the million
//	go run ./cmd/record -part append -callers 64
//	go run ./cmd/record -part many -facts 1000000
//
// PostgreSQL is the one of the system, started in a directory of its own; where there is
// none, that part is left out and said so.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
)

var ctx = context.Background()

type settings struct {
	rounds, facts int
	callers       []int
	dir           string
	parts, stores []string
}

func (s *settings) runs(part string) bool { return slices.Contains(s.parts, part) }

// folder is a new folder of the run.
func (s *settings) folder() string {
	dir, err := os.MkdirTemp(s.dir, "part-*")
	if err != nil {
		panic(err)
	}
	return dir
}

func main() {
	s := settings{}
	parts := flag.String("part", "append,processes,verify,size", "which parts to run: append, processes, verify, size, many")
	stores := flag.String("store", "sqlite,postgres", "for append: on which")
	callers := flag.String("callers", "1,8,64,512", "for append: how many append at once")
	flag.IntVar(&s.rounds, "rounds", 5, "turns of each contender")
	flag.IntVar(&s.facts, "facts", 100_000, "facts of the record that is verified, measured, or grown")
	dir := flag.String("dir", os.TempDir(), "where files are written; on the disk that is to be measured")
	profile := flag.String("cpuprofile", "", "write a profile here")
	child := flag.String("child", "", "used by the command itself")
	flag.Parse()
	if *child != "" {
		exit(serve(*child))
	}
	for _, c := range strings.Split(*callers, ",") {
		n, err := strconv.Atoi(c)
		if err != nil || n < 1 {
			exit(fmt.Errorf("callers %q: write numbers such as 1,8,64", c))
		}
		s.callers = append(s.callers, n)
	}
	s.parts, s.stores = strings.Split(*parts, ","), strings.Split(*stores, ",")
	var err error
	if s.dir, err = os.MkdirTemp(*dir, "candour-bench-"); err != nil {
		exit(err)
	}
	if *profile != "" {
		f, e := os.Create(*profile)
		if e == nil {
			e = pprof.StartCPUProfile(f)
		}
		if e != nil {
			exit(e)
		}
	}
	err = run(s)
	pprof.StopCPUProfile()
	os.RemoveAll(s.dir)
	exit(err)
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "record:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func run(s settings) error {
	fmt.Printf("%s, %s/%s, %d processors, GOMAXPROCS %d, %d turns each; medians, by fastest beside them\n",
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.GOMAXPROCS(0), s.rounds)
	for _, p := range []struct {
		name string
		run  func(settings) error
	}{{"append", appending}, {"processes", processes}, {"verify", verifying}, {"size", sizes}, {"many", many}} {
		if !s.runs(p.name) {
			continue
		}
		if err := p.run(s); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}
