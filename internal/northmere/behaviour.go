package northmere

import (
	"slices"

	"candour/internal/day"
	"candour/internal/fact"
)

// habits are what somebody on the case does instead of the duty. A sound case has
// none.
type habits struct {
	writes          bool        // the officer writes entries instead of acting
	batch           day.Instant // the afternoon on which the sergeant enters all reviews
	closesToTarget  bool
	losesExhibit    bool
	forges          bool
	dropsHandover   bool
	driftFrom       day.Instant
	driftTo         day.Instant
	sendsLate       bool
	warnsAlone      bool
	losesOffender   bool
	skipsBiometrics bool
	unacknowledged  bool
}

// behaviour is something people do, where and when they do it, and how many cases
// in 600 suffer from it.
type behaviour struct {
	name     string
	cases    int
	from, to string // of the reports
	team     int
	chair    int // -1: whoever is free
	shape    func(*life)
}

// Founding is the name of the founding case's behaviour.
const Founding = "founding"

var behaviours = []behaviour{
	{"writes-instead-of-acting", 6, "2012-01-09", "2012-11-30", 0, 2, (*life).willWrite},
	{"reviews-in-batches", 6, "2013-01-14", "2013-03-15", 1, -1, (*life).willBatch},
	{"closes-to-target", 6, "2013-10-14", "2014-09-30", 1, -1, (*life).willCloseToTarget},
	{"loses-exhibits", 5, "2011-05-01", "2014-06-30", 0, -1, (*life).willLoseExhibit},
	{"signs-for-others", 4, "2013-09-01", "2014-10-31", 1, 2, (*life).willForge},
	{"moves-without-handover", 6, "2013-06-24", "2013-08-31", 1, 3, (*life).willDrift},
	{"prosecutor-told-late", 5, "2011-06-01", "2014-09-30", 0, -1, (*life).willSendLate},
	{"warns-without-prosecutor", 2, "2011-09-01", "2012-09-30", 0, -1, (*life).willWarn},
	{"cautions-without-prosecutor", 2, "2013-06-01", "2014-06-30", 1, -1, (*life).willWarn},
	{"loses-offenders", 4, "2011-08-01", "2014-10-31", 1, -1, (*life).willLoseOffender},
	{"no-biometrics-after-voluntary", 4, "2011-05-15", "2014-08-31", 0, -1, (*life).willSkipBiometrics},
	{"social-care-told-only", 4, "2011-10-01", "2015-03-31", 1, -1, (*life).willNotBeAcknowledged},
}

func (l *life) willWrite() {
	l.h.writes = true
	l.p.ending, l.p.suspectAge, l.p.namedAfter = charged, 24+l.r.IntN(30), 0
	l.p.ages = []int{6 + l.r.IntN(9)}
	l.p.group, l.p.grade = "child-sexual-contact", "medium"
	l.p.weeks = 8 + l.r.IntN(5)
}

func (l *life) willBatch() {
	l.h.batch = l.cal.at(date("2013-06-12"), 14, l.between(5, 50))
	l.p.grade, l.p.missing, l.p.ending, l.p.weeks = "medium", false, policeNFA, 30
	l.suspectAdult()
}

func (l *life) suspectAdult() {
	if l.p.suspectAge < 18 {
		l.p.suspectAge, l.p.admits = 25+l.r.IntN(30), false
	}
}

func (l *life) willCloseToTarget() {
	l.h.closesToTarget = true
	l.suspectAdult()
	l.p.ending, l.p.arrest, l.p.missing, l.p.leads, l.p.weeks = policeNFA, false, false, 1+l.r.IntN(2), 6+l.r.IntN(4)
	l.p.device = false
}

func (l *life) willLoseExhibit() {
	l.h.losesExhibit = true
}

func (l *life) willForge() {
	l.h.forges = true
	l.suspectAdult()
	l.p.ending, l.p.weeks = withdrawn, 5
	l.p.ages = []int{13 + l.r.IntN(3)}
}

