package sqlite_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"candour/internal/record/recordtest"
)

// BenchmarkCallers appends single facts from 64 callers.
func BenchmarkCallers(b *testing.B) {
	db, _ := open(b)
	l := recordtest.Open(b, db.Log(recordtest.Origin), recordtest.Options(1))
	var next atomic.Int64
	n := int64(b.N)
	var wg sync.WaitGroup
	b.ResetTimer()
	for range 64 {
		wg.Go(func() {
			for i := next.Add(1); i <= n; i = next.Add(1) {
				if _, err := l.Append(context.Background(), recordtest.Draft(int(i))); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "facts/s")
}
