package candour_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"candour"
)

func random() *rand.Rand { return rand.New(rand.NewPCG(2015, 49)) }

// sixtyFour is a bundle of a log of 64 facts, some fields withheld, one fact erased, an attachment.
func sixtyFour() *bundle {
	r := newRecord()
	var gone *fact
	for i := range 60 {
		switch chain := fmt.Sprintf("case/%d", i%10); {
		case i == 17:
			gone = r.add(chain, "contact.made", field{"person", "B. Ivory"})
		case i == 27:
			r.add(chain, "statement.taken", field{"file", digestOf(statement)}, field{"from", "C. Ocean"})
		default:
			r.add(chain, "note.made", field{"text", fmt.Sprint("note ", i)})
		}
	}
	leaf := gone.leaf()
	r.add("case/7", "record.erasure", field{"erased", hx(leaf[:])})
	r.add("case/8", "note.made")
	r.add("case/7", "record.bundle")
	r.add("case/9", "note.made")
	b := r.of("case/7")
	b.erased[17], b.attach = 60, [][]byte{[]byte(statement)}
	b.withhold = func(f *fact, name string) bool { return name == "text" || name == "from" || name == "by" }
	return b
}

// TestNoByteIsFree flips a bit of each byte of a bundle, and gives some bytes every other value.
func TestNoByteIsFree(t *testing.T) {
	t.Parallel()
	whole, rng := sixtyFour().bytes(), random()
	if got := says(verify(whole, policies["policy-watchdog"], nil)); got != "intact - -" {
		t.Fatal(got)
	}
	try := func(at int, to byte) {
		b := slices.Clone(whole)
		b[at] = to
		if r := verify(b, policies["policy-watchdog"], nil); r.Verdict != candour.Changed || r.Detail == "" {
			t.Errorf("byte %d from %02x to %02x: %s", at, whole[at], to, says(r))
		}
	}
	for at := range whole {
		try(at, whole[at]^1<<rng.IntN(8))
	}
	for range 20 {
		at := rng.IntN(len(whole))
		for x := 1; x < 256; x++ {
			try(at, whole[at]^byte(x))
		}
	}
}

// TestNoByteIsFreeInsideTheContainer does the same to the parts, in a container that is whole again:
// the manifest must find it.
func TestNoByteIsFreeInsideTheContainer(t *testing.T) {
	t.Parallel()
	rng, b := random(), sixtyFour()
	var parts []part
	b.editParts = func(p []part) []part { parts = p; return p }
	var note string
	b.editNote = func(s string) string { note = s; return s }
	b.bytes()
	parts = append([]part{{"manifest.txt", note}}, parts...)
	for i, p := range parts {
		for at := 0; at < len(p.content); at += 1 + rng.IntN(9) {
			raw := []byte(p.content)
			raw[at] ^= 1 << rng.IntN(8)
			changed := slices.Clone(parts)
			changed[i].content = string(raw)
			if r := verify(zipped(changed), policies["policy-watchdog"], nil); r.Verdict != candour.Changed {
				t.Errorf("%s, byte %d: %s", p.name, at, says(r))
			}
		}
	}
}

// TestNoByteOfTheEntriesIsFreeToTheBody lets the body itself change a byte of the entries and sign
// that. Only the class and authority of what is withheld are its to choose.
func TestNoByteOfTheEntriesIsFreeToTheBody(t *testing.T) {
	t.Parallel()
	rng, b := random(), sixtyFour()
	text := b.entries()
	chosen := make([]bool, len(text))
	for _, at := range regexp.MustCompile(`(?m)^withheld [0-9a-f]{64} (.*)$`).FindAllStringSubmatchIndex(text, -1) {
		for i := at[2]; i < at[3]; i++ {
			chosen[i] = true
		}
	}
	intact := 0
	for at := 0; at < len(text); at += 1 + rng.IntN(15) {
		raw := []byte(text)
		raw[at] ^= 1 << rng.IntN(8)
		b.text = new(string(raw))
		r := verify(b.bytes(), policies["policy-watchdog"], nil)
		if r.Verdict == candour.Intact {
			intact++
		}
		if r.Verdict == candour.Intact && !chosen[at] {
			t.Errorf("byte %d of %.60q is free", at, text[max(0, at-30):])
		}
	}
	if intact == 0 {
		t.Error("no class or authority could be chosen: the test changes nothing that matters")
	}
}

