package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"candour"
	"candour/internal/record"
)

type doctorCmd struct {
	Record string `arg:"" help:"Folder of the record." type:"path"`
	Whole  bool   `help:"Look at every page and index of the database, which takes minutes on a large one."`
	Sweep  bool   `help:"Remove what attachments left unfinished more than a day ago."`
}

func (doctorCmd) Help() string {
	return `Examples:
  candour doctor northmere
  candour doctor northmere --whole

Looks at what stands around the record: settings, keys, disk, clock, witnesses, backups. Whether the record
is as it was sealed is told by candour verify. Exit status: 0 nothing is wrong, 1 something is.`
}

// The longest that each may be ago.
const (
	backupAge  = 36 * time.Hour
	witnessAge = 15 * time.Minute
	leftAge    = 24 * time.Hour
	leastFree  = 1 << 30
	leastSync  = 30 * time.Microsecond // no disk writes faster; a cache with a battery may
)

// doctor tells what it finds, a line each: how it is, what it is about, what that means and
// how to mend it.
type doctor struct {
	app           *app
	dir           string
	set           settings
	wrong, warned int
}

func (d *doctor) ok(about, format string, args ...any) {
	d.say("ok", about, fmt.Sprintf(format, args...))
}

func (d *doctor) warn(about, mend, format string, args ...any) {
	d.warned++
	d.say("warning", about, fmt.Sprintf(format, args...))
	d.say("", "", "to mend: "+mend)
}

func (d *doctor) bad(about, mend, format string, args ...any) {
	d.wrong++
	d.say("wrong", about, fmt.Sprintf(format, args...))
	d.say("", "", "to mend: "+mend)
}

func (d *doctor) say(how, about, what string) {
	fmt.Fprintf(d.app.out, "%-8s %-11s %s\n", how, about, strings.Join(strings.Fields(what), " "))
}

func (c *doctorCmd) Run(a *app) error {
	ctx := context.Background()
	d := &doctor{app: a, dir: c.Record}
	var err error
	if d.set, err = loadSettings(c.Record); err != nil {
		d.bad("settings", "put record.yaml back from a backup, or correct the line that is named", "%v", err)
		return d.end()
	}
	d.settings()
	d.permissions()
	d.disk()
	h, err := a.openHome(ctx, c.Record, false)
	if err != nil {
		d.bad("record", "mend what is named; if it is a file of the record or of its keys, doc/operating.md says what to do when it is lost", "it cannot be opened: %v", err)
		return d.end()
	}
	defer h.Close()
	for _, look := range []func(context.Context, *home) error{d.keys, d.newest, d.clock, d.witnesses, d.escrow, d.backup} {
		if err := look(ctx, h); err != nil {
			d.bad("record", "run candour verify", "%v", err)
		}
	}
	d.database(ctx, h, c.Whole)
	d.unfinished(h, c.Sweep)
	return d.end()
}

func (d *doctor) end() error {
	fmt.Fprintf(d.app.out, "%d wrong, %s.\n", d.wrong, count(d.warned, "warning"))
	if d.wrong > 0 {
		return errFound
	}
	return nil
}

func (d *doctor) settings() {
	s := d.set
	if err := candour.CheckOrigin(s.Origin); err != nil {
		d.bad("settings", "put record.yaml back from a backup: an origin never changes", "%v", err)
		return
	}
	if strings.Contains(s.Origin, ".invalid/") {
		d.warn("settings", "begin the record in earnest with candour init --origin", "the origin %s is one for trying out: checkpoints of other such records bear the same name", s.Origin)
	}
	if _, err := d.app.load(s.Pack); err != nil {
		d.bad("settings", "name a pack that is there", "the pack: %v", err)
	}
	if _, err := time.LoadLocation(s.Zone); err != nil || s.Zone == "" {
		d.bad("settings", "install the zone data of the system (tzdata), or correct zone: in record.yaml", "the zone %q is not known", s.Zone)
	}
	for _, class := range s.Retention {
		if class == "" {
			d.warn("settings", "write how long, in record.yaml", "a retention class has no time")
		}
	}
	if len(s.Witnesses) == 0 {
		d.warn("witness", "ask the body that oversees you to run one, and name it in policy.txt and record.yaml", "none is named: that this is the record which was always kept rests on your own word")
	}
	d.ok("settings", "%s of %s, pack %s, zone %s", s.Origin, s.Body, s.Pack, s.Zone)
}

