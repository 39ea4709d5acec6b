package merchant

import (
	"context"
	"errors"

	"peerscrip/services/scrip"
)

// DayEarned is what became the seller's on one day, by the stall's own book.
type DayEarned struct {
	Day    int64       // unix seconds: its beginning, UTC
	Earned scrip.Money // of orders that were paid, or whose hold was over, on that day
	Held   scrip.Money // of orders paid on that day, which the broker holds or has yet to hear of
	Orders int
}

// Earnings are what a stall has sold for, and where that money is.
type Earnings struct {
	Days []DayEarned // those with orders, the first first
	// Takings are what the broker says. Told is false where it does not answer: then
	// nobody knows what was paid out.
	Takings scrip.Takings
	Told    bool
}

// Earnings adds up what the stall has earned, and asks the broker how it stands there.
func (s *Stall) Earnings(ctx context.Context) (Earnings, error) {
	var e Earnings
	told, err := s.takings(ctx)
	if err != nil {
		s.Log.Warn("the broker does not tell how the stall stands", "err", err)
	} else {
		e.Takings, e.Told = told, true
	}
	e.Days, err = s.Shelf.Earned(ctx)
	return e, err
}

// takings asks the broker (WATCH), and keeps what it tells of holds.
func (s *Stall) takings(ctx context.Context) (scrip.Takings, error) {
	ctx, cancel := context.WithTimeout(ctx, lookWait)
	defer cancel()
	_, next, err := s.Shelf.Watching(ctx)
	if err != nil {
		return scrip.Takings{}, err
	}
	said, err := askBroker[scrip.Watched](ctx, s, s.Keys.Signing.Thumbprint(), scrip.Watch{Vendor: s.Vendor(), After: next})
	if err != nil {
		return scrip.Takings{}, err
	}
	if said.Body.Takings == nil {
		return scrip.Takings{}, errors.New("WATCHED tells no takings")
	}
	return *said.Body.Takings, s.watched(ctx, said.Body)
}

// Orders lists up to limit orders after one, the newest first; without one from the newest. scrip.NotFound: there is no such order.
func (s *Stall) Orders(ctx context.Context, after scrip.ID, limit int) ([]scrip.Sale, error) {
	list, err := s.Shelf.SalesAfter(ctx, after, limit)
	return list, absent(err)
}
