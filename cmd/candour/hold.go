package main

import (
	"context"
	"errors"
	"fmt"

	"candour/internal/casework"
	"candour/internal/docket"
)

type holdCmd struct {
	Record string `arg:"" help:"Folder of the record." type:"path"`
	Case   string `arg:"" optional:"" help:"The case; without it, all cases that are held are listed."`
	Basis  string `help:"Place a hold: on which ground the case must be kept." placeholder:"TEXT"`
	By     string `help:"Who places or lifts it." placeholder:"PERSON"`
	Second string `help:"A second person who agrees, where one does." placeholder:"PERSON"`
	Until  string `help:"The last day of the hold; without it the hold is open." placeholder:"DATE"`
	ID     string `name:"id" help:"A word for the hold; default h1, h2 and so on." placeholder:"WORD"`
	Lift   string `help:"Lift this hold." placeholder:"ID"`
	Reason string `help:"Why it is lifted." placeholder:"TEXT"`
}

func (holdCmd) Help() string {
	return `Examples:
  candour hold northmere 2012/0417 --by 'A Records' \
      --basis 'Inquiries Act 2005 s.35: anything that may bear on child sexual abuse is kept'
  candour hold northmere 2012/0417 --lift h1 --by 'A Records' --reason 'the inquiry has reported and released it'
  candour hold northmere 2012/0417
  candour hold northmere

As long as a hold is in force nothing of the case is erased, whatever its review date says. Holds and
their liftings stay on record and are never erased: let the words name nobody whom the case is about.`
}

func (c *holdCmd) Run(a *app) error {
	ctx := context.Background()
	place, lift := c.Basis != "", c.Lift != ""
	switch {
	case place && lift:
		return errors.New("place a hold (--basis) or lift one (--lift), not both at once")
	case (place || lift) && c.Case == "":
		return errors.New("name the case")
	}
	h, k, err := a.keeping(ctx, c.Record, place || lift)
	if err != nil {
		return err
	}
	defer h.Close()
	switch {
	case place:
		held, err := k.PlaceHold(ctx, c.Case, casework.Hold{ID: c.ID, Basis: c.Basis, Until: c.Until, By: c.By, Second: c.Second})
		if err != nil {
			return err
		}
		fmt.Fprintf(a.out, "Case %s is under the hold %s, %s. Nothing of it is erased as long as that is in force.\n", c.Case, held.ID, until(held))
	case lift:
		if err := k.LiftHold(ctx, c.Case, c.Lift, c.Reason, c.By); err != nil {
			return err
		}
		fmt.Fprintf(a.out, "The hold %s of case %s is lifted. Both stay on record.\n", c.Lift, c.Case)
	default:
		return c.list(ctx, a, h, k)
	}
	_, _, err = h.witnessed(ctx, a)
	return err
}

func until(h casework.Hold) string {
	if h.Until == "" || h.Until == "open" {
		return "open"
	}
	return "until " + h.Until
}

func (c *holdCmd) list(ctx context.Context, a *app, h *home, k *casework.Keeper) error {
	today := a.now().In(k.Zone).Format("2006-01-02")
	if c.Case == "" {
		if err := h.noteRead(ctx, a, "hold", "", "the holds of every case"); err != nil {
			return err
		}
		n := 0
		err := k.EachHeld(ctx, func(f *casework.File) {
			for _, held := range f.Holds {
				if held.InForce(today) {
					n++
					sayHold(a, f.Case, held, today)
				}
			}
		})
		fmt.Fprintf(a.out, "%s in force.\n", count(n, "hold"))
		return err
	}
	if err := h.noteRead(ctx, a, "hold", docket.CaseChain(c.Case), "its holds"); err != nil {
		return err
	}
	f, err := k.Holds(ctx, c.Case)
	if err != nil {
		return err
	}
	for _, held := range f.Holds {
		sayHold(a, f.Case, held, today)
	}
	if len(f.Holds) == 0 {
		fmt.Fprintf(a.out, "Case %s is under no hold, and never was.\n", f.Case)
	}
	return nil
}

func sayHold(a *app, kase string, h casework.Hold, today string) {
	state := "in force, " + until(h)
	switch {
	case h.Lifted != nil:
		state = fmt.Sprintf("lifted %s by %s: %s", dayOf(h.Lifted.When), h.Lifted.By, h.Lifted.Reason)
	case !h.InForce(today):
		state = "ended " + h.Until
	}
	second := ""
	if h.Second != "" {
		second = " with " + h.Second
	}
	fmt.Fprintf(a.out, "%s  %s  placed %s by %s%s (entry %d): %s\n    %s\n", kase, h.ID, dayOf(h.Placed), h.By, second, h.Index, h.Basis, state)
}

// dayOf is the day of a moment as a fact says it.
func dayOf(moment string) string {
	if len(moment) < 10 {
		return moment
	}
	return moment[:10]
}
