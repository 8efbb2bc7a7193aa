package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"filippo.io/age"
	"go.yaml.in/yaml/v3"

	"candour"
	"candour/internal/docket"
	"candour/internal/durable"
	"candour/internal/record"
	"candour/internal/sqlite"
	"candour/internal/vault"
)

type restoreCmd struct {
	Backup   string `arg:"" help:"Folder of the backup; with --new-epoch, of the record." type:"path"`
	Record   string `arg:"" optional:"" help:"Folder to restore the record into; it is new." type:"path"`
	Keys     string `help:"Folder of the keys, with log.key at least. Default: the record's name with .keys." type:"path" placeholder:"DIR"`
	Escrow   string `help:"The escrow. Default: where the record had it, else escrow.age among the keys." type:"path" placeholder:"FILE"`
	Identity string `help:"A secret key (age) of one whom the escrow is for. Default: escrow.identity among the keys." type:"path" placeholder:"FILE"`
	Policy   string `help:"The policy that the record is held against. Default: policy.txt among the keys, else that of the backup, where log.key is in it." type:"path" placeholder:"FILE"`
	Postgres string `help:"Restore into this PostgreSQL instead of a file." placeholder:"URL"`

	NewEpoch bool   `help:"Say, in a record that is an older copy, that it goes on and what is lost." group:"An older copy goes on:"`
	By       string `help:"Who decides it." placeholder:"PERSON" group:"An older copy goes on:"`
	Second   string `help:"Who else." placeholder:"PERSON" group:"An older copy goes on:"`
	Reason   string `help:"Why." placeholder:"TEXT" group:"An older copy goes on:"`
	Offline  bool   `help:"Go on though a witness with an address cannot be asked." group:"An older copy goes on:"`
}

func (restoreCmd) Help() string {
	return `Examples:
  candour keys import custodian.age northmere.keys --identity custodian.txt
  candour restore /mnt/backups/northmere-20261124T090000Z.candour-backup northmere --escrow /mnt/escrow/northmere.age
  candour restore northmere --new-epoch --by chief-rao --second deputy-okafor --reason "disk lost on 24 November"

A backup is held against its manifest and the policy before anything is written, and what was restored
is verified again. It can be read at once. It takes nothing until two people have said, in the record
itself, that it is an older copy which goes on: what was taken after the backup is not in it.`
}

