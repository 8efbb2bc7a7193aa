package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"candour"
	"candour/internal/docket"
	"candour/internal/durable"
	"candour/internal/record"
	"candour/internal/state"
)

type appendCmd struct {
	Record  string   `arg:"" help:"Folder of the record." type:"path"`
	Fact    []string `help:"A line of a timeline, as JSON. May be given more than once; all are taken or none." sep:"none" placeholder:"JSON"`
	File    string   `help:"Lines of a timeline without header; - reads standard input." placeholder:"FILE"`
	Attach  []string `help:"A document that a fact names by its sha256. May be given more than once." type:"path" placeholder:"FILE"`
	Receipt string   `help:"Write a receipt of each fact into this folder." type:"path" placeholder:"DIR"`
}

func (appendCmd) Help() string {
	return `Examples:
  candour append northmere --fact '{"fact":"f9","case":"c1","kind":"victim.told","at":"2012-06-19 10:00","about":"v1","by":"oic1"}'
  candour append northmere --file lines.jsonl --attach statement.pdf --receipt receipts

Lines use the names of the record, or of lines before them. They are judged as a file is, then by the pack.
The same lines again are answered with the entries that stand. candour would says beforehand what a
fact would breach.`
}

func (c *appendCmd) Run(a *app) error {
	ctx := context.Background()
	lines, err := c.lines()
	if err != nil {
		return err
	}
	h, err := a.openToWrite(ctx, c.Record)
	if err != nil {
		return err
	}
	defer h.Close()
	cases, err := docket.ReadCases(ctx, h.log, h.header())
	if err != nil {
		return err
	}
	j, err := cases.Judge("lines", lines)
	if err != nil {
		return err
	}
	if err := c.conform(a, h, cases, j); err != nil {
		return err
	}
	if err := c.attach(ctx, h, j); err != nil {
		return err
	}
	placed, err := h.log.AppendAt(ctx, j.Expect, j.Drafts...)
	if err != nil {
		return err
	}
	if _, _, err := h.seal(ctx); err != nil {
		return err
	}
	return c.say(ctx, a, h, placed)
}

func (c *appendCmd) lines() ([]byte, error) {
	var b bytes.Buffer
	for _, f := range c.Fact {
		b.WriteString(f + "\n")
	}
	var err error
	switch c.File {
	case "":
	case "-":
		_, err = b.ReadFrom(os.Stdin)
	default:
		var text []byte
		text, err = os.ReadFile(c.File)
		b.Write(text)
	}
	if err == nil && b.Len() == 0 {
		err = errors.New("nothing to append; give --fact or --file")
	}
	return b.Bytes(), err
}

// conform asks the pack whether it knows what the lines say.
func (c *appendCmd) conform(a *app, h *home, cases *docket.Cases, j *docket.Judged) error {
	p, err := a.load(h.set.Pack)
	if err != nil {
		return err
	}
	for _, k := range j.Cases {
		if _, err := state.Prepare(k, cases.File().World, p, cases.File().Zone); err != nil {
			return err
		}
	}
	return nil
}

// attach keeps the documents, each on the chain of a fact that names it.
func (c *appendCmd) attach(ctx context.Context, h *home, j *docket.Judged) error {
	for _, path := range c.Attach {
		if err := c.attachOne(ctx, h, j, path); err != nil {
			return err
		}
	}
	return nil
}

func (c *appendCmd) attachOne(ctx context.Context, h *home, j *docket.Judged, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	digest, err := sumOf(f)
	if err != nil {
		return err
	}
	for _, d := range j.Drafts {
		if !bytes.Contains([]byte(d.Get("docs")), []byte(hex.EncodeToString(digest[:]))) {
			continue
		}
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return err
		}
		got, _, err := h.vault.Put(ctx, h.log.SealedChain(d.Chain), f)
		if err == nil && got != digest {
			err = errors.New("it changed while it was read")
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		return nil
	}
	return fmt.Errorf("%s: no fact names it; its sha256 is %s, to stand in the docs of one", filepath.Base(path), hex.EncodeToString(digest[:]))
}

func (c *appendCmd) say(ctx context.Context, a *app, h *home, placed []record.Placed) error {
	for _, p := range placed {
		if p.Existing {
			fmt.Fprintf(a.out, "entry %d: on record already\n", p.Index)
			continue
		}
		fmt.Fprintf(a.out, "entry %d: sealed\n", p.Index)
	}
	if c.Receipt == "" {
		return nil
	}
	if err := os.MkdirAll(c.Receipt, 0o700); err != nil {
		return err
	}
	for _, p := range placed {
		note, err := h.receipt(ctx, p.Index)
		if err != nil {
			return err
		}
		if err := durable.Replace(filepath.Join(c.Receipt, fmt.Sprintf("entry-%d.receipt", p.Index)), note); err != nil {
			return err
		}
	}
	return nil
}

// receipt signs the receipt of an entry.
func (h *home) receipt(ctx context.Context, index int64) (note []byte, err error) {
	err = h.log.Each(ctx, index, index+1, func(f *record.Fact) error {
		env, err := candour.ParseEnvelope(f.Envelope)
		if err == nil {
			note, err = h.log.Receipt(record.Placed{Index: f.Index, Leaf: f.Leaf, Sealed: env.Sealed}, env.Epoch)
		}
		return err
	})
	if err == nil && note == nil {
		err = fmt.Errorf("the record has no entry %d", index)
	}
	return note, err
}

type receiptCmd struct {
	Record string `arg:"" help:"Folder of the record." type:"path"`
	Entry  int64  `arg:"" help:"The entry."`
	Out    string `short:"o" required:"" help:"Write the receipt here; an existing file is not overwritten." placeholder:"FILE"`
	Proof  string `help:"Write the proof here that the record has kept the promise of the receipt, as far as it is witnessed." placeholder:"FILE"`
}

func (receiptCmd) Help() string {
	return `Examples:
  candour receipt northmere 4711 -o statement.receipt
  candour receipt northmere 4711 -o statement.receipt --proof statement.proof

A receipt says nothing of what was recorded. It is the body's signed promise that this entry stays
where it is. Who holds it checks it with candour-verify -receipt; a checkpoint without the entry is then
proof against the body.`
}

func (c *receiptCmd) Run(a *app) error {
	ctx := context.Background()
	h, err := a.openToWrite(ctx, c.Record)
	if err != nil {
		return err
	}
	defer h.Close()
	note, err := h.receipt(ctx, c.Entry)
	if err != nil {
		return err
	}
	if err := writeNew(c.Out, note); err != nil {
		return err
	}
	if c.Proof == "" {
		return nil
	}
	cp, signed, err := h.witnessed(ctx, a)
	if err != nil {
		return err
	}
	hashes, err := h.log.Inclusion(ctx, c.Entry, cp.Size)
	if err != nil {
		return err
	}
	return writeNew(c.Proof, candour.Proof{Index: c.Entry, Hashes: hashes, Checkpoint: signed}.Text())
}
