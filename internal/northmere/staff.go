package northmere

import (
	"fmt"
	"hash/fnv"
	"slices"

	"candour/internal/day"
	"candour/internal/fact"
)

// chair is an investigator's place in a team. Its holder may move; whoever comes
// next takes over what is open.
type chair struct {
	holders [2]string // the second is empty where nobody moved
	moved   day.Instant
	open    []day.Instant // when the chair's live cases will close
}

// holder is who sits there at t.
func (c *chair) holder(t day.Instant) string {
	if c.holders[1] != "" && t >= c.moved {
		return c.holders[1]
	}
	return c.holders[0]
}

// live is how many cases are open at t; those closed by then are forgotten.
func (c *chair) live(t day.Instant) int {
	c.open = slices.DeleteFunc(c.open, func(end day.Instant) bool { return end <= t })
	return len(c.open)
}

type team struct {
	unit       string
	chairs     []*chair
	sergeants  []string
	inspectors [2]string // the second follows the first
	changed    day.Instant
}

func (t *team) inspector(at day.Instant) string {
	if at >= t.changed {
		return t.inspectors[1]
	}
	return t.inspectors[0]
}

// staff is who works for Northmere: two area teams and those around them.
type staff struct {
	cal     calendar
	world   *fact.World
	teams   [2]*team
	ranks   map[string]string
	teamOf  map[string]*team
	serials map[string]int
}

// Those who have one holder throughout, by role.
const (
	chief       = "ac1001"
	headFirst   = "cs1102"
	headSecond  = "cs1127"
	super       = "su1203"
	superDuty   = "su1218"
	registrar   = "in1309"
	exhibitsMan = "sg1410"
	exhibitsOff = "co1411"
	exhibitsTwo = "co1412"
	auditor     = "in1413" // counts exhibits from outside the team and the store
	records     = "co1501"
	pncBureau   = "co1502"
	offenderMgr = "sg1603"
	custodySgt  = "sg1704"
	custodyInsp = "in1705"
	dutyInsp    = "in1806"
	designated  = "in1807"
	standards   = "ci1908"
	victimLead  = "in2009"
	vrrCoord    = "in2010"
	mashManager = "in2011"
	forensicMgr = "in2012"
	disclosure  = "co2013"
	reviewer    = "ci2114"
	responder   = "co2215" // the first of three
)

var headMoved = date("2013-08-05")

func newStaff(cases int) *staff {
	s := &staff{
		cal: calendar{newCalendar()}, world: fact.NewWorld("northmere"),
		ranks: map[string]string{}, teamOf: map[string]*team{}, serials: map[string]int{},
	}
	s.bodies()
	s.units()
	s.command()
	s.specialists()
	for i, unit := range []string{"team-a", "team-b"} {
		s.teams[i] = s.team(i, unit, max(7, 7*cases/600))
	}
	return s
}

func (s *staff) bodies() {
	since := s.cal.Start(date("2000-01-01"))
	add := func(id, kind string, channel bool) {
		b := &fact.Body{ID: id, Kind: kind}
		if channel {
			b.Channels = []fact.Channel{{From: since, To: day.Never, How: "system"}}
		}
		s.world.Bodies[id] = b
	}
	add("northmere", "force", false)
	for _, id := range []string{"cps", "csc", "yot", "database", "laboratory", "health", "visor-unit", "psd", "iopc", "court"} {
		add(id, id, true)
	}
	for _, id := range []string{"support", "isva", "lado"} { // answer by telephone and letter only
		add(id, id, false)
	}
	s.world.Sources = []*fact.Source{{ID: "sentry", Of: "northmere", Marks: []fact.Mark{{At: s.cal.Start(recordEnds), To: s.cal.End(recordEnds)}}}}
}

func (s *staff) units() {
	add := func(id, parent string) { s.world.Units[id] = &fact.Unit{ID: id, Body: "northmere", Parent: parent} }
	add("command", "")
	add("public-protection", "command")
	add("team-a", "public-protection")
	add("team-b", "public-protection")
	for _, id := range []string{"response", "custody", "duty", "store", "registry", "offender-unit", "standards", "victim-care", "mash", "review"} {
		add(id, "command")
	}
}

