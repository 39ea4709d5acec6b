package wallet

import (
	"context"
	"errors"

	"peerscrip/services/scrip"
)

// Earnings asks the broker what the account's stalls have earned, and what it had back
// of protected purchases and is not paid out. It moves nothing and keeps nothing.
func (w *Wallet) Earnings(ctx context.Context) (stalls []scrip.StatedStall, credit scrip.Money, err error) {
	said, _, err := w.stated(ctx)
	return said.Stalls, said.Credit, err
}

// RevokeStall takes the certificate of a stall of the account back, for good, whoever has
// the stall's keys (REVOKE). Asked again after a lost answer, it is the same. scrip.UnknownVendor; scrip.PartyMismatch: the
// stall is another account's.
func (w *Wallet) RevokeStall(ctx context.Context, vendor scrip.VendorID) error {
	tx, err := scrip.NewID(w.cfg.Random)
	if err != nil {
		return err
	}
	r, err := w.sign(w.toBroker(tx, scrip.Revocation{Vendor: vendor}, scrip.Attachments{}), w.Key())
	if err != nil {
		return err
	}
	e := Event{Tx: tx, Vendor: vendor}
	envelope, err := w.ask(ctx, talk{r, w.brokerInfo(ctx).Envelope, w.cfg.Broker, e})
	if err != nil {
		return err
	}
	_, err = take[scrip.Noted](w, envelope, r, e, w.brokerKeys(ctx))
	return err
}

// stated is what STATED says, and when the broker signed it (unix seconds).
func (w *Wallet) stated(ctx context.Context) (scrip.Stated, int64, error) {
	tx, err := scrip.NewID(w.cfg.Random)
	if err != nil {
		return scrip.Stated{}, 0, err
	}
	r, err := w.sign(w.toBroker(tx, scrip.Statement{Account: w.account}, scrip.Attachments{}), w.Key())
	if err != nil {
		return scrip.Stated{}, 0, err
	}
	e := Event{Tx: tx}
	envelope, err := w.ask(ctx, talk{r, w.brokerInfo(ctx).Envelope, w.cfg.Broker, e})
	if err != nil {
		return scrip.Stated{}, 0, err
	}
	m, err := take[scrip.Stated](w, envelope, r, e, w.brokerKeys(ctx))
	if err != nil {
		return scrip.Stated{}, 0, err
	}
	if m.Body.Account != w.account {
		return scrip.Stated{}, 0, unfinished("check STATED", errAnswer)
	}
	return m.Body, m.At, nil
}

// payout is what a PAYOUT item keeps.
type payout struct {
	Request request      `json:"request"`
	Asked   scrip.Payout `json:"asked"`
	Had     scrip.Money  `json:"had"` // value of the BrokerScrip; 0 for none
}

// Payout has amount of what the account's stall has earned or, without a stall, of the
// account's credit paid to the bank (scrip.ToBank), or into BrokerScrip
// (scrip.ToScrip), which is renewed first where that is due. scrip.EarnedShort when the stall has not earned that much.
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
	if it, err := begunWith(ctx, w, "PAYOUT", func(p payout) bool { return p.Asked == asked }); err == nil {
		return w.finish(ctx, it)
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

// beginPayout signs PAYOUT, and for scrip puts what BrokerScrip there is at
// stake.
func (w *Wallet) beginPayout(ctx context.Context, leg Leg, of purpose) (outcome[payout], error) {
	it := Item{Transaction: "PAYOUT", Amount: leg.Amount, Vendor: of.vendor, Stake: scrip.ID(of.vendor)}
	p := payout{Asked: scrip.Payout{Account: w.account, Vendor: of.vendor, Amount: leg.Amount, To: of.to}}
	var attach scrip.Attachments
	if of.to == scrip.ToScrip {
		it.Stake = scrip.ID(w.account)
		h, err := w.brokerHolding(ctx)
		switch {
		case err == nil && h.Tx != "":
			return outcome[payout]{}, ErrBusy
		case err == nil:
			held, err := w.unlock(h)
			if err != nil {
				return outcome[payout]{}, err
			}
			it.Stake, p.Had, attach = h.ScripID, h.Value, scrip.Attachments{Scrip: &held.Scrip, Secret: held.Secret}
		case !errors.Is(err, scrip.ErrAbsent):
			return outcome[payout]{}, err
		}
	}
	var err error
	if it.Tx, err = scrip.NewID(w.cfg.Random); err != nil {
		return outcome[payout]{}, err
	}
	p.Request, err = w.sign(w.toBroker(it.Tx, p.Asked, attach), w.Key())
	return outcome[payout]{item: it, kept: p}, err
}

func (w *Wallet) sendPayout(ctx context.Context, it Item, p payout) (answer[scrip.PaidOut], error) {
	return askBroker[scrip.PaidOut](ctx, w, it, p.Request)
}

// settlePayout keeps what PAID_OUT brings, in place of what went along.
func (w *Wallet) settlePayout(_ context.Context, it Item, p payout, got answer[scrip.PaidOut]) outcome[payout] {
	if got.no != nil {
		return denied(w, it, p, got.no)
	}
	value := scrip.Money(0)
	if p.Asked.To == scrip.ToScrip {
		value = p.Had + it.Amount
	}
	a := p.Asked
	if got.said.Body != (scrip.PaidOut{Account: a.Account, Vendor: a.Vendor, Amount: a.Amount, To: a.To, Value: value}) {
		return wrong(it, p, "PAID_OUT", errAnswer)
	}
	c := PurseChange{Drop: w.holds(it)}
	if value > 0 {
		h, err := w.received(got.said.Attachments, "", value, got.said.At)
		if err != nil {
			return wrong(it, p, "PAID_OUT", err)
		}
		c.Keep = []Holding{h}
	}
	return done(it, p, c)
}
