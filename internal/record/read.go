package record

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"candour"
)

// Head is how far the record has come.
func (l *Log) Head(ctx context.Context) (Head, error) { return l.store.Head(ctx) }

// Each visits facts by index, from up to and without to; to below 0: all that is there now.
func (l *Log) Each(ctx context.Context, from, to int64, visit func(*Fact) error) error {
	if to < 0 {
		h, err := l.store.Head(ctx)
		if err != nil {
			return err
		}
		to = h.Edge.Size
	}
	return l.store.Rows(ctx, from, to, l.visit(ctx, visit))
}

// Chain visits the facts of a chain from a seq on.
func (l *Log) Chain(ctx context.Context, chain string, from int64, visit func(*Fact) error) error {
	return l.store.ChainRows(ctx, l.o.Tag(chain), from, l.visit(ctx, visit))
}

// ChainEnd is how many entries a chain has, and the leaf of the last.
func (l *Log) ChainEnd(ctx context.Context, chain string) (n int64, leaf Hash, err error) {
	tag := l.o.Tag(chain)
	ends, err := l.store.Ends(ctx, []Tag{tag})
	if end, ok := ends[tag]; ok && err == nil {
		return end.Seq + 1, end.Leaf, nil
	}
	return 0, Hash{}, err
}

// Standing is what the record has under the key of a draft.
type Standing int

// The standings.
const (
	New   Standing = iota // nothing: the draft would be appended
	Same                  // the same content
	Other                 // other content: the draft would be refused
)

// Look tells, without appending, how drafts stand to the record.
func (l *Log) Look(ctx context.Context, drafts ...Draft) ([]Standing, error) {
	keys := make([]Hash, len(drafts))
	for i := range drafts {
		if err := drafts[i].check(); err != nil {
			return nil, err
		}
		keys[i] = l.o.key(drafts[i].Key)
	}
	out := make([]Standing, len(drafts))
	if head, err := l.store.Head(ctx); err != nil || head.Edge.Size == 0 {
		return out, err
	}
	found, err := l.store.Known(ctx, keys)
	if err != nil {
		return nil, err
	}
	for i := range drafts {
		at, ok := found[keys[i]]
		switch {
		case ok && at.Digest == l.o.digest(encode(&candour.Key{}, &drafts[i], keys[i])):
			out[i] = Same
		case ok:
			out[i] = Other
		}
	}
	return out, nil
}

// EachChain visits the first fact of every chain, in the order in which they began. Of one
// whose first fact was erased only index and tag are known.
func (l *Log) EachChain(ctx context.Context, visit func(first *Fact) error) error {
	return l.store.Firsts(ctx, l.visit(ctx, visit))
}

// Touched are the chains that have an entry from an index up to, and not including, another.
func (l *Log) Touched(ctx context.Context, from, to int64) (map[Tag]bool, error) {
	out := map[Tag]bool{}
	err := l.store.Rows(ctx, from, to, func(r *Row) error { out[r.Tag] = true; return nil })
	return out, err
}

// ChainOf visits the facts of the chain of a tag from a seq on.
func (l *Log) ChainOf(ctx context.Context, tag Tag, from int64, visit func(*Fact) error) error {
	return l.store.ChainRows(ctx, tag, from, l.visit(ctx, visit))
}

// Known tells which idempotency keys stand in the record, and where.
func (l *Log) Known(ctx context.Context, keys ...string) (map[string]int64, error) {
	hashes := make([]Hash, len(keys))
	for i, k := range keys {
		hashes[i] = l.o.key(k)
	}
	found, err := l.store.Known(ctx, hashes)
	out := make(map[string]int64, len(found))
	for i, k := range keys {
		if at, ok := found[hashes[i]]; ok {
			out[k] = at.Index
		}
	}
	return out, err
}

func (l *Log) visit(ctx context.Context, visit func(*Fact) error) func(*Row) error {
	return func(r *Row) error {
		f, err := l.open(ctx, r)
		if err != nil {
			return err
		}
		return visit(f)
	}
}

// open decrypts a row. It does not verify it.
func (l *Log) open(ctx context.Context, r *Row) (*Fact, error) {
	f := &Fact{Index: r.Index, Leaf: r.Leaf, Envelope: r.Envelope, Tag: r.Tag, Seq: r.Seq}
	if r.Payload == nil {
		f.Erased = true
		return f, nil
	}
	plain, err := l.o.Sealer.Open(ctx, hex.EncodeToString(r.Tag[:]), r.Payload)
	if err == nil {
		err = decode(plain, f)
	}
	if err != nil {
		return nil, fmt.Errorf("entry %d: %w", r.Index, err)
	}
	return f, nil
}

// Lines are the fact's fields as a bundle shows them: slots first, then the others in the
// order of their commitments, all disclosed. Previous must be known.
func (f *Fact) Lines() []candour.Line {
	values := f.slotValues(f.Key)
	values[candour.SlotSeq] = fmt.Sprint(f.Seq)
	values[candour.SlotPrevious] = string(PreviousText(f.Seq, f.Previous))
	lines := make([]candour.Line, 0, candour.Slots+len(f.Fields))
	for i, v := range values {
		name := candour.SlotNames[i]
		lines = append(lines, candour.Line{Name: name, Salt: f.Secret.Salt(name), Value: []byte(v)})
	}
	for _, field := range f.Fields {
		lines = append(lines, candour.Line{Name: field.Name, Salt: f.Secret.Salt(field.Name), Value: field.Value})
	}
	candour.SortLines(lines)
	return lines
}

