package main

import (
	"fmt"

	"candour"
)

// sentences say in plain words what each check found, by verdict and code of doc/format.md section 13.
var sentences = map[string]string{
	"intact": "Nothing in this bundle was changed since it was sealed, and no entry is missing from what it covers.",

	"changed container": "The file is not in the one form that a bundle has. It was damaged or altered, or another program opened and saved it, or it is some other file.",
	"changed manifest":  "The list of what the bundle holds is missing or not in its form.",
	"changed body":      "The bundle is of another organisation than the one your policy names.",
	"changed parts":     "What lies in the bundle is not what its list says: something was changed, added, taken out or put in another place.",
	"changed checkpoint": "The signed summary of the whole record (the checkpoint) is not genuine: it is not in its form, or not signed with a key " +
		"that you trust, or a signature on it is false.",
	"changed signature":   "The list of what the bundle holds was not signed by the organisation: the bundle was put together or altered by someone else.",
	"changed consistency": "The record does not continue the earlier state that the bundle says it continues: something in it was changed since.",
	"changed entries":     "The part that holds the entries is not in its form.",
	"changed envelope":    "An entry was altered: what is sealed around it is no longer that of this record.",
	"changed inclusion":   "An entry is not the one that stands in the record at its place: it was altered, or never stood there.",
	"changed fields":      "What is shown of an entry is not what was sealed: a value was altered, or something was left out without saying so.",
	"changed chain":       "The entries do not follow one another: one was left out, put in, moved or dated back.",
	"changed erased":      "An entry is said to have been erased, but the record does not say so.",
	"changed incomplete":  "The end of a case is missing: the last entry is not the one that tells of this bundle, so what came after it was left out.",
	"changed attachment":  "An attached file is not the one that the record names.",
	"changed previous":    "The bundle does not follow on the earlier bundle, or shows other entries than it at the same places of a case, or the earlier bundle is itself not intact.",

	"cannot tell untrusted": "The bundle agrees with itself, and that is all: you gave no policy, so nothing shows that the keys in it are those of the organisation. " +
		"Anyone could make such a bundle.",
	"cannot tell witness": "No change was found, but fewer witnesses signed the record than your policy asks for.",
	"cannot tell previous": "No change was found, but the bundle continues an earlier one, and without that one nobody can tell whether something is missing " +
		"between them.",

	"changed receipt":         "This is no receipt of the organisation: it was altered, or not signed with a key that you trust.",
	"changed proof":           "The proof is not in its form.",
	"changed promise":         "The proof does not show that the entry stands in the record at its place.",
	"cannot tell another":     "The proof is about another entry than the receipt, about the record before it had that entry, or after an older copy of it was restored.",
	"cannot tell unredeemed":  "The receipt is genuine. Whether its promise was kept shows only with a proof.",
	"cannot tell unwitnessed": "The entry stands in the record, but fewer witnesses signed that record than your policy asks for. The organisation could show another record to others.",
	"intact receipt":          "The promise was kept: what you were given a receipt for stands in the record, unchanged and at its place.",
}

// advice says what to do next.
var advice = map[string]string{
	"changed":               "Do not rely on this copy. Keep the file as it is, write down who gave it to you and when, ask the organisation for another, and tell the watchdog.",
	"changed body":          "Check whose bundle it should be, and whether you have that organisation's policy.",
	"changed previous":      "Check that you gave the bundle just before this one. If you did, keep both files as they are and tell the watchdog.",
	"cannot tell untrusted": "Get the policy from the organisation's public page or from the watchdog, and run again with -policy FILE.",
	"cannot tell witness":   "Ask the organisation for a bundle that its witnesses have signed. If it has none, ask the watchdog why.",
	"cannot tell previous":  "Run again with -previous FILE, naming the bundle before this one.",

	"changed receipt":         "Keep the file as it is, and ask the organisation for the receipt again.",
	"changed proof":           "Ask the organisation for the proof again.",
	"changed promise":         "A proof can be damaged on its way: ask for it again. If the organisation cannot give one, its promise is broken, and the receipt with a record it signed shows that: tell the watchdog.",
	"cannot tell another":     "Check that you have the right two files.",
	"cannot tell unredeemed":  "Ask the organisation for the proof, and run again with -proof FILE.",
	"cannot tell unwitnessed": "Ask the organisation for a proof that its witnesses have signed.",
}

// key is a verdict with its code, as the tables have it.
func key(v candour.Verdict, code string) string {
	if code == "" {
		return string(v)
	}
	return string(v) + " " + code
}

// adviceOn is the advice on a verdict, from the nearest entry of the table.
func adviceOn(v candour.Verdict, code string) string {
	if s := advice[key(v, code)]; s != "" {
		return s
	}
	return advice[string(v)]
}

// unwitnessed says in plain words what it means that nobody outside saw the record.
func unwitnessed(body string, policy *candour.Policy) string {
	if policy == nil {
		return "Not independently witnessed, so far as you can know: without a policy nothing shows who the witnesses named in the bundle are, or that there are any."
	}
	return fmt.Sprintf("Not independently witnessed. Nobody outside %s, of those that your policy names, signed this record. You have its own word, and no more, that this is the record it "+
		"always kept: it could have written the whole of it anew and signed it again.", body)
}

// notMeant is what intact does not mean.
func notMeant(complete string) []string {
	return []string{
		"that what was recorded is true: that is for evidence and for people",
		"that everything which happened was recorded",
		"anything about what came after " + complete,
		"that there is no second case of the same name with other entries: compare this bundle with others, or have the whole record read",
		"that what is withheld is rightly withheld, or has another name than what is shown",
		"when exactly an erased entry among other erased ones was sealed, or which of them came first",
		"that the page read.html in the bundle says what the entries say: use -facts to see those",
	}
}

const timeForm = "2 January 2006 at 15:04:05 UTC"
