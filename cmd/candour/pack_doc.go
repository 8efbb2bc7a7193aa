package main

import (
	"bytes"

	"candour/internal/paper"
	"candour/internal/trial"
)

type packDocCmd struct {
	Pack   string `arg:"" optional:"" default:"ew-investigation" help:"An embedded pack's name, or a folder."`
	Format string `enum:"html,markdown" default:"html" help:"html or markdown."`
	Out    string `short:"o" help:"Write here instead of standard output; an existing file is not overwritten." placeholder:"FILE"`
}

func (packDocCmd) Help() string {
	return `Examples:
  candour pack doc -o pack.html                one page, to read, search and print
  candour pack doc ./my-pack --format markdown`
}

func (c *packDocCmd) Run(a *app) error {
	fsys, err := packFS(c.Pack)
	if err != nil {
		return err
	}
	p, err := a.load(c.Pack)
	if err != nil {
		return err
	}
	d, err := trial.Doc(fsys, p)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	write := paper.HTML
	if c.Format == "markdown" {
		write = paper.Markdown
	}
	if err := write(&b, d); err != nil {
		return err
	}
	if c.Out == "" {
		_, err := a.out.Write(b.Bytes())
		return err
	}
	f, err := create(c.Out, 0o644)
	if err != nil {
		return err
	}
	if _, err := f.Write(b.Bytes()); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
