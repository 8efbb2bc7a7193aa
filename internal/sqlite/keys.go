package sqlite

import (
	"context"
	"database/sql"
	"errors"
)

// Keys is the table of the wrapped data keys of a body. Its methods are those of vault.Keys.
// A backup of the file has the table too: whoever makes one empties it in the copy.
type Keys struct{ log *Log }

// Keys gives the table of the body's data keys.
func (l *Log) Keys() *Keys { return &Keys{l} }

// Get returns the row of a tag; wrapped is nil where there is none.
func (k *Keys) Get(ctx context.Context, tag [32]byte) (master string, wrapped []byte, err error) {
	id, err := k.log.number(ctx)
	if err != nil {
		return "", nil, err
	}
	err = k.log.db.read.QueryRowContext(ctx, `SELECT master, wrapped FROM data_key WHERE log = ? AND tag = ?`, id, tag[:]).Scan(&master, (*blob)(&wrapped))
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil, nil
	}
	return master, wrapped, fault(err)
}

// Add inserts a row if the tag has none, and returns the row that stands then.
func (k *Keys) Add(ctx context.Context, tag [32]byte, master string, wrapped []byte) (string, []byte, error) {
	for {
		if _, err := k.write(ctx, `INSERT INTO data_key (log, tag, master, wrapped) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING`, tag, master, wrapped); err != nil {
			return "", nil, err
		}
		m, w, err := k.Get(ctx, tag)
		if err != nil || w != nil { // nil: it was deleted in between
			return m, w, err
		}
	}
}

// AddAll inserts the rows whose tag has none, in one transaction; those that stand stay.
func (k *Keys) AddAll(ctx context.Context, n int, row func(i int) (tag [32]byte, master string, wrapped []byte)) error {
	id, err := k.log.number(ctx)
	if err != nil {
		return err
	}
	tx, err := k.log.db.write.BeginTx(ctx, nil)
	if err != nil {
		return fault(err)
	}
	defer tx.Rollback()
	stmt, err := tx.PrepareContext(ctx, `INSERT INTO data_key (log, tag, master, wrapped) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`)
	if err != nil {
		return fault(err)
	}
	defer stmt.Close()
	for i := range n {
		tag, master, wrapped := row(i)
		if _, err := stmt.ExecContext(ctx, id, tag[:], master, wrapped); err != nil {
			return fault(err)
		}
	}
	return fault(tx.Commit())
}

// Replace puts master and wrapped in place of a row whose wrapped bytes are old, and says
// whether it did. The old bytes are overwritten.
func (k *Keys) Replace(ctx context.Context, tag [32]byte, old []byte, master string, wrapped []byte) (bool, error) {
	n, err := k.write(ctx, `UPDATE data_key SET master = ?3, wrapped = ?4 WHERE log = ?1 AND tag = ?2 AND wrapped = ?5`, tag, master, wrapped, old)
	if err != nil || n == 0 {
		return false, err
	}
	return true, k.log.db.Flush(ctx)
}

// Delete removes the row of a tag, if there is one. Its bytes are overwritten.
func (k *Keys) Delete(ctx context.Context, tag [32]byte) error {
	if _, err := k.write(ctx, `DELETE FROM data_key WHERE log = ? AND tag = ?`, tag); err != nil {
		return err
	}
	return k.log.db.Flush(ctx)
}

func (k *Keys) write(ctx context.Context, statement string, tag [32]byte, args ...any) (int64, error) {
	id, err := k.log.number(ctx)
	if err != nil {
		return 0, err
	}
	res, err := k.log.db.write.ExecContext(ctx, statement, append([]any{id, tag[:]}, args...)...)
	if err != nil {
		return 0, fault(err)
	}
	return res.RowsAffected()
}

// Each visits the rows by tag.
func (k *Keys) Each(ctx context.Context, visit func(tag [32]byte, master string, wrapped []byte) error) error {
	return k.log.each(ctx, func(rows *sql.Rows) error {
		var tag, wrapped blob
		var master string
		if err := rows.Scan(&tag, &master, &wrapped); err != nil {
			return err
		}
		if len(tag) != 32 {
			return errors.New("data_key: a tag has not its length")
		}
		return visit([32]byte(tag), master, wrapped)
	}, `SELECT tag, master, wrapped FROM data_key WHERE log = ? ORDER BY tag`)
}
