package timeline

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

const header = `{"candour":"timeline/1","zone":"Europe/London","body":"northmere"}` + "\n"

func TestFaultsAreToldByLine(t *testing.T) {
	kase := header + `{"case":"c","kind":"k"}` + "\n"
	for _, c := range []struct{ name, in, want string }{
		{"empty", "", "the file is empty"},
		{"no header", `{"case":"c","kind":"k"}`, "t:1: the header must come first"},
		{"truncated", header + `{"case":"c","kind":`, "t:2: not JSON"},
		{"two objects", header + `{"case":"c","kind":"k"}{"case":"d","kind":"k"}`, "t:2: something follows the object"},
		{"twice the key", header + `{"case":"c","case":"d","kind":"k"}`, `t:2: the key "case" is given twice`},
		{"unknown key", header + `{"case":"c","kind":"k","x":1}`, `t:2: unknown key "x"`},
		{"unknown line", header + `{"thing":"c"}`, `t:2: a line cannot begin with "thing"`},
		{"version", `{"candour":"timeline/2","body":"b"}`, "does not know the version"},
		{"zone", `{"candour":"timeline/1","body":"b","zone":"Mars"}`, `unknown time zone "Mars"`},
		{"case later", header + `{"fact":"f","case":"c","kind":"k","at":"2020-01-01"}`, `the case "c" is not declared`},
		{"person later", kase + `{"fact":"f","case":"c","kind":"k","at":"2020-01-01","by":"p"}`, `t:3: the person "p" is not declared`},
		{"fact twice", kase + `{"fact":"f","case":"c","kind":"k","at":"2020-01-01"}` + "\n" + `{"fact":"f","case":"c","kind":"k","at":"2020-01-01"}`, `t:4: the fact "f" is given twice, first on line 3`},
		{"absurd", kase + `{"fact":"f","case":"c","kind":"k","at":"0203-01-01"}`, "t:3: \"at\": "},
		{"hour twice", kase + `{"fact":"f","case":"c","kind":"k","at":"2012-10-28 01:30"}`, "offset"},
		{"no hour", kase + `{"fact":"f","case":"c","kind":"k","at":"2012-03-25 01:30"}`, "t:3: \"at\": "},
		{"null field", kase + `{"fact":"f","case":"c","kind":"k","at":"2020-01-01","f":{"a":null}}`, `"a" of "f"`},
		{"via", kase + `{"fact":"f","case":"c","kind":"k","at":"2020-01-01","via":{"body":"northmere","how":"rumour"}}`, `via came by "rumour"`},
		{"utf8", header + "{\"case\":\"\xff\",\"kind\":\"k\"}", "not UTF-8"},
		{"recorded", `{"candour":"timeline/1","body":"b","recorded":"required"}` + "\n" + `{"case":"c","kind":"k"}` + "\n" + `{"fact":"f","case":"c","kind":"k","at":"2020-01-01"}`, `t:3: "recorded" is missing`},
		{"long", header + `{"case":"` + strings.Repeat("x", 11<<20) + `"}`, "t:2: the line is longer than 10 MB"},
		{"expect without test", kase + `{"expect":"s","key":"c","opened":"2020-01-01"}`, "expectations without a test line"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Read(strings.NewReader(c.in), "t")
			if err == nil {
				t.Fatal("accepted")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %q, want it to say %q", err, c.want)
			}
		})
	}
}

func TestErrorsDoNotRepeatFields(t *testing.T) {
	_, err := Read(strings.NewReader(header+`{"case":"c","kind":"k"}`+"\n"+`{"fact":"f","case":"c","kind":"k","at":"2020-01-01","f":{"note":["Secret",{"x":"Secret"}]}}`), "t")
	if err == nil || strings.Contains(err.Error(), "Secret") {
		t.Fatalf("the error is %v", err)
	}
}

// again reads, writes and reads: the second writing must equal the first.
func again(t *testing.T, in []byte) {
	f, err := Read(bytes.NewReader(in), "in")
	if err != nil {
		return
	}
	var one, two bytes.Buffer
	if err := Write(&one, f); err != nil {
		t.Fatal(err)
	}
	g, err := Read(bytes.NewReader(one.Bytes()), "written")
	if err != nil {
		t.Fatalf("what was written cannot be read: %v\n%s", err, one.Bytes())
	}
	if err := Write(&two, g); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(one.Bytes(), two.Bytes()) {
		t.Fatalf("written twice, it differs:\n%s\n%s", one.Bytes(), two.Bytes())
	}
}

func TestExamplesReadAndWriteTheSame(t *testing.T) {
	for _, dir := range []string{"../../packs/ew-investigation/examples", "../../packs/process-logs/examples"} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			data, err := os.ReadFile(dir + "/" + e.Name())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Read(bytes.NewReader(data), e.Name()); err != nil {
				t.Fatal(err)
			}
			again(t, data)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(header + `{"case":"c","kind":"k","given":{"a":[1,true,"x"]}}` + "\n" + `{"fact":"f","case":"c","kind":"k","at":"1974-06/1974-08","recorded":"2012-10-28T01:30:00Z","f":{"n":1e3}}`))
	f.Add([]byte(header + `{"as_at":"2020-01-01","under":["s"]}` + "\n" + `{"expect":"s","key":"c","opened":"2020-01-01 10:00","late":false,"lifted":{"why":"x"}}`))
	f.Add([]byte(header + `{"source":"s","of":"northmere","complete_to":[{"at":"2020-01-01","to":"2020-01-01"}],"silent_after":"2 days"}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) < 1<<16 {
			again(t, in)
		}
	})
}
