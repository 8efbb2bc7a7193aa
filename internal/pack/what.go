package pack

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"candour/internal/expr"
)

func (q *sentence) what() {
	found := 0
	for modal, name := range map[Modal]string{Must: "must", MustNot: "must_not", May: "may"} {
		k, ok := q.keys[name]
		if !ok {
			continue
		}
		found++
		q.s.Modal = modal
		no := 0
		q.s.Must = q.tree(k, &no)
		q.s.Leaves = q.s.Must.leaves()
	}
	if found != 1 {
		q.n.problem("write exactly one of must, must_not, may", "%s says what is owed %d times", q.s.ID, found)
	}
	if k, ok := q.keys["already"]; ok {
		if v := strings.ToLower(k.text()); v == "yes" || v == "true" {
			q.s.Already.Yes = true
		} else if v != "no" && v != "false" {
			d := k.duration()
			q.s.Already = Already{Yes: true, AtMost: &d}
		}
	}
	if k, ok := q.keys["claim"]; ok {
		if k.Kind == yaml.ScalarNode && k.Value == "trigger" {
			q.s.ClaimThis = true
		} else {
			no := -1
			for _, it := range k.items() {
				q.s.Claims = append(q.s.Claims, q.leaf(it, &no))
			}
		}
	}
	if k, ok := q.keys["unless"]; ok {
		for _, it := range k.items() {
			q.s.Unless = append(q.s.Unless, q.selector(it))
		}
	}
}

func (q *sentence) tree(n node, no *int) *Tree {
	if n.Kind == yaml.MappingNode && (hasKey(n.Node, "any") || hasKey(n.Node, "all")) {
		t := &Tree{}
		for _, f := range n.fields("any", "all") {
			for _, it := range f.items() {
				sub := q.tree(it, no)
				if f.name == "any" {
					t.Any = append(t.Any, sub)
				} else {
					t.All = append(t.All, sub)
				}
			}
		}
		if len(t.Any) > 0 == (len(t.All) > 0) {
			n.problem("write one of them, with at least one entry", "a tree is any of some or all of some")
		}
		return t
	}
	return &Tree{Leaf: q.leaf(n, no)}
}

func (q *sentence) leaf(n node, no *int) *Leaf {
	lf := &Leaf{No: *no}
	if *no >= 0 {
		*no++
	}
	var where, proof, match, holds *node
	for _, f := range n.fields("fact", "tag", "where", "proof", "match", "latest", "holds") {
		g := f.node
		switch f.name {
		case "fact", "tag":
			lf.Kinds, lf.Substantive = q.kindList(q.p, g)
			lf.Words = strings.Join(g.texts(), " or ")
		case "where":
			where = &g
		case "proof":
			proof = &g
		case "match":
			match = &g
		case "latest":
			lf.Latest = g.yes()
		case "holds":
			holds = &g
		}
	}
	if (holds != nil) == (lf.Kinds != nil) {
		n.problem("write fact: KIND, tag: TAG or holds: CONDITION", "a leaf needs exactly one thing to look for")
		return lf
	}
	scope := q.p.scope(q.key(), q.this, lf.Kinds)
	if holds != nil {
		lf.Holds = q.condition(*holds, q.p.scope(q.key(), q.this, nil))
		lf.Words = holds.Value
		if proof != nil {
			proof.problem("remove it: a state has no proof", "proof on holds")
		}
		return lf
	}
	if where != nil {
		lf.Where = q.condition(*where, scope)
	}
	if proof != nil {
		lf.Proof = q.proof(q.p, *proof, scope)
	}
	if match != nil {
		q.match(lf, *match, scope)
	} else {
		q.reachable(n, lf)
	}
	return lf
}

func (q *sentence) match(lf *Leaf, n node, scope *expr.Scope) {
	known := func(n node, obj, name string) int {
		if _, ok := scope.Objects[obj][name]; !ok {
			n.problem("write a field of the kind", "%s has no field %q", obj, name)
		}
		return q.p.Names.Number(name)
	}
	for _, it := range n.items() {
		if it.Kind == yaml.ScalarNode {
			lf.Match = append(lf.Match, Match{known(it, "this", it.Value), known(it, "that", it.Value)})
			continue
		}
		var m Match
		for _, f := range it.fields("this", "that") {
			if f.name == "this" {
				m.This = known(f.node, "this", f.text())
			} else {
				m.That = known(f.node, "that", f.text())
			}
		}
		lf.Match = append(lf.Match, m)
	}
	for _, m := range lf.Match {
		a, b := scope.Objects["this"][q.p.Names.Name(m.This)], scope.Objects["that"][q.p.Names.Name(m.That)]
		if a.Kind != b.Kind && m.This != expr.NamePeriod {
			n.problem("match references of one type", "%s and %s are of different types and can never be equal", q.p.Names.Name(m.This), q.p.Names.Name(m.That))
		}
	}
}

// reachable refuses a leaf whose party can never meet `per` (section 1, end).
func (q *sentence) reachable(n node, lf *Leaf) {
	if q.s.Per == "case" {
		return
	}
	for _, no := range lf.Kinds {
		k := q.p.Kinds[no]
		if q.s.PerCase || slices.ContainsFunc(k.About, q.s.Keyed) {
			return
		}
		for _, f := range k.Fields {
			if f.Words == "party" || f.Words == "reference" {
				return
			}
		}
	}
	n.problem("let the kind be about the role, give it a field of type party, or add match:", "%s can never be about a %s", lf.Words, q.s.Per)
}
