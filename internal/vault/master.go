package vault

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/hex"
	"fmt"
)

// KeyService is a master key: a file, a passphrase, a cloud's key service or an HSM. The
// key itself never leaves it.
//
// All methods are safe for many goroutines. They may take as long as a network does; a
// vault calls them when it meets a chain, not when it seals.
type KeyService interface {
	// ID names this master key: 1 to 255 bytes of printable ASCII, the same in every process
	// and after every restart. Two keys never have one ID; a key service that makes new
	// versions of a key under one name puts the version in the ID, or opens all versions itself.
	ID() string

	// Wrap encrypts a data key of 32 bytes, authenticated, bound to about (up to 64 bytes, not
	// secret; a cloud calls it encryption context or additional data). The result, of at most
	// 200 bytes, is different each time. It neither keeps nor changes its arguments.
	Wrap(ctx context.Context, key, about []byte) ([]byte, error)

	// Unwrap returns the key that Wrap was given, for exactly the same about, and otherwise
	// an error; it never returns a wrong key. An error that passes by itself (no network) is
	// an error too: a vault takes none to mean that the key is no more.
	Unwrap(ctx context.Context, wrapped, about []byte) ([]byte, error)
}

// local is a master key in this process.
type local struct {
	id   string
	aead cipher.AEAD
}

// newLocal makes a master key of 32 bytes. Its ID follows from the key, so that a wrong key
// is never taken for the right one.
func newLocal(kind string, key []byte) *local {
	id := keyedHash(key, "candour/vault/master id/1")
	return &local{id: kind + "-" + hex.EncodeToString(id[:8]), aead: newAEAD(keyedHash(key, "candour/vault/master/1"))}
}

func (l *local) ID() string { return l.id }

func (l *local) Wrap(_ context.Context, key, about []byte) ([]byte, error) {
	return l.aead.Seal(nil, nil, key, about), nil
}

func (l *local) Unwrap(_ context.Context, wrapped, about []byte) ([]byte, error) {
	key, err := l.aead.Open(nil, nil, wrapped, about)
	if err != nil {
		return nil, fmt.Errorf("unwrap with master key %s: %w", l.id, err)
	}
	return key, nil
}

// newAEAD is AES-256-GCM which draws its nonces itself and puts them in front. The key has
// 32 bytes, so that nothing can be refused.
func newAEAD(key [keySize]byte) cipher.AEAD {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	return aead
}
