// Package northmere invents a police force, Northmere, and its child-abuse
// investigations of April 2011 to June 2015: for demonstrations, figures and
// tests that need a whole force and know what is wrong with it.
//
// In 600 cases 545 are sound: every duty of section 7 of the domain reference
// that was in force is done in time, at plausible hours, by people in post. The
// other 55 fail because of what somebody did again and again: see behaviours,
// and doc/northmere.md in plain words. A Plant says of each what it ought to
// raise. One of them is the founding case, at the very times of the worked case.
//
// Everything is invented: no person, place, force or event is real, and nothing
// is taken from a real case. Persons are collar numbers; victims are v1, v2.
//
// What is always true: the same seed and number give the same force, to the byte;
// cases come in the order in which they were reported, and each is made alone, so
// that a hundred thousand need no more memory than one; nothing is later than
// the end of 2015; no clock is read.
package northmere

import (
	"fmt"
	"math/rand/v2"

	"candour/internal/day"
	"candour/internal/fact"
	"candour/internal/timeline"
)

// Force is Northmere's record, and what was planted in it.
type Force struct {
	File    *timeline.File
	Planted []Plant
	seed    uint64
}

// Generate makes the force with so many cases.
func Generate(seed uint64, cases int) *Force {
	f := &Force{File: &timeline.File{Pack: "ew-investigation", ZoneName: "Europe/London"}, seed: seed}
	err := Each(seed, cases, func(w *fact.World, c *fact.Case, p *Plant) error {
		f.File.World = w
		f.File.Cases = append(f.File.Cases, c)
		if p != nil {
			f.Planted = append(f.Planted, *p)
		}
		return nil
	})
	if err != nil {
		panic(err) // the function above gives none
	}
	if f.File.World == nil {
		f.File.World = newStaff(cases).world
	}
	f.File.Zone = newCalendar().Zone()
	return f
}

// Each makes the cases one by one and hands each on with the world, which is the
// same for all, and with what is planted in it, nil if the case is sound. It
// stops at the first error of the function and returns it.
func Each(seed uint64, cases int, each func(*fact.World, *fact.Case, *Plant) error) error {
	g := &generator{staff: newStaff(cases), seed: seed, cases: cases}
	g.numbers = newNumbers(seed, cases, g)
	planted := g.plan()
	for i := range cases {
		c, p := g.one(i, planted[i])
		if err := each(g.world, c, p); err != nil {
			return err
		}
	}
	return nil
}

type generator struct {
	*staff
	seed    uint64
	cases   int
	numbers numbers
}

// reportedOn spreads the reports over the span, so that case follows case.
func (g *generator) reportedOn(i int) day.Date {
	span := int(lastReport-firstReport) + 1
	return firstReport.Add(i * span / max(g.cases, 1))
}

