package docket

import (
	"context"
	"fmt"
	"io"

	"candour/internal/record"
	"candour/internal/timeline"
)

// Source is a timeline that can be read again.
type Source struct {
	Name string
	Open func() (io.ReadCloser, error)
}

// Importer takes timelines into a record. Lines that the record has are passed over, so
// that an import which was broken off is resumed by making it again.
type Importer struct {
	Log    *record.Log
	Header Header // what the record is of; a timeline must agree with it
	// SkipConflicts leaves lines out whose id stands for other content; without it they stop
	// the import before anything is taken.
	SkipConflicts bool
	Progress      func(lines int64) // may be nil
}

// Plan is what an import would do, or did.
type Plan struct {
	Lines     int64
	New       map[string]int64 // by what: case, party, fact, person and so on
	Same      int64            // that the record has
	Changed   []string         // ids of bodies, units, persons and sources that get a later line
	Conflicts []Conflicting    // the first hundred
	Conflict  int64
}

// Added counts what is new.
func (p *Plan) Added() (n int64) {
	for _, k := range p.New {
		n += k
	}
	return n
}

// Conflicting is a line whose id stands for other content in the record.
type Conflicting struct {
	Line     int
	What, ID string
}

const (
	mostConflicts = 100
	batch         = 1000 // facts of one call
	ahead         = 4    // calls under way
)

// Plan reads a timeline whole, refuses it as a whole where it has a fault, and says
// what an import would do. It appends nothing.
func (im *Importer) Plan(ctx context.Context, s Source) (*Plan, error) {
	return im.run(ctx, s, func([]record.Draft) error { return nil })
}

// Take imports a timeline. Call Plan before: what Take has taken when a fault is met stays.
// Facts are sealed in the order of the lines.
func (im *Importer) Take(ctx context.Context, s Source) (*Plan, error) {
	var waits []func() ([]record.Placed, error)
	next := func() error {
		_, err := waits[0]()
		waits = waits[1:]
		return err
	}
	p, err := im.run(ctx, s, func(drafts []record.Draft) error {
		if len(waits) == ahead {
			if err := next(); err != nil {
				return err
			}
		}
		wait, err := im.Log.Begin(ctx, nil, drafts...)
		if err == nil {
			waits = append(waits, wait)
		}
		return err
	})
	for len(waits) > 0 {
		if e := next(); err == nil {
			err = e
		}
	}
	return p, err
}

// run goes over the lines and hands on drafts of what the record has not, some at a time.
func (im *Importer) run(ctx context.Context, s Source, take func([]record.Draft) error) (*Plan, error) {
	world, err := ReadWorld(ctx, im.Log)
	if err != nil {
		return nil, err
	}
	in, err := s.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	r := &importing{Importer: im, ctx: ctx, world: world, plan: &Plan{New: map[string]int64{}}, take: take}
	if err := timeline.Lines(in, s.Name, im.Header.Zone, r.line); err != nil {
		return r.plan, err
	}
	return r.plan, r.flush()
}

type importing struct {
	*Importer
	ctx    context.Context
	world  *World
	plan   *Plan
	take   func([]record.Draft) error
	drafts []record.Draft
	lines  []timeline.Line
}

func (r *importing) line(h *timeline.File, l timeline.Line) error {
	if l.What == "candour" {
		return r.agree(h)
	}
	if r.plan.Lines++; r.Progress != nil && r.plan.Lines%1000 == 0 {
		r.Progress(r.plan.Lines)
	}
	if !isWorld(l.What) {
		d, err := Draft(l, 0)
		if err != nil {
			return err
		}
		return r.add(d, l)
	}
	d, changed, ok, err := r.world.draft(l)
	switch {
	case err != nil:
		return err
	case !ok:
		r.plan.Same++
		return nil
	case changed:
		r.plan.Changed = append(r.plan.Changed, l.What+" "+l.ID)
	}
	r.world.put(l)
	return r.add(d, l)
}

// agree refuses a timeline of another body, or written for another pack.
func (r *importing) agree(h *timeline.File) error {
	switch {
	case h.World.Body != r.Header.Body:
		return fmt.Errorf("the timeline is of the body %q and the record of %q; import it into the record of its own body", h.World.Body, r.Header.Body)
	case h.Pack != "" && r.Header.Pack != "" && h.Pack != r.Header.Pack:
		return fmt.Errorf("the timeline names the pack %q and the record is bound by %q; a record has one pack at a time", h.Pack, r.Header.Pack)
	}
	return nil
}

func (r *importing) add(d record.Draft, l timeline.Line) error {
	r.drafts, r.lines = append(r.drafts, d), append(r.lines, l)
	if len(r.drafts) < batch {
		return nil
	}
	return r.flush()
}

// flush looks which of the drafts the record has, and hands on the others.
func (r *importing) flush() error {
	if len(r.drafts) == 0 {
		return nil
	}
	standing, err := r.Log.Look(r.ctx, r.drafts...)
	if err != nil {
		return err
	}
	fresh := make([]record.Draft, 0, len(r.drafts))
	for i, s := range standing {
		switch s {
		case record.Same:
			r.plan.Same++
		case record.Other:
			if r.plan.Conflict++; len(r.plan.Conflicts) < mostConflicts {
				r.plan.Conflicts = append(r.plan.Conflicts, Conflicting{r.lines[i].Number, r.lines[i].What, r.lines[i].ID})
			}
		default:
			r.plan.New[r.lines[i].What]++
			fresh = append(fresh, r.drafts[i])
		}
	}
	r.drafts, r.lines = nil, r.lines[:0]
	if r.plan.Conflict > 0 && !r.SkipConflicts || len(fresh) == 0 {
		return nil
	}
	return r.take(fresh)
}
