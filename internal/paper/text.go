package paper

import "strings"

// span is a piece of a text: plain, code or a link.
type span struct {
	text string
	code bool
	link string
}

// spans reads a text. An unclosed mark is plain text.
func spans(s string) []span {
	var out []span
	plain := func(t string) {
		if t != "" {
			out = append(out, span{text: t})
		}
	}
	for {
		i := strings.IndexAny(s, "`[")
		if i < 0 {
			plain(s)
			return out
		}
		if s[i] == '`' {
			if j := strings.IndexByte(s[i+1:], '`'); j >= 0 {
				plain(s[:i])
				out = append(out, span{text: s[i+1 : i+1+j], code: true})
				s = s[i+j+2:]
				continue
			}
		}
		if words, id, n := link(s[i:]); n > 0 {
			plain(s[:i])
			out = append(out, span{text: words, link: id})
			s = s[i+n:]
			continue
		}
		plain(s[:i+1])
		s = s[i+1:]
	}
}

// link reads [words](#id) at the beginning of s; n is its length, 0 if there is none.
func link(s string) (words, id string, n int) {
	words, rest, ok := strings.Cut(s, "](#")
	if !ok || !strings.HasPrefix(words, "[") || strings.Contains(words[1:], "[") {
		return "", "", 0
	}
	id, _, ok = strings.Cut(rest, ")")
	if !ok || strings.ContainsAny(id, " \"") {
		return "", "", 0
	}
	return words[1:], id, len(words) + 3 + len(id) + 1
}
