package exchange

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"candour/internal/day"
	"candour/internal/fact"
)

const testMapping = `
format: xes
zone: Europe/London
body: depot
source: depot-log
case:
  id: "concept:name"
  kind: order
  given:
    amount: {attribute: Amount}
    deadline: {attribute: deadline}
event:
  activity: "concept:name"
  lifecycle: "lifecycle:transition"
  time: "time:timestamp"
  by: "org:resource"
  fields:
    urgent: {attribute: Urgent}
    weight: {attribute: Weight}
    count: {attribute: Count}
kinds:
  "Order taken": order-taken
  "Packed": packed
  "Packed+start": packing
`

func mapping(t testing.TB, more string) *Mapping {
	t.Helper()
	m, err := ParseMapping([]byte(testMapping+more), "depot.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func logOf(traces ...string) string {
	return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<log xes.version=\"1.0\">\n" + strings.Join(traces, "\n") + "\n</log>\n"
}

func traceOf(id string, inner ...string) string {
	return "<trace>\n" + attr("string", "concept:name", id) + "\n" + strings.Join(inner, "\n") + "\n</trace>"
}

func attr(kind, key, value string) string {
	return fmt.Sprintf("<%s key=%q value=\"%s\"/>", kind, key, value)
}

func eventOf(activity, at string, more ...string) string {
	return "<event>" + attr("string", "concept:name", activity) + attr("date", "time:timestamp", at) + strings.Join(more, "") + "</event>"
}

func read(m *Mapping, xes string) ([]*fact.Case, *fact.World, Summary, error) {
	w := fact.NewWorld(m.Body)
	var cases []*fact.Case
	sum, err := ReadXES(strings.NewReader(xes), "depot.xes", m, w, func(c *fact.Case) error {
		cases = append(cases, c)
		return nil
	})
	return cases, w, sum, err
}

const noon = "2024-03-04T12:00:00Z"

func TestTraceBecomesCase(t *testing.T) {
	xes := logOf(
		`<global scope="trace"><date key="deadline" value="not looked at"/></global>`,
		`<classifier name="Activity" keys="concept:name"/>`,
		`<string key="about" value="the log"><int key="nested" value="1"/></string>`,
		// This trace names itself after its events, and its first lies at midnight.
		`<trace>`+
			eventOf("Order taken", "2024-07-01T00:00:00.000+01:00", attr("string", "org:resource", "Ann"), attr("boolean", "Urgent", "true"), attr("float", "Weight", "2.5"))+
			eventOf("Packed", "2024-07-01T09:30:00", attr("string", "org:resource", "Bob"), attr("string", "lifecycle:transition", "start"),
				`<list key="items"><string key="item" value="a"/><string key="item" value="b"/></list>`)+
			eventOf("Packed", "2024-07-01T08:45:00.5Z", attr("string", "lifecycle:transition", "complete"), attr("int", "Count", "3"))+
			attr("string", "concept:name", "o-1")+attr("float", "Amount", "10")+attr("date", "deadline", "2024-07-02T00:00:00Z")+`</trace>`,
		traceOf("o-2"))
	cases, w, sum, err := read(mapping(t, ""), xes)
	if err != nil {
		t.Fatal(err)
	}
	if sum.Traces != 2 || sum.Events != 3 || sum.Persons != 2 || len(cases) != 2 || len(cases[1].Facts) != 0 {
		t.Fatalf("got %+v and %d cases", sum, len(cases))
	}
	c := cases[0]
	deadline := day.At(day.FromTime(time.Date(2024, 7, 2, 0, 0, 0, 0, time.UTC)))
	if c.ID != "o-1" || c.Kind != "order" || len(c.Given) != 2 || c.Given[0].Name != "amount" || c.Given[0].Value.Num != 10 || *c.Given[1].Value.When != deadline {
		t.Errorf("case: got %+v", c)
	}
	midnight := day.FromTime(time.Date(2024, 6, 30, 23, 0, 0, 0, time.UTC))
	f := c.Facts[0]
	if f.ID != "o-1#1" || f.Case != "o-1" || f.Kind != "order-taken" || f.At != day.At(midnight) || f.Recorded != midnight || f.RecordedStated ||
		f.By != "Ann" || f.For != "depot" || f.Source != "depot-log" || f.Seq != 1 || !f.Get("urgent").Bool || f.Get("weight").Num != 2.5 {
		t.Errorf("first fact: got %+v", f)
	}
	if f := c.Facts[1]; f.Kind != "packing" || f.At != day.At(day.FromTime(time.Date(2024, 7, 1, 8, 30, 0, 0, time.UTC))) {
		t.Errorf("a time without offset in the mapping's zone: got %+v", f)
	}
	if f := c.Facts[2]; f.ID != "o-1#3" || f.Kind != "packed" || f.Seq != 3 || f.Get("count").Num != 3 || f.By != "" {
		t.Errorf("third fact: got %+v", f)
	}
	if p := w.Persons["Ann"]; p == nil || p.Body != "depot" {
		t.Errorf("persons: got %+v", w.Persons)
	}
}

func TestRefusals(t *testing.T) {
	event := eventOf("Packed", noon)
	deep := strings.Repeat(`<container key="c">`, 70) + strings.Repeat(`</container>`, 70)
	for name, c := range map[string]struct{ xes, says string }{
		"empty":                {"", "no log element"},
		"not a log":            {"<html></html>", "depot.xes:1: no log element: the file begins with <html>; give an XES file"},
		"cut short":            {"<log>\n<trace>\n<event>", "depot.xes:3: trace 1, event 1: the file ends in the middle"},
		"cut within a tag":     {`<log><trace><string key="concept`, "the file ends in the middle"},
		"wrong end":            {"<log><trace></log>", "not well-formed XML"},
		"doctype":              {"<!DOCTYPE log [<!ENTITY a \"aaaa\">]>\n<log/>", "a document type or entity declaration (<!DOCTYPE); remove it"},
		"unknown entity":       {logOf(traceOf("&who;")), "an entity that XML itself does not define"},
		"long value":           {logOf(traceOf("a", eventOf("Packed", noon, attr("string", "note", strings.Repeat("x", 1<<20+1))))), "trace 1, event 1: an attribute or tag of more than 1 MB"},
		"too deep":             {logOf(traceOf("a", deep)), "more than 64 nested levels"},
		"bad date":             {logOf(traceOf("a", event, eventOf("Packed", "yesterday"))), "depot.xes:6: trace 1, event 2: \"yesterday\" is not a date and time; write it as"},
		"a day only":           {logOf(traceOf("a", eventOf("Packed", "2024-03-04"))), "is a day without a time"},
		"skipped hour":         {logOf(traceOf("a", eventOf("Packed", "2024-03-31T01:30:00"))), "never was"},
		"hour occurring twice": {logOf(traceOf("a", eventOf("Packed", "2024-10-27T01:30:00"))), "occurred twice"},
		"year too early":       {logOf(traceOf("a", eventOf("Packed", "0001-01-01T00:00:00Z"))), "is not in the years 1850 to 2199"},
		"year too late":        {logOf(traceOf("a", eventOf("Packed", "2200-01-01T00:00:00Z"))), "is not in the years 1850 to 2199"},
		"no activity":          {logOf(traceOf("a", "<event>"+attr("date", "time:timestamp", noon)+"</event>")), "the event has no activity"},
		"no time":              {logOf(traceOf("a", "<event>"+attr("string", "concept:name", "Packed")+"</event>")), "the event has no time"},
		"unknown activity":     {logOf(traceOf("a", eventOf("Lost", noon))), `the mapping does not know the activity "Lost"; add it to kinds:`},
		"no case id":           {logOf("<trace>" + event + "</trace>"), `the trace has no "concept:name"`},
		"case id twice":        {logOf(traceOf("a"), traceOf("b"), traceOf("a")), "trace 3: the case was already read as trace 1"},
		"attribute twice":      {logOf(traceOf("a", eventOf("Packed", noon, attr("int", "n", "1"), attr("int", "n", "1")))), `the event has the attribute "n" twice`},
		"case attribute twice": {logOf(traceOf("a", attr("int", "n", "1"), attr("int", "n", "1"))), `the trace has the attribute "n" twice`},
		"no key":               {logOf(traceOf("a", `<string value="x"/>`)), "a <string> without key"},
		"no value":             {logOf(traceOf("a", `<string key="x"/>`)), "has no value"},
		"value twice":          {logOf(traceOf("a", `<string key="x" value="1" value="2"/>`)), "states its key or value twice"},
		"not a number":         {logOf(traceOf("a", attr("float", "Amount", "ten"))), "is not a number"},
		"not a whole number":   {logOf(traceOf("a", eventOf("Packed", noon, attr("int", "Count", "9007199254740993")))), "is not a whole number"},
		"not true or false":    {logOf(traceOf("a", eventOf("Packed", noon, attr("boolean", "Urgent", "maybe")))), "neither true nor false"},
		"a list as a field":    {logOf(traceOf("a", `<list key="Amount"/>`)), "which no field can hold"},
		"unknown element":      {logOf("<tracks/>"), "unexpected <tracks>"},
		"event outside":        {logOf(event), "unexpected <event>"},
		"two logs":             {"<log/><log/>", "after the end of the log"},
		"text":                 {"<log>hello</log>", "text between the elements"},
		"control character":    {logOf(traceOf("a&#10;b")), "control character"},
		"not UTF-8":            {logOf(traceOf("\xff\xfe")), "not UTF-8; convert"},
		"not UTF-8 in comment": {"<log><!-- \xff --></log>", "not UTF-8; convert"},
		"UTF-16":               {"\xff\xfe<\x00", "UTF-16"},
		"Latin-1":              {`<?xml version="1.0" encoding="ISO-8859-1"?><log/>`, "another encoding than UTF-8"},
		"broken gzip header":   {"\x1f\x8b\x00\x00", "the gzip is broken"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, _, err := read(mapping(t, ""), c.xes)
			var refused *Error
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), c.says) || refused.Remedy == "" {
				t.Errorf("got %v, want an error with %q", err, c.says)
			}
		})
	}
}

