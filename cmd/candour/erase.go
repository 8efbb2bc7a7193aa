package main

import (
	"context"
	"fmt"

	"candour/internal/casework"
	"candour/internal/docket"
)

type eraseCmd struct {
	Record   string  `arg:"" help:"Folder of the record." type:"path"`
	Case     string  `arg:"" help:"The case."`
	Entry    []int64 `help:"Erase this entry of the case. May be given more than once." placeholder:"N"`
	All      bool    `help:"Erase the whole case."`
	Basis    string  `required:"" help:"The law, order or rule by which it is erased, and why it applies." placeholder:"TEXT"`
	By       string  `required:"" help:"Who erases." placeholder:"PERSON"`
	Second   string  `required:"" help:"Another person, who has looked at it independently." placeholder:"PERSON"`
	ReviewOf string  `help:"The review date on which it was decided to dispose of the case." placeholder:"DATE"`
	Yes      bool    `help:"Do it. Without this, what would go and what would stay is shown, and nothing is done."`
}

func (eraseCmd) Help() string {
	return `Examples:
  candour erase northmere 2012/0417 --entry 1204 --by 'A Records' --second 'B Audit' \
      --basis 'DPA 2018 s.47: recorded on the wrong case'
  candour erase northmere 2012/0417 --all --review-of 2034-03-01 --by 'A Records' --second 'B Audit' \
      --basis 'MoPI group 2: reviewed, no longer necessary' --yes

What was erased cannot be read again by anybody: its content and the key it was encrypted under are gone. That there
was an entry stays, and so does who had it erased, on what basis. The record verifies, and so do bundles of the case.

A hold wins: lift it first, with a reason. That the two names are two persons is looked at; that the
second is independent otherwise (no entry on the case, no shared unit or line) is not, yet. An erasure that was
broken off is carried out to its end by the same command again.

Copies of the database that were made before still hold what was erased, with its key wrapped by the master
key, unless they leave the table of data keys out; destroy them when their time has come, and make a new backup.`
}

func (c *eraseCmd) Run(a *app) error {
	ctx := context.Background()
	h, k, err := a.keeping(ctx, c.Record, c.Yes)
	if err != nil {
		return err
	}
	defer h.Close()
	if err := h.noteRead(ctx, a, "erase", docket.CaseChain(c.Case), "what an erasure would take"); err != nil {
		return err
	}
	p, err := k.PlanErasure(ctx, casework.Request{Case: c.Case, Entries: c.Entry, All: c.All, Basis: c.Basis, By: c.By, Second: c.Second, ReviewOf: c.ReviewOf})
	if err != nil {
		return err
	}
	c.show(a, p)
	if !c.Yes {
		fmt.Fprintln(a.out, "Nothing was erased. To do it, write the same with --yes.")
		return nil
	}
	done, err := k.Erase(ctx, p)
	if err != nil {
		return err
	}
	c.say(a, h, done)
	_, _, err = h.witnessed(ctx, a)
	return err
}

// mostItems is how many entries of a list are shown one by one.
const mostItems = 200

func (c *eraseCmd) show(a *app, p *casework.Plan) {
	for _, u := range p.Unfinished {
		fmt.Fprintf(a.out, "Entry %d: an erasure by %s and %s was begun on %s and not carried out to its end. That comes first.\n", u.Index, u.By, u.Second, dayOf(u.Begun))
	}
	list := func(what string, items []casework.Item) {
		if len(items) == 0 {
			return
		}
		fmt.Fprintln(a.out, what)
		for i, it := range items {
			if i == mostItems {
				fmt.Fprintf(a.out, "  and %d more\n", len(items)-i)
				break
			}
			fmt.Fprintf(a.out, "  entry %-6d %s", it.Index, it.What)
			for _, s := range []string{it.ID, it.Kind, it.Happened} {
				if s != "" {
					fmt.Fprint(a.out, " ", s)
				}
			}
			fmt.Fprintln(a.out)
		}
	}
	list("Goes:", p.Goes)
	if p.Attachments+p.Reads > 0 {
		fmt.Fprintf(a.out, "  with %s that nothing else on the case names, and %s on record of it\n", count(p.Attachments, "attachment"), count(p.Reads, "read"))
	}
	list("Stays:", p.Stays)
	if p.Kept > 0 {
		fmt.Fprintf(a.out, "Stays: %s that say how the case is kept.\n", count(p.Kept, "entry"))
	}
	for _, n := range p.Notes {
		fmt.Fprintf(a.out, "Note: %s.\n", n)
	}
}

func (c *eraseCmd) say(a *app, h *home, d *casework.Done) {
	fmt.Fprintf(a.out, "Erased: %s of case %s, %s, %s. Entry %d tells of it.\n", count(d.Entries, "entry"), c.Case, count(d.Attachments, "attachment"), count(d.Reads, "read"), d.Erasures[len(d.Erasures)-1].Index)
	if h.set.Escrow == "" {
		fmt.Fprintln(a.out, "No escrow is named in record.yaml. If one was written elsewhere, it still holds the old key: write it again.")
	} else {
		fmt.Fprintln(a.out, "The escrow was written again, without the old key.")
	}
	fmt.Fprintln(a.out, "Make a new backup: older ones still hold what was erased, as far as they hold its key.")
}
