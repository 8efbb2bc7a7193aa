package view_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"candour"
	"candour/internal/docket"
	"candour/internal/obligation"
	"candour/internal/pack"
	"candour/internal/record"
	"candour/internal/record/recordtest"
	"candour/internal/sqlite"
	"candour/internal/view"
)

var ctx = context.Background()

var header = docket.Header{Pack: "ew-investigation", Zone: "Europe/London", Body: "northmere"}

const world = `{"candour":"timeline/1","pack":"ew-investigation","zone":"Europe/London","body":"northmere"}
{"unit":"team-a","body":"northmere"}
{"person":"ds1","body":"northmere","posts":[{"role":"detective-sergeant","rank":"sergeant","unit":"team-a","from":"2011-01-01"}]}
{"person":"oic1","body":"northmere","posts":[{"role":"oic","rank":"constable","unit":"team-a","reports_to":"ds1","from":"2011-01-01"}]}
`

// kase is an invented case on which a report was received on a day of June 2012.
func kase(n, day int) string {
	return fmt.Sprintf(`{"case":"c%d","kind":"investigation","group":"child-rape-u13","given":{"risk_grade":"high","oic":"oic1"}}
{"party":"v1","case":"c%d","role":"victim","given":{"age":7}}
{"fact":"c%d-1","case":"c%d","kind":"report.received","at":"2012-06-%02d 10:20","about":"v1","by":"oic1"}
`, n, n, n, n, day)
}

type bench struct {
	log  *record.Log
	pack *pack.Pack
}

func open(t *testing.T) *bench {
	t.Helper()
	db, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "record.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	p, err := pack.Load(os.DirFS("../../packs/ew-investigation"), "ew-investigation")
	if err != nil {
		t.Fatal(err)
	}
	return &bench{recordtest.Open(t, db.Log(recordtest.Origin), recordtest.Options(1)), p}
}

func (b *bench) take(t *testing.T, text string) {
	t.Helper()
	im := &docket.Importer{Log: b.log, Header: header}
	if _, err := im.Take(ctx, docket.Source{Name: "text", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}); err != nil {
		t.Fatal(err)
	}
}

