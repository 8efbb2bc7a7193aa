// Package view keeps what is derived from a record: of each case what is open and
// raised, and when it must next be looked at. It is worked out after facts were committed, in
// a file of its own, tagged with the size of the record that it is true for, and can be thrown
// away: what Update works out step by step, from an empty file or from an old one, is the same
// content.
//
// What is always true:
//
//   - The content follows from the record up to the size, the pack and the moment that are
//     kept with it, and from nothing else.
//   - A case is worked out again when its chain grew, when its time has come (wake), or when
//     what stands around the cases changed; a person, unit or body when a case feeds it otherwise
//     than before, and when its own time has come.
//   - What is held in memory is one case, or what is fed to one person, unit or body.
//   - It is in no backup. What was erased from the record is overwritten here when the case
//     is next worked out.
package view

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"candour/internal/day"
	"candour/internal/docket"
	"candour/internal/fact"
	"candour/internal/obligation"
	"candour/internal/pack"
	"candour/internal/record"
	"candour/internal/state"
)

// form is the form of the tables: a file of another is thrown away.
const form = "3"

const tableMeta = `CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID`

const schema = `
CREATE TABLE IF NOT EXISTS cases (
	tag BLOB PRIMARY KEY, id TEXT NOT NULL, kind TEXT NOT NULL, facts INTEGER NOT NULL, open INTEGER NOT NULL, wake INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS cases_wake ON cases (wake) WHERE wake IS NOT NULL;
CREATE TABLE IF NOT EXISTS findings (
	tag BLOB NOT NULL, scope TEXT NOT NULL, subject TEXT NOT NULL, identity TEXT NOT NULL, standard TEXT NOT NULL, key TEXT NOT NULL,
	kind TEXT NOT NULL, opened INTEGER NOT NULL, due INTEGER, raised INTEGER NOT NULL, closed INTEGER, advisory INTEGER NOT NULL,
	PRIMARY KEY (tag, identity)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS fed (
	scope TEXT NOT NULL, subject TEXT NOT NULL, tag BLOB NOT NULL, mark BLOB NOT NULL, things BLOB NOT NULL, PRIMARY KEY (scope, subject, tag)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS fed_tag ON fed (tag);
CREATE TABLE IF NOT EXISTS subjects (
	scope TEXT NOT NULL, subject TEXT NOT NULL, wake INTEGER, PRIMARY KEY (scope, subject)
) STRICT, WITHOUT ROWID;
`

const emptied = `DELETE FROM findings; DELETE FROM cases; DELETE FROM fed; DELETE FROM subjects;`

// View is the derived data of one record.
type View struct {
	db *sql.DB
}

