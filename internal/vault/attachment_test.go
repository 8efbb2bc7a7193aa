package vault_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"candour/internal/vault"
)

func TestAttachmentsOfEverySizeComeBack(t *testing.T) {
	v := open(t, newMemory(), newMaster(t), t.TempDir())
	const segment = 64 << 10
	for _, size := range []int{0, 1, 31, 1000, segment - 56, segment - 57, segment - 16, segment - 1, segment, segment + 1, 2*segment - 72, 3*segment + 5} {
		content := bytes.Repeat([]byte("0123456789abcdef!"), size/17+1)[:size]
		digest, n, err := v.Put(ctx, "case/c1", iotest.HalfReader(bytes.NewReader(content)))
		if err != nil || n != int64(size) || digest != sha256.Sum256(content) {
			t.Fatalf("put %d bytes: %d, %v", size, n, err)
		}
		gets(t, v, "case/c1", digest, string(content))
		r, err := v.Get(ctx, "case/c1", digest)
		if err != nil {
			t.Fatal(err)
		}
		if err := iotest.TestReader(struct{ io.Reader }{r}, content); err != nil {
			t.Errorf("size %d: %v", size, err)
		}
		r.Close()
	}
}

// TestEveryChangedByteOfAnAttachmentIsRefused: what comes out before the error is a true
// beginning.
func TestEveryChangedByteOfAnAttachmentIsRefused(t *testing.T) {
	folder := t.TempDir()
	v := open(t, newMemory(), newMaster(t), folder)
	content := strings.Repeat("picture ", 40)
	digest := put(t, v, "case/c1", content)
	path, good := onlyFile(t, folder)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for i := range len(good) {
		f.WriteAt([]byte{good[i] ^ 0x40}, int64(i))
		refuses(t, v, digest, content, fmt.Sprint("byte ", i, " changed"))
		f.WriteAt([]byte{good[i]}, int64(i))
	}
	gets(t, v, "case/c1", digest, content)
	for n := len(good) - 1; n >= 0; n-- {
		f.Truncate(int64(n))
		refuses(t, v, digest, content, fmt.Sprint("cut to ", n))
	}
	write(t, path, good+"x")
	refuses(t, v, digest, content, "a byte more")
	write(t, path, good)
	gets(t, v, "case/c1", digest, content)
}

func TestTruncatedOrReorderedSegmentsAreRefused(t *testing.T) {
	folder := t.TempDir()
	v := open(t, newMemory(), newMaster(t), folder)
	content := strings.Repeat("0123456789abcdef", 5*64<<10/16)
	digest := put(t, v, "case/c1", content)
	path, good := onlyFile(t, folder)
	const head, segment = 69, 64 << 10
	cut := func(n int) string { return good[:head+n*segment] }
	for name, bad := range map[string]string{
		"cut after one segment":   cut(1),
		"cut after four":          cut(4),
		"cut within":              good[:head+2*segment+77],
		"one left out":            cut(1) + good[head+2*segment:],
		"two exchanged":           cut(1) + good[head+2*segment:head+3*segment] + good[head+segment:head+2*segment] + good[head+3*segment:],
		"one twice":               cut(2) + good[head+segment:],
		"changed in the last one": good[:len(good)-1] + string(good[len(good)-1]^1),
	} {
		write(t, path, bad)
		refuses(t, v, digest, content, name)
	}
}

// refuses reads to the end and beyond: there is an error, it stays, and nothing came but a
// beginning of the content.
func refuses(t *testing.T, v *vault.Vault, digest [32]byte, content, what string) {
	t.Helper()
	r, err := v.Get(ctx, "case/c1", digest)
	if err != nil {
		return
	}
	defer r.Close()
	got, err := io.ReadAll(r)
	if err == nil || !strings.HasPrefix(content, string(got)) {
		t.Fatalf("%s: %d bytes, %v", what, len(got), err)
	}
	if n, again := r.Read(make([]byte, 10)); n != 0 || again == nil || again == io.EOF {
		t.Fatalf("%s: after the error it reads %d bytes, %v", what, n, again)
	}
}

