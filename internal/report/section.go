package report

import (
	"cmp"
	"fmt"
	"html/template"
	"maps"
	"slices"

	"candour/internal/day"
)

// failingView is findings by the failing that their rule guards against.
type failingView struct {
	Headline string
	Chart    template.HTML
	Lines    []failingLine
}

type failingLine struct {
	Name  string
	Total num
}

// failingOf names the first failing that a rule guards against.
func (h *HTML) failingOf(f *found) string {
	s := h.rules[f.rule]
	switch {
	case s.Asks != nil:
		return "A value the rules need was not recorded"
	case len(s.Guards) == 0:
		return "No failing is named"
	}
	return capital(cmp.Or(h.asked.pack.Failings[s.Guards[0]], s.Guards[0]))
}

func (h *HTML) failings(l *lists) failingView {
	total := map[string]int{}
	for i := range h.found {
		if f := &h.found[i]; f.class == counted {
			total[h.failingOf(f)]++
		}
	}
	names := slices.SortedFunc(maps.Keys(total), func(a, b string) int { return cmp.Or(total[b]-total[a], cmp.Compare(a, b)) })
	if len(names) == 0 {
		return failingView{}
	}
	v := failingView{Headline: fmt.Sprintf("Found most often, %s: %s", times(total[names[0]]), names[0])}
	var all []bar
	desc := ""
	for _, n := range names {
		v.Lines = append(v.Lines, failingLine{n, l.num(total[n], l.failingID[n])})
		all = append(all, bar{n, total[n]})
		desc += fmt.Sprintf("%s: %s. ", n, number(total[n]))
	}
	v.Chart = chart("failings", v.Headline, desc, func(d *drawing, narrow bool) { bars(d, narrow, all) })
	return v
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return number(n) + " times"
}

// monthView is what was raised by month against what came to light.
type monthView struct {
	Headline, Subtitle string
	Chart              template.HTML
	Lines              []monthLine
	HasLight           bool
}

// monthLines counts by month, or by longer periods where there are too many months.
func (h *HTML) monthLines() []monthLine {
	found, light := map[month]int{}, map[month]int{}
	zone := h.cal.Zone()
	for i := range h.found {
		if f := &h.found[i]; f.class == counted && !beyond(f.raised) {
			found[monthOf(f.raised, zone)]++
		}
	}
	for i := range h.subjects {
		if s := &h.subjects[i]; s.light != 0 {
			light[monthOf(s.light, zone)]++
		}
	}
	return monthLines(found, light)
}

func (h *HTML) months(l *lists) monthView {
	lines := h.monthLines()
	if lines == nil {
		return monthView{}
	}
	v := monthView{Lines: lines}
	with := 0
	for i := range lines {
		m := &lines[i]
		m.Found, m.On = l.num(m.findings, monthID(m.from)), l.num(m.cases, "light")
		if m.findings > 0 {
			with++
		}
		v.HasLight = v.HasLight || m.cases > 0
	}
	name := map[bool]string{true: "month", false: "period"}[lines[0].from == lines[0].to]
	switch {
	case len(lines) == 1:
		v.Headline = "All were raised in " + lines[0].Name
	case with == len(lines):
		v.Headline = fmt.Sprintf("Something was raised in every one of %s", many(len(lines), name))
	default:
		v.Headline = fmt.Sprintf("Something was raised in %s of %s", number(with), many(len(lines), name))
	}
	span := lines[0].from.String() + " to " + lines[len(lines)-1].to.String()
	v.Subtitle = fmt.Sprintf("Findings by the %s in which they were raised, %s", name, span)
	if v.HasLight {
		v.Subtitle = fmt.Sprintf("Findings by the %s in which they were raised, and cases by the one in which they came to light, %s", name, span)
	}
	desc := v.Headline + ". " + v.Subtitle + ". The numbers are in the table below."
	v.Chart = monthChart(lines, v.Headline, desc)
	return v
}

func monthID(m month) string { return fmt.Sprintf("m%d", m) }

// lightView is when cases came to light against their first finding.
type lightView struct {
	Kinds         string
	Cases, Before num
	Findings      num
	Lines         []lightLine
	More          string // where all of them are
	Rest          bool   // the page itself does not list all
	Caption       string
}

type lightLine struct {
	Case         link
	First, Light stamp
	How          string
	Days         string
	Findings     int
	Open         int
	Worst        Standing
	HasWorst     bool
	Begun        stamp
}

// shownLight is how many cases the page itself lists.
const shownLight = 10

func (h *HTML) lightView(t totals, l *lists) lightView {
	v := lightView{Kinds: h.lightKinds(), Cases: l.num(t.light, "light"), Before: l.num(t.beforeCases, "light"), Findings: l.num(t.before, "before"), More: l.to("light")}
	for _, n := range l.byLight[:min(shownLight, len(l.byLight))] {
		v.Lines = append(v.Lines, h.lightLine(n))
	}
	v.Rest, v.Caption = len(l.byLight) > len(v.Lines), "From first finding to coming to light"
	if v.Rest {
		v.Caption = fmt.Sprintf("The %d cases with the longest time from first finding to coming to light", len(v.Lines))
	}
	return v
}

