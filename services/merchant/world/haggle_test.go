package world_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"peerscrip/jose"
	"peerscrip/services/merchant"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// haggle is a listing of three at 12.50 that a customer has proposed a price for.
func haggle(t *testing.T) (shop, scrip.Thread) {
	t.Helper()
	s := openShop(t, 12_50, 3, 40_00)
	th, err := s.propose(s.customer, 10_00, 1)
	if err != nil {
		t.Fatal(err)
	}
	return s, th
}

// propose begins a conversation with a proposal.
func (s shop) propose(c *rig.Customer, price scrip.Money, quantity int) (scrip.Thread, error) {
	th := scrip.Asked(s.ID())
	e := scrip.Event{Kind: "propose", Offer: s.listing.Offer.Offer, Price: price, Quantity: quantity}
	th, _, err := c.SendTelling(s.stall, th, c.Telling(s.stall, th, c.Event(s.stall, th, e, jose.Digest([]byte("the offer")))))
	return th, err
}

// private is the last private offer of a thread, as the stall has it.
func (s shop) private(th scrip.Thread) scrip.Listing {
	s.T.Helper()
	c, err := s.stall.Conversation(s.T.Context(), th.Order)
	if err != nil {
		s.T.Fatal(err)
	}
	for _, said := range slices.Backward(c.Said) {
		if said.Kind != "private-offer" {
			continue
		}
		l, err := s.stall.Listing(s.T.Context(), said.Offer)
		if err != nil || l.Price != said.Price || l.Quantity != said.Quantity || l.ValidUntil != said.Until {
			s.T.Fatalf("the private offer: %+v, %v, want what the event says: %+v", l.Offer, err, said.Event)
		}
		return l
	}
	s.T.Fatal("no private offer")
	return scrip.Listing{}
}

// buy is a T10 for so many of a listing.
func (s shop) buy(c *rig.Customer, held scrip.Held, l scrip.Listing, quantity int) error {
	_, err := rig.Send[scrip.Paid](c, s.stall.Purchase, c.Mandate(s.stall, held, l, func(m *rig.Message) {
		total, err := l.Total(quantity, m.Attach.Order.Delivery)
		if err != nil {
			s.T.Fatal(err)
		}
		m.Body = scrip.Mandate{Vendor: s.stall.Vendor(), Price: total}
		m.Attach.Order.Lines[0].Quantity = quantity
	}))
	return err
}

func (s shop) wantStock(want int) {
	s.T.Helper()
	if l, err := s.stall.Listing(s.T.Context(), s.listing.Offer.Offer); err != nil || l.Stock != want {
		s.T.Errorf("stock: got %d, %v, want %d", l.Stock, err, want)
	}
}

var tenOff = merchant.Terms{Price: 10_00, Quantity: 2, Hours: 72, Text: "For both."}

// A price is proposed and offered in private: in no catalogue, to one buyer, once, and
// it takes what it sells off the listing; taken back, it is there again.
func TestHaggle(t *testing.T) {
	s, th := haggle(t)
	if th.State != scrip.StateProposed {
		t.Errorf("the thread: %s, want %s", th.State, scrip.StateProposed)
	}
	if err := s.stall.OfferPrivately(t.Context(), th.Order, tenOff); err != nil {
		t.Fatal(err)
	}
	th, said, err := s.customer.SendTelling(s.stall, th, s.customer.Telling(s.stall, th))
	if err != nil || len(said) != 1 || said[0].Kind != "private-offer" || said[0].Text != "For both." || th.State != scrip.StateTalk {
		t.Fatalf("TOLD: %+v, %v, want the private offer", said, err)
	}
	l := s.private(th)
	o, err := scrip.Verify[scrip.Offer](l.JWS, string(s.stall.Vendor()), s.stall.Certificate.Signer())
	me := scrip.Pseudonym(s.customer.Alias(s.stall.Vendor()).Thumbprint())
	if err != nil || scrip.CheckPrivate(o, me) != nil || o.Body.For != me || o.Body.ValidUntil != o.At+scrip.MaxPrivate {
		t.Errorf("the offer as signed: %+v, %v, want it to be for the buyer, for 72 hours", o.Body, err)
	}
	listed, err := s.stall.Offers(t.Context())
	if err != nil || len(listed) != 1 || listed[0].Offer != s.listing.JWS {
		t.Errorf("what the stall offers: %+v, %v, want the listing alone", listed, err)
	}
	if d, err := s.stall.Desk(t.Context(), 0, 10); err != nil || len(d.Listings) != 1 {
		t.Errorf("listings on the desk: %d, %v, want the one", len(d.Listings), err)
	}
	if got, err := s.stall.Stall.Offer(t.Context(), l.Offer.Offer); err != nil || got.Offer != l.JWS || got.Stock != 2 {
		t.Errorf("the private offer by its ID: %+v, %v, want it, with 2 left", got, err)
	}
	other := s.Customer(100_00)
	theirs, _ := other.Trade(s.stall, other.Acquire(50_00), 40_00)
	if err := s.buy(other, theirs, l, 2); !errors.Is(err, scrip.PartyMismatch) {
		t.Errorf("bought by another: %v, want %v", err, scrip.PartyMismatch)
	}
	if err := s.buy(s.customer, s.held, l, 1); !errors.Is(err, scrip.PriceMismatch) {
		t.Errorf("a part of it: %v, want %v", err, scrip.PriceMismatch)
	}
	if _, err := s.stall.Revise(t.Context(), merchant.Seen{Offer: l.Offer.Offer, Version: l.Version, Stock: 2}, merchant.Item{}); !errors.Is(err, scrip.NotFound) {
		t.Errorf("revised: %v, want %v", err, scrip.NotFound)
	}
	if err := s.buy(s.customer, s.held, l, 2); err != nil {
		t.Fatal(err)
	}
	s.wantStock(1)
	if err := s.buy(other, theirs, s.listing, 1); err != nil {
		t.Errorf("the last one, by another: %v", err)
	}
	sales, err := s.stall.Shelf.Sales(t.Context(), 0, 2)
	if err != nil || len(sales) != 2 {
		t.Fatalf("sales: %d, %v", len(sales), err)
	}
	if o, err := s.stall.Order(t.Context(), sales[1].ID); err != nil || o.Offers[0].Price != 10_00 || o.Listings[0].Offer.Offer != s.listing.Offer.Offer {
		t.Errorf("the order: %+v, %v, want it at the private price, of the listing", o, err)
	}
	if err := s.stall.Refund(t.Context(), s.ID(), sales[1].ID, sales[1].Price); err != nil {
		t.Fatal(err)
	}
	s.wantStock(2)
}

