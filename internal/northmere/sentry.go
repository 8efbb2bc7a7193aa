package northmere

import (
	"fmt"
	"maps"
	"slices"

	"candour/internal/day"
	"candour/internal/fact"
)

const forever = day.Never

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// sentry is layout A: a file for each family of entries, joined on CRIME_REF;
// British dates, codes in words, Y and N, lines ending as on Windows.
func sentry() *layout {
	return &layout{
		cal: calendar{newCalendar()}, crlf: true, yes: "Y", no: "N", code: mnemonic, upper: true,
		lead: []string{"ENTRY_NO", "CRIME_REF", "CODE", "HAPPENED", "ENTERED", "SUBJECTS", "COLLAR_NO", "SIGNED_BY", "SIGNED_ON",
			"DOC_TYPE", "DOC_NAME", "OUTSIDE_BODY", "ANSWERED_BY", "HOW", "AGENCY_REF", "CHANNEL_KNOWN"},
		date: british,
		stamp: func(c calendar, t day.Instant) []string {
			return []string{t.Time(c.Zone()).Format("02/01/2006 15:04")}
		},
		before: func(*fact.Case) []string { return nil },
	}
}

func british(d day.Date) string {
	s := d.String()
	return fmt.Sprintf("%s/%s/%s", s[8:], s[5:7], s[:4])
}

// WriteA writes the record as the system Sentry exports it, into a folder that
// exists: crimes.csv, persons.csv, staff.csv, agencies.csv, and the entries in
// reviews.csv, contacts.csv, exhibits.csv and events.csv. It returns the dirt
// that it put in.
func (f *Force) WriteA(dir string) ([]Dirt, error) {
	l := sentry()
	var entries []*sheet
	for _, fam := range families {
		entries = append(entries, &sheet{file: fam.file, header: l.header(fam.fields)})
	}
	for _, c := range f.File.Cases {
		for _, x := range c.Facts {
			i := familyOf(x.Kind)
			entries[i].rows = append(entries[i].rows, l.entry(c, x, families[i].fields))
		}
	}
	dirt := f.soil(l, entries)
	return dirt, l.write(dir, append(f.frame(l), entries...))
}

// frame is what the entries refer to.
func (f *Force) frame(l *layout) []*sheet {
	crimes := &sheet{file: "crimes.csv", header: []string{"CRIME_REF", "KIND", "OFFENCE_GROUP", "GRADE_BEFORE", "OIC_BEFORE"}}
	for _, c := range f.File.Cases {
		crimes.rows = append(crimes.rows, row{cells: []string{c.ID, c.Kind, c.Group, given(c, "risk_grade"), given(c, "oic")}})
	}
	return []*sheet{
		crimes,
		{"persons.csv", []string{"CRIME_REF", "SUBJECT", "ROLE", "AGE", "VULNERABLE"}, l.partyRows(f.File.Cases)},
		{"staff.csv", []string{"COLLAR_NO", "ROLE", "RANK", "UNIT", "SUPERVISOR", "FROM", "TO"}, l.postRows(f.File.World)},
		{"agencies.csv", []string{"NAME", "WHAT", "KIND", "PARENT", "CHANNEL_SINCE"}, l.bodyRows(f.File.World)},
	}
}
