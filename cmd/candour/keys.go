package main

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"

	"candour/internal/docket"
	"candour/internal/durable"
	"candour/internal/record"
	"candour/internal/report"
)

type keysCmd struct {
	List   keysListCmd   `cmd:"" help:"Each key: where, since when, who may read it, what it protects."`
	Rotate keysRotateCmd `cmd:"" help:"Put a new master key, or a new log key, in the place of the old one."`
	Export keysExportCmd `cmd:"" help:"Write the custodian's copy of the keys, encrypted."`
	Import keysImportCmd `cmd:"" help:"Unpack a custodian's copy."`
	New    keysNewCmd    `cmd:"" help:"Make a key pair for a custodian, or for one who may open the escrow."`
}

// kindKey is the kind of the record's own facts on its keys.
const kindKey = "record.key"

// keyFile is a file of the folder of keys.
type keyFile struct {
	name, protects string
	secret         bool // others must not read it
	copied         bool // it is part of the custodian's copy
}

// keyFiles are all that belong there. The escrow is in no custodian's copy: in an older one what was
// erased since lives on.
var keyFiles = []keyFile{
	{fileLog, "signs checkpoints, receipts, bundles and backups as the body", true, true},
	{fileTag, "hashes what the database calls chains and idempotency keys; never changes", true, true},
	{fileMaster, "wraps the data keys of all cases in the database", true, true},
	{filePhrase, "salt of the passphrase that the master key follows from", false, true},
	{fileMaster + next, "the next master key, of a rotation that is not done", true, true},
	{filePhrase + next, "salt of the next passphrase, of a rotation that is not done", false, true},
	{fileLog + next, "the next log key, of a rotation that is not done", true, true},
	{fileIdentity, "opens the escrow", true, true},
	{fileEscrow, "all data keys, for who holds a recipient's key; replaced by each backup", false, false},
	{filePolicy, "what verifiers trust; from a custodian's copy", false, false},
	{fileAnchor, "the last checkpoint, to know an older copy by; no secret", false, false},
}

type keysListCmd struct {
	Record string `arg:"" help:"Folder of the record." type:"path"`
}

func (c *keysListCmd) Run(a *app) error {
	s, err := loadSettings(c.Record)
	if err != nil {
		return err
	}
	rows := [][]string{{"FILE", "SINCE", "MODE", "WHAT IT IS FOR"}}
	dir := s.keysDir(c.Record)
	for _, k := range keyFiles {
		path := filepath.Join(dir, k.name)
		if k.name == fileEscrow {
			path = s.escrowPath(c.Record)
		}
		info, err := os.Stat(path)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		mode := info.Mode().Perm().String()[1:]
		if k.secret && info.Mode().Perm()&0o077 != 0 {
			mode += " (others can read it)"
		}
		rows = append(rows, []string{path, info.ModTime().UTC().Format(time.DateOnly), mode, k.protects})
	}
	for _, to := range s.Recipients {
		rows = append(rows, []string{to, "", "", "a recipient: its secret key, held elsewhere, opens the escrow"})
	}
	for _, w := range s.Witnesses {
		rows = append(rows, []string{w.Key, "", "", "the witness of " + w.Operator + ": its secret key is theirs"})
	}
	return report.Columns(a.out, rows, max(a.width, 200), 0)
}

type keysExportCmd struct {
	Record    string   `arg:"" help:"Folder of the record." type:"path"`
	File      string   `arg:"" help:"Write here; an existing file is not overwritten." type:"path"`
	Recipient []string `required:"" help:"The custodian's public key (age). May be given more than once: any of them opens it." placeholder:"AGE"`
}

func (keysExportCmd) Help() string {
	return `Examples:
  candour keys export northmere custodian.age --recipient age1...

The copy has the keys and the policy. It has neither the escrow, in which what is erased later would live
on, nor anything of the record. Make a new one after each rotation, and destroy the one before. That
keys left the house is put on record.`
}

func (c *keysExportCmd) Run(a *app) error {
	ctx := context.Background()
	to, err := age.ParseRecipients(strings.NewReader(strings.Join(c.Recipient, "\n")))
	if err != nil {
		return fmt.Errorf("--recipient: %w; write a public key that begins with age1", err)
	}
	h, err := a.openHome(ctx, c.Record, true)
	if err != nil {
		return err
	}
	defer h.Close()
	if exists(c.File) {
		return fmt.Errorf("%s exists and is not overwritten; name another file", c.File)
	}
	if err := h.noteKey(ctx, a, a.actor(), "export:"+newID(), record.Field{Name: "act", Value: []byte("keys exported")}, record.Field{Name: "recipients", Value: []byte(strings.Join(c.Recipient, " "))}); err != nil {
		return err
	}
	if _, _, err := h.seal(ctx); err != nil {
		return err
	}
	f, err := create(c.File, 0o600)
	if err != nil {
		return err
	}
	names, err := h.pack(f, to)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(c.File))
	}
	fmt.Fprintf(a.out, "%s has %s, encrypted. Give it to the custodian, keep it apart from every backup, and destroy the copy before it.\n", c.File, strings.Join(names, ", "))
	return nil
}

