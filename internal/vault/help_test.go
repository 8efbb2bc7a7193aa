package vault_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"candour/internal/vault"
	"candour/internal/vault/vaulttest"
)

// frozen is "frozen" of case/c1, sealed under a data key of 32 bytes 0x09; frozenName and frozenFile are
// the same as an attachment.
const (
	frozen     = "015f346abcd68076692d5dbaa9afee8280e0d024f95a2e86dfe645425403cca170bca41cdbac4c7ef1799d"
	frozenName = "f3c9a78c074a9c51b2e360d78ff873832a00510a7937b9f163ef5f0857da47b3/8e1e79142ef9d8880f2634663dec09ce205f6ed55df7652efacc1c213cd36d31"
	frozenFile = "015f346abcd680766909b1d2aaef16552373f7d085b5e0178e3b3a6f316d3a3220324547e7ac1bd4f32c398fca68ba05811ece4355da2357f7c116969fddba38a65f31dcb2288f901840422f44e65d1189dde1a63b97a3a8543221a5bdd5c7877f2704a39e1526e345e9258ff4e166df32f1d86c7fdc59b3b184e2efef29ce3206f48a"
)

var ctx = context.Background()

// memory is Keys without a disk. Before and after each change it calls step, if that is set;
// an error of step before the change prevents it, one after it looks to the caller like
// a change that failed although it was made.
type memory struct {
	mu   sync.Mutex
	rows map[[32]byte]row
	step func(what string) error
}

type row struct{ master, wrapped string }

var _ vault.Keys = (*memory)(nil)
var _ vaulttest.Keys = vault.Keys(nil) // the same methods, word for word

func newMemory() *memory { return &memory{rows: map[[32]byte]row{}} }

func (m *memory) clone() *memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	return &memory{rows: maps.Clone(m.rows)}
}

func (m *memory) change(what string, do func()) error {
	step := m.step
	if step == nil {
		step = func(string) error { return nil }
	}
	if err := step("before " + what); err != nil {
		return err
	}
	m.mu.Lock()
	do()
	m.mu.Unlock()
	return step("after " + what)
}

func rowOf(master string, wrapped []byte) row { return row{master, string(wrapped)} }

func (r row) out() (string, []byte, error) {
	if r.wrapped == "" {
		return "", nil, nil
	}
	return r.master, []byte(r.wrapped), nil
}

func (m *memory) Get(_ context.Context, tag [32]byte) (string, []byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.rows[tag].out()
}

func (m *memory) Add(_ context.Context, tag [32]byte, master string, wrapped []byte) (string, []byte, error) {
	var stands row
	err := m.change("add", func() {
		if m.rows[tag].wrapped == "" {
			m.rows[tag] = row{master, string(wrapped)}
		}
		stands = m.rows[tag]
	})
	if err != nil {
		return "", nil, err
	}
	return stands.out()
}

func (m *memory) AddAll(_ context.Context, n int, row func(int) ([32]byte, string, []byte)) error {
	return m.change("add all", func() {
		for i := range n {
			if tag, master, wrapped := row(i); m.rows[tag].wrapped == "" {
				m.rows[tag] = rowOf(master, wrapped)
			}
		}
	})
}

func (m *memory) Replace(_ context.Context, tag [32]byte, old []byte, master string, wrapped []byte) (done bool, err error) {
	err = m.change("replace", func() {
		r, is := m.rows[tag]
		if done = is && r.wrapped == string(old); done {
			m.rows[tag] = row{master, string(wrapped)}
		}
	})
	return done && err == nil, err
}

func (m *memory) Delete(_ context.Context, tag [32]byte) error {
	return m.change("delete", func() { delete(m.rows, tag) })
}

func (m *memory) Each(_ context.Context, visit func([32]byte, string, []byte) error) error {
	for tag, r := range m.clone().rows {
		if err := visit(tag, r.master, []byte(r.wrapped)); err != nil {
			return err
		}
	}
	return nil
}

func TestMemoryIsKeys(t *testing.T) {
	vaulttest.TestKeys(t, func(*testing.T) vaulttest.Keys { return newMemory() })
}

var tagKey = bytes.Repeat([]byte{7}, 32)

// newMaster is a master key that needs no file.
func newMaster(t testing.TB) vault.KeyService {
	t.Helper()
	key := make([]byte, 32)
	rand.Read(key)
	return vault.NewLocal("test", key)
}

// open makes a vault, as another process would, over what is there.
func open(t testing.TB, keys vault.Keys, master vault.KeyService, folder string) *vault.Vault {
	t.Helper()
	v, err := vault.New(vault.Config{Keys: keys, Master: master, TagKey: tagKey, Random: rand.Reader, Folder: folder})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func seal(t testing.TB, v *vault.Vault, chain, plain string) []byte {
	t.Helper()
	sealed, err := v.Seal(ctx, chain, []byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func opens(t testing.TB, v *vault.Vault, chain string, sealed []byte, want string) {
	t.Helper()
	if got, err := v.Open(ctx, chain, sealed); err != nil || string(got) != want {
		t.Fatalf("open: %q, %v; want %q", got, err, want)
	}
}

func erased(t testing.TB, v *vault.Vault, chain string, sealed []byte) {
	t.Helper()
	if got, err := v.Open(ctx, chain, sealed); !errors.Is(err, vault.ErrErased) || got != nil {
		t.Fatalf("open: %q, %v; want ErrErased", got, err)
	}
}

func put(t testing.TB, v *vault.Vault, chain, content string) [32]byte {
	t.Helper()
	digest, size, err := v.Put(ctx, chain, strings.NewReader(content))
	if err != nil || size != int64(len(content)) {
		t.Fatalf("put: %d bytes, %v", size, err)
	}
	return digest
}

func get(v *vault.Vault, chain string, digest [32]byte) (string, error) {
	r, err := v.Get(ctx, chain, digest)
	if err != nil {
		return "", err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	return string(b), err
}

func gets(t testing.TB, v *vault.Vault, chain string, digest [32]byte, want string) {
	t.Helper()
	if got, err := get(v, chain, digest); err != nil || got != want {
		t.Fatalf("get: %d bytes, %v; want %d bytes", len(got), err, len(want))
	}
}

// files are the names of all files below, with what is in them.
func files(t testing.TB, folder string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		name, _ := filepath.Rel(folder, path)
		all[filepath.ToSlash(name)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// copyOf is a folder as a crash would leave it now.
func copyOf(t testing.TB, folder string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	return to
}
