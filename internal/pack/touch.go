package pack

import (
	"maps"
	"slices"

	"candour/internal/expr"
)

// Touch says which standards something can matter to: a fact of a kind, as what
// opens, meets, lifts, moves or closes a duty, or by way of a register that is read;
// or a party of a role coming onto the case. A standard left out gives the same with
// it and without. Sets of standards are bits, by their numbers.
type Touch struct {
	kinds [][]uint64          // by number of kind
	roles map[string][]uint64 // by role
	any   []uint64            // those to which anything can matter
	needs [][]uint64          // by number of standard: those that must run for it, itself among them
}

// Touches works out, once for the pack, what matters to which standard.
func (p *Pack) Touches() *Touch {
	p.touchOnce.Do(func() { p.touch = p.touches() })
	return p.touch
}

func (p *Pack) touches() *Touch {
	words := (len(p.Standards) + 63) / 64
	sets := func(n int) [][]uint64 {
		out := make([][]uint64, n)
		for i := range out {
			out[i] = make([]uint64, words)
		}
		return out
	}
	t := &Touch{kinds: sets(len(p.Kinds)), roles: map[string][]uint64{}, any: make([]uint64, words), needs: sets(len(p.Standards))}
	named := map[string][]*Standard{} // by id, and by kind of finding
	for _, s := range p.Standards {
		if s.For == "" {
			for _, name := range append(s.FindingKinds(), s.ID) {
				named[name] = append(named[name], s)
			}
		}
	}
	for _, s := range p.Standards { // each comes after those it listens to
		if s.For != "" {
			continue // it is no standard of cases
		}
		w := &toucher{p: p, kinds: make([]bool, len(p.Kinds)), roles: map[string]bool{}, seen: map[*Register]bool{}}
		w.standard(s)
		put(t.needs[s.No], s.No)
		findings, ends := s.Listens()
		for _, name := range append(findings, ends...) {
			for _, d := range named[name] {
				or(t.needs[s.No], t.needs[d.No])
			}
		}
		if w.all {
			put(t.any, s.No)
		}
		for k, yes := range w.kinds {
			if yes {
				put(t.kinds[k], s.No)
			}
		}
		for role := range w.roles {
			if t.roles[role] == nil {
				t.roles[role] = make([]uint64, words)
			}
			put(t.roles[role], s.No)
		}
	}
	for _, set := range slices.Concat(t.kinds, slices.Collect(maps.Values(t.roles)), [][]uint64{t.any}) {
		for no, need := range t.needs { // what matters to one that it listens to matters to it
			if meet(need, set) {
				put(set, no)
			}
		}
	}
	return t
}

// None is an empty set of standards, in the space of another where there is enough.
func (t *Touch) None(space []uint64) []uint64 {
	set := slices.Grow(space[:0], len(t.any))[:len(t.any)]
	clear(set)
	return set
}

// Add adds the standards that a fact of a kind can matter to; a negative number
// stands for what can matter to all.
func (t *Touch) Add(set []uint64, kind int) {
	if kind < 0 {
		for i := range set {
			set[i] = ^uint64(0)
		}
		return
	}
	or(set, t.kinds[kind])
	or(set, t.any)
}

// AddRole adds the standards to which a party of a role can matter that comes onto the case.
func (t *Touch) AddRole(set []uint64, role string) {
	if of := t.roles[role]; of != nil {
		or(set, of)
	}
	or(set, t.any)
}

// Need adds to a set what must run for the standards of another.
func (t *Touch) Need(set, of []uint64) {
	for no, need := range t.needs {
		if Has(of, no) {
			or(set, need)
		}
	}
}

// Has tells whether the standard of that number is in the set.
func Has(set []uint64, no int) bool { return set[no/64]&(1<<(no%64)) != 0 }

func put(set []uint64, no int) { set[no/64] |= 1 << (no % 64) }

func or(set, with []uint64) {
	for i := range set {
		set[i] |= with[i]
	}
}

func meet(a, b []uint64) bool {
	for i := range a {
		if a[i]&b[i] != 0 {
			return true
		}
	}
	return false
}

// toucher collects the kinds that a standard may depend on, and rather too many.
type toucher struct {
	p     *Pack
	kinds []bool
	seen  map[*Register]bool
	roles map[string]bool
	all   bool
}

