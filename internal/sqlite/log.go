package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
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
	var lost int
	if err := l.db.read.QueryRowContext(ctx, `SELECT count(*) FROM head NOT INDEXED WHERE origin = ?`, l.origin).Scan(&lost); err != nil {
		return h, fault(err)
	}
	if lost > 0 { // begun by another meanwhile, or the index by which it is found is damaged
		if h, err := l.head(ctx); !errors.Is(err, sql.ErrNoRows) {
			return h, err
		}
		return h, fmt.Errorf("%s holds the record of %s and does not find it: the file is damaged", l.db.path, l.origin)
	}
	_, err = l.db.write.ExecContext(ctx, `INSERT INTO head (origin, epoch, size, sealed, root, edge) VALUES (?, 1, 0, 0, ?, ?) ON CONFLICT (origin) DO NOTHING`,
		l.origin, candour.EmptyRoot[:], record.EdgeBytes(&candour.Edge{}))
	if err != nil {
		return h, doubt(err)
	}
	return l.head(ctx)
}

func (l *Log) head(ctx context.Context) (h record.Head, err error) {
	var id, size int64
	var root, edge blob
	row := l.db.read.QueryRowContext(ctx, `SELECT log, size, epoch, sealed, keys, root, edge FROM head WHERE origin = ?`, l.origin)
	if err := row.Scan(&id, &size, &h.Epoch, &h.Sealed, &h.Keys, &root, &edge); err != nil {
		return h, err
	}
	l.mu.Lock()
	l.id = id
	l.mu.Unlock()
	if h.Edge, err = record.ParseEdge(edge); err != nil {
		return h, err
	}
	if r := h.Edge.Root(); string(r[:]) != string(root) || size != h.Edge.Size {
		return h, errors.New("head: root or size do not agree with the edge of the tree: the database is damaged, or was altered")
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
	if err := l.db.prepare(ctx); err != nil {
		return fault(err)
	}
	tx, err := l.db.write.BeginTx(ctx, nil)
	if err != nil {
		return fault(err)
	}
	defer tx.Rollback()
	root := b.Head.Edge.Root()
	res, err := tx.StmtContext(ctx, l.db.prepared.head).ExecContext(ctx,
		b.Head.Epoch, b.Head.Edge.Size, b.Head.Sealed, root[:], record.EdgeBytes(&b.Head.Edge), id, was.Epoch, was.Edge.Size, was.Keys)
	if err != nil {
		return fault(err)
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return errors.Join(record.ErrMoved, err)
	}
	if err := intoKeys.insert(ctx, tx, l.db, len(b.Rows), func(i int, args []any) {
		r := &b.Rows[i]
		args[0], args[1], args[2], args[3] = id, r.Key[:], r.Index, r.Digest[:]
	}); err != nil {
		if isUnique(err) {
			return errors.Join(record.ErrKeyTaken, err)
		}
		return fault(err)
	}
	err = intoFacts.insert(ctx, tx, l.db, len(b.Rows), func(i int, args []any) {
		r := &b.Rows[i]
		args[0], args[1], args[2], args[3], args[4], args[5] = id, r.Index, r.Leaf[:], r.Envelope, r.Tag[:], r.Seq
	})
	if err == nil {
		with := withPayload(b.Rows)
		err = intoPayloads.insert(ctx, tx, l.db, len(with), func(i int, args []any) {
			args[0], args[1], args[2] = id, with[i].Index, with[i].Payload
		})
	}
	if err == nil {
		err = intoTiles.insert(ctx, tx, l.db, len(b.Tiles), func(i int, args []any) {
			t := &b.Tiles[i]
			args[0], args[1], args[2], args[3], args[4] = id, t.Level, t.Number, t.Hashes, t.Root[:]
		})
	}
	if err != nil {
		return fault(err)
	}
	return doubt(tx.Commit())
}

// withPayload are the rows that were not erased.
func withPayload(rows []record.Row) []record.Row {
	erased := func(r record.Row) bool { return r.Payload == nil }
	if !slices.ContainsFunc(rows, erased) {
		return rows
	}
	return slices.DeleteFunc(slices.Clone(rows), erased)
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
		return doubt(err)
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
