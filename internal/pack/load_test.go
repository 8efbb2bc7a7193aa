package pack_test

import (
	"io/fs"
	"testing"

	"candour/internal/pack"
	"candour/packs"
)

func TestShippedPacksLoad(t *testing.T) {
	entries, err := fs.ReadDir(packs.FS, ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		sub, err := fs.Sub(packs.FS, e.Name())
		if err != nil {
			t.Fatal(err)
		}
		p, err := pack.Load(sub, e.Name())
		if err != nil {
			t.Errorf("%s: %v", e.Name(), err)
			continue
		}
		if len(p.Warnings) > 0 {
			t.Errorf("%s: advice: %v", e.Name(), pack.Problems(p.Warnings))
		}
	}
}
