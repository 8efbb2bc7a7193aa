package expr

import (
	"fmt"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"

	"candour/internal/day"
	"candour/internal/fact"
)

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
	l.roles = append(l.roles, e.AsSelect().FieldName())
	if l.scope.Asked != nil {
		l.scope.Asked(e.AsSelect().FieldName())
	}
	return l.scope.Names.Number(e.AsSelect().FieldName()), nil
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
