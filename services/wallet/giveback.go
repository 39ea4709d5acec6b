package wallet

import (
	"context"

	"peerscrip/services/scrip"
)

// beginGiveBack signs both parts of T22 and puts the VendorScrip at stake.
func (w *Wallet) beginGiveBack(ctx context.Context, leg Leg, _ purpose) (outcome[pair], error) {
	h, err := w.named(ctx, leg.Scrip)
	if err != nil {
		return outcome[pair]{}, err
	}
	_, key, err := w.holder(ctx, h)
	if err != nil {
		return outcome[pair]{}, err
	}
	held, err := w.unlock(h)
	if err != nil {
		return outcome[pair]{}, err
	}
	tx, err := scrip.NewID(w.cfg.Random)
	if err != nil {
		return outcome[pair]{}, err
	}
	it := Item{Tx: tx, Transaction: "6.7", Vendor: h.Vendor, Amount: h.Value, Stake: h.ScripID}
	t22, err := w.signPair(it, key, draft{
		body:   scrip.GiveBackOrder{Vendor: h.Vendor, Value: h.Value},
		attach: scrip.Attachments{Scrip: &held.Scrip, Secret: held.Secret},
	}, draft{
		body: scrip.GiveBackPayment{Account: w.account, Vendor: h.Vendor, Value: h.Value, Pseudonym: scrip.Pseudonym(key.Thumbprint())},
	})
	return outcome[pair]{item: it, kept: t22}, err
}

// sendGiveBack sends T22. T25 is the broker's; without it the merchant says why
// there is none.
func (w *Wallet) sendGiveBack(ctx context.Context, it Item, t22 pair) (answer[scrip.GivenBack], error) {
	var got scrip.Sealed
	c, err := w.atStall(ctx, it.Vendor, func(stall Party, c scrip.Certificate) (err error) {
		got, err = w.askBoth(ctx, t22, talk{to: c.Envelope, by: stall, tell: it.event()})
		return err
	})
	if err != nil {
		return answer[scrip.GivenBack]{}, err
	}
	if got.Payment != "" {
		return heard(take[scrip.GivenBack](w, got.Payment, t22.Payment, it.event(), w.brokerKeys(ctx)))
	}
	a, err := heard(take[scrip.GivenBack](w, got.Order, t22.Order, it.event(), w.merchantKeys(ctx, c)))
	if err == nil && a.no == nil {
		err = unfinished("give back", errAnswer) // a T25 that is not the broker's
	}
	return a, err
}

// settleGiveBack erases the scrip and its secret once T25 says that the bank has
// the money. On a no that may pass the merchant holds the scrip, and the same
// T22 goes on.
func (w *Wallet) settleGiveBack(_ context.Context, it Item, t22 pair, got answer[scrip.GivenBack]) outcome[pair] {
	switch {
	case got.no != nil:
		return denied(w, it, t22, got.no)
	case got.said.Body.Vendor != it.Vendor || got.said.Body.Value != it.Amount:
		return wrong(it, t22, "T25", errAnswer)
	}
	return done(it, t22, PurseChange{Drop: w.holds(it)})
}
