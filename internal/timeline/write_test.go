package timeline

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"candour/internal/day"
	"candour/internal/fact"
	"pgregory.net/rapid"
)

type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

func same(t failer, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("got  %+v\nwant %+v", got, want)
	}
}

// bare takes away what is not kept: where things stood, and the zone's own caches.
func bare(f *File) *File {
	f.Zone = nil
	for _, c := range f.Cases {
		c.Line = 0
		for _, p := range c.Parties {
			p.Line = 0
		}
		for _, x := range c.Facts {
			x.Line = 0
		}
	}
	for _, p := range f.World.Policies {
		p.Line = 0
	}
	if f.Test != nil {
		f.Test.Line = 0
	}
	for i := range f.Expects {
		f.Expects[i].Line = 0
	}
	return f
}

// roundTrip writes, reads, compares and writes again, and gives what was written.
func roundTrip(t failer, f *File) string {
	t.Helper()
	var one, two bytes.Buffer
	if err := Write(&one, f); err != nil {
		t.Fatalf("%v", err)
	}
	g, err := Read(bytes.NewReader(one.Bytes()), "written")
	if err != nil {
		t.Fatalf("what was written cannot be read: %v\n%s", err, one.String())
	}
	if err := Write(&two, g); err != nil {
		t.Fatalf("%v", err)
	}
	if one.String() != two.String() {
		t.Fatalf("written twice, it differs:\n%s\n%s", one.String(), two.String())
	}
	same(t, bare(g), bare(f))
	return one.String()
}

func TestWhatIsWrittenIsReadBackTheSame(t *testing.T) {
	paths, err := filepath.Glob("../../packs/*/examples/*.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(paths, "testdata/example.jsonl") {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		roundTrip(t, mustRead(t, string(data)))
	}
}

