package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"candour/internal/casework"
	"candour/internal/vault"
)

// keeper is who holds, retains and erases the cases of the record.
func (h *home) keeper(a *app) (*casework.Keeper, error) {
	zone, err := time.LoadLocation(h.set.Zone)
	if err != nil {
		return nil, err
	}
	k := &casework.Keeper{Log: h.log, Reads: h.reads, Vault: erasing{h.vault}, Now: a.now, Zone: zone, After: func(ctx context.Context, _ string) error { return h.erased(ctx, a) }}
	for class := range h.set.Retention {
		k.Classes = append(k.Classes, class)
	}
	slices.Sort(k.Classes)
	return k, nil
}

// erased follows an erasure: the escrow still holds the keys that were destroyed, and what was
// derived was derived of what is gone. The next sweep derives anew.
func (h *home) erased(ctx context.Context, a *app) error {
	if err := h.forgetDerived(ctx); err != nil {
		return err
	}
	if !h.escrowed() {
		return nil
	}
	_, err := h.writeEscrow(ctx, a)
	return err
}

// escrowed tells whether the record has an escrow, or is to have one.
func (h *home) escrowed() bool { return h.set.Escrow != "" || exists(h.set.escrowPath(h.dir)) }

// erasing is the vault as casework asks for it.
type erasing struct{ *vault.Vault }

func (v erasing) Rekey(ctx context.Context, chain string) (casework.Rekeying, error) {
	k, err := v.Vault.Rekey(ctx, chain)
	if err != nil {
		return nil, err
	}
	return rekeying{k}, nil
}

type rekeying struct{ *vault.Rekeying }

func (k rekeying) Reseal(ctx context.Context, sealed []byte) ([]byte, error) {
	out, err := k.Rekeying.Reseal(ctx, sealed)
	return out, overtaken(err)
}

func (k rekeying) Settle(ctx context.Context) error { return overtaken(k.Rekeying.Settle(ctx)) }

// overtaken says it in casework's word, which does not know the vault.
func overtaken(err error) error {
	if errors.Is(err, vault.ErrOvertaken) {
		return errors.Join(casework.ErrOvertaken, err)
	}
	return err
}

// keeping opens a record for an act on how its cases are kept.
func (a *app) keeping(ctx context.Context, dir string, write bool) (*home, *casework.Keeper, error) {
	open := a.openToRead
	if write {
		open = a.openToWrite
	}
	h, err := open(ctx, dir)
	if err != nil {
		return nil, nil, err
	}
	k, err := h.keeper(a)
	if err != nil {
		return nil, nil, errors.Join(err, h.Close())
	}
	return h, k, nil
}
