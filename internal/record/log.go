package record

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"candour"
)

// Log is one body's record, opened.
type Log struct {
	store Store
	o     Options

	mu     sync.Mutex // guards what follows
	queue  []*call
	frozen error // why nothing is taken; nil: it is open
	closed bool
	wake   chan struct{} // one token: there is something in the queue, or it was closed
	done   chan struct{} // closed when the writer has gone

	coming atomic.Int64 // callers that prepare their facts

	keys atomic.Int64 // the head's, when data keys were last forgotten
	w    writer       // owned by the writer's goroutine
}

// call is one call of Append, waiting.
type call struct {
	ctx    context.Context
	facts  []*prepared
	expect map[Tag]int64
	epoch  uint32 // begins an epoch after this one and the record's own, where not nought; such a call is alone
	placed []Placed
	err    error
	done   chan struct{}
}

// Open opens a log. Close ends it.
func Open(ctx context.Context, store Store, o Options) (*Log, error) {
	if err := candour.CheckOrigin(o.Body); err != nil {
		return nil, err
	}
	if len(o.TagKey) != 32 {
		return nil, errors.New("open the record: the tag key has not 32 bytes")
	}
	if o.Batch == 0 {
		o.Batch = 4096
	}
	l := &Log{store: store, o: o, wake: make(chan struct{}, 1), done: make(chan struct{})}
	l.w.log = l
	if o.NoWrite {
		l.frozen = &Frozen{"it was opened to be read"}
	}
	head, err := store.Head(ctx)
	if err != nil {
		return nil, fmt.Errorf("open the record: %w", err)
	}
	o.Sealer.Forget() // what it remembers may be older than this head
	l.keys.Store(head.Keys)
	go l.write()
	return l, nil
}

// Body is the origin whose record this is.
func (l *Log) Body() string { return l.o.Body }

// Close waits for what was taken and ends the log. The store stays open.
func (l *Log) Close() error {
	l.mu.Lock()
	closed := l.closed
	l.closed = true
	l.mu.Unlock()
	if !closed {
		l.signal()
	}
	<-l.done
	return nil
}

// Freeze makes Append refuse from now on; nil thaws it.
func (l *Log) Freeze(why error) {
	l.mu.Lock()
	l.frozen = why
	l.mu.Unlock()
}

// Append seals facts, all of one call together or none, and returns when they are
// durable. A fact whose key stands in the record with the same content is answered with the
// entry that stands; with other content the call is refused with [*Conflict].
//
// The context ends the wait, not the work: facts may be sealed all the same. Call again
// with the same keys to know.
func (l *Log) Append(ctx context.Context, drafts ...Draft) ([]Placed, error) {
	return l.AppendAt(ctx, nil, drafts...)
}

// AppendAt is Append that refuses with [*Stale] where a chain has not as many entries as
// expected: what was decided was decided on something else.
func (l *Log) AppendAt(ctx context.Context, expect map[string]int64, drafts ...Draft) ([]Placed, error) {
	wait, err := l.Begin(ctx, expect, drafts...)
	if err != nil {
		return nil, err
	}
	return wait()
}

// Begin puts a call in its place and returns; wait gives what AppendAt would. Calls that one
// goroutine begins are sealed in that order.
func (l *Log) Begin(ctx context.Context, expect map[string]int64, drafts ...Draft) (wait func() ([]Placed, error), err error) {
	if len(drafts) == 0 {
		return func() ([]Placed, error) { return nil, nil }, nil
	}
	c := &call{ctx: ctx, done: make(chan struct{}), expect: make(map[Tag]int64, len(expect))}
	for chain, n := range expect {
		c.expect[l.o.Tag(chain)] = n
	}
	l.coming.Add(1)
	c.facts, err = l.prepareAll(ctx, drafts)
	l.coming.Add(-1)
	if err != nil {
		return nil, err
	}
	if err := l.enqueue(c); err != nil {
		return nil, err
	}
	return c.wait, nil
}

func (c *call) wait() ([]Placed, error) {
	select {
	case <-c.done:
		return c.placed, c.err
	case <-c.ctx.Done():
		return nil, fmt.Errorf("append: %w; whether the facts were sealed is told by the same call again", c.ctx.Err())
	}
}

func (l *Log) enqueue(c *call) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return ErrClosed
	case l.frozen != nil:
		return l.frozen
	}
	l.queue = append(l.queue, c)
	l.signal()
	return nil
}

// signal leaves a token for the writer; one is enough.
func (l *Log) signal() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// write is the writer's goroutine: all that waits goes into one transaction.
func (l *Log) write() {
	defer close(l.done)
	for range l.wake {
		for calls := l.take(); len(calls) > 0; calls = l.take() {
			l.w.group(calls)
		}
		l.mu.Lock()
		over := l.closed && len(l.queue) == 0
		l.mu.Unlock()
		if over {
			return
		}
	}
}

// gather lets callers come that are about to: those just answered often have the next fact
// ready, and whoever commits the first of them alone makes the others wait for the disk twice. No
// timer: it lasts as long as callers are at their facts or a round of the scheduler brings more,
// and a number of rounds at most.
func (l *Log) gather() {
	before := -1
	for range 64 {
		l.mu.Lock()
		n := len(l.queue)
		l.mu.Unlock()
		if n == before && l.coming.Load() == 0 {
			return
		}
		before = n
		runtime.Gosched()
	}
}

// take takes calls out of the queue, up to the number of facts of one batch, one at least.
func (l *Log) take() []*call {
	l.gather()
	l.mu.Lock()
	defer l.mu.Unlock()
	n, facts := 0, 0
	for n < len(l.queue) && (n == 0 || facts+len(l.queue[n].facts) <= l.o.Batch) {
		facts += len(l.queue[n].facts)
		n++
	}
	calls := l.queue[:n:n]
	if l.queue = l.queue[n:]; len(l.queue) == 0 {
		l.queue = nil
	}
	return calls
}

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

// EdgeBytes is an edge as the stores keep it.
func EdgeBytes(e *candour.Edge) []byte {
	b := binary.AppendUvarint(nil, uint64(e.Size))
	for _, h := range e.Hashes {
		b = append(b, h[:]...)
	}
	return b
}

// ParseEdge reads what EdgeBytes wrote, and refuses what is no edge.
func ParseEdge(b []byte) (candour.Edge, error) {
	size, n := binary.Uvarint(b)
	if n <= 0 || (len(b)-n)%len(Hash{}) != 0 {
		return candour.Edge{}, errors.New("head: the edge of the tree is not readable")
	}
	e := candour.Edge{Size: int64(size)}
	for b = b[n:]; len(b) > 0; b = b[len(Hash{}):] {
		e.Hashes = append(e.Hashes, Hash(b))
	}
	return e, e.Check()
}
