package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"candour"
	"candour/internal/record"
)

// Log is the record of one body. Its methods are those of record.Store.
type Log struct {
	db     *DB
	origin string

	mu sync.Mutex
	id int64 // of the head; 0: not read yet
}

// Head implements record.Store.
func (l *Log) Head(ctx context.Context) (record.Head, error) {
	h, err := l.head(ctx)
	if !errors.Is(err, sql.ErrNoRows) {
		return h, err
	}
	if l.db.write == nil {
		return h, fmt.Errorf("%s holds no record of %s", l.db.path, l.origin)
	}
	_, err = l.db.write.ExecContext(ctx, `INSERT INTO head (origin, epoch, size, sealed, root, edge) VALUES (?, 1, 0, 0, ?, ?) ON CONFLICT (origin) DO NOTHING`,
		l.origin, candour.EmptyRoot[:], record.EdgeBytes(&candour.Edge{}))
	if err != nil {
		return h, fault(err)
	}
	return l.head(ctx)
}

func (l *Log) head(ctx context.Context) (h record.Head, err error) {
	var id int64
	var root, edge []byte
	row := l.db.read.QueryRowContext(ctx, `SELECT log, epoch, sealed, keys, root, edge FROM head WHERE origin = ?`, l.origin)
	if err := row.Scan(&id, &h.Epoch, &h.Sealed, &h.Keys, &root, &edge); err != nil {
		return h, err
	}
	l.mu.Lock()
	l.id = id
	l.mu.Unlock()
	if h.Edge, err = record.ParseEdge(edge); err != nil {
		return h, err
	}
	if r := h.Edge.Root(); string(r[:]) != string(root) {
		return h, errors.New("head: the root does not agree with the edge of the tree; run candour verify")
	}
	return h, nil
}

// number is the log's in the tables.
func (l *Log) number(ctx context.Context) (int64, error) {
	l.mu.Lock()
	id := l.id
	l.mu.Unlock()
	if id != 0 {
		return id, nil
	}
	if _, err := l.Head(ctx); err != nil {
		return 0, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.id, nil
}

// Commit implements record.Store.
func (l *Log) Commit(ctx context.Context, was record.Head, b *record.Batch) error {
	id, err := l.number(ctx)
	if err != nil {
		return err
	}
	tx, err := l.db.write.BeginTx(ctx, nil)
	if err != nil {
		return fault(err)
	}
	defer tx.Rollback()
	root := b.Head.Edge.Root()
	res, err := tx.ExecContext(ctx, `UPDATE head SET epoch = ?, size = ?, sealed = ?, root = ?, edge = ? WHERE log = ? AND epoch = ? AND size = ? AND keys = ?`,
		b.Head.Epoch, b.Head.Edge.Size, b.Head.Sealed, root[:], record.EdgeBytes(&b.Head.Edge), id, was.Epoch, was.Edge.Size, was.Keys)
	if err != nil {
		return fault(err)
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return errors.Join(record.ErrMoved, err)
	}
	if err := insert(ctx, tx, `INSERT INTO idempotency (log, key, idx, digest) VALUES `, 4, len(b.Rows), func(i int, args []any) {
		r := &b.Rows[i]
		args[0], args[1], args[2], args[3] = id, r.Key[:], r.Index, r.Digest[:]
	}); err != nil {
		if isUnique(err) {
			return errors.Join(record.ErrKeyTaken, err)
		}
		return fault(err)
	}
	err = insert(ctx, tx, `INSERT INTO fact (log, idx, leaf, envelope, chain, seq) VALUES `, 6, len(b.Rows), func(i int, args []any) {
		r := &b.Rows[i]
		args[0], args[1], args[2], args[3], args[4], args[5] = id, r.Index, r.Leaf[:], r.Envelope, r.Tag[:], r.Seq
	})
	if err == nil {
		with := withPayload(b.Rows)
		err = insert(ctx, tx, `INSERT INTO payload (log, idx, sealed) VALUES `, 3, len(with), func(i int, args []any) {
			args[0], args[1], args[2] = id, with[i].Index, with[i].Payload
		})
	}
	if err == nil {
		err = insert(ctx, tx, `INSERT INTO tile (log, level, number, hashes, root) VALUES `, 5, len(b.Tiles), func(i int, args []any) {
			t := &b.Tiles[i]
			args[0], args[1], args[2], args[3], args[4] = id, t.Level, t.Number, t.Hashes, t.Root[:]
		})
	}
	if err != nil {
		return fault(err)
	}
	return fault(tx.Commit())
}

// withPayload are the rows that were not erased.
func withPayload(rows []record.Row) []record.Row {
	erased := func(r record.Row) bool { return r.Payload == nil }
	if !slices.ContainsFunc(rows, erased) {
		return rows
	}
	return slices.DeleteFunc(slices.Clone(rows), erased)
}

// many is how many rows go into one statement.
const many = 64

// insert inserts n rows, many at a time.
func insert(ctx context.Context, tx *sql.Tx, into string, columns, n int, fill func(i int, args []any)) error {
	row := "(" + strings.TrimSuffix(strings.Repeat("?,", columns), ",") + ")"
	var full *sql.Stmt
	for from := 0; from < n; from += many {
		count := min(many, n-from)
		args := make([]any, count*columns)
		for i := range count {
			fill(from+i, args[i*columns:(i+1)*columns])
		}
		text := into + strings.TrimSuffix(strings.Repeat(row+",", count), ",")
		if count < many {
			if _, err := tx.ExecContext(ctx, text, args...); err != nil {
				return err
			}
			continue
		}
		if full == nil {
			var err error
			if full, err = tx.PrepareContext(ctx, text); err != nil {
				return err
			}
			defer full.Close()
		}
		if _, err := full.ExecContext(ctx, args...); err != nil {
			return err
		}
	}
	return nil
}

// SetPayloads implements record.Store.
func (l *Log) SetPayloads(ctx context.Context, keys int64, payloads map[int64][]byte) error {
	id, err := l.number(ctx)
	if err != nil {
		return err
	}
	tx, err := l.db.write.BeginTx(ctx, nil)
	if err != nil {
		return fault(err)
	}
	defer tx.Rollback()
	res, err := tx.ExecContext(ctx, `UPDATE head SET keys = keys + 1 WHERE log = ? AND keys = ?`, id, keys)
	if err != nil {
		return fault(err)
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return errors.Join(record.ErrMoved, err)
	}
	for idx, sealed := range payloads {
		if sealed == nil {
			_, err = tx.ExecContext(ctx, `DELETE FROM payload WHERE log = ? AND idx = ?`, id, idx)
		} else {
			_, err = tx.ExecContext(ctx, `UPDATE payload SET sealed = ? WHERE log = ? AND idx = ?`, sealed, id, idx)
		}
		if err != nil {
			return fault(err)
		}
	}
	if err := tx.Commit(); err != nil {
		return fault(err)
	}
	if err := l.db.Flush(ctx); err != nil {
		return errors.Join(record.ErrTraces, err)
	}
	return nil
}

// Flush empties the write-ahead log into the file, so that nothing that was overwritten
// stays in it.
func (db *DB) Flush(ctx context.Context) error {
	var busy, pages, done int
	for until := time.Now().Add(flushWait); ; {
		if err := db.write.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &pages, &done); err != nil {
			return fault(err)
		}
		if busy == 0 {
			return nil
		}
		if time.Now().After(until) {
			return errors.New("the write-ahead log could not be emptied, because somebody reads for long")
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// flushWait is how long the emptying of the write-ahead log is tried. SQLite itself waits for
// readers, but not for another process that is emptying it too.
const flushWait = 30 * time.Second
