package timeline

import (
	"bufio"
	"encoding/json"
	"io"
	"math"
	"slices"
	"strconv"
	"time"

	"candour/internal/day"
	"candour/internal/fact"
)

// line is one object being written, its keys in order; empty values are left out.
type line struct {
	buf  []byte
	zone *time.Location
}

func (l *line) raw(key string, v any) *line {
	if len(l.buf) > 0 {
		l.buf = append(l.buf, ',')
	}
	l.buf = strconv.AppendQuote(l.buf, key)
	l.buf = append(l.buf, ':')
	data, err := json.Marshal(v)
	if err != nil { // strings, numbers, booleans and lists of them always marshal
		data = []byte("null")
	}
	l.buf = append(l.buf, data...)
	return l
}

func (l *line) text(key, v string) *line {
	if v != "" {
		l.raw(key, v)
	}
	return l
}

func (l *line) texts(key string, v []string) *line {
	if len(v) > 0 {
		l.raw(key, v)
	}
	return l
}

func (l *line) moment(key string, m *day.Moment) *line {
	if m != nil {
		l.raw(key, day.FormatMoment(*m, l.zone))
	}
	return l
}

// instant leaves out what stands for "always" and "for good".
func (l *line) instant(key string, t day.Instant) *line {
	if t != math.MinInt64 && t != day.Never {
		m := day.At(t)
		l.moment(key, &m)
	}
	return l
}

func (l *line) object() json.RawMessage { return json.RawMessage("{" + string(l.buf) + "}") }

func fieldsObject(fs []fact.Field) json.RawMessage {
	var l line
	for _, f := range fs {
		l.raw(f.Name, plain(f.Value))
	}
	return l.object()
}

func plain(v fact.Value) any {
	switch v.Kind {
	case fact.Bool:
		return v.Bool
	case fact.Number:
		return v.Num
	case fact.Date:
		return v.Day.String()
	case fact.Moment:
		return day.FormatMoment(v.When, time.UTC)
	case fact.List:
		out := []any{}
		for _, it := range v.List {
			out = append(out, plain(it))
		}
		return out
	}
	return v.Text
}

type writer struct {
	out  *bufio.Writer
	file *File
}

func (w *writer) new() *line { return &line{zone: w.file.Zone} }

func (w *writer) put(l *line) {
	w.out.Write(l.object())
	w.out.WriteByte('\n')
}

// Write writes the file so that Read gives it back.
func Write(out io.Writer, f *File) error {
	w := &writer{bufio.NewWriter(out), f}
	w.header()
	w.world()
	for _, c := range f.Cases {
		w.kase(c)
	}
	w.tests()
	return w.out.Flush()
}

func (w *writer) header() {
	l := w.new().text("candour", "timeline/1").text("pack", w.file.Pack).text("profile", w.file.Profile).text("zone", w.file.ZoneName).raw("body", w.file.World.Body)
	if w.file.RecordedRequired {
		l.text("recorded", "required")
	}
	w.put(l)
}

func sorted[V any](m map[string]V) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func (w *writer) world() {
	world := w.file.World
	for _, id := range sorted(world.Bodies) {
		b := world.Bodies[id]
		l := w.new().raw("body", b.ID).text("kind", b.Kind)
		var channels []json.RawMessage
		for _, c := range b.Channels {
			channels = append(channels, w.new().instant("from", c.From).instant("to", c.To).text("how", c.How).object())
		}
		if channels != nil {
			l.raw("channel", channels)
		}
		w.put(l)
	}
	done := map[string]bool{}
	var unit func(id string)
	unit = func(id string) { // parents first, since names come before use
		u := world.Units[id]
		if u == nil || done[id] {
			return
		}
		done[id] = true
		unit(u.Parent)
		w.put(w.new().raw("unit", u.ID).text("body", u.Body).text("parent", u.Parent))
	}
	for _, id := range sorted(world.Units) {
		unit(id)
	}
	seen := map[string]bool{}
	var person func(id string)
	person = func(id string) {
		p := world.Persons[id]
		if p == nil || seen[id] {
			return
		}
		seen[id] = true
		for _, q := range p.Posts {
			person(q.ReportsTo)
		}
		w.person(p)
	}
	for _, id := range sorted(world.Persons) {
		person(id)
	}
	for _, s := range world.Sources {
		w.source(s)
	}
	for _, p := range world.Policies {
		l := w.new().raw("policy", p.Name)
		if p.Duration != nil {
			l.text("value", p.Duration.String())
		} else {
			l.raw("value", p.Number)
		}
		w.put(l.instant("from", p.From).text("by", p.By).text("body", p.Body))
	}
}

