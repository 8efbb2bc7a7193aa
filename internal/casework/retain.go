package casework

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"candour/internal/docket"
	"candour/internal/record"
)

// Retention says in which class a case is retained, and when it is to be reviewed.
type Retention struct {
	Class  string
	Review string // a day
	Reason string
	By     string
	Set    string // when
	Index  int64
}

// Proposal is somebody's word that a case should be disposed of. It does nothing.
type Proposal struct {
	By, Reason, Made string
	Index            int64
}

// Retain sets, or after a review sets anew, the class of a case and the day of its next review. What was set before
// stays on record.
func (k *Keeper) Retain(ctx context.Context, kase string, r Retention) error {
	for _, err := range []error{checkWord("the class", r.Class), k.known(r.Class), checkDay("the review date", r.Review), checkText("the reason", r.Reason), checkPerson("who sets it", r.By)} {
		if err != nil {
			return err
		}
	}
	f, err := k.file(ctx, kase, noTime)
	if err != nil {
		return err
	}
	if !f.Left() {
		return fmt.Errorf("case %s was erased: nothing is left to be retained", kase)
	}
	if s := f.Retention; s != nil && s.Class == r.Class && s.Review == r.Review && s.Reason == r.Reason {
		return fmt.Errorf("case %s is retained so already, since entry %d", kase, s.Index)
	}
	_, err = k.appendAt(ctx, f, record.Draft{Kind: kindRetention, By: r.By,
		Fields: fields(field("class", r.Class), field("review_date", r.Review), field("reason", r.Reason))})
	return err
}

func (k *Keeper) known(class string) error {
	if len(k.Classes) > 0 && !slices.Contains(k.Classes, class) {
		return fmt.Errorf("the class %q is none of the body's: %s", class, strings.Join(k.Classes, ", "))
	}
	return nil
}

// Due is a case whose review date has come.
type Due struct {
	*File
	Held        *Hold // in force then; a hold wins
	Attachments int   // that would go with it
	Unfinished  bool  // an erasure was begun and not carried out
}

// DueList is what a review of the record's cases finds.
type DueList struct {
	Cases   []Due // by review date
	Unset   int   // cases without a class and review date
	Later   int   // cases whose review date has not come
	Begun   []string
	Through string // the day it is true for
}

// Due lists the cases whose review date has come, as at a day; the record is read as it was at the end
// of that day, where it is past. It reads the whole record, and changes nothing.
func (k *Keeper) Due(ctx context.Context, day string) (*DueList, error) {
	if day == "" {
		day = k.today()
	}
	if err := checkDay("as at", day); err != nil {
		return nil, err
	}
	known := noTime
	if day < k.today() {
		start, _ := time.ParseInLocation(time.DateOnly, day, k.Zone) // checked above
		known = start.AddDate(0, 0, 1).Add(-1)
	}
	out := &DueList{Through: day}
	err := k.each(ctx, known, func(f *File) { out.add(f) })
	slices.SortStableFunc(out.Cases, func(a, b Due) int { return strings.Compare(a.Retention.Review, b.Retention.Review) })
	return out, err
}

// Each visits all cases of the record that have entries at that moment.
func (k *Keeper) each(ctx context.Context, known time.Time, visit func(*File)) error {
	var tags []record.Tag
	err := k.Log.EachChain(ctx, func(first *record.Fact) error {
		if _, ok := docket.CaseOf(first.Chain); ok || first.Erased {
			tags = append(tags, first.Tag)
		}
		return nil
	})
	for _, tag := range tags {
		if err != nil {
			return err
		}
		var f *File
		if f, err = k.read(ctx, tag, known); err == nil && f.Case != "" {
			visit(f)
		}
	}
	return err
}

func (l *DueList) add(f *File) {
	if len(f.unfinished()) > 0 {
		l.Begun = append(l.Begun, f.Case)
	}
	switch {
	case !f.Left():
	case f.Retention == nil:
		l.Unset++
	case f.Retention.Review > l.Through:
		l.Later++
	default:
		all := f.erasable()
		d := Due{File: f, Held: f.held(l.Through), Attachments: len(f.attachmentsOf(all)), Unfinished: len(f.unfinished()) > 0}
		f.facts = nil
		l.Cases = append(l.Cases, d)
	}
}

// EachHeld visits the cases that have a hold in force today.
func (k *Keeper) EachHeld(ctx context.Context, visit func(*File)) error {
	today := k.today()
	return k.each(ctx, noTime, func(f *File) {
		if f.held(today) != nil {
			visit(f)
		}
	})
}

// Propose puts on a case's chain that somebody proposes to dispose of it: only once its review date has
// come, and only where it is not held. Erasure is another act, of two persons.
func (k *Keeper) Propose(ctx context.Context, kase, reason, by string) error {
	if err := cmp.Or(checkText("the reason", reason), checkPerson("who proposes", by)); err != nil {
		return err
	}
	f, err := k.file(ctx, kase, noTime)
	if err != nil {
		return err
	}
	if err := f.reviewed(k.today()); err != nil {
		return err
	}
	if h := f.held(k.today()); h != nil {
		return &Held{f.Case, *h}
	}
	if p := f.Proposed; p != nil {
		return fmt.Errorf("disposal of case %s was proposed by %s already, at entry %d", kase, p.By, p.Index)
	}
	_, err = k.appendAt(ctx, f, record.Draft{Kind: kindProposed, By: by,
		Fields: fields(field("class", f.Retention.Class), field("review_date", f.Retention.Review), field("reason", reason))})
	return err
}

// reviewed refuses a case whose review date has not come.
func (f *File) reviewed(today string) error {
	switch {
	case !f.Left():
		return fmt.Errorf("case %s was erased already", f.Case)
	case f.Retention == nil:
		return fmt.Errorf("case %s has no review date; set one with candour retain", f.Case)
	case f.Retention.Review > today:
		return fmt.Errorf("the review date of case %s is %s and has not come", f.Case, f.Retention.Review)
	}
	return nil
}

var noTime time.Time
