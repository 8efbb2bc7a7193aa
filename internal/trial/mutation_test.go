package trial_test

import (
	"fmt"
	"io/fs"
	"slices"
	"testing"

	"candour/internal/day"
	"candour/internal/fact"
	"candour/internal/pack"
	"candour/internal/timeline"
	"candour/internal/trial"
	"candour/packs"
)

// mutant changes one thing of a standard and returns how to take it back; false
// if the standard has no such thing.
type mutant struct {
	name   string
	mutate func(*pack.Pack, *pack.Standard) (undo func(), ok bool)
}

var mutants = []mutant{
	{"duration", func(p *pack.Pack, s *pack.Standard) (func(), bool) {
		if s.Within == nil || s.Within.Field != nil || s.Within.Choose != nil {
			return nil, false
		}
		old := *s.Within
		d := old.Duration
		if pol := p.Policies[old.Policy]; pol != nil {
			d = *pol.Default
		}
		d.N = d.N/2 - 1 // shorter: what was met in time is late, and what was late is raised earlier
		if d.N < 0 {
			d = day.Duration{N: 30, Unit: day.Day}
		}
		*s.Within = pack.Term{Words: "mutated", Duration: d}
		return func() { *s.Within = old }, true
	}},
	{"proof", func(_ *pack.Pack, s *pack.Standard) (func(), bool) {
		return onLeaves(s, func(lf *pack.Leaf) bool {
			if lf.Proof == nil {
				return false
			}
			lf.Proof = &pack.Proof{Op: pack.ProofExternal, Arg: "nobody", Words: "external(nobody)"}
			return true
		})
	}},
	{"kind", func(p *pack.Pack, s *pack.Standard) (func(), bool) {
		return onLeaves(s, func(lf *pack.Leaf) bool {
			if lf.Kinds == nil {
				return false
			}
			lf.Kinds = []int{p.Kind(fact.KindDecision).No}
			return true
		})
	}},
	{"direction", func(_ *pack.Pack, s *pack.Standard) (func(), bool) {
		old := *s
		if s.Modal == pack.MustNot {
			s.Modal, s.Gate = pack.Must, true
		} else {
			s.Modal, s.Raises = pack.MustNot, "prohibited"
		}
		return func() { *s = old }, true
	}},
	{"trigger", func(p *pack.Pack, s *pack.Standard) (func(), bool) {
		old := s.When
		s.When = []pack.Selector{{Kinds: []int{p.Kind(fact.KindDecision).No}}}
		return func() { s.When = old }, true
	}},
}

func onLeaves(s *pack.Standard, change func(*pack.Leaf) bool) (func(), bool) {
	leaves := s.Leaves
	old := make([]pack.Leaf, len(leaves))
	any := false
	for i, lf := range leaves {
		old[i] = *lf
		any = change(lf) || any
	}
	return func() {
		for i, lf := range leaves {
			*lf = old[i]
		}
	}, any
}

// survivors are mutants that no worked case can kill, because the case never
// meets the duty, so that no other proof or kind could make it worse. Each wants
// an example that meets it; the list may only get shorter.
var survivors = []string{}

// TestMutatedStandardsFail: a standard with a worked case, changed in its
// duration, proof, kind, direction or trigger, no longer gives what the case expects.
func TestMutatedStandardsFail(t *testing.T) {
	sub, err := fs.Sub(packs.FS, "ew-investigation")
	if err != nil {
		t.Fatal(err)
	}
	p := load(t, sub, "ew-investigation")
	var files []*timeline.File
	for _, name := range p.Examples {
		f, err := sub.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		file, err := timeline.Read(f, name)
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
		files = append(files, file)
	}
	killed, alive := 0, []string{}
	for _, s := range p.Standards {
		var under []*timeline.File
		for _, f := range files {
			if slices.Contains(f.Test.Under, s.ID) {
				under = append(under, f)
			}
		}
		if under == nil || s.Asks != nil {
			continue
		}
		for _, m := range mutants {
			undo, ok := m.mutate(p, s)
			if !ok {
				if undo != nil {
					undo()
				}
				continue
			}
			if fails(under, p) {
				killed++
			} else {
				alive = append(alive, fmt.Sprintf("%s/%d %s", s.ID, s.Version, m.name))
			}
			undo()
		}
	}
	t.Logf("%d mutants killed, %d alive", killed, len(alive))
	for _, a := range alive {
		if !slices.Contains(survivors, a) {
			t.Errorf("no worked case notices: %s", a)
		}
	}
	if killed == 0 {
		t.Error("no mutant was made")
	}
}

func fails(files []*timeline.File, p *pack.Pack) bool {
	for _, f := range files {
		out, err := trial.Run(f, p)
		if err != nil || len(out.Differences) > 0 {
			return true
		}
	}
	return false
}
