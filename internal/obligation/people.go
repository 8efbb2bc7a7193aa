package obligation

import (
	"slices"
	"strings"

	"candour/internal/day"
	"candour/internal/fact"
	"candour/internal/pack"
)

// people settles who owes and who is told, by the registers and posts at opening.
func (r *run) people(row *Row) {
	s := row.Standard
	switch {
	case s.OwesBody != nil:
		env := r.env(row.this, row.key)
		if v, ok := s.OwesBody.Eval(&env); ok {
			row.Owes = v.Text
		}
	case strings.HasPrefix(s.Owes, "body("):
		row.Owes = strings.TrimSuffix(strings.TrimPrefix(s.Owes, "body("), ")")
	default:
		role := s.Owes
		if role == "" {
			role = "oic"
		}
		row.Owes = r.holder(role, row)
	}
	for _, t := range s.Tell {
		who := r.holder(t.Role, row)
		if who != "" && who == row.Owes {
			who = r.above(who, row.Opened)
		}
		if who == "" {
			who = t.Role
		}
		row.Tell = append(row.Tell, who)
	}
}

// holder is who holds a role: by the case's register, else by post, in the
// owing officer's unit first; empty if nobody is known to.
func (r *run) holder(role string, row *Row) string {
	if reg := r.c.Pack.Register("case", role); reg != nil {
		if v := r.c.Register(-1, row.pos, reg.Name); v != nil && v.Kind == fact.Text {
			return v.Text
		}
	}
	unit := ""
	if p := r.c.World.Persons[row.Owes]; p != nil {
		if post := p.PostAt(row.Opened); post != nil {
			unit = post.Unit
		}
	}
	var all, near []string
	for id, p := range r.c.World.Persons {
		if post := p.PostAt(row.Opened); post != nil && post.Role == role {
			all = append(all, id)
			if unit != "" && post.Unit == unit {
				near = append(near, id)
			}
		}
	}
	if near != nil {
		all = near
	}
	if all == nil {
		return ""
	}
	return slices.Min(all)
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
	for _, lf := range append(s.Must.Leaves(), s.Claims...) {
		kind(lf.Kinds)
		lf.Proof.Atoms(func(a *pack.Proof) {
			if a.Op == pack.ProofExternal {
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
		mark, ok := src.CompleteTo(r.c.KnownAt)
		if !ok || mark < t {
			return src.ID, true
		}
		if src.Grace != nil && r.c.KnownAt < r.c.Cal.Due(t, *src.Grace) {
			return src.ID, true
		}
	}
	return "", false
}

func (r *run) hasOwnSource() bool {
	return slices.ContainsFunc(r.c.World.Sources, func(s *fact.Source) bool { return s.Of == r.c.World.Body })
}
