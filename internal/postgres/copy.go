package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"candour/internal/record"
)

var _ record.Source = (*Log)(nil)

type keyAt struct {
	key record.Hash
	at  record.Known
}

// EachKey implements record.Source.
func (l *Log) EachKey(ctx context.Context, from, to int64, visit func(key record.Hash, at record.Known) error) error {
	id, err := l.number(ctx)
	if err != nil {
		return err
	}
	return pages(ctx, l.db, func(rows pgx.Rows) (k keyAt, err error) {
		err = rows.Scan(fixed(k.key[:]), &k.at.Index, fixed(k.at.Digest[:]))
		return
	}, `SELECT key, idx, digest FROM {idempotency} WHERE log = $1 AND key > $2 AND idx >= $3 AND idx < $4 ORDER BY key LIMIT $5`, func(last *keyAt) []any {
		after := []byte{}
		if last != nil {
			after = last.key[:]
		}
		return []any{id, after, from, to, pageRows}
	}, func(k *keyAt) error { return visit(k.key, k.at) })
}

type cosignature struct {
	size          int64
	witness, line string
}

// EachCosignature implements record.Source.
func (l *Log) EachCosignature(ctx context.Context, visit func(size int64, witness, line string) error) error {
	id, err := l.number(ctx)
	if err != nil {
		return err
	}
	return pages(ctx, l.db, func(rows pgx.Rows) (c cosignature, err error) {
		err = rows.Scan(&c.size, &c.witness, &c.line)
		return
	}, `SELECT size, witness, line FROM {cosignature} WHERE log = $1 AND (size, witness) > ($2, $3) ORDER BY size, witness LIMIT $4`, func(last *cosignature) []any {
		if last == nil {
			return []any{id, int64(-1), "", pageRows}
		}
		return []any{id, last.size, last.witness, pageRows}
	}, func(c *cosignature) error { return visit(c.size, c.witness, c.line) })
}
