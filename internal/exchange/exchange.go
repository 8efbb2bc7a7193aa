// Package exchange reads what other systems write and makes cases and facts of
// it. XES, the event logs of process mining (IEEE 1849), is what it reads now.
//
// A mapping, which is data of a pack, says which attribute names the case,
// which the activity and which the time, and what kind of fact each activity
// becomes. The reader streams: it holds one trace at a time, and of that only
// what the mapping asks for.
//
// What is always true:
//
//   - An event is an instant, also one at midnight; nobody but the log says when
//     it was written down, so it counts as recorded when it happened and says
//     that this was not stated.
//   - An event is never lost in silence: it becomes a fact, it is counted as
//     dropped because the mapping says so, or the file is refused.
//   - A file is refused at its first fault, naming file, line, trace and event,
//     what was wrong and what to do. Cases handed out before the fault are of a
//     file that was refused, and the caller throws them away.
//   - Nothing in the file makes the reader fetch, expand or hold anything: a
//     document type is refused, a tag is at most 1 MB, nesting at most 64 deep.
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
