package candour_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
	"strconv"
	"strings"

	"candour"
)

// A record in memory and a writer of bundles, both after doc/format.md and without the code that they
// test, so that a fault must be made twice to pass. All keys come from names; there is no clock.

const (
	body    = "candour.example/northmere"
	morning = int64(1_790_000_000_000_000_000) // 21 September 2026
)

// seedOf gives 32 bytes of a name.
func seedOf(name string) []byte {
	sum := sha256.Sum256([]byte("candour test seed " + name))
	return sum[:]
}

// signer is an Ed25519 key with its names left to the caller.
type signer struct{ key ed25519.PrivateKey }

func signerOf(seed string) signer { return signer{ed25519.NewKeyFromSeed(seedOf(seed))} }

func (s signer) public() []byte { return s.key.Public().(ed25519.PublicKey) }

func (s signer) id(name string, alg byte) []byte { return keyID(name, alg, s.public()) }

func (s signer) vkey(name string, alg byte) string { return vkeyOf(name, alg, s.public()) }

func keyID(name string, alg byte, public []byte) []byte {
	sum := sha256.Sum256(slices.Concat([]byte(name), []byte{'\n', alg}, public))
	return sum[:4]
}

func vkeyOf(name string, alg byte, public []byte) string {
	return name + "+" + hex.EncodeToString(keyID(name, alg, public)) + "+" + b64(append([]byte{alg}, public...))
}

// line is the body's signature line on a text.
func (s signer) line(name, text string) string {
	return "— " + name + " " + b64(append(s.id(name, 1), ed25519.Sign(s.key, []byte(text))...)) + "\n"
}

// cosign is a witness's line on the text of a checkpoint.
func (s signer) cosign(name, text string, secs uint64) string {
	msg := "cosignature/v1\ntime " + strconv.FormatUint(secs, 10) + "\n" + text
	blob := binary.BigEndian.AppendUint64(s.id(name, 4), secs)
	return "— " + name + " " + b64(append(blob, ed25519.Sign(s.key, []byte(msg))...)) + "\n"
}

func b64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func hx(b []byte) string { return hex.EncodeToString(b) }

// RFC 6962 section 2.1, as it is written there.

func split(n int) int {
	k := 1
	for k*2 < n {
		k *= 2
	}
	return k
}

func mth(leaves []candour.Hash) candour.Hash {
	switch n := len(leaves); n {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return leaves[0]
	default:
		l, r := mth(leaves[:split(n)]), mth(leaves[split(n):])
		return sha256.Sum256(slices.Concat([]byte{1}, l[:], r[:]))
	}
}

func path(m int, leaves []candour.Hash) []candour.Hash {
	n := len(leaves)
	if n == 1 {
		return nil
	}
	k := split(n)
	if m < k {
		return append(path(m, leaves[:k]), mth(leaves[k:]))
	}
	return append(path(m-k, leaves[k:]), mth(leaves[:k]))
}

func subproof(m int, leaves []candour.Hash, whole bool) []candour.Hash {
	n := len(leaves)
	if m == n {
		if whole {
			return nil
		}
		return []candour.Hash{mth(leaves)}
	}
	k := split(n)
	if m <= k {
		return append(subproof(m, leaves[:k], whole), mth(leaves[k:]))
	}
	return append(subproof(m-k, leaves[k:], false), mth(leaves[:k]))
}

func joined(hs []candour.Hash) string {
	if len(hs) == 0 {
		return "-"
	}
	var b strings.Builder
	for _, h := range hs {
		b.WriteString(hx(h[:]))
	}
	return b.String()
}

// A fact and its entry.

type field struct{ name, value string }

type fact struct {
	index    int
	key      []byte
	fields   []field // the slots, then the others in any order
	epoch    uint32
	sealed   int64
	origin   string
	envelope []byte
}

func (f *fact) salt(name string) []byte {
	mac := hmac.New(sha256.New, f.key)
	mac.Write([]byte(name))
	return mac.Sum(nil)
}

func commit(salt []byte, name, value string) candour.Hash {
	return sha256.Sum256(slices.Concat([]byte{2}, salt, []byte{byte(len(name))}, []byte(name), []byte(value)))
}

func (f *fact) commitment(fd field) candour.Hash { return commit(f.salt(fd.name), fd.name, fd.value) }

