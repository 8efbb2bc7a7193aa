package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// triggers is the migration that engines without plpgsql leave out.
const triggers = 2

// migrate brings the tables up to date. Processes that start at once do it at once: each
// step is a transaction, whoever comes second fails, and tries again.
func (db *DB) migrate(ctx context.Context) error {
	raw := stdlib.OpenDBFromPool(db.pool)
	defer raw.Close()
	var err error
	for range 20 {
		if err = db.up(ctx, raw); err == nil || !raced(err) {
			return err
		}
		time.Sleep(50*time.Millisecond + rand.N(100*time.Millisecond))
	}
	return err
}

func (db *DB) up(ctx context.Context, raw *sql.DB) error {
	var there bool
	if err := raw.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1)`, db.o.Schema).Scan(&there); err != nil {
		return err
	}
	if !there {
		if _, err := raw.ExecContext(ctx, `CREATE SCHEMA `+db.o.Schema); err != nil {
			return err
		}
	}
	steps, err := db.steps()
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectPostgres, raw, nil, goose.WithGoMigrations(steps...),
		goose.WithTableName(db.o.Schema+".goose_db_version"), goose.WithDisableGlobalRegistry(true),
		goose.WithAllowOutofOrder(true)) // the triggers may come later
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}

// steps are the files of migrations, each run with the schema as its search path.
func (db *DB) steps() ([]*goose.Migration, error) {
	files, err := migrations.ReadDir("migrations")
	if err != nil {
		return nil, err
	}
	var out []*goose.Migration
	for _, f := range files {
		version, err := goose.NumericComponent(f.Name())
		if err != nil {
			return nil, err
		}
		if version == triggers && db.o.NoTriggers {
			continue
		}
		text, err := migrations.ReadFile("migrations/" + f.Name())
		if err != nil {
			return nil, err
		}
		run := func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, fmt.Sprintf("SET LOCAL search_path TO %s;\n%s", db.o.Schema, text))
			return err
		}
		out = append(out, goose.NewGoMigration(version, &goose.GoFunc{RunTx: run}, nil))
	}
	return out, nil
}

// raced tells whether somebody else was making the same at the same time.
func raced(err error) bool {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code {
	case "42P06", "42P07", "42710", "42723", // schema, table, trigger, function is there
		uniqueViolation, serializationFailure, deadlockDetected:
		return true
	}
	return false
}
