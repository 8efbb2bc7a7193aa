package expr

import (
	"fmt"
	"regexp"
	"sort"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"candour/internal/day"
	"candour/internal/fact"
)

var (
	momentType = types.NewOpaqueType("candour.moment")
	dateType   = types.NewOpaqueType("candour.date")
)

// provider tells the CEL checker the fields of the scope's objects.
type provider struct {
	*types.Registry
	scope *Scope
}

func (p provider) FindStructType(name string) (*types.Type, bool) {
	if _, ok := p.scope.Objects[name]; ok {
		return types.NewTypeTypeWithParam(types.NewObjectType(name)), true
	}
	return nil, false
}

func (p provider) FindStructFieldNames(name string) ([]string, bool) {
	fields, ok := p.scope.Objects[name]
	if !ok {
		return nil, false
	}
	var names []string
	for f := range fields {
		names = append(names, f)
	}
	sort.Strings(names)
	return names, true
}

func (p provider) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	t, ok := p.scope.Objects[name][field]
	if !ok {
		return nil, false
	}
	return &types.FieldType{Type: celType(t)}, true
}

func (p provider) NewValue(string, map[string]ref.Val) ref.Val {
	return types.NewErr("objects cannot be made in a condition")
}

func celType(t Type) *types.Type {
	var base *types.Type
	switch {
	case t.Object != "":
		base = types.NewObjectType(t.Object)
	case t.Kind == fact.Bool:
		base = types.BoolType
	case t.Kind == fact.Number:
		base = types.DoubleType
	case t.Kind == fact.Date:
		base = dateType
	case t.Kind == fact.Moment:
		base = momentType
	default:
		base = types.StringType
	}
	if t.List {
		return types.NewListType(base)
	}
	return base
}

func fromCEL(t *types.Type) Type {
	switch t.Kind() {
	case types.BoolKind:
		return Bool
	case types.DoubleKind:
		return Number
	case types.ListKind:
		elem := fromCEL(t.Parameters()[0])
		elem.List = true
		return elem
	case types.StructKind:
		return Type{Object: t.TypeName()}
	case types.OpaqueKind:
		if t.TypeName() == dateType.TypeName() {
			return Date
		}
		return Moment
	}
	return Text
}

// environment declares the whole subset: what is not here is refused by the checker.
func environment(s *Scope) (*cel.Env, error) {
	reg, err := types.NewRegistry()
	if err != nil {
		return nil, err
	}
	p := provider{reg, s}
	opts := []cel.EnvOption{
		cel.CustomTypeProvider(p), cel.CustomTypeAdapter(reg),
		cel.Macros(cel.HasMacro, cel.AllMacro, cel.ExistsMacro),
	}
	opts = append(opts, declarations()...)
	var names []string
	for name := range s.Vars {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		opts = append(opts, cel.Variable(name, celType(s.Vars[name])))
	}
	return cel.NewCustomEnv(opts...)
}

func declarations() []cel.EnvOption {
	b, d, s := types.BoolType, types.DoubleType, types.StringType
	a := types.NewTypeParamType("A")
	list := types.NewListType(a)
	over := func(id string, result *types.Type, args ...*types.Type) cel.FunctionOpt {
		return cel.Overload(id, args, result)
	}
	opts := []cel.EnvOption{
		cel.Function(operators.LogicalAnd, over("logical_and", b, b, b)),
		cel.Function(operators.LogicalOr, over("logical_or", b, b, b)),
		cel.Function(operators.LogicalNot, over("logical_not", b, b)),
		cel.Function(operators.NotStrictlyFalse, over("not_strictly_false", b, b)),
		cel.Function(operators.Conditional, over("conditional", a, b, a, a)),
		cel.Function(operators.In, over("in_list", b, a, list)),
		cel.Function(operators.Add, over("add_double", d, d, d)),
		cel.Function(operators.Subtract, over("subtract_double", d, d, d)),
		cel.Function(operators.Negate, over("negate_double", d, d)),
		cel.Function("size", over("size_list_double", d, list)),
		cel.Function("date", over("date_string", dateType, s)),
		cel.Function("sure", over("sure_moment", b, momentType)),
		cel.Function("seen", over("seen_string", b, s), over("seen_list", b, types.NewListType(s))),
	}
	for _, op := range []string{operators.Equals, operators.NotEquals} {
		opts = append(opts, cel.Function(op,
			over(op+"_bool", b, b, b), over(op+"_double", b, d, d),
			over(op+"_string", b, s, s), over(op+"_date", b, dateType, dateType)))
	}
	for _, op := range []string{operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals} {
		opts = append(opts, cel.Function(op, over(op+"_double", b, d, d), over(op+"_date", b, dateType, dateType)))
	}
	both := []*types.Type{momentType, dateType}
	var before, after, within []cel.FunctionOpt
	for _, x := range both {
		for _, y := range both {
			id := x.TypeName() + "_" + y.TypeName()
			before = append(before, over("before_"+id, b, x, y))
			after = append(after, over("after_"+id, b, x, y))
			within = append(within, over("within_"+id, b, x, y, s))
		}
	}
	return append(opts, cel.Function("before", before...), cel.Function("after", after...), cel.Function("within", within...))
}