// order puts the fields after the slots by commitment.
func (f *fact) order() {
	at := map[field]candour.Hash{}
	for _, fd := range f.fields[8:] {
		at[fd] = f.commitment(fd)
	}
	slices.SortFunc(f.fields[8:], func(a, b field) int {
		x, y := at[a], at[b]
		return bytes.Compare(x[:], y[:])
	})
}

func (f *fact) seal() {
	f.order()
	b := binary.BigEndian.AppendUint16([]byte{3}, uint16(len(f.fields)))
	for _, fd := range f.fields {
		c := f.commitment(fd)
		b = append(b, c[:]...)
	}
	root := sha256.Sum256(b)
	e := binary.BigEndian.AppendUint32([]byte{1}, f.epoch)
	e = binary.BigEndian.AppendUint64(e, uint64(f.sealed))
	e = append(e, byte(len(f.origin)))
	f.envelope = slices.Concat(e, []byte(f.origin), root[:])
}

func (f *fact) leaf() candour.Hash { return sha256.Sum256(append([]byte{0}, f.envelope...)) }

func (f *fact) get(name string) string {
	for _, fd := range f.fields {
		if fd.name == name {
			return fd.value
		}
	}
	return ""
}

// set changes a field in place; the entry must be sealed again.
func (f *fact) set(name, value string) {
	for i := range f.fields {
		if f.fields[i].name == name {
			f.fields[i].value = value
		}
	}
}

// record is what a body holds.
type record struct {
	facts  []*fact
	chains map[string][]*fact
	now    int64
	epoch  uint32
	log    signer
}

func newRecord() *record {
	return &record{chains: map[string][]*fact{}, now: morning, epoch: 1, log: signerOf("log")}
}

// add seals a fact a second after the last.
func (r *record) add(chain, kind string, fields ...field) *fact {
	r.now += 1e9
	return r.addAt(chain, kind, fields...)
}

// addAt seals a fact at the moment of the last.
func (r *record) addAt(chain, kind string, fields ...field) *fact {
	before, on := "", r.chains[chain]
	if len(on) > 0 {
		h := on[len(on)-1].leaf()
		before = hx(h[:])
	}
	f := &fact{index: len(r.facts), key: seedOf(fmt.Sprint("fact ", len(r.facts))), epoch: r.epoch, sealed: r.now, origin: body}
	idem := seedOf(fmt.Sprint("idempotency ", len(r.facts)))
	f.fields = append([]field{{"case", chain}, {"seq", strconv.Itoa(len(on))}, {"previous", before}, {"kind", kind},
		{"happened", "2026-09-21"}, {"recorded", ""}, {"by", "dc.webb"}, {"key", hx(idem)}}, fields...)
	f.seal()
	r.facts = append(r.facts, f)
	r.chains[chain] = append(on, f)
	return f
}

func (r *record) leaves(size int) []candour.Hash {
	var out []candour.Hash
	for _, f := range r.facts[:size] {
		out = append(out, f.leaf())
	}
	return out
}

func (r *record) clone() *record {
	n := *r
	n.facts, n.chains = nil, map[string][]*fact{}
	at := map[*fact]*fact{}
	for _, f := range r.facts {
		c := *f
		c.fields = slices.Clone(f.fields)
		at[f] = &c
		n.facts = append(n.facts, &c)
	}
	for name, on := range r.chains {
		for _, f := range on {
			n.chains[name] = append(n.chains[name], at[f])
		}
	}
	return &n
}

// relink seals every fact again, so that each names the one before it: what an insider with all
// keys would do after a change.
func (r *record) relink() {
	last := map[string]*fact{}
	n := map[string]int{}
	for i, f := range r.facts {
		name := f.get("case")
		f.index = i
		f.set("seq", strconv.Itoa(n[name]))
		f.set("previous", "")
		if l := last[name]; l != nil {
			h := l.leaf()
			f.set("previous", hx(h[:]))
		}
		f.seal()
		last[name] = f
		n[name]++
	}
}

// witness is a key with a name and when it cosigned.
type witness struct {
	name string
	key  signer
	secs uint64
}

var (
	watchdog = witness{"watchdog.example/w1", signerOf("watchdog"), uint64(morning/1e9) + 600}
	union    = witness{"union.example/w", signerOf("union"), uint64(morning/1e9) + 601}
	own      = witness{"northmere.example/w", signerOf("own witness"), uint64(morning/1e9) + 602}
)

