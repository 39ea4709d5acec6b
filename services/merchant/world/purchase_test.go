package world_test

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"testing"
	"time"

	"peerscrip/jose"
	"peerscrip/services/merchant"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// shop is a stall with one listing and a customer with VendorScrip for it.
type shop struct {
	*rig.Rig
	customer *rig.Customer
	stall    *rig.Stall
	listing  scrip.Listing
	held     scrip.Held
}

func openShop(t *testing.T, price scrip.Money, quantity int, purse scrip.Money) shop {
	t.Helper()
	r := rig.New(t)
	s := shop{Rig: r, customer: r.Customer(100_00), stall: r.Stall("Attic")}
	s.listing = s.stall.List(price, quantity)
	s.held, _ = s.customer.Trade(s.stall, s.customer.Acquire(50_00), purse)
	return s
}

func TestPurchase(t *testing.T) {
	s := openShop(t, 12_50, 3, 20_00)
	t10 := s.customer.Mandate(s.stall, s.held, s.listing, func(m *rig.Message) {
		m.Attach.Order.Delivery = rig.To("\u206812 Elm\u00ad Street\u2069") // as a messenger gives it
		m.Attach.Order.Note = "ring\u200b twice\r\n"
	})
	m, err := rig.Send[scrip.Paid](s.customer, s.stall.Purchase, t10)
	if err != nil {
		t.Fatal(err)
	}
	if m.Body.Price != 12_50 || m.Body.Change != 7_50 || m.Scrip.Value != 7_50 {
		t.Errorf("T11 = %+v with change of %d, want a price of 1250 and change of 750", m.Body, m.Scrip.Value)
	}
	sale, err := s.stall.Sale(t.Context(), m.Body.OrderID)
	if err != nil || sale.Price != 12_50 || !reflect.DeepEqual(sale.Delivery, rig.To("12 Elm Street")) || sale.Wish != "ring twice" || sale.Mandate != t10.Signed.JWS {
		t.Errorf("the order = %+v, %v; want what T10 said", sale, err)
	}
	if l, _ := s.stall.Listing(t.Context(), s.listing.Offer.Offer); l.Stock != 2 {
		t.Errorf("stock = %d, want 2", l.Stock)
	}
	if sales, _ := s.stall.Shelf.Sales(t.Context(), 0, 10); len(sales) != 1 {
		t.Errorf("%d orders, want 1", len(sales))
	}
}

// C15: a purchase needs the stall alone; the broker hears of it later.
func TestPurchaseWithTheBrokerOff(t *testing.T) {
	r := rig.New(t)
	link := &line{broker: r.Broker}
	c, s := r.Customer(100_00), r.Stall("Attic", link)
	held, _ := c.Trade(s, c.Acquire(50_00), 20_00)
	listing := s.List(5_00, 2)
	link.cut = true
	_, rest := c.Buy(s, held, listing)
	c.Buy(s, rest, listing)
	if err := s.Deliver(t.Context()); err == nil {
		t.Error("delivery with the broker off succeeded")
	}
	link.cut = false
	if err := s.Deliver(t.Context()); err != nil {
		t.Errorf("delivery with the broker back: %v", err)
	}
	if left, err := s.Shelf.Unrecorded(t.Context(), 10); err != nil || len(left) != 0 {
		t.Errorf("%d sales unrecorded, %v; want none", len(left), err)
	}
}

// line is a connection to the broker that can be cut.
type line struct {
	broker merchant.Broker
	cut    bool
}

var errCut = errors.New("the line is cut")

func (l *line) Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	if l.cut {
		return scrip.Sealed{}, errCut
	}
	return l.broker.Send(ctx, message, in)
}

