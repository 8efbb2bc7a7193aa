package casework

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"candour"
	"candour/internal/record"
)

// Finish carries out the erasures of a case that were begun; of a case without any it does
// nothing. It does all steps again, whatever was done before: each may be.
func (k *Keeper) Finish(ctx context.Context, kase string) (*Done, error) {
	const tries = 8
	for i := 1; ; i++ {
		d, err := k.carryOut(ctx, kase)
		if err == nil || i == tries || !errors.Is(err, ErrOvertaken) {
			return d, err
		}
	}
}

func (k *Keeper) carryOut(ctx context.Context, kase string) (*Done, error) {
	f, err := k.file(ctx, kase, noTime)
	if err != nil {
		return nil, err
	}
	d := &Done{Erasures: f.unfinished()}
	if len(d.Erasures) == 0 {
		return d, nil
	}
	named := map[record.Hash]bool{}
	for _, e := range d.Erasures {
		d.Entries += len(e.leaves)
		for leaf := range e.leaves {
			named[leaf] = true
		}
	}
	still := f.remaining()
	if h := f.held(k.today()); h != nil && len(still) > 0 {
		return nil, &Held{f.Case, *h}
	}
	reads, err := k.tellReads(ctx, f, d.Erasures[len(d.Erasures)-1], still)
	if err != nil {
		return nil, err
	}
	d.Reads = len(reads)
	if d.Attachments, err = k.remove(ctx, f, still, named, reads); err != nil {
		return nil, err
	}
	if k.After != nil {
		if err := k.After(ctx, f.Case); err != nil {
			return nil, fmt.Errorf("case %s: what it names is erased, and this is left to be done, by the same command again: %w", f.Case, err)
		}
	}
	return d, k.tellDone(ctx, f.Chain, d.Erasures)
}

// remove removes what is named: steps 3 to 6 of Erase. It says how many attachments went.
func (k *Keeper) remove(ctx context.Context, f *File, still []*record.Fact, named, reads map[record.Hash]bool) (int, error) {
	chain := k.Log.SealedChain(f.Chain)
	key, err := k.Vault.Rekey(ctx, chain)
	if err != nil {
		return 0, err
	}
	digests := f.attachmentsOf(still)
	for _, digest := range digests {
		if err := k.Vault.Drop(ctx, chain, digest); err != nil {
			return 0, err
		}
	}
	logs := []struct {
		log    *record.Log
		erased map[record.Hash]bool
	}{{k.Reads, reads}, {k.Log, named}}
	for _, l := range logs {
		if l.log == nil {
			continue
		}
		err := l.log.Reseal(ctx, f.Chain, func(leaf record.Hash) bool { return l.erased[leaf] }, key.Reseal)
		if err != nil && !errors.Is(err, record.ErrTraces) { // they are looked for again below
			return 0, err
		}
	}
	if err := key.Settle(ctx); err != nil {
		return 0, err
	}
	for _, l := range logs {
		if l.log == nil {
			continue
		}
		if err := l.log.Scrub(ctx); err != nil {
			return 0, err
		}
	}
	return len(digests), nil
}

// tellReads seals on the record of reads which of them go, and gives all that were told to go
// and are still there.
func (k *Keeper) tellReads(ctx context.Context, f *File, by Erasure, still []*record.Fact) (map[record.Hash]bool, error) {
	out := map[record.Hash]bool{}
	if k.Reads == nil {
		return out, nil
	}
	fresh, err := k.readsNaming(ctx, f.Chain, still)
	if err != nil {
		return nil, err
	}
	told, err := k.toldReads(ctx, f.Chain)
	if err != nil {
		return nil, err
	}
	var news []*record.Fact
	for _, e := range fresh {
		if !told[e.Leaf] {
			news = append(news, e)
		}
		out[e.Leaf] = true
	}
	for leaf := range told {
		out[leaf] = true
	}
	if len(news) == 0 {
		return out, nil
	}
	leaf := hex.EncodeToString(by.Leaf[:])
	_, err = k.Reads.Append(ctx, record.Draft{Chain: f.Chain, Kind: candour.KindErasure, By: by.By, Happened: k.happened(), Key: "erasure:" + leaf + "#" + strconv.FormatInt(news[0].Index, 10),
		Fields: append(naming(news), fields(field("scope", "reads"), field("basis", fmt.Sprintf("they name what entry %d of the case's record erases", by.Index)), field("second", by.Second), field("of", leaf))...)})
	return out, err
}

// toldReads are the reads of a chain that an unfinished erasure names.
func (k *Keeper) toldReads(ctx context.Context, chain string) (map[record.Hash]bool, error) {
	begun, err := k.begunReads(ctx, chain)
	out := map[record.Hash]bool{}
	for _, e := range begun {
		for leaf := range e.leaves {
			out[leaf] = true
		}
	}
	return out, err
}

// begunReads are the erasures on the record of reads that were not carried out.
func (k *Keeper) begunReads(ctx context.Context, chain string) ([]Erasure, error) {
	var f File
	err := k.Reads.Chain(ctx, chain, 0, func(e *record.Fact) error {
		if !e.Erased && keeping(e.Kind) {
			f.take(e)
		}
		return nil
	})
	return f.unfinished(), err
}

