package obligation_test

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"candour/internal/day"
	"candour/internal/fact"
	"candour/internal/obligation"
	"candour/internal/pack"
	"candour/internal/state"
	"candour/packs"
)

var law = func() *pack.Pack {
	sub, err := fs.Sub(packs.FS, "ew-investigation")
	if err != nil {
		panic(err)
	}
	p, err := pack.Load(sub, "ew-investigation")
	if err != nil {
		panic(err)
	}
	return p
}()

const hour = day.Instant(time.Hour)

// drawn is a random case of the law's own kinds: plausible or not, the engine
// must be consistent about it.
func drawn(t *rapid.T) (*fact.Case, *fact.World) {
	w := fact.NewWorld("force")
	w.Bodies["cps"] = &fact.Body{ID: "cps", Kind: "cps", Channels: []fact.Channel{{To: day.Never}}}
	w.Bodies["csc"] = &fact.Body{ID: "csc", Kind: "csc"}
	for i, rank := range []string{"constable", "sergeant", "inspector"} {
		id := fmt.Sprint("p", i)
		w.Persons[id] = &fact.Person{ID: id, Posts: []fact.Post{{Role: "oic", Rank: rank, Unit: fmt.Sprint("u", i%2), From: 0, To: day.Never}}}
	}
	c := &fact.Case{ID: "c", Kind: "investigation", Group: "child-rape", Given: []fact.Field{{Name: "oic", Value: fact.Value{Kind: fact.Text, Text: "p0"}}}}
	num := fact.Value{Kind: fact.Number, Num: 12}
	c.Parties = []*fact.Party{{ID: "v", Case: "c", Role: "victim", Given: []fact.Field{{Name: "age", Value: num}}},
		{ID: "s", Case: "c", Role: "suspect", Given: []fact.Field{{Name: "age", Value: num}}}, {ID: "l", Case: "c", Role: "lead"}}
	kinds := []string{"report.received", "crime.recorded", "risk.assessed", "suspect.named", "review.supervisor", "review.inspector", "victim.told",
		"crime.finalised", "reopen.decision", "lead.disclosed", "lead.closed", "cps.referral_claimed", "cps.receipt", "suspect.interviewed", "disposal.given",
		"victim.contact_agreed", "statement.taken", "cps.no_record", "contradiction.answered", "integrity.decision", "decision"}
	start := day.FromTime(time.Date(2013, 11, 20, 9, 0, 0, 0, time.UTC))
	for i := range rapid.IntRange(1, 25).Draw(t, "facts") {
		k := law.Kind(rapid.SampledFrom(kinds).Draw(t, "kind"))
		f := &fact.Fact{ID: fmt.Sprint("f", i), Case: "c", Kind: k.ID, Seq: int64(i), By: fmt.Sprint("p", rapid.IntRange(0, 2).Draw(t, "by"))}
		at := start + day.Instant(rapid.IntRange(0, 60*24).Draw(t, "hour"))*hour
		f.At = day.At(at)
		if rapid.IntRange(0, 9).Draw(t, "whole") == 0 {
			f.At = law.Calendar.Day(law.Calendar.DateOf(at))
		}
		f.Recorded = f.At.Hi
		if rapid.IntRange(0, 3).Draw(t, "late") == 0 {
			f.Recorded, f.RecordedStated = f.At.Hi+day.Instant(rapid.IntRange(0, 20*24).Draw(t, "lag"))*hour, true
		}
		for _, p := range c.Parties {
			if slices.Contains(k.About, p.Role) {
				f.About = append(f.About, p.ID)
			}
		}
		f.Fields = fields(t, k, i)
		marks(t, f)
		c.Facts = append(c.Facts, f)
	}
	return c, w
}

