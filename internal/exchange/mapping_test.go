package exchange

import (
	"strings"
	"testing"
)

func TestParseMappingRefuses(t *testing.T) {
	for name, c := range map[string]struct{ from, to, says string }{
		"unknown key":        {"body: depot", "body: depot\nregime: x", `depot.yaml:5: the mapping has the unknown key "regime"; known keys: format`},
		"key twice":          {"body: depot", "body: depot\nbody: depot", `the mapping has the key "body" twice`},
		"another format":     {"format: xes", "format: csv", "write format: xes"},
		"no zone":            {"zone: Europe/London\n", "", "the mapping has no zone; add zone:"},
		"unknown zone":       {"Europe/London", "Europe/Northmere", `depot.yaml:3: unknown time zone "Europe/Northmere"`},
		"the machine's zone": {"Europe/London", "Local", "unknown time zone"},
		"no activity":        {`  activity: "concept:name"` + "\n", "", "event has no activity; add activity:"},
		"bad register":       {"amount:", "Amount-1:", "is not the name of a register"},
		"attribute twice":    {"attribute: Weight", "attribute: Urgent", "gives both"},
		"attribute missing":  {"{attribute: Weight}", "{}", "has no attribute"},
		"bad kind":           {": packing", ": Packing it", "is not the id of a kind"},
		"no kinds":           {testMapping[strings.Index(testMapping, "kinds:"):], "", "no activity becomes a fact; add kinds:"},
		"bad others":         {"body: depot", "body: depot\nothers: ignore", "write refuse, drop or slug"},
		"alias":              {"body: depot", "body: &b depot", "anchors and aliases are not allowed"},
		"two documents":      {"format: xes", "format: xes\n---\nformat: xes", "more than one document"},
		"not YAML":           {"format: xes", "format: [xes", "not YAML"},
		"a list":             {testMapping, "- a", "must be a mapping"},
		"empty":              {testMapping, "", "the mapping is empty"},
		"null":               {"body: depot", "body:", "body must be text"},
	} {
		t.Run(name, func(t *testing.T) {
			data := strings.Replace(testMapping, c.from, c.to, 1)
			if data == testMapping {
				t.Fatal("the case changes nothing")
			}
			_, err := ParseMapping([]byte(data), "depot.yaml")
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %q", err, c.says)
			}
		})
	}
}

func TestParseMappingTellsEveryFault(t *testing.T) {
	_, err := ParseMapping([]byte("format: csv\nzone: Nowhere\n"), "m.yaml")
	if err == nil || strings.Count(err.Error(), "\n") != 5 {
		t.Errorf("got %v, want six lines", err)
	}
}

func TestParseMappingRefusesTheHuge(t *testing.T) {
	if _, err := ParseMapping(make([]byte, largestMapping+1), "m.yaml"); err == nil || !strings.Contains(err.Error(), "larger than 1 MB") {
		t.Errorf("got %v", err)
	}
}

func FuzzParseMapping(f *testing.F) {
	f.Add([]byte(testMapping))
	f.Add([]byte("format: xes\nothers: slug\n"))
	f.Add([]byte("a: &a [*a]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			t.Skip("large")
		}
		m, err := ParseMapping(data, "fuzz")
		if (m == nil) == (err == nil) {
			t.Errorf("got %v and %v", m, err)
		}
	})
}
