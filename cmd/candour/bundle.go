package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"candour"
	"candour/internal/casework"
	"candour/internal/docket"
	"candour/internal/pack"
)

type bundleCmd struct {
	Record   string   `arg:"" help:"Folder of the record." type:"path"`
	Case     string   `arg:"" help:"The case."`
	Out      string   `short:"o" required:"" help:"Write the bundle here; an existing file is not overwritten." placeholder:"FILE"`
	For      string   `required:"" help:"Who is to have it. It is put on record." placeholder:"WHOM"`
	Purpose  string   `required:"" help:"Why, and by which power. It is put on record." placeholder:"TEXT"`
	Withhold []string `help:"Withhold a field: FIELD,CLASS,AUTHORITY; the field may be a pattern, as f.*. May be given more than once." sep:"none" placeholder:"..."`
	Redact   string   `help:"A file of rules that withhold: a YAML list of kind, field, class, authority." type:"path" placeholder:"FILE"`
	Previous string   `help:"Go on from this earlier bundle." type:"path" placeholder:"FILE"`
}

func (bundleCmd) Help() string {
	return `Examples:
  candour bundle northmere 2012/0417 -o whole.zip --for IOPC --purpose 'referral, Police Reform Act 2002 sch 3'
  candour bundle northmere 2012/0417 -o part.zip --for 'the defence' --purpose 'CPIA 1996 s.3' \
      --withhold 'f.address,third-party,DPA 2018 sch 2 para 16'

A bundle is one file: it opens as a ZIP, with read.html for people. That it was made is itself put on
the case, as the last entry of the bundle, so that nothing before it can be left out. Who has it checks it
with candour-verify and the policy.txt of the record, which must not come with the bundle.`
}

func (c *bundleCmd) Run(a *app) (err error) {
	ctx := context.Background()
	rules, err := c.rules()
	if err != nil {
		return err
	}
	f, err := create(c.Out, 0o600) // before anything is put on record
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			os.Remove(c.Out)
		}
	}()
	h, err := a.openToWrite(ctx, c.Record)
	if err != nil {
		return err
	}
	defer h.Close()
	b := casework.BundleOf{Case: c.Case, For: c.For, Purpose: c.Purpose, By: a.actor(), Rules: rules, Policy: h.policy, Happened: a.now()}
	if b.Zone, err = time.LoadLocation(h.set.Zone); err != nil {
		return err
	}
	if b.Pack, b.Label, err = a.bound(h.set.Pack); err != nil {
		return err
	}
	if b.Earlier, err = c.earlier(h.policy); err != nil {
		return err
	}
	if err := h.noteRead(ctx, a, "bundle", docket.CaseChain(c.Case), "for "+c.For); err != nil {
		return err
	}
	d, err := casework.MakeBundle(ctx, h.log, b, func(ctx context.Context) (candour.Checkpoint, []byte, error) { return h.witnessed(ctx, a) })
	if err != nil {
		return err
	}
	done, err := c.documents(ctx, h, d)
	defer done()
	if err != nil {
		return err
	}
	return c.write(a, h, d, f)
}

// documents puts the documents that the bundle shows, and that are kept here, into it. They are
// decrypted into a folder beside the bundle, which done removes.
func (c *bundleCmd) documents(ctx context.Context, h *home, d *candour.Draft) (done func(), err error) {
	dir, err := os.MkdirTemp(filepath.Dir(c.Out), ".bundle-*")
	if err != nil {
		return func() {}, err
	}
	var open []*os.File
	done = func() {
		for _, f := range open {
			f.Close()
		}
		os.RemoveAll(dir)
	}
	seen := map[candour.Hash]bool{}
	for _, g := range casework.Digests(d) {
		in, err := h.vault.Get(ctx, h.log.SealedChain(g.Chain), g.SHA256)
		if errors.Is(err, fs.ErrNotExist) || seen[g.SHA256] {
			continue // it is kept elsewhere
		}
		if err != nil {
			return done, err
		}
		seen[g.SHA256] = true
		f, err := os.OpenFile(filepath.Join(dir, hex.EncodeToString(g.SHA256[:])), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return done, errors.Join(err, in.Close())
		}
		open = append(open, f)
		n, err := io.Copy(f, in)
		if err = errors.Join(err, in.Close()); err != nil {
			return done, err
		}
		d.Attachments = append(d.Attachments, candour.Attachment{SHA256: g.SHA256, Data: f, Size: n})
	}
	return done, nil
}

