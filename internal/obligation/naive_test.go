package obligation_test

// A second evaluator, written from the text of the specification and not from the
// engine: loops over all facts, days counted one by one, nothing kept. It says what
// the rows of a case should be, and the tests hold the engine's rows and their
// explanations against it.
//
// It shares with the engine only what has references of its own: the conditions
// (internal/expr), and the registers and proofs (internal/state).
//
// Left out, because they would be the engine written twice: duties to supply a
// missing value (ask), waiting for a source, proof by `self` and who owes, the end
// of a right as a clock, `latest` outside gates, a moment given by `every` with
// working days or mixed units, candidates that last longer than a day, the second pass
// over persons and units, keys of several roles. A standard that has one of them, or
// listens to one that has, is not compared (leftOut), nor is a case whose registers
// wait for a later signature.
//
// Where the text does not say, the reading of the engine is taken: ticks come after
// the facts of their instant and from the first fact on; a given register rises
// nowhere; of a gate's facts the last is told; a gate on a state is closed when the state
// is on the record; a pause, a new date and a choice count if they were recorded by due.

import (
	"cmp"
	"fmt"
	"slices"

	"candour/internal/day"
	"candour/internal/expr"
	"candour/internal/fact"
	"candour/internal/pack"
	"candour/internal/state"
)

// naive evaluates one case.
type naive struct {
	c    *state.Case
	days almanac
	rows []*answer
	skip map[*pack.Standard]string
}

// answer is one row as it should be.
type answer struct {
	s             *pack.Standard
	key           int
	t             trigger
	pos           int // what is later stands after this position
	chained       bool
	opened, clock day.Instant
	due           day.Instant
	length        day.Duration
	stopped       bool // paused as at the moment asked for
	met           *met
	claims        []*state.Event
	kind          string // of the finding
	raised        day.Instant
	closed        day.Instant
	late          bool
	offending     *state.Event
	lifted        day.Instant
	liftedPos     int
	isLifted      bool
	cannotTell    bool // the record does not say enough
	never         bool // nor whether it opened at all
}

// met is what discharged: by is to be held against due, at is what is shown.
type met struct {
	ev     *state.Event // nil for a gate met by a state
	pos    int
	by, at day.Instant
}

// trigger is what opens.
type trigger struct {
	at      day.Instant
	pos     int // the state is as just after this position
	ev      *state.Event
	finding *answer
	period  int
	key     int
	keyed   bool
	sel     *pack.Selector
}

// words is an object with a few named values.
type words struct {
	names *expr.Names
	vals  map[string]fact.Value
}

func (w words) Get(name int) *fact.Value {
	if v, ok := w.vals[w.names.Name(name)]; ok {
		return &v
	}
	return nil
}

// evaluate works the rows of the standards out, dependencies first.
func evaluate(c *state.Case, on func(*pack.Standard) bool) *naive {
	n := &naive{c: c, days: almanac{c.Cal}, skip: map[*pack.Standard]string{}}
	for _, s := range c.Pack.Standards {
		if !on(s) {
			continue
		}
		if n.skip[s] = n.leftOut(s); n.skip[s] == "" {
			n.standard(s)
		}
	}
	return n
}

// misread holds the facts of the case against a plain reading: what had happened and
// was known, no correction known, by happened, recorded and position.
func misread(c *state.Case) string {
	var want []*fact.Fact
	for _, f := range c.Case.Facts {
		gone := slices.ContainsFunc(c.Case.Facts, func(g *fact.Fact) bool { return g.Supersedes == f.ID && g.Recorded <= c.KnownAt })
		if f.At.Lo <= c.AsAt && f.Recorded <= c.KnownAt && !gone {
			want = append(want, f)
		}
	}
	slices.SortFunc(want, func(a, b *fact.Fact) int {
		return cmp.Or(cmp.Compare(a.At.Lo, b.At.Lo), cmp.Compare(a.Recorded, b.Recorded), cmp.Compare(a.Seq, b.Seq))
	})
	for i, ev := range c.Ev {
		if len(want) != len(c.Ev) || want[i] != ev.Fact {
			return "the facts are not those, or not in the order, of a plain reading"
		}
	}
	return ""
}

