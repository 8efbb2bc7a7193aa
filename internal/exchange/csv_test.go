package exchange

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"candour/internal/day"
	"candour/internal/fact"
	"candour/internal/pack"
	"candour/packs"
)

// stock is a layout of two files with one of everything.
const stock = `
format: csv
zone: Europe/London
body: northmere
times: {formats: [dd/mm/yyyy hh:mm, dd/mm/yyyy]}
words: {yes: [Y], no: [N]}
empty: [NULL]
files:
  - {id: crimes, name: crimes.csv, personal: [Victim, Age]}
  - {id: events, name: "events*.csv", personal: [Notes]}
bodies: {id: csc, kind: csc, channel: {from: 2000-01-01, how: system}}
units: {id: team-a, body: northmere}
persons:
  - {id: di1, body: northmere, post: {role: detective-inspector, rank: inspector, unit: team-a, from: 2011-01-01}}
  - {id: ds1, body: northmere, post: {role: detective-sergeant, rank: sergeant, unit: team-a, reports_to: di1, from: 2011-01-01}}
  - {id: pc1, body: northmere}
sources: {id: feed, of: northmere, complete_to: 2012-12-31, silent_after: 3 days}
case: {file: crimes, id: <Crime>, kind: investigation, group: <Group>, given: {risk_grade: {value: <Risk>, codes: {H: high}}}}
parties: {file: crimes, id: <Victim>, role: victim, given: {age: <Age>}}
facts:
  - file: events
    when: {Type: RPT}
    case: <Crime>
    id: <No>
    kind: report.received
    at: <When>
    recorded: <Entered>
    about: {role: victim}
    by: <Officer>
    source: feed
    signed: {by: <Signed>, at: <SignedOn>}
    docs: {type: letter, name: <Paper>}
    fields: {channel: <Channel>, immediate_risk: <Urgent>}
  - file: events
    when: {Type: [ACK]}
    case: <Crime>
    id: <No>
    kind: csc.referral_acknowledged
    at: <When>
    via: {body: csc, how: system, ref: <Paper>}
    supersedes: <Corrects>
`

const (
	stockCrimes = "Crime,Group,Risk,Victim,Age\nC1,child-rape-u13,H,v1,7\n"
	stockEvents = "No,Crime,Type,When,Entered,Officer,Signed,SignedOn,Paper,Channel,Urgent,Corrects,Notes\n"
	soundEvent  = "1,C1,RPT,18/06/2012 10:20,18/06/2012 11:00,pc1,ds1,19/06/2012,Letter one,phone,Y,,an invented note\n"
)

func investigation(t testing.TB) *pack.Pack {
	t.Helper()
	sub, err := fs.Sub(packs.FS, "ew-investigation")
	if err != nil {
		t.Fatal(err)
	}
	p, err := pack.Load(sub, "ew-investigation")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// texts are inputs by name.
func texts(files ...string) []Input {
	var in []Input
	for i := 0; i < len(files); i += 2 {
		in = append(in, Input{Name: files[i], Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(files[i+1])), nil }})
	}
	return in
}

