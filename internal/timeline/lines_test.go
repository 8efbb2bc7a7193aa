package timeline

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// examples are the timelines of all packs, by path.
func examples(t testing.TB) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob("../../packs/*/examples/*.jsonl")
	if err != nil || len(paths) == 0 {
		t.Fatal("no examples", err)
	}
	out := map[string][]byte{}
	for _, path := range append(paths, "testdata/example.jsonl") {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		out[path] = data
	}
	return out
}

// lined is a file as its lines, one text.
func lined(in []byte, zone string) (lines []Line, text []byte, err error) {
	err = Lines(bytes.NewReader(in), "t", zone, func(_ *File, l Line) error {
		lines = append(lines, l)
		text = append(append(text, l.Text()...), '\n')
		return nil
	})
	return lines, text, err
}

// unordered puts what is in `f` and `given` by name, and takes away what lines do not keep.
func unordered(f *File) *File {
	f.Test, f.Expects = nil, nil
	for _, c := range f.Cases {
		byName(c.Given)
		for _, p := range c.Parties {
			byName(p.Given)
		}
		for _, x := range c.Facts {
			byName(x.Fields)
		}
	}
	return bare(f)
}

// places sets the positions that only follow from where a fact stands to nought.
func places(f *File) *File {
	for _, c := range f.Cases {
		for _, x := range c.Facts {
			if x.Seq == int64(x.Line) {
				x.Seq = 0
			}
		}
	}
	return f
}

// lineTrip holds a file that Read accepts against what its lines are read as, and
// the lines against their own.
func lineTrip(t failer, in []byte) {
	t.Helper()
	want, err := Read(bytes.NewReader(in), "t")
	if err != nil {
		t.Fatalf("%v", err)
	}
	lines, text, err := lined(in, "")
	if err != nil {
		t.Fatalf("%v\n%s", err, in)
	}
	got, err := Read(bytes.NewReader(text), "t")
	if err != nil {
		t.Fatalf("its lines cannot be read: %v\n%s", err, text)
	}
	same(t, unordered(places(got)), unordered(places(want)))
	again, same2, err := lined(text, "")
	if err != nil || !bytes.Equal(same2, text) {
		t.Fatalf("settled twice, it differs: %v\n%s\n%s", err, text, same2)
	}
	for i, l := range lines {
		mixed := slices.Clone(l.Members)
		slices.Reverse(mixed)
		made, err := NewLine(l.What, mixed)
		if err != nil {
			t.Fatalf("%v", err)
		}
		l.Number, again[i].Number = 0, 0
		same(t, made, l)
		same(t, again[i], l)
	}
}

func TestLinesAreReadAsTheFileIs(t *testing.T) {
	for _, data := range examples(t) {
		lineTrip(t, data)
	}
}

func TestLinesOfWhateverIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var out bytes.Buffer
		if err := Write(&out, drawFile(t)); err != nil {
			t.Fatal(err)
		}
		lineTrip(t, out.Bytes())
	})
}

// Both files say the same.
func TestTheSameContentGivesTheSameLines(t *testing.T) {
	kept := `{"candour":"timeline/1","zone":"Europe/London","body":"b"}
{"person":"p"}
{"case":"c","kind":"k","given":{"a":1000,"b":["x",2]}}
{"party":"v","case":"c","role":"r"}
{"fact":"f","case":"c","kind":"k","at":"2012-06-18 10:20","about":"v","by":"p","f":{"":true,"m.n":"é","n":0.5},"recorded":"2012-06-18","seq":4,"signed":[{"by":"p","at":"2012-06-18 23:59:59.999999999"}]}
{"fact":"g","case":"c","kind":"k","at":"2012-06-18"}
`
	other := `# the same, by another hand
{"candour":"timeline/1","body":"b","pack":"","recorded":"as happened"}
{"as_at":"2012-06-18","under":["s"]}

 {"person" : "p", "posts": [], "kin": []}
{"case":"c","given":{"b":["x",2e0],"a":1e3},"group":"","kind":"k"}
{"expect":"s","key":"c","opened":"2012-06-18"}
{"party":"v","role":"r","given":{},"case":"c"}
{"fact":"f","about":["v"],"seq":4,"case":"c","kind":"k","at":"2012-06-18T09:20:00Z","f":{"n":5e-1,"":true,"m.n":"\u00e9"},"by":"p","for":"","recorded":"2012-06-18 00:00/2012-06-18 23:59:59.999999999","signed":[{"at":"2012-06-18","by":"p"}],"docs":[]}
{"fact":"g","at":"2012-06-18/2012-06-18","case":"c","kind":"k"}`
	for _, in := range []string{kept, other} {
		_, text, err := lined([]byte(in), "")
		if err != nil || string(text) != kept {
			t.Errorf("%v; got\n%s\nwant\n%s", err, text, kept)
		}
	}
}

func TestLinesKnowWhatTheyAreAndWhereTheyStood(t *testing.T) {
	lines, _, err := lined([]byte("# note\n"+header+`{"policy":"n","value":1,"from":"2020"}
{"case":"c","kind":"k"}
{"party":"v","case":"c","role":"r"}
{"as_at":"2020","under":["s"]}
{"fact":"f","case":"c","kind":"k","at":"2020","f":{"method":"letter"}}`), "")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range lines {
		got = append(got, fmt.Sprintf("%d %s %s %s", l.Number, l.What, l.ID, l.Case))
	}
	same(t, got, []string{"2 candour  ", "3 policy n ", "4 case c c", "5 party v c", "7 fact f c"})
	same(t, lines[4].Members, []Member{member("fact", `"f"`), member("case", `"c"`), member("kind", `"k"`), member("at", `"2020"`), member("f.method", `"letter"`)})
}

