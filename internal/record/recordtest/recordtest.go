// Package recordtest is the suite that every store of records passes. Behaviour is
// defined here once; a store is right when it passes.
package recordtest

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"candour"
	"candour/internal/record"
)

// Database is a new, empty database that a store was opened on.
type Database struct {
	// Log is the store of the record of that body. Each call may give another connection.
	Log func(origin string) record.Store
	// Exec runs a statement behind the store's back, as somebody with all rights on the
	// database would: triggers that refuse are dropped before. Placeholders are ?.
	Exec func(t *testing.T, statement string, args ...any)
}

// Origin is the body whose record the suite keeps.
const Origin = "candour.test/northmere"

// TagKey is the tag key of the suite.
var TagKey = []byte("0123456789abcdef0123456789abcdef")

// Signer is the body's signer in the suite.
func Signer() candour.Signer {
	return candour.NewSigner(Origin, []byte("a seed of thirty-two bytes, fix."))
}

// Policy trusts the suite's signer, and nobody else.
func Policy() *candour.Policy {
	return &candour.Policy{Body: Origin, Logs: []candour.Witness{{Operator: "northmere", Key: Signer().Public}}}
}

// Clock is a clock that moves by a second with each reading. It may be read by many.
type Clock struct {
	mu sync.Mutex
	t  time.Time
}

// NewClock begins at a moment long past.
func NewClock() *Clock { return &Clock{t: time.Date(2014, 3, 1, 9, 0, 0, 0, time.UTC)} }

// Now is the time, a second later than before.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(time.Second)
	return c.t
}

// Options are those of the suite: everything is chosen, nothing is by chance.
func Options(seed uint64) record.Options {
	signer := Signer()
	return record.Options{Body: Origin, TagKey: TagKey, Sealer: Sealer{}, Now: NewClock().Now, Random: Random(seed), Signer: &signer}
}

// Random is a source of bytes that are the same for the same seed.
func Random(seed uint64) io.Reader {
	return &lockedReader{r: rand.NewChaCha8(sha256.Sum256(fmt.Appendf(nil, "%d", seed)))}
}

type lockedReader struct {
	mu sync.Mutex
	r  io.Reader
}

func (l *lockedReader) Read(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.r.Read(p)
}

// Sealer is a real encryption with keys that follow from the chain's name. Only for tests.
type Sealer struct{}

func (Sealer) aead(chain string) cipher.AEAD {
	key := sha256.Sum256([]byte("only for tests " + chain))
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	return aead
}

// Seal implements record.Sealer.
func (s Sealer) Seal(_ context.Context, chain string, plain []byte) ([]byte, error) {
	return s.aead(chain).Seal(nil, nil, plain, nil), nil
}

// Open implements record.Sealer.
func (s Sealer) Open(_ context.Context, chain string, sealed []byte) ([]byte, error) {
	return s.aead(chain).Open(nil, nil, sealed, nil)
}

// Forget implements record.Sealer: nothing is remembered.
func (Sealer) Forget(...string) {}