// hashReader reads the tree for proofs, in the numbering of x/mod's tlog.
type hashReader struct {
	ctx   context.Context
	store Store
}

// ReadHashes implements tlog.HashReader. A hash within a tile is worked out of its leaves.
func (r hashReader) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		level, n := tlog.SplitStoredHashIndex(index)
		within := level % 8
		hashes, err := r.store.Nodes(r.ctx, level/8, n<<within, (n+1)<<within)
		if err != nil {
			return nil, err
		}
		var e candour.Edge
		for _, h := range hashes {
			e.Add(h)
		}
		out[i] = tlog.Hash(e.Root())
	}
	return out, nil
}

// Inclusion proves an entry in the tree of a size.
func (l *Log) Inclusion(ctx context.Context, index, size int64) ([]Hash, error) {
	if index < 0 || index >= size {
		return nil, fmt.Errorf("prove entry %d: the tree has %d", index, size)
	}
	p, err := tlog.ProveRecord(size, index, hashReader{ctx, l.store})
	return own(p), err
}

// Consistency proves that the tree of a size continues that of another.
func (l *Log) Consistency(ctx context.Context, from, size int64) ([]Hash, error) {
	if from == 0 || from == size {
		return nil, nil
	}
	if from < 0 || from > size {
		return nil, fmt.Errorf("prove that %d continues %d: it cannot", size, from)
	}
	p, err := tlog.ProveTree(size, from, hashReader{ctx, l.store})
	return own(p), err
}

// RootAt is the root that the tree had at a size.
func (l *Log) RootAt(ctx context.Context, size int64) (Hash, error) {
	if size == 0 {
		return candour.EmptyRoot, nil
	}
	h, err := tlog.TreeHash(size, hashReader{ctx, l.store})
	return Hash(h), err
}

// Leaves are the leaf hashes of entries, from up to and without to.
func (l *Log) Leaves(ctx context.Context, from, to int64) ([]Hash, error) {
	return l.store.Nodes(ctx, 0, from, to)
}

func own[T ~[]tlog.Hash](in T) []Hash {
	out := make([]Hash, len(in))
	for i, h := range in {
		out[i] = Hash(h)
	}
	return out
}

// Checkpoint signs the head and keeps the checkpoint. Of a size that has one it gives that,
// with the cosignatures that came meanwhile.
func (l *Log) Checkpoint(ctx context.Context) (candour.Checkpoint, []byte, error) {
	h, err := l.store.Head(ctx)
	if err != nil {
		return candour.Checkpoint{}, nil, err
	}
	c := candour.Checkpoint{Origin: candour.CheckpointOrigin(l.o.Body, h.Epoch), Size: h.Edge.Size, Root: h.Edge.Root()}
	note, err := l.sign(c)
	if err != nil {
		return c, nil, err
	}
	if err := l.store.AddCheckpoint(ctx, c.Size, note); err != nil {
		return c, nil, fmt.Errorf("keep the checkpoint of %d: %w", c.Size, err)
	}
	note, err = l.CheckpointAt(ctx, c.Size)
	return c, note, err
}

// sign signs a checkpoint without keeping it.
func (l *Log) sign(c candour.Checkpoint) ([]byte, error) {
	if l.o.Signer == nil {
		return nil, fmt.Errorf("sign a checkpoint of %s: the body's key is not here", l.o.Body)
	}
	return l.o.Signer.Named(c.Origin).Sign(c.Text())
}

// SignedAt is a checkpoint of a size that the record had, signed now; the epoch is that of now.
func (l *Log) SignedAt(ctx context.Context, size int64) (candour.Checkpoint, []byte, error) {
	h, err := l.store.Head(ctx)
	if err != nil {
		return candour.Checkpoint{}, nil, err
	}
	root, err := l.RootAt(ctx, size)
	c := candour.Checkpoint{Origin: candour.CheckpointOrigin(l.o.Body, h.Epoch), Size: size, Root: root}
	if err != nil {
		return c, nil, err
	}
	note, err := l.sign(c)
	return c, note, err
}

// CheckpointAt is the kept checkpoint of a size, with its cosignatures.
func (l *Log) CheckpointAt(ctx context.Context, size int64) (note []byte, err error) {
	err = l.EachCheckpoint(ctx, func(s int64, n []byte, _ []string) error {
		if s == size {
			note = n
		}
		if s <= size {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	if err == nil && note == nil {
		err = fmt.Errorf("no checkpoint of %d is kept", size)
	}
	return note, err
}

// EachCheckpoint visits the kept checkpoints, the largest first: each a note with all its
// signatures, and the cosignature lines apart.
func (l *Log) EachCheckpoint(ctx context.Context, visit func(size int64, note []byte, cosigned []string) error) error {
	return l.store.Checkpoints(ctx, func(size int64, note []byte, lines []string) error {
		return visit(size, append(note[:len(note):len(note)], strings.Join(lines, "")...), lines)
	})
}

// Cosign keeps a witness's cosignature line on the checkpoint of that size.
func (l *Log) Cosign(ctx context.Context, size int64, witness, line string) error {
	return l.store.AddCosignature(ctx, size, witness, line)
}

// Receipt signs the promise that an entry stands in the record.
func (l *Log) Receipt(f Placed, epoch uint32) ([]byte, error) {
	if l.o.Signer == nil {
		return nil, fmt.Errorf("sign a receipt of %s: the body's key is not here", l.o.Body)
	}
	return candour.Receipt{Origin: candour.CheckpointOrigin(l.o.Body, epoch), Index: f.Index, Leaf: f.Leaf, Sealed: f.Sealed}.Sign(*l.o.Signer)
}
