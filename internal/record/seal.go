package record

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"

	"candour"
)

// prepared is a fact of which all is worked out that does not depend on its place.
type prepared struct {
	draft       *Draft
	tag         Tag
	key, digest Hash
	secret      candour.Key
	commitments []candour.Hash // those of seq and previous are set when the place is known
	plain       []byte
	payload     []byte
	keys        int64 // of the head, when the payload was sealed
	saltSeq     Hash
	saltPrev    Hash
}

// prepareAll judges and prepares the drafts of a call. The data keys of chains that begin are made at once,
// since each would wait for the disk.
func (l *Log) prepareAll(ctx context.Context, drafts []Draft) ([]*prepared, error) {
	for i := range drafts {
		if err := drafts[i].check(); err != nil {
			return nil, err
		}
	}
	if r, ok := l.o.Sealer.(Readier); ok && len(drafts) > 1 {
		seen := map[string]bool{}
		var chains []string
		for i := range drafts {
			if chain := drafts[i].Chain; !seen[chain] {
				seen[chain] = true
				chains = append(chains, l.SealedChain(chain))
			}
		}
		if err := r.Ready(ctx, chains...); err != nil {
			return nil, fmt.Errorf("seal: %w", err)
		}
	}
	out := make([]*prepared, len(drafts))
	for i := range drafts {
		var err error
		if out[i], err = l.prepare(ctx, &drafts[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// prepare works out commitments and ciphertext of a draft that was judged. It runs in the
// caller's goroutine.
func (l *Log) prepare(ctx context.Context, d *Draft) (*prepared, error) {
	p := &prepared{draft: d, tag: l.o.Tag(d.Chain), key: l.o.key(d.Key)}
	if _, err := io.ReadFull(l.o.Random, p.secret[:]); err != nil {
		return nil, fmt.Errorf("seal: random bytes: %w", err)
	}
	p.commitments = commitments(&p.secret, d, hex.EncodeToString(p.key[:]))
	p.saltSeq, p.saltPrev = p.secret.Salt(candour.SlotNames[candour.SlotSeq]), p.secret.Salt(candour.SlotNames[candour.SlotPrevious])
	p.plain = encode(&p.secret, d, p.key)
	p.digest = l.o.digest(p.plain)
	return p, l.seal(ctx, p, l.keys.Load())
}

// seal encrypts under the data key of the chain, as it is while the head counts so many
// changes of keys.
func (l *Log) seal(ctx context.Context, p *prepared, keys int64) (err error) {
	p.keys = keys
	if p.payload, err = l.o.Sealer.Seal(ctx, hex.EncodeToString(p.tag[:]), p.plain); err != nil {
		return fmt.Errorf("seal: %w", err)
	}
	return nil
}

// Conceal encrypts a text that is derived from a chain as the chain's content is, so that an
// erasure reaches it wherever it is kept. mark is a keyed hash of the text: equal texts of a chain have equal marks.
func (l *Log) Conceal(ctx context.Context, tag Tag, text []byte) (sealed []byte, mark Hash, err error) {
	if sealed, err = l.o.Sealer.Seal(ctx, hex.EncodeToString(tag[:]), text); err != nil {
		return nil, mark, fmt.Errorf("conceal: %w", err)
	}
	return sealed, l.o.hash('v', string(tag[:])+string(text)), nil
}

// Reveal decrypts what Conceal gave for that chain. It fails where the chain was erased.
func (l *Log) Reveal(ctx context.Context, tag Tag, sealed []byte) ([]byte, error) {
	return l.o.Sealer.Open(ctx, hex.EncodeToString(tag[:]), sealed)
}

// digest is a keyed hash of a fact's content: of its payload without version and key.
func (o *Options) digest(plain []byte) Hash {
	mac := hmac.New(sha256.New, o.TagKey)
	mac.Write([]byte{'d'})
	mac.Write(plain[1+len(candour.Key{}):])
	return Hash(mac.Sum(nil))
}

// check refuses what the format cannot hold.
func (d *Draft) check() error {
	switch {
	case !candour.IsToken(d.Chain):
		return errors.New("seal: the chain's name is not one word of visible ASCII")
	case !candour.IsToken(d.Kind):
		return errors.New("seal: the kind is not one word of visible ASCII")
	case d.Key == "":
		return errors.New("seal: a fact needs an idempotency key")
	case len(d.Fields) > candour.MaxFields-candour.Slots:
		return fmt.Errorf("seal: more than %d fields", candour.MaxFields-candour.Slots)
	}
	for i, f := range d.Fields {
		if !candour.IsToken(f.Name) || candour.IsSlot(f.Name) || len(f.Value) > candour.MaxValue {
			return fmt.Errorf("seal: field %d of %s: its name is none, or its value is larger than %d bytes", i+1, d.Kind, candour.MaxValue)
		}
	}
	if name, twice := d.twice(); twice {
		return fmt.Errorf("seal: %s has the field %s twice", d.Kind, name)
	}
	return nil
}

// twice finds a name that two fields bear.
func (d *Draft) twice() (name string, ok bool) {
	if len(d.Fields) <= 16 { // then looking at all is quicker than a map
		for i := range d.Fields {
			for j := range i {
				if d.Fields[i].Name == d.Fields[j].Name {
					return d.Fields[i].Name, true
				}
			}
		}
		return "", false
	}
	names := make(map[string]bool, len(d.Fields))
	for i := range d.Fields {
		if name := d.Fields[i].Name; names[name] {
			return name, true
		} else {
			names[name] = true
		}
	}
	return "", false
}

// slotValues are the values of the slots; seq and previous are left empty.
func (d *Draft) slotValues(key string) [candour.Slots]string {
	return [candour.Slots]string{candour.SlotCase: d.Chain, candour.SlotKind: d.Kind, candour.SlotHappened: d.Happened, candour.SlotRecorded: d.Recorded, candour.SlotBy: d.By, candour.SlotKey: key}
}

// commitments are those of the fact but for seq and previous, in their order.
func commitments(secret *candour.Key, d *Draft, key string) []candour.Hash {
	out := make([]candour.Hash, candour.Slots, candour.Slots+len(d.Fields))
	for i, value := range d.slotValues(key) {
		if i != candour.SlotSeq && i != candour.SlotPrevious {
			out[i] = candour.Commit(secret.Salt(candour.SlotNames[i]), candour.SlotNames[i], []byte(value))
		}
	}
	for _, f := range d.Fields {
		out = append(out, candour.Commit(secret.Salt(f.Name), f.Name, f.Value))
	}
	candour.SortCommitments(out)
	return out
}

// root is the fields root of the fact in its place.
func (p *prepared) root(seq int64, previous Hash) (Hash, error) {
	p.commitments[candour.SlotSeq] = candour.Commit(p.saltSeq, candour.SlotNames[candour.SlotSeq], strconv.AppendInt(nil, seq, 10))
	p.commitments[candour.SlotPrevious] = candour.Commit(p.saltPrev, candour.SlotNames[candour.SlotPrevious], PreviousText(seq, previous))
	return candour.FieldsRoot(p.commitments)
}

// PreviousText is the value of the slot previous.
func PreviousText(seq int64, previous Hash) []byte {
	if seq == 0 {
		return nil
	}
	return hex.AppendEncode(nil, previous[:])
}

// The payload, before it is encrypted: a version, the fact's key, then texts each after
// its length: chain, kind, happened, recorded, by, idempotency key, and names and
// values of the fields. Seq and previous follow from where it stands.
const payloadVersion = 1

func encode(secret *candour.Key, d *Draft, key Hash) []byte {
	b := append(make([]byte, 0, 512), payloadVersion)
	b = append(b, secret[:]...)
	for _, s := range []string{d.Chain, d.Kind, d.Happened, d.Recorded, d.By} {
		b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
	}
	b = append(b, key[:]...)
	for _, f := range d.Fields {
		b = append(binary.AppendUvarint(b, uint64(len(f.Name))), f.Name...)
		b = append(binary.AppendUvarint(b, uint64(len(f.Value))), f.Value...)
	}
	return b
}

var errPayload = errors.New("the payload is not one of version 1")

// decode reads what encode wrote into the fact.
func decode(b []byte, f *Fact) error {
	if len(b) < 1+len(f.Secret) || b[0] != payloadVersion {
		return errPayload
	}
	f.Secret = candour.Key(b[1:])
	b = b[1+len(f.Secret):]
	take := func() (s []byte, ok bool) {
		n, size := binary.Uvarint(b)
		if size <= 0 || n > uint64(len(b)-size) {
			return nil, false
		}
		s, b = b[size:size+int(n)], b[size+int(n):]
		return s, true
	}
	for _, to := range []*string{&f.Chain, &f.Kind, &f.Happened, &f.Recorded, &f.By} {
		s, ok := take()
		if !ok {
			return errPayload
		}
		*to = string(s)
	}
	if len(b) < len(Hash{}) {
		return errPayload
	}
	f.Key, b = hex.EncodeToString(b[:len(Hash{})]), b[len(Hash{}):]
	for len(b) > 0 {
		name, ok := take()
		value, ok2 := take()
		if !ok || !ok2 {
			return errPayload
		}
		f.Fields = append(f.Fields, Field{string(name), bytes.Clone(value)})
	}
	return nil
}
