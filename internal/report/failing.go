package report

import (
	"cmp"
	"fmt"
	"html/template"
	"maps"
	"slices"
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
	v := failingView{Headline: failingHeadline(names, total)}
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

func failingHeadline(names []string, total map[string]int) string {
	switch {
	case len(names) == 1:
		return "All point to one failing: " + names[0]
	case total[names[0]] == total[names[1]]:
		return fmt.Sprintf("They point to %d failings, none most often", len(names))
	}
	return fmt.Sprintf("Found most often, %s: %s", times(total[names[0]]), names[0])
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return number(n) + " times"
}
