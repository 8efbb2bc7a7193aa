package pack

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"candour/internal/day"
	"candour/internal/expr"
	"candour/internal/fact"
)

var errNoField = errors.New("a field cannot be named here")

var sentenceKeys = []string{
	"id", "title", "guards", "source", "basis", "regime", "in_force", "examples", "owes", "tell", "severity", "when", "per",
	"repeat", "while", "must", "must_not", "may", "already", "claim", "unless", "clock", "within", "by", "gate", "window",
	"lost", "curable", "moved", "paused", "again", "raises", "closed", "checked", "discretion", "for", "forever", "versions", "text",
}

func (l *loader) standards(p *Pack) {
	seen := map[string]int{}
	for _, n := range l.lists("standards") {
		for i, v := range versions(n) {
			s := l.standard(p, v)
			if s == nil {
				continue
			}
			s.Version = i + 1
			if at, twice := seen[s.ID]; twice && i == 0 {
				n.problem("a changed rule is a new entry under `versions:`", "the standard %s is given twice (first at line %d)", s.ID, at)
			}
			seen[s.ID] = n.Line
			s.No = len(p.Standards)
			p.Standards = append(p.Standards, s)
		}
	}
	l.asks(p)
	l.cycles(p)
}

// versions spreads `versions:` into full sentences: each overrides the shared keys.
func versions(n node) []node {
	if n.Kind != yaml.MappingNode {
		return []node{n}
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value != "versions" || n.Content[i+1].Kind != yaml.SequenceNode {
			continue
		}
		shared := append(append([]*yaml.Node{}, n.Content[:i]...), n.Content[i+2:]...)
		var out []node
		for _, v := range n.Content[i+1].Content {
			whole := *n.Node
			whole.Line = v.Line
			whole.Content = append([]*yaml.Node{}, v.Content...)
			for j := 0; j+1 < len(shared); j += 2 {
				if !hasKey(v, shared[j].Value) {
					whole.Content = append(whole.Content, shared[j], shared[j+1])
				}
			}
			out = append(out, n.sub(&whole))
		}
		return out
	}
	return []node{n}
}

func hasKey(m *yaml.Node, key string) bool {
	for i := 0; i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value == key {
			return true
		}
	}
	return false
}

// sentence is a standard being read: its keys by name.
type sentence struct {
	*loader
	p    *Pack
	n    node
	s    *Standard
	keys map[string]node
	this []int // kinds of the triggers
}

func (l *loader) standard(p *Pack, n node) *Standard {
	q := &sentence{loader: l, p: p, n: n, keys: map[string]node{}, s: &Standard{File: n.file, Line: n.Line, Curable: true, Discretion: true}}
	for _, f := range n.fields(sentenceKeys...) {
		q.keys[f.name] = f.node
	}
	if k, ok := q.keys["id"]; ok {
		q.s.ID = k.text()
	} else {
		n.problem("add id: in-kebab-case", "a standard without id")
		return nil
	}
	q.about()
	q.when()
	q.what()
	q.due()
	q.changes()
	q.whole()
	return q.s
}

func (q *sentence) about() {
	s := q.s
	s.Basis = Basis{"law", "law"}
	for name, k := range q.keys {
		switch name {
		case "title":
			s.Title = k.english()
		case "text":
			s.Text = k.english()
		case "guards":
			s.Guards = k.texts()
		case "source":
			s.Source = k.text()
		case "basis":
			for _, f := range k.fields("duty", "time") {
				if v := f.text(); v != "law" && v != "policy" {
					f.problem("write law or policy", "%q is no basis", v)
				} else if f.name == "duty" {
					s.Basis.Duty = v
				} else {
					s.Basis.Time = v
				}
			}
		case "regime":
			s.Regimes = k.texts()
		case "examples":
			s.Examples = k.texts()
		case "tell":
			q.tell(k)
		case "checked":
			s.Checked = &Checked{Level: "reference"}
			for _, f := range k.fields("by", "on", "against", "level") {
				switch f.name {
				case "by":
					s.Checked.By = f.text()
				case "on":
					s.Checked.On = f.text()
				case "against":
					s.Checked.Against = f.text()
				case "level":
					s.Checked.Level = f.text()
					if !slices.Contains([]string{"reference", "text", "counsel"}, s.Checked.Level) {
						f.problem("write reference, text or counsel", "%q is no level of checking", f.Value)
					}
				}
			}
		case "discretion":
			s.Discretion = k.yes()
		case "for":
			if v := k.text(); isScope(v) {
				s.For = v
			} else if v != "case" {
				k.problem("write case, person, unit or body", "%q is nothing a standard can be for", v)
			}
		}
	}
}

