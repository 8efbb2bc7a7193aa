package timeline

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"candour/internal/day"
	"candour/internal/fact"
)

type reader struct {
	name  string
	line  int
	file  *File
	errs  Errors
	cases map[string]*fact.Case
	facts map[string]int // id: line
}

func (r *reader) fail(remedy, format string, args ...any) {
	if len(r.errs) < most {
		r.errs = append(r.errs, Error{r.name, r.line, fmt.Sprintf(format, args...), remedy})
	}
}

// Read reads a timeline; name is what errors call it. The error is Errors.
func Read(in io.Reader, name string) (*File, error) {
	r := &reader{name: name, cases: map[string]*fact.Case{}, facts: map[string]int{}}
	buf := bufio.NewReaderSize(in, 1<<16)
	for len(r.errs) < most {
		line, err := r.next(buf)
		if err != nil && !errors.Is(err, io.EOF) {
			r.fail("", "%v", err)
			break
		}
		r.take(line)
		if err != nil {
			break
		}
	}
	if r.file == nil && len(r.errs) == 0 {
		r.fail("begin with {\"candour\":\"timeline/1\",\"body\":...}", "the file is empty")
	}
	if len(r.errs) == 0 {
		r.whole()
	}
	if len(r.errs) > 0 {
		return nil, r.errs
	}
	return r.file, nil
}

// next reads a line of at most `longest` bytes.
func (r *reader) next(buf *bufio.Reader) ([]byte, error) {
	r.line++
	var out []byte
	for {
		part, err := buf.ReadSlice('\n')
		out = append(out, part...)
		if len(out) > longest {
			return nil, fmt.Errorf("the line is longer than %d MB; keep large material outside and give its digest", longest>>20)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			if r.line == 1 {
				out = bytes.TrimPrefix(out, []byte("\ufeff"))
			}
			return bytes.TrimSpace(out), err
		}
	}
}

func (r *reader) take(line []byte) {
	if len(line) == 0 || line[0] == '#' {
		return
	}
	o, err := parse(line)
	if err != nil {
		r.fail("", "%v", err)
		return
	}
	if len(o.keys) == 0 {
		r.fail("write what it is first, as {\"fact\":...}", "the object is empty")
		return
	}
	what := o.keys[0]
	keys, ok := lineKeys[what]
	switch {
	case !ok:
		r.fail("begin the line with candour, body, unit, person, source, case, party, fact, policy, as_at or expect", "a line cannot begin with %q", what)
		return
	case r.file == nil && what != "candour":
		r.fail("begin with {\"candour\":\"timeline/1\",\"body\":...}", "the header must come first")
		r.file = &File{Zone: time.UTC, ZoneName: "UTC", World: fact.NewWorld("")}
		return
	}
	r.known(o, "a "+what+" line", keys...)
	switch what {
	case "candour":
		r.header(o)
	case "body":
		r.body(o)
	case "unit":
		r.unit(o)
	case "person":
		r.person(o)
	case "source":
		r.source(o)
	case "case":
		r.kase(o)
	case "party":
		r.party(o)
	case "fact":
		r.fact(o)
	case "policy":
		r.policy(o)
	case "as_at":
		r.test(o)
	case "expect":
		r.expect(o)
	}
}

func (r *reader) header(o *object) {
	if r.file != nil {
		r.fail("keep the first", "a second header")
		return
	}
	r.file = &File{Pack: r.text(o, "pack", false), Profile: r.text(o, "profile", false), ZoneName: "Europe/London", World: fact.NewWorld(r.text(o, "body", true))}
	if v := r.text(o, "candour", true); v != "timeline/1" {
		r.fail("write \"timeline/1\"", "this program does not know the version %q", v)
	}
	if z := r.text(o, "zone", false); z != "" {
		r.file.ZoneName = z
	}
	loc, err := time.LoadLocation(r.file.ZoneName)
	if err != nil {
		r.fail("write a name such as Europe/London", "unknown time zone %q", r.file.ZoneName)
		loc = time.UTC
	}
	r.file.Zone = loc
	switch v := r.text(o, "recorded", false); v {
	case "", "as happened":
	case "required":
		r.file.RecordedRequired = true
	default:
		r.fail("write \"as happened\" or \"required\"", "recorded cannot be %q", v)
	}
}

