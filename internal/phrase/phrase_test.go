package phrase_test

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
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
		{"cps-claim-confirmed", "When “File said to be with the prosecutor” is recorded, for each suspect, “Prosecutor confirmed the file arrived” (also one that is about the case or nobody in particular), proven by word from outside the team (crown prosecution service), must be recorded within 2 working days. Until then the opening fact is only a claim."},
		{"closure-leads-empty", "When “Crime finalised” is recorded, it must be so at that moment that every lead is closed and every action is ended."},
		{"abe-held", "When “Strategy discussion held” is recorded, for each victim who is a child, one of these must be recorded within 5 working days: “Recorded interview (ABE) held”, proven by a document; or “Recorded interview (ABE) deferred” (where its reason is given), proven by a document. If that happens again before it is done, nothing is added."},
		{"victim-monthly-2006", "As soon as the case is recorded as a crime, for each victim, “Victim told” (where the answer to “reached” is yes and nothing says that its method is attempt, tried, no answer, not reached or the like or that its result is tried, no answer, not reached, unanswered or unreachable) must be recorded within 1 month. This holds only while the case is open; what is not yet due when that ends falls away. Once done, it is due again, counted from when it was done."},
		{"exhibit-not-located", "When “Exhibit seized”, “Exhibit booked in”, “Exhibit moved”, “Exhibit received” or “Exhibit counted” is recorded, for each exhibit or device that it is about, or else for the case, it is raised at once if “Exhibit not located” is recorded. What is raised is of the kind “missing”, until “Exhibit found” is recorded."},
		{"abe-planned", "When “Recorded interview (ABE) held” is recorded, for each victim who is a child, “Recorded interview (ABE) planned”, proven by a document and the signature of a second person, must already be on record."},
		{"conduct-referral", "When “Indication of crime or gross misconduct by an officer” is recorded, one of these must be recorded by the end of the next day: “Referred to the watchdog”, proven by word from outside the team (watchdog); or “Watchdog acknowledged the referral”, proven by word from outside the team (watchdog)."},
		{"la-told-of-investigation", "When “Third-party material identified” is recorded and either the answer to “care or family” is yes or, where that answer is not recorded, nothing says that its holder is school, college, nursery, university or the like, for each victim, “Children's social care confirmed it was told of the investigation”, proven by word from outside the team (childrens social care), must be recorded within 10 working days. If that happens again before it is done, nothing is added."},
		{"conflict-declared", "When “Officer joined the case” is recorded, “Conflict of interest declared” (where, if the officer of the opening fact is recorded, either its officer is that officer or, where its officer is not recorded, that officer recorded it) must be recorded within 1 working day. An earlier one will do."},
		{"disposal-victim-views", "When “Out-of-court disposal given” is recorded, for each victim, “Views of the victim sought” (where nothing says that what it is about includes bail, bail conditions, conditions or conditional bail) must already be on record."},
		{"victim-key-5wd", "When “Suspect arrested”, “Suspect bailed”, “Suspect released under investigation”, “Suspect released without charge”, “Bail conditions varied”, “Bail ended”, “Suspect charged”, “Out-of-court disposal given” or “Police decided to take no further action” is recorded, or when “Suspect interviewed” is recorded and it happened on or after 10 December 2013, for each victim who is not owed the enhanced service, “Victim told” (where its “event ref” names the opening fact, and it is about the victim, the case or nobody in particular, the answer to “reached” is yes, and nothing says that its method is attempt, tried, no answer, not reached or the like or that its result is tried, no answer, not reached, unanswered or unreachable), proven by the signature of a second person or the word of the person concerned, must be recorded within 5 working days."},
		{"allocate-accredited", "When “Officer in the case allocated” is recorded and either the case is about child sexual abuse or the case is about serious violence to a child, one of these must already be on record: (“Accreditation valid” (where its scheme is PIP2 or PIP level 2 and, if its “valid to” is recorded, that moment is not before the opening fact happened), proven by a document; and “Accreditation valid” (where its scheme is SCAIDP, child abuse or child abuse training and, if its “valid to” is recorded, that moment is not before the opening fact happened), proven by a document); or “Accreditation valid” (where nothing says that its scheme is PIP2, PIP level 2, SCAIDP, child abuse or child abuse training, and, if its “valid to” is recorded, that moment is not before the opening fact happened), proven by a document."},
		{"closure-countersigned", "When “Crime finalised” is recorded, “Closure approved” (where, if there is an officer in the case, someone other than that officer recorded it), proven by the signature of a second person, must already be on record."},
		{"contradiction-answered", "When the standard “Prosecutor has no record of a file said to be there” raises a finding, or when “Claim contradicted from outside” is recorded, for each suspect, victim, statement or exhibit, “Contradiction answered by a supervisor” (about that one, or at least about no other), proven by the signature of a second person, must be recorded within 1 working day. If that happens again before it is done, nothing is added."},
		{"bail-lapse-risk", "When “Bail ended” is recorded and it is about a suspect who has not been charged and has not been given an out-of-court disposal, for each victim, “Risk assessed” (also one that is about the case or nobody in particular), proven by the signature of a second person, must be recorded within 1 working day."},
		{"dip-sample-monthly", "At the end of every period of 1 month counted from 1 January 2020, “Dip sample completed” (where its “period” is the one that has ended, and its by team is not the team of the case), proven by the signature of a second person and a document, must be recorded within 10 working days. This holds only while the team of the case is recorded; what is not yet due when that ends falls away."},
		{"statement-digest-changed", "When “Statement taken” is recorded, for each statement, victim or witness that it is about, or else for the case, it is raised at once if “Statement checked for form” or “Statement relied on” (where its hash differs from that of the opening fact) is recorded. What is raised is of the kind “integrity”."},
		{"record-each-victim", "When “Lead disclosed” is recorded and, if its “of” is recorded, that includes victim or offence, for each lead that it is about, or else for the case, one of these must be recorded within 24 hours: “Crime recorded” (where its “lead” is what the opening fact is about), proven by a document; or “Crime recorded” (where its “lead” names the opening fact), proven by a document; or “Reason for not recording a crime from the lead”, proven by the signature of a second person."},
		{"missing-prevention-interview", "When “Missing child returned” is recorded, for each victim where, if the age of the victim is recorded, the victim is under 18, “Prevention interview held” must be recorded within 24 hours."},
		{"victim-agreed-update", "As soon as the case is recorded as a crime, or when “How often to contact the victim agreed” is recorded, for each victim, “Victim told” (where the answer to “reached” is yes and nothing says that its method is attempt, tried, no answer, not reached or the like or that its result is tried, no answer, not reached, unanswered or unreachable) must be recorded within as many days as “every days” in the opening fact says (where it says nothing, 28 days (policy value “update”)). This holds only while the case is open; what is not yet due when that ends falls away. If that happens again before it is done, the time starts anew. Once done, it is due again, counted from when it was done."},
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
		{"!(case.open && case.rape)", "either the case is not open or the case is not about rape"},
		{"case.open || key.arrested && key.age < 18", "either the case is open or (the suspect has been arrested and is under 18)"},
		{"case.risk_grade in ['standard', 'medium']", "the risk grade of the case is standard or medium"},
		{"!(case.risk_grade in ['standard', 'medium'])", "the risk grade of the case is neither standard nor medium"},
		{"has(case.oic) && that.by != case.oic", "there is an officer in the case and someone other than the officer in the case recorded the fact looked for"},
		{"parties.lead.all(l, l.closed)", "every lead is closed"},
		{"!parties.suspect.exists(s, s.age >= 18 && s.arrested)", "there is no suspect who is 18 or over and has been arrested"},
		{"within(this.happened, that.happened, 72 hours)", "the fact looked for happened within 72 hours after the opening fact happened"},
		{"!before(this.happened, date('2013-12-10'))", "the opening fact did not happen before 10 December 2013"},
		{"seen('report.received')", "“Report received” came earlier"},
		{"this.urgent ? this.a == 1 : this.b == 2", "if the answer to “urgent” is yes, the a of the opening fact is 1; if not, its b is 2"},
		{"has(this.holder) && this.holder in ['gp', 'GP', 'school']", "the holder of the opening fact is gp or school"},
		{"!(has(this.holder) && this.holder in ['gp', 'school'])", "nothing says that the holder of the opening fact is gp or school"},
		{"!has(this.officer) || that.by == this.officer", "if the officer of the opening fact is recorded, that officer recorded the fact looked for"},
		{"has(this.hash) && this.hash != 'x'", "the hash of the opening fact is recorded and its hash is not x"},
		{"has(this.reached) && !this.reached", "the answer to “reached” is recorded and the answer to “reached” is no"},
		{"has(this.a) ? this.a == 1 : (has(this.b) ? this.b == 2 : case.open)", "either the a of the opening fact is 1 or, where its a is not recorded, either its b is 2 or, where its b is not recorded, the case is open"},
		{"case.open || (has(this.a) ? this.a == 1 || case.rape : this.b == 2)", "either the case is open or (either (either the a of the opening fact is 1 or the case is about rape) or, where the a of the opening fact is not recorded, its b is 2)"},
		{"that.about.exists(a, a in ['bail', 'conditions'])", "what the fact looked for is about includes bail or conditions"},
		{"!that.about.exists(a, a == 'bail')", "what the fact looked for is about does not include bail"},
		{"that.about.all(a, !(a in ['bail', 'conditions']))", "what the fact looked for is about includes neither bail nor conditions"},
		{"!has(that.about) || !that.about.exists(a, a in ['bail'])", "nothing says that what the fact looked for is about includes bail"},
		{"within(date('2013-12-10'), this.happened, 100 years)", "the opening fact happened on or after 10 December 2013"},
		{"!within(date('2013-12-10'), case.recorded_on, 100 years)", "the “recorded on” of the case is before 10 December 2013"},
		{"within(date('2013-12-10'), this.happened, 3 years)", "the opening fact happened within 3 years after 10 December 2013"},
		{"within(this.offence_to, this.happened, policy.update)", "the opening fact happened within 28 days (policy value “update”) after the “offence to” of the opening fact"},
		{"size(that.about) == 0 || case.id in that.about || key.id in that.about", "the fact looked for is about the suspect, the case or nobody in particular"},
		{"parties.suspect.exists(s, s.id in this.about && !s.charged)", "the opening fact is about a suspect who has not been charged"},
		{"!parties.victim.exists(v, v.id in this.about)", "the opening fact is about no victim"},
		{"that.result in ['tried', 'no answer', 'no-answer', 'unanswered', 'unreachable', 'voicemail', 'missed call']", "the result of the fact looked for is tried, no answer, unanswered, unreachable or the like"},
	} {
		if got := b.Condition(c.src, suspect); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.src, got, c.want)
		}
	}
}

// TestListsInFull: what a sentence cuts short is there to be read whole.
func TestListsInFull(t *testing.T) {
	p := load(t, "ew-investigation")
	b := phrase.Of(p)
	got := b.Lists(standard(t, p, "charge-after-authority"))
	want := []string{"its authorised outcome: “charge”, “charged”, “charges”, “charge authorised”, “charge-authorised”, “authorised charge”, “charge authority”, “prosecute”, “Charge”, “1” or “1A”"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, s := range p.Standards {
		if strings.Contains(b.Sentence(s).String(), "the like") && len(b.Lists(s)) == 0 {
			t.Errorf("%s says \"the like\" and nothing lists what", s.ID)
		}
	}
}
