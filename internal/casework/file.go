package casework

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"candour"
	"candour/internal/docket"
	"candour/internal/record"
)

// The kinds of fact that say how a case is kept. Those of erasures are candour.KindErasure and
// record.KindErasureDone.
const (
	kindHold       = "record.hold"
	kindHoldLifted = "record.hold_lifted"
	kindRetention  = "record.retention"
	kindProposed   = "record.disposal_proposed"
)

// keeping tells whether a kind says how a case is kept: such facts are never erased.
func keeping(kind string) bool {
	switch kind {
	case kindHold, kindHoldLifted, kindRetention, kindProposed, candour.KindErasure, record.KindErasureDone:
		return true
	}
	return false
}

// File is a case as its chain has it, and what that says of how the case is kept.
type File struct {
	Case      string // its reference
	Chain     string
	Entries   int64 // of its chain
	Erased    int64
	Lines     map[string]int64 // readable ones: case, party, fact
	Holds     []Hold           // all there ever were
	Retention *Retention       // the one that stands; nil: none was set
	Proposed  *Proposal        // for the review date that stands
	Erasures  []Erasure

	facts []*record.Fact // all of them, in order
}

// Left tells whether anything of the case itself can still be read.
func (f *File) Left() bool { return f.Lines["case"]+f.Lines["party"]+f.Lines["fact"] > 0 }

// file reads the chain of a case. Known cuts off what was sealed after that moment; the zero time cuts nothing.
func (k *Keeper) file(ctx context.Context, kase string, known time.Time) (*File, error) {
	f, err := k.read(ctx, k.Log.Tag(docket.CaseChain(kase)), known)
	if err == nil && f.Entries == 0 {
		err = fmt.Errorf("the record has no case %q", kase)
	}
	return f, err
}

// read reads the chain of a tag. The name of a case that was erased whole is learnt from what is left.
func (k *Keeper) read(ctx context.Context, tag record.Tag, known time.Time) (*File, error) {
	f := &File{Lines: map[string]int64{}}
	err := k.Log.ChainOf(ctx, tag, 0, func(e *record.Fact) error {
		if !known.IsZero() && e.Sealed() > known.UnixNano() {
			return nil
		}
		f.Entries++
		f.facts = append(f.facts, e)
		if e.Erased {
			f.Erased++
			return nil
		}
		if f.Chain == "" {
			f.Chain = e.Chain
			f.Case, _ = docket.CaseOf(e.Chain)
		}
		f.take(e)
		return nil
	})
	return f, err
}

// take notes what an entry says of how the case is kept.
func (f *File) take(e *record.Fact) {
	switch e.Kind {
	case kindHold:
		f.Holds = append(f.Holds, Hold{ID: e.Get("id"), Basis: e.Get("basis"), Until: e.Get("until"), By: e.By, Second: e.Get("second"), Placed: e.Happened, Index: e.Index})
	case kindHoldLifted:
		f.lift(e)
	case kindRetention:
		f.Retention = &Retention{Class: e.Get("class"), Review: e.Get("review_date"), Reason: e.Get("reason"), By: e.By, Set: e.Happened, Index: e.Index}
		f.Proposed = nil
	case kindProposed:
		f.Proposed = &Proposal{By: e.By, Reason: e.Get("reason"), Made: e.Happened, Index: e.Index}
	case candour.KindErasure:
		f.Erasures = append(f.Erasures, erasureOf(e))
	case record.KindErasureDone:
		for i := range f.Erasures {
			if leaf := f.Erasures[i].Leaf; hex.EncodeToString(leaf[:]) == e.Get(record.FieldErasure) {
				f.Erasures[i].Done = true
			}
		}
	default:
		if docket.IsLine(e) {
			f.Lines[docket.What(e)]++
		}
	}
}

// held is the first hold that is in force on a day, nil where there is none.
func (f *File) held(day string) *Hold {
	for i := range f.Holds {
		if f.Holds[i].InForce(day) {
			return &f.Holds[i]
		}
	}
	return nil
}

// unfinished are the erasures of which nothing says that they were carried out.
func (f *File) unfinished() (out []Erasure) {
	for _, e := range f.Erasures {
		if !e.Done {
			out = append(out, e)
		}
	}
	return out
}

// remaining are the entries that an unfinished erasure names and that can still be read.
func (f *File) remaining() (out []*record.Fact) {
	begun := f.unfinished()
	for _, e := range f.facts {
		if !e.Erased && slices.ContainsFunc(begun, func(u Erasure) bool { return u.leaves[e.Leaf] }) {
			out = append(out, e)
		}
	}
	return out
}

// Erasure is an erasure as the chain tells of it.
type Erasure struct {
	Index             int64
	Leaf              record.Hash
	Basis, By, Second string
	Begun             string
	Done              bool // it was carried out to its end

	leaves map[record.Hash]bool
}

func erasureOf(e *record.Fact) Erasure {
	out := Erasure{Index: e.Index, Leaf: e.Leaf, Basis: e.Get("basis"), By: e.By, Second: e.Get("second"), Begun: e.Happened, leaves: map[record.Hash]bool{}}
	for _, word := range strings.Split(e.Get(candour.FieldErased), " ") {
		if b, err := hex.DecodeString(word); err == nil && len(b) == len(record.Hash{}) {
			out.leaves[record.Hash(b)] = true
		}
	}
	return out
}

// naming gives the fields by which an erasure names entries.
func naming(facts []*record.Fact) []record.Field {
	leaves, entries := make([]string, len(facts)), make([]string, len(facts))
	for i, f := range facts {
		leaves[i], entries[i] = hex.EncodeToString(f.Leaf[:]), strconv.FormatInt(f.Index, 10)
	}
	return []record.Field{field(candour.FieldErased, strings.Join(leaves, " ")), field("entries", strings.Join(entries, " "))}
}