func fields(t *rapid.T, k *pack.Kind, i int) []fact.Field {
	var out []fact.Field
	for _, fd := range k.Fields {
		if !fd.Required && rapid.Bool().Draw(t, "absent "+fd.Name) {
			continue
		}
		v := fact.Value{Kind: fd.Type.Kind}
		switch {
		case fd.Name == "event_ref":
			v = fact.Value{Kind: fact.Text, Text: fmt.Sprint("f", rapid.IntRange(0, max(0, i-1)).Draw(t, "ref"))}
		case fd.Name == "person":
			v.Text = "p0"
		case fd.Name == "standard":
			v.Text = "lead-followup"
		case fd.Type.List || fd.Words == "party" || fd.Words == "person":
			continue
		case len(fd.Values) > 0:
			v.Text = rapid.SampledFrom(fd.Values).Draw(t, fd.Name)
		case fd.Type.Kind == fact.Bool:
			v.Bool = rapid.Bool().Draw(t, fd.Name)
		case fd.Type.Kind == fact.Number:
			v.Num = float64(rapid.IntRange(0, 30).Draw(t, fd.Name))
		case fd.Type.Kind == fact.Text:
			v.Text = "x"
		default:
			continue
		}
		out = append(out, fact.Field{Name: fd.Name, Value: v})
	}
	return out
}

func marks(t *rapid.T, f *fact.Fact) {
	if rapid.Bool().Draw(t, "signed") {
		f.Signed = []fact.Signature{{By: fmt.Sprint("p", rapid.IntRange(0, 2).Draw(t, "signer")), At: f.Recorded + day.Instant(rapid.IntRange(0, 72).Draw(t, "sign lag"))*hour}}
	}
	if rapid.Bool().Draw(t, "doc") {
		f.Docs = []fact.Document{{Type: "x", Name: "x"}}
	}
	if rapid.IntRange(0, 2).Draw(t, "via") == 0 {
		f.Via = &fact.Via{Body: rapid.SampledFrom([]string{"cps", "csc"}).Draw(t, "body"), How: rapid.SampledFrom([]string{"system", "callback"}).Draw(t, "how")}
	}
}

// judged is a case under all standards of the law.
func judged(t interface{ Fatal(...any) }, c *fact.Case, w *fact.World, m state.Moments) *obligation.Result {
	in, err := state.Prepare(c, w, law, law.Calendar.Zone())
	if err != nil {
		t.Fatal(err)
	}
	k, err := in.At(m)
	if err != nil {
		t.Fatal(err)
	}
	return obligation.Run(k, nil)
}

// told is everything a row says, as one line.
func told(t interface{ Fatal(...any) }, c *fact.Case, w *fact.World, m state.Moments) []string {
	var out []string
	for _, r := range judged(t, c, w, m).Rows {
		s := fmt.Sprint(r.Standard.ID, r.Standard.Version, " ", r.Key, " ", r.Opened, " ", r.Clock, " ", r.Due, " ", r.State(), " ", r.Why)
		if r.Done != nil && r.Done.Event != nil {
			s += fmt.Sprint(" done ", r.Done.Event.ID, r.Done.Proved)
		}
		if r.Finding != nil {
			f := *r.Finding
			f.Offending = nil
			s += fmt.Sprintf(" %+v", f)
		}
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}

func moment(t *rapid.T, name string) day.Instant {
	return day.FromTime(time.Date(2013, 11, 20, 9, 0, 0, 0, time.UTC)) + day.Instant(rapid.IntRange(0, 100*24).Draw(t, name))*hour
}

// TestArrivalOrderNeverMatters: the same facts in any order of lines give the same answer.
func TestArrivalOrderNeverMatters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, w := drawn(t)
		at := moment(t, "as at")
		want := told(t, c, w, state.Moments{AsAt: at, KnownAt: at})
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		rng.Shuffle(len(c.Facts), func(i, j int) { c.Facts[i], c.Facts[j] = c.Facts[j], c.Facts[i] })
		if got := told(t, c, w, state.Moments{AsAt: at, KnownAt: at}); !slices.Equal(got, want) {
			t.Fatalf("shuffled differs:\n%v\n%v", got, want)
		}
	})
}