// TestNoByteOfTheCheckpointIsFreeToTheBody does the same to the checkpoint: with a quorum of one no change
// is intact.
func TestNoByteOfTheCheckpointIsFreeToTheBody(t *testing.T) {
	t.Parallel()
	rng, b := random(), sixtyFour()
	whole := b.checkpoint
	for at := range whole {
		raw := []byte(whole)
		raw[at] ^= 1 << rng.IntN(8)
		b.checkpoint = string(raw)
		if r := verify(b.bytes(), policies["policy-watchdog"], nil); r.Verdict == candour.Intact {
			t.Errorf("byte %d is free: %.40q", at, whole[max(0, at-20):])
		}
	}
}

// TestAnyFieldsMayBeWithheld takes every subset of eight fields, and changes what is left.
func TestAnyFieldsMayBeWithheld(t *testing.T) {
	t.Parallel()
	r, rng := newRecord(), random()
	var own []field
	for i := range 8 {
		own = append(own, field{fmt.Sprint("field", i), strings.Repeat("v", i)})
	}
	r.add("case/1", "note.made", own...)
	r.add("case/1", "record.bundle")
	for set := range 1 << 8 {
		b := r.of("case/1")
		b.withhold = func(f *fact, name string) bool {
			i := slices.IndexFunc(own, func(f field) bool { return f.name == name })
			return i >= 0 && set>>i&1 == 1
		}
		report := verify(b.bytes(), policies["policy-watchdog"], nil)
		if got := says(report); got != "intact - -" {
			t.Fatalf("withheld %08b: %s", set, got)
		}
		e := report.Chains[0].Entries[0]
		env, err := candour.ParseEnvelope(e.Envelope)
		if err != nil {
			t.Fatal(err)
		}
		for i := range e.Lines {
			for _, change := range []func(*candour.Line){
				func(l *candour.Line) { l.Value = append(slices.Clone(l.Value), 'x') },
				func(l *candour.Line) { l.Salt[rng.IntN(32)] ^= 1 << rng.IntN(8) },
				func(l *candour.Line) { l.Commitment[rng.IntN(32)] ^= 1 << rng.IntN(8) },
			} {
				was := e.Lines[i]
				change(&e.Lines[i])
				same := e.Lines[i].Withheld == was.Withheld && e.Lines[i].Salt == was.Salt && e.Lines[i].Commitment == was.Commitment && bytes.Equal(e.Lines[i].Value, was.Value)
				read := !was.Withheld && e.Lines[i].Commitment == was.Commitment || was.Withheld && e.Lines[i].Commitment != was.Commitment
				if err := e.CheckFields(env); !same && read && err == nil {
					t.Errorf("withheld %08b: line %d was changed and passes", set, i)
				}
				e.Lines[i] = was
			}
		}
	}
}

// TestWithheldLinesSayNothing compares two facts that differ only in what is withheld: name, length, value.
func TestWithheldLinesSayNothing(t *testing.T) {
	text := func(secret field) string {
		r := newRecord()
		r.add("case/1", "note.made", field{"open", "x"}, secret)
		r.add("case/1", "record.bundle")
		b := r.of("case/1")
		b.withhold = func(f *fact, name string) bool { return name == secret.name }
		return b.entry(r.facts[0])
	}
	// What follows from commitments: the commitment itself, the place among the others, the envelope and its proof.
	form := func(s string) string {
		lines := strings.Split(regexp.MustCompile(`withheld [0-9a-f]{64}|envelope [0-9a-f]+|proof [0-9a-f]+`).ReplaceAllString(s, "#"), "\n")
		slices.Sort(lines)
		return strings.Join(lines, "\n")
	}
	want := text(field{"n", ""})
	for _, secret := range []field{{"suspect", "D. Grey"}, {strings.Repeat("n", 255), strings.Repeat("v", 100_000)}, {"a", "\n"}} {
		if got := text(secret); form(got) != form(want) || len(got) != len(want) {
			t.Errorf("withheld %.10q shows in the form:\n%s\nwant:\n%s", secret.name, got, want)
		}
	}
}

// TestPlaceOfAWithheldFieldIsChance counts where a field lands among four, over many facts. With three degrees of
// freedom chi squared exceeds 16.3 once in a thousand; the seeds are fixed.
func TestPlaceOfAWithheldFieldIsChance(t *testing.T) {
	for _, name := range []string{"a", "zzzz", "suspect"} {
		var at [4]int
		const facts = 4000
		for i := range facts {
			f := &fact{key: seedOf(fmt.Sprint(name, i)), fields: append(make([]field, 8), field{"b", "1"}, field{"m", "2"}, field{"y", "3"}, field{name, "secret"})}
			f.order()
			at[slices.IndexFunc(f.fields[8:], func(f field) bool { return f.name == name })]++
		}
		chi := 0.0
		for _, n := range at {
			d := float64(n) - facts/4
			chi += d * d / (facts / 4)
		}
		if chi > 16.3 {
			t.Errorf("%s lands at %v", name, at)
		}
	}
}

