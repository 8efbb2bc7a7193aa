package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"candour/internal/casework"
)

type sweepCmd struct {
	Record string        `arg:"" help:"Folder of the record." type:"path"`
	Every  time.Duration `help:"Go on, and look again this often: 60s. Default: once." placeholder:"DURATION"`
	Whole  bool          `help:"Look at every case, and at all persons, teams and bodies, whatever the derived data says."`
}

func (sweepCmd) Help() string {
	return `Examples:
  candour sweep northmere                 once
  candour sweep northmere --every 60s     go on, as a service

Wakes the cases whose time has come and those that got new facts, seals an alarm for each finding that is
new, signs the head and sends it to the witnesses. An alarm is sealed once, however many servers sweep.
Patterns over persons, teams and bodies are looked for where what their cases say of them changed. Once a day
everything is looked at, changed or not. Exit status: 0; 2 if it could not be done.`
}

// wholeEvery is how often everything is looked at.
const wholeEvery = 24 * time.Hour

func (c *sweepCmd) Run(a *app) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	h, err := a.openToWrite(ctx, c.Record)
	if err != nil {
		return err
	}
	defer h.Close()
	var last time.Time
	for {
		began := a.now()
		whole := c.Whole || c.Every > 0 && began.Sub(last) >= wholeEvery
		err := c.once(ctx, a, h, whole)
		if whole && err == nil {
			last = began
		}
		if c.Every <= 0 {
			return err
		}
		if err != nil && ctx.Err() == nil {
			fmt.Fprintln(a.err, "candour:", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(c.Every):
		}
	}
}

func (c *sweepCmd) once(ctx context.Context, a *app, h *home, whole bool) error {
	adopted, _, err := casework.Adopted(ctx, h.log, h.set.Body)
	if err != nil {
		return err
	}
	now, _, err := a.bound(h.set.Pack)
	if err != nil {
		return err
	}
	if now != adopted {
		return fmt.Errorf("the pack %s here has the digest %s, and the one adopted %s: nothing is raised by a pack that nobody adopted", now.ID, hex.EncodeToString(now.Digest[:8]), hex.EncodeToString(adopted.Digest[:8]))
	}
	d, err := a.derive(ctx, h, h.set.Pack, now)
	if err != nil {
		return err
	}
	defer d.close()
	w := &casework.Alarms{Log: h.log, Pack: now.ID + " " + hex.EncodeToString(now.Digest[:])}
	if err := d.update(ctx, a, whole, w); err != nil {
		return err
	}
	if err := h.anchorReads(ctx); err != nil {
		return err
	}
	if _, _, err := h.witnessed(ctx, a); err != nil {
		return err
	}
	fmt.Fprintf(a.out, "%s looked at; %s raised, on %s.\n", count(d.work.Cases, "case"), count(w.Sealed, "alarm"), count(w.Subjects, "case"))
	if n, since, err := h.unwitnessed(ctx); err != nil {
		return err
	} else if n > 0 && len(h.set.Witnesses) > 0 && a.now().Sub(since) > witnessAge {
		fmt.Fprintf(a.err, "candour: %s unwitnessed since %s\n", count(int(n), "entry"), since.UTC().Format(stateTime))
	}
	if len(d.work.Failed) > 0 {
		return errors.New("of some cases nothing is known; see above")
	}
	return nil
}
