package casework

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"candour/internal/day"
	"candour/internal/docket"
	"candour/internal/obligation"
	"candour/internal/record"
	"candour/internal/view"
)

// The kinds of fact by which a finding becomes known.
const (
	KindAlarm    = "record.alarm"    // a finding was raised: who was told what, by which pack, on what was then sealed
	KindBaseline = "record.baseline" // what was found when the pack was adopted: for the review programme, not sent one by one
)

// Alarms seals the findings of results as alarms, or all of them as the baseline of an
// adoption. Findings that are on record as either are passed over.
type Alarms struct {
	Log      *record.Log
	Pack     string // id and digest
	Size     int64  // what was sealed when it was worked out
	Baseline string // id of the adoption whose baseline it is; empty: alarms

	Sealed   int // alarms, or findings of the baseline
	Subjects int // cases, persons, units and bodies that they are about

	drafts []record.Draft
}

// line is what is kept of a finding.
type line struct {
	Identity string   `json:"identity"`
	Standard string   `json:"standard"`
	Title    string   `json:"title"`
	Key      string   `json:"key"`
	Finding  string   `json:"finding"`
	Opened   string   `json:"opened"`
	Due      string   `json:"due,omitempty"`
	Raised   string   `json:"raised"`
	Closed   string   `json:"closed,omitempty"`
	Told     []string `json:"told,omitempty"`
}

// Add takes the findings of a result. Call Flush at the end.
func (a *Alarms) Add(ctx context.Context, res *obligation.Result) error {
	var rows []*obligation.Row
	for _, r := range res.Rows {
		if r.Finding != nil && !r.Finding.Advisory {
			rows = append(rows, r)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	fresh, err := a.fresh(ctx, res, rows)
	if err != nil || len(fresh) == 0 {
		return err
	}
	a.Subjects++
	a.Sealed += len(fresh)
	if a.Baseline != "" {
		return a.baseline(ctx, res, fresh)
	}
	told := told(res)
	for _, r := range fresh {
		l := lineOf(res, r)
		l.Told = told[r.Standard.ID+"\n"+r.Key+"\n"+fmt.Sprint(r.Opened)]
		d := record.Draft{Chain: chainOf(res), Kind: KindAlarm, Happened: l.Raised, By: "candour", Key: alarmKey(l.Identity)}
		for name, v := range map[string]string{"standard": l.Standard, "title": l.Title, "key_of": l.Key, "finding": l.Finding, "opened": l.Opened, "due": l.Due, "told": strings.Join(l.Told, ", "), "pack": a.Pack, "on": fmt.Sprint(a.Size)} {
			d.Fields = append(d.Fields, record.Field{Name: name, Value: []byte(v)})
		}
		slices.SortFunc(d.Fields, func(x, y record.Field) int { return strings.Compare(x.Name, y.Name) })
		a.drafts = append(a.drafts, d)
	}
	if len(a.drafts) < 500 {
		return nil
	}
	return a.Flush(ctx)
}

func alarmKey(identity string) string { return "alarm:" + identity }

// foundKey is under which a finding of a baseline is on record.
func foundKey(identity string) string { return "found:" + identity }

// fresh are the findings that are neither alarms nor of a baseline yet.
func (a *Alarms) fresh(ctx context.Context, res *obligation.Result, rows []*obligation.Row) ([]*obligation.Row, error) {
	var keys []string
	for _, r := range rows {
		id := view.Identity(res, r)
		keys = append(keys, alarmKey(id), foundKey(id))
	}
	known, err := a.Log.Known(ctx, keys...)
	if err != nil || len(known) == 0 {
		return rows, err
	}
	var out []*obligation.Row
	for i, r := range rows {
		_, alarm := known[keys[2*i]]
		_, found := known[keys[2*i+1]]
		if !alarm && !found {
			out = append(out, r)
		}
	}
	return out, nil
}

// baseline seals each finding of a case as found at the adoption.
func (a *Alarms) baseline(ctx context.Context, res *obligation.Result, rows []*obligation.Row) error {
	for _, r := range rows {
		l := lineOf(res, r)
		text, err := json.Marshal(l)
		if err != nil {
			return err
		}
		a.drafts = append(a.drafts, record.Draft{Chain: chainOf(res), Kind: KindBaseline, Happened: l.Raised, By: "candour", Key: foundKey(l.Identity),
			Fields: []record.Field{{Name: "adoption", Value: []byte(a.Baseline)}, {Name: "finding", Value: text}, {Name: "pack", Value: []byte(a.Pack)}}})
	}
	if len(a.drafts) < 500 {
		return nil
	}
	return a.Flush(ctx)
}

// Flush seals what was collected. What another server sealed meanwhile under the same
// identity stands: an alarm is raised once.
func (a *Alarms) Flush(ctx context.Context) error {
	drafts := a.drafts
	a.drafts = nil
	for len(drafts) > 0 {
		_, err := a.Log.Append(ctx, drafts...)
		var c *record.Conflict
		if errors.As(err, &c) {
			drafts = slices.Delete(drafts, c.Draft, c.Draft+1)
			a.Sealed--
			continue
		}
		return err
	}
	return nil
}

// chainOf is the chain that an alarm about a result stands on.
func chainOf(res *obligation.Result) string {
	if res.Scope == "" {
		return docket.CaseChain(res.Case.Case.ID)
	}
	return docket.Chain(res.Scope, res.Case.Case.ID)
}

func lineOf(res *obligation.Result, r *obligation.Row) line {
	at := func(t, none day.Instant) string {
		if t == none {
			return ""
		}
		return t.Time(time.UTC).Format(time.RFC3339Nano)
	}
	return line{Identity: view.Identity(res, r), Standard: r.Standard.ID, Title: r.Standard.Title, Key: r.Key, Finding: r.Finding.Kind,
		Opened: at(r.Opened, day.Never), Due: at(r.Due, day.Never), Raised: at(r.Finding.Raised, day.Never), Closed: at(r.Finding.Closed, 0)}
}

// told says who is told of which finding: of each standard, key and opening the people or,
// where nobody holds a role, the role.
func told(res *obligation.Result) map[string][]string {
	post := obligation.Post{From: day.FromTime(time.Date(1850, 1, 1, 0, 0, 0, 0, time.UTC)), To: day.Never}
	post.Add(res)
	out := map[string][]string{}
	for _, m := range post.Messages() {
		for _, cause := range m.Causes {
			for _, r := range cause {
				k := r.Standard.ID + "\n" + r.Key + "\n" + fmt.Sprint(r.Opened)
				if !slices.Contains(out[k], m.To) {
					out[k] = append(out[k], m.To)
				}
			}
		}
	}
	return out
}

// Visit is what view.Update is given: it takes what is found, worked out on a record of that
// size. Of nil it is nil.
func (a *Alarms) Visit(ctx context.Context, size int64) func(*obligation.Result) error {
	if a == nil {
		return nil
	}
	a.Size = size
	return func(res *obligation.Result) error { return a.Add(ctx, res) }
}
