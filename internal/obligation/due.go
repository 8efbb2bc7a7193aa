package obligation

import (
	"fmt"
	"strconv"

	"candour/internal/day"
	"candour/internal/fact"
	"candour/internal/pack"
)

// clock settles the moment from which time runs; false when the record cannot tell.
func (r *run) clock(s *pack.Standard, row *Row) bool {
	switch {
	case row.chained:
		return true
	case s.ClockOf != "":
		end, ok := r.ends(s.ClockOf, row)
		row.Clock = end
		return ok
	case s.Clock == nil:
		row.Clock = row.Opened
		return true
	}
	env := r.env(&row.this, row.key)
	v, ok := s.Clock.Eval(env)
	if !ok {
		row.CannotTell, row.Why, row.Due = true, "the record does not say "+s.Clock.Source+", from which the time runs", day.Never
		row.Clock = 0
		return false
	}
	row.Clock = r.moment(v).Lo
	return true
}

// ends is the end of the latest right or duty of the standard for the same key.
func (r *run) ends(id string, row *Row) (day.Instant, bool) {
	var best *Row
	for _, o := range r.ended[id] {
		if o.Opened <= row.Opened && (o.key == row.key || o.key < 0 || row.key < 0) && o.Due != day.Never && (best == nil || o.Opened >= best.Opened) {
			best = o
		}
	}
	if best == nil {
		row.CannotTell, row.Why, row.Due = true, "no "+id+" stands on the record whose end could be taken", day.Never
		return 0, false
	}
	return best.Due, true
}

// due settles the due moment from the clock; false when the record cannot tell.
func (r *run) due(s *pack.Standard, row *Row) bool {
	if !r.clock(s, row) {
		return false
	}
	if s.By != nil {
		return r.by(s, row)
	}
	if s.Within == nil {
		return true
	}
	term := s.Within
	if row.chained && s.Again.Then != nil {
		term = s.Again.Then
	}
	d, note, ok := r.length(term, row, row.pos)
	if !ok {
		row.CannotTell, row.Why, row.Due = true, "the record does not say "+term.Words+", which gives the time", day.Never
		return false
	}
	r.count(row, row.Clock, d, note)
	return true
}

// count sets Due, remembering how it was reached.
func (r *run) count(row *Row, clock day.Instant, d day.Duration, note string) {
	row.Due = r.c.Cal.Due(clock, d)
	if row.Counted != nil {
		row.Counted = append(row.Counted, Step{Words: note, Count: &day.Count{Clock: clock, Duration: d, Due: row.Due}})
		return
	}
	row.room.count = day.Count{Clock: clock, Duration: d, Due: row.Due}
	row.room.step[0] = Step{Words: note, Count: &row.room.count}
	row.Counted = row.room.step[:]
}

// length resolves a term at a position.
func (r *run) length(t *pack.Term, row *Row, pos int) (d day.Duration, note string, ok bool) {
	o := row.this
	o.pos = pos
	switch {
	case t.Field != nil:
		env := r.env(&o, row.key)
		v, ok := t.Field.Eval(env)
		if ok && v.Num >= 0 && v.Num <= 100000 {
			return day.Duration{N: int(v.Num), Unit: t.Unit}, "as " + t.Words + " says", true
		}
		if t.Else != nil {
			return r.length(t.Else, row, pos)
		}
		return d, "", false
	case t.Choose != nil:
		sub, ok := r.choice(t, row, pos)
		if !ok {
			return d, "", false
		}
		return r.length(sub, row, pos)
	case t.Policy != "":
		pol := r.c.PolicyAt(t.Policy, row.Opened)
		if pol == nil || pol.Duration == nil {
			return d, "", false
		}
		note := "policy value " + t.Policy + " = " + pol.Duration.String()
		if t.Asap {
			note = "the law says as soon as practicable and gives no number; the target is the " + note
		}
		return *pol.Duration, note, true
	}
	return t.Duration, "", true
}

func (r *run) choice(t *pack.Term, row *Row, pos int) (*pack.Term, bool) {
	o := row.this
	o.pos = pos
	env := r.env(&o, row.key)
	v, ok := t.Choose.Eval(env)
	if ok {
		if sub := t.Of[words(v)]; sub != nil {
			return sub, true
		}
	}
	return t.Else, t.Else != nil
}

func words(v fact.Value) string {
	switch v.Kind {
	case fact.Bool:
		return strconv.FormatBool(v.Bool)
	case fact.Number:
		return strconv.FormatFloat(v.Num, 'g', -1, 64)
	}
	return v.Text
}

