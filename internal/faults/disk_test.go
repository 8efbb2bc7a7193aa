package faults_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"candour/internal/faults/vfs"
	"candour/internal/record"
	"candour/internal/record/recordtest"
	"candour/internal/sqlite"
)

// failing is a disk of which the test sets how each next operation ends.
type failing struct {
	*vfs.Disk
	ask atomic.Pointer[func(vfs.Op) vfs.Fail]
}

func newFailing() *failing {
	f := &failing{}
	f.Disk = vfs.New(func(op vfs.Op) vfs.Fail {
		if ask := f.ask.Load(); ask != nil {
			return (*ask)(op)
		}
		return vfs.Fail{Skip: op.Kind == vfs.Sync}
	})
	return f
}

// set chooses what fails: the operation number n of the kinds, counted from now, and those
// after it where lasting. hit tells whether it came to that.
func (f *failing) set(n int, lasting bool, fail vfs.Fail, kinds ...vfs.Kind) (hit *atomic.Bool) {
	hit = &atomic.Bool{}
	seen := -1 // the disk asks one at a time
	ask := func(op vfs.Op) vfs.Fail {
		for _, k := range kinds {
			if op.Kind == k {
				seen++
				if seen == n || lasting && seen > n {
					hit.Store(true)
					out := fail
					if out.Written < 0 { // half of it
						out.Written = len(op.Data) / 2
					}
					return out
				}
			}
		}
		return vfs.Fail{Skip: op.Kind == vfs.Sync}
	}
	f.ask.Store(&ask)
	return hit
}

func (f *failing) mend() { f.ask.Store(nil) }

