package timeline

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"candour/internal/day"
	"candour/internal/fact"
)

func mustRead(t *testing.T, in string) *File {
	t.Helper()
	f, err := Read(strings.NewReader(in), "t")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func instant(t *testing.T, s string, zone *time.Location) day.Instant {
	t.Helper()
	at, err := day.ParseInstant(s, zone)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// The example is the one that the description of the format ends with.
func TestExampleOfTheFormatReads(t *testing.T) {
	data, err := os.ReadFile("testdata/example.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	f, err := Read(bytes.NewReader(data), "example.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	if f.Pack != "ew-investigation" || f.ZoneName != "Europe/London" || f.World.Body != "northmere" {
		t.Errorf("got header %q %q %q", f.Pack, f.ZoneName, f.World.Body)
	}
	if got := f.World.Persons["oic1"].Posts[0].ReportsTo; got != "ds1" {
		t.Errorf("oic1 reports to %q, want ds1", got)
	}
	c := f.Cases[0]
	if len(f.Cases) != 1 || len(c.Parties) != 2 || len(c.Facts) != 4 || len(f.Expects) != 2 {
		t.Fatalf("got %d cases, %d parties, %d facts, %d expectations", len(f.Cases), len(c.Parties), len(c.Facts), len(f.Expects))
	}
	if got := c.Parties[0].Given[0]; got.Name != "age" || got.Value.Num != 7 {
		t.Errorf("v1 has %v, want age 7", got)
	}
	f2 := c.Facts[1]
	at := instant(t, "2012-06-19T10:00:00+01:00", f.Zone)
	if f2.At != day.At(at) || f2.Recorded != at || f2.RecordedStated || f2.Signed[0] != (fact.Signature{By: "di1", At: at}) || f2.Seq != int64(f2.Line) {
		t.Errorf("f2 is %+v", f2)
	}
	if p := f.World.Policies[0]; *p.Duration != (day.Duration{N: 14, Unit: day.Day}) {
		t.Errorf("the policy is %v", p.Duration)
	}
	if want := instant(t, "2012-12-04T12:00:00Z", f.Zone); f.Test.AsAt != want || f.Test.KnownAt != nil {
		t.Errorf("the test is %+v", f.Test)
	}
	if e := f.Expects[1]; e.Key != "s1" || e.Finding != "unproven" || e.Late != nil || e.Line != 17 {
		t.Errorf("the second expectation is %+v", e)
	}
}

func TestADayAloneIsReadToItsEndWhereThingsAreRecorded(t *testing.T) {
	f := mustRead(t, header+`{"person":"p","posts":[{"role":"r","to":"2012-06-18"}]}
{"source":"s","complete_to":"2012-06-18"}
{"source":"u","complete_to":[{"at":"2012-06-18","to":"2012-06-18 10:00"}]}
{"case":"c","kind":"k"}
{"fact":"f","case":"c","kind":"k","at":"2012-06-20","recorded":"2012-06-18","sealed":"2012-06-18"}
{"fact":"g","case":"c","kind":"k","at":"2012-06-18"}
{"as_at":"2012-06-18","known_at":"2012-06-18","under":["s"]}`)
	end := instant(t, "2012-06-18T23:59:59.999999999+01:00", f.Zone)
	s, u, facts := f.World.Sources[0], f.World.Sources[1], f.Cases[0].Facts
	for what, got := range map[string]day.Instant{
		"post to": f.World.Persons["p"].Posts[0].To, "complete to": s.Marks[0].To, "known at": u.Marks[0].At, "recorded": facts[0].Recorded,
		"sealed": facts[0].Sealed, "recorded as it happened": facts[1].Recorded, "as at": f.Test.AsAt, "test known at": *f.Test.KnownAt,
	} {
		if got != end {
			t.Errorf("%s: got %s, want the end of 18 June", what, day.FormatInstant(got, f.Zone))
		}
	}
	if !facts[0].RecordedStated || facts[1].RecordedStated || s.Marks[0].At != always || f.World.Persons["p"].Posts[0].From != always {
		t.Error("what was stated and what was not are mixed up")
	}
}

func TestFieldsKeepTheirOrderAndKind(t *testing.T) {
	f := mustRead(t, header+`{"case":"c","kind":"k","given":{"z":"t","a":2.5,"m":true,"b":["x",1,false],"e":[]}}`)
	want := []fact.Field{
		{Name: "z", Value: fact.Value{Kind: fact.Text, Text: "t"}},
		{Name: "a", Value: fact.Value{Kind: fact.Number, Num: 2.5}},
		{Name: "m", Value: fact.Value{Kind: fact.Bool, Bool: true}},
		{Name: "b", Value: fact.Value{Kind: fact.List, List: []fact.Value{{Kind: fact.Text, Text: "x"}, {Kind: fact.Number, Num: 1}, {Kind: fact.Bool}}}},
		{Name: "e", Value: fact.Value{Kind: fact.List, List: []fact.Value{}}},
	}
	same(t, f.Cases[0].Given, want)
}

func TestByteOrderMarkAndCarriageReturnsAreDropped(t *testing.T) {
	f := mustRead(t, "\ufeff# a comment\r\n\r\n"+strings.TrimSpace(header)+"\r\n  {\"case\":\"c\",\"kind\":\"k\"}\r\n")
	if len(f.Cases) != 1 || f.Cases[0].Line != 4 {
		t.Errorf("got %d cases", len(f.Cases))
	}
}

func TestALineOfTheGreatestLengthReads(t *testing.T) {
	start, end := `{"case":"c","kind":"k","given":{"x":"`, `"}}`
	fill := strings.Repeat("x", longest-len(start)-len(end))
	mustRead(t, header+start+fill+end+"\r\n")
	if _, err := Read(strings.NewReader(header+start+fill+"y"+end), "t"); err == nil {
		t.Error("one byte more was accepted")
	}
}
