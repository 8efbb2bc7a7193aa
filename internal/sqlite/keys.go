package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Keys are the wrapped data keys of the record. Their contract is that of vault.Keys.
func (l *Log) Keys() *Keys { return &Keys{l} }

// Keys is a table of wrapped data keys, one for each chain.
type Keys struct{ log *Log }

// Get implements vault.Keys.
func (k *Keys) Get(ctx context.Context, tag [32]byte) (master string, wrapped []byte, err error) {
	id, err := k.log.number(ctx)
	if err != nil {
		return "", nil, err
	}
	err = k.log.db.read.QueryRowContext(ctx, `SELECT master, wrapped FROM data_key WHERE log = ? AND tag = ?`, id, tag[:]).Scan(&master, &wrapped)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil, nil
	}
	return master, wrapped, fault(err)
}

// Add implements vault.Keys.
func (k *Keys) Add(ctx context.Context, tag [32]byte, master string, wrapped []byte) (standsMaster string, stands []byte, err error) {
	if err := k.log.exec(ctx, `INSERT INTO data_key (log, tag, master, wrapped) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`, tag[:], master, wrapped); err != nil {
		return "", nil, err
	}
	standsMaster, stands, err = k.Get(ctx, tag)
	if err == nil && stands == nil {
		err = errors.New("the data key was removed while it was added")
	}
	return standsMaster, stands, err
}

// Replace implements vault.Keys.
func (k *Keys) Replace(ctx context.Context, tag [32]byte, old []byte, master string, wrapped []byte) (bool, error) {
	id, err := k.log.number(ctx)
	if err != nil {
		return false, err
	}
	res, err := k.log.db.write.ExecContext(ctx, `UPDATE data_key SET master = ?, wrapped = ? WHERE log = ? AND tag = ? AND wrapped = ?`, master, wrapped, id, tag[:], old)
	if err != nil {
		return false, fault(err)
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// Delete implements vault.Keys.
func (k *Keys) Delete(ctx context.Context, tag [32]byte) error {
	if err := k.log.exec(ctx, `DELETE FROM data_key WHERE log = ? AND tag = ?`, tag[:]); err != nil {
		return err
	}
	return k.log.db.Flush(ctx)
}

// Each implements vault.Keys.
func (k *Keys) Each(ctx context.Context, visit func(tag [32]byte, master string, wrapped []byte) error) error {
	return k.log.each(ctx, func(rows *sql.Rows) error {
		var tag, wrapped []byte
		var master string
		if err := rows.Scan(&tag, &master, &wrapped); err != nil {
			return err
		}
		if len(tag) != 32 {
			return fmt.Errorf("a data key's tag has %d bytes", len(tag))
		}
		return visit([32]byte(tag), master, wrapped)
	}, `SELECT tag, master, wrapped FROM data_key WHERE log = ?`)
}
