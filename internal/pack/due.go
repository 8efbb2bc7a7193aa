package pack

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"candour/internal/day"
	"candour/internal/expr"
)

func (q *sentence) due() {
	s := q.s
	scope := q.p.scope(q.key(), q.this, nil)
	if k, ok := q.keys["clock"]; ok {
		if m := endsOf.FindStringSubmatch(k.text()); m != nil {
			s.ClockOf = m[1]
		} else {
			s.Clock = q.value(k, scope, expr.Moment)
		}
	}
	forms := 0
	if k, ok := q.keys["within"]; ok {
		s.Within = q.term(k, scope)
		forms++
	}
	if k, ok := q.keys["by"]; ok {
		s.By = q.by(k, scope)
		forms++
	}
	if k, ok := q.keys["gate"]; ok {
		s.Gate = k.yes()
		forms++
	}
	switch {
	case s.Modal == MustNot && (s.By != nil || s.Gate):
		q.n.problem("write within: or nothing", "%s: must_not may have within or none", s.ID)
	case s.Modal != MustNot && forms != 1:
		q.n.problem("write exactly one of within, by, gate", "%s: by when is said %d times", s.ID, forms)
	}
	if k, ok := q.keys["window"]; ok {
		for _, f := range k.fields("at_most", "at_least") {
			d := f.duration()
			if f.name == "at_most" {
				s.AtMost = &d
			} else {
				s.AtLeast = &d
			}
		}
		if !s.Gate {
			k.problem("remove it, or make the standard a gate", "window belongs to gates")
		}
	}
	if k, ok := q.keys["lost"]; ok {
		s.Lost = k.yes()
	}
	if k, ok := q.keys["curable"]; ok {
		s.Curable = k.yes()
	}
	if k, ok := q.keys["in_force"]; ok {
		q.inForce(k, scope)
	}
	if k, ok := q.keys["owes"]; ok {
		s.Owes = k.text()
		if strings.HasPrefix(s.Owes, "body(") {
			inner := *k.Node
			inner.Value = strings.TrimSuffix(strings.TrimPrefix(s.Owes, "body("), ")")
			if strings.Contains(inner.Value, ".") {
				s.OwesBody = q.value(k.sub(&inner), scope, expr.Text)
			}
		}
	}
}

var (
	endsOf   = regexp.MustCompile(`^ends\(([a-z0-9-]+)\)$`)
	beforeOf = regexp.MustCompile(`^(.+?)\s+before\s+([a-z_]+[.(].*)$`)
	asapOf   = regexp.MustCompile(`^asap\(policy\.([a-z0-9_]+)\)$`)
	policyOf = regexp.MustCompile(`^policy\.([a-z0-9_]+)$`)
)

func (q *sentence) by(k node, scope *expr.Scope) *By {
	words := k.text()
	b := &By{Words: words}
	rest := *k.Node
	if m := beforeOf.FindStringSubmatch(words); m != nil {
		length := *k.Node
		length.Value = m[1]
		b.Before = q.term(k.sub(&length), scope)
		rest.Value = m[2]
	}
	if m := endsOf.FindStringSubmatch(rest.Value); m != nil {
		b.Ends = m[1]
		return b
	}
	b.At = q.value(k.sub(&rest), scope, expr.Moment)
	return b
}

func (q *sentence) inForce(k node, scope *expr.Scope) {
	f := &q.s.InForce
	for _, g := range k.fields("from", "to", "at", "then") {
		switch g.name {
		case "from":
			f.From, f.HasFrom = g.date(), true
		case "to":
			f.To, f.HasTo = g.date(), true
		case "at":
			f.At = q.value(g.node, scope, expr.Moment)
		case "then":
			f.Lift = g.text() == "lift"
			if v := g.text(); v != "lift" && v != "run" {
				g.problem("write lift or run", "%q is not what happens at the end of force", v)
			}
		}
	}
	if f.HasFrom && f.HasTo && f.To < f.From {
		k.problem("mend the dates", "in force to a day before it begins")
	}
}

// term reads a length of time in any of its forms.
func (q *sentence) term(n node, scope *expr.Scope) *Term {
	t := &Term{Words: n.Value}
	if n.Kind == yaml.MappingNode {
		q.mapTerm(n, t, scope)
		return t
	}
	if m := asapOf.FindStringSubmatch(n.Value); m != nil {
		t.Asap, t.Policy = true, m[1]
	} else if m := policyOf.FindStringSubmatch(n.Value); m != nil {
		t.Policy = m[1]
	} else {
		t.Duration = n.duration()
		return t
	}
	pol, ok := q.p.Policies[t.Policy]
	switch {
	case !ok:
		n.problem("declare it under policy: in pack.yaml", "unknown policy value %q", t.Policy)
	case pol.Default == nil:
		n.problem("give it a length such as 14 days", "the policy value %q is not a length of time", t.Policy)
	case q.s.Basis.Time == "law" && q.keys["basis"].Node != nil && !t.Asap:
		n.problem("write basis: {time: policy}, or the law's own number", "the time of %s is law, so a force cannot set it", q.s.ID)
	}
	return t
}

func (q *sentence) mapTerm(n node, t *Term, scope *expr.Scope) {
	for _, f := range n.fields("field", "unit", "else", "choose", "of") {
		switch f.name {
		case "field":
			t.Words = f.text()
			t.Field = q.value(f.node, scope, expr.Number)
		case "unit":
			d, err := day.ParseDuration("1 " + strings.TrimSuffix(f.text(), "s"))
			if err != nil {
				f.problem("write minutes, hours, days, weeks, months, years or working days", "unknown unit %q", f.Value)
			}
			t.Unit = d.Unit
		case "else":
			t.Else = q.term(f.node, scope)
		case "choose":
			t.Words = "by " + f.text()
			t.Choose = q.value(f.node, scope, expr.Type{})
		case "of":
			t.Of = map[string]*Term{}
			for _, g := range f.fields() {
				t.Of[g.name] = q.term(g.node, scope)
			}
		}
	}
	if other := t.Of["else"]; other != nil {
		t.Else = other
	}
	if t.Field == nil && t.Choose == nil {
		n.problem("write {field: this.f, unit: days, else: D} or {choose: C, of: {a: D, else: D}}", "no length of time")
	}
}
