package state

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"candour/internal/day"
	"candour/internal/fact"
	"candour/internal/pack"
)

// Moments says for when a case is asked: as at (happened), and known at.
type Moments struct {
	AsAt, KnownAt day.Instant
	// BySeal: known at means sealed, not recorded.
	BySeal bool
}

// End is the latest moment there can be: everything, with nothing pending.
const End day.Instant = math.MaxInt64 - 1

// ErrUnsealed says that sealed time was asked of facts that state none.
var ErrUnsealed = fmt.Errorf("known-at by sealed time was asked, but a fact does not say when it was sealed; ask by recorded time")

// Case is a case as at a moment. It answers conditions (expr.State).
type Case struct {
	*Input
	Moments
	*order
	own     order      // where it is not that of the whole input
	hist    [][]change // by owner and register
	taints  map[string]day.Instant
	waiting []later // while folding
}

// order is the effective events in their order, and where to find them.
type order struct {
	Ev []*Event
	// AllExact: every time is an instant, so that no order is in doubt.
	AllExact bool
	first    []int   // by party: position of the first fact about it, -1 without one
	kinds    []int32 // by kind: where its positions begin in byKind
	byKind   []int32
	acts     []int32 // positions of facts that set registers, taint, or sign
	begins   []day.Instant
	turns    []int32 // positions after which registers, or who is on the case, may differ
}

// Turns lists the positions after which a register may have another value, or a
// party may have come onto the case, in order.
func (o *order) Turns() []int32 { return o.turns }

// Begins is when the event at a position happened, or began to. It is asked far
// more often than anything else of an event, and so stands by itself.
func (o *order) Begins(pos int) day.Instant { return o.begins[pos] }

// arrange works out everything from the events.
func (o *order) arrange(in *Input) {
	o.AllExact, o.acts, o.turns = true, o.acts[:0], o.turns[:0]
	o.first = slices.Grow(o.first[:0], len(in.Case.Parties))[:len(in.Case.Parties)]
	for i := range o.first {
		o.first[i] = -1
	}
	o.begins = slices.Grow(o.begins[:0], len(o.Ev))
	setters := in.Pack.Setters()
	for i, ev := range o.Ev {
		o.begins = append(o.begins, ev.At.Lo)
		o.AllExact = o.AllExact && ev.At.Exact()
		turns := i == 0
		for _, q := range ev.Parties {
			if o.first[q] < 0 {
				o.first[q] = i
				turns = true
			}
		}
		if k := ev.Kind.No; len(setters[k]) > 0 || k == in.Pack.IntegrityDecision || k == in.Pack.Countersignature {
			o.acts = append(o.acts, int32(i))
			turns = true
		}
		if turns {
			o.turns = append(o.turns, int32(i))
		}
	}
	o.index(len(in.Pack.Kinds))
}

type change struct {
	pos int
	val fact.Value
}

// At cuts the input to the moments and folds the registers.
func (in *Input) At(m Moments) (*Case, error) {
	c := new(Case)
	return c, c.Cut(in, m)
}

// Cut makes c what At gives, in the space that c has. What was worked out from
// its earlier content no longer holds.
func (c *Case) Cut(in *Input, m Moments) error {
	c.Input, c.Moments, c.taints = in, m, nil
	if c.order = &in.all; !in.plain || m.BySeal || m.AsAt < in.lastAt || m.KnownAt < in.lastKnown {
		if err := c.effective(); err != nil {
			return err
		}
	}
	c.fold()
	return nil
}

// effective picks the facts that had happened and were known, without those that
// a known correction supersedes.
func (c *Case) effective() error {
	in, m := c.Input, c.Moments
	var gone map[string]bool
	for i := range in.Events {
		ev := &in.Events[i]
		if m.BySeal && ev.Sealed == 0 {
			return fmt.Errorf("line %d: fact %s: %w", ev.Line, ev.ID, ErrUnsealed)
		}
		if ev.Supersedes != "" && in.of == "case" && c.knownSince(ev) <= m.KnownAt {
			if gone == nil {
				gone = map[string]bool{}
			}
			gone[ev.Supersedes] = true
		}
	}
	c.order = &c.own
	c.Ev = slices.Grow(c.Ev[:0], len(in.Events))
	for i := range in.Events {
		if ev := &in.Events[i]; ev.At.Lo <= m.AsAt && c.knownSince(ev) <= m.KnownAt && !gone[ev.ID] {
			c.Ev = append(c.Ev, ev)
		}
	}
	c.countersigned()
	c.arrange(in)
	return nil
}