func originAt(epoch uint32) string {
	if epoch < 2 {
		return body
	}
	return fmt.Sprintf("%s/epoch/%d", body, epoch)
}

func checkpointText(origin string, size int, root candour.Hash) string {
	return fmt.Sprintf("%s\n%d\n%s\n", origin, size, b64(root[:]))
}

// checkpoint signs the record at a size; the witnesses cosign.
func (r *record) checkpoint(size int, by ...witness) string {
	text := checkpointText(originAt(r.epoch), size, mth(r.leaves(size)))
	note := text + "\n" + r.log.line(originAt(r.epoch), text)
	for _, w := range by {
		note += w.key.cosign(w.name, text, w.secs)
	}
	return note
}

// policyText is a policy of the usual log key and these lines.
func policyText(quorum int, witnesses ...string) string {
	var b strings.Builder
	b.WriteString("candour-policy/1\nbody " + body + "\nlog northmere " + signerOf("log").vkey(body, 1) + "\n")
	for _, w := range witnesses {
		b.WriteString("witness " + w + "\n")
	}
	return b.String() + fmt.Sprintf("quorum %d\n", quorum)
}

func (w witness) of(operator string) string { return operator + " " + w.key.vkey(w.name, 4) }

// bundle is one in the making. Its hooks change what is written at the place they are named for.
type bundle struct {
	r          *record
	size       int
	chains     []string
	from       map[string]int // first seq of a chain, where above 0
	upto       map[string]int // how many of a chain, where not all
	drop       map[int]bool   // indexes left out
	excerpt    []int          // indexes
	withhold   func(*fact, string) bool
	class      string
	authority  string
	erased     map[int]int // index: index of the erasure
	made       int64
	checkpoint string
	policy     string
	earlier    int // size of the earlier checkpoint; consistency.txt where above 0
	attach     [][]byte
	page       string
	text       *string // of entries.txt
	log        signer

	editConsistency func(string) string
	editEntries     func(string) string
	editManifest    func(string) string
	editNote        func(string) string // the manifest once signed
	editParts       func([]part) []part
	editBytes       func([]byte) []byte
}

type part struct{ name, content string }

// of makes a bundle of whole chains of the record as it is.
func (r *record) of(chains ...string) *bundle {
	on := r.chains[chains[0]]
	return &bundle{r: r, size: len(r.facts), chains: chains, from: map[string]int{}, upto: map[string]int{}, drop: map[int]bool{}, erased: map[int]int{},
		class: "personal", authority: "s. 40 FOIA 2000", made: on[len(on)-1].sealed, log: r.log,
		checkpoint: r.checkpoint(len(r.facts), watchdog), policy: policyText(1, watchdog.of("watchdog")),
		page: "<!doctype html><title>A bundle</title><p>See entries.txt\n"}
}

func (b *bundle) entry(f *fact) string {
	var w strings.Builder
	leaves := b.r.leaves(b.size)
	fmt.Fprintf(&w, "entry %d\nenvelope %s\nproof %s\n", f.index, hx(f.envelope), joined(path(f.index, leaves)))
	if by, ok := b.erased[f.index]; ok {
		fmt.Fprintf(&w, "erased %d\n", by)
		return w.String()
	}
	for i, fd := range f.fields {
		if b.withhold != nil && i > 2 && b.withhold(f, fd.name) {
			c := f.commitment(fd)
			fmt.Fprintf(&w, "withheld %s %s %s\n", hx(c[:]), b.class, b64([]byte(b.authority)))
			continue
		}
		value := "-"
		if fd.value != "" {
			value = b64([]byte(fd.value))
		}
		fmt.Fprintf(&w, "field %s %s %s\n", fd.name, hx(f.salt(fd.name)), value)
	}
	return w.String()
}

// entries is the part entries.txt, worked out unless it was set.
func (b *bundle) entries() string {
	if b.text != nil {
		return *b.text
	}
	var w strings.Builder
	w.WriteString("candour-entries/1\n")
	for _, name := range b.chains {
		on := b.r.chains[name]
		first, before := b.from[name], "-"
		if first > 0 {
			h := on[first-1].leaf()
			before = hx(h[:])
		}
		upto := len(on)
		if n, ok := b.upto[name]; ok {
			upto = n
		}
		fmt.Fprintf(&w, "chain %s %d %s\n", name, first, before)
		for _, f := range on[first:upto] {
			if !b.drop[f.index] {
				w.WriteString(b.entry(f))
			}
		}
	}
	if len(b.excerpt) > 0 {
		w.WriteString("excerpt\n")
	}
	for _, i := range b.excerpt {
		w.WriteString(b.entry(b.r.facts[i]))
	}
	return w.String()
}

