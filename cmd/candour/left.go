package main

import (
	"encoding/json"
	"fmt"

	"candour/internal/day"
	"candour/internal/exchange"
	"candour/internal/sweep"
)

// tables is how commands read CSV files: what was checked goes to the person who
// watches, and the faults to the file asked for.
func (a *app) tables(keepGoing bool, left string, checked func(*exchange.Import) error) sweep.Tables {
	return sweep.Tables{KeepGoing: keepGoing, Now: day.FromTime(a.now()), Checked: func(im *exchange.Import) error {
		if left != "" {
			if err := writeLeft(left, &im.Left); err != nil {
				return err
			}
		}
		if checked != nil {
			return checked(im)
		}
		for _, s := range im.Summary.Remarks() {
			fmt.Fprintln(a.err, s)
		}
		return nil
	}}
}

// writeLeft writes the faults of rows to a file that is not there yet.
func writeLeft(path string, left *exchange.Leavings) error {
	f, err := create(path, 0o600)
	if err != nil {
		return err
	}
	if err := left.WriteCSV(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// leftOut is what the first lines of a report say of rows left out, in its format.
func (a *app) leftOut(im *exchange.Import, format string) error {
	lines := leftLines(im)
	if len(lines) == 0 {
		return nil
	}
	if format == "jsonl" {
		return json.NewEncoder(a.out).Encode(map[string][]string{"left_out": lines})
	}
	for _, s := range lines {
		if format == "csv" {
			s = "# " + s
		}
		fmt.Fprintln(a.out, s)
	}
	return nil
}

// leftLines says what was left out: the count, and the first faults.
func leftLines(im *exchange.Import) []string {
	if im.Left.Faults == 0 {
		return nil
	}
	const most = 10
	lines := []string{fmt.Sprintf("Left out, so that this is not the whole record: %s of %d.", count(im.Left.Rows, "row"), im.Summary.Rows)}
	for i, f := range im.Left.Kept {
		if i == most {
			break
		}
		lines = append(lines, f.String())
	}
	if more := im.Left.Faults - most; more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more faults; --left FILE lists them", more))
	}
	return lines
}
