package northmere

import (
	"fmt"
	"slices"

	"candour/internal/day"
)

// cadence is how many days may pass between a sergeant's reviews.
func cadence(grade string) int {
	switch grade {
	case "very-high":
		return 7
	case "high":
		return 14
	}
	return 28
}

// supervise is the sergeant's reviews while the case is open, the inspector's each
// quarter, the superintendent's each half-year, an outsider's after a year, and
// what becomes of the case when its officer moves.
func (l *life) supervise() {
	l.moved()
	first := l.firstReview()
	l.review(first, false)
	if l.h.batch != 0 {
		l.reviewedInBatch(first)
	} else {
		l.reviews(first)
	}
	l.higher("review.inspector", 3, func(t day.Instant) string { return l.inspectorOn(l.team, t) })
	l.higher("review.superintendent", 6, func(day.Instant) string { return super })
	l.outsider()
}

// firstReview is within three days of the record, within one of a very high risk.
func (l *life) firstReview() day.Instant {
	if known := max(l.recorded, l.grades[0].from); l.p.grade == "very-high" {
		return l.by(max(l.allocated, known)+20*minute, known+23*hour)
	}
	return l.by(l.allocated+20*minute, l.recorded+66*hour)
}

// reviews go on from t. Now and then one changes nothing, but never two in a row.
func (l *life) reviews(t day.Instant) {
	hollow := false
	for {
		t = l.nextReview(t)
		if t >= l.end() {
			return
		}
		if l.drifts(t) {
			continue
		}
		hollow = !hollow && l.chance(25)
		l.review(t, hollow)
	}
}

// nextReview is well before the grade that stands, or one that comes, wants it.
func (l *life) nextReview(t day.Instant) day.Instant {
	days := cadence(l.gradeAt(t))
	next := l.soonest(t, days)
	for _, g := range l.grades {
		if g.from > t && g.from < next {
			next = min(next, l.soonest(g.from, cadence(g.grade)))
		}
	}
	return l.cal.plain(max(next, t+hour))
}

// soonest is six to eight tenths of the days on, or before if those are holidays.
func (l *life) soonest(t day.Instant, days int) day.Instant {
	next := l.inHours(t + day.Instant(l.between(days*6/10, days*8/10))*oneDay + l.minutes(-150, 150))
	if last := l.cal.DateOf(t).Add(days - 1); l.cal.DateOf(next) > last {
		next = l.cal.at(l.cal.next(last+1, -1), l.between(9, 15), l.between(0, 59))
	}
	return next
}

// review is the sergeant's: it takes a decision, raises an action, or neither.
func (l *life) review(t day.Instant, hollow bool) entry {
	by := l.sergeant(l.team, l.seat, t)
	actions, decisions := 0, 0
	if !hollow {
		decisions = l.between(0, 1)
		actions = l.action(t, 1-decisions)
		if actions == 0 {
			decisions = 1
		}
	}
	return l.reviewOf("review.supervisor", t, by, actions, decisions).signed()
}

func (l *life) reviewOf(kind string, t day.Instant, by string, actions, decisions int) entry {
	return l.add(kind, t, by).text("reviewer", by).text("rank", l.ranks[by]).text("unit", l.team.unit).text("grade", l.gradeAt(t)).
		num("actions_raised", actions).num("decisions", decisions).yes("risk_changed", false)
}

// action raises an action and has it done in time; it tells how many it raised.
func (l *life) action(t day.Instant, wanted int) int {
	last := l.end() - 30*hour
	if wanted == 0 && !l.chance(35) || t+5*oneDay > last {
		return 0
	}
	id := l.party("action")
	due := l.cal.DateOf(t).Add(l.between(7, 21))
	what := l.pick("see a neighbour", "obtain school records", "view footage", "trace a former address", "speak to the health visitor")
	l.add("action.raised", t+5*minute, l.sergeant(l.team, l.seat, t), id).text("owner", l.officer(t)).text("due", due.String()).text("kind", what)
	done := l.by(t+oneDay, min(l.cal.End(due), last))
	l.add("action.completed", done, l.officer(done), id).text("kind", what).text("result", "done").signed()
	return 1
}

