package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"candour/internal/docket"
	"candour/internal/record"
)

type readsCmd struct {
	Record string `arg:"" help:"Folder of the record." type:"path"`
	Case   string `help:"Only reads of this case." placeholder:"ID"`
	Why    string `name:"purpose" required:"" help:"The lawful purpose of looking at who read what. It is put on record too." placeholder:"TEXT"`
}

func (readsCmd) Help() string {
	return `Examples:
  candour reads northmere --case 2012/0417 --purpose 'PSD inquiry 14: who saw the complaint'

Lists who read what, when, and the reason they gave. Looking at it is itself put on record, with its purpose.`
}

func (c *readsCmd) Run(a *app) error {
	ctx := context.Background()
	h, err := a.openToRead(ctx, c.Record)
	if err != nil {
		return err
	}
	defer h.Close()
	a.reason = c.Why
	if err := h.noteRead(ctx, a, "reads", "", cmp.Or(c.Case, "all reads")); err != nil {
		return err
	}
	n := 0
	show := func(f *record.Fact) error {
		if f.Erased || f.Kind != kindRead {
			return nil
		}
		n++
		fmt.Fprintf(a.out, "%s  %s  %s  %s  %s\n", f.Happened, f.By, f.Get("how"), f.Get("what"), f.Get("reason"))
		return nil
	}
	if c.Case != "" {
		err = h.reads.Chain(ctx, docket.CaseChain(c.Case), 0, show)
	} else {
		err = h.reads.Each(ctx, 0, -1, show)
	}
	if err == nil {
		fmt.Fprintf(a.out, "%s.\n", count(n, "read"))
	}
	return err
}

const (
	kindRead  = "record.read"
	fileGlass = "break-glass.jsonl"
)

// broken is a read that could not be put on record when it was made.
type broken struct {
	At, By, How, What, Reason, Because string
}

// breakGlass notes a read beside the record, and says so loudly.
func (h *home) breakGlass(a *app, how, what string, because error) error {
	if a.reason == "" {
		return errors.New("reading without a record of it takes a reason: give --why")
	}
	line, err := json.Marshal(broken{a.now().UTC().Format("2006-01-02T15:04:05Z"), a.actor(), how, what, a.reason, because.Error()})
	if err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(h.keys, fileGlass), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("nor could it be noted beside the record, so nothing is read: %w", err)
	}
	_, err = f.Write(append(line, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("nor could it be noted beside the record, so nothing is read: %w", err)
	}
	fmt.Fprintf(a.err, "candour: BREAK-GLASS: this read could not be put on record (%v). It is noted in %s and goes on record with the next read. Tell the record's owner.\n", because, filepath.Join(h.keys, fileGlass))
	return nil
}

// noteBroken puts reads on record that could not be when they were made.
func (h *home) noteBroken(ctx context.Context) error {
	path := filepath.Join(h.keys, fileGlass)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var drafts []record.Draft
	lines := bufio.NewScanner(bytes.NewReader(b))
	for n := 1; lines.Scan(); n++ {
		var r broken
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return fmt.Errorf("%s: line %d: %w; mend it, so that the read goes on record", path, n, err)
		}
		drafts = append(drafts, record.Draft{Chain: docket.BodyChain(h.set.Body), Kind: kindRead, Happened: r.At, By: r.By, Key: "glass:" + r.At + ":" + strconv.Itoa(n),
			Fields: []record.Field{{Name: "how", Value: []byte(r.How)}, {Name: "what", Value: []byte(r.What)}, {Name: "reason", Value: []byte(r.Reason)}, {Name: "break_glass", Value: []byte(r.Because)}}})
	}
	if _, err := h.reads.Append(ctx, drafts...); err != nil {
		return err
	}
	return os.Remove(path)
}
