package candour

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// decode64 reads base64 in its one canonical form (section 1).
func decode64(s string) ([]byte, error) {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil || base64.StdEncoding.EncodeToString(b) != s {
		return nil, errors.New("not base64 in its canonical form")
	}
	return b, nil
}

// decodeHex reads lower-case hex of one byte or more.
func decodeHex(s string) ([]byte, error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) == 0 || hex.EncodeToString(b) != s {
		return nil, errors.New("not lower-case hex")
	}
	return b, nil
}

// decodeHash reads a hash written in hex.
func decodeHash(s string) (h Hash, err error) {
	b, err := decodeHex(s)
	if err != nil || len(b) != len(h) {
		return h, errors.New("not a hash in lower-case hex")
	}
	return Hash(b), nil
}

// decodeHashes reads joined hashes, or "-" for none.
func decodeHashes(s string) ([]Hash, error) {
	if s == "-" {
		return nil, nil
	}
	b, err := decodeHex(s)
	if err != nil || len(b)%32 != 0 {
		return nil, errors.New("not hashes in lower-case hex")
	}
	out := make([]Hash, len(b)/32)
	for i := range out {
		out[i] = Hash(b[i*32:])
	}
	return out, nil
}

// encodeHashes writes joined hashes, or "-" for none.
func encodeHashes(hs []Hash) string {
	if len(hs) == 0 {
		return "-"
	}
	var b strings.Builder
	for _, h := range hs {
		b.WriteString(hex.EncodeToString(h[:]))
	}
	return b.String()
}

// decodeDecimal reads a whole number in its one form, less than 2^53.
func decodeDecimal(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || n >= 1<<53 || strconv.FormatInt(n, 10) != s {
		return 0, errors.New("not a whole number in its plain form")
	}
	return n, nil
}

// decodeNanos reads a time in nanoseconds, which may be more than 2^53.
func decodeNanos(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != s {
		return 0, errors.New("not a time in nanoseconds")
	}
	return n, nil
}

// utf8Text reads a text that ends with a line feed and begins with no byte order mark.
func utf8Text(b []byte) (string, error) {
	if !utf8.Valid(b) || len(b) == 0 || b[len(b)-1] != '\n' || bytes.HasPrefix(b, []byte("\ufeff")) {
		return "", errors.New("not a text of UTF-8 that ends with a line feed")
	}
	return string(b), nil
}

// hasControl finds a byte below 0x20 other than a line feed.
func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\n' })
}

// lines reads a text line by line. The first fault stays.
type lines struct {
	rest string
	n    int // lines taken
	err  error
}

func newLines(b []byte) *lines {
	s, err := utf8Text(b)
	return &lines{rest: s, err: err}
}

func (l *lines) fail(format string, args ...any) {
	if l.err == nil {
		l.err = fmt.Errorf("line %d: %s", l.n, fmt.Sprintf(format, args...))
	}
}

// more tells whether there is another line and nothing was wrong so far.
func (l *lines) more() bool { return l.err == nil && l.rest != "" }

// peek is the first word of the next line.
func (l *lines) peek() string {
	if i := strings.IndexAny(l.rest, " \n"); i >= 0 {
		return l.rest[:i]
	}
	return l.rest
}

// exact takes a line that must be just that.
func (l *lines) exact(want string) {
	if got := l.take(); got != want {
		l.fail("want %q", want)
	}
}

// take takes a line.
func (l *lines) take() string {
	if !l.more() {
		l.n++
		l.fail("the text ends too early")
		return ""
	}
	line, rest, _ := strings.Cut(l.rest, "\n")
	l.rest, l.n = rest, l.n+1
	return line
}

// words takes a line of a first word and n more. A line of nothing but spaces must
// not cost sixteen times its length.
func (l *lines) words(first string, n int) []string {
	words := strings.SplitN(l.take(), " ", n+2)
	if len(words) != n+1 || words[0] != first {
		l.fail("want %q and %d words", first, n)
		return make([]string, n)
	}
	return words[1:]
}

// must gives the value, and notes the error as that of the present line.
func must[T any](l *lines, v T, err error) T {
	if err != nil {
		l.fail("%v", err)
	}
	return v
}
