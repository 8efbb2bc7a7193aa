package candour

import (
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Draft is what a bundle is made of. What is written is not judged: verify it before
// it is handed on.
type Draft struct {
	Body        string
	Made        int64
	Pack        Pack
	Checkpoint  []byte // a note with its cosignatures
	Policy      *Policy
	From        *Checkpoint // what the bundle continues, with the proof; nil: nothing
	Consistency []Hash
	Chains      []*Chain
	Excerpt     []*Entry
	Page        []byte
	Attachments []Attachment
}

// Attachment is a content that can be read twice.
type Attachment struct {
	SHA256 Hash
	Data   io.ReaderAt
	Size   int64
}

// WriteBundle writes a bundle signed by the body. The signer bears the body's name.
func WriteBundle(w io.Writer, d *Draft, s Signer) error {
	text, _, err := openNote(d.Checkpoint, nil)
	if err != nil {
		return fmt.Errorf("bundle: %w", err)
	}
	c, err := ParseCheckpointText(text)
	if err != nil {
		return fmt.Errorf("bundle: %w", err)
	}
	parts, err := d.parts()
	if err != nil {
		return fmt.Errorf("bundle: %w", err)
	}
	m := &manifest{body: d.Body, made: d.Made, pack: d.Pack}
	for _, p := range parts {
		m.parts = append(m.parts, listed{p.name, p.data.Size(), p.digest})
	}
	note, err := s.Named(c.Origin + bundleName).Sign(m.text())
	if err != nil {
		return fmt.Errorf("bundle: %w", err)
	}
	first, err := textPart(partManifest, string(note))
	if err != nil {
		return fmt.Errorf("bundle: %w", err)
	}
	return writeContainer(w, append([]*part{first}, parts...))
}

func (d *Draft) parts() ([]*part, error) {
	var entryText strings.Builder
	if err := (&entries{d.Chains, d.Excerpt}).write(&entryText); err != nil {
		return nil, err
	}
	texts := [][2]string{{partCheckpoint, string(d.Checkpoint)}, {partPolicy, d.Policy.Text()}}
	if d.From != nil {
		texts = append(texts, [2]string{partConsistency, consistencyText(*d.From, d.Consistency)})
	}
	texts = append(texts, [2]string{partEntries, entryText.String()}, [2]string{partPage, string(d.Page)})
	var parts []*part
	for _, t := range texts {
		p, err := textPart(t[0], t[1])
		if err != nil {
			return nil, err
		}
		parts = append(parts, p)
	}
	for _, a := range slices.SortedFunc(slices.Values(d.Attachments), func(a, b Attachment) int { return slices.Compare(a.SHA256[:], b.SHA256[:]) }) {
		p, err := newPart(attachments+hex.EncodeToString(a.SHA256[:]), a.Data, a.Size)
		if err != nil {
			return nil, err
		}
		parts = append(parts, p)
	}
	return parts, nil
}

func textPart(name, text string) (*part, error) {
	return newPart(name, strings.NewReader(text), int64(len(text)))
}