// countersigned puts an event at each moment at which a later signature may prove
// a fact whose registers wait for it, so that they change then and not before.
func (c *Case) countersigned() {
	c.Pack.Setters()
	var more []*Event
	for _, ev := range c.Ev {
		if !c.Pack.Waits(ev.Kind.No) {
			continue
		}
		for _, s := range ev.Signed {
			if s.At > max(ev.At.Lo, c.knownSince(ev)) && s.At <= c.AsAt && s.At <= c.KnownAt {
				f := &fact.Fact{ID: ev.ID + " signed by " + s.By, Case: ev.Fact.Case, Kind: fact.KindCountersignature, At: day.At(s.At),
					By: s.By, Recorded: s.At, RecordedStated: true, Sealed: s.At, Line: ev.Line}
				signed := &Event{Fact: f, At: f.At, Kind: c.Pack.Kinds[c.Pack.Countersignature], Recorded: s.At, in: c.Input}
				signed.fill(new(extra))
				more = append(more, signed)
			}
		}
	}
	if more == nil {
		return
	}
	c.Ev = append(c.Ev, more...)
	slices.SortStableFunc(c.Ev, func(a, b *Event) int {
		return cmp.Or(cmp.Compare(a.At.Lo, b.At.Lo), cmp.Compare(a.Recorded, b.Recorded))
	})
}

// KnownSince is when event i was recorded or, where that is asked, sealed.
func (c *Case) KnownSince(i int) day.Instant { return c.knownSince(c.Ev[i]) }

func (c *Case) knownSince(ev *Event) day.Instant {
	if c.BySeal {
		return ev.Sealed
	}
	return ev.Recorded
}

// slot is the place of an owner's register among the histories.
func (c *Case) slot(owner int, r *pack.Register) int { return c.owners[owner+1].offset + r.Index }

func (c *Case) fold() {
	c.waiting = c.waiting[:0]
	c.hist = slices.Grow(c.hist[:0], c.width)[:c.width]
	for i := range c.hist {
		c.hist[i] = c.hist[i][:0]
	}
	for _, g := range c.given {
		c.put(g.owner, g.reg, -1, g.val)
	}
	setters := c.Pack.Setters()
	for _, at := range c.acts {
		i, ev := int(at), c.Ev[at]
		if ev.Kind.No == c.Pack.IntegrityDecision {
			c.taint(ev)
		}
		for _, st := range setters[ev.Kind.No] {
			c.apply(i, ev, st)
		}
		if ev.Kind.No == c.Pack.Countersignature {
			c.proved(i)
		}
	}
}

// later is a register's new value that waits for a proof which comes at a moment.
type later struct {
	owner, pos int // pos: of the fact that sets it
	reg        *pack.Register
	val        fact.Value
	at         day.Instant
}

// proved puts the values whose proof has come by event i, unless a later fact has
// set the register since.
func (c *Case) proved(i int) {
	c.waiting = slices.DeleteFunc(c.waiting, func(w later) bool {
		if w.at > c.Ev[i].At.Lo {
			return false
		}
		h := c.hist[c.slot(w.owner, w.reg)]
		if len(h) == 0 || h[len(h)-1].pos < w.pos {
			c.put(w.owner, w.reg, i, w.val)
		}
		return true
	})
}

// index sorts the positions by kind: those of kind k stand in byKind from kinds[k] to kinds[k+1].
func (o *order) index(n int) {
	o.kinds = slices.Grow(o.kinds[:0], n+1)[:n+1]
	clear(o.kinds)
	o.byKind = slices.Grow(o.byKind[:0], len(o.Ev))[:len(o.Ev)]
	for _, ev := range o.Ev {
		o.kinds[ev.Kind.No+1]++
	}
	for k := range n {
		o.kinds[k+1] += o.kinds[k]
	}
	for i := len(o.Ev) - 1; i >= 0; i-- {
		k := o.Ev[i].Kind.No
		o.kinds[k+1]--
		o.byKind[o.kinds[k+1]] = int32(i)
	}
	copy(o.kinds, o.kinds[1:])
	o.kinds[n] = int32(len(o.Ev))
}

