package peer

import (
	"database/sql"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	_ "modernc.org/sqlite" // registers the driver

	"candour/bench/rule"
	"candour/bench/trace"
)

// SQL is one statement a rule over two tables in memory: cases, and events with
// their place in the case. Activities and persons are numbers and the tables
// are indexed. A statement is written in two ways, by correlated subqueries and
// by windows; before anything is timed the way is kept that the database runs faster.
type SQL struct {
	db    *sql.DB
	stmts []*sql.Stmt
	n     int
}

const (
	tables = `CREATE TABLE cases (id INTEGER PRIMARY KEY, amount DOUBLE, deadline BIGINT);
CREATE TABLE ev (case_id INTEGER, pos INTEGER, t BIGINT, act INTEGER, person INTEGER, flag INTEGER, grade TEXT, amount DOUBLE, due BIGINT, d INTEGER);`
	indexes = `CREATE INDEX ev_case ON ev (case_id, act, pos);
CREATE INDEX ev_pos ON ev (case_id, pos);
CREATE INDEX ev_act ON ev (act, case_id, pos);
ANALYZE;`
)

// NewSQLite loads a log into SQLite in memory.
func NewSQLite(l *trace.Log, rules []rule.Rule) (*SQL, error) {
	return newSQL("sqlite", ":memory:", l, rules, "", insertRows)
}

func newSQL(driver, source string, l *trace.Log, rules []rule.Rule, before string, load func(*sql.DB, *trace.Log) error) (*SQL, error) {
	db, err := sql.Open(driver, source)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // every connection would have a memory of its own
	if before != "" {
		if _, err := db.Exec(before); err != nil {
			return nil, err
		}
	}
	if _, err := db.Exec(tables); err != nil {
		return nil, err
	}
	if err := load(db, l); err != nil {
		return nil, err
	}
	if driver == "sqlite" {
		if _, err := db.Exec(indexes); err != nil {
			return nil, err
		}
	}
	p := &SQL{db: db, n: len(rules)}
	for i := range rules {
		s, err := p.faster(l, &rules[i])
		if err != nil {
			return nil, fmt.Errorf("rule %s: %w", rules[i].ID, err)
		}
		p.stmts = append(p.stmts, s)
	}
	return p, nil
}

// faster prepares the ways to write a rule and keeps the one that runs faster.
func (p *SQL) faster(l *trace.Log, r *rule.Rule) (best *sql.Stmt, err error) {
	took := time.Duration(math.MaxInt64)
	for _, src := range statements(l, r) {
		s, err := p.db.Prepare(src)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", src, err)
		}
		for range 2 {
			start := time.Now()
			if _, err := tally(s); err != nil {
				return nil, fmt.Errorf("%s: %w", src, err)
			}
			if d := time.Since(start); d < took {
				took, best = d, s
			}
		}
	}
	return best, nil
}

func caseRow(i int, c *trace.Case) []any {
	row := []any{int32(i), nil, nil}
	if c.HasAmount {
		row[1] = c.Amount
	}
	if c.HasDeadline {
		row[2] = c.Deadline
	}
	return row
}

func eventRow(i, j int, e *trace.Event) []any {
	row := []any{int32(i), int32(j), e.T, int32(e.Act), e.By, int32(0), e.Grade, nil, e.Due, e.On}
	if e.Flag {
		row[5] = int32(1)
	}
	if e.HasAmount {
		row[7] = e.Amount
	}
	return row
}

func insertRows(db *sql.DB, l *trace.Log) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	kase, err := tx.Prepare("INSERT INTO cases VALUES (?, ?, ?)")
	if err != nil {
		return err
	}
	ev, err := tx.Prepare("INSERT INTO ev VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
	if err != nil {
		return err
	}
	for i := range l.Cases {
		if _, err := kase.Exec(caseRow(i, &l.Cases[i])...); err != nil {
			return err
		}
		for j := range l.Cases[i].Events {
			if _, err := ev.Exec(eventRow(i, j, &l.Cases[i].Events[j])...); err != nil {
				return err
			}
		}
	}
	return tx.Commit()
}

// statements are the ways to write a rule in SQL; windows cannot compare two events.
func statements(l *trace.Log, r *rule.Rule) []string {
	out := []string{correlated(l, r)}
	if r.That == nil || !strings.Contains(r.That.SQL, "this.") {
		out = append(out, windowed(l, r))
	}
	return out
}

func places(l *trace.Log, acts []string) string {
	var out []string
	for _, a := range acts {
		out = append(out, fmt.Sprint(slices.Index(l.Acts, a))) // -1: no such event in this log
	}
	return strings.Join(out, ", ")
}

// names puts the columns' names where conditions name a person.
func names(s string) string { return strings.ReplaceAll(s, ".by", ".person") }

func and(c *rule.Cond) string {
	if c == nil {
		return ""
	}
	return " AND (" + names(c.SQL) + ")"
}

func dueSQL(r *rule.Rule) string {
	switch r.Due {
	case rule.FromDeadline:
		return "kase.deadline"
	case rule.FromField:
		return "CASE WHEN this.due > this.t THEN this.due ELSE this.t END"
	}
	return fmt.Sprintf("this.t + %d", int64(r.D))
}

