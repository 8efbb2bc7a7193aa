package obligation_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"candour/internal/day"
	"candour/internal/obligation"
	"candour/internal/pack"
	"candour/internal/state"
)

// unexplained tells what a row's explanation says that counting anew does not give:
// the days that were counted and passed over, the due moment they lead to, and every
// instant named in a sentence.
func (n *naive) unexplained(r *obligation.Row, a *answer) (out []string) {
	sentences := r.Explain()
	if a.cannotTell {
		return nil
	}
	for _, step := range r.Counted {
		if step.Count != nil {
			out = append(out, n.miscounted(*step.Count, sentences)...)
		}
	}
	if len(r.Counted) == 1 && r.Counted[0].Count != nil {
		if c := r.Counted[0].Count; c.Clock != a.clock || c.Due != a.due {
			out = append(out, fmt.Sprintf("it was counted from %s to %s", moments(c.Clock), moments(c.Due)))
		}
	}
	for _, w := range n.wanted(a) {
		if !slices.ContainsFunc(sentences, func(s string) bool { return strings.Contains(s, w) }) {
			out = append(out, fmt.Sprintf("(it is not: %q)", w))
		}
	}
	return append(out, n.strangers(sentences, a)...)
}

// miscounted counts a step anew, day by day, and holds it against the account and
// against the sentences that tell it.
func (n *naive) miscounted(c day.Count, sentences []string) (out []string) {
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if c.Backwards {
		if want := n.days.back(c.Clock, c.Duration); c.Due != want {
			say("%s before %s is %s", c.Duration, moments(c.Clock), moments(c.Due))
		}
		return out
	}
	if want := n.days.due(c.Clock, c.Duration); c.Due != want {
		say("%s from %s end %s", c.Duration, moments(c.Clock), moments(c.Due))
	}
	if _, ok := elapsed(c.Duration); ok {
		return out
	}
	days, skipped := n.days.counted(c.Clock, c.Duration)
	var passed []string
	for _, d := range skipped {
		passed = append(passed, fmt.Sprintf("%s (%s)", d.Format(long), n.days.closed(d)))
	}
	for _, w := range dayByDay(c.Duration, n.days.civil(c.Clock), days, passed) {
		if !slices.ContainsFunc(sentences, func(s string) bool { return strings.Contains(s, w) }) {
			say("(it is not: %q)", w)
		}
	}
	return out
}

const long = "Monday 2 January 2006"

// dayByDay is how the days are told: each with its number, or of many the first and
// the last; and those passed over.
func dayByDay(d day.Duration, before time.Time, days []time.Time, passed []string) (out []string) {
	listed := d.Unit == day.Day || d.Unit == day.WorkingDay
	switch {
	case len(days) == 0 || d.Unit == day.EndOfDay:
	case len(days) == 1 && listed:
		out = append(out, days[0].Format(long)+" (1)")
	case len(days) <= 10 && listed:
		for i, x := range days {
			layout := "Monday 2"
			if x.Month() != before.Month() {
				layout = long
			}
			out, before = append(out, fmt.Sprintf("%s (%d)", x.Format(layout), i+1)), x
		}
		out = []string{strings.Join(out, ", ")}
	case listed || d.Unit == day.Week:
		out = append(out, "the first day is "+days[0].Format(long)+", the last is "+days[len(days)-1].Format(long))
	default:
		out = append(out, days[len(days)-1].Format(long))
	}
	if len(passed) > 10 {
		passed = slices.DeleteFunc(passed, func(p string) bool { return strings.HasSuffix(p, "(weekend)") })
	}
	if len(passed) > 0 {
		out = append(out, strings.Join(passed, ", ")+".")
	}
	return out
}

// wanted is what the sentences must say of the naive row.
func (n *naive) wanted(a *answer) []string {
	out := []string{" at " + n.stamp(a.opened)}
	if a.isLifted && a.kind == "" {
		return append(out, "The duty was lifted at "+n.stamp(a.lifted)+":")
	}
	if a.due != day.Never && !a.s.Gate {
		out = append(out, n.dueWords(a))
	}
	if a.met != nil && a.met.ev != nil && a.s.Modal != pack.MustNot {
		out = append(out, fmt.Sprintf("Found: %s (%s)", a.met.ev.Fact.Kind, a.met.ev.ID))
		out = append(out, "it stood proven at "+n.stamp(a.met.at))
	}
	for _, ev := range a.claims {
		out = append(out, fmt.Sprintf("There was a claim only: %s (%s)", ev.Fact.Kind, ev.ID))
	}
	if a.kind != "" {
		out = append(out, "Raised: "+a.kind+", at "+n.stamp(a.raised))
	}
	if a.closed != 0 {
		out = append(out, "Closed at "+n.stamp(a.closed))
	}
	if a.offending != nil {
		out = append(out, fmt.Sprintf("What happened: %s (%s)", a.offending.Fact.Kind, a.offending.ID))
	}
	return out
}

// dueWords is the end of the account of a due moment: a day's end, or an instant.
func (n *naive) dueWords(a *answer) string {
	moved := a.s.By != nil || a.s.Moved != nil || a.s.Paused != nil || a.s.Within != nil && a.s.Within.Choose != nil
	if _, hours := elapsed(a.length); hours || moved {
		return "Due"
	}
	return "Due at the end of " + n.days.civil(a.due).Format(long) + "."
}

// stamp is an instant as the sentences write it.
func (n *naive) stamp(t day.Instant) string {
	return time.Unix(0, int64(t)).In(n.days.cal.Zone()).Format(time.DateTime)
}

var stampWords = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`)

// strangers are instants in the sentences that the naive row does not have.
func (n *naive) strangers(sentences []string, a *answer) (out []string) {
	known := []string{n.stamp(a.opened), n.stamp(a.clock), n.stamp(a.due), n.stamp(a.raised), n.stamp(a.closed), n.stamp(a.lifted), n.stamp(n.c.AsAt)}
	events := append([]*state.Event{a.t.ev, a.offending}, a.claims...)
	if a.met != nil {
		known, events = append(known, n.stamp(a.met.at)), append(events, a.met.ev)
	}
	for _, ev := range events {
		if ev != nil {
			known = append(known, n.stamp(ev.At.Lo), n.stamp(ev.At.Hi), n.stamp(ev.Recorded))
		}
	}
	for _, s := range sentences {
		if a.s.Gate && strings.HasPrefix(s, "There was a claim only") || a.stopped && strings.HasPrefix(s, "Due: ") {
			continue // the claims of gates are not worked out; of a stopped clock the engine still tells the old due
		}
		for _, w := range stampWords.FindAllString(s, -1) {
			if !slices.Contains(known, w) {
				out = append(out, fmt.Sprintf("%s, in: %s", w, s))
			}
		}
	}
	return out
}
