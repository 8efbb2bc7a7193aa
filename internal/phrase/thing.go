package phrase

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"candour/internal/day"
	"candour/internal/expr"
	"candour/internal/pack"
)

// spaced finds the joints of a word that people write apart: very-high.
var spaced = regexp.MustCompile(`([a-z])[-_]([a-z])`)

// thing puts a value in words: the case's risk grade, 10 December 2013.
func (r *reader) thing(t *expr.Tree) (string, error) {
	switch t.Op {
	case "text":
		if t.Text == "" {
			return "empty", nil
		}
		return spaced.ReplaceAllString(t.Text, "$1 $2"), nil
	case "number":
		return number(t.Number), nil
	case "bool":
		return map[bool]string{true: "yes", false: "no"}[t.Bool], nil
	case "field":
		return r.field(t)
	case "+", "-":
		return r.sum(t)
	case "?:":
		return r.choice(t)
	case "name":
		if t.Name == "it" {
			return "what it was", nil
		}
		if owner, ok := r.owner(t); ok {
			return owner, nil
		}
	case "call":
		return r.function(t)
	case "!", "&&", "||", "==", "!=", "<", "<=", ">", ">=", "in", "has", "all", "exists":
		w, err := r.truth(t, true)
		return "whether " + w, err
	}
	return "", errCode
}

func (r *reader) sum(t *expr.Tree) (string, error) {
	a, err := r.thing(t.Args[0])
	if err != nil || len(t.Args) == 1 {
		return "minus " + a, err
	}
	b, err := r.thing(t.Args[1])
	return a + map[string]string{"+": " plus ", "-": " less "}[t.Op] + b, err
}

func (r *reader) choice(t *expr.Tree) (string, error) {
	when, err := r.truth(t.Args[0], true)
	if err != nil {
		return "", err
	}
	a, err := r.thing(t.Args[1])
	if err != nil {
		return "", err
	}
	b, err := r.thing(t.Args[2])
	return a + " if " + when + ", else " + b, err
}

func (r *reader) function(t *expr.Tree) (string, error) {
	if t.Name == "date" && len(t.Args) == 1 && t.Args[0].Op == "text" {
		d, err := day.ParseDate(t.Args[0].Text)
		if err != nil {
			return "", errCode
		}
		return Date(d), nil
	}
	if t.Name == "size" && len(t.Args) == 1 {
		w, err := r.thing(t.Args[0])
		return "the number of " + w, err
	}
	return "", errCode
}

// Date writes 10 December 2013.
func Date(d day.Date) string {
	long := d.Long()
	for i := range long {
		if long[i] == ' ' {
			return long[i+1:]
		}
	}
	return long
}

// built says what every fact has besides its own fields.
var built = map[string]string{
	"by": "the person who recorded %s", "for": "the body that %s was recorded for", "happened": "the moment when %s happened",
	"recorded": "the moment when %s was entered", "about": "whom %s is about", "source": "the feed that %s came from", "id": "%s",
	"kind": "the kind of %s",
}

// field reads this.grade, case.risk_grade, policy.caseload.
func (r *reader) field(t *expr.Tree) (string, error) {
	of := t.Args[0]
	if of.Op == "name" && of.Name == "policy" {
		return r.b.Policy(t.Name), nil
	}
	owner, ok := r.owner(of)
	if !ok {
		return "", errCode
	}
	if of.Name == "this" || of.Name == "that" {
		if words, ok := built[t.Name]; ok && !r.declared(t.Name) {
			r.said = ""
			return strings.Replace(words, "%s", owner, 1), nil
		}
	}
	if t.Name == "id" {
		return owner, nil
	}
	if w := r.given[name(t)]; w != "" {
		r.said = ""
		return w, nil
	}
	if t.Name == "oic" && of.Name == "case" {
		r.said = ""
		return "the " + r.b.Role("oic"), nil
	}
	label := r.label(t)
	if verb(label) != "" {
		w, err := r.yes(t, true)
		return "whether " + w, err
	}
	if owner == "it" || r.said == owner && r.this != "it" && r.that != "it" {
		return r.their(owner) + label, nil
	}
	r.said = owner
	if of.Name == "was" {
		return "the " + label + " of " + owner + " before", nil
	}
	return "the " + label + " of " + owner, nil
}

// declared tells that some kind has a field of the name, so that it is not the one
// every fact has.
func (r *reader) declared(name string) bool {
	if name != "kind" {
		return false
	}
	for _, k := range r.b.p.Kinds {
		for _, f := range k.Fields {
			if f.Name == name {
				return true
			}
		}
	}
	return false
}

// owner is whom a name means.
func (r *reader) owner(t *expr.Tree) (string, bool) {
	if t.Op != "name" {
		return "", false
	}
	switch t.Name {
	case "this":
		return r.this, true
	case "that":
		return r.that, true
	case "case":
		return "the case", true
	case "key", "was":
		return "the " + r.key, true
	case "person", "unit", "body":
		return "the " + t.Name, true
	}
	if role, ok := r.vars[t.Name]; ok {
		return role, true
	}
	return "", false
}

// label is what a field or register is called: its label, or its name.
func (r *reader) label(t *expr.Tree) string {
	if reg := r.register(t); reg != nil && reg.Label != "" {
		return lowerFirst(reg.Label)
	}
	if fact(t.Args[0]) {
		for _, k := range r.b.p.Kinds {
			for _, f := range k.Fields {
				if f.Name == t.Name && f.Label != "" {
					return lowerFirst(f.Label)
				}
			}
		}
	}
	if i := strings.LastIndex(t.Name, "_"); slices.Contains([]string{"due", "to", "at", "on", "by", "from", "of", "for"}, t.Name[i+1:]) {
		return quoted(Plain(t.Name)) // `the offence to of` is no English
	}
	return Plain(t.Name)
}

// register is the one that a field of the case or of a party reads; nil if none does.
func (r *reader) register(t *expr.Tree) *pack.Register {
	of := t.Args[0]
	if of.Op != "name" || fact(of) {
		return nil
	}
	role := r.roles[of.Name]
	switch of.Name {
	case "case":
		role = "case"
	case "key", "was":
		role = r.role
	case "person", "unit", "body":
		role = of.Name
	}
	roles := []string{role}
	if role == "" { // nobody said whose: the first that has it
		roles = slices.Sorted(maps.Keys(r.b.p.Registers))
	}
	for _, role := range roles {
		for _, reg := range r.b.p.Registers[role] {
			if reg.ID == t.Name {
				return reg
			}
		}
	}
	return nil
}

// typed is the type of a field or register; the zero type if nothing declares it.
func (r *reader) typed(t *expr.Tree) expr.Type {
	if !fact(t.Args[0]) {
		if reg := r.register(t); reg != nil {
			return reg.Type
		}
		return expr.Type{}
	}
	for _, k := range r.b.p.Kinds {
		for _, f := range k.Fields {
			if f.Name == t.Name {
				return f.Type
			}
		}
	}
	return expr.Type{}
}

// boolean tells whether a field or register is a yes or a no.
func (r *reader) boolean(t *expr.Tree) bool { return r.typed(t) == expr.Bool }

// Policy is what a policy value is called, with its usual size.
func (b *Book) Policy(name string) string {
	pol := b.p.Policies[name]
	switch {
	case pol == nil:
		return quoted(Plain(name))
	case pol.Default != nil:
		return pol.Default.String() + " (policy value " + quoted(Plain(name)) + ")"
	}
	return number(pol.Number) + " (policy value " + quoted(Plain(name)) + ")"
}
