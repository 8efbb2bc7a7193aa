package phrase

import (
	"slices"
	"strings"

	"candour/internal/expr"
	core "candour/internal/fact"
	"candour/internal/pack"
)

// Part is one part of a sentence: what it answers, and the words.
type Part struct{ Name, Words string }

// Sentence is a standard in words, part by part.
type Sentence []Part

// String is the sentence as one paragraph.
func (s Sentence) String() string {
	var out []string
	for _, p := range s {
		out = append(out, upperFirst(p.Words)+".")
	}
	return strings.Join(out, " ")
}

// Part returns the words of the part with the name, or "".
func (s Sentence) Part(name string) string {
	for _, p := range s {
		if p.Name == name {
			return p.Words
		}
	}
	return ""
}

// teller puts one standard in words.
type teller struct {
	*Book
	s   *pack.Standard
	out Sentence
}

// Sentence puts the standard in words: when, for whom, what, proven how, by when,
// and what ends or repeats it.
func (b *Book) Sentence(s *pack.Standard) Sentence {
	t := &teller{Book: b, s: s}
	if s.Asks != nil {
		t.asks()
		return t.out
	}
	t.say("Rule", t.rule())
	t.clock()
	t.details()
	t.ends()
	t.raises()
	return t.out
}

// Lists gives in full the lists of values that the sentence cuts short, each with
// what may have those values.
func (b *Book) Lists(s *pack.Standard) []string {
	var out []string
	(&Book{p: b.p, cut: &out}).Sentence(s)
	return out
}

// Asked puts in words what the standard asks for, forbids or allows, without when
// and for whom; and in full the lists that those words cut short.
func (b *Book) Asked(s *pack.Standard) (words string, lists []string) {
	t := &teller{Book: &Book{p: b.p, cut: &lists}, s: s}
	words, _ = t.tree(s.Must)
	return strings.TrimSuffix(strings.TrimPrefix(words, "either "), ","), lists
}

// Leaf puts in words one of the things that the standard asks for.
func (b *Book) Leaf(s *pack.Standard, lf *pack.Leaf) string {
	return strings.TrimSuffix((&teller{Book: b, s: s}).leaf(lf), ",")
}

func (t *teller) say(name, words string) {
	if words != "" {
		t.out = append(t.out, Part{name, words})
	}
}

// asks tells the duty to supply a missing value.
func (t *teller) asks() {
	a := t.s.Asks
	within := "within " + t.s.Within.Words
	if a.Register != nil {
		f := &expr.Tree{Op: "field", Name: a.Register.ID, Args: []*expr.Tree{{Op: "name", Name: "key"}}}
		r := t.about(&pack.Standard{Per: a.Register.Of})
		if words, err := r.yes(f, true); r.boolean(f) && err == nil {
			t.say("Rule", "where nothing says whether "+words+", it must be recorded "+within)
			return
		}
		t.say("Rule", "where nothing says what "+t.registerName(a.Register)+" is, it must be recorded "+within)
		return
	}
	k := t.p.Kinds[a.Kind]
	f := k.Fields[a.Slot]
	label := f.Label
	if label == "" {
		label = Plain(f.Name)
	}
	t.say("Rule", "when "+t.Kind(k.ID)+" is recorded without "+quoted(label)+", it must be added "+within)
}

func (t *teller) registerName(r *pack.Register) string {
	return "the " + Plain(r.ID) + " of the " + t.Role(r.Of)
}

// rule is the main clause.
func (t *teller) rule() string {
	return t.when() + t.whom() + ", " + t.what()
}

func (t *teller) when() string {
	var parts []string
	for _, sel := range t.s.When {
		parts = append(parts, t.trigger(sel))
	}
	return strings.Join(parts, ", or ")
}

func (t *teller) trigger(sel pack.Selector) string {
	w := ""
	switch {
	case sel.Opened:
		w = "when the case is opened"
	case sel.Becomes != nil:
		return "as soon as " + t.Condition(sel.Becomes.Source, t.s)
	case sel.Every != nil:
		w = "at the end of every period of " + sel.Every.String()
		if sel.After != nil {
			w += " (the first: " + sel.After.String() + ")"
		}
		return w + " counted from " + t.value(sel.Clock)
	case sel.Finding != "":
		w = "when " + t.finding(sel.Finding)
	default:
		w = "when " + t.kinds(sel.Words) + " is recorded"
	}
	where := ""
	if sel.Where != nil {
		where = sel.Where.Source
	}
	if id, rest, ok := raisedBy(sel.Words, where); ok {
		w, where = "when the standard "+t.Standard(id)+" raises a finding", rest
	}
	if where != "" {
		w += " and" + clause(t.of(where, "it", "it"))
	}
	return w
}

