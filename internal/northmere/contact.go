package northmere

import (
	"fmt"
	"slices"

	"candour/internal/day"
	"candour/internal/fact"
)

// contact tells the victims of each event by the next working day, and keeps in
// touch in between for as long as the case is open.
func (l *life) contact() {
	l.agree()
	slices.SortStableFunc(l.tell, byTime)
	for i := 0; i < len(l.tell); {
		first := l.tell[i]
		t := l.by(first.At.Hi+20*minute, l.cal.due(first.At.Hi, "1 working day"))
		var told []*fact.Fact
		for i < len(l.tell) && l.tell[i].At.Hi < t {
			told = append(told, l.tell[i])
			i++
		}
		l.telling(t, told)
	}
	l.inTouch()
}

// agree puts on record how often and how the victim wants to hear.
func (l *life) agree() {
	t := l.by(l.reported+30*minute, l.reported+3*oneDay)
	l.add("victim.contact_agreed", t, l.officer(t), l.victims()...).text("method", "telephone").num("every_days", l.every())
}

func (l *life) every() int {
	switch l.c.ID[len(l.c.ID)-1] % 3 {
	case 0:
		return 14
	case 1:
		return 21
	}
	return 28
}

// telling is one contact, named for what it told of: signed by a second person or
// answered by the family.
func (l *life) telling(t day.Instant, told []*fact.Fact) {
	e := l.add("victim.told", t, l.officer(t), l.victimsAt(t)...).text("method", l.pick("telephone", "visit", "letter"))
	l.refs[e.Fact] = told
	nfa := slices.ContainsFunc(told, func(f *fact.Fact) bool { return f.Kind == "nfa.police_decision" })
	if nfa {
		e.yes("reasons_given", true).yes("vrr_offered", l.cal.DateOf(l.end()) >= reviewRight).doc("letter", "Letter with reasons")
	}
	switch {
	case l.h.writes:
		l.missTold(told)
	case l.chance(25) && len(e.About) == 1:
		e.answered(e.About[0])
	default:
		e.signed()
	}
}

// inTouch fills the time in between.
func (l *life) inTouch() {
	gap := min(l.every(), 28)
	var times []day.Instant
	for _, f := range l.c.Facts {
		if f.Kind == "victim.told" {
			times = append(times, f.At.Hi)
		}
	}
	for t := l.recorded; ; {
		next := l.after(t, gap-8, gap-5) // an evening before Easter adds five days
		if i := slices.IndexFunc(times, func(x day.Instant) bool { return x > t && x <= next }); i >= 0 {
			t = times[i]
			continue
		}
		if next >= l.end() {
			return
		}
		if !l.drifts(next) {
			e := l.add("victim.told", next, l.officer(next), l.victimsAt(next)...).text("method", l.pick("telephone", "telephone", "letter"))
			if l.chance(40) && !l.h.writes {
				e.signed()
			}
		}
		t = next
	}
}

// askForReview is the victim's right to have a police decision looked at again.
func (l *life) askForReview() {
	if l.p.ending != policeNFA || l.closed == 0 || l.cal.DateOf(l.closed) < reviewRight || !l.chance(25) {
		return
	}
	v := l.victims()[0]
	asked := l.after(l.closed, 5, 60)
	l.add("vrr.requested", asked, vrrCoord, v)
	ack := l.within(asked, "10 working days")
	l.add("vrr.acknowledged", ack, vrrCoord, v).doc("letter", "Acknowledgement")
	start := l.after(ack, 1, 2)
	l.add("independence.declared", start-2*hour, reviewer).text("reviewer", reviewer).text("interests", "none").text("review_kind", "victim's right to review").signed()
	l.add("review.started", start, reviewer).text("reviewer", reviewer).text("review_kind", "victim's right to review")
	t := l.by(start+oneDay, l.cal.due(asked, "29 working days"))
	l.add("vrr.decided", t, reviewer, v).text("result", "decision upheld").text("reviewer", reviewer).doc("letter", "Decision with reasons").signed()
}

// complain is a complaint of the family, logged in time.
func (l *life) complain() {
	if !l.chance(2) {
		return
	}
	t := l.after(l.recorded, 20, 60)
	l.add("complaint.received", t, victimLead).text("category", "delay").text("reference", fmt.Sprintf("C%s", l.c.ID[1:]))
	l.add("complaint.logged", l.within(t, "2 working days"), standards).text("category", "delay").doc("log", "Complaint log")
}
