package trial

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"candour/internal/obligation"
	"candour/internal/pack"
	"candour/internal/timeline"
)

// Check is what `candour pack check` asks of a loaded pack beyond its form: every
// example gives what it expects, every standard names examples that exist, is
// raised by one example and not raised by another, and lacks nothing. The error
// is of a file that cannot be read.
func Check(fsys fs.FS, p *pack.Pack) (pack.Problems, error) {
	k := checking{p: p, there: map[string]bool{}, raised: map[string]bool{}, quiet: map[string]bool{}}
	for _, name := range p.Examples {
		if err := k.example(fsys, name); err != nil {
			return nil, err
		}
	}
	k.standards()
	return append(k.problems, p.Advice...), nil
}

type checking struct {
	p             *pack.Pack
	problems      pack.Problems
	there         map[string]bool // names of example files, and of the cases in them
	raised, quiet map[string]bool // standards that an example raises, or opens and does not raise
}

func (k *checking) say(file string, line int, remedy, format string, args ...any) {
	k.problems = append(k.problems, pack.Problem{File: file, Line: line, What: fmt.Sprintf(format, args...), Remedy: remedy})
}

func (k *checking) example(fsys fs.FS, name string) error {
	f, err := fsys.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	file, err := timeline.Read(f, name)
	if err != nil {
		return err
	}
	k.there[strings.TrimSuffix(path.Base(name), ".jsonl")] = true
	for _, c := range file.Cases {
		k.there[c.ID] = true
	}
	out, err := Run(file, k.p)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for _, d := range out.Differences {
		k.say(name, d.Line, "mend the standard or the expectation", "%s on %s of %s: %s", d.Standard, d.Key, d.Case, d.What)
	}
	seen := map[string]bool{}
	for _, row := range out.Rows {
		k.note(row)
		seen[row.Standard.ID] = true
	}
	for _, id := range file.Test.Under {
		if !seen[id] {
			k.quiet[id] = true
		}
	}
	return nil
}

func (k *checking) note(row *obligation.Row) {
	if row.Finding != nil {
		k.raised[row.Standard.ID] = true
	} else {
		k.quiet[row.Standard.ID] = true
	}
}

func (k *checking) standards() {
	done := map[string]bool{}
	for _, s := range k.p.Standards {
		if s.Asks != nil {
			continue
		}
		for _, ex := range s.Examples {
			if !k.there[ex] {
				k.say(s.File, s.Line, "write it, or mend the name", "%s names the example %q, which is neither a file under examples/ nor a case in one", s.ID, ex)
			}
		}
		if done[s.ID] {
			continue
		}
		done[s.ID] = true
		if !k.raised[s.ID] && s.Modal != pack.May {
			k.say(s.File, s.Line, "add one under examples/", "no example raises %s", s.ID)
		}
		if !k.quiet[s.ID] {
			k.say(s.File, s.Line, "add one under examples/", "no example leaves %s unraised", s.ID)
		}
	}
}
