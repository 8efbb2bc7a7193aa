package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"candour"
	"candour/internal/casework"
	"candour/internal/record"
	"candour/internal/witness"
)

type cosignCmd struct {
	Record  string `arg:"" help:"Folder of the record." type:"path"`
	Request string `help:"For a witness without a network: write the request to this file; with --answer: the request that is answered." type:"path" placeholder:"FILE"`
	Answer  string `help:"Take in the answer that came as a file." type:"path" placeholder:"FILE"`
	Witness string `help:"The operator of the witness, where there are several." placeholder:"NAME"`
	From    int64  `help:"How much the witness has cosigned, where it answered that it has another size." default:"-1" placeholder:"SIZE"`
}

func (cosignCmd) Help() string {
	return `Examples:
  candour cosign northmere                                   send the head to the witnesses that have an address
  candour cosign northmere --request out.txt                 for a witness without a network
  candour cosign northmere --request out.txt --answer in.txt`
}

func (c *cosignCmd) Run(a *app) error {
	ctx := context.Background()
	h, err := a.openToWrite(ctx, c.Record)
	if err != nil {
		return err
	}
	defer h.Close()
	switch {
	case c.Answer != "":
		return c.take(ctx, a, h)
	case c.Request != "":
		return c.ask(ctx, a, h)
	}
	if len(h.set.Witnesses) == 0 {
		return fmt.Errorf("the record names no witness; they are named when it is begun")
	}
	if err := h.anchorReads(ctx); err != nil {
		return err
	}
	cp, note, err := h.witnessed(ctx, a)
	if err != nil {
		return err
	}
	_, by, err := h.policy.OpenCheckpoint(note)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "%s cosigned by %s.\n", count(int(cp.Size), "entry"), strings.Join(named(by), ", "))
	return nil
}

// named are the operators who cosigned.
func named(by []candour.Cosigned) (out []string) {
	for _, w := range by {
		out = append(out, w.Operator)
	}
	return out
}

// witnessBy is the witness that is meant.
func (c *cosignCmd) witnessBy(h *home) (candour.Witness, error) {
	var found []candour.Witness
	for _, w := range h.policy.Witnesses {
		if c.Witness == "" || w.Operator == c.Witness {
			found = append(found, w)
		}
	}
	if len(found) != 1 {
		return candour.Witness{}, fmt.Errorf("%d witnesses are meant; name one operator with --witness", len(found))
	}
	return found[0], nil
}

// ask writes a request for a witness without a network.
func (c *cosignCmd) ask(ctx context.Context, a *app, h *home) error {
	w, err := c.witnessBy(h)
	if err != nil {
		return err
	}
	if err := h.anchorReads(ctx); err != nil {
		return err
	}
	cp, note, err := h.seal(ctx)
	if err != nil {
		return err
	}
	old := c.From
	if old < 0 {
		if old, err = h.cosignedBy(ctx, w, cp); err != nil {
			return err
		}
	}
	proof, err := h.log.Consistency(ctx, old, cp.Size)
	if err != nil {
		return err
	}
	if err := writeNew(c.Request, witness.Request(witness.Submission{Old: old, Proof: proof, Note: note})); err != nil {
		return err
	}
	fmt.Fprintf(a.out, "Bring %s to %s, and take in what comes back with --answer.\n", c.Request, w.Operator)
	return nil
}

// cosignedBy is the largest size that a witness cosigned in the epoch, as is kept here.
func (h *home) cosignedBy(ctx context.Context, w candour.Witness, now candour.Checkpoint) (size int64, err error) {
	err = h.log.EachCheckpoint(ctx, func(s int64, note []byte, _ []string) error {
		c, by, err := h.policy.OpenCheckpoint(note)
		if err != nil || c.Origin != now.Origin {
			return err
		}
		for _, k := range by {
			if k.Key.String() == w.Key.String() {
				size = s
				return errFound // the largest comes first
			}
		}
		return nil
	})
	return size, ignore(err, errFound)
}

func (c *cosignCmd) take(ctx context.Context, a *app, h *home) error {
	w, err := c.witnessBy(h)
	if err != nil {
		return err
	}
	request, err := os.ReadFile(c.Request)
	if err != nil {
		return fmt.Errorf("--request: %w; name the file of the request that is answered", err)
	}
	answer, err := os.ReadFile(c.Answer)
	if err != nil {
		return err
	}
	line, err := (&witness.Client{Witness: w}).TakeAnswer(request, answer)
	if err != nil {
		return err
	}
	_, body, _ := strings.Cut(string(request), "\n")
	sub, err := witness.ParseSubmission([]byte(body))
	if err != nil {
		return err
	}
	cp, _, err := h.policy.OpenCheckpoint(sub.Note)
	if err != nil {
		return err
	}
	if err := (keptLog{h}).Keep(ctx, cp, line); err != nil {
		return err
	}
	fmt.Fprintf(a.out, "%s cosigned by %s.\n", count(int(cp.Size), "entry"), w.Operator)
	return nil
}