// permissions: nobody else reads the folders or the secret keys.
func (d *doctor) permissions() {
	open := 0
	keys := d.set.keysDir(d.dir)
	paths := []string{d.dir, keys, filepath.Join(d.dir, fileDB), filepath.Join(d.dir, folderFiles)}
	for _, k := range keyFiles {
		if k.secret {
			paths = append(paths, filepath.Join(keys, k.name))
		}
	}
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil || info.Mode().Perm()&0o077 == 0 {
			continue
		}
		open++
		mend := "chmod go= " + p
		if slices.ContainsFunc(keyFiles, func(k keyFile) bool { return k.secret && k.name == filepath.Base(p) }) {
			mend += "; if anyone can have read it, rotate it (candour keys rotate)"
		}
		d.bad("permissions", mend, "%s can be used by others (%v)", p, info.Mode().Perm())
	}
	if inside(keys, d.dir) {
		open++
		d.bad("permissions", "move the folder out, and correct keys: in record.yaml", "the keys are within the record's folder: whoever copies it has both")
	}
	if open == 0 {
		d.ok("permissions", "record and keys are yours alone")
	}
}

func inside(path, dir string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// disk: room, and whether it writes when it says so.
func (d *doctor) disk() {
	var size int64
	if info, err := os.Stat(filepath.Join(d.dir, fileDB)); err == nil {
		size = info.Size()
	}
	left, err := free(d.dir)
	switch {
	case errors.Is(err, errors.ErrUnsupported):
	case err != nil:
		d.bad("disk", "look at the disk", "%v", err)
	case left < max(leastFree, size/2):
		d.warn("disk", "make room: a record that cannot grow refuses facts", "only %s are free; the database has %s", sizeText(left), sizeText(size))
	default:
		d.ok("disk", "%s are free; the database has %s", sizeText(left), sizeText(size))
	}
	took, err := syncTime(d.dir)
	switch {
	case err != nil:
		d.bad("durability", "look at the disk", "a file could not be written: %v", err)
	case took < leastSync:
		d.warn("durability", "ask whoever runs the machine whether a sync reaches the medium; a write cache with a battery is well, one without loses what was acknowledged", "a sync of 4 kB took %v, which no medium is fast enough for", took)
	default:
		d.ok("durability", "a sync of 4 kB took %v", took.Round(time.Microsecond))
	}
}

// syncTime is how long it takes to write a little and have it on disk: the middle of some tries.
func syncTime(dir string) (time.Duration, error) {
	f, err := os.CreateTemp(dir, ".sync-*")
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	var took []time.Duration
	for i := range 9 {
		begun := time.Now()
		if _, err := f.WriteAt(make([]byte, 4096), int64(i)*4096); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
		took = append(took, time.Since(begun))
	}
	slices.Sort(took)
	return took[len(took)/2], nil
}

// keys: they are those of this record.
func (d *doctor) keys(ctx context.Context, h *home) error {
	own, wrong := h.signer.Public.String(), d.wrong
	if !slices.ContainsFunc(h.policy.Logs, func(w candour.Witness) bool { return w.Key.String() == own }) {
		d.bad("keys", "get log.key of this record from the custodian, or policy.txt from those who verify", "log.key is none that policy.txt names: nobody will believe what it signs")
	}
	for _, w := range h.set.Witnesses {
		if !slices.ContainsFunc(h.policy.Witnesses, func(p candour.Witness) bool { return p.Key.String() == w.Key }) {
			d.warn("keys", "add it to policy.txt, and hand that to all who verify", "the witness of %s is in record.yaml and not in policy.txt: its cosignatures count for nothing", w.Operator)
		}
	}
	err := h.log.Each(ctx, 0, 1, func(f *record.Fact) error {
		if !f.Erased && h.log.SealedChain(f.Chain) != fmt.Sprintf("%x", f.Tag[:]) {
			d.bad("keys", "get tag.key of this record from the custodian", "tag.key is not the one of this record: it would take in again what it has")
		}
		return nil
	})
	if err != nil {
		d.bad("keys", "see that log.key, tag.key and master.key are all of this record, and get them from the custodian; the data keys can be recovered from the escrow (candour restore)", "the first entry cannot be read: %v", err)
	}
	if len(h.masters) > 1 || !exists(filepath.Join(h.keys, fileMaster)) && !exists(filepath.Join(h.keys, filePhrase)) || exists(filepath.Join(h.keys, fileLog+next)) {
		d.warn("keys", "call candour keys rotate again (--log for the log key)", "a rotation was broken off")
	}
	if exists(filepath.Join(h.keys, fileMaster)) && exists(filepath.Join(h.keys, filePhrase)) {
		d.warn("keys", "remove the one that is not in use", "there are a master key and a passphrase")
	}
	if sameDisk(h.keys, h.dir) {
		d.warn("keys", "put the keys on another disk, and name that folder in record.yaml", "they are on the same disk as the record: whoever takes the disk can read it")
	}
	if d.wrong == wrong {
		d.ok("keys", "those of this record")
	}
	return nil
}

// newest: the database is the newest copy, as far as can be seen.
func (d *doctor) newest(ctx context.Context, h *home) error {
	head, err := h.log.Head(ctx)
	if err != nil {
		return err
	}
	c, ok, err := h.anchor()
	switch {
	case err != nil:
		return err
	case h.older != nil:
		d.bad("newest", "doc/operating.md, \"An older copy\": find the newest copy; if it is lost, two people say so with candour restore --new-epoch", "the record takes nothing: %v", h.older)
	case !ok:
		d.warn("newest", "call any command that writes, such as candour backup", "there is no anchor beside the keys: an older copy would not be noticed without a witness")
	case c.Size < head.Edge.Size:
		d.ok("newest", "%s, %d of them after the anchor", count(int(head.Edge.Size), "entry"), head.Edge.Size-c.Size)
	default:
		d.ok("newest", "%s, as the anchor says", count(int(head.Edge.Size), "entry"))
	}
	return nil
}

// clock: it does not go back behind what was sealed.
func (d *doctor) clock(ctx context.Context, h *home) error {
	head, err := h.log.Head(ctx)
	if err != nil {
		return err
	}
	now, last := d.app.now(), time.Unix(0, head.Sealed)
	if now.Before(last) {
		d.bad("clock", "set the clock from a trusted source; if it is right now, it was wrong when the last entry was sealed: write down when, and since when. Entries are sealed with the last time until the clock has passed it", "it says %s, and the last entry was sealed at %s", now.UTC().Format(stateTime), last.UTC().Format(stateTime))
		return nil
	}
	d.ok("clock", "%s, not before the last entry", now.UTC().Format(stateTime))
	return nil
}

// witnesses: they can be asked, and have seen the record lately.
func (d *doctor) witnesses(ctx context.Context, h *home) error {
	if len(h.set.Witnesses) == 0 {
		return nil
	}
	seen, unasked, err := h.askWitnesses(ctx)
	if err != nil {
		return err
	}
	for _, u := range unasked {
		d.warn("witness", "look at the network; call whoever runs it if it stays so", "%s", u)
	}
	for _, s := range seen {
		if err := h.log.Continues(ctx, s.By, s.Checkpoint); err != nil {
			d.bad("witness", "write nothing more, keep everything as it is, and call those who oversee you: doc/operating.md, \"A clone, or another past\"", "%v", err)
		} else {
			d.ok("witness", "%s has seen %s", s.By, count(int(s.Checkpoint.Size), "entry"))
		}
	}
	return d.unwitnessed(ctx, h)
}

// unwitnessed tells since when entries are not cosigned.
func (d *doctor) unwitnessed(ctx context.Context, h *home) error {
	n, since, err := h.unwitnessed(ctx)
	if err == nil && n > 0 && d.app.now().Sub(since) > witnessAge {
		d.warn("witness", "see that checkpoints are sent; call whoever runs the witness", "%s since %s are not cosigned", count(int(n), "entry"), since.UTC().Format(stateTime))
	}
	return err
}

// escrow: it is there, and has all data keys.
func (d *doctor) escrow(ctx context.Context, h *home) error {
	path := h.set.escrowPath(h.dir)
	s, err := h.state()
	if err != nil {
		return err
	}
	head, err := h.log.Head(ctx)
	if err != nil {
		return err
	}
	chains := 0
	if err := h.store.Keys().Each(ctx, func([32]byte, string, []byte) error { chains++; return nil }); err != nil {
		return err
	}
	switch {
	case !exists(path):
		d.bad("escrow", "candour backup writes it", "%s is not there: if the database is lost, no backup can be read", path)
		return nil
	case s.Escrow.Path != path:
		d.warn("escrow", "candour backup writes it anew; destroy the one at the old place", "%s was not written by this record as it is set up now", path)
	case s.Escrow.Keys != head.Keys:
		d.bad("escrow", "candour backup writes it anew", "something was erased since it was written, and lives on in it")
	case s.Escrow.Chains != chains:
		d.warn("escrow", "candour backup writes it anew", "it has the data keys of %s, and there are %d: what was begun since %s could not be read from a backup", count(s.Escrow.Chains, "chain"), chains, s.Escrow.Made)
	default:
		d.ok("escrow", "%s, the data keys of %s, of %s", path, count(chains, "chain"), s.Escrow.Made)
	}
	if sameDisk(filepath.Dir(path), h.dir) {
		d.warn("escrow", "name a place on another medium as escrow: in record.yaml, then call candour backup", "it is on the same disk as the record: lost together, no backup can be read")
	}
	return nil
}

func (d *doctor) backup(ctx context.Context, h *home) error {
	s, err := h.state()
	if err != nil {
		return err
	}
	head, err := h.log.Head(ctx)
	if err != nil {
		return err
	}
	made, err := time.Parse(stateTime, s.Backup.Made)
	age := d.app.now().Sub(made)
	switch {
	case err != nil:
		d.bad("backup", "candour backup RECORD DIR, each day", "none was ever made from here")
	case s.Backup.Keys != head.Keys:
		d.bad("backup", "candour backup, now", "something was erased since the last one, of %s: of the cases concerned it can give nothing back", s.Backup.Made)
	case !exists(s.Backup.Path):
		d.warn("backup", "find it, or make another", "the last one, %s, is not where it was written", s.Backup.Path)
	case age > backupAge:
		d.warn("backup", "candour backup, each day", "the last one is of %s, %d hours ago", s.Backup.Made, int(age.Hours()))
	default:
		d.ok("backup", "%s, %s behind", s.Backup.Path, count(int(head.Edge.Size-s.Backup.Size), "entry"))
	}
	return nil
}

func (d *doctor) database(ctx context.Context, h *home, whole bool) {
	if h.db == nil {
		d.ok("database", "on PostgreSQL: look there at fsync, synchronous_commit and its own backups; not looked at from here")
		return
	}
	e, err := h.db.Examine(ctx, whole)
	if err != nil {
		d.bad("database", "keep the file as it is, and restore a backup to another disk", "%v", err)
		return
	}
	wrong := d.wrong
	for _, f := range e.Faults {
		d.bad("database", "keep the file as it is; run candour verify; restore a backup to another disk", "%s", f)
	}
	if e.Journal != "wal" || e.Synchronous < 2 {
		d.bad("durability", "see that nothing else opens record.db, and report this", "journal %s, synchronous %d: what was acknowledged may be lost when power fails", e.Journal, e.Synchronous)
	}
	if e.SecureDelete != 1 {
		d.bad("durability", "report this", "secure_delete is %d: what is erased stays in the file", e.SecureDelete)
	}
	if len(e.Missing) > 0 {
		d.bad("database", "find out who dropped them; run candour verify; restore a backup", "triggers that refuse changes are missing: %s", strings.Join(e.Missing, ", "))
	}
	if d.wrong == wrong {
		d.ok("database", "journal %s, synchronous %d, tables of version %d, every trigger in place", e.Journal, e.Synchronous, e.Version)
	}
}

// unfinished: what Put began and never finished.
func (d *doctor) unfinished(h *home, sweep bool) {
	before := d.app.now().Add(-leftAge)
	entries, err := os.ReadDir(filepath.Join(h.dir, folderFiles, "incoming"))
	if err != nil {
		d.bad("attachments", "look at the folder", "%v", err)
		return
	}
	left := 0
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.ModTime().Before(before) {
			left++
		}
	}
	switch {
	case left == 0:
		d.ok("attachments", "none was left unfinished")
	case sweep:
		n, err := h.vault.Sweep(before)
		if err != nil {
			d.bad("attachments", "look at the folder", "%v", err)
			return
		}
		d.ok("attachments", "%s that were left unfinished removed", count(n, "file"))
	default:
		d.warn("attachments", "candour doctor --sweep", "%s left unfinished more than a day ago; they are encrypted, and take room", count(left, "file"))
	}
}
