package world_test

import (
	"context"
	"errors"
	"testing"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// posted lists something with postage, beside what item lists.
func (w *world) posted(title string, price, postage scrip.Money) string {
	w.T.Helper()
	l, err := w.stall.Stall.List(context.Background(), merchant.Item{
		Title: title, Category: "Home", Condition: "good", Price: price, Quantity: 3, Delivery: []scrip.Way{scrip.Posted(postage)}, SendWithin: 5,
	})
	if err != nil {
		w.T.Fatalf("List: %v", err)
	}
	return l.JWS
}

// TestBuySeveralThings: what lies in one basket is one payment, with the largest
// postage; the receipt has each line, and a refusal names the one it is about.
func TestBuySeveralThings(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	b := wallet.Basket{Things: []wallet.Thing{{Offer: w.posted("Bell", 4_00, 1_00), Quantity: 2}, {Offer: w.posted("Lamp", 12_00, 3_50), Quantity: 1}}, Delivery: home}
	r, err := c.BuyAhead(ctx, b, 0)
	want(t, "Buy", err, nil)
	if r.Price != 23_50 || r.Title() != "Bell and 1 more" || r.Quantity() != 3 || len(r.Offers()) != 2 {
		t.Errorf("receipt: got %+v, want two lines for 2350", r)
	}
	if sale := must(w.shelf.Sale(ctx, r.OrderID)); len(sale.Lines) != 2 || sale.Postage() != 3_50 {
		t.Errorf("sale: got %+v, want two lines, postage 350", sale)
	}
	if again, err := c.BoughtLately(ctx, b.Things[1].Offer); err != nil || again.Tx != r.Tx {
		t.Errorf("the second thing, bought lately: got %+v, %v, want that receipt", again, err)
	}
	b.Things[0].Quantity, b.Things[1].Quantity = 1, 3
	_, err = c.BuyAhead(ctx, b, 0)
	var no *wallet.Refused
	if !errors.As(err, &no) || no.Reason != scrip.OutOfStock || no.Line != 2 {
		t.Errorf("three of a thing of which two are left: got %v, want %v of line 2", err, scrip.OutOfStock)
	}
	b.Things[1].Offer = w.Stall("Annex").List(1_00, 1).JWS
	_, err = c.BuyAhead(ctx, b, 0)
	want(t, "things of two stalls", err, scrip.PartyMismatch)
}