// keptLog is the record as the keeper of its witnesses needs it.
type keptLog struct{ *home }

// Checkpoint implements witness.Log. It is sent without the cosignatures that it has: each
// witness puts its own on the body's.
func (k keptLog) Checkpoint(ctx context.Context) ([]byte, candour.Checkpoint, error) {
	c, note, err := k.log.SignedAt(ctx, k.sealed.Size)
	return note, c, err
}

// Consistency implements witness.Log.
func (k keptLog) Consistency(ctx context.Context, from, to int64) ([]candour.Hash, error) {
	return k.log.Consistency(ctx, from, to)
}

// Keep implements witness.Log.
func (k keptLog) Keep(ctx context.Context, c candour.Checkpoint, line string) error {
	name, _, _ := strings.Cut(strings.TrimPrefix(line, "— "), " ")
	for _, w := range k.policy.Witnesses {
		if w.Key.Name == name {
			return k.log.Cosign(ctx, c.Size, w.Key.String(), line)
		}
	}
	return fmt.Errorf("a cosignature by %q, which is no witness of the record", name)
}

// Leaves implements witness.LeafLog.
func (k keptLog) Leaves(ctx context.Context, from, to int64) (out []candour.Hash, err error) {
	return k.log.Leaves(ctx, from, to)
}

// asker asks the witnesses that have an address.
func (h *home) asker(a *app) *witness.Keeper {
	if h.witnesses == nil {
		var clients []*witness.Client
		var mirrors []string
		for _, w := range h.set.Witnesses {
			for _, known := range h.policy.Witnesses {
				if w.URL != "" && known.Key.String() == w.Key {
					clients = append(clients, &witness.Client{URL: strings.TrimSuffix(w.URL, "/"), Witness: known})
					if w.Mirror {
						mirrors = append(mirrors, known.Key.Name)
					}
				}
			}
		}
		h.witnesses = witness.NewKeeper(keptLog{h}, clients...)
		h.witnesses.Now = a.now
		for _, name := range mirrors {
			if err := h.witnesses.Mirror(name); err != nil {
				fmt.Fprintln(a.err, "candour:", err)
			}
		}
	}
	return h.witnesses
}

// unwitnessed counts the entries that no checkpoint with enough cosignatures has, and tells since
// when: when the first of them was sealed.
func (h *home) unwitnessed(ctx context.Context) (n int64, since time.Time, err error) {
	head, err := h.log.Head(ctx)
	if err != nil {
		return 0, since, err
	}
	var size int64
	err = h.log.EachCheckpoint(ctx, func(s int64, note []byte, _ []string) error {
		if _, by, err := h.policy.OpenCheckpoint(note); err == nil && h.policy.Reached(by) && len(by) > 0 {
			size = s
			return errFound // the largest comes first
		}
		return nil
	})
	if err != nil && !errors.Is(err, errFound) || size >= head.Edge.Size {
		return 0, since, ignore(err, errFound)
	}
	err = h.log.Each(ctx, size, size+1, func(f *record.Fact) error { since = time.Unix(0, f.Sealed()); return nil })
	return head.Edge.Size - size, since, err
}

// ignore is an error, unless it is that one.
func ignore(err, that error) error {
	if errors.Is(err, that) {
		return nil
	}
	return err
}

// round asks each witness once. One that cannot be reached is told and is no error; one that
// has seen another record is.
func (h *home) round(ctx context.Context, a *app) error {
	err := h.asker(a).Round(ctx)
	if err == nil {
		return nil
	}
	if witness.Alarming(err) {
		h.log.Freeze(&record.Frozen{Why: err.Error()})
		return fmt.Errorf("%w. Write nothing more, keep everything as it is, and call those who oversee you", err)
	}
	fmt.Fprintln(a.err, "candour: not cosigned:", err)
	return nil
}

// anchorReads puts the head of the log of reads into the record, so that who witnesses the one
// witnesses the other.
func (h *home) anchorReads(ctx context.Context) error {
	return casework.AnchorReads(ctx, h.log, h.reads, h.set.Body)
}

// witnessed signs the head and has it cosigned by the witnesses that can be reached.
func (h *home) witnessed(ctx context.Context, a *app) (candour.Checkpoint, []byte, error) {
	c, note, err := h.seal(ctx)
	if err != nil || len(h.set.Witnesses) == 0 {
		return c, note, err
	}
	h.sealed = c
	if err := h.round(ctx, a); err != nil {
		return c, note, err
	}
	note, err = h.log.CheckpointAt(ctx, c.Size)
	return c, note, err
}
