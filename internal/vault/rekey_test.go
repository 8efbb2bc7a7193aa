package vault_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"candour/internal/vault"
)

// record stands for the database of payloads: it changes in transactions.
type record map[string][]byte

// crash is what is on disk at one moment: rows, folder, payloads.
type crash struct {
	at     string
	keys   *memory
	folder string
	record record
}

// erase takes one payload and one attachment out of case/c1, as Rekey says it is done. The
// transaction is the assignment to *db.
func erase(v *vault.Vault, db *record, payload string, attachment [32]byte) error {
	k, err := v.Rekey(ctx, "case/c1")
	if err != nil {
		return err
	}
	after := record{}
	for name, sealed := range *db {
		if name == payload {
			continue
		}
		if after[name], err = k.Reseal(ctx, sealed); err != nil {
			return err
		}
	}
	*db = after
	if err := v.Drop(ctx, "case/c1", attachment); err != nil {
		return err
	}
	return k.Settle(ctx)
}

// eraseWatched erases fact-1 and the first attachment, and keeps what a crash would
// leave at each step.
func eraseWatched(t *testing.T, master vault.KeyService) (crashes []crash, before crash, kept, gone [32]byte) {
	keys, folder := newMemory(), t.TempDir()
	v := open(t, keys, master, folder)
	db := record{}
	for i := range 4 {
		name := fmt.Sprint("fact-", i)
		db[name] = seal(t, v, "case/c1", name)
	}
	gone, kept = put(t, v, "case/c1", "picture gone"), put(t, v, "case/c1", "picture kept")
	put(t, v, "case/c1", "another kept")
	look := func(at string) {
		crashes = append(crashes, crash{at, keys.clone(), copyOf(t, folder), maps.Clone(db)})
	}
	look("at first")
	before = crash{"before", nil, copyOf(t, folder), maps.Clone(db)}
	keys.step = func(what string) error { look(what); return nil }
	v.BeforeDisk(func(what string) { look("before " + what) })
	if err := erase(v, &db, "fact-1", gone); err != nil {
		t.Fatal(err)
	}
	look("at last")
	return crashes, before, kept, gone
}

func TestRekeyStoppedAtAnyStepLosesNothing(t *testing.T) {
	master := newMaster(t)
	crashes, before, kept, gone := eraseWatched(t, master)
	if len(crashes) < 10 {
		t.Fatalf("only %d steps were seen", len(crashes))
	}
	for i, c := range crashes {
		t.Run(fmt.Sprint(i, " ", c.at), func(t *testing.T) {
			v := open(t, c.keys, master, c.folder)
			all := func() {
				for name, sealed := range c.record {
					opens(t, v, "case/c1", sealed, name)
				}
				gets(t, v, "case/c1", kept, "picture kept")
			}
			all()
			if err := erase(v, &c.record, "fact-1", gone); err != nil {
				t.Fatal(err)
			}
			if _, is := c.record["fact-1"]; is || len(c.record) != 3 {
				t.Fatalf("what is left: %v", maps.Keys(c.record))
			}
			all()
			// The backup of before cannot be read with the keys that are left.
			old := open(t, c.keys, master, before.folder)
			for _, sealed := range before.record {
				erased(t, old, "case/c1", sealed)
			}
			if _, err := get(old, "case/c1", gone); !errors.Is(err, vault.ErrErased) {
				t.Errorf("the attachment in the backup: %v", err)
			}
			// One wrap beside each of two attachments, and nothing else.
			if n := len(files(t, c.folder)); n > 4+1 { // a crash may leave one in incoming
				t.Errorf("%d files are left: %v", n, files(t, c.folder))
			}
		})
	}
}

func TestRekeyAgainAndAgain(t *testing.T) {
	keys, master, folder := newMemory(), newMaster(t), t.TempDir()
	v := open(t, keys, master, folder)
	sealed, digest := seal(t, v, "case/c1", "words"), put(t, v, "case/c1", "picture")
	for range 5 {
		var k *vault.Rekeying
		for range 3 { // two of them given up
			var err error
			if k, err = v.Rekey(ctx, "case/c1"); err != nil {
				t.Fatal(err)
			}
			opens(t, v, "case/c1", sealed, "words")
			if sealed, err = k.Reseal(ctx, sealed); err != nil {
				t.Fatal(err)
			}
			if again, err := k.Reseal(ctx, sealed); err != nil || &again[0] != &sealed[0] {
				t.Fatalf("resealed what was already: %v", err)
			}
		}
		for range 2 {
			if err := k.Settle(ctx); err != nil {
				t.Fatal(err)
			}
		}
		opens(t, open(t, keys, master, folder), "case/c1", sealed, "words")
		gets(t, open(t, keys, master, folder), "case/c1", digest, "picture")
	}
}

