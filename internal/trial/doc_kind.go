package trial

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"candour/internal/fact"
	"candour/internal/pack"
	"candour/internal/paper"
	"candour/internal/phrase"
)

// kinds lists what can be recorded, one table a file.
func (d *doc) kinds() paper.Section {
	s := paper.Section{ID: "kinds", Title: "Kinds of fact", Listed: true}
	byFile := map[string][]*pack.Kind{}
	for _, k := range d.p.Kinds {
		byFile[k.File] = append(byFile[k.File], k)
	}
	for _, file := range slices.Sorted(maps.Keys(byFile)) {
		name := theme(file)
		t := paper.Table{Caption: "Kinds of fact: " + name, Head: []string{"Kind", "Name", "About", "Fields", "Notes"}}
		for _, k := range byFile[file] {
			label := k.Label
			if label == "" {
				label = phrase.Plain(k.ID)
			}
			t.Rows = append(t.Rows, []string{label, "`" + k.ID + "`", d.aboutWords(k), d.fields(k), d.kindNotes(k)})
		}
		title := name
		if file == "core" {
			title = "In every pack"
			t.Caption = "Kinds of fact in every pack"
		}
		s.Sections = append(s.Sections, paper.Section{ID: "kinds-" + strings.ToLower(strings.ReplaceAll(name, " ", "-")), Title: title, Blocks: []paper.Block{t}})
	}
	return s
}

func (d *doc) aboutWords(k *pack.Kind) string {
	if len(k.About) == 0 {
		return "the case"
	}
	var roles []string
	for _, r := range k.About {
		roles = append(roles, d.b.Role(r))
	}
	return phrase.Join(roles, "or")
}

func (d *doc) fields(k *pack.Kind) string {
	var out []string
	for _, f := range k.Fields {
		name := f.Label
		if name == "" {
			name = phrase.Plain(f.Name)
		}
		notes := []string{typeWord(f.Words)}
		if f.Type.List {
			notes = []string{"list of " + typeWord(f.Words)}
		}
		if len(f.Values) > 0 {
			notes = []string{phrase.Join(f.Values, "or")}
		}
		if f.Required {
			notes = append(notes, "required")
		}
		if f.Personal {
			notes = append(notes, "personal")
		}
		if w := absenceWords(f.Absent); w != "" {
			notes = append(notes, w)
		}
		out = append(out, name+" ("+strings.Join(notes, "; ")+")")
	}
	return strings.Join(out, ", ")
}

func typeWord(w string) string {
	if w == "boolean" {
		return "yes or no"
	}
	return w
}

func absenceWords(a pack.Absence) string {
	switch {
	case !a.Declared:
		return ""
	case a.Ask != nil:
		return "if missing, owed within " + a.Ask.String()
	case a.Value == nil:
		return "if missing, unknown"
	}
	switch v := a.Value; {
	case v.Text != "":
		return "if missing, " + v.Text
	case v.Bool:
		return "if missing, yes"
	case v.Kind == fact.Number:
		return fmt.Sprintf("if missing, %v", v.Num)
	}
	return "if missing, no"
}

func (d *doc) kindNotes(k *pack.Kind) string {
	var out []string
	add := func(w string) {
		if w != "" {
			out = append(out, w)
		}
	}
	add(k.Text)
	if k.Substantive != nil {
		add("counts as progress if " + strings.ReplaceAll(d.b.Condition(k.Substantive.Source, nil), "the opening fact", "it"))
	}
	for _, t := range k.Tags {
		if t == "substantive" && k.Substantive == nil {
			add("counts as progress")
		} else if t != "substantive" {
			add("counts as “" + phrase.Plain(t) + "”")
		}
	}
	switch k.From {
	case "source":
		add("comes from a feed only")
	case "here":
		add("is entered here only")
	}
	if len(k.May) > 0 {
		add("recorded by " + phrase.Join(k.May, "or"))
	}
	if k.Confirms != "" {
		add("confirms " + d.b.Kind(k.Confirms))
	}
	for _, f := range k.Feeds {
		w := "enters the timeline of a " + f.Scope
		if f.Who != nil {
			w += " (" + strings.ReplaceAll(d.b.Value(f.Who.Source), "the opening fact", "it") + ")"
		}
		add(w)
	}
	return strings.Join(out, "; ")
}

// registers lists what is so of a case or party, and what sets it.
func (d *doc) registers() paper.Section {
	s := paper.Section{ID: "registers", Title: "Registers"}
	if len(d.p.Registers) == 0 {
		return s
	}
	s.Blocks = []paper.Block{paper.Para{Text: "A register is something that is so of a case, a party, a person, a unit or a body, and changes as facts are recorded. Conditions read it."}}
	for _, of := range slices.Sorted(maps.Keys(d.p.Registers)) {
		t := paper.Table{Caption: "Registers of the " + d.b.Role(of), Head: []string{"Register", "Holds", "If nothing was recorded", "Set or worked out"}}
		for _, r := range d.p.Registers[of] {
			name := phrase.Plain(r.ID)
			if r.Label != "" {
				name = r.Label
			}
			if r.Text != "" {
				name += ". " + r.Text
			}
			t.Rows = append(t.Rows, []string{name, holds(r), strings.TrimPrefix(absenceWords(r.Absent), "if missing, "), d.sets(r)})
		}
		s.Blocks = append(s.Blocks, t)
	}
	return s
}

func holds(r *pack.Register) string {
	if len(r.Values) > 0 {
		return phrase.Join(r.Values, "or")
	}
	return kindWord(r)
}

func (d *doc) sets(r *pack.Register) string {
	s := &pack.Standard{Per: r.Of}
	var out []string
	if r.Derive != nil {
		words := d.b.Value(r.Derive.Source)
		if r.Type.Kind == fact.Bool {
			words = d.b.Condition(r.Derive.Source, s)
		}
		out = append(out, "worked out: "+words)
	}
	for _, set := range r.Sets {
		var kinds []string
		for _, k := range set.Kinds {
			kinds = append(kinds, d.b.Kind(d.p.Kinds[k].ID))
		}
		w := phrase.Join(kinds, "or") + " sets it to " + d.b.Value(set.To.Source)
		if set.Where != nil {
			w += ", where " + d.b.Condition(set.Where.Source, s)
		}
		out = append(out, strings.ReplaceAll(w, "the opening fact", "that fact"))
	}
	if r.Proof != nil {
		out = append(out, "only if proven by "+d.b.Proof(r.Proof))
	}
	if r.LowerNeeds != nil {
		out = append(out, "a fall needs "+d.b.Proof(r.LowerNeeds))
	}
	if out == nil {
		return "given with the case"
	}
	return strings.Join(out, "; ")
}

// asked lists the duties to supply a missing value.
func (d *doc) asked() paper.Section {
	s := paper.Section{ID: "asked", Title: "Missing values that are themselves a duty"}
	l := paper.List{}
	for _, st := range d.p.Standards {
		if st.Asks != nil {
			l = append(l, d.b.Sentence(st).String())
		}
	}
	if len(l) > 0 {
		s.Blocks = []paper.Block{paper.Para{Text: "A condition that reads a value cannot be escaped by leaving the value out: for these the missing value is itself owed."}, l}
	}
	return s
}

func kindWord(r *pack.Register) string {
	w := map[fact.ValueKind]string{fact.Bool: "yes or no", fact.Number: "number", fact.Date: "date", fact.Moment: "date and time"}[r.Type.Kind]
	if w == "" {
		w = "text"
	}
	if r.Type.List {
		return "list of " + w
	}
	return w
}
