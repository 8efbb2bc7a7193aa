package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"candour/internal/pack"
	"candour/internal/vault"
)

// TestMain makes the program itself a command of the scripts, with a fixed clock.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"candour": func() {
			a := &app{out: os.Stdout, err: os.Stderr, width: 100, packs: map[string]*pack.Pack{}, cost: vault.Cost{Passes: 1, KiB: 64, Threads: 1},
				now: func() time.Time { return time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC) }}
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
	testscript.Run(t, testscript.Params{
		Dir:   "testdata/script",
		Setup: func(env *testscript.Env) error { env.Setenv("PACKS", examples); return nil },
	})
}
