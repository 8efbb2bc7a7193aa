package trial_test

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"candour/internal/pack"
	"candour/internal/trial"
	"candour/packs"
)

const diffPack = `pack: p
policy:
  reply: {default: 10 days, max: 12 days}
roles: {resident: {en: Resident}}
bodies: {post: []}
`

const diffKinds = `
- {id: letter, label: {en: Letter}, about: resident, fields: {urgent: {type: boolean, absent: no}, grade: {type: number, absent: 0}, kind: {type: text, required: yes}}}
- {id: card, label: {en: Card}, about: resident}
- {id: answer, label: {en: Answer}, about: resident, fields: {long: {type: boolean, absent: no}, ref: {type: reference}}}
- {id: visit, label: {en: Visit}, about: resident}
- {id: closed, label: {en: Closed}}
- {id: extended, label: {en: Extended}, about: resident, fields: {until: {type: date, required: yes}}}
`

const diffRegisters = `
- {id: open, of: case, type: boolean, absent: yes, set: [{on: closed, to: "false"}]}
- {id: old, of: resident, type: boolean, absent: no}
`

// diffBase is the standard that each row of the table changes by one line.
var diffBase = map[string]string{
	"id": "reply", "title": "{en: Letters are answered}", "guards": "[F1]", "source": "invented", "basis": "{duty: law, time: law}", "examples": "[one, two]",
	"severity": "major", "tell": "[head, mayor]", "when": "{fact: letter}", "per": "resident", "must": "{fact: answer, proof: second}", "within": "10 days",
	"checked": "{by: us, on: 2026-01-01, against: it, level: text}",
}

func diffLoad(t *testing.T, head, standards string) *pack.Pack {
	t.Helper()
	return diffLoadOn(t, head, diffKinds, diffRegisters, standards)
}

func diffLoadOn(t *testing.T, head, kinds, registers, standards string) *pack.Pack {
	t.Helper()
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	p, err := pack.Load(fstest.MapFS{"pack.yaml": file(head), "kinds/k.yaml": file(kinds), "registers/r.yaml": file(registers), "standards/s.yaml": file(standards)}, "p")
	if err != nil {
		t.Fatalf("%v\n%s", err, standards)
	}
	return p
}

// written writes the base standard with some keys changed ("key: value"); an empty value leaves it out.
func written(changes ...string) string {
	keys := map[string]string{}
	for k, v := range diffBase {
		keys[k] = v
	}
	for _, ch := range changes {
		k, v, _ := strings.Cut(ch, ": ")
		keys[strings.TrimSuffix(k, ":")] = v
	}
	out := "- id: " + keys["id"] + "\n"
	for k, v := range keys {
		if v != "" && k != "id" {
			out += "  " + k + ": " + v + "\n"
		}
	}
	return out
}

