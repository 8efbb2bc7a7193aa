package witness_test

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"candour"
	"candour/internal/witness"

	"k8s.io/klog/v2"
)

const childDir = "CANDOUR_WITNESS_CHILD"

// TestMain serves a witness instead of testing where a test asks for it in a process of
// its own. The oracle logs by itself; what it says is not of interest.
func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		child(dir)
	}
	slog.SetDefault(slog.New(slog.DiscardHandler))
	flags := flag.NewFlagSet("klog", flag.PanicOnError)
	klog.InitFlags(flags)
	if err := errors.Join(flags.Set("logtostderr", "false"), flags.Set("stderrthreshold", "FATAL")); err != nil {
		panic(err)
	}
	klog.SetOutput(io.Discard)
	os.Exit(m.Run())
}

// child serves until it is killed.
func child(dir string) {
	s, err := witness.Open(witness.Options{Dir: dir, Config: settings(newRecord("a")), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		panic(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(l.Addr())
	panic(http.Serve(l, s.Handler()))
}

// TestKilledAtAnyMoment kills the witness again and again while two records that part at
// 10 are sent to it. Every signature that got out must be of one record, and no larger than what is
// in the folder.
func TestKilledAtAnyMoment(t *testing.T) {
	const rounds, most = 20, 4000
	a := newRecord("a").grow(10, "fact")
	b := a.branch().grow(most, "b")
	a.grow(most, "a")
	d := newDesk(t, settings(a))
	d.ok(a, 0, 10)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	out := &signatures{}
	for range rounds {
		address, kill := start(t, d.options.Dir)
		client := &witness.Client{URL: "http://" + address, Witness: candour.Witness{Operator: "iopc", Key: d.Key()}}
		var wait sync.WaitGroup
		for i := range 4 {
			r := []*record{a, b}[i%2]
			wait.Go(func() { out.collect(t, client, r) })
		}
		out.await(t, out.count()+1+rand.IntN(6))
		time.Sleep(time.Duration(rand.IntN(5000)) * time.Microsecond)
		kill()
		wait.Wait()
	}
	d.open()
	held, err := d.Checkpoint(body)
	if err != nil {
		t.Fatal(err)
	}
	size, err := strconv.ParseInt(strings.Split(string(held), "\n")[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d signatures, up to size %d; the folder has %d", len(out.all), out.largest(), size)
	if len(out.all) < rounds || out.largest() > size {
		t.Errorf("%d signatures, up to size %d; the folder has %d", len(out.all), out.largest(), size)
	}
	of := out.all[0].record
	for _, s := range out.all {
		if s.record != of {
			t.Fatalf("signed two records: size %d of one, %d of the other", out.all[0].size, s.size)
		}
		d.verify(s.record, s.size, s.line)
	}
	if c, _ := of.at(size); !strings.HasPrefix(string(held), c.Text()) {
		t.Errorf("the folder has another record than that which was signed:\n%s", held)
	}
}

// start runs the witness in a process of its own.
func start(t *testing.T, dir string) (address string, kill func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	address, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(address), func() {
		if err := cmd.Process.Kill(); err != nil {
			t.Error(err)
		}
		_ = cmd.Wait() // it was killed
	}
}

// signatures are those that got out.
type signatures struct {
	mu  sync.Mutex
	all []signed
}

type signed struct {
	record *record
	size   int64
	line   string
}

// collect has a record cosigned step by step until the witness is gone or has another.
func (s *signatures) collect(t *testing.T, c *witness.Client, r *record) {
	old := int64(10)
	for {
		to := min(old+1+rand.Int64N(3), int64(len(r.leaves)))
		r.mu.Lock()
		msg, proof := r.note(to), r.proof(old, to)
		r.mu.Unlock()
		line, err := c.Cosign(t.Context(), msg, old, proof)
		conflict := (*witness.Conflict)(nil)
		switch {
		case err == nil:
			s.mu.Lock()
			s.all = append(s.all, signed{r, to, line})
			s.mu.Unlock()
			old = to
		case errors.As(err, &conflict) && conflict.Size < int64(len(r.leaves)):
			old = conflict.Size
		default:
			return
		}
	}
}

func (s *signatures) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.all)
}

// await waits until there are so many.
func (s *signatures) await(t *testing.T, n int) {
	for range 20_000 {
		if s.count() >= n {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("no signature for long: %d, want %d", s.count(), n)
}

func (s *signatures) largest() (n int64) {
	for _, x := range s.all {
		n = max(n, x.size)
	}
	return n
}
