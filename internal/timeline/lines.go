package timeline

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"candour/internal/fact"
)

// Lines reads a timeline and hands its lines on one by one, in settled form with
// moments in the zone; "" is the zone of the header. A file of any length needs memory for
// its world, its expectations and about forty bytes for each case, party and fact.
//
// It judges as Read does, in the same words. A file with a fault is refused whole: visit sees no
// line from the first fault on, and what it saw before is then of no use. Lines that begin
// with as_at or expect are judged and not handed on.
//
// What visit is given first is the header, with the zone that the moments are in. The file is what is known so
// far, without cases; it must not be changed. The line is the visitor's to keep. A visitor's error stops the
// reading and is returned as it is.
//
// Beyond what Read refuses, a line is refused that cannot be settled: one that grows
// too long, and, in another zone than the header's, one with a whole day, since it is
// no whole day there.
func Lines(in io.Reader, name, zone string, visit func(h *File, l Line) error) error {
	if zone != "" {
		if _, err := newSettler(zone, false); err != nil {
			return err
		}
	}
	r := newReader(name)
	var settle *settler
	var stop error
	r.give = func(got any) {
		switch x := got.(type) {
		case *Test, *Expect:
			return
		case *File:
			settle, _ = newSettler(cmp.Or(zone, x.ZoneName), x.RecordedRequired) // both zones are known by now
		}
		l, err := settle.line(got, r.stated)
		if err != nil {
			r.fail("", "%v", err)
			return
		}
		l.Number = r.line
		if stop = visit(r.file, l); stop != nil {
			r.stopped = true
		}
	}
	err := r.read(in)
	if stop != nil {
		return stop
	}
	return err
}

// line settles what a line was read as, putting its fields by name. Numbered tells that a fact
// stated its position.
func (s *settler) line(got any, numbered bool) (Line, error) {
	var l Line
	var d *draft
	switch x := got.(type) {
	case *File:
		l, d = Line{What: "candour"}, s.header(x)
	case *fact.Body:
		l, d = Line{What: "body", ID: x.ID}, s.body(x)
	case *fact.Unit:
		l, d = Line{What: "unit", ID: x.ID}, s.unit(x)
	case *fact.Person:
		l, d = Line{What: "person", ID: x.ID}, s.person(x)
	case *fact.Source:
		l, d = Line{What: "source", ID: x.ID}, s.source(x)
	case *fact.Policy:
		l, d = Line{What: "policy", ID: x.Name}, s.policy(x)
	case *fact.Case:
		byName(x.Given)
		l, d = Line{What: "case", ID: x.ID, Case: x.ID}, s.kase(x)
	case *fact.Party:
		byName(x.Given)
		l, d = Line{What: "party", ID: x.ID, Case: x.Case}, s.party(x.Case, x)
	case *fact.Fact:
		byName(x.Fields)
		l, d = Line{What: "fact", ID: x.ID, Case: x.Case}, s.fact(x.Case, x, numbered)
	default:
		return Line{}, fmt.Errorf("a line of %T has no settled form", got)
	}
	if d.err != nil {
		return Line{}, d.err
	}
	l.Members = d.members
	if l.size() > longest/8 && len(l.Text()) > longest { // an escape makes at most six bytes of one
		return Line{}, errLong
	}
	return l, nil
}

func byName(fields []fact.Field) {
	slices.SortFunc(fields, func(a, b fact.Field) int { return strings.Compare(a.Name, b.Name) })
}