// higher is a review by someone higher every so many months.
func (l *life) higher(kind string, months int, who func(day.Instant) string) {
	for t := l.recorded; ; {
		due := l.cal.due(t, fmt.Sprintf("%d months", months))
		next := l.by(due-16*oneDay, due-oneDay)
		if l.h.batch != 0 && next > l.h.batch-oneDay && next < l.h.batch+16*oneDay {
			next = l.by(l.h.batch-12*oneDay, l.h.batch-9*oneDay)
		}
		if next >= l.end() {
			return
		}
		by := who(next)
		l.reviewOf(kind, next, by, 0, 1).signed()
		t = next
	}
}

// outsider is the independent review of a case that is open for a year.
func (l *life) outsider() {
	due := l.cal.due(l.recorded, "12 months")
	t := l.by(due-25*oneDay, due-2*oneDay)
	if t >= l.end() {
		return
	}
	l.add("independence.declared", t-26*hour, reviewer).text("reviewer", reviewer).text("review_kind", "independent").text("interests", "none").signed()
	l.add("review.started", t-20*hour, reviewer).text("reviewer", reviewer).text("review_kind", "independent")
	l.reviewOf("review.independent", t, reviewer, 0, 1).doc("terms-of-reference", "Terms of reference").signed()
	r := l.party("recommendation")
	l.add("recommendation.made", t+hour, reviewer, r).text("text", "Finish the outstanding lines within a month").text("owner", l.oic.holder(t))
	a := l.by(t+2*hour, l.cal.due(t+hour, "10 working days"))
	l.add("recommendation.answered", a, l.officer(a), r).text("answer", "Accepted; done").signed()
}

// moved hands the case over when its officer moves.
func (l *life) moved() {
	at := l.oic.moved
	if at == day.Never || at <= l.allocated || at >= l.end() {
		return
	}
	t := l.cal.at(l.cal.DateOf(at), 9, l.between(0, 50))
	from, to := l.oic.holders[0], l.oic.holders[1]
	by := l.sergeant(l.team, l.seat, t)
	l.add("accreditation.valid", t-20*minute, by).text("scheme", "level 2 and child abuse").doc("certificate", "Accreditation of "+to).written(t - 15*minute)
	l.add("oic.changed", t, by).text("from", from).text("to", to).text("officer", to).signed()
	l.joined(to, t)
	if l.h.dropsHandover {
		l.miss("handover-3wd", "", t, "3 working days")
		l.pickedUp()
		return
	}
	h := l.within(t, "3 working days")
	l.add("handover.completed", h, to).text("from", from).text("to", to).num("open_actions", l.between(0, 4)).
		num("exhibits_count", len(l.parties("exhibit"))).text("supervisor", by).doc("handover", "Handover record").signed()
}

// pickedUp is the inspector who finds the case that nobody works.
func (l *life) pickedUp() {
	t := l.inHours(l.h.driftTo + hour)
	if t < l.end() {
		l.reviewOf("review.inspector", t, l.inspectorOn(l.team, t), l.action(t, 1), 1).signed()
	}
}

// substantive are the kinds that move a case on.
var substantive = []string{"statement.taken", "abe.held", "medical.held", "suspect.arrested", "suspect.interviewed", "suspect.charged", "device.submitted",
	"device.result", "forensic.submitted", "thirdparty.received", "lead.closed", "action.completed", "cps.receipt", "cps.decision", "cps.advice_requested",
	"disposal.given", "exhibit.seized", "icpc.held", "strategy.held"}

// progressed sees that no four weeks pass without a step forward: where they
// would, a further witness is seen.
func (l *life) progressed() {
	var times []day.Instant
	for _, f := range l.c.Facts {
		if slices.Contains(substantive, f.Kind) {
			times = append(times, f.At.Hi)
		}
	}
	slices.Sort(times)
	for t := l.recorded; ; {
		next := l.after(t, 18, 23) // an evening before Easter adds five days
		if i := slices.IndexFunc(times, func(x day.Instant) bool { return x > t && x <= next }); i >= 0 {
			t = times[i]
			continue
		}
		if next >= l.end()-oneDay {
			return
		}
		if !l.drifts(next) {
			l.statement("account", l.party("witness"), next)
		}
		t = next
	}
}

// drifts tells whether nobody works the case at t.
func (l *life) drifts(t day.Instant) bool { return l.h.driftFrom < t && t < l.h.driftTo }
