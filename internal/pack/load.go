package pack

import (
	"io/fs"
	"path"
	"sort"
	"strings"
	"time"

	"candour/internal/day"
	"candour/internal/expr"
	"candour/internal/fact"
)

// Load reads the pack in the root of fsys; name is what it is called when
// pack.yaml is silent. The error is Problems: every complaint, with file and line.
func Load(fsys fs.FS, name string) (*Pack, error) {
	l := &loader{fsys: fsys}
	p := &Pack{
		ID: name, Ranks: map[string]int{}, SpeaksFor: map[string]bool{}, bodyNames: map[string]string{},
		Roles: map[string]string{}, Failings: map[string]string{}, Policies: map[string]*Policy{},
		Profiles: map[string][]string{}, kindNo: map[string]int{}, tags: map[string][]int{},
		Registers: map[string][]*Register{}, Calendars: map[string]*day.Calendar{},
		Mappings: map[string][]byte{}, Ended: map[string]bool{}, Scopes: map[string]bool{}, Loose: map[string]bool{}, Names: expr.NewNames(),
	}
	for _, w := range []string{"parent", "guardian", "carer", "mother", "father"} {
		p.SpeaksFor[w] = true
	}
	calendar := l.packFile(p)
	l.calendars(p, calendar)
	l.kinds(p)
	l.registers(p)
	l.finishKinds(p)
	l.feeds(p)
	p.slotRegisters()
	l.standards(p)
	l.profiles(p)
	l.rest(p)
	p.Advice = l.advice
	if len(l.problems) > 0 {
		sort.SliceStable(l.problems, func(i, j int) bool {
			a, b := l.problems[i], l.problems[j]
			return a.File < b.File || a.File == b.File && a.Line < b.Line
		})
		return nil, l.problems
	}
	return p, nil
}

func (l *loader) packFile(p *Pack) (calendar string) {
	zone := "Europe/London"
	if _, err := fs.Stat(l.fsys, "pack.yaml"); err == nil {
		for _, root := range l.roots("pack.yaml") {
			for _, f := range root.fields("pack", "id", "version", "title", "text", "zone", "calendar", "ranks", "speaks_for", "bodies",
				"roles", "posts", "failings", "policy", "policies", "profiles", "regimes", "language", "source", "licence") {
				switch f.name {
				case "pack", "id":
					p.ID = f.text()
				case "version":
					p.Version = f.text()
				case "title":
					p.Title = f.english()
				case "text":
					p.Text = f.english()
				case "source":
					p.Source = f.text()
				case "zone":
					zone = f.text()
				case "calendar":
					calendar = f.text()
				case "ranks":
					for i, r := range f.texts() {
						p.Ranks[r] = i + 1
					}
				case "speaks_for":
					p.SpeaksFor = map[string]bool{}
					for _, w := range f.texts() {
						p.SpeaksFor[w] = true
					}
				case "bodies":
					for _, b := range f.fields() {
						p.bodyNames[b.name] = b.name
						for _, other := range b.texts() {
							p.bodyNames[other] = b.name
						}
					}
				case "roles":
					for _, r := range f.fields() {
						p.Roles[r.name] = r.english()
					}
				case "posts":
					p.Posts = f.texts()
				case "failings":
					for _, r := range f.fields() {
						p.Failings[r.name] = r.english()
					}
				case "policy", "policies":
					l.policies(p, f.node)
				case "profiles":
					for _, r := range f.fields() {
						p.Profiles[r.name] = r.texts()
					}
				}
			}
		}
	}
	loc, err := time.LoadLocation(zone)
	if err != nil {
		l.problems = append(l.problems, Problem{"pack.yaml", 1, "unknown time zone " + zone, "write a name such as Europe/London"})
		loc = time.UTC
	}
	weekend := []time.Weekday{time.Saturday, time.Sunday}
	p.Calendar = day.NewCalendar("Monday to Friday", loc, weekend, nil, day.DateOf(1850, 1, 1), day.DateOf(2199, 12, 31))
	return calendar
}

func (l *loader) policies(p *Pack, n node) {
	for _, f := range n.fields() {
		pol := &Policy{Name: f.name}
		for _, g := range f.fields("default", "min", "max", "title", "source", "text") {
			switch g.name {
			case "title":
				pol.Title = g.english()
			case "text":
				pol.Text = g.english()
			case "source":
				pol.Source = g.text()
			case "default", "min", "max":
				var d *day.Duration
				var num *float64
				if isNumber(g.Value) {
					x := g.number()
					num = &x
				} else {
					x := g.duration()
					d = &x
				}
				switch g.name {
				case "default":
					pol.Default = d
					if num != nil {
						pol.Number = *num
					}
				case "min":
					pol.Min, pol.MinN = d, num
				case "max":
					pol.Max, pol.MaxN = d, num
				}
			}
		}
		p.Policies[f.name] = pol
	}
}

func isNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789.-") == ""
}

