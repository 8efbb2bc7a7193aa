package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// narrowest is how narrow a column that gives way can become.
const narrowest = 8

// Columns prints rows as columns that fit the width; of the columns that may give
// way the widest does so first, and what does not fit ends in an ellipsis. A row of
// a single cell has the whole line.
func Columns(w io.Writer, rows [][]string, width int, give ...int) error {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, c := range row {
			if len(row) == 1 && len(widths) > 1 {
				continue
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(c))
		}
	}
	total := 2 * (len(widths) - 1)
	for _, n := range widths {
		total += n
	}
	for ; total > width; total-- {
		i := give[0]
		for _, j := range give {
			if widths[j] > widths[i] {
				i = j
			}
		}
		if widths[i] <= narrowest {
			break
		}
		widths[i]--
	}
	for _, row := range rows {
		text := line(row, widths)
		if len(row) == 1 {
			text = clip(row[0], width)
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(text, " ")); err != nil {
			return err
		}
	}
	return nil
}

func line(row []string, widths []int) string {
	var b strings.Builder
	for i, c := range row {
		c = clip(c, widths[i])
		b.WriteString(c)
		if i < len(row)-1 {
			b.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(c)+2))
		}
	}
	return b.String()
}

func clip(s string, width int) string {
	if utf8.RuneCountInString(s) <= width {
		return s
	}
	return string([]rune(s)[:width-1]) + "…"
}
