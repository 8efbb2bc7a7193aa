package main

import (
	"fmt"

	"candour/bench/contest"
	"candour/bench/peer"
	"candour/bench/rule"
	"candour/bench/trace"
)

// conditions compares conditions alone, in time per evaluation.
func conditions(s settings) error {
	conds := rule.Conditions()
	c, err := peer.NewConditions(trace.Generate(uint64(s.seed), 4096), conds)
	if err != nil {
		return err
	}
	var all [][]contest.Time
	t := newTable(fmt.Sprintf("Conditions alone, over %d events; time of one evaluation", c.Len()))
	for i := range conds {
		times, err := contest.Run(s.rounds, conditionContenders(c, i))
		if err != nil {
			return err
		}
		all = append(all, times)
		for _, p := range times[1:] {
			t.row(conds[i].Candour, times[0], p, c.Len(), conditionBars[p.Name])
		}
	}
	sum := contest.Sum(all)
	for _, p := range sum[1:] {
		t.row("all of these, summed", sum[0], p, c.Len(), conditionBars[p.Name])
	}
	t.end()
	return nil
}

func conditionContenders(c *peer.Conditions, i int) []contest.Contender {
	want, _ := c.Plain(i)
	check := func(name string, part float64, want int, count func(int) (int, error)) contest.Contender {
		return contest.Contender{Name: name, Part: part, Run: func() error {
			if n, err := count(i); err != nil || n != want {
				return fmt.Errorf("condition %d holds on %d events, want %d: %w", i, n, want, err)
			}
			return nil
		}}
	}
	asked := (c.Len() + peer.OPAEvery - 1) / peer.OPAEvery
	return []contest.Contender{
		check("Candour", 1, want, c.Candour), check("plain Go", 1, want, c.Plain), check("cel-go", 1, want, c.CEL), check("cel-go over Go maps", 1, want, c.CELMaps),
		check("Go over our values", 1, want, c.Values),
		check("OPA", float64(asked)/float64(c.Len()), c.Sampled(i), c.OPA),
	}
}
