package paper

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html"
	"io"
	"regexp"
	"strings"
)

//go:embed paper.css
var style string

// policy allows the page its own style and nothing else.
func policy() string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
}

// HTML writes the document as one page.
func HTML(w io.Writer, d *Document) error {
	p := &page{}
	p.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
	p.raw(`<meta http-equiv="Content-Security-Policy" content="` + policy() + "\">\n")
	p.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n")
	p.raw("<title>" + esc(d.Title) + "</title>\n<style>" + style + "</style>\n</head>\n<body>\n")
	p.raw("<a class=\"skip\" href=\"#main\">Skip to the text</a>\n")
	p.raw("<header><p><strong>Candour</strong> <span>" + esc(d.Kind) + "</span></p></header>\n<main id=\"main\">\n")
	p.raw("<h1>" + esc(d.Title) + "</h1>\n")
	if d.Lead != "" {
		p.raw("<p class=\"lead\">" + inline(d.Lead) + "</p>\n")
	}
	p.contents(d.Sections)
	for _, s := range d.Sections {
		p.section(s, 2)
	}
	p.raw("</main>\n</body>\n</html>\n")
	_, err := io.WriteString(w, p.b.String())
	return err
}

type page struct{ b strings.Builder }

func esc(s string) string { return html.EscapeString(s) }

func (p *page) raw(s string) { p.b.WriteString(s) }

func inline(s string) string {
	var b strings.Builder
	for _, sp := range spans(s) {
		switch {
		case sp.code:
			b.WriteString("<code>" + breaks.Replace(esc(sp.text)) + "</code>")
		case sp.link != "":
			b.WriteString(`<a href="#` + esc(sp.link) + `">` + esc(sp.text) + "</a>")
		default:
			b.WriteString(dates.ReplaceAllString(esc(sp.text), `<span class="day">$0</span>`))
		}
	}
	return b.String()
}

// A name in code may break where its parts join, a date nowhere.
var (
	breaks = strings.NewReplacer(".", ".<wbr>", "_", "_<wbr>")
	dates  = regexp.MustCompile(`\b\d{4}-\d\d-\d\d\b`)
)

func (p *page) contents(sections []Section) {
	p.raw("<nav aria-labelledby=\"contents\">\n<h2 id=\"contents\">Contents</h2>\n<ol>\n")
	for _, s := range sections {
		p.raw(`<li><a href="#` + esc(s.ID) + `">` + esc(s.Title) + "</a>")
		if s.Listed {
			p.raw("\n<ol>\n")
			for _, sub := range s.Sections {
				p.raw(`<li><a href="#` + esc(sub.ID) + `">` + esc(sub.Title) + "</a></li>\n")
			}
			p.raw("</ol>\n")
		}
		p.raw("</li>\n")
	}
	p.raw("</ol>\n</nav>\n")
}

// section has no name of its own for assistive tools: two hundred landmarks would be
// none. Its heading is found by heading.
func (p *page) section(s Section, level int) {
	h := fmt.Sprintf("h%d", min(level, 6))
	p.raw(fmt.Sprintf("<section class=\"l%d\">\n<%s id=\"%s\">%s</%s>\n", level, h, esc(s.ID), inline(s.Title), h))
	for _, b := range s.Blocks {
		p.block(b)
	}
	for _, sub := range s.Sections {
		p.section(sub, level+1)
	}
	p.raw("</section>\n")
}

func (p *page) block(b Block) {
	switch b := b.(type) {
	case Para:
		p.raw("<p>" + inline(b.Text) + "</p>\n")
	case Quote:
		p.raw("<blockquote><p>" + inline(b.Text) + "</p></blockquote>\n")
	case Tags:
		p.raw("<ul class=\"tags\">")
		for _, t := range b {
			p.raw(`<li class="` + esc(t.Grave) + `">` + esc(t.Word) + "</li>")
		}
		p.raw("</ul>\n")
	case List:
		p.raw("<ul>\n")
		for _, it := range b {
			p.raw("<li>" + inline(it) + "</li>\n")
		}
		p.raw("</ul>\n")
	case Facts:
		p.raw("<dl>\n")
		for _, f := range b {
			p.raw("<div><dt>" + esc(f.Name) + "</dt>")
			for _, v := range f.Values {
				p.raw("<dd>" + inline(v) + "</dd>")
			}
			p.raw("</div>\n")
		}
		p.raw("</dl>\n")
	case Table:
		p.table(b)
	case Line:
		p.line(b)
	}
}

// table stacks on a narrow screen: each cell says its column, which only the eye needs.
func (p *page) table(t Table) {
	p.raw("<table role=\"table\">\n<caption>" + inline(t.Caption) + "</caption>\n<thead role=\"rowgroup\">\n<tr role=\"row\">")
	for _, h := range t.Head {
		p.raw(`<th scope="col" role="columnheader">` + esc(h) + "</th>")
	}
	p.raw("</tr>\n</thead>\n<tbody role=\"rowgroup\">\n")
	for _, row := range t.Rows {
		p.raw("<tr role=\"row\">")
		for i, c := range row {
			if i == 0 {
				p.raw(`<th scope="row" role="rowheader">` + inline(c) + "</th>")
				continue
			}
			p.raw(`<td role="cell" data-head="` + esc(t.Head[i]) + `">` + inline(c) + "</td>")
		}
		p.raw("</tr>\n")
	}
	p.raw("</tbody>\n</table>\n")
}

func (p *page) line(l Line) {
	p.raw("<figure>\n<figcaption>" + inline(l.Caption) + "</figcaption>\n<ol class=\"line\">\n")
	for _, pt := range l.Points {
		class := map[bool]string{true: "still", false: "fact"}[pt.Still]
		if pt.Raised {
			class = "raised"
		}
		p.raw(`<li class="` + class + `"><span class="when">` + esc(pt.When) + `</span> <span class="what">` + inline(pt.What) + "</span></li>\n")
	}
	p.raw("</ol>\n</figure>\n")
}