func (w *toucher) standard(s *Standard) {
	for _, role := range append([]string{s.Per}, s.PerAlso...) {
		w.roles[role] = true
	}
	for _, k := range []int{w.p.Decision, w.p.IntegrityDecision, w.p.Countersignature} {
		w.kinds[k] = true
	}
	for i := range s.When {
		w.selector(&s.When[i])
	}
	for i := range s.Unless {
		w.selector(&s.Unless[i])
	}
	for _, lf := range append(slices.Clone(s.Leaves), s.Claims...) {
		w.of(lf.Kinds, lf.Substantive)
		w.condition(lf.Where)
		w.all = w.all || lf.Holds != nil // what cures it is shown when all before it is on the record
	}
	w.state(s.PerIf)
	w.state(s.While)
	w.value(s.Clock)
	w.value(s.OwesBody)
	w.value(s.InForce.At)
	w.term(s.Within)
	if s.By != nil {
		w.value(s.By.At)
		w.term(s.By.Before)
	}
	if s.Moved != nil {
		w.selector(&s.Moved.Selector)
		w.value(s.Moved.To)
	}
	if s.Paused != nil {
		w.selector(&s.Paused.From)
		w.selector(&s.Paused.Until)
	}
	w.of(s.Again.After, false)
	w.term(s.Again.Then)
	if s.Closed != nil {
		w.selector(s.Closed)
	}
	if s.Asks != nil {
		if s.Asks.Register != nil {
			w.register(s.Asks.Register)
			w.all = true // it is asked from the first fact on, whatever that is
		} else {
			w.kinds[s.Asks.Kind] = true
		}
	}
	// Whoever owes it can prove it by their own word.
	w.name("oic")
	w.name(s.Owes)
	for _, t := range s.Tell {
		w.name(t.Role)
	}
}

func (w *toucher) selector(sel *Selector) {
	w.of(sel.Kinds, sel.Substantive)
	w.condition(sel.Where)
	w.state(sel.Becomes)
	w.value(sel.Clock)
}

// of marks kinds; of those taken by a tag, the kind's own condition is read too.
func (w *toucher) of(kinds []int, substantive bool) {
	for _, k := range kinds {
		w.kinds[k] = true
		if substantive {
			w.condition(w.p.Kinds[k].Substantive)
		}
	}
}

func (w *toucher) term(t *Term) {
	if t == nil {
		return
	}
	w.value(t.Field)
	w.value(t.Choose)
	w.term(t.Else)
	for _, of := range t.Of {
		w.term(of)
	}
}

// condition marks what a condition on one fact reads.
func (w *toucher) condition(c *expr.Condition) {
	if c == nil {
		return
	}
	w.all = w.all || c.Seen
	w.uses(c.Uses, c.Roles)
}

// state marks what a condition reads that is asked again and again: where it reads
// what changes with time, it matters when it is asked, and so every fact.
func (w *toucher) state(c *expr.Condition) {
	if c == nil {
		return
	}
	w.all = w.all || !c.OfState()
	w.uses(c.Uses, c.Roles)
}

func (w *toucher) value(v *expr.Value) {
	if v != nil {
		w.all = w.all || v.Seen
		w.uses(v.Uses, v.Roles)
	}
}

func (w *toucher) uses(uses expr.Uses, roles []string) {
	for _, role := range roles {
		w.roles[role] = true
	}
	for _, u := range uses {
		w.name(u.Field)
		w.name(u.Object)
	}
}

// name marks every register that is called so, whoever has it.
func (w *toucher) name(id string) {
	if id == "" {
		return
	}
	for _, of := range w.p.Registers {
		for _, r := range of {
			if r.ID == id {
				w.register(r)
			}
		}
	}
}

func (w *toucher) register(r *Register) {
	if w.seen[r] {
		return
	}
	w.seen[r] = true
	for i := range r.Sets {
		for _, k := range r.Sets[i].Kinds {
			w.kinds[k] = true
		}
		w.condition(r.Sets[i].Where)
		w.value(r.Sets[i].To)
	}
	if r.Derive != nil {
		w.value(r.Derive)
	}
}
