package expr

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"

	"candour/internal/day"
	"candour/internal/fact"
)

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
