package pack

import (
	"slices"
	"strings"

	"candour/internal/fact"
)

// FindingKinds are the kinds of finding a standard can raise (ruling 31).
func (s *Standard) FindingKinds() []string {
	switch {
	case s.Asks != nil:
		return []string{"not-recorded"}
	case s.Modal == MustNot:
		return []string{s.Raises}
	case s.Modal == May:
		return nil
	case s.Gate:
		return []string{"gate"}
	}
	return []string{"overdue", "unproven"}
}

// Listens lists the findings (by standard or kind) and rights the standard depends on.
func (s *Standard) Listens() (findings, ends []string) {
	note := func(sel Selector) {
		if sel.Finding != "" {
			findings = append(findings, sel.Finding)
		}
	}
	for _, sel := range append(append([]Selector{}, s.When...), s.Unless...) {
		note(sel)
	}
	if s.Closed != nil {
		note(*s.Closed)
	}
	if s.Paused != nil {
		note(s.Paused.From)
		note(s.Paused.Until)
	}
	if s.ClockOf != "" {
		ends = append(ends, s.ClockOf)
	}
	if s.By != nil && s.By.Ends != "" {
		ends = append(ends, s.By.Ends)
	}
	return findings, ends
}

// cycles orders the standards so that each comes after those it listens to, and
// refuses a circle (ruling 4).
func (l *loader) cycles(p *Pack) {
	byID, byKind := map[string][]*Standard{}, map[string][]*Standard{}
	for _, s := range p.Standards {
		byID[s.ID] = append(byID[s.ID], s)
		for _, k := range s.FindingKinds() {
			if s.For == "" { // a kind of finding means those of cases
				byKind[k] = append(byKind[k], s)
			}
		}
	}
	state := map[*Standard]int{}
	var out []*Standard
	var visit func(s *Standard, path []string)
	visit = func(s *Standard, path []string) {
		switch state[s] {
		case 1:
			l.problems = append(l.problems, Problem{s.File, s.Line, "findings open each other in a circle: " + strings.Join(append(path, s.ID), " → "), "break the circle"})
			return
		case 2:
			return
		}
		state[s] = 1
		findings, ends := s.Listens()
		for _, name := range ends {
			p.Ended[name] = true
		}
		for _, name := range append(findings, ends...) {
			deps := byID[name]
			if deps == nil && s.For == "" {
				deps = byKind[name]
			}
			for _, d := range deps {
				if s.For == "" && d.For != "" && d.ID == name {
					l.problems = append(l.problems, Problem{s.File, s.Line, s.ID + " listens to " + name + ", which is for a " + d.For, "no standard of a case may read what is found about a person, unit or body (ruling 17)"})
				}
			}
			if deps == nil && !isFindingKind(name) {
				l.problems = append(l.problems, Problem{s.File, s.Line, s.ID + " listens to " + name + ", which no standard raises", "write the id of a standard, or a kind of finding"})
			}
			for _, d := range deps {
				if d != s || slices.Contains(findings, s.ID) { // by a kind of finding, a standard does not hear itself
					visit(d, append(path, s.ID))
				}
			}
		}
		state[s] = 2
		out = append(out, s)
	}
	for _, s := range p.Standards {
		visit(s, nil)
	}
	for i, s := range out {
		s.No = i
		s.HearsAll = s.For != "" && p.hears(s)
		if s.For != "" {
			p.Scopes[s.For] = true
		}
	}
	p.Standards = out
}

func isFindingKind(name string) bool {
	return slices.Contains([]string{"overdue", "unproven", "gate", "prohibited", "contradiction", "integrity", "missing", fact.Upheld, "not-recorded"}, name)
}
