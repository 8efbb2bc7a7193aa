package sweep_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"candour/internal/pack"
	"candour/internal/state"
	"candour/internal/sweep"
)

const (
	header = `{"candour":"timeline/1","body":"depot"}` + "\n"
	cases  = `{"case":"a","kind":"x"}` + "\n" + `{"fact":"f","case":"a","kind":"packed","at":"2024-01-02 10:00"}` + "\n" + `{"case":"b","kind":"x"}` + "\n"
	xes    = `<?xml version="1.0"?><log><trace><string key="concept:name" value="t1"/><event><string key="concept:name" value="Packed"/><date key="time:timestamp" value="2024-01-02T10:00:00Z"/></event></trace></log>`
)

const mapping = "format: xes\nzone: UTC\nbody: depot\nsource: log\ncase: {id: \"concept:name\", kind: order}\nevent: {activity: \"concept:name\", time: \"time:timestamp\"}\nkinds: {Packed: packed}\n"

// shelf is a loader of packs that knows every name but `none`, and notes what was asked.
func shelf(asked *string) sweep.Loader {
	return func(name string) (*pack.Pack, error) {
		if *asked = name; name == "none" {
			return nil, errors.New("no pack none")
		}
		return pack.Load(fstest.MapFS{
			"kinds/k.yaml":         {Data: []byte("- {id: packed, label: {en: Packed}}\n")},
			"mappings/orders.yaml": {Data: []byte(mapping)},
		}, name)
	}
}

// seen reads a stream and tells which cases were visited.
func seen(data, name string, o sweep.Options) (string, *pack.Pack, error) {
	var out []string
	p, err := sweep.Read(strings.NewReader(data), name, o, func(in *state.Input) error {
		out = append(out, fmt.Sprint(in.Case.ID, len(in.Events)))
		return nil
	})
	return strings.Join(out, " "), p, err
}

func TestALogIsToldFromATimelineByItsFirstBytes(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write([]byte(xes)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	asked := ""
	o := sweep.Options{Load: shelf(&asked), Mapping: "orders"}
	for _, c := range []struct {
		name, data, want string
		log              bool
	}{
		{"timeline", header + cases, "a1 b0", false},
		{"timeline after a comment", "# a case\n\n" + header + cases, "a1 b0", false},
		{"log", xes, "t11", true},
		{"log after a mark and space", "\ufeff \r\n" + xes, "t11", true},
		{"packed log", packed.String(), "t11", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := sweep.IsLog([]byte(c.data)); got != c.log {
				t.Errorf("IsLog: got %v", got)
			}
			if got, _, err := seen(c.data, "orders.txt", o); err != nil || got != c.want {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
	if sweep.IsLog(nil) {
		t.Error("nothing is no log")
	}
}

func TestThePackIsTheFlagsElseTheFilesElseTheDefault(t *testing.T) {
	named := `{"candour":"timeline/1","body":"depot","pack":"of-file"}` + "\n" + cases
	for _, c := range []struct{ name, data, flag, usual, want string }{
		{"flag", named, "of-flag", "usual", "of-flag"},
		{"file", named, "", "usual", "of-file"},
		{"default", header + cases, "", "usual", "usual"},
		{"log by flag", xes, "of-flag", "usual", "of-flag"},
		{"log without a flag", xes, "", "usual", "process-logs"},
	} {
		t.Run(c.name, func(t *testing.T) {
			asked := ""
			_, p, err := seen(c.data, "orders.xes", sweep.Options{Pack: c.flag, Default: c.usual, Load: shelf(&asked), Mapping: "orders"})
			if err != nil || asked != c.want || p.ID != c.want {
				t.Errorf("asked for %q, %v; want %q", asked, err, c.want)
			}
		})
	}
}

func TestTheMappingIsTheOneNamedElseTheOneOfTheFilesName(t *testing.T) {
	own := filepath.Join(t.TempDir(), "own.yaml")
	if err := os.WriteFile(own, []byte(mapping), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, file, mapping, fault string }{
		{"of the pack", "x.xes", "orders", ""},
		{"by the file's name", "folder/orders-2024.xes.gz", "", ""},
		{"a file", "x.xes", own, ""},
		{"none", "x.xes", "", "x.xes: the pack process-logs has no mapping \"x\"; name one with --mapping: orders, or a file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			asked := ""
			got, _, err := seen(xes, c.file, sweep.Options{Load: shelf(&asked), Mapping: c.mapping})
			if c.fault == "" && (err != nil || got != "t11") || c.fault != "" && (err == nil || err.Error() != c.fault) {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func TestErrorsNameTheFileAndTheLine(t *testing.T) {
	asked := ""
	for _, c := range []struct{ name, data, pack, want string }{
		{"not JSON", header + "{", "", "case.jsonl:2: "},
		{"unknown kind", header + cases + `{"fact":"g","case":"b","kind":"flown","at":"2024-01-02"}` + "\n", "", "case.jsonl: line 5: fact g: "},
		{"broken log", "<log>\n<trace>\n</log>", "", "case.jsonl:3: "},
		{"no pack", header + cases, "none", "no pack none"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := seen(c.data, "case.jsonl", sweep.Options{Pack: c.pack, Load: shelf(&asked), Mapping: "orders"})
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestEachReadsAFileAndStopsWhereTheVisitorStops(t *testing.T) {
	path := filepath.Join(t.TempDir(), "case.jsonl")
	if err := os.WriteFile(path, []byte(header+cases), 0o600); err != nil {
		t.Fatal(err)
	}
	asked, stop, visits := "", errors.New("enough"), 0
	_, err := sweep.Each([]string{path}, sweep.Options{Load: shelf(&asked)}, func(*state.Input) error {
		visits++
		return stop
	})
	if !errors.Is(err, stop) || visits != 1 {
		t.Errorf("got %v after %d visits", err, visits)
	}
	if _, err := sweep.Each([]string{path + ".gone"}, sweep.Options{Load: shelf(&asked)}, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: got %v", err)
	}
}
