// Package peer holds the programs that are compared: Candour's engine, a plain
// Go program, cel-go's interpreter in a plain loop, OPA, SQLite and DuckDB.
//
// Each is given a log in memory and rules, and makes ready whatever it can
// before the first question: compiled conditions, prepared statements, indexes,
// inputs in its own types. What is timed is the answer alone. Each gives the
// same tallies or its time does not count.
package peer

import (
	"candour/bench/rule"
	"candour/bench/trace"
)

// Peer answers rules over one log that it holds in memory.
type Peer interface {
	// Backtest runs the ith rule alone over every case.
	Backtest(i int) (rule.Tally, error)
	// All runs every rule, in the way that suits the peer best.
	All() ([]rule.Tally, error)
}

// each runs rules one after another, for peers with no better way.
func each(p Peer, n int) ([]rule.Tally, error) {
	out := make([]rule.Tally, n)
	for i := range out {
		t, err := p.Backtest(i)
		if err != nil {
			return nil, err
		}
		out[i] = t
	}
	return out, nil
}

// Maker makes a peer of its name ready over a log.
type Maker struct {
	Name string
	New  func(*trace.Log, []rule.Rule) (Peer, error)
}

// Makers lists the peers beside the engine, the plain program first.
func Makers() []Maker {
	return append([]Maker{
		{"plain Go", func(l *trace.Log, r []rule.Rule) (Peer, error) { return NewPlain(l, r), nil }},
		{"cel-go", func(l *trace.Log, r []rule.Rule) (Peer, error) { return NewCEL(l, r) }},
		{"OPA", func(l *trace.Log, r []rule.Rule) (Peer, error) { return NewOPA(l, r) }},
		{"SQLite", func(l *trace.Log, r []rule.Rule) (Peer, error) { return NewSQLite(l, r) }},
	}, duckDB()...)
}

// DuckDBAll is the name of DuckDB on every thread there is.
const DuckDBAll = "DuckDB, all threads"
