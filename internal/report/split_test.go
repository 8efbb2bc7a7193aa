package report_test

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"

	"candour/internal/obligation"
	"candour/internal/report"
)

// What is too much for one page goes into files beside it, and every link still
// leads somewhere.
func TestTooMuchForOnePageIsSplit(t *testing.T) {
	p := founding(t)
	w := written{}
	page := report.NewHTML(report.Options{Name: "findings.html", Create: w.create, Bytes: 60_000, Title: "Split"})
	repeat(t, 60, few, "case-01", "2012-12-04 12:00", page.Add)
	evaluate(t, p, few, "2024-06-01", page.Add, example(t, "case-12"))
	if err := page.Close(); err != nil {
		t.Fatal(err)
	}
	w.everything(t)
	rows, lists := 0, 0
	for name, buf := range w {
		switch {
		case strings.HasPrefix(name, "findings-list-"):
			lists++
		case strings.HasPrefix(name, "findings-0"):
			rows++
		}
		if buf.Len() > 170_000 {
			t.Errorf("%s has %d bytes", name, buf.Len())
		}
	}
	if rows < 10 || lists < 3 {
		t.Errorf("%d files of rows and %d of lists", rows, lists)
	}
	if got := w.main(t).one(t, "h1").text(); got != "544 findings in all 61 cases" {
		t.Errorf("got %q", got)
	}
	if got := len(w.main(t).one(t, "#rows").all("a")); got != rows {
		t.Errorf("the page leads to %d files of rows, want %d", got, rows)
	}
}

// repeat hands on one case's answer as that of many cases, named apart.
func repeat(t *testing.T, n int, ids []string, name, asAt string, visit func(*obligation.Result) error) {
	t.Helper()
	var first *obligation.Result
	evaluate(t, founding(t), ids, asAt, func(res *obligation.Result) error {
		if first == nil {
			first = res
			for i := range n {
				if err := visit(renamed(res, fmt.Sprintf("c%06d", i))); err != nil {
					return err
				}
			}
		}
		return nil
	}, example(t, name))
}

// renamed is the answer under another name of the case.
func renamed(res *obligation.Result, id string) *obligation.Result {
	c, in, k := *res.Case, *res.Case.Input, *res.Case.Case
	k.ID = id
	in.Case = &k
	c.Input = &in
	out := *res
	out.Case = &c
	return &out
}

// A hundred thousand cases still make a report: the page itself stays small, the
// files beside it are of a size that opens, and memory does not hold the rows.
// The short form has two thousand; CANDOUR_STRESS=1 makes it the whole.
func TestManyCases(t *testing.T) {
	n := 2_000
	if os.Getenv("CANDOUR_STRESS") != "" {
		n = 100_000
	}
	sizes := &sizes{of: map[string]int{}}
	page := report.NewHTML(report.Options{Name: "findings.html", Create: sizes.create})
	before := heap()
	repeat(t, n, nil, "case-06", "2023-06-01", page.Add)
	used := heap() - before
	if err := page.Close(); err != nil {
		t.Fatal(err)
	}
	runtime.KeepAlive(page)
	total := 0
	for name, size := range sizes.of {
		total += size
		if size > 3_000_000 {
			t.Errorf("%s has %d bytes", name, size)
		}
	}
	if size := sizes.of["findings.html"]; size == 0 || size > 1_000_000 && n > 2_000 {
		t.Errorf("the page itself has %d bytes", size)
	}
	perCase := (int(used) - 4_000_000) / n // the pack, and one page of rows
	if perCase > 2_000 {
		t.Errorf("%d bytes a case are held", perCase)
	}
	t.Logf("%d cases: %d files, %d MB; the page itself %d kB; %d MB held", n, len(sizes.of), total>>20, sizes.of["findings.html"]>>10, used>>20)
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// sizes counts what is written.
type sizes struct{ of map[string]int }

type counter struct {
	s    *sizes
	name string
}

func (s *sizes) create(name string) (io.WriteCloser, error) {
	s.of[name] = 0
	return counter{s, name}, nil
}

func (c counter) Write(p []byte) (int, error) {
	c.s.of[c.name] += len(p)
	return len(p), nil
}

func (counter) Close() error { return nil }
