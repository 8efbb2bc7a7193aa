// Package obligation runs the standards of a pack over a case: which duties
// were opened, when each was due, what discharged it, and what must be raised.
//
// It is pure: no I/O, no clock, no goroutines. The answer depends only on the
// pack, the case's facts and the two moments asked for; facts in another order
// of arrival, or fed one by one, give the same answer, because every answer is
// worked out from the facts in their own order (happened, recorded, seq).
//
// A Row is one duty on one case and key. A Finding on it is what is raised. A
// Row can also be lifted, waiting for records, or such that the record cannot
// tell; none of these accuses anyone.
package obligation

import (
	"candour/internal/day"
	"candour/internal/expr"
	"candour/internal/fact"
	"candour/internal/pack"
	"candour/internal/state"
)

// Row is one instance of a standard.
type Row struct {
	Standard *pack.Standard
	Case     string
	Key      string // a party, or the case
	Trigger  Trigger
	// Opened is when the duty began, Clock the moment its time runs from.
	Opened, Clock day.Instant
	// Due is the last instant at which it is met; day.Never where it has none.
	Due     day.Instant
	Counted []Step // how Due was reached

	Done    *Done
	Finding *Finding
	Lifted  *Lift
	// CannotTell: the record does not say enough; Why names what is missing.
	CannotTell bool
	// Waiting: a source has not yet reported past the due moment.
	Waiting string
	// Paused: the clock is stopped as at the moment asked for.
	Paused bool
	// Zero: opened and discharged at one instant by a repetition (ruling 19).
	Zero bool
	// Used is set for a right that was used; Lapsed for one whose time is over.
	Used, Lapsed bool
	Why          string
	Notes        []string
	Claims       []*state.Event // claims that stood at due

	key     int
	pos     int  // candidates stand after this position
	chained bool // opened by a discharge
	endAt   day.Instant
	endPos  int
	this    opening
	unsure  *state.Event // of a must_not: what cannot be told to be it
	r       *run
	seen    day.Instant // of a finding whose case is gone
	room    room
}

// room is space for what most rows have, so that a row is made in one piece.
type room struct {
	done    Done
	finding Finding
	step    [1]Step
	count   day.Count
}

// Trigger is what opened a row.
type Trigger struct {
	Event   *state.Event // nil for a finding, a tick or a commencement
	Finding *Row
	Period  int
	Words   string
}

// Step is one step in reaching a due moment.
type Step struct {
	Words string
	Count *day.Count
}

// Done is what discharged a row. Happened and Proved are ruling 1's done and shown.
type Done struct {
	Event    *state.Event // nil for a gate met by a state
	Happened day.Moment
	Proved   day.Instant
	Leaf     *pack.Leaf
	Decided  bool        // a recorded reason with a second person
	by       day.Instant // to be held against due; not before the opening
	held     day.Instant // when the proof first held, also before the opening
	pos      int
}

// Finding is what is raised on a row. Its kind is settled at due (ruling 3).
type Finding struct {
	Kind          string
	Raised        day.Instant
	Closed        day.Instant // 0 while open
	Late          bool        // overdue or a gate, and done only after
	WrittenUpLate bool        // done in time, recorded or proved after it was due
	Lost          bool        // can no longer be done
	Another       bool        // closed by a fact that refers to another than the trigger
	Offending     *state.Event
	Advisory      bool // the standard has not been checked by anyone
}

// Lift says when and why a duty ended without being met.
type Lift struct {
	At  day.Instant
	Why string
	pos int
}

// Result is a case as at a moment.
type Result struct {
	Case *state.Case
	// Scope is person, unit or body where the rows are of such; the case's ID is then its name.
	Scope string
	Rows  []*Row
	// Next is the next moment at which anything can change without a new fact; day.Never if none.
	Next day.Instant
}

// Instant is when the row opened; of a must_not, when what it is raised for happened.
func (r *Row) Instant() day.Instant {
	switch {
	case r.unsure != nil:
		return r.unsure.At.Lo
	case r.Finding != nil && r.Finding.Offending != nil:
		return r.Finding.Raised
	}
	return r.Opened
}

// State is the row's state in the words of the house.
func (r *Row) State() string {
	switch {
	case r.Lifted != nil:
		return "lifted"
	case r.CannotTell:
		return "cannot tell"
	case r.Waiting != "":
		return "waiting for records"
	case r.Finding != nil && r.Finding.Closed != 0:
		return "discharged late"
	case r.Finding != nil:
		return map[string]string{"overdue": "overdue", "unproven": "unproven"}[r.Finding.Kind] + map[bool]string{true: "", false: "breached"}[r.Finding.Kind == "overdue" || r.Finding.Kind == "unproven"]
	case r.Used:
		return "used"
	case r.Lapsed:
		return "lapsed"
	case r.Done != nil && r.Done.Decided:
		return "decided otherwise"
	case r.Done != nil:
		return "discharged"
	case r.Paused:
		return "paused"
	}
	return "open"
}

// opening is what opens a row: the object that a condition calls this.
type opening struct {
	at      day.Instant
	pos     int // state is as just after this position; candidates stand after it
	event   *state.Event
	finding *Row
	period  int
	sel     *pack.Selector
	key     int // set for rising edges
	edge    bool
	tick    bool
	from    day.Instant // of a tick: when its period began
}

// Get makes a finding readable by conditions.
func (r *Row) object() findingObject { return findingObject{r} }

type findingObject struct{ r *Row }

func (o findingObject) Get(name int) *fact.Value {
	text := func(s string) *fact.Value { return &fact.Value{Kind: fact.Text, Text: s} }
	switch name {
	case expr.NameID, expr.NameStandard:
		return text(o.r.Standard.ID)
	case expr.NameKind, expr.NameFinding:
		return text(o.r.Finding.Kind)
	case expr.NameKey:
		return text(o.r.Key)
	case expr.NameCase:
		return text(o.r.Case)
	case expr.NameHappened, expr.NameRecorded:
		return instant(o.r.Finding.Raised)
	case expr.NameDue:
		return instant(o.r.Due)
	}
	return nil
}

func instant(t day.Instant) *fact.Value {
	v := fact.MomentOf(day.At(t))
	return &v
}

type tickObject struct{ o opening }

func (t tickObject) Get(name int) *fact.Value {
	switch name {
	case expr.NamePeriod:
		return &fact.Value{Kind: fact.Number, Num: float64(t.o.period)}
	case expr.NameHappened, expr.NameRecorded:
		return instant(t.o.at)
	case expr.NameKind:
		return &fact.Value{Kind: fact.Text, Text: "tick"}
	}
	return nil
}
