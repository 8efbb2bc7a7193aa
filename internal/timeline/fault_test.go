package timeline

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"
)

// Each line is the third of its file and must be refused with its number.
func TestALineIsRefused(t *testing.T) {
	f := func(rest string) string { return `{"fact":"f","case":"c","kind":"k","at":"2020-01-01",` + rest + `}` }
	for _, c := range []struct{ name, line, want string }{
		{"array", `[1]`, "not a JSON object"},
		{"empty object", `{}`, "the object is empty"},
		{"bare word", `{case:"c"}`, "not JSON: after byte 1, an unexpected character"},
		{"trailing comma", `{"case":"d","kind":"k",}`, "not JSON"},
		{"two objects", `{"case":"d","kind":"k"} {"case":"e","kind":"k"}`, "one object a line"},
		{"cut off in a text", `{"case":"d","ki`, "cut off"},
		{"deep", f(`"f":{"a":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`), "nested more than 16 deep"},
		{"key twice within", f(`"f":{"a":1,"a":2}`), `the key "a" is given twice`},
		{"NUL byte", "{\"case\":\"d\x00\",\"kind\":\"k\"}", "NUL byte"},
		{"NUL byte in a comment", "# \x00", "NUL byte"},
		{"NUL escaped", `{"case":"d\u0000","kind":"k"}`, "the character nought"},
		{"half a character", `{"case":"d\ud83d","kind":"k"}`, "half a character"},
		{"halves the wrong way", `{"case":"d\ude00\ud83d","kind":"k"}`, "half a character"},
		{"not UTF-8 in a comment", "# \xff", "not UTF-8"},
		{"known keys are listed", `{"unit":"u","body":"northmere","chief":"x"}`, `unknown key "chief" in a line that begins with unit; known keys: unit, body, parent`},
		{"known keys within", f(`"docs":[{"type":"t","title":"x"}]`), "known keys: type, name, sha256"},
		{"second header", `{"candour":"timeline/1","body":"b"}`, "a second header"},
		{"null", f(`"by":null`), `"by" is not text`},
		{"null list", f(`"about":null`), `"about" is neither text nor a list`},
		{"null regime", `{"case":"d","kind":"k","regime":null}`, `"regime" is not an object`},
		{"regime as text", `{"case":"d","kind":"k","regime":"x"}`, `write {"value":...,"why":...}`},
		{"missing at", `{"fact":"f","case":"c","kind":"k"}`, `"at" is missing`},
		{"body of a unit", `{"unit":"u","body":"nowhere"}`, `the body "nowhere" is not declared`},
		{"parent of a unit", `{"unit":"u","body":"northmere","parent":"u"}`, `the unit "u" is not declared`},
		{"unit of a post", `{"person":"p","posts":[{"unit":"u"}]}`, `the unit "u" is not declared`},
		{"superior of a post", `{"person":"p","posts":[{"reports_to":"q"}]}`, `the person "q" is not declared`},
		{"body of a person", `{"person":"p","body":"nowhere"}`, `the body "nowhere" is not declared`},
		{"body of a source", `{"source":"s","of":"nowhere"}`, `the body "nowhere" is not declared`},
		{"source of a fact", f(`"source":"s"`), `the source "s" is not declared`},
		{"signature", f(`"signed":[{"by":"p","at":"2020-01-01 10:00"}]`), `the person "p" is not declared`},
		{"signature without time", f(`"signed":[{"by":"p"}]`), `"at" is missing`},
		{"via a person", f(`"via":{"person":"p","how":"account"}`), `the person or party of the case "p" is not declared`},
		{"via nobody", f(`"via":{"how":"account"}`), "neither a body nor a person"},
		{"digest", f(`"docs":[{"type":"t","sha256":"abc"}]`), "not a SHA-256 digest"},
		{"case twice", `{"case":"c","kind":"k"}`, `the case "c" is given twice`},
		{"party without case", `{"party":"p","role":"r"}`, `"case" is missing`},
		{"list in a list", f(`"f":{"a":[["b"]]}`), `"a" of "f" is a list within a list`},
		{"object in a field", f(`"f":{"a":{"b":1}}`), `"a" of "f" is an object`},
		{"long number", f(`"f":{"a":12345678901234567891}`), "write it in quotes"},
		{"huge number", f(`"f":{"a":1e999}`), "out of range"},
		{"seq", f(`"seq":1.5`), `"seq" is not a whole number`},
		{"seq in quotes", f(`"seq":"1"`), `"seq" is not a whole number`},
		{"no such day", f(`"recorded":"2021-02-29"`), `"recorded": `},
		{"far future", f(`"recorded":"3020-01-01"`), `"recorded": `},
		{"backwards", f(`"recorded":"2021/2020"`), "ends before it begins"},
		{"span backwards", `{"person":"p","posts":[{"from":"2021","to":"2020"}]}`, "a span ends before it begins"},
		{"channel without from", `{"body":"b","kind":"k","channel":[{"how":"system"}]}`, `"from" is missing`},
		{"policy value", `{"policy":"p","value":true,"from":"2020"}`, "neither a length of time nor a number"},
		{"policy length", `{"policy":"p","value":"a while","from":"2020"}`, `"value": `},
		{"policy body", `{"policy":"p","value":1,"from":"2020","body":"nowhere"}`, `the body "nowhere" is not declared`},
		{"grace", `{"source":"s","grace":"some"}`, `"grace": `},
		{"no standards", `{"as_at":"2020-01-01","under":[]}`, `"under" is missing, empty or not a list`},
		{"lifted", `{"expect":"s","key":"c","opened":"2020","lifted":"yes"}`, `write {"why":...} or true`},
		{"late", `{"expect":"s","key":"c","opened":"2020","late":"yes"}`, "neither true nor false"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := header + `{"case":"c","kind":"k"}` + "\n" + c.line + "\n" + `{"case":"later","kind":"k"}`
			_, err := Read(strings.NewReader(in), "case.jsonl")
			var faults Errors
			if !errors.As(err, &faults) {
				t.Fatalf("got %v, want Errors", err)
			}
			if faults[0].Line != 3 || !strings.HasPrefix(err.Error(), "case.jsonl:3: ") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %q, want line 3 and %q", err, c.want)
			}
		})
	}
}

