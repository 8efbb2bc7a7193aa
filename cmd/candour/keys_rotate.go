package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"candour"
	"candour/internal/durable"
	"candour/internal/record"
	"candour/internal/vault"
)

type keysRotateCmd struct {
	Record     string `arg:"" help:"Folder of the record." type:"path"`
	Passphrase bool   `help:"Let the new master key follow from a passphrase (CANDOUR_NEW_PASSPHRASE_FILE) instead of a file."`
	Stopped    bool   `help:"Of a record on PostgreSQL: no other machine has it open."`
	Log        bool   `help:"Rotate the key that signs, instead of the master key."`
	By         string `help:"With --log: who decides it." placeholder:"PERSON"`
	Second     string `help:"With --log: who else." placeholder:"PERSON"`
	Reason     string `help:"With --log: why." placeholder:"TEXT"`
}

func (keysRotateCmd) Help() string {
	return `Examples:
  candour keys rotate northmere
  candour keys rotate northmere --log --by chief-rao --second deputy-okafor --reason "an administrator left"

Nobody else may have the record open meanwhile. What was broken off is gone on with by the same command.

The old master key is destroyed once no data key is wrapped by it and the escrow was written anew. Whoever has
the old one and an old copy of the database can still read what that copy holds.

A new log key joins policy.txt as another line, by which earlier signatures still verify. The last thing that the
old one signs is a checkpoint over the entry that names the new one. Hand the new policy.txt to all who verify.`
}

func (c *keysRotateCmd) Run(a *app) error {
	if c.Log {
		if err := twoPeople(c.By, c.Second, c.Reason); err != nil {
			return err
		}
	}
	ctx := context.Background()
	h, err := a.openToWrite(ctx, c.Record)
	if err != nil {
		return err
	}
	defer h.Close()
	if h.set.Store != "" && !c.Stopped {
		return errors.New("the record is on PostgreSQL, where other machines may have it open with the old key: stop them, then say so with --stopped")
	}
	if err := h.alone(); err != nil {
		return err
	}
	if c.Log {
		return c.log(ctx, a, h)
	}
	return c.master(ctx, a, h)
}

