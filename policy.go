package candour

import (
	"fmt"
	"slices"
	"strings"
)

// Policy says whom a verifier trusts (section 7). It must come to the verifier by its
// own way: one that lies in a bundle shows nothing.
type Policy struct {
	Body      string
	Logs      []Witness // keys of the body, with their operator
	Witnesses []Witness
	Quorum    int // how many different operators must have cosigned
}

// Witness is a key and who operates it.
type Witness struct {
	Operator string
	Key      PublicKey
}

const policyFirst = "candour-policy/1"

// ParsePolicy reads a policy.
func ParsePolicy(b []byte) (*Policy, error) {
	l := newLines(b)
	l.exact(policyFirst)
	p := &Policy{Body: l.words("body", 1)[0]}
	must(l, 0, CheckOrigin(p.Body))
	p.Logs = keyLines(l, "log")
	p.Witnesses = keyLines(l, "witness")
	n, err := decodeDecimal(l.words("quorum", 1)[0])
	p.Quorum = int(must(l, n, err))
	if l.more() {
		l.fail("nothing may follow the quorum")
	}
	if err := p.check(); l.err == nil && err != nil {
		l.err = err
	}
	if l.err != nil {
		return nil, fmt.Errorf("policy: %w", l.err)
	}
	return p, nil
}

func keyLines(l *lines, first string) (out []Witness) {
	for l.more() && l.peek() == first {
		words := l.words(first, 2)
		k, err := ParseKey(words[1])
		out = append(out, Witness{words[0], must(l, k, err)})
		if !IsToken(words[0]) {
			l.fail("an operator is one word of visible ASCII")
		}
	}
	return out
}

// check holds the rules that go over several lines.
func (p *Policy) check() error {
	if len(p.Logs) == 0 {
		return fmt.Errorf("no log key; ask %s for it", p.Body)
	}
	for _, w := range p.Logs {
		if w.Key.Cosign || w.Key.Name != p.Body {
			return fmt.Errorf("a log key must sign (algorithm 1), and be named %q", p.Body)
		}
	}
	for _, w := range p.Witnesses {
		if !w.Key.Cosign {
			return fmt.Errorf("the witness key of %s must cosign (algorithm 4)", w.Operator)
		}
	}
	ids, keys := map[keyID]bool{}, map[string]bool{}
	for _, w := range slices.Concat(p.Logs, p.Witnesses) {
		id, key := keyID{w.Key.Name, w.Key.ID()}, string(w.Key.Key)
		if ids[id] || keys[key] {
			return fmt.Errorf("the key %s of %s must stand once, under one name and for one purpose", w.Key, w.Operator)
		}
		ids[id], keys[key] = true, true
	}
	if n := len(operators(p.Witnesses)); p.Quorum > n {
		return fmt.Errorf("a quorum of %d of %d operators can never be reached", p.Quorum, n)
	}
	return nil
}

// Text is the policy as [ParsePolicy] reads it.
func (p *Policy) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nbody %s\n", policyFirst, p.Body)
	for _, w := range p.Logs {
		fmt.Fprintf(&b, "log %s %s\n", w.Operator, w.Key)
	}
	for _, w := range p.Witnesses {
		fmt.Fprintf(&b, "witness %s %s\n", w.Operator, w.Key)
	}
	fmt.Fprintf(&b, "quorum %d\n", p.Quorum)
	return b.String()
}

// Reached tells whether enough operators cosigned.
func (p *Policy) Reached(by []Cosigned) bool { return len(operators(by)) >= p.Quorum }

// Independent are the operators, of those who cosigned, who are no operator of the log.
func (p *Policy) Independent(by []Cosigned) (out []string) {
	own := map[string]bool{}
	for _, w := range p.Logs {
		own[w.Operator] = true
	}
	return slices.DeleteFunc(operators(by), func(o string) bool { return own[o] })
}

// operated is what has an operator.
type operated interface{ operator() string }

func (w Witness) operator() string { return w.Operator }

// operators are the different operators, in order of appearance.
func operators[T operated](of []T) (out []string) {
	seen := map[string]bool{}
	for _, w := range of {
		if o := w.operator(); !seen[o] {
			seen[o] = true
			out = append(out, o)
		}
	}
	return out
}

func (p *Policy) logKeys(name string) (out []PublicKey) {
	for _, w := range p.Logs {
		out = append(out, w.Key.Named(name))
	}
	return out
}

func (p *Policy) witnessKeys() (out []PublicKey) {
	for _, w := range p.Witnesses {
		out = append(out, w.Key)
	}
	return out
}
