package exchange

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"candour/internal/pack"
)

const (
	sampled      = 10_000 // rows of a file that are looked at
	mostDistinct = 5_000  // different values of a column that are counted
	mostCodes    = 200    // a column with more is no column of codes
	decide       = "DECIDE"
)

// Propose writes a mapping for the files, guessed from their first rows, for a
// person to correct: what it guessed and why stands beside it, and what only a
// person can say is marked DECIDE. Until that is done it is refused as a mapping.
//
// Of the values it shows those of columns that look like codes; of columns that
// look personal, and of long or varied ones, none.
//
// Where a code is the word of the pack but for capitals and marks, that word is
// proposed; pk may be nil.
func Propose(inputs []Input, pk *pack.Pack) (string, error) {
	var files []*sample
	for _, in := range inputs {
		s, err := takeSample(in)
		if err != nil {
			return "", err
		}
		files = append(files, s)
	}
	g := &guess{files: files, pack: pk}
	g.think()
	return g.mapping(), nil
}

// guess is what the samples together suggest.
type guess struct {
	files  []*sample
	pack   *pack.Pack
	caseBy string // the column that names the case
	facts  []*sample
	cases  *sample
	people []*sample
	rest   []*sample
	joins  map[*sample][]string
	joined map[*sample]bool
	out    strings.Builder
}

var (
	looksCase     = regexp.MustCompile(`(?i)(crime|case|incident|occurrence|investigation)`)
	looksKind     = regexp.MustCompile(`(?i)(code|type|kind|event|activity|action|entry)`)
	looksRecorded = regexp.MustCompile(`(?i)(enter|entry|record|creat|input|logged)`)
	looksPerson   = regexp.MustCompile(`(?i)(officer|collar|staff|user|entered.?by|by$|shoulder|warrant)`)
	looksParty    = regexp.MustCompile(`(?i)(subject|victim|person|nominal|party|suspect)`)
	looksRole     = regexp.MustCompile(`(?i)(role|involve|capacity)`)
)

func (g *guess) think() {
	g.joins, g.joined = map[*sample][]string{}, map[*sample]bool{}
	g.caseBy = g.caseColumn()
	for _, s := range g.files {
		k := s.column(g.caseBy)
		switch {
		case k == nil:
			g.rest = append(g.rest, s)
		case s.happened() != nil:
			g.facts = append(g.facts, s)
		case k.key(s) && g.cases == nil:
			g.cases = s
		default:
			g.people = append(g.people, s)
		}
	}
	for _, s := range g.rest {
		g.joinsOf(s)
	}
	if with := slices.Concat(g.facts, g.people); g.cases == nil && len(with) > 0 {
		g.cases = with[0]
	}
}

// caseColumn is the one that looks most like it: by its name, in many files, and
// not different on every row of all of them.
func (g *guess) caseColumn() string {
	best, most := "", 0
	for _, s := range g.files {
		for _, c := range s.columns {
			score := 0
			for _, t := range g.files {
				if k := t.column(c.name); k != nil && c.name != "" && k.filled == t.rows && len(k.times()) == 0 {
					score += 2
					if !k.key(t) && !k.codes(t) || looksCase.MatchString(c.name) {
						score++
					}
				}
			}
			if looksCase.MatchString(c.name) && score > 0 {
				score += 3
			}
			if !c.personal && score > most {
				best, most = c.name, score
			}
		}
	}
	return best
}

// timed is a column of times as the mapping names it: with the time of day that
// stands in the next column, if it does.
func (s *sample) timed(c *column) string {
	i := slices.Index(s.columns, c)
	alone := !slices.ContainsFunc(c.times(), func(w string) bool { return w != "iso" && strings.Contains(w, "hh") }) && c.longest <= len("dd mmm yyyy")
	if alone && i+1 < len(s.columns) && s.columns[i+1].hours > 0 && s.columns[i+1].hours*10 >= s.columns[i+1].filled*9 {
		return yamlText("<" + c.name + "> <" + s.columns[i+1].name + ">")
	}
	return yamlText("<" + c.name + ">")
}

