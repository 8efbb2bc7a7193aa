package witness_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"candour"
	"candour/internal/witness"

	"golang.org/x/mod/sumdb/tlog"
)

const body = "candour.example/northmere"

// record is a body's record in memory: a [witness.Log] and a [witness.LeafLog].
type record struct {
	signer candour.Signer
	origin string

	mu     sync.Mutex
	leaves []candour.Hash
	stored []tlog.Hash
	kept   []string // cosignature lines
	down   error    // what Checkpoint answers
}

func newRecord(seed string) *record {
	return &record{signer: candour.NewSigner(body, bytes.Repeat([]byte(seed), 32)[:32]), origin: body}
}

// grow adds leaves whose content begins with a word.
func (r *record) grow(n int, word string) *record {
	r.mu.Lock()
	defer r.mu.Unlock()
	for range n {
		i := int64(len(r.leaves))
		h := candour.LeafHash(fmt.Appendf(nil, "%s %d", word, i))
		more, err := tlog.StoredHashesForRecordHash(i, tlog.Hash(h), r)
		if err != nil {
			panic(err)
		}
		r.leaves, r.stored = append(r.leaves, h), append(r.stored, more...)
	}
	return r
}

// ReadHashes makes a record a reader of its tree.
func (r *record) ReadHashes(at []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(at))
	for i, x := range at {
		out[i] = r.stored[x]
	}
	return out, nil
}

// branch is a copy that can grow apart.
func (r *record) branch() *record {
	return &record{signer: r.signer, origin: r.origin, leaves: append([]candour.Hash(nil), r.leaves...), stored: append([]tlog.Hash(nil), r.stored...)}
}

// at is the checkpoint of some size, and its note.
func (r *record) at(size int64) (candour.Checkpoint, []byte) {
	root, err := tlog.TreeHash(size, r)
	if err != nil {
		panic(err)
	}
	c := candour.Checkpoint{Origin: r.origin, Size: size, Root: candour.Hash(root)}
	if size == 0 {
		c.Root = candour.EmptyRoot
	}
	msg, err := r.signer.Named(r.origin).Sign(c.Text())
	if err != nil {
		panic(err)
	}
	return c, msg
}

func (r *record) proof(from, to int64) []candour.Hash {
	if from == 0 || from >= to {
		return nil
	}
	p, err := tlog.ProveTree(to, from, r)
	if err != nil {
		panic(err)
	}
	out := make([]candour.Hash, len(p))
	for i, h := range p {
		out[i] = candour.Hash(h)
	}
	return out
}

// submit is the submission from one size to another.
func (r *record) submit(from, to int64) []byte {
	_, msg := r.at(to)
	return witness.Submission{Old: from, Proof: r.proof(from, to), Note: msg}.Text()
}

func (r *record) Checkpoint(context.Context) ([]byte, candour.Checkpoint, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c, msg := r.at(int64(len(r.leaves)))
	return msg, c, r.down
}

func (r *record) Consistency(_ context.Context, from, to int64) ([]candour.Hash, error) {
	if from <= 0 || from >= to || to > int64(len(r.leaves)) {
		return nil, errors.New("asked for a proof that there is not")
	}
	return r.proof(from, to), nil
}

func (r *record) Keep(_ context.Context, _ candour.Checkpoint, line string) error {
	r.kept = append(r.kept, line)
	return nil
}

func (r *record) Leaves(_ context.Context, from, to int64) ([]candour.Hash, error) {
	return r.leaves[from:to], nil
}

// clock is a clock that tests set.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Date(2026, 7, 3, 13, 1, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// desk is a witness in a folder of its own, served on loopback.
type desk struct {
	*witness.Server
	t       *testing.T
	options witness.Options
	clock   *clock
	http    *httptest.Server
}

func settings(records ...*record) *witness.Config {
	c := &witness.Config{Operator: "iopc"}
	for i, r := range records {
		c.Forces = append(c.Forces, &witness.Force{Name: fmt.Sprintf("Force %c", 'A'+i), Operator: "northmere", Keys: []candour.PublicKey{r.signer.Public}, Mirror: true})
	}
	return c
}

func newDesk(t *testing.T, c *witness.Config) *desk {
	t.Helper()
	dir := t.TempDir()
	if _, err := witness.Init(dir, "iopc.example/witness", strings.NewReader(strings.Repeat("seed", 8))); err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, clock: newClock()}
	d.options = witness.Options{Dir: dir, Config: c, Now: d.clock.now, Log: slog.New(slog.DiscardHandler)}
	d.open()
	t.Cleanup(func() { d.http.Close(); d.Close() })
	return d
}

func (d *desk) open() {
	d.t.Helper()
	var err error
	if d.Server, err = witness.Open(d.options); err != nil {
		d.t.Fatal(err)
	}
	if d.http != nil {
		d.http.Close()
	}
	d.http = httptest.NewServer(http.StripPrefix("/w", d.Handler()))
}

// reopen is a restart.
func (d *desk) reopen() {
	d.t.Helper()
	if err := d.Close(); err != nil {
		d.t.Fatal(err)
	}
	d.open()
}

func (d *desk) client() *witness.Client {
	return &witness.Client{URL: d.http.URL + "/w", Witness: candour.Witness{Operator: "iopc", Key: d.Key()}}
}

func (d *desk) post(path string, body []byte) (status int, kind, text string) {
	d.t.Helper()
	resp, err := http.Post(d.http.URL+"/w/"+path, "text/plain", bytes.NewReader(body))
	return answered(d.t, resp, err)
}

func (d *desk) get(path string) (status int, kind, text string) {
	d.t.Helper()
	resp, err := http.Get(d.http.URL + "/w/" + path)
	return answered(d.t, resp, err)
}

func answered(t *testing.T, resp *http.Response, err error) (int, string, string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header.Get("Content-Type"), string(b)
}

// ok posts a submission that must be cosigned, and verifies the answer as a stranger does.
func (d *desk) ok(r *record, from, to int64) string {
	d.t.Helper()
	status, _, lines := d.post("add-checkpoint", r.submit(from, to))
	if status != http.StatusOK {
		d.t.Fatalf("from %d to %d: status %d, %s", from, to, status, lines)
	}
	d.verify(r, to, lines)
	return lines
}

func (d *desk) verify(r *record, size int64, lines string) candour.Cosigned {
	d.t.Helper()
	c, msg := r.at(size)
	p := candour.Policy{Body: body, Logs: []candour.Witness{{Operator: "northmere", Key: r.signer.Public}}, Witnesses: []candour.Witness{{Operator: "iopc", Key: d.Key()}}, Quorum: 1}
	got, by, err := p.OpenCheckpoint(append(msg, lines...))
	if err != nil || got != c || len(by) != 1 || !p.Reached(by) {
		d.t.Fatalf("cosigned checkpoint: %v, by %v: %v", got, by, err)
	}
	return by[0]
}
