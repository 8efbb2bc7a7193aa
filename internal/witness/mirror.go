package witness

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"

	"candour"
)

// Mirror holds the leaf hashes of a record up to some size, as the witness took them in.
// The hashes are a file that only grows, 36 bytes an entry: the hash, and the CRC-32C of
// index and hash, so that a fault has a place. How many count, and the edge of their tree,
// is a second file beside it, which is replaced after the first is durable.
type Mirror struct {
	Origin string

	path  string
	files files
	file  *os.File
	mu    sync.RWMutex
	edge  candour.Edge // guarded by mu
}

const (
	recordSize = 32 + 4
	edgeFirst  = "candour-witness-edge/1"
	edgeSuffix = ".edge"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// openMirror opens the mirror of an origin, an empty one where there is none.
func openMirror(origin, path string, f files) (*Mirror, error) {
	m := &Mirror{Origin: origin, path: path, files: f}
	b, err := os.ReadFile(path + edgeSuffix)
	if err == nil {
		m.edge, err = parseEdge(string(b))
	} else if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err != nil {
		return nil, fmt.Errorf("mirror of %s: %w", origin, err)
	}
	if m.file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return nil, fmt.Errorf("mirror of %s: %w", origin, err)
	}
	info, err := m.file.Stat()
	if err == nil && info.Size()/recordSize < m.edge.Size {
		err = fmt.Errorf("entry %d is missing, of %d that were kept", info.Size()/recordSize, m.edge.Size)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("mirror of %s: %w", origin, err), m.file.Close())
	}
	return m, nil
}

func parseEdge(s string) (e candour.Edge, err error) {
	rest, ok := strings.CutPrefix(s, edgeFirst+"\nsize ")
	size, rest, ok2 := cutLine(rest)
	if !ok || !ok2 {
		return e, errors.New("edge: not in the form in which this witness writes it")
	}
	if e.Size, err = decimal(size); err != nil {
		return e, fmt.Errorf("edge: %w", err)
	}
	if e.Hashes, err = hashLines(rest, 64); err != nil {
		return e, fmt.Errorf("edge: %w", err)
	}
	return e, e.Check()
}

func edgeText(e candour.Edge) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nsize %d\n", edgeFirst, e.Size)
	writeHashes(&b, e.Hashes)
	return []byte(b.String())
}

// Size is how many leaf hashes are held.
func (m *Mirror) Size() int64 {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.edge.Size
}

// Leaf is the leaf hash of an entry. It refuses an index that is not held, and an entry
// that is not as it was kept.
func (m *Mirror) Leaf(index int64) (candour.Hash, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if index < 0 || index >= m.edge.Size {
		return candour.Hash{}, fmt.Errorf("mirror of %s: entry %d is not held; %d are", m.Origin, index, m.edge.Size)
	}
	return m.leaf(io.NewSectionReader(m.file, index*recordSize, recordSize), index)
}

// leaf reads the record of an entry.
func (m *Mirror) leaf(r io.Reader, index int64) (h candour.Hash, err error) {
	var b [recordSize]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return h, fmt.Errorf("mirror of %s: entry %d: %w", m.Origin, index, err)
	}
	h = candour.Hash(b[:32])
	if record(index, h) != b {
		return h, fmt.Errorf("mirror of %s: entry %d is not as it was kept", m.Origin, index)
	}
	return h, nil
}

// record is an entry as it is kept.
func record(index int64, h candour.Hash) (b [recordSize]byte) {
	var place [8]byte
	binary.BigEndian.PutUint64(place[:], uint64(index))
	copy(b[:], h[:])
	sum := crc32.Update(crc32.Checksum(place[:], castagnoli), castagnoli, h[:])
	binary.BigEndian.PutUint32(b[32:], sum)
	return b
}

// Root is the root of the tree of the first so many leaf hashes, worked out from all of
// them. Where it is that of a cosigned checkpoint, the mirror holds every leaf under it. It
// refuses a size that is not held, and says which entry is not as it was kept.
func (m *Mirror) Root(size int64) (candour.Hash, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if size < 0 || size > m.edge.Size {
		return candour.Hash{}, fmt.Errorf("mirror of %s: %d entries are not held; %d are", m.Origin, size, m.edge.Size)
	}
	r := bufio.NewReaderSize(io.NewSectionReader(m.file, 0, size*recordSize), 1<<16)
	var e candour.Edge
	for i := range size {
		h, err := m.leaf(r, i)
		if err != nil {
			return h, err
		}
		e.Add(h)
	}
	if size == m.edge.Size {
		if err := m.compare(e); err != nil {
			return candour.Hash{}, err
		}
	}
	return e.Root(), nil
}

// compare holds an edge that was worked out against the one that was kept.
func (m *Mirror) compare(e candour.Edge) error {
	from := int64(0)
	for i, h := range m.edge.Hashes {
		to := from + subtree(m.edge.Size-from)
		if e.Hashes[i] != h {
			return fmt.Errorf("mirror of %s: entries %d to %d are not those that were kept", m.Origin, from, to-1)
		}
		from = to
	}
	return nil
}

// subtree is the largest power of two that is not larger than n.
func subtree(n int64) int64 {
	p := int64(1)
	for p<<1 <= n {
		p <<= 1
	}
	return p
}

// take keeps leaf hashes that were shown to belong behind those held, with the edge that
// they give. The caller holds mu.
func (m *Mirror) take(leaves []candour.Hash, edge candour.Edge) error {
	b := make([]byte, 0, len(leaves)*recordSize)
	for i, h := range leaves {
		r := record(m.edge.Size+int64(i), h)
		b = append(b, r[:]...)
	}
	if _, err := m.file.WriteAt(b, m.edge.Size*recordSize); err != nil {
		return err
	}
	if err := m.file.Sync(); err != nil {
		return err
	}
	if err := replace(m.files, m.path+edgeSuffix, edgeText(edge)); err != nil {
		return err
	}
	m.edge = edge
	return nil
}