func TestNamesAreUsedAfterTheyAreDeclared(t *testing.T) {
	mustRead(t, header+`{"body":"csc","kind":"csc"}
{"unit":"register","body":"csc"}
{"person":"p","body":"csc"}
{"case":"c","kind":"k"}
{"party":"v","case":"c","role":"victim"}
{"fact":"f","case":"c","kind":"k","at":"2020-01-01","by":"p","for":"csc","about":"nobody yet","via":{"person":"v","how":"answer"}}
{"fact":"g","case":"c","kind":"k","at":"2020-01-01","via":{"body":"register","how":"system"}}`)
}

func TestWhatExpectationsNameMayComeLater(t *testing.T) {
	expect := header + `{"expect":"s","key":"c","case":"c","opened":"2020","done":"f"}` + "\n"
	rest := `{"as_at":"2021","under":["s"]}` + "\n" + `{"case":"c","kind":"k"}` + "\n" + `{"fact":"f","case":"c","kind":"k","at":"2020"}`
	mustRead(t, expect+rest)
	for in, want := range map[string]string{
		strings.ReplaceAll(expect, `"done":"f"`, `"done":"x"`) + rest: `t:2: done names "x"`,
		strings.ReplaceAll(expect, `"case":"c"`, `"case":"x"`) + rest: `t:2: the case "x" is not in the file`,
		expect + strings.ReplaceAll(rest, `["s"]`, `["r"]`):           `t:2: the standard "s" is expected and not under test`,
	} {
		if _, err := Read(strings.NewReader(in), "t"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestReadingStopsAtFiftyFaultsAndSaysSo(t *testing.T) {
	_, err := Read(strings.NewReader(header+strings.Repeat(`{"thing":"c"}`+"\n", 80)), "t")
	var faults Errors
	if !errors.As(err, &faults) || len(faults) != most+1 || faults[most].Line != 51 || !strings.Contains(faults[most].What, "50 faults so far") {
		t.Errorf("got %d faults: %v", len(faults), err)
	}
	_, err = Read(strings.NewReader(header+strings.Repeat(`{"thing":"c"}`+"\n", 49)), "t")
	if !errors.As(err, &faults) || len(faults) != 49 {
		t.Errorf("got %d faults, want 49", len(faults))
	}
}

func TestAWrongHeaderIsOneFault(t *testing.T) {
	for _, first := range []string{`{"candour":"timeline/9","body":"b"}`, `{"candour":`, `{"unit":"u","body":"b"}`, `{}`, "\x00"} {
		_, err := Read(strings.NewReader(first+"\n"+`{"unit":"u","body":"x"}`), "t")
		var faults Errors
		if !errors.As(err, &faults) || len(faults) != 1 || faults[0].Line != 1 {
			t.Errorf("%q: got %v, want one fault", first, err)
		}
	}
}

// Whatever is wrong with a field, its value is not in the complaint.
func TestNoFaultRepeatsAValue(t *testing.T) {
	const secret = "Zebedee"
	for i, f := range []string{
		`{"n":"` + secret, `{"n":` + secret + `}`, `{"n":"\Zebedee"}`, `{"n":"Zebedee` + "\t" + `"}`, `{"n":["Zebedee",["Zebedee"]]}`, `{"n":{"Zebedee":"Zebedee"}}`,
		`{"n":"Zebedee","n":"Zebedee"}`, `{"n":"Zebedee\u0000"}`, `{"n":"Zebedee\ud800"}`, `"Zebedee"`, `["Zebedee"]`, "{\"n\":\"Zebedee\xff\"}",
	} {
		for _, line := range []string{`{"case":"d","kind":"k","given":%s}`, `{"fact":"f","case":"c","kind":"k","at":"2020","f":%s}`} {
			_, err := Read(strings.NewReader(header+`{"case":"c","kind":"k"}`+"\n"+fmt.Sprintf(line, f)), "t")
			if err == nil || strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "'Z'") || strings.Contains(err.Error(), `'\t'`) {
				t.Errorf("%d: got %v", i, err)
			}
		}
	}
}

func TestABrokenStreamIsAFaultOfItsLine(t *testing.T) {
	_, err := Read(iotest.TimeoutReader(strings.NewReader(header+strings.Repeat("#", 1<<20))), "t")
	var faults Errors
	if !errors.As(err, &faults) || !strings.Contains(err.Error(), "timeout") {
		t.Errorf("got %v, want a timeout", err)
	}
}
