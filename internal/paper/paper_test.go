package paper_test

import (
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"candour/internal/paper"
)

// nasty is a document with marks of every language where words should be.
var nasty = &paper.Document{Kind: "<b>kind", Title: "A & <script>alert(1)</script>", Lead: "Lead `co<de`", Sections: []paper.Section{
	{ID: "one", Title: "One | *two*", Listed: true,
		Blocks: []paper.Block{
			paper.Para{Text: "See [part](#one), an open ` and [not](http://x) \"quoted\""}, paper.Quote{Text: "<i>"},
			paper.Tags{{Word: "Critical", Grave: "bad"}}, paper.List{"<a>"},
			paper.Facts{{Name: "N", Values: []string{"v<", "w"}}},
			paper.Table{Caption: "Cap", Head: []string{"A", "B"}, Rows: [][]string{{"r|1", "<td>"}}},
			paper.Line{Caption: "L", Points: []paper.Point{{When: "1 May", What: "x"}, {When: "2 May", What: "raised", Raised: true}}},
		},
		Sections: []paper.Section{{ID: "sub", Title: "Sub"}}},
}}

// TestPageIsSound walks the page as XML would be, and sees that it keeps the promises of the
// package comment.
func TestPageIsSound(t *testing.T) {
	var b strings.Builder
	if err := paper.HTML(&b, nasty); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for _, want := range []string{"default-src 'none'; style-src 'sha256-", `<html lang="en">`, `<th scope="row" role="rowheader">r|1</th>`, `<a href="#one">part</a>`, "<code>co&lt;de</code>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	for _, bad := range []string{"<script", "style=", "onclick", "http-equiv=\"refresh", "src="} {
		if strings.Contains(page, bad) {
			t.Errorf("the page holds %s", bad)
		}
	}
	ids, level, h1 := map[string]bool{}, 0, 0
	inTable, captioned := false, true
	links := regexp.MustCompile(`href="#([^"]*)"`).FindAllStringSubmatch(page, -1)
	walk(t, page, func(e xml.StartElement) {
		switch name := e.Name.Local; name {
		case "h1", "h2", "h3", "h4", "h5", "h6":
			n := int(name[1] - '0')
			if n > level+1 {
				t.Errorf("a heading %s after one of level %d", name, level)
			}
			level = n
			if n == 1 {
				h1++
			}
		case "table":
			inTable, captioned = true, false
		case "caption":
			captioned = true
		case "th":
			if attr(e, "scope") == "" {
				t.Error("a th without scope")
			}
		case "tbody":
			if inTable && !captioned {
				t.Error("a table without caption")
			}
		}
		if id := attr(e, "id"); id != "" {
			if ids[id] {
				t.Errorf("the id %s stands twice", id)
			}
			ids[id] = true
		}
	})
	if h1 != 1 {
		t.Errorf("%d first headings", h1)
	}
	for _, l := range links {
		if !ids[l[1]] {
			t.Errorf("a link to nowhere: %s", l[1])
		}
	}
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func walk(t *testing.T, page string, see func(xml.StartElement)) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("the page is not well formed: %v", err)
		}
		if e, ok := tok.(xml.StartElement); ok {
			see(e)
		}
	}
}

func TestMarkdownKeepsWordsFromBeingMarks(t *testing.T) {
	var b strings.Builder
	if err := paper.Markdown(&b, nasty); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"# A & &lt;script>", `## One \| \*two\*`, "[part](#one)", "> &lt;i>", `| r\|1 | &lt;td> |`, "2. 2 May: **raised**", "- **N**: v&lt;; w"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("lacks %s in\n%s", want, b.String())
		}
	}
}
