package casework_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"candour"
	"candour/internal/casework"
	"candour/internal/docket"
	"candour/internal/record/recordtest"
)

func TestErasedEntriesAreGone(t *testing.T) {
	q := newPlace(t).open(t)
	alone, shared := q.fill(t)
	b := q.before(t)
	if text, _ := q.export(t); !strings.Contains(text, marker) {
		t.Fatal("the test looks for what is not there")
	}
	p, err := q.PlanErasure(ctx, request(entryF2))
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Goes) != 1 || p.Goes[0].ID != "f2" || len(p.Stays) != 4 || p.Attachments != 1 || p.Reads != 2 || len(p.Notes) != 1 || !strings.Contains(p.Notes[0], "entry 5 stays and names entry 4") {
		t.Errorf("the plan: %+v", p)
	}
	d, err := q.Erase(ctx, p)
	if err != nil || d.Entries != 1 || d.Attachments != 1 || d.Reads != 2 {
		t.Fatalf("%+v, %v", d, err)
	}
	q.gone(t, b)
	if v := q.verified(t); v.Erased != 1 || v.Remaining != 0 || v.Unfinished != 0 {
		t.Errorf("%+v", v)
	}
	text, c := q.export(t)
	if strings.Contains(text, marker) || strings.Contains(text, `"f2"`+`,"case"`) || !strings.Contains(text, `"fact":"f3"`) || c.Erased != 1 {
		t.Errorf("exported with %d erased:\n%s", c.Erased, text)
	}
	chain := q.Log.SealedChain(docket.CaseChain(kase))
	if _, err := q.vault.Get(ctx, chain, alone); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the attachment that nobody names: %v", err)
	}
	r, err := q.vault.Get(ctx, chain, shared)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); err != nil || string(got) != "a photograph" {
		t.Errorf("the attachment that stays: %q, %v", got, err)
	}
	r.Close()
	reads := facts(t, q.Reads, docket.CaseChain(kase))
	if len(reads) != 5 || reads[0].Erased || !reads[1].Erased || !reads[2].Erased || reads[3].Kind != candour.KindErasure {
		t.Errorf("reads: %+v", reads)
	}
	// What was erased does not come back with the file that it came from.
	if n := q.take(t, text).Added(); n != 0 {
		t.Errorf("%d lines came back", n)
	}
}

func TestErasedCaseLeavesOnlyWhatTellsOfIt(t *testing.T) {
	q := newPlace(t).open(t)
	q.fill(t)
	if err := q.Retain(ctx, kase, casework.Retention{Class: "G2", Review: "2022-06-20", Reason: "ten years clear", By: "A Records"}); err != nil {
		t.Fatal(err)
	}
	b := q.before(t)
	r := request()
	r.ReviewOf = "2022-06-20"
	if d := q.erase(t, r); d.Entries != 5 || d.Attachments != 2 {
		t.Errorf("%+v", d)
	}
	q.gone(t, b)
	if v := q.verified(t); v.Erased != 5 {
		t.Errorf("%+v", v)
	}
	var kinds []string
	for _, f := range facts(t, q.Log, docket.CaseChain(kase)) {
		if !f.Erased {
			kinds = append(kinds, f.Kind)
		}
		if f.Kind == candour.KindErasure {
			for name, want := range map[string]string{"basis": r.Basis, "second": "B Audit", "scope": "case", "entries": "1 2 3 4 5", "review_of": "2022-06-20", "class": "G2"} {
				if got := f.Get(name); got != want || f.By != "A Records" {
					t.Errorf("the erasure says %s %q by %s, want %q", name, got, f.By, want)
				}
			}
		}
	}
	if want := []string{"record.retention", candour.KindErasure, "record.erasure_done"}; !slices.Equal(kinds, want) {
		t.Errorf("left are %v, want %v", kinds, want)
	}
	text, c := q.export(t)
	if strings.Contains(text, kase) || !strings.Contains(text, other) {
		t.Errorf("exported:\n%s", text)
	}
	if got, err := c.Case(kase); got != nil || err != nil {
		t.Errorf("the case reads as %+v, %v", got, err)
	}
	// Somebody who does not know sends more of it: the record stays readable, and says so.
	q.take(t, `{"candour":"timeline/1","body":"northmere"}
{"person":"oic1","body":"northmere"}
{"case":"2012/0417","kind":"investigation"}
{"fact":"f9","case":"2012/0417","kind":"note.made","at":"2012-07-01"}`)
	if text, c := q.export(t); strings.Contains(text, "f9") || c.Orphan != 1 {
		t.Errorf("exported with %d that came too late:\n%s", c.Orphan, text)
	}
	if d := q.erase(t, request()); d.Entries != 1 {
		t.Errorf("what came too late: %+v", d)
	}
	q.verified(t)
}

