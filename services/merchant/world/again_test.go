package world_test

import (
	"errors"
	"testing"

	"peerscrip/db"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// A purchase that takes all of a VendorScrip leaves no reply that would stay
// for ever: T10 sent again is answered from the order, and sells nothing twice.
func TestPurchaseOfAllIsAnsweredFromTheOrder(t *testing.T) {
	s := openShop(t, 12_50, 3, 12_50)
	c := s.customer
	t10 := c.Mandate(s.stall, s.held, s.listing)
	first, err := rig.Send[scrip.Paid](c, s.stall.Purchase, t10)
	if err != nil {
		t.Fatal(err)
	}
	sizes, err := s.stall.Shelf.(*db.Shelf).Sizes(t.Context())
	if err != nil || sizes["stored_reply"].Rows != 0 {
		t.Errorf("replies at the stall: got %d, %v, want none", sizes["stored_reply"].Rows, err)
	}
	for range 2 {
		again, err := rig.Send[scrip.Paid](c, s.stall.Purchase, t10)
		if err != nil || again.Body != first.Body || again.Scrip != nil {
			t.Errorf("T10 again: got %+v, %v, want %+v", again.Body, err, first.Body)
		}
	}
	other := c.Mandate(s.stall, s.held, s.listing, func(m *rig.Message) { m.Tx = t10.Tx })
	if _, err := rig.Send[scrip.Paid](c, s.stall.Purchase, other); !errors.Is(err, scrip.TxConflict) {
		t.Errorf("T10 of the same tx with other content: got %v, want %v", err, scrip.TxConflict)
	}
	listing, err := s.stall.Listing(t.Context(), s.listing.Offer.Offer)
	sales, failed := s.stall.Shelf.Sales(t.Context(), 0, 10)
	if err != nil || failed != nil || listing.Stock != 2 || len(sales) != 1 {
		t.Errorf("after all: got stock %d and %d orders, %v, %v, want 2 and one", listing.Stock, len(sales), err, failed)
	}
}

// A purchase that leaves something leaves no reply either: T10 sent again is answered from the order and
// the change, as long as that lives.
func TestPurchaseIsAnsweredFromItsChange(t *testing.T) {
	s := openShop(t, 12_50, 3, 40_00)
	c := s.customer
	t10 := c.Mandate(s.stall, s.held, s.listing)
	first, err := rig.Send[scrip.Paid](c, s.stall.Purchase, t10)
	if err != nil {
		t.Fatal(err)
	}
	sizes, err := s.stall.Shelf.(*db.Shelf).Sizes(t.Context())
	if err != nil || sizes["stored_reply"].Rows != 0 {
		t.Errorf("replies at the stall: got %d, %v, want none", sizes["stored_reply"].Rows, err)
	}
	again, err := rig.Send[scrip.Paid](c, s.stall.Purchase, t10)
	if err != nil || again.Body != first.Body || *again.Scrip != *first.Scrip || again.Secret != first.Secret {
		t.Errorf("T10 again: got %+v with %+v, %v, want %+v with %+v, and its secret", again.Body, again.Scrip, err, first.Body, first.Scrip)
	}
	other := c.Mandate(s.stall, s.held, s.listing, func(m *rig.Message) { m.Tx = t10.Tx })
	if _, err := rig.Send[scrip.Paid](c, s.stall.Purchase, other); !errors.Is(err, scrip.TxConflict) {
		t.Errorf("T10 of the same tx with other content: got %v, want %v", err, scrip.TxConflict)
	}
	c.Buy(s.stall, scrip.Held{Scrip: *again.Scrip, Secret: again.Secret}, s.listing)
	if _, err := rig.Send[scrip.Paid](c, s.stall.Purchase, t10); !errors.Is(err, scrip.ScripSpent) {
		t.Errorf("T10 again when its change is spent: got %v, want %v", err, scrip.ScripSpent)
	}
}

// The same T10 many times at once is one order, and every answer names it.
func TestPurchaseOfAllAtOnce(t *testing.T) {
	s := openShop(t, 12_50, 3, 12_50)
	t10 := s.customer.Mandate(s.stall, s.held, s.listing)
	orders := make(chan scrip.ID, 8)
	for range cap(orders) {
		go func() {
			m, err := rig.Send[scrip.Paid](s.customer, s.stall.Purchase, t10)
			if err != nil {
				t.Errorf("T10: %v", err)
			}
			orders <- m.Body.OrderID
		}()
	}
	first := <-orders
	for range cap(orders) - 1 {
		if got := <-orders; got != first {
			t.Errorf("order: got %s, want %s", got, first)
		}
	}
}
