package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"candour/internal/pack"
	"candour/internal/timeline"
	"candour/internal/trial"
)

type packCmd struct {
	Check packCheckCmd `cmd:"" help:"Read a pack whole, and run its examples."`
}

type packCheckCmd struct {
	Pack string `arg:"" optional:"" default:"ew-investigation" help:"An embedded pack's name, or a folder."`
}

func (packCheckCmd) Help() string {
	return `Examples:
  candour pack check                   the shipped pack
  candour pack check ./my-pack         a folder`
}

func (c *packCheckCmd) Run(a *app) error {
	fsys, err := packFS(c.Pack)
	if err != nil {
		return err
	}
	p, err := pack.Load(fsys, c.Pack)
	var problems pack.Problems
	if errors.As(err, &problems) {
		for _, q := range problems {
			fmt.Fprintln(a.out, q.Error())
		}
		fmt.Fprintf(a.out, "%s; the pack is refused.\n", count(len(problems), "problem"))
		return errFound
	}
	if err != nil {
		return err
	}
	bad := 0
	there := map[string]bool{}
	for _, name := range p.Examples {
		n, err := example(a, fsys, p, name, there)
		if err != nil {
			return err
		}
		bad += n
	}
	bad += missing(a, p, there)
	for _, w := range p.Warnings {
		fmt.Fprintln(a.out, "advice: "+w.Error())
	}
	fmt.Fprintf(a.out, "%s: %s, %s, %s; %s.\n", p.ID, count(len(p.StandardIDs()), "standard"), count(len(p.Kinds), "kind"),
		count(len(p.Examples), "example"), count(bad, "difference"))
	if bad > 0 {
		return errFound
	}
	return nil
}

// missing tells of examples that a standard names and the pack does not hold.
func missing(a *app, p *pack.Pack, there map[string]bool) int {
	n := 0
	for _, s := range p.Standards {
		for _, ex := range s.Examples {
			if !there[ex] {
				fmt.Fprintf(a.out, "%s:%d: %s names the example %q, which is neither a file under examples/ nor a case in one; write it, or mend the name\n", s.File, s.Line, s.ID, ex)
				n++
			}
		}
	}
	return n
}

// example runs one example file and notes its name and its cases as there.
func example(a *app, fsys fs.FS, p *pack.Pack, name string, there map[string]bool) (int, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	file, err := timeline.Read(f, name)
	if err != nil {
		return 0, err
	}
	there[strings.TrimSuffix(path.Base(name), ".jsonl")] = true
	for _, c := range file.Cases {
		there[c.ID] = true
	}
	out, err := trial.Run(file, p)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	for _, d := range out.Differences {
		fmt.Fprintf(a.out, "%s: %s\n", name, d)
	}
	return len(out.Differences), nil
}