func TestBundleOfACaseWithErasedEntries(t *testing.T) {
	q := newPlace(t).open(t)
	q.fill(t)
	for _, r := range []casework.Request{request(entryF2), request()} {
		q.erase(t, r)
		b := casework.BundleOf{Case: kase, For: "the watchdog", Purpose: "a test", By: "A Records", Policy: recordtest.Policy(), Zone: time.UTC, Happened: now(),
			Pack: candour.Pack{ID: "ew-investigation"}, Label: func(kind string) string { return kind }}
		d, err := casework.MakeBundle(ctx, q.Log, b, func(ctx context.Context) (candour.Checkpoint, []byte, error) { return q.Log.Checkpoint(ctx) })
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := candour.WriteBundle(&out, d, recordtest.Signer()); err != nil {
			t.Fatal(err)
		}
		got, err := candour.Verify(candour.Bundle{Data: bytes.NewReader(out.Bytes()), Size: int64(out.Len())}, recordtest.Policy(), nil)
		if err != nil || got.Verdict != candour.Intact {
			t.Fatalf("%+v, %v", got, err)
		}
		erased := 0
		for _, e := range got.Chains[0].Entries {
			if e.Erased {
				erased++
			}
		}
		if want := map[bool]int{false: 1, true: 6}[r.All]; erased != want { // the bundle before was one of them
			t.Errorf("%d erased in the bundle, want %d", erased, want)
		}
		if bytes.Contains(out.Bytes(), []byte(marker)) {
			t.Error("the bundle says what was erased")
		}
	}
}

func TestErasureIsRefused(t *testing.T) {
	q := newPlace(t).open(t)
	q.fill(t)
	q.erase(t, request(entryF1))
	with := func(change func(*casework.Request)) casework.Request {
		r := request(entryF2)
		change(&r)
		return r
	}
	for _, c := range []struct {
		name string
		r    casework.Request
		want string
	}{
		{"neither entries nor all", with(func(r *casework.Request) { r.Entries = nil }), "say which entries"},
		{"both", with(func(r *casework.Request) { r.All = true }), "say which entries"},
		{"no basis", with(func(r *casework.Request) { r.Basis = " " }), "the basis: say it in words"},
		{"nobody", with(func(r *casework.Request) { r.By = "-" }), "who erases: name a person"},
		{"no second", with(func(r *casework.Request) { r.Second = "" }), "the second person: name a person"},
		{"one person, twice", with(func(r *casework.Request) { r.Second = "a. records" }), "are one person"},
		{"no such case", with(func(r *casework.Request) { r.Case = "2012/0999" }), `no case "2012/0999"`},
		{"an entry of another case", request(6), "entry 6 is none of case 2012/0417"},
		{"an entry that is not there", request(99), "entry 99 is none"},
		{"erased before", request(entryF1), "entry 3 was erased before: entry 8 tells of it"},
		{"what tells of an erasure", request(8), "entry 8 says how the case is kept (record.erasure), which is never erased"},
		{"the case alone", request(entryCase), "entry 1 is the case itself, and 3 other entries of case 2012/0417 would stay"},
		{"a party alone", request(entryV1, entryF2), "entry 2 is the party itself, and 2 other entries"},
		{"a review that there is not", with(func(r *casework.Request) { r.ReviewOf = "2022-06-20" }), "has no review date 2022-06-20"},
		{"a review on no day", with(func(r *casework.Request) { r.ReviewOf = "June" }), `"June": write a day`},
	} {
		if _, err := q.PlanErasure(ctx, c.r); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
	if err := q.Retain(ctx, kase, casework.Retention{Class: "G2", Review: "2032-06-20", Reason: "r", By: "A Records"}); err != nil {
		t.Fatal(err)
	}
	if _, err := q.PlanErasure(ctx, with(func(r *casework.Request) { r.ReviewOf = "2032-06-20" })); err == nil || !strings.Contains(err.Error(), "is 2032-06-20 and has not come") {
		t.Errorf("a review to come: %v", err)
	}
	p, err := q.PlanErasure(ctx, request(entryF2))
	if err != nil || !slices.ContainsFunc(p.Notes, func(s string) bool { return strings.Contains(s, "until its review on 2032-06-20") }) {
		t.Errorf("%+v, %v", p, err)
	}
	// The case grows between plan and act.
	if _, err := q.PlaceHold(ctx, kase, casework.Hold{Basis: "an appeal", By: "C"}); err != nil {
		t.Fatal(err)
	}
	if _, err := q.Erase(ctx, p); err == nil || !strings.Contains(err.Error(), "read it again") {
		t.Errorf("decided before the hold: %v", err)
	}
	q.erase2(t)
}

// erase2: all lines that are left may go together, the case's own among them.
func (q *process) erase2(t *testing.T) {
	t.Helper()
	if err := q.LiftHold(ctx, kase, "h1", "withdrawn", "C"); err != nil {
		t.Fatal(err)
	}
	q.erase(t, request(entryCase, entryV1, entryF2, entryF3))
	if v := q.verified(t); v.Erased != 5 {
		t.Errorf("%+v", v)
	}
}

func TestCorrectionThatGoesIsTold(t *testing.T) {
	q := newPlace(t).open(t)
	q.fill(t)
	p, err := q.PlanErasure(ctx, request(entryF3))
	if err != nil || len(p.Notes) != 1 || !strings.Contains(p.Notes[0], "entry 5 goes, and entry 4, which it corrects, will stand again") {
		t.Errorf("%+v, %v", p, err)
	}
}