func TestTheSettledForm(t *testing.T) {
	got := roundTrip(t, mustRead(t, `{"candour":"timeline/1","body":"b"}
{"person":"z"}
{"person":"a","posts":[{"role":"r","reports_to":"z","from":"2012-06-18","to":"2012-06-18 10:00:00.5"}]}
{"case":"c","kind":"k","given":{"z":"<&>","a":1e3,"n":1e30}}
{"as_at":"2012-06-18","under":["s"]}
{"fact":"f","case":"c","kind":"k","at":"1974-06/1974-08","about":["c"],"recorded":"2012-10-28T01:30:00Z","signed":[{"by":"a","at":"2012-06-18"}]}
{"expect":"s","key":"c","opened":"2012-10-28T00:30:00Z","lifted":{}}`))
	want := `{"candour":"timeline/1","zone":"Europe/London","body":"b"}
{"person":"z"}
{"person":"a","posts":[{"role":"r","reports_to":"z","from":"2012-06-18","to":"2012-06-18 10:00:00.5"}]}
{"case":"c","kind":"k","given":{"z":"<&>","a":1000,"n":1e+30}}
{"fact":"f","case":"c","kind":"k","at":"1974-06/1974-08","about":"c","recorded":"2012-10-28T01:30:00Z","seq":6,"signed":[{"by":"a","at":"2012-06-18 23:59:59.999999999"}]}
{"as_at":"2012-06-18","under":["s"]}
{"expect":"s","key":"c","opened":"2012-10-28T01:30:00+01:00","lifted":true}
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestWriteRefusesWhatCannotBeSaid(t *testing.T) {
	base := func() *File {
		f := &File{World: fact.NewWorld("b"), Cases: []*fact.Case{{ID: "c", Kind: "k", Facts: []*fact.Fact{{ID: "f", Case: "c", Kind: "k"}}}}}
		return f
	}
	for name, spoil := range map[string]func(*File){
		"no body":         func(f *File) { f.World = fact.NewWorld("") },
		"no world":        func(f *File) { f.World = nil },
		"unknown zone":    func(f *File) { f.ZoneName = "Mars" },
		"local zone":      func(f *File) { f.ZoneName = "Local" },
		"recorded apart":  func(f *File) { f.Cases[0].Facts[0].Recorded = 7 },
		"recorded never":  func(f *File) { x := f.Cases[0].Facts[0]; x.RecordedStated, x.Recorded = true, day.Never },
		"recorded unsaid": func(f *File) { f.RecordedRequired = true },
		"year 1700":       func(f *File) { x := f.Cases[0].Facts[0]; x.At = day.At(-8e18); x.Recorded = -8e18 },
		"not a number": func(f *File) {
			f.Cases[0].Given = []fact.Field{{Name: "x", Value: fact.Value{Kind: fact.Number, Num: math.NaN()}}}
		},
		"absent":           func(f *File) { f.Cases[0].Given = []fact.Field{{Name: "x"}} },
		"not UTF-8":        func(f *File) { f.Cases[0].Kind = "\xff" },
		"not UTF-8 within": func(f *File) { f.Cases[0].Facts[0].About = []string{"a", "\xff"} },
		"ring of units": func(f *File) {
			f.World.Units["u"], f.World.Units["v"] = &fact.Unit{ID: "u", Parent: "v"}, &fact.Unit{ID: "v", Parent: "u"}
		},
		"when known is unsaid": func(f *File) {
			f.World.Sources = []*fact.Source{{ID: "s", Of: "b", Marks: []fact.Mark{{At: always, To: 1}, {At: 1, To: 2}}}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := base()
			if err := Write(&bytes.Buffer{}, f); err != nil {
				t.Fatal(err)
			}
			spoil(f)
			if err := Write(&bytes.Buffer{}, f); err == nil {
				t.Error("accepted")
			}
		})
	}
}

func TestWriteTellsThatItCouldNot(t *testing.T) {
	f := mustRead(t, header+strings.Repeat("#\n", 3)+`{"case":"c","kind":"k"}`)
	if err := Write(full{}, f); err == nil {
		t.Error("a full disk went unnoticed")
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, os.ErrClosed }

func TestWhateverIsWrittenIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { roundTrip(t, drawFile(t)) })
}

var zones = []string{"Europe/London", "UTC", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Monrovia"}

// drawer makes files that the format can say.
type drawer struct {
	t       *rapid.T
	f       *File
	persons []string
}

func drawFile(t *rapid.T) *File {
	d := &drawer{t: t, f: &File{ZoneName: rapid.SampledFrom(zones).Draw(t, "zone"), World: fact.NewWorld("own"), Pack: d0(t), RecordedRequired: rapid.Bool().Draw(t, "required")}}
	d.f.Zone, _ = loadZone(d.f.ZoneName)
	d.world()
	for i := range rapid.IntRange(0, 3).Draw(t, "cases") {
		d.kase(fmt.Sprintf("c%d", i))
	}
	d.test()
	return d.f
}

func d0(t *rapid.T) string {
	s := rapid.String().Draw(t, "words")
	return strings.ReplaceAll(s, "\x00", "")
}

func (d *drawer) words() string { return d0(d.t) }
func (d *drawer) id() string    { return "i" + d0(d.t) }
func (d *drawer) n(most int) int {
	return rapid.IntRange(0, most).Draw(d.t, "n")
}

func some[V any](d *drawer, draw func() V) []V {
	var out []V
	for range d.n(3) {
		out = append(out, draw())
	}
	return out
}

func oneOf[V any](d *drawer, v ...V) V { return rapid.SampledFrom(v).Draw(d.t, "of") }

// instant is now and then on the second, at the start or the end of a day.
func (d *drawer) instant() day.Instant {
	t := day.Instant(rapid.Int64Range(int64(earliest)+2*86400e9, int64(latest)-4*86400e9).Draw(d.t, "instant"))
	c := day.NewCalendar("", d.f.Zone, nil, nil, 0, 0)
	return oneOf(d, t, t.Second(), c.Start(c.DateOf(t)), c.End(c.DateOf(t)))
}

func (d *drawer) moment() day.Moment {
	a, b := d.instant(), d.instant()
	c := day.NewCalendar("", d.f.Zone, nil, nil, 0, 0)
	a, b = min(a, b), max(a, b)
	return oneOf(d, day.At(a), day.Moment{Lo: a, Hi: b}, c.Day(c.DateOf(a)), day.Moment{Lo: c.Start(c.DateOf(a)), Hi: c.End(c.DateOf(b)), Whole: true})
}

func (d *drawer) maybe() *day.Moment {
	if d.n(1) == 0 {
		return nil
	}
	m := d.moment()
	return &m
}

func (d *drawer) span() (from, to day.Instant) {
	a, b := d.instant(), d.instant()
	return min(a, b), oneOf(d, max(a, b), day.Never)
}

func (d *drawer) duration() *day.Duration {
	return oneOf(d, nil, &day.Duration{N: d.n(90), Unit: oneOf(d, day.Minute, day.Day, day.Month, day.WorkingDay)}, &day.Duration{N: 1, Unit: day.EndOfDay})
}

func (d *drawer) world() {
	w := d.f.World
	for i := range d.n(3) {
		b := &fact.Body{ID: fmt.Sprintf("b%d", i), Kind: d.id()}
		b.Channels = some(d, func() fact.Channel {
			from, to := d.span()
			return fact.Channel{From: from, To: to, How: d.words()}
		})
		w.Bodies[b.ID] = b
	}
	unit := ""
	for range d.n(4) {
		u := &fact.Unit{ID: d.id(), Body: "own", Parent: unit}
		if w.Units[u.ID] == nil {
			w.Units[u.ID], unit = u, u.ID
		}
	}
	above := ""
	for range d.n(4) {
		p := &fact.Person{ID: d.id(), Body: oneOf(d, "", "own")}
		if w.Persons[p.ID] != nil {
			continue
		}
		p.Posts = some(d, func() fact.Post {
			from, to := d.span()
			return fact.Post{Role: d.words(), Rank: d.words(), Unit: unit, ReportsTo: above, From: oneOf(d, from, always), To: to}
		})
		p.Kin = some(d, func() fact.Kin { return fact.Kin{To: d.id(), As: d.id()} })
		w.Persons[p.ID], above = p, p.ID
		d.persons = append(d.persons, p.ID)
	}
	for i := range d.n(3) {
		s := &fact.Source{ID: fmt.Sprintf("s%d", i), Of: "own", SilentAfter: d.duration(), Grace: d.duration()}
		s.Marks = some(d, func() fact.Mark { return fact.Mark{At: d.instant(), To: d.instant()} })
		if len(s.Marks) == 1 {
			s.Marks[0].At = oneOf(d, always, s.Marks[0].At)
		}
		w.Sources = append(w.Sources, s)
	}
	w.Policies = some(d, func() *fact.Policy {
		p := &fact.Policy{Name: d.id(), Duration: d.duration(), From: d.instant(), By: d.words(), Body: oneOf(d, "", "own")}
		if p.Duration == nil {
			p.Number = rapid.Float64().Draw(d.t, "number")
		}
		return p
	})
}

func (d *drawer) scalar() fact.Value {
	return oneOf(d, fact.Value{Kind: fact.Text, Text: d.words()}, fact.Value{Kind: fact.Bool, Bool: d.n(1) == 1},
		fact.Value{Kind: fact.Number, Num: rapid.Float64().Draw(d.t, "number")}, fact.Value{Kind: fact.Number, Num: float64(rapid.Int64().Draw(d.t, "whole"))})
}

func (d *drawer) fields() []fact.Field {
	var out []fact.Field
	for i := range d.n(3) {
		f := fact.Field{Name: fmt.Sprint(d.words(), i), Value: d.scalar()}
		if d.n(3) == 0 {
			f.Value = fact.Value{Kind: fact.List, List: append([]fact.Value{}, some(d, d.scalar)...)}
		}
		out = append(out, f)
	}
	return out
}

func (d *drawer) kase(id string) {
	c := &fact.Case{ID: id, Kind: d.id(), Regime: d.words(), Group: d.words(), Given: d.fields()}
	if c.Regime != "" {
		c.RegimeWhy = d.words()
	}
	for i := range d.n(3) {
		c.Parties = append(c.Parties, &fact.Party{ID: fmt.Sprint("p", i), Case: id, Role: d.id(), Person: d.words(), Given: d.fields()})
	}
	for i := range d.n(4) {
		c.Facts = append(c.Facts, d.fact(c, fmt.Sprint(id, "f", i)))
	}
	d.f.Cases = append(d.f.Cases, c)
}

func (d *drawer) fact(c *fact.Case, id string) *fact.Fact {
	f := &fact.Fact{ID: id, Case: c.ID, Kind: d.id(), At: d.moment(), About: some(d, d.id), For: oneOf(d, "", "own"), Fields: d.fields(), Seq: oneOf(d, int64(d.n(40)), rapid.Int64().Draw(d.t, "seq")),
		Supersedes: d.words(), Answers: some(d, d.id), Confirms: some(d, d.id)}
	f.Recorded = f.At.Hi
	if d.f.RecordedRequired || d.n(1) == 1 {
		f.Recorded, f.RecordedStated = d.instant(), true
	}
	f.Sealed = oneOf(d, 0, d.instant())
	if len(d.f.World.Sources) > 0 {
		f.Source = oneOf(d, "", d.f.World.Sources[0].ID)
	}
	if len(d.persons) > 0 {
		f.By = oneOf(d, d.persons...)
		f.Signed = some(d, func() fact.Signature { return fact.Signature{By: oneOf(d, d.persons...), At: d.instant()} })
	}
	f.Docs = some(d, func() fact.Document {
		return fact.Document{Type: d.id(), Name: d.words(), SHA256: oneOf(d, "", strings.Repeat("a1", 32))}
	})
	if d.n(2) == 0 {
		f.Via = &fact.Via{Body: "own", How: oneOf(d, hows...), Ref: d.words()}
		if len(c.Parties) > 0 && d.n(1) == 1 {
			f.Via.Body, f.Via.Person = "", c.Parties[0].ID
		}
		if m := d.maybe(); m != nil {
			f.Via.ChannelRecorded = *m
		}
	}
	return f
}

func (d *drawer) test() {
	if d.n(1) == 0 {
		return
	}
	d.f.Test = &Test{AsAt: d.instant(), Under: append([]string{"s"}, some(d, d.id)...)}
	if m := d.maybe(); m != nil {
		d.f.Test.KnownAt = &m.Hi
	}
	d.f.Expects = some(d, func() Expect {
		yes := d.n(1) == 1
		e := Expect{Standard: "s", Key: d.id(), Opened: d.moment(), Clock: d.maybe(), Due: d.maybe(), Raised: d.maybe(), Closed: d.maybe(),
			Proof: d.words(), Finding: d.words(), Late: oneOf(d, nil, &yes), CannotTell: yes, Waiting: !yes, Lifted: d.n(1) == 1}
		if e.Lifted {
			e.LiftedWhy = d.words()
		}
		return e
	})
}

// FuzzRoundTrip holds what was read against what is read after writing it;
// FuzzRead only holds the two writings against each other.
func FuzzRoundTrip(f *testing.F) {
	paths, err := filepath.Glob("../../packs/*/examples/*.jsonl")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range append(paths, "testdata/example.jsonl") {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(header + `{"case":"c","kind":"k","given":{"a":-0,"":1e22,"b":[]}}` + "\n" + `{"fact":"f","case":"c","kind":"k","at":"1850-01-01T00:00:00+14:00/2199-12-31T23:00:00-12:00"}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		file, err := Read(bytes.NewReader(in), "in")
		if err == nil {
			roundTrip(t, file)
		}
	})
}
