package northmere

import (
	"bytes"
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"candour/internal/day"
	"candour/internal/fact"
	"candour/internal/timeline"
)

// whole is the force that most tests look at; none of them changes it.
var whole = sync.OnceValue(func() *Force { return Generate(1, 600) })

func TestFiveHundredAndFortyFiveOfSixHundredAreSound(t *testing.T) {
	f := whole()
	if n := len(f.File.Cases); n != 600 {
		t.Errorf("got %d cases, want 600", n)
	}
	ids, count := map[string]bool{}, map[string]int{}
	for _, c := range f.File.Cases {
		ids[c.ID] = true
	}
	for _, p := range f.Planted {
		count[p.Behaviour]++
		if !ids[p.Case] || len(p.Raises) == 0 {
			t.Errorf("%s (%s): no such case, or nothing raised", p.Case, p.Behaviour)
		}
	}
	if len(ids) != 600 || len(f.Planted) != 55 {
		t.Errorf("got %d different references and %d failing cases, want 600 and 55", len(ids), len(f.Planted))
	}
	if count[Founding] != 1 {
		t.Errorf("got %d founding cases, want 1", count[Founding])
	}
	for _, b := range behaviours {
		if count[b.name] != b.cases {
			t.Errorf("%s: got %d cases, want %d", b.name, count[b.name], b.cases)
		}
	}
}

func TestReportsLieInTheSpanAndNothingAfterTheRecord(t *testing.T) {
	cal := calendar{newCalendar()}
	from, to, end := cal.Start(firstReport), cal.End(lastReport), cal.End(recordEnds)
	for _, c := range whole().File.Cases {
		if f := c.Facts[0]; f.Kind != "report.received" || f.At.Lo < from || f.At.Hi > to {
			t.Errorf("%s begins with %s on %s", c.ID, f.Kind, cal.DateOf(f.At.Lo))
		}
		for _, f := range c.Facts {
			if f.At.Hi > end || f.Recorded > end || f.Recorded < f.At.Hi {
				t.Errorf("%s %s: happened %d, recorded %d", f.ID, f.Kind, f.At.Hi, f.Recorded)
			}
		}
	}
}

func TestTwoTeamsShareTheCases(t *testing.T) {
	w, count := whole().File.World, map[string]int{}
	for _, c := range whole().File.Cases {
		i := slices.IndexFunc(c.Facts, func(f *fact.Fact) bool { return f.Kind == "oic.allocated" })
		f := c.Facts[i]
		count[w.Persons[f.Get("officer").Text].PostAt(f.At.Lo).Unit]++
	}
	if len(count) != 2 || count["team-a"] < 200 || count["team-b"] < 200 {
		t.Errorf("got %v, want two teams with a good share each", count)
	}
}

func TestSameSeedSameForce(t *testing.T) {
	a, b, other := written(t, Generate(4, 60)), written(t, Generate(4, 60)), written(t, Generate(5, 60))
	if !bytes.Equal(a, b) {
		t.Error("the same seed gave two forces")
	}
	if bytes.Equal(a, other) {
		t.Error("another seed gave the same force")
	}
}

