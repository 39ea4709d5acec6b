package services

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"peerscrip/db"
	"peerscrip/jose"
	"peerscrip/services/folder"
	"peerscrip/services/scrip"
)

// TestStrayShelves: a market whose database is older than a stall that owes money says
// so, and how to go on; a stall that owes nothing is none of its business.
func TestStrayShelves(t *testing.T) {
	in, ctx := folder.At(t.TempDir()), t.Context()
	open := func(vendor scrip.VendorID, owes bool) {
		t.Helper()
		database, err := db.Open(ctx, in.Shelf(vendor), db.Merchant)
		if err != nil {
			t.Fatal(err)
		}
		shelf, err := db.NewShelf(database, vendor)
		if err != nil {
			t.Fatal(err)
		}
		if owes {
			key, err := jose.NewSigningKey(rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			live, _, err := scrip.Issue(rand.Reader, scrip.Terms{
				Issuer: scrip.ID(vendor), Value: 12_50, Made: 1, Expires: 2, Currency: "EUR", Holder: key.Thumbprint(), HolderKey: key.Public(),
			})
			if err == nil {
				err = shelf.Apply(ctx, scrip.Change{At: 1, Issue: []scrip.Live{live}})
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := database.Close(); err != nil {
			t.Fatal(err)
		}
	}
	known, begun, stray := scrip.VendorID(strings.Repeat("A", 22)), scrip.VendorID(strings.Repeat("B", 21)+"A"), scrip.VendorID(strings.Repeat("C", 21)+"A")
	open(known, true)
	open(begun, false)
	hosted := func(v scrip.VendorID) bool { return v == known }
	if err := noStrays(ctx, in, hosted); err != nil {
		t.Errorf("a hosted stall, and one that owes nothing: got %v, want nil", err)
	}
	open(stray, true)
	err := noStrays(ctx, in, hosted)
	if !errors.Is(err, folder.ErrHalf) || !strings.Contains(err.Error(), string(stray)) || !strings.Contains(err.Error(), "market/market.db") {
		t.Errorf("a stall that owes and is not in the market's database: got %v, want %v, and which", err, folder.ErrHalf)
	}
}