func TestOvertakenRekeyDoesNotSettle(t *testing.T) {
	keys, master := newMemory(), newMaster(t)
	here, there := open(t, keys, master, ""), open(t, keys, master, "")
	sealed := seal(t, here, "case/c1", "words")
	first, err := here.Rekey(ctx, "case/c1")
	if err != nil {
		t.Fatal(err)
	}
	early, err := first.Reseal(ctx, sealed)
	if err != nil {
		t.Fatal(err)
	}
	second, err := there.Rekey(ctx, "case/c1")
	if err != nil {
		t.Fatal(err)
	}
	late, err := second.Reseal(ctx, early)
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Settle(ctx); !errors.Is(err, vault.ErrOvertaken) {
		t.Errorf("settle after another rekey: %v", err)
	}
	if _, err := first.Reseal(ctx, late); !errors.Is(err, vault.ErrOvertaken) {
		t.Errorf("reseal after another rekey: %v", err)
	}
	if err := second.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	opens(t, here, "case/c1", late, "words")
	erased(t, there, "case/c1", early)
}

func TestRekeyOfNothingIsErased(t *testing.T) {
	v := open(t, newMemory(), newMaster(t), "")
	if _, err := v.Rekey(ctx, "case/none"); !errors.Is(err, vault.ErrErased) {
		t.Errorf("rekey of a chain that is not there: %v", err)
	}
	seal(t, v, "case/c1", "words")
	k, err := v.Rekey(ctx, "case/c1")
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Destroy(ctx, "case/c1"); err != nil {
		t.Fatal(err)
	}
	if err := k.Settle(ctx); !errors.Is(err, vault.ErrErased) {
		t.Errorf("settle of what was destroyed: %v", err)
	}
	if _, err := k.Reseal(ctx, seal(t, v, "case/c1", "new")); !errors.Is(err, vault.ErrOvertaken) {
		t.Errorf("reseal into a chain that began again: %v", err)
	}
}

// TestManyProcessesAppendWhileOneRekeys carries out what Rekey asks of its caller: nothing
// that was stored may be lost, whatever each process remembers.
func TestManyProcessesAppendWhileOneRekeys(t *testing.T) {
	keys, master := newMemory(), newMaster(t)
	var mu sync.Mutex // is the database: one transaction at a time
	var number int
	stored := record{}

	appendAs := func(who int) {
		v, remembered := open(t, keys, master, ""), 0
		for i := 0; i < 60; {
			name, took := fmt.Sprint(who, "-", i), remembered
			sealed := seal(t, v, "case/c1", name)
			mu.Lock()
			now := number
			if now == took {
				stored[name] = sealed
				i++
			}
			mu.Unlock()
			if now != took {
				v.Forget()
				remembered = now
			}
		}
	}
	rekey := func() {
		v := open(t, keys, master, "")
		seal(t, v, "case/c1", "so that there is a key")
		for range 20 {
			k, err := v.Rekey(ctx, "case/c1")
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			for name, sealed := range stored {
				if stored[name], err = k.Reseal(ctx, sealed); err != nil {
					t.Error(err)
				}
			}
			number++
			mu.Unlock()
			if err := k.Settle(ctx); err != nil {
				t.Error(err)
			}
		}
	}
	var all sync.WaitGroup
	for who := range 4 {
		all.Go(func() { appendAs(who) })
	}
	all.Go(rekey)
	all.Wait()
	v := open(t, keys, master, "")
	for name, sealed := range stored {
		opens(t, v, "case/c1", sealed, name)
	}
	if len(stored) != 4*60 {
		t.Errorf("%d were stored", len(stored))
	}
}

