package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"candour/internal/report"
	"candour/internal/trial"
)

type packListCmd struct {
	Pack      string   `arg:"" optional:"" default:"ew-investigation" help:"An embedded pack's name, or a folder."`
	Guards    []string `help:"Only standards that guard against this failing." placeholder:"CODE"`
	Profile   string   `help:"Only the standards of this profile." placeholder:"NAME"`
	Unchecked bool     `help:"Only standards that nobody has checked against their source: they are advisory."`
	Format    string   `enum:"table,jsonl,csv" default:"table" help:"table, jsonl or csv."`
}

func (packListCmd) Help() string {
	return `Examples:
  candour pack list                                what the shipped pack asks
  candour pack list --guards F4 --unchecked        what still has to be checked
  candour pack list ./my-pack --format csv > standards.csv`
}

func (c *packListCmd) Run(a *app) error {
	p, err := a.load(c.Pack)
	if err != nil {
		return err
	}
	if _, ok := p.Profiles[c.Profile]; c.Profile != "" && !ok {
		return fmt.Errorf("the pack %s has no profile %q; it has %s", p.ID, c.Profile, strings.Join(slices.Sorted(maps.Keys(p.Profiles)), ", "))
	}
	for _, g := range c.Guards {
		if _, ok := p.Failings[g]; len(p.Failings) > 0 && !ok {
			return fmt.Errorf("the pack %s has no failing %q; it has %s", p.ID, g, strings.Join(slices.Sorted(maps.Keys(p.Failings)), ", "))
		}
	}
	items := trial.List(p, trial.Choice{Guards: c.Guards, Profile: c.Profile, Unchecked: c.Unchecked})
	switch c.Format {
	case "jsonl":
		enc := json.NewEncoder(a.out)
		for _, it := range items {
			if err := enc.Encode(it); err != nil {
				return err
			}
		}
		return nil
	case "csv":
		return c.csv(a, items)
	}
	return c.table(a, items)
}

func (c *packListCmd) csv(a *app, items []trial.Item) error {
	w := csv.NewWriter(a.out)
	rows := [][]string{{"id", "version", "title", "guards", "time", "owes", "tell", "severity", "in_force", "checked", "source"}}
	for _, it := range items {
		rows = append(rows, []string{it.ID, strconv.Itoa(it.Version), it.Title, strings.Join(it.Guards, " "), it.Time, it.Owes, strings.Join(it.Tell, "; "),
			it.Severity, it.InForce, it.Checked, it.Source})
	}
	for _, r := range rows {
		for i := range r {
			r[i] = report.Inert(r[i])
		}
		if err := w.Write(r); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

// years shortens dates in the table; the other formats have them whole.
var years = regexp.MustCompile(`(\d{4})-\d\d-\d\d`)

func (c *packListCmd) table(a *app, items []trial.Item) error {
	cells := [][]string{{"STANDARD", "GUARDS", "TIME", "OWNER", "TOLD", "IN FORCE", "CHECKED"}}
	unchecked := 0
	for _, it := range items {
		if it.Checked == "advisory" {
			unchecked++
		}
		cells = append(cells, []string{it.ID, strings.Join(it.Guards, ","), it.Time, it.Owes, strings.Join(it.Tell, ", "), years.ReplaceAllString(it.InForce, "$1"), it.Checked}, []string{"  " + it.Title})
	}
	if len(items) > 0 {
		give := []int{2, 3, 4}
		if a.width < 100 { // an id is what one copies: it gives way last
			give = append(give, 0)
		}
		if err := report.Columns(a.out, cells, a.width, give...); err != nil {
			return err
		}
	}
	ids := map[string]bool{}
	for _, it := range items {
		ids[it.ID] = true
	}
	in := ""
	if len(items) > len(ids) {
		in = fmt.Sprintf(" in %d dated versions", len(items))
	}
	fmt.Fprintf(a.out, "%s%s; %d of them unchecked, and so only advisory.\n", count(len(ids), "standard"), in, unchecked)
	return nil
}
