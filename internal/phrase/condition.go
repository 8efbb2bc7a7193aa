package phrase

import (
	"errors"
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
	b    *Book
	key  string // what key is called
	this string // what this and that are called
	that string
	vars map[string]string // of all and exists: the variable and the role
	said string
}

func (b *Book) about(s *pack.Standard) *reader {
	r := &reader{b: b, key: "party", this: "the opening fact", that: "the fact looked for", vars: map[string]string{}}
	switch {
	case s == nil:
	case s.For != "":
		r.key = s.For
	default:
		r.key = b.Role(s.Per)
	}
	return r
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
	switch t.Op {
	case "&&", "||":
		return r.joined(t, so)
	case "!":
		return r.truth(t.Args[0], !so)
	case "bool":
		return map[bool]string{true: "always", false: "never"}[t.Bool == so], nil
	case "==", "!=", "<", "<=", ">", ">=":
		return r.compared(t, so)
	case "in":
		return r.among(t, so)
	case "has":
		what, err := r.thing(&expr.Tree{Op: "field", Name: t.Name, Args: t.Args})
		return what + is(so) + "recorded", err
	case "all", "exists":
		return r.quantified(t, so)
	case "call":
		return r.called(t, so)
	case "field":
		return r.yes(t, so)
	}
	return "", errCode
}

// joined reads && and ||; what is not so of both is so of one.
func (r *reader) joined(t *expr.Tree, so bool) (string, error) {
	op := t.Op
	word := "and"
	if (op == "&&") != so {
		word = "or"
	}
	var parts []string
	for _, a := range flat(t, op) {
		w, err := r.truth(a, so)
		if err != nil {
			return "", err
		}
		if mixed := inner(a, so); mixed != "" && mixed != word {
			w = "(" + w + ")"
		}
		parts = append(parts, w)
		if word == "or" {
			r.said = "" // it might be either's
		}
	}
	if word == "or" && len(parts) == 2 {
		return "either " + parts[0] + " or " + parts[1], nil
	}
	return Join(parts, word), nil
}

// inner is the word that joins the parts of a, "" if nothing does.
func inner(t *expr.Tree, so bool) string {
	for t.Op == "!" {
		t, so = t.Args[0], !so
	}
	switch {
	case t.Op != "&&" && t.Op != "||":
		return ""
	case (t.Op == "&&") == so:
		return "and"
	}
	return "or"
}

func flat(t *expr.Tree, op string) []*expr.Tree {
	if t.Op != op {
		return []*expr.Tree{t}
	}
	return append(flat(t.Args[0], op), flat(t.Args[1], op)...)
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
	left, err := r.thing(t.Args[0])
	if err != nil {
		return "", err
	}
	if right := t.Args[1]; right.Op == "text" && right.Text == "" {
		return left + map[string]string{"==": " is left empty", "!=": " is given"}[op], nil
	}
	right, err := r.thing(t.Args[1])
	if err != nil {
		return "", err
	}
	word := map[string]string{"==": "is", "!=": "is not", "<": "is less than", "<=": "is at most", ">": "is more than", ">=": "is at least"}[op]
	if t.Args[1].Op == "call" { // of dates
		word = map[string]string{"==": "is", "!=": "is not", "<": "is before", "<=": "is on or before", ">": "is after", ">=": "is on or after"}[op]
	}
	return left + " " + word + " " + right, nil
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
	var parts []string
	for _, a := range t.Args[1].Args {
		w, err := r.thing(a)
		if err != nil {
			return "", err
		}
		parts = append(parts, w)
	}
	if so {
		return left + " is " + Join(parts, "or"), nil
	}
	if len(parts) == 1 {
		return left + " is not " + parts[0], nil
	}
	return left + " is neither " + Join(parts, "nor"), nil
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

func (r *reader) quantified(t *expr.Tree, so bool) (string, error) {
	list := t.Args[0]
	if list.Op != "field" || list.Args[0].Op != "name" || list.Args[0].Name != "parties" {
		return "", errCode
	}
	role := r.b.Role(list.Name)
	inside := &reader{b: r.b, key: r.key, this: r.this, that: r.that, vars: map[string]string{t.Name: "that " + role}}
	body, err := inside.truth(t.Args[1], true)
	if err != nil {
		return "", err
	}
	r.said = ""
	every, subject := "of every "+role+" it is so that ", "that "+role
	if rest, ok := strings.CutPrefix(body, subject+" is "); ok && !strings.Contains(rest, subject) && !strings.Contains(rest, " or ") {
		switch {
		case t.Op == "all" && so:
			return "every " + role + " is " + rest, nil
		case t.Op == "exists":
			return map[bool]string{true: "some ", false: "no "}[so] + role + " is " + rest, nil
		}
	}
	switch {
	case t.Op == "all" && so:
		return every + body, nil
	case t.Op == "all":
		return "not " + every + body, nil
	}
	return "there is " + map[bool]string{true: "some ", false: "no "}[so] + role + " such that " + body, nil
}

func (r *reader) called(t *expr.Tree, so bool) (string, error) {
	if t.Name == "seen" {
		return r.seen(t.Args[0], so)
	}
	var args []string
	for _, a := range t.Args {
		w, err := r.thing(a)
		if err != nil {
			return "", err
		}
		args = append(args, w)
	}
	switch t.Name {
	case "before":
		return args[0] + is(so) + "before " + args[1], nil
	case "after":
		return args[0] + is(so) + "after " + args[1], nil
	case "within":
		return args[1] + is(so) + "within " + args[2] + " after " + args[0], nil
	case "sure":
		return args[0] + is(so) + "known exactly", nil
	}
	return "", errCode
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
	if t.Args[0].Op == "name" && (t.Args[0].Name == "this" || t.Args[0].Name == "that") {
		return "the answer to " + quoted(strings.Trim(r.label(t), "“”")) + " is " + map[bool]string{true: "yes", false: "no"}[so], nil
	}
	r.said = owner
	label := r.label(t)
	for _, verb := range []string{"is ", "has ", "was "} {
		if rest, ok := strings.CutPrefix(label, verb); ok {
			if !so {
				verb = strings.TrimSpace(verb) + " not "
			}
			return was + owner + " " + verb + rest, nil
		}
	}
	if adjective.MatchString(t.Name) && label == Plain(t.Name) {
		return was + owner + is(so) + label, nil
	}
	return was + owner + is(so) + "marked " + quoted(strings.Trim(label, "“”")), nil
}
