package vault

import (
	"context"
	"errors"
	"fmt"
)

// Rotate wraps all data keys by another master key, and says how many it wrapped anew. The data keys and
// what they encrypt stay as they are. When it returns without error, no row is wrapped
// by any other master key.
//
// Before it, every process is given both master keys, the new one as its Master: a process that
// still prefers the old one would go on to wrap by it. The old one is thrown away after it, once the
// escrow has been tried; whoever has the old one and an old copy of Keys can still read.
//
// After a crash or an error it is called again, and goes on where it was. Meanwhile
// everything can be read and written. Progress may be nil; it is told how many are done, of how
// many known so far.
func (v *Vault) Rotate(ctx context.Context, to KeyService, progress func(done, of int)) (int, error) {
	v.rotating.Lock()
	defer v.rotating.Unlock()
	v.prefer(to)
	done := 0
	for {
		left, err := v.wrappedByOthers(ctx, to.ID())
		if err != nil || len(left) == 0 {
			return done, err
		}
		of := done + len(left)
		for _, t := range left {
			again, err := v.rotate(ctx, t, to.ID())
			if err != nil {
				return done, t.errorf("wrap by master key %s: %w", to.ID(), err)
			}
			if !again {
				of-- // erased, or another was faster
				continue
			}
			done++
			if progress != nil {
				progress(done, of)
			}
		}
	}
}

// wrappedByOthers lists tags, 32 bytes a row, since rows cannot be changed while they are visited.
func (v *Vault) wrappedByOthers(ctx context.Context, than string) (left []tag, err error) {
	err = v.keys.Each(ctx, func(t [32]byte, master string, _ []byte) error {
		if master != than {
			left = append(left, t)
		}
		return ctx.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("list data keys: %w", err)
	}
	return left, nil
}

// rotate wraps the keys of one row anew, and says whether it was needed.
func (v *Vault) rotate(ctx context.Context, t tag, to string) (bool, error) {
	master, row, err := v.keys.Get(ctx, t)
	if err != nil || row == nil || master == to {
		return false, err
	}
	again, err := v.tryChange(ctx, t, func(raws [][keySize]byte) ([][keySize]byte, error) { return raws, nil })
	if errors.Is(err, ErrErased) {
		return false, nil
	}
	return again, err
}
