package phrase

import (
	"errors"
	"maps"
	"regexp"
	"strings"

	"candour/internal/expr"
	"candour/internal/pack"
)

// Condition puts a condition of the standard in words. Without a standard, key is
// called the party.
func (b *Book) Condition(src string, s *pack.Standard) string { return b.about(s).source(src) }

// reader reads one expression; said is the owner spoken of last, which can then
// be called it.
type reader struct {
	b      *Book
	key    string // what key is called
	role   string // the role of key
	this   string // what this and that are called
	that   string
	vars   map[string]string // of all and exists: the variable, and what it is called
	roles  map[string]string // and its role
	given  map[string]string // fields that were just spoken of: that officer
	differ map[string]bool   // fields known to be recorded, of which two are compared
	said   string
}

func (b *Book) about(s *pack.Standard) *reader {
	r := &reader{b: b, key: "party", this: "the opening fact", that: "the fact looked for",
		vars: map[string]string{}, roles: map[string]string{}, given: map[string]string{}, differ: map[string]bool{}}
	switch {
	case s == nil:
	case s.For != "":
		r.key, r.role = s.For, s.For
	default:
		r.key, r.role = b.Role(s.Per), s.Per
	}
	return r
}

// inside reads what all and exists ask of each; its party is called by name.
func (r *reader) inside(name, words, role string) *reader {
	in := *r
	in.vars, in.roles = maps.Clone(r.vars), maps.Clone(r.roles)
	in.vars[name], in.roles[name], in.said = words, role, ""
	return &in
}

// errCode says that there are no words for a part.
var errCode = errors.New("no words")

// source gives the words, or the code itself.
func (r *reader) source(src string) string {
	t, err := expr.Parse(src)
	if err != nil {
		return code(src)
	}
	words, err := r.truth(t, true)
	if err != nil {
		return code(src)
	}
	return words
}

// value gives the words of a value, or the code itself.
func (r *reader) value(src string) string {
	t, err := expr.Parse(src)
	if err != nil {
		return code(src)
	}
	words, err := r.thing(t)
	if err != nil {
		return code(src)
	}
	return words
}

// Value puts a value in words: what a register is set to, when time begins.
func (b *Book) Value(src string) string { return b.about(nil).value(src) }

// truth puts in words that t is so, or is not.
func (r *reader) truth(t *expr.Tree, so bool) (string, error) {
	w, _, err := r.part(item{t, so}.bare())
	return w, err
}

// part also tells the shape of the words, by which they can be joined to others.
func (r *reader) part(i item) (string, shape, error) {
	t, so := i.t, i.so
	switch t.Op {
	case "&&", "||":
		return r.joined(i)
	case "?:":
		return r.either(i)
	}
	w, err := r.plain(t, so)
	return w, simple, err
}

func (r *reader) plain(t *expr.Tree, so bool) (string, error) {
	switch t.Op {
	case "bool":
		return map[bool]string{true: "always", false: "never"}[t.Bool == so], nil
	case "==", "!=", "<", "<=", ">", ">=":
		return r.compared(t, so)
	case "in":
		return r.among(t, so)
	case "has":
		return r.recorded(t, so)
	case "all", "exists":
		return r.quantified(t, so)
	case "call":
		return r.called(t, so)
	case "field":
		return r.yes(t, so)
	}
	return "", errCode
}

func is(so bool) string {
	if so {
		return " is "
	}
	return " is not "
}

