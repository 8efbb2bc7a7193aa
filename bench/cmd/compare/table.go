package main

import (
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"candour/bench/contest"
)

// bar is what a ratio is held against. Slower: ours may take at most times the
// peer's time; else the peer must take at least times ours.
type bar struct {
	times  float64
	slower bool
}

func (b *bar) String() string {
	switch {
	case b == nil:
		return "-"
	case b.slower:
		return fmt.Sprintf("at most %gx slower", b.times)
	case b.times == 1:
		return "never slower"
	}
	return fmt.Sprintf("at least %gx faster", b.times)
}

// met tells whether ours/peer keeps the bar.
func (b *bar) met(ratio float64) string {
	switch {
	case b == nil:
		return "-"
	case b.slower && ratio <= b.times, !b.slower && 1/ratio >= b.times:
		return "yes"
	}
	return "NO"
}

// The bars of doc/design.md, section 14. The bars of cel-go and OPA are about
// conditions; over whole rules they are shown without one.
var (
	conditionBars = map[string]*bar{"plain Go": {3, true}, "cel-go": {8, false}, "OPA": {50, false}}
	ruleBars      = map[string]*bar{"plain Go": {5, true}, "DuckDB": {1, false}, "DuckDB, all threads": {1, false}}
)

// table prints rows as they come.
type table struct{ w *tabwriter.Writer }

func newTable(title string) *table {
	fmt.Printf("\n%s\n\n", title)
	t := &table{tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)}
	fmt.Fprintln(t.w, "what\tours\tpeer\tpeer's\tours is\tby fastest\tbar\tmet")
	return t
}

// row compares ours with a peer. The bar is held against the medians; the ratio
// of the fastest turns stands beside it, since other work on the machine reaches it least.
func (t *table) row(what string, ours, peer contest.Time, unit int, b *bar) {
	ratio := float64(ours.Median) / float64(peer.Median)
	name := peer.Name
	if peer.Part < 1 {
		name += fmt.Sprintf(" (%.2g %%, scaled)", 100*peer.Part)
	}
	fastest := float64(ours.Min) / float64(peer.Min)
	fmt.Fprintf(t.w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", what, span(ours, unit), name, span(peer, unit), speed(ratio), speed(fastest), b, b.met(ratio))
}

func (t *table) end() { t.w.Flush() }

func speed(ratio float64) string {
	if ratio > 1 {
		return fmt.Sprintf("%.3gx slower", ratio)
	}
	return fmt.Sprintf("%.3gx faster", 1/ratio)
}

// span shows a time of unit pieces of work, for one of them.
func span(t contest.Time, unit int) string {
	f := func(d time.Duration) string {
		x := float64(d) / float64(unit)
		switch {
		case x < 1e3:
			return fmt.Sprintf("%.3g ns", x)
		case x < 1e6:
			return fmt.Sprintf("%.3g µs", x/1e3)
		case x < 1e9:
			return fmt.Sprintf("%.3g ms", x/1e6)
		}
		return fmt.Sprintf("%.3g s", x/1e9)
	}
	return f(t.Median) + " [" + f(t.Min) + " to " + f(t.Max) + "]"
}