func (b *bundle) consistency() string {
	leaves := b.r.leaves(b.size)
	root := mth(leaves[:b.earlier])
	return fmt.Sprintf("candour-consistency/1\nfrom %d %s\nproof %s\n", b.earlier, hx(root[:]), joined(subproof(b.earlier, leaves, true)))
}

func edited[T any](edit func(T) T, v T) T {
	if edit == nil {
		return v
	}
	return edit(v)
}

// bytes writes the bundle, every part of it signed for as it then stands.
func (b *bundle) bytes() []byte {
	parts := []part{{"checkpoint", b.checkpoint}, {"policy.txt", b.policy}}
	if b.earlier > 0 {
		parts = append(parts, part{"consistency.txt", edited(b.editConsistency, b.consistency())})
	}
	parts = append(parts, part{"entries.txt", edited(b.editEntries, b.entries())}, part{"read.html", b.page})
	files := map[string][]byte{}
	for _, a := range b.attach {
		sum := sha256.Sum256(a)
		files["attachments/"+hx(sum[:])] = a
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		parts = append(parts, part{name, string(files[name])})
	}
	parts = edited(b.editParts, parts)
	origin, _, _ := strings.Cut(b.checkpoint, "\n")
	text := edited(b.editManifest, manifestText(b.made, parts))
	note := edited(b.editNote, text+"\n"+b.log.line(origin+"/bundle", text))
	return edited(b.editBytes, zipped(append([]part{{"manifest.txt", note}}, parts...)))
}

func manifestText(made int64, parts []part) string {
	pack := seedOf("pack")
	text := fmt.Sprintf("candour-bundle/1\nbody %s\nmade %d\npack ew-investigation %s\n", body, made, hx(pack))
	for _, p := range parts {
		sum := sha256.Sum256([]byte(p.content))
		text += fmt.Sprintf("part %s %d %s\n", hx(sum[:]), len(p.content), p.name)
	}
	return text
}

// zipped is section 10.
func zipped(parts []part) []byte {
	le := binary.LittleEndian
	var file, list []byte
	for _, p := range parts {
		common := []byte{20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0}
		common = le.AppendUint32(common, crc32.ChecksumIEEE([]byte(p.content)))
		common = le.AppendUint32(common, uint32(len(p.content)))
		common = le.AppendUint32(common, uint32(len(p.content)))
		common = le.AppendUint16(common, uint16(len(p.name)))
		common = le.AppendUint16(common, 0)
		list = append(list, "PK\x01\x02\x14\x00"...)
		list = append(append(list, common...), make([]byte, 10)...)
		list = append(le.AppendUint32(list, uint32(len(file))), p.name...)
		file = append(file, "PK\x03\x04"...)
		file = append(append(append(file, common...), p.name...), p.content...)
	}
	end := append([]byte("PK\x05\x06"), 0, 0, 0, 0)
	end = le.AppendUint16(end, uint16(len(parts)))
	end = le.AppendUint16(end, uint16(len(parts)))
	end = le.AppendUint32(end, uint32(len(list)))
	end = le.AppendUint32(end, uint32(len(file)))
	return slices.Concat(file, list, end, []byte{0, 0})
}

// verify reads a bundle with a policy as text, or none.
func verify(b []byte, policy string, earlier []byte) *candour.Report {
	var p *candour.Policy
	if policy != "" {
		var err error
		if p, err = candour.ParsePolicy([]byte(policy)); err != nil {
			panic(err)
		}
	}
	var before *candour.Bundle
	if earlier != nil {
		before = &candour.Bundle{Data: bytes.NewReader(earlier), Size: int64(len(earlier))}
	}
	r, err := candour.Verify(candour.Bundle{Data: bytes.NewReader(b), Size: int64(len(b))}, p, before)
	if err != nil {
		panic(err)
	}
	return r
}

// says is a report in the words of verdicts.txt.
func says(r *candour.Report) string {
	code, index := "-", "-"
	if r.Code != "" {
		code = r.Code
	}
	if r.Index >= 0 {
		index = strconv.FormatInt(r.Index, 10)
	}
	return strings.ReplaceAll(string(r.Verdict), " ", "-") + " " + code + " " + index
}