// bound is the pack by which the body is bound: its name and digest, and plain words for
// its kinds of fact.
func (a *app) bound(name string) (candour.Pack, func(string) string, error) {
	p, err := a.load(name)
	if err != nil {
		return candour.Pack{}, nil, err
	}
	fsys, err := packFS(name)
	if err != nil {
		return candour.Pack{}, nil, err
	}
	digest, err := pack.Digest(fsys)
	label := func(kind string) string {
		if k := p.Kind(kind); k != nil && k.Label != "" {
			return k.Label
		}
		return strings.ReplaceAll(strings.TrimPrefix(kind, "record."), "_", " ")
	}
	return candour.Pack{ID: p.ID, Digest: digest}, label, err
}

func (c *bundleCmd) rules() (rules []casework.Rule, err error) {
	for _, w := range c.Withhold {
		parts := strings.SplitN(w, ",", 3)
		if len(parts) != 3 {
			return nil, fmt.Errorf("--withhold %q: write FIELD,CLASS,AUTHORITY", w)
		}
		rules = append(rules, casework.Rule{Field: parts[0], Class: parts[1], Authority: parts[2]})
	}
	if c.Redact == "" {
		return rules, nil
	}
	text, err := os.ReadFile(c.Redact)
	if err != nil {
		return nil, err
	}
	var more []casework.Rule
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&more); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: %w", c.Redact, err)
	}
	return append(rules, more...), nil
}

// earlier verifies the bundle that this one goes on from.
func (c *bundleCmd) earlier(p *candour.Policy) (*candour.Report, error) {
	if c.Previous == "" {
		return nil, nil
	}
	f, err := os.Open(c.Previous)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	r, err := candour.Verify(candour.Bundle{Data: f, Size: info.Size()}, p, nil)
	if err == nil && r.Verdict == candour.Changed {
		err = fmt.Errorf("%s is not intact: %s", c.Previous, r.Detail)
	}
	return r, err
}

// write writes the bundle and verifies what was written before it is called one.
func (c *bundleCmd) write(a *app, h *home, d *candour.Draft, f *os.File) error {
	if err := candour.WriteBundle(f, d, *h.signer); err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	r, err := candour.Verify(candour.Bundle{Data: f, Size: info.Size()}, h.policy, nil)
	if err != nil {
		return err
	}
	if r.Verdict == candour.Changed {
		return fmt.Errorf("the bundle that was made does not verify: %s: %s; run candour verify", r.Code, r.Detail)
	}
	return c.say(a, r, f.Sync())
}

func (c *bundleCmd) say(a *app, r *candour.Report, err error) error {
	if err != nil {
		return err
	}
	n, withheld := 0, 0
	for _, ch := range r.Chains {
		n += len(ch.Entries)
		for _, e := range ch.Entries {
			for i := range e.Lines {
				if e.Lines[i].Withheld {
					withheld++
				}
			}
		}
	}
	fmt.Fprintf(a.out, "%s: %s of the case, %s withheld, %s with it.\n", filepath.Base(c.Out), count(n, "entry"), count(withheld, "field"), count(len(r.Attachments), "document"))
	switch {
	case r.Code == "witness":
		fmt.Fprintln(a.out, "Its checkpoint is not cosigned yet by as many witnesses as the policy asks for; make the bundle again once it is, or verifiers cannot tell.")
	case len(r.Independent) == 0:
		fmt.Fprintln(a.out, "Not independently witnessed.")
	default:
		fmt.Fprintf(a.out, "Cosigned by %s.\n", strings.Join(r.Independent, ", "))
	}
	return nil
}
