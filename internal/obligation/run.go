package obligation

import (
	"cmp"
	"slices"

	"candour/internal/day"
	"candour/internal/expr"
	"candour/internal/pack"
	"candour/internal/state"
)

// run evaluates one case.
type run struct {
	c        *state.Case
	scope    string // person, unit or body in the second pass
	on       func(*pack.Standard) bool
	rows     []*Row
	findings []*Row            // rows with a finding, standard by standard
	ended    map[string][]*Row // rows of standards whose ends another names
	next     day.Instant

	// Space used again from standard to standard, and by a Runner from case to case.
	chunks   [][]Row
	chunk    int // the one being filled
	used     int // rows of it
	openings []opening
	triggers []opening
	keyed    []keyed
	keys     []int
	points   []opening // where a rising edge can be
	scratch  expr.Env
}

// keyed is a trigger, by its place, and a key it opens for.
type keyed struct{ key, no int }

// Run evaluates every standard that on allows (nil: all) over the case.
func Run(c *state.Case, on func(*pack.Standard) bool) *Result {
	return new(Runner).Run(c, on)
}

// Runner evaluates one case after another in the same space. What it gives holds
// until it is asked again. The zero Runner is ready; it serves one caller at a time.
type Runner struct {
	run run
	res Result
}

// Run is Run, in the Runner's space.
func (u *Runner) Run(c *state.Case, on func(*pack.Standard) bool) *Result {
	r := &u.run
	r.c, r.on, r.next, r.ended = c, on, day.Never, nil
	r.rows, r.findings, r.chunk, r.used = r.rows[:0], r.findings[:0], 0, 0
	r.all()
	u.res = Result{Case: c, Rows: r.rows, Next: r.next}
	return &u.res
}

func (r *run) all() {
	c := r.c
	for _, s := range c.Pack.Standards { // already in the order of who listens to whom
		if s.For != r.scope || r.on != nil && !r.on(s) {
			continue
		}
		from := len(r.rows)
		r.standard(s)
		rows := r.rows[from:]
		if c.Pack.Ended[s.ID] && len(rows) > 0 {
			if r.ended == nil {
				r.ended = map[string][]*Row{}
			}
			r.ended[s.ID] = append(r.ended[s.ID], rows...)
		}
		for _, row := range rows {
			if row.Finding != nil {
				r.findings = append(r.findings, row)
			}
		}
	}
	r.wake(c.Change(c.AsAt))
	for _, p := range c.World.Policies {
		r.wake(p.From)
	}
	for _, row := range r.findings {
		r.wake(row.Finding.Raised) // within the second after it was due
		r.wake(row.Finding.Closed)
	}
	sortRows(r.rows)
}

func sortRows(rows []*Row) {
	slices.SortStableFunc(rows, func(a, b *Row) int {
		switch {
		case a.Opened != b.Opened:
			return cmp.Compare(a.Opened, b.Opened)
		case a.Standard != b.Standard:
			return cmp.Compare(a.Standard.ID, b.Standard.ID)
		}
		return cmp.Compare(a.Key, b.Key)
	})
}

func (r *run) wake(t day.Instant) {
	if t > r.c.AsAt && t < r.next {
		r.next = t
	}
}

// this binds the trigger as the object `this`.
func (r *run) this(o *opening) expr.Object {
	switch {
	case o.event != nil:
		return o.event
	case o.finding != nil:
		return o.finding.object()
	}
	return tickObject{*o}
}

// env is what a trigger's conditions see for a key; it holds until the next is asked for.
func (r *run) env(o *opening, key int) *expr.Env {
	env := r.at(o.pos, key)
	env.This = r.this(o)
	return env
}

// at is what a condition sees at a position; it holds until the next is asked for.
func (r *run) at(pos, key int) *expr.Env {
	r.scratch = r.c.Env(pos, key)
	return &r.scratch
}

func (r *run) standard(s *pack.Standard) {
	if s.Asks != nil {
		r.asks(s)
		return
	}
	r.open(s)
	if len(r.openings) == 0 {
		return
	}
	if s.Per == "case" {
		r.key(s, -1, r.openings)
		return
	}
	r.keyed = r.keyed[:0]
	for i := range r.openings {
		for _, k := range r.keysOf(s, &r.openings[i]) {
			r.keyed = append(r.keyed, keyed{k, i})
		}
	}
	slices.SortStableFunc(r.keyed, func(a, b keyed) int { return a.key - b.key })
	for i := 0; i < len(r.keyed); {
		key := r.keyed[i].key
		r.triggers = r.triggers[:0]
		for ; i < len(r.keyed) && r.keyed[i].key == key; i++ {
			r.triggers = append(r.triggers, r.openings[r.keyed[i].no])
		}
		r.key(s, key, r.triggers)
	}
}