// What a private offer is worth once it was used, once it is over, and once the
// listing it was made from is sold out, has ended, or was changed.
func TestPrivateOfferIsOver(t *testing.T) {
	for name, test := range map[string]struct {
		do   func(t *testing.T, s *shop, th scrip.Thread, private scrip.Listing)
		want error
	}{
		"used": {func(t *testing.T, s *shop, _ scrip.Thread, l scrip.Listing) {
			_, s.held = s.customer.Buy(s.stall, s.held, l)
		}, scrip.OutOfStock},
		"over": {func(_ *testing.T, s *shop, _ scrip.Thread, _ scrip.Listing) { s.Clock.Advance(2 * time.Hour) }, scrip.OfferExpired},
		"another": {func(t *testing.T, s *shop, th scrip.Thread, _ scrip.Listing) {
			if err := s.stall.OfferPrivately(t.Context(), th.Order, merchant.Terms{Price: 9_00, Quantity: 1, Hours: 1}); err != nil {
				t.Fatal(err)
			}
		}, scrip.OfferChanged},
		"ended": {func(t *testing.T, s *shop, _ scrip.Thread, _ scrip.Listing) {
			if err := s.stall.End(t.Context(), s.listing.Offer.Offer); err != nil {
				t.Fatal(err)
			}
		}, scrip.OfferChanged},
		"sold out": {func(t *testing.T, s *shop, _ scrip.Thread, _ scrip.Listing) {
			other := s.Customer(100_00)
			held, _ := other.Trade(s.stall, other.Acquire(50_00), 50_00)
			if err := s.buy(other, held, s.listing, 3); err != nil {
				t.Fatal(err)
			}
		}, scrip.OutOfStock},
		"at another price than the listing's by now": {func(t *testing.T, s *shop, _ scrip.Thread, _ scrip.Listing) {
			dearer := merchant.Item{
				Title: "A thing", Category: "Home", Condition: "good", Price: 20_00, Quantity: 3, Delivery: []scrip.Way{scrip.Posted(0)}, SendWithin: 5,
			}
			if _, err := s.stall.Revise(t.Context(), merchant.Seen{Offer: s.listing.Offer.Offer, Version: s.listing.Version, Stock: 3}, dearer); err != nil {
				t.Fatal(err)
			}
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s, th := haggle(t)
			if err := s.stall.OfferPrivately(t.Context(), th.Order, merchant.Terms{Price: 10_00, Quantity: 1, Hours: 1}); err != nil {
				t.Fatal(err)
			}
			l := s.private(th)
			test.do(t, &s, th, l)
			if err := s.buy(s.customer, s.held, l, 1); !errors.Is(err, test.want) {
				t.Errorf("T10: got %v, want %v", err, test.want)
			}
		})
	}
}