// raisedBy takes apart a trigger on what is fed of one standard's findings: the
// standard, and what else is asked.
func raisedBy(kind, where string) (id, rest string, ok bool) {
	after, found := strings.CutPrefix(where, "this.standard == '")
	if kind != core.KindFindingRaised || !found {
		return "", "", false
	}
	id, rest, _ = strings.Cut(after, "'")
	if rest == "" {
		return id, "", true
	}
	rest, ok = strings.CutPrefix(rest, " && ")
	return id, rest, ok
}

// clause sets off words that begin with a condition of their own.
func clause(w string) string {
	if strings.HasPrefix(w, "if ") {
		return ", " + w
	}
	return " " + w
}

var findingKinds = map[string]string{
	"overdue": "a duty is overdue", "unproven": "a duty stands unproven when it is due", "gate": "a gate is passed in breach",
	"prohibited": "something forbidden is found", "contradiction": "a contradiction is found", "integrity": "an integrity finding is raised",
	"missing": "something is found missing", "not-recorded": "a value stays unrecorded", "upheld": "a finding is upheld",
}

func (t *teller) finding(name string) string {
	if w, ok := findingKinds[name]; ok {
		return w
	}
	return "the standard " + t.Standard(name) + " raises a finding"
}

// of puts a condition in words, calling this and that as given.
func (t *teller) of(src, this, that string) string {
	r := t.about(t.s)
	r.this, r.that = this, that
	return r.source(src)
}

func (t *teller) value(v *expr.Value) string {
	r := t.about(t.s)
	r.that = "it"
	return r.value(v.Source)
}

// whom says for which parties it opens.
func (t *teller) whom() string {
	s := t.s
	switch {
	case s.For != "":
		return ", for each " + s.For
	case s.Per == "case":
		return ""
	}
	roles := []string{t.Role(s.Per)}
	for _, r := range s.PerAlso {
		roles = append(roles, t.Role(r))
	}
	w := ", for each " + Join(roles, "or")
	if s.PerCase {
		w += " that it is about, or else for the case"
	}
	if s.PerIf != nil {
		cond := t.Condition(s.PerIf.Source, s)
		if rest, ok := t.about(s).rest(cond, "the "+t.Role(s.Per)); ok && predicate(rest) {
			if adj, ok := strings.CutPrefix(rest, "is marked "); ok && !strings.Contains(adj, " ") {
				return w + " marked " + adj
			}
			return w + who(s.Per) + rest
		}
		w += " where" + clause(cond)
	}
	return w
}

func (t *teller) what() string {
	s := t.s
	what, many := t.tree(s.Must)
	switch {
	case s.Modal == pack.MustNot && s.Raises != "prohibited":
		return t.raisedIf(what, many)
	case s.Modal == pack.MustNot:
		return t.forbidden(what, many)
	case s.Gate && s.Must.Leaf != nil && s.Must.Leaf.Holds != nil:
		return "it must be so at that moment that " + what
	}
	verb := " must be recorded" + t.due()
	if s.Modal == pack.May {
		verb = " may be recorded" + t.due()
	} else if s.Gate {
		verb = " must already be on record"
	}
	switch {
	case !many:
		return what + verb
	case s.Must.Any != nil:
		return "one of these" + verb + ": " + what
	}
	return "all of these" + verb + ": " + what
}

// raisedIf says what is found when it happens. Any one of several will do, in a
// prohibition too, whether they are written as any or as all.
func (t *teller) raisedIf(what string, many bool) string {
	w := "it is raised at once if "
	if t.s.Within != nil {
		w += "within " + t.Term(t.s.Within) + " "
	}
	if many {
		return w + "one of these is recorded: " + what
	}
	return w + what + " is recorded"
}

// forbidden says what must not be recorded, for ever or for a time.
func (t *teller) forbidden(what string, many bool) string {
	if leaf := t.s.Must.Leaf; leaf == nil || len(leaf.Kinds) > 1 {
		many = true
		what = strings.TrimPrefix(what, "either ")
	}
	switch within := t.s.Within; {
	case many && within == nil:
		return "none of these may ever be recorded: " + strings.TrimSuffix(what, ",")
	case many:
		return "none of these may be recorded within " + t.Term(within) + ": " + strings.TrimSuffix(what, ",")
	case within == nil:
		return what + " must never be recorded"
	default:
		return what + " must not be recorded within " + t.Term(within)
	}
}

// due says by when.
func (t *teller) due() string {
	switch s := t.s; {
	case s.Within != nil && s.Within.Words == "end of day":
		return " by the end of the same day"
	case s.Within != nil && s.Within.Words == "end of next day":
		return " by the end of the next day"
	case s.Within != nil && s.Within.Asap:
		return " " + t.Term(s.Within)
	case s.Within != nil:
		return " within " + t.Term(s.Within)
	case s.By != nil:
		return " by " + t.By(s)
	}
	return ""
}

