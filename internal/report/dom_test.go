package report_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// node is an element of a page, for assertions by selector.
type node struct{ *html.Node }

func parse(t *testing.T, page string) node {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return node{doc}
}

func (n node) attr(name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// is tells whether the element fits one part of a selector: tag, #id or .class, or a tag with one of them.
func (n node) is(part string) bool {
	tag, id, byID := strings.Cut(part, "#")
	tag, class, byClass := strings.Cut(tag, ".")
	switch {
	case n.Type != html.ElementNode, tag != "" && n.Data != tag:
		return false
	case byID:
		return n.attr("id") == id
	case byClass:
		return slices.Contains(strings.Fields(n.attr("class")), class)
	}
	return true
}

// all finds what fits a selector of parts, each below the one before.
func (n node) all(selector string) []node {
	from := []node{n}
	for _, part := range strings.Fields(selector) {
		var next []node
		for _, f := range from {
			for d := range f.Descendants() {
				if e := (node{d}); e.is(part) && !slices.Contains(next, e) {
					next = append(next, e)
				}
			}
		}
		from = next
	}
	return from
}

func (n node) one(t *testing.T, selector string) node {
	t.Helper()
	got := n.all(selector)
	if len(got) != 1 {
		t.Fatalf("%q fits %d elements, want 1", selector, len(got))
	}
	return got[0]
}

// text is what a person reads, with single spaces.
func (n node) text() string {
	var b strings.Builder
	for d := range n.Descendants() {
		switch {
		case d.Type == html.TextNode:
			b.WriteString(d.Data)
		case slices.Contains([]string{"td", "th", "tr", "li", "p"}, d.Data):
			b.WriteString(" ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
