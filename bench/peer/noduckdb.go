//go:build !cgo

package peer

// duckDB is empty: DuckDB is C++ and this program was built without cgo.
func duckDB() []Maker { return nil }
