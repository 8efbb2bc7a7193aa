// Package record appends facts to a body's record and reads them again. A fact, its
// payload, its leaf and the tree go in one transaction; what [Log.Append] has
// answered for is on disk.
//
// The words: a [Draft] is a fact to be sealed. An entry is a fact at its index. A
// chain is the entries of one case (or person, unit, or the body itself), each
// naming the one before; the stores know it by its [Tag] only, a keyed hash. The head is
// the size of the record and the right edge of its tree.
//
// What is always true:
//
//   - Whoever appends takes the head by compare-and-set on size and epoch. Several
//     processes can append to one record without a leader: who loses reads the head again and
//     tries again. There is no lease, no sequence, no gap.
//   - The callers of one process are grouped into one transaction, without a fixed delay: what
//     came while the last was being written goes into the next, and those just answered are
//     waited for a quarter of that time, or ten milliseconds, at most. A call is taken whole or
//     not at all, and a bad one never fails its neighbours.
//   - A fact has an idempotency key; the same key again gives the entry that stands, so that
//     a call whose outcome is unknown can be made again.
//   - Sealing times never decrease along the record.
//   - Nothing here knows what a fact means. Its bytes are those of doc/format.md.
package record

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"candour"
)

// The fact that says that an erasure was carried out to its end: what it named is gone, and the data
// keys that it was under. It stands on the chain of the erasure, after it.
const (
	KindErasureDone = "record.erasure_done"
	FieldErasure    = "erasure" // leaf hash of the erasure, in hex
)

// Hash is a SHA-256 digest.
type Hash = candour.Hash

// Tag is how the stores know a chain: a keyed hash of its name, which says nothing.
type Tag [16]byte

// Draft is a fact to be sealed. Its texts are as in section 2 of doc/format.md.
type Draft struct {
	Chain    string // a token
	Kind     string // a token
	Happened string
	Recorded string
	By       string
	Key      string // what makes it the same fact when it is sent again; not empty
	Fields   []Field
}

// Field is a named value of a fact. Names are tokens, no slot's, and occur once.
type Field struct {
	Name  string
	Value []byte
}

// Fact is an entry as it is read again.
type Fact struct {
	Index    int64
	Leaf     Hash
	Envelope []byte
	Tag      Tag
	Seq      int64
	Erased   bool // its content was erased: nothing below is known
	Secret   candour.Key
	Draft         // its Key is that of the slot, in hex
	Previous Hash // leaf of the entry before in the chain; zero where Seq is 0. Known only where chains are read.
}

// Sealed is when the record took the fact, in nanoseconds since 1970 UTC.
func (f *Fact) Sealed() int64 {
	e, err := candour.ParseEnvelope(f.Envelope)
	if err != nil {
		return 0
	}
	return e.Sealed
}

// Get is the value of a field, empty where there is none.
func (d *Draft) Get(name string) string {
	for i := range d.Fields {
		if d.Fields[i].Name == name {
			return string(d.Fields[i].Value)
		}
	}
	return ""
}

// Placed is where a fact stands.
type Placed struct {
	Index    int64
	Seq      int64
	Leaf     Hash
	Sealed   int64
	Existing bool // it stood there before this call
}

// Sealer encrypts what is sealed with a fact, under the data key of its chain. The chain is
// called by its tag in hex.
type Sealer interface {
	// Seal makes the chain's data key where there is none. It is called by many goroutines.
	Seal(ctx context.Context, chain string, plain []byte) ([]byte, error)
	// Open gives an error that is not nil where the data key was destroyed, or the bytes are
	// not what Seal gave for this chain.
	Open(ctx context.Context, chain string, sealed []byte) ([]byte, error)
	// Forget drops remembered data keys, all where no chain is named.
	Forget(chains ...string)
}

// Readier is a Sealer that makes many data keys at the cost of one. Seal makes what it did not.
type Readier interface {
	Ready(ctx context.Context, chains ...string) error
}

// The refusals that callers act on.
var (
	// ErrMoved: the head is no longer what was expected. Read it again and try again.
	ErrMoved = errors.New("the record grew meanwhile")
	// ErrKeyTaken: an idempotency key of the batch is in the record already. Look which.
	ErrKeyTaken = errors.New("an idempotency key is taken")
	// ErrUncertain: the connection broke while the batch was being committed. Look whether
	// its keys are in the record.
	ErrUncertain = errors.New("the outcome is not known")
	// ErrUnreachable: the database does not answer; nothing was done. Try again later.
	ErrUnreachable = errors.New("the database cannot be reached")
	// ErrTraces: ciphertexts were replaced or removed, and the old ones may still stand in the
	// database's files. Call again.
	ErrTraces = errors.New("what was removed may still stand in the files of the database, because somebody reads; try again when nobody does")
	// ErrClosed: the record was closed; the call was not taken.
	ErrClosed = errors.New("the record is closed")
)

// Conflict refuses a fact whose key stands for other content.
type Conflict struct {
	Index int64 // what stands under the key
	Draft int   // which of the call
}

func (c *Conflict) Error() string {
	return fmt.Sprintf("the key of fact %d of the call stands for other content, at entry %d; a correction is a later fact that supersedes it", c.Draft+1, c.Index)
}

// Stale refuses a call that was decided on an older state of a chain.
type Stale struct{ Want, Have int64 }

func (s *Stale) Error() string {
	return fmt.Sprintf("the chain had %d entries when this was decided and has %d now; read it again", s.Want, s.Have)
}

// Frozen refuses to append to a record that is not known to be the newest copy.
type Frozen struct{ Why string }

func (f *Frozen) Error() string { return "the record takes nothing: " + f.Why }

// Options are what a Log is opened with.
type Options struct {
	Body    string // origin of doc/format.md
	TagKey  []byte // 32 bytes, kept outside the database: chains and keys are hashed with it
	Sealer  Sealer
	Now     func() time.Time
	Random  io.Reader       // crypto/rand.Reader
	Signer  *candour.Signer // nil: checkpoints and receipts are not signed here
	Batch   int             // most facts of one transaction; 0: 4096
	NoWrite bool            // Append refuses
}

// Tag is how the store knows a chain.
func (o *Options) Tag(chain string) Tag {
	h := o.hash('c', chain)
	return Tag(h[:len(Tag{})])
}

// key is an idempotency key as it is kept.
func (o *Options) key(text string) Hash { return o.hash('k', text) }

// hash is the keyed hash of a text of a kind.
func (o *Options) hash(what byte, text string) Hash {
	return (*candour.Key)(o.TagKey).Salt(string(rune(what)) + text)
}
