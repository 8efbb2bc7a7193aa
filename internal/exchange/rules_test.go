package exchange_test

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"candour/internal/day"
	"candour/internal/exchange"
	"candour/internal/fact"
	"candour/internal/obligation"
	"candour/internal/pack"
	"candour/internal/state"
	"candour/packs"
)

// data is the folder of the real logs; without it the test is skipped, and says so.
func data(t testing.TB) string {
	dir := os.Getenv("CANDOUR_DATA")
	if dir == "" {
		t.Skip("CANDOUR_DATA is not set: the real logs are not here")
	}
	if _, err := os.Stat(filepath.Join(dir, "expected.psv")); err != nil {
		t.Fatalf("CANDOUR_DATA is set and does not hold the logs: %v", err)
	}
	return dir
}

func rulesPack(t testing.TB) *pack.Pack {
	sub, err := fs.Sub(packs.FS, "process-logs")
	if err != nil {
		t.Fatal(err)
	}
	p, err := pack.Load(sub, "process-logs")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

var logNames = []string{"sepsis", "bpic2020_international", "receipt"}

// readLog reads one log's cases and the world they stand in.
func readLog(t testing.TB, dir, name string, p *pack.Pack) ([]*fact.Case, *fact.World) {
	m, err := exchange.ParseMapping(p.Mappings[name], name)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(dir, name+".xes.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := fact.NewWorld("")
	var cases []*fact.Case
	if _, err := exchange.ReadXES(f, name, m, w, func(c *fact.Case) error { cases = append(cases, c); return nil }); err != nil {
		t.Fatal(err)
	}
	return cases, w
}

// counts are the columns of expected.psv.
type counts struct {
	opened, ok, late, never, cancelled, pending, flagged int
	years                                                map[int]int
	first, last                                          day.Instant
}

func (c *counts) line(id, at string) string {
	s := fmt.Sprintf("%s|%s|%d|%d|%d|%d|%d|%d|%d", id, at, c.opened, c.ok, c.late, c.never, c.cancelled, c.pending, c.flagged)
	if at != "end" {
		return s
	}
	var years []int
	for y := range c.years {
		years = append(years, y)
	}
	slices.Sort(years)
	for _, y := range years {
		s += fmt.Sprintf(" %d:%d", y, c.years[y])
	}
	return s + fmt.Sprintf(" %s..%s", c.first.Time(time.UTC).Format(time.DateOnly), c.last.Time(time.UTC).Format(time.DateOnly))
}

// add counts one case's rows of a rule, as data/README says.
func (c *counts) add(rows []*obligation.Row, at day.Instant) {
	flag := day.Never
	for _, r := range rows {
		c.opened++
		s := r.Standard
		switch {
		case s.Modal == pack.MustNot:
			switch {
			case r.Finding != nil:
				c.ok++
				flag = min(flag, r.Finding.Raised)
			case r.Done != nil:
				c.late++
			case r.Due >= at && at != state.End:
				c.pending++
			default:
				c.never++
			}
		case s.Gate:
			switch {
			case r.Finding == nil:
				c.ok++
			case s.ID == "re4":
				c.late++
			default:
				c.never++
			}
			if r.Finding != nil {
				flag = min(flag, r.Finding.Raised)
			}
		case r.Lifted != nil:
			c.cancelled++
		case r.Done != nil && r.Done.Happened.Lo <= r.Due:
			c.ok++
		case r.Done != nil:
			c.late++
			flag = min(flag, r.Due)
		case r.Due >= at && at != state.End:
			c.pending++
		default:
			c.never++
			flag = min(flag, r.Due)
		}
	}
	if flag == day.Never {
		return
	}
	c.flagged++
	c.years[flag.Time(time.UTC).Year()]++
	if c.first == 0 || flag < c.first {
		c.first = flag
	}
	c.last = max(c.last, flag)
}

// evaluate counts a rule over prepared cases.
func evaluate(t testing.TB, p *pack.Pack, ins []*state.Input, id string, at day.Instant) *counts {
	c := &counts{years: map[int]int{}}
	on := obligation.Under(p, obligation.Named([]string{id}))
	for _, in := range ins {
		k, err := in.At(state.Moments{AsAt: at, KnownAt: at})
		if err != nil {
			t.Fatal(err)
		}
		c.add(obligation.Run(k, on).Rows, at)
	}
	if id == "re4" { // the acts without an earlier one are not judged, but counted
		for _, in := range ins {
			k, err := in.At(state.Moments{AsAt: at, KnownAt: at})
			if err != nil {
				t.Fatal(err)
			}
			c.unjudged(p, k)
		}
	}
	return c
}

// unjudged counts the T05 that no T04 precedes: "never" of foureyes.
func (c *counts) unjudged(p *pack.Pack, k *state.Case) {
	s := p.Standards[slices.IndexFunc(p.Standards, func(s *pack.Standard) bool { return s.ID == "re4" })]
	t05, t04 := s.When[0].Kinds[0], s.Must.Leaf.Kinds[0]
	for _, i := range k.ByKind(t05) {
		if earlier := k.ByKind(t04); len(earlier) == 0 || earlier[0] > i {
			c.opened++
			c.never++
		}
	}
}

func prepare(t testing.TB, cases []*fact.Case, w *fact.World, p *pack.Pack) []*state.Input {
	var ins []*state.Input
	for _, c := range cases {
		in, err := state.Prepare(c, w, p, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		ins = append(ins, in)
	}
	return ins
}

// expected reads the oracle's lines by log.
func expected(t testing.TB, dir string) map[string][]string {
	raw, err := os.ReadFile(filepath.Join(dir, "expected.psv"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	log := ""
	for _, line := range strings.Split(strings.TrimSpace(string(raw)), "\n") {
		if rest, ok := strings.CutPrefix(line, "# log "); ok {
			log = strings.Fields(rest)[0]
		}
		if !strings.HasPrefix(line, "#") {
			out[log] = append(out[log], line)
		}
	}
	return out
}

func compareLog(t *testing.T, dir, log string, p *pack.Pack, ins []*state.Input) {
	for _, want := range expected(t, dir)[log] {
		cells := strings.Split(want, "|")
		at := state.End
		if cells[1] != "end" {
			x, err := time.Parse("2006-01-02T15:04:05", cells[1])
			if err != nil {
				t.Fatal(err)
			}
			at = day.FromTime(x)
			if last := lastOf(ins); last.Second() == at {
				at = last // the oracle prints its last moment cut to the second
			}
		}
		got := evaluate(t, p, ins, strings.ToLower(cells[0]), at).line(cells[0], cells[1])
		if got != want {
			t.Errorf("\n got %s\nwant %s", got, want)
		}
	}
}

func lastOf(ins []*state.Input) day.Instant {
	var last day.Instant
	for _, in := range ins {
		for i := range in.Events {
			last = max(last, in.Events[i].At.Lo)
		}
	}
	return last
}

// TestRulesOnRealLogs holds the sixteen rules against counts that two other
// programs computed, also with the events in another order of arrival.
func TestRulesOnRealLogs(t *testing.T) {
	dir := data(t)
	p := rulesPack(t)
	for _, log := range logNames {
		t.Run(log, func(t *testing.T) {
			cases, w := readLog(t, dir, log, p)
			compareLog(t, dir, log, p, prepare(t, cases, w, p))
		})
		t.Run(log+"/shuffled", func(t *testing.T) {
			cases, w := readLog(t, dir, log, p)
			rng := rand.New(rand.NewPCG(1, 2))
			for _, c := range cases {
				rng.Shuffle(len(c.Facts), func(i, j int) { c.Facts[i], c.Facts[j] = c.Facts[j], c.Facts[i] })
			}
			compareLog(t, dir, log, p, prepare(t, cases, w, p))
		})
	}
}

// TestOneByOneIsBatch feeds each case fact by fact: the last answer is the
// batch's, and no answer on the way gives a finding that is taken back.
func TestOneByOneIsBatch(t *testing.T) {
	dir := data(t)
	p := rulesPack(t)
	for _, log := range logNames {
		cases, w := readLog(t, dir, log, p)
		if log == "bpic2020_international" {
			cases = cases[:1500]
		}
		for _, c := range cases {
			all := c.Facts
			whole := rows(t, c, w, p, state.End)
			raised := map[string]bool{}
			for n := 1; n <= len(all); n++ {
				part := *c
				part.Facts = all[:n]
				last := all[n-1].At.Lo
				if n < len(all) && all[n].At.Lo < last {
					last = state.End // the log itself is out of order here
				}
				for _, r := range rows(t, &part, w, p, last) {
					if r.Finding != nil {
						raised[r.Standard.ID+r.Key+strconv.FormatInt(int64(r.Finding.Raised), 10)] = true
					}
				}
			}
			for _, r := range whole {
				if r.Finding != nil {
					delete(raised, r.Standard.ID+r.Key+strconv.FormatInt(int64(r.Finding.Raised), 10))
				}
			}
			if len(raised) > 0 {
				t.Fatalf("case %s of %s: raised on the way and then taken back: %v", c.ID, log, raised)
			}
		}
	}
}

func rows(t testing.TB, c *fact.Case, w *fact.World, p *pack.Pack, at day.Instant) []*obligation.Row {
	in, err := state.Prepare(c, w, p, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	k, err := in.At(state.Moments{AsAt: at, KnownAt: at})
	if err != nil {
		t.Fatal(err)
	}
	return obligation.Run(k, nil).Rows
}

// TestDelayedFeedAccusesNobody: a feed a day behind, with one day missing, and its
// mark kept before the missing day, gives no finding that the complete log would not.
func TestDelayedFeedAccusesNobody(t *testing.T) {
	dir := data(t)
	p := rulesPack(t)
	const daily = day.Instant(24 * time.Hour)
	for _, log := range logNames {
		cases, _ := readLog(t, dir, log, p)
		if log == "bpic2020_international" {
			cases = cases[:2000]
		}
		lo, hi := day.Never, day.Instant(0)
		for _, c := range cases {
			for _, f := range c.Facts {
				lo, hi = min(lo, f.At.Lo), max(hi, f.At.Lo)
			}
		}
		for step := 1; step < 8; step++ {
			now := lo + (hi-lo)/8*day.Instant(step)
			missing := (now/daily - 6) * daily
			for _, m := range []struct {
				name   string
				mark   day.Instant
				absent func(*fact.Fact) bool
			}{
				{"delayed", now - daily, func(f *fact.Fact) bool { return f.At.Lo > now-daily }},
				{"a day missing", missing - 1, func(f *fact.Fact) bool {
					return f.At.Lo > now-daily || f.At.Lo >= missing && f.At.Lo < missing+daily
				}},
			} {
				w := fact.NewWorld("b")
				w.Sources = []*fact.Source{{ID: "feed", Of: "b", Marks: []fact.Mark{{At: 0, To: m.mark}}}}
				for _, c := range cases {
					part := *c
					part.Facts = nil
					for _, f := range c.Facts {
						if !m.absent(f) {
							part.Facts = append(part.Facts, f)
						}
					}
					truth := map[string]bool{}
					for _, r := range rows(t, c, fact.NewWorld("b"), p, state.End) {
						if r.Finding != nil {
							truth[r.Standard.ID+r.Key+strconv.FormatInt(int64(r.Finding.Raised), 10)] = true
						}
					}
					for _, r := range rows(t, &part, w, p, now) {
						if r.Finding != nil && !truth[r.Standard.ID+r.Key+strconv.FormatInt(int64(r.Finding.Raised), 10)] {
							t.Fatalf("%s, %s: case %s: %s raised at %s is not in the complete log", log, m.name, c.ID, r.Standard.ID, day.FormatInstant(r.Finding.Raised, time.UTC))
						}
					}
				}
			}
		}
	}
}
