package faults_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"candour"
	"candour/internal/record"
	"candour/internal/record/recordtest"
	"candour/internal/sqlite"
)

// watchdog is an independent witness of the tests.
var watchdog = candour.NewCosigner("watchdog.test/w", []byte("a witness's seed of thirty-two b"))

// witnessed trusts the suite's signer, and the watchdog as its witness.
func witnessed() *candour.Policy {
	p := recordtest.Policy()
	p.Witnesses, p.Quorum = []candour.Witness{{Operator: "watchdog", Key: watchdog.Public}}, 1
	return p
}

// cosign seals the head and has it cosigned.
func cosign(l *record.Log) (candour.Checkpoint, error) {
	c, _, err := l.Checkpoint(ctx)
	if err == nil {
		err = l.Cosign(ctx, c.Size, watchdog.Public.String(), watchdog.Cosign(c.Text(), time.Unix(1393668000, 0)))
	}
	return c, err
}

// content is a digest of everything that a store gives, by every way by which it is read, and
// of the wrapped data keys.
func content(s *sqlite.Log, tags []record.Tag, keys []record.Hash) (out [32]byte, err error) {
	h := sha256.New()
	try := func(more error) {
		if err == nil {
			err = more
		}
	}
	head, e := s.Head(ctx)
	try(e)
	head.Keys = 0 // a count of changes of keys: it only has to differ from what it was
	fmt.Fprintf(h, "head %+v\n", head)
	row := func(what string) func(r *record.Row) error {
		return func(r *record.Row) error {
			fmt.Fprintf(h, "%s %d %x %x %x %d %x\n", what, r.Index, r.Leaf, r.Envelope, r.Tag, r.Seq, r.Payload)
			return nil
		}
	}
	try(s.Rows(ctx, math.MinInt64, math.MaxInt64, row("row")))
	for _, tag := range tags {
		try(s.ChainRows(ctx, tag, math.MinInt64, row("chain")))
		ends, e := s.Ends(ctx, []record.Tag{tag})
		try(e)
		fmt.Fprintf(h, "end %v\n", ends)
	}
	try(s.Chains(ctx, func(tag record.Tag, index int64) error { fmt.Fprintf(h, "begins %x %d\n", tag, index); return nil }))
	for _, key := range keys {
		known, e := s.Known(ctx, []record.Hash{key})
		try(e)
		fmt.Fprintf(h, "known %v\n", known)
	}
	nodes, e := s.Nodes(ctx, 0, 0, head.Edge.Size)
	try(e)
	fmt.Fprintf(h, "leaves %x\n", nodes)
	for level := range 2 {
		try(s.Tiles(ctx, level, 0, func(t record.Tile) error { fmt.Fprintf(h, "tile %+v\n", t); return nil }))
	}
	try(s.Checkpoints(ctx, func(size int64, note []byte, lines []string) error {
		fmt.Fprintf(h, "checkpoint %d %q %q\n", size, note, lines)
		return nil
	}))
	return sum(h), err
}

func sum(h hash.Hash) (out [32]byte) { h.Sum(out[:0]); return out }

// flipped is what became of a flipped byte.
type flipped int

const (
	refusedIt flipped = iota // the file cannot be opened, or something in it not be read
	named                    // the verification names something
	unseen                   // nothing that is read is other than before
	weaker                   // a kept checkpoint or cosignature is gone, and the verification tells of fewer
	byAnchor                 // only the checkpoint outside the database tells
	unnoticed                // it must not be
	flippedEnd
)

func (f flipped) String() string {
	return [...]string{"refused", "named", "nothing read is other", "fewer checkpoints told", "told by the checkpoint outside only", "UNNOTICED"}[f]
}

// bytesOf is a record whose bytes are flipped.
type bytesOf struct {
	dir, path string
	whole     []byte
	tags      []record.Tag
	keys      []record.Hash
	was       [32]byte
	v         *record.Verification
	seen      candour.Checkpoint
}

