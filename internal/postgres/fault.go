package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"candour/internal/record"
)

// SQLSTATE of the errors that are acted on.
const (
	uniqueViolation      = "23505"
	serializationFailure = "40001" // engines that are serializable say it where PostgreSQL would wait
	completionUnknown    = "40003"
	deadlockDetected     = "40P01"
)

// fault sorts the error of a statement that writes into those that callers act on. What
// broke once the statement may have been sent has an outcome that nobody knows.
func fault(err error) error {
	var e *pgconn.PgError
	switch {
	case err == nil || pgconn.SafeToRetry(err) || isConnect(err):
		return err
	case !errors.As(err, &e), ended(e), e.Code == completionUnknown:
		return fmt.Errorf("%w: %w", record.ErrUncertain, err)
	case again(e):
		return fmt.Errorf("%w: %w", record.ErrMoved, err)
	case e.Code == uniqueViolation && (e.ConstraintName == "idempotency_pkey" || e.TableName == "idempotency"):
		return fmt.Errorf("%w: %w", record.ErrKeyTaken, err)
	}
	return err // the transaction was rolled back
}

// isConnect tells of a connection that never came to be.
func isConnect(err error) bool {
	var e *pgconn.ConnectError
	return errors.As(err, &e)
}

func again(e *pgconn.PgError) bool {
	return e.Code == serializationFailure || e.Code == deadlockDetected
}

// ended tells of an error after which the connection is gone. The server may say it after
// the commit and before its answer, as when it is shut down.
func ended(e *pgconn.PgError) bool {
	severity := e.SeverityUnlocalized
	if severity == "" {
		severity = e.Severity
	}
	return severity == "FATAL" || severity == "PANIC" || strings.HasPrefix(e.Code, "08")
}

// broken tells of an error of the connection, not of what was asked over it. The other
// connections that wait in the pool are then as dead as this one.
func broken(ctx context.Context, err error) bool {
	var e *pgconn.PgError
	switch {
	case err == nil || ctx.Err() != nil:
		return false
	case errors.As(err, &e):
		return ended(e)
	}
	return true
}
