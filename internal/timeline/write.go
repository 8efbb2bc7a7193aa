package timeline

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"candour/internal/day"
	"candour/internal/fact"
)

// Write writes the file in one settled form: the header, the world with bodies,
// units and persons by id (each after those it names), sources and policies, then
// each case with its parties and facts as they stand, then the test. What Read
// gave is read back the same, but for line numbers; `seq` is written where it is
// not the line's position. Fields of kind Date and Moment are written as text,
// which is what they are read as.
//
// It refuses what the format cannot say: a world without a body, a moment outside
// the years 1850 to 2199, a fact recorded at another moment than it happened
// without that being stated, persons who report to each other in a ring. What was
// written before the refusal is then of no use. It does not judge names; Read does.
func Write(out io.Writer, f *File) error {
	s, err := NewStream(out, f)
	if err != nil {
		return err
	}
	for _, c := range f.Cases {
		if err := s.Case(c); err != nil {
			return err
		}
	}
	return s.Close()
}

// Stream writes a timeline case by case, for files too large to be held.
type Stream struct{ w *writer }

// NewStream writes notes, as lines of comment, then the header and the world of the
// file. Its cases are given one by one; its test is written at the end.
func NewStream(out io.Writer, f *File, notes ...string) (*Stream, error) {
	w := &writer{out: bufio.NewWriter(out), file: f, zoneName: cmp.Or(f.ZoneName, usualZone)}
	s := &Stream{w}
	zone, err := loadZone(w.zoneName)
	switch {
	case err != nil:
		w.err = fmt.Errorf("%w; write a name such as Europe/London", err)
	case w.file.World == nil || w.file.World.Body == "":
		w.err = errors.New("the world has no body; name the one whose cases these are")
	default:
		w.zone = zone
		w.notes(notes)
		w.header()
		w.world(w.file.World)
	}
	return s, s.fault()
}

// Case writes one.
func (s *Stream) Case(c *fact.Case) error {
	s.w.kase(c)
	return s.fault()
}

// Close writes what comes last. What was written is of use only if it succeeds.
func (s *Stream) Close() error {
	s.w.tests()
	if s.w.err == nil {
		s.w.err = s.w.out.Flush()
	}
	return s.fault()
}

func (s *Stream) fault() error {
	if s.w.err == nil {
		return nil
	}
	return fmt.Errorf("write timeline: %w", s.w.err)
}

type writer struct {
	out      *bufio.Writer
	file     *File
	zoneName string
	zone     *time.Location
	lines    int // written so far
	err      error
}

// notes are lines of comment.
func (w *writer) notes(notes []string) {
	for _, n := range notes {
		if w.err == nil {
			w.lines++
			_, w.err = fmt.Fprintln(w.out, "#", strings.NewReplacer("\n", " ", "\r", " ").Replace(n))
		}
	}
}

// start begins a line, or an object within one.
func (w *writer) start() *line { return &line{zone: w.zone} }

// put writes a line; what and id are what a refusal calls it.
func (w *writer) put(what, id string, l *line) {
	if w.err == nil && l.err != nil {
		w.err = fmt.Errorf("%s %q: %w", what, id, l.err)
	}
	if w.err != nil {
		return
	}
	text := l.object()
	if len(text) > longest {
		w.err = fmt.Errorf("%s %q: the line is longer than %d MB; keep large material outside and give its digest", what, id, longest>>20)
		return
	}
	w.lines++
	_, w.err = w.out.Write(append(text, '\n'))
}

func (w *writer) header() {
	f := w.file
	l := w.start().text("candour", version).text("pack", f.Pack).text("profile", f.Profile).text("zone", w.zoneName).text("body", f.World.Body)
	if f.RecordedRequired {
		l.text("recorded", "required")
	}
	w.put("header", f.World.Body, l)
}

func (w *writer) world(world *fact.World) {
	for _, id := range slices.Sorted(maps.Keys(world.Bodies)) {
		w.body(world.Bodies[id])
	}
	units := order{what: "unit", needs: func(id string) []string { return []string{world.Units[id].Parent} }}
	for _, id := range w.ordered(units, slices.Sorted(maps.Keys(world.Units))) {
		u := world.Units[id]
		w.put("unit", id, w.start().text("unit", id).text("body", u.Body).text("parent", u.Parent))
	}
	persons := order{what: "person", needs: func(id string) []string { return superiors(world.Persons[id]) }}
	for _, id := range w.ordered(persons, slices.Sorted(maps.Keys(world.Persons))) {
		w.person(world.Persons[id])
	}
	for _, s := range world.Sources {
		w.source(s)
	}
	for _, p := range world.Policies {
		w.policy(p)
	}
}

func superiors(p *fact.Person) []string {
	var ids []string
	for _, q := range p.Posts {
		ids = append(ids, q.ReportsTo)
	}
	return ids
}

// order puts ids after those they need, so that names come before use.
type order struct {
	what  string
	needs func(id string) []string
}

// ordered keeps the order given as far as it can.
func (w *writer) ordered(o order, ids []string) []string {
	const open, done = 1, 2
	var out []string
	state := map[string]int{}
	var visit func(id string)
	visit = func(id string) {
		switch state[id] {
		case done:
			return
		case open:
			w.err = fmt.Errorf("%s %q stands above itself; mend the ring", o.what, id)
			return
		}
		state[id] = open
		for _, need := range o.needs(id) {
			if _, ok := slices.BinarySearch(ids, need); ok {
				visit(need)
			}
		}
		state[id] = done
		out = append(out, id)
	}
	for _, id := range ids {
		visit(id)
	}
	return out
}

