package trial

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"candour/internal/day"
	"candour/internal/obligation"
	"candour/internal/pack"
	"candour/internal/timeline"
)

// Found is a finding as a comparison needs it.
type Found struct {
	Case, Key, Standard, Title string
	Kind                       string
	Opened, Raised, Closed     day.Instant
	Advisory                   bool
	Zone                       *time.Location
}

// FoundIn lists the findings of a result. They may be kept.
func FoundIn(res *obligation.Result) []Found {
	var out []Found
	for _, row := range res.Rows {
		if f := row.Finding; f != nil {
			out = append(out, Found{row.Case, row.Key, row.Standard.ID, row.Standard.Title, f.Kind, row.Instant(), f.Raised, f.Closed, f.Advisory, res.Case.Cal.Zone()})
		}
	}
	return out
}

// Shift is a finding that one pack gives and another does not, or gives otherwise.
type Shift struct {
	Case, Key, Standard string
	// What: appears, goes or changes.
	What string
	Was  string // what was found, "" if nothing
	Is   string
}

// Shifts holds two packs' findings on the same cases against each other. A standard
// that took over from another under a new id appears, and the other goes.
func Shifts(older, newer []Found) []Shift {
	var out []Shift
	was, is := gathered(older), gathered(newer)
	for _, id := range slices.Sorted(maps.Keys(was)) {
		for _, a := range was[id] {
			left := is[id]
			if len(left) == 0 {
				out = append(out, Shift{a.Case, a.Key, a.Standard, "goes", a.words(), ""})
				continue
			}
			b := left[0]
			is[id] = left[1:]
			if a.words() == b.words() {
				continue
			}
			if a.Closed == b.Closed { // what did not change is not told
				a.Closed, b.Closed = 0, 0
			}
			out = append(out, Shift{a.Case, a.Key, a.Standard, "changes", a.words(), b.words()})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(is)) {
		for _, b := range is[id] {
			out = append(out, Shift{b.Case, b.Key, b.Standard, "appears", "", b.words()})
		}
	}
	slices.SortStableFunc(out, func(x, y Shift) int {
		return strings.Compare(x.Case+"\x00"+x.Standard+"\x00"+x.Key, y.Case+"\x00"+y.Standard+"\x00"+y.Key)
	})
	return out
}

// gathered puts findings of one standard on one key that opened together in a
// heap, in the order in which they were raised.
func gathered(list []Found) map[string][]Found {
	out := map[string][]Found{}
	for _, f := range list {
		id := fmt.Sprintf("%s\x00%s\x00%s\x00%020d", f.Case, f.Standard, f.Key, f.Opened)
		out[id] = append(out[id], f)
	}
	for _, heap := range out {
		slices.SortStableFunc(heap, func(a, b Found) int { return cmp.Compare(a.Raised, b.Raised) })
	}
	return out
}

// words tells a finding: overdue 2024-11-07, closed 2024-11-20 10:05. Midnight is left out.
func (f Found) words() string {
	w := f.Kind + " " + minute(f.Raised, f.Zone)
	if f.Advisory {
		w = f.Kind + " (advisory) " + minute(f.Raised, f.Zone)
	}
	if f.Closed != 0 {
		w += ", closed " + minute(f.Closed, f.Zone)
	}
	return w
}

func minute(t day.Instant, zone *time.Location) string {
	return strings.TrimSuffix(t.Time(zone).Format("2006-01-02 15:04"), " 00:00")
}

// Summary counts shifts in a sentence.
func Summary(shifts []Shift, cases int) string {
	n, on := map[string]int{}, map[string]bool{}
	for _, s := range shifts {
		n[s.What]++
		on[s.Case] = true
	}
	if len(shifts) == 0 {
		return fmt.Sprintf("No finding changes in %s.", count(cases, "case"))
	}
	return fmt.Sprintf("%d appear, %d go and %d change, on %d of %s.", n["appears"], n["goes"], n["changes"], len(on), count(cases, "case"))
}

// Tally counts the shifts of a standard.
type Tally struct {
	Standard           string
	Appear, Go, Change int
}

// ByStandard counts shifts standard by standard, by id.
func ByStandard(shifts []Shift) []Tally {
	of := map[string]*Tally{}
	for _, s := range shifts {
		t := of[s.Standard]
		if t == nil {
			t = &Tally{Standard: s.Standard}
			of[s.Standard] = t
		}
		switch s.What {
		case "appears":
			t.Appear++
		case "goes":
			t.Go++
		default:
			t.Change++
		}
	}
	var out []Tally
	for _, id := range slices.Sorted(maps.Keys(of)) {
		out = append(out, *of[id])
	}
	return out
}

// Tried is what both packs give on the examples of either.
type Tried struct {
	Shifts []Shift // of standards that the old pack has
	Fresh  int     // how many appear by standards that are new
	Cases  int
	Unread []string // examples that one of the packs cannot read, and why
}

// Try runs the examples of both packs with each. An example that is in both by the
// same name is taken from the new one.
func Try(oldFS fs.FS, older *pack.Pack, newFS fs.FS, newer *pack.Pack) (*Tried, error) {
	t := &Tried{}
	known := byID(older)
	for _, from := range []struct {
		fsys  fs.FS
		names []string
	}{{newFS, newer.Examples}, {oldFS, less(older.Examples, newer.Examples)}} {
		for _, name := range from.names {
			file, err := readExample(from.fsys, name)
			if err != nil {
				return nil, err
			}
			was, err := foundBy(file, older)
			if err == nil {
				var is []Found
				if is, err = foundBy(file, newer); err == nil {
					t.Cases += len(file.Cases)
					t.add(Shifts(was, is), known)
					continue
				}
			}
			t.Unread = append(t.Unread, strings.TrimSuffix(path.Base(name), ".jsonl")+" ("+brief(err)+")")
		}
	}
	return t, nil
}

func (t *Tried) add(shifts []Shift, known map[string][]*pack.Standard) {
	for _, s := range shifts {
		if known[s.Standard] == nil {
			t.Fresh++
			continue
		}
		t.Shifts = append(t.Shifts, s)
	}
}

// On says what the examples show of a standard whose condition was rewritten.
func (t *Tried) On(standard string) string {
	n := map[string]int{}
	for _, s := range t.Shifts {
		if s.Standard == standard {
			n[s.What]++
		}
	}
	if len(n) == 0 {
		return "no example shows a difference"
	}
	return fmt.Sprintf("on the examples %d appear, %d go and %d change", n["appears"], n["goes"], n["changes"])
}

// brief is an error's first line without what to do.
func brief(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	line, _, _ = strings.Cut(line, "; ")
	return line
}

// foundBy runs all standards of a pack over a file at its test moment.
func foundBy(f *timeline.File, p *pack.Pack) ([]Found, error) {
	if f.Test == nil {
		return nil, fmt.Errorf("no test line")
	}
	var out []Found
	err := each(f, p, nil, func(res *obligation.Result) { out = append(out, FoundIn(res)...) })
	return out, err
}
