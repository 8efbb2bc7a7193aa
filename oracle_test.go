package candour_test

import (
	"bytes"
	"crypto/sha256"
	"testing"

	formats "github.com/transparency-dev/formats/log"
	fnote "github.com/transparency-dev/formats/note"
	fproof "github.com/transparency-dev/formats/proof"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"

	"candour"
)

// The public promise beside the libraries of others: what we sign they open, what they sign we open, and
// the same proofs are accepted.

const upToSize = 300

// trees remembers subtrees, so that all sizes can be tried.
type trees struct {
	leaves []candour.Hash
	known  map[[2]int]candour.Hash
}

func newTrees(n int) *trees {
	t := &trees{known: map[[2]int]candour.Hash{}}
	for i := range n {
		t.leaves = append(t.leaves, sha256.Sum256([]byte{byte(i), byte(i >> 8)}))
	}
	return t
}

func (t *trees) root(from, to int) candour.Hash {
	switch h, ok := t.known[[2]int{from, to}]; {
	case ok:
		return h
	case to == from:
		return sha256.Sum256(nil)
	case to-from == 1:
		return t.leaves[from]
	}
	k := from + split(to-from)
	l, r := t.root(from, k), t.root(k, to)
	h := sha256.Sum256(append(append([]byte{1}, l[:]...), r[:]...))
	t.known[[2]int{from, to}] = h
	return h
}

func (t *trees) path(m, from, to int) []candour.Hash {
	if to-from == 1 {
		return nil
	}
	k := from + split(to-from)
	if m < k {
		return append(t.path(m, from, k), t.root(k, to))
	}
	return append(t.path(m, k, to), t.root(from, k))
}

func (t *trees) subproof(m, from, to int, whole bool) []candour.Hash {
	if m == to {
		if whole {
			return nil
		}
		return []candour.Hash{t.root(from, to)}
	}
	k := from + split(to-from)
	if m <= k {
		return append(t.subproof(m, from, k, whole), t.root(k, to))
	}
	return append(t.subproof(m, k, to, false), t.root(from, k))
}

func slices32(hs []candour.Hash) [][]byte {
	out := make([][]byte, len(hs))
	for i := range hs {
		out[i] = hs[i][:]
	}
	return out
}

func TestEdgeIsTheTree(t *testing.T) {
	all := newTrees(upToSize)
	var e candour.Edge
	for n := range upToSize + 1 {
		if root := e.Root(); root != all.root(0, n) || root != mth(all.leaves[:n]) {
			t.Fatalf("root of %d leaves is another", n)
		}
		if err := e.Check(); err != nil || e.Size != int64(n) {
			t.Fatalf("edge of %d leaves: %v", n, err)
		}
		if n < upToSize {
			apart := e.Clone()
			apart.Add(candour.Hash{})
			apart.Add(candour.Hash{})
			e.Add(all.leaves[n])
		}
	}
	for _, bad := range []candour.Edge{{Size: 1}, {Size: -1}, {Size: 2, Hashes: make([]candour.Hash, 2)}, {Size: 3, Hashes: make([]candour.Hash, 1)}, {Hashes: make([]candour.Hash, 1)}} {
		if bad.Check() == nil {
			t.Errorf("an edge of %d with %d hashes passes", bad.Size, len(bad.Hashes))
		}
	}
}

func TestInclusionOfEveryIndexInEverySize(t *testing.T) {
	t.Parallel()
	all := newTrees(upToSize)
	for n := 1; n <= upToSize; n++ {
		root := all.root(0, n)
		for i := range n {
			p := all.path(i, 0, n)
			if err := proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(i), uint64(n), all.leaves[i][:], slices32(p), root[:]); err != nil {
				t.Fatalf("the tests' own proof of %d in %d: %v", i, n, err)
			}
			if err := candour.CheckInclusion(p, int64(n), root, int64(i), all.leaves[i]); err != nil {
				t.Fatalf("%d in %d: %v", i, n, err)
			}
			wrong := all.leaves[(i+1)%upToSize]
			for what, err := range map[string]error{
				"another leaf":  candour.CheckInclusion(p, int64(n), root, int64(i), wrong),
				"another root":  candour.CheckInclusion(p, int64(n), wrong, int64(i), all.leaves[i]),
				"another index": candour.CheckInclusion(p, int64(n), root, int64(i+1), all.leaves[i]),
				"outside":       candour.CheckInclusion(p, int64(n), root, int64(n+i), all.leaves[i]),
				"below nought":  candour.CheckInclusion(p, int64(n), root, int64(-1-i), all.leaves[i]),
				"one more hash": candour.CheckInclusion(append(p[:len(p):len(p)], wrong), int64(n), root, int64(i), all.leaves[i]),
				"one less hash": candour.CheckInclusion(append(p[:max(0, len(p)-1):max(0, len(p)-1)], make([]candour.Hash, 1-min(1, len(p)))...), int64(n), root, int64(i), all.leaves[i]),
			} {
				if err == nil {
					t.Fatalf("%d in %d with %s passes", i, n, what)
				}
			}
		}
	}
}