// master rotates the master key. Each step leaves what the next call of this command goes on from:
//
//  1. the new key stands beside the old one, under its name with .new;
//  2. all data keys are wrapped by the new one, and the escrow is written;
//  3. the old one is removed;
//  4. the new one takes the name.
func (c *keysRotateCmd) master(ctx context.Context, a *app, h *home) error {
	name, err := c.newMaster(a, h)
	if err != nil {
		return err
	}
	if h.masters, err = openMasters(h.keys, a); err != nil {
		return err
	}
	to := h.masters[0]
	tick := a.counting("data keys wrapped anew")
	n, err := h.vault.Rotate(ctx, to, func(done, _ int) { tick(int64(done)) })
	a.countingDone()
	if err != nil {
		return fmt.Errorf("%w. Nothing is lost: both master keys are there, and candour keys rotate goes on", err)
	}
	if err := h.noteKey(ctx, a, a.actor(), "master:"+to.ID(), record.Field{Name: "act", Value: []byte("master key rotated")}, record.Field{Name: "to", Value: []byte(to.ID())}); err != nil {
		return err
	}
	if _, err := h.writeEscrow(ctx, a); err != nil {
		return err
	}
	if _, _, err := h.seal(ctx); err != nil {
		return err
	}
	if err := h.onlyBy(ctx, to.ID()); err != nil {
		return err
	}
	for _, old := range []string{fileMaster, filePhrase} {
		if err := os.Remove(filepath.Join(h.keys, old)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if err := errors.Join(os.Rename(filepath.Join(h.keys, name+next), filepath.Join(h.keys, name)), durable.Sync(h.keys)); err != nil {
		return err
	}
	fmt.Fprintf(a.out, "The master key is now %s, in %s. The data keys of %s were wrapped anew; the old one is removed, and the escrow was written.\n", to.ID(), filepath.Join(h.keys, name), count(n, "chain"))
	fmt.Fprintln(a.out, "Give the custodian a new copy (candour keys export). The disk may keep the old key's bytes until they are written over.")
	return nil
}

// newMaster makes the new key, unless one is there from a rotation that was broken off.
func (c *keysRotateCmd) newMaster(a *app, h *home) (name string, err error) {
	for _, name := range []string{fileMaster, filePhrase} {
		if exists(filepath.Join(h.keys, name+next)) {
			fmt.Fprintf(a.out, "A rotation was broken off; it goes on with %s.\n", filepath.Join(h.keys, name+next))
			return name, nil
		}
	}
	if !c.Passphrase {
		_, err := vault.CreateFileKey(filepath.Join(h.keys, fileMaster+next), rand.Reader)
		return fileMaster, err
	}
	phrase, err := phraseOf(newPhrase)
	if err != nil {
		return "", err
	}
	_, err = vault.CreatePassphrase(filepath.Join(h.keys, filePhrase+next), phrase, a.cost, rand.Reader)
	return filePhrase, err
}

// onlyBy refuses to go on while a data key is wrapped by another master key.
func (h *home) onlyBy(ctx context.Context, master string) error {
	return h.store.Keys().Each(ctx, func(_ [32]byte, m string, _ []byte) error {
		if m != master {
			return fmt.Errorf("a data key is wrapped by %s: another process added it; stop it, then call this again", m)
		}
		return nil
	})
}

// log rotates the key that signs. Its steps, each of which the next call goes on from: the new
// key stands beside the old one; the policy names both; the record tells of it, and the old one
// signs that; the new one takes its place.
func (c *keysRotateCmd) log(ctx context.Context, a *app, h *home) error {
	path := filepath.Join(h.keys, fileLog)
	if exists(path + next) {
		fmt.Fprintf(a.out, "A rotation was broken off; it goes on with %s.\n", path+next)
	} else if _, err := writeKey(path + next); err != nil {
		return err
	}
	seed, err := readKey(path + next)
	if err != nil {
		return err
	}
	was, to := h.signer.Public, candour.NewSigner(h.set.Origin, seed).Public
	if err := h.trust(to); err != nil {
		return err
	}
	if err := h.noteKey(ctx, a, c.By, "log:"+to.String(), record.Field{Name: "act", Value: []byte("log key rotated")}, record.Field{Name: "from", Value: []byte(was.String())}, record.Field{Name: "to", Value: []byte(to.String())},
		record.Field{Name: "second", Value: []byte(c.Second)}, record.Field{Name: "why", Value: []byte(c.Reason)}); err != nil {
		return err
	}
	cp, _, err := h.seal(ctx)
	if err != nil {
		return err
	}
	if err := errors.Join(os.Rename(path+next, path), durable.Sync(h.keys)); err != nil {
		return err
	}
	fmt.Fprintf(a.out, "The record is signed by %s from now on. The last checkpoint of %s is that of %s, over the entry that names the new key.\n", to, was, count(int(cp.Size), "entry"))
	fmt.Fprintf(a.out, "Hand %s to all who verify, and to every witness. Give the custodian a new copy (candour keys export).\n", filepath.Join(h.dir, filePolicy))
	return nil
}

// trust adds a key of the body to the policy, unless it is there.
func (h *home) trust(key candour.PublicKey) error {
	for _, l := range h.policy.Logs {
		if l.Key.String() == key.String() {
			return nil
		}
	}
	p := *h.policy
	p.Logs = append(append([]candour.Witness{}, p.Logs...), candour.Witness{Operator: h.set.Operator, Key: key})
	read, err := candour.ParsePolicy([]byte(p.Text()))
	if err != nil {
		return err
	}
	h.policy = read
	return durable.Replace(filepath.Join(h.dir, filePolicy), []byte(read.Text()))
}
