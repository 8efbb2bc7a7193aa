package candour_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"candour"
)

// Every reader of bytes that come from elsewhere: it must not fall over, and what it accepts must have no
// other form.

func FuzzParseEnvelope(f *testing.F) {
	for _, fa := range small().facts {
		f.Add(fa.envelope)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if e, err := candour.ParseEnvelope(b); err == nil && !bytes.Equal(e.Append(nil), b) {
			t.Errorf("%x has another form", b)
		}
	})
}

func FuzzOpenNote(f *testing.F) {
	b, err := os.ReadFile(filepath.Join(vectors, "notes.txt"))
	if err != nil {
		f.Fatal(err)
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(string(b), "\n"), "\n") {
		f.Add([]byte(strings.Split(line, " ")[1]))
	}
	f.Add([]byte(small().checkpoint(7, watchdog)))
	log, w := candour.NewSigner(body, seedOf("log")).Public, candour.NewCosigner(watchdog.name, seedOf("watchdog")).Public
	signed := map[string]bool{}
	f.Fuzz(func(t *testing.T, b []byte) {
		text, err := candour.OpenNote(b, log, w)
		if err != nil {
			return
		}
		if !strings.HasPrefix(string(b), text+"\n") {
			t.Errorf("%q does not begin with its text", b)
		}
		signed[text] = true
		if text != checkpointText(body, 7, mth(small().leaves(7))) {
			t.Errorf("a signature on %q was made up", text)
		}
	})
}

func FuzzParsePolicy(f *testing.F) {
	for _, text := range policies {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := candour.ParsePolicy(b); err == nil && p.Text() != string(b) {
			t.Errorf("%q has another form", b)
		}
	})
}

func FuzzEntries(f *testing.F) {
	for _, b := range []*bundle{small().of("case/1"), erasing(), continued(), secondEpoch()} {
		f.Add([]byte(b.entries()))
	}
	b := small().of("case/1")
	b.excerpt, b.withhold = []int{1, 6}, withheldBy
	f.Add([]byte(b.entries()))
	f.Fuzz(func(t *testing.T, b []byte) {
		chains, excerpt, err := candour.ParseEntries(b)
		if err == nil && candour.WriteEntries(chains, excerpt) != string(b) {
			t.Errorf("%q has another form", b)
		}
	})
}

// FuzzVerify changes a bundle from outside, and its entries from inside with the key of the body. A
// changed bundle is never intact, and signed entries show no value that was not sealed.
func FuzzVerify(f *testing.F) {
	whole := map[string]bool{}
	sealed := map[string]bool{}
	for _, r := range []*record{small(), erasing().r, one().r} {
		for _, fa := range r.facts {
			for _, fd := range fa.fields {
				sealed[fd.name+"\n"+fd.value] = true
			}
		}
	}
	for _, b := range []*bundle{small().of("case/1"), erasing(), one()} {
		f.Add(b.bytes(), "")
		f.Add([]byte{}, b.entries())
		whole[string(b.bytes())] = true
	}
	signing := small().of("case/1")
	f.Fuzz(func(t *testing.T, b []byte, entries string) {
		if r := verify(b, policies["policy-watchdog"], nil); r.Verdict == candour.Intact && !whole[string(b)] {
			t.Errorf("intact: %x", b)
		}
		signing.text = &entries
		r := verify(signing.bytes(), policies["policy-watchdog"], nil)
		if r.Verdict != candour.Intact {
			return
		}
		for _, c := range r.Chains {
			for _, e := range c.Entries {
				for _, l := range e.Lines {
					if !l.Withheld && !sealed[l.Name+"\n"+string(l.Value)] {
						t.Errorf("intact with %q", l.Name)
					}
				}
			}
		}
	})
}
