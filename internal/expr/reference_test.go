package expr

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"pgregory.net/rapid"

	"candour/internal/day"
	"candour/internal/fact"
)

// thing is an object of the test: values by number of name.
type thing map[int]*fact.Value

func (t thing) Get(name int) *fact.Value { return t[name] }

// people is the state of the test: the case, the key and then the leads.
type people struct {
	kase, key thing
	leads     []thing
}

func (p people) Register(owner, _, name int) *fact.Value {
	switch owner {
	case -1:
		return p.kase[name]
	case 0:
		return p.key[name]
	}
	return p.leads[owner-1][name]
}

func (p people) Cast(int) []int {
	var out []int
	for i := range p.leads {
		out = append(out, i+1)
	}
	return out
}

func (people) On(int, int) bool            { return true }
func (people) Seen(int, int, []int) bool   { return false }
func (people) Policy(int, int) *fact.Value { return nil }

func testScope() *Scope {
	party := map[string]Type{"age": Number, "child": Bool, "name": Text}
	return &Scope{
		Names: NewNames(),
		Vars: map[string]Type{"this": {Object: "this"}, "key": {Object: "party"}, "case": {Object: "case"},
			"parties": {Object: "parties"}},
		Objects: map[string]map[string]Type{
			"this":    {"n": Number, "m": Number, "yes": Bool, "word": Text, "at": Moment, "then": Moment, "on": Date, "refs": Texts},
			"case":    {"open": Bool, "grade": Text, "recorded_on": Date},
			"party":   party,
			"parties": {"lead": {Object: "party", List: true}},
		},
		Kinds: func(name string) ([]int, bool) { return []int{1}, name == "known" },
	}
}

// mapOf gives an object to the library as a map, which has the same errors for what is missing.
func mapOf(s *Scope, object string, o thing) map[string]any {
	out := map[string]any{}
	for name := range s.Objects[object] {
		if v := o[s.Names.Number(name)]; v != nil {
			out[name] = plain(v)
		}
	}
	return out
}

func plain(v *fact.Value) any {
	switch v.Kind {
	case fact.Bool:
		return v.Bool
	case fact.Number:
		return v.Num
	case fact.Text:
		return v.Text
	case fact.Date:
		return float64(v.Day)
	}
	var out []string
	for _, it := range v.List {
		out = append(out, it.Text)
	}
	return out
}

// library evaluates with the CEL library's own interpreter and standard functions,
// objects being maps and dates numbers: the same expression, another machine.
func library(src string, vars map[string]any) (day.Truth, error) {
	src = strings.NewReplacer("date('2013-12-10')", fmt.Sprintf("%d.0", day.DateOf(2013, 12, 10))).Replace(src)
	opts := []cel.EnvOption{cel.CrossTypeNumericComparisons(true)}
	for name := range vars {
		opts = append(opts, cel.Variable(name, cel.DynType))
	}
	env, err := cel.NewEnv(opts...)
	if err != nil {
		return day.No, err
	}
	ast, iss := env.Compile(src)
	if iss.Err() != nil {
		return day.No, iss.Err()
	}
	prg, err := env.Program(ast)
	if err != nil {
		return day.No, err
	}
	out, _, err := prg.Eval(vars)
	if err != nil || out == nil || types.IsError(out) {
		return day.Unknown, nil
	}
	return truth(out == types.True), nil
}

func number(t *rapid.T, depth int) string {
	switch rapid.IntRange(0, 5).Draw(t, "num") {
	case 0, 1:
		return rapid.SampledFrom([]string{"this.n", "this.m", "key.age"}).Draw(t, "field")
	case 2:
		if depth > 0 {
			return "(" + number(t, depth-1) + rapid.SampledFrom([]string{" + ", " - "}).Draw(t, "op") + number(t, depth-1) + ")"
		}
	case 3:
		if depth > 0 {
			return "(" + condition(t, depth-1) + " ? " + number(t, depth-1) + " : " + number(t, depth-1) + ")"
		}
	}
	return fmt.Sprintf("%d.0", rapid.IntRange(0, 3).Draw(t, "n"))
}

func condition(t *rapid.T, depth int) string {
	if depth == 0 {
		return rapid.SampledFrom([]string{"this.yes", "case.open", "key.child", "true", "false", "has(this.n)", "has(key.child)",
			"case.grade == 'high'", "this.word in ['a', 'b']", "'r1' in this.refs", "this.on < date('2013-12-10')", "case.recorded_on >= date('2013-12-10')"}).Draw(t, "atom")
	}
	a := func() string { return condition(t, depth-1) }
	switch rapid.IntRange(0, 7).Draw(t, "form") {
	case 0:
		return "(" + a() + " && " + a() + ")"
	case 1:
		return "(" + a() + " || " + a() + ")"
	case 2:
		return "!(" + a() + ")"
	case 3:
		return "(" + a() + " ? " + a() + " : " + a() + ")"
	case 4:
		op := rapid.SampledFrom([]string{"<", "<=", ">", ">=", "==", "!="}).Draw(t, "op")
		return "(" + number(t, depth-1) + " " + op + " " + number(t, depth-1) + ")"
	case 5:
		q := rapid.SampledFrom([]string{"all", "exists"}).Draw(t, "q")
		return "parties.lead." + q + "(l, " + rapid.SampledFrom([]string{"l.child", "l.age > 1.0", "!l.child || l.name == 'a'", "l.child && case.open"}).Draw(t, "pred") + ")"
	case 6:
		return "(size(parties.lead) > " + number(t, 0) + ")"
	}
	return condition(t, 0)
}

