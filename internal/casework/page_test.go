package casework

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"candour"

	"golang.org/x/net/html"
)

// said makes an entry of fields, the slots among them, sealed an hour after the one before.
func said(index int64, fields ...string) *candour.Entry {
	env := candour.Envelope{Epoch: 1, Origin: "candour.invalid/northmere", Sealed: time.Date(2026, 7, 3, 12, 1, 0, 0, time.UTC).Add(time.Duration(index) * time.Hour).UnixNano()}
	e := &candour.Entry{Index: index, Envelope: env.Append(nil)}
	value := map[string]string{}
	var others []string
	for i := 0; i < len(fields); i += 2 {
		value[fields[i]] = fields[i+1]
		if !candour.IsSlot(fields[i]) {
			others = append(others, fields[i])
		}
	}
	for _, name := range append(candour.SlotNames[:], others...) {
		e.Lines = append(e.Lines, candour.Line{Name: name, Value: []byte(value[name])})
	}
	return e
}

func withheld(e *candour.Entry, name string) *candour.Entry {
	for i := range e.Lines {
		if e.Lines[i].Name == name {
			e.Lines[i].Withhold("third-party", "s.45")
		}
	}
	return e
}

// pageOf is the page of a bundle of these entries, and what a person reads on it.
func pageOf(t *testing.T, entries ...*candour.Entry) (doc *html.Node, text string) {
	t.Helper()
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	d := &candour.Draft{Body: "candour.invalid/northmere", Made: time.Date(2026, 7, 4, 12, 0, 0, 0, time.UTC).UnixNano(), Chains: []*candour.Chain{{Name: "case/1", Entries: entries}}}
	b, err := page(d, BundleOf{Case: "1", Zone: zone, Label: func(kind string) string { return strings.ReplaceAll(kind, "_", " ") }})
	if err != nil {
		t.Fatal(err)
	}
	if doc, err = html.Parse(strings.NewReader(string(b))); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for n := range doc.Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "style" {
			out.WriteString(n.Data + " ")
		}
	}
	return doc, strings.NewReplacer(" .", ".", " ,", ",", "( ", "(", " )", ")").Replace(strings.Join(strings.Fields(out.String()), " "))
}

func TestPageIsReadable(t *testing.T) {
	for name, c := range map[string]struct {
		entry *candour.Entry
		want  string
	}{
		"a moment is in the record's zone":  {said(0, "happened", "2026-07-03T13:01:00Z"), "3 July 2026 at 2:01pm"},
		"an hour that occurs twice is told": {said(0, "happened", "2026-10-25T00:30:00Z"), "25 October 2026 at 1:30am BST"},
		"a month is one":                    {said(0, "happened", "2012-06"), "June 2012"},
		"an interval is one":                {said(0, "happened", "1974-06/1974-08"), "1 June 1974 to 31 August 1974"},
		"what is no moment stays":           {said(0, "happened", "in summer"), "in summer"},
		"late is late":                      {said(0, "by", "dc1", "happened", "2012-06-18 23:50", "recorded", "2012-06-30 00:10"), "Recorded by dc1, 30 June 2012 at 12:10am, 12 days after. Entry 0"},
		"recorded when it happened":         {said(0, "by", "dc1", "happened", "2012-06-18", "recorded", "2012-06-18"), "Recorded by dc1. Entry 0"},
		"sealed":                            {said(0, "kind", "k"), "Sealed on 3 July 2026 K Entry 0, sealed at 1:01pm"},
		"yes and no":                        {said(0, "kind", "k", "f.trust_role", "false"), "Trust role no"},
		"a list":                            {said(0, "kind", "k", "f.officer", `["a","b"]`), "Officer a b"},
		"an empty list":                     {said(0, "kind", "k", "f.officer", `[]`), "Officer none"},
		"who signed":                        {said(0, "kind", "k", "signed", `[{"by":"ds1","at":"2012-06-18 10:20"}]`), "Signed by ds1, 18 June 2012 at 10:20am"},
		"the channel":                       {said(0, "kind", "k", "via", `{"body":"yot","how":"system","ref":"Y-1"}`), "Came through yot, by system, reference Y-1"},
		"documents":                         {said(0, "kind", "k", "docs", `[{"type":"note","name":"A note","sha256":"ab"}]`), "Documents A note (note), SHA-256 ab"},
		"an object":                         {said(0, "kind", "k", "f.x", `{"b_c":1.50,"a":[true,null]}`), "X a yes, nothing, b c 1.50"},
		"text of several lines":             {said(0, "kind", "k", "f.text", `"one\ntwo"`), "Text one two"},
		"what is no JSON":                   {said(0, "kind", "k", "f.text", `{"one`), `Text {"one`},
		"what is no text":                   {said(0, "kind", "k", "f.text", "\xff\xfe"), "Text 2 bytes that are no text"},
		"the name of a field":               {said(0, "kind", "k", "f.a%20b", "1"), "A b 1"},
		"the name of a kind":                {said(0, "kind", "a%20b"), "A b Entry 0"},
		"a kind that is withheld":           {withheld(said(0, "kind", "k"), "kind"), "Kind withheld Entry 0, sealed at 1:01pm. 1 field withheld: third-party (s.45)"},
		"a date that is withheld":           {withheld(said(0, "kind", "k"), "happened"), "Date withheld K"},
		"an author who is withheld":         {withheld(said(0, "kind", "k"), "by"), "Who recorded it is withheld. Entry 0"},
		"a party":                           {said(0, "kind", "record.party", "party", `"v1"`, "role", `"victim"`), "Victim v1 put on the case"},
		"a party whose role is withheld":    {withheld(said(0, "kind", "record.party", "party", `"v1"`, "role", `"victim"`), "role"), "Party v1 put on the case"},
		"rules that withheld":               {said(0, "kind", "record.bundle", "withheld.2", " | f.x | c | a", "withheld.10", "k.* |  | c | b"), "Withheld field f.x of every entry: c (a) every field of entries of the kind k.*: c (b)"},
		"a rule that is none":               {said(0, "kind", "record.bundle", "withheld.1", "x"), "Withheld x"},
		"the record's own text is no JSON":  {said(0, "kind", "record.bundle", "purpose", `"x"`), `Purpose "x"`},
		"a moment of an alarm":              {said(0, "kind", "record.alarm", "due", "2012-06-18T09:20:00Z"), "Due 18 June 2012 at 10:20am"},
		"what would turn the text is told":  {said(0, "kind", "k", "by", "a\u202eb", "f.text", `"c\u2066\u0007d"`), `Text c\u{2066}\u{7}d`},
		"and in who recorded it":            {said(0, "kind", "k", "by", "a\u202eb"), `Recorded by a\u{202e}b`},
		"markup stays text":                 {said(0, "kind", "k", "by", "<script>1</script>", "f.<b>", `"<img src=x>"`), "<b> <img src=x>"},
	} {
		doc, text := pageOf(t, c.entry)
		if !strings.Contains(text, c.want) {
			t.Errorf("%s: without %q:\n%s", name, c.want, text[strings.Index(text, "Sealed on"):])
		}
		for n := range doc.Descendants() {
			if n.Type == html.ElementNode && (n.Data == "script" || n.Data == "img" || n.Data == "b") {
				t.Errorf("%s: an element %s", name, n.Data)
			}
		}
	}
}

