package wallet

import (
	"slices"

	"peerscrip/services/scrip"
)

// Piece is a holding, as far as a decision needs to know it.
type Piece struct {
	Scrip   scrip.ID
	Value   scrip.Money
	Made    int64 // unix seconds, by the issuer's clock; 0 where it is not known
	Expires int64 // unix seconds
}

// Situation is everything a plan depends on.
type Situation struct {
	Price scrip.Money
	// Exchange is what moves at least, if anything does: what the price leaves
	// of it pays the next time. 0 for no more than the price takes.
	Exchange scrip.Money
	Broker   *Piece  // the account's one BrokerScrip, if there is one
	Vendor   []Piece // VendorScrip of the one merchant
	Now      int64   // unix seconds
}

// Leg is one line of a plan: a transaction, and how much of it.
type Leg struct {
	Transaction string // "6.1" to "6.8" as in the protocol, PAYOUT or RESCUE
	// Amount in minor units: what is loaded (6.1), exchanged (6.2), paid (6.3),
	// the new total (6.4), what is added (6.5), taken back (6.6, 6.7), renewed
	// (6.8), paid out.
	Amount scrip.Money
	Scrip  scrip.ID // which holding is given back (6.7) or renewed (6.8); else empty
}

// takesBrokerScrip reports whether the leg cannot be run while BrokerScrip is
// at stake in another transaction.
func (leg Leg) takesBrokerScrip() bool {
	switch leg.Transaction {
	case "6.3", "6.7", "6.8":
		return false
	}
	return true
}

// Plan is how a payment will be made, before anything is done.
type Plan struct {
	Vendor scrip.VendorID
	Price  scrip.Money
	Legs   []Leg       // what will be run
	Figure []Leg       // what Figure 3 says, renewals that the payment does not need included
	Loads  scrip.Money // what it takes from the bank
}

// Agree is asked before a plan is run, and again before each that is made anew
// because the purse has changed. Its error ends the payment, and is the answer.
type Agree func(Plan) error

// agreed agrees to any plan.
func agreed(Plan) error { return nil }

// loads is what legs take from the bank: 6.4 adds to the BrokerScrip, if any.
func loads(legs []Leg, broker *Piece) scrip.Money {
	for _, leg := range legs {
		switch {
		case leg.Transaction == "6.1":
			return leg.Amount
		case leg.Transaction == "6.4" && broker != nil:
			return leg.Amount - broker.Value
		}
	}
	return 0
}

// figure3 is the paper's Figure 3 as it stands. Pure.
func figure3(s Situation) []Leg {
	pieces := s.Vendor
	if s.Broker != nil {
		pieces = append(slices.Clone(pieces), *s.Broker)
	}
	return append(renewals(pieces, s.Now), moves(s)...)
}

// planFor is Figure 3, but for the renewals of what this payment does not
// spend: a purchase needs no issuer that it does not deal with. Pure.
// scrip.AmountOutOfBounds where price or exchange is no amount; ErrExchange
// where something moves and the exchange is less than what is missing.
func planFor(s Situation) ([]Leg, error) {
	if !s.Price.Positive() || (s.Exchange != 0 && !s.Exchange.Positive()) {
		return nil, scrip.AmountOutOfBounds
	}
	if missing := s.missing(); s.Exchange != 0 && s.Exchange < missing {
		return nil, &TooLittle{ErrExchange, s.Exchange, missing}
	}
	return append(renewals(s.spends(), s.Now), moves(s)...), nil
}

// missing is d = P - w of Figure 3: what the largest VendorScrip is short of, or
// 0 where it pays.
func (s Situation) missing() scrip.Money {
	most := scrip.Money(0)
	for _, p := range s.Vendor {
		most = max(most, p.Value)
	}
	return max(0, s.Price-most)
}

// moves are the legs of Figure 3 that are no renewals.
func moves(s Situation) []Leg {
	pay, d := Leg{"6.3", s.Price, ""}, s.missing()
	if d == 0 {
		return []Leg{pay}
	}
	move := "6.2"
	if d < s.Price {
		move = "6.5"
	}
	d = max(d, s.Exchange)
	switch {
	case s.Broker == nil:
		return []Leg{{"6.1", d, ""}, {move, d, ""}, pay}
	case s.Broker.Value < d:
		return []Leg{{"6.4", d, ""}, {move, d, ""}, pay}
	}
	return []Leg{{move, d, ""}, pay}
}

// spends is what a payment uses up of what there is: VendorScrip that pays; or,
// if none does, the one to add to, and the BrokerScrip.
func (s Situation) spends() []Piece {
	p, there := choose(s.Vendor, s.Price, s.Now)
	switch {
	case there && p.Value >= s.Price:
		return []Piece{p}
	case s.Broker != nil && there:
		return []Piece{p, *s.Broker}
	case s.Broker != nil:
		return []Piece{*s.Broker}
	case there:
		return []Piece{p}
	}
	return nil
}

// renewals are the legs that renew what is due.
func renewals(pieces []Piece, now int64) []Leg {
	var legs []Leg
	for _, p := range pieces {
		if p.due(now) {
			legs = append(legs, Leg{"6.8", p.Value, p.Scrip})
		}
	}
	return legs
}
