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
	return im.run(ctx, s, nil)
}

// Take imports a timeline. Call Plan before: what Take has taken when a fault is met stays.
// Facts are sealed in the order of the lines.
func (im *Importer) Take(ctx context.Context, s Source) (*Plan, error) {
	var under []begun
	p, err := im.run(ctx, s, func(r *importing, g group) error {
		if len(under) == ahead {
			if err := r.ended(under[0]); err != nil {
				return err
			}
			under = under[1:]
		}
		wait, err := im.Log.Begin(ctx, nil, g.drafts...)
		if err == nil {
			under = append(under, begun{g, wait, r})
		}
		return err
	})
	for _, b := range under {
		if e := b.of.ended(b); err == nil {
			err = e
		}
	}
	return p, err
}

// begun is a group that is being sealed.
type begun struct {
	group
	wait func() ([]record.Placed, error)
	of   *importing
}

// ended waits for a group. What stood already, because another took it meanwhile, is not new.
func (r *importing) ended(b begun) error {
	placed, err := b.wait()
	for i, p := range placed {
		if p.Existing {
			r.unlooked = false
			r.plan.New[b.lines[i].What]--
			r.plan.Same++
		}
	}
	return err
}

// run goes over the lines and hands on drafts of what the record has not, some at a time; to nobody
// where take is nil.
// Reading goes on while what was read before is looked up and sealed, by another goroutine.
func (im *Importer) run(ctx context.Context, s Source, take func(*importing, group) error) (*Plan, error) {
	world, err := ReadWorld(ctx, im.Log)
	if err != nil {
		return nil, err
	}
	in, err := s.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	r := &importing{Importer: im, ctx: ctx, world: world, plan: &Plan{New: map[string]int64{}}, take: take, full: make(chan group, 1), done: make(chan struct{})}
	go r.sort()
	err = timeline.Lines(in, s.Name, im.Header.Zone, r.line)
	if err == nil {
		err = r.flush()
	}
	close(r.full)
	<-r.done
	if r.failed != nil {
		err = r.failed // of earlier lines
	}
	r.plan.Same += r.same
	return r.plan, err
}

type importing struct {
	*Importer
	ctx   context.Context
	world *World
	plan  *Plan
	take  func(*importing, group) error
	now   group // being filled
	full  chan group
	done  chan struct{} // closed when sort has ended

	same int64 // of the reading goroutine, while the plan is that of sort but for Lines and Changed
	// unlooked: the record had nothing of the group before, and is not asked for the next. Sealing
	// finds what stands there all the same, only at a higher price.
	unlooked bool
	failed   error // why sort ended; set before done is closed
}

// group is drafts that are looked up and sealed together, with their lines.
type group struct {
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
		r.same++
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
	r.now.drafts, r.now.lines = append(r.now.drafts, d), append(r.now.lines, l)
	if len(r.now.drafts) < batch {
		return nil
	}
	return r.flush()
}

// flush gives what was read to sort.
func (r *importing) flush() error {
	g := r.now
	r.now = group{make([]record.Draft, 0, batch), make([]timeline.Line, 0, batch)}
	select {
	case r.full <- g:
		return nil
	case <-r.done:
		return r.failed
	}
}

// sort looks which drafts the record has, and hands on the others, until there are no more.
func (r *importing) sort() {
	defer close(r.done)
	for g := range r.full {
		if r.failed = r.group(g); r.failed != nil {
			return
		}
	}
}

func (r *importing) group(g group) error {
	if len(g.drafts) == 0 {
		return nil
	}
	standing := make([]record.Standing, len(g.drafts))
	looked := !r.unlooked || r.SkipConflicts || r.take == nil
	if looked {
		var err error
		if standing, err = r.Log.Look(r.ctx, g.drafts...); err != nil {
			return err
		}
	}
	var fresh group
	for i, s := range standing {
		switch l := &g.lines[i]; s {
		case record.Same:
			r.plan.Same++
		case record.Other:
			if r.plan.Conflict++; len(r.plan.Conflicts) < mostConflicts {
				r.plan.Conflicts = append(r.plan.Conflicts, Conflicting{l.Number, l.What, l.ID})
			}
		default:
			r.plan.New[l.What]++
			fresh.drafts, fresh.lines = append(fresh.drafts, g.drafts[i]), append(fresh.lines, *l)
		}
	}
	if looked {
		r.unlooked = len(fresh.drafts) == len(g.drafts)
	}
	if r.take == nil || r.plan.Conflict > 0 && !r.SkipConflicts || len(fresh.drafts) == 0 {
		return nil
	}
	return r.take(r, fresh)
}
