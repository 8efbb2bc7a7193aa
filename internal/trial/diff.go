package trial

import (
	"fmt"
	"slices"
	"strings"

	"candour/internal/pack"
	"candour/internal/phrase"
)

// Direction says what a change does to those who are bound by a standard.
type Direction uint8

// The directions. A change is Different where no direction can be told: it is
// then for a person to judge, and for the examples to show.
const (
	Weaker Direction = iota
	Stricter
	Different
)

func (d Direction) String() string { return [...]string{"weaker", "stricter", "different"}[d] }

// Change is one difference between two packs.
type Change struct {
	Standard string // its id; "" for the pack as a whole
	Title    string
	Direction
	What string
	// Condition: a condition was rewritten, and nobody can tell from its words whether it
	// asks more or less.
	Condition bool
}

// Compare tells what changed from one pack to another: standards that are new or
// gone first, then, by standard, each change. It reads the packs alone;
// Shifts tells what the change does to cases.
func Compare(older, newer *pack.Pack) []Change {
	c := &comparing{a: older, b: newer, wa: phrase.Of(older), wb: phrase.Of(newer)}
	before, after := byID(older), byID(newer)
	for _, id := range order(older, newer) {
		a, b := before[id], after[id]
		switch {
		case len(b) == 0:
			c.gone(a)
		case len(a) == 0:
			c.fresh(b)
		default:
			c.versions(a, b)
		}
	}
	c.pack()
	return c.out
}

// comparing holds two packs against each other; a is the old one.
type comparing struct {
	a, b   *pack.Pack
	wa, wb *phrase.Book
	id     string
	title  string
	note   string // said before each change: of which version it is
	split  bool   // b takes over from a at a date: the dates themselves are no change
	out    []Change
}

func (c *comparing) say(d Direction, format string, args ...any) {
	c.out = append(c.out, Change{Standard: c.id, Title: c.title, Direction: d, What: c.note + fmt.Sprintf(format, args...)})
}

// turn says that something grew or shrank, in whichever direction that is.
func (c *comparing) turn(weaker bool, format string, args ...any) {
	if weaker {
		c.say(Weaker, format, args...)
	} else {
		c.say(Stricter, format, args...)
	}
}

func byID(p *pack.Pack) map[string][]*pack.Standard {
	out := map[string][]*pack.Standard{}
	for _, s := range p.Standards {
		out[s.ID] = append(out[s.ID], s)
	}
	for _, vs := range out {
		slices.SortFunc(vs, func(x, y *pack.Standard) int { return x.Version - y.Version })
	}
	return out
}

// order lists all ids: as the new pack's files have them, then what is gone, then
// duties to supply a missing value.
func order(older, newer *pack.Pack) []string {
	var out, asks []string
	add := func(s *pack.Standard) {
		switch {
		case s.Asks != nil && !slices.Contains(asks, s.ID):
			asks = append(asks, s.ID)
		case s.Asks == nil && !slices.Contains(out, s.ID):
			out = append(out, s.ID)
		}
	}
	for _, s := range InFiles(newer) {
		add(s)
	}
	for _, s := range InFiles(older) {
		add(s)
	}
	for _, s := range append(slices.Clone(newer.Standards), older.Standards...) {
		add(s)
	}
	slices.Sort(asks)
	return append(out, asks...)
}

func (c *comparing) at(s *pack.Standard, note string) { c.id, c.title, c.note = s.ID, s.Title, note }

func (c *comparing) fresh(vs []*pack.Standard) {
	c.at(vs[0], "")
	d := Stricter
	if vs[0].Modal == pack.May {
		d = Different
	}
	c.say(d, "new: %s", c.wb.Sentence(vs[0]).Part("Rule"))
}

// gone tells of a standard that is no longer there, and whether another that is new
// asks for the same.
func (c *comparing) gone(vs []*pack.Standard) {
	s := vs[len(vs)-1]
	c.at(s, "")
	heir := c.heir(s)
	switch {
	case s.Modal == pack.May && heir == nil:
		c.say(Weaker, "gone: a right, and nothing takes over")
	case heir == nil:
		c.say(Weaker, "gone, and nothing takes over: %s", c.wa.Sentence(s).Part("Rule"))
	default:
		c.say(Different, "gone; %s asks for the same and takes over, as follows", heir.ID)
		c.note = "under " + heir.ID + ": "
		c.standard(s, heir)
	}
}