func (s *sample) happened() *column {
	c := s.find(func(c *column) bool {
		return len(c.times()) > 0 && !looksRecorded.MatchString(c.name) && !c.personal && c.filled*2 > s.rows
	})
	return cmp.Or(c, s.find(func(c *column) bool { return len(c.times()) > 0 && !c.personal && c.filled*2 > s.rows }))
}

// joinsOf finds a column of another file whose values are keys of this one, but for
// a few that may be mistakes.
func (g *guess) joinsOf(s *sample) {
	key := s.find(func(c *column) bool { return c.key(s) && !c.many })
	if key == nil {
		return
	}
	for _, t := range g.facts {
		for _, c := range t.columns {
			if c.many || len(c.distinct) < 2 || c.personal {
				continue
			}
			if in := within(c.distinct, key.distinct); in*10 >= len(c.distinct)*9 && in > 1 {
				g.joined[s] = true
				g.joins[t] = append(g.joins[t], fmt.Sprintf("      - {file: %s, on: %s, key: %s}   # %d of the %d values of %s are a %s there; use its columns as <%s.COLUMN>",
					s.id, yamlText("<"+c.name+">"), yamlText(key.name), in, len(c.distinct), c.name, key.name, s.id))
				break
			}
		}
	}
}

// within counts the values of a that b has.
func within(a, b map[string]int) int {
	n := 0
	for v := range a {
		if b[v] > 0 {
			n++
		}
	}
	return n
}

// say writes a line of the mapping.
func (g *guess) say(format string, args ...any) { fmt.Fprintf(&g.out, format+"\n", args...) }

func (g *guess) mapping() string {
	g.say("# Proposed from a sample; nobody has read it yet. What only a person can say is")
	g.say("# marked %s, and the mapping is refused until that is done. doc/import.md explains", decide)
	g.say("# every key. Then: candour convert FOLDER --mapping THIS --dry-run")
	g.say("format: csv\npack: %s\nzone: Europe/London\nbody: %s                 # the body whose record this is", g.packName(), decide)
	g.formats()
	g.say("files:")
	for _, s := range g.files {
		g.file(s)
	}
	g.persons()
	g.kase()
	g.parties()
	g.say("facts:")
	for _, s := range g.facts {
		g.fact(s)
	}
	if len(g.facts) == 0 {
		g.say("  # %s: no file has both a column of times and the case; add a rule here", decide)
	}
	return g.out.String()
}

func (g *guess) formats() {
	var all []string
	pivot := false
	var doubts []string
	for _, s := range g.files {
		for _, c := range s.columns {
			for _, w := range c.times() {
				if !slices.Contains(all, w) {
					all = append(all, w)
				}
				f, _ := parseDateFormat(w)
				pivot = pivot || f.twoDigit
				if c.swapped(w) {
					doubts = append(doubts, fmt.Sprintf("# %s: in %s of %s no day is above 12, so it may as well be written month first", decide, c.name, s.name))
				}
			}
			if n := c.filled - c.readable(); len(c.times()) > 0 && n > 0 {
				doubts = append(doubts, fmt.Sprintf("# %s of %s: %s of %d in none of these forms; such rows will be told", c.name, s.name, plural(n, "value"), c.filled))
			}
		}
	}
	for _, d := range doubts {
		g.say("%s", d)
	}
	if len(all) == 0 {
		return
	}
	if pivot {
		g.say("times: {formats: [%s], pivot: %s}   # years of two digits: the least of the last century", strings.Join(all, ", "), decide)
		return
	}
	g.say("times: {formats: [%s]}", strings.Join(all, ", "))
}

func (c *column) readable() int {
	n := 0
	for _, w := range c.times() {
		n += c.formats[w]
	}
	return min(n, c.filled)
}

