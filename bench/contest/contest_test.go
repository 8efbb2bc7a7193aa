package contest_test

import (
	"errors"
	"testing"
	"time"

	"candour/bench/contest"
)

func TestAPartIsScaledToTheWhole(t *testing.T) {
	sleep := func() error { time.Sleep(12 * time.Millisecond); return nil }
	got, err := contest.Run(3, []contest.Contender{{Name: "whole", Part: 1, Run: sleep}, {Name: "half", Part: 0.5, Run: sleep}})
	if err != nil {
		t.Fatal(err)
	}
	if got[0].Min < 12*time.Millisecond || got[1].Min < 24*time.Millisecond {
		t.Errorf("got %v and %v, want at least 12ms and 24ms", got[0].Min, got[1].Min)
	}
}

func TestAContenderThatFailsEndsTheContest(t *testing.T) {
	want := errors.New("wrong count")
	_, err := contest.Run(3, []contest.Contender{{Name: "bad", Part: 1, Run: func() error { return want }}})
	if !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}

func TestRangeFindsBestAndWorst(t *testing.T) {
	piece := func(ours, peer time.Duration) []contest.Time { return []contest.Time{{Median: ours}, {Median: peer}} }
	lo, hi := contest.Range([][]contest.Time{piece(4, 2), piece(1, 2), piece(6, 2)}, 0, 1)
	if lo != 0.5 || hi != 3 {
		t.Errorf("got %v and %v, want 0.5 and 3", lo, hi)
	}
}
