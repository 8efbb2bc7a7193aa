package peer_test

import (
	"testing"

	"candour/bench/peer"
	"candour/bench/rule"
	"candour/bench/trace"
	"candour/internal/fact"
	"candour/internal/pack"
)

// The benchmarks run the engine alone, to be profiled; its peers are in cmd/compare.

// BenchmarkBacktest runs the sixteen rules over the real logs, each alone.
func BenchmarkBacktest(b *testing.B) {
	realLogs(b, func(e *peer.Candour, rules int) error {
		for i := range rules {
			if _, err := e.Backtest(i); err != nil {
				return err
			}
		}
		return nil
	})
}

// BenchmarkSweep runs all rules of a log in one pass.
func BenchmarkSweep(b *testing.B) {
	realLogs(b, func(e *peer.Candour, _ int) error { _, err := e.All(); return err })
}

func realLogs(b *testing.B, run func(*peer.Candour, int) error) {
	logs, err := peer.ReadReal(data(b))
	if err != nil {
		b.Fatal(err)
	}
	for _, r := range logs {
		b.Run(r.Log.Name, func(b *testing.B) {
			e, err := peer.NewCandour(r.Pack, r.World, r.Cases, r.Rules)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if err := run(e, len(r.Rules)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkForty runs the forty generated rules over a tenth of a million events.
func BenchmarkForty(b *testing.B) {
	l, rules := trace.Generate(1, 100_000), rule.Generate()
	p, err := pack.Load(rule.Pack(rules), "generated")
	if err != nil {
		b.Fatal(err)
	}
	e, err := peer.NewCandour(p, fact.NewWorld(""), l.Facts(), rules)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.All(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPrepare types and orders a tenth of a million facts.
func BenchmarkPrepare(b *testing.B) {
	l, rules := trace.Generate(1, 100_000), rule.Generate()
	p, err := pack.Load(rule.Pack(rules), "generated")
	if err != nil {
		b.Fatal(err)
	}
	cases := l.Facts()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := peer.NewCandour(p, fact.NewWorld(""), cases, rules); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCondition evaluates each condition alone on four thousand events.
func BenchmarkCondition(b *testing.B) {
	conds := rule.Conditions()
	c, err := peer.NewConditions(trace.Generate(1, 4096), conds)
	if err != nil {
		b.Fatal(err)
	}
	for i, k := range conds {
		b.Run(k.Candour, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Candour(i); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
