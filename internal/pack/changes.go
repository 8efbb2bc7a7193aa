package pack

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"candour/internal/expr"
)

func (q *sentence) changes() {
	s := q.s
	if k, ok := q.keys["moved"]; ok {
		m := &Moved{}
		var to *node
		inner := *k.Node
		inner.Content = nil
		for _, f := range k.fields("fact", "where", "to", "before_due") {
			switch f.name {
			case "to":
				g := f.node
				to = &g
			case "before_due":
				m.BeforeDue = f.yes()
			default:
				inner.Content = append(inner.Content, f.key.Node, f.Node)
			}
		}
		m.Selector = q.selector(k.sub(&inner))
		if to == nil {
			k.problem("add to: that.FIELD", "moved to nothing")
		} else {
			m.To = q.value(*to, q.p.scope(q.key(), q.this, m.Kinds), expr.Moment)
		}
		s.Moved = m
	}
	if k, ok := q.keys["paused"]; ok {
		s.Paused = &Paused{}
		for _, f := range k.fields("from", "until") {
			if f.name == "from" {
				s.Paused.From = q.selector(f.node)
			} else {
				s.Paused.Until = q.selector(f.node)
			}
		}
	}
	if k, ok := q.keys["again"]; ok {
		q.again(k)
	}
	if k, ok := q.keys["raises"]; ok {
		s.Raises = k.text()
		if !slices.Contains([]string{"prohibited", "integrity", "contradiction", "missing"}, s.Raises) {
			k.problem("write prohibited, integrity, contradiction or missing", "%q is no kind of finding", s.Raises)
		}
		if s.Modal != MustNot {
			k.problem("remove it", "raises belongs to must_not")
		}
	} else if s.Modal == MustNot {
		s.Raises = "prohibited"
	}
	if k, ok := q.keys["closed"]; ok {
		inner := *k.Node
		inner.Content = nil
		for i := 0; i+1 < len(k.Content); i += 2 {
			if v := k.sub(k.Content[i+1]); k.Content[i].Value == "proof" {
				s.ClosedProof = q.proof(q.p, v, nil)
			} else {
				inner.Content = append(inner.Content, k.Content[i], k.Content[i+1])
			}
		}
		sel := q.selector(k.sub(&inner))
		s.Closed = &sel
	}
}

func (q *sentence) again(k node) {
	a := &q.s.Again
	if k.Kind == yaml.ScalarNode {
		switch k.Value {
		case "no", "false":
		case "done":
			a.Yes = true
		case "due":
			a.Yes, a.Due = true, true
		default:
			k.problem("write no, done, due or {after: [KINDS], clock: done, then: D}", "%q is no way to follow", k.Value)
		}
		return
	}
	a.Yes = true
	for _, f := range k.fields("after", "clock", "then") {
		switch f.name {
		case "after":
			a.After, _ = q.kindList(q.p, f.node)
		case "clock":
			a.Due = f.text() == "due"
		case "then":
			a.Then = q.term(f.node, q.p.scope(q.key(), q.this, nil))
		}
	}
}