// leftOut says why a standard is not compared on this case, "" where it is.
func (n *naive) leftOut(s *pack.Standard) string {
	switch {
	case s.Asks != nil:
		return "ask"
	case s.For != "":
		return "a second pass"
	case s.PerAlso != nil || s.PerCase:
		return "several roles"
	case s.ClockOf != "" || s.By != nil && s.By.Ends != "":
		return "ends"
	}
	for _, lf := range append(s.Leaves, s.Claims...) {
		if slices.ContainsFunc(lf.Match, func(m pack.Match) bool { return m.This == expr.NamePeriod }) {
			return "a period by its name"
		}
		if lf.Latest && !s.Gate {
			return "latest"
		}
		self := false
		lf.Proof.Atoms(func(p *pack.Proof) { self = self || p.Op == pack.ProofSelf })
		if self {
			return "self"
		}
		if n.waits(lf) {
			return "a source"
		}
		for _, ev := range n.c.Ev {
			if slices.Contains(lf.Kinds, ev.Kind.No) && n.long(ev) {
				return "an interval"
			}
		}
	}
	findings, _ := s.Listens()
	for _, name := range findings {
		for other, why := range n.skip {
			if why != "" && (other.ID == name || slices.Contains(other.FindingKinds(), name)) {
				return "listens to " + other.ID
			}
		}
	}
	return ""
}

// waits: with a source line, a leaf may wait for it (ruling 30).
func (n *naive) waits(lf *pack.Leaf) bool {
	if len(n.c.World.Sources) == 0 {
		return false
	}
	external := false
	lf.Proof.Atoms(func(p *pack.Proof) { external = external || p.Op == pack.ProofExternal || p.Op == pack.ProofCallback })
	for _, k := range lf.Kinds {
		external = external || n.c.Pack.Kinds[k].From == "source"
	}
	return external
}

// long: more than one whole day, or an interval that is not whole.
func (n *naive) long(ev *state.Event) bool {
	return !ev.At.Exact() && (!ev.At.Whole || !n.days.civil(ev.At.Lo).Equal(n.days.civil(ev.At.Hi)))
}

// env is what a condition sees after a position, for the trigger and the key.
func (n *naive) env(pos, key int, t trigger) expr.Env {
	e := n.c.Env(pos, key)
	text := func(s string) fact.Value { return fact.Value{Kind: fact.Text, Text: s} }
	at := fact.MomentOf(day.At(t.at))
	switch {
	case t.ev != nil:
		e.This = t.ev
	case t.finding != nil:
		f := t.finding
		e.This = words{n.c.Pack.Names, map[string]fact.Value{"happened": at, "recorded": at, "standard": text(f.s.ID), "id": text(f.s.ID), "finding": text(f.kind),
			"kind": text(f.kind), "key": text(n.name(f.key)), "due": fact.MomentOf(day.At(f.due))}}
	default:
		e.This = words{n.c.Pack.Names, map[string]fact.Value{"happened": at, "recorded": at, "period": {Kind: fact.Number, Num: float64(t.period)}}}
	}
	return e
}

func (n *naive) name(key int) string {
	if key < 0 {
		return n.c.Case.ID
	}
	return n.c.Case.Parties[key].ID
}

func (n *naive) ask(c *expr.Condition, pos, key int, t trigger, that *state.Event) day.Truth {
	if c == nil {
		return day.Yes
	}
	e := n.env(pos, key, t)
	if that != nil {
		e.That = that
	}
	return c.Eval(&e)
}

// last is the last position whose fact happened by t.
func (n *naive) last(t day.Instant) int {
	p := -1
	for i, ev := range n.c.Ev {
		if ev.At.Lo <= t {
			p = i
		}
	}
	return p
}

