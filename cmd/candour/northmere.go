package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"candour/internal/northmere"
	"candour/internal/timeline"
)

type northmereCmd struct {
	Dir    string `arg:"" help:"A folder to write into; it is made, and must be empty."`
	Cases  int    `default:"600" help:"How many investigations."`
	Seed   uint64 `default:"1" help:"The same seed gives the same force."`
	Found  string `help:"Make nothing: hold the findings in this file, written by check --format csv, against what was planted in the folder." type:"existingfile" placeholder:"FILE"`
	Layout string `enum:"timeline,sentry,ledgerline" default:"timeline" help:"timeline: one file that check reads; sentry or ledgerline: CSV as two invented records systems would export it, with their dirt."`
}

func (northmereCmd) Help() string {
	return `An invented force to try the standards on: 600 child-abuse investigations of 2011 to 2015, most of them
sound, 55 failing because of what somebody did again and again. planted.txt says what is wrong and what ought
to be raised on which day. Nothing in it is real.

Examples:
  candour northmere /tmp/northmere && candour backtest /tmp/northmere/northmere.jsonl
  candour northmere /tmp/export --layout sentry
  candour check /tmp/northmere/northmere.jsonl --as-at 2015-12-31 --format csv > findings.csv
  candour northmere /tmp/northmere --found findings.csv`
}

func (c *northmereCmd) Run(a *app) error {
	if c.Found != "" {
		return c.held(a)
	}
	if c.Cases < 1 {
		return fmt.Errorf("--cases %d: a force has at least one", c.Cases)
	}
	if err := os.MkdirAll(c.Dir, 0o750); err != nil {
		return err
	}
	if there, err := os.ReadDir(c.Dir); err != nil || len(there) > 0 {
		return fmt.Errorf("%s is not empty; name a new folder", c.Dir)
	}
	f := northmere.Generate(c.Seed, c.Cases)
	if err := c.force(f); err != nil {
		return err
	}
	if err := c.write("planted.txt", func(w io.Writer) error { return northmere.WritePlanted(w, f.Planted) }); err != nil {
		return err
	}
	facts := 0
	for _, k := range f.File.Cases {
		facts += len(k.Facts)
	}
	fmt.Fprintf(a.out, "%s with %d facts, %d of them with something wrong, in %s.\n", count(len(f.File.Cases), "investigation"), facts, len(f.Planted), c.Dir)
	return nil
}

// force writes the record in the layout asked for, and what is dirty in an export.
func (c *northmereCmd) force(f *northmere.Force) error {
	var dirt []northmere.Dirt
	var err error
	switch c.Layout {
	case "sentry":
		dirt, err = f.WriteA(c.Dir)
	case "ledgerline":
		dirt, err = f.WriteB(c.Dir)
	default:
		return c.write("northmere.jsonl", func(w io.Writer) error { return timeline.Write(w, f.File) })
	}
	if err != nil {
		return err
	}
	return c.write("dirt.txt", func(w io.Writer) error { return northmere.WriteDirt(w, dirt) })
}

func (c *northmereCmd) write(name string, fill func(io.Writer) error) error {
	f, err := os.OpenFile(filepath.Join(c.Dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
	if err != nil {
		return err
	}
	if err := fill(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