// by settles a due moment that is named, or counted back from one.
func (r *run) by(s *pack.Standard, row *Row) bool {
	var end day.Moment
	if s.By.Ends != "" {
		t, ok := r.ends(s.By.Ends, row)
		if !ok {
			return false
		}
		end = day.At(t)
	} else {
		env := r.env(&row.this, row.key)
		v, ok := s.By.At.Eval(env)
		if !ok {
			row.CannotTell, row.Why, row.Due = true, "the record does not say "+s.By.At.Source+", by which it is due", day.Never
			return false
		}
		end = r.moment(v)
	}
	row.Due = end.Hi
	step := Step{Words: "by " + s.By.Words}
	if s.By.Before != nil {
		d, note, ok := r.length(s.By.Before, row, row.pos)
		if !ok {
			row.CannotTell, row.Why, row.Due = true, "the record does not say "+s.By.Before.Words, day.Never
			return false
		}
		row.Due = r.c.Cal.Back(end.Lo, d)
		step = Step{Words: "counted back " + d.String() + " " + note}
	}
	if row.Due < row.Opened {
		row.Due = row.Opened
		step.Words += "; that was already past when the duty opened, so it was due at once"
	}
	row.Counted = append(row.Counted, step)
	return true
}

// reckon carries the due moment through what changes it while it has not
// passed: a new date, a pause, another choice. A change recorded after due does nothing.
func (r *run) reckon(s *pack.Standard, row *Row) {
	term := s.Within
	chooses := term != nil && term.Choose != nil
	if s.Moved == nil && s.Paused == nil && !chooses {
		return
	}
	met, over, _ := r.discharge(s, row) // what is met is over: nothing moves it any more
	var stopped day.Instant
	if s.Paused != nil && r.running(s, row) {
		row.Paused, stopped = true, max(row.Clock, row.Opened)
		row.Counted = append(row.Counted, Step{Words: "the clock was stopped when the duty opened"})
	}
	for p := row.pos + 1; p < len(r.c.Ev); p++ {
		ev := r.c.Ev[p]
		if over && (ev.At.Lo > met.by || ev.At.Lo == met.by && p >= met.pos) {
			break
		}
		if !row.Paused && (ev.At.Lo > row.Due || !recordedBy(ev, row.Due)) {
			if ev.At.Lo > row.Due {
				break
			}
			if s.Moved != nil && r.picks(&s.Moved.Selector, row, p) {
				row.Notes = append(row.Notes, "a new date ("+ev.ID+") was recorded after it was due, and is refused")
			}
			continue
		}
		switch {
		case s.Paused != nil && !row.Paused && r.picks(&s.Paused.From, row, p):
			row.Paused, stopped = true, ev.At.Lo
			row.Counted = append(row.Counted, Step{Words: "the clock was stopped by " + ev.ID})
		case s.Paused != nil && row.Paused && r.picks(&s.Paused.Until, row, p):
			row.Paused = false
			unit := day.Duration{Unit: day.Day}
			if term != nil {
				unit, _, _ = r.length(term, row, p)
			}
			row.Due = r.c.Cal.Resume(row.Due, stopped, ev.At.Lo, unit)
			row.Counted = append(row.Counted, Step{Words: "the clock ran on from " + ev.ID + ", and due moved by the length of the pause"})
		case s.Moved != nil && r.picks(&s.Moved.Selector, row, p):
			env := r.env(&row.this, row.key)
			env.That = ev
			if v, ok := s.Moved.To.Eval(env); ok {
				row.Due = r.moment(v).Hi
				row.Counted = append(row.Counted, Step{Words: "moved by " + ev.ID})
			}
		}
		if chooses {
			last, _ := r.choice(term, row, p-1)
			if next, ok := r.choice(term, row, p); ok && next != last {
				if d, note, ok := r.length(next, row, p); ok {
					r.count(row, row.Clock, d, fmt.Sprintf("chosen again at %s %s", ev.ID, note))
					row.Due = max(row.Due, r.c.Cal.End(r.c.Cal.DateOf(ev.At.Lo)))
				}
			}
		}
	}
}

// running tells whether a pause was running when the row opened.
func (r *run) running(s *pack.Standard, row *Row) bool {
	for p := row.pos; p >= 0; p-- {
		switch {
		case r.picks(&s.Paused.Until, row, p):
			return false
		case r.picks(&s.Paused.From, row, p):
			return true
		}
	}
	return false
}

// picks tells whether event p is what a selector looks for, for the row's key.
func (r *run) picks(sel *pack.Selector, row *Row, p int) bool {
	ev := r.c.Ev[p]
	hit := false
	for _, k := range sel.Kinds {
		hit = hit || k == ev.Kind.No
	}
	if !hit || !r.c.Touches(p, row.key) || sel.Substantive && !r.substantive(p) {
		return false
	}
	if sel.Where == nil {
		return true
	}
	env := r.env(&row.this, row.key)
	env.That = ev
	return sel.Where.Eval(env) == day.Yes
}