// pack writes the keys and the policy as an encrypted tar.
func (h *home) pack(to io.Writer, recipients []age.Recipient) (names []string, err error) {
	enc, err := age.Encrypt(to, recipients...)
	if err != nil {
		return nil, err
	}
	w := tar.NewWriter(enc)
	put := func(name, path string) error {
		b, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if err == nil {
			err = w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(b)), Format: tar.FormatUSTAR})
		}
		if err == nil {
			_, err = w.Write(b)
			names = append(names, name)
		}
		return err
	}
	for _, k := range keyFiles {
		if k.copied {
			err = errors.Join(err, put(k.name, filepath.Join(h.keys, k.name)))
		}
	}
	return names, errors.Join(err, put(filePolicy, filepath.Join(h.dir, filePolicy)), w.Close(), enc.Close())
}

type keysImportCmd struct {
	File     string `arg:"" help:"The custodian's copy." type:"path"`
	Dir      string `arg:"" help:"Folder to unpack it into; it is new." type:"path"`
	Identity string `required:"" help:"The custodian's secret key (age)." type:"path" placeholder:"FILE"`
}

func (keysImportCmd) Help() string {
	return `Examples:
  candour keys import custodian.age northmere.keys --identity custodian.txt

What is unpacked is what candour restore needs, but for the escrow.`
}

func (c *keysImportCmd) Run(a *app) error {
	if !emptyDir(c.Dir) {
		return fmt.Errorf("%s is not empty: it may hold the keys of a record; name a new folder", c.Dir)
	}
	ids, err := readIdentities(c.Identity)
	if err != nil {
		return err
	}
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	plain, err := age.Decrypt(f, ids...)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	all, err := io.ReadAll(io.LimitReader(plain, 1<<20)) // whole, so that none is taken of one that was cut short
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return err
	}
	names, err := unpack(all, c.Dir)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	fmt.Fprintf(a.out, "%s has %s.\n", c.Dir, strings.Join(names, ", "))
	return nil
}

func unpack(b []byte, dir string) (names []string, err error) {
	known := map[string]bool{filePolicy: true}
	for _, k := range keyFiles {
		known[k.name] = known[k.name] || k.copied
	}
	r := tar.NewReader(bytes.NewReader(b))
	for {
		head, err := r.Next()
		if errors.Is(err, io.EOF) {
			return names, nil
		}
		if err != nil {
			return nil, err
		}
		if !known[head.Name] {
			return nil, fmt.Errorf("%q is no key of a record", head.Name)
		}
		text, err := io.ReadAll(r)
		if err == nil {
			err = durable.Replace(filepath.Join(dir, head.Name), text)
		}
		if err != nil {
			return nil, err
		}
		names = append(names, head.Name)
	}
}

type keysNewCmd struct {
	File string `arg:"" help:"Write the secret key here; an existing file is not overwritten." type:"path"`
}

func (keysNewCmd) Help() string {
	return `Examples:
  candour keys new custodian.txt

Made by whoever will hold it, on a machine of theirs. The public key, which is printed, goes to those who encrypt;
the file goes nowhere. It is a key of age, and age-keygen makes the same.`
}

func (c *keysNewCmd) Run(a *app) error {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return err
	}
	f, err := create(c.File, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "# public key: %s\n%s\n", id.Recipient(), id)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	fmt.Fprintln(a.out, id.Recipient())
	return nil
}

// noteKey puts on record what was done with keys. What stands already under that key of
// idempotency was said before, by a call that was broken off.
func (h *home) noteKey(ctx context.Context, a *app, by, key string, fields ...record.Field) error {
	d := record.Draft{Chain: docket.BodyChain(h.set.Body), Kind: kindKey, Happened: a.stamp(), By: by, Key: "key:" + key, Fields: fields}
	known, err := h.log.Known(ctx, d.Key)
	if err != nil {
		return err
	}
	if _, stands := known[d.Key]; stands {
		return nil
	}
	_, err = h.log.Append(ctx, d)
	return err
}
