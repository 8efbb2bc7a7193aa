package report

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"

	"candour/internal/day"
	"candour/internal/fact"
	"candour/internal/obligation"
	"candour/internal/pack"
	"candour/internal/state"
)

// longGap is the number of days without an entry from which a gap is drawn.
const longGap = 14

// mostEntries is how many entries of a drawn case are kept.
const mostEntries = 400

// worst keeps the cases that are drawn: those with the most open critical
// findings, then the most open, then the most of all.
type worst struct {
	most  int
	lives []*life
}

// life is what is drawn of a case.
type life struct {
	subject  subject
	no       int32
	cal      *day.Calendar
	at       day.Instant
	entries  []entry
	left     int // entries that were not kept
	closed   bool
	findings []raised
}

// entry is a fact as it is drawn.
type entry struct {
	at        day.Instant
	moment    string
	label, by string
	backed    bool // someone else stands behind it
	after     int  // days after which it was written down
}

// raised is a finding as it is drawn.
type raised struct {
	at       day.Instant
	rule     string
	no       int
	standing Standing
}

// see looks at a case; rows are its own, the first of them being row first of all.
func (w *worst) see(s subject, no int32, rows []found, first int, rules []*pack.Standard, res *obligation.Result) {
	if s.scope != "case" || s.findings == 0 {
		return
	}
	l := &life{subject: s, no: no, cal: res.Case.Cal, at: res.Case.AsAt}
	i, _ := slices.BinarySearchFunc(w.lives, l, worse)
	if i >= w.most {
		return
	}
	l.read(res.Case)
	for i, f := range rows {
		if f.class == counted {
			l.findings = append(l.findings, raised{f.raised, title(rules[f.rule]), first + i + 1, standings[f.standing]})
		}
	}
	slices.SortStableFunc(l.findings, func(a, b raised) int { return cmp.Compare(a.at, b.at) })
	w.lives = slices.Insert(w.lives, i, l)
	w.lives = w.lives[:min(len(w.lives), w.most)]
}

func worse(a, b *life) int {
	x, y := a.subject, b.subject
	return cmp.Or(cmp.Compare(y.critical, x.critical), cmp.Compare(y.open, x.open), cmp.Compare(y.findings, x.findings), cmp.Compare(a.no, b.no))
}

// read copies the entries of a case.
func (l *life) read(c *state.Case) {
	confirmed := map[string]bool{}
	for _, ev := range c.Ev {
		for _, id := range ev.Confirms {
			confirmed[id] = confirmed[id] || ev.Via != nil
		}
	}
	if open := c.Pack.Register("case", "open"); open != nil {
		v := c.Register(-1, len(c.Ev)-1, open.Name)
		l.closed = v != nil && v.Kind == fact.Bool && !v.Bool
	}
	for i, ev := range c.Ev {
		if ev.Fact.Kind == fact.KindCountersignature {
			continue
		}
		if len(l.entries) == mostEntries {
			l.left++
			continue
		}
		l.entries = append(l.entries, entry{
			at: ev.At.Lo, moment: spanOf(ev.At, c.Cal), label: label(ev.Kind.Label, ev.Fact), by: ev.By,
			backed: ev.Via != nil || confirmed[ev.ID] || signedByOther(ev.Fact, c.AsAt),
			after:  int(c.Cal.DateOf(c.KnownSince(i)) - c.Cal.DateOf(ev.At.Hi)),
		})
	}
}

func signedByOther(f *fact.Fact, at day.Instant) bool {
	return slices.ContainsFunc(f.Signed, func(s fact.Signature) bool { return s.By != f.By && s.At <= at })
}

// spanOf writes a moment, or the days from and to between which it lies.
func spanOf(m day.Moment, cal *day.Calendar) string {
	from, to := cal.DateOf(m.Lo), cal.DateOf(m.Hi)
	switch {
	case m.Exact():
		return momentOf(m.Lo, cal)
	case from == to:
		return dayOf(m.Lo, cal.Zone())
	}
	return dayOf(m.Lo, cal.Zone()) + " to " + dayOf(m.Hi, cal.Zone())
}

// gap is a time without an entry.
type gap struct {
	from, to day.Instant
	days     int
}

func (g gap) words() string { return fmt.Sprintf("Nothing recorded for %s", many(g.days, "day")) }

// gaps are the long ones between entries.
func (l *life) gaps() []gap {
	var out []gap
	for i := 1; i < len(l.entries); i++ {
		a, b := l.entries[i-1].at, l.entries[i].at
		if n := int(l.cal.DateOf(b) - l.cal.DateOf(a)); n >= longGap {
			out = append(out, gap{a, b, n})
		}
	}
	return out
}

// tail is the time from the last entry to the moment asked for, if it is long and
// the case is open: of a closed one nothing is expected.
func (l *life) tail() (gap, bool) {
	if l.closed || len(l.entries) == 0 || beyond(l.at) || l.left > 0 {
		return gap{}, false
	}
	from := l.entries[len(l.entries)-1].at
	n := int(l.cal.DateOf(l.at) - l.cal.DateOf(from))
	return gap{from, l.at, n}, n >= longGap
}

// step is one item of a case's history, in order of time.
type step struct {
	Kind               string // solid, hollow, gap or finding
	When, Words, Extra string
	Href               string
	Standing           Standing
	Within             bool // a finding in a time without entries
}

func (l *life) steps(href func(no int) string) []step {
	type dated struct {
		at day.Instant
		step
	}
	var all []dated
	for _, e := range l.entries {
		s := step{Kind: "hollow", When: e.moment, Words: e.label}
		if e.backed {
			s.Kind = "solid"
		}
		if e.by != "" {
			s.Extra = "by " + e.by
		}
		if e.after > 1 {
			s.Extra += fmt.Sprintf(", written %s after", many(e.after, "day"))
		}
		all = append(all, dated{e.at, s})
	}
	gaps := l.gaps()
	if g, ok := l.tail(); ok {
		gaps = append(gaps, g)
	}
	for _, g := range gaps {
		all = append(all, dated{g.from, step{Kind: "gap", Words: g.words()}})
	}
	for _, f := range l.findings {
		all = append(all, dated{f.at, step{Kind: "finding", When: momentOf(f.at, l.cal), Words: f.rule, Href: href(f.no), Standing: f.standing}})
	}
	slices.SortStableFunc(all, func(a, b dated) int { return cmp.Compare(a.at, b.at) })
	out := make([]step, len(all))
	within := false
	for i := range all {
		out[i] = all[i].step
		if out[i].Kind != "finding" {
			within = out[i].Kind == "gap"
		}
		out[i].Within = within && out[i].Kind == "finding"
	}
	return out
}

// lifeView is one of the worst cases, drawn.
type lifeView struct {
	Title, Href, Facts string
	Findings, Open     int
	Strip              template.HTML
	Steps              []step
	Left               int
}

func (h *HTML) lives() []lifeView {
	var out []lifeView
	for _, l := range h.worst.lives {
		href := func(no int) string { return h.rows.href(l.subject.page, fmt.Sprintf("f%d", no)) }
		out = append(out, lifeView{
			Title: l.subject.title(), Href: h.rows.href(l.subject.page, fmt.Sprintf("c%d", l.no+1)), Facts: l.subject.facts(h.lights.list, l.cal),
			Findings: int(l.subject.findings), Open: int(l.subject.open), Strip: l.strip(), Steps: l.steps(href), Left: l.left,
		})
	}
	return out
}