func TestLinesAreSettledInTheZoneAskedFor(t *testing.T) {
	kase := `{"case":"c","kind":"k"}` + "\n"
	_, text, err := lined([]byte(header+kase+`{"fact":"f","case":"c","kind":"k","at":"2012-06-18 10:20","recorded":"2012-06-18"}`), "UTC")
	want := `{"candour":"timeline/1","zone":"UTC","body":"northmere"}` + "\n" + kase + `{"fact":"f","case":"c","kind":"k","at":"2012-06-18 09:20","recorded":"2012-06-18 22:59:59.999999999"}` + "\n"
	if err != nil || string(text) != want {
		t.Errorf("%v; got\n%s\nwant\n%s", err, text, want)
	}
	_, _, err = lined([]byte(header+kase+`{"fact":"f","case":"c","kind":"k","at":"2012-06-18"}`), "UTC")
	if err == nil || !strings.Contains(err.Error(), `t:3: "at": the moment cannot be written`) {
		t.Errorf("a whole day in another zone: got %v", err)
	}
	if _, _, err := lined(nil, "Local"); err == nil || !strings.Contains(err.Error(), "Europe/London") {
		t.Errorf("got %v", err)
	}
}

func TestNoLineIsHandedOnFromTheFirstFaultOn(t *testing.T) {
	lines, _, err := lined([]byte(header+`{"case":"c"}`+"\n"+`{"case":"d","kind":"k"}`+"\n"+`{"case":"e"}`), "")
	var faults Errors
	if !errors.As(err, &faults) || len(faults) != 2 || len(lines) != 1 {
		t.Errorf("got %d lines and %v", len(lines), err)
	}
}

func TestTheVisitorOfLinesMayStop(t *testing.T) {
	visits := 0
	err := Lines(strings.NewReader(header+`{"case":"c","kind":"k"}`+"\n{"), "t", "", func(h *File, l Line) error {
		if visits++; l.What == "case" {
			return io.ErrClosedPipe
		}
		return nil
	})
	if err != io.ErrClosedPipe || visits != 2 {
		t.Errorf("got %v after %d visits", err, visits)
	}
}

func TestALineThatGrowsTooLongIsRefused(t *testing.T) {
	start, end := header+`{"case":"c","kind":"k","given":{"x":"`, `"}}`
	_, _, err := lined([]byte(start+strings.Repeat("\u2028", longest/6)+end), "")
	if err == nil || !strings.Contains(err.Error(), "t:2: the line is longer than 10 MB") {
		t.Errorf("got %v", err)
	}
}

// FuzzLines holds Lines against Read: both accept and refuse the same, in the same words.
func FuzzLines(f *testing.F) {
	for _, data := range examples(f) {
		f.Add(data)
	}
	f.Add([]byte(header + `{"case":"c","kind":"k","given":{"a":-0,"":1e22,"b":[]}}` + "\n" + `{"fact":"f","case":"c","kind":"k","at":"1850-01-01T00:00:00+14:00/2199-12-31T23:00:00-12:00"}`))
	f.Add([]byte(header + `{"case":"c"}` + "\n" + `{"case":"c","kind":"k"}` + "\n" + `{"fact":"f","case":"c","kind":"k","at":"2020","seq":1}` + "\n" + `{"fact":"f","case":"d","kind":"k","at":"20"}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) > 1<<16 {
			return
		}
		_, want := Read(bytes.NewReader(in), "t")
		_, _, got := lined(in, "")
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("Lines: %v\nRead: %v", got, want)
		}
		if want == nil {
			lineTrip(t, in)
		}
	})
}

// BenchmarkLines reads a file of a hundred thousand facts, thirty on a case.
func BenchmarkLines(b *testing.B) {
	const cases, facts = 3300, 30
	var in bytes.Buffer
	in.WriteString(header + `{"person":"oic1"}` + "\n" + `{"person":"di1"}` + "\n")
	n := 3
	for c := range cases {
		fmt.Fprintf(&in, `{"case":"c%d","kind":"investigation","group":"child-rape-u13","given":{"risk_grade":"high","oic":"oic1"}}`+"\n", c)
		fmt.Fprintf(&in, `{"party":"v1","case":"c%d","role":"victim","given":{"age":7}}`+"\n", c)
		for f := range facts {
			fmt.Fprintf(&in, `{"fact":"c%d-f%d","case":"c%d","kind":"contact.made","at":"2012-06-%02d 10:20","about":"v1","by":"oic1","f":{"method":"letter","event_ref":["f%d"]},"recorded":"2012-07-%02d 11:00:05","signed":[{"by":"di1","at":"2012-07-19 10:00"}]}`+"\n", c, f, c, f%30+1, f, f%30+1)
		}
		n += facts + 2
	}
	b.SetBytes(int64(in.Len()))
	b.ReportAllocs()
	for b.Loop() {
		err := Lines(bytes.NewReader(in.Bytes()), "t", "", func(*File, Line) error { return nil })
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "lines/s")
}
