package e2e_test

import (
	"context"
	"encoding/base64"
	"math/rand/v2"
	"testing"
	"time"

	"peerscrip/db/dbtest"
	"peerscrip/services/audit"
	"peerscrip/services/folder"
	"peerscrip/services/storage"
)

// shared are processes of one role on one PostgreSQL database, behind a load balancer.
type shared struct {
	t         testing.TB
	server    *dbtest.Server
	at        storage.Config // of the first
	processes []*process
	front     *balancer
}

// startShared starts a server, on which what was committed is on disk, and so many
// processes.
func startShared(t testing.TB, role string, n int) *shared {
	t.Helper()
	s := &shared{t: t, front: newBalancer(t)}
	program(t) // or the test is skipped
	var err error
	if s.server, err = dbtest.NewServer(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.server.Discard)
	if err := s.server.Start(); err != nil {
		t.Fatal(err)
	}
	key := base64.RawURLEncoding.EncodeToString(dbtest.Key[:])
	var urls []string
	for range n {
		p := newProcess(t, role, "--base-url="+s.front.url, "--drain=400ms")
		p.env = []string{"PEERSCRIP_DATABASE=" + s.server.URL, "PEERSCRIP_VAULT_KEY=" + key}
		s.processes, urls = append(s.processes, p), append(urls, p.url)
	}
	for _, p := range s.processes {
		p.start()
	}
	s.at = storage.Config{Data: s.processes[0].data, Database: s.server.URL, VaultKey: key}
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
	broken, failed := s.front.broken.Load(), s.front.failed.Load()
	for i, p := range s.processes {
		p.stop()
		p.start()
		ready := s.front.nodes[i]
		eventually(s.t, 10*time.Second, "the balancer knows that the process is back", ready.ready.Load)
	}
	if b, f := s.front.broken.Load()-broken, s.front.failed.Load()-failed; b != 0 || f != 0 {
		s.t.Errorf("a rolling restart: %d requests broke off and %d were not answered, want none", b, f)
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

// TestSharedBroker: several processes of a broker share a database behind a load balancer,
// while wallets load, exchange, buy, and release or dispute. One is killed, all are
// restarted one after the other, the database crashes: nothing is lost, nothing counts
// twice, and the books close.
func TestSharedBroker(t *testing.T) {
	t.Parallel()
	chance := seeded(t)
	s := startShared(t, "broker", 2)
	stall := startProcess(t, "stall", "--broker-url="+s.front.url, "--name=The Corner Stall")
	desk := enterDesk(stall)
	for _, thing := range wares {
		desk.list(thing)
	}
	c := gather(t, chance, 4, s.front.url, stall.url, soleVendor(t, s.front.url))
	c.open()
	pause := func() { time.Sleep(between(chance, 100*time.Millisecond, 400*time.Millisecond)) }
	what := []string{"one of two processes, on one PostgreSQL", "each of two processes after the other, asked to stop", "PostgreSQL, under two processes"}
	kills := make([]int, len(what))
	for range killsIn(t, 1) {
		pause()
		s.crash(chance)
		pause()
		s.roll()
		pause()
		s.restart(chance)
		kills[0]++
		kills[1] += len(s.processes)
		kills[2]++
	}
	pause()
	c.stop()
	read := func() shelf { return readShelf(t, folder.At(stall.data).OwnShelf()) }
	c.closeBy(read, func() audit.Totals { return s.audit(stall.data) })
	c.reckon(kills[0]+kills[1]+kills[2]).pay(t, "two processes of a broker on one PostgreSQL, one of them, each in turn, the database")
	t.Logf("killed %d, asked to stop %d, the database crashed %d", kills[0], kills[1], kills[2])
	stall.stop()
	for _, p := range s.processes {
		p.stop()
	}
	if report, err := audit.Storages(context.Background(), []storage.Config{s.at, {Data: stall.data}}, true); err != nil || !report.OK() {
		t.Errorf("audit in the end: got %+v, %v", report.Findings, err)
	}
}
