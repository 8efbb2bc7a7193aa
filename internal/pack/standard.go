package pack

import (
	"slices"

	"candour/internal/day"
	"candour/internal/expr"
)

// Modal is what a standard says of B.
type Modal uint8

// The modals: must B, must not B, may B (a right).
const (
	Must Modal = iota
	MustNot
	May
)

// Repeat says what a trigger does while an instance is open for the same key.
type Repeat uint8

// The three ways (standards.md, section 1, WHEN).
const (
	Each Repeat = iota
	First
	Restart
)

// Severity orders findings.
type Severity uint8

// The severities, worst first.
const (
	Critical Severity = iota
	Major
	Minor
)

func (s Severity) String() string { return [...]string{"critical", "major", "minor"}[s] }

// Standard is one dated version of a rule.
type Standard struct {
	ID       string
	No       int // its place in the pack
	Version  int // from 1; several versions share an id
	Title    string
	Text     string // what it is for, in the pack's own plain words
	Guards   []string
	Source   string
	Basis    Basis
	Regimes  []string
	InForce  InForce
	Examples []string
	Owes     string
	OwesBody *expr.Value
	Tell     []Tell
	Severity Severity
	Checked  *Checked

	// For is person, unit or body where the standard runs over such a timeline; "" is the case.
	For string
	// HearsAll: it depends on findings that it does not name.
	HearsAll bool

	When []Selector
	Per  string // "case" (also of a person, unit or body) or a role
	// PerAlso: parties of these roles are keys too, where the trigger is about one;
	// PerCase: where it is about none of the roles, the case is the key.
	PerAlso []string
	PerCase bool
	PerIf   *expr.Condition
	Repeat  Repeat
	While   *expr.Condition

	Modal      Modal
	Must       *Tree
	Leaves     []*Leaf // of Must, from left to right
	Already    Already
	Claims     []*Leaf
	ClaimThis  bool
	Unless     []Selector
	Discretion bool

	Clock   *expr.Value
	ClockOf string // ends(ID)
	Within  *Term
	By      *By
	Gate    bool
	AtMost  *day.Duration
	AtLeast *day.Duration
	Lost    bool
	Curable bool
	Moved   *Moved
	Paused  *Paused
	Again   Again

	Raises string
	Closed *Selector
	// ClosedProof is the proof that what closes it needs; nil is any.
	ClosedProof *Proof
	Asks        *Ask // set for a duty to supply a missing value

	File string
	Line int
}

// Basis says whether duty and time rest on law or policy.
type Basis struct{ Duty, Time string }

// InForce is when a version applies; both dates inclusive, zero: unbounded.
type InForce struct {
	From, To       day.Date
	HasFrom, HasTo bool
	At             *expr.Value
	// Lift: what is not yet due when To has passed is lifted (decision record 0004).
	Lift bool
}

// Tell is a role to be told, perhaps later.
type Tell struct {
	Role  string
	After *day.Duration
}

// Checked says who checked the standard, when, against what, at which level.
type Checked struct {
	By, On, Against, Level string
}

// Selector picks facts, findings, rising edges, the opening of a case or ticks.
type Selector struct {
	Kinds       []int
	Substantive bool // by the tag: the kind's own condition must hold too
	Finding     string
	Becomes     *expr.Condition
	Opened      bool
	Every       *day.Duration
	After       *day.Duration
	Clock       *expr.Value
	Where       *expr.Condition
	Words       string
}

// Critical tells whether its findings are critical.
func (s *Standard) Critical() bool { return s.Severity == Critical }

// Keyed tells whether a party of the role can be a key of the standard.
func (s *Standard) Keyed(role string) bool { return role == s.Per || slices.Contains(s.PerAlso, role) }

// Leaf is one thing that discharges, or must not happen.
type Leaf struct {
	No          int // its place among the standard's leaves
	Kinds       []int
	Substantive bool
	Where       *expr.Condition
	Proof       *Proof
	Match       []Match
	Latest      bool
	Holds       *expr.Condition
	Words       string
}

// Tree is a leaf, or any or all of several trees.
type Tree struct {
	Leaf *Leaf
	Any  []*Tree
	All  []*Tree
}

// leaves lists the leaves from left to right.
func (t *Tree) leaves() []*Leaf {
	if t == nil {
		return nil
	}
	if t.Leaf != nil {
		return []*Leaf{t.Leaf}
	}
	var out []*Leaf
	for _, s := range append(append([]*Tree{}, t.Any...), t.All...) {
		out = append(out, s.leaves()...)
	}
	return out
}

// Match ties a candidate to the trigger by equal references.
type Match struct{ This, That int }

// Already says whether, and how old, an earlier match discharges at opening.
type Already struct {
	Yes    bool
	AtMost *day.Duration
}

// Again says how a discharged instance is followed by the next.
type Again struct {
	Yes   bool
	Due   bool // the clock is the old due, else the discharging fact's happened
	After []int
	Then  *Term
}

// Moved gives a new due date.
type Moved struct {
	Selector
	To        *expr.Value
	BeforeDue bool
}

// Paused stops the clock from one selector until another.
type Paused struct{ From, Until Selector }

// Ask names the value whose absence is a duty.
type Ask struct {
	Kind     int // -1: a register
	Slot     int
	Register *Register
}

// Term is a length of time as a standard may state it.
type Term struct {
	Words    string
	Duration day.Duration
	Policy   string
	Asap     bool // the law gives no number: the policy is a target
	Field    *expr.Value
	Unit     day.Unit
	Else     *Term
	Choose   *expr.Value
	Of       map[string]*Term
}

// By is a due moment, or so much before it.
type By struct {
	Words  string
	Before *Term
	At     *expr.Value
	Ends   string
}
