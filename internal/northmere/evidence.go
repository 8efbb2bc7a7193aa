package northmere

import (
	"fmt"

	"candour/internal/day"
)

// evidence gathers things, material and what leads bring, and is complete when
// the last of it is in.
func (l *life) evidence() {
	latest := l.reported + day.Instant(7*l.p.weeks)*oneDay
	note := func(t day.Instant) { latest = max(latest, t) }
	l.exhibits()
	if l.p.device {
		note(l.deviceExamined())
	}
	if l.p.third {
		note(l.thirdParty())
	}
	for range l.p.leads {
		note(l.lead())
	}
	if t := l.last("suspect.interviewed"); t != 0 {
		note(t + 5*oneDay)
	}
	l.complete = l.after(latest, 1, 4)
}

// things are what is seized, besides devices.
func (l *life) things() []string {
	var what []string
	if l.p.forensic {
		what = append(what, "clothing", "swabs")
	}
	if l.p.device || l.h.losesExhibit || l.chance(30) {
		what = append(what, l.pick("diary", "photographs", "bedding", "letters"))
	}
	return what
}

// exhibits are seized, booked in with a seal and moved to the main store.
func (l *life) exhibits() {
	seen := l.last("medical.held")
	for _, what := range l.things() {
		id := l.party("exhibit")
		t := l.by(l.reported+3*hour, l.reported+4*oneDay)
		if what == "swabs" && seen != 0 {
			t = seen + 20*minute
		}
		l.seize(id, what, t)
		if what == "swabs" && seen != 0 {
			f := l.within(seen, "5 working days")
			l.add("forensic.submitted", f, l.officer(f), id).text("exhibit", id).text("laboratory", "laboratory").text("reference", l.ref("laboratory")).from("laboratory")
		}
	}
}

func (l *life) seize(id, what string, t day.Instant) {
	by, seal := l.officer(t), l.seal()
	l.add("exhibit.seized", t, by, id).text("exhibit", what).text("seal", seal)
	booked := l.by(t+30*minute, l.cal.due(t, "end of next day"))
	l.add("exhibit.booked", booked, exhibitsOff, id).text("seal", seal).text("to", "area store").doc("store-receipt", "Booking-in sheet")
	if l.chance(40) {
		moved := l.after(booked, 2, 9)
		l.add("exhibit.moved", moved, exhibitsOff, id).text("from", "area store").text("to", "main store").text("seal", seal)
		got := l.by(moved+30*minute, l.cal.due(moved, "end of next day"))
		l.add("exhibit.received", got, exhibitsTwo, id).text("to", "main store").text("seal", seal).signedBy(exhibitsMan)
	}
}

// deviceExamined is a telephone or computer sent to the laboratory.
func (l *life) deviceExamined() day.Instant {
	id := l.party("device")
	t := l.by(max(l.named, l.reported)+2*hour, max(l.named, l.reported)+6*oneDay)
	if a := l.last("suspect.arrested"); a != 0 {
		t = a + l.minutes(20, 90)
	}
	l.add("device.seized", t, l.officer(t), id).text("exhibit", l.pick("telephone", "laptop", "tablet"))
	sent := l.within(t, "5 working days")
	ref := l.ref("laboratory")
	l.add("device.submitted", sent, l.officer(sent), id).text("laboratory", "laboratory").text("reference", ref).from("laboratory")
	result := l.by(sent+15*oneDay, l.cal.due(sent, "80 days"))
	l.add("device.result", result, l.officer(result), id).text("reference", ref).doc("laboratory-report", "Examination report")
	if l.chance(30) {
		x := l.party("exhibit")
		l.seize(x, "copy of the device", result+2*hour)
		c := l.after(result, 2, 4)
		l.add("digital.copied", c, exhibitsTwo, x).text("exhibit", x)
		l.add("hash.matched", l.by(c+10*minute, l.cal.due(c, "end of next day")), exhibitsTwo, x).doc("hash-log", "Digest of copy and master compared")
	}
	return result
}

// thirdParty is material that somebody else holds: asked for, chased if need be, got.
func (l *life) thirdParty() day.Instant {
	id, holder := l.party("material"), l.pick("csc", "csc", "health")
	t := l.after(l.recorded, 3, 20)
	l.add("thirdparty.identified", t, l.officer(t), id).text("holder", holder).text("material", "records of the child")
	l.add("csc.notified_ack", l.within(t, "8 working days"), l.officer(t), l.victimsAt(t)...).from("csc")
	asked := l.within(t, "8 working days")
	l.add("thirdparty.requested", asked, l.officer(asked), id).text("holder", holder).text("material", "records of the child").doc("request", "Request for material")
	if l.chance(70) {
		got := l.by(asked+6*oneDay, l.cal.due(asked, "26 days"))
		l.add("thirdparty.received", got, l.officer(got), id).text("holder", holder).doc("material", "Records received").from(holder)
		return got
	}
	chased := l.by(asked+15*oneDay, l.cal.due(asked, "26 days"))
	l.add("thirdparty.chased", chased, l.officer(chased), id).text("holder", holder).doc("letter", "Reminder").from(holder)
	got := l.by(chased+3*oneDay, l.cal.due(chased, "25 days"))
	l.add("thirdparty.received", got, l.officer(got), id).text("holder", holder).doc("material", "Records received").from(holder)
	return got
}

// lead is something said that points further: owned at once, followed to its end.
func (l *life) lead() day.Instant {
	id := l.party("lead")
	from := max(l.last("abe.held"), l.last("suspect.interviewed"), l.recorded)
	t := l.cal.plain(from + l.minutes(15, 90))
	of := l.pick("victim", "offence", "location", "suspect")
	d := l.add("lead.disclosed", t, l.officer(t), id).text("origin", l.pick("interview", "recorded interview", "letter")).text("of", of).
		text("description", l.pick("Another child was in the house", "It happened at another address too", "A neighbour saw them", "An uncle was told"))
	l.reassess = append(l.reassess, d.Fact)
	l.crimeOfLead(id, of, t)
	given := l.within(t, "5 working days")
	l.add("lead.action", given, l.officer(given), id).text("owner", l.officer(given)).text("of", of).signed()
	done := l.after(given, 4, 35)
	if l.h.closesToTarget {
		return given
	}
	l.add("lead.closed", done, l.officer(done), id).text("result", l.pick("seen and ruled out", "enquiry made, no further line", "statement taken")).signed()
	return done
}

// crimeOfLead records a crime from the lead, or the reason why it is none.
func (l *life) crimeOfLead(id, of string, t day.Instant) {
	r := l.by(t+40*minute, t+21*hour)
	if of == "offence" {
		for _, v := range l.victims()[:1] {
			l.add("crime.recorded", r, responder, v).text("crime_no", l.crimeNo()).text("lead", id).text("victim_id", v).doc("crime-record", "Crime record from a lead")
		}
		return
	}
	l.add("lead.rationale", r, l.officer(r), id).text("result", fmt.Sprintf("No %s beyond what is recorded", of)).signed()
}
