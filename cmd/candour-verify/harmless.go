package main

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// harmless makes a text safe to print on a terminal, in one line: whatever could move the cursor, turn the
// direction of writing, or hide is written as its code. It leaves what people write.
func harmless(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n <= 1:
			fmt.Fprintf(&b, "\\x%02x", s[0])
		case !unicode.IsPrint(r) || hidden(r):
			fmt.Fprintf(&b, "\\u{%04x}", r)
		default:
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}

// hidden are letters that show nothing; [unicode.IsPrint] takes them for letters.
func hidden(r rune) bool {
	switch r {
	case 0x034f, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x2800, 0x3164, 0xffa0:
		return true
	}
	return 0xfe00 <= r && r <= 0xfe0f || 0xe0100 <= r && r <= 0xe01ef
}

// clipped is harmless and not longer than a few lines.
func clipped(s string) string {
	const most = 200
	if utf8.RuneCountInString(s) <= most {
		return harmless(s)
	}
	return harmless(string([]rune(s)[:most])) + " ..."
}

// isText tells whether a value can be shown as text.
func isText(b []byte) bool {
	return utf8.Valid(b) && !strings.ContainsRune(string(b), 0)
}

const width = 88

// wrapped breaks a paragraph at spaces; each line after the first is indented.
func wrapped(s string, indent int) string {
	var b strings.Builder
	col := indent
	for i, word := range strings.Split(s, " ") {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case col+1+n > width:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			col = indent
		default:
			b.WriteString(" ")
			col++
		}
		b.WriteString(word)
		col += n
	}
	return b.String()
}

// count writes a number with its noun.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
