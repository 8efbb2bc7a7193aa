package pack_test

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

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
		if len(p.Warnings) > 0 {
			t.Errorf("%s: advice: %v", e.Name(), pack.Problems(p.Warnings))
		}
	}
}

// mini is a small pack that loads; faults are made by changing it.
func mini(standards string) fstest.MapFS {
	return fstest.MapFS{
		"kinds/k.yaml":     {Data: []byte("- {id: letter, label: {en: Letter}, fields: {n: {type: number, absent: unknown}, who: {type: party}}}\n- {id: answer, about: clerk, label: {en: Answer}}\n")},
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
		{"severity", "  severity: grave\n", `"grave" is no severity; write critical, major or minor`},
		{"in force", "  in_force: {from: 2020-01-02, to: 2020-01-01}\n", "in force to a day before it begins"},
		{"scope", "  for: person\n", `scope "person" cannot be run yet`},
		{"clock", "  clock: this.n\n", "of another type"},
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
