package recordtest

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"candour"
	"candour/internal/record"
)

// remove takes away the content of an entry, and gives its leaf.
func remove(t *testing.T, l *record.Log, s record.Store, index int64) (leaf record.Hash) {
	t.Helper()
	if err := s.Rows(ctx, index, index+1, func(r *record.Row) error { leaf = r.Leaf; return nil }); err != nil {
		t.Fatal(err)
	}
	h, err := s.Head(ctx)
	if err == nil {
		err = s.SetPayloads(ctx, h.Keys, map[int64][]byte{index: nil})
	}
	if err != nil {
		t.Fatal(err)
	}
	return leaf
}

// tell seals an erasure on a chain.
func tell(t *testing.T, l *record.Log, chain, key, erased string) record.Placed {
	t.Helper()
	placed, err := l.Append(ctx, record.Draft{Chain: chain, Kind: candour.KindErasure, Key: key, Fields: []record.Field{{Name: candour.FieldErased, Value: []byte(erased)}}})
	if err != nil {
		t.Fatal(err)
	}
	return placed[0]
}

// onlyOnItsChain: what another chain, or an entry before, says of an erasure counts for
// nothing, nor does a leaf that is not written as the format says.
func onlyOnItsChain(t *testing.T, db *Database) {
	s := db.Log(Origin)
	l := Open(t, s, Options(1))
	Fill(t, l, 0, 21)
	leaf := remove(t, l, s, 8) // on case/c1
	word := fmt.Sprintf("%x", leaf)
	changed := func(after string) {
		t.Helper()
		v, err := l.Verify(ctx, Policy(), nil, nil)
		if err != nil || v.Erased != 0 || v.Count != 1 || v.Faults[0].Index != 8 {
			t.Errorf("after %s: %+v, %v", after, v, err)
		}
	}
	tell(t, l, "case/c2", "erasure:1", word)
	changed("an erasure on another chain")
	tell(t, l, "case/c1", "erasure:2", fmt.Sprintf("%X", leaf))
	changed("a leaf in upper case")
	tell(t, l, "case/c1", "erasure:3", word+"\n")
	changed("a leaf with something after it")
	if _, err := l.Append(ctx, record.Draft{Chain: "case/c1", Kind: "note.made", Key: "note:1", Fields: []record.Field{{Name: candour.FieldErased, Value: []byte(word)}}}); err != nil {
		t.Fatal(err)
	}
	changed("another kind of fact")
	by := tell(t, l, "case/c1", "erasure:4", word)
	if v := Verified(t, l); v.Erased != 1 || v.Remaining != 0 {
		t.Errorf("%+v", v)
	}
	remove(t, l, s, by.Index)
	if v, err := l.Verify(ctx, Policy(), nil, nil); err != nil || v.Erased != 0 || v.Count != 2 || !has(v, 8) || !has(v, by.Index) {
		t.Errorf("after the erasure was itself removed: %+v, %v", v, err)
	}
}

// betweenTheSteps is what a verification says at each step of an erasure.
func betweenTheSteps(t *testing.T, db *Database) {
	s := db.Log(Origin)
	l := Open(t, s, Options(1))
	Fill(t, l, 0, 21)
	var leaves []record.Hash
	if err := l.Chain(ctx, "case/c1", 0, func(f *record.Fact) error { leaves = append(leaves, f.Leaf); return nil }); err != nil {
		t.Fatal(err)
	}
	expect := func(when string, erased, remaining, unfinished int64) {
		t.Helper()
		if v := Verified(t, l); v.Erased != erased || v.Remaining != remaining || v.Unfinished != unfinished {
			t.Errorf("%s: %d erased, %d remain, %d unfinished; want %d, %d, %d", when, v.Erased, v.Remaining, v.Unfinished, erased, remaining, unfinished)
		}
	}
	by := tell(t, l, "case/c1", "erasure:1", fmt.Sprintf("%x %x", leaves[0], leaves[1]))
	expect("told, nothing removed", 0, 2, 1)
	remove(t, l, s, 1)
	expect("one removed", 1, 1, 1)
	remove(t, l, s, 8)
	expect("both removed", 2, 0, 1)
	done := record.Draft{Chain: "case/c1", Kind: record.KindErasureDone, Key: "done:1", Fields: []record.Field{{Name: record.FieldErasure, Value: fmt.Appendf(nil, "%x", by.Leaf)}}}
	if _, err := l.Append(ctx, done); err != nil {
		t.Fatal(err)
	}
	expect("told to be carried out", 2, 0, 0)
}

