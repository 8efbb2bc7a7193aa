package casework

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"candour"
	"candour/internal/docket"
	"candour/internal/record"
)

// Rule withholds fields of a bundle. Patterns are those of path.Match; an empty one
// matches all.
type Rule struct {
	Kind      string `yaml:"kind"`      // of facts: report.received, victim.*
	Field     string `yaml:"field"`     // f.text, by, f.*; case, seq and previous cannot be withheld
	Class     string `yaml:"class"`     // of what is withheld, one word: third-party, sensitive
	Authority string `yaml:"authority"` // on whose word and by which rule
}

// Check refuses a rule that could not be shown in a bundle.
func (r Rule) Check() error {
	if !candour.IsToken(r.Class) || !candour.IsAuthority(r.Authority) {
		return fmt.Errorf("withhold %s: name a class in one word, and the authority in one line", r.Field)
	}
	for _, p := range []string{r.Kind, r.Field} {
		if _, err := path.Match(p, ""); err != nil {
			return fmt.Errorf("withhold %s: %q is no pattern", r.Field, p)
		}
	}
	return nil
}

func (r Rule) matches(kind, field string) bool {
	k, _ := path.Match(r.Kind, kind)
	f, _ := path.Match(r.Field, field)
	return (r.Kind == "" || k) && (r.Field == "" || f)
}

// BundleOf is what a bundle is made of.
type BundleOf struct {
	Case     string
	For      string // who is to have it
	Purpose  string // why, and by which power
	By       string
	Rules    []Rule
	Earlier  *candour.Report // of the bundle that it continues; nil: the whole case
	Pack     candour.Pack
	Policy   *candour.Policy
	Label    func(kind string) string // plain words for kinds of fact
	Zone     *time.Location
	Happened time.Time
}

// MakeBundle seals that a bundle of a case is made, which is its last entry, and gives the
// draft of it. Checkpoint signs the head, and has it cosigned where that can be.
func MakeBundle(ctx context.Context, log *record.Log, b BundleOf, checkpoint func(context.Context) (candour.Checkpoint, []byte, error)) (*candour.Draft, error) {
	for _, r := range b.Rules {
		if err := r.Check(); err != nil {
			return nil, err
		}
	}
	chain := docket.CaseChain(b.Case)
	if n, _, err := log.ChainEnd(ctx, chain); err != nil || n == 0 {
		return nil, errors.Join(err, fmt.Errorf("the record has no case %q", b.Case))
	}
	made, err := tellBundle(ctx, log, chain, b)
	if err != nil {
		return nil, err
	}
	c, note, err := checkpoint(ctx)
	if err != nil {
		return nil, err
	}
	d := &candour.Draft{Body: log.Body(), Made: made.Sealed, Pack: b.Pack, Checkpoint: note, Policy: b.Policy}
	if err := b.continues(ctx, log, c, d); err != nil {
		return nil, err
	}
	got, err := b.chain(ctx, log, chain, made.Seq, c.Size)
	if err != nil {
		return nil, err
	}
	d.Chains = []*candour.Chain{got}
	d.Page, err = page(d, b)
	return d, err
}

// tellBundle puts on the case's chain that the bundle is made: for whom, why, and what is
// withheld.
func tellBundle(ctx context.Context, log *record.Log, chain string, b BundleOf) (record.Placed, error) {
	id := make([]byte, 16)
	if _, err := io.ReadFull(rand.Reader, id); err != nil {
		return record.Placed{}, err
	}
	d := record.Draft{Chain: chain, Kind: candour.KindBundle, Happened: b.Happened.UTC().Format(time.RFC3339), By: b.By, Key: "bundle:" + hex.EncodeToString(id)}
	d.Fields = []record.Field{{Name: "bundle", Value: []byte(hex.EncodeToString(id))}, {Name: "for", Value: []byte(b.For)}, {Name: "purpose", Value: []byte(b.Purpose)},
		{Name: "pack", Value: []byte(b.Pack.ID + " " + hex.EncodeToString(b.Pack.Digest[:]))}}
	if b.Earlier != nil {
		d.Fields = append(d.Fields, record.Field{Name: "from", Value: strconv.AppendInt(nil, b.Earlier.Checkpoint.Size, 10)})
	}
	for i, r := range b.Rules {
		d.Fields = append(d.Fields, record.Field{Name: fmt.Sprintf("withheld.%d", i+1), Value: []byte(strings.Join([]string{r.Kind, r.Field, r.Class, r.Authority}, " | "))})
	}
	placed, err := log.Append(ctx, d)
	if err != nil {
		return record.Placed{}, fmt.Errorf("put the bundle on record: %w", err)
	}
	return placed[0], nil
}

