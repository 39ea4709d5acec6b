package e2e_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"peerscrip/db"
	"peerscrip/db/dbtest"
	"peerscrip/services/audit"
	"peerscrip/services/storage"
)

// shared are processes of one role on one PostgreSQL database, behind a load balancer.
type shared struct {
	t         testing.TB
	server    *dbtest.Server
	at        storage.Config // of the first
	processes []*process
	spare     *process // that the balancer knows, and that is not started
	front     *balancer
}

// startShared starts a server, on which what was committed is on disk, and so many
// processes.
func startShared(t testing.TB, role string, n int) *shared {
	t.Helper()
	program(t) // or the test is skipped
	server, err := dbtest.NewServer()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Discard)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	return startOn(t, server, role, n)
}

// startOn starts processes on a server's database.
func startOn(t testing.TB, server *dbtest.Server, role string, n int, args ...string) *shared {
	t.Helper()
	s := &shared{t: t, server: server, front: newBalancer(t)}
	key := base64.RawURLEncoding.EncodeToString(dbtest.Key[:])
	var urls []string
	for range n + 1 {
		p := newProcess(t, role, append(args, "--base-url="+s.front.url, "--drain=400ms")...)
		p.env = []string{"PEERSCRIP_DATABASE=" + server.URL, "PEERSCRIP_VAULT_KEY=" + key}
		s.processes, urls = append(s.processes, p), append(urls, p.url)
	}
	s.processes, s.spare = s.processes[:n], s.processes[n]
	for _, p := range s.processes {
		p.start()
	}
	s.at = storage.Config{Data: s.processes[0].data, Database: server.URL, VaultKey: key}
	s.front.over(t, urls...)
	return s
}

// audit wants the books in the database and in some folders to close.
func (s *shared) audit(folders ...string) audit.Totals {
	s.t.Helper()
	where := []storage.Config{s.at}
	for _, data := range folders {
		where = append(where, storage.Config{Data: data})
	}
	return audited(s.t, where)
}

// roll restarts each process after the other, as an upgrade does, and wants no request to
// have noticed.
func (s *shared) roll() {
	s.t.Helper()
	s.unnoticed("a rolling restart", func() {
		for i, p := range s.processes {
			p.stop()
			s.begin(i, p)
		}
	})
}

// begin starts a process, and waits until the balancer knows.
func (s *shared) begin(i int, p *process) {
	s.t.Helper()
	p.start()
	eventually(s.t, 10*time.Second, "the balancer knows that the process is there", s.front.nodes[i].ready.Load)
}

// unnoticed wants no request to notice what is done.
func (s *shared) unnoticed(what string, do func()) {
	s.t.Helper()
	broken, failed := s.front.broken.Load(), s.front.failed.Load()
	do()
	if b, f := s.front.broken.Load()-broken, s.front.failed.Load()-failed; b != 0 || f != 0 {
		s.t.Errorf("%s: %d requests broke off and %d were not answered, want none", what, b, f)
	}
}

// upgrade starts a newer version beside the processes, which brings the tables up to date
// under them, and when both have gone on for a while replaces each process after the other
// by it. No request notices.
func (s *shared) upgrade(newer string) {
	s.t.Helper()
	s.unnoticed("a rolling upgrade", func() {
		s.spare.binary = newer
		s.begin(len(s.processes), s.spare)
		if _, err := db.OpenReadOnly(s.t.Context(), s.server.URL, db.Broker, db.SealedUnder(dbtest.Key)); err == nil || !strings.Contains(err.Error(), "a newer version") {
			s.t.Errorf("tables, when the newer version is ready: got %v, want them to be of that one", err)
		}
		time.Sleep(500 * time.Millisecond)
		for i, p := range s.processes {
			p.stop()
			p.binary = newer
			s.begin(i, p)
		}
	})
	s.processes = append(s.processes, s.spare)
}

// newer builds the program as a version that has some migrations of the broker's tables
// more, by the rules of docs/operations.md: each table has another column, and there is
// another table.
func newer(t testing.TB) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	folder, in := t.TempDir(), filepath.Join(root, "db", "migrations", "postgres", "broker")
	replaced := map[string]string{}
	add := func(statement string) {
		name := fmt.Sprintf("%05d_newer.sql", firstNewer+len(replaced))
		replaced[filepath.Join(in, name)] = filepath.Join(folder, name)
		if err := os.WriteFile(filepath.Join(folder, name), []byte("-- +goose Up\n"+statement+";\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Glob(filepath.Join(in, "*.sql"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range regexp.MustCompile(`(?m)^CREATE TABLE (\w+)`).FindAllStringSubmatch(string(text), -1) {
			add("ALTER TABLE " + table[1] + " ADD COLUMN newer BIGINT NOT NULL DEFAULT 7")
		}
	}
	if len(replaced) < 20 {
		t.Fatalf("got %d tables in %s, want the broker's", len(replaced), in)
	}
	add("CREATE TABLE addition (id BIGINT PRIMARY KEY)")
	overlay, err := json.Marshal(map[string]any{"Replace": replaced})
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, "overlay.json"), overlay, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "peerscrip")
	if out, err := exec.Command("go", "build", "-tags", "held", "-overlay", filepath.Join(folder, "overlay.json"), "-o", path, "peerscrip").CombinedOutput(); err != nil {
		t.Fatalf("build a newer version: %v\n%s", err, out)
	}
	return path
}