// on: a party is on the case from its first fact, with none from the start.
func (n *naive) on(key, pos int) bool {
	for i, ev := range n.c.Ev {
		if slices.Contains(ev.Parties, key) {
			return i <= pos
		}
	}
	return true
}

// kinded tells whether the fact is of the kinds, and of substance where that is asked.
func (n *naive) kinded(i int, kinds []int, substantive bool) bool {
	ev := n.c.Ev[i]
	if !slices.Contains(kinds, ev.Kind.No) {
		return false
	}
	if substantive && ev.Kind.Substantive != nil {
		e := n.c.Env(i, -1)
		e.This = ev
		return ev.Kind.Substantive.Eval(&e) == day.Yes
	}
	return true
}

// standard opens and judges every instance, key by key.
func (n *naive) standard(s *pack.Standard) {
	var all []trigger
	for i := range s.When {
		all = append(all, n.triggers(s, &s.When[i])...)
	}
	slices.SortStableFunc(all, func(a, b trigger) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.pos, b.pos)) })
	for key := -1; key < len(n.c.Case.Parties); key++ {
		if (key < 0) != (s.Per == "case") || key >= 0 && n.c.Case.Parties[key].Role != s.Per {
			continue
		}
		n.keyed(s, key, all)
	}
}

// triggers lists what a selector picks, wherever it happened.
func (n *naive) triggers(s *pack.Standard, sel *pack.Selector) (out []trigger) {
	switch {
	case sel.Kinds != nil:
		for i, ev := range n.c.Ev {
			if n.kinded(i, sel.Kinds, sel.Substantive) {
				out = append(out, trigger{at: ev.At.Lo, pos: i, ev: ev, sel: sel})
			}
		}
	case sel.Finding != "":
		for _, r := range n.rows {
			if r.kind != "" && r.raised <= n.c.AsAt && (r.s.ID == sel.Finding || r.kind == sel.Finding) {
				out = append(out, trigger{at: r.raised, pos: n.last(r.raised), finding: r, sel: sel})
			}
		}
	case sel.Becomes != nil:
		for key := -1; key < len(n.c.Case.Parties); key++ {
			if key < 0 == (s.Per == "case") {
				out = append(out, n.rises(s, sel, key)...)
			}
		}
	case sel.Opened:
		if len(n.c.Ev) > 0 {
			out = append(out, trigger{at: n.c.Ev[0].At.Lo, pos: 0, ev: n.c.Ev[0], sel: sel})
		}
	case sel.Every != nil:
		out = n.ticks(s, sel)
	}
	return out
}

// rises: the rising edges of (the condition and while and in force), asked after
// every fact and at the start of every day on which the standard comes into force.
func (n *naive) rises(s *pack.Standard, sel *pack.Selector, key int) (out []trigger) {
	var points []trigger
	for i, ev := range n.c.Ev {
		points = append(points, trigger{at: ev.At.Lo, pos: i, ev: ev, sel: sel, key: key, keyed: true})
	}
	if f := s.InForce; f.HasFrom && f.At == nil && len(n.c.Ev) > 0 {
		// A case is there from its first fact; a fact of the very instant rises itself.
		at := n.days.cal.Start(f.From)
		if at <= n.c.AsAt && at > n.c.Ev[0].At.Lo && n.last(at) == n.last(at-1) {
			points = append(points, trigger{at: at, pos: n.last(at), sel: sel, key: key, keyed: true})
		}
	}
	slices.SortStableFunc(points, func(a, b trigger) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.pos, b.pos)) })
	holds := func(p trigger) bool {
		return (key < 0 || n.on(key, p.pos)) && n.ask(sel.Becomes, p.pos, key, p, nil) == day.Yes &&
			n.ask(s.While, p.pos, key, p, nil) == day.Yes && n.inForce(s, p, key) == day.Yes
	}
	start := day.Instant(-1 << 62) // what was given stands before the first fact, by the law of then
	if len(n.c.Ev) > 0 {
		start = n.c.Ev[0].At.Lo - 1
	}
	before := holds(trigger{at: start, pos: -1, sel: sel})
	for _, p := range points {
		now := holds(p)
		if now && !before {
			out = append(out, p)
		}
		before = now
	}
	return out
}

