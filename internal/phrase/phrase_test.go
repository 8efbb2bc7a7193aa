package phrase_test

import (
	"io/fs"
	"regexp"
	"testing"

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
