package expr

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"candour/internal/day"
	"candour/internal/fact"
)

type (
	boolFn func(*Env) day.Truth
	numFn  func(*Env) (float64, bool)
	textFn func(*Env) (string, bool)
	dateFn func(*Env) (day.Date, bool)
	whenFn func(*Env) (day.Moment, bool)
	ptrFn  func(*Env) *fact.Value
)

// deepest is how many quantifiers may stand inside one another: each multiplies
// the cost by the number of parties.
const deepest = 2

// lowering turns one checked tree into closures.
type lowering struct {
	ast   *ast.AST
	scope *Scope
	uses  Uses
	// seenAsked: seen() is among what was lowered.
	seenAsked bool
	vars      []string // comprehension variables in scope
}

func (l *lowering) typeOf(e ast.Expr) Type { return fromCEL(l.ast.GetType(e.ID())) }

func refused(e ast.Expr) error {
	return fmt.Errorf("a %v is outside the subset of conditions", e.Kind())
}

func (l *lowering) bool(e ast.Expr) (boolFn, error) {
	switch e.Kind() {
	case ast.LiteralKind:
		if e.AsLiteral() == types.True {
			return func(*Env) day.Truth { return day.Yes }, nil
		}
		return func(*Env) day.Truth { return day.No }, nil
	case ast.SelectKind:
		if e.AsSelect().IsTestOnly() {
			return l.has(e)
		}
		get, err := l.field(e)
		if err != nil {
			return nil, err
		}
		return func(env *Env) day.Truth {
			v := get(env)
			switch {
			case v == nil || v.Kind != fact.Bool:
				return day.Unknown
			case v.Bool:
				return day.Yes
			}
			return day.No
		}, nil
	case ast.IdentKind:
		return func(env *Env) day.Truth {
			if env.It == nil || env.It.Kind != fact.Bool {
				return day.Unknown
			}
			return truth(env.It.Bool)
		}, nil
	case ast.ComprehensionKind:
		return l.quantifier(e)
	case ast.CallKind:
		return l.boolCall(e)
	}
	return nil, refused(e)
}

func truth(b bool) day.Truth {
	if b {
		return day.Yes
	}
	return day.No
}

func (l *lowering) has(e ast.Expr) (boolFn, error) {
	n := len(l.uses)
	get, err := l.field(e)
	if err != nil {
		return nil, err
	}
	l.uses[n].Has = true
	return func(env *Env) day.Truth {
		v := get(env)
		return truth(v != nil && v.Kind != fact.Absent)
	}, nil
}

func (l *lowering) boolCall(e ast.Expr) (boolFn, error) {
	c := e.AsCall()
	args := c.Args()
	switch c.FunctionName() {
	case operators.LogicalAnd, operators.LogicalOr:
		a, err := l.bool(args[0])
		if err != nil {
			return nil, err
		}
		b, err := l.bool(args[1])
		if err != nil {
			return nil, err
		}
		if c.FunctionName() == operators.LogicalAnd {
			return func(env *Env) day.Truth {
				x := a(env)
				if x == day.No {
					return day.No
				}
				return x.And(b(env))
			}, nil
		}
		return func(env *Env) day.Truth {
			x := a(env)
			if x == day.Yes {
				return day.Yes
			}
			return x.Or(b(env))
		}, nil
	case operators.LogicalNot:
		a, err := l.bool(args[0])
		if err != nil {
			return nil, err
		}
		return func(env *Env) day.Truth { return a(env).Not() }, nil
	case operators.Conditional:
		return l.boolChoice(args)
	case operators.Equals, operators.NotEquals, operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals:
		return l.compare(c.FunctionName(), args[0], args[1])
	case operators.In:
		return l.in(args[0], args[1])
	case "before", "after", "within", "sure":
		return l.moments(c.FunctionName(), args)
	case "seen":
		return l.seen(args[0])
	}
	return nil, refused(e)
}

func (l *lowering) boolChoice(args []ast.Expr) (boolFn, error) {
	var f [3]boolFn
	for i := range f {
		var err error
		if f[i], err = l.bool(args[i]); err != nil {
			return nil, err
		}
	}
	return func(env *Env) day.Truth {
		switch f[0](env) {
		case day.Yes:
			return f[1](env)
		case day.No:
			return f[2](env)
		}
		return day.Unknown
	}, nil
}

