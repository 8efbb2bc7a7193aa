package trial_test

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"candour/internal/paper"
	"candour/internal/trial"
	"candour/packs"
)

// TestDocOfShippedPacks: every standard has its section, every link leads somewhere,
// and nothing is left in the pack's own notation.
func TestDocOfShippedPacks(t *testing.T) {
	for _, name := range []string{"ew-investigation", "process-logs"} {
		sub, err := fs.Sub(packs.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		p := load(t, sub, name)
		d, err := trial.Doc(sub, p)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		if err := paper.HTML(&b, d); err != nil {
			t.Fatal(err)
		}
		page := b.String()
		ids := map[string]bool{}
		for _, m := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(page, -1) {
			if ids[m[1]] {
				t.Errorf("%s: the id %s stands twice", name, m[1])
			}
			ids[m[1]] = true
		}
		for _, m := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(page, -1) {
			if !ids[m[1]] {
				t.Errorf("%s: a link to nowhere: %s", name, m[1])
			}
		}
		for _, s := range p.Standards {
			if s.Asks == nil && s.Version == 1 && !ids["s-"+s.ID] {
				t.Errorf("%s: no section for %s", name, s.ID)
			}
		}
		for _, bad := range []string{"&amp;&amp;", "that.by", "this.happened", "key.child", "must_not", "proof:"} {
			if strings.Contains(page, bad) {
				t.Errorf("%s: the page holds %s", name, bad)
			}
		}
	}
}

// TestDocOfOneStandard is what a reader meets: the words, the facts, the example.
func TestDocOfOneStandard(t *testing.T) {
	sub, err := fs.Sub(packs.FS, "ew-investigation")
	if err != nil {
		t.Fatal(err)
	}
	d, err := trial.Doc(sub, load(t, sub, "ew-investigation"))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := paper.Markdown(&b, d); err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(b.String(), `<a id="s-contradiction-answered"></a>`)
	got, _, _ := strings.Cut(after, "<a id=")
	for _, want := range []string{
		"## Contradicted claim answered by a supervisor", "**Critical**, **Checked against a reference work**",
		"> When the standard “Prosecutor has no record of a file said to be there” raises a finding, or when “Claim contradicted from outside” is recorded, for each suspect, victim, statement or exhibit, “Contradiction answered by a supervisor” (about that one, or at least about no other), proven by the signature of a second person, must be recorded within 1 working day.",
		"- **Guards against**: F12: Honesty and integrity of officers", "- **Rests on**: Policy: the duty and its time", "- **Owed by**: Detective inspector",
		"- **Told**: Superintendent", "- **Listens to**: [Prosecutor has no record of a file said to be there](#s-cps-claim-contradicted)",
		"Example, met (case-05)", "1. 13 November 2024, 09:00: finding of [Prosecutor has no record of a file said to be there](#s-cps-claim-contradicted)",
		"2. 14 November 2024, 15:00: “Contradiction answered by a supervisor”, which meets it", "3. 14 November 2024, end of day: due",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("lacks %s in\n%s", want, got)
		}
	}
}
