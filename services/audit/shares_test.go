package audit_test

import (
	"crypto/rand"
	"strings"
	"testing"

	"peerscrip/services/audit"
	"peerscrip/services/broker"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// TestSharesAreNotJoined: a stall whose float covers its VendorScrip in all, and
// not account by account, is found (I2).
func TestSharesAreNotJoined(t *testing.T) {
	t.Parallel()
	r := rig.New(t)
	ada, bob, s := r.Customer(100_00), r.Customer(100_00), r.Stall("Attic")
	ada.Trade(s, ada.Acquire(50_00), 20_00)
	bob.Trade(s, bob.Acquire(50_00), 30_00)
	report, err := audit.Folders(t.Context(), []string{r.Data})
	if err != nil || !report.OK() {
		t.Fatalf("audit before: %v, %+v", err, report.Findings)
	}
	moveCent(r, scrip.FloatOf(s.Vendor(), ada.Account), scrip.FloatOf(s.Vendor(), bob.Account))
	if report, err = audit.Folders(t.Context(), []string{r.Data}); err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, f := range report.Findings {
		if !f.OK {
			found = append(found, f.Invariant+" "+f.Text)
		}
	}
	said := strings.Join(found, "\n")
	if len(found) != 3 || strings.Count(said, "I2 ") != 3 || !strings.Contains(said, string(ada.Account)) || !strings.Contains(said, string(bob.Account)) {
		t.Errorf("audit: got\n%s\nwant I2 of the stall, and of both accounts, and nothing else", said)
	}
	if of := report.Stalls[s.Vendor()]; of.Float != 50_00 {
		t.Errorf("the stall's float: got %d, want 5000", of.Float)
	}
	moveCent(r, scrip.FloatOf(s.Vendor(), bob.Account), scrip.FloatOf(s.Vendor(), ada.Account))
}

// TestReserveThatWentBack: a stall that issued for a T15, was not heard, and is gone has
// VendorScrip that nothing covers: its customer has the money, and no alarm is raised.
func TestReserveThatWentBack(t *testing.T) {
	t.Parallel()
	r := rig.New(t)
	c, s := r.Customer(100_00), r.Stall("Attic")
	vendor, change := c.Trade(s, c.Acquire(50_00), 20_00)
	r.Wire.Set(rig.Mute)
	if e, err := c.SendExtension(c.Extension(s, change, vendor, 10_00)); err != nil || e.Noted == 0 {
		t.Fatalf("T15: got %+v, %v; want NOTED", e, err)
	}
	if _, err := broker.Revoke(t.Context(), r.Books, s.Vendor(), r.Clock.Now(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	if err := r.Broker.Deliver(t.Context()); err != nil {
		t.Fatalf("Deliver: got %v, want that nothing waits", err)
	}
	report, err := audit.Folders(t.Context(), []string{r.Data})
	if err != nil || !report.OK() {
		t.Errorf("audit: got %v, %+v, want nothing found", err, report.Findings)
	}
	if got := report.Totals.Floats + report.Totals.Reserves; got != 20_00 {
		t.Errorf("float and reserve: got %d, want 2000", got)
	}
}

// moveCent has the books move a cent, in the log too, for no message.
func moveCent(r *rig.Rig, from, to scrip.Ledger) {
	r.T.Helper()
	posts := []scrip.Posting{{From: from, To: to, Amount: 1}}
	err := r.Books.Apply(r.T.Context(), scrip.Change{Broker: &scrip.BrokerChange{
		Post: posts, Log: []scrip.Record{{At: 1, Kind: "deposit", Tx: r.ID(), Amount: 1, Posts: posts}},
	}})
	if err != nil {
		r.T.Fatal(err)
	}
}