func ordered[T float64 | day.Date](op string, a, b func(*Env) (T, bool)) boolFn {
	test := func(holds func(x, y T) bool) boolFn {
		return func(env *Env) day.Truth {
			x, ok := a(env)
			if !ok {
				return day.Unknown
			}
			y, ok := b(env)
			if !ok {
				return day.Unknown
			}
			return truth(holds(x, y))
		}
	}
	switch op {
	case operators.Less:
		return test(func(x, y T) bool { return x < y })
	case operators.LessEquals:
		return test(func(x, y T) bool { return x <= y })
	case operators.Greater:
		return test(func(x, y T) bool { return x > y })
	case operators.GreaterEquals:
		return test(func(x, y T) bool { return x >= y })
	case operators.NotEquals:
		return test(func(x, y T) bool { return x != y })
	}
	return test(func(x, y T) bool { return x == y })
}

func (l *lowering) compare(op string, x, y ast.Expr) (boolFn, error) {
	if err := l.listed(x, y); err != nil {
		return nil, err
	}
	if fn, err := l.fused(op, x, y); fn != nil || err != nil {
		return fn, err
	}
	switch l.typeOf(x) {
	case Number:
		a, err := l.num(x)
		if err != nil {
			return nil, err
		}
		b, err := l.num(y)
		if err != nil {
			return nil, err
		}
		return ordered(op, a, b), nil
	case Date:
		a, err := l.date(x)
		if err != nil {
			return nil, err
		}
		b, err := l.date(y)
		if err != nil {
			return nil, err
		}
		return ordered(op, a, b), nil
	case Bool:
		a, err := l.bool(x)
		if err != nil {
			return nil, err
		}
		b, err := l.bool(y)
		if err != nil {
			return nil, err
		}
		return func(env *Env) day.Truth {
			p, q := a(env), b(env)
			if p == day.Unknown || q == day.Unknown {
				return day.Unknown
			}
			return truth((p == q) == (op == operators.Equals))
		}, nil
	}
	a, err := l.text(x)
	if err != nil {
		return nil, err
	}
	b, err := l.text(y)
	if err != nil {
		return nil, err
	}
	want := op == operators.Equals
	return func(env *Env) day.Truth {
		p, ok := a(env)
		if !ok {
			return day.Unknown
		}
		q, ok := b(env)
		if !ok {
			return day.Unknown
		}
		return truth((p == q) == want)
	}, nil
}

// listed refuses to compare a field with a value that it can never hold.
func (l *lowering) listed(x, y ast.Expr) error {
	if x.Kind() == ast.LiteralKind {
		x, y = y, x
	}
	if s, ok := word(y); ok && x.Kind() == ast.SelectKind {
		return l.holds(x, s)
	}
	return nil
}

// holds refuses a word that a field can never hold.
func (l *lowering) holds(field ast.Expr, word string) error {
	sel := field.AsSelect()
	if l.scope.Values == nil || sel.Operand().Kind() != ast.IdentKind {
		return nil
	}
	values := l.scope.Values(l.typeOf(sel.Operand()).Object, sel.FieldName())
	if values == nil || slices.Contains(values, word) {
		return nil
	}
	return fmt.Errorf("%s is never %q; it is one of %s", sel.FieldName(), word, strings.Join(values, ", "))
}

// in: an element against a literal list of texts or numbers, or a field that is a list of texts.
func (l *lowering) in(x, list ast.Expr) (boolFn, error) {
	if list.Kind() != ast.ListKind {
		a, err := l.text(x)
		if err != nil {
			return nil, err
		}
		get, err := l.field(list)
		if err != nil {
			return nil, err
		}
		return func(env *Env) day.Truth {
			p, ok := a(env)
			v := get(env)
			if !ok || v == nil {
				return day.Unknown
			}
			return truth(contains(v, p))
		}, nil
	}
	if list, ok := words(list); ok && x.Kind() == ast.SelectKind && l.typeOf(x) == Text {
		for _, el := range list {
			if err := l.holds(x, el); err != nil {
				return nil, err
			}
		}
		get, err := l.field(x)
		return oneOf(get, list), err
	}
	any := func(*Env) day.Truth { return day.No }
	for _, el := range list.AsList().Elements() {
		if el.Kind() != ast.LiteralKind {
			return nil, fmt.Errorf("the list after `in` may hold only literals")
		}
		eq, err := l.compare(operators.Equals, x, el)
		if err != nil {
			return nil, err
		}
		prev := any
		any = func(env *Env) day.Truth {
			if t := prev(env); t != day.No {
				return t
			}
			return eq(env)
		}
	}
	if len(list.AsList().Elements()) == 0 {
		return nil, fmt.Errorf("the list after `in` is empty")
	}
	return any, nil
}

