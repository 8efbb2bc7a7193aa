package northmere

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"candour/internal/fact"
)

func TestEveryKindAndFieldHasItsPlace(t *testing.T) {
	for _, c := range whole().File.Cases {
		for _, f := range c.Facts {
			if !slices.Contains(kinds, f.Kind) {
				t.Errorf("%s has no code", f.Kind)
			}
			fam := families[familyOf(f.Kind)]
			for _, x := range f.Fields {
				if !slices.Contains(fam.fields, x.Name) {
					t.Errorf("%s: %s has no column %s", f.Kind, fam.file, x.Name)
				}
			}
			if len(f.Docs) > 1 || len(f.Signed) > 1 {
				t.Errorf("%s %s has more marks than a row can hold", f.ID, f.Kind)
			}
		}
	}
}

// read gives a file's records, the header first.
func read(t *testing.T, dir, file string) [][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return rows
}

func TestExportsHoldEveryFactAndTheListedDirt(t *testing.T) {
	exports := map[string]struct {
		write func(*Force, string) ([]Dirt, error)
		files []string
	}{
		"Sentry":     {(*Force).WriteA, []string{"reviews.csv", "contacts.csv", "exhibits.csv", "events.csv"}},
		"Ledgerline": {(*Force).WriteB, []string{"events.csv"}},
	}
	for name, x := range exports {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			dirt, err := x.write(whole(), dir)
			if err != nil {
				t.Fatal(err)
			}
			rows := map[string][][]string{}
			for _, file := range x.files {
				rows[file] = read(t, dir, file)
			}
			everyFact(t, rows, dirt)
			listed(t, rows, dirt)
		})
	}
}

// everyFact: each fact is on a row, and what else there is, is listed as extra.
func everyFact(t *testing.T, files map[string][][]string, dirt []Dirt) {
	seen := map[string]int{}
	for _, rows := range files {
		for _, r := range rows[1:] {
			seen[r[0]]++
		}
	}
	for _, d := range dirt {
		if d.Extra {
			seen[d.Entry]--
		}
	}
	for _, c := range whole().File.Cases {
		for _, f := range c.Facts {
			if seen[f.ID] != 1 {
				t.Errorf("%s is on %d rows", f.ID, seen[f.ID])
			}
			delete(seen, f.ID)
		}
	}
	for id, n := range seen {
		if n != 0 {
			t.Errorf("%s is neither a fact nor listed", id)
		}
	}
}

// listed: each kind of dirt is there, on the row that is said, and in no failing case.
func listed(t *testing.T, files map[string][][]string, dirt []Dirt) {
	count, sound := map[string]int{}, whole().sound()
	for _, d := range dirt {
		count[d.What]++
		if got := files[d.File][d.Row-1][0]; got != d.Entry {
			t.Errorf("%s row %d is entry %s, listed as %s", d.File, d.Row, got, d.Entry)
		}
		if !sound[d.Case] {
			t.Errorf("%s: dirt in the failing case %s", d.What, d.Case)
		}
	}
	for _, what := range dirtKinds {
		if count[what] != 6 {
			t.Errorf("%s: got %d, want 6", what, count[what])
		}
	}
}

func TestSentryWritesBritishDates(t *testing.T) {
	l := sentry()
	c := founding(whole())
	got := l.entry(c, c.Facts[9], families[3].fields).cells
	if got[2] != "DISPOSAL-GIVEN" || got[3] != "19/09/2012 14:00" || got[5] != "s1" {
		t.Errorf("got %q", got[:6])
	}
	for text, want := range map[string]string{"2012-06-18": "18/06/2012", "2012-06-18 10:20": "18/06/2012 10:20", "2009-06": "2009-06", "a letter of": "a letter of"} {
		if got := l.value(fact.Value{Kind: fact.Text, Text: text}); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

func TestLedgerlineSplitsDatesAndNumbersKinds(t *testing.T) {
	l := ledgerline()
	c := founding(whole())
	got := l.entry(c, c.Facts[0], nil).cells
	want := []string{c.Facts[0].ID, c.ID, "investigation", "child-rape-u13", "high", "dc3101", number("report.received"), "2012-06-18", "10:20", "2012-06-18", "10:20", "v1", "dc3101"}
	if !slices.Equal(got[:len(want)], want) {
		t.Errorf("got %q, want %q", got[:len(want)], want)
	}
	if len(got) != len(l.lead) {
		t.Errorf("got %d columns, want %d", len(got), len(l.lead))
	}
}

func TestShortYear(t *testing.T) {
	for in, want := range map[string]string{"18/06/2012 10:20": "18/06/12 10:20", "2012-06-18": "12-06-18"} {
		if got := shortYear(in); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestNoColumnHasTwoMeanings(t *testing.T) {
	headers := [][]string{ledgerline().header(allFields())}
	for _, f := range families {
		headers = append(headers, sentry().header(f.fields))
	}
	for _, h := range headers {
		slices.Sort(h)
		if once := slices.Compact(slices.Clone(h)); len(once) != len(h) {
			t.Errorf("a column stands twice in %q", h)
		}
	}
}
