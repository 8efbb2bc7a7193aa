package report

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// all writes every list that a number on the page leads to.
func (l *lists) all() error {
	h := l.h
	if h.cal == nil {
		return nil
	}
	var rows, advice, unknown, waits []int32
	for i := range h.found {
		switch n := int32(i); h.found[i].class {
		case counted:
			rows = append(rows, n)
		case advisory:
			advice = append(advice, n)
		case cannotTell:
			unknown = append(unknown, n)
		case waiting:
			waits = append(waits, n)
		}
	}
	l.cases()
	return errors.Join(
		l.caseTables(),
		l.write(list{"open", "Still open", l.filter(rows, func(f *found) bool { return f.open })}),
		l.write(list{"before", "Findings that were there before the case came to light", l.filter(rows, h.isBefore)}),
		l.tells(rows),
		l.failings(rows),
		l.months(rows),
		group(l, rows, func(f *found) (int32, bool) { return f.unit, true }, func(k int32) string { return whoID("u", k) }, l.unitTitle),
		group(l, rows, func(f *found) (int32, bool) { return f.who, true }, func(k int32) string { return whoID("p", k) }, l.personTitle),
		l.write(list{"asks", "Not recorded", l.filter(rows, func(f *found) bool { return h.rules[f.rule].Asks != nil })}),
		l.write(list{"unknown", "Cannot tell", unknown}),
		l.write(list{"waiting", "Waiting for records", waits}),
		l.write(list{"advisory", "Advisory findings, left out of the other numbers", advice}),
	)
}

func (l *lists) unitTitle(k int32) string {
	if k < 0 {
		return "Unit not known"
	}
	return "Unit " + l.h.people.list[k]
}

func (l *lists) personTitle(k int32) string {
	if k < 0 {
		return "Nobody known to owe it"
	}
	return "Owed by " + l.h.people.list[k]
}

func (l *lists) filter(rows []int32, keep func(*found) bool) []int32 {
	var out []int32
	for _, i := range rows {
		if keep(&l.h.found[i]) {
			out = append(out, i)
		}
	}
	return out
}

// tells writes a list for each addressee of what is open.
func (l *lists) tells(rows []int32) error {
	by := map[int32][]int32{}
	for _, i := range rows {
		for _, who := range l.h.toTell(&l.h.found[i]) {
			by[who] = append(by[who], i)
		}
	}
	for who := range int32(len(l.h.people.list)) {
		title := "To be told: " + cmp.Or(l.h.people.list[who], "nobody is named")
		if err := l.write(list{tellID(who), title, by[who]}); err != nil {
			return err
		}
	}
	return nil
}

func (l *lists) failings(rows []int32) error {
	l.failingID = map[string]string{}
	return group(l, rows, func(f *found) (string, bool) { return l.h.failingOf(f), true }, func(name string) string {
		l.failingID[name] = fmt.Sprintf("g%d", len(l.failingID)+1)
		return l.failingID[name]
	}, func(name string) string { return name })
}

func (l *lists) months(rows []int32) error {
	zone := l.h.cal.Zone()
	lines := l.h.monthLines()
	return group(l, rows, func(f *found) (month, bool) {
		m := monthOf(f.raised, zone)
		i, ok := slices.BinarySearchFunc(lines, m, func(line monthLine, m month) int { return int(line.from - m) })
		if !ok {
			i--
		}
		if beyond(f.raised) || i < 0 {
			return 0, false
		}
		return lines[i].from, true
	}, monthID, func(m month) string {
		i, _ := slices.BinarySearchFunc(lines, m, func(line monthLine, m month) int { return int(line.from - m) })
		return "Raised in " + lines[i].Name
	})
}

// cases puts cases in the orders in which tables show them.
func (l *lists) cases() {
	h := l.h
	for i := range h.subjects {
		s := &h.subjects[i]
		if s.scope != "case" {
			continue
		}
		if s.light != 0 {
			l.byLight = append(l.byLight, int32(i))
		}
		if s.findings > 0 {
			l.byCount = append(l.byCount, int32(i))
		} else {
			l.clean = append(l.clean, int32(i))
		}
	}
	lead := func(i int32) int {
		if days, ok := h.subjects[i].earlier(h.cal); ok {
			return days
		}
		return -1
	}
	slices.SortStableFunc(l.byLight, func(a, b int32) int { return lead(b) - lead(a) })
	slices.SortStableFunc(l.byCount, func(a, b int32) int {
		x, y := &h.subjects[a], &h.subjects[b]
		return cmp.Or(int(y.open-x.open), int(y.findings-x.findings))
	})
}

// casePart is a piece of a table of cases.
type casePart struct {
	ID, Caption string
	More        bool
	Light       bool
	Lines       []lightLine
}

// cleanPart is a piece of the list of cases without a finding.
type cleanPart struct {
	ID, Title string
	More      bool
	Cases     []string
}

// casePiece is how many cases one piece of a table holds.
const casePiece = 1000

func (l *lists) caseTables() error {
	h := l.h
	err := l.caseTable("cases", "Cases with findings", l.byCount, false)
	if err == nil {
		err = l.caseTable("light", "Cases that came to light", l.byLight, true)
	}
	for from := 0; err == nil && from < len(l.clean); from += casePiece {
		p := cleanPart{Title: "Cases with no finding: " + number(len(l.clean)), More: from > 0}
		if from == 0 {
			p.ID = "clean"
			l.where[p.ID] = l.pager.at()
		}
		for _, i := range l.clean[from:min(from+casePiece, len(l.clean))] {
			p.Cases = append(p.Cases, h.subjects[i].id)
		}
		err = l.pager.add("clean", p)
	}
	return err
}

func (l *lists) caseTable(id, caption string, cases []int32, light bool) error {
	for from := 0; from < len(cases); from += casePiece {
		p := casePart{Caption: caption + ": " + number(len(cases)), More: from > 0, Light: light}
		if from == 0 {
			p.ID = id
			l.where[id] = l.pager.at()
		}
		for _, i := range cases[from:min(from+casePiece, len(cases))] {
			p.Lines = append(p.Lines, l.h.lightLine(i))
		}
		if err := l.pager.add("cases", p); err != nil {
			return err
		}
	}
	return nil
}