func contains(v *fact.Value, text string) bool {
	if v.Kind != fact.List {
		return v.Kind == fact.Text && v.Text == text
	}
	for i := range v.List {
		if v.List[i].Text == text {
			return true
		}
	}
	return false
}

func (l *lowering) moments(name string, args []ast.Expr) (boolFn, error) {
	a, err := l.when(args[0])
	if err != nil {
		return nil, err
	}
	if name == "sure" {
		return func(env *Env) day.Truth {
			m, ok := a(env)
			if !ok {
				return day.Unknown
			}
			return day.Sure(m)
		}, nil
	}
	b, err := l.when(args[1])
	if err != nil {
		return nil, err
	}
	test := func(_ *Env, x, y day.Moment) day.Truth { return day.Before(x, y) }
	switch name {
	case "after":
		test = func(_ *Env, x, y day.Moment) day.Truth { return day.Before(y, x) }
	case "within":
		if args[2].Kind() != ast.LiteralKind {
			return l.withinPolicy(a, b, args[2])
		}
		d, err := day.ParseDuration(string(args[2].AsLiteral().(types.String)))
		if err != nil {
			return nil, err
		}
		test = func(env *Env, x, y day.Moment) day.Truth { return Within(env.Calendar, x, y, d) }
	}
	return func(env *Env) day.Truth {
		x, ok := a(env)
		if !ok {
			return day.Unknown
		}
		y, ok := b(env)
		if !ok {
			return day.Unknown
		}
		return test(env, x, y)
	}, nil
}

// withinPolicy is within(a, b, policy.NAME): the length is what is then in force.
func (l *lowering) withinPolicy(a, b whenFn, length ast.Expr) (boolFn, error) {
	if length.Kind() != ast.SelectKind || length.AsSelect().Operand().Kind() != ast.IdentKind || length.AsSelect().Operand().AsIdent() != "policy" {
		return nil, fmt.Errorf("the third part of within must be a length such as 72 hours, or policy.NAME")
	}
	words, err := l.text(length)
	if err != nil {
		return nil, err
	}
	return func(env *Env) day.Truth {
		x, okX := a(env)
		y, okY := b(env)
		s, okS := words(env)
		if !okX || !okY || !okS {
			return day.Unknown
		}
		d, err := day.ParseDuration(s)
		if err != nil {
			return day.Unknown
		}
		return Within(env.Calendar, x, y, d)
	}, nil
}

// Within tells whether y came at most d after x, and not surely before it.
func Within(c *day.Calendar, x, y day.Moment, d day.Duration) day.Truth {
	switch {
	case day.Before(y, x) == day.Yes, y.Lo > c.Due(x.Hi, d):
		return day.No
	case y.Hi <= c.Due(x.Lo, d):
		return day.Yes
	}
	return day.Unknown
}

func (l *lowering) seen(arg ast.Expr) (boolFn, error) {
	l.seenAsked = true
	if l.scope.Kinds == nil {
		return nil, fmt.Errorf("seen cannot be asked here")
	}
	els := []ast.Expr{arg}
	if arg.Kind() == ast.ListKind {
		els = arg.AsList().Elements()
	}
	var kinds []int
	for _, el := range els {
		if el.Kind() != ast.LiteralKind {
			return nil, fmt.Errorf("seen takes the name of a kind or tag in quotes")
		}
		name := string(el.AsLiteral().(types.String))
		ks, ok := l.scope.Kinds(name)
		if !ok {
			return nil, fmt.Errorf("seen names %q, which is neither a kind nor a tag of the pack", name)
		}
		kinds = append(kinds, ks...)
	}
	return func(env *Env) day.Truth {
		if env.State == nil {
			return day.Unknown
		}
		return truth(env.State.Seen(env.Owner, env.Pos, kinds))
	}, nil
}

