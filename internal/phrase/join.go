package phrase

import (
	"slices"
	"strings"

	"candour/internal/expr"
)

// item is a condition that is said to be so, or not to be.
type item struct {
	t  *expr.Tree
	so bool
}

// bare takes what is denied out of its denials.
func (i item) bare() item {
	for i.t.Op == "!" {
		i = item{i.t.Args[0], !i.so}
	}
	return i
}

// word joins the parts of i: what is not so of both is so of one. "" if it has none.
func (i item) word() string {
	switch {
	case i.t.Op != "&&" && i.t.Op != "||":
		return ""
	case (i.t.Op == "&&") == i.so:
		return "and"
	}
	return "or"
}

// parts are what the word joins, through whatever stands between.
func (i item) parts() []item {
	word := i.word()
	if word == "" {
		return []item{i}
	}
	var out []item
	for _, a := range i.t.Args {
		sub := item{a, i.so}.bare()
		if sub.word() == word {
			out = append(out, sub.parts()...)
		} else {
			out = append(out, sub)
		}
	}
	return out
}

// name names a field: this.officer; "" of anything else.
func name(t *expr.Tree) string {
	if (t.Op == "field" || t.Op == "has") && t.Args[0].Op == "name" {
		return t.Args[0].Name + "." + t.Name
	}
	return ""
}

// reads tells whether the tree reads the field, not counting has().
func reads(t *expr.Tree, field string) bool {
	return t.Op == "field" && name(t) == field || slices.ContainsFunc(t.Args, func(a *expr.Tree) bool { return t.Op != "has" && reads(a, field) })
}

// implies tells whether what i says cannot be so unless the field is recorded, also
// to a reader who knows nothing of has().
func implies(i item, field string) bool {
	parts := i.parts()
	says := func(p item) bool {
		if p.word() != "" {
			return implies(p, field)
		}
		op := p.t.Op
		if !p.so && opposite[op] != "" {
			op = opposite[op]
		}
		if op == "!=" {
			return false
		}
		return (p.so || opposite[op] != "") && op != "?:" && op != "all" && reads(p.t, field)
	}
	if i.word() == "or" {
		return !slices.ContainsFunc(parts, func(p item) bool { return !says(p) })
	}
	return slices.ContainsFunc(parts, says)
}

// shape is how words can be joined to others.
type shape int

const (
	simple  shape = iota
	ands          // parts joined by and
	ors           // by or
	ifs           // if X is recorded, ...
	nothing       // nothing says that ...
)

// joined reads && and ||.
func (r *reader) joined(i item) (string, shape, error) {
	if i.word() == "and" {
		return r.all(i.parts())
	}
	return r.any(i.parts())
}

// all reads that each of them is so. What goes without saying is not said: that
// what is 14 or 16 is recorded.
func (r *reader) all(parts []item) (string, shape, error) {
	parts = r.without(parts)
	if len(parts) == 1 {
		return r.part(parts[0])
	}
	var plain, ifOnes, silent []string
	for _, p := range parts {
		w, sh, err := r.part(p)
		switch {
		case err != nil:
			return "", 0, err
		case sh == nothing:
			silent = append(silent, strings.TrimPrefix(w, "nothing says "))
			continue
		case sh == ifs:
			ifOnes = append(ifOnes, w)
			continue
		case sh == ors:
			w = "(" + w + ")"
		}
		plain = append(plain, r.after(plain, w))
	}
	var tail []string
	if silent != nil {
		tail = append(tail, "nothing says "+Join(silent, "or"))
	}
	for _, w := range ifOnes {
		tail = append(tail, ", "+w)
	}
	if tail == nil {
		return Join(plain, "and"), ands, nil
	}
	w := strings.Join(plain, ", ")
	for _, t := range tail {
		comma := ""
		if len(plain) > 1 || strings.Contains(w, "nothing says") {
			comma = ","
		}
		if w != "" {
			w += comma + " and"
			if !strings.HasPrefix(t, ",") {
				w += " "
			}
		}
		w += strings.TrimPrefix(t, map[bool]string{true: ", ", false: "\x00"}[w == ""])
	}
	return w, ands, nil
}

// after drops the subject that the part before has too: the case is open and is rape.
func (r *reader) after(before []string, w string) string {
	if len(before) == 0 || strings.HasPrefix(w, "(") || strings.HasPrefix(before[0], "(") {
		return w
	}
	owners := []string{"the case", "the " + r.key, "it"}
	for _, v := range r.vars {
		owners = append(owners, v)
	}
	for _, o := range owners {
		rest, ok := strings.CutPrefix(w, o+" ")
		if ok && strings.HasPrefix(before[0], o+" ") && predicate(rest) && predicate(strings.TrimPrefix(before[0], o+" ")) && len(before) == r.run(before, o) {
			return rest
		}
	}
	return w
}

