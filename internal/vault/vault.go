// Package vault keeps the keys of the record, and what is encrypted under them.
//
// Its words: a chain is a case, a person or another subject, named by a word such as
// "case/c1". A data key encrypts what belongs to one chain. A master key wraps data keys
// and stands outside the database. A tag is what a chain is called where nobody may read
// its name: a keyed hash.
//
// Three ways lead out. Facts: Seal and Open, kept by the record. Attachments: Put and Get,
// kept here, in a folder. The escrow: all data keys in one file for those who may restore
// a backup.
//
// What is always true:
//
//   - The database and its backups hold no data key that is not wrapped. Destroying the
//     row of a chain makes all its facts and attachments unreadable, in backups too once
//     the escrow has been written again: it is one file, replaced and never kept in versions.
//   - Rows, folders and file names tell nothing of the chain or of the content. The number
//     of attachments and their sizes can be seen.
//   - Bytes come out only after they were authenticated, for the chain they were sealed for.
//   - Whatever moves keys (Rekey, Rotate, Recover) may be stopped at any step and begun
//     again: a key goes only after what it encrypted has been encrypted anew and is on disk.
//
// Whoever holds the running host can read everything: doc/design.md, section 6.
package vault

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"sync"
)

// ErrErased says that the data key was destroyed, or never was. Bytes whose key's name
// was tampered with look the same, so that erasure is lawful only where the record tells of it.
var ErrErased = errors.New("the data key was destroyed or never was")

// Config is what a vault is made of.
type Config struct {
	Keys   Keys       // where the wrapped data keys are
	Master KeyService // wraps new data keys, and opens those it wrapped
	Older  []KeyService
	TagKey []byte    // 32 secret bytes, the same for ever: tags and file names follow from it
	Random io.Reader // gives data keys; crypto/rand.Reader, or another that is safe for many goroutines

	// Folder is where attachments are. Where it is empty there are none.
	Folder string
	// Erased is another error that an ErrErased is as well, so that a caller below this
	// room can know it by its own name. It may be nil.
	Erased error
	// Cached is how many chains' keys are kept in memory, about; nought means 8192.
	Cached int
}

// Vault seals and opens. It is safe for many goroutines, and several processes may have
// one over the same Keys and Folder.
//
// It keeps data keys in memory. What another process rekeyed is noticed by Open, by Put
// and by Get, but not by Seal, which must not wait for a database: see Rekey for what a
// caller does about it.
type Vault struct {
	keys   Keys
	tagKey []byte
	random io.Reader
	erased error
	disk   *disk // nil: no attachments
	cache  *cache

	mu      sync.RWMutex
	master  KeyService            // guarded by mu: Rotate sets another
	masters map[string]KeyService // guarded by mu: all that open, by ID

	rotating  sync.Mutex // held by Rotate: two would undo each other's work
	escrowing sync.Mutex // held from the first key read until the escrow stands
}

// New makes a vault, and its folder where there is none.
func New(c Config) (*Vault, error) {
	if c.Keys == nil || c.Master == nil || c.Random == nil {
		return nil, errors.New("a vault needs keys, a master key and a source of random bytes")
	}
	if len(c.TagKey) != keySize {
		return nil, fmt.Errorf("the tag key has %d bytes, want %d", len(c.TagKey), keySize)
	}
	if c.Cached <= 0 {
		c.Cached = 8192
	}
	v := &Vault{
		keys: c.Keys, tagKey: append([]byte(nil), c.TagKey...), random: c.Random,
		erased: erasedError{c.Erased}, cache: newCache(c.Cached), masters: map[string]KeyService{},
	}
	for _, m := range c.Older {
		v.masters[m.ID()] = m
	}
	v.prefer(c.Master)
	if c.Folder == "" {
		return v, nil
	}
	d, err := openDisk(c.Folder)
	if err != nil {
		return nil, err
	}
	v.disk = d
	return v, nil
}

// erasedError is ErrErased, and the caller's own word for it.
type erasedError struct{ also error }

func (e erasedError) Error() string        { return ErrErased.Error() }
func (e erasedError) Unwrap() error        { return ErrErased }
func (e erasedError) Is(target error) bool { return e.also != nil && target == e.also }

// Seal encrypts under the newest data key of the chain, which it makes where there is none.
// The result is 37 bytes longer than plain.
func (v *Vault) Seal(ctx context.Context, chain string, plain []byte) ([]byte, error) {
	r, err := v.ringOf(ctx, chain, v.addKey)
	if err != nil {
		return nil, err
	}
	return r.keys[0].seal(plain, r.keys[0].about), nil
}

// Open decrypts what Seal gave for this chain. The error is ErrErased where the chain has
// no data key, or not the one that sealed was made with.
func (v *Vault) Open(ctx context.Context, chain string, sealed []byte) ([]byte, error) {
	id, err := readHead(sealed)
	if err != nil {
		return nil, err
	}
	k, err := v.keyOf(ctx, chain, id)
	if err != nil {
		return nil, err
	}
	return k.open(sealed, k.about)
}

// keyOf is the data key of that name: from memory, or else, since another process may
// have rekeyed the chain, from the row.
func (v *Vault) keyOf(ctx context.Context, chain string, id keyID) (*dataKey, error) {
	r, err := v.ringOf(ctx, chain, v.noKey)
	if err != nil {
		return nil, err
	}
	if k := r.key(id); k != nil {
		return k, nil
	}
	if r, err = v.fresh(ctx, chain, v.noKey); err != nil {
		return nil, err
	}
	if k := r.key(id); k != nil {
		return k, nil
	}
	return nil, r.tag.errorf("open with data key %x: %w", id, v.erased)
}

// Forget drops the keys of these chains from memory, or of all chains where none is named:
// they are read again when next needed.
func (v *Vault) Forget(chains ...string) { v.cache.forget(chains...) }

// Destroy erases a chain: its row first, so that from then on nothing opens, then its
// attachments. Seals under way in this moment may still use the key that is no more; what
// is sealed later has a new one. Destroying what is not there is no error, so that
// one that failed is called again. The escrow has to be written after it.
//
// It leaves nothing of the chain. Where an entry that tells of the erasure has to stay
// readable in the same chain, all other payloads go by Rekey instead.
func (v *Vault) Destroy(ctx context.Context, chain string) error {
	t := v.tag(chain)
	err := v.keys.Delete(ctx, t)
	v.cache.forget(chain) // after an error too: the row may be gone all the same
	if err != nil {
		return t.errorf("destroy data key: %w", err)
	}
	if v.disk == nil {
		return nil
	}
	if err := v.disk.removeAll(t.String()); err != nil {
		return t.errorf("remove attachments: %w", err)
	}
	return nil
}

// tag is what a chain is called in rows and on disk.
type tag [32]byte

func (v *Vault) tag(chain string) tag {
	return tag(keyedHash(v.tagKey, "candour/vault/chain/1", []byte(chain)))
}

func (t tag) String() string { return hex.EncodeToString(t[:]) }

// errorf names the chain by the beginning of its tag, by which an operator finds row and
// folder: the name of a case has no place in a log.
func (t tag) errorf(format string, args ...any) error {
	return fmt.Errorf("chain %x: %w", t[:4], fmt.Errorf(format, args...))
}
