package northmere

import (
	"slices"
	"strconv"
	"strings"
)

// kinds are the kinds of fact that Northmere's systems know, by name: a place in
// this list is a code of Ledgerline, so a new one goes to the end.
var kinds = []string{
	"aa.present", "abe.deferred", "abe.held", "abe.master_stored", "abe.plan", "accreditation.valid", "action.completed",
	"action.raised", "admission.recorded", "advice.rationale", "anonymity.marked", "arrest.rationale", "bail.ended", "bail.reviewed",
	"biometrics.database_confirmed", "biometrics.taken", "breach.crime_recorded", "closure.approved", "complaint.logged",
	"complaint.received", "conflict.decision", "conflict.declared", "contact_children.checked", "contact_children.found",
	"contradiction.answered", "court.convicted", "cps.action_plan", "cps.action_plan_answered", "cps.advice_requested",
	"cps.decision", "cps.no_record", "cps.receipt", "cps.referral_claimed", "cps.rejected", "crime.finalised", "crime.recorded",
	"csc.assessment_completed", "csc.core_group_held", "csc.decision", "csc.informed_ack", "csc.no_conference_decision",
	"csc.notified_ack", "csc.referral_acknowledged", "csc.referral_made", "csc.review_conference_held", "cse.screened",
	"decision.made", "designated_officer.inquiry", "device.result", "device.seized", "device.submitted", "digital.copied",
	"disposal.authorised", "disposal.given", "document.frozen", "evidence.complete", "exhibit.booked", "exhibit.counted",
	"exhibit.destroyed", "exhibit.found", "exhibit.moved", "exhibit.not_located", "exhibit.received", "exhibit.seized", "flag.set",
	"forensic.submitted", "handover.completed", "hash.matched", "icpc.held", "independence.declared", "integrity.indicated",
	"intel.checked", "intermediary.decision", "iopc.referral_sent", "isva.offered", "lado.acknowledged", "lead.action", "lead.closed",
	"lead.disclosed", "lead.rationale", "linked_cases.checked", "material.received_closed", "medical.decision", "medical.declined",
	"medical.held", "missing.reported", "missing.returned", "nfa.police_decision", "officer.joined", "oic.allocated", "oic.changed",
	"parent_direction.considered", "plan.agreed", "pnc.updated", "policylog.entry", "prevention.interview",
	"professional_standards.told", "protection.ended", "protection.started", "recommendation.answered", "recommendation.made",
	"reopen.decision", "report.received", "retention.set", "review.independent", "review.inspector", "review.started",
	"review.superintendent", "review.supervisor", "rhi.held", "risk.assessed", "risk.offender_assessed", "safety_plan.agreed",
	"scene.assessed", "schedule.made", "signature.confirmed", "signature.denied", "sor.advice_signed", "sor.notified",
	"special_measures.assessed", "statement.checked", "statement.relied_on", "statement.taken", "strategy.held", "support.accepted",
	"suspect.arrested", "suspect.bailed", "suspect.charged", "suspect.interviewed", "suspect.named", "thirdparty.chased",
	"thirdparty.identified", "thirdparty.received", "thirdparty.requested", "victim.contact_agreed", "victim.needs_assessed",
	"victim.told", "victim.views_sought", "visor.record_confirmed", "vps.offered", "vrr.acknowledged", "vrr.decided", "vrr.requested",
	"workload.accepted", "yot.acknowledged",
}

// mnemonic is Sentry's code for a kind: REVIEW-SUPERVISOR.
func mnemonic(kind string) string { return strings.ToUpper(strings.ReplaceAll(kind, ".", "-")) }

// number is Ledgerline's code for a kind: 101 and up.
func number(kind string) string { return strconv.Itoa(101 + slices.Index(kinds, kind)) }

// family is one of Sentry's files of entries: which kinds are in it, by what they
// begin with, and which fields have a column.
type family struct {
	file   string
	begins []string
	fields []string
}

// families are Sentry's files; the last takes every kind that no other does.
var families = []family{
	{"reviews.csv", []string{"review.", "recommendation.", "independence."}, reviewFields},
	{"contacts.csv", []string{"victim.", "vps.", "isva.", "support.", "vrr.", "complaint.", "anonymity.", "signature.", "special_measures."}, contactFields},
	{"exhibits.csv", []string{"exhibit.", "device.", "forensic.", "digital.", "hash.", "disposal.authorised"}, exhibitFields},
	{"events.csv", []string{""}, eventFields},
}

func familyOf(kind string) int {
	return slices.IndexFunc(families, func(f family) bool {
		return slices.ContainsFunc(f.begins, func(s string) bool { return strings.HasPrefix(kind, s) })
	})
}

var reviewFields = []string{
	"actions_raised", "answer", "decisions", "grade", "interests", "owner", "rank", "review_kind", "reviewer", "risk_changed", "text",
	"unit",
}

var contactFields = []string{
	"about", "age", "answer", "category", "channel", "event_ref", "every_days", "method", "reasons_given", "reference", "result",
	"reviewer", "service", "statement", "views", "vrr_offered", "vulnerable",
}

var exhibitFields = []string{
	"authoriser", "exhibit", "from", "laboratory", "reason", "reference", "seal", "to",
}

var eventFields = []string{
	"admission", "age", "agencies", "agency", "assessor", "attendance_kind", "author", "authorised_outcome", "authority_rank",
	"caseload", "category", "ceiling", "channel", "children", "class_by", "clinician_role", "code_test", "conditions", "consent_by",
	"contact", "cps_ref", "crime_no", "decision", "decisions", "description", "disposal", "dna", "document", "due", "employer",
	"episode_no", "exhibits_count", "factors", "from", "given_by", "grade", "grounds", "hits", "holder", "immediate_risk",
	"indictable_only", "interviewer", "kind", "lead", "live_caseload", "material", "method", "model", "nature", "necessity", "of",
	"offence_from", "offence_hint", "offence_to", "officer", "open_actions", "origin", "outcome", "outcome_code", "owner", "pages",
	"period_end", "photograph", "place", "plan_made", "plan_ref", "positive", "power", "prepubertal", "prints", "qualifying",
	"reason", "recordable", "reference", "relevant_date", "reporter_role", "result", "reviewer", "role", "s47_started", "samples",
	"schedule3", "schedule_kind", "scheme", "seal", "station", "supervisor", "systems", "taker", "to", "trust_role", "until", "urn",
	"version", "victim_id", "victim_ids", "witness",
}

// allFields are the columns of Ledgerline's one wide file.
func allFields() []string {
	all := slices.Concat(reviewFields, contactFields, exhibitFields, eventFields)
	slices.Sort(all)
	return slices.Compact(all)
}
