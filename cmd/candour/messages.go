package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"candour/internal/day"
	"candour/internal/exchange"
	"candour/internal/obligation"
	"candour/internal/report"
	"candour/internal/state"
	"candour/internal/sweep"
)

type messagesCmd struct {
	Files     []string `arg:"" help:"Timelines, event logs, or CSV files or their folder." type:"path"`
	Pack      string   `help:"An embedded pack's name, or a folder; default what the file names." placeholder:"NAME"`
	Mapping   string   `help:"For event logs and CSV: a mapping of the pack, or a file." placeholder:"NAME"`
	KeepGoing bool     `help:"Of CSV files: leave rows with a fault out, and say first what was left out."`
	Left      string   `help:"Of CSV files: write here, as CSV, what is wrong with which row." placeholder:"FILE"`
	Person    string   `help:"Only what this person would be sent; default a summary of everybody." placeholder:"ID"`
	From      string   `required:"" help:"First day." placeholder:"DATE"`
	Until     string   `required:"" help:"Last day." placeholder:"DATE"`
}

func (messagesCmd) Help() string {
	return `What would have been sent to whom, day by day: one message a case a day, in the morning, and at once only
what is critical. Without --person it says how many messages each person would have had, and on the worst day.

Examples:
  candour messages cases.jsonl --from 2014-03-01 --until 2014-03-31
  candour messages cases.jsonl --person di-north --from 2014-03-01 --until 2014-03-31`
}

func (c *messagesCmd) Run(a *app) error {
	post := &obligation.Post{}
	var zone *time.Location
	known := false
	ask := sweep.Ask{Moments: func(z *time.Location) (state.Moments, error) {
		if zone == nil {
			zone = z
			if err := c.period(post, z); err != nil {
				return state.Moments{}, err
			}
		}
		return state.Moments{AsAt: post.To, KnownAt: post.To}, nil
	}}
	o := sweep.Options{Pack: c.Pack, Default: "ew-investigation", Mapping: c.Mapping, Load: a.load, Tables: a.tables(c.KeepGoing, c.Left, nil)}
	o.Tables.Before = func(im *exchange.Import) error { return a.leftOut(im, "table") }
	err := a.eachResult(c.Files, o, ask, func(res *obligation.Result) error {
		known = known || res.Case.World.Persons[c.Person] != nil
		post.Add(res)
		return nil
	})
	if err != nil {
		return err
	}
	if zone == nil {
		return fmt.Errorf("no case in the files")
	}
	all := post.Messages()
	if c.Person != "" {
		if !known && !slices.ContainsFunc(all, func(m obligation.Message) bool { return m.To == c.Person }) {
			return fmt.Errorf("no person %q in the files; without --person the command lists everybody who would be told", c.Person)
		}
		c.byDay(a, all, zone)
		return nil
	}
	summary(a, all, zone)
	return nil
}

// period reads the days into the moments of telling.
func (c *messagesCmd) period(post *obligation.Post, zone *time.Location) error {
	cal := day.NewCalendar("", zone, nil, nil, 0, 0)
	from, err := day.ParseDate(c.From)
	if err != nil {
		return fmt.Errorf("--from: %w", err)
	}
	until, err := day.ParseDate(c.Until)
	if err != nil {
		return fmt.Errorf("--until: %w", err)
	}
	if until < from {
		return fmt.Errorf("--until %s lies before --from %s", until, from)
	}
	post.From, post.To = cal.Start(from), cal.Start(until+1)
	return nil
}

func (c *messagesCmd) byDay(a *app, all []obligation.Message, zone *time.Location) {
	n, last := 0, ""
	for _, m := range all {
		if m.To != c.Person {
			continue
		}
		n++
		if d := m.At.Time(zone).Format("Monday 2 January 2006"); d != last {
			fmt.Fprintln(a.out, d)
			last = d
		}
		how := ""
		if m.AtOnce {
			how = ", at once"
		}
		fmt.Fprintf(a.out, "  %s  %s: %s%s\n", m.At.Time(zone).Format("15:04"), strings.Join(m.Cases, ", "), count(m.Findings(), "finding"), how)
		var said []string
		for _, cause := range m.Causes {
			var ids []string
			for _, row := range cause {
				ids = append(ids, row.Standard.ID)
			}
			if line := strings.Join(ids, ", "); !slices.Contains(said, line) {
				said = append(said, line)
				fmt.Fprintf(a.out, "         %s\n", line)
			}
		}
	}
	fmt.Fprintf(a.out, "%s from %s to %s.\n", count(n, "message"), c.From, c.Until)
}

// summary says of everybody how many messages, and on the worst day.
func summary(a *app, all []obligation.Message, zone *time.Location) {
	type load struct{ all, atOnce, worst int }
	loads, days := map[string]*load{}, map[string]int{}
	for _, m := range all {
		l := loads[m.To]
		if l == nil {
			l = &load{}
			loads[m.To] = l
		}
		l.all++
		if m.AtOnce {
			l.atOnce++
		}
		key := m.To + m.At.Time(zone).Format(time.DateOnly)
		days[key]++
		l.worst = max(l.worst, days[key])
	}
	var names []string
	for n := range loads {
		names = append(names, n)
	}
	slices.SortFunc(names, func(x, y string) int {
		if d := loads[y].all - loads[x].all; d != 0 {
			return d
		}
		return strings.Compare(x, y)
	})
	rows := [][]string{{"TO", "MESSAGES", "AT ONCE", "WORST DAY"}}
	for _, n := range names {
		rows = append(rows, []string{n, fmt.Sprint(loads[n].all), fmt.Sprint(loads[n].atOnce), fmt.Sprint(loads[n].worst)})
	}
	if len(names) == 0 {
		fmt.Fprintln(a.out, "Nobody would have been sent anything.")
		return
	}
	if err := report.Columns(a.out, rows, a.width, 0); err != nil {
		fmt.Fprintln(a.err, err)
	}
}
