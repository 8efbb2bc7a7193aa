package northmere

import (
	"slices"

	"candour/internal/day"
	"candour/internal/fact"
)

// safeguard is the first assessment and what is done with social care.
func (l *life) safeguard() {
	t := l.by(l.reported, l.cal.due(l.reported, "24 hours"))
	l.assess(t, l.p.grade)
	l.socialCare()
	if l.p.protection {
		l.protect()
	}
	if l.p.missing {
		l.goMissing()
	}
}

// assess records a grade of risk for every victim, and the flags that go with it.
func (l *life) assess(t day.Instant, grade string) {
	by := l.officer(t)
	l.grades = append(l.grades, grading{l.cal.plain(t), grade})
	l.add("risk.assessed", t, by, l.victimsAt(t)...).text("grade", grade).text("method", "force risk matrix").text("assessor", by).signed()
	if grade != "standard" {
		f := l.within(t, "1 working day")
		l.add("flag.set", f, l.officer(f), l.victimsAt(t)...).text("grade", grade).list("factors", l.pick("suspect known to the family", "repeat victim", "access to a child")).signed()
	}
}

// victimsAt are the victims known by then.
func (l *life) victimsAt(t day.Instant) []string {
	return slices.DeleteFunc(l.victims(), func(v string) bool { return l.firstOf(v) > t })
}

func (l *life) firstOf(party string) day.Instant {
	first := day.Never
	for _, f := range l.c.Facts {
		if slices.Contains(f.About, party) {
			first = min(first, f.At.Lo)
		}
	}
	return first
}

// gradeAt is the grade that stands at t.
func (l *life) gradeAt(t day.Instant) string {
	grade, since := l.p.grade, day.Instant(0)
	for _, g := range l.grades {
		if g.from <= t && g.from >= since {
			grade, since = g.grade, g.from
		}
	}
	return grade
}

// socialCare is the referral, the answer and what social care does next.
func (l *life) socialCare() {
	made := l.by(l.reported, l.reported+10*hour)
	l.add("csc.referral_made", made, l.officer(made), l.victims()...).text("agency", "children's social care")
	acked := l.by(max(made, l.reported)+10*minute, l.cal.due(l.reported, "1 working day"))
	held := l.by(l.reported+hour, l.cal.due(l.reported, "1 working day"))
	if l.h.unacknowledged || l.h.writes {
		acked, held = l.untold(made)
	}
	l.acknowledged(acked, l.victims())
	if held == 0 {
		return
	}
	s47 := l.p.grade != "standard"
	strategy := l.add("strategy.held", held, l.officer(held), l.victims()...).list("agencies", "police", "csc", "health").yes("s47_started", s47).
		list("decisions", "joint enquiry", "recorded interview").doc("minutes", "Minutes of the strategy discussion")
	if !l.h.writes {
		strategy.from("csc")
	}
	if l.p.contact {
		t := l.within(held, "1 working day")
		l.add("medical.decision", t, l.officer(t), l.victims()...).yes("samples", l.p.forensic).text("clinician_role", "paediatrician").from("health")
	}
	if s47 {
		l.conferences(held)
	}
}

// untold is a referral that is written down and never answered, or weeks later.
func (l *life) untold(made day.Instant) (acked, held day.Instant) {
	for _, v := range l.victims() {
		l.miss("mash-referral", v, l.reported, "1 working day")
		l.miss("strategy-discussion", v, l.reported, "1 working day")
	}
	if l.h.writes {
		return 0, l.within(made, "1 working day")
	}
	if l.chance(50) {
		acked = l.after(made, 9, 30)
		held = l.after(acked, 1, 3)
	}
	return acked, held
}

// acknowledged is social care's acknowledgement, decision and assessment.
func (l *life) acknowledged(at day.Instant, about []string) {
	if at == 0 {
		return
	}
	l.add("csc.referral_acknowledged", at, l.officer(at), about...).text("agency", "children's social care").from("csc")
	t := l.within(at, "1 working day")
	l.add("csc.decision", t, l.officer(t), about...).text("outcome", l.pick("assessment", "assessment", "joint enquiry")).from("csc")
	t = l.by(at+10*oneDay, l.cal.due(at, "45 working days"))
	l.add("csc.assessment_completed", t, l.officer(t), about...).from("csc")
}

// conferences follow a section 47 enquiry; they go on after the case is closed.
func (l *life) conferences(held day.Instant) {
	due := l.cal.due(held, "15 working days")
	t := l.by(held+5*oneDay, due)
	if !l.p.conference {
		l.add("csc.no_conference_decision", t, l.officer(t), l.victims()...).from("csc")
		return
	}
	l.add("icpc.held", t, l.officer(t), l.victims()...).yes("plan_made", true).text("category", l.pick("sexual abuse", "neglect", "physical abuse", "emotional abuse")).from("csc")
	core := l.by(t+3*oneDay, l.cal.due(t, "10 working days"))
	l.add("csc.core_group_held", core, l.officer(core), l.victims()...).from("csc")
	review := l.by(t+60*oneDay, l.cal.due(t, "3 months"))
	l.add("csc.review_conference_held", review, l.officer(review), l.victims()...).from("csc")
}

// protect is police protection: at most 72 hours.
func (l *life) protect() {
	start := l.cal.plain(l.reported + l.minutes(60, 300))
	v := l.victims()
	l.add("protection.started", start, responder, v...).text("place", "foster placement").text("grounds", "Immediate risk at home").written(start + 20*minute)
	inquiry := l.add("designated_officer.inquiry", start+l.minutes(40, 140), designated, v...).text("reason", "Inquiry begun")
	inquiry.Signed = []fact.Signature{{By: superDuty, At: inquiry.Recorded + 5*minute}}
	l.add("csc.informed_ack", start+l.minutes(30, 150), responder, v...).from("csc")
	end := start + l.minutes(18*60, 66*60)
	l.add("protection.ended", end, designated, v...).text("reason", "Child safely placed").from("csc")
}

// goMissing is an episode: gone for a night or two, back, and asked why.
func (l *life) goMissing() {
	v := l.victims()[0]
	gone := l.after(l.reported, 4, 25)
	first := l.add("missing.reported", gone, responder, v).text("episode_no", "1")
	back := l.cal.plain(gone + l.minutes(5*60, 40*60))
	e := l.add("missing.returned", back, responder, v).text("episode_no", "1")
	l.reassess = append(l.reassess, first.Fact, e.Fact)
	t := l.by(back+hour, back+22*hour)
	l.add("prevention.interview", t, l.officer(t), v).text("episode_no", "1")
	t = l.by(back+3*hour, back+66*hour)
	l.add("rhi.held", t, l.officer(t), v).text("episode_no", "1").from("csc")
}

// reassessed assesses the risk again after each event that calls for it; one
// assessment answers for all that went before.
func (l *life) reassessed() {
	slices.SortStableFunc(l.reassess, byTime)
	done := day.Instant(0)
	for _, f := range l.reassess {
		if f.At.Hi < done {
			continue
		}
		done = l.within(f.At.Hi, "1 working day")
		if l.closed != 0 && f.At.Hi < l.closed && done >= l.closed {
			done = l.closed - 3*hour
		}
		grade := l.gradeAt(done)
		if f.Kind == "suspect.bailed" && l.chance(45) || f.Kind == "suspect.charged" {
			grade = lower(grade)
		}
		l.assess(done, grade)
	}
}

func byTime(a, b *fact.Fact) int {
	switch {
	case a.At.Lo < b.At.Lo:
		return -1
	case a.At.Lo > b.At.Lo:
		return 1
	}
	return 0
}
