package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Keys is the table of the wrapped data keys of a body. Its methods are those of vault.Keys.
// What is said of [Log.SetPayloads] is true of rows that are replaced or deleted here: leave
// the table out of dumps (pg_dump --exclude-table-data), and know that a base backup has it.
type Keys struct{ log *Log }

// Keys gives the table of the body's data keys.
func (l *Log) Keys() *Keys { return &Keys{l} }

type dataKey struct {
	tag     [32]byte
	master  string
	wrapped []byte
}

// Get returns the row of a tag; wrapped is nil where there is none.
func (k *Keys) Get(ctx context.Context, tag [32]byte) (master string, wrapped []byte, err error) {
	id, err := k.log.number(ctx)
	if err != nil {
		return "", nil, err
	}
	rows, _, err := collect(ctx, k.log.db, func(rows pgx.Rows) (d dataKey, err error) {
		err = rows.Scan(&d.master, &d.wrapped)
		return
	}, `SELECT master, wrapped FROM {data_key} WHERE log = $1 AND tag = $2`, id, tag[:])
	if err != nil || len(rows) == 0 {
		return "", nil, err
	}
	return rows[0].master, rows[0].wrapped, nil
}

// Add inserts a row if the tag has none, and returns the row that stands then.
func (k *Keys) Add(ctx context.Context, tag [32]byte, master string, wrapped []byte) (string, []byte, error) {
	id, err := k.log.number(ctx)
	if err != nil {
		return "", nil, err
	}
	for {
		if _, err := k.log.db.write(ctx, `INSERT INTO {data_key} (log, tag, master, wrapped) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING 1`, id, tag[:], master, wrapped); err != nil {
			return "", nil, err
		}
		m, w, err := k.Get(ctx, tag)
		if err != nil || w != nil { // nil: it was deleted in between
			return m, w, err
		}
	}
}

// AddAll inserts the rows whose tag has none, in one statement; those that stand stay.
func (k *Keys) AddAll(ctx context.Context, n int, row func(i int) (tag [32]byte, master string, wrapped []byte)) error {
	id, err := k.log.number(ctx)
	if err != nil {
		return err
	}
	tags, masters, wrapped := make([][]byte, n), make([]string, n), make([][]byte, n)
	for i := range n {
		var tag [32]byte
		tag, masters[i], wrapped[i] = row(i)
		tags[i] = tag[:]
	}
	_, err = k.log.db.write(ctx, `INSERT INTO {data_key} (log, tag, master, wrapped) SELECT $1, r.tag, r.master, r.wrapped FROM unnest($2::bytea[], $3::text[], $4::bytea[]) AS r (tag, master, wrapped) ON CONFLICT DO NOTHING RETURNING 1`, id, tags, masters, wrapped)
	return err
}

// Replace puts master and wrapped in place of a row whose wrapped bytes are old, and says
// whether it did.
func (k *Keys) Replace(ctx context.Context, tag [32]byte, old []byte, master string, wrapped []byte) (bool, error) {
	id, err := k.log.number(ctx)
	if err != nil {
		return false, err
	}
	n, err := k.log.db.write(ctx, `UPDATE {data_key} SET master = $4, wrapped = $5 WHERE log = $1 AND tag = $2 AND wrapped = $3 RETURNING 1`, id, tag[:], old, master, wrapped)
	return n == 1, err
}

// Delete removes the row of a tag, if there is one.
func (k *Keys) Delete(ctx context.Context, tag [32]byte) error {
	id, err := k.log.number(ctx)
	if err != nil {
		return err
	}
	if _, err := k.log.db.write(ctx, `DELETE FROM {data_key} WHERE log = $1 AND tag = $2 RETURNING 1`, id, tag[:]); err != nil {
		return err
	}
	k.log.db.vacuum(ctx, `VACUUM {data_key}`)
	return nil
}

// Each visits the rows by tag.
func (k *Keys) Each(ctx context.Context, visit func(tag [32]byte, master string, wrapped []byte) error) error {
	id, err := k.log.number(ctx)
	if err != nil {
		return err
	}
	return pages(ctx, k.log.db, func(rows pgx.Rows) (d dataKey, err error) {
		err = rows.Scan(fixed(d.tag[:]), &d.master, &d.wrapped)
		return
	}, `SELECT tag, master, wrapped FROM {data_key} WHERE log = $1 AND tag > $2 ORDER BY tag LIMIT $3`, func(last *dataKey) []any {
		after := []byte{}
		if last != nil {
			after = last.tag[:]
		}
		return []any{id, after, pageRows}
	}, func(d *dataKey) error { return visit(d.tag, d.master, d.wrapped) })
}
