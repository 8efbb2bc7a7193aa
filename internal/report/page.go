package report

import (
	"fmt"
	"html/template"
	"io"
)

// mainView is the page.
type mainView struct {
	frame
	Kicker, Headline string
	Lede             []string
	Lacks            []string
	Figures          []figure
	Needs            []needLine
	MoreNeeds        []needLine
	Failings         failingView
	Months           monthView
	Light            lightView
	Lives            []lifeView
	Units, Persons   []whoLine
	MorePersons      []whoLine
	Quality          []qualityLine
	Read             []qualityLine
	Silent           []string
	Made             [][2]string
	Rules            string
	Checked          string
	Rows             template.HTML // in the page itself
	RowFiles         []link
	RowTotal         int
	Lists            template.HTML
	ListFiles        []link
}

// figure is one of the numbers on top.
type figure struct {
	Big, Label, Href string
	Quiet            string
	QuietHref        string
}

// Close writes the page, and what does not fit into it into files beside it.
func (h *HTML) Close() error {
	rows, err := h.rows.close()
	if err != nil {
		return err
	}
	l := newLists(h, len(rows))
	if err := l.all(); err != nil {
		return err
	}
	inPage, err := l.pager.close()
	if err != nil {
		return err
	}
	v := h.view(l)
	v.Rows, v.Lists = template.HTML(rows), template.HTML(inPage)
	v.RowFiles, v.ListFiles = files(h.rows), files(l.pager)
	w, err := h.Create(h.Name)
	if err != nil {
		return err
	}
	if err := pages.ExecuteTemplate(w, "main", v); err != nil {
		w.Close()
		return err
	}
	return w.Close()
}

func files(p *pager) []link {
	var out []link
	for i := range p.files {
		out = append(out, link{p.name(i + 1), fmt.Sprintf("Part %d", i+1)})
	}
	return out
}

// sheetView is a page beside the main one.
type sheetView struct {
	frame
	sheet
	Heading, Main string
	Rows          bool // the body is rows of the table of findings
	Body          template.HTML
}

func (h *HTML) rowsPage(w io.Writer, s sheet) error {
	return h.besidePage(w, s, "Findings", true)
}

func (h *HTML) listPage(w io.Writer, s sheet) error {
	return h.besidePage(w, s, "Rows behind the numbers", false)
}

func (h *HTML) besidePage(w io.Writer, s sheet, what string, rows bool) error {
	heading := fmt.Sprintf("%s, part %d", what, s.No)
	return pages.ExecuteTemplate(w, "sheet", sheetView{
		frame: frame{heading + ": " + h.title(), "Findings report"}, sheet: s, Heading: heading, Main: h.Name, Rows: rows, Body: template.HTML(s.Body),
	})
}

func (h *HTML) title() string {
	if h.Title != "" {
		return h.Title
	}
	return "Findings report"
}
