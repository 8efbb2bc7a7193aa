package exchange

import (
	"bufio"
	"bytes"
	"cmp"
	"container/heap"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// usualMemory is how many bytes of rows are held before they go to a file.
const usualMemory = 16 << 20

// sorter puts pieces in the order of their keys, equal keys in the order in which
// they came. It holds so many bytes in memory; what is more goes, sorted, to a
// temporary file that has no name any more while it is used, where the system
// allows that.
type sorter struct {
	dir    string
	memory int
	arena  []byte
	index  []pieceAt
	file   *os.File
	size   int64
	runs   []run
}

// pieceAt is where a piece lies in the arena: its key, then what it holds.
type pieceAt struct{ at, key, all int }

// run is one sorted part of the file.
type run struct{ from, size int64 }

func (s *sorter) add(key string, piece []byte) error {
	if s.memory == 0 {
		s.memory = usualMemory
	}
	if len(s.arena)+len(key)+len(piece) > s.memory && len(s.index) > 0 {
		if err := s.spill(); err != nil {
			return fmt.Errorf("write rows to a temporary file: %w", err)
		}
	}
	if s.arena == nil {
		s.arena = make([]byte, 0, min(s.memory, 1<<20))
	}
	s.index = append(s.index, pieceAt{len(s.arena), len(key), len(key) + len(piece)})
	s.arena = append(append(s.arena, key...), piece...)
	return nil
}

func (s *sorter) key(p pieceAt) []byte  { return s.arena[p.at : p.at+p.key] }
func (s *sorter) body(p pieceAt) []byte { return s.arena[p.at+p.key : p.at+p.all] }

func (s *sorter) sort() {
	slices.SortFunc(s.index, func(a, b pieceAt) int { return cmp.Or(bytes.Compare(s.key(a), s.key(b)), cmp.Compare(a.at, b.at)) })
}

// spill writes what is held as a run.
func (s *sorter) spill() error {
	if err := s.open(); err != nil {
		return err
	}
	s.sort()
	w := bufio.NewWriterSize(s.file, 256<<10)
	from := s.size
	var head [2 * binary.MaxVarintLen64]byte
	for _, p := range s.index {
		h := binary.AppendUvarint(binary.AppendUvarint(head[:0], uint64(p.key)), uint64(p.all-p.key))
		s.size += int64(len(h) + p.all)
		_, _ = w.Write(h) // an error stays in the writer
		_, _ = w.Write(s.arena[p.at : p.at+p.all])
	}
	s.runs = append(s.runs, run{from, s.size - from})
	s.arena, s.index = s.arena[:0], s.index[:0]
	return w.Flush()
}

func (s *sorter) open() error {
	if s.file != nil {
		return nil
	}
	f, err := os.CreateTemp(s.dir, "candour-rows-*")
	if err != nil {
		return err
	}
	s.file = f
	_ = os.Remove(f.Name()) // where a file in use cannot be removed, close does it
	return nil
}

// settle ends the adding.
func (s *sorter) settle() { s.sort() }

// each gives all pieces in order. It may be called again. What f is given holds
// until it returns.
func (s *sorter) each(f func(key string, piece []byte) error) error {
	m := &merge{}
	for i, r := range s.runs {
		c := &cursor{no: i, buf: bufio.NewReaderSize(io.NewSectionReader(s.file, r.from, r.size), 64<<10)}
		if err := m.start(c); err != nil {
			return err
		}
	}
	if err := m.start(&cursor{no: len(s.runs), held: s}); err != nil {
		return err
	}
	for len(m.cursors) > 0 {
		c := m.cursors[0]
		if err := f(string(c.key), c.piece); err != nil {
			return err
		}
		if err := m.advance(); err != nil {
			return err
		}
	}
	return nil
}

func (s *sorter) close() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	if gone := os.Remove(s.file.Name()); gone != nil && !errors.Is(gone, os.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	s.file = nil
	return err
}

// cursor reads one run, or what is held.
type cursor struct {
	no         int
	buf        *bufio.Reader
	held       *sorter
	next       int
	key, piece []byte
}

// step takes the next piece; false at the end.
func (c *cursor) step() (bool, error) {
	if c.held != nil {
		if c.next == len(c.held.index) {
			return false, nil
		}
		p := c.held.index[c.next]
		c.next++
		c.key, c.piece = c.held.key(p), c.held.body(p)
		return true, nil
	}
	n, err := binary.ReadUvarint(c.buf)
	if err == io.EOF {
		return false, nil
	}
	m, err2 := binary.ReadUvarint(c.buf)
	if err := errors.Join(err, err2); err != nil {
		return false, fmt.Errorf("read the temporary file: %w", err)
	}
	c.key = slices.Grow(c.key[:0], int(n))[:n]
	c.piece = slices.Grow(c.piece[:0], int(m))[:m]
	_, err = io.ReadFull(c.buf, c.key)
	_, err2 = io.ReadFull(c.buf, c.piece)
	if err := errors.Join(err, err2); err != nil {
		return false, fmt.Errorf("read the temporary file: %w", err)
	}
	return true, nil
}

// merge is a heap of cursors, the least key on top.
type merge struct{ cursors []*cursor }

func (m *merge) Len() int { return len(m.cursors) }
func (m *merge) Less(i, j int) bool {
	a, b := m.cursors[i], m.cursors[j]
	return cmp.Or(bytes.Compare(a.key, b.key), cmp.Compare(a.no, b.no)) < 0
}
func (m *merge) Swap(i, j int) { m.cursors[i], m.cursors[j] = m.cursors[j], m.cursors[i] }
func (m *merge) Push(x any)    { m.cursors = append(m.cursors, x.(*cursor)) }
func (m *merge) Pop() any {
	last := m.cursors[len(m.cursors)-1]
	m.cursors = m.cursors[:len(m.cursors)-1]
	return last
}

func (m *merge) start(c *cursor) error {
	ok, err := c.step()
	if ok {
		heap.Push(m, c)
	}
	return err
}

func (m *merge) advance() error {
	ok, err := m.cursors[0].step()
	if err != nil {
		return err
	}
	if ok {
		heap.Fix(m, 0)
	} else {
		heap.Pop(m)
	}
	return nil
}
