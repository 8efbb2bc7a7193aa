package witness_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"candour"
	"candour/internal/witness"
)

// FuzzParseSubmission: what is read has one form, and nothing that is sent is signed
// unless it continues what is held.
func FuzzParseSubmission(f *testing.F) {
	r := newRecord("a").grow(100, "fact")
	f.Add(r.submit(0, 10))
	f.Add(r.submit(10, 77))
	f.Add([]byte("old 5\n\n\n\n"))
	f.Add([]byte("old 0\n\nx\n0\n\n\n— x AAAAAAA=\n"))
	dir := f.TempDir()
	if _, err := witness.Init(dir, "w", strings.NewReader(strings.Repeat("s", 32))); err != nil {
		f.Fatal(err)
	}
	s, err := witness.Open(witness.Options{Dir: dir, Config: settings(newRecord("b")), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { s.Close() })
	f.Fuzz(func(t *testing.T, b []byte) {
		if lines, err := s.Add(context.Background(), b); err == nil {
			t.Errorf("signed what no known key signed: %s", lines)
		}
		sub, err := witness.ParseSubmission(b)
		if err == nil && !bytes.Equal(sub.Text(), b) {
			t.Errorf("%q is written again as %q", b, sub.Text())
		}
	})
}

func FuzzParseLeaves(f *testing.F) {
	r := newRecord("a").grow(100, "fact")
	f.Add(witness.Leaves{From: 5, Proof: r.proof(9, 20), Leaf: r.leaves[5:9], Note: r.note(20)}.Text())
	f.Add([]byte("leaves 0 0\n\n\nx"))
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := witness.ParseLeaves(b)
		if err == nil && !bytes.Equal(l.Text(), b) {
			t.Errorf("%q is written again as %q", b, l.Text())
		}
	})
}

// FuzzTakeAnswer: nothing but the witness's own signature is ever taken.
func FuzzTakeAnswer(f *testing.F) {
	r := newRecord("a").grow(10, "fact")
	key := candour.NewCosigner("w", make([]byte, 32))
	c, msg := r.at(10)
	request := witness.Request(witness.Submission{Note: msg})
	client := &witness.Client{Witness: candour.Witness{Operator: "w", Key: key.Public}}
	good := key.Cosign(c.Text(), newClock().now())
	head := fmt.Sprintf("candour-witness-answer/1\nrequest %x\n", sha256.Sum256(request))
	f.Add("status 200\n\n" + good)
	f.Add("status 200\n\n" + strings.Repeat(good, 2))
	f.Add("status 409\n\n5\n")
	f.Add("status 409\n\nsplit\n")
	f.Fuzz(func(t *testing.T, rest string) {
		line, err := client.TakeAnswer(request, []byte(head+rest))
		if _, bad := witness.CosignedAt(msg, line, key.Public); (err == nil) != (bad == nil) {
			t.Errorf("took %q: %v", line, err)
		}
	})
}
