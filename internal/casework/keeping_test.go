package casework_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"filippo.io/age"

	"candour/internal/casework"
	"candour/internal/docket"
	"candour/internal/record"
	"candour/internal/record/recordtest"
	"candour/internal/sqlite"
	"candour/internal/vault"
)

var ctx = context.Background()

// marker stands in what is erased, and nowhere else.
const marker = "Underhill-and-her-mother"

const (
	kase  = "2012/0417"
	other = "2012/0418"
)

// place is a record in a folder, as several processes may have it open.
type place struct {
	dir, escrow string
	master      *vault.FileKey
	heir        *age.X25519Identity
	wrap        func(record.Store) record.Store // between the log and the store; nil: nothing
}

// process is one process that has the record open.
type process struct {
	*casework.Keeper
	db    *sqlite.DB
	vault *vault.Vault
	at    *place
}

func newPlace(t testing.TB) *place {
	t.Helper()
	dir := t.TempDir()
	master, err := vault.CreateFileKey(filepath.Join(dir, "master.key"), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	heir, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	record := filepath.Join(dir, "record")
	if err := os.Mkdir(record, 0o700); err != nil {
		t.Fatal(err)
	}
	return &place{dir: record, escrow: filepath.Join(dir, "escrow.age"), master: master, heir: heir}
}

// now is a day on which nothing is held or due but by what the tests say.
func now() time.Time { return time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC) }

