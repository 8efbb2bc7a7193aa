package witness_test

import (
	"errors"
	"net/http"
	"syscall"
	"testing"

	"candour/internal/witness"
)

// failing is a file system that fails at one of its steps, before or after it did it.
type failing struct {
	witness.Disk
	countdown int // to the step that fails; 0: none does
	after     bool
}

func (f *failing) fails(do func() error) error {
	f.countdown--
	if f.countdown != 0 {
		return do()
	}
	if f.after {
		return errors.Join(do(), syscall.EIO)
	}
	return syscall.ENOSPC
}

func (f *failing) WriteTemp(path string, data []byte) error {
	return f.fails(func() error {
		if f.countdown == 0 { // a full disk takes a part
			data = data[:len(data)/2]
		}
		return f.Disk.WriteTemp(path, data)
	})
}

func (f *failing) Rename(from, to string) error {
	return f.fails(func() error { return f.Disk.Rename(from, to) })
}

func (f *failing) SyncDir(dir string) error {
	return f.fails(func() error { return f.Disk.SyncDir(dir) })
}

// TestDiskFailsAtEveryStep has each step of putting a checkpoint down fail. No signature
// may get out, and afterwards the witness goes on from what is in the folder.
func TestDiskFailsAtEveryStep(t *testing.T) {
	r := newRecord("a").grow(100, "fact")
	for _, after := range []bool{false, true} {
		for step := 1; step <= 3; step++ {
			f := &failing{}
			d := newDesk(t, settings(r))
			d.options = d.options.With(f)
			d.reopen()
			d.ok(r, 0, 10)
			f.countdown, f.after = step, after
			status, _, text := d.post("add-checkpoint", r.submit(10, 20))
			if status != http.StatusInternalServerError || len(text) == 0 {
				t.Errorf("step %d: status %d, %q", step, status, text)
			}
			renamed := step == 3 || step == 2 && after
			for range 2 {
				status, _, text = d.post("add-checkpoint", r.submit(0, 20))
				if want := map[bool]string{false: "10\n", true: "20\n"}[renamed]; status != 409 || text != want {
					t.Errorf("step %d: then has %q, want %q", step, text, want)
				}
				d.reopen()
			}
			if !renamed {
				d.ok(r, 10, 20)
			}
			d.ok(r, 20, 30)
		}
	}
}

// TestAlarmIsNotLost has the disk fail while an alarm is put down: the split view is not
// answered as one before it is kept.
func TestAlarmIsNotLost(t *testing.T) {
	r, fork := newRecord("a").grow(20, "fact"), newRecord("a").grow(20, "other")
	for step := 1; step <= 3; step++ {
		f := &failing{}
		d := newDesk(t, settings(r))
		d.options = d.options.With(f)
		d.reopen()
		d.ok(r, 0, 10)
		f.countdown = step
		if status, _, _ := d.post("add-checkpoint", fork.submit(10, 10)); status != 500 {
			t.Errorf("step %d: status %d", step, status)
		}
		if status, _, _ := d.post("add-checkpoint", fork.submit(10, 10)); status != 409 {
			t.Errorf("step %d: then status %d", step, status)
		}
		if alarms, err := witness.Alarms(d.options.Dir); err != nil || len(alarms) != 1 {
			t.Errorf("step %d: %d alarms, %v", step, len(alarms), err)
		}
	}
}

// TestDiskFailsWhileLeavesAreKept has each step of taking leaves in fail: what is held is
// what was held before, and the same leaves can be sent again.
func TestDiskFailsWhileLeavesAreKept(t *testing.T) {
	r := newRecord("a").grow(100, "fact")
	for step := 1; step <= 3; step++ {
		f := &failing{}
		d := newDesk(t, settings(r))
		d.options = d.options.With(f)
		d.reopen()
		note := append(r.note(100), d.ok(r, 0, 100)...)
		send := func(from, to int64) (int, string) {
			status, _, text := d.post("add-leaves", witness.Leaves{From: from, Proof: r.proof(to, 100), Leaf: r.leaves[from:to], Note: note}.Text())
			return status, text
		}
		if status, text := send(0, 30); status != 200 || text != "30\n" {
			t.Fatalf("status %d, %q", status, text)
		}
		f.countdown = step
		if status, _ := send(30, 60); status != 500 {
			t.Errorf("step %d: status %d", step, status)
		}
		if status, text := send(30, 60); status != 200 || text != "60\n" {
			t.Errorf("step %d: sent again: %d, %q", step, status, text)
		}
		d.reopen()
		m, err := d.Mirror(body)
		if err != nil {
			t.Fatal(err)
		}
		c, _ := r.at(60)
		if got, err := m.Root(60); err != nil || got != c.Root {
			t.Errorf("step %d: root %v", step, err)
		}
	}
}
