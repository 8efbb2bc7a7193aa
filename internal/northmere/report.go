package northmere

import (
	"candour/internal/day"
	"candour/internal/fact"
)

// report is the first contact: what is told, and what is owed at once.
func (l *life) report() {
	for _, age := range l.p.ages {
		l.party("victim", fact.Field{Name: "age", Value: fact.Value{Kind: fact.Number, Num: float64(age)}},
			fact.Field{Name: "vulnerable", Value: fact.Value{Kind: fact.Bool, Bool: age < 17}})
	}
	by := l.pick(responder, "co2216", "co2217")
	e := l.add("report.received", l.reported, by, l.victims()...).
		text("channel", l.pick("telephone", "in person", "referral form")).
		text("reporter_role", l.pick("parent", "parent", "teacher", "social-worker", "health", "victim", "relative")).
		list("victim_ids", l.victims()...).text("offence_hint", l.p.group)
	e = l.offence(e).yes("immediate_risk", l.p.grade == "very-high").yes("contact", l.p.contact).yes("prepubertal", l.p.prepub)
	e.written(l.reported + l.minutes(3, 12))
	if l.p.recent > 0 && l.p.recent <= 7*24 {
		e := l.add("scene.assessed", l.reported+l.minutes(35, 100), by).text("method", l.pick("attended", "by telephone")).text("reason", "Offence within seven days")
		e.written(e.At.Hi + 4*minute)
	}
	l.firstDays(by)
}

// offence says when the offence was: hours ago, or a season long past.
func (l *life) offence(e entry) entry {
	if l.p.recent > 0 {
		to := l.cal.plain(l.reported - day.Instant(l.p.recent)*hour)
		return e.text("offence_from", day.FormatInstant(l.cal.plain(to-3*hour), l.cal.Zone())[:16]).text("offence_to", day.FormatInstant(to, l.cal.Zone())[:16])
	}
	years := l.between(0, 7)
	from := l.cal.DateOf(l.reported).Add(-60 - 365*years)
	return e.text("offence_from", from.Add(-120).String()).text("offence_to", from.String()[:7])
}

// firstDays is what the victim is owed in the first days.
func (l *life) firstDays(by string) {
	if l.p.sexual() {
		l.add("anonymity.marked", l.reported+l.minutes(20, 300), by, l.victims()...).text("result", "marked")
		for _, v := range l.victims() {
			offer := l.add("isva.offered", l.within(l.reported, "2 working days"), l.officer(l.reported), v)
			if l.chance(55) {
				offer.text("result", "accepted").text("service", "isva").from("isva")
			} else {
				offer.text("result", "declined")
			}
		}
	}
	needs := l.within(l.reported, "2 working days")
	for i, v := range l.victims() {
		l.add("victim.needs_assessed", needs+day.Instant(i)*5*minute, l.officer(needs), v).
			num("age", l.p.ages[i]).yes("vulnerable", l.p.ages[i] < 17).text("result", l.pick("early special measures", "usual needs")).signed()
	}
	l.add("support.accepted", l.within(l.reported, "2 working days"), l.officer(l.reported), l.victims()...).
		text("service", "support").text("result", "accepted").from("support")
	for i, v := range l.victims() {
		if l.p.ages[i] >= 10 {
			l.add("cse.screened", l.within(l.reported, "3 working days"), l.officer(l.reported), v).
				text("outcome", l.pick("no indication", "no indication", "some indication")).text("model", "force screening sheet").signed()
		}
	}
}

// record makes the crime record, one for each victim.
func (l *life) record() {
	limit := "72 hours"
	if l.cal.DateOf(l.reported) >= recordIn24h {
		limit = "24 hours"
	}
	open := l.reported + 20*minute
	if l.chance(70) {
		limit = "24 hours"
	}
	l.recorded = l.by(open, l.cal.due(open, limit))
	for i, v := range l.victims() {
		e := l.add("crime.recorded", l.recorded+day.Instant(i)*6*minute, l.pick(responder, "co2216"), v).
			text("crime_no", l.crimeNo()).text("victim_id", v).text("class_by", registrar).doc("crime-record", "Crime record")
		e.written(e.At.Hi + minute)
	}
}

func (l *life) crimeNo() string {
	l.serial['%']++
	return l.c.ID[2:] + string(rune('a'+l.serial['%']-1))
}

// allocate names the officer in the case, who plans; the sergeant reviews.
func (l *life) allocate() {
	l.allocated = l.by(l.recorded, l.recorded+20*hour)
	if l.p.grade == "very-high" {
		l.allocated = l.recorded + l.minutes(30, 200)
	}
	if l.cal.hourOf(l.allocated) < 5 {
		l.allocated += 4 * hour
	}
	sergeant := l.sergeant(l.team, l.seat, l.allocated)
	oic := l.oic.holder(l.allocated)
	live := l.oic.live(l.allocated) + 1
	l.add("accreditation.valid", l.allocated-25*minute, sergeant).text("scheme", "level 2 and child abuse").doc("certificate", "Accreditation of "+oic).
		written(l.allocated - 20*minute)
	if live > 15 {
		l.add("workload.accepted", l.allocated-15*minute, l.inspectorOn(l.team, l.allocated)).num("caseload", live).num("ceiling", 15).
			written(l.allocated - 14*minute).Signed = []fact.Signature{{By: super, At: l.allocated - 12*minute}}
	}
	l.add("oic.allocated", l.allocated, sergeant).text("officer", oic).text("role", "oic").num("live_caseload", live).signed()
	l.joined(oic, l.allocated)
	plan := l.by(l.allocated, l.recorded+60*hour)
	planned := l.add("plan.agreed", plan, l.officer(plan)).text("version", "1").text("author", l.officer(plan)).doc("plan", "Investigation plan, version 1")
	if l.h.writes {
		l.miss("plan-72h", "", l.recorded, "72 hours") // written, never agreed
	} else {
		planned.signed()
	}
}

// joined is an officer coming onto the case, and their interests.
func (l *life) joined(id string, at day.Instant) {
	l.add("officer.joined", at, id).text("officer", id).text("role", "oic").written(at + 2*minute)
	declared := l.by(at+5*minute, l.cal.due(at, "1 working day"))
	positive := l.chance(2)
	l.add("conflict.declared", declared, id).text("officer", id).yes("positive", positive).text("nature", l.pick("none known", "none known", "lives in the area"))
	if positive {
		l.add("conflict.decision", l.within(declared, "1 working day"), l.inspectorOn(l.team, declared)).
			text("officer", id).text("decision", "No interest that touches the case").signed()
	}
}
