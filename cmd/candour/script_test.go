package main

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"candour/internal/vault"
)

// clockIs is the variable by which a script sets the clock of the program.
const clockIs = "CLOCK"

// TestMain makes the program itself a command of the scripts, with the clock that the
// script sets.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"candour": func() {
			at, err := time.Parse(time.RFC3339, os.Getenv(clockIs))
			if err != nil {
				panic(err)
			}
			a := newApp(func() time.Time { return at })
			a.width, a.cost = 100, vault.Cost{Passes: 1, KiB: 8, Threads: 1}
			os.Exit(a.main(os.Args[1:]))
		},
	})
}

// TestScripts runs the program as its users meet it.
func TestScripts(t *testing.T) {
	examples, err := filepath.Abs("../../packs")
	if err != nil {
		t.Fatal(err)
	}
	programs := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", programs, "../candour-verify").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("PACKS", examples)
			port, err := freePort()
			if err != nil {
				return err
			}
			env.Setenv("PORT", port)
			env.Setenv(clockIs, "2026-11-24T09:00:00Z")
			env.Setenv("PATH", programs+string(filepath.ListSeparator)+env.Getenv("PATH"))
			return nil
		},
	})
}

// freePort is a port on which a script can have something listen.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}
