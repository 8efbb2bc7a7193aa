package northmere

import (
	"candour/internal/day"
	"candour/internal/fact"
)

// ledgerline is layout B: one wide file of entries with the case repeated on each;
// ISO dates with the time in a column of its own, numbers for kinds, 1 and 0.
func ledgerline() *layout {
	return &layout{
		cal: calendar{newCalendar()}, yes: "1", no: "0", code: number,
		lead: []string{"entry", "case_ref", "case_kind", "case_group", "grade_before", "oic_before", "code", "event_date", "event_time",
			"entry_date", "entry_time", "subjects", "staff_no", "second_staff_no", "second_date", "second_time", "paper_type", "paper_name",
			"outside_body", "answered_by", "how", "agency_ref", "channel_date", "channel_time"},
		date: day.Date.String,
		stamp: func(c calendar, t day.Instant) []string {
			at := t.Time(c.Zone())
			return []string{at.Format("2006-01-02"), at.Format("15:04")}
		},
		before: func(c *fact.Case) []string { return []string{c.Kind, c.Group, given(c, "risk_grade"), given(c, "oic")} },
	}
}

// WriteB writes the record as the system Ledgerline exports it, into a folder that
// exists: events.csv with every entry, persons.csv, staff.csv, agencies.csv, and
// codes.csv with what the numbers mean. It returns the dirt that it put in.
func (f *Force) WriteB(dir string) ([]Dirt, error) {
	l := ledgerline()
	fields := allFields()
	events := &sheet{file: "events.csv", header: l.header(fields)}
	for _, c := range f.File.Cases {
		for _, x := range c.Facts {
			events.rows = append(events.rows, l.entry(c, x, fields))
		}
	}
	codes := &sheet{file: "codes.csv", header: []string{"code", "meaning"}}
	for _, k := range kinds {
		codes.rows = append(codes.rows, row{cells: []string{number(k), k}})
	}
	dirt := f.soil(l, []*sheet{events})
	return dirt, l.write(dir, []*sheet{
		events, codes,
		{"persons.csv", []string{"case_ref", "subject", "role", "age", "vulnerable"}, l.partyRows(f.File.Cases)},
		{"staff.csv", []string{"staff_no", "role", "rank", "unit", "reports_to", "from_date", "to_date"}, l.postRows(f.File.World)},
		{"agencies.csv", []string{"name", "what", "kind", "parent", "channel_since"}, l.bodyRows(f.File.World)},
	})
}
