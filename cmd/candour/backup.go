package main

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"crypto/rand"

	"candour"
	"candour/internal/durable"
	"candour/internal/record"
	"candour/internal/sqlite"
	"candour/internal/vault"
)

type backupCmd struct {
	Record string `arg:"" help:"Folder of the record." type:"path"`
	Dir    string `arg:"" help:"Folder of backups, on another medium than the record." type:"path"`
}

func (backupCmd) Help() string {
	return `Examples:
  candour backup northmere /mnt/backups

Others may go on working meanwhile. The backup is a folder that holds the record as it was when the
backup began: database, attachments, settings, policy, and a manifest with the digest of each, signed
by the body. It holds no data keys, which is how an erasure reaches backups that were made before it.
Those are in the escrow, one file that each backup replaces; keep it apart from the backups, on another
medium than the record (escrow: in record.yaml), and never in versions.

It is called a backup only once it was opened as a record and verified, every entry of it. Take one
after each erasure: what was erased from a case makes that case unreadable in earlier backups.`
}

func (c *backupCmd) Run(a *app) error {
	ctx := context.Background()
	h, err := a.openToWrite(ctx, c.Record)
	if err != nil {
		return err
	}
	defer h.Close()
	if err := h.noteRead(ctx, a, "backup", "", "the whole record, encrypted"); err != nil {
		return err
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return err
	}
	now := a.now().UTC()
	name := fmt.Sprintf("%s-%s%s", filepath.Base(filepath.Clean(c.Record)), now.Format("20060102T150405Z"), backupSuffix)
	b := &backup{home: h, app: a, dir: filepath.Join(c.Dir, name), made: now}
	if exists(b.dir) {
		return fmt.Errorf("%s exists already", b.dir)
	}
	b.previous = lastBackup(c.Dir, h)
	faults, err := b.make(ctx)
	if err != nil {
		return err
	}
	return b.say(ctx, faults)
}

// backup is a backup that is being made.
type backup struct {
	*home
	app      *app
	dir      string // as it will be called
	made     time.Time
	manifest manifest
	chains   int
	took     time.Duration
	tried    string // with which keys it was tried
	previous *earlier
}

// earlier is a backup in the same folder, whose attachments need not be written again.
type earlier struct {
	dir   string
	files map[string]listed
}

// part is what the folder is called until it was verified.
func (b *backup) part() string { return b.dir + ".part" }

// make makes the backup, and gives what a verification found on it.
func (b *backup) make(ctx context.Context) (faults []string, err error) {
	begun := b.app.now()
	for try := 1; ; try++ {
		if err = b.write(ctx); err == nil {
			if faults, err = b.verify(ctx); err == nil {
				break
			}
		}
		if !errors.Is(err, record.ErrRekeyed) || try == 5 {
			return nil, fmt.Errorf("%s is no backup: %w", b.part(), err)
		}
		if err := os.RemoveAll(b.part()); err != nil {
			return nil, err
		}
	}
	b.took = b.app.now().Sub(begun)
	if len(faults) > 0 {
		return faults, os.Rename(b.part(), b.dir+".broken")
	}
	if err := os.Rename(b.part(), b.dir); err != nil {
		return nil, err
	}
	return nil, durable.Sync(filepath.Dir(b.dir))
}

// write writes all of it.
func (b *backup) write(ctx context.Context) error {
	if err := os.Mkdir(b.part(), 0o700); err != nil {
		return err
	}
	b.manifest = manifest{body: b.set.Origin, made: b.made.UnixNano()}
	if _, _, err := b.seal(ctx); err != nil {
		return err
	}
	main, err := b.store.Head(ctx)
	if err != nil {
		return err
	}
	if err := b.database(ctx, main); err != nil {
		return err
	}
	_, note, err := b.log.SignedAt(ctx, main.Edge.Size)
	if err != nil {
		return err
	}
	if err := errors.Join(os.WriteFile(filepath.Join(b.part(), fileHead), note, 0o600), b.listFile(fileHead), b.listFile(fileDB)); err != nil {
		return err
	}
	for _, name := range []string{fileSettings, filePolicy} {
		l, err := copyFile(filepath.Join(b.home.dir, name), filepath.Join(b.part(), name), 0o600)
		if err != nil {
			return err
		}
		l.path = name
		b.manifest.files = append(b.manifest.files, l)
	}
	// Attachments last: those that the copied entries name were there before the entries were.
	if err := b.attachments(); err != nil {
		return err
	}
	if b.chains, err = b.writeEscrow(ctx, b.app); err != nil {
		return err
	}
	if err := b.moved(ctx); err != nil {
		return err
	}
	return b.sign()
}

// moved tells, by [record.ErrRekeyed], that data keys were changed since the copy was begun.
func (b *backup) moved(ctx context.Context) error {
	for i, store := range []stored{b.store, b.readStore} {
		now, err := store.Head(ctx)
		if err != nil {
			return err
		}
		if now.Keys != b.manifest.logs[i].keys {
			return record.ErrRekeyed
		}
	}
	return nil
}

