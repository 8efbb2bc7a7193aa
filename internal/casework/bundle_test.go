package casework_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"candour"
	"candour/internal/casework"
	"candour/internal/docket"
	"candour/internal/pack"
	"candour/internal/record"
	"candour/internal/record/recordtest"
	"candour/internal/sqlite"
	"candour/internal/view"
)

var header = docket.Header{Pack: "ew-investigation", Zone: "Europe/London", Body: "northmere"}

// eight is a case with a fact of eight fields.
const eight = `{"candour":"timeline/1","pack":"ew-investigation","zone":"Europe/London","body":"northmere"}
{"unit":"team-a","body":"northmere"}
{"person":"oic1","body":"northmere","posts":[{"role":"oic","rank":"constable","unit":"team-a","from":"2011-01-01"}]}
{"case":"c1","kind":"investigation","group":"child-rape-u13","given":{"risk_grade":"high","oic":"oic1"}}
{"party":"v1","case":"c1","role":"victim","given":{"age":7}}
{"fact":"f1","case":"c1","kind":"report.received","at":"2012-06-18 10:20","about":"v1","by":"oic1","f":{"a":"alpha","b":"bravo","c":"charlie","d":"delta","e":"echo","f":"foxtrot","g":"golf","h":"hotel"}}
`

func newLog(t testing.TB, text string) (*record.Log, *sqlite.DB) {
	t.Helper()
	db, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "record.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	log := recordtest.Open(t, db.Log(recordtest.Origin), recordtest.Options(1))
	im := &docket.Importer{Log: log, Header: header}
	if _, err := im.Take(ctx, docket.Source{Name: "text", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}); err != nil {
		t.Fatal(err)
	}
	return log, db
}

func bundleOf(rules ...casework.Rule) casework.BundleOf {
	return casework.BundleOf{Case: "c1", For: "the watchdog", Purpose: "a test", By: "ds1", Rules: rules, Policy: recordtest.Policy(), Pack: candour.Pack{ID: "p"},
		Label: func(k string) string { return k }, Zone: time.UTC, Happened: time.Date(2014, 3, 1, 12, 0, 0, 0, time.UTC)}
}

