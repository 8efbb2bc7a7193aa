package docket_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"candour/internal/docket"
	"candour/internal/record"
	"candour/internal/record/recordtest"
	"candour/internal/sqlite"
	"candour/internal/timeline"
)

var ctx = context.Background()

// newLog is an empty record in a file of its own.
func newLog(t testing.TB) *record.Log {
	t.Helper()
	db, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "record.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return recordtest.Open(t, db.Log(recordtest.Origin), recordtest.Options(1))
}

// source is a text that can be read again.
func source(text string) docket.Source {
	return docket.Source{Name: "text", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}
}

// header is that of a timeline in its first line.
func headerOf(t testing.TB, text string) docket.Header {
	t.Helper()
	f, err := timeline.Read(strings.NewReader(text), "text")
	if err != nil {
		t.Fatal(err)
	}
	return docket.Header{Pack: f.Pack, Profile: f.Profile, Zone: f.ZoneName, Body: f.World.Body}
}

// taken imports a text into a new record.
func taken(t testing.TB, log *record.Log, h docket.Header, text string) *docket.Plan {
	t.Helper()
	im := &docket.Importer{Log: log, Header: h}
	want, err := im.Plan(ctx, source(text))
	if err != nil {
		t.Fatal(err)
	}
	got, err := im.Take(ctx, source(text))
	if err != nil {
		t.Fatal(err)
	}
	if want.Added() != got.Added() {
		t.Errorf("%d lines were planned and %d taken", want.Added(), got.Added())
	}
	return got
}

