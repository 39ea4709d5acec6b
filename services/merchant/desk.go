package merchant

import (
	"context"
	"errors"
	"fmt"
	"io"

	"peerscrip/services/scrip"
)

// Desk is a stall as its seller sees it.
type Desk struct {
	Certificate scrip.Certificate
	Page        scrip.StallPage
	Listings    []scrip.Listing // all, newest first
	Sales       []scrip.Sale    // one page of them, newest first
	Tally       Tally           // of all sales
	Underway    []Underway
	States      map[scrip.ID]scrip.State // what those of Sales have come to by now whose threads have an event
	ToSend      []scrip.Sale             // the one that is to be sent first, first
	Disputed    []scrip.Sale             // that wait for the operator, the oldest first
	Returns     []Conversation           // orders that are to be taken back, or refunded since they came back; the one that waits longest first
	Unanswered  []Conversation           // orders and conversations whose last word is the buyer's
	Unrated     []scrip.ToldRating       // among the newest ratings, those without an answer; as of a minute ago
	Talks       []Conversation           // conversations without an order, the last one first
}

// Tally is what all sales of a stall come to.
type Tally struct {
	Orders int
	ToSend int              // as Sale.ToSend
	Taken  scrip.Money      // what was paid, but for what was taken back
	Sold   map[scrip.ID]int // pieces of each offer that was ever bought
}

// maxUnderway is how much of each kind is listed of what the broker has yet to
// answer.
const maxUnderway = 100

// Desk looks at the stall, with up to limit sales from the offset on.
func (s *Stall) Desk(ctx context.Context, offset, limit int) (Desk, error) {
	s.look(ctx)
	d := Desk{Certificate: s.Current()}
	var err error
	if d.Page, err = s.Page(ctx); err != nil {
		return Desk{}, err
	}
	if d.Listings, err = s.Shelf.Listings(ctx); err != nil {
		return Desk{}, err
	}
	if d.Sales, err = s.Shelf.Sales(ctx, offset, limit); err != nil {
		return Desk{}, err
	}
	if d.Tally, err = s.Shelf.Tally(ctx); err != nil {
		return Desk{}, err
	}
	if d.Underway, err = s.Underway(ctx, maxUnderway); err != nil {
		return Desk{}, err
	}
	if d.States, err = s.states(ctx, d.Sales); err != nil {
		return Desk{}, err
	}
	if err := s.todo(ctx, &d); err != nil {
		return Desk{}, err
	}
	d.Talks, err = s.Talks(ctx)
	return d, err
}

// todo adds what waits for the seller.
func (s *Stall) todo(ctx context.Context, d *Desk) (err error) {
	if d.ToSend, err = s.Shelf.ToSend(ctx, mostListed); err != nil {
		return err
	}
	if d.Disputed, err = s.Shelf.Disputed(ctx, mostListed); err != nil {
		return err
	}
	d.Unrated = s.unrated.get(ctx, s)
	if d.Returns, err = s.Returns(ctx); err != nil {
		return err
	}
	d.Unanswered, err = s.Unanswered(ctx)
	return err
}

// states are what sales have come to, of those whose threads have an event.
func (s *Stall) states(ctx context.Context, sales []scrip.Sale) (map[scrip.ID]scrip.State, error) {
	orders := make([]scrip.ID, len(sales))
	for i, sale := range sales {
		orders[i] = sale.ID
	}
	threads, err := s.Shelf.Threads(ctx, orders)
	states := map[scrip.ID]scrip.State{}
	for _, thread := range threads {
		states[thread.Order] = thread.At(s.Clock().Unix())
	}
	return states, err
}

// Order is a sale with what its seller needs to send it or to take it back.
type Order struct {
	scrip.Sale
	Offers   []scrip.Offer   // of its lines, as they were bought
	Listings []scrip.Listing // the same, as they are now; of a private offer what it was made from
	Refunds  []OrderRefund   // oldest first
	Defences []OrderDefence  // what was said to its dispute, oldest first
	Showable []Showable      // that may be shown in its dispute; none: it is not disputed
	Talk     Conversation    // with its buyer
}

