package state

import (
	"slices"

	"candour/internal/day"
	"candour/internal/fact"
	"candour/internal/pack"
)

// Judge says for which duty a proof is worked out.
type Judge struct {
	Key  int    // party, -1 the case
	This *Event // the trigger, if a fact
	Owes string // the person who owes, if known
}

// Proved tells when a proof expression first held for a fact. By is the moment
// to hold against a due moment: for a day without a time it is the day's start,
// so that the fact counts as recorded by any due on that day (ruling 29).
type Proved struct{ By, At day.Instant }

func latest(a, b Proved) Proved { return Proved{max(a.By, b.By), max(a.At, b.At)} }

// ProvedAt is when the expression first held for event i, judged for the duty;
// false if it never did, as far as is known. nil is `any`.
func (c *Case) ProvedAt(i int, e *pack.Proof, j Judge) (Proved, bool) {
	ev := c.Ev[i]
	base := c.base(ev)
	if t, tainted := c.taints[ev.By]; tainted && ev.By != "" && ev.Recorded > t {
		second, ok := c.second(ev, true)
		if !ok {
			return Proved{}, false // void: it does not even meet `any` (ruling 13)
		}
		base = latest(base, second)
	}
	if e == nil {
		return base, true
	}
	got, ok := c.holds(ev, e, j)
	return latest(base, got), ok
}

func (c *Case) base(ev *Event) Proved {
	if ev.At.Whole && !ev.RecordedStated {
		return Proved{ev.At.Lo, ev.At.Hi}
	}
	t := max(ev.At.Lo, c.knownSince(ev))
	return Proved{max(ev.At.Lo, c.graced(ev, t)), t}
}

// graced is the earliest due moment by which a fact entered at t counts as entered
// in time: its source has some time to hand facts on (ruling 1).
func (c *Case) graced(ev *Event, t day.Instant) day.Instant {
	if ev.Source == "" {
		return t
	}
	for _, s := range c.World.Sources {
		if s.ID != ev.Source || s.Grace == nil {
			continue
		}
		back := c.Cal.Back(t, *s.Grace)
		if !s.Grace.Elapsed() {
			back = c.Cal.Start(c.Cal.DateOf(back))
		}
		return min(t, back)
	}
	return t
}

func (c *Case) holds(ev *Event, e *pack.Proof, j Judge) (Proved, bool) {
	ok := true
	switch e.Op {
	case pack.ProofAnd:
		a, okA := c.holds(ev, e.Left, j)
		b, okB := c.holds(ev, e.Right, j)
		return latest(a, b), okA && okB
	case pack.ProofOr:
		a, okA := c.holds(ev, e.Left, j)
		b, okB := c.holds(ev, e.Right, j)
		if okA && (!okB || a.By <= b.By) {
			return a, true
		}
		return b, okB
	case pack.ProofSecond, pack.ProofSecondUnit:
		return c.second(ev, e.Op == pack.ProofSecondUnit)
	case pack.ProofSelf:
		ok = j.Owes == "" || ev.By == j.Owes
	case pack.ProofDocument:
		ok = slices.ContainsFunc(ev.Docs, func(d fact.Document) bool { return e.Arg == "" || d.Type == e.Arg })
	case pack.ProofSubject:
		ok = c.subject(ev, j)
	case pack.ProofExternal:
		ok = c.external(ev, e, j, false)
	case pack.ProofCallback:
		ok = c.external(ev, e, j, true)
	}
	return Proved{}, ok
}

// second: another, eligible, not junior person signed (rulings 13 and 28). Rank,
// post and taint are those at the time of signing.
func (c *Case) second(ev *Event, otherUnit bool) (Proved, bool) {
	best, found := Proved{}, false
	for _, s := range ev.Signed {
		if s.At > c.KnownAt || !c.eligible(ev, s, otherUnit) {
			continue
		}
		if !found || s.At < best.By {
			best, found = Proved{s.At, s.At}, true
		}
	}
	return best, found
}

func (c *Case) eligible(ev *Event, s fact.Signature, otherUnit bool) bool {
	if s.By == ev.By || ev.By == "" && !c.twoSigned(ev, s) {
		return false
	}
	if t, tainted := c.taints[s.By]; tainted && s.At > t {
		return false
	}
	signer, recorder := c.World.Persons[s.By], c.World.Persons[ev.By]
	if signer == nil {
		return false
	}
	sp := signer.PostAt(s.At)
	var rp *fact.Post
	if recorder != nil {
		rp = recorder.PostAt(s.At)
		if rp == nil { // they had left: the post they last held when they recorded it
			rp = recorder.PostAt(ev.Recorded)
		}
	}
	return c.outranks(sp, rp, otherUnit)
}

// outranks tells whether the holder of a post may sign for the holder of another:
// not junior, and where that is asked from another unit.
func (c *Case) outranks(sp, rp *fact.Post, otherUnit bool) bool {
	if otherUnit && (sp == nil || rp == nil || sp.Unit == "" || sp.Unit == rp.Unit) {
		return false
	}
	if len(c.Pack.Ranks) == 0 {
		return true
	}
	if sp == nil {
		return false
	}
	mine := 0
	if rp != nil {
		mine = c.Pack.Ranks[rp.Rank]
	}
	return c.Pack.Ranks[sp.Rank] >= mine
}

