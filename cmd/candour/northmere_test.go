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
		err = northmere.Each(seed, 600, func(w *fact.World, c *fact.Case, plant *northmere.Plant) error {
			rows, err := findings(p, c, w, end)
			if err != nil {
				return err
			}
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
	}
	t.Logf("%d of %d planted findings found", found, planted)
	if planted < 300 {
		t.Errorf("only %d findings were planted", planted)
	}
}

func findings(p *pack.Pack, c *fact.Case, w *fact.World, at day.Instant) ([]*obligation.Row, error) {
	in, err := state.Prepare(c, w, p, p.Calendar.Zone())
	if err != nil {
		return nil, err
	}
	k, err := in.At(state.Moments{AsAt: at, KnownAt: at})
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(obligation.Run(k, nil).Rows, func(r *obligation.Row) bool { return r.Finding == nil }), nil
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