var durationLiteral = regexp.MustCompile(`^\d+\s+(working\s+days?|minutes?|hours?|days?|weeks?|months?|years?)(\s+beginning with the (day after|next working day|day))?\b`)

// quoteDurations writes `72 hours` as '72 hours' outside strings, so that a
// duration can stand in a condition as it stands in a standard.
func quoteDurations(src string) string {
	var b strings.Builder
	var quote byte
	word := false
	for i := 0; i < len(src); i++ {
		c := src[i]
		switch {
		case quote != 0:
			if c == '\\' && i+1 < len(src) {
				b.WriteByte(c)
				i++
				c = src[i]
			} else if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c >= '0' && c <= '9' && !word:
			if m := durationLiteral.FindString(src[i:]); m != "" {
				b.WriteString("'" + m + "'")
				i += len(m) - 1
				continue
			}
		}
		word = c == '_' || c == '.' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		b.WriteByte(c)
	}
	return b.String()
}

// check parses and type-checks; whole numbers become doubles before checking.
func check(src string, s *Scope) (*ast.AST, error) {
	if len(src) > 4000 {
		return nil, fmt.Errorf("condition of %d characters: at most 4000; split the standard", len(src))
	}
	env, err := environment(s)
	if err != nil {
		return nil, err
	}
	parsed, iss := env.Parse(quoteDurations(src))
	if iss.Err() != nil {
		return nil, fmt.Errorf("condition %q: %s", src, brief(iss))
	}
	fac := ast.NewExprFactory()
	ast.PostOrderVisit(parsed.NativeRep().Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() == ast.LiteralKind {
			if n, ok := e.AsLiteral().(types.Int); ok {
				e.SetKindCase(fac.NewLiteral(e.ID(), types.Double(n)))
			}
		}
	}))
	checked, iss := env.Check(parsed)
	if iss.Err() != nil {
		return nil, fmt.Errorf("condition %q: %s", src, brief(iss))
	}
	return checked.NativeRep(), nil
}

// brief puts the checker's complaints on one line, in our words where we have them.
func brief(iss *cel.Issues) string {
	var all []string
	for _, e := range iss.Errors() {
		msg := ours(e.Message)
		switch {
		case strings.Contains(msg, "no matching overload") && strings.Contains(e.Message, "candour.moment"):
			msg += " (moments have no operators: use before, after or within)"
		case strings.Contains(msg, "outside the subset"):
		case strings.Contains(msg, "undeclared reference"), strings.Contains(msg, "undefined field"):
			msg += " (not declared for this trigger, or outside the subset of conditions)"
		}
		all = append(all, fmt.Sprintf("column %d: %s", e.Location.Column()+1, msg))
	}
	return strings.Join(all, "; ")
}

// ours puts the library's words for operators and types into ours.
func ours(msg string) string {
	if op := operator.FindStringSubmatch(msg); op != nil && strings.Contains(msg, "undeclared reference") {
		return "the operator " + op[1] + " is outside the subset of conditions"
	}
	if strings.Contains(msg, "'<EOF>'") {
		return "it ends too early"
	}
	return strings.NewReplacer("candour.moment", "moment", "candour.date", "date", "double", "number", "string", "text", "bool", "yes/no", "list(", "list of (",
		"_==_", "==", "_!=_", "!=", "_<_", "<", "_<=_", "<=", "_>_", ">", "_>=_", ">=", "_&&_", "&&", "_||_", "||", "!_", "!", "@in", "in", "_+_", "+", "_-_", "-", "_?_:_", "?:").Replace(msg)
}

var operator = regexp.MustCompile(`'_(\S+?)_'`)

// Compile checks and lowers a condition.
func Compile(src string, s *Scope) (*Condition, error) {
	a, err := check(src, s)
	if err != nil {
		return nil, err
	}
	if t := fromCEL(a.GetType(a.Expr().ID())); t != Bool {
		return nil, fmt.Errorf("condition %q: it must be true or false", src)
	}
	l := lowering{ast: a, scope: s}
	run, err := l.bool(a.Expr())
	if err != nil {
		return nil, fmt.Errorf("condition %q: %w", src, err)
	}
	return &Condition{Source: src, run: run, Uses: l.uses, Roles: l.roles, Seen: l.seenAsked}, nil
}

// CompileValue checks and lowers an expression of any type a value can have.
func CompileValue(src string, s *Scope) (*Value, error) {
	a, err := check(src, s)
	if err != nil {
		return nil, err
	}
	l := lowering{ast: a, scope: s}
	t := fromCEL(a.GetType(a.Expr().ID()))
	run, err := l.value(a.Expr(), t)
	if err != nil {
		return nil, fmt.Errorf("condition %q: %w", src, err)
	}
	return &Value{Source: src, Type: t, run: run, Uses: l.uses, Roles: l.roles, Seen: l.seenAsked}, nil
}

func parseDate(s string) (day.Date, error) { return day.ParseDate(s) }