// heir is a standard of the new pack, not in the old one, with a trigger and a thing
// asked for in common.
func (c *comparing) heir(s *pack.Standard) *pack.Standard {
	old := byID(c.a)
	for _, t := range c.b.Standards {
		if old[t.ID] == nil && t.Asks == nil && s.Asks == nil && t.Modal == s.Modal && c.meet(triggers(c.a, s), triggers(c.b, t)) && c.meet(leafKinds(c.a, s), leafKinds(c.b, t)) {
			return t
		}
	}
	return nil
}

func (c *comparing) meet(a, b []string) bool {
	return slices.ContainsFunc(a, func(x string) bool { return slices.Contains(b, x) })
}

func leafKinds(p *pack.Pack, s *pack.Standard) []string {
	var out []string
	for _, lf := range s.Leaves {
		out = append(out, kindIDs(p, lf.Kinds)...)
	}
	return out
}

func kindIDs(p *pack.Pack, nos []int) []string {
	var out []string
	for _, k := range nos {
		out = append(out, p.Kinds[k].ID)
	}
	slices.Sort(out)
	return out
}

// versions pairs dated versions: by the day from which they are in force, else in order.
func (c *comparing) versions(before, after []*pack.Standard) {
	left := slices.Clone(after)
	take := func(fits func(*pack.Standard) bool) *pack.Standard {
		i := slices.IndexFunc(left, fits)
		if i < 0 {
			return nil
		}
		s := left[i]
		left = slices.Delete(left, i, i+1)
		return s
	}
	pairs := map[*pack.Standard]*pack.Standard{}
	for _, a := range before {
		pairs[a] = take(func(b *pack.Standard) bool {
			return a.InForce.HasFrom == b.InForce.HasFrom && a.InForce.From == b.InForce.From
		})
	}
	for _, a := range before {
		if pairs[a] == nil {
			pairs[a] = take(func(*pack.Standard) bool { return true })
		}
	}
	for _, a := range before {
		note := ""
		if len(before) > 1 || len(after) > 1 {
			note = "in the version " + forceWords(a) + ": "
		}
		c.at(after[0], "")
		if pairs[a] == nil {
			c.say(Weaker, "the version %s is gone", forceWords(a))
			continue
		}
		c.note = note
		c.standard(a, pairs[a])
	}
	for _, b := range left {
		c.at(b, "")
		if a := follows(b, pairs); a != nil {
			c.say(Different, "a version %s takes over from the one before it, as follows", forceWords(b))
			c.note, c.split = "in the version "+forceWords(b)+": ", true
			c.standard(a, b)
			c.split = false
			continue
		}
		c.say(Stricter, "a new version, %s: %s", forceWords(b), c.wb.Sentence(b).Part("Rule"))
	}
}

// follows gives the old version whose new one ends where b begins: a rule split in two by
// date is not weaker for having an end.
func follows(b *pack.Standard, pairs map[*pack.Standard]*pack.Standard) *pack.Standard {
	for a, n := range pairs {
		if n != nil && continues(n, b) && !(a.InForce.HasTo && a.InForce.To < b.InForce.From) {
			return a
		}
	}
	return nil
}

// continues tells whether b begins on the day after a ends.
func continues(a, b *pack.Standard) bool {
	return a.ID == b.ID && a.InForce.HasTo && b.InForce.HasFrom && a.InForce.To.Add(1) == b.InForce.From
}

func forceWords(s *pack.Standard) string {
	f := s.InForce
	switch {
	case f.HasFrom && f.HasTo:
		return "in force from " + phrase.Date(f.From) + " to " + phrase.Date(f.To)
	case f.HasFrom:
		return "in force from " + phrase.Date(f.From)
	case f.HasTo:
		return "in force to " + phrase.Date(f.To)
	}
	return "always in force"
}

// Weakened says what got weaker, and where nothing did, which conditions nobody can
// tell from their words.
func Weakened(changes []Change) (weaker []Change, conditions []string) {
	for _, ch := range changes {
		if ch.Direction == Weaker {
			weaker = append(weaker, ch)
		}
		where := ch.Standard
		if where == "" {
			where = "the pack as a whole"
		}
		if ch.Condition && !slices.Contains(conditions, where) {
			conditions = append(conditions, where)
		}
	}
	return weaker, conditions
}

// NothingWeaker is the sentence for a change that weakens nothing that can be told.
func NothingWeaker(conditions []string) string {
	if len(conditions) == 0 {
		return "Nothing got weaker that this comparison can tell; no condition changed."
	}
	return "Nothing got weaker that this comparison can tell; conditions that changed: " + strings.Join(conditions, ", ") + "."
}
