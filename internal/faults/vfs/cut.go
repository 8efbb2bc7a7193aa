package vfs

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// Loss is what a power cut makes of what was written and not yet synced.
type Loss struct {
	Sector int  // 512 or 4096: what the disk writes at once
	Torn   bool // a sector may be written in part
	Noise  bool // a sector of the last write may hold anything within what was being written
}

// Replay follows the files along what was done to them. It is used by one goroutine.
type Replay struct{ files map[string]*state }

// state is a file while it is worked out.
type state struct {
	durable []byte
	exists  bool // durably
	here    bool // for the running system
	opened  bool // and not synced since: SQLite syncs the folder with the first sync of a journal or log
	pending []Op // since the last sync
}

// NewReplay begins with files that are durable.
func NewReplay(files map[string][]byte) *Replay {
	r := &Replay{map[string]*state{}}
	for name, b := range files {
		r.files[name] = &state{durable: append([]byte{}, b...), exists: true, here: true}
	}
	return r
}

// Do takes over the next thing that was done.
func (r *Replay) Do(op Op) {
	if op.Kind == Mark || op.File == "" {
		return
	}
	s := r.files[op.File]
	if s == nil {
		s = &state{}
		r.files[op.File] = s
	}
	switch op.Kind {
	case Create:
		s.opened = true
		if !s.here {
			s.here = true
			s.pending = append(s.pending, op)
		}
	case Write, Truncate:
		s.pending = append(s.pending, op)
	case Sync:
		for _, p := range s.pending {
			if p.Kind != Create { // its name is the folder's
				s.do(p)
			}
		}
		s.pending = slices.DeleteFunc(s.pending, func(p Op) bool { return p.Kind != Create })
		if s.opened && (strings.HasSuffix(op.File, "-wal") || strings.HasSuffix(op.File, "-journal")) {
			for _, f := range r.files {
				f.names()
			}
		}
		s.opened = false
	case Delete:
		s.here = false
		if s.pending = append(s.pending, op); op.Durable {
			*s = state{}
		}
	}
}

// names makes durable which files there are; what is in them is another matter.
func (s *state) names() {
	for i, p := range s.pending {
		if p.Kind == Delete {
			s.durable, s.exists = nil, false
			s.pending[i].Kind = Mark
			for j := range i {
				s.pending[j].Kind = Mark
			}
		}
		if p.Kind == Create {
			s.exists = true
			s.pending[i].Kind = Mark
		}
	}
	s.pending = slices.DeleteFunc(s.pending, func(p Op) bool { return p.Kind == Mark })
}

func (s *state) do(op Op) {
	switch op.Kind {
	case Create:
		s.exists = true
	case Delete:
		s.durable, s.exists = nil, false
	case Truncate:
		s.durable = resize(s.durable, op.Size)
	case Write:
		s.durable = resize(s.durable, max(int64(len(s.durable)), op.Offset+int64(len(op.Data))))
		copy(s.durable[op.Offset:], op.Data)
	}
}

// resize cuts, or fills up with noughts.
func resize(b []byte, size int64) []byte {
	if size <= int64(len(b)) {
		return b[:size]
	}
	return append(b, make([]byte, size-int64(len(b)))...)
}

// Cut works out files that a power cut could leave here. What was synced is there; of what
// came later each sector is there or is not, by chance. A file that is not in the answer does
// not exist.
func (r *Replay) Cut(loss Loss, random *rand.Rand) map[string][]byte {
	out := map[string][]byte{}
	for _, name := range slices.Sorted(maps.Keys(r.files)) {
		if b, ok := r.files[name].lose(loss, random); ok {
			out[name] = b
		}
	}
	return out
}

// lose is one outcome.
func (s *state) lose(loss Loss, random *rand.Rand) ([]byte, bool) {
	c := state{durable: append([]byte{}, s.durable...), exists: s.exists}
	most := random.IntN(3) // 0: nothing more was written; 1: all of it; 2: by chance
	kept := func() bool { return most == 1 || most == 2 && random.IntN(2) == 0 }
	for i, op := range s.pending {
		switch op.Kind {
		case Create:
			c.exists = c.exists || kept()
		case Delete:
			if !kept() {
				return c.durable, c.exists // what comes later goes to another file
			}
			c.do(op)
		case Truncate:
			if kept() {
				c.do(op)
			}
		case Write:
			for _, part := range sectors(op, int64(loss.Sector)) {
				if !kept() {
					continue
				}
				if most == 2 && loss.Torn && random.IntN(4) == 0 {
					part.Data = part.Data[:random.IntN(len(part.Data)+1)]
				}
				if most == 2 && loss.Noise && i == len(s.pending)-1 && random.IntN(4) == 0 {
					part.Data = noise(len(part.Data), random)
				}
				c.do(part)
			}
		}
	}
	return c.durable, c.exists // what was written to a file without a name is lost
}

// sectors are the parts of a write that the disk writes each at once.
func sectors(op Op, sector int64) (parts []Op) {
	for from, end := op.Offset, op.Offset+int64(len(op.Data)); from < end; {
		to := min(end, from/sector*sector+sector)
		parts = append(parts, Op{Kind: Write, Offset: from, Data: op.Data[from-op.Offset : to-op.Offset]})
		from = to
	}
	return parts
}

func noise(n int, random *rand.Rand) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	return b
}
