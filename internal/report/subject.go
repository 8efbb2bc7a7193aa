package report

import (
	"cmp"
	"fmt"
	"time"

	"candour/internal/day"
	"candour/internal/fact"
	"candour/internal/obligation"
	"candour/internal/pack"
)

// subjectView is the part of the page on one case, person, unit or body.
type subjectView struct {
	No      int32
	Title   string
	Facts   string
	Caption string
	Rows    []rowView
}

// rowView is one row with its explanation.
type rowView struct {
	No           int
	About        string
	Rule         string
	Standing     Standing
	Beside, Tell string
	Due, Raised  stamp
	Advisory     bool
	Why          []string
}

// row notes a row and makes its view.
func (h *HTML) row(res *obligation.Result, n int32, row *obligation.Row) rowView {
	cal := res.Case.Cal
	v := rowView{
		No: h.note(res, n, row, h.subjects[n].page), About: about(res, row), Rule: title(row.Standard),
		Standing: standingOf(row), Why: row.Explain(), Beside: beside(row, cal, res.Case.AsAt),
	}
	if !row.Standard.Gate {
		v.Due = stampOf(row.Due, cal)
	}
	if f := row.Finding; f != nil {
		v.Raised, v.Advisory = stampOf(f.Raised, cal), f.Advisory
		if f.Closed == 0 {
			v.Tell = toTell(row)
		}
	}
	return v
}

// about is the party that a row is about, or that it is the case itself.
func about(res *obligation.Result, row *obligation.Row) string {
	if row.Key == res.Case.Case.ID {
		return "the " + cmp.Or(res.Scope, "case")
	}
	return row.Key
}

// title is what a rule is called.
func title(s *pack.Standard) string { return cmp.Or(s.Title, s.ID) }

func toTell(row *obligation.Row) string {
	s := ""
	if row.Finding.Advisory {
		return row.Owes()
	}
	for i, who := range row.Tell() {
		if i > 0 {
			s += ", "
		}
		s += who
	}
	return s
}

// describe heads the part.
func (h *HTML) describe(v *subjectView, n int32, cal *day.Calendar) {
	s := &h.subjects[n]
	v.Title = s.title()
	v.Caption = many(int(s.findings), "finding")
	if rest := int(s.listed - s.findings); rest > 0 {
		v.Caption += fmt.Sprintf(", and %d not counted", rest)
	}
	v.Facts = s.facts(h.lights.list, cal)
}

func (s *subject) title() string { return capital(s.name()) }

// name is case c1, person p1; a body or unit is called by what it is.
func (s *subject) name() string { return s.scope + " " + s.id }

// facts is one line of dates.
func (s *subject) facts(lights []string, cal *day.Calendar) string {
	out := ""
	say := func(format string, args ...any) { out += fmt.Sprintf(format+". ", args...) }
	zone := cal.Zone()
	if s.begun != 0 {
		say("First entry %s", dayOf(s.begun, zone))
	}
	if s.first != 0 {
		say("First finding %s", dayOf(s.first, zone))
	}
	if s.light != 0 {
		how := lights[s.lightKind]
		if days, ok := s.earlier(cal); ok {
			say("Came to light %s (%s), %s after the first finding", dayOf(s.light, zone), how, many(days, "day"))
		} else {
			say("Came to light %s (%s)", dayOf(s.light, zone), how)
		}
	}
	return out
}

// beside says next to the tag what the tag leaves open.
func beside(row *obligation.Row, cal *day.Calendar, at day.Instant) string {
	f := row.Finding
	switch {
	case row.CannotTell:
		return capital(row.Why)
	case row.Waiting != "":
		return "The feed " + row.Waiting + " has not reported past the due moment"
	case f == nil:
		return ""
	case f.Closed != 0:
		return closing(row, cal)
	}
	s := ""
	switch f.Kind {
	case "overdue":
		s = "Not on record"
		if !beyond(at) {
			s = capital(lateBy(row.Due, at, cal))
		}
	case "unproven":
		s = "Only claimed"
		if n := len(row.Claims); n > 0 && row.Claims[n-1].By != "" {
			s += " by " + row.Claims[n-1].By
		}
		s += ", not confirmed"
	case "gate":
		s = "What should have come before is not on record"
	case "not-recorded":
		s = "A value is missing"
	default:
		s = offending(f, cal.Zone())
	}
	if f.Lost {
		s += "; it can no longer be done"
	}
	return s
}

// offending says what happened that should not have.
func offending(f *obligation.Finding, zone *time.Location) string {
	if f.Offending == nil {
		return capital(f.Kind)
	}
	return fmt.Sprintf("%s, %s", label(f.Offending.Kind.Label, f.Offending.Fact), dayOf(f.Offending.At.Lo, zone))
}

func label(l string, f *fact.Fact) string {
	if l == "" {
		return f.Kind
	}
	return l
}

func closing(row *obligation.Row, cal *day.Calendar) string {
	f, on := row.Finding, dayOf(row.Finding.Closed, cal.Zone())
	switch {
	case f.WrittenUpLate:
		return "In time, written up late, on " + on
	case f.Late && row.Due != day.Never && !row.Standard.Gate:
		return capital(lateBy(row.Due, f.Closed, cal)) + ", on " + on
	case f.Late:
		return "Only afterwards, on " + on
	case f.Kind == "unproven":
		return "Proven later, on " + on
	}
	return "Closed on " + on
}