// Of many who buy a private offer and its listing at once, so many are served as
// there are goods.
func TestPrivateOfferRaces(t *testing.T) {
	r := rig.New(t)
	s := shop{Rig: r, customer: r.Customer(100_00), stall: r.Stall("Attic")}
	s.listing = s.stall.List(12_50, 1)
	var rest, more scrip.Held
	s.held, rest = s.customer.Trade(s.stall, s.customer.Acquire(50_00), 20_00)
	more, _ = s.customer.Trade(s.stall, rest, 20_00)
	th, err := s.propose(s.customer, 10_00, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.stall.OfferPrivately(t.Context(), th.Order, merchant.Terms{Price: 10_00, Quantity: 1, Hours: 1}); err != nil {
		t.Fatal(err)
	}
	l := s.private(th)
	other := s.Customer(100_00)
	theirs, _ := other.Trade(s.stall, other.Acquire(50_00), 40_00)
	errs := make([]error, 3)
	var all sync.WaitGroup
	all.Go(func() { errs[0] = s.buy(s.customer, s.held, l, 1) })
	all.Go(func() { errs[1] = s.buy(s.customer, more, l, 1) })
	all.Go(func() { errs[2] = s.buy(other, theirs, s.listing, 1) })
	all.Wait()
	sold := 0
	for i, err := range errs {
		if err == nil {
			sold++
		} else if !errors.Is(err, scrip.OutOfStock) {
			t.Errorf("purchase %d: %v, want it sold, or %v", i, err, scrip.OutOfStock)
		}
	}
	if sold != 1 {
		t.Errorf("%d were sold, want the one that was there", sold)
	}
	s.wantStock(0)
}

// A proposal that cannot come to anything is refused, and terms that may not be.
func TestHaggleRefused(t *testing.T) {
	s, th := haggle(t)
	for name, c := range map[string]struct {
		e    scrip.Event
		want error
	}{
		"about another listing":  {scrip.Event{Kind: "propose", Offer: s.stall.List(5_00, 1).Offer.Offer, Price: 1, Quantity: 1}, scrip.PartyMismatch},
		"for more than are left": {scrip.Event{Kind: "propose", Offer: s.listing.Offer.Offer, Price: 1, Quantity: 4}, scrip.OutOfStock},
		"by the buyer":           {scrip.Event{Kind: "private-offer", Offer: s.listing.Offer.Offer, Price: 1, Quantity: 1, Until: 2_000_000_000}, scrip.OutOfTurn},
	} {
		_, _, err := s.customer.SendTelling(s.stall, th, s.customer.Telling(s.stall, th, s.customer.Event(s.stall, th, c.e, "")))
		if !errors.Is(err, c.want) {
			t.Errorf("proposed %s: %v, want %v", name, err, c.want)
		}
	}
	for name, c := range map[string]struct {
		terms merchant.Terms
		want  error
	}{
		"for 73 hours":           {merchant.Terms{Price: 1, Quantity: 1, Hours: 73}, scrip.TooMany},
		"for no hours":           {merchant.Terms{Price: 1, Quantity: 1}, scrip.TooMany},
		"for nothing":            {merchant.Terms{Quantity: 1, Hours: 1}, scrip.AmountOutOfBounds},
		"for more than are left": {merchant.Terms{Price: 1, Quantity: 4, Hours: 1}, scrip.OutOfStock},
		"with a long word":       {merchant.Terms{Price: 1, Quantity: 1, Hours: 1, Text: strings.Repeat("x", 501)}, scrip.TooMany},
	} {
		if err := s.stall.OfferPrivately(t.Context(), th.Order, c.terms); !errors.Is(err, c.want) {
			t.Errorf("offered %s: %v, want %v", name, err, c.want)
		}
	}
	if err := s.say("declined", "Too little.", th.Order); err != nil {
		t.Fatal(err)
	}
	if err := s.stall.End(t.Context(), s.listing.Offer.Offer); err != nil {
		t.Fatal(err)
	}
	if err := s.stall.OfferPrivately(t.Context(), th.Order, tenOff); !errors.Is(err, scrip.OfferChanged) {
		t.Errorf("offered from what has ended: %v, want %v", err, scrip.OfferChanged)
	}
	if _, err := s.propose(s.customer, 1, 1); !errors.Is(err, scrip.OfferExpired) {
		t.Errorf("proposed for what has ended: %v, want %v", err, scrip.OfferExpired)
	}
	sold, order := talking(t)
	if err := sold.stall.OfferPrivately(t.Context(), order.Order, tenOff); !errors.Is(err, scrip.NotFound) {
		t.Errorf("offered in an order: %v, want %v", err, scrip.NotFound)
	}
}

// A stall tells of what is left no more than a market does; who orders more than there
// is, is refused all the same.
func TestStockIsToldCoarsely(t *testing.T) {
	s := openShop(t, 1_00, 9, 40_00)
	for _, want := range []struct{ stock, told int }{{9, 4}, {4, 4}, {3, 3}, {1, 1}} {
		l, err := s.stall.Listing(t.Context(), s.listing.Offer.Offer)
		if err != nil {
			t.Fatal(err)
		}
		for range l.Stock - want.stock {
			_, s.held = s.customer.Buy(s.stall, s.held, s.listing)
		}
		list, err := s.stall.Offers(t.Context())
		one, failed := s.stall.Stall.Offer(t.Context(), s.listing.Offer.Offer)
		if errors.Join(err, failed) != nil || list[0].Stock != want.told || one.Stock != want.told {
			t.Errorf("%d left: the list tells %+v, the offer %d, %v, want %d", want.stock, list, one.Stock, errors.Join(err, failed), want.told)
		}
	}
	if err := s.buy(s.customer, s.held, s.listing, 2); !errors.Is(err, scrip.OutOfStock) {
		t.Errorf("more than there is: %v, want %v", err, scrip.OutOfStock)
	}
}
