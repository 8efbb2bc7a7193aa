// Package sqlite keeps records in one SQLite file. It knows entries and never what they
// mean; the contract of each method is that of record.Store.
//
// What is always true:
//
//   - One connection writes, others read. A commit is durable when it returns: journal in
//     WAL mode, synchronous FULL.
//   - What is removed is overwritten (secure_delete), and after an erasure the
//     write-ahead log is emptied, so that no plaintext or ciphertext of it stays in the files.
//   - Triggers refuse to alter or remove entries, tiles, keys and checkpoints.
package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"sync"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"candour/internal/record"
)

//go:embed migrations/*.sql
var migrations embed.FS

// DB is a SQLite file with the records of one or more bodies.
type DB struct {
	path  string
	write *sql.DB // one connection
	read  *sql.DB

	preparing sync.Mutex
	prepared  *statements // guarded by preparing until it is set; nil: not yet
}

// Options are how a file is opened. The zero value is right for a record.
type Options struct {
	VFS      string // a registered file system; empty: that of the system
	ReadOnly bool
	// Copy is for a file that is being made and is nothing until Finish: until then nothing waits
	// for the disk.
	Copy bool
}

// Open opens a file, making it where there is none, and brings its tables up to date.
func Open(ctx context.Context, path string, o Options) (*DB, error) {
	db := &DB{path: path}
	var err error
	if !o.ReadOnly {
		if err := private(path); err != nil {
			return nil, fmt.Errorf("open %s: %w", path, err)
		}
		if db.write, err = sql.Open("sqlite", source(path, o, "rwc")); err != nil {
			return nil, fmt.Errorf("open %s: %w", path, err)
		}
		db.write.SetMaxOpenConns(1)
		if err := db.migrate(ctx); err != nil {
			db.write.Close()
			return nil, fmt.Errorf("open %s: %w", path, err)
		}
	}
	mode := "rw" // a reader of a write-ahead log must be able to make its index
	if o.ReadOnly {
		mode = "ro"
	}
	if db.read, err = sql.Open("sqlite", source(path, o, mode)+"&_pragma=query_only(1)"); err != nil {
		db.Close()
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	db.read.SetMaxOpenConns(8)
	if err := db.read.PingContext(ctx); err != nil {
		db.Close()
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return db, nil
}

// private makes a new file that only its owner can read.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

func source(path string, o Options, mode string) string {
	q := url.Values{"mode": {mode}, "_txlock": {"immediate"}, "_pragma": {
		"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "secure_delete(1)", "foreign_keys(1)", "cache_size(-16384)", "wal_autocheckpoint(8192)", "temp_store(2)", "trusted_schema(0)"}}
	if o.ReadOnly {
		q["_pragma"] = []string{"busy_timeout(10000)"}
	}
	if o.Copy {
		q["_pragma"][2] = "synchronous(OFF)"
	}
	if o.VFS != "" {
		q.Set("vfs", o.VFS)
	}
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}).String()
}

func (db *DB) migrate(ctx context.Context) error {
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db.write, dir)
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}

// Close closes the file.
func (db *DB) Close() error {
	var errs []error
	if db.read != nil {
		errs = append(errs, db.read.Close())
	}
	if db.write != nil {
		errs = append(errs, db.write.Close())
	}
	return errors.Join(errs...)
}

// Origins lists the records that the file holds.
func (db *DB) Origins(ctx context.Context) ([]string, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT origin FROM head ORDER BY origin`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

// Log is the record of one body in the file.
func (db *DB) Log(origin string) *Log { return &Log{db: db, origin: origin} }

// fault sorts an error of SQLite into those that callers act on.
func fault(err error) error {
	var e *sqlite.Error
	if errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_BUSY {
		return fmt.Errorf("another process holds the file for too long: %w", err)
	}
	return err
}

// doubt sorts an error of what commits. SQLite may have written a whole commit before a sync
// was refused: this process does not see it, and the next one to open the file does. Where the
// disk is full the commit was not written to its end.
func doubt(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_READONLY:
		return fault(err)
	}
	return errors.Join(record.ErrUncertain, err)
}

// interface check
var _ record.Store = (*Log)(nil)
