package witness

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"candour"
)

// Limits of a submission.
const (
	maxProof      = 63       // lines of a proof, as tlog-witness has it
	maxSubmission = 64 << 10 // bytes
)

// Submission is the body of an add-checkpoint request.
type Submission struct {
	Old   int64          // size of the checkpoint that was cosigned before; 0: none was
	Proof []candour.Hash // from Old to the checkpoint's size
	Note  []byte         // the checkpoint with its signatures
}

// Text is the submission as it is sent.
func (s Submission) Text() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "old %d\n", s.Old)
	writeHashes(&b, s.Proof)
	b.WriteByte('\n')
	b.Write(s.Note)
	return []byte(b.String())
}

// ParseSubmission reads a submission. The note in it is not judged.
func ParseSubmission(b []byte) (s Submission, err error) {
	if len(b) > maxSubmission || !utf8.Valid(b) {
		return s, fmt.Errorf("submission: not a text of at most %d bytes", maxSubmission)
	}
	first, rest, ok := cutLine(string(b))
	old, isOld := strings.CutPrefix(first, "old ")
	if !ok || !isOld {
		return s, fmt.Errorf("submission: the first line must be \"old\" and a size")
	}
	if s.Old, err = decimal(old); err != nil {
		return s, fmt.Errorf("submission: %w", err)
	}
	proof, note, ok := cutEmpty(rest)
	if !ok || note == "" {
		return s, fmt.Errorf("submission: no checkpoint after an empty line")
	}
	if s.Proof, err = hashLines(proof, maxProof); err != nil {
		return s, fmt.Errorf("submission: %w", err)
	}
	s.Note = []byte(note)
	return s, nil
}
