package view

import (
	"bytes"
	"context"
	"database/sql"
	"slices"
	"strings"

	"candour/internal/day"
	"candour/internal/record"
)

// shelf keeps beside the findings of each case what it feeds to persons, units and bodies, a
// line a thing, so that the second pass needs no case again and is run for those only for whom
// anything changed.
type shelf struct {
	ctx     context.Context
	u       *update
	now     map[subject][]byte // what the case that is being worked out feeds
	changed map[subject]bool
}

type subject struct{ scope, id string }

// Put implements obligation.Shelf.
func (s *shelf) Put(scope, id string, thing []byte) error {
	if s.now == nil {
		s.now = map[subject][]byte{}
	}
	k := subject{scope, id}
	s.now[k] = append(append(s.now[k], thing...), '\n')
	return nil
}

// close puts what a case feeds now in the place of what it fed before.
func (s *shelf) close(tag record.Tag) error {
	now := s.now
	s.now = nil
	rows, err := s.u.tx.QueryContext(s.ctx, `SELECT scope, subject, things FROM fed WHERE tag = ?`, tag[:])
	if err != nil {
		return err
	}
	var gone []subject
	for rows.Next() {
		var k subject
		var things []byte
		if err := rows.Scan(&k.scope, &k.id, &things); err != nil {
			rows.Close()
			return err
		}
		switch fed, ok := now[k]; {
		case !ok:
			gone = append(gone, k)
		case bytes.Equal(fed, things):
			delete(now, k)
		}
	}
	if err := rows.Close(); err != nil {
		return err
	}
	for _, k := range gone {
		s.changed[k] = true
		if _, err := s.u.tx.ExecContext(s.ctx, `DELETE FROM fed WHERE scope = ? AND subject = ? AND tag = ?`, k.scope, k.id, tag[:]); err != nil {
			return err
		}
	}
	for k, things := range now {
		s.changed[k] = true
		_, err := s.u.tx.ExecContext(s.ctx, `INSERT INTO fed VALUES (?, ?, ?, ?) ON CONFLICT (scope, subject, tag) DO UPDATE SET things = excluded.things`, k.scope, k.id, tag[:], things)
		if err != nil {
			return err
		}
	}
	return nil
}

// Each implements obligation.Shelf: it visits those for whom anything changed or whose time has come.
func (s *shelf) Each(scope string, visit func(id string, things [][]byte) error) error {
	woken, err := column[string](s.ctx, s.u.tx, `SELECT subject FROM subjects WHERE scope = ? AND wake <= ?`, scope, int64(day.FromTime(s.u.work.AsAt)))
	if err != nil {
		return err
	}
	for k := range s.changed {
		if k.scope == scope {
			woken = append(woken, k.id)
		}
	}
	slices.SortFunc(woken, strings.Compare)
	for _, id := range slices.Compact(woken) {
		fed, err := column[[]byte](s.ctx, s.u.tx, `SELECT things FROM fed WHERE scope = ? AND subject = ? ORDER BY tag`, scope, id)
		if err != nil {
			return err
		}
		var things [][]byte
		for _, lines := range fed {
			things = slices.AppendSeq(things, bytes.SplitSeq(bytes.TrimSuffix(lines, []byte("\n")), []byte("\n")))
		}
		if err := visit(id, things); err != nil {
			return err
		}
	}
	return nil
}

// column reads the one column of a query, whole.
func column[T any](ctx context.Context, tx *sql.Tx, query string, args ...any) (out []T, err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var v T
		if err := rows.Scan(&v); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}
