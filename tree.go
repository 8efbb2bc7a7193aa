package candour

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// LeafHash is the hash of an entry's envelope as a leaf of the tree (section 3).
func LeafHash(envelope []byte) Hash {
	var room [512]byte
	return sha256.Sum256(append(append(room[:0], 0x00), envelope...))
}

// NodeHash is the hash of a node of the tree (section 4).
func NodeHash(left, right Hash) Hash {
	var b [1 + 2*sha256.Size]byte
	b[0] = 0x01
	copy(b[1:], left[:])
	copy(b[1+sha256.Size:], right[:])
	return sha256.Sum256(b[:])
}

// EmptyRoot is the root of a tree without leaves.
var EmptyRoot = sha256.Sum256(nil)

// Edge is the right edge of a tree: the roots of the perfect subtrees that make it
// up, the largest first. It is all that is needed to add leaves and to know the root. The
// zero Edge is that of the empty tree.
type Edge struct {
	Size   int64
	Hashes []Hash // as many as Size has bits set
}

// Add adds a leaf.
func (e *Edge) Add(leaf Hash) {
	h := leaf
	for n := e.Size; n&1 == 1; n >>= 1 {
		last := len(e.Hashes) - 1
		h = NodeHash(e.Hashes[last], h)
		e.Hashes = e.Hashes[:last]
	}
	e.Hashes = append(e.Hashes, h)
	e.Size++
}

// Root is the root of the tree.
func (e *Edge) Root() Hash {
	if len(e.Hashes) == 0 {
		return EmptyRoot
	}
	root := e.Hashes[len(e.Hashes)-1]
	for i := len(e.Hashes) - 2; i >= 0; i-- {
		root = NodeHash(e.Hashes[i], root)
	}
	return root
}

// Clone is a copy that can grow apart.
func (e *Edge) Clone() Edge {
	return Edge{e.Size, append(make([]Hash, 0, len(e.Hashes)+1), e.Hashes...)}
}

// Check refuses an edge whose number of hashes does not fit its size.
func (e *Edge) Check() error {
	if e.Size < 0 || len(e.Hashes) != bits.OnesCount64(uint64(e.Size)) {
		return errors.New("edge: number of hashes does not fit the size")
	}
	return nil
}

// CheckInclusion checks that the tree of that size and root has the leaf at the index
// (RFC 6962 section 2.1.1).
func CheckInclusion(proof []Hash, size int64, root Hash, index int64, leaf Hash) error {
	if index < 0 || index >= size {
		return fmt.Errorf("index %d lies outside a tree of %d", index, size)
	}
	if tlog.CheckRecord(tlog.RecordProof(hashes(proof)), size, tlog.Hash(root), index, tlog.Hash(leaf)) != nil {
		return fmt.Errorf("the proof does not show entry %d in the tree of %d", index, size)
	}
	return nil
}

// CheckConsistency checks that the tree of size and root continues that of from and
// fromRoot (RFC 6962 section 2.1.2). From nothing, and from the same size, the proof is empty.
func CheckConsistency(proof []Hash, from int64, fromRoot Hash, size int64, root Hash) error {
	fault := fmt.Errorf("the proof does not show that the tree of %d continues that of %d", size, from)
	switch {
	case from < 0 || from > size:
		return fault
	case from == 0 && len(proof) == 0 && fromRoot == EmptyRoot:
		return nil
	case from == size && len(proof) == 0 && fromRoot == root:
		return nil
	case from == 0 || from == size:
		return fault
	case tlog.CheckTree(tlog.TreeProof(hashes(proof)), size, tlog.Hash(root), from, tlog.Hash(fromRoot)) != nil:
		return fault
	}
	return nil
}

func hashes(in []Hash) []tlog.Hash {
	out := make([]tlog.Hash, len(in))
	for i, h := range in {
		out[i] = tlog.Hash(h)
	}
	return out
}