// Open takes a database of its own, such as sqlite.OpenDerived gives, and makes the tables.
func Open(ctx context.Context, db *sql.DB) (*View, error) {
	v := &View{db}
	if _, err := db.ExecContext(ctx, tableMeta); err != nil {
		return nil, fmt.Errorf("derived data: %w", err)
	}
	have, err := meta(ctx, db, "form")
	if err == nil && have != form {
		err = v.Clear(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("derived data: %w", err)
	}
	return v, nil
}

// Clear throws everything away, at once.
func (v *View) Clear(ctx context.Context) error {
	tx, err := v.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	_, err = tx.ExecContext(ctx, `DROP TABLE IF EXISTS findings; DROP TABLE IF EXISTS cases; DROP TABLE IF EXISTS fed; DROP TABLE IF EXISTS subjects; DELETE FROM meta;`+
		schema+`INSERT INTO meta VALUES ('form', '`+form+`')`)
	if err != nil {
		return err
	}
	return tx.Commit()
}

// queryer is a database, or a transaction on it.
type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func meta(ctx context.Context, q queryer, name string) (value string, err error) {
	err = q.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = ?`, name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return value, err
}

// size is the size of the record that the derived data is true for.
func (u *update) size(ctx context.Context) (int64, error) {
	s, err := meta(ctx, u.tx, "size")
	if err != nil || s == "" {
		return 0, err
	}
	return strconv.ParseInt(s, 10, 64)
}

// Source is what the derived data is worked out of.
type Source struct {
	Log    *record.Log
	Cases  *docket.Cases
	Pack   *pack.Pack
	Digest string // of the pack's files
	// Sealed, which may be nil, is called when all was visited and before anything of it is kept:
	// what fails then is found again by the next update.
	Sealed func(context.Context) error
}

// Work is what an update did.
type Work struct {
	Size   int64 // of the record
	Cases  int   // worked out
	Of     int   // cases in the record
	Whole  bool  // all of them, persons, units and bodies too
	AsAt   time.Time
	Failed []Failed
}

// Failed is a case that the engine refuses: its facts are on record, and nothing is known
// of its duties until that is mended.
type Failed struct {
	Case string
	Err  error
}

// Update brings the derived data up to the record as it is, at a moment. Visit, which may be
// nil, is given what was found of each case that was worked out, and of persons, units and
// bodies that this changes anything for. Whole works everything out, as is done where nothing was yet, where
// another pack is asked for, and where something around the cases changed.
func (v *View) Update(ctx context.Context, s Source, now time.Time, whole bool, visit func(*obligation.Result) error, progress func(done, of int)) (*Work, error) {
	u := &update{source: s, visit: visit, progress: progress, work: &Work{AsAt: now}}
	var err error
	if u.tx, err = v.db.BeginTx(ctx, nil); err != nil {
		return nil, err
	}
	defer u.tx.Rollback()
	if err := u.plan(ctx, whole); err != nil {
		return nil, err
	}
	if err := u.run(ctx); err != nil {
		return nil, err
	}
	return u.work, u.tx.Commit()
}

type update struct {
	source   Source
	visit    func(*obligation.Result) error
	progress func(done, of int)
	work     *Work
	tags     []record.Tag
	shelf    shelf
	tx       *sql.Tx
}

// plan finds which cases are to be worked out.
func (u *update) plan(ctx context.Context, whole bool) error {
	now := u.source.Cases.Head().Edge.Size // and not the head of now: cases that began since are not among the tags
	u.work.Size, u.work.Of = now, len(u.source.Cases.Tags())
	size, err := u.size(ctx)
	if err != nil {
		return err
	}
	same := size > 0 && size <= now
	for name, value := range u.state() {
		have, err := meta(ctx, u.tx, name)
		if err != nil {
			return err
		}
		same = same && have == value
	}
	touched, err := u.source.Log.Touched(ctx, size, now)
	if err != nil {
		return err
	}
	if err := u.woken(ctx, touched); err != nil {
		return err
	}
	for _, tag := range u.source.Cases.Tags() {
		if touched[tag] {
			u.tags = append(u.tags, tag)
		}
	}
	if u.work.Whole = whole || !same || u.source.Cases.Around() >= size; u.work.Whole {
		u.tags = u.source.Cases.Tags()
	}
	return nil
}

// woken adds the cases whose time has come.
func (u *update) woken(ctx context.Context, to map[record.Tag]bool) error {
	rows, err := u.tx.QueryContext(ctx, `SELECT tag FROM cases WHERE wake <= ?`, int64(day.FromTime(u.work.AsAt)))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var tag []byte
		if err := rows.Scan(&tag); err != nil {
			return err
		}
		if len(tag) == len(record.Tag{}) {
			to[record.Tag(tag)] = true
		}
	}
	return rows.Err()
}

// state is of what pack and of what record the derived data is: where it is another, all is worked
// out anew. Content was erased, or the record begun again from an older copy.
func (u *update) state() map[string]string {
	return map[string]string{"pack": u.source.Digest, "keys": strconv.FormatInt(u.source.Cases.Head().Keys, 10), "epoch": strconv.FormatUint(uint64(u.source.Cases.Head().Epoch), 10)}
}

func (u *update) run(ctx context.Context) error {
	if u.work.Whole {
		if _, err := u.tx.ExecContext(ctx, emptied); err != nil {
			return err
		}
		if err := u.set(ctx, "size", "0"); err != nil {
			return err
		}
	}
	file := u.source.Cases.File()
	var runner obligation.Runner
	var at state.Case
	now := day.FromTime(u.work.AsAt)
	moments := state.Moments{AsAt: now, KnownAt: now}
	u.shelf = shelf{ctx: ctx, u: u, changed: map[subject]bool{}}
	gather := obligation.Gather{Shelf: &u.shelf, Around: &state.Case{
		Input: &state.Input{World: file.World, Pack: u.source.Pack, Cal: u.source.Pack.Calendar.In(file.Zone)}, Moments: moments}}
	err := u.source.Cases.EachOf(u.tags, func(tag record.Tag, c *fact.Case) error {
		if u.work.Cases++; u.progress != nil {
			u.progress(u.work.Cases, len(u.tags))
		}
		in, err := state.Prepare(c, file.World, u.source.Pack, file.Zone)
		if err == nil {
			err = at.Cut(in, moments)
		}
		if err != nil {
			u.work.Failed = append(u.work.Failed, Failed{c.ID, err})
			return errors.Join(u.put(ctx, tag, c, nil), u.shelf.close(tag))
		}
		res := runner.Run(&at, nil)
		if err := errors.Join(gather.Add(res), u.shelf.close(tag)); err != nil {
			return err
		}
		return u.took(ctx, tag, c, res)
	})
	if err != nil {
		return err
	}
	if err := gather.Each(nil, func(res *obligation.Result) error { return u.took(ctx, record.Tag{}, res.Case.Case, res) }); err != nil {
		return err
	}
	if u.source.Sealed != nil {
		if err := u.source.Sealed(ctx); err != nil {
			return err
		}
	}
	state := u.state()
	state["size"], state["as_at"] = strconv.FormatInt(u.work.Size, 10), strconv.FormatInt(int64(now), 10)
	for name, value := range state {
		if err := u.set(ctx, name, value); err != nil {
			return err
		}
	}
	return nil
}

func (u *update) set(ctx context.Context, name, value string) error {
	_, err := u.tx.ExecContext(ctx, `INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
	return err
}

// took keeps what was found, and hands it on.
func (u *update) took(ctx context.Context, tag record.Tag, c *fact.Case, res *obligation.Result) error {
	if err := u.put(ctx, tag, c, res); err != nil || u.visit == nil {
		return err
	}
	return u.visit(res)
}

// put replaces what is kept of a case, or of a person, unit or body.
func (u *update) put(ctx context.Context, tag record.Tag, c *fact.Case, res *obligation.Result) error {
	scope, open, wake := "", 0, sql.NullInt64{}
	if res != nil {
		scope, wake = res.Scope, null(res.Next, day.Never)
	}
	if scope != "" {
		if _, err := u.tx.ExecContext(ctx, `DELETE FROM findings WHERE tag = ? AND scope = ? AND subject = ?`, tag[:], scope, c.ID); err != nil {
			return err
		}
		if _, err := u.tx.ExecContext(ctx, `INSERT INTO subjects VALUES (?, ?, ?) ON CONFLICT (scope, subject) DO UPDATE SET wake = excluded.wake`, scope, c.ID, wake); err != nil {
			return err
		}
	} else {
		if res != nil {
			for _, r := range res.Rows {
				if r.Finding != nil && r.Finding.Closed == 0 {
					open++
				}
			}
		}
		if _, err := u.tx.ExecContext(ctx, `DELETE FROM findings WHERE tag = ?`, tag[:]); err != nil {
			return err
		}
		if _, err := u.tx.ExecContext(ctx, `INSERT INTO cases (tag, id, kind, facts, open, wake) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (tag) DO UPDATE SET id = excluded.id, kind = excluded.kind, facts = excluded.facts, open = excluded.open, wake = excluded.wake`,
			tag[:], c.ID, c.Kind, len(c.Facts), open, wake); err != nil {
			return err
		}
	}
	if res == nil {
		return nil
	}
	for _, r := range res.Rows {
		if f := r.Finding; f != nil {
			_, err := u.tx.ExecContext(ctx, `INSERT INTO findings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
				tag[:], scope, c.ID, Identity(res, r), r.Standard.ID, r.Key, f.Kind, int64(r.Opened), null(r.Due, day.Never), int64(f.Raised), null(f.Closed, 0), f.Advisory)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func null(t, none day.Instant) sql.NullInt64 {
	return sql.NullInt64{Int64: int64(t), Valid: t != none}
}

// Identity is the identity of a finding: two servers that find it have the same, and late
// facts that restate it do not change it.
func Identity(res *obligation.Result, r *obligation.Row) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q %q %d %q", res.Case.World.Body, res.Scope, res.Case.Case.ID, r.Standard.ID, r.Key, int64(r.Opened), r.Finding.Kind))
	return hex.EncodeToString(sum[:16])
}

// Digest is over the whole content but for the times of its making: two derivations of the same are equal.
func (v *View) Digest(ctx context.Context) (string, error) {
	h := sha256.New()
	for _, q := range []string{
		`SELECT name, value, '', '', '', '', '', '', '', '', '', '' FROM meta ORDER BY name`,
		`SELECT hex(tag), id, kind, facts, open, ifnull(wake, ''), '', '', '', '', '', '' FROM cases ORDER BY tag`,
		`SELECT hex(tag), scope, subject, identity, standard, key, kind, opened, ifnull(due, ''), raised, ifnull(closed, ''), advisory FROM findings ORDER BY tag, identity`,
		`SELECT scope, subject, hex(tag), hex(mark), '', '', '', '', '', '', '', '' FROM fed ORDER BY scope, subject, tag`,
		`SELECT scope, subject, ifnull(wake, ''), '', '', '', '', '', '', '', '', '' FROM subjects ORDER BY scope, subject`,
	} {
		rows, err := v.db.QueryContext(ctx, q)
		if err != nil {
			return "", err
		}
		cols := make([]sql.NullString, 12)
		into := make([]any, len(cols))
		for i := range cols {
			into[i] = &cols[i]
		}
		for rows.Next() {
			if err := rows.Scan(into...); err != nil {
				rows.Close()
				return "", err
			}
			for _, c := range cols {
				fmt.Fprintf(h, "%q ", c.String)
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