// written is the whole record as a timeline.
func written(t testing.TB, log *record.Log, h docket.Header) string {
	t.Helper()
	c, err := docket.ReadCases(ctx, log, h)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := c.EachLine(func(text []byte) error { b.Write(text); return b.WriteByte('\n') }); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// settled is a text as Lines settles it, without what tests it.
func settled(t testing.TB, text string) []string {
	t.Helper()
	var out []string
	if err := timeline.Lines(strings.NewReader(text), "text", "", func(_ *timeline.File, l timeline.Line) error {
		out = append(out, string(l.Text()))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestExamplesSurviveTheRecord imports every fourth example of a pack (all of them with CANDOUR_STRESS) and writes it out again: the same lines, and
// what is written is taken and written the same by another record.
func TestExamplesSurviveTheRecord(t *testing.T) {
	paths, err := filepath.Glob("../../packs/ew-investigation/examples/*.jsonl")
	if err != nil || len(paths) < 100 {
		t.Fatalf("%d examples, %v", len(paths), err)
	}
	for i, path := range paths {
		if i%4 != 0 && os.Getenv("CANDOUR_STRESS") == "" {
			continue
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text := string(b)
		h := headerOf(t, text)
		log := newLog(t)
		taken(t, log, h, text)
		out := written(t, log, h)
		want, got := slices.Sorted(slices.Values(settled(t, text)[1:])), slices.Sorted(slices.Values(settled(t, out)[1:]))
		if len(want) != len(got) {
			t.Fatalf("%s: %d lines became %d", path, len(want), len(got))
		}
		for j := range want {
			if want[j] != got[j] {
				t.Fatalf("%s: a line changed:\n%s\n%s", path, want[j], got[j])
			}
		}
		recordtest.Verified(t, log)
		if i%40 == 0 {
			second := newLog(t)
			taken(t, second, h, out)
			if again := written(t, second, h); again != out {
				t.Errorf("%s: written out by a second record it is another", path)
			}
		}
	}
}

const small = `{"candour":"timeline/1","zone":"Europe/London","body":"northmere"}
{"unit":"u1","body":"northmere"}
{"person":"p1","body":"northmere","posts":[{"role":"oic","unit":"u1","from":"2011-01-01"}]}
{"case":"c1","kind":"investigation"}
{"party":"v1","case":"c1","role":"victim"}
{"fact":"f1","case":"c1","kind":"k","at":"2012-01-01","by":"p1","f":{"a":"x"}}
`

func TestImportIsIdempotentAndResumable(t *testing.T) {
	log := newLog(t)
	h := headerOf(t, small)
	// A part of the file, as if the import had been broken off.
	taken(t, log, h, strings.Join(strings.SplitAfter(small, "\n")[:4], ""))
	p := taken(t, log, h, small)
	if p.Same != 3 || p.Added() != 2 {
		t.Errorf("after a broken import: %+v", p)
	}
	if p := taken(t, log, h, small); p.Same != 5 || p.Added() != 0 {
		t.Errorf("the same again: %+v", p)
	}
}

func TestLatestLineOfAPersonCounts(t *testing.T) {
	log := newLog(t)
	h := headerOf(t, small)
	taken(t, log, h, small)
	moved := strings.Replace(small, `"role":"oic"`, `"role":"detective-sergeant"`, 1)
	if p := taken(t, log, h, moved); len(p.Changed) != 1 || p.Changed[0] != "person p1" {
		t.Errorf("%+v", p)
	}
	if p := taken(t, log, h, small); len(p.Changed) != 1 {
		t.Errorf("back to the first: %+v", p)
	}
	if out := written(t, log, h); !strings.Contains(out, `"role":"oic"`) || strings.Contains(out, "sergeant") {
		t.Errorf("got\n%s", out)
	}
	n := 0
	if err := log.Chain(ctx, docket.Chain("person", "p1"), 0, func(*record.Fact) error { n++; return nil }); err != nil || n != 3 {
		t.Errorf("%d lines of the person stand, want 3: %v", n, err)
	}
}

func TestConflictIsToldAndNothingTaken(t *testing.T) {
	log := newLog(t)
	h := headerOf(t, small)
	taken(t, log, h, small)
	other := strings.Replace(small, `"a":"x"`, `"a":"y"`, 1)
	im := &docket.Importer{Log: log, Header: h}
	p, err := im.Plan(ctx, source(other))
	if err != nil || p.Conflict != 1 || p.Conflicts[0] != (docket.Conflicting{Line: 6, What: "fact", ID: "f1"}) {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestRecordsOwnKindsAreRefused(t *testing.T) {
	log := newLog(t)
	h := headerOf(t, small)
	im := &docket.Importer{Log: log, Header: h}
	_, err := im.Plan(ctx, source(strings.Replace(small, `"kind":"k"`, `"kind":"record.erasure"`, 1)))
	if err == nil || !strings.Contains(err.Error(), `line 6: kinds that begin with "record." are the record's own`) {
		t.Errorf("got %v", err)
	}
}

func TestFaultyFileTakesNothing(t *testing.T) {
	log := newLog(t)
	h := headerOf(t, small)
	im := &docket.Importer{Log: log, Header: h}
	_, err := im.Plan(ctx, source(small+`{"fact":"f2","case":"c1","kind":"k","at":"never"}`+"\n"))
	var es timeline.Errors
	if !errors.As(err, &es) || es[0].Line != 7 {
		t.Errorf("got %v", err)
	}
	if head, err := log.Head(ctx); err != nil || head.Edge.Size != 0 {
		t.Errorf("%d entries, %v", head.Edge.Size, err)
	}
}

// TestAnyNamesSurvive draws names that are no tokens.
func TestAnyNamesSurvive(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		word := func(label string) string {
			return rapid.StringOfN(rapid.RuneFrom([]rune("aZ09.%/ äé€\\\"~-_:")), 1, 12, -1).Draw(rt, label)
		}
		id, kind, field, value := word("case"), word("kind"), word("field"), word("value")
		if strings.HasPrefix(kind, "record.") {
			return
		}
		text := fmt.Sprintf("{\"candour\":\"timeline/1\",\"body\":\"northmere\"}\n{\"case\":%s,\"kind\":\"k\"}\n{\"fact\":\"f\",\"case\":%s,\"kind\":%s,\"at\":\"2012-01-01\",\"f\":{%s:%s}}\n",
			quote(id), quote(id), quote(kind), quote(field), quote(value))
		log := newLog(t)
		h := headerOf(t, text)
		taken(t, log, h, text)
		if got, want := settled(t, written(t, log, h))[1:], settled(t, text)[1:]; strings.Join(got, "\n") != strings.Join(want, "\n") {
			rt.Fatalf("got %q\nwant %q", got, want)
		}
	})
}

func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		if r == '"' || r == '\\' {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String() + `"`
}

func TestJudgeUsesTheNamesOfTheRecord(t *testing.T) {
	log := newLog(t)
	h := headerOf(t, small)
	taken(t, log, h, small)
	cases, err := docket.ReadCases(ctx, log, h)
	if err != nil {
		t.Fatal(err)
	}
	j, err := cases.Judge("lines", []byte(`{"fact":"f2","case":"c1","kind":"k","at":"2012-01-02","about":"v1","by":"p1"}`+"\n"))
	if err != nil || len(j.Drafts) != 1 || j.Expect[docket.CaseChain("c1")] != 3 || len(j.Cases["c1"].Facts) != 2 {
		t.Fatalf("%+v, %v", j, err)
	}
	_, err = cases.Judge("lines", []byte("\n"+`{"fact":"f2","case":"c1","kind":"k","at":"2012-01-02","by":"p9"}`+"\n"))
	var es timeline.Errors
	if !errors.As(err, &es) || es[0].Line != 2 {
		t.Errorf("got %v", err)
	}
	if j, err := cases.Judge("lines", []byte(`{"case":"c2","kind":"investigation"}`)); err != nil || len(j.Drafts) != 1 || j.Drafts[0].Chain != "case/c2" {
		t.Errorf("%+v, %v", j, err)
	}
}

// TestWhatStandsIsFoundAfterMuchThatIsNew: after a group of which nothing stood, the record is no
// longer asked before facts are sealed, and what stands there is still taken once.
func TestWhatStandsIsFoundAfterMuchThatIsNew(t *testing.T) {
	facts := func(kase string, n int) string {
		var b strings.Builder
		fmt.Fprintf(&b, `{"case":"%s","kind":"k"}`+"\n", kase)
		for i := range n {
			fmt.Fprintf(&b, `{"fact":"%s-%d","case":"%s","kind":"k","at":"2015-01-01"}`+"\n", kase, i, kase)
		}
		return b.String()
	}
	const head = `{"candour":"timeline/1","body":"b"}` + "\n"
	log, h := newLog(t), headerOf(t, head)
	taken(t, log, h, head+facts("old", 1200))
	text := head + facts("new", 2500) + facts("old", 1200)
	got := taken(t, log, h, text)
	if got.Added() != 2501 || got.Same != 1201 {
		t.Errorf("%d added and %d there, not 2501 and 1201", got.Added(), got.Same)
	}
	if again := taken(t, log, h, text); again.Added() != 0 || again.Same != 3702 {
		t.Errorf("again: %d added, %d there", again.Added(), again.Same)
	}
	if n := strings.Count(written(t, log, h), "\n"); n != 3703 {
		t.Errorf("the record has %d lines, not 3703", n)
	}
}

// TestRefreshedIsReadAnew: cases that were read once and refreshed are those that are read now.
func TestRefreshedIsReadAnew(t *testing.T) {
	log, h := newLog(t), headerOf(t, small)
	taken(t, log, h, small)
	cases, err := docket.ReadCases(ctx, log, h)
	if err != nil {
		t.Fatal(err)
	}
	lines := func(c *docket.Cases) (out []string) {
		t.Helper()
		if err := c.EachLine(func(text []byte) error { out = append(out, string(text)); return nil }); err != nil {
			t.Fatal(err)
		}
		return out
	}
	promoted := strings.Replace(small, `"role":"oic"`, `"role":"detective-sergeant"`, 1)
	for i, text := range []string{small, promoted, promoted + `{"case":"c2","kind":"k"}` + "\n" + `{"fact":"g1","case":"c2","kind":"k","at":"2015-01-01"}` + "\n", small} {
		taken(t, log, h, text)
		if err := cases.Refresh(ctx); err != nil {
			t.Fatal(err)
		}
		fresh, err := docket.ReadCases(ctx, log, h)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := lines(cases), lines(fresh); !slices.Equal(got, want) {
			t.Errorf("step %d:\n%s\nand not\n%s", i, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if cases.Head().Edge.Size != fresh.Head().Edge.Size || len(cases.Tags()) != len(fresh.Tags()) || cases.File().World.Persons["p1"].Posts[0].Role != fresh.File().World.Persons["p1"].Posts[0].Role {
			t.Errorf("step %d: size %d of %d, %d cases of %d", i, cases.Head().Edge.Size, fresh.Head().Edge.Size, len(cases.Tags()), len(fresh.Tags()))
		}
	}
}

// stumbling is a sealer that opens nothing while it is down.
type stumbling struct {
	recordtest.Sealer
	down bool
}

func (s *stumbling) Open(ctx context.Context, chain string, sealed []byte) ([]byte, error) {
	if s.down {
		return nil, errors.New("the key service is away")
	}
	return s.Sealer.Open(ctx, chain, sealed)
}

// TestRefreshThatFailedIsMadeAgain: nothing that came meanwhile is passed over.
func TestRefreshThatFailedIsMadeAgain(t *testing.T) {
	db, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "record.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	sealer, o := &stumbling{}, recordtest.Options(1)
	o.Sealer = sealer
	log, h := recordtest.Open(t, db.Log(recordtest.Origin), o), headerOf(t, small)
	taken(t, log, h, small)
	cases, err := docket.ReadCases(ctx, log, h)
	if err != nil {
		t.Fatal(err)
	}
	size := cases.Head().Edge.Size
	taken(t, log, h, small+`{"case":"c2","kind":"k"}`+"\n")
	sealer.down = true
	if err := cases.Refresh(ctx); err == nil || cases.Head().Edge.Size != size {
		t.Errorf("it could not be read: %v, size %d", err, cases.Head().Edge.Size)
	}
	sealer.down = false
	if err := cases.Refresh(ctx); err != nil || len(cases.Tags()) != 2 {
		t.Errorf("%d cases, %v", len(cases.Tags()), err)
	}
}
