package exchange

import (
	"fmt"
	"strings"
	"testing"
)

func proposal(t *testing.T) string {
	events, subjects, kinds := "Entry,CrimeRef,Code,Happened,Entered,Officer,Subject,Notes\n", "CrimeRef,Subject,Role,Surname\n", "Code;Meaning\n"
	for n := range 40 {
		events += fmt.Sprintf("%d,C%d,%s,%02d/06/2012 10:%02d,%02d/06/2012,pc%d,v1,Wilhelmina was seen\n", n, n%7, []string{"REPORT-RECEIVED", "X9"}[n%2], 1+n%28, n, 1+n%28, n%3)
		subjects += fmt.Sprintf("C%d,v%d,%s,Wilhelmina\n", n%7, n, []string{"VICTIM", "Bystander"}[n%2])
	}
	for _, k := range []string{"REPORT-RECEIVED", "X9"} {
		kinds += k + ";" + k + "\n"
	}
	text, err := Propose(texts("events.csv", events, "subjects.csv", subjects, "kinds.csv", kinds), investigation(t))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestProposal(t *testing.T) {
	text := proposal(t)
	for _, want := range []string{
		"times: {formats: [dd/mm/yyyy hh:mm, dd/mm/yyyy]}", "id: <CrimeRef>   # guessed by its name", "id: <Entry>   # different on every row",
		"at: <Happened>", "recorded: <Entered>", "by: <Officer>", "about: <Subject>", "personal: [Notes]", "personal: [Surname]",
		"REPORT-RECEIVED: report.received   # 20 rows", "X9: DECIDE   # 20 rows", "VICTIM: victim   # 20 rows", "Bystander: DECIDE",
		`delimiter: ";"`, "join:\n      - {file: kinds, on: <Code>, key: Code}", "body: DECIDE",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "Wilhelmina") {
		t.Error("the proposal repeats a personal value")
	}
}

// A proposal is refused until somebody has decided, and then read.
func TestProposalOnceDecided(t *testing.T) {
	text := proposal(t)
	pk := investigation(t)
	if _, err := ParseLayout([]byte(text), "p.yaml", pk); err == nil || !strings.Contains(err.Error(), "nobody has decided this yet") {
		t.Fatalf("got %v", err)
	}
	decided := strings.NewReplacer("X9: DECIDE", "X9: ", "Bystander: DECIDE", "Bystander: witness", "DECIDE", "northmere").Replace(text)
	if _, err := ParseLayout([]byte(decided), "p.yaml", pk); err != nil {
		t.Errorf("%v in\n%s", err, decided)
	}
}

func TestProposalDoubtsAndEncodings(t *testing.T) {
	text, err := Propose(texts("old.csv", "Case,Date,Time,Note\nA,01/02/12,10:20,caf\xe9\nA,03/04/12,10:30,x\n", "mixed.csv", "Case\tWhen\nA\t2012-01-02\ncaf\xe9\t2012-01-03\ncafé\t2012-01-03\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"encoding: windows-1252", "encoding: auto", "delimiter: tab", "pivot: DECIDE", "at: <Date> <Time>"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if _, err := Propose(texts("empty.csv", ""), nil); err == nil || !strings.Contains(err.Error(), "empty.csv:1: the file is empty") {
		t.Errorf("got %v", err)
	}
}
