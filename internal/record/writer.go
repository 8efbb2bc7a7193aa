package record

import (
	"context"
	"errors"
	"fmt"

	"candour"
)

// writer holds what the writer's goroutine knows of the head. All of it is true only while
// the head is where it was: a commit that finds it moved throws it away.
type writer struct {
	log   *Log
	known bool
	head  Head
	tail  []Hash // leaves of the tile that is not full
	ends  map[Tag]End
}

// mostEnds is how many ends of chains are kept in memory.
const mostEnds = 1 << 16

// group answers calls: together, and where that fails for a reason that may lie in one of
// them, one by one.
func (w *writer) group(calls []*call) {
	err := w.commit(calls)
	if err != nil && len(calls) > 1 && !errors.Is(err, ErrUncertain) && !errors.Is(err, ErrUnreachable) {
		for _, c := range calls {
			w.finish([]*call{c}, w.commit([]*call{c}))
		}
		return
	}
	w.finish(calls, err)
}

// finish hands the answers out. An error of the whole batch is that of each call that has none of its own.
func (w *writer) finish(calls []*call, err error) {
	for _, c := range calls {
		if c.err == nil && err != nil {
			c.err = fmt.Errorf("append: %w", err)
		}
		if c.err != nil {
			c.placed = nil
		}
		close(c.done)
	}
}

// commit tries until the batch is in the record, or cannot be. Calls that are refused have
// their own error.
func (w *writer) commit(calls []*call) error {
	ctx := context.WithoutCancel(calls[0].ctx)
	known := map[Hash]Known{}
	err := w.once(ctx, calls, known)
	for try := 1; errors.Is(err, errNotThere) && try < mostTries; try++ {
		if err = w.once(ctx, calls, known); err != nil && !errors.Is(err, ErrUncertain) {
			err = fmt.Errorf("%w: %w; the same call again tells", ErrUncertain, err) // the first may still be on its way
		}
	}
	return err
}

// mostTries is how often a batch is tried whose outcome stays unknown: a disk may refuse to
// sync for ever.
const mostTries = 3

// errNotThere says that a batch of unknown outcome is not in the record, or not yet.
var errNotThere = fmt.Errorf("%w, and the same call again tells", ErrUncertain)

// once tries until the batch is in the record, or cannot be, or nobody knows.
func (w *writer) once(ctx context.Context, calls []*call, known map[Hash]Known) error {
	looked := false // which keys stand, at this head
	for {
		if err := w.look(ctx, calls); err != nil {
			return err
		}
		b := w.batch(calls, known)
		if !looked && anyStale(calls) { // or made before: then what was expected does not matter
			if err := w.taken(ctx, calls, known); err != nil {
				return err
			}
			looked = true
			continue
		}
		if b == nil || len(b.Rows) == 0 {
			return nil
		}
		var err error
		if b.Tiles, err = w.tiles(ctx, b); err != nil {
			w.known = false
			return err
		}
		err = w.log.store.Commit(ctx, w.head, b)
		switch {
		case err == nil:
			w.moved(b)
			return nil
		case errors.Is(err, ErrMoved):
			w.known, looked = false, false
		case errors.Is(err, ErrKeyTaken):
			if err := w.taken(ctx, calls, known); err != nil {
				return err
			}
		case errors.Is(err, ErrUncertain):
			return w.uncertain(ctx, calls, b, known, err)
		default:
			w.known = false
			return err
		}
	}
}

func anyStale(calls []*call) bool {
	for _, c := range calls {
		if _, ok := errors.AsType[*Stale](c.err); ok {
			return true
		}
	}
	return false
}

// taken reads which keys stand in the record already.
func (w *writer) taken(ctx context.Context, calls []*call, known map[Hash]Known) error {
	w.known = false
	var keys []Hash
	for _, c := range calls {
		for _, p := range c.facts {
			keys = append(keys, p.key)
		}
	}
	found, err := w.log.store.Known(ctx, keys)
	for k, v := range found {
		known[k] = v
	}
	return err
}

