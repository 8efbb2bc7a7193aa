// Package casework is the one door to the work on a record: whoever acts comes through here,
// is told what an act would do, and has it done or refused. One file an act.
//
// An act reads what the chain of a case says, decides, and appends what was decided, on
// condition that the chain has not grown since: what was decided on less is refused. It
// knows the record and never which store holds it; of the vault it knows the few calls that
// an erasure needs.
//
// # Holds, retention and erasure
//
// The words: a hold keeps a case from being erased, whatever else is said. A case is retained in a
// class (of the management of police information, MoPI, or of the body's own schedule) until it is
// reviewed; on its review date somebody decides to retain it on or to dispose of it. Disposal is
// erasure, with a basis, by two persons. All of it is told on the case's own chain:
//
//	record.hold               a hold is placed: id, basis, until a day or open
//	record.hold_lifted        and lifted: id, reason
//	record.retention          class, review date, reason; the last one stands
//	record.disposal_proposed  somebody proposes, after the review date, to dispose of the case
//	record.erasure            what is erased (leaf hashes), basis, by whom, second person
//	record.erasure_done       the erasure was carried out to its end
//
// These are never erased themselves, since they show that what was erased was erased lawfully:
// their words should name nobody whom the case is about.
//
// What is always true:
//
//   - Nothing is erased by a clock. Due cases are listed, and people decide.
//   - A hold in force wins, also over an erasure that was begun and has removed nothing yet.
//   - An erasure is told before anything is removed, and can be carried out to its end by
//     anybody at any time after; see [Keeper.Erase] for what is seen between.
//   - What other entries of the case say, and reads of it, stay readable and verify.
package casework

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"candour"
	"candour/internal/record"
)

// Keeper keeps cases: it holds, retains and erases them.
type Keeper struct {
	Log   *record.Log
	Reads *record.Log // who read what, sealed under the data keys of the same chains; nil: there is none
	Vault Vault
	Now   func() time.Time
	Zone  *time.Location // of days

	// Classes are the classes of retention that the body has; where there are none, any word is one.
	Classes []string

	// After is called when everything that an erasure names is gone from the record, with its
	// data keys, and before that is told: the caller writes the escrow again, which else still holds the keys, and
	// drops what was derived of the case. It may be called more than once for one erasure. It
	// may be nil.
	After func(ctx context.Context, kase string) error
}

// Vault is what an erasure needs of the vault. Chains are called as [record.Log.SealedChain]
// calls them.
type Vault interface {
	// Rekey gives the chain a new data key beside its old ones, which Seal uses from now on. A
	// chain may be rekeyed again before the last was settled.
	Rekey(ctx context.Context, chain string) (Rekeying, error)
	// Drop removes an attachment of the chain, durably, if it is there.
	Drop(ctx context.Context, chain string, digest [32]byte) error
}

// Rekeying is a chain that has a new data key. Both of its methods give an error that is
// [ErrOvertaken] where the chain was rekeyed once more.
type Rekeying interface {
	// Reseal opens what any key of the chain sealed, and seals it under the new one.
	Reseal(ctx context.Context, sealed []byte) ([]byte, error)
	// Settle gives the attachments that remain to the new key, and destroys the old ones.
	Settle(ctx context.Context) error
}

// ErrOvertaken says that somebody rekeyed the chain again meanwhile. Nothing is lost: begin again with Rekey.
var ErrOvertaken = errors.New("somebody else erases of the same case and changed its data key meanwhile; do the same again when they are done")

// today is the day on which the keeper acts.
func (k *Keeper) today() string { return k.Now().In(k.Zone).Format(time.DateOnly) }

// happened is now, as a fact says it.
func (k *Keeper) happened() string { return k.Now().UTC().Format(time.RFC3339) }

// checkDay refuses what is no day.
func checkDay(what, s string) error {
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return fmt.Errorf("%s %q: write a day, as 2031-03-01", what, s)
	}
	return nil
}

// person is a name without what two ways of writing it may differ in.
func person(name string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}

// checkPerson refuses a name that is none.
func checkPerson(what, name string) error {
	if person(name) == "" {
		return fmt.Errorf("%s: name a person; an act of this kind is a person's", what)
	}
	return nil
}

// checkSecond refuses a second person who is the first. That the second is independent in
// other ways (no entry on the case, no shared unit or line) is not looked at yet.
func checkSecond(by, second string) error {
	if err := checkPerson("the second person", second); err != nil {
		return err
	}
	if person(by) == person(second) {
		return fmt.Errorf("%q and %q are one person; the second person is another, who has looked at it independently", by, second)
	}
	return nil
}

// checkWord refuses what is not one word.
func checkWord(what, s string) error {
	if !candour.IsToken(s) {
		return fmt.Errorf("%s %q: write one word", what, s)
	}
	return nil
}

// checkText refuses an empty text.
func checkText(what, s string) error {
	if strings.TrimSpace(s) == "" {
		return fmt.Errorf("%s: say it in words; it stays on record", what)
	}
	return nil
}

// field is a field of a fact; one without a value is left out by fields.
func field(name, value string) record.Field {
	return record.Field{Name: name, Value: []byte(value)}
}

// fields leaves out those without a value.
func fields(all ...record.Field) []record.Field {
	var out []record.Field
	for _, f := range all {
		if len(f.Value) > 0 {
			out = append(out, f)
		}
	}
	return out
}

// appendAt appends a fact to a case as it was read: it is refused with [record.Stale] where the case grew
// meanwhile. Its key is by chance, since two who decide on the same state are two, whatever they decide.
func (k *Keeper) appendAt(ctx context.Context, f *File, d record.Draft) (record.Placed, error) {
	id := make([]byte, 16)
	if _, err := io.ReadFull(rand.Reader, id); err != nil {
		return record.Placed{}, err
	}
	d.Chain, d.Happened, d.Key = f.Chain, k.happened(), d.Kind+":"+hex.EncodeToString(id)
	placed, err := k.Log.AppendAt(ctx, map[string]int64{f.Chain: f.Entries}, d)
	if err != nil {
		return record.Placed{}, fmt.Errorf("case %s: %w", f.Case, err)
	}
	return placed[0], nil
}
