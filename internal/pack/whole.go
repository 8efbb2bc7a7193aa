package pack

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

var critical = []string{"F1", "F3", "F4", "F5", "F9", "F10", "F12"}

// opensForAll tells whether a trigger can open for every party of the key's role
// that is then on the case: one that is not about such a party.
func (q *sentence) opensForAll() bool {
	return slices.ContainsFunc(q.s.When, func(sel Selector) bool {
		return sel.Kinds == nil || slices.ContainsFunc(sel.Kinds, func(k int) bool { return !slices.Contains(q.p.Kinds[k].About, q.s.Per) })
	})
}

func tells(s *Standard) (roles []string) {
	for _, t := range s.Tell {
		roles = append(roles, t.Role)
	}
	return roles
}

// whole judges the sentence as a whole.
func (q *sentence) whole() {
	s := q.s
	if s.Per != "case" && q.opensForAll() {
		q.p.Loose[s.Per] = true
	}
	s.Severity = Minor
	if s.Basis.Duty == "law" {
		s.Severity = Major
	}
	if s.Gate {
		s.Severity = Critical
	}
	for _, g := range s.Guards {
		if slices.Contains(critical, g) {
			s.Severity = Critical
		}
	}
	if k, ok := q.keys["severity"]; ok {
		switch k.text() {
		case "critical":
			s.Severity = Critical
		case "major":
			s.Severity = Major
		case "minor":
			s.Severity = Minor
		default:
			k.problem("write critical, major or minor", "%q is no severity", k.Value)
		}
	}
	if s.Again.Yes && s.While == nil && q.keys["forever"].Node == nil {
		q.n.problem("write while: case.open, or forever: yes", "%s repeats and does not say whether closure ends it", s.ID)
	}
	if s.Gate && s.Already.Yes {
		q.keys["already"].problem("remove it: a gate always looks back", "already on a gate")
	}
	for _, lf := range s.Leaves {
		if lf.Holds != nil && !s.Gate {
			q.n.problem("make it a gate, or look for a fact", "%s: holds can only be judged at a gate", s.ID)
		}
	}
	for _, role := range append([]string{s.Owes}, tells(s)...) {
		if role != "" && !strings.HasPrefix(role, "body(") && q.p.Posts != nil && !slices.Contains(q.p.Posts, role) && q.p.Register("case", role) == nil {
			q.n.advise("mend the spelling, or add it to posts: in pack.yaml", "%s: nobody holds a post %q", s.ID, role)
		}
	}
	for _, g := range s.Guards {
		if len(q.p.Failings) > 0 && q.p.Failings[g] == "" {
			q.keys["guards"].advise("mend it, or add it to failings: in pack.yaml", "%s: no failing %q", s.ID, g)
		}
	}
	for _, need := range []string{"title", "guards", "source", "tell", "examples"} {
		if k, ok := q.keys[need]; !ok || k.Kind == yaml.SequenceNode && len(k.Content) == 0 {
			q.n.advise("add "+need+":", "%s has no %s", s.ID, need)
		}
	}
}