// quantifier lowers all and exists over a list of parties; the macro's shape is fixed by CEL.
func (l *lowering) quantifier(e ast.Expr) (boolFn, error) {
	c := e.AsComprehension()
	step := c.LoopStep()
	if step.Kind() != ast.CallKind {
		return nil, refused(e)
	}
	if len(l.vars) == deepest {
		return nil, fmt.Errorf("it costs too much: at most %d of all and exists inside one another", deepest)
	}
	all := step.AsCall().FunctionName() == operators.LogicalAnd
	if l.typeOf(c.IterRange()) == Texts {
		return l.overTexts(c, all)
	}
	over, err := l.parties(c.IterRange())
	if err != nil {
		return nil, err
	}
	slot := len(l.vars)
	l.vars = append(l.vars, c.IterVar())
	pred, err := l.bool(step.AsCall().Args()[1])
	l.vars = l.vars[:slot]
	if err != nil {
		return nil, err
	}
	return func(env *Env) day.Truth {
		result := truth(all)
		if env.State == nil {
			return result
		}
		saved := env.vars[slot]
		for _, q := range env.State.Cast(over) {
			if !env.State.On(q, env.Pos) {
				continue
			}
			env.vars[slot] = q
			if all {
				result = result.And(pred(env))
			} else {
				result = result.Or(pred(env))
			}
		}
		env.vars[slot] = saved
		return result
	}, nil
}

// overTexts lowers all and exists over a field that is a list of texts.
func (l *lowering) overTexts(c ast.ComprehensionExpr, all bool) (boolFn, error) {
	list, err := l.field(c.IterRange())
	if err != nil {
		return nil, err
	}
	slot := len(l.vars)
	l.vars = append(l.vars, c.IterVar())
	pred, err := l.bool(c.LoopStep().AsCall().Args()[1])
	l.vars = l.vars[:slot]
	if err != nil {
		return nil, err
	}
	return func(env *Env) day.Truth {
		v := list(env)
		if v == nil || v.Kind != fact.List {
			return day.Unknown
		}
		result := truth(all)
		saved := env.words[slot]
		for i := range v.List {
			env.words[slot] = v.List[i].Text
			if all {
				result = result.And(pred(env))
			} else {
				result = result.Or(pred(env))
			}
		}
		env.words[slot] = saved
		return result
	}, nil
}

// parties gives the number of the role in parties.ROLE.
func (l *lowering) parties(e ast.Expr) (role int, err error) {
	if e.Kind() != ast.SelectKind || e.AsSelect().Operand().Kind() != ast.IdentKind || e.AsSelect().Operand().AsIdent() != "parties" {
		return 0, fmt.Errorf("all, exists and size take parties.ROLE")
	}
	if l.scope.Asked != nil {
		l.scope.Asked(e.AsSelect().FieldName())
	}
	return l.scope.Names.Number(e.AsSelect().FieldName()), nil
}

func (l *lowering) num(e ast.Expr) (numFn, error) {
	switch e.Kind() {
	case ast.LiteralKind:
		n := float64(e.AsLiteral().(types.Double))
		return func(*Env) (float64, bool) { return n, true }, nil
	case ast.SelectKind, ast.IdentKind:
		get, err := l.field(e)
		if err != nil {
			return nil, err
		}
		return func(env *Env) (float64, bool) {
			v := get(env)
			if v == nil || v.Kind != fact.Number {
				return 0, false
			}
			return v.Num, true
		}, nil
	case ast.CallKind:
		return l.numCall(e)
	}
	return nil, refused(e)
}

func (l *lowering) numCall(e ast.Expr) (numFn, error) {
	c := e.AsCall()
	if c.FunctionName() == "size" {
		return l.size(c.Args()[0])
	}
	var f []numFn
	args := c.Args()
	var cond boolFn
	if c.FunctionName() == operators.Conditional {
		var err error
		if cond, err = l.bool(args[0]); err != nil {
			return nil, err
		}
		args = args[1:]
	}
	for _, a := range args {
		n, err := l.num(a)
		if err != nil {
			return nil, err
		}
		f = append(f, n)
	}
	switch c.FunctionName() {
	case operators.Conditional:
		return chosen(cond, f[0], f[1]), nil
	case operators.Negate:
		return func(env *Env) (float64, bool) { x, ok := f[0](env); return -x, ok }, nil
	case operators.Add, operators.Subtract:
		sign := 1.0
		if c.FunctionName() == operators.Subtract {
			sign = -1
		}
		return func(env *Env) (float64, bool) {
			x, ok := f[0](env)
			if !ok {
				return 0, false
			}
			y, ok := f[1](env)
			return x + sign*y, ok
		}, nil
	}
	return nil, refused(e)
}

