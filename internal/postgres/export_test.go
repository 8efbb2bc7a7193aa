package postgres

import "context"

// Ask runs a query on one of the connections of the pool.
func Ask(ctx context.Context, db *DB, query string) (n int64, err error) {
	err = db.pool.QueryRow(ctx, query).Scan(&n)
	return n, err
}

// Do runs a statement on one of the connections of the pool.
func Do(ctx context.Context, db *DB, statement string) error {
	_, err := db.pool.Exec(ctx, statement)
	return err
}