func TestPurchaseRefusals(t *testing.T) {
	mandate := func(edit func(s shop, m *rig.Message)) func(shop) rig.Sealed {
		return func(s shop) rig.Sealed {
			return s.customer.Mandate(s.stall, s.held, s.listing, func(m *rig.Message) { edit(s, m) })
		}
	}
	for _, test := range []struct {
		name string
		make func(s shop) rig.Sealed
		want scrip.Refusal
	}{
		{"a lower price than was signed", mandate(func(s shop, m *rig.Message) {
			m.Body = scrip.Mandate{Vendor: s.stall.Vendor(), Price: 1}
		}), scrip.PriceMismatch},
		{"two for the price of one", mandate(func(_ shop, m *rig.Message) { m.Attach.Order.Lines[0].Quantity = 2 }), scrip.PriceMismatch},
		{"a longer protection than was promised", mandate(func(s shop, m *rig.Message) {
			s.Protected(s.listing)(m)
			m.Body.(scrip.Mandate).Protect.CheckWithin++
		}), scrip.PromiseMismatch},
		{"a protection that has run out", mandate(func(s shop, m *rig.Message) {
			s.Protected(s.listing)(m)
			m.Body.(scrip.Mandate).Protect.SendBy = 1
		}), scrip.PromiseMismatch},
		{"an offer the seller revised", func(s shop) rig.Sealed {
			old := s.listing
			item := merchant.Item{Title: "A thing", Category: "Home", Condition: "good", Price: 13_00, Quantity: 3, Delivery: []scrip.Way{scrip.Posted(0)}, SendWithin: 5}
			seen := merchant.Seen{Offer: old.Offer.Offer, Version: old.Version, Stock: old.Stock}
			if _, err := s.stall.Revise(s.T.Context(), seen, item); err != nil {
				s.T.Fatal(err)
			}
			return s.customer.Mandate(s.stall, s.held, old)
		}, scrip.OfferChanged},
		{"an offer the seller took back", func(s shop) rig.Sealed {
			if err := s.stall.End(s.T.Context(), s.listing.Offer.Offer); err != nil {
				s.T.Fatal(err)
			}
			return s.customer.Mandate(s.stall, s.held, s.listing)
		}, scrip.OfferChanged},
		{"an offer that has run out", func(s shop) rig.Sealed {
			s.Clock.Advance(61 * 24 * time.Hour)
			return s.customer.Mandate(s.stall, s.held, s.listing)
		}, scrip.OfferExpired},
		{"an offer another stall signed", func(s shop) rig.Sealed {
			return s.customer.Mandate(s.stall, s.held, s.Stall("Rival").List(12_50, 1))
		}, scrip.OfferChanged},
		{"an offer with another digest", mandate(func(_ shop, m *rig.Message) {
			m.Attach.Order.Lines[0].Digest = jose.Digest([]byte("another"))
		}), scrip.OfferChanged},
		{"scrip that expired", func(s shop) rig.Sealed {
			s.Clock.Advance(366 * 24 * time.Hour)
			return s.customer.Mandate(s.stall, s.held, s.stall.List(12_50, 1))
		}, scrip.ScripExpired},
		{"a changed value (C7)", mandate(func(_ shop, m *rig.Message) { m.Attach.Scrip.Value += 100_00 }), scrip.ScripInvalid},
		{"a changed expiry (C7)", mandate(func(_ shop, m *rig.Message) { m.Attach.Scrip.Expires++ }), scrip.ScripInvalid},
		{"another issuer (C7)", mandate(func(s shop, m *rig.Message) { m.Attach.Scrip.Issuer = s.Info.ID }), scrip.ScripInvalid},
		{"a guessed secret (C24)", mandate(func(_ shop, m *rig.Message) { m.Attach.Secret = scrip.Secret(jose.Digest(nil)) }), scrip.ScripInvalid},
		{"a thief's key (C24)", mandate(func(s shop, m *rig.Message) {
			m.By = s.SigningKey()
			m.From = m.By.Thumbprint()
		}), scrip.ScripInvalid},
		{"another vendor's name in the mandate", mandate(func(s shop, m *rig.Message) {
			m.Body = scrip.Mandate{Vendor: scrip.VendorID(s.ID()), Price: 12_50}
		}), scrip.PartyMismatch},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := openShop(t, 12_50, 3, 20_00)
			if _, err := rig.Send[scrip.Paid](s.customer, s.stall.Purchase, test.make(s)); !errors.Is(err, test.want) {
				t.Errorf("T10 with %s: %v, want %v", test.name, err, test.want)
			}
			if sales, _ := s.stall.Shelf.Sales(t.Context(), 0, 10); len(sales) != 0 {
				t.Errorf("%d orders, want none", len(sales))
			}
			if live, err := s.stall.Shelf.Live(t.Context(), s.held.Scrip.ScripID); err != nil || live.Value != 20_00 {
				t.Errorf("the scrip: %v, want it live as before", err)
			}
		})
	}
}

// C8: VendorScrip is good at its own stall alone, and BrokerScrip at none.
func TestScripElsewhere(t *testing.T) {
	s := openShop(t, 12_50, 3, 20_00)
	rival := s.Stall("Rival")
	t10 := s.customer.Mandate(rival, s.held, rival.List(12_50, 1))
	if _, err := rig.Send[scrip.Paid](s.customer, rival.Purchase, t10); !errors.Is(err, scrip.ScripSpent) {
		t.Errorf("another stall's scrip: %v, want %v", err, scrip.ScripSpent)
	}
	other := s.Customer(50_00)
	t10 = other.Mandate(s.stall, other.Acquire(50_00), s.listing)
	if _, err := rig.Send[scrip.Paid](other, s.stall.Purchase, t10); !errors.Is(err, scrip.ScripSpent) {
		t.Errorf("BrokerScrip at a stall: %v, want %v", err, scrip.ScripSpent)
	}
}

