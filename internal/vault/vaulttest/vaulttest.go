// Package vaulttest holds an implementation of vault.Keys against its contract. It imports
// nothing of ours, so that the tests of a store below can use it.
package vaulttest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
)

// Keys is vault.Keys, word for word.
type Keys interface {
	Get(ctx context.Context, tag [32]byte) (master string, wrapped []byte, err error)
	Add(ctx context.Context, tag [32]byte, master string, wrapped []byte) (standsMaster string, stands []byte, err error)
	Replace(ctx context.Context, tag [32]byte, old []byte, master string, wrapped []byte) (bool, error)
	Delete(ctx context.Context, tag [32]byte) error
	Each(ctx context.Context, visit func(tag [32]byte, master string, wrapped []byte) error) error
}

// TestKeys runs the contract; empty gives a new store without rows.
func TestKeys(t *testing.T, empty func(t *testing.T) Keys) {
	for _, c := range []struct {
		name string
		run  func(*testing.T, Keys)
	}{
		{"no row is nil, and no error", absent},
		{"the first to add stands", firstAdds},
		{"replace only what is there", replaces},
		{"what is deleted is gone, and may come again", deletes},
		{"each row once, and an error ends it", visits},
		{"bytes are copied in and out", copies},
		{"all who add at once get one row", addsAtOnce},
		{"of all who replace at once one does", replacesAtOnce},
		{"rows of every length", lengths},
		{"a context that is done", cancels},
		{"many at once, and what stands stays", addsAll},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, empty(t)) })
	}
}

var ctx = context.Background()

func tag(n byte) (t [32]byte) {
	t[0], t[31] = n, 255-n // not text, with a nought in it
	return t
}

func want(t *testing.T, k Keys, tag [32]byte, master string, wrapped []byte) {
	t.Helper()
	m, w, err := k.Get(ctx, tag)
	if err != nil || m != master || !bytes.Equal(w, wrapped) || (w == nil) != (wrapped == nil) {
		t.Fatalf("get %x: %q %x %v, want %q %x", tag[:1], m, w, err, master, wrapped)
	}
}

func add(t *testing.T, k Keys, tag [32]byte, master string, wrapped []byte) {
	t.Helper()
	m, w, err := k.Add(ctx, tag, master, wrapped)
	if err != nil || m != master || !bytes.Equal(w, wrapped) {
		t.Fatalf("add %x: %q %x %v", tag[:1], m, w, err)
	}
}

func absent(t *testing.T, k Keys) {
	want(t, k, tag(1), "", nil)
	if done, err := k.Replace(ctx, tag(1), []byte("old"), "m", []byte("new")); done || err != nil {
		t.Fatalf("replace where there is no row: %v %v", done, err)
	}
	want(t, k, tag(1), "", nil)
	if err := k.Delete(ctx, tag(1)); err != nil {
		t.Fatalf("delete where there is no row: %v", err)
	}
}

func firstAdds(t *testing.T, k Keys) {
	add(t, k, tag(1), "m1", []byte("first"))
	add(t, k, tag(2), "m2", []byte("other"))
	m, w, err := k.Add(ctx, tag(1), "m9", []byte("second"))
	if err != nil || m != "m1" || string(w) != "first" {
		t.Fatalf("add where there is a row: %q %q %v, want the first", m, w, err)
	}
	want(t, k, tag(1), "m1", []byte("first"))
	want(t, k, tag(2), "m2", []byte("other"))
}

func replaces(t *testing.T, k Keys) {
	add(t, k, tag(1), "m1", []byte("a"))
	add(t, k, tag(2), "m1", []byte("a"))
	for _, old := range []string{"b", "", "aa", "A"} {
		if done, err := k.Replace(ctx, tag(1), []byte(old), "m2", []byte("c")); done || err != nil {
			t.Fatalf("replace %q where a stands: %v %v", old, done, err)
		}
	}
	if done, err := k.Replace(ctx, tag(1), []byte("a"), "m2", []byte("c")); !done || err != nil {
		t.Fatalf("replace a where a stands: %v %v", done, err)
	}
	want(t, k, tag(1), "m2", []byte("c"))
	want(t, k, tag(2), "m1", []byte("a"))
}

func deletes(t *testing.T, k Keys) {
	add(t, k, tag(1), "m1", []byte("a"))
	add(t, k, tag(2), "m1", []byte("b"))
	if err := k.Delete(ctx, tag(1)); err != nil {
		t.Fatal(err)
	}
	want(t, k, tag(1), "", nil)
	want(t, k, tag(2), "m1", []byte("b"))
	if done, err := k.Replace(ctx, tag(1), []byte("a"), "m", []byte("c")); done || err != nil {
		t.Fatalf("replace what was deleted: %v %v", done, err)
	}
	add(t, k, tag(1), "m2", []byte("c"))
}

