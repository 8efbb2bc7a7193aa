package casework_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"candour/internal/casework"
	"candour/internal/docket"
)

func TestHoldWins(t *testing.T) {
	q := newPlace(t).open(t)
	q.fill(t)
	held, err := q.PlaceHold(ctx, kase, casework.Hold{Basis: "Inquiries Act 2005 s.35", By: "A Records"})
	if err != nil || held.ID != "h1" {
		t.Fatalf("%+v, %v", held, err)
	}
	for _, r := range []casework.Request{request(entryF2), request()} {
		_, err := q.PlanErasure(ctx, r)
		var h *casework.Held
		if !errors.As(err, &h) || h.Hold.ID != "h1" || !strings.Contains(err.Error(), "hold h1 (open, placed by A Records: Inquiries Act 2005 s.35)") {
			t.Errorf("got %v", err)
		}
	}
	if err := q.LiftHold(ctx, kase, "h1", "the inquiry has reported", "B Audit"); err != nil {
		t.Fatal(err)
	}
	q.erase(t, request())
	f, err := q.Holds(ctx, kase)
	if err != nil || len(f.Holds) != 1 || f.Holds[0].Basis != "Inquiries Act 2005 s.35" || f.Holds[0].Lifted == nil || f.Holds[0].Lifted.By != "B Audit" {
		t.Errorf("the history: %+v, %v", f.Holds, err)
	}
	q.verified(t)
}

func TestHoldEndsAfterItsLastDay(t *testing.T) {
	q := newPlace(t).open(t)
	q.fill(t)
	if _, err := q.PlaceHold(ctx, kase, casework.Hold{ID: "appeal", Basis: "leave to appeal", By: "A Records", Until: "2026-12-01"}); err != nil {
		t.Fatal(err)
	}
	for day, want := range map[string]bool{"2026-12-01": true, "2026-12-02": false} {
		q.Now = func() time.Time { at, _ := time.Parse(time.DateOnly, day); return at.Add(23 * time.Hour) }
		_, err := q.PlanErasure(ctx, request(entryF2))
		var h *casework.Held
		if errors.As(err, &h) != want {
			t.Errorf("on %s: %v", day, err)
		}
	}
}

func TestHoldIsRefused(t *testing.T) {
	q := newPlace(t).open(t)
	q.fill(t)
	if _, err := q.PlaceHold(ctx, kase, casework.Hold{ID: "x", Basis: "b", By: "A"}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		h    casework.Hold
		want string
	}{
		{casework.Hold{By: "A"}, "the basis of a hold"},
		{casework.Hold{Basis: "b"}, "who places the hold: name a person"},
		{casework.Hold{Basis: "b", By: "A", Second: "a"}, "are one person"},
		{casework.Hold{Basis: "b", By: "A", Until: "soon"}, "write a day"},
		{casework.Hold{Basis: "b", By: "A", Until: "2026-11-23"}, "the day is past"},
		{casework.Hold{Basis: "b", By: "A", ID: "two words"}, "write one word"},
		{casework.Hold{Basis: "b", By: "A", ID: "x"}, "has or had a hold x"},
	} {
		if _, err := q.PlaceHold(ctx, kase, c.h); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: got %v, want %q", c.h, err, c.want)
		}
	}
	if _, err := q.PlaceHold(ctx, "2012/0999", casework.Hold{Basis: "b", By: "A"}); err == nil {
		t.Error("a hold on no case")
	}
	for _, err := range []error{q.LiftHold(ctx, kase, "y", "r", "A"), q.LiftHold(ctx, kase, "x", "", "A"), q.LiftHold(ctx, kase, "x", "r", "")} {
		if err == nil {
			t.Error("lifted")
		}
	}
	if err := q.LiftHold(ctx, kase, "x", "r", "A"); err != nil {
		t.Fatal(err)
	}
	if err := q.LiftHold(ctx, kase, "x", "r", "A"); err == nil || !strings.Contains(err.Error(), "was lifted by A already") {
		t.Errorf("lifted twice: %v", err)
	}
	if n := len(facts(t, q.Log, docket.CaseChain(kase))); n != 7 {
		t.Errorf("%d entries: something that was refused is on record", n)
	}
}

