package record

import (
	"context"
	"encoding/hex"
	"runtime"

	"candour"
)

// rows goes over all entries: one goroutine reads, many examine each entry by itself, one
// judges them in their order.
func (w *audit) rows(ctx context.Context, size int64, progress func(done, of int64)) error {
	workers := runtime.GOMAXPROCS(0)
	work, inOrder := make(chan *span), make(chan *span, 2*workers)
	for range workers {
		go func() {
			for s := range work {
				for i := range s.entries {
					w.log.examine(ctx, &s.entries[i])
				}
				close(s.done)
			}
		}()
	}
	judged := make(chan struct{})
	go func() {
		defer close(judged)
		for s := range inOrder {
			<-s.done
			for i := range s.entries {
				w.row(ctx, &s.entries[i])
			}
			if progress != nil {
				progress(w.next, size)
			}
		}
	}()
	s := newSpan()
	give := func() {
		work <- s
		inOrder <- s
		s = newSpan()
	}
	err := w.log.store.Rows(ctx, 0, size, func(r *Row) error {
		if s.entries = append(s.entries, examined{Row: r}); len(s.entries) == spanned {
			give()
		}
		return ctx.Err()
	})
	if err == nil {
		give()
	}
	close(work)
	close(inOrder)
	<-judged
	return err
}

// spanned is how many entries are examined at a time.
const spanned = 256

// span is entries that follow each other.
type span struct {
	entries []examined
	done    chan struct{} // closed when all were examined
}

func newSpan() *span {
	return &span{entries: make([]examined, 0, spanned), done: make(chan struct{})}
}

// examined is an entry, and what can be said of it without the entries before.
type examined struct {
	*Row
	leaf   Hash // of the envelope as it is
	env    candour.Envelope
	envErr error
	fact   *Fact // nil: erased, or fault says why not
	fault  error
	key    Hash // its idempotency key, and the digest that is kept with it
	digest Hash
	seal   prepared // its commitments but for those of its place
}

// examine works out what does not depend on the entries before.
func (l *Log) examine(ctx context.Context, x *examined) {
	x.leaf = candour.LeafHash(x.Envelope)
	x.env, x.envErr = candour.ParseEnvelope(x.Envelope)
	if x.Payload == nil {
		return
	}
	if x.fact, x.fault = l.open(ctx, x.Row); x.fault != nil {
		return
	}
	f := x.fact
	x.key = hexHash(f.Key)
	x.digest = l.o.digest(encode(&f.Secret, &f.Draft, x.key))
	x.seal = prepared{commitments: commitments(&f.Secret, &f.Draft, f.Key), saltSeq: f.Secret.Salt("seq"), saltPrev: f.Secret.Salt("previous")}
}

// row judges an entry.
func (w *audit) row(ctx context.Context, x *examined) {
	if x.Index != w.next {
		w.v.fault(w.next, "entries %d to %d are missing", w.next, x.Index-1)
	}
	w.next = x.Index + 1
	w.v.Facts++
	if x.leaf != x.Leaf {
		w.v.fault(x.Index, "its envelope is not the one whose leaf is in the tree")
	}
	switch env := &x.env; {
	case x.envErr != nil:
		w.v.fault(x.Index, "%v", x.envErr)
	case env.Origin != w.log.o.Body:
		w.v.fault(x.Index, "it is of another body")
	case env.Sealed < w.sealed || env.Epoch < w.epoch:
		w.v.fault(x.Index, "it says that it was sealed before the entry before it")
	case env.Epoch > w.v.Head.Epoch:
		w.v.fault(x.Index, "its epoch is later than the record's")
	}
	if w.begins = x.env.Epoch > max(w.epoch, 1); w.begins {
		w.epochs = append(w.epochs, epochBegan{x.env.Epoch, x.Index})
	}
	w.sealed, w.epoch = max(w.sealed, x.env.Sealed), max(w.epoch, x.env.Epoch)
	w.content(x)
	w.grow(ctx, x.Index, x.leaf)
}

// content judges a fact by its commitments, and its place in its chain.
func (w *audit) content(x *examined) {
	c := w.chains[x.Tag]
	if c == nil {
		c = &chainState{seq: -1}
		w.chains[x.Tag] = c
	}
	if x.Seq != c.seq+1 {
		w.v.fault(x.Index, "it is number %d of its chain and follows number %d", x.Seq, c.seq)
	}
	previous := c.leaf
	c.seq, c.leaf = x.Seq, x.Leaf
	w.places += w.place(x.Tag, x.Seq, x.Index)
	if x.Seq == 0 {
		w.begun += w.place(x.Tag, 0, x.Index)
	}
	if x.Payload == nil {
		w.gone[x.Index] = true
		if c.missing == nil {
			c.missing = map[Hash]int64{}
		}
		c.missing[x.Leaf] = x.Index
		return
	}
	if x.fault != nil {
		w.gone[x.Index] = true
		w.v.fault(x.Index, "its content cannot be read: %v", x.fault)
		return
	}
	if name := x.fact.Chain; name != c.name || name == "" {
		if w.log.o.Tag(name) != x.Tag {
			w.v.fault(x.Index, "it is kept under another chain than its own")
		} else {
			c.name = name
		}
	}
	w.taken += w.key(x.key, Known{x.Index, x.digest})
	f := x.fact
	f.Previous = previous
	if root, err := x.seal.root(x.Seq, previous); err != nil || root != x.env.Fields {
		w.v.fault(x.Index, "its content, or its place in the chain, is not what was sealed")
		return // what it says counts for nothing
	}
	switch f.Kind {
	case candour.KindErasure:
		w.v.Erased += c.erased(f)
	case candour.KindRestored:
		if w.begins {
			w.restored(f)
		}
	case KindErasureDone:
		if b, err := hex.DecodeString(f.Get(FieldErasure)); err == nil && len(b) == len(Hash{}) {
			delete(c.begun, Hash(b))
		}
	}
}
