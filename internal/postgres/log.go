package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"candour"
	"candour/internal/record"
)

// Log is the record of one body. Its methods are those of record.Store.
type Log struct {
	db     *DB
	origin string
	id     atomic.Int64 // the log's number in the tables; 0: not read yet
}

// Head implements record.Store.
func (l *Log) Head(ctx context.Context) (record.Head, error) {
	h, err := l.head(ctx)
	for range 10 { // two bodies that begin at once may take one number; one of them gets it
		if !errors.Is(err, pgx.ErrNoRows) {
			return h, err
		}
		if l.db.o.ReadOnly {
			return h, fmt.Errorf("the database holds no record of %s", l.origin)
		}
		if _, err := l.db.write(ctx, `INSERT INTO {head} (log, origin, epoch, size, sealed, keys, root, edge) SELECT coalesce(max(log), 0) + 1, $1, 1, 0, 0, 0, $2, $3 FROM {head} ON CONFLICT DO NOTHING RETURNING 1`,
			l.origin, candour.EmptyRoot[:], record.EdgeBytes(&candour.Edge{})); err != nil {
			return h, err
		}
		h, err = l.head(ctx)
	}
	return h, err
}

func (l *Log) head(ctx context.Context) (record.Head, error) {
	type row struct {
		id         int64
		h          record.Head
		size       int64
		root, edge []byte
	}
	rows, _, err := collect(ctx, l.db, func(rows pgx.Rows) (r row, err error) {
		err = rows.Scan(&r.id, &r.size, &r.h.Epoch, &r.h.Sealed, &r.h.Keys, &r.root, &r.edge)
		return
	}, `SELECT log, size, epoch, sealed, keys, root, edge FROM {head} WHERE origin = $1`, l.origin)
	if err != nil {
		return record.Head{}, err
	}
	if len(rows) == 0 {
		return record.Head{}, pgx.ErrNoRows
	}
	r := &rows[0]
	l.id.Store(r.id)
	if r.h.Edge, err = record.ParseEdge(r.edge); err != nil {
		return r.h, err
	}
	if root := r.h.Edge.Root(); string(root[:]) != string(r.root) || r.size != r.h.Edge.Size {
		return r.h, errors.New("head: root or size do not agree with the edge of the tree: the database is damaged, or was altered")
	}
	return r.h, nil
}

// number is the log's in the tables.
func (l *Log) number(ctx context.Context) (int64, error) {
	if id := l.id.Load(); id != 0 {
		return id, nil
	}
	_, err := l.Head(ctx)
	return l.id.Load(), err
}

// commit is a whole batch. Everything is inserted from moved, which is empty where the head
// is not as expected: whoever comes second waits at the row of the head, and then finds it moved.
const commit = `WITH moved AS (
	UPDATE {head} SET epoch = $4, size = $5, sealed = $6, root = $7, edge = $8 WHERE log = $1 AND epoch = $2 AND size = $3 AND keys = $21 RETURNING log
), keys AS (
	INSERT INTO {idempotency} (log, key, idx, digest) SELECT m.log, r.key, r.idx, r.digest
	FROM moved m, unnest($9::bytea[], $10::bigint[], $11::bytea[]) AS r (key, idx, digest)
), facts AS (
	INSERT INTO {fact} (log, idx, leaf, envelope, chain, seq) SELECT m.log, r.idx, r.leaf, r.envelope, r.chain, r.seq
	FROM moved m, unnest($10::bigint[], $12::bytea[], $13::bytea[], $14::bytea[], $15::bigint[]) AS r (idx, leaf, envelope, chain, seq)
), payloads AS (
	INSERT INTO {payload} (log, idx, sealed) SELECT m.log, r.idx, r.sealed
	FROM moved m, unnest($10::bigint[], $16::bytea[]) AS r (idx, sealed) WHERE r.sealed IS NOT NULL
), tiles AS (
	INSERT INTO {tile} (log, level, number, hashes, root) SELECT m.log, r.level, r.number, r.hashes, r.root
	FROM moved m, unnest($17::bigint[], $18::bigint[], $19::bytea[], $20::bytea[]) AS r (level, number, hashes, root)
) SELECT (SELECT count(*) FROM moved), ` + synced

// Commit implements record.Store.
func (l *Log) Commit(ctx context.Context, was record.Head, b *record.Batch) error {
	id, err := l.number(ctx)
	if err != nil {
		return err
	}
	root := b.Head.Edge.Root()
	args := append([]any{id, was.Epoch, was.Edge.Size, b.Head.Epoch, b.Head.Edge.Size, b.Head.Sealed, root[:], record.EdgeBytes(&b.Head.Edge)}, append(columns(b), was.Keys)...)
	n, err := l.db.countNamed(ctx, commit, args...)
	if err == nil && n != 1 {
		return record.ErrMoved
	}
	return err
}

// columns are the rows and tiles of a batch, an array for each column.
func columns(b *record.Batch) []any {
	n := len(b.Rows)
	index, seq := make([]int64, n), make([]int64, n)
	key, digest, leaf, envelope, chain, payload := make([][]byte, n), make([][]byte, n), make([][]byte, n), make([][]byte, n), make([][]byte, n), make([][]byte, n)
	for i := range b.Rows {
		r := &b.Rows[i]
		index[i], seq[i] = r.Index, r.Seq
		key[i], digest[i], leaf[i], envelope[i], chain[i], payload[i] = r.Key[:], r.Digest[:], r.Leaf[:], r.Envelope, r.Tag[:], r.Payload
	}
	n = len(b.Tiles)
	level, number, hashes, root := make([]int64, n), make([]int64, n), make([][]byte, n), make([][]byte, n)
	for i := range b.Tiles {
		t := &b.Tiles[i]
		level[i], number[i], hashes[i], root[i] = int64(t.Level), t.Number, t.Hashes, t.Root[:]
	}
	return []any{key, index, digest, leaf, envelope, chain, seq, payload, level, number, hashes, root}
}

