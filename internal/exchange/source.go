package exchange

import (
	"bufio"
	"compress/gzip"
	"errors"
	"io"
)

const (
	// largestValue is the longest attribute value, decoded.
	largestValue = 1 << 20
	// largestToken is the longest tag, text or comment as it stands in the
	// file: a longest value, its escapes, and the rest of its tag.
	largestToken = largestValue + 64<<10
)

var (
	errTooLong = errors.New("token too long")
	errUTF16   = errors.New("UTF-16")
)

// source feeds the XML decoder byte by byte and refuses to feed more than
// largestToken for one token, so the decoder never holds more than that. It
// remembers the first error, because the decoder passes some on in other words.
type source struct {
	buf   *bufio.Reader
	spent int
	err   error
}

// unpacked looks at the first bytes: gzip is unpacked, a UTF-8 mark is skipped.
func unpacked(r io.Reader) (*bufio.Reader, error) {
	buf := bufio.NewReaderSize(r, 64<<10)
	if head, _ := buf.Peek(2); len(head) == 2 && head[0] == 0x1f && head[1] == 0x8b {
		z, err := gzip.NewReader(buf)
		if err != nil {
			return nil, err
		}
		buf = bufio.NewReaderSize(z, 64<<10)
	}
	head, err := buf.Peek(3)
	switch {
	case len(head) >= 2 && (head[0] == 0xff && head[1] == 0xfe || head[0] == 0xfe && head[1] == 0xff):
		return nil, errUTF16
	case len(head) == 3 && string(head) == "\xef\xbb\xbf":
		_, _ = buf.Discard(3)
	case err != nil && !errors.Is(err, io.EOF):
		return nil, err
	}
	return buf, nil
}

func open(r io.Reader) (*source, error) {
	buf, err := unpacked(r)
	if err != nil {
		return nil, err
	}
	return &source{buf: buf}, nil
}

// ReadByte is what the decoder calls.
func (s *source) ReadByte() (byte, error) {
	if s.spent++; s.spent > largestToken {
		s.err = errTooLong
		return 0, s.err
	}
	b, err := s.buf.ReadByte()
	if err != nil && err != io.EOF {
		s.err = err
	}
	return b, err
}

// Read is never used by the decoder, which prefers ReadByte; it makes a source a reader.
func (s *source) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	b, err := s.ReadByte()
	if err != nil {
		return 0, err
	}
	p[0] = b
	return 1, nil
}
