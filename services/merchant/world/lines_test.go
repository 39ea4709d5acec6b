package world_test

import (
	"errors"
	"testing"

	"peerscrip/jose"
	"peerscrip/services/merchant"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// basket is an order of several things: one of the lamp, two of the bell.
type basket struct {
	*rig.Rig
	customer   *rig.Customer
	stall      *rig.Stall
	lamp, bell scrip.Listing
	held       scrip.Held
}

func fillBasket(t *testing.T) *basket {
	t.Helper()
	r := rig.New(t)
	b := &basket{Rig: r, customer: r.Customer(100_00), stall: r.Stall("Attic")}
	list := func(price, postage scrip.Money, quantity int) scrip.Listing {
		l, err := b.stall.Stall.List(t.Context(), merchant.Item{
			Title: "A thing", Category: "Home", Condition: "good", Price: price, Quantity: quantity,
			Delivery: []scrip.Way{scrip.Posted(postage)}, SendWithin: 5,
		})
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	b.lamp, b.bell = list(12_00, 3_50, 3), list(4_00, 1_00, 3)
	b.held, _ = b.customer.Trade(b.stall, b.customer.Acquire(100_00), 90_00)
	return b
}

// order is a T10 for the basket at a price.
func (b *basket) order(price scrip.Money, edits ...func(*scrip.Order)) rig.Sealed {
	return b.customer.Mandate(b.stall, b.held, b.lamp, func(m *rig.Message) {
		bells := rig.OneOf(b.bell)
		bells.Quantity = 2
		m.Body = scrip.Mandate{Vendor: b.stall.Vendor(), Price: price}
		m.Attach.Order.Lines = append(m.Attach.Order.Lines, bells)
		for _, edit := range edits {
			edit(m.Attach.Order)
		}
	})
}

func (b *basket) wantStock(lamps, bells int) {
	b.T.Helper()
	for _, want := range []struct {
		of    scrip.Listing
		stock int
	}{{b.lamp, lamps}, {b.bell, bells}} {
		if l, err := b.stall.Listing(b.T.Context(), want.of.Offer.Offer); err != nil || l.Stock != want.stock {
			b.T.Errorf("stock: got %d, %v, want %d", l.Stock, err, want.stock)
		}
	}
}

// One payment for several things: their prices, and the largest postage among them.
// Every line moves its stock, and the versions that were sold are kept as signed.
func TestOrderOfSeveralThings(t *testing.T) {
	b := fillBasket(t)
	paid, err := rig.Send[scrip.Paid](b.customer, b.stall.Purchase, b.order(23_50))
	if err != nil || paid.Body.Change != 66_50 {
		t.Fatalf("T10: got %+v, %v, want change 6650", paid.Body, err)
	}
	b.wantStock(2, 1)
	if _, err := b.stall.Revise(t.Context(), merchant.Seen{Offer: b.lamp.Offer.Offer, Version: b.lamp.Version, Stock: 2}, merchant.Item{
		Title: "Another thing", Category: "Home", Condition: "fair", Price: 9_00, Quantity: 2, Delivery: []scrip.Way{scrip.Posted(0)}, SendWithin: 5,
	}); err != nil {
		t.Fatal(err)
	}
	o, err := b.stall.Order(t.Context(), paid.Body.OrderID)
	if err != nil || len(o.Lines) != 2 || o.Quantity() != 3 || o.Postage() != 3_50 || o.Title() != "A thing and 1 more" {
		t.Errorf("order: got %+v, %v, want 3 pieces on 2 lines, postage 350", o, err)
	}
	if kept, err := b.stall.Shelf.Sold(t.Context(), b.lamp.Version); err != nil || kept != b.lamp.JWS {
		t.Errorf("the version that was sold: got %q, %v, want it as it was signed", kept, err)
	}
	if err := b.stall.Refund(t.Context(), b.ID(), o.ID, o.Price); err != nil {
		t.Fatal(err)
	}
	b.wantStock(3, 3)
}

// Every line moves its stock, or none does, and the refusal names the line.
func TestOrderMovesAllOrNothing(t *testing.T) {
	for _, test := range []struct {
		name  string
		price scrip.Money
		edit  func(*scrip.Order)
		want  error
	}{
		{"too few of the second", 35_50, func(o *scrip.Order) { o.Lines[1].Quantity = 5 }, scrip.AtLine{Refusal: scrip.OutOfStock, Line: 1}},
		{"too few of the first", 71_50, func(o *scrip.Order) { o.Lines[0].Quantity = 5 }, scrip.AtLine{Refusal: scrip.OutOfStock, Line: 0}},
		{"the same twice, together too many", 17_00, func(o *scrip.Order) { o.Lines[0] = o.Lines[1] }, scrip.AtLine{Refusal: scrip.OutOfStock, Line: 1}},
		{"a second that changed", 23_50, func(o *scrip.Order) { o.Lines[1].Digest = jose.Digest(nil) }, scrip.AtLine{Refusal: scrip.OfferChanged, Line: 1}},
		{"collected, where it is not", 20_00, func(o *scrip.Order) { o.Delivery = scrip.Delivery{Way: scrip.WayCollect} }, scrip.AtLine{Refusal: scrip.NotDelivered, Line: 0}},
		{"both postages", 24_50, func(*scrip.Order) {}, scrip.PriceMismatch},
		{"the smaller postage", 21_00, func(*scrip.Order) {}, scrip.PriceMismatch},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := fillBasket(t)
			if _, err := rig.Send[scrip.Paid](b.customer, b.stall.Purchase, b.order(test.price, test.edit)); !errors.Is(err, test.want) {
				t.Errorf("T10: got %#v, want %#v", err, test.want)
			}
			b.wantStock(3, 3)
			if live, err := b.stall.Shelf.Live(t.Context(), b.held.Scrip.ScripID); err != nil || live.Value != b.held.Scrip.Value {
				t.Errorf("the scrip: %v, want it live as before", err)
			}
		})
	}
}

// The thread of a basket's order is called by all of it, of the order and in lists.
func TestBasketThread(t *testing.T) {
	b := fillBasket(t)
	t10 := b.order(12_00 + 2*4_00 + 3_50)
	m, err := rig.Send[scrip.Paid](b.customer, b.stall.Purchase, t10)
	if err != nil {
		t.Fatal(err)
	}
	th := b.customer.Say(b.stall, b.customer.Ordered(b.stall, t10, m.Body), message("Both in one parcel?"))
	const want = "A thing and 1 more"
	one, err := b.stall.Conversation(t.Context(), th.Order)
	if err != nil || scrip.Summary(one.Titles) != want {
		t.Errorf("the order's thread: %q, %v, want %q", scrip.Summary(one.Titles), err, want)
	}
	list, err := b.stall.Unanswered(t.Context())
	if err != nil || len(list) != 1 || scrip.Summary(list[0].Titles) != want {
		t.Errorf("what is unanswered: %+v, %v, want one thread called %q", list, err, want)
	}
}
