package expr

import (
	"fmt"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// Tree is an expression as it was written, for those who read it and do not run
// it: who puts it in words, or compares two of them.
type Tree struct {
	// Op is text, number, bool, list, name, field, has, call, all or exists; or an
	// operator as it is written: && || ! == != < <= > >= in + - ?:
	Op string
	// Name is the name, the field, the function, or the variable of all and exists.
	Name   string
	Text   string
	Number float64
	Bool   bool
	// Args are the operands; of field and has the object, of all and exists the
	// list and the condition.
	Args []*Tree
}

// reading parses and checks nothing: it is made once.
var reading = sync.OnceValues(func() (*cel.Env, error) {
	return cel.NewCustomEnv(cel.Macros(cel.HasMacro, cel.AllMacro, cel.ExistsMacro), cel.EnableMacroCallTracking())
})

// Parse reads an expression that was compiled before. It does not see whether
// its names are declared.
func Parse(src string) (*Tree, error) {
	env, err := reading()
	if err != nil {
		return nil, err
	}
	parsed, iss := env.Parse(quoteDurations(src))
	if iss.Err() != nil {
		return nil, fmt.Errorf("condition %q: %s", src, brief(iss))
	}
	a := parsed.NativeRep()
	return treeOf(a.Expr(), a.SourceInfo())
}

var written = map[string]string{
	operators.LogicalAnd: "&&", operators.LogicalOr: "||", operators.LogicalNot: "!", operators.Equals: "==", operators.NotEquals: "!=",
	operators.Less: "<", operators.LessEquals: "<=", operators.Greater: ">", operators.GreaterEquals: ">=", operators.In: "in",
	operators.Add: "+", operators.Subtract: "-", operators.Negate: "-", operators.Conditional: "?:",
}

func treeOf(e ast.Expr, info *ast.SourceInfo) (*Tree, error) {
	if call, ok := info.GetMacroCall(e.ID()); ok {
		return macro(call.AsCall(), info)
	}
	switch e.Kind() {
	case ast.LiteralKind:
		return literal(e)
	case ast.IdentKind:
		return &Tree{Op: "name", Name: e.AsIdent()}, nil
	case ast.SelectKind:
		s := e.AsSelect()
		return node("field", s.FieldName(), info, s.Operand())
	case ast.ListKind:
		return node("list", "", info, e.AsList().Elements()...)
	case ast.CallKind:
		c := e.AsCall()
		args := c.Args()
		if c.IsMemberFunction() {
			args = append([]ast.Expr{c.Target()}, args...)
		}
		if op, ok := written[c.FunctionName()]; ok {
			return node(op, "", info, args...)
		}
		return node("call", c.FunctionName(), info, args...)
	}
	return nil, refused(e)
}

// macro reads has(x.f), list.all(v, condition) and list.exists(v, condition).
func macro(c ast.CallExpr, info *ast.SourceInfo) (*Tree, error) {
	if c.FunctionName() == operators.Has {
		s := c.Args()[0].AsSelect()
		return node("has", s.FieldName(), info, s.Operand())
	}
	return node(c.FunctionName(), c.Args()[0].AsIdent(), info, c.Target(), c.Args()[1])
}

func node(op, name string, info *ast.SourceInfo, args ...ast.Expr) (*Tree, error) {
	t := &Tree{Op: op, Name: name}
	for _, a := range args {
		sub, err := treeOf(a, info)
		if err != nil {
			return nil, err
		}
		t.Args = append(t.Args, sub)
	}
	return t, nil
}

func literal(e ast.Expr) (*Tree, error) {
	switch v := e.AsLiteral().(type) {
	case types.String:
		return &Tree{Op: "text", Text: string(v)}, nil
	case types.Bool:
		return &Tree{Op: "bool", Bool: bool(v)}, nil
	case types.Int:
		return &Tree{Op: "number", Number: float64(v)}, nil
	case types.Double:
		return &Tree{Op: "number", Number: float64(v)}, nil
	}
	return nil, refused(e)
}
