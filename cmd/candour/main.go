// Command candour checks cases against published standards and explains what it finds.
package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/alecthomas/kong"
	"golang.org/x/term"

	"candour/internal/pack"
	"candour/internal/sweep"
	"candour/internal/vault"
	"candour/packs"
)

// The exit codes: nothing found, something found, or the call or its input was wrong.
const (
	exitClean = 0
	exitFound = 1
	exitBad   = 2
)

// app is what commands share: where they write, and the clock of the process.
type app struct {
	out, err io.Writer
	now      func() time.Time
	width    int
	watched  bool // a person watches standard error
	packs    map[string]*pack.Pack

	by, reason string                 // who acts, and why, where that is put on record
	cost       vault.Cost             // of a passphrase
	opened     map[string]sweep.Cases // records that were opened to be read
	closing    []func() error         // what was opened
}

var cli struct {
	Check     checkCmd     `cmd:"" help:"Check cases against the standards: what was missed, since when."`
	Report    reportCmd    `cmd:"" help:"Write what was missed as a page to read, print and hand on."`
	Explain   explainCmd   `cmd:"" help:"Tell the whole reasoning on a case, or on one standard of it."`
	Backtest  backtestCmd  `cmd:"" help:"What would have been raised all along, and when."`
	Messages  messagesCmd  `cmd:"" help:"What would have been sent to whom, day by day."`
	Northmere northmereCmd `cmd:"" help:"Make an invented force to try the standards on."`
	Would     wouldCmd     `cmd:"" help:"Say, before a fact is recorded, what it would breach and what is missing."`
	Test      testCmd      `cmd:"" help:"Hold timelines with expectations against a pack, row by row."`
	Pack      packCmd      `cmd:"" help:"Work on a pack of standards."`
	Init      initCmd      `cmd:"" help:"Begin a record: a folder, its keys, and the policy to verify it by."`
	Import    importCmd    `cmd:"" help:"Take timelines, event logs or CSV files into a record."`
	Append    appendCmd    `cmd:"" help:"Take single facts into a record."`
	Receipt   receiptCmd   `cmd:"" help:"Sign a receipt of an entry, and prove that it was kept."`
	Reads     readsCmd     `cmd:"" help:"List who read what of a record, and why."`
	Export    exportCmd    `cmd:"" help:"Write a record as one timeline."`
	Verify    verifyCmd    `cmd:"" help:"Go over a whole record: is it as it was sealed?"`
	Bundle    bundleCmd    `cmd:"" help:"Hand out a case: whole or in part, in one file that anyone can verify."`
	Adopt     adoptCmd     `cmd:"" help:"Bind the body by a pack, and seal what it finds now as the baseline."`
	Sweep     sweepCmd     `cmd:"" help:"Wake the cases whose time has come, raise alarms, and have the record witnessed."`
	Rebuild   rebuildCmd   `cmd:"" help:"Work out again what is derived from a record."`
	Cosign    cosignCmd    `cmd:"" help:"Have the record cosigned by its witnesses."`
	Witness   witnessCmd   `cmd:"" help:"Be the witness of other bodies' records."`
	Hold      holdCmd      `cmd:"" help:"Hold a case so that nothing of it is erased, lift a hold, or list holds."`
	Retain    retainCmd    `cmd:"" help:"Say until when a case is kept; list those due for review; propose disposal."`
	Erase     eraseCmd     `cmd:"" help:"Erase entries of a case, or a whole case, lawfully and for good."`
	Convert   convertCmd   `cmd:"" help:"Write an event log or CSV files as a timeline."`
	Map       mapCmd       `cmd:"" help:"Propose a mapping of CSV files, from a sample, for a person to correct."`
}

// acting are flags that every command has.
var acting struct {
	Who        string `help:"Who acts, where that is put on record; default the account of the system." placeholder:"PERSON"`
	BreakGlass bool   `help:"Read even where that cannot be put on record. It is noted beside the record, told, and put on record later." hidden:""`
	Why        string `help:"Why, where a read is put on record." placeholder:"TEXT"`
}

// errFound ends a command that did its work and found something.
var errFound = errors.New("found")

