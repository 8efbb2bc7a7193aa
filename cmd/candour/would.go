package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"candour/internal/day"
	"candour/internal/docket"
	"candour/internal/fact"
	"candour/internal/obligation"
	"candour/internal/state"
	"candour/internal/sweep"
)

type wouldCmd struct {
	Pack string `help:"An embedded pack's name, or a folder; default what the file names." placeholder:"NAME"`
	Case string `arg:"" help:"The case the fact is to be recorded on."`
	In   string `required:"" help:"The timeline or the record that holds the case." type:"path" placeholder:"FILE"`
	Fact string `required:"" help:"The draft: a fact line of a timeline, without its id and case; - reads it from standard input." placeholder:"JSON"`
}

func (wouldCmd) Help() string {
	return `Says, before a fact is recorded, which gates and prohibitions it would breach, what is missing and
who could supply it, and which duties it would open. Nothing is stored.

Example:
  candour would c1 --in case.jsonl --fact '{"kind":"crime.finalised","at":"2024-05-08 10:00","by":"oic1","f":{"outcome_code":"16"}}'`
}

// draftID is what the draft is called while it is judged; no file may use it.
const draftID = "(the draft)"

func (c *wouldCmd) Run(a *app) error {
	line, err := c.draft(a)
	if err != nil {
		return err
	}
	breached, found := false, false
	err = c.with(a, line, func(in *state.Input) error {
		if in.Case.ID != c.Case {
			return nil
		}
		found = true
		i := slices.IndexFunc(in.Case.Facts, func(f *fact.Fact) bool { return f.ID == draftID })
		draft := in.Case.Facts[i]
		in.Case.Facts = slices.Delete(slices.Clone(in.Case.Facts), i, i+1)
		fore, err := obligation.Would(in, draft, nil)
		if err != nil {
			return err
		}
		breached = len(fore.Breaches) > 0
		a.foretell(fore, in.Cal)
		return nil
	})
	switch {
	case err != nil:
		return err
	case !found:
		return fmt.Errorf("no case %q in %s", c.Case, c.In)
	case breached:
		return errFound
	}
	return nil
}

// with visits the cases of the file or record with the draft on it.
func (c *wouldCmd) with(a *app, line string, visit func(*state.Input) error) error {
	options := sweep.Options{Pack: c.Pack, Default: "ew-investigation", Load: a.load}
	if isRecord(c.In) {
		return c.withRecord(a, line, visit)
	}
	f, err := os.Open(c.In)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = sweep.Read(io.MultiReader(f, strings.NewReader("\n"+line)), c.In, options, visit)
	return err
}

// withRecord visits the one case that the draft is for.
func (c *wouldCmd) withRecord(a *app, line string, visit func(*state.Input) error) error {
	ctx := context.Background()
	h, err := a.openToRead(ctx, c.In)
	if err != nil {
		return err
	}
	defer h.Close()
	if err := h.noteRead(ctx, a, "would", docket.CaseChain(c.Case), "the case"); err != nil {
		return err
	}
	cases, err := docket.ReadCases(ctx, h.log, h.header())
	if err != nil {
		return err
	}
	j, err := cases.Judge("the draft", []byte(line+"\n"))
	if err != nil {
		return err
	}
	p, err := a.load(cmp.Or(c.Pack, h.set.Pack))
	if err != nil || j.Cases[c.Case] == nil {
		return err
	}
	in, err := state.Prepare(j.Cases[c.Case], cases.File().World, p, cases.File().Zone)
	if err != nil {
		return err
	}
	return visit(in)
}

// draft is the line that the draft becomes: a fact of the case, under its own id.
func (c *wouldCmd) draft(a *app) (string, error) {
	text := c.Fact
	if text == "-" {
		data, err := io.ReadAll(io.LimitReader(os.Stdin, 1<<20))
		if err != nil {
			return "", err
		}
		text = string(data)
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &keys); err != nil {
		return "", fmt.Errorf("--fact: not a JSON object: %w", err)
	}
	for _, own := range []string{"fact", "case"} {
		if _, ok := keys[own]; ok {
			return "", fmt.Errorf("--fact: leave out %q; the draft has no id yet, and the case is the one named", own)
		}
	}
	if _, ok := keys["at"]; !ok {
		keys["at"], _ = json.Marshal(a.now().Format("2006-01-02T15:04:05Z07:00"))
	}
	rest, err := json.Marshal(keys)
	if err != nil {
		return "", err
	}
	id, errID := json.Marshal(draftID)
	kase, errCase := json.Marshal(c.Case)
	return fmt.Sprintf(`{"fact":%s,"case":%s,%s`, id, kase, strings.TrimPrefix(string(rest), "{")), errors.Join(errID, errCase)
}

func (a *app) foretell(fore *obligation.Foresight, cal *day.Calendar) {
	say := func(indent, format string, args ...any) {
		for _, l := range wrap(indent+fmt.Sprintf(format, args...), min(a.width, 96)-2) {
			fmt.Fprintln(a.out, indent+l)
		}
	}
	for _, b := range fore.Breaches {
		s := b.Row.Standard
		say("", "This would breach %s, for %s: %s.", s.ID, b.Row.Key, s.Title)
		for i, l := range b.Missing {
			word := "Missing"
			if l.Group > 0 && i > 0 && b.Missing[i-1].Group == l.Group {
				word = "Or"
			}
			say("  ", "%s: %s%s.", word, b.Row.LeafInWords(l.Leaf), supplied(l.Who))
			for _, w := range l.Weak {
				say("    ", "On the record, with too weak a proof: %s (%s).", w.Fact.Kind, w.ID)
			}
		}
	}
	for _, row := range fore.Doubts {
		say("", "Of %s, for %s, the record cannot tell: %s.", row.Standard.ID, row.Key, row.WhyInWords())
	}
	if len(fore.Breaches) == 0 && len(fore.Doubts) == 0 {
		say("", "This would breach no gate and no prohibition.")
	}
	if len(fore.Opens) > 0 {
		say("", "It would open:")
	}
	for _, row := range fore.Opens {
		say("  ", "%s, for %s, due %s.", row.Standard.ID, row.Key, day.FormatInstant(row.Due, cal.Zone()))
	}
}

func supplied(who []string) string {
	const most = 5
	switch {
	case len(who) == 0:
		return ""
	case len(who) > most:
		return fmt.Sprintf("; it could be supplied by %s and %d others", strings.Join(who[:most], ", "), len(who)-most)
	}
	return "; it could be supplied by " + strings.Join(who, ", ")
}