// made makes a bundle and verifies it.
func made(t testing.TB, log *record.Log, b casework.BundleOf, earlier []byte) ([]byte, *candour.Draft, *candour.Report) {
	t.Helper()
	d, err := casework.MakeBundle(ctx, log, b, log.Checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := candour.WriteBundle(&out, d, recordtest.Signer()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), d, verified(t, out.Bytes(), earlier)
}

func verified(t testing.TB, bundle, earlier []byte) *candour.Report {
	t.Helper()
	var before *candour.Bundle
	if earlier != nil {
		before = &candour.Bundle{Data: bytes.NewReader(earlier), Size: int64(len(earlier))}
	}
	r, err := candour.Verify(candour.Bundle{Data: bytes.NewReader(bundle), Size: int64(len(bundle))}, recordtest.Policy(), before)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestSubsetsOfEightFieldsCanBeWithheld looks that what is withheld is nowhere in the file. All 256
// subsets are tried on the format itself, in the root package.
func TestSubsetsOfEightFieldsCanBeWithheld(t *testing.T) {
	log, _ := newLog(t, eight)
	words := []string{"alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel"}
	for _, set := range []int{0, 1, 2, 4, 8, 16, 32, 64, 128, 0x55, 0xaa, 0x0f, 0xf0, 0xfe, 0x7f, 0xff} {
		var rules []casework.Rule
		for i := range words {
			if set&(1<<i) != 0 {
				rules = append(rules, casework.Rule{Field: "f." + string(rune('a'+i)), Class: "third-party", Authority: "a rule"})
			}
		}
		file, _, r := made(t, log, bundleOf(rules...), nil)
		if r.Verdict != candour.Intact {
			t.Fatalf("subset %08b: %s: %s", set, r.Code, r.Detail)
		}
		shown := ""
		for _, e := range r.Chains[0].Entries {
			for i := range e.Lines {
				shown += string(e.Lines[i].Value) + "\n"
			}
		}
		for i, w := range words {
			withheld := set&(1<<i) != 0
			if strings.Contains(shown, `"`+w+`"`) == withheld || withheld && bytes.Contains(file, []byte(w)) {
				t.Fatalf("subset %08b: %s", set, w)
			}
		}
	}
	recordtest.Verified(t, log)
}

func TestRulesForKindsAndWhatIsAlwaysShown(t *testing.T) {
	log, _ := newLog(t, eight)
	_, d, r := made(t, log, bundleOf(casework.Rule{Kind: "report.*", Class: "sensitive", Authority: "a rule"}, casework.Rule{Kind: "record.bundle", Class: "x", Authority: "y"}), nil)
	if r.Verdict != candour.Intact {
		t.Fatalf("%s: %s", r.Code, r.Detail)
	}
	for _, e := range d.Chains[0].Entries {
		for _, name := range []string{"case", "seq", "previous"} {
			if _, ok := e.Get(name); !ok {
				t.Errorf("entry %d does not show %s", e.Index, name)
			}
		}
	}
	if bytes.Contains(d.Page, []byte("hotel")) {
		t.Error("the page shows what is withheld")
	}
	for _, bad := range []casework.Rule{{Field: "f.a"}, {Field: "f.a", Class: "two words", Authority: "x"}, {Field: "[", Class: "c", Authority: "x"}} {
		if _, err := casework.MakeBundle(ctx, log, bundleOf(bad), log.Checkpoint); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}

func TestBundleGoesOnFromAnEarlierOne(t *testing.T) {
	log, _ := newLog(t, eight)
	first, _, r := made(t, log, bundleOf(), nil)
	if _, err := log.Append(ctx, record.Draft{Chain: docket.CaseChain("c1"), Kind: "victim.told", Happened: "2012-06-19", Key: "fact:f2", Fields: []record.Field{{Name: "fact", Value: []byte(`"f2"`)}}}); err != nil {
		t.Fatal(err)
	}
	b := bundleOf()
	b.Earlier = r
	second, _, alone := made(t, log, b, nil)
	if alone.Verdict != candour.CannotTell || alone.Code != "previous" {
		t.Errorf("without the earlier one: %s %s", alone.Verdict, alone.Code)
	}
	if got := verified(t, second, first); got.Verdict != candour.Intact || len(got.Chains[0].Entries) != 2 {
		t.Errorf("with it: %s %s: %s", got.Verdict, got.Code, got.Detail)
	}
	third, _, _ := made(t, log, bundleOf(), nil)
	if got := verified(t, second, third); got.Verdict != candour.Changed || got.Code != "previous" {
		t.Errorf("with another: %s %s", got.Verdict, got.Code)
	}
}

func TestNoBundleOfNoCase(t *testing.T) {
	log, _ := newLog(t, eight)
	b := bundleOf()
	b.Case = "c9"
	if _, err := casework.MakeBundle(ctx, log, b, log.Checkpoint); err == nil || !strings.Contains(err.Error(), `no case "c9"`) {
		t.Errorf("got %v", err)
	}
	if n, _, _ := log.ChainEnd(ctx, docket.CaseChain("c9")); n != 0 {
		t.Errorf("a bundle of nothing was told on a chain of its own")
	}
}

// TestTwoServersRaiseAnAlarmOnce lets two logs on one store look at the same case at once.
func TestTwoServersRaiseAnAlarmOnce(t *testing.T) {
	log, db := newLog(t, strings.Replace(eight, `,"f":{"a":"alpha","b":"bravo","c":"charlie","d":"delta","e":"echo","f":"foxtrot","g":"golf","h":"hotel"}`, "", 1))
	other := recordtest.Open(t, db.Log(recordtest.Origin), recordtest.Options(2))
	p, err := pack.Load(os.DirFS("../../packs/ew-investigation"), "ew-investigation")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2012, 7, 1, 12, 0, 0, 0, time.UTC)
	var wg sync.WaitGroup
	raised := make([]int, 2)
	for i, l := range []*record.Log{log, other} {
		wg.Go(func() {
			raised[i] = sweepOnce(t, l, p, now, i)
		})
	}
	wg.Wait()
	seen := map[string]int{}
	if err := log.Chain(ctx, docket.CaseChain("c1"), 0, func(f *record.Fact) error {
		if f.Kind == casework.KindAlarm {
			seen[f.Get("standard")+f.Get("key_of")+f.Get("opened")+f.Get("finding")]++
			if f.Get("title") == "" || f.Get("pack") == "" {
				t.Errorf("an alarm says too little: %+v", f.Fields)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(seen) == 0 || raised[0]+raised[1] != len(seen) {
		t.Errorf("%d and %d alarms raised, %d are there", raised[0], raised[1], len(seen))
	}
	for what, n := range seen {
		if n != 1 {
			t.Errorf("%s was raised %d times", what, n)
		}
	}
	if again := sweepOnce(t, other, p, now, 7); again != 0 {
		t.Errorf("%d alarms a second time", again)
	}
	recordtest.Verified(t, log)
}

func sweepOnce(t *testing.T, log *record.Log, p *pack.Pack, now time.Time, n int) int {
	db, err := sqlite.OpenDerived(ctx, filepath.Join(t.TempDir(), fmt.Sprintf("derived-%d.db", n)))
	if err != nil {
		t.Error(err)
		return 0
	}
	defer db.Close()
	v, err := view.Open(ctx, db)
	if err != nil {
		t.Error(err)
		return 0
	}
	cases, err := docket.ReadCases(ctx, log, header)
	if err != nil {
		t.Error(err)
		return 0
	}
	a := &casework.Alarms{Log: log, Pack: fmt.Sprint("server ", n)} // what differs must not matter
	_, err = v.Update(ctx, view.Source{Log: log, Cases: cases, Pack: p, Digest: "d"}, now, true, a.Visit(ctx, 0), nil)
	if err = errors.Join(err, a.Flush(ctx)); err != nil {
		t.Error(err)
	}
	return a.Sealed
}