func unique[V any](r *reader, m map[string]V, what, id string, v V) {
	if _, twice := m[id]; twice {
		r.fail("give each its own id", "the %s %q is given twice", what, id)
	}
	m[id] = v
}

func (r *reader) named(known bool, what, id string) {
	if id != "" && !known {
		r.fail("add its line before this one", "the %s %q is not declared", what, id)
	}
}

func (r *reader) isBody(id string) bool {
	return r.file.World.Bodies[id] != nil || id == r.file.World.Body
}

// span reads from and to: from the start of the first day, to the end of the last.
func (r *reader) span(o *object) (from, to day.Instant) {
	from, to = math.MinInt64, day.Never
	if m := r.moment(o, "from", false); m != nil {
		from = m.Lo
	}
	if m := r.moment(o, "to", false); m != nil {
		to = m.Hi
	}
	if to < from {
		r.fail("mend the dates", "a span that ends before it begins")
	}
	return from, to
}

func (r *reader) body(o *object) {
	b := &fact.Body{ID: r.text(o, "body", true), Kind: r.text(o, "kind", true)}
	for _, c := range r.objects(o, "channel") {
		r.known(c, "a channel", "from", "to", "how")
		ch := fact.Channel{How: r.text(c, "how", false)}
		ch.From, ch.To = r.span(c)
		b.Channels = append(b.Channels, ch)
	}
	unique(r, r.file.World.Bodies, "body", b.ID, b)
}

func (r *reader) unit(o *object) {
	u := &fact.Unit{ID: r.text(o, "unit", true), Body: r.text(o, "body", true), Parent: r.text(o, "parent", false)}
	r.named(r.isBody(u.Body), "body", u.Body)
	r.named(r.file.World.Units[u.Parent] != nil, "unit", u.Parent)
	unique(r, r.file.World.Units, "unit", u.ID, u)
}

func (r *reader) person(o *object) {
	p := &fact.Person{ID: r.text(o, "person", true), Body: r.text(o, "body", false)}
	r.named(r.isBody(p.Body), "body", p.Body)
	for _, q := range r.objects(o, "posts") {
		r.known(q, "a post", "role", "rank", "unit", "reports_to", "from", "to")
		post := fact.Post{Role: r.text(q, "role", false), Rank: r.text(q, "rank", false), Unit: r.text(q, "unit", false), ReportsTo: r.text(q, "reports_to", false)}
		r.named(r.file.World.Units[post.Unit] != nil, "unit", post.Unit)
		r.named(r.file.World.Persons[post.ReportsTo] != nil, "person", post.ReportsTo)
		post.From, post.To = r.span(q)
		p.Posts = append(p.Posts, post)
	}
	for _, k := range r.objects(o, "kin") {
		r.known(k, "a kin", "to", "as")
		p.Kin = append(p.Kin, fact.Kin{To: r.text(k, "to", true), As: r.text(k, "as", true)})
	}
	unique(r, r.file.World.Persons, "person", p.ID, p)
}

func (r *reader) source(o *object) {
	s := &fact.Source{ID: r.text(o, "source", true), Of: r.text(o, "of", false), SilentAfter: r.duration(o, "silent_after"), Grace: r.duration(o, "grace")}
	if s.Of == "" {
		s.Of = r.file.World.Body
	}
	r.named(r.isBody(s.Of), "body", s.Of)
	if slices.ContainsFunc(r.file.World.Sources, func(x *fact.Source) bool { return x.ID == s.ID }) {
		r.fail("give each its own id", "the source %q is given twice", s.ID)
	}
	if _, one := o.vals["complete_to"].(string); one {
		if m := r.moment(o, "complete_to", true); m != nil {
			s.Marks = []fact.Mark{{At: math.MinInt64, To: m.Hi}}
		}
	} else {
		for _, q := range r.objects(o, "complete_to") {
			r.known(q, "complete_to", "at", "to")
			at, to := r.moment(q, "at", true), r.moment(q, "to", true)
			if at != nil && to != nil {
				s.Marks = append(s.Marks, fact.Mark{At: at.Hi, To: to.Hi})
			}
		}
	}
	r.file.World.Sources = append(r.file.World.Sources, s)
}