// hire adds a person with a first post.
func (s *staff) hire(id, role, rank, unit, over string, from day.Date) {
	p := s.world.Persons[id]
	if p == nil {
		p = &fact.Person{ID: id, Body: "northmere"}
		s.world.Persons[id] = p
	}
	p.Posts = append(p.Posts, fact.Post{Role: role, Rank: rank, Unit: unit, ReportsTo: over, From: s.cal.Start(from), To: day.Never})
	s.ranks[id] = rank
}

// move ends a person's post the day before and gives another.
func (s *staff) move(id, role, unit, over string, on day.Date) {
	posts := s.world.Persons[id].Posts
	posts[len(posts)-1].To = s.cal.End(on - 1)
	s.hire(id, role, s.ranks[id], unit, over, on)
}

func (s *staff) command() {
	from := date("2010-01-04")
	s.hire(chief, "chief-officer", "assistant-chief-constable", "command", "", from)
	s.hire(headFirst, "head-public-protection", "chief-superintendent", "public-protection", chief, from)
	s.hire(headSecond, "head-public-protection", "chief-superintendent", "public-protection", chief, headMoved)
	s.move(headFirst, "", "command", chief, headMoved)
	s.hire(super, "superintendent", "superintendent", "public-protection", headFirst, from)
	s.move(super, "superintendent", "public-protection", headSecond, headMoved)
	s.hire(superDuty, "duty-superintendent", "superintendent", "duty", chief, from)
}

func (s *staff) specialists() {
	from := date("2010-01-04")
	for _, p := range []struct{ id, role, rank, unit, over string }{
		{registrar, "crime-registrar", "inspector", "registry", chief},
		{auditor, "reviewer-peer", "inspector", "review", chief},
		{exhibitsMan, "exhibits-manager", "sergeant", "store", auditor},
		{exhibitsOff, "exhibits-officer", "constable", "store", exhibitsMan},
		{exhibitsTwo, "exhibits-officer", "constable", "store", exhibitsMan},
		{records, "records-manager", "constable", "registry", registrar},
		{pncBureau, "pnc-bureau", "constable", "registry", registrar},
		{offenderMgr, "sex-offender-manager", "sergeant", "offender-unit", super},
		{custodyInsp, "custody-inspector", "inspector", "custody", superDuty},
		{custodySgt, "custody-sergeant", "sergeant", "custody", custodyInsp},
		{dutyInsp, "duty-inspector", "inspector", "duty", superDuty},
		{designated, "designated-officer", "inspector", "duty", superDuty},
		{standards, "professional-standards", "chief-inspector", "standards", chief},
		{victimLead, "victim-lead", "inspector", "victim-care", super},
		{vrrCoord, "vrr-coordinator", "inspector", "review", chief},
		{mashManager, "mash-manager", "inspector", "mash", super},
		{forensicMgr, "forensic-manager", "inspector", "store", super},
		{disclosure, "disclosure-officer", "constable", "registry", registrar},
		{reviewer, "reviewer-independent", "chief-inspector", "review", chief},
		{responder, "first-responder", "constable", "response", dutyInsp},
		{"co2216", "first-responder", "constable", "response", dutyInsp},
		{"co2217", "first-responder", "constable", "response", dutyInsp},
	} {
		s.hire(p.id, p.role, p.rank, p.unit, p.over, from)
	}
}