// readsNaming are the readable reads of a chain that name something of these entries.
func (k *Keeper) readsNaming(ctx context.Context, chain string, facts []*record.Fact) (out []*record.Fact, err error) {
	if k.Reads == nil || len(facts) == 0 {
		return nil, nil
	}
	n := newNamed(facts)
	err = k.Reads.Chain(ctx, chain, 0, func(e *record.Fact) error {
		if !e.Erased && !keeping(e.Kind) && n.by(e) {
			out = append(out, e)
		}
		return nil
	})
	return out, err
}

// tellDone seals that erasures were carried out, on the reads' record first.
func (k *Keeper) tellDone(ctx context.Context, chain string, done []Erasure) error {
	if k.Reads != nil {
		begun, err := k.begunReads(ctx, chain)
		if err == nil {
			err = k.sealDone(ctx, k.Reads, chain, begun)
		}
		if err != nil {
			return err
		}
	}
	return k.sealDone(ctx, k.Log, chain, done)
}

func (k *Keeper) sealDone(ctx context.Context, log *record.Log, chain string, done []Erasure) error {
	var drafts []record.Draft
	for _, e := range done {
		leaf := hex.EncodeToString(e.Leaf[:])
		drafts = append(drafts, record.Draft{Chain: chain, Kind: record.KindErasureDone, Key: "erasure_done:" + leaf, Fields: []record.Field{field(record.FieldErasure, leaf)}})
	}
	_, err := log.Append(ctx, drafts...)
	return err
}

// named is what erased entries are called by, and what they say.
type named struct {
	ids    []string // of lines, and the place of each entry
	values []string // texts
}

func newNamed(facts []*record.Fact) *named {
	n := &named{}
	for _, e := range facts {
		n.ids = append(n.ids, fmt.Sprintf("entry %d", e.Index))
		if item, _, err := itemOf(e); err == nil && item.ID != "" && item.What != "case" { // the case's reference stays in any event
			n.ids = append(n.ids, item.ID)
		}
		for _, f := range e.Fields {
			for _, text := range texts(string(f.Value)) {
				n.values = append(n.values, strings.ToLower(text))
			}
		}
	}
	return n
}

// quoted is how long a text must be for a read that holds it to quote it: shorter ones are
// words of a form, such as "letter".
const quoted = 16

// by tells whether a read names something of the entries: by id or place, by quoting a text of
// theirs, or as a search for words that stand in one.
func (n *named) by(read *record.Fact) bool {
	terms := strings.ToLower(read.Get("terms"))
	for _, f := range read.Fields {
		text := string(f.Value)
		for _, id := range n.ids {
			if hasWord(text, id) {
				return true
			}
		}
		for _, v := range n.values {
			if utf8.RuneCountInString(v) >= quoted && strings.Contains(strings.ToLower(text), v) || terms != "" && strings.Contains(v, terms) {
				return true
			}
		}
	}
	return false
}

// hasWord tells whether a text has a word, with no letter or digit at its sides.
func hasWord(text, word string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], word)
		if i < 0 {
			return false
		}
		start, end := from+i, from+i+len(word)
		before, _ := utf8.DecodeLastRuneInString(text[:start])
		after, _ := utf8.DecodeRuneInString(text[end:])
		if !isWord(before) && !isWord(after) {
			return true
		}
		from = start + 1
	}
}

func isWord(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

// texts are the texts in a value of JSON, at any depth; of a value that is none, itself.
func texts(value string) []string {
	var v any
	if value == "" {
		return nil
	}
	if json.Unmarshal([]byte(value), &v) != nil {
		return []string{value}
	}
	var out []string
	var walk func(v any)
	walk = func(v any) {
		switch x := v.(type) {
		case string:
			out = append(out, x)
		case []any:
			for _, y := range x {
				walk(y)
			}
		case map[string]any:
			for _, y := range x {
				walk(y)
			}
		}
	}
	walk(v)
	return out
}

func unquote(value string) string {
	if t := texts(value); len(t) == 1 {
		return t[0]
	}
	return ""
}

var digestForm = regexp.MustCompile(`[0-9a-f]{64}`)

// attachmentsOf are the digests of attachments that these entries name and no other readable entry of the
// case. A value names one where it contains its digest in hex.
func (f *File) attachmentsOf(facts []*record.Fact) (out [][32]byte) {
	going, seen := map[int64]bool{}, map[string]bool{}
	for _, e := range facts {
		going[e.Index] = true
	}
	for _, e := range facts {
		for _, v := range e.Fields {
			for _, d := range digestForm.FindAllString(strings.ToLower(string(v.Value)), -1) {
				if !seen[d] && !f.names(d, going) {
					b, _ := hex.DecodeString(d) // it has the form
					out = append(out, [32]byte(b))
				}
				seen[d] = true
			}
		}
	}
	return out
}

// names tells whether an entry that stays names a digest. What an erasure erases is no name.
func (f *File) names(digest string, but map[int64]bool) bool {
	for _, e := range f.facts {
		if e.Erased || but[e.Index] || e.Kind == candour.KindErasure || e.Kind == record.KindErasureDone {
			continue
		}
		for _, v := range e.Fields {
			if strings.Contains(strings.ToLower(string(v.Value)), digest) {
				return true
			}
		}
	}
	return false
}
