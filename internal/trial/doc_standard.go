package trial

import (
	"fmt"
	"slices"
	"strings"

	"candour/internal/pack"
	"candour/internal/paper"
	"candour/internal/phrase"
)

// standards are one section a file, with the standards of it.
func (d *doc) standards() []paper.Section {
	var out []paper.Section
	file := ""
	for _, s := range InFiles(d.p) {
		if s.File != file || out == nil {
			file = s.File
			name := theme(file)
			out = append(out, paper.Section{ID: "standards-" + strings.ToLower(strings.ReplaceAll(name, " ", "-")), Title: "Standards: " + name, Listed: true})
		}
		part := &out[len(out)-1]
		part.Sections = append(part.Sections, d.standard(s))
	}
	return out
}

func (d *doc) standard(s *pack.Standard) paper.Section {
	title := d.title(s)
	out := paper.Section{ID: d.anchor(s), Title: title}
	out.Blocks = append(out.Blocks, d.tags(s))
	if s.Text != "" {
		out.Blocks = append(out.Blocks, paper.Para{Text: s.Text})
	}
	out.Blocks = append(out.Blocks, paper.Quote{Text: d.b.Sentence(s).String()}, d.facts(s))
	out.Blocks = append(out.Blocks, d.lines(s)...)
	return out
}

// title is a standard's title, with its dates where another one has the same.
func (d *doc) title(s *pack.Standard) string {
	title := bare(s.Title, s.ID)
	for _, o := range d.p.Standards {
		if o != s && bare(o.Title, o.ID) == title {
			return title + " (" + forceWords(s) + ")"
		}
	}
	return title
}

func (d *doc) tags(s *pack.Standard) paper.Tags {
	grave := map[pack.Severity]string{pack.Critical: "bad", pack.Major: "warn", pack.Minor: "plain"}[s.Severity]
	t := paper.Tags{{Word: map[pack.Severity]string{pack.Critical: "Critical", pack.Major: "Major", pack.Minor: "Minor"}[s.Severity], Grave: grave}}
	if s.Checked == nil {
		return append(t, paper.Tag{Word: "Unchecked: advisory only", Grave: "plain"})
	}
	return append(t, paper.Tag{Word: strings.ToUpper(levelName[s.Checked.Level][:1]) + levelName[s.Checked.Level][1:], Grave: "good"})
}

func (d *doc) facts(s *pack.Standard) paper.Facts {
	f := paper.Facts{{Name: "Rule", Values: []string{"`" + s.ID + "`"}}}
	add := func(name string, values ...string) {
		if len(values) > 0 && values[0] != "" {
			f = append(f, paper.Fact{Name: name, Values: values})
		}
	}
	var guards []string
	for _, g := range s.Guards {
		guards = append(guards, strings.TrimSuffix(g+": "+d.p.Failings[g], ": "))
	}
	add("In full", d.b.Lists(s)...)
	add("Guards against", guards...)
	add("Source", s.Source)
	add("Rests on", basis(s))
	add("In force", d.force(s))
	if len(s.Regimes) > 0 {
		add("Regime", phrase.Join(s.Regimes, "or"))
	}
	add("Owed by", d.owner(s))
	if who := strings.Join(told(d.b, s), "; "); who != "" {
		add("Told", strings.ToUpper(who[:1])+who[1:])
	}
	add("Checked", checkedWords(s))
	findings, ends := s.Listens()
	var hears []string
	for _, id := range append(findings, ends...) {
		hears = append(hears, d.mention(id))
	}
	add("Listens to", hears...)
	var by []string
	for _, id := range d.heard[s.ID] {
		by = append(by, d.mention(id))
	}
	add("Listened to by", by...)
	return f
}

func basis(s *pack.Standard) string {
	switch b := s.Basis; {
	case b.Duty == b.Time && b.Duty == "law":
		return "Law: the duty and its time"
	case b.Duty == b.Time:
		return "Policy: the duty and its time"
	default:
		return fmt.Sprintf("The duty rests on %s, its time on %s", b.Duty, b.Time)
	}
}

func (d *doc) force(s *pack.Standard) string {
	f := s.InForce
	w := "Always"
	switch {
	case f.HasFrom && f.HasTo:
		w = "From " + phrase.Date(f.From) + " to " + phrase.Date(f.To)
	case f.HasFrom:
		w = "From " + phrase.Date(f.From)
	case f.HasTo:
		w = "To " + phrase.Date(f.To)
	default:
		return w
	}
	if f.At != nil {
		w += ", by the date of " + d.b.Value(f.At.Source)
	}
	if f.Lift {
		w += "; what is not yet due when that ends falls away"
	}
	return w
}

func (d *doc) owner(s *pack.Standard) string {
	switch {
	case s.OwesBody != nil:
		return "The body named in " + d.b.Value(s.OwesBody.Source)
	case strings.HasPrefix(s.Owes, "body("):
		return "The body: " + d.b.Body(strings.TrimSuffix(strings.TrimPrefix(s.Owes, "body("), ")"))
	case s.Owes != "":
		w := d.b.Role(s.Owes)
		return strings.ToUpper(w[:1]) + w[1:]
	case s.For != "":
		return "Nobody: it is about the " + s.For
	}
	if s.Modal != pack.Must {
		return "Nobody: it says what " + map[pack.Modal]string{pack.MustNot: "must not happen", pack.May: "may be done"}[s.Modal]
	}
	return "Officer in the case, where there is one"
}

func checkedWords(s *pack.Standard) string {
	c := s.Checked
	if c == nil {
		return "By nobody yet. It advises the person who owes it, alarms nobody and counts in no figure"
	}
	w := map[string]string{"reference": "Against a reference work, not against the law’s own text", "text": "Against the law’s own text", "counsel": "By a lawyer"}[c.Level]
	return w + fmt.Sprintf(": by %s, on %s, against the %s", c.By, c.On, strings.TrimPrefix(c.Against, "the "))
}

// listeners notes who listens to whom.
func (d *doc) listeners() {
	for _, s := range InFiles(d.p) {
		findings, ends := s.Listens()
		for _, id := range append(findings, ends...) {
			if !slices.Contains(d.heard[id], s.ID) {
				d.heard[id] = append(d.heard[id], s.ID)
			}
		}
	}
}
