// Package timeline reads and writes `timeline/1`, the format in which a case is
// written down by a person, an importer or a test: one JSON object a line.
//
// Every fault of a file is told with its line, what was wrong and what to do;
// no complaint repeats the value of a field, which may be personal. A file
// states marks (who signed, which documents, by which channel), never proofs.
package timeline

import (
	"fmt"
	"strings"
	"time"

	"candour/internal/day"
	"candour/internal/fact"
)

// File is what a timeline holds.
type File struct {
	Pack, Profile    string
	ZoneName         string
	Zone             *time.Location
	RecordedRequired bool
	World            *fact.World
	Cases            []*fact.Case
	Test             *Test // nil where the file tests nothing
	Expects          []Expect
}

// Test says at which moments the expectations hold, and for which standards.
type Test struct {
	AsAt    day.Instant
	KnownAt *day.Instant // nil: the as-at moment
	Under   []string
	Line    int
}

// Expect is one expected row.
type Expect struct {
	Standard, Key, Case        string
	Opened                     day.Moment
	Clock, Due, Raised, Closed *day.Moment
	Done, Proof, Finding       string
	Late                       *bool
	CannotTell, Waiting        bool
	Lifted                     bool
	LiftedWhy                  string
	Line                       int
}

// Error is one fault of a file.
type Error struct {
	File   string
	Line   int
	What   string
	Remedy string
}

func (e Error) Error() string {
	s := fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.What)
	if e.Remedy != "" {
		s += "; " + e.Remedy
	}
	return s
}

// Errors are all faults found, at most fifty.
type Errors []Error

func (es Errors) Error() string {
	lines := make([]string, len(es))
	for i, e := range es {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// longest is how long one line may be, in bytes; most is how many faults are told.
const (
	longest = 10 << 20
	most    = 50
)

// what a line may hold, by what it is.
var lineKeys = map[string][]string{
	"candour": {"candour", "pack", "profile", "zone", "body", "recorded"},
	"body":    {"body", "kind", "channel"},
	"unit":    {"unit", "body", "parent"},
	"person":  {"person", "body", "posts", "kin"},
	"source":  {"source", "of", "complete_to", "silent_after", "grace"},
	"case":    {"case", "kind", "regime", "group", "given"},
	"party":   {"party", "case", "role", "person", "given"},
	"fact": {"fact", "case", "kind", "at", "about", "by", "for", "f", "recorded", "sealed", "source", "seq",
		"signed", "docs", "via", "supersedes", "answers", "confirms"},
	"policy": {"policy", "value", "from", "by", "body"},
	"as_at":  {"as_at", "known_at", "under"},
	"expect": {"expect", "key", "case", "opened", "clock", "due", "done", "proof", "finding", "raised", "closed", "late",
		"cannot_tell", "waiting", "lifted"},
}
