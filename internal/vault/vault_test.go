package vault_test

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"candour/internal/vault"
)

func TestSealedOpensForItsChainOnly(t *testing.T) {
	v := open(t, newMemory(), newMaster(t), "")
	sealed := seal(t, v, "case/c1", "words")
	seal(t, v, "case/c2", "others")
	opens(t, v, "case/c1", sealed, "words")
	opens(t, v, "case/c1", seal(t, v, "case/c1", ""), "")
	erased(t, v, "case/c2", sealed)
	erased(t, v, "case/none", sealed)
	if bytes.Equal(sealed, seal(t, v, "case/c1", "words")) {
		t.Error("the same words were sealed twice into the same bytes")
	}
	if _, err := v.Seal(ctx, "", nil); err == nil {
		t.Error("a chain without a name was sealed")
	}
}

func TestEveryFlippedBitAndCutIsRefused(t *testing.T) {
	v := open(t, newMemory(), newMaster(t), "")
	sealed := seal(t, v, "case/c1", "words that nobody changes")
	for i := range sealed {
		for bit := range 8 {
			bad := bytes.Clone(sealed)
			bad[i] ^= 1 << bit
			if got, err := v.Open(ctx, "case/c1", bad); err == nil || got != nil {
				t.Fatalf("bit %d of byte %d flipped: %q, %v", bit, i, got, err)
			}
		}
		if _, err := v.Open(ctx, "case/c1", sealed[:i]); err == nil {
			t.Fatalf("cut to %d bytes it opens", i)
		}
	}
	if _, err := v.Open(ctx, "case/c1", append(bytes.Clone(sealed), 0)); err == nil {
		t.Fatal("with a byte more it opens")
	}
}

// TestBytesAreFrozen opens what was sealed when version 1 was fixed: a fact, and an
// attachment under its name.
func TestBytesAreFrozen(t *testing.T) {
	nines := bytes.NewReader(bytes.Repeat([]byte{9}, 64))
	folder := t.TempDir()
	v, err := vault.New(vault.Config{Keys: newMemory(), Master: newMaster(t), TagKey: tagKey, Random: nines, Folder: folder})
	if err != nil {
		t.Fatal(err)
	}
	seal(t, v, "case/c1", "draws the data key")
	sealed, _ := hex.DecodeString(frozen)
	opens(t, v, "case/c1", sealed, "frozen")

	digest := put(t, v, "case/c1", "frozen")
	path, now := onlyFile(t, folder)
	if name, _ := filepath.Rel(folder, path); name != filepath.FromSlash(frozenName) {
		t.Errorf("its name is %s, want %s", name, frozenName)
	}
	content, _ := hex.DecodeString(frozenFile)
	t.Logf("as it is written now: %x", now)
	write(t, path, string(content))
	gets(t, v, "case/c1", digest, "frozen")
}

func TestDestroyedChainIsErasedAndMayBeginAgain(t *testing.T) {
	keys, master := newMemory(), newMaster(t)
	v := open(t, keys, master, "")
	sealed, other := seal(t, v, "case/c1", "words"), seal(t, v, "case/c2", "others")
	for range 2 {
		if err := v.Destroy(ctx, "case/c1"); err != nil {
			t.Fatal(err)
		}
		erased(t, v, "case/c1", sealed)
	}
	opens(t, v, "case/c2", other, "others")
	opens(t, v, "case/c1", seal(t, v, "case/c1", "again"), "again")
	erased(t, v, "case/c1", sealed)
	erased(t, open(t, keys, master, ""), "case/c1", sealed)
}

