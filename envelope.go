package candour

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Envelope is what is public of an entry (section 3). It says nothing about anyone.
type Envelope struct {
	Epoch  uint32 // 1 or more; higher after an older copy was restored
	Sealed int64  // nanoseconds since 1970 UTC: when the record took the fact
	Origin string // whose record it is
	Fields Hash   // root of the commitments to the fields
}

const (
	envelopeVersion = 1
	envelopeFixed   = 1 + 4 + 8 + 1 + sha256.Size
	maxOrigin       = 150
)

// Append appends the envelope's bytes. The origin must be one (see [CheckOrigin]).
func (e *Envelope) Append(b []byte) []byte {
	b = append(b, envelopeVersion)
	b = binary.BigEndian.AppendUint32(b, e.Epoch)
	b = binary.BigEndian.AppendUint64(b, uint64(e.Sealed))
	b = append(b, byte(len(e.Origin)))
	b = append(b, e.Origin...)
	return append(b, e.Fields[:]...)
}

// ParseEnvelope reads an envelope, and refuses all that [Envelope.Append] does not write.
func ParseEnvelope(b []byte) (Envelope, error) {
	if len(b) < envelopeFixed+1 || b[0] != envelopeVersion {
		return Envelope{}, errors.New("envelope: not one of version 1")
	}
	if len(b) != envelopeFixed+int(b[13]) {
		return Envelope{}, errors.New("envelope: length does not agree with its content")
	}
	e := Envelope{
		Epoch:  binary.BigEndian.Uint32(b[1:]),
		Sealed: int64(binary.BigEndian.Uint64(b[5:])),
		Origin: string(b[14 : len(b)-sha256.Size]),
		Fields: Hash(b[len(b)-sha256.Size:]),
	}
	if e.Epoch == 0 || e.Sealed < 0 {
		return Envelope{}, errors.New("envelope: epoch or sealing time out of range")
	}
	return e, CheckOrigin(e.Origin)
}

// SealedTime is when the entry was sealed, in UTC.
func (e *Envelope) SealedTime() time.Time { return time.Unix(0, e.Sealed).UTC() }

// CheckOrigin refuses what cannot name a body's record (section 1).
func CheckOrigin(origin string) error {
	if !IsToken(origin) || len(origin) > maxOrigin || strings.Contains(origin, "+") {
		return fmt.Errorf("origin %.80q: write 1 to %d visible ASCII characters without +, such as candour.example/northmere", origin, maxOrigin)
	}
	if isReserved(origin) {
		return fmt.Errorf("origin %.80q: it could be taken for a text or a name that is signed for something else; write one such as candour.example/northmere", origin)
	}
	return nil
}

// isReserved keeps origins away from the first lines of what else is signed, and from the names
// under which another body signs (section 5).
func isReserved(origin string) bool {
	return strings.HasPrefix(origin, "candour-") || origin == cosignatureFirst || strings.HasSuffix(origin, receiptName) || strings.HasSuffix(origin, bundleName) ||
		strings.Contains(origin, epochName)
}
