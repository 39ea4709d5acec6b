package merchant

import (
	"context"
	"strconv"
	"strings"
	"sync"

	"peerscrip/services/scrip"
)

// waiters wait for the next of something.
type waiters struct {
	mu   sync.Mutex
	next chan struct{} // under mu; closed when it is there
}

func newWaiters() *waiters { return &waiters{next: make(chan struct{})} }

// wait returns what is closed at the next wake.
func (w *waiters) wait() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.next
}

func (w *waiters) wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.next)
	w.next = make(chan struct{})
}

// Feed is a part of the seller's events.
type Feed struct {
	Events []scrip.SellerEvent // the first first
	Next   int64               // to go on after
	Oldest int64               // the number of the oldest that is kept or may come; what is before it was not told if it was not read
}

// Events returns the seller's events after a number, the first first. After more than there
// were, as where the book was restored, it is as after the last.
func (s *Stall) Events(ctx context.Context, after int64, limit int) (Feed, error) {
	told, _, err := s.Shelf.ToldTo(ctx)
	if err != nil {
		return Feed{}, err
	}
	f := Feed{Next: min(after, told), Oldest: max(told-scrip.MaxSellerEvents, 0) + 1}
	f.Events, err = s.Shelf.SellerEvents(ctx, f.Next, limit)
	if n := len(f.Events); n > 0 {
		f.Next = f.Events[n-1].Seq
	}
	return f, err
}

// Told returns what is closed when this process tells the seller something next.
func (s *Stall) Told() <-chan struct{} { return s.seller.wait() }

// lapsing remembers which versions of offers the seller was told that they run out, so that it is
// not written down each time; what a restart forgets is told no second time either.
type lapsing struct{ versions map[scrip.ID]bool }

// ratingsEvery is how often, in seconds, the broker is asked for ratings for the seller's programs.
const ratingsEvery = 5 * 60

// tellLapsing tells the seller of offers that run out and are not signed anew.
func (s *Stall) tellLapsing(ctx context.Context, offers []scrip.Listing) error {
	now := map[scrip.ID]bool{}
	var events []scrip.SellerEvent
	for _, l := range offers {
		now[l.Version] = true
		if !s.lapsing.versions[l.Version] {
			events = append(events, scrip.SellerEvent{Kind: scrip.OfferExpiring, Object: l.Offer.Offer, Part: string(l.Version)})
		}
	}
	if len(events) > 0 {
		if err := s.apply(ctx, scrip.Change{At: s.Clock().Unix(), Stall: &scrip.StallChange{Expiring: events}}); err != nil {
			return err
		}
	}
	s.lapsing.versions = now
	return nil
}

// tellRatings tells the seller of ratings that the broker published since it was asked last. Where no
// program listens, it is not asked.
func (s *Stall) tellRatings(ctx context.Context) error {
	at := s.Clock().Unix()
	if last := s.ratingsAt; at >= last && at < last+ratingsEvery {
		return nil
	}
	s.ratingsAt = at
	keys, err := s.Shelf.SellerKeys(ctx)
	if err != nil {
		return err
	}
	hooks, err := s.Shelf.Webhooks(ctx)
	if err != nil || len(keys)+len(hooks) == 0 {
		return err
	}
	_, rated, err := s.Shelf.ToldTo(ctx)
	if err != nil {
		return err
	}
	list, err := s.Rated(ctx, 0)
	if err != nil {
		return err
	}
	does := scrip.StallChange{RatedTo: rated}
	for i := len(list) - 1; i >= 0; i-- {
		if r := list[i]; r.Number > rated {
			does.Rated = append(does.Rated, scrip.SellerEvent{Kind: scrip.RatingNew, Object: r.Purchase, Part: r.Digest})
			does.RatedTo = max(does.RatedTo, r.Number)
		}
	}
	if len(does.Rated) == 0 {
		return nil
	}
	return s.apply(ctx, scrip.Change{At: at, Stall: &does})
}

// MovementAt is a place in the list of movements: behind the one of that name.
type MovementAt struct {
	At   int64
	Kind string
	ID   scrip.ID
}

// Place is that of the kind among movements of one second.
func (m MovementAt) Place() int {
	switch m.Kind {
	case scrip.MovedRefund:
		return 1
	case scrip.MovedReclaimed:
		return 2
	case scrip.MovedDecided:
		return 3
	}
	return 0
}

// String is the place as programs hand it back; see ParseMovementAt.
func (m MovementAt) String() string {
	return strconv.FormatInt(m.At, 10) + "." + strconv.Itoa(m.Place()) + "." + string(m.ID)
}

// ParseMovementAt reads what String wrote, or is scrip.Unreadable; of nothing it is before the first.
func ParseMovementAt(text string) (MovementAt, error) {
	if text == "" {
		return MovementAt{}, nil
	}
	parts := strings.Split(text, ".")
	if len(parts) != 3 || !scrip.ID(parts[2]).Valid() {
		return MovementAt{}, scrip.Unreadable
	}
	at, err := strconv.ParseInt(parts[0], 10, 64)
	for _, kind := range []string{scrip.MovedSale, scrip.MovedRefund, scrip.MovedReclaimed, scrip.MovedDecided} {
		if m := (MovementAt{at, kind, scrip.ID(parts[2])}); err == nil && strconv.Itoa(m.Place()) == parts[1] {
			return m, nil
		}
	}
	return MovementAt{}, scrip.Unreadable
}

// Movements lists what was paid and what went back to buyers after a place, the first first.
func (s *Stall) Movements(ctx context.Context, after MovementAt, limit int) ([]scrip.Movement, error) {
	return s.Shelf.Movements(ctx, after, limit)
}

// ListingsAfter lists what is offered, sold out or ended after an offer, the newest first; without one
// from the newest. scrip.NotFound: there is no such offer.
func (s *Stall) ListingsAfter(ctx context.Context, after scrip.ID, limit int) ([]scrip.Listing, error) {
	list, err := s.Shelf.ListingsAfter(ctx, after, limit)
	return list, absent(err)
}

// OrdersAfter lists orders after one, the newest first, with what they have come to; without one from the
// newest. scrip.NotFound: there is no such order.
func (s *Stall) OrdersAfter(ctx context.Context, after scrip.ID, limit int) ([]scrip.Sale, map[scrip.ID]scrip.State, error) {
	s.look(ctx)
	list, err := s.Shelf.SalesAfter(ctx, after, limit)
	if err != nil {
		return nil, nil, absent(err)
	}
	states, err := s.states(ctx, list)
	return list, states, err
}

// OrdersToSend lists orders that are to be sent, the one that is to be first first.
func (s *Stall) OrdersToSend(ctx context.Context, limit int) ([]scrip.Sale, map[scrip.ID]scrip.State, error) {
	s.look(ctx)
	list, err := s.Shelf.ToSend(ctx, limit)
	if err != nil {
		return nil, nil, err
	}
	states, err := s.states(ctx, list)
	return list, states, err
}
