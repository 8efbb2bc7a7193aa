package faults_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"candour/internal/postgres/pgtest"
	"candour/internal/record"
	"candour/internal/record/recordtest"
	"candour/internal/sqlite"
)

var ctx = context.Background()

func TestMain(m *testing.M) {
	if where := os.Getenv("CANDOUR_FAULTS_CHILD"); where != "" {
		child(where)
		return
	}
	os.Exit(pgtest.Main(m))
}

// seed is that of CANDOUR_SEED, or one by chance; it is printed either way.
var seed = func() uint64 {
	if n, err := strconv.ParseUint(os.Getenv("CANDOUR_SEED"), 10, 64); err == nil {
		return n
	}
	return rand.Uint64()
}()

func long() bool { return os.Getenv("CANDOUR_FAULTS") == "long" }

// rounds is how many rounds are made: of the short form, or of the long one, which
// CANDOUR_FAULTS_SHARE, a percentage, makes shorter.
func rounds(short, full int) int {
	if !long() {
		return max(1, short/slower)
	}
	return max(short, full*share()/100)
}

// share is how much of the long form is made, a percentage.
func share() int {
	if n, err := strconv.Atoi(os.Getenv("CANDOUR_FAULTS_SHARE")); err == nil && n > 0 {
		return min(n, 100)
	}
	return 100
}

// chance is a source that is the same for the same seed and test, and says what the seed is.
func chance(t *testing.T) *rand.Rand {
	t.Helper()
	form := "short"
	if long() {
		form = "long"
	}
	t.Logf("%s form, CANDOUR_SEED=%d, %s", form, seed, time.Now().UTC().Format("2006-01-02 15:04 UTC"))
	return rand.New(rand.NewPCG(seed, uint64(len(t.Name()))))
}

// opened is a record in a SQLite file.
type opened struct {
	db    *sqlite.DB
	store *sqlite.Log
	log   *record.Log
}

func openSQLite(path string, o sqlite.Options, random uint64) (*opened, error) {
	db, err := sqlite.Open(ctx, path, o)
	if err != nil {
		return nil, err
	}
	s := db.Log(recordtest.Origin)
	l, err := record.Open(ctx, s, options(random))
	if err != nil {
		db.Close()
		return nil, err
	}
	return &opened{db, s, l}, nil
}

// options are those of the suite, with salts that no other process of a test has.
func options(random uint64) record.Options {
	o := recordtest.Options(random)
	o.Now = time.Now
	return o
}

func (o *opened) Close() error {
	o.log.Close()
	return o.db.Close()
}

// ack is a fact that was answered for.
type ack struct {
	key   string
	index int64
	leaf  string // hex; "-" where it stood before
}

// holds checks a whole record: it verifies, each fact that was acknowledged is there as it
// was said, and no fact is there twice. It gives how many facts there are.
func holds(l *record.Log, acks []ack) (int64, error) {
	v, err := l.Verify(ctx, recordtest.Policy(), nil, nil)
	if err != nil {
		return 0, fmt.Errorf("verify: %w", err)
	}
	if !v.Intact() {
		return 0, fmt.Errorf("verify: %d faults: %v", v.Count, v.Faults)
	}
	at := map[string]int64{}
	var leaves []string
	err = l.Each(ctx, 0, -1, func(f *record.Fact) error {
		if was, ok := at[f.Key]; ok {
			return fmt.Errorf("one fact stands at %d and at %d", was, f.Index)
		}
		at[f.Key] = f.Index
		leaves = append(leaves, fmt.Sprintf("%x", f.Leaf))
		return nil
	})
	if err != nil {
		return 0, err
	}
	for len(acks) > 0 {
		some := acks[:min(len(acks), 400)]
		acks = acks[len(some):]
		var keys []string
		for _, a := range some {
			keys = append(keys, a.key)
		}
		known, err := l.Known(ctx, keys...)
		if err != nil {
			return 0, err
		}
		for _, a := range some {
			index, ok := known[a.key]
			switch {
			case !ok:
				return 0, fmt.Errorf("LOST: %s was acknowledged as entry %d", a.key, a.index)
			case index != a.index || index >= int64(len(leaves)):
				return 0, fmt.Errorf("MOVED: %s was acknowledged as entry %d and is %d of %d", a.key, a.index, index, len(leaves))
			case a.leaf != "-" && leaves[index] != a.leaf:
				return 0, fmt.Errorf("ALTERED: %s was acknowledged with leaf %s, and entry %d has %s", a.key, a.leaf, index, leaves[index])
			}
		}
	}
	return v.Facts, nil
}

// files are the contents of a folder's files; the index of the write-ahead log, which SQLite
// makes anew, is left out.
func files(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, e := range entries {
		if filepath.Ext(e.Name()) == ".db-shm" {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out[e.Name()] = b
	}
	return out
}

// lay puts files into a folder, and removes all others.
func lay(t *testing.T, dir string, files map[string][]byte) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
