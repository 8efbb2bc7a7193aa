package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"candour"
	"candour/internal/docket"
	"candour/internal/record"
	"candour/internal/vault"
)

// marker is a word that stands in facts, and nowhere else may be read.
const marker = "Quillerfeather"

// ticking is a clock that goes on by a second with each reading.
func ticking() func() time.Time {
	t := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	return func() time.Time { t = t.Add(time.Second); return t }
}

var clock = ticking()

func testApp(out *bytes.Buffer) *app {
	a := newApp(clock)
	a.out, a.err, a.cost = out, out, vault.Cost{Passes: 1, KiB: 64, Threads: 1}
	return a
}

// call runs the program within this process.
func call(t *testing.T, code int, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	if got := testApp(&out).main(args); got != code {
		t.Fatalf("candour %s: exit %d, want %d\n%s", strings.Join(args, " "), got, code, out.String())
	}
	return out.String()
}

// program runs the program in another process.
func program(args ...string) *exec.Cmd {
	c := exec.Command("candour", args...)
	c.Env = append(os.Environ(), clockIs+"=2026-11-24T09:00:00Z")
	return c
}

// timelineOf writes a timeline of so many cases of three facts each.
func timelineOf(t *testing.T, path string, cases int) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(`{"candour":"timeline/1","pack":"ew-investigation","zone":"Europe/London","body":"northmere"}
{"body":"northmere","kind":"force"}
{"unit":"team-a","body":"northmere"}
{"person":"oic1","body":"northmere","posts":[{"role":"oic","rank":"constable","unit":"team-a","from":"2011-01-01"}]}
`)
	for i := range cases {
		fmt.Fprintf(&b, "{\"case\":\"C%d\",\"kind\":\"investigation\"}\n{\"party\":\"v1\",\"case\":\"C%d\",\"role\":\"victim\"}\n", i, i)
	}
	for i := range cases {
		for j := range 3 {
			fmt.Fprintf(&b, "{\"fact\":\"f%d-%d\",\"case\":\"C%d\",\"kind\":\"report.received\",\"at\":\"2012-06-18 10:20\",\"about\":\"v1\",\"by\":\"oic1\",\"f\":{\"remark\":\"said by %s\"}}\n", i, j, i, marker)
		}
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// begun is a folder with a record of some cases.
func begun(t *testing.T, cases int, flags ...string) (dir, nm string) {
	t.Helper()
	dir = t.TempDir()
	nm = filepath.Join(dir, "northmere")
	call(t, 0, append([]string{"init", nm, "--body", "northmere"}, flags...)...)
	call(t, 0, "import", nm, timelineOf(t, filepath.Join(dir, "cases.jsonl"), cases))
	return dir, nm
}

func backups(t *testing.T, dir string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dir, "*"+backupSuffix))
	if err != nil || len(all) == 0 {
		t.Fatalf("no backup in %s: %v", dir, err)
	}
	return all
}

// TestBackupWhileOthersAppend: backups that are made while another process imports are each the
// record as it was at some moment, and restore to it.
func TestBackupWhileOthersAppend(t *testing.T) {
	dir, nm := begun(t, 1)
	child := program("import", nm, timelineOf(t, filepath.Join(dir, "more.jsonl"), 4000))
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- child.Wait() }()
	for h := opened(t, nm); ; {
		if head, err := h.log.Head(context.Background()); err != nil || head.Edge.Size > 10 {
			h.Close()
			break
		}
	}
	to := filepath.Join(dir, "backups")
	for over := false; !over; {
		call(t, 0, "backup", nm, to)
		select {
		case err := <-done:
			if over = true; err != nil {
				t.Fatal(err)
			}
		default:
		}
	}
	h := opened(t, nm)
	head, err := h.log.Head(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	between := 0
	for i, b := range backups(t, to) {
		m, err := readManifest(b, h.policy)
		if err != nil {
			t.Fatal(err)
		}
		if root, err := h.log.RootAt(context.Background(), m.logs[0].size); err != nil || root != m.logs[0].root {
			t.Errorf("%s is not the record as it was at %d: %v", b, m.logs[0].size, err)
		}
		if size := m.logs[0].size; size > 10 && size < head.Edge.Size {
			if between++; between == 1 {
				again := filepath.Join(dir, fmt.Sprint("again", i))
				call(t, 0, "restore", b, again, "--keys", copyKeys(t, nm, dir))
			}
		}
	}
	if between == 0 {
		t.Error("no backup was made while the record grew")
	}
}