func layoutOf(t testing.TB, text string, pk *pack.Pack) *Layout {
	t.Helper()
	l, err := ParseLayout([]byte(text), "m.yaml", pk)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func readAll(t testing.TB, l *Layout, in []Input) (*Import, []*fact.Case) {
	t.Helper()
	im, err := l.Read(in, Setting{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = im.Close() })
	var cases []*fact.Case
	if err := im.Each(func(c *fact.Case) error { cases = append(cases, c); return nil }); err != nil {
		t.Fatal(err)
	}
	return im, cases
}

func TestOneOfEverything(t *testing.T) {
	im, cases := readAll(t, layoutOf(t, stock, investigation(t)), texts("crimes.csv", stockCrimes,
		"events.csv", stockEvents+soundEvent+"2,C1,ACK,20/06/2012,NULL,,,,M-118,,,,\n3,C1,ACK,20/06/2012 09:00,,,,,M-119,,,2,\n"))
	if im.Left.Faults != 0 || im.Summary.WarningCount != 0 {
		t.Fatalf("got %v, %v", im.Left.Kept, im.Summary.Warnings)
	}
	if len(cases) != 1 || len(cases[0].Facts) != 3 {
		t.Fatalf("got %d cases", len(cases))
	}
	c, f := cases[0], cases[0].Facts[0]
	london, _ := time.LoadLocation("Europe/London")
	at := func(s string) day.Moment {
		m, err := day.ParseMoment(s, london)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	for _, x := range []struct {
		what      string
		got, want any
	}{
		{"group", c.Group, "child-rape-u13"}, {"risk", c.Given[0].Value.Text, "high"}, {"age", c.Parties[0].Given[0].Value.Num, 7.0},
		{"id", f.ID, "C1#1"}, {"at", f.At, at("2012-06-18 10:20")}, {"recorded", f.Recorded, at("2012-06-18 11:00").Lo}, {"stated", f.RecordedStated, true},
		{"about", f.About[0], "v1"}, {"by", f.By, "pc1"}, {"signed", f.Signed[0], fact.Signature{By: "ds1", At: at("2012-06-19").Lo}},
		{"doc", f.Docs[0], fact.Document{Type: "letter", Name: "Letter one"}}, {"channel", f.Get("channel").Text, "phone"}, {"urgent", f.Get("immediate_risk").Bool, true},
		{"whole day", c.Facts[1].At, at("2012-06-20")}, {"NULL is nothing", c.Facts[1].RecordedStated, false}, {"via", *c.Facts[1].Via, fact.Via{Body: "csc", How: "system", Ref: "M-118"}},
		{"supersedes", c.Facts[2].Supersedes, "C1#2"}, {"line", c.Facts[2].Line, 4}, {"seq", c.Facts[2].Seq, int64(4)},
		{"mark", im.World.Sources[0].Marks[0].To, at("2012-12-31").Hi}, {"post", im.World.Persons["ds1"].Posts[0].ReportsTo, "di1"},
		{"channel since", im.World.Bodies["csc"].Channels[0].From, at("2000-01-01").Lo},
	} {
		if x.got != x.want {
			t.Errorf("%s: got %v, want %v", x.what, x.got, x.want)
		}
	}
}

// event is a row of an event with one value changed.
func event(column int, value string) string {
	cells := strings.Split(strings.TrimSuffix(soundEvent, "\n"), ",")
	cells[column] = value
	return strings.Join(cells, ",") + "\n"
}

// TestFaultsOfRows: what each is told as, word for word where it matters.
func TestFaultsOfRows(t *testing.T) {
	l := layoutOf(t, stock, investigation(t))
	for name, c := range map[string]struct{ rows, says string }{
		"no such day":       {event(3, "31/02/2012 10:00"), `events.csv:2: When: "31/02/2012 10:00": no day that exists; mend it`},
		"month first":       {event(3, "06/18/2012 10:00"), `events.csv:2: When: "06/18/2012 10:00": no day that exists; with day and month changed round it would be one; see whether the format`},
		"no such hour":      {event(3, "18/06/2012 25:00"), `When: "18/06/2012 25:00": no time of day that exists`},
		"two digits":        {event(3, "18/06/12 10:20"), `When: "18/06/12 10:20": a year of two digits; write all four digits; or add a format with yy to the mapping, and pivot:`},
		"unreadable":        {event(3, "tbc"), "events.csv:2: When: 3 characters, all letters: not written in a form that the mapping knows; the mapping knows dd/mm/yyyy hh:mm, dd/mm/yyyy; mend the row, or add its format"},
		"absurd year":       {event(3, "18/06/0212 10:20"), "not in the years 1850 to 2199"},
		"skipped hour":      {event(3, "25/03/2012 01:30"), "a time that never was: the clocks went forward over it"},
		"hour twice":        {event(3, "28/10/2012 01:30"), "a time that occurred twice: the clocks went back; give the time with its offset; or write repeated_hour: either"},
		"no time":           {event(3, ""), "events.csv:2: When: empty: the row does not say when it happened; fill in the column; or give the rule a when:"},
		"neither yes or no": {event(10, "perhaps"), `Urgent: 7 characters, all letters: neither yes nor no; the mapping knows Y, N`},
		"unknown code":      {event(2, "ZZ-17"), `events.csv:2: no rule of the mapping makes a fact of this row; add a rule under facts: for rows in which Type is "ZZ-17"; or write others: drop at the file`},
		"no case":           {event(1, ""), "events.csv:2: Crime: empty: the row does not say which case it is of; fill in the column"},
		"unknown case":      {event(1, "C9"), `events.csv:2: Crime: "C9": no row without fault gives this case`},
		"unknown person":    {event(5, "pc9"), `Officer: "pc9": no row without fault gives this person; add its row, or mend the name`},
		"unknown signature": {event(6, "pc9"), `Signed: "pc9": no row without fault gives this person`},
		"signed, not when":  {event(7, ""), "SignedOn: empty: signed, but the row does not say when"},
		"no key":            {event(0, ""), "No: empty: the fact has no key; fill in the column, or leave id: out of the rule"},
		"too many columns":  {"0," + soundEvent, "events.csv:2: the row has 14 columns where the header has 13: it is shifted; put a value that holds the delimiter in quotation marks"},
		"too few columns":   {"1,C1,RPT\n", "events.csv:2: the row has 3 columns where the header has 13: it is shifted; see whether a delimiter is missing"},
		"key again":         {soundEvent + event(9, "letter"), `events.csv:3: No: "1": events.csv:2 has the same key and says something else; see which is right; the first is used`},
		"bare quotation":    {event(9, `5" tape`), "events.csv:2: character 75: a quotation mark within a value that does not begin with one; double it"},
		"after the closing": {event(9, `"a" b`), "a quotation mark is not closed, or something follows the closing one"},
		"not closed":        {event(9, `"phone`), "a quotation mark is not closed"},
		"not UTF-8":         {event(9, "caf\xe9"), "events.csv:2: the line is not UTF-8; write encoding: windows-1252 in the mapping if the whole file is, or encoding: auto"},
		"a NUL":             {event(9, "a\x00b"), "events.csv:2: the line holds a NUL byte; take it out"},
		"corrects nothing":  {"2,C1,ACK,20/06/2012,,,,,M-1,,,9,\n", `Corrects: "9": no row without fault gives this fact of the case`},
		"corrects itself":   {"2,C1,ACK,20/06/2012,,,,,M-1,,,2,\n", "facts correct each other in a circle"},
		"corrects a kind":   {soundEvent + "2,C1,ACK,20/06/2012,,,,,M-1,,,1,\n", "the fact corrects one of another kind"},
		"a control in name": {event(0, "\"1\n2\""), "a name with a line break or another control character"},
	} {
		t.Run(name, func(t *testing.T) {
			im, _ := readAll(t, l, texts("crimes.csv", stockCrimes, "events.csv", stockEvents+c.rows))
			if im.Left.Faults != 1 || im.Left.Rows != 1 {
				t.Fatalf("got %d faults of %d rows: %v", im.Left.Faults, im.Left.Rows, im.Left.Kept)
			}
			f := im.Left.Kept[0]
			if !strings.Contains(f.String(), c.says) {
				t.Errorf("got  %s\nwant %s", f, c.says)
			}
			if f.File != "events.csv" || f.Line < 2 || f.Reason == "" || f.Remedy == "" {
				t.Errorf("got %+v", f)
			}
		})
	}
}

func TestFaultsOfCasesAndParties(t *testing.T) {
	l := layoutOf(t, stock, investigation(t))
	for name, c := range map[string]struct{ rows, says string }{
		"no number":            {"C1,g,H,v1,seven\n", "crimes.csv:2: Age: 5 characters, all letters: not a number; write it in digits with a point and nothing else"},
		"unknown code":         {"C1,g,X,v1,7\n", `crimes.csv:2: Risk: "X": the mapping has no such code; add it to the codes, or write others: drop there`},
		"no party":             {"C1,g,H,,7\n", "crimes.csv:2: Victim: empty: the party has no id"},
		"case said twice":      {"C1,g,H,v1,7\nC1,other,H,v2,8\n", `crimes.csv:3: Group: 5 characters, all letters: an earlier row says something else; see which is right; the first is used`},
		"party said twice":     {"C1,g,H,v1,7\nC1,g,H,v1,8\n", "crimes.csv:3: Age: 1 character, all digits: an earlier row says something else"},
		"a quotation for ever": {"C1,g,H,v1,7\nC2,\"g,H,v1,7\nC3,g,H,v1,7\nC4,g,H,v1,7\n", "crimes.csv:3: character 14: a quotation mark is not closed"},
	} {
		t.Run(name, func(t *testing.T) {
			im, cases := readAll(t, l, texts("crimes.csv", "Crime,Group,Risk,Victim,Age\n"+c.rows, "events.csv", stockEvents))
			if im.Left.Faults != 1 || !strings.Contains(im.Left.Kept[0].String(), c.says) {
				t.Errorf("got %v, want %s", im.Left.Kept, c.says)
			}
			if name == "a quotation for ever" && len(cases) != 3 {
				t.Errorf("got %d cases: the rows after it must be read", len(cases))
			}
		})
	}
}

func TestAboutAPartyThatIsNotThere(t *testing.T) {
	l := layoutOf(t, stock, investigation(t))
	im, _ := readAll(t, l, texts("crimes.csv", "Crime,Group,Risk,Victim,Age\nC1,g,H,v1,x\n", "events.csv", stockEvents+soundEvent))
	if im.Left.Rows != 2 || im.Left.Kept[1].Reason != "no row without fault gives this case" {
		t.Errorf("got %v", im.Left.Kept)
	}
	named := strings.Replace(stock, "about: {role: victim}", "about: <Channel>", 1)
	im, _ = readAll(t, layoutOf(t, named, nil), texts("crimes.csv", stockCrimes, "events.csv", stockEvents+soundEvent))
	if im.Left.Rows != 1 || im.Left.Kept[0].String() != `events.csv:2: Channel: 5 characters, all letters: no row without fault gives this party of the case; add its row, or mend the name` {
		t.Errorf("got %v", im.Left.Kept)
	}
}

func TestRepeatedRowsAreReadOnce(t *testing.T) {
	im, cases := readAll(t, layoutOf(t, stock, investigation(t)), texts("crimes.csv", stockCrimes,
		"events-1.csv", stockEvents+soundEvent, "events-2.csv", stockEvents+soundEvent+event(0, "2")))
	if im.Left.Faults != 0 || im.Summary.Repeated != 1 || len(cases[0].Facts) != 2 {
		t.Errorf("got %v, %+v", im.Left.Kept, im.Summary)
	}
}

func TestTheSameFileGivesTheSameIDs(t *testing.T) {
	l := layoutOf(t, strings.Replace(stock, "    id: <No>\n", "", 1), nil)
	ids := func(events string) (out []string) {
		_, cases := readAll(t, l, texts("crimes.csv", stockCrimes, "events.csv", stockEvents+events))
		for _, f := range cases[0].Facts {
			out = append(out, f.ID)
		}
		return out
	}
	a, b := ids(soundEvent+event(9, "letter")), ids(event(9, "letter")+soundEvent)
	if len(a) != 2 || a[0] != b[1] || a[1] != b[0] || a[0] == a[1] {
		t.Errorf("got %v and %v", a, b)
	}
}

func TestRowsComeInAnyOrder(t *testing.T) {
	l := layoutOf(t, stock, investigation(t))
	crimes, events := "Crime,Group,Risk,Victim,Age\n", stockEvents
	for n := range 50 {
		for _, k := range []string{"C1", "C2", "C3"} {
			if n == 49 {
				crimes += k + ",g,H,v1,7\n"
			}
			events += strings.Replace(event(0, k+string(rune('a'+n%26))+string(rune('a'+n/26))), ",C1,", ","+k+",", 1)
		}
	}
	for _, memory := range []int{0, 1} { // all in memory; every row a run of its own
		im, err := l.Read(texts("crimes.csv", crimes, "events.csv", events), Setting{TempDir: t.TempDir(), Memory: memory})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for range 2 {
			if err := im.Each(func(c *fact.Case) error {
				got = append(got, c.ID)
				for i, f := range c.Facts {
					if i > 0 && f.Seq <= c.Facts[i-1].Seq {
						t.Errorf("%s: facts out of order", c.ID)
					}
				}
				if len(c.Facts) != 50 {
					t.Errorf("%s: got %d facts", c.ID, len(c.Facts))
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		if strings.Join(got, " ") != "C1 C2 C3 C1 C2 C3" || memory == 1 && im.Summary.Spilled < 100 {
			t.Errorf("got %v, %d runs", got, im.Summary.Spilled)
		}
		if err := im.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNoTemporaryFileStays(t *testing.T) {
	dir := t.TempDir()
	l := layoutOf(t, stock, nil)
	im, err := l.Read(texts("crimes.csv", stockCrimes, "events.csv", stockEvents+soundEvent+event(0, "2")), Setting{TempDir: dir, Memory: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := im.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Read(texts("crimes.csv", stockCrimes, "events.csv", "No\n"), Setting{TempDir: dir, Memory: 1}); err == nil {
		t.Fatal("a file without the columns was not refused")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestFilesRefusedAsAWhole(t *testing.T) {
	l := layoutOf(t, stock, nil)
	for name, c := range map[string]struct {
		in   []Input
		says string
	}{
		"missing":        {texts("crimes.csv", stockCrimes), `m.yaml:10: no file is called "events*.csv", which is events; give it, or write optional: yes`},
		"unknown":        {texts("crimes.csv", stockCrimes, "events.csv", stockEvents, "more.csv", ""), "more.csv: the mapping names no such file; its files are crimes.csv, events*.csv"},
		"empty":          {texts("crimes.csv", stockCrimes, "events.csv", ""), "events.csv:1: the file is empty; export it again"},
		"no column":      {texts("crimes.csv", "Crime,Group\n", "events.csv", stockEvents), `crimes.csv:1: there is no column "Risk", which the mapping uses; the columns are Crime, Group`},
		"delimiter":      {texts("crimes.csv", strings.ReplaceAll(stockCrimes, ",", ";"), "events.csv", stockEvents), `see whether the delimiter is ";"`},
		"a column twice": {texts("crimes.csv", "Crime,Crime\n", "events.csv", stockEvents), `crimes.csv:1: two columns are called "Crime"; give each its own name`},
		"UTF-16":         {texts("crimes.csv", "\xff\xfeC\x00", "events.csv", stockEvents), "crimes.csv:1: the file is UTF-16; save it as UTF-8"},
		"broken gzip":    {texts("crimes.csv", "\x1f\x8b\x00", "events.csv", stockEvents), "crimes.csv: the file cannot be read"},
		"cannot be opened": {append(texts("crimes.csv", stockCrimes), Input{Name: "events.csv", Open: func() (io.ReadCloser, error) { return nil, os.ErrPermission }}),
			"events.csv: the file cannot be opened; see whether it is there and may be read"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := l.Read(c.in, Setting{})
			var refused *Error
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %s", err, c.says)
			}
		})
	}
}

func TestEncodings(t *testing.T) {
	doc := func(encoding, name string) (*Import, string) {
		m := strings.Replace(stock, `personal: [Notes]`, `personal: [Notes], encoding: `+encoding, 1)
		im, cases := readAll(t, layoutOf(t, m, nil), texts("crimes.csv", "\xef\xbb\xbf"+stockCrimes, "events.csv", stockEvents+event(8, name)))
		if len(cases) == 0 || len(cases[0].Facts) == 0 {
			return im, ""
		}
		return im, cases[0].Facts[0].Docs[0].Name
	}
	if _, got := doc("windows-1252", "\x93r\xe9sum\xe9\x94 \x80"); got != "“résumé” €" {
		t.Errorf("windows-1252: got %q", got)
	}
	if im, got := doc("auto", "r\xe9sum\xe9"); got != "résumé" || len(im.Summary.Notes) != 1 || im.Summary.Notes[0] != "events.csv:2: not UTF-8, so read as windows-1252: 1 line in all" {
		t.Errorf("auto: got %q, %v", got, im.Summary.Notes)
	}
	if im, got := doc("auto", "résumé"); got != "résumé" || len(im.Summary.Notes) != 0 {
		t.Errorf("auto, UTF-8: got %q, %v", got, im.Summary.Notes)
	}
	if im, _ := doc("windows-1252", "a\x81"); im.Left.Faults != 1 || !strings.Contains(im.Left.Kept[0].Reason, "windows-1252 does not have") {
		t.Errorf("no such letter: got %v", im.Left.Kept)
	}
}

func TestNothingPersonalIsRepeated(t *testing.T) {
	const secret = "Wilhelmina"
	im, _ := readAll(t, layoutOf(t, stock, investigation(t)), texts("crimes.csv", stockCrimes+"C2,g,H,v1,"+secret+"\nC3,g,H,"+secret+",7\nC3,g,H,"+secret+",8\n",
		"events.csv", stockEvents+event(3, secret)+event(4, secret)+event(7, secret)+"x,"+soundEvent+strings.Replace(soundEvent, "an invented note", secret+",", 1)))
	if im.Left.Faults < 6 {
		t.Fatalf("got %v", im.Left.Kept)
	}
	for _, f := range im.Left.Kept {
		if strings.Contains(f.String(), secret) {
			t.Errorf("told: %s", f)
		}
	}
}

// A row shifted so that it still has as many columns puts a name where a code, a
// person or an unremarkable word should be.
func TestNothingPersonalIsRepeatedOfShiftedRows(t *testing.T) {
	const secret = "WILHELMINA"
	l := layoutOf(t, stock, investigation(t))
	for column := range 13 {
		cells := strings.Split(strings.TrimSuffix(soundEvent, "\n"), ",")
		copy(cells[column+1:], append([]string{}, cells[column:]...))
		cells[column] = secret
		im, _ := readAll(t, l, texts("crimes.csv", stockCrimes, "events.csv", stockEvents+strings.Join(cells, ",")+"\n"))
		for _, f := range im.Left.Kept {
			if strings.Contains(f.String(), secret) {
				t.Errorf("shifted from %d: %s", column, f)
			}
			if column == 2 && !strings.Contains(f.Remedy, "see also whether the row is shifted") {
				t.Errorf("got %s", f)
			}
		}
	}
}

func TestRepeatedHourAndPivot(t *testing.T) {
	m := strings.Replace(stock, "formats: [dd/mm/yyyy hh:mm, dd/mm/yyyy]", "formats: [dd/mm/yy hh:mm, dd/mm/yyyy hh:mm, dd/mm/yyyy], pivot: 30, repeated_hour: either", 1)
	_, cases := readAll(t, layoutOf(t, m, nil), texts("crimes.csv", stockCrimes, "events.csv", stockEvents+event(3, "28/10/12 01:30")+strings.Replace(event(3, "28/10/74 12:00"), "1,", "2,", 1)))
	a, b := cases[0].Facts[0].At, cases[0].Facts[1].At
	if a.Hi-a.Lo != day.Instant(time.Hour) || b.Lo.Time(time.UTC).Year() != 1974 {
		t.Errorf("got %v, %v", a, b)
	}
}

func TestJoins(t *testing.T) {
	const m = `
format: csv
zone: UTC
body: depot
files:
  - {id: orders, name: orders.csv}
  - {id: codes, name: codes.csv}
  - {id: log, name: log.csv, join: [{file: orders, on: <Order>, key: Ref}, {file: codes, on: <Code>, key: Code, as: means, missing: empty}]}
case: {file: orders, id: <Case>, kind: order}
facts: {file: log, case: <orders.Case>, kind: {value: <means.Kind>, empty: other}, at: <At>}
`
	l := layoutOf(t, m, nil)
	files := []string{"orders.csv", "Ref,Case\n1,A\n2,B\n", "codes.csv", "Code,Kind\nP,packed\nP,packed\n", "log.csv", "Order,Code,At\n1,P,2012-01-02\n2,Q,2012-01-03\n3,P,2012-01-04\n"}
	im, cases := readAll(t, l, texts(files...))
	if len(cases) != 2 || cases[0].ID != "A" || cases[0].Facts[0].Kind != "packed" || cases[1].Facts[0].Kind != "other" {
		t.Errorf("got %+v", cases)
	}
	if len(im.Left.Kept) != 1 || im.Left.Kept[0].String() != `log.csv:4: Order: "3": no row of orders has this key; add the row there, or write missing: empty in the join` {
		t.Errorf("got %v", im.Left.Kept)
	}
	files[3] += "P,sent\n"
	im, _ = readAll(t, l, texts(files...))
	if im.Left.Kept[0].String() != `codes.csv:4: Code: "P": another row of the file has this key and says something else; keep one; the first is used` {
		t.Errorf("got %v", im.Left.Kept)
	}
}

func TestSeveralFactsOfARow(t *testing.T) {
	const m = `
format: csv
zone: UTC
body: depot
files: [{id: orders, name: orders.csv, others: drop}]
case: {id: <Ref>, kind: order}
facts:
  - {when: {Packed: {empty: no}}, id: packed, kind: packed, at: <Packed>, fields: {items: {value: <Items>, split: ";"}, note: {value: <Note>, type: text}}}
  - {when: {Sent: {empty: no}, State: {not: [held, lost]}}, id: sent, kind: sent, at: {value: <Sent>, to: <Came>}}
`
	im, cases := readAll(t, layoutOf(t, m, nil), texts("orders.csv", "Ref,Packed,Items,Note,Sent,Came,State\nA,2012-01-02,x; y,n,2012-01-03,2012-01-05,ok\nB,,,,2012-01-03,,held\n"))
	if im.Left.Faults != 0 || im.Summary.Bare != 1 || len(cases) != 2 || len(cases[0].Facts) != 2 || len(cases[1].Facts) != 0 {
		t.Fatalf("got %v, %+v", im.Left.Kept, im.Summary)
	}
	items := cases[0].Facts[0].Get("items").List
	sent := cases[0].Facts[1]
	if len(items) != 2 || items[1].Text != "y" || sent.ID != "A#sent" || sent.At.Hi.Time(time.UTC).Day() != 5 {
		t.Errorf("got %v, %+v", items, sent)
	}
	im, _ = readAll(t, layoutOf(t, m, nil), texts("orders.csv", "Ref,Packed,Items,Note,Sent,Came,State\nA,,,,2012-01-03,2012-01-01,ok\n"))
	if im.Left.Faults != 1 || im.Left.Kept[0].Reason != "the end is before the beginning" || im.Left.Kept[0].Column != "Came" {
		t.Errorf("got %v", im.Left.Kept)
	}
}

func TestReferencesBecomeFacts(t *testing.T) {
	const m = `
format: csv
zone: UTC
body: b
files: [{id: log, name: log.csv}]
case: {id: <Case>, kind: investigation}
parties: {id: v1, role: victim}
facts: {id: <No>, kind: victim.told, at: <At>, about: v1, fields: {event_ref: {value: <Of>, split: ";"}, method: <How>}}
`
	im, cases := readAll(t, layoutOf(t, m, investigation(t)), texts("log.csv", "No,Case,At,Of,How\n1,A,2012-01-02,,letter\n2,A,2012-01-03,1;9,letter\n"))
	refs := cases[0].Facts[1].Get("event_ref").List
	if len(refs) != 2 || refs[0].Text != "A#1" || refs[1].Text != "9" || im.Summary.WarningCount != 1 ||
		im.Summary.Warnings[0] != "log.csv:3: event_ref refers to no fact of the case; kept as it stands" {
		t.Errorf("got %v, %v, %v", refs, im.Summary.Warnings, im.Left.Kept)
	}
}

func TestWhatThePackRefuses(t *testing.T) {
	const m = `
format: csv
zone: UTC
body: b
files: [{id: log, name: log.csv}]
case: {id: <Case>, kind: investigation}
facts:
  - {when: {Kind: risk}, id: <No>, kind: risk.assessed, at: <At>, fields: {grade: <Result>}}
  - {when: {Kind: work}, id: <No>, kind: work.reviewed, at: <At>, fields: {person: <Who>}}
`
	l := layoutOf(t, m, investigation(t))
	im, _ := readAll(t, l, texts("log.csv", "No,Case,Kind,At,Who,Result\n1,A,risk,2012-01-02,,perhaps\n2,A,work,2012-01-02,,\n"))
	if len(im.Left.Kept) != 2 || im.Left.Kept[0].Column != "Result" || !strings.Contains(im.Left.Kept[0].Reason, "standard, medium") ||
		im.Left.Kept[1].Column != "Who" || !strings.Contains(im.Left.Kept[1].Reason, "is required and missing") {
		t.Errorf("got %v", im.Left.Kept)
	}
}

func TestWorldInAnyOrder(t *testing.T) {
	const m = `
format: csv
zone: UTC
body: b
files: [{id: staff, name: staff.csv}, {id: log, name: log.csv}]
units: {file: staff, when: {What: unit}, id: <Name>, parent: <Over>}
persons: {file: staff, when: {What: person}, id: <Name>, body: b, post: {role: clerk, unit: <Unit>, reports_to: <Over>, from: <From>, to: <To>}}
case: {file: log, id: <Case>, kind: k}
facts: {file: log, kind: k, at: <At>, by: <By>}
`
	im, _ := readAll(t, layoutOf(t, m, nil), texts("staff.csv", "What,Name,Unit,Over,From,To\n"+
		"person,a,u1,b,2012-01-01,2012-06-30\nperson,b,u1,,2012-01-01,\nunit,u1,,u0,,\nunit,u0,,,,\nperson,a,u1,b,2012-07-01,\nperson,b,u1,,2012-01-01,\nperson,c,u9,z,2012-01-01,\nperson,d,,,2013-01-01,2012-01-01\n",
		"log.csv", "Case,At,By\nA,2012-01-01,a\n"))
	if len(im.World.Persons["a"].Posts) != 2 || im.World.Units["u1"].Parent != "u0" || im.Summary.Repeated != 1 || len(im.World.Persons["c"].Posts) != 0 {
		t.Errorf("got %+v, %+v", im.World.Persons["a"], im.Summary)
	}
	var told []string
	for _, f := range im.Left.Kept {
		told = append(told, f.String())
	}
	want := []string{
		`staff.csv:8: Unit: "u9": no row declares this unit; add its row; what names it is left out`,
		`staff.csv:8: Over: "z": no row declares this person; add its row; what names it is left out`,
		`staff.csv:9: To: "2012-01-01": the end is before the beginning; mend the dates`,
	}
	if strings.Join(told, "\n") != strings.Join(want, "\n") || im.Left.Rows != 2 {
		t.Errorf("got %d rows\n%s", im.Left.Rows, strings.Join(told, "\n"))
	}
}

func TestLeftAsCSV(t *testing.T) {
	l := Leavings{}
	for n := range mostLeft + 3 {
		l.add(Left{File: "a.csv", Line: n + 2, Column: "When", Shape: "3 characters", Reason: "no", Remedy: "mend, it"}, true)
	}
	var b strings.Builder
	if err := l.WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != mostLeft+2 || lines[1] != `a.csv,2,When,3 characters,no,"mend, it"` || !strings.Contains(lines[mostLeft+1], "and 3 more faults") || l.Rows != mostLeft+3 {
		t.Errorf("got %d lines, %q, %q", len(lines), lines[1], lines[len(lines)-1])
	}
}

func TestFutureIsWarnedOf(t *testing.T) {
	im, err := layoutOf(t, stock, nil).Read(texts("crimes.csv", stockCrimes, "events.csv", stockEvents+soundEvent), Setting{Now: day.FromTime(time.Date(2012, 6, 1, 0, 0, 0, 0, time.UTC))})
	if err != nil || im.Summary.WarningCount != 1 || im.Summary.Warnings[0] != "events.csv:2: When lies in the future; kept as it stands" {
		t.Errorf("got %v, %v", im, err)
	}
}
