package exchange

import (
	"math"
	"slices"
	"strings"

	"candour/internal/day"
	"candour/internal/fact"
)

// worlds gathers bodies, units, persons and sources, which may be named in any
// order and by several rows.
type worlds struct {
	im   *Import
	seen map[[16]byte]bool // rows of files that tell of nothing else
	late []nameCheck
}

// nameCheck is a name that must be declared by some row.
type nameCheck struct {
	what  string
	cell  *cell
	row   *row
	known func(*fact.World) bool
	drop  func(*fact.World) // what to do where it is not
}

// always is the beginning of a span without one.
const always day.Instant = math.MinInt64

// fixed takes what the mapping itself says.
func (w *worlds) fixed() {
	for i := range w.im.Layout.fixed {
		u := &w.im.Layout.fixed[i]
		w.row(u, &row{def: &fileDef{}, file: w.im.Layout.Name, line: u.line})
	}
}

// repeated tells a row that is the same as an earlier one, of a file that tells of
// nothing but the world.
func (w *worlds) repeated(r *row) bool {
	if def := r.def; len(def.cases)+len(def.parties)+len(def.facts) > 0 {
		return false
	}
	if w.seen[r.sum] {
		w.im.Summary.Repeated++
		return true
	}
	w.seen[r.sum] = true
	return false
}

// row takes what a row says of the world; a row with a fault says nothing.
func (w *worlds) row(u *worldRule, r *row) {
	id, _, f := u.id.name(r)
	if f == nil && id == "" {
		f = u.id.flaw(r, "", "the row does not name it", "fill in the column")
	}
	if f == nil {
		f = nameFlaw(u.id, r, id)
	}
	if f == nil {
		f = w.take(u, r, strings.Clone(id)) // not to keep the whole row
	}
	if f != nil {
		w.im.fault(r, f)
	}
}

func (w *worlds) take(u *worldRule, r *row, id string) *flaw {
	switch u.what {
	case "bodies":
		return w.body(u, r, id)
	case "units":
		return w.unit(u, r, id)
	case "persons":
		return w.person(u, r, id)
	}
	return w.source(u, r, id)
}

// agree fills in a word that was not stated and refuses another one.
func agree(have *string, c *cell, r *row) *flaw {
	s, _, f := c.text(r)
	if f != nil || s == "" || s == *have {
		return f
	}
	if *have != "" {
		return c.flaw(r, s, "an earlier row says something else", "see which is right; the first is used")
	}
	*have = s
	return nil
}

func (w *worlds) body(u *worldRule, r *row, id string) *flaw {
	b := w.im.World.Bodies[id]
	if b == nil {
		b = &fact.Body{ID: id}
	}
	if f := agree(&b.Kind, u.kind, r); f != nil {
		return f
	}
	if u.channelFrom != nil {
		from, to, f := span(u.channelFrom, u.channelTo, r)
		how, _, f2 := u.channel.text(r)
		if f = either(f, f2); f != nil {
			return f
		}
		if ch := (fact.Channel{From: from, To: to, How: how}); from != always && !slices.Contains(b.Channels, ch) {
			b.Channels = append(b.Channels, ch)
		}
	}
	w.im.World.Bodies[id] = b
	return nil
}

// either is the first flaw, if there is one.
func either(flaws ...*flaw) *flaw {
	for _, f := range flaws {
		if f != nil {
			return f
		}
	}
	return nil
}

// span reads from the start of the first day to the end of the last.
func span(from, to *cell, r *row) (lo, hi day.Instant, f *flaw) {
	lo, hi = always, day.Never
	a, okA, fA := from.moment0(r)
	b, okB, fB := to.moment0(r)
	if f = either(fA, fB); f != nil {
		return lo, hi, f
	}
	if okA {
		lo = a.Lo
	}
	if okB {
		hi = b.Hi
	}
	if hi < lo {
		return lo, hi, to.flaw(r, to.from.fill(r), "the end is before the beginning", "mend the dates")
	}
	return lo, hi, nil
}

// moment0 is at, of a cell that may be left out.
func (c *cell) moment0(r *row) (day.Moment, bool, *flaw) {
	if c == nil {
		return day.Moment{}, false, nil
	}
	return c.at(r)
}

func (w *worlds) unit(u *worldRule, r *row, id string) *flaw {
	x := w.im.World.Units[id]
	if x == nil {
		x = &fact.Unit{ID: id}
	}
	if f := either(agree(&x.Body, u.body, r), agree(&x.Parent, u.parent, r)); f != nil {
		return f
	}
	if x.Body == "" {
		x.Body = w.im.World.Body
	}
	if w.im.World.Units[id] == nil {
		w.im.World.Units[id] = x
		w.bodyNamed(u.body, r, x.Body, func() { x.Body = w.im.World.Body })
		w.named("unit", u.parent, r, func(world *fact.World) bool { return x.Parent == "" || world.Units[x.Parent] != nil && x.Parent != id },
			func(*fact.World) { x.Parent = "" })
	}
	return nil
}

