package vault_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"filippo.io/age"

	"candour/internal/vault"
)

func identity(t testing.TB) *age.X25519Identity {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func recovers(t testing.TB, path string, keys vault.Keys, master vault.KeyService, ids ...age.Identity) (int, error) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got, n, err := vault.Recover(ctx, f, ids, keys, master)
	if err == nil && !bytes.Equal(got, tagKey) {
		t.Errorf("the tag key is %x", got)
	}
	return n, err
}

func TestEscrowReadsABackupAgain(t *testing.T) {
	folder, path, id := t.TempDir(), filepath.Join(t.TempDir(), "escrow"), identity(t)
	lock, err := age.NewScryptRecipient("correct horse")
	if err != nil {
		t.Fatal(err)
	}
	lock.SetWorkFactor(10)
	phrase, err := age.NewScryptIdentity("correct horse")
	if err != nil {
		t.Fatal(err)
	}
	v := open(t, newMemory(), newMaster(t), folder)
	sealed, digest := seal(t, v, "case/c1", "words"), put(t, v, "case/c2", "picture")
	if _, err := v.Rekey(ctx, "case/c1"); err != nil { // both keys are in it
		t.Fatal(err)
	}
	later := seal(t, v, "case/c1", "later words")
	for _, c := range []struct {
		to   age.Recipient
		from age.Identity
	}{{id.Recipient(), id}, {lock, phrase}} {
		if n, err := v.Escrow(ctx, path, c.to); n != 2 || err != nil {
			t.Fatal(n, err)
		}
		keys, master := newMemory(), newMaster(t)
		if n, err := recovers(t, path, keys, master, identity(t), c.from); n != 2 || err != nil {
			t.Fatal(n, err)
		}
		back := open(t, keys, master, copyOf(t, folder))
		opens(t, back, "case/c1", sealed, "words")
		opens(t, back, "case/c1", later, "later words")
		gets(t, back, "case/c2", digest, "picture")
		if _, err := recovers(t, path, newMemory(), master, identity(t)); err == nil {
			t.Error("opened by another identity")
		}
	}
	if info, _ := os.Stat(path); runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
}

