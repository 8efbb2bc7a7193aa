package rule

import (
	"fmt"
	"strings"
	"testing/fstest"
	"time"

	"candour/bench/trace"
	"candour/internal/day"
)

// Generate makes forty rules over the generated log: sixteen times within with
// some cancelled, eight forbidden, eight gates, eight by a date of the trigger's.
func Generate() []Rule {
	var out []Rule
	for i := range 40 {
		r := Rule{
			ID: fmt.Sprintf("g%02d", i), Log: "generated",
			Trig: []string{trace.KindName(i % trace.Kinds)}, Disc: []string{trace.KindName((i*7 + 3 + i/trace.Kinds) % trace.Kinds)},
			D: time.Duration(24*(1+i%7)) * time.Hour, Where: condition(i), That: thatCondition(i),
		}
		if r.Disc[0] == r.Trig[0] {
			r.Disc[0] = trace.KindName((i + 1) % trace.Kinds)
		}
		switch {
		case i < 16 && i%3 == 0:
			for _, k := range []string{trace.KindName((i*3 + 5) % trace.Kinds), trace.KindName((i*3 + 11) % trace.Kinds)} {
				if k != r.Disc[0] { // the same act cannot both meet and lift
					r.Cancel = append(r.Cancel, k)
				}
			}
		case i >= 16 && i < 24:
			r.Shape = Forbid
		case i >= 24 && i < 32:
			r.Shape = Gate
		case i >= 32:
			r.Due = FromField
		}
		out = append(out, r)
	}
	return out
}

// condition is the trigger's condition of the ith rule, from none to compound.
func condition(i int) *Cond {
	all := Conditions()
	if i%(len(all)+1) == 0 {
		return nil
	}
	return all[i%(len(all)+1)-1]
}

// thatCondition is the discharging act's condition of the ith rule.
func thatCondition(i int) *Cond {
	switch i % 4 {
	case 1:
		return &Cond{
			Candour: "that.by != this.by", CEL: "that.by != this.by", SQL: "that.by <> this.by", Rego: []string{"that.by != this.by"},
			Go: func(_ *trace.Case, this, that *trace.Event) bool { return that.By != this.By },
		}
	case 3:
		return &Cond{
			Candour: "that.grade in ['medium', 'high']", CEL: "that.grade in ['medium', 'high']", SQL: "that.grade IN ('medium', 'high')",
			Rego: []string{`that.grade in {"medium", "high"}`},
			Go:   func(_ *trace.Case, _, that *trace.Event) bool { return that.Grade == "medium" || that.Grade == "high" },
		}
	}
	return nil
}

var (
	summer = int32(day.DateOf(2021, 6, 1))
	spring = int32(day.DateOf(2020, 3, 1))
)

