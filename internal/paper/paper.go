// Package paper holds a document of headings, paragraphs, tables and lists, and
// writes it as Markdown, or as one HTML page that needs nothing else.
//
// What is always true of the page:
//
//   - It runs no script, loads nothing, and its policy forbids both.
//   - It has one first heading, headings in order, tables with captions and
//     scoped headers, and a list of contents with links.
//   - It prints with its parts on pages of their own, and does not scroll
//     sideways at 320 pixels.
//   - What it is given is text: nothing in it becomes markup.
package paper

// Document is a title and what stands under it.
type Document struct {
	Kind     string // what sort of document, small above the title
	Title    string
	Lead     string
	Sections []Section
}

// Section is a part of the document, with a heading and an anchor; sections within it are one
// heading lower, and listed in the contents if Listed.
type Section struct {
	ID       string
	Title    string
	Blocks   []Block
	Sections []Section
	// Listed: the sections within stand in the contents.
	Listed bool
}

// Block is a Para, a Quote, a Table, a List, a Facts or a Line.
type Block interface{ block() }

// Text is a run of words; those between backticks are code, and [words](#id) a link
// within the document.
type Text = string

// Para is a paragraph.
type Para struct{ Text Text }

// Quote is a paragraph set apart: the words that count.
type Quote struct{ Text Text }

// Tags are short words in boxes.
type Tags []Tag

// Tag is a word in a box. Grave is good, plain, warn or bad: position and word say the same.
type Tag struct {
	Word  string
	Grave string
}

// Table has a caption, a head and rows; the first cell of a row is its header.
type Table struct {
	Caption string
	Head    []string
	Rows    [][]Text
}

// List is a bulleted list.
type List []Text

// Facts are names with their values.
type Facts []Fact

// Fact is a name with its value, one paragraph or several.
type Fact struct {
	Name   string
	Values []Text
}

// Line is a little timeline: what happened, when.
type Line struct {
	Caption string
	Points  []Point
}

// Point is one moment of a timeline.
type Point struct {
	When string
	What Text
	// Raised: it is what a finding was raised for.
	Raised bool
	// Still: nothing happened, a time was reached.
	Still bool
}

func (Para) block()  {}
func (Quote) block() {}
func (Tags) block()  {}
func (Table) block() {}
func (List) block()  {}
func (Facts) block() {}
func (Line) block()  {}
