package report_test

import (
	"testing"

	"candour/internal/report"
)

func TestStandingsInOrder(t *testing.T) {
	last := -1
	for _, c := range []struct{ state, word, class string }{
		{"breached", "Breached", "red"}, {"overdue", "Overdue", "red"}, {"unproven", "Unproven", "orange"},
		{"not recorded", "Not recorded", "orange"}, {"due soon", "Due soon", "yellow"}, {"waiting for records", "Waiting for records", "grey"},
		{"cannot tell", "Cannot tell", "grey"}, {"open", "Not due yet", "grey"}, {"paused", "Paused", "grey"},
		{"discharged late", "Discharged", "green"}, {"discharged", "Discharged", "green"}, {"decided otherwise", "Decided otherwise", "purple"},
		{"lifted", "Lifted", "grey"}, {"used", "Right used", "grey"}, {"lapsed", "Right lapsed", "grey"},
	} {
		s := report.StandingOf(c.state)
		if s.Word != c.word || s.Class != c.class {
			t.Errorf("%s: got %s %s, want %s %s", c.state, s.Word, s.Class, c.word, c.class)
		}
		if s.Order <= last {
			t.Errorf("%s does not come after the one before", c.state)
		}
		last = s.Order
	}
	if s := report.StandingOf("no such state"); s.Order <= last || s.Word != "no such state" {
		t.Errorf("an unknown state: got %+v", s)
	}
}
