package wallet

import (
	"context"
	"errors"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// patience is how long, in seconds, after the broker's deadline an exchange is
// undone: the broker's clock decides, and ours may be ahead of it.
const patience = 60

// exchange is what a 6.2 step keeps while it is not finished.
type exchange struct {
	pair                      // T4
	T3        request         `json:"t3"`
	Pseudonym scrip.Pseudonym `json:"pseudonym"`
	Had       scrip.Money     `json:"had"`             // value of the BrokerScrip
	Claim     *request        `json:"claim,omitempty"` // once T6 is kept
}

// Exchange turns value of the BrokerScrip into VendorScrip of vendor (6.2).
// Interrupted, the same call or Resume goes on. ErrUnfinished while the end is
// not known; ErrUndone when the merchant did not take it up in time.
func (w *Wallet) Exchange(ctx context.Context, vendor scrip.VendorID, value scrip.Money) error {
	release, err := w.takeTurn(ctx)
	if err != nil {
		return err
	}
	defer release()
	if r, err := w.begun(ctx, Item{Transaction: "6.2", Vendor: vendor, Amount: value}); err == nil {
		return w.finishExchange(ctx, r)
	} else if !errors.Is(err, scrip.ErrAbsent) {
		return err
	}
	w.tryUnfinished(ctx)
	_, err = w.run(ctx, Leg{"6.2", value, ""}, purpose{vendor: vendor})
	return err
}

// beginExchange writes T3 and both parts of T4 down, and puts the BrokerScrip
// at stake.
func (w *Wallet) beginExchange(ctx context.Context, leg Leg, e purpose) (Item, error) {
	if _, err := w.certificate(ctx, e.vendor); err != nil {
		return Item{}, err
	}
	held, err := w.brokerScrip(ctx, leg.Amount)
	if err != nil {
		return Item{}, err
	}
	key, fresh, err := w.pseudonym(ctx, e.vendor)
	if err != nil {
		return Item{}, err
	}
	tx, err := scrip.NewID(w.cfg.Random)
	if err != nil {
		return Item{}, err
	}
	r := Item{Tx: tx, Transaction: "6.2", Vendor: e.vendor, Amount: leg.Amount, Stake: held.Scrip.ScripID}
	x, err := w.signExchange(r, held, key)
	if err != nil {
		return Item{}, err
	}
	return w.write(ctx, r, x, PurseChange{Pseudonym: fresh})
}

// signExchange makes T3, which proves the secret, and T4, which shows the
// scrip: neither way alone can spend.
func (w *Wallet) signExchange(r Item, held scrip.Held, key jose.SigningKey) (exchange, error) {
	x := exchange{Pseudonym: scrip.Pseudonym(key.Thumbprint()), Had: held.Scrip.Value}
	var err error
	x.T3, err = w.sign(draft{string(w.account), string(w.brokerID()), r.Tx, scrip.Announcement{
		Account: w.account, ScripID: held.Scrip.ScripID, Value: r.Amount, Vendor: r.Vendor, Pseudonym: x.Pseudonym,
	}, scrip.Attachments{Secret: held.Secret}}, w.key)
	if err != nil {
		return exchange{}, err
	}
	x.pair, err = w.signPair(r, key, draft{body: scrip.ExchangeOrder{
		Value: r.Amount, Vendor: r.Vendor, Pseudonym: x.Pseudonym,
	}}, draft{body: scrip.ExchangePayment{
		Account: w.account, Value: r.Amount, Vendor: r.Vendor, Pseudonym: x.Pseudonym,
	}, attach: scrip.Attachments{Scrip: &held.Scrip}})
	return x, err
}

// finishExchange asks the broker first: it alone knows whether the exchange
// has been made. If not, and there is time, T4 goes to the merchant.
func (w *Wallet) finishExchange(ctx context.Context, r Item) error {
	var x exchange
	if err := w.vault.take(placeOfItem(r.Tx), r.Sealed, &x); err != nil {
		return err
	}
	if r.Phase == PhaseHalf {
		return w.claim(ctx, r, x)
	}
	noted, made, err := w.announce(ctx, r, x)
	if err != nil {
		// A first T3 that was refused locked nothing, and one that was noted
		// before is never refused while the exchange can be made.
		return w.settleOn(ctx, r, err)
	}
	if made != nil {
		return w.keepChange(ctx, r, x, *made)
	}
	if w.now() > noted.Deadline+patience {
		return w.undo(ctx, r)
	}
	return w.order(ctx, r, x)
}

// announce sends T3: NOTED while the exchange is not made, T6 once it is.
func (w *Wallet) announce(ctx context.Context, r Item, x exchange) (scrip.Noted, *scrip.Opened[scrip.Exchanged], error) {
	e := r.event()
	envelope, err := w.ask(ctx, talk{x.T3, w.brokerInfo(ctx).Envelope, w.cfg.Broker.Announce, e})
	if err != nil {
		return scrip.Noted{}, nil, err
	}
	noted, made, err := takeEither[scrip.Noted, scrip.Exchanged](w, envelope, x.T3, e, w.brokerKeys(ctx))
	if err != nil {
		return scrip.Noted{}, nil, err
	}
	if noted != nil {
		return noted.Body, nil, nil
	}
	return scrip.Noted{}, made, nil
}

// order sends T4. Whatever of T8 and T6 comes back is kept; if T6 is missing
// the broker is asked for it, for a merchant's no proves nothing.
func (w *Wallet) order(ctx context.Context, r Item, x exchange) error {
	stall, c, err := w.reach(ctx, r.Vendor)
	if err != nil {
		return err
	}
	answer, cause := w.askBoth(ctx, x.pair, talk{to: c.Envelope, send: stall.Exchange, tell: r.event()})
	var t8 scrip.Opened[scrip.Issued]
	if cause == nil {
		t8, cause = take[scrip.Issued](w, answer.Order, x.Order, r.event(), w.merchantKeys(ctx, c))
	}
	t6, err := take[scrip.Exchanged](w, answer.Payment, x.Payment, r.event(), w.brokerKeys(ctx))
	if err != nil {
		_, made, err := w.announce(ctx, r, x)
		if err != nil || made == nil {
			return unfinished("exchange", errors.Join(cause, err))
		}
		t6 = *made
	}
	if cause != nil {
		return w.keepChange(ctx, r, x, t6)
	}
	return w.exchanged(ctx, r, x, t6, t8)
}

// undo ends an exchange that can no longer be made.
func (w *Wallet) undo(ctx context.Context, r Item) error {
	err := w.cfg.Purse.Apply(ctx, PurseChange{
		Release: r.Tx, Advance: &Advance{Tx: r.Tx, From: r.Phase, To: PhaseUndone, At: w.now()},
	})
	if err != nil {
		return unfinished("undo an exchange", err)
	}
	return ErrUndone
}
