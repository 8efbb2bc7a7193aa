package casework_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"candour"
	"candour/internal/casework"
	"candour/internal/docket"
	"candour/internal/record"
	"candour/internal/record/recordtest"
	"candour/internal/sqlite"
)

// TestReadsStandUnderTheRecord: the record holds how the log of reads stood, once; a log of reads
// that was written anew, with every key and without faults of its own, is found by that.
func TestReadsStandUnderTheRecord(t *testing.T) {
	const reads = recordtest.Origin + "/reads"
	open := func(origin string) *record.Log {
		db, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "record.db"), sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		o := recordtest.Options(1)
		o.Body = origin
		signer := o.Signer.Named(origin)
		o.Signer = &signer
		return recordtest.Open(t, db.Log(origin), o)
	}
	note := func(log *record.Log, n int, who string) {
		t.Helper()
		if _, err := log.Append(ctx, record.Draft{Chain: docket.CaseChain("c1"), Kind: "record.read", By: who, Key: fmt.Sprint("read:", n)}); err != nil {
			t.Fatal(err)
		}
	}
	main, log := open(recordtest.Origin), open(reads)
	if err := casework.AnchorReads(ctx, main, log, "northmere"); err != nil {
		t.Fatal(err)
	}
	if h, err := main.Head(ctx); err != nil || h.Edge.Size != 0 {
		t.Errorf("nobody read anything, and the record has %d entries, %v", h.Edge.Size, err)
	}
	for n := range 5 {
		note(log, n, "dc1")
		for range 2 { // again changes nothing
			if err := casework.AnchorReads(ctx, main, log, "northmere"); err != nil {
				t.Fatal(err)
			}
		}
	}
	policy := &candour.Policy{Body: recordtest.Origin}
	judge := func(log *record.Log) *record.Verification {
		t.Helper()
		v, anchors, err := casework.VerifyReads(ctx, main, log, policy, "northmere")
		if err != nil || anchors != 5 {
			t.Fatal(anchors, err)
		}
		return v
	}
	note(log, 5, "dc1")
	if v := judge(log); !v.Intact() {
		t.Errorf("as it was: %v", v.Faults)
	}
	other := open(reads)
	for n := range 6 {
		who := "dc1"
		if n == 2 {
			who = "dc2" // it was another who looked
		}
		note(other, n, who)
	}
	if v, err := other.Verify(ctx, &candour.Policy{Body: reads}, nil, nil); err != nil || !v.Intact() {
		t.Fatalf("the log that was written anew is not sound by itself: %v, %v", v.Faults, err)
	}
	if v := judge(other); v.Intact() || !strings.Contains(fmt.Sprint(v.Faults), "entry 2 of the record") {
		t.Errorf("another read was put in the place of one: %v", v.Faults)
	}
	short := open(reads)
	note(short, 0, "dc1")
	if v := judge(short); v.Intact() {
		t.Error("four reads are gone, and it is called intact")
	}
	if _, err := short.NewEpoch(ctx, record.Draft{Chain: docket.BodyChain("northmere"), Kind: candour.KindRestored, By: "x", Key: "restored"}, 0); err != nil {
		t.Fatal(err)
	}
	if v := judge(short); v.Intact() || !strings.Contains(fmt.Sprint(v.Faults), "a later epoch stands in their place") {
		t.Errorf("four reads are gone behind a restore that was none: %v", v.Faults)
	}
}
