package phrase_test

import (
	"io/fs"
	"regexp"
	"testing"
	"testing/fstest"

	"candour/internal/pack"
	"candour/internal/phrase"
	"candour/packs"
)

func load(t *testing.T, name string) *pack.Pack {
	t.Helper()
	sub, err := fs.Sub(packs.FS, name)
	if err != nil {
		t.Fatal(err)
	}
	p, err := pack.Load(sub, name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestStandardsInWords(t *testing.T) {
	p := load(t, "ew-investigation")
	b := phrase.Of(p)
	for _, c := range []struct{ id, want string }{
		{"cps-claim-confirmed", "When “File said to be with the prosecutor” is recorded, for each suspect, “Prosecutor confirmed the file arrived”, proven by word from outside the team (prosecutor), must be recorded within 2 working days. Until then the opening fact is only a claim."},
		{"closure-leads-empty", "When “Crime finalised” is recorded, it must be so at that moment that every lead is closed and every action is ended."},
		{"abe-held", "When “Strategy discussion held” is recorded, for each victim marked “child”, one of these must be recorded within 5 working days: “Recorded interview (ABE) held”, proven by a document; or “Recorded interview (ABE) deferred” (where its reason is given), proven by a document. If that happens again before it is done, nothing is added."},
		{"victim-monthly-2006", "As soon as the case is recorded, for each victim, “Victim told” must be recorded within 1 month. This holds only while the case is open; what is not yet due when that ends falls away. Once done, it is due again, counted from when it was done."},
		{"exhibit-not-located", "When “Exhibit seized” is recorded, for each exhibit, it is raised at once if “Exhibit not located” is recorded. What is raised is of the kind “missing”, until “Exhibit found” is recorded."},
		{"abe-planned", "When “Recorded interview (ABE) held” is recorded, for each victim marked “child”, “Recorded interview (ABE) planned”, proven by a document and the signature of a second person, must already be on record. Nothing done afterwards puts it right."},
		{"conduct-referral", "When “Indication of crime or gross misconduct by an officer” is recorded, “Referred to the watchdog”, proven by word from outside the team (watchdog), must be recorded by the end of the next day."},
	} {
		if got := b.Sentence(standard(t, p, c.id)).String(); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.id, got, c.want)
		}
	}
}

// TestEveryModalInWords: a word too few here and a prohibition reads as leave.
func TestEveryModalInWords(t *testing.T) {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	for _, c := range []struct{ yaml, want string }{
		{"must: {fact: b}\n  within: 2 days", "When “A” is recorded, “B” must be recorded within 2 days."},
		{"must: {fact: [b, c]}\n  within: end of day", "When “A” is recorded, “B” or “C” must be recorded by the end of the same day."},
		{"must: {any: [{fact: b}, {all: [{fact: c}, {fact: d}]}]}\n  within: 2 days", "When “A” is recorded, one of these must be recorded within 2 days: “B”; or (“C” and “D”)."},
		{"must: {all: [{fact: b, proof: document}, {fact: c}]}\n  within: 2 days", "When “A” is recorded, all of these must be recorded within 2 days: “B”, proven by a document; and “C”."},
		{"must: {fact: b}\n  gate: yes", "When “A” is recorded, “B” must already be on record."},
		{"must_not: {fact: b}", "When “A” is recorded, “B” must never be recorded. What is raised is of the kind “prohibited”."},
		{"must_not: {fact: b}\n  within: 5 days", "When “A” is recorded, “B” must not be recorded within 5 days. What is raised is of the kind “prohibited”."},
		{"must_not: {any: [{fact: b, proof: document}, {fact: c}]}", "When “A” is recorded, none of these may ever be recorded: “B”, proven by a document; or “C”. What is raised is of the kind “prohibited”."},
		{"must_not: {any: [{fact: b, proof: document}, {fact: c}]}\n  within: 5 days", "When “A” is recorded, none of these may be recorded within 5 days: “B”, proven by a document; or “C”. What is raised is of the kind “prohibited”."},
		{"must_not: {fact: b}\n  raises: contradiction\n  closed: {fact: c}", "When “A” is recorded, it is raised at once if “B” is recorded. What is raised is of the kind “contradiction”, until “C” is recorded."},
		{"must_not: {fact: b}\n  raises: integrity\n  within: 5 days", "When “A” is recorded, it is raised at once if within 5 days “B” is recorded. What is raised is of the kind “integrity”."},
		{"must_not: {any: [{fact: b}, {fact: c}]}", "When “A” is recorded, none of these may ever be recorded: “B” or “C”. What is raised is of the kind “prohibited”."},
		{"must_not: {all: [{fact: b}, {fact: c}]}", "When “A” is recorded, none of these may ever be recorded: “B” or “C”. What is raised is of the kind “prohibited”."},
		{"must_not: {fact: [b, c]}\n  within: 5 days", "When “A” is recorded, none of these may be recorded within 5 days: “B” or “C”. What is raised is of the kind “prohibited”."},
		{"must_not: {any: [{fact: b}, {fact: c}]}\n  raises: missing", "When “A” is recorded, it is raised at once if either “B” or “C” is recorded. What is raised is of the kind “missing”."},
		{"may: {fact: b}\n  within: 28 days", "When “A” is recorded, “B” may be recorded within 28 days."},
		{"must: {fact: b}\n  within: 9 days\n  moved: {fact: d, to: that.until, before_due: yes}", "When “A” is recorded, “B” must be recorded within 9 days. When “D” is recorded, it is due by its until instead, if that is recorded before it was due."},
		{"must: {fact: b}\n  within: 9 days\n  discretion: no\n  unless: [{fact: c}]", "When “A” is recorded, “B” must be recorded within 9 days. It falls away if, before it is due, “C” is recorded. A recorded reason with a second signature does not do instead."},
	} {
		p, err := pack.Load(fstest.MapFS{
			"kinds/k.yaml":     file("- {id: a, label: {en: A}}\n- {id: b, label: {en: B}}\n- {id: c, label: {en: C}}\n- {id: d, label: {en: D}, fields: {until: {type: date, required: yes}}}\n"),
			"standards/s.yaml": file("- id: s\n  when: {fact: a}\n  repeat: each\n  " + c.yaml + "\n"),
		}, "p")
		if err != nil {
			t.Fatal(err)
		}
		if got := phrase.Of(p).Sentence(p.Standards[0]).String(); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.yaml, got, c.want)
		}
	}
}

