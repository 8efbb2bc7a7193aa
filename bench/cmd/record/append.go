package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"text/tabwriter"

	"github.com/jackc/pgx/v5"

	"candour/bench/contest"
	"candour/internal/postgres/pgtest"
	"candour/internal/record"
)

// appender is a contender: append returns when the fact is durable.
type appender interface {
	name() string
	append(n int) error
	check(n int) error // after n appends: is all there, and right?
	end() error
}

// grouping counts the transactions of a contender that groups its callers.
type grouping interface{ groups() int64 }

// atOnce has callers append so many facts, numbered from.
func atOnce(callers, from, facts int, append func(n int) error) error {
	var next atomic.Int64
	errs := make([]error, callers)
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for n := next.Add(1); n <= int64(facts) && errs[c] == nil; n = next.Add(1) {
				errs[c] = append(from + int(n) - 1)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// perTurn is how many facts a turn appends, by callers; of what is slow, a part of them.
func perTurn(callers int) int { return min(4096, 32*callers) }

func appending(s settings) error {
	row, err := like(s)
	if err != nil {
		return err
	}
	var pg *pgtest.Server
	if slices.Contains(s.stores, "postgres") {
		if pg, err = server(); err != nil {
			return err
		}
	}
	if pg != nil {
		defer pg.Close()
	}
	for _, callers := range s.callers {
		if slices.Contains(s.stores, "sqlite") {
			if err := appendSQLite(s, row, callers); err != nil {
				return fmt.Errorf("SQLite, %d callers: %w", callers, err)
			}
		}
		if pg == nil {
			continue
		}
		if err := appendPostgres(s, pg, row, callers); err != nil {
			return fmt.Errorf("PostgreSQL, %d callers: %w", callers, err)
		}
	}
	return nil
}

// server starts a PostgreSQL; nil where none is installed.
func server() (*pgtest.Server, error) {
	s, err := pgtest.New(pgtest.Options{})
	if errors.Is(err, pgtest.ErrMissing) {
		fmt.Println("\nleft out: PostgreSQL is not installed")
		return nil, nil
	}
	return s, err
}

func appendSQLite(s settings, row record.Row, callers int) error {
	own, err := oursSQLite(s.folder())
	if err == nil {
		err = own.begin()
	}
	if err != nil {
		return err
	}
	list, parts := []appender{own}, []float64{1}
	add := func(a appender, e error, part float64) {
		list, parts, err = append(list, a), append(parts, part), errors.Join(err, e)
	}
	p, e := newPlainSQLite(s.folder(), row, true)
	add(p, e, 1)
	p, e = newPlainSQLite(s.folder(), row, false)
	add(p, e, 1/float64(min(callers, 8)))
	t, e := newTessera(s.folder(), row, callers)
	add(t, e, 1)
	r, e := newRaw(s.folder(), row)
	add(r, e, 1)
	if err != nil {
		return err
	}
	return race(s, fmt.Sprintf("Append, SQLite, %d callers", callers), callers, list, parts, []float64{0, 0.85, 15, 7, 0})
}

func appendPostgres(s settings, pg *pgtest.Server, row record.Row, callers int) error {
	dsn, err := database(pg)
	if err != nil {
		return err
	}
	own, err := oursPostgres(s.folder(), dsn)
	if err == nil {
		err = own.begin()
	}
	if err != nil {
		return err
	}
	var list []appender
	for _, grouped := range []bool{true, false} {
		dsn, err := database(pg)
		if err != nil {
			return err
		}
		p, err := newPlainPostgres(dsn, row, grouped)
		if err != nil {
			return err
		}
		list = append(list, p)
	}
	return race(s, fmt.Sprintf("Append, PostgreSQL, %d callers", callers), callers, append([]appender{own}, list...), []float64{1, 1, 1 / float64(min(callers, 8))}, []float64{0, 0.85, 15})
}

var databases atomic.Int64

// database makes a new one.
func database(pg *pgtest.Server) (dsn string, err error) {
	c, err := pgx.Connect(ctx, pg.DSN("postgres"))
	if err != nil {
		return "", err
	}
	defer c.Close(ctx)
	name := fmt.Sprintf("bench_%d", databases.Add(1))
	_, err = c.Exec(ctx, "CREATE DATABASE "+name)
	return pg.DSN(name), err
}

// race checks each contender after a first turn, then times them in turns and prints them
// beside the first. A bar is how many times as fast as the peer ours must be; it is for 64 callers.
func race(s settings, title string, callers int, list []appender, parts, bars []float64) error {
	cs := make([]contest.Contender, len(list))
	appended, first, groups := make([]int, len(list)), make([]int, len(list)), make([]int64, len(list))
	for i, a := range list {
		facts, next := max(1, int(float64(perTurn(callers))*parts[i])), 0
		turn := func() error {
			next += facts
			appended[i] = next
			return atOnce(callers, next-facts, facts, a.append)
		}
		err := turn()
		if err == nil {
			err = a.check(next)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", a.name(), err)
		}
		first[i] = appended[i]
		if g, ok := a.(grouping); ok {
			groups[i] = g.groups()
		}
		cs[i] = contest.Contender{Name: a.name(), Part: float64(facts) / float64(perTurn(callers)), Run: turn}
	}
	times, err := contest.Run(s.rounds, cs)
	for _, a := range list {
		err = errors.Join(err, a.end())
	}
	if err != nil {
		return err
	}
	print(title, perTurn(callers), times, bars, callers == 64)
	for i, a := range list {
		if g, ok := a.(grouping); ok && g.groups() > 0 {
			fmt.Printf("%s: %.1f facts a transaction\n", a.name(), float64(appended[i]-first[i])/float64(g.groups()-groups[i]))
		}
	}
	return nil
}

// print prints rates and ratios. Ours is the first.
func print(title string, facts int, times []contest.Time, bars []float64, barred bool) {
	fmt.Printf("\n%s\n\n", title)
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "what\tfacts a second\tCandour is, times as fast\tby fastest\tbar\tmet")
	for i, t := range times {
		ratio := float64(t.Median) / float64(times[0].Median)
		fastest := float64(t.Min) / float64(times[0].Min)
		bar, met := "-", "-"
		if barred && i < len(bars) && bars[i] > 0 {
			if bar, met = fmt.Sprintf("%g", bars[i]), "NO"; ratio >= bars[i] {
				met = "yes"
			}
		}
		fmt.Fprintf(w, "%s\t%.0f\t%.2f\t%.2f\t%s\t%s\n", t.Name, float64(facts)/t.Median.Seconds(), ratio, fastest, bar, met)
	}
	w.Flush()
}

// processes appends to one record from one, two and four processes at once.
func processes(s settings) error {
	pg, err := server()
	if err != nil || pg == nil {
		return err
	}
	defer pg.Close()
	const callers, facts = 64, 4096
	var cs []contest.Contender
	var all []*children
	for _, n := range []int{1, 2, 4} {
		dsn, err := database(pg)
		if err != nil {
			return err
		}
		dir := s.folder()
		own, err := oursPostgres(dir, dsn) // makes tables and master key before the others come
		if err == nil {
			err = own.begin()
		}
		if err != nil {
			return err
		}
		kids := &children{own: own}
		for i := range n {
			if err := kids.start(fmt.Sprintf("%d|%d|%s|%s", i, callers/n, dir, dsn)); err != nil {
				return err
			}
		}
		turn := func() error { return kids.append(facts / n) }
		if err := turn(); err != nil {
			return err
		}
		if err := own.check(facts); err != nil {
			return err
		}
		all = append(all, kids)
		cs = append(cs, contest.Contender{Name: fmt.Sprintf("%d processes, %d callers each", n, callers/n), Part: 1, Run: turn})
	}
	times, err := contest.Run(s.rounds, cs)
	for _, k := range all {
		err = errors.Join(err, k.end())
	}
	if err == nil {
		print("Append to one record on PostgreSQL from several processes", facts, times, nil, false)
	}
	return err
}

// children are processes that append to one record.
type children struct {
	own *ours
	cmd []*exec.Cmd
	in  []io.WriteCloser
	out []*bufio.Reader
}

func (k *children) start(what string) error {
	c := exec.Command(os.Args[0], "-child", what)
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		return err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	k.cmd, k.in, k.out = append(k.cmd, c), append(k.in, in), append(k.out, bufio.NewReader(out))
	return c.Start()
}

// append has each append so many facts.
func (k *children) append(facts int) error {
	for _, in := range k.in {
		if _, err := fmt.Fprintln(in, facts); err != nil {
			return err
		}
	}
	for _, out := range k.out {
		if line, err := out.ReadString('\n'); err != nil || line != "done\n" {
			return fmt.Errorf("a process ended: %q, %w", line, err)
		}
	}
	return nil
}

func (k *children) end() error {
	err := k.own.end()
	for i, c := range k.cmd {
		k.in[i].Close()
		err = errors.Join(err, c.Wait())
	}
	return err
}

// serve is a child: for each line it appends so many facts.
func serve(what string) error {
	f := strings.SplitN(what, "|", 4)
	var id, callers, next int
	if _, err := fmt.Sscan(f[0]+" "+f[1], &id, &callers); err != nil {
		return err
	}
	o, err := oursPostgres(f[2], f[3])
	if err != nil {
		return err
	}
	defer o.end()
	for {
		var facts int
		if _, err := fmt.Scanln(&facts); err != nil {
			return nil
		}
		err := atOnce(callers, next, facts, func(n int) error {
			_, err := o.log.Append(ctx, draft(fmt.Sprintf("p%d.", id), n))
			return err
		})
		if err != nil {
			return err
		}
		next += facts
		fmt.Println("done")
	}
}