func (g *guess) file(s *sample) {
	unused := slices.Contains(g.rest, s) && !g.joined[s]
	out := g.out.Len()
	g.say("  - id: %s\n    name: %s", s.id, yamlText(s.name))
	switch s.enc {
	case Windows1252:
		g.say("    encoding: windows-1252   # guessed: the sample is not UTF-8")
	case Auto:
		g.say("    encoding: auto           # some lines are UTF-8 and some are not")
	}
	if s.comma != ',' {
		g.say("    delimiter: %s", map[rune]string{';': `";"`, '|': `"|"`, '\t': "tab"}[s.comma])
	}
	var personal []string
	for _, c := range s.columns {
		if c.personal {
			personal = append(personal, yamlText(c.name))
		}
	}
	if len(personal) > 0 {
		g.say("    personal: [%s]   # guessed by their names: add what else must not be repeated in messages", strings.Join(personal, ", "))
	}
	if lines := g.joins[s]; len(lines) > 0 {
		g.say("    join:\n%s", strings.Join(lines, "\n"))
	}
	g.say("    # %s looked at%s", plural(s.rows, "row"), faulty(s.faults))
	for _, c := range s.columns {
		g.say("    #   %s: %s", cmp.Or(c.name, "(no name)"), c.looks(s))
	}
	if unused { // a file that no rule reads is refused
		text := g.out.String()
		g.out.Reset()
		g.out.WriteString(text[:out])
		g.say("  # %s: no column of this file names a case, and none joins it; give it a rule, or leave it out", decide)
		for _, line := range strings.Split(strings.TrimSuffix(text[out:], "\n"), "\n") {
			g.say("  #%s", line)
		}
	}
}

func faulty(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("; %s cannot be read", plural(n, "row"))
}

// looks says what a column looks like, with values only where they look like codes.
func (c *column) looks(s *sample) string {
	words := []string{fmt.Sprintf("%d filled", c.filled)}
	if c.filled == 0 {
		return "always empty"
	}
	if c.key(s) {
		words = append(words, "different on every row: may be a key")
	} else if c.many {
		words = append(words, fmt.Sprintf("more than %d different", mostDistinct))
	} else {
		words = append(words, fmt.Sprintf("%d different", len(c.distinct)))
	}
	if t := c.times(); len(t) > 0 {
		words = append(words, "times as "+strings.Join(t, " or "))
	}
	if c.codes(s) && len(c.distinct) <= 12 && (looksKind.MatchString(c.name) || looksRole.MatchString(c.name) || len(c.distinct)*5 <= c.filled) && !looksPerson.MatchString(c.name) {
		words = append(words, "codes "+strings.Join(slices.Sorted(maps.Keys(c.distinct)), ", "))
	}
	if c.personal {
		words = append(words, "perhaps personal")
	}
	return strings.Join(words, ", ")
}

func (g *guess) persons() {
	for _, s := range g.facts {
		if by := s.by(); by != nil {
			g.say("persons: {file: %s, id: %s, body: %s}   # guessed; better from a list of staff, with posts", s.id, yamlText("<"+by.name+">"), decide)
			return
		}
	}
}

func (s *sample) by() *column {
	return s.find(func(c *column) bool { return looksPerson.MatchString(c.name) && len(c.times()) == 0 })
}

func (g *guess) kase() {
	if g.cases == nil {
		g.say("case: {id: %s, kind: investigation}   # %s: no column looks like the name of a case", decide, decide)
		return
	}
	why := "by its name, and in most of the files"
	if k := g.cases.column(g.caseBy); k.key(g.cases) {
		why += "; different on every row of this one"
	}
	g.say("case:\n  file: %s\n  id: %s   # guessed %s\n  kind: investigation   # %s", g.cases.id, yamlText("<"+g.caseBy+">"), why, decide)
}

func (g *guess) parties() {
	g.say("parties:")
	found := false
	for _, s := range g.people {
		id := s.find(func(c *column) bool {
			return c.name != g.caseBy && looksParty.MatchString(c.name) && !looksRole.MatchString(c.name)
		})
		role := s.find(func(c *column) bool { return c.codes(s) && looksRole.MatchString(c.name) })
		g.say("  - file: %s\n    case: %s\n    id: %s", s.id, yamlText("<"+g.caseBy+">"), columnOr(id))
		if role == nil {
			g.say("    role: %s", decide)
		} else {
			g.codes("role", role)
		}
		found = true
	}
	for _, s := range g.facts {
		if about := s.about(g.caseBy); about != nil && !found {
			g.say("  - {file: %s, when: {%s: {empty: no}}, id: %s, role: %s}", s.id, yamlText(about.name), yamlText("<"+about.name+">"), decide)
			found = true
		}
	}
	if !found {
		g.say("  # %s: who the cases are about, as {file: FILE, id: <COLUMN>, role: victim}", decide)
	}
}

