package wallet

import (
	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// presented is what an item keeps that presents one scrip with its secret to
// its issuer (6.4, 6.6, 6.8).
type presented struct {
	Request request     `json:"request"`
	Had     scrip.Money `json:"had"` // value of the scrip
}

// present signs the request d with a holding attached, and puts the holding at
// stake.
func (w *Wallet) present(it Item, h Holding, d draft, key jose.SigningKey) (outcome[presented], error) {
	held, err := w.unlock(h)
	if err != nil {
		return outcome[presented]{}, err
	}
	if it.Tx, err = scrip.NewID(w.cfg.Random); err != nil {
		return outcome[presented]{}, err
	}
	it.Stake, d.tx = h.ScripID, it.Tx
	d.attach = scrip.Attachments{Scrip: &held.Scrip, Secret: held.Secret}
	r, err := w.sign(d, key)
	return outcome[presented]{item: it, kept: presented{r, h.Value}}, err
}

// presentBroker is present to the broker in the account's name.
func (w *Wallet) presentBroker(leg Leg, h Holding, body scrip.Body) (outcome[presented], error) {
	it := Item{Transaction: leg.Transaction, Amount: leg.Amount}
	return w.present(it, h, w.toBroker("", body, scrip.Attachments{}), w.Key())
}

// replaced ends an item whose answer brought new scrip for the old.
func (w *Wallet) replaced(it Item, p presented, message string, a scrip.Attachments, made int64) outcome[presented] {
	h, err := w.received(a, it.Vendor, it.Amount, made)
	if err != nil {
		return wrong(it, p, message, err)
	}
	return done(it, p, PurseChange{Drop: w.holds(it), Keep: []Holding{h}})
}
