package vault

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"candour/internal/durable"
)

// FileKey is a master key in a file, which belongs on another medium than the database and
// its backups. The file is text:
//
//	candour-master-key/1
//	id file-<16 hex>
//	key <64 hex>
//
// The ID follows from the key, so that a key that was typed in is checked.
type FileKey struct{ *local }

const fileKeyForm = "candour-master-key/1"

// CreateFileKey draws a key and writes it to a new file, which only its owner can read and
// which is on disk when it returns. It never writes over a file.
func CreateFileKey(path string, random io.Reader) (*FileKey, error) {
	var key [keySize]byte
	if _, err := io.ReadFull(random, key[:]); err != nil {
		return nil, fmt.Errorf("draw a master key: %w", err)
	}
	k := &FileKey{newLocal("file", key[:])}
	text := fmt.Sprintf("%s\nid %s\nkey %x\n", fileKeyForm, k.id, key)
	if err := durable.Create(path, []byte(text)); err != nil {
		return nil, err
	}
	return k, nil
}

// OpenFileKey reads a master key. It refuses a file that others than its owner may read.
func OpenFileKey(path string) (*FileKey, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := onlyOwner(f); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, 4096))
	if err != nil {
		return nil, err
	}
	k, err := parseFileKey(string(text))
	if err != nil {
		return nil, fmt.Errorf("master key %s: %w", path, err)
	}
	return k, nil
}

// onlyOwner refuses a file whose mode lets the group or others in. Windows has no such mode.
func onlyOwner(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return fmt.Errorf("master key %s: others than its owner may use it (mode %#o): run chmod 600 on it, and rotate to a new master key if anyone else can have read it", f.Name(), mode)
	}
	return nil
}

func parseFileKey(text string) (*FileKey, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[0] != fileKeyForm || lines[3] != "" {
		return nil, fmt.Errorf("the file is not in the form %s", fileKeyForm)
	}
	id, isID := strings.CutPrefix(lines[1], "id ")
	word, isKey := strings.CutPrefix(lines[2], "key ")
	key, err := readHex(word, keySize)
	if !isID || !isKey || err != nil {
		return nil, fmt.Errorf("the file is not in the form %s", fileKeyForm)
	}
	k := &FileKey{newLocal("file", key)}
	if k.id != id {
		return nil, fmt.Errorf("the key is that of %s, but the file says %s: a character was changed", k.id, id)
	}
	return k, nil
}

// readHex reads lower-case hex of so many bytes.
func readHex(word string, size int) ([]byte, error) {
	b, err := hex.DecodeString(word)
	if err != nil {
		return nil, errors.New("not hex") // the word may be a key: not to be told
	}
	if len(b) != size || hex.EncodeToString(b) != word {
		return nil, fmt.Errorf("not lower-case hex of %d bytes", size)
	}
	return b, nil
}
