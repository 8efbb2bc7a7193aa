package casework

import (
	"bytes"
	_ "embed"
	"html/template"
	"sort"
	"strings"
	"time"

	"candour"
)

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// pageData is what the readable page of a bundle shows.
type pageData struct {
	Body, Made, For, Purpose, Pack string
	Facts                          []pageFact
	Withheld                       []pageClass
	Erased, Shown                  int
}

type pageFact struct {
	Index                            int64
	Sealed, Kind, Code, Happened, By string
	Fields                           []pageField
	Withheld                         int
	Erased                           bool
	ErasedBy                         int64
}

type pageField struct{ Name, Value string }

type pageClass struct {
	Class, Authority string
	Count            int
}

// page writes the page for people that lies in a bundle. It shows what the entries disclose;
// nothing rests on it.
func page(d *candour.Draft, b BundleOf) ([]byte, error) {
	at := func(ns int64) string { return time.Unix(0, ns).In(b.Zone).Format("2 January 2006, 15:04:05 MST") }
	p := pageData{Body: d.Body, Made: at(d.Made), For: b.For, Purpose: b.Purpose, Pack: d.Pack.ID}
	classes := map[pageClass]int{}
	for _, c := range d.Chains {
		for _, e := range c.Entries {
			f := pageFact{Index: e.Index, Sealed: at(e.Sealed()), Erased: e.Erased, ErasedBy: e.ErasedBy}
			for i := range e.Lines {
				l := &e.Lines[i]
				if l.Withheld {
					f.Withheld++
					classes[pageClass{Class: l.Class, Authority: l.Authority}]++
					continue
				}
				f.put(l, b.Label)
			}
			sort.Slice(f.Fields, func(i, j int) bool { return f.Fields[i].Name < f.Fields[j].Name })
			if p.Shown++; e.Erased {
				p.Erased++
			}
			p.Facts = append(p.Facts, f)
		}
	}
	for c, n := range classes {
		p.Withheld = append(p.Withheld, pageClass{c.Class, c.Authority, n})
	}
	sort.Slice(p.Withheld, func(i, j int) bool {
		return p.Withheld[i].Class+p.Withheld[i].Authority < p.Withheld[j].Class+p.Withheld[j].Authority
	})
	var out bytes.Buffer
	err := pageTemplate.Execute(&out, p)
	return out.Bytes(), err
}

// put puts a disclosed field in its place on the page.
func (f *pageFact) put(l *candour.Line, label func(string) string) {
	value := string(l.Value)
	switch l.Name {
	case "kind":
		f.Kind, f.Code = label(value), value
	case "happened":
		f.Happened = value
	case "by":
		f.By = value
	case "case", "seq", "previous", "key", "recorded":
	default:
		name := strings.TrimPrefix(strings.TrimPrefix(l.Name, "f."), "given.")
		f.Fields = append(f.Fields, pageField{strings.ReplaceAll(name, "_", " "), strings.Trim(value, `"`)})
	}
}
