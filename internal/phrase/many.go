package phrase

import (
	"fmt"
	"slices"
	"strings"

	"candour/internal/expr"
)

// few is how many values a sentence lists; of more it says the first ones.
const few, shown = 5, 4

// values lists what something may be. Spellings of one word count once, and a long
// list ends with "or the like": Lists gives it whole.
func (r *reader) values(what string, list []*expr.Tree, word string) (string, error) {
	var all, once []string
	seen := map[string]bool{}
	texts := true
	for _, a := range list {
		w, err := r.thing(a)
		if err != nil {
			return "", err
		}
		if a.Op == "text" {
			all = append(all, quoted(a.Text))
		} else {
			texts = false
			all = append(all, w)
		}
		if bare := strings.ToLower(strings.NewReplacer(" ", "", "-", "", "_", "").Replace(w)); !seen[bare] {
			seen[bare] = true
			once = append(once, w)
		}
	}
	if (len(once) < len(all) || len(once) > few && texts) && r.b.cut != nil {
		full := what + ": " + Join(all, "or")
		if !slices.Contains(*r.b.cut, full) {
			*r.b.cut = append(*r.b.cut, full)
		}
	}
	if len(once) <= few || !texts {
		return Join(once, word), nil
	}
	return strings.Join(apart(once), ", ") + " " + word + " the like", nil
}

// apart takes the first few words that are not forms of another, and no bare codes.
func apart(words []string) []string {
	var out []string
	for _, w := range words {
		if len(out) < shown && len(w) > 2 && !slices.ContainsFunc(out, func(o string) bool { return stem(w) == stem(o) }) {
			out = append(out, w)
		}
	}
	return out
}

func stem(w string) string {
	if len(w) > 6 {
		return strings.ToLower(w[:6])
	}
	return strings.ToLower(strings.TrimSuffix(w, "s"))
}

// includes reads of a list of texts that it has one of some values, or has none.
func (r *reader) includes(list *expr.Tree, values []*expr.Tree, so bool) (string, error) {
	what, err := r.listed(list)
	if err != nil {
		return "", err
	}
	w, err := r.values(what, values, word(so))
	switch {
	case so:
		return what + " includes " + w, err
	case strings.Contains(w, " nor "):
		return what + " includes neither " + w, err
	}
	return what + " does not include " + w, err
}

// listed is what a list of texts is called.
func (r *reader) listed(list *expr.Tree) (string, error) {
	if list.Op == "field" && list.Name == "about" && fact(list.Args[0]) {
		owner, _ := r.owner(list.Args[0])
		return "what " + owner + " is about", nil
	}
	return r.thing(list)
}

// quantified reads all and exists, over parties or over a list of texts.
func (r *reader) quantified(t *expr.Tree, so bool) (string, error) {
	list := t.Args[0]
	if list.Op != "field" {
		return "", errCode
	}
	if list.Args[0].Op == "name" && list.Args[0].Name == "parties" {
		return r.parties(t, so)
	}
	each := item{t.Args[1], true}.bare()
	var values []*expr.Tree
	switch {
	case each.t.Args == nil || each.t.Args[0].Op != "name" || each.t.Args[0].Name != t.Name:
	case each.t.Op == "in" && each.t.Args[1].Op == "list":
		values = each.t.Args[1].Args
	case each.t.Op == "==":
		values = each.t.Args[1:]
	}
	switch {
	case values != nil && t.Op == "exists" && each.so:
		return r.includes(list, values, so)
	case values != nil && t.Op == "all" && !each.so:
		return r.includes(list, values, !so)
	}
	what, err := r.listed(list)
	if err != nil {
		return "", err
	}
	body, err := r.inside(t.Name, "that one", "").truth(t.Args[1], true)
	r.said = ""
	if t.Op == "all" {
		return map[bool]string{true: "", false: "not "}[so] + "of each of " + what + " it is so that " + body, err
	}
	return "of " + map[bool]string{true: "one", false: "none"}[so] + " of " + what + " it is so that " + body, err
}

// persons are the roles of people, of whom one says who and their.
var persons = []string{"victim", "suspect", "witness", "child", "officer", "reporter", "parent-or-carer", "parent", "carer", "person",
	"appropriate-adult", "intermediary", "isva", "family", "sibling", "oic"}

// who joins a role to what is said of it.
func who(role string) string {
	if slices.Contains(persons, role) {
		return " who "
	}
	return " that "
}

// their is the pronoun of an owner.
func (r *reader) their(owner string) string {
	for _, p := range persons {
		if role := r.b.Role(p); owner == "the "+role || owner == "that "+role {
			return "their "
		}
	}
	return "its "
}

// parties reads all and exists over the parties of a role.
func (r *reader) parties(t *expr.Tree, so bool) (string, error) {
	role, id := r.b.Role(t.Args[0].Name), t.Args[0].Name
	subject := "that " + role
	in := r.inside(t.Name, subject, id)
	r.said = ""
	if w, ok, err := in.aboutOne(t, so); ok {
		return w, err
	}
	body, err := in.truth(t.Args[1], true)
	if err != nil {
		return "", err
	}
	rest, short := in.rest(body, subject)
	some := map[bool]string{true: "some ", false: "no "}[so]
	switch {
	case short && predicate(rest) && t.Op == "all" && so:
		return "every " + role + " " + rest, nil
	case short && predicate(rest) && t.Op == "exists" && !strings.Contains(rest, " and "):
		return some + role + " " + rest, nil
	case t.Op == "all":
		return map[bool]string{true: "", false: "not "}[so] + fmt.Sprintf("of every %s it is so that %s", role, body), nil
	case strings.HasPrefix(body, subject+" "):
		return "there is " + some + role + who(id) + strings.ReplaceAll(strings.TrimPrefix(body, subject+" "), " and "+subject+" ", " and"+who(id)), nil
	}
	return "there is " + some + role + " of whom it is so that " + body, nil
}

// rest is what is said of the subject, and of nothing else.
func (r *reader) rest(body, subject string) (string, bool) {
	rest, ok := strings.CutPrefix(body, subject+" ")
	return rest, ok && !strings.Contains(rest, subject) && !strings.Contains(rest, " or the ") && !strings.Contains(rest, "either ")
}

// aboutOne reads parties.suspect.exists(s, s.id in this.about && ...): it is about a
// suspect who ...
func (r *reader) aboutOne(t *expr.Tree, so bool) (string, bool, error) {
	if t.Op != "exists" {
		return "", false, nil
	}
	role := t.Args[0].Name
	owner := ""
	var others []item
	body := item{t.Args[1], true}.bare()
	parts := []item{body}
	if body.word() == "and" {
		parts = body.parts()
	}
	for _, p := range parts {
		if p.so && p.t.Op == "in" && name(p.t.Args[0]) == t.Name+".id" && p.t.Args[1].Op == "field" && p.t.Args[1].Name == "about" {
			o, ok := r.owner(p.t.Args[1].Args[0])
			if !ok {
				return "", false, nil
			}
			owner = o
			continue
		}
		others = append(others, p)
	}
	if owner == "" {
		return "", false, nil
	}
	article := map[bool]string{true: "a ", false: "no "}[so]
	if so && strings.ContainsAny(r.b.Role(role)[:1], "aeiou") {
		article = "an "
	}
	w := owner + " is about " + article + r.b.Role(role)
	if len(others) == 0 {
		return w, true, nil
	}
	words, _, err := r.all(others)
	if err != nil {
		return "", true, err
	}
	rest, ok := r.rest(words, "that "+r.b.Role(role))
	return w + who(role) + rest, ok, nil
}
