package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"candour"
)

// answer is what is told of a verification.
type answer interface {
	text() string
	json() string
	exit() int
}

func exitOf(v candour.Verdict) int {
	switch v {
	case candour.Intact:
		return exitIntact
	case candour.Changed:
		return exitChanged
	}
	return exitCannotTell
}

// bundleAnswer tells of a bundle.
type bundleAnswer struct {
	*candour.Report
	policy           *candour.Policy // nil where none was given
	file, policyFile string
	continued        bool // the earlier bundle was given
	facts            bool
}

func (a *bundleAnswer) exit() int { return exitOf(a.Verdict) }

// page is a text in the making.
type page struct{ strings.Builder }

// heading is the verdict; intact is not said without saying who vouches for it.
func (p *page) heading(v candour.Verdict, alone bool) {
	p.WriteString(strings.ToUpper(string(v)))
	if v == candour.Intact && alone {
		p.WriteString(", BUT NOT INDEPENDENTLY WITNESSED")
	}
	p.WriteString("\n")
}

func (p *page) paragraph(s string) { p.WriteString("\n" + wrapped(s, 0) + "\n") }

// row is a label and what belongs to it.
func (p *page) row(label, s string) {
	const indent = 15
	fmt.Fprintf(p, "%-*s%s\n", indent, label, wrapped(s, indent))
}

func (a *bundleAnswer) text() string {
	p := &page{}
	p.heading(a.Verdict, len(a.Independent) == 0)
	p.paragraph(sentences[key(a.Verdict, a.Code)])
	if a.Verdict == candour.Changed {
		a.what(p)
		return p.String()
	}
	if s := adviceOn(a.Verdict, a.Code); s != "" {
		p.paragraph(s)
	}
	if len(a.Independent) == 0 {
		p.paragraph(unwitnessed(harmless(a.Body), a.policy))
	}
	p.WriteString("\n")
	if a.policy == nil {
		p.WriteString("What the bundle says of itself:\n\n")
	}
	a.summary(p)
	if a.Verdict == candour.Intact {
		p.WriteString("\nWhat INTACT does not mean:\n")
		for _, s := range notMeant(moment(a.Made)) {
			p.WriteString("- " + wrapped(s, 2) + "\n")
		}
	}
	if a.facts {
		a.showFacts(p)
	}
	return p.String()
}

// what tells which entry was changed, and what was found.
func (a *bundleAnswer) what(p *page) {
	if a.Index >= 0 {
		p.paragraph("Which: entry " + fmt.Sprint(a.Index) + " of the record" + a.place() + ".")
	}
	p.paragraph("What was found: " + clipped(a.Detail) + " (" + a.Code + ").")
	p.paragraph(adviceOn(a.Verdict, a.Code))
	if a.facts {
		p.paragraph("What the bundle shows is not printed, since it was changed and shows nothing.")
	}
}

// place tells where in the bundle the entry stands that the verdict is about.
func (a *bundleAnswer) place() string {
	for _, c := range a.Chains {
		for i, e := range c.Entries {
			if e.Index == a.Index {
				return fmt.Sprintf(", which this bundle shows as number %d in %s", c.First+int64(i)+1, clipped(c.Name))
			}
		}
	}
	for _, e := range a.Excerpt {
		if e.Index == a.Index {
			return ", which this bundle shows in its excerpt from other cases"
		}
	}
	return ""
}

func (a *bundleAnswer) summary(p *page) {
	p.row("File", harmless(a.file))
	if a.policy != nil {
		p.row("Your policy", harmless(a.policyFile)+", which asks for "+asks(a.policy.Quorum))
	}
	p.row("Record of", harmless(a.Body))
	if a.Verdict == candour.Intact {
		p.row("Complete up to", moment(a.Made)+": no entry that the record held by then is left out of "+a.chainNames()+".")
	} else {
		p.row("Goes up to", moment(a.Made)+", in "+a.chainNames())
	}
	a.witnesses(p)
	p.row("Entries", a.contents())
	if a.From > 0 {
		given := "which was not given"
		if a.continued {
			given = "which was given and is unchanged too"
		}
		p.row("", "The bundle continues an earlier one, "+given+".")
	}
	a.withheld(p)
	if n := a.erased(); n == 0 {
		p.row("Erased", "nothing")
	} else {
		p.row("Erased", count(n, "entry", "entries")+" lawfully: the content is gone, and the record holds an entry that says so.")
	}
	if n := len(a.Attachments); n > 0 {
		p.row("Attachments", count(n, "file, which is the one", "files, which are the ones")+" that the record names")
	}
	p.row("Standards", harmless(a.Pack.ID)+" (fingerprint of its files: "+hex.EncodeToString(a.Pack.Digest[:6])+"...)")
}

// asks is a quorum in words.
func asks(quorum int) string {
	if quorum == 0 {
		return "no witness"
	}
	return count(quorum, "witness", "witnesses")
}

const mostListed = 20

// chainNames lists the chains of the bundle.
func (a *bundleAnswer) chainNames() string {
	var names []string
	for i, c := range a.Chains {
		if i == mostListed {
			names = append(names, fmt.Sprintf("%d more", len(a.Chains)-i))
			break
		}
		names = append(names, clipped(c.Name))
	}
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return names[0]
}

