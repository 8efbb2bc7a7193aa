package main

import (
	"context"
	"errors"
	"fmt"

	"candour/internal/casework"
)

type retainCmd struct {
	Record  string `arg:"" help:"Folder of the record." type:"path"`
	Case    string `arg:"" optional:"" help:"The case."`
	Class   string `help:"The class of retention, such as the MoPI group: G1, G2, G3, G4." placeholder:"WORD"`
	Review  string `help:"The day on which it is to be reviewed." placeholder:"DATE"`
	Reason  string `help:"Why; or why it is proposed for disposal." placeholder:"TEXT"`
	By      string `help:"Who sets it, or proposes." placeholder:"PERSON"`
	Due     bool   `help:"List the cases whose review date has come, and what disposal of each would erase."`
	AsAt    string `help:"With --due: as at this day instead of today." placeholder:"DATE"`
	Propose bool   `help:"Propose the case for disposal. It is put on record, and nothing is erased."`
}

func (retainCmd) Help() string {
	return `Examples:
  candour retain northmere 2012/0417 --class G2 --review 2034-03-01 --by 'A Records' \
      --reason 'MoPI group 2: ten years clear since the last contact, then review'
  candour retain northmere --due
  candour retain northmere --due --as-at 2035-01-01
  candour retain northmere 2012/0417 --propose --by 'A Records' --reason 'reviewed: no appeal, no linked case, no hold'

Setting a class and a review date again, after a review, retains the case on; what was set before stays on
record. Disposal is never automatic: a case that is due is listed, somebody may propose it, and two persons
erase it with candour erase. Relevant material is kept at least as long as the CPIA Code says, whatever
the class.`
}

func (c *retainCmd) Run(a *app) error {
	ctx := context.Background()
	switch set := c.Class != "" || c.Review != ""; {
	case c.Due && (c.Case != "" || c.Propose || set):
		return errors.New("--due lists the whole record; it goes with --as-at and nothing else")
	case !c.Due && c.AsAt != "":
		return errors.New("--as-at goes with --due")
	case !c.Due && c.Case == "":
		return errors.New("name a case, or --due for a list")
	case !c.Due && c.Propose == set:
		return errors.New("write --class and --review to retain the case, or --propose to propose it for disposal")
	}
	h, k, err := a.keeping(ctx, c.Record, !c.Due)
	if err != nil {
		return err
	}
	defer h.Close()
	switch {
	case c.Due:
		if err := h.noteRead(ctx, a, "retain", "", "which cases are due for review"); err != nil {
			return err
		}
		return c.due(ctx, a, k)
	case c.Propose:
		if err := k.Propose(ctx, c.Case, c.Reason, c.By); err != nil {
			return err
		}
		fmt.Fprintf(a.out, "Case %s is proposed for disposal. Nothing is erased: that takes two persons, with candour erase.\n", c.Case)
	default:
		if err := k.Retain(ctx, c.Case, casework.Retention{Class: c.Class, Review: c.Review, Reason: c.Reason, By: c.By}); err != nil {
			return err
		}
		fmt.Fprintf(a.out, "Case %s is retained in class %s until its review on %s.\n", c.Case, c.Class, c.Review)
	}
	_, _, err = h.witnessed(ctx, a)
	return err
}

func (c *retainCmd) due(ctx context.Context, a *app, k *casework.Keeper) error {
	list, err := k.Due(ctx, c.AsAt)
	if err != nil {
		return err
	}
	for _, d := range list.Cases {
		fmt.Fprintf(a.out, "%s  class %s, review due %s\n", d.Case, d.Retention.Class, d.Retention.Review)
		fmt.Fprintf(a.out, "    disposal would erase %s, %s and %s\n", count(int(d.Lines["fact"]), "fact"), count(int(d.Lines["party"]), "party"), count(d.Attachments, "attachment"))
		switch {
		case d.Held != nil:
			fmt.Fprintf(a.out, "    held by %s, %s: %s; it cannot be disposed of\n", d.Held.ID, until(*d.Held), d.Held.Basis)
		case d.Proposed != nil:
			fmt.Fprintf(a.out, "    proposed for disposal by %s on %s: %s\n", d.Proposed.By, dayOf(d.Proposed.Made), d.Proposed.Reason)
		}
	}
	fmt.Fprintf(a.out, "As at %s: %s due for review, %d not due yet, %d without a class and review date. Nothing is erased by itself.\n", list.Through, count(len(list.Cases), "case"), list.Later, list.Unset)
	for _, kase := range list.Begun {
		fmt.Fprintf(a.out, "An erasure of case %s was begun and not carried out to its end: candour erase finishes it.\n", kase)
	}
	return nil
}
