package witness_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"candour"
	"candour/internal/witness"
)

func TestMirrorTakesOnlyWhatLeadsToTheCheckpoint(t *testing.T) {
	r := newRecord("a").grow(100, "fact")
	fork := newRecord("a").grow(100, "other")
	unwatched := newRecord("a").grow(10, "fact")
	unwatched.origin = "elsewhere.example/log"
	d := newDesk(t, settings(r))
	line := d.ok(r, 0, 100)
	note := append(r.note(100), line...)
	send := func(from, to int64, proof []candour.Hash, leaves []candour.Hash, note []byte) (int64, error) {
		if leaves == nil {
			leaves = r.leaves[from:to]
		}
		return d.client().AddLeaves(t.Context(), witness.Leaves{From: from, Proof: proof, Leaf: leaves, Note: note})
	}
	kind := func(err error) witness.Kind {
		refusal := (*witness.Refusal)(nil)
		if errors.As(err, &refusal) {
			return refusal.Kind
		}
		return ""
	}
	if _, err := send(0, 40, r.proof(40, 100), nil, r.note(100)); kind(err) != witness.Unsigned {
		t.Errorf("not cosigned: %v", err)
	}
	if _, err := send(0, 10, nil, nil, unwatched.note(10)); kind(err) != witness.Unknown {
		t.Errorf("unknown origin: %v", err)
	}
	if _, err := send(0, 40, r.proof(40, 100), fork.leaves[:40], note); kind(err) != witness.Unproven {
		t.Errorf("other leaves: %v", err)
	}
	if _, err := send(0, 40, nil, nil, note); kind(err) != witness.Unproven {
		t.Errorf("no proof: %v", err)
	}
	if size, err := send(0, 40, r.proof(40, 100), nil, note); err != nil || size != 40 {
		t.Errorf("first part: %d, %v", size, err)
	}
	conflict := (*witness.Conflict)(nil)
	if _, err := send(0, 40, r.proof(40, 100), nil, note); !errors.As(err, &conflict) || conflict.Size != 40 {
		t.Errorf("again: %v", err)
	}
	d.reopen()
	if size, err := send(40, 100, nil, nil, note); err != nil || size != 100 {
		t.Errorf("second part: %d, %v", size, err)
	}
	for _, bad := range []string{"", "leaves 100 101\n\n\n", "leaves 100 102\n\n" + strings.Repeat("A", 43) + "=\n\n" + string(note), "leaves 100 100\n\n\n" + string(note)} {
		if status, _, _ := d.post("add-leaves", []byte(bad)); status != 400 {
			t.Errorf("%q: status %d", bad, status)
		}
	}
	m, err := d.Mirror(body)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int64{0, 1, 40, 77, 100} {
		c, _ := r.at(size)
		if got, err := m.Root(size); err != nil || got != c.Root {
			t.Errorf("root of %d: %v", size, err)
		}
	}
	for i, want := range r.leaves {
		if got, err := m.Leaf(int64(i)); err != nil || got != want {
			t.Errorf("leaf %d: %v", i, err)
		}
	}
	for _, i := range []int64{-1, 100} {
		if _, err := m.Leaf(i); err == nil {
			t.Errorf("leaf %d is there", i)
		}
		if _, err := m.Root(i * 2); err == nil {
			t.Errorf("root of %d is there", i*2)
		}
	}
}

func TestMirrorNamesTheEntryThatWasChanged(t *testing.T) {
	r := newRecord("a").grow(100, "fact")
	d := newDesk(t, settings(r))
	k := witness.NewKeeper(r, d.client())
	if err := errors.Join(k.Mirror("iopc.example/witness"), k.Round(t.Context())); err != nil {
		t.Fatal(err)
	}
	if k.Mirror("nobody") == nil {
		t.Error("a witness that is not asked can be a mirror")
	}
	paths, _ := filepath.Glob(filepath.Join(d.options.Dir, "mirrors", "*.edge"))
	if len(paths) != 1 {
		t.Fatal(paths)
	}
	path := strings.TrimSuffix(paths[0], ".edge")
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m, err := d.Mirror(body)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	put := func(i int, b byte) {
		if _, err := f.WriteAt([]byte{b}, int64(i)); err != nil {
			t.Fatal(err)
		}
	}
	for i, b := range good {
		put(i, b^1<<(i%8))
		entry := i / 36
		_, err := m.Root(100)
		if err == nil || !strings.HasSuffix(err.Error(), fmt.Sprintf("entry %d is not as it was kept", entry)) {
			t.Fatalf("byte %d: %v", i, err)
		}
		if _, err := m.Leaf(int64(entry)); err == nil {
			t.Fatalf("byte %d: leaf %d is given", i, entry)
		}
		put(i, b)
	}
	if err := os.WriteFile(path, good[:36*77+5], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Root(100); err == nil || !strings.Contains(err.Error(), "entry 77") {
		t.Errorf("cut short: %v", err)
	}
	d.reopen()
	if _, err := d.Mirror(body); err == nil || !strings.Contains(err.Error(), "entry 77") {
		t.Errorf("opened cut short: %v", err)
	}
}

// TestMirrorFollowsTheRecord sends leaves round by round, one chunk being more than one
// request takes.
func TestMirrorFollowsTheRecord(t *testing.T) {
	r := newRecord("a").grow(10, "fact")
	d := newDesk(t, settings(r))
	k := witness.NewKeeper(r, d.client())
	if err := k.Mirror("iopc.example/witness"); err != nil {
		t.Fatal(err)
	}
	for _, more := range []int{0, 5, 70_000, 0} {
		r.grow(more, "fact")
		if err := k.Round(t.Context()); err != nil {
			t.Fatal(err)
		}
		m, err := d.Mirror(body)
		if err != nil {
			t.Fatal(err)
		}
		c, _ := r.at(int64(len(r.leaves)))
		if got, err := m.Root(m.Size()); err != nil || m.Size() != c.Size || got != c.Root {
			t.Errorf("at %d: has %d, %v", c.Size, m.Size(), err)
		}
	}
	again := witness.NewKeeper(r, d.client()) // knows nothing of the mirror
	if err := errors.Join(again.Mirror("iopc.example/witness"), again.Round(t.Context())); err != nil {
		t.Error(err)
	}
}

func TestForceThatIsNotMirrored(t *testing.T) {
	r := newRecord("a").grow(10, "fact")
	c := settings(r)
	c.Forces[0].Mirror = false
	d := newDesk(t, c)
	k := witness.NewKeeper(r, d.client())
	err := errors.Join(k.Mirror("iopc.example/witness"), k.Round(t.Context()))
	if refusal := (*witness.Refusal)(nil); !errors.As(err, &refusal) || refusal.Kind != witness.Unknown {
		t.Errorf("got %v", err)
	}
	if len(r.kept) != 1 {
		t.Error("the cosignature was not kept")
	}
}
