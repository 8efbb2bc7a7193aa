package main

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"candour/internal/report"
)

// planting is a line of planted.txt: what ought to be raised on a case.
type planting struct{ kase, behaviour, standard, party, on string }

// finding is a line of what check wrote as CSV.
type finding struct{ kase, key, standard, on string }

// held compares what was planted in the folder with findings that check wrote, and
// prints, for each behaviour, how much of it was found; then everything that was
// not found, and everything found on a case with which nothing is wrong.
func (c *northmereCmd) held(a *app) error {
	planted, err := readPlanted(filepath.Join(c.Dir, "planted.txt"))
	if err != nil {
		return err
	}
	found, err := readFindings(c.Found)
	if err != nil {
		return err
	}
	type sum struct{ cases, planted, found int }
	sums, order, wrong := map[string]*sum{}, []string{}, map[string]bool{}
	var unfound []planting
	for _, p := range planted {
		s := sums[p.behaviour]
		if s == nil {
			s = &sum{}
			sums[p.behaviour], order = s, append(order, p.behaviour)
		}
		if !wrong[p.kase] {
			wrong[p.kase] = true
			s.cases++
		}
		s.planted++
		if slices.ContainsFunc(found, p.met) {
			s.found++
		} else {
			unfound = append(unfound, p)
		}
	}
	rows := [][]string{{"BEHAVIOUR", "CASES", "PLANTED", "FOUND"}}
	slices.SortFunc(order, func(x, y string) int { return cmp.Or(cmp.Compare(sums[y].planted, sums[x].planted), cmp.Compare(x, y)) })
	for _, b := range order {
		rows = append(rows, []string{b, strconv.Itoa(sums[b].cases), strconv.Itoa(sums[b].planted), strconv.Itoa(sums[b].found)})
	}
	if err := report.Columns(a.out, rows, a.width); err != nil {
		return err
	}
	fmt.Fprintf(a.out, "%d of %s that ought to be there were found, each on its day where one was planted.\n", len(planted)-len(unfound), count(len(planted), "finding"))
	for _, p := range unfound {
		fmt.Fprintf(a.out, "not found: %s on %s of %s, planted for %s (%s)\n", p.standard, p.party, p.kase, p.on, p.behaviour)
	}
	sound := 0
	for _, f := range found {
		if f.kase != "" && !wrong[f.kase] {
			sound++
			fmt.Fprintf(a.out, "found on a sound case: %s on %s of %s, %s\n", f.standard, f.key, f.kase, f.on)
		}
	}
	if sound == 0 {
		fmt.Fprintln(a.out, "Nothing was found on the cases with which nothing is wrong.")
	}
	if len(unfound) > 0 || sound > 0 {
		return errFound
	}
	return nil
}

// met tells whether a finding is the one planted. Where no day was planted, any day
// and party will do.
func (p planting) met(f finding) bool {
	if f.kase != p.kase || f.standard != p.standard {
		return false
	}
	return p.on == "-" || f.key == p.party && f.on == p.on
}

func readPlanted(path string) ([]planting, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w; --found needs a folder that northmere wrote", err)
	}
	var out []planting
	for i, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) != 5 {
			return nil, fmt.Errorf("%s:%d: five columns are needed; have northmere write the folder again", path, i+1)
		}
		p := planting{f[0], f[1], f[2], f[3], f[4]}
		if p.party == "-" {
			p.party = p.kase
		}
		out = append(out, p)
	}
	return out, nil
}

func readFindings(path string) ([]finding, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comment = '#'
	head, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("%s: %w; write it with check --format csv", path, err)
	}
	at := map[string]int{}
	for _, name := range []string{"case", "key", "standard", "raised", "advisory"} {
		if at[name] = slices.Index(head, name); at[name] < 0 {
			return nil, fmt.Errorf("%s: no column %s; write it with check --format csv", path, name)
		}
	}
	var out []finding
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if row[at["raised"]] != "" && row[at["advisory"]] == "false" {
			day, _, _ := strings.Cut(row[at["raised"]], " ")
			out = append(out, finding{row[at["case"]], row[at["key"]], row[at["standard"]], day})
		}
	}
}
