package sqlite

import (
	"context"
	"database/sql"
	"strings"
)

// into is a table that batches go into.
type into struct {
	place   int // of its statements
	text    string
	columns int
}

var (
	intoKeys     = into{0, `INSERT INTO idempotency (log, key, idx, digest) VALUES `, 4}
	intoFacts    = into{1, `INSERT INTO fact (log, idx, leaf, envelope, chain, seq) VALUES `, 6}
	intoPayloads = into{2, `INSERT INTO payload (log, idx, sealed) VALUES `, 3}
	intoTiles    = into{3, `INSERT INTO tile (log, level, number, hashes, root) VALUES `, 5}
)

const moveHead = `UPDATE head SET epoch = ?, size = ?, sealed = ?, root = ?, edge = ? WHERE log = ? AND epoch = ? AND size = ? AND keys = ?`

// many are the numbers of rows that have a statement, the largest first. Compiling one takes as
// long as running it.
var many = [...]int{64, 16, 4, 1}

// statements are those of batches: the one that moves the head, and by table and number of rows.
type statements struct {
	head *sql.Stmt
	into [4][len(many)]*sql.Stmt
}

// prepare compiles the statements of batches, once. It must not be called within a
// transaction, which has the only connection.
func (db *DB) prepare(ctx context.Context) error {
	db.preparing.Lock()
	defer db.preparing.Unlock()
	if db.prepared != nil {
		return nil
	}
	var all statements
	var err error
	if all.head, err = db.write.PrepareContext(ctx, moveHead); err != nil {
		return err
	}
	for _, t := range []into{intoKeys, intoFacts, intoPayloads, intoTiles} {
		row := "(" + strings.TrimSuffix(strings.Repeat("?,", t.columns), ",") + ")"
		for i, n := range many {
			if all.into[t.place][i], err = db.write.PrepareContext(ctx, t.text+strings.TrimSuffix(strings.Repeat(row+",", n), ",")); err != nil {
				return err
			}
		}
	}
	db.prepared = &all
	return nil
}

// insert inserts n rows, many at a time.
func (t into) insert(ctx context.Context, tx *sql.Tx, db *DB, n int, fill func(i int, args []any)) error {
	at := 0
	for i, count := range many {
		if n-at < count {
			continue
		}
		stmt := tx.StmtContext(ctx, db.prepared.into[t.place][i])
		args := make([]any, count*t.columns)
		for ; n-at >= count; at += count {
			for row := range count {
				fill(at+row, args[row*t.columns:(row+1)*t.columns])
			}
			if _, err := stmt.ExecContext(ctx, args...); err != nil {
				return err
			}
		}
	}
	return nil
}
