package witness

import (
	"errors"
	"fmt"
	"net/http"
)

// Conflict is the answer to an old size that is not the one of the checkpoint cosigned
// last. Try again from Size.
type Conflict struct{ Size int64 }

func (c *Conflict) Error() string {
	return fmt.Sprintf("the checkpoint cosigned last has size %d", c.Size)
}

// SplitView says that a body signed two different records of one size. Nothing that is
// sent again will help: people must find out which record is the true one.
type SplitView struct {
	Origin string
	Size   int64
}

func (s *SplitView) Error() string {
	return fmt.Sprintf("%s signed two different records of size %d", s.Origin, s.Size)
}

// Kind is why a submission was refused, one word.
type Kind string

// The kinds of refusal. Conflict, older and split are answered by [Conflict] and
// [SplitView], the others by [Refusal].
const (
	Malformed Kind = "malformed" // cannot be read
	Unsigned  Kind = "unsigned"  // no signature by a known key of the body
	Unknown   Kind = "unknown"   // nobody's record that is watched here
	Over      Kind = "over"      // of an epoch after which another has begun
	Unproven  Kind = "unproven"  // the proof does not show that the record continues
	Stale     Kind = "conflict"  // another old size than the one in hand
	Older     Kind = "older"     // the same, and the checkpoint is smaller than the one in hand
	Split     Kind = "split"     // another record of the same size
)

// Refusal is any other answer than a signature. Sending the same again will not help.
type Refusal struct {
	Kind Kind
	Why  string
}

func (r *Refusal) Error() string { return r.Why }

func refuse(kind Kind, format string, args ...any) error {
	return &Refusal{kind, fmt.Sprintf(format, args...)}
}

// statuses are the answers of HTTP to the kinds of refusal. Over is our own; the others are
// those of tlog-witness.
var statuses = map[Kind]int{
	Malformed: http.StatusBadRequest, Unsigned: http.StatusForbidden, Unknown: http.StatusNotFound,
	Over: http.StatusGone, Unproven: http.StatusUnprocessableEntity,
}

// status is the answer of HTTP to an error.
func status(err error) int {
	var refusal *Refusal
	switch {
	case err == nil:
		return http.StatusOK
	case errors.As(err, new(*Conflict)), errors.As(err, new(*SplitView)):
		return http.StatusConflict
	case errors.As(err, &refusal):
		return statuses[refusal.Kind]
	}
	return http.StatusInternalServerError
}
