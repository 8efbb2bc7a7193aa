package main

import (
	"fmt"
	"os"
	"slices"
	"time"

	"candour/internal/fact"
	"candour/internal/state"
	"candour/internal/sweep"
	"candour/internal/timeline"
)

type convertCmd struct {
	File    string `arg:"" help:"An event log (.xes, .xes.gz), or a timeline to be written out anew." type:"existingfile"`
	Pack    string `help:"An embedded pack's name, or a folder." placeholder:"NAME"`
	Mapping string `help:"For event logs: a mapping of the pack, or a file." placeholder:"NAME"`
	Out     string `short:"o" help:"Write here instead of standard output; an existing file is not overwritten." placeholder:"FILE"`
}

func (convertCmd) Help() string {
	return `Example:
  candour convert log.xes.gz --pack process-logs -o log.jsonl`
}

func (c *convertCmd) Run(a *app) error {
	file := &timeline.File{Zone: time.UTC, ZoneName: "UTC"}
	p, err := sweep.Each([]string{c.File}, sweep.Options{Pack: c.Pack, Default: "ew-investigation", Mapping: c.Mapping, Load: a.load}, func(in *state.Input) error {
		file.Zone, file.World = in.Cal.Zone(), in.World
		file.ZoneName = file.Zone.String()
		undeclared(in.Case, in.World)
		file.Cases = append(file.Cases, in.Case)
		return nil
	})
	if err != nil {
		return err
	}
	if file.World == nil {
		file.World = fact.NewWorld("unknown")
	}
	file.Pack = p.ID
	if c.Out == "" {
		return timeline.Write(a.out, file)
	}
	f, err := os.OpenFile(c.Out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := timeline.Write(f, file); err != nil {
		f.Close()
		return err
	}
	fmt.Fprintf(a.err, "%s written\n", count(len(file.Cases), "case"))
	return f.Close()
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
