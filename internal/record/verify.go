package record

import (
	"bytes"
	"context"
	"fmt"
	"hash/maphash"
	"slices"

	"candour"
)

// Fault is one thing that is not as it was sealed.
type Fault struct {
	Index int64 // the entry it is about, or -1
	What  string
}

// Verification is what a verification of a whole record found.
type Verification struct {
	Head        Head
	Facts       int64
	Erased      int64 // lawfully: a later entry on the same chain tells of it
	Remaining   int64 // told of by an erasure in the same way, and still here: it was not carried out yet
	Unfinished  int64 // erasures of which nothing says that they were carried out to the end
	Lost        int64 // in a restore: the entry that tells of the restore names them
	Chains      int
	Checkpoints int
	Witnessed   int64   // size of the largest checkpoint that enough independent operators cosigned
	Faults      []Fault // the first hundred
	Count       int64   // of faults
	Gaps        []Gap   // what was seen of an epoch, and lost with it: a restore tells of it
	Cosigned    []candour.Cosigned
}

// Gap is what somebody has seen of an epoch that was lost before the next began.
type Gap struct {
	By       string
	From, To int64 // entries from up to, and not including, to, as they were in that epoch
}

// Intact tells whether nothing was found.
func (v *Verification) Intact() bool { return v.Count == 0 }

const mostFaults = 100

func (v *Verification) fault(index int64, format string, args ...any) {
	if v.Count++; len(v.Faults) < mostFaults {
		v.Faults = append(v.Faults, Fault{index, fmt.Sprintf(format, args...)})
	}
}

// Seen is a checkpoint that somebody outside the database has: a witness, an earlier bundle,
// the file beside the database. The tree must continue it.
type Seen struct {
	By         string
	Checkpoint candour.Checkpoint
}

// Verify goes over the whole record: every envelope, leaf, tile and root, every chain, every
// fact against its commitments, the index by which chains are read and the idempotency keys
// against the facts, the kept checkpoints and their signatures, and what others have seen. It goes on after a fault. Memory is that of one line for each chain, and
// for each erased entry. The error is only of reading.
//
// progress is told now and then how many facts are done; it may be nil.
func (l *Log) Verify(ctx context.Context, policy *candour.Policy, seen []Seen, progress func(done, of int64)) (*Verification, error) {
	head, err := l.store.Head(ctx)
	if err != nil {
		return nil, err
	}
	w := &audit{log: l, v: &Verification{Head: head}, chains: map[Tag]*chainState{}, gone: map[int64]bool{}, seed: maphash.MakeSeed()}
	if err := w.checkpoints(ctx, policy, seen); err != nil {
		return nil, err
	}
	if err := w.rows(ctx, head.Edge.Size, progress); err != nil {
		return nil, err
	}
	if err := w.end(ctx); err != nil {
		return nil, err
	}
	if progress != nil {
		progress(w.next, head.Edge.Size)
	}
	return w.v, nil
}

type chainState struct {
	seq     int64
	leaf    Hash
	name    string         // that gives its tag; empty: not known yet
	missing map[Hash]int64 // leaf: index; content that is not there and no erasure named yet
	named   map[Hash]int64 // by an erasure and not missing before it; index of the erasure
	begun   map[Hash]bool  // erasures, by their leaf, of which nothing says that they were carried out
}

// audit is a verification under way.
type audit struct {
	log    *Log
	v      *Verification
	next   int64 // index of the next row
	edge   candour.Edge
	sealed int64
	epoch  uint32
	begins bool          // the entry at hand is the first of a later epoch
	lost   map[Hash]bool // leaves of content that a restore did not bring back, as it says
	chains map[Tag]*chainState
	epochs []epochBegan   // those after the first
	gone   map[int64]bool // index: content that is not there, or not readable
	seed   maphash.Seed
	places uint64     // sum over the entries of what the index of chains must have of each
	begun  uint64     // the same of the index of where chains begin
	taken  uint64     // the same of the idempotency keys; without those of gone
	expect []expected // roots that the tree must have at sizes, ascending
	leaves []byte     // of the tile that is being filled
	tiles  []Tile     // read ahead
}