// team makes a team of so many investigators. Its inspector changes once, and in
// every second chair so does the investigator.
func (s *staff) team(i int, unit string, chairs int) *team {
	t := &team{unit: unit}
	on := date("2013-02-04").Add(280 * i)
	t.changed = s.cal.Start(on)
	base := 3000 + 1000*i
	t.inspectors = [2]string{fmt.Sprintf("di%d", base+1), fmt.Sprintf("di%d", base+2)}
	from := date("2010-01-04")
	s.hire(t.inspectors[0], "detective-inspector", "inspector", unit, super, from)
	s.hire(t.inspectors[1], "detective-inspector", "inspector", unit, super, on)
	s.move(t.inspectors[0], "duty-inspector", "duty", superDuty, on)
	for k := range max(2, chairs/4) {
		id := fmt.Sprintf("ds%d", base+11+k)
		s.hire(id, "detective-sergeant", "sergeant", unit, t.inspectors[0], from)
		s.move(id, "detective-sergeant", unit, t.inspectors[1], on)
		t.sergeants = append(t.sergeants, id)
	}
	if chairs > 100 {
		base = 100000 * (i + 1)
	}
	for k := range chairs {
		t.chairs = append(t.chairs, s.chair(t, base+101+2*k, k))
	}
	for _, id := range append(slices.Clone(t.sergeants), t.inspectors[:]...) {
		s.teamOf[id] = t
	}
	return t
}

func (s *staff) chair(t *team, number, k int) *chair {
	c := &chair{moved: day.Never}
	over := t.sergeants[k%len(t.sergeants)]
	c.holders[0] = fmt.Sprintf("dc%d", number)
	s.hire(c.holders[0], "oic", "constable", t.unit, over, date("2010-09-06"))
	s.teamOf[c.holders[0]] = t
	if k%2 == 0 {
		return c
	}
	on := moveDate(t.unit, k)
	c.moved = s.cal.Start(on)
	c.holders[1] = fmt.Sprintf("dc%d", number+1)
	s.hire(c.holders[1], "oic", "constable", t.unit, over, on)
	s.teamOf[c.holders[1]] = t
	s.move(c.holders[0], "first-responder", "response", dutyInsp, on)
	return c
}

// moveDate spreads the moves over 2012 to 2014, on Mondays. The third chair of
// team B moves on restructured, when nobody arranged handovers.
func moveDate(unit string, k int) day.Date {
	if unit == "team-b" && k%7 == 3 {
		return restructured
	}
	first := date("2012-01-09")
	if unit == "team-b" {
		first = date("2012-04-16")
	}
	return first.Add(7 * (k * 23 % 130))
}

var restructured = date("2013-09-16")

// away tells whether a person is on leave that day: two weeks in each half-year.
func away(id string, d day.Date) bool {
	half := int(d) / 182
	h := fnv.New32a()
	fmt.Fprintf(h, "%s/%d", id, half)
	start := half*182 + int(h.Sum32()%168)
	return int(d) >= start && int(d) < start+14
}

func (s *staff) away(id string, t day.Instant) bool { return away(id, s.cal.DateOf(t)) }

// sergeant is who supervises the team's cases at t: the first choice unless away.
func (s *staff) sergeant(t *team, k int, at day.Instant) string {
	n := len(t.sergeants)
	for i := range n {
		if id := t.sergeants[(k+i)%n]; !s.away(id, at) {
			return id
		}
	}
	return t.inspector(at)
}

// inspectorOn is the team's inspector, or the other team's while away.
func (s *staff) inspectorOn(t *team, at day.Instant) string {
	if id := t.inspector(at); !s.away(id, at) {
		return id
	}
	other := s.teams[0]
	if other == t {
		other = s.teams[1]
	}
	if id := other.inspector(at); !s.away(id, at) {
		return id
	}
	return super
}

func (s *staff) head(at day.Instant) string {
	if at >= s.cal.Start(headMoved) {
		return headSecond
	}
	return headFirst
}

// above is who countersigns for the person at that time.
func (s *staff) above(id string, t *team, k int, at day.Instant) string {
	switch s.ranks[id] {
	case "constable":
		return s.sergeant(t, k, at)
	case "sergeant":
		return s.inspectorOn(t, at)
	case "inspector":
		return super
	case "assistant-chief-constable":
		return "" // nobody stands above
	case "chief-inspector":
		return superDuty
	case "superintendent":
		return s.head(at)
	}
	return chief
}
