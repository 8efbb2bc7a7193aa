package view

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"candour/internal/day"
	"candour/internal/record"
)

// shelf keeps beside the findings of each case what it feeds to persons, units and bodies, a
// line a thing, encrypted as the case is, so that the second pass needs no case again and is run for those only for whom
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
	type fed struct {
		subject
		mark []byte // of the things
	}
	was, err := all(s.ctx, s.u.tx, func(rows *sql.Rows) (f fed, err error) {
		err = rows.Scan(&f.scope, &f.id, &f.mark)
		return f, err
	}, `SELECT scope, subject, mark FROM fed WHERE tag = ?`, tag[:])
	if err != nil {
		return err
	}
	before := map[subject][]byte{}
	for _, f := range was {
		before[f.subject] = f.mark
		if now[f.subject] == nil {
			s.changed[f.subject] = true
			if _, err := s.u.tx.ExecContext(s.ctx, `DELETE FROM fed WHERE scope = ? AND subject = ? AND tag = ?`, f.scope, f.id, tag[:]); err != nil {
				return err
			}
		}
	}
	for k, things := range now {
		sealed, mark, err := s.u.source.Log.Conceal(s.ctx, tag, things)
		if err != nil {
			return err
		}
		if !bytes.Equal(mark[:], before[k]) {
			s.changed[k] = true
		}
		// The same text too: it may lie there under a data key that an erasure has destroyed since.
		_, err = s.u.tx.ExecContext(s.ctx, `INSERT INTO fed VALUES (?, ?, ?, ?, ?) ON CONFLICT (scope, subject, tag) DO UPDATE SET mark = excluded.mark, things = excluded.things`, k.scope, k.id, tag[:], mark[:], sealed)
		if err != nil {
			return err
		}
	}
	return nil
}

// Each implements obligation.Shelf: it visits those for whom anything changed or whose time has come.
// Of those to whom nothing is fed any more nothing is kept.
func (s *shelf) Each(scope string, visit func(id string, things [][]byte) error) error {
	text := func(rows *sql.Rows) (id string, err error) { err = rows.Scan(&id); return id, err }
	woken, err := all(s.ctx, s.u.tx, text, `SELECT subject FROM subjects WHERE scope = ? AND wake <= ?`, scope, int64(day.FromTime(s.u.work.AsAt)))
	if err != nil {
		return err
	}
	for k := range s.changed {
		if k.scope == scope {
			woken = append(woken, k.id)
		}
	}
	slices.Sort(woken)
	for _, id := range slices.Compact(woken) {
		things, err := s.things(scope, id)
		if err != nil {
			return err
		}
		if len(things) > 0 {
			err = visit(id, things)
		} else {
			_, err = s.u.tx.ExecContext(s.ctx, `DELETE FROM findings WHERE scope = ?1 AND subject = ?2; DELETE FROM subjects WHERE scope = ?1 AND subject = ?2`, scope, id)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// things is all that is fed to one subject.
func (s *shelf) things(scope, id string) (out [][]byte, err error) {
	type kept struct{ tag, sealed []byte }
	rows, err := all(s.ctx, s.u.tx, func(rows *sql.Rows) (k kept, err error) {
		err = rows.Scan(&k.tag, &k.sealed)
		return k, err
	}, `SELECT tag, things FROM fed WHERE scope = ? AND subject = ? ORDER BY tag`, scope, id)
	if err != nil {
		return nil, err
	}
	for _, k := range rows {
		if len(k.tag) != len(record.Tag{}) {
			return nil, errors.New("derived data: a chain has not its length; candour rebuild makes it anew")
		}
		lines, err := s.u.source.Log.Reveal(s.ctx, record.Tag(k.tag), k.sealed)
		if err != nil {
			return nil, fmt.Errorf("derived data: %w; candour rebuild makes it anew", err)
		}
		out = slices.AppendSeq(out, bytes.SplitSeq(bytes.TrimSuffix(lines, []byte("\n")), []byte("\n")))
	}
	return out, nil
}

// all reads the rows of a query, whole.
func all[T any](ctx context.Context, tx *sql.Tx, scan func(*sql.Rows) (T, error), query string, args ...any) (out []T, err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}