func (c *Case) taint(ev *Event) {
	if r := ev.Fact.Get("result"); r.Text != fact.Upheld {
		return
	}
	for _, who := range c.decidedOn(ev) {
		if c.taints == nil {
			c.taints = map[string]day.Instant{}
		}
		if t, ok := c.taints[who]; !ok || ev.Recorded < t {
			c.taints[who] = ev.Recorded
		}
	}
}

// decidedOn is whom an integrity decision is about: named in a field, or a party.
func (c *Case) decidedOn(ev *Event) []string {
	for _, name := range []string{"person", "officer", "subject"} {
		if who := ev.Fact.Get(name).Text; who != "" {
			return []string{who}
		}
	}
	var out []string
	for _, q := range ev.Parties {
		if p := c.Case.Parties[q].Person; p != "" {
			out = append(out, p)
		}
	}
	return out
}

// put notes a register's value from a position on.
func (c *Case) put(owner int, r *pack.Register, pos int, v fact.Value) {
	s := c.slot(owner, r)
	h := c.hist[s]
	if len(h) > 0 && h[len(h)-1].pos == pos {
		h[len(h)-1].val = v
		return
	}
	c.hist[s] = append(h, change{pos, v})
}

// apply sets a register from a fact: of the case, of the parties the fact is
// about, or, when it is about none of that role, of all of them.
func (c *Case) apply(i int, ev *Event, st pack.Setter) {
	if st.Register.Of == c.of {
		c.setOne(-1, i, ev, st)
		return
	}
	found := false
	for _, q := range ev.Parties {
		if c.Case.Parties[q].Role == st.Register.Of {
			found = true
			c.setOne(q, i, ev, st)
		}
	}
	if found || len(ev.Parties) > 0 && slices.Contains(ev.Kind.About, st.Register.Of) {
		return
	}
	for q, party := range c.Case.Parties {
		if party.Role == st.Register.Of {
			c.setOne(q, i, ev, st)
		}
	}
}

func (c *Case) setOne(owner, i int, ev *Event, st pack.Setter) {
	r := st.Register
	env := c.Env(i-1, owner)
	env.This, env.Was = ev, i-1
	old := c.value(owner, r, i-1)
	env.It = old
	if st.Set.Where != nil && st.Set.Where.Eval(&env) != day.Yes {
		return
	}
	v, ok := st.Set.To.Eval(&env)
	if !ok {
		return
	}
	if r.Type.Kind == fact.Moment && v.Kind == fact.Date {
		v = fact.MomentOf(c.Cal.Day(v.Day))
	}
	needs := r.Proof
	if r.LowerNeeds != nil && old != nil && lower(r, v, *old) {
		needs = r.LowerNeeds
	}
	if needs != nil {
		got, ok := c.ProvedAt(i, needs, Judge{Key: owner, This: nil})
		if !ok {
			return
		}
		if got.By > max(ev.At.Lo, c.knownSince(ev)) {
			c.waiting = append(c.waiting, later{owner, i, r, v, got.By})
			return
		}
	}
	c.put(owner, r, i, v)
}

// lower tells whether v is lower than old: by number, or by place among the values.
func lower(r *pack.Register, v, old fact.Value) bool {
	if v.Kind == fact.Number {
		return v.Num < old.Num
	}
	return slices.Index(r.Values, v.Text) < slices.Index(r.Values, old.Text)
}

// value is a register at a position: what was set, else derived, else what absence means.
func (c *Case) value(owner int, r *pack.Register, pos int) *fact.Value {
	h := c.hist[c.slot(owner, r)]
	var set *fact.Value
	for i := len(h) - 1; i >= 0; i-- {
		if h[i].pos <= pos {
			set = &h[i].val
			break
		}
	}
	if r.Derive != nil {
		env := c.Env(pos, owner)
		if v, ok := r.Derive.Eval(&env); ok {
			return &v
		}
	}
	if set == nil {
		return r.Absent.Value
	}
	return set
}

// Recorded tells whether the register has a value at the position that someone recorded.
func (c *Case) Recorded(owner int, r *pack.Register, pos int) bool {
	if r.Derive != nil {
		return c.value(owner, r, pos) != nil
	}
	h := c.hist[c.slot(owner, r)]
	return len(h) > 0 && h[0].pos <= pos
}