func standard(t *testing.T, p *pack.Pack, id string) *pack.Standard {
	t.Helper()
	for _, s := range p.Standards {
		if s.ID == id {
			return s
		}
	}
	t.Fatalf("no standard %s", id)
	return nil
}

var notEnglish = regexp.MustCompile("`|==|&&|\\|\\||!|  |,,|,\\.|\\b(this|that|key|case)\\.[a-z]")

// TestShippedPacksReadWithoutCode: no YAML, no operators, nothing left as code.
func TestShippedPacksReadWithoutCode(t *testing.T) {
	for _, name := range []string{"ew-investigation", "process-logs"} {
		p := load(t, name)
		b := phrase.Of(p)
		for _, s := range p.Standards {
			got := b.Sentence(s).String()
			if bad := notEnglish.FindString(got); bad != "" {
				t.Errorf("%s holds %q: %s", s.ID, bad, got)
			}
		}
	}
}

func TestConditionsInWords(t *testing.T) {
	b := phrase.Of(load(t, "ew-investigation"))
	suspect := &pack.Standard{Per: "suspect"}
	for _, c := range []struct{ src, want string }{
		{"case.open && case.risk_grade == 'high'", "the case is open and its risk grade is high"},
		{"!(case.open && case.rape)", "either the case is not open or the case is not marked “rape”"},
		{"case.open || key.arrested && key.age < 18", "either the case is open or (the suspect is arrested and its age is less than 18)"},
		{"case.risk_grade in ['standard', 'medium']", "the risk grade of the case is standard or medium"},
		{"!(case.risk_grade in ['standard', 'medium'])", "the risk grade of the case is neither standard nor medium"},
		{"has(case.oic) && that.by != case.oic", "the officer in the case is recorded and the person who recorded the fact looked for is not the officer in the case"},
		{"parties.lead.all(l, l.closed)", "every lead is closed"},
		{"!parties.suspect.exists(s, s.age >= 18 && s.arrested)", "there is no suspect such that the age of that suspect is at least 18 and that suspect is arrested"},
		{"within(this.happened, that.happened, 72 hours)", "the moment when the fact looked for happened is within 72 hours after the moment when the opening fact happened"},
		{"!before(this.happened, date('2013-12-10'))", "the moment when the opening fact happened is not before 10 December 2013"},
		{"seen('report.received')", "“Report received” came earlier"},
		{"this.urgent ? this.a == 1 : this.b == 2", "`this.urgent ? this.a == 1 : this.b == 2`"},
	} {
		if got := b.Condition(c.src, suspect); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.src, got, c.want)
		}
	}
}