func (a *bundleAnswer) witnesses(p *page) {
	label := "Witnessed"
	for _, c := range a.Cosigned {
		how := "independent of the organisation"
		switch {
		case a.policy == nil:
			how = "says the bundle, and nothing shows who that is"
		case !slices.Contains(a.Independent, c.Operator):
			how = "run by the organisation itself"
		}
		p.row(label, fmt.Sprintf("by %s on %s, %s", clipped(c.Operator), c.At.UTC().Format(timeForm), how))
		label = ""
	}
	if len(a.Cosigned) == 0 {
		p.row(label, "by nobody")
	}
}

// contents counts the entries.
func (a *bundleAnswer) contents() string {
	n := 0
	for _, c := range a.Chains {
		n += len(c.Entries)
	}
	s := fmt.Sprintf("%d, of %s", n, count(len(a.Chains), "case", "cases"))
	if first := a.Chains[0].First; first > 0 && len(a.Chains) == 1 {
		s += fmt.Sprintf(", from number %d on", first+1)
	}
	if len(a.Excerpt) > 0 {
		s += fmt.Sprintf("; and %d from other cases, with no claim that those cases are complete", len(a.Excerpt))
	}
	return s
}

// each visits every entry; chain is nil for the excerpt.
func (a *bundleAnswer) each(visit func(c *candour.Chain, place int64, e *candour.Entry)) {
	for _, c := range a.Chains {
		for i, e := range c.Entries {
			visit(c, c.First+int64(i), e)
		}
	}
	for _, e := range a.Excerpt {
		visit(nil, 0, e)
	}
}

func (a *bundleAnswer) erased() (n int) {
	a.each(func(_ *candour.Chain, _ int64, e *candour.Entry) {
		if e.Erased {
			n++
		}
	})
	return n
}

// withheldGroup is how often something was withheld for one reason.
type withheldGroup struct {
	Class     string `json:"class"`
	Authority string `json:"authority"`
	Count     int    `json:"count"`
}

// groups counts what is withheld by class and authority, the most frequent first.
func (a *bundleAnswer) groups() (out []withheldGroup, total int) {
	at := map[[2]string]int{}
	a.each(func(_ *candour.Chain, _ int64, e *candour.Entry) {
		for i := range e.Lines {
			if l := &e.Lines[i]; l.Withheld {
				k := [2]string{l.Class, l.Authority}
				if _, ok := at[k]; !ok {
					at[k] = len(out)
					out = append(out, withheldGroup{l.Class, l.Authority, 0})
				}
				out[at[k]].Count++
				total++
			}
		}
	})
	slices.SortStableFunc(out, func(x, y withheldGroup) int { return y.Count - x.Count })
	return out, total
}

func (a *bundleAnswer) withheld(p *page) {
	groups, total := a.groups()
	if total == 0 {
		p.row("Withheld", "nothing")
		return
	}
	p.row("Withheld", count(total, "value", "values")+"; each is sealed too and cannot be exchanged:")
	for i, g := range groups {
		if i == mostListed {
			p.row("", fmt.Sprintf("and for %d more reasons", len(groups)-i))
			break
		}
		p.row("", fmt.Sprintf("%d %s, on the authority of: %s", g.Count, clipped(g.Class), clipped(g.Authority)))
	}
}

func moment(nanos int64) string { return time.Unix(0, nanos).UTC().Format(timeForm) }

// showFacts prints what is disclosed, entry by entry. Each line of a value begins with a bar, so that no value can
// pass for a line of ours.
func (a *bundleAnswer) showFacts(p *page) {
	p.WriteString("\nWhat the entries show. What stands after | is from the record, not from this program.\n")
	a.each(func(c *candour.Chain, place int64, e *candour.Entry) {
		where := "from another case"
		if c != nil {
			where = fmt.Sprintf("number %d in %s", place+1, clipped(c.Name))
		}
		fmt.Fprintf(p, "\nEntry %d, %s, sealed %s\n", e.Index, where, moment(e.Sealed()))
		if e.Erased {
			fmt.Fprintf(p, "  erased lawfully; entry %d says why\n", e.ErasedBy)
			return
		}
		for i := range e.Lines {
			l := &e.Lines[i]
			switch {
			case l.Withheld:
				fmt.Fprintf(p, "  withheld: %s, on the authority of: %s\n", clipped(l.Class), clipped(l.Authority))
			case i == candour.SlotKey || c != nil && i <= candour.SlotPrevious: // said above, or for machines
			default:
				p.value(l)
			}
		}
	})
}

const mostShown = 20000

// value prints a field. What is not text is described.
func (p *page) value(l *candour.Line) {
	name := clipped(l.Name)
	switch {
	case len(l.Value) == 0:
		fmt.Fprintf(p, "  %-12s (empty)\n", name)
	case !isText(l.Value):
		fmt.Fprintf(p, "  %-12s (%s that are no text, with the SHA-256 %x)\n", name, count(len(l.Value), "byte", "bytes"), sha256.Sum256(l.Value))
	default:
		text, more := string(l.Value), 0
		for len(text) > mostShown || !utf8.ValidString(text) {
			text = text[:min(mostShown, len(text)-1)]
		}
		more = len(l.Value) - len(text)
		for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
			fmt.Fprintf(p, "  %-12s | %s\n", name, harmless(strings.TrimSuffix(line, "\r")))
			name = ""
		}
		if more > 0 {
			fmt.Fprintf(p, "  %-12s (and %s more: -json prints all)\n", "", count(more, "byte", "bytes"))
		}
	}
}
