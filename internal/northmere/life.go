package northmere

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"candour/internal/day"
	"candour/internal/fact"
)

// life is one case being lived: what happens, who does it and when it is written
// down. Facts are added in any order and put in order at the end.
type life struct {
	*staff
	r    *rand.Rand
	c    *fact.Case
	p    profile
	h    habits
	team *team
	seat int // of the chair in its team; also which sergeant is first choice
	oic  *chair

	reported, recorded, allocated, named, released day.Instant
	complete, decided, closed                      day.Instant // zero while it has not come to that
	tell, reassess                                 []*fact.Fact
	grades                                         []grading
	refs                                           map[*fact.Fact][]*fact.Fact // a contact and the events it told of
	serial                                         map[byte]int
	plant                                          *Plant
}

// grading is a grade of risk and since when it stands.
type grading struct {
	from  day.Instant
	grade string
}

// end is when the case closes, or the record does.
func (l *life) end() day.Instant {
	if l.closed != 0 {
		return l.closed
	}
	return l.cal.End(recordEnds)
}

// entry is a fact being written; its methods add to it.
type entry struct {
	*fact.Fact
	l *life
}

// add writes a fact. It is recorded some minutes after it happened.
func (l *life) add(kind string, at day.Instant, by string, about ...string) entry {
	at = l.cal.plain(at)
	f := &fact.Fact{Case: l.c.ID, Kind: kind, At: day.At(at), By: by, About: about, RecordedStated: true}
	f.Recorded = l.cal.plain(at + l.minutes(2, 40))
	l.c.Facts = append(l.c.Facts, f)
	return entry{f, l}
}

func (e entry) set(name string, v fact.Value) entry {
	e.Fields = append(e.Fields, fact.Field{Name: name, Value: v})
	return e
}

func (e entry) text(name, s string) entry {
	return e.set(name, fact.Value{Kind: fact.Text, Text: s})
}
func (e entry) num(name string, n int) entry {
	return e.set(name, fact.Value{Kind: fact.Number, Num: float64(n)})
}
func (e entry) yes(name string, b bool) entry {
	return e.set(name, fact.Value{Kind: fact.Bool, Bool: b})
}

func (e entry) list(name string, items ...string) entry {
	v := fact.Value{Kind: fact.List, List: []fact.Value{}}
	for _, s := range items {
		v.List = append(v.List, fact.Value{Kind: fact.Text, Text: s})
	}
	return e.set(name, v)
}

func (e entry) doc(kind, name string) entry {
	e.Docs = append(e.Docs, fact.Document{Type: kind, Name: name})
	return e
}

// signed has the person's superior sign, some minutes after it was recorded.
func (e entry) signed() entry {
	return e.signedBy(e.l.above(e.By, e.l.team, e.l.seat, e.At.Hi))
}

func (e entry) signedBy(id string) entry {
	e.Signed = append(e.Signed, fact.Signature{By: id, At: e.l.cal.plain(e.Recorded + e.l.minutes(3, 50))})
	return e
}

// written sets when the fact was entered.
func (e entry) written(t day.Instant) entry {
	e.Recorded = e.l.cal.plain(max(t, e.At.Hi))
	return e
}

// from says that the fact came from an outside body, by its own channel.
func (e entry) from(body string) entry {
	how := "system"
	if len(e.l.world.Bodies[body].Channels) == 0 {
		how = "callback"
	}
	e.Via = &fact.Via{Body: body, How: how, Ref: e.l.ref(body)}
	e.Recorded = e.At.Hi
	return e
}

// answered says that the person, or the adult who speaks for them, answered by
// the channel put on record with the report.
func (e entry) answered(who string) entry {
	at := day.At(e.l.cal.plain(e.l.reported + 15*minute))
	e.Via = &fact.Via{Person: who, How: "answer", ChannelRecorded: at}
	return e
}

// ref is a reference of an outside body: no two are alike within a case.
func (l *life) ref(body string) string {
	l.serial['#']++
	return fmt.Sprintf("%c-%s-%02d", body[0]-'a'+'A', l.c.ID[2:], l.serial['#'])
}