var weekdays = map[string]time.Weekday{"sunday": 0, "monday": 1, "tuesday": 2, "wednesday": 3, "thursday": 4, "friday": 5, "saturday": 6}

func (l *loader) calendars(p *Pack, chosen string) {
	for _, n := range l.lists("calendars") {
		id, zone := "", p.Calendar.Zone()
		var weekend []time.Weekday
		from, to := day.DateOf(1850, 1, 1), day.DateOf(2199, 12, 31)
		holidays := map[day.Date]string{}
		for _, f := range n.fields("id", "title", "zone", "weekend", "from", "to", "holidays", "source", "checked") {
			switch f.name {
			case "id":
				id = f.text()
			case "zone":
				loc, err := time.LoadLocation(f.text())
				if err != nil {
					f.problem("write a name such as Europe/London", "unknown time zone %q", f.Value)
					continue
				}
				zone = loc
			case "weekend":
				for _, w := range f.items() {
					wd, ok := weekdays[strings.ToLower(w.text())]
					if !ok {
						w.problem("write monday to sunday", "%q is not a day of the week", w.Value)
					}
					weekend = append(weekend, wd)
				}
			case "from":
				from = f.date()
			case "to":
				to = f.date()
			case "holidays":
				for _, h := range f.items() {
					var d day.Date
					name := ""
					for _, g := range h.fields("date", "name", "title", "source") {
						switch g.name {
						case "date":
							d = g.date()
						case "name", "title":
							name = g.english()
						}
					}
					if _, twice := holidays[d]; twice {
						h.problem("keep one", "the holiday %s is given twice", d)
					}
					holidays[d] = name
				}
			}
		}
		p.Calendars[id] = day.NewCalendar(id, zone, weekend, holidays, from, to)
		if id == chosen || chosen == "" {
			p.Calendar = p.Calendars[id]
			chosen = id
		}
	}
	if chosen != "" && p.Calendars[chosen] == nil {
		l.problems = append(l.problems, Problem{"pack.yaml", 1, "no calendar " + chosen, "add calendars/" + chosen + ".yaml"})
	}
}

// coreKinds are in every pack (fact.KindDecision, fact.KindIntegrityDecision).
func coreKinds() []*Kind {
	text, required := expr.Text, true
	return []*Kind{
		{ID: fact.KindDecision, Label: "Decided otherwise", File: "core", Fields: []*Field{
			{Name: "standard", Type: text, Words: "text", Required: required}, {Name: "reason", Type: text, Words: "text", Required: required}}},
		{ID: fact.KindIntegrityDecision, Label: "Decision on an integrity finding", File: "core", Fields: []*Field{
			{Name: "person", Type: text, Words: "person"}, {Name: "officer", Type: text, Words: "person"}, {Name: "subject", Type: text, Words: "person"},
			{Name: "result", Type: text, Words: "text", Required: required}, {Name: "reason", Type: text, Words: "text"}}},
		{ID: fact.KindCountersignature, Label: "Countersigned", File: "core"},
		{ID: fact.KindFindingRaised, Label: "Finding raised", File: "core", Fields: findingFields()},
		{ID: fact.KindFindingClosed, Label: "Finding closed", File: "core", Fields: findingFields()},
	}
}

func findingFields() []*Field {
	return []*Field{{Name: "standard", Type: expr.Text, Words: "text", Required: true}, {Name: "finding", Type: expr.Text, Words: "text", Required: true},
		{Name: "key", Type: expr.Text, Words: "text"}}
}

func (l *loader) kinds(p *Pack) {
	add := func(k *Kind) bool {
		if _, twice := p.kindNo[k.ID]; twice || k.ID == "" {
			return false
		}
		k.No = len(p.Kinds)
		p.kindNo[k.ID] = k.No
		p.Kinds = append(p.Kinds, k)
		for _, t := range k.Tags {
			p.tags[t] = append(p.tags[t], k.No)
		}
		return true
	}
	for _, k := range coreKinds() {
		add(k)
	}
	p.Decision, p.IntegrityDecision = p.kindNo[fact.KindDecision], p.kindNo[fact.KindIntegrityDecision]
	p.Countersignature = p.kindNo[fact.KindCountersignature]
	p.FindingRaised, p.FindingClosed = p.kindNo[fact.KindFindingRaised], p.kindNo[fact.KindFindingClosed]
	for _, n := range l.lists("kinds") {
		if k := l.kind(n); !add(k) {
			n.problem("give each kind one id of its own; a core kind is never redefined", "the kind %q is missing its id or is given twice", k.ID)
		}
	}
}

