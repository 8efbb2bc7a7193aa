package candour

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Verdict is what a verification says (section 13).
type Verdict string

// The verdicts.
const (
	Intact     Verdict = "intact"
	Changed    Verdict = "changed"
	CannotTell Verdict = "cannot tell"
)

// Report is a verdict and what it stands on.
type Report struct {
	Verdict Verdict
	Code    string // the check that failed, of section 13; empty where intact
	Index   int64  // the entry it is about, or -1
	Detail  string // in words, without any value of a field

	// What was read, as far as it was: of a bundle that was changed it proves nothing.
	Body        string
	Made        int64 // nanoseconds since 1970 UTC
	Pack        Pack
	Checkpoint  Checkpoint
	Cosigned    []Cosigned
	Independent []string // operators who cosigned and are no operator of the log; nobody without a policy
	From        int64    // size at which a bundle that continues another begins, else 0
	Chains      []*Chain
	Excerpt     []*Entry
	Attachments []string // hex of their SHA-256
}

// Bundle is what [Verify] is given.
type Bundle struct {
	Data io.ReaderAt
	Size int64
}

// Verify reads a bundle and says whether it is intact, in the order of section 13. The policy
// says whom to trust; without one the bundle's own is used and the best verdict is
// [CannotTell]. Of a bundle that continues an earlier one, that one is asked for; nil where
// there is none. The error is only of reading. Memory is that of the part entries.txt.
func Verify(b Bundle, policy *Policy, earlier *Bundle) (*Report, error) {
	v := &verifier{policy: policy, report: &Report{Index: -1}}
	err := v.bundle(b)
	if err == nil && earlier != nil {
		err = v.earlier(*earlier)
	}
	var f *finding
	switch {
	case errors.As(err, &f):
		v.report.Verdict, v.report.Code, v.report.Index, v.report.Detail = Changed, f.code, f.index, f.detail
	case err != nil:
		return nil, err
	default:
		v.conclude(earlier != nil)
	}
	return v.report, nil
}

// finding is a check that failed.
type finding struct {
	code   string
	index  int64
	detail string
}

func (f *finding) Error() string { return f.code + ": " + f.detail }

func changed(code string, format string, args ...any) error {
	return changedAt(-1, code, format, args...)
}

func changedAt(index int64, code string, format string, args ...any) error {
	return &finding{code, index, fmt.Sprintf(format, args...)}
}

type verifier struct {
	policy  *Policy
	own     bool // the policy is the bundle's own, since none was given
	report  *Report
	parts   []*part // after the manifest, in order
	entries *entries
	from    *Checkpoint // what consistency.txt continues
}

