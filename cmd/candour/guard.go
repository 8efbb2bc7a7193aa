package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"candour"
	"candour/internal/durable"
	"candour/internal/record"
	"candour/internal/witness"
)

// guard holds the record against what stands outside its database: the anchor beside the keys
// and, where it is opened to be written, the witnesses that have an address. An older copy, and
// one that a backup was restored into, takes nothing.
func (h *home) guard(ctx context.Context, a *app, write bool) error {
	seen, err := h.anchored()
	if err != nil {
		return err
	}
	if write {
		more, unasked, err := h.askWitnesses(ctx)
		if err != nil {
			return err
		}
		for _, u := range unasked {
			fmt.Fprintf(a.err, "candour: %s; whether this is the newest copy rests on the others and on %s\n", u, filepath.Join(h.keys, fileAnchor))
		}
		seen = append(seen, more...)
	}
	for _, s := range seen {
		err := h.log.Continues(ctx, s.By, s.Checkpoint)
		var older *record.Older
		if errors.As(err, &older) {
			h.freeze(older)
			return nil
		}
		if err != nil {
			return err
		}
	}
	r, ok, err := h.restored()
	if err == nil && ok {
		h.freeze(fmt.Errorf("it was restored from the backup %s, and what was taken after %s is not in it. Say so in the record, with two people: candour restore %s --new-epoch", r.Backup, r.Made, h.dir))
	}
	return err
}

func (h *home) freeze(why error) {
	h.older = why
	h.log.Freeze(&record.Frozen{Why: why.Error()})
}

// anchored is the anchor as something that was seen.
func (h *home) anchored() ([]record.Seen, error) {
	c, ok, err := h.anchor()
	if err != nil || !ok {
		return nil, err
	}
	return []record.Seen{{By: "the file " + filepath.Join(h.keys, fileAnchor), Checkpoint: c}}, nil
}

// restored is what a restore left in the record's folder.
type restored struct {
	ID     string `yaml:"id"` // drawn for each restore
	Backup string `yaml:"backup"`
	Made   string `yaml:"made"` // when the backup was
	Size   int64  `yaml:"size"`
	// Unreadable are the leaf hashes of entries whose data keys were destroyed after the backup.
	Unreadable []string `yaml:"unreadable,omitempty"`
}

func (h *home) restored() (r restored, ok bool, err error) {
	ok, err = readYAML(filepath.Join(h.dir, fileRestored), &r)
	return r, ok, err
}

// readYAML reads a file of our own; ok is false where there is none.
func readYAML(path string, into any) (ok bool, err error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err == nil {
		err = yaml.Unmarshal(b, into)
	}
	if err != nil {
		return false, fmt.Errorf("%s: %w", path, err)
	}
	return true, nil
}

func writeYAML(path string, v any) error {
	b, err := yaml.Marshal(v)
	if err != nil {
		return err
	}
	return durable.Replace(path, b)
}

// patience is how long a witness has to say what it has seen.
const patience = 5 * time.Second

// askWitnesses asks every witness that has an address what it cosigned last, of the record's
// epoch and of later ones. Those that could not be asked are named, with the reason.
func (h *home) askWitnesses(ctx context.Context) (seen []record.Seen, unasked []string, err error) {
	head, err := h.log.Head(ctx)
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for _, w := range h.set.Witnesses {
		if w.URL == "" {
			continue
		}
		for epoch := head.Epoch; ; epoch++ {
			c, ok, err := h.lastCosigned(ctx, w, candour.CheckpointOrigin(h.set.Origin, epoch))
			if err != nil {
				unasked = append(unasked, fmt.Sprintf("the witness of %s was not reached: %v", w.Operator, err))
			}
			if !ok {
				break
			}
			seen = append(seen, record.Seen{By: "the witness of " + w.Operator, Checkpoint: c})
		}
	}
	return seen, unasked, nil
}

// lastCosigned is what a witness cosigned last of an origin; ok is false where it has nothing.
func (h *home) lastCosigned(ctx context.Context, w witnessOf, origin string) (c candour.Checkpoint, ok bool, err error) {
	key, err := candour.ParseKey(w.Key)
	if err != nil {
		return c, false, err
	}
	note, err := (&witness.Client{URL: strings.TrimSuffix(w.URL, "/"), Witness: candour.Witness{Operator: w.Operator, Key: key}}).Last(ctx, origin)
	var refusal *witness.Refusal
	if errors.As(err, &refusal) && refusal.Kind == witness.Unknown {
		return c, false, nil
	}
	if err != nil {
		return c, false, err
	}
	c, _, err = h.policy.OpenCheckpoint(note)
	if err == nil && c.Origin != origin {
		err = fmt.Errorf("it gave a checkpoint of %s", c.Origin)
	}
	return c, err == nil, err
}
