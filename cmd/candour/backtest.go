package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"candour/internal/day"
	"candour/internal/obligation"
	"candour/internal/pack"
	"candour/internal/report"
	"candour/internal/state"
	"candour/internal/sweep"
)

type backtestCmd struct {
	reading
	Files    []string `arg:"" help:"Timelines, event logs, or CSV files or their folder." type:"path"`
	Standard []string `help:"Only these standards." placeholder:"ID"`
	Profile  string   `help:"Only the standards of this profile of the pack." placeholder:"NAME"`
	By       string   `enum:"standard,month,failing,unit,person,case" default:"standard" help:"Count by standard, month, failing, unit, person or case."`
	Before   []string `default:"iopc.referral_sent,disposal.given" help:"The kinds of fact by which cases came to light." placeholder:"KIND"`
	Curve    string   `enum:"none,day,week,month" default:"none" help:"How many findings stood open at the end of each day, week or 30 days, in one sweep."`
	From     string   `help:"First day of the curve; it needs one." placeholder:"DATE"`
	To       string   `help:"Last day of the curve; default the as-at day." placeholder:"DATE"`
	Format   string   `enum:"table,jsonl,csv" default:"table" help:"table, jsonl or csv."`
	Top      int      `default:"25" help:"Rows of the table; the rest are counted. 0 is all."`
}

func (backtestCmd) Help() string {
	return `What would have been raised if the standards had been watched all along, and when: over cases that are
over, or far on. A finding counts from the day on which somebody reading the record could have seen it.

Examples:
  candour backtest cases.jsonl                                  by standard, and how early
  candour backtest cases.jsonl --by month --format csv          for a chart
  candour backtest cases.jsonl --standard lead-followup --by unit
  candour backtest cases.jsonl --curve week --from 2012-01-01   what stood open, week by week`
}

func (c *backtestCmd) Run(a *app) error {
	if c.Curve != "none" {
		return c.curve(a)
	}
	b := &sweep.Backtest{Before: c.Before}
	ask := c.ask(a)
	ask.On = c.on
	o := c.telling(a, c.Format)
	err := a.eachResult(c.Files, o, ask, func(res *obligation.Result) error {
		b.Add(res)
		if res.Scope == "" {
			a.progress(b.Cases)
		}
		return nil
	})
	if err != nil {
		return err
	}
	a.progressDone(b.Cases)
	return c.print(a, b)
}

// on chooses as check does, and sees that the named kinds exist.
func (c *backtestCmd) on(p *pack.Pack, profile string) (func(*pack.Standard) bool, error) {
	if c.Standard == nil && c.Profile == "" {
		profile = ""
	}
	known := (&sweep.Backtest{Before: c.Before}).Unknown(p)
	if known != nil && len(c.Before) == 2 && c.Before[0] == "iopc.referral_sent" {
		known = nil // the default names kinds of one pack; of another it is nothing to complain of
	}
	if known != nil {
		return nil, known
	}
	return choice{Standard: c.Standard, Profile: c.Profile}.on(p, profile)
}

func (c *backtestCmd) print(a *app, b *sweep.Backtest) error {
	groups := b.By(c.By)
	switch c.Format {
	case "jsonl":
		enc := json.NewEncoder(a.out)
		for _, g := range groups {
			if err := enc.Encode(map[string]any{c.By: g.Name, "findings": g.Findings, "open": g.Open, "cases": g.Cases, "first": day.FormatInstant(g.First, b.Zone())}); err != nil {
				return err
			}
		}
		return nil
	case "csv":
		w := csv.NewWriter(a.out)
		rows := [][]string{{c.By, "findings", "open", "cases", "first"}}
		for _, g := range groups {
			rows = append(rows, []string{report.Inert(g.Name), strconv.Itoa(g.Findings), strconv.Itoa(g.Open), strconv.Itoa(g.Cases), day.FormatInstant(g.First, b.Zone())})
		}
		return w.WriteAll(rows)
	}
	for _, s := range c.headline(b) {
		fmt.Fprintln(a.out, s)
	}
	if len(groups) == 0 {
		return nil
	}
	fmt.Fprintln(a.out)
	return report.Columns(a.out, c.rows(b, groups), a.width, 4, 5)
}