func TestDirectionOfEachChange(t *testing.T) {
	const weaker, stricter, different = trial.Weaker, trial.Stricter, trial.Different
	forbid := []string{"must:", "must_not: {fact: answer}"}
	with := func(more ...string) []string { return append(append([]string{}, forbid...), more...) }
	for _, c := range []struct {
		name     string
		old, now []string
		want     trial.Direction
		says     string
		both     bool // the way back has the other direction
	}{
		{"longer time", nil, []string{"within: 14 days"}, weaker, "the time was 10 days, and now is 14 days: longer", true},
		{"the same in another unit", []string{"within: 14 days"}, []string{"within: 2 weeks"}, different, "comes to the same", false},
		{"longer in another unit", nil, []string{"within: 10 working days"}, weaker, "longer", true},
		{"longer or shorter", []string{"within: 30 days"}, []string{"within: 1 month"}, different, "sometimes longer, sometimes shorter", false},
		{"shorter prohibition", with("within: 10 days"), with("within: 5 days"), weaker, "shorter", true},
		{"prohibition with an end", with("within:"), with("within: 10 days"), weaker, "it forbade it for ever, and now for 10 days", true},
		{"fewer triggers", []string{"when: {fact: [letter, card]}"}, nil, weaker, "no longer opened by “Card”", true},
		{"narrower trigger", nil, []string{"when: {fact: letter, where: this.urgent}"}, weaker, "fewer meet it", true},
		{"and added to a trigger", []string{"when: {fact: letter, where: this.urgent}"}, []string{"when: {fact: letter, where: this.urgent && this.grade > 2}"}, weaker, "fewer meet it", true},
		{"or added to a trigger", []string{"when: {fact: letter, where: this.urgent}"}, []string{"when: {fact: letter, where: this.urgent || this.grade > 2}"}, stricter, "more meet it", true},
		{"a value taken from a list", []string{`when: {fact: letter, where: "this.kind in ['a', 'b']"}`}, []string{`when: {fact: letter, where: "this.kind == 'a'"}`}, weaker, "fewer meet it", true},
		{"a limit raised", []string{"when: {fact: letter, where: this.grade >= 2}"}, []string{"when: {fact: letter, where: this.grade >= 3}"}, weaker, "fewer meet it", true},
		{"a rewritten condition", []string{"when: {fact: letter, where: this.grade >= 2}"}, []string{"when: {fact: letter, where: this.urgent}"}, different, "the condition was", false},
		{"fewer keys", nil, []string{"per: {role: resident, where: key.old}"}, weaker, "for whom it holds", true},
		{"while added", nil, []string{"while: case.open"}, weaker, "while it holds", true},
		{"exception added", nil, []string{"unless: [{fact: visit}]"}, weaker, "“Visit” now lifts it", true},
		{"an alternative", nil, []string{"must: {any: [{fact: answer, proof: second}, {fact: visit}]}"}, weaker, "“Visit” now does as well", true},
		{"one more thing", nil, []string{"must: {all: [{fact: answer, proof: second}, {fact: visit}]}"}, stricter, "“Visit” is now needed besides “Answer”", true},
		{"one more thing forbidden", forbid, []string{"must:", "must_not: {any: [{fact: answer}, {fact: visit}]}"}, stricter, "“Visit” is now looked for as well", true},
		{"two forbidden things, written as any or all", []string{"must:", "must_not: {any: [{fact: answer}, {fact: visit}]}"}, []string{"must:", "must_not: {all: [{fact: answer}]}"}, weaker, "“Visit” is no longer looked for", true},
		{"condition on what is asked", nil, []string{"must: {fact: answer, where: that.long, proof: second}"}, stricter, "what is asked of “Answer”", true},
		{"condition on what is forbidden", forbid, []string{"must:", "must_not: {fact: answer, where: that.long}"}, weaker, "fewer meet it", true},
		{"match dropped", []string{"must: {fact: answer, proof: second, match: [{this: id, that: ref}]}"}, nil, weaker, "no longer has to match", true},
		{"proof with or", nil, []string{"must: {fact: answer, proof: second or document}"}, weaker, "weaker", true},
		{"proof with and", nil, []string{"must: {fact: answer, proof: second and document}"}, stricter, "stronger", true},
		{"proof ranked lower", []string{"must: {fact: answer, proof: external(post)}"}, []string{"must: {fact: answer, proof: document}"}, weaker, "as proofs are ranked", true},
		{"another proof of one rank", nil, []string{"must: {fact: answer, proof: document}"}, different, "another proof", false},
		{"proof of a type", []string{"must: {fact: answer, proof: document(letter)}"}, []string{"must: {fact: answer, proof: document}"}, weaker, "weaker", true},
		{"no proof", nil, []string{"must: {fact: answer}"}, weaker, "any record of it: weaker", true},
		{"gate to deadline", []string{"gate: yes", "within:"}, nil, weaker, "a gate became a deadline", true},
		{"older facts at a gate", []string{"gate: yes", "within:", "window: {at_most: 5 days}"}, []string{"gate: yes", "within:", "window: {at_most: 9 days}"}, weaker, "how old", true},
		{"curable", []string{"gate: yes", "within:", "curable: no"}, []string{"gate: yes", "within:"}, weaker, "what is done afterwards", true},
		{"an earlier one", nil, []string{"already: yes"}, weaker, "an earlier one will now do", true},
		{"discretion", []string{"discretion: no"}, nil, weaker, "a recorded reason", true},
		{"moved", nil, []string{"moved: {fact: extended, to: that.until}"}, weaker, "moving the due date", true},
		{"paused", nil, []string{"paused: {from: {fact: visit}, until: {fact: card}}"}, weaker, "stopping the clock", true},
		{"no longer again", []string{"again: done", "while: case.open"}, []string{"while: case.open"}, weaker, "no longer comes again", true},
		{"a second trigger ignored", nil, []string{"repeat: first"}, weaker, "a second trigger", true},
		{"a second trigger starts the time anew", []string{"repeat: first"}, []string{"repeat: restart"}, weaker, "a new start of the clock", true},
		{"the latest no longer", []string{"must: {fact: answer, proof: second, latest: yes}"}, nil, weaker, "only the latest counted, and now any one", true},
		{"clock moved", nil, []string{"clock: this.recorded"}, different, "time runs from another moment", false},
		{"severity", nil, []string{"severity: minor"}, weaker, "the severity was major, and now is minor", true},
		{"addressee", nil, []string{"tell: [head]"}, weaker, "the mayor is no longer told", true},
		{"told later", nil, []string{"tell: [head, {after: 3 days, who: mayor}]"}, weaker, "told at once, and now after 3 days", true},
		{"owner", nil, []string{"owes: clerk"}, different, "owed by", false},
		{"begins later", []string{"in_force: {from: 2020-01-01}"}, []string{"in_force: {from: 2021-01-01}"}, weaker, "in force from 1 January 2021", true},
		{"ends", nil, []string{"in_force: {to: 2021-01-01}"}, weaker, "its end was open", true},
		{"ends and lifts", []string{"in_force: {to: 2021-01-01}"}, []string{"in_force: {to: 2021-01-01, then: lift}"}, weaker, "fall away", true},
		{"level of checking", nil, []string{"checked:"}, weaker, "unchecked, advisory only", true},
		{"time becomes policy", nil, []string{"basis: {duty: law, time: policy}"}, weaker, "the time rested on law", true},
		{"example removed", nil, []string{"examples: [one]"}, weaker, "the example two no longer guards it", false},
		{"must becomes may", nil, []string{"must:", "may: {fact: answer, proof: second}"}, weaker, "now says “may”", true},
		{"regime", nil, []string{"regime: [A]"}, weaker, "fewer regimes", true},
		{"source", nil, []string{"source: other"}, different, "the source was “invented”", false},
		{"nothing", []string{"when: {fact: letter, where: this.urgent && this.grade > 2}"}, []string{"when: {fact: letter, where: this.grade > 2 && this.urgent}"}, different, "comes to the same", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, b := diffLoad(t, diffPack, written(c.old...)), diffLoad(t, diffPack, written(c.now...))
			expectChange(t, trial.Compare(a, b), c.want, c.says)
			if c.both {
				expectDirections(t, trial.Compare(b, a), trial.Stricter-c.want)
			}
		})
	}
}