func TestOthers(t *testing.T) {
	xes := logOf(traceOf("a", eventOf("Order taken", noon), eventOf("Label: printed (again)", noon), eventOf("Packed", noon)))
	cases, _, sum, err := read(mapping(t, "others: drop\n"), xes)
	if err != nil || sum.Events != 3 || sum.Dropped != 1 || len(cases[0].Facts) != 2 || cases[0].Facts[1].ID != "a#3" || cases[0].Facts[1].Seq != 3 {
		t.Errorf("drop: got %+v, %v", sum, err)
	}
	cases, _, _, err = read(mapping(t, "others: slug\n"), xes)
	if err != nil || cases[0].Facts[1].Kind != "label-printed-again" {
		t.Errorf("slug: got %v, %v", cases, err)
	}
	_, _, _, err = read(mapping(t, "others: slug\n"), logOf(traceOf("a", eventOf("Label printed", noon), eventOf("Label, printed", noon))))
	if err == nil || !strings.Contains(err.Error(), "as is another; name both") {
		t.Errorf("two activities of one slug: got %v", err)
	}
}

func TestDuplicatesAreKeptAndCounted(t *testing.T) {
	ann, bob := attr("string", "org:resource", "Ann"), attr("string", "org:resource", "Bob")
	nested := `<string key="n" value="1"><int key="m" value="%d"/></string>`
	cases, _, sum, err := read(mapping(t, ""), logOf(
		traceOf("a", eventOf("Packed", noon, ann), eventOf("Packed", noon, bob), "<event>"+ann+attr("date", "time:timestamp", noon)+attr("string", "concept:name", "Packed")+"</event>",
			eventOf("Packed", noon, fmt.Sprintf(nested, 1)), eventOf("Packed", noon, fmt.Sprintf(nested, 2))),
		traceOf("b", eventOf("Packed", noon, ann))))
	if err != nil || sum.Duplicates != 1 || len(cases[0].Facts) != 5 {
		t.Errorf("got %+v, %v; want 1 duplicate, all kept", sum, err)
	}
}

