package e2e_test

import (
	"context"
	"testing"
	"time"

	"peerscrip/db"
	"peerscrip/db/dbtest"
	"peerscrip/services/audit"
	"peerscrip/services/storage"
)

// TestSharedMarket: two processes with everything in them share a database behind a load
// balancer, which hands each request to the other one. A seller opens a stall and lists
// through both, and wallets buy there, while one process is killed and comes back, and each
// is restarted in turn. Whatever is spent at one is dead at the other: wallets, stall and
// books say the same, and what was sold is in the catalogue of both.
func TestSharedMarket(t *testing.T) {
	t.Parallel()
	chance := seeded(t)
	s := startShared(t, "serve", 2)
	owner := newBuyer(t, s.front.url, 1, nil)
	seller, vendor := hostStall(owner, s.front.url, "The Ironmonger")
	for _, thing := range wares {
		seller.list(thing)
	}
	c := gather(t, chance, 3, s.front.url, s.front.url, vendor)
	c.open()
	pause := func() { time.Sleep(between(chance, 300*time.Millisecond, 900*time.Millisecond)) }
	kills := killsIn(t, 1)
	for range kills {
		pause()
		s.crash(chance)
	}
	pause()
	s.roll()
	pause()
	c.stop()
	database, err := db.OpenReadOnly(t.Context(), s.server.URL, db.Merchant, db.SealedUnder(dbtest.Key))
	if err != nil {
		t.Fatal(err)
	}
	c.closeBy(func() shelf { return readShelfIn(t, database, vendor) }, func() audit.Totals { return s.audit() })
	if err := database.Close(); err != nil {
		t.Error(err)
	}
	c.reckon(kills+len(s.processes)).pay(t, "two processes with everything in them on one PostgreSQL, one of them, each in turn")
	for _, p := range s.processes {
		p.stop()
	}
	if report, err := audit.Storages(context.Background(), []storage.Config{s.at}, true); err != nil || !report.OK() {
		t.Errorf("audit in the end: got %+v, %v", report.Findings, err)
	}
}