var opposite = map[string]string{"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}

func (r *reader) compared(t *expr.Tree, so bool) (string, error) {
	op := t.Op
	if !so {
		op = opposite[op]
	}
	if w, ok := r.nobody(t, op); ok {
		return w, nil
	}
	if w, ok := r.aged(t, op); ok {
		return w, nil
	}
	if w, ok, err := r.wrote(t, op); ok {
		return w, err
	}
	left, err := r.thing(t.Args[0])
	if err != nil {
		return "", err
	}
	if right := t.Args[1]; right.Op == "text" && right.Text == "" {
		return left + map[string]string{"==": " is left empty", "!=": " is given"}[op], nil
	}
	right, err := r.right(t)
	if err != nil {
		return "", err
	}
	word := map[string]string{"==": "is", "!=": "is not", "<": "is less than", "<=": "is at most", ">": "is more than", ">=": "is at least"}[op]
	if t.Args[1].Op == "call" { // of dates
		word = map[string]string{"==": "is", "!=": "is not", "<": "is before", "<=": "is on or before", ">": "is after", ">=": "is on or after"}[op]
	}
	if op == "!=" && r.differ[name(t.Args[0])] && r.differ[name(t.Args[1])] {
		word = "differs from"
	}
	return left + " " + word + " " + right, nil
}

// right is what something is held against: of the same field of another owner, that of it.
func (r *reader) right(t *expr.Tree) (string, error) {
	a, b := t.Args[0], t.Args[1]
	if a.Op == "field" && b.Op == "field" && a.Name == b.Name && b.Name != "id" && r.given[name(b)] == "" {
		if owner, ok := r.owner(b.Args[0]); ok {
			return "that of " + owner, nil
		}
	}
	return r.thing(b)
}

// aged reads key.age < 18.
func (r *reader) aged(t *expr.Tree, op string) (string, bool) {
	f, n := t.Args[0], t.Args[1]
	if f.Op != "field" || f.Name != "age" || n.Op != "number" || !r.party(f.Args[0]) {
		return "", false
	}
	owner, _ := r.owner(f.Args[0])
	r.said = owner
	years := number(n.Number)
	return owner + " is " + map[string]string{"<": "under " + years, ">=": years + " or over", ">": "over " + years,
		"<=": years + " or under", "==": "aged " + years, "!=": "not aged " + years}[op], true
}

// party tells whether the name is that of a party, and not of a fact or the case.
func (r *reader) party(t *expr.Tree) bool {
	return t.Op == "name" && (t.Name == "key" || r.vars[t.Name] != "")
}

// wrote reads that.by == X: who recorded it.
func (r *reader) wrote(t *expr.Tree, op string) (string, bool, error) {
	by := t.Args[0]
	if by.Op != "field" || by.Name != "by" || op != "==" && op != "!=" || t.Args[1].Op == "text" {
		return "", false, nil
	}
	what, ok := r.owner(by.Args[0])
	if !ok {
		return "", false, nil
	}
	who, err := r.thing(t.Args[1])
	if op == "!=" {
		who = "someone other than " + who
	}
	return who + " recorded " + what, true, err
}

// nobody reads size(that.about) == 0: the fact names no one.
func (r *reader) nobody(t *expr.Tree, op string) (string, bool) {
	size, zero := t.Args[0], t.Args[1]
	if size.Op != "call" || size.Name != "size" || zero.Op != "number" || zero.Number != 0 || op != "==" && op != "!=" && op != ">" {
		return "", false
	}
	f := size.Args[0]
	if f.Op != "field" || f.Name != "about" {
		return "", false
	}
	owner, ok := r.owner(f.Args[0])
	return owner + map[bool]string{true: " names nobody", false: " names somebody"}[op == "=="], ok
}

func (r *reader) among(t *expr.Tree, so bool) (string, error) {
	if t.Args[1].Op != "list" {
		return r.names(t, so)
	}
	left, err := r.thing(t.Args[0])
	if err != nil {
		return "", err
	}
	values, err := r.values(left, t.Args[1].Args, word(so))
	if so {
		return left + " is " + values, err
	}
	if !strings.Contains(values, " nor ") {
		return left + " is not " + values, err
	}
	return left + " is neither " + values, err
}

func word(so bool) string {
	if so {
		return "or"
	}
	return "nor"
}

// names reads `key.id in this.about`: that a fact names someone.
func (r *reader) names(t *expr.Tree, so bool) (string, error) {
	who, list := t.Args[0], t.Args[1]
	if list.Op != "field" {
		return "", errCode
	}
	owner, ok := r.owner(list.Args[0])
	if !ok {
		return "", errCode
	}
	if who.Op == "text" {
		return r.includes(list, []*expr.Tree{who}, so)
	}
	verb := map[bool]string{true: " names ", false: " does not name "}[so]
	if list.Name == "about" {
		verb = map[bool]string{true: " is about ", false: " is not about "}[so]
	}
	if who.Op == "field" && who.Name == "id" {
		if name, ok := r.owner(who.Args[0]); ok {
			return owner + verb + name, nil
		}
	}
	w, err := r.thing(who)
	return owner + verb + w, err
}

func (r *reader) seen(t *expr.Tree, so bool) (string, error) {
	list := []*expr.Tree{t}
	if t.Op == "list" {
		list = t.Args
	}
	var parts []string
	for _, a := range list {
		parts = append(parts, r.b.Kind(a.Text))
	}
	return Join(parts, "or") + map[bool]string{true: " came earlier", false: " did not come earlier"}[so], nil
}

// said of a yes or no without a label of its own.
var adjective = regexp.MustCompile(`^(open|vulnerable|urgent|positive|[a-z]+ed|[a-z]+en|(on|in|at|under)_.*|not_.*)$`)

// verbs begin the label of a yes or no.
var verbs = []string{"is ", "has ", "was "}

func verb(label string) string {
	for _, v := range verbs {
		if strings.HasPrefix(label, v) {
			return v
		}
	}
	return ""
}

// yes reads a field or register that is itself a yes or a no.
func (r *reader) yes(t *expr.Tree, so bool) (string, error) {
	owner, ok := r.owner(t.Args[0])
	if !ok {
		return "", errCode
	}
	was := ""
	if t.Args[0].Op == "name" && t.Args[0].Name == "was" {
		was = "before that, "
	}
	label := r.label(t)
	v := verb(label)
	if v == "" && fact(t.Args[0]) {
		return r.answer(t) + " is " + map[bool]string{true: "yes", false: "no"}[so], nil
	}
	r.said = owner
	if v != "" {
		rest := strings.TrimPrefix(label, v)
		if !so {
			v = strings.TrimSpace(v) + " not "
			if v == "has not " && (strings.HasPrefix(rest, "a ") || strings.HasPrefix(rest, "an ")) {
				v = "does not have "
			}
		}
		return was + owner + " " + v + rest, nil
	}
	if adjective.MatchString(t.Name) && label == Plain(t.Name) {
		return was + owner + is(so) + label, nil
	}
	return was + owner + is(so) + "marked " + quoted(strings.Trim(label, "“”")), nil
}

// fact tells whether the name is that of a fact.
func fact(t *expr.Tree) bool { return t.Op == "name" && (t.Name == "this" || t.Name == "that") }

func (r *reader) answer(t *expr.Tree) string {
	return "the answer to " + quoted(strings.Trim(r.label(t), "“”"))
}

// recorded reads has(x.f).
func (r *reader) recorded(t *expr.Tree, so bool) (string, error) {
	f := &expr.Tree{Op: "field", Name: t.Name, Args: t.Args}
	if name(f) == "case.oic" {
		return map[bool]string{true: "there is an ", false: "there is no "}[so] + r.b.Role("oic"), nil
	}
	if r.boolean(f) {
		if fact(f.Args[0]) {
			return r.answer(f) + is(so) + "recorded", nil
		}
		what, err := r.plain(f, true)
		return "it" + is(so) + "recorded whether " + what, err
	}
	what, err := r.thing(f)
	return what + is(so) + "recorded", err
}
