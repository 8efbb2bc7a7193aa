package vault_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"candour/internal/vault"
)

// slowMaster calls once before it unwraps next.
type slowMaster struct {
	vault.KeyService
	once func()
}

func (s *slowMaster) Unwrap(ctx context.Context, wrapped, about []byte) ([]byte, error) {
	if f := s.once; f != nil {
		s.once = nil
		f()
	}
	return s.KeyService.Unwrap(ctx, wrapped, about)
}

// badMaster unwraps another key than it wrapped.
type badMaster struct{ vault.KeyService }

func (b badMaster) Unwrap(ctx context.Context, wrapped, about []byte) ([]byte, error) {
	key, err := b.KeyService.Unwrap(ctx, wrapped, about)
	if err == nil {
		key[5]++
	}
	return key, err
}

var cheap = vault.Cost{Passes: 1, KiB: 64, Threads: 1}

func created(t *testing.T) *vault.FileKey {
	t.Helper()
	k, err := vault.CreateFileKey(filepath.Join(t.TempDir(), "master"), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func passphrase(t *testing.T, path, words string) *vault.Passphrase {
	t.Helper()
	k, err := vault.CreatePassphrase(path, []byte(words), cheap, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestMasterKeysWrap(t *testing.T) {
	dir := t.TempDir()
	filed, phrased := created(t), passphrase(t, filepath.Join(dir, "p"), "correct horse")
	key := bytes.Repeat([]byte{3}, 32)
	for _, k := range []vault.KeyService{filed, phrased} {
		wrapped, err := k.Wrap(ctx, key, []byte("about"))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := k.Unwrap(ctx, wrapped, []byte("about")); err != nil || !bytes.Equal(got, key) {
			t.Errorf("%s: %x, %v", k.ID(), got, err)
		}
		if _, err := k.Unwrap(ctx, wrapped, []byte("About")); err == nil {
			t.Errorf("%s: unwrapped about something else", k.ID())
		}
		for i := range wrapped {
			bad := bytes.Clone(wrapped)
			bad[i] ^= 1
			if _, err := k.Unwrap(ctx, bad, []byte("about")); err == nil {
				t.Errorf("%s: byte %d flipped, and unwrapped", k.ID(), i)
			}
			if _, err := k.Unwrap(ctx, wrapped[:i], []byte("about")); err == nil {
				t.Errorf("%s: unwrapped %d bytes", k.ID(), i)
			}
		}
		if again, _ := k.Wrap(ctx, key, []byte("about")); bytes.Equal(again, wrapped) {
			t.Errorf("%s: wrapped twice into the same bytes", k.ID())
		}
	}
	if filed.ID() == created(t).ID() || filed.ID() == phrased.ID() {
		t.Error("two keys have one ID")
	}
}

func TestFileKeyIsReadAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master")
	made, err := vault.CreateFileKey(path, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	read, err := vault.OpenFileKey(path)
	if err != nil || read.ID() != made.ID() {
		t.Fatalf("%v, %v", read, err)
	}
	wrapped, _ := made.Wrap(ctx, tagKey, nil)
	if got, err := read.Unwrap(ctx, wrapped, nil); err != nil || !bytes.Equal(got, tagKey) {
		t.Errorf("%x, %v", got, err)
	}
	before, _ := os.ReadFile(path)
	if _, err := vault.CreateFileKey(path, rand.Reader); !errors.Is(err, os.ErrExist) {
		t.Errorf("written over a key: %v", err)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("the file was changed")
	}
	if info, _ := os.Stat(path); runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
}

func TestFileKeyThatOthersMayReadIsRefused(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no modes")
	}
	path := filepath.Join(t.TempDir(), "master")
	if _, err := vault.CreateFileKey(path, rand.Reader); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o620, 0o601, 0o777} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := vault.OpenFileKey(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("mode %o: %v, want it refused, and what to do", mode, err)
		}
	}
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	if _, err := vault.OpenFileKey(path); err != nil {
		t.Errorf("mode 400: %v", err)
	}
}

func TestEveryChangedCharacterOfAFileKeyIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master")
	if _, err := vault.CreateFileKey(path, rand.Reader); err != nil {
		t.Fatal(err)
	}
	good, _ := os.ReadFile(path)
	key := strings.Fields(string(good))[4]
	for i := range good {
		for _, bad := range []string{
			string(good[:i]),
			string(good[:i]) + string(good[i]^1) + string(good[i+1:]),
			string(good[:i]) + "\r" + string(good[i:]),
		} {
			_, err := vault.ParseFileKey(bad)
			if err == nil {
				t.Fatalf("%q was read", bad)
			}
			if strings.Contains(err.Error(), key) {
				t.Fatalf("the error tells the key: %v", err)
			}
		}
	}
}

func TestWrongPassphraseIsToldAsSuch(t *testing.T) {
	path := filepath.Join(t.TempDir(), "passphrase")
	made := passphrase(t, path, "correct horse")
	if _, err := vault.OpenPassphrase(path, []byte("correct hors")); !errors.Is(err, vault.ErrPassphrase) {
		t.Errorf("wrong passphrase: %v", err)
	}
	read, err := vault.OpenPassphrase(path, []byte("correct horse"))
	if err != nil || read.ID() != made.ID() {
		t.Fatalf("%v, %v", read, err)
	}
	wrapped, _ := made.Wrap(ctx, tagKey, nil)
	if got, err := read.Unwrap(ctx, wrapped, nil); err != nil || !bytes.Equal(got, tagKey) {
		t.Errorf("%x, %v", got, err)
	}
	if text, _ := os.ReadFile(path); strings.Contains(string(text), "horse") {
		t.Error("the file tells the passphrase")
	}
	if _, err := vault.CreatePassphrase(path, []byte("other"), cheap, rand.Reader); !errors.Is(err, os.ErrExist) {
		t.Errorf("written over: %v", err)
	}
	if _, err := vault.CreatePassphrase(path+"2", nil, cheap, rand.Reader); err == nil {
		t.Error("an empty passphrase was taken")
	}
}

func TestCostOutOfBoundsIsRefused(t *testing.T) {
	tail := "\nsalt " + strings.Repeat("0", 32) + "\ncheck " + strings.Repeat("0", 64) + "\n"
	for cost, ok := range map[string]bool{
		"3 65536 4": true, "1 8 1": true,
		"0 65536 4": false, "101 65536 4": false, "3 65536 0": false, "3 31 4": false, "3 4194305 4": false,
		"3 65536 256": false, "-1 65536 4": false, "3 65536": false, "3 65536 4 4": false, " 65536 4": false,
	} {
		if _, _, _, err := vault.ParsePassphrase("candour-passphrase/1\nargon2id " + cost + tail); (err == nil) != ok {
			t.Errorf("cost %q: %v", cost, err)
		}
	}
}