func TestWarningsAreCountedAndCapped(t *testing.T) {
	m := mapping(t, "")
	m.Now = day.FromTime(time.Date(2024, 3, 4, 11, 59, 59, 0, time.UTC))
	events := []string{eventOf("Packed", "2024-03-04T11:59:59Z")}
	for range 30 {
		events = append(events, eventOf("Packed", noon))
	}
	cases, _, sum, err := read(m, logOf(traceOf("a", append(events, eventOf("Packed", "2024-03-04T11:00:00Z", attr("float", "Weight", "NaN")))...)))
	if err != nil || sum.WarningCount != 31 || len(sum.Warnings) != mostWarnings || len(cases[0].Facts) != 32 {
		t.Fatalf("got %d warnings, %d kept, %v", sum.WarningCount, len(sum.Warnings), err)
	}
	if want := "depot.xes:6: trace 1, event 2: the event lies in the future; kept as it stands"; sum.Warnings[0] != want {
		t.Errorf("got %q, want %q", sum.Warnings[0], want)
	}
}

func zipped(t testing.TB, s string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, s); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGzip(t *testing.T) {
	m := mapping(t, "")
	packed := zipped(t, "\xef\xbb\xbf"+logOf(traceOf("a", eventOf("Packed", noon))))
	if _, _, sum, err := read(m, packed); err != nil || sum.Events != 1 {
		t.Fatalf("got %+v, %v", sum, err)
	}
	for n := 2; n < len(packed); n++ {
		if _, _, _, err := read(m, packed[:n]); err == nil {
			t.Errorf("cut to %d of %d bytes: not refused", n, len(packed))
		}
	}
	bad := []byte(packed)
	bad[len(bad)-6] ^= 1 // the checksum
	if _, _, _, err := read(m, string(bad)); err == nil || !strings.Contains(err.Error(), "the gzip is broken") {
		t.Errorf("wrong checksum: got %v", err)
	}
}