func (s *sample) about(caseBy string) *column {
	return s.find(func(c *column) bool {
		return c.name != caseBy && looksParty.MatchString(c.name) && len(c.times()) == 0
	})
}

func columnOr(c *column) string {
	if c == nil {
		return decide
	}
	return yamlText("<" + c.name + ">")
}

// codes writes a table with each code for a person to say what it means.
func (g *guess) codes(key string, c *column) {
	g.say("    %s:\n      value: %s\n      codes:   # %s: what each means; nothing after the colon leaves it out", key, yamlText("<"+c.name+">"), decide)
	words := g.words(key)
	for _, v := range slices.Sorted(maps.Keys(c.distinct)) {
		g.say("        %s: %s   # %s", yamlText(v), cmp.Or(words[bare(v)], decide), plural(c.distinct[v], "row"))
	}
}

// words are what the pack calls kinds or roles, by their letters alone.
func (g *guess) words(key string) map[string]string {
	out := map[string]string{}
	if g.pack == nil {
		return out
	}
	if key == "role" {
		for r := range g.pack.Roles {
			out[bare(r)] = r
		}
		return out
	}
	for _, k := range g.pack.Kinds {
		out[bare(k.ID)] = k.ID
	}
	return out
}

// bare is a word without capitals and marks.
func bare(s string) string { return strings.Join(strings.FieldsFunc(strings.ToLower(s), notWord), "") }

func notWord(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

func (g *guess) fact(s *sample) {
	at := s.happened()
	kind := g.kindOf(s)
	g.say("  - file: %s\n    case: %s", s.id, yamlText("<"+g.caseBy+">"))
	if id := s.find(func(c *column) bool { return c.key(s) && c.name != g.caseBy && !c.personal && len(c.times()) == 0 }); id != nil {
		g.say("    id: %s   # different on every row", yamlText("<"+id.name+">"))
	} else {
		g.say("    # id: no column is different on every row, so an id is made of the whole row")
	}
	if kind == nil {
		g.say("    kind: %s   # no column looks like codes of what happened", decide)
	} else {
		g.codes("kind", kind)
	}
	g.say("    at: %s", s.timed(at))
	if rec := s.find(func(c *column) bool { return c != at && len(c.times()) > 0 && looksRecorded.MatchString(c.name) }); rec != nil {
		g.say("    recorded: %s   # guessed by its name", s.timed(rec))
	}
	if by := s.by(); by != nil {
		g.say("    by: %s   # guessed by its name", yamlText("<"+by.name+">"))
	}
	if about := s.about(g.caseBy); about != nil {
		g.say("    about: %s   # guessed by its name", yamlText("<"+about.name+">"))
	}
	g.say("    # fields: {FIELD: <COLUMN>}   # what else the row says")
}

// kindOf is the column that says what happened: of those with such a name the one
// with the most words of the pack, and then with the most codes that come again.
func (g *guess) kindOf(s *sample) *column {
	var best *column
	most := 0
	words := g.words("kind")
	for _, c := range s.columns {
		if !c.codes(s) || !looksKind.MatchString(c.name) || c.name == g.caseBy || looksRole.MatchString(c.name) {
			continue
		}
		score := 1
		if len(c.distinct)*2 <= c.filled {
			score += len(c.distinct)
		}
		for v := range c.distinct {
			if words[bare(v)] != "" {
				score += mostCodes
			}
		}
		if score > most {
			best, most = c, score
		}
	}
	return best
}

var plainYAML = regexp.MustCompile(`^[A-Za-z<][A-Za-z0-9<>_ ./-]*[A-Za-z0-9<>]$`)

// yamlText writes a word so that YAML reads the same.
func yamlText(s string) string {
	switch strings.ToLower(s) {
	case "yes", "no", "true", "false", "null", "on", "off":
		return `"` + s + `"`
	}
	if plainYAML.MatchString(s) {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", " ", "\t", " ").Replace(s) + `"`
}

func (g *guess) packName() string {
	if g.pack == nil {
		return decide
	}
	return g.pack.ID
}
