package world_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"peerscrip/services/merchant"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// lessons is money that is asked for, for a month.
func (s shop) lessons(times string) merchant.Demand {
	return merchant.Demand{
		Title: "Two guitar lessons", Description: "Thank you.", Reference: "2026-117", Price: 6_00, Times: times,
		ValidUntil: s.Clock.Now().AddDate(0, 1, 0).Unix(),
	}
}

func (s shop) askFor(d merchant.Demand) scrip.Listing {
	s.T.Helper()
	l, err := s.stall.AskFor(s.T.Context(), d)
	if err != nil {
		s.T.Fatalf("AskFor %+v: %v", d, err)
	}
	return l
}

// pays is a T10 for a payment link.
func (s shop) pays(c *rig.Customer, held scrip.Held, l scrip.Listing, edits ...func(*rig.Message)) (scrip.Opened[scrip.Paid], error) {
	return rig.Send[scrip.Paid](c, s.stall.Purchase, c.Mandate(s.stall, held, l, edits...))
}

// TestPaymentLink: money is asked for without a thing: in no list of what the stall offers, read and paid once by who knows
// its ID, with nothing to send, and known by its reference. No catalogue is told.
func TestPaymentLink(t *testing.T) {
	s := openShop(t, 12_50, 3, 40_00)
	told := 0
	c := s.stall.Config
	c.Changed, c.Bought = func() { told++ }, func([]scrip.ID) { told++ }
	s.stall.Stall = merchant.Open(c)
	l := s.askFor(s.lessons(scrip.PaidOnce))
	ctx := t.Context()
	offers, err := s.stall.Offers(ctx)
	if err != nil || len(offers) != 1 || offers[0].Offer != s.listing.JWS {
		t.Errorf("what the stall offers: got %+v, %v, want the lamp alone", offers, err)
	}
	if list, err := s.stall.ListingsAfter(ctx, "", 10); err != nil || len(list) != 1 {
		t.Errorf("listings: got %+v, %v, want the lamp alone", list, err)
	}
	public, err := s.stall.Offer(ctx, l.Offer.Offer)
	if err != nil || public.Offer != l.JWS || public.Stock != 1 {
		t.Errorf("the link by its ID: got %+v, %v, want it, to be paid", public, err)
	}
	m, err := s.pays(s.customer, s.held, l)
	if err != nil {
		t.Fatal(err)
	}
	o, err := s.stall.Order(ctx, m.Body.OrderID)
	if err != nil || o.ToSend() || o.Delivery.Way != scrip.WayNone || o.Lines[0].Reference != "2026-117" || o.Price != 6_00 || o.Hold != nil {
		t.Errorf("the order: got %+v, %v, want nothing to send, the reference, and no hold", o.Sale, err)
	}
	if err := s.stall.MarkSent(ctx, o.ID, scrip.Parcel{}); !errors.Is(err, scrip.OutOfTurn) {
		t.Errorf("it is sent: got %v, want %v", err, scrip.OutOfTurn)
	}
	if desk, err := s.stall.Desk(ctx, 0, 10); err != nil || len(desk.ToSend) != 0 || desk.Tally.ToSend != 0 || desk.Tally.Taken != 6_00 {
		t.Errorf("the desk: got %+v to send, %+v, %v, want nothing to send", desk.ToSend, desk.Tally, err)
	}
	links, err := s.stall.PaymentLinks(ctx, "", 10)
	if err != nil || len(links) != 1 || links[0].Paid != 1 || links[0].Stock != 0 {
		t.Errorf("payment links: got %+v, %v, want one that is paid", links, err)
	}
	one, sales, err := s.stall.PaymentLink(ctx, l.Offer.Offer, 10)
	if err != nil || one.Paid != 1 || len(sales) != 1 || sales[0].ID != o.ID {
		t.Errorf("the payment link: got %+v, %+v, %v, want its payment", one, sales, err)
	}
	if _, _, err := s.stall.PaymentLink(ctx, s.listing.Offer.Offer, 10); !errors.Is(err, scrip.NotFound) {
		t.Errorf("a lamp as a payment link: got %v, want %v", err, scrip.NotFound)
	}
	change := scrip.Held{Scrip: *m.Scrip, Secret: m.Secret}
	if _, err := s.pays(s.customer, change, l); !errors.Is(err, scrip.OutOfStock) {
		t.Errorf("once more: got %v, want %v", err, scrip.OutOfStock)
	}
	if told != 0 {
		t.Errorf("a catalogue was told %d times, want never", told)
	}
	feed, err := s.stall.Events(ctx, 0, 10)
	if err != nil || len(feed.Events) != 1 || feed.Events[0].Kind != scrip.OrderPaid || feed.Events[0].Object != o.ID {
		t.Errorf("events: got %+v, %v, want %s of the order alone", feed.Events, err, scrip.OrderPaid)
	}
	if err := s.stall.RefundRest(ctx, s.ID(), o.ID); err != nil {
		t.Fatal(err)
	}
	if l, err := s.stall.Listing(ctx, l.Offer.Offer); err != nil || l.Stock != 0 {
		t.Errorf("taken back: got stock %d, %v, want it not to be paid again", l.Stock, err)
	}
}

