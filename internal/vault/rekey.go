package vault

import (
	"context"
	"errors"
)

// ErrOvertaken says that the chain was rekeyed once more meanwhile. What was done so far is
// safe; begin again with Rekey.
var ErrOvertaken = errors.New("the chain was rekeyed again meanwhile")

// Rekeying is a chain that has a new data key beside its old ones.
type Rekeying struct {
	vault *Vault
	chain string
	tag   tag
	key   keyID // the newest, when it was made
}

// Rekey gives a chain a new data key. It is how one fact or attachment of a chain is erased
// in backups too, where the rest of the chain stays:
//
//  1. Rekey. From here on Seal uses the new key, and Open opens what any of them sealed.
//  2. In one transaction: the erased payload goes, each payload that remains is
//     replaced by Reseal of it, and whatever tells of the erasure is appended.
//  3. Settle, which gives the attachments that remain to the new key and then destroys the
//     old ones.
//  4. Escrow, and a new backup: older backups cannot give back this chain any more.
//
// A crash between or within these loses nothing: all keys stay until Settle has run, and
// whoever begins again calls Rekey again, which adds one more key.
//
// Another vault may go on to Seal under an old key, which it remembers; what it seals so
// must not be stored after step 2, or Settle would make it unreadable. The caller sees to
// that where it orders what it stores. The transaction of step 2 raises a number, say in
// the head. A process remembers that number as it was when it last called Forget: read
// first, then Forget, then remember. An append takes what is remembered, seals, and compares
// within its transaction; where the stored number is another, it stores nothing, calls
// Forget in that order, and seals again.
func (v *Vault) Rekey(ctx context.Context, chain string) (*Rekeying, error) {
	raw, err := v.newKey()
	if err != nil {
		return nil, err
	}
	t := v.tag(chain)
	err = v.change(ctx, chain, func(raws [][keySize]byte) ([][keySize]byte, error) {
		return append([][keySize]byte{raw}, raws...), nil
	})
	if err != nil {
		return nil, t.errorf("rekey: %w", err)
	}
	return &Rekeying{v, chain, t, nameOf(raw)}, nil
}

// Reseal opens what any key of the chain sealed and seals it under the new one. What is
// sealed under the new one already it returns as it is. After an ErrOvertaken the
// caller's transaction is not committed.
func (k *Rekeying) Reseal(ctx context.Context, sealed []byte) ([]byte, error) {
	r, err := k.vault.ringOf(ctx, k.chain, k.vault.noKey)
	if err == nil && r.keys[0].id != k.key {
		r, err = k.vault.fresh(ctx, k.chain, k.vault.noKey)
	}
	if err != nil {
		return nil, err
	}
	if r.keys[0].id != k.key {
		return nil, k.tag.errorf("reseal: %w", ErrOvertaken)
	}
	id, err := readHead(sealed)
	if err != nil || id == k.key {
		return sealed, err
	}
	plain, err := k.vault.Open(ctx, k.chain, sealed)
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	return r.keys[0].seal(plain, r.keys[0].about), nil
}

// Settle gives the chain's attachments to the new data key, then destroys the old ones. It is
// called once the transaction with all that was resealed is durable; called again, it
// finishes what was left.
func (k *Rekeying) Settle(ctx context.Context) error {
	v := k.vault
	r, err := v.fresh(ctx, k.chain, v.noKey)
	if err != nil {
		return err
	}
	if err := v.rewrapFiles(ctx, r); err != nil {
		return k.tag.errorf("settle attachments: %w", err)
	}
	err = v.change(ctx, k.chain, func(raws [][keySize]byte) ([][keySize]byte, error) {
		if nameOf(raws[0]) != k.key {
			return nil, ErrOvertaken
		}
		return raws[:1], nil
	})
	if err != nil {
		return k.tag.errorf("settle: %w", err)
	}
	if err := v.dropWraps(r.tag, k.key); err != nil {
		return k.tag.errorf("settle attachments: %w", err)
	}
	return nil
}

// change replaces the keys of a chain by what to makes of them, and begins anew where
// another was faster.
func (v *Vault) change(ctx context.Context, chain string, to func([][keySize]byte) ([][keySize]byte, error)) error {
	defer v.cache.forget(chain) // after an error too: the row may be another all the same
	for {
		done, err := v.tryChange(ctx, v.tag(chain), to)
		if done || err != nil {
			return err
		}
	}
}

func (v *Vault) tryChange(ctx context.Context, t tag, to func([][keySize]byte) ([][keySize]byte, error)) (bool, error) {
	master, row, err := v.keys.Get(ctx, t)
	if err != nil {
		return false, err
	}
	if row == nil {
		return false, v.erased
	}
	raws, err := v.unwrap(ctx, t, master, row)
	if err != nil {
		return false, err
	}
	if raws, err = to(raws); err != nil {
		return false, err
	}
	master, wrapped, err := v.wrap(ctx, t, raws)
	if err != nil {
		return false, err
	}
	return v.keys.Replace(ctx, t, row, master, wrapped)
}
