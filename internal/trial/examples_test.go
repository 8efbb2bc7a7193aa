package trial_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"candour/internal/pack"
	"candour/internal/timeline"
	"candour/internal/trial"
	"candour/packs"
)

func load(t testing.TB, fsys fs.FS, name string) *pack.Pack {
	t.Helper()
	p, err := pack.Load(fsys, name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// run holds one example against a pack and reports every difference.
func run(t testing.TB, fsys fs.FS, name string, p *pack.Pack) *trial.Outcome {
	t.Helper()
	f, err := fsys.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	file, err := timeline.Read(f, name)
	if err != nil {
		t.Fatal(err)
	}
	out, err := trial.Run(file, p)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestExamplesOfShippedPacks runs the worked cases: every row, to the second.
func TestExamplesOfShippedPacks(t *testing.T) {
	for _, name := range []string{"ew-investigation", "process-logs"} {
		sub, err := fs.Sub(packs.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		p := load(t, sub, name)
		if len(p.Examples) == 0 {
			t.Errorf("%s has no examples", name)
		}
		for _, ex := range p.Examples {
			t.Run(name+"/"+filepath.Base(ex), func(t *testing.T) {
				out := run(t, sub, ex, p)
				for _, d := range out.Differences {
					t.Error(d)
				}
				if out.Expected == 0 {
					t.Error("the example expects nothing")
				}
			})
		}
	}
}

// TestLanguage runs the examples of every key of the sentence: packs under
// testdata/language, each with timelines that raise and that do not.
func TestLanguage(t *testing.T) {
	root := os.DirFS("testdata/language")
	dirs, err := fs.ReadDir(root, ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range dirs {
		sub, err := fs.Sub(root, d.Name())
		if err != nil {
			t.Fatal(err)
		}
		p := load(t, sub, d.Name())
		for _, ex := range p.Examples {
			t.Run(d.Name()+"/"+filepath.Base(ex), func(t *testing.T) {
				for _, diff := range run(t, sub, ex, p).Differences {
					t.Error(diff)
				}
			})
		}
	}
}
