package obligation_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"candour/internal/obligation"
	"candour/internal/pack"
	"candour/internal/state"
	"candour/internal/timeline"
)

const peoplePack = `
- {id: look, title: {en: l}, guards: [F1], source: s, tell: [boss], examples: [x], checked: {by: us}, owes: boss, when: {fact: start}, per: case, must: {fact: done}, within: 1 day}
- {id: hand-in, title: {en: h}, guards: [F1], source: s, tell: [boss], examples: [x], checked: {by: us}, owes: teacher, when: {fact: start}, per: case, must: {fact: done}, within: 1 day}
- {id: not-own-judge, title: {en: n}, guards: [F1], source: s, tell: [boss], examples: [x], checked: {by: us}, when: {fact: start}, per: case, must_not: {fact: done, where: "that.by == this.of"}}
- {id: shown-false, title: {en: f}, guards: [F1], source: s, tell: [boss], examples: [x], checked: {by: us}, when: {fact: start}, per: case, must_not: {fact: denied}, raises: contradiction}
- {id: often, title: {en: o}, guards: [F1], source: s, tell: [boss], examples: [x], checked: {by: us}, for: person, owes: boss, when: {fact: start}, must: {fact: done}, within: 1 day}
`

// TestWhoOwesAndWhoAnswers: the nearest above the officer in the case, else who
// recorded what opened the duty; and never the person whom a pattern is about.
func TestWhoOwesAndWhoAnswers(t *testing.T) {
	p, err := pack.Load(fstest.MapFS{
		"pack.yaml":          {Data: []byte("pack: m\nranks: [c, s, i]\n")},
		"kinds/k.yaml":       {Data: []byte("- {id: start, about: case, feeds: [person(of)], fields: {of: {type: person, absent: unknown}}}\n- {id: done, about: case}\n- {id: denied, about: case}\n")},
		"registers/r.yaml":   {Data: []byte("- {id: oic, of: case, type: text, absent: unknown, set: []}\n")},
		"standards/all.yaml": {Data: []byte(peoplePack)},
	}, "m")
	if err != nil {
		t.Fatal(err)
	}
	file, err := timeline.Read(strings.NewReader(`{"candour":"timeline/1","body":"f","zone":"Europe/London"}
{"body":"f","kind":"force"}
{"unit":"north","body":"f"}
{"unit":"south","body":"f"}
{"person":"chief","body":"f","posts":[{"role":"boss","rank":"i","from":"2020-01-01"}]}
{"person":"boss-a","body":"f","posts":[{"role":"boss","rank":"s","unit":"north","reports_to":"chief","from":"2020-01-01"}]}
{"person":"boss-b","body":"f","posts":[{"role":"boss","rank":"s","unit":"south","reports_to":"chief","from":"2020-01-01"}]}
{"person":"dc","body":"f","posts":[{"role":"detective","rank":"c","unit":"south","reports_to":"boss-b","from":"2020-01-01"}]}
{"person":"t0","body":"f","posts":[{"role":"teacher","rank":"c","from":"2020-01-01"}]}
{"person":"t1","body":"f","posts":[{"role":"teacher","rank":"c","from":"2020-01-01"}]}
{"case":"a","kind":"k","given":{"oic":"dc"}}
{"fact":"1","case":"a","kind":"start","at":"2024-01-08 09:00","by":"t1","f":{"of":"boss-a"}}
{"fact":"2","case":"a","kind":"done","at":"2024-01-20 09:00","by":"boss-a"}
{"fact":"3","case":"a","kind":"denied","at":"2024-01-21 09:00","by":"chief"}
`), "m.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	in, err := state.Prepare(file.Cases[0], file.World, p, file.Zone)
	if err != nil {
		t.Fatal(err)
	}
	at, err := in.At(state.Moments{AsAt: state.End, KnownAt: state.End})
	if err != nil {
		t.Fatal(err)
	}
	owes, answers := map[string]string{}, map[string]string{}
	take := func(res *obligation.Result) error {
		for _, row := range res.Rows {
			if row.Finding == nil {
				t.Errorf("%s raises nothing", row.Standard.ID)
				continue
			}
			owes[row.Standard.ID], answers[row.Standard.ID] = row.Owes(), row.Answers()
		}
		return nil
	}
	var gather obligation.Gather
	res := obligation.Run(at, nil)
	if err := gather.Add(res); err != nil {
		t.Fatal(err)
	}
	if err := take(res); err != nil {
		t.Fatal(err)
	}
	if err := gather.Each(nil, take); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{"look": "boss-b", "hand-in": "t1", "often": "chief"} {
		if owes[id] != want {
			t.Errorf("%s is owed by %q, want %q", id, owes[id], want)
		}
	}
	for id, want := range map[string]string{"not-own-judge": "boss-a", "shown-false": "t1", "look": "boss-b"} {
		if answers[id] != want {
			t.Errorf("%s is answered for by %q, want %q", id, answers[id], want)
		}
	}
}
