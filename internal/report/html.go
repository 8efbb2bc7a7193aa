package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"candour/internal/day"
	"candour/internal/obligation"
	"candour/internal/pack"
)

// Light are the kinds of fact by which a case comes to light, if the caller
// names none: the day counts on which the first of them was recorded.
var Light = []string{"iopc.referral_sent", "review.independent", "disposal.given", "crime.finalised"}

// Options say what the page is to hold, and where it goes.
type Options struct {
	Title string
	// Light are the kinds of fact by which a case comes to light; nil is Light.
	Light []string
	// On is the choice of standards that was made; nil is all of them.
	On func(p *pack.Pack, profile string) (func(*pack.Standard) bool, error)
	// Worst is how many cases are drawn; 0 is 5.
	Worst int
	// Made are lines on how the page was made: the command, the files and their digests.
	Made [][2]string
	// Name is the page's file; what is too much for one page goes into files
	// beside it, called after it: findings-0001.html.
	Name   string
	Create func(name string) (io.WriteCloser, error)
	// Bytes is how much of the rows, and of the lists behind the numbers, the page
	// itself may hold; a file beside it holds two thirds of that. 0 is 2.7 MB.
	Bytes int
}

// HTML collects what was found, case by case, and writes the page when closed.
type HTML struct {
	Options
	tally
	rows  *pager
	worst worst
	cal   *day.Calendar // of the first case
	asked asked
	notes []qualityLine
	lacks []string
}

// asked is what the page says of how it was asked.
type asked struct {
	asAt, knownAt string
	pack          *pack.Pack
	rules         int
	unchecked     int
	reference     int
	silent        []string
}

// NewHTML begins a page.
func NewHTML(o Options) *HTML {
	if o.Light == nil {
		o.Light = Light
	}
	o.Worst = cmp.Or(o.Worst, 5)
	o.Bytes = cmp.Or(o.Bytes, 2_700_000)
	h := &HTML{Options: o, tally: newTally(), worst: worst{most: o.Worst}}
	h.rows = &pager{limit: o.Bytes * 2 / 3, name: h.beside(""), create: o.Create, page: h.rowsPage}
	return h
}

// beside gives the names of the files of one sort beside the page.
func (h *HTML) beside(sort string) func(n int) string {
	stem := strings.TrimSuffix(strings.TrimSuffix(h.Name, ".html"), ".htm")
	return func(n int) string { return fmt.Sprintf("%s%s-%04d.html", stem, sort, n) }
}

// Add takes one case, person, unit or body. Nothing of the result is kept but copies.
func (h *HTML) Add(res *obligation.Result) error {
	if h.cal == nil {
		if err := h.begin(res); err != nil {
			return err
		}
	}
	h.hear(res)
	s := subject{id: res.Case.Case.ID, scope: cmp.Or(res.Scope, "case"), page: h.rows.at()}
	if res.Scope == "" {
		h.light(&s, res.Case, h.Light)
	}
	rows := shownRows(res)
	n := h.subject(s)
	view := subjectView{No: n + 1}
	for _, row := range rows {
		view.Rows = append(view.Rows, h.row(res, n, row))
	}
	if len(rows) == 0 {
		return nil
	}
	first := len(h.found) - len(rows)
	h.worst.see(h.subjects[n], n, h.found[first:], first, h.rules, res)
	h.describe(&view, n, res.Case.Cal)
	return h.rows.add("subject", view)
}

// begin notes how the page was asked for, from its first case.
func (h *HTML) begin(res *obligation.Result) error {
	c := res.Case
	h.cal = c.Cal
	t := asked{asAt: asAt(c.AsAt, c.Cal), knownAt: asAt(c.KnownAt, c.Cal), pack: c.Pack}
	for _, k := range h.Light {
		if c.Pack.Kind(k) == nil && !slices.Equal(h.Light, Light) {
			return fmt.Errorf("the pack %s has no kind of fact %q by which a case could come to light", c.Pack.ID, k)
		}
	}
	on := func(*pack.Standard) bool { return true }
	if h.On != nil {
		chosen, err := h.On(c.Pack, c.World.Profile)
		if err != nil {
			return err
		}
		if chosen != nil {
			on = chosen
		}
	}
	seen := map[string]bool{}
	for _, s := range c.Pack.Standards {
		if s.Asks != nil || seen[s.ID] || !on(s) {
			continue
		}
		seen[s.ID] = true
		t.rules++
		if s.Checked == nil {
			t.unchecked++
		} else if s.Checked.Level == "reference" {
			t.reference++
		}
	}
	h.asked = t
	return nil
}

// shownRows are the rows that the page lists, worst first: findings, what the
// record cannot tell, and what waits.
func shownRows(res *obligation.Result) []*obligation.Row {
	var out []*obligation.Row
	for _, row := range res.Rows {
		if row.Finding != nil || row.CannotTell || row.Waiting != "" {
			out = append(out, row)
		}
	}
	slices.SortStableFunc(out, func(a, b *obligation.Row) int {
		return cmp.Or(cmp.Compare(standingOf(a).Order, standingOf(b).Order), cmp.Compare(a.Due, b.Due), cmp.Compare(a.Opened, b.Opened))
	})
	return out
}

// hear notes the feeds of a file that have been silent for too long, once a file.
func (h *HTML) hear(res *obligation.Result) {
	w, cal := res.Case.World, res.Case.Cal
	if h.heard[w] {
		return
	}
	h.heard[w] = true
	for _, s := range obligation.Silent(w, cal, res.Case.Moments) {
		words := "The feed " + s.Source + " has never said how far it is complete."
		if s.Since != 0 {
			words = fmt.Sprintf("The feed %s is silent: it was complete to %s and should have reported by %s. What waits for it is not raised.",
				s.Source, momentOf(s.Since, cal), momentOf(s.Due, cal))
		}
		h.asked.silent = append(h.asked.silent, words)
	}
}
