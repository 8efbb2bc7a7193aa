package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"candour/internal/record"
)

// TestBreakGlassIsNotedAndGoesOnRecord closes the log of reads under a record.
func TestBreakGlassIsNotedAndGoesOnRecord(t *testing.T) {
	ctx := context.Background()
	var out, errs strings.Builder
	a := newApp(func() time.Time { return time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC) })
	a.out, a.err = &out, &errs
	dir := filepath.Join(t.TempDir(), "nm")
	if code := a.main([]string{"init", dir, "--body", "northmere"}); code != exitClean {
		t.Fatal(errs.String())
	}
	h, err := a.openHome(ctx, dir, false)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	h.reads.Close()
	if err := h.noteRead(ctx, a, "check", "", "every case"); err == nil {
		t.Fatal("it was read without a record of it")
	}
	acting.BreakGlass = true
	defer func() { acting.BreakGlass = false }()
	if err := h.noteRead(ctx, a, "check", "", "every case"); err == nil || !strings.Contains(err.Error(), "takes a reason") {
		t.Errorf("without a reason: %v", err)
	}
	a.reason = "a child in danger"
	if err := h.noteRead(ctx, a, "check", "", "every case"); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(errs.String(), "BREAK-GLASS") {
		t.Errorf("nobody is told: %s", errs.String())
	}
	h.Close()
	again, err := a.openHome(ctx, dir, false)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if err := again.noteRead(ctx, a, "check", "", "every case"); err != nil {
		t.Fatal(err)
	}
	glass := 0
	if err := again.reads.Each(ctx, 0, -1, func(f *record.Fact) error {
		if f.Get("break_glass") != "" && f.Get("reason") == "a child in danger" {
			glass++
		}
		return nil
	}); err != nil || glass != 1 {
		t.Errorf("%d on record, %v", glass, err)
	}
	if _, err := os.Stat(filepath.Join(again.keys, fileGlass)); !os.IsNotExist(err) {
		t.Errorf("the note beside the record is still there: %v", err)
	}
}
