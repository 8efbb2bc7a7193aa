package pack

import (
	"fmt"
	"strings"

	"candour/internal/expr"
)

// ProofOp is an atom of, or joins, a proof expression.
type ProofOp uint8

// The atoms and joins (standards.md, EXPR).
const (
	ProofAny ProofOp = iota
	ProofSelf
	ProofSecond
	ProofSecondUnit
	ProofDocument
	ProofSubject
	ProofExternal
	ProofCallback
	ProofAnd
	ProofOr
)

// Proof is a boolean expression over the proofs a fact has.
type Proof struct {
	Op ProofOp
	// Arg is the type of document, or the kind of body.
	Arg string
	// Field, for external(this.holder), gives the body.
	Field       *expr.Value
	Left, Right *Proof
	Words       string
}

func (p *Proof) String() string { return p.Words }

// Atoms calls f on every atom.
func (p *Proof) Atoms(f func(*Proof)) {
	if p == nil {
		return
	}
	if p.Op == ProofAnd || p.Op == ProofOr {
		p.Left.Atoms(f)
		p.Right.Atoms(f)
		return
	}
	f(p)
}

// Names tells whether the expression has an atom of the kind.
func (p *Proof) Names(op ProofOp) bool {
	if p == nil {
		return false
	}
	return p.Op == op || p.Left.Names(op) || p.Right.Names(op)
}

// ParseProof reads a proof expression without fields, as an expectation states it.
func ParseProof(s string) (*Proof, error) {
	return parseProof(s, func(string) (*expr.Value, error) {
		return nil, fmt.Errorf("a field cannot be named here")
	})
}

type proofParser struct {
	toks  []string
	field func(string) (*expr.Value, error)
}

// longestProof is more than any proof needs; it bounds how deep one can nest.
const longestProof = 1000

func parseProof(s string, field func(string) (*expr.Value, error)) (*Proof, error) {
	if len(s) > longestProof {
		return nil, fmt.Errorf("proof of %d characters: at most %d", len(s), longestProof)
	}
	spaced := strings.NewReplacer("(", " ( ", ")", " ) ").Replace(s)
	p := proofParser{toks: strings.Fields(spaced), field: field}
	out, err := p.or()
	if err == nil && len(p.toks) > 0 {
		err = fmt.Errorf("%q is left over", strings.Join(p.toks, " "))
	}
	if err != nil {
		return nil, fmt.Errorf("proof %q: %w; write any, self, second, second(unit), document, document(TYPE), subject, external(KIND) or callback(KIND), joined by and, or, ( )", s, err)
	}
	out.Words = s
	return out, nil
}

func (p *proofParser) peek() string {
	if len(p.toks) == 0 {
		return ""
	}
	return p.toks[0]
}

func (p *proofParser) take() string {
	t := p.peek()
	if t != "" {
		p.toks = p.toks[1:]
	}
	return t
}

func (p *proofParser) or() (*Proof, error)  { return p.join("or", ProofOr, p.and) }
func (p *proofParser) and() (*Proof, error) { return p.join("and", ProofAnd, p.atom) }

func (p *proofParser) join(word string, op ProofOp, sub func() (*Proof, error)) (*Proof, error) {
	left, err := sub()
	for err == nil && p.peek() == word {
		p.take()
		var right *Proof
		if right, err = sub(); err == nil {
			left = &Proof{Op: op, Left: left, Right: right, Words: left.Words + " " + word + " " + right.Words}
		}
	}
	return left, err
}

func (p *proofParser) atom() (*Proof, error) {
	name := p.take()
	if name == "(" {
		inner, err := p.or()
		if err == nil && p.take() != ")" {
			err = fmt.Errorf("a bracket is not closed")
		}
		if err == nil {
			inner.Words = "(" + inner.Words + ")"
		}
		return inner, err
	}
	arg := ""
	if p.peek() == "(" {
		p.take()
		arg = p.take()
		if p.take() != ")" || arg == "" {
			return nil, fmt.Errorf("%s needs one word in brackets", name)
		}
	}
	return p.named(name, arg)
}

func (p *proofParser) named(name, arg string) (*Proof, error) {
	out := &Proof{Arg: arg, Words: name}
	if arg != "" {
		out.Words = name + "(" + arg + ")"
	}
	switch name {
	case "any":
		out.Op = ProofAny
	case "self":
		out.Op = ProofSelf
	case "second":
		out.Op = ProofSecond
		if arg == "unit" {
			out.Op = ProofSecondUnit
		} else if arg != "" {
			return nil, fmt.Errorf("second takes nothing or (unit)")
		}
	case "document":
		out.Op = ProofDocument
	case "subject":
		out.Op = ProofSubject
	case "external", "callback":
		out.Op = ProofExternal
		if name == "callback" {
			out.Op = ProofCallback
		}
		if arg == "" {
			return nil, fmt.Errorf("%s needs the kind of body in brackets", name)
		}
		if strings.Contains(arg, ".") {
			f, err := p.field(arg)
			if err != nil {
				return nil, err
			}
			out.Field = f
		}
	default:
		return nil, fmt.Errorf("%q is not a proof", name)
	}
	return out, nil
}
