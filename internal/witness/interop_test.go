package witness_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"candour"
	"candour/internal/witness"

	fnote "github.com/transparency-dev/formats/note"
	tclient "github.com/transparency-dev/witness/client/http"
	"github.com/transparency-dev/witness/persistence/inmemory"
	twitness "github.com/transparency-dev/witness/witness"
	"golang.org/x/mod/sumdb/note"
)

// reference is the witness of transparency-dev, in this process, with its own HTTP handler.
type reference struct {
	http *httptest.Server
	key  candour.PublicKey
}

func newReference(t *testing.T, name string, log candour.PublicKey) *reference {
	t.Helper()
	skey, vkey, err := note.GenerateKey(bytes.NewReader(bytes.Repeat([]byte("r"), 64)), name)
	if err == nil {
		vkey, err = fnote.VKeyToCosignatureV1(vkey)
	}
	if err != nil {
		t.Fatal(err)
	}
	signer, err := fnote.NewSignerForCosignatureV1(skey)
	if err != nil {
		t.Fatal(err)
	}
	key, err := candour.ParseKey(vkey)
	if err != nil || !key.Cosign {
		t.Fatalf("their vkey %s: %v", vkey, err)
	}
	w, err := twitness.New(t.Context(), twitness.Opts{
		Persistence: inmemory.New(), Signers: []note.Signer{signer},
		VerifierForLog: func(_ context.Context, origin string) (note.Verifier, bool, error) {
			if origin != log.Name && !strings.HasPrefix(origin, log.Name+"/epoch/") {
				return nil, false, nil
			}
			v, err := note.NewVerifier(log.Named(origin).String())
			return v, err == nil, err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/add-checkpoint", twitness.NewHTTPHandler(w).AddCheckpoint)
	r := &reference{httptest.NewServer(mux), key}
	t.Cleanup(r.http.Close)
	return r
}

func (r *reference) client() *witness.Client {
	return &witness.Client{URL: r.http.URL, Witness: candour.Witness{Operator: "reference", Key: r.key}}
}

// TestTheirClientOurServer sends with transparency-dev's client and verifies with its notes.
func TestTheirClientOurServer(t *testing.T) {
	r := newRecord("a").grow(200, "fact")
	fork := newRecord("a").grow(200, "other")
	nobody := newRecord("a").grow(10, "fact")
	nobody.origin = "elsewhere.example/log"
	d := newDesk(t, settings(r))
	at, err := url.Parse(d.http.URL + "/w")
	if err != nil {
		t.Fatal(err)
	}
	theirs := tclient.NewWitness(at, http.DefaultClient)
	verifier, err := fnote.NewVerifierForCosignatureV1(d.Key().String())
	if err != nil {
		t.Fatal(err)
	}
	send := func(r *record, old, to int64, proof []candour.Hash) error {
		var raw [][]byte
		for _, h := range proof {
			raw = append(raw, h[:])
		}
		lines, size, err := theirs.Update(t.Context(), uint64(old), r.note(to), raw)
		if err != nil {
			return fmt.Errorf("%w (%d)", err, size)
		}
		n, err := note.Open(append(r.note(to), lines...), note.VerifierList(verifier))
		if err != nil || len(n.Sigs) != 1 {
			t.Fatalf("their notes do not accept our line: %v", err)
		}
		if at, err := fnote.CoSigV1Timestamp(n.Sigs[0]); err != nil || !at.Equal(d.clock.now()) {
			t.Errorf("their notes read the time %v, %v", at, err)
		}
		return nil
	}
	for _, old := range []int64{0, 1, 64, 130, 131} {
		if to := map[int64]int64{0: 1, 1: 64, 64: 130, 130: 131, 131: 131}[old]; send(r, old, to, r.proof(old, to)) != nil {
			t.Errorf("from %d to %d is refused", old, to)
		}
	}
	for _, test := range []struct {
		name string
		err  error
		want error
	}{
		{"stale", send(r, 64, 150, r.proof(64, 150)), twitness.ErrCheckpointStale},
		{"other root", send(fork, 131, 131, nil), twitness.ErrRootMismatch},
		{"unknown", send(nobody, 0, 5, nil), twitness.ErrUnknownLog},
		{"unsigned", send(newRecord("b").grow(200, "fact"), 131, 150, nil), twitness.ErrNoValidSignature},
		{"old too large", send(r, 150, 140, nil), twitness.ErrOldSizeInvalid},
		{"proof", send(fork, 131, 150, fork.proof(131, 150)), twitness.ErrInvalidProof},
	} {
		if !errors.Is(test.err, test.want) {
			t.Errorf("%s: their client says %v, want %v", test.name, test.err, test.want)
		}
	}
	if err := send(r, 64, 150, nil); !strings.Contains(fmt.Sprint(err), "(131)") {
		t.Errorf("their client learns the size from %v", err)
	}
}

// TestOurKeeperTheirServer keeps a record witnessed by transparency-dev's witness.
func TestOurKeeperTheirServer(t *testing.T) {
	r := newRecord("a").grow(7, "fact")
	ref := newReference(t, "reference.example/w", r.signer.Public)
	k := witness.NewKeeper(r, ref.client())
	for _, more := range []int{0, 1, 0, 57, 200} {
		if err := k.Round(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.grow(more, "fact")
	}
	other := witness.NewKeeper(r, ref.client()) // a restart: the size is learnt
	if err := other.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	p := candour.Policy{Body: body, Logs: []candour.Witness{{Operator: "northmere", Key: r.signer.Public}}, Witnesses: []candour.Witness{{Operator: "reference", Key: ref.key}}, Quorum: 1}
	if _, by, err := p.OpenCheckpoint(append(r.note(265), r.kept[len(r.kept)-1]...)); err != nil || !p.Reached(by) {
		t.Errorf("their cosignature: %v, %v", by, err)
	}
	fork := newRecord("a").grow(265, "other")
	err := witness.NewKeeper(fork, ref.client()).Round(t.Context())
	if split := (*witness.SplitView)(nil); !errors.As(err, &split) || split.Size != 265 || !witness.Alarming(err) {
		t.Errorf("two records of one size: %v", err)
	}
	err = witness.NewKeeper(newRecord("a").grow(100, "fact"), ref.client()).Round(t.Context())
	if ahead := (*witness.Ahead)(nil); !errors.As(err, &ahead) || ahead.Size != 265 || ahead.Ours != 100 {
		t.Errorf("an older copy: %v", err)
	}
	err = witness.NewKeeper(newRecord("a").grow(300, "other"), ref.client()).Round(t.Context())
	if refusal := (*witness.Refusal)(nil); !errors.As(err, &refusal) || refusal.Kind != witness.Unproven {
		t.Errorf("a fork: %v", err)
	}
	second := newRecord("a").grow(200, "fact")
	second.origin = candour.CheckpointOrigin(body, 2)
	if err := witness.NewKeeper(second, ref.client()).Round(t.Context()); err != nil {
		t.Errorf("a new epoch: %v", err)
	}
}

// TestSameAnswersAsTheReference sends the same many submissions to both witnesses. They
// may differ in what [differs] names. Both have cosigned size 0 before: what comes first of
// all theirs takes on trust, with any old size; ours asks that it be 0, as is specified.
func TestSameAnswersAsTheReference(t *testing.T) {
	main := newRecord("a").grow(40, "fact")
	records := []*record{main, main.branch().grow(60, "fork"), newRecord("a").grow(100, "other"), newRecord("b").grow(100, "fact"), newRecord("a").grow(100, "fact")}
	main.grow(60, "fact")
	records[4].origin = "elsewhere.example/log"
	for seed := range 3 {
		rng := rand.New(rand.NewPCG(uint64(seed), 1))
		d, ref := newDesk(t, settings(main)), newReference(t, "reference.example/w", main.signer.Public)
		size, seen := int64(0), map[int]int{}
		d.ok(main, 0, 0)
		resp, err := http.Post(ref.http.URL+"/add-checkpoint", "text/plain", bytes.NewReader(main.submit(0, 0)))
		if status, _, _ := answered(t, resp, err); status != 200 {
			t.Fatalf("the reference does not begin: %d", status)
		}
		for range 200 {
			r := records[min(rng.IntN(12), len(records)-1)*min(rng.IntN(3), 1)]
			old, to := size, min(size+int64(rng.IntN(4)), 100)
			switch rng.IntN(6) {
			case 0:
				old = rng.Int64N(101)
			case 1:
				to = rng.Int64N(101)
			}
			proof := r.proof(min(old, to), to)
			if rng.IntN(8) == 0 {
				proof = append(proof, candour.Hash{})
			}
			text := witness.Submission{Old: old, Proof: proof, Note: r.note(to)}.Text()
			status, kind, answer := d.post("add-checkpoint", text)
			resp, err := http.Post(ref.http.URL+"/add-checkpoint", "text/plain", bytes.NewReader(text))
			theirs, theirKind, theirAnswer := answered(t, resp, err)
			seen[status]++
			if status == 200 {
				size = to
			}
			if (status != theirs || status == 409 && (kind != theirKind || answer != theirAnswer)) && !differs(status, theirs, old, to) {
				t.Fatalf("seed %d, from %d to %d with %d in hand: ours %d %q, theirs %d %q", seed, old, to, size, status, answer, theirs, theirAnswer)
			}
			if (status == 200) != (theirs == 200) {
				t.Fatalf("seed %d, from %d to %d: one signed, ours %d, theirs %d", seed, old, to, status, theirs)
			}
		}
		for _, s := range []int{200, 400, 403, 404, 409, 422} {
			if seen[s] == 0 {
				t.Errorf("seed %d: no answer of %d: %v", seed, s, seen)
			}
		}
	}
}

// differs tells whether two answers are a difference that we know of: theirs is 422 for
// another root of the same size, where the specification says 409; and 500 where no known
// key signed, where it says 403.
func differs(ours, theirs int, old, to int64) bool {
	return ours == 409 && theirs == 422 && old == to || ours == 403 && theirs == 500
}

// TestTheirVectors reads the example of the specification as it stands there.
func TestTheirVectors(t *testing.T) {
	text := "old 20852014\nPlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\njrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n\nexample.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
	s, err := witness.ParseSubmission([]byte(text))
	if err != nil || s.Old != 20852014 || len(s.Proof) != 4 || base64.StdEncoding.EncodeToString(s.Proof[3][:]) != "/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=" {
		t.Errorf("got %+v, %v", s, err)
	}
	if string(s.Text()) != text {
		t.Errorf("written again: %s", s.Text())
	}
}