// newApp is the program as it stands on standard output and error, with a clock.
func newApp(now func() time.Time) *app {
	return &app{out: os.Stdout, err: os.Stderr, now: now, width: 100, packs: map[string]*pack.Pack{}, opened: map[string]sweep.Cases{}, cost: vault.DefaultCost}
}

func main() {
	a := newApp(time.Now)
	if w, _, err := term.GetSize(int(os.Stdout.Fd())); err == nil && w > 0 {
		a.width = w
	}
	a.watched = term.IsTerminal(int(os.Stderr.Fd()))
	os.Exit(a.main(os.Args[1:]))
}

func (a *app) main(args []string) int {
	exit := -1
	defer a.done()
	parser, err := kong.New(&cli, kong.Embed(&acting), kong.Name("candour"),
		kong.Description("Checks every live case against published standards, and says which was missed, since when, and why.\n\nExit status: 0 nothing found, 1 something found, 2 a call or a file that is wrong."),
		kong.Writers(a.out, a.err), kong.Exit(func(code int) { exit = code }), kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}))
	if err != nil {
		fmt.Fprintln(a.err, "candour:", err)
		return exitBad
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	ctx, err := parser.Parse(args)
	if exit >= 0 {
		return exit
	}
	if err == nil {
		a.by, a.reason = acting.Who, acting.Why
		err = ctx.Run(a)
	}
	switch {
	case err == nil:
		return exitClean
	case errors.Is(err, errFound):
		return exitFound
	}
	fmt.Fprintln(a.err, "candour:", err)
	return exitBad
}

// done closes what commands opened.
func (a *app) done() {
	for i := len(a.closing) - 1; i >= 0; i-- {
		if err := a.closing[i](); err != nil {
			fmt.Fprintln(a.err, "candour:", err)
		}
	}
	a.closing = nil
}

// counting tells a person who watches how far a long work has come.
func (a *app) counting(what string) func(n int64) {
	return func(n int64) {
		if a.watched {
			fmt.Fprintf(a.err, "\r%d %s", n, what)
		}
	}
}

func (a *app) countingDone() {
	if a.watched {
		fmt.Fprint(a.err, "\r\033[K")
	}
}

// every is after how many cases a person who watches is told of progress.
const every = 500

func (a *app) progress(cases int) {
	if a.watched && cases%every == 0 {
		fmt.Fprintf(a.err, "\r%d cases read", cases)
	}
}

func (a *app) progressDone(cases int) {
	if a.watched && cases >= every {
		fmt.Fprint(a.err, "\r")
	}
}

// create opens a file to write that is not there yet.
func create(path string, mode os.FileMode) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("%s exists and is not overwritten; name another file", path)
	}
	return f, err
}

// load finds a pack by its embedded name, else as a folder; each is read once.
func (a *app) load(name string) (*pack.Pack, error) {
	if p := a.packs[name]; p != nil {
		return p, nil
	}
	fsys, err := packFS(name)
	if err != nil {
		return nil, err
	}
	p, err := pack.Load(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("the pack %s is refused:\n%w", name, err)
	}
	a.packs[name] = p
	return p, nil
}

func packFS(name string) (fs.FS, error) {
	if entries, err := fs.ReadDir(packs.FS, "."); err == nil {
		for _, e := range entries {
			if e.IsDir() && e.Name() == name {
				return fs.Sub(packs.FS, name)
			}
		}
	}
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		for _, part := range []string{"pack.yaml", "kinds", "standards"} {
			if _, err := os.Stat(filepath.Join(name, part)); err == nil {
				return os.DirFS(name), nil
			}
		}
		return nil, fmt.Errorf("%s is no pack: it has neither pack.yaml nor kinds nor standards; name the folder that has them, or one of %s", name, embedded())
	}
	return nil, fmt.Errorf("no pack %q: neither an embedded one (%s) nor a folder", name, embedded())
}

func embedded() string {
	entries, _ := fs.ReadDir(packs.FS, ".")
	s := ""
	for i, e := range entries {
		if i > 0 {
			s += ", "
		}
		s += e.Name()
	}
	return s
}