// firstNewer is the first version of the tables that newer's program makes.
const firstNewer = 100

// asBefore has the tables be of this version again, which does not mind more columns, so that
// this test can audit them. No process is started on them any more.
func (s *shared) asBefore() {
	s.t.Helper()
	conn, err := pgx.Connect(s.t.Context(), s.server.URL)
	if err == nil {
		_, err = conn.Exec(s.t.Context(), `DELETE FROM broker.goose_db_version WHERE version_id >= $1`, firstNewer)
		err = errors.Join(err, conn.Close(context.Background()))
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// crash has one process killed and started again.
func (s *shared) crash(chance *rand.Rand) {
	p := s.processes[chance.IntN(len(s.processes))]
	p.kill()
	time.Sleep(between(chance, 0, 150*time.Millisecond)) // the others go on without
	p.start()
}

// restart has the database stop in the middle of whatever it does, and start again.
func (s *shared) restart(chance *rand.Rand) {
	s.t.Helper()
	if err := s.server.Stop("QUIT"); err != nil {
		s.t.Fatal(err)
	}
	time.Sleep(between(chance, 0, 150*time.Millisecond))
	if err := s.server.Start(); err != nil {
		s.t.Fatal(err)
	}
}

// TestSharedBroker: several processes of a broker share a database behind a load balancer, and
// several of a stall the same one behind another, while wallets load, exchange, buy, and release
// or dispute. One of each is killed; the broker is upgraded to a version that changes its
// tables; the database crashes: nothing is lost, nothing counts twice, and the books close.
func TestSharedBroker(t *testing.T) {
	t.Parallel()
	chance := seeded(t)
	s := startShared(t, "broker", 2)
	later := newer(t)
	shop := startOn(t, s.server, "stall", 2, "--broker-url="+s.front.url, "--name=The Corner Stall")
	desk := shop.desk()
	for _, thing := range wares {
		desk.list(thing)
	}
	vendor := soleVendor(t, s.front.url)
	c := gather(t, chance, 4, s.front.url, shop.front.url, vendor)
	c.open()
	pause := func() { time.Sleep(between(chance, 100*time.Millisecond, 400*time.Millisecond)) }
	what := []string{"killed", "asked to stop", "crashes of the database"}
	kills := make([]int, len(what))
	for round := range killsIn(t, 1) {
		pause()
		s.crash(chance)
		shop.crash(chance)
		pause()
		if stopped := len(s.processes); round == 0 {
			s.upgrade(later)
			kills[1] += stopped
		} else {
			s.roll()
			shop.roll()
			kills[1] += stopped + len(shop.processes)
		}
		pause()
		s.restart(chance)
		kills[0] += 2
		kills[2]++
	}
	pause()
	c.stop()
	if out, err := exec.Command(later, "audit", "--data", s.at.Data, "--database", s.at.Database, "--vault-key", s.at.VaultKey).CombinedOutput(); err != nil {
		t.Errorf("audit by the newer version: %v\n%s", err, out)
	}
	s.asBefore()
	database, err := db.OpenReadOnly(t.Context(), s.server.URL, db.Merchant, db.SealedUnder(dbtest.Key))
	if err != nil {
		t.Fatal(err)
	}
	c.closeBy(func() shelf { return readShelfIn(t, database, vendor) }, func() audit.Totals { return s.audit() })
	if err := database.Close(); err != nil {
		t.Error(err)
	}
	c.reckon(kills[0]+kills[1]+kills[2]).pay(t, "two processes of a broker, upgraded, and two of a stall on one PostgreSQL: one of each, each in turn, the database")
	t.Logf("%v: %v", what, kills)
	for _, p := range append(shop.processes, s.processes...) {
		p.stop()
	}
	if report, err := audit.Storages(context.Background(), []storage.Config{s.at}, true); err != nil || !report.OK() {
		t.Errorf("audit in the end: got %+v, %v", report.Findings, err)
	}
}

// desk enters the desk of a stall, through the balancer, by the link that one of its
// processes printed.
func (s *shared) desk() *seller {
	s.t.Helper()
	var links []string
	for _, p := range s.processes {
		if found := deskLink.FindStringSubmatch(p.stdout.String()); found != nil {
			links = append(links, found[1])
		}
	}
	if len(links) != 1 {
		s.t.Fatalf("links to the desk: got %q of two processes, want one", links)
	}
	seller := newSeller(s.t, s.front.url)
	seller.enter(links[0])
	return seller
}
