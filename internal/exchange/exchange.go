// Package exchange reads what other systems write and makes cases and facts of
// it: XES, the event logs of process mining (IEEE 1849), and CSV.
//
// A mapping, which is data of a pack or a file of the user's, says how. For XES
// (Mapping) it says which attribute names the case, which the activity and which
// the time, and what kind of fact each activity becomes. For CSV (Layout) it says
// which files there are and by which rules a row becomes cases, parties, persons
// and facts; doc/import.md teaches it, and Propose guesses a first one.
//
// What is always true:
//
//   - Nothing is lost in silence: an event or row becomes what the mapping says, is
//     counted as left out because the mapping says so, or is told as a fault.
//   - A fault names file, line, column or event, what was wrong and what to do. An
//     event log is refused at its first; of CSV every row is read before the first
//     case is handed out, and all faults are told together.
//   - No message repeats a value of a column that is personal, nor one that stands
//     where a time or number should and looks like neither.
//   - Both readers hold one case at a time. CSV rows are first sorted by case, by way
//     of a temporary file where they are many; what grows with the input is persons,
//     units and joined columns.
//   - The same file read again gives the same ids.
//   - A log says nothing of when it was written down, so an event counts as recorded
//     when it happened and says that this was not stated. Of CSV the mapping may say.
//   - Nothing in a file makes the reader fetch, expand or hold anything: in XES a
//     document type is refused, a tag is at most 1 MB, nesting at most 64 deep; in
//     CSV a row is at most 1 MB, and a quotation mark that is never closed costs one row.
package exchange

import "fmt"

// Error is why a file or a mapping was refused.
type Error struct {
	File         string
	Line         int // 0: not known
	Trace, Event int // counted from 1, an event within its trace; 0: outside
	What, Remedy string
	Err          error // what was underneath, if anything
}

// Error says where, what was wrong and what to do.
func (e *Error) Error() string {
	s := e.File
	if e.Line > 0 {
		s += fmt.Sprintf(":%d", e.Line)
	}
	if e.Trace > 0 {
		s += fmt.Sprintf(": trace %d", e.Trace)
	}
	if e.Event > 0 {
		s += fmt.Sprintf(", event %d", e.Event)
	}
	return s + ": " + e.What + "; " + e.Remedy
}

// Unwrap gives what was underneath.
func (e *Error) Unwrap() error { return e.Err }

// mostWarnings is how many warnings a Summary keeps in words.
const mostWarnings = 20

// Summary is what a file held.
type Summary struct {
	Traces, Events int
	Dropped        int // events the mapping says to leave out
	Duplicates     int // events repeated to the last attribute; kept
	Persons        int // different resources named
	// Warnings are the first of those given; WarningCount is how many there were.
	Warnings     []string
	WarningCount int
}
