// Package sweep runs the engine over whole files: it reads timelines, event logs
// and CSV files, makes each case ready, and hands the answers on case by case, so that
// a log of any length needs the memory of one case.
package sweep

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"candour/internal/exchange"
	"candour/internal/fact"
	"candour/internal/obligation"
	"candour/internal/pack"
	"candour/internal/state"
	"candour/internal/timeline"
)

// Loader finds a pack by name or folder.
type Loader func(name string) (*pack.Pack, error)

// Options say how files are to be read.
type Options struct {
	// Pack overrides the pack that a timeline names; "" leaves it to the file.
	Pack    string
	Default string // the pack where neither says
	Mapping string // for event logs and CSV: a mapping of the pack, or a file
	Load    Loader
	// Summary, if set, is told what each event log held, once it is read.
	Summary func(name string, s exchange.Summary)
	Tables  Tables // how CSV files are read
	// Open, if set, is asked of each path before it is taken for a file: does a record, or
	// anything else that is no file, stand there? ok tells; with ok false the path is a file. It
	// may be asked more than once of a path. Who gave Open closes what it opened.
	Open func(path string) (c Cases, ok bool, err error)
}

// Cases are the cases of one timeline, wherever they are kept.
type Cases interface {
	// File is the header and the whole world; its own cases are not looked at.
	File() *timeline.File
	// Each visits every case in turn, in the same order each time it is called, and
	// returns visit's error as it is. Its other errors name the source.
	Each(visit func(*fact.Case) error) error
}

// Each visits every case of what is read as one: a timeline, an event log, or the
// CSV files of a mapping, given one by one or as their folder. It returns the pack used.
func Each(paths []string, o Options, visit func(*state.Input) error) (*pack.Pack, error) {
	csv, err := isTables(paths, o)
	if err != nil {
		return nil, err
	}
	if csv {
		return readTables(paths, o, visit)
	}
	var p *pack.Pack
	for _, path := range paths {
		if p, err = one(path, o, visit); err != nil {
			return p, err
		}
	}
	return p, nil
}

// Sets parts the files given into those that are read as one.
func Sets(paths []string, o Options) ([][]string, error) {
	csv, err := isTables(paths, o)
	if err != nil || csv {
		return [][]string{paths}, err
	}
	var sets [][]string
	for _, path := range paths {
		sets = append(sets, []string{path})
	}
	return sets, nil
}

