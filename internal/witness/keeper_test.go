package witness_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"candour"
	"candour/internal/witness"
)

// direct sends requests to a handler without a network, as a test in a bubble must.
type direct struct {
	handler http.Handler
	mu      sync.Mutex
	down    error       // guarded by mu
	asked   []time.Time // guarded by mu
}

// fail has requests fail from now on; nil: no more.
func (d *direct) fail(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.down = err
}

// times are the moments at which something was asked.
func (d *direct) times() []time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.asked)
}

func (d *direct) RoundTrip(r *http.Request) (*http.Response, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = append(d.asked, time.Now())
	if d.down != nil {
		return nil, d.down
	}
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	resp := w.Result()
	resp.Request = r
	return resp, nil
}

func (d *desk) direct() (*witness.Client, *direct) {
	way := &direct{handler: d.Handler()}
	c := d.client()
	c.URL, c.HTTP = "http://witness.example", &http.Client{Transport: way}
	return c, way
}

func TestKeeperLearnsTheSizeAndGoesOn(t *testing.T) {
	r := newRecord("a").grow(10, "fact")
	d := newDesk(t, settings(r))
	c, way := d.direct()
	k := witness.NewKeeper(r, c)
	for i, want := range []int{1, 2, 3} {
		if err := k.Round(t.Context()); err != nil || len(way.times()) != want || len(r.kept) != i+1 {
			t.Fatalf("round %d: asked %d times, kept %d, %v", i, len(way.times()), len(r.kept), err)
		}
		d.verify(r, int64(len(r.leaves)), r.kept[i])
		r.grow(i*20, "fact")
	}
	if err := witness.NewKeeper(r, c).Round(t.Context()); err != nil || len(way.times()) != 5 {
		t.Errorf("a keeper that knows nothing: asked %d times, %v", len(way.times()), err)
	}
}

func TestKeeperRaisesTheAlarm(t *testing.T) {
	r := newRecord("a").grow(100, "fact")
	d := newDesk(t, settings(r))
	c, _ := d.direct()
	k := witness.NewKeeper(r, c)
	if err := k.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	var split *witness.SplitView
	err := witness.NewKeeper(newRecord("a").grow(100, "other"), c).Round(t.Context())
	if !errors.As(err, &split) || split.Size != 100 || !witness.Alarming(err) || !strings.Contains(err.Error(), "iopc.example/witness") {
		t.Errorf("other record of the same size: %v", err)
	}
	var ahead *witness.Ahead
	err = witness.NewKeeper(newRecord("a").grow(90, "fact"), c).Round(t.Context())
	if !errors.As(err, &ahead) || *ahead != (witness.Ahead{Origin: body, Size: 100, Ours: 90}) || !witness.Alarming(err) {
		t.Errorf("older copy: %v", err)
	}
	var refusal *witness.Refusal
	err = witness.NewKeeper(newRecord("a").grow(120, "other"), c).Round(t.Context())
	if !errors.As(err, &refusal) || refusal.Kind != witness.Unproven || witness.Alarming(err) {
		t.Errorf("fork: %v", err)
	}
	short := r.branch()
	short.leaves, short.stored = short.leaves[:0], short.stored[:0]
	k.Log = short.grow(50, "fact") // the record under a running keeper was put back
	if err := k.Round(t.Context()); !errors.As(err, &ahead) || ahead.Ours != 50 {
		t.Errorf("older copy under a running keeper: %v", err)
	}
}

func TestKeeperTellsOfAWitnessThatForgot(t *testing.T) {
	r := newRecord("a").grow(100, "fact")
	d, empty := newDesk(t, settings(r)), newDesk(t, settings(r))
	c, way := d.direct()
	k := witness.NewKeeper(r, c)
	if err := k.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	way.handler = empty.Handler()
	err := k.Round(t.Context())
	var forgot *witness.Forgot
	if !errors.As(err, &forgot) || *forgot != (witness.Forgot{Origin: body, Size: 0, Known: 100}) || !witness.Alarming(err) {
		t.Errorf("got %v", err)
	}
	if len(r.kept) != 2 {
		t.Errorf("it was not cosigned all the same: %d", len(r.kept))
	}
	if err := k.Round(t.Context()); err != nil {
		t.Errorf("then: %v", err)
	}
}