func TestErasedIsTheCallersErrorToo(t *testing.T) {
	own := errors.New("erased, in the words of the record")
	v, err := vault.New(vault.Config{Keys: newMemory(), Master: newMaster(t), TagKey: tagKey, Random: rand.Reader, Erased: own})
	if err != nil {
		t.Fatal(err)
	}
	sealed := seal(t, v, "case/c1", "words")
	if err := v.Destroy(ctx, "case/c1"); err != nil {
		t.Fatal(err)
	}
	_, err = v.Open(ctx, "case/c1", sealed)
	if !errors.Is(err, own) || !errors.Is(err, vault.ErrErased) {
		t.Errorf("%v is not both errors", err)
	}
	if strings.Contains(err.Error(), "c1") {
		t.Errorf("%v names the case", err)
	}
	sealed[len(sealed)-1] ^= 1
	seal(t, v, "case/c1", "again")
	if _, err := v.Open(ctx, "case/c1", append(seal(t, v, "case/c1", "x"), 1)); errors.Is(err, own) || err == nil {
		t.Errorf("changed bytes: %v", err)
	}
}

func TestForgetSeesWhatAnotherProcessDestroyed(t *testing.T) {
	keys, master := newMemory(), newMaster(t)
	here, there := open(t, keys, master, ""), open(t, keys, master, "")
	sealed := seal(t, here, "case/c1", "words")
	if err := there.Destroy(ctx, "case/c1"); err != nil {
		t.Fatal(err)
	}
	opens(t, here, "case/c1", sealed, "words") // from memory
	here.Forget("case/c2")
	opens(t, here, "case/c1", sealed, "words")
	here.Forget("case/c1")
	erased(t, here, "case/c1", sealed)
	seal(t, here, "case/c1", "words")
	here.Forget()
	erased(t, there, "case/c1", sealed)
}

func TestProcessesThatMakeAKeyAtOnceEndWithOne(t *testing.T) {
	keys, master := newMemory(), newMaster(t)
	var vaults []*vault.Vault
	for range 4 {
		vaults = append(vaults, open(t, keys, master, ""))
	}
	sealed := make([][]byte, 64)
	var all sync.WaitGroup
	for i := range sealed {
		all.Go(func() { sealed[i] = seal(t, vaults[i%4], "case/c1", fmt.Sprint(i)) })
	}
	all.Wait()
	for i, s := range sealed {
		opens(t, vaults[(i+1)%4], "case/c1", s, fmt.Sprint(i))
	}
	if len(keys.rows) != 1 {
		t.Errorf("%d rows, want 1", len(keys.rows))
	}
}

// TestKeyReadBeforeDestroyIsNotRemembered holds up one reader between row and memory.
func TestKeyReadBeforeDestroyIsNotRemembered(t *testing.T) {
	keys, slow := newMemory(), &slowMaster{KeyService: newMaster(t)}
	v := open(t, keys, slow, "")
	sealed := seal(t, v, "case/c1", "words")
	v.Forget()
	slow.once = func() {
		if err := v.Destroy(ctx, "case/c1"); err != nil {
			t.Error(err)
		}
	}
	opens(t, v, "case/c1", sealed, "words") // it had read the row before
	erased(t, v, "case/c1", sealed)
}

func TestRowsSayNothing(t *testing.T) {
	keys := newMemory()
	v := open(t, keys, newMaster(t), "")
	seal(t, v, "case/a-long-word", "words")
	for tag, r := range keys.rows {
		if strings.Contains(string(tag[:])+r.master+r.wrapped, "long-word") {
			t.Errorf("row %x %q %x tells of the chain", tag, r.master, r.wrapped)
		}
	}
}

func TestDamagedOrForeignRowIsRefused(t *testing.T) {
	keys, master := newMemory(), newMaster(t)
	v := open(t, keys, master, "")
	sealed := seal(t, v, "case/c1", "words")
	var tag [32]byte
	for tag = range keys.rows {
	}
	good := keys.rows[tag]
	for i := range len(good.wrapped) {
		bad := []byte(good.wrapped)
		bad[i] ^= 1
		keys.rows[tag] = row{good.master, string(bad)}
		v.Forget()
		if _, err := v.Open(ctx, "case/c1", sealed); err == nil || errors.Is(err, vault.ErrErased) {
			t.Fatalf("byte %d of the row flipped: %v", i, err)
		}
		if _, err := v.Seal(ctx, "case/c1", nil); err == nil {
			t.Fatalf("byte %d of the row flipped: it seals", i)
		}
	}
	keys.rows[tag] = row{"kms-of-another", good.wrapped}
	if _, err := v.Open(ctx, "case/c1", sealed); err == nil || !strings.Contains(err.Error(), "kms-of-another") {
		t.Errorf("wrapped by an unknown master key: %v", err)
	}
	// A row put under the tag of another chain does not open.
	keys.rows[tag] = good
	seal(t, v, "case/c2", "others")
	for other := range keys.rows {
		keys.rows[other] = good
	}
	v.Forget()
	opens(t, v, "case/c1", sealed, "words")
	if _, err := v.Seal(ctx, "case/c2", nil); err == nil {
		t.Error("the key of one chain was taken for another's")
	}
}

