package record

import (
	"context"
	"errors"
	"fmt"

	"candour"
)

// Source is a store that a log can be copied out of.
type Source interface {
	Store

	// EachKey visits the idempotency keys of the entries from an index up to, not including,
	// another, in any order. It may have to go over the keys of the whole log.
	EachKey(ctx context.Context, from, to int64, visit func(key Hash, at Known) error) error

	// EachCosignature visits the cosignature lines of all checkpoints.
	EachCosignature(ctx context.Context, visit func(size int64, witness, line string) error) error
}

// ErrRekeyed says that data keys were changed while a log was copied: some ciphertexts of the
// copy may be under a key that is gone. Throw the copy away and copy again.
var ErrRekeyed = errors.New("data keys were changed meanwhile")

const (
	copyRows = 4096    // of one transaction
	copyKeys = 1 << 18 // idempotency keys that are held in memory, 64 bytes each
)

// Copy puts a log, as far as that head, into a store that has nothing of it. Others may append to
// it meanwhile: what stands below the head never changes, but for ciphertexts, and where those
// were, the error is [ErrRekeyed]. Rows are read some at a time, so that no reader stands in
// the way of an erasure for long. Data keys are not copied. Tiles are worked out anew, and
// the root must be that of the head; nothing else is judged: verify the copy.
//
// progress is told now and then how many entries are done; it may be nil.
func Copy(ctx context.Context, from Source, to Store, head Head, progress func(done, of int64)) error {
	was, err := to.Head(ctx)
	if err != nil {
		return err
	}
	if was.Edge.Size > 0 || was.Epoch != 1 {
		return fmt.Errorf("copy a record: there are %d entries already where it is to go", was.Edge.Size)
	}
	c := &copying{from: from, to: to, head: was, end: head}
	for first := int64(0); first < head.Edge.Size; first += copyKeys {
		if err := c.stretch(ctx, first, min(first+copyKeys, head.Edge.Size), progress); err != nil {
			return err
		}
	}
	if c.head.Edge.Root() != head.Edge.Root() {
		return errors.New("copy a record: its entries do not give the root that its head has; run candour verify on it")
	}
	if err := c.checkpoints(ctx); err != nil {
		return err
	}
	now, err := from.Head(ctx)
	if err == nil && now.Keys != head.Keys {
		err = fmt.Errorf("copy a record: %w", ErrRekeyed)
	}
	return err
}

type copying struct {
	from    Source
	to      Store
	head    Head // of the copy
	end     Head // where it ends
	pending [][]Hash
	numbers []int64
}

// stretch copies entries whose keys are held in memory.
func (c *copying) stretch(ctx context.Context, first, last int64, progress func(done, of int64)) error {
	type key struct {
		key, digest Hash
		known       bool
	}
	keys := make([]key, last-first)
	err := c.from.EachKey(ctx, first, last, func(k Hash, at Known) error {
		if at.Index >= first && at.Index < last {
			keys[at.Index-first] = key{k, at.Digest, true}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for at := first; at < last; at += copyRows {
		b := &Batch{Head: c.head}
		b.Head.Edge = c.head.Edge.Clone()
		err := c.from.Rows(ctx, at, min(at+copyRows, last), func(r *Row) error {
			i := r.Index - first
			if r.Index != b.Head.Edge.Size || !keys[i].known {
				return fmt.Errorf("copy a record: entry %d or its idempotency key is missing; run candour verify on it", b.Head.Edge.Size)
			}
			r.Key, r.Digest = keys[i].key, keys[i].digest
			c.add(b, r)
			return nil
		})
		if err == nil {
			err = c.commit(ctx, b, min(at+copyRows, last))
		}
		if err != nil {
			return err
		}
		if progress != nil {
			progress(c.head.Edge.Size, c.end.Edge.Size)
		}
	}
	return nil
}

func (c *copying) commit(ctx context.Context, b *Batch, want int64) error {
	if b.Head.Edge.Size != want {
		return fmt.Errorf("copy a record: entry %d is missing; run candour verify on it", b.Head.Edge.Size)
	}
	if want == c.end.Edge.Size {
		b.Head.Epoch, b.Head.Sealed = c.end.Epoch, c.end.Sealed
	}
	if err := c.to.Commit(ctx, c.head, b); err != nil {
		return fmt.Errorf("copy a record: %w", err)
	}
	c.head = b.Head
	return nil
}

// add puts a row at the end of the batch, with the tiles that it makes full. An envelope that
// is none stays as it is: it is for the verification to say so.
func (c *copying) add(b *Batch, r *Row) {
	if e, err := candour.ParseEnvelope(r.Envelope); err == nil {
		b.Head.Epoch, b.Head.Sealed = max(b.Head.Epoch, e.Epoch), max(b.Head.Sealed, e.Sealed)
	}
	b.Head.Edge.Add(r.Leaf)
	b.Rows = append(b.Rows, *r)
	h := r.Leaf
	for level := 0; ; level++ {
		if level == len(c.pending) {
			c.pending, c.numbers = append(c.pending, nil), append(c.numbers, 0)
		}
		if c.pending[level] = append(c.pending[level], h); len(c.pending[level]) < Width {
			return
		}
		t := tile(level, c.numbers[level], c.pending[level])
		b.Tiles = append(b.Tiles, t)
		c.pending[level], h = c.pending[level][:0], t.Root
		c.numbers[level]++
	}
}

// checkpoints copies those that are not beyond the copy, with their cosignatures.
func (c *copying) checkpoints(ctx context.Context) error {
	err := c.from.Checkpoints(ctx, func(size int64, note []byte, _ []string) error {
		if size > c.end.Edge.Size {
			return nil
		}
		return c.to.AddCheckpoint(ctx, size, note)
	})
	if err != nil {
		return err
	}
	return c.from.EachCosignature(ctx, func(size int64, witness, line string) error {
		if size > c.end.Edge.Size {
			return nil
		}
		return c.to.AddCosignature(ctx, size, witness, line)
	})
}