// predicate tells whether the words say something of a subject that was left out.
func predicate(w string) bool { return verb(w) != "" || strings.HasPrefix(w, "does not ") }

// run counts how many parts, from the first, speak of the owner.
func (r *reader) run(parts []string, owner string) int {
	n := 0
	for _, p := range parts {
		if !predicate(strings.TrimPrefix(p, owner+" ")) {
			break
		}
		n++
	}
	return n
}

// without leaves out the has() that the other parts imply.
func (r *reader) without(parts []item) []item {
	var out []item
	for n, p := range parts {
		if p.t.Op != "has" || !p.so {
			out = append(out, p)
			continue
		}
		field := name(p.t)
		implied := false
		for m, q := range parts {
			if m == n || q.t.Op == "has" {
				continue
			}
			if implies(q, field) {
				implied = true
			}
			if differs(q) && reads(q.t, field) && guarded(parts, q) {
				implied, r.differ[field] = true, true
			}
		}
		if !implied {
			out = append(out, p)
		}
	}
	return out
}

// differs tells whether two fields are said not to be the same.
func differs(i item) bool {
	return (i.t.Op == "!=" && i.so || i.t.Op == "==" && !i.so) && name(i.t.Args[0]) != "" && name(i.t.Args[1]) != ""
}

// guarded tells whether both fields are asked for by has().
func guarded(parts []item, i item) bool {
	for _, a := range i.t.Args {
		if !slices.ContainsFunc(parts, func(p item) bool { return p.t.Op == "has" && p.so && name(p.t) == name(a) }) {
			return false
		}
	}
	return true
}

// any reads that one of them is so.
func (r *reader) any(parts []item) (string, shape, error) {
	if w, sh, ok, err := r.unless(parts); ok {
		return w, sh, err
	}
	if w, ok := r.aboutAny(parts); ok {
		return w, simple, nil
	}
	parts = r.single(parts)
	var said []string
	commas := false
	for n := 0; n < len(parts); {
		same := 1
		for n+same < len(parts) && alike(parts[n], parts[n+same]) {
			same++
		}
		w, sh, err := r.sameLeft(parts[n : n+same])
		if err != nil {
			return "", 0, err
		}
		if sh == ands || sh == ifs || sh == ors {
			w = "(" + w + ")"
		}
		said = append(said, w)
		commas = commas || strings.Contains(w, ", ")
		r.said = "" // it might be either's
		n += same
	}
	switch len(said) {
	case 1:
		return said[0], simple, nil
	case 2:
		return "either " + said[0] + " or " + said[1], ors, nil
	}
	if commas {
		return strings.Join(said, "; or "), ors, nil
	}
	return Join(said, "or"), ors, nil
}

// single takes out of their group the parts that are left alone in it.
func (r *reader) single(parts []item) []item {
	var out []item
	for _, p := range parts {
		left := []item{p}
		if p.word() == "and" {
			left = r.without(p.parts())
		}
		switch {
		case len(left) != 1:
			out = append(out, p)
		case left[0].word() == "or":
			out = append(out, r.single(left[0].parts())...)
		default:
			out = append(out, left[0])
		}
	}
	return out
}

// alike tells whether both say what one thing is, or what one list includes.
func alike(a, b item) bool {
	if listed(a) && listed(b) {
		return name(a.t.Args[1]) == name(b.t.Args[1])
	}
	is := func(i item) bool { return i.so && (i.t.Op == "==" || i.t.Op == "in" && i.t.Args[1].Op == "list") }
	return is(a) && is(b) && name(a.t.Args[0]) != "" && name(a.t.Args[0]) == name(b.t.Args[0])
}

// listed tells whether it asks for a text in a list of a fact or party.
func listed(i item) bool {
	return i.so && i.t.Op == "in" && i.t.Args[0].Op == "text" && name(i.t.Args[1]) != ""
}

// sameLeft reads x == a || x in [b, c] as x is a, b or c.
func (r *reader) sameLeft(parts []item) (string, shape, error) {
	if len(parts) == 1 {
		return r.part(parts[0])
	}
	if listed(parts[0]) {
		var values []*expr.Tree
		for _, p := range parts {
			values = append(values, p.t.Args[0])
		}
		w, err := r.includes(parts[0].t.Args[1], values, true)
		return w, simple, err
	}
	left, err := r.thing(parts[0].t.Args[0])
	if err != nil {
		return "", 0, err
	}
	var values []*expr.Tree
	for _, p := range parts {
		if p.t.Op == "in" {
			values = append(values, p.t.Args[1].Args...)
		} else {
			values = append(values, p.t.Args[1])
		}
	}
	w, err := r.values(left, values, "or")
	return left + " is " + w, simple, err
}

