package timeline

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"candour/internal/fact"
	"pgregory.net/rapid"
)

// fed gives the lines of a file case by case, as a record would: the world first.
func fed(lines []Line) (*File, error) {
	feed, err := NewFeed("t", lines[0].Text())
	if err != nil {
		return nil, err
	}
	var cases []string
	byCase := map[string][]Line{}
	for _, l := range lines[1:] {
		if l.Case != "" {
			if l.What == "case" {
				cases = append(cases, l.Case)
			}
			byCase[l.Case] = append(byCase[l.Case], l)
			continue
		}
		if err := give(feed, l); err != nil {
			return nil, err
		}
	}
	out := *feed.File()
	for _, id := range cases {
		for _, l := range byCase[id] {
			if err := give(feed, l); err != nil {
				return nil, err
			}
		}
		c, err := feed.Take()
		if err != nil {
			return nil, err
		}
		out.Cases = append(out.Cases, c)
	}
	return &out, nil
}

func give(feed *Feed, l Line) error {
	feed.At(l.Number)
	return feed.Line(l.Text())
}

// feedTrip holds the cases that a feed gives against those that Read gives, with their positions.
func feedTrip(t failer, in []byte) {
	t.Helper()
	want, err := Read(bytes.NewReader(in), "t")
	if err != nil {
		t.Fatalf("%v", err)
	}
	lines, _, err := lined(in, "")
	if err != nil {
		t.Fatalf("%v", err)
	}
	got, err := fed(lines)
	if err != nil {
		t.Fatalf("%v", err)
	}
	for i, c := range want.Cases {
		same(t, got.Cases[i].Line, c.Line)
	}
	same(t, unordered(got), unordered(want))
}

func TestAFeedGivesTheCasesOfTheFile(t *testing.T) {
	for _, data := range examples(t) {
		feedTrip(t, data)
	}
}

func TestAFeedGivesTheCasesOfWhateverIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var out bytes.Buffer
		if err := Write(&out, drawFile(t)); err != nil {
			t.Fatal(err)
		}
		feedTrip(t, out.Bytes())
	})
}

func TestAFactStandsWhereItWasGivenUnlessItSays(t *testing.T) {
	feed, err := NewFeed("t", []byte(header))
	if err != nil {
		t.Fatal(err)
	}
	line := func(text string) {
		t.Helper()
		if err := feed.Line([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	line(`{"case":"c","kind":"k"}` + "\r\n")
	line(`{"fact":"f","case":"c","kind":"k","at":"2020"}`)
	feed.At(70)
	line(`{"fact":"g","case":"c","kind":"k","at":"2020"}`)
	line(`{"fact":"h","case":"c","kind":"k","at":"2020"}`)
	line(`{"fact":"i","case":"c","kind":"k","at":"2020","seq":5}`)
	c, err := feed.Take()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range c.Facts {
		got = append(got, fmt.Sprintf("%s %d %d", f.ID, f.Line, f.Seq))
	}
	same(t, got, []string{"f 3 3", "g 70 70", "h 71 71", "i 72 5"})
}

func TestAFeedRefuses(t *testing.T) {
	kase, next := `{"case":"c","kind":"k"}`, `{"case":"d","kind":"k"}`
	f := `{"fact":"f","case":"c","kind":"k","at":"2020"}`
	for _, c := range []struct {
		name, want string
		lines      []string // "" is Take
	}{
		{"a fault as Read tells it", `t:3: "at" is missing; add it`, []string{kase, `{"fact":"f","case":"c","kind":"k"}`}},
		{"a name not declared", `t:3: the person "p" is not declared`, []string{kase, strings.Replace(f, "}", `,"by":"p"}`, 1)}},
		{"a fact twice", `t:4: the fact "f" is given twice, first on line 3`, []string{kase, f, f}},
		{"a second header", `t:2: a second header`, []string{header}},
		{"the world too late", `t:3: the cases have begun`, []string{kase, `{"person":"p"}`}},
		{"the world too late, the case taken", `t:3: the cases have begun`, []string{kase, "", `{"policy":"p","value":1,"from":"2020"}`}},
		{"a case before the last is taken", `t:3: the case "d" begins before "c" was taken`, []string{kase, next}},
		{"a case a second time", `t:3: the case "c" is given twice`, []string{kase, "", kase}},
		{"a fact of a case that was taken", `t:4: the case "c" was taken`, []string{kase, "", next, f}},
		{"a party of a case that was taken", `t:3: the case "c" was taken`, []string{kase, "", `{"party":"p","case":"c","role":"r"}`}},
		{"two lines", `t:2: more than one line`, []string{kase + "\n" + next}},
		{"a long line", `t:2: the line is longer than 10 MB`, []string{strings.Repeat("x", longest+1)}},
		{"a test", `t:2: a test and expectations have no place here`, []string{`{"as_at":"2020","under":["s"]}`}},
		{"no case", "t: no case was given", []string{""}},
		{"no second case", "t: no case was given", []string{kase, "", ""}},
		{"anything after a fault", `t:2: not JSON`, []string{"{", kase, ""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			feed, err := NewFeed("t", []byte(header))
			for _, l := range c.lines {
				if err != nil && c.name != "anything after a fault" {
					t.Fatal(err)
				}
				if l == "" {
					_, err = feed.Take()
				} else {
					err = feed.Line([]byte(l))
				}
			}
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestAFeedBeginsWithAHeader(t *testing.T) {
	for _, first := range []string{"", "# note", `{"case":"c","kind":"k"}`, "{"} {
		if _, err := NewFeed("t", []byte(first)); err == nil || !strings.HasPrefix(err.Error(), "t:1: ") {
			t.Errorf("%q: got %v", first, err)
		}
	}
}

// What was taken is forgotten: ids of facts may come again.
func TestAFeedKeepsNothingOfACaseThatWasTaken(t *testing.T) {
	feed, err := NewFeed("t", []byte(header))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		for _, text := range []string{`{"case":"c%d","kind":"k"}`, `{"party":"p","case":"c%d","role":"r"}`, `{"fact":"f","case":"c%d","kind":"k","at":"2020"}`} {
			if err := feed.Line(fmt.Appendf(nil, text, i)); err != nil {
				t.Fatal(err)
			}
		}
		var c *fact.Case
		if c, err = feed.Take(); err != nil || len(c.Parties) != 1 || len(c.Facts) != 1 {
			t.Fatalf("got %+v, %v", c, err)
		}
	}
	if n := len(feed.r.facts.lines) + len(feed.r.parties.lines) + len(feed.File().Cases); n != 0 {
		t.Errorf("%d things are still held", n)
	}
}

// BenchmarkFeed gives one case of thirty facts and takes it.
func BenchmarkFeed(b *testing.B) {
	feed, err := NewFeed("t", []byte(header))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		lines := [][]byte{fmt.Appendf(nil, `{"case":"c%d","kind":"investigation","given":{"risk_grade":"high"}}`, n)}
		for i := range 30 {
			lines = append(lines, fmt.Appendf(nil, `{"fact":"c%d-f%d","case":"c%d","kind":"contact.made","at":"2012-06-18 10:20","f":{"method":"letter"},"recorded":"2012-07-18 11:00:05"}`, n, i, n))
		}
		for _, l := range lines {
			if err := feed.Line(l); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := feed.Take(); err != nil {
			b.Fatal(err)
		}
		n++
	}
	b.ReportMetric(float64(31*b.N)/b.Elapsed().Seconds(), "lines/s")
}
