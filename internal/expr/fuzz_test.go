package expr

import (
	"testing"
	"time"

	"candour/internal/day"
)

// FuzzCompile: whatever is written as a condition or a value, it is refused with
// an error or lowered to something that can be asked of a record without a value.
func FuzzCompile(f *testing.F) {
	for _, src := range []string{
		"this.n >= 1.0 && this.word in ['a', 'b'] || !has(key.child)", "parties.lead.all(l, l.child && l.age - 1.0 > 2.0)",
		"within(this.at, this.then, 72 hours) ? sure(this.at) : seen('known')", "case.recorded_on < date('2013-12-10')",
		"size(this.refs) > 0", "'r1' in this.refs", "((((true))))", "!!!!true", "\"\\x00\"", "date('2013-02-30')", "this.n + ",
	} {
		f.Add(src)
	}
	scope := testScope()
	env := func() *Env {
		return &Env{This: thing{}, State: people{thing{}, thing{}, []thing{{}}}, Calendar: day.NewCalendar("", time.UTC, nil, nil, 0, 0)}
	}
	f.Fuzz(func(t *testing.T, src string) {
		if len(src) > 1024 {
			t.Skip("large")
		}
		c, err := Compile(src, scope)
		if (c == nil) == (err == nil) {
			t.Fatalf("%q: neither a condition nor an error", src)
		}
		if err == nil {
			c.Eval(env())
		}
		v, err := CompileValue(src, scope)
		if (v == nil) == (err == nil) {
			t.Fatalf("%q: neither a value nor an error", src)
		}
		if err == nil {
			v.Eval(env())
		}
	})
}
