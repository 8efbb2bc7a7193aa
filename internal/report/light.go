package report

import (
	"cmp"
	"fmt"
	"slices"

	"candour/internal/day"
)

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

// lightSentence says how long before coming to light the first findings were there.
func (h *HTML) lightSentence(t totals) string {
	s := many(t.light, "case") + " came to light"
	if slices.Equal(h.Options.Light, Light) {
		s = many(t.light, "case") + " reached a referral, an independent review, a disposal or closure"
	}
	switch {
	case t.beforeCases == 0:
		return s + ", none of them after a finding."
	case t.light == 1:
		return fmt.Sprintf("%s. The first finding was there %s earlier.", s, many(t.earlier[0], "day"))
	case t.beforeCases == t.light:
		s += ". In all of them"
	default:
		s += ". In " + number(t.beforeCases) + " of them"
	}
	return fmt.Sprintf("%s the first finding was there before, in the middle case %s earlier.", s, many(middle(t.earlier), "day"))
}
