package report

import (
	"strconv"
	"strings"
	"time"

	"candour/internal/day"
)

// stamp is a moment for people and for programs.
type stamp struct{ ISO, Words string }

// dayOf writes 3 July 2026.
func dayOf(t day.Instant, zone *time.Location) string { return t.Time(zone).Format("2 January 2006") }

// momentOf writes 3 July 2026 at 2:01pm; a moment at either end of a day is the day.
func momentOf(t day.Instant, cal *day.Calendar) string {
	zone := cal.Zone()
	if d := cal.DateOf(t); t == cal.Start(d) || t.Second() == cal.End(d).Second() {
		return dayOf(t, zone)
	}
	return strings.Replace(t.Time(zone).Format("2 January 2006 at 3:04pm"), "at 12:00pm", "at midday", 1)
}

// stampOf is a moment; of one at either end of a day people read the day.
func stampOf(t day.Instant, cal *day.Calendar) stamp {
	if t == day.Never {
		return stamp{}
	}
	return stamp{t.Time(cal.Zone()).Format("2006-01-02T15:04"), momentOf(t, cal)}
}

// beyond tells a moment that stands for the end of everything.
func beyond(t day.Instant) bool {
	return t > day.FromTime(time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC))
}

// asAt writes a moment that was asked for.
func asAt(t day.Instant, cal *day.Calendar) string {
	if beyond(t) {
		return "the end of the record"
	}
	return momentOf(t, cal)
}

// number writes 12,345.
func number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// many writes 1 case, 2 cases.
func many(n int, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case strings.HasSuffix(noun, "ty"):
		return number(n) + " " + strings.TrimSuffix(noun, "y") + "ies"
	case strings.HasSuffix(noun, "ry"):
		return number(n) + " " + strings.TrimSuffix(noun, "y") + "ies"
	}
	return number(n) + " " + noun + "s"
}

// lateBy writes 3 days late of what was due at one moment, at another; under a
// day it counts hours or minutes.
func lateBy(due, at day.Instant, cal *day.Calendar) string {
	const minute = day.Instant(time.Minute)
	switch late := at - due; {
	case late < 60*minute:
		return many(max(1, int(late/minute)), "minute") + " late"
	case late < 24*60*minute:
		return many(int(late/(60*minute)), "hour") + " late"
	}
	return many(max(1, int(cal.DateOf(at)-cal.DateOf(due))), "day") + " late"
}

// capital makes the first letter a capital.
func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// wrapWords cuts a text into lines of at most so many characters where it can.
func wrapWords(s string, width int) []string {
	var out []string
	line := ""
	for _, w := range strings.Fields(s) {
		if line != "" && len([]rune(line))+1+len([]rune(w)) > width {
			out, line = append(out, line), w
			continue
		}
		line = strings.TrimSpace(line + " " + w)
	}
	return append(out, line)
}
