// Package phrase puts a pack in plain English: its conditions, its proofs, its
// lengths of time, and each standard as one sentence.
//
// What is always true:
//
//   - Every word of a sentence comes from the pack or from here; nothing is left
//     out of a sentence that changes what the standard asks, but that a long list
//     of spellings ends with "or the like": Lists gives it whole.
//   - A condition that cannot be put in words is given as code between
//     backticks, never in words that say something else.
//   - The same standard gives the same words every time.
package phrase

import (
	"strconv"
	"strings"

	"candour/internal/pack"
)

// Book gives the words of one pack.
type Book struct {
	p   *pack.Pack
	cut *[]string // the lists that were cut short, if anyone asks
}

// Of returns the words of the pack.
func Of(p *pack.Pack) *Book { return &Book{p: p} }

// Join lists parts as a person would: a, b or c.
func Join(parts []string, word string) string {
	switch n := len(parts); n {
	case 0:
		return ""
	case 1:
		return parts[0]
	default:
		return strings.Join(parts[:n-1], ", ") + " " + word + " " + parts[n-1]
	}
}

// Plain makes words of a name: risk_grade and detective-sergeant.
func Plain(name string) string { return strings.NewReplacer("_", " ", "-", " ").Replace(name) }

// quoted marks a name that stands for itself.
func quoted(s string) string { return "“" + s + "”" }

// code marks what could not be put in words.
func code(s string) string { return "`" + strings.ReplaceAll(s, "`", "'") + "`" }

// Kind is what a kind, or a tag, is called in a sentence.
func (b *Book) Kind(name string) string {
	k := b.p.Kind(name)
	switch {
	case k == nil:
		return "anything that counts as " + quoted(Plain(name))
	case k.Label == "":
		return quoted(Plain(strings.ReplaceAll(k.ID, ".", " ")))
	}
	return quoted(k.Label)
}

// kinds lists what a selector or leaf looks for; its words are ids joined by or.
func (b *Book) kinds(words string) string {
	var parts []string
	for _, w := range strings.Split(words, " or ") {
		parts = append(parts, b.Kind(w))
	}
	return Join(parts, "or")
}

// Role is whom a role or post means: the officer in the case, a victim.
func (b *Book) Role(name string) string {
	switch {
	case name == "oic":
		return "officer in the case"
	case b.p.Roles[name] != "":
		return lowerFirst(b.p.Roles[name])
	}
	return Plain(name)
}

// Standard is what another standard is called when it is mentioned.
func (b *Book) Standard(id string) string {
	for _, s := range b.p.Standards {
		if s.ID == id && s.Title != "" {
			return quoted(s.Title)
		}
	}
	return quoted(id)
}

func lowerFirst(s string) string {
	if len(s) > 1 && s[1] >= 'a' && s[1] <= 'z' {
		return strings.ToLower(s[:1]) + s[1:]
	}
	return s
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	for i, r := range s {
		if r >= 'a' && r <= 'z' {
			return s[:i] + strings.ToUpper(string(r)) + s[i+1:]
		}
		if r != '“' {
			break
		}
	}
	return s
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
