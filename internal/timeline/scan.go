package timeline

import "encoding/json"

// scan reads one object as decode does, without its cost: a file of a record has
// millions of lines, and nearly all are right. Where it meets anything that it does not
// take, it gives up, and decode looks again and says what is wrong. So it may refuse too
// much, at the price of time, and must never accept more than decode, or otherwise.
func scan(line []byte) (*object, bool) {
	s := scanner{in: line}
	s.space()
	if s.peek() != '{' {
		return nil, false
	}
	o := s.object(0)
	s.space()
	return o, !s.bad && s.at == len(line)
}

// scanner reads JSON from UTF-8 that holds no lone surrogates.
type scanner struct {
	in  []byte
	at  int
	bad bool // met something that it does not take; what it gives means nothing
}

// peek is the byte that stands next, 0 at the end.
func (s *scanner) peek() byte {
	if s.at < len(s.in) {
		return s.in[s.at]
	}
	return 0
}

func (s *scanner) space() {
	for s.at < len(s.in) {
		switch s.in[s.at] {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return
		}
	}
}

// take steps over the byte, and the space around it, where it stands next.
func (s *scanner) take(c byte) bool {
	s.space()
	if s.peek() != c {
		return false
	}
	s.at++
	s.space()
	return true
}

// must steps over the byte.
func (s *scanner) must(c byte) {
	if !s.take(c) {
		s.bad = true
	}
}

func (s *scanner) value(depth int) any {
	if depth > deepest {
		s.bad = true
		return nil
	}
	switch c := s.peek(); {
	case c == '"':
		return string(s.text())
	case c == '{':
		return s.object(depth)
	case c == '[':
		return s.list(depth)
	case c == '-' || '0' <= c && c <= '9':
		return json.Number(s.number())
	}
	return s.literal()
}

func (s *scanner) object(depth int) *object {
	o := &object{}
	s.must('{')
	for s.peek() != '}' && !s.bad {
		if len(o.keys) > 0 {
			s.must(',')
		}
		if s.peek() != '"' {
			s.bad = true
			break
		}
		key := s.key()
		if _, twice := o.find(key); twice {
			s.bad = true
			break
		}
		s.must(':')
		o.add(key, s.value(depth+1))
		s.space()
	}
	s.at++ // the brace, or nothing that matters
	return o
}

func (s *scanner) list(depth int) any {
	list := []any{}
	s.must('[')
	for s.peek() != ']' && !s.bad {
		if len(list) > 0 {
			s.must(',')
		}
		list = append(list, s.value(depth+1))
		s.space()
	}
	s.at++
	return list
}

// keyWords are the keys of the format, so that each is held once.
var keyWords = func() map[string]string {
	words := map[string]string{}
	lists := [][]string{channelKeys, postKeys, kinKeys, markKeys, regimeKeys, signedKeys, documentKeys, viaKeys, whyKeys}
	for _, keys := range lineKeys {
		lists = append(lists, keys)
	}
	for _, keys := range lists {
		for _, k := range keys {
			words[k] = k
		}
	}
	return words
}()

func (s *scanner) key() string {
	text := s.text()
	if word, ok := keyWords[string(text)]; ok {
		return word
	}
	return string(text)
}

// text is a text without its quotes; it may lie within the line.
func (s *scanner) text() []byte {
	start := s.at
	escapes := false
	for i := start + 1; i < len(s.in); i++ {
		switch c := s.in[i]; {
		case c == '"':
			s.at = i + 1
			if escapes {
				return s.unquote(s.in[start:s.at])
			}
			return s.in[start+1 : i]
		case c == '\\':
			escapes = true
			i++
		case c < ' ':
			s.bad = true
			return nil
		}
	}
	s.bad = true
	return nil
}

func (s *scanner) unquote(quoted []byte) []byte {
	var text string
	if json.Unmarshal(quoted, &text) != nil {
		s.bad = true
	}
	return []byte(text)
}

// number is -?(0|[1-9][0-9]*)(.[0-9]+)?([eE][+-]?[0-9]+)?
func (s *scanner) number() string {
	start := s.at
	if s.peek() == '-' {
		s.at++
	}
	if s.peek() == '0' {
		s.at++
	} else {
		s.digits()
	}
	if s.peek() == '.' {
		s.at++
		s.digits()
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		s.at++
		if c := s.peek(); c == '+' || c == '-' {
			s.at++
		}
		s.digits()
	}
	return string(s.in[start:s.at])
}

// digits steps over one or more.
func (s *scanner) digits() {
	start := s.at
	for c := s.peek(); '0' <= c && c <= '9'; c = s.peek() {
		s.at++
	}
	if s.at == start {
		s.bad = true
	}
}

func (s *scanner) literal() any {
	for _, w := range literals {
		if len(s.in)-s.at >= len(w.word) && string(s.in[s.at:s.at+len(w.word)]) == w.word {
			s.at += len(w.word)
			return w.value
		}
	}
	s.bad = true
	return nil
}

var literals = []struct {
	word  string
	value any
}{{"true", true}, {"false", false}, {"null", nil}}