// open opens the record as a process of its own would.
func (p *place) open(t testing.TB) *process {
	t.Helper()
	db, err := sqlite.Open(ctx, filepath.Join(p.dir, "record.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	main, reads := db.Log(recordtest.Origin), db.Log(recordtest.Origin+"/reads")
	if _, err := main.Head(ctx); err != nil {
		t.Fatal(err)
	}
	v, err := vault.New(vault.Config{Keys: main.Keys(), Master: p.master, TagKey: recordtest.TagKey, Random: rand.Reader, Folder: filepath.Join(p.dir, "attachments")})
	if err != nil {
		t.Fatal(err)
	}
	wrap := p.wrap
	if wrap == nil {
		wrap = func(s record.Store) record.Store { return s }
	}
	o := recordtest.Options(1)
	o.Sealer, o.Random = v, rand.Reader
	q := &process{db: db, vault: v, at: p, Keeper: &casework.Keeper{Vault: asked{v}, Now: now, Zone: time.UTC}}
	q.Log = recordtest.Open(t, wrap(main), o)
	signer := o.Signer.Named(recordtest.Origin + "/reads")
	o.Body, o.Signer = recordtest.Origin+"/reads", &signer
	q.Reads = recordtest.Open(t, wrap(reads), o)
	q.After = func(ctx context.Context, _ string) error {
		_, err := v.Escrow(ctx, p.escrow, p.heir.Recipient())
		return err
	}
	return q
}

// asked is the vault as casework asks for it, as cmd/candour has it.
type asked struct{ *vault.Vault }

func (v asked) Rekey(ctx context.Context, chain string) (casework.Rekeying, error) {
	k, err := v.Vault.Rekey(ctx, chain)
	return rekeying{k}, err
}

type rekeying struct{ *vault.Rekeying }

func (k rekeying) Reseal(ctx context.Context, sealed []byte) ([]byte, error) {
	out, err := k.Rekeying.Reseal(ctx, sealed)
	return out, overtaken(err)
}

func (k rekeying) Settle(ctx context.Context) error { return overtaken(k.Rekeying.Settle(ctx)) }

func overtaken(err error) error {
	if errors.Is(err, vault.ErrOvertaken) {
		return casework.ErrOvertaken
	}
	return err
}

// fill imports two cases. Of the first, f2 says the marker and has an attachment of its own, and
// shares another with f3.
func (q *process) fill(t testing.TB) (alone, shared [32]byte) {
	t.Helper()
	chain := q.Log.SealedChain(docket.CaseChain(kase))
	put := func(s string) [32]byte {
		d, _, err := q.vault.Put(ctx, chain, strings.NewReader(s))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	alone, shared = put("a letter by "+marker), put("a photograph")
	text := strings.Join([]string{
		`{"candour":"timeline/1","body":"northmere"}`,
		`{"person":"oic1","body":"northmere"}`,
		`{"case":"2012/0417","kind":"investigation"}`,
		`{"party":"v1","case":"2012/0417","role":"victim"}`,
		`{"fact":"f1","case":"2012/0417","kind":"report.received","at":"2012-06-18 10:20","about":"v1","by":"oic1"}`,
		fmt.Sprintf(`{"fact":"f2","case":"2012/0417","kind":"note.made","at":"2012-06-19","about":"v1","f":{"text":"spoke with %s"},"docs":[{"type":"letter","sha256":"%x"},{"type":"photograph","sha256":"%X"}]}`, marker, alone, shared),
		fmt.Sprintf(`{"fact":"f3","case":"2012/0417","kind":"note.made","at":"2012-06-20","supersedes":"f2","docs":[{"type":"photograph","sha256":"%x"}]}`, shared),
		`{"case":"2012/0418","kind":"investigation"}`,
		`{"fact":"g1","case":"2012/0418","kind":"report.received","at":"2012-06-18 11:20"}`,
	}, "\n")
	q.take(t, text)
	for _, what := range []string{"the whole case", "fact f2", "a search"} {
		d := record.Draft{Chain: docket.CaseChain(kase), Kind: "record.read", By: "ds1", Key: "read:" + what, Fields: []record.Field{{Name: "what", Value: []byte(what)}}}
		if what == "a search" {
			d.Fields = append(d.Fields, record.Field{Name: "terms", Value: []byte(marker)})
		}
		if _, err := q.Reads.Append(ctx, d); err != nil {
			t.Fatal(err)
		}
	}
	if err := q.After(ctx, kase); err != nil {
		t.Fatal(err)
	}
	return alone, shared
}

func (q *process) take(t testing.TB, text string) *docket.Plan {
	t.Helper()
	im := &docket.Importer{Log: q.Log, Header: docket.Header{Body: "northmere", Zone: "Europe/London"}}
	p, err := im.Take(ctx, docket.Source{Name: "cases", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The entries that fill makes: person, case, v1, f1, f2, f3, the other case, g1.
const entryCase, entryV1, entryF1, entryF2, entryF3 = 1, 2, 3, 4, 5

func request(entries ...int64) casework.Request {
	return casework.Request{Case: kase, Entries: entries, All: len(entries) == 0, Basis: "DPA 2018 s.47: on the wrong case", By: "A Records", Second: "B Audit"}
}

func (q *process) erase(t testing.TB, r casework.Request) *casework.Done {
	t.Helper()
	p, err := q.PlanErasure(ctx, r)
	if err != nil {
		t.Fatal(err)
	}
	d, err := q.Erase(ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// verified verifies both records, and gives what was found in that of the cases.
func (q *process) verified(t testing.TB) *record.Verification {
	t.Helper()
	v, err := q.Reads.Verify(ctx, nil, nil, nil)
	if err != nil || !v.Intact() {
		t.Errorf("the record of reads: %+v, %v", v, err)
	}
	return recordtest.Verified(t, q.Log)
}

// export is the whole record as a timeline.
func (q *process) export(t testing.TB) (text string, c *docket.Cases) {
	t.Helper()
	c, err := docket.ReadCases(ctx, q.Log, docket.Header{Body: "northmere", Zone: "Europe/London"})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := c.EachLine(func(line []byte) error { fmt.Fprintf(&b, "%s\n", line); return nil }); err != nil {
		t.Fatal(err)
	}
	return b.String(), c
}

// before is what somebody may have kept of the case before the erasure.
type before struct {
	payloads [][]byte
	keys     map[[32]byte]string // wrapped
	between  []string            // rows of keys that stood for a while
}

func (b *before) note(keys map[[32]byte]string) {
	for tag, w := range keys {
		if b.keys[tag] != w {
			b.between = append(b.between, w)
		}
	}
}

// noting calls now when a chain was just rekeyed.
type noting struct {
	casework.Vault
	now func()
}

func (n noting) Rekey(ctx context.Context, chain string) (casework.Rekeying, error) {
	k, err := n.Vault.Rekey(ctx, chain)
	n.now()
	return k, err
}

func (q *process) before(t testing.TB) *before {
	t.Helper()
	b := &before{keys: q.wrapped(t)}
	for _, origin := range []string{recordtest.Origin, recordtest.Origin + "/reads"} {
		o := recordtest.Options(1)
		if err := q.db.Log(origin).ChainRows(ctx, o.Tag(docket.CaseChain(kase)), 0, func(r *record.Row) error {
			if r.Payload != nil {
				b.payloads = append(b.payloads, r.Payload)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func (q *process) wrapped(t testing.TB) map[[32]byte]string {
	t.Helper()
	out := map[[32]byte]string{}
	if err := q.db.Log(recordtest.Origin).Keys().Each(ctx, func(tag [32]byte, _ string, w []byte) error { out[tag] = string(w); return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

// gone looks for a trace of what was there before: in every byte of the record's folder, and with every
// key there is, in the table and in the escrow.
func (q *process) gone(t *testing.T, b *before) {
	t.Helper()
	var wide []byte
	for _, u := range utf16.Encode([]rune(marker)) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	traces := map[string][]byte{"the marker": []byte(marker), "the marker in UTF-16": wide}
	for i, sealed := range b.payloads {
		traces[fmt.Sprintf("the old ciphertext %d", i)] = sealed
	}
	for i, w := range b.between {
		traces[fmt.Sprintf("the row %d of old and new key", i)] = []byte(w)
	}
	now, changed := q.wrapped(t), 0
	for tag, w := range b.keys {
		if now[tag] != w {
			changed++
			traces["the old data key, wrapped"] = []byte(w)
		}
	}
	if changed != 1 {
		t.Errorf("%d data keys were changed, want that of the case", changed)
	}
	files := 0
	err := filepath.WalkDir(q.at.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		content, err := os.ReadFile(path)
		for what, trace := range traces {
			if bytes.Contains(content, trace) {
				t.Errorf("%s stands in %s", what, filepath.Base(path))
			}
		}
		return err
	})
	if err != nil || files < 2 {
		t.Fatalf("%d files were read: %v", files, err)
	}
	chain := q.Log.SealedChain(docket.CaseChain(kase))
	for whose, v := range map[string]*vault.Vault{"the keys that are left": q.vault, "the escrow": q.recovered(t)} {
		for i, sealed := range b.payloads {
			if _, err := v.Open(ctx, chain, sealed); !errors.Is(err, vault.ErrErased) {
				t.Errorf("%s: the old ciphertext %d: %v", whose, i, err)
			}
		}
	}
}

// recovered is a vault made of the escrow alone.
func (q *process) recovered(t testing.TB) *vault.Vault {
	t.Helper()
	f, err := os.Open(q.at.escrow)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	db, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "new.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	keys := db.Log(recordtest.Origin).Keys()
	tagKey, _, err := vault.Recover(ctx, f, []age.Identity{q.at.heir}, keys, q.at.master)
	if err != nil {
		t.Fatal(err)
	}
	v, err := vault.New(vault.Config{Keys: keys, Master: q.at.master, TagKey: tagKey, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// facts reads a chain.
func facts(t testing.TB, l *record.Log, chain string) (out []*record.Fact) {
	t.Helper()
	if err := l.Chain(ctx, chain, 0, func(f *record.Fact) error { out = append(out, f); return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}
