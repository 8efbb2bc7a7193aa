package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"candour"
	"candour/internal/docket"
	"candour/internal/durable"
	"candour/internal/fact"
	"candour/internal/postgres"
	"candour/internal/record"
	"candour/internal/sqlite"
	"candour/internal/sweep"
	"candour/internal/timeline"
	"candour/internal/vault"
	"candour/internal/witness"
)

// The files of a record's folder, and of the folder of its keys.
const (
	fileSettings = "record.yaml"
	filePolicy   = "policy.txt"
	fileDB       = "record.db"
	folderFiles  = "attachments"
	fileMaster   = "master.key"
	filePhrase   = "master.passphrase"
	fileTag      = "tag.key"
	fileLog      = "log.key"
	fileAnchor   = "anchor"
	fileEscrow   = "escrow.age"
	fileIdentity = "escrow.identity" // opens the escrow, where the settings name no recipients
	fileRestored = "restored.yaml"   // there from a restore until two people have begun a new epoch
	fileOps      = "backup.yaml"     // when the last backup and the last escrow were made
	fileLock     = "lock"
	next         = ".new" // what is appended to the name of a key until it takes the old one's place
)

// settings are what record.yaml says.
type settings struct {
	Origin   string `yaml:"origin"`          // what checkpoints are signed as
	Body     string `yaml:"body"`            // as timelines name it
	Operator string `yaml:"operator"`        // who runs the record
	Pack     string `yaml:"pack"`            // by which the body is bound
	Zone     string `yaml:"zone"`            // of local times
	Store    string `yaml:"store,omitempty"` // a postgres:// address; empty: record.db in the folder
	Keys     string `yaml:"keys"`            // folder of the keys, from the record's folder
	Escrow   string `yaml:"escrow,omitempty"`
	// Recipients are the public keys (age) of those who may open the escrow.
	Recipients []string          `yaml:"recipients,omitempty"`
	Witnesses  []witnessOf       `yaml:"witnesses,omitempty"`
	Quorum     int               `yaml:"quorum"`
	Retention  map[string]string `yaml:"retention,omitempty"` // class: how long after closure
}

// witnessOf is a witness that the record's checkpoints are sent to.
type witnessOf struct {
	Operator string `yaml:"operator"`
	Key      string `yaml:"key"`
	URL      string `yaml:"url,omitempty"`    // empty: by file
	Mirror   bool   `yaml:"mirror,omitempty"` // it keeps the leaf hashes too
}

// home is a record, opened.
type home struct {
	dir, keys string
	set       settings
	policy    *candour.Policy
	log       *record.Log
	reads     *record.Log
	store     stored        // of log
	known     *docket.Cases // once they were asked for
	readStore stored        // of reads
	vault     *vault.Vault
	masters   []vault.KeyService // that which wraps first
	tagKey    []byte
	signer    *candour.Signer
	witnesses *witness.Keeper
	sealed    candour.Checkpoint // what witnessed sealed last: it is what witnesses are asked for
	db        *sqlite.DB         // nil where the record is elsewhere
	lock      *os.File           // shared by all who have the keys open; nil where there is none
	older     error              // why it is frozen, where an older copy was found
	close     []func() error
}

// isRecord tells whether a path is a record's folder.
func isRecord(path string) bool {
	info, err := os.Stat(filepath.Join(path, fileSettings))
	return err == nil && info.Mode().IsRegular()
}

// loadSettings reads record.yaml.
func loadSettings(dir string) (s settings, err error) {
	b, err := os.ReadFile(filepath.Join(dir, fileSettings))
	if errors.Is(err, fs.ErrNotExist) {
		return s, fmt.Errorf("%s is no record: it has no %s; begin one with candour init", dir, fileSettings)
	}
	if err != nil {
		return s, err
	}
	dec := yaml.NewDecoder(bytes.NewReader(b))
	dec.KnownFields(true)
	if err := dec.Decode(&s); err != nil {
		return s, fmt.Errorf("%s: %w", filepath.Join(dir, fileSettings), err)
	}
	return s, nil
}

