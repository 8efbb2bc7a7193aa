package phrase

import "candour/internal/pack"

// Proof says how a thing must be proven: a document and a second person's signature.
func (b *Book) Proof(p *pack.Proof) string {
	if p == nil {
		return "any record of it"
	}
	switch p.Op {
	case pack.ProofAnd:
		return b.inside(p.Left, pack.ProofOr) + " and " + b.inside(p.Right, pack.ProofOr)
	case pack.ProofOr:
		return b.inside(p.Left, pack.ProofAnd) + " or " + b.inside(p.Right, pack.ProofAnd)
	case pack.ProofSelf:
		return "the word of whoever owes it"
	case pack.ProofSecond:
		return "the signature of a second person"
	case pack.ProofSecondUnit:
		return "the signature of a second person from another unit"
	case pack.ProofDocument:
		if p.Arg != "" {
			return "a document of the type " + quoted(Plain(p.Arg))
		}
		return "a document"
	case pack.ProofSubject:
		return "the word of the person concerned"
	case pack.ProofExternal:
		return "word from outside the team (" + b.body(p) + ")"
	case pack.ProofCallback:
		return "a call back (" + b.body(p) + ")"
	}
	return "any record of it"
}

// inside gives a part, in brackets where it is joined by the other word.
func (b *Book) inside(p *pack.Proof, op pack.ProofOp) string {
	if p.Op == op {
		return "(" + b.Proof(p) + ")"
	}
	return b.Proof(p)
}

func (b *Book) body(p *pack.Proof) string {
	if p.Field != nil {
		return "whoever is " + b.about(nil).value(p.Field.Source)
	}
	return b.Body(p.Arg)
}

// Body is what a kind of body is called: the longest of its names, for short ones
// are letters.
func (b *Book) Body(name string) string {
	longest := ""
	for _, n := range b.p.BodyNames(name) {
		if len(n) > len(longest) {
			longest = n
		}
	}
	return Plain(longest)
}
