package sweep_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"candour/internal/fact"
	"candour/internal/obligation"
	"candour/internal/pack"
	"candour/internal/state"
	"candour/internal/sweep"
	"candour/internal/timeline"
)

// shelved are the lines of a timeline, kept case by case as a record keeps them.
type shelved struct {
	world []timeline.Line // the header first
	order []string
	cases map[string][]timeline.Line
	feed  *timeline.Feed
}

func shelve(t *testing.T, name string, data []byte) *shelved {
	t.Helper()
	s := &shelved{cases: map[string][]timeline.Line{}}
	err := timeline.Lines(bytes.NewReader(data), name, "", func(_ *timeline.File, l timeline.Line) error {
		switch {
		case l.Case == "":
			s.world = append(s.world, l)
			return nil
		case l.What == "case":
			s.order = append(s.order, l.Case)
		}
		s.cases[l.Case] = append(s.cases[l.Case], l)
		return nil
	})
	if err == nil {
		err = s.begin(name)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *shelved) begin(name string) (err error) {
	if s.feed, err = timeline.NewFeed(name, s.world[0].Text()); err != nil {
		return err
	}
	return s.give(s.world[1:])
}

func (s *shelved) give(lines []timeline.Line) error {
	for _, l := range lines {
		s.feed.At(l.Number)
		if err := s.feed.Line(l.Text()); err != nil {
			return err
		}
	}
	return nil
}

func (s *shelved) File() *timeline.File { return s.feed.File() }

func (s *shelved) Each(visit func(*fact.Case) error) error {
	if err := s.begin("again"); err != nil {
		return err
	}
	for _, id := range s.order {
		if err := s.give(s.cases[id]); err != nil {
			return err
		}
		c, err := s.feed.Take()
		if err != nil {
			return err
		}
		if err := visit(c); err != nil {
			return err
		}
	}
	return nil
}

// told is everything that Findings says of a file, in words.
func told(t *testing.T, path string, o sweep.Options, asAt state.Moments) string {
	t.Helper()
	var out strings.Builder
	ask := sweep.Ask{Moments: func(*time.Location) (state.Moments, error) { return asAt, nil }}
	err := sweep.Findings([]string{path}, o, ask, func(res *obligation.Result) error {
		fmt.Fprintln(&out, res.Scope, res.Case.Case.ID, res.Next)
		for _, r := range res.Rows {
			fmt.Fprintln(&out, r.Standard.ID, r.Case, r.Key, r.Opened, r.Clock, r.Due, r.CannotTell, r.Waiting, r.Paused, r.Zero, r.Used, r.Lapsed, r.Why, r.Notes, len(r.Claims))
			if d := r.Done; d != nil {
				fmt.Fprintln(&out, " done", d.Happened, d.Proved, d.Decided)
				if d.Event != nil {
					fmt.Fprintln(&out, " by", d.Event.ID, d.Event.Seq, d.Event.Line)
				}
			}
			if f := r.Finding; f != nil {
				fmt.Fprintln(&out, " finding", f.Kind, f.Raised, f.Closed, f.Late, f.WrittenUpLate, f.Lost, f.Another, f.Advisory)
			}
			if l := r.Lifted; l != nil {
				fmt.Fprintln(&out, " lifted", *l)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestFindingsOfARecordAreThoseOfTheFile(t *testing.T) {
	paths, err := filepath.Glob("../../packs/ew-investigation/examples/*.jsonl")
	if err != nil || len(paths) == 0 {
		t.Fatal("no examples", err)
	}
	p, err := pack.Load(os.DirFS("../../packs/ew-investigation"), "ew-investigation")
	if err != nil {
		t.Fatal(err)
	}
	o := sweep.Options{Load: func(string) (*pack.Pack, error) { return p, nil }}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			file, err := timeline.Read(bytes.NewReader(data), path)
			if err != nil {
				t.Fatal(err)
			}
			m := state.Moments{AsAt: file.Test.AsAt, KnownAt: file.Test.AsAt}
			if known := file.Test.KnownAt; known != nil {
				m.KnownAt = *known
			}
			record := shelve(t, path, data)
			kept := o
			kept.Open = func(at string) (sweep.Cases, bool, error) { return record, at == "record", nil }
			want := told(t, path, o, m)
			for range 2 {
				if got := told(t, "record", kept, m); got != want {
					t.Fatalf("got\n%s\nwant\n%s", got, want)
				}
			}
			if got := told(t, path, kept, m); got != want {
				t.Errorf("beside a record a file reads otherwise:\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestARecordMayStandWhereAFolderDoes(t *testing.T) {
	dir := t.TempDir()
	tables := filepath.Join(t.TempDir(), "crimes.csv")
	if err := os.WriteFile(tables, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	fault, asked := errors.New("the record is held by another"), ""
	o := sweep.Options{Load: shelf(&asked), Open: func(path string) (sweep.Cases, bool, error) {
		if path == "held" {
			return nil, false, fault
		}
		return shelve(t, path, []byte(header+cases)), path == dir, nil
	}}
	if sets, err := sweep.Sets([]string{dir, dir}, o); err != nil || len(sets) != 2 {
		t.Errorf("got %v, %v", sets, err)
	}
	var got []string
	p, err := sweep.Each([]string{dir}, o, func(in *state.Input) error {
		got = append(got, in.Case.ID)
		return nil
	})
	if err != nil || p == nil || !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := sweep.Each([]string{dir, tables}, o, nil); err == nil || !strings.Contains(err.Error(), "cannot be read as one") {
		t.Errorf("got %v", err)
	}
	if _, err := sweep.Each([]string{"held"}, o, nil); !errors.Is(err, fault) {
		t.Errorf("got %v", err)
	}
	if _, err := sweep.Sets([]string{"held"}, o); !errors.Is(err, fault) {
		t.Errorf("got %v", err)
	}
}

func TestErrorsOfARecordNameIt(t *testing.T) {
	asked := ""
	record := shelve(t, "x", []byte(header+cases+`{"fact":"g","case":"b","kind":"flown","at":"2024-01-02"}`))
	o := sweep.Options{Load: shelf(&asked), Open: func(string) (sweep.Cases, bool, error) { return record, true, nil }}
	_, err := sweep.Each([]string{"record"}, o, func(*state.Input) error { return nil })
	if err == nil || !strings.HasPrefix(err.Error(), "record: line 5: fact g: ") {
		t.Errorf("got %v", err)
	}
}
