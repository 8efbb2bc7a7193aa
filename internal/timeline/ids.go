package timeline

import (
	"crypto/sha256"
	"math"
)

// ids are the names given so far and the line that gave each: about forty bytes a
// name, however long it is, because only a digest is kept. At 128 bits no two names of a file
// meet; who made two meet on purpose would see them refused as given twice.
type ids struct {
	lines map[[16]byte]uint32
	buf   []byte
}

// forget empties the set, and gives its room back.
func (s *ids) forget() { s.lines = map[[16]byte]uint32{} }

// line is where the name was given, or 0. A name may have two parts.
func (s *ids) line(name ...string) int { return int(s.lines[s.digest(name)]) }

// add notes a name. It gives the line where the name was given before, or 0.
func (s *ids) add(line int, name ...string) int {
	d := s.digest(name)
	if at, twice := s.lines[d]; twice {
		return int(at)
	}
	s.lines[d] = uint32(min(max(line, 1), math.MaxUint32))
	return 0
}

// digest sets nought between the parts, which no text of a timeline holds.
func (s *ids) digest(parts []string) [16]byte {
	s.buf = s.buf[:0]
	for _, p := range parts {
		s.buf = append(append(s.buf, p...), 0)
	}
	sum := sha256.Sum256(s.buf)
	return [16]byte(sum[:16])
}
