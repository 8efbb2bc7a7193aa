package northmere

import "candour/internal/day"

// account is the child's recorded interview, the medical and what witnesses say.
func (l *life) account() {
	strategy := l.last("strategy.held")
	if strategy != 0 {
		for i, v := range l.victims() {
			l.interviewChild(v, l.p.ages[i], strategy)
		}
	}
	if l.p.contact && l.p.recent > 0 {
		l.medical()
	}
	for range l.between(0, 2) {
		t := l.after(l.recorded, 2, 20)
		l.statement("account", l.party("witness"), t)
	}
}

// last is when the latest fact of a kind happened; 0 if there is none.
func (l *life) last(kind string) day.Instant {
	var t day.Instant
	for _, f := range l.c.Facts {
		if f.Kind == kind {
			t = max(t, f.At.Hi)
		}
	}
	return t
}

// interviewChild plans, holds and secures a recorded interview; a very young child
// is left in peace until a specialist is found.
func (l *life) interviewChild(v string, age int, strategy day.Instant) {
	t := l.by(strategy+20*hour, l.cal.due(strategy, "5 working days"))
	if age < 4 {
		by := l.officer(t)
		l.add("abe.deferred", t, by, v).text("reason", "Very young child; an intermediary is being found").doc("decision", "Deferral of the interview")
		return
	}
	plan := l.by(strategy+hour, t-2*hour)
	by := l.officer(t)
	l.add("abe.plan", plan, l.officer(plan), v).text("interviewer", by).doc("plan", "Interview plan").signed()
	l.add("intermediary.decision", plan+20*minute, l.officer(plan), v).text("reason", l.pick("not needed", "not needed", "intermediary engaged"))
	l.add("abe.held", t, by, v).text("interviewer", by).doc("recording", "Recorded interview, master").written(t + 75*minute)
	store := l.by(t+90*minute, l.cal.due(t, "end of next day"))
	l.add("abe.master_stored", store, by, v).text("seal", l.seal()).doc("store-receipt", "Receipt for the master")
	l.add("vps.offered", l.within(t, "5 working days"), l.officer(t), v).text("result", l.pick("later", "accepted", "declined"))
}

func (l *life) seal() string { return l.c.ID[2:] + "/" + l.ref("seal") }

// medical is an examination inside the time in which it can find something, or a
// reason why there is none.
func (l *life) medical() {
	limit := day.Instant(168)
	if l.p.prepub {
		limit = 72
	}
	ends := l.reported + (limit-day.Instant(l.p.recent))*hour
	if ends < l.reported+5*hour {
		return
	}
	t := l.by(l.reported+90*minute, ends)
	if l.chance(35) {
		l.add("medical.declined", t, l.officer(t), l.victims()...).text("reason", "Declined by the parent after advice").text("consent_by", "parent").signed()
		l.p.forensic = false
		return
	}
	l.add("medical.held", t, l.officer(t), l.victims()...).text("place", "sexual assault referral centre").
		text("clinician_role", "forensic physician").yes("samples", l.p.forensic).text("consent_by", "parent").from("health")
}

// statement is taken, checked, and its signature confirmed by the witness.
func (l *life) statement(kind, witness string, t day.Instant) string {
	id := l.party("statement")
	by := l.officer(t)
	l.add("statement.taken", t, by, id).text("witness", witness).text("taker", by).text("place", l.pick("home", "station", "school")).
		num("pages", l.between(1, 6)).text("kind", kind).doc("statement", "Signed statement")
	l.add("statement.checked", l.within(t, "3 working days"), l.officer(t), id).text("witness", witness).text("kind", kind).doc("statement", "Form of the statement checked")
	if l.h.forges && kind == "withdrawal" {
		l.miss("statement-signature-confirmed", id, t, "10 working days")
	} else {
		l.confirmSignature(id, witness, t)
	}
	return id
}

// confirmSignature has someone outside the team ask the witness.
func (l *life) confirmSignature(id, witness string, taken day.Instant) {
	t := l.within(taken+day.Instant(l.between(20, 60))*hour, "7 working days")
	l.add("signature.confirmed", t, victimLead, id).text("statement", id).text("channel", "telephone").text("answer", "Yes, I signed each page").answered(witness)
}
