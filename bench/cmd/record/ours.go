package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"candour"
	"candour/internal/postgres"
	"candour/internal/record"
	"candour/internal/sqlite"
	"candour/internal/vault"
)

const origin = "candour.bench/northmere"

var (
	tagKey = bytes.Repeat([]byte{7}, 32)
	signer = candour.NewSigner(origin, bytes.Repeat([]byte{9}, 32))
)

// draft is an invented fact, about as long as those of Northmere, on one of a thousand cases.
func draft(name string, n int) record.Draft {
	return record.Draft{
		Chain: fmt.Sprintf("case/NM-2014-%04d", n%1000), Kind: "victim.contacted", Happened: "2014-03-01 10:20", Recorded: "2014-03-01 11:05", By: "oic17", Key: fmt.Sprintf("fact:%s%d", name, n),
		Fields: []record.Field{
			{Name: "fact", Value: fmt.Appendf(nil, `"f%d"`, n)}, {Name: "about", Value: []byte(`"v1"`)}, {Name: "f.method", Value: []byte(`"telephone"`)},
			{Name: "f.outcome", Value: []byte(`"spoke to her; she asked to be told before any arrest"`)}, {Name: "source", Value: []byte(`"sentry"`)},
		},
	}
}

// counting is a store that counts batches.
type counting struct {
	record.Store
	batches atomic.Int64
}

func (c *counting) Commit(ctx context.Context, was record.Head, b *record.Batch) error {
	c.batches.Add(1)
	return c.Store.Commit(ctx, was, b)
}

// ours is a record with the encryption of the product, on either store.
type ours struct {
	title string
	log   *record.Log
	store *counting
	close []func() error
	begun int // facts with which chains were begun
}

// begin begins every chain, so that no turn pays for data keys, which a chain has once.
func (o *ours) begin() error {
	drafts := make([]record.Draft, 1000)
	for n := range drafts {
		drafts[n] = draft("begun", n)
	}
	_, err := o.log.Append(ctx, drafts...)
	o.begun = len(drafts)
	return err
}

func openOurs(title, keys string, to record.Store, table vault.Keys) (*ours, error) {
	store := &counting{Store: to}
	path := filepath.Join(keys, "master.key")
	master, err := vault.OpenFileKey(path)
	if errors.Is(err, os.ErrNotExist) {
		master, err = vault.CreateFileKey(path, rand.Reader)
	}
	if err != nil {
		return nil, err
	}
	if _, err := store.Head(ctx); err != nil {
		return nil, err
	}
	v, err := vault.New(vault.Config{Keys: table, Master: master, TagKey: tagKey, Random: rand.Reader})
	if err != nil {
		return nil, err
	}
	l, err := record.Open(ctx, store, record.Options{Body: origin, TagKey: tagKey, Sealer: v, Now: time.Now, Random: rand.Reader, Signer: &signer})
	return &ours{title: title, log: l, store: store, close: []func() error{l.Close}}, err
}

func oursSQLite(dir string) (*ours, error) {
	db, err := sqlite.Open(ctx, filepath.Join(dir, "record.db"), sqlite.Options{})
	if err != nil {
		return nil, err
	}
	store := db.Log(origin)
	o, err := openOurs("Candour", dir, store, store.Keys())
	if err == nil {
		o.close = append(o.close, db.Close)
	}
	return o, err
}

func oursPostgres(dir, dsn string) (*ours, error) {
	db, err := postgres.Open(ctx, dsn, postgres.Options{})
	if err != nil {
		return nil, err
	}
	store := db.Log(origin)
	o, err := openOurs("Candour", dir, store, store.Keys())
	if err == nil {
		o.close = append(o.close, db.Close)
	}
	return o, err
}

func (o *ours) name() string { return o.title }

func (o *ours) groups() int64 { return o.store.batches.Load() }

func (o *ours) append(n int) error {
	placed, err := o.log.Append(ctx, draft("", n))
	if err == nil && placed[0].Existing {
		err = fmt.Errorf("fact %d stood already", n)
	}
	return err
}

// check verifies the whole record, which must have n facts, and those that began chains.
func (o *ours) check(n int) error {
	n += o.begun
	if _, _, err := o.log.Checkpoint(ctx); err != nil {
		return err
	}
	v, err := o.log.Verify(ctx, nil, nil, nil)
	if err == nil && (!v.Intact() || v.Facts != int64(n)) {
		err = fmt.Errorf("%d facts and not %d, faults: %v", v.Facts, n, v.Faults)
	}
	return err
}

func (o *ours) end() error {
	var errs []error
	for _, c := range o.close {
		errs = append(errs, c())
	}
	return errors.Join(errs...)
}

// fill appends facts n at a time, as an import does.
func (o *ours) fill(from, to int) error {
	var waits []func() ([]record.Placed, error)
	for from < to || len(waits) > 0 {
		if from < to {
			some := min(1000, to-from)
			drafts := make([]record.Draft, some)
			for i := range drafts {
				drafts[i] = draft("", from+i)
			}
			wait, err := o.log.Begin(ctx, nil, drafts...)
			if err != nil {
				return err
			}
			waits, from = append(waits, wait), from+some
		}
		if len(waits) == 4 || from == to {
			if _, err := waits[0](); err != nil {
				return err
			}
			waits = waits[1:]
		}
	}
	return nil
}

// like is an entry of the record, whose sizes the peers write.
func like(s settings) (row record.Row, err error) {
	o, err := oursSQLite(s.folder())
	if err != nil {
		return row, err
	}
	defer o.end()
	if err := o.append(123_456); err != nil {
		return row, err
	}
	return row, o.store.Rows(ctx, 0, 1, func(r *record.Row) error { row = *r; return nil })
}
