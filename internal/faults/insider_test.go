package faults_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"candour"
	"candour/internal/record"
	"candour/internal/record/recordtest"
	"candour/internal/sqlite"
	"candour/internal/witness"
)

// The insider has the database, the data keys, the tag key and the body's signing key, and
// makes of the record what he likes: every leaf, tile, head, index and signature is right.

// kept is a fact as the insider has it: what was sealed, when, and with which secret.
type kept struct {
	draft  record.Draft
	secret candour.Key
	sealed int64
}

// keptOf reads all of a record.
func keptOf(t *testing.T, l *record.Log) (out []kept) {
	t.Helper()
	if err := l.Each(ctx, 0, -1, func(f *record.Fact) error {
		d := recordtest.Draft(int(f.Index))
		d.Fields = f.Fields
		out = append(out, kept{d, f.Secret, f.Sealed()})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// forge writes a record anew, the same salts and times where nothing was changed, so that each entry
// before the first change is the same to the byte.
func forge(t *testing.T, facts []kept) *opened {
	t.Helper()
	db, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "record.db"), sqlite.Options{VFS: unsynced.Name()})
	if err != nil {
		t.Fatal(err)
	}
	var secrets bytes.Buffer
	var now int64
	o := recordtest.Options(1)
	o.Random, o.Now = &secrets, func() time.Time { return time.Unix(0, now) }
	s := db.Log(recordtest.Origin)
	l, err := record.Open(ctx, s, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close(); db.Close() })
	for _, f := range facts {
		secrets.Write(f.secret[:])
		now = f.sealed
		if _, err := l.Append(ctx, f.draft); err != nil {
			t.Fatal(err)
		}
	}
	return &opened{db, s, l}
}

// invented is a fact that was never recorded, at the time of its neighbour.
func invented(n int, sealed int64) kept {
	return kept{draft: added(n), secret: candour.Key{byte(n), 7}, sealed: sealed}
}

// grown is a record that was written to over some time.
func grown(t *testing.T, n int) *opened {
	var facts []kept
	for i := range n {
		facts = append(facts, kept{recordtest.Draft(i), candour.Key{1, byte(i), byte(i >> 8)}, 1393668000e9 + int64(i)*60e9})
	}
	return forge(t, facts)
}

// keeping is a record as a keeper of witnesses needs it.
type keeping struct{ l *record.Log }

func (k keeping) Checkpoint(ctx context.Context) ([]byte, candour.Checkpoint, error) {
	c, note, err := k.l.Checkpoint(ctx)
	return note, c, err
}
func (k keeping) Consistency(ctx context.Context, from, to int64) ([]candour.Hash, error) {
	return k.l.Consistency(ctx, from, to)
}
func (k keeping) Keep(ctx context.Context, c candour.Checkpoint, line string) error {
	return k.l.Cosign(ctx, c.Size, "w", line)
}

// watch starts the watchdog's witness, and gives a way to it.
func watch(t *testing.T) (*witness.Client, *candour.Policy) {
	t.Helper()
	dir := t.TempDir()
	if _, err := witness.Init(dir, "watchdog.test/w", strings.NewReader(strings.Repeat("seed", 8))); err != nil {
		t.Fatal(err)
	}
	s, err := witness.Open(witness.Options{Dir: dir, Log: slog.New(slog.DiscardHandler), Config: &witness.Config{Operator: "watchdog",
		Forces: []*witness.Force{{Name: "Northmere", Operator: "northmere", Keys: []candour.PublicKey{recordtest.Signer().Public}}}}})
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(s.Handler())
	t.Cleanup(func() { h.Close(); s.Close() })
	c := &witness.Client{URL: h.URL, Witness: candour.Witness{Operator: "watchdog", Key: s.Key()}}
	p := recordtest.Policy()
	p.Witnesses, p.Quorum = []candour.Witness{c.Witness}, 1
	return c, p
}