func (w *writer) body(b *fact.Body) {
	var channels []*line
	for _, c := range b.Channels {
		l := w.start().span(c.From, c.To).text("how", c.How)
		if c.From == always {
			l.fail("from", errors.New("a channel must say since when"))
		}
		channels = append(channels, l)
	}
	w.put("body", b.ID, w.start().text("body", b.ID).text("kind", b.Kind).inners("channel", channels))
}

func (w *writer) person(p *fact.Person) {
	var posts, kin []*line
	for _, q := range p.Posts {
		posts = append(posts, w.start().text("role", q.Role).text("rank", q.Rank).text("unit", q.Unit).text("reports_to", q.ReportsTo).span(q.From, q.To))
	}
	for _, k := range p.Kin {
		kin = append(kin, w.start().text("to", k.To).text("as", k.As))
	}
	w.put("person", p.ID, w.start().text("person", p.ID).text("body", p.Body).inners("posts", posts).inners("kin", kin))
}

func (w *writer) source(s *fact.Source) {
	l := w.start().text("source", s.ID).text("of", s.Of)
	if len(s.Marks) == 1 && s.Marks[0].At == always {
		l.until("complete_to", s.Marks[0].To)
	} else {
		var marks []*line
		for _, m := range s.Marks {
			marks = append(marks, w.start().until("at", m.At).until("to", m.To))
		}
		l.inners("complete_to", marks)
	}
	if s.SilentAfter != nil {
		l.text("silent_after", s.SilentAfter.String())
	}
	if s.Grace != nil {
		l.text("grace", s.Grace.String())
	}
	w.put("source", s.ID, l)
}

func (w *writer) policy(p *fact.Policy) {
	l := w.start().text("policy", p.Name)
	if p.Duration != nil {
		l.text("value", p.Duration.String())
	} else {
		l.bytes("value", l.number("value", p.Number))
	}
	w.put("policy", p.Name, l.from("from", p.From).text("by", p.By).text("body", p.Body))
}

func (w *writer) kase(c *fact.Case) {
	l := w.start().text("case", c.ID).text("kind", c.Kind)
	if c.Regime != "" {
		l.inner("regime", w.start().text("value", c.Regime).text("why", c.RegimeWhy))
	}
	w.put("case", c.ID, l.text("group", c.Group).fields("given", c.Given))
	for _, p := range c.Parties {
		w.put("party", p.ID, w.start().text("party", p.ID).text("case", c.ID).text("role", p.Role).text("person", p.Person).fields("given", p.Given))
	}
	for _, f := range c.Facts {
		w.fact(c, f)
	}
}

func (w *writer) fact(c *fact.Case, f *fact.Fact) {
	l := w.start().text("fact", f.ID).text("case", c.ID).text("kind", f.Kind).moment("at", &f.At)
	l.texts("about", f.About).text("by", f.By).text("for", f.For).fields("f", f.Fields)
	w.recorded(l, f)
	l.text("source", f.Source)
	if f.Seq != int64(w.lines+1) {
		l.raw("seq", f.Seq)
	}
	w.marks(l, f)
	w.put("fact", f.ID, l.text("supersedes", f.Supersedes).texts("answers", f.Answers).texts("confirms", f.Confirms))
}

func (w *writer) recorded(l *line, f *fact.Fact) {
	switch {
	case f.RecordedStated:
		l.until("recorded", f.Recorded)
	case w.file.RecordedRequired:
		l.fail("recorded", errors.New("it is not stated, and the file requires it"))
	case f.Recorded != f.At.Hi:
		l.fail("recorded", errors.New("it is not when the fact happened, and not marked as stated"))
	}
	if f.Sealed != 0 {
		l.until("sealed", f.Sealed)
	}
}

func (w *writer) marks(l *line, f *fact.Fact) {
	var signed, docs []*line
	for _, s := range f.Signed {
		signed = append(signed, w.start().text("by", s.By).instant("at", s.At))
	}
	for _, d := range f.Docs {
		docs = append(docs, w.start().text("type", d.Type).text("name", d.Name).text("sha256", d.SHA256))
	}
	l.inners("signed", signed).inners("docs", docs)
	if f.Via == nil {
		return
	}
	via := w.start().text("body", f.Via.Body).text("person", f.Via.Person).text("how", f.Via.How).text("ref", f.Via.Ref)
	if !f.Via.ChannelRecorded.IsZero() {
		via.moment("channel_recorded", &f.Via.ChannelRecorded)
	}
	l.inner("via", via)
}

func (w *writer) tests() {
	if t := w.file.Test; t != nil {
		l := w.start().until("as_at", t.AsAt)
		if t.KnownAt != nil {
			l.until("known_at", *t.KnownAt)
		}
		w.put("test", day.FormatInstant(t.AsAt, w.zone), l.list("under", t.Under))
	}
	for i := range w.file.Expects {
		w.expect(&w.file.Expects[i])
	}
}

func (w *writer) because(l *line, key string, yes bool, why string) {
	switch {
	case yes && why == "":
		l.raw(key, true)
	case yes:
		l.inner(key, w.start().text("why", why))
	}
}

func (w *writer) expect(e *Expect) {
	l := w.start().text("expect", e.Standard).text("key", e.Key).text("case", e.Case).moment("opened", &e.Opened).moment("clock", e.Clock).
		moment("due", e.Due).text("done", e.Done).text("proof", e.Proof).text("finding", e.Finding).moment("raised", e.Raised).moment("closed", e.Closed)
	if e.Late != nil {
		l.raw("late", *e.Late)
	}
	w.because(l, "cannot_tell", e.CannotTell, e.CannotTellWhy)
	w.because(l, "waiting", e.Waiting, e.WaitingWhy)
	w.because(l, "lifted", e.Lifted, e.LiftedWhy)
	w.put("expectation", e.Standard, l)
}