func visits(t *testing.T, k Keys) {
	const rows = 200
	for i := range rows {
		add(t, k, tag(byte(i)), fmt.Sprint("m", i), []byte{byte(i)})
	}
	seen := map[[32]byte]bool{}
	err := k.Each(ctx, func(tg [32]byte, master string, wrapped []byte) error {
		if seen[tg] {
			t.Errorf("row %d was visited twice", tg[0])
		}
		seen[tg] = true
		if tg != tag(tg[0]) || master != fmt.Sprint("m", tg[0]) || !bytes.Equal(wrapped, tg[:1]) {
			t.Errorf("row %x: %q %x", tg, master, wrapped)
		}
		return nil
	})
	if err != nil || len(seen) != rows {
		t.Fatalf("%d rows were visited, want %d; %v", len(seen), rows, err)
	}
	enough, calls := errors.New("enough"), 0
	err = k.Each(ctx, func([32]byte, string, []byte) error {
		if calls++; calls == 3 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) || calls != 3 {
		t.Fatalf("visit ended with %v after %d rows, want its own error after 3", err, calls)
	}
	add(t, k, tag(250), "m", []byte("the store still works"))
}

func copies(t *testing.T, k Keys) {
	in := []byte("abc")
	add(t, k, tag(1), "m", in)
	in[0] = 'x'
	want(t, k, tag(1), "m", []byte("abc"))
	_, out, _ := k.Get(ctx, tag(1))
	out[0] = 'y'
	want(t, k, tag(1), "m", []byte("abc"))
}

func addsAtOnce(t *testing.T, k Keys) {
	const callers = 16
	got := make([]string, callers)
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			m, w, err := k.Add(ctx, tag(1), fmt.Sprint(i), []byte(fmt.Sprint(i)))
			if got[i] = string(w); err != nil || m != string(w) {
				t.Errorf("add: %q %q %v", m, w, err)
			}
		})
	}
	all.Wait()
	for _, g := range got {
		if g != got[0] {
			t.Fatalf("callers got %q", got)
		}
	}
	want(t, k, tag(1), got[0], []byte(got[0]))
}

func replacesAtOnce(t *testing.T, k Keys) {
	add(t, k, tag(1), "m", []byte("old"))
	const callers = 16
	did := make([]bool, callers)
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			var err error
			if did[i], err = k.Replace(ctx, tag(1), []byte("old"), fmt.Sprint(i), []byte(fmt.Sprint(i))); err != nil {
				t.Errorf("replace: %v", err)
			}
		})
	}
	all.Wait()
	n := 0
	for i, d := range did {
		if d {
			n++
			want(t, k, tag(1), fmt.Sprint(i), []byte(fmt.Sprint(i)))
		}
	}
	if n != 1 {
		t.Fatalf("%d callers replaced the row, want 1", n)
	}
}

func lengths(t *testing.T, k Keys) {
	for i, n := range []int{1, 63, 64, 1024, 65535} {
		wrapped := bytes.Repeat([]byte{0, 0xff, byte(i)}, n)[:n]
		add(t, k, tag(byte(i)), string(bytes.Repeat([]byte("m"), 255)), wrapped)
		want(t, k, tag(byte(i)), string(bytes.Repeat([]byte("m"), 255)), wrapped)
	}
}

func cancels(t *testing.T, k Keys) {
	add(t, k, tag(1), "m", []byte("a"))
	done, cancel := context.WithCancel(ctx)
	cancel()
	if _, _, err := k.Add(done, tag(2), "m", []byte("b")); err == nil {
		want(t, k, tag(2), "m", []byte("b")) // it may not have looked; but then it did what it said
	} else if _, w, _ := k.Get(ctx, tag(2)); w != nil && string(w) != "b" {
		t.Fatalf("after an error the row is %q", w)
	}
	want(t, k, tag(1), "m", []byte("a"))
}

// addsAll tries a store that can insert many rows at once.
func addsAll(t *testing.T, k Keys) {
	bulk, ok := k.(interface {
		AddAll(ctx context.Context, n int, row func(i int) (tag [32]byte, master string, wrapped []byte)) error
	})
	if !ok {
		t.Skip("it cannot insert many at once")
	}
	add(t, k, tag(7), "first", []byte("stands"))
	row := func(i int) ([32]byte, string, []byte) {
		return tag(byte(i)), fmt.Sprintf("m%d", i), fmt.Appendf(nil, "wrapped %d", i)
	}
	for range 2 {
		if err := bulk.AddAll(ctx, 200, row); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 200 {
		_, master, wrapped := row(i)
		if i == 7 {
			master, wrapped = "first", []byte("stands")
		}
		want(t, k, tag(byte(i)), master, wrapped)
	}
	if err := bulk.AddAll(ctx, 0, row); err != nil {
		t.Error(err)
	}
	want(t, k, tag(200), "", nil)
}