func (q *sentence) tell(k node) {
	for _, it := range k.items() {
		if it.Kind == yaml.ScalarNode {
			q.s.Tell = append(q.s.Tell, Tell{Role: it.text()})
			continue
		}
		var t Tell
		for _, f := range it.fields("after", "who") {
			if f.name == "who" {
				t.Role = f.text()
			} else {
				d := f.duration()
				t.After = &d
			}
		}
		q.s.Tell = append(q.s.Tell, t)
	}
}

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

// key is whose registers a condition calls key.
func (q *sentence) key() string {
	if q.s.For != "" {
		return q.s.For
	}
	return q.s.Per
}

// per settles the key: as written, else the role that the discharging kind is about.
func (q *sentence) per() {
	q.s.Per = "case"
	k, ok := q.keys["per"]
	if q.s.For != "" {
		if ok && k.Value != q.s.For && k.Value != "case" {
			k.problem("remove it", "a standard for a %s is counted per %s", q.s.For, q.s.For)
		}
		q.repeat()
		return
	}
	if ok && k.Kind == yaml.SequenceNode {
		q.perList(k)
	} else if ok && k.Kind == yaml.ScalarNode {
		q.s.Per = k.text()
	} else if ok {
		for _, f := range k.fields("role", "where") {
			if f.name == "role" {
				q.s.Per = f.text()
			}
		}
		for _, f := range k.fields("role", "where") {
			if f.name == "where" {
				q.s.PerIf = q.condition(f.node, q.p.scope(q.key(), q.this, nil))
			}
		}
	} else {
		q.s.Per = q.defaultPer()
	}
	if q.s.Per != "case" {
		if _, known := q.p.Roles[q.s.Per]; !known {
			k.problem("write case or a role that some kind is about", "no kind is about %q", q.s.Per)
		}
	}
	q.repeat()
}

// perList reads several roles, the case last (decision record 0010).
func (q *sentence) perList(k node) {
	names := k.texts()
	for i, name := range names {
		switch _, known := q.p.Roles[name]; {
		case i == 0:
			q.s.Per = name
		case name == "case" && i == len(names)-1:
			q.s.PerCase = true
		case !known:
			k.problem("write roles that some kind is about, and case last", "no kind is about %q", name)
		default:
			q.s.PerAlso = append(q.s.PerAlso, name)
		}
	}
}

// repeat says what a trigger does while one is open for the same key.
func (q *sentence) repeat() {
	q.s.Repeat = First
	if q.s.Per != "case" {
		q.s.Repeat = Each
	}
	if r, ok := q.keys["repeat"]; ok {
		switch r.text() {
		case "each":
			q.s.Repeat = Each
		case "first":
			q.s.Repeat = First
		case "restart":
			q.s.Repeat = Restart
		default:
			r.problem("write each, first or restart", "%q is no way to repeat", r.Value)
		}
	}
}

func (q *sentence) defaultPer() string {
	for _, name := range []string{"must", "must_not", "may"} {
		k, ok := q.keys[name]
		if !ok {
			continue
		}
		for k.Kind == yaml.MappingNode && (hasKey(k.Node, "any") || hasKey(k.Node, "all")) {
			k = k.sub(k.Content[1])
			if len(k.items()) == 0 {
				return "case"
			}
			k = k.items()[0]
		}
		role := ""
		for i := 0; k.Kind == yaml.MappingNode && i+1 < len(k.Content); i += 2 {
			if w := k.Content[i].Value; w != "fact" && w != "tag" {
				continue
			}
			for _, it := range k.sub(k.Content[i+1]).items() {
				kinds, _ := q.p.resolve(it.Value)
				for _, no := range kinds {
					about := q.p.Kinds[no].About
					if len(about) == 0 || role != "" && role != about[0] {
						return "case"
					}
					role = about[0]
				}
			}
		}
		if role != "" {
			return role
		}
	}
	return "case"
}

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

