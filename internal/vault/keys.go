package vault

import "context"

// Keys is where wrapped data keys are kept: a table of rows, one for each chain. Its
// methods use no type of ours, so that a store need not know this room.
// vaulttest.TestKeys holds an implementation to what is said here.
//
// A row has a tag (the key of the table), the ID of the master key and the wrapped bytes:
// 1 to 65,535 of them, opaque, different each time something is wrapped. An ID is a text of 1
// to 255 bytes.
//
// All methods are safe for many goroutines and many processes. When a method that
// changes something has returned without error, the change is durable, and every method
// called later by anyone sees it. After an error, the change was made wholly or not at all,
// and the call may be repeated. Bytes given are not kept or changed; bytes returned are the caller's.
//
// The table must not be in the backups of the database: that is how erasure reaches them.
type Keys interface {
	// Get returns the row of that tag; wrapped is nil where there is none.
	Get(ctx context.Context, tag [32]byte) (master string, wrapped []byte, err error)

	// Add inserts the row if the tag has none, and returns the row that stands then: of
	// several that add at once, all get the one that was first.
	Add(ctx context.Context, tag [32]byte, master string, wrapped []byte) (standsMaster string, stands []byte, err error)

	// Replace puts master and wrapped in place of a row whose wrapped bytes are exactly
	// old, in one step, and says whether it did: not where they are others, nor where there is
	// no row.
	Replace(ctx context.Context, tag [32]byte, old []byte, master string, wrapped []byte) (bool, error)

	// Delete removes the row, and its bytes from the medium as far as the store can (SQLite:
	// secure_delete). Where there is none, it does nothing.
	Delete(ctx context.Context, tag [32]byte) error

	// Each calls visit for each row, in any order, until visit returns an error, which it
	// returns. A row that is there all the while is visited exactly once; one that comes or
	// goes meanwhile may be or not. Visit calls no method of Keys, and does not keep wrapped.
	Each(ctx context.Context, visit func(tag [32]byte, master string, wrapped []byte) error) error
}

// Bulk is a Keys that can insert many rows at the cost of one.
type Bulk interface {
	// AddAll inserts the rows whose tag has none, all in one step; those that stand stay. row
	// gives the rows from 0 up to n.
	AddAll(ctx context.Context, n int, row func(i int) (tag [32]byte, master string, wrapped []byte)) error
}
