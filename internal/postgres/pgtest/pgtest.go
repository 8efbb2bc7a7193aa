//go:build unix

// Package pgtest starts a real PostgreSQL for tests: in a directory of its own, on a unix
// socket there, the one that the distribution installed. It syncs its files as a server of
// the real world does, and can be killed and started again.
//
// A test binary has one server, made when the first test asks for a database and removed by
// [Main]; a test has a database of its own in it.
package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Server is a PostgreSQL that tests own.
type Server struct {
	bin, dir   string
	fsync      string
	credential *syscall.Credential // nil: whom the test runs as

	mu        sync.Mutex
	cmd       *exec.Cmd // the postmaster; nil: it does not run
	done      chan error
	databases int
}

// Options are how a server is made.
type Options struct {
	Unsynced bool // fsync off: faster, and a power cut would lose facts
}

var shared struct {
	once   sync.Once
	server *Server
	err    error
}

// Main runs the tests of a binary, and removes the server if one of them asked for it:
//
//	func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }
func Main(m *testing.M) int {
	code := m.Run()
	if shared.server != nil {
		shared.server.Close()
	}
	return code
}

// Shared is the server of the test binary. Where no PostgreSQL is installed the test fails and
// says what to install; it is skipped where CANDOUR_NO_POSTGRES is 1.
func Shared(t testing.TB) *Server {
	t.Helper()
	shared.once.Do(func() { shared.server, shared.err = New(Options{}) })
	switch {
	case errors.Is(shared.err, ErrMissing) && os.Getenv("CANDOUR_NO_POSTGRES") == "1":
		t.Skip(shared.err)
	case shared.err != nil:
		t.Fatal(shared.err)
	}
	return shared.server
}

// ErrMissing says that no PostgreSQL is installed.
var ErrMissing = errors.New("PostgreSQL is not installed: install the package postgresql (initdb is looked for in PATH and /usr/lib/postgresql/*/bin), or set CANDOUR_NO_POSTGRES=1 to test without it")

// New makes a server and starts it.
func New(o Options) (*Server, error) {
	s := &Server{fsync: "on"}
	if o.Unsynced {
		s.fsync = "off"
	}
	var err error
	if s.bin, err = binaries(); err != nil {
		return nil, err
	}
	if s.dir, err = directory(); err != nil {
		return nil, err
	}
	if os.Getuid() == 0 { // it refuses to run as root
		err = s.giveAway()
	}
	if err == nil {
		err = s.run("initdb", "-D", s.data(), "-U", "candour", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
	}
	if err == nil {
		err = s.Start()
	}
	if err != nil {
		os.RemoveAll(s.dir)
		return nil, fmt.Errorf("start PostgreSQL for tests: %w", err)
	}
	return s, nil
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// binaries is the folder with initdb and postgres: of PATH, or the newest of the distribution.
func binaries() (string, error) {
	if p, err := exec.LookPath("initdb"); err == nil {
		if p, err = filepath.EvalSymlinks(p); err == nil {
			return filepath.Dir(p), nil
		}
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	version := func(p string) int { n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(p)))); return n }
	if len(found) == 0 {
		return "", ErrMissing
	}
	return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })), nil
}

// directory is a new one whose path leaves room for the name of a socket, which has 107 bytes at most.
func directory() (string, error) {
	base := os.TempDir()
	if len(base) > 60 {
		base = "/tmp"
	}
	return os.MkdirTemp(base, "candour-pg-")
}

// giveAway gives the directory to the user that the distribution made for PostgreSQL.
func (s *Server) giveAway() error {
	u, err := user.Lookup("postgres")
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			return err
		}
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return err
	}
	s.credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return os.Chown(s.dir, uid, gid)
}

func (s *Server) command(name string, args ...string) *exec.Cmd {
	c := exec.Command(filepath.Join(s.bin, name), args...)
	c.Dir = s.dir
	c.Env = []string{"PATH=" + s.bin + ":" + os.Getenv("PATH"), "HOME=" + s.dir, "LC_ALL=C", "TZ=UTC"}
	c.SysProcAttr = &syscall.SysProcAttr{Credential: s.credential}
	return c
}