func keysByCompareAndSet(t *testing.T, db *Database) {
	s := db.Log(Origin)
	l := Open(t, s, Options(1))
	Fill(t, l, 0, 3)
	h, err := s.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SetPayloads(ctx, h.Keys, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.SetPayloads(ctx, h.Keys, map[int64][]byte{1: nil}); !errors.Is(err, record.ErrMoved) {
		t.Errorf("decided on older keys: %v", err)
	}
	now, err := s.Head(ctx)
	if err != nil || now.Keys != h.Keys+1 || now.Edge.Size != 3 {
		t.Errorf("%+v, %v", now, err)
	}
	was := now
	was.Keys = h.Keys
	if err := s.Commit(ctx, was, &record.Batch{Head: was}); !errors.Is(err, record.ErrMoved) {
		t.Errorf("a batch sealed under older keys was taken: %v", err)
	}
	if err := s.SetPayloads(ctx, now.Keys, map[int64][]byte{1: nil, 99: []byte("of no entry")}); err != nil {
		t.Error(err)
	}
	Fill(t, l, 3, 3)
	n := 0
	if err := l.Each(ctx, 0, -1, func(f *record.Fact) error {
		if n++; f.Erased != (f.Index == 1) {
			t.Errorf("entry %d: erased is %v", f.Index, f.Erased)
		}
		return nil
	}); err != nil || n != 6 {
		t.Errorf("%d entries: %v", n, err)
	}
}

// ring is the data keys that all processes have, by chain: a number each, the newest first.
type ring struct {
	mu   sync.Mutex
	keys map[string][]byte
}

func (r *ring) of(chain string) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.keys[chain] == nil {
		r.keys[chain] = []byte{1}
	}
	return append([]byte{}, r.keys[chain]...)
}

func (r *ring) rekey(chain string) byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	next := r.keys[chain][0] + 1
	if next == 0 {
		panic("more keys than the test can count")
	}
	r.keys[chain] = append([]byte{next}, r.keys[chain]...)
	return next
}

// settle destroys all but the newest, and refuses where that is another.
func (r *ring) settle(chain string, newest byte) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.keys[chain][0] != newest {
		return false
	}
	r.keys[chain] = r.keys[chain][:1]
	return true
}

// ringSealer is the sealer of one process: it remembers keys until it is told to forget.
type ringSealer struct {
	ring *ring
	mu   sync.Mutex
	seen map[string][]byte
}

func (s *ringSealer) remembered(chain string, anew bool) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen == nil {
		s.seen = map[string][]byte{}
	}
	if s.seen[chain] == nil || anew {
		s.seen[chain] = s.ring.of(chain)
	}
	return s.seen[chain]
}

func (s *ringSealer) aead(chain string, key byte) cipher.AEAD {
	sum := sha256.Sum256(fmt.Appendf(nil, "only for tests %s %d", chain, key))
	block, err := aes.NewCipher(sum[:])
	if err != nil {
		panic(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	return aead
}

func (s *ringSealer) Seal(_ context.Context, chain string, plain []byte) ([]byte, error) {
	key := s.remembered(chain, false)[0]
	return s.aead(chain, key).Seal([]byte{key}, nil, plain, nil), nil
}

func (s *ringSealer) Open(_ context.Context, chain string, sealed []byte) ([]byte, error) {
	for _, anew := range []bool{false, true} {
		for _, key := range s.remembered(chain, anew) {
			if key == sealed[0] {
				return s.aead(chain, key).Open(nil, nil, sealed[1:], nil)
			}
		}
	}
	return nil, fmt.Errorf("the key %d is no more", sealed[0])
}

func (s *ringSealer) Forget(...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = nil
}

var errOvertaken = errors.New("the chain was rekeyed again")

// rekey gives a chain a new key and destroys the old ones, as somebody who erases does.
func (s *ringSealer) rekey(l *record.Log, chain string, erased func(record.Hash) bool) error {
	name := l.SealedChain(chain)
	newest := s.ring.rekey(name)
	s.Forget()
	err := l.Reseal(ctx, chain, erased, func(ctx context.Context, sealed []byte) ([]byte, error) {
		if s.remembered(name, false)[0] != newest {
			return nil, errOvertaken
		}
		plain, err := s.Open(ctx, name, sealed)
		if err != nil {
			return nil, err
		}
		return s.aead(name, newest).Seal([]byte{newest}, nil, plain, nil), nil
	})
	if err != nil {
		return err
	}
	if !s.ring.settle(name, newest) {
		return errOvertaken
	}
	return nil
}

// rekeyedWhileAppended lets some processes append to a chain while two others rekey it
// again and again. Whatever is answered for can be read at the end.
func rekeyedWhileAppended(t *testing.T, db *Database) {
	keys := &ring{keys: map[string][]byte{}}
	process := func(seed uint64) (*record.Log, *ringSealer) {
		s := &ringSealer{ring: keys}
		o := Options(seed)
		o.Sealer = s
		return Open(t, db.Log(Origin), o), s
	}
	first, _ := process(1)
	Fill(t, first, 0, 14)
	var appending, rekeying sync.WaitGroup
	stop := make(chan struct{})
	for who := range 2 {
		l, _ := process(uint64(10 + who))
		for caller := range 3 {
			appending.Go(func() {
				for i := range 12 {
					d := Draft(1000 + 100*(3*who+caller) + i)
					d.Chain = "case/c1"
					if _, err := l.Append(ctx, d); err != nil {
						t.Errorf("append: %v", err)
					}
				}
			})
		}
	}
	none := func(record.Hash) bool { return false }
	for who := range 2 {
		l, s := process(uint64(20 + who))
		rekeying.Go(func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(time.Millisecond):
				}
				if err := s.rekey(l, "case/c1", none); err != nil && !errors.Is(err, errOvertaken) {
					t.Errorf("rekey: %v", err)
					return
				}
			}
		})
	}
	appending.Wait()
	close(stop)
	rekeying.Wait()
	last, s := process(30)
	if err := s.rekey(last, "case/c1", none); err != nil {
		t.Fatal(err)
	}
	if v := Verified(t, last); v.Facts != 14+72 || len(keys.of(last.SealedChain("case/c1"))) != 1 {
		t.Errorf("%d facts, %d keys", v.Facts, len(keys.of(last.SealedChain("case/c1"))))
	}
	if n := keys.of(last.SealedChain("case/c1"))[0]; n < 3 {
		t.Errorf("the chain has its key number %d: nobody rekeyed it meanwhile", n)
	}
}

