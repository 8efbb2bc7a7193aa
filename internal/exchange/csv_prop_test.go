package exchange

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"candour/internal/day"
	"candour/internal/fact"
)

const roundLayout = `
format: csv
zone: Europe/London
body: northmere
times: {formats: [dd/mm/yyyy hh:mm offset]}
words: {yes: [J], no: [N]}
files: [{id: cases, name: cases.csv, delimiter: ";"}, {id: people, name: people.csv}, {id: log, name: log.csv, delimiter: tab}]
persons: {file: people, id: <Id>}
case: {file: cases, id: <Case>, kind: <Kind>, group: <Group>}
parties: {file: cases, when: {Party: {empty: no}}, id: <Party>, role: <Role>}
facts:
  file: log
  case: <Case>
  id: <Key>
  kind: <Kind>
  at: {value: <From>, to: <To>}
  recorded: <Recorded>
  about: {value: <About>, split: "|"}
  by: <By>
  signed: [{by: <Sign1>, at: <Sign1At>}, {by: <Sign2>, at: <Sign2At>}]
  docs: {type: <DocType>, name: <DocName>}
  via: {person: <Via>, how: <How>, ref: <Ref>}
  answers: {value: <Answers>, split: "|"}
  fields:
    words: <Words>
    number: {value: <Number>, type: number}
    sure: {value: <Sure>, type: yes-no}
    list: {value: <List>, split: "|"}
`

// written are cases, to be said by files.
type written struct {
	cases   []*fact.Case
	persons []string
}

// word draws a text that blanks do not begin or end, with all that makes CSV hard.
func word() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		s := rapid.StringOfN(rapid.RuneFrom([]rune("ab ,;\"\t\n'é–<>#%1")), 1, 12, -1).Draw(t, "word")
		return cmp.Or(trim(strings.ReplaceAll(s, "\r", "")), "x")
	})
}

// name draws one without control characters.
func name() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return cmp.Or(trim(strings.NewReplacer("\n", "", "\t", "").Replace(word().Draw(t, "name"))), "n")
	})
}

func minute(t *rapid.T, what string) day.Instant {
	return day.FromTime(time.Unix(rapid.Int64Range(-2_000_000, 60_000_000).Draw(t, what)*60, 0))
}

func distinct(t *rapid.T, what string, most int) []string {
	return rapid.SliceOfNDistinct(name(), 1, most, rapid.ID[string]).Draw(t, what)
}

func draw(t *rapid.T) *written {
	w := &written{persons: distinct(t, "persons", 4)}
	for _, id := range distinct(t, "cases", 4) {
		c := &fact.Case{ID: id, Kind: name().Draw(t, "kind"), Group: rapid.OneOf(rapid.Just(""), word()).Draw(t, "group")}
		for _, p := range distinct(t, "parties", 3) {
			c.Parties = append(c.Parties, &fact.Party{ID: p, Case: id, Role: word().Draw(t, "role")})
		}
		for n, key := range distinct(t, "facts", 5) {
			c.Facts = append(c.Facts, w.fact(t, c, key, n))
		}
		w.cases = append(w.cases, c)
	}
	slices.SortFunc(w.cases, func(a, b *fact.Case) int { return strings.Compare(a.ID, b.ID) })
	return w
}

func (w *written) fact(t *rapid.T, c *fact.Case, key string, n int) *fact.Fact {
	maybe := func(what string) bool { return rapid.Bool().Draw(t, what) }
	f := &fact.Fact{ID: factID(c.ID, key), Case: c.ID, Kind: name().Draw(t, "kind"), At: day.At(minute(t, "at")), By: rapid.SampledFrom(w.persons).Draw(t, "by")}
	if maybe("interval") {
		f.At.Hi += day.Instant(rapid.Int64Range(1, 10_000).Draw(t, "length") * int64(time.Minute))
	}
	if f.Recorded = f.At.Hi; maybe("recorded") {
		f.Recorded, f.RecordedStated = minute(t, "recorded"), true
	}
	for i, p := range c.Parties {
		if maybe("about") && i < 2 && !strings.Contains(p.ID, "|") {
			f.About = append(f.About, p.ID)
		}
	}
	for range rapid.IntRange(0, 2).Draw(t, "signatures") {
		f.Signed = append(f.Signed, fact.Signature{By: rapid.SampledFrom(w.persons).Draw(t, "signer"), At: minute(t, "signed")})
	}
	if maybe("document") {
		f.Docs = []fact.Document{{Type: word().Draw(t, "type"), Name: word().Draw(t, "paper")}}
	}
	if maybe("via") {
		f.Via = &fact.Via{Person: rapid.SampledFrom(w.persons).Draw(t, "via"), How: rapid.SampledFrom(hows).Draw(t, "how"), Ref: rapid.OneOf(rapid.Just(""), word()).Draw(t, "ref")}
	}
	if n > 0 && maybe("answers") {
		f.Answers = []string{c.Facts[0].ID}
	}
	add := func(name string, v fact.Value) { f.Fields = append(f.Fields, fact.Field{Name: name, Value: v}) }
	if maybe("words") {
		add("words", fact.Value{Kind: fact.Text, Text: word().Draw(t, "words")})
	}
	if maybe("number") {
		add("number", fact.Value{Kind: fact.Number, Num: float64(rapid.IntRange(-1000, 1000).Draw(t, "number")) / 8})
	}
	if maybe("sure") {
		add("sure", fact.Value{Kind: fact.Bool, Bool: maybe("yes")})
	}
	if maybe("list") {
		v := fact.Value{Kind: fact.List}
		for range rapid.IntRange(1, 3).Draw(t, "items") {
			v.List = append(v.List, fact.Value{Kind: fact.Text, Text: word().Draw(t, "item")})
		}
		add("list", v)
	}
	return f
}