func TestConsistencyOfEveryTwoSizes(t *testing.T) {
	t.Parallel()
	all := newTrees(upToSize)
	for n := 1; n <= upToSize; n++ {
		root := all.root(0, n)
		for m := range n + 1 {
			var p []candour.Hash
			if m > 0 {
				p = all.subproof(m, 0, n, true)
			}
			from := all.root(0, m)
			if m > 0 {
				if err := proof.VerifyConsistency(rfc6962.DefaultHasher, uint64(m), uint64(n), slices32(p), from[:], root[:]); err != nil {
					t.Fatalf("the tests' own proof of %d to %d: %v", m, n, err)
				}
			}
			if err := candour.CheckConsistency(p, int64(m), from, int64(n), root); err != nil {
				t.Fatalf("%d to %d: %v", m, n, err)
			}
			wrong := all.leaves[0]
			wrong[0] ^= 1
			for what, err := range map[string]error{
				"another root":      candour.CheckConsistency(p, int64(m), from, int64(n), wrong),
				"another root from": candour.CheckConsistency(p, int64(m), wrong, int64(n), root),
				"one more hash":     candour.CheckConsistency(append(p[:len(p):len(p)], wrong), int64(m), from, int64(n), root),
				"from more":         candour.CheckConsistency(p, int64(n+1), from, int64(n), root),
				"below nought":      candour.CheckConsistency(p, int64(-m-1), from, int64(n), root),
			} {
				if err == nil && (m > 0 || what != "another root") { // anything continues nothing
					t.Fatalf("%d to %d with %s passes", m, n, what)
				}
			}
			if len(p) > 0 && candour.CheckConsistency(p[1:], int64(m), from, int64(n), root) == nil {
				t.Fatalf("%d to %d with one less hash passes", m, n)
			}
		}
	}
}

func TestOthersOpenOurCheckpoints(t *testing.T) {
	r := small()
	ours := r.checkpoint(7, watchdog, union)
	log, err := note.NewVerifier(r.log.vkey(body, 1))
	if err != nil {
		t.Fatal(err)
	}
	w, err := fnote.NewVerifierForCosignatureV1(watchdog.key.vkey(watchdog.name, 4))
	if err != nil {
		t.Fatal(err)
	}
	c, rest, n, err := formats.ParseCheckpoint([]byte(ours), body, log, w)
	if err != nil || len(rest) != 0 || c.Size != 7 || len(n.Sigs) != 2 || len(n.UnverifiedSigs) != 1 {
		t.Fatalf("theirs of ours: %v, %d signatures, %d unverified, %v", c, len(n.Sigs), len(n.UnverifiedSigs), err)
	}
	at, err := fnote.CoSigV1Timestamp(n.Sigs[1])
	if err != nil || at.Unix() != int64(watchdog.secs) {
		t.Errorf("cosigned at %v, %v", at, err)
	}
	root := mth(r.leaves(7))
	if !bytes.Equal(c.Hash, root[:]) {
		t.Error("another root")
	}
}

func TestWeOpenTheCheckpointsOfOthers(t *testing.T) {
	skey := func(name string, key signer, alg byte) string {
		return "PRIVATE+KEY+" + name + "+" + hx(key.id(name, 1)) + "+" + b64(append([]byte{alg}, key.key.Seed()...))
	}
	log, err := note.NewSigner(skey(body, signerOf("log"), 1))
	if err != nil {
		t.Fatal(err)
	}
	w, err := fnote.NewSignerForCosignatureV1(skey(watchdog.name, watchdog.key, 1))
	if err != nil {
		t.Fatal(err)
	}
	root := mth(small().leaves(7))
	msg, err := note.Sign(&note.Note{Text: string(formats.Checkpoint{Origin: body, Size: 7, Hash: root[:]}.Marshal())}, log, w)
	if err != nil {
		t.Fatal(err)
	}
	p, err := candour.ParsePolicy([]byte(policies["policy-watchdog"]))
	if err != nil {
		t.Fatal(err)
	}
	c, by, err := p.OpenCheckpoint(msg)
	if err != nil || c.Size != 7 || c.Root != root || len(by) != 1 || by[0].Operator != "watchdog" || !p.Reached(by) {
		t.Errorf("ours of theirs: %v, %v, %v", c, by, err)
	}
}

func TestProofsAreThoseOfOthers(t *testing.T) {
	r := small()
	text := proofOf(r, 3, 7, watchdog)
	var theirs fproof.TLogProof
	if err := theirs.Unmarshal([]byte(text)); err != nil {
		t.Fatal(err)
	}
	ours, err := candour.ParseProof([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if theirs.Index != uint64(ours.Index) || len(theirs.Hashes) != len(ours.Hashes) || !bytes.Equal(theirs.Checkpoint, ours.Checkpoint) {
		t.Errorf("theirs %v, ours %v", theirs, ours)
	}
	if string(theirs.Marshal()) != text || string(ours.Text()) != text {
		t.Error("written again it differs")
	}
}
