package casework

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"html/template"
	"slices"
	"strings"
	"time"

	"candour"
	"candour/internal/day"
)

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(strings.Replace(pageText, "STYLE", styleDigest(), 1)))

// styleDigest is the digest of the page's own style, the only thing that its policy allows.
func styleDigest() string {
	_, rest, _ := strings.Cut(pageText, "<style>")
	style, _, _ := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(style))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// pageData is what the readable page of a bundle shows. All text in it is visible.
type pageData struct {
	Case, Body, For, Purpose, Pack, Zone string
	Made                                 moment
	Days                                 []pageDay
	Withheld                             []pageClass
	Entries, Erased                      int
}

// pageDay is entries that follow each other and were sealed on one day.
type pageDay struct {
	Day     moment
	Entries []pageEntry
}

type pageEntry struct {
	Index            int64
	Sealed           moment
	Title, By, Ref   string
	Happened         moment
	Recorded         moment // where it is not when it happened
	After            int    // days from when it happened until it was recorded
	Fields           []pageField
	Withheld         []pageClass
	Erased           bool
	ErasedBy         int64
	NoDate, NoAuthor bool // withheld
}

// pageField is a field, and its value or the list of them.
type pageField struct {
	Name   string
	Values []pageValue
	rank   int
}

// pageValue is text, which names an entry of the bundle where Entry is not empty.
type pageValue struct{ Text, Entry string }

// pageClass is fields that were withheld for the same reason.
type pageClass struct {
	Class, Authority string
	Count            int
}

// pager writes the page. It knows of the bundle what one entry says of another.
type pager struct {
	zone    *time.Location
	label   func(kind string) string
	roles   map[string]string        // by party, as the entries disclose them
	titles  map[string]pageValue     // by the reference of a fact: the entry
	erased  map[string]pageValue     // by leaf, in hex: the entry
	classes map[[2]string]*pageClass // of the whole bundle
}

// page writes the page for people that lies in a bundle. It shows what the entries disclose;
// nothing rests on it.
func page(d *candour.Draft, b BundleOf) ([]byte, error) {
	p := &pager{zone: b.Zone, label: b.Label, roles: map[string]string{}, titles: map[string]pageValue{}, erased: map[string]pageValue{}, classes: map[[2]string]*pageClass{}}
	v := pageData{Case: visible(b.Case), Body: visible(d.Body), For: visible(b.For), Purpose: visible(b.Purpose), Pack: visible(d.Pack.ID), Zone: b.Zone.String(), Made: p.instant(day.Instant(d.Made))}
	for _, c := range d.Chains {
		for _, e := range c.Entries {
			p.learn(e)
		}
	}
	for _, c := range d.Chains {
		for _, e := range c.Entries {
			sealed := p.dayOf(e.Sealed())
			if n := len(v.Days); n == 0 || v.Days[n-1].Day != sealed {
				v.Days = append(v.Days, pageDay{Day: sealed})
			}
			last := &v.Days[len(v.Days)-1]
			last.Entries = append(last.Entries, p.entry(e))
			if v.Entries++; e.Erased {
				v.Erased++
			}
		}
	}
	v.Withheld = sorted(p.classes)
	var out bytes.Buffer
	err := pageTemplate.Execute(&out, v)
	return out.Bytes(), err
}

// learn keeps of an entry what others refer to: the role of a party, the reference of a fact.
func (p *pager) learn(e *candour.Entry) {
	number := decimal(e.Index)
	if e.Erased {
		leaf := candour.LeafHash(e.Envelope)
		p.erased[hex.EncodeToString(leaf[:])] = pageValue{"entry " + number, number}
		return
	}
	kind, _ := e.Get("kind")
	if ref, ok := e.Get("fact"); ok && kind != "" {
		p.titles[plainText(ref)] = pageValue{"entry " + number + ", " + p.title(e, kind), number}
	}
	if kind != kindParty {
		return
	}
	party, ok := e.Get("party")
	role, known := e.Get("role")
	if ok && known {
		p.roles[plainText(party)] = plainText(role)
	}
}

