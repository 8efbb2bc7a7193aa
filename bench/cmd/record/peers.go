package main

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
	"k8s.io/klog/v2"

	"candour/internal/postgres"
	"candour/internal/record"
	"candour/internal/sqlite"
)

// group gathers the callers of a peer as the record does: what came while the last was
// being written goes into the next.
type group struct {
	calls chan call
	ended chan struct{}
	wrote atomic.Int64
}

type call struct {
	n    int
	done chan error
}

func newGroup(write func(ns []int) error) *group {
	g := &group{calls: make(chan call, 4096), ended: make(chan struct{})}
	go func() {
		defer close(g.ended)
		for c := range g.calls {
			calls, ns := []call{c}, []int{c.n}
			for n, before := len(g.calls), -1; n != before; n = len(g.calls) { // callers come that were just answered
				before = n
				runtime.Gosched()
			}
			for more := true; more; {
				select {
				case c, ok := <-g.calls:
					if more = ok; ok {
						calls, ns = append(calls, c), append(ns, c.n)
					}
				default:
					more = false
				}
			}
			g.wrote.Add(1)
			err := write(ns)
			for _, c := range calls {
				c.done <- err
			}
		}
	}()
	return g
}

func (g *group) append(n int) error {
	c := call{n, make(chan error, 1)}
	g.calls <- c
	return <-c.done
}

// groups is how many were written; none where facts are written one by one.
func (g *group) groups() int64 {
	if g == nil {
		return 0
	}
	return g.wrote.Load()
}

func (g *group) end() error {
	close(g.calls)
	<-g.ended
	return nil
}

// keyOf is the key of a peer's fact: anywhere in an index, as a hash is.
func keyOf(n int) []byte {
	key := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(n)))
	return key[:]
}

// raw is a file that groups are written to and synced.
type raw struct {
	*group
	f    *os.File
	like record.Row
}

func newRaw(dir string, like record.Row) (*raw, error) {
	f, err := os.Create(filepath.Join(dir, "raw"))
	r := &raw{f: f, like: like}
	r.group = newGroup(r.write)
	return r, err
}

func (*raw) name() string { return "synced file, in groups" }

func (r *raw) write(ns []int) error {
	var b []byte
	for _, n := range ns {
		b = append(append(append(b, keyOf(n)...), r.like.Envelope...), r.like.Payload...)
	}
	if _, err := r.f.Write(b); err != nil {
		return err
	}
	return datasync(r.f)
}

func (r *raw) check(n int) error {
	b, err := os.ReadFile(r.f.Name())
	if want := n * (32 + len(r.like.Envelope) + len(r.like.Payload)); err == nil && len(b) != want {
		err = fmt.Errorf("%d bytes, want %d", len(b), want)
	}
	return err
}

func (r *raw) end() error { return errors.Join(r.group.end(), r.f.Close()) }

// The rows that a fact has in the tables of the record, without a log.
var inserts = []struct {
	text string
	args func(n int, like *record.Row, key []byte) []any
}{
	{`INSERT INTO idempotency (log, key, idx, digest) VALUES `, func(n int, _ *record.Row, key []byte) []any { return []any{1, key, n, key} }},
	{`INSERT INTO fact (log, idx, leaf, envelope, chain, seq) VALUES `, func(n int, like *record.Row, key []byte) []any {
		return []any{1, n, key, like.Envelope, keyOf(n % 1000)[:16], n / 1000}
	}},
	{`INSERT INTO payload (log, idx, sealed) VALUES `, func(n int, like *record.Row, _ []byte) []any { return []any{1, n, like.Payload} }},
}

// plainSQLite inserts the same rows into the same tables, a group in a transaction.
type plainSQLite struct {
	*group
	title string
	db    *sql.DB
	like  record.Row
	stmts [3][4]*sql.Stmt
	sizes [4]int
}

