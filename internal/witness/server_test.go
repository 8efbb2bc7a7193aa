package witness_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"candour"
	"candour/internal/witness"
)

func TestAddCheckpointAnswers(t *testing.T) {
	r := newRecord("a").grow(200, "fact")
	fork := newRecord("a").grow(200, "other")
	stranger := newRecord("b").grow(200, "fact")
	nobody := newRecord("a").grow(10, "fact")
	nobody.origin = "elsewhere.example/log"
	_, note := r.at(130)
	bad := bytes.Replace(note, []byte("— "+body+" "), []byte("— "+body+" AAAA"), 1)
	tampered := r.submit(130, 150)
	tampered[len(tampered)-10] ^= 1 // within the base64 of the signature
	wrongProof := witness.Submission{Old: 130, Proof: r.proof(120, 150)}
	_, wrongProof.Note = r.at(150)
	_, msg150 := r.at(150)
	tests := []struct {
		name string
		body []byte
		want int
		size string
	}{
		{"not a submission", []byte("hello\n"), 400, ""},
		{"no checkpoint", []byte("old 130\n\n"), 400, ""},
		{"leading nought", []byte("old 0130\n\n" + string(note)), 400, ""},
		{"carriage return", []byte("old 130\r\n\n" + string(note)), 400, ""},
		{"too many proof lines", []byte("old 130\n" + strings.Repeat(strings.Repeat("A", 43)+"=\n", 64) + "\n" + string(note)), 400, ""},
		{"note without signatures", []byte("old 130\n\n" + body + "\n5\n"), 400, ""},
		{"extension line", submitNote(130, mustSign(r, strings.SplitAfter(string(note), "\n\n")[0][:len(strings.SplitAfter(string(note), "\n\n")[0])-1]+"more\n")), 400, ""},
		{"too long", append(r.submit(130, 150), bytes.Repeat([]byte("x"), 70<<10)...), 400, ""},
		{"old larger than the checkpoint", r.submit(150, 140), 400, ""},
		{"unknown origin", nobody.submit(0, 5), 404, ""},
		{"signed by a stranger's key", stranger.submit(130, 150), 403, ""},
		{"signature line of another key id", submitNote(130, bad), 403, ""},
		{"signature tampered with", tampered, 403, ""},
		{"stale", r.submit(120, 150), 409, "130\n"},
		{"old size nought to learn the size", r.submit(0, 150), 409, "130\n"},
		{"older record", r.submit(100, 120), 409, "130\n"},
		{"other root of the same size", fork.submit(130, 130), 409, ""},
		{"other root of the same size, other old size", fork.submit(0, 130), 409, "130\n"},
		{"proof of another size", wrongProof.Text(), 422, ""},
		{"no proof", submitNote(130, msg150), 422, ""},
		{"fork", fork.submit(130, 150), 422, ""},
		{"proof where none belongs", witness.Submission{Old: 130, Proof: r.proof(120, 150), Note: note}.Text(), 422, ""},
	}
	d := newDesk(t, settings(r))
	d.ok(r, 0, 130)
	for _, test := range tests {
		status, kind, text := d.post("add-checkpoint", test.body)
		if status != test.want || test.size != "" && (kind != "text/x.tlog.size" || text != test.size) || test.size == "" && kind == "text/x.tlog.size" {
			t.Errorf("%s: got %d, %s, %q; want %d, %q", test.name, status, kind, text, test.want, test.size)
		}
		if strings.Contains(text, "—") {
			t.Errorf("%s: a signature was given away", test.name)
		}
	}
	d.ok(r, 130, 130) // again, for a fresh time
	d.ok(r, 130, 150)
	for _, method := range []string{http.MethodGet, http.MethodPut} {
		req, _ := http.NewRequest(method, d.http.URL+"/w/add-checkpoint", nil)
		resp, err := http.DefaultClient.Do(req)
		if status, _, _ := answered(t, resp, err); status != http.StatusMethodNotAllowed {
			t.Errorf("%s: status %d", method, status)
		}
	}
}

func submitNote(old int64, note []byte) []byte {
	return witness.Submission{Old: old, Note: note}.Text()
}

func mustSign(r *record, text string) []byte {
	msg, err := r.signer.Sign(text)
	if err != nil {
		panic(err)
	}
	return msg
}

