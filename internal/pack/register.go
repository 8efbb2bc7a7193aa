package pack

import (
	"errors"
	"slices"
	"strings"

	"candour/internal/expr"
	"candour/internal/fact"
)

// intrinsics are what every trigger and candidate has besides its kind's fields.
var intrinsics = map[string]expr.Type{
	"id": expr.Text, "kind": expr.Text, "happened": expr.Moment, "recorded": expr.Moment, "by": expr.Text, "for": expr.Text,
	"about": expr.Texts, "source": expr.Text, "case": expr.Text, "period": expr.Number, "standard": expr.Text, "finding": expr.Text, "due": expr.Moment,
	"key": expr.Text,
}

// Built in to every case and party.
var (
	caseBuiltin  = map[string]expr.Type{"id": expr.Text, "kind": expr.Text, "group": expr.Text, "regime": expr.Text, "body": expr.Text}
	partyBuiltin = map[string]expr.Type{"id": expr.Text, "role": expr.Text, "person": expr.Text}
)

func (l *loader) registers(p *Pack) {
	type pending struct {
		r    *Register
		sets []node
		n    node
		of   map[string]field
	}
	var all []pending
	for _, n := range l.lists("registers") {
		r := &Register{File: n.file, Line: n.Line, Type: expr.Text}
		q := pending{r: r, n: n, of: map[string]field{}}
		words := ""
		for _, f := range n.fields("id", "of", "type", "of_values", "values", "absent", "set", "derive", "proof", "lower_needs", "label", "text", "source") {
			if l.typed(f, &words, &r.Type, &r.Values) {
				continue
			}
			switch f.name {
			case "id":
				r.ID = f.text()
			case "of":
				r.Of = f.text()
			case "label":
				r.Label = f.english()
			case "text":
				r.Text = f.english()
			case "set":
				q.sets = f.items()
			case "absent", "derive", "proof", "lower_needs":
				q.of[f.name] = f
			}
		}
		if r.ID == "" || r.Of == "" {
			n.problem("add id: and of:", "a register needs an id and whom it is of")
			continue
		}
		if p.Register(r.Of, r.ID) != nil {
			n.problem("keep one", "the register %s of %s is given twice", r.ID, r.Of)
			continue
		}
		if _, derived := q.of["derive"]; derived && words == "" {
			r.Type = expr.Bool
		}
		if f, ok := q.of["absent"]; ok {
			r.Absent = l.absence(f, r.Type, r.Values)
		}
		r.Name = p.Names.Number(r.ID)
		r.Index = len(p.Registers[r.Of])
		p.Registers[r.Of] = append(p.Registers[r.Of], r)
		all = append(all, q)
	}
	for _, q := range all {
		r := q.r
		for _, s := range q.sets {
			r.Sets = append(r.Sets, l.set(p, r, s))
		}
		if f, ok := q.of["derive"]; ok {
			r.Derive = l.value(f.node, p.scope(r.Of, nil, nil), r.Type)
		}
		for name, to := range map[string]**Proof{"proof": &r.Proof, "lower_needs": &r.LowerNeeds} {
			if f, ok := q.of[name]; ok {
				*to = l.proof(p, f.node, nil)
			}
		}
	}
	l.derivations(p)
}

// derivations refuses registers that are worked out from each other in a circle.
func (l *loader) derivations(p *Pack) {
	state := map[*Register]int{}
	var visit func(r *Register, path string)
	visit = func(r *Register, path string) {
		path += r.Of + "." + r.ID
		switch {
		case state[r] == 1:
			l.problems = append(l.problems, Problem{r.File, r.Line, "registers are derived from each other in a circle: " + path, "break the circle"})
			return
		case state[r] == 2 || r.Derive == nil:
			return
		}
		state[r] = 1
		for _, u := range r.Derive.Uses {
			owners := []string{strings.TrimPrefix(strings.TrimPrefix(u.Object, "party_"), "scope_")}
			if u.Var == "was" {
				owners = []string{r.Of, "case"}
			}
			for _, of := range owners {
				if next := p.Register(of, u.Field); next != nil {
					visit(next, path+" → ")
				}
			}
		}
		state[r] = 2
	}
	for _, of := range sortedKeys(p.Registers) {
		for _, r := range p.Registers[of] {
			visit(r, "")
		}
	}
}

func (l *loader) set(p *Pack, r *Register, n node) Set {
	var s Set
	var where, to *field
	for _, f := range n.fields("on", "where", "to") {
		switch f.name {
		case "on":
			s.Kinds, _ = l.kindList(p, f.node)
		case "where":
			g := f
			where = &g
		case "to":
			g := f
			to = &g
		}
	}
	scope := p.scope(r.Of, s.Kinds, nil)
	scope.Vars["it"] = r.Type
	if where != nil {
		s.Where = l.condition(where.node, scope)
	}
	if to == nil {
		n.problem("add to: with the new value", "a register is set to nothing")
		return s
	}
	s.To = l.value(to.node, scope, r.Type)
	return s
}

