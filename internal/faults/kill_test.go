package faults_test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"candour/internal/postgres"
	"candour/internal/postgres/pgtest"
	"candour/internal/record"
	"candour/internal/record/recordtest"
	"candour/internal/sqlite"
)

const writers = 64

// child is the process that is killed. Each writer appends facts of its own, and a line says
// each that was acknowledged; what follows is the parent's doing. The first fact of a writer is
// the one that may have been under way when the process before was killed.
func child(where string) {
	die := func(err error) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var store record.Store
	if path, ok := strings.CutPrefix(where, "sqlite:"); ok {
		db, err := sqlite.Open(ctx, path, sqlite.Options{})
		if err != nil {
			die(err)
		}
		store = db.Log(recordtest.Origin)
	} else {
		db, err := postgres.Open(ctx, where, postgres.Options{})
		if err != nil {
			die(err)
		}
		store = db.Log(recordtest.Origin)
	}
	l, err := record.Open(ctx, store, options(uint64(time.Now().UnixNano())))
	if err != nil {
		die(err)
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for w, from := range strings.Fields(os.Getenv("CANDOUR_FAULTS_FROM")) {
		wg.Go(func() {
			var n int
			fmt.Sscan(from, &n)
			for ; ; n++ {
				d := written(w, n)
				placed, err := l.Append(ctx, d)
				if err != nil { // the server was killed: this one again, until the parent ends it
					time.Sleep(10 * time.Millisecond)
					n--
					continue
				}
				leaf := "-"
				if !placed[0].Existing {
					leaf = fmt.Sprintf("%x", placed[0].Leaf)
				}
				line := fmt.Appendf(nil, "%d %d %d %s\n", w, n, placed[0].Index, leaf)
				mu.Lock()
				_, err = os.Stdout.Write(line) // at once: what is in the pipe outlives the process
				mu.Unlock()
				if err != nil {
					die(err)
				}
			}
		})
	}
	wg.Wait()
}

// written is the fact number n of a writer.
func written(w, n int) record.Draft {
	d := recordtest.Draft(w*1000003 + n)
	d.Chain = fmt.Sprintf("case/w%d", w%40)
	d.Key = fmt.Sprintf("fact:w%d-%d", w, n)
	d.Fields = append(d.Fields, record.Field{Name: "f.long", Value: make([]byte, binary.MaxVarintLen64*(n%50))})
	return d
}

// murder starts a child and kills it, by SIGKILL, at a random moment after it first
// acknowledged something, or before. It gives what was acknowledged.
func murder(t *testing.T, where string, from []int, random *rand.Rand, also func()) (acks []ack) {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), "CANDOUR_FAULTS_CHILD="+where, "CANDOUR_FAULTS_FROM="+strings.Trim(fmt.Sprint(from), "[]"))
	var wrong strings.Builder
	c.Stderr = &wrong
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	after := random.IntN(200) // how many are acknowledged first
	early := random.IntN(10) == 0
	wait := time.Duration(random.IntN(30_000)) * time.Microsecond
	reached := make(chan struct{})
	go func() {
		if early {
			time.Sleep(wait * 10)
		} else {
			select {
			case <-reached:
			case <-time.After(20 * time.Second):
			}
			time.Sleep(wait)
		}
		if also != nil {
			also()
		}
		c.Process.Kill()
	}()
	r := bufio.NewReader(out)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			break // half a line was not said
		}
		var w, n int
		a := ack{}
		if _, err := fmt.Sscan(line, &w, &n, &a.index, &a.leaf); err != nil {
			t.Fatalf("the child said %q", line)
		}
		if n != from[w] {
			t.Fatalf("writer %d was answered for %d, after %d", w, n, from[w]-1)
		}
		from[w]++
		a.key = written(w, n).Key
		if acks = append(acks, a); len(acks) == after+1 {
			close(reached)
		}
	}
	c.Wait()
	if wrong.Len() > 0 && also == nil { // without its server it may not even have opened the record
		t.Fatalf("the child: %s", &wrong)
	}
	return acks
}

// recordRounds is how many rounds are made on one record before a new one is begun.
const recordRounds = 20

func TestKilledOnSQLite(t *testing.T) {
	random := chance(t)
	var acks []ack
	var from []int
	var path string
	said, stand := 0, int64(0)
	for round := range rounds(20, 500) {
		if round%recordRounds == 0 {
			path, acks, from = filepath.Join(t.TempDir(), "record.db"), nil, make([]int, writers)
		}
		more := murder(t, "sqlite:"+path, from, random, nil)
		acks = append(acks, more...)
		said += len(more)
		o, err := openSQLite(path, sqlite.Options{}, 1)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		n, err := holds(o.log, acks)
		if err != nil {
			t.Fatalf("round %d, %d acknowledged: %v", round, len(acks), err)
		}
		if round%recordRounds == recordRounds-1 || round == rounds(20, 500)-1 {
			stand += n
		}
		if err := o.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d rounds: %d facts acknowledged, all there once; %d stand in the records", rounds(20, 500), said, stand)
}

func TestKilledOnPostgreSQL(t *testing.T) {
	server := pgtest.Shared(t)
	random := chance(t)
	var acks []ack
	var from []int
	var dsn string
	said, servers := 0, 0
	for round := range rounds(20, 500) {
		if round%recordRounds == 0 {
			_, dsn = server.Database(t, "")
			acks, from = nil, make([]int, writers)
		}
		var also func()
		killed := false
		if round%5 == 2 { // the server's processes too
			killed = true
			servers++
			also = func() {
				if err := server.Kill(); err != nil {
					t.Error(err)
				}
				time.Sleep(time.Duration(round%3) * 5 * time.Millisecond)
			}
		}
		more := murder(t, dsn, from, random, also)
		acks = append(acks, more...)
		said += len(more)
		if killed {
			if err := server.Start(); err != nil {
				t.Fatal(err)
			}
		}
		db, err := postgres.Open(ctx, dsn, postgres.Options{})
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		l, err := record.Open(ctx, db.Log(recordtest.Origin), options(1))
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if _, err := holds(l, acks); err != nil {
			t.Fatalf("round %d, %d acknowledged: %v", round, len(acks), err)
		}
		l.Close()
		db.Close()
	}
	t.Logf("%d rounds, in %d of them the server was killed too: %d facts acknowledged, all there once", rounds(20, 500), servers, said)
}
