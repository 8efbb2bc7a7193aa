package candour

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Checkpoint is the size and root of a body's tree as it signed it (section 6).
type Checkpoint struct {
	Origin string // with the epoch, see [CheckpointOrigin]
	Size   int64
	Root   Hash
}

// epochName stands between a body's origin and the number of an epoch.
const epochName = "/epoch/"

// CheckpointOrigin is the first line of checkpoints of a body in an epoch.
func CheckpointOrigin(body string, epoch uint32) string {
	if epoch <= 1 {
		return body
	}
	return body + epochName + strconv.FormatUint(uint64(epoch), 10)
}

// Text is the checkpoint as it is signed.
func (c Checkpoint) Text() string {
	return c.Origin + "\n" + strconv.FormatInt(c.Size, 10) + "\n" + base64.StdEncoding.EncodeToString(c.Root[:]) + "\n"
}

// Epoch is the epoch of a checkpoint of that body.
func (c Checkpoint) Epoch(body string) (uint32, error) {
	if c.Origin == body {
		return 1, nil
	}
	rest, ok := strings.CutPrefix(c.Origin, body+epochName)
	n, err := decodeDecimal(rest)
	if !ok || err != nil || n < 2 || n > 1<<32-1 {
		return 0, fmt.Errorf("the checkpoint of %q is not one of %q", c.Origin, body)
	}
	return uint32(n), nil
}

// ParseCheckpointText reads the text of a checkpoint, without signatures.
func ParseCheckpointText(text string) (Checkpoint, error) {
	l := newLines([]byte(text))
	c := Checkpoint{Origin: l.take()}
	n, err := decodeDecimal(l.take())
	c.Size = must(l, n, err)
	b, err := decode64(l.take())
	if err == nil && len(b) != len(c.Root) {
		err = errors.New("not a root")
	}
	if must(l, b, err); l.err == nil {
		c.Root = Hash(b)
	}
	if l.more() {
		l.fail("a checkpoint has three lines")
	}
	if l.err == nil && c.Size == 0 && c.Root != EmptyRoot {
		l.fail("not the root of no entries")
	}
	if l.err != nil {
		return c, fmt.Errorf("checkpoint: %w", l.err)
	}
	return c, nil
}

// Cosigned is a witness's signature on a checkpoint that verified.
type Cosigned struct {
	Witness
	At time.Time // when the witness says that it signed, in whole seconds UTC
}

// OpenCheckpoint reads a signed checkpoint of the policy's body. One of its log keys must
// have signed it; every line of a known witness must verify. How many did is for the
// caller to judge, by [Policy.Quorum].
func (p *Policy) OpenCheckpoint(msg []byte) (Checkpoint, []Cosigned, error) {
	text, _, err := openNote(msg, nil)
	if err != nil {
		return Checkpoint{}, nil, fmt.Errorf("checkpoint: %w", err)
	}
	c, err := ParseCheckpointText(text)
	if err != nil {
		return c, nil, err
	}
	if _, err := c.Epoch(p.Body); err != nil {
		return c, nil, err
	}
	_, sigs, err := openNote(msg, append(p.logKeys(c.Origin), p.witnessKeys()...))
	if err != nil {
		return c, nil, fmt.Errorf("checkpoint: %w", err)
	}
	if !signedBy(sigs, p.logKeys(c.Origin)...) {
		return c, nil, fmt.Errorf("checkpoint: not signed by a key of %s", p.Body)
	}
	var by []Cosigned
	for _, w := range p.Witnesses {
		for _, s := range sigs {
			if signedBy([]signature{s}, w.Key) {
				by = append(by, Cosigned{w, s.at})
			}
		}
	}
	return c, by, nil
}
