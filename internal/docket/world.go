package docket

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"

	"candour/internal/fact"
	"candour/internal/record"
	"candour/internal/timeline"
)

// World is what stands around the cases, as the record has it: of each body, unit,
// person and source the line that came last, and every policy.
type World struct {
	lines    map[string][]timeline.Line // by what, in the order in which they came first
	at       map[string]int             // "what:ID" to the place in lines
	versions map[string]int             // "what:ID" to how many lines there were
	policies map[string]bool            // keys of the policies that are there
	cases    []record.Tag               // chains of cases, in the order in which they began
	head     record.Head                // of the record, as far as it was read
	latest   int64                      // index of the last line that was read; -1 without one
}

// ReadWorld reads the world of a record, and where its cases are.
func ReadWorld(ctx context.Context, log *record.Log) (*World, error) {
	head, err := log.Head(ctx)
	if err != nil {
		return nil, err
	}
	w := newWorld()
	w.head = head // what comes meanwhile is read by grow
	return w, log.EachChain(ctx, func(first *record.Fact) error {
		if first.Index >= head.Edge.Size {
			return nil
		}
		if _, ok := CaseOf(first.Chain); ok || first.Erased {
			w.cases = append(w.cases, first.Tag)
			return nil
		}
		if !hasLines(first.Chain) {
			return nil
		}
		return log.ChainOf(ctx, first.Tag, 0, func(f *record.Fact) error {
			if f.Index >= head.Edge.Size {
				return nil
			}
			if !IsLine(f) {
				return nil
			}
			l, err := Line(f)
			if err == nil {
				w.put(l)
				w.latest = max(w.latest, f.Index)
			}
			return err
		})
	})
}

// grow reads what came since; around tells whether any of it stands around the cases. Where content
// was erased, or another copy of the record stands there, all is read anew.
func (w *World) grow(ctx context.Context, log *record.Log) (around bool, err error) {
	head, err := log.Head(ctx)
	if err != nil || head.Edge.Size == w.head.Edge.Size && head.Keys == w.head.Keys && head.Epoch == w.head.Epoch {
		return false, err
	}
	if head.Keys != w.head.Keys || head.Epoch != w.head.Epoch || head.Edge.Size < w.head.Edge.Size {
		fresh, err := ReadWorld(ctx, log)
		if err == nil {
			*w = *fresh
		}
		return true, err
	}
	var cases []record.Tag
	var lines []timeline.Line
	latest := w.latest
	err = log.Each(ctx, w.head.Edge.Size, head.Edge.Size, func(f *record.Fact) error {
		_, kase := CaseOf(f.Chain)
		switch {
		case (kase || f.Erased) && f.Seq == 0:
			cases = append(cases, f.Tag)
		case !kase && IsLine(f):
			l, err := Line(f)
			lines, latest = append(lines, l), f.Index
			return err
		}
		return nil
	})
	if err != nil {
		return false, err // nothing was taken: the next call reads it again
	}
	w.cases, w.head, w.latest = append(w.cases, cases...), head, latest
	for _, l := range lines {
		w.put(l)
	}
	return len(lines) > 0, nil
}

func newWorld() *World {
	return &World{latest: -1, lines: map[string][]timeline.Line{}, at: map[string]int{}, versions: map[string]int{}, policies: map[string]bool{}}
}

// put takes a line as the latest of its id.
func (w *World) put(l timeline.Line) {
	if l.What == "policy" {
		w.policies[policyKey(l)] = true
		w.lines[l.What] = append(w.lines[l.What], l)
		return
	}
	name := l.What + ":" + l.ID
	w.versions[name]++
	if at, ok := w.at[name]; ok {
		w.lines[l.What][at] = l
		return
	}
	w.at[name] = len(w.lines[l.What])
	w.lines[l.What] = append(w.lines[l.What], l)
}

// policyKey is the idempotency key of a policy's line: one name has many.
func policyKey(l timeline.Line) string {
	sum := sha256.Sum256(l.Text())
	return "policy:" + hex.EncodeToString(sum[:])
}

// draft is the draft of a line of the world that the record has not; ok is false where it has.
func (w *World) draft(l timeline.Line) (d record.Draft, changed, ok bool, err error) {
	if l.What == "policy" {
		d, err = Draft(l, 0)
		d.Key = policyKey(l)
		return d, false, !w.policies[d.Key], err
	}
	name := l.What + ":" + l.ID
	at, have := w.at[name]
	if have && string(w.lines[l.What][at].Text()) == string(l.Text()) {
		return d, false, false, nil
	}
	d, err = Draft(l, w.versions[name])
	return d, have, true, err
}

