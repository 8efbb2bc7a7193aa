package faults_test

import (
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

// cutter stands between the store and the server, and cuts connections after so many bytes
// more, wherever that is: in a statement, between it and its answer, in the answer.
type cutter struct {
	left [2]atomic.Int64 // bytes until the cut, to the server and from it; below 0: never
	cuts [2]atomic.Int64
}

func (p *cutter) listen(t *testing.T, server *pgtest.Server, database string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	p.left[0].Store(-1)
	p.left[1].Store(-1)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s, err := net.Dial("unix", server.Socket())
			if err != nil {
				c.Close()
				continue
			}
			go p.pass(s, c, 0)
			go p.pass(c, s, 1)
		}
	}()
	return fmt.Sprintf("host=127.0.0.1 port=%d user=candour sslmode=disable dbname=%s pool_max_conns=4", l.Addr().(*net.TCPAddr).Port, database)
}

// pass carries what one side says to the other, until it is cut.
func (p *cutter) pass(to, from net.Conn, way int) {
	defer to.Close()
	defer from.Close()
	b := make([]byte, 1<<16)
	for {
		n, err := from.Read(b)
		if n > 0 {
			if left := p.left[way].Load(); left >= 0 && left < int64(n) && p.left[way].CompareAndSwap(left, -1) {
				to.Write(b[:left])
				p.cuts[way].Add(1)
				return
			} else if left >= 0 {
				p.left[way].CompareAndSwap(left, left-int64(n))
			}
			if _, err := to.Write(b[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// TestConnectionCutAnywhere cuts connections to PostgreSQL at random bytes, both ways, while
// 64 writers append, each until its fact is acknowledged.
func TestConnectionCutAnywhere(t *testing.T) {
	server := pgtest.Shared(t)
	random := chance(t)
	p := &cutter{}
	name, direct := server.Database(t, "")
	db, err := postgres.Open(ctx, p.listen(t, server, name), postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	l := recordtest.Open(t, db.Log(recordtest.Origin), options(1))
	var mu sync.Mutex
	var acks []ack
	var stop atomic.Bool
	var uncertain, other atomic.Int64
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for n := 0; !stop.Load(); n++ {
				d := written(w, n)
				for {
					placed, err := l.Append(ctx, d)
					if err != nil {
						if errors.Is(err, record.ErrUncertain) {
							uncertain.Add(1)
						} else {
							other.Add(1)
						}
						time.Sleep(time.Millisecond)
						continue
					}
					a := ack{d.Key, placed[0].Index, "-"}
					if !placed[0].Existing {
						a.leaf = fmt.Sprintf("%x", placed[0].Leaf)
					}
					mu.Lock()
					acks = append(acks, a)
					mu.Unlock()
					break
				}
			}
		})
	}
	count := func() int { mu.Lock(); defer mu.Unlock(); return len(acks) }
	all := rounds(40, 5000)
	for range all {
		way, was := random.IntN(2), count()
		before := p.cuts[way].Load()
		p.left[way].Store(int64(cutAt(random, way)))
		for until := time.Now().Add(30 * time.Second); p.cuts[way].Load() == before || count() < was+20; time.Sleep(time.Millisecond) {
			if time.Now().After(until) {
				t.Fatal("after a cut nothing is acknowledged")
			}
		}
	}
	stop.Store(true)
	wg.Wait()
	whole, err := postgres.Open(ctx, direct, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer whole.Close()
	n, err := holds(recordtest.Open(t, whole.Log(recordtest.Origin), options(2)), acks)
	if err != nil {
		t.Fatal(err)
	}
	if n != int64(len(acks)) {
		t.Errorf("%d facts stand and %d were acknowledged", n, len(acks))
	}
	t.Logf("%d cuts (%d on the way there, %d on the way back): %d facts acknowledged, all there once; %d times the caller heard that nobody knows, %d times that nothing was done", all, p.cuts[0].Load(), p.cuts[1].Load(), len(acks), uncertain.Load(), other.Load())
}

// cutAt is after how many bytes: of a few, or of many.
func cutAt(random *rand.Rand, way int) int {
	if way == 1 || random.IntN(2) == 0 { // an answer is short
		return random.IntN(300)
	}
	return random.IntN(60_000)
}
