package main

import (
	"errors"
	"fmt"
	"os"

	"candour/internal/pack"
	"candour/internal/timeline"
	"candour/internal/trial"
)

type testCmd struct {
	Files []string `arg:"" help:"Timelines with a test line and expect lines." type:"existingfile"`
	Pack  string   `help:"An embedded pack's name, or a folder; default what the file names." placeholder:"NAME"`
}

func (testCmd) Help() string {
	return `Examples:
  candour test examples/*.jsonl
  candour test --pack ./my-pack my-case.jsonl`
}

func (c *testCmd) Run(a *app) error {
	failed, unread := 0, error(nil)
	for _, path := range c.Files {
		n, err := a.trial(path, c.Pack)
		if refused := (pack.Problems)(nil); errors.As(err, &refused) {
			return err // and told once, not for every file
		}
		if err != nil {
			fmt.Fprintf(a.out, "FAIL  %s: it cannot be run\n", path)
			unread = errors.Join(unread, err)
		}
		if n > 0 || err != nil {
			failed++
		}
	}
	fmt.Fprintf(a.out, "%d passed, %d failed\n", len(c.Files)-failed, failed)
	switch {
	case unread != nil:
		return unread
	case failed > 0:
		return errFound
	}
	return nil
}

// trial runs one file and prints its differences; it returns how many.
func (a *app) trial(path, packName string) (int, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	file, err := timeline.Read(f, path)
	if err != nil {
		return 0, err
	}
	name := packName
	if name == "" {
		name = file.Pack
	}
	if name == "" {
		name = "ew-investigation"
	}
	p, err := a.load(name)
	if err != nil {
		return 0, err
	}
	out, err := trial.Run(file, p)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", path, err)
	}
	if len(out.Differences) == 0 {
		fmt.Fprintf(a.out, "ok    %s: %s\n", path, count(out.Expected, "expectation"))
		return 0, nil
	}
	fmt.Fprintf(a.out, "FAIL  %s: %s\n", path, count(len(out.Differences), "difference"))
	for _, d := range out.Differences {
		fmt.Fprintf(a.out, "      %s\n", d)
	}
	return len(out.Differences), nil
}