func TestPageTellsWhatEntriesSayOfEachOther(t *testing.T) {
	gone := said(2)
	gone.Erased, gone.ErasedBy, gone.Lines = true, 5, nil
	leaf := candour.LeafHash(gone.Envelope)
	doc, text := pageOf(t,
		said(0, "kind", "record.party", "party", `"v1"`, "role", `"victim"`),
		said(1, "kind", "report.received", "fact", `"c1#f1"`, "about", `"v1"`, "f.channel", `"v1"`),
		gone,
		said(3, "kind", "victim.told", "fact", `"c1#f2"`, "f.event_ref", `["c1#f1","c1#f9"]`),
		said(5, "kind", candour.KindErasure, candour.FieldErased, hex.EncodeToString(leaf[:])+" "+strings.Repeat("ab", 32), "basis", "s.1"),
		said(16, "kind", "record.bundle"))
	for _, want := range []string{
		"Entries 6, 1 of them erased",
		"About v1 (victim) Channel v1",
		"Reference c1#f1.",
		"Erased Entry 2, sealed at 3:01pm. What it said was erased; entry 5 tells of it.",
		"Event ref entry 1, Report.received c1#f9",
		"Erasure of entries Entry 5, sealed at 6:01pm. Basis s.1 Erased entry 2 an entry that is not in this bundle: abab",
		"Sealed on 4 July 2026 Bundle made",
		"Withheld no fields",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("without %q:\n%s", want, text)
		}
	}
	ids, links := map[string]bool{}, map[string]bool{}
	for n := range doc.Descendants() {
		for _, a := range n.Attr {
			if a.Key == "id" {
				ids["#"+a.Val] = true
			}
			if a.Key == "href" {
				links[a.Val] = true
			}
		}
	}
	for l := range links {
		if !ids[l] {
			t.Errorf("a link to %s, which is not there", l)
		}
	}
	if len(links) != 4 {
		t.Errorf("links: %v", links)
	}
}

// TestPageAllowsItsOwnStyleOnly holds the digest of the policy against the style as it is written.
func TestPageAllowsItsOwnStyleOnly(t *testing.T) {
	doc, _ := pageOf(t, said(0))
	for n := range doc.Descendants() {
		if n.Data != "style" || n.Type != html.ElementNode {
			continue
		}
		sum := sha256.Sum256([]byte(n.FirstChild.Data))
		want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
		for m := range doc.Descendants() {
			for _, a := range m.Attr {
				if a.Key == "content" && strings.HasPrefix(a.Val, "default-src") && a.Val != want {
					t.Errorf("policy %q, want %q", a.Val, want)
				}
			}
		}
	}
}
