package record

import (
	"context"
	"encoding/hex"
	"slices"
	"strings"

	"candour"
)

// restored notes what a restore did not bring back.
func (w *audit) restored(f *Fact) {
	if w.lost == nil {
		w.lost = map[Hash]bool{}
	}
	for _, word := range strings.Split(f.Get(FieldUnreadable), " ") {
		if b, err := hex.DecodeString(word); err == nil && len(b) == len(Hash{}) {
			w.lost[Hash(b)] = true
		}
	}
}

// erased notes what an erasure names on its chain, and says how much of it is gone. It is in the
// form of doc/format.md, section 12: a leaf otherwise written names nothing.
func (c *chainState) erased(f *Fact) (gone int64) {
	if c.begun == nil {
		c.begun, c.named = map[Hash]bool{}, map[Hash]int64{}
	}
	c.begun[f.Leaf] = true
	for _, word := range strings.Split(f.Get(candour.FieldErased), " ") {
		b, err := hex.DecodeString(word)
		if err != nil || len(b) != len(Hash{}) || hex.EncodeToString(b) != word {
			continue
		}
		if _, ok := c.missing[Hash(b)]; ok {
			delete(c.missing, Hash(b))
			gone++
		} else {
			c.named[Hash(b)] = f.Index
		}
	}
	return gone
}

// erasures judges what is missing, and what erasures named that is not.
func (w *audit) erasures(ctx context.Context) error {
	var missing []int64
	for tag, c := range w.chains {
		for leaf := range c.missing {
			if w.lost[leaf] {
				delete(c.missing, leaf)
				w.v.Lost++
			}
		}
		if err := w.later(ctx, tag, c); err != nil {
			return err
		}
		w.v.Unfinished += int64(len(c.begun))
		for _, index := range c.missing {
			missing = append(missing, index)
		}
		if len(c.named) == 0 {
			continue
		}
		err := w.log.store.ChainRows(ctx, tag, 0, func(r *Row) error {
			if by, ok := c.named[r.Leaf]; ok && r.Payload != nil && r.Index < by {
				w.v.Remaining++
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	slices.Sort(missing)
	for _, index := range missing {
		w.v.fault(index, "its content is missing and nothing later on its chain tells of an erasure")
	}
	return nil
}

// later goes on along a chain of which content is missing: an erasure may have been sealed and
// carried out since the head was read.
func (w *audit) later(ctx context.Context, tag Tag, c *chainState) error {
	if len(c.missing) == 0 {
		return nil
	}
	return w.log.store.ChainRows(ctx, tag, c.seq+1, func(r *Row) error {
		x := &examined{Row: r}
		if w.log.examine(ctx, x); x.envErr == nil && x.leaf == r.Leaf && r.Index >= w.v.Head.Edge.Size {
			w.content(x)
		}
		return nil
	})
}