// Header says what a timeline of the record begins with.
type Header struct{ Pack, Profile, Zone, Body string }

func (h Header) text() []byte {
	word := func(s string) []byte {
		b, _ := json.Marshal(s) // a string: it cannot fail
		return b
	}
	members := []timeline.Member{{Key: "candour", Value: word("timeline/1")}, {Key: "body", Value: word(h.Body)}}
	for key, v := range map[string]string{"pack": h.Pack, "profile": h.Profile, "zone": h.Zone} {
		if v != "" {
			members = append(members, timeline.Member{Key: key, Value: word(v)})
		}
	}
	l, err := timeline.NewLine("candour", members)
	if err != nil {
		return nil // its keys are those of a header
	}
	return l.Text()
}

// Cases are the cases of a record, read one by one. Its methods are those of sweep.Cases.
type Cases struct {
	ctx    context.Context
	log    *record.Log
	world  *World
	header Header
	file   *timeline.File
	behind bool  // the file is not that of the world
	Erased int64 // facts passed over since they were erased, in the last run
	Orphan int64 // facts passed over since they came after the erasure of their case, in the last run
}

// ReadCases reads the world of a record; the cases are read by Each.
func ReadCases(ctx context.Context, log *record.Log, h Header) (*Cases, error) {
	w, err := ReadWorld(ctx, log)
	if err != nil {
		return nil, err
	}
	c := &Cases{ctx: ctx, log: log, world: w, header: h}
	feed, _, err := c.feed()
	if err != nil {
		return nil, err
	}
	c.file = feed.File()
	return c, nil
}

// Refresh reads what the record got since, so that the cases are those of now.
func (c *Cases) Refresh(ctx context.Context) error {
	around, err := c.world.grow(ctx, c.log)
	if c.behind = c.behind || around; err != nil || !c.behind {
		return err
	}
	feed, _, err := c.feed()
	if err != nil {
		return err
	}
	c.file, c.behind = feed.File(), false
	return nil
}

// feed begins a timeline with header and world; n is how many lines that is.
func (c *Cases) feed() (feed *timeline.Feed, n int, err error) {
	feed, err = timeline.NewFeed(c.log.Body(), c.header.text())
	if err != nil {
		return nil, 0, err
	}
	n = 1
	err = c.world.each(func(l timeline.Line) error { n++; return feed.Line(l.Text()) })
	return feed, n, err
}

// each visits the lines of the world so that names stand before use.
func (w *World) each(visit func(timeline.Line) error) error {
	for _, what := range worldOrder {
		for _, l := range order(w.lines[what]) {
			if err := visit(l); err != nil {
				return err
			}
		}
	}
	return nil
}

// File implements sweep.Cases.
func (c *Cases) File() *timeline.File { return c.file }

// Tags are the chains of the cases, in the order in which they began.
func (c *Cases) Tags() []record.Tag { return c.world.cases }

// Head is the head of the record when it was read: a chain that began later is no case yet.
func (c *Cases) Head() record.Head { return c.world.head }

// Around is the index of the last entry that changed what stands around the cases: a body, a unit, a
// person, a source, a policy. It is -1 where there is none.
func (c *Cases) Around() int64 { return c.world.latest }

// Each implements sweep.Cases.
func (c *Cases) Each(visit func(*fact.Case) error) error {
	return c.EachOf(c.world.cases, func(_ record.Tag, k *fact.Case) error { return visit(k) })
}

// EachOf visits the cases of some chains. A case all of which was erased is passed over.
func (c *Cases) EachOf(tags []record.Tag, visit func(record.Tag, *fact.Case) error) error {
	feed, _, err := c.feed()
	if err != nil {
		return err
	}
	c.Erased, c.Orphan = 0, 0
	for _, tag := range tags {
		lines := 0
		if err := c.lines(tag, func(l timeline.Line) error { lines++; return feed.Line(l.Text()) }); err != nil {
			return err
		}
		if lines == 0 {
			continue // all of it was erased
		}
		got, err := feed.Take()
		if err != nil {
			return err
		}
		if err := visit(tag, got); err != nil {
			return err
		}
	}
	return nil
}

