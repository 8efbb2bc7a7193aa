package report

import (
	"fmt"
	"html/template"
	"math"

	"candour/internal/day"
)

// strip draws a case over time, to scale: findings above, entries on a line
// below, the line dashed where nothing was recorded for long. What follows the
// last entry and finding is not to scale, and broken.
func (l *life) strip() template.HTML {
	id := fmt.Sprintf("strip%d", l.no+1)
	return chart(id, capital(l.subject.name())+", entries and findings over time", l.inWords(), func(d *drawing, narrow bool) {
		s := l.scale(d)
		l.light(d, s)
		last := math.Inf(-1)
		for _, f := range l.findings {
			if x := s.x(f.at); x-last >= 1 {
				d.line("raised", x, 22, x, 40)
				last = x
			}
		}
		l.spine(d, s)
		last = math.Inf(-1)
		for _, e := range l.entries {
			x := s.x(e.at)
			if x-last < 3 && !e.backed {
				continue
			}
			last = x
			class := "hollow"
			if e.backed {
				class = "solid"
			}
			d.dot(class, x, spineY, 4.5)
		}
		d.height = l.dates(d, s)
	})
}

const spineY = 54.0

// scale places moments.
type scale struct {
	from, to day.Instant
	left     float64
	right    float64 // where the scale ends
	stub     float64 // where what is not to scale ends; 0: there is none
}

func (s scale) x(t day.Instant) float64 {
	if s.to == s.from {
		return s.left
	}
	return s.left + (s.right-s.left)*float64(t-s.from)/float64(s.to-s.from)
}

func (l *life) scale(d *drawing) scale {
	s := scale{left: 7, right: float64(d.width) - 7}
	if len(l.entries) > 0 {
		s.from, s.to = l.entries[0].at, l.entries[len(l.entries)-1].at
	}
	for _, f := range l.findings {
		if len(l.entries) == 0 && s.to == 0 {
			s.from, s.to = f.at, f.at
		}
		s.from, s.to = min(s.from, f.at), max(s.to, f.at)
	}
	if l.subject.light != 0 {
		s.to = max(s.to, l.subject.light)
	}
	if _, ok := l.tail(); ok && l.cal.DateOf(l.at)-l.cal.DateOf(s.to) >= longGap {
		s.stub, s.right = s.right, s.right-96
	}
	return s
}

// spine is the line of entries: solid, and dashed with its length where there are none.
func (l *life) spine(d *drawing, s scale) {
	at := s.left
	dash := func(from, to float64, days int) {
		d.line("spine", at, spineY, from, spineY)
		d.line("gapline", from, spineY, to, spineY)
		if words := many(days, "day"); to-from > textWidth(words)+4 {
			d.text("label", "middle", (from+to)/2, spineY+24, words)
		} else if words := number(days); to-from > textWidth(words)+8 {
			d.text("label", "middle", (from+to)/2, spineY+24, words)
		}
		at = to
	}
	for _, g := range l.gaps() {
		dash(s.x(g.from), s.x(g.to), g.days)
	}
	end := s.right
	if len(l.entries) > 0 {
		end = s.x(l.entries[len(l.entries)-1].at)
	}
	g, ok := l.tail()
	switch {
	case ok && s.stub > 0:
		dash(end, s.stub, g.days)
		d.line("break", s.stub-52, spineY+7, s.stub-46, spineY-7)
		d.line("break", s.stub-46, spineY+7, s.stub-40, spineY-7)
	case ok:
		dash(end, s.right, g.days)
	default:
		d.line("spine", at, spineY, end, spineY)
	}
}

// light marks the day on which the case came to light.
func (l *life) light(d *drawing, s scale) {
	if l.subject.light == 0 {
		return
	}
	x, words := s.x(l.subject.light), "Came to light "+dayOf(l.subject.light, l.cal.Zone())
	d.line("light", x, 18, x, spineY+8)
	half, anchor, at := textWidth(words)/2, "middle", x
	if x-half < 0 {
		anchor, at = "start", 0
	} else if x+half > float64(d.width) {
		anchor, at = "end", float64(d.width)
	}
	d.text("value", anchor, at, 13, words)
}

// dates writes the first and last day, and gives the height of the whole.
func (l *life) dates(d *drawing, s scale) int {
	zone, y := l.cal.Zone(), spineY+46
	d.text("label", "start", 0, y, dayOf(s.from, zone))
	if s.stub > 0 {
		d.text("label", "end", float64(d.width), y, "as at "+dayOf(l.at, zone))
	} else if s.to != s.from {
		d.text("label", "end", float64(d.width), y, dayOf(s.to, zone))
	}
	return int(y) + 8
}

// inWords is the strip for those who do not see it.
func (l *life) inWords() string {
	zone := l.cal.Zone()
	s := fmt.Sprintf("%s, %s.", many(len(l.entries)+l.left, "entry"), many(int(l.subject.findings), "finding"))
	if n := len(l.entries); n > 0 {
		s += fmt.Sprintf(" First entry %s, last %s.", dayOf(l.entries[0].at, zone), dayOf(l.entries[n-1].at, zone))
	}
	longest := gap{}
	for _, g := range l.gaps() {
		if g.days > longest.days {
			longest = g
		}
	}
	if longest.days > 0 {
		s += fmt.Sprintf(" The longest time without an entry is %s, from %s.", many(longest.days, "day"), dayOf(longest.from, zone))
	}
	if g, ok := l.tail(); ok {
		s += fmt.Sprintf(" After the last entry %s passed without one.", many(g.days, "day"))
	}
	return s
}