// TestPutWhileAnotherProcessActs has another process do something whole at each step of a
// Put in turn. What Put has acknowledged can be read.
func TestPutWhileAnotherProcessActs(t *testing.T) {
	content := strings.Repeat("picture ", 100)
	rekey := func(v *vault.Vault) error {
		k, err := v.Rekey(ctx, "case/c1")
		if err != nil {
			return err
		}
		return k.Settle(ctx)
	}
	for name, act := range map[string]func(*vault.Vault) error{
		"rekey":   rekey,
		"rekeys":  func(v *vault.Vault) error { return errors.Join(rekey(v), rekey(v)) },
		"destroy": func(v *vault.Vault) error { return v.Destroy(ctx, "case/c1") },
		"put": func(v *vault.Vault) error {
			_, _, err := v.Put(ctx, "case/c1", strings.NewReader(content))
			return err
		},
		"put and rekey": func(v *vault.Vault) error {
			_, _, err := v.Put(ctx, "case/c1", strings.NewReader(content))
			return errors.Join(err, rekey(v))
		},
	} {
		for _, times := range []int{1, 3} {
			t.Run(fmt.Sprint(name, " ", times), func(t *testing.T) {
				t.Parallel()
				for step := 1; ; step++ {
					keys, master, folder := newMemory(), newMaster(t), t.TempDir()
					v, other := open(t, keys, master, folder), open(t, keys, master, folder)
					put(t, v, "case/c1", "one before")
					n := 0
					v.BeforeDisk(func(what string) {
						if n++; n >= step && n < step+times {
							if err := act(other); err != nil {
								t.Errorf("step %d, before %s: %v", step, what, err)
							}
						}
					})
					digest, _, err := v.Put(ctx, "case/c1", strings.NewReader(content))
					v.BeforeDisk(nil)
					if name == "destroy" {
						// Either came first; what counts is that a Put after it is kept.
						_, gone := get(other, "case/c1", digest)
						if gone != nil && !errors.Is(gone, vault.ErrErased) && !errors.Is(gone, fs.ErrNotExist) {
							t.Fatalf("step %d: %v", step, gone)
						}
						if gone != nil && len(files(t, folder)) != 0 {
							t.Fatalf("step %d: put %v, then %v, and a file is left", step, err, gone)
						}
					} else if err == nil {
						gets(t, open(t, keys, master, folder), "case/c1", digest, content)
						gets(t, v, "case/c1", digest, content)
					} else {
						t.Fatalf("step %d: %v", step, err)
					}
					digest = put(t, v, "case/c1", content)
					gets(t, other, "case/c1", digest, content)
					if n < step {
						return
					}
				}
			})
		}
	}
}

// TestSettleWhileAnotherProcessPuts is the other way round.
func TestSettleWhileAnotherProcessPuts(t *testing.T) {
	for step := 1; ; step++ {
		keys, master, folder := newMemory(), newMaster(t), t.TempDir()
		v, other := open(t, keys, master, folder), open(t, keys, master, folder)
		before := put(t, other, "case/c1", "one before")
		var during [32]byte
		n := 0
		act := func(string) {
			if n++; n == step {
				during = put(t, other, "case/c1", "one during")
				put(t, other, "case/c1", "one before")
			}
		}
		v.BeforeDisk(act)
		keys.step = func(what string) error { act(what); return nil }
		k, err := v.Rekey(ctx, "case/c1")
		if err == nil {
			err = k.Settle(ctx)
		}
		if err != nil {
			t.Fatal(err)
		}
		if n < step {
			return
		}
		fresh := open(t, keys, master, folder)
		gets(t, fresh, "case/c1", before, "one before")
		gets(t, fresh, "case/c1", during, "one during")
	}
}

