package main

import (
	"errors"
	"fmt"

	"candour/internal/pack"
	"candour/internal/trial"
)

type packCmd struct {
	Check packCheckCmd `cmd:"" help:"Read a pack whole, and run its examples."`
	List  packListCmd  `cmd:"" help:"List a pack's standards."`
	Doc   packDocCmd   `cmd:"" help:"Write a pack as a document that a lawyer can read and print."`
	Diff  packDiffCmd  `cmd:"" help:"Say what changed between two packs, and what got weaker."`
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
	bad, err := trial.Check(fsys, p)
	if err != nil {
		return err
	}
	for _, q := range bad {
		fmt.Fprintln(a.out, q.Error())
	}
	for _, q := range trial.Contradictions(p) {
		fmt.Fprintln(a.out, "advice: "+q.Error())
	}
	fmt.Fprintf(a.out, "%s: %s, %s, %s; %s.\n", p.ID, count(written(p), "standard"), count(len(p.Kinds), "kind"),
		count(len(p.Examples), "example"), count(len(bad), "problem"))
	if len(bad) > 0 {
		return errFound
	}
	return nil
}

// written counts the standards that the pack writes down; the duties to supply a
// missing value follow from its fields.
func written(p *pack.Pack) int {
	ids := map[string]bool{}
	for _, s := range p.Standards {
		if s.Asks == nil {
			ids[s.ID] = true
		}
	}
	return len(ids)
}
