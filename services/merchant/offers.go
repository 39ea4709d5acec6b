package merchant

import (
	"context"

	"peerscrip/services/scrip"
)

// Offers lists what anyone may buy, newest first, and after it what is sold out
// and may still be seen, the newest MaxSoldOut of that. A closed stall offers nothing.
func (s *Stall) Offers(ctx context.Context) ([]scrip.PublicOffer, error) {
	listings, err := s.Shelf.Listings(ctx)
	if err != nil {
		return nil, err
	}
	page, err := s.Page(ctx)
	if err != nil || page.Closed {
		return []scrip.PublicOffer{}, err
	}
	now := s.Clock().Unix()
	list, sold := []scrip.PublicOffer{}, []scrip.PublicOffer{}
	for _, l := range listings {
		switch offer := shownOffer(l, page, now); {
		case l.Ended || now >= l.ValidUntil:
		case l.Stock > 0:
			list = append(list, offer)
		case len(sold) < MaxSoldOut:
			sold = append(sold, offer)
		}
	}
	return append(list, sold...), nil
}

// Offer returns one offer that is not ended, of a stall that is not closed, or
// scrip.NotFound. A private one is there for who knows its ID.
func (s *Stall) Offer(ctx context.Context, offer scrip.ID) (scrip.PublicOffer, error) {
	l, err := s.Listing(ctx, offer)
	if err != nil {
		return scrip.PublicOffer{}, err
	}
	page, err := s.Page(ctx)
	if err != nil {
		return scrip.PublicOffer{}, err
	}
	if l.Source != "" {
		source, err := s.Listing(ctx, l.Source)
		if err != nil {
			return scrip.PublicOffer{}, err
		}
		l.Ended, l.Stock = l.Ended || source.Ended, min(l.Stock, source.Stock)
	}
	if l.Ended || page.Closed {
		return scrip.PublicOffer{}, scrip.NotFound
	}
	return shownOffer(l, page, s.Clock().Unix()), nil
}

// shownOffer is a listing as anyone may read it, on a stall with this page. Nobody is to
// count a stall's sales by its stock.
func shownOffer(l scrip.Listing, page scrip.StallPage, now int64) scrip.PublicOffer {
	o := scrip.PublicOffer{Offer: l.JWS, Stock: min(l.Stock, scrip.Several)}
	if page.Away(now) {
		o.AwayUntil = page.AwayUntil
	}
	return o
}

// Photo returns a photo of the stall, or scrip.NotFound.
func (s *Stall) Photo(ctx context.Context, digest string) (scrip.Photo, error) {
	photo, err := s.Shelf.Photo(ctx, digest)
	return photo, absent(err)
}

// HasPhoto reports whether the stall has a photo, and reads none of it.
func (s *Stall) HasPhoto(ctx context.Context, digest string) (bool, error) {
	return s.Shelf.HasPhoto(ctx, digest)
}