// TestSettleOvertakenAtAnyStep: another process rekeys within a Settle, and has resealed
// nothing yet. What is under the key between must not be lost.
func TestSettleOvertakenAtAnyStep(t *testing.T) {
	for step := 1; ; step++ {
		keys, master, folder := newMemory(), newMaster(t), t.TempDir()
		v, other := open(t, keys, master, folder), open(t, keys, master, folder)
		sealed, digest := seal(t, v, "case/c1", "words"), put(t, v, "case/c1", "picture")
		k, err := v.Rekey(ctx, "case/c1")
		if err != nil {
			t.Fatal(err)
		}
		if sealed, err = k.Reseal(ctx, sealed); err != nil {
			t.Fatal(err)
		}
		n := 0
		act := func(string) {
			if n++; n == step {
				if _, err := other.Rekey(ctx, "case/c1"); err != nil {
					t.Error(err)
				}
			}
		}
		v.BeforeDisk(act)
		keys.step = func(what string) error { // other's own changes are not counted
			if step := keys.step; true {
				keys.step = nil
				act(what)
				keys.step = step
			}
			return nil
		}
		err = k.Settle(ctx)
		if err != nil && !errors.Is(err, vault.ErrOvertaken) {
			t.Fatal(err)
		}
		if n < step {
			return
		}
		fresh := open(t, keys, master, folder)
		opens(t, fresh, "case/c1", sealed, "words")
		gets(t, fresh, "case/c1", digest, "picture")
	}
}

// TestOpenAndGetNoticeARekeyElsewhere without Forget.
func TestOpenAndGetNoticeARekeyElsewhere(t *testing.T) {
	keys, master, folder := newMemory(), newMaster(t), t.TempDir()
	here, there := open(t, keys, master, folder), open(t, keys, master, folder)
	digest := put(t, here, "case/c1", "picture")
	for range 2 { // the second time the file key is only beside the file
		gets(t, here, "case/c1", digest, "picture")
		k, err := there.Rekey(ctx, "case/c1")
		if err == nil {
			err = k.Settle(ctx)
		}
		if err != nil {
			t.Fatal(err)
		}
		if n := here.Remembered(); n != 1 {
			t.Fatalf("%d chains are remembered, want the old key of one", n)
		}
	}
	gets(t, here, "case/c1", digest, "picture")
	gets(t, here, "case/c1", put(t, there, "case/c1", "another"), "another")
	here.Forget()
	seal(t, here, "case/c1", "words")
	k, err := there.Rekey(ctx, "case/c1")
	if err != nil {
		t.Fatal(err)
	}
	opens(t, here, "case/c1", seal(t, there, "case/c1", "words"), "words")
	if err := k.Settle(ctx); err != nil {
		t.Fatal(err)
	}
}