// TestInsiderIsFound lets whoever has the key of the log alter, remove, insert, swap and backdate, work out the
// tree again and sign it; an honest witness cosigned the old one.
func TestInsiderIsFound(t *testing.T) {
	for attack := range insiders {
		for _, how := range []string{"alone", "old-cosignature", "forged-cosignature", "old-checkpoint"} {
			r := verify(forged(attack, how)(), policies["policy-watchdog"], nil)
			if r.Verdict == candour.Intact || r.Code == "" || r.Detail == "" {
				t.Errorf("%s, %s: %s (%s)", attack, how, says(r), r.Detail)
			}
			if how != "alone" && r.Verdict != candour.Changed {
				t.Errorf("%s, %s: %s, want changed", attack, how, says(r))
			}
			t.Logf("%s, %s: %s: %s", attack, how, says(r), r.Detail)
		}
	}
	// The same without a witness: it is then the body's own word, and the report says so.
	r := verify(forged("altered", "alone")(), policies["policy-nobody"], nil)
	if r.Verdict != candour.Intact || len(r.Independent) != 0 {
		t.Errorf("without a witness: %s by %v; want intact, and nobody independent", says(r), r.Independent)
	}
}

// TestIndependentIsWhoDoesNotRunTheLog reads who cosigned.
func TestIndependentIsWhoDoesNotRunTheLog(t *testing.T) {
	for name, want := range map[string]string{"intact-plain": "[watchdog] 1", "intact-own-witness": "[] 1", "intact-quorum-0": "[] 0", "intact-quorum-2": "[watchdog union] 2"} {
		i := slices.IndexFunc(bundleCases, func(c bundleCase) bool { return c.name == name })
		r := verify(bundleCases[i].make(), policies[bundleCases[i].policy], nil)
		if got := fmt.Sprint(r.Independent, len(r.Cosigned)); got != want {
			t.Errorf("%s: independent and cosigned %s, want %s", name, got, want)
		}
		for _, c := range r.Cosigned {
			if secs := c.At.Unix(); secs < morning/1e9+600 || secs > morning/1e9+602 || c.At.Location() != time.UTC {
				t.Errorf("%s: cosigned at %s", name, c.At)
			}
		}
	}
}

// TestWriteBundleWritesWhatWasRead reads each intact bundle and writes it again from what was read.
func TestWriteBundleWritesWhatWasRead(t *testing.T) {
	seen := 0
	for _, c := range bundleCases {
		if !strings.HasPrefix(c.want, "intact") || c.earlier != "" || strings.HasPrefix(c.name, "intact-nothing-rests") || strings.HasPrefix(c.name, "intact-both") || strings.HasPrefix(c.name, "intact-false") {
			continue
		}
		whole := c.make()
		r := verify(whole, policies[c.policy], nil)
		files := unzipped(t, whole)
		own, err := candour.ParsePolicy(files["policy.txt"])
		if err != nil {
			t.Fatal(err)
		}
		d := &candour.Draft{Body: r.Body, Made: r.Made, Pack: r.Pack, Checkpoint: files["checkpoint"], Policy: own, Chains: r.Chains, Excerpt: r.Excerpt, Page: files["read.html"]}
		if text, ok := files["consistency.txt"]; ok {
			from := candour.Checkpoint{}
			var root, proof string
			if _, err := fmt.Sscanf(string(text), "candour-consistency/1\nfrom %d %s\nproof %s\n", &from.Size, &root, &proof); err != nil {
				t.Fatal(err)
			}
			from.Root = candour.Hash(unhex(t, root))
			for b := range slices.Chunk(unhex(t, proof), 32) {
				d.Consistency = append(d.Consistency, candour.Hash(b))
			}
			d.From = &from
		}
		for _, digest := range r.Attachments {
			content := files["attachments/"+digest]
			d.Attachments = append(d.Attachments, candour.Attachment{SHA256: candour.Hash(unhex(t, digest)), Data: bytes.NewReader(content), Size: int64(len(content))})
		}
		slices.Reverse(d.Attachments)
		seed := "log"
		if strings.Contains(c.name, "second-log-key") || strings.Contains(c.name, "bundle-by-other") {
			seed = "second log"
		}
		var got bytes.Buffer
		if err := candour.WriteBundle(&got, d, candour.NewSigner(body, seedOf(seed))); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), whole) {
			t.Errorf("%s: written again it differs", c.name)
		}
		seen++
	}
	if seen < 20 {
		t.Errorf("only %d bundles were written", seen)
	}
}