// TestPaymentLinkIsPaidManyTimes: until it ends.
func TestPaymentLinkIsPaidManyTimes(t *testing.T) {
	s := openShop(t, 12_50, 3, 40_00)
	l, held := s.askFor(s.lessons(scrip.PaidMany)), s.held
	for range 3 {
		m, err := s.pays(s.customer, held, l)
		if err != nil {
			t.Fatal(err)
		}
		held = scrip.Held{Scrip: *m.Scrip, Secret: m.Secret}
	}
	if one, sales, err := s.stall.PaymentLink(t.Context(), l.Offer.Offer, 2); err != nil || one.Paid != 3 || one.Stock != 1 || len(sales) != 2 {
		t.Errorf("paid three times: got %d, stock %d, %d newest, %v, want 3, 1 and 2", one.Paid, one.Stock, len(sales), err)
	}
	if err := s.stall.End(t.Context(), l.Offer.Offer); err != nil {
		t.Fatal(err)
	}
	if _, err := s.pays(s.customer, held, l); !errors.Is(err, scrip.OfferChanged) {
		t.Errorf("ended: got %v, want %v", err, scrip.OfferChanged)
	}
}

// TestPaymentLinkRefusals: what is paid is the link, once in an order, without a delivery, before it ends; and it is changed,
// restocked and haggled about by nobody.
func TestPaymentLinkRefusals(t *testing.T) {
	s := openShop(t, 12_50, 3, 40_00)
	ctx := t.Context()
	l := s.askFor(s.lessons(scrip.PaidMany))
	line := func(of scrip.Refusal) error { return scrip.AtLine{Refusal: of, Line: 0} }
	for name, c := range map[string]struct {
		edit func(*rig.Message)
		want error
	}{
		"twice at once": {func(m *rig.Message) {
			m.Body, m.Attach.Order.Lines[0].Quantity = scrip.Mandate{Vendor: s.stall.Vendor(), Price: 12_00}, 2
		}, scrip.PriceMismatch},
		"posted":    {func(m *rig.Message) { m.Attach.Order.Delivery = rig.To("12 Elm Street") }, line(scrip.NotDelivered)},
		"collected": {func(m *rig.Message) { m.Attach.Order.Delivery = scrip.Delivery{Way: scrip.WayCollect} }, line(scrip.NotDelivered)},
		"with a lamp": {func(m *rig.Message) {
			m.Body = scrip.Mandate{Vendor: s.stall.Vendor(), Price: 18_50}
			m.Attach.Order.Lines = append(m.Attach.Order.Lines, rig.OneOf(s.listing))
		}, scrip.AtLine{Refusal: scrip.NotDelivered, Line: 1}},
		"less than is asked for": {func(m *rig.Message) { m.Body = scrip.Mandate{Vendor: s.stall.Vendor(), Price: 5_99} }, scrip.PriceMismatch},
		"protected": {func(m *rig.Message) {
			by := scrip.Protect{SendBy: s.Clock.Now().Unix() + 24*60*60, CheckWithin: 3}
			m.Body = scrip.Mandate{Vendor: s.stall.Vendor(), Price: 6_00, Protect: &by}
		}, scrip.PromiseMismatch},
	} {
		if _, err := s.pays(s.customer, s.held, l, c.edit); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	seen := merchant.Seen{Offer: l.Offer.Offer, Version: l.Version, Stock: 1}
	if _, err := s.stall.Revise(ctx, seen, merchant.ItemOf(s.listing)); !errors.Is(err, scrip.NotFound) {
		t.Errorf("revised: got %v, want %v", err, scrip.NotFound)
	}
	if _, err := s.stall.Restock(ctx, l.Offer.Offer, 1); !errors.Is(err, scrip.NotFound) {
		t.Errorf("restocked: got %v, want %v", err, scrip.NotFound)
	}
	if _, err := (shop{s.Rig, s.customer, s.stall, l, s.held}).propose(s.customer, 1_00, 1); !errors.Is(err, scrip.OfferExpired) {
		t.Errorf("haggled about: got %v, want %v", err, scrip.OfferExpired)
	}
	s.Clock.Advance(32 * 24 * time.Hour)
	if _, err := s.pays(s.customer, s.held, l); !errors.Is(err, scrip.OfferExpired) {
		t.Errorf("run out: got %v, want %v", err, scrip.OfferExpired)
	}
}

// TestDemands: what cannot be asked for is refused, and nothing is made.
func TestDemands(t *testing.T) {
	s := openShop(t, 12_50, 3, 40_00)
	for name, c := range map[string]struct {
		edit func(*merchant.Demand)
		want error
	}{
		"nothing":            {func(d *merchant.Demand) { d.Price = 0 }, scrip.AmountOutOfBounds},
		"for nothing":        {func(d *merchant.Demand) { d.Title = "" }, scrip.TooMany},
		"a long reference":   {func(d *merchant.Demand) { d.Reference = strings.Repeat("x", scrip.MaxReference+1) }, scrip.TooMany},
		"a reference in two": {func(d *merchant.Demand) { d.Reference = "a\nb" }, scrip.Unreadable},
		"twice":              {func(d *merchant.Demand) { d.Times = "twice" }, scrip.Unreadable},
		"until now":          {func(d *merchant.Demand) { d.ValidUntil = s.Clock.Now().Unix() }, scrip.OfferExpired},
		"for long":           {func(d *merchant.Demand) { d.ValidUntil = s.Clock.Now().AddDate(0, 0, merchant.MaxLinkDays).Unix() + 1 }, scrip.TooMany},
	} {
		d := s.lessons(scrip.PaidOnce)
		c.edit(&d)
		if _, err := s.stall.AskFor(t.Context(), d); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	if links, err := s.stall.PaymentLinks(t.Context(), "", 10); err != nil || len(links) != 0 {
		t.Errorf("payment links: got %+v, %v, want none", links, err)
	}
}

// TestPaymentLinkIsPaidOnce: of many who pay at once one does, and the others keep their money.
func TestPaymentLinkIsPaidOnce(t *testing.T) {
	s := openShop(t, 12_50, 3, 40_00)
	l := s.askFor(s.lessons(scrip.PaidOnce))
	const n = 6
	errs, requests, customers := make([]error, n), make([]rig.Sealed, n), make([]*rig.Customer, n)
	for i := range n {
		customers[i] = s.Customer(10_00)
		held, _ := customers[i].Trade(s.stall, customers[i].Acquire(10_00), 10_00)
		requests[i] = customers[i].Mandate(s.stall, held, l)
	}
	var wait sync.WaitGroup
	for i := range n {
		wait.Go(func() { _, errs[i] = rig.Send[scrip.Paid](customers[i], s.stall.Purchase, requests[i]) })
	}
	wait.Wait()
	paid := 0
	for i, err := range errs {
		if err == nil {
			paid++
			continue
		}
		if !errors.Is(err, scrip.OutOfStock) {
			t.Errorf("who was late: got %v, want %v", err, scrip.OutOfStock)
		}
		if _, err := s.stall.Shelf.Live(t.Context(), requests[i].Attach.Scrip.ScripID); err != nil {
			t.Errorf("the scrip of who was late: got %v, want it live", err)
		}
	}
	if paid != 1 {
		t.Errorf("paid %d times, want once", paid)
	}
}
