package candour_test

import (
	"os/exec"
	"strings"
	"testing"
)

// floors is the table of doc/design.md: imports only go down, and rooms on one
// floor do not import each other. A new package is placed here in its own commit.
var floors = map[string]int{
	"candour":                            0,
	"candour/internal/day":               0,
	"candour/internal/durable":           0,
	"candour/internal/faults/vfs":        0, // a disk that fails: imported by tests only
	"candour/internal/paper":             0,
	"candour/internal/vault/vaulttest":   0, // imported by tests only
	"candour/packs":                      0,
	"candour/internal/fact":              1,
	"candour/internal/expr":              2,
	"candour/internal/record":            2,
	"candour/internal/pack":              3,
	"candour/internal/postgres":          3,
	"candour/internal/postgres/pgtest":   3, // a real PostgreSQL: imported by tests only
	"candour/internal/record/recordtest": 3, // the suite that the stores pass: imported by tests only
	"candour/internal/sqlite":            3,
	"candour/internal/phrase":            4,
	"candour/internal/state":             4,
	"candour/internal/timeline":          4,
	"candour/internal/docket":            5,
	"candour/internal/obligation":        5,
	"candour/internal/view":              7,
	"candour/internal/exchange":          8,
	"candour/internal/vault":             8,
	"candour/internal/report":            9,
	"candour/internal/sweep":             9,
	"candour/internal/trial":             9,
	"candour/internal/casework":          10,
	"candour/internal/northmere":         10,
	"candour/internal/faults":            11, // tests only
	"candour/internal/witness":           11,
	"candour/cmd/candour":                12,
	"candour/cmd/candour-verify":         12,
}

func TestImportsOnlyGoDown(t *testing.T) {
	if seen := goDown(t, `{{join .Imports " "}}`, 1); seen == 0 {
		t.Fatal("no package was judged")
	}
}

// TestTestImportsNeverGoUp holds the imports of tests against the same table: what
// tests a room may use its neighbours and what lies below.
func TestTestImportsNeverGoUp(t *testing.T) {
	if seen := goDown(t, `{{join .TestImports " "}} {{join .XTestImports " "}}`, 0); seen == 0 {
		t.Fatal("no test was judged")
	}
}

// goDown holds what go list says that packages import against the table: each at
// least so many floors down. It counts the imports it judged.
func goDown(t *testing.T, imports string, by int) (seen int) {
	t.Helper()
	out, err := exec.Command("go", "list", "-f", "{{.ImportPath}} "+imports, "./...").CombinedOutput()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, out)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		words := strings.Fields(line)
		from := words[0]
		floor, ok := floors[from]
		if !ok {
			t.Errorf("%s stands on no floor: place it in the table", from)
			continue
		}
		for _, to := range words[1:] {
			if !strings.HasPrefix(to, "candour/") || to == from {
				continue
			}
			seen++
			if below, ok := floors[to]; !ok || below+by > floor {
				t.Errorf("%s (floor %d) imports %s (floor %d)", from, floor, to, below)
			}
		}
	}
	return seen
}

// TestEngineReadsNoClock keeps I/O, clocks and goroutines out of what must be pure.
func TestEngineReadsNoClock(t *testing.T) {
	for _, pkg := range []string{"day", "fact", "expr", "state", "phrase", "paper", "obligation", "trial"} {
		out, err := exec.Command("go", "list", "-f", "{{join .Imports \" \"}}", "./internal/"+pkg).CombinedOutput()
		if err != nil {
			t.Fatalf("go list %s: %v\n%s", pkg, err, out)
		}
		for _, imp := range strings.Fields(string(out)) {
			if imp == "os" || imp == "net" || imp == "net/http" || imp == "math/rand" {
				t.Errorf("internal/%s imports %s", pkg, imp)
			}
		}
	}
}
