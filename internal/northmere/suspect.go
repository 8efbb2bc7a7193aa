package northmere

import (
	"candour/internal/day"
	"candour/internal/fact"
)

// suspect is named, checked, arrested or asked in, interviewed and released.
func (l *life) suspect() {
	if l.p.suspectAge == 0 {
		return
	}
	s := l.party("suspect", fact.Field{Name: "age", Value: fact.Value{Kind: fact.Number, Num: float64(l.p.suspectAge)}})
	l.named = l.reported + 2*minute
	if l.p.namedAfter > 0 {
		l.named = l.after(l.reported, l.p.namedAfter, l.p.namedAfter)
	}
	by := l.officer(l.named)
	named := l.add("suspect.named", l.named, by, s).num("age", l.p.suspectAge).yes("trust_role", l.p.trust).yes("recordable", true)
	named.written(l.named + 10*minute)
	if l.p.namedAfter > 0 {
		l.reassess = append(l.reassess, named.Fact)
	}
	l.check(s)
	l.reach(s)
	l.bringIn(s)
}

// check looks the suspect up, and the children near.
func (l *life) check(s string) {
	t := l.by(l.named+15*minute, l.named+20*hour)
	l.add("intel.checked", t, l.officer(t), s).list("systems", "PNC", "PND", "ViSOR", "local", "other forces").text("hits", l.pick("none", "none", "one")).doc("printout", "Intelligence checks")
	t = l.within(l.named, "5 working days")
	l.add("linked_cases.checked", t, l.officer(t), s).text("hits", "none")
	t = l.within(l.named, "1 working day")
	l.add("contact_children.checked", t, l.officer(t), s).signed()
	if l.p.access {
		l.add("contact_children.found", t+10*minute, l.officer(t), s).list("children", "children of the household")
		t = l.by(t+30*minute, l.cal.due(t+10*minute, "1 working day"))
		l.add("safety_plan.agreed", t, l.officer(t), s).text("plan_ref", l.ref("plan")).from("csc")
	}
}

// reach tells those outside whom the suspect concerns.
func (l *life) reach(s string) {
	if l.p.childSuspect() {
		l.acknowledged(l.within(l.named, "1 working day"), []string{s})
	}
	if l.p.trust {
		t := l.within(l.named, "1 working day")
		l.add("lado.acknowledged", t, l.officer(t), s).text("employer", l.pick("school", "club", "foster care")).from("lado")
	}
	if l.p.sexual() {
		t := l.by(l.named+2*oneDay, l.cal.due(l.named, "28 days"))
		if l.p.indictableOnly() && l.chance(60) {
			l.add("cps.advice_requested", t, l.officer(t), s).from("cps")
		} else {
			l.add("advice.rationale", t, l.officer(t), s).text("reason", "The lines of enquiry are plain; advice when they are done").signed()
		}
	}
}

// bringIn is the decision on arrest, the interview and the release.
func (l *life) bringIn(s string) {
	first := l.by(l.named+30*minute, l.named+21*hour)
	soon := l.p.arrest && l.chance(45)
	if !soon {
		e := l.add("arrest.rationale", first, l.officer(first), s).text("necessity", l.pick("Arrest is not necessary: attends by appointment", "Arrest once the account is taken; no present risk"))
		e.signed()
		l.decide(first, "No arrest at this time", "Necessity not met today")
	}
	if !l.p.arrest {
		l.voluntary(s, l.by(l.named+2*oneDay, l.named+12*oneDay))
		return
	}
	at := first
	if !soon {
		at = l.by(l.named+oneDay, l.named+11*oneDay)
	}
	if t := l.unsocial(at); t > l.named+30*minute && (!soon || t < l.named+21*hour) {
		at = t
	}
	l.detain(s, at)
}