// kindList resolves the kinds and tags named; the second result tells that the
// tag substantive was among them.
func (l *loader) kindList(p *Pack, n node) (kinds []int, substantive bool) {
	seen := map[int]bool{}
	for _, it := range n.items() {
		ks, ok := p.resolve(it.text())
		if !ok {
			it.problem("declare it under kinds/, or mend the spelling", "unknown kind or tag %q", it.Value)
		}
		substantive = substantive || it.Value == "substantive"
		for _, k := range ks {
			if !seen[k] {
				seen[k] = true
				kinds = append(kinds, k)
			}
		}
	}
	return kinds, substantive
}

// finishKinds numbers the fields and compiles the conditions of substantive kinds.
func (l *loader) finishKinds(p *Pack) {
	for name := range intrinsics {
		p.Names.Number(name)
	}
	for name := range caseBuiltin {
		p.Names.Number(name)
	}
	for name := range partyBuiltin {
		p.Names.Number(name)
	}
	for _, k := range p.Kinds {
		for _, f := range k.Fields {
			p.Names.Number(f.Name)
		}
	}
	for _, k := range p.Kinds {
		k.slots = make([]int16, p.Names.Len())
		for i := range k.slots {
			k.slots[i] = -1
		}
		for i, f := range k.Fields {
			k.slots[p.Names.Number(f.Name)] = int16(i)
		}
		for _, about := range k.About {
			if _, ok := p.Roles[about]; !ok {
				p.Roles[about] = about
			}
		}
		if k.substSrc != "" {
			c, err := expr.Compile(k.substSrc, p.scope("case", []int{k.No}, nil))
			if err != nil {
				l.problems = append(l.problems, Problem{k.File, k.Line, err.Error(), ""})
			}
			k.Substantive = c
		}
	}
	for role := range p.Registers {
		if role != "case" && !isScope(role) && p.Roles[role] == "" {
			p.Roles[role] = role
		}
	}
}

func isScope(of string) bool { return slices.Contains(fact.Scopes, of) }

// slotRegisters makes the table from names to registers, owner by owner.
func (p *Pack) slotRegisters() {
	p.regSlots = map[string][]int16{}
	for of, regs := range p.Registers {
		slots := make([]int16, p.Names.Len())
		for i := range slots {
			slots[i] = -1
		}
		for i, r := range regs {
			slots[r.Name] = int16(i)
		}
		p.regSlots[of] = slots
	}
}

// scope declares what a condition sees: the owner of `key`, the kinds of this and
// that. A person, unit or body sees its own registers and policy, and no case (ruling 17).
func (p *Pack) scope(key string, this, that []int) *expr.Scope {
	s := p.wide(key, this, that)
	if !isScope(key) {
		return s
	}
	own := expr.Type{Object: "scope_" + key}
	s.Objects[own.Object] = merge(map[string]expr.Type{"id": expr.Text, "kind": expr.Text}, p.registerTypes(key))
	s.Objects["was"] = s.Objects[own.Object]
	s.Vars["key"], s.Vars[key] = own, own
	delete(s.Vars, "case")
	delete(s.Vars, "parties")
	delete(s.Objects, "case")
	return s
}

func (p *Pack) wide(key string, this, that []int) *expr.Scope {
	s := &expr.Scope{Names: p.Names, Vars: map[string]expr.Type{}, Objects: map[string]map[string]expr.Type{}, Kinds: p.resolve}
	caseFields := merge(caseBuiltin, p.registerTypes("case"))
	s.Objects["case"] = caseFields
	roles := map[string]expr.Type{}
	for role := range p.Roles {
		s.Objects["party_"+role] = merge(partyBuiltin, p.registerTypes(role))
		roles[role] = expr.Type{Object: "party_" + role, List: true}
	}
	for role := range p.Registers {
		if role != "case" && !isScope(role) && s.Objects["party_"+role] == nil {
			s.Objects["party_"+role] = merge(partyBuiltin, p.registerTypes(role))
			roles[role] = expr.Type{Object: "party_" + role, List: true}
		}
	}
	for _, k := range p.Kinds {
		for _, role := range k.About {
			if s.Objects["party_"+role] == nil {
				s.Objects["party_"+role] = merge(partyBuiltin, p.registerTypes(role))
				roles[role] = expr.Type{Object: "party_" + role, List: true}
			}
		}
	}
	s.Objects["parties"] = roles
	s.Vars["parties"] = expr.Type{Object: "parties"}
	s.Vars["case"] = expr.Type{Object: "case"}
	keyObject := "case"
	if key != "" && key != "case" {
		keyObject = "party_" + key
	}
	if s.Objects[keyObject] == nil {
		s.Objects[keyObject] = merge(partyBuiltin, nil)
	}
	s.Vars["key"] = expr.Type{Object: keyObject}
	s.Objects["was"] = merge(caseFields, s.Objects[keyObject])
	s.Vars["was"] = expr.Type{Object: "was"}
	policy := map[string]expr.Type{}
	for name, pol := range p.Policies {
		policy[name] = expr.Number
		if pol.Default != nil {
			policy[name] = expr.Text
		}
	}
	s.Objects["policy"] = policy
	s.Vars["policy"] = expr.Type{Object: "policy"}
	s.Objects["this"] = p.factFields(this)
	s.Vars["this"] = expr.Type{Object: "this"}
	if that != nil {
		s.Objects["that"] = p.factFields(that)
		s.Vars["that"] = expr.Type{Object: "that"}
	}
	s.Asked = func(role string) { p.Loose[role] = true }
	s.Values = func(object, field string) []string { return p.listed(object, field, this, that) }
	s.Silent = func(object, field string) bool { return p.silent(object, field, this, that) }
	return s
}

