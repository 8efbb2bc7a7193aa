package candour_test

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"candour"
)

// What is written is read as it was, and what is read is written as it was: every text and layout has one
// form.

func draw[T any](t *rapid.T, g *rapid.Generator[T]) T { return g.Draw(t, "v") }

var (
	token    = rapid.StringMatching(`[!-~]{1,255}`)
	word8    = rapid.StringMatching(`[!-~]{1,8}`)
	origin   = rapid.StringMatching(`[!-*,-~]{1,150}`)
	partName = rapid.StringMatching(`[a-z0-9_-]([a-z0-9_/-]?[a-z0-9_-]){0,9}`)
	decimal  = rapid.Int64Range(0, 1<<53-1)
	nanos    = rapid.Int64Range(0, 1<<63-1)
	fewBytes = rapid.SliceOfN(rapid.Byte(), 0, 40)
	hash     = rapid.Custom(func(t *rapid.T) candour.Hash { return candour.Hash(draw(t, rapid.SliceOfN(rapid.Byte(), 32, 32))) })
	hashes   = rapid.SliceOfN(hash, 0, 4)
	seed     = rapid.SliceOfN(rapid.Byte(), 32, 32)
)

// mutated is a text with a few changes of the kind that two readers may take differently.
func mutated(t *rapid.T, text string) string {
	for range draw(t, rapid.IntRange(0, 2)) {
		at := draw(t, rapid.IntRange(0, len(text)))
		to := min(len(text), at+draw(t, rapid.IntRange(0, 2)))
		text = text[:at] + draw(t, rapid.SampledFrom([]string{"", " ", "\n", "\r", "\t", "0", "-", "+", "=", "A", "f", "F", "\x00", "\ufeff", "\u00a0", "\n\n", "chain x 0 -\n", "excerpt\n"})) + text[to:]
	}
	return text
}

func TestEnvelopeHasOneForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := candour.Envelope{Epoch: draw(t, rapid.Uint32Range(1, 1<<32-1)), Sealed: draw(t, nanos), Origin: draw(t, origin), Fields: draw(t, hash)}
		b := e.Append(nil)
		got, err := candour.ParseEnvelope(b)
		if err != nil || got != e {
			t.Fatalf("got %+v, %v; want %+v", got, err, e)
		}
		b = []byte(mutated(t, string(b)))
		if got, err := candour.ParseEnvelope(b); err == nil && !bytes.Equal(got.Append(nil), b) {
			t.Fatalf("%x has another form", b)
		}
	})
}

func TestKeyHasOneForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := draw(t, origin)
		k := candour.NewSigner(name, draw(t, seed)).Public
		if draw(t, rapid.Bool()) {
			k = candour.NewCosigner(name, draw(t, seed)).Public
		}
		got, err := candour.ParseKey(k.String())
		if err != nil || !reflect.DeepEqual(got, k) {
			t.Fatalf("got %v, %v; want %v", got, err, k)
		}
		s := mutated(t, k.String())
		if got, err := candour.ParseKey(s); err == nil && got.String() != s {
			t.Fatalf("%q has another form", s)
		}
	})
}

func drawPolicy(t *rapid.T) *candour.Policy {
	p := &candour.Policy{Body: draw(t, origin)}
	for range draw(t, rapid.IntRange(1, 2)) {
		p.Logs = append(p.Logs, candour.Witness{Operator: draw(t, word8), Key: candour.NewSigner(p.Body, draw(t, seed)).Public})
	}
	operators := map[string]bool{}
	for range draw(t, rapid.IntRange(0, 3)) {
		w := candour.Witness{Operator: draw(t, word8), Key: candour.NewCosigner(draw(t, origin), draw(t, seed)).Public}
		p.Witnesses, operators[w.Operator] = append(p.Witnesses, w), true
	}
	p.Quorum = draw(t, rapid.IntRange(0, len(operators)))
	return p
}

func TestPolicyHasOneForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t)
		text := p.Text()
		got, err := candour.ParsePolicy([]byte(text))
		if err != nil && strings.Contains(err.Error(), "stand once") {
			t.Skip("the same key twice")
		}
		if err != nil || !reflect.DeepEqual(got, p) {
			t.Fatalf("got %v, %v; want %v", got, err, p)
		}
		text = mutated(t, text)
		if got, err := candour.ParsePolicy([]byte(text)); err == nil && got.Text() != text {
			t.Fatalf("%q has another form", text)
		}
	})
}

func TestCheckpointHasOneForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body, epoch := draw(t, origin), draw(t, rapid.Uint32Range(1, 1<<32-1))
		c := candour.Checkpoint{Origin: candour.CheckpointOrigin(body, epoch), Size: draw(t, rapid.Int64Range(1, 1<<53-1)), Root: draw(t, hash)}
		got, err := candour.ParseCheckpointText(c.Text())
		if err != nil || got != c {
			t.Fatalf("got %v, %v; want %v", got, err, c)
		}
		if e, err := c.Epoch(body); err != nil || e != epoch {
			t.Fatalf("epoch %d, %v; want %d", e, err, epoch)
		}
		text := mutated(t, c.Text())
		if got, err := candour.ParseCheckpointText(text); err == nil && got.Text() != text {
			t.Fatalf("%q has another form", text)
		}
	})
}

func TestManifestHasOneForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := draw(t, hash)
		text := fmt.Sprintf("candour-bundle/1\nbody %s\nmade %d\npack %s %s\n", draw(t, origin), draw(t, nanos), draw(t, token), hx(h[:]))
		for range draw(t, rapid.IntRange(0, 4)) {
			h := draw(t, hash)
			text += fmt.Sprintf("part %s %d %s\n", hx(h[:]), draw(t, decimal), draw(t, partName))
		}
		if got, err := candour.RewriteManifest(text); err != nil || got != text {
			t.Fatalf("%q: %q, %v", text, got, err)
		}
		text = mutated(t, text)
		if got, err := candour.RewriteManifest(text); err == nil && got != text {
			t.Fatalf("%q has another form: %q", text, got)
		}
	})
}