func expectChange(t *testing.T, got []trial.Change, want trial.Direction, says string) {
	t.Helper()
	expectDirections(t, got, want)
	for _, ch := range got {
		if strings.Contains(ch.What, says) {
			return
		}
	}
	t.Errorf("nothing says %q: %v", says, got)
}

func expectDirections(t *testing.T, got []trial.Change, want trial.Direction) {
	t.Helper()
	if len(got) == 0 {
		t.Error("no change was told")
	}
	for _, ch := range got {
		if ch.Direction != want {
			t.Errorf("got %s, want %s: %s", ch.Direction, want, ch.What)
		}
	}
}

func TestPolicyAndNewAndGone(t *testing.T) {
	base := diffLoad(t, diffPack, written())
	for _, c := range []struct {
		name, head, standards string
		want                  trial.Direction
		says                  string
	}{
		{"policy longer", strings.Replace(diffPack, "default: 10 days", "default: 11 days", 1), written(), trial.Weaker, "the policy value reply was 10 days, and now is 11 days: longer"},
		{"most raised", strings.Replace(diffPack, "max: 12 days", "max: 20 days", 1), written(), trial.Weaker, "the most that the policy value reply may be"},
		{"most removed", strings.Replace(diffPack, ", max: 12 days", "", 1), written(), trial.Weaker, "as long as it likes"},
		{"new", diffPack, written() + written("id: second", "must: {fact: visit}"), trial.Stricter, "new: when “Letter” is recorded, for each resident, “Visit” must be recorded within 10 days"},
		{"gone", diffPack, written("id: other", "when: {fact: card}", "must: {fact: visit}"), trial.Weaker, "gone, and nothing takes over"},
		{"taken over", diffPack, written("id: other", "within: 14 days"), trial.Weaker, "under other: the time was 10 days, and now is 14 days: longer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, ch := range trial.Compare(base, diffLoad(t, c.head, c.standards)) {
				if strings.Contains(ch.What, c.says) && ch.Direction == c.want {
					return
				}
			}
			t.Errorf("nothing says %q, %s", c.says, c.want)
		})
	}
}

