package recordtest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"candour/internal/record"
)

// commits is a store whose next commit is another's.
type commits struct {
	record.Store
	next func(ctx context.Context, was record.Head, b *record.Batch) error
}

func (c *commits) Commit(ctx context.Context, was record.Head, b *record.Batch) error {
	if do := c.next; do != nil {
		c.next = nil
		return do(ctx, was, b)
	}
	return c.Store.Commit(ctx, was, b)
}

// unknownOutcome breaks the connection in the middle of commits: what is answered is what
// stands in the record, and it stands there once.
func unknownOutcome(t *testing.T, db *Database) {
	store := db.Log(Origin)
	broken := &commits{Store: store}
	l, other := Open(t, broken, Options(1)), Open(t, db.Log(Origin), Options(2))
	Fill(t, l, 0, 7)
	for i, c := range []struct {
		what     string
		commit   func(ctx context.Context, was record.Head, b *record.Batch) error
		existing bool
	}{
		{"it happened", func(ctx context.Context, was record.Head, b *record.Batch) error {
			return errors.Join(record.ErrUncertain, store.Commit(ctx, was, b))
		}, false},
		{"it did not", func(context.Context, record.Head, *record.Batch) error { return record.ErrUncertain }, false},
		{"it did not, and another process sealed the same fact in the same place", func(_ context.Context, _ record.Head, b *record.Batch) error {
			if _, err := other.Append(ctx, Draft(int(b.Rows[0].Index))); err != nil {
				t.Error(err)
			}
			return record.ErrUncertain
		}, true},
		{"it happens later", func(ctx context.Context, was record.Head, b *record.Batch) error {
			broken.next = func(ctx context.Context, again record.Head, second *record.Batch) error {
				if err := store.Commit(ctx, was, b); err != nil {
					t.Error(err)
				}
				return store.Commit(ctx, again, second)
			}
			return record.ErrUncertain
		}, true},
	} {
		n := 7 + i
		broken.next = c.commit
		placed, err := l.AppendAt(ctx, map[string]int64{"case/c" + string(rune('0'+i)): 1}, Draft(n))
		if err != nil || placed[0].Index != int64(n) || placed[0].Existing != c.existing {
			t.Errorf("%s: %+v, %v", c.what, placed, err)
			continue
		}
		leaf, err := store.Nodes(ctx, 0, int64(n), int64(n+1))
		if err != nil || !c.existing && placed[0].Leaf != leaf[0] {
			t.Errorf("%s: the leaf in the answer is not the one in the record: %v", c.what, err)
		}
	}
	broken.next = func(context.Context, record.Head, *record.Batch) error {
		broken.next = func(context.Context, record.Head, *record.Batch) error { return record.ErrUnreachable }
		return record.ErrUncertain
	}
	if _, err := l.Append(ctx, Draft(11)); !errors.Is(err, record.ErrUncertain) {
		t.Errorf("it may be on its way, and the answer is %v", err)
	}
	var always func(context.Context, record.Head, *record.Batch) error
	tries := 0
	always = func(context.Context, record.Head, *record.Batch) error {
		tries++
		broken.next = always
		return record.ErrUncertain
	}
	broken.next = always // as a disk that refuses to sync
	if _, err := l.Append(ctx, Draft(11)); !errors.Is(err, record.ErrUncertain) || tries > 5 {
		t.Errorf("nobody ever knows: tried %d times, %v", tries, err)
	}
	broken.next = nil
	Fill(t, l, 0, 12)
	if v := Verified(t, l); v.Facts != 12 {
		t.Errorf("%d facts, want 12", v.Facts)
	}
}

// away is a store whose commits do not reach the database for a while.
type away struct {
	record.Store
	down     atomic.Bool
	commits  atomic.Int64
	gathered chan struct{} // closed when all callers wait
}

func (a *away) Commit(ctx context.Context, was record.Head, b *record.Batch) error {
	n := a.commits.Add(1)
	if !a.down.Load() {
		return a.Store.Commit(ctx, was, b)
	}
	if n == 1 {
		<-a.gathered
	}
	return record.ErrUnreachable
}

// unreachable looks that callers do not wait for one another to find out.
func unreachable(t *testing.T, db *Database) {
	store := &away{Store: db.Log(Origin), gathered: make(chan struct{})}
	l := Open(t, store, Options(1))
	Fill(t, l, 0, 1)
	store.down.Store(true)
	store.commits.Store(0)
	var waits []func() ([]record.Placed, error)
	for i := range 64 {
		wait, err := l.Begin(ctx, nil, Draft(1+i))
		if err != nil {
			t.Fatal(err)
		}
		waits = append(waits, wait)
	}
	close(store.gathered)
	var wg sync.WaitGroup
	for _, wait := range waits {
		wg.Go(func() {
			if _, err := wait(); !errors.Is(err, record.ErrUnreachable) {
				t.Errorf("got %v", err)
			}
		})
	}
	wg.Wait()
	if n := store.commits.Load(); n > 2 {
		t.Errorf("%d commits were tried for 64 callers, want 2: the first, and those that came while it was tried", n)
	}
	store.down.Store(false)
	Fill(t, l, 1, 64)
	if v := Verified(t, l); v.Facts != 65 {
		t.Errorf("%d facts, want 65", v.Facts)
	}
}