func (w *writer) person(p *fact.Person) {
	l := w.new().raw("person", p.ID).text("body", p.Body)
	var posts, kin []json.RawMessage
	for _, q := range p.Posts {
		posts = append(posts, w.new().text("role", q.Role).text("rank", q.Rank).text("unit", q.Unit).text("reports_to", q.ReportsTo).
			instant("from", q.From).instant("to", q.To).object())
	}
	for _, k := range p.Kin {
		kin = append(kin, w.new().text("to", k.To).text("as", k.As).object())
	}
	if posts != nil {
		l.raw("posts", posts)
	}
	if kin != nil {
		l.raw("kin", kin)
	}
	w.put(l)
}

func (w *writer) source(s *fact.Source) {
	l := w.new().raw("source", s.ID).text("of", s.Of)
	switch {
	case len(s.Marks) == 1 && s.Marks[0].At == math.MinInt64:
		l.instant("complete_to", s.Marks[0].To)
	case len(s.Marks) > 0:
		var marks []json.RawMessage
		for _, m := range s.Marks {
			marks = append(marks, w.new().instant("at", m.At).instant("to", m.To).object())
		}
		l.raw("complete_to", marks)
	}
	if s.SilentAfter != nil {
		l.text("silent_after", s.SilentAfter.String())
	}
	if s.Grace != nil {
		l.text("grace", s.Grace.String())
	}
	w.put(l)
}

func (w *writer) kase(c *fact.Case) {
	l := w.new().raw("case", c.ID).text("kind", c.Kind)
	if c.Regime != "" {
		l.raw("regime", w.new().text("value", c.Regime).text("why", c.RegimeWhy).object())
	}
	l.text("group", c.Group)
	if len(c.Given) > 0 {
		l.raw("given", fieldsObject(c.Given))
	}
	w.put(l)
	for _, p := range c.Parties {
		l := w.new().raw("party", p.ID).text("case", c.ID).text("role", p.Role).text("person", p.Person)
		if len(p.Given) > 0 {
			l.raw("given", fieldsObject(p.Given))
		}
		w.put(l)
	}
	for _, f := range c.Facts {
		w.fact(c, f)
	}
}

func (w *writer) fact(c *fact.Case, f *fact.Fact) {
	l := w.new().raw("fact", f.ID).text("case", c.ID).text("kind", f.Kind).moment("at", &f.At)
	if len(f.About) == 1 {
		l.text("about", f.About[0])
	} else {
		l.texts("about", f.About)
	}
	l.text("by", f.By).text("for", f.For)
	if len(f.Fields) > 0 {
		l.raw("f", fieldsObject(f.Fields))
	}
	if f.RecordedStated {
		l.instant("recorded", f.Recorded)
	}
	if f.Sealed != 0 {
		l.instant("sealed", f.Sealed)
	}
	l.text("source", f.Source).raw("seq", f.Seq)
	var signed, docs []json.RawMessage
	for _, s := range f.Signed {
		signed = append(signed, w.new().text("by", s.By).instant("at", s.At).object())
	}
	for _, d := range f.Docs {
		docs = append(docs, w.new().text("type", d.Type).text("name", d.Name).text("sha256", d.SHA256).object())
	}
	if signed != nil {
		l.raw("signed", signed)
	}
	if docs != nil {
		l.raw("docs", docs)
	}
	if v := f.Via; v != nil {
		via := w.new().text("body", v.Body).text("person", v.Person).text("how", v.How).text("ref", v.Ref)
		if !v.ChannelRecorded.IsZero() {
			via.moment("channel_recorded", &v.ChannelRecorded)
		}
		l.raw("via", via.object())
	}
	w.put(l.text("supersedes", f.Supersedes).texts("answers", f.Answers).texts("confirms", f.Confirms))
}

func (w *writer) tests() {
	t := w.file.Test
	if t == nil {
		return
	}
	l := w.new().instant("as_at", t.AsAt)
	if t.KnownAt != nil {
		l.instant("known_at", *t.KnownAt)
	}
	w.put(l.texts("under", t.Under))
	for _, e := range w.file.Expects {
		l := w.new().raw("expect", e.Standard).text("key", e.Key).text("case", e.Case).moment("opened", &e.Opened).moment("clock", e.Clock).
			moment("due", e.Due).text("done", e.Done).text("proof", e.Proof).text("finding", e.Finding).moment("raised", e.Raised).moment("closed", e.Closed)
		if e.Late != nil {
			l.raw("late", *e.Late)
		}
		if e.CannotTell {
			l.raw("cannot_tell", true)
		}
		if e.Waiting {
			l.raw("waiting", true)
		}
		if e.Lifted {
			l.raw("lifted", w.new().text("why", e.LiftedWhy).object())
		}
		w.put(l)
	}
}
