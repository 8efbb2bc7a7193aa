package casework_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"candour"
	"candour/internal/casework"
	"candour/internal/docket"
	"candour/internal/record"
)

// crash breaks a process off at the nth thing that it does to what lasts: before it is done, or
// just after.
type crash struct {
	mu    sync.Mutex
	at    int // counted from 0; below 0: never
	after bool
	n     int
	did   []string
}

var errCrash = errors.New("the process is no more")

func (c *crash) do(what string, f func() error) error {
	c.mu.Lock()
	n := c.n
	c.n++
	c.did = append(c.did, what)
	c.mu.Unlock()
	if c.at >= 0 && (n > c.at || n == c.at && !c.after) {
		return errCrash
	}
	if err := f(); err != nil || n != c.at {
		return err
	}
	return errCrash
}

type crashStore struct {
	record.Store
	c *crash
}

func (s crashStore) Commit(ctx context.Context, was record.Head, b *record.Batch) error {
	return s.c.do("commit", func() error { return s.Store.Commit(ctx, was, b) })
}

func (s crashStore) SetPayloads(ctx context.Context, keys int64, payloads map[int64][]byte) error {
	return s.c.do(fmt.Sprintf("set %d payloads", len(payloads)), func() error { return s.Store.SetPayloads(ctx, keys, payloads) })
}

type crashVault struct {
	casework.Vault
	c *crash
}

func (v crashVault) Rekey(ctx context.Context, chain string) (k casework.Rekeying, err error) {
	err = v.c.do("rekey", func() (err error) { k, err = v.Vault.Rekey(ctx, chain); return err })
	return crashRekeying{k, v.c}, err
}

func (v crashVault) Drop(ctx context.Context, chain string, digest [32]byte) error {
	return v.c.do("drop", func() error { return v.Vault.Drop(ctx, chain, digest) })
}

type crashRekeying struct {
	casework.Rekeying
	c *crash
}

func (k crashRekeying) Settle(ctx context.Context) error {
	return k.c.do("settle", func() error { return k.Rekeying.Settle(ctx) })
}

// crashing is a process that will break off.
func (p *place) crashing(t *testing.T, c *crash) *process {
	t.Helper()
	p.wrap = func(s record.Store) record.Store { return crashStore{s, c} }
	q := p.open(t)
	p.wrap = nil
	q.Vault = crashVault{q.Vault, c}
	after := q.After
	q.After = func(ctx context.Context, kase string) error {
		return c.do("after", func() error { return after(ctx, kase) })
	}
	return q
}

// end is the end of a process, however it came.
func (q *process) end() {
	q.Log.Close()
	q.Reads.Close()
	q.db.Close()
}

// state is what a verification says while an erasure is under way.
type state struct{ erased, remaining, unfinished int64 }

// states are what is seen from outside, in this order and no other: nothing told yet; told, and
// all still there; gone, and not finished; done.
func states(entries int64) []state {
	return []state{{0, 0, 0}, {0, entries, 1}, {entries, 0, 1}, {entries, 0, 0}}
}

func TestErasureBrokenOffAtEveryStep(t *testing.T) {
	for name, r := range map[string]casework.Request{"entry": request(entryF2), "case": request()} {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/%v", name, after), func(t *testing.T) {
				t.Parallel()
				brokenOff(t, r, after)
			})
		}
	}
}

