package pack

import (
	"slices"

	"candour/internal/day"
)

// asks makes every `absent: ask D` a standard of its own (ruling 31). It is as far
// checked as anything in the pack is: where nothing is, it only advises (ruling 23).
func (l *loader) asks(p *Pack) {
	var checked *Checked
	if slices.ContainsFunc(p.Standards, func(s *Standard) bool { return s.Checked != nil }) {
		checked = &Checked{Level: "reference"}
	}
	add := func(id, label, per string, when Selector, d day.Duration, a *Ask, file string, line int) {
		s := &Standard{ID: id, No: len(p.Standards), Version: 1, Title: label, Basis: Basis{"policy", "policy"}, Severity: Minor,
			When: []Selector{when}, Per: per, Repeat: Each, Must: &Tree{Leaf: &Leaf{Words: label}}, Within: &Term{Words: d.String(), Duration: d},
			Curable: true, Asks: a, File: file, Line: line, Checked: checked, Source: "a missing value is itself a duty"}
		s.Leaves = s.Must.leaves()
		p.Standards = append(p.Standards, s)
	}
	for _, k := range p.Kinds {
		per := "case"
		if len(k.About) > 0 {
			per = k.About[0]
		}
		for i, f := range k.Fields {
			if f.Absent.Ask != nil {
				add("ask:"+k.ID+"."+f.Name, "Say "+f.Name+" of "+k.ID, per, Selector{Kinds: []int{k.No}, Words: k.ID + " without " + f.Name}, *f.Absent.Ask, &Ask{Kind: k.No, Slot: i}, k.File, f.Line)
			}
		}
	}
	for _, of := range sortedKeys(p.Registers) {
		for _, r := range p.Registers[of] {
			if r.Absent.Ask != nil {
				add("ask:"+of+"."+r.ID, "Say "+r.ID+" of the "+of, of, Selector{Opened: true, Words: "nothing says " + r.ID}, *r.Absent.Ask, &Ask{Kind: -1, Register: r}, r.File, r.Line)
			}
		}
	}
}

func sortedKeys[V any](m map[string]V) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
