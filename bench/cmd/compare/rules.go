package main

import (
	"fmt"
	"os"
	"runtime"
	"time"

	"candour/bench/contest"
	"candour/bench/peer"
	"candour/bench/rule"
	"candour/bench/trace"
	"candour/internal/fact"
	"candour/internal/pack"
)

// entrant is a peer over the whole of a log or a sample of its cases.
type entrant struct {
	name string
	part float64
	peer peer.Peer
	want []rule.Tally
}

// Peers that would take minutes are given one case in so many.
var (
	realEvery      = map[string]int{"OPA": 10}
	generatedEvery = map[string]int{"OPA": 500, "cel-go": 10}
)

// enter makes every peer ready over a log: the engine's three ways first, then
// the others. Each must give the tallies wanted before it is timed.
func enter(engine *peer.Candour, l *trace.Log, rules []rule.Rule, want []rule.Tally, every map[string]int) ([]entrant, error) {
	cut, err := engine.Cut()
	if err != nil {
		return nil, err
	}
	out := []entrant{
		{"Candour", 1, engine, want}, {"Candour, cases already cut", 1, cut, want},
		{"Candour, all threads", 1, engine.Parallel(runtime.GOMAXPROCS(0)), want},
	}
	for _, m := range peer.Makers() {
		n := max(every[m.Name], 1)
		sample := l.Every(n)
		p, err := m.New(sample, rules)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.Name, err)
		}
		e := entrant{m.Name, float64(sample.Events()) / float64(l.Events()), p, want}
		if n > 1 {
			if e.want, err = peer.NewPlain(sample, rules).All(); err != nil {
				return nil, err
			}
		}
		out = append(out, e)
	}
	for _, e := range out {
		if err := e.agrees(rules); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (e *entrant) agrees(rules []rule.Rule) error {
	got, err := e.peer.All()
	if err != nil {
		return fmt.Errorf("%s: %w", e.name, err)
	}
	for i := range got {
		if got[i] != e.want[i] {
			return fmt.Errorf("%s: rule %s gives %v, want %v; its time would mean nothing", e.name, rules[i].ID, got[i], e.want[i])
		}
	}
	return nil
}

func backtests(es []entrant, i int) []contest.Contender {
	var out []contest.Contender
	for _, e := range es {
		out = append(out, contest.Contender{Name: e.name, Part: e.part, Run: func() error { _, err := e.peer.Backtest(i); return err }})
	}
	return out
}

func sweeps(es []entrant) []contest.Contender {
	var out []contest.Contender
	for _, e := range es {
		out = append(out, contest.Contender{Name: e.name, Part: e.part, Run: func() error { _, err := e.peer.All(); return err }})
	}
	return out
}

// realLogs compares the sixteen rules, each alone and all of a log at once.
func realLogs(s settings) error {
	dir := os.Getenv("CANDOUR_DATA")
	if dir == "" {
		fmt.Println("\nThe sixteen rules on the real logs: left out, CANDOUR_DATA is not set.")
		return nil
	}
	logs, err := peer.ReadReal(dir)
	if err != nil {
		return err
	}
	var ones, alls [][]contest.Time
	events := 0
	for _, r := range logs {
		engine, err := peer.NewCandour(r.Pack, r.World, r.Cases, r.Rules)
		if err != nil {
			return err
		}
		es, err := enter(engine, r.Log, r.Rules, r.Want, realEvery)
		if err != nil {
			return fmt.Errorf("%s: %w", r.Log.Name, err)
		}
		for i := range r.Rules {
			times, err := contest.Run(s.rounds, backtests(es, i))
			if err != nil {
				return err
			}
			ones = append(ones, times)
		}
		times, err := contest.Run(s.rounds, sweeps(es))
		if err != nil {
			return err
		}
		alls = append(alls, times)
		events += r.Log.Events()
	}
	t := newTable(fmt.Sprintf("Sixteen rules on three real logs (%d events in memory), each rule alone, summed", events))
	t.rules("backtest", contest.Sum(ones), ones)
	t = newTable("The same, all rules of a log in one pass over its cases")
	t.rules("all rules of a log", contest.Sum(alls), nil)
	return nil
}

// rules prints the engine against each peer; pieces, if given, show the range over single rules.
func (t *table) rules(what string, times []contest.Time, pieces [][]contest.Time) {
	ours, cut, threads := times[0], times[1], times[2]
	for i, p := range times {
		if i < 3 {
			continue
		}
		if p.Name == peer.DuckDBAll {
			t.row(what+", all threads", threads, p, 1, ruleBars[p.Name])
			continue
		}
		label := what
		if pieces != nil {
			lo, hi := contest.Range(pieces, 0, i)
			label = fmt.Sprintf("%s (single rules: %s to %s)", what, speed(lo), speed(hi))
		}
		t.row(label, ours, p, 1, ruleBars[p.Name])
		if p.Name == "plain Go" || p.Name == "DuckDB" {
			t.row(what+", cases already cut", cut, p, 1, ruleBars[p.Name])
		}
	}
	t.end()
}

// generated compares forty rules on a generated log.
func generated(s settings) error {
	l, rules := trace.Generate(uint64(s.seed), s.events), rule.Generate()
	want, err := peer.NewPlain(l, rules).All()
	if err != nil {
		return err
	}
	p, err := pack.Load(rule.Pack(rules), "generated")
	if err != nil {
		return err
	}
	start := time.Now()
	engine, err := peer.NewCandour(p, fact.NewWorld(""), l.Facts(), rules)
	if err != nil {
		return err
	}
	fmt.Printf("\n%d generated events in %d cases, made ready for the engine in %.1f s\n", l.Events(), len(l.Cases), time.Since(start).Seconds())
	es, err := enter(engine, l, rules, want, generatedEvery)
	if err != nil {
		return err
	}
	times, err := contest.Run(min(s.rounds, 3), sweeps(es))
	if err != nil {
		return err
	}
	newTable("Forty rules on the generated log, in one pass over its cases").rules("forty rules", times, nil)
	return nil
}
