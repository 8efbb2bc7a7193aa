package record

import (
	"context"
	"errors"
	"fmt"

	"candour"
)

// FieldUnreadable is the field of a restore that names, as leaf hashes in hex joined by spaces,
// entries of which nothing but the envelope could be restored. It counts in the first entry of
// an epoch only.
const FieldUnreadable = "unreadable"

// Older tells that the record is not the newest copy: somebody has seen more of it.
type Older struct {
	By         string             // who has seen more
	Seen       candour.Checkpoint // what they have
	Size       int64              // how many entries there are here
	Epoch      uint32
	OtherPast  bool // the entries that both have are not the same: two records were kept
	NewerEpoch bool // what was seen is of a later epoch
}

func (o *Older) Error() string {
	switch {
	case o.OtherPast:
		return fmt.Sprintf("the record holds other entries than %s has seen up to %d: it was altered, or two copies were written to. Keep both as they are, and call those who oversee you", o.By, o.Seen.Size)
	case o.NewerEpoch:
		return fmt.Sprintf("%s has seen a later epoch of the record, with %d entries: this is an older copy", o.By, o.Seen.Size)
	}
	return fmt.Sprintf("%s has seen %d entries and here are %d: this is an older copy, without the last %d. If the newer one is lost, candour restore --new-epoch says so in the record and goes on", o.By, o.Seen.Size, o.Size, o.Seen.Size-o.Size)
}

// Continues says whether the record continues what somebody has seen of it; if not, the
// error is an [*Older].
func (l *Log) Continues(ctx context.Context, by string, seen candour.Checkpoint) error {
	h, err := l.store.Head(ctx)
	if err != nil {
		return err
	}
	epoch, err := seen.Epoch(l.o.Body)
	if err != nil {
		return fmt.Errorf("what %s has seen: %w", by, err)
	}
	o := &Older{By: by, Seen: seen, Size: h.Edge.Size, Epoch: h.Epoch}
	switch {
	case epoch > h.Epoch:
		o.NewerEpoch = true
		return o
	case epoch < h.Epoch:
		return nil // a later epoch began: what was lost is told in the record
	case seen.Size > h.Edge.Size:
		return o
	}
	root, err := l.RootAt(ctx, seen.Size)
	if err != nil {
		return err
	}
	if root != seen.Root {
		o.OtherPast = true
		return o
	}
	return nil
}

// NewEpoch seals the fact that tells of a restore as the first of a new epoch: the one after the
// record's own and after that which somebody has seen of it, since no epoch is begun twice. It
// is the one thing that a frozen record takes.
func (l *Log) NewEpoch(ctx context.Context, d Draft, seen uint32) (Placed, error) {
	facts, err := l.prepareAll(ctx, []Draft{d})
	if err != nil {
		return Placed{}, err
	}
	c := &call{ctx: ctx, done: make(chan struct{}), facts: facts, epoch: max(seen, 1)}
	l.mu.Lock()
	if l.closed || len(l.queue) > 0 {
		l.mu.Unlock()
		return Placed{}, errors.New("begin an epoch: the record is being written to or closed")
	}
	l.queue = append(l.queue, c)
	l.signal()
	l.mu.Unlock()
	placed, err := c.wait()
	if err != nil {
		return Placed{}, err
	}
	return placed[0], nil
}

// Reseal gives the chain's ciphertexts to a new data key, and removes those of the entries
// that are erased. The sealer has the new key already, as the newest of the chain, and still
// opens what the old ones sealed; once Reseal has returned, and not before, nothing of the chain in
// this record is under an old key any more, whoever appends meanwhile:
//
//  1. The head's keys are counted up. A commit that was prepared before is refused by that, and
//     made again under the new key. So what comes later needs no resealing.
//  2. The ciphertexts are read, and resealed.
//  3. They are put in place, if the head's keys are still those of step 1; else somebody
//     rekeyed meanwhile, perhaps this chain, and it goes on at 2. If it was this chain, reseal says so by an error,
//     which ends it: the sealer's memory is dropped before it is asked.
//
// Who calls it sees to it that the record tells of what is erased. Where it fails it may be
// called again. [ErrTraces] says that it was done.
func (l *Log) Reseal(ctx context.Context, chain string, erased func(Hash) bool, reseal func(ctx context.Context, sealed []byte) ([]byte, error)) error {
	l.mu.Lock()
	frozen := l.frozen
	l.mu.Unlock()
	if frozen != nil {
		return frozen
	}
	traces := l.Scrub(ctx)
	if traces != nil && !errors.Is(traces, ErrTraces) {
		return traces
	}
	for {
		h, err := l.store.Head(ctx)
		if err != nil {
			return err
		}
		l.o.Sealer.Forget(l.SealedChain(chain))
		payloads, err := l.resealed(ctx, chain, erased, reseal)
		if err != nil {
			return err
		}
		if len(payloads) == 0 {
			return traces
		}
		if err := l.store.SetPayloads(ctx, h.Keys, payloads); !errors.Is(err, ErrMoved) {
			return err
		}
	}
}

// resealed are the ciphertexts of a chain as they are to be: nil where erased. They are all read
// first, so that a slow key service never holds a read of the database open.
func (l *Log) resealed(ctx context.Context, chain string, erased func(Hash) bool, reseal func(context.Context, []byte) ([]byte, error)) (map[int64][]byte, error) {
	payloads := map[int64][]byte{}
	err := l.store.ChainRows(ctx, l.o.Tag(chain), 0, func(r *Row) error {
		switch {
		case r.Payload == nil:
		case erased(r.Leaf):
			payloads[r.Index] = nil
		default:
			payloads[r.Index] = r.Payload
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for index, sealed := range payloads {
		if sealed == nil {
			continue
		}
		if payloads[index], err = reseal(ctx, sealed); err != nil {
			return nil, fmt.Errorf("entry %d: %w", index, err)
		}
	}
	return payloads, nil
}

// Scrub counts the head's keys up and replaces nothing: whoever appends looks for new data
// keys, and what was overwritten before is taken out of the database's files.
func (l *Log) Scrub(ctx context.Context) error {
	for {
		h, err := l.store.Head(ctx)
		if err != nil {
			return err
		}
		if err := l.store.SetPayloads(ctx, h.Keys, nil); !errors.Is(err, ErrMoved) {
			return err
		}
	}
}

// Tag is how the stores know a chain.
func (l *Log) Tag(chain string) Tag { return l.o.Tag(chain) }

// SealedChain is what the sealer calls a chain: its tag in hex. Attachments of the chain are kept
// under this name too, so that they share its data key.
func (l *Log) SealedChain(chain string) string {
	tag := l.o.Tag(chain)
	return fmt.Sprintf("%x", tag[:])
}
