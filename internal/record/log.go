package record

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

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
	if c.facts, err = l.prepareAll(ctx, drafts); err != nil {
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
	var p pace
	for range l.wake {
		for calls := l.take(&p); len(calls) > 0; calls = l.take(&p) {
			began := time.Now()
			l.w.group(calls)
			p.took = time.Since(began)
			l.mu.Lock()
			p.callers = len(calls) + len(l.queue)
			l.mu.Unlock()
		}
		l.mu.Lock()
		over := l.closed && len(l.queue) == 0
		l.mu.Unlock()
		if over {
			return
		}
	}
}

// pace is what the writer knows of its callers.
type pace struct {
	callers int           // who were answered last, and who then waited
	took    time.Duration // the last transaction
}

// enough is from how many facts on a transaction does not wait for more: what one costs by itself
// is then shared by many.
const enough = 128

// longest is how long callers are waited for at most, however long the last transaction took.
const longest = 10 * time.Millisecond

// gather lets callers come that are about to: those just answered often have the next fact
// ready, and whoever commits the first of them alone makes the others wait for the disk twice. It
// waits for as many as there lately were, and never longer than a quarter of what the last transaction took.
func (l *Log) gather(p *pace) {
	for began := time.Now(); ; runtime.Gosched() {
		l.mu.Lock()
		n, facts := len(l.queue), 0
		for i := 0; i < n && facts < enough; i++ {
			facts += len(l.queue[i].facts)
		}
		l.mu.Unlock()
		if n >= p.callers || facts >= enough || time.Since(began) > min(p.took/4, longest) {
			return
		}
	}
}

// take takes calls out of the queue, up to the number of facts of one batch, one at least.
func (l *Log) take(p *pace) []*call {
	l.gather(p)
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
