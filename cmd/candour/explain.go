package main

import (
	"fmt"
	"strings"

	"candour/internal/obligation"
	"candour/internal/sweep"
)

type explainCmd struct {
	reading
	Case     string   `arg:"" help:"The case, or a person, unit or body."`
	Standard string   `arg:"" optional:"" help:"One standard; default all that raised something."`
	In       []string `required:"" help:"The file or files that hold the case; of CSV, also their folder." type:"path" placeholder:"FILE"`
}

func (explainCmd) Help() string {
	return `Examples:
  candour explain c1 --in case.jsonl
  candour explain c1 cps-claim-confirmed --in case.jsonl --as-at 2012-12-04`
}

func (c *explainCmd) Run(a *app) error {
	foundCase, told, known, kept := false, 0, false, ""
	o := c.telling(a, "table")
	o.Open = func(path string) (sweep.Cases, bool, error) { return a.casesFor(path, c.Case) }
	err := a.eachResult(c.In, o, c.ask(a), func(res *obligation.Result) error {
		for _, s := range res.Case.Pack.Standards {
			if known {
				break
			}
			if s.ID == c.Standard {
				known, kept = true, s.For
			}
		}
		if res.Case.Case.ID != c.Case {
			return nil
		}
		foundCase = true
		for _, row := range res.Rows {
			if c.Standard == "" && row.Finding == nil || c.Standard != "" && row.Standard.ID != c.Standard {
				continue
			}
			if told++; told > 1 {
				fmt.Fprintln(a.out)
			}
			a.tell(row)
		}
		return nil
	})
	if err != nil {
		return err
	}
	switch {
	case c.Standard != "" && kept != "" && told == 0:
		return fmt.Errorf("the standard %q is for a %s, over all cases, and opened nothing on %s; name the %s in place of a case", c.Standard, kept, c.Case, kept)
	case !foundCase:
		return fmt.Errorf("no case, person or team %q in %s of which anything is said", c.Case, strings.Join(c.In, ", "))
	case c.Standard != "" && !known:
		return fmt.Errorf("the pack has no standard %q; `candour pack list` names them", c.Standard)
	case told == 0 && c.Standard != "":
		return fmt.Errorf("the standard %q opened nothing on case %s; `candour check` lists what did", c.Standard, c.Case)
	case told == 0:
		fmt.Fprintf(a.out, "Nothing was raised on %s.\n", c.Case)
	}
	return nil
}

// tell prints one row's reasoning, wrapped to the terminal.
func (a *app) tell(row *obligation.Row) {
	title := row.Standard.ID + " on " + row.Key
	fmt.Fprintln(a.out, title+": "+row.State())
	fmt.Fprintln(a.out, strings.Repeat("-", len([]rune(title+": "+row.State()))))
	for _, s := range row.Explain() {
		for _, l := range wrap(s, min(a.width, 96)-2) {
			fmt.Fprintln(a.out, l)
		}
	}
}

func wrap(s string, width int) []string {
	var out []string
	line := ""
	for _, w := range strings.Fields(s) {
		if line != "" && len([]rune(line))+1+len([]rune(w)) > width {
			out = append(out, line)
			line = "  " + w
			continue
		}
		if line != "" {
			line += " "
		}
		line += w
	}
	return append(out, line)
}
