package report

import "candour/internal/obligation"

// Standing is how a state is shown: a word, the colour of its tag, and its place
// in the order that every list has, worst first.
type Standing struct {
	State, Word, Class string
	Order              int
}

// notRecorded is shown for a finding that only says that a value is missing.
const notRecorded = "not recorded"

// standings are all of them in order; the states are those of obligation.Row.
var standings = order([]Standing{
	{State: "breached", Word: "Breached", Class: "red"},
	{State: "overdue", Word: "Overdue", Class: "red"},
	{State: "unproven", Word: "Unproven", Class: "orange"},
	{State: notRecorded, Word: "Not recorded", Class: "orange"},
	{State: "due soon", Word: "Due soon", Class: "yellow"},
	{State: "waiting for records", Word: "Waiting for records", Class: "grey"},
	{State: "cannot tell", Word: "Cannot tell", Class: "grey"},
	{State: "open", Word: "Not due yet", Class: "grey"},
	{State: "paused", Word: "Paused", Class: "grey"},
	{State: "discharged late", Word: "Discharged", Class: "green"},
	{State: "discharged", Word: "Discharged", Class: "green"},
	{State: "decided otherwise", Word: "Decided otherwise", Class: "purple"},
	{State: "lifted", Word: "Lifted", Class: "grey"},
	{State: "used", Word: "Right used", Class: "grey"},
	{State: "lapsed", Word: "Right lapsed", Class: "grey"},
})

func order(all []Standing) []Standing {
	for i := range all {
		all[i].Order = i
	}
	return all
}

// StandingOf gives the standing of a state. A state that it does not know is
// shown as it is, last.
func StandingOf(state string) Standing {
	for _, s := range standings {
		if s.State == state {
			return s
		}
	}
	return Standing{State: state, Word: state, Class: "grey", Order: len(standings)}
}

// standingOf gives the standing of a row.
func standingOf(r *obligation.Row) Standing {
	if f := r.Finding; f != nil && f.Kind == "not-recorded" && f.Closed == 0 {
		return StandingOf(notRecorded)
	}
	return StandingOf(r.State())
}
