package wallet

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"peerscrip/services/scrip"
)

// Plan works out which transactions a payment of price to vendor takes now. It
// sends nothing and changes nothing. ErrBusy when the money it takes is at
// stake in an unfinished transaction.
func (w *Wallet) Plan(ctx context.Context, vendor scrip.VendorID, price scrip.Money) (Plan, error) {
	return w.planAhead(ctx, vendor, price, 0)
}

// planAhead is Plan with what is to be exchanged at least, if anything is.
func (w *Wallet) planAhead(ctx context.Context, vendor scrip.VendorID, price, exchange scrip.Money) (Plan, error) {
	holdings, err := w.cfg.Purse.Holdings(ctx)
	if err != nil {
		return Plan{}, fmt.Errorf("plan a payment: %w", err)
	}
	s := Situation{Price: price, Exchange: exchange, Now: w.earliest()}
	atStake := scrip.ID("") // the item that has the account's one BrokerScrip
	for _, h := range holdings {
		switch p := h.piece(s.Now); {
		case h.Doubt != "" || (h.Vendor != "" && h.Vendor != vendor):
		case h.Vendor == "":
			s.Broker, atStake = &p, h.Tx
		case h.Tx == "" && (h.Refused == "" || h.Expires > s.Now):
			s.Vendor = append(s.Vendor, p)
		}
	}
	legs, err := planFor(s)
	if err == nil && atStake != "" {
		err = w.mayWait(ctx, atStake, legs)
	}
	if err != nil {
		return Plan{}, err
	}
	taken := loads(legs, s.Broker)
	held := scrip.Money(0)
	if s.Broker != nil {
		held = s.Broker.Value
	}
	legs, err = inParts(legs, held, w.brokerInfo(ctx).MaxCharge)
	if err != nil {
		return Plan{}, err
	}
	return Plan{Vendor: vendor, Price: price, Legs: legs, Figure: figure3(s), Loads: taken}, nil
}

// mostLoadings is how many loadings a payment may take.
const mostLoadings = 10

// inParts loads what is above what the broker gives at once in several legs that
// add to each other, held being what there is. most is 0 for no bound.
// ErrTooMuch above mostLoadings.
func inParts(legs []Leg, held, most scrip.Money) ([]Leg, error) {
	i := slices.IndexFunc(legs, func(leg Leg) bool { return leg.Transaction == "6.1" || leg.Transaction == "6.4" })
	if i < 0 || most == 0 {
		return legs, nil
	}
	var parts []Leg
	for load := legs[i]; load.Amount-held > most; load.Transaction = "6.4" {
		if len(parts) == mostLoadings-1 {
			return nil, ErrTooMuch
		}
		held += most
		parts = append(parts, Leg{load.Transaction, held, ""})
		legs[i].Transaction = "6.4"
	}
	return slices.Insert(legs, i, parts...), nil
}

// mayWait refuses a plan that takes BrokerScrip which is at stake in another
// item, unless that item is the 6.4 it begins with: see beginTopUp.
func (w *Wallet) mayWait(ctx context.Context, tx scrip.ID, legs []Leg) error {
	if !slices.ContainsFunc(legs, Leg.takesBrokerScrip) {
		return nil
	}
	it, err := w.cfg.Purse.Item(ctx, tx)
	if err != nil {
		return fmt.Errorf("look up what BrokerScrip is at stake in: %w", err)
	}
	if it.Transaction == "6.4" && slices.ContainsFunc(legs, func(leg Leg) bool { return leg.Transaction == "6.4" }) {
		return nil
	}
	return ErrBusy
}

// brokerHolding returns the account's one BrokerScrip, at stake or not:
// scrip.ErrAbsent when there is none.
func (w *Wallet) brokerHolding(ctx context.Context) (Holding, error) {
	return w.find(ctx, func(h Holding) bool { return h.Vendor == "" })
}

// find returns the first good holding that is as wanted, or scrip.ErrAbsent.
func (w *Wallet) find(ctx context.Context, wanted func(Holding) bool) (Holding, error) {
	holdings, err := w.cfg.Purse.Holdings(ctx)
	if err != nil {
		return Holding{}, fmt.Errorf("look through the purse: %w", err)
	}
	i := slices.IndexFunc(holdings, func(h Holding) bool { return h.Doubt == "" && wanted(h) })
	if i < 0 {
		return Holding{}, scrip.ErrAbsent
	}
	return holdings[i], nil
}

// named returns the one holding a leg is about: ErrConflict when it is gone,
// ErrBusy when it is at stake.
func (w *Wallet) named(ctx context.Context, id scrip.ID) (Holding, error) {
	h, err := w.find(ctx, func(h Holding) bool { return h.ScripID == id })
	switch {
	case errors.Is(err, scrip.ErrAbsent):
		return Holding{}, ErrConflict
	case err == nil && h.Tx != "":
		return Holding{}, ErrBusy
	}
	return h, err
}

// usable lists the good scrip of vendor, or with "" of the broker, that has not
// expired: what is free, and what is at stake.
func (w *Wallet) usable(ctx context.Context, vendor scrip.VendorID) (free, busy []Holding, err error) {
	holdings, err := w.cfg.Purse.Holdings(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("choose scrip: %w", err)
	}
	for _, h := range holdings {
		switch {
		case h.Vendor != vendor || h.Doubt != "" || h.Expires <= w.earliest():
		case h.Tx == "":
			free = append(free, h)
		default:
			busy = append(busy, h)
		}
	}
	return free, busy, nil
}

// chosen is the holding that choose chooses.
func chosen(holdings []Holding, price scrip.Money, now int64) (Holding, bool) {
	pieces := make([]Piece, len(holdings))
	for i, h := range holdings {
		pieces[i] = h.piece(now)
	}
	p, there := choose(pieces, price, now)
	if !there {
		return Holding{}, false
	}
	return holdings[slices.IndexFunc(holdings, func(h Holding) bool { return h.ScripID == p.Scrip })], true
}

// paying returns the free scrip of vendor, or with "" of the broker, that pays
// price: ErrBusy where only what is at stake would, TooLittle where nothing does.
func (w *Wallet) paying(ctx context.Context, vendor scrip.VendorID, price scrip.Money) (scrip.Held, error) {
	free, busy, err := w.usable(ctx, vendor)
	if err != nil {
		return scrip.Held{}, err
	}
	h, there := chosen(free, price, w.earliest())
	switch {
	case there && h.Value >= price:
		return w.unlock(h)
	case slices.ContainsFunc(busy, func(h Holding) bool { return h.Value >= price }):
		return scrip.Held{}, ErrBusy
	}
	most := scrip.Money(0)
	for _, h := range free {
		most = max(most, h.Value)
	}
	return scrip.Held{}, &TooLittle{scrip.InsufficientScrip, most, price}
}

// unlock is what a holding holds.
func (w *Wallet) unlock(h Holding) (scrip.Held, error) {
	var held scrip.Held
	return held, w.vault.take(placeOfScrip(h.ScripID), h.Sealed, &held)
}