func TestDueIsListedAndNothingMore(t *testing.T) {
	q := newPlace(t).open(t)
	q.fill(t)
	retain := func(c, review string) {
		t.Helper()
		if err := q.Retain(ctx, c, casework.Retention{Class: "G3", Review: review, Reason: "six years clear", By: "A Records"}); err != nil {
			t.Fatal(err)
		}
	}
	due := func(day string, want ...string) *casework.DueList {
		t.Helper()
		l, err := q.Due(ctx, day)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range l.Cases {
			got = append(got, d.Case)
		}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("on %q: got %v, want %v", day, got, want)
		}
		return l
	}
	if l := due(""); l.Unset != 2 {
		t.Errorf("%+v", l)
	}
	retain(kase, "2026-11-24")
	retain(other, "2026-11-25")
	if l := due("", kase); l.Later != 1 || l.Cases[0].Lines["fact"] != 3 || l.Cases[0].Attachments != 2 || l.Cases[0].Held != nil {
		t.Errorf("%+v", l)
	}
	due("2026-11-25", kase, other)
	due("2014-02-01") // before anything was sealed
	retain(kase, "2026-11-26")
	due("2026-11-25", other)
	due("2030-01-01", other, kase)

	if err := q.Propose(ctx, kase, "reviewed", "A Records"); err == nil || !strings.Contains(err.Error(), "has not come") {
		t.Errorf("proposed too early: %v", err)
	}
	q.Now = func() time.Time { return now().AddDate(0, 0, 7) }
	if _, err := q.PlaceHold(ctx, kase, casework.Hold{Basis: "an inquiry", By: "A Records"}); err != nil {
		t.Fatal(err)
	}
	var h *casework.Held
	if err := q.Propose(ctx, kase, "reviewed", "A Records"); !errors.As(err, &h) {
		t.Errorf("proposed while held: %v", err)
	}
	if err := q.Propose(ctx, other, "reviewed", "A Records"); err != nil {
		t.Fatal(err)
	}
	if err := q.Propose(ctx, other, "again", "C"); err == nil || !strings.Contains(err.Error(), "was proposed by A Records already") {
		t.Errorf("proposed twice: %v", err)
	}
	l := due("", other, kase)
	if l.Cases[0].Proposed == nil || l.Cases[1].Held == nil {
		t.Errorf("%+v", l.Cases)
	}
	retain(other, "2027-11-25") // retained on after the review: the proposal was of another review date
	due("", kase)
	if v := q.verified(t); v.Erased != 0 {
		t.Errorf("%+v", v)
	}
}

func TestRetentionIsRefused(t *testing.T) {
	q := newPlace(t).open(t)
	q.fill(t)
	q.Classes = []string{"G1", "G2"}
	good := casework.Retention{Class: "G1", Review: "2030-01-01", Reason: "r", By: "A"}
	for want, r := range map[string]casework.Retention{
		"none of the body's: G1, G2":            {Class: "G9", Review: "2030-01-01", Reason: "r", By: "A"},
		"write one word":                        {Class: "", Review: "2030-01-01", Reason: "r", By: "A"},
		"write a day":                           {Class: "G1", Review: "2030-02-30", Reason: "r", By: "A"},
		"the reason: say it in words":           {Class: "G1", Review: "2030-01-01", By: "A"},
		"who sets it: name a person":            {Class: "G1", Review: "2030-01-01", Reason: "r"},
		"is retained so already, since entry 8": good,
	} {
		if strings.Contains(want, "already") {
			if err := q.Retain(ctx, kase, good); err != nil {
				t.Fatal(err)
			}
		}
		if err := q.Retain(ctx, kase, r); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: got %v, want %q", r, err, want)
		}
	}
}