// lines visits the lines of a case. What came after the case's own line was erased, from somebody
// who did not know, is no timeline any more: it is counted and passed over.
func (c *Cases) lines(tag record.Tag, visit func(timeline.Line) error) error {
	begun, erased := false, false
	return c.log.ChainOf(c.ctx, tag, 0, func(f *record.Fact) error {
		if f.Erased {
			c.Erased++
			erased = true
		}
		if !IsLine(f) {
			return nil
		}
		if begun = begun || f.Kind == kindCase; !begun && erased {
			c.Orphan++
			return nil
		}
		l, err := Line(f)
		if err != nil {
			return err
		}
		return visit(l)
	})
}

// EachLine visits the whole record as the lines of one timeline, header first.
func (c *Cases) EachLine(visit func(text []byte) error) error {
	if err := visit(c.header.text()); err != nil {
		return err
	}
	give := func(l timeline.Line) error { return visit(l.Text()) }
	if err := c.world.each(give); err != nil {
		return err
	}
	c.Erased, c.Orphan = 0, 0
	for _, tag := range c.world.cases {
		if err := c.lines(tag, give); err != nil {
			return err
		}
	}
	return nil
}

// Case reads one case by its reference, with the world: nil where the record has none.
func (c *Cases) Case(id string) (*fact.Case, error) {
	feed, _, err := c.feed()
	if err != nil {
		return nil, err
	}
	n := 0
	if err := c.lines(c.log.Tag(CaseChain(id)), func(l timeline.Line) error { n++; return feed.Line(l.Text()) }); err != nil || n == 0 {
		return nil, err
	}
	return feed.Take()
}

// Judged are lines that were judged against the record: what a file of the record with these
// lines at its end would be refused for, they were not.
type Judged struct {
	Drafts []record.Draft
	Cases  map[string]*fact.Case // that the lines are of, with the lines
	Expect map[string]int64      // entries of each chain when it was judged
}

// Judge reads lines as if they stood at the end of the record: names they use are those of
// the record or of lines before. It keeps nothing.
func (c *Cases) Judge(name string, lines []byte) (*Judged, error) {
	var text bytes.Buffer
	put := func(t []byte) { text.Write(t); text.WriteByte('\n') }
	put(c.header.text())
	if err := c.world.each(func(l timeline.Line) error { put(l.Text()); return nil }); err != nil {
		return nil, err
	}
	j := &Judged{Cases: map[string]*fact.Case{}, Expect: map[string]int64{}}
	cases, given := mentioned(lines)
	for _, id := range cases {
		n, _, err := c.log.ChainEnd(c.ctx, CaseChain(id))
		if err != nil {
			return nil, err
		}
		j.Expect[CaseChain(id)] = n
		if err := c.lines(c.log.Tag(CaseChain(id)), func(l timeline.Line) error {
			if !given[l.What+" "+l.ID] { // the same again is not twice
				put(l.Text())
			}
			return nil
		}); err != nil {
			return nil, err
		}
	}
	before := bytes.Count(text.Bytes(), []byte("\n"))
	text.Write(lines)
	world := newWorld()
	*world = *c.world
	err := timeline.Lines(bytes.NewReader(text.Bytes()), name, c.header.Zone, func(_ *timeline.File, l timeline.Line) error {
		if l.Number <= before || l.What == "candour" {
			return nil
		}
		l.Number -= before
		if !isWorld(l.What) {
			d, err := Draft(l, 0)
			j.Drafts = append(j.Drafts, d)
			return err
		}
		d, _, ok, err := world.draft(l)
		if ok && err == nil {
			j.Drafts = append(j.Drafts, d)
		}
		return err
	})
	if err != nil {
		return nil, within(err, before)
	}
	file, err := timeline.Read(&text, name)
	if err != nil {
		return nil, within(err, before)
	}
	for _, k := range file.Cases {
		j.Cases[k.ID] = k
	}
	return j, nil
}

// within makes the lines that faults name those of the lines given.
func within(err error, before int) error {
	var es timeline.Errors
	if errors.As(err, &es) {
		for i := range es {
			es[i].Line -= before
		}
	}
	return err
}

// mentioned are the cases that lines name, each once, and the facts that they are.
func mentioned(lines []byte) (cases []string, facts map[string]bool) {
	facts = map[string]bool{}
	for line := range bytes.SplitSeq(lines, []byte("\n")) {
		var of struct {
			Case string `json:"case"`
			Fact string `json:"fact"`
		}
		if json.Unmarshal(line, &of) != nil {
			continue // reading the line says what is wrong with it
		}
		if of.Case != "" && !slices.Contains(cases, of.Case) {
			cases = append(cases, of.Case)
		}
		facts["fact "+of.Fact] = true
	}
	return cases, facts
}
