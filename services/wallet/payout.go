package wallet

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/services/scrip"
)

// Earnings asks the broker what the account's stalls have earned. It moves
// nothing and keeps nothing.
func (w *Wallet) Earnings(ctx context.Context) ([]scrip.StatedStall, error) {
	tx, err := scrip.NewID(w.cfg.Random)
	if err != nil {
		return nil, err
	}
	r, err := w.sign(draft{string(w.account), string(w.brokerID()), tx, scrip.Statement{Account: w.account}, scrip.Attachments{}}, w.key)
	if err != nil {
		return nil, err
	}
	e := Event{Tx: tx}
	envelope, err := w.ask(ctx, talk{r, w.brokerInfo(ctx).Envelope, w.cfg.Broker.Statement, e})
	if err != nil {
		return nil, err
	}
	m, err := take[scrip.Stated](w, envelope, r, e, w.brokerKeys(ctx))
	if err != nil {
		return nil, err
	}
	if m.Body.Account != w.account {
		return nil, unfinished("check STATED", errAnswer)
	}
	return m.Body.Stalls, nil
}

// payout is what a PAYOUT step keeps while it is not finished.
type payout struct {
	Request request      `json:"request"`
	Asked   scrip.Payout `json:"asked"`
	Had     scrip.Money  `json:"had"` // value of the BrokerScrip; 0 for none
}

// Payout has amount of what the account's stall has earned paid to the bank
// (scrip.ToBank), or into BrokerScrip (scrip.ToScrip), which is renewed first
// where that is due. scrip.EarnedShort when the stall has not earned that much.
// Interrupted, the same call or Resume goes on.
func (w *Wallet) Payout(ctx context.Context, vendor scrip.VendorID, amount scrip.Money, to string) error {
	release, err := w.takeTurn(ctx)
	if err != nil {
		return err
	}
	defer release()
	asked := scrip.Payout{Account: w.account, Vendor: vendor, Amount: amount, To: to}
	if err := asked.Valid(); err != nil {
		return err
	}
	if r, err := w.begunPayout(ctx, asked); err == nil {
		return w.finishPayout(ctx, r)
	} else if !errors.Is(err, scrip.ErrAbsent) {
		return err
	}
	w.tryUnfinished(ctx)
	return replanned(func() error {
		var legs []Leg
		h, err := w.brokerHolding(ctx)
		switch {
		case err != nil && !errors.Is(err, scrip.ErrAbsent):
			return err
		case err == nil && to == scrip.ToScrip:
			legs = w.renewal(h)
		}
		_, err = w.follow(ctx, append(legs, Leg{"PAYOUT", amount, ""}), purpose{vendor: vendor, to: to})
		return err
	})
}

// begunPayout returns the unfinished step that asks the same, or
// scrip.ErrAbsent.
func (w *Wallet) begunPayout(ctx context.Context, asked scrip.Payout) (Item, error) {
	list, err := w.cfg.Purse.Unfinished(ctx)
	if err != nil {
		return Item{}, fmt.Errorf("look up what is unfinished: %w", err)
	}
	for _, r := range list {
		if r.Transaction != "PAYOUT" {
			continue
		}
		var p payout
		if err := w.vault.take(placeOfItem(r.Tx), r.Sealed, &p); err != nil {
			return Item{}, err
		}
		if p.Asked == asked {
			return r, nil
		}
	}
	return Item{}, scrip.ErrAbsent
}

// beginPayout writes PAYOUT down, and for scrip puts what BrokerScrip there is
// at stake.
func (w *Wallet) beginPayout(ctx context.Context, leg Leg, e purpose) (Item, error) {
	r := Item{Transaction: "PAYOUT", Amount: leg.Amount, Vendor: e.vendor, Stake: scrip.ID(e.vendor)}
	p := payout{Asked: scrip.Payout{Account: w.account, Vendor: e.vendor, Amount: leg.Amount, To: e.to}}
	var attach scrip.Attachments
	if e.to == scrip.ToScrip {
		r.Stake = scrip.ID(w.account)
		h, err := w.brokerHolding(ctx)
		switch {
		case err == nil && h.Tx != "":
			return Item{}, ErrBusy
		case err == nil:
			held, err := w.unlock(h)
			if err != nil {
				return Item{}, err
			}
			r.Stake, p.Had, attach = h.ScripID, h.Value, scrip.Attachments{Scrip: &held.Scrip, Secret: held.Secret}
		case !errors.Is(err, scrip.ErrAbsent):
			return Item{}, err
		}
	}
	var err error
	if r.Tx, err = scrip.NewID(w.cfg.Random); err != nil {
		return Item{}, err
	}
	p.Request, err = w.sign(draft{string(w.account), string(w.brokerID()), r.Tx, p.Asked, attach}, w.key)
	if err != nil {
		return Item{}, err
	}
	return w.write(ctx, r, p, PurseChange{})
}

// finishPayout sends PAYOUT and keeps what PAID_OUT brings.
func (w *Wallet) finishPayout(ctx context.Context, r Item) error {
	var p payout
	if err := w.vault.take(placeOfItem(r.Tx), r.Sealed, &p); err != nil {
		return err
	}
	envelope, err := w.ask(ctx, talk{p.Request, w.brokerInfo(ctx).Envelope, w.cfg.Broker.Payout, r.event()})
	if err != nil {
		return err
	}
	m, err := take[scrip.PaidOut](w, envelope, p.Request, r.event(), w.brokerKeys(ctx))
	if err != nil {
		return w.settleOn(ctx, r, err)
	}
	value := scrip.Money(0)
	if p.Asked.To == scrip.ToScrip {
		value = p.Had + r.Amount
	}
	a := p.Asked
	if m.Body != (scrip.PaidOut{Account: a.Account, Vendor: a.Vendor, Amount: a.Amount, To: a.To, Value: value}) {
		return unfinished("check PAID_OUT", errAnswer)
	}
	c := PurseChange{Drop: w.holds(r)}
	if value > 0 {
		held, err := w.money(m.Attachments, w.brokerID(), value)
		if err != nil {
			return unfinished("check PAID_OUT", err)
		}
		h, err := w.holding(held, "", m.At)
		if err != nil {
			return err
		}
		c.Keep = []Holding{h}
	}
	return w.finished(ctx, r, c)
}
