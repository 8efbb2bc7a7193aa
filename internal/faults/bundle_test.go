package faults_test

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"candour"
	"candour/internal/casework"
	"candour/internal/record"
	"candour/internal/record/recordtest"
	"candour/internal/sqlite"
)

// draftOf makes the draft of a bundle of case c1 of a record, cosigned.
func draftOf(t *testing.T, l *record.Log) *candour.Draft {
	t.Helper()
	d, err := casework.MakeBundle(ctx, l, casework.BundleOf{Case: "c1", For: "the watchdog", Purpose: "a test", By: "oic1", Pack: candour.Pack{ID: "none"}, Policy: witnessed(), Label: func(kind string) string { return kind }, Zone: time.UTC, Happened: time.Unix(1393668000, 0),
		Rules: []casework.Rule{{Field: "f.method", Class: "sensitive", Authority: "a test"}}},
		func(context.Context) (candour.Checkpoint, []byte, error) {
			c, err := cosign(l)
			if err != nil {
				return c, nil, err
			}
			note, err := l.CheckpointAt(ctx, c.Size)
			return c, note, err
		})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// bundled is the file of a draft, signed by the body.
func bundled(t *testing.T, d *candour.Draft) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := candour.WriteBundle(&b, d, recordtest.Signer()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func verdict(t *testing.T, b []byte) *candour.Report {
	t.Helper()
	r, err := candour.Verify(candour.Bundle{Data: bytes.NewReader(b), Size: int64(len(b))}, witnessed(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func fullRecord(t *testing.T, origin string, facts int) *record.Log {
	t.Helper()
	db, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "record.db"), sqlite.Options{VFS: unsynced.Name()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	o := options(uint64(len(origin)))
	o.Body = origin
	signer := candour.NewSigner(origin, []byte("a seed of thirty-two bytes, fix."))
	o.Signer = &signer
	l := recordtest.Open(t, db.Log(origin), o)
	recordtest.Fill(t, l, 0, facts)
	return l
}

// TestInsiderWithABundle alters what is in a bundle and signs it anew with the body's key.
func TestInsiderWithABundle(t *testing.T) {
	l := fullRecord(t, recordtest.Origin, 450)
	other := fullRecord(t, "candour.test/elsewhere", 451)
	theirs := draftOf(t, other)
	if r := verdict(t, bundled(t, draftOf(t, l))); r.Verdict != candour.Intact || len(r.Chains[0].Entries) < 64 || len(r.Independent) != 1 {
		t.Fatalf("before: %+v", r)
	}
	field := func(e *candour.Entry) *candour.Line {
		i := slices.IndexFunc(e.Lines, func(l candour.Line) bool { return l.Name == "f.text" })
		return &e.Lines[i]
	}
	for _, c := range []struct {
		what, code string
		do         func(d *candour.Draft, c *candour.Chain)
	}{
		{"leaves a fact out", "chain", func(d *candour.Draft, c *candour.Chain) { c.Entries = slices.Delete(c.Entries, 20, 21) }},
		{"leaves the first fact out", "chain", func(d *candour.Draft, c *candour.Chain) { c.Entries = c.Entries[1:] }},
		{"begins later, as if an earlier bundle had the rest", "previous", func(d *candour.Draft, c *candour.Chain) {
			c.First, c.Previous = 1, candour.LeafHash(c.Entries[0].Envelope)
			c.Entries = c.Entries[1:]
		}},
		{"leaves the last facts out", "incomplete", func(d *candour.Draft, c *candour.Chain) { c.Entries = c.Entries[:30] }},
		{"leaves the last fact before the bundle out", "chain", func(d *candour.Draft, c *candour.Chain) {
			c.Entries = slices.Delete(c.Entries, len(c.Entries)-2, len(c.Entries)-1)
		}},
		{"swaps two facts", "chain", func(d *candour.Draft, c *candour.Chain) {
			c.Entries[20], c.Entries[21] = c.Entries[21], c.Entries[20]
		}},
		{"calls a fact erased", "erased", func(d *candour.Draft, c *candour.Chain) {
			c.Entries[20].Lines, c.Entries[20].Erased, c.Entries[20].ErasedBy = nil, true, c.Entries[21].Index
		}},
		{"has an entry of another body", "envelope", func(d *candour.Draft, c *candour.Chain) {
			*c.Entries[20] = *theirs.Chains[0].Entries[20]
		}},
		{"has the proof of another body", "inclusion", func(d *candour.Draft, c *candour.Chain) {
			c.Entries[20].Proof = theirs.Chains[0].Entries[20].Proof
		}},
		{"has the proof of another entry", "inclusion", func(d *candour.Draft, c *candour.Chain) { c.Entries[20].Proof = c.Entries[21].Proof }},
		{"has another index", "inclusion", func(d *candour.Draft, c *candour.Chain) { c.Entries[20].Index++ }},
		{"has another sealing time", "inclusion", func(d *candour.Draft, c *candour.Chain) {
			env, err := candour.ParseEnvelope(c.Entries[20].Envelope)
			if err != nil {
				t.Fatal(err)
			}
			env.Sealed--
			c.Entries[20].Envelope = env.Append(nil)
		}},
		{"has another value", "fields", func(d *candour.Draft, c *candour.Chain) { field(c.Entries[20]).Value = []byte("said nothing") }},
		{"has the value of another fact", "fields", func(d *candour.Draft, c *candour.Chain) {
			field(c.Entries[20]).Value = field(c.Entries[21]).Value
		}},
		{"has a field grafted with another's salt", "fields", func(d *candour.Draft, c *candour.Chain) {
			*field(c.Entries[20]) = *field(c.Entries[21])
		}},
		{"has another's salt", "fields", func(d *candour.Draft, c *candour.Chain) { field(c.Entries[20]).Salt = field(c.Entries[21]).Salt }},
		{"leaves a field out", "fields", func(d *candour.Draft, c *candour.Chain) {
			e := c.Entries[20]
			e.Lines = slices.Delete(e.Lines, candour.Slots, candour.Slots+1)
		}},
		{"has the checkpoint of another body", "checkpoint", func(d *candour.Draft, c *candour.Chain) { d.Checkpoint = theirs.Checkpoint }},
		{"has a smaller checkpoint", "inclusion", func(d *candour.Draft, c *candour.Chain) {
			_, note, err := l.SignedAt(ctx, 100)
			if err != nil {
				t.Fatal(err)
			}
			d.Checkpoint = note
		}},
		{"is said to be made later", "incomplete", func(d *candour.Draft, c *candour.Chain) { d.Made++ }},
	} {
		d := draftOf(t, l)
		c.do(d, d.Chains[0])
		r := verdict(t, bundled(t, d))
		if r.Verdict == candour.Intact {
			t.Errorf("%s: intact", c.what)
		} else if r.Code != c.code {
			t.Errorf("%s: %s, %s: %s; want %s", c.what, r.Verdict, r.Code, r.Detail, c.code)
		}
	}
}

// TestEveryByteOfABundle puts other values in the place of each byte of a bundle of 64 facts.
func TestEveryByteOfABundle(t *testing.T) {
	random := chance(t)
	whole := bundled(t, draftOf(t, fullRecord(t, recordtest.Origin, 441)))
	if r := verdict(t, whole); r.Verdict != candour.Intact || len(r.Chains[0].Entries) != 64 {
		t.Fatalf("before: %+v", r)
	}
	every := 255 * len(whole) / 3000 * slower
	if long() {
		every = max(1, 100/share())
	}
	codes := map[string]int{}
	flips := 0
	b := bytes.Clone(whole)
	for n := random.IntN(every); n < 255*len(whole); n += 1 + random.IntN(2*every-1) {
		at, other := n/255, byte(1+n%255)
		b[at] ^= other
		r, err := candour.Verify(candour.Bundle{Data: bytes.NewReader(b), Size: int64(len(b))}, witnessed(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if flips++; r.Verdict != candour.Changed {
			t.Fatalf("byte %d ^ %02x: %s, %s", at, other, r.Verdict, r.Code)
		}
		codes[r.Code]++
		b[at] ^= other
	}
	t.Logf("%d bytes, %d flips, all told: %s", len(whole), flips, fmt.Sprint(codes))
}