// ticks: at the start of the day after each period, from the first fact on, by the
// clock as the record gives it then. Like findings, they come after the facts of
// their instant.
func (n *naive) ticks(s *pack.Standard, sel *pack.Selector) (out []trigger) {
	first := *sel.Every
	if sel.After != nil {
		first = *sel.After
	}
	for i := -1; i < len(n.c.Ev); i++ { // before the first fact too, by what was given
		at := day.Instant(-1 << 62)
		if i >= 0 {
			at = n.c.Ev[i].At.Lo
		}
		e := n.env(i, -1, trigger{at: at})
		v, ok := sel.Clock.Eval(&e)
		for k := 0; ok; k++ {
			at, can := n.days.tick(n.when(v).Lo, first, *sel.Every, k)
			if !can {
				n.skip[s] = "every"
				return nil
			}
			if at > n.c.AsAt {
				break
			}
			if n.last(at) == i {
				out = append(out, trigger{at: at, pos: i, period: k + 1, sel: sel})
			}
		}
	}
	return out
}

// when is a value as a moment; a date is its whole day.
func (n *naive) when(v fact.Value) day.Moment {
	if v.Kind == fact.Date {
		return n.days.cal.Day(v.Day)
	}
	return *v.When
}

// inForce: both dates inclusive, tested at opening, on this.happened or `at`; an
// interval at its start.
func (n *naive) inForce(s *pack.Standard, t trigger, key int) day.Truth {
	f, at := s.InForce, t.at
	if !f.HasFrom && !f.HasTo {
		return day.Yes
	}
	if f.At != nil {
		e := n.env(t.pos, key, t)
		v, ok := f.At.Eval(&e)
		if !ok {
			return day.Unknown
		}
		at = n.when(v).Lo
	}
	return truth((!f.HasFrom || at >= n.days.cal.Start(f.From)) && (!f.HasTo || at < n.days.cal.Start(f.To.Add(1))))
}

func truth(b bool) day.Truth {
	if b {
		return day.Yes
	}
	return day.No
}

// wants: whom a trigger opens for. One for each party of the role it is about;
// of a trigger about another role, one for each party of the role on the case.
func (n *naive) wants(s *pack.Standard, t trigger, key int) bool {
	if key < 0 || t.keyed {
		return key < 0 || t.key == key
	}
	named := false
	of := func(q int) bool {
		named = named || n.c.Case.Parties[q].Role == s.Per
		return q == key
	}
	if t.ev != nil {
		for _, q := range t.ev.Parties {
			if of(q) {
				return true
			}
		}
	}
	if t.finding != nil && t.finding.key >= 0 && of(t.finding.key) {
		return true
	}
	return !named && n.on(key, t.pos)
}

// opens answers whether a trigger opens an instance for the key.
func (n *naive) opens(s *pack.Standard, t trigger, key int) day.Truth {
	if !n.wants(s, t, key) {
		return day.No
	}
	regime := truth(len(s.Regimes) == 0 || slices.Contains(s.Regimes, n.c.Case.Regime))
	if regime == day.No && n.c.Case.Regime == "" {
		regime = day.Unknown
	}
	return regime.And(n.inForce(s, t, key)).And(n.ask(t.sel.Where, t.pos, key, t, nil)).And(n.ask(s.PerIf, t.pos, key, t, nil)).And(n.ask(s.While, t.pos, key, t, nil))
}