// Two wallets race for the last one: one buys, the other keeps its money.
func TestLastOne(t *testing.T) {
	r := rig.New(t)
	s := r.Stall("Attic")
	listing := s.List(5_00, 1)
	const n = 8
	var requests []rig.Sealed
	var customers []*rig.Customer
	for range n {
		c := r.Customer(10_00)
		held, _ := c.Trade(s, c.Acquire(10_00), 10_00)
		requests, customers = append(requests, c.Mandate(s, held, listing)), append(customers, c)
	}
	errs := make([]error, n)
	var wait sync.WaitGroup
	for i, t10 := range requests {
		wait.Go(func() { _, errs[i] = rig.Send[scrip.Paid](customers[i], s.Purchase, t10) })
	}
	wait.Wait()
	sold := 0
	for i, err := range errs {
		if err == nil {
			sold++
			continue
		}
		if !errors.Is(err, scrip.OutOfStock) {
			t.Errorf("a buyer who lost: %v, want %v", err, scrip.OutOfStock)
		}
		if _, err := s.Shelf.Live(t.Context(), requests[i].Attach.Scrip.ScripID); err != nil {
			t.Errorf("a loser's scrip: %v, want it live", err)
		}
	}
	if sold != 1 {
		t.Errorf("sold %d times, want once", sold)
	}
}

// C6: one scrip, many simultaneous spends: exactly one wins.
func TestDoubleSpend(t *testing.T) {
	s := openShop(t, 5_00, 100, 20_00)
	const n = 8
	errs := make([]error, n)
	var requests []rig.Sealed
	for range n {
		requests = append(requests, s.customer.Mandate(s.stall, s.held, s.listing))
	}
	var wait sync.WaitGroup
	for i, t10 := range requests {
		wait.Go(func() { _, errs[i] = rig.Send[scrip.Paid](s.customer, s.stall.Purchase, t10) })
	}
	wait.Wait()
	won := 0
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, scrip.ScripSpent):
			t.Errorf("a spend that lost: %v, want %v", err, scrip.ScripSpent)
		}
	}
	if won != 1 {
		t.Errorf("%d of %d spends won, want 1", won, n)
	}
}

// C4: a T10 with any one bit changed is refused and changes nothing.
func TestOneBit(t *testing.T) {
	s := openShop(t, 5_00, 3, 20_00)
	t10 := s.customer.Mandate(s.stall, s.held, s.listing)
	every := 1
	if testing.Short() {
		every = 37
	}
	for i := 0; i < len(t10.Envelope); i += every {
		changed := []byte(t10.Envelope)
		changed[i] ^= 1
		if _, err := s.stall.Purchase(t.Context(), scrip.Sealed{Envelope: string(changed)}); !errors.Is(err, scrip.Unreadable) {
			t.Fatalf("T10 with a bit of byte %d changed: %v, want %v", i, err, scrip.Unreadable)
		}
	}
	if _, err := rig.Send[scrip.Paid](s.customer, s.stall.Purchase, t10); err != nil {
		t.Errorf("T10 unchanged: %v", err)
	}
}

// C22: change to the unit, down to nothing.
func TestExactChange(t *testing.T) {
	s := openShop(t, 7, 100, 20_00)
	held, left := s.held, scrip.Money(20_00)
	for left >= 7 && left > 20_00-7*20 {
		_, held = s.customer.Buy(s.stall, held, s.listing)
		left -= 7
		if held.Scrip.Value != left {
			t.Fatalf("change = %d, want %d", held.Scrip.Value, left)
		}
	}
	last := s.stall.List(left, 1)
	if m, rest := s.customer.Buy(s.stall, held, last); m.Body.Change != 0 || rest.Scrip.Value != 0 {
		t.Errorf("the last payment left %d, want nothing", m.Body.Change)
	}
}

// A revision of what was sold from meanwhile is refused: no stock is made up.
func TestReviseRace(t *testing.T) {
	s := openShop(t, 5_00, 3, 20_00)
	seen := merchant.Seen{Offer: s.listing.Offer.Offer, Version: s.listing.Version, Stock: s.listing.Stock}
	s.customer.Buy(s.stall, s.held, s.listing)
	item := merchant.Item{Title: "A thing", Category: "Home", Condition: "good", Price: 5_00, Quantity: 3, Delivery: []scrip.Way{scrip.Posted(0)}, SendWithin: 5}
	if _, err := s.stall.Revise(t.Context(), seen, item); !errors.Is(err, scrip.OfferChanged) {
		t.Errorf("a revision of what was sold from: %v, want %v", err, scrip.OfferChanged)
	}
}

// A listing is signed anew before it runs out, with the stock it has.
func TestRenewal(t *testing.T) {
	s := openShop(t, 5_00, 3, 20_00)
	s.customer.Buy(s.stall, s.held, s.listing)
	s.Clock.Advance(55 * 24 * time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); s.stall.Run(ctx) }()
	deadline := time.Now().Add(10 * time.Second)
	for {
		l, err := s.stall.Listing(t.Context(), s.listing.Offer.Offer)
		if err != nil {
			t.Fatal(err)
		}
		if l.Version != s.listing.Version {
			if l.Stock != 2 || l.ValidUntil <= s.listing.ValidUntil {
				t.Errorf("renewed with stock %d until %d, want 2 and later", l.Stock, l.ValidUntil)
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the listing was not renewed")
		}
		time.Sleep(5 * time.Millisecond)
	}
	cancel()
	<-done
}
