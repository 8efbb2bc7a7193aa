package expr

import (
	"fmt"

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
	roles     []string // whose parties are gone through
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
