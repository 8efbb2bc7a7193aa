package vault_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"candour/internal/vault"
)

// FuzzOpen: of bytes that nobody sealed none open, and nothing breaks.
func FuzzOpen(f *testing.F) {
	v := open(f, newMemory(), newMaster(f), "")
	sealed := seal(f, v, "case/c1", "words")
	frozenBytes, _ := hex.DecodeString(frozen)
	f.Add(sealed)
	f.Add(frozenBytes)
	f.Add(sealed[:37])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		plain, err := v.Open(ctx, "case/c1", b)
		if err == nil && !bytes.Equal(b, sealed) {
			t.Fatalf("%x opens as %q", b, plain)
		}
		if err != nil && plain != nil {
			t.Fatalf("%q beside %v", plain, err)
		}
	})
}

// FuzzAttachment: whatever stands in the file, only a beginning of the content comes out.
func FuzzAttachment(f *testing.F) {
	folder := f.TempDir()
	v := open(f, newMemory(), newMaster(f), folder)
	content := strings.Repeat("picture ", 10)
	digest := put(f, v, "case/c1", content)
	var path, good string
	for name, b := range files(f, folder) {
		path, good = filepath.Join(folder, name), b
	}
	f.Add([]byte(good))
	f.Add([]byte(good[:69]))
	f.Add([]byte(good[:109]))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		write(t, path, string(b))
		got, err := get(v, "case/c1", digest)
		if !strings.HasPrefix(content, got) || err == nil && string(b) != good {
			t.Fatalf("%x: %q, %v", b, got, err)
		}
	})
}

// FuzzRecover reads what age has opened, and the header of age before it.
func FuzzRecover(f *testing.F) {
	key := strings.Repeat("0a", 32)
	f.Add([]byte("candour-escrow/1\ntag-key " + key + "\nchain " + key + " " + key + " " + key + "\nend 1\n"))
	f.Add([]byte("age-encryption.org/v1\n-> X25519 abc\ndef\n--- ghi\n"))
	f.Add([]byte(""))
	id := identity(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		vault.ReadEscrow(bytes.NewReader(b)) // must not break
		if _, _, err := vault.Recover(ctx, bytes.NewReader(b), []age.Identity{id}, newMemory(), badMaster{}); err == nil {
			t.Fatal("recovered from what nobody encrypted")
		}
	})
}

// FuzzKeyFiles: a key file that is read says exactly what its text says.
func FuzzKeyFiles(f *testing.F) {
	f.Add("candour-master-key/1\nid file-0000000000000000\nkey " + strings.Repeat("0", 64) + "\n")
	f.Add("candour-passphrase/1\nargon2id 3 65536 4\nsalt " + strings.Repeat("0", 32) + "\ncheck " + strings.Repeat("0", 64) + "\n")
	f.Fuzz(func(t *testing.T, text string) {
		if k, err := vault.ParseFileKey(text); err == nil && !strings.Contains(text, "id "+k.ID()+"\n") {
			t.Fatal("an ID that does not stand there")
		}
		vault.ParsePassphrase(text)
	})
}

// FuzzRow: what is split joins to the same bytes.
func FuzzRow(f *testing.F) {
	f.Add([]byte{1, 0, 2, 'a', 'b'})
	f.Add([]byte{2, 0, 0, 0, 1, 'c'})
	f.Fuzz(func(t *testing.T, b []byte) {
		wraps, err := vault.SplitRow(b)
		if err != nil {
			return
		}
		joined := []byte{byte(len(wraps))}
		for _, w := range wraps {
			joined = append(append(joined, byte(len(w)>>8), byte(len(w))), w...)
		}
		if !bytes.Equal(joined, b) {
			t.Fatal(errors.New("two rows mean the same"))
		}
	})
}
