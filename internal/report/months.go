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

func (m month) String() string { return fmt.Sprintf("%s %d", time.Month(m%12+1), m/12) }

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
		return fmt.Sprint(from / 12)
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
func monthChart(lines []monthLine, desc string) template.HTML {
	return chart("months", "Findings raised by month, and cases by the month in which they came to light", desc, func(d *drawing, narrow bool) {
		mostFound, mostLight := 1, 0
		for _, l := range lines {
			mostFound, mostLight = max(mostFound, l.findings), max(mostLight, l.cases)
		}
		column := func(of func(monthLine) int, most int, class string, base, height float64) {
			step := float64(d.width-2) / float64(len(lines))
			if g := gridAt(most); g > 0 {
				y := base - height*float64(g)/float64(most)
				d.line("grid", 0, y, float64(d.width), y)
				d.text("label", "start", 0, y-4, number(g))
			}
			for i, l := range lines {
				h := height * float64(of(l)) / float64(most)
				d.rect(class, 1+step*float64(i), base-h, math.Max(1, math.Min(step-1.5, 60)), h)
			}
			d.line("axis", 0, base, float64(d.width), base)
		}
		base := 176.0
		d.text("head", "start", 0, 14, "Findings raised")
		column(func(l monthLine) int { return l.findings }, mostFound, "bar", base, 140)
		if mostLight > 0 {
			d.text("head", "start", 0, base+32, "Cases that came to light")
			base += 112
			column(func(l monthLine) int { return l.cases }, mostLight, "bar two", base, 64)
		}
		timeLabels(d, lines, base)
		d.height = int(base) + 28
	})
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
func timeLabels(d *drawing, lines []monthLine, base float64) {
	step := float64(d.width-2) / float64(len(lines))
	until := -1.0
	for i, l := range lines {
		words := fmt.Sprint(l.from / 12)
		if i == 0 && l.from%12 != 0 && l.to-l.from < 11 {
			words = fmt.Sprintf("%s %d", time.Month(l.from%12 + 1).String()[:3], l.from/12)
		} else if i > 0 && l.from/12 == lines[i-1].from/12 {
			continue
		}
		x := 1 + step*float64(i)
		if x < until || x+textWidth(words) > float64(d.width) {
			continue
		}
		d.line("axis", x, base, x, base+5)
		d.text("label", "start", x, base+20, words)
		until = x + textWidth(words) + 10
	}
}