func TestFirstCheckpointStartsFromNought(t *testing.T) {
	r := newRecord("a").grow(10, "fact")
	d := newDesk(t, settings(r))
	if status, kind, text := d.post("add-checkpoint", r.submit(5, 10)); status != 409 || kind != "text/x.tlog.size" || text != "0\n" {
		t.Errorf("got %d, %s, %q", status, kind, text)
	}
	if status, _, _ := d.post("add-checkpoint", witness.Submission{Proof: r.proof(5, 10), Note: r.note(10)}.Text()); status != 422 {
		t.Errorf("a proof from nought: status %d", status)
	}
	d.ok(r, 0, 0)
	d.ok(r, 0, 10)
}

func (r *record) note(size int64) []byte {
	_, msg := r.at(size)
	return msg
}

func TestOtherSignaturesAreNotStored(t *testing.T) {
	r := newRecord("a").grow(20, "fact")
	d := newDesk(t, settings(r))
	mine := d.ok(r, 0, 10)
	c, msg := r.at(10)
	for i := range 60 {
		other := candour.NewCosigner(fmt.Sprintf("other.example/w%d", i), bytes.Repeat([]byte("o"), 32))
		msg = append(msg, other.Cosign(c.Text(), time.Unix(int64(1000+i), 0))...)
	}
	msg = append(msg, mine...)
	status, _, lines := d.post("add-checkpoint", submitNote(10, msg))
	if status != 200 {
		t.Fatalf("status %d: %s", status, lines)
	}
	_, _, got := d.get("checkpoint/" + body)
	if want := string(r.note(10)) + lines; got != want {
		t.Errorf("stored\n%s\nwant\n%s", got, want)
	}
}

func TestCosignatureBearsTheTimeOfTheClock(t *testing.T) {
	r := newRecord("a").grow(20, "fact")
	d := newDesk(t, settings(r))
	if got := d.verify(r, 10, d.ok(r, 0, 10)).At; !got.Equal(d.clock.now()) {
		t.Errorf("signed at %v", got)
	}
	d.clock.pass(90 * time.Second)
	if got := d.verify(r, 10, d.ok(r, 10, 10)).At; !got.Equal(d.clock.now()) {
		t.Errorf("signed again at %v", got)
	}
	d.clock.t = time.Unix(-5, 0)
	if status, _, text := d.post("add-checkpoint", r.submit(10, 20)); status != 500 || strings.Contains(text, "1970") {
		t.Errorf("a clock before 1970: %d %s", status, text)
	}
}

func TestRestartKeepsWhatWasCosigned(t *testing.T) {
	r := newRecord("a").grow(50, "fact")
	d := newDesk(t, settings(r))
	d.ok(r, 0, 30)
	d.reopen()
	if status, _, text := d.post("add-checkpoint", r.submit(0, 40)); status != 409 || text != "30\n" {
		t.Errorf("got %d %q", status, text)
	}
	d.ok(r, 30, 40)
}

func TestFolderHasOneProcess(t *testing.T) {
	d := newDesk(t, settings(newRecord("a")))
	if s, err := witness.Open(d.options); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("opened twice: %v, %v", s, err)
	}
	d.reopen() // and free again once closed
}