func (r *reader) kase(o *object) {
	c := &fact.Case{ID: r.text(o, "case", true), Kind: r.text(o, "kind", true), Group: r.text(o, "group", false), Given: r.fields(o, "given"), Line: r.line}
	switch v := o.vals["regime"].(type) {
	case nil:
	case string:
		c.Regime = v
	case *object:
		r.known(v, "a regime", "value", "why")
		c.Regime, c.RegimeWhy = r.text(v, "value", true), r.text(v, "why", false)
	default:
		r.fail("write {\"value\":...,\"why\":...}", "regime is not an object")
	}
	unique(r, r.cases, "case", c.ID, c)
	r.file.Cases = append(r.file.Cases, c)
}

// caseOf finds the case a line belongs to.
func (r *reader) caseOf(o *object) *fact.Case {
	id := r.text(o, "case", true)
	c := r.cases[id]
	r.named(c != nil, "case", id)
	if c == nil {
		return &fact.Case{}
	}
	return c
}

func (r *reader) party(o *object) {
	c := r.caseOf(o)
	p := &fact.Party{ID: r.text(o, "party", true), Case: c.ID, Role: r.text(o, "role", true), Person: r.text(o, "person", false), Given: r.fields(o, "given"), Line: r.line}
	if slices.ContainsFunc(c.Parties, func(q *fact.Party) bool { return q.ID == p.ID }) {
		r.fail("give each its own id", "the party %q of %s is given twice", p.ID, c.ID)
	}
	c.Parties = append(c.Parties, p)
}

func (r *reader) fact(o *object) {
	c := r.caseOf(o)
	f := &fact.Fact{
		ID: r.text(o, "fact", true), Case: c.ID, Kind: r.text(o, "kind", true), About: r.texts(o, "about"), By: r.text(o, "by", false),
		For: r.text(o, "for", false), Fields: r.fields(o, "f"), Source: r.text(o, "source", false), Seq: int64(r.line), Line: r.line,
		Supersedes: r.text(o, "supersedes", false), Answers: r.texts(o, "answers"), Confirms: r.texts(o, "confirms"),
	}
	if at, twice := r.facts[f.ID]; twice {
		r.fail("give each its own id", "the fact %q is given twice, first on line %d", f.ID, at)
	}
	r.facts[f.ID] = r.line
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
	if v, ok := o.vals["seq"]; ok {
		n, isNumber := v.(json.Number)
		seq, err := n.Int64()
		if !isNumber || err != nil {
			r.fail("write a whole number", "seq is not a whole number")
		}
		f.Seq = seq
	}
	r.named(r.file.World.Persons[f.By] != nil, "person", f.By)
	r.named(r.isBody(f.For), "body", f.For)
	r.named(slices.ContainsFunc(r.file.World.Sources, func(s *fact.Source) bool { return s.ID == f.Source }), "source", f.Source)
	r.marks(o, f)
	c.Facts = append(c.Facts, f)
}

func (r *reader) marks(o *object, f *fact.Fact) {
	for _, s := range r.objects(o, "signed") {
		r.known(s, "a signature", "by", "at")
		sig := fact.Signature{By: r.text(s, "by", true)}
		r.named(r.file.World.Persons[sig.By] != nil, "person", sig.By)
		if m := r.moment(s, "at", true); m != nil {
			sig.At = m.Lo
			if !m.Exact() {
				sig.At = max(m.Lo, min(f.Recorded, m.Hi)) // a day without a time: on it, not before the fact was there
			}
		}
		f.Signed = append(f.Signed, sig)
	}
	for _, d := range r.objects(o, "docs") {
		r.known(d, "a document", "type", "name", "sha256")
		f.Docs = append(f.Docs, fact.Document{Type: r.text(d, "type", true), Name: r.text(d, "name", false), SHA256: r.text(d, "sha256", false)})
	}
	v, ok := o.vals["via"]
	if !ok {
		return
	}
	via, isObject := v.(*object)
	if !isObject {
		r.fail("write {\"body\":...,\"how\":...}", "via is not an object")
		return
	}
	r.known(via, "via", "body", "person", "how", "ref", "channel_recorded")
	f.Via = &fact.Via{Body: r.text(via, "body", false), Person: r.text(via, "person", false), How: r.text(via, "how", true), Ref: r.text(via, "ref", false)}
	if !slices.Contains([]string{"system", "account", "answer", "callback"}, f.Via.How) {
		r.fail("write system, account, answer or callback", "via came by %q", f.Via.How)
	}
	if (f.Via.Body == "") == (f.Via.Person == "") {
		r.fail("name one of body and person", "via names neither or both")
	}
	r.named(r.isBody(f.Via.Body) || r.file.World.Units[f.Via.Body] != nil, "body or unit", f.Via.Body)
	if m := r.moment(via, "channel_recorded", false); m != nil {
		f.Via.ChannelRecorded = *m
	}
}

