package casework_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"candour/internal/casework"
	"candour/internal/docket"
	"candour/internal/record"
)

// While two processes erase entries of a case, others append to it and note reads of it, each with data keys
// in memory that are destroyed meanwhile. All that was answered for can be read, and what was
// erased cannot.
func TestErasedWhileOthersAppend(t *testing.T) {
	p := newPlace(t)
	first := p.open(t)
	first.fill(t)
	const each = 60
	chain := docket.CaseChain(kase)
	note := func(who, i int) record.Draft {
		return record.Draft{Chain: chain, Kind: "note.made", Happened: "2012-07-01", Key: fmt.Sprintf("fact:n%d-%d", who, i), Fields: []record.Field{{Name: "fact", Value: fmt.Appendf(nil, `"n%d-%d"`, who, i)}}}
	}
	var appending, erasing sync.WaitGroup
	stop := make(chan struct{})
	for who := range 2 {
		q := p.open(t)
		appending.Go(func() {
			for i := range each {
				if _, err := q.Log.Append(ctx, note(who, i)); err != nil {
					t.Errorf("append: %v", err)
				}
				d := note(who, i)
				d.Kind = "record.read"
				if _, err := q.Reads.Append(ctx, d); err != nil {
					t.Errorf("note a read: %v", err)
				}
			}
		})
	}
	erased := make([]int, 2)
	for who := range 2 {
		q := p.open(t)
		erasing.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				_, err := q.Log.Append(ctx, note(10+who, i))
				if err != nil {
					t.Errorf("append: %v", err)
					return
				}
				known, err := q.Log.Known(ctx, note(10+who, i).Key)
				if err != nil {
					t.Errorf("%v", err)
					return
				}
				if err := eraseOne(q, known[note(10+who, i).Key]); err != nil {
					t.Errorf("erase: %v", err)
					return
				}
				erased[who]++
			}
		})
	}
	appending.Wait()
	close(stop)
	erasing.Wait()
	last := p.open(t)
	for len(mustDue(t, last).Begun) > 0 {
		if _, err := last.Finish(ctx, kase); err != nil {
			t.Fatal(err)
		}
	}
	v := last.verified(t)
	if v.Erased != int64(erased[0]+erased[1]) || v.Remaining != 0 || v.Unfinished != 0 || erased[0] == 0 || erased[1] == 0 {
		t.Errorf("%+v; %v were erased", v, erased)
	}
	n := 0
	for _, f := range facts(t, last.Log, chain) {
		if !f.Erased && f.Kind == "note.made" {
			n++
		}
	}
	if want := 2*each + 2; n != want { // and the two of the case
		t.Errorf("%d notes can be read, want %d", n, want)
	}
	if n := len(facts(t, last.Reads, chain)); n < 2*each+3 {
		t.Errorf("%d reads can be read", n)
	}
}

// eraseOne erases an entry, however often the case grows between plan and act.
func eraseOne(q *process, index int64) error {
	for {
		p, err := q.PlanErasure(ctx, request(index))
		if err != nil {
			return err
		}
		_, err = q.Erase(ctx, p)
		var stale *record.Stale
		if errors.As(err, &stale) || errors.Is(err, casework.ErrOvertaken) {
			continue
		}
		return err
	}
}

func mustDue(t *testing.T, q *process) *casework.DueList {
	t.Helper()
	l, err := q.Due(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	return l
}
