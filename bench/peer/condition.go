package peer

import (
	"context"
	"fmt"

	"cel.dev/cel-go/cel"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"

	"candour/bench/rule"
	"candour/bench/trace"
	"candour/internal/day"
	"candour/internal/expr"
	"candour/internal/fact"
	"candour/internal/pack"
)

// Conditions are conditions alone over one set of events, ready in each peer's
// own way: ours as a standard's `where`, lowered when the pack was loaded.
type Conditions struct {
	conds   []*rule.Cond
	pack    *pack.Pack
	ours    []*expr.Condition
	values  []func(int) bool
	envs    []expr.Env
	log     *trace.Log
	at      [][2]int // case and place of each event
	cel     []cel.Program
	sights  []sight
	maps    []map[string]any
	opa     []rego.PreparedEvalQuery
	regoIns []ast.Value
}

// NewConditions makes the conditions ready over every event of a generated log.
func NewConditions(l *trace.Log, conds []*rule.Cond) (*Conditions, error) {
	c := &Conditions{conds: conds, log: l}
	if err := c.candour(); err != nil {
		return nil, err
	}
	for i := range l.Cases {
		k := celOf(l, &l.Cases[i])
		for j := range k.events {
			c.at = append(c.at, [2]int{i, j})
			c.sights = append(c.sights, sight{this: k.events[j], kase: k.kase})
			c.maps = append(c.maps, celMaps(l, &l.Cases[i], j))
			in, err := ast.InterfaceToValue(map[string]any{"this": regoEvent(l, &l.Cases[i].Events[j]), "amount": l.Cases[i].Amount})
			if err != nil {
				return nil, err
			}
			c.regoIns = append(c.regoIns, in)
		}
	}
	for _, k := range conds {
		p, err := program(k.CEL)
		if err != nil {
			return nil, err
		}
		c.cel = append(c.cel, p)
		src := "package bench\nthis := input.this\n"
		for _, body := range k.Rego {
			src += "holds if { " + body + " }\n"
		}
		q, err := rego.New(rego.Query("data.bench.holds"), rego.Module("c.rego", src)).PrepareForEval(context.Background())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", src, err)
		}
		c.opa = append(c.opa, q)
	}
	return c, nil
}

func (c *Conditions) candour() error {
	var rules []rule.Rule
	for i, k := range c.conds {
		rules = append(rules, rule.Rule{ID: fmt.Sprintf("c%d", i), Trig: c.log.Acts, Disc: c.log.Acts[:1], D: 3600e9, Where: k})
	}
	p, err := pack.Load(rule.Pack(rules), "conditions")
	if err != nil {
		return err
	}
	c.pack = p
	for _, s := range p.Standards {
		c.ours = append(c.ours, s.When[0].Where)
	}
	engine, err := NewCandour(p, fact.NewWorld(""), c.log.Facts(), rules)
	if err != nil {
		return err
	}
	for _, in := range engine.Inputs() {
		k, err := end(in)
		if err != nil {
			return err
		}
		for i, ev := range k.Ev {
			env := k.Env(i, -1)
			env.This = ev
			c.envs = append(c.envs, env)
		}
	}
	c.values = overValues(c)
	return nil
}

// Len is how many events a run evaluates a condition on.
func (c *Conditions) Len() int { return len(c.at) }

// Candour counts the events on which our lowered condition i holds.
func (c *Conditions) Candour(i int) (int, error) {
	n, cond := 0, c.ours[i]
	for j := range c.envs {
		if cond.Eval(&c.envs[j]) == day.Yes {
			n++
		}
	}
	return n, nil
}

// Plain counts them by the condition written in Go.
func (c *Conditions) Plain(i int) (int, error) {
	n, holds := 0, c.conds[i].Go
	for _, at := range c.at {
		k := &c.log.Cases[at[0]]
		if holds(k, &k.Events[at[1]], nil) {
			n++
		}
	}
	return n, nil
}

// CEL counts them by cel-go's interpreter.
func (c *Conditions) CEL(i int) (int, error) {
	n, p := 0, c.cel[i]
	for j := range c.sights {
		if holds(p, &c.sights[j]) {
			n++
		}
	}
	return n, nil
}

// OPA counts them by a prepared query; one event in opaEvery is asked.
func (c *Conditions) OPA(i int) (int, error) {
	n := 0
	for j := 0; j < len(c.regoIns); j += OPAEvery {
		rs, err := c.opa[i].Eval(context.Background(), rego.EvalParsedInput(c.regoIns[j]))
		if err != nil {
			return 0, err
		}
		if rs.Allowed() {
			n++
		}
	}
	return n, nil
}

// OPAEvery is the share of events on which OPA evaluates a condition.
const OPAEvery = 16

// Sampled counts, by the condition in Go, the events that OPA is asked about.
func (c *Conditions) Sampled(i int) int {
	n := 0
	for j := 0; j < len(c.at); j += OPAEvery {
		k := &c.log.Cases[c.at[j][0]]
		if c.conds[i].Go(k, &k.Events[c.at[j][1]], nil) {
			n++
		}
	}
	return n
}
