package wallet

import (
	"context"
	"errors"

	"peerscrip/services/scrip"
)

// extension is what a 6.5 item keeps. Two halves come back: T17, the larger
// VendorScrip, and T19, the change, where there is some.
type extension struct {
	pair              // T15
	Had   scrip.Money `json:"had"`   // value of the BrokerScrip
	Grows scrip.Money `json:"grows"` // value of the VendorScrip
	T17   bool        `json:"t17"`   // it is here, and what it brought is kept
	T19   bool        `json:"t19"`   // likewise; or it is known that there is none, and the BrokerScrip gone
}

// rest is what T19 is to bring.
func (x extension) rest(it Item) scrip.Money { return x.Had - it.Amount }

// Extend adds value of the BrokerScrip to the largest VendorScrip of vendor
// (6.5). Interrupted, the same call or Resume goes on. ErrUnfinished while the
// merchant has not answered; ErrDeclined when it did not in time, and the value
// is back at the bank. scrip.InsufficientScrip when there is nothing to add to,
// or not enough to add.
func (w *Wallet) Extend(ctx context.Context, vendor scrip.VendorID, value scrip.Money) error {
	return w.alone(ctx, Leg{"6.5", value, ""}, purpose{vendor: vendor})
}

// beginExtend signs both parts of T15, and puts the BrokerScrip and the largest
// VendorScrip at stake.
func (w *Wallet) beginExtend(ctx context.Context, leg Leg, p purpose) (outcome[extension], error) {
	if _, err := w.certificate(ctx, p.vendor); err != nil {
		return outcome[extension]{}, err
	}
	grows, err := w.growing(ctx, leg, p)
	if err != nil {
		return outcome[extension]{}, err
	}
	spent, err := w.paying(ctx, "", leg.Amount)
	if err != nil {
		return outcome[extension]{}, err
	}
	tx, err := scrip.NewID(w.cfg.Random)
	if err != nil {
		return outcome[extension]{}, err
	}
	it := Item{
		Tx: tx, Transaction: "6.5", Vendor: p.vendor, Amount: leg.Amount, Stake: spent.Scrip.ScripID, Beside: grows.ScripID,
	}
	x, err := w.signExtension(ctx, it, spent, grows)
	return outcome[extension]{item: it, kept: x}, err
}

// growing is the largest free VendorScrip. If it would still not pay for what
// the plan is run for, the plan is an old one.
func (w *Wallet) growing(ctx context.Context, leg Leg, p purpose) (Holding, error) {
	free, _, err := w.usable(ctx, p.vendor)
	if err != nil {
		return Holding{}, err
	}
	most, there := chosen(free, scrip.MaxMoney+1, w.earliest())
	switch {
	case !there:
		return Holding{}, scrip.InsufficientScrip
	case most.Value+leg.Amount < p.price:
		return Holding{}, ErrConflict
	}
	return most, nil
}

func (w *Wallet) signExtension(ctx context.Context, it Item, spent scrip.Held, grows Holding) (extension, error) {
	held, err := w.unlock(grows)
	if err != nil {
		return extension{}, err
	}
	_, key, err := w.holder(ctx, grows)
	if err != nil {
		return extension{}, err
	}
	x := extension{Had: spent.Scrip.Value, Grows: grows.Value}
	x.pair, err = w.signPair(it, key, draft{
		body:   scrip.ExtendOrder{Value: it.Amount, Vendor: it.Vendor},
		attach: scrip.Attachments{Scrip: &held.Scrip, Secret: held.Secret},
	}, draft{
		body:   scrip.ExtendPayment{Account: w.account, Value: it.Amount, Vendor: it.Vendor, Pseudonym: scrip.Pseudonym(key.Thumbprint())},
		attach: scrip.Attachments{Scrip: &spent.Scrip, Secret: spent.Secret},
	})
	return x, err
}

// extendAnswer is what T15 brought.
type extendAnswer struct {
	t17    *scrip.Opened[scrip.Extended]
	t19    *scrip.Opened[scrip.ExtendChange]
	noted  *scrip.Opened[scrip.Noted] // the merchant has not answered the broker
	no     *Refused                   // the broker's: what the merchant says to T15, only the broker can say
	silent error                      // why something is missing
}

// sendExtend sends T15.
func (w *Wallet) sendExtend(ctx context.Context, it Item, x extension) (extendAnswer, error) {
	c, err := w.anyCertificate(ctx, it.Vendor)
	if err != nil {
		return extendAnswer{}, unfinished("look up the seller", err)
	}
	got, err := w.askBoth(ctx, x.pair, talk{to: c.Envelope, by: w.cfg.Broker, tell: it.event()})
	if err != nil {
		return extendAnswer{}, err
	}
	var a extendAnswer
	if got.Payment != "" {
		senders := w.brokerKeys(ctx)
		a.t19, a.noted, a.silent = takeEither[scrip.ExtendChange, scrip.Noted](w, got.Payment, x.Payment, it.event(), senders)
		errors.As(a.silent, &a.no)
	}
	if got.Order == "" {
		return a, nil
	}
	t17, err := take[scrip.Extended](w, got.Order, x.Order, it.event(), w.merchantKeys(ctx, c))
	if err != nil {
		a.silent = errors.Join(a.silent, unfinished("open T17", err))
		return a, nil
	}
	a.t17, a.no = &t17, nil
	return a, nil
}
