package faults_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"candour/internal/faults/vfs"
	"candour/internal/record"
	"candour/internal/record/recordtest"
	"candour/internal/sqlite"
)

// lived is a record's life as the disk saw it: what was written and synced, and between
// them, as marks, what was acknowledged. A large one grows so fast that SQLite empties the
// write-ahead log by itself.
func lived(t *testing.T, random *rand.Rand, large bool) []vfs.Op {
	t.Helper()
	disk := newFailing()
	disk.Keep(true)
	path := filepath.Join(t.TempDir(), "record.db")
	n := 0
	for life := range 3 {
		o, err := openSQLite(path, sqlite.Options{VFS: disk.Name()}, uint64(life))
		if err != nil {
			t.Fatal(err)
		}
		for range 6 {
			var wg sync.WaitGroup
			for range 1 + random.IntN(12) {
				from, size := n, random.IntN(3)
				var drafts []record.Draft
				for range 1 + random.IntN(4) {
					d := recordtest.Draft(n)
					if size == 0 {
						d.Fields = append(d.Fields, record.Field{Name: "f.long", Value: make([]byte, random.IntN(20_000))})
					}
					drafts = append(drafts, d)
					n++
				}
				wg.Go(func() {
					placed, err := o.log.Append(ctx, drafts...)
					if err != nil {
						t.Error(err)
						return
					}
					for i, p := range placed {
						disk.Mark(ack{recordtest.Draft(from + i).Key, p.Index, fmt.Sprintf("%x", p.Leaf)})
					}
				})
			}
			wg.Wait()
			switch random.IntN(6) {
			case 0:
				if err := o.db.Flush(ctx); err != nil {
					t.Fatal(err)
				}
			case 1:
				if _, _, err := o.log.Checkpoint(ctx); err != nil {
					t.Fatal(err)
				}
			case 2: // enough to empty the write-ahead log by itself
				if !large || life > 0 {
					break
				}
				var drafts []record.Draft
				for range 100 {
					d := recordtest.Draft(n)
					d.Fields = append(d.Fields, record.Field{Name: "f.long", Value: make([]byte, 45_000)})
					drafts = append(drafts, d)
					n++
				}
				if _, err := o.log.Append(ctx, drafts...); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := o.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return disk.Ops()
}

// TestPowerCut lets a record live, and then, at many moments of its life, takes the power
// away: the files hold what was synced by then, and of what was written since some sectors, whole,
// torn or full of noise. What was acknowledged by then is there, the record verifies, and
// it goes on.
func TestPowerCut(t *testing.T) {
	random := chance(t)
	const aLife = 250 // cuts of one life
	all := rounds(200, 20_000)
	cuts, writes, syncs, lost := 0, 0, 0, 0
	dir := filepath.Join(ram(t), "d")
	for cuts < all {
		ops := lived(t, random, long() && random.IntN(4) == 0)
		for _, op := range ops {
			switch op.Kind {
			case vfs.Write:
				writes++
			case vfs.Sync:
				syncs++
			}
		}
		var at []int
		for range min(aLife, all-cuts) {
			at = append(at, random.IntN(len(ops)+1))
		}
		slices.Sort(at)
		replay, done := vfs.NewReplay(nil), 0
		var acks []ack
		for _, n := range at {
			for ; done < n; done++ {
				replay.Do(ops[done])
				if a, ok := ops[done].Mark.(ack); ok {
					acks = append(acks, a)
				}
			}
			loss := vfs.Loss{Sector: 512 << (3 * random.IntN(2)), Torn: random.IntN(2) == 0, Noise: random.IntN(2) == 0}
			left := replay.Cut(loss, random)
			lay(t, dir, left)
			if err := survives(filepath.Join(dir, "record.db"), acks, random.IntN(10) == 0); err != nil {
				kept := keepFiles(t, left)
				t.Fatalf("cut %d, after %d of %d operations (the last: %v), %+v, %d acknowledged: %v\n%s", cuts, n, len(ops), last(ops[:n]), loss, len(acks), err, kept)
			}
			cuts++
			if len(acks) == 0 {
				lost++
			}
		}
	}
	t.Logf("%d cuts, %d of them before anything was acknowledged; lives of %d writes and %d syncs in all", cuts, lost, writes, syncs)
}

// TestDiskThatLiesIsNoticed is a test of the test: where the log was never synced, facts are
// lost, and TestPowerCut would say so.
func TestDiskThatLiesIsNoticed(t *testing.T) {
	random := chance(t)
	ops := lived(t, random, false)
	dir := filepath.Join(ram(t), "d")
	lost := 0
	for range 40 {
		replay := vfs.NewReplay(nil)
		var acks []ack
		for _, op := range ops[:len(ops)/4+random.IntN(len(ops)/2)] {
			if op.Kind != vfs.Sync || op.File != "record.db-wal" {
				replay.Do(op)
			}
			if a, ok := op.Mark.(ack); ok {
				acks = append(acks, a)
			}
		}
		lay(t, dir, replay.Cut(vfs.Loss{Sector: 4096}, random))
		if err := survives(filepath.Join(dir, "record.db"), acks, false); err != nil {
			lost++
		}
	}
	if lost == 0 {
		t.Error("a disk that never syncs the log loses nothing: the power is not cut in earnest")
	}
	t.Logf("%d of 40 cuts lost facts or damaged the file", lost)
}

// ram is a folder that lies in memory where there is one, because nothing here is to last.
func ram(t *testing.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "candour-faults-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func keepFiles(t *testing.T, files map[string][]byte) string {
	dir, err := os.MkdirTemp("", "candour-cut-")
	if err != nil {
		return err.Error()
	}
	lay(t, dir, files)
	return "the files are in " + dir
}

func last(ops []vfs.Op) string {
	if len(ops) == 0 {
		return "none"
	}
	op := ops[len(ops)-1]
	return fmt.Sprintf("%v of %s at %d, %d bytes", op.Kind, op.File, op.Offset, len(op.Data))
}

var unsynced = newFailing()

// survives opens a record as the operator would after the power came back.
func survives(path string, acks []ack, goOn bool) error {
	o, err := openSQLite(path, sqlite.Options{VFS: unsynced.Name()}, 9)
	if err != nil {
		return err
	}
	defer o.Close()
	if _, err := holds(o.log, acks); err != nil {
		return err
	}
	if !goOn {
		return nil
	}
	if _, err := o.log.Append(ctx, many(300, 10)...); err != nil {
		return err
	}
	_, err = holds(o.log, acks)
	return err
}
