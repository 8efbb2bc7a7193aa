package postgres_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"candour/internal/postgres"
	"candour/internal/postgres/pgtest"
	"candour/internal/record"
	"candour/internal/record/recordtest"
)

var ctx = context.Background()

func TestMain(m *testing.M) {
	if dsn := os.Getenv("CANDOUR_TEST_APPENDER"); dsn != "" {
		appender(dsn, os.Getenv("CANDOUR_TEST_NAME"))
		return
	}
	os.Exit(pgtest.Main(m))
}

// open opens a new database.
func open(t testing.TB) (*postgres.DB, string) {
	t.Helper()
	_, dsn := pgtest.Shared(t).Database(t, "")
	return openAt(t, dsn, postgres.Options{}), dsn
}

func openAt(t testing.TB, dsn string, o postgres.Options) *postgres.DB {
	t.Helper()
	db, err := postgres.Open(ctx, dsn, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func TestConformance(t *testing.T) {
	recordtest.Run(t, func(t *testing.T) *recordtest.Database {
		db, dsn := open(t)
		return &recordtest.Database{
			Log:  func(origin string) record.Store { return db.Log(origin) },
			Exec: func(t *testing.T, statement string, args ...any) { exec(t, dsn, statement, args...) },
		}
	})
}

// exec does what somebody with all rights on the database can do: it drops the triggers first.
func exec(t testing.TB, dsn, statement string, args ...any) {
	t.Helper()
	c, err := pgx.Connect(ctx, dsn+" search_path=candour")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	if _, err := c.Exec(ctx, `DROP FUNCTION IF EXISTS refuse CASCADE`); err != nil {
		t.Fatal(err)
	}
	for i := 1; strings.Contains(statement, "?"); i++ {
		statement = strings.Replace(statement, "?", fmt.Sprintf("$%d", i), 1)
	}
	if _, err := c.Exec(ctx, statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func appender(dsn, name string) {}
