package timeline

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"candour/internal/day"
	"candour/internal/fact"
)

// Write writes the file in one settled form: the header, the world with bodies,
// units and persons by id (each after those it names), sources and policies, then
// each case with its parties and facts as they stand, then the test. What Read
// gave is read back the same, but for line numbers; `seq` is written where it is
// not the line's position. Fields of kind Date and Moment are written as text,
// which is what they are read as.
//
// It refuses what the format cannot say: a world without a body, a moment outside
// the years 1850 to 2199, a fact recorded at another moment than it happened
// without that being stated, persons who report to each other in a ring. What was
// written before the refusal is then of no use. It does not judge names; Read does.
func Write(out io.Writer, f *File) error {
	s, err := NewStream(out, f)
	if err != nil {
		return err
	}
	for _, c := range f.Cases {
		if err := s.Case(c); err != nil {
			return err
		}
	}
	return s.Close()
}

// Stream writes a timeline case by case, for files too large to be held.
type Stream struct{ w *writer }

// NewStream writes notes, as lines of comment, then the header and the world of the
// file. Its cases are given one by one; its test is written at the end.
func NewStream(out io.Writer, f *File, notes ...string) (*Stream, error) {
	w := &writer{out: bufio.NewWriter(out), file: f}
	s := &Stream{w}
	settle, err := newSettler(cmp.Or(f.ZoneName, usualZone), f.RecordedRequired)
	switch {
	case err != nil:
		w.err = err
	case w.file.World == nil || w.file.World.Body == "":
		w.err = errors.New("the world has no body; name the one whose cases these are")
	default:
		w.settle = settle
		w.notes(notes)
		w.put("header", f.World.Body, settle.header(f))
		w.world(w.file.World)
	}
	return s, s.fault()
}

// Case writes one.
func (s *Stream) Case(c *fact.Case) error {
	s.w.kase(c)
	return s.fault()
}

// Close writes what comes last. What was written is of use only if it succeeds.
func (s *Stream) Close() error {
	s.w.tests()
	if s.w.err == nil {
		s.w.err = s.w.out.Flush()
	}
	return s.fault()
}

func (s *Stream) fault() error {
	if s.w.err == nil {
		return nil
	}
	return fmt.Errorf("write timeline: %w", s.w.err)
}

type writer struct {
	out    *bufio.Writer
	file   *File
	settle *settler
	lines  int // written so far
	err    error
}

// notes are lines of comment.
func (w *writer) notes(notes []string) {
	for _, n := range notes {
		if w.err == nil {
			w.lines++
			_, w.err = fmt.Fprintln(w.out, "#", strings.NewReplacer("\n", " ", "\r", " ").Replace(n))
		}
	}
}

// put writes a line; what and id are what a refusal calls it.
func (w *writer) put(what, id string, l *draft) {
	if w.err == nil && l.err != nil {
		w.err = fmt.Errorf("%s %q: %w", what, id, l.err)
	}
	if w.err != nil {
		return
	}
	text := Line{Members: l.members}.Text()
	if len(text) > longest {
		w.err = fmt.Errorf("%s %q: %w", what, id, errLong)
		return
	}
	w.lines++
	_, w.err = w.out.Write(append(text, '\n'))
}

func (w *writer) world(world *fact.World) {
	for _, id := range slices.Sorted(maps.Keys(world.Bodies)) {
		w.put("body", id, w.settle.body(world.Bodies[id]))
	}
	units := order{what: "unit", needs: func(id string) []string { return []string{world.Units[id].Parent} }}
	for _, id := range w.ordered(units, slices.Sorted(maps.Keys(world.Units))) {
		w.put("unit", id, w.settle.unit(world.Units[id]))
	}
	persons := order{what: "person", needs: func(id string) []string { return superiors(world.Persons[id]) }}
	for _, id := range w.ordered(persons, slices.Sorted(maps.Keys(world.Persons))) {
		w.put("person", id, w.settle.person(world.Persons[id]))
	}
	for _, s := range world.Sources {
		w.put("source", s.ID, w.settle.source(s))
	}
	for _, p := range world.Policies {
		w.put("policy", p.Name, w.settle.policy(p))
	}
}

func superiors(p *fact.Person) []string {
	var ids []string
	for _, q := range p.Posts {
		ids = append(ids, q.ReportsTo)
	}
	return ids
}

// order puts ids after those they need, so that names come before use.
type order struct {
	what  string
	needs func(id string) []string
}

// ordered keeps the order given as far as it can.
func (w *writer) ordered(o order, ids []string) []string {
	const open, done = 1, 2
	var out []string
	state := map[string]int{}
	var visit func(id string)
	visit = func(id string) {
		switch state[id] {
		case done:
			return
		case open:
			w.err = fmt.Errorf("%s %q stands above itself; mend the ring", o.what, id)
			return
		}
		state[id] = open
		for _, need := range o.needs(id) {
			if _, ok := slices.BinarySearch(ids, need); ok {
				visit(need)
			}
		}
		state[id] = done
		out = append(out, id)
	}
	for _, id := range ids {
		visit(id)
	}
	return out
}

func (w *writer) kase(c *fact.Case) {
	w.put("case", c.ID, w.settle.kase(c))
	for _, p := range c.Parties {
		w.put("party", p.ID, w.settle.party(c.ID, p))
	}
	for _, f := range c.Facts {
		w.put("fact", f.ID, w.settle.fact(c.ID, f, f.Seq != int64(w.lines+1)))
	}
}

func (w *writer) tests() {
	if t := w.file.Test; t != nil {
		w.put("test", day.FormatInstant(t.AsAt, w.settle.zone), w.settle.test(t))
	}
	for i := range w.file.Expects {
		w.put("expectation", w.file.Expects[i].Standard, w.settle.expect(&w.file.Expects[i]))
	}
}