// uncertain finds out whether a commit of unknown outcome happened: then the leaf in the
// place of its first row is that of the batch, which nobody else can have made. Until it is
// known the batch may still be on its way, so no error says that nothing was done.
func (w *writer) uncertain(ctx context.Context, calls []*call, b *Batch, known map[Hash]Known, cause error) error {
	w.known = false
	row := &b.Rows[0]
	var err error
	for range 3 {
		if err = w.taken(ctx, calls, known); err == nil {
			break
		}
	}
	if err == nil {
		if at, ok := known[row.Key]; ok && at.Index == row.Index {
			var leaf []Hash
			if leaf, err = w.log.store.Nodes(ctx, 0, row.Index, row.Index+1); err == nil && leaf[0] == row.Leaf {
				return nil
			}
		}
	}
	if err == nil {
		return errors.Join(errNotThere, cause)
	}
	if !errors.Is(err, ErrUncertain) {
		err = fmt.Errorf("%w: %w; the same call again tells", ErrUncertain, err)
	}
	return err
}

// look learns the head, the tile that is not full and the ends of the chains of the calls.
func (w *writer) look(ctx context.Context, calls []*call) error {
	if !w.known {
		head, err := w.log.store.Head(ctx)
		if err != nil {
			return err
		}
		from := head.Edge.Size - head.Edge.Size%Width
		if w.tail, err = w.log.store.Nodes(ctx, 0, from, head.Edge.Size); err != nil {
			return err
		}
		w.head, w.known, w.ends = head, true, map[Tag]End{}
	}
	if err := w.reseal(ctx, calls); err != nil {
		return err
	}
	var ask []Tag
	for _, c := range calls {
		for _, p := range c.facts {
			if _, ok := w.ends[p.tag]; !ok {
				w.ends[p.tag] = End{Seq: -1}
				ask = append(ask, p.tag)
			}
		}
		for tag := range c.expect {
			if _, ok := w.ends[tag]; !ok {
				w.ends[tag] = End{Seq: -1}
				ask = append(ask, tag)
			}
		}
	}
	if len(ask) == 0 {
		return nil
	}
	found, err := w.log.store.Ends(ctx, ask)
	if err != nil {
		w.known = false
		return err
	}
	for tag, end := range found {
		w.ends[tag] = end
	}
	return nil
}