// TestFlippedBitIsFound flips each bit of what was cosigned last.
func TestFlippedBitIsFound(t *testing.T) {
	r := newRecord("a").grow(50, "fact")
	d := newDesk(t, settings(r))
	d.ok(r, 0, 30)
	good, err := os.ReadFile(only(t, d.options.Dir, "origins"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := witness.ReadHeld(good, d.Key())
	if err != nil {
		t.Fatal(err)
	}
	from := bytes.Index(good, []byte("\n\n")) // the numbers above are for the page alone
	for i := from; i < len(good); i++ {
		for bit := range 8 {
			b := bytes.Clone(good)
			b[i] ^= 1 << bit
			got, err := witness.ReadHeld(b, d.Key())
			if err == nil && (got != want || !bodyLine(good, i)) {
				t.Errorf("byte %d, bit %d: read as %v", i, bit, got)
			}
		}
	}
}

// bodyLine tells whether a byte is in the line of the body's own signature, on which the
// witness does not rest.
func bodyLine(b []byte, i int) bool {
	from := bytes.Index(b, []byte("— "+body))
	return i >= from && i < from+bytes.IndexByte(b[from:], '\n')
}

func TestOpenRefusesADamagedFolder(t *testing.T) {
	r := newRecord("a").grow(50, "fact")
	d := newDesk(t, settings(r))
	d.ok(r, 0, 30)
	path := only(t, d.options.Dir, "origins")
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	good, _ := os.ReadFile(path)
	if err := os.WriteFile(path, good[:len(good)-9], 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := witness.Open(d.options); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("opened a damaged folder: %v, %v", s, err)
	}
	if err := errors.Join(os.WriteFile(path, good, 0o600), os.RemoveAll(filepath.Join(d.options.Dir, "origins"))); err != nil {
		t.Fatal(err)
	}
	if s, err := witness.Open(d.options); err == nil {
		t.Errorf("opened a folder without its origins: %v", s)
	}
	if err := os.Mkdir(filepath.Join(d.options.Dir, "origins"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, good, 0o600); err != nil {
		t.Fatal(err)
	}
	d.open()
	d.ok(r, 30, 31)
}

func only(t *testing.T, dir, sub string) string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, sub, "*"))
	if err != nil || len(paths) != 1 {
		t.Fatalf("%s: %v, %v", sub, paths, err)
	}
	return paths[0]
}

func TestNewEpochIsANewOriginAndEndsTheOld(t *testing.T) {
	r := newRecord("a").grow(130, "fact")
	d := newDesk(t, settings(r))
	d.ok(r, 0, 130)
	second := newRecord("a").grow(120, "fact").grow(5, "after")
	second.origin = candour.CheckpointOrigin(body, 2)
	if status, _, text := d.post("add-checkpoint", second.submit(130, 125)); status != 400 {
		t.Errorf("epoch 2 from the size of epoch 1: %d %s", status, text)
	}
	d.ok(second, 0, 121)
	d.ok(second, 121, 125)
	for range 2 {
		if status, _, text := d.post("add-checkpoint", r.submit(130, 130)); status != 410 {
			t.Errorf("epoch 1 went on: %d %s", status, text)
		}
		d.reopen()
	}
	if _, _, text := d.get("checkpoint/" + url.PathEscape(second.origin)); !strings.HasPrefix(text, second.origin+"\n125\n") {
		t.Errorf("checkpoint of epoch 2: %s", text)
	}
	if _, _, text := d.get("checkpoint/" + r.origin); !strings.HasPrefix(text, r.origin+"\n130\n") {
		t.Errorf("checkpoint of epoch 1: %s", text)
	}
	if status, _, _ := d.get("checkpoint/" + r.origin + "/epoch/3"); status != 404 {
		t.Errorf("checkpoint of epoch 3: status %d", status)
	}
}

// TestManyAtOnceGiveOneHistory posts checkpoints of two records that part at 10, all at once.
func TestManyAtOnceGiveOneHistory(t *testing.T) {
	a := newRecord("a").grow(10, "fact")
	b := a.branch().grow(70, "b")
	a.grow(70, "a")
	d := newDesk(t, settings(a))
	d.ok(a, 0, 10)
	var wait sync.WaitGroup
	var mu sync.Mutex
	var signed []*record
	var sizes []int64
	for i := range 64 {
		r := []*record{a, b}[i%2]
		wait.Go(func() {
			old, to := int64(10), int64(11+i)
			for range 200 {
				lines, err := d.client().Cosign(context.Background(), r.note(to), old, r.proof(old, to))
				conflict := (*witness.Conflict)(nil)
				switch {
				case err == nil:
					d.verify(r, to, lines)
					mu.Lock()
					signed, sizes = append(signed, r), append(sizes, to)
					mu.Unlock()
					return
				case errors.As(err, &conflict) && conflict.Size <= to:
					old = conflict.Size
				default:
					return
				}
			}
		})
	}
	wait.Wait()
	if len(signed) == 0 {
		t.Fatal("nothing was signed")
	}
	seen := map[int64]bool{}
	for i, r := range signed {
		if r != signed[0] {
			t.Fatalf("signed both %d of one record and %d of the other", sizes[0], sizes[i])
		}
		seen[sizes[i]] = true
	}
	if len(seen) != len(sizes) {
		t.Errorf("a size was signed twice though each was sent once: %v", sizes)
	}
}
