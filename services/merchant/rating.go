package merchant

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

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

// Bounds on looking for ratings without an answer: the desk does not wait for a broker
// that is slow, nor ask it for each page.
const (
	unratedAge  = 60 // seconds
	unratedWait = 2 * time.Second
)

// unrated remembers the newest ratings that have no answer. The zero value is ready.
type unrated struct {
	mu   sync.Mutex
	at   int64 // unix seconds
	list []scrip.ToldRating
}

// get asks the broker, if it was not asked just now. While it does not answer, what it
// told before stands.
func (u *unrated) get(ctx context.Context, s *Stall) []scrip.ToldRating {
	u.mu.Lock()
	defer u.mu.Unlock()
	at := s.Clock().Unix()
	if u.at > 0 && at >= u.at && at < u.at+unratedAge {
		return u.list
	}
	ctx, cancel := context.WithTimeout(ctx, unratedWait)
	defer cancel()
	told, err := s.Rated(ctx, 0)
	u.at = at
	if err != nil {
		s.Log.Warn("the broker does not tell the stall's ratings", "err", err)
		return u.list
	}
	u.list = slices.DeleteFunc(told, func(r scrip.ToldRating) bool { return r.Answer != "" })
	return u.list
}

// forget has the broker asked anew.
func (u *unrated) forget() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.at = 0
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
	s.unrated.forget()
	if _, refused := scrip.AsRefusal(err); err != nil && !refused {
		err = errors.Join(scrip.Unavailable, err) // nothing is known of it
	}
	return err
}
