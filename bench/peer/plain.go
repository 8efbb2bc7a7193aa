package peer

import (
	"slices"

	"candour/bench/rule"
	"candour/bench/trace"
)

// Plain is what a programmer would write for these rules and nothing else: sets
// of activities as bits, two nested loops over a case's events. It explains
// nothing, knows no as-at moment and no proof.
type Plain struct {
	log   *trace.Log
	rules []plainRule
}

type plainRule struct {
	rule.Rule
	trig, disc, cancel uint64
	where, that        func(c *trace.Case, this, that *trace.Event) bool
}

// NewPlain makes the program ready.
func NewPlain(l *trace.Log, rules []rule.Rule) *Plain {
	p := &Plain{log: l}
	for _, r := range rules {
		q := plainRule{Rule: r, trig: mask(l, r.Trig), disc: mask(l, r.Disc), cancel: mask(l, r.Cancel)}
		if r.Where != nil {
			q.where = r.Where.Go
		}
		if r.That != nil {
			q.that = r.That.Go
		}
		p.rules = append(p.rules, q)
	}
	return p
}

// mask is a set of activities; a log without one of them has no event of it.
func mask(l *trace.Log, acts []string) uint64 {
	m := uint64(0)
	for _, a := range acts {
		if i := slices.Index(l.Acts, a); i >= 0 {
			m |= 1 << i
		}
	}
	return m
}

// Backtest runs one rule.
func (p *Plain) Backtest(i int) (rule.Tally, error) {
	var t rule.Tally
	for c := range p.log.Cases {
		p.rules[i].run(&p.log.Cases[c], &t)
	}
	return t, nil
}

// All runs every rule over each case in turn.
func (p *Plain) All() ([]rule.Tally, error) {
	out := make([]rule.Tally, len(p.rules))
	for c := range p.log.Cases {
		for i := range p.rules {
			p.rules[i].run(&p.log.Cases[c], &out[i])
		}
	}
	return out, nil
}

func (r *plainRule) run(c *trace.Case, t *rule.Tally) {
	flagged := false
	for i := range c.Events {
		this := &c.Events[i]
		if r.trig>>this.Act&1 == 0 || r.where != nil && !r.where(c, this, nil) {
			continue
		}
		t.Opened++
		switch r.Shape {
		case rule.Within, rule.Forbid:
			flagged = r.after(c, i, t) || flagged
		default:
			flagged = r.before(c, i, t) || flagged
		}
	}
	if flagged {
		t.Flagged++
	}
}

// dueOf is the last instant at which the event's duty is met.
func dueOf(r *rule.Rule, c *trace.Case, i int) int64 {
	this := &c.Events[i]
	switch r.Due {
	case rule.FromDeadline:
		return c.Deadline
	case rule.FromField:
		return max(this.Due, this.T)
	}
	return this.T + int64(r.D)
}

// after looks for what must, or must not, follow the event; it tells whether to flag the case.
func (r *plainRule) after(c *trace.Case, i int, t *rule.Tally) bool {
	this := &c.Events[i]
	due := dueOf(&r.Rule, c, i)
	for j := i + 1; j < len(c.Events); j++ {
		that := &c.Events[j]
		if r.cancel>>that.Act&1 != 0 && that.T <= due {
			t.Cancelled++
			return false
		}
		if r.disc>>that.Act&1 == 0 || r.that != nil && !r.that(c, this, that) {
			continue
		}
		if that.T <= due {
			t.OK++
			return r.Shape == rule.Forbid
		}
		t.Late++
		return r.Shape == rule.Within
	}
	t.Never++
	return r.Shape == rule.Within
}

// before looks back from the event.
func (r *plainRule) before(c *trace.Case, i int, t *rule.Tally) bool {
	this := &c.Events[i]
	for j := i - 1; j >= 0; j-- {
		that := &c.Events[j]
		if r.disc>>that.Act&1 == 0 || r.that != nil && !r.that(c, this, that) {
			continue
		}
		if r.Shape == rule.FourEyes && that.By == this.By {
			t.Late++
			return true
		}
		t.OK++
		return false
	}
	t.Never++
	return r.Shape == rule.Gate
}
