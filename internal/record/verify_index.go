package record

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/maphash"
	"math"
	"sync"
)

// place and key give a number for what stands in one row. Sums of them are held against
// each other: they do not depend on the order, and who alters rows does not know the seed.
func (w *audit) place(tag Tag, seq, index int64) uint64 {
	b := binary.BigEndian.AppendUint64(append(make([]byte, 0, 32), tag[:]...), uint64(seq))
	return maphash.Bytes(w.seed, binary.BigEndian.AppendUint64(b, uint64(index)))
}

func (w *audit) key(key Hash, at Known) uint64 {
	b := append(append(make([]byte, 0, 80), key[:]...), at.Digest[:]...)
	return maphash.Bytes(w.seed, binary.BigEndian.AppendUint64(b, uint64(at.Index)))
}

// found is what an index says: a sum over its rows, and whether they stand in its order.
type found struct {
	sum     uint64
	ordered bool
	gone    int // keys of entries whose content is gone
}

// index holds the ways to an entry against the entries: by its chain, where chains begin, and by its
// idempotency key. Wrong ones would leave a fact out where a case is read, or take a fact for one that is
// recorded. The three are read at once.
func (w *audit) index(ctx context.Context) error {
	var places, starts, taken found
	errs := make([]error, 3)
	var wg sync.WaitGroup
	for i, read := range []func() error{
		func() (err error) { places, err = w.readPlaces(ctx); return err },
		func() (err error) { starts, err = w.readStarts(ctx); return err },
		func() (err error) { taken, err = w.readTaken(ctx); return err },
	} {
		wg.Go(func() { errs[i] = read() })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if places.sum != w.places || !places.ordered {
		w.v.fault(-1, "the index of the chains is not that of the entries: where a case is read, a fact may be left out or stand in another's place")
	}
	if starts.sum != w.begun || !starts.ordered {
		w.v.fault(-1, "the index of where chains begin is not that of the entries: a case may not be found")
	}
	if taken.sum != w.taken || taken.gone != len(w.gone) || !taken.ordered {
		w.v.fault(-1, "the idempotency keys are not those of the entries: a fact that is sent again could be recorded twice, or one never recorded be taken for recorded")
	}
	return nil
}

func (w *audit) readPlaces(ctx context.Context) (found, error) {
	f := found{ordered: true}
	var lastTag Tag
	lastSeq := int64(math.MinInt64)
	err := w.log.store.Places(ctx, func(tag Tag, seq, index int64) error {
		if c := bytes.Compare(tag[:], lastTag[:]); c < 0 || c == 0 && seq <= lastSeq && lastSeq != math.MinInt64 {
			f.ordered = false
		}
		if lastTag, lastSeq = tag, seq; index < w.v.Head.Edge.Size { // what came since is not judged
			f.sum += w.place(tag, seq, index)
		}
		return ctx.Err()
	})
	return f, err
}

// readStarts reads where chains begin, as cases are found.
func (w *audit) readStarts(ctx context.Context) (found, error) {
	f := found{ordered: true}
	before := int64(-1)
	err := w.log.store.Chains(ctx, func(tag Tag, index int64) error {
		f.ordered = f.ordered && index > before
		if before = index; index < w.v.Head.Edge.Size {
			f.sum += w.place(tag, 0, index)
		}
		return ctx.Err()
	})
	return f, err
}

func (w *audit) readTaken(ctx context.Context) (found, error) {
	f := found{ordered: true}
	var last Hash
	first := true
	err := w.log.store.Taken(ctx, func(key Hash, at Known) error {
		f.ordered = f.ordered && (first || bytes.Compare(last[:], key[:]) < 0)
		first, last = false, key
		switch {
		case w.gone[at.Index]:
			f.gone++
		case at.Index < w.v.Head.Edge.Size:
			f.sum += w.key(key, at)
		}
		return ctx.Err()
	})
	return f, err
}

// outside looks for entries where none can be: before the first, and after the last.
func (w *audit) outside(ctx context.Context) error {
	err := w.log.store.Rows(ctx, math.MinInt64, 0, func(r *Row) error {
		w.v.fault(r.Index, "an entry stands before the first")
		return errEnough
	})
	if err != nil && err != errEnough {
		return err
	}
	last := int64(-1)
	if err := w.log.store.Rows(ctx, w.v.Head.Edge.Size, math.MaxInt64, func(r *Row) error { last = r.Index; return ctx.Err() }); err != nil {
		return err
	}
	if last < 0 {
		return nil
	}
	now, err := w.log.store.Head(ctx) // facts may have been appended meanwhile
	if err == nil && last >= now.Edge.Size {
		w.v.fault(last, "an entry stands after the last of the head")
	}
	return err
}

// hexHash is a hash out of its hex; nought where it is none.
func hexHash(s string) (h Hash) {
	if b, err := hex.DecodeString(s); err == nil && len(b) == len(h) {
		h = Hash(b)
	}
	return h
}
