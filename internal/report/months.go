package report

import (
	"fmt"
	"html/template"
	"math"
	"time"

	"candour/internal/day"
)

// month counts months since year 0.
type month int32

func monthOf(t day.Instant, zone *time.Location) month {
	at := t.Time(zone)
	return month(at.Year()*12 + int(at.Month()) - 1)
}

func (m month) year() int { return int(m / 12) }

func (m month) String() string { return fmt.Sprintf("%s %d", time.Month(m%12+1), m.year()) }

// monthLine is one period of the chart and of its table.
type monthLine struct {
	from, to  month
	findings  int
	cases     int
	Name      string
	Found, On num
}

// period is how many months a column holds, so that there are never too many.
func period(n int) int {
	switch {
	case n <= 72:
		return 1
	case n <= 216:
		return 3
	}
	return 12 * (1 + n/(72*12))
}

func periodName(from, to month) string {
	switch {
	case from == to:
		return from.String()
	case from%12 == 0 && to == from+11:
		return fmt.Sprint(from.year())
	}
	return from.String() + " to " + to.String()
}

// monthLines puts what was raised and what came to light side by side; nil if there is nothing.
func monthLines(found, light map[month]int) []monthLine {
	first, last := month(math.MaxInt32), month(0)
	for _, m := range []map[month]int{found, light} {
		for k := range m {
			first, last = min(first, k), max(last, k)
		}
	}
	if first > last {
		return nil
	}
	each := month(period(int(last-first) + 1))
	first -= first % each
	var out []monthLine
	for from := first; from <= last; from += each {
		l := monthLine{from: from, to: from + each - 1, Name: periodName(from, from+each-1)}
		for m := from; m < from+each; m++ {
			l.findings += found[m]
			l.cases += light[m]
		}
		out = append(out, l)
	}
	return out
}

// monthChart draws findings above cases that came to light, over one line of time.
func monthChart(lines []monthLine, name, desc string) template.HTML {
	return chart("bymonth", name, desc, func(d *drawing, _ bool) {
		found := panel{name: "Findings raised", class: "bar", base: 166, height: 132, of: func(l monthLine) int { return l.findings }}
		light := panel{name: "Cases that came to light", class: "bar two", base: 274, height: 60, of: func(l monthLine) int { return l.cases }}
		left := max(found.margin(lines), light.margin(lines))
		found.draw(d, lines, left)
		base := found.base
		if light.most(lines) > 0 {
			light.draw(d, lines, left)
			base = light.base
		}
		timeLabels(d, lines, left, base)
		d.height = int(base) + 28
	})
}

// panel is one row of columns of the chart.
type panel struct {
	name, class  string
	base, height float64
	of           func(monthLine) int
}

func (p panel) most(lines []monthLine) int {
	n := 0
	for _, l := range lines {
		n = max(n, p.of(l))
	}
	return n
}

// margin is the room for the number at the grid line.
func (p panel) margin(lines []monthLine) float64 {
	if g := gridAt(p.most(lines)); g > 0 {
		return textWidth(number(g)) + 6
	}
	return 0
}

func (p panel) draw(d *drawing, lines []monthLine, left float64) {
	most := p.most(lines)
	d.text("head", "start", 0, p.base-p.height-14, p.name)
	if g := gridAt(most); g > 0 {
		y := p.base - p.height*float64(g)/float64(most)
		d.line("grid", left, y, float64(d.width), y)
		d.text("label", "end", left-6, y+5, number(g))
	}
	step := (float64(d.width) - left) / float64(len(lines))
	for i, l := range lines {
		if n := p.of(l); n > 0 {
			h := math.Max(1, p.height*float64(n)/float64(max(most, 1)))
			d.rect(p.class, left+step*float64(i)+0.5, p.base-h, math.Max(1, math.Min(step-1.5, 60)), h)
		}
	}
	d.line("axis", left, p.base, float64(d.width), p.base)
}

// gridAt is a round number below the highest column; 0 if there is no room for one.
func gridAt(most int) int {
	for p := 1000000; p >= 1; p /= 10 {
		for _, k := range []int{5, 2, 1} {
			if g := k * p; most >= 3 && float64(g) <= 0.72*float64(most) {
				return g
			}
		}
	}
	return 0
}

// timeLabels writes the years, and where time begins, as far apart as they must be.
func timeLabels(d *drawing, lines []monthLine, left, base float64) {
	step := (float64(d.width) - left) / float64(len(lines))
	until := -1.0
	for i, l := range lines {
		words := fmt.Sprint(l.from.year())
		if i == 0 && l.from%12 != 0 && l.to-l.from < 11 {
			words = fmt.Sprintf("%s %d", time.Month(l.from%12 + 1).String()[:3], l.from.year())
		} else if i > 0 && l.from.year() == lines[i-1].from.year() {
			continue
		}
		x := left + step*float64(i)
		if x < until || x+textWidth(words) > float64(d.width) {
			continue
		}
		d.line("axis", x, base, x, base+5)
		d.text("label", "start", x, base+20, words)
		until = x + textWidth(words) + 10
	}
}

// monthView is what was raised by month against what came to light.
type monthView struct {
	Headline, Subtitle string
	Chart              template.HTML
	Lines              []monthLine
	HasLight           bool
}

// monthLines counts by month, or by longer periods where there are too many months.
func (h *HTML) monthLines() []monthLine {
	found, light := map[month]int{}, map[month]int{}
	zone := h.cal.Zone()
	for i := range h.found {
		if f := &h.found[i]; f.class == counted && !beyond(f.raised) {
			found[monthOf(f.raised, zone)]++
		}
	}
	for i := range h.subjects {
		if s := &h.subjects[i]; s.light != 0 {
			light[monthOf(s.light, zone)]++
		}
	}
	return monthLines(found, light)
}

func (h *HTML) months(l *lists) monthView {
	lines := h.monthLines()
	if lines == nil {
		return monthView{}
	}
	v := monthView{Lines: lines}
	with := 0
	for i := range lines {
		m := &lines[i]
		m.Found, m.On = l.num(m.findings, monthID(m.from)), l.num(m.cases, "light")
		if m.findings > 0 {
			with++
		}
		v.HasLight = v.HasLight || m.cases > 0
	}
	name := map[bool]string{true: "month", false: "period"}[lines[0].from == lines[0].to]
	switch {
	case len(lines) == 1:
		v.Headline = "All were raised in " + lines[0].Name
	case with == len(lines):
		v.Headline = fmt.Sprintf("Something was raised in every one of %s", many(len(lines), name))
	default:
		v.Headline = fmt.Sprintf("Something was raised in %s of %s", number(with), many(len(lines), name))
	}
	span := lines[0].from.String() + " to " + lines[len(lines)-1].to.String()
	v.Subtitle = fmt.Sprintf("Findings by the %s in which they were raised, %s", name, span)
	if v.HasLight {
		v.Subtitle = fmt.Sprintf("Findings by the %s in which they were raised, and cases by the one in which they came to light, %s", name, span)
	}
	desc := v.Headline + ". " + v.Subtitle + ". The numbers are in the table below."
	v.Chart = monthChart(lines, v.Headline, desc)
	return v
}

func monthID(m month) string { return fmt.Sprintf("m%d", m) }
