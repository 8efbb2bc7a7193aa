package trial

import (
	"slices"
	"strings"

	"candour/internal/pack"
	"candour/internal/phrase"
)

// Item is a standard in a list: one dated version of it.
type Item struct {
	ID       string   `json:"id"`
	Version  int      `json:"version"`
	Title    string   `json:"title"`
	Guards   []string `json:"guards"`
	Time     string   `json:"time"`
	Owes     string   `json:"owes"`
	Tell     []string `json:"tell"`
	Severity string   `json:"severity"`
	InForce  string   `json:"in_force"`
	Checked  string   `json:"checked"`
	Source   string   `json:"source"`
}

// Choice says which standards are listed; zero: all.
type Choice struct {
	Guards    []string // that guard against one of these failings
	Profile   string
	Unchecked bool // that nobody checked, and that only advise
}

// List lists the standards chosen, in the order of the pack's files. Duties to
// supply a missing value are left out: they belong to the kinds.
func List(p *pack.Pack, c Choice) []Item {
	var out []Item
	b := phrase.Of(p)
	for _, s := range InFiles(p) {
		switch {
		case len(c.Guards) > 0 && !slices.ContainsFunc(s.Guards, func(g string) bool { return slices.Contains(c.Guards, g) }),
			c.Profile != "" && !slices.Contains(p.Profiles[c.Profile], s.ID),
			c.Unchecked && s.Checked != nil:
			continue
		}
		who := owes(s)
		if s.Owes == "" && s.Modal != pack.Must {
			who = "" // nobody owes what must not happen, or may
		}
		out = append(out, Item{ID: s.ID, Version: s.Version, Title: s.Title, Guards: s.Guards, Time: shortTime(s), Owes: who,
			Tell: told(b, s), Severity: s.Severity.String(), InForce: inForce(s), Checked: level(s), Source: s.Source})
	}
	return out
}

// InFiles lists the standards as they stand in the pack's files.
func InFiles(p *pack.Pack) []*pack.Standard {
	var out []*pack.Standard
	for _, s := range p.Standards {
		if s.Asks == nil {
			out = append(out, s)
		}
	}
	slices.SortStableFunc(out, func(a, b *pack.Standard) int {
		if c := strings.Compare(a.File, b.File); c != 0 {
			return c
		}
		if a.ID == b.ID {
			return a.Version - b.Version
		}
		return a.Line - b.Line
	})
	return out
}

// level is how far a standard was checked.
func level(s *pack.Standard) string {
	if s.Checked == nil {
		return "advisory"
	}
	return s.Checked.Level
}

// shortTime is by when, in the words of the pack.
func shortTime(s *pack.Standard) string {
	switch {
	case s.Gate:
		return "before"
	case s.Within != nil && s.Within.Asap:
		return "asap"
	case s.Within != nil && s.Within.Field != nil:
		return "as recorded"
	case s.Within != nil && s.Within.Choose != nil:
		return "by grade"
	case s.Within != nil:
		return s.Within.Words
	case s.By != nil:
		return "by " + s.By.Words
	case s.Modal == pack.MustNot:
		return "never"
	}
	return ""
}

func owes(s *pack.Standard) string {
	if s.Owes == "" && s.For == "" {
		return "oic"
	}
	return s.Owes
}

func told(b *phrase.Book, s *pack.Standard) []string {
	var out []string
	for _, t := range s.Tell {
		w := b.Role(t.Role)
		if t.After != nil {
			w += " after " + t.After.String()
		}
		out = append(out, w)
	}
	return out
}

// inForce gives the dates of a version in short.
func inForce(s *pack.Standard) string {
	f := s.InForce
	switch {
	case f.HasFrom && f.HasTo:
		return f.From.String() + " to " + f.To.String()
	case f.HasFrom:
		return "from " + f.From.String()
	case f.HasTo:
		return "to " + f.To.String()
	}
	return "always"
}
