package trace

import (
	"fmt"
	"math/rand/v2"
	"strconv"

	"candour/internal/day"
	"candour/internal/fact"
)

// The generated log: its kinds, grades and sizes.
const (
	Kinds  = 20
	people = 40
	hour   = int64(3600e9)
)

var grades = []string{"low", "medium", "high", "urgent"}

// KindName is the id of a generated kind.
func KindName(i int) string { return fmt.Sprintf("k%02d", i) }

// Generate makes a log of about ten events a case; the same seed gives the same log.
func Generate(seed uint64, events int) *Log {
	rng := rand.New(rand.NewPCG(seed, 20261124))
	out := &Log{Name: "generated", People: []string{""}}
	for i := range Kinds {
		out.Acts = append(out.Acts, KindName(i))
	}
	for i := range people {
		out.People = append(out.People, "p"+strconv.Itoa(i))
	}
	for n := 0; n < events; {
		c := generateCase(rng)
		n += len(c.Events)
		out.Cases = append(out.Cases, c)
	}
	return out
}

func generateCase(rng *rand.Rand) Case {
	c := Case{Amount: float64(rng.IntN(2000)), HasAmount: true}
	t := int64(day.DateOf(2020, 1, 1))*24*hour + rng.Int64N(2*365*24)*hour
	for range 5 + rng.IntN(11) {
		t += 1e9 + rng.Int64N(48*3600)*1e9 // never two at one instant
		c.Events = append(c.Events, Event{
			T: t, Act: uint8(rng.IntN(Kinds)), By: int32(1 + rng.IntN(people)), Flag: rng.IntN(4) == 0,
			Grade: grades[rng.IntN(len(grades))], Amount: float64(rng.IntN(1000)), HasAmount: rng.IntN(10) > 0,
			Due: t + (rng.Int64N(240)-24)*hour, On: int32(t/(24*hour)) - int32(rng.IntN(60)),
		})
	}
	return c
}

// Facts tells a generated log as the engine reads it.
func (l *Log) Facts() []*fact.Case {
	out := make([]*fact.Case, 0, len(l.Cases))
	for i := range l.Cases {
		id := "c" + strconv.Itoa(i)
		c := &fact.Case{ID: id, Kind: "generated", Given: []fact.Field{{Name: "amount", Value: fact.Value{Kind: fact.Number, Num: l.Cases[i].Amount}}}}
		for j := range l.Cases[i].Events {
			c.Facts = append(c.Facts, l.fact(id, j, &l.Cases[i].Events[j]))
		}
		out = append(out, c)
	}
	return out
}

func (l *Log) fact(id string, j int, e *Event) *fact.Fact {
	at := day.Instant(e.T)
	f := &fact.Fact{
		ID: id + "-" + strconv.Itoa(j), Case: id, Kind: l.Acts[e.Act], At: day.At(at), By: l.People[e.By], Recorded: at, RecordedStated: true, Seq: int64(j),
		Fields: []fact.Field{
			{Name: "urgent", Value: fact.Value{Kind: fact.Bool, Bool: e.Flag}},
			{Name: "grade", Value: fact.Value{Kind: fact.Text, Text: e.Grade}},
			{Name: "on", Value: fact.Value{Kind: fact.Date, Day: day.Date(e.On)}},
			{Name: "due", Value: fact.MomentOf(day.At(day.Instant(e.Due)))},
		},
	}
	if e.HasAmount {
		f.Fields = append(f.Fields, fact.Field{Name: "amount", Value: fact.Value{Kind: fact.Number, Num: e.Amount}})
	}
	return f
}