// Conditions are the eight conditions that are also measured alone.
func Conditions() []*Cond {
	return []*Cond{
		{
			Candour: "this.urgent", CEL: "this.flag", SQL: "this.flag = 1", Rego: []string{"this.flag"},
			Go: func(_ *trace.Case, this, _ *trace.Event) bool { return this.Flag },
		},
		{
			Candour: "this.amount >= 500", CEL: "this.amount >= 500.0", SQL: "this.amount >= 500", Rego: []string{"this.amount >= 500"},
			Go: func(_ *trace.Case, this, _ *trace.Event) bool { return this.HasAmount && this.Amount >= 500 },
		},
		{
			Candour: "this.grade in ['medium', 'high', 'urgent']", CEL: "this.grade in ['medium', 'high', 'urgent']",
			SQL: "this.grade IN ('medium', 'high', 'urgent')", Rego: []string{`this.grade in {"medium", "high", "urgent"}`},
			Go: func(_ *trace.Case, this, _ *trace.Event) bool {
				return this.Grade == "medium" || this.Grade == "high" || this.Grade == "urgent"
			},
		},
		{
			Candour: "this.on < date('2021-06-01')", CEL: "this.on < timestamp('2021-06-01T00:00:00Z')",
			SQL: fmt.Sprintf("this.d < %d", summer), Rego: []string{`this.on < "2021-06-01"`},
			Go: func(_ *trace.Case, this, _ *trace.Event) bool { return this.On < summer },
		},
		{
			Candour: "has(this.amount) && this.amount < 300", CEL: "has(this.amount) && this.amount < 300.0",
			SQL: "this.amount IS NOT NULL AND this.amount < 300", Rego: []string{"is_number(this.amount); this.amount < 300"},
			Go: func(_ *trace.Case, this, _ *trace.Event) bool { return this.HasAmount && this.Amount < 300 },
		},
		{
			Candour: "this.amount >= 200 && this.grade in ['high', 'urgent'] && !this.urgent",
			CEL:     "this.amount >= 200.0 && this.grade in ['high', 'urgent'] && !this.flag",
			SQL:     "this.amount >= 200 AND this.grade IN ('high', 'urgent') AND this.flag = 0",
			Rego:    []string{`this.amount >= 200; this.grade in {"high", "urgent"}; not this.flag`},
			Go: func(_ *trace.Case, this, _ *trace.Event) bool {
				return this.HasAmount && this.Amount >= 200 && (this.Grade == "high" || this.Grade == "urgent") && !this.Flag
			},
		},
		{
			Candour: "has(this.amount) && (this.amount < 300 || this.grade == 'low') && this.on >= date('2020-03-01')",
			CEL:     "has(this.amount) && (this.amount < 300.0 || this.grade == 'low') && this.on >= timestamp('2020-03-01T00:00:00Z')",
			SQL:     fmt.Sprintf("this.amount IS NOT NULL AND (this.amount < 300 OR this.grade = 'low') AND this.d >= %d", spring),
			Rego: []string{
				`is_number(this.amount); this.amount < 300; this.on >= "2020-03-01"`,
				`is_number(this.amount); this.grade == "low"; this.on >= "2020-03-01"`,
			},
			Go: func(_ *trace.Case, this, _ *trace.Event) bool {
				return this.HasAmount && (this.Amount < 300 || this.Grade == "low") && this.On >= spring
			},
		},
		{
			Candour: "case.amount >= 1000 && this.grade != 'low'", CEL: "kase.amount >= 1000.0 && this.grade != 'low'",
			SQL: "kase.amount >= 1000 AND this.grade <> 'low'", Rego: []string{`input.amount >= 1000; this.grade != "low"`},
			Go: func(c *trace.Case, this, _ *trace.Event) bool {
				return c.HasAmount && c.Amount >= 1000 && this.Grade != "low"
			},
		},
	}
}

// Pack writes rules over the generated log as a pack, in memory.
func Pack(rules []Rule) fstest.MapFS {
	var kinds, standards strings.Builder
	for i := range trace.Kinds {
		fmt.Fprintf(&kinds, "- id: %s\n  label: {en: Generated}\n  fields:\n", trace.KindName(i))
		kinds.WriteString("    urgent: {type: boolean, absent: unknown}\n    grade: {type: enum, of_values: [low, medium, high, urgent], absent: unknown}\n" +
			"    on: {type: date, absent: unknown}\n    due: {type: date-time, absent: unknown}\n    amount: {type: number, absent: unknown}\n")
	}
	for i := range rules {
		standards.WriteString(rules[i].standard())
	}
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	return fstest.MapFS{
		"pack.yaml":          file("pack: generated\nversion: \"1\"\ntitle: {en: Generated}\nzone: UTC\nposts: [owner]\n"),
		"kinds/all.yaml":     file(kinds.String()),
		"registers/all.yaml": file("- {id: amount, of: case, type: number, absent: unknown}\n"),
		"standards/all.yaml": file(standards.String()),
	}
}

// standard writes a rule as a standard.
func (r *Rule) standard() string {
	with := func(acts []string, c *Cond) string {
		s := "{fact: [" + strings.Join(acts, ", ") + "]"
		if c != nil {
			s += fmt.Sprintf(", where: %q", c.Candour)
		}
		return s + "}"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "- id: %s\n  title: {en: Generated}\n  source: generated\n  basis: {duty: policy, time: policy}\n  examples: [e]\n", r.ID)
	fmt.Fprintf(&b, "  when: %s\n  per: case\n  repeat: each\n  tell: [owner]\n", with(r.Trig, r.Where))
	if r.Cancel != nil {
		fmt.Fprintf(&b, "  unless: [%s]\n", with(r.Cancel, nil))
	}
	must := "must"
	if r.Shape == Forbid {
		must = "must_not"
	}
	fmt.Fprintf(&b, "  %s: %s\n", must, with(r.Disc, r.That))
	switch {
	case r.Shape == Gate:
		b.WriteString("  gate: yes\n  curable: no\n")
	case r.Due == FromField:
		b.WriteString("  by: this.due\n")
	default:
		fmt.Fprintf(&b, "  within: %d hours\n", int(r.D.Hours()))
	}
	return b.String()
}
