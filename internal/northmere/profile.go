package northmere

import (
	"math/rand/v2"

	"candour/internal/day"
)

// How a case ends.
const (
	charged   = "charged"
	cautioned = "cautioned" // reprimand, final warning, youth caution or simple caution
	policeNFA = "no further action, police"
	cpsNFA    = "no further action, prosecutor"
	withdrawn = "victim does not support action"
	noSuspect = "no suspect identified"
)

// profile is what kind of case it is, drawn before it is lived.
type profile struct {
	group             string
	ages              []int // of the victims
	suspectAge        int   // 0: no suspect is ever named
	trust, access     bool  // position of trust; has a child within reach
	namedAfter        int   // days after the report
	arrest, admits    bool
	contact, prepub   bool
	recent            int    // hours between the offence and the report; 0: long ago
	ending            string // one of the above
	weeks             int    // until the evidence is complete
	device, forensic  bool
	third, conference bool
	protection        bool
	missing           bool
	leads             int
	grade             string
}

// sexual tells whether the group is of sexual offences.
func (p *profile) sexual() bool {
	return p.group != "child-cruelty" && p.group != "child-serious-violence"
}

// indictableOnly tells whether only the Crown Court can try the offence.
func (p *profile) indictableOnly() bool {
	return p.group == "child-rape" || p.group == "child-rape-u13"
}

// schedule3 tells whether a caution or conviction brings notification duties: for
// a child only for rape and penetration, which have no threshold.
func (p *profile) schedule3() bool {
	return p.indictableOnly() || p.sexual() && p.suspectAge >= 18
}

func (p *profile) childSuspect() bool { return p.suspectAge > 0 && p.suspectAge < 18 }

// weighted draws an index by weight.
func weighted(r *rand.Rand, weights ...int) int {
	sum := 0
	for _, w := range weights {
		sum += w
	}
	n := r.IntN(sum)
	for i, w := range weights {
		if n -= w; n < 0 {
			return i
		}
	}
	return 0
}

func drawProfile(r *rand.Rand, reported day.Date) profile {
	groups := []string{"child-sexual-contact", "child-rape", "child-rape-u13", "child-cruelty", "child-serious-violence", "child-images", "child-sexual-other", "child-exploitation"}
	p := profile{group: groups[weighted(r, 34, 15, 11, 14, 7, 8, 8, 3)]}
	p.ages = []int{drawAge(r, p.group)}
	if r.IntN(100) < 11 {
		p.ages = append(p.ages, drawAge(r, p.group))
	}
	p.contact = p.group != "child-images" && p.group != "child-sexual-other"
	p.prepub = p.ages[0] < 11
	if p.contact && r.IntN(100) < 45 {
		p.recent = 4 + r.IntN(140)
		if p.prepub && p.recent > 60 && p.recent <= 72 { // leave time for an examination
			p.recent = 80
		}
	}
	if r.IntN(100) < 86 {
		drawSuspect(r, &p)
	}
	p.ending = drawEnding(r, &p)
	p.weeks = 3 + r.IntN(8) + weighted(r, 60, 25, 15)*r.IntN(18)
	drawWork(r, &p, reported)
	p.grade = drawGrade(r, &p)
	return p
}

func drawAge(r *rand.Rand, group string) int {
	switch group {
	case "child-rape-u13":
		return 4 + r.IntN(9)
	case "child-rape", "child-exploitation":
		return 12 + r.IntN(6)
	case "child-cruelty", "child-serious-violence":
		return 1 + r.IntN(15)
	}
	return 5 + r.IntN(13)
}

func drawSuspect(r *rand.Rand, p *profile) {
	p.suspectAge = 18 + r.IntN(52)
	if p.sexual() && r.IntN(100) < 22 {
		p.suspectAge = 10 + r.IntN(8)
	}
	p.trust = p.suspectAge >= 21 && r.IntN(100) < 7
	p.access = r.IntN(100) < 45
	if r.IntN(100) < 25 {
		p.namedAfter = 1 + r.IntN(16)
	}
	p.arrest = r.IntN(100) < 62
	p.admits = r.IntN(100) < 22
}

func drawEnding(r *rand.Rand, p *profile) string {
	if p.suspectAge == 0 {
		return noSuspect
	}
	ending := []string{charged, policeNFA, cpsNFA, withdrawn}[weighted(r, 32, 34, 16, 9)]
	if p.admits && (p.suspectAge < 18 || p.group == "child-images" || p.group == "child-cruelty") && r.IntN(100) < 60 {
		return cautioned
	}
	return ending
}

func drawWork(r *rand.Rand, p *profile, reported day.Date) {
	p.device = p.suspectAge > 0 && (p.group == "child-images" || r.IntN(100) < 28)
	p.forensic = p.contact && p.recent > 0
	p.third = r.IntN(100) < 30
	p.conference = r.IntN(100) < 30
	p.protection = r.IntN(100) < 4
	p.missing = p.ages[0] >= 11 && r.IntN(100) < 6
	p.leads = weighted(r, 72, 22, 6)
	if reported.Weekday() == 0 { // fewer visits are made on a Sunday
		p.protection = false
	}
}

func drawGrade(r *rand.Rand, p *profile) string {
	switch {
	case r.IntN(100) < 3:
		return "very-high"
	case p.ages[0] < 13 && r.IntN(100) < 75, p.indictableOnly(), p.trust, len(p.ages) > 1:
		return "high"
	case p.access || r.IntN(100) < 75:
		return "medium"
	}
	return "standard"
}

// lower is one grade down.
func lower(grade string) string {
	switch grade {
	case "very-high":
		return "high"
	case "high":
		return "medium"
	}
	return grade
}