// willDrift leaves the case to nobody for a season after the officer has gone.
func (l *life) willDrift() {
	l.h.dropsHandover = true
	l.h.driftFrom = l.cal.at(restructured.Add(3), 0, 5)
	l.h.driftTo = l.h.driftFrom + day.Instant(l.between(125, 150))*oneDay
	l.suspectAdult()
	l.p.ages = []int{5 + l.r.IntN(10)}
	l.p.group, l.p.grade, l.p.arrest, l.p.namedAfter = "child-sexual-contact", "medium", true, 0
	l.p.device, l.p.third, l.p.leads, l.p.missing, l.p.weeks, l.p.ending = false, false, 0, false, 34, policeNFA
	for _, standard := range []string{"progress-28d", "supervisor-28d", "victim-monthly-2006", "victim-agreed-update", "bail-review-pre2017"} {
		l.plant.raise(standard, "", 0)
	}
}

func (l *life) willSendLate() {
	l.h.sendsLate = true
	l.suspectAdult()
	l.p.ending = charged
}

func (l *life) willWarn() {
	l.h.warnsAlone = true
	l.p.group, l.p.ending, l.p.admits, l.p.weeks, l.p.namedAfter = "child-rape", cautioned, true, 4+l.r.IntN(5), 0
	l.p.ages, l.p.suspectAge, l.p.grade = []int{12 + l.r.IntN(4)}, 13+l.r.IntN(4), "high"
	l.p.trust, l.p.device, l.p.prepub = false, false, false
}

func (l *life) willLoseOffender() {
	l.h.losesOffender = true
	l.p.group, l.p.ending, l.p.admits, l.p.contact, l.p.recent = "child-images", cautioned, true, false, 0
	l.p.suspectAge, l.p.device, l.p.forensic = 26+l.r.IntN(40), true, false
}

func (l *life) willSkipBiometrics() {
	l.h.skipsBiometrics = true
	l.suspectAdult()
	l.p.arrest, l.p.ending = false, charged
}

func (l *life) willNotBeAcknowledged() { l.h.unacknowledged = true }

// onlyClaimed is the note that the file has gone, when nothing has; months later
// somebody asks the prosecutor. It returns when the file really goes.
func (l *life) onlyClaimed(s string, t day.Instant) day.Instant {
	l.add("cps.referral_claimed", t, l.officer(t), s)
	l.miss("cps-claim-confirmed", s, t, "2 working days")
	l.miss("cps-referral-due", s, l.complete, "10 working days")
	l.plant.raise("disclosure-schedule", s, l.cal.DateOf(t))
	for _, v := range l.victims() {
		l.plant.raise("special-measures", v, l.cal.DateOf(t))
	}
	again := l.after(t, 30, 40)
	l.add("plan.agreed", again, l.officer(again)).text("version", "2").doc("plan", "Investigation plan, version 2: the plan restated")
	found := l.after(t, 80, 130)
	l.add("cps.no_record", found, l.inspectorOn(l.team, found), s).from("cps")
	l.plant.raise("cps-claim-contradicted", s, l.cal.DateOf(found))
	answered := l.by(found+hour, l.cal.due(found, "1 working day"))
	if l.chance(50) {
		l.miss("contradiction-answered", s, found, "1 working day")
		answered = l.after(found, 6, 12)
	}
	l.add("contradiction.answered", answered, l.inspectorOn(l.team, answered), s).text("category", "No file had been sent").signed()
	return l.after(answered, 5, 12)
}

var tellStandards = map[string]string{
	"suspect.arrested": "victim-arrest-1wd", "suspect.interviewed": "victim-interview-1wd", "suspect.bailed": "victim-release-1wd",
	"suspect.charged": "victim-charge-1wd",
}

// missTold notes contacts that nobody but the officer vouches for.
func (l *life) missTold(told []*fact.Fact) {
	for _, f := range told {
		if id, ok := tellStandards[f.Kind]; ok {
			for _, v := range l.victims() {
				l.miss(id, v, f.At.Hi, "1 working day")
			}
		}
	}
}

