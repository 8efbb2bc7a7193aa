package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"candour/internal/exchange"
	"candour/internal/sweep"
)

type mapCmd struct {
	Files []string `arg:"" help:"CSV files, or their folder: a sample will do." type:"path"`
	Pack  string   `help:"The pack whose words are to be used: an embedded one's name, or a folder." default:"ew-investigation" placeholder:"NAME"`
}

func (mapCmd) Help() string {
	return `Writes what it guesses, and why, with DECIDE where only a person can say. Examples:
  candour map export/ > crimes.yaml
  candour convert export/ --mapping crimes.yaml --dry-run`
}

func (c *mapCmd) Run(a *app) error {
	inputs, err := sweep.Inputs(c.Files)
	if err != nil {
		return err
	}
	inputs = slices.DeleteFunc(inputs, func(in exchange.Input) bool { // what else lies in the folder
		return in.Found && !strings.HasSuffix(strings.TrimSuffix(strings.ToLower(in.Name), ".gz"), ".csv")
	})
	if len(inputs) == 0 {
		return errors.New("no CSV file there; name the files, or a folder in which they end in .csv")
	}
	p, err := a.load(c.Pack)
	if err != nil {
		return err
	}
	text, err := exchange.Propose(inputs, p)
	if err == nil {
		fmt.Fprint(a.out, text)
	}
	return err
}