// copyKeys copies the keys of a record without the anchor.
func copyKeys(t *testing.T, nm, dir string) string {
	t.Helper()
	to, err := os.MkdirTemp(dir, "keys")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(to, os.DirFS(nm+".keys")); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(to, fileAnchor)); err != nil {
		t.Fatal(err)
	}
	if err := filepath.WalkDir(to, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			err = os.Chmod(p, 0o600)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return to
}

func opened(t *testing.T, nm string) *home {
	t.Helper()
	h, err := testApp(&bytes.Buffer{}).openHome(context.Background(), nm, true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

// TestBackupThatWasTouchedIsRefused: a bit that is another, a file cut short, one too much and one
// too few are each found before anything is written.
func TestBackupThatWasTouchedIsRefused(t *testing.T) {
	dir, nm := begun(t, 3)
	put(t, nm, "case/C1", "a photograph")
	call(t, 0, "backup", nm, filepath.Join(dir, "backups"))
	b := backups(t, filepath.Join(dir, "backups"))[0]
	var files []string
	if err := filepath.WalkDir(b, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, p)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if len(files) != 6 {
		t.Fatalf("the backup has %v", files)
	}
	refused := func(what string) {
		t.Helper()
		to := filepath.Join(dir, "to")
		var out bytes.Buffer
		if code := testApp(&out).main([]string{"restore", b, to, "--keys", nm + ".keys"}); code == 0 || exists(to) {
			t.Errorf("%s: exit %d\n%s", what, code, out.String())
		}
	}
	for _, f := range files {
		was, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range []int{0, len(was) / 3, len(was) / 2, len(was) - 1} {
			is := bytes.Clone(was)
			is[at] ^= 1
			write(t, f, is)
			refused(fmt.Sprintf("%s with byte %d flipped", f, at))
		}
		for _, n := range []int{0, len(was) / 2, len(was) - 1} {
			write(t, f, was[:n])
			refused(fmt.Sprintf("%s cut at %d", f, n))
		}
		if err := os.Remove(f); err != nil {
			t.Fatal(err)
		}
		refused("without " + f)
		write(t, f, was)
	}
	write(t, filepath.Join(b, "more"), []byte("x"))
	refused("with a file more")
	if err := os.Remove(filepath.Join(b, "more")); err != nil {
		t.Fatal(err)
	}
	call(t, 0, "restore", b, filepath.Join(dir, "to"), "--keys", nm+".keys")
	h := opened(t, filepath.Join(dir, "to"))
	r, err := h.vault.Get(context.Background(), h.log.SealedChain("case/C1"), digestOfText("a photograph"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
}

func digestOfText(s string) candour.Hash {
	l, _ := digestOf(strings.NewReader(s))
	return l.digest
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// put adds an attachment to a chain.
func put(t *testing.T, nm, chain, content string) {
	t.Helper()
	h := opened(t, nm)
	if _, _, err := h.vault.Put(context.Background(), h.log.SealedChain(chain), strings.NewReader(content)); err != nil {
		t.Fatal(err)
	}
}

// TestBackupHasNoPlaintextAndNoDataKeys greps every file of a backup, of the keys and of the
// custodian's copy for what was recorded, and the database for the rows of keys.
func TestBackupHasNoPlaintextAndNoDataKeys(t *testing.T) {
	dir, nm := begun(t, 20)
	put(t, nm, "case/C1", strings.Repeat(marker, 1000))
	to := filepath.Join(dir, "backups")
	call(t, 0, "backup", nm, to)
	h := opened(t, nm)
	needles := [][]byte{[]byte(marker), wide(marker), []byte("case/C1"), []byte("report.received"), []byte("oic1"), []byte("data_key\x00")}
	if err := h.store.Keys().Each(context.Background(), func(_ [32]byte, _ string, wrapped []byte) error {
		needles = append(needles, bytes.Clone(wrapped))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	files := 0
	if err := filepath.WalkDir(to, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		b, err := os.ReadFile(p)
		for _, n := range needles {
			if bytes.Contains(b, n) {
				t.Errorf("%s has %q", p, n[:min(len(n), 20)])
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if files != 6 {
		t.Errorf("%d files were looked at", files)
	}
	if wal, err := filepath.Glob(filepath.Join(backups(t, to)[0], "*-wal")); err != nil || len(wal) > 0 {
		t.Errorf("the database of the backup does not stand alone: %v, %v", wal, err)
	}
}

func wide(s string) (out []byte) {
	for _, u := range utf16.Encode([]rune(s)) {
		out = append(out, byte(u), byte(u>>8))
	}
	return out
}

// TestErasureReachesEarlierBackups: what was erased cannot be read from a backup that was made
// before, with the escrow of today; the rest of that backup can, and the record says what is lost.
func TestErasureReachesEarlierBackups(t *testing.T) {
	ctx := context.Background()
	dir, nm := begun(t, 3)
	put(t, nm, "case/C1", "a photograph")
	to := filepath.Join(dir, "backups")
	call(t, 0, "backup", nm, to)
	first := backups(t, to)[0]

	erase(t, nm, "C1", "f1-1")
	call(t, 1, "doctor", nm)
	call(t, 0, "backup", nm, to)
	if out := call(t, 0, "doctor", nm); !strings.Contains(out, "ok       escrow") {
		t.Errorf("after a backup:\n%s", out)
	}

	again := filepath.Join(dir, "again")
	out := call(t, 0, "restore", first, again, "--keys", copyKeys(t, nm, dir))
	if !strings.Contains(out, "The content of 5 entries is gone") {
		t.Errorf("the restore says\n%s", out)
	}
	out = call(t, 0, "restore", again, "--new-epoch", "--by", "a", "--second", "b", "--reason", "a drill")
	if !strings.Contains(out, "Epoch 2 has begun") {
		t.Errorf("the new epoch says\n%s", out)
	}
	if out = call(t, 0, "verify", again); !strings.Contains(out, "5 entries lost in a restore") || !strings.Contains(out, "INTACT") {
		t.Errorf("verify says\n%s", out)
	}
	h := opened(t, again)
	if _, err := h.vault.Get(ctx, h.log.SealedChain("case/C1"), digestOfText("a photograph")); !errors.Is(err, vault.ErrErased) {
		t.Errorf("an attachment of the case: %v", err)
	}
	read := call(t, 0, "export", again)
	if strings.Contains(read, `"C1"`) || !strings.Contains(read, `"f2-1"`) {
		t.Errorf("the export has\n%s", read)
	}
	last := backups(t, to)[1]
	call(t, 0, "restore", last, filepath.Join(dir, "last"), "--keys", copyKeys(t, nm, dir))
	read = call(t, 0, "export", filepath.Join(dir, "last"))
	if strings.Contains(read, `"f1-1"`) || !strings.Contains(read, `"f1-2"`) {
		t.Errorf("of the later backup the export has\n%s", read)
	}
}

// erase has a fact erased by two people.
func erase(t *testing.T, nm, id, fact string) {
	t.Helper()
	h := opened(t, nm)
	entry := ""
	if err := h.log.Chain(context.Background(), docket.CaseChain(id), 0, func(f *record.Fact) error {
		if f.Get("fact") == `"`+fact+`"` {
			entry = fmt.Sprint(f.Index)
		}
		return nil
	}); err != nil || entry == "" {
		t.Fatalf("%s was not found: %v", fact, err)
	}
	h.Close()
	call(t, 0, "erase", nm, id, "--entry", entry, "--by", "a", "--second", "b", "--basis", "recorded on the wrong case", "--yes")
}

// TestBackupOfABrokenRecordIsNone: what does not verify is not called a backup.
func TestBackupOfABrokenRecordIsNone(t *testing.T) {
	dir, nm := begun(t, 3)
	h := opened(t, nm)
	if err := h.store.SetPayloads(context.Background(), 0, map[int64][]byte{8: nil}); err != nil {
		t.Fatal(err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	out := call(t, 1, "backup", nm, filepath.Join(dir, "backups"))
	if !strings.Contains(out, "NO BACKUP") || !strings.Contains(out, "entry 8: its content is missing") {
		t.Errorf("it says\n%s", out)
	}
	if broken, err := filepath.Glob(filepath.Join(dir, "backups", "*"+backupSuffix+".broken")); err != nil || len(broken) != 1 {
		t.Errorf("kept: %v, %v", broken, err)
	}
}

// TestAttachmentsAreWrittenOnce: a second backup in the same folder links what the first has, and
// what was damaged there it writes again.
func TestAttachmentsAreWrittenOnce(t *testing.T) {
	dir, nm := begun(t, 2)
	put(t, nm, "case/C0", "a photograph")
	put(t, nm, "case/C1", "a statement")
	to := filepath.Join(dir, "backups")
	for range 2 {
		call(t, 0, "backup", nm, to)
	}
	all := backups(t, to)
	same := 0
	if err := filepath.WalkDir(filepath.Join(all[0], folderFiles), func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(all[0], p)
		x, err1 := os.Stat(p)
		y, err2 := os.Stat(filepath.Join(all[1], rel))
		if os.SameFile(x, y) {
			same++
		}
		if same == 1 {
			write(t, p, []byte("damaged")) // the file of both
		}
		return errors.Join(err1, err2)
	}); err != nil || same != 2 {
		t.Errorf("%d of 2 are one file: %v", same, err)
	}
	out := call(t, 1, "backup", nm, to)
	if !strings.Contains(out, "NO BACKUP") {
		t.Errorf("with a damaged file in the folder:\n%s", out)
	}
}

// TestRotationIsGoneOnWith: a rotation of the master key that is killed at any moment loses
// nothing, and the next call ends it.
func TestRotationIsGoneOnWith(t *testing.T) {
	_, nm := begun(t, 120)
	before := call(t, 0, "export", nm)
	killed := 0
	for wait := 20 * time.Millisecond; ; wait += 40 * time.Millisecond {
		child := program("keys", "rotate", nm)
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(wait)
		_ = child.Process.Kill()
		if child.Wait() == nil {
			break
		}
		if exists(filepath.Join(nm+".keys", fileMaster+next)) {
			killed++
			call(t, 0, "verify", nm)
		}
	}
	if killed == 0 {
		t.Error("no rotation was broken off")
	}
	call(t, 0, "keys", "rotate", nm)
	if exists(filepath.Join(nm+".keys", fileMaster+next)) {
		t.Error("the new key has not the old one's place")
	}
	if out := call(t, 1, "doctor", nm); strings.Contains(out, "rotation was broken off") { // 1: there is no backup
		t.Error(out)
	}
	h := opened(t, nm)
	if len(h.masters) != 1 {
		t.Errorf("%d master keys", len(h.masters))
	}
	if err := h.onlyBy(context.Background(), h.masters[0].ID()); err != nil {
		t.Error(err)
	}
	h.Close()
	if after := call(t, 0, "export", nm); after != before {
		t.Error("the record reads otherwise after the rotation")
	}
}

// TestRotationNeedsToBeAlone: while another process has the record open, no key is rotated.
func TestRotationNeedsToBeAlone(t *testing.T) {
	_, nm := begun(t, 1)
	h := opened(t, nm)
	if out := call(t, 2, "keys", "rotate", nm); !strings.Contains(out, "another process has the record open") {
		t.Error(out)
	}
	h.Close()
	call(t, 0, "keys", "rotate", nm)
}

// TestOlderCopyIsKnownByTheWitness: a copy whose keys went back with it is known by what the
// witness has seen, and the new epoch names the gap.
func TestOlderCopyIsKnownByTheWitness(t *testing.T) {
	seen := map[string]candour.Checkpoint{}
	var sign candour.Signer
	w := candour.NewCosigner("witness.example/w1", []byte("another seed of thirty-two bytes"))
	reachable := true
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		c, ok := seen[strings.TrimPrefix(r.URL.Path, "/checkpoint/")]
		switch {
		case !reachable:
			http.Error(rw, "away", http.StatusBadGateway)
		case !ok:
			http.NotFound(rw, r)
		default:
			note, err := sign.Named(c.Origin).Sign(c.Text())
			if err != nil {
				t.Error(err)
			}
			fmt.Fprintf(rw, "%s%s", note, w.Cosign(c.Text(), time.Unix(1393668000, 0)))
		}
	}))
	defer server.Close()
	dir, nm := begun(t, 1, "--origin", "record.example/nm", "--witness", "watchdog,"+w.Public.String()+","+server.URL)
	old := filepath.Join(dir, "old")
	if err := errors.Join(os.CopyFS(filepath.Join(old, "northmere"), os.DirFS(nm)), os.CopyFS(filepath.Join(old, "northmere.keys"), os.DirFS(nm+".keys"))); err != nil {
		t.Fatal(err)
	}
	for _, k := range keyFiles {
		_ = os.Chmod(filepath.Join(old, "northmere.keys", k.name), 0o600)
	}
	more := timelineOf(t, filepath.Join(dir, "more.jsonl"), 2)
	call(t, 0, "import", nm, more)
	h := opened(t, nm)
	sign = *h.signer
	c, _, err := h.seal(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	seen[c.Origin] = c
	h.Close()

	copied := filepath.Join(old, "northmere")
	out := call(t, 2, "import", copied, more)
	if !strings.Contains(out, fmt.Sprintf("the witness of watchdog has seen %d entries and here are 8", c.Size)) {
		t.Errorf("the older copy says\n%s", out)
	}
	reachable = false
	if out := call(t, 1, "doctor", copied); !strings.Contains(out, "the witness of watchdog was not reached") { // 1: no backup
		t.Error(out)
	}
	reachable = true
	call(t, 1, "doctor", copied)
	// A copy that was restored, and cannot ask: it says so, and goes on only when told to.
	call(t, 0, "backup", nm, filepath.Join(dir, "backups"))
	call(t, 0, "import", nm, timelineOf(t, filepath.Join(dir, "third.jsonl"), 3))
	h = opened(t, nm)
	if c, _, err = h.seal(context.Background()); err != nil {
		t.Fatal(err)
	}
	seen[c.Origin] = c
	h.Close()
	again := filepath.Join(dir, "again")
	call(t, 0, "restore", backups(t, filepath.Join(dir, "backups"))[0], again, "--keys", copyKeys(t, nm, dir))
	epoch := []string{"restore", again, "--new-epoch", "--by", "a", "--second", "b", "--reason", "a drill"}
	reachable = false
	if out := call(t, 2, epoch...); !strings.Contains(out, "go on without it with --offline") {
		t.Error(out)
	}
	reachable = true
	out = call(t, 0, epoch...)
	if !strings.Contains(out, fmt.Sprintf("entries 13 to %d are lost: the witness of watchdog has seen %d", c.Size-1, c.Size)) {
		t.Error(out)
	}
	call(t, 0, "import", again, more)
}