func (s *Server) run(name string, args ...string) error {
	out, err := s.command(name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	return nil
}

// Start starts the server where it does not run, and returns when it answers.
func (s *Server) Start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd != nil {
		return nil
	}
	until := time.Now().Add(60 * time.Second)
	for {
		err := s.start(until)
		if err == nil || time.Now().After(until) {
			return err
		}
		time.Sleep(50 * time.Millisecond) // children of the one that was killed may live on for a moment
	}
}

func (s *Server) start(until time.Time) error {
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	c := s.command("postgres", "-D", s.data(), "-k", s.dir, "-h", "", "-p", "5432", "-c", "fsync="+s.fsync, "-c", "max_connections=200", "-c", "log_checkpoints=off", "-c", "recovery_init_sync_method="+recoverySync)
	c.Stdout, c.Stderr = log, log
	done, err := spawn(c)
	if err != nil {
		return err
	}
	for time.Now().Before(until) {
		select {
		case err := <-done:
			return fmt.Errorf("postgres ended: %w\n%s", err, s.tail())
		default:
		}
		if err = s.exec("SELECT 1"); err == nil {
			s.cmd, s.done = c, done
			return nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	c.Process.Kill()
	<-done
	return err
}

func (s *Server) tail() string {
	b, _ := os.ReadFile(filepath.Join(s.dir, "log"))
	return string(b[max(0, len(b)-2000):])
}

// Kill kills the server and all its processes at once (SIGKILL), as a crash would. A server
// does not start while a process of the one before has its shared memory.
func (s *Server) Kill() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		return nil
	}
	pid := s.cmd.Process.Pid
	if err := s.cmd.Process.Signal(syscall.SIGSTOP); err != nil { // so that it makes no more of them
		return err
	}
	kids, err := children(pid)
	if err != nil {
		return err
	}
	s.cmd.Process.Kill()
	for _, k := range kids {
		syscall.Kill(k, syscall.SIGKILL)
	}
	<-s.done
	s.cmd = nil
	return nil
}

// children are the processes whose parent is that.
func children(pid int) ([]int, error) {
	out, err := exec.Command("ps", "-A", "-o", "pid=,ppid=").Output()
	if err != nil {
		return nil, fmt.Errorf("ps: %w", err)
	}
	var kids []int
	for line := range strings.Lines(string(out)) {
		var kid, parent int
		if n, _ := fmt.Sscan(line, &kid, &parent); n == 2 && parent == pid {
			kids = append(kids, kid)
		}
	}
	return kids, nil
}

// Close ends the server and removes all that it kept.
func (s *Server) Close() {
	s.Kill()
	os.RemoveAll(s.dir)
}

// DSN is where a database of the server is found.
func (s *Server) DSN(database string) string {
	return "host=" + s.dir + " port=5432 user=candour sslmode=disable dbname=" + database
}

// Socket is the path of the socket, on which a proxy can connect.
func (s *Server) Socket() string { return filepath.Join(s.dir, ".s.PGSQL.5432") }

// Database makes a new database and gives its DSN; from is a database that it copies, whose
// connections were closed, or empty.
func (s *Server) Database(t testing.TB, from string) (name, dsn string) {
	t.Helper()
	s.mu.Lock()
	s.databases++
	name = fmt.Sprintf("test_%d", s.databases)
	s.mu.Unlock()
	if from == "" {
		from = "template0"
	}
	if err := s.exec("CREATE DATABASE " + name + " TEMPLATE " + from); err != nil {
		t.Fatalf("create a database for the test: %v", err)
	}
	return name, s.DSN(name)
}

// Holds tells whether the file of a table, as the server has written it so far, has these bytes in it.
func (s *Server) Holds(t testing.TB, dsn, table string, what []byte) bool {
	t.Helper()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	var path string
	if err := c.QueryRow(ctx, `SELECT pg_relation_filepath($1::regclass)`, table).Scan(&path); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(s.data(), path))
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Contains(b, what)
}

// exec runs a statement in the database of the administration.
func (s *Server) exec(statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	c, err := pgx.Connect(ctx, s.DSN("postgres"))
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	_, err = c.Exec(ctx, statement)
	return err
}
