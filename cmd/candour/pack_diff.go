package main

import (
	"fmt"
	"strconv"
	"strings"

	"candour/internal/obligation"
	"candour/internal/pack"
	"candour/internal/report"
	"candour/internal/trial"
)

type packDiffCmd struct {
	Old      string   `arg:"" help:"The pack as it was: an embedded pack's name, or a folder."`
	New      string   `arg:"" help:"The pack as it would be."`
	Cases    []string `help:"Timelines, event logs, or CSV files or their folder: which findings would appear, go or change." type:"path" placeholder:"FILE"`
	Mapping  string   `help:"For event logs: a mapping of the pack, or a file." placeholder:"NAME"`
	AsAt     string   `help:"Look at the cases as at this moment; default now." placeholder:"MOMENT"`
	KnownAt  string   `help:"With what was known by this one; default the as-at moment itself." placeholder:"MOMENT"`
	BySealed bool     `help:"Known at means sealed, not recorded."`
}

func (packDiffCmd) Help() string {
	return `What got weaker comes first. A comparison of words cannot tell everything: a condition that
was rewritten is told as such, and both packs are tried on the examples.

Examples:
  candour pack diff ew-investigation ./my-pack
  candour pack diff ./old ./new --cases live.jsonl --as-at 2026-11-24`
}

func (c *packDiffCmd) Run(a *app) error {
	older, err := a.load(c.Old)
	if err != nil {
		return err
	}
	newer, err := a.load(c.New)
	if err != nil {
		return err
	}
	changes := trial.Compare(older, newer)
	t, err := c.try(older, newer)
	if err != nil {
		return err
	}
	for i, ch := range changes {
		if ch.Condition && ch.Standard != "" {
			changes[i].What += "; " + t.On(ch.Standard)
		}
	}
	fmt.Fprintf(a.out, "%s %s, and then %s %s\n\n", older.ID, older.Version, newer.ID, newer.Version)
	a.weaker(changes)
	a.changes("What got stricter", changes, trial.Stricter)
	a.changes("What is different", changes, trial.Different)
	if err := a.tried(t); err != nil {
		return err
	}
	shifted := len(t.Shifts) > 0
	if len(c.Cases) > 0 {
		onCases, err := c.cases(a)
		if err != nil {
			return err
		}
		shifted = shifted || onCases
	}
	if len(changes) > 0 || shifted {
		return errFound
	}
	return nil
}

// weaker prints what got weaker, also when nothing did.
func (a *app) weaker(changes []trial.Change) {
	weaker, conditions := trial.Weakened(changes)
	if len(weaker) > 0 {
		a.changes("What got weaker", changes, trial.Weaker)
		return
	}
	a.heading("What got weaker")
	for _, l := range wrap(trial.NothingWeaker(conditions), min(a.width, 96)-2) {
		fmt.Fprintln(a.out, l)
	}
	fmt.Fprintln(a.out)
}

func (a *app) heading(s string) {
	fmt.Fprintln(a.out, s)
	fmt.Fprintln(a.out, strings.Repeat("-", len(s)))
}

// changes prints those of one direction, under each standard's id and title.
func (a *app) changes(title string, all []trial.Change, d trial.Direction) {
	begun, last := false, "\x00"
	for _, ch := range all {
		if ch.Direction != d {
			continue
		}
		if !begun {
			begun = true
			a.heading(title)
		}
		if ch.Standard != last {
			last = ch.Standard
			name := ch.Standard + ": " + ch.Title
			if ch.Standard == "" {
				name = "The pack as a whole"
			}
			fmt.Fprintln(a.out, strings.TrimSuffix(name, ": "))
		}
		for i, l := range wrap(ch.What, min(a.width, 96)-4) {
			fmt.Fprintln(a.out, map[bool]string{true: "  - ", false: "  "}[i == 0]+l)
		}
	}
	if begun {
		fmt.Fprintln(a.out)
	}
}

func (c *packDiffCmd) try(older, newer *pack.Pack) (*trial.Tried, error) {
	oldFS, err := packFS(c.Old)
	if err != nil {
		return nil, err
	}
	newFS, err := packFS(c.New)
	if err != nil {
		return nil, err
	}
	return trial.Try(oldFS, older, newFS, newer)
}

// tried prints what the examples of both packs show.
func (a *app) tried(t *trial.Tried) error {
	a.heading("On the examples of both packs")
	if err := a.shifts(t.Shifts, t.Cases); err != nil {
		return err
	}
	if t.Fresh > 0 {
		fmt.Fprintf(a.out, "Besides, %s by new standards.\n", map[bool]string{true: "1 finding appears", false: fmt.Sprintf("%d findings appear", t.Fresh)}[t.Fresh == 1])
	}
	for _, u := range t.Unread {
		fmt.Fprintf(a.out, "Not tried: %s\n", u)
	}
	return nil
}

// cases prints what the change would do to the findings of the files named.
func (c *packDiffCmd) cases(a *app) (bool, error) {
	found := map[string][]trial.Found{}
	cases := 0
	for i, name := range []string{c.Old, c.New} {
		r := reading{Pack: name, Mapping: c.Mapping, AsAt: c.AsAt, KnownAt: c.KnownAt, BySealed: c.BySealed}
		err := a.eachResult(c.Cases, r.options(a), r.ask(a), func(res *obligation.Result) error {
			if i == 0 && res.Scope == "" {
				cases++
			}
			found[name] = append(found[name], trial.FoundIn(res)...)
			return nil
		})
		if err != nil {
			return false, err
		}
	}
	shifts := trial.Shifts(found[c.Old], found[c.New])
	if c.Old == c.New {
		shifts = nil
	}
	fmt.Fprintln(a.out)
	at := c.AsAt
	if at == "end" {
		at = "the end of the record"
	} else if at == "" {
		at = a.now().Format("2006-01-02 15:04")
	}
	a.heading("On the cases given, as at " + at)
	return len(shifts) > 0, a.shifts(shifts, cases)
}

func (a *app) shifts(shifts []trial.Shift, cases int) error {
	rows := [][]string{{"CASE", "ABOUT", "STANDARD", "FINDING", "WAS", "IS"}}
	for _, s := range shifts {
		rows = append(rows, []string{s.Case, s.Key, s.Standard, s.What, s.Was, s.Is})
	}
	if len(shifts) > 0 {
		if err := report.Columns(a.out, rows, a.width, 0, 1, 2, 4, 5); err != nil {
			return err
		}
	}
	fmt.Fprintln(a.out, trial.Summary(shifts, cases))
	return a.byStandard(shifts)
}

// byStandard counts shifts standard by standard, where there is more than one.
func (a *app) byStandard(shifts []trial.Shift) error {
	tallies := trial.ByStandard(shifts)
	if len(tallies) < 2 {
		return nil
	}
	rows := [][]string{{"STANDARD", "APPEAR", "GO", "CHANGE"}}
	for _, t := range tallies {
		rows = append(rows, []string{t.Standard, strconv.Itoa(t.Appear), strconv.Itoa(t.Go), strconv.Itoa(t.Change)})
	}
	return report.Columns(a.out, rows, a.width, 0)
}