// keysOf lists the keys a trigger opens for (section 1, per).
func (r *run) keysOf(s *pack.Standard, o *opening) []int {
	r.keys = r.keys[:0]
	if s.Per == "case" {
		return append(r.keys, -1)
	}
	if o.edge {
		return append(r.keys, o.key)
	}
	parties := r.c.Case.Parties
	switch {
	case o.event != nil:
		for _, q := range o.event.Parties {
			if s.Keyed(parties[q].Role) {
				r.keys = append(r.keys, q)
			}
		}
	case o.finding != nil && o.finding.key >= 0 && s.Keyed(parties[o.finding.key].Role):
		return append(r.keys, o.finding.key)
	}
	if len(r.keys) > 0 {
		return r.keys
	}
	if s.PerCase {
		return append(r.keys, -1)
	}
	for q, p := range parties {
		if p.Role == s.Per && r.c.On(q, o.pos) {
			r.keys = append(r.keys, q)
		}
	}
	return r.keys
}

// key runs one key's triggers, with the repetitions they lead to, in order.
func (r *run) key(s *pack.Standard, key int, triggers []opening) {
	from := len(r.rows)
	var chain []*Row // repetitions not yet judged, in order of opening
	var opened *state.Event
	for len(triggers) > 0 || len(chain) > 0 {
		if len(chain) > 0 && (len(triggers) == 0 || before(chain[0], triggers[0])) {
			row := chain[0]
			chain = chain[1:]
			if len(triggers) > 0 && s.Repeat != pack.Each && triggers[0].pos == row.pos && triggers[0].at == row.Opened {
				continue // the trigger itself opens at this very fact
			}
			chain = r.judge(s, row, triggers, chain)
			continue
		}
		o := &triggers[0]
		triggers = triggers[1:]
		if s.Repeat == pack.First && anyOpen(r.rows[from:], o) || o.event != nil && o.event == opened {
			continue
		}
		if row := r.row(s, key, o); row != nil {
			if !row.CannotTell {
				opened = o.event // several selectors may pick one fact; it opens once
			}
			chain = r.judge(s, row, triggers, chain)
		}
	}
}

func before(row *Row, o opening) bool {
	return row.Opened < o.at || row.Opened == o.at && row.pos <= o.pos
}

func anyOpen(rows []*Row, o *opening) bool {
	return slices.ContainsFunc(rows, func(row *Row) bool {
		if row.CannotTell && row.Due == day.Never && row.Clock == 0 {
			return false // it never opened
		}
		return row.endAt > o.at || row.endAt == o.at && row.endPos > o.pos
	})
}

// judge settles a row and adds to the chain what follows from it.
func (r *run) judge(s *pack.Standard, row *Row, triggers []opening, chain []*Row) []*Row {
	r.rows = append(r.rows, row)
	if row.CannotTell {
		return chain
	}
	switch cut := r.restart(s, row, triggers); {
	case s.Modal == pack.MustNot:
		r.forbid(s, row, cut)
		return chain
	case s.Gate:
		r.gate(s, row)
	default:
		r.within(s, row, cut)
	}
	next := r.again(s, row)
	if next == nil {
		return chain
	}
	chain = append(chain, next)
	slices.SortStableFunc(chain, func(a, b *Row) int { return cmp.Or(cmp.Compare(a.Opened, b.Opened), cmp.Compare(a.pos, b.pos)) })
	return chain
}

// restart is the next trigger that opens the duty anew and so ends the row; nil
// if there is none, or a trigger does not end it.
func (r *run) restart(s *pack.Standard, row *Row, triggers []opening) *opening {
	if s.Repeat != pack.Restart {
		return nil
	}
	for i := range triggers {
		o := &triggers[i]
		if o.event != nil && o.event == row.this.event {
			continue // another selector for the same fact
		}
		if t, _ := r.opens(s, row.key, o); t == day.Yes {
			return o
		}
	}
	return nil
}

// row makes the row of a trigger: nil if its conditions do not hold; a row
// marked CannotTell if the record does not say.
func (r *run) row(s *pack.Standard, key int, o *opening) *Row {
	t, why := r.opens(s, key, o)
	if t == day.No {
		return nil
	}
	row := r.newRow(s, key, o)
	if t == day.Unknown {
		row.CannotTell, row.Why, row.Due = true, "the record does not say "+why, day.Never
	}
	return row
}