// correlated looks for each trigger's discharge and cancellation by subqueries.
func correlated(l *trace.Log, r *rule.Rule) string {
	find := func(agg, order, acts string, c *rule.Cond) string {
		return fmt.Sprintf("(SELECT %s(that.pos) FROM ev that WHERE that.case_id = this.case_id AND that.pos %s this.pos AND that.act IN (%s)%s)", agg, order, acts, and(c))
	}
	agg, order := "min", ">"
	if r.Shape == rule.Gate || r.Shape == rule.FourEyes {
		agg, order = "max", "<"
	}
	x := "CAST(NULL AS INTEGER)"
	if r.Cancel != nil {
		x = find("min", ">", places(l, r.Cancel), nil)
	}
	return fmt.Sprintf(`WITH o AS (SELECT this.case_id c, this.person p, %s due, %s d, %s x
  FROM ev this JOIN cases kase ON kase.id = this.case_id WHERE this.act IN (%s)%s),
r AS (SELECT o.c, o.p, o.due, o.d, o.x, de.t dt, de.person dp, xe.t xt FROM o
  LEFT JOIN ev de ON de.case_id = o.c AND de.pos = o.d LEFT JOIN ev xe ON xe.case_id = o.c AND xe.pos = o.x)
%s`, dueSQL(r), find(agg, order, places(l, r.Disc), r.That), x, places(l, r.Trig), and(r.Where), summing(r))
}

// windowed walks each case once, with the next or last act of interest in a window.
func windowed(l *trace.Log, r *rule.Rule) string {
	disc := "this.act IN (" + places(l, r.Disc) + ")"
	if r.That != nil {
		disc += " AND (" + strings.ReplaceAll(names(r.That.SQL), "that.", "this.") + ")"
	}
	acts := slices.Concat(r.Trig, r.Disc, r.Cancel)
	agg, frame := "min", "ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING"
	if r.Shape == rule.Gate || r.Shape == rule.FourEyes {
		agg, frame = "max", "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
	}
	over := func(when, value string) string {
		return fmt.Sprintf("%s(CASE WHEN %s THEN %s END) OVER w", agg, when, value)
	}
	x, xt := "CAST(NULL AS INTEGER)", "CAST(NULL AS BIGINT)"
	if r.Cancel != nil {
		cancel := "this.act IN (" + places(l, r.Cancel) + ")"
		x, xt = over(cancel, "this.pos"), over(cancel, "this.t")
	}
	// the person is packed behind the position, so that the latest position brings its person along
	person := over(disc, "this.pos * 1048576 + this.person")
	return fmt.Sprintf(`WITH s AS (SELECT this.*, %s d0, %s dt, %s dp0, %s x, %s xt FROM ev this WHERE this.act IN (%s)
  WINDOW w AS (PARTITION BY this.case_id ORDER BY this.pos %s)),
r AS (SELECT this.case_id c, this.person p, %s due, this.d0 d, this.dt, this.dp0 %% 1048576 dp, this.x, this.xt
  FROM s this JOIN cases kase ON kase.id = this.case_id WHERE this.act IN (%s)%s)
%s`, over(disc, "this.pos"), over(disc, "this.t"), person, x, xt, places(l, acts), frame, dueSQL(r), places(l, r.Trig), and(r.Where), summing(r))
}

// summing counts the rows of r.
func summing(r *rule.Rule) string {
	cancelled := "(x IS NOT NULL AND xt <= due AND (d IS NULL OR x < d))"
	ok, late, never := "(dt IS NOT NULL AND dt <= due AND NOT "+cancelled+")", "(dt IS NOT NULL AND dt > due AND NOT "+cancelled+")", "(dt IS NULL AND NOT "+cancelled+")"
	flag := late + " OR " + never
	switch r.Shape {
	case rule.Forbid:
		flag = ok
	case rule.Gate:
		ok, late, never, cancelled = "(d IS NOT NULL)", "(1 = 0)", "(d IS NULL)", "(1 = 0)"
		flag = never
	case rule.FourEyes:
		ok, late, never, cancelled = "(d IS NOT NULL AND dp <> p)", "(d IS NOT NULL AND dp = p)", "(d IS NULL)", "(1 = 0)"
		flag = late
	}
	sum := func(s string) string { return "coalesce(sum(CASE WHEN " + s + " THEN 1 ELSE 0 END), 0)" }
	return fmt.Sprintf("SELECT count(*), %s, %s, %s, %s, count(DISTINCT CASE WHEN %s THEN c END) FROM r", sum(ok), sum(late), sum(never), sum(cancelled), flag)
}

func tally(s *sql.Stmt) (t rule.Tally, err error) {
	err = s.QueryRow().Scan(&t.Opened, &t.OK, &t.Late, &t.Never, &t.Cancelled, &t.Flagged)
	return t, err
}

// Backtest runs one rule's statement.
func (p *SQL) Backtest(i int) (rule.Tally, error) { return tally(p.stmts[i]) }

// All runs every statement.
func (p *SQL) All() ([]rule.Tally, error) { return each(p, p.n) }

// Close frees the database.
func (p *SQL) Close() error { return p.db.Close() }