func onlyFile(t *testing.T, folder string) (path, content string) {
	t.Helper()
	all := files(t, folder)
	if len(all) != 1 {
		t.Fatalf("%d files, want 1", len(all))
	}
	for name, b := range all {
		path, content = filepath.Join(folder, name), b
	}
	return path, content
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAttachmentsCannotBeExchanged(t *testing.T) {
	folder := t.TempDir()
	v := open(t, newMemory(), newMaster(t), folder)
	one, other := put(t, v, "case/c1", "picture one"), put(t, v, "case/c1", "picture two")
	foreign := put(t, v, "case/c2", "picture one")
	for a, ac := range files(t, folder) {
		for b, bc := range files(t, folder) {
			if a == b {
				continue
			}
			write(t, filepath.Join(folder, a), bc)
			bad := 0
			for digest, chain := range map[[32]byte]string{one: "case/c1", other: "case/c1"} {
				if _, err := get(v, chain, digest); err != nil {
					bad++
				}
			}
			if _, err := get(v, "case/c2", foreign); err != nil {
				bad++
			}
			if bad != 1 {
				t.Errorf("%s in place of %s: %d are refused, want 1", b, a, bad)
			}
			write(t, filepath.Join(folder, a), ac)
		}
	}
}

func TestFolderSaysNothing(t *testing.T) {
	folder := t.TempDir()
	v := open(t, newMemory(), newMaster(t), folder)
	content := strings.Repeat("the witness said ", 10000)
	digest := put(t, v, "case/a-long-word", content)
	k, err := v.Rekey(ctx, "case/a-long-word")
	if err == nil {
		err = k.Settle(ctx)
	}
	if err != nil {
		t.Fatal(err)
	}
	all := files(t, folder)
	if len(all) != 2 {
		t.Errorf("%d files, want the attachment and its key", len(all))
	}
	for name, b := range all {
		for _, secret := range []string{"witness", "long-word", string(digest[:]), fmt.Sprintf("%x", digest)} {
			if strings.Contains(name+b, secret) {
				t.Errorf("%s tells %q", name, secret)
			}
		}
	}
	// Under another tag key the names are others: who knows a content cannot look for it.
	there := t.TempDir()
	other, err := vault.New(vault.Config{Keys: newMemory(), Master: newMaster(t), TagKey: bytes.Repeat([]byte{8}, 32), Random: rand.Reader, Folder: there})
	if err != nil {
		t.Fatal(err)
	}
	put(t, other, "case/a-long-word", content)
	for name := range files(t, there) {
		if _, same := all[name]; same {
			t.Errorf("%s under both tag keys", name)
		}
	}
}

func TestPutAgainChangesNothingAndMendsWhatIsDamaged(t *testing.T) {
	folder := t.TempDir()
	v := open(t, newMemory(), newMaster(t), folder)
	digest := put(t, v, "case/c1", "picture")
	path, good := onlyFile(t, folder)
	put(t, v, "case/c1", "picture")
	if _, again := onlyFile(t, folder); again != good {
		t.Error("the file was written again")
	}
	for _, bad := range []string{good[:len(good)-1] + "x", "", good[:20]} {
		write(t, path, bad)
		put(t, v, "case/c1", "picture")
		gets(t, v, "case/c1", digest, "picture")
	}
}

func TestDropIsGoneAndErasedIsTold(t *testing.T) {
	folder := t.TempDir()
	v := open(t, newMemory(), newMaster(t), folder)
	digest, other := put(t, v, "case/c1", "picture"), put(t, v, "case/c1", "other")
	for range 2 {
		if err := v.Drop(ctx, "case/c1", digest); err != nil {
			t.Fatal(err)
		}
		if _, err := get(v, "case/c1", digest); !errors.Is(err, fs.ErrNotExist) || errors.Is(err, vault.ErrErased) {
			t.Errorf("dropped: %v", err)
		}
	}
	gets(t, v, "case/c1", other, "other")
	saved := copyOf(t, folder)
	if err := v.Destroy(ctx, "case/c1"); err != nil {
		t.Fatal(err)
	}
	if len(files(t, folder)) != 0 {
		t.Error("files are left")
	}
	if _, err := get(v, "case/c1", other); !errors.Is(err, vault.ErrErased) {
		t.Errorf("destroyed: %v", err)
	}
	if err := os.CopyFS(folder, os.DirFS(saved)); err != nil { // a backup comes back
		t.Fatal(err)
	}
	if _, err := get(v, "case/c1", other); !errors.Is(err, vault.ErrErased) {
		t.Errorf("destroyed, and back from a backup: %v", err)
	}
	put(t, v, "case/c1", "other")
	gets(t, v, "case/c1", other, "other")
}

func TestPutStoppedAtAnyStepLeavesOnlyWhatSweepRemoves(t *testing.T) {
	keys, master, folder := newMemory(), newMaster(t), t.TempDir()
	v := open(t, keys, master, folder)
	var crashes []crash
	look := func(what string) { crashes = append(crashes, crash{what, keys.clone(), copyOf(t, folder), nil}) }
	keys.step = func(what string) error { look(what); return nil }
	v.BeforeDisk(look)
	digest := put(t, v, "case/c1", "picture")
	for _, c := range crashes {
		v := open(t, c.keys, master, c.folder)
		if got, err := get(v, "case/c1", digest); err == nil && got != "picture" {
			t.Errorf("at %s: %q, %v", c.at, got, err)
		}
		put(t, v, "case/c1", "picture")
		gets(t, v, "case/c1", digest, "picture")
		if n, err := v.Sweep(time.Now().Add(-time.Hour)); n != 0 || err != nil {
			t.Errorf("at %s: %d that may be under way were swept, %v", c.at, n, err)
		}
		if _, err := v.Sweep(time.Now().Add(time.Hour)); err != nil {
			t.Error(err)
		}
		if n := len(files(t, c.folder)); n != 1 {
			t.Errorf("at %s: %d files are left", c.at, n)
		}
		gets(t, v, "case/c1", digest, "picture")
	}
	if len(crashes) < 5 {
		t.Errorf("only %d steps were seen", len(crashes))
	}
}

func TestPutThatFailsLeavesNothing(t *testing.T) {
	folder := t.TempDir()
	v := open(t, newMemory(), newMaster(t), folder)
	broken := errors.New("line broken")
	_, _, err := v.Put(ctx, "case/c1", io.MultiReader(strings.NewReader("half"), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) {
		t.Errorf("put: %v", err)
	}
	done, cancel := context.WithCancel(ctx)
	cancel()
	if _, _, err := v.Put(done, "case/c1", strings.NewReader("half")); !errors.Is(err, context.Canceled) {
		t.Errorf("put: %v", err)
	}
	if n := len(files(t, folder)); n != 0 {
		t.Errorf("%d files are left", n)
	}
}

func TestVaultWithoutAFolderHasNoAttachments(t *testing.T) {
	v := open(t, newMemory(), newMaster(t), "")
	if _, _, err := v.Put(ctx, "case/c1", strings.NewReader("")); err == nil {
		t.Error("put")
	}
	if _, err := v.Get(ctx, "case/c1", [32]byte{}); err == nil {
		t.Error("get")
	}
	if err := v.Drop(ctx, "case/c1", [32]byte{}); err == nil {
		t.Error("drop")
	}
	if n, err := v.Sweep(time.Now()); n != 0 || err != nil {
		t.Error(n, err)
	}
}

func TestManyPutTheSameAtOnce(t *testing.T) {
	keys, master, folder := newMemory(), newMaster(t), t.TempDir()
	content := strings.Repeat("picture ", 30000)
	var all sync.WaitGroup
	for i := range 8 {
		v := open(t, keys, master, folder)
		all.Go(func() {
			digest, _, err := v.Put(ctx, "case/c1", strings.NewReader(content))
			if err != nil {
				t.Error(err)
				return
			}
			if got, err := get(v, "case/c1", digest); err != nil || got != content {
				t.Errorf("%d: %d bytes, %v", i, len(got), err)
			}
		})
	}
	all.Wait()
	onlyFile(t, folder)
}

// zeros gives so many bytes, and takes no memory for them.
type zeros struct{ left int64 }

func (z *zeros) Read(p []byte) (int, error) {
	if z.left == 0 {
		return 0, io.EOF
	}
	n := min(int64(len(p)), z.left)
	clear(p[:n])
	z.left -= n
	return int(n), nil
}

func TestLargeAttachmentTakesLittleMemory(t *testing.T) {
	size := int64(32 << 20)
	if os.Getenv("CANDOUR_STRESS") == "1" {
		size = 2<<30 + 12345
	}
	v := open(t, newMemory(), newMaster(t), t.TempDir())
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	digest, n, err := v.Put(ctx, "case/c1", &zeros{size})
	if err != nil || n != size {
		t.Fatal(n, err)
	}
	wrote := time.Since(start)
	start = time.Now()
	r, err := v.Get(ctx, "case/c1", digest)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if n, err := io.Copy(io.Discard, r); err != nil || n != size {
		t.Fatal(n, err)
	}
	read := time.Since(start)
	// All that was ever allocated, so that no collection hides anything.
	runtime.ReadMemStats(&after)
	if all := after.TotalAlloc - before.TotalAlloc; all > 4<<20 {
		t.Errorf("%d bytes were allocated for an attachment of %d", all, size)
	}
	t.Logf("%d MiB: put %.0f MB/s, get %.0f MB/s, %d KiB allocated in all", size>>20,
		float64(size)/wrote.Seconds()/1e6, float64(size)/read.Seconds()/1e6, (after.TotalAlloc-before.TotalAlloc)>>10)
}