// unless reads !has(x) || P(x): if x is recorded, P; and of a denial, that nothing
// says so.
func (r *reader) unless(parts []item) (string, shape, bool, error) {
	var guards, rest []item
	for _, p := range parts {
		if p.t.Op == "has" && !p.so {
			guards = append(guards, p)
		} else {
			rest = append(rest, p)
		}
	}
	if len(guards) == 0 || len(rest) == 0 {
		return "", 0, false, nil
	}
	for _, g := range guards {
		for _, p := range rest {
			if !reads(p.t, name(g.t)) {
				return "", 0, false, nil
			}
		}
	}
	if len(rest) == 1 && len(guards) == 1 && !rest[0].so && slices.Contains([]string{"in", "field", "exists"}, rest[0].t.Op) {
		w, err := r.truth(rest[0].t, true)
		return "nothing says that " + w, nothing, true, err
	}
	var names []string
	for _, g := range guards {
		w, err := r.recorded(g.t, true)
		if err != nil {
			return "", 0, true, err
		}
		names = append(names, w)
	}
	if len(guards) == 1 {
		field := &expr.Tree{Op: "field", Name: guards[0].t.Name, Args: guards[0].t.Args}
		r.given[name(field)] = r.again(field)
		defer delete(r.given, name(field))
	}
	w, sh, err := r.any(rest)
	if len(rest) == 1 {
		w, sh, err = r.part(rest[0])
	}
	if sh == ifs {
		w = "(" + w + ")"
	}
	return "if " + Join(names, "and") + ", " + w, ifs, true, err
}

// again is what a field just spoken of is called: that officer.
func (r *reader) again(field *expr.Tree) string {
	label := r.label(field)
	switch typ := r.typed(field); {
	case name(field) == "case.oic":
		return "that officer"
	case !strings.HasPrefix(label, "“"):
		return "that " + label
	case typ.Kind == expr.Moment.Kind && !typ.List:
		return "that moment"
	case typ.Kind == expr.Date.Kind && !typ.List:
		return "that date"
	}
	return "that"
}

// aboutAny reads size(that.about) == 0 || case.id in that.about || key.id in
// that.about: it is about the suspect, the case or nobody in particular.
func (r *reader) aboutAny(parts []item) (string, bool) {
	owner, nobody := "", false
	var whom []string
	for _, p := range parts {
		var list *expr.Tree
		switch t := p.t; {
		case !p.so:
			return "", false
		case empty(t) != nil:
			list, nobody = empty(t), true
		case t.Op == "in" && name(t.Args[0]) != "" && t.Args[0].Name == "id":
			list = t.Args[1]
			who, ok := r.owner(t.Args[0].Args[0])
			if !ok {
				return "", false
			}
			whom = append(whom, who)
		}
		if list == nil || list.Op != "field" || list.Name != "about" {
			return "", false
		}
		o, ok := r.owner(list.Args[0])
		if !ok || owner != "" && o != owner {
			return "", false
		}
		owner = o
	}
	if len(whom) == 0 {
		return "", false
	}
	slices.Reverse(whom)
	if nobody {
		whom = append(whom, "nobody in particular")
	}
	return owner + " is about " + Join(whom, "or"), true
}

// empty gives the list of size(x.about) == 0.
func empty(t *expr.Tree) *expr.Tree {
	if t.Op == "==" && t.Args[0].Op == "call" && t.Args[0].Name == "size" && t.Args[1].Op == "number" && t.Args[1].Number == 0 {
		return t.Args[0].Args[0]
	}
	return nil
}

// either reads c ? a : b.
func (r *reader) either(i item) (string, shape, error) {
	c := item{i.t.Args[0], true}.bare()
	yes, no := item{i.t.Args[1], i.so}.bare(), item{i.t.Args[2], i.so}.bare()
	if c.t.Op == "has" && !c.so {
		c.so, yes, no = true, no, yes
	}
	if c.t.Op == "has" && (reads(yes.t, name(c.t)) || implies(yes, name(c.t))) {
		a, err := r.enclosed(yes)
		if err != nil {
			return "", 0, err
		}
		lacking, err := r.recorded(c.t, false)
		if err != nil {
			return "", 0, err
		}
		if yes.t.Op == "field" && fact(yes.t.Args[0]) && name(yes.t) == name(c.t) {
			lacking = "that answer is not recorded"
		}
		b, err := r.enclosed(no)
		return "either " + a + " or, where " + lacking + ", " + b, ors, err
	}
	when, err := r.truth(c.t, c.so)
	if err != nil {
		return "", 0, err
	}
	a, err := r.truth(yes.t, yes.so)
	if err != nil {
		return "", 0, err
	}
	b, err := r.truth(no.t, no.so)
	return "if " + when + ", " + a + "; if not, " + b, ors, err
}

// enclosed puts brackets round what is joined, but not round another choice, which
// can only end there.
func (r *reader) enclosed(i item) (string, error) {
	w, sh, err := r.part(i)
	if i.t.Op != "?:" && (sh == ands || sh == ors || sh == ifs) {
		w = "(" + w + ")"
	}
	return w, err
}