// database copies both logs into a new file.
func (b *backup) database(ctx context.Context, main record.Head) error {
	db, err := sqlite.Open(ctx, filepath.Join(b.part(), fileDB), sqlite.Options{Copy: true})
	if err != nil {
		return err
	}
	defer db.Close()
	reads, err := b.readStore.Head(ctx)
	if err != nil {
		return err
	}
	for _, l := range []struct {
		from   stored
		origin string
		head   record.Head
	}{{b.store, b.set.Origin, main}, {b.readStore, b.readsOrigin(), reads}} {
		tick := b.app.counting("entries copied")
		if err := record.Copy(ctx, l.from, db.Log(l.origin), l.head, func(done, _ int64) { tick(done) }); err != nil {
			return err
		}
		b.manifest.logs = append(b.manifest.logs, logged{l.origin, l.head.Epoch, l.head.Edge.Size, l.head.Edge.Root(), l.head.Keys})
	}
	b.app.countingDone()
	return db.Finish(ctx)
}

func (b *backup) listFile(name string) error {
	l, err := digestFile(filepath.Join(b.part(), name))
	l.path = name
	b.manifest.files = append(b.manifest.files, l)
	return err
}

// attachments copies them. One that the backup before this one has with the same bytes is linked:
// an attachment never changes.
func (b *backup) attachments() error {
	root := filepath.Join(b.home.dir, folderFiles)
	tick, n := b.app.counting("attachments copied"), int64(0)
	defer b.app.countingDone()
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it was erased meanwhile
		}
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(b.home.dir, path)
		if err != nil {
			return err
		}
		to := filepath.Join(b.part(), rel)
		if d.IsDir() {
			if rel == filepath.Join(folderFiles, "incoming") {
				return filepath.SkipDir
			}
			return os.MkdirAll(to, 0o700)
		}
		l, err := b.attachment(path, to, filepath.ToSlash(rel))
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		l.path = filepath.ToSlash(rel)
		b.manifest.files = append(b.manifest.files, l)
		n++
		tick(n)
		return err
	})
}

func (b *backup) attachment(from, to, rel string) (listed, error) {
	if b.previous != nil {
		if was, ok := b.previous.files[rel]; ok {
			now, err := digestFile(from)
			if err != nil {
				return now, err
			}
			if now.digest == was.digest && now.length == was.length && os.Link(filepath.Join(b.previous.dir, filepath.FromSlash(rel)), to) == nil {
				return now, nil
			}
		}
	}
	return copyFile(from, to, 0o600)
}

// sign writes the manifest, and makes all names durable.
func (b *backup) sign() error {
	slices.SortFunc(b.manifest.files, func(x, y listed) int { return cmp.Compare(x.path, y.path) })
	note, err := b.signer.Named(b.set.Origin + backupName).Sign(b.manifest.text())
	if err != nil {
		return err
	}
	if err := durable.Replace(filepath.Join(b.part(), fileManifest), note); err != nil {
		return err
	}
	return filepath.WalkDir(b.part(), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			err = durable.Sync(path)
		}
		return err
	})
}

// verify opens what was written as a record, with the keys of the escrow where they can be had,
// else with those that the record has now.
func (b *backup) verify(ctx context.Context) ([]string, error) {
	m, err := readManifest(b.part(), b.policy)
	if err != nil {
		return nil, err
	}
	keys, ok, err := b.recovered(ctx)
	if err != nil {
		return nil, fmt.Errorf("the escrow: %w", err)
	}
	b.tried = "the keys of the escrow"
	if !ok {
		keys, b.tried = b.store.Keys(), "the record's own keys, since the escrow cannot be opened here"
	}
	t := &proving{app: b.app, policy: b.policy, tagKey: b.tagKey, masters: b.masters, keys: keys}
	faults, err := t.verify(ctx, b.part(), m)
	if err == nil && len(faults) > 0 {
		if err := b.moved(ctx); err != nil {
			return nil, err // what is wrong may come of that
		}
	}
	return faults, err
}

// proving is the verification of a backup, or of what was restored from one.
type proving struct {
	app     *app
	policy  *candour.Policy
	tagKey  []byte
	masters []vault.KeyService
	keys    vault.Keys
}

