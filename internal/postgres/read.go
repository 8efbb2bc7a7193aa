package postgres

import (
	"context"
	"fmt"
	"math"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"candour/internal/record"
)

// A page is what is read at once: so many rows, or so many bytes.
const (
	pageRows  = 2048
	pageBytes = 8 << 20
)

// sized is what knows how many bytes it holds.
type sized interface{ bytes() int }

// collect reads what a query gives, up to the bytes of a page; more tells that it gives
// more. Where the connection was dead it asks again, once.
func collect[T any](ctx context.Context, db *DB, scan func(pgx.Rows) (T, error), query string, args ...any) (out []T, more bool, err error) {
	for range 2 {
		if out, more, err = collectOnce(ctx, db, scan, query, args...); !broken(err) {
			return out, more, err
		}
		db.pool.Reset()
	}
	return nil, false, unreachable(err)
}

func collectOnce[T any](ctx context.Context, db *DB, scan func(pgx.Rows) (T, error), query string, args ...any) (out []T, more bool, err error) {
	ctx, cancel := db.limit(ctx)
	defer cancel()
	rows, err := db.pool.Query(ctx, db.tables.Replace(query), args...)
	if err != nil {
		return nil, false, err
	}
	defer rows.Close()
	held := 0
	for rows.Next() {
		if held >= pageBytes {
			return out, true, nil
		}
		t, err := scan(rows)
		if err != nil {
			return nil, false, err
		}
		if s, ok := any(&t).(sized); ok {
			held += s.bytes()
		}
		out = append(out, t)
	}
	return out, false, rows.Err()
}

// pages visits what a query gives page by page; no connection is held while visit runs.
// args gives the arguments of the next page, after the last of the one before (nil: the first).
func pages[T any](ctx context.Context, db *DB, scan func(pgx.Rows) (T, error), query string, args func(last *T) []any, visit func(*T) error) error {
	for list, more, err := collect(ctx, db, scan, query, args(nil)...); ; list, more, err = collect(ctx, db, scan, query, args(&list[len(list)-1])...) {
		if err != nil {
			return err
		}
		for i := range list {
			if err := visit(&list[i]); err != nil {
				return err
			}
		}
		if len(list) < pageRows && !more {
			return nil
		}
	}
}

// Ends implements record.Store.
func (l *Log) Ends(ctx context.Context, tags []record.Tag) (map[record.Tag]record.End, error) {
	type end struct {
		tag record.Tag
		end record.End
	}
	id, err := l.number(ctx)
	if err != nil {
		return nil, err
	}
	ask := make([][]byte, len(tags))
	for i := range tags {
		ask[i] = tags[i][:]
	}
	list, _, err := collect(ctx, l.db, func(rows pgx.Rows) (e end, err error) {
		err = rows.Scan(fixed(e.tag[:]), &e.end.Seq, fixed(e.end.Leaf[:]))
		return
	}, `SELECT t.tag, f.seq, f.leaf FROM unnest($2::bytea[]) AS t (tag) CROSS JOIN LATERAL (SELECT seq, leaf FROM {fact} WHERE log = $1 AND chain = t.tag ORDER BY seq DESC LIMIT 1) AS f`, id, ask)
	out := make(map[record.Tag]record.End, len(list))
	for _, e := range list {
		out[e.tag] = e.end
	}
	return out, err
}

// fixed takes bytes whose number is known, and refuses others.
type fixed []byte

// ScanBytes implements pgtype.BytesScanner.
func (f fixed) ScanBytes(v []byte) error {
	if len(v) != len(f) {
		return fmt.Errorf("a hash or chain has %d bytes and not %d", len(v), len(f))
	}
	copy(f, v)
	return nil
}

var _ pgtype.BytesScanner = fixed(nil)

// Known implements record.Store.
func (l *Log) Known(ctx context.Context, keys []record.Hash) (map[record.Hash]record.Known, error) {
	type known struct {
		key record.Hash
		at  record.Known
	}
	id, err := l.number(ctx)
	if err != nil {
		return nil, err
	}
	ask := make([][]byte, len(keys))
	for i := range keys {
		ask[i] = keys[i][:]
	}
	list, _, err := collect(ctx, l.db, func(rows pgx.Rows) (k known, err error) {
		err = rows.Scan(fixed(k.key[:]), &k.at.Index, fixed(k.at.Digest[:]))
		return
	}, `SELECT key, idx, digest FROM {idempotency} WHERE log = $1 AND key = ANY ($2::bytea[])`, id, ask)
	out := make(map[record.Hash]record.Known, len(list))
	for _, k := range list {
		out[k.key] = k.at
	}
	return out, err
}

