package obligation_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"

	"candour/internal/day"
	"candour/internal/fact"
	"candour/internal/pack"
	"candour/internal/state"
)

// forms is a pack that has every form the naive evaluator knows, in sentences short
// enough that a handful of facts reaches their corners.
var forms = func() *pack.Pack {
	files := fstest.MapFS{}
	for name, text := range map[string]string{"pack.yaml": formsHead, "kinds/k.yaml": formsKinds, "registers/r.yaml": formsRegisters,
		"calendars/c.yaml": formsCalendar, "standards/s.yaml": formsStandards} {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	p, err := pack.Load(files, "forms")
	if err != nil {
		panic(err)
	}
	return p
}()

const formsHead = `
pack: forms
zone: Europe/London
calendar: c
ranks: [low, high]
roles: {suspect: {en: Suspect}, victim: {en: Victim}}
policy: {answer: {default: 2 days, title: {en: Answer}}}
`

const formsCalendar = `
id: c
weekend: [saturday, sunday]
from: 2020-01-01
to: 2026-12-31
holidays: [{date: 2024-03-29, name: Good Friday}, {date: 2024-04-01, name: Easter Monday}]
`

const formsKinds = `
- {id: start, about: suspect, label: {en: s}, tags: [begin], fields: {n: {type: number, absent: unknown}, on: {type: date, absent: unknown}}}
- {id: told, about: victim, label: {en: t}, tags: [begin]}
- {id: go, label: {en: g}, fields: {n: {type: number, absent: unknown}, on: {type: date, absent: unknown}}}
- {id: stop, label: {en: s}}
- {id: reopen, label: {en: r}}
- {id: risk, label: {en: r}, fields: {grade: {type: text, required: yes}}}
- {id: done, about: suspect, label: {en: d}, tags: [work], fields: {ok: {type: boolean, absent: unknown}, ref: {type: reference, list: yes, absent: unknown}}}
- {id: paper, label: {en: p}, tags: [work], fields: {ok: {type: boolean, absent: unknown}}}
- {id: answered, about: suspect, label: {en: a}}
- {id: bad, about: suspect, label: {en: b}, fields: {ok: {type: boolean, absent: unknown}}}
- {id: step, about: suspect, label: {en: s}}
- {id: pause, label: {en: p}}
- {id: resume, label: {en: r}}
- {id: extended, label: {en: e}, fields: {to: {type: date, required: yes}}}
- {id: excused, about: suspect, label: {en: e}, fields: {ok: {type: boolean, absent: unknown}}}
`

const formsRegisters = `
- {id: open, of: case, type: boolean, absent: yes, set: [{on: stop, to: "false"}, {on: reopen, to: "true"}]}
- {id: grade, of: case, type: text, absent: unknown, set: [{on: risk, to: this.grade}]}
- {id: held, of: suspect, type: boolean, absent: unknown, set: [{on: start, to: "true"}, {on: excused, to: "false"}]}
`

// Each line is what a standard says besides its id.
const formsStandards = `
- {id: w-hours, when: {fact: start}, must: {fact: done}, within: 30 hours}
- {id: w-first, when: {fact: start}, repeat: first, must: {fact: done}, within: 2 days, unless: [{fact: excused}]}
- {id: w-restart, when: {fact: start, where: this.n > 1.0}, repeat: restart, while: case.open, must: {fact: done}, within: 2 working days}
- {id: w-proof, when: {fact: start}, must: {fact: done, where: that.ok, proof: second}, claim: [{fact: answered}], within: 3 days}
- {id: w-trigger, when: {fact: start}, claim: trigger, must: {fact: done, proof: document}, within: 20 hours}
- {id: w-tree, when: {fact: go}, per: case, must: {any: [{all: [{fact: done, proof: document}, {fact: paper}]}, {fact: answered, proof: second}]}, within: 2 working days}
- {id: w-each, when: {fact: go}, per: case, repeat: each, must: {tag: work}, within: 2 working days beginning with the day}
- {id: w-other, when: {fact: go}, per: suspect, must: {fact: done}, within: 3 days beginning with the day}
- {id: w-match, when: {fact: start}, must: {fact: done, match: [{this: id, that: ref}]}, within: 1 week beginning with the next working day}
- {id: w-already, when: {fact: start}, already: 2 days, must: {fact: done}, within: end of next day}
- {id: w-where, when: {fact: start}, per: {role: victim, where: "case.grade == 'high'"}, must: {fact: told}, within: end of day}
- {id: w-held, when: {fact: go}, per: {role: suspect, where: key.held}, while: case.open, must: {fact: done}, within: 1 day, unless: [{fact: excused, where: that.ok}, {finding: n-ever}]}
- {id: w-twice, when: [{fact: start}, {tag: begin}], per: suspect, must: {fact: done}, within: 1 day}
- {id: w-again, when: {fact: start}, repeat: restart, while: case.open, must: {fact: done}, within: 1 day, again: done}
- {id: b-restart, when: [{becomes: key.held}, {fact: go}], per: suspect, repeat: restart, while: case.open, must: {fact: done}, within: 2 days}
- {id: n-restart, when: {fact: go}, per: case, repeat: restart, must_not: {fact: bad}, within: 2 days, unless: [{fact: answered}]}
- {id: w-opened, when: {case: opened}, per: case, must: {fact: paper}, within: 1 month}
- {id: w-list, when: [{fact: start}, {fact: told}], per: victim, repeat: first, must: {fact: told}, within: 36 hours, discretion: no}
- {id: b-rise, when: {becomes: "case.grade == 'high'"}, per: case, while: case.open, must: {fact: paper}, within: 2 days, again: done}
- {id: b-key, when: {becomes: key.held}, per: suspect, while: case.open, must: {fact: done}, within: 1 day}
- {id: b-force, when: {becomes: case.open}, per: suspect, in_force: {from: 2024-03-28, to: 2024-04-02, then: lift}, must: {fact: done}, within: 4 days}
- {id: f-at, when: {fact: start}, in_force: {from: 2024-03-28, to: 2024-04-02, at: this.on}, must: {fact: done}, within: 10 minutes}
- {id: a-due, when: {fact: go}, per: case, while: case.open, must: {fact: paper}, within: 2 days, again: due}
- {id: a-after, when: {fact: start}, per: suspect, repeat: first, while: case.open, must: {fact: [done, bad]}, within: 2 days, again: {after: [done], clock: done, then: 1 day}}
- {id: t-every, when: {every: 3 days, after: 2 days, clock: "date('2024-03-25')"}, per: case, repeat: each, while: case.open, must: {fact: paper}, within: 1 day}
- {id: c-field, when: {fact: go}, per: case, repeat: each, must: {fact: paper}, within: {field: this.n, unit: days, else: 40 hours}}
- {id: c-choose, when: {fact: go}, per: case, must: {fact: paper}, within: {choose: case.grade, of: {high: 1 day, low: 5 days, else: 3 days}}}
- {id: c-policy, when: {fact: go}, per: case, repeat: each, basis: {time: policy}, must: {fact: paper}, within: policy.answer}
- {id: c-clock, when: {fact: go}, per: case, repeat: each, clock: this.on, must: {fact: paper}, within: 1 working day}
- {id: y-date, when: {fact: go}, per: case, repeat: each, must: {fact: paper}, by: this.on}
- {id: y-back, when: {fact: go}, per: case, repeat: each, must: {fact: paper}, by: 2 working days before this.on}
- {id: m-moved, when: {fact: go}, per: case, must: {fact: paper}, within: 2 days, lost: yes, moved: {fact: extended, to: that.to, before_due: yes}}
- {id: p-days, when: {fact: go}, per: case, must: {fact: paper}, within: 3 days, paused: {from: {fact: pause}, until: {fact: resume}}}
- {id: p-working, when: {fact: go}, per: case, must: {fact: paper}, while: case.open, within: 2 working days, paused: {from: {fact: pause}, until: {fact: resume}}}
- {id: p-hours, when: {fact: go}, per: case, must: {fact: paper}, within: 30 hours, paused: {from: {fact: pause}, until: {fact: resume}}}
- {id: r-right, when: {fact: start}, repeat: first, may: {fact: done}, within: 1 day}
- {id: n-ever, when: {fact: start}, must_not: {fact: bad, where: that.ok}, closed: {fact: answered}, raises: contradiction}
- {id: n-within, when: {fact: go}, per: case, repeat: each, while: case.open, must_not: {fact: bad}, within: 1 day}
- {id: n-where, when: {fact: go}, per: case, repeat: each, must_not: {fact: bad, where: that.ok}, within: 1 day}
- {id: o-finding, when: {finding: n-ever}, per: suspect, must: {fact: done}, within: 1 working day}
- {id: o-kind, when: {finding: unproven}, per: case, repeat: each, must: {fact: answered}, within: 30 hours}
- {id: g-plain, when: {fact: step}, gate: yes, must: {fact: done}}
- {id: g-fixed, when: {fact: step}, repeat: first, gate: yes, curable: no, must: {fact: done, where: that.ok, proof: document}}
- {id: g-first, when: {fact: step}, repeat: first, gate: yes, must: {fact: done, proof: second}}
- {id: g-window, when: {fact: step}, gate: yes, must: {fact: done}, window: {at_most: 2 days, at_least: 1 day}}
- {id: g-latest, when: {fact: step}, gate: yes, must: {fact: done, latest: yes, where: that.ok}}
- {id: g-tree, when: {fact: step}, per: case, repeat: each, gate: yes, must: {any: [{all: [{fact: done}, {fact: paper, proof: document}]}, {fact: answered}]}}
- {id: g-holds, when: {fact: step}, per: case, repeat: each, gate: yes, must: {holds: "case.grade == 'low'"}}
`

// themes are the kinds that meet each other; facts are drawn from one or two of them.
var themes = [][]string{
	{"start", "done", "excused", "decision"}, {"start", "done", "stop", "reopen"}, {"go", "paper", "done", "answered", "decision"},
	{"risk", "paper", "stop", "reopen", "go"}, {"go", "pause", "resume", "paper", "stop"}, {"go", "extended", "paper"}, {"start", "bad", "answered", "done", "go"},
	{"step", "done", "paper", "answered", "decision"}, {"step", "risk"}, {"start", "told", "risk", "go"}, {"start", "bad", "done", "stop"},
}

// dense draws a case whose instants often meet: each other, due moments, the ends of
// days, the change of the clocks and the holidays of Easter.
func dense(t *rapid.T) (*fact.Case, *fact.World) {
	w := fact.NewWorld("force")
	for i, rank := range []string{"low", "low", "high"} {
		id := fmt.Sprint("p", i)
		w.Persons[id] = &fact.Person{ID: id, Posts: []fact.Post{{Role: "oic", Rank: rank, Unit: fmt.Sprint("u", i%2), To: day.Never}}}
	}
	if rapid.IntRange(0, 3).Draw(t, "override") == 0 {
		w.Policies = append(w.Policies, &fact.Policy{Name: "answer", Duration: &day.Duration{N: 1, Unit: day.Day}, From: grid(t, "override from")})
	}
	c := &fact.Case{ID: "c", Kind: "x", Parties: []*fact.Party{{ID: "s1", Case: "c", Role: "suspect"}, {ID: "s2", Case: "c", Role: "suspect"}, {ID: "v", Case: "c", Role: "victim"}}}
	kinds := slices.Concat(rapid.SampledFrom(themes).Draw(t, "theme"), rapid.SampledFrom(append(themes, nil)).Draw(t, "other theme"))
	for i := range rapid.IntRange(1, 12).Draw(t, "facts") {
		k := forms.Kind(rapid.SampledFrom(kinds).Draw(t, "kind"))
		f := &fact.Fact{ID: fmt.Sprint("f", i), Case: "c", Kind: k.ID, Seq: int64(i), By: rapid.SampledFrom([]string{"p0", "p1"}).Draw(t, "by")}
		f.At = day.At(grid(t, "at"))
		if rapid.IntRange(0, 5).Draw(t, "whole") == 0 {
			f.At = forms.Calendar.Day(forms.Calendar.DateOf(f.At.Lo))
		}
		f.Recorded = f.At.Hi
		if lag := rapid.SampledFrom([]day.Instant{0, 0, 0, 6, 24, 72, 144}).Draw(t, "lag"); lag > 0 {
			f.Recorded, f.RecordedStated = f.At.Lo+lag*hour, true
		}
		switch {
		case slices.Contains(k.About, "victim"):
			f.About = []string{"v"}
		case k.About != nil:
			f.About = rapid.SampledFrom([][]string{{"s1"}, {"s1"}, {"s2"}, {"s1", "s2"}, nil}).Draw(t, "about")
		case k.ID == "decision":
			f.About = rapid.SampledFrom([][]string{{"s1"}, {"v"}, nil}).Draw(t, "about")
		}
		for _, fd := range k.Fields {
			if v, ok := value(t, fd, i); ok {
				f.Fields = append(f.Fields, fact.Field{Name: fd.Name, Value: v})
			}
		}
		if rapid.IntRange(0, 2).Draw(t, "signed") == 0 || k.ID == "decision" {
			f.Signed = []fact.Signature{{By: rapid.SampledFrom([]string{"p1", "p2"}).Draw(t, "signer"), At: f.Recorded + rapid.SampledFrom([]day.Instant{0, 0, 24, 72}).Draw(t, "sign lag")*hour}}
		}
		if rapid.Bool().Draw(t, "document") {
			f.Docs = []fact.Document{{Type: "x", Name: "x"}}
		}
		if i > 0 && rapid.IntRange(0, 7).Draw(t, "corrects") == 0 {
			if old := c.Facts[rapid.IntRange(0, i-1).Draw(t, "which")]; old.Kind == f.Kind {
				f.Supersedes = old.ID
			}
		}
		c.Facts = append(c.Facts, f)
	}
	return c, w
}

// grid is an instant of a fortnight, six hours apart.
func grid(t *rapid.T, name string) day.Instant {
	start := day.FromTime(time.Date(2024, 3, 25, 0, 0, 0, 0, forms.Calendar.Zone()))
	return start + day.Instant(rapid.IntRange(0, 14*4).Draw(t, name))*6*hour
}

func value(t *rapid.T, fd *pack.Field, i int) (fact.Value, bool) {
	v := fact.Value{Kind: fd.Type.Kind}
	if !fd.Required && rapid.IntRange(0, 3).Draw(t, "absent "+fd.Name) == 0 {
		return v, false
	}
	switch fd.Name {
	case "n":
		v.Num = float64(rapid.IntRange(0, 3).Draw(t, "n"))
	case "ok":
		v.Bool = rapid.Bool().Draw(t, "ok")
	case "on", "to":
		v.Day = day.DateOf(2024, 3, rapid.IntRange(24, 40).Draw(t, fd.Name))
	case "grade":
		v.Text = rapid.SampledFrom([]string{"high", "low", "none"}).Draw(t, "grade")
	case "ref":
		v = fact.Value{Kind: fact.List, List: []fact.Value{{Kind: fact.Text, Text: fmt.Sprint("f", rapid.IntRange(0, max(0, i-1)).Draw(t, "ref"))}}}
	case "standard":
		v.Text = rapid.SampledFrom([]string{"w-hours", "w-first", "w-tree", "w-list", "g-plain", "g-fixed", "c-field", "a-due"}).Draw(t, "standard")
	case "reason":
		v.Text = "x"
	default:
		return v, false
	}
	return v, true
}

// drawnCase is a random case as at a moment.
func drawnCase(t *rapid.T) *state.Case {
	c, w := dense(t)
	m := state.Moments{AsAt: grid(t, "as at") + 6*24*hour}
	m.KnownAt = m.AsAt + rapid.SampledFrom([]day.Instant{0, 0, 0, 48}).Draw(t, "hindsight")*hour
	in, err := state.Prepare(c, w, forms, forms.Calendar.Zone())
	if err != nil {
		t.Fatal(err)
	}
	k, err := in.At(m)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestRandomCasesAgreeWithANaiveEvaluator: whatever the facts, as at any moment,
// the engine's rows are the naive ones.
func TestRandomCasesAgreeWithANaiveEvaluator(t *testing.T) {
	for range 5 {
		rapid.Check(t, func(t *rapid.T) {
			k := drawnCase(t)
			if _, diff := differences(k, func(*pack.Standard) bool { return true }); diff != nil {
				t.Fatalf("%s", tale(k, diff))
			}
		})
	}
}

// tale is a case and its differences, to be read by a person.
func tale(k *state.Case, diff []string) string {
	out := fmt.Sprintf("as at %s known at %s\n", moments(k.AsAt), moments(k.KnownAt))
	for _, ev := range k.Ev {
		out += fmt.Sprintf("%s %s at %s whole %v recorded %s stated %v about %v by %s fields %v signed %v docs %d\n", ev.ID, ev.Fact.Kind, moments(ev.At.Lo),
			ev.At.Whole, moments(ev.Recorded), ev.RecordedStated, ev.About, ev.By, ev.Fields, ev.Signed, len(ev.Docs))
	}
	return out + strings.Join(diff, "\n")
}
