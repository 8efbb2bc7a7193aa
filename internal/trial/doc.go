package trial

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"candour/internal/day"
	"candour/internal/pack"
	"candour/internal/paper"
	"candour/internal/phrase"
)

// Doc makes the document of a pack that a lawyer can read: what it is, its
// values and calendars, and every standard with its words, source, dates, level of
// checking and examples. The error is of an example that cannot be run.
func Doc(fsys fs.FS, p *pack.Pack) (*paper.Document, error) {
	d := &doc{p: p, b: phrase.Of(p), heard: map[string][]string{}}
	var err error
	if d.shown, err = shownBy(fsys, p); err != nil {
		return nil, err
	}
	d.listeners()
	title := p.Title
	if title == "" {
		title = p.ID
	}
	out := &paper.Document{Kind: "Pack of standards", Title: title, Lead: p.Text}
	out.Sections = append(out.Sections, d.about(), d.howToRead())
	add := func(s paper.Section) {
		if len(s.Blocks)+len(s.Sections) > 0 {
			out.Sections = append(out.Sections, s)
		}
	}
	add(d.failings())
	add(d.policies())
	add(d.calendars())
	out.Sections = append(out.Sections, d.glance())
	for _, s := range d.standards() {
		add(s)
	}
	add(d.asked())
	add(d.kinds())
	add(d.registers())
	add(d.profiles())
	return out, nil
}

// doc is a document being made.
type doc struct {
	p *pack.Pack
	b *phrase.Book
	// heard names, by standard, those that listen to what it raises.
	heard map[string][]string
	shown map[string][]shown // by standard, what its examples show
}

func (d *doc) about() paper.Section {
	p := d.p
	levels := map[string]int{}
	versions := 0
	for _, s := range InFiles(p) {
		levels[level(s)]++
		versions++
	}
	checked := []string{}
	for _, l := range []string{"counsel", "text", "reference", "advisory"} {
		if n := levels[l]; n > 0 {
			checked = append(checked, fmt.Sprintf("%s: %s", levelName[l], count(n, "version")))
		}
	}
	standards := map[string]bool{}
	for _, s := range InFiles(p) {
		standards[s.ID] = true
	}
	facts := paper.Facts{
		{Name: "Pack", Values: []string{"`" + p.ID + "`"}},
		{Name: "Version", Values: []string{orNone(p.Version)}},
		{Name: "Standards", Values: []string{fmt.Sprintf("%d, in %s", len(standards), count(versions, "dated version"))}},
		{Name: "Level of checking", Values: checked},
		{Name: "Worked examples", Values: []string{count(len(p.Examples), "file")}},
		{Name: "Time zone", Values: []string{p.Calendar.Zone().String()}},
	}
	if p.Source != "" {
		facts = append(facts, paper.Fact{Name: "Source", Values: []string{p.Source}})
	}
	return paper.Section{ID: "about", Title: "What this pack is", Blocks: []paper.Block{
		paper.Para{Text: "A pack holds rules as data: what must happen, when, how it must be proven, and who is told when it does not. A program checks records against it. This document says in words what the program checks; it is made from the pack itself and says nothing that is not in it."},
		facts,
	}}
}

var levelName = map[string]string{
	"advisory": "unchecked, advisory only", "reference": "checked against a reference work", "text": "checked against the text of the law", "counsel": "checked by a lawyer",
}

func (d *doc) howToRead() paper.Section {
	return paper.Section{ID: "reading", Title: "How to read it", Blocks: []paper.Block{
		paper.Para{Text: "A name between “ ” is a kind of entry in the record; the part on kinds of fact says what each one holds. “On record” means entered, with the proof asked for. “The opening fact” is the entry that started the duty."},
		paper.Table{Caption: "What the level of checking means", Head: []string{"Level", "Meaning"}, Rows: [][]string{
			{"Unchecked", "Nobody has checked the rule against its source. It is advisory: it advises the person who owes it, alarms nobody and counts in no figure."},
			{"Reference", "Checked against a reference work on the law, not against the law’s own text."},
			{"Text", "Checked by someone who read the law’s own text."},
			{"Counsel", "Checked by a lawyer who answers for it."},
		}},
		paper.Table{Caption: "How a thing is proven", Head: []string{"Proof", "Meaning"}, Rows: [][]string{
			{"Any record of it", "Somebody entered it. This is what holds where no proof is named."},
			{"A second person", "Somebody else, who is not junior to the one who entered it, signed it."},
			{"A document", "A document stands behind the entry."},
			{"The person concerned", "That person says so, by a channel that was on record before."},
			{"Word from outside the team", "The body or unit named says so itself, through a channel of its own."},
			{"A call back", "The body named said so when it was called back. It is weaker than its own channel."},
			{"The word of whoever owes it", "The person who owed it entered it."},
		}},
		paper.List{
			"An entry of the right kind with too weak a proof is a claim. When the time is up, the finding is “unproven” and not “overdue”.",
			"Unless a standard says otherwise, a duty is also met by a recorded reason that a second person has signed.",
			"Where the record does not say what a condition asks, the duty does not open and nobody is accused. The place is counted.",
			"Time in days ends with the day. Working days leave out weekends and the holidays of the calendar. Hours run on the clock.",
		},
	}}
}

