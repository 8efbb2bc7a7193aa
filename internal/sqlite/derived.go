package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
)

// OpenDerived opens a file for derived data, making it where there is none: what is lost by
// a crash is worked out again, so that nothing waits for the disk. What is removed is
// overwritten.
func OpenDerived(ctx context.Context, path string) (*sql.DB, error) {
	if err := private(path); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	q := url.Values{"_txlock": {"immediate"}, "_pragma": {"busy_timeout(10000)", "journal_mode(TRUNCATE)", "synchronous(NORMAL)", "secure_delete(1)", "cache_size(-32768)", "temp_store(2)", "trusted_schema(0)"}}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}).String())
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	db.SetMaxOpenConns(1)
	if err := db.PingContext(ctx); err != nil {
		db.Close()
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return db, nil
}
