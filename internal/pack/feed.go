package pack

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"candour/internal/expr"
)

var feedOf = regexp.MustCompile(`^(person|unit|body)(?:\((of )?([a-z_][a-z0-9_.]*)\))?$`)

// feeds reads whose timelines each kind's facts enter (ruling 17): person(by),
// unit(of by), person(officer), person(case.oic), body.
func (l *loader) feeds(p *Pack) {
	for _, k := range p.Kinds {
		for _, n := range k.feedSrc {
			f, err := p.feed(k, n.text())
			if err != nil {
				n.problem("write person(by), person(FIELD), person(case.REGISTER), unit(of by), unit(FIELD) or body", "feeds: %v", err)
				continue
			}
			k.Feeds = append(k.Feeds, f)
		}
	}
}

func (p *Pack) feed(k *Kind, words string) (Feed, error) {
	m := feedOf.FindStringSubmatch(words)
	if m == nil || m[3] == "" && m[1] != "body" {
		return Feed{}, fmt.Errorf("%q names no person, unit or body", words)
	}
	f := Feed{Scope: m[1], Of: m[2] != ""}
	if m[3] == "" {
		return f, nil
	}
	if f.Of && f.Scope == "person" {
		return f, fmt.Errorf("%q: a person has no person", words)
	}
	src := m[3]
	if !strings.Contains(src, ".") {
		src = "this." + src
	}
	v, err := expr.CompileValue(src, p.scope("case", []int{k.No}, nil))
	if err == nil && v.Type != expr.Text && v.Type != expr.Texts {
		err = fmt.Errorf("%q is not the name of anyone", words)
	}
	f.Who = v
	return f, err
}

// hears tells whether the standard's scope is set or opened by findings that it
// does not name, so that every standard of the cases has to be run for it.
func (p *Pack) hears(s *Standard) bool {
	finding := func(k int) bool { return k == p.FindingRaised || k == p.FindingClosed }
	for _, r := range p.Registers[s.For] {
		for _, set := range r.Sets {
			if slices.ContainsFunc(set.Kinds, finding) {
				return true
			}
		}
	}
	for _, sel := range s.When {
		if slices.ContainsFunc(sel.Kinds, finding) || isFindingKind(sel.Finding) {
			return true
		}
	}
	return false
}
