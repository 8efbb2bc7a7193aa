package postgres_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"candour/internal/postgres"
	"candour/internal/postgres/pgtest"
	"candour/internal/record"
	"candour/internal/record/recordtest"
	"candour/internal/vault/vaulttest"
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
			Exec: func(t *testing.T, statement string, args ...any) { tamper(t, dsn, statement, args...) },
		}
	})
}

// tamper does what somebody with all rights on the database can do: it drops the triggers first.
func tamper(t testing.TB, dsn, statement string, args ...any) {
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

func TestKeys(t *testing.T) {
	db, _ := open(t)
	vaulttest.TestKeys(t, func(t *testing.T) vaulttest.Keys { return db.Log(recordtest.Origin + "/" + t.Name()).Keys() })
}

// TestCommitWaitsForTheDisk opens a database whose role is told not to wait, and asks the
// server what each commit did.
func TestCommitWaitsForTheDisk(t *testing.T) {
	name, dsn := pgtest.Shared(t).Database(t, "")
	admin(t, dsn, `ALTER DATABASE `+name+` SET synchronous_commit = off`)
	db := openAt(t, dsn, postgres.Options{NoTriggers: true})
	admin(t, dsn, `CREATE TABLE candour.seen (how text)`)
	admin(t, dsn, `CREATE FUNCTION candour.see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO candour.seen VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$`)
	for _, table := range []string{"fact", "checkpoint", "data_key", "payload"} {
		// deferred: it runs at the end of the transaction, as the commit does
		admin(t, dsn, `CREATE CONSTRAINT TRIGGER see AFTER INSERT OR UPDATE OR DELETE ON candour.`+table+` DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION candour.see()`)
	}
	s := db.Log(recordtest.Origin)
	l := recordtest.Open(t, s, recordtest.Options(1))
	recordtest.Fill(t, l, 0, 3)
	if _, _, err := l.Checkpoint(ctx); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Keys().Add(ctx, [32]byte{1}, "m", []byte("w")); err != nil {
		t.Fatal(err)
	}
	if err := s.SetPayloads(ctx, 0, map[int64][]byte{0: nil, 1: []byte("other")}); err != nil {
		t.Fatal(err)
	}
	if n := number(t, dsn, `SELECT count(*) FROM candour.seen`); n != 3+3+1+1+2 {
		t.Errorf("%d rows were seen", n)
	}
	if n := number(t, dsn, `SELECT count(*) FROM candour.seen WHERE how <> 'on'`); n != 0 {
		t.Errorf("%d rows were committed without waiting for the disk", n)
	}
}

func TestServerThatDoesNotSyncIsRefused(t *testing.T) {
	pgtest.Shared(t) // skips where there is none
	server, err := pgtest.New(pgtest.Options{Unsynced: true})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	_, dsn := server.Database(t, "")
	if _, err := postgres.Open(ctx, dsn, postgres.Options{}); err == nil || !strings.Contains(err.Error(), "fsync is off") {
		t.Errorf("got %v", err)
	}
	db, err := postgres.Open(ctx, dsn, postgres.Options{Unsynced: true})
	if err != nil {
		t.Fatal(err)
	}
	db.Close()
}

// TestOtherSessions appends from several logs at once where the sessions are not as PostgreSQL
// gives them: serializable, as CockroachDB is, and the other ways of pgx to send a statement.
func TestOtherSessions(t *testing.T) {
	for _, session := range []string{"default_transaction_isolation=serializable", "default_transaction_isolation='repeatable read'",
		"default_query_exec_mode=exec", "default_query_exec_mode=cache_statement", "default_query_exec_mode=simple_protocol"} {
		t.Run(session, func(t *testing.T) {
			_, dsn := pgtest.Shared(t).Database(t, "")
			var logs []*record.Log
			for i := range 3 {
				s := openAt(t, dsn+" "+session, postgres.Options{}).Log(recordtest.Origin)
				logs = append(logs, recordtest.Open(t, s, recordtest.Options(uint64(i))))
			}
			var wg sync.WaitGroup
			for w := range 12 {
				wg.Go(func() {
					for i := range 6 {
						if _, err := logs[w%3].Append(ctx, own(session, w, i)); err != nil {
							t.Error(err)
						}
					}
				})
			}
			wg.Wait()
			recordtest.Fill(t, logs[0], 0, 300)
			if _, _, err := logs[0].Checkpoint(ctx); err != nil {
				t.Error(err)
			}
			if v := recordtest.Verified(t, logs[1]); v.Facts != 372 || v.Checkpoints != 1 {
				t.Errorf("%d facts, %d checkpoints", v.Facts, v.Checkpoints)
			}
		})
	}
}

func TestTriggersRefuse(t *testing.T) {
	db, dsn := open(t)
	l := recordtest.Open(t, db.Log(recordtest.Origin), recordtest.Options(1))
	recordtest.Fill(t, l, 0, 300)
	if _, _, err := l.Checkpoint(ctx); err != nil {
		t.Fatal(err)
	}
	c, err := pgx.Connect(ctx, dsn+" search_path=candour")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	for _, statement := range []string{
		`UPDATE fact SET seq = 9 WHERE idx = 1`, `DELETE FROM fact WHERE idx = 1`, `TRUNCATE fact`, `UPDATE tile SET number = 7`, `DELETE FROM tile`,
		`UPDATE idempotency SET idx = 9`, `DELETE FROM idempotency`, `DELETE FROM checkpoint`, `DELETE FROM head`, `UPDATE head SET size = 1`, `TRUNCATE payload`,
	} {
		if _, err := c.Exec(ctx, statement); err == nil || !strings.Contains(err.Error(), "never altered or removed") {
			t.Errorf("%s: %v", statement, err)
		}
	}
	recordtest.Verified(t, l)
}

// TestTriggersMayComeLater opens a database as for an engine without plpgsql, and then as for one that has it.
func TestTriggersMayComeLater(t *testing.T) {
	_, dsn := pgtest.Shared(t).Database(t, "")
	l := recordtest.Open(t, openAt(t, dsn, postgres.Options{NoTriggers: true}).Log(recordtest.Origin), recordtest.Options(1))
	recordtest.Fill(t, l, 0, 10)
	const triggers = `SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal`
	if n := number(t, dsn, triggers); n != 0 {
		t.Errorf("%d triggers", n)
	}
	openAt(t, dsn, postgres.Options{})
	if n := number(t, dsn, triggers); n == 0 {
		t.Error("no triggers")
	}
	openAt(t, dsn, postgres.Options{NoTriggers: true})
	recordtest.Fill(t, l, 10, 10)
}

// TestOpenAtOnce opens a new database many times at once: the tables are made once.
func TestOpenAtOnce(t *testing.T) {
	_, dsn := pgtest.Shared(t).Database(t, "")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			db, err := postgres.Open(ctx, dsn, postgres.Options{Schema: "of_their_own"})
			if err != nil {
				t.Error(err)
				return
			}
			defer db.Close()
			if _, err := db.Log(fmt.Sprintf("%s/%d", recordtest.Origin, i)).Head(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	db := openAt(t, dsn, postgres.Options{Schema: "of_their_own", ReadOnly: true})
	if o, err := db.Origins(ctx); err != nil || len(o) != 8 {
		t.Errorf("%q, %v", o, err)
	}
	if n := number(t, dsn, `SELECT count(*) FROM information_schema.tables WHERE table_schema NOT IN ('of_their_own', 'pg_catalog', 'information_schema')`); n != 0 {
		t.Errorf("%d tables in other schemas", n)
	}
}

// TestNothingIsNeededOfTheSession takes from the session what it keeps, as a pooler does that
// gives each transaction another one.
func TestNothingIsNeededOfTheSession(t *testing.T) {
	_, dsn := pgtest.Shared(t).Database(t, "")
	for i, lose := range []string{`DEALLOCATE ALL`, `DISCARD ALL`} {
		db := openAt(t, dsn+" pool_max_conns=1", postgres.Options{})
		s := db.Log(recordtest.Origin)
		l := recordtest.Open(t, s, recordtest.Options(uint64(i)))
		ask := func(query string, want int64) {
			t.Helper()
			if n, err := postgres.Ask(ctx, db, query); err != nil || n != want {
				t.Errorf("%s: %d, %v", query, n, err)
			}
		}
		recordtest.Fill(t, l, i*1000, 300)
		recordtest.Verified(t, l) // one connection is enough, also where reads are nested
		ask(`SELECT count(*) FROM pg_prepared_statements`, 1)
		ask(`SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'`, 0)
		ask(`SELECT count(*) FROM pg_settings WHERE source = 'session' AND name NOT IN ('client_encoding', 'application_name')`, 0)
		if err := postgres.Do(ctx, db, lose); err != nil {
			t.Fatal(err)
		}
		recordtest.Fill(t, l, i*1000+300, 10)
		ask(`SELECT count(*) FROM pg_prepared_statements`, 0)
		recordtest.Verified(t, l)
	}
}

// TestRewriteLeavesNoTrace looks for what was removed in the files, which Rewrite makes anew.
func TestRewriteLeavesNoTrace(t *testing.T) {
	db, dsn := open(t)
	s := db.Log(recordtest.Origin)
	l := recordtest.Open(t, s, recordtest.Options(1))
	recordtest.Fill(t, l, 0, 20)
	kept, gone := bytes.Repeat([]byte("to be kept"), 20), bytes.Repeat([]byte("to be erased"), 20)
	for keys, p := range []map[int64][]byte{{2: kept, 3: gone}, {3: nil}} {
		if err := s.SetPayloads(ctx, int64(keys), p); err != nil {
			t.Fatal(err)
		}
	}
	for tag, wrapped := range [][]byte{kept, gone} {
		if _, _, err := s.Keys().Add(ctx, [32]byte{byte(tag)}, "m", wrapped); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Keys().Delete(ctx, [32]byte{1}); err != nil {
		t.Fatal(err)
	}
	if err := db.Rewrite(ctx); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"candour.payload", "candour.data_key"} {
		if server := pgtest.Shared(t); !server.Holds(t, dsn, table, kept) || server.Holds(t, dsn, table, gone) {
			t.Errorf("the file of %s has not what was kept, or has what was removed", table)
		}
	}
}

func admin(t testing.TB, dsn, statement string) {
	t.Helper()
	c, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	if _, err := c.Exec(ctx, statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func number(t testing.TB, dsn, query string) (n int64) {
	t.Helper()
	c, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	if err := c.QueryRow(ctx, query).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}
