package vault

import (
	"context"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

const (
	keySize = 32
	version = 1
	// Sealed bytes: version, name of the data key, nonce of 12, ciphertext, tag of 16.
	headSize   = 1 + len(keyID{})
	sealedSize = headSize + 12 + 16
)

// keyID names a data key in what it sealed. It follows from the key.
type keyID [8]byte

// dataKey encrypts what belongs to one chain. With random nonces it is good for 2^32 seals.
type dataKey struct {
	id    keyID
	aead  cipher.AEAD
	about []byte // what a fact's bytes are bound to
}

// ring is the data keys of a chain, the newest first: one, except from Rekey until Settle.
type ring struct {
	tag  tag
	keys []*dataKey
	row  []byte // the wrapped bytes it was read from
}

func newDataKey(t tag, raw [keySize]byte) *dataKey {
	k := &dataKey{id: nameOf(raw), aead: newAEAD(raw)}
	k.about = k.bind("fact", t)
	return k
}

func nameOf(raw [keySize]byte) keyID {
	sum := keyedHash(raw[:], "candour/vault/data key/1")
	return keyID(sum[:8])
}

func newRing(t tag, row []byte, raws [][keySize]byte) *ring {
	r := &ring{tag: t, row: row}
	for _, raw := range raws {
		r.keys = append(r.keys, newDataKey(t, raw))
	}
	return r
}

func (r *ring) key(id keyID) *dataKey {
	for _, k := range r.keys {
		if k.id == id {
			return k
		}
	}
	return nil
}

// bind is the associated data of something sealed: version and key (which its head tells),
// what it is, whose it is, and what else.
func (k *dataKey) bind(what string, t tag, also ...[]byte) []byte {
	about := append([]byte{version}, k.id[:]...)
	about = append(append(about, what...), 0)
	about = append(about, t[:]...)
	for _, a := range also {
		about = append(about, a...)
	}
	return about
}

func (k *dataKey) seal(plain, about []byte) []byte {
	sealed := make([]byte, headSize, sealedSize+len(plain))
	sealed[0] = version
	copy(sealed[1:], k.id[:])
	return k.aead.Seal(sealed, nil, plain, about)
}

func (k *dataKey) open(sealed, about []byte) ([]byte, error) {
	plain, err := k.aead.Open(nil, nil, sealed[headSize:], about)
	if err != nil {
		return nil, fmt.Errorf("open with data key %x: the bytes were changed, or belong elsewhere", k.id)
	}
	return plain, nil
}

// readHead tells by which data key bytes were sealed.
func readHead(sealed []byte) (keyID, error) {
	if len(sealed) < sealedSize {
		return keyID{}, fmt.Errorf("open: %d bytes are too few", len(sealed))
	}
	if sealed[0] != version {
		return keyID{}, fmt.Errorf("open: version %d is unknown, want %d", sealed[0], version)
	}
	return keyID(sealed[1:headSize]), nil
}

// ifNone gives the row of a chain that has none: addKey or noKey.
type ifNone func(context.Context, tag) (master string, wrapped []byte, err error)

// ringOf is the ring from memory, or else from its row.
func (v *Vault) ringOf(ctx context.Context, chain string, none ifNone) (*ring, error) {
	if r := v.cache.get(chain); r != nil {
		return r, nil
	}
	return v.fresh(ctx, chain, none)
}

// fresh is the ring as its row stands now.
func (v *Vault) fresh(ctx context.Context, chain string, none ifNone) (*ring, error) {
	if chain == "" {
		return nil, errors.New("a chain without a name has no data key")
	}
	seen := v.cache.seen() // before the row is read: what is forgotten from here on stays forgotten
	t := v.tag(chain)
	master, wrapped, err := v.keys.Get(ctx, t)
	if err == nil && wrapped == nil {
		v.cache.forget(chain)
		seen = v.cache.seen()
		master, wrapped, err = none(ctx, t)
	}
	if err != nil {
		return nil, t.errorf("read data key: %w", err)
	}
	if r := v.cache.get(chain); r != nil && string(r.row) == string(wrapped) {
		return r, nil // spares the key service
	}
	raws, err := v.unwrap(ctx, t, master, wrapped)
	if err != nil {
		return nil, t.errorf("read data key: %w", err)
	}
	r := newRing(t, wrapped, raws)
	v.cache.put(chain, r, seen)
	return r, nil
}

// noKey says that what has no row is erased.
func (v *Vault) noKey(context.Context, tag) (string, []byte, error) { return "", nil, v.erased }

// addKey makes the first data key of a chain; of several that do so at once, the row that
// was first stands.
func (v *Vault) addKey(ctx context.Context, t tag) (string, []byte, error) {
	raw, err := v.newKey()
	if err != nil {
		return "", nil, err
	}
	master, wrapped, err := v.wrap(ctx, t, [][keySize]byte{raw})
	if err != nil {
		return "", nil, err
	}
	return v.keys.Add(ctx, t, master, wrapped)
}

// Ready makes the data keys of the chains that have none, at the cost of one write where Keys
// is a Bulk. Seal does the same for one chain, so it is never needed.
func (v *Vault) Ready(ctx context.Context, chains ...string) error {
	bulk, ok := v.keys.(Bulk)
	if !ok {
		return nil
	}
	var tags []tag
	var masters []string
	var rows [][]byte
	for _, chain := range chains {
		if chain == "" || v.cache.get(chain) != nil {
			continue
		}
		t := v.tag(chain)
		_, wrapped, err := v.keys.Get(ctx, t)
		if err != nil {
			return t.errorf("read data key: %w", err)
		}
		if wrapped != nil {
			continue
		}
		raw, err := v.newKey()
		if err != nil {
			return err
		}
		master, wrapped, err := v.wrap(ctx, t, [][keySize]byte{raw})
		if err != nil {
			return t.errorf("make data key: %w", err)
		}
		tags, masters, rows = append(tags, t), append(masters, master), append(rows, wrapped)
	}
	if len(tags) == 0 {
		return nil
	}
	if err := bulk.AddAll(ctx, len(tags), func(i int) ([32]byte, string, []byte) { return tags[i], masters[i], rows[i] }); err != nil {
		return fmt.Errorf("add %d data keys: %w", len(tags), err)
	}
	return nil
}

func (v *Vault) newKey() (raw [keySize]byte, err error) {
	if _, err := io.ReadFull(v.random, raw[:]); err != nil {
		return raw, fmt.Errorf("draw a key: %w", err)
	}
	return raw, nil
}

// wrap makes the wrapped bytes of a row: how many keys, and each as the master key wrapped
// it, with its length. It looks whether the master key opens them again, since a row is
// all there is of a key.
func (v *Vault) wrap(ctx context.Context, t tag, raws [][keySize]byte) (string, []byte, error) {
	master := v.preferred()
	if len(raws) > 255 {
		return "", nil, errors.New("a chain has 255 data keys at most: settle first")
	}
	row := []byte{byte(len(raws))}
	for _, raw := range raws {
		w, err := master.Wrap(ctx, raw[:], aboutKey(t))
		if err != nil {
			return "", nil, err
		}
		again, err := master.Unwrap(ctx, w, aboutKey(t))
		if err != nil {
			return "", nil, err
		}
		if string(again) != string(raw[:]) {
			return "", nil, fmt.Errorf("master key %s gives back another key than it wrapped", master.ID())
		}
		row = append(binary.BigEndian.AppendUint16(row, uint16(len(w))), w...)
	}
	if len(row) > 65535 {
		return "", nil, fmt.Errorf("%d wrapped data keys have %d bytes, which is too much for a row: settle first", len(raws), len(row))
	}
	return master.ID(), row, nil
}

// unwrap reads what wrap made.
func (v *Vault) unwrap(ctx context.Context, t tag, master string, row []byte) ([][keySize]byte, error) {
	m := v.masterOf(master)
	if m == nil {
		return nil, fmt.Errorf("it is wrapped by master key %q, which was not given", master)
	}
	wraps, err := splitRow(row)
	if err != nil {
		return nil, err
	}
	raws := make([][keySize]byte, len(wraps))
	for i, w := range wraps {
		raw, err := m.Unwrap(ctx, w, aboutKey(t))
		if err != nil {
			return nil, err
		}
		if len(raw) != keySize {
			return nil, fmt.Errorf("master key %s gave a data key of %d bytes", master, len(raw))
		}
		raws[i] = [keySize]byte(raw)
	}
	return raws, nil
}

func splitRow(row []byte) ([][]byte, error) {
	damaged := errors.New("the row of wrapped data keys is damaged")
	if len(row) == 0 || row[0] == 0 {
		return nil, damaged
	}
	wraps, rest := make([][]byte, row[0]), row[1:]
	for i := range wraps {
		if len(rest) < 2 {
			return nil, damaged
		}
		n := int(binary.BigEndian.Uint16(rest))
		if rest = rest[2:]; len(rest) < n {
			return nil, damaged
		}
		wraps[i], rest = rest[:n], rest[n:]
	}
	if len(rest) != 0 {
		return nil, damaged
	}
	return wraps, nil
}

func aboutKey(t tag) []byte { return append([]byte("candour data key/1 "), t[:]...) }

func (v *Vault) preferred() KeyService {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.master
}

// prefer makes m the master key that wraps from now on; the others still open.
func (v *Vault) prefer(m KeyService) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.master = m
	v.masters[m.ID()] = m
}

func (v *Vault) masterOf(id string) KeyService {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.masters[id]
}

// keyedHash is HMAC-SHA-256 over what it is for and parts of fixed length, the last of any.
func keyedHash(key []byte, what string, parts ...[]byte) (sum [32]byte) {
	h := hmac.New(sha256.New, key)
	io.WriteString(h, what)
	h.Write([]byte{0})
	for _, p := range parts {
		h.Write(p)
	}
	h.Sum(sum[:0])
	return sum
}
