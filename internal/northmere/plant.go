package northmere

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"

	"candour/internal/day"
)

// Plant is a case that fails, and what it ought to raise.
type Plant struct {
	Case, Behaviour string
	Raises          []Raise
}

// Raise is a standard, named as in section 7 of the domain reference, that the
// case ought to raise. Key is the party, empty for the case (or not stated, where
// On is zero); On is the day the finding is raised, zero where it is not definite.
type Raise struct {
	Standard, Key string
	On            day.Date
}

func (p *Plant) raise(standard, key string, on day.Date) {
	if p == nil {
		return
	}
	r := Raise{standard, key, on}
	if !slices.Contains(p.Raises, r) {
		p.Raises = append(p.Raises, r)
	}
}

// miss notes a duty that was opened at t and not done within its time.
func (l *life) miss(standard, key string, t day.Instant, length string) {
	due := l.cal.due(l.cal.plain(t), length)
	on := l.cal.DateOf(due.Second() + 1e9)
	if on <= recordEnds {
		l.plant.raise(standard, key, on)
	}
}

// tidy leaves out what the record never came to, and sorts.
func (p *Plant) tidy() {
	p.Raises = slices.DeleteFunc(p.Raises, func(r Raise) bool { return r.On > recordEnds })
	slices.SortStableFunc(p.Raises, func(a, b Raise) int {
		return cmp.Or(cmp.Compare(a.On, b.On), cmp.Compare(a.Standard, b.Standard), cmp.Compare(a.Key, b.Key))
	})
}

// WritePlanted writes the failing cases as a table of text: case, behaviour,
// standard, party ("-" for the case) and day ("-" where it is not definite).
func WritePlanted(out io.Writer, planted []Plant) error {
	w := bufio.NewWriter(out)
	fmt.Fprintf(w, "# case\tbehaviour\tstandard\tparty\traised on\n")
	for _, p := range planted {
		for _, r := range p.Raises {
			on := "-"
			if r.On != 0 {
				on = r.On.String()
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", p.Case, p.Behaviour, r.Standard, cmp.Or(r.Key, "-"), on)
		}
	}
	return w.Flush()
}
