package day

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseMoment(t *testing.T) {
	for _, c := range []struct{ in, lo, hi, back string }{
		{"2012-06-18 10:20", "2012-06-18T09:20:00Z", "", ""},
		{"2012-06-18T10:20", "2012-06-18T09:20:00Z", "", "2012-06-18 10:20"},
		{"2012-06-18 10:20:01", "2012-06-18T09:20:01Z", "", ""},
		{"2012-06-18 10:20:01.050", "2012-06-18T09:20:01.05Z", "", "2012-06-18 10:20:01.05"},
		{"2012-06-18 10:20:00.000000001", "2012-06-18T09:20:00.000000001Z", "", ""},
		{"2012-06-18T10:20:00+02:00", "2012-06-18T08:20:00Z", "", "2012-06-18 09:20"},
		{"2012-10-28T01:30:00+01:00", "2012-10-28T00:30:00Z", "", ""},
		{"2012-10-28T01:30:00Z", "2012-10-28T01:30:00Z", "", ""},
		{"2012-03-25", "2012-03-25T00:00:00Z", "2012-03-25T22:59:59.999999999Z", ""},
		{"1974-06", "1974-05-31T23:00:00Z", "1974-06-30T22:59:59.999999999Z", ""},
		{"1974", "1974-01-01T00:00:00Z", "1974-12-31T23:59:59.999999999Z", ""},
		{"1974-06/1974-08", "1974-05-31T23:00:00Z", "1974-08-31T22:59:59.999999999Z", ""},
		{"1974-01-01/1975-12-31", "1974-01-01T00:00:00Z", "1975-12-31T23:59:59.999999999Z", "1974/1975"},
		{"2012-06-18/2012-06-19 10:20", "2012-06-17T23:00:00Z", "2012-06-19T09:20:00Z", "2012-06-18 00:00/2012-06-19 10:20"},
		{"2012-06-18 10:20/2012-06-18 10:20", "2012-06-18T09:20:00Z", "", "2012-06-18 10:20"},
	} {
		m, err := ParseMoment(c.in, london)
		if err != nil {
			t.Error(err)
			continue
		}
		if c.hi == "" {
			c.hi = c.lo
		}
		if c.back == "" {
			c.back = c.in
		}
		lo, hi := m.Lo.Time(time.UTC).Format(time.RFC3339Nano), m.Hi.Time(time.UTC).Format(time.RFC3339Nano)
		if lo != c.lo || hi != c.hi {
			t.Errorf("ParseMoment(%q) = %s to %s, want %s to %s", c.in, lo, hi, c.lo, c.hi)
		}
		if got := FormatMoment(m, london); got != c.back {
			t.Errorf("%q is written back as %q, want %q", c.in, got, c.back)
		}
	}
}

func TestParseMomentRefuses(t *testing.T) {
	for _, c := range []struct{ in, says string }{
		{"2012-10-28 01:30", "occurs twice in Europe/London, as the clocks went back; write it with its offset, such as 2012-10-28T01:30:00+01:00"},
		{"2012-03-25 01:30", "does not exist"},
		{"1849-12-31", "absurd date"}, {"2200", "absurd date"}, {"0001-01", "absurd date"}, {"2200-01-01 10:00", "absurd date"},
		{"2199-12-31T23:30:00-01:00", "absurd date"},
		{"2012-06-19/2012-06-18", "ends before it begins"},
		{"2012-06-18/2012-06-19/2012-06-20", "not a time"}, {"/", "not a time"}, {"", "not a time"},
		{"2012-02-30", "not a day that exists"}, {"2012-06-18 24:00", "not a time"}, {"2012-06-18 10:60", "not a time"},
		{"2012-06-18 10:20:60", "not a time"}, {"2012-06-18 10:20:00.1234567890", "not a time"}, {"2012-06-18 10:20:00.", "not a time"},
		{"2012-06-18T1:20:00Z", "not a time"}, {"2012-06-18 10:20+01:00", "offset"}, {"2012-06-18T10:20:00+24:00", "offset"},
		{" 2012-06-18", "not a time"}, {"yesterday", "not a time"},
	} {
		m, err := ParseMoment(c.in, london)
		if err == nil || !strings.Contains(err.Error(), c.says) || m != (Moment{}) {
			t.Errorf("ParseMoment(%q) = %v, %v; want an error saying %q", c.in, m, err, c.says)
		}
	}
	for _, s := range []string{"2012-06-18", "2012-06", "2012", "2012-06-18 10:20/2012-06-18 10:21"} {
		if at, err := ParseInstant(s, london); err == nil || at != 0 {
			t.Errorf("ParseInstant(%q) = %d, %v; want an error", s, at, err)
		}
	}
}

func TestWholeDaysOfAnotherZone(t *testing.T) {
	m, err := ParseMoment("2012-06-18", time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := FormatMoment(m, london), "2012-06-18 01:00/2012-06-19 00:59:59.999999999"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

var zones = []*time.Location{time.UTC, london, mustZone("Europe/Amsterdam"), mustZone("America/St_Johns"), mustZone("Australia/Lord_Howe"), mustZone("Pacific/Apia")}

func TestFormatMomentReadsBack(t *testing.T) {
	from, to := int64(instant(t, "1850-01-03T00:00:00Z")), int64(instant(t, "2199-12-29T00:00:00Z"))
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		a, b := rapid.Int64Range(from, to).Draw(t, "a"), rapid.Int64Range(from, to).Draw(t, "b")
		grain := rapid.SampledFrom([]int64{1, 1e9, 60e9, 1800e9}).Draw(t, "grain")
		lo, hi := Instant(min(a, b)/grain*grain), Instant(max(a, b)/grain*grain)
		c := Calendar{zone: zone}
		for _, m := range []Moment{At(lo), {Lo: lo, Hi: hi}, {c.Start(c.DateOf(lo)), c.End(c.DateOf(hi)), true}} {
			s := FormatMoment(m, zone)
			if back, err := ParseMoment(s, zone); err != nil || back != m {
				t.Fatalf("%v in %s is written %q and read as %v, %v", m, zone, s, back, err)
			}
		}
	})
}

func FuzzParseMoment(f *testing.F) {
	for _, s := range []string{"2012-06-18 10:20", "2012-06-18T10:20:00.5+01:00", "1974-06/1974-08", "2012", "2012-10-28 01:30", "2012-03-25 01:30",
		"1850-01-01", "2199-12-31 23:59:59.999999999", "2012-10-28T01:30:00Z/2012-10-28T01:30:00Z", "2040-12-31", "//"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, zone := range zones {
			m, err := ParseMoment(s, zone)
			if err != nil {
				if m != (Moment{}) {
					t.Fatalf("ParseMoment(%q) = %v and an error", s, m)
				}
				continue
			}
			out := FormatMoment(m, zone)
			if back, err := ParseMoment(out, zone); m.Lo > m.Hi && err == nil || m.Lo <= m.Hi && (err != nil || back != m) {
				t.Fatalf("%q in %s = %v, written %q, read as %v, %v", s, zone, m, out, back, err)
			}
		}
	})
}

func BenchmarkParseMoment(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseMoment("2012-06-18 10:20:01", london); err != nil {
			b.Fatal(err)
		}
	}
}
