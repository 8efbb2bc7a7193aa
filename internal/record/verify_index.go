package record

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"hash/maphash"
	"math"
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

// index holds the ways to an entry against the entries: by its chain, and by its idempotency
// key. Wrong ones would leave a fact out where a case is read, or take a fact for one that is
// recorded.
func (w *audit) index(ctx context.Context) error {
	size := w.v.Head.Edge.Size
	var places, taken uint64
	var lastTag Tag
	lastSeq := int64(math.MinInt64)
	ordered := true
	err := w.log.store.Places(ctx, func(tag Tag, seq, index int64) error {
		if c := bytes.Compare(tag[:], lastTag[:]); c < 0 || c == 0 && seq <= lastSeq && lastSeq != math.MinInt64 {
			ordered = false
		}
		if lastTag, lastSeq = tag, seq; index < size { // what came since is not judged
			places += w.place(tag, seq, index)
		}
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	if places != w.places || !ordered {
		w.v.fault(-1, "the index of the chains is not that of the entries: where a case is read, a fact may be left out or stand in another's place")
	}
	if err := w.starts(ctx); err != nil {
		return err
	}
	var last Hash
	first, gone := true, 0
	ordered = true
	err = w.log.store.Taken(ctx, func(key Hash, at Known) error {
		ordered = ordered && (first || bytes.Compare(last[:], key[:]) < 0)
		first, last = false, key
		switch {
		case w.gone[at.Index]:
			gone++
		case at.Index < size:
			taken += w.key(key, at)
		}
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	if taken != w.taken || gone != len(w.gone) || !ordered {
		w.v.fault(-1, "the idempotency keys are not those of the entries: a fact that is sent again could be recorded twice, or one never recorded be taken for recorded")
	}
	return nil
}

// starts holds where chains begin, as cases are found, against the entries.
func (w *audit) starts(ctx context.Context) error {
	var sum uint64
	before := int64(-1)
	ordered := true
	err := w.log.store.Chains(ctx, func(tag Tag, index int64) error {
		ordered = ordered && index > before
		if before = index; index < w.v.Head.Edge.Size {
			sum += w.place(tag, 0, index)
		}
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	if sum != w.begun || !ordered {
		w.v.fault(-1, "the index of where chains begin is not that of the entries: a case may not be found")
	}
	return nil
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
