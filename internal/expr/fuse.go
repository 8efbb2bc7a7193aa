package expr

import (
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"candour/internal/day"
	"candour/internal/fact"
)

// The commonest conditions compare one field with a literal. They are lowered to
// one closure that reads the field once, instead of a tree of closures.

// fused lowers field OP literal; nil if the condition has another shape.
func (l *lowering) fused(op string, x, y ast.Expr) (boolFn, error) {
	if x.Kind() == ast.LiteralKind {
		x, y, op = y, x, mirrored[op]
	}
	if x.Kind() != ast.SelectKind || x.AsSelect().IsTestOnly() {
		return nil, nil
	}
	switch l.typeOf(x) {
	case Number:
		if lit, ok := numeral(y); ok {
			get, err := l.field(x)
			return numberTest(op, get, lit), err
		}
	case Text:
		if lit, ok := word(y); ok {
			get, err := l.field(x)
			return textTest(op == operators.Equals, get, lit), err
		}
	case Date:
		if lit, ok := literalDate(y); ok {
			get, err := l.field(x)
			return dateTest(op, get, lit), err
		}
	}
	return nil, nil
}

var mirrored = map[string]string{
	operators.Less: operators.Greater, operators.LessEquals: operators.GreaterEquals, operators.Greater: operators.Less,
	operators.GreaterEquals: operators.LessEquals, operators.Equals: operators.Equals, operators.NotEquals: operators.NotEquals,
}

func numeral(e ast.Expr) (float64, bool) {
	if e.Kind() != ast.LiteralKind {
		return 0, false
	}
	n, ok := e.AsLiteral().(types.Double)
	return float64(n), ok
}

func word(e ast.Expr) (string, bool) {
	if e.Kind() != ast.LiteralKind {
		return "", false
	}
	s, ok := e.AsLiteral().(types.String)
	return string(s), ok
}

// literalDate is the day of date('2013-12-10').
func literalDate(e ast.Expr) (day.Date, bool) {
	if e.Kind() != ast.CallKind || e.AsCall().FunctionName() != "date" || len(e.AsCall().Args()) != 1 {
		return 0, false
	}
	s, ok := word(e.AsCall().Args()[0])
	if !ok {
		return 0, false
	}
	d, err := parseDate(s)
	return d, err == nil
}

func numberTest(op string, get ptrFn, lit float64) boolFn {
	read := func(env *Env) (float64, bool) {
		if v := get(env); v != nil && v.Kind == fact.Number {
			return v.Num, true
		}
		return 0, false
	}
	return against(op, read, lit)
}

func dateTest(op string, get ptrFn, lit day.Date) boolFn {
	read := func(env *Env) (day.Date, bool) {
		if v := get(env); v != nil && v.Kind == fact.Date {
			return v.Day, true
		}
		return 0, false
	}
	return against(op, read, lit)
}

func against[T float64 | day.Date](op string, read func(*Env) (T, bool), lit T) boolFn {
	switch op {
	case operators.Less:
		return func(env *Env) day.Truth { v, ok := read(env); return known(ok, v < lit) }
	case operators.LessEquals:
		return func(env *Env) day.Truth { v, ok := read(env); return known(ok, v <= lit) }
	case operators.Greater:
		return func(env *Env) day.Truth { v, ok := read(env); return known(ok, v > lit) }
	case operators.GreaterEquals:
		return func(env *Env) day.Truth { v, ok := read(env); return known(ok, v >= lit) }
	case operators.NotEquals:
		return func(env *Env) day.Truth { v, ok := read(env); return known(ok, v != lit) }
	}
	return func(env *Env) day.Truth { v, ok := read(env); return known(ok, v == lit) }
}

func known(ok, holds bool) day.Truth {
	if !ok {
		return day.Unknown
	}
	return truth(holds)
}

func textTest(want bool, get ptrFn, lit string) boolFn {
	return func(env *Env) day.Truth {
		v := get(env)
		if v == nil || v.Kind != fact.Text {
			return day.Unknown
		}
		return truth((v.Text == lit) == want)
	}
}

// oneOf lowers a field against a list of words.
func oneOf(get ptrFn, list []string) boolFn {
	return func(env *Env) day.Truth {
		v := get(env)
		if v == nil || v.Kind != fact.Text {
			return day.Unknown
		}
		for i := range list {
			if list[i] == v.Text {
				return day.Yes
			}
		}
		return day.No
	}
}

// words are the elements of a list of literal texts; false if it holds anything else.
func words(list ast.Expr) ([]string, bool) {
	var out []string
	for _, el := range list.AsList().Elements() {
		s, ok := word(el)
		if !ok {
			return nil, false
		}
		out = append(out, strings.Clone(s))
	}
	return out, len(out) > 0
}
