package rule

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"candour/bench/trace"
)

// line is a rule as rules.json states it.
type line struct {
	Log, ID, Kind, Cond, D string
	Trig, Disc, Cancel     []string
}

// Read reads rules.json of the folder of real logs.
func Read(dir string) ([]Rule, error) {
	raw, err := os.ReadFile(filepath.Join(dir, "rules.json"))
	if err != nil {
		return nil, err
	}
	var lines []line
	if err := json.Unmarshal(raw, &lines); err != nil {
		return nil, fmt.Errorf("rules.json: %w", err)
	}
	var out []Rule
	for _, l := range lines {
		r, err := l.rule()
		if err != nil {
			return nil, fmt.Errorf("rules.json: rule %s: %w", l.ID, err)
		}
		out = append(out, r)
	}
	return out, nil
}

func (l line) rule() (Rule, error) {
	r := Rule{ID: strings.ToLower(l.ID), Log: l.Log, Trig: slugs(l.Trig), Disc: slugs(l.Disc), Cancel: slugs(l.Cancel)}
	switch l.Kind {
	case "within":
	case "forbid":
		r.Shape = Forbid
	case "precedence":
		r.Shape, r.Trig, r.Disc = Gate, r.Disc, r.Trig
	case "foureyes":
		r.Shape, r.Trig, r.Disc = FourEyes, r.Disc, r.Trig
	case "casedeadline":
		r.Due = FromDeadline
	default:
		return r, fmt.Errorf("unknown kind %q", l.Kind)
	}
	var err error
	if r.D, err = length(l.D); err != nil {
		return r, err
	}
	r.Where, err = logCond(l.Cond)
	return r, err
}

// slugs turns activities into ids of kinds, as the mappings of the pack name them.
func slugs(names []string) []string {
	var out []string
	for _, n := range names {
		out = append(out, strings.Map(func(c rune) rune {
			if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
				return c
			}
			return '-'
		}, strings.ToLower(n)))
	}
	return out
}

// length reads 10m, 3h or 28d; a day is 24 hours.
func length(s string) (time.Duration, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(s[:len(s)-1])
	if err != nil {
		return 0, fmt.Errorf("length %q: %w", s, err)
	}
	unit, ok := map[byte]time.Duration{'m': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}[s[len(s)-1]]
	if !ok {
		return 0, fmt.Errorf("length %q: unknown unit", s)
	}
	return time.Duration(n) * unit, nil
}

// logCond is one of the two conditions that the rules over the real logs have.
func logCond(s string) (*Cond, error) {
	switch s {
	case "":
		return nil, nil
	case "SIRSCriteria2OrMore=true":
		return &Cond{
			Candour: "this.sirs_2_or_more", CEL: "this.flag", SQL: "this.flag = 1", Rego: []string{"this.flag"},
			Go: func(_ *trace.Case, this, _ *trace.Event) bool { return this.Flag },
		}, nil
	case "Amount>=1000":
		return &Cond{
			Candour: "case.amount >= 1000", CEL: "kase.amount >= 1000.0", SQL: "kase.amount >= 1000", Rego: []string{"input.amount >= 1000"},
			Go: func(c *trace.Case, _, _ *trace.Event) bool { return c.HasAmount && c.Amount >= 1000 },
		}, nil
	}
	return nil, fmt.Errorf("unknown condition %q", s)
}