// keyed opens and judges the instances of one key in the order of their triggers.
func (n *naive) keyed(s *pack.Standard, key int, all []trigger) {
	var good []trigger
	for _, t := range all {
		twice := t.ev != nil && slices.ContainsFunc(good, func(g trigger) bool { return g.ev == t.ev })
		switch n.opens(s, t, key) {
		case day.Yes:
			if !twice {
				good = append(good, t)
			}
		case day.Unknown:
			n.rows = append(n.rows, &answer{s: s, key: key, t: t, opened: t.at, cannotTell: true, never: true})
		}
	}
	var mine []*answer
	for _, t := range good {
		if s.Repeat == pack.First && slices.ContainsFunc(mine, func(r *answer) bool { return r.openAt(t) }) {
			continue
		}
		for r := n.open(s, key, t); r != nil; r = n.again(r) {
			var cut *trigger
			for i := range good {
				if g := &good[i]; s.Repeat == pack.Restart && cut == nil && cmp.Or(cmp.Compare(g.at, r.opened), cmp.Compare(g.pos, r.pos)) > 0 {
					cut = g
				}
			}
			got := n.judge(r, cut)
			n.rows = append(n.rows, got...)
			mine = append(mine, got...)
		}
	}
}

// openAt: opened by then, and neither discharged, lifted nor over.
func (r *answer) openAt(t trigger) bool {
	after := func(at day.Instant, pos int) bool { return cmp.Or(cmp.Compare(at, t.at), cmp.Compare(pos, t.pos)) > 0 }
	switch {
	case after(r.opened, r.pos) || r.never || r.isLifted && !after(r.lifted, r.liftedPos):
		return false
	case r.s.Modal == pack.MustNot:
		return t.at <= r.due
	case r.s.Gate:
		return r.kind != "" && (r.closed == 0 || after(r.closed, r.met.pos))
	case r.s.Modal == pack.May && t.at > r.due:
		return false // used or lapsed
	}
	return r.met == nil || after(max(r.met.at, r.opened), max(r.met.pos, r.pos))
}

// open makes the instance: its clock and its due moment.
func (n *naive) open(s *pack.Standard, key int, t trigger) *answer {
	r := &answer{s: s, key: key, t: t, pos: t.pos, opened: t.at, clock: t.at, due: day.Never}
	if s.Clock != nil {
		e := n.env(t.pos, key, t)
		v, ok := s.Clock.Eval(&e)
		if !ok {
			r.cannotTell = true
			return r
		}
		r.clock = n.when(v).Lo
	}
	switch {
	case s.Gate:
	case s.Within != nil:
		d, ok := n.length(s.Within, r, r.pos)
		r.due, r.length, r.cannotTell = n.days.due(r.clock, d), d, !ok
	case s.By != nil:
		n.by(r)
	}
	return r
}

// length is a D as it stands at a position.
func (n *naive) length(t *pack.Term, r *answer, pos int) (day.Duration, bool) {
	switch {
	case t == nil:
		return day.Duration{}, false
	case t.Policy != "":
		p := n.c.PolicyAt(t.Policy, r.opened) // "the value at opening holds"
		return *p.Duration, true
	case t.Field != nil:
		e := n.env(pos, r.key, r.t)
		if v, ok := t.Field.Eval(&e); ok {
			return day.Duration{N: int(v.Num), Unit: t.Unit}, true
		}
		return n.length(t.Else, r, pos)
	case t.Choose != nil:
		e := n.env(pos, r.key, r.t)
		v, ok := t.Choose.Eval(&e)
		word := v.Text
		if v.Kind == fact.Bool {
			word = fmt.Sprint(v.Bool)
		}
		if of := t.Of[word]; ok && of != nil {
			return n.length(of, r, pos)
		}
		return n.length(t.Else, r, pos)
	}
	return t.Duration, true
}

// by: a moment or date, or so much before it; past at opening, due is the opening.
func (n *naive) by(r *answer) {
	e := n.env(r.pos, r.key, r.t)
	v, ok := r.s.By.At.Eval(&e)
	if !ok {
		r.cannotTell = true
		return
	}
	r.due = n.when(v).Hi
	if r.s.By.Before != nil {
		d, ok := n.length(r.s.By.Before, r, r.pos)
		if r.cannotTell = !ok; !ok {
			return
		}
		r.due = n.days.back(r.due, d)
	}
	r.due, r.length = max(r.due, r.opened), day.Duration{Unit: day.Day}
}
