// Package expr reads the conditions of standards and registers: a listed
// subset of CEL, checked by the CEL library and lowered to Go closures that
// allocate nothing.
//
// The subset (standards.md, Conditions): literals, && || !, comparisons, + -,
// in, ?:, has, all, exists, size, and the functions before, after, within,
// sure, date, seen. Everything else is refused when the pack is loaded; there
// is no silent fallback.
//
// UNKNOWN is CEL's error for a missing field or a comparison that cannot tell;
// && and || absorb it as CEL says. All numbers are doubles. Moments are
// intervals and have no operators; dates are exact days and compare.
package expr

import (
	"slices"

	"candour/internal/day"
	"candour/internal/fact"
)

// Object is anything with named values: a fact, a case, a party, the policy.
// Get returns nil when the value is absent, which makes a condition UNKNOWN.
// The name is a number given by Names.
type Object interface {
	Get(name int) *fact.Value
}

// State answers for a case, its parties and its policy at any position in the
// case's history. Owners are numbers: -1 is the case, others its parties.
// Nothing is copied to ask it, so that a condition allocates nothing.
type State interface {
	// Register is a register, or what is built in, as at the position; nil when absent.
	Register(owner, pos, name int) *fact.Value
	// Policy is the value in force for the body at the position.
	Policy(pos, name int) *fact.Value
	// Cast lists the parties of a role in the order they were stated; On tells
	// which of them are on the case at the position.
	Cast(role int) []int
	On(owner, pos int) bool
	// Seen tells whether a fact of one of the kinds that concerns the owner
	// stands before the position.
	Seen(owner, pos int, kinds []int) bool
}

// Env is what a condition sees (standards.md, section 1, top). Case, key and
// parties are as just after position Pos, was as just after position Was.
type Env struct {
	This, That Object
	It         *fact.Value
	State      State
	Pos, Was   int
	Owner      int
	Calendar   *day.Calendar
	vars       [deepest]int
	words      [deepest]string // what all and exists over a list of texts have reached
}

// Names numbers the names of fields, registers and roles.
type Names struct {
	byName map[string]int
	list   []string
}

// The numbers of what every fact, finding, tick, case and party may have
// besides the names that a pack gives.
const (
	NameID = iota
	NameKind
	NameHappened
	NameRecorded
	NameBy
	NameFor
	NameAbout
	NameSource
	NamePeriod
	NameStandard
	NameFinding
	NameDue
	NameKey
	NameCase
	NameGroup
	NameRegime
	NameBody
	NameRole
	NamePerson
)

var builtin = []string{"id", "kind", "happened", "recorded", "by", "for", "about", "source", "period", "standard", "finding", "due",
	"key", "case", "group", "regime", "body", "role", "person"}

// NewNames returns a numbering that knows the names that are built in.
func NewNames() *Names {
	n := &Names{byName: map[string]int{}}
	for _, name := range builtin {
		n.Number(name)
	}
	return n
}

// Number returns the name's number, giving it one if need be.
func (n *Names) Number(name string) int {
	if i, ok := n.byName[name]; ok {
		return i
	}
	i := len(n.list)
	n.byName[name] = i
	n.list = append(n.list, name)
	return i
}

// Lookup returns the name's number if it has one.
func (n *Names) Lookup(name string) (int, bool) {
	i, ok := n.byName[name]
	return i, ok
}

// Len is how many names there are; numbers run from 0.
func (n *Names) Len() int { return len(n.list) }

// Name returns the name with the number.
func (n *Names) Name(i int) string { return n.list[i] }

// Type is the type of a value in a condition.
type Type struct {
	Kind fact.ValueKind
	// Object, for a value that is an object: its name in the scope's objects.
	Object string
	List   bool
}

// The simple types.
var (
	Bool   = Type{Kind: fact.Bool}
	Number = Type{Kind: fact.Number}
	Text   = Type{Kind: fact.Text}
	Date   = Type{Kind: fact.Date}
	Moment = Type{Kind: fact.Moment}
	Texts  = Type{Kind: fact.Text, List: true}
)

// Scope declares what an expression may name.
type Scope struct {
	Names *Names
	// Vars: this, that, case, key, was, policy, parties, it.
	Vars map[string]Type
	// Objects: fields of each object type.
	Objects map[string]map[string]Type
	// Kinds resolves a kind or tag named in seen(); nil refuses seen.
	Kinds func(name string) ([]int, bool)
	// Asked is told of each role whose parties an expression goes through; nil if nobody asks.
	Asked func(role string)
	// Values lists what a field of an object can hold, if it is one of a list; nil else.
	Values func(object, field string) []string
	// Silent tells whether a name of this or that does not say what its absence
	// means; nil where nobody asks. Object is a name in Objects.
	Silent func(object, field string) bool
}

// Condition is a lowered boolean expression.
type Condition struct {
	Source string
	run    boolFn
	Uses   Uses
	Roles  []string // the roles whose parties it goes through
	Seen   bool     // it asks which facts were seen
}

// OfState tells whether what the condition says for one trigger changes only with
// registers, and with who is on the case: it asks neither which facts were seen nor
// for policy, which changes with time.
func (c *Condition) OfState() bool {
	return !c.Seen && !slices.ContainsFunc(c.Uses, func(u Use) bool { return u.Var == "policy" })
}

// OfTrigger tells whether the condition reads the trigger.
func (c *Condition) OfTrigger() bool {
	return slices.ContainsFunc(c.Uses, func(u Use) bool { return u.Var == "this" || u.Var == "that" })
}

// Eval returns yes, no or unknown.
func (c *Condition) Eval(e *Env) day.Truth { return c.run(e) }

// Value is a lowered expression of any type.
type Value struct {
	Source string
	Type   Type
	run    func(*Env) (fact.Value, bool)
	Uses   Uses
	Roles  []string // the roles whose parties it goes through
	Seen   bool     // it asks which facts were seen
}

// Eval returns the value, or false when it is UNKNOWN.
func (v *Value) Eval(e *Env) (fact.Value, bool) { return v.run(e) }

// Uses lists what an expression reads: object variable and field.
type Uses []Use

// SilentIn lists the fields that are read, and not first asked for by has(), whose
// absence has no declared meaning.
func (s *Scope) SilentIn(uses Uses) []Use {
	var out []Use
	for _, u := range uses {
		guarded := slices.ContainsFunc(uses, func(v Use) bool { return v.Has && v.Var == u.Var && v.Field == u.Field })
		if s.Silent != nil && !guarded && s.Silent(u.Object, u.Field) && !slices.Contains(out, u) {
			out = append(out, u)
		}
	}
	return out
}

// Use is one field read, as in this.conditions; Has when only asked for by has().
type Use struct {
	Var, Object, Field string
	Has                bool
}