// endless is a log with one attribute that never ends.
type endless struct {
	head io.Reader
	read int
}

func (e *endless) Read(p []byte) (int, error) {
	if n, err := e.head.Read(p); err == nil {
		return n, nil
	}
	for i := range p {
		p[i] = 'x'
	}
	e.read += len(p)
	return len(p), nil
}

func TestEndlessAttributeIsNotReadToItsEnd(t *testing.T) {
	for _, head := range []string{`<log><trace><string key="concept:name" value="`, "<log><!--", "<log>", "<!DOCTYPE "} {
		r := &endless{head: strings.NewReader(head)}
		_, err := ReadXES(r, "depot.xes", mapping(t, ""), nil, func(*fact.Case) error { return nil })
		if err == nil || !strings.Contains(err.Error(), "more than 1 MB") {
			t.Errorf("%q: got %v", head, err)
		}
		if r.read > 2*largestToken {
			t.Errorf("%q: read %d bytes", head, r.read)
		}
	}
}

func TestErrorOfEachEndsTheReading(t *testing.T) {
	stop := errors.New("enough")
	n := 0
	_, err := ReadXES(strings.NewReader(logOf(traceOf("a"), traceOf("b"))), "depot.xes", mapping(t, ""), nil, func(*fact.Case) error {
		n++
		return stop
	})
	if !errors.Is(err, stop) || n != 1 {
		t.Errorf("got %v after %d cases", err, n)
	}
}

