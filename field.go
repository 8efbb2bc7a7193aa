package candour

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// The slots are the fields that every fact has, in the order of their
// commitments (section 2).
const (
	SlotCase     = iota // the chain's name
	SlotSeq             // place in the chain, decimal from 0
	SlotPrevious        // leaf hash of the entry before it in the chain, hex
	SlotKind
	SlotHappened // as stated; may be empty
	SlotRecorded // as stated; may be empty
	SlotBy       // who recorded it; may be empty
	SlotKey      // idempotency key, hex
	Slots        // how many there are
)

// SlotNames are the names of the slots in their order.
var SlotNames = [Slots]string{"case", "seq", "previous", "kind", "happened", "recorded", "by", "key"}

// Limits of a fact (section 2).
const (
	MaxName   = 255     // bytes of a name
	MaxValue  = 1 << 24 // bytes of a value
	MaxFields = 65535   // commitments, slots included
)

// Hash is a SHA-256 digest.
type Hash = [sha256.Size]byte

// Key is the secret of one fact, from which the salts of its fields follow. Whoever
// has it can tell a guessed field from another; it is destroyed with the fact.
type Key [32]byte

// Salt is the salt of the field of that name (section 2): HMAC-SHA-256 under the key. One
// salt tells nothing of another.
func (k *Key) Salt(name string) Hash {
	// By hand, since crypto/hmac allocates and a fact has a dozen salts. A key shorter than a
	// block is filled up with zeros (RFC 2104), which the pads then stand for.
	var room [sha256.BlockSize + MaxName]byte
	inner := append(room[:0], innerPad...)
	subtle.XORBytes(inner, inner, k[:])
	sum := sha256.Sum256(append(inner, name...))
	outer := append(room[:0], outerPad...)
	subtle.XORBytes(outer, outer, k[:])
	return sha256.Sum256(append(outer, sum[:]...))
}

var (
	innerPad = bytes.Repeat([]byte{0x36}, sha256.BlockSize)
	outerPad = bytes.Repeat([]byte{0x5c}, sha256.BlockSize)
)

// Commit is the commitment to a field (section 2). The name must be a token.
func Commit(salt Hash, name string, value []byte) Hash {
	var room [512]byte
	b := append(room[:0], 0x02)
	b = append(b, salt[:]...)
	b = append(b, byte(len(name)))
	b = append(b, name...)
	return sha256.Sum256(append(b, value...))
}

// FieldsRoot is the root of commitments: the slots in their order, then the others
// ascending (section 2). It refuses another order, a commitment that occurs twice, and
// too few or too many.
func FieldsRoot(commitments []Hash) (Hash, error) {
	if len(commitments) < Slots || len(commitments) > MaxFields {
		return Hash{}, fmt.Errorf("%d commitments; a fact has %d to %d", len(commitments), Slots, MaxFields)
	}
	h := sha256.New()
	h.Write(binary.BigEndian.AppendUint16([]byte{0x03}, uint16(len(commitments))))
	for i := range commitments {
		if i > Slots && bytes.Compare(commitments[i-1][:], commitments[i][:]) >= 0 {
			return Hash{}, errors.New("the commitments are not in ascending order")
		}
		h.Write(commitments[i][:])
	}
	var root Hash
	h.Sum(root[:0])
	return root, nil
}

// SortCommitments puts what follows the slots in order.
func SortCommitments(commitments []Hash) {
	slices.SortFunc(commitments[Slots:], func(a, b Hash) int { return bytes.Compare(a[:], b[:]) })
}

// IsToken tells whether s is 1 to 255 bytes of visible ASCII: what names, kinds and
// chains must be (section 1).
func IsToken(s string) bool {
	for i := range len(s) {
		if s[i] < '!' || s[i] > '~' {
			return false
		}
	}
	return len(s) >= 1 && len(s) <= MaxName
}

// IsSlot tells whether a name is that of a slot.
func IsSlot(name string) bool { return slices.Contains(SlotNames[:], name) }
