package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v3"

	"candour"
	"candour/internal/casework"
	"candour/internal/docket"
	"candour/internal/durable"
	"candour/internal/sqlite"
	"candour/internal/trial"
	"candour/internal/view"
)

type adoptCmd struct {
	Record string `arg:"" help:"Folder of the record." type:"path"`
	Pack   string `help:"The pack; default the one that the record names." placeholder:"NAME"`
	From   string `help:"The pack that was adopted before, where it was another: what got weaker is told from it." placeholder:"NAME"`
	By     string `required:"" help:"Who adopts it." placeholder:"PERSON"`
	Second string `required:"" help:"The second person; another than the first." placeholder:"PERSON"`
	Reason string `required:"" help:"Why, and by whose decision." placeholder:"TEXT"`
}

func (adoptCmd) Help() string {
	return `Examples:
  candour adopt northmere --by 'ACC Crime' --second 'Head of PSD' --reason 'Chief Officer Group, 4 March'

From then on what the pack finds is raised as alarms (candour sweep). What it finds at that moment is
sealed once as the baseline, for the review programme, and is not sent one by one. Standards that
nobody has checked only advise: they raise no alarm.`
}

func (c *adoptCmd) Run(a *app) error {
	ctx := context.Background()
	h, err := a.openToWrite(ctx, c.Record)
	if err != nil {
		return err
	}
	defer h.Close()
	name := c.Pack
	if name == "" {
		name = h.set.Pack
	}
	p, _, err := a.bound(name)
	if err != nil {
		return err
	}
	ad := casework.Adoption{Body: h.set.Body, Pack: p, By: c.By, Second: c.Second, Reason: c.Reason, Happened: a.now()}
	if err := ad.Check(); err != nil {
		return err
	}
	if ad.Weaker, err = c.weaker(ctx, a, h, name, p); err != nil {
		return err
	}
	found, err := c.baseline(ctx, a, h, name, ad)
	if err != nil {
		return err
	}
	placed, err := ad.Seal(ctx, h.log)
	if err != nil {
		return err
	}
	if h.set.Pack != name {
		h.set.Pack = name
		if err := h.saveSettings(); err != nil {
			return err
		}
	}
	if _, _, err := h.seal(ctx); err != nil {
		return err
	}
	fmt.Fprintf(a.out, "%s is adopted, at entry %d; its files have the digest %s.\n", p.ID, placed.Index, hex.EncodeToString(p.Digest[:8]))
	fmt.Fprintf(a.out, "Baseline: %s on %s, for the review programme. What is found from now on is raised.\n", count(found.Sealed, "finding"), count(found.Subjects, "case"))
	for _, w := range ad.Weaker {
		fmt.Fprintf(a.out, "  weaker: %s\n", w)
	}
	return nil
}

// weaker says what got weaker against the pack that binds the body now.
func (c *adoptCmd) weaker(ctx context.Context, a *app, h *home, name string, p candour.Pack) ([]string, error) {
	before, _, err := casework.Adopted(ctx, h.log, h.set.Body)
	switch {
	case err == casework.ErrNotAdopted:
		return nil, nil
	case err != nil:
		return nil, err
	case before == p:
		return nil, fmt.Errorf("%s with these very files is adopted already", p.ID)
	case c.From == "":
		return nil, fmt.Errorf("the body is bound by %s with the digest %s; name that pack's folder with --from, so that what got weaker is told", before.ID, hex.EncodeToString(before.Digest[:8]))
	}
	from, _, err := a.bound(c.From)
	if err != nil {
		return nil, err
	}
	if from != before {
		return nil, fmt.Errorf("--from %s has the digest %s, and the pack that binds the body %s; it is another", c.From, hex.EncodeToString(from.Digest[:8]), hex.EncodeToString(before.Digest[:8]))
	}
	older, err := a.load(c.From)
	if err != nil {
		return nil, err
	}
	newer, err := a.load(name)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, ch := range trial.Compare(older, newer) {
		if ch.Direction == trial.Weaker {
			out = append(out, ch.Standard+": "+ch.What)
		}
	}
	return out, nil
}

// baseline seals what the pack finds now.
func (c *adoptCmd) baseline(ctx context.Context, a *app, h *home, name string, ad casework.Adoption) (*casework.Alarms, error) {
	d, err := a.derive(ctx, h, name, ad.Pack)
	if err != nil {
		return nil, err
	}
	defer d.close()
	w := &casework.Alarms{Log: h.log, Pack: ad.Pack.ID + " " + hex.EncodeToString(ad.Pack.Digest[:]), Baseline: ad.Happened.UTC().Format("2006-01-02T15:04:05Z")}
	if err := d.update(ctx, a, true, w); err != nil {
		return nil, err
	}
	return w, nil
}

