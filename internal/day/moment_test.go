package day

import (
	"testing"
	"time"
)

func TestSecondCutsDownwards(t *testing.T) {
	for _, c := range []struct{ in, want Instant }{
		{1_999_999_999, 1_000_000_000}, {2_000_000_000, 2_000_000_000}, {0, 0}, {-1, -1_000_000_000}, {-2_000_000_000, -2_000_000_000},
	} {
		if got := c.in.Second(); got != c.want {
			t.Errorf("Instant(%d).Second() = %d, want %d", c.in, got, c.want)
		}
	}
}

func TestTruthIsKleenes(t *testing.T) {
	all := []Truth{No, Unknown, Yes} // in Kleene's order, and = min, or = max
	for i, a := range all {
		if got, want := a.Not(), all[2-i]; got != want {
			t.Errorf("not %s = %s, want %s", a, got, want)
		}
		for j, b := range all {
			if got, want := a.And(b), all[min(i, j)]; got != want {
				t.Errorf("%s and %s = %s, want %s", a, b, got, want)
			}
			if got, want := a.Or(b), all[max(i, j)]; got != want {
				t.Errorf("%s or %s = %s, want %s", a, b, got, want)
			}
		}
	}
}

func TestBeforeCannotTellOfOverlaps(t *testing.T) {
	for _, c := range []struct {
		name string
		a, b Moment
		want Truth
	}{
		{"apart", Moment{Lo: 1, Hi: 2}, Moment{Lo: 3, Hi: 4}, Yes},
		{"apart, the other way", Moment{Lo: 3, Hi: 4}, Moment{Lo: 1, Hi: 2}, No},
		{"overlap", Moment{Lo: 1, Hi: 3}, Moment{Lo: 2, Hi: 4}, Unknown},
		{"touching", Moment{Lo: 1, Hi: 2}, Moment{Lo: 2, Hi: 4}, Unknown},
		{"beginning where the other ends", Moment{Lo: 2, Hi: 4}, Moment{Lo: 1, Hi: 2}, No},
		{"the same instant", At(2), At(2), No},
		{"within", At(2), Moment{Lo: 1, Hi: 3}, Unknown},
	} {
		if got := Before(c.a, c.b); got != c.want {
			t.Errorf("%s: before = %s, want %s", c.name, got, c.want)
		}
		if got := After(c.b, c.a); got != c.want {
			t.Errorf("%s: after, turned round = %s, want %s", c.name, got, c.want)
		}
	}
}

func TestMomentSaysWhatWasStated(t *testing.T) {
	whole := Moment{Lo: 0, Hi: 86400*second - 1, Whole: true}
	if !(Moment{}).IsZero() || At(1).IsZero() || whole.IsZero() {
		t.Error("only the zero moment is not stated")
	}
	if !At(5).Exact() || whole.Exact() || Sure(At(5)) != Yes || Sure(whole) != No {
		t.Error("an instant is exact and sure, a day is not")
	}
}

func TestInstantGoesThroughTime(t *testing.T) {
	at := time.Date(2012, 6, 18, 10, 20, 0, 7, london)
	if got := FromTime(at).Time(london); !got.Equal(at) || got.Hour() != 10 {
		t.Errorf("got %v, want %v", got, at)
	}
}

func TestDateArithmetic(t *testing.T) {
	for _, c := range []struct {
		from   string
		months int
		want   string
		same   bool
	}{
		{"2020-01-15", 1, "2020-02-15", true},
		{"2020-01-31", 1, "2020-02-29", false},
		{"2019-01-31", 1, "2019-02-28", false},
		{"2020-02-29", 12, "2021-02-28", false},
		{"2020-02-29", 48, "2024-02-29", true},
		{"2020-03-31", -1, "2020-02-29", false},
		{"2020-01-15", -1, "2019-12-15", true},
		{"1969-12-31", 2, "1970-02-28", false},
	} {
		got, same := date(t, c.from).AddMonths(c.months)
		if got.String() != c.want || same != c.same {
			t.Errorf("%s + %d months = %s, %v; want %s, %v", c.from, c.months, got, same, c.want, c.same)
		}
	}
	for d := DateOf(1849, 12, 25); d < DateOf(2200, 1, 5); d++ {
		if got, want := d.Weekday(), d.utc().Weekday(); got != want {
			t.Fatalf("%s is a %s, want %s", d, got, want)
		}
		if d >= DateOf(1850, 1, 1) && d < DateOf(2200, 1, 1) {
			if back, err := ParseDate(d.String()); err != nil || back != d {
				t.Fatalf("ParseDate(%q) = %s, %v", d.String(), back, err)
			}
		}
	}
}

func TestParseDateRefuses(t *testing.T) {
	for _, s := range []string{"", "2012", "2012-02-30", "2012-13-01", "2012-00-01", "2012-01-00", "2012-1-01", "1849-12-31", "2200-01-01",
		"2012-01-01 ", "2012-01-011", "2012/01/01", "-012-01-01", "２０１２-01-01"} {
		if d, err := ParseDate(s); err == nil {
			t.Errorf("ParseDate(%q) = %s, want an error", s, d)
		}
	}
}
