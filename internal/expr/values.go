package expr

import (
	"fmt"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"candour/internal/day"
	"candour/internal/fact"
)

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
		if l.typeOf(e) == Moment && e.Kind() != ast.CallKind {
			get, err := l.field(e)
			return func(env *Env) (fact.Value, bool) { // as it stands, without a copy of the moment
				v := get(env)
				if v == nil || v.Kind != fact.Moment {
					return fact.Value{}, false
				}
				return *v, true
			}, err
		}
		f, err := l.when(e)
		return func(env *Env) (fact.Value, bool) {
			m, ok := f(env)
			return fact.MomentOf(m), ok
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
