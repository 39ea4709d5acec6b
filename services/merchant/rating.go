package merchant

import (
	"context"
	"errors"

	"peerscrip/services/scrip"
)

// Rated lists what buyers said of the stall, the newest first: those numbered below
// before, or from the newest on (0).
func (s *Stall) Rated(ctx context.Context, before int64) ([]scrip.ToldRating, error) {
	if s.Ratings == nil {
		return nil, nil
	}
	list, err := s.Ratings(ctx, scrip.RatingPage{Vendor: s.Vendor(), Before: before})
	return scrip.ReadRatings(list, s.BrokerInfo().ID, s.Vendor(), s.Certificate.Signer()), err
}

// AnswerRating answers a rating, by the digest of its RATE, once (ANSWER). It is
// published by the broker; a lost answer is seen there. scrip.NotFound: the rating was
// changed, or is none; scrip.AlreadyRecorded: it has an answer; scrip.TooMany: words
// that are too long, or none.
func (s *Stall) AnswerRating(ctx context.Context, purchase scrip.ID, rating, words string) error {
	said := scrip.RatingAnswer{Vendor: s.Vendor(), Purchase: purchase, Rating: rating, Words: scrip.Clean(words)}
	if err := said.Valid(); err != nil {
		return err
	}
	_, err := askAs[scrip.Noted](ctx, s, s.Broker, s.Clock().Unix(), said)
	if _, refused := scrip.AsRefusal(err); err != nil && !refused {
		err = errors.Join(scrip.Unavailable, err) // nothing is known of it
	}
	return err
}