func (c *restoreCmd) Run(a *app) error {
	if c.NewEpoch {
		if c.Record != "" {
			return errors.New("--new-epoch is about a record that was restored before: name its folder alone")
		}
		return c.newEpoch(a)
	}
	if c.Record == "" {
		return errors.New("name the backup, then the folder to restore into")
	}
	if !emptyDir(c.Record) {
		return fmt.Errorf("%s exists and is not empty; name a new folder", c.Record)
	}
	ctx := context.Background()
	r := &restoring{restoreCmd: c, app: a, keys: c.Keys}
	if r.keys == "" {
		r.keys = filepath.Clean(c.Record) + ".keys"
	}
	for _, step := range []func(context.Context) error{r.trust, r.files, r.master, r.try, r.make} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// restoring is a restore under way.
type restoring struct {
	*restoreCmd
	app      *app
	keys     string // folder
	policy   *candour.Policy
	manifest *manifest
	set      settings
	tagKey   []byte
	data     *memoryKeys // of the escrow
	masters  []vault.KeyService
	lost     map[string]*unreadable // by origin: what cannot be read because its data key is gone
}

// unreadable are entries whose data key was destroyed after the backup.
type unreadable struct {
	at     map[int64]bool
	leaves []string
}

// without is a store whose unreadable entries have no content, like those that were erased.
type without struct {
	record.Source
	gone map[int64]bool
}

// Rows implements record.Source.
func (w without) Rows(ctx context.Context, from, to int64, visit func(*record.Row) error) error {
	return w.Source.Rows(ctx, from, to, func(r *record.Row) error {
		if w.gone[r.Index] {
			r.Payload = nil
		}
		return visit(r)
	})
}

// trust finds the policy, and holds the manifest against it.
func (r *restoring) trust(context.Context) error {
	seed, err := readKey(filepath.Join(r.keys, fileLog))
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s is not there: it signs the record and is in no backup. Get the custodian's copy of the keys, and unpack it with candour keys import FILE %s", filepath.Join(r.keys, fileLog), r.keys)
	}
	if err != nil {
		return err
	}
	path := r.Policy
	if path == "" {
		if path = filepath.Join(r.keys, filePolicy); !exists(path) {
			path = filepath.Join(r.Backup, filePolicy)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if r.policy, err = candour.ParsePolicy(b); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	own := candour.NewSigner(r.policy.Body, seed).Public.String()
	for _, l := range r.policy.Logs {
		if l.Key.String() == own {
			r.manifest, err = readManifest(r.Backup, r.policy)
			return err
		}
	}
	return fmt.Errorf("%s is none of the keys in %s: they are of different records, or the key was rotated after the backup; name the present policy with --policy", filepath.Join(r.keys, fileLog), path)
}

// files holds every byte of the backup against the manifest.
func (r *restoring) files(context.Context) error {
	faults, err := r.manifest.check(r.Backup, r.app.counting("files verified"))
	r.app.countingDone()
	if err != nil {
		return err
	}
	if len(faults) > 0 {
		fmt.Fprintf(r.app.out, "REFUSED: the backup %s is not as it was made. Use another one, and keep this as it is.\n", r.Backup)
		few(r.app, faults)
		return errFound
	}
	r.set, err = loadSettings(r.Backup)
	return err
}

// master opens the escrow, and finds or makes the keys that are not in it.
func (r *restoring) master(ctx context.Context) (err error) {
	if _, err := openMasters(r.keys, r.app); err != nil && (exists(filepath.Join(r.keys, fileMaster)) || exists(filepath.Join(r.keys, filePhrase))) {
		return err
	}
	if r.masters, err = openMasters(r.keys, r.app); err != nil {
		if _, err := vault.CreateFileKey(filepath.Join(r.keys, fileMaster), rand.Reader); err != nil {
			return err
		}
		fmt.Fprintf(r.app.out, "A new master key was made: %s.\n", filepath.Join(r.keys, fileMaster))
		if r.masters, err = openMasters(r.keys, r.app); err != nil {
			return err
		}
	}
	ids, err := readIdentities(cmp.Or(r.Identity, filepath.Join(r.keys, fileIdentity)))
	if err != nil {
		return fmt.Errorf("the escrow holds the data keys, and a secret key is needed that it is for (--identity): %w", err)
	}
	path := r.escrow()
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("the escrow holds the data keys, without which no backup can be read (--escrow): %w", err)
	}
	defer f.Close()
	r.data = &memoryKeys{rows: map[[32]byte]keyRow{}}
	tag, _, err := vault.Recover(ctx, f, ids, r.data, r.masters[0])
	var none *age.NoIdentityMatchError
	if errors.As(err, &none) {
		return fmt.Errorf("%s is not for that secret key: name another with --identity", path)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return r.tag(tag)
}

// escrow is where it is: as told, else where the record had it, else among the keys.
func (r *restoring) escrow() string {
	if r.Escrow != "" {
		return r.Escrow
	}
	if r.set.Escrow != "" {
		if path := r.set.escrowPath(r.Record); exists(path) {
			return path
		}
	}
	return filepath.Join(r.keys, fileEscrow)
}

// tag holds the tag key of the escrow against the one that is there, or puts it there.
func (r *restoring) tag(tag []byte) error {
	path := filepath.Join(r.keys, fileTag)
	if exists(path) {
		have, err := readKey(path)
		if err == nil && !bytes.Equal(have, tag) {
			err = fmt.Errorf("%s is not the tag key of the escrow: they are of different records", path)
		}
		r.tagKey = have
		return err
	}
	r.tagKey = tag
	return durable.Replace(path, []byte(hex.EncodeToString(tag)+"\n"))
}

// try verifies the backup as a record. What cannot be read because its data key was destroyed
// since is told apart; anything else is refused.
func (r *restoring) try(ctx context.Context) error {
	p := &proving{app: r.app, policy: r.policy, tagKey: r.tagKey, masters: r.masters, keys: r.data}
	faults, err := p.verify(ctx, r.Backup, r.manifest)
	if err != nil || len(faults) == 0 {
		return err
	}
	if err := r.unreadable(ctx); err != nil {
		return err
	}
	n := 0
	for _, l := range r.lost {
		n += len(l.leaves)
	}
	if n == len(faults) {
		return nil
	}
	fmt.Fprintf(r.app.out, "REFUSED: the backup %s does not verify. Use another one, and keep this as it is.\n", r.Backup)
	few(r.app, faults)
	return errFound
}

// unreadable finds the entries whose data key is gone.
func (r *restoring) unreadable(ctx context.Context) error {
	db, err := sqlite.Open(ctx, filepath.Join(r.Backup, fileDB), sqlite.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer db.Close()
	v, err := vault.New(vault.Config{Keys: r.data, Master: r.masters[0], Older: r.masters[1:], TagKey: r.tagKey, Random: rand.Reader})
	if err != nil {
		return err
	}
	r.lost = map[string]*unreadable{}
	for _, l := range r.manifest.logs {
		lost := &unreadable{at: map[int64]bool{}}
		r.lost[l.origin] = lost
		err := db.Log(l.origin).Rows(ctx, 0, l.size, func(row *record.Row) error {
			if row.Payload == nil {
				return nil
			}
			_, err := v.Open(ctx, hex.EncodeToString(row.Tag[:]), row.Payload)
			if errors.Is(err, vault.ErrErased) {
				lost.at[row.Index] = true
				lost.leaves = append(lost.leaves, hex.EncodeToString(row.Leaf[:]))
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// make writes the record. That it was restored is written first, and the settings last: without
// them a folder is no record.
func (r *restoring) make(ctx context.Context) error {
	if err := os.MkdirAll(r.Record, 0o700); err != nil {
		return err
	}
	made := time.Unix(0, r.manifest.made).UTC().Format(stateTime)
	mark := restored{ID: newID(), Backup: filepath.Base(r.Backup), Made: made, Size: r.manifest.logs[0].size}
	if l := r.lost[r.manifest.body]; l != nil {
		mark.Unreadable = l.leaves
	}
	if err := writeYAML(filepath.Join(r.Record, fileRestored), mark); err != nil {
		return err
	}
	if err := r.attachments(); err != nil {
		return err
	}
	r.set.Store = r.Postgres
	r.set.Keys = r.keys
	if filepath.Dir(filepath.Clean(r.keys)) == filepath.Dir(filepath.Clean(r.Record)) {
		r.set.Keys = filepath.Join("..", filepath.Base(r.keys))
	}
	if err := r.database(ctx); err != nil {
		return err
	}
	text, err := yaml.Marshal(r.set)
	if err != nil {
		return err
	}
	if err := errors.Join(durable.Replace(filepath.Join(r.Record, filePolicy), []byte(r.policy.Text())), durable.Replace(filepath.Join(r.Record, fileSettings), text)); err != nil {
		return err
	}
	h, err := r.app.openHome(ctx, r.Record, true)
	if err != nil {
		return err
	}
	defer h.Close()
	if h.older == nil {
		return errors.New("the restored record is not frozen, which cannot be")
	}
	// To look at the copy is put on record at once, so that its log of reads begins an epoch now.
	d := record.Draft{Chain: docket.BodyChain(h.set.Body), Kind: candour.KindRestored, Happened: r.app.stamp(), By: r.app.actor(), Key: "restored:" + mark.ID,
		Fields: []record.Field{{Name: "backup", Value: []byte(mark.Backup)}, {Name: "made", Value: []byte(mark.Made)}}}
	if l := r.lost[h.readsOrigin()]; l != nil && len(l.leaves) > 0 {
		d.Fields = append(d.Fields, record.Field{Name: record.FieldUnreadable, Value: []byte(strings.Join(l.leaves, " "))})
	}
	if _, err := h.reads.NewEpoch(ctx, d, 0); err != nil {
		return err
	}
	return r.say(ctx, h, mark)
}

func (r *restoring) attachments() error {
	tick, n := r.app.counting("attachments restored"), int64(0)
	defer r.app.countingDone()
	for _, f := range r.manifest.files {
		if !strings.HasPrefix(f.path, folderFiles+"/") {
			continue
		}
		to := filepath.Join(r.Record, filepath.FromSlash(f.path))
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			return err
		}
		got, err := copyFile(filepath.Join(r.Backup, filepath.FromSlash(f.path)), to, 0o600)
		if err != nil {
			return err
		}
		if got.digest != f.digest {
			return fmt.Errorf("%s was changed while it was restored", f.path)
		}
		n++
		tick(n)
	}
	return nil
}

// database copies both logs and the data keys into the store that the settings name.
func (r *restoring) database(ctx context.Context) error {
	db, err := sqlite.Open(ctx, filepath.Join(r.Backup, fileDB), sqlite.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer db.Close()
	h := &home{dir: r.Record, set: r.set, keys: r.keys}
	defer h.Close()
	store, err := h.openStore(ctx)
	if err != nil {
		return err
	}
	for _, l := range r.manifest.logs {
		from := db.Log(l.origin)
		head, err := from.Head(ctx)
		if err != nil {
			return err
		}
		source := record.Source(from)
		if lost := r.lost[l.origin]; lost != nil {
			source = without{from, lost.at}
		}
		tick := r.app.counting("entries restored")
		if err := record.Copy(ctx, source, store(l.origin), head, func(done, _ int64) { tick(done) }); err != nil {
			return err
		}
	}
	r.app.countingDone()
	keys := store(r.set.Origin).Keys()
	return r.data.Each(ctx, func(tag [32]byte, master string, wrapped []byte) error {
		_, _, err := keys.Add(ctx, tag, master, wrapped)
		return err
	})
}

func (r *restoring) say(ctx context.Context, h *home, mark restored) error {
	out := r.app.out
	tick := r.app.counting("entries verified")
	v, err := h.log.Verify(ctx, h.policy, nil, func(done, _ int64) { tick(done) })
	r.app.countingDone()
	if err != nil {
		return err
	}
	if int64(len(mark.Unreadable)) != v.Count {
		fmt.Fprintf(out, "NOT RESTORED: what was written to %s does not verify. Remove it and restore again, to another medium.\n", r.Record)
		return errFound
	}
	fmt.Fprintf(out, "Restored to %s: the record as it was on %s, %s. Verified, every entry.\n", r.Record, mark.Made, count(int(v.Facts), "entry"))
	if n := len(mark.Unreadable); n > 0 {
		fmt.Fprintf(out, "The content of %s is gone: something of the same cases was erased after the backup, so that their data keys are no more. A later backup has what was not erased.\n", count(n, "entry"))
	}
	fmt.Fprintf(out, "It can be read. It takes nothing yet: %v.\n", h.older)
	return nil
}

// stamp is now, as facts of the record state it.
func (a *app) stamp() string { return a.now().UTC().Format("2006-01-02T15:04:05Z") }

// newEpoch lets an older copy go on, and says in the record what is lost.
func (c *restoreCmd) newEpoch(a *app) error {
	if err := twoPeople(c.By, c.Second, c.Reason); err != nil {
		return err
	}
	ctx := context.Background()
	h, err := a.openHome(ctx, c.Backup, true)
	if err != nil {
		return err
	}
	defer h.Close()
	if h.older == nil {
		fmt.Fprintln(a.out, "The record is no older copy, so far as can be seen from here: nothing was done.")
		return nil
	}
	seen, err := h.anchored()
	if err != nil {
		return err
	}
	more, unasked, err := h.askWitnesses(ctx)
	if err != nil {
		return err
	}
	if len(unasked) > 0 && !c.Offline {
		return fmt.Errorf("%s. It may have seen more of the record than is known here, or another epoch: try again when it can be reached, or go on without it with --offline", strings.Join(unasked, "; "))
	}
	return c.begin(ctx, a, h, append(seen, more...), unasked)
}

// twoPeople refuses an act that needs two, who say why.
func twoPeople(by, second, reason string) error {
	switch {
	case by == "" || second == "" || strings.TrimSpace(reason) == "":
		return errors.New("this needs two people and a reason: --by, --second and --reason")
	case strings.EqualFold(strings.TrimSpace(by), strings.TrimSpace(second)):
		return fmt.Errorf("--by and --second are both %s: a second person is another one", by)
	}
	return nil
}

// begin seals the fact that tells of the gap as the first of a new epoch.
func (c *restoreCmd) begin(ctx context.Context, a *app, h *home, seen []record.Seen, unasked []string) error {
	head, err := h.log.Head(ctx)
	if err != nil {
		return err
	}
	g := gap{from: head.Edge.Size, to: head.Edge.Size}
	for _, s := range seen {
		err := h.log.Continues(ctx, s.By, s.Checkpoint)
		var older *record.Older
		if errors.As(err, &older) && older.OtherPast {
			return older
		}
		epoch, err := s.Checkpoint.Epoch(h.set.Origin)
		if err != nil {
			return err
		}
		g.epoch = max(g.epoch, epoch)
		if s.Checkpoint.Size > g.to {
			g.to, g.by = s.Checkpoint.Size, s.By
		}
	}
	mark, ok, err := h.restored()
	if err != nil {
		return err
	}
	if !ok {
		mark.ID = fmt.Sprintf("%x", head.Edge.Root())
	}
	d, err := c.tells(ctx, a, h, g, mark, unasked)
	if err != nil {
		return err
	}
	if known, err := h.log.Known(ctx, d.Key); err != nil {
		return err
	} else if _, stands := known[d.Key]; !stands {
		if _, err := h.log.NewEpoch(ctx, d, g.epoch); err != nil {
			return err
		}
	}
	return c.sealed(ctx, a, h, g, mark)
}

// gap is what is lost: the entries from a size on, up to the largest that somebody has seen.
type gap struct {
	from, to int64
	by       string // who has seen the largest
	epoch    uint32 // the latest that was seen
}

func (g gap) String() string {
	if g.to == g.from {
		return fmt.Sprintf("nobody asked has seen more than the %d entries that are here", g.from)
	}
	return fmt.Sprintf("entries %d to %d are lost: %s has seen %d", g.from, g.to-1, g.by, g.to)
}

// tells is the fact that tells of a restore.
func (c *restoreCmd) tells(ctx context.Context, a *app, h *home, g gap, mark restored, unasked []string) (record.Draft, error) {
	_, note, err := h.log.SignedAt(ctx, g.from)
	d := record.Draft{Chain: docket.BodyChain(h.set.Body), Kind: candour.KindRestored, Happened: a.stamp(), By: c.By, Key: "restored:" + mark.ID}
	for _, f := range []struct{ name, value string }{
		{"second", c.Second}, {"reason", c.Reason}, {"from", strconv.FormatInt(g.from, 10)}, {"to", strconv.FormatInt(g.to, 10)}, {"seen_by", g.by}, {"backup", mark.Backup}, {"made", mark.Made},
		{"checkpoint", string(note)}, {"unasked", strings.Join(unasked, "; ")}, {record.FieldUnreadable, strings.Join(mark.Unreadable, " ")},
	} {
		if f.value != "" {
			d.Fields = append(d.Fields, record.Field{Name: f.name, Value: []byte(f.value)})
		}
	}
	return d, err
}

// sealed signs the new epoch, puts it down outside the database and lets the record go on.
func (c *restoreCmd) sealed(ctx context.Context, a *app, h *home, g gap, mark restored) error {
	h.older = nil
	cp, _, err := h.seal(ctx)
	if err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(h.dir, fileRestored)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	fmt.Fprintf(a.out, "%s has begun, with entry %d, sealed by %s and %s. Its checkpoints are signed as %s.\n", epochText(cp, h.set.Origin), cp.Size-1, c.By, c.Second, cp.Origin)
	fmt.Fprintf(a.out, "The gap: %v.\n", g)
	if mark.Made != "" {
		fmt.Fprintf(a.out, "Whatever was taken after %s is to be entered again: imports made again take what is not there, and pass over the rest.\n", mark.Made)
	}
	fmt.Fprintln(a.out, "Tell the witnesses and those who hold receipts or bundles: what the earlier epoch signed stays signed, and is proof of what is lost.")
	return nil
}

func epochText(c candour.Checkpoint, body string) string {
	n, _ := c.Epoch(body) // it is our own
	return fmt.Sprintf("Epoch %d", n)
}
