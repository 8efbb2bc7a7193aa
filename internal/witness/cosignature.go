package witness

import (
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"candour"

	"golang.org/x/mod/sumdb/note"
)

// cosignature gives the library of notes a witness's key (doc/format.md, section 5).
type cosignature struct{ key candour.PublicKey }

func (v cosignature) Name() string    { return v.key.Name }
func (v cosignature) KeyHash() uint32 { return v.key.ID() }

func (v cosignature) Verify(text, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	head := "cosignature/v1\ntime " + strconv.FormatUint(binary.BigEndian.Uint64(sig), 10) + "\n"
	return ed25519.Verify(v.key.Key, append([]byte(head), text...), sig[8:])
}

// cosigned finds the witness's signature on a note: its line, and when it says that it signed.
func cosigned(msg []byte, by candour.PublicKey) (line string, at time.Time, err error) {
	n, err := note.Open(msg, note.VerifierList(cosignature{by}))
	if err != nil || len(n.Sigs) != 1 {
		return "", at, fmt.Errorf("no cosignature of %s that verifies", by.Name)
	}
	blob, err := decode64(n.Sigs[0].Base64)
	if err != nil || len(blob) < 12 {
		return "", at, errors.New("a cosignature that is none")
	}
	secs := binary.BigEndian.Uint64(blob[4:])
	if secs > 1<<53 {
		return "", at, fmt.Errorf("the cosignature of %s bears no time of our days", by.Name)
	}
	return sigLine(n.Sigs[0]), time.Unix(int64(secs), 0).UTC(), nil
}

func sigLine(s note.Signature) string { return "— " + s.Name + " " + s.Base64 + "\n" }

// opened is a checkpoint signed by its body.
type opened struct {
	candour.Checkpoint
	force *Force
	epoch uint32
	note  []byte // the text, and the lines of the body's own keys only
}

// open judges a note: whose it is, and whether they signed it.
func (c *Config) open(msg []byte) (*opened, error) {
	n, err := unverified(msg)
	if err != nil {
		return nil, refuse(Malformed, "checkpoint: %v", err)
	}
	p, err := candour.ParseCheckpointText(n.Text)
	if err != nil {
		return nil, refuse(Malformed, "%v", err)
	}
	for _, f := range c.Forces {
		epoch, err := p.Epoch(f.Body())
		if err != nil {
			continue
		}
		if _, _, err := f.policy().OpenCheckpoint(msg); err != nil {
			return nil, refuse(Unsigned, "%v", err)
		}
		return &opened{p, f, epoch, bare(n, f.Keys)}, nil
	}
	return nil, refuse(Unknown, "nobody's record that is watched here has the origin %q", p.Origin)
}

// unverified parts a note into its text and its signatures, none of which it verifies.
func unverified(msg []byte) (*note.Note, error) {
	_, err := note.Open(msg, note.VerifierList())
	var open *note.UnverifiedNoteError
	if !errors.As(err, &open) {
		return nil, err
	}
	return open.Note, nil
}

// bare is a note with no other signature lines than those of some keys, which were verified.
func bare(n *note.Note, keys []candour.PublicKey) []byte {
	origin, _, _ := strings.Cut(n.Text, "\n")
	out := n.Text + "\n"
	for _, s := range n.UnverifiedSigs {
		for _, k := range keys {
			if k = k.Named(origin); s.Name == k.Name && s.Hash == k.ID() {
				out += sigLine(s)
			}
		}
	}
	return []byte(out)
}
