package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"candour/internal/exchange"
	"candour/internal/obligation"
	"candour/internal/report"
	"candour/internal/sweep"
)

type reportCmd struct {
	reading
	choice
	Files       []string `arg:"" help:"Timelines (.jsonl), event logs (.xes, .xes.gz), or CSV files or their folder." type:"path"`
	Out         string   `short:"o" required:"" help:"The page to write; an existing file is not overwritten. What is too much for one page goes into files beside it." placeholder:"FILE"`
	Title       string   `help:"What the report is on: the body, the team, the period." placeholder:"TEXT"`
	CameToLight []string `help:"The kinds of fact by which a case comes to light, the first recorded counts; default a referral, an independent review, a disposal or closure." placeholder:"KIND"`
}

func (reportCmd) Help() string {
	return `Examples:
  candour report cases.jsonl -o findings.html
  candour report cases.jsonl --as-at 2014-08-18 --title "Northmere Police" -o findings.html`
}

func (c *reportCmd) Run(a *app) error {
	if _, err := os.Lstat(c.Out); err == nil {
		return fmt.Errorf("%s exists and is not overwritten; name another file", c.Out)
	}
	out := &folder{dir: filepath.Dir(c.Out)}
	made, err := c.made()
	if err != nil {
		return err
	}
	page := report.NewHTML(report.Options{
		Title: c.Title, Light: c.CameToLight, On: c.on, Made: made, Name: filepath.Base(c.Out), Create: out.create,
	})
	if err := c.write(a, page); err != nil {
		return errors.Join(err, out.remove())
	}
	if len(out.written) > 1 {
		fmt.Fprintf(a.err, "%s is the report; the rest of it is in %s beside it\n", c.Out, count(len(out.written)-1, "file"))
	}
	return nil
}

func (c *reportCmd) write(a *app, page *report.HTML) error {
	cases := 0
	o := c.options(a)
	o.Summary = func(name string, s exchange.Summary) { note(page, filepath.Base(name), s) }
	o.Tables.Before = func(im *exchange.Import) error { return left(page, im) }
	ask := c.ask(a)
	ask.On = c.on
	err := a.eachResult(c.Files, o, ask, func(res *obligation.Result) error {
		if res.Scope == "" {
			cases++
			a.progress(cases)
		}
		return page.Add(res)
	})
	if err != nil {
		return err
	}
	a.progressDone(cases)
	return page.Close()
}

// note says what of an event log is not in the report.
func note(page *report.HTML, name string, s exchange.Summary) {
	if s.Dropped > 0 {
		page.Note("Left out of "+name, s.Dropped, "The mapping says to leave out these events.")
	}
	if s.Duplicates > 0 {
		page.Note("Repeated in "+name, s.Duplicates, "Events that are the same to the last attribute. They are kept.")
	}
}

// left says what of CSV files is not in the report, first of all where rows had faults.
func left(page *report.HTML, im *exchange.Import) error {
	s := &im.Summary
	if n := im.Left.Rows; n > 0 {
		page.Lack(fmt.Sprintf("This is not the whole record: %d of %s had a fault and are left out.", n, count(int(s.Rows), "row")))
		page.Note("Left out: rows with a fault", n, "They are not judged. “candour check” with the same files lists each with its line, its fault and what to do.")
	}
	if s.Dropped > 0 {
		page.Note("Left out: rows", s.Dropped, "The mapping says to leave out rows of their code.")
	}
	if s.Repeated > 0 {
		page.Note("Repeated rows", s.Repeated, "Rows the same as an earlier one. They are read once.")
	}
	return nil
}

// made says how the report was made, so that it can be made again. Files are
// named without their folders, which are nobody's business but the maker's.
func (c *reportCmd) made() ([][2]string, error) {
	var names []string
	var out [][2]string
	for _, path := range c.Files {
		names = append(names, filepath.Base(path))
	}
	inputs, err := sweep.Inputs(c.Files)
	if err != nil {
		return nil, err
	}
	for _, in := range inputs {
		sum, err := digest(in.Open)
		if err != nil {
			return nil, err
		}
		out = append(out, [2]string{"Digest of " + in.Name, "sha256 " + sum})
	}
	words := append([]string{"candour report"}, names...)
	for _, f := range []struct{ flag, value string }{
		{"pack", filepath.Base(c.Pack)}, {"mapping", filepath.Base(c.Mapping)}, {"profile", c.Profile},
		{"standard", strings.Join(c.Standard, ",")}, {"as-at", c.AsAt}, {"known-at", c.KnownAt}, {"came-to-light", strings.Join(c.CameToLight, ",")}, {"title", c.Title},
	} {
		if f.value != "" && f.value != "." {
			words = append(words, fmt.Sprintf("--%s %s", f.flag, quoted(f.value)))
		}
	}
	if c.KeepGoing {
		words = append(words, "--keep-going")
	}
	if c.BySealed {
		words = append(words, "--by-sealed")
	}
	return append([][2]string{{"Made by", strings.Join(words, " ") + " -o " + filepath.Base(c.Out)}}, out...), nil
}

func quoted(s string) string {
	if strings.ContainsAny(s, " '\"") {
		return "'" + s + "'"
	}
	return s
}

func digest(open func() (io.ReadCloser, error)) (string, error) {
	f, err := open()
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return fmt.Sprintf("%x", h.Sum(nil)), nil
}

// folder holds the files of a report; none that exists is overwritten.
type folder struct {
	dir     string
	written []string
}

func (d *folder) create(name string) (io.WriteCloser, error) {
	path := filepath.Join(d.dir, name)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	d.written = append(d.written, path)
	return f, nil
}

// remove takes back what was written of a report that could not be finished.
func (d *folder) remove() error {
	var errs []error
	for _, path := range d.written {
		errs = append(errs, os.Remove(path))
	}
	return errors.Join(errs...)
}