// listed gives what a field of the kinds, or a register, can hold: nil if anything,
// or if kinds disagree.
func (p *Pack) listed(object, field string, this, that []int) []string {
	if r := p.registerOf(object, field); r != nil {
		return r.Values
	}
	kinds := this
	if object == "that" {
		kinds = that
	}
	var out []string
	for _, k := range kinds {
		for _, f := range p.Kinds[k].Fields {
			if f.Name == field {
				if len(f.Values) == 0 {
					return nil
				}
				out = append(out, f.Values...)
			}
		}
	}
	return out
}

// registerOf is the register that a name of an object in a scope means, or nil.
func (p *Pack) registerOf(object, field string) *Register {
	if object == "case" {
		return p.Register("case", field)
	}
	for _, prefix := range []string{"party_", "scope_"} {
		if of, ok := strings.CutPrefix(object, prefix); ok {
			return p.Register(of, field)
		}
	}
	return nil
}

// silent tells whether a field of the kinds, or a register, does not say what its
// absence means (standards.md, Silence must not pay).
func (p *Pack) silent(object, field string, this, that []int) bool {
	if r := p.registerOf(object, field); r != nil {
		return r.Derive == nil && !r.Absent.Declared
	}
	kinds := this
	if object == "that" {
		kinds = that
	}
	for _, k := range kinds {
		for _, f := range p.Kinds[k].Fields {
			if f.Name == field && !f.Required && !f.Absent.Declared {
				return true
			}
		}
	}
	return false
}

func (p *Pack) registerTypes(of string) map[string]expr.Type {
	out := map[string]expr.Type{}
	for _, r := range p.Registers[of] {
		out[r.ID] = r.Type
	}
	return out
}

// factFields is the union of the kinds' fields and the intrinsics; where two
// kinds disagree on a type the first stands and the other's value is UNKNOWN.
func (p *Pack) factFields(kinds []int) map[string]expr.Type {
	out := merge(intrinsics, nil)
	own := map[string]bool{}
	for _, k := range kinds {
		for _, f := range p.Kinds[k].Fields {
			if !own[f.Name] {
				own[f.Name] = true
				out[f.Name] = f.Type
			}
		}
	}
	return out
}

func merge(a, b map[string]expr.Type) map[string]expr.Type {
	out := make(map[string]expr.Type, len(a)+len(b))
	for k, v := range a {
		out[k] = v
	}
	for k, v := range b {
		out[k] = v
	}
	return out
}

// silence advises on what a condition reads that does not say what its absence means.
func (n node) silence(s *expr.Scope, uses expr.Uses) {
	for _, u := range s.SilentIn(uses) {
		n.advise("add absent: no, unknown or ask D where it is declared, or ask has(..) first",
			"%q reads %s.%s, which does not say what its absence means", n.short(), u.Var, u.Field)
	}
}

func (l *loader) condition(n node, s *expr.Scope) *expr.Condition {
	c, err := expr.Compile(n.text(), s)
	if err != nil {
		n.problem("", "%v", err)
		return nil
	}
	n.silence(s, c.Uses)
	return c
}

// value compiles an expression and sees that it fits the type; the zero type takes any.
func (l *loader) value(n node, s *expr.Scope, want expr.Type) *expr.Value {
	v, err := expr.CompileValue(n.text(), s)
	if err != nil {
		n.problem("", "%v", err)
		return nil
	}
	n.silence(s, v.Uses)
	if want != (expr.Type{}) && v.Type != want && !(want.Kind == fact.Moment && v.Type.Kind == fact.Date) {
		n.problem("give a value of the declared type", "%q is %s, and %s is needed", n.Value, typeWords(v.Type), typeWords(want))
	}
	return v
}

func typeWords(t expr.Type) string {
	s := map[fact.ValueKind]string{fact.Bool: "yes/no", fact.Number: "a number", fact.Text: "text", fact.Date: "a date", fact.Moment: "a moment"}[t.Kind]
	if t.List {
		return "a list"
	}
	return s
}

var errNoField = errors.New("a field cannot be named here")

func (l *loader) proof(p *Pack, n node, scope *expr.Scope) *Proof {
	out, err := parseProof(n.text(), func(src string) (*expr.Value, error) {
		if scope == nil {
			return nil, errNoField
		}
		return expr.CompileValue(src, scope)
	})
	if err != nil {
		n.problem("", "%v", err)
	}
	return out
}