// TestReceiptsAndCosignaturesAreSignedAsTheFormatSays compares with the writer of the tests.
func TestReceiptsAndCosignaturesAreSignedAsTheFormatSays(t *testing.T) {
	r := small()
	f := r.facts[3]
	got, err := candour.Receipt{Origin: body, Index: 3, Leaf: f.leaf(), Sealed: f.sealed}.Sign(candour.NewSigner(body, seedOf("log")))
	if err != nil || string(got) != receiptOf(r, 3) {
		t.Errorf("receipt: %v\n%s\nwant:\n%s", err, got, receiptOf(r, 3))
	}
	text := checkpointText(body, 7, mth(r.leaves(7)))
	line := candour.NewCosigner(watchdog.name, seedOf("watchdog")).Cosign(text, time.Unix(int64(watchdog.secs), 999))
	if want := watchdog.key.cosign(watchdog.name, text, watchdog.secs); line != want {
		t.Errorf("cosignature %q, want %q", line, want)
	}
	if got := candour.NewCosigner(watchdog.name, seedOf("watchdog")).Public.String(); got != watchdog.key.vkey(watchdog.name, 4) {
		t.Errorf("vkey %s", got)
	}
}

// unzipped reads a bundle with the standard library, as any system would.
func unzipped(t *testing.T, b []byte) map[string][]byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// Limits.

func TestLargestValueAndMostFields(t *testing.T) {
	t.Parallel()
	r := newRecord()
	r.add("case/1", "record.bundle", field{"large", strings.Repeat("v", candour.MaxValue)})
	if got := says(verify(r.of("case/1").bytes(), policies["policy-watchdog"], nil)); got != "intact - -" {
		t.Errorf("a value of 16 MB: %s", got)
	}
	more := entriesOf(inEntry(0, "field by ", word(3, b64(make([]byte, candour.MaxValue+1)))))
	if got := says(verify(more(), policies["policy-watchdog"], nil)); got != "changed entries -" {
		t.Errorf("a value of one byte more: %s", got)
	}
	r = newRecord()
	var own []field
	for i := range candour.MaxFields - 8 {
		own = append(own, field{fmt.Sprint(i), ""})
	}
	r.add("case/1", "record.bundle", own...)
	b := r.of("case/1")
	if got := says(verify(b.bytes(), policies["policy-watchdog"], nil)); got != "intact - -" {
		t.Errorf("65535 fields: %s", got)
	}
	b.editEntries = func(s string) string { return s + "withheld " + strings.Repeat("f", 64) + " c eA==\n" }
	if got := says(verify(b.bytes(), policies["policy-watchdog"], nil)); got != "changed entries -" {
		t.Errorf("65536 fields: %s", got)
	}
}

