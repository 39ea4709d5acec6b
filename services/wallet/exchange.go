package wallet

import (
	"context"
	"errors"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// exchange is what a 6.2 item keeps. Two halves come back: T6, the change with
// the broker's receipt, and T8, the VendorScrip.
type exchange struct {
	pair                      // T4
	T3        request         `json:"t3"`
	Pseudonym scrip.Pseudonym `json:"pseudonym"`
	Proof     string          `json:"proof"` // digest of T3-possession
	Had       scrip.Money     `json:"had"`   // value of the BrokerScrip
	T6        bool            `json:"t6"`    // it is here, and what it brought is kept
	T8        bool            `json:"t8"`    // likewise
	Claim     *request        `json:"claim,omitempty"`

	// Of this run alone: each begins by asking the broker, who alone knows
	// whether the exchange has been made.
	noted bool  // T3 was answered with NOTED
	tried error // why T4 brought nothing; nil if it was not sent
}

// due is the message to send.
func (x exchange) due() string {
	switch {
	case x.T6:
		return scrip.Claim{}.Type()
	case x.noted && x.tried == nil && !x.T8:
		return "T4"
	}
	return scrip.Announcement{}.Type()
}

// Exchange turns value of the BrokerScrip into VendorScrip of vendor (6.2).
// Interrupted, the same call or Resume goes on. ErrUnfinished while the end is
// not known; ErrUndone when the merchant did not take it up in time.
func (w *Wallet) Exchange(ctx context.Context, vendor scrip.VendorID, value scrip.Money) error {
	return w.alone(ctx, Leg{"6.2", value, ""}, purpose{vendor: vendor})
}

// alone runs one leg that is no part of a plan, or goes on with the unfinished
// item that asks the same.
func (w *Wallet) alone(ctx context.Context, leg Leg, p purpose) error {
	release, err := w.takeTurn(ctx)
	if err != nil {
		return err
	}
	defer release()
	it, err := w.begun(ctx, Item{Transaction: leg.Transaction, Vendor: p.vendor, Amount: leg.Amount})
	if err == nil {
		return w.finish(ctx, it)
	}
	if !errors.Is(err, scrip.ErrAbsent) {
		return err
	}
	w.tryUnfinished(ctx)
	_, err = w.run(ctx, leg, p)
	return err
}

// beginExchange signs T3 and both parts of T4, and puts the BrokerScrip at
// stake.
func (w *Wallet) beginExchange(ctx context.Context, leg Leg, p purpose) (outcome[exchange], error) {
	if _, err := w.certificate(ctx, p.vendor); err != nil {
		return outcome[exchange]{}, err
	}
	held, err := w.paying(ctx, "", leg.Amount)
	if err != nil {
		return outcome[exchange]{}, err
	}
	key, fresh, err := w.pseudonym(ctx, p.vendor)
	if err != nil {
		return outcome[exchange]{}, err
	}
	tx, err := scrip.NewID(w.cfg.Random)
	if err != nil {
		return outcome[exchange]{}, err
	}
	it := Item{Tx: tx, Transaction: "6.2", Vendor: p.vendor, Amount: leg.Amount, Stake: held.Scrip.ScripID}
	x, err := w.signExchange(it, held, key)
	return outcome[exchange]{item: it, kept: x, changes: PurseChange{Pseudonym: fresh}}, err
}

// signExchange makes T3, which proves the secret, and T4, which shows the
// scrip: neither way alone can spend.
func (w *Wallet) signExchange(it Item, held scrip.Held, key jose.SigningKey) (exchange, error) {
	x := exchange{Pseudonym: scrip.Pseudonym(key.Thumbprint()), Had: held.Scrip.Value}
	possession, err := w.signPossession(it, key)
	if err != nil {
		return exchange{}, err
	}
	x.Proof = possession.Digest()
	x.T3, err = w.sign(w.toBroker(it.Tx, scrip.Announcement{
		Account: w.account, ScripID: held.Scrip.ScripID, Value: it.Amount, Vendor: it.Vendor, Pseudonym: x.Pseudonym,
	}, scrip.Attachments{Secret: held.Secret, Possession: possession.JWS}), w.Key())
	if err != nil {
		return exchange{}, err
	}
	x.pair, err = w.signPair(it, key, draft{body: scrip.ExchangeOrder{
		Value: it.Amount, Vendor: it.Vendor, Pseudonym: x.Pseudonym,
	}}, draft{body: scrip.ExchangePayment{
		Account: w.account, Value: it.Amount, Vendor: it.Vendor, Pseudonym: x.Pseudonym,
	}, attach: scrip.Attachments{Scrip: &held.Scrip}})
	return x, err
}

// signPossession has the pseudonym say whose it is, for this exchange. Without it
// the broker ties no pseudonym to an account.
func (w *Wallet) signPossession(it Item, key jose.SigningKey) (jose.Signed, error) {
	nonce, err := scrip.NewID(w.cfg.Random)
	if err != nil {
		return jose.Signed{}, err
	}
	return jose.Sign(w.cfg.Random, scrip.Compose(key.Thumbprint(), string(w.brokerID()), it.Tx, w.now(),
		scrip.AliasPossession{Account: w.account, Vendor: it.Vendor, Nonce: nonce}, scrip.Attachments{}), key)
}

// exchangeAnswer is what one of T3, T4 and CLAIM brought.
type exchangeAnswer struct {
	asked   string
	noted   *scrip.Opened[scrip.Noted]
	t6      *scrip.Opened[scrip.Exchanged]
	receipt *scrip.Opened[scrip.Receipt] // of t6; nil if the broker did not sign it for this merchant
	t8      *scrip.Opened[scrip.Issued]
	no      *Refused // the broker's to T3, the merchant's to CLAIM
	silent  error    // T4: why there is no T8
}

func (w *Wallet) sendExchange(ctx context.Context, it Item, x exchange) (exchangeAnswer, error) {
	switch x.due() {
	case "T4":
		return w.order(ctx, it, x)
	case scrip.Claim{}.Type():
		a, err := askStall[scrip.Issued](ctx, w, it, *x.Claim)
		return exchangeAnswer{asked: x.due(), t8: a.said, no: a.no}, err
	}
	return w.announce(ctx, it, x)
}

// announce sends T3: NOTED while the exchange is not made, T6 once it is.
func (w *Wallet) announce(ctx context.Context, it Item, x exchange) (exchangeAnswer, error) {
	a := exchangeAnswer{asked: x.T3.Typ}
	envelope, err := w.ask(ctx, talk{x.T3, w.brokerInfo(ctx).Envelope, w.cfg.Broker, it.event()})
	if err != nil {
		return a, err
	}
	a.noted, a.t6, err = takeEither[scrip.Noted, scrip.Exchanged](w, envelope, x.T3, it.event(), w.brokerKeys(ctx))
	if errors.As(err, &a.no) {
		return a, nil
	}
	a.receipt = w.readReceipt(ctx, it, a.t6)
	return a, err
}

// order sends T4. That it brings nothing is news too: the broker is to be asked,
// for a merchant's silence, and its no, prove nothing.
func (w *Wallet) order(ctx context.Context, it Item, x exchange) (exchangeAnswer, error) {
	a := exchangeAnswer{asked: "T4"}
	if _, _, err := w.reach(ctx, it.Vendor); err != nil {
		return a, err
	}
	var got scrip.Sealed
	c, err := w.atStall(ctx, it.Vendor, func(stall Party, c scrip.Certificate) (err error) {
		got, err = w.askBoth(ctx, x.pair, talk{to: c.Envelope, by: stall, tell: it.event()})
		return err
	})
	if err != nil {
		a.silent = err
		return a, nil
	}
	t8, err := take[scrip.Issued](w, got.Order, x.Order, it.event(), w.merchantKeys(ctx, c))
	if err == nil {
		a.t8 = &t8
	}
	a.silent = err
	if t6, err := take[scrip.Exchanged](w, got.Payment, x.Payment, it.event(), w.brokerKeys(ctx)); err == nil {
		a.t6, a.receipt = &t6, w.readReceipt(ctx, it, &t6)
	}
	return a, nil
}

// readReceipt is the broker's receipt in T6, if there is one that it signed.
func (w *Wallet) readReceipt(ctx context.Context, it Item, t6 *scrip.Opened[scrip.Exchanged]) *scrip.Opened[scrip.Receipt] {
	if t6 == nil {
		return nil
	}
	receipt, err := scrip.Verify[scrip.Receipt](t6.Body.Receipt, string(it.Vendor), w.brokerKeys(ctx))
	if err != nil {
		return nil
	}
	return &receipt
}
