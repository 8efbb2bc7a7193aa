package timeline

import (
	"errors"
	"fmt"
	"time"

	"candour/internal/fact"
)

var errLong = fmt.Errorf("the line is longer than %d MB; keep large material outside and give its digest", longest>>20)

// settler writes what was read in the settled form of a line: keys in one order,
// what was not stated left out, moments in its zone.
type settler struct {
	zoneName string
	zone     *time.Location
	required bool // each fact must state when it was recorded
}

func newSettler(zone string, required bool) (*settler, error) {
	at, err := loadZone(zone)
	if err != nil {
		return nil, fmt.Errorf("%w; write a name such as Europe/London", err)
	}
	return &settler{zone, at, required}, nil
}

// start begins a line, or an object within one.
func (s *settler) start() *draft { return &draft{zone: s.zone} }

func (s *settler) header(f *File) *draft {
	l := s.start().text("candour", version).text("pack", f.Pack).text("profile", f.Profile).text("zone", s.zoneName).text("body", f.World.Body)
	if f.RecordedRequired {
		l.text("recorded", "required")
	}
	return l
}

func (s *settler) body(b *fact.Body) *draft {
	var channels []*draft
	for _, c := range b.Channels {
		l := s.start().span(c.From, c.To).text("how", c.How)
		if c.From == always {
			l.fail("from", errors.New("a channel must say since when"))
		}
		channels = append(channels, l)
	}
	return s.start().text("body", b.ID).text("kind", b.Kind).inners("channel", channels)
}

func (s *settler) unit(u *fact.Unit) *draft {
	return s.start().text("unit", u.ID).text("body", u.Body).text("parent", u.Parent)
}

func (s *settler) person(p *fact.Person) *draft {
	var posts, kin []*draft
	for _, q := range p.Posts {
		posts = append(posts, s.start().text("role", q.Role).text("rank", q.Rank).text("unit", q.Unit).text("reports_to", q.ReportsTo).span(q.From, q.To))
	}
	for _, k := range p.Kin {
		kin = append(kin, s.start().text("to", k.To).text("as", k.As))
	}
	return s.start().text("person", p.ID).text("body", p.Body).inners("posts", posts).inners("kin", kin)
}

func (s *settler) source(x *fact.Source) *draft {
	l := s.start().text("source", x.ID).text("of", x.Of)
	if len(x.Marks) == 1 && x.Marks[0].At == always {
		l.until("complete_to", x.Marks[0].To)
	} else {
		var marks []*draft
		for _, m := range x.Marks {
			marks = append(marks, s.start().until("at", m.At).until("to", m.To))
		}
		l.inners("complete_to", marks)
	}
	if x.SilentAfter != nil {
		l.text("silent_after", x.SilentAfter.String())
	}
	if x.Grace != nil {
		l.text("grace", x.Grace.String())
	}
	return l
}

func (s *settler) policy(p *fact.Policy) *draft {
	l := s.start().text("policy", p.Name)
	if p.Duration != nil {
		l.text("value", p.Duration.String())
	} else {
		l.number("value", p.Number)
	}
	return l.from("from", p.From).text("by", p.By).text("body", p.Body)
}

func (s *settler) kase(c *fact.Case) *draft {
	l := s.start().text("case", c.ID).text("kind", c.Kind)
	if c.Regime != "" {
		l.inner("regime", s.start().text("value", c.Regime).text("why", c.RegimeWhy))
	}
	return l.text("group", c.Group).fields("given", c.Given)
}

func (s *settler) party(kase string, p *fact.Party) *draft {
	return s.start().text("party", p.ID).text("case", kase).text("role", p.Role).text("person", p.Person).fields("given", p.Given)
}

// fact writes the position too where numbered says that it does not follow from where
// the line stands.
func (s *settler) fact(kase string, f *fact.Fact, numbered bool) *draft {
	l := s.start().text("fact", f.ID).text("case", kase).text("kind", f.Kind).moment("at", &f.At)
	l.texts("about", f.About).text("by", f.By).text("for", f.For).fields("f", f.Fields)
	s.recorded(l, f)
	l.text("source", f.Source)
	if numbered {
		l.raw("seq", f.Seq)
	}
	s.marks(l, f)
	return l.text("supersedes", f.Supersedes).texts("answers", f.Answers).texts("confirms", f.Confirms)
}

func (s *settler) recorded(l *draft, f *fact.Fact) {
	switch {
	case f.RecordedStated:
		l.until("recorded", f.Recorded)
	case s.required:
		l.fail("recorded", errors.New("it is not stated, and the file requires it"))
	case f.Recorded != f.At.Hi:
		l.fail("recorded", errors.New("it is not when the fact happened, and not marked as stated"))
	}
	if f.Sealed != 0 {
		l.until("sealed", f.Sealed)
	}
}

func (s *settler) marks(l *draft, f *fact.Fact) {
	var signed, docs []*draft
	for _, g := range f.Signed {
		signed = append(signed, s.start().text("by", g.By).instant("at", g.At))
	}
	for _, d := range f.Docs {
		docs = append(docs, s.start().text("type", d.Type).text("name", d.Name).text("sha256", d.SHA256))
	}
	l.inners("signed", signed).inners("docs", docs)
	if f.Via == nil {
		return
	}
	via := s.start().text("body", f.Via.Body).text("person", f.Via.Person).text("how", f.Via.How).text("ref", f.Via.Ref)
	if !f.Via.ChannelRecorded.IsZero() {
		via.moment("channel_recorded", &f.Via.ChannelRecorded)
	}
	l.inner("via", via)
}

func (s *settler) test(t *Test) *draft {
	l := s.start().until("as_at", t.AsAt)
	if t.KnownAt != nil {
		l.until("known_at", *t.KnownAt)
	}
	return l.list("under", t.Under)
}

func (s *settler) expect(e *Expect) *draft {
	l := s.start().text("expect", e.Standard).text("key", e.Key).text("case", e.Case).moment("opened", &e.Opened).moment("clock", e.Clock).
		moment("due", e.Due).text("done", e.Done).text("proof", e.Proof).text("finding", e.Finding).moment("raised", e.Raised).moment("closed", e.Closed)
	if e.Late != nil {
		l.raw("late", *e.Late)
	}
	s.because(l, "cannot_tell", e.CannotTell, e.CannotTellWhy)
	s.because(l, "waiting", e.Waiting, e.WaitingWhy)
	s.because(l, "lifted", e.Lifted, e.LiftedWhy)
	return l
}

func (s *settler) because(l *draft, key string, yes bool, why string) {
	switch {
	case yes && why == "":
		l.raw(key, true)
	case yes:
		l.inner(key, s.start().text("why", why))
	}
}
