package wallet

import (
	"slices"

	"peerscrip/services/scrip"
)

// Margin is how soon before its expiry a scrip is renewed, in seconds; where
// scrip lives so short that this is more than a quarter of it, a quarter.
const Margin = 7 * 24 * 3600

// Piece is one scrip, as far as a plan needs to know it.
type Piece struct {
	Scrip   scrip.ID
	Value   scrip.Money
	Expires int64 // unix seconds
}

// Situation is everything a plan depends on.
type Situation struct {
	Price  scrip.Money // > 0
	Broker *Piece      // the account's one BrokerScrip, if there is one
	Vendor []Piece     // VendorScrip of the one merchant
	Now    int64       // unix seconds
	Margin int64       // seconds before its expiry in which scrip is to be renewed
	// Exchange is what moves at least, if anything does: what the price leaves
	// of it pays the next time. 0 for no more than the price takes.
	Exchange scrip.Money
}

// Step is one transaction of a plan.
type Step struct {
	Transaction string // "6.1" to "6.8", as in the protocol
	// Amount in minor units: what is loaded (6.1), moved (6.2), paid (6.3),
	// the new total (6.4), what is added (6.5), withdrawn (6.6, 6.7), renewed (6.8).
	Amount scrip.Money
	Scrip  scrip.ID // which one is renewed (6.8); else empty
}

// takesBrokerScrip reports whether the step cannot be run while BrokerScrip is
// at stake in another.
func (s Step) takesBrokerScrip() bool {
	switch s.Transaction {
	case "6.3", "6.7", "6.8":
		return false
	}
	return true
}

// Plan is how a payment will be made, before anything is done.
type Plan struct {
	Vendor scrip.VendorID
	Price  scrip.Money
	Steps  []Step // what will be run
	Figure []Step // what Figure 3 says, renewals that the payment does not need included
}

// figure3 is the paper's Figure 3 as it stands. Pure.
func figure3(s Situation) []Step {
	steps := renewals(s)
	w := largest(s.Vendor)
	if w >= s.Price {
		return append(steps, Step{"6.3", s.Price, ""})
	}
	d := max(s.Price-w, s.Exchange)
	switch {
	case s.Broker == nil:
		steps = append(steps, Step{"6.1", d, ""})
	case s.Broker.Value < d:
		steps = append(steps, Step{"6.4", d, ""})
	}
	move := "6.2"
	if w > 0 {
		move = "6.5"
	}
	return append(steps, Step{move, d, ""}, Step{"6.3", s.Price, ""})
}

// renewals come first: of all that has expired or soon will.
func renewals(s Situation) []Step {
	pieces := s.Vendor
	if s.Broker != nil {
		pieces = append(slices.Clone(pieces), *s.Broker)
	}
	var steps []Step
	for _, p := range pieces {
		if due(p.Expires, s.Now, s.Margin) {
			steps = append(steps, Step{"6.8", p.Value, p.Scrip})
		}
	}
	return steps
}

func due(expires, now, margin int64) bool { return expires-now < margin }

// planFor is Figure 3, but for one thing: BrokerScrip that a payment does not
// take is not renewed for it, because a purchase needs the merchant alone. Pure.
func planFor(s Situation) ([]Step, error) {
	if !s.Price.Positive() {
		return nil, scrip.AmountOutOfBounds
	}
	switch {
	case s.Exchange != 0 && s.Exchange < s.Price:
		return nil, ErrExchange
	case s.Exchange != 0 && !s.Exchange.Positive():
		return nil, scrip.AmountOutOfBounds
	}
	if largest(s.Vendor) >= s.Price {
		s.Broker = nil
	}
	return figure3(s), nil
}

func largest(pieces []Piece) scrip.Money {
	most := scrip.Money(0)
	for _, p := range pieces {
		most = max(most, p.Value)
	}
	return most
}
