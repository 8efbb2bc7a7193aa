package obligation

import (
	"slices"

	"candour/internal/fact"
	"candour/internal/pack"
	"candour/internal/state"
)

// Foresight is what a draft fact would bring about on a case if it were recorded.
type Foresight struct {
	// Breaches are the gates and prohibitions it would breach.
	Breaches []Breach
	// Doubts are gates and prohibitions of which the record cannot tell.
	Doubts []*Row
	// Opens are the duties it would open, with their due moments; no accusation.
	Opens []*Row
}

// Breach is one gate or prohibition, and what is missing for it.
type Breach struct {
	Row     *Row
	Missing []Lack // of a gate; a prohibition lacks nothing
}

// Lack is one thing that a gate looks for and does not find.
type Lack struct {
	Leaf *pack.Leaf
	// Weak are facts of the right kind that stand there with too weak a proof.
	Weak []*state.Event
	// Who could supply it: persons, bodies or roles; empty if anybody could.
	Who []string
	// Instead: another entry of the same number would do as well.
	Group int
}

// Would says what would follow if the draft were added to the case: which gates
// and prohibitions it would breach, what is missing for each and who could supply
// it. The draft is judged as it stands, at the moment it says it happened, by what
// is on the record when it says it was recorded; nothing is stored.
//
// It is the engine itself that answers, on the case with the draft in it, so that
// what is foretold is what is raised when the fact is recorded.
func Would(in *state.Input, draft *fact.Fact, on func(*pack.Standard) bool) (*Foresight, error) {
	c := *in.Case
	c.Facts = append(slices.Clip(slices.Clone(c.Facts)), draft)
	with, err := state.Prepare(&c, in.World, in.Pack, in.Cal.Zone())
	if err != nil {
		return nil, err
	}
	t := max(draft.At.Hi, draft.Recorded)
	at, err := with.At(state.Moments{AsAt: t, KnownAt: t})
	if err != nil {
		return nil, err
	}
	out := &Foresight{}
	for _, row := range Run(at, on).Rows {
		out.add(row, draft.ID)
	}
	return out, nil
}

func (f *Foresight) add(row *Row, draft string) {
	opened := row.Trigger.Event != nil && row.Trigger.Event.ID == draft
	offends := row.Finding != nil && row.Finding.Offending != nil && row.Finding.Offending.ID == draft
	switch {
	case offends, opened && row.Standard.Gate && row.Finding != nil:
		f.Breaches = append(f.Breaches, Breach{row, row.lacks()})
	case row.unsure != nil && row.unsure.ID == draft, opened && row.CannotTell && row.Standard.Gate:
		f.Doubts = append(f.Doubts, row)
	case opened && !row.Standard.Gate && row.Standard.Modal == pack.Must && row.Done == nil && !row.CannotTell && row.Standard.Asks == nil:
		f.Opens = append(f.Opens, row)
	}
}

// lacks lists what a gate looked for and did not find.
func (row *Row) lacks() []Lack {
	if !row.Standard.Gate {
		return nil
	}
	g := gateRun{run: row.r, s: row.Standard, row: row, at: row.Opened, recorded: row.Opened}
	if ev := row.Trigger.Event; ev != nil {
		g.recorded = max(ev.Recorded, ev.At.Lo)
	}
	var out []Lack
	g.lacking(row.Standard.Must, 0, &out)
	return out
}

// lacking goes through a tree that was not met: of `all` what is missing, of `any`
// every alternative, under one number.
func (g *gateRun) lacking(t *pack.Tree, group int, out *[]Lack) {
	if t.Leaf != nil {
		g.weak = nil
		if _, ok, _ := g.leaf(t.Leaf); !ok {
			*out = append(*out, Lack{Leaf: t.Leaf, Weak: g.weak, Who: g.run.who(t.Leaf.Proof, g.row), Group: group})
		}
		return
	}
	if len(t.Any) > 0 && group == 0 {
		group = len(*out) + 1
	}
	for _, sub := range t.Any {
		g.lacking(sub, group, out)
	}
	for _, sub := range t.All {
		g.lacking(sub, group, out)
	}
}

// who lists those whose word or signature a proof asks for: for a second person
// those eligible to sign for the one who owes, for an outside body that body, for
// the person concerned the key.
func (r *run) who(p *pack.Proof, row *Row) []string {
	var out []string
	add := func(names ...string) {
		for _, n := range names {
			if n != "" && !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	}
	p.Atoms(func(a *pack.Proof) {
		switch a.Op {
		case pack.ProofSecond, pack.ProofSecondUnit:
			add(r.c.Seconds(row.Owes(), row.Opened, a.Op == pack.ProofSecondUnit)...)
		case pack.ProofExternal, pack.ProofCallback:
			add(a.Arg)
		case pack.ProofSubject:
			add(row.Key)
		}
	})
	return out
}
