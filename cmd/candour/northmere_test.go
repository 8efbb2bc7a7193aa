package main

import (
	"io/fs"
	"slices"
	"testing"

	"candour/internal/day"
	"candour/internal/fact"
	"candour/internal/northmere"
	"candour/internal/obligation"
	"candour/internal/pack"
	"candour/internal/state"
	"candour/packs"
)

// TestNorthmereIsFoundAndTheSoundAreLeftAlone: what was planted in the invented
// force is raised, on the day it was planted for, and a sound case raises nothing.
func TestNorthmereIsFoundAndTheSoundAreLeftAlone(t *testing.T) {
	sub, err := fs.Sub(packs.FS, "ew-investigation")
	if err != nil {
		t.Fatal(err)
	}
	p, err := pack.Load(sub, "ew-investigation")
	if err != nil {
		t.Fatal(err)
	}
	cal := p.Calendar
	end := cal.End(day.DateOf(2015, 12, 31))
	found, planted := 0, 0
	for _, seed := range []uint64{1, 2} {
		var gather obligation.Gather
		post := obligation.Post{From: cal.Start(day.DateOf(2011, 4, 1)), To: end}
		behind := map[string]map[string]bool{} // of each pattern: who did what was planted
		err = northmere.Each(seed, 600, func(w *fact.World, c *fact.Case, plant *northmere.Plant) error {
			rows, err := findings(p, c, w, end, &gather, &post)
			if err != nil {
				return err
			}
			noteBehind(behind, c, plant)
			if plant == nil {
				for _, row := range rows {
					if !row.Finding.Advisory {
						t.Errorf("seed %d: the sound case %s raises %s on %s at %s", seed, c.ID, row.Standard.ID, row.Key, day.FormatInstant(row.Finding.Raised, cal.Zone()))
					}
				}
				return nil
			}
			for _, want := range plant.Raises {
				planted++
				if slices.ContainsFunc(rows, func(row *obligation.Row) bool { return meets(row, want, c.ID, cal) }) {
					found++
				} else {
					t.Errorf("seed %d: %s (%s) is to raise %s on %q on %s; it does not", seed, c.ID, plant.Behaviour, want.Standard, want.Key, want.On)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		patterns(t, seed, &gather, behind)
		fewMessages(t, seed, &post, cal)
	}
	t.Logf("%d of %d planted findings found", found, planted)
	if planted < 300 {
		t.Errorf("only %d findings were planted", planted)
	}
}

// noteBehind keeps who recorded what a pattern is made of, in the cases that were
// planted to show it.
func noteBehind(behind map[string]map[string]bool, c *fact.Case, plant *northmere.Plant) {
	if plant == nil {
		return
	}
	for _, sign := range []struct{ behaviour, kind, standard string }{
		{"writes-instead-of-acting", "cps.referral_claimed", "officer-claims-contradicted"},
		{"signs-for-others", "statement.taken", "officer-signatures-denied"},
		{"reviews-in-batches", "review.supervisor", "entries-backdated-by-one"},
	} {
		for _, f := range c.Facts {
			if sign.behaviour == plant.Behaviour && f.Kind == sign.kind {
				if behind[sign.standard] == nil {
					behind[sign.standard] = map[string]bool{}
				}
				behind[sign.standard][f.By] = true
			}
		}
	}
}

// patterns holds the second pass against what was planted: each pattern is found
// in somebody behind it, and nobody else is named.
func patterns(t *testing.T, seed uint64, g *obligation.Gather, behind map[string]map[string]bool) {
	t.Helper()
	seen := map[string]bool{}
	err := g.Each(nil, func(res *obligation.Result) error {
		for _, row := range res.Rows {
			if row.Finding == nil {
				continue
			}
			seen[row.Standard.ID] = true
			drifts := row.Standard.ID == "team-stalled-share" && row.Key == "team-b" // it leaves six cases without an officer
			if !drifts && !behind[row.Standard.ID][row.Key] {
				t.Errorf("seed %d: %s names %s, who did nothing of the kind", seed, row.Standard.ID, row.Key)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	for standard := range behind {
		if !seen[standard] {
			t.Errorf("seed %d: the planted pattern %s is not found", seed, standard)
		}
	}
	if len(behind) != 3 {
		t.Errorf("seed %d: %d patterns were planted, not 3", seed, len(behind))
	}
}

func findings(p *pack.Pack, c *fact.Case, w *fact.World, at day.Instant, g *obligation.Gather, post *obligation.Post) ([]*obligation.Row, error) {
	in, err := state.Prepare(c, w, p, p.Calendar.Zone())
	if err != nil {
		return nil, err
	}
	k, err := in.At(state.Moments{AsAt: at, KnownAt: at})
	if err != nil {
		return nil, err
	}
	res := obligation.Run(k, nil)
	if err := g.Add(res); err != nil {
		return nil, err
	}
	post.Add(res)
	return slices.DeleteFunc(res.Rows, func(r *obligation.Row) bool { return r.Finding == nil }), nil
}

// fewMessages: nobody gets more than five messages on a day (design, section 14).
func fewMessages(t *testing.T, seed uint64, post *obligation.Post, cal *day.Calendar) {
	t.Helper()
	type daily struct {
		to string
		on day.Date
	}
	counts := map[daily]int{}
	for _, m := range post.Messages() {
		d := daily{m.To, cal.DateOf(m.At)}
		if counts[d]++; counts[d] == 6 {
			t.Errorf("seed %d: %s gets more than five messages on %s", seed, m.To, d.on)
		}
	}
	if len(counts) < 100 {
		t.Errorf("seed %d: only on %d days was anybody told anything", seed, len(counts))
	}
}

// meets tells whether a finding is the one planted; a plant without a day names no party.
func meets(row *obligation.Row, want northmere.Raise, kase string, cal *day.Calendar) bool {
	if row.Standard.ID != want.Standard {
		return false
	}
	if want.On == 0 {
		return true
	}
	key := want.Key
	if key == "" {
		key = kase
	}
	return row.Key == key && cal.DateOf(row.Finding.Raised) == want.On
}
