package main

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"text/tabwriter"
)

// sizes says how many bytes a fact takes, each part apart: by the lengths of what is stored,
// and by the pages of SQLite that it fills (dbstat).
func sizes(s settings) error {
	dir := s.folder()
	o, err := oursSQLite(dir)
	if err != nil {
		return err
	}
	for from := 0; from < s.facts; from += 1000 {
		if err := o.fill(from, min(from+1000, s.facts)); err != nil {
			return err
		}
		if _, _, err := o.log.Checkpoint(ctx); err != nil { // one for each thousand facts
			return err
		}
	}
	if err := o.check(s.facts); err != nil {
		return err
	}
	if err := o.end(); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "record.db"))
	if err != nil {
		return err
	}
	defer db.Close()
	fmt.Printf("\nBytes a fact, SQLite, %d facts, a checkpoint for each thousand\n\n", s.facts)
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "what\tby length")
	var logged float64
	for _, row := range []struct {
		what, query string
		log         bool
	}{
		{"leaf", `SELECT sum(length(leaf)) FROM fact`, true},
		{"tiles", `SELECT sum(length(hashes) + length(root)) FROM tile`, true},
		{"checkpoints", `SELECT sum(length(note)) FROM checkpoint`, true},
		{"envelope", `SELECT sum(length(envelope)) FROM fact`, false},
		{"payload", `SELECT sum(length(sealed)) FROM payload`, false},
		{"idempotency key and digest", `SELECT sum(length(key) + length(digest)) FROM idempotency`, false},
		{"chain and place in it", `SELECT sum(length(chain) + 8) FROM fact`, false},
		{"data keys", `SELECT sum(length(tag) + length(wrapped)) FROM data_key`, false},
	} {
		var n float64
		if err := db.QueryRow(row.query).Scan(&n); err != nil {
			return err
		}
		if row.log {
			logged += n
		}
		fmt.Fprintf(w, "%s\t%.1f\n", row.what, n/float64(s.facts))
	}
	met := "met"
	if logged > 80*float64(s.facts) {
		met = "missed"
	}
	fmt.Fprintf(w, "leaf, tiles and checkpoints\t%.1f\tbar 80, %s\n", logged/float64(s.facts), met)
	fmt.Fprintln(w, "\nin pages of\t")
	rows, err := db.Query(`SELECT name, sum(pgsize) FROM dbstat GROUP BY name HAVING sum(pgsize) > 65536 ORDER BY 2 DESC`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var n float64
		if err := rows.Scan(&name, &n); err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\t%.1f\n", name, n/float64(s.facts))
	}
	return errors.Join(rows.Err(), w.Flush())
}
