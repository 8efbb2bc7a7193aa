package peer

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"

	"candour/bench/rule"
	"candour/bench/trace"
)

// OPA asks a prepared Rego query once a case. The input is a case, already in
// OPA's own values.
type OPA struct {
	inputs  []ast.Value
	queries []rego.PreparedEvalQuery
}

// NewOPA prepares a query for each rule and an input for each case.
func NewOPA(l *trace.Log, rules []rule.Rule) (*OPA, error) {
	p := &OPA{}
	for i := range l.Cases {
		v, err := regoInput(l, &l.Cases[i])
		if err != nil {
			return nil, err
		}
		p.inputs = append(p.inputs, v)
	}
	for i := range rules {
		q, err := rego.New(rego.Query("x := data.bench.tally"), rego.Module(rules[i].ID+".rego", regoModule(&rules[i]))).PrepareForEval(context.Background())
		if err != nil {
			return nil, fmt.Errorf("rule %s: %w", rules[i].ID, err)
		}
		p.queries = append(p.queries, q)
	}
	return p, nil
}

func regoEvent(l *trace.Log, e *trace.Event) map[string]any {
	m := map[string]any{
		"act": l.Acts[e.Act], "t": e.T, "flag": e.Flag, "grade": e.Grade, "by": l.People[e.By],
		"due": e.Due, "on": time.Unix(int64(e.On)*86400, 0).UTC().Format(time.DateOnly),
	}
	if e.HasAmount {
		m["amount"] = e.Amount
	}
	return m
}

func regoInput(l *trace.Log, c *trace.Case) (ast.Value, error) {
	var events []any
	for i := range c.Events {
		events = append(events, regoEvent(l, &c.Events[i]))
	}
	m := map[string]any{"events": events}
	if c.HasAmount {
		m["amount"] = c.Amount
	}
	if c.HasDeadline {
		m["deadline"] = c.Deadline
	}
	return ast.InterfaceToValue(m)
}

// regoModule writes a rule in Rego.
func regoModule(r *rule.Rule) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	set := func(name string, acts []string) { line("%s := {%s}", name, rule.Quote(acts, `"`)) }
	line("package bench")
	set("triggers", r.Trig)
	set("discharges", r.Disc)
	line("opened contains i if { some i, this in input.events; this.act in triggers%s }", call("where(this)", r.Where))
	helper(line, "where(this)", r.Where)
	helper(line, "suits(this, that)", r.That)
	if r.Shape == rule.Within || r.Shape == rule.Forbid {
		regoAfter(r, line, set)
	} else {
		regoBefore(r, line)
	}
	return b.String()
}

func call(name string, c *rule.Cond) string {
	if c == nil {
		return ""
	}
	return "; " + name
}

func helper(line func(string, ...any), head string, c *rule.Cond) {
	if c == nil {
		return
	}
	for _, body := range c.Rego {
		line("%s if { %s }", head, body)
	}
}

func regoAfter(r *rule.Rule, line func(string, ...any), set func(string, []string)) {
	switch r.Due {
	case rule.FromDeadline:
		line("due[i] := input.deadline if { some i in opened }")
	case rule.FromField:
		line("due[i] := max([input.events[i].due, input.events[i].t]) if { some i in opened }")
	default:
		line("due[i] := input.events[i].t + %d if { some i in opened }", int64(r.D))
	}
	line("done[i] := min([j | some j, that in input.events; j > i; that.act in discharges%s]) if { some i in opened; this := input.events[i] }", call("suits(this, that)", r.That))
	if r.Cancel == nil {
		line("cancelled := set()")
	} else {
		set("cancels", r.Cancel)
		line("cancel[i] := min([j | some j, that in input.events; j > i; that.act in cancels]) if { some i in opened }")
		line("cancelled contains i if { some i, j in cancel; input.events[j].t <= due[i]; not earlier(i, j) }")
		line("earlier(i, j) if done[i] < j")
	}
	line("ok contains i if { some i, j in done; not i in cancelled; input.events[j].t <= due[i] }")
	line("late contains i if { some i, j in done; not i in cancelled; input.events[j].t > due[i] }")
	line("never := ((opened - cancelled) - ok) - late")
	flags := "late | never"
	if r.Shape == rule.Forbid {
		flags = "ok"
	}
	line("tally := [count(opened), count(ok), count(late), count(never), count(cancelled), count(%s)]", flags)
}

func regoBefore(r *rule.Rule, line func(string, ...any)) {
	line("done[i] := max([j | some j, that in input.events; j < i; that.act in discharges%s]) if { some i in opened; this := input.events[i] }", call("suits(this, that)", r.That))
	line("never := {i | some i in opened; not done[i]; not done[i] == 0}")
	flags := "never"
	if r.Shape == rule.FourEyes {
		line("late contains i if { some i, j in done; input.events[j].by == input.events[i].by }")
		flags = "late"
	} else {
		line("late := set()")
	}
	line("tally := [count(opened), count((opened - late) - never), count(late), count(never), 0, count(%s)]", flags)
}

// Backtest runs one rule.
func (p *OPA) Backtest(i int) (rule.Tally, error) {
	var t rule.Tally
	for _, in := range p.inputs {
		rs, err := p.queries[i].Eval(context.Background(), rego.EvalParsedInput(in))
		if err != nil {
			return t, err
		}
		if len(rs) != 1 {
			return t, fmt.Errorf("rego: %d results for one case", len(rs))
		}
		n, err := ints(rs[0].Bindings["x"])
		if err != nil {
			return t, err
		}
		t = t.Add(rule.Tally{Opened: n[0], OK: n[1], Late: n[2], Never: n[3], Cancelled: n[4], Flagged: min(n[5], 1)})
	}
	return t, nil
}

func ints(v any) (n [6]int, err error) {
	list, ok := v.([]any)
	if !ok || len(list) != len(n) {
		return n, fmt.Errorf("rego: %v is no tally", v)
	}
	for i, x := range list {
		num, ok := x.(json.Number)
		if !ok {
			return n, fmt.Errorf("rego: %v is no number", x)
		}
		if n[i], err = strconv.Atoi(string(num)); err != nil {
			return n, err
		}
	}
	return n, nil
}

// All runs every rule, one query each.
func (p *OPA) All() ([]rule.Tally, error) { return each(p, len(p.queries)) }
