package report

import (
	"fmt"
	"html/template"
	"strings"
)

// drawing writes one SVG: class-only styling, text that stays level, a title and
// a description for those who do not see it.
type drawing struct {
	strings.Builder
	width, height int
}

// The widths that charts are drawn at: for a page and for a phone.
const (
	wideChart   = 640
	narrowChart = 330
)

// chart draws the same twice, for a page and for a phone.
func chart(id, name, desc string, draw func(d *drawing, narrow bool)) template.HTML {
	out := ""
	for _, narrow := range []bool{false, true} {
		d := &drawing{width: wideChart}
		class := "wide"
		if narrow {
			d.width, class = narrowChart, "narrow"
		}
		draw(d, narrow)
		out += fmt.Sprintf(`<svg class="chart %s" viewBox="0 0 %d %d" role="img" aria-labelledby="%s-%s-t %s-%s-d"><title id="%s-%s-t">%s</title><desc id="%s-%s-d">%s</desc>%s</svg>`,
			class, d.width, d.height, id, class, id, class, id, class, esc(name), id, class, esc(desc), d.String())
	}
	return template.HTML(out)
}

func esc(s string) string { return template.HTMLEscapeString(s) }

func (d *drawing) rect(class string, x, y, w, h float64) {
	fmt.Fprintf(d, `<rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="%.1f"/>`, class, x, y, w, h)
}

func (d *drawing) line(class string, x1, y1, x2, y2 float64) {
	fmt.Fprintf(d, `<line class="%s" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`, class, x1, y1, x2, y2)
}

// text stands with its start, middle or end at x.
func (d *drawing) text(class, anchor string, x, y float64, s string) {
	fmt.Fprintf(d, `<text class="%s" text-anchor="%s" x="%.1f" y="%.1f">%s</text>`, class, anchor, x, y, esc(s))
}

func (d *drawing) dot(class string, x, y, r float64) {
	fmt.Fprintf(d, `<circle class="%s" cx="%.1f" cy="%.1f" r="%.1f"/>`, class, x, y, r)
}

// textWidth is about how wide a text of 14 is.
func textWidth(s string) float64 { return 7.4 * float64(len([]rune(s))) }

// bar is one line of a bar chart.
type bar struct {
	label string
	n     int
}

// bars draws horizontal bars from 0, the label left of the bar, or above it on a phone.
func bars(d *drawing, narrow bool, all []bar) {
	most := 1
	for _, b := range all {
		most = max(most, b.n)
	}
	left, room, line := 250.0, 36, 17.0
	if narrow {
		left, room = 1, 42
	}
	full := float64(d.width) - left - textWidth(number(most)) - 16
	y := 4.0
	top := y
	for _, b := range all {
		words := wrapWords(b.label, room)
		w := full * float64(b.n) / float64(most)
		if narrow {
			for _, s := range words {
				y += line
				d.text("label", "start", 0, y-3, s)
			}
			d.rect("bar", left, y+2, w, 20)
			d.text("value", "start", left+w+8, y+17, number(b.n))
			y += 32
			continue
		}
		h := max(26, line*float64(len(words))+6)
		for i, s := range words {
			d.text("label", "end", left-10, y+h/2+5+line*(float64(i)-float64(len(words)-1)/2), s)
		}
		d.rect("bar", left, y+h/2-11, w, 22)
		d.text("value", "start", left+w+8, y+h/2+5, number(b.n))
		y += h + 6
	}
	if !narrow {
		d.line("axis", left, top, left, y-4)
	}
	d.height = int(y) + 2
}
