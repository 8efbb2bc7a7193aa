package casework

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"candour"
	"candour/internal/docket"
	"candour/internal/record"
)

// Request asks for entries of a case to be erased, or for all of it.
type Request struct {
	Case     string
	Entries  []int64 // indexes, or
	All      bool
	Basis    string // the law, order or rule, and why it applies
	By       string
	Second   string // another person, who has looked at it independently
	ReviewOf string // the review date on which it was decided to dispose of the case; may be empty
}

// Plan is what an erasure would do.
type Plan struct {
	Request
	Retention   *Retention
	Goes, Stays []Item
	Kept        int       // entries that say how the case is kept, which stay
	Attachments int       // that only what goes names
	Reads       int       // reads on record that name what goes, which go with it
	Notes       []string  // what somebody should know who decides
	Unfinished  []Erasure // that were begun before, and are carried out first

	file  *File
	going []*record.Fact
}

// Item is an entry in a plan: what it is, never what it says.
type Item struct {
	Index          int64
	What, ID, Kind string // a fact f1 of kind report.received
	Happened       string
}

// PlanErasure says what an erasure would take and what would stay, or why it is refused. It
// changes nothing.
func (k *Keeper) PlanErasure(ctx context.Context, r Request) (*Plan, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	f, err := k.file(ctx, r.Case, noTime)
	if err != nil {
		return nil, err
	}
	p := &Plan{Request: r, Retention: f.Retention, Unfinished: f.unfinished(), file: f}
	if err := p.choose(); err != nil {
		return nil, err
	}
	if h := f.held(k.today()); h != nil && (len(p.going) > 0 || len(f.remaining()) > 0) {
		return nil, &Held{f.Case, *h}
	}
	if err := p.review(k.today()); err != nil {
		return nil, err
	}
	if err := p.whole(); err != nil {
		return nil, err
	}
	if err := p.list(); err != nil {
		return nil, err
	}
	p.Attachments = len(f.attachmentsOf(p.going))
	reads, err := k.readsNaming(ctx, f.Chain, p.going)
	p.Reads = len(reads)
	return p, err
}

func (r Request) check() error {
	if r.All == (len(r.Entries) > 0) {
		return fmt.Errorf("say which entries are to be erased, or all")
	}
	if err := checkText("the basis", r.Basis); err != nil {
		return err
	}
	if err := checkPerson("who erases", r.By); err != nil {
		return err
	}
	if err := checkSecond(r.By, r.Second); err != nil {
		return err
	}
	if r.ReviewOf != "" {
		return checkDay("the review of", r.ReviewOf)
	}
	return nil
}

// erasable are the entries that can be erased: readable, and not among those that say how the case is kept.
func (f *File) erasable() (out []*record.Fact) {
	for _, e := range f.facts {
		if !e.Erased && !keeping(e.Kind) {
			out = append(out, e)
		}
	}
	return out
}

// choose finds the entries that are asked for. Those that an unfinished erasure names are
// not told of again.
func (p *Plan) choose() error {
	if p.All {
		for _, e := range p.file.erasable() {
			if !p.begun(e) {
				p.going = append(p.going, e)
			}
		}
	}
	for _, index := range p.Entries {
		e, err := p.file.entry(index)
		if err != nil {
			return err
		}
		if !p.begun(e) && !slices.Contains(p.going, e) {
			p.going = append(p.going, e)
		}
	}
	slices.SortFunc(p.going, func(a, b *record.Fact) int { return int(a.Index - b.Index) })
	if len(p.going) == 0 && len(p.Unfinished) == 0 {
		return fmt.Errorf("case %s: all of that was erased before; nothing is left to be done", p.Case)
	}
	return nil
}

// entry is an entry that can be erased.
func (f *File) entry(index int64) (*record.Fact, error) {
	for _, e := range f.facts {
		switch {
		case e.Index != index:
		case e.Erased:
			for _, by := range f.Erasures {
				if by.leaves[e.Leaf] && by.Done {
					return nil, fmt.Errorf("entry %d was erased before: entry %d tells of it", index, by.Index)
				}
			}
			return e, nil
		case keeping(e.Kind):
			return nil, fmt.Errorf("entry %d says how the case is kept (%s), which is never erased: by it anybody can see that the rest was erased lawfully", index, e.Kind)
		default:
			return e, nil
		}
	}
	return nil, fmt.Errorf("entry %d is none of case %s", index, f.Case)
}

// review holds the erasure against the review that it says it follows from.
func (p *Plan) review(today string) error {
	switch r := p.Retention; {
	case p.ReviewOf == "" && r != nil && r.Review > today:
		p.Notes = append(p.Notes, fmt.Sprintf("the case is retained in class %s until its review on %s, which has not come", r.Class, r.Review))
		return nil
	case p.ReviewOf == "":
		return nil
	case r == nil || r.Review != p.ReviewOf:
		return fmt.Errorf("case %s has no review date %s; candour retain --due lists those that are due", p.Case, p.ReviewOf)
	default:
		return p.file.reviewed(today)
	}
}

// whole refuses to take the case's line or a party's where other lines would stay: without them
// what stays could not be read as a case.
func (p *Plan) whole() error {
	var head *record.Fact
	for _, e := range p.going {
		if what := docket.What(e); docket.IsLine(e) && what != "fact" && head == nil {
			head = e
		}
	}
	if head == nil {
		return nil
	}
	stays := 0
	for _, e := range p.file.erasable() {
		if docket.IsLine(e) && !slices.Contains(p.going, e) && !p.begun(e) {
			stays++
		}
	}
	if stays > 0 {
		return fmt.Errorf("entry %d is the %s itself, and %d other entries of case %s would stay: they cannot be read without it. Erase the whole case (--all), or the facts alone", head.Index, docket.What(head), stays, p.Case)
	}
	return nil
}

