// Command candour-verify says whether a bundle, or one entry that a receipt was given for, is intact. It
// stands on the root package alone, so that whoever must trust its answer can read all of it.
//
// Everything that a bundle says is printed through [harmless]: the bundle may come from someone who
// wishes the reader to see another verdict.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"candour"
)

// The exit codes.
const (
	exitIntact     = 0
	exitChanged    = 1
	exitBad        = 2 // the call was wrong, or a file cannot be read
	exitCannotTell = 3
)

const usage = `candour-verify says whether a bundle of a record is intact, offline and without trusting anyone
who handed it to you.

    candour-verify [-policy FILE] [-previous BUNDLE] [-facts] [-json] BUNDLE
    candour-verify -policy FILE -receipt RECEIPT [-proof PROOF] [-json]

    -policy FILE       whom to trust: the keys of the body and of its witnesses. Get it from the body's
                       public page or from the watchdog, not from whoever gave you the bundle.
    -previous BUNDLE   the earlier bundle, where this one continues it
    -facts             also print what the bundle shows, entry by entry
    -json              print the answer for another program
    -receipt RECEIPT   a receipt that you were given when you told something
    -proof PROOF       what the body gives to show that it kept the promise of the receipt

Exit status: 0 intact, 1 changed, 3 cannot tell, 2 a call or a file that is wrong.
`

// call is what was asked.
type call struct {
	policy, previous, bundle string
	receipt, proof           string
	facts, json              bool
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, out, errs io.Writer) int {
	c, err := parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(out, usage)
		return exitIntact
	}
	if err != nil {
		fmt.Fprintf(errs, "candour-verify: %s\nFor help: candour-verify -help\n", harmless(err.Error()))
		return exitBad
	}
	answer := c.verifyBundle
	if c.receipt != "" {
		answer = c.verifyReceipt
	}
	a, err := answer()
	if err != nil {
		fmt.Fprintf(errs, "candour-verify: %s\n", harmless(err.Error()))
		return exitBad
	}
	text := a.text
	if c.json {
		text = a.json
	}
	if _, err := io.WriteString(out, text()); err != nil {
		fmt.Fprintf(errs, "candour-verify: %s\n", harmless(err.Error()))
		return exitBad
	}
	return a.exit()
}

// parse reads the command line.
func parse(args []string) (*call, error) {
	c := &call{}
	f := flag.NewFlagSet("candour-verify", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.StringVar(&c.policy, "policy", "", "")
	f.StringVar(&c.previous, "previous", "", "")
	f.StringVar(&c.receipt, "receipt", "", "")
	f.StringVar(&c.proof, "proof", "", "")
	f.BoolVar(&c.facts, "facts", false, "")
	f.BoolVar(&c.json, "json", false, "")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	switch {
	case c.receipt != "" && (f.NArg() > 0 || c.previous != "" || c.facts):
		return nil, errors.New("a receipt is verified alone: give no bundle, no -previous and no -facts with it")
	case c.receipt != "" && c.policy == "":
		return nil, errors.New("a receipt is verified by a policy: give one with -policy")
	case c.receipt == "" && c.proof != "":
		return nil, errors.New("a proof is of a receipt: give that with -receipt")
	case c.receipt == "" && f.NArg() == 0:
		return nil, errors.New("name the bundle to verify")
	case f.NArg() > 1:
		return nil, fmt.Errorf("name one bundle, after the options; there are %d words: %q", f.NArg(), f.Args())
	}
	c.bundle = f.Arg(0)
	return c, nil
}

// trust reads the policy, nil where none was given.
func (c *call) trust() (*candour.Policy, error) {
	if c.policy == "" {
		return nil, nil
	}
	b, err := readSmall(c.policy)
	if err != nil {
		return nil, err
	}
	p, err := candour.ParsePolicy(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.policy, err)
	}
	return p, nil
}

func (c *call) verifyBundle() (answer, error) {
	policy, err := c.trust()
	if err != nil {
		return nil, err
	}
	b, err := open(c.bundle)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	var earlier *candour.Bundle
	if c.previous != "" {
		e, err := open(c.previous)
		if err != nil {
			return nil, err
		}
		defer e.Close()
		earlier = &candour.Bundle{Data: e, Size: e.size}
	}
	r, err := candour.Verify(candour.Bundle{Data: b, Size: b.size}, policy, earlier)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", c.bundle, err)
	}
	return &bundleAnswer{Report: r, policy: policy, file: c.bundle, policyFile: c.policy, continued: earlier != nil, facts: c.facts}, nil
}

// file is an open file and how long it is.
type file struct {
	*os.File
	size int64
}

func open(name string) (*file, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no file: save it as one first", name)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return &file{f, info.Size()}, nil
}

// maxSmall is more than any policy, receipt or proof has.
const maxSmall = 1 << 20

// readSmall reads a policy, receipt or proof.
func readSmall(name string) ([]byte, error) {
	f, err := open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if f.size > maxSmall {
		return nil, fmt.Errorf("%s is larger than a policy, receipt or proof can be", name)
	}
	return io.ReadAll(io.LimitReader(f, maxSmall))
}
