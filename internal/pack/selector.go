package pack

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"candour/internal/day"
	"candour/internal/expr"
)

func (q *sentence) when() {
	k, ok := q.keys["when"]
	if !ok {
		q.n.problem("add when: with what opens the duty", "%s: nothing opens it", q.s.ID)
		return
	}
	var wheres []node
	for _, it := range k.items() {
		sel, where := q.selectorHead(it)
		q.this = append(q.this, sel.Kinds...)
		q.s.When = append(q.s.When, sel)
		wheres = append(wheres, where)
	}
	q.per()
	scope := q.p.scope(q.key(), q.this, nil)
	for i := range q.s.When {
		if wheres[i].Node != nil {
			q.s.When[i].Where = q.condition(wheres[i], q.p.scope(q.key(), q.s.When[i].Kinds, nil))
		}
		q.selectorTail(k.items()[i], &q.s.When[i], scope)
	}
	if w, ok := q.keys["while"]; ok {
		q.s.While = q.condition(w, scope)
	}
}

var selectorKeys = []string{"fact", "tag", "where", "finding", "becomes", "case", "every", "after", "clock"}

// selectorHead reads which kinds; conditions are compiled later, once the key is known.
func (q *sentence) selectorHead(n node) (Selector, node) {
	var sel Selector
	var where node
	heads := 0
	for _, f := range n.fields(selectorKeys...) {
		switch f.name {
		case "fact", "tag":
			sel.Kinds, sel.Substantive = q.kindList(q.p, f.node)
			sel.Words = strings.Join(f.texts(), " or ")
			heads++
		case "where":
			where = f.node
		case "finding":
			sel.Finding = f.text()
			sel.Words = "finding " + sel.Finding
			heads++
		case "becomes":
			sel.Words = "it becomes so that " + f.text()
			heads++
		case "case":
			sel.Opened = f.text() == "opened"
			sel.Words = "the case is opened"
			heads++
			if !sel.Opened {
				f.problem("write `case: opened`", "a case can only be opened here")
			}
		case "every":
			d := f.duration()
			if d.N <= 0 && d.Unit != day.EndOfDay {
				f.problem("write a period such as 1 month", "a period of no length never ends")
			}
			sel.Every = &d
			sel.Words = "every " + d.String()
			heads++
		case "after":
			d := f.duration()
			sel.After = &d
		}
	}
	if heads != 1 {
		n.problem("write one of fact, tag, finding, becomes, case: opened, every", "a selector needs exactly one head, this has %d", heads)
	}
	return sel, where
}

func (q *sentence) selectorTail(n node, sel *Selector, scope *expr.Scope) {
	if n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		v := n.sub(n.Content[i+1])
		switch n.Content[i].Value {
		case "becomes":
			sel.Becomes = q.condition(v, q.p.scope(q.key(), nil, nil))
		case "clock":
			sel.Clock = q.value(v, scope, expr.Moment)
		}
	}
	if sel.Every != nil && sel.Clock == nil {
		n.problem("add clock: the moment the periods run from", "`every` without a clock")
	}
}

// selector reads one that is judged against a candidate: that is the fact itself.
func (q *sentence) selector(n node) Selector {
	sel, where := q.selectorHead(n)
	if where.Node != nil {
		kinds := sel.Kinds
		if kinds == nil {
			kinds = []int{}
		}
		scope := q.p.scope(q.key(), q.this, kinds)
		// A selector's own fact may be called this or that; this is the trigger,
		// unless the condition names no `that`.
		if !strings.Contains(where.Value, "that.") {
			scope = q.p.scope(q.key(), kinds, kinds)
			sel.Where = q.selfCondition(where, scope)
		} else {
			sel.Where = q.condition(where, scope)
		}
	}
	if sel.Every != nil || sel.Becomes != nil || sel.Opened {
		n.problem("write fact, tag or finding", "only facts and findings can be looked for here")
	}
	return sel
}

// selfCondition rewrites this.x to that.x for a selector that speaks of its own fact.
func (q *sentence) selfCondition(n node, s *expr.Scope) *expr.Condition {
	c, err := expr.Compile(thisWord.ReplaceAllString(n.text(), "that."), s)
	if err != nil {
		n.problem("", "%v", err)
	}
	return c
}

var thisWord = regexp.MustCompile(`\bthis\.`)
