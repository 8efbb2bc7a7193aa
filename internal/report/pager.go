package report

import (
	"bytes"
	"io"
)

// pager fills pages with fragments. As long as all of them fit into one page it
// writes nothing, and they can stand in the main page; else each full page goes
// into a file of its own.
type pager struct {
	limit  int
	name   func(n int) string
	create func(name string) (io.WriteCloser, error)
	page   func(w io.Writer, p sheet) error

	buf   bytes.Buffer
	files int
}

// sheet is one page of a pager.
type sheet struct {
	No         int
	Prev, Next string
	Body       []byte
}

// at is the number of the page that the next fragment stands on, counted from 1.
func (p *pager) at() int32 {
	if p.buf.Len() >= p.limit {
		return int32(p.files + 2)
	}
	return int32(p.files + 1)
}

func (p *pager) add(template string, data any) error {
	if p.buf.Len() >= p.limit {
		if err := p.flush(true); err != nil {
			return err
		}
	}
	return pages.ExecuteTemplate(&p.buf, template, data)
}

func (p *pager) flush(more bool) error {
	p.files++
	s := sheet{No: p.files, Body: p.buf.Bytes()}
	if p.files > 1 {
		s.Prev = p.name(p.files - 1)
	}
	if more {
		s.Next = p.name(p.files + 1)
	}
	w, err := p.create(p.name(p.files))
	if err != nil {
		return err
	}
	if err := p.page(w, s); err != nil {
		w.Close()
		return err
	}
	p.buf.Reset()
	return w.Close()
}

// close gives what is to stand in the main page: everything, if no page was full.
func (p *pager) close() ([]byte, error) {
	if p.files == 0 {
		return p.buf.Bytes(), nil
	}
	if p.buf.Len() == 0 {
		return nil, nil
	}
	return nil, p.flush(false)
}

// href is the address of an element on a page, once the pager is closed.
func (p *pager) href(page int32, id string) string {
	if p.files == 0 {
		return "#" + id
	}
	return p.name(int(page)) + "#" + id
}