// keysDir is the folder of the keys.
func (s settings) keysDir(dir string) string {
	if filepath.IsAbs(s.Keys) {
		return s.Keys
	}
	return filepath.Join(dir, s.Keys)
}

// policyOf is the policy that the settings amount to.
func (s settings) policyOf(key candour.PublicKey) (*candour.Policy, error) {
	p := &candour.Policy{Body: s.Origin, Logs: []candour.Witness{{Operator: s.Operator, Key: key}}, Quorum: s.Quorum}
	for _, w := range s.Witnesses {
		k, err := candour.ParseKey(w.Key)
		if err != nil {
			return nil, fmt.Errorf("%s: the witness %s: %w", fileSettings, w.Operator, err)
		}
		p.Witnesses = append(p.Witnesses, candour.Witness{Operator: w.Operator, Key: k})
	}
	return candour.ParsePolicy([]byte(p.Text()))
}

// openToRead opens a record of which nothing is asked but what it holds.
func (a *app) openToRead(ctx context.Context, dir string) (*home, error) {
	return a.openHome(ctx, dir, false)
}

// openToWrite opens a record that is known to be the newest copy.
func (a *app) openToWrite(ctx context.Context, dir string) (*home, error) {
	h, err := a.openHome(ctx, dir, true)
	if err != nil {
		return nil, err
	}
	if h.older != nil {
		return nil, errors.Join(h.older, h.Close())
	}
	return h, nil
}

// openHome opens a record. For writing it is held against what was last seen of it outside
// the database: an older copy refuses.
func (a *app) openHome(ctx context.Context, dir string, write bool) (h *home, err error) {
	h = &home{dir: dir}
	defer func() {
		if err != nil {
			h.Close()
		}
	}()
	if h.set, err = loadSettings(dir); err != nil {
		return h, err
	}
	h.keys = h.set.keysDir(dir)
	policy, err := os.ReadFile(filepath.Join(dir, filePolicy))
	if err != nil {
		return h, err
	}
	if h.policy, err = candour.ParsePolicy(policy); err != nil {
		return h, fmt.Errorf("%s: %w", filepath.Join(dir, filePolicy), err)
	}
	if err := h.openLogs(ctx, a, write); err != nil {
		return h, err
	}
	return h, h.guard(ctx, a, write)
}

func (h *home) openLogs(ctx context.Context, a *app, write bool) error {
	if err := h.share(write); err != nil {
		return err
	}
	seed, err := readKey(filepath.Join(h.keys, fileLog))
	if err != nil {
		return err
	}
	tagKey, err := readKey(filepath.Join(h.keys, fileTag))
	if err != nil {
		return err
	}
	if h.masters, err = openMasters(h.keys, a); err != nil {
		return err
	}
	store, err := h.openStore(ctx)
	if err != nil {
		return err
	}
	main, reads := store(h.set.Origin), store(h.readsOrigin())
	h.store, h.readStore, h.tagKey = main, reads, tagKey
	if _, err := main.Head(ctx); err != nil {
		return err
	}
	if h.vault, err = vault.New(vault.Config{Keys: main.Keys(), Master: h.masters[0], Older: h.masters[1:], TagKey: tagKey, Random: rand.Reader, Folder: filepath.Join(h.dir, folderFiles)}); err != nil {
		return err
	}
	signer := candour.NewSigner(h.set.Origin, seed)
	h.signer = &signer
	o := record.Options{Body: h.set.Origin, TagKey: tagKey, Sealer: h.vault, Now: a.now, Random: rand.Reader, Signer: h.signer, NoWrite: !write}
	if h.log, err = record.Open(ctx, main, o); err != nil {
		return err
	}
	h.close = append(h.close, h.log.Close)
	o.Body, o.NoWrite = h.readsOrigin(), false
	readSigner := signer.Named(o.Body)
	o.Signer = &readSigner
	if h.reads, err = record.Open(ctx, reads, o); err != nil {
		return err
	}
	h.close = append(h.close, h.reads.Close)
	return nil
}

