package trial

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"candour/internal/day"
	"candour/internal/fact"
	"candour/internal/obligation"
	"candour/internal/pack"
	"candour/internal/paper"
	"candour/internal/phrase"
	"candour/internal/timeline"
)

// shown is one row that an example gives.
type shown struct {
	example string
	row     *obligation.Row
	zone    *time.Location
}

// shownBy runs the examples of a pack and gives, by standard, the rows.
func shownBy(fsys fs.FS, p *pack.Pack) (map[string][]shown, error) {
	out := map[string][]shown{}
	for _, name := range p.Examples {
		file, err := readExample(fsys, name)
		if err != nil {
			return nil, err
		}
		o, err := Run(file, p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for _, row := range o.Rows {
			if row.Zero || row.Standard.Modal == pack.MustNot && row.Finding == nil && !row.CannotTell {
				continue
			}
			key := versionKey(row.Standard)
			out[key] = append(out[key], shown{strings.TrimSuffix(path.Base(name), ".jsonl"), row, file.Zone})
		}
	}
	return out, nil
}

func versionKey(s *pack.Standard) string { return fmt.Sprintf("%s/%d", s.ID, s.Version) }

func readExample(fsys fs.FS, name string) (*timeline.File, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return timeline.Read(f, name)
}

// most lines of a sort that a standard shows; the rest are counted.
const mostLines = 1

// lines are the examples of a standard as little timelines: one that is raised, one
// that is met, one of any other outcome.
func (d *doc) lines(s *pack.Standard) []paper.Block {
	var out []paper.Block
	n, left := map[string]int{}, map[string]bool{}
	for _, sh := range d.ordered(s) {
		sort := outcome(sh.row)
		if n[sort]++; n[sort] > mostLines {
			left[sh.example] = true
			continue
		}
		out = append(out, d.line(sh, sort))
	}
	if more := slices.Sorted(maps.Keys(left)); len(more) > 0 {
		out = append(out, paper.Para{Text: "More in the examples " + strings.Join(more, ", ") + "."})
	}
	if out == nil && s.Modal != pack.May {
		out = append(out, paper.Para{Text: "No example shows this version yet."})
	}
	return out
}

// ordered puts raised ones first.
func (d *doc) ordered(s *pack.Standard) []shown {
	rows := slices.Clone(d.shown[versionKey(s)])
	slices.SortStableFunc(rows, func(a, b shown) int { return rank(a.row) - rank(b.row) })
	return rows
}

func rank(r *obligation.Row) int {
	return slices.Index([]string{"raised", "met", "other"}, outcome(r))
}

func outcome(r *obligation.Row) string {
	switch {
	case r.Finding != nil:
		return "raised"
	case r.Done != nil || r.Used:
		return "met"
	}
	return "other"
}

func (d *doc) line(sh shown, sort string) paper.Line {
	row := sh.row
	caption := map[string]string{"raised": "Example, raised", "met": "Example, met", "other": "Example, " + row.State()}[sort]
	l := &lineMaker{d: d, zone: sh.zone}
	l.make(row)
	slices.SortStableFunc(l.points, func(a, b timed) int {
		if a.at != b.at {
			return int(max(-1, min(1, int64(a.at-b.at))))
		}
		return a.order - b.order
	})
	out := paper.Line{Caption: caption + " (" + sh.example + ")"}
	for _, p := range l.points {
		out.Points = append(out.Points, p.Point)
	}
	return out
}

type timed struct {
	paper.Point
	at    day.Instant
	order int
}

type lineMaker struct {
	d      *doc
	zone   *time.Location
	points []timed
}

func (l *lineMaker) add(at day.Instant, order int, what string) *paper.Point {
	if at == 0 || at == day.Never {
		return &paper.Point{}
	}
	l.points = append(l.points, timed{paper.Point{When: when(at, l.zone), What: what}, at, order})
	return &l.points[len(l.points)-1].Point
}

// fact is a point for a recorded fact; a whole day has no hour.
func (l *lineMaker) fact(f *fact.Fact, order int, more string) *paper.Point {
	p := l.add(f.At.Lo, order, l.d.b.Kind(f.Kind)+more)
	if f.At.Whole {
		p.When = phrase.Date(l.d.p.Calendar.In(l.zone).DateOf(f.At.Lo))
	}
	return p
}

func (l *lineMaker) make(row *obligation.Row) {
	l.opening(row)
	for _, c := range row.Claims {
		if row.Trigger.Event == nil || c.Fact != row.Trigger.Event.Fact {
			l.fact(c.Fact, 1, ", only claimed")
		}
	}
	if row.Due != day.Never && !row.Standard.Gate && row.Standard.Modal != pack.MustNot {
		l.add(row.Due, 3, "due").Still = true
	}
	if dn := row.Done; dn != nil && dn.Event != nil && row.Standard.Modal != pack.MustNot {
		more := ", which meets it"
		if dn.Decided {
			more = ": a reason, which a second person signed"
		}
		l.fact(dn.Event.Fact, 2, more)
		if row.Finding == nil && !row.Standard.Gate && dn.Proved > dn.Happened.Hi+day.Instant(time.Minute) {
			l.add(dn.Proved, 2, "proven").Still = true
		}
	}
	if f := row.Finding; f != nil {
		if f.Offending != nil && (row.Trigger.Event == nil || f.Offending.Fact != row.Trigger.Event.Fact) {
			l.fact(f.Offending.Fact, 3, "")
		}
		l.add(f.Raised, 4, "raised: "+findingWord(f.Kind)).Raised = true
		if f.Closed != 0 {
			l.add(f.Closed, 5, "the finding is closed"+map[bool]string{true: ", late", false: ""}[f.Late]).Still = true
		}
	}
	switch {
	case row.Lifted != nil:
		l.add(row.Lifted.At, 5, "falls away: "+row.LiftedInWords()).Still = true
	case row.CannotTell:
		l.add(row.Instant(), 5, "cannot tell: "+row.WhyInWords()).Still = true
	}
}

func (l *lineMaker) opening(row *obligation.Row) {
	switch t := row.Trigger; {
	case t.Event != nil:
		l.fact(t.Event.Fact, 0, "")
	case t.Finding != nil:
		l.add(row.Opened, 0, "finding of "+l.d.mention(t.Finding.Standard.ID)).Still = true
	case t.Period > 0:
		l.add(row.Opened, 0, fmt.Sprintf("period %d is over", t.Period)).Still = true
	default:
		l.add(row.Opened, 0, "begins").Still = true
	}
}

func findingWord(kind string) string {
	if kind == "gate" {
		return "passed without it"
	}
	return kind
}

// when writes 6 November 2024, 11:02, or the end of that day.
func when(t day.Instant, zone *time.Location) string {
	at := t.Time(zone)
	if end := at.Add(time.Second); at.Second() == 59 && end.Hour() == 0 && end.Minute() == 0 {
		return at.Format("2 January 2006, end of day")
	}
	if at.Second() == 0 {
		return at.Format("2 January 2006, 15:04")
	}
	return at.Format("2 January 2006, 15:04:05")
}
