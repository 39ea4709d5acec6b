package wallet

import (
	"context"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// presented is what a step keeps that presents one scrip with its secret to its
// issuer (6.4, 6.6, 6.8) while it is not finished.
type presented struct {
	Request request     `json:"request"`
	Had     scrip.Money `json:"had"` // value of the scrip
}

// present writes the request d down with a holding attached, and puts the
// holding at stake.
func (w *Wallet) present(ctx context.Context, r Item, h Holding, d draft, key jose.SigningKey) (Item, error) {
	held, err := w.unlock(h)
	if err != nil {
		return Item{}, err
	}
	if r.Tx, err = scrip.NewID(w.cfg.Random); err != nil {
		return Item{}, err
	}
	r.Stake, d.tx = h.ScripID, r.Tx
	d.attach = scrip.Attachments{Scrip: &held.Scrip, Secret: held.Secret}
	sent, err := w.sign(d, key)
	if err != nil {
		return Item{}, err
	}
	return w.write(ctx, r, presented{sent, h.Value}, PurseChange{})
}

// presentBroker is present to the broker in the account's name.
func (w *Wallet) presentBroker(ctx context.Context, leg Leg, h Holding, body scrip.Body) (Item, error) {
	d := draft{from: string(w.account), to: string(w.brokerID()), body: body}
	return w.present(ctx, Item{Transaction: leg.Transaction, Amount: leg.Amount}, h, d, w.key)
}

// replaced ends a step whose answer brought new scrip for the old.
func (w *Wallet) replaced(ctx context.Context, r Item, a scrip.Attachments, made int64) error {
	issuer := w.brokerID()
	if r.Vendor != "" {
		issuer = scrip.ID(r.Vendor)
	}
	held, err := w.money(a, issuer, r.Amount)
	if err != nil {
		return unfinished("check the scrip of "+r.Transaction, err)
	}
	h, err := w.holding(held, r.Vendor, made)
	if err != nil {
		return err
	}
	return w.finished(ctx, r, PurseChange{Drop: []Hold{{r.Stake, r.Tx}}, Keep: []Holding{h}})
}
