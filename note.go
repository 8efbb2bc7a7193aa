package candour

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// The algorithms of keys (section 5).
const (
	algEd25519     = 0x01
	algCosignature = 0x04
)

// PublicKey is a key that verifies notes: the body's (algorithm 1) or a witness's
// cosignatures (algorithm 4). Its text form is a vkey (section 5).
type PublicKey struct {
	Name   string
	Cosign bool
	Key    ed25519.PublicKey
}

// ParseKey reads a vkey.
func ParseKey(vkey string) (PublicKey, error) {
	fault := fmt.Errorf("key %.80q: write it as name+hash+base64, as the owner of the key gave it", vkey)
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return PublicKey{}, fault
	}
	raw, err := decode64(parts[2])
	if err != nil || len(raw) != 1+ed25519.PublicKeySize {
		return PublicKey{}, fault
	}
	k := PublicKey{parts[0], raw[0] == algCosignature, raw[1:]}
	if k.String() != vkey || !isKeyName(k.Name) {
		return PublicKey{}, fault
	}
	if badPoint(k.Key) {
		return PublicKey{}, fmt.Errorf("key %.80q: not one that anybody honest has; ask its owner for another", vkey)
	}
	return k, nil
}

// String is the vkey.
func (k PublicKey) String() string {
	var id [4]byte
	binary.BigEndian.PutUint32(id[:], k.ID())
	return k.Name + "+" + hex.EncodeToString(id[:]) + "+" + base64.StdEncoding.EncodeToString(append([]byte{k.alg()}, k.Key...))
}

func (k PublicKey) alg() byte {
	if k.Cosign {
		return algCosignature
	}
	return algEd25519
}

// ID is the key id that stands in signature lines.
func (k PublicKey) ID() uint32 {
	b := append([]byte(k.Name), '\n', k.alg())
	sum := sha256.Sum256(append(b, k.Key...))
	return binary.BigEndian.Uint32(sum[:])
}

// Named is the same key under another name.
func (k PublicKey) Named(name string) PublicKey { return PublicKey{name, k.Cosign, k.Key} }

// check verifies a signature on a text; of a cosignature it gives the time.
func (k PublicKey) check(text string, sig []byte) (at time.Time, ok bool) {
	if !k.Cosign {
		return at, verifyEd25519(k.Key, []byte(text), sig)
	}
	if len(sig) != 8+ed25519.SignatureSize {
		return at, false
	}
	secs := binary.BigEndian.Uint64(sig)
	if secs >= 1<<53 {
		return at, false
	}
	return time.Unix(int64(secs), 0).UTC(), verifyEd25519(k.Key, cosigned(text, secs), sig[8:])
}

const cosignatureFirst = "cosignature/v1"

// cosigned is what a witness signs of a checkpoint.
func cosigned(text string, secs uint64) []byte {
	return []byte(cosignatureFirst + "\ntime " + strconv.FormatUint(secs, 10) + "\n" + text)
}

// Signer signs notes of the body. It is the private half of a key of algorithm 1.
type Signer struct {
	Public PublicKey
	key    ed25519.PrivateKey
}

// NewSigner makes a signer of that name from an Ed25519 seed of 32 bytes.
func NewSigner(name string, seed []byte) Signer {
	key := ed25519.NewKeyFromSeed(seed)
	return Signer{PublicKey{name, false, key.Public().(ed25519.PublicKey)}, key}
}

// Named is the same signer under another name.
func (s Signer) Named(name string) Signer { return Signer{s.Public.Named(name), s.key} }

// Sign makes a note of a text, which must end with a line feed.
func (s Signer) Sign(text string) ([]byte, error) {
	return note.Sign(&note.Note{Text: text}, noteSigner{s})
}

// noteSigner gives a Signer to the library of notes.
type noteSigner struct{ s Signer }

func (n noteSigner) Name() string                     { return n.s.Public.Name }
func (n noteSigner) KeyHash() uint32                  { return n.s.Public.ID() }
func (n noteSigner) Sign(text []byte) ([]byte, error) { return ed25519.Sign(n.s.key, text), nil }

// Cosigner cosigns checkpoints as a witness. It is the private half of a key of algorithm 4.
type Cosigner struct {
	Public PublicKey
	key    ed25519.PrivateKey
}

