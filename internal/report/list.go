package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// list is the rows behind one number: those of one sort and name.
type list struct {
	id, title string
	rows      []int32 // places in found, in order of standing, rule and arrival
}

// listPart is a piece of a list as it is written.
type listPart struct {
	ID, Title string // ID is empty for what follows the first piece
	More      bool   // the piece before it holds the beginning
	Standings []listStanding
}

type listStanding struct {
	ID string
	Standing
	Count int
	Rules []listRule
}

type listRule struct {
	Title string
	Count int
	Items []link
}

// link leads to something that has a name.
type link struct{ Href, Text string }

// listPiece is how many items one piece of a list holds.
const listPiece = 3000

// lists writes the rows behind numbers and knows where each stands.
type lists struct {
	h     *HTML
	pager *pager
	where map[string]int32
	// failingID is the list of each failing.
	failingID map[string]string
	// cases with findings, cases that came to light and cases without findings, in order
	byCount, byLight, clean []int32
}

// newLists begins the lists; taken is how much of the page the rows take.
func newLists(h *HTML, taken int) *lists {
	l := &lists{h: h, where: map[string]int32{}}
	l.pager = &pager{limit: h.Bytes - taken, name: h.beside("-list"), create: h.Create, page: h.listPage}
	return l
}

// group writes a list for each key of the rows that have one.
func group[K cmp.Ordered](l *lists, rows []int32, of func(f *found) (K, bool), id func(K) string, title func(K) string) error {
	by := map[K][]int32{}
	for _, i := range rows {
		if k, ok := of(&l.h.found[i]); ok {
			by[k] = append(by[k], i)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(by)) {
		if err := l.write(list{id(k), title(k), by[k]}); err != nil {
			return err
		}
	}
	return nil
}

// write puts a list on the pages, in pieces.
func (l *lists) write(it list) error {
	if len(it.rows) == 0 {
		return nil
	}
	slices.SortStableFunc(it.rows, func(a, b int32) int {
		x, y := &l.h.found[a], &l.h.found[b]
		return cmp.Or(cmp.Compare(x.standing, y.standing), cmp.Compare(x.rule, y.rule), cmp.Compare(a, b))
	})
	counts := map[uint8]int{}
	for _, i := range it.rows {
		counts[l.h.found[i].standing]++
	}
	it.title = fmt.Sprintf("%s: %s", it.title, number(len(it.rows)))
	seen := map[uint8]bool{}
	for from := 0; from < len(it.rows); from += listPiece {
		p := listPart{Title: it.title, More: from > 0}
		if from == 0 {
			p.ID = it.id
			l.where[it.id] = l.pager.at()
		}
		l.fill(&p, it, it.rows[from:min(from+listPiece, len(it.rows))], counts, seen)
		if err := l.pager.add("list", p); err != nil {
			return err
		}
	}
	return nil
}

func (l *lists) fill(p *listPart, it list, rows []int32, counts map[uint8]int, seen map[uint8]bool) {
	h := l.h
	last := int32(-1)
	for _, i := range rows {
		f := &h.found[i]
		n := len(p.Standings)
		if n == 0 || p.Standings[n-1].Order != int(f.standing) {
			s := listStanding{Standing: standings[f.standing], Count: counts[f.standing]}
			if !seen[f.standing] {
				seen[f.standing] = true
				s.ID = standingID(it.id, int(f.standing))
				l.where[s.ID] = l.pager.at()
			}
			p.Standings, last, n = append(p.Standings, s), -1, n+1
		}
		s := &p.Standings[n-1]
		if f.rule != last {
			last = f.rule
			s.Rules = append(s.Rules, listRule{Title: title(h.rules[f.rule])})
		}
		r := &s.Rules[len(s.Rules)-1]
		r.Count++
		r.Items = append(r.Items, link{h.rows.href(f.page, fmt.Sprintf("f%d", i+1)), h.itemName(f)})
	}
}

// itemName is the case and, where the row is about another, what it is about.
func (h *HTML) itemName(f *found) string {
	s := &h.subjects[f.subject]
	if key := h.keys.list[f.key]; key != s.id {
		return s.id + " " + key
	}
	return s.id
}

func standingID(list string, order int) string { return fmt.Sprintf("%s-%d", list, order) }

// to is the address of a list; of one that holds nothing it is empty.
func (l *lists) to(id string) string {
	page, ok := l.where[id]
	if !ok {
		return ""
	}
	return l.pager.href(page, id)
}

// num is a number that leads to its rows.
type num struct {
	N    int
	Href string
}

func (n num) String() string { return number(n.N) }

func (l *lists) num(n int, id string) num {
	if n == 0 {
		return num{}
	}
	return num{n, l.to(id)}
}
