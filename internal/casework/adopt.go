package casework

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"candour"
	"candour/internal/docket"
	"candour/internal/record"
)

// KindPack is the fact by which a body adopts a pack, on the body's own chain.
const KindPack = "record.pack"

// Adoption is a pack's adoption by two persons. The proof says that both were named, no
// more: signatures with their own keys come with sign-in.
type Adoption struct {
	Body       string // as timelines name it
	Pack       candour.Pack
	By, Second string
	Reason     string
	Weaker     []string // what got weaker against the pack before, in words; the watchdog is told
	Happened   time.Time
}

// ErrNotAdopted says that no pack was adopted: nothing is raised until one is.
var ErrNotAdopted = errors.New("no pack was adopted yet; candour adopt does, and seals what is found at that moment as the baseline")

// Check refuses an adoption that is none.
func (a Adoption) Check() error {
	switch {
	case a.By == "" || a.Second == "":
		return errors.New("adopting a pack takes two persons; name both")
	case strings.EqualFold(strings.TrimSpace(a.By), strings.TrimSpace(a.Second)):
		return errors.New("the second person must be another than the first")
	case a.Reason == "":
		return errors.New("say why, and by whose decision")
	}
	return nil
}

// Seal puts the adoption on the body's chain.
func (a Adoption) Seal(ctx context.Context, log *record.Log) (record.Placed, error) {
	if err := a.Check(); err != nil {
		return record.Placed{}, err
	}
	digest := hex.EncodeToString(a.Pack.Digest[:])
	d := record.Draft{Chain: docket.BodyChain(a.Body), Kind: KindPack, Happened: a.Happened.UTC().Format(time.RFC3339Nano), By: a.By,
		Key: fmt.Sprintf("pack:%s:%s:%s", a.Pack.ID, digest, a.Happened.UTC().Format(time.RFC3339Nano)),
		Fields: []record.Field{{Name: "pack", Value: []byte(a.Pack.ID)}, {Name: "digest", Value: []byte(digest)}, {Name: "second", Value: []byte(a.Second)},
			{Name: "reason", Value: []byte(a.Reason)}, {Name: "weaker", Value: []byte(strings.Join(a.Weaker, "\n"))}}}
	placed, err := log.Append(ctx, d)
	if err != nil {
		return record.Placed{}, fmt.Errorf("adopt %s: %w", a.Pack.ID, err)
	}
	return placed[0], nil
}

// Adopted is the pack by which the body is bound now, and when it was adopted.
func Adopted(ctx context.Context, log *record.Log, body string) (p candour.Pack, at time.Time, err error) {
	found := false
	err = log.Chain(ctx, docket.BodyChain(body), 0, func(f *record.Fact) error {
		if f.Kind != KindPack {
			return nil
		}
		b, err := hex.DecodeString(f.Get("digest"))
		if err != nil || len(b) != len(p.Digest) {
			return fmt.Errorf("entry %d: the digest of the adopted pack cannot be read", f.Index)
		}
		p, at, found = candour.Pack{ID: f.Get("pack"), Digest: candour.Hash(b)}, time.Unix(0, f.Sealed()).UTC(), true
		return nil
	})
	if err == nil && !found {
		err = ErrNotAdopted
	}
	return p, at, err
}
