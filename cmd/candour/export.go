package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"candour/internal/docket"
)

type exportCmd struct {
	Record string `arg:"" help:"Folder of the record." type:"path"`
	Out    string `short:"o" help:"Write here instead of standard output; an existing file is not overwritten." placeholder:"FILE"`
}

func (exportCmd) Help() string {
	return `Examples:
  candour export northmere -o northmere.jsonl

Writes the whole record as one timeline. What the record says of itself (alarms, bundles, erasures)
is no line of a timeline and is left out; so is what was erased. The export is itself put on record.`
}

func (c *exportCmd) Run(a *app) (err error) {
	ctx := context.Background()
	h, err := a.openToRead(ctx, c.Record)
	if err != nil {
		return err
	}
	defer h.Close()
	if err := h.noteRead(ctx, a, "export", "", "every case"); err != nil {
		return err
	}
	cases, err := docket.ReadCases(ctx, h.log, h.header())
	if err != nil {
		return err
	}
	var out io.Writer = a.out
	if c.Out != "" {
		f, err := create(c.Out, 0o600)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		out = f
	}
	w := bufio.NewWriterSize(out, 1<<16)
	if err := cases.EachLine(func(text []byte) error {
		_, err := w.Write(append(text, '\n'))
		return err
	}); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if cases.Erased > 0 {
		fmt.Fprintf(a.err, "%s erased and left out.\n", count(int(cases.Erased), "entry"))
	}
	if cases.Orphan > 0 {
		fmt.Fprintf(a.err, "%s recorded after the case was erased, and left out: erase it too, or record the case anew under another reference.\n", count(int(cases.Orphan), "entry"))
	}
	return nil
}