// reviewedInBatch enters two reviews under earlier dates and a third on the same
// afternoon, all empty; the inspector signs the pile.
func (l *life) reviewedInBatch(first day.Instant) {
	l.miss("supervisor-28d", "", max(first, l.grades[0].from), "28 days")
	b := l.h.batch
	by := l.sergeant(l.team, l.seat, first)
	for i, at := range []day.Instant{l.after(first, 26, 26), l.after(first, 52, 53), b + 25*minute} {
		e := l.reviewOf("review.supervisor", at, by, 0, 0).written(b + day.Instant(26+4*i)*minute)
		e.Signed = []fact.Signature{{By: l.team.inspector(b), At: l.cal.plain(b + day.Instant(60+2*i)*minute)}}
	}
	l.plant.raise("entry-backdated", "", 0)
	l.miss("hollow-review", "", b+25*minute, "5 working days")
	l.reviews(b + oneDay)
}

// closedToTarget notes what a closure at the month's end left undone.
func (l *life) closedToTarget() {
	on := l.cal.DateOf(l.closed)
	l.plant.raise("closure-leads-empty", "", on)
	for _, v := range l.victims() {
		l.plant.raise("closure-safeguarding", v, on)
	}
}

// lost is an exhibit that the count does not find, and nobody told; in some cases
// it turns up again, weeks later.
func (l *life) lost(shelf map[string]span, t day.Instant) {
	x := l.on(shelf, t)[0]
	l.add("exhibit.not_located", t-10*minute, auditor, x).text("exhibit", x).text("reason", "Not on its shelf")
	l.plant.raise("exhibit-not-located", x, l.cal.DateOf(t))
	l.miss("exhibit-missing-escalated", x, t, "end of next day")
	shelf[x] = span{}
	if l.chance(50) {
		found := l.after(t, 30, 80)
		l.add("exhibit.found", found, exhibitsTwo, x).text("to", "main store").text("reason", "Behind another case's box")
		shelf[x] = span{found, day.Never}
	}
}

// denied is the audit, months later, that asks the person whose name it is.
func (l *life) denied() {
	id := l.lastParty("statement.relied_on")
	l.plant.raise("retraction-confirmed", id, l.cal.DateOf(l.closed))
	t := l.after(l.closed, 60, 150)
	v := l.victims()[0]
	l.add("signature.denied", t, victimLead, id).text("statement", id).text("channel", "telephone").text("answer", "Nobody came. I signed nothing").answered(v)
	l.plant.raise("signature-denied", id, l.cal.DateOf(t))
	acted := l.by(t+hour, l.cal.due(t, "end of next day"))
	indicated := t + 3*hour
	l.add("integrity.indicated", indicated, standards).text("category", "false statement")
	sent := l.by(indicated+hour, l.cal.due(indicated, "end of next day"))
	if l.chance(50) {
		l.miss("signature-denied-frozen", id, t, "end of next day")
		l.miss("conduct-referral", "", indicated, "end of next day")
		acted, sent = l.after(t, 5, 9), l.after(t, 10, 20)
	}
	l.add("document.frozen", acted, victimLead, id).text("document", id).doc("statement", "Frozen copy")
	l.add("professional_standards.told", acted+20*minute, victimLead, id).from("psd")
	l.add("iopc.referral_sent", sent, standards).text("category", "false statement").from("iopc")
}

func (l *life) lastParty(kind string) string {
	i := slices.IndexFunc(l.c.Facts, func(f *fact.Fact) bool { return f.Kind == kind })
	if i < 0 {
		return ""
	}
	return l.c.Facts[i].About[0]
}

// unnotified is an offender who was told and never came; in half the cases the gap
// is found, weeks late. It returns when, 0 for never.
func (l *life) unnotified(s string, t day.Instant) day.Instant {
	l.miss("sor-initial", s, t, "3 days beginning with the day")
	l.miss("sor-register-record", s, t, "3 working days")
	missed := l.cal.due(t, "3 days beginning with the day").Second() + 1e9
	l.miss("sor-breach-acted", s, missed, "1 working day")
	if l.chance(50) {
		return 0
	}
	found := l.after(t, 30, 80)
	l.add("breach.crime_recorded", found+3*hour, offenderMgr, s).signed()
	return found
}
