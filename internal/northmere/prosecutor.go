package northmere

import "candour/internal/day"

// outcome is how the case comes to its end.
func (l *life) outcome() {
	if l.p.suspectAge == 0 {
		l.decided = l.after(l.complete, 1, 9)
		return
	}
	s := l.parties("suspect")[0]
	switch l.p.ending {
	case charged:
		if l.sendFile(s, "charge") {
			l.charge(s)
		}
	case cpsNFA:
		if l.sendFile(s, "no further action") {
			l.noFurther(s, l.after(l.decided, 1, 5), "15")
		}
	case cautioned:
		l.outOfCourt(s)
	case withdrawn:
		l.withdraw()
		l.noFurther(s, l.within(l.complete, "8 working days"), "16")
	default:
		l.add("evidence.complete", l.complete, l.officer(l.complete), s).text("reason", "All lines followed")
		l.noFurther(s, l.within(l.complete, "8 working days"), "15")
	}
	if l.released != 0 {
		end := l.decided
		if end == 0 {
			end = l.cal.End(recordEnds)
		}
		l.bailReviewed(s, end)
	}
}

// sendFile sends the file and tells whether the prosecutor decided on it. In the
// end decided is when.
func (l *life) sendFile(s, answer string) bool {
	l.add("evidence.complete", l.complete, l.officer(l.complete), s).text("reason", "Ready for the prosecutor")
	sent := l.by(l.complete+oneDay, l.cal.due(l.complete, "9 working days"))
	if l.h.writes {
		sent = l.onlyClaimed(s, sent)
	}
	if l.h.sendsLate {
		l.miss("cps-referral-due", s, l.complete, "10 working days")
		sent = l.after(l.complete, 28, 75)
	}
	l.prepare(s, sent)
	urn := l.ref("urn")
	l.decide(sent-20*minute, "Referral to the prosecutor", "Evidential test considered met")
	l.add("cps.referral_claimed", sent, l.officer(sent), s).text("urn", urn)
	got := l.by(sent+4*minute, l.cal.due(sent, "1 working day"))
	ref := l.ref("cps")
	l.receipt(s, got, urn, ref)
	l.decided = l.by(got+3*oneDay, l.cal.due(got, "26 days"))
	l.quibbles(s, got, urn, ref)
	l.add("cps.decision", l.decided, l.officer(l.decided), s).text("urn", urn).text("cps_ref", ref).
		text("code_test", "full").text("authorised_outcome", answer).from("cps")
	return l.decided < l.cal.End(recordEnds)
}

func (l *life) receipt(s string, t day.Instant, urn, ref string) {
	l.add("cps.receipt", t, l.officer(t), s).text("urn", urn).text("cps_ref", ref).from("cps")
}

// prepare is what must be there before a file goes.
func (l *life) prepare(s string, sent day.Instant) {
	for i, v := range l.victimsAt(sent) {
		t := sent - l.minutes(26*60, 70*60) + day.Instant(i)*9*minute
		l.add("special_measures.assessed", t, l.officer(t), v).text("result", "recorded evidence and live link").doc("assessment", "Special measures assessment")
	}
	t := sent - l.minutes(3*60, 20*60)
	l.add("schedule.made", t, disclosure, s).text("schedule_kind", "unused material").doc("schedule", "Disclosure schedules")
}

// quibbles are the prosecutor's questions before the decision, now and then.
func (l *life) quibbles(s string, got day.Instant, urn, ref string) {
	switch {
	case l.decided < got+12*oneDay:
	case l.chance(22):
		asked := l.by(got+oneDay, got+4*oneDay)
		due := l.cal.DateOf(asked) + 6
		l.add("cps.action_plan", asked, l.officer(asked), s).text("urn", urn).text("cps_ref", ref).text("due", due.String()).from("cps")
		t := l.by(asked+oneDay, l.cal.End(due))
		l.add("cps.action_plan_answered", t, l.officer(t), s).text("urn", urn).from("cps")
	case l.chance(8):
		t := l.by(got+oneDay, got+3*oneDay)
		l.add("cps.rejected", t, l.officer(t), s).text("urn", urn).text("cps_ref", ref).from("cps")
		l.receipt(s, l.within(t, "4 working days"), urn, ref)
	}
}

func (l *life) charge(s string) {
	t := l.by(l.decided+2*hour, l.cal.due(l.decided, "6 days"))
	e := l.add("suspect.charged", t, l.officer(t), s).text("place", "Northmere Central").yes("indictable_only", l.p.indictableOnly()).
		yes("schedule3", l.p.schedule3()).yes("qualifying", true).yes("recordable", true).doc("charge-sheet", "Charge sheet")
	l.decide(t-15*minute, "Charge", "Authorised by the prosecutor")
	l.tell = append(l.tell, e.Fact)
	l.reassess = append(l.reassess, e.Fact)
	l.onComputer(s, t)
	l.calledIn(s, t)
	l.decided = t
	if l.chance(55) {
		l.convict(s, l.after(t, 120, 280))
	}
}

// onComputer is the national computer's answer that it holds the result.
func (l *life) onComputer(s string, t day.Instant) {
	u := l.within(t, "1 working day")
	l.add("pnc.updated", u, pncBureau, s).text("reference", l.ref("database")).from("database")
}

// calledIn takes fingerprints and DNA of those who were never in custody.
func (l *life) calledIn(s string, t day.Instant) {
	if l.released != 0 {
		return
	}
	if l.h.skipsBiometrics {
		l.miss("biometrics-after-disposal", s, t, "28 days")
		return
	}
	b := l.by(t+3*hour, l.cal.due(t, "25 days"))
	l.add("biometrics.taken", b, custodySgt, s).yes("prints", true).yes("dna", true).yes("photograph", true).text("power", "PACE s63A, Schedule 2A").
		doc("custody-record", "Attendance at the station: prints, sample, photograph")
	l.loaded(s, b)
}

// noFurther is the police's own decision, or theirs after the prosecutor's.
func (l *life) noFurther(s string, t day.Instant, code string) {
	l.decided = l.cal.plain(t)
	e := l.add("nfa.police_decision", t, l.officer(t), s).text("outcome_code", l.code(t, code)).
		text("reason", "The evidence does not give a realistic prospect of conviction").doc("decision", "Decision with reasons").signed()
	l.decide(t, "No further action", "Evidential test not met")
	l.tell = append(l.tell, e.Fact)
	l.unbail(s, t)
}

// unbail ends bail, where there is any.
func (l *life) unbail(s string, t day.Instant) {
	if l.released == 0 {
		return
	}
	b := l.add("bail.ended", t+5*minute, l.officer(t), s).signed().doc("notice", "Bail cancelled")
	l.tell = append(l.tell, b.Fact)
	l.reassess = append(l.reassess, b.Fact)
}

// withdraw is the victim's own wish, in a statement that the victim confirms.
func (l *life) withdraw() {
	t := l.after(l.recorded, 8, 18)
	l.complete = max(l.complete, l.after(t, 14, 20))
	id := l.statement("withdrawal", l.victims()[0], t)
	l.add("vps.offered", l.within(t, "5 working days"), l.officer(t), l.victims()[0]).text("result", "declined")
	r := l.complete - l.minutes(60, 200)
	l.add("statement.relied_on", r, l.officer(r), id).text("witness", l.victims()[0]).text("kind", "withdrawal")
}
