package sqlite_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"

	"candour/internal/record"
	"candour/internal/record/recordtest"
	"candour/internal/sqlite"
)

func open(t testing.TB) (*sqlite.DB, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "record.db")
	db, err := sqlite.Open(context.Background(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db, path
}

func TestConformance(t *testing.T) {
	recordtest.Run(t, func(t *testing.T) *recordtest.Database {
		db, path := open(t)
		return &recordtest.Database{
			Log:  func(origin string) record.Store { return db.Log(origin) },
			Exec: func(t *testing.T, statement string, args ...any) { exec(t, path, statement, args...) },
		}
	})
}

// dropTriggers drops every trigger, and names them.
func dropTriggers(t *testing.T, raw *sql.DB) (names []string) {
	t.Helper()
	rows, err := raw.Query(`SELECT name FROM sqlite_schema WHERE type = 'trigger'`)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var n string
		if err := rows.Scan(&n); err != nil {
			t.Fatal(err)
		}
		names = append(names, n)
	}
	rows.Close()
	for _, n := range names {
		if _, err := raw.Exec(`DROP TRIGGER ` + n); err != nil {
			t.Fatal(err)
		}
	}
	return names
}

// exec does what somebody with all rights on the file can do.
func exec(t *testing.T, path, statement string, args ...any) {
	t.Helper()
	raw, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	dropTriggers(t, raw)
	if _, err := raw.Exec(statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func BenchmarkAppend(b *testing.B) {
	db, _ := open(b)
	l := recordtest.Open(b, db.Log(recordtest.Origin), recordtest.Options(1))
	n := 0
	for b.Loop() {
		recordtest.Fill(b, l, n, 1000)
		n += 1000
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "facts/s")
}
