package e2e_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"peerscrip/services/audit"
	"peerscrip/services/storage"
)

// binary builds the program, once for all tests, so that it holds its answers to
// openapi.yaml. PEERSCRIP_RACE=1 builds it with the race detector, which then
// also watches the processes.
var binary = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "peerscrip-test-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "peerscrip")
	args := []string{"build", "-tags", "held", "-o", path}
	if os.Getenv("PEERSCRIP_RACE") != "" {
		args = append(args, "-race")
	}
	if out, err := exec.Command("go", append(args, "peerscrip")...).CombinedOutput(); err != nil {
		return path, fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

var built sync.Once // marks that binary was called: TestMain must not build to clean up

func TestMain(m *testing.M) {
	code := m.Run()
	for _, end := range atEnd.all {
		end()
	}
	unused := false
	built.Do(func() { unused = true })
	if !unused {
		if path, _ := binary(); path != "" {
			os.RemoveAll(filepath.Dir(path))
		}
	}
	os.Exit(code)
}

// program returns the path of the built program.
func program(t testing.TB) string {
	t.Helper()
	if testing.Short() {
		t.Skip("starts real processes")
	}
	built.Do(func() {})
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// freePort finds a port below those that the system gives to outgoing
// connections: a client that keeps dialling a stopped server's port from there
// could be given that very port, and be in the way of the server's return.
func freePort(t testing.TB) string {
	t.Helper()
	for range 100 {
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(15000+rand.IntN(15000)))
		if l, err := net.Listen("tcp", address); err == nil {
			l.Close()
			return address
		}
	}
	t.Fatal("no free port")
	return ""
}

// output is what a process said in all its lives.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

func (o *output) Len() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Len()
}

// process is one role that can be stopped and started again with its data.
type process struct {
	t      testing.TB
	role   string
	args   []string
	env    []string
	binary string // that is started; empty: this version's
	listen string // address
	url    string // where it listens; its base URL may be a proxy's
	data   string
	stdout output
	stderr output

	cmd  *exec.Cmd
	done chan struct{} // closed when cmd has ended
}

// newProcess prepares a role with a data folder and a port of its own. The
// limits on requests are off unless args set them.
func newProcess(t testing.TB, role string, args ...string) *process {
	t.Helper()
	p := &process{t: t, role: role, listen: freePort(t), data: t.TempDir()}
	p.url = "http://" + p.listen
	p.args = []string{role, "--listen", p.listen, "--data", p.data, "--rate=0", "--posts=0"}
	if role == "broker" || role == "market" || role == "serve" {
		p.args = append(p.args, "--private-stalls") // the others of the test are on this machine
	}
	p.args = append(p.args, args...)
	program(t)
	t.Cleanup(func() {
		if p.cmd != nil {
			p.kill()
		}
		for _, fault := range []string{"DATA RACE", "panic:", "does not fit openapi.yaml"} {
			if strings.Contains(p.stderr.String(), fault) {
				t.Errorf("%s: %s in its log", role, fault)
			}
		}
		if t.Failed() {
			t.Logf("%s said:\n%s%s", role, tail(p.stdout.String()), tail(p.stderr.String()))
		}
	})
	return p
}

// startProcess is newProcess and start.
func startProcess(t testing.TB, role string, args ...string) *process {
	t.Helper()
	p := newProcess(t, role, args...)
	p.start()
	return p
}

func tail(s string) string {
	const most = 4000
	if len(s) > most {
		return "..." + s[len(s)-most:]
	}
	return s
}

// launch starts the program and waits for nothing.
func (p *process) launch() {
	p.t.Helper()
	p.cmd = exec.Command(cmp.Or(p.binary, program(p.t)), p.args...)
	p.cmd.Env = append(append(os.Environ(), "PEERSCRIP_LOG_LEVEL=warn"), p.env...)
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	if err := p.cmd.Start(); err != nil {
		p.t.Fatalf("start %s: %v", p.role, err)
	}
	p.done = make(chan struct{})
	go func(cmd *exec.Cmd, done chan struct{}) {
		_ = cmd.Wait() // how it ended is in its ProcessState
		close(done)
	}(p.cmd, p.done)
}

// start starts the program and waits until it says that it is ready.
func (p *process) start() {
	p.t.Helper()
	before := p.stdout.Len()
	p.launch()
	limit := time.After(3 * time.Minute) // a demo with the race detector makes its photos slowly
	for !strings.Contains(p.stdout.String()[before:], " is ready: ") {
		select {
		case <-p.done:
			p.t.Fatalf("%s ended when it should start:\n%s", p.role, tail(p.stderr.String()))
		case <-limit:
			p.t.Fatalf("%s is not ready after three minutes", p.role)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// signal sends a signal, for the end of which nobody waits.
func (p *process) signal(s os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Errorf("signal %s: %v", p.role, err)
	}
}

// kill ends the process in the middle of whatever it does.
func (p *process) kill() {
	p.t.Helper()
	p.signal(os.Kill)
	<-p.done
}

// stop asks the process to end and wants it to do so in good order.
func (p *process) stop() {
	p.t.Helper()
	p.signal(syscall.SIGTERM)
	if code := p.wait(20 * time.Second); code != 0 {
		p.t.Errorf("%s after SIGTERM: got exit code %d, want 0\n%s", p.role, code, tail(p.stderr.String()))
	}
}

// wait waits for the process to end and returns its exit code.
func (p *process) wait(limit time.Duration) int {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(limit):
		p.t.Errorf("%s still runs after %v", p.role, limit)
		p.kill()
	}
	return p.cmd.ProcessState.ExitCode()
}

// auditOf wants the books in some data folders to close, and returns their sums.
func auditOf(t testing.TB, folders ...string) audit.Totals {
	t.Helper()
	var where []storage.Config
	for _, data := range folders {
		where = append(where, storage.Config{Data: data})
	}
	return audited(t, where)
}

// audited is auditOf of storage that need not be a folder's alone.
func audited(t testing.TB, where []storage.Config) audit.Totals {
	t.Helper()
	report, err := audit.Storages(context.Background(), where, false)
	if err != nil {
		t.Fatalf("audit: %v", err)
	}
	for _, f := range report.Findings {
		if !f.OK {
			t.Errorf("audit: %s %s", f.Invariant, f.Text)
		}
	}
	return report.Totals
}

// eventually waits for something that happens by itself. It looks seldomer the longer that
// takes: to look is often to audit books or to open a page.
func eventually(t testing.TB, limit time.Duration, what string, done func() bool) {
	t.Helper()
	start := time.Now()
	for pause := 20 * time.Millisecond; !done(); pause = min(2*pause, seldom) {
		if time.Since(start) > limit {
			t.Fatalf("after %v still not: %s", limit, what)
		}
		time.Sleep(pause)
	}
}

// filesIn reads every file in a folder, the databases' companions too. A file
// that goes away meanwhile is passed over.
func filesIn(t testing.TB, folder string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || !d.Type().IsRegular() { // Chromium links to the process that uses the profile
			return err
		}
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		files[strings.TrimPrefix(path, folder+"/")] = b
		return err
	})
	if err != nil {
		t.Fatalf("read the files of %s: %v", folder, err)
	}
	return files
}
