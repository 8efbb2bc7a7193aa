package candour

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
)

// The container of a bundle is a ZIP file in one exact form (section 10).
const (
	localSig    = 0x04034b50
	centralSig  = 0x02014b50
	endSig      = 0x06054b50
	zipVersion  = 20
	zipDate     = 0x0021 // 1 January 1980: a date that says nothing
	localFixed  = 30
	maxParts    = 60000
	maxPartName = 100
	maxBundle   = 1<<32 - 2
)

// part is one file of a container, once its content has been read.
type part struct {
	name   string
	crc    uint32
	digest Hash
	offset int64 // of its header
	data   *io.SectionReader
}

// bytes reads the content into memory.
func (p *part) bytes() ([]byte, error) {
	b := make([]byte, p.data.Size())
	return b, readFull(p.data, b, 0)
}

// readFull fills b. Where the file ends before, that is an error of reading.
func readFull(r io.ReaderAt, b []byte, at int64) error {
	n, err := r.ReadAt(b, at)
	if n == len(b) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// errForm is a container that is not in the one form; other errors are of reading.
var errForm = errors.New("container")

func badForm(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errForm, fmt.Sprintf(format, args...))
}

// openContainer reads a container, every byte of it, with memory for no content.
func openContainer(r io.ReaderAt, size int64) ([]*part, error) {
	if size > maxBundle {
		return nil, badForm("larger than a bundle can be")
	}
	var parts []*part
	seen := map[string]bool{}
	at := int64(0)
	for {
		p, err := openPart(r, at, size)
		if err != nil {
			return nil, err
		}
		if p == nil {
			break
		}
		if seen[p.name] || len(parts) == maxParts {
			return nil, badForm("a part occurs twice, or there are too many")
		}
		seen[p.name] = true
		parts = append(parts, p)
		at = p.offset + p.local() + p.data.Size()
	}
	if len(parts) == 0 {
		return nil, badForm("not a bundle")
	}
	want := directory(parts, at)
	if size-at != int64(len(want)) {
		return nil, badForm("the list of parts at its end has another length")
	}
	got := make([]byte, len(want))
	if err := readFull(r, got, at); err != nil {
		return nil, err
	}
	if !bytes.Equal(got, want) {
		return nil, badForm("the list of parts at its end does not agree with them")
	}
	return parts, nil
}

// openPart reads the part whose header is at that place; nil where there is none.
func openPart(r io.ReaderAt, at, size int64) (*part, error) {
	head := make([]byte, localFixed+maxPartName)
	n, err := r.ReadAt(head, at)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	head = head[:n]
	if len(head) < localFixed || binary.LittleEndian.Uint32(head) != localSig {
		return nil, nil
	}
	length := int64(binary.LittleEndian.Uint32(head[18:]))
	named := int(binary.LittleEndian.Uint16(head[26:]))
	if named > maxPartName || len(head) < localFixed+named || length > size-at-int64(localFixed+named) {
		return nil, badForm("a part is longer than the file")
	}
	p := &part{name: string(head[localFixed : localFixed+named]), offset: at}
	if !isPartName(p.name) {
		return nil, badForm("the name of a part is none")
	}
	p.data = io.NewSectionReader(r, at+p.local(), length)
	if err := p.count(); err != nil {
		return nil, err
	}
	if !bytes.Equal(head[:p.local()], p.header(localSig)) {
		return nil, badForm("the header of %s is not in its form, or its content is not what the header says", p.name)
	}
	return p, nil
}

func (p *part) local() int64 { return int64(localFixed + len(p.name)) }

// header is the part's header before its content, or in the list at the end.
func (p *part) header(sig uint32) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(nil, sig)
	if sig == centralSig {
		b = le.AppendUint16(b, zipVersion)
	}
	for _, v := range []uint16{zipVersion, 0, 0, 0, zipDate} {
		b = le.AppendUint16(b, v)
	}
	b = le.AppendUint32(b, p.crc)
	b = le.AppendUint32(b, uint32(p.data.Size()))
	b = le.AppendUint32(b, uint32(p.data.Size()))
	b = le.AppendUint16(b, uint16(len(p.name)))
	b = le.AppendUint16(b, 0)
	if sig == centralSig {
		b = append(b, make([]byte, 10)...) // comment, disk, attributes
		b = le.AppendUint32(b, uint32(p.offset))
	}
	return append(b, p.name...)
}

// directory is what follows the parts.
func directory(parts []*part, at int64) []byte {
	var b []byte
	for _, p := range parts {
		b = append(b, p.header(centralSig)...)
	}
	le, n := binary.LittleEndian, len(b)
	b = le.AppendUint32(b, endSig)
	b = le.AppendUint32(b, 0)
	b = le.AppendUint16(b, uint16(len(parts)))
	b = le.AppendUint16(b, uint16(len(parts)))
	b = le.AppendUint32(b, uint32(n))
	b = le.AppendUint32(b, uint32(at))
	return le.AppendUint16(b, 0)
}

// isPartName keeps names that could mean another folder, or differ only in case, away.
func isPartName(s string) bool {
	for i := range len(s) {
		if c := s[i]; !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || strings.IndexByte("._-/", c) >= 0) {
			return false
		}
	}
	return len(s) >= 1 && len(s) <= maxPartName && !strings.ContainsRune("/.", rune(s[0])) && !strings.ContainsRune("/.", rune(s[len(s)-1])) &&
		!strings.Contains(s, "//") && !strings.Contains(s, "..")
}

// writeContainer writes parts in their form. What a part's reader gives must be what was
// counted when it was made.
func writeContainer(w io.Writer, parts []*part) error {
	at := int64(0)
	for _, p := range parts {
		p.offset = at
		if at += p.local() + p.data.Size(); at > maxBundle {
			return fmt.Errorf("the bundle grows over 4 GB at %s; make several, or leave attachments out", p.name)
		}
		if _, err := w.Write(p.header(localSig)); err != nil {
			return err
		}
		if _, err := io.Copy(w, io.NewSectionReader(p.data, 0, p.data.Size())); err != nil {
			return err
		}
	}
	end := directory(parts, at)
	if at+int64(len(end)) > maxBundle || len(parts) > maxParts {
		return errors.New("the bundle grows over 4 GB or 60000 parts; make several, or leave attachments out")
	}
	_, err := w.Write(end)
	return err
}

// newPart counts a content that can be read twice.
func newPart(name string, r io.ReaderAt, size int64) (*part, error) {
	p := &part{name: name, data: io.NewSectionReader(r, 0, size)}
	return p, p.count()
}

// count reads the content through, for its sums. There must be as much of it as was said.
func (p *part) count() error {
	crc, sum := crc32.NewIEEE(), sha256.New()
	room := make([]byte, min(p.data.Size()+1, 1<<16)) // most of 60,000 parts may be empty
	n, err := io.CopyBuffer(io.MultiWriter(crc, sum), io.NewSectionReader(p.data, 0, p.data.Size()), room)
	if err == nil && n < p.data.Size() {
		err = io.ErrUnexpectedEOF
	}
	p.crc = crc.Sum32()
	sum.Sum(p.digest[:0])
	return err
}