// lightKinds names what counts as coming to light.
func (h *HTML) lightKinds() string {
	s := ""
	for _, id := range h.Options.Light {
		if k := h.asked.pack.Kind(id); k != nil {
			if s != "" {
				s += "; "
			}
			s += cmp.Or(k.Label, id)
		}
	}
	return s
}

func (h *HTML) lightLine(n int32) lightLine {
	s := &h.subjects[n]
	out := lightLine{Case: link{Text: s.id}, Findings: int(s.findings), Open: int(s.open)}
	if s.listed > 0 {
		out.Case.Href = h.rows.href(s.page, fmt.Sprintf("c%d", n+1))
	}
	if s.findings > 0 {
		out.First, out.Worst, out.HasWorst = stampDay(s.first, h.cal), standings[s.worst], true
	}
	if s.begun != 0 {
		out.Begun = stampDay(s.begun, h.cal)
	}
	if s.light == 0 {
		return out
	}
	out.Light, out.How = stampDay(s.light, h.cal), h.lights.list[s.lightKind]
	switch days, ok := s.earlier(h.cal); {
	case ok:
		out.Days = number(days)
	case s.first == 0:
		out.Days = "no finding"
	default:
		out.Days = "not before"
	}
	return out
}

// stampDay is the day of a moment.
func stampDay(t day.Instant, cal *day.Calendar) stamp {
	return stamp{cal.DateOf(t).String(), dayOf(t, cal.Zone())}
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

// whoLine is what falls to one unit or person.
type whoLine struct {
	Who, Post string
	Total     num
	By        []num
	Closed    num
	total     int
}

// whose counts findings by the unit and the person whose duty it was.
func (h *HTML) whose(l *lists) (units, persons []whoLine) {
	return h.count(l, "u", "Unit not known", func(f *found) int32 { return f.unit }),
		h.count(l, "p", "Nobody known to owe it", func(f *found) int32 { return f.who })
}

func (h *HTML) count(l *lists, sort, nobody string, of func(*found) int32) []whoLine {
	counts := map[int32]*[6]int{}
	for i := range h.found {
		f := &h.found[i]
		if f.class != counted {
			continue
		}
		k := of(f)
		if counts[k] == nil {
			counts[k] = new([6]int)
		}
		c := counts[k]
		c[5]++
		switch n := columnOf(f); {
		case n >= 0:
			c[n]++
		default:
			c[4]++
		}
	}
	var out []whoLine
	for k, c := range counts {
		id := whoID(sort, k)
		w := whoLine{Who: nobody, Total: l.num(c[5], id), total: c[5]}
		if k >= 0 {
			w.Who = h.people.list[k]
			if sort == "p" {
				w.Post = h.posts[k]
			}
		}
		for n, state := range shownStandings {
			w.By = append(w.By, l.num(c[n], standingID(id, StandingOf(state).Order)))
		}
		w.Closed = l.num(c[4], standingID(id, StandingOf("discharged late").Order))
		out = append(out, w)
	}
	if len(counts) == 1 && counts[-1] != nil {
		return nil // nobody is known of any
	}
	slices.SortFunc(out, func(a, b whoLine) int { return cmp.Or(b.total-a.total, cmp.Compare(a.Who, b.Who)) })
	return out
}

func whoID(sort string, k int32) string { return fmt.Sprintf("%s%d", sort, k+1) }

// qualityLine is one thing to know about the record itself.
type qualityLine struct {
	Name  string
	Count num
	Plain string // where it is no link
	Words string
}

func (h *HTML) quality(t totals, l *lists) []qualityLine {
	out := []qualityLine{
		{Name: "Cannot tell", Count: l.num(t.unknown, "unknown"), Words: "The record does not say enough to judge. Nothing is raised."},
		{Name: "Not recorded", Count: l.num(t.asks, "asks"), Words: "A value that a rule needs is missing. These are among the findings."},
		{Name: "Waiting for records", Count: l.num(t.waiting, "waiting"), Words: "A feed has not yet reported past the due moment. Nothing is raised."},
		{Name: "Left out: advisory", Count: l.num(t.advisory, "advisory"), Words: "Nobody has checked the rule against its source. These findings only advise the person who owes the duty."},
	}
	return out
}

// Note adds a line on what was read: what was left out of a file, and why.
func (h *HTML) Note(name string, n int, words string) {
	h.notes = append(h.notes, qualityLine{Name: name, Plain: number(n), Words: words})
}

// reading tells of what was read; these numbers are of entries, which the page does not list.
func (h *HTML) reading() []qualityLine {
	out := []qualityLine{{Name: "Entries read", Plain: number(h.entries)}}
	if h.later > 0 {
		out = append(out, qualityLine{Name: "Left out: later entries", Plain: number(h.later), Words: "They had not happened, or were not known, at the moments asked for."})
	}
	return append(out, h.notes...)
}
