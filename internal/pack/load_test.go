package pack_test

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"candour/internal/day"
	"candour/internal/fact"
	"candour/internal/pack"
	"candour/packs"
)

func TestShippedPacksLoad(t *testing.T) {
	entries, err := fs.ReadDir(packs.FS, ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		sub, err := fs.Sub(packs.FS, e.Name())
		if err != nil {
			t.Fatal(err)
		}
		p, err := pack.Load(sub, e.Name())
		if err != nil {
			t.Errorf("%s: %v", e.Name(), err)
			continue
		}
		if len(p.Advice) > 0 {
			t.Errorf("%s: advice: %v", e.Name(), p.Advice)
		}
	}
}

// mini is a small pack that loads; faults are made by changing it.
func mini(standards string) fstest.MapFS {
	return fstest.MapFS{
		"kinds/k.yaml":     {Data: []byte("- {id: letter, label: {en: Letter}, fields: {n: {type: number, absent: unknown}, who: {type: party}, grade: {type: enum, of_values: [low, high], absent: unknown}, parts: {type: text, list: yes, absent: unknown}}}\n- {id: answer, about: clerk, label: {en: Answer}}\n")},
		"registers/r.yaml": {Data: []byte("- {id: open, of: case, type: boolean, absent: yes, set: [{on: answer, to: \"false\"}]}\n")},
		"standards/s.yaml": {Data: []byte(standards)},
	}
}

func TestFaultsAreToldWithPlaceAndRemedy(t *testing.T) {
	const good = "- id: reply\n  title: {en: T}\n  source: s\n  tell: [x]\n  examples: [e]\n  when: {fact: letter}\n  must: {fact: answer}\n  per: case\n  within: 2 days\n"
	if _, err := pack.Load(mini(good), "mini"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, add, want string }{
		{"unknown key", "  whithin: 2 days\n", `standards/s.yaml:10: unknown key "whithin"; known keys: `},
		{"key twice", "  per: case\n", `the key "per" is given twice; keep one`},
		{"two dues", "  gate: yes\n", "by when is said 2 times; write exactly one of within, by, gate"},
		{"repeats without while", "  again: done\n", "does not say whether closure ends it; write while: case.open, or forever: yes"},
		{"condition", "  while: case.opne\n", "undefined field"},
		{"ill-typed", "  while: this.n == 'a'\n", "no matching overload"},
		{"moment operator", "  while: this.happened < this.recorded\n", "moments have no operators"},
		{"unknown listener", "  unless: [{finding: nobody}]\n", "listens to nobody, which no standard raises"},
		{"value never held", "  while: this.grade == 'hihg'\n", `grade is never "hihg"; it is one of low, high`},
		{"value never held in a list", "  while: this.grade in ['low', 'hihg']\n", `grade is never "hihg"`},
		{"operator", "  while: this.n * 2 == 4\n", "the operator * is outside the subset of conditions"},
		{"costly", "  while: parties.clerk.all(a, parties.clerk.all(b, parties.clerk.all(c, a.id == b.id)))\n", "it costs too much: at most 2"},
		{"no period", "- id: p\n  when: {every: 0 days, clock: this.happened}\n  must: {fact: answer}\n  per: case\n  within: 1 day\n", "a period of no length never ends"},
		{"match", "- id: m\n  when: {fact: letter}\n  per: case\n  must: {fact: letter, match: [{this: n, that: grade}]}\n  within: 1 day\n", "n and grade are of different types and can never be equal"},
		{"severity", "  severity: grave\n", `"grave" is no severity; write critical, major or minor`},
		{"in force", "  in_force: {from: 2020-01-02, to: 2020-01-01}\n", "in force to a day before it begins"},
		{"scope", "  for: planet\n", `"planet" is nothing a standard can be for`},
		{"scope reads no case", "  for: person\n  while: case.open\n", "undeclared reference to 'case'"},
		{"clock", "  clock: this.n\n", "is a number, and a moment is needed"},
		{"alias", "  basis: &a {duty: law}\n  checked: *a\n", "anchors and aliases are not allowed"},
		{"not yaml", "  : : [\n", "not YAML"},
		{"circle", "- id: a\n  when: {finding: b}\n  must: {fact: answer}\n  within: 1 day\n- id: b\n  when: {finding: a}\n  must: {fact: answer}\n  within: 1 day\n", "in a circle: "},
		{"unreachable", "- id: c\n  when: {fact: letter}\n  per: clerk\n  must: {fact: letter}\n  within: 1 day\n- id: d\n  when: {fact: answer}\n  per: other\n  must: {fact: answer}\n  within: 1 day\n", "no kind is about \"other\""},
		{"proof", "- id: e\n  when: {fact: letter}\n  must: {fact: answer, proof: secnd}\n  within: 1 day\n", `"secnd" is not a proof`},
		{"policy", "- id: g\n  when: {fact: letter}\n  must: {fact: answer}\n  within: policy.nothing\n", "unknown policy value"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := pack.Load(mini(good+c.add), "mini")
			if err == nil {
				t.Fatal("accepted")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v\nwant %q", err, c.want)
			}
		})
	}
}

