package casework

import (
	"context"
	"encoding/hex"
	"errors"
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

// VerifyReads verifies a log of reads, and holds it against what the record of the body says of it;
// anchors is how often that is. The error is only of reading.
func VerifyReads(ctx context.Context, log, reads *record.Log, policy *candour.Policy, body string) (v *record.Verification, anchors int, err error) {
	held, err := readsAnchored(ctx, log, body, reads.Body())
	if err != nil && !errors.Is(err, errAnchor) {
		return nil, 0, err
	}
	bad := err
	own := &candour.Policy{Body: reads.Body()}
	for _, l := range policy.Logs {
		own.Logs = append(own.Logs, candour.Witness{Operator: l.Operator, Key: l.Key.Named(own.Body)})
	}
	if v, err = reads.Verify(ctx, own, held, nil); err != nil {
		return nil, 0, err
	}
	fault := func(format string, args ...any) {
		v.Count++
		v.Faults = append(v.Faults, record.Fault{Index: -1, What: fmt.Sprintf(format, args...)})
	}
	if bad != nil {
		fault("the record, %v", bad)
	}
	for _, g := range v.Gaps { // a restore makes none: a backup has the reads that its record holds, and more
		fault("entries %d to %d are gone, and a later epoch stands in their place; %s shows them", g.From, g.To-1, g.By)
	}
	return v, len(held), nil
}

// errAnchor is what is wrong with a fact of KindReads that is none.
var errAnchor = errors.New("it is to say how large the log of reads was, and does not")

// readsAnchored are the heads of a log of reads that a record holds: its tree must continue each.
// The error is errAnchor, with the entry, where one says something else; the others are given all the same.
func readsAnchored(ctx context.Context, log *record.Log, body, origin string) (out []record.Seen, err error) {
	var bad error
	err = log.Chain(ctx, docket.ReadsChain(body), 0, func(f *record.Fact) error {
		if f.Erased || f.Kind != KindReads {
			return nil
		}
		epoch, err1 := strconv.ParseUint(f.Get(fieldEpoch), 10, 32)
		size, err2 := strconv.ParseInt(f.Get(fieldSize), 10, 64)
		root, err3 := hex.DecodeString(f.Get(fieldRoot))
		if err1 != nil || err2 != nil || err3 != nil || epoch < 1 || size < 1 || len(root) != len(candour.Hash{}) {
			bad = fmt.Errorf("entry %d: %w", f.Index, errAnchor)
			return nil
		}
		out = append(out, record.Seen{By: fmt.Sprintf("entry %d of the record", f.Index), Checkpoint: candour.Checkpoint{Origin: candour.CheckpointOrigin(origin, uint32(epoch)), Size: size, Root: candour.Hash(root)}})
		return nil
	})
	if err == nil {
		err = bad
	}
	return out, err
}
