// Package fact holds what is recorded: bodies, units, persons, cases,
// parties and the facts themselves, as a timeline states them.
//
// A fact is never altered. It says what kind of thing happened, when it
// happened (an interval), when it was first recorded, who recorded it, whom
// or what it is about, and the marks that stand behind it: signatures,
// documents, and the channel it came by. A correction is a later fact that
// supersedes an earlier one; both stay.
//
// The package knows nothing of any law: kinds, registers and roles are words
// here, and a pack says what they mean. Only the core kinds below are known
// by name, because the engine acts on them.
package fact

import "candour/internal/day"

// The core kinds: the only kinds of fact that Go code names.
const (
	// KindDecision is a recorded reason why a duty is not done as the standard
	// says; it discharges any "must" once a second person has signed it.
	// Fields: standard (its id), reason.
	KindDecision = "decision"
	// KindIntegrityDecision is a person's decision on an integrity finding: about the
	// person that the field person (or officer, subject) names, or whom the fact is
	// about. Fields: result (upheld, explained, feed error, rule wrong), reason;
	// "upheld" taints what that person records afterwards.
	KindIntegrityDecision = "integrity.decision"
	// KindCountersignature is the moment at which a later signature first proves a
	// fact whose registers wait for proof. It is worked out, never recorded.
	KindCountersignature = "countersignature"
	// KindFindingRaised and KindFindingClosed are how the findings of cases come
	// into the timelines of persons, units and bodies (ruling 17). They are worked
	// out, never recorded. Fields: standard, finding (its kind), key.
	KindFindingRaised = "finding.raised"
	KindFindingClosed = "finding.closed"
)

// Scopes are what a standard can be for besides the case: each has a timeline of
// its own, fed by the cases it touches.
var Scopes = []string{"person", "unit", "body"}

// Upheld is the result of an integrity decision that taints (ruling 18).
const Upheld = "upheld"

// ValueKind says which member of a Value is set.
type ValueKind uint8

// The kinds of value a field or register can hold.
const (
	Absent ValueKind = iota
	Bool
	Number
	Text   // text, enumeration, reference, party or person: all identified by words
	Date   // one whole day, known exactly
	Moment // an interval of time
	List
)

// Value is one field's or register's value. The zero Value is absent.
type Value struct {
	Kind ValueKind
	Bool bool        `json:",omitzero"`
	Day  day.Date    `json:",omitzero"`
	Num  float64     `json:",omitzero"`
	Text string      `json:",omitzero"`
	When *day.Moment `json:",omitzero"` // where it is a moment
	List []Value     `json:",omitempty"`
}

// MomentOf is the value that is a moment.
func MomentOf(m day.Moment) Value { return Value{Kind: Moment, When: &m} }

// Field is a named value in the order it was stated.
type Field struct {
	Name  string
	Value Value
}

// Signature is another person's signature on a fact.
type Signature struct {
	By string
	At day.Instant
}

// Document stands behind a fact. Without a digest it is only stated by the source.
type Document struct {
	Type, Name, SHA256 string
}

// Via is the channel by which a confirmation came: from a body, a unit or
// register system, or from a person.
type Via struct {
	Body, Person string
	// How is system, account, answer or callback.
	How, Ref string
	// ChannelRecorded is when the channel to a person was put on record; zero if not stated.
	ChannelRecorded day.Moment
}

