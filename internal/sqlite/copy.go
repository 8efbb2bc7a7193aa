package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"

	"candour/internal/record"
)

var _ record.Source = (*Log)(nil)

// EachKey implements record.Source.
func (l *Log) EachKey(ctx context.Context, from, to int64, visit func(key record.Hash, at record.Known) error) error {
	return l.each(ctx, func(rows *sql.Rows) error {
		var key, digest []byte
		var at record.Known
		if err := rows.Scan(&key, &at.Index, &digest); err != nil {
			return err
		}
		if len(key) != len(record.Hash{}) || len(digest) != len(record.Hash{}) {
			return errors.New("idempotency: a key or digest has not its length")
		}
		at.Digest = record.Hash(digest)
		return visit(record.Hash(key), at)
	}, `SELECT key, idx, digest FROM idempotency WHERE log = ? AND idx >= ? AND idx < ?`, from, to)
}

// EachCosignature implements record.Source.
func (l *Log) EachCosignature(ctx context.Context, visit func(size int64, witness, line string) error) error {
	return l.each(ctx, func(rows *sql.Rows) error {
		var size int64
		var witness, line string
		if err := rows.Scan(&size, &witness, &line); err != nil {
			return err
		}
		return visit(size, witness, line)
	}, `SELECT size, witness, line FROM cosignature WHERE log = ? ORDER BY size, witness`)
}

// Finish puts all of a file on disk, closes it and makes it stand alone: without a write-ahead
// log, so that it can be read from a medium that cannot be written to.
func (db *DB) Finish(ctx context.Context) error {
	if db.write == nil {
		return fmt.Errorf("finish %s: it was opened to be read", db.path)
	}
	err := db.read.Close() // nobody may read while the journal changes
	db.read = nil
	var mode string
	if err == nil {
		_, err = db.write.ExecContext(ctx, `PRAGMA synchronous(FULL)`)
	}
	if err == nil {
		err = db.write.QueryRowContext(ctx, `PRAGMA journal_mode(DELETE)`).Scan(&mode)
	}
	if err == nil && mode != "delete" {
		err = fmt.Errorf("its journal is still %s", mode)
	}
	err = errors.Join(err, db.Close())
	if err == nil {
		err = syncFile(db.path)
	}
	if err != nil {
		return fmt.Errorf("finish %s: %w", db.path, fault(err))
	}
	return nil
}

// syncFile puts on disk what was written to a file by anybody.
func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
