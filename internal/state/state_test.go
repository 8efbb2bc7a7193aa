package state_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"candour/internal/day"
	"candour/internal/fact"
	"candour/internal/pack"
	"candour/internal/state"
	"candour/internal/timeline"
)

var small = func() *pack.Pack {
	p, err := pack.Load(fstest.MapFS{
		"pack.yaml": {Data: []byte("zone: Europe/London\nranks: [constable, sergeant, inspector]\nspeaks_for: [mother]\nbodies: {lab: [laboratory]}\n" +
			"roles: {victim: {en: V}, suspect: {en: S}, statement: {en: St}}\npolicy: {answer: {default: 10 days, title: {en: A}}}\n")},
		"kinds/k.yaml": {Data: []byte("- {id: note, label: {en: N}}\n- {id: risk, label: {en: R}, fields: {grade: {type: enum, of_values: [low, medium, high], required: yes}}}\n" +
			"- {id: taken, about: statement, label: {en: T}}\n- {id: confirmed, about: statement, label: {en: C}}\n- {id: told, about: victim, label: {en: T}}\n- {id: held, about: suspect, label: {en: H}}\n")},
		"registers/r.yaml": {Data: []byte("- {id: grade, of: case, type: enum, of_values: [low, medium, high], absent: unknown, lower_needs: second, set: [{on: risk, to: this.grade}]}\n" +
			"- {id: notes, of: case, type: number, absent: 0, set: [{on: note, to: it + 1.0}]}\n- {id: held, of: suspect, type: boolean, absent: no, set: [{on: held, to: \"true\"}]}\n" +
			"- {id: busy, of: case, derive: case.notes > 1.0}\n- {id: papers, of: case, type: number, absent: 0, proof: document, set: [{on: note, to: it + 1.0}]}\n")},
	}, "small")
	if err != nil {
		panic(err)
	}
	return p
}()

const people = `{"candour":"timeline/1","body":"force","zone":"Europe/London"}
{"body":"force","kind":"force"}
{"body":"lab1","kind":"laboratory","channel":[{"from":"2024-02-01","how":"system"}]}
{"unit":"u1","body":"force"}
{"unit":"u2","body":"force"}
{"person":"pc","body":"force","posts":[{"role":"oic","rank":"constable","unit":"u1","from":"2010-01-01"}]}
{"person":"peer","body":"force","posts":[{"role":"oic","rank":"constable","unit":"u1","from":"2010-01-01"}]}
{"person":"sergeant","body":"force","posts":[{"role":"boss","rank":"sergeant","unit":"u1","from":"2010-01-01"}]}
{"person":"rising","body":"force","posts":[{"role":"oic","rank":"constable","unit":"u1","from":"2010-01-01","to":"2024-01-31"},{"role":"boss","rank":"inspector","unit":"u2","from":"2024-02-01"}]}
{"person":"child","body":"force"}
{"person":"mum","body":"force","kin":[{"to":"child","as":"mother"}]}
{"case":"c","kind":"x"}
{"party":"v","case":"c","role":"victim","person":"child"}
{"party":"s","case":"c","role":"suspect"}
{"party":"st","case":"c","role":"statement"}
`