func TestReceiptProofAndConsistencyHaveOneForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := candour.Receipt{Origin: draw(t, origin), Index: draw(t, decimal), Leaf: draw(t, hash), Sealed: draw(t, nanos)}
		text := candour.ReceiptText(r)
		if got, err := candour.ParseReceiptText(text); err != nil || got != r {
			t.Fatalf("got %v, %v; want %v", got, err, r)
		}
		text = mutated(t, text)
		if got, err := candour.ParseReceiptText(text); err == nil && candour.ReceiptText(got) != text {
			t.Fatalf("%q has another form", text)
		}
		p := candour.Proof{Index: draw(t, decimal), Hashes: draw(t, hashes), Checkpoint: []byte("any\n")}
		got, err := candour.ParseProof(p.Text())
		if err != nil || got.Index != p.Index || len(got.Hashes) != len(p.Hashes) || string(got.Text()) != string(p.Text()) {
			t.Fatalf("got %v, %v; want %v", got, err, p)
		}
		b := []byte(mutated(t, string(p.Text())))
		if got, err := candour.ParseProof(b); err == nil && !bytes.Equal(got.Text(), b) {
			t.Fatalf("%q has another form", b)
		}
		h := draw(t, hash)
		text = fmt.Sprintf("candour-consistency/1\nfrom %d %s\nproof %s\n", draw(t, rapid.Int64Range(1, 1<<53-1)), hx(h[:]), joined(draw(t, hashes)))
		if got, err := candour.RewriteConsistency([]byte(text)); err != nil || got != text {
			t.Fatalf("%q: %q, %v", text, got, err)
		}
		text = mutated(t, text)
		if got, err := candour.RewriteConsistency([]byte(text)); err == nil && got != text {
			t.Fatalf("%q has another form: %q", text, got)
		}
	})
}

func drawLine(t *rapid.T) candour.Line {
	if draw(t, rapid.Bool()) {
		return candour.Line{Withheld: true, Commitment: draw(t, hash), Class: draw(t, word8), Authority: draw(t, rapid.StringMatching(`[^\x00-\x1f\x{feff}]{1,9}`))}
	}
	l := candour.Line{Name: draw(t, word8), Salt: draw(t, hash), Value: draw(t, fewBytes)}
	if len(l.Value) == 0 {
		l.Value = nil
	}
	return l
}

func drawEntry(t *rapid.T, index *int64, erasable bool) *candour.Entry {
	e := &candour.Entry{Index: *index, Envelope: draw(t, rapid.SliceOfN(rapid.Byte(), 1, 60)), Proof: draw(t, hashes)}
	if len(e.Proof) == 0 {
		e.Proof = nil
	}
	if *index++; erasable && draw(t, rapid.IntRange(0, 3)) == 0 {
		e.Erased, e.ErasedBy = true, draw(t, decimal)
		return e
	}
	for range draw(t, rapid.IntRange(8, 10)) {
		e.Lines = append(e.Lines, drawLine(t))
	}
	return e
}

func TestEntriesHaveOneForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var chains []*candour.Chain
		var excerpt []*candour.Entry
		index := draw(t, rapid.Int64Range(0, 1<<52))
		for i := range draw(t, rapid.IntRange(1, 2)) {
			c := &candour.Chain{Name: fmt.Sprint(i, draw(t, word8)), First: draw(t, decimal)}
			if c.First > 0 {
				c.Previous = draw(t, hash)
			}
			for range draw(t, rapid.IntRange(1, 2)) {
				c.Entries = append(c.Entries, drawEntry(t, &index, true))
			}
			chains = append(chains, c)
		}
		for range draw(t, rapid.IntRange(0, 2)) {
			excerpt = append(excerpt, drawEntry(t, &index, false))
		}
		text := candour.WriteEntries(chains, excerpt)
		gotChains, gotExcerpt, err := candour.ParseEntries([]byte(text))
		if err != nil || !reflect.DeepEqual(gotChains, chains) || !reflect.DeepEqual(gotExcerpt, excerpt) {
			t.Fatalf("read again it differs: %v\n%s", err, text)
		}
		text = mutated(t, text)
		if c, x, err := candour.ParseEntries([]byte(text)); err == nil && candour.WriteEntries(c, x) != text {
			t.Fatalf("%q has another form", text)
		}
	})
}

// TestCommitmentsAreThoseOfTheFormat holds the two writings of section 2 against each other.
func TestCommitmentsAreThoseOfTheFormat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := &fact{key: draw(t, seed)}
		name, value := draw(t, token), string(draw(t, fewBytes))
		key := candour.Key(f.key)
		salt := key.Salt(name)
		if !bytes.Equal(salt[:], f.salt(name)) || candour.Commit(salt, name, []byte(value)) != f.commitment(field{name, value}) {
			t.Fatal("salt or commitment differs")
		}
		cs := draw(t, rapid.SliceOfN(hash, 0, 12))
		candour.SortCommitments(append(make([]candour.Hash, 8), cs...))
		all := append(draw(t, rapid.SliceOfN(hash, 8, 8)), cs...)
		candour.SortCommitments(all)
		root, err := candour.FieldsRoot(all)
		f.envelope = make([]byte, 32)
		sealedAs(f, all)
		if err == nil && !bytes.Equal(root[:], f.envelope) {
			t.Fatal("the root differs")
		}
	})
}
