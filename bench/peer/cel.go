package peer

import (
	"fmt"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"candour/bench/rule"
	"candour/bench/trace"
)

// CEL is a plain loop over events whose every decision, which activity it is
// included, is a condition compiled once and run by cel-go's own interpreter.
// Events are maps whose values are already the interpreter's own.
type CEL struct {
	log   *trace.Log
	cases []celCase
	rules []celRule
}

type celCase struct {
	kase   ref.Val
	events []ref.Val
}

type celRule struct {
	rule.Rule
	trig, disc, cancel, fourEyes cel.Program
}

// sight is what a condition sees; it is reused, so that an evaluation makes no map.
type sight struct{ this, that, kase ref.Val }

// ResolveName gives the interpreter a variable.
func (s *sight) ResolveName(name string) (any, bool) {
	switch name {
	case "this":
		return s.this, true
	case "that":
		return s.that, true
	case "kase":
		return s.kase, true
	}
	return nil, false
}

// Parent: there is none.
func (s *sight) Parent() cel.Activation { return nil }

// NewCEL compiles the conditions and turns the events into maps.
func NewCEL(l *trace.Log, rules []rule.Rule) (*CEL, error) {
	p := &CEL{log: l}
	for i := range l.Cases {
		p.cases = append(p.cases, celOf(l, &l.Cases[i]))
	}
	for _, r := range rules {
		q := celRule{Rule: r}
		for _, s := range []struct {
			to  *cel.Program
			src string
		}{
			{&q.trig, clause("this", r.Trig, r.Where)}, {&q.disc, clause("that", r.Disc, r.That)},
			{&q.cancel, clause("that", r.Cancel, nil)}, {&q.fourEyes, "that.by == this.by"},
		} {
			prg, err := program(s.src)
			if err != nil {
				return nil, fmt.Errorf("rule %s: %w", r.ID, err)
			}
			*s.to = prg
		}
		p.rules = append(p.rules, q)
	}
	return p, nil
}

func clause(of string, acts []string, c *rule.Cond) string {
	var s string
	switch len(acts) {
	case 0:
		return "false"
	case 1:
		s = of + ".act == '" + acts[0] + "'"
	default:
		s = of + ".act in [" + rule.Quote(acts, "'") + "]"
	}
	if c != nil {
		s += " && (" + c.CEL + ")"
	}
	return s
}

// program compiles a condition with the interpreter's own optimizations.
func program(src string) (cel.Program, error) {
	object := cel.MapType(cel.StringType, cel.DynType)
	env, err := cel.NewEnv(cel.Variable("this", object), cel.Variable("that", object), cel.Variable("kase", object))
	if err != nil {
		return nil, err
	}
	ast, iss := env.Compile(src)
	if iss.Err() != nil {
		return nil, iss.Err()
	}
	return env.Program(ast, cel.EvalOptions(cel.OptOptimize))
}

func celOf(l *trace.Log, c *trace.Case) celCase {
	out := celCase{kase: celObject(map[string]any{})}
	if c.HasAmount {
		out.kase = celObject(map[string]any{"amount": types.Double(c.Amount)})
	}
	for i := range c.Events {
		out.events = append(out.events, celEvent(l, &c.Events[i]))
	}
	return out
}

func celObject(m map[string]any) ref.Val {
	return types.NewStringInterfaceMap(types.DefaultTypeAdapter, m)
}

func celEvent(l *trace.Log, e *trace.Event) ref.Val {
	m := map[string]any{
		"act": types.String(l.Acts[e.Act]), "flag": types.Bool(e.Flag), "grade": types.String(e.Grade),
		"by": types.String(l.People[e.By]), "on": types.Timestamp{Time: time.Unix(int64(e.On)*86400, 0).UTC()},
	}
	if e.HasAmount {
		m["amount"] = types.Double(e.Amount)
	}
	return celObject(m)
}

// celMaps is what a condition sees, as Go maps of Go values.
func celMaps(l *trace.Log, c *trace.Case, j int) map[string]any {
	e := &c.Events[j]
	this := map[string]any{"act": l.Acts[e.Act], "flag": e.Flag, "grade": e.Grade, "by": l.People[e.By], "on": time.Unix(int64(e.On)*86400, 0).UTC()}
	if e.HasAmount {
		this["amount"] = e.Amount
	}
	return map[string]any{"this": this, "kase": map[string]any{"amount": c.Amount}}
}

// holds: what the interpreter cannot tell, because a value is missing, does not hold.
func holds(p cel.Program, s *sight) bool {
	v, _, err := p.Eval(s)
	return err == nil && v == types.True
}

// Backtest runs one rule.
func (p *CEL) Backtest(i int) (rule.Tally, error) {
	var t rule.Tally
	for c := range p.cases {
		p.rules[i].run(&p.cases[c], &p.log.Cases[c], &t)
	}
	return t, nil
}

// All runs every rule over each case in turn.
func (p *CEL) All() ([]rule.Tally, error) {
	out := make([]rule.Tally, len(p.rules))
	for c := range p.cases {
		for i := range p.rules {
			p.rules[i].run(&p.cases[c], &p.log.Cases[c], &out[i])
		}
	}
	return out, nil
}

func (r *celRule) run(k *celCase, c *trace.Case, t *rule.Tally) {
	s := sight{kase: k.kase}
	flagged := false
	for i := range k.events {
		s.this = k.events[i]
		if !holds(r.trig, &s) {
			continue
		}
		t.Opened++
		if r.Shape == rule.Within || r.Shape == rule.Forbid {
			flagged = r.after(k, c, &s, i, t) || flagged
		} else {
			flagged = r.before(k, &s, i, t) || flagged
		}
	}
	if flagged {
		t.Flagged++
	}
}

func (r *celRule) after(k *celCase, c *trace.Case, s *sight, i int, t *rule.Tally) bool {
	due := dueOf(&r.Rule, c, i)
	for j := i + 1; j < len(k.events); j++ {
		s.that = k.events[j]
		at := c.Events[j].T
		if r.Cancel != nil && at <= due && holds(r.cancel, s) {
			t.Cancelled++
			return false
		}
		if !holds(r.disc, s) {
			continue
		}
		if at <= due {
			t.OK++
			return r.Shape == rule.Forbid
		}
		t.Late++
		return r.Shape == rule.Within
	}
	t.Never++
	return r.Shape == rule.Within
}

func (r *celRule) before(k *celCase, s *sight, i int, t *rule.Tally) bool {
	for j := i - 1; j >= 0; j-- {
		if s.that = k.events[j]; !holds(r.disc, s) {
			continue
		}
		if r.Shape == rule.FourEyes && holds(r.fourEyes, s) {
			t.Late++
			return true
		}
		t.OK++
		return false
	}
	t.Never++
	return r.Shape == rule.Gate
}