// Address is where the order goes: what its buyer said last. nil: it is collected.
func (o Order) Address() *scrip.Address {
	at := o.Delivery.Address
	for _, said := range o.Talk.Said {
		if said.Event.Address != nil {
			at = said.Event.Address
		}
	}
	return at
}

// OrderRefund is a refund and what became of reporting it.
type OrderRefund struct {
	scrip.Refund
	Attempt Attempt
}

// OrderDefence is what was said to a dispute and what became of telling it.
type OrderDefence struct {
	scrip.Defence
	Attempt Attempt
}

// Order returns an order, or scrip.NotFound.
func (s *Stall) Order(ctx context.Context, id scrip.ID) (Order, error) {
	s.look(ctx)
	sale, err := s.Sale(ctx, id)
	if err != nil {
		return Order{}, err
	}
	o := Order{Sale: sale}
	for _, line := range sale.Lines {
		l, err := s.listedAs(ctx, line.Offer)
		if err != nil {
			return Order{}, fmt.Errorf("look up what was sold: %w", err)
		}
		sold, err := s.soldAs(ctx, line.Version)
		if err != nil {
			return Order{}, fmt.Errorf("look up what was sold: %w", err)
		}
		o.Listings, o.Offers = append(o.Listings, l), append(o.Offers, sold)
	}
	if o.Talk, err = s.Conversation(ctx, id); err != nil {
		return Order{}, err
	}
	if err := s.addDefence(ctx, &o); err != nil {
		return Order{}, err
	}
	refunds, err := s.Shelf.Refunds(ctx, []scrip.ID{id})
	for _, r := range refunds {
		o.Refunds = append(o.Refunds, OrderRefund{r, s.Attempt(r.ID)})
	}
	return o, err
}

// addDefence adds what was said to an order's dispute, and what may be shown in it.
func (s *Stall) addDefence(ctx context.Context, o *Order) error {
	if o.Hold == nil {
		return nil
	}
	said, err := s.Shelf.Defences(ctx, o.ID)
	for _, d := range said {
		o.Defences = append(o.Defences, OrderDefence{d, s.Attempt(d.ID)})
	}
	if err == nil && o.Hold.State == scrip.HoldDisputed {
		o.Showable, err = s.Showable(ctx, o.ID)
	}
	return err
}

// listedAs is an offer as anybody may buy it: of a private one what it was made from,
// while that is there.
func (s *Stall) listedAs(ctx context.Context, offer scrip.ID) (scrip.Listing, error) {
	l, err := s.Listing(ctx, offer)
	if err != nil || l.Source == "" {
		return l, err
	}
	source, err := s.Listing(ctx, l.Source)
	if errors.Is(err, scrip.NotFound) {
		return l, nil
	}
	return source, err
}

// soldAs is an offer as a buyer paid for it.
func (s *Stall) soldAs(ctx context.Context, version scrip.ID) (scrip.Offer, error) {
	jws, err := s.Shelf.Sold(ctx, version)
	if err != nil {
		return scrip.Offer{}, err
	}
	m, err := scrip.Verify[scrip.Offer](jws, string(s.Vendor()), s.Certificate.Signer())
	return m.Body, err
}

// AddPhoto develops a photo and keeps it for the stall's listings; one that none
// shows within a day is erased. PhotoError: what is wrong with it;
// scrip.TooMany: it would be more than MaxPhotoBytes.
func (s *Stall) AddPhoto(ctx context.Context, file io.Reader) (digest string, err error) {
	photo, err := Develop(file)
	if err != nil {
		return "", err
	}
	err = s.apply(ctx, scrip.Change{At: s.Clock().Unix(), Stall: &scrip.StallChange{Photos: []scrip.Photo{photo}}})
	return photo.Digest, err
}