func newPlainSQLite(dir string, like record.Row, grouped bool) (*plainSQLite, error) {
	path := filepath.Join(dir, "record.db")
	made, err := sqlite.Open(ctx, path, sqlite.Options{})
	if err == nil {
		_, err = made.Log(origin).Head(ctx)
		err = errors.Join(err, made.Close())
	}
	if err != nil {
		return nil, err
	}
	p := &plainSQLite{title: "same group insert without a log", like: like, sizes: [4]int{64, 16, 4, 1}}
	p.db, err = sql.Open("sqlite", "file:"+path+"?_txlock=immediate&_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=secure_delete(1)&_pragma=foreign_keys(1)&_pragma=cache_size(-16384)&_pragma=wal_autocheckpoint(8192)&_pragma=temp_store(2)&_pragma=trusted_schema(0)")
	if err != nil {
		return nil, err
	}
	p.db.SetMaxOpenConns(1)
	for i, ins := range inserts {
		row := "(" + strings.TrimSuffix(strings.Repeat("?,", len(ins.args(0, &like, keyOf(0)))), ",") + ")"
		for j, n := range p.sizes {
			if p.stmts[i][j], err = p.db.Prepare(ins.text + strings.TrimSuffix(strings.Repeat(row+",", n), ",")); err != nil {
				return nil, err
			}
		}
	}
	if grouped {
		p.group = newGroup(p.write)
	} else {
		p.title = "one transaction a fact"
	}
	return p, nil
}

func (p *plainSQLite) name() string { return p.title }

func (p *plainSQLite) append(n int) error {
	if p.group != nil {
		return p.group.append(n)
	}
	return p.write([]int{n})
}

func (p *plainSQLite) write(ns []int) error {
	tx, err := p.db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for i, ins := range inserts {
		rest := ns
		for j, size := range p.sizes {
			for len(rest) >= size {
				var args []any
				for _, n := range rest[:size] {
					args = append(args, ins.args(n, &p.like, keyOf(n))...)
				}
				if _, err := tx.Stmt(p.stmts[i][j]).Exec(args...); err != nil {
					return err
				}
				rest = rest[size:]
			}
		}
	}
	return tx.Commit()
}

func (p *plainSQLite) check(n int) error {
	return counted(n, func(query string, to *int) error { return p.db.QueryRow(query).Scan(to) }, "")
}

// counted looks that the tables have n rows each, with their content.
func counted(n int, ask func(query string, to *int) error, schema string) error {
	for _, query := range []string{`SELECT count(*) FROM %sfact WHERE length(envelope) > 60`, `SELECT count(*) FROM %spayload WHERE length(sealed) > 100`, `SELECT count(DISTINCT key) FROM %sidempotency`} {
		var have int
		query = fmt.Sprintf(query, schema)
		if err := ask(query, &have); err != nil {
			return err
		}
		if have != n {
			return fmt.Errorf("%s: %d, want %d", query, have, n)
		}
	}
	return nil
}

func (p *plainSQLite) end() error {
	if p.group != nil {
		p.group.end()
	}
	return p.db.Close()
}

// plainPostgres inserts the same rows: a group in one round trip, or each by itself on one of
// sixteen connections.
type plainPostgres struct {
	*group
	title string
	pool  *pgxpool.Pool
	like  record.Row
}

func newPlainPostgres(dsn string, like record.Row, grouped bool) (*plainPostgres, error) {
	made, err := postgres.Open(ctx, dsn, postgres.Options{})
	if err != nil {
		return nil, err
	}
	made.Close()
	p := &plainPostgres{title: "same group insert without a log", like: like}
	if p.pool, err = pgxpool.New(ctx, dsn+" pool_max_conns=16"); err != nil {
		return nil, err
	}
	if grouped {
		p.group = newGroup(p.write)
	} else {
		p.title = "one transaction a fact, 16 at once"
	}
	return p, nil
}

func (p *plainPostgres) name() string { return p.title }

func (p *plainPostgres) append(n int) error {
	if p.group != nil {
		return p.group.append(n)
	}
	return p.write([]int{n})
}