func (r *reader) policy(o *object) {
	p := &fact.Policy{Name: r.text(o, "policy", true), By: r.text(o, "by", false), Body: r.text(o, "body", false), Line: r.line}
	switch v := o.vals["value"].(type) {
	case string:
		p.Duration = r.duration(o, "value")
	case json.Number:
		n, err := v.Float64()
		if err != nil {
			r.fail("write a smaller number", "value is not a number")
		}
		p.Number = n
	default:
		r.fail("write a length such as \"14 days\", or a number", "value is missing or neither")
	}
	if m := r.moment(o, "from", true); m != nil {
		p.From = m.Lo
	}
	r.file.World.Policies = append(r.file.World.Policies, p)
}

func (r *reader) test(o *object) {
	if r.file.Test != nil {
		r.fail("split the file", "a second test line")
		return
	}
	t := &Test{Under: r.texts(o, "under"), Line: r.line}
	if m := r.moment(o, "as_at", true); m != nil {
		t.AsAt = m.Hi
	}
	if m := r.moment(o, "known_at", false); m != nil {
		k := m.Hi
		t.KnownAt = &k
	}
	if len(t.Under) == 0 {
		r.fail("list the standards under test", "`under` is missing or empty")
	}
	r.file.Test = t
}

func (r *reader) expect(o *object) {
	e := Expect{Standard: r.text(o, "expect", true), Key: r.text(o, "key", true), Case: r.text(o, "case", false), Clock: r.moment(o, "clock", false),
		Due: r.moment(o, "due", false), Raised: r.moment(o, "raised", false), Closed: r.moment(o, "closed", false), Done: r.text(o, "done", false),
		Proof: r.text(o, "proof", false), Finding: r.text(o, "finding", false), CannotTell: r.flag(o, "cannot_tell"), Waiting: r.flag(o, "waiting"), Line: r.line}
	if m := r.moment(o, "opened", true); m != nil {
		e.Opened = *m
	}
	if _, ok := o.vals["late"]; ok {
		late := r.flag(o, "late")
		e.Late = &late
	}
	switch v := o.vals["lifted"].(type) {
	case nil:
	case bool:
		e.Lifted = v
	case *object:
		r.known(v, "lifted", "why", "at")
		e.Lifted, e.LiftedWhy = true, r.text(v, "why", false)
	default:
		r.fail("write {\"why\":...}", "lifted is not an object")
	}
	r.file.Expects = append(r.file.Expects, e)
}

// whole judges what only the whole file can show.
func (r *reader) whole() {
	if len(r.file.Expects) > 0 && r.file.Test == nil {
		r.line = r.file.Expects[0].Line
		r.fail("add {\"as_at\":...,\"under\":[...]}", "expectations without a test line")
	}
	for _, e := range r.file.Expects {
		r.line = e.Line
		if r.file.Test != nil && !slices.Contains(r.file.Test.Under, e.Standard) {
			r.fail("add it to `under`, or remove the line", "%s is expected and not under test", e.Standard)
		}
		if e.Case != "" {
			r.named(r.cases[e.Case] != nil, "case", e.Case)
		}
		if e.Done != "" && r.facts[e.Done] == 0 && !strings.Contains(e.Done, " ") {
			r.fail("write the id of a fact", "done names %q, which is no fact of the file", e.Done)
		}
	}
}