// derived is the derived data of a record, opened, with what it is worked out of.
type derived struct {
	view   *view.View
	source view.Source
	work   *view.Work
	close  func() error
}

const fileDerived = "derived.db"

// derive opens the derived data of a record, as it follows from the pack of that name.
func (a *app) derive(ctx context.Context, h *home, packName string, bound candour.Pack) (*derived, error) {
	p, err := a.load(packName)
	if err != nil {
		return nil, err
	}
	db, err := sqlite.OpenDerived(ctx, filepath.Join(h.dir, fileDerived))
	if err != nil {
		return nil, err
	}
	d := &derived{close: db.Close, source: view.Source{Log: h.log, Pack: p, Digest: hex.EncodeToString(bound.Digest[:])}}
	if d.view, err = view.Open(ctx, db); err == nil {
		d.source.Cases, err = h.cases(ctx)
	}
	if err != nil {
		db.Close()
		return nil, err
	}
	return d, nil
}

// cases are those of the record as it is now. The world is read whole once only.
func (h *home) cases(ctx context.Context) (*docket.Cases, error) {
	if h.known != nil {
		return h.known, h.known.Refresh(ctx)
	}
	var err error
	h.known, err = docket.ReadCases(ctx, h.log, h.header())
	return h.known, err
}

// forgetDerived overwrites what is derived from the record, where anything is.
func (h *home) forgetDerived(ctx context.Context) error {
	path := filepath.Join(h.dir, fileDerived)
	if !exists(path) {
		return nil
	}
	db, err := sqlite.OpenDerived(ctx, path)
	if err != nil {
		return err
	}
	defer db.Close()
	v, err := view.Open(ctx, db)
	if err != nil {
		return err
	}
	return v.Clear(ctx)
}

// update brings the derived data up to now, and seals what is found where alarms are given.
func (d *derived) update(ctx context.Context, a *app, whole bool, alarms *casework.Alarms) (err error) {
	tick := a.counting("cases worked out")
	visit := alarms.Visit(ctx, d.source.Cases.Head().Edge.Size)
	if alarms != nil {
		d.source.Sealed = alarms.Flush
	}
	d.work, err = d.view.Update(ctx, d.source, a.now(), whole, visit, func(done, _ int) { tick(int64(done)) })
	a.countingDone()
	if err != nil {
		return err
	}
	for i, f := range d.work.Failed {
		if i == 10 {
			fmt.Fprintf(a.err, "and %d more cases\n", len(d.work.Failed)-i)
			break
		}
		fmt.Fprintf(a.err, "case %s: the engine refuses it, so nothing is known of its duties: %v\n", f.Case, f.Err)
	}
	return nil
}

// saveSettings writes record.yaml anew.
func (h *home) saveSettings() error {
	text, err := yaml.Marshal(h.set)
	if err != nil {
		return err
	}
	return durable.Replace(filepath.Join(h.dir, fileSettings), text)
}

type rebuildCmd struct {
	Record string `arg:"" help:"Folder of the record." type:"path"`
}

func (rebuildCmd) Help() string {
	return `Examples:
  candour rebuild northmere

Throws away what is derived from the record (what is open and raised, when a case must next be looked at)
and works it out again. Nothing of the record itself is touched.`
}

func (c *rebuildCmd) Run(a *app) error {
	ctx := context.Background()
	h, err := a.openToRead(ctx, c.Record)
	if err != nil {
		return err
	}
	defer h.Close()
	bound, _, err := a.bound(h.set.Pack)
	if err != nil {
		return err
	}
	d, err := a.derive(ctx, h, h.set.Pack, bound)
	if err != nil { // the file cannot be used: it is removed only then, since others may have it open
		if err := os.Remove(filepath.Join(h.dir, fileDerived)); err != nil {
			return err
		}
		if d, err = a.derive(ctx, h, h.set.Pack, bound); err != nil {
			return err
		}
	}
	defer d.close()
	if err := d.update(ctx, a, true, nil); err != nil {
		return err
	}
	digest, err := d.view.Digest(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "%s worked out, true for the first %s of the record; digest %s.\n", count(d.work.Cases, "case"), count(int(d.work.Size), "entry"), digest[:16])
	return nil
}