func TestKeeperStartsANewEpochFromNought(t *testing.T) {
	r := newRecord("a").grow(100, "fact")
	d := newDesk(t, settings(r))
	c, _ := d.direct()
	k := witness.NewKeeper(r, c)
	second := newRecord("a").grow(90, "fact")
	second.origin = candour.CheckpointOrigin(body, 2)
	for _, log := range []*record{r, second} {
		k.Log = log
		if err := k.Round(t.Context()); err != nil {
			t.Errorf("%s: %v", log.origin, err)
		}
	}
	var refusal *witness.Refusal
	k.Log = r
	if err := k.Round(t.Context()); !errors.As(err, &refusal) || refusal.Kind != witness.Over {
		t.Errorf("back to the first epoch: %v", err)
	}
}

// TestRunAsksAgainAndUnwitnessedTells runs a keeper with two witnesses, one of which is
// down for a while.
func TestRunAsksAgainAndUnwitnessedTells(t *testing.T) {
	r := newRecord("a").grow(10, "fact")
	a, b := newDesk(t, settings(r)), newDesk(t, settings(r))
	synctest.Test(t, func(t *testing.T) {
		up, upWay := a.direct()
		down, downWay := b.direct()
		down.Witness.Operator = "other"
		downWay.fail(errors.New("no route"))
		k := witness.NewKeeper(r, up, down)
		k.Quorum = 2
		var reports atomic.Int64
		k.Report = func(err error) {
			if strings.Count(err.Error(), "no route") != 1 {
				t.Errorf("report: %v", err)
			}
			reports.Add(1)
		}
		begin := time.Now()
		if since, ok := k.Unwitnessed(begin); !ok || !since.IsZero() {
			t.Errorf("before the first round: %v, %v", since, ok)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- k.Run(ctx, time.Minute) }()
		time.Sleep(10*time.Minute - time.Second)
		synctest.Wait()
		var waits []time.Duration
		for _, at := range downWay.times() {
			waits = append(waits, at.Sub(begin))
		}
		if got := fmt.Sprint(waits); got != "[0s 5s 15s 35s 1m15s 2m35s 5m15s]" {
			t.Errorf("the witness that is down was asked at %s", got)
		}
		if len(upWay.times()) != 10 || int(reports.Load()) != len(waits) {
			t.Errorf("the other was asked %d times; %d reports", len(upWay.times()), reports.Load())
		}
		downWay.fail(nil)
		time.Sleep(time.Minute) // it is asked again at 10m15s
		synctest.Wait()
		if since, ok := k.Unwitnessed(time.Now()); ok || since.Before(begin.Add(10*time.Minute)) {
			t.Errorf("once both cosigned: %v, %v", since.Sub(begin), ok)
		}
		downWay.fail(errors.New("no route"))
		r.grow(1, "fact")
		time.Sleep(20 * time.Minute)
		synctest.Wait()
		if since, ok := k.Unwitnessed(time.Now()); !ok || since.Sub(begin) > 12*time.Minute {
			t.Errorf("with one down for long: %v, %v", since.Sub(begin), ok)
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("ended with %v", err)
		}
	})
}

// TestRunWaitsWhereTheLogFails has the log fail: it must not be asked without a pause.
func TestRunWaitsWhereTheLogFails(t *testing.T) {
	r := newRecord("a").grow(10, "fact")
	d := newDesk(t, settings(r))
	synctest.Test(t, func(t *testing.T) {
		r.down = errors.New("disk")
		c, way := d.direct()
		k := witness.NewKeeper(r, c)
		reports := 0
		k.Report = func(error) { reports++ }
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if err := k.Run(ctx, time.Minute); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		if len(way.times()) != 0 || reports < 10 || reports > 30 {
			t.Errorf("asked %d times, %d reports", len(way.times()), reports)
		}
	})
}

