package obligation

import (
	"strings"

	"candour/internal/expr"
	"candour/internal/pack"
	"candour/internal/phrase"
)

// A run says why in the pack's own notation, for that costs nothing. What is here
// puts it in words, for whoever asks.

func (r *Row) words() *phrase.Book { return phrase.Of(r.r.c.Pack) }

// WhyInWords is Why as a person would say it.
func (r *Row) WhyInWords() string {
	const silent = "the record does not say "
	what, ok := strings.CutPrefix(r.Why, silent)
	if !ok {
		return r.nothingEnded()
	}
	for _, c := range r.conditions() {
		if c != nil && what == "whether "+c.Source {
			return silent + "whether " + r.words().Condition(c.Source, r.Standard)
		}
	}
	s := r.Standard
	if what == "whether "+wordsOf(s.Leaves)+" stood before it" {
		asked, _ := r.words().Asked(s)
		return silent + "whether this stood before it: " + asked
	}
	for _, v := range r.values() {
		if rest, ok := strings.CutPrefix(what, v.source); ok && (rest == "" || rest[0] == ',') {
			return silent + v.words + rest
		}
	}
	return r.Why
}

// nothingEnded names the standard whose end the time runs from.
func (r *Row) nothingEnded() string {
	id, ok := strings.CutPrefix(r.Why, "no ")
	if id, rest, cut := strings.Cut(id, " stands on the record"); ok && cut {
		return "no " + r.words().Standard(id) + " stands on the record" + rest
	}
	return r.Why
}

// conditions are those that decide whether the duty opens.
func (r *Row) conditions() []*expr.Condition {
	out := []*expr.Condition{r.Standard.PerIf, r.Standard.While}
	for _, sel := range r.Standard.When {
		out = append(out, sel.Where, sel.Becomes)
	}
	return out
}

// written is what the pack says of a time, and how a person would say it.
type written struct{ source, words string }

func (r *Row) values() []written {
	s, b := r.Standard, r.words()
	var out []written
	term := func(t *pack.Term) {
		if t != nil {
			out = append(out, written{t.Words, "this: " + b.Term(t)})
		}
	}
	if s.Clock != nil {
		out = append(out, written{s.Clock.Source, b.Value(s.Clock.Source)})
	}
	if s.By != nil && s.By.At != nil {
		out = append(out, written{s.By.At.Source, b.Value(s.By.At.Source)})
	}
	term(s.Within)
	term(s.Again.Then)
	if s.By != nil {
		term(s.By.Before)
	}
	return out
}

// LeafInWords says what a leaf of the standard looks for and what must prove it.
func (r *Row) LeafInWords(lf *pack.Leaf) string { return r.words().Leaf(r.Standard, lf) }

// LiftedInWords is Lifted.Why as a person would say it.
func (r *Row) LiftedInWords() string {
	w := r.Standard.While
	if w == nil {
		return r.Lifted.Why
	}
	rest, ok := strings.CutPrefix(r.Lifted.Why, "no longer so that "+w.Source+" ")
	if !ok {
		return r.Lifted.Why
	}
	return "it is no longer so that " + r.words().Condition(w.Source, r.Standard) + " " + rest
}

// stepInWords puts one step in reaching the due moment in words.
func (r *Row) stepInWords(step string) string {
	s := r.Standard
	if s.By != nil {
		if rest, ok := strings.CutPrefix(step, "by "+s.By.Words); ok {
			return "by " + r.words().By(s) + rest
		}
	}
	for _, t := range []*pack.Term{s.Within, s.Again.Then} {
		if t != nil && t.Field != nil && step == "as "+t.Words+" says" {
			return "the time is " + r.words().Term(t)
		}
	}
	return step
}