// FuzzLoad: whatever stands in a pack, loading it ends with a pack or with problems that name their file.
func FuzzLoad(f *testing.F) {
	f.Add("- id: a\n  when: {becomes: case.open}\n  while: case.open\n  must: {any: [{fact: answer, proof: second or (document(x) and external(y))}]}\n  within: {field: this.n, unit: days, else: 2 days}\n  again: {after: [answer], clock: due, then: 3 days}\n")
	f.Add("- id: a\n  versions: [{in_force: {to: 2020-01-01, then: lift}, within: 2 days}, {within: {choose: case.open, of: {\"true\": 1 day, else: 2 days}}}]\n  when: [{every: 1 month, clock: this.happened}, {case: opened}]\n  must_not: {fact: letter}\n  raises: missing\n  closed: {fact: answer}\n")
	f.Fuzz(func(t *testing.T, standards string) {
		if len(standards) > 4096 {
			return
		}
		p, err := pack.Load(mini(standards), "mini")
		if (p == nil) == (err == nil) {
			t.Fatal("neither a pack nor problems")
		}
		var ps pack.Problems
		if err != nil && (!errors.As(err, &ps) || len(ps) == 0 || ps[0].File == "") {
			t.Fatalf("problems without a place: %v", err)
		}
	})
}

func TestRegistersDerivedInACircleAreRefused(t *testing.T) {
	fsys := mini("")
	fsys["registers/r.yaml"].Data = []byte("- {id: a, of: case, derive: '!case.b'}\n- {id: b, of: case, derive: 'parties.clerk.all(c, c.d)'}\n- {id: d, of: clerk, derive: case.a}\n")
	_, err := pack.Load(fsys, "mini")
	if err == nil || !strings.Contains(err.Error(), "derived from each other in a circle: case.a → case.b → clerk.d → case.a") {
		t.Errorf("got %v", err)
	}
}

func TestConditionsOverListsAndPolicies(t *testing.T) {
	fsys := mini("- id: a\n  when: {fact: letter, where: \"this.parts.exists(p, p == 'x') && within(this.happened, this.recorded, policy.soon)\"}\n  per: case\n  must: {fact: answer}\n  within: 1 day\n")
	fsys["pack.yaml"] = &fstest.MapFile{Data: []byte("pack: mini\npolicy: {soon: {default: 2 days, max: 3 days}, few: {default: 3, max: 5}}\n")}
	p, err := pack.Load(fsys, "mini")
	if err != nil {
		t.Fatal(err)
	}
	d := func(s string) *day.Duration {
		x, err := day.ParseDuration(s)
		if err != nil {
			t.Fatal(err)
		}
		return &x
	}
	for _, c := range []struct {
		v    fact.Policy
		want string
	}{
		{fact.Policy{Name: "soon", Duration: d("72 hours")}, ""},
		{fact.Policy{Name: "soon", Duration: d("4 days")}, "4 days is longer than the pack allows, which is 3 days"},
		{fact.Policy{Name: "soon", Number: 4}, "a length of time, as 14 days, is needed here"},
		{fact.Policy{Name: "few", Number: 6}, "6 is outside what the pack allows"},
		{fact.Policy{Name: "many", Number: 6}, "has no such value; it has few, soon"},
	} {
		err := p.ConformPolicy(&c.v)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v, want %q", c.v.Name, err, c.want)
		}
	}
}

// FuzzLoadFiles: the same of the other files of a pack.
func FuzzLoadFiles(f *testing.F) {
	f.Add("pack: p\nzone: Europe/London\nranks: [a, b]\nroles: {clerk: {en: Clerk}}\npolicy: {answer: {default: 10 days, max: 2, title: {en: A}}}\nprofiles: {start: [reply]}\n",
		"- {id: letter, label: {en: L}, fields: {n: {type: number, absent: ask 1 day}}}\n- {id: answer, about: clerk, tags: [x], substantive: \"this.by == 'a'\"}\n",
		"- {id: open, of: case, type: boolean, absent: yes, set: [{on: answer, where: \"it\", to: \"false\"}]}\n- {id: old, of: clerk, derive: \"case.open\"}\n",
		"- {id: c, weekend: [sunday], holidays: [{date: 2024-12-25, name: {en: N}}], from: 2024-01-01, to: 2024-12-31}\n")
	f.Add("calendar: nowhere\nbodies: {a: [b]}\npolicies: {x: {default: 3}}\n", "- {id: decision}\n", "- {id: grade, of: case, type: enum, of_values: [a, b], lower_needs: second, proof: document(x)}\n", "- id: d\n  zone: Nowhere\n")
	f.Fuzz(func(t *testing.T, head, kinds, registers, calendar string) {
		if len(head)+len(kinds)+len(registers)+len(calendar) > 4096 {
			return
		}
		fsys := fstest.MapFS{}
		for name, data := range map[string]string{"pack.yaml": head, "kinds/k.yaml": kinds, "registers/r.yaml": registers, "calendars/c.yaml": calendar} {
			fsys[name] = &fstest.MapFile{Data: []byte(data)}
		}
		p, err := pack.Load(fsys, "fuzz")
		var ps pack.Problems
		if (p == nil) == (err == nil) || err != nil && (!errors.As(err, &ps) || len(ps) == 0 || ps[0].File == "") {
			t.Fatalf("neither a pack nor problems with a place: %v", err)
		}
	})
}

// FuzzParseProof: what is read as a proof is written so that it is read the same.
func FuzzParseProof(f *testing.F) {
	for _, s := range []string{"any", "second(unit) and (document(x) or external(cps))", "callback(csc) or self and subject", "((second))", "second(", "external(this.holder)", "and", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := pack.ParseProof(s)
		if (p == nil) == (err == nil) {
			t.Fatalf("%q: neither a proof nor an error", s)
		}
		if err != nil {
			return
		}
		back, err := pack.ParseProof(p.String())
		if err != nil || shape(back) != shape(p) {
			t.Fatalf("%q is written %q, read as %v, %v", s, p, shape(back), err)
		}
	})
}

// shape is a proof with every bracket written.
func shape(p *pack.Proof) string {
	if p == nil {
		return ""
	}
	return fmt.Sprintf("(%s %d%s %s)", shape(p.Left), p.Op, p.Arg, shape(p.Right))
}