// write makes the files, the rows of the log in any order.
func (w *written) write(t *rapid.T) []Input {
	cases := [][]string{{"Case", "Kind", "Group", "Party", "Role"}}
	people := [][]string{{"Id"}}
	log := [][]string{}
	for _, p := range w.persons {
		people = append(people, []string{p})
	}
	for _, c := range w.cases {
		for _, p := range c.Parties {
			cases = append(cases, []string{c.ID, c.Kind, c.Group, p.ID, p.Role})
		}
		for _, f := range c.Facts {
			log = append(log, rowOf(c, f))
		}
	}
	log = rapid.Permutation(log).Draw(t, "order")
	log = append([][]string{{"Case", "Key", "Kind", "From", "To", "Recorded", "About", "By", "Sign1", "Sign1At", "Sign2", "Sign2At", "DocType", "DocName",
		"Via", "How", "Ref", "Answers", "Words", "Number", "Sure", "List"}}, log...)
	return texts("cases.csv", sheetOf(cases, ';'), "people.csv", sheetOf(people, ','), "log.csv", sheetOf(log, '\t'))
}

func stamp(at day.Instant) string { return at.Time(time.UTC).Format("02/01/2006 15:04 ") + "Z" }

func rowOf(c *fact.Case, f *fact.Fact) []string {
	key := func(id string) string {
		return strings.NewReplacer("%23", "#", "%25", "%").Replace(strings.TrimPrefix(id, c.ID+"#"))
	}
	r := []string{c.ID, key(f.ID), f.Kind, stamp(f.At.Lo), "", "", strings.Join(f.About, "|"), f.By, "", "", "", "", "", "", "", "", "", "", "", "", "", ""}
	if !f.At.Exact() {
		r[4] = stamp(f.At.Hi)
	}
	if f.RecordedStated {
		r[5] = stamp(f.Recorded)
	}
	for i, s := range f.Signed {
		r[8+2*i], r[9+2*i] = s.By, stamp(s.At)
	}
	for _, d := range f.Docs {
		r[12], r[13] = d.Type, d.Name
	}
	if f.Via != nil {
		r[14], r[15], r[16] = f.Via.Person, f.Via.How, f.Via.Ref
	}
	for _, a := range f.Answers {
		r[17] = key(a)
	}
	r[18] = f.Get("words").Text
	if v := f.Get("number"); v.Kind == fact.Number {
		r[19] = strconv.FormatFloat(v.Num, 'f', -1, 64)
	}
	if v := f.Get("sure"); v.Kind == fact.Bool {
		r[20] = map[bool]string{true: "J", false: "N"}[v.Bool]
	}
	var items []string
	for _, it := range f.Get("list").List {
		items = append(items, it.Text)
	}
	r[21] = strings.Join(items, "|")
	return r
}

func sheetOf(rows [][]string, comma rune) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.Comma = comma
	if err := w.WriteAll(rows); err != nil {
		panic(err)
	}
	return b.String()
}

// TestFactsThroughCSVAndBack: what is written by a mapping is read back equal, with
// all in memory and with every few rows spilled.
func TestFactsThroughCSVAndBack(t *testing.T) {
	l := layoutOf(t, roundLayout, nil)
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t)
		im, err := l.Read(w.write(t), Setting{TempDir: dir, Memory: rapid.SampledFrom([]int{0, 1, 500}).Draw(t, "memory")})
		if err != nil {
			t.Fatal(err)
		}
		defer im.Close()
		if im.Left.Faults > 0 {
			t.Fatalf("left out: %v", im.Left.Kept)
		}
		var got []*fact.Case
		if err := im.Each(func(c *fact.Case) error { got = append(got, c); return nil }); err != nil {
			t.Fatal(err)
		}
		for _, cases := range [][]*fact.Case{got, w.cases} {
			for _, c := range cases {
				settle(c)
			}
		}
		if !reflect.DeepEqual(got, w.cases) {
			t.Fatalf("got  %s\nwant %s", show(got), show(w.cases))
		}
	})
}