func TestInsiderIsFoundByWhatIsOutside(t *testing.T) {
	const n = 300
	for _, c := range []struct {
		what   string
		forge  func(f []kept) []kept
		answer any // of the witness, to a checkpoint of the forged record
	}{
		{"alters a fact", func(f []kept) []kept {
			f[150].draft.Fields = []record.Field{{Name: "f.text", Value: []byte("said nothing of the kind")}}
			return f
		}, new(*witness.SplitView)},
		{"alters one byte of the last fact", func(f []kept) []kept {
			f[n-1].draft.Fields = []record.Field{{Name: "f.text", Value: []byte("said 298")}, {Name: "f.method", Value: []byte(`"letter"`)}}
			return f
		}, new(*witness.SplitView)},
		{"removes a fact", func(f []kept) []kept { return slices.Delete(f, 150, 151) }, new(*witness.Ahead)},
		{"removes a fact and invents another at the end", func(f []kept) []kept {
			return append(slices.Delete(f, 150, 151), invented(1, f[len(f)-1].sealed))
		}, new(*witness.SplitView)},
		{"removes the last facts", func(f []kept) []kept { return f[:n-5] }, new(*witness.Ahead)},
		{"inserts a fact", func(f []kept) []kept { return slices.Insert(f, 150, invented(1, f[150].sealed)) }, new(*witness.Refusal)},
		{"swaps two facts", func(f []kept) []kept {
			f[150], f[151] = f[151], f[150]
			f[150].sealed, f[151].sealed = f[151].sealed, f[150].sealed
			return f
		}, new(*witness.SplitView)},
		{"backdates a fact to another place", func(f []kept) []kept {
			last := f[n-1]
			last.sealed = f[20].sealed
			return slices.Insert(f[:n-1], 20, last)
		}, new(*witness.SplitView)},
		{"backdates a fact in its place", func(f []kept) []kept { f[n-1].sealed = f[n-2].sealed + 1; return f }, new(*witness.SplitView)},
	} {
		t.Run(c.what, func(t *testing.T) {
			true_ := grown(t, n)
			client, policy := watch(t)
			if err := witness.NewKeeper(keeping{true_.log}, client).Round(ctx); err != nil {
				t.Fatal(err)
			}
			seen, note, err := true_.log.Checkpoint(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if v, err := true_.log.Verify(ctx, policy, []record.Seen{{By: "the witness", Checkpoint: seen}}, nil); err != nil || !v.Intact() || v.Witnessed != n {
				t.Fatalf("before: %+v, %v", v, err)
			}
			forged := forge(t, c.forge(keptOf(t, true_.log)))
			if _, _, err := forged.log.Checkpoint(ctx); err != nil {
				t.Fatal(err)
			}
			// What nobody can find from inside: the forged record agrees with itself. It is told
			// that no independent witness cosigned it.
			v, err := forged.log.Verify(ctx, policy, nil, nil)
			if err != nil || !v.Intact() || v.Witnessed != 0 {
				t.Errorf("without anything outside: %+v, %v", v, err)
			}
			// What the witness, an earlier bundle or the file beside the database has.
			v, err = forged.log.Verify(ctx, policy, []record.Seen{{By: "the witness", Checkpoint: seen}}, nil)
			if err != nil || v.Intact() {
				t.Errorf("the witness's checkpoint was not missed: %+v, %v", v, err)
			}
			var older *record.Older
			if err := forged.log.Continues(ctx, "the witness", seen); !errors.As(err, &older) {
				t.Errorf("it is taken for the record that the witness has seen: %v", err)
			}
			// The cosigned checkpoint put back into the forged database, so that it looks witnessed.
			if err := forged.store.AddCheckpoint(ctx, seen.Size, note); err != nil {
				t.Fatal(err)
			}
			if v, err = forged.log.Verify(ctx, policy, nil, nil); err != nil || v.Intact() && v.Witnessed > 0 {
				t.Errorf("the old cosignature stands for the new record: %+v, %v", v, err)
			}
			// The witness, asked to cosign the forged record.
			err = witness.NewKeeper(keeping{forged.log}, client).Round(ctx)
			if err == nil || !errors.As(err, c.answer) {
				t.Errorf("the witness says: %v", err)
			}
		})
	}
}

// copyOf copies a record's files, as a backup does, while nobody writes.
func copyOf(t *testing.T, o *opened, path string) string {
	t.Helper()
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "d")
	lay(t, dir, files(t, filepath.Dir(path)))
	return filepath.Join(dir, filepath.Base(path))
}

// TestOlderCopyAndCloneAreFound puts an older copy of a record in its place, and writes to two
// copies of one record.
func TestOlderCopyAndCloneAreFound(t *testing.T) {
	client, policy := watch(t)
	path := filepath.Join(t.TempDir(), "record.db")
	open := func(path string, random uint64) *opened {
		o, err := openSQLite(path, sqlite.Options{VFS: unsynced.Name()}, random)
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	o := open(path, 1)
	recordtest.Fill(t, o.log, 0, 100)
	backup := copyOf(t, o, path)
	clone := copyOf(t, open(path, 1), path)
	larger := copyOf(t, open(path, 1), path)
	o = open(path, 2)
	defer o.Close()
	recordtest.Fill(t, o.log, 100, 20)
	if err := witness.NewKeeper(keeping{o.log}, client).Round(ctx); err != nil {
		t.Fatal(err)
	}
	seen, _, err := o.log.Checkpoint(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what      string
		path      string
		more      int
		otherPast bool
		answer    any
	}{
		{"an older copy", backup, 0, false, new(*witness.Ahead)},
		{"a clone with the same facts", clone, 20, true, new(*witness.SplitView)},
		{"a clone with more facts", larger, 30, true, new(*witness.Refusal)},
	} {
		t.Run(c.what, func(t *testing.T) {
			o := open(c.path, 3)
			defer o.Close()
			recordtest.Fill(t, o.log, 100, c.more)
			if v, err := o.log.Verify(ctx, policy, nil, nil); err != nil || !v.Intact() {
				t.Errorf("in itself it is whole: %+v, %v", v, err)
			}
			var older *record.Older
			if err := o.log.Continues(ctx, "the file outside", seen); !errors.As(err, &older) || older.OtherPast != c.otherPast {
				t.Errorf("at start: %v", err)
			}
			if v, err := o.log.Verify(ctx, policy, []record.Seen{{By: "the file outside", Checkpoint: seen}}, nil); err != nil || v.Intact() {
				t.Errorf("verification: %+v, %v", v, err)
			}
			if err := witness.NewKeeper(keeping{o.log}, client).Round(ctx); !errors.As(err, c.answer) {
				t.Errorf("the witness says: %v", err)
			}
		})
	}
}
