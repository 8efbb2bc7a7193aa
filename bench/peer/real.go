package peer

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"candour/bench/rule"
	"candour/bench/trace"
	"candour/internal/exchange"
	"candour/internal/fact"
	"candour/internal/pack"
	"candour/packs"
)

// Real is one real log with its rules, as the engine and as the others take it.
type Real struct {
	Log   *trace.Log
	Rules []rule.Rule
	Pack  *pack.Pack
	World *fact.World
	Cases []*fact.Case
	Want  []rule.Tally // what two independent programs got
}

// ReadReal reads the three logs, the sixteen rules and what they must give.
func ReadReal(dir string) ([]*Real, error) {
	rules, err := rule.Read(dir)
	if err != nil {
		return nil, err
	}
	want, err := expected(dir)
	if err != nil {
		return nil, err
	}
	sub, err := fs.Sub(packs.FS, "process-logs")
	if err != nil {
		return nil, err
	}
	p, err := pack.Load(sub, "process-logs")
	if err != nil {
		return nil, err
	}
	var out []*Real
	for _, name := range []string{"sepsis", "bpic2020_international", "receipt"} {
		r := &Real{Pack: p, World: fact.NewWorld("")}
		for _, q := range rules {
			if q.Log == name {
				r.Rules = append(r.Rules, q)
				r.Want = append(r.Want, want[q.ID])
			}
		}
		if err := r.read(dir, name); err != nil {
			return nil, fmt.Errorf("log %s: %w", name, err)
		}
		out = append(out, r)
	}
	return out, nil
}

func (r *Real) read(dir, name string) error {
	m, err := exchange.ParseMapping(r.Pack.Mappings[name], name)
	if err != nil {
		return err
	}
	f, err := os.Open(filepath.Join(dir, name+".xes.gz"))
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = exchange.ReadXES(f, name, m, r.World, func(c *fact.Case) error { r.Cases = append(r.Cases, c); return nil })
	r.Log = trace.FromFacts(name, r.Cases)
	return err
}

// expected reads the oracle's lines for the end of the logs.
func expected(dir string) (map[string]rule.Tally, error) {
	raw, err := os.ReadFile(filepath.Join(dir, "expected.psv"))
	if err != nil {
		return nil, err
	}
	out := map[string]rule.Tally{}
	for _, line := range strings.Split(string(raw), "\n") {
		cells := strings.Split(line, "|")
		if len(cells) < 9 || cells[1] != "end" {
			continue
		}
		var t rule.Tally
		pending := 0
		if _, err := fmt.Sscan(strings.Join(cells[2:], " "), &t.Opened, &t.OK, &t.Late, &t.Never, &t.Cancelled, &pending, &t.Flagged); err != nil {
			return nil, fmt.Errorf("expected.psv: %q: %w", line, err)
		}
		out[strings.ToLower(cells[0])] = t
	}
	return out, nil
}