func (l *lowering) size(arg ast.Expr) (numFn, error) {
	if l.typeOf(arg).Object != "" {
		over, err := l.parties(arg)
		if err != nil {
			return nil, err
		}
		return func(env *Env) (float64, bool) {
			n := 0.0
			if env.State != nil {
				for _, q := range env.State.Cast(over) {
					if env.State.On(q, env.Pos) {
						n++
					}
				}
			}
			return n, true
		}, nil
	}
	get, err := l.field(arg)
	if err != nil {
		return nil, err
	}
	return func(env *Env) (float64, bool) {
		v := get(env)
		if v == nil {
			return 0, false
		}
		if v.Kind != fact.List {
			return 1, true
		}
		return float64(len(v.List)), true
	}, nil
}

func chosen[T any](cond boolFn, a, b func(*Env) (T, bool)) func(*Env) (T, bool) {
	return func(env *Env) (T, bool) {
		switch cond(env) {
		case day.Yes:
			return a(env)
		case day.No:
			return b(env)
		}
		var zero T
		return zero, false
	}
}

func (l *lowering) text(e ast.Expr) (textFn, error) {
	switch e.Kind() {
	case ast.LiteralKind:
		s, ok := e.AsLiteral().(types.String)
		if !ok {
			return nil, refused(e)
		}
		return func(*Env) (string, bool) { return string(s), true }, nil
	case ast.SelectKind, ast.IdentKind:
		if slot := l.slotOf(e); slot >= 0 {
			return func(env *Env) (string, bool) { return env.words[slot], true }, nil
		}
		get, err := l.field(e)
		if err != nil {
			return nil, err
		}
		return func(env *Env) (string, bool) {
			v := get(env)
			if v == nil || v.Kind != fact.Text {
				return "", false
			}
			return v.Text, true
		}, nil
	case ast.CallKind:
		c := e.AsCall()
		if c.FunctionName() != operators.Conditional {
			return nil, refused(e)
		}
		return choice(l, c.Args(), l.text)
	}
	return nil, refused(e)
}

// slotOf is the place of a word that all or exists has reached; -1 for anything else.
func (l *lowering) slotOf(e ast.Expr) int {
	if e.Kind() != ast.IdentKind {
		return -1
	}
	for slot := len(l.vars) - 1; slot >= 0; slot-- {
		if l.vars[slot] == e.AsIdent() {
			return slot
		}
	}
	return -1
}

// choice lowers cond ? a : b for any type.
func choice[T any, F ~func(*Env) (T, bool)](l *lowering, args []ast.Expr, sub func(ast.Expr) (F, error)) (F, error) {
	cond, err := l.bool(args[0])
	if err != nil {
		return nil, err
	}
	a, err := sub(args[1])
	if err != nil {
		return nil, err
	}
	b, err := sub(args[2])
	if err != nil {
		return nil, err
	}
	return F(chosen(cond, a, b)), nil
}

func (l *lowering) date(e ast.Expr) (dateFn, error) {
	if e.Kind() == ast.CallKind {
		c := e.AsCall()
		switch c.FunctionName() {
		case operators.Conditional:
			return choice(l, c.Args(), l.date)
		case "date":
			if c.Args()[0].Kind() != ast.LiteralKind {
				return nil, fmt.Errorf("date takes a day in quotes: date('2013-12-10')")
			}
			d, err := parseDate(string(c.Args()[0].AsLiteral().(types.String)))
			if err != nil {
				return nil, err
			}
			return func(*Env) (day.Date, bool) { return d, true }, nil
		}
		return nil, refused(e)
	}
	get, err := l.field(e)
	if err != nil {
		return nil, err
	}
	return func(env *Env) (day.Date, bool) {
		v := get(env)
		if v == nil || v.Kind != fact.Date {
			return 0, false
		}
		return v.Day, true
	}, nil
}