// headline says in sentences what was found and how early.
func (c *backtestCmd) headline(b *sweep.Backtest) []string {
	if b.Findings == 0 {
		return []string{fmt.Sprintf("Nothing would have been raised in %s.", count(b.Cases, "case"))}
	}
	out := []string{fmt.Sprintf("%s would have been raised, on %d of %s; the first on %s.", count(b.Findings, "finding"), b.Raised, count(b.Cases, "case"),
		b.First.Time(b.Zone()).Format("2 January 2006"))}
	if b.Advisory > 0 {
		out = append(out, fmt.Sprintf("%d more come from standards that nobody has checked; they only advise and are not counted.", b.Advisory))
	}
	if n := len(b.Early); n > 0 {
		warned, least, middle, most := b.Warning()
		s := fmt.Sprintf("%s of these came to light (%s); on %d of them something had been raised before", count(n, "case"), c.named(b), warned)
		switch {
		case warned == 1:
			s += ", " + count(most, "day") + " earlier"
		case warned > 1:
			s += fmt.Sprintf(", %d to %d days earlier (%d or more in half of them)", least, most, middle)
		}
		out = append(out, s+".")
	}
	return out
}

// named lists the kinds of fact by which a case comes to light, as the pack calls them.
func (c *backtestCmd) named(b *sweep.Backtest) string {
	var out []string
	for _, k := range c.Before {
		out = append(out, "“"+b.Label(k)+"”")
	}
	return strings.Join(out, " or ")
}

func (c *backtestCmd) rows(b *sweep.Backtest, groups []*sweep.Group) [][]string {
	head := map[string]string{"standard": "STANDARD", "month": "MONTH", "failing": "FAILING", "unit": "UNIT", "person": "PERSON", "case": "CASE"}[c.By]
	out := [][]string{{"FINDINGS", "CASES", "OPEN", "FIRST", head, ""}}
	for i, g := range groups {
		if c.Top > 0 && i == c.Top {
			left := 0
			for _, rest := range groups[i:] {
				left += rest.Findings
			}
			return append(out, []string{strconv.Itoa(left), "", "", "", fmt.Sprintf("and %d more", len(groups)-i), ""})
		}
		title := ""
		if c.By == "standard" {
			title = b.Title(g.Name)
		}
		out = append(out, []string{strconv.Itoa(g.Findings), strconv.Itoa(g.Cases), strconv.Itoa(g.Open), g.First.Time(b.Zone()).Format(time.DateOnly), g.Name, title})
	}
	return out
}

// curve prints how many findings stood open, moment by moment.
func (c *backtestCmd) curve(a *app) error {
	var sum *sweep.Curves
	var cal *day.Calendar
	o := c.telling(a, c.Format)
	sets, err := sweep.Sets(c.Files, o)
	if err != nil {
		return err
	}
	for _, paths := range sets {
		var on func(*pack.Standard) bool
		_, err := sweep.Each(paths, o, func(in *state.Input) error {
			if sum == nil {
				moments, err := c.days(a, in)
				if err != nil {
					return err
				}
				sum, cal = &sweep.Curves{Moments: moments}, in.Cal
			}
			if on == nil {
				var err error
				if on, err = c.on(in.Pack, ""); err != nil {
					return err
				}
			}
			return sum.Add(in, on)
		})
		if err != nil {
			return err
		}
	}
	if sum == nil {
		return fmt.Errorf("no case in the files: there is nothing to draw a curve of")
	}
	return c.printCurve(a, sum, cal)
}

// days are the ends of the days at which the curve is asked.
func (c *backtestCmd) days(a *app, in *state.Input) ([]day.Instant, error) {
	m, err := c.moments(a, in.Cal.Zone())
	if err != nil {
		return nil, err
	}
	from, to := day.Date(0), in.Cal.DateOf(min(m.AsAt, day.FromTime(a.now())))
	if c.From == "" {
		return nil, fmt.Errorf("--curve needs --from, the first day of the curve, as 2012-01-01")
	}
	if from, err = day.ParseDate(c.From); err != nil {
		return nil, fmt.Errorf("--from: %w", err)
	}
	if c.To != "" {
		if to, err = day.ParseDate(c.To); err != nil {
			return nil, fmt.Errorf("--to: %w", err)
		}
	}
	if to < from {
		return nil, fmt.Errorf("--to %s lies before --from %s", to, from)
	}
	return sweep.Steps(in.Cal, from, to, map[string]int{"day": 1, "week": 7, "month": 30}[c.Curve]), nil
}

func (c *backtestCmd) printCurve(a *app, sum *sweep.Curves, cal *day.Calendar) error {
	rows := [][]string{{"date", "raised", "open"}}
	for i, m := range sum.Moments {
		rows = append(rows, []string{cal.DateOf(m).String(), strconv.Itoa(sum.Points[i].Raised), strconv.Itoa(sum.Points[i].Open)})
	}
	switch c.Format {
	case "csv":
		return csv.NewWriter(a.out).WriteAll(rows)
	case "jsonl":
		enc := json.NewEncoder(a.out)
		for i, m := range sum.Moments {
			if err := enc.Encode(map[string]any{"date": cal.DateOf(m).String(), "raised": sum.Points[i].Raised, "open": sum.Points[i].Open}); err != nil {
				return err
			}
		}
		return nil
	}
	return report.Columns(a.out, rows, a.width, 0)
}