const selectRow = `SELECT f.idx, f.leaf, f.envelope, f.chain, f.seq, p.sealed FROM {fact} f LEFT JOIN {payload} p ON p.log = f.log AND p.idx = f.idx WHERE f.log = $1 `

type row struct{ record.Row }

func (r *row) bytes() int { return len(r.Envelope) + len(r.Payload) }

func scanRow(rows pgx.Rows) (r row, err error) {
	if err := rows.Scan(&r.Index, fixed(r.Leaf[:]), &r.Envelope, fixed(r.Tag[:]), &r.Seq, &r.Payload); err != nil {
		return r, fmt.Errorf("entry %d: %w", r.Index, err)
	}
	return r, nil
}

// Rows implements record.Store.
func (l *Log) Rows(ctx context.Context, from, to int64, visit func(*record.Row) error) error {
	id, err := l.number(ctx)
	if err != nil {
		return err
	}
	return pages(ctx, l.db, scanRow, selectRow+`AND f.idx >= $2 AND f.idx < $3 ORDER BY f.idx LIMIT $4`, func(last *row) []any {
		if last != nil {
			from = last.Index + 1
		}
		return []any{id, from, to, pageRows}
	}, func(r *row) error { return visit(&r.Row) })
}

// ChainRows implements record.Store.
func (l *Log) ChainRows(ctx context.Context, tag record.Tag, from int64, visit func(*record.Row) error) error {
	id, err := l.number(ctx)
	if err != nil {
		return err
	}
	return pages(ctx, l.db, scanRow, selectRow+`AND f.chain = $2 AND f.seq >= $3 ORDER BY f.seq LIMIT $4`, func(last *row) []any {
		if last != nil {
			from = last.Seq + 1
		}
		return []any{id, tag[:], from, pageRows}
	}, func(r *row) error { return visit(&r.Row) })
}

// Places implements record.Store. Whether the index alone is read is the planner's choice.
func (l *Log) Places(ctx context.Context, visit func(tag record.Tag, seq, index int64) error) error {
	type place struct {
		tag        record.Tag
		seq, index int64
	}
	id, err := l.number(ctx)
	if err != nil {
		return err
	}
	return pages(ctx, l.db, func(rows pgx.Rows) (p place, err error) {
		err = rows.Scan(fixed(p.tag[:]), &p.seq, &p.index)
		return
	}, `SELECT chain, seq, idx FROM {fact} WHERE log = $1 AND (chain, seq) > ($2::bytea, $3::bigint) ORDER BY chain, seq LIMIT $4`, func(last *place) []any {
		if last == nil {
			return []any{id, []byte{}, int64(math.MinInt64), pageRows}
		}
		return []any{id, last.tag[:], last.seq, pageRows}
	}, func(p *place) error { return visit(p.tag, p.seq, p.index) })
}

// Taken implements record.Store.
func (l *Log) Taken(ctx context.Context, visit func(key record.Hash, at record.Known) error) error {
	type taken struct {
		key record.Hash
		at  record.Known
	}
	id, err := l.number(ctx)
	if err != nil {
		return err
	}
	return pages(ctx, l.db, func(rows pgx.Rows) (k taken, err error) {
		err = rows.Scan(fixed(k.key[:]), &k.at.Index, fixed(k.at.Digest[:]))
		return
	}, `SELECT key, idx, digest FROM {idempotency} WHERE log = $1 AND key > $2 ORDER BY key LIMIT $3`, func(last *taken) []any {
		if last == nil {
			return []any{id, []byte{}, pageRows}
		}
		return []any{id, last.key[:], pageRows}
	}, func(k *taken) error { return visit(k.key, k.at) })
}

// Firsts implements record.Store.
func (l *Log) Firsts(ctx context.Context, visit func(*record.Row) error) error {
	id, err := l.number(ctx)
	if err != nil {
		return err
	}
	return pages(ctx, l.db, scanRow, selectRow+`AND f.seq = 0 AND f.idx >= $2 ORDER BY f.idx LIMIT $3`, func(last *row) []any {
		from := int64(0)
		if last != nil {
			from = last.Index + 1
		}
		return []any{id, from, pageRows}
	}, func(r *row) error { return visit(&r.Row) })
}

