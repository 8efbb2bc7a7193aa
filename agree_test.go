package candour_test

import (
	"encoding/base64"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestTwoVerifiersAgree makes bundles that are wrong in ways nobody listed, and asks the verifier in web/verify, which
// was written from doc/format.md alone, for the verdict that this one gives. Where they differ one of them has not read
// the page, or the page does not say.
//
// CANDOUR_AGREE_SEED chooses other bundles.
func TestTwoVerifiersAgree(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil && os.Getenv("CANDOUR_NO_NODE") == "1" {
		t.Skip("there is no node, and CANDOUR_NO_NODE=1 says that there need be none")
	}
	if err != nil {
		t.Fatal("the two verifiers are held against each other with node: install Node 20 or later, or set CANDOUR_NO_NODE=1")
	}
	dir, err := os.MkdirTemp("", "candour-agree-")
	if err != nil {
		t.Fatal(err)
	}
	others(t, dir)
	n := mutants(t, dir)
	out, _ := exec.Command(node, "web/verify/cli.mjs", "--vectors", dir).CombinedOutput()
	if want := fmt.Sprintf("verdicts.txt: %d vectors, 0 differences", n); !strings.Contains(string(out), want) {
		t.Fatalf("want %q; the bundles are in %s, their lines in verdicts.txt there\n%s", want, dir, out)
	}
	os.RemoveAll(dir)
}

// others puts the other files of vectors beside, without which the command does not begin.
func others(t *testing.T, dir string) {
	paths, err := filepath.Glob("testdata/format/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err == nil && filepath.Base(path) != "verdicts.txt" {
			err = os.WriteFile(filepath.Join(dir, filepath.Base(path)), b, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

const mutantsMade = 1200

// mutants writes bundles and what this verifier says of them, and counts them.
func mutants(t *testing.T, dir string) int {
	seed := uint64(2015)
	if s := os.Getenv("CANDOUR_AGREE_SEED"); s != "" {
		fmt.Sscan(s, &seed)
	}
	m := &mutator{rand.New(rand.NewPCG(seed, 49)), earlierBundles()}
	write := func(name string, b []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range policies {
		write(name+".txt", []byte(text))
	}
	for name, b := range m.earlier {
		write(name, b)
	}
	var lines strings.Builder
	said := map[string]int{}
	for i := range mutantsMade {
		b, before := m.bundle()
		policy := m.policy()
		name := fmt.Sprintf("m%04d.zip", i)
		write(name, b)
		got := says(verify(b, policies[policy], m.earlier[before]))
		fmt.Fprintf(&lines, "%s %s %s %s\n", name, fileOr(policy, ".txt"), fileOr(before, ""), got)
		words := strings.Split(got, " ")
		said[words[0]+" "+words[1]]++
	}
	write("verdicts.txt", []byte(lines.String()))
	for _, code := range slices.Sorted(maps.Keys(said)) {
		t.Logf("%4d %s", said[code], code)
	}
	if len(said) < 20 {
		t.Errorf("only %d of the 20 verdicts were met: the test tries too little", len(said))
	}
	return mutantsMade
}

func fileOr(name, ext string) string {
	if name == "" {
		return "-"
	}
	return name + ext
}

// mutator makes bundles that are nearly right. All it does follows from its seed.
type mutator struct {
	*rand.Rand
	earlier map[string][]byte // what others are said to continue, by file
}

func pick[T any](m *mutator, from ...T) T { return from[m.IntN(len(from))] }

func (m *mutator) policy() string {
	if m.IntN(3) > 0 {
		return "policy-watchdog"
	}
	return pick(m, append(slices.Sorted(maps.Keys(policies)), "", "", "")...)
}

func earlierBundles() map[string][]byte {
	out := map[string][]byte{}
	for _, c := range bundleCases {
		switch c.name {
		case "earlier", "earlier-unwitnessed", "earlier-second-chain", "intact-continued", "intact-plain", "fields-value", "untrusted-forged-throughout", "intact-older-bundle-fact":
			out[c.name+".zip"] = c.make()
		}
	}
	return out
}

// record is one of a few bundles, before anything is written.
func (m *mutator) record() *bundle {
	switch m.IntN(9) {
	case 0:
		return erasing()
	case 1, 2:
		return continued()
	case 3:
		return secondEpoch()
	case 4:
		r := small()
		r.add("case/1", "record.bundle")
		r.addAt("case/2", "record.bundle")
		return r.of("case/2", "case/1")
	case 5:
		b := secondChain()
		b.editEntries = func(s string) string { return strings.Replace(s, "chain second ", "chain case/1 ", 1) }
		return b
	case 6:
		b := sixtyFour()
		b.excerpt = []int{3, 20, 61}
		return b
	default:
		b := small().of("case/1")
		b.excerpt = [][]int{nil, {1}, {4}, {1, 4, 6}}[m.IntN(4)]
		b.earlier = []int{0, 0, 0, 7, 4, 1}[m.IntN(6)]
		if m.IntN(2) == 0 {
			b.attach = [][]byte{[]byte(statement)}
		}
		return b
	}
}

// bundle is one with something wrong in it, and the file of the earlier one where there is to be any.
func (m *mutator) bundle() (b []byte, earlier string) {
	d := m.record()
	if d.earlier > 0 && m.IntN(3) > 0 || m.IntN(12) == 0 {
		earlier = pick(m, "earlier.zip", "earlier.zip", "earlier.zip", pick(m, slices.Sorted(maps.Keys(m.earlier))...))
		if d.chains[0] == "second" {
			earlier = "earlier-second-chain.zip"
		}
	}
	if m.IntN(4) == 0 {
		withheld := m.IntN(10)
		d.withhold = func(f *fact, name string) bool { return (f.index+len(name))%10 == withheld }
	}
	for range pick(m, 1, 1, 1, 2) {
		pick(m, m.fact, m.fact, m.selection, m.selection, m.checkpoint, m.checkpoint, m.entries, m.entries, m.graft, m.graft, m.parts, m.manifest, m.consistency, m.ownPolicy,
			m.signature, m.outside)(d)
	}
	return d.bytes(), earlier
}

// fact seals something else from the first: what a body does that lies.
func (m *mutator) fact(d *bundle) {
	f := d.r.facts[m.IntN(len(d.r.facts))]
	relink := m.IntN(2) == 0
	switch m.IntN(7) {
	case 0:
		f.sealed += pick[int64](m, -2e9, -1e9, -1, 1, 1e9, 2e9)
	case 1:
		f.epoch = pick[uint32](m, 0, 1, 2, 3)
	case 2:
		f.origin = pick(m, body+"x", "other.example/force", body+"/epoch/2", "candour-x")
	case 3:
		fd := f.fields[m.IntN(len(f.fields))]
		f.set(fd.name, pick(m, "", "0", "1", "01", "x y", "\x00", strings.ToUpper(fd.value), fd.value+" ", "record.bundle", "record.erasure"))
	case 4:
		fd := f.fields[m.IntN(len(f.fields))]
		f.fields = append(f.fields, field{pick(m, fd.name, "erased", "kind", "x"), pick(m, fd.value, "", digestOf(""))})
	case 5:
		a, b := m.IntN(len(f.fields)), m.IntN(len(f.fields))
		f.fields[a], f.fields[b] = f.fields[b], f.fields[a]
	case 6:
		f.set("erased", f.get("erased")+pick(m, " ", "\n", " "+digestOf(""), digestOf(""), " x"))
	}
	f.seal()
	if relink && d.chains[0] != "second" {
		d.r.relink()
	}
	d.checkpoint = d.r.checkpoint(d.size, watchdog)
	if m.IntN(2) == 0 {
		on := d.r.chains[d.chains[0]]
		d.made = on[len(on)-1].sealed
	}
}

// selection shows other entries, or says other things of them.
func (m *mutator) selection(d *bundle) {
	name, n := d.chains[0], len(d.r.facts)
	switch m.IntN(8) {
	case 0:
		d.drop[m.IntN(n)] = true
	case 1:
		d.from[name] = m.IntN(len(d.r.chains[name]))
	case 2:
		d.upto[name] = max(d.from[name], m.IntN(len(d.r.chains[name])+1))
	case 3:
		d.erased[m.IntN(n)] = m.IntN(n + 1)
	case 4:
		d.made += pick[int64](m, -1e9, -1, 1, 1e9)
	case 5:
		d.attach = append(d.attach, []byte(pick(m, "x", "", statement)))
	case 6:
		d.excerpt = append(d.excerpt, m.IntN(n))
		if m.IntN(3) > 0 {
			slices.Sort(d.excerpt)
		}
	case 7:
		d.class, d.authority = pick(m, "personal", "", "two words", "é"), pick(m, "", " ", "\n", "\x1f", "\x7f", "\ufeff", "x\ufeff", "\xc3", "ok")
		d.withhold = withheldBy
	}
}

// checkpoint is signed by others, for another size, or with its lines edited.
func (m *mutator) checkpoint(d *bundle) {
	somebody := witness{watchdog.name, signerOf("somebody"), watchdog.secs}
	switch m.IntN(8) {
	case 0:
		d.checkpoint = d.r.checkpoint(d.size, [][]witness{nil, {union}, {own}, {union, watchdog}, {somebody}, {somebody, watchdog}, {watchdog, watchdog}, {union, union}, {own, watchdog, union}}[m.IntN(9)]...)
	case 1:
		d.r.log = signerOf(pick(m, "somebody", "second log", "watchdog"))
		d.checkpoint = d.r.checkpoint(d.size, watchdog)
		if m.IntN(2) == 0 {
			d.log = d.r.log
		}
	case 2:
		d.size = 1 + m.IntN(len(d.r.facts))
		d.checkpoint = d.r.checkpoint(max(d.size, maxIndex(d)), watchdog)
		d.size = max(d.size, maxIndex(d))
	case 3:
		d.checkpoint = d.r.checkpoint(m.IntN(len(d.r.facts)+1), watchdog)
	case 4, 5:
		text, _, _ := strings.Cut(d.checkpoint, "\n\n")
		text = m.edited(text + "\n")
		origin, _, _ := strings.Cut(text, "\n")
		d.checkpoint = text + "\n" + d.log.line(origin, text) + watchdog.key.cosign(watchdog.name, text, watchdog.secs)
	default:
		d.checkpoint = m.edited(d.checkpoint)
	}
}

// maxIndex is the size that the entries shown ask for.
func maxIndex(d *bundle) (n int) {
	for _, name := range d.chains {
		for _, f := range d.r.chains[name] {
			n = max(n, f.index+1)
		}
	}
	for _, i := range d.excerpt {
		n = max(n, i+1)
	}
	return max(n, d.earlier)
}

// then adds an edit after the one there is.
func then[T any](before, edit func(T) T) func(T) T {
	return func(v T) T { return edit(edited(before, v)) }
}

// entries edits the lines, and the body signs for that.
func (m *mutator) entries(d *bundle) { d.editEntries = then(d.editEntries, m.edited) }

var fieldLine = regexp.MustCompile(`(?m)^(field|withheld|proof|envelope) .*\n`)

// graft takes a line of one entry for one of another.
func (m *mutator) graft(d *bundle) {
	d.editEntries = then(d.editEntries, func(s string) string {
		at := fieldLine.FindAllStringIndex(s, -1)
		if len(at) < 2 {
			return s
		}
		from, to := at[m.IntN(len(at))], at[m.IntN(len(at))]
		line := s[from[0]:from[1]]
		return s[:to[0]] + line + s[to[pick(m, 0, 1, 1)]:]
	})
}

// parts puts parts in another order, leaves some out, gives them other names or contents; mostly the body signs for it.
func (m *mutator) parts(d *bundle) {
	change := func(p []part) []part {
		p = slices.Clone(p)
		i, j := m.IntN(len(p)), m.IntN(len(p))
		switch m.IntN(6) {
		case 0:
			p[i], p[j] = p[j], p[i]
		case 1:
			p = slices.Delete(p, i, i+1)
		case 2:
			p = slices.Insert(p, j, p[i])
		case 3:
			p[i].name = pick(m, p[j].name, "x", "X", "attachments/"+digestOf(""), "attachments/x", "a//b", "manifest.txt", p[i].name+"/")
		case 4:
			p[i].content = m.edited(p[i].content)
		case 5:
			p = slices.Insert(p, j, part{pick(m, "x", "attachments/"+digestOf("new"), "consistency.txt"), "new"})
		}
		return p
	}
	if m.IntN(3) > 0 {
		d.editParts = then(d.editParts, change)
		return
	}
	d.editBytes = func(b []byte) []byte { return zipped(change(unzippedParts(b))) }
}

// unzippedParts reads a container that [zipped] wrote.
func unzippedParts(b []byte) (out []part) {
	for len(b) > 30 && string(b[:4]) == "PK\x03\x04" {
		n, named := int(b[18])|int(b[19])<<8|int(b[20])<<16, int(b[26])
		out = append(out, part{string(b[30 : 30+named]), string(b[30+named : 30+named+n])})
		b = b[30+named+n:]
	}
	return out
}

func (m *mutator) manifest(d *bundle) {
	if m.IntN(2) == 0 {
		d.editManifest = then(d.editManifest, m.edited)
		return
	}
	d.editNote = then(d.editNote, m.edited)
}

func (m *mutator) consistency(d *bundle) {
	if d.earlier == 0 {
		d.earlier = 1 + m.IntN(d.size)
	}
	if m.IntN(2) == 0 {
		d.editConsistency = m.edited
	}
}

// ownPolicy is what the bundle says of itself.
func (m *mutator) ownPolicy(d *bundle) {
	d.policy = policies[pick(m, slices.Sorted(maps.Keys(policies))...)]
	if m.IntN(2) == 0 {
		d.policy = m.edited(d.policy)
	}
}

// signature changes a bit of a signature line, or makes the log's a strange one.
func (m *mutator) signature(d *bundle) {
	if m.IntN(2) == 0 {
		d.editNote = then(d.editNote, m.bit)
		return
	}
	d.checkpoint = m.bit(d.checkpoint)
	if text, _, _ := strings.Cut(d.checkpoint, "\n\n"); m.IntN(2) == 0 {
		text += "\n"
		origin, _, _ := strings.Cut(text, "\n")
		sig := pick(m, d.log.smallOrderSignature([]byte(text), pick(m, orderTwo, orderFour, neutral, neutralOtherwise)), d.log.mixedOrder([]byte(text)))
		d.checkpoint = text + "\n" + lineOf64(origin, d.log.public(), sig) + watchdog.key.cosign(watchdog.name, text, watchdog.secs)
	}
}

// bit flips one in the base64 of a signature line.
func (m *mutator) bit(note string) string {
	lines := strings.SplitAfter(note, "\n")
	i := len(lines) - 2
	if at := strings.LastIndex(lines[max(i, 0)], " ") + 1; at > 0 {
		if blob, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(lines[i][at:], "\n")); err == nil && len(blob) > 0 {
			blob[m.IntN(len(blob))] ^= 1 << m.IntN(8)
			lines[i] = lines[i][:at] + b64(blob) + "\n"
		}
	}
	return strings.Join(lines, "")
}

// outside is what someone does who has no key.
func (m *mutator) outside(d *bundle) {
	d.editBytes = func(b []byte) []byte {
		at := m.IntN(len(b))
		switch m.IntN(4) {
		case 0:
			return b[:at]
		case 1:
			return slices.Insert(b, at, byte(m.IntN(256)))
		case 2:
			return slices.Delete(b, at, at+1)
		}
		b[at] ^= 1 << m.IntN(8)
		return b
	}
}

// edited changes the lines of a text, a word of a line, or a character.
func (m *mutator) edited(s string) string {
	for range pick(m, 1, 1, 2) {
		s = m.editedOnce(s)
	}
	return s
}

func (m *mutator) editedOnce(s string) string {
	lines := strings.SplitAfter(s, "\n")
	i, j := m.IntN(len(lines)), m.IntN(len(lines))
	switch m.IntN(7) {
	case 0:
		lines = slices.Delete(lines, i, i+1)
	case 1:
		lines = slices.Insert(lines, pick(m, i, j), lines[i])
	case 2:
		lines[i], lines[j] = lines[j], lines[i]
	case 3:
		lines = slices.Insert(lines, i, pick(m, "\n", "excerpt\n", "entry 0\n", "chain x 0 -\n", "erased 3\n", "— x AAAAAAA=\n", "— x AAAAAAA=\n— x AAAAAAE=\n", "field x "+digestOf("")+" -\n", "withheld "+digestOf("")+" x eA==\n"))
	case 4:
		lines[i] = m.word(lines[i])
	default:
		at := m.IntN(len(lines[i]) + 1)
		to := min(len(lines[i]), at+m.IntN(2))
		lines[i] = lines[i][:at] + pick(m, "", "0", "1", "-", " ", "\n", "\r", "\t", "\x00", "\x7f", "=", "+", "A", "f", "F", "é", "\xff", "\ufeff", "\u00a0") + lines[i][to:]
	}
	return strings.Join(lines, "")
}

func (m *mutator) word(line string) string {
	words := strings.Split(strings.TrimSuffix(line, "\n"), " ")
	i := m.IntN(len(words))
	words[i] = pick(m, "", "-", "0", "00", "1", "7", "-1", "1e1", "9007199254740991", "9007199254740992", "9223372036854775807", "9223372036854775808", digestOf(""), b64([]byte("x")), "eB==",
		strings.ToUpper(words[i]), words[i]+"0", words[i]+words[i], strings.TrimSuffix(words[i], "="), words[m.IntN(len(words))], body, body+"/bundle", "candour-x", "record.bundle")
	return strings.Join(words, " ") + "\n"
}