// unsocial is an hour at which people are at home: dawn or late in the evening, in
// two arrests of five.
func (l *life) unsocial(t day.Instant) day.Instant {
	d := l.cal.DateOf(t)
	switch {
	case l.chance(60):
		return t
	case l.chance(30):
		return l.cal.at(d, l.between(20, 23), l.between(0, 59))
	}
	return l.cal.at(d+1, l.between(5, 7), l.between(0, 59))
}

// decide is a key decision and its entry in the log, the same or the next day.
func (l *life) decide(t day.Instant, decision, reason string) {
	by := l.officer(t)
	l.add("decision.made", t, by).text("decision", decision).text("reason", reason).text("author", by)
	l.add("policylog.entry", t+l.minutes(20, 400), by).text("decision", decision).text("reason", reason).text("author", by)
}

func (l *life) voluntary(s string, t day.Instant) {
	l.attend(s, t, "voluntary")
}

// attend is the interview, with an adult where the law of the day wants one.
func (l *life) attend(s string, t day.Instant, how string) {
	t = l.cal.plain(t)
	by := l.officer(t)
	limit := 17
	if l.cal.DateOf(t) >= adultFor17s {
		limit = 18
	}
	if l.p.suspectAge < limit {
		l.add("aa.present", t-10*minute, by, s).doc("interview-record", "Record of interview, people present").written(t - 5*minute)
	}
	e := l.add("suspect.interviewed", t, by, s).text("attendance_kind", how).yes("admission", l.p.admits).yes("recordable", true).
		doc("interview-record", "Record of interview")
	e.written(t + 80*minute)
	l.tell = append(l.tell, e.Fact)
	if l.p.admits {
		l.add("admission.recorded", t+40*minute, by, s).text("reason", "Admitted in interview").doc("interview-record", "Record of interview").written(t + 85*minute)
	}
}

// detain is an arrest, the custody suite and bail.
func (l *life) detain(s string, t day.Instant) {
	t = l.cal.plain(t)
	by := l.officer(t)
	arrest := l.add("suspect.arrested", t, by, s).text("grounds", "Account of the victim").text("necessity", l.pick("Protection of a child", "Prompt and effective investigation")).
		text("station", l.pick("Northmere Central", "Harrow Lane")).yes("recordable", true).text("attendance_kind", "custody")
	arrest.signed()
	l.decide(t, "Arrest", "Necessary to protect a child and to investigate promptly")
	prints := t + l.minutes(70, 160)
	l.add("biometrics.taken", prints, custodySgt, s).yes("prints", true).yes("dna", true).yes("photograph", true).text("power", "PACE s61, s63, s64A").
		doc("custody-record", "Custody record: prints, sample, photograph")
	l.loaded(s, prints)
	interview := prints + l.minutes(60, 300)
	l.attend(s, interview, "custody")
	l.released = l.cal.plain(interview + l.minutes(110, 300))
	until := l.cal.DateOf(l.released).Add(7 * l.between(4, 7))
	e := l.add("suspect.bailed", l.released, custodySgt, s).yes("conditions", true).text("until", until.String()).yes("recordable", true).text("authority_rank", "sergeant")
	l.tell = append(l.tell, arrest.Fact, e.Fact)
	l.reassess = append(l.reassess, arrest.Fact, e.Fact)
}

// loaded is the answer of the national databases.
func (l *life) loaded(s string, taken day.Instant) {
	t := l.within(taken, "5 working days")
	l.add("biometrics.database_confirmed", t, l.officer(t), s).text("reference", l.ref("database")).from("database")
}

// bailReviewed looks at bail again until it ends.
func (l *life) bailReviewed(s string, ends day.Instant) {
	for t := l.released; ; {
		next := l.soonest(t, 28)
		if next >= ends {
			return
		}
		if l.drifts(next) {
			t = next
			continue
		}
		by := l.sergeant(l.team, l.seat, next)
		l.add("bail.reviewed", next, by, s).text("until", l.cal.DateOf(next).Add(7*l.between(4, 6)).String()).signed()
		t = next
	}
}
