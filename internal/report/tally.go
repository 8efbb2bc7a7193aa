package report

import (
	"slices"
	"strings"

	"candour/internal/day"
	"candour/internal/fact"
	"candour/internal/obligation"
	"candour/internal/pack"
	"candour/internal/state"
)

// tally is what is kept of all rows until the page is written: about sixty bytes
// a row and a hundred a case, and every name once.
type tally struct {
	subjects []subject
	found    []found
	told     []int32 // those to be told, of all rows together
	keys     names   // parties and cases that rows are about
	people   names   // persons, units, roles and bodies
	posts    map[int32]string
	rules    []*pack.Standard    // one version of each
	ruleNo   map[[2]string]int32 // by pack and id
	lights   names               // labels of the kinds by which cases came to light
	sources  names
	entries  int // facts that were read
	later    int // of those, facts that had not happened or were not known
	heard    map[*fact.World]bool
}

// subject is a case, or a person, unit or body that standards are for.
type subject struct {
	id, scope        string
	begun            day.Instant // the first entry
	light            day.Instant // when it came to light; 0: it did not
	lightKind        int32
	first            day.Instant // the first finding; 0: none
	last             day.Instant
	findings, open   int32 // advisory ones left out
	critical, listed int32
	worst            uint8
	page             int32
}

// found is one row.
type found struct {
	subject, key, rule int32
	standing           uint8
	class              rowClass
	open               bool
	page               int32
	who, unit          int32 // -1: nobody known
	tell, tells        int32
	raised             day.Instant
}

// rowClass parts the findings that are counted from what is not.
type rowClass uint8

const (
	counted rowClass = iota
	advisory
	cannotTell
	waiting
)

// names numbers words.
type names struct {
	list []string
	no   map[string]int32
}

func (n *names) of(s string) int32 {
	if i, ok := n.no[s]; ok {
		return i
	}
	if n.no == nil {
		n.no = map[string]int32{}
	}
	i := int32(len(n.list))
	n.list, n.no[s] = append(n.list, s), i
	return i
}

func newTally() tally {
	return tally{posts: map[int32]string{}, ruleNo: map[[2]string]int32{}, heard: map[*fact.World]bool{}}
}

func (t *tally) subject(s subject) int32 {
	s.worst = uint8(len(standings))
	t.subjects = append(t.subjects, s)
	return int32(len(t.subjects) - 1)
}

// light notes when a case began and when it came to light.
func (t *tally) light(s *subject, c *state.Case, kinds []string) {
	t.entries += len(c.Events)
	for i, ev := range c.Ev {
		if i == 0 {
			s.begun = ev.At.Lo
		}
		s.last = max(s.last, ev.At.Lo)
		if known := c.KnownSince(i); slices.Contains(kinds, ev.Fact.Kind) && (s.light == 0 || known < s.light) {
			s.light, s.lightKind = known, t.lights.of(ev.Kind.Label)
		}
	}
	for i := range c.Events {
		if ev := &c.Events[i]; ev.At.Lo > c.AsAt || ev.Recorded > c.KnownAt {
			t.later++
		}
	}
}

// rule numbers a standard, whatever its version.
func (t *tally) rule(p *pack.Pack, s *pack.Standard) int32 {
	key := [2]string{p.ID, s.ID}
	if i, ok := t.ruleNo[key]; ok {
		return i
	}
	i := int32(len(t.rules))
	t.rules, t.ruleNo[key] = append(t.rules, s), i
	return i
}

// note keeps what the page counts of a row, and gives its number.
func (t *tally) note(res *obligation.Result, n int32, row *obligation.Row, page int32) int {
	f := found{subject: n, key: t.keys.of(row.Key), rule: t.rule(res.Case.Pack, row.Standard), standing: uint8(standingOf(row).Order), page: page, who: -1, unit: -1}
	s := &t.subjects[n]
	s.listed++
	switch fi := row.Finding; {
	case row.CannotTell:
		f.class, f.raised = cannotTell, row.Opened
	case fi == nil:
		f.class, f.raised = waiting, row.Due
		t.sources.of(row.Waiting)
	default:
		f.raised, f.open = fi.Raised, fi.Closed == 0
		if fi.Advisory {
			f.class = advisory
			break
		}
		s.count(&f, row)
		f.tell = int32(len(t.told))
		if f.open {
			for _, who := range tellNow(res.Case, row) {
				t.told = append(t.told, t.person(res.Case, who, fi.Raised))
			}
		}
		f.tells = int32(len(t.told)) - f.tell
		f.who, f.unit = t.answers(res.Case, row)
	}
	t.found = append(t.found, f)
	return len(t.found)
}

func (s *subject) count(f *found, row *obligation.Row) {
	s.findings++
	s.worst = min(s.worst, f.standing)
	if s.first == 0 || f.raised < s.first {
		s.first = f.raised
	}
	if f.open {
		s.open++
		if row.Standard.Critical() {
			s.critical++
		}
	}
}

// tellNow lists who is to be told by the as-at moment, each once.
func tellNow(c *state.Case, row *obligation.Row) []string {
	var out []string
	for i, who := range row.Tell() {
		if after := row.Standard.Tell[i].After; after != nil && c.Cal.Due(row.Finding.Raised, *after) >= c.AsAt {
			continue
		}
		if !slices.Contains(out, who) {
			out = append(out, who)
		}
	}
	if len(row.Standard.Tell) == 0 {
		return []string{""}
	}
	return out
}

// answers gives the person or body whose duty it was, and that person's unit.
func (t *tally) answers(c *state.Case, row *obligation.Row) (who, unit int32) {
	name := row.Answers()
	if name == "" {
		name = row.Owes()
	}
	if name == "" {
		return -1, -1
	}
	who = t.person(c, name, row.Finding.Raised)
	if u := c.Belongs("unit", name, row.Finding.Raised); u != "" {
		return who, t.people.of(u)
	}
	return who, -1
}

// person numbers a name, and notes the post that was held.
func (t *tally) person(c *state.Case, name string, at day.Instant) int32 {
	n := t.people.of(name)
	if p := c.World.Persons[name]; p != nil {
		if post := p.PostAt(at); post != nil && post.Role != "" {
			t.posts[n] = strings.ReplaceAll(post.Role, "-", " ")
		}
	}
	return n
}

// earlier is by how many days the first finding came before the case came to
// light; ok is false if it did not, or on the same day.
func (s *subject) earlier(cal *day.Calendar) (days int, ok bool) {
	if s.light == 0 || s.first == 0 {
		return 0, false
	}
	days = int(cal.DateOf(s.light) - cal.DateOf(s.first))
	return days, days > 0
}