// TestWhatStandardsStandOn: a standard can change without a word of it.
func TestWhatStandardsStandOn(t *testing.T) {
	std := written("while: case.open", "when: {fact: letter, where: key.old}")
	for _, c := range []struct {
		name, kindsOld, kindsNew, regOld, regNew string
		want                                     trial.Direction
		says                                     string
	}{
		{"a field no longer required", "", "kind: {type: text, required: yes}|kind: {type: text, absent: unknown}", "", "", trial.Weaker, "the field kind of letter no longer needs to be given"},
		{"a missing value no longer owed", "urgent: {type: boolean, absent: no}|urgent: {type: boolean, absent: ask 1 day}", "", "", "", trial.Weaker, "gone, and nothing takes over: when “Letter” is recorded without “urgent”"},
		{"a field of another type", "", "grade: {type: number, absent: 0}|grade: {type: text, absent: unknown}", "", "", trial.Different, "the field grade of letter can hold other values: number, and now text"},
		{"a kind that no longer feeds", "- {id: visit,|- {id: visit, feeds: [person(by)],", "", "", "", trial.Weaker, "visit no longer enters the timeline of: person this.by"},
		{"a register set otherwise", "", "", "", "{on: closed, to: \"false\"}|{on: [closed, letter], to: \"false\"}", trial.Different, "the register open of the case is set or worked out otherwise; what reads it may change: reply"},
		{"a register that means otherwise when silent", "", "", "", "old, of: resident, type: boolean, absent: no|old, of: resident, type: boolean, absent: yes", trial.Different, "it was “no”, and now is “yes”"},
	} {
		t.Run(c.name, func(t *testing.T) {
			edit := func(s, change string) string {
				from, to, _ := strings.Cut(change, "|")
				if change == "" {
					return s
				}
				return strings.Replace(s, from, to, 1)
			}
			a := diffLoadOn(t, diffPack, edit(diffKinds, c.kindsOld), edit(diffRegisters, c.regOld), std)
			b := diffLoadOn(t, diffPack, edit(diffKinds, c.kindsNew), edit(diffRegisters, c.regNew), std)
			for _, ch := range trial.Compare(a, b) {
				if strings.Contains(ch.What, c.says) && ch.Direction == c.want {
					return
				}
			}
			t.Errorf("nothing says %q, %s: %v", c.says, c.want, trial.Compare(a, b))
		})
	}
}