// count runs a statement that gives a number, and what synced gives; it is a transaction.
func (db *DB) count(ctx context.Context, statement string, args ...any) (n int64, err error) {
	err = db.on(ctx, func(ctx context.Context, c *pgxpool.Conn) error {
		var commit string
		return c.QueryRow(ctx, db.tables.Replace(statement), args...).Scan(&n, &commit)
	})
	return n, err
}

// countNamed is count by a prepared statement, until a session does not know it, or has it
// already: then a pooler stands between, and the statement does without a name from now on.
// Its name is a digest of its text, so that it cannot be another.
func (db *DB) countNamed(ctx context.Context, statement string, args ...any) (int64, error) {
	if !db.named.Load() {
		return db.count(ctx, statement, args...)
	}
	n, err := db.count(ctx, statement, append([]any{pgx.QueryExecModeCacheStatement}, args...)...)
	if e, ok := errors.AsType[*pgconn.PgError](err); ok && (e.Code == noSuchStatement || e.Code == statementExists) {
		db.named.Store(false)
		return db.count(ctx, statement, args...)
	}
	return n, err
}

// on runs what writes on a connection, in the time of one statement.
func (db *DB) on(ctx context.Context, do func(context.Context, *pgxpool.Conn) error) error {
	ctx, cancel := db.limit(ctx)
	defer cancel()
	c, err := db.pool.Acquire(ctx)
	if err != nil {
		return unreachable(err)
	}
	defer c.Release()
	err = do(ctx, c)
	if broken(err) {
		db.pool.Reset()
	}
	return fault(err)
}

// write runs one statement that writes and returns a row for each that it wrote; it is
// durable when this returns. Engines that ask for it to be tried again get that.
func (db *DB) write(ctx context.Context, statement string, args ...any) (n int64, err error) {
	err = persist(ctx, func() error {
		n, err = db.count(ctx, `WITH done AS (`+statement+`) SELECT (SELECT count(*) FROM done), `+synced, args...)
		return err
	})
	return n, err
}

// persist tries again what an engine could not bring into an order with others.
func persist(ctx context.Context, do func() error) error {
	for try := 1; ; try++ {
		err := do()
		if !errors.Is(err, record.ErrMoved) || try == 10 || ctx.Err() != nil {
			return err
		}
		time.Sleep(rand.N(time.Duration(try) * 10 * time.Millisecond))
	}
}

// SetPayloads implements record.Store.
//
// PostgreSQL writes a new version of a row beside the old, and the write-ahead log keeps both.
// Vacuuming, which is done here, makes the room of the old version free and does not
// overwrite it; [DB.Rewrite] puts the tables into new files. Neither reaches write-ahead log,
// archive, standbys and backups: there erasure rests on the data key of the chain being
// destroyed, and on the backups not having it.
func (l *Log) SetPayloads(ctx context.Context, keys int64, payloads map[int64][]byte) error {
	id, err := l.number(ctx)
	if err != nil {
		return err
	}
	gone, other, sealed := []int64{}, []int64{}, [][]byte{}
	for idx, p := range payloads {
		if p == nil {
			gone = append(gone, idx)
		} else {
			other, sealed = append(other, idx), append(sealed, p)
		}
	}
	var n int64
	if err := persist(ctx, func() error {
		n, err = l.db.count(ctx, setPayloads, id, keys, gone, other, sealed)
		return err
	}); err != nil {
		return err
	}
	if n != 1 {
		return record.ErrMoved
	}
	l.db.vacuum(ctx, `VACUUM {payload}`)
	return nil
}

// setPayloads does nothing where the head's keys are not as expected, as commit does.
const setPayloads = `WITH moved AS (
	UPDATE {head} SET keys = keys + 1 WHERE log = $1 AND keys = $2 RETURNING log
), gone AS (
	DELETE FROM {payload} p USING moved m WHERE p.log = m.log AND p.idx = ANY ($3::bigint[])
), other AS (
	UPDATE {payload} p SET sealed = n.sealed FROM moved m, unnest($4::bigint[], $5::bytea[]) AS n (idx, sealed) WHERE p.log = m.log AND p.idx = n.idx
) SELECT (SELECT count(*) FROM moved), ` + synced

// vacuum frees the room of old versions of rows. It is not an error where the engine has no
// such thing, or the role may not.
func (db *DB) vacuum(ctx context.Context, statement string) {
	ctx, cancel := db.limit(ctx)
	defer cancel()
	_, _ = db.pool.Exec(ctx, db.tables.Replace(statement))
}

// Rewrite puts payloads and data keys into new files without what was removed or replaced,
// and removes the old files. Appending waits meanwhile. The role must own the tables.
func (db *DB) Rewrite(ctx context.Context) error {
	for _, s := range []string{`VACUUM FULL {payload}`, `VACUUM FULL {data_key}`} {
		if _, err := db.pool.Exec(ctx, db.tables.Replace(s)); err != nil {
			return fmt.Errorf("rewrite: %w", err)
		}
	}
	return nil
}