func TestMasterKeyThatCannotUnwrapIsFoundOutAtOnce(t *testing.T) {
	keys := newMemory()
	v := open(t, keys, badMaster{newMaster(t)}, "")
	if _, err := v.Seal(ctx, "case/c1", nil); err == nil || len(keys.rows) != 0 {
		t.Errorf("sealed under a key that nobody can unwrap: %v", err)
	}
}

func TestManyChainsInASmallMemory(t *testing.T) {
	v, err := vault.New(vault.Config{Keys: newMemory(), Master: newMaster(t), TagKey: tagKey, Random: rand.Reader, Cached: 4})
	if err != nil {
		t.Fatal(err)
	}
	var sealed [][]byte
	for i := range 100 {
		sealed = append(sealed, seal(t, v, fmt.Sprint("case/", i), fmt.Sprint(i)))
		opens(t, v, "case/0", sealed[0], "0")
	}
	for i, s := range sealed {
		opens(t, v, fmt.Sprint("case/", i), s, fmt.Sprint(i))
	}
	if n := v.Remembered(); n > 4 {
		t.Errorf("%d chains are remembered, want at most 4", n)
	}
}

func TestConfigIsChecked(t *testing.T) {
	good := vault.Config{Keys: newMemory(), Master: newMaster(t), TagKey: tagKey, Random: rand.Reader}
	for name, spoil := range map[string]func(*vault.Config){
		"keys":    func(c *vault.Config) { c.Keys = nil },
		"master":  func(c *vault.Config) { c.Master = nil },
		"random":  func(c *vault.Config) { c.Random = nil },
		"tag key": func(c *vault.Config) { c.TagKey = tagKey[:31] },
	} {
		bad := good
		spoil(&bad)
		if _, err := vault.New(bad); err == nil {
			t.Errorf("a vault without a %s was made", name)
		}
	}
	good.Random = io.LimitReader(rand.Reader, 31)
	v, err := vault.New(good)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Seal(ctx, "case/c1", nil); err == nil {
		t.Error("sealed under a key of 31 bytes")
	}
	if !slices.Equal(good.TagKey, tagKey) {
		t.Error("the tag key was changed")
	}
}

func TestReadyMakesTheKeysThatAreMissingAtOnce(t *testing.T) {
	keys := newMemory()
	v := open(t, keys, newMaster(t), "")
	stood := seal(t, v, "case/c1", "before")
	var writes []string
	keys.step = func(what string) error { writes = append(writes, what); return nil }
	if err := v.Ready(ctx, "case/c1", "case/c2", "case/c3", "case/c2", ""); err != nil {
		t.Fatal(err)
	}
	opens(t, v, "case/c2", seal(t, v, "case/c2", "one"), "one")
	opens(t, v, "case/c3", seal(t, v, "case/c3", "two"), "two")
	opens(t, v, "case/c1", stood, "before")
	if !slices.Equal(writes, []string{"before add all", "after add all"}) || len(keys.rows) != 3 {
		t.Errorf("writes %q, %d rows", writes, len(keys.rows))
	}
	keys.step = func(string) error { return errors.New("no room") }
	if err := v.Ready(ctx, "case/c4"); err == nil {
		t.Error("keys that could not be written were said to be ready")
	}
}
