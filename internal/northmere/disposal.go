package northmere

import "candour/internal/day"

// outOfCourt is a warning or caution: admitted, the victim asked, the prosecutor
// deciding where only the prosecutor may. Where the police decide themselves no
// file is made ready, so evidence.complete is not recorded.
func (l *life) outOfCourt(s string) {
	t := l.after(l.complete, 12, 20)
	given := l.disposalOf(t)
	if !l.h.warnsAlone && (l.p.indictableOnly() || l.chance(40)) {
		if !l.sendFile(s, given) {
			return
		}
		t = l.after(l.decided, 4, 14)
		if was := given; l.disposalOf(t) != was { // the law changed in between
			t = l.decided + 3*hour
		}
	}
	l.dispose(s, t, given)
}

// disposalOf is what the law of the day has for the suspect.
func (l *life) disposalOf(t day.Instant) string {
	switch {
	case l.p.suspectAge >= 18:
		return "simple-caution"
	case l.cal.DateOf(t) >= youthCautions:
		return "youth-caution"
	case l.p.indictableOnly() || l.p.suspectAge%2 == 0:
		return "final-warning"
	}
	return "reprimand"
}

func (l *life) dispose(s string, t day.Instant, given string) {
	t = l.cal.plain(t)
	l.decided = t
	asked := t - l.minutes(20*60, 60*60)
	l.add("victim.views_sought", asked, l.officer(asked), l.victimsAt(asked)...).text("about", "disposal").text("views", l.pick("agrees", "would have liked a court", "content"))
	if l.p.childSuspect() {
		l.add("aa.present", t-10*minute, l.officer(t), s).doc("disposal-record", "Adult present at the disposal")
	}
	by := l.inspectorOn(l.team, t)
	code := "3"
	if l.p.childSuspect() {
		code = "2"
	}
	e := l.add("disposal.given", t, by, s).text("disposal", given).text("outcome_code", l.code(t, code)).yes("indictable_only", l.p.indictableOnly()).
		yes("schedule3", l.p.schedule3()).yes("qualifying", l.p.sexual()).text("given_by", by).text("place", "Northmere Central").doc("disposal-record", "Record of the disposal")
	l.decide(t, "Disposal: "+given, "Admitted; see the record")
	l.tell = append(l.tell, e.Fact)
	l.unbail(s, t)
	if l.h.warnsAlone {
		l.warned(s, t)
	}
	l.onComputer(s, t)
	l.calledIn(s, t)
	if given == "final-warning" || given == "youth-caution" {
		y := l.within(t, "5 working days")
		l.add("yot.acknowledged", y, l.officer(y), s).from("yot")
	}
	if l.p.schedule3() {
		l.register(s, t, l.period(2))
	}
}

// warned notes what a warning without the prosecutor's decision ought to raise.
func (l *life) warned(s string, t day.Instant) {
	on := l.cal.DateOf(t)
	l.plant.raise("indictable-only-cps", s, on)
	if on < youthCautions {
		l.plant.raise("final-warning-indictable-cps", s, on)
	} else {
		l.plant.raise("youth-caution-indictable-cps", s, on)
	}
}

// period halves the years for a child.
func (l *life) period(years int) float64 {
	if l.p.childSuspect() {
		return float64(years) / 2
	}
	return float64(years)
}

// convict is the court, months later. The offender is on bail until sentence.
func (l *life) convict(s string, t day.Instant) {
	e := l.add("court.convicted", t, l.officer(t), s).yes("indictable_only", l.p.indictableOnly()).yes("schedule3", l.p.schedule3()).
		text("place", "Northmere Crown Court").from("court")
	l.reassess = append(l.reassess, e.Fact)
	l.tell = append(l.tell, e.Fact)
	if l.p.schedule3() {
		l.register(s, t, l.period(10))
	}
}

// register is the notification duty that follows by law: told of it, notified,
// put on the register, assessed, and again every year.
func (l *life) register(s string, t day.Instant, years float64) {
	ends := l.cal.DateOf(t).Add(int(years*365.25) - 1)
	say := func(kind string, at day.Instant, by string) entry {
		return l.add(kind, at, by, s).text("relevant_date", l.cal.DateOf(t).String()).text("period_end", ends.String())
	}
	notice := "Notice of the notification requirements, signed"
	if l.p.childSuspect() {
		notice += " also by the adult"
		p := l.by(t+2*oneDay, l.cal.due(t, "18 working days"))
		l.add("parent_direction.considered", p, offenderMgr, s).signed()
	}
	notified := l.by(t+2*hour, l.cal.due(t, "3 days beginning with the day"))
	on := l.by(notified+20*minute, l.cal.due(t, "3 working days"))
	say("sor.advice_signed", t+l.minutes(15, 60), l.officer(t)).doc("notice", notice)
	if l.h.losesOffender {
		if notified = l.unnotified(s, t); notified == 0 {
			return
		}
		on = notified + 2*hour
	}
	say("sor.notified", notified, offenderMgr).text("station", "Northmere Central").doc("notification", "Notification form")
	say("visor.record_confirmed", on, offenderMgr).from("visor-unit")
	l.managed(s, notified)
	for at := notified; ; {
		at = l.by(at+335*oneDay, l.cal.due(at, "12 months"))
		if at > l.cal.End(min(ends, recordEnds)) {
			return
		}
		say("sor.notified", at, offenderMgr).text("station", "Northmere Central").doc("notification", "Annual notification form")
		l.managed(s, at)
	}
}

// managed is the offender's risk, assessed after each notification.
func (l *life) managed(s string, notified day.Instant) {
	r := l.by(notified+3*oneDay, l.cal.due(notified, "15 working days"))
	l.add("risk.offender_assessed", r, offenderMgr, s).text("method", "static risk assessment").text("grade", l.pick("low", "medium", "high")).signed()
}