// settle takes out what a file does not keep: lines and the order of rows.
func settle(c *fact.Case) {
	c.Line = 0
	for _, p := range c.Parties {
		p.Line = 0
	}
	slices.SortFunc(c.Parties, func(a, b *fact.Party) int { return strings.Compare(a.ID, b.ID) })
	for _, f := range c.Facts {
		f.Line, f.Seq = 0, 0
		slices.Sort(f.About)
	}
	slices.SortFunc(c.Facts, func(a, b *fact.Fact) int { return strings.Compare(a.ID, b.ID) })
}

func show(cases []*fact.Case) string {
	var b strings.Builder
	for _, c := range cases {
		fmt.Fprintf(&b, "%q %q %q\n", c.ID, c.Kind, c.Group)
		for _, p := range c.Parties {
			fmt.Fprintf(&b, "  %+v\n", *p)
		}
		for _, f := range c.Facts {
			fmt.Fprintf(&b, "  %+v\n", *f)
		}
	}
	return b.String()
}

// FuzzImport: whatever stands in the files, reading them tells faults and never
// fails in another way; every row is accounted for.
func FuzzImport(f *testing.F) {
	f.Add([]byte(stockCrimes), []byte(stockEvents+soundEvent))
	f.Add([]byte("\xef\xbb\xbf"+stockCrimes), []byte(stockEvents+event(3, "31/02/2012")+event(9, `"a`)+soundEvent))
	f.Add([]byte("Crime;Group\n"), []byte("\x1f\x8b\x08"))
	f.Add([]byte(strings.ReplaceAll(stockCrimes, "\n", "\r\n")), []byte(stockEvents+"\"\n\"\"\n\"\n,,,\n"+event(9, "\xe9\x00")))
	l := layoutOf(f, stock, nil)
	auto := layoutOf(f, strings.ReplaceAll(stock, "personal: [", "encoding: auto, personal: ["), nil)
	f.Fuzz(func(t *testing.T, crimes, events []byte) {
		if len(crimes)+len(events) > 1<<16 {
			t.Skip("large")
		}
		for _, l := range []*Layout{l, auto} {
			im, err := l.Read(texts("crimes.csv", string(crimes), "events.csv", string(events)), Setting{})
			var refused *Error
			if err != nil {
				if !errors.As(err, &refused) {
					t.Errorf("an error of another kind: %v", err)
				}
				continue
			}
			facts := 0
			if err := im.Each(func(c *fact.Case) error {
				facts += len(c.Facts)
				for _, x := range c.Facts {
					if x.Case != c.ID || x.Kind == "" || x.At.IsZero() || x.At.Lo > x.At.Hi {
						t.Errorf("fact %+v", x)
					}
				}
				return nil
			}); err != nil {
				t.Error(err)
			}
			if facts != im.Summary.Facts {
				t.Errorf("%d facts handed out, %d counted", facts, im.Summary.Facts)
			}
			if rows := im.Summary.Files[1].Rows; int64(facts+im.Left.Rows+im.Summary.Repeated+im.Summary.Files[0].rowsOf()) < rows {
				t.Errorf("%d rows of events, and only %d facts, %d left out, %d repeated", rows, facts, im.Left.Rows, im.Summary.Repeated)
			}
			if err := im.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

func (f FileSummary) rowsOf() int { return int(f.Rows) }

// FuzzRows holds our reading of rows against the standard library's: what it takes
// for a table, we read as the same.
func FuzzRows(f *testing.F) {
	f.Add([]byte("a,b\n1,2\n\"x\ny\",\"\"\"\"\n"))
	f.Add([]byte("a\n\"1\n"))
	f.Add([]byte("a,b\r\n1,\"2\r\n3\"\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 || bytes.HasPrefix(data, []byte("\x1f\x8b")) || bytes.HasPrefix(data, []byte("\xef\xbb\xbf")) || bytes.IndexByte(data, 0) >= 0 {
			t.Skip("not a table alone")
		}
		want, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
		if err != nil || !validLines(data) {
			t.Skip("not a table")
		}
		def := &fileDef{comma: ','}
		o, err := openRows(Input{Name: "f.csv"}, def, bytes.NewReader(data), func(l Left) { t.Errorf("told: %v", l) })
		if err != nil {
			t.Skip(err)
		}
		o.at = nil
		for i := range o.width {
			def.slots = append(def.slots, strconv.Itoa(i))
			o.at = append(o.at, i)
		}
		var got [][]string
		for {
			r, err := o.next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, r.vals)
		}
		want = want[1:]
		for _, r := range want {
			for i := range r {
				r[i] = trim(r[i])
			}
		}
		if len(got) != len(want) || len(got) > 0 && !reflect.DeepEqual(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func validLines(data []byte) bool {
	for _, line := range bytes.SplitAfter(data, []byte{'\n'}) {
		if !bytes.Equal(bytes.ToValidUTF8(line, nil), line) {
			return false
		}
	}
	return true
}
