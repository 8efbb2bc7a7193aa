//go:build cgo

package peer

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"runtime"

	"github.com/duckdb/duckdb-go/v2"

	"candour/bench/rule"
	"candour/bench/trace"
)

// duckDB lists DuckDB on one thread, as the others run, and on all there are.
func duckDB() []Maker {
	with := func(threads int) func(*trace.Log, []rule.Rule) (Peer, error) {
		return func(l *trace.Log, r []rule.Rule) (Peer, error) {
			return newSQL("duckdb", "", l, r, fmt.Sprintf("SET threads = %d", threads), appendRows)
		}
	}
	return []Maker{{"DuckDB", with(1)}, {DuckDBAll, with(runtime.GOMAXPROCS(0))}}
}

// appendRows loads a log by DuckDB's appender; row by row insertion would take minutes.
func appendRows(db *sql.DB, l *trace.Log) error {
	conn, err := db.Conn(context.Background())
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(c any) error {
		cases, err := duckdb.NewAppenderFromConn(c.(driver.Conn), "", "cases")
		if err != nil {
			return err
		}
		events, err := duckdb.NewAppenderFromConn(c.(driver.Conn), "", "ev")
		if err != nil {
			return err
		}
		for i := range l.Cases {
			if err := appendRow(cases, caseRow(i, &l.Cases[i])); err != nil {
				return err
			}
			for j := range l.Cases[i].Events {
				if err := appendRow(events, eventRow(i, j, &l.Cases[i].Events[j])); err != nil {
					return err
				}
			}
		}
		if err := cases.Close(); err != nil {
			return err
		}
		return events.Close()
	})
}

func appendRow(a *duckdb.Appender, row []any) error {
	vals := make([]driver.Value, len(row))
	for i, v := range row {
		vals[i] = v
	}
	return a.AppendRow(vals...)
}
