package obligation_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"candour/internal/day"
	"candour/internal/obligation"
	"candour/internal/pack"
	"candour/internal/state"
	"candour/internal/timeline"
)

var london = func() *time.Location {
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		panic(err)
	}
	return zone
}()

const messagePack = `
- {id: quick, title: {en: q}, guards: [F1], source: s, tell: [boss], examples: [x], checked: {by: us}, when: {fact: start}, per: case, must: {fact: done}, within: 2 hours}
- {id: slow, title: {en: s}, guards: [F2], basis: {duty: policy, time: policy}, source: s, tell: [boss, {after: 3 days, who: chief}], examples: [x], checked: {by: us}, when: {fact: start}, per: case, must: {fact: done}, within: 1 day}
- {id: other, title: {en: o}, guards: [F2], basis: {duty: policy, time: policy}, source: s, tell: [boss], examples: [x], checked: {by: us}, when: {fact: start}, per: case, must: {fact: told}, within: 1 day}
- {id: advisory, title: {en: a}, guards: [F1], source: s, tell: [boss], examples: [x], when: {fact: start}, per: case, must: {fact: told}, within: 1 hour}
`

// messages evaluates two cases as at a moment and works out what would be sent.
func messages(t *testing.T, lines string, from, to string) []obligation.Message {
	t.Helper()
	p, err := pack.Load(fstest.MapFS{
		"pack.yaml":          {Data: []byte("pack: m\nranks: [c, s, i]\n")},
		"kinds/k.yaml":       {Data: []byte("- {id: start, about: case}\n- {id: done, about: case}\n- {id: told, about: case}\n")},
		"standards/all.yaml": {Data: []byte(messagePack)},
	}, "m")
	if err != nil {
		t.Fatal(err)
	}
	head := `{"candour":"timeline/1","body":"f","zone":"Europe/London"}
{"body":"f","kind":"force"}
{"person":"chief1","body":"f","posts":[{"role":"chief","rank":"i","from":"2020-01-01"}]}
{"person":"boss1","body":"f","posts":[{"role":"boss","rank":"s","reports_to":"chief1","from":"2020-01-01"}]}
{"person":"pc1","body":"f","posts":[{"role":"oic","rank":"c","reports_to":"boss1","from":"2020-01-01"}]}
`
	file, err := timeline.Read(strings.NewReader(head+lines), "m.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	moment := func(s string) day.Instant {
		m, err := day.ParseMoment(s, file.Zone)
		if err != nil {
			t.Fatal(err)
		}
		return m.Lo
	}
	post := obligation.Post{From: moment(from), To: moment(to)}
	for _, c := range file.Cases {
		in, err := state.Prepare(c, file.World, p, file.Zone)
		if err != nil {
			t.Fatal(err)
		}
		at, err := in.At(state.Moments{AsAt: state.End, KnownAt: state.End})
		if err != nil {
			t.Fatal(err)
		}
		post.Add(obligation.Run(at, nil))
	}
	return post.Messages()
}

func show(ms []obligation.Message) string {
	var out []string
	for _, m := range ms {
		s := m.To + " " + strings.Join(m.Cases, "+") + " " + day.FormatInstant(m.At, london)
		if m.AtOnce {
			s += " at once"
		}
		for _, c := range m.Causes {
			s += " ["
			for i, row := range c {
				if i > 0 {
					s += " "
				}
				s += row.Standard.ID
			}
			s += "]"
		}
		out = append(out, s)
	}
	return strings.Join(out, "\n")
}

func TestOneMessageACaseADayAndCriticalOnesAtOnce(t *testing.T) {
	lines := `{"case":"c","kind":"x"}
{"fact":"c1","case":"c","kind":"start","at":"2024-03-04 09:00","by":"pc1"}
{"case":"d","kind":"x"}
{"fact":"d1","case":"d","kind":"start","at":"2024-03-04 09:00","by":"pc1"}
{"fact":"d2","case":"d","kind":"done","at":"2024-03-07 12:00","by":"pc1"}
`
	// quick is critical and raised at 11:00:01; slow and other are raised at midnight after the 5th
	// and told in one message on the morning of the 6th, for both cases, the one cause together; the advisory goes
	// to the officer alone, and waits. On d the chief is not told: it was done by then.
	want := `boss1 c 2024-03-04 11:00:01 at once [quick]
boss1 d 2024-03-04 11:00:01 at once [quick]
pc1 c+d 2024-03-05 08:00:00 [advisory] [advisory]
boss1 c+d 2024-03-06 08:00:00 [other slow] [other slow]
chief1 c 2024-03-10 08:00:00 [slow]`
	if got := show(messages(t, lines, "2024-03-01 00:00", "2024-04-01 00:00")); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestMessagesOfAPeriodOnly(t *testing.T) {
	lines := `{"case":"c","kind":"x"}
{"fact":"c1","case":"c","kind":"start","at":"2024-03-04 09:00","by":"pc1"}
`
	want := "boss1 c 2024-03-06 08:00:00 [other slow]"
	if got := show(messages(t, lines, "2024-03-05 00:00", "2024-03-07 00:00")); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestSilentFeed(t *testing.T) {
	file, err := timeline.Read(strings.NewReader(`{"candour":"timeline/1","body":"f"}
{"body":"f","kind":"force"}
{"source":"spoke","of":"f","complete_to":"2024-03-04 09:00","silent_after":"2 days"}
{"source":"fresh","of":"f","complete_to":"2024-03-06 09:00","silent_after":"2 days"}
{"source":"never","of":"f","silent_after":"2 days"}
{"source":"free","of":"f"}
`), "s.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	cal := day.NewCalendar("", london, nil, nil, 0, 0)
	at := func(s string) state.Moments {
		m, _ := day.ParseMoment(s, london)
		return state.Moments{AsAt: m.Lo, KnownAt: m.Lo}
	}
	var names []string
	for _, s := range obligation.Silent(file.World, cal, at("2024-03-07 12:00")) {
		names = append(names, s.Source)
	}
	if got := strings.Join(names, " "); got != "spoke never" {
		t.Errorf("silent: got %q, want %q", got, "spoke never")
	}
}
