package timeline

import (
	"slices"
)

func (r *reader) test(o *object) {
	if r.file.Test != nil {
		r.fail("one a file: split the file", "a second test line, the first being line %d", r.file.Test.Line)
		return
	}
	t := &Test{Under: r.under(o), Line: r.line}
	if m := r.moment(o, "as_at", true); m != nil {
		t.AsAt = m.Hi
	}
	if m := r.moment(o, "known_at", false); m != nil {
		t.KnownAt = &m.Hi
	}
	r.file.Test = t
	r.got = t
}

func (r *reader) under(o *object) []string {
	list, ok := o.get("under").([]any)
	if !ok || len(list) == 0 {
		r.fail(`list the standards under test, as ["id","id"]`, "%q is missing, empty or not a list", "under")
		return nil
	}
	return r.each("under", list)
}

func (r *reader) expect(o *object) {
	e := Expect{
		Standard: r.text(o, "expect", true), Key: r.text(o, "key", true), Case: r.text(o, "case", false),
		Clock: r.moment(o, "clock", false), Due: r.moment(o, "due", false), Raised: r.moment(o, "raised", false), Closed: r.moment(o, "closed", false),
		Done: r.text(o, "done", false), Proof: r.text(o, "proof", false), Finding: r.text(o, "finding", false),
		Line: r.line,
	}
	if m := r.moment(o, "opened", true); m != nil {
		e.Opened = *m
	}
	if _, ok := o.find("late"); ok {
		late := r.flag(o, "late")
		e.Late = &late
	}
	e.CannotTell, e.CannotTellWhy = r.because(o, "cannot_tell")
	e.Waiting, e.WaitingWhy = r.because(o, "waiting")
	e.Lifted, e.LiftedWhy = r.because(o, "lifted")
	r.file.Expects = append(r.file.Expects, e)
	r.got = &e
}

// because reads what is so with its reason, or only that it is so.
func (r *reader) because(o *object, key string) (bool, string) {
	if yes, ok := o.get(key).(bool); ok {
		return yes, ""
	}
	v := r.inner(o, key, `{"why":...} or true`, whyKeys)
	if v == nil {
		return false, ""
	}
	return true, r.text(v, "why", false)
}

// whole judges what only the whole file can show: a test or a fact may stand
// after the expectation that needs it.
func (r *reader) whole() {
	for _, e := range r.file.Expects {
		r.line = e.Line
		if r.file.Test == nil {
			r.fail(`add {"as_at":...,"under":[...]}`, "expectations without a test line")
			return
		}
		if !slices.Contains(r.file.Test.Under, e.Standard) {
			r.fail("add it to `under`, or remove the line", "the standard %q is expected and not under test", e.Standard)
		}
		if e.Case != "" && r.cases.line(e.Case) == 0 {
			r.fail("write the id of a case", "the case %q is not in the file", e.Case)
		}
		if e.Done != "" && r.facts.line(e.Done) == 0 {
			r.fail("write the id of a fact", "done names %q, which is no fact of the file", e.Done)
		}
	}
}
