package paper

import (
	"fmt"
	"io"
	"strings"
)

// Markdown writes the document as Markdown.
func Markdown(w io.Writer, d *Document) error {
	m := &markdown{}
	m.put("# " + mark(d.Title))
	if d.Lead != "" {
		m.put(mark(d.Lead))
	}
	for _, s := range d.Sections {
		m.section(s, 2)
	}
	_, err := io.WriteString(w, m.b.String())
	return err
}

type markdown struct{ b strings.Builder }

// put writes a block and the empty line after it.
func (m *markdown) put(s string) { m.b.WriteString(s + "\n\n") }

// plain keeps words from being read as marks.
var plain = strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "<", "&lt;", "|", `\|`, "[", `\[`, "]", `\]`, "`", "\\`")

func mark(s string) string {
	var b strings.Builder
	for _, sp := range spans(s) {
		switch {
		case sp.code:
			b.WriteString("`" + strings.ReplaceAll(sp.text, "|", `\|`) + "`")
		case sp.link != "":
			b.WriteString("[" + plain.Replace(sp.text) + "](#" + sp.link + ")")
		default:
			b.WriteString(plain.Replace(sp.text))
		}
	}
	return strings.ReplaceAll(b.String(), "\n", " ")
}

func (m *markdown) section(s Section, level int) {
	m.put(fmt.Sprintf("<a id=\"%s\"></a>\n\n%s %s", s.ID, strings.Repeat("#", min(level, 6)), mark(s.Title)))
	for _, b := range s.Blocks {
		m.block(b)
	}
	for _, sub := range s.Sections {
		m.section(sub, level+1)
	}
}

func (m *markdown) block(b Block) {
	switch b := b.(type) {
	case Para:
		m.put(mark(b.Text))
	case Quote:
		m.put("> " + mark(b.Text))
	case Tags:
		var words []string
		for _, t := range b {
			words = append(words, "**"+mark(t.Word)+"**")
		}
		m.put(strings.Join(words, ", "))
	case List:
		var lines []string
		for _, it := range b {
			lines = append(lines, "- "+mark(it))
		}
		m.put(strings.Join(lines, "\n"))
	case Facts:
		var lines []string
		for _, f := range b {
			var values []string
			for _, v := range f.Values {
				values = append(values, mark(v))
			}
			lines = append(lines, "- **"+mark(f.Name)+"**: "+strings.Join(values, "; "))
		}
		m.put(strings.Join(lines, "\n"))
	case Table:
		m.table(b)
	case Line:
		lines := []string{mark(b.Caption), ""}
		for i, p := range b.Points {
			word := mark(p.What)
			if p.Raised {
				word = "**" + word + "**"
			}
			lines = append(lines, fmt.Sprintf("%d. %s: %s", i+1, mark(p.When), word))
		}
		m.put(strings.Join(lines, "\n"))
	}
}

func (m *markdown) table(t Table) {
	lines := []string{mark(t.Caption), "", "| " + strings.Join(t.Head, " | ") + " |", "|" + strings.Repeat("---|", len(t.Head))}
	for _, row := range t.Rows {
		cells := make([]string, len(row))
		for i, c := range row {
			cells[i] = mark(c)
		}
		lines = append(lines, "| "+strings.Join(cells, " | ")+" |")
	}
	m.put(strings.Join(lines, "\n"))
}
