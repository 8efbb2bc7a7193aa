package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"candour/internal/day"
	"candour/internal/exchange"
	"candour/internal/fact"
	"candour/internal/obligation"
	"candour/internal/pack"
	"candour/internal/report"
	"candour/internal/state"
	"candour/internal/sweep"
)

// reading are the flags of commands that read cases.
type reading struct {
	Pack      string `help:"An embedded pack's name, or a folder. Default: what the file names, else ew-investigation; for event logs process-logs." placeholder:"NAME"`
	Mapping   string `help:"For event logs and CSV: a mapping of the pack, or a file." placeholder:"NAME"`
	KeepGoing bool   `help:"Of CSV files: leave rows with a fault out, and say first what was left out."`
	Left      string `help:"Of CSV files: write here, as CSV, what is wrong with which row." placeholder:"FILE"`
	AsAt      string `help:"What the record held at this moment; default now." placeholder:"MOMENT"`
	KnownAt   string `help:"Look at the as-at moment with what was known by this one; default the as-at moment itself." placeholder:"MOMENT"`
	BySealed  bool   `help:"Known at means sealed, not recorded."`
}

func (f reading) options(a *app) sweep.Options {
	return sweep.Options{Pack: f.Pack, Default: "ew-investigation", Mapping: f.Mapping, Load: a.load, Tables: a.tables(f.KeepGoing, f.Left, nil), Open: a.cases}
}

// telling are the options of commands whose first lines say, in their format, which
// rows of CSV files are left out.
func (f reading) telling(a *app, format string) sweep.Options {
	o := f.options(a)
	o.Tables.Before = func(im *exchange.Import) error { return a.leftOut(im, format) }
	return o
}

// moments reads the two flags in a case's zone. "end" is when everything is over.
func (f reading) moments(a *app, zone *time.Location) (state.Moments, error) {
	m := state.Moments{AsAt: day.FromTime(a.now()), BySeal: f.BySealed}
	read := func(flag, s string) (day.Instant, error) {
		if s == "end" {
			return state.End, nil
		}
		got, err := day.ParseMoment(s, zone)
		if err != nil {
			return 0, fmt.Errorf("--%s %q: write a day as 2015-12-31, or a time as '2015-12-31 10:20', with the quotes: %w", flag, s, err)
		}
		return got.Hi, nil
	}
	var err error
	if f.AsAt != "" {
		if m.AsAt, err = read("as-at", f.AsAt); err != nil {
			return m, err
		}
	}
	m.KnownAt = m.AsAt
	if f.KnownAt != "" {
		m.KnownAt, err = read("known-at", f.KnownAt)
	}
	return m, err
}

// ask is what the flags ask of a file's cases.
func (f reading) ask(a *app) sweep.Ask {
	return sweep.Ask{Moments: func(zone *time.Location) (state.Moments, error) { return f.moments(a, zone) }}
}

// eachResult visits what is found in the files. Each file is a world of its own: who
// watches is told where a pattern could hide between them.
func (a *app) eachResult(files []string, o sweep.Options, ask sweep.Ask, visit func(*obligation.Result) error) error {
	sets, err := sweep.Sets(files, o)
	if err != nil {
		return err
	}
	told := len(sets) == 1
	see := func(res *obligation.Result) error {
		if !told && len(res.Case.Pack.Scopes) > 0 {
			told = true
			fmt.Fprintln(a.err, "Patterns of persons and teams are looked for in each file alone; to count cases together, put them into one file.")
		}
		return visit(res)
	}
	for _, paths := range sets {
		if err := sweep.Findings(paths, o, ask, see); err != nil {
			return err
		}
	}
	return nil
}

// choice are the flags of commands that can look at some of the standards only.
type choice struct {
	Standard []string `help:"Only these standards." placeholder:"ID"`
	Profile  string   `help:"Only the standards of this profile of the pack; default the one that the file names." placeholder:"NAME"`
}

type checkCmd struct {
	reading
	choice
	Files  []string `arg:"" help:"Timelines (.jsonl), event logs (.xes, .xes.gz), or CSV files or their folder." type:"path"`
	Format string   `enum:"table,jsonl,csv" default:"table" help:"table, jsonl or csv."`
	Doubts bool     `help:"Also list where the record cannot tell, and what waits for records."`
}

func (checkCmd) Help() string {
	return `Examples:
  candour check case.jsonl                        what is open today
  candour check case.jsonl --as-at 2012-06-20     what would have been open then
  candour check log.xes.gz --as-at end --format csv > findings.csv
  candour check export/ --mapping crimes.yaml     the CSV files of a folder`
}

func (c *checkCmd) Run(a *app) error {
	w, err := report.New(c.Format, a.out, a.width)
	if err != nil {
		return err
	}
	n, cases := tally{}, 0
	o := c.telling(a, c.Format)
	ask := c.ask(a)
	ask.On = c.on
	err = a.eachResult(c.Files, o, ask, func(res *obligation.Result) error {
		if res.Scope == "" {
			cases++
			a.progress(cases)
			n.silent(res)
			n.standing(res)
		}
		return c.write(w, res.Rows, &n, res.Case.Cal.Zone())
	})
	if err != nil {
		return err
	}
	a.progressDone(cases)
	if err := w.Close(); err != nil {
		return err
	}
	if c.Format == "table" {
		fmt.Fprintln(a.out, n.sentence(cases))
		for _, s := range n.feeds {
			fmt.Fprintln(a.out, s)
		}
	}
	if n.findings > 0 {
		return errFound
	}
	return nil
}