func (p *plainPostgres) write(ns []int) error {
	var index, seq []int64
	var key, envelope, chain, payload [][]byte
	for _, n := range ns {
		index, seq, key = append(index, int64(n)), append(seq, int64(n/1000)), append(key, keyOf(n))
		envelope, chain, payload = append(envelope, p.like.Envelope), append(chain, keyOf(n % 1000)[:16]), append(payload, p.like.Payload)
	}
	b := &pgx.Batch{}
	b.Queue(`BEGIN`)
	b.Queue(`INSERT INTO candour.idempotency (log, key, idx, digest) SELECT 2, * FROM unnest($1::bytea[], $2::bigint[], $3::bytea[])`, key, index, key)
	b.Queue(`INSERT INTO candour.fact (log, idx, leaf, envelope, chain, seq) SELECT 2, * FROM unnest($1::bigint[], $2::bytea[], $3::bytea[], $4::bytea[], $5::bigint[])`, index, key, envelope, chain, seq)
	b.Queue(`INSERT INTO candour.payload (log, idx, sealed) SELECT 2, * FROM unnest($1::bigint[], $2::bytea[])`, index, payload)
	b.Queue(`COMMIT`)
	return p.pool.SendBatch(ctx, b).Close()
}

func (p *plainPostgres) check(n int) error {
	return counted(n, func(query string, to *int) error { return p.pool.QueryRow(ctx, query).Scan(to) }, "candour.")
}

func (p *plainPostgres) end() error {
	if p.group != nil {
		p.group.end()
	}
	p.pool.Close()
	return nil
}

// tiled is Tessera on files. A batch is as large as there are callers, so that it waits for
// nobody, and a millisecond old at most; an entry is envelope and payload.
type tiled struct {
	add      func(n int) (uint64, error)
	reader   tessera.LogReader
	shutdown func() error
	mu       sync.Mutex
	at       map[uint64]int
}

func newTessera(dir string, like record.Row, callers int) (*tiled, error) {
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	secret, _, err := note.GenerateKey(nil, "candour.bench/tessera")
	if err != nil {
		return nil, err
	}
	s, err := note.NewSigner(secret)
	if err != nil {
		return nil, err
	}
	driver, err := posix.New(ctx, posix.Config{Path: dir})
	if err != nil {
		return nil, err
	}
	a, shutdown, reader, err := tessera.NewAppender(ctx, driver, tessera.NewAppendOptions().WithCheckpointSigner(s).WithBatching(uint(callers), time.Millisecond))
	if err != nil {
		return nil, err
	}
	return &tiled{reader: reader, at: map[uint64]int{}, shutdown: func() error { return shutdown(ctx) }, add: func(n int) (uint64, error) {
		i, err := a.Add(ctx, tessera.NewEntry(entryOf(n, &like)))()
		return i.Index, err
	}}, nil
}

func entryOf(n int, like *record.Row) []byte {
	return bytes.Join([][]byte{keyOf(n), like.Envelope, like.Payload}, nil)
}

func (*tiled) name() string { return "Tessera, POSIX driver" }

func (t *tiled) append(n int) error {
	index, err := t.add(n)
	t.mu.Lock()
	t.at[index] = n
	t.mu.Unlock()
	return err
}

// check reads every entry again.
func (t *tiled) check(n int) error {
	size, err := t.reader.IntegratedSize(ctx)
	if err != nil || size != uint64(n) {
		return fmt.Errorf("%d entries, want %d: %w", size, n, err)
	}
	for from := uint64(0); from < size; from += 256 {
		part := uint8(0)
		if size-from < 256 {
			part = uint8(size - from)
		}
		raw, err := t.reader.ReadEntryBundle(ctx, from/256, part)
		if err != nil {
			return err
		}
		var b api.EntryBundle
		if err := b.UnmarshalText(raw); err != nil {
			return err
		}
		for i, e := range b.Entries {
			if !bytes.Equal(e[:32], keyOf(t.at[from+uint64(i)])) {
				return fmt.Errorf("entry %d is another", from+uint64(i))
			}
		}
	}
	return nil
}

func (t *tiled) end() error { return t.shutdown() }
