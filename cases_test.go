package candour_test

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// The bundles of testdata/format, each with the verdict that doc/format.md asks for. The verdicts are
// written by hand here.

// bundleCase is a line of verdicts.txt.
type bundleCase struct {
	name, policy, earlier string // policy: a name in policies, or "-"
	want                  string
	make                  func() []byte
}

var policies = map[string]string{
	"policy-watchdog": policyText(1, watchdog.of("watchdog")),
	"policy-nobody":   policyText(0),
	"policy-own":      policyText(1, own.of("northmere")),
	"policy-two":      policyText(2, watchdog.of("watchdog"), union.of("union")),
	"policy-either":   policyText(1, union.of("union"), watchdog.of("watchdog")),
	"policy-one-operator": policyText(2, watchdog.of("watchdog"), witness{"watchdog.example/w2", signerOf("watchdog 2"), 0}.of("watchdog"),
		union.of("union")),
	"policy-two-logs": strings.Replace(policyText(1, watchdog.of("watchdog")), "\nwitness", "\nlog northmere "+signerOf("second log").vkey(body, 1)+"\nwitness", 1),
	"policy-other-body": "candour-policy/1\nbody other.example/force\nlog other " + signerOf("log").vkey("other.example/force", 1) +
		"\nwitness " + watchdog.of("watchdog") + "\nquorum 1\n",
}

const statement = "The statement of a witness, as it was scanned.\n"

func digestOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hx(sum[:])
}

// small is the record of most cases: case/1 is 0, 2, 3 and 5, case/2 is 1 and 4; 6 came after.
func small() *record {
	r := newRecord()
	r.add("case/1", "complaint.made", field{"summary", "He did not call back."}, field{"person", "A. Novak"})
	r.add("case/2", "case.opened")
	r.add("case/1", "statement.taken", field{"file", "sha256 " + digestOf(statement)}, field{"note", ""})
	r.add("case/1", "sent", field{"to", "prosecutor"})
	r.add("case/2", "note.made", field{"text", "nothing new"})
	r.add("case/1", "record.bundle")
	r.add("case/3", "case.opened")
	return r
}

// erasing is a record where the entries 0 and 1 of its one case were erased by entry 3.
func erasing() *bundle {
	r := newRecord()
	a := r.add("case/1", "contact.made", field{"person", "B. Ivory"})
	b := r.add("case/1", "contact.made", field{"person", "C. Ocean"})
	r.add("case/1", "note.made")
	x, y := a.leaf(), b.leaf()
	r.add("case/1", "record.erasure", field{"erased", hx(x[:]) + " " + hx(y[:])}, field{"basis", "Article 17"})
	r.add("case/1", "record.bundle")
	out := r.of("case/1")
	out.erased = map[int]int{0: 3, 1: 3}
	return out
}

// continued is small and what came after it on case/1: 7 and 8.
func continued() *bundle {
	r := small()
	r.add("case/1", "outcome", field{"text", "upheld"})
	r.add("case/1", "record.bundle")
	b := r.of("case/1")
	b.from["case/1"], b.earlier = 4, 7
	return b
}

// secondEpoch is a record of which an older copy was restored.
func secondEpoch() *bundle {
	r := newRecord()
	r.add("case/1", "case.opened")
	r.epoch = 2
	r.add("case/1", "record.restored")
	r.add("case/1", "record.bundle")
	return r.of("case/1")
}

// one is a record of one entry.
func one() *bundle {
	r := newRecord()
	r.add("case/1", "record.bundle")
	return r.of("case/1")
}

// with is a bundle of small with a change.
func with(change func(b *bundle)) func() []byte {
	return from(func() *bundle { return small().of("case/1") }, change)
}

func from(of func() *bundle, change func(b *bundle)) func() []byte {
	return func() []byte {
		b := of()
		change(b)
		return b.bytes()
	}
}

func replace(old, new string) func(string) string {
	return func(s string) string {
		if !strings.Contains(s, old) {
			panic("nothing to replace: " + old)
		}
		return strings.Replace(s, old, new, 1)
	}
}

// lineOf is the line at which the text first has a prefix, after an entry's beginning.
func lineOf(s string, entry int, prefix string) string {
	i := strings.Index(s, fmt.Sprintf("\nentry %d\n", entry))
	j := i + strings.Index(s[i:], "\n"+prefix) + 1
	return s[j : j+strings.IndexByte(s[j:], '\n')+1]
}

// inEntry edits the first line with a prefix in one entry.
func inEntry(entry int, prefix string, edit func(string) string) func(string) string {
	return func(s string) string {
		i := strings.Index(s, fmt.Sprintf("\nentry %d\n", entry))
		j := i + strings.Index(s[i:], "\n"+prefix) + 1
		k := j + strings.IndexByte(s[j:], '\n') + 1
		return s[:j] + edit(s[j:k]) + s[k:]
	}
}

func word(n int, to string) func(string) string {
	return func(line string) string {
		words := strings.Split(strings.TrimSuffix(line, "\n"), " ")
		words[n] = to
		return strings.Join(words, " ") + "\n"
	}
}

// envelopeOf edits the bytes of an envelope of case/1 in small.
func envelopeOf(entry int, edit func([]byte) []byte) func(*bundle) {
	return func(b *bundle) {
		b.editEntries = inEntry(entry, "envelope ", func(string) string {
			return "envelope " + hx(edit(slices.Clone(b.r.facts[entry].envelope))) + "\n"
		})
	}
}

func chainLine(to string) func(string) string { return replace("chain case/1 0 -\n", to) }

func flip(s string) string {
	c := byte('0')
	if s[0] == '0' {
		c = '1'
	}
	return string(c) + s[1:]
}

// insider changes a record with the key of the log, and signs it anew.
func insider(change func(r *record)) func() (altered, honest *record) {
	return func() (*record, *record) {
		honest := small()
		altered := honest.clone()
		change(altered)
		altered.relink()
		return altered, honest
	}
}

var insiders = map[string]func() (*record, *record){
	"altered":  insider(func(r *record) { r.facts[3].set("to", "nobody") }),
	"removed":  insider(func(r *record) { r.facts = slices.Delete(r.facts, 2, 3); rechain(r) }),
	"inserted": insider(func(r *record) { insert(r) }),
	"swapped":  insider(func(r *record) { swap(r) }),
	"backdated": insider(func(r *record) {
		r.facts[2].sealed = r.facts[0].sealed + 5
		r.facts[2].set("happened", "2026-09-01")
	}),
}

func rechain(r *record) {
	clear(r.chains)
	for _, f := range r.facts {
		name := f.get("case")
		r.chains[name] = append(r.chains[name], f)
	}
}

func insert(r *record) {
	n := r.clone()
	n.now = r.facts[2].sealed
	f := n.addAt("case/1", "promise.made", field{"text", "I called her."})
	r.facts = slices.Insert(r.facts, 3, f)
	rechain(r)
}

func swap(r *record) {
	a, b := r.facts[2], r.facts[3]
	a.sealed, b.sealed = b.sealed, a.sealed
	r.facts[2], r.facts[3] = b, a
	rechain(r)
}

// forged is what an insider hands out: signed anew, with the witness's old line or without, or under the old
// checkpoint with the old proofs where the index still has the entry.
func forged(attack, how string) func() []byte {
	return func() []byte {
		altered, honest := insiders[attack]()
		b := altered.of("case/1")
		old := honest.checkpoint(len(honest.facts), watchdog)
		switch how {
		case "alone":
			b.checkpoint = altered.checkpoint(len(altered.facts))
		case "old-cosignature":
			b.checkpoint = altered.checkpoint(len(altered.facts)) + old[strings.LastIndex(old, "— "):]
		case "old-checkpoint":
			b.checkpoint = old
			b.editEntries = func(s string) string {
				for _, f := range altered.chains["case/1"] {
					if f.index < len(honest.facts) {
						s = inEntry(f.index, "proof ", word(1, joined(path(f.index, honest.leaves(len(honest.facts))))))(s)
					}
				}
				return s
			}
		case "forged-cosignature":
			w := watchdog
			w.key = signerOf("somebody")
			line := w.key.cosign(w.name, checkpointText(body, len(altered.facts), mth(altered.leaves(len(altered.facts)))), w.secs)
			blob, _ := base64.StdEncoding.DecodeString(strings.TrimSpace(line[strings.LastIndex(line, " "):]))
			copy(blob, watchdog.key.id(watchdog.name, 4))
			b.checkpoint = altered.checkpoint(len(altered.facts)) + "— " + w.name + " " + b64(blob) + "\n"
		}
		return b.bytes()
	}
}

// resealed is small where one entry of case/1 was sealed otherwise from the start, and witnessed so: what
// a body does that lies from the first.
func resealed(change func(r *record)) func() *bundle {
	return func() *bundle {
		r := small()
		change(r)
		return r.of("case/1")
	}
}

// sealedAs seals entry 5's commitments in a way that no honest body does.
func sealedAs(f *fact, commitments []candourHash) {
	b := binary.BigEndian.AppendUint16([]byte{3}, uint16(len(commitments)))
	for _, c := range commitments {
		b = append(b, c[:]...)
	}
	root := sha256.Sum256(b)
	copy(f.envelope[len(f.envelope)-32:], root[:])
}

type candourHash = [32]byte

func (f *fact) commitments() []candourHash {
	var out []candourHash
	for _, fd := range f.fields {
		out = append(out, f.commitment(fd))
	}
	return out
}