// TestFileKeyThatIsDamagedDoesNotHideAnother: of two beside a file one is enough.
func TestFileKeyThatIsDamagedDoesNotHideAnother(t *testing.T) {
	keys, master, folder := newMemory(), newMaster(t), t.TempDir()
	v := open(t, keys, master, folder)
	digest := put(t, v, "case/c1", "picture")
	rekey := func() {
		k, err := v.Rekey(ctx, "case/c1")
		if err == nil {
			err = k.Settle(ctx)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	rekey()
	before := files(t, folder)
	keys.step = func(what string) error {
		if what == "before replace" && len(files(t, folder)) > len(before) {
			return errStopped // the new file key is there, the old data key too
		}
		return nil
	}
	k, err := v.Rekey(ctx, "case/c1")
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Settle(ctx); !errors.Is(err, errStopped) {
		t.Fatal(err)
	}
	keys.step = nil
	for name, content := range files(t, folder) {
		if _, is := before[name]; !is {
			write(t, filepath.Join(folder, name), content[:20]+"?"+content[21:])
		}
	}
	gets(t, v, "case/c1", digest, "picture")
	rekey()
	gets(t, v, "case/c1", digest, "picture")
}

func TestRotateLeavesNothingUnderTheOldMaster(t *testing.T) {
	keys, old, to := newMemory(), newMaster(t), newMaster(t)
	v := open(t, keys, old, "")
	sealed := map[string][]byte{}
	for i := range 20 {
		chain := fmt.Sprint("case/", i)
		sealed[chain] = seal(t, v, chain, chain)
	}
	if _, err := v.Rekey(ctx, "case/7"); err != nil { // not settled
		t.Fatal(err)
	}
	var told []string
	n, err := v.Rotate(ctx, to, func(done, of int) { told = append(told, fmt.Sprint(done, "/", of)) })
	if err != nil || n != 20 || len(told) != 20 || told[19] != "20/20" {
		t.Fatalf("%d rotated, %v; told %v", n, err, told)
	}
	seal(t, v, "case/new", "words")
	for tag, r := range keys.rows {
		if r.master != to.ID() {
			t.Errorf("row %x is wrapped by %s", tag, r.master)
		}
	}
	fresh := open(t, keys, to, "")
	for chain, s := range sealed {
		opens(t, fresh, chain, s, chain)
		opens(t, v, chain, s, chain)
	}
	if n, err := fresh.Rotate(ctx, to, nil); n != 0 || err != nil {
		t.Errorf("rotated again: %d, %v", n, err)
	}
	if _, err := open(t, keys, old, "").Open(ctx, "case/1", sealed["case/1"]); err == nil || errors.Is(err, vault.ErrErased) {
		t.Errorf("with the old master key: %v", err)
	}
}

var errStopped = errors.New("stopped")

func TestRotateStoppedAtAnyStepGoesOn(t *testing.T) {
	old, to := newMaster(t), newMaster(t)
	for stop := 1; ; stop++ {
		keys := newMemory()
		v := open(t, keys, old, "")
		sealed := map[string][]byte{}
		for i := range 5 {
			chain := fmt.Sprint("case/", i)
			sealed[chain] = seal(t, v, chain, chain)
		}
		n := 0
		keys.step = func(string) error {
			if n++; n == stop {
				return errStopped
			}
			return nil
		}
		_, err := v.Rotate(ctx, to, nil)
		if err != nil && !errors.Is(err, errStopped) {
			t.Fatal(err)
		}
		keys.step = nil
		both, err2 := vault.New(vault.Config{Keys: keys, Master: to, Older: []vault.KeyService{old}, TagKey: tagKey, Random: rand.Reader})
		if err2 != nil {
			t.Fatal(err2)
		}
		for chain, s := range sealed {
			opens(t, both, chain, s, chain)
			opens(t, v, chain, s, chain)
		}
		if _, err := both.Rotate(ctx, to, nil); err != nil {
			t.Fatal(err)
		}
		for chain, s := range sealed {
			opens(t, open(t, keys, to, ""), chain, s, chain)
		}
		if err == nil {
			return
		}
	}
}

// TestRotateWhileOthersWork: destroyed rows do not come back, and what is new is not lost.
func TestRotateWhileOthersWork(t *testing.T) {
	keys, old, to := newMemory(), newMaster(t), newMaster(t)
	v := open(t, keys, old, "")
	both, err := vault.New(vault.Config{Keys: keys, Master: to, Older: []vault.KeyService{old}, TagKey: tagKey, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		seal(t, v, fmt.Sprint("case/", i), "words")
	}
	var all sync.WaitGroup
	all.Go(func() {
		if _, err := v.Rotate(ctx, to, nil); err != nil {
			t.Error(err)
		}
	})
	all.Go(func() {
		for i := range 50 {
			if err := both.Destroy(ctx, fmt.Sprint("case/", i)); err != nil {
				t.Error(err)
			}
			seal(t, both, fmt.Sprint("new/", i), "words")
			if k, err := both.Rekey(ctx, fmt.Sprint("case/", 50+i)); err != nil || k.Settle(ctx) != nil {
				t.Error("rekey", err)
			}
		}
	})
	all.Wait()
	if len(keys.rows) != 100 {
		t.Errorf("%d rows, want 100", len(keys.rows))
	}
	for tag, r := range keys.rows {
		if r.master != to.ID() {
			t.Errorf("row %x is wrapped by %s", tag, r.master)
		}
	}
}

// TestRotateFindsRowsThatCameMeanwhile: a process that prefers the old master key still
// makes one while Rotate is at its last row.
func TestRotateFindsRowsThatCameMeanwhile(t *testing.T) {
	keys, old, to := newMemory(), newMaster(t), newMaster(t)
	v, late := open(t, keys, old, ""), open(t, keys, old, "")
	seal(t, v, "case/1", "words")
	keys.step = func(what string) error {
		if what == "after replace" {
			keys.step = nil
			seal(t, late, "case/2", "words")
		}
		return nil
	}
	if n, err := v.Rotate(ctx, to, nil); n != 2 || err != nil {
		t.Errorf("%d rotated, %v; want 2", n, err)
	}
}

func TestRotateStopsWithItsContext(t *testing.T) {
	keys := newMemory()
	v := open(t, keys, newMaster(t), "")
	seal(t, v, "case/1", "words")
	done, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := v.Rotate(done, newMaster(t), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("rotate: %v", err)
	}
}
