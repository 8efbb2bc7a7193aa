package record

import (
	"context"
	"encoding/binary"
	"errors"

	"candour"
)

// Store keeps one log in a database: entries, and never what they mean. Every method
// may be called by many goroutines. Errors that wrap [ErrMoved], [ErrKeyTaken],
// [ErrUncertain] or [ErrUnreachable] are acted on; any but ErrUncertain means that nothing was done.
type Store interface {
	// Head reads the head. Of a log that was never begun it makes one: epoch 1, size 0.
	Head(ctx context.Context) (Head, error)

	// Commit puts a batch into the record and moves the head from was to b.Head, in one
	// transaction that is durable when it returns. It gives ErrMoved where epoch, size or keys of
	// the head are not those of was, ErrKeyTaken where a key of a row is in the record, and
	// ErrUncertain where it cannot know whether it happened. The rows' indexes follow
	// was.Edge.Size without a gap. A row without a payload is one that was erased: a copy has such.
	Commit(ctx context.Context, was Head, b *Batch) error

	// Ends reads the last entries of chains; those that have none are left out.
	Ends(ctx context.Context, tags []Tag) (map[Tag]End, error)

	// Known reads which keys are in the record; those that are not are left out.
	Known(ctx context.Context, keys []Hash) (map[Hash]Known, error)

	// Rows visits the rows from an index up to, not including, another, in order. An error of
	// visit ends it and is returned. What a row holds may be kept.
	Rows(ctx context.Context, from, to int64, visit func(*Row) error) error

	// ChainRows visits the rows of a chain from a seq on, in order.
	ChainRows(ctx context.Context, tag Tag, from int64, visit func(*Row) error) error

	// Firsts visits the first row of each chain, by index.
	Firsts(ctx context.Context, visit func(*Row) error) error

	// Chains visits the first entry of each chain, by index, as it stands in the index by which
	// Firsts finds them.
	Chains(ctx context.Context, visit func(tag Tag, index int64) error) error

	// Places visits the entries as ChainRows finds them: by the index of chains, ascending by
	// tag and seq, and read out of that index where the database can be made to.
	Places(ctx context.Context, visit func(tag Tag, seq, index int64) error) error

	// Taken visits the idempotency keys, ascending.
	Taken(ctx context.Context, visit func(key Hash, at Known) error) error

	// Nodes reads hashes of the tree: of level 0 the leaves, of level n the roots of the tiles
	// of level n-1, from up to and without to. All of them are there, or it is an error.
	Nodes(ctx context.Context, level int, from, to int64) ([]Hash, error)

	// Tiles visits the full tiles of a level from a number on, in order.
	Tiles(ctx context.Context, level int, from int64, visit func(Tile) error) error

	// AddCheckpoint keeps a signed checkpoint of this size; one that is there stays.
	AddCheckpoint(ctx context.Context, size int64, note []byte) error

	// AddCosignature keeps a cosignature line on the checkpoint of this size; one of the same
	// witness stays. The witness is named by its vkey.
	AddCosignature(ctx context.Context, size int64, witness, line string) error

	// Checkpoints visits checkpoints with their cosignature lines, by size, the largest first.
	Checkpoints(ctx context.Context, visit func(size int64, note []byte, lines []string) error) error

	// SetPayloads puts other ciphertexts in the place of those of entries, or removes them
	// where nil, in one durable transaction that counts the head's keys up by one; an entry that
	// has none gets none. It gives ErrMoved, and does nothing, where the head's keys are not as
	// many as those: what the caller read may be under other data keys by now. It is how content
	// is erased, and how a chain gets a new data key. No trace of what was there stays in the
	// database's files once it returns, as far as the database can do that; ErrTraces says that
	// it was done and traces may be left, which the next call takes away, one without
	// payloads too.
	SetPayloads(ctx context.Context, keys int64, payloads map[int64][]byte) error
}

// Head is how far a record has come.
type Head struct {
	Epoch  uint32 // 1 or more
	Sealed int64  // sealing time of the last entry, nanoseconds since 1970 UTC
	Keys   int64  // how often SetPayloads was called: what was sealed before may be under a key that is gone
	Edge   candour.Edge
}

// Row is an entry as it is kept.
type Row struct {
	Index    int64
	Leaf     Hash
	Envelope []byte
	Tag      Tag
	Seq      int64
	Payload  []byte // nil: erased
	Key      Hash   // only in a batch
	Digest   Hash   // keyed hash of the content, kept with the key; only in a batch
}

// Tile is 256 hashes of a level in one row, and the root over them.
type Tile struct {
	Level  int
	Number int64
	Hashes []byte
	Root   Hash
}

// Width is how many hashes a tile has.
const Width = 256

// Batch is what one transaction adds.
type Batch struct {
	Head  Head // as it will be
	Rows  []Row
	Tiles []Tile
}

// End is the last entry of a chain.
type End struct {
	Seq  int64
	Leaf Hash
}

// Known is an entry under its idempotency key.
type Known struct {
	Index  int64
	Digest Hash
}

// EdgeBytes is an edge as the stores keep it.
func EdgeBytes(e *candour.Edge) []byte {
	b := binary.AppendUvarint(nil, uint64(e.Size))
	for _, h := range e.Hashes {
		b = append(b, h[:]...)
	}
	return b
}

// ParseEdge reads what EdgeBytes wrote, and refuses what is no edge.
func ParseEdge(b []byte) (candour.Edge, error) {
	size, n := binary.Uvarint(b)
	if n <= 0 || (len(b)-n)%len(Hash{}) != 0 {
		return candour.Edge{}, errors.New("head: the edge of the tree is not readable")
	}
	e := candour.Edge{Size: int64(size)}
	for b = b[n:]; len(b) > 0; b = b[len(Hash{}):] {
		e.Hashes = append(e.Hashes, Hash(b))
	}
	return e, e.Check()
}