// expected is the root that the tree must have had at a size.
type expected struct {
	size  int64
	root  Hash
	what  string
	epoch uint32 // in which it was signed; 0: of this record's own
}

// checkpoints judges the kept checkpoints, and notes the roots that the tree must have had.
func (w *audit) checkpoints(ctx context.Context, policy *candour.Policy, seen []Seen) error {
	for _, s := range seen {
		epoch, err := s.Checkpoint.Epoch(w.log.o.Body)
		if err != nil {
			return fmt.Errorf("what %s has: %w", s.By, err)
		}
		w.expect = append(w.expect, expected{s.Checkpoint.Size, s.Checkpoint.Root, "the checkpoint that " + s.By + " has", epoch})
		if s.Checkpoint.Size > w.v.Head.Edge.Size && epoch >= w.v.Head.Epoch {
			w.v.fault(-1, "%s has a checkpoint of %d entries and the record has %d: it is an older copy, or entries were removed at its end", s.By, s.Checkpoint.Size, w.v.Head.Edge.Size)
		}
	}
	err := w.log.EachCheckpoint(ctx, func(size int64, note []byte, _ []string) error {
		w.v.Checkpoints++
		if policy == nil {
			return nil
		}
		c, by, err := policy.OpenCheckpoint(note)
		switch {
		case err != nil:
			w.v.fault(-1, "the kept checkpoint of %d: %v", size, err)
			return nil
		case c.Size != size:
			w.v.fault(-1, "the checkpoint kept as that of %d is of %d", size, c.Size)
		case size > w.v.Head.Edge.Size:
			w.v.fault(-1, "a checkpoint of %d is kept and the record has %d entries", size, w.v.Head.Edge.Size)
		}
		w.expect = append(w.expect, expected{c.Size, c.Root, fmt.Sprintf("the checkpoint of %d, which is signed", size), 0})
		if len(policy.Independent(by)) > 0 && policy.Reached(by) && c.Size > w.v.Witnessed {
			w.v.Witnessed, w.v.Cosigned = c.Size, by
		}
		return nil
	})
	slices.SortStableFunc(w.expect, func(a, b expected) int { return int(a.size - b.size) })
	return err
}

// grow adds the leaf to the tree that is being worked out, and holds it against tiles and
// signed roots.
func (w *audit) grow(ctx context.Context, index int64, leaf Hash) {
	for len(w.expect) > 0 && w.expect[0].size <= w.edge.Size {
		w.meet(index)
	}
	w.edge.Add(leaf)
	if w.leaves = append(w.leaves, leaf[:]...); len(w.leaves) < Width*len(leaf) {
		return
	}
	w.tile(ctx, index/Width)
	w.leaves = w.leaves[:0]
}

// meet holds the tree against the next root that it must have had.
func (w *audit) meet(index int64) {
	e := w.expect[0]
	w.expect = w.expect[1:]
	if began, ok := w.began(e); ok {
		w.v.Gaps = append(w.v.Gaps, Gap{e.what, began, e.size})
		return
	}
	if e.size == w.edge.Size && e.root != w.edge.Root() {
		w.v.fault(-1, "the first %d entries are not those of %s: one of them was altered, put in or removed", e.size, e.what)
	}
}

// began is where a later epoch began than that in which a checkpoint was signed, if that was
// before its end: what it saw from there on was lost, and the record says so.
func (w *audit) began(e expected) (index int64, ok bool) {
	for _, b := range w.epochs {
		if e.epoch > 0 && b.epoch > e.epoch && b.index < e.size {
			return b.index, true
		}
	}
	return 0, false
}

// epochBegan is the entry with which an epoch begins.
type epochBegan struct {
	epoch uint32
	index int64
}

