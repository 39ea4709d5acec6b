package dbtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/url"
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

	"peerscrip/db"
)

// postgresEnv is the URL of a server for all test programs of a run; without it each
// starts its own.
const postgresEnv = "PEERSCRIP_TEST_POSTGRES"

// Key is what the vaults of tests in PostgreSQL are sealed under.
var Key = [32]byte{1, 2, 3}

// Postgres lends a database on the tests' server in which each kind has its tables, and
// returns its URL. When the test ends it is emptied, for the next: to make and drop one
// takes ten times as long. A test may change rows in it as it likes, and no table.
func Postgres(t testing.TB) string {
	t.Helper()
	lent, err := lend(context.Background())
	if err != nil {
		t.Fatalf("make a database in PostgreSQL: %v", err)
	}
	t.Cleanup(func() {
		if err := lent.giveBack(context.Background()); err != nil {
			t.Errorf("empty a database: %v", err)
		}
	})
	return lent.url
}

// database is one that tests use in turn.
type database struct {
	url   string
	conn  *pgx.Conn // of dbtest's own
	empty string    // what empties it
}

// idle are the databases that no test uses.
var idle = struct {
	sync.Mutex
	databases []database
}{}

func lend(ctx context.Context) (database, error) {
	idle.Lock()
	defer idle.Unlock()
	if n := len(idle.databases); n > 0 {
		d := idle.databases[n-1]
		idle.databases = idle.databases[:n-1]
		return d, nil
	}
	like, err := template()
	if err != nil {
		return database{}, err
	}
	on, err := server()
	if err != nil {
		return database{}, err
	}
	name := fresh("test")
	if err := ask(ctx, on.URL, "CREATE DATABASE "+name+" TEMPLATE "+like.name); err != nil {
		return database{}, err
	}
	d := database{url: within(on.URL, name), empty: like.empty}
	d.conn, err = pgx.Connect(ctx, d.url)
	return d, err
}

// giveBack ends who still uses it, as a test that ended does no more, and makes it as the
// template is.
func (d database) giveBack(ctx context.Context) error {
	const others = ` FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`
	if _, err := d.conn.Exec(ctx, `SELECT pg_terminate_backend(pid)`+others); err != nil {
		return err
	}
	for left := 1; left > 0; {
		if err := d.conn.QueryRow(ctx, `SELECT count(*)`+others).Scan(&left); err != nil {
			return err
		}
	}
	if _, err := d.conn.Exec(ctx, d.empty); err != nil {
		return err
	}
	idle.Lock()
	defer idle.Unlock()
	idle.databases = append(idle.databases, d)
	return nil
}

// fresh is a name that no database has.
func fresh(what string) string { return fmt.Sprintf("%s_%d_%x", what, os.Getpid(), rand.Text()[:8]) }

// within is the URL of another database of a server.
func within(base, name string) string {
	u, err := url.Parse(base)
	if err != nil {
		panic(err) // it was used before
	}
	u.Path = "/" + name
	return u.String()
}

// ask has a server do one thing.
func ask(ctx context.Context, url, statement string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}

// blueprint is what databases of tests are copies of.
type blueprint struct {
	name  string
	empty string // makes a used copy like it
}

var template = sync.OnceValues(func() (blueprint, error) {
	on, err := server()
	if err != nil {
		return blueprint{}, err
	}
	name := fresh("template")
	if err := ask(context.Background(), on.URL, "CREATE DATABASE "+name); err != nil {
		return blueprint{}, err
	}
	for _, kind := range db.InPostgres() {
		d, err := db.Open(context.Background(), within(on.URL, name), kind, db.SealedUnder(Key))
		if err != nil {
			return blueprint{}, err
		}
		if err := d.Close(); err != nil {
			return blueprint{}, err
		}
	}
	empty, err := emptying(context.Background(), within(on.URL, name))
	return blueprint{name, empty}, err
})

// emptying is what makes a used copy of a new database like it: it has all numbers begin
// again, and deletes all rows but those that the new one has, the append-only too. (TRUNCATE, which makes new files, takes longer for so few rows.)
func emptying(ctx context.Context, like string) (string, error) {
	conn, err := pgx.Connect(ctx, like)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close(ctx) }()                           // it only reads
	statements := []string{`SET session_replication_role = replica`} // no triggers
	list := func(query string) (found []string) {
		if err == nil {
			rows, _ := conn.Query(ctx, query) // CollectRows has its error
			found, err = pgx.CollectRows(rows, pgx.RowTo[string])
		}
		return found
	}
	for _, sequence := range list(`SELECT format('%I.%I', schemaname, sequencename) FROM pg_sequences WHERE sequencename NOT LIKE 'goose%'`) { // whose table stays as it is
		statements = append(statements, "SELECT setval('"+sequence+"', 1, false)") // which changes no catalogue
	}
	for _, table := range list(`SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
		WHERE tablename <> 'goose_db_version' AND schemaname NOT IN ('pg_catalog', 'information_schema')`) {
		statements = append(statements, "DELETE FROM "+table)
		statements = append(statements, list(`SELECT format('INSERT INTO `+table+` SELECT * FROM json_populate_recordset(NULL::`+table+`, %L)', json_agg(t))
			FROM `+table+` t HAVING count(*) > 0`)...)
	}
	return strings.Join(statements, ";\n"), err
}