func written(t *testing.T, f *Force) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := timeline.Write(&b, f.File); err != nil {
		t.Fatal(err)
	}
	if err := WritePlanted(&b, f.Planted); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestStreamEqualsWhole(t *testing.T) {
	f := &Force{File: &timeline.File{Pack: "ew-investigation"}}
	err := Each(1, 600, func(w *fact.World, c *fact.Case, p *Plant) error {
		f.File.World = w
		f.File.Cases = append(f.File.Cases, c)
		if p != nil {
			f.Planted = append(f.Planted, *p)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(written(t, f), written(t, whole())) {
		t.Error("the stream and the whole differ")
	}
}

func TestStreamStopsAtAnError(t *testing.T) {
	stop, n := errors.New("stop"), 0
	err := Each(1, 600, func(*fact.World, *fact.Case, *Plant) error { n++; return stop })
	if !errors.Is(err, stop) || n != 1 {
		t.Errorf("got %v after %d cases, want the function's own error after one", err, n)
	}
}

func TestTimelineRoundTrip(t *testing.T) {
	var once, twice bytes.Buffer
	if err := timeline.Write(&once, whole().File); err != nil {
		t.Fatal(err)
	}
	back, err := timeline.Read(bytes.NewReader(once.Bytes()), "northmere")
	if err != nil {
		t.Fatal(err)
	}
	if err := timeline.Write(&twice, back); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(once.Bytes(), twice.Bytes()) {
		t.Error("what was read is not what was written")
	}
}

// TestEveryoneIsInPost: who recorded and who signed held a post then, and no
// second person is junior to the first.
func TestEveryoneIsInPost(t *testing.T) {
	height := map[string]int{}
	for i, r := range []string{"constable", "sergeant", "inspector", "chief-inspector", "superintendent", "chief-superintendent", "assistant-chief-constable"} {
		height[r] = i
	}
	w := whole().File.World
	for _, c := range whole().File.Cases {
		for _, f := range c.Facts {
			by := w.Persons[f.By].PostAt(f.At.Lo)
			if by == nil {
				t.Fatalf("%s %s: %s held no post", f.ID, f.Kind, f.By)
			}
			for _, s := range f.Signed {
				second := w.Persons[s.By].PostAt(s.At)
				if second == nil || s.By == f.By || height[second.Rank] < height[by.Rank] || s.At < f.At.Lo {
					t.Errorf("%s %s: by %s, signed by %s", f.ID, f.Kind, f.By, s.By)
				}
			}
		}
	}
}

// TestFoundingCaseIsTheWorkedCase compares with the pack's example, fact by fact,
// but for who the officers are.
func TestFoundingCaseIsTheWorkedCase(t *testing.T) {
	in, err := os.Open("../../packs/ew-investigation/examples/case-01.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	example, err := timeline.Read(in, "case-01.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	want, got := example.Cases[0], founding(whole())
	if got.Group != want.Group || len(got.Facts) != len(want.Facts) {
		t.Fatalf("got group %s and %d facts, want %s and %d", got.Group, len(got.Facts), want.Group, len(want.Facts))
	}
	for i, f := range got.Facts {
		x := want.Facts[i]
		if f.Kind != x.Kind || f.At != x.At || f.Recorded != x.Recorded || !slices.Equal(f.About, x.About) || !slices.Equal(f.Docs, x.Docs) || len(f.Signed) != len(x.Signed) {
			t.Errorf("fact %d: got %s, want %s at its time, about its party, with its marks", i+1, f.Kind, x.Kind)
		}
	}
	told := got.Facts[len(got.Facts)-2].Get("event_ref").List
	if len(told) != 2 || told[0].Text != got.Facts[3].ID || told[1].Text != got.Facts[9].ID {
		t.Errorf("the letter tells of %v, want the interview and the disposal", told)
	}
}

func founding(f *Force) *fact.Case {
	for _, p := range f.Planted {
		if p.Behaviour == Founding {
			i := slices.IndexFunc(f.File.Cases, func(c *fact.Case) bool { return c.ID == p.Case })
			return f.File.Cases[i]
		}
	}
	return nil
}

func TestHolidaysAreThoseOfThePack(t *testing.T) {
	text, err := os.ReadFile("../../packs/ew-investigation/calendars/ew.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, m := range regexp.MustCompile(`date: (201[1-5]-\d\d-\d\d)`).FindAllSubmatch(text, -1) {
		want = append(want, string(m[1]))
	}
	if !slices.Equal(holidays, want) {
		t.Errorf("got %v, want %v", holidays, want)
	}
}

func TestNoTimeIsDoubled(t *testing.T) {
	cal := calendar{newCalendar()}
	for _, hour := range []string{"2012-10-28T01:30:00+01:00", "2012-10-28T01:30:00Z"} {
		at, err := day.ParseInstant(hour, cal.Zone())
		if err != nil {
			t.Fatal(err)
		}
		if got := day.FormatMoment(day.At(cal.plain(at)), cal.Zone()); strings.Contains(got, "T") {
			t.Errorf("%s became %s, which needs an offset", hour, got)
		}
	}
}

func TestPlantedTable(t *testing.T) {
	var b bytes.Buffer
	err := WritePlanted(&b, []Plant{{"n-2012-0001", "founding", []Raise{{"mash-referral", "v1", date("2012-06-20")}, {"progress-28d", "", 0}}}})
	want := "# case\tbehaviour\tstandard\tparty\traised on\n" +
		"n-2012-0001\tfounding\tmash-referral\tv1\t2012-06-20\nn-2012-0001\tfounding\tprogress-28d\t-\t-\n"
	if err != nil || b.String() != want {
		t.Errorf("got %q, %v; want %q", b.String(), err, want)
	}
}

func BenchmarkEach(b *testing.B) {
	for b.Loop() {
		n := 0
		Each(1, 600, func(_ *fact.World, c *fact.Case, _ *Plant) error { n += len(c.Facts); return nil })
		b.ReportMetric(float64(n), "facts/op")
	}
}
