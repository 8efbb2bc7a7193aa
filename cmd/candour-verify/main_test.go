package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes the program a command of the scripts.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"candour-verify": main})
}

// TestScripts runs the program as its users meet it, on the vectors of the format.
func TestScripts(t *testing.T) {
	vectors, err := filepath.Abs("../../testdata/format")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("V", vectors)
			return os.CopyFS(env.WorkDir, os.DirFS("testdata/files"))
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){"exits": exits},
	})
}

// exits runs the program and asks for an exit code: exits 3 -policy ...
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want := args[0]
	var out, errs strings.Builder
	for i, a := range args {
		if strings.HasSuffix(a, ".txt") || strings.HasSuffix(a, ".zip") {
			args[i] = ts.MkAbs(a)
		}
	}
	code := run(args[1:], &out, &errs)
	ts.Logf("%s%s", out.String(), errs.String())
	if got := string(rune('0' + code)); got != want {
		ts.Fatalf("exit %s, want %s", got, want)
	}
}

// TestEveryVectorIsSaid runs every bundle of the vectors: the exit code follows the verdict, every code has
// its sentence, and nothing is printed that a terminal would obey.
func TestEveryVectorIsSaid(t *testing.T) {
	const vectors = "../../testdata/format/"
	lines, err := os.ReadFile(vectors + "verdicts.txt")
	if err != nil {
		t.Fatal(err)
	}
	exit := map[string]int{"intact": exitIntact, "changed": exitChanged, "cannot-tell": exitCannotTell}
	for line := range strings.SplitSeq(strings.TrimSpace(string(lines)), "\n") {
		w := strings.Split(line, " ")
		args := []string{"-facts"}
		if w[1] != "-" {
			args = append(args, "-policy", vectors+w[1])
		}
		if w[2] != "-" {
			args = append(args, "-previous", vectors+w[2])
		}
		for _, args := range [][]string{append(args, vectors+w[0]), append(args, "-json", vectors+w[0])} {
			var out, errs strings.Builder
			if code := run(args, &out, &errs); code != exit[w[3]] || errs.Len() > 0 {
				t.Errorf("%s: exit %d, want %d; %s", w[0], code, exit[w[3]], errs.String())
			}
			verdict := strings.ReplaceAll(w[3], "-", " ")
			if s := sentences[key0(verdict, w[4])]; s == "" || !strings.Contains(strings.Join(strings.Fields(out.String()), " "), s) {
				t.Errorf("%s: the sentence of %s %s is not said:\n%s", w[0], w[3], w[4], out.String())
			}
			if args[len(args)-2] != "-json" && !strings.HasPrefix(out.String(), strings.ToUpper(verdict)) {
				t.Errorf("%s does not begin with its verdict", w[0])
			}
			for _, r := range out.String() {
				if r != '\n' && !unicode.IsPrint(r) {
					t.Fatalf("%s prints %U", w[0], r)
				}
			}
		}
	}
}

func key0(verdict, code string) string {
	if code == "-" {
		return verdict
	}
	return verdict + " " + code
}

func TestHarmless(t *testing.T) {
	for in, want := range map[string]string{
		"Zoë Ångström, 山田 – ok": "Zoë Ångström, 山田 – ok",
		"\x1b[2J":               `\u{001b}[2J`,
		"\u009b2J":              `\u{009b}2J`,
		"a\nb\tc\r":             `a\u{000a}b\u{0009}c\u{000d}`,
		"\u202egnp.exe":         `\u{202e}gnp.exe`,
		"\u2066x\u2069":         `\u{2066}x\u{2069}`,
		"\u200b\u200d\ufeff":    `\u{200b}\u{200d}\u{feff}`,
		"\u2028\u2029\u0085":    `\u{2028}\u{2029}\u{0085}`,
		"\u3164\ufe0f":          `\u{3164}\u{fe0f}`,
		"\U000e0041":            `\u{e0041}`,
		"\xff\xed\xa0\x80":      `\xff\xed\xa0\x80`,
		"\ufffd":                "\ufffd",
		"\x7f\x00":              `\u{007f}\u{0000}`,
	} {
		if got := harmless(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestWrappedKeepsEveryWord(t *testing.T) {
	s := strings.Repeat("word and another ", 30) + strings.Repeat("x", 200)
	got := wrapped(s, 15)
	if strings.Join(strings.Fields(got), " ") != s {
		t.Errorf("got %q", got)
	}
	for _, line := range strings.Split(got, "\n") {
		if len(line) > width && !strings.Contains(line, "xxx") {
			t.Errorf("too long: %q", line)
		}
	}
}