func newView(t *testing.T) *view.View {
	t.Helper()
	db, err := sqlite.OpenDerived(ctx, filepath.Join(t.TempDir(), "derived.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	v, err := view.Open(ctx, db)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// update brings a view up to a moment, and counts what was found.
func (b *bench) update(t *testing.T, v *view.View, now time.Time) (work *view.Work, found int) {
	t.Helper()
	cases, err := docket.ReadCases(ctx, b.log, header)
	if err != nil {
		t.Fatal(err)
	}
	work, err = v.Update(ctx, view.Source{Log: b.log, Cases: cases, Pack: b.pack, Digest: "d"}, now, false, func(res *obligation.Result) error {
		for _, r := range res.Rows {
			if r.Finding != nil {
				found++
			}
		}
		return nil
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return work, found
}

func digest(t *testing.T, v *view.View) string {
	t.Helper()
	d, err := v.Digest(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func at(day, hour int) time.Time { return time.Date(2012, 6, day, hour, 0, 0, 0, time.UTC) }

// TestStepByStepIsWhatIsWorkedOutAtOnce lets facts come and time pass, and holds what was worked
// out on the way against what is worked out from nothing.
func TestStepByStepIsWhatIsWorkedOutAtOnce(t *testing.T) {
	b, v := open(t), newView(t)
	b.take(t, world+kase(1, 10)+kase(2, 11))
	for i, step := range []struct {
		text string
		now  time.Time
	}{
		{"", at(11, 12)},
		{world + kase(3, 12), at(12, 12)},
		{"", at(13, 0)},
		{world + kase(3, 12) + `{"fact":"c3-2","case":"c3","kind":"victim.told","at":"2012-06-13 09:00","about":"v1","by":"oic1"}` + "\n", at(13, 12)},
		{strings.Replace(world, "sergeant\",\"rank", "inspector\",\"rank", 1), at(14, 12)},
		{"", at(30, 12)},
	} {
		if step.text != "" {
			b.take(t, step.text)
		}
		b.update(t, v, step.now)
		fresh := newView(t)
		b.update(t, fresh, step.now)
		if digest(t, v) != digest(t, fresh) {
			t.Errorf("step %d: what was worked out step by step is not what is worked out at once", i)
		}
	}
}

func TestOnlyWhatIsTouchedOrWokenIsWorkedOut(t *testing.T) {
	b, v := open(t), newView(t)
	b.take(t, world+kase(1, 10)+kase(2, 11))
	if w, _ := b.update(t, v, at(11, 12)); w.Cases != 2 || !w.Whole {
		t.Errorf("at first: %+v", w)
	}
	if w, _ := b.update(t, v, at(11, 12)); w.Cases != 0 {
		t.Errorf("nothing happened: %+v", w)
	}
	b.take(t, world+kase(3, 11))
	if w, _ := b.update(t, v, at(11, 12)); w.Cases != 1 || w.Whole {
		t.Errorf("a case came: %+v", w)
	}
	if w, found := b.update(t, v, at(12, 23)); w.Cases == 0 || found == 0 {
		t.Errorf("time passed: %+v, %d findings", w, found)
	}
	moved := strings.Replace(world, "\"rank\":\"sergeant\"", "\"rank\":\"inspector\"", 1)
	b.take(t, moved)
	if w, _ := b.update(t, v, at(12, 23)); !w.Whole || w.Cases != 3 {
		t.Errorf("somebody was promoted: %+v", w)
	}
}

// TestWhatTheEngineRefusesIsToldAndTheRestIsWorkedOut has a kind that the pack does not know.
func TestWhatTheEngineRefusesIsToldAndTheRestIsWorkedOut(t *testing.T) {
	b, v := open(t), newView(t)
	b.take(t, world+kase(1, 10)+kase(2, 11)+`{"fact":"x","case":"c1","kind":"no.such","at":"2012-06-13","by":"oic1"}`+"\n")
	w, found := b.update(t, v, at(30, 12))
	if len(w.Failed) != 1 || w.Failed[0].Case != "c1" || found == 0 {
		t.Errorf("%+v, %d findings", w, found)
	}
}

// more is the world with a constable more.
const more = world + `{"person":"pc9","body":"northmere","posts":[{"role":"constable","rank":"constable","unit":"team-a","reports_to":"ds1","from":"2011-01-01"}]}
`

// denied is an invented case in which a signature on a statement that pc9 took was denied.
func denied(n, day int) string {
	return kase(n, 1) + fmt.Sprintf(`{"party":"st%d","case":"c%d","role":"statement"}
{"fact":"c%d-s","case":"c%d","kind":"statement.taken","at":"2012-06-02 10:00","about":"st%d","by":"pc9","f":{"kind":"account"}}
{"fact":"c%d-r","case":"c%d","kind":"review.supervisor","at":"2012-06-03 10:00","by":"ds1","f":{"text":"all was looked through"}}
{"fact":"c%d-d","case":"c%d","kind":"signature.denied","at":"2012-06-%02d 10:00","about":"st%d","by":"ds1"}
`, n, n, n, n, n, n, n, n, n, day, n)
}

// TestAPatternIsFoundWhenItsLastCaseComes: no whole pass is needed for it, and what became of
// it comes by itself when its time has come. A case that changes nothing for a person leaves
// the person alone.
func TestAPatternIsFoundWhenItsLastCaseComes(t *testing.T) {
	b, v := open(t), newView(t)
	text := more
	update := func(now time.Time) (w *view.Work, patterns []string) {
		t.Helper()
		cases, err := docket.ReadCases(ctx, b.log, header)
		if err != nil {
			t.Fatal(err)
		}
		w, err = v.Update(ctx, view.Source{Log: b.log, Cases: cases, Pack: b.pack, Digest: "d"}, now, false, func(res *obligation.Result) error {
			if res.Scope != "" {
				patterns = append(patterns, res.Scope+" "+res.Case.Case.ID+":")
			}
			for _, r := range res.Rows {
				if res.Scope == "person" && r.Standard.ID == "officer-signatures-denied" {
					patterns = append(patterns, r.State())
				}
			}
			return nil
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		fresh := newView(t)
		b.update(t, fresh, now)
		if digest(t, v) != digest(t, fresh) {
			t.Errorf("as at %v what was worked out step by step is not what is worked out at once", now)
		}
		return w, patterns
	}
	for n := 1; n <= 3; n++ {
		text += denied(n, 3+n)
		b.take(t, text)
		w, got := update(at(3+n, 12))
		if w.Whole != (n == 1) || strings.Contains(strings.Join(got, " "), "open") != (n == 3) {
			t.Errorf("after %d denials: %+v, %q", n, w, got)
		}
	}
	if w, got := update(at(6, 13)); w.Cases != 0 || got != nil {
		t.Errorf("nothing happened: %+v, %q", w, got)
	}
	text += kase(4, 6)
	b.take(t, text)
	if w, got := update(at(6, 13)); w.Cases != 1 || got != nil {
		t.Errorf("a case came that says nothing of anybody: %+v, %q", w, got)
	}
	text += `{"fact":"c1-v","case":"c1","kind":"victim.told","at":"2012-06-06 12:30","about":"v1","by":"oic1"}` + "\n"
	b.take(t, text)
	if w, got := update(at(6, 13)); w.Cases != 1 || slices.Contains(got, "person pc9:") {
		t.Errorf("a case says of somebody what it said before: %+v, %q", w, got)
	}
	text += `{"fact":"c2-v","case":"c2","kind":"victim.told","at":"2012-06-06 12:30","about":"v1","by":"oic1"}` + "\n"
	b.take(t, text)
	if w, got := update(at(6, 13)); w.Cases != 1 || slices.Contains(got, "person pc9:") {
		t.Errorf("a case, the place of which among all lines is another now, says what it said before: %+v, %q", w, got)
	}
	if _, got := update(at(20, 12)); !strings.Contains(strings.Join(got, " "), "person pc9: overdue") {
		t.Errorf("nobody looked at the officer's work: %q", got)
	}
	// It was another who took the statements: nothing is said of pc9 any more.
	for n := 1; n <= 3; n++ {
		text += fmt.Sprintf(`{"fact":"c%d-s2","case":"c%d","kind":"statement.taken","at":"2012-06-02 10:00","about":"st%d","by":"oic1","supersedes":"c%d-s","f":{"kind":"account"}}`+"\n", n, n, n, n)
	}
	b.take(t, text)
	if _, got := update(at(20, 12)); slices.Contains(got, "person pc9:") {
		t.Errorf("of one of whom nothing is said: %q", got)
	}
}

// TestACaseThatBeginsMeanwhileIsNotPassedOver: the record grew after the cases were read.
func TestACaseThatBeginsMeanwhileIsNotPassedOver(t *testing.T) {
	b, v := open(t), newView(t)
	b.take(t, world+kase(1, 10))
	b.update(t, v, at(11, 12))
	cases, err := docket.ReadCases(ctx, b.log, header)
	if err != nil {
		t.Fatal(err)
	}
	b.take(t, world+kase(2, 11))
	if _, err := v.Update(ctx, view.Source{Log: b.log, Cases: cases, Pack: b.pack, Digest: "d"}, at(11, 12), false, nil, nil); err != nil {
		t.Fatal(err)
	}
	if w, _ := b.update(t, v, at(11, 12)); w.Cases != 1 || w.Of != 2 {
		t.Errorf("then: %+v", w)
	}
}

// TestNothingOfAFactIsReadable: what cases feed lies in the file encrypted as they are.
func TestNothingOfAFactIsReadable(t *testing.T) {
	b := open(t)
	path := filepath.Join(t.TempDir(), "derived.db")
	db, err := sqlite.OpenDerived(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	v, err := view.Open(ctx, db)
	if err != nil {
		t.Fatal(err)
	}
	b.take(t, more+denied(1, 4)+denied(2, 5))
	b.update(t, v, at(20, 12))
	var fed int
	if err := db.QueryRow(`SELECT count(*) FROM fed`).Scan(&fed); err != nil || fed == 0 {
		t.Fatalf("%d fed, %v", fed, err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"looked through", "Recorded", "c1-r"} {
		if strings.Contains(string(text), word) {
			t.Errorf("%q can be read in the file", word)
		}
	}
}

// TestOfAnErasedCaseNothingIsKept: the next update drops what was derived of it.
func TestOfAnErasedCaseNothingIsKept(t *testing.T) {
	b, v := open(t), newView(t)
	b.take(t, more+denied(1, 4)+denied(2, 5))
	b.update(t, v, at(20, 12))
	if err := b.log.Reseal(ctx, docket.CaseChain("c1"), func(record.Hash) bool { return true }, func(context.Context, []byte) ([]byte, error) { return nil, nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := b.log.Append(ctx, record.Draft{Chain: docket.CaseChain("c1"), Kind: candour.KindErasure, By: "x", Key: "erasure"}); err != nil {
		t.Fatal(err)
	}
	b.update(t, v, at(20, 12))
	fresh := newView(t)
	b.update(t, fresh, at(20, 12))
	if digest(t, v) != digest(t, fresh) {
		t.Error("something of the erased case is left")
	}
}

// TestAFileOfAnEarlierFormIsMadeAnew, whatever its tables were.
func TestAFileOfAnEarlierFormIsMadeAnew(t *testing.T) {
	b := open(t)
	db, err := sqlite.OpenDerived(ctx, filepath.Join(t.TempDir(), "derived.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if _, err := db.Exec(`CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT); INSERT INTO meta VALUES ('form', '2'), ('size', '4'); CREATE TABLE fed (scope TEXT, subject TEXT, tag BLOB, things BLOB)`); err != nil {
		t.Fatal(err)
	}
	v, err := view.Open(ctx, db)
	if err != nil {
		t.Fatal(err)
	}
	b.take(t, more+denied(1, 4))
	if w, found := b.update(t, v, at(20, 12)); !w.Whole || found == 0 {
		t.Errorf("%+v, %d findings", w, found)
	}
}

// TestAnOlderCopyIsWorkedOutAnew: the record stands where it stood before, and goes on otherwise.
func TestAnOlderCopyIsWorkedOutAnew(t *testing.T) {
	before, after, v := open(t), open(t), newView(t)
	before.take(t, world+kase(1, 10)+kase(2, 11)+kase(3, 11))
	before.update(t, v, at(12, 12))
	after.take(t, world+kase(1, 10)+kase(4, 11))
	after.update(t, v, at(12, 12))
	fresh := newView(t)
	after.update(t, fresh, at(12, 12))
	if digest(t, v) != digest(t, fresh) {
		t.Error("something of the copy that was lost is left")
	}
}
