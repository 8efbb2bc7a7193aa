package exchange

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sort"
	"strings"

	"candour/internal/day"
	"candour/internal/fact"
)

// Setting says how an import is to be done; the zero Setting will do.
type Setting struct {
	// Now, when set, is the moment after which a time is warned of.
	Now day.Instant
	// TempDir is where rows go that memory does not hold; "": where the system has such files.
	TempDir string
	// Memory is how many bytes of rows are held before they go there; 0: 16 MB.
	Memory int
}

// Import is a set of CSV files that was read and checked: what it holds, what is
// wrong with it, and its cases, one at a time.
type Import struct {
	Layout  *Layout
	World   *fact.World
	Summary ImportSummary
	Left    Leavings

	setting Setting
	files   []opened
	tables  map[*fileDef][]lookup
	sorted  sorter
	buf     []byte
	names   []string
	seq     int64
	worlds  *worlds
}

// ImportSummary is what the files held. Rows left out are not among the facts.
type ImportSummary struct {
	Files                           []FileSummary
	Rows                            int64
	Cases, Parties, Facts           int
	Persons, Units, Bodies, Sources int
	Kinds, Roles                    map[string]int
	Bare                            int // rows that made no fact, as the mapping allows
	Dropped                         int // rows whose code the mapping drops
	Repeated                        int // rows the same as an earlier one, read once
	Spilled                         int // sorted parts that went to a temporary file
	Notes                           []string
	Warnings                        []string
	WarningCount                    int
}

// FileSummary is what one file held.
type FileSummary struct {
	Name, ID string
	Rows     int64
	Unused   []string // columns the mapping does not use
}

// Read reads the files of a layout and checks every row. Faults of rows are in
// Left; an error is a fault of a file as a whole, or of the mapping. The caller
// closes the import, which removes what was put in a temporary file.
func (l *Layout) Read(inputs []Input, s Setting) (*Import, error) {
	im := &Import{Layout: l, World: fact.NewWorld(l.Body), setting: s, tables: map[*fileDef][]lookup{}}
	im.World.Profile = l.Profile
	im.sorted.dir, im.sorted.memory = s.TempDir, s.Memory
	im.Summary.Kinds, im.Summary.Roles = map[string]int{}, map[string]int{}
	im.worlds = &worlds{im: im, seen: map[[16]byte]bool{}}
	if err := im.read(inputs); err != nil {
		return nil, errors.Join(err, im.sorted.close())
	}
	return im, nil
}

// Close removes what the import put in a temporary file.
func (im *Import) Close() error { return im.sorted.close() }

// Each gives every case, in the order of their ids, each with the parties and
// facts of the rows that have no fault. It may be called again.
func (im *Import) Each(visit func(*fact.Case) error) error {
	return im.cases(&assembly{im: im, quiet: true}, visit)
}

func (im *Import) read(inputs []Input) error {
	if err := im.match(inputs); err != nil {
		return err
	}
	if err := im.join(); err != nil {
		return err
	}
	im.worlds.fixed()
	for i, f := range im.files {
		if !f.def.ruled() {
			continue
		}
		if err := im.file(i, f); err != nil {
			return err
		}
	}
	im.worlds.settle()
	im.sorted.settle()
	im.Summary.Spilled = len(im.sorted.runs)
	if err := im.cases(&assembly{im: im}, func(*fact.Case) error { return nil }); err != nil {
		return err
	}
	im.Left.sort()
	w := im.World
	im.Summary.Persons, im.Summary.Units, im.Summary.Bodies, im.Summary.Sources = len(w.Persons), len(w.Units), len(w.Bodies), len(w.Sources)
	return nil
}

// match finds out which file is of which kind: each input of one, each kind of at least one.
func (im *Import) match(inputs []Input) error {
	found := map[*fileDef]bool{}
	for _, in := range inputs {
		def := im.defOf(in.Name)
		if def == nil && !in.Found {
			return &Error{File: in.Name, What: "the mapping names no such file", Remedy: "its files are " + im.Layout.names()}
		}
		if def == nil {
			im.Summary.Notes = append(im.Summary.Notes, "not read, since the mapping names no such file: "+in.Name)
			continue
		}
		found[def] = true
		im.files = append(im.files, opened{in, def})
	}
	for _, def := range im.Layout.files {
		if !found[def] && !def.optional {
			return &Error{File: im.Layout.Name, Line: def.line, What: fmt.Sprintf("no file is called %q, which is %s", strings.Join(def.patterns, " or "), def.id), Remedy: "give it, or write optional: yes"}
		}
	}
	slices.SortStableFunc(im.files, func(a, b opened) int {
		return slices.Index(im.Layout.files, a.def) - slices.Index(im.Layout.files, b.def)
	})
	return nil
}

// names lists what the files are called.
func (l *Layout) names() string {
	var out []string
	for _, def := range l.files {
		out = append(out, def.patterns...)
	}
	return strings.Join(out, ", ")
}

