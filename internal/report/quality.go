package report

// qualityLine is one thing to know about the record itself.
type qualityLine struct {
	Name  string
	Count num
	Plain string // where it is no link
	Words string
}

func (h *HTML) quality(t totals, l *lists) []qualityLine {
	out := []qualityLine{
		{Name: "Cannot tell", Count: l.num(t.unknown, "unknown"), Words: "The record does not say enough to judge. Nothing is raised."},
		{Name: "Not recorded", Count: l.num(t.asks, "asks"), Words: "A value that a rule needs is missing. These are among the findings."},
		{Name: "Waiting for records", Count: l.num(t.waiting, "waiting"), Words: "A feed has not yet reported past the due moment. Nothing is raised."},
		{Name: "Left out: advisory", Count: l.num(t.advisory, "advisory"), Words: "Nobody has checked the rule against its source. These findings only advise the person who owes the duty."},
	}
	return out
}

// Note adds a line on what was read: what was left out of a file, and why.
func (h *HTML) Note(name string, n int, words string) {
	h.notes = append(h.notes, qualityLine{Name: name, Plain: number(n), Words: words})
}

// Lack adds a sentence that stands on top of the page: what the record as judged
// is without.
func (h *HTML) Lack(words string) { h.lacks = append(h.lacks, words) }

// reading tells of what was read; these numbers are of entries, which the page does not list.
func (h *HTML) reading() []qualityLine {
	out := []qualityLine{{Name: "Entries read", Plain: number(h.entries)}}
	if h.later > 0 {
		out = append(out, qualityLine{Name: "Left out: later entries", Plain: number(h.later), Words: "They had not happened, or were not known, at the moments asked for."})
	}
	return append(out, h.notes...)
}
