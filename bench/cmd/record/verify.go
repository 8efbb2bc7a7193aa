package main

import (
	"crypto/sha256"
	"database/sql"
	"fmt"
	"path/filepath"
	"runtime"

	"candour"
	"candour/bench/contest"
	"candour/internal/record"
)

// verifying times verification beside SHA-256 over the same messages: of the tree alone
// (envelopes to leaves to root), from memory and from SQLite, and of everything (content against
// commitments, chains, tiles, signatures).
func verifying(s settings) error {
	dir := s.folder()
	o, err := oursSQLite(dir)
	if err != nil {
		return err
	}
	defer o.end()
	if err := o.fill(0, s.facts); err != nil {
		return err
	}
	if err := o.check(s.facts); err != nil {
		return err
	}
	head, err := o.log.Head(ctx)
	if err != nil {
		return err
	}
	v := verification{facts: s.facts, want: head.Edge.Root()}
	if err := o.log.Each(ctx, 0, -1, func(f *record.Fact) error { v.messages(f); return nil }); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "record.db")+"?mode=ro&_pragma=query_only(1)&_pragma=cache_size(-65536)")
	if err != nil {
		return err
	}
	defer db.Close()
	times, err := contest.Run(s.rounds, []contest.Contender{
		{Name: "tree alone, from memory", Part: 1, Run: v.fromMemory},
		{Name: "SHA-256 of the same messages", Part: 1, Run: func() error { v.hash(v.tree); return nil }},
		{Name: "tree alone, from SQLite", Part: 1, Run: func() error { return v.fromSQLite(db) }},
		{Name: "tree alone, from SQLite, read on one core and hashed on another", Part: 1, Run: func() error { return v.besides(db) }},
		{Name: "the same rows read from SQLite, nothing hashed", Part: 1, Run: func() error { return v.read(db) }},
		{Name: "everything, from SQLite, one core", Part: 1, Run: func() error { return v.everything(o, 1) }},
		{Name: fmt.Sprintf("everything, from SQLite, %d cores", runtime.NumCPU()), Part: 1, Run: func() error { return v.everything(o, runtime.NumCPU()) }},
		{Name: "SHA-256 of the messages of everything, one core", Part: 1, Run: func() error { v.hash(v.whole); return nil }},
	})
	if err != nil {
		return err
	}
	fmt.Printf("\n%d facts, %d hashes of %d bytes for the tree, %d of %d for everything", s.facts, len(v.tree), total(v.tree), len(v.whole), total(v.whole))
	print("Verification", s.facts, times, nil, false)
	ratio := func(title string, ours, peer int, bar float64) {
		r, f := times[peer].Median.Seconds()/times[ours].Median.Seconds(), times[peer].Min.Seconds()/times[ours].Min.Seconds()
		met := "no bar"
		if bar > 0 {
			if met = fmt.Sprintf("bar %g, missed", bar); r >= bar {
				met = fmt.Sprintf("bar %g, met", bar)
			}
		}
		fmt.Printf("%s: %.2f of SHA-256 (by fastest %.2f): %s\n", title, r, f, met)
	}
	fmt.Println()
	ratio("tree alone, from memory", 0, 1, 0.8)
	ratio("tree alone, from SQLite", 2, 1, 0.6)
	ratio("tree alone, from SQLite, two cores beside one", 3, 1, 0.6)
	ratio("everything, from SQLite, one core", 5, 7, 0.6)
	ratio("everything, from SQLite, all cores beside one", 6, 7, 0.6)
	return nil
}

type verification struct {
	facts       int
	want        record.Hash
	envelopes   [][]byte
	tree, whole []int // lengths of what is hashed
}

// messages notes the lengths of what a verification of the fact hashes, after doc/format.md: a
// salt is two hashes, and a commitment one.
func (v *verification) messages(f *record.Fact) {
	v.envelopes = append(v.envelopes, f.Envelope)
	v.tree = append(v.tree, 1+len(f.Envelope))
	if len(v.envelopes) > 1 {
		v.tree = append(v.tree, 65) // a node: a tree of n leaves has n-1
		v.whole = append(v.whole, 65)
	}
	lines := f.Lines()
	for i := range lines {
		name := len(lines[i].Name)
		v.whole = append(v.whole, 64+name, 96, 34+name+len(lines[i].Value))
	}
	v.whole = append(v.whole, 1+len(f.Envelope), 3+32*len(lines)) // leaf, root of the fields
}

func total(lengths []int) (n int) {
	for _, l := range lengths {
		n += l
	}
	return n
}

// hash hashes as many messages of the same lengths.
func (v *verification) hash(lengths []int) {
	var room [1 << 12]byte
	for _, n := range lengths {
		sum := sha256.Sum256(room[:n])
		room[0] = sum[0]
	}
}

func (v *verification) fromMemory() error {
	var e candour.Edge
	for _, env := range v.envelopes {
		e.Add(candour.LeafHash(env))
	}
	return v.root(&e)
}

func (v *verification) root(e *candour.Edge) error {
	if e.Root() != v.want {
		return fmt.Errorf("another root over %d entries", e.Size)
	}
	return nil
}

func (v *verification) fromSQLite(db *sql.DB) error {
	var e candour.Edge
	if err := each(db, func(envelope []byte) error { e.Add(candour.LeafHash(envelope)); return nil }); err != nil {
		return err
	}
	return v.root(&e)
}

// besides reads on one goroutine and hashes on another, as the record is verified.
func (v *verification) besides(db *sql.DB) error {
	batches, free := make(chan [][]byte, 4), make(chan [][]byte, 8)
	root := make(chan record.Hash)
	go func() {
		var e candour.Edge
		for some := range batches {
			for _, env := range some {
				e.Add(candour.LeafHash(env))
			}
			free <- some
		}
		root <- e.Root()
	}()
	batch := func() [][]byte {
		select {
		case b := <-free:
			return b[:0]
		default:
			return make([][]byte, 0, 256)
		}
	}
	some := batch()
	err := each(db, func(envelope []byte) error {
		n := len(some)
		if some = some[:n+1]; cap(some[n]) < len(envelope) {
			some[n] = make([]byte, 0, 2*len(envelope))
		}
		if some[n] = append(some[n][:0], envelope...); n+1 == cap(some) {
			batches <- some
			some = batch()
		}
		return nil
	})
	batches <- some
	close(batches)
	if got := <-root; err == nil && got != v.want {
		err = fmt.Errorf("another root")
	}
	return err
}

func (v *verification) read(db *sql.DB) error {
	n := 0
	err := each(db, func([]byte) error { n++; return nil })
	if err == nil && n != v.facts {
		err = fmt.Errorf("%d rows", n)
	}
	return err
}

func each(db *sql.DB, visit func([]byte) error) error {
	rows, err := db.Query(`SELECT envelope FROM fact ORDER BY log, idx`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var envelope sql.RawBytes
		if err := rows.Scan(&envelope); err != nil {
			return err
		}
		if err := visit(envelope); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (v *verification) everything(o *ours, cores int) error {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
	got, err := o.log.Verify(ctx, nil, nil, nil)
	if err == nil && (!got.Intact() || got.Facts != int64(v.facts)) {
		err = fmt.Errorf("%d facts, faults: %v", got.Facts, got.Faults)
	}
	return err
}