func object(t *rapid.T, s *Scope, name string) thing {
	out := thing{}
	for field, typ := range s.Objects[name] {
		if rapid.IntRange(0, 3).Draw(t, name+"."+field+" absent") == 0 {
			continue
		}
		v := &fact.Value{Kind: typ.Kind}
		switch {
		case typ.List:
			v.Kind = fact.List
			for range rapid.IntRange(0, 2).Draw(t, "len") {
				v.List = append(v.List, fact.Value{Kind: fact.Text, Text: rapid.SampledFrom([]string{"r1", "r2"}).Draw(t, "ref")})
			}
		case typ.Kind == fact.Bool:
			v.Bool = rapid.Bool().Draw(t, field)
		case typ.Kind == fact.Number:
			v.Num = float64(rapid.IntRange(0, 3).Draw(t, field))
		case typ.Kind == fact.Text:
			v.Text = rapid.SampledFrom([]string{"a", "b", "high"}).Draw(t, field)
		case typ.Kind == fact.Date:
			v.Day = day.DateOf(2013, 12, rapid.IntRange(8, 12).Draw(t, field))
		default:
			continue
		}
		out[s.Names.Number(field)] = v
	}
	return out
}

// TestLoweredIsTheLibrary: whatever the expression and whatever is missing, the
// closures say what the CEL library says, errors included.
func TestLoweredIsTheLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := testScope()
		src := condition(t, rapid.IntRange(0, 4).Draw(t, "depth"))
		c, err := Compile(src, s)
		if err != nil {
			t.Fatalf("compile %s: %v", src, err)
		}
		this, kase, key := object(t, s, "this"), object(t, s, "case"), object(t, s, "party")
		leads := []thing{}
		for range rapid.IntRange(0, 3).Draw(t, "leads") {
			leads = append(leads, object(t, s, "party"))
		}
		list := []any{}
		for _, l := range leads {
			list = append(list, mapOf(s, "party", l))
		}
		cal := day.NewCalendar("", time.UTC, nil, nil, 0, 0)
		got := c.Eval(&Env{This: this, State: people{kase, key, leads}, Calendar: cal})
		want, err := library(src, map[string]any{"this": mapOf(s, "this", this), "case": mapOf(s, "case", kase),
			"key": mapOf(s, "party", key), "parties": map[string]any{"lead": list}})
		if err != nil {
			t.Fatalf("the library refuses %s: %v", src, err)
		}
		if got != want {
			t.Fatalf("%s: lowered says %v, the library %v", src, got, want)
		}
	})
}

func TestOutsideTheSubsetIsRefused(t *testing.T) {
	for _, src := range []string{
		"this.at < this.then", "this.n * 2.0 == 1.0", "this.word.contains('a')", "this.refs.exists_one(x, x == 'a')", "timestamp('2020-01-01T00:00:00Z') == this.at",
		"this.nothing", "nobody.n == 1", "this.word + 'a' == 'b'", "this.n == 'a'", "seen('unknown')", "this.refs[0] == 'a'", "[1,2].map(x, x) == [1]", "dyn(this.n) == 1.0", "1", "within(this.at, this.then, 'soon')",
	} {
		if c, err := Compile(src, testScope()); err == nil {
			t.Errorf("%s was accepted as %v", src, c)
		}
	}
}

func TestMomentsCompareOrCannotTell(t *testing.T) {
	s := testScope()
	cal := day.NewCalendar("", time.UTC, nil, nil, 0, 0)
	summer, _ := day.ParseMoment("1974-06/1974-08", time.UTC)
	july, _ := day.ParseMoment("1974-07-04 10:00", time.UTC)
	autumn, _ := day.ParseMoment("1974-10-01", time.UTC)
	for _, c := range []struct {
		src      string
		at, then day.Moment
		want     day.Truth
	}{
		{"before(this.at, this.then)", summer, autumn, day.Yes},
		{"before(this.at, this.then)", summer, july, day.Unknown},
		{"after(this.at, this.then)", autumn, july, day.Yes},
		{"before(this.at, this.then)", autumn, summer, day.No},
		{"within(this.at, this.then, 72 hours)", july, july, day.Yes},
		{"within(this.at, this.then, 72 hours)", july, autumn, day.No},
		{"within(this.at, this.then, 92 days)", summer, autumn, day.Unknown},
		{"sure(this.at)", july, july, day.Yes},
		{"sure(this.at)", summer, july, day.No},
		{"before(this.at, date('1974-07-05'))", july, july, day.Yes},
	} {
		cond, err := Compile(c.src, s)
		if err != nil {
			t.Fatal(err)
		}
		this := thing{s.Names.Number("at"): moment(c.at), s.Names.Number("then"): moment(c.then)}
		if got := cond.Eval(&Env{This: this, Calendar: cal}); got != c.want {
			t.Errorf("%s on %v and %v: got %v, want %v", c.src, c.at, c.then, got, c.want)
		}
	}
}

func BenchmarkCondition(b *testing.B) {
	s := testScope()
	c, err := Compile("this.n >= 1 && this.word in ['a', 'high'] && !this.yes", s)
	if err != nil {
		b.Fatal(err)
	}
	env := &Env{This: thing{s.Names.Number("n"): {Kind: fact.Number, Num: 2}, s.Names.Number("word"): {Kind: fact.Text, Text: "high"}, s.Names.Number("yes"): {Kind: fact.Bool}}}
	b.ReportAllocs()
	for b.Loop() {
		if c.Eval(env) != day.Yes {
			b.Fatal("wrong")
		}
	}
}

func moment(m day.Moment) *fact.Value {
	v := fact.MomentOf(m)
	return &v
}