// prepared reads a case of the people above.
func prepared(t *testing.T, lines string) *state.Input {
	t.Helper()
	f, err := timeline.Read(strings.NewReader(people+lines), "case.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	in, err := state.Prepare(f.Cases[0], f.World, small, f.Zone)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func at(t *testing.T, s string) day.Instant {
	t.Helper()
	m, err := day.ParseMoment(s, small.Calendar.Zone())
	if err != nil {
		t.Fatal(err)
	}
	return m.Hi
}

// asAt is the case with all that was known by a moment.
func asAt(t *testing.T, in *state.Input, when string) *state.Case {
	t.Helper()
	c, err := in.At(state.Moments{AsAt: at(t, when), KnownAt: at(t, when)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func ids(c *state.Case) string {
	var out []string
	for _, ev := range c.Ev {
		out = append(out, ev.ID)
	}
	return strings.Join(out, " ")
}

func TestFactsStandInOrderOfHappenedThenRecordedThenPosition(t *testing.T) {
	in := prepared(t, `{"fact":"d","case":"c","kind":"note","at":"2024-01-02 10:00","seq":9}
{"fact":"c","case":"c","kind":"note","at":"2024-01-02 10:00","seq":8}
{"fact":"e","case":"c","kind":"note","at":"2024-01-02 10:00","recorded":"2024-01-02 10:01","seq":1}
{"fact":"b","case":"c","kind":"note","at":"2024-01-02"}
{"fact":"a","case":"c","kind":"note","at":"2024-01-01 23:59","recorded":"2024-03-01"}
`)
	if got := ids(asAt(t, in, "2024-12-31")); got != "a b c d e" {
		t.Errorf("got %s", got)
	}
}

func TestACorrectionTakesOutWhatItSupersedesOnceItIsKnown(t *testing.T) {
	in := prepared(t, `{"fact":"a","case":"c","kind":"risk","at":"2024-01-02 10:00","f":{"grade":"high"}}
{"fact":"b","case":"c","kind":"risk","at":"2024-01-02 09:00","recorded":"2024-01-05 10:00","supersedes":"a","f":{"grade":"low"}}
`)
	for when, want := range map[string]string{"2024-01-02 09:30": "", "2024-01-05 09:59": "a", "2024-01-05 10:00": "b"} {
		if got := ids(asAt(t, in, when)); got != want {
			t.Errorf("as at %s: got %q, want %q", when, got, want)
		}
	}
	c, err := in.At(state.Moments{AsAt: at(t, "2024-01-02 09:30"), KnownAt: at(t, "2024-01-06")})
	if err != nil || ids(c) != "b" {
		t.Errorf("with hindsight: got %q, %v", ids(c), err)
	}
}

func TestACorrectionKeepsTheKindAndTheCase(t *testing.T) {
	for lines, want := range map[string]string{
		`{"fact":"a","case":"c","kind":"note","at":"2024-01-02"}` + "\n" + `{"fact":"b","case":"c","kind":"told","at":"2024-01-02","supersedes":"a"}`: "a correction keeps the kind",
		`{"fact":"b","case":"c","kind":"note","at":"2024-01-02","supersedes":"gone"}`:                                                                 "gone",
	} {
		f, err := timeline.Read(strings.NewReader(people+lines), "case.jsonl")
		if err == nil {
			_, err = state.Prepare(f.Cases[0], f.World, small, f.Zone)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// register is a register of the case, or of a party, just after a position.
func register(t *testing.T, c *state.Case, owner int, id string, pos int) string {
	t.Helper()
	n, ok := small.Names.Lookup(id)
	if !ok {
		t.Fatalf("no register %s", id)
	}
	switch v := c.Register(owner, pos, n); {
	case v == nil:
		return "unknown"
	case v.Kind == fact.Number:
		return strings.Repeat("|", int(v.Num))
	case v.Kind == fact.Bool && v.Bool:
		return "yes"
	case v.Kind == fact.Bool:
		return "no"
	default:
		return v.Text
	}
}

func TestRegistersAreAskedAtAPosition(t *testing.T) {
	c := asAt(t, prepared(t, `{"fact":"a","case":"c","kind":"note","at":"2024-01-02"}
{"fact":"b","case":"c","kind":"held","about":"s","at":"2024-01-03"}
{"fact":"d","case":"c","kind":"note","at":"2024-01-04","docs":[{"type":"x","name":"x"}]}
`), "2024-12-31")
	for _, w := range []struct {
		id    string
		owner int
		want  [4]string // before the first fact, and after each
	}{
		{"notes", -1, [4]string{"", "|", "|", "||"}},
		{"busy", -1, [4]string{"no", "no", "no", "yes"}},
		{"papers", -1, [4]string{"", "", "", "|"}},
		{"grade", -1, [4]string{"unknown", "unknown", "unknown", "unknown"}},
		{"held", 1, [4]string{"no", "no", "yes", "yes"}},
	} {
		for i, want := range w.want {
			if got := register(t, c, w.owner, w.id, i-1); got != want {
				t.Errorf("%s after %d: got %q, want %q", w.id, i-1, got, want)
			}
		}
	}
}

func TestAFallNeedsASecondPersonAndARiseDoesNot(t *testing.T) {
	c := asAt(t, prepared(t, `{"fact":"a","case":"c","kind":"risk","at":"2024-01-02","by":"pc","f":{"grade":"medium"}}
{"fact":"b","case":"c","kind":"risk","at":"2024-01-03","by":"pc","f":{"grade":"low"}}
{"fact":"d","case":"c","kind":"risk","at":"2024-01-04","by":"pc","f":{"grade":"high"}}
{"fact":"e","case":"c","kind":"risk","at":"2024-01-05","by":"pc","f":{"grade":"low"},"signed":[{"by":"sergeant","at":"2024-01-05"}]}
{"fact":"g","case":"c","kind":"risk","at":"2024-01-09","by":"pc","f":{"grade":"high"}}
{"fact":"h","case":"c","kind":"risk","at":"2024-01-10","by":"pc","f":{"grade":"low"},"signed":[{"by":"sergeant","at":"2024-01-15"}]}
`), "2024-12-31")
	for i, want := range []string{"medium", "medium", "high", "low", "high", "high", "low"} { // the last position is the late signature
		if got := register(t, c, -1, "grade", i); got != want {
			t.Errorf("after %s: got %s, want %s", c.Ev[i].ID, got, want)
		}
	}
}

func TestAPartyIsOnTheCaseFromItsFirstFact(t *testing.T) {
	c := asAt(t, prepared(t, `{"fact":"a","case":"c","kind":"note","at":"2024-01-02"}
{"fact":"b","case":"c","kind":"held","about":"s","at":"2024-01-03"}
`), "2024-12-31")
	if !c.On(0, -1) || c.On(1, 0) || !c.On(1, 1) {
		t.Error("a party without facts is there from the start, one with facts from the first")
	}
}

func TestSealedTimeIsRefusedWhereAFactStatesNone(t *testing.T) {
	in := prepared(t, `{"fact":"a","case":"c","kind":"note","at":"2024-01-02"}`)
	if _, err := in.At(state.Moments{AsAt: state.End, KnownAt: state.End, BySeal: true}); !errors.Is(err, state.ErrUnsealed) || !strings.Contains(err.Error(), "line 16") {
		t.Errorf("got %v", err)
	}
}

func TestAPolicyIsTheLastInForceForTheBody(t *testing.T) {
	in := prepared(t, `{"policy":"answer","value":"5 days","from":"2024-02-01","body":"force"}
{"policy":"answer","value":"1 day","from":"2024-03-01","body":"lab1"}
{"fact":"a","case":"c","kind":"note","at":"2024-01-02"}
`)
	c := asAt(t, in, "2024-12-31")
	for when, want := range map[string]string{"2024-01-31": "10 days", "2024-02-01": "5 days", "2024-04-01": "5 days"} {
		if got := c.PolicyAt("answer", at(t, when)); got == nil || got.Duration.String() != want {
			t.Errorf("%s: got %v, want %s", when, got, want)
		}
	}
}

func TestPreparingTellsTheLine(t *testing.T) {
	for lines, want := range map[string]string{
		`{"fact":"a","case":"c","kind":"nothing","at":"2024-01-02"}`: "line 16: fact a",
		`{"fact":"a","case":"c","kind":"risk","at":"2024-01-02"}`:    "line 16: fact a",
		`{"party":"w","case":"c","role":"nobody"}`:                   "line 16: party w",
	} {
		f, err := timeline.Read(strings.NewReader(people+lines), "case.jsonl")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := state.Prepare(f.Cases[0], f.World, small, f.Zone); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
