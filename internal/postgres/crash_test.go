package postgres_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"candour/internal/postgres"
	"candour/internal/postgres/pgtest"
	"candour/internal/record"
	"candour/internal/record/recordtest"
)

// Where the proxy cuts the connection of a batch.
const (
	never  int32 = iota
	before       // nothing reaches the server
	during       // the statement is sent, and nobody waits for what becomes of it
	after        // the server has committed and answered, and the answer is lost
)

// proxy stands between the store and the server, counts how often it is asked, and cuts the
// connection of the next batch.
type proxy struct {
	cut   atomic.Int32
	cuts  atomic.Int32
	trips atomic.Int32
}

// listen gives the DSN of a database by way of the proxy.
func (p *proxy) listen(t *testing.T, server *pgtest.Server, database string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(c, server.Socket())
		}
	}()
	return fmt.Sprintf("host=127.0.0.1 port=%d user=candour sslmode=disable dbname=%s", l.Addr().(*net.TCPAddr).Port, database)
}

// executed is how a message ends that has a statement run to its end: Execute, then Sync.
var executed = []byte("E\x00\x00\x00\x09\x00\x00\x00\x00\x00S\x00\x00\x00\x04")

// synced is how everything ends that waits for an answer: Sync.
var synced = []byte("S\x00\x00\x00\x04")

// ready is how the server's answer ends where no transaction is open.
var ready = []byte("Z\x00\x00\x00\x05I")

func (p *proxy) serve(client net.Conn, socket string) {
	defer client.Close()
	server, err := net.Dial("unix", socket)
	if err != nil {
		return
	}
	defer server.Close()
	var silent atomic.Bool
	go func() { // what the server says
		defer client.Close()
		defer server.Close()
		b := make([]byte, 1<<20)
		for {
			n, err := server.Read(b)
			if err != nil {
				return
			}
			if silent.Load() {
				if bytes.HasSuffix(b[:n], ready) {
					return
				}
				continue
			}
			if _, err := client.Write(b[:n]); err != nil {
				return
			}
		}
	}()
	b := make([]byte, 1<<20)
	for {
		n, err := client.Read(b)
		if err != nil {
			return
		}
		if bytes.HasSuffix(b[:n], synced) {
			p.trips.Add(1)
		}
		// the statement of a batch is the only one that has a name
		if bytes.Contains(b[:n], []byte("stmtcache_")) && bytes.HasSuffix(b[:n], executed) {
			switch cut := p.cut.Swap(never); cut {
			case before:
				p.cuts.Add(1)
				return
			case during:
				p.cuts.Add(1)
				server.Write(b[:n])
				return
			case after:
				p.cuts.Add(1)
				silent.Store(true)
			}
		}
		if _, err := server.Write(b[:n]); err != nil {
			return
		}
	}
}

// TestConnectionIsCutInACommit cuts it before, while and after the server commits: the
// store says that it does not know, and the log finds out.
func TestConnectionIsCutInACommit(t *testing.T) {
	server := pgtest.Shared(t)
	name, direct := server.Database(t, "")
	p := &proxy{}
	db := openAt(t, p.listen(t, server, name)+" pool_max_conns=2", postgres.Options{})
	s := db.Log(recordtest.Origin)
	l := recordtest.Open(t, s, recordtest.Options(1))
	recordtest.Fill(t, l, 0, 10) // both connections have described the statement
	n := 10
	for round := range 18 {
		cut := before + int32(round)%3
		p.cut.Store(cut)
		placed, err := l.Append(ctx, recordtest.Draft(n))
		if err != nil || placed[0].Index != int64(n) || cut == after && placed[0].Existing {
			t.Fatalf("round %d, cut %d: %+v, %v", round, cut, placed, err)
		}
		n++
		recordtest.Fill(t, l, n, 1) // by a connection that is whole
		n++
	}
	if got := p.cuts.Load(); got != 18 {
		t.Errorf("%d connections were cut", got)
	}
	whole := recordtest.Open(t, openAt(t, direct, postgres.Options{}).Log(recordtest.Origin), recordtest.Options(2))
	if v := recordtest.Verified(t, whole); v.Facts != int64(n) {
		t.Errorf("%d facts, want %d", v.Facts, n)
	}
}

// TestBatchIsOneRoundTrip counts how often the server is asked for one call of Append.
func TestBatchIsOneRoundTrip(t *testing.T) {
	server := pgtest.Shared(t)
	name, _ := server.Database(t, "")
	p := &proxy{}
	s := openAt(t, p.listen(t, server, name)+" pool_max_conns=1", postgres.Options{}).Log(recordtest.Origin)
	l := recordtest.Open(t, s, recordtest.Options(1))
	recordtest.Fill(t, l, 0, 250)
	keys := int64(0)
	for _, c := range []struct {
		what  string
		trips int32
		do    func()
	}{
		{"one fact on a chain that was written before", 1, func() { recordtest.Fill(t, l, 250, 1) }},
		{"a hundred facts and a tile", 1, func() { recordtest.Fill(t, l, 251, 100) }},
		{"a chain that was not", 2, func() {
			d := recordtest.Draft(351)
			d.Chain = "case/new"
			if _, err := l.Append(ctx, d); err != nil {
				t.Fatal(err)
			}
		}},
		{"content removed, and the room of it freed", 2, func() {
			if err := s.SetPayloads(ctx, keys, map[int64][]byte{3: nil, 4: []byte("other")}); err != nil {
				t.Fatal(err)
			}
			keys++
		}},
	} {
		if c.what == "content removed, and the room of it freed" {
			c.do() // describes its statements
		}
		p.trips.Store(0)
		c.do()
		if n := p.trips.Load(); n > c.trips {
			t.Errorf("%s: %d round trips, want %d", c.what, n, c.trips)
		}
	}
}

