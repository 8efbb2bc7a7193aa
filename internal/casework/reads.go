package casework

import (
	"context"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"candour"
	"candour/internal/docket"
	"candour/internal/record"
)

// KindReads is the fact by which the record holds its log of reads: how large it was, and the
// root of its tree. Whoever witnesses the record witnesses with it who read what.
const KindReads = "record.reads"

// The fields of KindReads.
const (
	fieldEpoch = "epoch"
	fieldSize  = "size"
	fieldRoot  = "root" // hex
)

// AnchorReads puts the head of the log of reads into the record of the body, unless it stands there.
func AnchorReads(ctx context.Context, log, reads *record.Log, body string) error {
	h, err := reads.Head(ctx)
	if err != nil || h.Edge.Size == 0 {
		return err
	}
	root, epoch, size := h.Edge.Root(), strconv.FormatUint(uint64(h.Epoch), 10), strconv.FormatInt(h.Edge.Size, 10)
	_, err = log.Append(ctx, record.Draft{
		Chain: docket.ReadsChain(body), Kind: KindReads, Happened: time.Unix(0, h.Sealed).UTC().Format(time.RFC3339Nano), By: "candour", Key: "reads:" + epoch + ":" + size,
		Fields: []record.Field{{Name: fieldEpoch, Value: []byte(epoch)}, {Name: fieldRoot, Value: []byte(hex.EncodeToString(root[:]))}, {Name: fieldSize, Value: []byte(size)}}})
	return err
}

// ReadsAnchored are the heads of a log of reads that a record holds: its tree must continue each.
// The error names an entry that says something else.
func ReadsAnchored(ctx context.Context, log *record.Log, body, origin string) (out []record.Seen, err error) {
	err = log.Chain(ctx, docket.ReadsChain(body), 0, func(f *record.Fact) error {
		if f.Erased || f.Kind != KindReads {
			return nil
		}
		epoch, err1 := strconv.ParseUint(f.Get(fieldEpoch), 10, 32)
		size, err2 := strconv.ParseInt(f.Get(fieldSize), 10, 64)
		root, err3 := hex.DecodeString(f.Get(fieldRoot))
		if err1 != nil || err2 != nil || err3 != nil || len(root) != len(candour.Hash{}) {
			return fmt.Errorf("entry %d: it is to say how large the log of reads was, and does not", f.Index)
		}
		out = append(out, record.Seen{By: fmt.Sprintf("entry %d of the record", f.Index), Checkpoint: candour.Checkpoint{Origin: candour.CheckpointOrigin(origin, uint32(epoch)), Size: size, Root: candour.Hash(root)}})
		return nil
	})
	return out, err
}
