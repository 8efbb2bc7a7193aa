package record

import (
	"context"
	"errors"
	"fmt"

	"candour"
)

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

// NewEpoch seals the fact that tells of a restore as the first of a new epoch. It is the one
// thing that a frozen record takes.
func (l *Log) NewEpoch(ctx context.Context, d Draft) (Placed, error) {
	facts, err := l.prepareAll(ctx, []Draft{d})
	if err != nil {
		return Placed{}, err
	}
	c := &call{ctx: ctx, done: make(chan struct{}), facts: facts, epoch: true}
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

// SetPayloads replaces or removes ciphertexts, as Store says. Who calls it sees to it that the
// record tells of what is removed.
func (l *Log) SetPayloads(ctx context.Context, payloads map[int64][]byte) error {
	return l.store.SetPayloads(ctx, payloads)
}

// EachSealed visits the ciphertexts of a chain by index; those that were erased are left out.
func (l *Log) EachSealed(ctx context.Context, chain string, visit func(index int64, leaf Hash, payload []byte) error) error {
	return l.store.ChainRows(ctx, l.o.Tag(chain), 0, func(r *Row) error {
		if r.Payload == nil {
			return nil
		}
		return visit(r.Index, r.Leaf, r.Payload)
	})
}

// SealedChain is what the sealer calls a chain.
func (l *Log) SealedChain(chain string) string {
	tag := l.o.Tag(chain)
	return fmt.Sprintf("%x", tag[:])
}
