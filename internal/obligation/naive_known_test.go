package obligation_test

import (
	"candour/internal/pack"
)

// dispute leaves a standard out of a case's comparison, where the engine is known to
// say something else than the text does; `when` is where the two part.
func (n *naive) dispute(s *pack.Standard, d string, when bool) {
	if when && n.skip[s] == "" {
		n.skip[s] = d
	}
}

// The disagreements known: each names the text, and what the engine does.
const (
	// Ruling 29 counts a day as recorded by any due of that day only "without
	// `recorded`"; the engine takes any day as a claim that stood at due, even one
	// whose stated recording came after.
	dayClaimedLate = "a day recorded after due is taken for a claim"
	// The same ruling, the other way: a trigger that is only a day is no claim for
	// the engine where due falls on that day.
	dayAsTrigger = "a trigger without a time is no claim by a due of its day"
	// "Trigger again": the engine lifts a `restart` at any fact of the trigger's
	// kind, even one whose `where` or `while` does not hold.
	restartByAny = "restarted by what does not open"
	// Ruling 25 asks that "the fact that does it was recorded by due"; where that was
	// late, the engine lifts at the next fact that was not.
	liftedByAnother = "lifted by a fact that does not turn `while`"
	// Decision record 6: a decision discharges "for the case or party it is about";
	// the engine takes one about a party of another role.
	decidedOfAnother = "decided about another party"
	// "The earliest proved-at": of several that were proved before the opening (by
	// `already`, or only days) the engine takes the last.
	lastOfOld = "the last of those proved before the opening"
	// A change "recorded after due does nothing"; the engine takes one that is only a
	// day, whenever its recording is stated to be.
	dayChangedLate = "a day recorded after due moves it"
	// So too with `choose`: where the change itself was recorded too late, the engine
	// takes it at the next fact that was not.
	chosenByAnother = "chosen anew by a fact that does not change it"
	// Ruling 27 takes a superseded fact out; of a gate on a state the engine asks it
	// back, but only where some other fact was recorded after the step.
	stateCorrected = "a state that was corrected after the step"
	// "As just AFTER `this`": in the same case the engine lets in the later facts of
	// the step's instant.
	stateAfter = "a state after later facts of the instant"
	// While paused "nothing falls due", so that what ends the duty lifts it; the
	// engine asks whether the due moment before the pause has passed.
	liftedInPause = "lifted in a pause that is open"
	// "One selector or a list (any of them)": a fact that several pick opens several.
	openedTwice = "opened once for each selector"
	// "Restart = the open one is lifted": a prohibition runs on beside the new one.
	prohibitionRestarted = "a prohibition is not restarted"
	// "Proved at" is when the proof first holds; of a gate that was met the engine
	// says that it stood proven at the step. Not compared anywhere (said, wanted):
	// gateProved.

	// A duty that was met is over; the engine lets a later fact move its due moment.
	movedWhenMet = "due moved after it was met"
	// "While one is open": the engine holds a right open that has lapsed.
	lapsedIsOpen = "a lapsed right ignores the next"
	// UNKNOWN "does not accuse": outside the time, or beside a fact that does offend,
	// the engine says that it cannot tell.
	unknownOutside = "cannot tell outside the time"
	unknownBeside  = "cannot tell beside a finding"
	// A day's trigger and an act of its first instant: nobody can say which came
	// first; the engine accuses.
	firstInstant = "an act of the first instant of the trigger's day"
	// Decision record 5: the engine does not take a decision that is only the day of the
	// opening; and at a gate takes one of its day, where the order cannot be told.
	decidedThatDay = "decided on the day of the opening"
)
