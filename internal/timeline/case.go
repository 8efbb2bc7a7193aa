package timeline

import (
	"encoding/hex"
	"encoding/json"
	"strings"

	"candour/internal/day"
	"candour/internal/fact"
)

func (r *reader) kase(o *object) {
	c := &fact.Case{ID: r.text(o, "case", true), Kind: r.text(o, "kind", true), Group: r.text(o, "group", false), Given: r.fields(o, "given"), Line: r.line}
	if v := r.inner(o, "regime", `{"value":...,"why":...}`, regimeKeys); v != nil {
		c.Regime, c.RegimeWhy = r.text(v, "value", true), r.text(v, "why", false)
	}
	if at := r.cases.line(c.ID); at != 0 {
		r.fail("give each its own id", "the case %q is given twice", c.ID)
	}
	if c.ID != "" {
		r.cases.add(r.line, c.ID)
	}
	r.got = c
}

// caseOf finds the id of the case a line belongs to; "" where there is none.
func (r *reader) caseOf(o *object) string {
	id := r.text(o, "case", true)
	known := r.cases.line(id) != 0
	r.named(known, "case", id)
	if !known {
		return ""
	}
	return id
}

func (r *reader) party(o *object) {
	kase := r.caseOf(o)
	p := &fact.Party{ID: r.text(o, "party", true), Case: kase, Role: r.text(o, "role", true), Person: r.text(o, "person", false), Given: r.fields(o, "given"), Line: r.line}
	if at := r.parties.add(r.line, kase, p.ID); at != 0 {
		r.fail("give each party of a case its own id", "the party %q of the case %q is given twice, first on line %d", p.ID, kase, at)
	}
	r.got = p
}

func (r *reader) fact(o *object) {
	f := &fact.Fact{
		Case: r.caseOf(o), ID: r.text(o, "fact", true), Kind: r.text(o, "kind", true), About: r.texts(o, "about"), By: r.text(o, "by", false),
		For: r.text(o, "for", false), Fields: r.fields(o, "f"), Source: r.text(o, "source", false), Seq: r.seq(o), Line: r.line,
		Supersedes: r.text(o, "supersedes", false), Answers: r.texts(o, "answers"), Confirms: r.texts(o, "confirms"),
	}
	if at := r.facts.add(r.line, f.ID); at != 0 {
		r.fail("give each fact of the file its own id", "the fact %q is given twice, first on line %d", f.ID, at)
	}
	r.named(r.file.World.Persons[f.By] != nil, "person", f.By)
	r.named(r.isBody(f.For), "body", f.For)
	r.named(r.sources[f.Source], "source", f.Source)
	r.times(o, f)
	r.signed(o, f)
	r.documents(o, f)
	r.via(o, f)
	r.got = f
}

// seq is the position the source gave, or the line's.
func (r *reader) seq(o *object) int64 {
	v, ok := o.find("seq")
	if !ok {
		return int64(r.line)
	}
	r.stated = true
	n, _ := v.(json.Number)
	seq, err := n.Int64()
	if err != nil {
		r.fail("write a whole number without quotes", "%q is not a whole number", "seq")
	}
	return seq
}

// times reads when a fact happened, was recorded and was sealed. A recording of
// which only the day is known counts from the end of that day.
func (r *reader) times(o *object, f *fact.Fact) {
	if m := r.moment(o, "at", true); m != nil {
		f.At = *m
	}
	f.Recorded = f.At.Hi
	if m := r.moment(o, "recorded", r.file.RecordedRequired); m != nil {
		f.Recorded, f.RecordedStated = m.Hi, true
	}
	if m := r.moment(o, "sealed", false); m != nil {
		f.Sealed = m.Hi
	}
}

func (r *reader) signed(o *object, f *fact.Fact) {
	for _, s := range r.inners(o, "signed", `{"by":...,"at":...}`, signedKeys) {
		sig := fact.Signature{By: r.text(s, "by", true)}
		r.named(r.file.World.Persons[sig.By] != nil, "person", sig.By)
		if m := r.moment(s, "at", true); m != nil {
			sig.At = signedAt(*m, f.Recorded)
		}
		f.Signed = append(f.Signed, sig)
	}
}

// signedAt is the instant of a signature: of a day alone, as soon on that day as
// the fact was recorded.
func signedAt(m day.Moment, recorded day.Instant) day.Instant {
	return max(m.Lo, min(recorded, m.Hi))
}

func (r *reader) documents(o *object, f *fact.Fact) {
	for _, d := range r.inners(o, "docs", `{"type":...,"name":...}`, documentKeys) {
		doc := fact.Document{Type: r.text(d, "type", true), Name: r.text(d, "name", false), SHA256: r.text(d, "sha256", false)}
		if b, err := hex.DecodeString(doc.SHA256); doc.SHA256 != "" && (err != nil || len(b) != 32) {
			r.fail("write its 64 hexadecimal digits, or leave it out", "%q is not a SHA-256 digest", "sha256")
		}
		f.Docs = append(f.Docs, doc)
	}
}

func (r *reader) via(o *object, f *fact.Fact) {
	v := r.inner(o, "via", `{"body":...,"how":...}`, viaKeys)
	if v == nil {
		return
	}
	f.Via = &fact.Via{Body: r.text(v, "body", false), Person: r.text(v, "person", false), How: r.text(v, "how", true), Ref: r.text(v, "ref", false)}
	if how := f.Via.How; how != "" && !contains(hows, how) {
		r.fail("write "+strings.Join(hows, ", "), "via came by %q", how)
	}
	if (f.Via.Body == "") == (f.Via.Person == "") {
		r.fail("name one of body and person", "via names neither a body nor a person, or both")
	}
	r.named(r.isBody(f.Via.Body) || r.file.World.Units[f.Via.Body] != nil, "body or unit", f.Via.Body)
	r.named(r.file.World.Persons[f.Via.Person] != nil || r.parties.line(f.Case, f.Via.Person) != 0, "person or party of the case", f.Via.Person)
	if m := r.moment(v, "channel_recorded", false); m != nil {
		f.Via.ChannelRecorded = *m
	}
}
