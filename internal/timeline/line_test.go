package timeline

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func member(key, value string) Member { return Member{key, []byte(value)} }

func TestALineIsMadeOfMembersInAnyOrder(t *testing.T) {
	for _, c := range []struct {
		what, id, kase, text string
		members              []Member
	}{
		{"fact", "f1", "c1", `{"fact":"f1","case":"c1","kind":"k","at":"2020","f":{"":0,"a.b":1,"method":"letter"},"seq":7}`,
			[]Member{member("f.method", `"letter"`), member("seq", "7"), member("f.a.b", "1"), member("kind", `"k"`), member("f.", "0"), member("at", `"2020"`), member("case", `"c1"`), member("fact", `"f1"`)}},
		{"case", "c", "c", `{"case":"c","kind":"k","given":{"x":[1,"y"]}}`, []Member{member("kind", `"k"`), member("given.x", `[1,"y"]`), member("case", `"c"`)}},
		{"party", "p", "c", `{"party":"p","case":"c","role":"r","given":{"\"":true}}`, []Member{member(`given."`, "true"), member("case", `"c"`), member("role", `"r"`), member("party", `"p"`)}},
		{"candour", "", "", `{"candour":"timeline/1","body":"b"}`, []Member{member("body", `"b"`), member("candour", `"timeline/1"`)}},
		{"policy", "n", "", `{"policy":"n","value":3}`, []Member{member("policy", `"n"`), member("value", "3")}},
	} {
		l, err := NewLine(c.what, c.members)
		if err != nil {
			t.Fatal(err)
		}
		if l.What != c.what || l.ID != c.id || l.Case != c.kase || string(l.Text()) != c.text {
			t.Errorf("got %s %q of %q: %s, want %s", l.What, l.ID, l.Case, l.Text(), c.text)
		}
	}
}

func TestMembersThatMakeNoLineAreRefused(t *testing.T) {
	for _, c := range []struct {
		what, want string
		members    []Member
	}{
		{"thing", "no line begins so", nil},
		{"fact", `"fact" is missing`, nil},
		{"fact", `"fact" is missing`, []Member{member("case", `"c"`)}},
		{"fact", `"fact" is not text`, []Member{member("fact", "null")}},
		{"fact", `"case" is not text`, []Member{member("fact", `"f"`), member("case", "1")}},
		{"fact", `"x": unknown key; known keys: fact, case,`, []Member{member("fact", `"f"`), member("x", "1")}},
		{"fact", `"given.x": unknown key`, []Member{member("fact", `"f"`), member("given.x", "1")}},
		{"fact", `"via.how": unknown key`, []Member{member("fact", `"f"`), member("via.how", `"system"`)}},
		{"fact", `".at": unknown key`, []Member{member("fact", `"f"`), member(".at", `"2020"`)}},
		{"fact", "as f.NAME", []Member{member("fact", `"f"`), member("f", "{}")}},
		{"fact", `the key "f.a" is given twice`, []Member{member("f.a", "1"), member("fact", `"f"`), member("f.a", "1")}},
		{"fact", "not JSON on one line", []Member{member("fact", `"f","case":"c"`)}},
		{"fact", "not JSON on one line", []Member{member("fact", "\n\"f\"")}},
		{"fact", "not JSON on one line", []Member{member("fact", "")}},
	} {
		if _, err := NewLine(c.what, c.members); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: got %v, want %q", c.members, err, c.want)
		}
	}
}

// Texts are written as encoding/json writes them.
func TestTextsAreWrittenAsTheLibraryDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringMatching("[\u2027-\u202a\\x00-\\x2f\\\\\"\x7f<>&é]*")).Draw(t, "text")
		var want bytes.Buffer
		enc := json.NewEncoder(&want)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(s); err != nil {
			t.Fatal(err)
		}
		if got := appendWord(nil, s); string(got)+"\n" != want.String() {
			t.Errorf("got %s, want %s", got, want.String())
		}
	})
}

func TestALineDoesNotKeepTheMembersGiven(t *testing.T) {
	given := []Member{member("kind", `"k"`), member("case", `"c"`)}
	before := slices.Clone(given)
	if _, err := NewLine("case", given); err != nil {
		t.Fatal(err)
	}
	same(t, given, before)
}
