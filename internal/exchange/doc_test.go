package exchange

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheDocumentsExample: the first example of doc/import.md gives what it says.
func TestTheDocumentsExample(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "doc", "import.md"))
	if err != nil {
		t.Fatal(err)
	}
	var blocks []string
	for _, b := range strings.Split(string(data), "```")[1:] {
		kind, text, _ := strings.Cut(b, "\n")
		if kind == "csv" || kind == "yaml" {
			blocks = append(blocks, text)
		}
	}
	im, _ := readAll(t, layoutOf(t, blocks[2], investigation(t)), texts("crimes.csv", blocks[0], "log.csv", blocks[1]))
	if im.Left.Faults != 0 {
		t.Errorf("got %v", im.Left.Kept)
	}
	said := string(data)
	for _, line := range im.Summary.Lines() {
		if !strings.Contains(said, "    "+line+"\n") {
			t.Errorf("the document does not say %q", line)
		}
	}
}
