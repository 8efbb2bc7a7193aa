package exchange

import (
	"strings"
	"testing"

	"candour/internal/fact"
)

func TestParseLayoutRefuses(t *testing.T) {
	pk := investigation(t)
	for name, c := range map[string]struct{ from, to, says string }{
		"another format":      {"format: csv", "format: xml", `m.yaml:2: "xml" is not the format of such a mapping; write format: csv`},
		"unknown key":         {"body: northmere", "body: northmere\nstart: x", `the mapping has the unknown key "start"; known keys: format`},
		"nobody decided":      {"body: northmere", "body: DECIDE", "m.yaml:4: DECIDE: nobody has decided this yet; write what it is"},
		"unknown kind":        {"kind: report.received", "kind: report.recieved", `the pack has no kind "report.recieved"; write it as the pack ew-investigation does`},
		"unknown field":       {"channel: <Channel>", "chanel: <Channel>", `no field of report.received is called "chanel"; the fields are channel, contact,`},
		"unknown role":        {"role: victim, given", "role: vicitm, given", `the pack has no role "vicitm"`},
		"unknown register":    {"given: {age: <Age>}", "given: {size: <Age>}", `the pack has no register of victim called "size"`},
		"unknown rank":        {"rank: inspector", "rank: general", `the pack has no rank "general"`},
		"unknown file":        {"case: {file: crimes", "case: {file: crime", `there is no file "crime"; name one of the files by its id`},
		"no file":             {"case: {file: crimes, ", "case: {", "case does not say which file it reads; add file:"},
		"unused file":         {"files:\n", "files:\n  - {id: more, name: more.csv}\n", `no rule reads the file "more"; add a rule with file: more`},
		"two files of an id":  {"{id: events,", "{id: crimes,", `the id "crimes" cannot be used`},
		"a path":              {"name: crimes.csv", "name: data/crimes.csv", `"data/crimes.csv" is no name of a file; write a file name, in which * stands`},
		"a bad encoding":      {"personal: [Notes]", "encoding: latin", `"latin" is not an encoding this reads; write utf-8, windows-1252 or auto`},
		"a bad delimiter":     {"personal: [Notes]", "delimiter: semicolon", `"semicolon" is no delimiter`},
		"a bracket":           {"by: <Officer>", "by: <Officer", "by: a < without its >; write a column as <Column>"},
		"yy without pivot":    {"dd/mm/yyyy]", "dd/mm/yy]", `the format "dd/mm/yy" has a year of two digits; write pivot: 30`},
		"a bad pivot":         {"dd/mm/yyyy]", "dd/mm/yy], pivot: 1930", `"1930" is no pivot; write two digits`},
		"two orders":          {"dd/mm/yyyy]", "mm/dd/yyyy]", `"dd/mm/yyyy hh:mm" and "mm/dd/yyyy" cannot be told apart`},
		"half a date":         {"dd/mm/yyyy]", "dd/mm]", `the format "dd/mm" does not name a year, a month and a day once each`},
		"half a time":         {"dd/mm/yyyy]", "dd/mm/yyyy hh]", "names half a time of day"},
		"no such format":      {"dd/mm/yyyy]", "week 12]", `the format "week 12" holds "w", which is no part of a date`},
		"a format twice over": {"dd/mm/yyyy]", "dd/mm/yyyy dd]", `has "dd" twice`},
		"no table":            {"codes: {H: high}", "codes: risks", `there is no table of codes "risks"; add it under codes:`},
		"others":              {"codes: {H: high}", "codes: {H: high}, others: slug", `"slug" is no way to treat other codes; write refuse, drop or keep`},
		"type":                {"immediate_risk: <Urgent>", "immediate_risk: {value: <Urgent>, type: maybe}", `"maybe" is no type; write text, number, yes-no, date, time or fact`},
		"via how":             {"how: system, ref", "how: pigeon, ref", `via came by "pigeon"; write system, account, answer, callback`},
		"via nobody":          {"via: {body: csc, how", "via: {how", "via names neither a body nor a person; name body or person"},
		"yes and no":          {"no: [N]", "no: [Y]", `"Y" means both yes and no`},
		"a column of nothing": {"bodies: {id: csc", "bodies: {id: <Name>", "bodies does not say which file it reads"},
		"a fact without time": {"    at: <When>\n    recorded", "    recorded", "a fact has no at; add at:"},
		"alias":               {"body: northmere", "body: &b northmere", "anchors and aliases are not allowed"},
		"a hole in a rule":    {"by: <Officer>", "by:", "by must be text; write a word, or a column as <Column>"},
		"a join of itself":    {"personal: [Notes]", "join: {file: events, on: <No>, key: No}", `"events" is not the id of another file`},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(stock, c.from, c.to, 1)
			if text == stock {
				t.Fatal("the case changes nothing")
			}
			_, err := ParseLayout([]byte(text), "m.yaml", pk)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got  %v\nwant %s", err, c.says)
			}
		})
	}
}

