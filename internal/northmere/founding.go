package northmere

import (
	"candour/internal/day"
	"candour/internal/fact"
)

const foundingReported = "2012-06-18"

// founding is worked case 1 of the domain reference, at its very times: a young
// child, a suspect still a child, and nothing done that should have been.
func (l *life) founding() {
	f := foundingCase{l}
	l.c.Group = "child-rape-u13"
	l.c.Given = []fact.Field{textField("risk_grade", "high"), textField("oic", l.oic.holder(f.at("2012-06-18", 10, 20)))}
	l.party("victim", numField("age", 7), fact.Field{Name: "vulnerable", Value: fact.Value{Kind: fact.Bool, Bool: true}})
	l.party("suspect", numField("age", 13))
	l.party("lead")
	f.lived()
	for _, r := range foundingRaises {
		l.plant.raise(r.Standard, r.Key, r.On)
	}
}

func textField(name, s string) fact.Field {
	return fact.Field{Name: name, Value: fact.Value{Kind: fact.Text, Text: s}}
}

func numField(name string, n int) fact.Field {
	return fact.Field{Name: name, Value: fact.Value{Kind: fact.Number, Num: float64(n)}}
}

type foundingCase struct{ *life }

func (f foundingCase) at(d string, h, m int) day.Instant { return f.cal.at(date(d), h, m) }

// fact is recorded the moment it happened, as the worked case has it.
func (f foundingCase) fact(kind, on string, h, m int, about ...string) entry {
	at := f.at(on, h, m)
	e := f.add(kind, at, f.oic.holder(at), about...)
	e.Recorded = at
	return e
}

func (f foundingCase) lived() {
	first := "2012-06-18"
	f.fact("report.received", first, 10, 20, "v1").text("channel", "telephone").text("reporter_role", "parent")
	f.fact("suspect.named", first, 10, 20, "s1").yes("trust_role", false)
	f.fact("aa.present", first, 16, 25, "s1").doc("interview-record", "Record of interview, people present")
	interview := f.fact("suspect.interviewed", first, 16, 30, "s1").text("attendance_kind", "voluntary").yes("admission", true).yes("recordable", true)
	f.fact("lead.disclosed", first, 16, 30, "l1").text("origin", "interview").text("description", "A younger cousin").text("of", "victim")
	f.fact("admission.recorded", first, 17, 10, "s1").doc("interview-record", "Record of interview")
	f.fact("crime.recorded", "2012-06-19", 9, 0, "v1").doc("crime-record", "Crime report")
	allocated := f.fact("oic.allocated", "2012-06-19", 10, 0).text("officer", f.oic.holder(f.at(first, 10, 20)))
	allocated.By = f.team.sergeants[0]
	allocated.Signed = []fact.Signature{{By: f.team.inspector(allocated.At.Lo), At: allocated.At.Lo}}
	f.fact("cps.referral_claimed", "2012-07-16", 11, 0, "s1")
	f.ended(interview)
}

func (f foundingCase) ended(interview entry) {
	disposal := f.fact("disposal.given", "2012-09-19", 14, 0, "s1").text("disposal", "final-warning").yes("indictable_only", true).
		yes("schedule3", true).yes("qualifying", true).text("place", "Northmere police station")
	pnc := f.fact("pnc.updated", "2012-09-20", 10, 0, "s1")
	pnc.Via = &fact.Via{Body: "database", How: "system", Ref: "N-2012-0419"}
	yot := f.fact("yot.acknowledged", "2012-09-24", 15, 0, "s1")
	yot.Via = &fact.Via{Body: "yot", How: "system", Ref: "Y-118"}
	told := f.fact("victim.told", "2012-10-15", 9, 0, "v1").text("method", "letter")
	told.Signed = []fact.Signature{{By: f.team.sergeants[0], At: told.At.Lo}}
	f.refs[told.Fact] = []*fact.Fact{interview.Fact, disposal.Fact}
	f.fact("crime.finalised", "2012-10-15", 9, 30)
}

// foundingRaises is the table of worked case 1.
var foundingRaises = []Raise{
	{"safeguarding-considered", "v1", date("2012-06-19")}, {"suspect-arrest-decision", "s1", date("2012-06-19")},
	{"intel-checks-24h", "s1", date("2012-06-19")}, {"record-each-victim", "l1", date("2012-06-19")},
	{"mash-referral", "v1", date("2012-06-20")}, {"strategy-discussion", "v1", date("2012-06-20")},
	{"other-children-check", "s1", date("2012-06-20")}, {"child-suspect-welfare", "s1", date("2012-06-20")},
	{"victim-interview-1wd", "v1", date("2012-06-20")}, {"plan-72h", "", date("2012-06-22")},
	{"supervisor-first-72h", "", date("2012-06-22")}, {"lead-followup", "l1", date("2012-06-26")},
	{"supervisor-14d", "", date("2012-07-04")}, {"cps-claim-confirmed", "s1", date("2012-07-19")},
	{"victim-monthly-2006", "v1", date("2012-07-20")}, {"final-warning-indictable-cps", "s1", date("2012-09-19")},
	{"disposal-victim-views", "v1", date("2012-09-19")}, {"sor-advised", "s1", date("2012-09-20")},
	{"inspector-3m", "", date("2012-09-20")}, {"victim-disposal-1wd", "v1", date("2012-09-21")},
	{"sor-initial", "s1", date("2012-09-22")}, {"sor-breach-acted", "s1", date("2012-09-25")},
	{"sor-register-record", "s1", date("2012-09-25")}, {"biometrics-after-disposal", "s1", date("2012-10-18")},
}
