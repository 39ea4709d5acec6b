package wallet

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/services/scrip"
)

// purpose is what a plan is run for.
type purpose struct {
	vendor   scrip.VendorID
	offers   []string        // of a purchase: as signed, and read
	portions []scrip.Portion // of a purchase
	order    scrip.Order     // of a purchase
	price    scrip.Money     // of a purchase
	ahead    scrip.Money     // of a purchase: what is exchanged at least, or 0
	agree    Agree           // of a purchase
	key      Key             // of a purchase; zero for none
	to       string          // of a payout: scrip.ToBank or scrip.ToScrip
}

// lines are what a purchase is of.
func (p purpose) lines() []Line {
	var list []Line
	for i, of := range p.portions {
		list = append(list, Line{Title: of.Offer.Title, Price: of.Offer.Price, Quantity: of.Quantity, JWS: p.offers[i]})
	}
	return list
}

// run makes one leg from its beginning to its end, and returns its tx.
func (w *Wallet) run(ctx context.Context, leg Leg, p purpose) (scrip.ID, error) {
	way, ok := w.ways[leg.Transaction]
	if !ok {
		return "", fmt.Errorf("run %s: this version cannot", leg.Transaction)
	}
	it, err := way.run(ctx, w, leg, p)
	if it.Tx == "" {
		return "", err
	}
	return it.Tx, w.suspect(ctx, err)
}

// finish takes up an item of the journal.
func (w *Wallet) finish(ctx context.Context, it Item) error {
	way, ok := w.ways[it.Transaction]
	if !ok {
		return fmt.Errorf("resume %s: this version cannot", it.Transaction)
	}
	return w.suspect(ctx, way.finish(ctx, w, it))
}

// follow runs a plan; it returns the tx of the last leg.
func (w *Wallet) follow(ctx context.Context, legs []Leg, p purpose) (scrip.ID, error) {
	var tx scrip.ID
	for _, leg := range legs {
		var err error
		tx, err = w.run(ctx, leg, p)
		if err != nil && leg.Transaction == "6.8" && settled(err) {
			err = fmt.Errorf("%w: %w", ErrConflict, err) // set aside: there may be another way
		}
		if errors.Is(err, ErrBusy) {
			err = w.because(ctx, err)
		}
		if err != nil {
			return "", err
		}
	}
	return tx, nil
}

// replans is how often a new plan is made when the purse turns out to hold
// something else than was thought.
const replans = 3

// replanned makes attempts until one gets to its end, or to one that is final.
func replanned(attempt func() error) error {
	var err error
	for range replans {
		err = attempt()
		stale := errors.Is(err, ErrConflict) || errors.Is(err, scrip.ScripSpent)
		if err == nil || !stale || errors.Is(err, ErrUnfinished) {
			return err
		}
	}
	return err
}

// spends reports whether the item's stake is scrip.
func (w *Wallet) spends(it Item) bool {
	return it.Stake != scrip.ID(w.account) && it.Stake != scrip.ID(it.Vendor)
}

// holds is the scrip that is at stake in the item.
func (w *Wallet) holds(it Item) []Hold {
	if !w.spends(it) {
		return nil
	}
	var list []Hold
	for _, id := range it.stakes() {
		list = append(list, Hold{id, it.Tx})
	}
	return list
}
