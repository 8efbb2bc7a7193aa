package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"candour/internal/record"
)

func isUnique(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && (e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY || e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE)
}

// blob is bytes that SQLite has as bytes. As a text they would look the same here, and not be
// found where they are looked for: one flipped bit makes the one of the other.
type blob []byte

// Scan implements sql.Scanner.
func (b *blob) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*b = nil
	case []byte:
		*b = append(make([]byte, 0, len(v)), v...) // empty is not nil
	default:
		return fmt.Errorf("bytes are kept as %T: the file is damaged", v)
	}
	return nil
}

// each runs a query and visits its rows.
func (l *Log) each(ctx context.Context, visit func(*sql.Rows) error, query string, args ...any) error {
	id, err := l.number(ctx)
	if err != nil {
		return err
	}
	rows, err := l.db.read.QueryContext(ctx, query, append([]any{id}, args...)...)
	if err != nil {
		return fault(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := visit(rows); err != nil {
			return err
		}
	}
	return fault(rows.Err())
}

// inList runs a query for a list of blobs, so many at a time. The query has %s for the list.
func inList[T any](ctx context.Context, l *Log, list []T, bytes func(*T) []byte, query string, visit func(*sql.Rows) error) error {
	const most = 500
	for ; len(list) > 0; list = list[min(most, len(list)):] {
		var args []any
		for i := range list[:min(most, len(list))] {
			args = append(args, bytes(&list[i]))
		}
		marks := strings.TrimSuffix(strings.Repeat("?,", len(args)), ",")
		if err := l.each(ctx, visit, fmt.Sprintf(query, marks), args...); err != nil {
			return err
		}
	}
	return nil
}

// Ends implements record.Store.
func (l *Log) Ends(ctx context.Context, tags []record.Tag) (map[record.Tag]record.End, error) {
	out := map[record.Tag]record.End{}
	err := inList(ctx, l, tags, func(t *record.Tag) []byte { return t[:] },
		`SELECT f.chain, f.seq, f.leaf FROM (SELECT chain, max(seq) AS seq, log FROM fact WHERE log = ? AND chain IN (%s) GROUP BY chain) m JOIN fact f ON f.log = m.log AND f.chain = m.chain AND f.seq = m.seq`,
		func(rows *sql.Rows) error {
			var tag, leaf blob
			var seq int64
			if err := rows.Scan(&tag, &seq, &leaf); err != nil {
				return err
			}
			if len(tag) != len(record.Tag{}) || len(leaf) != len(record.Hash{}) {
				return errors.New("fact: a chain or leaf has not its length")
			}
			out[record.Tag(tag)] = record.End{Seq: seq, Leaf: record.Hash(leaf)}
			return nil
		})
	return out, err
}

// Known implements record.Store.
func (l *Log) Known(ctx context.Context, keys []record.Hash) (map[record.Hash]record.Known, error) {
	out := map[record.Hash]record.Known{}
	err := inList(ctx, l, keys, func(h *record.Hash) []byte { return h[:] },
		`SELECT key, idx, digest FROM idempotency WHERE log = ? AND key IN (%s)`,
		func(rows *sql.Rows) error {
			var key, digest blob
			var idx int64
			if err := rows.Scan(&key, &idx, &digest); err != nil {
				return err
			}
			if len(key) != len(record.Hash{}) || len(digest) != len(record.Hash{}) {
				return errors.New("idempotency: a key or digest has not its length")
			}
			out[record.Hash(key)] = record.Known{Index: idx, Digest: record.Hash(digest)}
			return nil
		})
	return out, err
}

// own refuses a row of another record. SQLite trusts the order in which rows stand: where a row was
// altered it gives it all the same, and does not find it when it is looked for.
func (l *Log) own(log int64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if log != l.id {
		return fmt.Errorf("a row of record %d stands among those of %d: the file is damaged", log, l.id)
	}
	return nil
}

const rowColumns = `f.log, f.idx, f.leaf, f.envelope, f.chain, f.seq, p.sealed`

// Rows implements record.Store.
func (l *Log) Rows(ctx context.Context, from, to int64, visit func(*record.Row) error) error {
	return l.each(ctx, l.visitRow(visit), `SELECT `+rowColumns+` FROM fact f LEFT JOIN payload p ON p.log = f.log AND p.idx = f.idx WHERE f.log = ? AND f.idx >= ? AND f.idx < ? ORDER BY f.idx`, from, to)
}

// ChainRows implements record.Store.
func (l *Log) ChainRows(ctx context.Context, tag record.Tag, from int64, visit func(*record.Row) error) error {
	return l.each(ctx, l.visitRow(visit), `SELECT `+rowColumns+` FROM fact f LEFT JOIN payload p ON p.log = f.log AND p.idx = f.idx WHERE f.log = ? AND f.chain = ? AND f.seq >= ? ORDER BY f.seq`, tag[:], from)
}

// Firsts implements record.Store.
func (l *Log) Firsts(ctx context.Context, visit func(*record.Row) error) error {
	return l.each(ctx, l.visitRow(visit), `SELECT `+rowColumns+` FROM fact f INDEXED BY fact_first LEFT JOIN payload p ON p.log = f.log AND p.idx = f.idx WHERE f.log = ? AND f.seq = 0 ORDER BY f.idx`)
}

// Chains implements record.Store.
func (l *Log) Chains(ctx context.Context, visit func(tag record.Tag, index int64) error) error {
	return l.each(ctx, func(rows *sql.Rows) error {
		var tag blob
		var index int64
		if err := rows.Scan(&tag, &index); err != nil {
			return err
		}
		if len(tag) != len(record.Tag{}) {
			return fmt.Errorf("entry %d: its chain has not its length", index)
		}
		return visit(record.Tag(tag), index)
	}, `SELECT chain, idx FROM fact INDEXED BY fact_first WHERE log = ? AND seq = 0 ORDER BY idx`)
}

// Places implements record.Store. All of it stands in the index of chains.
func (l *Log) Places(ctx context.Context, visit func(tag record.Tag, seq, index int64) error) error {
	return l.each(ctx, func(rows *sql.Rows) error {
		var tag blob
		var log, seq, index int64
		if err := rows.Scan(&log, &tag, &seq, &index); err != nil {
			return err
		}
		if err := l.own(log); err != nil {
			return err
		}
		if len(tag) != len(record.Tag{}) {
			return fmt.Errorf("entry %d: its chain has not its length", index)
		}
		return visit(record.Tag(tag), seq, index)
	}, `SELECT log, chain, seq, idx FROM fact INDEXED BY fact_chain WHERE log = ? ORDER BY chain, seq`)
}

// Taken implements record.Store.
func (l *Log) Taken(ctx context.Context, visit func(key record.Hash, at record.Known) error) error {
	return l.each(ctx, func(rows *sql.Rows) error {
		var key, digest blob
		var log int64
		var at record.Known
		if err := rows.Scan(&log, &key, &at.Index, &digest); err != nil {
			return err
		}
		if err := l.own(log); err != nil {
			return err
		}
		if len(key) != len(record.Hash{}) || len(digest) != len(record.Hash{}) {
			return errors.New("idempotency: a key or digest has not its length")
		}
		at.Digest = record.Hash(digest)
		return visit(record.Hash(key), at)
	}, `SELECT log, key, idx, digest FROM idempotency WHERE log = ? ORDER BY key`)
}

func (l *Log) visitRow(visit func(*record.Row) error) func(*sql.Rows) error {
	return func(rows *sql.Rows) error {
		var leaf, tag blob
		var log int64
		r := &record.Row{}
		if err := rows.Scan(&log, &r.Index, &leaf, (*blob)(&r.Envelope), &tag, &r.Seq, (*blob)(&r.Payload)); err != nil {
			return err
		}
		if err := l.own(log); err != nil {
			return err
		}
		if len(leaf) != len(r.Leaf) || len(tag) != len(r.Tag) {
			return fmt.Errorf("entry %d: its leaf or chain has not its length", r.Index)
		}
		r.Leaf, r.Tag = record.Hash(leaf), record.Tag(tag)
		return visit(r)
	}
}

// Nodes implements record.Store.
func (l *Log) Nodes(ctx context.Context, level int, from, to int64) ([]record.Hash, error) {
	if to <= from {
		return nil, nil
	}
	query, args := `SELECT leaf FROM fact WHERE log = ? AND idx >= ? AND idx < ? ORDER BY idx`, []any{from, to}
	if level > 0 {
		query, args = `SELECT root FROM tile WHERE log = ? AND level = ? AND number >= ? AND number < ? ORDER BY number`, []any{level - 1, from, to}
	}
	out := make([]record.Hash, 0, to-from)
	err := l.each(ctx, func(rows *sql.Rows) error {
		var h blob
		if err := rows.Scan(&h); err != nil {
			return err
		}
		if len(h) != len(record.Hash{}) {
			return errors.New("a hash of the tree has not its length")
		}
		out = append(out, record.Hash(h))
		return nil
	}, query, args...)
	if err == nil && int64(len(out)) != to-from {
		err = fmt.Errorf("the tree has %d of %d hashes of level %d from %d on; run candour verify", len(out), to-from, level, from)
	}
	return out, err
}

// Tiles implements record.Store.
func (l *Log) Tiles(ctx context.Context, level int, from int64, visit func(record.Tile) error) error {
	return l.each(ctx, func(rows *sql.Rows) error {
		t := record.Tile{Level: level}
		var root blob
		if err := rows.Scan(&t.Number, (*blob)(&t.Hashes), &root); err != nil {
			return err
		}
		if len(root) != len(t.Root) {
			return fmt.Errorf("tile %d of level %d: its root has not its length", t.Number, level)
		}
		t.Root = record.Hash(root)
		return visit(t)
	}, `SELECT number, hashes, root FROM tile WHERE log = ? AND level = ? AND number >= ? ORDER BY number`, level, from)
}

// AddCheckpoint implements record.Store.
func (l *Log) AddCheckpoint(ctx context.Context, size int64, note []byte) error {
	return l.exec(ctx, `INSERT INTO checkpoint (log, size, note) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, size, note)
}

// AddCosignature implements record.Store.
func (l *Log) AddCosignature(ctx context.Context, size int64, witness, line string) error {
	return l.exec(ctx, `INSERT INTO cosignature (log, size, witness, line) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`, size, witness, line)
}

func (l *Log) exec(ctx context.Context, query string, args ...any) error {
	id, err := l.number(ctx)
	if err != nil {
		return err
	}
	_, err = l.db.write.ExecContext(ctx, query, append([]any{id}, args...)...)
	return doubt(err)
}

// Checkpoints implements record.Store.
func (l *Log) Checkpoints(ctx context.Context, visit func(size int64, note []byte, lines []string) error) error {
	var size int64 = -1
	var note []byte
	var lines []string
	err := l.each(ctx, func(rows *sql.Rows) error {
		var s int64
		var n blob
		var line sql.NullString
		if err := rows.Scan(&s, &n, &line); err != nil {
			return err
		}
		if s != size && size >= 0 {
			if err := visit(size, note, lines); err != nil {
				return err
			}
			lines = nil
		}
		size, note = s, n
		if line.Valid {
			lines = append(lines, line.String)
		}
		return nil
	}, `SELECT c.size, c.note, s.line FROM checkpoint c LEFT JOIN cosignature s ON s.log = c.log AND s.size = c.size WHERE c.log = ? ORDER BY c.size DESC, s.witness`)
	if err != nil || size < 0 {
		return err
	}
	return visit(size, note, lines)
}