var critical = []string{"F1", "F3", "F4", "F5", "F9", "F10", "F12"}

// opensForAll tells whether a trigger can open for every party of the key's role
// that is then on the case: one that is not about such a party.
func (q *sentence) opensForAll() bool {
	return slices.ContainsFunc(q.s.When, func(sel Selector) bool {
		return sel.Kinds == nil || slices.ContainsFunc(sel.Kinds, func(k int) bool { return !slices.Contains(q.p.Kinds[k].About, q.s.Per) })
	})
}

func tells(s *Standard) (roles []string) {
	for _, t := range s.Tell {
		roles = append(roles, t.Role)
	}
	return roles
}

// whole judges the sentence as a whole.
func (q *sentence) whole() {
	s := q.s
	if s.Per != "case" && q.opensForAll() {
		q.p.Loose[s.Per] = true
	}
	s.Severity = Minor
	if s.Basis.Duty == "law" {
		s.Severity = Major
	}
	if s.Gate {
		s.Severity = Critical
	}
	for _, g := range s.Guards {
		if slices.Contains(critical, g) {
			s.Severity = Critical
		}
	}
	if k, ok := q.keys["severity"]; ok {
		switch k.text() {
		case "critical":
			s.Severity = Critical
		case "major":
			s.Severity = Major
		case "minor":
			s.Severity = Minor
		default:
			k.problem("write critical, major or minor", "%q is no severity", k.Value)
		}
	}
	if s.Again.Yes && s.While == nil && q.keys["forever"].Node == nil {
		q.n.problem("write while: case.open, or forever: yes", "%s repeats and does not say whether closure ends it", s.ID)
	}
	if s.Gate && s.Already.Yes {
		q.keys["already"].problem("remove it: a gate always looks back", "already on a gate")
	}
	for _, lf := range s.Leaves {
		if lf.Holds != nil && !s.Gate {
			q.n.problem("make it a gate, or look for a fact", "%s: holds can only be judged at a gate", s.ID)
		}
	}
	for _, role := range append([]string{s.Owes}, tells(s)...) {
		if role != "" && !strings.HasPrefix(role, "body(") && q.p.Posts != nil && !slices.Contains(q.p.Posts, role) && q.p.Register("case", role) == nil {
			q.n.advise("mend the spelling, or add it to posts: in pack.yaml", "%s: nobody holds a post %q", s.ID, role)
		}
	}
	for _, g := range s.Guards {
		if len(q.p.Failings) > 0 && q.p.Failings[g] == "" {
			q.keys["guards"].advise("mend it, or add it to failings: in pack.yaml", "%s: no failing %q", s.ID, g)
		}
	}
	for _, need := range []string{"title", "guards", "source", "tell", "examples"} {
		if k, ok := q.keys[need]; !ok || k.Kind == yaml.SequenceNode && len(k.Content) == 0 {
			q.n.advise("add "+need+":", "%s has no %s", s.ID, need)
		}
	}
}

// asks makes every `absent: ask D` a standard of its own (ruling 31).
func (l *loader) asks(p *Pack) {
	add := func(id, label, per string, when Selector, d day.Duration, a *Ask, file string, line int) {
		s := &Standard{ID: id, No: len(p.Standards), Version: 1, Title: label, Basis: Basis{"policy", "policy"}, Severity: Minor,
			When: []Selector{when}, Per: per, Repeat: Each, Must: &Tree{Leaf: &Leaf{Words: label}}, Within: &Term{Words: d.String(), Duration: d},
			Curable: true, Asks: a, File: file, Line: line, Checked: &Checked{Level: "reference"}, Source: "a missing value is itself a duty"}
		s.Leaves = s.Must.leaves()
		p.Standards = append(p.Standards, s)
	}
	for _, k := range p.Kinds {
		per := "case"
		if len(k.About) > 0 {
			per = k.About[0]
		}
		for i, f := range k.Fields {
			if f.Absent.Ask != nil {
				add("ask:"+k.ID+"."+f.Name, "Say "+f.Name+" of "+k.ID, per, Selector{Kinds: []int{k.No}, Words: k.ID + " without " + f.Name}, *f.Absent.Ask, &Ask{Kind: k.No, Slot: i}, k.File, f.Line)
			}
		}
	}
	for _, of := range sortedKeys(p.Registers) {
		for _, r := range p.Registers[of] {
			if r.Absent.Ask != nil {
				add("ask:"+of+"."+r.ID, "Say "+r.ID+" of the "+of, of, Selector{Opened: true, Words: "nothing says " + r.ID}, *r.Absent.Ask, &Ask{Kind: -1, Register: r}, r.File, r.Line)
			}
		}
	}
}

