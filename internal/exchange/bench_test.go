package exchange_test

import (
	"testing"

	"candour/internal/obligation"
	"candour/internal/state"
)

// BenchmarkRules runs all rules of a log over its cases in memory: the cut to a
// moment, the registers and the standards, not the reading.
func BenchmarkRules(b *testing.B) {
	dir := data(b)
	p := rulesPack(b)
	for _, log := range logNames {
		b.Run(log, func(b *testing.B) {
			cases, w := readLog(b, dir, log, p)
			ins := prepare(b, cases, w, p)
			events := 0
			for _, in := range ins {
				events += len(in.Events)
			}
			b.ReportAllocs()
			var k state.Case
			var run obligation.Runner
			for b.Loop() {
				for _, in := range ins {
					if err := k.Cut(in, state.Moments{AsAt: state.End, KnownAt: state.End}); err != nil {
						b.Fatal(err)
					}
					run.Run(&k, nil)
				}
			}
			b.ReportMetric(float64(events)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