func (l *loader) kind(n node) *Kind {
	k := &Kind{File: n.file, Line: n.Line, From: "both"}
	for _, f := range n.fields("id", "label", "about", "fields", "tags", "substantive", "from", "may", "confirms", "feeds", "creates", "sets", "text", "source") {
		switch f.name {
		case "id":
			k.ID = f.text()
		case "label":
			k.Label = f.english()
		case "text":
			k.Text = f.english()
		case "about":
			for _, a := range f.texts() {
				if a != "case" {
					k.About = append(k.About, a)
				}
			}
		case "tags":
			k.Tags = append(k.Tags, f.texts()...)
		case "substantive":
			switch strings.ToLower(f.text()) {
			case "no", "false":
			case "yes", "true":
				k.Tags = append(k.Tags, "substantive")
			default:
				k.Tags = append(k.Tags, "substantive")
				k.substSrc = f.Value
			}
		case "from":
			k.From = f.text()
			if k.From != "source" && k.From != "here" && k.From != "both" {
				f.problem("write source, here or both", "%q is no place a fact comes from", k.From)
			}
		case "may":
			k.May = f.texts()
		case "confirms":
			k.Confirms = f.text()
		case "feeds":
			k.feedSrc = f.items()
		case "fields":
			for _, g := range f.fields() {
				k.Fields = append(k.Fields, l.fieldOf(g))
			}
		}
	}
	return k
}

var fieldTypes = map[string]expr.Type{
	"text": expr.Text, "number": expr.Number, "boolean": expr.Bool, "yes/no": expr.Bool, "date": expr.Date,
	"date-time": expr.Moment, "moment": expr.Moment, "enum": expr.Text, "enumeration": expr.Text, "money": expr.Number,
	"reference": expr.Text, "party": expr.Text, "person": expr.Text, "body": expr.Text, "unit": expr.Text,
}

// typed reads the keys that fields and registers share.
func (l *loader) typed(f field, words *string, t *expr.Type, values *[]string) bool {
	switch f.name {
	case "type":
		*words = f.text()
		got, ok := fieldTypes[*words]
		if !ok {
			f.problem("write text, number, boolean, date, date-time, enum, money, reference, party or person", "unknown type %q", *words)
		}
		got.List = t.List
		*t = got
	case "of_values", "values":
		*values = f.texts()
	default:
		return false
	}
	return true
}

func (l *loader) fieldOf(g field) *Field {
	fd := &Field{Name: g.name, Type: expr.Text, Words: "text", Line: g.key.Line}
	var absent *field
	list := false
	for _, h := range g.fields("type", "of_values", "values", "list", "required", "absent", "personal", "opinion", "label", "unit", "text") {
		if l.typed(h, &fd.Words, &fd.Type, &fd.Values) {
			continue
		}
		switch h.name {
		case "label":
			fd.Label = h.english()
		case "list":
			list = h.yes()
		case "required":
			fd.Required = h.yes()
		case "personal":
			fd.Personal = h.yes()
		case "absent":
			a := h
			absent = &a
		}
	}
	fd.Type.List = list
	if absent != nil {
		fd.Absent = l.absence(*absent, fd.Type, fd.Values)
	}
	if strings.HasPrefix(fd.Words, "enum") && len(fd.Values) == 0 {
		g.problem("add of_values: [...]", "the enumeration %q has no values", fd.Name)
	}
	return fd
}

func (l *loader) absence(f field, t expr.Type, values []string) Absence {
	a := Absence{Declared: true}
	s := f.text()
	if rest, ok := strings.CutPrefix(s, "ask"); ok {
		d, err := day.ParseDuration(strings.TrimSpace(rest))
		if err != nil {
			f.problem("write for example `ask 1 working day`", "%v", err)
		}
		a.Ask = &d
		return a
	}
	if s == "unknown" {
		return a
	}
	v := fact.Value{Kind: t.Kind}
	switch t.Kind {
	case fact.Bool:
		v.Bool = f.yes()
	case fact.Number:
		if s != "no" {
			v.Num = f.number()
		}
	case fact.Text:
		if s != "no" || contains(values, s) {
			v.Text = s
		}
	default:
		f.problem("write unknown, or ask D", "a %s that is absent cannot be %q", "date", s)
	}
	a.Value = &v
	return a
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func (l *loader) profiles(p *Pack) {
	for name, ids := range p.Profiles {
		for _, id := range ids {
			found := false
			for _, s := range p.Standards {
				found = found || s.ID == id
			}
			if !found {
				l.problems = append(l.problems, Problem{"pack.yaml", 1, "profile " + name + " names the unknown standard " + id, "write the id of a standard of this pack"})
			}
		}
	}
}

// rest notes the mappings and examples the pack brings along.
func (l *loader) rest(p *Pack) {
	maps, _ := fs.Glob(l.fsys, "mappings/*.yaml")
	for _, m := range maps {
		data, err := fs.ReadFile(l.fsys, m)
		if err != nil {
			l.problems = append(l.problems, Problem{m, 0, err.Error(), ""})
			continue
		}
		p.Mappings[strings.TrimSuffix(path.Base(m), ".yaml")] = data
	}
	p.Examples, _ = fs.Glob(l.fsys, "examples/*.jsonl")
	sort.Strings(p.Examples)
}
