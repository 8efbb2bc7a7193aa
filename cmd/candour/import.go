package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"candour/internal/docket"
	"candour/internal/sweep"
)

type importCmd struct {
	Record        string   `arg:"" help:"Folder of the record." type:"path"`
	Files         []string `arg:"" help:"Timelines (.jsonl), an event log, or CSV files or their folder." type:"path"`
	Pack          string   `help:"The pack of a mapping; default the record's." placeholder:"NAME"`
	Mapping       string   `help:"For event logs and CSV: a mapping of the pack, or a file." placeholder:"NAME"`
	KeepGoing     bool     `help:"Of CSV files: leave rows with a fault out, and say so."`
	Left          string   `help:"Of CSV files: write here, as CSV, what is wrong with which row." placeholder:"FILE"`
	SkipConflicts bool     `help:"Leave lines out whose id stands for other content in the record, and say which."`
	DryRun        bool     `help:"Say what would be new, what changed and what conflicts, and take nothing."`
}

func (importCmd) Help() string {
	return `Examples:
  candour import northmere cases.jsonl --dry-run
  candour import northmere export/ --mapping sentry --keep-going --left left.csv

What the record has already is passed over, so an import that was broken off is resumed by the
same command. A file with a fault is refused whole, before anything is taken.`
}

func (c *importCmd) Run(a *app) error {
	ctx := context.Background()
	h, err := a.openHome(ctx, c.Record, !c.DryRun)
	if err != nil {
		return err
	}
	defer h.Close()
	if h.older != nil && !c.DryRun {
		return h.older
	}
	sources, done, err := c.sources(a, h)
	if err != nil {
		return err
	}
	defer done()
	im := &docket.Importer{Log: h.log, Header: h.header(), SkipConflicts: c.SkipConflicts}
	for _, s := range sources {
		if err := c.one(ctx, a, im, s); err != nil {
			return err
		}
	}
	if c.DryRun {
		return nil
	}
	cp, _, err := h.seal(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "The record has %s.\n", count(int(cp.Size), "entry"))
	return nil
}

// one plans an import and, unless it is a dry run or something conflicts, makes it.
func (c *importCmd) one(ctx context.Context, a *app, im *docket.Importer, s docket.Source) error {
	im.Progress = a.counting("lines read")
	p, err := im.Plan(ctx, s)
	if err != nil {
		return err
	}
	c.tell(a, s, p)
	if p.Conflict > 0 && !c.SkipConflicts {
		return errors.New("nothing was taken. An id that stands for other content is either another thing, which needs another id, or a correction, which is a later fact that supersedes; or leave those lines out with --skip-conflicts")
	}
	if c.DryRun || p.Added() == 0 {
		return nil
	}
	im.Progress = a.counting("lines taken")
	_, err = im.Take(ctx, s)
	return err
}

func (c *importCmd) tell(a *app, s docket.Source, p *docket.Plan) {
	var parts []string
	for _, w := range []struct{ what, noun string }{{"case", "case"}, {"party", "party"}, {"fact", "fact"}, {"person", "person"}, {"unit", "unit"}, {"body", "body"}, {"source", "source"}, {"policy", "policy"}} {
		if n := p.New[w.what]; n > 0 {
			parts = append(parts, count(int(n), w.noun))
		}
	}
	news := "nothing new"
	if len(parts) > 0 {
		news = strings.Join(parts, ", ") + " new"
	}
	fmt.Fprintf(a.out, "%s: %s; %s on record already.\n", filepath.Base(s.Name), news, count(int(p.Same), "line"))
	for i, id := range p.Changed {
		if i == 10 {
			fmt.Fprintf(a.out, "  and %d more that changed\n", len(p.Changed)-i)
			break
		}
		fmt.Fprintf(a.out, "  changed: %s; the earlier line stays on record\n", id)
	}
	for i, k := range p.Conflicts {
		if i == 10 {
			fmt.Fprintf(a.out, "  and %d more that conflict\n", p.Conflict-int64(i))
			break
		}
		fmt.Fprintf(a.out, "  line %d: the %s %s stands in the record with other content\n", k.Line, k.What, k.ID)
	}
}

// sources are the timelines to take. What is not a timeline is first written as one, to a
// file that is removed at the end.
func (c *importCmd) sources(a *app, h *home) (out []docket.Source, done func(), err error) {
	done = func() {}
	plain := true
	for _, f := range c.Files {
		t, err := isTimeline(f)
		if err != nil {
			return nil, done, err
		}
		plain = plain && t
	}
	if plain {
		for _, f := range c.Files {
			out = append(out, docket.Source{Name: f, Open: func() (io.ReadCloser, error) { return os.Open(f) }})
		}
		return out, done, nil
	}
	dir, err := os.MkdirTemp(h.dir, ".import-*")
	if err != nil {
		return nil, done, err
	}
	done = func() { os.RemoveAll(dir) }
	path := filepath.Join(dir, "import.jsonl")
	pack := c.Pack
	if pack == "" {
		pack = h.set.Pack
	}
	conv := convertCmd{Files: c.Files, Pack: pack, Mapping: c.Mapping, KeepGoing: c.KeepGoing, Left: c.Left, Out: path}
	if err := conv.Run(a); err != nil {
		done()
		return nil, func() {}, err
	}
	return []docket.Source{{Name: c.Files[0], Open: func() (io.ReadCloser, error) { return os.Open(path) }}}, done, nil
}

// isTimeline tells a timeline by its name, or its first bytes.
func isTimeline(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.IsDir() {
		return false, err
	}
	if strings.HasSuffix(path, ".csv") {
		return false, nil
	}
	head := make([]byte, 512)
	n, err := f.Read(head)
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	return !sweep.IsLog(head[:n]), nil
}