// Open opens a log and closes it when the test ends.
func Open(t testing.TB, s record.Store, o record.Options) *record.Log {
	t.Helper()
	l, err := record.Open(context.Background(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// Draft is an invented fact on one of a few cases.
func Draft(n int) record.Draft {
	return record.Draft{Chain: fmt.Sprintf("case/c%d", n%7), Kind: "note.made", Happened: "2014-03-01 10:20", By: "oic1", Key: fmt.Sprintf("fact:f%d", n),
		Fields: []record.Field{{Name: "f.text", Value: fmt.Appendf(nil, "said %d", n)}, {Name: "f.method", Value: []byte(`"letter"`)}}}
}

// Fill appends n facts, some at a time.
func Fill(t testing.TB, l *record.Log, from, n int) {
	t.Helper()
	for n > 0 {
		some := min(n, 100)
		var drafts []record.Draft
		for i := range some {
			drafts = append(drafts, Draft(from+i))
		}
		if _, err := l.Append(context.Background(), drafts...); err != nil {
			t.Fatal(err)
		}
		from, n = from+some, n-some
	}
}

// Verified verifies the whole record and fails the test where anything is wrong.
func Verified(t testing.TB, l *record.Log) *record.Verification {
	t.Helper()
	v, err := l.Verify(context.Background(), Policy(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range v.Faults {
		t.Errorf("entry %d: %s", f.Index, f.What)
	}
	return v
}

// Run runs the suite. open gives a new database each time.
func Run(t *testing.T, open func(t *testing.T) *Database) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, db *Database)
	}{
		{"WhatIsAppendedIsRead", readBack},
		{"SameKeyGivesTheEntryThatStands", sameKey},
		{"OtherContentUnderOneKeyIsRefused", conflict},
		{"BadCallFailsAlone", badCall},
		{"DecidedOnLessIsRefused", stale},
		{"TilesAndProofsOfEverySize", proofs},
		{"TwoLogsOnOneStoreNeverFork", twoLogs},
		{"BodiesAreApart", bodies},
		{"CheckpointsAreKept", checkpoints},
		{"ErasureLeavesTheRestVerifiable", erasure},
		{"LostInARestoreIsToldAtTheBeginningOfAnEpoch", lost},
		{"ErasureIsToldOnItsOwnChain", onlyOnItsChain},
		{"ErasureIsSeenBetweenItsSteps", betweenTheSteps},
		{"KeysAreByCompareAndSet", keysByCompareAndSet},
		{"RekeyedWhileAppended", rekeyedWhileAppended},
		{"OpenedOverOldKeys", openedLate},
		{"ExpectedLengthIsThatOfNow", expectedOfNow},
		{"OvertakenWhileRekeying", overtaken},
		{"TamperingIsFound", tampering},
		{"CommitIsByCompareAndSet", compareAndSet},
		{"OlderCopyIsTold", olderCopy},
		{"NewEpochGoesOn", newEpoch},
		{"UnknownOutcomeIsFoundOut", unknownOutcome},
		{"UnreachableIsToldToAllAtOnce", unreachable},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
	t.Run("ACopyIsTheLog", func(t *testing.T) { copied(t, open(t), open(t)) })
	t.Run("ACopyThatWasRekeyedSaysSo", func(t *testing.T) { rekeyed(t, open(t), open(t)) })
}

var ctx = context.Background()

func readBack(t *testing.T, db *Database) {
	l := Open(t, db.Log(Origin), Options(1))
	Fill(t, l, 0, 700)
	n := 0
	err := l.Each(ctx, 0, -1, func(f *record.Fact) error {
		want := Draft(n)
		if f.Index != int64(n) || f.Chain != want.Chain || f.Kind != want.Kind || f.By != want.By || f.Get("f.text") != want.Get("f.text") || f.Seq != int64(n/7) {
			t.Errorf("entry %d: got %+v", n, f)
		}
		n++
		return nil
	})
	if err != nil || n != 700 {
		t.Fatalf("read %d entries: %v", n, err)
	}
	seq := int64(10)
	if err := l.Chain(ctx, "case/c3", 10, func(f *record.Fact) error {
		if f.Seq != seq || f.Chain != "case/c3" {
			t.Errorf("got seq %d of %s, want %d", f.Seq, f.Chain, seq)
		}
		seq++
		return nil
	}); err != nil || seq != 100 {
		t.Errorf("the chain was read to %d: %v", seq, err)
	}
	if v := Verified(t, l); v.Facts != 700 || v.Chains != 7 {
		t.Errorf("verified %d facts on %d chains", v.Facts, v.Chains)
	}
	again := Open(t, db.Log(Origin), Options(2))
	Fill(t, again, 700, 30)
	if v := Verified(t, again); v.Facts != 730 {
		t.Errorf("after opening again: %d facts", v.Facts)
	}
}

func sameKey(t *testing.T, db *Database) {
	l := Open(t, db.Log(Origin), Options(1))
	first, err := l.Append(ctx, Draft(1), Draft(2))
	if err != nil {
		t.Fatal(err)
	}
	again, err := l.Append(ctx, Draft(2), Draft(3), Draft(1))
	if err != nil {
		t.Fatal(err)
	}
	if !again[0].Existing || again[0].Index != first[1].Index || again[1].Existing || again[1].Index != 2 || again[2].Index != first[0].Index {
		t.Errorf("got %+v after %+v", again, first)
	}
	known, err := l.Known(ctx, "fact:f1", "fact:f9")
	if err != nil || len(known) != 1 || known["fact:f1"] != 0 {
		t.Errorf("known: %v, %v", known, err)
	}
	Verified(t, l)
}

func conflict(t *testing.T, db *Database) {
	l := Open(t, db.Log(Origin), Options(1))
	Fill(t, l, 0, 3)
	other := Draft(1)
	other.Fields[0].Value = []byte("said otherwise")
	_, err := l.Append(ctx, Draft(5), other)
	var c *record.Conflict
	if !errors.As(err, &c) || c.Index != 1 || c.Draft != 1 {
		t.Errorf("got %v", err)
	}
	if h, _ := l.Head(ctx); h.Edge.Size != 3 {
		t.Errorf("the refused call left %d entries", h.Edge.Size)
	}
}

// badCall appends from many goroutines, a third of them refused, and looks that each of the
// others is answered for.
func badCall(t *testing.T, db *Database) {
	l := Open(t, db.Log(Origin), Options(1))
	Fill(t, l, 0, 1)
	var wg sync.WaitGroup
	for i := 1; i <= 90; i++ {
		wg.Go(func() {
			d := Draft(i)
			if i%3 == 0 {
				d.Key = "fact:f0"
			}
			placed, err := l.Append(ctx, d)
			var c *record.Conflict
			if bad := errors.As(err, &c); bad != (i%3 == 0) || !bad && (err != nil || len(placed) != 1) {
				t.Errorf("call %d: %v, %v", i, placed, err)
			}
		})
	}
	wg.Wait()
	if v := Verified(t, l); v.Facts != 61 {
		t.Errorf("%d facts, want 61", v.Facts)
	}
}

func stale(t *testing.T, db *Database) {
	l := Open(t, db.Log(Origin), Options(1))
	Fill(t, l, 0, 7)
	if _, err := l.AppendAt(ctx, map[string]int64{"case/c0": 1}, Draft(7)); err != nil {
		t.Error(err)
	}
	_, err := l.AppendAt(ctx, map[string]int64{"case/c0": 1}, Draft(14))
	var s *record.Stale
	if !errors.As(err, &s) || s.Have != 2 {
		t.Errorf("got %v", err)
	}
	if _, err := l.AppendAt(ctx, map[string]int64{"case/new": 0}, Draft(15)); err != nil {
		t.Error(err)
	}
	placed, err := l.AppendAt(ctx, map[string]int64{"case/c0": 1}, Draft(7))
	if err != nil || !placed[0].Existing || placed[0].Index != 7 {
		t.Errorf("the same call again: %+v, %v", placed, err)
	}
}

// proofs holds the tree against one worked out anew, at sizes around full tiles of two levels.
func proofs(t *testing.T, db *Database) {
	l := Open(t, db.Log(Origin), Options(1))
	Fill(t, l, 0, 1100)
	var leaves []record.Hash
	if err := l.Each(ctx, 0, -1, func(f *record.Fact) error { leaves = append(leaves, f.Leaf); return nil }); err != nil {
		t.Fatal(err)
	}
	roots := []record.Hash{candour.EmptyRoot}
	var e candour.Edge
	for _, leaf := range leaves {
		e.Add(leaf)
		roots = append(roots, e.Root())
	}
	for _, size := range []int64{1, 2, 3, 255, 256, 257, 511, 512, 513, 1023, 1100} {
		if root, err := l.RootAt(ctx, size); err != nil || root != roots[size] {
			t.Fatalf("the root at %d: %v", size, err)
		}
		for _, index := range []int64{0, 1, size / 2, size - 1} {
			if index >= size {
				continue
			}
			p, err := l.Inclusion(ctx, index, size)
			if err == nil {
				err = candour.CheckInclusion(p, size, roots[size], index, leaves[index])
			}
			if err != nil {
				t.Errorf("entry %d in %d: %v", index, size, err)
			}
		}
		for _, from := range []int64{0, 1, size / 3, size - 1, size} {
			p, err := l.Consistency(ctx, from, size)
			if err == nil {
				err = candour.CheckConsistency(p, from, roots[from], size, roots[size])
			}
			if err != nil {
				t.Errorf("%d continues %d: %v", size, from, err)
			}
		}
	}
}

// twoLogs lets two logs on one store, as two processes would, append at once.
func twoLogs(t *testing.T, db *Database) {
	logs := []*record.Log{Open(t, db.Log(Origin), Options(1)), Open(t, db.Log(Origin), Options(2)), Open(t, db.Log(Origin), Options(3))}
	var wg sync.WaitGroup
	for who, l := range logs {
		for caller := range 8 {
			wg.Go(func() {
				for i := range 12 {
					n := caller*12 + i // all logs send the same facts
					if _, err := l.Append(ctx, Draft(n)); err != nil {
						t.Errorf("log %d: %v", who, err)
					}
				}
			})
		}
	}
	wg.Wait()
	if v := Verified(t, logs[0]); v.Facts != 96 {
		t.Errorf("%d facts, want 96", v.Facts)
	}
}

func bodies(t *testing.T, db *Database) {
	a := Open(t, db.Log(Origin), Options(1))
	o := Options(2)
	o.Body = Origin + "/reads"
	b := Open(t, db.Log(o.Body), o)
	Fill(t, a, 0, 5)
	Fill(t, b, 0, 9)
	if v := Verified(t, a); v.Facts != 5 {
		t.Errorf("%d facts", v.Facts)
	}
	if h, err := b.Head(ctx); err != nil || h.Edge.Size != 9 {
		t.Errorf("%d facts, %v", h.Edge.Size, err)
	}
}

func checkpoints(t *testing.T, db *Database) {
	l := Open(t, db.Log(Origin), Options(1))
	Fill(t, l, 0, 5)
	c, note, err := l.Checkpoint(ctx)
	if err != nil || c.Size != 5 {
		t.Fatalf("%+v, %v", c, err)
	}
	if _, again, err := l.Checkpoint(ctx); err != nil || string(again) != string(note) {
		t.Errorf("the same size gave another checkpoint: %v", err)
	}
	w := candour.NewCosigner("witness.test", []byte("another seed of thirty-two bytes"))
	line := w.Cosign(c.Text(), time.Unix(1393668000, 0))
	for range 2 {
		if err := l.Cosign(ctx, 5, w.Public.String(), line); err != nil {
			t.Fatal(err)
		}
	}
	p := Policy()
	p.Witnesses, p.Quorum = []candour.Witness{{Operator: "watchdog", Key: w.Public}}, 1
	note, err = l.CheckpointAt(ctx, 5)
	if err != nil {
		t.Fatal(err)
	}
	got, by, err := p.OpenCheckpoint(note)
	if err != nil || got != c || !p.Reached(by) {
		t.Errorf("%+v, %v, %v", got, by, err)
	}
	Fill(t, l, 5, 5)
	v, err := l.Verify(ctx, p, nil, nil)
	if err != nil || !v.Intact() || v.Witnessed != 5 || v.Checkpoints != 1 {
		t.Errorf("%+v, %v", v, err)
	}
}

func erasure(t *testing.T, db *Database) {
	s := db.Log(Origin)
	l := Open(t, s, Options(1))
	Fill(t, l, 0, 20)
	var leaf record.Hash
	if err := l.Each(ctx, 8, 9, func(f *record.Fact) error { leaf = f.Leaf; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := s.SetPayloads(ctx, 0, map[int64][]byte{8: nil}); err != nil {
		t.Fatal(err)
	}
	if v, err := l.Verify(ctx, Policy(), nil, nil); err != nil || v.Count != 1 || v.Faults[0].Index != 8 {
		t.Errorf("content removed without a word: %+v, %v", v, err)
	}
	tell := record.Draft{Chain: "case/c1", Kind: candour.KindErasure, Key: "erasure:1", Fields: []record.Field{{Name: candour.FieldErased, Value: fmt.Appendf(nil, "%x", leaf)}}}
	if _, err := l.Append(ctx, tell); err != nil {
		t.Fatal(err)
	}
	if v := Verified(t, l); v.Erased != 1 {
		t.Errorf("%d erased", v.Erased)
	}
	erased := 0
	if err := l.Each(ctx, 0, -1, func(f *record.Fact) error {
		if f.Erased {
			erased++
		}
		return nil
	}); err != nil || erased != 1 {
		t.Errorf("%d read as erased: %v", erased, err)
	}
}

// tampering alters the database as somebody with all rights would, one thing at a time.
func tampering(t *testing.T, db *Database) {
	l := Open(t, db.Log(Origin), Options(1))
	Fill(t, l, 0, 600)
	if _, _, err := l.Checkpoint(ctx); err != nil {
		t.Fatal(err)
	}
	Verified(t, l)
	flip := func(b []byte) []byte { c := append([]byte{}, b...); c[len(c)/2] ^= 1; return c }
	var row record.Row
	if err := db.Log(Origin).Rows(ctx, 300, 301, func(r *record.Row) error { row = *r; return nil }); err != nil {
		t.Fatal(err)
	}
	var key struct {
		key record.Hash
		at  record.Known
	}
	if err := db.Log(Origin).Taken(ctx, func(k record.Hash, at record.Known) error {
		if at.Index == 300 {
			key.key, key.at = k, at
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what, do, undo string
		args, back     []any
		index          int64
	}{
		{"envelope", `UPDATE fact SET envelope = ? WHERE idx = 300`, `UPDATE fact SET envelope = ? WHERE idx = 300`, []any{flip(row.Envelope)}, []any{row.Envelope}, 300},
		{"leaf", `UPDATE fact SET leaf = ? WHERE idx = 300`, `UPDATE fact SET leaf = ? WHERE idx = 300`, []any{flip(row.Leaf[:])}, []any{row.Leaf[:]}, 300},
		{"payload", `UPDATE payload SET sealed = ? WHERE idx = 300`, `UPDATE payload SET sealed = ? WHERE idx = 300`, []any{flip(row.Payload)}, []any{row.Payload}, 300},
		{"place", `UPDATE fact SET seq = 1000 WHERE idx = 300`, `UPDATE fact SET seq = ? WHERE idx = 300`, nil, []any{row.Seq}, 300},
		{"payload removed", `DELETE FROM payload WHERE idx = 300`, `INSERT INTO payload (log, idx, sealed) SELECT log, 300, ? FROM head`, nil, []any{row.Payload}, 300},
		{"fact removed", `DELETE FROM fact WHERE idx = 300`, `INSERT INTO fact (log, idx, leaf, envelope, chain, seq) SELECT log, 300, ?, ?, ?, ? FROM head`, nil, []any{row.Leaf[:], row.Envelope, row.Tag[:], row.Seq}, 300},
		{"found under another chain", `UPDATE fact SET chain = (SELECT chain FROM fact WHERE idx = 301), seq = 5000 WHERE idx = 300`, `UPDATE fact SET chain = ?, seq = ? WHERE idx = 300`, nil, []any{row.Tag[:], row.Seq}, 300},
		{"key removed", `DELETE FROM idempotency WHERE idx = 300`, `INSERT INTO idempotency (log, key, idx, digest) SELECT log, ?, 300, ? FROM head`, nil, []any{key.key[:], key.at.Digest[:]}, -1},
		{"key of another entry", `UPDATE idempotency SET idx = 301 WHERE idx = 300`, `UPDATE idempotency SET idx = 300 WHERE key = ?`, nil, []any{key.key[:]}, -1},
		{"key of other content", `UPDATE idempotency SET digest = ? WHERE idx = 300`, `UPDATE idempotency SET digest = ? WHERE idx = 300`, []any{flip(key.at.Digest[:])}, []any{key.at.Digest[:]}, -1},
		{"key of a fact that was never recorded", `INSERT INTO idempotency (log, key, idx, digest) SELECT log, ?, 300, ? FROM head`, `DELETE FROM idempotency WHERE key = ?`, []any{flip(key.key[:]), key.at.Digest[:]}, []any{flip(key.key[:])}, -1},
		{"fact after the last", `INSERT INTO fact (log, idx, leaf, envelope, chain, seq) SELECT log, 700, ?, ?, ?, 900 FROM head`, `DELETE FROM fact WHERE idx = 700`, []any{row.Leaf[:], row.Envelope, row.Tag[:]}, nil, 700},
		{"fact before the first", `INSERT INTO fact (log, idx, leaf, envelope, chain, seq) SELECT log, -1, ?, ?, ?, -1 FROM head`, `DELETE FROM fact WHERE idx = -1`, []any{row.Leaf[:], row.Envelope, row.Tag[:]}, nil, -1},
		{"tile after the last", `INSERT INTO tile (log, level, number, hashes, root) SELECT log, 0, 2, hashes, root FROM tile WHERE number = 1`, `DELETE FROM tile WHERE number = 2`, nil, nil, -1},
		{"tile above the highest", `INSERT INTO tile (log, level, number, hashes, root) SELECT log, 1, 0, hashes, root FROM tile WHERE number = 1`, `DELETE FROM tile WHERE level = 1`, nil, nil, -1},
		{"head of another time", `UPDATE head SET sealed = sealed + 1`, `UPDATE head SET sealed = sealed - 1`, nil, nil, -1},
		{"head of another epoch", `UPDATE head SET epoch = 2`, `UPDATE head SET epoch = 1`, nil, nil, -1},
	} {
		db.Exec(t, c.do, c.args...)
		v, err := l.Verify(ctx, Policy(), nil, nil)
		if err != nil || v.Intact() || v.Faults[0].Index != c.index && !has(v, c.index) {
			t.Errorf("%s: got %+v, %v", c.what, v, err)
		}
		db.Exec(t, c.undo, c.back...)
	}
	Verified(t, l)
	db.Exec(t, `UPDATE head SET size = 599`)
	if v, err := l.Verify(ctx, Policy(), nil, nil); err == nil {
		t.Errorf("the head was cut: %+v", v)
	}
}

func has(v *record.Verification, index int64) bool {
	for _, f := range v.Faults {
		if f.Index == index {
			return true
		}
	}
	return false
}

func compareAndSet(t *testing.T, db *Database) {
	s := db.Log(Origin)
	h, err := s.Head(ctx)
	if err != nil || h.Epoch != 1 || h.Edge.Size != 0 {
		t.Fatalf("%+v, %v", h, err)
	}
	l := Open(t, s, Options(1))
	Fill(t, l, 0, 1)
	now, err := s.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(ctx, h, &record.Batch{Head: h}); !errors.Is(err, record.ErrMoved) {
		t.Errorf("an old head was taken: %v", err)
	}
	if err := s.SetPayloads(ctx, now.Keys, map[int64][]byte{0: []byte("another ciphertext")}); err != nil {
		t.Fatal(err)
	}
	if err := s.SetPayloads(ctx, now.Keys, map[int64][]byte{0: nil}); !errors.Is(err, record.ErrMoved) {
		t.Errorf("payloads were replaced by what was read before data keys were changed: %v", err)
	}
	after, err := s.Head(ctx)
	if err != nil || after.Keys != now.Keys+1 {
		t.Errorf("keys count %d after %d: %v", after.Keys, now.Keys, err)
	}
	if err := s.Commit(ctx, now, &record.Batch{Head: now}); !errors.Is(err, record.ErrMoved) {
		t.Errorf("a batch sealed before data keys were changed was taken: %v", err)
	}
	if err := s.Commit(ctx, record.Head{Epoch: 2, Edge: now.Edge}, &record.Batch{Head: now}); !errors.Is(err, record.ErrMoved) {
		t.Errorf("another epoch was taken: %v", err)
	}
}
