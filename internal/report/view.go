package report

import (
	"fmt"
	"slices"
	"strings"

	"candour/internal/day"
)

// totals are the numbers on top, counted once over all rows.
type totals struct {
	cases, with, clean         int
	findings, open             int
	elsewhere                  int // findings on persons, units and bodies
	advisory, unknown, waiting int
	asks, claims               int
	light, before, beforeCases int
	earliest                   day.Instant
	earlier, delays            []int
}

func (h *HTML) totals() totals {
	t := totals{}
	for i := range h.subjects {
		s := &h.subjects[i]
		if s.scope != "case" {
			t.elsewhere += int(s.findings)
			continue
		}
		t.cases++
		if s.findings > 0 {
			t.with++
			if s.begun != 0 {
				t.delays = append(t.delays, int(h.cal.DateOf(s.first)-h.cal.DateOf(s.begun)))
			}
		}
		if s.light != 0 {
			t.light++
		}
		if days, ok := s.earlier(h.cal); ok {
			t.beforeCases++
			t.earlier = append(t.earlier, days)
		}
	}
	t.clean = t.cases - t.with
	for i := range h.found {
		h.totalRow(&t, &h.found[i])
	}
	return t
}

func (h *HTML) totalRow(t *totals, f *found) {
	switch f.class {
	case advisory:
		t.advisory++
	case cannotTell:
		t.unknown++
	case waiting:
		t.waiting++
	}
	if f.class != counted {
		return
	}
	t.findings++
	if t.earliest == 0 || f.raised < t.earliest {
		t.earliest = f.raised
	}
	if f.open {
		t.open++
		if standings[f.standing].State == "unproven" {
			t.claims++
		}
	}
	if h.rules[f.rule].Asks != nil {
		t.asks++
	}
	if h.isBefore(f) {
		t.before++
	}
}

// isBefore tells a finding that was there on a day before its case came to light.
func (h *HTML) isBefore(f *found) bool {
	s := &h.subjects[f.subject]
	return s.light != 0 && h.cal.DateOf(f.raised) < h.cal.DateOf(s.light)
}

func middle(all []int) int {
	slices.Sort(all)
	return all[len(all)/2]
}

func daysOrSame(n int) string {
	if n == 0 {
		return "Same day"
	}
	return many(n, "day")
}

func middleOf(all []int) string {
	if len(all) == 1 {
		return ""
	}
	return "middle of " + many(len(all), "case")
}

func (h *HTML) view(l *lists) mainView {
	v := mainView{frame: frame{h.title(), "Findings report"}, Made: h.Made, RowTotal: len(h.found), Silent: h.asked.silent}
	if h.cal == nil {
		v.Kicker, v.Headline, v.Lacks = h.Options.Title, "There is nothing to report", h.lacks
		v.Lede = []string{"The files hold no case."}
		return v
	}
	t := h.totals()
	v.Kicker = h.kicker(t)
	v.Headline, v.Lacks = headline(t), h.lacks
	v.Lede = h.lede(t)
	v.Figures = h.figures(t, l)
	v.Needs = h.needs(l)
	if len(v.Needs) > shownNeeds {
		v.Needs, v.MoreNeeds = v.Needs[:shownNeeds], v.Needs[shownNeeds:]
	}
	v.Failings = h.failings(l)
	v.Months = h.months(l)
	v.Light = h.lightView(t, l)
	v.Lives = h.lives()
	v.Units, v.Persons = h.whose(l)
	if len(v.Persons) > shownNeeds {
		v.Persons, v.MorePersons = v.Persons[:shownNeeds], v.Persons[shownNeeds:]
	}
	v.Quality = h.quality(t, l)
	v.Read = h.reading()
	p := h.asked.pack
	v.Rules = fmt.Sprintf("%s %s, %s", p.ID, p.Version, many(h.asked.rules, "rule"))
	v.Checked = h.checked()
	return v
}