func brokenOff(t *testing.T, r casework.Request, after bool) {
	want := states(int64(max(len(r.Entries), 1)))
	if r.All {
		want = states(5)
	}
	reached := 0
	for at := 0; ; at++ {
		p := newPlace(t)
		first := p.open(t)
		first.fill(t)
		b := first.before(t)
		first.end()

		c := &crash{at: at, after: after}
		broken := p.crashing(t, c)
		plan, err := broken.PlanErasure(ctx, r)
		if err != nil {
			t.Fatal(err)
		}
		_, err = broken.Erase(ctx, plan)
		broken.end()
		if err == nil {
			if at < 10 || reached < len(want)-2 {
				t.Errorf("%d steps, and what is seen came to %+v: %v", at, want[reached], c.did)
			}
			return
		}
		if !errors.Is(err, errCrash) {
			t.Fatal(err)
		}
		when := fmt.Sprintf("broken off at %d, %s", at, c.did[len(c.did)-1])

		next := p.open(t)
		v := next.verified(t)
		got := state{v.Erased, v.Remaining, v.Unfinished}
		for reached < len(want)-1 && got != want[reached] {
			reached++
		}
		if got != want[reached] {
			t.Fatalf("%s: seen is %+v", when, got)
		}
		text, _ := next.export(t)
		if strings.Contains(text, marker) != (got.erased == 0) {
			t.Errorf("%s: seen is %+v, and the marker can be read: %v", when, got, got.erased == 0)
		}
		next.again(t, r, got, when)
		if v := next.verified(t); (state{v.Erased, v.Remaining, v.Unfinished}) != want[len(want)-1] {
			t.Errorf("%s, then made again: %+v", when, v)
		}
		next.gone(t, b)
		next.end()
		if t.Failed() {
			t.Fatal(when)
		}
	}
}

// again makes the same request again.
func (q *process) again(t *testing.T, r casework.Request, seen state, when string) {
	t.Helper()
	p, err := q.PlanErasure(ctx, r)
	if seen.erased > 0 && seen.unfinished == 0 {
		if err == nil {
			t.Errorf("%s: what was done can be done again: %+v", when, p)
		}
		return
	}
	if err != nil {
		t.Fatalf("%s: %v", when, err)
	}
	if begun := len(p.Unfinished) == 1; begun != (seen.unfinished == 1) || begun == (len(p.Goes) > 0) {
		t.Errorf("%s: the plan: %+v", when, p)
	}
	if _, err := q.Erase(ctx, p); err != nil {
		t.Fatalf("%s: %v", when, err)
	}
	n := 0
	for _, f := range facts(t, q.Log, docket.CaseChain(kase)) {
		if f.Kind == candour.KindErasure {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%s: %d erasures are on record", when, n)
	}
}

// A hold wins over an erasure that was begun, as long as it removed nothing.
func TestHoldWinsOverWhatWasBegun(t *testing.T) {
	p := newPlace(t)
	p.open(t).fill(t)
	broken := p.crashing(t, &crash{at: 1})
	plan, err := broken.PlanErasure(ctx, request(entryF2))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := broken.Erase(ctx, plan); !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	broken.end()
	q := p.open(t)
	if _, err := q.PlaceHold(ctx, kase, casework.Hold{Basis: "an inquiry", By: "C"}); err != nil {
		t.Fatal(err)
	}
	var h *casework.Held
	if _, err := q.Finish(ctx, kase); !errors.As(err, &h) {
		t.Errorf("carried out under a hold: %v", err)
	}
	if _, err := q.PlanErasure(ctx, request(entryF2)); !errors.As(err, &h) {
		t.Errorf("planned under a hold: %v", err)
	}
	if v := q.verified(t); v.Remaining != 1 || v.Unfinished != 1 {
		t.Errorf("%+v", v)
	}
	if l, err := q.Due(ctx, ""); err != nil || len(l.Begun) != 1 || l.Begun[0] != kase {
		t.Errorf("%+v, %v", l, err)
	}
	if err := q.LiftHold(ctx, kase, "h1", "withdrawn", "C"); err != nil {
		t.Fatal(err)
	}
	if d, err := q.Finish(ctx, kase); err != nil || d.Entries != 1 {
		t.Errorf("%+v, %v", d, err)
	}
	if v := q.verified(t); v.Erased != 1 || v.Unfinished != 0 {
		t.Errorf("%+v", v)
	}
}