func one(path string, o Options, visit func(*state.Input) error) (*pack.Pack, error) {
	if c, ok, err := o.open(path); err != nil || ok {
		if err != nil {
			return nil, err
		}
		return readCases(c, path, o, visit)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return Read(f, path, o, visit)
}

// Read visits every case of a stream called name.
func Read(r io.Reader, name string, o Options, visit func(*state.Input) error) (*pack.Pack, error) {
	buf := bufio.NewReaderSize(r, 1<<16)
	head, err := buf.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) && len(head) == 0 {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if IsLog(head) {
		return readLog(buf, name, o, visit)
	}
	return readTimeline(buf, name, o, visit)
}

// Ask says what is asked of the cases of a file.
type Ask struct {
	// Moments gives the two moments, in a case's zone.
	Moments func(zone *time.Location) (state.Moments, error)
	// On chooses the pack's standards, knowing the profile that the file asks for;
	// nil, or a nil answer, is all of them. Rows of others, which the chosen ones
	// listen to, are not handed on.
	On func(p *pack.Pack, profile string) (func(*pack.Standard) bool, error)
}

// Findings evaluates every case of what is read as one, and then the persons, units
// and bodies that they touch. What visit is given holds until it returns.
func Findings(paths []string, o Options, ask Ask, visit func(*obligation.Result) error) error {
	var (
		gather obligation.Gather
		runner obligation.Runner
		at     state.Case
		asked  func(*pack.Standard) bool
		on     func(*pack.Standard) bool
		begun  bool
	)
	give := func(res *obligation.Result) error {
		if asked != nil {
			res.Rows = slices.DeleteFunc(res.Rows, func(r *obligation.Row) bool { return !asked(r.Standard) })
		}
		return visit(res)
	}
	_, err := Each(paths, o, func(in *state.Input) error {
		if !begun && ask.On != nil {
			var err error
			if asked, err = ask.On(in.Pack, in.World.Profile); err != nil {
				return err
			}
			on = obligation.Under(in.Pack, asked)
		}
		begun = true
		m, err := ask.Moments(in.Cal.Zone())
		if err != nil {
			return err
		}
		if err := at.Cut(in, m); err != nil {
			return err
		}
		res := runner.Run(&at, on)
		if err := gather.Add(res); err != nil {
			return err
		}
		return give(res)
	})
	if err != nil {
		return err
	}
	return gather.Each(on, give)
}

// IsLog tells an event log (XES, plain or gzip) from a timeline by its first bytes.
func IsLog(head []byte) bool {
	if len(head) > 1 && head[0] == 0x1f && head[1] == 0x8b {
		return true
	}
	s := strings.TrimLeft(strings.TrimPrefix(string(head), "\ufeff"), " \t\r\n")
	return strings.HasPrefix(s, "<")
}

func readTimeline(r io.Reader, name string, o Options, visit func(*state.Input) error) (*pack.Pack, error) {
	file, err := timeline.Read(r, name)
	if err != nil {
		return nil, err
	}
	return readCases(whole{file}, name, o, visit)
}

// whole is a timeline that was read at once.
type whole struct{ file *timeline.File }

func (w whole) File() *timeline.File { return w.file }

func (w whole) Each(visit func(*fact.Case) error) error {
	for _, c := range w.file.Cases {
		if err := visit(c); err != nil {
			return err
		}
	}
	return nil
}

func readCases(cases Cases, name string, o Options, visit func(*state.Input) error) (*pack.Pack, error) {
	file := cases.File()
	p, err := o.Load(first(o.Pack, file.Pack, o.Default))
	if err != nil {
		return nil, err
	}
	return p, cases.Each(func(c *fact.Case) error {
		in, err := state.Prepare(c, file.World, p, file.Zone)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return visit(in)
	})
}

// open tells whether something else than a file stands at the path.
func (o Options) open(path string) (Cases, bool, error) {
	if o.Open == nil {
		return nil, false, nil
	}
	return o.Open(path)
}

func first(names ...string) string {
	for _, n := range names {
		if n != "" {
			return n
		}
	}
	return ""
}

func readLog(r io.Reader, name string, o Options, visit func(*state.Input) error) (*pack.Pack, error) {
	p, err := o.Load(first(o.Pack, "process-logs"))
	if err != nil {
		return nil, err
	}
	m, err := mapping(p, name, o.Mapping)
	if err != nil {
		return p, err
	}
	w := fact.NewWorld(m.Body)
	sum, err := exchange.ReadXES(r, name, m, w, func(c *fact.Case) error {
		in, err := state.Prepare(c, w, p, time.UTC)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return visit(in)
	})
	if err == nil && o.Summary != nil {
		o.Summary(name, sum)
	}
	return p, err
}

// mapping finds the mapping named, or the one called as the file is.
func mapping(p *pack.Pack, file, name string) (*exchange.Mapping, error) {
	if name == "" {
		name, _, _ = strings.Cut(filepath.Base(file), ".")
		for m := range p.Mappings {
			if strings.HasPrefix(name, m) {
				name = m
			}
		}
	}
	if data, ok := p.Mappings[name]; ok {
		return exchange.ParseMapping(data, name)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		var known []string
		for m := range p.Mappings {
			known = append(known, m)
		}
		return nil, fmt.Errorf("%s: the pack %s has no mapping %q; name one with --mapping: %s, or a file", file, p.ID, name, strings.Join(known, ", "))
	}
	return exchange.ParseMapping(data, name)
}
