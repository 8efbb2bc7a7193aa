package sweep

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"candour/internal/day"
	"candour/internal/exchange"
	"candour/internal/fact"
	"candour/internal/pack"
	"candour/internal/state"
)

// Tables says how CSV files are to be read.
type Tables struct {
	// KeepGoing leaves rows with a fault out; otherwise the files are refused.
	KeepGoing bool
	Now       day.Instant // a later time is warned of; 0: none is
	// Checked, if set, is told what was read, before anything is refused.
	Checked func(*exchange.Import) error
	// Before, if set, is called before the first case, where the files were not refused.
	Before func(*exchange.Import) error
}

// Refused is what CSV files are refused with: every fault of a row.
type Refused struct{ Left *exchange.Leavings }

// told is how many faults are told in words.
const told = 50

// Error lists the first faults, and counts the others.
func (r *Refused) Error() string {
	var b strings.Builder
	for i, f := range r.Left.Kept {
		if i == told {
			break
		}
		fmt.Fprintln(&b, f.String())
	}
	if more := r.Left.Faults - told; more > 0 {
		fmt.Fprintf(&b, "and %d more faults\n", more)
	}
	fmt.Fprintf(&b, "rows with a fault: %d; mend them or the mapping, or leave them out with --keep-going", r.Left.Rows)
	return b.String()
}

// isTables tells whether paths are the CSV files of a mapping, or their folder. A
// record, which may be a folder too, is never taken for them.
func isTables(paths []string, o Options) (bool, error) {
	looks, records := false, 0
	for _, path := range paths {
		_, ok, err := o.open(path)
		switch {
		case err != nil:
			return false, err
		case ok:
			records++
		default:
			looks = looks || looksTables(path)
		}
	}
	switch {
	case records > 0 && looks:
		return false, errors.New("a record and CSV files cannot be read as one; give them one after the other")
	case records > 0:
		return false, nil
	}
	if o.Mapping == "" {
		if looks {
			return false, errors.New("CSV files need a mapping: name one with --mapping; `candour map FILE` proposes one")
		}
		return false, nil
	}
	data, _, err := o.tableMapping()
	if format, _ := exchange.Format(data); format == "csv" {
		return true, nil
	}
	if looks {
		return false, errors.Join(err, fmt.Errorf("the mapping %s is not one of CSV files: it does not say format: csv", o.Mapping))
	}
	return false, nil
}

// looksTables tells a folder, or a file called .csv.
func looksTables(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir() || strings.HasSuffix(strings.TrimSuffix(strings.ToLower(path), ".gz"), ".csv")
}

// tableMapping finds the mapping named: a file, or one of the pack's.
func (o Options) tableMapping() ([]byte, *pack.Pack, error) {
	if data, err := os.ReadFile(o.Mapping); err == nil {
		return data, nil, nil
	}
	p, err := o.Load(first(o.Pack, o.Default))
	if err != nil {
		return nil, nil, err
	}
	data, ok := p.Mappings[o.Mapping]
	if !ok {
		return nil, p, fmt.Errorf("no mapping %q: neither a file nor one of the pack %s, which has %s", o.Mapping, p.ID,
			first(strings.Join(slices.Sorted(maps.Keys(p.Mappings)), ", "), "none"))
	}
	return data, p, nil
}

// OpenTables reads the CSV files and checks every row. The caller closes the import.
func OpenTables(paths []string, o Options) (*exchange.Import, *pack.Pack, error) {
	data, p, err := o.tableMapping()
	if err != nil {
		return nil, nil, err
	}
	if _, named := exchange.Format(data); p == nil || o.Pack == "" && named != "" {
		if p, err = o.Load(first(o.Pack, named, o.Default)); err != nil {
			return nil, nil, err
		}
	}
	layout, err := exchange.ParseLayout(data, o.Mapping, p)
	if err != nil {
		return nil, p, err
	}
	inputs, err := Inputs(paths)
	if err != nil {
		return nil, p, err
	}
	im, err := layout.Read(inputs, exchange.Setting{Now: o.Tables.Now})
	return im, p, err
}

// Inputs are the files given, and those in the folders given.
func Inputs(paths []string) ([]exchange.Input, error) {
	var out []exchange.Input
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			out = append(out, input(path, false))
			continue
		}
		entries, err := os.ReadDir(path)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if e.Type().IsRegular() && !strings.HasPrefix(e.Name(), ".") {
				out = append(out, input(filepath.Join(path, e.Name()), true))
			}
		}
	}
	return out, nil
}

func input(path string, found bool) exchange.Input {
	return exchange.Input{Name: filepath.Base(path), Open: func() (io.ReadCloser, error) { return os.Open(path) }, Found: found}
}

func readTables(paths []string, o Options, visit func(*state.Input) error) (*pack.Pack, error) {
	im, p, err := OpenTables(paths, o)
	if err != nil {
		return p, err
	}
	err = eachOf(im, p, o, visit)
	return p, errors.Join(err, im.Close())
}

func eachOf(im *exchange.Import, p *pack.Pack, o Options, visit func(*state.Input) error) error {
	if o.Tables.Checked != nil {
		if err := o.Tables.Checked(im); err != nil {
			return err
		}
	}
	if im.Left.Faults > 0 && !o.Tables.KeepGoing {
		return &Refused{&im.Left}
	}
	if o.Tables.Before != nil {
		if err := o.Tables.Before(im); err != nil {
			return err
		}
	}
	return im.Each(func(c *fact.Case) error {
		in, err := state.Prepare(c, im.World, p, im.Layout.Zone)
		if err != nil {
			return fmt.Errorf("case %s: %w", c.ID, err)
		}
		return visit(in)
	})
}
