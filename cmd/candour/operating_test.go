package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// TestOperatingManual runs the commands of doc/operating.md that are marked as sh, in their order:
// the first day, the daily ones, the rotations, and the drill of a lost disk.
func TestOperatingManual(t *testing.T) {
	text := manual(t)
	dir := t.TempDir()
	var script strings.Builder
	script.WriteString("set -eu\n")
	for _, block := range regexp.MustCompile("(?s)\n```sh\n(.*?)```").FindAllStringSubmatch(text, -1) {
		script.WriteString(block[1])
	}
	commands := regexp.MustCompile(`(^|[ "(])/(mnt|srv)\b`).ReplaceAllString(script.String(), "${1}"+dir+"/$2")
	// Two backups within the second of a fixed clock would have one name.
	n := 0
	commands = regexp.MustCompile(`(?m)^candour`).ReplaceAllStringFunc(commands, func(string) string {
		n++
		return clockIs + "=2026-11-24T09:" + string(rune('0'+n/10)) + string(rune('0'+n%10)) + ":00Z candour"
	})
	cmd := exec.Command("sh", "-c", commands)
	cmd.Env = append(os.Environ(), clockIs+"=2026-11-24T10:00:00Z")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, commands, out)
	}
	for _, want := range []string{"0 wrong", "Restored to", "INTACT", "Epoch 2 has begun", "The gap:"} {
		if !bytes.Contains(out, []byte(want)) {
			t.Errorf("nothing said %q:\n%s", want, out)
		}
	}
}

// TestOperatingManualNamesCommands: every command that the manual names can be called like that.
func TestOperatingManualNamesCommands(t *testing.T) {
	text := strings.ReplaceAll(manual(t), "\\\n", " ")
	var lines []string
	for _, m := range regexp.MustCompile("(?m)^ *(candour .*)$|`(candour [^`]*)`").FindAllStringSubmatch(text, -1) {
		lines = append(lines, m[1]+m[2])
	}
	if len(lines) < 30 {
		t.Fatalf("only %d commands are found", len(lines))
	}
	for _, line := range lines {
		line, _, _ = strings.Cut(line, " > ")
		words := split(line)[1:]
		words = words[:len(words):len(words)]
		for i, w := range words {
			if w == "..." {
				words = words[:i]
				break
			}
		}
		var out bytes.Buffer
		k, err := kong.New(&cli, kong.Embed(&acting), kong.Name("candour"), kong.Writers(&out, &out), kong.Exit(func(int) {}))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.Parse(words); err != nil && !missing(err) {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// missing tells of a command that is named without its arguments, as in the middle of a sentence.
func missing(err error) bool {
	return strings.Contains(err.Error(), "expected \"<") || strings.Contains(err.Error(), "missing flags") || strings.Contains(err.Error(), "expected one of")
}

func manual(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "doc", "operating.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// split parts a line into words; quotes keep words together.
func split(line string) (out []string) {
	for _, m := range regexp.MustCompile(`"[^"]*"|'[^']*'|[^ ]+`).FindAllString(line, -1) {
		out = append(out, strings.Trim(m, `"'`))
	}
	return out
}