// readsOrigin is the origin of the log of reads.
func (h *home) readsOrigin() string { return h.set.Origin + "/reads" }

// stored is a store that also keeps data keys, and can be backed up.
type stored interface {
	record.Source
	Keys() vault.Keys
}

// openStore opens the database that the settings name.
func (h *home) openStore(ctx context.Context) (func(origin string) stored, error) {
	if h.set.Store == "" {
		db, err := sqlite.Open(ctx, filepath.Join(h.dir, fileDB), sqlite.Options{})
		if err != nil {
			return nil, err
		}
		h.db = db
		h.close = append(h.close, db.Close)
		return func(origin string) stored { return sqliteStore{db.Log(origin)} }, nil
	}
	db, err := postgres.Open(ctx, h.set.Store, postgres.Options{})
	if err != nil {
		return nil, err
	}
	h.close = append(h.close, db.Close)
	return func(origin string) stored { return postgresStore{db.Log(origin)} }, nil
}

type postgresStore struct{ *postgres.Log }

func (s postgresStore) Keys() vault.Keys { return s.Log.Keys() }

type sqliteStore struct{ *sqlite.Log }

func (s sqliteStore) Keys() vault.Keys { return s.Log.Keys() }

// anchor is the last checkpoint that this record signed, as it stands outside the database.
func (h *home) anchor() (c candour.Checkpoint, ok bool, err error) {
	b, err := os.ReadFile(filepath.Join(h.keys, fileAnchor))
	if errors.Is(err, fs.ErrNotExist) {
		return c, false, nil
	}
	if err == nil {
		c, _, err = h.policy.OpenCheckpoint(b)
	}
	if err != nil {
		return c, false, fmt.Errorf("%s: %w", filepath.Join(h.keys, fileAnchor), err)
	}
	return c, true, nil
}

// seal signs the head, and puts it down outside the database.
func (h *home) seal(ctx context.Context) (candour.Checkpoint, []byte, error) {
	c, note, err := h.log.Checkpoint(ctx)
	if err != nil {
		return c, note, err
	}
	if h.older != nil {
		return c, note, h.older
	}
	if _, _, err := h.reads.Checkpoint(ctx); err != nil {
		return c, note, err
	}
	return c, note, durable.Replace(filepath.Join(h.keys, fileAnchor), note)
}

// header says what a timeline of the record begins with.
func (h *home) header() docket.Header {
	return docket.Header{Pack: h.set.Pack, Zone: h.set.Zone, Body: h.set.Body}
}

// Close closes what was opened, the last first.
func (h *home) Close() error {
	var errs []error
	for i := len(h.close) - 1; i >= 0; i-- {
		errs = append(errs, h.close[i]())
	}
	h.close = nil
	return errors.Join(errs...)
}

// cases opens a path for sweep: a record's cases, where it is one.
func (a *app) cases(path string) (sweep.Cases, bool, error) { return a.casesFor(path, "") }

// casesFor opens a record to be read: for one case, where the record has a case of that name, else for
// all, since a person, unit or body may be meant.
func (a *app) casesFor(path, id string) (sweep.Cases, bool, error) {
	if !isRecord(path) {
		return nil, false, nil
	}
	if c, ok := a.opened[path]; ok {
		return c, true, nil
	}
	ctx := context.Background()
	h, err := a.openHome(ctx, path, false)
	if err != nil {
		return nil, false, err
	}
	a.closing = append(a.closing, h.Close)
	c, err := h.toRead(ctx, a, id)
	if err != nil {
		return nil, false, err
	}
	a.opened[path] = c
	return c, true, nil
}

