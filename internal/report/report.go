// Package report writes what the engine found: as a table that fits a terminal,
// as JSON Lines or CSV, and as a page that a person reads.
//
// Line and Writer are the rows. HTML is the page: one file that holds all it
// needs, opens without a network and without script, and prints. It is fed case
// by case and keeps of each row only numbers; what is written of a row is
// written at once.
//
// What is always true of the page:
//
//   - A number of findings or cases is a link to those that it counts, and a
//     finding holds its whole explanation.
//   - A finding that comes from a rule nobody has checked (it is advisory) is
//     marked, listed apart and in no other number.
//   - It names cases, parties, posts and persons by their references; it never
//     writes the value of a field.
//   - The same answers in the same order give the same bytes.
package report

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"candour/internal/day"
	"candour/internal/obligation"
)

// Line is one finding as it is written out; without a finding, a place where the
// record cannot tell, or what waits for records, and why. Times are local, in the zone of the case.
type Line struct {
	Case     string   `json:"case"`
	Key      string   `json:"key"`
	Standard string   `json:"standard"`
	Title    string   `json:"title,omitempty"`
	Finding  string   `json:"finding,omitempty"`
	Severity string   `json:"severity"`
	State    string   `json:"state"`
	Opened   string   `json:"opened"`
	Due      string   `json:"due,omitempty"`
	Raised   string   `json:"raised,omitempty"`
	Closed   string   `json:"closed,omitempty"`
	Late     bool     `json:"late,omitempty"`
	Advisory bool     `json:"advisory,omitempty"`
	Why      string   `json:"why,omitempty"`
	Owes     string   `json:"owes,omitempty"`
	Tell     []string `json:"tell,omitempty"`
}

// Of makes the line of a row.
func Of(r *obligation.Row, zone *time.Location) Line {
	l := Line{
		Case: r.Case, Key: r.Key, Standard: r.Standard.ID, Title: r.Standard.Title, Severity: r.Standard.Severity.String(),
		State: r.State(), Opened: day.FormatInstant(r.Opened, zone), Owes: r.Owes(), Tell: r.Tell(), Why: r.Why,
	}
	if r.Waiting != "" {
		l.Why = "the source " + r.Waiting + " has not reported past the due moment"
	}
	if r.Due != day.Never && !r.Standard.Gate {
		l.Due = day.FormatInstant(r.Due, zone)
	}
	f := r.Finding
	if f == nil {
		return l
	}
	l.Finding, l.Raised, l.Late, l.Advisory = f.Kind, day.FormatInstant(f.Raised, zone), f.Late, f.Advisory
	if f.Closed != 0 {
		l.Closed = day.FormatInstant(f.Closed, zone)
	}
	return l
}

// Writer writes lines as they come.
type Writer interface {
	Write(Line) error
	Close() error
}

// New returns the writer of a format: table, jsonl or csv. width is the terminal's, in columns.
func New(format string, w io.Writer, width int) (Writer, error) {
	switch format {
	case "table":
		return &table{w: w, width: max(width, 60)}, nil
	case "jsonl":
		return jsonl{json.NewEncoder(w)}, nil
	case "csv":
		return &comma{w: csv.NewWriter(w)}, nil
	}
	return nil, fmt.Errorf("unknown format %q; write table, jsonl or csv", format)
}

type jsonl struct{ enc *json.Encoder }

func (j jsonl) Write(l Line) error { return j.enc.Encode(l) }
func (j jsonl) Close() error       { return nil }

type comma struct {
	w     *csv.Writer
	begun bool
}

func (c *comma) Write(l Line) error {
	if !c.begun {
		c.begun = true
		if err := c.w.Write([]string{"case", "key", "standard", "finding", "severity", "state", "opened", "due", "raised", "closed", "late", "advisory", "owes", "tell", "why"}); err != nil {
			return err
		}
	}
	row := []string{l.Case, l.Key, l.Standard, l.Finding, l.Severity, l.State, l.Opened, l.Due, l.Raised, l.Closed,
		fmt.Sprint(l.Late), fmt.Sprint(l.Advisory), l.Owes, strings.Join(l.Tell, " "), l.Why}
	for i := range row {
		row[i] = Inert(row[i])
	}
	return c.w.Write(row)
}

// Inert keeps a spreadsheet from running a cell as a formula.
func Inert(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

func (c *comma) Close() error {
	c.w.Flush()
	return c.w.Error()
}

type table struct {
	w     io.Writer
	width int
	lines []Line
}

func (t *table) Write(l Line) error {
	t.lines = append(t.lines, l)
	return nil
}

// Close prints the table: the raised instant first, since that is the question.
func (t *table) Close() error {
	if len(t.lines) == 0 {
		return nil
	}
	head := []string{"RAISED", "CASE", "ABOUT", "STANDARD", "FINDING", "CLOSED"}
	cells := [][]string{head}
	for _, l := range t.lines {
		closed := l.Closed
		switch {
		case closed == "":
			closed = "open"
		case l.Late:
			closed = short(closed) + " late"
		default:
			closed = short(closed)
		}
		finding, when := l.Finding, l.Raised
		if l.Advisory {
			finding += " (advisory)"
		}
		if finding == "" {
			finding, when, closed = l.State, l.Opened, ""
		}
		cells = append(cells, []string{when, l.Case, l.Key, l.Standard, finding, closed})
	}
	return Columns(t.w, cells, t.width, 1, 2, 3)
}

func short(s string) string { return strings.TrimSuffix(s, ":00") }