// Fact is one recorded fact on one case. As JSON it is what a Fact is read back from and nothing
// else: timelines have a form of their own.
type Fact struct {
	ID, Case, Kind string
	At             day.Moment // happened
	About          []string   `json:",omitempty"` // parties, the main one first; empty: the case
	By             string     `json:",omitzero"`  // the person who recorded it
	For            string     `json:",omitzero"`  // the body it was recorded for
	Fields         []Field    `json:",omitempty"`
	// Recorded is when it was first entered somewhere; RecordedStated tells
	// whether the source said so or it follows from when it happened.
	Recorded       day.Instant
	RecordedStated bool        `json:",omitzero"`
	Sealed         day.Instant `json:",omitzero"` // 0: not stated
	Source         string      `json:",omitzero"`
	Seq            int64       `json:",omitzero"` // position given by the source
	Signed         []Signature `json:",omitempty"`
	Docs           []Document  `json:",omitempty"`
	Via            *Via        `json:",omitzero"`
	Supersedes     string      `json:",omitzero"`
	Answers        []string    `json:",omitempty"`
	Confirms       []string    `json:",omitempty"`
	Line           int         `json:",omitzero"` // where it was read, 0 if nowhere
}

// Get returns the field's value; the zero Value when it was not stated.
func (f *Fact) Get(name string) Value {
	for i := range f.Fields {
		if f.Fields[i].Name == name {
			return f.Fields[i].Value
		}
	}
	return Value{}
}

// Party is a person or thing on a case in a role.
type Party struct {
	ID, Case, Role, Person string
	Given                  []Field
	Line                   int
}

// Case is what facts are recorded on.
type Case struct {
	ID, Kind  string
	Regime    string
	RegimeWhy string
	Group     string
	Given     []Field // registers and role holders before the first fact
	Parties   []*Party
	Facts     []*Fact
	Line      int
}

// Channel is a span in which a body had an electronic channel.
type Channel struct {
	From, To day.Instant // To is day.Never while it lasts
	How      string
}

// Body is an organisation.
type Body struct {
	ID, Kind string
	Channels []Channel
}

// HasChannel tells whether the body had an electronic channel at t.
func (b *Body) HasChannel(t day.Instant) bool {
	for _, c := range b.Channels {
		if c.From <= t && t <= c.To {
			return true
		}
	}
	return false
}

// Unit is a team or a register system of a body.
type Unit struct{ ID, Body, Parent string }

// Post is a role held by a person in a unit, from and to.
type Post struct {
	Role, Rank, Unit, ReportsTo string
	From, To                    day.Instant
}

// Kin is a person's relation to another person.
type Kin struct{ To, As string }

// Person is one human across cases and bodies.
type Person struct {
	ID, Body string
	Posts    []Post
	Kin      []Kin
}

// PostAt returns the post held at t, or nil. Of several, the one begun last.
func (p *Person) PostAt(t day.Instant) *Post {
	var best *Post
	for i := range p.Posts {
		q := &p.Posts[i]
		if q.From <= t && t <= q.To && (best == nil || q.From >= best.From) {
			best = q
		}
	}
	return best
}

// Mark says up to when a source was complete, and since when that was known.
type Mark struct{ At, To day.Instant }

// Source is a feed of facts of a body.
type Source struct {
	ID, Of      string
	Marks       []Mark
	SilentAfter *day.Duration
	Grace       *day.Duration
}

// CompleteTo is the mark as known at k; ok is false when none was known then.
func (s *Source) CompleteTo(k day.Instant) (to day.Instant, ok bool) {
	for _, m := range s.Marks {
		if m.At <= k && (!ok || m.To > to) {
			to, ok = m.To, true
		}
	}
	return to, ok
}

// Policy is a dated, attributed value that a body set for itself.
type Policy struct {
	Name     string
	Duration *day.Duration // nil: a number
	Number   float64
	From     day.Instant
	By, Body string
	Line     int
}

// World is what stands around the cases: it is shared by all of a file's cases.
type World struct {
	Body     string
	Profile  string // the pack's profile that the file asks for; "": all standards
	Bodies   map[string]*Body
	Units    map[string]*Unit
	Persons  map[string]*Person
	Sources  []*Source
	Policies []*Policy
}

// NewWorld returns an empty world of the body.
func NewWorld(body string) *World {
	return &World{Body: body, Bodies: map[string]*Body{}, Units: map[string]*Unit{}, Persons: map[string]*Person{}}
}
