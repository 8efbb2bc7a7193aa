package postgres_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"candour/internal/postgres"
	"candour/internal/postgres/pgtest"
	"candour/internal/record"
	"candour/internal/record/recordtest"
)

// What each process appends: facts of its own, and facts that all of them append.
const (
	processes  = 4
	callers    = 8
	ownFacts   = 12
	commonOnes = 6
)

// appender is a process of TestProcessesNeverFork: it appends, and writes a line for each
// fact that was answered for.
func appender(dsn, name string) {
	db, err := postgres.Open(ctx, dsn, postgres.Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var seed uint64
	fmt.Sscan(name, &seed)
	l, err := record.Open(ctx, db.Log(recordtest.Origin), recordtest.Options(seed))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for i := range ownFacts + commonOnes {
				d := own(name, c, i)
				if i >= ownFacts {
					d = recordtest.Draft(c*commonOnes + i - ownFacts)
				}
				placed, err := l.Append(ctx, d)
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				mu.Lock()
				fmt.Println(d.Key, placed[0].Index)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	l.Close()
	db.Close()
}

func own(name string, caller, i int) record.Draft {
	d := recordtest.Draft(i)
	d.Key = fmt.Sprintf("fact:p%s-%d-%d", name, caller, i)
	return d
}

// TestProcessesNeverFork lets processes append to one body at once.
func TestProcessesNeverFork(t *testing.T) {
	_, dsn := pgtest.Shared(t).Database(t, "")
	said := make([][]string, processes)
	var wg sync.WaitGroup
	for p := range processes {
		wg.Go(func() {
			c := exec.Command(os.Args[0])
			c.Env = append(os.Environ(), "CANDOUR_TEST_APPENDER="+dsn, fmt.Sprintf("CANDOUR_TEST_NAME=%d", p+1))
			var wrong strings.Builder
			c.Stderr = &wrong
			out, err := c.Output()
			if err != nil {
				t.Errorf("process %d: %v\n%s", p, err, &wrong)
			}
			for s := bufio.NewScanner(strings.NewReader(string(out))); s.Scan(); {
				said[p] = append(said[p], s.Text())
			}
		})
	}
	wg.Wait()
	l := recordtest.Open(t, openAt(t, dsn, postgres.Options{}).Log(recordtest.Origin), recordtest.Options(99))
	if v := recordtest.Verified(t, l); v.Facts != processes*callers*ownFacts+callers*commonOnes {
		t.Errorf("%d facts, want %d", v.Facts, processes*callers*ownFacts+callers*commonOnes)
	}
	for p := range said {
		if len(said[p]) != callers*(ownFacts+commonOnes) {
			t.Errorf("process %d was answered %d times", p, len(said[p]))
		}
		for _, line := range said[p] {
			key, index, _ := strings.Cut(line, " ")
			if known, err := l.Known(ctx, key); err != nil || fmt.Sprint(known[key]) != index || len(known) != 1 {
				t.Errorf("%s was answered with entry %s; the record has %v, %v", key, index, known, err)
			}
		}
	}
}

// TestCloneIsFound copies a database and appends to both. Each is whole in itself; only
// somebody who saw a checkpoint of the other, as a witness does, can tell.
func TestCloneIsFound(t *testing.T) {
	server := pgtest.Shared(t)
	name, dsn := server.Database(t, "")
	db := openAt(t, dsn, postgres.Options{})
	l := recordtest.Open(t, db.Log(recordtest.Origin), recordtest.Options(1))
	recordtest.Fill(t, l, 0, 300)
	common, _, err := l.Checkpoint(ctx)
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	db.Close()
	_, clone := server.Database(t, name)

	a := recordtest.Open(t, openAt(t, dsn, postgres.Options{}).Log(recordtest.Origin), recordtest.Options(2))
	b := recordtest.Open(t, openAt(t, clone, postgres.Options{}).Log(recordtest.Origin), recordtest.Options(3))
	recordtest.Fill(t, a, 300, 20)
	recordtest.Fill(t, b, 300, 20) // the very same facts: their salts differ
	seenA, _, err := a.Checkpoint(ctx)
	if err != nil {
		t.Fatal(err)
	}
	recordtest.Verified(t, a)
	recordtest.Verified(t, b)
	for _, l := range []*record.Log{a, b} {
		if root, err := l.RootAt(ctx, common.Size); err != nil || root != common.Root {
			t.Errorf("before the copy was made the roots are one: %v", err)
		}
	}
	root, err := b.RootAt(ctx, seenA.Size)
	if err != nil || root == seenA.Root {
		t.Fatalf("two histories have one root: %v", err)
	}
	v, err := b.Verify(ctx, recordtest.Policy(), []record.Seen{{By: "the witness", Checkpoint: seenA}}, nil)
	if err != nil || v.Intact() {
		t.Errorf("the witness's checkpoint was not missed: %+v, %v", v, err)
	}
}