// index is the first case reported on or after the day.
func (g *generator) index(d day.Date) int {
	lo, hi := 0, g.cases
	for lo < hi {
		if mid := (lo + hi) / 2; g.reportedOn(mid) < d {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// plan says which cases fail, and how: -1 is the founding case, n the nth
// behaviour; those that are not in it are sound.
func (g *generator) plan() map[int]int {
	planted := map[int]int{}
	take := func(i, lo, hi, what int) {
		for n := range hi - lo {
			if at := lo + (i-lo+n)%(hi-lo); planted[at] == 0 {
				planted[at] = what
				return
			}
		}
	}
	if at := g.index(date(foundingReported)); at < g.cases {
		planted[at] = -1
	}
	for b, it := range behaviours {
		lo, hi := g.index(date(it.from)), g.index(date(it.to))
		n := (it.cases*g.cases + 300) / 600
		for k := range n {
			take(lo+(2*k+1)*(hi-lo)/(2*n), lo, hi, b+1)
		}
	}
	return planted
}

// one makes the ith case.
func (g *generator) one(i, what int) (*fact.Case, *Plant) {
	on := g.reportedOn(i)
	l := &life{
		staff: g.staff, r: rand.New(rand.NewPCG(g.seed, uint64(i)+1)), refs: map[*fact.Fact][]*fact.Fact{}, serial: map[byte]int{},
		c: &fact.Case{ID: g.numbers.of(i, on), Kind: "investigation"},
	}
	l.reported = l.reportTime(on)
	l.p = drawProfile(l.r, on)
	l.team = g.teams[l.r.IntN(2)]
	l.seat = l.free()
	if what != 0 {
		l.plant = &Plant{Case: l.c.ID, Behaviour: Founding}
	}
	if what == -1 {
		l.team, l.seat = g.teams[0], 0
	}
	if what > 0 {
		l.fails(behaviours[what-1])
	}
	l.oic = l.team.chairs[l.seat]
	l.live(what == -1)
	return l.c, l.plant
}

// reportTime is mostly by day, sometimes in the night.
func (l *life) reportTime(d day.Date) day.Instant {
	h := l.between(8, 20)
	if l.chance(8) {
		h = []int{0, 6, 21, 23}[l.r.IntN(4)]
	}
	return l.cal.at(d, h, l.between(0, 59))
}

// free is the chair of the team with the fewest live cases.
func (l *life) free() int {
	best, fewest := 0, 1<<30
	from := l.r.IntN(len(l.team.chairs))
	for k := range l.team.chairs {
		i := (from + k) % len(l.team.chairs)
		c := l.team.chairs[i]
		if n := c.live(l.reported); n < fewest && !l.away(c.holder(l.reported), l.reported) {
			best, fewest = i, n
		}
	}
	return best
}

// fails shapes the case for the behaviour, and gives it to who behaves so.
func (l *life) fails(b behaviour) {
	l.plant.Behaviour = b.name
	l.team = l.teams[b.team]
	l.seat = l.free()
	if b.chair >= 0 {
		l.seat = b.chair + 7*l.r.IntN(max(1, len(l.team.chairs)/7))
	}
	b.shape(l)
}

// live lives the case from the report to the end.
func (l *life) live(founding bool) {
	if founding {
		l.founding()
	} else {
		l.c.Group = l.p.group
		l.begin()
		l.goOn()
	}
	l.oic.open = append(l.oic.open, l.end())
	l.finish()
	if l.plant != nil {
		l.plant.tidy()
	}
}

func (l *life) begin() {
	l.report()
	l.record()
	l.allocate()
	l.safeguard()
	l.account()
	l.suspect()
	l.evidence()
	l.outcome()
	l.setClose()
}

func (l *life) goOn() {
	l.reassessed()
	l.supervise()
	l.close()
	l.contact()
	l.progressed()
	l.counted()
	l.askForReview()
	l.complain()
}

// numbers gives each case a number that looks random within its year.
type numbers struct {
	first          map[int]int // the year's first case
	prime, mul, at int
	width          int
}

func newNumbers(seed uint64, cases int, g *generator) numbers {
	n := numbers{first: map[int]int{}, prime: 9973, width: 4}
	if cases > 8000 {
		n.prime, n.width = 999983, 6
	}
	r := rand.New(rand.NewPCG(seed, 0))
	n.mul, n.at = 1+r.IntN(n.prime-1), r.IntN(n.prime)
	for y := 2011; y <= 2015; y++ {
		n.first[y] = g.index(day.DateOf(y, 1, 1))
	}
	return n
}

func (n numbers) of(i int, on day.Date) string {
	y := yearOf(on)
	k := i - n.first[y]
	return fmt.Sprintf("n-%d-%0*d", y, n.width, 1+(k*n.mul+n.at)%n.prime)
}

func yearOf(d day.Date) int {
	y := 1970 + int(d)/366
	for day.DateOf(y+1, 1, 1) <= d {
		y++
	}
	return y
}
