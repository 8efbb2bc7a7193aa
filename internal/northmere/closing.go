package northmere

import (
	"slices"

	"candour/internal/day"
	"candour/internal/fact"
)

// code is the outcome code from April 2013, and words before.
func (l *life) code(t day.Instant, number string) string {
	if l.cal.DateOf(t) >= outcomeCodes {
		return number
	}
	switch number {
	case "1":
		return "detected: charged"
	case "2":
		return "detected: youth disposal"
	case "3":
		return "detected: caution"
	}
	return "not detected"
}

func (l *life) endingCode() string {
	switch l.p.ending {
	case charged:
		return "1"
	case cautioned:
		if l.p.childSuspect() {
			return "2"
		}
		return "3"
	case withdrawn:
		return "16"
	case noSuspect:
		return "18"
	}
	return "15"
}

// setClose says when the case will close, if it comes to a decision at all, once
// every lead is closed.
func (l *life) setClose() {
	if l.decided == 0 || l.decided >= l.cal.End(recordEnds) {
		return
	}
	t := l.after(max(l.decided, l.last("lead.closed"), l.last("device.result"))+2*oneDay, 3, 18)
	t = l.cal.at(l.cal.DateOf(t), 14, l.between(0, 170))
	if l.h.closesToTarget {
		t = l.monthEnd(l.decided)
	}
	if t < l.cal.End(recordEnds) {
		l.closed = t
	}
}

// monthEnd is the afternoon of the month's last working day.
func (l *life) monthEnd(t day.Instant) day.Instant {
	local := t.Time(l.cal.Zone())
	d := l.cal.next(day.DateOf(local.Year(), int(local.Month())+1, 1), -1)
	if l.cal.DateOf(t) >= d {
		d = l.cal.next(day.DateOf(local.Year(), int(local.Month())+2, 1), -1)
	}
	return l.cal.at(d, 16, l.between(0, 100))
}

// close assesses the risk, has the closure approved, and closes.
func (l *life) close() {
	if l.closed == 0 {
		return
	}
	code := l.code(l.closed, l.endingCode())
	if l.h.closesToTarget {
		l.closedToTarget()
	} else {
		d := l.cal.next(l.cal.DateOf(l.closed), -l.between(1, 3))
		t := l.cal.at(d, 9, l.between(10, 59))
		for _, g := range l.grades {
			if g.from < l.closed {
				t = max(t, g.from+hour)
			}
		}
		l.assess(t, l.closingGrade())
	}
	approved := l.closed - l.minutes(100, 200)
	by := l.sergeant(l.team, l.seat, approved)
	l.add("closure.approved", approved, by).text("outcome_code", code).text("reviewer", by).doc("closure-report", "Closure report").signed()
	l.add("crime.finalised", l.closed, l.officer(l.closed)).text("outcome_code", code).doc("closure-report", "Closure report").written(l.closed + 5*minute)
	l.decide(l.closed-95*minute, "Closure", "Outcome "+code)
	if l.h.forges {
		l.denied()
	}
	r := l.within(l.closed, "10 working days")
	l.add("retention.set", r, records).doc("retention", "Retention schedule")
	if l.chance(4) {
		m := l.after(l.closed, 30, 200)
		l.add("material.received_closed", m, l.officer(m)).text("origin", "letter").text("description", "A letter that repeats what is known")
		d := l.within(m, "5 working days")
		l.add("reopen.decision", d, l.sergeant(l.team, l.seat, d)).text("result", "not reopened").signed()
	}
}

func (l *life) closingGrade() string {
	if l.p.ending == charged || l.p.ending == cautioned {
		return l.gradeAt(l.closed)
	}
	return lower(l.gradeAt(l.closed))
}

// counted is the store's count each quarter, by an officer from outside, until the
// record ends; some things go back or are destroyed with authority before that.
func (l *life) counted() {
	shelf := map[string]span{}
	first := day.Never
	for _, x := range l.parties("exhibit") {
		if in := l.lastOf("exhibit.booked", x); in != 0 {
			shelf[x] = span{in, l.leaves(x)}
			first = min(first, in)
		}
	}
	for t, n := first, 0; t < l.cal.End(recordEnds); n++ {
		next := l.after(t, 72, 84)
		if l.h.losesExhibit && n == 1 {
			l.lost(shelf, next)
		}
		if there := l.on(shelf, next); len(there) > 0 {
			l.add("exhibit.counted", next, auditor, there...).text("reason", "quarterly count").signed()
		}
		t = next
	}
}

// span is how long an exhibit is on its shelf.
type span struct{ from, to day.Instant }

// on are the exhibits on their shelves at t, in order.
func (l *life) on(shelf map[string]span, t day.Instant) []string {
	return slices.DeleteFunc(l.parties("exhibit"), func(x string) bool { return shelf[x].from == 0 || t <= shelf[x].from || t >= shelf[x].to })
}

// leaves is when the exhibit is returned or destroyed, if it is.
func (l *life) leaves(x string) day.Instant {
	if l.closed != 0 && l.p.ending != charged && !l.h.losesExhibit && l.chance(60) {
		return l.destroyed(x)
	}
	return day.Never
}

func (l *life) lastOf(kind, party string) day.Instant {
	for _, f := range l.c.Facts {
		if f.Kind == kind && f.About[0] == party {
			return f.At.Hi
		}
	}
	return 0
}

func (l *life) destroyed(x string) day.Instant {
	t := l.after(l.closed, 190, 300)
	a := l.add("disposal.authorised", t-3*oneDay, exhibitsMan, x).text("authoriser", exhibitsMan).doc("authority", "Check list: no live matter, no review, no linked case")
	a.Signed = []fact.Signature{{By: auditor, At: a.Recorded + 30*minute}}
	l.add("exhibit.destroyed", t, exhibitsOff, x).text("reason", l.pick("returned to owner", "destroyed")).text("authoriser", exhibitsMan)
	return t
}