// TestARuleSplitByDate: the end of the first version is no loss, what the second says may be.
func TestARuleSplitByDate(t *testing.T) {
	split := func(within string) string {
		s := written("within:") + "  versions:\n    - {in_force: {to: 2020-12-31}, within: 10 days}\n    - {in_force: {from: 2021-01-01}, within: " + within + "}\n"
		return s
	}
	for _, c := range []struct {
		within string
		weaker string
	}{{"10 days", ""}, {"8 days", ""}, {"14 days", "in the version in force from 1 January 2021: the time was 10 days, and now is 14 days: longer"}} {
		weaker, _ := trial.Weakened(trial.Compare(diffLoad(t, diffPack, written()), diffLoad(t, diffPack, split(c.within))))
		switch {
		case c.weaker == "" && len(weaker) > 0, c.weaker != "" && (len(weaker) != 1 || weaker[0].What != c.weaker):
			t.Errorf("%s: got %v, want %q", c.within, weaker, c.weaker)
		}
	}
}

func TestNothingGotWeakerIsSaid(t *testing.T) {
	weak, conditions := trial.Weakened(trial.Compare(diffLoad(t, diffPack, written("when: {fact: letter, where: this.grade >= 2}")), diffLoad(t, diffPack, written("when: {fact: letter, where: this.urgent}"))))
	if len(weak) > 0 {
		t.Errorf("weaker: %v", weak)
	}
	if got, want := trial.NothingWeaker(conditions), "Nothing got weaker that this comparison can tell; conditions that changed: reply."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestAPackIsLikeItself: what did not change is not told.
func TestAPackIsLikeItself(t *testing.T) {
	for _, name := range []string{"ew-investigation", "process-logs"} {
		sub, err := fs.Sub(packs.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, ch := range trial.Compare(load(t, sub, name), load(t, sub, name)) {
			t.Errorf("%s: %s: %s", name, ch.Standard, ch.What)
		}
	}
}

// TestEveryMutantIsNoticed: each change that the worked cases are held against is told of the
// standard it was made in.
func TestEveryMutantIsNoticed(t *testing.T) {
	sub, err := fs.Sub(packs.FS, "ew-investigation")
	if err != nil {
		t.Fatal(err)
	}
	older, newer := load(t, sub, "ew-investigation"), load(t, sub, "ew-investigation")
	n := 0
	of := map[string]*pack.Standard{}
	for _, s := range older.Standards {
		of[fmt.Sprint(s.ID, s.Version)] = s
	}
	for _, s := range slices.Clone(newer.Standards) {
		older.Standards, newer.Standards = []*pack.Standard{of[fmt.Sprint(s.ID, s.Version)]}, []*pack.Standard{s}
		for _, m := range mutants {
			undo, ok := m.mutate(newer, s)
			if ok && s.Asks == nil {
				n++
				if !slices.ContainsFunc(trial.Compare(older, newer), func(ch trial.Change) bool { return ch.Standard == s.ID }) {
					t.Errorf("%s/%d: a change of its %s is not told", s.ID, s.Version, m.name)
				}
			}
			if undo != nil {
				undo()
			}
		}
	}
	t.Logf("%d changes told", n)
}

// TestManyWaysDoNotHang: a pack is not trusted to be small.
func TestManyWaysDoNotHang(t *testing.T) {
	any := "{any: [{fact: answer}, {fact: card}, {fact: visit}]}"
	many := strings.Repeat(any+", ", 20)
	proof := strings.Repeat("(second or document) and ", 30) + "self"
	a := diffLoad(t, diffPack, written("must: {all: ["+many+any+"]}"))
	b := diffLoad(t, diffPack, written("must: {all: ["+many+"{fact: answer, proof: \""+proof+"\"}]}"))
	if len(trial.Compare(a, b)) == 0 {
		t.Error("no change was told")
	}
}
