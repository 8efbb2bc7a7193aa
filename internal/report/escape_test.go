package report_test

import (
	"strings"
	"testing"

	"candour/internal/report"
)

// hostile is what must be shown as text wherever it stands.
const hostile = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>`

// Everything that a file or a pack can name is written as text.
func TestHostileNamesAreText(t *testing.T) {
	p := founding(t)
	for _, s := range p.Standards {
		s.Title, s.Source = hostile+s.ID, hostile
		for i := range s.Tell {
			s.Tell[i].Role = hostile
		}
	}
	for k := range p.Failings {
		p.Failings[k] = hostile + k
	}
	for _, k := range p.Kinds {
		k.Label = hostile
	}
	p.ID, p.Version = hostile, hostile
	lines := example(t, "case-01")
	quoted := strings.ReplaceAll(hostile, `"`, `\"`)
	for _, name := range []string{`"c1"`, `"v1"`, `"s1"`, `"l1"`, `"oic1"`, `"ds1"`, `"di1"`, `"team-a"`, `"f8"`, `"f9"`, `"northmere"`} {
		lines = strings.ReplaceAll(lines, name, `"`+quoted+name[1:])
	}
	lines = strings.ReplaceAll(lines, `"A younger cousin"`, `"Private words"`)
	w := pageOf(t, report.Options{Title: hostile, Made: [][2]string{{hostile, hostile}}}, p, nil, "2012-12-04 12:00", lines)
	w.everything(t)
	page := w["findings.html"].String()
	if n := strings.Count(page, "&lt;script&gt;"); n < 300 {
		t.Errorf("the names are shown %d times only", n)
	}
	if strings.Contains(page, "Private words") || strings.Contains(page, "cousin") {
		t.Error("the page shows the value of a field")
	}
	if strings.Contains(page, "ZgotmplZ") {
		t.Error("a value was refused by the templates")
	}
}
