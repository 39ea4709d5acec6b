package merchant

import (
	"context"
	"errors"
	"fmt"
	"time"

	"peerscrip/services/scrip"
)

// The events of haggling, in a conversation about a listing.
const (
	kindPropose = "propose"
	kindPrivate = "private-offer"
)

// Terms are those of a private offer.
type Terms struct {
	Price    scrip.Money // of one
	Quantity int         // bought together, in one order
	Hours    int         // for which it stands: 1 to 72
	Text     string      // a word with it; may be empty
}

// OfferPrivately offers the listing that a conversation is about to its buyer alone,
// on terms of their own, until so many hours from now: a signed OFFER, in no catalogue,
// and the event that tells of it, in one commit. It takes the place of one that the
// buyer was offered before. scrip.NotFound: no such conversation, or its listing is
// gone; scrip.OutOfTurn: the conversation is closed; scrip.OfferChanged: the listing
// has ended; scrip.OutOfStock: fewer are left; TooMany, AmountOutOfBounds, Unreadable:
// the terms.
func (s *Stall) OfferPrivately(ctx context.Context, conversation scrip.ID, t Terms) error {
	if t.Hours < 1 || t.Hours > scrip.MaxPrivate/60/60 {
		return scrip.TooMany
	}
	c, err := s.thread(ctx, conversation)
	if err == nil && !c.Talk {
		err = scrip.NotFound // what was paid has its price
	}
	if err != nil {
		return err
	}
	private, err := s.privately(ctx, c, t)
	if err != nil {
		return err
	}
	e := scrip.Event{
		Kind: kindPrivate, Text: t.Text, Offer: private.Offer.Offer, Price: private.Price, Quantity: private.Quantity, Until: private.ValidUntil,
	}
	return s.say(ctx, conversation, e, scrip.StallChange{Private: &private})
}

// privately signs the private offer.
func (s *Stall) privately(ctx context.Context, c scrip.KeptThread, t Terms) (scrip.PrivateListing, error) {
	l, err := s.Listing(ctx, c.Offer)
	if err != nil {
		return scrip.PrivateListing{}, err
	}
	id, err := scrip.NewID(s.Random)
	if err != nil {
		return scrip.PrivateListing{}, err
	}
	at := s.Clock()
	item := ItemOf(l)
	item.Price, item.Quantity = t.Price, t.Quantity
	p := scrip.PrivateListing{From: l.Version, Listing: scrip.Listing{
		Offer: s.offerOf(id, item, at.Add(time.Duration(t.Hours)*time.Hour)), Stock: t.Quantity, ListedAt: at.Unix(), Source: l.Offer.Offer,
	}}
	p.For = c.Pseudonym
	if err := p.Valid(); err != nil {
		return scrip.PrivateListing{}, err
	}
	return p, s.sign(&p.Listing, at)
}

// checkAlone refuses an order of a private offer by another pseudonym than the one
// it is for (PartyMismatch), and one of it, or of a request, of another quantity than the
// price was agreed for (PriceMismatch).
func checkAlone(l scrip.Listing, buyer scrip.Pseudonym, quantity int) error {
	switch {
	case l.For != "" && l.For != buyer:
		return scrip.PartyMismatch
	case (l.For != "" || l.IsRequest()) && quantity != l.Quantity:
		return scrip.PriceMismatch
	}
	return nil
}

// checkProposal wants a proposal to be about what the conversation is about, and that
// to be for sale: PartyMismatch, OfferExpired, OutOfStock.
func (s *Stall) checkProposal(ctx context.Context, about scrip.ID, e scrip.Event) error {
	if e.Kind != kindPropose {
		return nil
	}
	if e.Offer != about {
		return scrip.PartyMismatch
	}
	l, err := s.Listing(ctx, about)
	switch {
	case errors.Is(err, scrip.NotFound) || err == nil && (l.Ended || l.IsRequest() || s.Clock().Unix() >= l.ValidUntil):
		return scrip.OfferExpired
	case err != nil:
		return fmt.Errorf("look up what is haggled about: %w", err)
	case l.Stock < e.Quantity:
		return scrip.OutOfStock
	}
	return nil
}
