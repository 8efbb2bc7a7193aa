package obligation_test

import (
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"candour/internal/obligation"
	"candour/internal/pack"
	"candour/internal/state"
	"candour/internal/timeline"
	"candour/packs"
)

var notation = regexp.MustCompile("&&|\\|\\||==|`|has\\(|\\b(this|that|key|policy|parties)\\.[a-z]|case\\.(open|oic|risk|child)")

// explained gives the sentences for the rows of the shipped examples.
func explained(t *testing.T, each func(ex string, r *obligation.Row, sentences []string)) {
	t.Helper()
	fsys, err := fs.Sub(packs.FS, "ew-investigation")
	if err != nil {
		t.Fatal(err)
	}
	p, err := pack.Load(fsys, "ew-investigation")
	if err != nil {
		t.Fatal(err)
	}
	for _, ex := range p.Examples {
		f, err := fsys.Open(ex)
		if err != nil {
			t.Fatal(err)
		}
		file, err := timeline.Read(f, ex)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range file.Cases {
			in, err := state.Prepare(c, file.World, p, file.Zone)
			if err != nil {
				t.Fatal(err)
			}
			k, err := in.At(state.Moments{AsAt: file.Test.AsAt, KnownAt: file.Test.AsAt})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range obligation.Run(k, nil).Rows {
				if r.Standard.Asks == nil {
					each(strings.TrimSuffix(filepath.Base(ex), ".jsonl"), r, r.Explain())
				}
			}
		}
	}
}

// TestExplanationsAreInWords: what a court reads holds no notation, and says what
// cannot be told, what was lifted and what is asked for.
func TestExplanationsAreInWords(t *testing.T) {
	want := map[string]string{
		"supervisor-28d":           ": it is no longer so that the case is open and its risk grade is standard or medium (",
		"la-told-of-investigation": "It asks for: “Children's social care confirmed it was told of the investigation”, proven by word from outside the team (childrens social care).",
		"victim-arrest-1wd":        "Nothing is raised: the record does not say whether the victim is owed the enhanced service.",
		"charge-after-authority":   "It asks for: “Suspect charged”, proven by a document.",
		"cps-action-plan":          "By the “due” of the opening fact.",
		"victim-monthly-2006":      "In full, its method: “attempt”, “attempted”, “tried”,",
	}
	said := map[string]bool{}
	explained(t, func(ex string, r *obligation.Row, sentences []string) {
		if w := want[r.Standard.ID]; w != "" && strings.Contains(strings.Join(sentences, "\n"), w) {
			delete(want, r.Standard.ID)
		}
		for _, s := range sentences {
			if bad := notation.FindString(s); bad != "" && !said[s] {
				said[s] = true
				t.Errorf("%s, %s: %q in %s", ex, r.Standard.ID, bad, s)
			}
		}
	})
	for id, w := range want {
		t.Errorf("no explanation of %s says %q", id, w)
	}
}