// base is a record with facts, in files that lie still.
func base(t *testing.T, facts int) map[string][]byte {
	t.Helper()
	dir := t.TempDir()
	o, err := openSQLite(filepath.Join(dir, "record.db"), sqlite.Options{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	recordtest.Fill(t, o.log, 0, facts)
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	return files(t, dir)
}

// faultKinds are the ways in which a disk fails here.
var faultKinds = []struct {
	what    string
	fail    vfs.Fail
	lasting bool
	kinds   []vfs.Kind
}{
	{"disk full at a write", vfs.Fail{Code: vfs.Full}, false, []vfs.Kind{vfs.Write}},
	{"disk full in the middle of a write", vfs.Fail{Code: vfs.Full, Written: -1}, false, []vfs.Kind{vfs.Write}},
	{"disk full from a write on", vfs.Fail{Code: vfs.Full}, true, []vfs.Kind{vfs.Write, vfs.Truncate}},
	{"a write is refused", vfs.Fail{Code: vfs.BadWrite, Written: -1}, false, []vfs.Kind{vfs.Write}},
	{"a sync is refused", vfs.Fail{Code: vfs.BadSync}, false, []vfs.Kind{vfs.Sync}},
	{"syncs are refused from one on", vfs.Fail{Code: vfs.BadSync}, true, []vfs.Kind{vfs.Sync}},
	{"a truncation is refused", vfs.Fail{Code: vfs.BadWrite}, false, []vfs.Kind{vfs.Truncate}},
	{"a read is refused", vfs.Fail{Code: vfs.BadRead}, false, []vfs.Kind{vfs.Read}},
}

// TestDiskFailsAtEveryOperation appends a batch, and lets the disk fail at each operation of
// it in turn. What was acknowledged before is there; what was refused was not done, unless it
// was said that nobody knows; the same call again puts it there once; and all of that is so
// for the process that goes on, and for one that finds the files as they lay at the failure.
func TestDiskFailsAtEveryOperation(t *testing.T) {
	random := chance(t)
	for _, act := range []struct {
		what        string
		do          func(o *opened) error
		short, full int // of so many operations one fails, in the short form and in the long one, or more often
	}{
		{"append of one fact", func(o *opened) error { _, err := o.log.Append(ctx, added(0)); return err }, 6, 1},
		{"append of 70 facts", func(o *opened) error { _, err := o.log.Append(ctx, many(70, 100)...); return err }, 120, 1},
		{"append of 200 facts of 30 kB, which empties the write-ahead log", func(o *opened) error { _, err := o.log.Append(ctx, many(200, 30_000)...); return err }, 3000, 300},
		{"emptying the write-ahead log", func(o *opened) error {
			if _, err := o.log.Append(ctx, added(0)); err != nil {
				return err
			}
			if err := o.db.Flush(ctx); err != nil {
				return errors.Join(errAfter, err)
			}
			return nil
		}, 10, 1},
	} {
		t.Run(act.what, func(t *testing.T) {
			every := act.short * slower
			if long() {
				every = act.full
			}
			start := base(t, 250)
			disk := newFailing()
			counted := map[string]int{}
			uncertain := 0
			for _, k := range faultKinds {
				if act.short > 1000 && !long() && random.IntN(4) > 0 {
					continue // each takes long: two kinds of eight, by chance
				}
				every := every
				if k.kinds[0] == vfs.Sync || k.kinds[0] == vfs.Truncate {
					every = 1 // there are few
				}
				for n := 0; ; n += 1 + random.IntN(every) {
					hit, unknown := failOnce(t, start, disk, act.do, fmt.Sprintf("%s, number %d", k.what, n), func() *atomic.Bool {
						return disk.set(n, k.lasting, k.fail, k.kinds...)
					})
					if unknown {
						uncertain++
					}
					if !hit {
						break
					}
					counted[k.what]++
				}
			}
			t.Logf("failures: %v; %d times the outcome was said to be unknown", counted, uncertain)
		})
	}
}

// added is a fact beyond those of base.
func added(n int) record.Draft { return recordtest.Draft(10_000 + n) }

func many(n, size int) (out []record.Draft) {
	for i := range n {
		d := added(i)
		d.Fields = append(d.Fields, record.Field{Name: "f.long", Value: make([]byte, size)})
		out = append(out, d)
	}
	return out
}

// failOnce makes one failure, and looks at what is left in two worlds.
func failOnce(t *testing.T, start map[string][]byte, disk *failing, do func(*opened) error, what string, set func() *atomic.Bool) (hit, unknown bool) {
	t.Helper()
	dir := filepath.Join(ram(t), "d")
	defer os.RemoveAll(dir)
	lay(t, dir, start)
	path := filepath.Join(dir, "record.db")
	disk.mend()
	o, err := openSQLite(path, sqlite.Options{VFS: disk.Name()}, 2)
	if err != nil {
		t.Fatal(err)
	}
	var acks []ack
	say := func(n int) {
		placed, err := o.log.Append(ctx, recordtest.Draft(n))
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		acks = append(acks, ack{recordtest.Draft(n).Key, placed[0].Index, fmt.Sprintf("%x", placed[0].Leaf)})
	}
	say(250)
	wasHit := set()
	failed := do(o)
	left := files(t, dir)
	disk.mend()
	if !wasHit.Load() {
		if failed != nil {
			t.Fatalf("%s: nothing failed, and yet: %v", what, failed)
		}
		o.Close()
		return false, false
	}
	unknown = errors.Is(failed, record.ErrUncertain)
	inDoubt := func(world string, l *record.Log) {
		known, err := l.Known(ctx, added(0).Key)
		if err != nil {
			t.Fatalf("%s, %s: %v", what, world, err)
		}
		switch {
		case failed == nil && len(known) == 0:
			t.Fatalf("%s, %s: LOST: it was acknowledged", what, world)
		case failed != nil && !unknown && len(known) > 0 && !errors.Is(failed, errAfter):
			t.Fatalf("%s, %s: it was refused, and stands: %v", what, world, failed)
		}
	}
	// The process goes on.
	inDoubt("the process goes on", o.log)
	if _, err := holds(o.log, acks); err != nil {
		t.Fatalf("%s, the process goes on: %v", what, err)
	}
	if err := do(o); err != nil {
		t.Fatalf("%s, the same call again: %v", what, err)
	}
	say(251)
	if _, err := holds(o.log, acks); err != nil {
		t.Fatalf("%s, after the same call again: %v", what, err)
	}
	if err := o.Close(); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	// Another finds the files as they lay.
	lay(t, dir, left)
	if o, err = openSQLite(path, sqlite.Options{VFS: disk.Name()}, 3); err != nil {
		t.Fatalf("%s, opened after a crash: %v", what, err)
	}
	inDoubt("opened after a crash", o.log)
	if _, err := holds(o.log, acks[:1]); err != nil {
		t.Fatalf("%s, opened after a crash: %v", what, err)
	}
	if err := do(o); err != nil {
		t.Fatalf("%s, opened after a crash, the same call again: %v", what, err)
	}
	if _, err := holds(o.log, acks[:1]); err != nil {
		t.Fatalf("%s, opened after a crash, after the same call again: %v", what, err)
	}
	if err := o.Close(); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	return true, unknown
}

// errAfter is the failure of what an act did after its append was acknowledged.
var errAfter = errors.New("after the append")
