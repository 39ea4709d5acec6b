package merchant

import (
	"context"
	"time"

	"peerscrip/services/scrip"
)

// Demand is what a seller asks money for.
type Demand struct {
	Title       string // what it is for
	Description string // a note to who pays; may be empty
	Reference   string // what the seller knows the payment by; may be empty
	Price       scrip.Money
	Times       string // scrip.PaidOnce or scrip.PaidMany
	ValidUntil  int64  // unix seconds
}

// PaymentLink is an offer of kind request, and what became of it.
type PaymentLink struct {
	scrip.Listing
	Paid int // how often
}

// AskFor makes a payment link: a signed offer that asks for money alone. It is in no list of
// what the stall offers, is read and paid by who knows its ID, and is not signed anew when it
// runs out. scrip.OfferExpired: it would have ended by now; scrip.TooMany: it would stand for
// longer than MaxLinkDays, a text is too long, or there are MaxPaymentLinks.
func (s *Stall) AskFor(ctx context.Context, d Demand) (scrip.Listing, error) {
	id, err := scrip.NewID(s.Random)
	if err != nil {
		return scrip.Listing{}, err
	}
	at := s.Clock()
	switch {
	case d.ValidUntil <= at.Unix():
		return scrip.Listing{}, scrip.OfferExpired
	case d.ValidUntil > at.AddDate(0, 0, MaxLinkDays).Unix():
		return scrip.Listing{}, scrip.TooMany
	}
	l := scrip.Listing{
		Offer: s.offerOf(id, Item{
			Title: d.Title, Description: d.Description, Price: d.Price, Quantity: 1, Delivery: []scrip.Way{scrip.Undelivered()},
		}, time.Unix(d.ValidUntil, 0)),
		Stock: 1, ListedAt: at.Unix(),
	}
	l.Kind, l.Reference, l.Times = scrip.KindRequest, d.Reference, d.Times
	if err := l.Valid(); err != nil {
		return scrip.Listing{}, err
	}
	if err := s.sign(&l, at); err != nil {
		return scrip.Listing{}, err
	}
	return l, s.apply(ctx, scrip.Change{At: at.Unix(), Stall: &scrip.StallChange{List: []scrip.Listing{l}}})
}

// PaymentLinks lists those after one, the newest first; without one from the newest.
// scrip.NotFound: there is no such offer.
func (s *Stall) PaymentLinks(ctx context.Context, after scrip.ID, limit int) ([]PaymentLink, error) {
	list, err := s.Shelf.Requests(ctx, after, limit)
	if err != nil {
		return nil, absent(err)
	}
	offers := make([]scrip.ID, len(list))
	for i, l := range list {
		offers[i] = l.Offer.Offer
	}
	paid, err := s.Shelf.Paid(ctx, offers)
	links := make([]PaymentLink, len(list))
	for i, l := range list {
		links[i] = PaymentLink{l, paid[l.Offer.Offer]}
	}
	return links, err
}

// PaymentLink returns one with its newest payments, up to limit, the newest first, or
// scrip.NotFound.
func (s *Stall) PaymentLink(ctx context.Context, offer scrip.ID, limit int) (PaymentLink, []scrip.Sale, error) {
	l, err := s.Listing(ctx, offer)
	if err == nil && !l.IsRequest() {
		err = scrip.NotFound
	}
	if err != nil {
		return PaymentLink{}, nil, err
	}
	paid, err := s.Shelf.Paid(ctx, []scrip.ID{offer})
	if err != nil {
		return PaymentLink{}, nil, err
	}
	sales, err := s.Shelf.SalesOf(ctx, offer, limit)
	return PaymentLink{l, paid[offer]}, sales, err
}