// TestHostileBundleCostsNoMoreThanItsLength gives bundles that are slow or large for a reader that is not careful.
func TestHostileBundleCostsNoMoreThanItsLength(t *testing.T) {
	const mb = 1 << 20
	many := func(n int) []part {
		parts := make([]part, n)
		for i := range parts {
			parts[i].name = fmt.Sprint("attachments/", i)
		}
		return parts
	}
	for _, c := range []struct {
		name, want string
		make       func() []byte
	}{
		{"60000 parts", "changed manifest -", func() []byte { return zipped(many(60000)) }},
		{"60001 parts", "changed container -", func() []byte { return zipped(many(60001)) }},
		{"a line of spaces", "changed entries -", entriesOf(func(s string) string { return s + strings.Repeat(" ", 4*mb) + "\n" })},
		{"a line of words", "changed entries -", entriesOf(func(s string) string { return s + strings.Repeat("field ", mb/2) + "\n" })},
		{"empty lines", "changed entries -", entriesOf(func(s string) string { return s + strings.Repeat("\n", 4*mb) })},
		{"an envelope of 4 MB", "changed envelope 0", entriesOf(inEntry(0, "envelope ", word(1, strings.Repeat("00", 2*mb))))},
		{"a proof of 4 MB", "changed inclusion 0", entriesOf(inEntry(0, "proof ", word(1, strings.Repeat("00", 2*mb))))},
		{"a manifest of 4 MB", "changed manifest -", with(func(b *bundle) {
			b.editManifest = func(s string) string { return s + strings.Repeat("part  \n", mb/2) }
		})},
		{"signature lines", "changed checkpoint -", with(func(b *bundle) { b.checkpoint += strings.Repeat("— x AAAAAAA=\n", mb) })},
		{"chains", "changed entries -", entriesOf(func(s string) string { return s + strings.Repeat("chain case/9 0 -\n", mb) })},
		{"a policy of its own with 100000 operators", "cannot-tell untrusted -", with(func(b *bundle) {
			key := []string{}
			for i := range 100_000 {
				name := fmt.Sprint("w", i)
				key = append(key, name+" "+vkeyOf(name, 4, seedOf(name)))
			}
			b.policy = policyText(0, key...)
		})},
		{"2000 attachments and a value of 4 MB", "changed attachment -", from(func() *bundle {
			r := newRecord()
			r.add("case/1", "record.bundle", field{"text", strings.Repeat("0123456789abcdef", mb/4)})
			return r.of("case/1")
		}, func(b *bundle) {
			for i := range 2000 {
				b.attach = append(b.attach, fmt.Append(nil, i))
			}
		})},
	} {
		b := c.make()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		policy := policies["policy-watchdog"]
		if strings.Contains(c.name, "of its own") {
			policy = ""
		}
		got := says(verify(b, policy, nil))
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		// A megabyte takes some ten milliseconds; a reader that is quadratic would take minutes.
		if limit := 2*time.Second + time.Duration(len(b)/mb)*100*time.Millisecond; took > limit {
			t.Errorf("%s: %s for %d bytes", c.name, took, len(b))
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > uint64(40*len(b)+mb) {
			t.Errorf("%s: %d MB of memory for %d bytes", c.name, used/mb, len(b))
		}
	}
}

// Reading.

type broken struct {
	io.ReaderAt
	at int64
}

var errBroken = errors.New("the disk is gone")

func (b broken) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > b.at {
		return 0, errBroken
	}
	return b.ReaderAt.ReadAt(p, off)
}

// TestUnreadableIsNoVerdict keeps a fault of the disk apart from a bundle that was changed.
func TestUnreadableIsNoVerdict(t *testing.T) {
	b := small().of("case/1").bytes()
	p, err := candour.ParsePolicy([]byte(policies["policy-watchdog"]))
	if err != nil {
		t.Fatal(err)
	}
	for at := int64(0); at < int64(len(b)); at += 131 {
		r, err := candour.Verify(candour.Bundle{Data: broken{bytes.NewReader(b), at}, Size: int64(len(b))}, p, nil)
		if !errors.Is(err, errBroken) || r != nil {
			t.Fatalf("unreadable from byte %d: %v, %v", at, r, err)
		}
	}
	// A file that was cut while it was read.
	for _, n := range []int{0, 10, 100, len(b) / 2, len(b) - 1} {
		r, err := candour.Verify(candour.Bundle{Data: bytes.NewReader(b[:n]), Size: int64(len(b))}, p, nil)
		if err == nil && r.Verdict != candour.Changed {
			t.Errorf("cut at %d: %s", n, says(r))
		}
	}
	for _, size := range []int64{-1, 0, 1, 29, 30, int64(len(b)) - 1, 1 << 40} {
		r, err := candour.Verify(candour.Bundle{Data: bytes.NewReader(b), Size: size}, p, nil)
		if err == nil && says(r) != "changed container -" {
			t.Errorf("said to be %d bytes: %s", size, says(r))
		}
	}
}

// TestNoDetailRepeatsAValue looks for what people wrote in what a verification says.
func TestNoDetailRepeatsAValue(t *testing.T) {
	secrets := []string{"Novak", "call back", "prosecutor", "dc.webb", "Tm92YWs", b64([]byte("A. Novak")), b64([]byte("prosecutor")), b64([]byte("dc.webb"))}
	for _, w := range vectorLines(t, "verdicts.txt") {
		b, err := os.ReadFile(filepath.Join(vectors, w[0]))
		if err != nil {
			t.Fatal(err)
		}
		r := verify(b, policies[strings.TrimSuffix(w[1], ".txt")], nil)
		for _, s := range secrets {
			if strings.Contains(r.Detail, s) {
				t.Errorf("%s: %s", w[0], r.Detail)
			}
		}
		if strings.ContainsFunc(r.Detail, func(c rune) bool { return c < ' ' || c == 0x7f || c > 0x2000 }) || len(r.Detail) > 400 {
			t.Errorf("%s: the detail cannot be printed as it is: %.500q", w[0], r.Detail)
		}
	}
}