// Seconds lists who could sign as second person for somebody at t, by name.
func (c *Case) Seconds(person string, t day.Instant, otherUnit bool) []string {
	var rp *fact.Post
	if p := c.World.Persons[person]; p != nil {
		rp = p.PostAt(t)
	}
	var out []string
	for id, p := range c.World.Persons {
		taint, tainted := c.taints[id]
		if post := p.PostAt(t); id != person && post != nil && !(tainted && t > taint) && c.outranks(post, rp, otherUnit) {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

// twoSigned: where nobody is named as the recorder, two different persons must have signed.
func (c *Case) twoSigned(ev *Event, s fact.Signature) bool {
	return slices.ContainsFunc(ev.Signed, func(o fact.Signature) bool { return o.By != s.By && o.At <= s.At })
}

// subject: the person concerned, or one who speaks for them and is no suspect,
// by a channel that was on record before what is confirmed.
func (c *Case) subject(ev *Event, j Judge) bool {
	v := ev.Via
	if v == nil || v.Person == "" || !c.speaksFor(v.Person, ev, j) {
		return false
	}
	channel := v.ChannelRecorded
	if channel.IsZero() {
		n, ok := c.Pack.Names.Lookup("channel_recorded_at")
		if !ok {
			return false
		}
		f := ev.Get(n)
		if f == nil || f.Kind != fact.Moment {
			return false
		}
		channel = *f.When
	}
	for _, of := range c.confirmed(ev, j) {
		if day.Before(channel, of) != day.Yes {
			return false
		}
	}
	return true
}

// confirmed lists the moments of what the fact confirms: the trigger where the
// fact refers to it, else the facts it refers to, else its own.
func (c *Case) confirmed(ev *Event, j Judge) []day.Moment {
	refs := append(append([]string{}, ev.Answers...), ev.Confirms...)
	for f, fd := range ev.Kind.Fields {
		if fd.Words == "reference" {
			v := &ev.Vals[f]
			if v.Kind == fact.Text {
				refs = append(refs, v.Text)
			}
			for _, it := range v.List {
				refs = append(refs, it.Text)
			}
		}
	}
	if j.This != nil && (slices.Contains(refs, j.This.ID) || sharesThing(ev, j.This, c)) {
		return []day.Moment{j.This.At}
	}
	var out []day.Moment
	for _, r := range refs {
		if i, ok := c.byID[r]; ok {
			out = append(out, c.Events[i].At)
		}
	}
	if out == nil {
		out = []day.Moment{ev.At}
	}
	return out
}

// sharesThing: both facts are about the same thing (a statement, an exhibit), so
// the one confirms the other.
func sharesThing(a, b *Event, c *Case) bool {
	for _, q := range a.Parties {
		if slices.Contains(b.Parties, q) && c.Case.Parties[q].Role == "statement" {
			return true
		}
	}
	return false
}

// speaksFor tells whether the person is concerned by the fact, or speaks for one who is.
func (c *Case) speaksFor(person string, ev *Event, j Judge) bool {
	concerned := map[string]bool{}
	note := func(q int) {
		p := c.Case.Parties[q]
		concerned[p.ID] = true
		if p.Person != "" {
			concerned[p.Person] = true
		}
	}
	people := ev.Parties
	if j.Key >= 0 && !slices.Contains(people, j.Key) {
		people = append(slices.Clone(people), j.Key)
	}
	human := false
	for _, q := range people {
		note(q)
		human = human || c.Case.Parties[q].Person != "" || isHuman(c.Case.Parties[q].Role)
	}
	if !human { // a thing, such as a statement: those it may concern are the victims and witnesses
		for q, p := range c.Case.Parties {
			if p.Role == "victim" || p.Role == "witness" {
				note(q)
			}
		}
	}
	suspected := false
	for _, p := range c.Case.Parties {
		if p.Role == "suspect" && (p.Person == person || p.ID == person) {
			suspected = true
		}
	}
	if concerned[person] {
		return true
	}
	who := c.World.Persons[person]
	if who == nil || suspected {
		return false
	}
	return slices.ContainsFunc(who.Kin, func(k fact.Kin) bool { return c.Pack.SpeaksFor[k.As] && concerned[k.To] })
}

func isHuman(role string) bool {
	return slices.Contains([]string{"victim", "suspect", "witness", "reporter", "officer", "subject"}, role)
}

// external: the body's own channel; a call-back counts only while the body had none.
func (c *Case) external(ev *Event, e *pack.Proof, j Judge, callback bool) bool {
	v := ev.Via
	if v == nil || v.Body == "" {
		return false
	}
	kind := e.Arg
	if e.Field != nil {
		env := c.Env(len(c.Ev)-1, j.Key)
		if j.This != nil {
			env.This = j.This
		}
		env.That = ev
		w, ok := e.Field.Eval(&env)
		if !ok {
			return false
		}
		kind = w.Text
	}
	body := c.World.Bodies[v.Body]
	if v.Body != kind && (body == nil || c.Pack.BodyKind(body.Kind) != c.Pack.BodyKind(kind)) {
		return false
	}
	if callback {
		return v.How == "callback"
	}
	if v.How == "callback" {
		return body != nil && !body.HasChannel(ev.Recorded)
	}
	return true
}
