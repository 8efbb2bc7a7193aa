package obligation_test

import (
	"testing"

	"candour/internal/day"
	"candour/internal/fact"
	"candour/internal/obligation"
	"candour/internal/state"
)

// TestSameDayProhibitionAccusesNobody: where the trigger is dated only by its day,
// nobody can say which of two facts of that day came first.
func TestSameDayProhibitionAccusesNobody(t *testing.T) {
	w := fact.NewWorld("force")
	zone := law.Calendar.Zone()
	moment := func(s string) day.Moment {
		m, err := day.ParseMoment(s, zone)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	raised := func(trigger, denied string) bool {
		a, b := moment(trigger), moment(denied)
		c := &fact.Case{ID: "c", Kind: "investigation", Parties: []*fact.Party{{ID: "st", Case: "c", Role: "statement"}}, Facts: []*fact.Fact{
			{ID: "f1", Case: "c", Kind: "statement.taken", At: a, Recorded: a.Hi, About: []string{"st"}, Seq: 1},
			{ID: "f2", Case: "c", Kind: "signature.denied", At: b, Recorded: b.Hi, About: []string{"st"}, Seq: 2}}}
		in, err := state.Prepare(c, w, law, zone)
		if err != nil {
			t.Fatal(err)
		}
		k, err := in.At(state.Moments{AsAt: state.End, KnownAt: state.End})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range obligation.Run(k, obligation.Under(law, obligation.Named([]string{"signature-denied"}))).Rows {
			if r.Finding != nil {
				return true
			}
		}
		return false
	}
	if raised("2024-05-01", "2024-05-01 09:00") {
		t.Error("raised although the order cannot be told")
	}
	if !raised("2024-05-01", "2024-05-02 09:00") || !raised("2024-05-01 08:00", "2024-05-01 09:00") {
		t.Error("not raised although the denial came later")
	}
}
