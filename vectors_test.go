package candour_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"flag"
	"fmt"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"candour"
)

// The vectors of testdata/format are frozen: another verifier is held against them. They were written once
// by this test with -update, from the fixed seeds of record_test.go, and may be added to.

var update = flag.Bool("update", false, "write the vectors in testdata/format anew")

const vectors = "testdata/format"

// TestVectorsAreFrozen makes every vector again from its seed, and finds it as it is on disk.
func TestVectorsAreFrozen(t *testing.T) {
	want := map[string][]byte{
		"fields.txt":    []byte(fieldLines()),
		"envelopes.txt": []byte(envelopeLines()),
		"notes.txt":     []byte(noteLines()),
		"policies.txt":  []byte(policyLines()),
		"receipts.txt":  []byte(receiptLines()),
		"verdicts.txt":  []byte(verdictLines()),
	}
	for name, text := range policies {
		want[name+".txt"] = []byte(text)
	}
	for _, c := range bundleCases {
		want[c.name+".zip"] = c.make()
	}
	if *update {
		if err := os.MkdirAll(vectors, 0o755); err != nil {
			t.Fatal(err)
		}
		for name, b := range want {
			if err := os.WriteFile(filepath.Join(vectors, name), b, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if got, err := os.ReadFile(filepath.Join(vectors, name)); err != nil || !bytes.Equal(got, want[name]) {
			t.Errorf("%s is no longer what its seed gives (%v)", name, err)
		}
	}
	files, err := os.ReadDir(vectors)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if _, ok := want[f.Name()]; !ok {
			t.Errorf("%s belongs to no vector", f.Name())
		}
	}
}

// vectorLines reads a file of vectors, line by line and word by word.
func vectorLines(t *testing.T, name string) (out [][]string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(vectors, name))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(string(b), "\n"), "\n") {
		out = append(out, strings.Split(line, " "))
	}
	return out
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	if s == "-" {
		return nil
	}
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func un64(t *testing.T, s string) []byte {
	t.Helper()
	if s == "-" {
		return nil
	}
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// Bundles.

func verdictLines() string {
	var b strings.Builder
	for _, c := range bundleCases {
		policy, earlier := "-", "-"
		if c.policy != "-" {
			policy = c.policy + ".txt"
		}
		if c.earlier != "" {
			earlier = c.earlier + ".zip"
		}
		fmt.Fprintf(&b, "%s.zip %s %s %s\n", c.name, policy, earlier, c.want)
	}
	return b.String()
}

func TestVerdictVectors(t *testing.T) {
	read := func(name string) []byte {
		if name == "-" {
			return nil
		}
		b, err := os.ReadFile(filepath.Join(vectors, name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	seen := map[string]int{}
	for _, words := range vectorLines(t, "verdicts.txt") {
		want := strings.Join(words[3:], " ")
		r := verify(read(words[0]), string(read(words[1])), read(words[2]))
		if got := says(r); got != want {
			t.Errorf("%s: got %q, want %q (%s)", words[0], got, want, r.Detail)
		}
		if words[1] == "-" && len(r.Independent) > 0 {
			t.Errorf("%s: without a policy %v is called independent", words[0], r.Independent)
		}
		seen[words[3]+" "+words[4]]++
	}
	for _, code := range []string{"intact -", "changed container", "changed manifest", "changed body", "changed parts", "changed checkpoint",
		"changed signature", "changed consistency", "changed entries", "changed envelope", "changed inclusion", "changed fields", "changed chain",
		"changed erased", "changed incomplete", "changed attachment", "changed previous", "cannot-tell untrusted", "cannot-tell witness", "cannot-tell previous"} {
		if seen[code] == 0 {
			t.Errorf("no vector says %s", code)
		}
	}
}

// Fields.

func fieldLines() string {
	var b strings.Builder
	for i, f := range []field{{"case", "case/1"}, {"seq", "0"}, {"previous", ""}, {"kind", "record.bundle"}, {"!", "~"}, {strings.Repeat("~", 255), ""},
		{"note", "\x00"}, {"note", "\x00\x00"}, {"note", "Zoë Ångström\n"}, {"note", "Zoe\u0308 A\u030angstro\u0308m\n"}, {"not", "e"}, {"file", strings.Repeat("\xff", 1000)}} {
		fa := &fact{key: seedOf(fmt.Sprint("vector ", i))}
		if i == 4 {
			fa.key = make([]byte, 32)
		}
		c := fa.commitment(f)
		fmt.Fprintf(&b, "%s %s %s %s %s\n", hx(fa.key), f.name, orDash(b64([]byte(f.value))), hx(fa.salt(f.name)), hx(c[:]))
	}
	return b.String()
}

func TestFieldVectors(t *testing.T) {
	for _, w := range vectorLines(t, "fields.txt") {
		key := candour.Key(unhex(t, w[0]))
		salt := key.Salt(w[1])
		c := candour.Commit(salt, w[1], un64(t, w[2]))
		if got := hx(salt[:]) + " " + hx(c[:]); got != w[3]+" "+w[4] {
			t.Errorf("%s: got %s, want %s %s", w[1], got, w[3], w[4])
		}
	}
}

// Envelopes.

func envelopeLines() string {
	var b strings.Builder
	var good []*fact
	for i, e := range []fact{{epoch: 1, sealed: morning, origin: body}, {epoch: 1, sealed: 0, origin: "!"}, {epoch: 1<<32 - 1, sealed: 1<<63 - 1, origin: strings.Repeat("~", 150)}} {
		e.key = seedOf(fmt.Sprint("envelope ", i))
		e.fields = []field{{"case", "c"}, {"seq", "0"}, {"previous", ""}, {"kind", "k"}, {"happened", ""}, {"recorded", ""}, {"by", ""}, {"key", hx(e.key)}}
		e.seal()
		good = append(good, &e)
		leaf := e.leaf()
		fmt.Fprintf(&b, "%s %d %d %s %s %s\n", hx(e.envelope), e.epoch, e.sealed, e.origin, hx(e.envelope[len(e.envelope)-32:]), hx(leaf[:]))
	}
	e := good[0].envelope
	edit := func(at int, to byte) []byte { c := slices.Clone(e); c[at] = to; return c }
	long := slices.Concat(e[:13], []byte{151}, bytes.Repeat([]byte("x"), 151), e[len(e)-32:])
	for _, bad := range [][]byte{nil, e[:1], e[:13], e[:14], e[:len(e)-1], append(slices.Clone(e), 0), edit(0, 0), edit(0, 2), edit(4, 0), edit(5, 0x80), edit(13, e[13]-1),
		edit(13, e[13]+1), edit(13, 255), edit(14, ' '), edit(14, '+'), edit(14, 0x7f), edit(14, 0), edit(14, 0xc3), slices.Concat(e[:13], []byte{0}, e[len(e)-32:]), long} {
		fmt.Fprintf(&b, "%s refused\n", orDash(hx(bad)))
	}
	for _, origin := range reserved {
		fmt.Fprintf(&b, "%s refused\n", hx(slices.Concat(e[:13], []byte{byte(len(origin))}, []byte(origin), e[len(e)-32:])))
	}
	return b.String()
}

func TestEnvelopeVectors(t *testing.T) {
	for _, w := range vectorLines(t, "envelopes.txt") {
		raw := unhex(t, w[0])
		e, err := candour.ParseEnvelope(raw)
		got := "refused"
		if err == nil {
			leaf := candour.LeafHash(raw)
			got = fmt.Sprintf("%d %d %s %s %s", e.Epoch, e.Sealed, e.Origin, hx(e.Fields[:]), hx(leaf[:]))
		}
		if want := strings.Join(w[1:], " "); got != want {
			t.Errorf("%s: got %s, want %s", w[0], got, want)
		}
	}
}

// Notes.

func noteLines() string {
	log, other := signerOf("log"), signerOf("somebody")
	text := "a text\nof two lines\n"
	line, key := log.line(body, text), log.vkey(body, 1)
	co, cokey := watchdog.key.cosign(watchdog.name, text, watchdog.secs), watchdog.key.vkey(watchdog.name, 4)
	unknown := "— unknown.example AAAAAAA=\n"
	accepted := func(note string, known ...string) string {
		return "accepted " + b64([]byte(note)) + " " + strings.Join(append([]string{key}, known...), " ") + "\n"
	}
	refused := func(note string, known ...string) string {
		return strings.Replace(accepted(note, known...), "accepted", "refused", 1)
	}
	sign := func(text string) string { return text + "\n" + log.line(body, text) }
	mixed := func(word string, even bool) string {
		public, sig := log.mixedKey([]byte(text), even)
		return fmt.Sprintf("%s %s %s\n", word, b64([]byte(text+"\n"+lineOf64(body, public, sig))), vkeyOf(body, 1, public))
	}
	noncanonical := line[:len(line)-3] + string(line[len(line)-3]+1) + "=\n" // an unused bit
	return strings.Join([]string{
		accepted(text + "\n" + line),
		accepted(text+"\n"+line+co, cokey),
		accepted(text+"\n"+co+line, cokey),
		accepted(text + "\n" + line + co),
		refused(text + "\n" + unknown + unknown + line),
		refused(text + "\n" + unknown + strings.Replace(unknown, "AAAAAAA=", "AAAAAAE=", 1) + line),  // another signature
		accepted(text + "\n" + unknown + strings.Replace(unknown, "AAAAAAA=", "AAAAAQA=", 1) + line), // another key id
		accepted(text + "\n" + unknown + strings.Replace(unknown, "unknown.example", "another.example", 1) + line),
		accepted(text + "\n" + unknownLines(99) + line),
		accepted(text+"\n"+line, cokey),
		accepted(sign("with\n\nan empty line\n")),
		accepted(sign("\n")),
		accepted(sign("\n\n")),
		accepted(sign("ends with an empty line\n\n")),
		accepted(sign("— " + body + " AAAAAAA=\n")),
		accepted(sign(text + "\n" + line)), // the text is itself a note
		accepted(sign("Zoë\u2028 \u202e \ufeff \u0085 \u007f\n")),
		accepted(text + "\n" + other.line(body, text) + line), // the name is known, the key is not
		accepted(text + "\n" + strings.Replace(line, body, "unknown.example/x", 1) + line),
		refused(text + "\n" + other.line(body, text)),
		refused(text + "\n" + unknown),
		refused(text+"\n"+co, cokey),
		refused(text + "\n" + line + line),
		refused(text+"\n"+line+co+co, cokey),
		refused("another text\n\n" + line),
		refused(text+"\n"+line+watchdog.key.cosign(watchdog.name, "another text\n", 1), cokey),
		refused(text+"\n"+line+watchdog.key.cosign(watchdog.name, text, 1<<53), cokey),
		accepted(text+"\n"+line+watchdog.key.cosign(watchdog.name, text, 1<<53-1), cokey),
		accepted(text+"\n"+line+watchdog.key.cosign(watchdog.name, text, 0), cokey),
		refused(text + "\n" + unknownLines(100) + line),
		refused(text + line),
		refused(text + "\n"),
		refused(text),
		refused(""),
		refused("\n" + log.line(body, "")),
		refused(text + "\n" + line[:len(line)-1]),
		refused(text + "\n" + line + "\n"),
		refused(text + "\n\n" + line),
		refused(text + "\n" + line + " "),
		refused(text + "\n" + line + "no signature\n"),
		refused(text + "\n" + strings.Replace(line, "— ", "- ", 1)),
		refused(text + "\n" + strings.Replace(line, "— ", "—  ", 1)),
		refused(text + "\n" + strings.Replace(line, "— ", "—", 1)),
		refused(text + "\n" + strings.TrimSuffix(line, "\n") + " \n"),
		refused(text + "\n" + noncanonical),
		refused(text + "\n" + line + "— x AAAAAA==\n"),
		refused(text + "\n" + line + "— x AAAAAAA\n"),
		refused(text + "\n" + line + "— x AAAAAAB=\n"),
		refused(text + "\n" + line + "— x+y AAAAAAA=\n"),
		refused(text + "\n" + line + "—  AAAAAAA=\n"),
		refused(text + "\n" + line + "— wächter AAAAAAA=\n"),
		refused(text + "\n" + line + "— " + strings.Repeat("x", 256) + " AAAAAAA=\n"),
		accepted(text + "\n" + line + "— " + strings.Repeat("x", 255) + " AAAAAAA=\n"),
		refused(text + "\n— " + body + " " + b64(append(log.id(body, 1), make([]byte, 63)...)) + "\n"),
		refused(plusOrder("a\nb\nc\n\n" + log.line(body, "a\nb\nc\n"))),
		refused(sign("not \xff UTF-8\n")),
		refused(sign("a tab\t\n")),
		refused(sign("a return\r\n")),
		refused(sign("a nought\x00\n")),
		refused(sign("an escape\x1b\n")),
		refused(sign("\x1f\n")),
		refused(text + "\n" + line + "— x\ty AAAAAAA=\n"),
		refused(sign("\ufeffa byte order mark\n")),
		refused(strings.ReplaceAll(text+"\n"+line, "\n", "\r\n")),
		refused(text + "\n" + log.smallOrder(body, text, orderTwo)),
		refused(text + "\n" + log.smallOrder(body, text, orderFour)),
		refused(text + "\n" + log.smallOrder(body, text, neutralOtherwise)),
		refused(text + "\n" + log.smallOrder(body, text, neutral)),
		refused(text + "\n" + lineOf64(body, log.public(), log.mixedOrder([]byte(text)))),
		refused(text+"\n"+line+cosigned(text, watchdog.name, watchdog.key, func(msg []byte) []byte { return watchdog.key.smallOrderSignature(msg, neutral) }), cokey),
		refused(text+"\n"+line+cosigned(text, watchdog.name, watchdog.key, watchdog.key.mixedOrder), cokey),
		mixed("accepted", true),
		mixed("refused", false),
		fmt.Sprintf("refused %s %s\n", b64([]byte(text+"\n"+lineOf64(body, noPoint[:], make([]byte, 64)))), vkeyOf(body, 1, noPoint[:])),
	}, "")
}

// lineOf64 is the signature line of a key of which there is no signer.
func lineOf64(name string, public, sig []byte) string {
	return "— " + name + " " + b64(append(keyID(name, 1, public), sig...)) + "\n"
}

// cosigned is a witness's line at the first second, signed in its own way.
func cosigned(text, name string, s signer, sign func([]byte) []byte) string {
	return "— " + name + " " + b64(slices.Concat(s.id(name, 4), make([]byte, 8), sign([]byte("cosignature/v1\ntime 0\n"+text)))) + "\n"
}

// noPoint is a y in its canonical form to which the curve has no x.
var noPoint = [32]byte{2}

func TestNoteVectors(t *testing.T) {
	for i, w := range vectorLines(t, "notes.txt") {
		var keys []candour.PublicKey
		for _, s := range w[2:] {
			k, err := candour.ParseKey(s)
			if err != nil {
				t.Fatal(err)
			}
			keys = append(keys, k)
		}
		note := un64(t, w[1])
		got := "accepted"
		if _, err := candour.OpenNote(note, keys[0], keys[1:]...); err != nil {
			got = "refused"
		}
		if got != w[0] {
			t.Errorf("line %d: %s, want %s:\n%s", i+1, got, w[0], note)
		}
	}
}

// TestSmallOrderSignaturesAreRightButForTheirR shows that the vectors with a point of small order are refused for
// that point alone: with the neutral point in its place the same signature is good for RFC 8032.
func TestSmallOrderSignaturesAreRightButForTheirR(t *testing.T) {
	s, text := signerOf("log"), []byte("a text\n")
	public := s.key.Public().(ed25519.PublicKey)
	if !ed25519.Verify(public, text, s.smallOrderSignature(text, neutral)) {
		t.Error("the neutral point is refused")
	}
	for _, r := range [][32]byte{orderTwo, orderFour, neutralOtherwise} {
		if ed25519.Verify(public, text, s.smallOrderSignature(text, r)) {
			t.Errorf("%x is accepted", r)
		}
	}
	for _, even := range []bool{true, false} {
		if public, sig := s.mixedKey(text, even); ed25519.Verify(public, text, sig) != even {
			t.Errorf("a key of mixed order, k even %t", even)
		}
	}
	if public, sig := plusOrderTwo(s.public()), s.mixedOrder(text); bytes.Equal(plusOrderTwo(public), s.public()) != true || ed25519.Verify(s.public(), text, sig) {
		t.Error("a signature of mixed order is accepted")
	}
}

// Policies.

func policyLines() string {
	var b strings.Builder
	line := func(word, text string) { fmt.Fprintf(&b, "%s %s\n", word, orDash(b64([]byte(text)))) }
	for _, name := range slices.Sorted(maps.Keys(policies)) {
		line("accepted", policies[name])
	}
	log, w := signerOf("log").vkey(body, 1), watchdog.key.vkey(watchdog.name, 4)
	good := policies["policy-watchdog"]
	line("accepted", strings.Replace(good, "quorum 1", "quorum 0", 1))
	line("accepted", strings.Replace(good, "log northmere", "log "+strings.Repeat("n", 255), 1))
	line("accepted", policyText(1, "watchdog "+w, "watchdog "+union.key.vkey(watchdog.name, 4)))
	line("accepted", policyText(1, "watchdog "+vkeyOf(watchdog.name, 4, noPoint[:])))
	mixed, _ := signerOf("log").mixedKey(nil, true)
	line("accepted", strings.Replace(good, log, vkeyOf(body, 1, mixed), 1))
	for _, s := range nearlyReserved {
		line("accepted", policyOf(s))
	}
	for _, s := range reserved {
		line("refused", policyOf(s))
	}
	for _, p := range badPoints() {
		line("refused", strings.Replace(good, log, vkeyOf(body, 1, p), 1))
		line("refused", policyText(1, "watchdog "+vkeyOf(watchdog.name, 4, p)))
	}
	for _, p := range goodPoints() {
		line("accepted", strings.Replace(good, log, vkeyOf(body, 1, p), 1))
	}
	for _, bad := range []string{"", "\n", good[:len(good)-1], good + "\n", good + "quorum 1\n", "\n" + good, "\ufeff" + good,
		strings.ReplaceAll(good, "\n", "\r\n"),
		strings.Replace(good, "candour-policy/1", "candour-policy/2", 1),
		strings.Replace(good, "body ", "body  ", 1),
		strings.Replace(good, "body "+body, "body other.example/force", 1),
		strings.Replace(good, "body "+body, "body "+body+"+", 1),
		strings.Replace(good, "quorum 1", "quorum 2", 1),
		strings.Replace(good, "quorum 1", "quorum 01", 1),
		strings.Replace(good, "quorum 1", "quorum -1", 1),
		strings.Replace(good, "quorum 1", "quorum 9007199254740992", 1),
		strings.Replace(good, "quorum 1\n", "", 1),
		strings.Replace(good, "log northmere "+log+"\n", "", 1),
		strings.Replace(good, "log northmere", "log", 1),
		strings.Replace(good, "log northmere", "log "+strings.Repeat("n", 256), 1),
		strings.Replace(good, "log northmere", "log wächter", 1),
		strings.Replace(good, "log ", "# a comment\nlog ", 1),
		strings.Replace(good, "log northmere "+log, "log northmere "+w, 1),
		strings.Replace(good, log, signerOf("log").vkey(body+"/x", 1), 1),
		strings.Replace(good, log, signerOf("log").vkey(body, 2), 1),
		strings.Replace(good, log, body+"+"+flip(strings.Split(log, "+")[1])+"+"+strings.SplitN(log, "+", 3)[2], 1),
		strings.Replace(good, log, strings.ToUpper(log), 1),
		strings.Replace(good, log, log[:len(log)-1], 1),
		strings.Replace(good, log, log+"=", 1),
		policyText(1, "watchdog "+w, "watchdog "+w),
		policyText(1, "watchdog "+signerOf("log").vkey(body, 4)),                   // one key pair, two algorithms
		policyText(1, "watchdog "+signerOf("log").vkey(watchdog.name, 4)),          // and another name
		policyText(1, "watchdog "+w, "watchdog "+watchdog.key.vkey(union.name, 4)), // one key, two names
		policyText(1, "watchdog "+sameID(0), "union "+sameID(1)),                   // two keys, one key id
		policyText(1, "watchdog "+w, "union "+w),
		policyText(2, "watchdog "+w, "watchdog "+union.key.vkey(union.name, 4)),
		policyText(1, "watchdog "+watchdog.key.vkey(watchdog.name, 1)),
		policyText(1, "watchdog "+w+" https://watchdog.example"),
		strings.Replace(good, "log northmere "+log+"\nwitness watchdog "+w+"\n", "witness watchdog "+w+"\nlog northmere "+log+"\n", 1),
		strings.Replace(good, "log northmere "+log+"\n", "log northmere "+log+"\nlog second "+log+"\n", 1),
		strings.Replace(good, "quorum 1", "quorum 1e0", 1),
		strings.Replace(good, log, signerOf("log").vkey(body, 4), 1),
		strings.Replace(good, "quorum 1", "quorum", 1),
		strings.Replace(good, "quorum 1", "quorum 1 ", 1),
	} {
		line("refused", bad)
	}
	return b.String()
}

// reserved are no origins, since something else is signed with such a first line or under such a name;
// nearlyReserved are.
var (
	reserved = []string{"candour-", "candour-bundle/1", "candour-receipt/1", "candour-x.example/force", "cosignature/v1", "/receipt", "x.example/receipt", "/bundle", "x.example/bundle",
		"/epoch/", "x.example/epoch/2", "x.example/epoch/", "x/epoch/epoch/2", "x.example/epoch/2/receipt", "x/epoch/2/y"}
	nearlyReserved = []string{"candour", "candour.example", "Candour-x", "x-candour-x", "cosignature/v", "cosignature/v11", "x/cosignature/v1", "receipt", "x/receipts", "x.example/Receipt",
		"bundle", "x/bundle/", "x/receipt/y", "epoch", "/epoch", "x/epoch", "x/epoch2/", "epoch/2", "!"}
)

// policyOf is a policy of the body with that origin.
func policyOf(origin string) string {
	return "candour-policy/1\nbody " + origin + "\nlog x " + signerOf("log").vkey(origin, 1) + "\nquorum 0\n"
}

// badPoints are no public keys: of small order with either sign, and a y of 2^255 - 19 or more.
func badPoints() (out [][]byte) {
	small := [][32]byte{{0}, {1}, lastOf(0xec), littleEndianBytes(orderEight(1)), littleEndianBytes(orderEight(-1))}
	for low := 0xed; low <= 0xff; low++ {
		small = append(small, lastOf(byte(low)))
	}
	for _, y := range small {
		out = append(out, slices.Clone(y[:]))
		y[31] |= 0x80
		out = append(out, y[:])
	}
	return out
}

// goodPoints are beside them.
func goodPoints() (out [][]byte) {
	for _, y := range [][32]byte{{2}, {3}, {31: 1}, lastOf(0xeb), lastOf(0xea)} {
		out = append(out, slices.Clone(y[:]))
		y[31] |= 0x80
		out = append(out, y[:])
	}
	y := littleEndianBytes(orderEight(1))
	y[0]++
	return append(out, y[:])
}

// orderEight is the y of the points of order eight: twice such a point has y = 0, so y^2 = -x^2, and with the equation
// of the curve d y^4 + 2 y^2 - 1 = 0.
func orderEight(sign int64) *big.Int {
	p := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	d := new(big.Int).Mul(big.NewInt(-121665), new(big.Int).ModInverse(big.NewInt(121666), p))
	root := new(big.Int).ModSqrt(new(big.Int).Mod(new(big.Int).Add(d, big.NewInt(1)), p), p)
	for _, r := range []*big.Int{root, new(big.Int).Neg(root)} {
		y2 := new(big.Int).Mul(r.Sub(r, big.NewInt(1)), new(big.Int).ModInverse(new(big.Int).Mod(d, p), p))
		if y := new(big.Int).ModSqrt(y2.Mod(y2, p), p); y != nil {
			return y.Mod(y.Mul(y, big.NewInt(sign)), p)
		}
	}
	panic("no point of order eight")
}

func littleEndianBytes(n *big.Int) [32]byte {
	b := n.FillBytes(make([]byte, 32))
	slices.Reverse(b)
	return [32]byte(b)
}

// sameID is one of two keys of a witness that have one key id; they were found by trying.
func sameID(n int) string {
	seed := [2]string{"same id 42498", "same id 82885"}[n]
	return vkeyOf(watchdog.name, 4, seedOf(seed))
}

func TestPolicyVectors(t *testing.T) {
	for i, w := range vectorLines(t, "policies.txt") {
		text := un64(t, w[1])
		p, err := candour.ParsePolicy(text)
		if (err == nil) != (w[0] == "accepted") {
			t.Errorf("line %d: want %s, got %v:\n%s", i+1, w[0], err, text)
		}
		if err == nil && p.Text() != string(text) {
			t.Errorf("line %d: written again it differs", i+1)
		}
	}
}

// Receipts.

func receiptOf(r *record, index int) string {
	f := r.facts[index]
	leaf := f.leaf()
	text := fmt.Sprintf("candour-receipt/1\n%s\n%d\n%s\n%d\n", originAt(r.epoch), index, hx(leaf[:]), f.sealed)
	return text + "\n" + r.log.line(originAt(r.epoch)+"/receipt", text)
}

func proofOf(r *record, index, size int, by ...witness) string {
	s := "c2sp.org/tlog-proof@v1\nindex " + strconv.Itoa(index) + "\n"
	for _, h := range path(index, r.leaves(size)) {
		s += b64(h[:]) + "\n"
	}
	return s + "\n" + r.checkpoint(size, by...)
}

func receiptLines() string {
	var b strings.Builder
	line := func(word, receipt, proof string) {
		fmt.Fprintf(&b, "%s policy-watchdog.txt %s %s\n", word, b64([]byte(receipt)), orDash(b64([]byte(proof))))
	}
	r := small()
	good, proof := receiptOf(r, 3), proofOf(r, 3, 7, watchdog)
	line("accepted", good, "")
	line("accepted", good, proof)
	line("accepted", good, proofOf(r, 3, 4)) // not cosigned: for the policy's quorum to judge
	line("accepted", receiptOf(one().r, 0), proofOf(one().r, 0, 1, watchdog))
	second := secondEpoch()
	line("accepted", receiptOf(second.r, 2), proofOf(second.r, 2, 3, watchdog))
	altered, _ := insiders["altered"]()
	line("refused", good, proofOf(altered, 3, 7))     // the promise was not kept
	line("refused", good, proofOf(r, 2, 7, watchdog)) // of another entry
	line("refused", good, strings.Replace(proof, "index 3", "index 4", 1))
	line("refused", good, strings.Replace(proof, "index 3", "index 03", 1))
	line("refused", good, strings.Replace(proof, "index 3\n", "extra eA==\nindex 3\n", 1))
	line("refused", good, strings.Replace(proof, "@v1", "@v2", 1))
	line("refused", good, proof[:strings.Index(proof, "\n\n")+1])
	line("refused", good, strings.Replace(proof, "\n\n", "\n\n\n", 1))
	line("refused", good, strings.Replace(proof, "\n\n", "\n"+b64(make([]byte, 32))+"\n\n", 1))
	line("refused", good, strings.Replace(proof, "\n\n", "\n"+b64(make([]byte, 31))+"\n\n", 1))
	line("refused", strings.Replace(good, "\n3\n", "\n4\n", 1), "")
	line("refused", receiptOf(second.r, 2), proof)
	text, _, _ := strings.Cut(good, "\n\n")
	line("refused", text+"\n\n"+r.log.line(body, text+"\n"), "") // under the checkpoint's name
	line("refused", text+"\n\n"+signerOf("somebody").line(body+"/receipt", text+"\n"), "")
	for _, change := range [][2]string{{"/1\n", "/2\n"}, {body, "other.example/force"}, {"\n3\n", "\n03\n"}, {fmt.Sprint(r.facts[3].sealed), "9223372036854775808"}, {fmt.Sprint(r.facts[3].sealed) + "\n", fmt.Sprint(r.facts[3].sealed) + "\n\n"}} {
		bad := strings.Replace(text+"\n", change[0], change[1], 1)
		origin := strings.Split(bad, "\n")[1]
		line("refused", bad+"\n"+r.log.line(origin+"/receipt", bad), "")
	}
	line("refused", receiptOf(&record{facts: second.r.facts, epoch: 1, log: second.r.log}, 0), proofOf(second.r, 0, 3, watchdog)) // another epoch
	return b.String()
}

func TestReceiptVectors(t *testing.T) {
	for i, w := range vectorLines(t, "receipts.txt") {
		text, err := os.ReadFile(filepath.Join(vectors, w[1]))
		if err != nil {
			t.Fatal(err)
		}
		p, err := candour.ParsePolicy(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := redeem(p, un64(t, w[2]), un64(t, w[3])); (err == nil) != (w[0] == "accepted") {
			t.Errorf("line %d: want %s, got %v", i+1, w[0], err)
		}
	}
}

func redeem(p *candour.Policy, receipt, proof []byte) error {
	r, err := p.OpenReceipt(receipt)
	if err != nil || len(proof) == 0 {
		return err
	}
	pr, err := candour.ParseProof(proof)
	if err != nil {
		return err
	}
	_, _, err = pr.Check(p, r)
	return err
}

// The worked examples of the page.

// exampleFact is the example of sections 2 and 3.
func exampleFact() *fact {
	key := make([]byte, 32)
	for i := range key {
		key[i] = byte(i)
	}
	f := &fact{key: key, epoch: 1, sealed: morning, origin: "candour.example/northmere"}
	f.fields = []field{{"case", "case/1"}, {"seq", "0"}, {"previous", ""}, {"kind", "note.made"}, {"happened", ""}, {"recorded", ""}, {"by", "dc.webb"},
		{"key", strings.Repeat("00", 32)}, {"text", "Called back."}, {"to", "A. Novak"}}
	f.seal()
	return f
}

func exampleLines() []string {
	f := exampleFact()
	out := []string{"key          " + hx(f.key)}
	for _, fd := range f.fields {
		c := f.commitment(fd)
		out = append(out, fmt.Sprintf("%-12s %s", fd.name, orDash(hx([]byte(fd.value)))), "  salt       "+hx(f.salt(fd.name)), "  commitment "+hx(c[:]))
	}
	leaf := f.leaf()
	out = append(out, "fields root  "+hx(f.envelope[len(f.envelope)-32:]))
	out = append(out, folded("envelope     ", f.envelope)...)
	return append(out, "leaf hash    "+hx(leaf[:]))
}

// folded writes bytes in hex, 32 in a line.
func folded(first string, b []byte) (out []string) {
	for c := range slices.Chunk(b, 32) {
		out = append(out, first+hx(c))
		first = strings.Repeat(" ", len(first))
	}
	return out
}

// TestExamplesOfThePage finds in doc/format.md the examples as they are worked out here, and reads them.
func TestExamplesOfThePage(t *testing.T) {
	doc, err := os.ReadFile("doc/format.md")
	if err != nil {
		t.Fatal(err)
	}
	container := zipped([]part{{"a.txt", "Hello\n"}})
	for _, lines := range [][]string{exampleLines(), folded("", container)} {
		want := "    " + strings.Join(lines, "\n    ") + "\n"
		if !strings.Contains(string(doc), want) {
			t.Errorf("the page should have:\n%s", want)
		}
	}
	f := exampleFact()
	env, err := candour.ParseEnvelope(f.envelope)
	if err != nil {
		t.Fatal(err)
	}
	e := candour.Entry{}
	for _, fd := range f.fields {
		key := candour.Key(f.key)
		e.Lines = append(e.Lines, candour.Line{Name: fd.name, Salt: key.Salt(fd.name), Value: []byte(fd.value)})
	}
	if err := e.CheckFields(env); err != nil {
		t.Error(err)
	}
	if got := says(verify(container, policies["policy-watchdog"], nil)); got != "changed manifest -" {
		t.Errorf("the container: %s", got)
	}
}