func (p *Plan) begun(e *record.Fact) bool {
	return slices.ContainsFunc(p.Unfinished, func(u Erasure) bool { return u.leaves[e.Leaf] })
}

// list tells what goes and what stays, and what of one names the other.
func (p *Plan) list() error {
	goes := map[string]int64{} // ids of facts that go
	var stay []*record.Fact
	refers := map[int64][]string{}
	for _, e := range p.file.facts {
		if e.Erased || p.begun(e) {
			continue
		}
		if keeping(e.Kind) {
			p.Kept++
			continue
		}
		item, names, err := itemOf(e)
		if err != nil {
			return err
		}
		refers[e.Index] = names
		if slices.Contains(p.going, e) {
			p.Goes = append(p.Goes, item)
			goes[item.ID] = e.Index
		} else {
			p.Stays = append(p.Stays, item)
			stay = append(stay, e)
		}
	}
	for _, e := range stay {
		for _, id := range refers[e.Index] {
			if at, ok := goes[id]; ok {
				p.Notes = append(p.Notes, fmt.Sprintf("entry %d stays and names entry %d, which goes", e.Index, at))
			}
		}
	}
	p.revived(refers)
	return nil
}

// revived tells which corrections go, so that what they corrected stands again.
func (p *Plan) revived(refers map[int64][]string) {
	ids := map[string]int64{}
	for _, s := range p.Stays {
		ids[s.ID] = s.Index
	}
	for _, e := range p.going {
		for _, id := range refers[e.Index] {
			if at, ok := ids[id]; ok && supersedes(e) == id {
				p.Notes = append(p.Notes, fmt.Sprintf("entry %d goes, and entry %d, which it corrects, will stand again as it was before", e.Index, at))
			}
		}
	}
}

func supersedes(e *record.Fact) string { return unquote(e.Get("supersedes")) }

// itemOf is an entry as a plan shows it, and the ids of the facts that it names.
func itemOf(e *record.Fact) (item Item, names []string, err error) {
	item = Item{Index: e.Index, What: strings.TrimPrefix(e.Kind, "record."), Happened: e.Happened}
	if !docket.IsLine(e) {
		return item, nil, nil
	}
	l, err := docket.Line(e)
	if err != nil {
		return item, nil, err
	}
	item.What, item.ID = l.What, l.ID
	if l.What == "fact" {
		item.Kind = e.Kind
	}
	for _, name := range []string{"supersedes", "answers", "confirms"} {
		names = append(names, texts(e.Get(name))...)
	}
	return item, names, nil
}

// Done is what an erasure did.
type Done struct {
	Erasures    []Erasure // that were carried out, the latest last
	Entries     int       // that are gone by them
	Attachments int
	Reads       int
}

// Erase carries a plan out, and before it whatever was begun on the case and not carried
// out. What it does, in this order, and what is seen where it is broken off after a step:
//
//  1. The erasure is sealed on the case's chain: basis, persons, and the leaf of all that is
//     erased. After it, verification counts these entries as remaining, not as erased: they can
//     still be read.
//  2. Reads that name what is erased are told to be erased on their own record, in the same way.
//  3. The chain gets a new data key beside the old one.
//  4. Attachments that only erased entries name are removed. After it, such an entry can be read
//     and its attachment cannot.
//  5. Of the reads and then of the case, in one transaction each, the erased ciphertexts are
//     removed and the others replaced by ones under the new key. After it, verification counts the
//     entries as erased lawfully, and the erasure as unfinished: the old key is still there,
//     and opens what a backup has of them.
//  6. The old key is destroyed, and the database's files are rid of what was overwritten. After it,
//     nothing opens them but the escrow, which still has the old key: the erasure is unfinished.
//  7. After is called: the escrow is written again, derived rows are dropped.
//  8. It is sealed that the erasure was carried out.
//
// At no step is anything said to be changed. Whoever breaks off calls again with the same
// request, or another erasure of the case: what was begun is carried out first, by what the
// record says. A copy of the database that was made before step 6 has the old key too, wrapped by the
// master key: erasure reaches backups that leave the table of data keys out.
func (k *Keeper) Erase(ctx context.Context, p *Plan) (*Done, error) {
	if len(p.going) > 0 {
		if err := k.tell(ctx, p); err != nil {
			return nil, err
		}
	}
	d, err := k.Finish(ctx, p.Case)
	if err != nil || len(d.Erasures) > 0 {
		return d, err
	}
	f, err := k.file(ctx, p.Case, noTime) // somebody else carried it out meanwhile, with their own
	if err != nil {
		return nil, err
	}
	return &Done{Erasures: f.Erasures, Entries: len(p.going), Attachments: p.Attachments, Reads: p.Reads}, nil
}

// tell seals the erasure. It is refused where the case grew since it was planned: by a hold, it may be.
func (k *Keeper) tell(ctx context.Context, p *Plan) error {
	scope := "entries"
	if p.All {
		scope = "case"
	}
	d := record.Draft{Kind: candour.KindErasure, By: p.By,
		Fields: append(naming(p.going), fields(field("scope", scope), field("basis", p.Basis), field("second", p.Second), field("review_of", p.ReviewOf))...)}
	if p.Retention != nil {
		d.Fields = append(d.Fields, fields(field("class", p.Retention.Class))...)
	}
	_, err := k.appendAt(ctx, p.file, d)
	return err
}
