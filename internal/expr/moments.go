package expr

import (
	"fmt"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"candour/internal/day"
	"candour/internal/fact"
)

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
		return *v.When, true
	}, nil
}