func TestRealLogs(t *testing.T) {
	dir := os.Getenv("CANDOUR_DATA")
	if dir == "" {
		t.Skip("CANDOUR_DATA is not set: the real logs are not read")
	}
	for _, c := range []struct {
		log                                string
		traces, events, duplicates, people int
	}{
		{"sepsis", 1050, 15214, 1, 0},
		{"receipt", 1434, 8577, 0, 48},
		{"bpic2020_international", 6449, 72151, 0, 2},
	} {
		t.Run(c.log, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join("..", "..", "packs", "process-logs", "mappings", c.log+".yaml"))
			if err != nil {
				t.Fatal(err)
			}
			m, err := ParseMapping(data, c.log+".yaml")
			if err != nil {
				t.Fatal(err)
			}
			f, err := os.Open(filepath.Join(dir, c.log+".xes.gz"))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			facts := 0
			sum, err := ReadXES(f, c.log, m, fact.NewWorld(m.Body), func(c *fact.Case) error {
				facts += len(c.Facts)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if sum.Traces != c.traces || sum.Events != c.events || facts != c.events || sum.Duplicates != c.duplicates ||
				sum.Persons != c.people || sum.Dropped != 0 || sum.WarningCount != 0 {
				t.Errorf("got %+v and %d facts, want %+v", sum, facts, c)
			}
		})
	}
}

func FuzzReadXES(f *testing.F) {
	f.Add([]byte(logOf(traceOf("a", eventOf("Packed", noon, attr("string", "org:resource", "Ann"))))))
	f.Add([]byte(logOf(traceOf("a", attr("float", "Amount", "1e3"), `<list key="l"><int key="i" value="1"/></list>`))))
	f.Add([]byte("<!DOCTYPE log [<!ENTITY a \"b\">]><log>&a;</log>"))
	f.Add([]byte(zipped(f, logOf(traceOf("a")))))
	m := mapping(f, "others: slug\n")
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			t.Skip("large")
		}
		facts := 0
		sum, err := ReadXES(bytes.NewReader(data), "fuzz", m, fact.NewWorld("depot"), func(c *fact.Case) error {
			facts += len(c.Facts)
			for _, g := range c.Facts {
				if g.Case != c.ID || g.Kind == "" || g.At.Lo != g.At.Hi {
					t.Errorf("fact %+v", g)
				}
			}
			return nil
		})
		var refused *Error
		if err != nil && !errors.As(err, &refused) {
			t.Errorf("an error of another kind: %v", err)
		}
		if err == nil && facts+sum.Dropped != sum.Events {
			t.Errorf("%d facts and %d dropped of %d events", facts, sum.Dropped, sum.Events)
		}
	})
}

// FuzzReadXESGzip: packed, a log gives what it gives plain; cut short or with a
// byte changed it is refused, or read, but never with an error of another kind.
func FuzzReadXESGzip(f *testing.F) {
	f.Add([]byte(logOf(traceOf("a", eventOf("Packed", noon, attr("string", "org:resource", "Ann"))))), uint16(0), byte(0))
	f.Add([]byte(logOf(traceOf("a"))), uint16(12), byte(0))
	f.Add([]byte("not a log"), uint16(3), byte(7))
	m := mapping(f, "others: slug\n")
	f.Fuzz(func(t *testing.T, data []byte, at uint16, change byte) {
		if len(data) > 1<<14 {
			t.Skip("large")
		}
		read := func(in []byte) (facts int, err error) {
			_, err = ReadXES(bytes.NewReader(in), "fuzz", m, fact.NewWorld("depot"), func(c *fact.Case) error {
				facts += len(c.Facts)
				return nil
			})
			var refused *Error
			if err != nil && !errors.As(err, &refused) {
				t.Errorf("an error of another kind: %v", err)
			}
			return facts, err
		}
		packed := []byte(zipped(t, string(data)))
		plain, plainErr := read(data)
		if n, err := read(packed); !bytes.HasPrefix(data, []byte{0x1f, 0x8b}) && (n != plain || (err == nil) != (plainErr == nil)) {
			t.Errorf("packed %d facts and %v, plain %d and %v", n, err, plain, plainErr)
		}
		if i := int(at) % len(packed); change == 0 {
			read(packed[:i])
		} else {
			packed[i] ^= change
			read(packed)
		}
	})
}
