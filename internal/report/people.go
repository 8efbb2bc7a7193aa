package report

import (
	"cmp"
	"fmt"
	"slices"

	"candour/internal/day"
)

// needLine is one addressee and what is open for them.
type needLine struct {
	Who, Post string
	Open      num
	By        []num // by standing: breached, overdue, unproven, not recorded
	Oldest    stamp
	order     []int
	oldest    day.Instant
}

// shownStandings are the columns of tables of people.
var shownStandings = []string{"breached", "overdue", "unproven", notRecorded}

func columnOf(f *found) int { return slices.Index(shownStandings, standings[f.standing].State) }

// needs lists who is to be told of what is open, the worst first.
func (h *HTML) needs(l *lists) []needLine {
	by := map[int32]*needLine{}
	counts := map[int32]*[4]int{}
	for i := range h.found {
		f := &h.found[i]
		for _, who := range h.toTell(f) {
			if by[who] == nil {
				by[who], counts[who] = &needLine{oldest: f.raised}, new([4]int)
			}
			by[who].Open.N++
			by[who].oldest = min(by[who].oldest, f.raised)
			if c := columnOf(f); c >= 0 {
				counts[who][c]++
			}
		}
	}
	var out []needLine
	for who, n := range by {
		id := tellID(who)
		n.Who, n.Post = cmp.Or(h.people.list[who], "Nobody: the rule names no one"), h.posts[who]
		n.Open = l.num(n.Open.N, id)
		for c, state := range shownStandings {
			n.By = append(n.By, l.num(counts[who][c], standingID(id, StandingOf(state).Order)))
		}
		n.order, n.Oldest = counts[who][:], stampDay(n.oldest, h.cal)
		out = append(out, *n)
	}
	slices.SortFunc(out, func(a, b needLine) int {
		for c := range a.order {
			if a.order[c] != b.order[c] {
				return b.order[c] - a.order[c]
			}
		}
		return cmp.Or(cmp.Compare(a.oldest, b.oldest), cmp.Compare(a.Who, b.Who))
	})
	return out
}

// toTell are those to be told of an open finding.
func (h *HTML) toTell(f *found) []int32 { return h.tally.told[f.tell : f.tell+f.tells] }

func tellID(who int32) string { return fmt.Sprintf("t%d", who) }

// whoLine is what falls to one unit or person.
type whoLine struct {
	Who, Post string
	Total     num
	By        []num
	Closed    num
	total     int
}

// whose counts findings by the unit and the person whose duty it was.
func (h *HTML) whose(l *lists) (units, persons []whoLine) {
	return h.count(l, "u", "Unit not known", func(f *found) int32 { return f.unit }),
		h.count(l, "p", "Nobody known to owe it", func(f *found) int32 { return f.who })
}

func (h *HTML) count(l *lists, sort, nobody string, of func(*found) int32) []whoLine {
	counts := map[int32]*[6]int{}
	for i := range h.found {
		f := &h.found[i]
		if f.class != counted {
			continue
		}
		k := of(f)
		if counts[k] == nil {
			counts[k] = new([6]int)
		}
		c := counts[k]
		c[5]++
		switch n := columnOf(f); {
		case n >= 0:
			c[n]++
		default:
			c[4]++
		}
	}
	var out []whoLine
	for k, c := range counts {
		id := whoID(sort, k)
		w := whoLine{Who: nobody, Total: l.num(c[5], id), total: c[5]}
		if k >= 0 {
			w.Who = h.people.list[k]
			if sort == "p" {
				w.Post = h.posts[k]
			}
		}
		for n, state := range shownStandings {
			w.By = append(w.By, l.num(c[n], standingID(id, StandingOf(state).Order)))
		}
		w.Closed = l.num(c[4], standingID(id, StandingOf("discharged late").Order))
		out = append(out, w)
	}
	if len(counts) == 1 && counts[-1] != nil {
		return nil // nobody is known of any
	}
	slices.SortFunc(out, func(a, b whoLine) int { return cmp.Or(b.total-a.total, cmp.Compare(a.Who, b.Who)) })
	return out
}

func whoID(sort string, k int32) string { return fmt.Sprintf("%s%d", sort, k+1) }