func newBytes(t *testing.T, facts int) *bytesOf {
	b := &bytesOf{dir: filepath.Join(ram(t), "d")}
	b.path = filepath.Join(b.dir, "record.db")
	lay(t, b.dir, nil)
	o, err := openSQLite(b.path, sqlite.Options{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	recordtest.Fill(t, o.log, 0, facts)
	if b.seen, err = cosign(o.log); err != nil {
		t.Fatal(err)
	}
	opts := recordtest.Options(1)
	tags := map[record.Tag]bool{}
	if err := o.log.Each(ctx, 0, -1, func(f *record.Fact) error {
		if tag := opts.Tag(f.Chain); !tags[tag] {
			tags[tag] = true
			b.tags = append(b.tags, tag)
		}
		key, err := hex.DecodeString(f.Key)
		b.keys = append(b.keys, record.Hash(key))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if b.was, err = content(o.store, b.tags, b.keys); err != nil {
		t.Fatal(err)
	}
	if b.v, err = o.log.Verify(ctx, witnessed(), nil, nil); err != nil || !b.v.Intact() || b.v.Witnessed != int64(facts) {
		t.Fatalf("%+v, %v", b.v, err)
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	if b.whole, err = os.ReadFile(b.path); err != nil {
		t.Fatal(err)
	}
	return b
}

// flip turns bits of one byte over, and looks what is told.
func (b *bytesOf) flip(at int, bits byte) (what flipped, why string) {
	os.Remove(b.path + "-wal")
	os.Remove(b.path + "-shm")
	os.Remove(b.path + "-journal")
	other := append([]byte{}, b.whole...)
	other[at] ^= bits
	if err := os.WriteFile(b.path, other, 0o600); err != nil {
		return unnoticed, err.Error()
	}
	o, err := openSQLite(b.path, sqlite.Options{VFS: unsynced.Name()}, 2)
	if err != nil {
		return refusedIt, err.Error()
	}
	defer o.Close()
	v, err := o.log.Verify(ctx, witnessed(), nil, nil)
	switch {
	case err != nil:
		return refusedIt, err.Error()
	case !v.Intact():
		return named, v.Faults[0].What
	}
	now, err := content(o.store, b.tags, b.keys)
	switch {
	case err != nil:
		return refusedIt, err.Error()
	case now == b.was:
		return unseen, ""
	case v.Facts == b.v.Facts && (v.Witnessed < b.v.Witnessed || v.Checkpoints < b.v.Checkpoints):
		return weaker, ""
	}
	v, err = o.log.Verify(ctx, witnessed(), []record.Seen{{By: "the file outside", Checkpoint: b.seen}}, nil)
	if err != nil || !v.Intact() {
		return byAnchor, fmt.Sprintf("%d facts, %d chains", v.Facts, v.Chains)
	}
	return unnoticed, fmt.Sprintf("%d facts, %d chains", v.Facts, v.Chains)
}

// TestBytesAsTextAreTold turns one bit over by which SQLite takes a key for a text: it reads
// the same, and is not found any more.
func TestBytesAsTextAreTold(t *testing.T) {
	b := newBytes(t, 64)
	at := bytes.Index(b.whole, []byte{5, 9, 0x4c, 1, 0x4c}) // of a row: 1, 32 bytes, a small number, 32 bytes
	if at < 0 {
		t.Fatal("no row of idempotency keys was found")
	}
	for _, c := range []int{1, 2, 4} {
		if what, why := b.flip(at+c, 1); what != refusedIt && what != named {
			t.Errorf("byte %d: %v %s", c, what, why)
		}
	}
}

// TestEveryByteFlipped turns over bits of each byte of a record's file. Either it is told, or
// nothing that is read is other than before.
func TestEveryByteFlipped(t *testing.T) {
	random := chance(t)
	for _, c := range []struct {
		facts, short, full int
	}{{64, 500, 1}, {300, 100, 5}} { // the larger one has a tile and inner pages
		t.Run(fmt.Sprint(c.facts, " facts"), func(t *testing.T) {
			b := newBytes(t, c.facts)
			var count [flippedEnd]int
			flips, every := 0, len(b.whole)/c.short*slower
			if long() {
				every = max(1, c.full*100/max(1, share()))
			}
			for at := random.IntN(every); at < len(b.whole); at += 1 + random.IntN(2*every-1) {
				bits := byte(1) << random.IntN(8)
				if random.IntN(4) == 0 {
					bits = byte(1 + random.IntN(255))
				}
				what, why := b.flip(at, bits)
				count[what]++
				flips++
				if what == unnoticed || what == byAnchor && testing.Verbose() {
					t.Logf("byte %d (page %d, %d), bits %08b: %v: %s", at, at/4096+1, at%4096, bits, what, why)
				}
				if what == unnoticed {
					t.Fail()
				}
			}
			for what, n := range count {
				t.Logf("%v: %d of %d flips, file of %d bytes", flipped(what), n, flips, len(b.whole))
			}
		})
	}
}
