package cli

import (
	"context"
	"crypto/sha256"
	_ "embed" // openapi.yaml
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"peerscrip/api"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// askedFor is what is to be bought.
type askedFor struct {
	Lines []struct {
		Listing  string `json:"listing"`
		Quantity int    `json:"quantity"`
	} `json:"lines"`
	Delivery *scrip.Delivery `json:"delivery,omitempty"`
	Note     string          `json:"note"`
}

// wanted is the same as commands are told it.
func (a askedFor) wanted() Wanted {
	o := Wanted{Quantity: 1, Note: a.Note}
	for _, line := range a.Lines {
		listing := line.Listing
		if vendor, offer, err := readListing(listing); err == nil && line.Quantity > 0 {
			listing = privateListing(vendor, offer, line.Quantity)
		}
		o.Listings = append(o.Listings, listing)
	}
	if a.Delivery != nil {
		o.Delivery = Delivery{Way: a.Delivery.Way, Label: a.Delivery.Label}
		if to := a.Delivery.Address; to != nil {
			o.Delivery.Postal = Postal{Name: to.Name, Street: to.Lines, Postcode: to.Postcode, Town: to.Town, Country: to.Country, Phone: to.Phone}
		}
	}
	return o
}

// askedPayment is a purchase that is asked for by a key.
type askedPayment struct {
	Key string `json:"key"`
	askedFor
	Exchange scrip.Money `json:"exchange"` // see wallet.BuyAhead
	Load     scrip.Money `json:"load"`     // most that may come from the bank
}

// key is the purchase's key, with a digest of all else that is asked.
func (a askedPayment) key() (wallet.Key, error) {
	name := a.Key
	a.Key = ""
	return keyOf(name, a)
}

// keyOf is a key with a digest of what is asked for it.
func keyOf(name string, asked any) (wallet.Key, error) {
	b, err := json.Marshal(asked)
	digest := sha256.Sum256(b)
	return wallet.Key{Name: name, Digest: base64.RawURLEncoding.EncodeToString(digest[:])}, err
}

// payFor buys, once for a key: the same again, at any time, is answered with the same purchase. What was
// bought is looked up before anything is fetched, so that neither the stall nor its
// listing need be there any more.
func (w *Wallet) payFor(ctx context.Context, asked askedPayment) (any, error) {
	key, err := asked.key()
	if err != nil {
		return nil, err
	}
	if receipt, err := w.BoughtAs(ctx, key); !errors.Is(err, scrip.ErrAbsent) {
		return w.boughtAs(ctx, receipt, err)
	}
	all, basket, err := w.basket(ctx, asked.wanted())
	if err != nil {
		return nil, err
	}
	if err := inStock(all); err != nil {
		return nil, err
	}
	basket.Key = key
	return w.buy(ctx, all, basket, asked.Exchange, asked.Load)
}

// payment tells the purchase of a key, and goes on with it.
func (w *Wallet) payment(ctx context.Context, asked api.Asked) (any, error) {
	receipt, err := w.BoughtAs(ctx, wallet.Key{Name: asked.Path("key")})
	return w.boughtAs(ctx, receipt, err)
}

// boughtAs is a purchase that was made by an earlier request.
func (w *Wallet) boughtAs(ctx context.Context, r wallet.Receipt, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	refunded, err := w.Refunded(ctx)
	if err != nil {
		return nil, err
	}
	waiting, err := w.settings.Purse.Notice(ctx, r.Tx)
	if err != nil && !errors.Is(err, scrip.ErrAbsent) {
		return nil, err
	}
	return Bought{receiptOf(r, refunded[r.Tx].Amount), waiting.Tx == ""}, nil
}

// askedTo says where money goes.
type askedTo struct {
	To string `json:"to"`
}

// askedUntil is how much there is to be: good everywhere or, with a listing, at its stall.
type askedUntil struct {
	Listing string      `json:"listing"`
	Until   scrip.Money `json:"until"`
}

// toppingUp waits until nobody else finds out what is missing, and brings it: two at a time would bring it twice.
func (w *Wallet) toppingUp(ctx context.Context) (done func(), err error) {
	select {
	case w.topping <- struct{}{}:
		return func() { <-w.topping }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for an earlier request: %w", ctx.Err())
	}
}

// loadUntil loads what is missing. What an earlier request began is ended first, so that the same again, at the same time or later,
// loads nothing more.
func (w *Wallet) loadUntil(ctx context.Context, asked askedUntil) (any, error) {
	done, err := w.toppingUp(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	w.finish(ctx)
	b, err := w.Balance(ctx)
	if missing := asked.Until - b.Broker; err == nil && missing > 0 {
		err = w.Load(ctx, missing)
	}
	return w.then(ctx, err)
}

// exchangeUntil exchanges what is missing at a stall, likewise.
func (w *Wallet) exchangeUntil(ctx context.Context, asked askedUntil) (any, error) {
	vendor, _, err := readListing(asked.Listing)
	if err != nil {
		return nil, err
	}
	done, err := w.toppingUp(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	w.finish(ctx)
	b, err := w.Balance(ctx)
	if err != nil {
		return nil, err
	}
	missing := asked.Until
	for _, there := range b.Vendors {
		if there.Vendor == vendor {
			missing -= there.Value
		}
	}
	if missing > 0 {
		err = w.Exchange(ctx, vendor, missing)
	}
	return w.then(ctx, err)
}

func (w *Wallet) payoutFor(ctx context.Context, asked struct {
	To    string `json:"to"`
	Stall string `json:"stall"`
}) (any, error) {
	return w.PayOut(ctx, Earned{Stall: asked.Stall, To: asked.To})
}

// withdrawn takes what is good at every stall to the bank. That there is nothing is no
// trouble: so the same again is answered.
func (w *Wallet) withdrawn(ctx context.Context) (any, error) {
	if err := w.Withdraw(ctx); err != nil && !errors.Is(err, wallet.ErrNothing) {
		return nil, err
	}
	return w.Settled(ctx)
}

// receipts tells receipts, the newest first.
func (w *Wallet) receipts(ctx context.Context, asked api.Asked) (any, error) {
	offset := 0
	if text := asked.Query.Get("offset"); text != "" {
		var err error
		if offset, err = strconv.Atoi(text); err != nil {
			return nil, mistake("offset is a number")
		}
	}
	return w.receiptsFrom(ctx, offset)
}

// receipt tells one receipt.
func (w *Wallet) receipt(ctx context.Context, asked api.Asked) (any, error) {
	r, err := w.findReceipt(ctx, scrip.ID(asked.Path("order")))
	if err != nil {
		return nil, err
	}
	refunded, err := w.Refunded(ctx)
	return receiptOf(r, refunded[r.Tx].Amount), err
}
