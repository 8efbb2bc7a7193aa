package postgres_test

import (
	"cmp"
	"context"
	"encoding/binary"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"candour/internal/postgres"
	"candour/internal/record"
	"candour/internal/record/recordtest"
)

const benchCallers = 64

// modes are ways to send statements: what is used where nothing is said, which for the plain
// insert is a prepared statement, and without names.
var modes = []string{"", " default_query_exec_mode=cache_describe"}

// atOnce has the callers append, one fact a call, until each has appended some.
func atOnce(b *testing.B, batches *atomic.Int64, append func(n int) error) {
	const each = 50
	var next atomic.Int64
	for b.Loop() {
		var wg sync.WaitGroup
		for range benchCallers {
			wg.Go(func() {
				for range each {
					if err := append(int(next.Add(1))); err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
	}
	b.ReportMetric(float64(next.Load())/b.Elapsed().Seconds(), "facts/s")
	b.ReportMetric(float64(next.Load())/float64(batches.Load()), "facts/batch")
}

// counted counts the batches that a store commits.
type counted struct {
	record.Store
	batches atomic.Int64
}

func (c *counted) Commit(ctx context.Context, was record.Head, b *record.Batch) error {
	c.batches.Add(1)
	return c.Store.Commit(ctx, was, b)
}

// BenchmarkAppend is the record, BenchmarkPlainInsert the same rows without one. They are
// compared in one run; what either takes alone says more of the machine.
func BenchmarkAppend(b *testing.B) {
	for _, mode := range modes {
		b.Run(cmp.Or(strings.TrimPrefix(mode, " default_query_exec_mode="), "unsaid"), func(b *testing.B) {
			_, dsn := open(b)
			s := &counted{Store: openAt(b, dsn+mode, postgres.Options{}).Log(recordtest.Origin)}
			l := recordtest.Open(b, s, recordtest.Options(1))
			atOnce(b, &s.batches, func(n int) error {
				_, err := l.Append(ctx, recordtest.Draft(n))
				return err
			})
		})
	}
}

// BenchmarkPlainInsert groups the rows of its callers as the record does, and inserts them with
// unnest: no head, no hash, no tree, no encryption.
func BenchmarkPlainInsert(b *testing.B) {
	for _, mode := range modes {
		b.Run(cmp.Or(strings.TrimPrefix(mode, " default_query_exec_mode="), "unsaid"), func(b *testing.B) {
			db, dsn := open(b)
			s := db.Log(recordtest.Origin)
			recordtest.Fill(b, recordtest.Open(b, s, recordtest.Options(1)), 0, 1)
			var like record.Row
			if err := s.Rows(ctx, 0, 1, func(r *record.Row) error { like = *r; return nil }); err != nil {
				b.Fatal(err)
			}
			pool, err := pgxpool.New(ctx, dsn+mode)
			if err != nil {
				b.Fatal(err)
			}
			defer pool.Close()
			p := &plain{pool: pool, like: like, rows: make(chan plainRow, benchCallers)}
			go p.write()
			defer close(p.rows)
			atOnce(b, &p.batches, p.append)
		})
	}
}

type plainRow struct {
	n    int
	done chan error
}

type plain struct {
	pool *pgxpool.Pool
	like record.Row
	rows chan plainRow

	batches atomic.Int64
}

func (p *plain) append(n int) error {
	r := plainRow{n, make(chan error, 1)}
	p.rows <- r
	return <-r.done
}

func (p *plain) write() {
	for r := range p.rows {
		group := []plainRow{r}
		for more := true; more; {
			select {
			case r, ok := <-p.rows:
				if more = ok; ok {
					group = append(group, r)
				}
			default:
				more = false
			}
		}
		err := p.insert(group)
		for _, r := range group {
			r.done <- err
		}
	}
}

func (p *plain) insert(group []plainRow) error {
	p.batches.Add(1)
	var index, seq []int64
	var key, leaf, envelope, chain, payload [][]byte
	for _, r := range group {
		k := make([]byte, 32)
		binary.BigEndian.PutUint64(k, uint64(r.n)*0x9e3779b97f4a7c15) // anywhere in the index, as a hash is
		index, seq, key, leaf = append(index, int64(r.n)), append(seq, int64(r.n)), append(key, k), append(leaf, k)
		envelope, chain, payload = append(envelope, p.like.Envelope), append(chain, p.like.Tag[:]), append(payload, p.like.Payload)
	}
	b := &pgx.Batch{}
	b.Queue(`BEGIN`)
	b.Queue(`INSERT INTO candour.idempotency (log, key, idx, digest) SELECT 2, * FROM unnest($1::bytea[], $2::bigint[], $3::bytea[])`, key, index, leaf)
	b.Queue(`INSERT INTO candour.fact (log, idx, leaf, envelope, chain, seq) SELECT 2, * FROM unnest($1::bigint[], $2::bytea[], $3::bytea[], $4::bytea[], $5::bigint[])`, index, leaf, envelope, chain, seq)
	b.Queue(`INSERT INTO candour.payload (log, idx, sealed) SELECT 2, * FROM unnest($1::bigint[], $2::bytea[])`, index, payload)
	b.Queue(`COMMIT`)
	return p.pool.SendBatch(ctx, b).Close()
}