// server is the tests' server. One of this process's own ends with it: what that hangs on
// is not collected before, since it is kept here.
var server = sync.OnceValues(func() (*Server, error) {
	if url := os.Getenv(postgresEnv); url != "" {
		return &Server{URL: url}, nil
	}
	s, err := NewServer(Hasty...)
	if err != nil {
		return nil, err
	}
	return s, s.Start()
})

// Hasty are settings of a server whose data nobody needs after a crash.
var Hasty = []string{"fsync=off", "full_page_writes=off", "synchronous_commit=off", "autovacuum=off"}

// Server is a PostgreSQL server in a folder of its own, which goes with this process.
type Server struct {
	URL      string
	folder   string
	settings []string
	as       *syscall.Credential // nil: as this process
	cmd      *exec.Cmd
	alive    io.WriteCloser // the server ends when this closes
}

// NewServer makes a server with settings, "name=value", which is not started yet.
func NewServer(settings ...string) (*Server, error) {
	as, err := otherThanRoot()
	if err != nil {
		return nil, err
	}
	parent := "/dev/shm" // a socket's path is short
	if _, err := os.Stat(parent); err != nil {
		parent = "/tmp"
	}
	folder, err := os.MkdirTemp(parent, "pg-")
	if err != nil {
		return nil, err
	}
	s := &Server{
		URL:    "postgres://postgres@localhost/postgres?host=" + url.QueryEscape(folder),
		folder: folder, settings: settings, as: as,
	}
	if as != nil {
		if err := os.Chown(folder, int(as.Uid), int(as.Gid)); err != nil {
			return nil, err
		}
	}
	initdb := s.command("initdb", "-D", s.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions")
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	return s, nil
}

func (s *Server) data() string { return filepath.Join(s.folder, "data") }

// Start starts it, and waits until it answers.
func (s *Server) Start() error {
	// The shell ends the server, and takes the folder away, once nobody holds its input.
	const script = `"$@" & server=$!; read -r how; kill -"${how:-QUIT}" $server; wait $server; [ -n "$how" ] || rm -rf "$FOLDER"`
	args := []string{"-c", script, "sh", program("postgres"), "-D", s.data(), "-k", s.folder}
	for _, setting := range append([]string{"listen_addresses=", "max_connections=200", "shared_buffers=64MB", "jit=off", "deadlock_timeout=100ms"}, s.settings...) {
		args = append(args, "-c", setting)
	}
	s.cmd = s.command("sh", args...)
	s.cmd.Env = append(os.Environ(), "FOLDER="+s.folder)
	log, err := os.OpenFile(filepath.Join(s.folder, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }() // the server has it open
	s.cmd.Stdout, s.cmd.Stderr = log, log
	if s.alive, err = s.cmd.StdinPipe(); err != nil {
		return err
	}
	if err := s.cmd.Start(); err != nil {
		return err
	}
	return s.answers()
}

// Stop ends it by a signal, QUIT as a crash does or INT as an operator does, and
// keeps its data.
func (s *Server) Stop(signal string) error {
	if _, err := fmt.Fprintln(s.alive, signal); err != nil {
		return err
	}
	_ = s.alive.Close()
	_ = s.cmd.Wait() // what the signal makes of it
	return nil
}

// Discard ends it and takes its folder away.
func (s *Server) Discard() {
	_ = s.alive.Close() // it may have been stopped
	_ = s.cmd.Wait()
	_ = os.RemoveAll(s.folder) // at the latest the operating system does
}

// answers waits for the server.
func (s *Server) answers() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		err := ask(ctx, s.URL, "SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			log, _ := os.ReadFile(filepath.Join(s.folder, "log"))
			return fmt.Errorf("it does not answer: %w\n%s", err, log)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// command is one of a server's programs, or sh, as another user than root.
func (s *Server) command(name string, args ...string) *exec.Cmd {
	if name != "sh" {
		name = program(name)
	}
	cmd := exec.Command(name, args...)
	cmd.Dir = s.folder
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as, Setpgid: true} // a Ctrl-C is this process's
	return cmd
}

// program is where one of PostgreSQL's is: Debian has its servers beside each other.
func program(name string) string {
	if found, err := filepath.Glob("/usr/lib/postgresql/*/bin/" + name); err == nil && len(found) > 0 {
		slices.Sort(found)
		return found[0]
	}
	return name
}

// otherThanRoot is who runs the server, which refuses to be root's.
func otherThanRoot() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		u, err = user.Lookup("nobody")
	}
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, err
}
