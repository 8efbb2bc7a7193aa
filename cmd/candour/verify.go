package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"candour"
	"candour/internal/casework"
	"candour/internal/record"
)

type verifyCmd struct {
	Record     string   `arg:"" help:"Folder of the record." type:"path"`
	Checkpoint []string `help:"A checkpoint that somebody else has, such as the witness: the record must continue it." type:"path" placeholder:"FILE"`
}

func (verifyCmd) Help() string {
	return `Examples:
  candour verify northmere
  candour verify northmere --checkpoint from-the-witness.txt

Goes over every entry: its envelope, its leaf, its place in its chain and in the tree, its content
against what was sealed, the signatures of kept checkpoints, and what others have seen.
Exit status: 0 intact, 1 something is not as it was sealed. For bundles there is candour-verify.`
}

func (c *verifyCmd) Run(a *app) error {
	ctx := context.Background()
	h, err := a.openToRead(ctx, c.Record)
	if err != nil {
		return err
	}
	defer h.Close()
	seen, err := c.seen(h)
	if err != nil {
		return err
	}
	begun := a.now()
	tick := a.counting("entries verified")
	v, err := h.log.Verify(ctx, h.policy, seen, func(done, _ int64) { tick(done) })
	if err != nil {
		return err
	}
	a.countingDone()
	if err := c.reads(ctx, a, h, v); err != nil {
		return err
	}
	return c.say(a, h, v, len(seen), a.now().Sub(begun))
}

// reads verifies the log of reads, and adds what it finds to what was found.
func (c *verifyCmd) reads(ctx context.Context, a *app, h *home, v *record.Verification) error {
	r, anchors, err := casework.VerifyReads(ctx, h.log, h.reads, h.policy, h.set.Body)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "%s in the log of reads; the record says in %s how it stood.\n", count(int(r.Facts), "entry"), count(anchors, "entry"))
	for _, f := range r.Faults {
		what := "the log of reads: " + f.What
		if f.Index >= 0 {
			what = fmt.Sprintf("the log of reads, entry %d: %s", f.Index, f.What)
		}
		v.Faults = append(v.Faults, record.Fault{Index: -1, What: what})
	}
	v.Count += r.Count
	return nil
}

// seen are the checkpoints that stand outside the database.
func (c *verifyCmd) seen(h *home) (out []record.Seen, err error) {
	anchor, ok, err := h.anchor()
	if err != nil {
		return nil, err
	}
	if ok {
		out = append(out, record.Seen{By: "the file " + fileAnchor + " beside the keys", Checkpoint: anchor})
	}
	for _, path := range c.Checkpoint {
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		cp, _, err := h.policy.OpenCheckpoint(b)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		out = append(out, record.Seen{By: path, Checkpoint: cp})
	}
	return out, nil
}

func (c *verifyCmd) say(a *app, h *home, v *record.Verification, seen int, took time.Duration) error {
	fmt.Fprintf(a.out, "%s on %s, in %s.\n", count(int(v.Facts), "entry"), count(v.Chains, "chain"), took.Round(time.Millisecond))
	if v.Erased > 0 {
		fmt.Fprintf(a.out, "%s erased lawfully: a later entry on the same chain tells of each.\n", count(int(v.Erased), "entry"))
	}
	if v.Remaining > 0 {
		fmt.Fprintf(a.out, "%s told to be erased and still here: the erasure was begun and not carried out.\n", count(int(v.Remaining), "entry"))
	}
	if v.Unfinished > 0 {
		fmt.Fprintf(a.out, "%s begun and not carried out to the end, so that old keys may be left: candour retain --due names the cases, candour erase finishes.\n", count(int(v.Unfinished), "erasure"))
	}
	if v.Lost > 0 {
		fmt.Fprintf(a.out, "%s lost in a restore but for the envelope: the entry that tells of the restore names each.\n", count(int(v.Lost), "entry"))
	}
	for _, g := range v.Gaps {
		fmt.Fprintf(a.out, "After a restore a new epoch began with entry %d: what %s shows of entries %d to %d was lost with the epoch before.\n", g.From, g.By, g.From, g.To-1)
	}
	witnessed(a, h.policy, v)
	if v.Intact() {
		fmt.Fprintf(a.out, "INTACT: nothing was altered, removed, put in or moved. Held against %s and %s from outside.\n", count(v.Checkpoints, "kept checkpoint"), count(seen, "checkpoint"))
		return nil
	}
	fmt.Fprintf(a.out, "CHANGED: %s not as it was sealed.\n", count(int(v.Count), "thing"))
	for _, f := range v.Faults {
		if f.Index >= 0 {
			fmt.Fprintf(a.out, "  entry %d: %s\n", f.Index, f.What)
		} else {
			fmt.Fprintf(a.out, "  %s\n", f.What)
		}
	}
	if int64(len(v.Faults)) < v.Count {
		fmt.Fprintf(a.out, "  and %d more\n", v.Count-int64(len(v.Faults)))
	}
	fmt.Fprintln(a.out, "Leave the record as it is, write nothing to it, and call those who oversee you: doc/operating.md says how.")
	return errFound
}

func witnessed(a *app, p *candour.Policy, v *record.Verification) {
	switch {
	case v.Witnessed == 0:
		fmt.Fprintln(a.out, "Not independently witnessed: that this is the record which was always kept rests on the body's own word.")
	case v.Witnessed < v.Facts:
		fmt.Fprintf(a.out, "Witnessed independently up to entry %d; the %d after it are not yet.\n", v.Witnessed-1, v.Facts-v.Witnessed)
	default:
		fmt.Fprintln(a.out, "Witnessed independently to the last entry.")
	}
}