// continues proves that the record of the earlier bundle is the same, grown.
func (b BundleOf) continues(ctx context.Context, log *record.Log, c candour.Checkpoint, d *candour.Draft) (err error) {
	if b.Earlier == nil {
		return nil
	}
	from := b.Earlier.Checkpoint
	d.From = &from
	d.Consistency, err = log.Consistency(ctx, from.Size, c.Size)
	return err
}

// chain collects the entries of the case up to the one that tells of the bundle.
func (b BundleOf) chain(ctx context.Context, log *record.Log, name string, last, size int64) (*candour.Chain, error) {
	out := &candour.Chain{Name: name}
	if b.Earlier != nil {
		for _, c := range b.Earlier.Chains {
			if c.Name == name {
				out.First = c.First + int64(len(c.Entries))
				out.Previous = candour.LeafHash(c.Entries[len(c.Entries)-1].Envelope)
			}
		}
	}
	previous := out.Previous
	erased := map[string]*candour.Entry{} // leaf in hex: entries whose erasure was not met yet
	err := log.Chain(ctx, name, out.First, func(f *record.Fact) error {
		if f.Seq > last {
			return nil
		}
		f.Previous, previous = previous, f.Leaf
		e := &candour.Entry{Index: f.Index, Envelope: f.Envelope, Erased: f.Erased}
		var err error
		if e.Proof, err = log.Inclusion(ctx, f.Index, size); err != nil {
			return err
		}
		out.Entries = append(out.Entries, e)
		if f.Erased {
			erased[hex.EncodeToString(f.Leaf[:])] = e
			return nil
		}
		if f.Kind == candour.KindErasure {
			for _, leaf := range strings.Fields(f.Get(candour.FieldErased)) {
				if e := erased[leaf]; e != nil {
					e.ErasedBy = f.Index
				}
			}
		}
		e.Lines = f.Lines()
		b.withhold(e, f)
		return nil
	})
	if err == nil && len(out.Entries) == 0 {
		err = fmt.Errorf("nothing of the case is after the earlier bundle")
	}
	return out, err
}

// shown are the fields that a bundle always shows: what it is checked by.
var shown = []string{"case", "seq", "previous"}

// withhold withholds what the first matching rule says. What tells of the bundle itself, and of
// erasures, is shown.
func (b BundleOf) withhold(e *candour.Entry, f *record.Fact) {
	for i := range e.Lines {
		l := &e.Lines[i]
		if slices.Contains(shown, l.Name) || strings.HasPrefix(f.Kind, "record.") && (l.Name == "kind" || l.Name == candour.FieldErased) {
			continue
		}
		for _, r := range b.Rules {
			if r.matches(f.Kind, l.Name) {
				l.Withhold(r.Class, r.Authority)
				break
			}
		}
	}
}

// Digest is a document that a disclosed field names.
type Digest struct {
	Chain  string
	SHA256 candour.Hash
}

// Digests are the documents that the disclosed fields of a draft name, each once.
func Digests(d *candour.Draft) (out []Digest) {
	for _, c := range d.Chains {
		for _, e := range c.Entries {
			value, ok := e.Get("docs")
			if !ok {
				continue
			}
			var docs []struct {
				SHA256 string `json:"sha256"`
			}
			if json.Unmarshal([]byte(value), &docs) != nil {
				continue // what is no list of documents names none
			}
			for _, doc := range docs {
				b, err := hex.DecodeString(doc.SHA256)
				if err != nil || len(b) != len(candour.Hash{}) || hex.EncodeToString(b) != doc.SHA256 {
					continue
				}
				if g := (Digest{c.Name, candour.Hash(b)}); !slices.Contains(out, g) {
					out = append(out, g)
				}
			}
		}
	}
	return out
}
