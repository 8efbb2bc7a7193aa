// Package timeline reads and writes `timeline/1`, the format in which a case is
// written down by a person, an importer or a test: one JSON object a line, whose
// first key says what the line is. The header comes first, and a name is
// declared before it is used.
//
// A file states marks (who signed, which documents, by which channel), never
// proofs; what the marks amount to, and whether the kinds, fields and parties
// named exist, is judged by those who know the pack.
//
// A file may be read at once (Read) or line by line (Lines), for one of any length. A Line
// is its keys with their values, one by one, in settled form: what a system of record keeps, and
// makes a line of again (NewLine). Lines that are kept come back by a Feed, case by case.
//
// What is always true:
//
//   - Every fault of a file is told with its line, what was wrong and what to do.
//     A file with a fault is refused whole.
//   - No complaint repeats the value of a field in `f` or `given`, which may be
//     personal.
//   - What Read gives, Write writes so that Read gives it again, moments to the
//     nanosecond; only line numbers, and the interleaving of cases, are not kept.
//     What cannot be written so is refused, not bent.
//   - Read, Lines and Feed judge a line by the same code, in the same words.
//   - The same content gives the same Line, byte for byte, whoever wrote it.
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
	World            *fact.World // its Body is the header's
	Cases            []*fact.Case
	Test             *Test // nil where the file tests nothing
	Expects          []Expect
}

// Test says at which moments the expectations hold, and for which standards.
type Test struct {
	AsAt    day.Instant  // of a day alone, its last nanosecond
	KnownAt *day.Instant // nil: the as-at moment
	Under   []string
	Line    int
}

// Expect is one expected row. A nil moment, like an empty word, was not stated.
type Expect struct {
	Standard, Key, Case        string
	Opened                     day.Moment
	Clock, Due, Raised, Closed *day.Moment
	Done, Proof, Finding       string
	Late                       *bool
	CannotTell, Waiting        bool
	CannotTellWhy, WaitingWhy  string // not compared, like LiftedWhy
	Lifted                     bool
	LiftedWhy                  string
	Line                       int
}

// Error is one fault of a file. Its text has no values of fields in it.
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

// Errors are the faults found: at most fifty, and one more to say that reading stopped.
type Errors []Error

func (es Errors) Error() string {
	lines := make([]string, len(es))
	for i, e := range es {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

const (
	version = "timeline/1"
	// longest is how long one line may be, in bytes, without its end.
	longest = 10 << 20
	// most is how many faults are told before reading stops.
	most = 50
	// usualZone is the zone where the header names none.
	usualZone = "Europe/London"
)

// lineKeys are the keys that a line may hold, by its first.
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

// What the objects within a line may hold.
var (
	channelKeys  = []string{"from", "to", "how"}
	postKeys     = []string{"role", "rank", "unit", "reports_to", "from", "to"}
	kinKeys      = []string{"to", "as"}
	markKeys     = []string{"at", "to"}
	regimeKeys   = []string{"value", "why"}
	signedKeys   = []string{"by", "at"}
	documentKeys = []string{"type", "name", "sha256"}
	viaKeys      = []string{"body", "person", "how", "ref", "channel_recorded"}
	whyKeys      = []string{"why"}
)

// hows are the channels by which a confirmation comes.
var hows = []string{"system", "account", "answer", "callback"}