var bundleCases = []bundleCase{
	// Nothing wrong.
	{"intact-plain", "policy-watchdog", "", "intact - -", with(func(b *bundle) {})},
	{"intact-withheld", "policy-watchdog", "", "intact - -", with(func(b *bundle) {
		b.withhold = func(f *fact, name string) bool { return name == "by" || name == "person" || name == "summary" }
	})},
	{"intact-withheld-empty", "policy-watchdog", "", "intact - -", with(func(b *bundle) {
		b.withhold = func(f *fact, name string) bool { return name == "note" || name == "recorded" }
	})},
	{"intact-withheld-most", "policy-watchdog", "", "intact - -", with(func(b *bundle) {
		b.withhold = func(f *fact, name string) bool { return f.index != 5 || name != "kind" }
		b.authority = "Ärztin, §203 — \u202eeeffoc\u009b2J"
	})},
	{"intact-erased", "policy-watchdog", "", "intact - -", from(erasing, func(b *bundle) {})},
	{"intact-erased-one-of-two", "policy-watchdog", "", "intact - -", from(erasing, func(b *bundle) { delete(b.erased, 0) })},
	{"intact-attachment", "policy-watchdog", "", "intact - -", with(func(b *bundle) { b.attach = [][]byte{[]byte(statement)} })},
	{"intact-attachment-empty-amid-hex", "policy-watchdog", "", "intact - -", from(resealed(func(r *record) {
		r.facts[5].set("by", "00ab"+digestOf("")+"cd"+digestOf("")[:62])
		r.facts[5].seal()
	}), func(b *bundle) { b.attach = [][]byte{nil} })},
	{"intact-two-attachments", "policy-watchdog", "", "intact - -", from(resealed(func(r *record) {
		r.facts[5].set("by", digestOf("one")+"\x00"+digestOf("two"))
		r.facts[5].seal()
	}), func(b *bundle) { b.attach = [][]byte{[]byte("one"), []byte("two")} })},
	{"intact-excerpt", "policy-watchdog", "", "intact - -", with(func(b *bundle) { b.excerpt = []int{1, 6} })},
	{"intact-two-chains", "policy-watchdog", "", "intact - -", twoChains},
	{"intact-continued", "policy-watchdog", "earlier", "intact - -", from(continued, func(b *bundle) {})},
	{"intact-continued-earlier-unwitnessed", "policy-watchdog", "earlier-unwitnessed", "intact - -", from(continued, func(b *bundle) {})},
	{"intact-continued-twice", "policy-watchdog", "intact-continued", "intact - -", from(continued, func(b *bundle) {
		b.r.add("case/1", "record.bundle")
		*b = *b.r.of("case/1")
		b.from["case/1"], b.earlier = 6, 9
	})},
	{"intact-continued-from-nought", "policy-watchdog", "earlier", "intact - -", from(continued, func(b *bundle) { b.from["case/1"] = 0 })},
	{"intact-consistency-unasked", "policy-watchdog", "", "intact - -", from(continued, func(b *bundle) { b.from["case/1"] = 0 })},
	{"intact-consistency-same-size", "policy-watchdog", "", "intact - -", with(func(b *bundle) { b.earlier = 7 })},
	{"intact-epoch-2", "policy-watchdog", "", "intact - -", from(secondEpoch, func(b *bundle) {})},
	{"intact-quorum-0", "policy-nobody", "", "intact - -", with(func(b *bundle) { b.checkpoint = b.r.checkpoint(7) })},
	{"intact-quorum-2", "policy-two", "", "intact - -", with(func(b *bundle) { b.checkpoint = b.r.checkpoint(7, watchdog, union) })},
	{"intact-own-witness", "policy-own", "", "intact - -", with(func(b *bundle) { b.checkpoint = b.r.checkpoint(7, own) })},
	{"intact-second-log-key", "policy-two-logs", "", "intact - -", with(func(b *bundle) {
		b.r.log = signerOf("second log")
		b.log, b.checkpoint = b.r.log, b.r.checkpoint(7, watchdog)
	})},
	{"intact-checkpoint-by-one-log-key-bundle-by-other", "policy-two-logs", "", "intact - -", with(func(b *bundle) { b.log = signerOf("second log") })},
	{"intact-both-log-keys", "policy-two-logs", "", "intact - -", with(func(b *bundle) {
		text, _, _ := strings.Cut(b.checkpoint, "\n\n")
		b.checkpoint += signerOf("second log").line(body, text+"\n")
		b.editNote = func(s string) string {
			text, _, _ := strings.Cut(s, "\n\n")
			return s + signerOf("second log").line(body+"/bundle", text+"\n")
		}
	})},
	{"intact-unknown-witness", "policy-watchdog", "", "intact - -", with(func(b *bundle) { b.checkpoint = b.r.checkpoint(7, union, watchdog) })},
	{"intact-false-witness-line-on-the-manifest", "policy-watchdog", "", "intact - -", with(func(b *bundle) {
		b.editNote = func(s string) string { return s + watchdog.key.cosign(watchdog.name, "another text\n", 1) }
	})},
	{"intact-false-line-of-the-checkpoint-on-the-manifest", "policy-watchdog", "", "intact - -", with(func(b *bundle) {
		b.editNote = func(s string) string { return s + b.log.line(body, "another text\n") }
	})},
	{"intact-cosigned-at-nought", "policy-watchdog", "", "intact - -", with(func(b *bundle) {
		b.checkpoint = b.r.checkpoint(7, witness{watchdog.name, watchdog.key, 0})
	})},
	{"intact-cosigned-at-the-last-second", "policy-watchdog", "", "intact - -", with(func(b *bundle) {
		b.checkpoint = b.r.checkpoint(7, witness{watchdog.name, watchdog.key, 1<<53 - 1})
	})},
	{"intact-unknown-key-of-a-known-name", "policy-watchdog", "", "intact - -", with(func(b *bundle) {
		w := watchdog
		w.key = signerOf("somebody")
		b.checkpoint = b.r.checkpoint(7, w, watchdog)
	})},
	{"intact-log-line-last", "policy-watchdog", "", "intact - -", with(func(b *bundle) {
		lines := strings.SplitAfter(b.checkpoint, "\n")
		b.checkpoint = strings.Join(lines[:4], "") + lines[5] + lines[4]
	})},
	{"intact-100-signatures", "policy-watchdog", "", "intact - -", with(func(b *bundle) { b.checkpoint = hundred(b.r, 100) })},
	{"intact-older-bundle-fact", "policy-watchdog", "", "intact - -", from(continued, func(b *bundle) {
		b.from["case/1"], b.upto["case/1"], b.earlier, b.made = 0, 4, 0, b.r.facts[5].sealed
	})},
	{"intact-one-entry", "policy-watchdog", "", "intact - -", from(one, func(b *bundle) {})},
	{"intact-nothing-rests-on-page-and-policy", "policy-watchdog", "", "intact - -", with(func(b *bundle) { b.page, b.policy = "", "\xff no policy" })},
	{"intact-same-moment", "policy-watchdog", "", "intact - -", from(resealed(func(r *record) {
		for _, f := range r.facts {
			f.sealed = morning
		}
		r.relink()
	}), func(b *bundle) {})},
	{"intact-odd-values", "policy-watchdog", "", "intact - -", from(resealed(func(r *record) {
		f := r.facts[0]
		f.fields = append(f.fields, field{strings.Repeat("n", 255), "\x00\xff\xfe"}, field{"esc", "\x1b]0;owned\a\x1b[31mred\u202e\u2066\r\nVERDICT: INTACT\n"},
			field{"mark", "\ufeff"}, field{"<b>", "<script>"}, field{"__proto__", "x"})
		f.set("happened", "")
		r.relink()
	}), func(b *bundle) {})},
	{"intact-key-lengths", "policy-watchdog", "", "intact - -", with(func(b *bundle) { b.checkpoint += "— " + strings.Repeat("n", 255) + " AAAAAAA=\n" })},

	// The container.
	{"container-trailing-byte", "policy-watchdog", "", "changed container -", bytesOf(func(b []byte) []byte { return append(b, 0) })},
	{"container-leading-byte", "policy-watchdog", "", "changed container -", bytesOf(func(b []byte) []byte { return append([]byte{0}, b...) })},
	{"container-cut", "policy-watchdog", "", "changed container -", bytesOf(func(b []byte) []byte { return b[:len(b)-1] })},
	{"container-comment", "policy-watchdog", "", "changed container -", bytesOf(func(b []byte) []byte { b[len(b)-2] = 2; return append(b, "hi"...) })},
	{"container-date", "policy-watchdog", "", "changed container -", bytesOf(func(b []byte) []byte { b[12]++; return b })},
	{"container-method", "policy-watchdog", "", "changed container -", bytesOf(func(b []byte) []byte { b[8] = 8; return b })},
	{"container-content", "policy-watchdog", "", "changed container -", bytesOf(func(b []byte) []byte { b[100] ^= 1; return b })},
	{"container-claims-4gb", "policy-watchdog", "", "changed container -", bytesOf(func(b []byte) []byte { copy(b[18:], "\xff\xff\xff\xff\xff\xff\xff\xff"); return b })},
	{"container-number-of-parts", "policy-watchdog", "", "changed container -", bytesOf(func(b []byte) []byte { b[len(b)-14]++; return b })},
	{"container-attributes", "policy-watchdog", "", "changed container -", bytesOf(func(b []byte) []byte {
		i := strings.Index(string(b), "PK\x01\x02")
		b[i+40] = 1
		return b
	})},
	{"container-no-parts", "policy-watchdog", "", "changed container -", func() []byte { return zipped(nil) }},
	{"container-empty", "policy-watchdog", "", "changed container -", func() []byte { return nil }},
	{"container-not-zip", "policy-watchdog", "", "changed container -", func() []byte { return []byte("candour-bundle/1\n") }},
	{"container-part-twice", "policy-watchdog", "", "changed container -", with(func(b *bundle) { b.editParts = func(p []part) []part { return append(p, p[len(p)-1]) } })},
	{"container-upper-case", "policy-watchdog", "", "changed container -", with(func(b *bundle) { b.editParts = func(p []part) []part { p[3].name = "Read.html"; return p } })},
	{"container-two-dots", "policy-watchdog", "", "changed container -", with(func(b *bundle) {
		b.editParts = func(p []part) []part { return append(p, part{"attachments/../x", ""}) }
	})},
	{"container-long-name", "policy-watchdog", "", "changed container -", with(func(b *bundle) {
		b.editParts = func(p []part) []part { return append(p, part{strings.Repeat("x", 101), ""}) }
	})},

	// The manifest.
	{"manifest-not-first", "policy-watchdog", "", "changed manifest -", func() []byte { return zipped([]part{{"checkpoint", ""}, {"manifest.txt", ""}}) }},
	{"manifest-empty", "policy-watchdog", "", "changed manifest -", func() []byte { return zipped([]part{{"manifest.txt", ""}}) }},
	{"manifest-unsigned", "policy-watchdog", "", "changed manifest -", with(func(b *bundle) { b.editNote = func(s string) string { return s[:strings.Index(s, "\n\n")+1] } })},
	{"manifest-line-of-no-signature", "policy-watchdog", "", "changed manifest -", with(func(b *bundle) { b.editNote = func(s string) string { return s + "- x y\n" } })},
	{"manifest-signature-base64", "policy-watchdog", "", "changed manifest -", with(func(b *bundle) {
		b.editNote = func(s string) string { return s[:len(s)-1] + "=\n" }
	})},
	{"manifest-version", "policy-watchdog", "", "changed manifest -", with(func(b *bundle) { b.editManifest = replace("candour-bundle/1", "candour-bundle/2") })},
	{"manifest-two-spaces", "policy-watchdog", "", "changed manifest -", with(func(b *bundle) { b.editManifest = replace("body ", "body  ") })},
	{"manifest-crlf", "policy-watchdog", "", "changed manifest -", with(func(b *bundle) { b.editManifest = func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") } })},
	{"manifest-byte-order-mark", "policy-watchdog", "", "changed manifest -", with(func(b *bundle) { b.editManifest = func(s string) string { return "\ufeff" + s } })},
	{"manifest-made-leading-nought", "policy-watchdog", "", "changed manifest -", with(func(b *bundle) { b.editManifest = replace("made ", "made 0") })},
	{"manifest-made-2to63", "policy-watchdog", "", "changed manifest -", with(func(b *bundle) { b.editManifest = replace(fmt.Sprintf("made %d", b.made), "made 9223372036854775808") })},
	{"manifest-length-2to53", "policy-watchdog", "", "changed manifest -", with(func(b *bundle) {
		b.editManifest = replace(fmt.Sprintf(" %d checkpoint", len(b.checkpoint)), " 9007199254740992 checkpoint")
	})},
	{"manifest-empty-line", "policy-watchdog", "", "changed manifest -", with(func(b *bundle) { b.editManifest = func(s string) string { return s + "\n" } })},
	{"manifest-pack-without-digest", "policy-watchdog", "", "changed manifest -", with(func(b *bundle) { b.editManifest = replace("pack ew-investigation ", "pack ew-investigation") })},
	{"manifest-not-utf8", "policy-watchdog", "", "changed manifest -", with(func(b *bundle) { b.editManifest = replace("pack ew-", "pack \xff-") })},
	{"manifest-101-signatures", "policy-watchdog", "", "changed manifest -", with(func(b *bundle) {
		b.editNote = func(s string) string { return s + unknownLines(100) }
	})},
	{"manifest-unknown-line-twice", "policy-watchdog", "", "changed manifest -", with(func(b *bundle) {
		b.editNote = func(s string) string { return s + strings.Repeat("— unknown.example AAAAAAA=\n", 2) }
	})},
	{"manifest-body-that-is-a-receipt", "policy-watchdog", "", "changed manifest -", with(func(b *bundle) { b.editManifest = replace("body "+body, "body "+body+"/receipt") })},
	{"manifest-body-of-an-epoch", "policy-watchdog", "", "changed manifest -", with(func(b *bundle) { b.editManifest = replace("body "+body, "body "+body+"/epoch/2") })},
	{"manifest-body-that-begins-as-a-text", "policy-watchdog", "", "changed manifest -", with(func(b *bundle) { b.editManifest = replace("body "+body, "body candour-bundle/1") })},
	{"manifest-tab", "policy-watchdog", "", "changed manifest -", with(func(b *bundle) { b.editManifest = replace("pack ew-", "pack ew\t") })},
	{"manifest-name-of-a-part", "policy-watchdog", "", "changed manifest -", with(func(b *bundle) { b.editManifest = replace(" read.html\n", " Read.html\n") })},

	// The body.
	{"body-other", "policy-other-body", "", "changed body -", with(func(b *bundle) {})},
	{"body-own-policy-of-another", "-", "", "changed body -", with(func(b *bundle) { b.policy = policies["policy-other-body"] })},

	// The parts.
	{"parts-content", "policy-watchdog", "", "changed parts -", with(func(b *bundle) {
		b.editManifest = replace(digestOf(b.page), digestOf(b.page+" "))
	})},
	{"parts-length", "policy-watchdog", "", "changed parts -", with(func(b *bundle) { b.editManifest = replace(fmt.Sprintf(" %d read", len(b.page)), " 1 read") })},
	{"parts-length-leading-nought-of-none", "policy-watchdog", "", "changed manifest -", with(func(b *bundle) { b.editManifest = replace(fmt.Sprintf(" %d read", len(b.page)), " 01 read") })},
	{"parts-one-unlisted", "policy-watchdog", "", "changed parts -", with(func(b *bundle) {
		b.attach = [][]byte{[]byte(statement)}
		b.editManifest = func(s string) string { return s[:strings.LastIndex(s, "part ")] }
	})},
	{"parts-one-missing", "policy-watchdog", "", "changed parts -", with(func(b *bundle) {
		b.editManifest = func(s string) string {
			return s + "part " + digestOf(statement) + " 47 attachments/" + digestOf(statement) + "\n"
		}
	})},
	{"parts-no-page", "policy-watchdog", "", "changed parts -", with(func(b *bundle) { b.editParts = func(p []part) []part { return p[:3] } })},
	{"parts-order", "policy-watchdog", "", "changed parts -", with(func(b *bundle) { b.editParts = func(p []part) []part { p[0], p[1] = p[1], p[0]; return p } })},
	{"parts-consistency-late", "policy-watchdog", "", "changed parts -", from(continued, func(b *bundle) {
		b.editParts = func(p []part) []part { p[2], p[3] = p[3], p[2]; return p }
	})},
	{"parts-strange", "policy-watchdog", "", "changed parts -", with(func(b *bundle) { b.editParts = func(p []part) []part { return append(p, part{"notes.txt", "hi"}) } })},
	{"parts-attachment-before-page", "policy-watchdog", "", "changed parts -", with(func(b *bundle) {
		b.attach = [][]byte{[]byte(statement)}
		b.editParts = func(p []part) []part { p[3], p[4] = p[4], p[3]; return p }
	})},
	{"parts-attachments-descending", "policy-watchdog", "", "changed parts -", with(func(b *bundle) {
		b.attach = [][]byte{[]byte(statement), []byte("x")}
		b.editParts = func(p []part) []part { p[4], p[5] = p[5], p[4]; return p }
	})},
	{"parts-attachment-name", "policy-watchdog", "", "changed parts -", with(func(b *bundle) {
		b.editParts = func(p []part) []part { return append(p, part{"attachments/" + digestOf(statement)[:62], statement}) }
	})},
	{"body-before-checkpoint", "policy-other-body", "", "changed body -", with(func(b *bundle) { b.checkpoint = "" })},
	{"body-own-before-checkpoint", "-", "", "changed body -", with(func(b *bundle) { b.policy, b.checkpoint = policies["policy-other-body"], "x\n" })},
	{"body-before-parts", "policy-other-body", "", "changed body -", with(func(b *bundle) { b.editManifest = replace(digestOf(b.page), digestOf(b.page+" ")) })},
	{"parts-before-body-of-the-own-policy", "-", "", "changed parts -", with(func(b *bundle) {
		b.policy = policies["policy-other-body"]
		b.editManifest = replace(digestOf(b.page), digestOf(b.page+" "))
	})},
	{"parts-own-policy-with-a-key-of-small-order", "-", "", "changed parts -", with(func(b *bundle) {
		b.policy = policyText(0, "x "+vkeyOf(watchdog.name, 4, neutral[:]))
	})},
	{"parts-own-policy-with-a-key-of-order-eight", "-", "", "changed parts -", with(func(b *bundle) {
		y := littleEndianBytes(orderEight(1))
		b.policy = policyText(0, "x "+vkeyOf(watchdog.name, 4, y[:]))
	})},
	{"parts-own-policy-with-a-key-written-otherwise", "-", "", "changed parts -", with(func(b *bundle) {
		y := lastOf(0xf0) // 3 + p: a point
		b.policy = policyText(0, "x "+vkeyOf(watchdog.name, 4, y[:]))
	})},
	{"untrusted-own-policy-with-a-key-that-is-no-point", "-", "", "cannot-tell untrusted -", with(func(b *bundle) {
		b.policy = policyText(0, "x "+vkeyOf("x", 4, noPoint[:]), watchdog.of("watchdog"))
	})},
	{"checkpoint-own-policy-with-a-key-that-is-no-point-and-a-line-of-it", "-", "", "changed checkpoint -", with(func(b *bundle) {
		b.policy = policyText(0, "x "+vkeyOf("x", 4, noPoint[:]))
		b.checkpoint += "— x " + b64(append(keyID("x", 4, noPoint[:]), make([]byte, 72)...)) + "\n"
	})},
	{"parts-own-policy-with-one-key-for-two-purposes", "-", "", "changed parts -", with(func(b *bundle) {
		b.policy = policyText(0, "x "+signerOf("log").vkey("x", 4))
	})},
	{"parts-own-policy-with-one-key-under-two-names", "-", "", "changed parts -", with(func(b *bundle) {
		b.policy = policyText(0, watchdog.of("watchdog"), "watchdog "+watchdog.key.vkey("x", 4))
	})},
	{"parts-own-policy-with-two-keys-of-one-id", "-", "", "changed parts -", with(func(b *bundle) {
		b.policy = policyText(0, "x "+sameID(0), "y "+sameID(1))
	})},
	{"parts-own-policy", "-", "", "changed parts -", with(func(b *bundle) { b.policy = "candour-policy/1\n" })},

	// The checkpoint.
	{"checkpoint-fourth-line", "policy-watchdog", "", "changed checkpoint -", signed(func(s string) string { return s + "extension\n" })},
	{"checkpoint-size-leading-nought", "policy-watchdog", "", "changed checkpoint -", signed(replace("\n7\n", "\n07\n"))},
	{"checkpoint-size-2to53", "policy-watchdog", "", "changed checkpoint -", signed(replace("\n7\n", "\n9007199254740992\n"))},
	{"checkpoint-root-short", "policy-watchdog", "", "changed checkpoint -", signed(func(s string) string { return s[:strings.Index(s, "\n7\n")+3] + b64(make([]byte, 31)) + "\n" })},
	{"checkpoint-root-base64", "policy-watchdog", "", "changed checkpoint -", signed(func(s string) string {
		return s[:len(s)-3] + string(s[len(s)-3]+1) + "=\n" // an unused bit
	})},
	{"checkpoint-epoch-1-written", "policy-watchdog", "", "changed checkpoint -", signed(replace(body, body+"/epoch/1"))},
	{"checkpoint-epoch-leading-nought", "policy-watchdog", "", "changed checkpoint -", signed(replace(body, body+"/epoch/02"))},
	{"checkpoint-epoch-2to32", "policy-watchdog", "", "changed checkpoint -", signed(replace(body, body+"/epoch/4294967296"))},
	{"checkpoint-origin-other", "policy-watchdog", "", "changed checkpoint -", signed(replace(body, "other.example/force"))},
	{"checkpoint-other-key", "policy-watchdog", "", "changed checkpoint -", with(func(b *bundle) {
		b.r.log = signerOf("somebody")
		b.checkpoint = b.r.checkpoint(7, watchdog)
	})},
	{"checkpoint-cosigned-only", "policy-watchdog", "", "changed checkpoint -", with(func(b *bundle) {
		lines := strings.SplitAfter(b.checkpoint, "\n")
		b.checkpoint = strings.Join(lines[:4], "") + lines[5]
	})},
	{"checkpoint-signed-twice", "policy-watchdog", "", "changed checkpoint -", with(func(b *bundle) {
		b.checkpoint += strings.SplitAfter(b.checkpoint, "\n")[4]
	})},
	{"checkpoint-unknown-line-twice", "policy-watchdog", "", "changed checkpoint -", with(func(b *bundle) { b.checkpoint = b.r.checkpoint(7, union, watchdog, union) })},
	{"checkpoint-unknown-line-twice-with-another-signature", "policy-watchdog", "", "changed checkpoint -", with(func(b *bundle) {
		b.checkpoint += "— unknown.example AAAAAAA=\n— unknown.example AAAAAAE=\n"
	})},
	{"checkpoint-cosigned-twice", "policy-watchdog", "", "changed checkpoint -", with(func(b *bundle) {
		later := watchdog
		later.secs++
		b.checkpoint = b.r.checkpoint(7, watchdog, later)
	})},
	{"checkpoint-cosignature-time", "policy-watchdog", "", "changed checkpoint -", with(func(b *bundle) {
		b.checkpoint = cosignatureEdited(b, func(sig []byte) []byte { sig[11]++; return sig })
	})},
	{"checkpoint-cosignature-short", "policy-watchdog", "", "changed checkpoint -", with(func(b *bundle) {
		b.checkpoint = cosignatureEdited(b, func(sig []byte) []byte { return sig[:75] })
	})},
	{"checkpoint-cosignature-without-time", "policy-watchdog", "", "changed checkpoint -", with(func(b *bundle) {
		b.checkpoint = cosignatureEdited(b, func(sig []byte) []byte { return append(sig[:4], sig[12:]...) })
	})},
	{"checkpoint-cosignature-time-2to53", "policy-watchdog", "", "changed checkpoint -", with(func(b *bundle) {
		w := watchdog
		w.secs = 1 << 53
		b.checkpoint = b.r.checkpoint(7, w)
	})},
	{"checkpoint-known-line-of-five-bytes", "policy-watchdog", "", "changed checkpoint -", with(func(b *bundle) {
		b.checkpoint = cosignatureEdited(b, func(sig []byte) []byte { return sig[:5] })
	})},
	{"checkpoint-line-of-four-bytes", "policy-watchdog", "", "changed checkpoint -", with(func(b *bundle) { b.checkpoint += "— x AAAAAA==\n" })},
	{"checkpoint-key-name-plus", "policy-watchdog", "", "changed checkpoint -", with(func(b *bundle) { b.checkpoint += "— x+y AAAAAAA=\n" })},
	{"checkpoint-key-name-not-ascii", "policy-watchdog", "", "changed checkpoint -", with(func(b *bundle) { b.checkpoint += "— wächter AAAAAAA=\n" })},
	{"checkpoint-hyphen-for-dash", "policy-watchdog", "", "changed checkpoint -", with(func(b *bundle) { b.checkpoint = replace("\n— watch", "\n– watch")(b.checkpoint) })},
	{"checkpoint-101-signatures", "policy-watchdog", "", "changed checkpoint -", with(func(b *bundle) { b.checkpoint = hundred(b.r, 101) })},
	{"checkpoint-empty-line-at-end", "policy-watchdog", "", "changed checkpoint -", with(func(b *bundle) { b.checkpoint += "\n" })},
	{"checkpoint-no-last-line-feed", "policy-watchdog", "", "changed checkpoint -", with(func(b *bundle) { b.checkpoint = b.checkpoint[:len(b.checkpoint)-1] })},
	{"checkpoint-second-log-key-forged", "policy-two-logs", "", "changed checkpoint -", with(func(b *bundle) {
		b.checkpoint += "— " + body + " " + b64(append(signerOf("second log").id(body, 1), make([]byte, 64)...)) + "\n"
	})},
	{"checkpoint-signature-plus-order", "policy-watchdog", "", "changed checkpoint -", with(func(b *bundle) { b.checkpoint = plusOrder(b.checkpoint) })},

	// The signature of the manifest.
	{"signature-other-key", "policy-watchdog", "", "changed signature -", with(func(b *bundle) { b.log = signerOf("somebody") })},
	{"signature-under-the-name-of-the-checkpoint", "policy-watchdog", "", "changed signature -", with(func(b *bundle) {
		b.editNote = func(s string) string {
			text, _, _ := strings.Cut(s, "\n\n")
			return text + "\n\n" + b.log.line(body, text+"\n")
		}
	})},
	{"signature-under-the-name-of-another-epoch", "policy-watchdog", "", "changed signature -", from(secondEpoch, func(b *bundle) {
		b.editNote = func(s string) string {
			text, _, _ := strings.Cut(s, "\n\n")
			return text + "\n\n" + b.log.line(body+"/bundle", text+"\n")
		}
	})},
	{"signature-of-another-text", "policy-watchdog", "", "changed signature -", with(func(b *bundle) {
		b.editNote = replace(fmt.Sprintf("made %d", b.made), fmt.Sprintf("made %d", b.made+1))
	})},
	{"manifest-signed-twice", "policy-watchdog", "", "changed manifest -", with(func(b *bundle) {
		b.editNote = func(s string) string { return s + s[strings.Index(s, "\n\n")+2:] }
	})},
	{"signature-of-a-witness-key", "policy-watchdog", "", "changed signature -", with(func(b *bundle) { b.log = watchdog.key })},

	// Consistency.
	{"consistency-form", "policy-watchdog", "earlier", "changed consistency -", from(continued, func(b *bundle) { b.editConsistency = func(s string) string { return s + "\n" } })},
	{"consistency-proof", "policy-watchdog", "earlier", "changed consistency -", from(continued, func(b *bundle) {
		b.editConsistency = func(s string) string { return s[:len(s)-2] + flip(s[len(s)-2:]) }
	})},
	{"consistency-no-proof", "policy-watchdog", "earlier", "changed consistency -", from(continued, func(b *bundle) {
		b.editConsistency = func(s string) string { return s[:strings.Index(s, "proof")] + "proof -\n" }
	})},
	{"consistency-proof-too-long", "policy-watchdog", "earlier", "changed consistency -", from(continued, func(b *bundle) {
		b.editConsistency = func(s string) string { return s[:len(s)-1] + strings.Repeat(digestOf(""), 200) + "\n" }
	})},
	{"consistency-proof-of-31-bytes", "policy-watchdog", "", "changed consistency -", from(continued, func(b *bundle) {
		b.editConsistency = func(s string) string { return s[:len(s)-3] + "\n" }
	})},
	{"consistency-root", "policy-watchdog", "earlier", "changed consistency -", from(continued, func(b *bundle) { b.editConsistency = replace("from 7 ", "from 6 ") })},
	{"consistency-larger", "policy-watchdog", "", "changed consistency -", from(continued, func(b *bundle) { b.editConsistency = replace("from 7 ", "from 10 ") })},
	{"consistency-from-nothing", "policy-watchdog", "", "changed consistency -", with(func(b *bundle) {
		b.earlier = 7
		b.editConsistency = func(string) string { return "candour-consistency/1\nfrom 0 " + digestOf("") + "\nproof -\n" }
	})},
	{"consistency-same-size-with-proof", "policy-watchdog", "", "changed consistency -", with(func(b *bundle) {
		b.earlier = 7
		b.editConsistency = replace("proof -", "proof "+digestOf(""))
	})},
	{"consistency-same-size-of-another-root", "policy-watchdog", "", "changed consistency -", with(func(b *bundle) {
		b.earlier = 7
		b.editConsistency = func(string) string { return "candour-consistency/1\nfrom 7 " + digestOf("") + "\nproof -\n" }
	})},
	{"consistency-from-nothing-with-proof", "policy-watchdog", "", "changed consistency -", with(func(b *bundle) {
		b.earlier = 7
		b.editConsistency = func(string) string {
			return "candour-consistency/1\nfrom 0 " + digestOf("") + "\nproof " + digestOf("") + "\n"
		}
	})},

	// The form of the entries.
	{"entries-version", "policy-watchdog", "", "changed entries -", entriesOf(replace("candour-entries/1", "candour-entries/2"))},
	{"entries-no-chain", "policy-watchdog", "", "changed entries -", entriesOf(func(string) string { return "candour-entries/1\n" })},
	{"entries-only-excerpt", "policy-watchdog", "", "changed entries -", entriesOf(chainLine("excerpt\n"))},
	{"entries-chain-twice", "policy-watchdog", "", "changed entries -", entriesOf(func(s string) string { return s + s[strings.Index(s, "\n")+1:] })},
	{"entries-chain-without-entry", "policy-watchdog", "", "changed entries -", entriesOf(func(s string) string { return s + "chain case/9 0 -\n" })},
	{"entries-chain-after-excerpt", "policy-watchdog", "", "changed entries -", with(func(b *bundle) {
		b.excerpt = []int{1}
		b.editEntries = func(s string) string { return s + "chain case/9 0 -\n" }
	})},
	{"entries-excerpt-without-entry", "policy-watchdog", "", "changed entries -", entriesOf(func(s string) string { return s + "excerpt\n" })},
	{"entries-excerpt-descending", "policy-watchdog", "", "changed entries -", with(func(b *bundle) { b.excerpt = []int{6, 1} })},
	{"entries-excerpt-erased", "policy-watchdog", "", "changed entries -", with(func(b *bundle) { b.excerpt, b.erased = []int{1}, map[int]int{1: 5} })},
	{"entries-index-twice", "policy-watchdog", "", "changed entries -", with(func(b *bundle) { b.excerpt = []int{5} })},
	{"entries-seven-fields", "policy-watchdog", "", "changed entries -", entriesOf(inEntry(5, "field key", func(string) string { return "" }))},
	{"entries-first-seq-with-leaf", "policy-watchdog", "", "changed entries -", entriesOf(chainLine("chain case/1 0 " + digestOf("") + "\n"))},
	{"entries-later-seq-without-leaf", "policy-watchdog", "", "changed entries -", entriesOf(chainLine("chain case/1 1 -\n"))},
	{"entries-index-2to53", "policy-watchdog", "", "changed entries -", entriesOf(replace("entry 5\n", "entry 9007199254740992\n"))},
	{"entries-index-signed", "policy-watchdog", "", "changed entries -", entriesOf(replace("entry 5\n", "entry +5\n"))},
	{"entries-upper-case-hex", "policy-watchdog", "", "changed entries -", entriesOf(inEntry(0, "envelope", func(s string) string { return "envelope " + strings.ToUpper(s[9:]) }))},
	{"entries-odd-hex", "policy-watchdog", "", "changed entries -", entriesOf(inEntry(0, "envelope", func(s string) string { return s[:len(s)-2] + "\n" }))},
	{"entries-envelope-empty", "policy-watchdog", "", "changed entries -", entriesOf(inEntry(0, "envelope", word(1, "")))},
	{"entries-proof-of-half-a-hash", "policy-watchdog", "", "changed entries -", entriesOf(inEntry(0, "proof", func(s string) string { return s[:len(s)-33] + "\n" }))},
	{"entries-proof-empty", "policy-watchdog", "", "changed entries -", entriesOf(inEntry(0, "proof", word(1, "")))},
	{"entries-salt-short", "policy-watchdog", "", "changed entries -", entriesOf(inEntry(0, "field by", word(2, digestOf("")[:62])))},
	{"entries-value-empty-word", "policy-watchdog", "", "changed entries -", entriesOf(inEntry(0, "field recorded", word(3, "")))},
	{"entries-value-unused-bits", "policy-watchdog", "", "changed entries -", entriesOf(inEntry(0, "field by", word(3, "ZGMud2ViYh==")))},
	{"entries-value-without-padding", "policy-watchdog", "", "changed entries -", entriesOf(inEntry(0, "field seq", word(3, "MA")))},
	{"entries-value-url-alphabet", "policy-watchdog", "", "changed entries -", entriesOf(inEntry(0, "field by", word(3, "_-8=")))},
	{"entries-name-too-long", "policy-watchdog", "", "changed entries -", entriesOf(inEntry(0, "field by", word(1, strings.Repeat("n", 256))))},
	{"entries-name-not-ascii", "policy-watchdog", "", "changed entries -", entriesOf(inEntry(0, "field by", word(1, "bü")))},
	{"entries-tab", "policy-watchdog", "", "changed entries -", entriesOf(replace("field by ", "field by\t"))},
	{"entries-two-spaces", "policy-watchdog", "", "changed entries -", entriesOf(replace("field by ", "field by  "))},
	{"entries-space-at-end", "policy-watchdog", "", "changed entries -", entriesOf(replace("entry 5\n", "entry 5 \n"))},
	{"entries-crlf", "policy-watchdog", "", "changed entries -", entriesOf(func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") })},
	{"entries-empty-line", "policy-watchdog", "", "changed entries -", entriesOf(replace("entry 5\n", "\nentry 5\n"))},
	{"entries-no-last-line-feed", "policy-watchdog", "", "changed entries -", entriesOf(func(s string) string { return s[:len(s)-1] })},
	{"entries-nul", "policy-watchdog", "", "changed entries -", entriesOf(func(s string) string { return s + "\x00\n" })},
	{"entries-class-empty", "policy-watchdog", "", "changed entries -", with(func(b *bundle) { b.withhold, b.class = withheldBy, "" })},
	{"entries-class-two-words", "policy-watchdog", "", "changed entries -", with(func(b *bundle) { b.withhold, b.class = withheldBy, "very private" })},
	{"entries-authority-empty", "policy-watchdog", "", "changed entries -", with(func(b *bundle) { b.withhold, b.authority = withheldBy, "" })},
	{"entries-authority-not-utf8", "policy-watchdog", "", "changed entries -", with(func(b *bundle) { b.withhold, b.authority = withheldBy, "\xff" })},
	{"entries-authority-surrogate", "policy-watchdog", "", "changed entries -", with(func(b *bundle) { b.withhold, b.authority = withheldBy, "\xed\xa0\x80" })},
	{"entries-authority-byte-order-mark", "policy-watchdog", "", "changed entries -", with(func(b *bundle) { b.withhold, b.authority = withheldBy, "\ufeffx" })},
	{"entries-erased-and-fields", "policy-watchdog", "", "changed entries -", from(erasing, func(b *bundle) {
		b.editEntries = replace("erased 3\n", "erased 3\nfield a "+digestOf("")+" -\n")
	})},
	{"entries-fields-and-erased", "policy-watchdog", "", "changed entries -", from(erasing, func(b *bundle) { b.editEntries = replace("entry 3\n", "erased 3\nentry 3\n") })},

	// Envelopes.
	{"envelope-version", "policy-watchdog", "", "changed envelope 2", with(envelopeOf(2, func(e []byte) []byte { e[0] = 2; return e }))},
	{"envelope-epoch-0", "policy-watchdog", "", "changed envelope 2", with(envelopeOf(2, func(e []byte) []byte { e[4] = 0; return e }))},
	{"envelope-epoch-later", "policy-watchdog", "", "changed envelope 2", with(envelopeOf(2, func(e []byte) []byte { e[4] = 2; return e }))},
	{"envelope-sealed-2to63", "policy-watchdog", "", "changed envelope 2", with(envelopeOf(2, func(e []byte) []byte { e[5] |= 0x80; return e }))},
	{"envelope-other-body", "policy-watchdog", "", "changed envelope 2", with(envelopeOf(2, func(e []byte) []byte { e[20] ^= 1; return e }))},
	{"envelope-origin-plus", "policy-watchdog", "", "changed envelope 2", with(envelopeOf(2, func(e []byte) []byte { e[20] = '+'; return e }))},
	{"envelope-longer", "policy-watchdog", "", "changed envelope 2", with(envelopeOf(2, func(e []byte) []byte { return append(e, 0) }))},
	{"envelope-shorter", "policy-watchdog", "", "changed envelope 2", with(envelopeOf(2, func(e []byte) []byte { return e[:len(e)-1] }))},
	{"envelope-one-byte", "policy-watchdog", "", "changed envelope 2", with(envelopeOf(2, func(e []byte) []byte { return e[:1] }))},
	{"envelope-origin-empty", "policy-watchdog", "", "changed envelope 2", with(envelopeOf(2, func(e []byte) []byte {
		return slices.Concat(e[:13], []byte{0}, e[len(e)-32:])
	}))},
	{"envelope-erased-other-body", "policy-watchdog", "", "changed envelope 0", from(erasing, envelopeOf(0, func(e []byte) []byte { e[20] ^= 1; return e }))},
	{"envelope-excerpt", "policy-watchdog", "", "changed envelope 1", with(func(b *bundle) {
		b.excerpt = []int{1}
		envelopeOf(1, func(e []byte) []byte { e[0] = 2; return e })(b)
	})},

	// Inclusion.
	{"inclusion-other-index", "policy-watchdog", "", "changed inclusion 4", entriesOf(replace("entry 3\n", "entry 4\n"))},
	{"inclusion-proof", "policy-watchdog", "", "changed inclusion 2", entriesOf(inEntry(2, "proof ", func(s string) string { return s[:6] + flip(s[6:]) }))},
	{"inclusion-no-proof", "policy-watchdog", "", "changed inclusion 2", entriesOf(inEntry(2, "proof ", word(1, "-")))},
	{"inclusion-proof-too-long", "policy-watchdog", "", "changed inclusion 2", entriesOf(inEntry(2, "proof ", func(s string) string { return s[:len(s)-1] + digestOf("") + "\n" }))},
	{"inclusion-proof-of-200", "policy-watchdog", "", "changed inclusion 2", entriesOf(inEntry(2, "proof ", word(1, strings.Repeat(digestOf(""), 200))))},
	{"inclusion-outside", "policy-watchdog", "", "changed inclusion 7", entriesOf(replace("entry 5\n", "entry 7\n"))},
	{"inclusion-after-checkpoint", "policy-watchdog", "", "changed inclusion 5", with(func(b *bundle) {
		b.checkpoint = b.r.checkpoint(4, watchdog)
		b.editEntries = func(s string) string {
			for _, i := range []int{0, 2, 3} {
				s = inEntry(i, "proof ", word(1, joined(path(i, b.r.leaves(4)))))(s)
			}
			return s
		}
	})},
	{"inclusion-sealed-earlier", "policy-watchdog", "", "changed inclusion 2", with(envelopeOf(2, func(e []byte) []byte { e[12]--; return e }))},
	{"inclusion-proof-of-another-body", "policy-watchdog", "", "changed inclusion 0", with(func(b *bundle) {
		other := small()
		other.facts[6].sealed++
		other.facts[6].seal()
		b.editEntries = inEntry(0, "proof ", word(1, joined(path(0, other.leaves(7)))))
	})},
	{"inclusion-erased", "policy-watchdog", "", "changed inclusion 1", from(erasing, envelopeOf(1, func(e []byte) []byte { e[len(e)-1] ^= 1; return e }))},

	// Fields.
	{"fields-value", "policy-watchdog", "", "changed fields 3", entriesOf(inEntry(3, "field to ", word(3, b64([]byte("nobody")))))},
	{"fields-value-emptied", "policy-watchdog", "", "changed fields 3", entriesOf(inEntry(3, "field to ", word(3, "-")))},
	{"fields-salt", "policy-watchdog", "", "changed fields 3", entriesOf(inEntry(3, "field to ", word(2, digestOf(""))))},
	{"fields-name", "policy-watchdog", "", "changed fields 3", entriesOf(inEntry(3, "field to ", word(1, "at")))},
	{"fields-grafted", "policy-watchdog", "", "changed fields 3", entriesOf(func(s string) string {
		return inEntry(3, "field happened ", func(string) string { return lineOf(s, 0, "field happened ") })(s)
	})},
	{"fields-left-out", "policy-watchdog", "", "changed fields 0", entriesOf(inEntry(0, "field person", func(string) string { return "" }))},
	{"fields-put-in", "policy-watchdog", "", "changed fields 3", entriesOf(inEntry(3, "field key", func(s string) string { return s + "field x " + digestOf("") + " -\n" }))},
	{"fields-withheld-commitment", "policy-watchdog", "", "changed fields 3", entriesOf(inEntry(3, "field to ", func(string) string { return "withheld " + digestOf("") + " personal eA==\n" }))},
	{"fields-case-withheld", "policy-watchdog", "", "changed fields 2", slotWithheld("case")},
	{"fields-seq-withheld", "policy-watchdog", "", "changed fields 2", slotWithheld("seq")},
	{"fields-previous-withheld", "policy-watchdog", "", "changed fields 2", slotWithheld("previous")},
	{"fields-slots-swapped", "policy-watchdog", "", "changed fields 5", from(resealed(func(r *record) {
		f := r.facts[5]
		f.fields[4], f.fields[5] = f.fields[5], f.fields[4]
		f.seal()
	}), func(b *bundle) {})},
	{"fields-name-of-a-slot-again", "policy-watchdog", "", "changed fields 5", from(resealed(func(r *record) {
		r.facts[5].fields = append(r.facts[5].fields, field{"kind", "sent"})
		r.facts[5].seal()
	}), func(b *bundle) {})},
	{"fields-name-twice", "policy-watchdog", "", "changed fields 5", from(resealed(func(r *record) {
		f := r.facts[5]
		f.fields = append(f.fields, field{"to", "x"}, field{"to", "y"})
		f.seal()
	}), func(b *bundle) {})},
	{"fields-same-twice", "policy-watchdog", "", "changed fields 5", from(resealed(func(r *record) {
		f := r.facts[5]
		f.fields = append(f.fields, field{"to", "x"}, field{"to", "x"})
		f.seal()
	}), func(b *bundle) { b.withhold = func(f *fact, name string) bool { return name == "to" } })},
	{"fields-descending", "policy-watchdog", "", "changed fields 5", from(resealed(func(r *record) {
		f := r.facts[5]
		f.fields = append(f.fields, field{"a", "x"}, field{"b", "y"})
		f.order()
		f.fields[8], f.fields[9] = f.fields[9], f.fields[8]
		sealedAs(f, f.commitments())
	}), func(b *bundle) {})},
	{"fields-swapped", "policy-watchdog", "", "changed fields 0", entriesOf(func(s string) string {
		a, b := lineOf(s, 0, "field summary "), lineOf(s, 0, "field person ")
		if strings.Index(s, a) > strings.Index(s, b) {
			a, b = b, a
		}
		return strings.Replace(s, a+b, b+a, 1)
	})},
	{"fields-excerpt", "policy-watchdog", "", "changed fields 1", with(func(b *bundle) {
		b.excerpt = []int{1}
		b.editEntries = inEntry(1, "field by ", word(3, "eA=="))
	})},

	// Chains.
	{"chain-omitted", "policy-watchdog", "", "changed chain 3", with(func(b *bundle) { b.drop[2] = true })},
	{"chain-omitted-first", "policy-watchdog", "", "changed chain 2", with(func(b *bundle) { b.drop[0] = true })},
	{"chain-begins-later-than-said", "policy-watchdog", "earlier", "changed chain 8", from(continued, func(b *bundle) { b.drop[7] = true })},
	{"chain-first-seq-said-otherwise", "policy-watchdog", "", "changed chain 0", entriesOf(chainLine("chain case/1 1 " + digestOf("") + "\n"))},
	{"chain-leaf-before-said-otherwise", "policy-watchdog", "earlier", "changed chain 7", from(continued, func(b *bundle) {
		b.editEntries = func(s string) string {
			h := b.r.facts[5].leaf()
			return strings.Replace(s, hx(h[:]), flip(hx(h[:])), 1)
		}
	})},
	{"chain-swapped", "policy-watchdog", "", "changed chain 3", entriesOf(func(s string) string {
		two, three := strings.Index(s, "entry 2\n"), strings.Index(s, "entry 3\n")
		five := strings.Index(s, "entry 5\n")
		return s[:two] + s[three:five] + s[two:three] + s[five:]
	})},
	{"chain-another-case", "policy-watchdog", "", "changed chain 1", entriesOf(func(s string) string {
		b := small().of("case/1")
		return strings.Replace(s, "entry 2\n", b.entry(b.r.facts[1])+"entry 2\n", 1)
	})},
	{"chain-name-said-otherwise", "policy-watchdog", "", "changed chain 0", entriesOf(chainLine("chain case/01 0 -\n"))},
	{"chain-seq-sealed-wrong", "policy-watchdog", "", "changed chain 5", from(resealed(func(r *record) { r.facts[5].set("seq", "03"); r.facts[5].seal() }), func(b *bundle) {})},
	{"chain-previous-sealed-wrong", "policy-watchdog", "", "changed chain 5", from(resealed(func(r *record) {
		r.facts[5].set("previous", r.facts[3].get("previous"))
		r.facts[5].seal()
	}), func(b *bundle) {})},
	{"chain-previous-upper-case", "policy-watchdog", "", "changed chain 5", from(resealed(func(r *record) {
		r.facts[5].set("previous", strings.ToUpper(r.facts[5].get("previous")))
		r.facts[5].seal()
	}), func(b *bundle) {})},
	{"chain-sealed-goes-down", "policy-watchdog", "", "changed chain 3", from(resealed(func(r *record) { r.facts[3].sealed = morning; r.relink() }), func(b *bundle) {})},
	{"chain-epoch-goes-down", "policy-watchdog", "", "changed chain 2", from(secondEpoch, func(b *bundle) {
		b.r.facts[2].epoch = 1
		b.r.facts[2].seal()
		b.checkpoint = b.r.checkpoint(3, watchdog)
	})},
	{"chain-index-goes-down", "policy-watchdog", "", "changed chain 2", from(resealed(func(r *record) {
		r.facts[2], r.facts[3] = r.facts[3], r.facts[2] // sealed in one order, put into the tree in the other
		r.facts[2].index, r.facts[3].index = 2, 3
		r.facts[2].sealed, r.facts[3].sealed = morning+3e9, morning+3e9
		last := ""
		for i, f := range r.chains["case/1"] {
			f.set("seq", fmt.Sprint(i))
			f.set("previous", last)
			f.seal()
			h := f.leaf()
			last = hx(h[:])
		}
	}), func(b *bundle) {})},
	{"chain-excerpt-of-a-chain-that-is-there", "policy-watchdog", "", "changed chain 5", with(func(b *bundle) {
		b.chains, b.excerpt = []string{"case/1"}, nil
		b.editEntries = func(s string) string {
			i := strings.Index(s, "entry 5\n")
			return s[:i] + "excerpt\n" + s[i:]
		}
		b.made = b.r.facts[3].sealed
		b.r.facts[3].set("kind", "record.bundle")
		b.r.relink()
		b.checkpoint = b.r.checkpoint(7, watchdog)
	})},

	// Erasure.
	{"erased-not-named", "policy-watchdog", "", "changed erased 2", from(erasing, func(b *bundle) { b.erased[2] = 3 })},
	{"erased-by-no-erasure", "policy-watchdog", "", "changed erased 0", from(erasing, func(b *bundle) { b.erased[0] = 4 })},
	{"erased-by-one-not-there", "policy-watchdog", "", "changed erased 0", from(erasing, func(b *bundle) { b.erased[0] = 9 })},
	{"erased-by-itself", "policy-watchdog", "", "changed erased 0", from(erasing, func(b *bundle) { b.erased[0] = 0 })},
	{"erased-second-wrong", "policy-watchdog", "", "changed erased 1", from(erasing, func(b *bundle) { b.erased[1] = 2 })},
	{"erased-kind-withheld", "policy-watchdog", "", "changed erased 0", from(erasing, func(b *bundle) {
		b.withhold = func(f *fact, name string) bool { return f.index == 3 && name == "kind" }
	})},
	{"erased-list-withheld", "policy-watchdog", "", "changed erased 0", from(erasing, func(b *bundle) {
		b.withhold = func(f *fact, name string) bool { return name == "erased" }
	})},
	{"erased-by-an-erased-one", "policy-watchdog", "", "changed erased 0", from(erasing, func(b *bundle) {
		r := b.r
		x := r.facts[3].leaf()
		r.add("case/1", "record.erasure", field{"erased", hx(x[:])})
		r.add("case/1", "record.bundle")
		*b = *r.of("case/1")
		b.erased = map[int]int{0: 3, 1: 3, 3: 5}
	})},
	{"erased-another-kind-names-it", "policy-watchdog", "", "changed erased 0", from(erasing, func(b *bundle) {
		b.r.facts[3].set("kind", "note.made")
		reseal(b)
	})},
	{"erased-two-spaces", "policy-watchdog", "", "changed erased 0", from(erasing, func(b *bundle) {
		b.r.facts[3].set("erased", strings.Replace(b.r.facts[3].get("erased"), " ", "  ", 1))
		reseal(b)
	})},
	{"erased-upper-case", "policy-watchdog", "", "changed erased 0", from(erasing, func(b *bundle) {
		b.r.facts[3].set("erased", strings.ToUpper(b.r.facts[3].get("erased")))
		reseal(b)
	})},
	{"erased-a-word-that-is-no-hash", "policy-watchdog", "", "changed erased 0", from(erasing, func(b *bundle) {
		b.r.facts[3].set("erased", b.r.facts[3].get("erased")+" all")
		reseal(b)
	})},
	{"erased-told-of-on-another-chain", "policy-watchdog", "", "changed erased 0", from(erasing, func(b *bundle) {
		r := b.r
		leaf := r.facts[0].leaf()
		r.add("case/2", "record.erasure", field{"erased", hx(leaf[:])})
		r.add("case/1", "record.bundle")
		r.addAt("case/2", "record.bundle")
		*b = *r.of("case/1", "case/2")
		b.erased = map[int]int{0: 5}
	})},
	{"erased-told-of-before", "policy-watchdog", "", "changed erased 1", from(func() *bundle {
		// An erasure cannot know the leaf of a later entry unless its maker chose that beforehand: the
		// later one is erased, so nobody sees that it names no entry before it.
		r := newRecord()
		later := &fact{index: 1, key: seedOf("later"), epoch: 1, sealed: morning + 2e9, origin: body,
			fields: []field{{"case", ""}, {"seq", ""}, {"previous", ""}, {"kind", ""}, {"happened", ""}, {"recorded", ""}, {"by", ""}, {"key", ""}}}
		later.seal()
		leaf := later.leaf()
		r.add("case/1", "record.erasure", field{"erased", hx(leaf[:])})
		r.now += 1e9
		r.facts, r.chains["case/1"] = append(r.facts, later), append(r.chains["case/1"], later)
		r.add("case/1", "record.bundle")
		b := r.of("case/1")
		b.erased = map[int]int{1: 0}
		return b
	}, func(b *bundle) {})},

	{"erased-nothing", "policy-watchdog", "", "changed erased 0", from(erasing, func(b *bundle) { b.r.facts[3].set("erased", ""); reseal(b) })},
	{"erased-space-at-end", "policy-watchdog", "", "changed erased 0", from(erasing, func(b *bundle) {
		b.r.facts[3].set("erased", b.r.facts[3].get("erased")+" ")
		reseal(b)
	})},
	{"erased-line-feed-between", "policy-watchdog", "", "changed erased 0", from(erasing, func(b *bundle) {
		b.r.facts[3].set("erased", strings.Replace(b.r.facts[3].get("erased"), " ", "\n", 1))
		reseal(b)
	})},
	{"intact-erased-named-twice", "policy-watchdog", "", "intact - -", from(erasing, func(b *bundle) {
		b.r.facts[3].set("erased", b.r.facts[3].get("erased")+" "+digestOf("")+" "+b.r.facts[3].get("erased"))
		reseal(b)
	})},

	// All entries of the part, in order of index.
	{"chain-excerpt-sealed-before", "policy-watchdog", "", "changed chain 4", from(resealed(func(r *record) { r.facts[4].sealed = r.facts[3].sealed - 1; r.relink() }), func(b *bundle) { b.excerpt = []int{1, 4, 6} })},
	{"chain-sealed-after-what-follows-in-the-excerpt", "policy-watchdog", "", "changed chain 5", from(resealed(func(r *record) { r.facts[4].sealed = r.facts[5].sealed + 1; r.relink() }), func(b *bundle) { b.excerpt = []int{4} })},
	{"chain-two-chains-sealed-before", "policy-watchdog", "", "changed chain 4", sealedAcross},
	{"chain-excerpt-of-an-earlier-epoch", "policy-watchdog", "", "changed chain 2", from(secondEpoch, func(b *bundle) {
		r := newRecord()
		r.add("case/1", "case.opened")
		r.epoch = 2
		r.add("case/1", "record.restored")
		r.add("case/2", "case.opened").epoch = 1
		r.facts[2].seal()
		r.add("case/1", "record.bundle")
		*b = *r.of("case/1")
		b.excerpt = []int{2}
	})},
	{"chain-erased-sealed-after-the-excerpt", "policy-watchdog", "", "changed chain 1", from(erasing, func(b *bundle) {
		r := newRecord()
		a := r.add("case/1", "contact.made")
		r.add("case/2", "case.opened").sealed = a.sealed - 1
		r.facts[1].seal()
		x := a.leaf()
		r.add("case/1", "record.erasure", field{"erased", hx(x[:])})
		r.add("case/1", "record.bundle")
		*b = *r.of("case/1")
		b.excerpt, b.erased = []int{1}, map[int]int{0: 2}
	})},
	{"fields-excerpt-before-order-of-all", "policy-watchdog", "", "changed fields 6", from(resealed(func(r *record) { r.facts[4].sealed = r.facts[3].sealed - 1; r.relink() }), func(b *bundle) {
		b.excerpt = []int{4, 6}
		b.editEntries = inEntry(6, "field by ", word(3, "eA=="))
	})},
	{"chain-order-of-all-before-attachments", "policy-watchdog", "", "changed chain 4", from(resealed(func(r *record) { r.facts[4].sealed = r.facts[3].sealed - 1; r.relink() }), func(b *bundle) {
		b.excerpt, b.attach = []int{4}, [][]byte{[]byte("x")}
	})},
	{"intact-sealed-before-in-what-is-not-shown", "policy-watchdog", "", "intact - -", from(resealed(func(r *record) { r.facts[4].sealed = r.facts[3].sealed - 1; r.relink() }), func(b *bundle) {})},
	{"chain-seq-2to53", "policy-watchdog", "", "changed chain 1", from(func() *bundle {
		r := newRecord()
		r.add("case/1", "note.made").set("seq", "9007199254740991")
		r.facts[0].set("previous", digestOf(""))
		r.facts[0].seal()
		r.add("case/1", "record.bundle").set("seq", "9007199254740992")
		r.facts[1].seal()
		b := r.of("case/1")
		b.editEntries = chainLine("chain case/1 9007199254740991 " + digestOf("") + "\n")
		return b
	}, func(b *bundle) {})},

	// The end of a chain.
	{"incomplete-end-left-out", "policy-watchdog", "", "changed incomplete 3", with(func(b *bundle) { b.drop[5] = true })},
	{"incomplete-older-bundle-fact", "policy-watchdog", "", "changed incomplete 5", from(continued, func(b *bundle) {
		b.from["case/1"], b.upto["case/1"], b.earlier = 0, 4, 0
	})},
	{"incomplete-made-otherwise", "policy-watchdog", "", "changed incomplete 5", with(func(b *bundle) { b.made++ })},
	{"incomplete-kind-withheld", "policy-watchdog", "", "changed incomplete 5", with(func(b *bundle) {
		b.withhold = func(f *fact, name string) bool { return f.index == 5 && name == "kind" }
	})},
	{"incomplete-second-chain", "policy-watchdog", "", "changed incomplete 4", with(func(b *bundle) { b.chains = []string{"case/1", "case/2"} })},
	{"incomplete-kind-in-another-field", "policy-watchdog", "", "changed incomplete 3", with(func(b *bundle) {
		b.drop[5], b.made = true, b.r.facts[3].sealed
		b.r.facts[3].set("to", "record.bundle")
		b.r.relink()
		b.checkpoint = b.r.checkpoint(7, watchdog)
	})},
	{"erased-last", "policy-watchdog", "", "changed erased 4", from(erasing, func(b *bundle) { b.erased[4] = 3 })},

	// Attachments.
	{"attachment-content", "policy-watchdog", "", "changed attachment -", with(func(b *bundle) {
		b.attach = [][]byte{[]byte(statement)}
		b.editParts = func(p []part) []part { p[4].content = "Another statement.\n"; return p }
	})},
	{"attachment-not-named", "policy-watchdog", "", "changed attachment -", with(func(b *bundle) { b.attach = [][]byte{[]byte("x")} })},
	{"attachment-one-of-two-not-named", "policy-watchdog", "", "changed attachment -", with(func(b *bundle) { b.attach = [][]byte{[]byte("x"), []byte(statement)} })},
	{"attachment-named-by-a-withheld-field", "policy-watchdog", "", "changed attachment -", with(func(b *bundle) {
		b.attach, b.withhold = [][]byte{[]byte(statement)}, func(f *fact, name string) bool { return name == "file" }
	})},
	{"attachment-named-in-upper-case", "policy-watchdog", "", "changed attachment -", from(resealed(func(r *record) {
		r.facts[5].set("by", strings.ToUpper(digestOf("x")))
		r.facts[5].seal()
	}), func(b *bundle) { b.attach = [][]byte{[]byte("x")} })},
	{"attachment-named-in-two-values", "policy-watchdog", "", "changed attachment -", from(resealed(func(r *record) {
		r.facts[5].set("happened", digestOf("x")[:32])
		r.facts[5].set("recorded", digestOf("x")[32:])
		r.facts[5].seal()
	}), func(b *bundle) { b.attach = [][]byte{[]byte("x")} })},

	// Bundles that continue another.
	{"previous-earlier-changed", "policy-watchdog", "fields-value", "changed previous -", from(continued, func(b *bundle) {})},
	{"previous-earlier-of-another-root", "policy-watchdog", "intact-odd-values", "changed previous -", from(continued, func(b *bundle) {})},
	{"previous-earlier-of-another-size", "policy-watchdog", "intact-older-bundle-fact", "changed previous -", from(continued, func(b *bundle) {})},
	{"previous-earlier-and-no-consistency", "policy-watchdog", "intact-plain", "changed previous -", with(func(b *bundle) {})},
	{"previous-gap", "policy-watchdog", "earlier", "changed previous -", from(continued, func(b *bundle) { b.from["case/1"] = 5 })},
	{"previous-overlap", "policy-watchdog", "earlier", "changed previous -", from(continued, func(b *bundle) { b.from["case/1"] = 3 })},
	{"previous-chain-not-in-earlier", "policy-watchdog", "earlier", "changed previous -", from(continued, func(b *bundle) {
		b.r.add("case/1", "record.bundle")
		b.r.addAt("case/2", "record.bundle")
		*b = *b.r.of("case/1", "case/2")
		b.from["case/1"], b.from["case/2"], b.earlier = 4, 1, 7
	})},
	{"previous-second-chain", "policy-watchdog", "earlier-second-chain", "changed previous -", from(secondChain, func(b *bundle) {})},
	{"intact-second-chain-alone", "policy-watchdog", "", "intact - -", from(secondChain, func(b *bundle) {})},
	{"intact-continued-overlap-of-a-later-part", "policy-watchdog", "intact-continued", "intact - -", from(continued, func(b *bundle) {
		b.r.add("case/1", "record.bundle")
		*b = *b.r.of("case/1")
		b.earlier = 9
	})},
	{"intact-continued-erased-since", "policy-watchdog", "earlier", "intact - -", from(continued, func(b *bundle) {
		leaf := b.r.facts[0].leaf()
		b.r.add("case/1", "record.erasure", field{"erased", hx(leaf[:])})
		b.r.add("case/1", "record.bundle")
		*b = *b.r.of("case/1")
		b.earlier, b.erased = 7, map[int]int{0: 9}
	})},
	{"previous-from-nought-and-no-consistency", "policy-watchdog", "earlier", "changed previous -", from(continued, func(b *bundle) { b.from["case/1"], b.earlier = 0, 0 })},
	{"previous-earlier-of-other-keys-and-no-policy", "-", "untrusted-forged-throughout", "changed previous -", from(continued, func(b *bundle) {})},
	{"previous-not-given", "policy-watchdog", "", "cannot-tell previous -", from(continued, func(b *bundle) {})},
	{"previous-not-given-nor-consistency", "policy-watchdog", "", "cannot-tell previous -", from(continued, func(b *bundle) { b.earlier = 0 })},

	// Whom to trust.
	{"untrusted", "-", "", "cannot-tell untrusted -", with(func(b *bundle) {})},
	{"untrusted-forged-throughout", "-", "", "cannot-tell untrusted -", with(func(b *bundle) {
		b.r.log = signerOf("somebody")
		b.log, b.checkpoint = b.r.log, b.r.checkpoint(7)
		b.policy = strings.Replace(policyText(0), signerOf("log").vkey(body, 1), b.log.vkey(body, 1), 1)
	})},
	{"untrusted-continued", "-", "earlier", "cannot-tell untrusted -", from(continued, func(b *bundle) {})},
	{"untrusted-continued-earlier-unwitnessed", "-", "earlier-unwitnessed", "cannot-tell untrusted -", from(continued, func(b *bundle) {})},
	{"untrusted-before-previous", "-", "", "cannot-tell untrusted -", from(continued, func(b *bundle) {})},
	{"untrusted-before-witness", "-", "", "cannot-tell untrusted -", with(func(b *bundle) { b.checkpoint = b.r.checkpoint(7) })},
	{"untrusted-changed-all-the-same", "-", "", "changed fields 3", entriesOf(inEntry(3, "field to ", word(3, "eA==")))},
	{"witness-none", "policy-watchdog", "", "cannot-tell witness -", with(func(b *bundle) { b.checkpoint = b.r.checkpoint(7) })},
	{"witness-unknown", "policy-watchdog", "", "cannot-tell witness -", with(func(b *bundle) { b.checkpoint = b.r.checkpoint(7, union) })},
	{"witness-one-of-two", "policy-two", "", "cannot-tell witness -", with(func(b *bundle) {})},
	{"witness-two-keys-of-one-operator", "policy-one-operator", "", "cannot-tell witness -", with(func(b *bundle) {
		b.checkpoint = b.r.checkpoint(7, watchdog, witness{"watchdog.example/w2", signerOf("watchdog 2"), watchdog.secs})
	})},
	{"witness-before-previous", "policy-watchdog", "", "cannot-tell witness -", from(continued, func(b *bundle) { b.checkpoint = b.r.checkpoint(9) })},
	{"witness-signs-as-a-log", "policy-watchdog", "", "cannot-tell witness -", with(func(b *bundle) {
		text := checkpointText(body, 7, mth(b.r.leaves(7)))
		b.checkpoint = b.r.checkpoint(7) + watchdog.key.line(watchdog.name, text)
	})},

	// An insider who has the key of the log, and an honest witness who cosigned before.
	{"insider-altered", "policy-watchdog", "", "cannot-tell witness -", forged("altered", "alone")},
	{"insider-altered-old-cosignature", "policy-watchdog", "", "changed checkpoint -", forged("altered", "old-cosignature")},
	{"insider-altered-forged-cosignature", "policy-watchdog", "", "changed checkpoint -", forged("altered", "forged-cosignature")},
	{"insider-altered-old-checkpoint", "policy-watchdog", "", "changed inclusion 3", forged("altered", "old-checkpoint")},
	{"insider-removed", "policy-watchdog", "", "cannot-tell witness -", forged("removed", "alone")},
	{"insider-removed-old-cosignature", "policy-watchdog", "", "changed checkpoint -", forged("removed", "old-cosignature")},
	{"insider-removed-old-checkpoint", "policy-watchdog", "", "changed inclusion 2", forged("removed", "old-checkpoint")},
	{"insider-inserted-old-checkpoint", "policy-watchdog", "", "changed inclusion 3", forged("inserted", "old-checkpoint")},
	{"insider-swapped-old-checkpoint", "policy-watchdog", "", "changed inclusion 2", forged("swapped", "old-checkpoint")},
	{"insider-backdated-old-checkpoint", "policy-watchdog", "", "changed inclusion 2", forged("backdated", "old-checkpoint")},

	// Numbers that are too large for 32 bits, or for a double.
	{"intact-large-index", "policy-watchdog", "", "intact - -", func() []byte { return large(1<<40+3, 1<<33+5) }},
	{"intact-large-index-last", "policy-watchdog", "", "intact - -", func() []byte { return large(1<<53-1, 1<<53-2) }},
	{"intact-large-index-power-of-two", "policy-watchdog", "", "intact - -", func() []byte { return large(1<<52, 1<<31) }},
	{"intact-large-consistency", "policy-watchdog", "", "intact - -", func() []byte { return largeConsistency(false) }},
	{"consistency-large-proof", "policy-watchdog", "", "changed consistency -", func() []byte { return largeConsistency(true) }},
	{"intact-epoch-largest", "policy-watchdog", "", "intact - -", from(func() *bundle {
		r := newRecord()
		r.epoch = 1<<32 - 1
		r.add("case/1", "record.bundle")
		return r.of("case/1")
	}, func(b *bundle) {})},
	{"intact-sealed-largest", "policy-watchdog", "", "intact - -", from(resealed(func(r *record) { sealAllAt(r, 1<<63-1) }), func(b *bundle) {})},
	{"intact-sealed-at-nought", "policy-watchdog", "", "intact - -", from(resealed(func(r *record) { sealAllAt(r, 0) }), func(b *bundle) {})},
	{"chain-sealed-goes-down-by-one", "policy-watchdog", "", "changed chain 3", from(resealed(func(r *record) {
		r.facts[3].sealed = r.facts[2].sealed - 1
		r.relink()
	}), func(b *bundle) {})},
	{"incomplete-made-one-before", "policy-watchdog", "", "changed incomplete 5", with(func(b *bundle) { b.made-- })},
	{"entries-index-exponent", "policy-watchdog", "", "changed entries -", entriesOf(replace("entry 5\n", "entry 5e0\n"))},
	{"entries-index-fraction", "policy-watchdog", "", "changed entries -", entriesOf(replace("entry 5\n", "entry 5.0\n"))},
	{"entries-index-hex", "policy-watchdog", "", "changed entries -", entriesOf(replace("entry 5\n", "entry 0x5\n"))},
	{"entries-index-other-digits", "policy-watchdog", "", "changed entries -", entriesOf(replace("entry 5\n", "entry \u0665\n"))},
	{"entries-index-empty", "policy-watchdog", "", "changed entries -", entriesOf(replace("entry 5\n", "entry \n"))},
	{"entries-index-none", "policy-watchdog", "", "changed entries -", entriesOf(replace("entry 5\n", "entry\n"))},
	{"checkpoint-epoch-empty", "policy-watchdog", "", "changed checkpoint -", signed(replace(body, body+"/epoch/"))},
	{"checkpoint-epoch-0", "policy-watchdog", "", "changed checkpoint -", signed(replace(body, body+"/epoch/0"))},
	{"envelope-epoch-top-bit", "policy-watchdog", "", "changed envelope 2", with(envelopeOf(2, func(e []byte) []byte { e[1] = 0x80; return e }))},

	// Names that mean something to the language of a verifier.
	{"intact-chain-of-a-strange-name", "policy-watchdog", "", "intact - -", from(func() *bundle {
		r := newRecord()
		r.add("__proto__", "constructor", field{"constructor", "x"}, field{"toString", "y"}, field{"__proto__", "z"}, field{"length", ""})
		r.add("constructor", "note.made")
		r.add("__proto__", "record.bundle")
		b := r.of("__proto__")
		b.excerpt = []int{1}
		return b
	}, func(b *bundle) {})},
	{"entries-chain-of-a-strange-name-twice", "policy-watchdog", "", "changed entries -", from(func() *bundle {
		r := newRecord()
		r.add("__proto__", "record.bundle")
		r.addAt("__proto__", "record.bundle")
		b := r.of("__proto__")
		b.upto["__proto__"] = 1
		h := r.facts[0].leaf()
		b.editEntries = func(s string) string { return s + "chain __proto__ 1 " + hx(h[:]) + "\n" + b.entry(r.facts[1]) }
		return b
	}, func(b *bundle) {})},
	{"fields-strange-name-twice", "policy-watchdog", "", "changed fields 5", from(resealed(func(r *record) {
		r.facts[5].fields = append(r.facts[5].fields, field{"__proto__", "x"}, field{"__proto__", "y"})
		r.facts[5].seal()
	}), func(b *bundle) {})},

	// More of forms.
	{"entries-hex-no-digit", "policy-watchdog", "", "changed entries -", entriesOf(inEntry(0, "field by", word(2, "0g"+digestOf("")[2:])))},
	{"entries-salt-long", "policy-watchdog", "", "changed entries -", entriesOf(inEntry(0, "field by", word(2, digestOf("")+"00")))},
	{"entries-value-two-in-one", "policy-watchdog", "", "changed entries -", entriesOf(inEntry(0, "field seq", word(3, "MA==MA==")))},
	{"entries-value-only-padding", "policy-watchdog", "", "changed entries -", entriesOf(inEntry(0, "field seq", word(3, "====")))},
	{"entries-dash-for-envelope", "policy-watchdog", "", "changed entries -", entriesOf(inEntry(0, "envelope", word(1, "-")))},
	{"entries-other-line-ends", "policy-watchdog", "", "changed entries -", entriesOf(replace("\nentry 5\n", "\nentry 5\u2028"))},
	{"entries-five-words", "policy-watchdog", "", "changed entries -", entriesOf(inEntry(0, "field by", func(s string) string { return strings.TrimSuffix(s, "\n") + " x\n" }))},
	{"intact-authority-of-a-space", "policy-watchdog", "", "intact - -", with(func(b *bundle) { b.withhold, b.authority = withheldBy, " " })},
	{"intact-authority-of-odd-characters", "policy-watchdog", "", "intact - -", with(func(b *bundle) { b.withhold, b.authority = withheldBy, "x\ufeff\x7f\u0085\u2028" })},
	{"entries-authority-of-two-lines", "policy-watchdog", "", "changed entries -", with(func(b *bundle) { b.withhold, b.authority = withheldBy, "one\ntwo" })},
	{"entries-authority-line-feed-at-end", "policy-watchdog", "", "changed entries -", with(func(b *bundle) { b.withhold, b.authority = withheldBy, "one\n" })},
	{"entries-authority-tab", "policy-watchdog", "", "changed entries -", with(func(b *bundle) { b.withhold, b.authority = withheldBy, "one\ttwo" })},
	{"entries-authority-escape", "policy-watchdog", "", "changed entries -", with(func(b *bundle) { b.withhold, b.authority = withheldBy, "\x1b[2J" })},
	{"entries-authority-nought", "policy-watchdog", "", "changed entries -", with(func(b *bundle) { b.withhold, b.authority = withheldBy, "\x00" })},
	{"intact-slots-of-any-form", "policy-watchdog", "", "intact - -", from(resealed(func(r *record) {
		f := r.facts[0]
		f.set("kind", "no token at all")
		f.set("happened", "\xff")
		f.set("recorded", "yesterday")
		f.set("by", "\n")
		f.set("key", "none")
		r.relink()
	}), func(b *bundle) {})},
	{"intact-erased-first-of-a-continued-chain", "policy-watchdog", "earlier", "intact - -", from(continued, func(b *bundle) {
		leaf := b.r.facts[7].leaf()
		b.r.add("case/1", "record.erasure", field{"erased", hx(leaf[:])})
		b.r.add("case/1", "record.bundle")
		*b = *b.r.of("case/1")
		b.from["case/1"], b.earlier, b.erased = 4, 7, map[int]int{7: 9}
	})},
	{"incomplete-erased-by-the-last", "policy-watchdog", "", "changed incomplete 3", from(erasing, func(b *bundle) { b.drop[4] = true })},
	{"inclusion-erased-with-the-wrong-index", "policy-watchdog", "", "changed inclusion 7", from(erasing, func(b *bundle) { b.editEntries = replace("entry 1\n", "entry 7\n") })},
	{"intact-either-witness", "policy-either", "", "intact - -", with(func(b *bundle) {})},

	// Signatures that some verifiers accept: their S is right, and their R is of small order, or off by such a point.
	{"checkpoint-signature-small-order", "policy-watchdog", "", "changed checkpoint -", with(func(b *bundle) {
		text := checkpointText(body, 7, mth(b.r.leaves(7)))
		b.checkpoint = text + "\n" + b.log.smallOrder(body, text, orderTwo) + watchdog.key.cosign(watchdog.name, text, watchdog.secs)
	})},
	{"checkpoint-signature-neutral", "policy-watchdog", "", "changed checkpoint -", with(func(b *bundle) {
		text := checkpointText(body, 7, mth(b.r.leaves(7)))
		b.checkpoint = text + "\n" + b.log.smallOrder(body, text, neutral) + watchdog.key.cosign(watchdog.name, text, watchdog.secs)
	})},
	{"checkpoint-signature-mixed-order", "policy-watchdog", "", "changed checkpoint -", with(func(b *bundle) {
		text := checkpointText(body, 7, mth(b.r.leaves(7)))
		b.checkpoint = text + "\n" + "— " + body + " " + b64(append(b.log.id(body, 1), b.log.mixedOrder([]byte(text))...)) + "\n" +
			watchdog.key.cosign(watchdog.name, text, watchdog.secs)
	})},
	{"signature-small-order", "policy-watchdog", "", "changed signature -", with(func(b *bundle) {
		b.editNote = func(s string) string {
			text, _, _ := strings.Cut(s, "\n\n")
			return text + "\n\n" + b.log.smallOrder(body+"/bundle", text+"\n", orderTwo)
		}
	})},

	// What only one check finds.
	{"parts-name", "policy-watchdog", "", "changed parts -", with(func(b *bundle) {
		b.page = ""
		b.editManifest = replace(" read.html\n", " attachments/"+digestOf("")+"\n")
	})},
	{"fields-name-of-a-withheld-slot", "policy-watchdog", "", "changed fields 5", from(resealed(func(r *record) {
		r.facts[5].fields = append(r.facts[5].fields, field{"by", "another"})
		r.facts[5].seal()
	}), func(b *bundle) {
		b.editEntries = inEntry(5, "field by ", func(string) string {
			c := b.r.facts[5].commitment(b.r.facts[5].fields[6])
			return "withheld " + hx(c[:]) + " personal eA==\n"
		})
	})},
	{"previous-of-another-root-and-nothing-else", "policy-watchdog", "intact-odd-values", "changed previous -", from(continued, func(b *bundle) { b.from["case/1"] = 0 })},
	{"previous-of-another-size-and-nothing-else", "policy-watchdog", "intact-older-bundle-fact", "changed previous -", from(continued, func(b *bundle) { b.from["case/1"] = 0 })},
	{"previous-seq-jumps", "policy-watchdog", "earlier", "changed previous -", from(continued, func(b *bundle) {
		b.r.facts[7].set("seq", "5")
		b.r.facts[7].seal()
		h := b.r.facts[7].leaf()
		b.r.facts[8].set("seq", "6")
		b.r.facts[8].set("previous", hx(h[:]))
		b.r.facts[8].seal()
		b.checkpoint = b.r.checkpoint(9, watchdog)
		b.editEntries = replace("chain case/1 4 ", "chain case/1 5 ")
	})},

	{"parts-name-in-the-container", "policy-watchdog", "", "changed parts -", with(func(b *bundle) {
		b.editParts = func(p []part) []part { p[3].name = "read.htm"; return p }
		b.editManifest = replace(" read.htm\n", " read.html\n")
	})},
	{"previous-leaf-of-another-entry", "policy-watchdog", "earlier", "changed previous -", from(continued, func(b *bundle) {
		other := b.r.facts[3].leaf()
		b.r.facts[7].set("previous", hx(other[:]))
		b.r.facts[7].seal()
		h := b.r.facts[7].leaf()
		b.r.facts[8].set("previous", hx(h[:]))
		b.r.facts[8].seal()
		b.checkpoint = b.r.checkpoint(9, watchdog)
		last := b.r.facts[5].leaf()
		b.editEntries = replace("chain case/1 4 "+hx(last[:]), "chain case/1 4 "+hx(other[:]))
	})},

	// What others continue.
	{"earlier-second-chain", "policy-watchdog", "", "intact - -", from(secondChain, func(b *bundle) {
		*b = *b.r.of("case/1")
	})},
	{"earlier", "policy-watchdog", "", "intact - -", with(func(b *bundle) {})},
	{"earlier-unwitnessed", "policy-watchdog", "", "cannot-tell witness -", with(func(b *bundle) { b.checkpoint = b.r.checkpoint(7) })},
}

func withheldBy(f *fact, name string) bool { return name == "by" }

func entriesOf(edit func(string) string) func() []byte {
	return with(func(b *bundle) { b.editEntries = edit })
}

func bytesOf(edit func([]byte) []byte) func() []byte {
	return with(func(b *bundle) { b.editBytes = edit })
}

// signed edits the text of the checkpoint and signs it anew.
func signed(edit func(string) string) func() []byte {
	return with(func(b *bundle) {
		text := edit(checkpointText(body, 7, mth(b.r.leaves(7))))
		origin, _, _ := strings.Cut(text, "\n")
		b.checkpoint = text + "\n" + b.log.line(origin, text) + watchdog.key.cosign(watchdog.name, text, watchdog.secs)
	})
}

func slotWithheld(name string) func() []byte {
	return with(func(b *bundle) {
		b.editEntries = inEntry(2, "field "+name+" ", func(string) string {
			c := b.r.facts[2].commitment(field{name, b.r.facts[2].get(name)})
			return "withheld " + hx(c[:]) + " personal eA==\n"
		})
	})
}

func reseal(b *bundle) {
	b.r.relink()
	b.checkpoint = b.r.checkpoint(len(b.r.facts), watchdog)
}

// hundred is a checkpoint with so many signature lines, the log's the last but one and the watchdog's the last.
func hundred(r *record, n int) string {
	lines := strings.SplitAfter(r.checkpoint(7, watchdog), "\n")
	return strings.Join(lines[:4], "") + unknownLines(n-2) + lines[4] + lines[5]
}

// unknownLines are signature lines of keys that nobody knows.
func unknownLines(n int) (out string) {
	for i := range n {
		out += fmt.Sprintf("— unknown.example/%d AAAAAAA=\n", i)
	}
	return out
}

// cosignatureEdited changes the bytes in the last line of the checkpoint.
func cosignatureEdited(b *bundle, edit func([]byte) []byte) string {
	i := strings.LastIndex(b.checkpoint, " ") + 1
	sig, _ := base64.StdEncoding.DecodeString(strings.TrimSuffix(b.checkpoint[i:], "\n"))
	return b.checkpoint[:i] + b64(edit(sig)) + "\n"
}

// plusOrder adds the order of the curve to the number S of the log's signature, which some verifiers accept.
func plusOrder(checkpoint string) string {
	lines := strings.SplitAfter(checkpoint, "\n")
	i := strings.LastIndex(lines[4], " ") + 1
	sig, _ := base64.StdEncoding.DecodeString(strings.TrimSuffix(lines[4][i:], "\n"))
	order := [32]byte{0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 31: 0x10}
	carry := 0
	for j := range 32 {
		carry += int(sig[36+j]) + int(order[j])
		sig[36+j], carry = byte(carry), carry>>8
	}
	lines[4] = lines[4][:i] + b64(sig) + "\n"
	return strings.Join(lines, "")
}

func twoChains() []byte {
	r := small()
	r.add("case/1", "record.bundle")
	r.addAt("case/2", "record.bundle")
	return r.of("case/2", "case/1").bytes()
}

// sealedAcross is two chains, each in order, of which one has an entry sealed before the entry of the other that stands before it.
func sealedAcross() []byte {
	r := small()
	r.add("case/1", "record.bundle")
	r.addAt("case/2", "record.bundle")
	r.facts[4].sealed = r.facts[3].sealed - 1
	r.relink()
	return r.of("case/2", "case/1").bytes()
}

// secondChain is a bundle of a second chain by the name case/1 that the body keeps beside the first.
func secondChain() *bundle {
	r := newRecord()
	r.add("case/1", "case.opened")
	r.add("case/1", "record.bundle")
	for _, kind := range []string{"case.opened", "record.bundle"} {
		f := r.add("second", kind)
		f.set("case", "case/1")
		f.seal()
	}
	b := r.of("second")
	b.earlier = 4
	b.editEntries = replace("chain second 0 -", "chain case/1 0 -")
	return b
}

func sealAllAt(r *record, sealed int64) {
	for _, f := range r.facts {
		f.sealed = sealed
	}
	r.relink()
}

// sibling is a hash at which nobody can look behind.
func sibling(what string, n int) candourHash { return sha256.Sum256(fmt.Append(nil, what, n)) }

func node(l, r candourHash) candourHash { return sha256.Sum256(slices.Concat([]byte{1}, l[:], r[:])) }

// largePath is the path of a leaf in a tree of which only its siblings are made up, and the root.
func largePath(index, size int64, leaf candourHash) (p []candourHash, root candourHash) {
	if size == 1 {
		return nil, leaf
	}
	k := int64(1)
	for k*2 < size {
		k *= 2
	}
	if index < k {
		p, root = largePath(index, k, leaf)
		s := sibling("right", len(p))
		return append(p, s), node(root, s)
	}
	p, root = largePath(index-k, size-k, leaf)
	s := sibling("left", len(p))
	return append(p, s), node(s, root)
}

// large is a bundle of one entry at an index in a tree of that size.
func large(size, index int64) []byte {
	b := one()
	b.checkpoint, b.text = largeTree(b, size, index, nil, nil)
	return b.bytes()
}

// largeTree gives the checkpoint and the entries; more, if any, is what comes after the path at its end.
func largeTree(b *bundle, size, index int64, more []candourHash, root *candourHash) (string, *string) {
	f := b.r.facts[0]
	p, top := largePath(index, size, f.leaf())
	if root != nil {
		p, top, size, index = append(p, more...), *root, size+1<<40, index+1<<40
	}
	text := strings.Replace(b.entries(), "entry 0\n", fmt.Sprintf("entry %d\n", index), 1)
	text = strings.Replace(text, "proof -\n", "proof "+joined(p)+"\n", 1)
	cp := fmt.Sprintf("%s\n%d\n%s\n", body, size, b64(top[:]))
	return cp + "\n" + b.log.line(body, cp) + watchdog.key.cosign(watchdog.name, cp, watchdog.secs), &text
}

// largeConsistency goes from a tree of 2^40 to one of 2^33 more, where the entry stands.
func largeConsistency(wrong bool) []byte {
	b := one()
	left := sibling("tree", 0)
	_, right := largePath(1<<32+9, 1<<33, b.r.facts[0].leaf())
	root := node(left, right)
	b.checkpoint, b.text = largeTree(b, 1<<33, 1<<32+9, []candourHash{left}, &root)
	b.earlier = 1
	b.editConsistency = func(string) string {
		from := int64(1 << 40)
		if wrong {
			from++
		}
		return fmt.Sprintf("candour-consistency/1\nfrom %d %s\nproof %s\n", from, hx(left[:]), hx(right[:]))
	}
	return b.bytes()
}

// Points of small order, in the bytes of RFC 8032: y is -1, 0, 1 + p, 1.
var (
	orderTwo         = lastOf(0xec)
	orderFour        = [32]byte{}
	neutralOtherwise = lastOf(0xee)
	neutral          = [32]byte{1}
)

// lastOf is p + low - 0xed, little-endian.
func lastOf(low byte) (y [32]byte) {
	for i := range y {
		y[i] = 0xff
	}
	y[0], y[31] = low, 0x7f
	return y
}

// smallOrder is a signature line with that point as its R and S = kA's scalar: right but for what the point adds,
// which a verifier that multiplies by the cofactor does not see.
func (s signer) smallOrder(name, text string, r [32]byte) string {
	return "— " + name + " " + b64(append(s.id(name, 1), s.smallOrderSignature([]byte(text), r)...)) + "\n"
}

func (s signer) smallOrderSignature(msg []byte, r [32]byte) []byte {
	return s.signature(s.public(), msg, r[:], new(big.Int))
}

// signature has that R, which is of the scalar n or off from it by a point of small order; so is public from s.
func (s signer) signature(public, msg, r []byte, n *big.Int) []byte {
	k := sha512.Sum512(slices.Concat(r, public, msg))
	sum := new(big.Int).Mul(littleEndian(k[:]), s.scalar())
	low := sum.Add(sum, n).Mod(sum, groupOrder()).FillBytes(make([]byte, 32))
	slices.Reverse(low)
	return slices.Concat(r, low)
}

func groupOrder() *big.Int {
	order, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	return order
}

func (s signer) scalar() *big.Int {
	secret := sha512.Sum512(s.key.Seed())
	secret[0] &= 248
	secret[31] = secret[31]&127 | 64
	return littleEndian(secret[:32])
}

// mixedOrder is a signature whose R is off by the point of order two.
func (s signer) mixedOrder(msg []byte) []byte {
	once := signerOf("once")
	return s.signature(s.public(), msg, plusOrderTwo(once.public()), once.scalar())
}

// mixedKey is the public key of s off by the point of order two, and a signature under it: where k is even the
// point comes to nothing and the signature verifies, where k is odd it does not, but for who multiplies by eight.
func (s signer) mixedKey(msg []byte, even bool) (public, sig []byte) {
	public = plusOrderTwo(s.public())
	for i := 0; ; i++ {
		once := signerOf(fmt.Sprint("once ", i))
		k := sha512.Sum512(slices.Concat(once.public(), public, msg))
		if odd := new(big.Int).Mod(littleEndian(k[:]), groupOrder()).Bit(0); (odd == 0) == even {
			return public, s.signature(public, msg, once.public(), once.scalar())
		}
	}
}

// plusOrderTwo adds (0, -1) to a point: both coordinates change their sign.
func plusOrderTwo(point []byte) []byte {
	y := slices.Clone(point)
	sign := y[31] & 0x80
	y[31] &= 0x7f
	prime := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	out := prime.Sub(prime, littleEndian(y)).FillBytes(make([]byte, 32))
	slices.Reverse(out)
	out[31] |= sign ^ 0x80
	return out
}

func littleEndian(b []byte) *big.Int {
	b = slices.Clone(b)
	slices.Reverse(b)
	return new(big.Int).SetBytes(b)
}
