package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// many grows a record and says, for each tenth, what appending takes: in bulk, and one fact
// alone. Then how long it takes to open it, and to verify it in which memory.
func many(s settings) error {
	dir := s.folder()
	o, err := oursSQLite(dir)
	if err != nil {
		return err
	}
	fmt.Printf("\n%d facts on SQLite\n\nfacts\tin bulk, facts a second\tone alone, median of 101 (beside a synced file)\n", s.facts)
	f, err := os.Create(filepath.Join(dir, "raw"))
	if err != nil {
		return err
	}
	defer f.Close()
	step, n := s.facts/10, 0
	for range 10 {
		begun := time.Now()
		if err := o.fill(n, n+step-101); err != nil {
			return err
		}
		took := time.Since(begun)
		n += step - 101
		var alone, synced []time.Duration
		for range 101 {
			begun := time.Now()
			if err := o.append(n); err != nil {
				return err
			}
			n++
			alone = append(alone, time.Since(begun))
			begun = time.Now()
			if _, err := f.Write(make([]byte, 800)); err != nil {
				return err
			}
			if err := datasync(f); err != nil {
				return err
			}
			synced = append(synced, time.Since(begun))
		}
		slices.Sort(alone)
		slices.Sort(synced)
		fmt.Printf("%d\t%.0f\t%v\t(%v, %.1f times)\n", n, float64(step)/took.Seconds(), alone[50].Round(10*time.Microsecond), synced[50].Round(10*time.Microsecond), float64(alone[50])/float64(synced[50]))
	}
	if err := o.end(); err != nil {
		return err
	}
	begun := time.Now()
	if o, err = oursSQLite(dir); err != nil {
		return err
	}
	defer o.end()
	if _, err := o.log.Head(ctx); err != nil {
		return err
	}
	fmt.Printf("opened, with the head: %v\n", time.Since(begun).Round(time.Millisecond))
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // begins the peak anew, where there is such a thing
	if b, err := os.ReadFile("/proc/self/io"); err == nil {
		for line := range strings.Lines(string(b)) {
			if rest, ok := strings.CutPrefix(line, "write_bytes: "); ok {
				if written, err := strconv.Atoi(strings.TrimSpace(rest)); err == nil {
					fmt.Printf("written to disk: %d bytes a fact\n", written/n)
				}
			}
		}
	}
	begun = time.Now()
	if err := o.check(n); err != nil {
		return err
	}
	took := time.Since(begun)
	fmt.Printf("verified whole: %v, %.0f facts a second, %s at most\n", took.Round(time.Millisecond), float64(n)/took.Seconds(), peak())
	info, err := os.Stat(filepath.Join(dir, "record.db"))
	if err == nil {
		fmt.Printf("the file: %d bytes a fact\n", info.Size()/int64(n))
	}
	return err
}

// peak is the most memory that the process had resident.
func peak() string {
	b, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			if kb, err := strconv.Atoi(strings.Fields(rest)[0]); err == nil {
				return fmt.Sprintf("%d MB resident", kb>>10)
			}
		}
	}
	return "memory not known"
}