// Chains implements record.Store.
func (l *Log) Chains(ctx context.Context, visit func(tag record.Tag, index int64) error) error {
	type first struct {
		tag   record.Tag
		index int64
	}
	id, err := l.number(ctx)
	if err != nil {
		return err
	}
	return pages(ctx, l.db, func(rows pgx.Rows) (f first, err error) {
		err = rows.Scan(fixed(f.tag[:]), &f.index)
		return
	}, `SELECT chain, idx FROM {fact} WHERE log = $1 AND seq = 0 AND idx >= $2 ORDER BY idx LIMIT $3`, func(last *first) []any {
		from := int64(0)
		if last != nil {
			from = last.index + 1
		}
		return []any{id, from, pageRows}
	}, func(f *first) error { return visit(f.tag, f.index) })
}

// Nodes implements record.Store.
func (l *Log) Nodes(ctx context.Context, level int, from, to int64) ([]record.Hash, error) {
	if to <= from {
		return nil, nil
	}
	id, err := l.number(ctx)
	if err != nil {
		return nil, err
	}
	query, args := `SELECT leaf FROM {fact} WHERE log = $1 AND idx >= $2 AND idx < $3 ORDER BY idx`, []any{id, from, to}
	if level > 0 {
		query, args = `SELECT root FROM {tile} WHERE log = $1 AND number >= $2 AND number < $3 AND level = $4 ORDER BY number`, append(args, level-1)
	}
	out, _, err := collect(ctx, l.db, func(rows pgx.Rows) (h record.Hash, err error) {
		err = rows.Scan(fixed(h[:]))
		return
	}, query, args...)
	if err == nil && int64(len(out)) != to-from {
		err = fmt.Errorf("the tree has %d of %d hashes of level %d from %d on; run candour verify", len(out), to-from, level, from)
	}
	return out, err
}

type tile struct{ record.Tile }

func (t *tile) bytes() int { return len(t.Hashes) }

// Tiles implements record.Store.
func (l *Log) Tiles(ctx context.Context, level int, from int64, visit func(record.Tile) error) error {
	id, err := l.number(ctx)
	if err != nil {
		return err
	}
	return pages(ctx, l.db, func(rows pgx.Rows) (t tile, err error) {
		t.Level = level
		if err := rows.Scan(&t.Number, &t.Hashes, fixed(t.Root[:])); err != nil {
			return t, fmt.Errorf("tile %d of level %d: %w", t.Number, level, err)
		}
		return t, nil
	}, `SELECT number, hashes, root FROM {tile} WHERE log = $1 AND level = $2 AND number >= $3 ORDER BY number LIMIT $4`, func(last *tile) []any {
		if last != nil {
			from = last.Number + 1
		}
		return []any{id, level, from, pageRows}
	}, func(t *tile) error { return visit(t.Tile) })
}

// AddCheckpoint implements record.Store.
func (l *Log) AddCheckpoint(ctx context.Context, size int64, note []byte) error {
	id, err := l.number(ctx)
	if err == nil {
		_, err = l.db.write(ctx, `INSERT INTO {checkpoint} (log, size, note) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING 1`, id, size, note)
	}
	return err
}

// AddCosignature implements record.Store.
func (l *Log) AddCosignature(ctx context.Context, size int64, witness, line string) error {
	id, err := l.number(ctx)
	if err == nil {
		_, err = l.db.write(ctx, `INSERT INTO {cosignature} (log, size, witness, line) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING 1`, id, size, witness, line)
	}
	return err
}

type checkpoint struct {
	size  int64
	note  []byte
	lines []string
}

// Checkpoints implements record.Store.
func (l *Log) Checkpoints(ctx context.Context, visit func(size int64, note []byte, lines []string) error) error {
	id, err := l.number(ctx)
	if err != nil {
		return err
	}
	return pages(ctx, l.db, func(rows pgx.Rows) (c checkpoint, err error) {
		err = rows.Scan(&c.size, &c.note, &c.lines)
		return
	}, `SELECT c.size, c.note, array(SELECT s.line FROM {cosignature} s WHERE s.log = c.log AND s.size = c.size ORDER BY s.witness)
	FROM {checkpoint} c WHERE c.log = $1 AND c.size < $2 ORDER BY c.size DESC LIMIT $3`, func(last *checkpoint) []any {
		below := int64(math.MaxInt64)
		if last != nil {
			below = last.size
		}
		return []any{id, below, pageRows}
	}, func(c *checkpoint) error { return visit(c.size, c.note, c.lines) })
}
