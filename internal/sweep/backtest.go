package sweep

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"candour/internal/day"
	"candour/internal/obligation"
	"candour/internal/pack"
	"candour/internal/state"
)

// Backtest asks of cases that are over, or far on, what would have been raised if
// the standards had been watched all along, and when. It is fed case by case and
// keeps counts, and of each case its first finding; not the findings.
type Backtest struct {
	// Before are the kinds of fact by which a case came to light, such as a
	// referral; the days from a case's first finding to the first of them are its warning.
	Before []string

	Cases, Raised  int // cases looked at, and cases with findings
	Findings       int
	Advisory       int // findings of standards that nobody has checked: not in Findings
	First          day.Instant
	Groups         map[string]*Group // by standard, month, unit, person and failing: "standard lead-followup"
	Early          []Early           // cases with findings that came to light, in the order given
	zone           *time.Location
	standardTitles map[string]string
	pack           *pack.Pack // of the last case
}

// Group counts the findings that share something.
type Group struct {
	By, Name string
	Findings int
	Open     int
	Cases    int
	First    day.Instant
	lastCase string
}

// Early is a case with findings that came to light: when something was first raised on it (0 if
// nothing was before), and when it came to light, by which fact.
type Early struct {
	Case     string
	Standard string
	Seen     day.Instant
	Light    day.Instant
	Kind     string
}

// Days is how many whole days earlier it would have been raised; negative if later.
func (e Early) Days() int {
	return int((e.Light - e.Seen) / day.Instant(24*time.Hour))
}

// Add takes a case's result. It holds nothing of it afterwards.
func (b *Backtest) Add(res *obligation.Result) {
	if b.Groups == nil {
		b.Groups, b.standardTitles = map[string]*Group{}, map[string]string{}
	}
	b.zone, b.pack = res.Case.Cal.Zone(), res.Case.Pack
	if res.Scope == "" {
		b.Cases++
	}
	var first *obligation.Row
	for _, row := range res.Rows {
		switch {
		case row.Finding == nil:
			continue
		case row.Finding.Advisory:
			b.Advisory++
			continue
		}
		b.Findings++
		b.count(res, row)
		if first == nil || row.Seen() < first.Seen() {
			first = row
		}
	}
	if first != nil && res.Scope == "" {
		b.Raised++
	}
	if res.Scope == "" && first != nil {
		b.light(res, first)
	}
}

func (b *Backtest) count(res *obligation.Result, row *obligation.Row) {
	seen := row.Seen()
	if b.First == 0 || seen < b.First {
		b.First = seen
	}
	b.standardTitles[row.Standard.ID] = row.Standard.Title
	b.group("standard", row.Standard.ID, res, row, seen)
	b.group("month", seen.Time(b.zone).Format("2006-01"), res, row, seen)
	b.group("person", row.Answers(), res, row, seen)
	b.group("unit", row.Unit(), res, row, seen)
	b.group("case", res.Case.Case.ID, res, row, seen)
	for _, g := range row.Standard.Guards {
		b.group("failing", g, res, row, seen)
	}
}

func (b *Backtest) group(by, name string, res *obligation.Result, row *obligation.Row, seen day.Instant) {
	if name == "" {
		name = "(nobody named)"
	}
	key := by + " " + name
	g := b.Groups[key]
	if g == nil {
		g = &Group{By: by, Name: name, First: seen}
		b.Groups[key] = g
	}
	g.Findings++
	if row.Finding.Closed == 0 {
		g.Open++
	}
	if id := res.Case.Case.ID; res.Scope == "" && g.lastCase != id {
		g.lastCase = id
		g.Cases++
	}
	g.First = min(g.First, seen)
}

// light notes when a case came to light, if it did.
func (b *Backtest) light(res *obligation.Result, first *obligation.Row) {
	var e Early
	for _, ev := range res.Case.Ev {
		if slices.Contains(b.Before, ev.Fact.Kind) {
			e = Early{Case: res.Case.Case.ID, Light: ev.At.Lo, Kind: ev.Fact.Kind}
			break
		}
	}
	if e.Kind == "" {
		return
	}
	if first.Seen() < e.Light {
		e.Seen, e.Standard = first.Seen(), first.Standard.ID
	}
	b.Early = append(b.Early, e)
}

// By lists the groups of one kind, those with most findings first; months in order.
func (b *Backtest) By(by string) []*Group {
	var out []*Group
	for _, g := range b.Groups {
		if g.By == by {
			out = append(out, g)
		}
	}
	slices.SortFunc(out, func(x, y *Group) int {
		if by == "month" {
			return cmp.Compare(x.Name, y.Name)
		}
		return cmp.Or(y.Findings-x.Findings, cmp.Compare(x.Name, y.Name))
	})
	return out
}

// Title is the title of a standard that raised something.
func (b *Backtest) Title(id string) string { return b.standardTitles[id] }

// Label is what the pack calls a kind of fact.
func (b *Backtest) Label(kind string) string {
	if b.pack != nil {
		if k := b.pack.Kind(kind); k != nil {
			return k.Label
		}
	}
	return kind
}

// Zone is the zone in which the cases are told.
func (b *Backtest) Zone() *time.Location { return b.zone }

// Warning sums up the cases that came to light: in how many something had been
// raised before, and the days by which it was earlier: least, middle, most.
func (b *Backtest) Warning() (warned int, least, middle, most int) {
	var days []int
	for _, e := range b.Early {
		if e.Seen != 0 {
			days = append(days, e.Days())
		}
	}
	if len(days) == 0 {
		return 0, 0, 0, 0
	}
	slices.Sort(days)
	return len(days), days[0], days[len(days)/2], days[len(days)-1]
}

// Unknown tells which of the kinds asked for the pack does not know.
func (b *Backtest) Unknown(p *pack.Pack) error {
	for _, k := range b.Before {
		if p.Kind(k) == nil {
			return fmt.Errorf("the pack %s has no kind %q; name a kind of fact by which cases came to light", p.ID, k)
		}
	}
	return nil
}

// Curves adds up, over files, how many findings stood open at each of the moments.
type Curves struct {
	Moments []day.Instant
	Points  []obligation.Point
	sweeper obligation.Sweeper
}

// Add adds a case's curve, leaving out advisory findings.
func (c *Curves) Add(in *state.Input, asked func(*pack.Standard) bool) error {
	if c.Points == nil {
		c.Points = make([]obligation.Point, len(c.Moments))
	}
	return c.sweeper.Add(c.Points, in, c.Moments, obligation.Under(in.Pack, asked), func(r *obligation.Row) bool {
		return !r.Finding.Advisory && (asked == nil || asked(r.Standard))
	})
}

// Steps lists the ends of days from one to another, so many days apart.
func Steps(cal *day.Calendar, from, to day.Date, days int) []day.Instant {
	var out []day.Instant
	for d := from; d <= to; d = d.Add(days) {
		out = append(out, cal.End(d))
	}
	return out
}