func (l *lowering) when(e ast.Expr) (whenFn, error) {
	if l.typeOf(e) == Date {
		d, err := l.date(e)
		if err != nil {
			return nil, err
		}
		return func(env *Env) (day.Moment, bool) {
			x, ok := d(env)
			if !ok {
				return day.Moment{}, false
			}
			return env.Calendar.Day(x), true
		}, nil
	}
	if e.Kind() == ast.CallKind {
		c := e.AsCall()
		if c.FunctionName() != operators.Conditional {
			return nil, refused(e)
		}
		return choice(l, c.Args(), l.when)
	}
	get, err := l.field(e)
	if err != nil {
		return nil, err
	}
	return func(env *Env) (day.Moment, bool) {
		v := get(env)
		if v == nil || v.Kind != fact.Moment {
			return day.Moment{}, false
		}
		return v.When, true
	}, nil
}

// field lowers object.name, or `it`.
func (l *lowering) field(e ast.Expr) (ptrFn, error) {
	if e.Kind() == ast.IdentKind && e.AsIdent() == "it" {
		return func(env *Env) *fact.Value { return env.It }, nil
	}
	if e.Kind() != ast.SelectKind || e.AsSelect().Operand().Kind() != ast.IdentKind {
		return nil, refused(e)
	}
	v, name := e.AsSelect().Operand().AsIdent(), e.AsSelect().FieldName()
	n := l.scope.Names.Number(name)
	l.uses = append(l.uses, Use{Var: v, Object: l.typeOf(e.AsSelect().Operand()).Object, Field: name})
	for slot := len(l.vars) - 1; slot >= 0; slot-- {
		if l.vars[slot] == v {
			return func(env *Env) *fact.Value { return env.State.Register(env.vars[slot], env.Pos, n) }, nil
		}
	}
	switch v {
	case "this":
		return func(env *Env) *fact.Value {
			if env.This == nil {
				return nil
			}
			return env.This.Get(n)
		}, nil
	case "that":
		return func(env *Env) *fact.Value { return get(env.That, n) }, nil
	case "policy":
		return stated(func(env *Env) *fact.Value { return env.State.Policy(env.Pos, n) }), nil
	case "was":
		return stated(func(env *Env) *fact.Value {
			if env.Owner >= 0 {
				if v := env.State.Register(env.Owner, env.Was, n); v != nil {
					return v
				}
			}
			return env.State.Register(-1, env.Was, n)
		}), nil
	case "case":
		return stated(func(env *Env) *fact.Value { return env.State.Register(-1, env.Pos, n) }), nil
	case "key", "person", "unit", "body": // of a standard for a person, unit or body the key is that
		return stated(func(env *Env) *fact.Value { return env.State.Register(env.Owner, env.Pos, n) }), nil
	}
	return nil, fmt.Errorf("%s is not known here", v)
}

func get(o Object, name int) *fact.Value {
	if o == nil {
		return nil
	}
	return o.Get(name)
}

// stated asks only where there is a state to ask.
func stated(ask ptrFn) ptrFn {
	return func(env *Env) *fact.Value {
		if env.State == nil {
			return nil
		}
		return ask(env)
	}
}

func (l *lowering) value(e ast.Expr, t Type) (func(*Env) (fact.Value, bool), error) {
	switch t {
	case Bool:
		f, err := l.bool(e)
		return func(env *Env) (fact.Value, bool) {
			b := f(env)
			return fact.Value{Kind: fact.Bool, Bool: b == day.Yes}, b != day.Unknown
		}, err
	case Number:
		f, err := l.num(e)
		return func(env *Env) (fact.Value, bool) { n, ok := f(env); return fact.Value{Kind: fact.Number, Num: n}, ok }, err
	case Date:
		f, err := l.date(e)
		return func(env *Env) (fact.Value, bool) { d, ok := f(env); return fact.Value{Kind: fact.Date, Day: d}, ok }, err
	case Moment:
		f, err := l.when(e)
		return func(env *Env) (fact.Value, bool) {
			m, ok := f(env)
			return fact.Value{Kind: fact.Moment, When: m}, ok
		}, err
	case Text:
		f, err := l.text(e)
		return func(env *Env) (fact.Value, bool) {
			s, ok := f(env)
			return fact.Value{Kind: fact.Text, Text: s}, ok
		}, err
	}
	if t.List && t.Object == "" {
		get, err := l.field(e)
		return func(env *Env) (fact.Value, bool) {
			v := get(env)
			if v == nil {
				return fact.Value{}, false
			}
			return *v, true
		}, err
	}
	return nil, refused(e)
}