// TestClientTakesNothingElse has a witness answer with what is not its cosignature.
func TestClientTakesNothingElse(t *testing.T) {
	r := newRecord("a").grow(10, "fact")
	d := newDesk(t, settings(r))
	good := d.ok(r, 0, 10)
	other := d.ok(r, 10, 10)
	nine := newDesk(t, settings(r)).ok(r, 0, 9)
	answer := ""
	fake := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, answer) }))
	t.Cleanup(fake.Close)
	c := d.client()
	c.URL = fake.URL
	for _, test := range []struct{ name, answer, want string }{
		{"the line", good, good},
		{"with lines of others", strings.Replace(good, "iopc", "icpo", 1) + good, good},
		{"nothing", "", ""},
		{"no line", "thanks\n", ""},
		{"of another size", nine, ""},
		{"of another name", strings.Replace(good, "iopc", "icpo", 1), ""},
		{"changed", strings.Replace(good, good[30:34], "AAAA", 1), ""},
		{"without the line feed", strings.TrimSpace(other), ""},
		{"with another text", "\nmore\n\n" + good, ""},
	} {
		answer = test.answer
		got, err := c.Cosign(t.Context(), r.note(10), 0, nil)
		if got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%s: got %q, %v", test.name, got, err)
		}
	}
	at, err := witness.CosignedAt(r.note(10), good, d.Key())
	if err != nil || !at.Equal(d.clock.now()) {
		t.Errorf("cosigned at %v, %v", at, err)
	}
}

func TestClientLast(t *testing.T) {
	r := newRecord("a").grow(10, "fact")
	d := newDesk(t, settings(r))
	var refusal *witness.Refusal
	if _, err := d.client().Last(t.Context(), body); !errors.As(err, &refusal) || refusal.Kind != witness.Unknown {
		t.Errorf("before the first: %v", err)
	}
	line := d.ok(r, 0, 10)
	if got, err := d.client().Last(t.Context(), body); err != nil || string(got) != string(r.note(10))+line {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestExchangeByFile(t *testing.T) {
	r := newRecord("a").grow(100, "fact")
	fork := newRecord("a").grow(100, "other")
	d := newDesk(t, settings(r))
	c := d.client()
	ask := func(r *record, old, to int64) (string, error) {
		t.Helper()
		request := witness.Request(witness.Submission{Old: old, Proof: r.proof(old, to), Note: r.note(to)})
		answer, err := d.Answer(t.Context(), request)
		if err != nil {
			t.Fatal(err)
		}
		other := witness.Request(witness.Submission{Old: old, Note: r.note(to - 1)})
		if _, err := c.TakeAnswer(other, answer); err == nil {
			t.Error("the answer to another request was taken")
		}
		return c.TakeAnswer(request, answer)
	}
	line, err := ask(r, 0, 60)
	if err != nil {
		t.Fatal(err)
	}
	d.verify(r, 60, line)
	_, err = ask(r, 50, 70)
	if conflict := (*witness.Conflict)(nil); !errors.As(err, &conflict) || conflict.Size != 60 {
		t.Errorf("stale: %v", err)
	}
	_, err = ask(fork, 60, 60)
	if split := (*witness.SplitView)(nil); !errors.As(err, &split) {
		t.Errorf("split: %v", err)
	}
	_, err = ask(fork, 60, 70)
	if refusal := (*witness.Refusal)(nil); !errors.As(err, &refusal) || refusal.Kind != witness.Unproven {
		t.Errorf("fork: %v", err)
	}
	if _, err := d.Answer(t.Context(), r.submit(60, 70)); err == nil {
		t.Error("a file that is no request was answered")
	}
	request := witness.Request(witness.Submission{Old: 60, Proof: r.proof(60, 70), Note: r.note(70)})
	answer, err := c.Forward(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	if line, err = c.TakeAnswer(request, answer); err != nil {
		t.Fatal(err)
	}
	d.verify(r, 70, line)
}