// party adds a party of a role and returns its id: v1, v2, s1, l1.
func (l *life) party(role string, given ...fact.Field) string {
	letter := role[0]
	if role == "statement" || role == "exhibit" {
		letter = role[1]
	}
	l.serial[letter]++
	id := fmt.Sprintf("%c%d", letter, l.serial[letter])
	l.c.Parties = append(l.c.Parties, &fact.Party{ID: id, Case: l.c.ID, Role: role, Given: given})
	return id
}

// parties are the ids of a role.
func (l *life) parties(role string) []string {
	var ids []string
	for _, p := range l.c.Parties {
		if p.Role == role {
			ids = append(ids, p.ID)
		}
	}
	return ids
}

func (l *life) victims() []string { return l.parties("victim") }

// officer is who acts for the officer in the case at t: a colleague during leave.
func (l *life) officer(t day.Instant) string {
	if id := l.oic.holder(t); !l.away(id, t) {
		return id
	}
	for i := 1; i < len(l.team.chairs); i++ {
		c := l.team.chairs[(l.seat+i)%len(l.team.chairs)]
		if id := c.holder(t); !l.away(id, t) {
			return id
		}
	}
	return l.oic.holder(t)
}

// chance is true so often in a hundred.
func (l *life) chance(percent int) bool { return l.r.IntN(100) < percent }

func (l *life) between(lo, hi int) int { return lo + l.r.IntN(hi-lo+1) }

func (l *life) minutes(lo, hi int) day.Instant { return day.Instant(l.between(lo, hi)) * minute }

// pick draws one of the words.
func (l *life) pick(words ...string) string { return words[l.r.IntN(len(words))] }

// by is a time to act after open and well before due: soon as a rule, in working
// hours where there are any in between, else whenever someone is on duty.
func (l *life) by(open, due day.Instant) day.Instant {
	last := due - min(3*hour, (due-open)/4)
	for try := range 8 {
		lean := 2.5
		if try > 2 {
			lean = 1
		}
		t := l.inHours(open + 10*minute + day.Instant(math.Pow(l.r.Float64(), lean)*float64(last-open-10*minute)))
		if t > open && t <= last {
			return l.cal.plain(t)
		}
	}
	return l.cal.plain(open + (last-open)/5 + day.Instant(l.r.Float64()*float64(last-open)/2))
}

// within is by, with the due moment counted from open.
func (l *life) within(open day.Instant, length string) day.Instant {
	return l.by(open, l.cal.due(open, length))
}

// inHours moves a time forward into the working hours of a working day.
func (l *life) inHours(t day.Instant) day.Instant {
	d, h := l.cal.DateOf(t), l.cal.hourOf(t)
	switch {
	case l.cal.works(d) && h >= 8 && h < 18:
		return t
	case l.cal.works(d) && h < 8:
		return l.cal.at(d, 8, l.between(5, 100))
	}
	return l.cal.at(l.cal.next(d, 1), 8, l.between(5, 160))
}

// after is a time in working hours about n days after t.
func (l *life) after(t day.Instant, lo, hi int) day.Instant {
	return l.cal.plain(l.inHours(t + day.Instant(l.between(lo, hi))*oneDay + l.minutes(-200, 200)))
}

// finish puts the facts in order, names them, resolves what contacts told of, and
// drops what lies after the end of the record.
func (l *life) finish() {
	end := l.cal.End(recordEnds)
	c := l.c
	c.Facts = slices.DeleteFunc(c.Facts, func(f *fact.Fact) bool { return f.At.Hi > end || f.Recorded > end })
	slices.SortStableFunc(c.Facts, func(a, b *fact.Fact) int {
		return cmp.Or(cmp.Compare(a.At.Lo, b.At.Lo), cmp.Compare(a.Recorded, b.Recorded))
	})
	for i, f := range c.Facts {
		f.ID = fmt.Sprintf("%s-%d", c.ID, i+1)
		f.Seq = int64(i + 1)
		f.Signed = slices.DeleteFunc(f.Signed, func(s fact.Signature) bool { return s.By == "" || s.At > end })
		for k := range f.Signed {
			f.Signed[k].At = l.cal.plain(f.Signed[k].At)
		}
	}
	for _, f := range c.Facts {
		l.resolve(f)
	}
}

func (l *life) resolve(f *fact.Fact) {
	told := l.refs[f]
	if len(told) == 0 {
		return
	}
	var ids []string
	for _, e := range told {
		ids = append(ids, e.ID)
	}
	entry{f, l}.list("event_ref", ids...)
}
