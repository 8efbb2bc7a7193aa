package timeline

import (
	"encoding/json"
	"math"

	"candour/internal/day"
	"candour/internal/fact"
)

// always is the beginning of a span without one.
const always day.Instant = math.MinInt64

func (r *reader) body(o *object) {
	b := &fact.Body{ID: r.text(o, "body", true), Kind: r.text(o, "kind", true)}
	for _, c := range r.inners(o, "channel", `{"from":...,"how":...}`, channelKeys) {
		ch := fact.Channel{How: r.text(c, "how", false)}
		ch.From, ch.To = r.span(c, always, day.Never, true)
		b.Channels = append(b.Channels, ch)
	}
	once(r, r.file.World.Bodies, "body", b.ID, b)
}

func (r *reader) unit(o *object) {
	u := &fact.Unit{ID: r.text(o, "unit", true), Body: r.text(o, "body", true), Parent: r.text(o, "parent", false)}
	r.named(r.isBody(u.Body), "body", u.Body)
	r.named(r.file.World.Units[u.Parent] != nil, "unit", u.Parent)
	once(r, r.file.World.Units, "unit", u.ID, u)
}

func (r *reader) person(o *object) {
	p := &fact.Person{ID: r.text(o, "person", true), Body: r.text(o, "body", false)}
	r.named(r.isBody(p.Body), "body", p.Body)
	for _, q := range r.inners(o, "posts", `{"role":...,"unit":...}`, postKeys) {
		p.Posts = append(p.Posts, r.post(q))
	}
	for _, k := range r.inners(o, "kin", `{"to":...,"as":...}`, kinKeys) {
		p.Kin = append(p.Kin, fact.Kin{To: r.text(k, "to", true), As: r.text(k, "as", true)})
	}
	once(r, r.file.World.Persons, "person", p.ID, p)
}

func (r *reader) post(o *object) fact.Post {
	p := fact.Post{Role: r.text(o, "role", false), Rank: r.text(o, "rank", false), Unit: r.text(o, "unit", false), ReportsTo: r.text(o, "reports_to", false)}
	r.named(r.file.World.Units[p.Unit] != nil, "unit", p.Unit)
	r.named(r.file.World.Persons[p.ReportsTo] != nil, "person", p.ReportsTo)
	p.From, p.To = r.span(o, always, day.Never, false)
	return p
}

func (r *reader) source(o *object) {
	s := &fact.Source{ID: r.text(o, "source", true), Of: r.text(o, "of", false), SilentAfter: r.duration(o, "silent_after"), Grace: r.duration(o, "grace")}
	if s.Of == "" {
		s.Of = r.file.World.Body
	}
	r.named(r.isBody(s.Of), "body", s.Of)
	s.Marks = r.completeTo(o)
	if r.sources[s.ID] {
		r.fail("give each its own id", "the source %q is given twice", s.ID)
	}
	r.sources[s.ID] = true
	r.file.World.Sources = append(r.file.World.Sources, s)
	r.got = s
}

// completeTo reads how far a source was complete: a day alone to its end.
func (r *reader) completeTo(o *object) []fact.Mark {
	if _, one := o.get("complete_to").(string); one {
		if m := r.moment(o, "complete_to", true); m != nil {
			return []fact.Mark{{At: always, To: m.Hi}}
		}
		return nil
	}
	var marks []fact.Mark
	for _, q := range r.inners(o, "complete_to", `{"at":...,"to":...}`, markKeys) {
		at, to := r.moment(q, "at", true), r.moment(q, "to", true)
		if at != nil && to != nil {
			marks = append(marks, fact.Mark{At: at.Hi, To: to.Hi})
		}
	}
	return marks
}

func (r *reader) policy(o *object) {
	p := &fact.Policy{Name: r.text(o, "policy", true), By: r.text(o, "by", false), Body: r.text(o, "body", false), Line: r.line}
	r.named(r.isBody(p.Body), "body", p.Body)
	switch v := o.get("value").(type) {
	case string:
		if p.Duration = r.duration(o, "value"); v == "" {
			r.fail("add it", "%q is missing", "value")
		}
	case json.Number:
		n, err := number(v)
		if err != nil {
			r.fail("write a smaller number", "value is %v", err)
		}
		p.Number = n
	default:
		r.fail(`write a length such as "14 days", or a number`, "%q is missing, or neither a length of time nor a number", "value")
	}
	if m := r.moment(o, "from", true); m != nil {
		p.From = m.Lo
	}
	r.file.World.Policies = append(r.file.World.Policies, p)
	r.got = p
}
