package peer

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"candour/bench/rule"
	"candour/internal/fact"
	"candour/internal/obligation"
	"candour/internal/pack"
	"candour/internal/state"
)

// Candour is the engine over prepared cases. Timed are the cut to a moment with
// the folding of registers, the standards, and the counting of their rows; not
// timed are reading, typing and ordering the facts.
type Candour struct {
	pack   *pack.Pack
	rules  []rule.Rule
	byNo   []int // the rule of each standard; -1: none
	inputs []*state.Input
	cut    []*state.Case // if set, cases already cut to the end
}

// NewCandour prepares the cases under a pack that has a standard for each rule.
func NewCandour(p *pack.Pack, w *fact.World, cases []*fact.Case, rules []rule.Rule) (*Candour, error) {
	c := &Candour{pack: p, rules: rules}
	for _, s := range p.Standards {
		c.byNo = append(c.byNo, slices.IndexFunc(rules, func(r rule.Rule) bool { return r.ID == s.ID }))
	}
	for _, k := range cases {
		in, err := state.Prepare(k, w, p, time.UTC)
		if err != nil {
			return nil, fmt.Errorf("case %s: %w", k.ID, err)
		}
		c.inputs = append(c.inputs, in)
	}
	return c, nil
}

// Cut returns the engine with every case cut to the end beforehand, so that the
// standards alone are timed.
func (c *Candour) Cut() (*Candour, error) {
	out := *c
	for _, in := range c.inputs {
		k, err := end(in)
		if err != nil {
			return nil, err
		}
		out.cut = append(out.cut, k)
	}
	return &out, nil
}

// Inputs are the prepared cases.
func (c *Candour) Inputs() []*state.Input { return c.inputs }

func end(in *state.Input) (*state.Case, error) {
	return in.At(state.Moments{AsAt: state.End, KnownAt: state.End})
}

// Backtest runs one standard.
func (c *Candour) Backtest(i int) (rule.Tally, error) {
	out, err := c.run(0, len(c.inputs), obligation.Under(c.pack, obligation.Named([]string{c.rules[i].ID})))
	if err != nil {
		return rule.Tally{}, err
	}
	return out[i], nil
}

// All runs every standard that is one of the rules.
func (c *Candour) All() ([]rule.Tally, error) {
	return c.run(0, len(c.inputs), c.on())
}

func (c *Candour) on() func(*pack.Standard) bool {
	return func(s *pack.Standard) bool { return c.byNo[s.No] >= 0 }
}

// Parallel returns the engine on n goroutines, each with its share of the cases;
// the engine itself starts none.
func (c *Candour) Parallel(n int) Peer { return &parallel{c, n} }

type parallel struct {
	*Candour
	n int
}

func (p *parallel) Backtest(i int) (rule.Tally, error) {
	out, err := p.share(obligation.Under(p.pack, obligation.Named([]string{p.rules[i].ID})))
	if err != nil {
		return rule.Tally{}, err
	}
	return out[i], nil
}

func (p *parallel) All() ([]rule.Tally, error) { return p.share(p.on()) }

func (p *parallel) share(on func(*pack.Standard) bool) ([]rule.Tally, error) {
	parts, errs := make([][]rule.Tally, p.n), make([]error, p.n)
	var wg sync.WaitGroup
	for g := range p.n {
		wg.Go(func() {
			parts[g], errs[g] = p.run(len(p.inputs)*g/p.n, len(p.inputs)*(g+1)/p.n, on)
		})
	}
	wg.Wait()
	for _, part := range parts[1:] {
		for i := range part {
			parts[0][i] = parts[0][i].Add(part[i])
		}
	}
	return parts[0], errors.Join(errs...)
}

// run judges the cases from lo to before hi.
func (c *Candour) run(lo, hi int, on func(*pack.Standard) bool) ([]rule.Tally, error) {
	out := make([]rule.Tally, len(c.rules))
	flagged := make([]bool, len(c.rules))
	var runner obligation.Runner
	var space state.Case
	for i := lo; i < hi; i++ {
		k, err := c.at(i, &space)
		if err != nil {
			return nil, err
		}
		clear(flagged)
		for _, row := range runner.Run(k, on).Rows {
			n := c.byNo[row.Standard.No]
			flagged[n] = count(&out[n], row) || flagged[n]
		}
		for n := range c.rules {
			if c.rules[n].Shape == rule.FourEyes && on(c.standard(n)) {
				c.unjudged(&out[n], k, n)
			}
			if flagged[n] {
				out[n].Flagged++
			}
		}
	}
	return out, nil
}

// at is case i: as cut beforehand, else cut now in the space given.
func (c *Candour) at(i int, space *state.Case) (*state.Case, error) {
	if c.cut != nil {
		return c.cut[i], nil
	}
	return space, space.Cut(c.inputs[i], state.Moments{AsAt: state.End, KnownAt: state.End})
}

func (c *Candour) standard(n int) *pack.Standard { return c.pack.Standards[slices.Index(c.byNo, n)] }

// count adds a row and tells whether it flags its case.
func count(t *rule.Tally, r *obligation.Row) bool {
	s := r.Standard
	if r.CannotTell || s.Modal == pack.MustNot && r.Finding != nil && r.Finding.Offending != r.Done.Event {
		return false // the trigger's condition cannot be told; or a second breach of one prohibition
	}
	t.Opened++
	switch {
	case s.Modal == pack.MustNot && r.Finding != nil:
		t.OK++
		return true
	case s.Modal == pack.MustNot && r.Done != nil:
		t.Late++
		return false
	case s.Modal == pack.MustNot:
		t.Never++
		return false
	case s.Gate && r.Finding == nil:
		t.OK++
		return false
	case s.Gate && s.Must.Leaf.Latest:
		t.Late++
		return true
	case r.Lifted != nil:
		t.Cancelled++
		return false
	case r.Done == nil:
		t.Never++
		return true
	case !s.Gate && r.Done.Happened.Lo <= r.Due:
		t.OK++
		return false
	}
	t.Late++
	return true
}

// unjudged counts acts that nothing stands before, which the standard leaves out
// and the oracle counts.
func (c *Candour) unjudged(t *rule.Tally, k *state.Case, n int) {
	s := c.standard(n)
	before := k.ByKind(s.Must.Leaf.Kinds[0])
	for _, i := range k.ByKind(s.When[0].Kinds[0]) {
		if len(before) == 0 || before[0] > i {
			t.Opened++
			t.Never++
		}
	}
}