// named remembers to see, when all is read, that a name was declared.
func (w *worlds) named(what string, c *cell, r *row, known func(*fact.World) bool, drop func(*fact.World)) {
	if c != nil {
		w.late = append(w.late, nameCheck{what, c, r, known, drop})
	}
}

func (w *worlds) bodyNamed(c *cell, r *row, id string, drop func()) {
	w.named("body", c, r, func(world *fact.World) bool { return isBody(world, id) }, func(*fact.World) { drop() })
}

func isBody(w *fact.World, id string) bool { return id == "" || id == w.Body || w.Bodies[id] != nil }

func (w *worlds) person(u *worldRule, r *row, id string) *flaw {
	p := w.im.World.Persons[id]
	fresh := p == nil
	if fresh {
		p = &fact.Person{ID: id}
	}
	if f := agree(&p.Body, u.body, r); f != nil {
		return f
	}
	var post fact.Post
	if u.hasPost {
		var f *flaw
		if post, f = w.post(u, r); f != nil {
			return f
		}
	}
	w.im.World.Persons[id] = p
	if fresh && u.body != nil {
		w.bodyNamed(u.body, r, p.Body, func() { p.Body = "" })
	}
	if (post.Role != "" || post.Rank != "" || post.Unit != "") && !slices.Contains(p.Posts, post) {
		p.Posts = append(p.Posts, post)
		w.postNamed(u, r, p, post)
	}
	return nil
}

func (w *worlds) post(u *worldRule, r *row) (fact.Post, *flaw) {
	var p fact.Post
	var flaws [5]*flaw
	p.Role, _, flaws[0] = u.role.text(r)
	p.Rank, _, flaws[1] = u.rank.text(r)
	p.Unit, _, flaws[2] = u.unit.name(r)
	p.ReportsTo, _, flaws[3] = u.chief.name(r)
	p.From, p.To, flaws[4] = span(u.from, u.to, r)
	return p, either(flaws[:]...)
}

// postNamed sees that the unit and the superior of a post are declared; where not,
// the post is left out.
func (w *worlds) postNamed(u *worldRule, r *row, p *fact.Person, post fact.Post) {
	drop := func(*fact.World) {
		p.Posts = slices.DeleteFunc(p.Posts, func(q fact.Post) bool { return q == post })
	}
	w.named("unit", u.unit, r, func(world *fact.World) bool { return post.Unit == "" || world.Units[post.Unit] != nil }, drop)
	w.named("person", u.chief, r, func(world *fact.World) bool {
		return post.ReportsTo == "" || world.Persons[post.ReportsTo] != nil && post.ReportsTo != p.ID
	}, drop)
}

func (w *worlds) source(u *worldRule, r *row, id string) *flaw {
	i := slices.IndexFunc(w.im.World.Sources, func(s *fact.Source) bool { return s.ID == id })
	s := &fact.Source{ID: id}
	if i >= 0 {
		s = w.im.World.Sources[i]
	}
	if f := either(agree(&s.Of, u.body, r), length(u.silent, r, &s.SilentAfter), length(u.grace, r, &s.Grace)); f != nil {
		return f
	}
	if s.Of == "" {
		s.Of = w.im.World.Body
	}
	to, ok, f1 := u.completeTo.moment0(r)
	at, known, f2 := u.at.moment0(r)
	if f := either(f1, f2); f != nil {
		return f
	}
	mark := fact.Mark{At: always, To: to.Hi}
	if known {
		mark.At = at.Hi
	}
	if ok && !slices.Contains(s.Marks, mark) {
		s.Marks = append(s.Marks, mark)
	}
	if i < 0 {
		w.im.World.Sources = append(w.im.World.Sources, s)
		w.bodyNamed(u.body, r, s.Of, func() { s.Of = w.im.World.Body })
	}
	return nil
}

func length(c *cell, r *row, into **day.Duration) *flaw {
	s, _, f := c.text(r)
	if s == "" || f != nil {
		return f
	}
	d, err := day.ParseDuration(s)
	if err != nil {
		return c.flaw(r, s, "not a length of time", "write it as 3 days")
	}
	*into = &d
	return nil
}

// settle holds the names used against those declared, now that all are.
func (w *worlds) settle() {
	for _, n := range w.late {
		if !n.known(w.im.World) {
			w.im.fault(n.row, n.cell.flaw(n.row, n.cell.from.fill(n.row), "no row declares this "+n.what, "add its row; what names it is left out"))
			n.drop(w.im.World)
		}
	}
	w.late = nil
}