func sortedKeys[V any](m map[string]V) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// FindingKinds are the kinds of finding a standard can raise (ruling 31).
func (s *Standard) FindingKinds() []string {
	switch {
	case s.Asks != nil:
		return []string{"not-recorded"}
	case s.Modal == MustNot:
		return []string{s.Raises}
	case s.Modal == May:
		return nil
	case s.Gate:
		return []string{"gate"}
	}
	return []string{"overdue", "unproven"}
}

// Listens lists the findings (by standard or kind) and rights the standard depends on.
func (s *Standard) Listens() (findings, ends []string) {
	note := func(sel Selector) {
		if sel.Finding != "" {
			findings = append(findings, sel.Finding)
		}
	}
	for _, sel := range append(append([]Selector{}, s.When...), s.Unless...) {
		note(sel)
	}
	if s.Closed != nil {
		note(*s.Closed)
	}
	if s.Paused != nil {
		note(s.Paused.From)
		note(s.Paused.Until)
	}
	if s.ClockOf != "" {
		ends = append(ends, s.ClockOf)
	}
	if s.By != nil && s.By.Ends != "" {
		ends = append(ends, s.By.Ends)
	}
	return findings, ends
}

// cycles orders the standards so that each comes after those it listens to, and
// refuses a circle (ruling 4).
func (l *loader) cycles(p *Pack) {
	byID, byKind := map[string][]*Standard{}, map[string][]*Standard{}
	for _, s := range p.Standards {
		byID[s.ID] = append(byID[s.ID], s)
		for _, k := range s.FindingKinds() {
			if s.For == "" { // a kind of finding means those of cases
				byKind[k] = append(byKind[k], s)
			}
		}
	}
	state := map[*Standard]int{}
	var out []*Standard
	var visit func(s *Standard, path []string)
	visit = func(s *Standard, path []string) {
		switch state[s] {
		case 1:
			l.problems = append(l.problems, Problem{s.File, s.Line, "findings open each other in a circle: " + strings.Join(append(path, s.ID), " → "), "break the circle"})
			return
		case 2:
			return
		}
		state[s] = 1
		findings, ends := s.Listens()
		for _, name := range ends {
			p.Ended[name] = true
		}
		for _, name := range append(findings, ends...) {
			deps := byID[name]
			if deps == nil && s.For == "" {
				deps = byKind[name]
			}
			for _, d := range deps {
				if s.For == "" && d.For != "" && d.ID == name {
					l.problems = append(l.problems, Problem{s.File, s.Line, s.ID + " listens to " + name + ", which is for a " + d.For, "no standard of a case may read what is found about a person, unit or body (ruling 17)"})
				}
			}
			if deps == nil && !isFindingKind(name) {
				l.problems = append(l.problems, Problem{s.File, s.Line, s.ID + " listens to " + name + ", which no standard raises", "write the id of a standard, or a kind of finding"})
			}
			for _, d := range deps {
				if d != s || slices.Contains(findings, s.ID) { // by a kind of finding, a standard does not hear itself
					visit(d, append(path, s.ID))
				}
			}
		}
		state[s] = 2
		out = append(out, s)
	}
	for _, s := range p.Standards {
		visit(s, nil)
	}
	for i, s := range out {
		s.No = i
		s.HearsAll = s.For != "" && p.hears(s)
		p.Scoped = p.Scoped || s.For != ""
	}
	p.Standards = out
}

func isFindingKind(name string) bool {
	return slices.Contains([]string{"overdue", "unproven", "gate", "prohibited", "contradiction", "integrity", "missing", fact.Upheld, "not-recorded"}, name)
}
