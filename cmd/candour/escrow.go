package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"filippo.io/age"

	"candour/internal/durable"
	"candour/internal/vault"
)

// opsState says when the last backup and the last escrow were made, so that candour doctor can tell
// their age. Nothing rests on it.
type opsState struct {
	Escrow escrowState `yaml:"escrow,omitempty"`
	Backup backupState `yaml:"backup,omitempty"`
}

type escrowState struct {
	Made   string `yaml:"made,omitempty"`
	Path   string `yaml:"path,omitempty"`
	Chains int    `yaml:"chains,omitempty"`
	Keys   int64  `yaml:"keys,omitempty"` // of the head: how often data keys had been changed
}

type backupState struct {
	Made string `yaml:"made,omitempty"`
	Path string `yaml:"path,omitempty"`
	Size int64  `yaml:"size,omitempty"`
	Keys int64  `yaml:"keys,omitempty"`
}

const stateTime = time.RFC3339

func (h *home) state() (s opsState, err error) {
	_, err = readYAML(filepath.Join(h.dir, fileOps), &s)
	return s, err
}

// escrowPath is where the escrow is.
func (s settings) escrowPath(dir string) string {
	switch {
	case s.Escrow == "":
		return filepath.Join(s.keysDir(dir), fileEscrow)
	case filepath.IsAbs(s.Escrow):
		return s.Escrow
	}
	return filepath.Join(dir, s.Escrow)
}

// writeEscrow replaces the escrow by one of the data keys as they are now, and says of how many
// chains. It is called with each backup, and after each erasure.
func (h *home) writeEscrow(ctx context.Context, a *app) (int, error) {
	head, err := h.log.Head(ctx)
	if err != nil {
		return 0, err
	}
	to, err := h.recipients(a)
	if err != nil {
		return 0, err
	}
	path := h.set.escrowPath(h.dir)
	chains, err := h.vault.Escrow(ctx, path, to...)
	if err != nil {
		return 0, err
	}
	s, err := h.state()
	if err != nil {
		return 0, err
	}
	s.Escrow = escrowState{a.now().UTC().Format(stateTime), path, chains, head.Keys}
	return chains, writeYAML(filepath.Join(h.dir, fileOps), s)
}

// recipients are those who may open the escrow: those of the settings, else the holder of the
// identity beside the keys, which is made where there is none.
func (h *home) recipients(a *app) ([]age.Recipient, error) {
	if len(h.set.Recipients) > 0 {
		to, err := age.ParseRecipients(strings.NewReader(strings.Join(h.set.Recipients, "\n")))
		if err != nil {
			return nil, fmt.Errorf("recipients in %s: %w", fileSettings, err)
		}
		return to, nil
	}
	path := filepath.Join(h.keys, fileIdentity)
	if !exists(path) {
		id, err := age.GenerateX25519Identity()
		if err != nil {
			return nil, err
		}
		text := fmt.Sprintf("# opens the escrow of %s\n# public key: %s\n%s\n", h.set.Origin, id.Recipient(), id)
		if err := durable.Replace(path, []byte(text)); err != nil {
			return nil, err
		}
		fmt.Fprintf(a.out, "No recipients are named, so %s was made: whoever has it can open the escrow. Keep a copy of it with a custodian (candour keys export); without it no backup can be read.\n", path)
	}
	ids, err := readIdentities(path)
	if err != nil {
		return nil, err
	}
	var to []age.Recipient
	for _, id := range ids {
		if x, ok := id.(*age.X25519Identity); ok {
			to = append(to, x.Recipient())
		}
	}
	if len(to) == 0 {
		return nil, fmt.Errorf("%s has no key that something can be encrypted to", path)
	}
	return to, nil
}

// readIdentities reads secret keys of age, from a file that others cannot read.
func readIdentities(path string) ([]age.Identity, error) {
	f, err := openSecret(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	ids, err := age.ParseIdentities(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return ids, nil
}

// recovered are the data keys of the escrow, in memory; ok is false where the identity that
// opens it is not beside the keys.
func (h *home) recovered(ctx context.Context) (keys vault.Keys, ok bool, err error) {
	path := filepath.Join(h.keys, fileIdentity)
	if len(h.set.Recipients) > 0 || !exists(path) {
		return nil, false, nil
	}
	ids, err := readIdentities(path)
	if err != nil {
		return nil, false, err
	}
	f, err := os.Open(h.set.escrowPath(h.dir))
	if err != nil {
		return nil, false, err
	}
	defer f.Close()
	m := &memoryKeys{rows: map[[32]byte]keyRow{}}
	tag, _, err := vault.Recover(ctx, f, ids, m, h.masters[0])
	if err == nil && !bytes.Equal(tag, h.tagKey) {
		err = errors.New("the escrow has another tag key than the record")
	}
	return m, err == nil, err
}

// memoryKeys keeps wrapped data keys in memory, for as long as a backup is tried.
type memoryKeys struct {
	mu   sync.Mutex
	rows map[[32]byte]keyRow
}

type keyRow struct {
	master  string
	wrapped []byte
}

func (m *memoryKeys) Get(_ context.Context, tag [32]byte) (string, []byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.rows[tag]
	return r.master, bytes.Clone(r.wrapped), nil
}

func (m *memoryKeys) Add(_ context.Context, tag [32]byte, master string, wrapped []byte) (string, []byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.rows[tag]; !ok {
		m.rows[tag] = keyRow{master, bytes.Clone(wrapped)}
	}
	r := m.rows[tag]
	return r.master, bytes.Clone(r.wrapped), nil
}

func (m *memoryKeys) Replace(_ context.Context, tag [32]byte, old []byte, master string, wrapped []byte) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.rows[tag]
	if !ok || !bytes.Equal(r.wrapped, old) {
		return false, nil
	}
	m.rows[tag] = keyRow{master, bytes.Clone(wrapped)}
	return true, nil
}

func (m *memoryKeys) Delete(_ context.Context, tag [32]byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.rows, tag)
	return nil
}

func (m *memoryKeys) Each(_ context.Context, visit func(tag [32]byte, master string, wrapped []byte) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for tag, r := range m.rows {
		if err := visit(tag, r.master, r.wrapped); err != nil {
			return err
		}
	}
	return nil
}

// copyFile copies a file into a new one, durably, and says what its bytes are.
func copyFile(from, to string, mode os.FileMode) (listed, error) {
	in, err := os.Open(from)
	if err != nil {
		return listed{}, err
	}
	defer in.Close()
	out, err := create(to, mode)
	if err != nil {
		return listed{}, err
	}
	l, err := digestOf(io.TeeReader(in, out))
	return l, errors.Join(err, out.Sync(), out.Close())
}
