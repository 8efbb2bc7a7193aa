package candour

import (
	"encoding/hex"
	"strings"
)

// The kinds of fact that verification knows (section 12).
const (
	KindBundle   = "record.bundle"   // a bundle was made; the last entry of each of its chains
	KindErasure  = "record.erasure"  // field erased: leaf hashes, hex, joined by spaces
	KindRestored = "record.restored" // an older copy was restored: a new epoch begins
)

// FieldErased is the field of an erasure that names what was erased.
const FieldErased = "erased"

// chainWalk goes along a chain, entry by entry.
type chainWalk struct {
	chain    *Chain
	place    int64 // entries passed
	leaf     Hash  // of the last
	index    int64
	envelope Envelope
}

// next checks what holds along the chain.
func (w *chainWalk) next(e *Entry, env Envelope) error {
	fault := func(what string) error {
		return changedAt(e.Index, "chain", "entry %d: %s", e.Index, what)
	}
	if !e.Erased {
		seq, err := decodeDecimal(e.slot(SlotSeq))
		switch {
		case e.slot(SlotCase) != w.chain.Name:
			return fault("it belongs to another chain")
		case err != nil || seq != w.chain.First+w.place:
			return fault("its place in the chain is another: an entry before it is missing, or one was put in or moved")
		case e.slot(SlotPrevious) != w.before():
			return fault("it follows another entry than the one before it")
		}
	}
	if w.place > 0 && (e.Index <= w.index || env.Sealed < w.envelope.Sealed || env.Epoch < w.envelope.Epoch) {
		return fault("it was sealed before the one before it")
	}
	w.place, w.leaf, w.index, w.envelope = w.place+1, LeafHash(e.Envelope), e.Index, env
	return nil
}

// before is what the slot previous must say.
func (w *chainWalk) before() string {
	switch {
	case w.place > 0:
		return hex.EncodeToString(w.leaf[:])
	case w.chain.First > 0:
		return hex.EncodeToString(w.chain.Previous[:])
	}
	return ""
}

// end checks what holds of the whole chain: each erasure is told of, and the last entry is
// that of the making of the bundle.
func (w *chainWalk) end(made int64) error {
	told := w.chain.erasures()
	for _, e := range w.chain.Entries {
		if e.Erased && (e.ErasedBy <= e.Index || !told[e.ErasedBy][LeafHash(e.Envelope)]) {
			return changedAt(e.Index, "erased", "entry %d is said to be erased, and no erasure on the chain names it", e.Index)
		}
	}
	last := w.chain.Entries[len(w.chain.Entries)-1]
	if last.slot(SlotKind) != KindBundle || w.envelope.Sealed != made {
		return changedAt(last.Index, "incomplete", "entry %d is the last and does not tell of the making of this bundle: what came after it is left out", last.Index)
	}
	return nil
}

// erasures are the leaves that each entry of the chain which tells of an erasure names, by its index.
// They are read once, since one may name many.
func (c *Chain) erasures() map[int64]map[Hash]bool {
	told := map[int64]map[Hash]bool{}
	for _, e := range c.Entries {
		named, ok := e.Get(FieldErased)
		if e.slot(SlotKind) != KindErasure || !ok {
			continue
		}
		leaves := map[Hash]bool{}
		for word := range strings.SplitSeq(named, " ") {
			leaf, err := decodeHash(word)
			if err != nil {
				leaves = nil
				break
			}
			leaves[leaf] = true
		}
		told[e.Index] = leaves
	}
	return told
}

// after is the seq that comes after the last entry.
func (c *Chain) after() int64 { return c.First + int64(len(c.Entries)) }

// follows tells whether the chain begins where an earlier part of it ends.
func (c *Chain) follows(before *Chain) bool {
	return c.First == before.after() && c.Previous == LeafHash(before.Entries[len(before.Entries)-1].Envelope)
}

// agrees tells whether two parts of a chain have the same leaf at every place that both have.
func (c *Chain) agrees(before *Chain) bool {
	for seq := max(c.First, before.First); seq < min(c.after(), before.after()); seq++ {
		if LeafHash(c.Entries[seq-c.First].Envelope) != LeafHash(before.Entries[seq-before.First].Envelope) {
			return false
		}
	}
	return true
}