// verify holds the files of a backup against the manifest, then its database against itself.
func (t *proving) verify(ctx context.Context, dir string, m *manifest) ([]string, error) {
	faults, err := m.check(dir, t.app.counting("files verified"))
	t.app.countingDone()
	if err != nil || len(faults) > 0 {
		return faults, err
	}
	db, err := sqlite.Open(ctx, filepath.Join(dir, fileDB), sqlite.Options{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	note, err := os.ReadFile(filepath.Join(dir, fileHead))
	if err != nil {
		return nil, err
	}
	head, _, err := t.policy.OpenCheckpoint(note)
	if err != nil {
		return []string{fmt.Sprintf("%s: %v", fileHead, err)}, nil
	}
	for _, l := range m.logs {
		policy, seen := t.policy, []record.Seen{{By: "the backup's checkpoint", Checkpoint: head}}
		if l.origin != m.body {
			policy, seen = nil, nil
		}
		more, err := t.log(ctx, db.Log(l.origin), l, policy, seen)
		if err != nil {
			return nil, err
		}
		faults = append(faults, more...)
	}
	return faults, nil
}

func (t *proving) log(ctx context.Context, store record.Store, l logged, policy *candour.Policy, seen []record.Seen) (faults []string, err error) {
	v, err := vault.New(vault.Config{Keys: t.keys, Master: t.masters[0], Older: t.masters[1:], TagKey: t.tagKey, Random: rand.Reader})
	if err != nil {
		return nil, err
	}
	log, err := record.Open(ctx, store, record.Options{Body: l.origin, TagKey: t.tagKey, Sealer: v, Now: t.app.now, Random: rand.Reader, NoWrite: true})
	if err != nil {
		return nil, err
	}
	defer log.Close()
	h, err := log.Head(ctx)
	if err != nil {
		return nil, err
	}
	if h.Epoch != l.epoch || h.Edge.Size != l.size || h.Edge.Root() != l.root {
		faults = append(faults, fmt.Sprintf("the log %s is not as the manifest says", l.origin))
	}
	tick := t.app.counting("entries verified")
	found, err := log.Verify(ctx, policy, seen, func(done, _ int64) { tick(done) })
	t.app.countingDone()
	if err != nil {
		return nil, err
	}
	for _, f := range found.Faults {
		faults = append(faults, fmt.Sprintf("%s, entry %d: %s", l.origin, f.Index, f.What))
	}
	return faults, nil
}

func (b *backup) say(ctx context.Context, faults []string) error {
	out := b.app.out
	if len(faults) > 0 {
		fmt.Fprintf(out, "NO BACKUP: %s is not as it ought to be. It is kept to be looked at.\n", b.dir+".broken")
		few(b.app, faults)
		fmt.Fprintf(out, "Run candour verify %s: if the record is intact the medium of the backup is at fault.\n", b.home.dir)
		return errFound
	}
	s, err := b.state()
	if err != nil {
		return err
	}
	main := b.manifest.logs[0]
	s.Backup = backupState{b.made.Format(stateTime), b.dir, main.size, main.keys}
	if err := writeYAML(filepath.Join(b.home.dir, fileOps), s); err != nil {
		return err
	}
	var bytes int64
	for _, f := range b.manifest.files {
		bytes += f.length
	}
	fmt.Fprintf(out, "Backup %s: %s and %s of reads, %s, %s.\n", b.dir, count(int(main.size), "entry"), count(int(b.manifest.logs[1].size), "entry"), count(len(b.manifest.files)-4, "attachment file"), sizeText(bytes))
	fmt.Fprintf(out, "Verified: opened with %s, every entry, leaf, root and signature.\n", b.tried)
	escrow := b.set.escrowPath(b.home.dir)
	fmt.Fprintf(out, "Escrow %s: the data keys of %s, in place of the one before.\n", escrow, count(b.chains, "chain"))
	switch {
	case sameDisk(filepath.Dir(escrow), b.home.dir):
		fmt.Fprintln(out, "The escrow is on the same disk as the record: if that disk is lost, no backup can be read. Name another place in record.yaml, as escrow:, or copy it there over the last copy.")
	case sameDisk(filepath.Dir(escrow), b.dir):
		fmt.Fprintln(out, "The escrow is on the same disk as the backups: whoever takes that disk has both. Only the recipients' keys stand between them and the content.")
	}
	return nil
}

func few(a *app, faults []string) {
	for i, f := range faults {
		if i == 10 {
			fmt.Fprintf(a.out, "  and %d more\n", len(faults)-i)
			break
		}
		fmt.Fprintf(a.out, "  %s\n", f)
	}
}

// sizeText is a number of bytes for people.
func sizeText(n int64) string {
	for _, u := range []struct {
		name string
		size int64
	}{{"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}} {
		if n >= u.size {
			return fmt.Sprintf("%.1f %s", float64(n)/float64(u.size), u.name)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}

// lastBackup is the newest backup of the record in a folder, or nil.
func lastBackup(dir string, h *home) *earlier {
	prefix := filepath.Base(filepath.Clean(h.dir)) + "-"
	entries, _ := os.ReadDir(dir) // ascending
	for _, e := range slices.Backward(entries) {
		if !strings.HasPrefix(e.Name(), prefix) || !strings.HasSuffix(e.Name(), backupSuffix) {
			continue
		}
		path := filepath.Join(dir, e.Name())
		m, err := readManifest(path, h.policy)
		if err != nil {
			continue
		}
		files := map[string]listed{}
		for _, f := range m.files {
			files[f.path] = f
		}
		return &earlier{path, files}
	}
	return nil
}

// id is a name that was not there before.
func newID() string {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // it never fails
	return hex.EncodeToString(b)
}