// NewCosigner makes a cosigner of that name from an Ed25519 seed of 32 bytes.
func NewCosigner(name string, seed []byte) Cosigner {
	key := ed25519.NewKeyFromSeed(seed)
	return Cosigner{PublicKey{name, true, key.Public().(ed25519.PublicKey)}, key}
}

// Cosign gives the signature line, with its line feed, on the text of a checkpoint.
func (c Cosigner) Cosign(text string, at time.Time) string {
	secs := uint64(at.Unix())
	sig := ed25519.Sign(c.key, cosigned(text, secs))
	blob := binary.BigEndian.AppendUint32(nil, c.Public.ID())
	blob = binary.BigEndian.AppendUint64(blob, secs)
	return "— " + c.Public.Name + " " + base64.StdEncoding.EncodeToString(append(blob, sig...)) + "\n"
}

// signature is a signature line whose key is known and which verified.
type signature struct {
	key PublicKey
	at  time.Time // of a cosignature
}

// keyID is what a signature line says of its key.
type keyID struct {
	name string
	id   uint32
}

// sigLine is a signature line as it is written.
type sigLine struct {
	keyID
	sig []byte
}

// openNote reads a note as section 5 says: every line of a key that is known must verify.
// It does not ask that there be one; see [signedBy].
func openNote(msg []byte, known []PublicKey) (text string, sigs []signature, err error) {
	text, lines, err := parseNote(msg)
	if err != nil {
		return "", nil, err
	}
	byID := map[keyID][]PublicKey{}
	for _, k := range known {
		id := keyID{k.Name, k.ID()}
		byID[id] = append(byID[id], k)
	}
	for _, l := range lines {
		for _, k := range byID[l.keyID] {
			at, ok := k.check(text, l.sig)
			if !ok {
				return "", nil, fmt.Errorf("note: the signature of %s does not verify", k.Name)
			}
			sigs = append(sigs, signature{k, at})
		}
	}
	return text, sigs, nil
}

// parseNote reads the form of a note, which is the same for every reader.
func parseNote(msg []byte) (text string, lines []sigLine, err error) {
	parts, err := splitNote(msg)
	if err != nil {
		return "", nil, err
	}
	seen := map[keyID]bool{}
	for s := range strings.SplitSeq(strings.TrimSuffix(parts[1], "\n"), "\n") {
		l, err := parseSigLine(s)
		if err != nil {
			return "", nil, err
		}
		if seen[l.keyID] {
			return "", nil, fmt.Errorf("note: signed twice by %.80s", l.name)
		}
		seen[l.keyID] = true
		lines = append(lines, l)
	}
	return parts[0], lines, nil
}

const maxSignatures = 100

// splitNote parts the text of a note from its signature lines.
func splitNote(msg []byte) (parts [2]string, err error) {
	s, err := utf8Text(msg)
	if err != nil {
		return parts, fmt.Errorf("note: %w", err)
	}
	if hasControl(s) {
		return parts, errors.New("note: a control character")
	}
	i := strings.LastIndex(s, "\n\n")
	if i < 0 || i+2 == len(s) {
		return parts, errors.New("note: no text and signatures with an empty line between them")
	}
	parts = [2]string{s[:i+1], s[i+2:]}
	if n := strings.Count(parts[1], "\n"); n > maxSignatures {
		return parts, fmt.Errorf("note: %d signatures; at most %d are read", n, maxSignatures)
	}
	return parts, nil
}

func parseSigLine(line string) (sigLine, error) {
	var blob []byte
	var err error
	rest, ok := strings.CutPrefix(line, "— ")
	name, b64, ok2 := strings.Cut(rest, " ")
	if ok && ok2 && isKeyName(name) {
		blob, err = decode64(b64)
	}
	if err != nil || len(blob) < 5 {
		return sigLine{}, errors.New("note: a signature line that is none")
	}
	return sigLine{keyID{name, binary.BigEndian.Uint32(blob)}, blob[4:]}, nil
}

// isKeyName tells whether s can name a key: an origin with what is appended to it.
func isKeyName(s string) bool { return IsToken(s) && !strings.Contains(s, "+") }

func signedBy(sigs []signature, keys ...PublicKey) bool {
	for _, s := range sigs {
		for _, k := range keys {
			if s.key.Name == k.Name && s.key.Cosign == k.Cosign && s.key.Key.Equal(k.Key) {
				return true
			}
		}
	}
	return false
}