// opens tells whether a trigger opens the duty for the key; of what cannot be
// told, why is the first.
func (r *run) opens(s *pack.Standard, key int, o *opening) (t day.Truth, why string) {
	t = day.Yes
	conditions := [3]*expr.Condition{s.PerIf, nil, nil}
	if o.sel != nil {
		conditions[1] = o.sel.Where
	}
	if !o.edge {
		conditions[2] = s.While
	}
	for _, c := range conditions {
		if c == nil {
			continue
		}
		env := r.env(o, key)
		x := c.Eval(env)
		if x == day.Unknown && why == "" {
			why = "whether " + c.Source
		}
		if t = t.And(x); t == day.No {
			return t, ""
		}
	}
	if x := r.inForce(s, o, key); x != day.Yes {
		if t = t.And(x); why == "" {
			why = "on which date the rule in force is to be tested"
		}
	}
	if t == day.No || len(s.Regimes) == 0 || slices.Contains(s.Regimes, r.c.Case.Regime) {
		return t, why
	}
	if r.c.Case.Regime != "" {
		return day.No, ""
	}
	if why == "" {
		why = "which regime the case is under"
	}
	return day.Unknown, why
}

func (r *run) newRow(s *pack.Standard, key int, o *opening) *Row {
	row := r.space()
	row.r, row.Standard, row.Case, row.Key, row.Opened = r, s, r.c.Case.ID, r.c.Case.ID, o.at
	if r.scope != "" {
		row.Case = ""
	}
	row.key, row.pos, row.this, row.Due, row.endAt = key, o.pos, *o, day.Never, day.Never
	if key >= 0 {
		row.Key = r.c.Case.Parties[key].ID
	}
	row.Trigger = Trigger{Event: o.event, Finding: o.finding, Period: o.period}
	if o.sel != nil {
		row.Trigger.Words = o.sel.Words
	}
	return row
}

// space gives an empty row. Rows never move, since others point at them.
func (r *run) space() *Row {
	if r.chunk < len(r.chunks) && r.used == len(r.chunks[r.chunk]) {
		r.chunk, r.used = r.chunk+1, 0
	}
	if r.chunk == len(r.chunks) {
		r.chunks = append(r.chunks, make([]Row, min(64, 4+len(r.rows))))
	}
	row := &r.chunks[r.chunk][r.used]
	r.used++
	*row = Row{}
	return row
}

// inForce tests the version's dates, inclusive, once, at opening.
func (r *run) inForce(s *pack.Standard, o *opening, key int) day.Truth {
	f := s.InForce
	if !f.HasFrom && !f.HasTo {
		return day.Yes
	}
	at := o.at
	if f.At != nil {
		env := r.env(o, key)
		v, ok := f.At.Eval(env)
		if !ok {
			return day.Unknown
		}
		at = r.moment(v).Lo
	}
	d := r.c.Cal.DateOf(at)
	if f.HasFrom && d < f.From || f.HasTo && d > f.To {
		return day.No
	}
	return day.Yes
}

// again opens the next of a repeating standard (ruling 26).
func (r *run) again(s *pack.Standard, row *Row) *Row {
	if !s.Again.Yes || row.Done == nil || row.Done.Event == nil || row.Lifted != nil {
		return nil
	}
	d := row.Done
	if s.Again.After != nil && !slices.Contains(s.Again.After, d.Event.Kind.No) {
		return nil
	}
	o := row.this
	o.at, o.pos = max(d.Happened.Lo, row.Opened), max(d.pos, row.pos)
	if s.While != nil {
		if env := r.env(&o, row.key); s.While.Eval(env) != day.Yes {
			return nil
		}
	}
	if r.inForce(s, &o, row.key) != day.Yes {
		return nil
	}
	next := r.newRow(s, row.key, &o)
	next.chained = true
	next.Trigger.Words = "the earlier duty was discharged"
	next.Clock = d.Happened.Lo
	if s.Again.Due {
		next.Clock = row.Due
	}
	return next
}

// Named asks for the named standards.
func Named(ids []string) func(*pack.Standard) bool {
	return func(s *pack.Standard) bool { return slices.Contains(ids, s.ID) }
}

// Under switches on the standards asked for (nil: all) and, so that their triggers
// exist, those whose findings or ends they listen to.
func Under(p *pack.Pack, asked func(*pack.Standard) bool) func(*pack.Standard) bool {
	if asked == nil {
		return nil
	}
	want := map[string]bool{}
	for i := len(p.Standards) - 1; i >= 0; i-- { // listeners come after what they listen to
		s := p.Standards[i]
		if !want[s.ID] && !asked(s) {
			continue
		}
		if s.HearsAll {
			return nil
		}
		want[s.ID] = true
		findings, ends := s.Listens()
		for _, name := range append(findings, ends...) {
			want[name] = true
		}
	}
	on := make([]bool, len(p.Standards))
	for _, s := range p.Standards {
		on[s.No] = want[s.ID]
	}
	return func(s *pack.Standard) bool { return on[s.No] }
}

// Proves tells whether the discharging fact had the proof.
func (r *Row) Proves(p *pack.Proof) bool {
	if r.Done == nil || r.Done.Event == nil {
		return false
	}
	_, ok := r.r.c.ProvedAt(r.Done.pos, p, r.r.judging(r, p))
	return ok
}
