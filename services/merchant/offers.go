package merchant

import (
	"context"

	"peerscrip/services/scrip"
)

// Offers lists what anyone may buy, newest first, and after it what is sold out
// and may still be seen, the newest MaxSoldOut of that.
func (s *Stall) Offers(ctx context.Context) ([]scrip.PublicOffer, error) {
	listings, err := s.Shelf.Listings(ctx)
	if err != nil {
		return nil, err
	}
	list, sold := []scrip.PublicOffer{}, []scrip.PublicOffer{}
	for _, l := range listings {
		switch offer := (scrip.PublicOffer{Offer: l.JWS, Stock: l.Stock}); {
		case l.Ended || s.Clock().Unix() >= l.ValidUntil:
		case l.Stock > 0:
			list = append(list, offer)
		case len(sold) < MaxSoldOut:
			sold = append(sold, offer)
		}
	}
	return append(list, sold...), nil
}

// Offer returns one offer that is not ended, or scrip.NotFound.
func (s *Stall) Offer(ctx context.Context, offer scrip.ID) (scrip.PublicOffer, error) {
	l, err := s.Listing(ctx, offer)
	if err != nil {
		return scrip.PublicOffer{}, err
	}
	if l.Ended {
		return scrip.PublicOffer{}, scrip.NotFound
	}
	return scrip.PublicOffer{Offer: l.JWS, Stock: l.Stock}, nil
}

// Photo returns a photo of the stall, or scrip.NotFound.
func (s *Stall) Photo(ctx context.Context, digest string) (scrip.Photo, error) {
	photo, err := s.Shelf.Photo(ctx, digest)
	return photo, absent(err)
}
