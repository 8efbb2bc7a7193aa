package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"candour/internal/vault"
)

// share says that the keys are in use, so that nobody rotates them meanwhile. Where nothing is
// written a folder that cannot be written to is no fault.
func (h *home) share(write bool) error {
	f, err := os.OpenFile(filepath.Join(h.keys, fileLock), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		if write {
			return err
		}
		return nil
	}
	h.close = append(h.close, f.Close)
	if err := share(f); err != nil {
		return fmt.Errorf("the keys in %s are being rotated by another process; try again when it is done", h.keys)
	}
	h.lock = f
	return nil
}

// alone makes sure that no other process of this machine has the keys open.
func (h *home) alone() error {
	if err := alone(h.lock); err != nil {
		return errors.New("another process has the record open, and would go on to use the old key: stop it, then call this again")
	}
	return nil
}

// openMasters opens the master keys that are there: one, but for a rotation that is under way or
// was broken off. That which wraps comes first, the new one.
func openMasters(keys string, a *app) (out []vault.KeyService, err error) {
	for _, suffix := range []string{next, ""} {
		m, err := openMaster(keys, suffix, a)
		if err != nil {
			return nil, err
		}
		if m != nil {
			out = append(out, m)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s has no master key: neither %s nor %s", keys, fileMaster, filePhrase)
	}
	return out, nil
}

// openMaster opens the master key of that suffix, a file or a passphrase; nil where there is none.
func openMaster(keys, suffix string, a *app) (vault.KeyService, error) {
	phrase := filepath.Join(keys, filePhrase+suffix)
	if exists(phrase) {
		return openPhrase(phrase, suffix, a)
	}
	if path := filepath.Join(keys, fileMaster+suffix); exists(path) {
		return vault.OpenFileKey(path)
	}
	return nil, nil
}

// openPhrase tries, of a new passphrase, both variables: once a rotation is done the new one
// is the passphrase.
func openPhrase(path, suffix string, a *app) (vault.KeyService, error) {
	if suffix == next {
		if phrase, err := phraseOf(newPhrase); err == nil {
			return vault.OpenPassphrase(path, phrase)
		}
	}
	phrase, err := a.passphrase()
	if err != nil {
		return nil, err
	}
	k, err := vault.OpenPassphrase(path, phrase)
	if suffix == next && errors.Is(err, vault.ErrPassphrase) {
		return nil, fmt.Errorf("a rotation to a new passphrase was broken off: put the new one into the file that %s_FILE names, and call candour keys rotate again", newPhrase)
	}
	if err != nil {
		return nil, err
	}
	return k, nil
}

// newPhrase is the variable of a passphrase that is to take the old one's place.
const newPhrase = "CANDOUR_NEW_PASSPHRASE"

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