func TestKindsAndFieldsByTheirNames(t *testing.T) {
	const m = `
format: csv
zone: UTC
body: b
files: [{id: log, name: log.csv}]
case: {id: <Case>, kind: investigation}
facts: {id: <No>, kind: <Kind>, at: <At>, fields_by_name: {split: ";"}}
`
	im, cases := readAll(t, layoutOf(t, m, investigation(t)), texts("log.csv",
		"No,Case,At,Kind,CHANNEL,Immediate_Risk,GRADE\n1,A,2012-01-02,report.received,phone,yes,\n2,A,2012-01-03,risk.assessed,,,high\n3,A,2012-01-04,crime.recorded,phone,,\n4,A,2012-01-05,no.such,,,\n"))
	if len(cases) != 1 || len(cases[0].Facts) != 3 {
		t.Fatalf("got %v", im.Left.Kept)
	}
	f := cases[0].Facts
	if f[0].Get("channel").Text != "phone" || !f[0].Get("immediate_risk").Bool || f[1].Get("grade").Text != "high" || len(f[2].Fields) != 0 {
		t.Errorf("got %+v, %+v, %+v", f[0].Fields, f[1].Fields, f[2].Fields)
	}
	if im.Left.Kept[0].String() != `log.csv:5: Kind: "no.such": the pack has no such kind of fact; give the codes of this column in the mapping` {
		t.Errorf("got %v", im.Left.Kept)
	}
	if im.Summary.WarningCount != 1 || im.Summary.Warnings[0] != "log.csv:4: channel has a value, and crime.recorded has no field channel: not read" {
		t.Errorf("got %v", im.Summary.Warnings)
	}
}

func TestFormat(t *testing.T) {
	if f, p := Format([]byte(stock)); f != "csv" || p != "" {
		t.Errorf("got %q, %q", f, p)
	}
	if f, _ := Format([]byte("a: [")); f != "" {
		t.Errorf("got %q", f)
	}
}

// The mappings that the pack ships are read against it.
func TestShippedLayouts(t *testing.T) {
	pk := investigation(t)
	for name, data := range pk.Mappings {
		if _, err := ParseLayout(data, name, pk); err != nil {
			t.Error(err)
		}
	}
	if len(pk.Mappings) < 2 {
		t.Errorf("got %d mappings", len(pk.Mappings))
	}
}

func FuzzParseLayout(f *testing.F) {
	f.Add([]byte(stock))
	f.Add([]byte("format: csv\nzone: UTC\nbody: b\nfiles: [{id: a, name: a.csv}]\ncase: {id: <A>, kind: k}\nfacts: {kind: k, at: <B>}\n"))
	f.Add([]byte("format: csv\nfacts: [[]]\n"))
	f.Add([]byte(roundLayout))
	f.Add([]byte(benchLayout))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			t.Skip("large")
		}
		l, err := ParseLayout(data, "fuzz", nil)
		if (l == nil) == (err == nil) {
			t.Errorf("got %v and %v", l, err)
		}
		if l == nil {
			return
		}
		im, err := l.Read(rowsFor(l), Setting{})
		if err != nil {
			return // a name that stands for no file, a column that is none
		}
		defer im.Close()
		if err := im.Each(func(*fact.Case) error { return nil }); err != nil {
			t.Error(err)
		}
	})
}

// rowsFor are files that a layout can read: a few rows of its own columns.
func rowsFor(l *Layout) []Input {
	var files []string
	for _, def := range l.files {
		var header, row []string
		for i, c := range def.slots {
			if !def.joined(c) {
				header, row = append(header, c), append(row, []string{"1", "2012-01-02", ""}[i%3])
			}
		}
		if len(def.patterns) > 0 && len(header) > 0 {
			files = append(files, strings.ReplaceAll(def.patterns[0], "*", ""), sheetOf([][]string{header, row, row}, def.comma))
		}
	}
	return texts(files...)
}
