package trial_test

import (
	"io/fs"
	"strings"
	"testing"

	"candour/internal/trial"
	"candour/packs"
)

func TestContradictionsAreAdvisedOn(t *testing.T) {
	forbid := func(id string, more ...string) string {
		return written(append([]string{"id: " + id, "must:", "must_not: {fact: answer}"}, more...)...)
	}
	gate := func(id, when, must string, more ...string) string {
		return written(append([]string{"id: " + id, "when: {fact: " + when + "}", "must: {fact: " + must + "}", "gate: yes", "within:"}, more...)...)
	}
	for _, c := range []struct{ name, standards, want string }{
		{"must and must not", written() + forbid("never", "within: 10 days"), "reply and never (standards/s.yaml:"},
		{"must and never", written() + forbid("never", "within:"), "the other that it must not be"},
		{"forbidden for a shorter time", written() + forbid("pause", "within: 2 days"), ""},
		{"forbidden under another condition", written("when: {fact: letter, where: this.urgent}") + forbid("never", "within:", `when: {fact: letter, where: "!this.urgent"}`), ""},
		{"forbidden in another time", written("in_force: {to: 2019-12-31}") + forbid("never", "within:", "in_force: {from: 2020-01-01}"), ""},
		{"forbidden with a condition", written() + forbid("never", "within:", "must_not: {fact: answer, where: that.long}"), ""},
		{"a denial is a finding and no rule", written() + forbid("never", "within:", "raises: integrity"), ""},
		{"two times", written() + written("id: again", "within: 5 days"), "within 10 days and within 5 days at the same time"},
		{"two times, one law and one policy", written() + written("id: again", "within: 5 days", "basis: {duty: law, time: policy}"), ""},
		{"two times, two regimes", written("regime: [A]") + written("id: again", "within: 5 days", "regime: [B]"), ""},
		{"two times, two proofs", written() + written("id: again", "within: 5 days", "must: {fact: answer, proof: document}"), ""},
		{"a gate on what is forbidden", gate("door", "letter", "answer") + forbid("never", "within:", "when: {case: opened}", "per: resident"), "it must never be recorded"},
		{"gates that wait for each other", gate("one", "letter", "answer") + gate("two", "answer", "letter"), "each needs on record first what the other guards"},
		{"gates that wait sometimes", gate("one", "letter, where: this.urgent", "answer") + gate("two", "answer", "letter"), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := trial.Contradictions(diffLoad(t, diffPack, c.standards))
			switch {
			case c.want == "" && len(got) > 0:
				t.Errorf("accused: %v", got)
			case c.want != "" && (len(got) != 1 || !strings.Contains(got[0].Error(), c.want)):
				t.Errorf("got %v, want %q", got, c.want)
			}
		})
	}
}

// TestShippedPacksAreNotAccused: the advice is worth reading only if it is rare.
func TestShippedPacksAreNotAccused(t *testing.T) {
	for _, name := range []string{"ew-investigation", "process-logs"} {
		sub, err := fs.Sub(packs.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range trial.Contradictions(load(t, sub, name)) {
			t.Error(q)
		}
	}
}
