package exchange

import (
	"path"
	"slices"
	"strings"
	"time"

	"candour/internal/pack"
)

// Layout is the mapping of CSV files: which files there are, and by which rules
// their rows become cases, parties, persons and facts. It is data, holds no code,
// and is explained in doc/import.md.
type Layout struct {
	Name          string
	Zone          *time.Location
	Body          string
	Pack, Profile string
	pack          *pack.Pack // nil: names are not held against one
	files         []*fileDef
	fixed         []worldRule // without a file: said once
	source        string      // of facts that name none
}

// fileDef is one kind of file.
type fileDef struct {
	id       string
	patterns []string
	optional bool
	enc      Encoding
	comma    rune
	header   []string // the columns, where the file has no header line
	empties  map[string]bool
	drop     bool // a row that makes no fact is nothing out of the ordinary
	line     int  // of the mapping

	slots    []string // the columns that are used; those of a join as join.Column
	loose    []int    // slots found whatever their capitals, or not there at all
	personal []bool   // by slot
	shy      []string // columns marked as personal
	joins    []*join

	cases   []caseRule
	parties []partyRule
	facts   []factRule
	world   []worldRule
	ids     []*cell // different ways to name the case of a row
	timed   []*cell // what must be a time, if anything
}

// join finds another file's row by a key and adds its columns.
type join struct {
	id      string // what its columns are called by
	file    *fileDef
	on      cell
	key     string // the column of the other file
	columns []string
	into    []int // slots, by column
	lenient bool  // without a row the columns are empty
	line    int
}

// slot is the place of a column among those used.
func (f *fileDef) slot(column string) int {
	if i := slices.Index(f.slots, column); i >= 0 {
		return i
	}
	n := len(f.slots)
	f.slots = append(f.slots, column)
	f.personal = append(f.personal, slices.Contains(f.shy, column))
	id, rest, found := strings.Cut(column, ".")
	if !found {
		return n
	}
	for _, j := range f.joins {
		if j.id == id {
			j.columns, j.into = append(j.columns, rest), append(j.into, n)
			j.file.slot(rest)
			f.personal[n] = f.personal[n] || slices.Contains(j.file.shy, rest)
		}
	}
	return n
}

// ruled tells whether rules read the file's rows.
func (f *fileDef) ruled() bool {
	return len(f.cases)+len(f.parties)+len(f.facts)+len(f.world) > 0
}

// joined tells whether the column comes from another file.
func (f *fileDef) joined(column string) bool {
	id, _, found := strings.Cut(column, ".")
	return found && slices.ContainsFunc(f.joins, func(j *join) bool { return j.id == id })
}

// matches tells whether a file of that name is of this kind.
func (f *fileDef) matches(name string) bool {
	return slices.ContainsFunc(f.patterns, func(pattern string) bool {
		ok, err := path.Match(strings.ToLower(pattern), strings.ToLower(name))
		return ok && err == nil
	})
}

// test is one condition of `when`.
type test struct {
	slot int
	any  []string // the value is one of these
	not  bool     // it is none of them
}

// rule says to which rows something applies.
type rule struct {
	line int
	when []test
}

func (u *rule) takes(r *row) bool {
	for _, t := range u.when {
		if slices.Contains(t.any, r.vals[t.slot]) == t.not {
			return false
		}
	}
	return true
}

// given is a register that stands before the first fact, or a field of one.
type given struct {
	name string
	cell *cell
	// byKind: the cell with the type that a kind of fact gives its field.
	byKind map[string]*cell
}

// of is the cell as the kind types it.
func (g *given) of(kind string) *cell {
	if c := g.byKind[kind]; c != nil {
		return c
	}
	return g.cell
}

type caseRule struct {
	rule
	no                           int // of the way to name the case
	kind, group, regime, whyThat *cell
	given                        []given
}

type partyRule struct {
	rule
	no               int
	id, role, person *cell
	given            []given
}

type factRule struct {
	rule
	no                       int
	kind, at, until          *cell
	recorded                 *cell
	about                    []about
	by, forBody, source      *cell
	fields                   []given
	id, seq                  *cell
	supersedes               *cell
	answers, confirms        *cell
	signed                   []signRule
	docs                     []docRule
	viaBody, viaPerson       *cell
	viaHow, viaRef, viaSince *cell
}

// about names parties, or all of a role.
type about struct {
	cell *cell
	role string
}

type signRule struct{ by, at *cell }

type docRule struct{ kind, name, digest *cell }

// worldRule gives a person, a unit, a body or a source.
type worldRule struct {
	rule
	what                              string
	id, body, kind, parent            *cell
	role, rank, unit, chief, from, to *cell // of a post
	hasPost                           bool
	channel, channelFrom, channelTo   *cell
	at, completeTo, silent, grace     *cell
}