// TestStoreSaysWhatItDoesNotKnow asks the store itself.
func TestStoreSaysWhatItDoesNotKnow(t *testing.T) {
	server := pgtest.Shared(t)
	name, _ := server.Database(t, "")
	p := &proxy{}
	s := openAt(t, p.listen(t, server, name)+" pool_max_conns=1", postgres.Options{}).Log(recordtest.Origin)
	recordtest.Fill(t, recordtest.Open(t, s, recordtest.Options(1)), 0, 1)
	for _, cut := range []int32{before, after, during} { // during is last: an empty batch moves no size, and may still come
		h, err := s.Head(ctx)
		if err != nil {
			t.Fatal(err)
		}
		next := record.Head{Epoch: h.Epoch, Sealed: h.Sealed + 1, Edge: h.Edge.Clone()}
		if err := s.Commit(ctx, h, &record.Batch{Head: next}); err != nil { // so that the connection knows the statement
			t.Fatal(err)
		}
		p.cut.Store(cut)
		next.Sealed++
		if err := s.Commit(ctx, h, &record.Batch{Head: next}); !errors.Is(err, record.ErrUncertain) {
			t.Errorf("cut %d: %v", cut, err)
		}
		now, err := s.Head(ctx)
		if err != nil || cut == before && now.Sealed == next.Sealed || cut == after && now.Sealed != next.Sealed {
			t.Errorf("cut %d: sealed at %d, %v", cut, now.Sealed, err)
		}
	}
}

// TestServerIsKilled kills the server again and again while writers append: what was
// answered for is there, once, and the same log goes on after each start.
func TestServerIsKilled(t *testing.T) {
	server := pgtest.Shared(t)
	_, dsn := server.Database(t, "")
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	logs := []*record.Log{
		recordtest.Open(t, openAt(t, dsn, postgres.Options{}).Log(recordtest.Origin), recordtest.Options(1)),
		recordtest.Open(t, openAt(t, dsn, postgres.Options{}).Log(recordtest.Origin), recordtest.Options(2)),
	}
	var stop atomic.Bool
	var answered, refused atomic.Int64
	type answer struct {
		key   string
		index int64
	}
	answers := make([][]answer, 16)
	var wg sync.WaitGroup
	for w := range answers {
		wg.Go(func() {
			for i := 0; !stop.Load(); i++ {
				d := own("killed", w, i)
				for {
					placed, err := logs[w%len(logs)].Append(ctx, d)
					if err == nil {
						answers[w] = append(answers[w], answer{d.Key, placed[0].Index})
						answered.Add(1)
						break
					}
					refused.Add(1)
					time.Sleep(20 * time.Millisecond)
				}
			}
		})
	}
	for range 6 {
		was := answered.Load()
		for until := time.Now().Add(30 * time.Second); answered.Load() < was+50; time.Sleep(time.Millisecond) {
			if time.Now().After(until) {
				t.Fatal("after a start nothing is answered")
			}
		}
		time.Sleep(time.Duration(random.IntN(100_000)) * time.Microsecond)
		if err := server.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := server.Start(); err != nil {
			t.Fatal(err)
		}
	}
	stop.Store(true)
	wg.Wait()
	t.Logf("%d answered, %d refused", answered.Load(), refused.Load())
	if v := recordtest.Verified(t, logs[0]); v.Facts != answered.Load() {
		t.Errorf("%d facts, %d were answered for", v.Facts, answered.Load())
	}
	for w := range answers {
		for _, a := range answers[w] {
			if known, err := logs[1].Known(ctx, a.key); err != nil || known[a.key] != a.index || len(known) != 1 {
				t.Fatalf("%s was answered with entry %d; the record has %v, %v", a.key, a.index, known, err)
			}
		}
	}
}

// TestServerIsAway looks what callers hear while there is no server, and after.
func TestServerIsAway(t *testing.T) {
	server := pgtest.Shared(t)
	_, dsn := server.Database(t, "")
	l := recordtest.Open(t, openAt(t, dsn, postgres.Options{}).Log(recordtest.Origin), recordtest.Options(1))
	recordtest.Fill(t, l, 0, 5)
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	var err error
	for range 3 { // the first may have found the dead connection in the middle of its commit
		_, err = l.Append(ctx, recordtest.Draft(5))
	}
	if !errors.Is(err, record.ErrUnreachable) || errors.Is(err, record.ErrUncertain) {
		t.Errorf("got %v", err)
	}
	if _, err := l.Head(ctx); !errors.Is(err, record.ErrUnreachable) {
		t.Errorf("got %v", err)
	}
	if _, err := postgres.Open(ctx, dsn, postgres.Options{}); err == nil {
		t.Error("a server that is away was opened")
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	recordtest.Fill(t, l, 5, 5)
	recordtest.Verified(t, l)
}
