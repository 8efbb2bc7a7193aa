package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"candour/internal/exchange"
	"candour/internal/fact"
	"candour/internal/state"
	"candour/internal/sweep"
	"candour/internal/timeline"
)

type convertCmd struct {
	Files     []string `arg:"" help:"An event log (.xes, .xes.gz), CSV files or their folder, or a timeline to be written out anew." type:"path"`
	Pack      string   `help:"An embedded pack's name, or a folder." placeholder:"NAME"`
	Mapping   string   `help:"For event logs and CSV: a mapping of the pack, or a file." placeholder:"NAME"`
	DryRun    bool     `help:"Of CSV files: tell what they hold and what is wrong with them, and write nothing."`
	KeepGoing bool     `help:"Of CSV files: leave rows with a fault out, and say so in the first lines."`
	Left      string   `help:"Of CSV files: write here, as CSV, what is wrong with which row." placeholder:"FILE"`
	Out       string   `short:"o" help:"Write here instead of standard output; an existing file is not overwritten." placeholder:"FILE"`
}

func (convertCmd) Help() string {
	return `Examples:
  candour convert log.xes.gz --pack process-logs -o log.jsonl
  candour convert export/ --mapping crimes.yaml --dry-run
  candour convert export/ --mapping crimes.yaml --keep-going --left left.csv -o cases.jsonl`
}

// errDry ends a dry run after the files were checked.
var errDry = errors.New("dry run")

func (c *convertCmd) Run(a *app) error {
	o := sweep.Options{Pack: c.Pack, Default: "ew-investigation", Mapping: c.Mapping, Load: a.load}
	sets, err := sweep.Sets(c.Files, o)
	if err != nil {
		return err
	}
	if len(sets) > 1 {
		return errors.New("several files make one timeline only where they are the CSV files of one mapping; convert the others one by one")
	}
	s := &converting{app: a, path: c.Out, world: fact.NewWorld("unknown"), zone: "UTC"}
	o.Tables = a.tables(c.KeepGoing, c.Left, func(im *exchange.Import) error { return c.checked(a, im) })
	o.Tables.Before = func(im *exchange.Import) error {
		s.flows, s.notes, s.world, s.zone = true, leftLines(im), im.World, im.Layout.Zone.String()
		return nil
	}
	p, err := sweep.Each(sets[0], o, s.add)
	if errors.Is(err, errDry) {
		return nil
	}
	if err == nil {
		s.pack = p.ID
		err = s.finish()
	}
	return s.close(err)
}

// checked tells the person who watches what CSV files hold.
func (c *convertCmd) checked(a *app, im *exchange.Import) error {
	out := a.err
	if c.DryRun {
		out = a.out
	}
	for _, s := range im.Summary.Lines() {
		fmt.Fprintln(out, s)
	}
	if !c.DryRun {
		return nil
	}
	if im.Left.Faults == 0 {
		fmt.Fprintln(out, "every row can be read")
		return errDry
	}
	return &sweep.Refused{Left: &im.Left}
}

// converting writes the cases of CSV files as they come, so that files of any
// length need the memory of one case. The others it holds, since an event log
// names its persons as it goes.
type converting struct {
	app    *app
	path   string
	file   *os.File
	stream *timeline.Stream // once the first line was written
	flows  bool             // the world is known before the first case
	notes  []string
	held   []*fact.Case
	world  *fact.World
	zone   string
	pack   string
	cases  int
}

func (s *converting) add(in *state.Input) error {
	s.world, s.zone, s.pack = in.World, in.Cal.Zone().String(), in.Pack.ID
	undeclared(in.Case, in.World)
	s.cases++
	if !s.flows {
		s.held = append(s.held, in.Case)
		return nil
	}
	if err := s.start(); err != nil {
		return err
	}
	return s.stream.Case(in.Case)
}

// start writes what comes before the cases, once.
func (s *converting) start() (err error) {
	if s.stream != nil {
		return nil
	}
	var out io.Writer = s.app.out
	if s.path != "" {
		if s.file, err = create(s.path, 0o600); err != nil {
			return err
		}
		out = s.file
	}
	file := &timeline.File{Pack: s.pack, Profile: s.world.Profile, ZoneName: s.zone, World: s.world}
	s.stream, err = timeline.NewStream(out, file, s.notes...)
	return err
}

// finish ends the timeline; without a case it is one of none.
func (s *converting) finish() error {
	if err := s.start(); err != nil {
		return err
	}
	for _, c := range s.held {
		if err := s.stream.Case(c); err != nil {
			return err
		}
	}
	return s.stream.Close()
}

// close leaves no file behind that is not whole.
func (s *converting) close(err error) error {
	if s.file == nil {
		return err
	}
	if err = errors.Join(err, s.file.Close()); err != nil {
		return errors.Join(err, os.Remove(s.path))
	}
	fmt.Fprintf(s.app.err, "%s written\n", count(s.cases, "case"))
	return nil
}

// undeclared leaves out the names of feeds that the file does not declare: an
// event log says nothing of how far its feed was complete, and a feed without a
// mark would hold back every finding.
func undeclared(c *fact.Case, w *fact.World) {
	for _, f := range c.Facts {
		if !slices.ContainsFunc(w.Sources, func(s *fact.Source) bool { return s.ID == f.Source }) {
			f.Source = ""
		}
	}
}
