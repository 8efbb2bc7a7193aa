//go:build unix

package main

import (
	"os"
	"path/filepath"
	"testing"

	"candour/internal/postgres/pgtest"
)

// TestBackupsOfBothStoresRestoreIntoEither: from PostgreSQL into a file, and from there into
// another PostgreSQL, a record is what it was, attachments and all.
func TestBackupsOfBothStoresRestoreIntoEither(t *testing.T) {
	if os.Getenv("CANDOUR_NO_POSTGRES") == "1" {
		t.Skip("no PostgreSQL, as CANDOUR_NO_POSTGRES says")
	}
	server, err := pgtest.New(pgtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	_, one := server.Database(t, "")
	_, two := server.Database(t, "")

	dir, nm := begun(t, 40, "--postgres", one)
	put(t, nm, "case/C1", "a photograph")
	erase(t, nm, "C2", "f2-1")
	read := call(t, 0, "export", nm)
	call(t, 0, "backup", nm, filepath.Join(dir, "one"))
	call(t, 0, "doctor", nm)
	file := filepath.Join(dir, "file")
	call(t, 0, "restore", backups(t, filepath.Join(dir, "one"))[0], file, "--keys", copyKeys(t, nm, dir))
	call(t, 0, "restore", file, "--new-epoch", "--by", "a", "--second", "b", "--reason", "it moves")
	if call(t, 0, "export", file) != read {
		t.Error("in a file the record reads otherwise")
	}
	call(t, 0, "backup", file, filepath.Join(dir, "two"))
	again := filepath.Join(dir, "again")
	call(t, 0, "restore", backups(t, filepath.Join(dir, "two"))[0], again, "--postgres", two, "--keys", copyKeys(t, nm, dir))
	call(t, 0, "restore", again, "--new-epoch", "--by", "a", "--second", "b", "--reason", "it moves back")
	if call(t, 0, "export", again) != read {
		t.Error("in PostgreSQL the record reads otherwise")
	}
	call(t, 0, "import", again, filepath.Join(dir, "cases.jsonl"))
	call(t, 0, "verify", again)
}
