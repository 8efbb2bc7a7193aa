package sqlite_test

import (
	"context"
	"database/sql"
	"slices"
	"testing"
)

// TestExamine: a new file is as it ought to be, each trigger of the migrations is looked for,
// and one that was dropped is missed.
func TestExamine(t *testing.T) {
	db, path := open(t)
	h, err := db.Examine(context.Background(), true)
	if err != nil || h.Journal != "wal" || h.Synchronous != 2 || h.SecureDelete != 1 || h.Version < 1 || h.Missing != nil || h.Faults != nil {
		t.Errorf("a new file: %+v, %v", h, err)
	}
	raw, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	all := dropTriggers(t, raw)
	h, err = db.Examine(context.Background(), false)
	slices.Sort(all)
	slices.Sort(h.Missing)
	if err != nil || !slices.Equal(h.Missing, all) {
		t.Errorf("without triggers: missing %v, want %v; %v", h.Missing, all, err)
	}
}