// bundle makes the checks that need no earlier bundle.
func (v *verifier) bundle(b Bundle) error {
	parts, err := openContainer(b.Data, b.Size)
	if errors.Is(err, errForm) {
		return changed("container", "%v", err)
	}
	if err != nil {
		return err
	}
	m, note, err := v.manifest(parts)
	if err != nil {
		return err
	}
	for _, check := range []func() error{
		func() error { return v.listed(m, parts) },
		v.checkpoint,
		func() error { return v.signature(note) },
		v.consistency,
		v.readEntries,
		func() error { return v.each(m.made) },
		v.attached,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (v *verifier) manifest(parts []*part) (*manifest, []byte, error) {
	if parts[0].name != partManifest {
		return nil, nil, changed("manifest", "the first part is not %s", partManifest)
	}
	note, err := parts[0].bytes()
	if err != nil {
		return nil, nil, err
	}
	text, _, err := openNote(note, nil)
	if err != nil {
		return nil, nil, changed("manifest", "%v", err)
	}
	m, err := parseManifest(text)
	if err != nil {
		return nil, nil, changed("manifest", "%v", err)
	}
	v.report.Body, v.report.Made, v.report.Pack = m.body, m.made, m.pack
	if v.policy != nil && m.body != v.policy.Body {
		return nil, nil, changed("body", "the bundle is of %s, the policy of %s", m.body, v.policy.Body)
	}
	return m, note, nil
}

// listed holds the parts against the manifest, and takes the bundle's own policy where none was given.
func (v *verifier) listed(m *manifest, parts []*part) error {
	if len(m.parts) != len(parts)-1 {
		return changed("parts", "%d parts are listed and %d there", len(m.parts), len(parts)-1)
	}
	v.parts = parts[1:]
	for i, want := range m.parts {
		got := v.parts[i]
		if got.name != want.name || got.data.Size() != want.length || got.digest != want.digest {
			return changed("parts", "the part %s is not what the manifest lists", got.name)
		}
	}
	if err := m.order(); err != nil {
		return changed("parts", "%v", err)
	}
	if v.policy != nil {
		return nil
	}
	b, err := v.part(partPolicy).bytes()
	if err != nil {
		return err
	}
	v.own = true
	if v.policy, err = ParsePolicy(b); err != nil {
		return changed("parts", "the bundle's own policy: %v", err)
	}
	if v.policy.Body != m.body {
		return changed("body", "the bundle is of %s, its own policy of %s", m.body, v.policy.Body)
	}
	return nil
}

// part is the part of that name, nil where there is none.
func (v *verifier) part(name string) *part {
	for _, p := range v.parts {
		if p.name == name {
			return p
		}
	}
	return nil
}

func (v *verifier) checkpoint() error {
	b, err := v.part(partCheckpoint).bytes()
	if err != nil {
		return err
	}
	c, by, err := v.policy.OpenCheckpoint(b)
	if err != nil {
		return changed("checkpoint", "%v", err)
	}
	v.report.Checkpoint, v.report.Cosigned = c, by
	if !v.own {
		v.report.Independent = v.policy.Independent(by)
	}
	return nil
}

func (v *verifier) signature(note []byte) error {
	_, sigs, err := openNote(note, v.policy.logKeys(v.report.Checkpoint.Origin+bundleName))
	if err == nil && len(sigs) == 0 {
		err = fmt.Errorf("not signed by a key of %s", v.policy.Body)
	}
	if err != nil {
		return changed("signature", "the manifest: %v", err)
	}
	return nil
}

func (v *verifier) consistency() error {
	p := v.part(partConsistency)
	if p == nil {
		return nil
	}
	b, err := p.bytes()
	if err != nil {
		return err
	}
	from, proof, err := parseConsistency(b)
	if err != nil {
		return changed("consistency", "%v", err)
	}
	c := v.report.Checkpoint
	if err := CheckConsistency(proof, from.Size, from.Root, c.Size, c.Root); err != nil {
		return changed("consistency", "%v", err)
	}
	v.from, v.report.From = &from, from.Size
	return nil
}

const consistencyFirst = "candour-consistency/1"

func parseConsistency(b []byte) (from Checkpoint, proof []Hash, err error) {
	l := newLines(b)
	l.exact(consistencyFirst)
	words := l.words("from", 2)
	n, err := decodeDecimal(words[0])
	from.Size = must(l, n, err)
	root, err := decodeHash(words[1])
	from.Root = must(l, root, err)
	proof, err = decodeHashes(l.words("proof", 1)[0])
	must(l, 0, err)
	if l.more() {
		l.fail("there are three lines")
	}
	if from.Size == 0 {
		l.fail("no bundle continues a record of no entries")
	}
	return from, proof, l.err
}

func consistencyText(from Checkpoint, proof []Hash) string {
	return fmt.Sprintf("%s\nfrom %d %s\nproof %s\n", consistencyFirst, from.Size, hex.EncodeToString(from.Root[:]), encodeHashes(proof))
}

func (v *verifier) readEntries() error {
	b, err := v.part(partEntries).bytes()
	if err != nil {
		return err
	}
	if v.entries, err = parseEntries(b); err != nil {
		return changed("entries", "%v", err)
	}
	v.report.Chains, v.report.Excerpt = v.entries.chains, v.entries.excerpt
	return nil
}

// each checks every entry in the order of the part, and then all of them in the order of the record.
func (v *verifier) each(made int64) error {
	var all []placed
	names := map[string]bool{}
	for _, c := range v.entries.chains {
		names[c.Name] = true
		walk := &chainWalk{chain: c}
		for _, e := range c.Entries {
			env, err := v.entry(e)
			if err == nil {
				err = walk.next(e, env)
			}
			if err != nil {
				return err
			}
			all = append(all, placed{e.Index, env.Sealed, env.Epoch})
		}
		if err := walk.end(made); err != nil {
			return err
		}
	}
	for _, e := range v.entries.excerpt {
		env, err := v.entry(e)
		if err != nil {
			return err
		}
		if names[e.slot(SlotCase)] {
			return changedAt(e.Index, "chain", "entry %d belongs to a chain of the bundle and stands in the excerpt", e.Index)
		}
		all = append(all, placed{e.Index, env.Sealed, env.Epoch})
	}
	return inOrder(all)
}

// placed is when an entry was sealed, and where in the record it stands.
type placed struct {
	index, sealed int64
	epoch         uint32
}

// inOrder checks that along the index neither sealed nor epoch goes down.
func inOrder(all []placed) error {
	slices.SortFunc(all, func(a, b placed) int { return cmp.Compare(a.index, b.index) })
	for i, p := range all {
		if i > 0 && (p.sealed < all[i-1].sealed || p.epoch < all[i-1].epoch) {
			return changedAt(p.index, "chain", "entry %d was sealed before entry %d, which stands before it in the record", p.index, all[i-1].index)
		}
	}
	return nil
}

// entry checks what holds of an entry wherever it stands.
func (v *verifier) entry(e *Entry) (Envelope, error) {
	c := v.report.Checkpoint
	epoch, err := c.Epoch(v.policy.Body)
	if err != nil {
		return Envelope{}, err
	}
	env, err := ParseEnvelope(e.Envelope)
	switch {
	case err != nil:
		return env, changedAt(e.Index, "envelope", "entry %d: %v", e.Index, err)
	case env.Origin != v.policy.Body || env.Epoch > epoch:
		return env, changedAt(e.Index, "envelope", "entry %d is of %s, epoch %d", e.Index, env.Origin, env.Epoch)
	}
	if err := CheckInclusion(e.Proof, c.Size, c.Root, e.Index, LeafHash(e.Envelope)); err != nil {
		return env, changedAt(e.Index, "inclusion", "%v", err)
	}
	if e.Erased {
		return env, nil
	}
	if err := e.CheckFields(env); err != nil {
		return env, changedAt(e.Index, "fields", "entry %d: %v", e.Index, err)
	}
	return env, nil
}

// CheckFields holds the lines of an entry against its envelope: slots in order, no name
// twice, and the root of the commitments.
func (e *Entry) CheckFields(env Envelope) error {
	names := map[string]bool{}
	commitments := make([]Hash, len(e.Lines))
	for i := range e.Lines {
		l := &e.Lines[i]
		switch {
		case l.Withheld:
			if i == SlotCase || i == SlotSeq || i == SlotPrevious {
				return fmt.Errorf("%s is withheld, and cannot be", SlotNames[i])
			}
		case i < Slots && l.Name != SlotNames[i]:
			return fmt.Errorf("%s is not in its place", SlotNames[i])
		case i >= Slots && IsSlot(l.Name) || names[l.Name]:
			return errors.New("a field bears the name of another")
		default:
			names[l.Name] = true
		}
		commitments[i] = l.commitment()
	}
	root, err := FieldsRoot(commitments)
	if err == nil && root != env.Fields {
		err = errors.New("what is shown is not what was sealed")
	}
	return err
}

// attached checks that attachments are what their names say, and what the entries name.
func (v *verifier) attached() error {
	unnamed := map[string]bool{}
	for _, p := range v.parts {
		digest, ok := strings.CutPrefix(p.name, attachments)
		if !ok {
			continue
		}
		if hex.EncodeToString(p.digest[:]) != digest {
			return changed("attachment", "an attachment is not what its name says")
		}
		unnamed[digest] = true
		v.report.Attachments = append(v.report.Attachments, digest)
	}
	if len(unnamed) == 0 {
		return nil
	}
	v.eachValue(func(value []byte) { named(value, unnamed) })
	if len(unnamed) > 0 {
		return changed("attachment", "an attachment is named by no field that is shown")
	}
	return nil
}

// named strikes out the digests, in hex, that a value contains. It passes over the value once, however
// many digests are looked for.
func named(value []byte, digests map[string]bool) {
	run := 0 // digits of hex up to here
	for i, c := range value {
		if run++; !('0' <= c && c <= '9' || 'a' <= c && c <= 'f') {
			run = 0
		}
		if run >= 2*len(Hash{}) {
			delete(digests, string(value[i+1-2*len(Hash{}):i+1]))
		}
	}
}

func (v *verifier) eachValue(visit func([]byte)) {
	lists := [][]*Entry{v.entries.excerpt}
	for _, c := range v.entries.chains {
		lists = append(lists, c.Entries)
	}
	for _, list := range lists {
		for _, e := range list {
			for i := range e.Lines {
				if !e.Lines[i].Withheld {
					visit(e.Lines[i].Value)
				}
			}
		}
	}
}

// earlier holds the bundle against the one that it continues.
func (v *verifier) earlier(b Bundle) error {
	r, err := Verify(b, v.policy, nil)
	if err != nil {
		return err
	}
	c := r.Checkpoint
	switch {
	case r.Verdict == Changed || r.Verdict == CannotTell && r.Code != "witness" && r.Code != "previous":
		return changed("previous", "the earlier bundle is itself not intact: %s", r.Detail)
	case v.from == nil || v.from.Size != c.Size || v.from.Root != c.Root:
		return changed("previous", "the bundle does not continue the earlier one")
	}
	earlier := map[string]*Chain{}
	for _, before := range r.Chains {
		earlier[before.Name] = before
	}
	for _, now := range v.entries.chains {
		before := earlier[now.Name]
		switch {
		case now.First > 0 && (before == nil || !now.follows(before)):
			return changed("previous", "a chain does not follow the last entry of the earlier bundle")
		case before != nil && !now.agrees(before):
			return changed("previous", "a chain holds another entry at a place than in the earlier bundle")
		}
	}
	return nil
}

// conclude gives the verdict of a bundle in which nothing was changed.
func (v *verifier) conclude(hadEarlier bool) {
	r := v.report
	r.Verdict = CannotTell
	switch {
	case v.own:
		r.Code, r.Detail = "untrusted", "no policy was given: the bundle agrees with itself, and that is all"
	case !v.policy.Reached(r.Cosigned):
		r.Code, r.Detail = "witness", fmt.Sprintf("the checkpoint is cosigned by %d operators, and the policy asks for %d", len(operators(r.Cosigned)), v.policy.Quorum)
	case !hadEarlier && v.continues():
		r.Code, r.Detail = "previous", "a chain begins in an earlier bundle, which was not given"
	default:
		r.Verdict = Intact
	}
}

func (v *verifier) continues() bool {
	for _, c := range v.entries.chains {
		if c.First > 0 {
			return true
		}
	}
	return false
}