// openedLate: a log that is opened over a sealer which remembers keys from before seals
// nothing under them.
func openedLate(t *testing.T, db *Database) {
	keys := &ring{keys: map[string][]byte{}}
	o, s := Options(1), &ringSealer{ring: keys}
	o.Sealer = s
	l := Open(t, db.Log(Origin), o)
	Fill(t, l, 0, 14)
	other, r := Options(2), &ringSealer{ring: keys}
	other.Sealer = r
	if err := r.rekey(Open(t, db.Log(Origin), other), "case/c1", func(record.Hash) bool { return false }); err != nil {
		t.Fatal(err)
	}
	o.Random = Random(3)
	late := Open(t, db.Log(Origin), o) // over the sealer that remembers
	Fill(t, late, 14, 7)
	other.Sealer = &ringSealer{ring: keys}
	Verified(t, Open(t, db.Log(Origin), other))
}

// overtaken: whoever rekeys a chain, and is overtaken by another who rekeys it to the end,
// puts nothing back under a key that is no more.
func overtaken(t *testing.T, db *Database) {
	keys := &ring{keys: map[string][]byte{}}
	slow, fast := &ringSealer{ring: keys}, &ringSealer{ring: keys}
	o := Options(1)
	o.Sealer = slow
	l := Open(t, db.Log(Origin), o)
	other := Options(2)
	other.Sealer = fast
	m := Open(t, db.Log(Origin), other)
	Fill(t, l, 0, 7) // one entry a chain
	name := l.SealedChain("case/c1")
	newest := keys.rekey(name)
	slow.Forget()
	none := func(record.Hash) bool { return false }
	calls := 0
	err := l.Reseal(ctx, "case/c1", none, func(ctx context.Context, sealed []byte) ([]byte, error) {
		if slow.remembered(name, false)[0] != newest {
			return nil, errOvertaken
		}
		plain, err := slow.Open(ctx, name, sealed)
		if err != nil {
			return nil, err
		}
		if calls++; calls == 1 {
			if err := fast.rekey(m, "case/c1", none); err != nil {
				t.Error(err)
			}
		}
		return slow.aead(name, newest).Seal([]byte{newest}, nil, plain, nil), nil
	})
	if !errors.Is(err, errOvertaken) {
		t.Errorf("got %v", err)
	}
	other.Sealer = &ringSealer{ring: keys}
	Verified(t, Open(t, db.Log(Origin), other))
}

// expectedOfNow: a length that was read just now is the one that counts, also for a log that
// last looked before another process appended, and has appended nothing since.
func expectedOfNow(t *testing.T, db *Database) {
	a, b := Open(t, db.Log(Origin), Options(1)), Open(t, db.Log(Origin), Options(2))
	Fill(t, a, 0, 7)
	Fill(t, b, 7, 7)
	n, _, err := a.ChainEnd(ctx, "case/c1")
	if err != nil || n != 2 {
		t.Fatalf("%d entries, %v", n, err)
	}
	for range 2 {
		if _, err := a.AppendAt(ctx, map[string]int64{"case/c1": n}, Draft(15)); err != nil {
			t.Errorf("decided on all there is: %v", err)
		}
	}
}