// TestAsAtIsAShorterRead: as at T is the same on the facts up to T.
func TestAsAtIsAShorterRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, w := drawn(t)
		at := moment(t, "as at")
		m := state.Moments{AsAt: at, KnownAt: at}
		want := told(t, c, w, m)
		short := *c
		short.Facts = slices.DeleteFunc(slices.Clone(c.Facts), func(f *fact.Fact) bool { return f.At.Lo > at })
		if got := told(t, &short, w, m); !slices.Equal(got, want) {
			t.Fatalf("the shorter read differs:\n%v\n%v", got, want)
		}
	})
}

// TestKnownAtNeverLooksAhead: what was recorded or signed after the known-at
// moment changes nothing.
func TestKnownAtNeverLooksAhead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, w := drawn(t)
		at, known := moment(t, "as at"), moment(t, "known at")
		m := state.Moments{AsAt: at, KnownAt: known}
		want := told(t, c, w, m)
		short := *c
		short.Facts = nil
		for _, f := range c.Facts {
			if f.Recorded > known {
				continue
			}
			g := *f
			g.Signed = slices.DeleteFunc(slices.Clone(f.Signed), func(s fact.Signature) bool { return s.At > known })
			short.Facts = append(short.Facts, &g)
		}
		if got := told(t, &short, w, m); !slices.Equal(got, want) {
			t.Fatalf("it looked ahead:\n%v\n%v", got, want)
		}
	})
}

// TestNothingIsRaisedBeforeItsTime: no finding is raised after the moment asked
// for by more than the second that separates it from due, and none is closed
// before it is raised.
func TestNothingIsRaisedBeforeItsTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, w := drawn(t)
		at := moment(t, "as at")
		res := judged(t, c, w, state.Moments{AsAt: at, KnownAt: at})
		for _, r := range res.Rows {
			f := r.Finding
			if f == nil {
				continue
			}
			if f.Raised > at+day.Instant(time.Second) || f.Closed != 0 && f.Closed < f.Raised || r.Lifted != nil || r.CannotTell || r.Waiting != "" {
				t.Fatalf("%s: %+v as at %v", r.Standard.ID, f, at)
			}
			if len(r.Explain()) < 4 {
				t.Fatalf("%s explains nothing", r.Standard.ID)
			}
		}
		if res.Next <= at {
			t.Fatalf("the next change %v is not after %v", res.Next, at)
		}
	})
}

// TestNothingChangesUnlookedAt: until the moment at which a case is next to be looked at,
// what was found of it stays as it is.
func TestNothingChangesUnlookedAt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, w := drawn(t)
		if rapid.Bool().Draw(t, "feed") {
			grace := day.Duration{N: rapid.IntRange(1, 9).Draw(t, "grace"), Unit: day.Day}
			w.Sources = []*fact.Source{{ID: "s", Of: rapid.SampledFrom([]string{"force", "cps"}).Draw(t, "of"), Grace: &grace, Marks: []fact.Mark{{At: 0, To: moment(t, "complete to")}, {At: moment(t, "told"), To: moment(t, "then complete to")}}}}
		}
		at := moment(t, "as at")
		next := min(judged(t, c, w, state.Moments{AsAt: at, KnownAt: at}).Next, at+day.Instant(400*24)*hour)
		then := at + day.Instant(rapid.Int64Range(0, int64(next-at)-1).Draw(t, "then"))
		if got, want := found(t, c, w, then), found(t, c, w, at); !slices.Equal(got, want) {
			t.Fatalf("between %v and %v:\n%v\n%v", at, next, want, got)
		}
	})
}

// found is every finding raised by a moment, as at that moment.
func found(t interface{ Fatal(...any) }, c *fact.Case, w *fact.World, at day.Instant) []string {
	var out []string
	for _, r := range judged(t, c, w, state.Moments{AsAt: at, KnownAt: at}).Rows {
		if f := r.Finding; f != nil && f.Raised <= at {
			closed := f.Closed
			if closed > at {
				closed = 0
			}
			out = append(out, fmt.Sprint(r.Standard.ID, r.Standard.Version, " ", r.Key, " ", f.Kind, " opened ", r.Opened, " due ", r.Due, " raised ", f.Raised, " closed ", closed))
		}
	}
	slices.Sort(out)
	return out
}