// entry is an entry as the page shows it.
func (p *pager) entry(e *candour.Entry) pageEntry {
	out := pageEntry{Index: e.Index, Sealed: p.timeOf(e.Sealed()), Erased: e.Erased, ErasedBy: e.ErasedBy, Title: "Kind withheld"}
	kind, shown := e.Get("kind")
	if shown {
		out.Title = p.title(e, kind)
	}
	withheld := map[[2]string]*pageClass{}
	for i := range e.Lines {
		if l := &e.Lines[i]; l.Withheld {
			count(withheld, l)
			count(p.classes, l)
			out.NoDate = out.NoDate || i == candour.SlotHappened
			out.NoAuthor = out.NoAuthor || i == candour.SlotBy
		}
	}
	by, _ := e.Get("by")
	ref, _ := e.Get("fact")
	out.By, out.Ref = visible(by), visible(plainText(ref))
	for _, l := range disclosed(e) {
		if !placed(kind, l.Name) {
			p.put(&out, kind, l)
		}
	}
	p.when(&out, e)
	slices.SortStableFunc(out.Fields, func(x, y pageField) int {
		return cmp.Or(cmp.Compare(x.rank, y.rank), strings.Compare(x.Name, y.Name))
	})
	out.Withheld = sorted(withheld)
	return out
}

// disclosed are the disclosed fields, the tenth of a numbered name after the ninth.
func disclosed(e *candour.Entry) (out []*candour.Line) {
	for i := range e.Lines {
		if l := &e.Lines[i]; !l.Withheld {
			out = append(out, l)
		}
	}
	slices.SortFunc(out, func(x, y *candour.Line) int {
		return cmp.Or(cmp.Compare(len(x.Name), len(y.Name)), strings.Compare(x.Name, y.Name))
	})
	return out
}

// placed tells whether a field has a place of its own on the page, or is one by which entries
// are only kept in order and checked.
func placed(kind, field string) bool {
	if kind == kindParty && (field == "party" || field == "role") {
		return true // in the heading
	}
	return candour.IsSlot(field) || field == "position" || field == "fact"
}

// put puts a disclosed field on the page. Fields of one name are one list.
func (p *pager) put(out *pageEntry, kind string, l *candour.Line) {
	f := nameOf(kind, l.Name)
	f.Values = p.values(kind, l)
	for i := range out.Fields {
		if same := &out.Fields[i]; same.Name == f.Name {
			same.Values = append(same.Values, f.Values...)
			return
		}
	}
	out.Fields = append(out.Fields, f)
}

// when says when it happened, and when it was recorded where that was not then.
func (p *pager) when(out *pageEntry, e *candour.Entry) {
	happened, _ := e.Get("happened")
	recorded, _ := e.Get("recorded")
	if happened != "" {
		out.Happened = p.moment(happened)
	}
	if recorded == "" || recorded == happened {
		return
	}
	out.Recorded = p.moment(recorded)
	h, err := day.ParseMoment(happened, p.zone)
	r, err2 := day.ParseMoment(recorded, p.zone)
	if err == nil && err2 == nil {
		out.After = int(date(r.Lo, p.zone).Sub(date(h.Hi, p.zone)) / (24 * time.Hour))
	}
}

func count(classes map[[2]string]*pageClass, l *candour.Line) {
	k := [2]string{l.Class, l.Authority}
	if classes[k] == nil {
		classes[k] = &pageClass{Class: visible(l.Class), Authority: visible(l.Authority)}
	}
	classes[k].Count++
}

func sorted(classes map[[2]string]*pageClass) (out []pageClass) {
	for _, c := range classes {
		out = append(out, *c)
	}
	slices.SortFunc(out, func(x, y pageClass) int {
		return cmp.Or(strings.Compare(x.Class, y.Class), strings.Compare(x.Authority, y.Authority))
	})
	return out
}
