package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"candour/internal/record"
)

// SQLSTATE of the errors that are acted on.
const (
	noSuchStatement      = "26000"
	statementExists      = "42P05"
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
	case err == nil:
		return nil
	case pgconn.SafeToRetry(err):
		return unreachable(err)
	case !errors.As(err, &e), ended(e), e.Code == completionUnknown:
		return fmt.Errorf("%w: %w", record.ErrUncertain, err)
	case again(e):
		return fmt.Errorf("%w: %w", record.ErrMoved, err)
	case e.Code == uniqueViolation && (e.ConstraintName == "idempotency_pkey" || e.TableName == "idempotency"):
		return fmt.Errorf("%w: %w", record.ErrKeyTaken, err)
	}
	return err // the transaction was rolled back
}

// unreachable tells that nothing was done, since nothing was sent.
func unreachable(err error) error { return fmt.Errorf("%w: %w", record.ErrUnreachable, err) }

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
func broken(err error) bool {
	var e *pgconn.PgError
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return false
	case errors.As(err, &e):
		return ended(e)
	}
	var c *pgconn.ConnectError
	var n net.Error
	return errors.As(err, &c) || errors.As(err, &n) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, pgconn.ErrConnClosed)
}
