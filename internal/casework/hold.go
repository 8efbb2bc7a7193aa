package casework

import (
	"context"
	"fmt"

	"candour/internal/record"
)

// Hold keeps a case from being erased: a legal hold, as an inquiry or a court imposes it,
// an appeal that may come, a review that is under way.
type Hold struct {
	ID     string // a word, unique on the case
	Basis  string
	Until  string // the last day; empty: open
	By     string
	Second string
	Placed string // when
	Index  int64  // its entry
	Lifted *Lifting
}

// Lifting is the end of a hold before its time.
type Lifting struct {
	By, Reason, When string
	Index            int64
}

// InForce tells whether the hold holds on a day.
func (h *Hold) InForce(day string) bool {
	return h.Lifted == nil && (h.Until == "" || h.Until == open || day <= h.Until)
}

// open is what a hold says that has no last day.
const open = "open"

// Held refuses to erase what is held.
type Held struct {
	Case string
	Hold Hold
}

func (h *Held) Error() string {
	until := "open"
	if h.Hold.Until != open && h.Hold.Until != "" {
		until = "until " + h.Hold.Until
	}
	return fmt.Sprintf("case %s is under the hold %s (%s, placed by %s: %s); a hold wins. Whoever may lift it says why: candour hold --lift %s", h.Case, h.Hold.ID, until, h.Hold.By, h.Hold.Basis, h.Hold.ID)
}

// lift notes that a hold was lifted.
func (f *File) lift(e *record.Fact) {
	for i := range f.Holds {
		if f.Holds[i].ID == e.Get("id") && f.Holds[i].Lifted == nil {
			f.Holds[i].Lifted = &Lifting{By: e.By, Reason: e.Get("reason"), When: e.Happened, Index: e.Index}
		}
	}
}

// PlaceHold places a hold on a case. Where it has no id it gets the next number: h1, h2.
// What was placed is never altered: to hold for longer, place another.
func (k *Keeper) PlaceHold(ctx context.Context, kase string, h Hold) (Hold, error) {
	if err := checkText("the basis of a hold", h.Basis); err != nil {
		return h, err
	}
	if err := checkPerson("who places the hold", h.By); err != nil {
		return h, err
	}
	if h.Second != "" {
		if err := checkSecond(h.By, h.Second); err != nil {
			return h, err
		}
	}
	f, err := k.file(ctx, kase, noTime)
	if err != nil {
		return h, err
	}
	if h, err = k.newHold(f, h); err != nil {
		return h, err
	}
	placed, err := k.appendAt(ctx, f, record.Draft{Kind: kindHold, By: h.By,
		Fields: fields(field("id", h.ID), field("scope", "case"), field("basis", h.Basis), field("until", h.Until), field("second", h.Second))})
	h.Index, h.Placed = placed.Index, k.happened()
	return h, err
}

func (k *Keeper) newHold(f *File, h Hold) (Hold, error) {
	if !f.Left() {
		return h, fmt.Errorf("case %s was erased: nothing is left to be held", f.Case)
	}
	if h.Until == "" {
		h.Until = open
	}
	if h.Until != open {
		if err := checkDay("until", h.Until); err != nil {
			return h, err
		}
		if h.Until < k.today() {
			return h, fmt.Errorf("until %s: the day is past, so that the hold would hold nothing", h.Until)
		}
	}
	if h.ID == "" {
		h.ID = fmt.Sprintf("h%d", len(f.Holds)+1)
	}
	for _, other := range f.Holds {
		if other.ID == h.ID {
			return h, fmt.Errorf("case %s has or had a hold %s; give this one another id", f.Case, h.ID)
		}
	}
	return h, checkWord("the id of a hold", h.ID)
}

// LiftHold lifts a hold. Both stay on record.
func (k *Keeper) LiftHold(ctx context.Context, kase, id, reason, by string) error {
	if err := checkText("why a hold is lifted", reason); err != nil {
		return err
	}
	if err := checkPerson("who lifts the hold", by); err != nil {
		return err
	}
	f, err := k.file(ctx, kase, noTime)
	if err != nil {
		return err
	}
	for _, h := range f.Holds {
		if h.ID != id {
			continue
		}
		if h.Lifted != nil {
			return fmt.Errorf("the hold %s of case %s was lifted by %s already", id, kase, h.Lifted.By)
		}
		_, err := k.appendAt(ctx, f, record.Draft{Kind: kindHoldLifted, By: by,
			Fields: fields(field("id", id), field("reason", reason))})
		return err
	}
	return fmt.Errorf("case %s has no hold %q", kase, id)
}

// Holds reads the holds of a case, those that were lifted or have ended too.
func (k *Keeper) Holds(ctx context.Context, kase string) (*File, error) {
	return k.file(ctx, kase, noTime)
}
