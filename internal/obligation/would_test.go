package obligation_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"candour/internal/fact"
	"candour/internal/obligation"
	"candour/internal/pack"
	"candour/internal/state"
	"candour/internal/timeline"
	"candour/packs"
)

// TestWouldIsWhatThenHappens: what is foretold of a fact before it is recorded is
// what is raised for it when it is.
func TestWouldIsWhatThenHappens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, w := drawn(t)
		if len(c.Facts) == 0 {
			return
		}
		draft := c.Facts[rapid.IntRange(0, len(c.Facts)-1).Draw(t, "draft")]
		if !draft.At.Exact() {
			return
		}
		moment := max(draft.At.Hi, draft.Recorded)
		before := *c
		before.Facts = nil
		for _, f := range c.Facts {
			if f != draft && f.At.Lo <= moment && f.Recorded <= moment {
				before.Facts = append(before.Facts, f)
			}
		}
		in, err := state.Prepare(&before, w, law, law.Calendar.Zone())
		if err != nil {
			t.Skip(err)
		}
		fore, err := obligation.Would(in, draft, nil)
		if err != nil {
			t.Fatal(err)
		}
		var told []string
		for _, b := range fore.Breaches {
			told = append(told, foretold(b.Row))
		}
		whole, err := state.Prepare(c, w, law, law.Calendar.Zone())
		if err != nil {
			t.Fatal(err)
		}
		at, err := whole.At(state.Moments{AsAt: moment, KnownAt: moment})
		if err != nil {
			t.Fatal(err)
		}
		var raised []string
		for _, row := range obligation.Run(at, nil).Rows {
			if row.Finding != nil && (about(row, draft) || row.Standard.Gate && row.Trigger.Event != nil && row.Trigger.Event.ID == draft.ID) {
				raised = append(raised, foretold(row))
			}
		}
		slices.Sort(told)
		slices.Sort(raised)
		if !slices.Equal(told, raised) {
			t.Fatalf("foretold %v, raised %v", told, raised)
		}
	})
}

func about(row *obligation.Row, f *fact.Fact) bool {
	return row.Finding.Offending != nil && row.Finding.Offending.ID == f.ID
}

func foretold(row *obligation.Row) string {
	return fmt.Sprint(row.Standard.ID, " ", row.Key, " ", row.Finding.Kind)
}

// TestWouldNamesWhatIsMissingAndWhoCouldSupplyIt on the final warning of the founding case.
func TestWouldNamesWhatIsMissingAndWhoCouldSupplyIt(t *testing.T) {
	in := founding(t)
	i := slices.IndexFunc(in.Case.Facts, func(f *fact.Fact) bool { return f.Kind == "disposal.given" })
	draft := in.Case.Facts[i]
	before := *in.Case
	before.Facts = slices.Delete(slices.Clone(in.Case.Facts), i, i+1)
	without, err := state.Prepare(&before, in.World, in.Pack, in.Cal.Zone())
	if err != nil {
		t.Fatal(err)
	}
	fore, err := obligation.Would(without, draft, nil)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, b := range fore.Breaches {
		if b.Row.Standard.ID != "final-warning-indictable-cps" {
			continue
		}
		found = true
		if len(b.Missing) != 1 || !slices.Equal(b.Missing[0].Who, []string{"cps"}) || len(b.Missing[0].Leaf.Kinds) != 1 {
			t.Errorf("missing: got %+v", b.Missing)
		}
	}
	if !found {
		t.Error("the final warning without the prosecutor's decision is not foretold")
	}
	opens := slices.ContainsFunc(fore.Opens, func(r *obligation.Row) bool { return r.Standard.ID == "sor-initial" })
	if !opens {
		t.Error("the three days of notification are not foretold")
	}
	if slices.ContainsFunc(fore.Breaches, func(b obligation.Breach) bool { return b.Row.Standard.Modal == pack.May }) {
		t.Error("a right is no breach")
	}
}

// founding is the founding case as the pack's example tells it.
func founding(t *testing.T) *state.Input {
	t.Helper()
	f, err := packs.FS.Open("ew-investigation/examples/case-01.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	file, err := timeline.Read(f, "case-01.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	in, err := state.Prepare(file.Cases[0], file.World, law, file.Zone)
	if err != nil {
		t.Fatal(err)
	}
	return in
}