// tile holds 256 leaves against the tile that keeps them.
func (w *audit) tile(ctx context.Context, number int64) {
	if len(w.tiles) == 0 {
		err := w.log.store.Tiles(ctx, 0, number, func(t Tile) error {
			if w.tiles = append(w.tiles, t); len(w.tiles) == 64 {
				return errEnough
			}
			return nil
		})
		if err != nil && err != errEnough {
			w.v.fault(-1, "tiles cannot be read: %v", err)
			return
		}
	}
	if len(w.tiles) == 0 || w.tiles[0].Number != number {
		w.v.fault(-1, "the tile of entries %d to %d is missing", number*Width, (number+1)*Width-1)
		return
	}
	t := w.tiles[0]
	w.tiles = w.tiles[1:]
	if !bytes.Equal(t.Hashes, w.leaves) {
		for i := range Width {
			if off := i * len(Hash{}); len(t.Hashes) < off+len(Hash{}) || !bytes.Equal(t.Hashes[off:off+len(Hash{})], w.leaves[off:off+len(Hash{})]) {
				w.v.fault(number*Width+int64(i), "its leaf is not the one that the tile has")
			}
		}
	}
}

var errEnough = fmt.Errorf("enough")

// end judges what can only be judged at the end.
func (w *audit) end(ctx context.Context) error {
	if w.next != w.v.Head.Edge.Size {
		w.v.fault(w.next, "entries %d to %d are missing", w.next, w.v.Head.Edge.Size-1)
	}
	for len(w.expect) > 0 {
		w.meet(-1)
	}
	w.v.Chains = len(w.chains)
	if h := &w.v.Head; w.next > 0 && (h.Sealed != w.sealed || h.Epoch != w.epoch) {
		w.v.fault(-1, "the head has another sealing time or epoch than the last entry")
	}
	if w.edge.Root() != w.v.Head.Edge.Root() {
		w.v.fault(-1, "the root of the head is not that of the entries")
	}
	if err := w.erasures(ctx); err != nil {
		return err
	}
	if err := w.upper(ctx); err != nil {
		return err
	}
	if err := w.index(ctx); err != nil {
		return err
	}
	return w.outside(ctx)
}

// upper checks that tiles give the roots that they say, level by level.
func (w *audit) upper(ctx context.Context) error {
	var roots []Hash // of the level below
	for level := 0; level == 0 || len(roots) > 0; level++ {
		below := roots
		roots = nil
		full := w.v.Head.Edge.Size >> (8 * (level + 1)) // tiles that must be here
		more := int64(-1)
		err := w.log.store.Tiles(ctx, level, 0, func(t Tile) error {
			if t.Number >= full {
				more = t.Number // appended meanwhile, or put there
				return nil
			}
			if t.Number != int64(len(roots)) {
				w.v.fault(-1, "a tile of level %d before number %d is missing", level, t.Number)
			}
			hashes := make([]Hash, len(t.Hashes)/len(Hash{}))
			for i := range hashes {
				hashes[i] = Hash(t.Hashes[i*len(Hash{}):])
			}
			if len(t.Hashes) != Width*len(Hash{}) || tile(level, t.Number, hashes).Root != t.Root {
				w.v.fault(-1, "tile %d of level %d has not the root that it says", t.Number, level)
			} else if from := t.Number * Width; level > 0 && (from+Width > int64(len(below)) || !slices.Equal(hashes, below[from:from+Width])) {
				w.v.fault(-1, "tile %d of level %d has not the roots of the tiles below it", t.Number, level)
			}
			roots = append(roots, t.Root)
			return nil
		})
		if err != nil {
			return err
		}
		if level > 0 && int64(len(roots)) < full {
			w.v.fault(-1, "the tiles of level %d from number %d on are missing", level, len(roots))
		}
		if more >= 0 {
			now, err := w.log.store.Head(ctx)
			if err != nil {
				return err
			}
			if more >= now.Edge.Size>>(8*(level+1)) {
				w.v.fault(-1, "tile %d of level %d stands after the last of the head", more, level)
			}
		}
	}
	return nil
}
