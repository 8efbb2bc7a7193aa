package obligation

import (
	"cmp"
	"slices"

	"candour/internal/day"
	"candour/internal/fact"
	"candour/internal/state"
)

// Message is what one person is sent on one occasion about a case, or about cases on
// which the same was missed (ruling 33).
type Message struct {
	To    string   // a person, or a role that nobody is known to hold
	Cases []string // in order; of a person, unit or body its name
	At    day.Instant
	// AtOnce: it holds a critical finding and does not wait for the morning.
	AtOnce bool
	// Causes are the findings it tells of, those opened by the same thing together.
	Causes [][]*Row
}

// Findings counts what the message tells of.
func (m *Message) Findings() int {
	n := 0
	for _, c := range m.Causes {
		n += len(c)
	}
	return n
}

// telling is one finding that falls to one person at one moment.
type telling struct {
	to       string
	of       string
	at       day.Instant
	critical bool
	row      *Row
	cal      *day.Calendar
}

// Morning is the hour at which a day's message is sent, in minutes after midnight.
const Morning = 8 * 60

// Post collects findings, case by case, and works out the messages that would be
// sent for them. It keeps copies, so that what it was given need not hold.
type Post struct {
	// From and To bound the moments of telling: from the one up to, and not including, the other.
	From, To day.Instant
	all      []telling
}

// Add takes the findings of a result.
func (p *Post) Add(res *Result) {
	for _, row := range res.Rows {
		if row.Finding != nil {
			p.all = tellings(p.all, res, row, p.From, p.To)
		}
	}
}

// Messages works out what would be sent for the findings that were added. A person
// gets one message a case a day: in the morning, with what was raised since the last;
// what is critical goes out at once, with all else that then waits for that person on
// that case. Where a morning brings the same, and only that, on several cases (an
// officer is moved, and none of six cases is handed over), it is one message. Someone
// who is to be told only after a while is told if the finding is then still open. An
// advisory finding goes to the one who owes the duty and to nobody else.
func (p *Post) Messages() []Message {
	all := p.all
	slices.SortStableFunc(all, func(a, b telling) int {
		return cmp.Or(cmp.Compare(a.to, b.to), cmp.Compare(a.of, b.of), cmp.Compare(a.at, b.at))
	})
	var out []Message
	for i := 0; i < len(all); {
		j := i
		for j < len(all) && all[j].to == all[i].to && all[j].of == all[i].of {
			j++
		}
		out = deliver(out, all[i:j])
		i = j
	}
	slices.SortStableFunc(out, func(a, b Message) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.To, b.To)) })
	return together(out)
}

// together makes one message of those that bring one person the same on several cases.
func together(all []Message) []Message {
	var out []Message
	for _, m := range all {
		i := len(out) - 1
		for i >= 0 && out[i].At == m.At && out[i].To == m.To && (m.AtOnce || out[i].AtOnce || !slices.Equal(out[i].standards(), m.standards())) {
			i--
		}
		if i < 0 || out[i].At != m.At || out[i].To != m.To {
			out = append(out, m)
			continue
		}
		out[i].Cases = append(out[i].Cases, m.Cases...)
		out[i].Causes = append(out[i].Causes, m.Causes...)
	}
	return out
}

// standards lists the standards it tells of, each once, in order.
func (m *Message) standards() []string {
	var ids []string
	for _, c := range m.Causes {
		for _, row := range c {
			ids = append(ids, row.Standard.ID)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func tellings(all []telling, res *Result, row *Row, from, to day.Instant) []telling {
	f := row.Finding
	cal := res.Case.Cal
	var kept *Row
	add := func(who string, at day.Instant, critical bool) {
		if who == "" || at < from || at >= to {
			return
		}
		if kept == nil {
			kept = row.kept()
		}
		all = append(all, telling{who, res.Case.Case.ID, at, critical, kept, cal})
	}
	if f.Advisory {
		add(row.Owes(), f.Raised, false)
		return all
	}
	for i, who := range row.Tell() {
		at := f.Raised
		if after := row.Standard.Tell[i].After; after != nil {
			at = cal.Due(f.Raised, *after)
			if f.Closed != 0 && f.Closed <= at {
				continue
			}
		}
		add(who, at, row.Standard.Critical())
	}
	return all
}

// deliver groups what falls to one person on one case, in order of time.
func deliver(out []Message, all []telling) []Message {
	for len(all) > 0 {
		at, atOnce := next(all)
		n := 0
		for n < len(all) && all[n].at <= at {
			n++
		}
		m := Message{To: all[0].to, Cases: []string{all[0].of}, At: at, AtOnce: atOnce}
		for _, t := range all[:n] {
			m.add(t.row)
		}
		out, all = append(out, m), all[n:]
	}
	return out
}

// next is when the first message goes: the morning after the first finding, or
// earlier if something critical is raised before it.
func next(all []telling) (day.Instant, bool) {
	morning := all[0].cal.Next(all[0].at, Morning)
	for _, t := range all {
		if t.at > morning {
			break
		}
		if t.critical {
			return t.at, true
		}
	}
	return morning, false
}

// add puts a finding beside those that the same thing opened.
func (m *Message) add(row *Row) {
	for i, c := range m.Causes {
		if slices.Contains(c, row) {
			return
		}
		if t := c[0].Trigger; sameTrigger(t, row.Trigger) {
			m.Causes[i] = append(c, row)
			return
		}
	}
	m.Causes = append(m.Causes, []*Row{row})
}

// sameTrigger tells whether two rows of a case were opened by the same fact, or by the same finding.
func sameTrigger(a, b Trigger) bool {
	if a.Event != nil {
		return b.Event != nil && a.Event.Fact == b.Event.Fact
	}
	f, g := a.Finding, b.Finding
	return f != nil && g != nil && f.Standard == g.Standard && f.Key == g.Key && f.Opened == g.Opened && f.Case == g.Case
}

// Silence is a source that has not reported for longer than it may.
type Silence struct {
	Source string
	// Since is up to when it last said it was complete; 0: it never did.
	Since, Due day.Instant
}

// Silent lists the sources that had been silent for too long at a moment, by what
// was then known of them. A silent feed is a finding against the feed: no person
// on any case is accused, and what waits for it goes on waiting.
func Silent(w *fact.World, cal *day.Calendar, at state.Moments) []Silence {
	var out []Silence
	for _, s := range w.Sources {
		if s.SilentAfter == nil {
			continue
		}
		since, ok := s.CompleteTo(at.KnownAt)
		if !ok {
			out = append(out, Silence{Source: s.ID})
			continue
		}
		if due := cal.Due(since, *s.SilentAfter); at.AsAt > due {
			out = append(out, Silence{s.ID, since, due})
		}
	}
	return out
}