// TestErasureReachesTheEscrow: an escrow opens what was sealed up to it, and nothing that
// came later; one written after an erasure does not open what was erased.
func TestErasureReachesTheEscrow(t *testing.T) {
	dir, id := t.TempDir(), identity(t)
	path := filepath.Join(dir, "escrow")
	v := open(t, newMemory(), newMaster(t), "")
	one, two := seal(t, v, "case/c1", "one"), seal(t, v, "case/c2", "two")
	if _, err := v.Escrow(ctx, path, id.Recipient()); err != nil {
		t.Fatal(err)
	}
	early, _ := os.ReadFile(path)
	three := seal(t, v, "case/c3", "three")
	k, err := v.Rekey(ctx, "case/c2")
	if err != nil {
		t.Fatal(err)
	}
	twoAgain, err := k.Reseal(ctx, two)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(k.Settle(ctx), v.Destroy(ctx, "case/c1")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".new", []byte("left by a crash"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Escrow(ctx, path, id.Recipient()); err != nil {
		t.Fatal(err)
	}
	if n := len(files(t, dir)); n != 1 {
		t.Errorf("%d files, want the escrow alone", n)
	}

	master := newMaster(t)
	keys := newMemory()
	if _, err := recovers(t, path, keys, master, id); err != nil {
		t.Fatal(err)
	}
	now := open(t, keys, master, "")
	erased(t, now, "case/c1", one)
	erased(t, now, "case/c2", two)
	opens(t, now, "case/c2", twoAgain, "two")
	opens(t, now, "case/c3", three, "three")

	keys = newMemory()
	write(t, path, string(early))
	if _, err := recovers(t, path, keys, master, id); err != nil {
		t.Fatal(err)
	}
	then := open(t, keys, master, "")
	opens(t, then, "case/c1", one, "one")
	erased(t, then, "case/c2", twoAgain)
	erased(t, then, "case/c3", three)
}

func TestEscrowThatFailsLeavesTheOldOne(t *testing.T) {
	dir, id := t.TempDir(), identity(t)
	path := filepath.Join(dir, "escrow")
	keys := newMemory()
	v := open(t, keys, newMaster(t), "")
	seal(t, v, "case/c1", "words")
	if _, err := v.Escrow(ctx, path, id.Recipient()); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(path)
	keys.rows[[32]byte{1}] = row{"unknown", "x"}
	if _, err := v.Escrow(ctx, path, id.Recipient()); err == nil {
		t.Error("written without a key that could not be unwrapped")
	}
	if _, err := v.Escrow(ctx, path); err == nil {
		t.Error("written for nobody")
	}
	if after := files(t, dir); len(after) != 1 || after["escrow"] != string(before) {
		t.Errorf("left are %d files", len(after))
	}
}

func TestEveryChangedOrCutByteOfAnEscrowIsRefused(t *testing.T) {
	path, id := filepath.Join(t.TempDir(), "escrow"), identity(t)
	v := open(t, newMemory(), newMaster(t), "")
	seal(t, v, "case/c1", "words")
	if _, err := v.Escrow(ctx, path, id.Recipient()); err != nil {
		t.Fatal(err)
	}
	good, _ := os.ReadFile(path)
	keys, master := newMemory(), newMaster(t)
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 1
		for _, b := range [][]byte{bad, good[:i]} {
			if _, _, err := vault.Recover(ctx, bytes.NewReader(b), []age.Identity{id}, keys, master); err == nil {
				t.Fatalf("byte %d: recovered", i)
			}
		}
	}
	if len(keys.rows) != 0 {
		t.Error("rows were added")
	}
}

func TestRecoverOnlyIntoEmptyKeysAndFromAnyStepOn(t *testing.T) {
	path, id, master := filepath.Join(t.TempDir(), "escrow"), identity(t), newMaster(t)
	v := open(t, newMemory(), newMaster(t), "")
	for i := range 4 {
		seal(t, v, fmt.Sprint("case/", i), "words")
	}
	if _, err := v.Escrow(ctx, path, id.Recipient()); err != nil {
		t.Fatal(err)
	}
	used := newMemory()
	seal(t, open(t, used, master, ""), "case/1", "other words, the same chain")
	if _, err := recovers(t, path, used, master, id); err == nil || len(used.rows) != 1 {
		t.Errorf("recovered into keys that are in use: %v, %d rows", err, len(used.rows))
	}
	for stop := 1; ; stop++ {
		keys, n := newMemory(), 0
		keys.step = func(string) error {
			if n++; n == stop {
				return errStopped
			}
			return nil
		}
		_, err := recovers(t, path, keys, master, id)
		keys.step = nil
		if n, err := recovers(t, path, keys, master, id); err != nil || n != 4 || len(keys.rows) != 4 {
			t.Fatalf("stopped at %d and called again: %d, %v", stop, n, err)
		}
		if err == nil {
			return
		}
	}
}

func TestEscrowFormIsStrict(t *testing.T) {
	key := strings.Repeat("0a", 32)
	head := "candour-escrow/1\ntag-key " + key + "\n"
	line := "chain " + strings.Repeat("01", 32) + " " + key
	for text, ok := range map[string]bool{
		head + "end 0\n":                                         true,
		head + line + "\nend 1\n":                                true,
		head + line + " " + key + "\nend 1\n":                    true,
		head + line + "\n" + line + "\nend 2\n":                  false,
		head + line + "\nend 2\n":                                false,
		head + line + "\nend 01\n":                               false,
		head + line + "\nend 1":                                  false,
		head + line + "\nend 1\nmore\n":                          false,
		head + line + "\n":                                       false,
		head + "chain " + key + "\nend 1\n":                      false,
		head + strings.ToUpper(line) + "\nend 1\n":               false,
		head + line + "\r\nend 1\n":                              false,
		head + line + strings.Repeat(" "+key, 255) + "\nend 1\n": false,
		"candour-escrow/2\ntag-key " + key + "\nend 0\n":         false,
		"candour-escrow/1\nend 0\n":                              false,
		"":                                                       false,
	} {
		if _, err := vault.ReadEscrow(strings.NewReader(text)); (err == nil) != ok {
			t.Errorf("%.200q: %v", text, err)
		}
	}
}

// TestErrorAfterTheEndOfAnEscrowIsTold: age tells of a cut only where the bytes end.
func TestErrorAfterTheEndOfAnEscrowIsTold(t *testing.T) {
	text := "candour-escrow/1\ntag-key " + strings.Repeat("0a", 32) + "\nend 0\n"
	if _, err := vault.ReadEscrow(io.MultiReader(strings.NewReader(text), iotest.ErrReader(errStopped))); !errors.Is(err, errStopped) {
		t.Errorf("read: %v", err)
	}
}
