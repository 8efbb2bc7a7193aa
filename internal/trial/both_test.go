package trial_test

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"

	"candour/internal/pack"
	"candour/internal/timeline"
	"candour/packs"
)

// TestEveryStandardHasBothExamples: among the examples that a standard names, one
// raises it and one does not. A prohibition is silent where a file under test has
// a case that it says nothing of; a right is used in one example and not in another.
func TestEveryStandardHasBothExamples(t *testing.T) {
	sub, err := fs.Sub(packs.FS, "ew-investigation")
	if err != nil {
		t.Fatal(err)
	}
	p := load(t, sub, "ew-investigation")
	files := map[string]*timeline.File{}
	for _, name := range p.Examples {
		f, err := sub.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		file, err := timeline.Read(f, name)
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
		files[strings.TrimSuffix(path.Base(name), ".jsonl")] = file
	}
	for _, s := range p.Standards {
		if s.Asks != nil {
			continue
		}
		raises, silent := false, false
		for _, name := range s.Examples {
			f := files[name]
			if f == nil || !slices.Contains(f.Test.Under, s.ID) {
				t.Errorf("%s names the example %q, which does not test it", s.ID, name)
				continue
			}
			keys := map[string]bool{}
			for _, e := range f.Expects {
				if e.Standard != s.ID {
					continue
				}
				keys[e.Key] = true
				raised := e.Finding != ""
				if s.Modal == pack.May {
					raised = e.Done != ""
				}
				raises = raises || raised
				silent = silent || !raised && !e.CannotTell && !e.Waiting && !e.Lifted
			}
			silent = silent || s.Modal == pack.MustNot && len(keys) < len(f.Cases)
		}
		if !raises {
			t.Errorf("no example of %s raises it", s.ID)
		}
		if !silent {
			t.Errorf("no example of %s leaves it silent", s.ID)
		}
	}
}