// write hands on a case's findings in the order in which they were raised.
func (c *checkCmd) write(w report.Writer, rows []*obligation.Row, n *tally, zone *time.Location) error {
	var found []*obligation.Row
	for _, row := range rows {
		if n.add(row); row.Finding != nil || c.Doubts && (row.CannotTell || row.Waiting != "") {
			found = append(found, row)
		}
	}
	slices.SortStableFunc(found, func(a, b *obligation.Row) int { return cmp.Compare(shown(a), shown(b)) })
	for _, row := range found {
		if err := w.Write(report.Of(row, zone)); err != nil {
			return err
		}
	}
	return nil
}

// shown is the moment by which a row is put in order: when it was raised, or opened.
func shown(r *obligation.Row) day.Instant {
	if r.Finding != nil {
		return r.Finding.Raised
	}
	return r.Opened
}

// on says which standards are asked for.
func (c choice) on(p *pack.Pack, profile string) (func(*pack.Standard) bool, error) {
	ids := slices.Clone(c.Standard)
	if c.Profile != "" || len(ids) > 0 {
		profile = c.Profile
	}
	if profile != "" {
		members, ok := p.Profiles[profile]
		if !ok {
			return nil, fmt.Errorf("the pack %s has no profile %q; it has %s", p.ID, profile, strings.Join(slices.Sorted(maps.Keys(p.Profiles)), ", "))
		}
		ids = append(ids, members...)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	for _, id := range ids {
		known := false
		for _, s := range p.Standards {
			known = known || s.ID == id
		}
		if !known {
			return nil, fmt.Errorf("the pack %s has no standard %q; `candour pack list` names them", p.ID, id)
		}
	}
	return obligation.Named(ids), nil
}

// tally counts rows for the sentence under the table.
type tally struct {
	findings, open, advisory, waiting, unknown, pending int

	found, empty int      // cases with findings, and with nothing on record yet
	feeds        []string // a sentence for each feed that is silent
	world        *fact.World
}

// silent notes the feeds of a file that have been silent for too long, once a file.
func (t *tally) silent(res *obligation.Result) {
	w := res.Case.World
	if w == t.world {
		return
	}
	t.world = w
	for _, s := range obligation.Silent(w, res.Case.Cal, res.Case.Moments) {
		if s.Since == 0 {
			t.feeds = append(t.feeds, fmt.Sprintf("The feed %s has never said how far it is complete.", s.Source))
			continue
		}
		zone := res.Case.Cal.Zone()
		t.feeds = append(t.feeds, fmt.Sprintf("The feed %s is silent: it was complete to %s and should have reported by %s. What waits for it is not raised.",
			s.Source, day.FormatInstant(s.Since, zone), day.FormatInstant(s.Due, zone)))
	}
}

// standing counts the case by whether there is anything on it, and found on it.
func (t *tally) standing(res *obligation.Result) {
	if len(res.Case.Ev) == 0 {
		t.empty++
	}
	if slices.ContainsFunc(res.Rows, func(r *obligation.Row) bool { return r.Finding != nil }) {
		t.found++
	}
}

func (t *tally) add(r *obligation.Row) {
	switch {
	case r.Finding != nil:
		t.findings++
		if r.Finding.Advisory {
			t.advisory++
		}
		if r.Finding.Closed == 0 {
			t.open++
		}
	case r.Waiting != "":
		t.waiting++
	case r.CannotTell:
		t.unknown++
	case r.State() == "open" && r.Standard.Modal == pack.Must:
		t.pending++
	}
}

func (t tally) sentence(cases int) string {
	s := fmt.Sprintf("%s, %d of them still open, in %d of %s; %s not due yet.", count(t.findings, "finding"), t.open, t.found, count(cases, "case"), count(t.pending, "duty"))
	if t.findings == 0 {
		s = fmt.Sprintf("Nothing was raised in %s; %s not due yet.", count(cases, "case"), count(t.pending, "duty"))
	}
	if t.advisory > 0 {
		s += fmt.Sprintf(" %d of the findings only advise: nobody has checked their rules.", t.advisory)
	}
	if t.empty > 0 {
		s += fmt.Sprintf(" Of %s nothing was on record yet.", count(t.empty, "case"))
	}
	if t.waiting > 0 {
		s += fmt.Sprintf(" %d waiting for records.", t.waiting)
	}
	if t.unknown > 0 {
		s += fmt.Sprintf(" In %s the record cannot tell; --doubts lists them.", count(t.unknown, "place"))
	}
	return s
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if stem, ok := strings.CutSuffix(noun, "y"); ok {
		return fmt.Sprintf("%d %sies", n, stem)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