// tree lists what is looked for; many tells that it is a list to be introduced.
func (t *teller) tree(n *pack.Tree) (words string, many bool) {
	if n.Leaf != nil {
		return t.leaf(n.Leaf), false
	}
	list, word := n.Any, "or"
	if len(n.All) > 0 {
		list = n.All
		if t.s.Modal != pack.MustNot {
			word = "and"
		}
	}
	var parts []string
	last := ""
	for n, sub := range list {
		if n := t.wider(list, n); n >= 0 {
			continue
		}
		w, _ := t.tree(sub)
		if t.widened(list, n) {
			w = t.leafWith(sub.Leaf, "also one that is about the case or nobody in particular")
		}
		if sub.Leaf == nil {
			w = "(" + w + ")"
		}
		many = many || strings.ContainsAny(w, ",(")
		parts = append(parts, strings.TrimSuffix(w, ","))
		last = w
	}
	switch {
	case len(parts) == 1:
		return last, false
	case many:
		return strings.Join(parts, "; "+word+" "), true
	case len(parts) == 2 && word == "or":
		return "either " + Join(parts, word), false
	}
	return Join(parts, word), false
}

// nobody is how a leaf asks for a fact that is about no one in particular.
const nobody = "size(that.about) == 0 || case.id in that.about"

// wider gives, of a leaf that asks for the same as another but takes facts about
// nobody too, the place of that other; -1 if there is none.
func (t *teller) wider(list []*pack.Tree, n int) int {
	lf := list[n].Leaf
	if lf == nil || lf.Where == nil || lf.Where.Source != nobody || len(lf.Match) != 1 || !t.sameCase(lf.Match[0]) {
		return -1
	}
	return slices.IndexFunc(list, func(o *pack.Tree) bool {
		return o.Leaf != nil && o.Leaf.Words == lf.Words && o.Leaf.Where == nil && o.Leaf.Match == nil && o.Leaf.Holds == nil &&
			o.Leaf.Latest == lf.Latest && t.Proof(o.Leaf.Proof) == t.Proof(lf.Proof)
	})
}

func (t *teller) widened(list []*pack.Tree, n int) bool {
	for m := range list {
		if m != n && t.wider(list, m) == n {
			return true
		}
	}
	return false
}

func (t *teller) leaf(lf *pack.Leaf) string { return t.leafWith(lf) }

// leafWith also says what else is so of the leaf.
func (t *teller) leafWith(lf *pack.Leaf, more ...string) string {
	if lf.Holds != nil {
		return t.Condition(lf.Holds.Source, t.s)
	}
	w := t.kinds(lf.Words)
	if lf.Latest {
		w = "the latest " + w
	}
	var where []string
	for _, m := range lf.Match {
		if !t.sameCase(m) {
			where = append(where, t.match(m))
		} else if t.s.Per != "case" && lf.Where == nil {
			more = append(more, "about that "+t.one()+", or at least about no other")
		}
	}
	if lf.Where != nil {
		where = append(where, t.of(lf.Where.Source, "the opening fact", "it"))
	}
	if len(where) > 0 {
		more = append([]string{"where" + clause(strings.Join(where, ", and"+map[bool]string{true: ", ", false: " "}[strings.HasPrefix(where[len(where)-1], "if ")]))}, more...)
	}
	if len(more) > 0 {
		w += " (" + strings.Join(more, "; ") + ")"
	}
	if lf.Proof == nil || lf.Proof.Op == pack.ProofAny {
		return w
	}
	return w + ", proven by " + t.Proof(lf.Proof) + ","
}

// one is whom the duty is for, where there is but one role.
func (t *teller) one() string {
	if len(t.s.PerAlso) > 0 {
		return "one"
	}
	return t.Role(t.s.Per)
}

// sameCase: a fact of the case is of the case; the match only lets in what is not
// about the key.
func (t *teller) sameCase(m pack.Match) bool {
	return m.This == expr.NameCase && m.That == expr.NameCase
}

func (t *teller) match(m pack.Match) string {
	this, that := t.p.Names.Name(m.This), t.p.Names.Name(m.That)
	if m.This == expr.NamePeriod && len(t.s.When) == 1 && t.s.When[0].Every != nil {
		return "its " + quoted(Plain(that)) + " is the one that has ended"
	}
	if this == "id" {
		return "its " + quoted(Plain(that)) + " names the opening fact"
	}
	if m.This == expr.NameAbout {
		return "its " + quoted(Plain(that)) + " is what the opening fact is about"
	}
	if this == that {
		return "its " + quoted(Plain(that)) + " is that of the opening fact"
	}
	return "its " + quoted(Plain(that)) + " is the " + quoted(Plain(this)) + " of the opening fact"
}
