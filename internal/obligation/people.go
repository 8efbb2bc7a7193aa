package obligation

import (
	"slices"
	"strings"

	"candour/internal/day"
	"candour/internal/fact"
	"candour/internal/pack"
)

// Owes is the person or body that owes the duty, by the registers and posts at
// opening; empty if nobody is known to.
func (row *Row) Owes() string {
	r, s := row.r, row.Standard
	switch {
	case s.OwesBody != nil:
		env := r.env(&row.this, row.key)
		v, _ := s.OwesBody.Eval(env)
		return v.Text
	case strings.HasPrefix(s.Owes, "body("):
		return strings.TrimSuffix(strings.TrimPrefix(s.Owes, "body("), ")")
	case s.Owes == "" && r.scope != "":
		return "" // a person, unit or body has no officer in the case
	case s.Owes == "":
		return r.holder("oic", row, "")
	}
	return r.holder(s.Owes, row, "")
}

// Tell lists who is to be told: never the person who owes, nor the person whom it
// is about; then the next up. A role that nobody is known to hold is named as a role.
func (row *Row) Tell() []string {
	r, owes := row.r, row.Owes()
	var out []string
	for _, t := range row.Standard.Tell {
		who := r.holder(t.Role, row, owes)
		if who != "" && (who == owes || r.scope == "person" && who == row.Key) {
			who = r.above(who, row.Opened)
		}
		if who == "" {
			who = t.Role
		}
		out = append(out, who)
	}
	return out
}

// holder is who holds a role: by the case's register; else by post: of those above
// the one who owes (at first the officer in the case), or whom it is about, the
// nearest; else one of the same unit; else who recorded what opened the duty; else
// the first by name. Never the person whom it is about; empty if nobody is known to.
func (r *run) holder(role string, row *Row, owes string) string {
	if reg := r.c.Pack.Register("case", role); reg != nil {
		if v := r.c.Register(-1, row.pos, reg.Name); v != nil && v.Kind == fact.Text {
			return v.Text
		}
	}
	if who := r.c.Holder(role); who != "" {
		return who
	}
	whose, subject := owes, ""
	switch {
	case r.scope == "person":
		whose, subject = row.Key, row.Key
	case owes == "" && r.scope == "" && role != "oic":
		whose = r.holder("oic", row, "")
	}
	if who := r.up(whose, role, row.Opened); who != "" {
		return who
	}
	unit := r.c.Belongs("unit", whose, row.Opened)
	if r.scope == "unit" {
		unit = row.Key
	}
	var all, near []string
	for id, p := range r.c.World.Persons {
		if post := p.PostAt(row.Opened); post != nil && post.Role == role && id != subject {
			all = append(all, id)
			if unit != "" && post.Unit == unit {
				near = append(near, id)
			}
		}
	}
	if near != nil {
		all = near
	}
	if ev := row.Trigger.Event; ev != nil && slices.Contains(all, ev.By) {
		return ev.By
	}
	if all == nil {
		return ""
	}
	return slices.Min(all)
}

// up is the nearest of those above a person who holds a role at t.
func (r *run) up(person, role string, t day.Instant) string {
	for range len(r.c.World.Persons) {
		if person = r.above(person, t); person == "" {
			return ""
		}
		if p := r.c.World.Persons[person]; p != nil {
			if post := p.PostAt(t); post != nil && post.Role == role {
				return person
			}
		}
	}
	return ""
}

// above is whom the person reports to at t.
func (r *run) above(person string, t day.Instant) string {
	if p := r.c.World.Persons[person]; p != nil {
		if post := p.PostAt(t); post != nil {
			return post.ReportsTo
		}
	}
	return ""
}

// waits tells whether the row must wait for a source before anything is raised
// at t (ruling 30): a leaf needs that source's body, or a kind that comes from
// a source; and the source's mark, as then known, has not passed t.
func (r *run) waits(s *pack.Standard, row *Row, t day.Instant) (string, bool) {
	if len(r.c.World.Sources) == 0 {
		return "", false
	}
	fromSource := false
	bodies := map[string]bool{}
	kind := func(ks []int) {
		for _, k := range ks {
			fromSource = fromSource || r.c.Pack.Kinds[k].From == "source"
		}
	}
	for _, lf := range slices.Concat(s.Leaves, s.Claims) {
		kind(lf.Kinds)
		lf.Proof.Atoms(func(a *pack.Proof) {
			switch {
			case a.Op != pack.ProofExternal:
			case a.Field != nil:
				if v, ok := a.Field.Eval(r.env(&row.this, row.key)); ok {
					bodies[v.Text] = true
				}
			default:
				bodies[r.c.Pack.BodyKind(a.Arg)] = true
			}
		})
	}
	for _, sel := range s.Unless {
		kind(sel.Kinds)
	}
	for _, src := range r.c.World.Sources {
		own := src.Of == r.c.World.Body
		body := r.c.World.Bodies[src.Of]
		named := bodies[src.Of] || body != nil && bodies[r.c.Pack.BodyKind(body.Kind)]
		if !named && !(fromSource && (own || !r.hasOwnSource())) {
			continue
		}
		for _, m := range src.Marks {
			r.wake(m.At)
		}
		mark, ok := src.CompleteTo(r.c.KnownAt)
		if !ok || mark < t {
			return src.ID, true
		}
		if src.Grace != nil {
			if until := r.c.Cal.Due(t, *src.Grace); r.c.KnownAt < until {
				r.wake(until)
				return src.ID, true
			}
		}
	}
	return "", false
}

func (r *run) hasOwnSource() bool {
	return slices.ContainsFunc(r.c.World.Sources, func(s *fact.Source) bool { return s.Of == r.c.World.Body })
}