// toRead puts on record what is about to be read, and gives it.
func (h *home) toRead(ctx context.Context, a *app, id string) (sweep.Cases, error) {
	chain, n := docket.CaseChain(id), int64(0)
	var err error
	if id != "" {
		if n, _, err = h.log.ChainEnd(ctx, chain); err != nil {
			return nil, err
		}
	}
	if n == 0 {
		if err := h.noteRead(ctx, a, "check", "", "every case"); err != nil {
			return nil, err
		}
		return h.cases(ctx)
	}
	if err := h.noteRead(ctx, a, "explain", chain, "the case"); err != nil {
		return nil, err
	}
	c, err := h.cases(ctx)
	if err != nil {
		return nil, err
	}
	k, err := c.Case(id)
	return oneCase{c.File(), k}, err
}

// oneCase is one case of a record, or nothing where all of it was erased. Its methods are those of sweep.Cases.
type oneCase struct {
	file *timeline.File
	kase *fact.Case
}

func (c oneCase) File() *timeline.File { return c.file }

func (c oneCase) Each(visit func(*fact.Case) error) error {
	if c.kase == nil {
		return nil
	}
	return visit(c.kase)
}

// noteRead seals who read what. What cannot be noted is not read.
func (h *home) noteRead(ctx context.Context, a *app, how, chain, what string) error {
	key := make([]byte, 16)
	if _, err := io.ReadFull(rand.Reader, key); err != nil {
		return err
	}
	_, err := h.reads.Append(ctx, record.Draft{
		Chain: cmp.Or(chain, docket.BodyChain(h.set.Body)), Kind: kindRead, Happened: a.now().UTC().Format("2006-01-02T15:04:05Z"), By: a.actor(), Key: "read:" + hex.EncodeToString(key),
		Fields: []record.Field{{Name: "how", Value: []byte(how)}, {Name: "what", Value: []byte(what)}, {Name: "reason", Value: []byte(a.reason)}}})
	if err == nil {
		return h.noteBroken(ctx)
	}
	if acting.BreakGlass {
		return h.breakGlass(a, how, what, err)
	}
	return fmt.Errorf("the read could not be put on record, so nothing is read: %w", err)
}

// actor is who acts: the person named, else the account of the system.
func (a *app) actor() string {
	if a.by != "" {
		return a.by
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "unknown"
}

// passphrase is that of the environment or of a file that it names.
func (a *app) passphrase() ([]byte, error) { return phraseOf("CANDOUR_PASSPHRASE") }

func phraseOf(name string) ([]byte, error) {
	if s := os.Getenv(name); s != "" {
		return []byte(s), nil
	}
	if path := os.Getenv(name + "_FILE"); path != "" {
		b, err := os.ReadFile(path)
		return bytes.TrimRight(b, "\r\n"), err
	}
	return nil, fmt.Errorf("the master key is a passphrase: put it into the file that %s_FILE names", name)
}

// The secret keys of 32 bytes are kept as hex in a file that only its owner can read.

// openSecret opens a file of secrets, and refuses one that others can read.
func openSecret(path string) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.Mode().Perm()&0o077 != 0 {
		err = fmt.Errorf("%s can be read by others; make it yours alone: chmod 600 %s", path, path)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func readKey(path string) ([]byte, error) {
	f, err := openSecret(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, 256))
	if err != nil {
		return nil, err
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(b)))
	if err != nil || len(key) != 32 {
		return nil, fmt.Errorf("%s is no key of 32 bytes in hex", path)
	}
	return key, nil
}

func writeKey(path string) ([]byte, error) {
	key := make([]byte, 32)
	if _, err := io.ReadFull(rand.Reader, key); err != nil {
		return nil, err
	}
	return key, durable.Create(path, []byte(hex.EncodeToString(key)+"\n"))
}

// sumOf is the SHA-256 of what is read.
func sumOf(r io.Reader) (sum candour.Hash, err error) {
	h := sha256.New()
	_, err = io.Copy(h, r)
	h.Sum(sum[:0])
	return sum, err
}