func (d *doc) failings() paper.Section {
	s := paper.Section{ID: "failings", Title: "The failings guarded against"}
	if len(d.p.Failings) == 0 {
		return s
	}
	n := map[string]int{}
	for _, st := range InFiles(d.p) {
		if st.Version == 1 {
			for _, g := range st.Guards {
				n[g]++
			}
		}
	}
	t := paper.Table{Caption: "Failings, and how many standards guard against each", Head: []string{"Code", "Failing", "Standards"}}
	for _, code := range natural(slices.Collect(maps.Keys(d.p.Failings))) {
		t.Rows = append(t.Rows, []string{code, d.p.Failings[code], fmt.Sprint(n[code])})
	}
	s.Blocks = []paper.Block{t}
	return s
}

func (d *doc) policies() paper.Section {
	s := paper.Section{ID: "policy", Title: "Values that a force may set"}
	if len(d.p.Policies) == 0 {
		return s
	}
	t := paper.Table{Caption: "Policy values, with the limits within which a body may set its own", Head: []string{"Value", "Name", "Usual", "Least", "Most"}}
	for _, name := range slices.Sorted(maps.Keys(d.p.Policies)) {
		pol := d.p.Policies[name]
		what := pol.Title
		if what == "" {
			what = phrase.Plain(name)
		}
		for _, more := range []string{pol.Text, pol.Source} {
			if more != "" {
				what += ". " + more
			}
		}
		t.Rows = append(t.Rows, []string{what, "`" + name + "`", size(pol.Default, &pol.Number), size(pol.Min, pol.MinN), size(pol.Max, pol.MaxN)})
	}
	s.Blocks = []paper.Block{paper.Para{Text: "A body sets its own value by a dated entry that says who set it. The value at the moment when a duty opens is the one that holds."}, t}
	return s
}

func size(d *day.Duration, n *float64) string {
	switch {
	case d != nil:
		return d.String()
	case n != nil:
		return fmt.Sprint(*n)
	}
	return "no limit"
}

func (d *doc) calendars() paper.Section {
	s := paper.Section{ID: "calendars", Title: "Calendars"}
	for _, id := range slices.Sorted(maps.Keys(d.p.Calendars)) {
		c := d.p.Calendars[id]
		from, to := c.Known()
		var off []string
		for _, w := range c.Weekend() {
			off = append(off, w.String())
		}
		years := map[int][]string{}
		for _, h := range c.Holidays() {
			y := c.Start(h).Time(c.Zone()).Year()
			years[y] = append(years[y], strings.TrimSuffix(phrase.Date(h), fmt.Sprintf(" %d", y))+" ("+c.Holiday(h)+")")
		}
		t := paper.Table{Caption: "Holidays of the calendar " + id, Head: []string{"Year", "Not worked, besides weekends"}}
		for _, y := range slices.Sorted(maps.Keys(years)) {
			t.Rows = append(t.Rows, []string{fmt.Sprint(y), strings.Join(years[y], ", ")})
		}
		s.Blocks = append(s.Blocks, paper.Para{Text: fmt.Sprintf("The calendar `%s` holds for the time zone %s. Not worked: %s, and the holidays below, which are known from %s to %s.",
			id, c.Zone(), phrase.Join(off, "and"), phrase.Date(from), phrase.Date(to))}, t)
	}
	return s
}

func (d *doc) glance() paper.Section {
	t := paper.Table{Caption: "All standards, in the order in which they follow", Head: []string{"Standard", "Guards", "Time", "Tells", "In force", "Checked"}}
	for _, s := range InFiles(d.p) {
		t.Rows = append(t.Rows, []string{"[" + d.title(s) + "](#" + d.anchor(s) + ")", strings.Join(s.Guards, ", "), shortTime(s),
			strings.Join(told(d.b, s), ", "), inForce(s), level(s)})
	}
	return paper.Section{ID: "glance", Title: "The standards at a glance", Blocks: []paper.Block{t}}
}

// bare is a title that can stand in a link.
func bare(title, id string) string {
	if title == "" {
		return id
	}
	return strings.NewReplacer("[", "(", "]", ")", "`", "'").Replace(title)
}

func (d *doc) anchor(s *pack.Standard) string {
	if s.Version > 1 {
		return fmt.Sprintf("s-%s-%d", s.ID, s.Version)
	}
	return "s-" + s.ID
}

// theme is what a file of a pack is about.
func theme(file string) string {
	name := phrase.Plain(strings.TrimSuffix(strings.TrimSuffix(path.Base(file), ".yaml"), ".yml"))
	if name == "" {
		return "Without a name"
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

func (d *doc) profiles() paper.Section {
	s := paper.Section{ID: "profiles", Title: "Profiles"}
	for _, name := range slices.Sorted(maps.Keys(d.p.Profiles)) {
		l := paper.List{}
		for _, id := range d.p.Profiles[name] {
			l = append(l, d.mention(id))
		}
		s.Blocks = append(s.Blocks, paper.Para{Text: fmt.Sprintf("The profile `%s` switches on only these %s:", name, count(len(l), "standard"))}, l)
	}
	return s
}

// mention names another standard, with a link.
func (d *doc) mention(id string) string {
	for _, s := range d.p.Standards {
		if s.ID == id && s.Asks == nil {
			return "[" + d.title(s) + "](#" + d.anchor(s) + ")"
		}
	}
	return "any finding of the kind “" + id + "”"
}

// natural sorts F2 before F10.
func natural(names []string) []string {
	slices.SortFunc(names, func(a, b string) int {
		if len(a) != len(b) && a != "" && b != "" && a[0] == b[0] {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
	return names
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
