package sqlite_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"candour/internal/record/recordtest"
	"candour/internal/vault/vaulttest"
)

func TestKeys(t *testing.T) {
	vaulttest.TestKeys(t, func(t *testing.T) vaulttest.Keys {
		db, _ := open(t)
		return db.Log(recordtest.Origin).Keys()
	})
}

// TestDeletedKeyLeavesNoTrace looks for the bytes in every file of the database, while it is open.
func TestDeletedKeyLeavesNoTrace(t *testing.T) {
	ctx := context.Background()
	db, path := open(t)
	k := db.Log(recordtest.Origin).Keys()
	first, second := bytes.Repeat([]byte("wrapped, first"), 20), bytes.Repeat([]byte("wrapped, second"), 20)
	tag := [32]byte{1}
	if _, _, err := k.Add(ctx, tag, "m", first); err != nil {
		t.Fatal(err)
	}
	if !found(t, path, first[:14]) {
		t.Fatal("the row is in no file: the test looks in the wrong place")
	}
	if done, err := k.Replace(ctx, tag, first, "m", second); !done || err != nil {
		t.Fatal(done, err)
	}
	if found(t, path, first[:14]) {
		t.Error("what was replaced is still in a file")
	}
	if err := k.Delete(ctx, tag); err != nil {
		t.Fatal(err)
	}
	if found(t, path, second[:15]) {
		t.Error("what was deleted is still in a file")
	}
}

func found(t *testing.T, path string, what []byte) bool {
	t.Helper()
	files, err := filepath.Glob(path + "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, what) {
			return true
		}
	}
	return false
}
