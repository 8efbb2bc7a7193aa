package exchange

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

const (
	// longestRow is how long a row may be, in bytes, and how many lines it may take.
	longestRow = 1 << 20
	tallestRow = 1000
)

// Encoding says how the bytes of a file are letters.
type Encoding uint8

// The three ways. Auto takes each line that is UTF-8 as such and the others as
// windows-1252, and says so.
const (
	UTF8 Encoding = iota
	Windows1252
	Auto
)

// lines feeds the CSV reader a row at a time, so that a quotation mark that is
// never closed costs one row and not the rest of the file. Each Read ends with a
// row: as many lines as it takes for the quotation marks to pair. Where they do
// not pair within bounds, the first line is given alone, followed by an end of file
// after which reading goes on.
type lines struct {
	buf   *bufio.Reader
	enc   Encoding
	tell  func(line int, reason, remedy string) // a line that cannot be read
	queue [][]byte                              // decoded, not yet given
	given []byte                                // what is left of the row being given
	last  [][]byte                              // the lines of the row given last
	cut   bool                                  // an end of file is due
	ended bool
	line  int // lines read from the file
	bad   map[int]bool
	// mixed counts the lines read as windows-1252 under Auto; firstMixed is the first.
	mixed, firstMixed int
}

func newLines(r io.Reader, enc Encoding, tell func(int, string, string)) (*lines, error) {
	buf, err := unpacked(r)
	if err != nil {
		return nil, err
	}
	return &lines{buf: buf, enc: enc, tell: tell, bad: map[int]bool{}}, nil
}

// Read gives the next piece of a row.
func (l *lines) Read(p []byte) (int, error) {
	if len(l.given) == 0 {
		if l.cut {
			l.cut = false
			return 0, io.EOF
		}
		if err := l.row(); err != nil {
			return 0, err
		}
	}
	n := copy(p, l.given)
	l.given = l.given[n:]
	return n, nil
}

// row gathers the next one.
func (l *lines) row() error {
	size, marks, n := 0, 0, 0
	for {
		if n == len(l.queue) {
			line, err := l.next()
			if err != nil && (err != io.EOF || n == 0) {
				return err
			}
			if err == io.EOF {
				break
			}
			l.queue = append(l.queue, line)
		}
		size += len(l.queue[n])
		marks += bytes.Count(l.queue[n], []byte{'"'})
		n++
		if marks%2 == 0 || size > longestRow || n >= tallestRow {
			break
		}
	}
	if marks%2 != 0 {
		n, l.cut = 1, true
	}
	l.last = append(l.last[:0], l.queue[:n]...)
	l.queue = l.queue[n:]
	if n == 1 {
		l.given = l.last[0]
		return nil
	}
	l.given = bytes.Join(l.last, nil)
	return nil
}

// again gives all lines but the first of the last row once more: the row was
// none, and they may be rows of their own.
func (l *lines) again() {
	l.queue = append(append([][]byte{}, l.last[1:]...), l.queue...)
	l.last, l.given, l.cut = l.last[:1], nil, false
}

// next reads a line and decodes it; one that cannot be read is told, and is empty.
func (l *lines) next() ([]byte, error) {
	if l.ended {
		return nil, io.EOF
	}
	raw, long, err := l.raw()
	if err != nil && err != io.EOF {
		return nil, err
	}
	l.ended = err == io.EOF
	if l.ended && len(raw) == 0 && !long {
		return nil, io.EOF
	}
	l.line++
	if long {
		return l.refuse(fmt.Sprintf("the line is longer than %d MB", longestRow>>20), "see whether the line ends are right, and a quotation mark is missing"), nil
	}
	if !bytes.HasSuffix(raw, []byte{'\n'}) {
		raw = append(raw, '\n')
	}
	if bytes.IndexByte(raw, 0) >= 0 {
		return l.refuse("the line holds a NUL byte", "take it out; a file of UTF-16 must be saved as UTF-8"), nil
	}
	return l.decode(raw), nil
}

// raw reads a line to its end, but keeps no more than longestRow of it.
func (l *lines) raw() (line []byte, long bool, err error) {
	for {
		part, err := l.buf.ReadSlice('\n')
		if len(line)+len(part) > longestRow {
			long, line = true, nil
		}
		if !long {
			line = append(line, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, long, err
		}
	}
}

func (l *lines) refuse(reason, remedy string) []byte {
	l.bad[l.line] = true
	l.tell(l.line, reason, remedy)
	return []byte{'\n'}
}

func (l *lines) decode(raw []byte) []byte {
	valid := l.enc != Windows1252 && utf8.Valid(raw)
	if valid {
		return raw
	}
	if l.enc == UTF8 {
		return l.refuse("the line is not UTF-8", "write encoding: windows-1252 in the mapping if the whole file is, or encoding: auto if it is mixed")
	}
	out, ok := fromWindows1252(raw)
	if !ok {
		return l.refuse("the line holds a byte that windows-1252 does not have", "see in which encoding the file was written")
	}
	if l.enc == Auto {
		if l.mixed++; l.mixed == 1 {
			l.firstMixed = l.line
		}
	}
	return out
}

// upper1252 are the letters of the bytes 0x80 to 0x9f; 0: there is none. All other
// bytes are the letters of the same number.
var upper1252 = [32]rune{
	'€', 0, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0, 'Ž', 0,
	0, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0, 'ž', 'Ÿ',
}

func fromWindows1252(raw []byte) ([]byte, bool) {
	out := make([]byte, 0, len(raw)+len(raw)/8)
	for _, b := range raw {
		r := rune(b)
		if b >= 0x80 && b <= 0x9f {
			if r = upper1252[b-0x80]; r == 0 {
				return nil, false
			}
		}
		out = utf8.AppendRune(out, r)
	}
	return out, true
}
