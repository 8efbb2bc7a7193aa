package recordtest

import (
	"errors"
	"testing"

	"candour"
	"candour/internal/record"
)

// olderCopy holds a record against what others have seen of it.
func olderCopy(t *testing.T, db *Database) {
	l := Open(t, db.Log(Origin), Options(1))
	Fill(t, l, 0, 3)
	c, _, err := l.Checkpoint(ctx)
	if err != nil {
		t.Fatal(err)
	}
	Fill(t, l, 3, 2)
	if err := l.Continues(ctx, "a witness", c); err != nil {
		t.Errorf("what it grew out of: %v", err)
	}
	for _, test := range []struct {
		what string
		seen candour.Checkpoint
		want record.Older
	}{
		{"more of it", candour.Checkpoint{Origin: Origin, Size: 9}, record.Older{}},
		{"another root", candour.Checkpoint{Origin: Origin, Size: 3, Root: record.Hash{1}}, record.Older{OtherPast: true}},
		{"a later epoch", candour.Checkpoint{Origin: candour.CheckpointOrigin(Origin, 2), Size: 4}, record.Older{NewerEpoch: true}},
	} {
		err := l.Continues(ctx, "a witness", test.seen)
		var o *record.Older
		if !errors.As(err, &o) || o.OtherPast != test.want.OtherPast || o.NewerEpoch != test.want.NewerEpoch || o.Size != 5 {
			t.Errorf("%s: got %v", test.what, err)
		}
	}
	if err := l.Continues(ctx, "a witness", candour.Checkpoint{Origin: "another.test/body", Size: 1}); err == nil {
		t.Error("a checkpoint of another body was taken for one of this")
	}
}

// newEpoch goes on after a restore: a frozen record takes the fact that tells of it, and then others.
func newEpoch(t *testing.T, db *Database) {
	l := Open(t, db.Log(Origin), Options(1))
	Fill(t, l, 0, 5)
	lost := candour.Checkpoint{Origin: Origin, Size: 9}
	l.Freeze(&record.Frozen{Why: "an older copy"})
	var f *record.Frozen
	if _, err := l.Append(ctx, Draft(5)); !errors.As(err, &f) {
		t.Fatalf("a frozen record took a fact: %v", err)
	}
	placed, err := l.NewEpoch(ctx, record.Draft{Chain: "body/northmere", Kind: candour.KindRestored, Key: "restored:1", Fields: []record.Field{{Name: "gap", Value: []byte("5 9")}}}, 1)
	if err != nil || placed.Index != 5 {
		t.Fatalf("%+v, %v", placed, err)
	}
	l.Freeze(nil)
	if err := l.Continues(ctx, "a witness", lost); err != nil {
		t.Errorf("what was lost is told in the record: %v", err)
	}
	Fill(t, l, 6, 3)
	c, _, err := l.Checkpoint(ctx)
	if epoch, _ := c.Epoch(Origin); err != nil || epoch != 2 || c.Size != 9 {
		t.Errorf("%+v, %v", c, err)
	}
	if v := Verified(t, l); v.Facts != 9 || v.Head.Epoch != 2 {
		t.Errorf("%+v", v)
	}
	v, err := l.Verify(ctx, Policy(), []record.Seen{{By: "a witness", Checkpoint: lost}}, nil)
	if err != nil || !v.Intact() || len(v.Gaps) != 1 || v.Gaps[0].From != 5 || v.Gaps[0].To != 9 {
		t.Errorf("what was seen before the restore: %+v, %v", v, err)
	}
	early := candour.Checkpoint{Origin: Origin, Size: 4, Root: record.Hash{1}}
	if v, err := l.Verify(ctx, Policy(), []record.Seen{{By: "a witness", Checkpoint: early}}, nil); err != nil || v.Intact() {
		t.Errorf("what was altered before the restore is not found: %v", err)
	}
	again := Open(t, db.Log(Origin), Options(2))
	Fill(t, again, 9, 1)
	Verified(t, again)
}
