package sqlite

import (
	"context"
	"fmt"
	"slices"
)

// Health is how a file is set up, for an operator.
type Health struct {
	Journal      string   // wal
	Synchronous  int      // 2: a commit is on disk when it returns
	SecureDelete int      // 1: what is removed is overwritten
	Version      int64    // of the tables
	Missing      []string // triggers that refuse changes and are not there
	Faults       []string // of the file, as PRAGMA quick_check or integrity_check tells them
}

// triggers are those that the migrations make.
var triggers = []string{"fact_update", "fact_delete", "tile_update", "tile_delete", "idempotency_update", "idempotency_delete", "checkpoint_update", "checkpoint_delete", "cosignature_update", "cosignature_delete", "head_delete", "head_back"}

// Examine looks at the file: quick, or at every index entry too.
func (db *DB) Examine(ctx context.Context, whole bool) (h Health, err error) {
	conn, err := db.read.Conn(ctx)
	if err != nil {
		return h, err
	}
	defer conn.Close()
	for pragma, into := range map[string]any{"journal_mode": &h.Journal, "synchronous": &h.Synchronous, "secure_delete": &h.SecureDelete} {
		if err := conn.QueryRowContext(ctx, "PRAGMA "+pragma).Scan(into); err != nil {
			return h, fmt.Errorf("%s: %w", pragma, err)
		}
	}
	if err := conn.QueryRowContext(ctx, `SELECT max(version_id) FROM goose_db_version`).Scan(&h.Version); err != nil {
		return h, err
	}
	there, err := db.words(ctx, `SELECT name FROM sqlite_schema WHERE type = 'trigger'`)
	if err != nil {
		return h, err
	}
	for _, t := range triggers {
		if !slices.Contains(there, t) {
			h.Missing = append(h.Missing, t)
		}
	}
	check := `PRAGMA quick_check(20)`
	if whole {
		check = `PRAGMA integrity_check(20)`
	}
	h.Faults, err = db.words(ctx, check)
	if slices.Equal(h.Faults, []string{"ok"}) {
		h.Faults = nil
	}
	return h, err
}

// words are the rows of a query that gives one text each.
func (db *DB) words(ctx context.Context, query string) (out []string, err error) {
	rows, err := db.read.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}
