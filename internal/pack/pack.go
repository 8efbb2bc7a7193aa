// Package pack reads the law as data: a folder of YAML becomes a catalogue of
// kinds, registers, calendars, policy values and standards, every condition
// checked and lowered.
//
// A pack is refused whole when anything in it is unknown, ill-typed or
// contradictory; every complaint says file, line, what is wrong and what to
// do. What was loaded never changes afterwards.
package pack

import (
	"sort"
	"sync"

	"candour/internal/day"
	"candour/internal/expr"
	"candour/internal/fact"
)

// Pack is a loaded catalogue.
type Pack struct {
	ID, Version string
	Title       string
	// Text and Source are notes for people.
	Text, Source string
	Calendar     *day.Calendar
	Calendars    map[string]*day.Calendar
	// Ranks gives each rank its height; empty: rank is not considered.
	Ranks     map[string]int
	SpeaksFor map[string]bool
	// bodyNames maps every name of a kind of body to its canonical one.
	bodyNames map[string]string
	Roles     map[string]string
	Posts     []string // the roles that posts are held in; nil where the pack lists none
	Failings  map[string]string
	Policies  map[string]*Policy
	Profiles  map[string][]string
	Kinds     []*Kind
	kindNo    map[string]int
	tags      map[string][]int
	// Registers by owner: "case" or a role.
	Registers map[string][]*Register
	regSlots  map[string][]int16 // by owner: place of the register by number of name; -1: none
	Standards []*Standard
	Mappings  map[string][]byte
	Examples  []string
	Names     *expr.Names
	// Loose are the roles for which it matters since when a party is on the case:
	// something goes through all of them, or opens for all of them.
	Loose map[string]bool
	// Ended names the standards whose ends another one takes.
	Ended map[string]bool
	// Decision and IntegrityDecision are the numbers of those core kinds.
	Decision, IntegrityDecision, Countersignature, FindingRaised, FindingClosed int
	// Scopes are those for which there is a standard (person, unit, body), so that cases must be gathered.
	Scopes map[string]bool
	// Advice is what the engine can run with and a check of the pack refuses: what
	// a standard lacks, what a condition reads in silence.
	Advice Problems

	touchOnce   sync.Once
	touch       *Touch
	settersOnce sync.Once
	setters     [][]Setter
	waiting     []bool // by number of kind: its facts set a register that waits for proof
}

// BodyKind returns the canonical name of a kind of body.
func (p *Pack) BodyKind(name string) string {
	if c, ok := p.bodyNames[name]; ok {
		return c
	}
	return name
}

// BodyNames lists every name of the kind of body, the canonical one first.
func (p *Pack) BodyNames(name string) []string {
	out := []string{p.BodyKind(name)}
	for _, other := range sortedKeys(p.bodyNames) {
		if p.bodyNames[other] == out[0] && other != out[0] {
			out = append(out, other)
		}
	}
	return out
}

// Kind returns the kind with the id, or nil.
func (p *Pack) Kind(id string) *Kind {
	if n, ok := p.kindNo[id]; ok {
		return p.Kinds[n]
	}
	return nil
}

// resolve returns the kinds that a name means: one kind, or all with the tag.
func (p *Pack) resolve(name string) ([]int, bool) {
	if n, ok := p.kindNo[name]; ok {
		return []int{n}, true
	}
	ks, ok := p.tags[name]
	return ks, ok
}

// Register returns the register of the owner with the id, or nil.
func (p *Pack) Register(of, id string) *Register {
	for _, r := range p.Registers[of] {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// RegisterSlots gives the place of an owner's registers by number of name; -1,
// or past the end: no such register.
func (p *Pack) RegisterSlots(of string) []int16 { return p.regSlots[of] }

// StandardIDs lists the ids, each once, sorted.
func (p *Pack) StandardIDs() []string {
	seen := map[string]bool{}
	var ids []string
	for _, s := range p.Standards {
		if !seen[s.ID] {
			seen[s.ID] = true
			ids = append(ids, s.ID)
		}
	}
	sort.Strings(ids)
	return ids
}

// Policy is a value that a body may set for itself, within limits.
type Policy struct {
	Name      string
	Title     string
	Text      string
	Source    string
	Default   *day.Duration // nil: a number
	Number    float64
	Min, Max  *day.Duration
	MinN      *float64
	MaxN      *float64
	TimeIsLaw string // the standard, if any, whose time is law and which therefore may not use it
}

// Kind is a kind of fact.
type Kind struct {
	No     int
	ID     string
	Label  string
	Text   string
	About  []string
	Fields []*Field
	slots  []int16 // by name number; -1: no such field
	Tags   []string
	// Substantive, if set, must hold of the fact for it to carry the tag "substantive".
	Substantive *expr.Condition
	From        string // source, here or both
	May         []string
	Confirms    string
	File        string
	Line        int
	substSrc    string
	// Feeds says whose timelines, besides the case's, a fact of the kind enters (ruling 17).
	Feeds   []Feed
	feedSrc []node
}

// Feed names a person, unit or body to whose timeline a fact is given.
type Feed struct {
	Scope string
	// Who is the person, unit or body, over `this` and `case`; nil: the body whose cases they are.
	Who *expr.Value
	// Of: Who is a person, and the fact enters the timeline of that person's unit or body.
	Of bool
}

// Slot is the field's place among the kind's values, or -1.
func (k *Kind) Slot(name int) int {
	if name < len(k.slots) {
		return int(k.slots[name])
	}
	return -1
}

// Field is a declared field of a kind.
type Field struct {
	Name     string
	Label    string
	Type     expr.Type
	Words    string // the type as written
	Values   []string
	Required bool
	Personal bool
	Absent   Absence
	Line     int
}

// Absence says what it means that a value was not recorded.
type Absence struct {
	Declared bool
	Value    *fact.Value   // no, or a literal: the value it then has
	Ask      *day.Duration // the missing value is itself a duty within this
}

// Register is an attribute of a case or party that changes over time.
type Register struct {
	ID, Of     string
	Label      string
	Text       string
	Name       int // its number
	Index      int // among the registers of its owner
	Type       expr.Type
	Values     []string
	Absent     Absence
	Sets       []Set
	Derive     *expr.Value
	Proof      *Proof
	LowerNeeds *Proof
	File       string
	Line       int
}

// Set says which facts set a register, and to what.
type Set struct {
	Kinds []int
	Where *expr.Condition
	To    *expr.Value
}

// Setter is one way in which a kind sets a register.
type Setter struct {
	Register *Register
	Set      *Set
}

// Setters lists, by number of kind, the registers its facts set.
func (p *Pack) Setters() [][]Setter {
	p.settersOnce.Do(func() {
		p.setters = make([][]Setter, len(p.Kinds))
		p.waiting = make([]bool, len(p.Kinds))
		for _, of := range sortedKeys(p.Registers) {
			for _, r := range p.Registers[of] {
				for i := range r.Sets {
					for _, k := range r.Sets[i].Kinds {
						p.setters[k] = append(p.setters[k], Setter{r, &r.Sets[i]})
						p.waiting[k] = p.waiting[k] || r.Proof != nil || r.LowerNeeds != nil
					}
				}
			}
		}
	})
	return p.setters
}

// Waits tells whether facts of the kind set a register that waits for proof. It
// may be asked after Setters.
func (p *Pack) Waits(kind int) bool { return p.waiting[kind] }