func (im *Import) defOf(name string) *fileDef {
	base := name[strings.LastIndexAny(name, `/\`)+1:]
	for _, def := range im.Layout.files {
		if def.matches(base) || def.matches(strings.TrimSuffix(base, ".gz")) {
			return def
		}
	}
	return nil
}

// join reads the files that others join, and keeps the columns they ask for.
func (im *Import) join() error {
	held := 0
	for _, def := range im.Layout.files {
		for _, j := range def.joins {
			t := lookup{}
			for _, f := range im.files {
				if f.def != j.file {
					continue
				}
				if err := im.lookup(j, f, t, &held); err != nil {
					return err
				}
			}
			im.tables[def] = append(im.tables[def], t)
		}
	}
	return nil
}

func (im *Import) lookup(j *join, f opened, t lookup, held *int) error {
	return im.open(f, func(o *rows) error {
		tell := o.tell
		if f.def.ruled() { // its other faults are told when its rules read it
			o.tell = func(l Left) {
				if l.Column == j.key {
					tell(l)
				}
			}
		} else {
			im.summarize(f, o)
		}
		err := readLookup(j, o, t, held)
		if !f.def.ruled() {
			im.counted(o)
		}
		return err
	})
}

// open reads a file from its start.
func (im *Import) open(f opened, read func(*rows) error) error {
	in, err := f.in.Open()
	if err != nil {
		return &Error{File: f.in.Name, What: "the file cannot be opened", Remedy: "see whether it is there and may be read", Err: err}
	}
	defer in.Close()
	o, err := openRows(f.in, f.def, in, func(l Left) { im.Left.add(l, true) })
	if err != nil {
		return err
	}
	return read(o)
}

func (im *Import) summarize(f opened, o *rows) {
	s := FileSummary{Name: f.in.Name, ID: f.def.id}
	for i, name := range o.names {
		if name != "" && !slices.Contains(o.at, i) {
			s.Unused = append(s.Unused, name)
		}
	}
	im.Summary.Files = append(im.Summary.Files, s)
}

// counted ends the summary of the file last read.
func (im *Import) counted(o *rows) {
	im.Summary.Files[len(im.Summary.Files)-1].Rows = o.read
	im.Summary.Rows += o.read
	if n := o.src.mixed; n > 0 {
		im.Summary.Notes = append(im.Summary.Notes, fmt.Sprintf("%s:%d: not UTF-8, so read as windows-1252: %s in all", o.name, o.src.firstMixed, plural(n, "line")))
	}
}

// file reads a file whose rows rules read.
func (im *Import) file(no int, f opened) error {
	return im.open(f, func(o *rows) error {
		im.summarize(f, o)
		defer im.counted(o)
		for {
			r, err := o.next()
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return err
			}
			im.seq++
			r.n = im.seq
			if f := r.join(im.tables[r.def]); f != nil {
				im.fault(r, f)
				continue
			}
			if err := im.row(no, r); err != nil {
				return err
			}
		}
	})
}

// fault tells what is wrong with a row.
func (im *Import) fault(r *row, f *flaw) {
	if f.reason != errForm.Error() && r.doubtful() {
		f.remedy += "; see also whether the row is shifted: where a time should be, there is none"
	}
	im.Left.add(Left{File: r.file, Line: r.line, Column: f.column, Value: f.value, Shape: f.shape, Reason: f.reason, Remedy: f.remedy}, !r.bad)
	r.bad = true
}

// row takes one: what it says of the world at once, and the rest to its case.
func (im *Import) row(no int, r *row) error {
	if im.worlds.repeated(r) {
		return nil
	}
	for i := range r.def.world {
		if u := &r.def.world[i]; u.takes(r) {
			im.worlds.row(u, r)
		}
	}
	if r.bad || !im.used(r) {
		return nil
	}
	names := im.names[:0]
	for way, id := range r.def.ids {
		name := ""
		if r.def.asks(r, way) {
			var f *flaw
			if name, f = caseName(id, r); f != nil {
				im.fault(r, f)
				return nil
			}
		}
		names = append(names, name)
	}
	im.names = names
	for way, name := range names {
		if name == "" {
			continue
		}
		im.buf = r.encode(im.buf[:0], no, way)
		if err := im.sorted.add(name, im.buf); err != nil {
			return err
		}
	}
	return nil
}

// caseName is the case that a row is of.
func caseName(id *cell, r *row) (string, *flaw) {
	name, _, f := id.name(r)
	switch {
	case f != nil:
		return "", f
	case name == "":
		return "", id.flaw(r, "", "the row does not say which case it is of", "fill in the column")
	}
	return name, nameFlaw(id, r, name)
}

func nameFlaw(c *cell, r *row, name string) *flaw {
	if strings.ContainsFunc(name, func(x rune) bool { return x < ' ' }) {
		return c.flaw(r, name, "a name with a line break or another control character", "take it out")
	}
	return nil
}

// used sees that a fact, or in a file without facts anything, is made of the row.
func (im *Import) used(r *row) bool {
	def := r.def
	for i := range def.facts {
		if def.facts[i].takes(r) {
			return true
		}
	}
	if len(def.facts) > 0 && !def.drop {
		im.fault(r, &flaw{reason: "no rule of the mapping makes a fact of this row", remedy: "add a rule under facts:" + def.conditions(r) + "; or write others: drop at the file"})
		return false
	}
	if len(def.facts) > 0 {
		im.Summary.Bare++
	}
	return true
}

// conditions names the columns on which the rules of a file hang, with the row's
// values where these are no secret.
func (f *fileDef) conditions(r *row) string {
	var words []string
	seen := map[int]bool{}
	for i := range f.facts {
		for _, t := range f.facts[i].when {
			if !seen[t.slot] && len(words) < 4 {
				words = append(words, f.slots[t.slot]+" is "+quoted(r.vals[t.slot], f.personal[t.slot] || len(f.shy) > 0 && r.doubtful()))
			}
			seen[t.slot] = true
		}
	}
	if len(words) == 0 {
		return ""
	}
	return " for rows in which " + strings.Join(words, " and ")
}

// asks tells whether any rule takes the row under that way to name its case.
func (f *fileDef) asks(r *row, way int) bool {
	return slices.ContainsFunc(f.cases, func(u caseRule) bool { return u.no == way && u.takes(r) }) ||
		slices.ContainsFunc(f.parties, func(u partyRule) bool { return u.no == way && u.takes(r) }) ||
		slices.ContainsFunc(f.facts, func(u factRule) bool { return u.no == way && u.takes(r) })
}

// cases puts the pieces together, case by case.
func (im *Import) cases(a *assembly, visit func(*fact.Case) error) error {
	last, begun := "", false
	end := func() error {
		if !begun {
			return nil
		}
		if c := a.finish(last); c != nil {
			return visit(c)
		}
		return nil
	}
	err := im.sorted.each(func(key string, body []byte) error {
		if !begun || key != last {
			if err := end(); err != nil {
				return err
			}
			last, begun = key, true
		}
		a.pieces = append(a.pieces, decodePiece(body, im.files))
		return nil
	})
	return errors.Join(err, endIf(err, end))
}

func endIf(err error, end func() error) error {
	if err != nil {
		return nil
	}
	return end()
}

// warn keeps the first warnings and counts all.
func (im *Import) warn(r *row, format string, args ...any) {
	im.Summary.WarningCount++
	if len(im.Summary.Warnings) < mostWarnings {
		im.Summary.Warnings = append(im.Summary.Warnings, fmt.Sprintf("%s:%d: %s", r.file, r.line, fmt.Sprintf(format, args...)))
	}
}

// Lines tells what was read, in sentences for a person.
func (s *ImportSummary) Lines() []string {
	var out []string
	for _, f := range s.Files {
		line := fmt.Sprintf("%s (%s): %s", f.Name, f.ID, plural(int(f.Rows), "row"))
		if len(f.Unused) > 0 {
			line += "; columns not used: " + cut3(f.Unused)
		}
		out = append(out, line)
	}
	out = append(out, fmt.Sprintf("%s, %s, %s; %s, %s, %s",
		plural(s.Cases, "case"), parties(s.Parties), plural(s.Facts, "fact"), plural(s.Persons, "person"), plural(s.Units, "unit"), bodies(s.Bodies)))
	if len(s.Roles) > 0 {
		out = append(out, "parties by role: "+tally(s.Roles))
	}
	if len(s.Kinds) > 0 {
		out = append(out, "facts by kind: "+tally(s.Kinds))
	}
	for _, n := range []struct {
		n    int
		what string
	}{
		{s.Repeated, "the same as an earlier row in every column, and read once"}, {s.Dropped, "left out because the mapping drops their code"},
		{s.Bare, "made no fact, as the mapping allows"},
	} {
		if n.n > 0 {
			out = append(out, plural(n.n, "row")+" "+n.what)
		}
	}
	out = append(out, s.remarks()...)
	out = append(out, s.Warnings...)
	if more := s.WarningCount - len(s.Warnings); more > 0 {
		out = append(out, fmt.Sprintf("and %d more warnings", more))
	}
	return out
}

func (s *ImportSummary) remarks() []string {
	var out []string
	if s.Spilled > 0 {
		out = append(out, "the rows were sorted by case first, by way of a temporary file")
	}
	return append(out, s.Notes...)
}

// Remarks are what is out of the ordinary, and how many warnings there are.
func (s *ImportSummary) Remarks() []string {
	out := s.remarks()
	if s.WarningCount > 0 {
		out = append(out, plural(s.WarningCount, "warning")+"; `candour convert --dry-run` lists the first")
	}
	return out
}

func parties(n int) string {
	if n == 1 {
		return "1 party"
	}
	return fmt.Sprintf("%d parties", n)
}

func bodies(n int) string {
	if n == 1 {
		return "1 body"
	}
	return fmt.Sprintf("%d bodies", n)
}

// tally lists counts, the largest first.
func tally(m map[string]int) string {
	keys := slices.Sorted(maps.Keys(m))
	sort.SliceStable(keys, func(i, j int) bool { return m[keys[i]] > m[keys[j]] })
	for i, k := range keys {
		keys[i] = fmt.Sprintf("%s %d", k, m[k])
	}
	return strings.Join(keys, ", ")
}