// reseal encrypts again what was encrypted before data keys were changed: the old ones are
// gone, or about to go.
func (w *writer) reseal(ctx context.Context, calls []*call) error {
	if w.log.keys.Load() != w.head.Keys {
		w.log.o.Sealer.Forget()
		w.log.keys.Store(w.head.Keys)
	}
	for _, c := range calls {
		for _, p := range c.facts {
			if p.keys != w.head.Keys {
				if err := w.log.seal(ctx, p, w.head.Keys); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// batch gives every fact its place: after the entries that stand, in the order of the calls.
// Calls that are refused, and facts that stand already, take none.
func (w *writer) batch(calls []*call, known map[Hash]Known) *Batch {
	now := w.log.o.Now().UnixNano()
	epoch := w.head.Epoch
	if after := calls[0].epoch; after > 0 {
		epoch = max(epoch, after) + 1
	}
	b := &Batch{Head: Head{Epoch: epoch, Keys: w.head.Keys, Sealed: max(now, w.head.Sealed), Edge: w.head.Edge.Clone()}}
	ends := map[Tag]End{} // as they will be
	end := func(t Tag) End {
		if e, ok := ends[t]; ok {
			return e
		}
		return w.ends[t]
	}
	placed := map[Hash]Known{} // within this batch
	for _, c := range calls {
		if c.err = judge(c, known, placed, end); c.err != nil {
			continue
		}
		c.placed = c.placed[:0]
		for _, p := range c.facts {
			if at, ok := first(p.key, known, placed); ok {
				c.placed = append(c.placed, Placed{Index: at.Index, Existing: true})
				continue
			}
			row, err := w.place(b, p, end(p.tag))
			if err != nil {
				c.err = err // of one fact that cannot be: nothing of it is in the batch
				return w.without(calls, c, known)
			}
			ends[p.tag] = End{row.Seq, row.Leaf}
			placed[p.key] = Known{row.Index, row.Digest}
			c.placed = append(c.placed, Placed{row.Index, row.Seq, row.Leaf, b.Head.Sealed, false})
		}
	}
	return b
}

// without makes the batch again without a call that cannot be.
func (w *writer) without(calls []*call, bad *call, known map[Hash]Known) *Batch {
	err := bad.err
	var rest []*call
	for _, c := range calls {
		if c != bad {
			rest = append(rest, c)
		}
	}
	b := w.batch(rest, known)
	bad.err = err
	return b
}

func first(key Hash, in ...map[Hash]Known) (Known, bool) {
	for _, m := range in {
		if k, ok := m[key]; ok {
			return k, true
		}
	}
	return Known{}, false
}

// judge refuses a call whose keys stand for other content, or that was decided on less.
func judge(c *call, known, placed map[Hash]Known, end func(Tag) End) error {
	all := true
	within := map[Hash]Hash{}
	for i, p := range c.facts {
		at, ok := first(p.key, known, placed)
		if ok && at.Digest != p.digest {
			return &Conflict{at.Index, i}
		}
		if d, twice := within[p.key]; twice && d != p.digest {
			return &Conflict{-1, i}
		}
		within[p.key] = p.digest
		all = all && ok
	}
	if all {
		return nil // made before: what was expected then does not matter
	}
	for tag, want := range c.expect {
		if have := end(tag).Seq + 1; have != want {
			return &Stale{want, have}
		}
	}
	return nil
}

// place seals a fact at the end of the batch.
func (w *writer) place(b *Batch, p *prepared, end End) (Row, error) {
	root, err := p.root(end.Seq+1, end.Leaf)
	if err != nil {
		return Row{}, fmt.Errorf("seal %s: %w", p.draft.Kind, err)
	}
	env := candour.Envelope{Epoch: b.Head.Epoch, Sealed: b.Head.Sealed, Origin: w.log.o.Body, Fields: root}
	row := Row{Index: b.Head.Edge.Size, Envelope: env.Append(nil), Tag: p.tag, Seq: end.Seq + 1, Payload: p.payload, Key: p.key, Digest: p.digest}
	row.Leaf = candour.LeafHash(row.Envelope)
	b.Head.Edge.Add(row.Leaf)
	b.Rows = append(b.Rows, row)
	return row, nil
}

// tiles are those that the batch makes full, of all levels.
func (w *writer) tiles(ctx context.Context, b *Batch) ([]Tile, error) {
	var out []Tile
	pending := append([]Hash{}, w.tail...)
	number := w.head.Edge.Size / Width
	for i := range b.Rows {
		if pending = append(pending, b.Rows[i].Leaf); len(pending) == Width {
			out = append(out, tile(0, number, pending))
			pending, number = pending[:0], number+1
		}
	}
	for level := 1; ; level++ {
		more, err := w.above(ctx, out, level)
		if err != nil || len(more) == 0 {
			return out, err
		}
		out = append(out, more...)
	}
}

// above are the tiles of a level that the new ones of the level below make full.
func (w *writer) above(ctx context.Context, tiles []Tile, level int) (out []Tile, err error) {
	roots := map[int64]Hash{}
	for _, t := range tiles {
		if t.Level == level-1 {
			roots[t.Number] = t.Root
		}
	}
	for _, t := range tiles {
		if t.Level != level-1 || t.Number%Width != Width-1 {
			continue
		}
		from := t.Number - (Width - 1)
		first := from
		for _, ok := roots[first]; !ok; _, ok = roots[first] {
			first++
		}
		hashes, err := w.log.store.Nodes(ctx, level, from, first)
		if err != nil {
			return nil, err
		}
		for n := first; n <= t.Number; n++ {
			hashes = append(hashes, roots[n])
		}
		out = append(out, tile(level, t.Number/Width, hashes))
	}
	return out, nil
}

// tile makes a full tile.
func tile(level int, number int64, hashes []Hash) Tile {
	t := Tile{Level: level, Number: number, Hashes: make([]byte, 0, Width*len(Hash{}))}
	var e candour.Edge
	for _, h := range hashes {
		t.Hashes = append(t.Hashes, h[:]...)
		e.Add(h)
	}
	t.Root = e.Root()
	return t
}

// moved takes over what a commit made true.
func (w *writer) moved(b *Batch) {
	for i := range b.Rows {
		r := &b.Rows[i]
		w.ends[r.Tag] = End{r.Seq, r.Leaf}
		if w.tail = append(w.tail, r.Leaf); len(w.tail) == Width {
			w.tail = w.tail[:0]
		}
	}
	w.head = b.Head
	if len(w.ends) > mostEnds {
		w.ends = map[Tag]End{}
	}
}
