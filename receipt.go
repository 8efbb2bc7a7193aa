package candour

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// Receipt is a body's signed promise that an entry stands in its record (section 8).
type Receipt struct {
	Origin string // checkpoint origin
	Index  int64
	Leaf   Hash
	Sealed int64 // nanoseconds since 1970 UTC
}

const (
	receiptFirst = "candour-receipt/1"
	receiptName  = "/receipt"
	bundleName   = "/bundle"
)

func (r Receipt) text() string {
	return fmt.Sprintf("%s\n%s\n%d\n%s\n%d\n", receiptFirst, r.Origin, r.Index, hex.EncodeToString(r.Leaf[:]), r.Sealed)
}

// Sign makes the receipt a note. The signer bears the body's name.
func (r Receipt) Sign(s Signer) ([]byte, error) {
	return s.Named(r.Origin + receiptName).Sign(r.text())
}

// OpenReceipt reads a receipt that one of the body's keys must have signed.
func (p *Policy) OpenReceipt(msg []byte) (Receipt, error) {
	text, _, err := openNote(msg, nil)
	if err != nil {
		return Receipt{}, fmt.Errorf("receipt: %w", err)
	}
	r, err := parseReceipt(text)
	if err != nil {
		return r, fmt.Errorf("receipt: %w", err)
	}
	if _, err := (Checkpoint{Origin: r.Origin}).Epoch(p.Body); err != nil {
		return r, fmt.Errorf("receipt: %w", err)
	}
	_, sigs, err := openNote(msg, p.logKeys(r.Origin+receiptName))
	if err == nil && len(sigs) == 0 {
		err = fmt.Errorf("not signed by a key of %s", p.Body)
	}
	if err != nil {
		return r, fmt.Errorf("receipt: %w", err)
	}
	return r, nil
}

func parseReceipt(text string) (r Receipt, err error) {
	l := newLines([]byte(text))
	l.exact(receiptFirst)
	r.Origin = l.take()
	r.Index, err = decodeDecimal(l.take())
	must(l, 0, err)
	r.Leaf, err = decodeHash(l.take())
	must(l, 0, err)
	r.Sealed, err = decodeNanos(l.take())
	must(l, 0, err)
	if l.more() {
		l.fail("a receipt has five lines")
	}
	return r, l.err
}

// Proof shows one entry in a checkpoint's tree (section 9).
type Proof struct {
	Index      int64
	Hashes     []Hash
	Checkpoint []byte // a note
}

const proofFirst = "c2sp.org/tlog-proof@v1"

// Text is the proof as a file.
func (p Proof) Text() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nindex %d\n", proofFirst, p.Index)
	for _, h := range p.Hashes {
		b.WriteString(base64.StdEncoding.EncodeToString(h[:]) + "\n")
	}
	return append([]byte(b.String()+"\n"), p.Checkpoint...)
}

// ParseProof reads such a file. It proves nothing before [Proof.Check].
func ParseProof(b []byte) (p Proof, err error) {
	head, rest, ok := strings.Cut(string(b), "\n\n")
	l := newLines([]byte(head + "\n"))
	l.exact(proofFirst)
	p.Index, err = decodeDecimal(l.words("index", 1)[0])
	must(l, 0, err)
	for l.more() {
		h, err := decode64(l.take())
		if err == nil && len(h) != len(Hash{}) || len(p.Hashes) == 64 {
			err = fmt.Errorf("not a hash")
		}
		if must(l, h, err); l.err == nil {
			p.Hashes = append(p.Hashes, Hash(h))
		}
	}
	if !ok {
		l.fail("no checkpoint after an empty line")
	}
	p.Checkpoint = []byte(rest)
	if l.err != nil {
		return p, fmt.Errorf("proof: %w", l.err)
	}
	return p, nil
}

// Check redeems a receipt: it shows that the record of the checkpoint has kept its
// promise. It gives the checkpoint and who cosigned it.
func (p Proof) Check(policy *Policy, r Receipt) (Checkpoint, []Cosigned, error) {
	c, by, err := policy.OpenCheckpoint(p.Checkpoint)
	if err != nil {
		return c, nil, err
	}
	if c.Origin != r.Origin || p.Index != r.Index {
		return c, nil, fmt.Errorf("proof: about entry %d of %s, the receipt about entry %s of %s", p.Index, c.Origin, strconv.FormatInt(r.Index, 10), r.Origin)
	}
	if err := CheckInclusion(p.Hashes, c.Size, c.Root, p.Index, r.Leaf); err != nil {
		return c, nil, fmt.Errorf("proof: %w", err)
	}
	return c, by, nil
}