// shownNeeds is how many people a table shows before the rest is folded away.
const shownNeeds = 20

func (h *HTML) kicker(t totals) string {
	s := many(t.cases, "case") + ", as at " + h.asked.asAt
	if h.asked.knownAt != h.asked.asAt {
		s += ", known at " + h.asked.knownAt
	}
	if h.Title != "" {
		s = h.Title + ": " + s
	}
	return s
}

func headline(t totals) string {
	switch {
	case t.findings == 0:
		return "Nothing was raised in " + many(t.cases, "case")
	case t.cases == 1:
		return many(t.findings, "finding") + " in 1 case"
	}
	if t.with == t.cases {
		return fmt.Sprintf("%s in all %s", many(t.findings, "finding"), many(t.cases, "case"))
	}
	return fmt.Sprintf("%s in %s of %s", many(t.findings, "finding"), number(t.with), many(t.cases, "case"))
}

// lede says in a few sentences what the numbers show, and no more.
func (h *HTML) lede(t totals) []string {
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if t.findings > 0 {
		first := "The first was raised on " + dayOf(t.earliest, h.cal.Zone())
		switch t.open {
		case 0:
			say("%s. None is still open.", first)
		case t.findings:
			say("%s. All are still open.", first)
		default:
			say("%s. %s are still open.", first, capital(number(t.open)))
		}
	}
	if t.light > 0 {
		say("%s", h.lightSentence(t))
	}
	if t.elsewhere > 0 {
		say("%s of the findings are on a person, unit or body, over several cases.", capital(number(t.elsewhere)))
	}
	if t.advisory > 0 {
		say("%s left out of these numbers: nobody has checked the rules behind them.", capital(many(t.advisory, "advisory finding"))+map[bool]string{true: " is", false: " are"}[t.advisory == 1])
	}
	return out
}

func (h *HTML) figures(t totals, l *lists) []figure {
	out := []figure{{Big: number(t.cases), Label: "checked", Href: l.to("cases")}, {Big: number(t.findings), Label: "findings", Href: "#rows"}}
	out[0].Label = strings.TrimPrefix(many(t.cases, "case"), number(t.cases)+" ") + " checked"
	if t.clean > 0 {
		out[0].Quiet, out[0].QuietHref = number(t.clean)+" with no finding", l.to("clean")
	}
	if t.findings == 1 {
		out[1].Label = "finding"
	}
	if len(h.found) == 0 {
		out[1].Href = ""
	}
	if t.findings > 0 {
		out[1].Quiet, out[1].QuietHref = number(t.open)+" still open", l.to("open")
	}
	switch {
	case len(t.earlier) > 0:
		out = append(out, figure{Big: daysOrSame(middle(t.earlier)), Label: "from first finding to coming to light", Href: "#came", Quiet: middleOf(t.earlier)})
	case len(t.delays) > 0:
		out = append(out, figure{Big: daysOrSame(middle(t.delays)), Label: "from first entry to first finding", Href: l.to("cases"), Quiet: middleOf(t.delays)})
	}
	if t.findings > 0 {
		c := figure{Big: number(t.claims), Label: "claims nobody confirmed", Href: l.to(standingID("open", StandingOf("unproven").Order))}
		if t.claims == 1 {
			c.Label = "claim nobody confirmed"
		}
		out = append(out, c)
	}
	return out
}

// checked says how far the rules were checked.
func (h *HTML) checked() string {
	var out []string
	if n := h.asked.unchecked; n > 0 {
		out = append(out, fmt.Sprintf("%s checked by nobody, which only advise", number(n)))
	}
	if n := h.asked.reference; n > 0 {
		out = append(out, fmt.Sprintf("%s checked against the domain reference, not against the law's own text", number(n)))
	}
	if n := h.asked.rules - h.asked.unchecked - h.asked.reference; n > 0 {
		out = append(out, fmt.Sprintf("%s checked against the text itself or by a lawyer", number(n)))
	}
	return strings.Join(out, "; ")
}
