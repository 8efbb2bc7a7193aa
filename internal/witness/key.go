package witness

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"candour"
)

// The folder of a witness.
const (
	keyFile    = "key"
	lockFile   = "lock"
	originsDir = "origins" // what was cosigned last, a file an origin
	alarmsDir  = "alarms"  // proofs against bodies, and who acknowledged them
	mirrorsDir = "mirrors" // leaf hashes
	refusals   = "refusals.json"
)

const keyFirst = "candour-witness-key/1"

// Init makes the folder of a new witness and its key, from 32 bytes of random, and gives
// the vkey that bodies put into their policy. It refuses a folder that has a key or has
// been used.
//
// The key is the file "key", which only its owner may read:
//
//	candour-witness-key/1
//	name <name>
//	seed <the Ed25519 seed, 64 hex digits>
func Init(dir, name string, random io.Reader) (vkey string, err error) {
	if !candour.IsToken(name) || strings.Contains(name, "+") {
		return "", fmt.Errorf("witness %q: a name is one word of visible ASCII without +, such as iopc.example/witness", name)
	}
	var seed [32]byte
	if _, err := io.ReadFull(random, seed[:]); err != nil {
		return "", err
	}
	for _, sub := range []string{"", originsDir, alarmsDir, mirrorsDir} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return "", err
		}
	}
	if used, err := os.ReadDir(filepath.Join(dir, originsDir)); err != nil || len(used) > 0 {
		return "", errors.Join(err, fmt.Errorf("%s holds what a witness cosigned: a new key would forget it", dir))
	}
	text := fmt.Sprintf("%s\nname %s\nseed %s\n", keyFirst, name, hex.EncodeToString(seed[:]))
	if err := writeNew(filepath.Join(dir, keyFile), []byte(text)); err != nil {
		return "", err
	}
	if err := (disk{}).SyncDir(filepath.Dir(filepath.Clean(dir))); err != nil {
		return "", err
	}
	return candour.NewCosigner(name, seed[:]).Public.String(), nil
}

// writeNew writes a file that must not be there yet, for good.
func writeNew(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return (disk{}).SyncDir(filepath.Dir(path))
}

// readKey reads the witness's key.
func readKey(dir string) (c candour.Cosigner, err error) {
	path := filepath.Join(dir, keyFile)
	info, err := os.Stat(path)
	if err != nil {
		return c, err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return c, fmt.Errorf("%s: others than its owner may read it (mode %o): set it to 600, and think whether the key is still secret", path, info.Mode().Perm())
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return c, err
	}
	var name, seed string
	if _, err := fmt.Sscanf(string(b), keyFirst+"\nname %s\nseed %s\n", &name, &seed); err != nil {
		return c, fmt.Errorf("%s: not a key as Init writes it", path)
	}
	raw, err := hex.DecodeString(seed)
	again := fmt.Sprintf("%s\nname %s\nseed %x\n", keyFirst, name, raw)
	if err != nil || len(raw) != 32 || !bytes.Equal(b, []byte(again)) {
		return c, fmt.Errorf("%s: not a key as Init writes it", path)
	}
	return candour.NewCosigner(name, raw), nil
}
