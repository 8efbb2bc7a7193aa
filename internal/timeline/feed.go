package timeline

import (
	"bytes"
	"fmt"

	"candour/internal/fact"
)

// Feed reads a timeline that comes line by line from elsewhere, such as a record: the
// world first, then for each case its line, its parties and facts in their order, and Take. It holds the
// world, one case at a time, and about forty bytes for each case that was taken.
//
// Each line is judged as Read judges it, in the same words, but with these limits: a name counts as
// given only within its case, since facts and parties are forgotten with it; whoever keeps the lines
// sees that the ids of facts are unique. The world cannot grow once a case has begun,
// a case cannot come a second time, and no expectations are taken.
//
// A Feed that refused anything is of no more use: it repeats the refusal.
type Feed struct {
	r    *reader
	kase *fact.Case // begun and not yet taken
	// closed is that a case was begun: the world is complete.
	closed bool
}

// NewFeed begins a timeline by its header, which is line 1; name is what errors call it. The error is Errors.
func NewFeed(name string, header []byte) (*Feed, error) {
	f := &Feed{r: newReader(name)}
	f.r.give = f.give
	if err := f.Line(header); err != nil {
		return nil, err
	}
	if f.r.file == nil {
		f.r.fail(headerFirst, "the header must come first")
		return nil, f.r.errs
	}
	return f, nil
}

// At says where the next line stands among all lines, from 1; without it a line stands
// one after the last. A fact that does not state its position has this one, which decides
// between facts of one case that happened, and were recorded, at the same moments. As long as
// the lines of a case come in the order they were first read in, only a case needs it that states
// the positions of some facts and not of others. Complaints name this number too.
func (f *Feed) At(line int) { f.r.line = line - 1 }

// Line takes one line, with or without its line end. The error is Errors.
func (f *Feed) Line(text []byte) error {
	if len(f.r.errs) > 0 {
		return f.r.errs
	}
	f.r.line++
	text = bytes.TrimRight(text, "\r\n")
	switch {
	case len(text) > longest:
		f.r.fail("", "%v", errLong)
	case bytes.IndexByte(text, '\n') >= 0:
		f.r.fail("give one line at a time", "more than one line")
	default:
		f.r.take(bytes.Trim(text, " \t\r"))
	}
	if len(f.r.errs) > 0 {
		return f.r.errs
	}
	return nil
}

// give puts what a line says in its place, or refuses that it comes now.
func (f *Feed) give(got any) {
	switch x := got.(type) {
	case *File:
	case *fact.Case:
		if f.kase != nil {
			f.r.fail("take each case before the next", "the case %q begins before %q was taken", x.ID, f.kase.ID)
			return
		}
		f.kase, f.closed = x, true
	case *fact.Party:
		if f.current(x.Case) {
			f.kase.Parties = append(f.kase.Parties, x)
		}
	case *fact.Fact:
		if f.current(x.Case) {
			f.kase.Facts = append(f.kase.Facts, x)
		}
	case *Test, *Expect:
		f.r.fail("leave them out", "a test and expectations have no place here")
	default:
		if f.closed {
			f.r.fail("give what stands around the cases before the first of them", "the cases have begun")
		}
	}
}

// current refuses a line of a case that was taken.
func (f *Feed) current(id string) bool {
	if f.kase != nil && f.kase.ID == id {
		return true
	}
	f.r.fail("give all lines of a case together", "the case %q was taken", id)
	return false
}

// File is the header and the world so far. It has no cases.
func (f *Feed) File() *File { return f.r.file }

// Take gives the case whose lines were given since the last Take, and forgets it. The error
// is what was refused since, or that there is no case.
func (f *Feed) Take() (*fact.Case, error) {
	if len(f.r.errs) > 0 {
		return nil, f.r.errs
	}
	if f.kase == nil {
		return nil, fmt.Errorf("%s: no case was given since the last was taken", f.r.name)
	}
	c := f.kase
	f.kase = nil
	f.r.parties.forget()
	f.r.facts.forget()
	return c, nil
}
