package witness

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"candour"
)

// decimal reads a whole number in its one form (doc/format.md, section 1).
func decimal(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || n >= 1<<53 || strconv.FormatInt(n, 10) != s {
		return 0, fmt.Errorf("%.30q is not a whole number in its plain form", s)
	}
	return n, nil
}

// hashLines reads lines that are each a hash in canonical base64, at most so many.
func hashLines(text string, most int) ([]candour.Hash, error) {
	if text == "" {
		return nil, nil
	}
	if n := strings.Count(text, "\n"); n > most {
		return nil, fmt.Errorf("%d hashes; at most %d are read", n, most)
	}
	var out []candour.Hash
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		b, err := decode64(line)
		if err != nil || len(b) != len(candour.Hash{}) {
			return nil, fmt.Errorf("%.50q is not a hash in canonical base64", line)
		}
		out = append(out, candour.Hash(b))
	}
	return out, nil
}

func writeHashes(b *strings.Builder, hashes []candour.Hash) {
	for _, h := range hashes {
		b.WriteString(base64.StdEncoding.EncodeToString(h[:]))
		b.WriteByte('\n')
	}
}

// decode64 reads base64 in its one canonical form.
func decode64(s string) ([]byte, error) {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil || base64.StdEncoding.EncodeToString(b) != s {
		return nil, fmt.Errorf("%.50q is not base64 in its canonical form", s)
	}
	return b, nil
}

// cutLine parts the first line, without its line feed, from the rest.
func cutLine(s string) (line, rest string, ok bool) { return strings.Cut(s, "\n") }

// cutEmpty parts the lines before the first empty line from what follows it.
func cutEmpty(s string) (lines, rest string, ok bool) {
	if rest, ok := strings.CutPrefix(s, "\n"); ok {
		return "", rest, true
	}
	before, rest, ok := strings.Cut(s, "\n\n")
	return before + "\n", rest, ok
}
