package witness

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"candour"
)

// Limits of leaf hashes that come at once.
const (
	MaxLeaves     = 1 << 16
	maxLeavesText = MaxLeaves*45 + maxSubmission
)

// Leaves is the body of an add-leaves request (see the package).
type Leaves struct {
	From  int64          // how many the witness holds
	Proof []candour.Hash // from the tree with these leaves to the checkpoint's
	Leaf  []candour.Hash
	Note  []byte // a checkpoint cosigned by the witness
}

// Text is the request as it is sent.
func (l Leaves) Text() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "leaves %d %d\n", l.From, l.From+int64(len(l.Leaf)))
	writeHashes(&b, l.Proof)
	b.WriteByte('\n')
	writeHashes(&b, l.Leaf)
	b.WriteByte('\n')
	b.Write(l.Note)
	return []byte(b.String())
}

// ParseLeaves reads an add-leaves request. The note in it is not judged.
func ParseLeaves(b []byte) (l Leaves, err error) {
	if len(b) > maxLeavesText || !utf8.Valid(b) {
		return l, fmt.Errorf("leaves: not a text of at most %d bytes", maxLeavesText)
	}
	first, rest, _ := cutLine(string(b))
	words := strings.Split(first, " ")
	if len(words) != 3 || words[0] != "leaves" {
		return l, fmt.Errorf("leaves: the first line must be \"leaves\" and two sizes")
	}
	if l.From, err = decimal(words[1]); err != nil {
		return l, fmt.Errorf("leaves: %w", err)
	}
	to, err := decimal(words[2])
	if err != nil {
		return l, fmt.Errorf("leaves: %w", err)
	}
	proof, rest, ok := cutEmpty(rest)
	leaf, note, ok2 := cutEmpty(rest)
	if !ok || !ok2 || note == "" {
		return l, fmt.Errorf("leaves: needs a proof, leaves and a checkpoint, with empty lines between them")
	}
	if l.Proof, err = hashLines(proof, maxProof); err != nil {
		return l, fmt.Errorf("leaves: %w", err)
	}
	if l.Leaf, err = hashLines(leaf, MaxLeaves); err != nil {
		return l, fmt.Errorf("leaves: %w", err)
	}
	if len(l.Leaf) == 0 || to != l.From+int64(len(l.Leaf)) {
		return l, fmt.Errorf("leaves: %d of them do not lead from %d to %d", len(l.Leaf), l.From, to)
	}
	l.Note = []byte(note)
	return l, nil
}

// AddLeaves takes leaf hashes into the mirror of a record, only where they give a tree that
// a checkpoint cosigned by this witness continues, and says how many are held. When it returns
// they are durable.
func (s *Server) AddLeaves(ctx context.Context, body []byte) (size int64, err error) {
	l, err := ParseLeaves(body)
	if err != nil {
		return 0, refuse(Malformed, "%v", err)
	}
	p, err := s.config.open(l.Note)
	if err != nil {
		return 0, err
	}
	if _, _, err := cosigned(l.Note, s.key.Public); err != nil {
		return 0, refuse(Unsigned, "checkpoint: %v", err)
	}
	m, err := s.Mirror(p.Origin)
	if err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if l.From != m.edge.Size {
		return 0, &Conflict{m.edge.Size}
	}
	edge := m.edge.Clone()
	for _, h := range l.Leaf {
		edge.Add(h)
	}
	if err := candour.CheckConsistency(l.Proof, edge.Size, edge.Root(), p.Size, p.Root); err != nil {
		return 0, refuse(Unproven, "leaves %d to %d do not lead to the checkpoint of size %d", l.From, edge.Size-1, p.Size)
	}
	if err := m.take(l.Leaf, edge); err != nil {
		return 0, s.fault(p, fmt.Errorf("mirror of %s: %w", p.Origin, err))
	}
	return edge.Size, nil
}

// Mirror is the mirror of an origin. It refuses one of a force that is not mirrored.
func (s *Server) Mirror(origin string) (*Mirror, error) {
	for body, w := range s.bodies {
		if !isOf(origin, body) || !w.force.Mirror {
			continue
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		if m, ok := w.mirrors[origin]; ok {
			return m, nil
		}
		m, err := openMirror(origin, filepath.Join(s.dir, mirrorsDir, originFile(origin)), s.files)
		if err == nil {
			w.mirrors[origin] = m
		}
		return m, err
	}
	return nil, refuse(Unknown, "no leaves are kept of %q", origin)
}
