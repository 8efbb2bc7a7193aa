// Package postgres keeps records in a PostgreSQL database, or in an engine that speaks its
// protocol. It knows entries and never what they mean; the contract of each method is that of
// record.Store.
//
// What is always true:
//
//   - A batch is one statement, hence one transaction and one round trip: it moves the head by
//     compare-and-set, and inserts only where the head moved. No transaction ever waits for a
//     client, so a process that dies holds no lock.
//   - Every write commits with synchronous_commit on, whatever the session, role or database
//     says: the statement itself sets it. Where that cannot be, or where the server does not
//     sync its files, Open refuses.
//   - Nothing has to be kept in a session: no SET, no LISTEN, no advisory lock, names of tables
//     with their schema. It works behind a pooler that gives each transaction another
//     connection, such as PgBouncer: one prepared statement, that of a batch, has a name, and
//     does without as soon as a session turns out not to know it.
//   - No connection is held while a caller's visit runs.
//   - Triggers refuse to alter or remove entries, tiles, keys and checkpoints, where the engine
//     has plpgsql.
//
// PostgreSQL does not overwrite what is removed. See [Log.SetPayloads] for what is left.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"candour/internal/record"
)

// DB is a PostgreSQL database with the records of one or more bodies.
type DB struct {
	pool   *pgxpool.Pool
	o      Options
	tables *strings.Replacer // {fact} in a statement: the table with its schema
	named  atomic.Bool       // sessions keep the statement of a batch
}

// Options are how a database is opened. The zero value is right for a record.
type Options struct {
	Schema     string        // of the tables; empty: candour
	Timeout    time.Duration // of one statement, the wait for a connection with it; 0: half a minute
	ReadOnly   bool          // tables are not made, and nothing is written: a standby can be read
	NoTriggers bool          // for engines without plpgsql
	Unsynced   bool          // a server with fsync off is taken. Only for tests: a power cut loses what was answered for
}

var schemaName = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,50}$`)

// Open opens a database and brings the tables of its schema up to date. dsn is a URL or
// keywords and values as psql takes them; what it does not say comes from the PG variables of
// the environment. pool_max_conns is the most connections, 16 where it is not said;
// connect_timeout is ten seconds where it is not said.
//
// default_query_exec_mode is best not said: statements then have no name, except that of a
// batch, whose planning costs a third of it, for as long as the sessions keep it. What is said
// is used for all of them.
func Open(ctx context.Context, dsn string, o Options) (*DB, error) {
	if o.Schema == "" {
		o.Schema = "candour"
	}
	if !schemaName.MatchString(o.Schema) {
		return nil, fmt.Errorf("open the database: %q is no name for a schema: lower case letters, digits and _ only", o.Schema)
	}
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	c, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err) // pgx leaves the password out
	}
	unless(dsn, "pool_max_conns", func() { c.MaxConns = 16 })
	db := &DB{o: o, tables: strings.NewReplacer("{", o.Schema+".", "}", "")}
	unless(dsn, "default_query_exec_mode", func() {
		c.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
		db.named.Store(true)
	})
	if c.ConnConfig.ConnectTimeout == 0 {
		c.ConnConfig.ConnectTimeout = 10 * time.Second
	}
	if db.pool, err = pgxpool.NewWithConfig(ctx, c); err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	if err := db.begin(ctx); err != nil {
		db.pool.Close()
		return nil, fmt.Errorf("open the database %s: %w", c.ConnConfig.Database, err)
	}
	return db, nil
}

func unless(dsn, word string, do func()) {
	if !strings.Contains(dsn, word) {
		do()
	}
}

func (db *DB) begin(ctx context.Context) error {
	if db.o.ReadOnly {
		return db.pool.Ping(ctx)
	}
	if err := db.durable(ctx); err != nil {
		return err
	}
	return db.migrate(ctx)
}

// synced is an expression that makes the commit of its transaction wait for the disk, and
// for standbys where the server has some that are synchronous. remote_apply is stronger
// than on and stays.
const synced = `set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, true)`

// durable refuses a server that answers before what it was given is on disk.
func (db *DB) durable(ctx context.Context) error {
	ctx, cancel := db.limit(ctx)
	defer cancel()
	var commit string
	var fsync *string
	err := pgx.BeginFunc(ctx, db.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT `+synced); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT current_setting('synchronous_commit'), current_setting('fsync', true)`).Scan(&commit, &fsync)
	})
	switch {
	case err != nil:
		return err
	case commit != "on" && commit != "remote_apply":
		return fmt.Errorf("its synchronous_commit is %s and cannot be set to on: it would answer before a fact is on disk", commit)
	case fsync != nil && *fsync == "off" && !db.o.Unsynced:
		return errors.New("its fsync is off: a power cut would lose facts that were answered for")
	}
	return nil
}

// limit gives a statement its time.
func (db *DB) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, db.o.Timeout)
}

// Close closes all connections, and waits for what is under way.
func (db *DB) Close() error {
	db.pool.Close()
	return nil
}

// Origins lists the records that the database holds.
func (db *DB) Origins(ctx context.Context) ([]string, error) {
	out, _, err := collect(ctx, db, func(rows pgx.Rows) (s string, err error) {
		err = rows.Scan(&s)
		return
	}, `SELECT origin FROM {head} ORDER BY origin`)
	return out, err
}

// Log is the record of one body in the database.
func (db *DB) Log(origin string) *Log { return &Log{db: db, origin: origin} }

var _ record.Store = (*Log)(nil)
