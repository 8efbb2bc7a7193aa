package phrase

import (
	"maps"
	"slices"
	"strings"

	"candour/internal/expr"
	"candour/internal/pack"
)

// Term is a length of time in words.
func (b *Book) Term(d *pack.Term) string {
	switch {
	case d.Asap:
		return "as soon as practicable (the law gives no number; the target is " + b.Policy(d.Policy) + ")"
	case d.Policy != "":
		return b.Policy(d.Policy)
	case d.Field != nil:
		w := "as many " + d.Unit.String() + "s as " + b.number(d.Field) + " says"
		if d.Else != nil {
			w += " (where it says nothing, " + b.Term(d.Else) + ")"
		}
		return w
	case d.Choose != nil:
		var parts []string
		for _, name := range slices.Sorted(maps.Keys(d.Of)) {
			if name != "else" {
				parts = append(parts, b.Term(d.Of[name])+" where it is "+name)
			}
		}
		w := "a time that depends on " + b.about(nil).value(d.Choose.Source) + ": " + strings.Join(parts, ", ")
		if d.Else != nil {
			w += ", else " + b.Term(d.Else)
		}
		return w
	}
	return d.Words
}

// number is where a number stands: “every days” in the opening fact.
func (b *Book) number(v *expr.Value) string {
	r := b.about(nil)
	if t, err := expr.Parse(v.Source); err == nil && t.Op == "field" && fact(t.Args[0]) {
		owner, _ := r.owner(t.Args[0])
		return quoted(strings.Trim(r.label(t), "“”")) + " in " + owner
	}
	return r.value(v.Source)
}

// By is the standard's due moment in words.
func (b *Book) By(s *pack.Standard) string {
	by := s.By
	at := ""
	switch {
	case by.Ends != "":
		at = "the end of the right " + b.Standard(by.Ends)
	case by.At != nil && by.At.Source == "this.due" && s.When[0].Finding != "":
		at = "the moment when the duty it stems from was due"
	case by.At != nil:
		at = b.about(nil).value(by.At.Source)
	}
	if by.Before != nil {
		return b.Term(by.Before) + " before " + at
	}
	return at
}

func (t *teller) clock() {
	switch s := t.s; {
	case s.ClockOf != "":
		t.say("Clock", "time runs from the end of the right "+t.Standard(s.ClockOf))
	case s.Clock != nil:
		t.say("Clock", "time runs from "+t.value(s.Clock))
	}
}

// details are what narrows the rule, or lets an earlier fact do.
func (t *teller) details() {
	s := t.s
	if s.While != nil {
		w := "this holds only while " + t.Condition(s.While.Source, s)
		if !s.Gate && s.Modal == pack.Must {
			w += "; what is not yet due when that ends falls away"
		}
		t.say("While", w)
	}
	if len(s.Unless) > 0 {
		var parts []string
		for _, sel := range s.Unless {
			parts = append(parts, strings.TrimPrefix(strings.TrimPrefix(t.trigger(sel), "when "), "as soon as "))
		}
		t.say("Unless", "it falls away if, before it is due, "+strings.Join(parts, ", or "))
	}
	switch {
	case s.Already.AtMost != nil:
		t.say("Already", "an earlier one will do if it is no older than "+s.Already.AtMost.String())
	case s.Already.Yes:
		t.say("Already", "an earlier one will do")
	}
	if s.AtMost != nil {
		t.say("Window", "what is on record must not be older than "+s.AtMost.String())
	}
	if s.AtLeast != nil {
		t.say("Window", "what is on record must be at least "+s.AtLeast.String()+" old")
	}
	t.claims()
	if s.Moved != nil {
		w := "when " + t.kinds(s.Moved.Words) + " is recorded, it is due by " + t.value(s.Moved.To) + " instead"
		if s.Moved.BeforeDue {
			w += ", if that is recorded before it was due"
		}
		t.say("Moved", w)
	}
	if s.Paused != nil {
		t.say("Paused", "the clock stops "+t.trigger(s.Paused.From)+", and runs on "+t.trigger(s.Paused.Until))
	}
	if !s.Discretion {
		t.say("Discretion", "a recorded reason with a second signature does not do instead")
	}
}

func (t *teller) claims() {
	if t.s.ClaimThis {
		t.say("Claim", "until then the opening fact is only a claim")
		return
	}
	var parts []string
	for _, lf := range t.s.Claims {
		parts = append(parts, strings.TrimSuffix(t.leaf(lf), ","))
	}
	if parts != nil {
		t.say("Claim", Join(parts, "or")+" is only a claim that it was done")
	}
}

// ends says what comes after.
func (t *teller) ends() {
	s := t.s
	switch s.Repeat {
	case pack.Restart:
		t.say("Repeat", "if that happens again before it is done, the time starts anew")
	case pack.First:
		if s.Modal == pack.Must && (s.Per != "case" || !s.Gate && t.recurs()) {
			t.say("Repeat", "if that happens again before it is done, nothing is added")
		}
	}
	if s.Again.Yes {
		w := "once done, it is due again, counted from when it was done"
		if s.Again.Due {
			w = "once done, it is due again, counted from when it was due"
		}
		if s.Again.Then != nil {
			w += ", then within " + t.Term(s.Again.Then)
		}
		if s.Again.After != nil {
			var ids []string
			for _, k := range s.Again.After {
				ids = append(ids, t.p.Kinds[k].ID)
			}
			w += ", but only after " + t.kinds(strings.Join(ids, " or "))
		}
		t.say("Again", w)
	}
}

// recurs tells whether what opens it can happen again while it is open.
func (t *teller) recurs() bool {
	return slices.ContainsFunc(t.s.When, func(sel pack.Selector) bool { return sel.Kinds != nil || sel.Finding != "" || sel.Every != nil })
}

// raises says what is raised, and what a finding can still become.
func (t *teller) raises() {
	s := t.s
	if s.Modal == pack.MustNot {
		w := "what is raised is of the kind " + quoted(s.Raises)
		if s.Closed != nil {
			w += ", until " + strings.TrimPrefix(t.trigger(*s.Closed), "when ")
			if s.ClosedProof != nil {
				w += ", proven by " + t.Proof(s.ClosedProof)
			}
		}
		t.say("Raises", w)
	}
	if s.Gate && !s.Curable {
		t.say("Curable", "nothing done afterwards puts it right")
	}
	if s.Lost {
		t.say("Lost", "what is missed can never be made good")
	}
}
