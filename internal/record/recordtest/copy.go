package recordtest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"candour"
	"candour/internal/record"
)

// copied: a copy of a log, as far as it had come when the copy began, is the log: it
// verifies, remembers what was said under which key, erased entries too, and goes on alike.
func copied(t *testing.T, db, other *Database) {
	s := source(t, db)
	l := Open(t, s, Options(1))
	Fill(t, l, 0, 600)
	w := candour.NewCosigner("witness.test", []byte("another seed of thirty-two bytes"))
	c, _, err := l.Checkpoint(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Cosign(ctx, 600, w.Public.String(), w.Cosign(c.Text(), time.Unix(1393668000, 0))); err != nil {
		t.Fatal(err)
	}
	erase(t, s, l, 8)
	if _, err := l.NewEpoch(ctx, record.Draft{Chain: "body/northmere", Kind: candour.KindRestored, Key: "restored:1"}, 0); err != nil {
		t.Fatal(err)
	}
	head, err := l.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	Fill(t, l, 600, 30)
	if _, _, err := l.Checkpoint(ctx); err != nil {
		t.Fatal(err)
	}

	to := source(t, other)
	if err := record.Copy(ctx, s, to, head, nil); err != nil {
		t.Fatal(err)
	}
	again := Open(t, to, Options(2))
	p := Policy()
	p.Witnesses, p.Quorum = []candour.Witness{{Operator: "watchdog", Key: w.Public}}, 1
	v, err := again.Verify(ctx, p, nil, nil)
	if err != nil || !v.Intact() || v.Facts != 602 || v.Erased != 1 || v.Witnessed != 600 || v.Checkpoints != 1 || v.Head.Epoch != 2 || v.Head.Edge.Root() != head.Edge.Root() {
		t.Errorf("the copy: %+v, %v", v, err)
	}
	for _, n := range []int{0, 8, 599} { // 8 was erased
		placed, err := again.Append(ctx, Draft(n))
		if err != nil || !placed[0].Existing || placed[0].Index != int64(n) {
			t.Errorf("fact %d again: %+v, %v", n, placed, err)
		}
	}
	other1 := Draft(8)
	other1.By = "oic2"
	var conflict *record.Conflict
	if _, err := again.Append(ctx, other1); !errors.As(err, &conflict) {
		t.Errorf("other content under the key of what was erased: %v", err)
	}
	Fill(t, again, 600, 300)
	if v, err := again.Verify(ctx, p, nil, nil); err != nil || !v.Intact() || v.Facts != 902 {
		t.Errorf("the copy, gone on: %+v, %v", v, err)
	}
	if err := record.Copy(ctx, s, to, head, nil); err == nil {
		t.Error("a copy went where entries are")
	}
}

// rekeyed: a copy during which ciphertexts were replaced says so.
func rekeyed(t *testing.T, db, other *Database) {
	s := source(t, db)
	l := Open(t, s, Options(1))
	Fill(t, l, 0, 20)
	head, err := l.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	erase(t, s, l, 8)
	if err := record.Copy(ctx, s, other.Log(Origin), head, nil); !errors.Is(err, record.ErrRekeyed) {
		t.Errorf("got %v", err)
	}
}

// lost: content that an entry names as not restored counts as lost where that entry begins an
// epoch, and as missing where it is any other.
func lost(t *testing.T, db *Database) {
	s := db.Log(Origin)
	l := Open(t, s, Options(1))
	Fill(t, l, 0, 20)
	names := fmt.Appendf(nil, "%x %x", remove(t, l, s, 3), remove(t, l, s, 4))
	restored := record.Draft{Chain: "body/northmere", Kind: candour.KindRestored, Key: "restored:1", Fields: []record.Field{{Name: record.FieldUnreadable, Value: names}}}
	if _, err := l.Append(ctx, restored); err != nil {
		t.Fatal(err)
	}
	if v, err := l.Verify(ctx, Policy(), nil, nil); err != nil || v.Count != 2 || v.Lost != 0 {
		t.Errorf("told within an epoch: %+v, %v", v, err)
	}
	restored.Key = "restored:2"
	if _, err := l.NewEpoch(ctx, restored, 4); err != nil {
		t.Fatal(err)
	}
	if v := Verified(t, l); v.Lost != 2 || v.Head.Epoch != 5 {
		t.Errorf("told at the beginning of an epoch: %+v", v)
	}
}

func source(t *testing.T, db *Database) record.Source {
	t.Helper()
	s, ok := db.Log(Origin).(record.Source)
	if !ok {
		t.Fatal("the store is no record.Source: it cannot be backed up")
	}
	return s
}

// erase removes the content of an entry, and tells of it.
func erase(t *testing.T, s record.Store, l *record.Log, index int64) {
	t.Helper()
	var f record.Fact
	if err := l.Each(ctx, index, index+1, func(got *record.Fact) error { f = *got; return nil }); err != nil {
		t.Fatal(err)
	}
	remove(t, l, s, index)
	tell(t, l, f.Chain, fmt.Sprintf("erasure:%d", index), fmt.Sprintf("%x", f.Leaf))
}
