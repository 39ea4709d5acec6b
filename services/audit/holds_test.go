package audit_test

import (
	"strings"
	"testing"

	"peerscrip/db"
	"peerscrip/services/audit"
	"peerscrip/services/folder"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// TestHoldsAreAudited: money that leaves held without an event of its hold, a hold
// that is over and was not paid out, and one that is paid out in parts are found (I6).
func TestHoldsAreAudited(t *testing.T) {
	t.Parallel()
	released := func(h scrip.Hold, amount scrip.Money) scrip.Record {
		return scrip.Record{At: h.Since, Kind: "RELEASE", Tx: h.Purchase, Vendor: h.Vendor, Purchase: h.Purchase, Amount: amount, Posts: []scrip.Posting{
			{From: scrip.HeldOf(h.Vendor), To: scrip.EarnedOf(h.Vendor), Amount: amount},
		}}
	}
	for name, test := range map[string]struct {
		finds  string
		turned bool // its row is over
		record func(scrip.Hold) *scrip.Record
	}{
		"nothing":      {"", false, func(scrip.Hold) *scrip.Record { return nil }},
		"released":     {"", true, func(h scrip.Hold) *scrip.Record { r := released(h, h.Left); return &r }},
		"not paid out": {"I6 open holds: 0, by the log 1", true, func(scrip.Hold) *scrip.Record { return nil }},
		"paid out by no event": {"pays out of a hold what is not held", false, func(h scrip.Hold) *scrip.Record {
			r := released(h, 1)
			r.Kind, r.Purchase = "deposit", ""
			return &r
		}},
		"paid out in part":         {"pays out of a hold what is not held", true, func(h scrip.Hold) *scrip.Record { r := released(h, h.Left-1); return &r }},
		"paid out, its row is not": {"I6 stall", false, func(h scrip.Hold) *scrip.Record { r := released(h, h.Left); return &r }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // an audit that finds something looks again for a while
			r := rig.New(t)
			c, s := r.Customer(100_00), r.Stall("Attic")
			held, _ := c.Trade(s, c.Acquire(50_00), 20_00)
			p := c.BuyProtected(s, held, s.List(10_00, 3))
			if err := s.Deliver(t.Context()); err != nil {
				t.Fatal(err)
			}
			data := copied(t, r.Data)
			database, err := db.Open(t.Context(), folder.At(data).Books(), db.Broker)
			if err != nil {
				t.Fatal(err)
			}
			books, err := db.NewBooks(database)
			if err != nil {
				t.Fatal(err)
			}
			h, err := books.Held(t.Context(), s.Vendor(), p.Tx)
			if err != nil {
				t.Fatal(err)
			}
			change := scrip.BrokerChange{}
			if record := test.record(h); record != nil {
				change.Log, change.Post = []scrip.Record{*record}, record.Posts
			}
			if test.turned {
				over, _, _ := h.Next("RELEASE", h.Since)
				change.Turn = &scrip.Turned{Saw: h.Seq, To: over}
			}
			if err := books.Apply(t.Context(), scrip.Change{Broker: &change}); err != nil {
				t.Fatal(err)
			}
			if err := database.Close(); err != nil {
				t.Fatal(err)
			}
			report, err := audit.Folders(t.Context(), []string{data})
			if err != nil {
				t.Fatal(err)
			}
			said := ""
			for _, f := range report.Findings {
				if !f.OK {
					said += f.Invariant + " " + f.Text + "\n"
				}
			}
			if (said == "") != (test.finds == "") || !strings.Contains(said, test.finds) {
				t.Errorf("audit: got %q, want %q", said, test.finds)
			}
		})
	}
}
