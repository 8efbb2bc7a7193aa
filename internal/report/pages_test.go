package report_test

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"

	"candour/internal/day"
	"candour/internal/obligation"
	"candour/internal/pack"
	"candour/internal/report"
	"candour/internal/state"
	"candour/internal/timeline"
	"candour/packs"
)

// written are the files of a report.
type written map[string]*bytes.Buffer

type closer struct{ *bytes.Buffer }

func (closer) Close() error { return nil }

func (w written) create(name string) (io.WriteCloser, error) {
	if w[name] != nil {
		return nil, fmt.Errorf("%s: %w", name, fs.ErrExist)
	}
	w[name] = &bytes.Buffer{}
	return closer{w[name]}, nil
}

func founding(t *testing.T) *pack.Pack {
	t.Helper()
	sub, err := fs.Sub(packs.FS, "ew-investigation")
	if err != nil {
		t.Fatal(err)
	}
	p, err := pack.Load(sub, "ew-investigation")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func example(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile("../../packs/ew-investigation/examples/" + name + ".jsonl")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// few are standards on which the tests that name numbers rest, so that the pack can grow.
var few = []string{"safeguarding-considered", "supervisor-14d", "progress-28d", "cps-claim-confirmed",
	"final-warning-indictable-cps", "victim-monthly-2006", "closure-leads-empty", "supervisor-first-72h", "inspector-3m"}

// evaluate gives what the engine finds in timelines by some standards, nil for all,
// in the order in which a sweep does.
func evaluate(t *testing.T, p *pack.Pack, ids []string, asAt string, visit func(*obligation.Result) error, timelines ...string) {
	t.Helper()
	var on func(*pack.Standard) bool
	if ids != nil {
		on = obligation.Under(p, obligation.Named(ids))
	}
	for _, lines := range timelines {
		file, err := timeline.Read(strings.NewReader(lines), "test.jsonl")
		if err != nil {
			t.Fatal(err)
		}
		m := state.Moments{AsAt: state.End, KnownAt: state.End}
		if asAt != "end" {
			at, err := day.ParseMoment(asAt, file.Zone)
			if err != nil {
				t.Fatal(err)
			}
			m = state.Moments{AsAt: at.Hi, KnownAt: at.Hi}
		}
		var gather obligation.Gather
		var runner obligation.Runner
		for _, c := range file.Cases {
			in, err := state.Prepare(c, file.World, p, file.Zone)
			if err != nil {
				t.Fatal(err)
			}
			at, err := in.At(m)
			if err != nil {
				t.Fatal(err)
			}
			res := runner.Run(at, on)
			if err := gather.Add(res); err != nil {
				t.Fatal(err)
			}
			if err := visit(res); err != nil {
				t.Fatal(err)
			}
		}
		if err := gather.Each(on, visit); err != nil {
			t.Fatal(err)
		}
	}
}

// pageOf makes a report of timelines.
func pageOf(t *testing.T, o report.Options, p *pack.Pack, ids []string, asAt string, timelines ...string) written {
	t.Helper()
	w := written{}
	o.Name, o.Create = "findings.html", w.create
	page := report.NewHTML(o)
	evaluate(t, p, ids, asAt, page.Add, timelines...)
	if err := page.Close(); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w written) main(t *testing.T) node { return parse(t, w["findings.html"].String()) }

// everything checks what must be true of every page: links lead somewhere, ids are
// given once, nothing is loaded or run, and headings are in order.
func (w written) everything(t *testing.T) {
	t.Helper()
	ids, pages := map[string]bool{}, map[string]node{}
	titles := map[string]string{}
	for name, buf := range w {
		doc := parse(t, buf.String())
		pages[name] = doc
		for d := range doc.Descendants() {
			e := node{d}
			if id := e.attr("id"); id != "" {
				if ids[name+"#"+id] {
					t.Errorf("%s: the id %q is given twice", name, id)
				}
				ids[name+"#"+id] = true
			}
			for _, bad := range []string{"style", "src", "onclick", "onload", "srcset"} {
				if e.attr(bad) != "" {
					t.Errorf("%s: <%s> has %s", name, e.Data, bad)
				}
			}
		}
		for _, bad := range []string{"script", "img", "link", "iframe", "form", "object"} {
			if n := len(doc.all(bad)); n > 0 {
				t.Errorf("%s: %d elements %s", name, n, bad)
			}
		}
		if len(doc.all("h1")) != 1 {
			t.Errorf("%s: %d h1, want 1", name, len(doc.all("h1")))
		}
		for _, tab := range doc.all("table") {
			if len(tab.all("caption")) != 1 {
				t.Errorf("%s: a table without caption: %.80s", name, tab.text())
			}
		}
		for _, th := range doc.all("th") {
			if th.attr("scope") == "" {
				t.Errorf("%s: the header %q has no scope", name, th.text())
			}
		}
		title := doc.one(t, "head title").text()
		if titles[title] != "" {
			t.Errorf("%s and %s have the same title %q", name, titles[title], title)
		}
		titles[title] = name
	}
	for name, doc := range pages {
		for _, a := range doc.all("a") {
			href := a.attr("href")
			if strings.HasPrefix(href, "#") {
				href = name + href
			}
			if href == "" || !ids[href] && w[href] == nil {
				t.Errorf("%s: the link %q leads to %q, which is nowhere", name, a.text(), href)
			}
		}
	}
}
